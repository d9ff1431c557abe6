#!/usr/bin/env python3
"""Real HTTP clients against simulated servers: curl, nghttp, h2load, and h2spec where there is one.

ORRERY_BUILDS names the folder of builds.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", REPO / "build")).resolve()
PROGRAM = BUILDS / "native" / "bin" / "orrery"
LISTENING = re.compile(r"^listening (127\.0\.0\.1:\d+) -> server:(\d+) \(http\)$")
SECONDS = 60


@contextlib.contextmanager
def served(port="8080"):
    """The address of a port of net/http-hello's server, for as long as the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "out.txt")
        with open(out, "wb") as to:
            process = subprocess.Popen([PROGRAM, "serve", "net/http-hello"], cwd=folder,
                                       stdout=to, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + SECONDS
            while out.read_text().count("\n") < 2:
                assert process.poll() is None and time.monotonic() < deadline, out.read_text()
                time.sleep(0.01)
            lines = [LISTENING.match(line).groups() for line in out.read_text().splitlines()[:2]]
            yield next(address for address, of_port in lines if of_port == port)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(timeout=SECONDS)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
    return done.stdout


class Curl(unittest.TestCase):
    def test_http1_requests_share_a_connection(self):
        with served() as address:
            url = f"http://{address}"
            out = run("curl", "-sv", "--stderr", "-", "--max-time", "20", f"{url}/one",
                      f"{url}/two")
            self.assertIn("< HTTP/1.1 200 OK", out)
            self.assertIn("Hello, one!", out)
            self.assertIn("Hello, two!", out)
            self.assertIn("Re-using existing connection", out)

    def test_head_and_a_large_request_body(self):
        with served() as address, tempfile.TemporaryDirectory() as folder:
            head = run("curl", "-sI", "--max-time", "20", f"http://{address}/x")
            self.assertIn("Content-Length: 9", head)
            body = pathlib.Path(folder, "body")
            body.write_bytes(b"x" * 200_000)
            # Larger than 1 MiB or not: curl asks with Expect, and the server need not read it all.
            self.assertIn("Hello, y!", run("curl", "-s", "--max-time", "20", "--data-binary",
                                           f"@{body}", f"http://{address}/y"))

    def test_http2_with_prior_knowledge(self):
        with served() as address:
            out = run("curl", "-sv", "--stderr", "-", "--max-time", "20",
                      "--http2-prior-knowledge", f"http://{address}/curl")
            self.assertIn("< HTTP/2 200", out)
            self.assertIn("content-length: 12", out)
            # One page: this curl cannot use such a connection twice, not with Go's server either.
            self.assertIn("Hello, curl!", out)

    def test_a_post_over_http2(self):
        with served() as address:
            self.assertIn("Hello, p!", run(
                "curl", "-s", "--max-time", "20", "--http2-prior-knowledge", "-d", "x" * 5000,
                f"http://{address}/p"))


class Nghttp2(unittest.TestCase):
    def test_nghttp_fetches_several_pages_at_once(self):
        with served() as address:
            out = run("nghttp", "-v", "--no-dep", *(f"http://{address}/n{i}" for i in range(5)))
            for i in range(5):
                self.assertIn(f"Hello, n{i}!", out)
            self.assertEqual(out.count(":status: 200"), 5)

    def test_h2load_gets_every_answer(self):
        with served() as address:
            out = run("h2load", "-n", "500", "-c", "5", "-m", "20", f"http://{address}/load")
            self.assertIn("500 succeeded, 0 failed, 0 errored, 0 timeout", out)

    def test_h2load_over_http1(self):
        with served() as address:
            out = run("h2load", "--h1", "-n", "100", "-c", "5", f"http://{address}/load")
            self.assertIn("100 succeeded, 0 failed, 0 errored, 0 timeout", out)


class H2spec(unittest.TestCase):
    def test_every_case_of_h2spec_passes(self):
        program = shutil.which("h2spec") or shutil.which("h2spec", path=str(
            pathlib.Path.home() / "go" / "bin"))
        if program is None:
            self.skipTest("h2spec is not installed; tests/http2/h2spec_*.cpp has its cases")
        with served("8082") as address:
            host, port = address.split(":")
            done = subprocess.run([program, "--strict", "-h", host, "-p", port, "-o", "5"],
                                  capture_output=True, text=True, timeout=400, check=False)
            print(done.stdout.splitlines()[-1])
            self.assertEqual(done.returncode, 0, done.stdout[-4000:])
            self.assertRegex(done.stdout, r"\d+ tests, \d+ passed, 0 skipped, 0 failed")


if __name__ == "__main__":
    unittest.main()
