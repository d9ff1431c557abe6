#!/usr/bin/env python3
"""The gateway: real clients talk to a simulation over loopback, and the session replays exactly.

Runs the native program on scenarios of its own, and talks to it with Python's sockets and curl.
ORRERY_BUILDS names the folder of builds.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", REPO / "build")).resolve()
PROGRAM = BUILDS / "native" / "bin" / "orrery"

HELD, BAD_INPUT, LIMIT = 0, 2, 4
SECONDS = 60
SUMMARY = re.compile(r"^hash=[0-9a-f]{16} steps=(\d+) events=\d+ virtual=(\d+\.\d{3})s$")
LISTENING = re.compile(r"^listening 127\.0\.0\.1:(\d+) -> (\S+):(\d+) \((\w+)\)$")

ECHO = """
version: 1
title: An echo server
about: For the gateway's test.
until: 1ms
topology: {nodes: [{name: server}, {name: other}]}
workloads: [{on: server, image: "orrery/tcp-echo:1"}]
expose: [{node: server, port: 7}, {node: server, port: 8, protocol: http}]
"""
CRASH = ECHO + "faults: [{at: 2s, kill: server}, {at: 4s, restart: server}]\n"
# Another machine goes on, or there would be nothing left to serve.
DOWN = ECHO.replace("workloads: [", 'workloads: [{on: other, image: "orrery/tcp-echo:1"}, ') + (
    "faults: [{at: 0s, kill: server}]\n")
HIDDEN = "\n".join(line for line in ECHO.splitlines() if not line.startswith("expose")) + "\n"
ENDS = HIDDEN.replace("orrery/tcp-echo:1", "orrery/go-channel:1")


class Served:
    """A running `orrery serve`, stopped by its pid at the end whatever happens."""

    def __init__(self, folder, scenario, *args):
        (folder / "s.yaml").write_text(scenario)
        self.out, self.errors = folder / "out.txt", folder / "errors.txt"
        with open(self.out, "wb") as out, open(self.errors, "wb") as errors:
            self.process = subprocess.Popen([PROGRAM, "serve", "s.yaml", *args], cwd=folder,
                                            stdout=out, stderr=errors)
        self.ports = {}
        self.head = ""

    def read_until_listening(self, count):
        deadline = time.monotonic() + SECONDS
        lines = []
        while len(lines) < count:
            assert time.monotonic() < deadline, "expected lines `listening ...`"
            assert self.process.poll() is None or self.out.read_text(), self.errors.read_text()
            lines = [line for line in self.out.read_text().splitlines(keepends=True)[:count]
                     if line.endswith("\n")]
            time.sleep(0.01)
        for line in lines:
            match = LISTENING.match(line.rstrip("\n"))
            assert match, line
            self.ports[int(match.group(3))] = int(match.group(1))
        self.head = "".join(lines)
        return self

    def stop(self, signal_number=signal.SIGTERM):
        """Exit code, standard output after the listening lines, standard error."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.wait()

    def wait(self):
        self.process.wait(timeout=SECONDS)
        out = self.out.read_text()
        return self.process.returncode, out.removeprefix(self.head), self.errors.read_text()

    def connect(self, port=7):
        client = socket.create_connection(("127.0.0.1", self.ports[port]), timeout=SECONDS)
        client.settimeout(SECONDS)
        return client

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def receive_all(client):
    parts = []
    while part := client.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def receive(client, count):
    parts = b""
    while len(parts) < count:
        part = client.recv(count - len(parts))
        if not part:
            break
        parts += part
    return parts


class ServeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def serve(self, scenario, *args, listening=2):
        served = Served(self.folder, scenario, *args)
        self.addCleanup(served.close)
        return served.read_until_listening(listening)

    def summary(self, out):
        last = out.splitlines()[-1]
        self.assertRegex(last, SUMMARY)
        return last

    def replay(self, name):
        done = subprocess.run([PROGRAM, "replay", name], cwd=self.folder, capture_output=True,
                              text=True, timeout=2 * SECONDS)
        return done.returncode, done.stdout, done.stderr

    def check_replay(self, name, out):
        """Whatever the session was, its recording gives the same output and the same last line."""
        code, replayed, errors = self.replay(name)
        self.assertEqual((code, replayed, errors), (HELD, out, ""))

    def assert_reset(self, client):
        with self.assertRaises(ConnectionResetError):
            while client.recv(1 << 16):
                pass
            client.sendall(b"x")  # an end of the stream instead of a reset fails here or below
            self.fail("the stream ended, expected a reset")


class EchoTest(ServeTest):
    def test_each_exposed_port_gets_a_line_and_the_scenario_s_until_is_ignored(self):
        served = self.serve(ECHO)
        self.assertEqual(set(served.ports), {7, 8})
        time.sleep(0.05)
        with served.connect() as client:
            client.sendall(b"hello")
            self.assertEqual(receive(client, 5), b"hello")
        code, out, errors = served.stop()
        self.assertEqual((code, errors), (HELD, ""))
        self.assertEqual(out.splitlines()[0], "echoing at 7")
        self.assertGreater(float(SUMMARY.match(self.summary(out)).group(2)), 0.001)

    def test_five_megabytes_come_back_and_the_recording_replays(self):
        served = self.serve(ECHO, "--record", "session.json")
        sent = random.Random(1).randbytes(5_000_000)
        with served.connect() as client, concurrent.futures.ThreadPoolExecutor(1) as pool:
            got = pool.submit(receive_all, client)
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            self.assertTrue(got.result(timeout=SECONDS) == sent, "the echo differs")
        code, out, errors = served.stop()
        self.assertEqual((code, errors), (HELD, ""))
        self.check_replay("session.json", out)

    def test_after_a_half_close_the_rest_still_arrives_and_then_the_end(self):
        served = self.serve(ECHO, "--record", "session.json")
        with served.connect() as client:
            client.sendall(b"last words")
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_all(client), b"last words")
        time.sleep(0.1)
        _, out, _ = served.stop(signal.SIGINT)
        self.check_replay("session.json", out)
        texts = [row["text"] for row in
                 json.loads((self.folder / "session.json").read_text())["inputs"]]
        self.assertEqual(texts, ["gateway-open 1 server:7", "gateway-data 1 " + b"last words".hex(),
                                 "gateway-end 1", "gateway-close 1"])

    def test_clients_at_once_do_not_mix_and_the_recording_replays(self):
        served = self.serve(ECHO, "--record", "session.json", "--policy", "random", "--seed", "7")

        def talk(number):
            rng = random.Random(number)
            with served.connect() as client:
                for _ in range(20):
                    sent = rng.randbytes(rng.randrange(1, 40_000))
                    client.sendall(sent)
                    if receive(client, len(sent)) != sent:
                        return False
            return True

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(list(pool.map(talk, range(8), timeout=SECONDS)), [True] * 8)
        _, out, _ = served.stop()
        self.check_replay("session.json", out)

    def test_a_client_s_reset_ends_its_connection_and_no_other(self):
        served = self.serve(ECHO, "--record", "session.json")
        with served.connect() as stays:
            rude = served.connect()
            rude.sendall(b"x" * 100_000)
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            rude.close()
            stays.sendall(b"still here")
            self.assertEqual(receive(stays, 10), b"still here")
            time.sleep(0.1)
        _, out, _ = served.stop()
        self.check_replay("session.json", out)
        self.assertIn('"gateway-close 2"', (self.folder / "session.json").read_text())

    def test_more_clients_than_it_serves_at_once_wait_for_their_turn(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        served = self.serve(ECHO)
        with contextlib.ExitStack() as open_clients:
            clients = [open_clients.enter_context(served.connect()) for _ in range(1010)]
            for client in clients:
                client.sendall(b"x")
            first, rest = clients[:1000], clients[1000:]
            self.assertEqual({receive(client, 1) for client in first}, {b"x"})
            rest[0].settimeout(0.5)
            with self.assertRaises(TimeoutError):
                rest[0].recv(1)
            rest[0].settimeout(SECONDS)
            for client in first[:10]:
                client.close()
            self.assertEqual({receive(client, 1) for client in rest}, {b"x"})
        code, _, errors = served.stop()
        self.assertEqual((code, errors), (HELD, ""))

    def test_it_sleeps_while_nothing_happens(self):
        served = self.serve(ECHO)
        with served.connect() as idle, served.connect() as ending:
            idle.sendall(b"x")
            self.assertEqual(receive(idle, 1), b"x")
            ending.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_all(ending), b"")

            def cpu_seconds():
                stat = pathlib.Path(f"/proc/{served.process.pid}/stat").read_text()
                user, system = stat.rsplit(") ", 1)[1].split()[11:13]
                return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

            before = cpu_seconds()
            time.sleep(1)
            self.assertLess(cpu_seconds() - before, 0.2)

    def test_a_session_without_clients_replays_too(self):
        served = self.serve(ECHO, "--record", "session.json")
        time.sleep(0.2)
        _, out, _ = served.stop()
        self.check_replay("session.json", out)


class FailureTest(ServeTest):
    def test_a_port_where_nobody_listens_resets(self):
        served = self.serve(ECHO, "--record", "session.json")
        with served.connect(8) as client:
            self.assert_reset(client)
        _, out, _ = served.stop()
        self.check_replay("session.json", out)

    def test_a_machine_that_lost_its_memory_resets_what_it_does_not_know(self):
        served = self.serve(CRASH, "--record", "session.json", "--speed", "4")
        with served.connect() as client:
            client.sendall(b"before")
            self.assertEqual(receive(client, 6), b"before")
            time.sleep(1.2)
            client.sendall(b"after")
            self.assert_reset(client)
        with served.connect() as client:
            client.sendall(b"again")
            self.assertEqual(receive(client, 5), b"again")
        _, out, _ = served.stop()
        self.check_replay("session.json", out)

    def test_a_machine_that_is_down_resets_once_the_dial_has_timed_out(self):
        served = self.serve(DOWN, "--record", "session.json", "--speed", "100")
        with served.connect() as client:
            client.sendall(b"is anybody there?")
            self.assert_reset(client)
        code, out, _ = served.stop()
        self.assertEqual(code, HELD)
        self.assertGreater(float(SUMMARY.match(self.summary(out)).group(2)), 127)
        self.check_replay("session.json", out)


class EndTest(ServeTest):
    def test_until_ends_it_at_that_virtual_time(self):
        served = self.serve(ECHO, "--until", "1s", "--speed", "10", "--record", "session.json")
        begin = time.monotonic()
        code, out, errors = served.wait()
        self.assertLess(time.monotonic() - begin, SECONDS / 2)
        self.assertEqual((code, errors), (HELD, ""))
        self.assertLessEqual(float(SUMMARY.match(self.summary(out)).group(2)), 1)
        self.check_replay("session.json", out)

    def test_it_ends_when_every_program_has_ended(self):
        served = self.serve(ENDS, "--listen", "127.0.0.1:0=other:80", listening=1)
        code, out, errors = served.wait()
        self.assertEqual((code, errors), (HELD, "stopped: every program has ended\n"))
        self.assertEqual(out.splitlines()[0], "1")

    def test_the_speed_is_that_of_virtual_time(self):
        served = self.serve(CRASH, "--speed", "20")
        time.sleep(0.5)
        _, out, _ = served.stop()
        self.assertGreaterEqual(float(SUMMARY.match(self.summary(out)).group(2)), 4)

    def test_a_recording_that_is_full_ends_the_session_and_replays(self):
        served = self.serve(ECHO, "--record", "session.json")
        with served.connect() as client, concurrent.futures.ThreadPoolExecutor(1) as pool:
            def drain():
                with contextlib.suppress(OSError):
                    receive_all(client)

            drained = pool.submit(drain)
            with contextlib.suppress(OSError):
                client.sendall(bytes(12_000_000))
            code, out, errors = served.wait()
            drained.result(timeout=SECONDS)
        self.assertEqual(code, LIMIT)
        self.assertIn("as much as a recording holds (15 MiB)", errors)
        _, replayed, _ = self.replay("session.json")
        self.assertEqual(replayed, out)


class ListenTest(ServeTest):
    def test_listen_is_used_instead_of_what_the_scenario_exposes(self):
        served = self.serve(ECHO, "--listen", "127.0.0.1:0=server:7", "--listen",
                            "localhost:0=server:8", listening=2)
        with served.connect() as client:
            client.sendall(b"x")
            self.assertEqual(receive(client, 1), b"x")

    def test_listen_takes_the_port_that_it_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        served = self.serve(HIDDEN, "--listen", f"127.0.0.1:{port}=server:7", listening=1)
        self.assertEqual(served.ports, {7: port})

    def test_mistakes_end_with_a_message_and_exit_code_2(self):
        (self.folder / "echo.yaml").write_text(ECHO)
        (self.folder / "hidden.yaml").write_text(HIDDEN)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            cases = {
                ("hidden.yaml",): "exposes no port; expected one --listen",
                ("nope",): 'there is no scenario "nope"',
                ("echo.yaml", "--listen", f"127.0.0.1:{port}=server:7"): "Address already in use",
                ("echo.yaml", "--listen", "0.0.0.0:0=server:7"):
                    '"0.0.0.0" is not a loopback address',
                ("echo.yaml", "--listen", "192.168.0.1:80=server:7"): "not a loopback address",
                ("echo.yaml", "--listen", ":80=server:7"): '"" is not a loopback address',
                ("echo.yaml", "--listen", "[::1]:80=server:7"): "not a loopback address",
                ("echo.yaml", "--listen", "127.0.0.1:0=sever:7"):
                    'there is no node "sever" (did you mean "server"?)',
                ("echo.yaml", "--listen", "127.0.0.1:0=server"): "there is no simulated port",
                ("echo.yaml", "--listen", "127.0.0.1:0"): "there is no =",
                ("echo.yaml", "--listen", "127.0.0.1=server:7"): "there is no real port",
                ("echo.yaml", "--listen", "127.0.0.1:65536=server:7"): '"65536" is no port',
                ("echo.yaml", "--listen", "127.0.0.1:0=server:0"): '"0" is no port from 1',
                ("echo.yaml", "--speed", "0"): "--speed: expected a number",
                ("echo.yaml", "--speed", "nan"): "--speed: expected a number",
                ("echo.yaml", "--speed", "-1"): "--speed: expected a number",
                ("echo.yaml", "--speed", "1x"): "--speed: expected a number",
                ("echo.yaml", "--until", "soon"): "--until: expected a duration",
                ("echo.yaml", "--seed", "x"): "--seed: expected a whole number",
                ("echo.yaml", "--policy", "x"): "--policy: expected fifo",
                ("echo.yaml", "--set", "A=1"): "--set: this scenario has no knobs",
                ("echo.yaml", "--record", "none/x"): "none/x: cannot be written",
            }
            for args, expected in cases.items():
                with self.subTest(args=args):
                    done = subprocess.run([PROGRAM, "serve", *args], cwd=self.folder, text=True,
                                          capture_output=True, timeout=SECONDS)
                    self.assertEqual((done.returncode, done.stdout), (BAD_INPUT, ""), done.stderr)
                    self.assertIn(expected, done.stderr)
                    self.assertEqual(done.stderr.count("\n"), 1)


@unittest.skipUnless(shutil.which("curl"), "curl is not installed: the HTTP gateway is NOT tested")
class CurlTest(ServeTest):
    def curl(self, *args):
        done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "30", *args],
                              capture_output=True, text=True, timeout=SECONDS)
        return done.returncode, done.stdout, done.stderr

    def test_curl_gets_a_page_and_the_session_replays(self):
        scenario = REPO / "assets" / "scenarios" / "net" / "http-hello" / "scenario.yaml"
        if not scenario.exists():
            self.skipTest("net/http-hello is not there: the HTTP gateway is NOT tested")
        served = self.serve(scenario.read_text(), "--record", "session.json", listening=2)
        base = f"http://127.0.0.1:{served.ports[8080]}"
        code, page, errors = self.curl(f"{base}/World", f"{base}/again")
        self.assertEqual((code, errors), (0, ""))
        self.assertIn("Hello, World", page)
        self.assertIn("Hello, again", page)
        _, out, _ = served.stop()
        _, replayed, _ = self.replay("session.json")
        self.assertEqual(replayed, out)


if __name__ == "__main__":
    unittest.main()
