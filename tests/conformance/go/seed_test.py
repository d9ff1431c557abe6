"""Small Go programs and the scenarios that mirror them print the same.

Each case is a Go program of ours, what it must print, and the scenario. The scenario is always
run; the real Go toolchain runs the program too where there is one, and is loudly left out where
there is not.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", ROOT / "build"))
ORRERY = BUILDS / "native" / "bin" / "orrery"
PROGRAMS = pathlib.Path(__file__).resolve().parent

DEADLOCK = "fatal error: all goroutines are asleep - deadlock!"

# program -> (scenario, lines of standard output in any order, exit code of the Go program,
#             first line of its standard error or None, exit code of ours)
CASES = {
    "waitgroup.go": (
        "go/waitgroup",
        ["Hello from goroutine 1", "Hello from goroutine 2"],
        0,
        None,
        0,
    ),
    "channel.go": ("go/channel", ["1"], 0, None, 0),
    "mutex.go": ("go/mutex", ["Counter: 10"], 0, None, 0),
    "deadlock.go": ("go/deadlock", ["one lock taken", "one lock taken"], 2, DEADLOCK, 3),
}


def run(command):
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=300
    )


def wait_reasons(report):
    """The wait reasons of a goroutine dump, sorted; durations such as `, 2 minutes` left out."""
    heads = [line for line in report.splitlines() if line.startswith("goroutine ")]
    return sorted(head.split("[")[1].split("]")[0].split(",")[0] for head in heads)


class SeedPrograms(unittest.TestCase):
    def test_every_scenario_prints_what_its_go_program_must_print(self):
        for name, (scenario, lines, _, error, code) in CASES.items():
            with self.subTest(name):
                done = run([ORRERY, "run", scenario])
                self.assertEqual(done.returncode, code, done.stderr)
                printed = done.stdout.splitlines()
                self.assertEqual(sorted(printed[:-1]), sorted(lines))
                self.assertTrue(printed[-1].startswith("hash="), printed[-1])
                if error is not None:
                    self.assertEqual(done.stderr.splitlines()[0], error)

    def test_real_go_prints_the_same(self):
        go = shutil.which("go")
        if go is None:
            print("SKIPPED LOUDLY: no Go toolchain here, so nothing was compared", file=sys.stderr)
            self.skipTest("no Go toolchain")
        for name, (scenario, lines, go_code, error, _) in CASES.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                program = pathlib.Path(folder) / "program"
                built = run([go, "build", "-o", program, PROGRAMS / name])
                self.assertEqual(built.returncode, 0, built.stderr)
                done = run([program])
                self.assertEqual(done.returncode, go_code, done.stderr)
                self.assertEqual(sorted(done.stdout.splitlines()), sorted(lines))
                if error is not None:
                    self.assertEqual(done.stderr.splitlines()[0], error)
                    ours = run([ORRERY, "run", scenario])
                    self.assertEqual(wait_reasons(ours.stderr), wait_reasons(done.stderr))


if __name__ == "__main__":
    unittest.main()
