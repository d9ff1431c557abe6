"""Every parser's fuzz target runs for a while from a corpus of good files.

ORRERY_LONG=1 makes it long.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", ROOT / "build"))
LONG = os.environ.get("ORRERY_LONG") == "1"
RUNS = 300_000 if LONG else 20_000
# Where coverage leads the fuzzer; the plain run's targets are instrumented in their own file alone.
PRESET = "fuzz" if LONG else "asan"

# A run file as `orrery run` writes it, so that the fuzzer starts from what is accepted.
RUN_FILE = """{"format": "orrery-run", "version": 1, "behaviour": 1,
"scenario": {"file": "x.yaml", "identity": "0",
"text": "title: x\\nworkloads: [{image: \\"orrery/go-mutex:1\\"}]\\n"},
"knobs": {}, "seed": 1, "policy": "random",
"inputs": [{"step": 3, "at_ns": 0, "text": "run-next 2"}],
"choices": [{"entity": 5, "kind": 1, "ordinal": 0, "value": 1}],
"summary": "", "reason": ""}
"""


class FuzzTargets(unittest.TestCase):
    def fuzz(self, target, corpus):
        program = BUILDS / PRESET / "bin" / target
        self.assertTrue(program.exists(), f"{program} is not built")
        with tempfile.TemporaryDirectory() as folder:
            found = pathlib.Path(folder) / "corpus"
            found.mkdir()
            for name, content in corpus.items():
                data = content if isinstance(content, bytes) else content.encode()
                (found / name).write_bytes(data)
            done = subprocess.run(
                [str(program), f"-runs={RUNS}", "-seed=1", "-max_len=4096", str(found)],
                cwd=folder,
                capture_output=True,
                text=True,
                errors="replace",
            )
            self.assertEqual(done.returncode, 0, done.stderr[-4000:])
            self.assertIn(f"Done {RUNS} runs", done.stderr)

    def test_scenario_files(self):
        scenarios = sorted((ROOT / "assets" / "scenarios").rglob("scenario.yaml"))
        self.assertGreater(len(scenarios), 0)
        self.fuzz("scenario_fuzz", {f"{i}.yaml": f.read_text() for i, f in enumerate(scenarios)})

    def test_run_files(self):
        self.fuzz("run_file_fuzz", {"run.json": RUN_FILE})

    def test_http1(self):
        request = b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"
        chunked = (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n"
        )
        # The first two bytes say what it is and how it is cut.
        self.fuzz("http1_fuzz", {"get": b"\0\0" + request, "chunked": b"\1\3" + chunked})

    def test_http2(self):
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        settings = bytes.fromhex("000000040000000000")
        # HEADERS of a GET / on stream 1, with the indexed fields of RFC 7541's static table.
        headers = bytes.fromhex("000003010500000001828684")
        self.fuzz("http2_fuzz", {"get": preface + settings + headers, "settings": settings})

    def test_hpack(self):
        # RFC 7541, C.4.1 and C.6.1.
        block = bytes.fromhex("828684418cf1e3c2e5f23a6ba0ab90f4ff")
        response = bytes.fromhex("488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a6")
        self.fuzz("hpack_fuzz", {"request": block, "response": response})

    def test_protobuf(self):
        self.fuzz("protobuf_fuzz", {"varint": bytes.fromhex("089601"), "text": b"\x12\x07testing"})

    def test_image_references(self):
        """Image references have one normal form, or are refused."""
        self.fuzz("reference_fuzz", {"name": b"registry.example:5000/team/app:1.2"})

    def test_json(self):
        """Values are printed and read again, and patches end in a value or an error."""
        self.fuzz("json_fuzz", {"object": b'{"a":[1,2.5,null,"x"]}'})

    def test_manifests(self):
        """Manifests are read, or answered with what is wrong."""
        self.fuzz("manifest_fuzz", {"documents": b"a: 1\n---\nb: [x, 'y']\n"})

    def test_tls(self):
        # A record that holds a handshake message of type 1, a ClientHello, with nothing in it.
        self.fuzz("tls_fuzz", {"hello": bytes.fromhex("160303000401000000")})

    def test_dns(self):
        query = bytes.fromhex("1234010000010000000000000377777707") + b"example\x03com\0\0\1\0\1"
        self.fuzz("dns_fuzz", {"query": query})


if __name__ == "__main__":
    unittest.main()
