"""Each rule of Go about concurrency: what the engine does, what Go must do, and what real Go does.

A case is a function in cases/TOPIC.go with the rule, its source and what is expected in the comment
before it, and a twin in cases_TOPIC.cpp. The comment ends with any of these sections:

    Output:               standard output, exactly
    Unordered output:     standard output, its lines in any order
    Error:                the first lines of standard error; the exit code is then 2, else 0
    Waits:                the wait reasons of a goroutine dump, in any order
    Known difference:     why ours does not meet this yet: reported loudly, but no failure

The engine runs every case under all policies and several seeds. Where there is a Go toolchain, all
Go programs become one binary, which must give the same; where there is none, that is left out
loudly. `conformance_test.py go NAME` runs a case with real Go, for a look.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", ROOT / "build"))
PRESET = os.environ.get("ORRERY_CONFORMANCE_PRESET", "native")
OURS = BUILDS / PRESET / "bin" / "orrery_conformance"
CASES = pathlib.Path(__file__).resolve().parent / "cases"

LONG = os.environ.get("ORRERY_LONG") == "1"
SEEDS = range(1, 26 if LONG else 5)
SCHEDULES = ([("fifo", 1), ("go", 1)] +
             [(policy, seed) for policy in ("random", "pct") for seed in SEEDS])
FAILURE_EXIT = 2
# Go programs run in real time: on a busy machine one may be late, but not time after time.
GO_ATTEMPTS = 3
JOBS = 2

SECTIONS = ("Output", "Unordered output", "Error", "Waits", "Known difference")
SOURCE = re.compile(r"^[A-Z][\w/. ()'\-]*(, [\w`.():,\-/ ]+)?: \S")
COMMENTED = re.compile(r"((?:^//.*\n)+)^func (\w+)\(\) \{$", re.MULTILINE)


class Case:
    """What the comment before a function says."""

    def __init__(self, topic, function, comment):
        self.topic = topic
        self.function = function
        self.name = re.sub(r"(?<!^)([A-Z])", lambda m: "_" + m[1].lower(), function)
        self.sections = {}
        lines = [line.removeprefix("//").removeprefix(" ") for line in comment.splitlines()]
        current = self.sections.setdefault("Rule", [])
        for line in lines:
            head = line.removesuffix(":")
            if line.endswith(":") and head in SECTIONS:
                current = self.sections.setdefault(head, [])
            else:
                current.append(line.replace("\\t", "\t"))
        for text in self.sections.values():
            while text and text[-1] == "":
                text.pop()

    @property
    def known(self):
        return " ".join(self.sections.get("Known difference", []))

    def difference(self, done):
        """What is unexpected about a finished process; empty if nothing is."""
        output, error = done.stdout.splitlines(), done.stderr.splitlines()
        expected = self.sections.get("Output", [])
        if "Unordered output" in self.sections:
            expected, output = sorted(self.sections["Unordered output"]), sorted(output)
        found = []
        if output != expected:
            found.append(f"printed {output}, expected {expected}")
        first = self.sections.get("Error", [])
        code = FAILURE_EXIT if first else 0
        if done.returncode != code:
            found.append(f"exit code {done.returncode}, expected {code}")
        if error[:len(first)] != first or (error and not first):
            found.append(f"error {error[:max(1, len(first))]}, expected {first}")
        if "Waits" in self.sections:
            expected, waits = sorted(self.sections["Waits"]), wait_reasons(done.stderr)
            if waits != expected:
                found.append(f"waits {waits}, expected {expected}")
        return "; ".join(found)


def wait_reasons(report):
    """The wait reasons of a dump, sorted; durations such as `, 2 minutes` are left out."""
    return sorted(re.findall(r"^goroutine \d+ .*?\[([^],]*)[],].*:$", report, re.MULTILINE))


def read_cases():
    found = []
    for file in sorted(CASES.glob("*.go")):
        for match in COMMENTED.finditer(file.read_text(encoding="utf-8")):
            case = Case(file.stem, match[2], match[1])
            if len(case.sections) > 1:
                found.append(case)
    return found


def run(command, timeout=300, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=timeout, check=False, **more)


def in_parallel(work, items):
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(work, items))


def go_tool():
    installed = pathlib.Path("/usr/local/go/bin/go")
    return shutil.which("go") or (str(installed) if installed.exists() else None)


def build_go(go, folder, cases):
    """One program of all cases; the first argument says which one it runs."""
    for file in CASES.glob("*.go"):
        shutil.copy(file, folder)
    (folder / "go.mod").write_text("module conformance\n\ngo 1.24\n", encoding="utf-8")
    table = "".join(f'\t\t"{case.name}": {case.function},\n' for case in cases)
    (folder / "main.go").write_text(
        'package main\n\nimport "os"\n\nfunc main() {\n\tcases := map[string]func(){\n' + table +
        "\t}\n\tcases[os.Args[1]]()\n}\n", encoding="utf-8")
    program = folder / "cases"
    built = run([go, "build", "-trimpath", "-o", program, "."], cwd=folder,
                env={**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off", "GOTOOLCHAIN": "local"})
    return program, built


def run_go(program, case):
    """The first run that is as expected, or the last one."""
    plain = {key: value for key, value in os.environ.items()
             if key not in ("GOTRACEBACK", "GODEBUG")}
    for _ in range(GO_ATTEMPTS):
        try:
            difference = case.difference(run([program, case.name], timeout=20, env=plain))
        except subprocess.TimeoutExpired:
            difference = "did not end"
        if not difference:
            break
    return difference


def run_ours(case):
    """What is unexpected, with the schedule on which it happened; stops at the first."""
    for policy, seed in SCHEDULES:
        done = run([OURS, "run", case.name, "--policy", policy, "--seed", seed])
        difference = case.difference(done)
        if difference:
            return f"--policy {policy} --seed {seed}: {difference}"
    return ""


class Conformance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cases = read_cases()

    def test_every_case_has_a_twin_and_is_well_written(self):
        names = [case.name for case in self.cases]
        self.assertEqual(len(names), len(set(names)), "two cases have one name")
        listed = run([OURS, "list"])
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertEqual(sorted(listed.stdout.split()), sorted(names))
        for case in self.cases:
            with self.subTest(case.name):
                self.assertRegex(case.sections["Rule"][0], SOURCE, "the rule names its source")
                self.assertFalse("Output" in case.sections and "Unordered output" in case.sections)

    def test_the_engine_follows_every_rule_on_every_schedule(self):
        for case, difference in zip(self.cases, in_parallel(run_ours, self.cases)):
            with self.subTest(case.name):
                if case.known:
                    self.assertTrue(difference, "no longer a known difference: remove the note")
                    print(f"KNOWN DIFFERENCE: {case.name}: {case.known}", file=sys.stderr)
                else:
                    self.assertEqual(difference, "")

    def test_real_go_follows_every_rule(self):
        go = go_tool()
        if go is None:
            print("SKIPPED LOUDLY: no Go toolchain here, so nothing was compared", file=sys.stderr)
            self.skipTest("no Go toolchain")
        with tempfile.TemporaryDirectory() as folder:
            program, built = build_go(go, pathlib.Path(folder), self.cases)
            self.assertEqual(built.returncode, 0, built.stderr)
            differences = in_parallel(lambda case: run_go(program, case), self.cases)
        for case, difference in zip(self.cases, differences):
            with self.subTest(case.name):
                self.assertEqual(difference, "")


def show_go(name):
    with tempfile.TemporaryDirectory() as folder:
        program, built = build_go(go_tool(), pathlib.Path(folder), read_cases())
        sys.exit(built.stderr or subprocess.call([program, name]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["go"]:
        show_go(sys.argv[2])
    unittest.main()
