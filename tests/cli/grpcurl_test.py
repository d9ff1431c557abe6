#!/usr/bin/env python3
"""grpcurl, a client in Go that knows nothing of the service, asks a simulated server through the
gateway: list, describe and call, all by reflection.

Where grpcurl is neither on PATH nor in Go's folder of programs, this is left out loudly.
ORRERY_BUILDS names the folder of builds.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import served

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", REPO / "build")).resolve()
PROGRAM = BUILDS / "native" / "bin" / "orrery"
SECONDS = 60
LISTENING = re.compile(r"^listening 127\.0\.0\.1:(\d+) -> server:50051 \(grpc\)$", re.MULTILINE)
# grpcurl exits with this and the number of the code. Source: grpcurl, statusCodeOffset.
STATUS_EXIT = 64
INVALID_ARGUMENT = 3

SERVICE = """\
greet.GreetService is a service:
service GreetService {
  rpc SayHello ( .greet.GreetRequest ) returns ( .greet.GreetResponse );
}
"""
METHOD = """\
greet.GreetService.SayHello is a method:
rpc SayHello ( .greet.GreetRequest ) returns ( .greet.GreetResponse );
"""
MESSAGE = """\
greet.GreetRequest is a message:
message GreetRequest {
  string name = 1;
}
"""


def find_grpcurl():
    """Its path, or None."""
    found = shutil.which("grpcurl")
    go = shutil.which("go", path=os.environ.get("PATH", "") + os.pathsep + "/usr/local/go/bin")
    if found or go is None:
        return found
    done = subprocess.run([go, "env", "GOPATH"], capture_output=True, text=True, check=False)
    return shutil.which("grpcurl", path=str(pathlib.Path(done.stdout.strip()) / "bin"))


class Grpcurl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = find_grpcurl()
        if cls.program is None:
            print("SKIPPED LOUDLY: no grpcurl here: go install "
                  "github.com/fullstorydev/grpcurl/cmd/grpcurl@latest", file=sys.stderr)
            raise unittest.SkipTest("no grpcurl")
        match = served.serve(cls, PROGRAM, "grpc/greeter", LISTENING)
        cls.target = f"127.0.0.1:{match.group(1)}"

    def grpcurl(self, *words):
        """Exit code, standard output, standard error."""
        done = subprocess.run([self.program, "-plaintext", "-max-time", "30", *words],
                              capture_output=True, text=True, timeout=SECONDS, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_list_names_the_services_and_a_service_s_methods(self):
        self.assertEqual(self.grpcurl(self.target, "list"),
                         (0, "greet.GreetService\ngrpc.health.v1.Health\n"
                             "grpc.reflection.v1.ServerReflection\n"
                             "grpc.reflection.v1alpha.ServerReflection\n", ""))
        self.assertEqual(self.grpcurl(self.target, "list", "greet.GreetService"),
                         (0, "greet.GreetService.SayHello\n", ""))
        code, _, errors = self.grpcurl(self.target, "list", "greet.None")
        self.assertNotEqual(code, 0)
        self.assertIn("greet.None", errors)

    def test_describe_spells_out_services_methods_and_messages(self):
        for name, text in (("greet.GreetService", SERVICE), ("greet.GreetService.SayHello", METHOD),
                           ("greet.GreetRequest", MESSAGE)):
            with self.subTest(name):
                self.assertEqual(self.grpcurl(self.target, "describe", name), (0, text, ""))
        code, out, errors = self.grpcurl(self.target, "describe")
        self.assertEqual((code, errors), (0, ""))
        self.assertIn(SERVICE, out)

    def test_a_unary_call(self):
        hello = "greet.GreetService/SayHello"
        code, out, errors = self.grpcurl("-d", '{"name": "Wörld"}', self.target, hello)
        self.assertEqual((code, errors), (0, ""))
        self.assertEqual(json.loads(out), {"message": "Hello Wörld"})
        code, out, errors = self.grpcurl("-v", "-d", '{"name": "v"}', self.target, hello)
        self.assertEqual((code, errors), (0, ""))
        self.assertIn("content-type: application/grpc", out)
        self.assertIn("Sent 1 request and received 1 response", out)

    def test_failures_have_their_codes(self):
        hello = "greet.GreetService/SayHello"
        code, out, errors = self.grpcurl("-d", "{}", self.target, hello)
        self.assertEqual((code, out), (STATUS_EXIT + INVALID_ARGUMENT, ""))
        self.assertIn("Code: InvalidArgument\n  Message: who are you?", errors)
        code, _, errors = self.grpcurl(self.target, "greet.GreetService/None")
        self.assertEqual(code, 1)
        self.assertIn('service "greet.GreetService" does not include a method named "None"', errors)

    def test_health(self):
        code, out, errors = self.grpcurl(self.target, "grpc.health.v1.Health/Check")
        self.assertEqual((code, errors), (0, ""))
        self.assertEqual(json.loads(out), {"status": "SERVING"})


if __name__ == "__main__":
    unittest.main()
