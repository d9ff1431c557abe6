#!/usr/bin/env python3
"""A real gRPC client, Google's grpcio, calls a simulated server through the gateway.

It knows nothing of the service: messages come from the server's reflection. grpcurl does the same
where it is installed. ORRERY_BUILDS names the folder of builds; grpcio is in build/deps/grpc
(`./orrery setup --for test`).
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
PACKAGES = pathlib.Path(os.environ.get("ORRERY_GRPC_PACKAGES", BUILDS / "deps" / "grpc"))
sys.path.insert(0, str(PACKAGES))

try:
    import grpc
    from google.protobuf import descriptor_pool, message_factory
    from grpc_reflection.v1alpha import proto_reflection_descriptor_database as reflection
except ImportError as error:
    sys.exit(f"{error}: run `./orrery setup --for test`")

SECONDS = 60
LISTENING = re.compile(r"^listening 127\.0\.0\.1:(\d+) -> server:50051 \(grpc\)$", re.MULTILINE)


class GreeterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        match = served.serve(cls, PROGRAM, "grpc/greeter", LISTENING)
        cls.target = f"127.0.0.1:{match.group(1)}"
        cls.channel = grpc.insecure_channel(cls.target)
        cls.addClassCleanup(cls.channel.close)
        grpc.channel_ready_future(cls.channel).result(timeout=SECONDS)
        cls.database = reflection.ProtoReflectionDescriptorDatabase(cls.channel)
        cls.pool = descriptor_pool.DescriptorPool(cls.database)

    def message(self, name):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))

    def method(self, path, request, response, kind="unary_unary"):
        return getattr(self.channel, kind)(path, request_serializer=request.SerializeToString,
                                           response_deserializer=response.FromString)

    def say_hello(self, name, **options):
        request = self.message("greet.GreetRequest")
        call = self.method("/greet.GreetService/SayHello", request,
                           self.message("greet.GreetResponse"))
        return call(request(name=name), timeout=SECONDS, **options)

    def assert_status(self, code, details, call):
        with self.assertRaises(grpc.RpcError) as raised:
            call()
        self.assertEqual((raised.exception.code(), raised.exception.details()), (code, details))

    def test_reflection_lists_the_services_and_describes_them(self):
        self.assertLessEqual({"greet.GreetService", "grpc.health.v1.Health",
                              "grpc.reflection.v1alpha.ServerReflection"},
                             set(self.database.get_services()))
        service = self.pool.FindServiceByName("greet.GreetService")
        self.assertEqual([method.name for method in service.methods], ["SayHello"])
        self.assertEqual(service.file.package, "greet")
        with self.assertRaises(KeyError):
            self.pool.FindServiceByName("greet.None")

    def test_hello(self):
        self.assertEqual(self.say_hello("Wörld").message, "Hello Wörld")
        for number in range(50):
            self.assertEqual(self.say_hello(str(number)).message, f"Hello {number}")
        long = "x" * 1_000_000
        self.assertEqual(self.say_hello(long).message, f"Hello {long}")
        self.assertEqual(self.say_hello("m", metadata=[("a", "b"), ("raw-bin", b"\0\1")]).message,
                         "Hello m")

    def test_calls_at_once_share_the_connection(self):
        request = self.message("greet.GreetRequest")
        call = self.method("/greet.GreetService/SayHello", request,
                           self.message("greet.GreetResponse"))
        futures = [call.future(request(name=str(n)), timeout=SECONDS) for n in range(100)]
        self.assertEqual([f.result().message for f in futures],
                         [f"Hello {n}" for n in range(100)])

    def test_statuses(self):
        self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, "who are you?",
                           lambda: self.say_hello(""))
        request = self.message("greet.GreetRequest")
        response = self.message("greet.GreetResponse")
        for path, details in (
                ("/greet.GreetService/None", "unknown method None for service greet.GreetService"),
                ("/greet.None/SayHello", "unknown service greet.None")):
            call = self.method(path, request, response)
            self.assert_status(grpc.StatusCode.UNIMPLEMENTED, details,
                               lambda call=call: call(request(), timeout=SECONDS))
        self.assert_status(grpc.StatusCode.RESOURCE_EXHAUSTED,
                           "grpc: received message larger than max (5000005 vs. 4194304)",
                           lambda: self.say_hello("x" * 5_000_000))

    def test_health_and_a_deadline(self):
        request = self.message("grpc.health.v1.HealthCheckRequest")
        response = self.message("grpc.health.v1.HealthCheckResponse")
        check = self.method("/grpc.health.v1.Health/Check", request, response)
        self.assertEqual(check(request(), timeout=SECONDS).status, 1)
        self.assert_status(grpc.StatusCode.NOT_FOUND, "unknown service",
                           lambda: check(request(service="none"), timeout=SECONDS))
        watch = self.method("/grpc.health.v1.Health/Watch", request, response, "unary_stream")
        watching = watch(request(), timeout=1)
        self.assertEqual(next(watching).status, 1)
        with self.assertRaises(grpc.RpcError) as raised:
            next(watching)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        watching = watch(request(), timeout=SECONDS)
        self.assertEqual(next(watching).status, 1)
        watching.cancel()
        with self.assertRaises(grpc.RpcError) as raised:
            next(watching)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.CANCELLED)
        self.assertEqual(self.say_hello("after").message, "Hello after")

    def test_grpcurl(self):
        program = shutil.which("grpcurl") or shutil.which(
            "grpcurl", path=os.path.expanduser("~/go/bin"))
        if program is None:
            self.skipTest("NO GRPCURL: install it to run this test")
        run = [program, "-plaintext", "-max-time", "30"]
        done = subprocess.run([*run, "-d", '{"name": "curl"}', self.target,
                               "greet.GreetService/SayHello"],
                              capture_output=True, text=True, timeout=SECONDS)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(json.loads(done.stdout), {"message": "Hello curl"})
        done = subprocess.run([*run, self.target, "list"], capture_output=True, text=True,
                              timeout=SECONDS)
        self.assertIn("greet.GreetService\n", done.stdout)


if __name__ == "__main__":
    unittest.main()
