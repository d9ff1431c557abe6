#!/usr/bin/env python3
"""One history on every build: g++, clang under the sanitizers, and WebAssembly under Node; in the
long run also clang as it is and g++ under the sanitizers.

`verify` runs each scenario for each seed and policy under all conditions that must not matter and
prints one line a run; the lines are the same bytes on every build. ORRERY_BUILDS names the folder
of builds; one that is missing is a failure. The sanitizers' builds run 20 seeds and the others 100;
ORRERY_LONG=1 makes that 1000 for all. Scenarios that take many steps have fewer seeds.

golden/hashes.txt holds each scenario's history of seed 1 under fifo and the behaviour version that
it belongs to, so that a change of history is seen and meant: `hash_test.py --update` writes it
anew, unless a history changed and the version did not.
"""

import concurrent.futures
import functools
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", REPO / "build")).resolve()
GOLDEN = pathlib.Path(__file__).resolve().parent / "golden" / "hashes.txt"
LONG = os.environ.get("ORRERY_LONG") == "1"
SEEDS = 1000 if LONG else 100
# The sanitizers' builds are slow: all seeds only in the long run.
SANITIZED_SEEDS = SEEDS if LONG else 20
# Of scenarios that take more steps than this, such as whole clusters.
HEAVY_STEPS = 6_000
HEAVY_SEEDS = 50 if LONG else 1
SANITIZED_HEAVY_SEEDS = 10 if LONG else 1

REFERENCE = "native"
PROGRAMS = {
    "native": [str(BUILDS / "native" / "bin" / "orrery")],
    "clang": [str(BUILDS / "clang" / "bin" / "orrery")],
    "asan": [str(BUILDS / "asan" / "bin" / "orrery")],
    "asan-gcc": [str(BUILDS / "asan-gcc" / "bin" / "orrery")],
    "wasm": ["node", str(BUILDS / "wasm" / "bin" / "orrery.js")],
}
if not LONG:
    del PROGRAMS["clang"], PROGRAMS["asan-gcc"]
POLICIES = ("fifo", "random")
ALL_POLICIES = (*POLICIES, "pct", "go")
SUMMARY = r"hash=[0-9a-f]{16} steps=\d+ events=\d+ virtual=\d+\.\d{3}s"


def run(build, *args):
    """Exit code, standard output and standard error of a build's program, in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*PROGRAMS[build], *args], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def on_every_build(args_of):
    """Build -> what it answers to the words that `args_of(build)` gives. Two run at a time."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        return dict(zip(PROGRAMS, pool.map(lambda build: run(build, *args_of(build)), PROGRAMS)))


def scenarios():
    code, out, _ = run(REFERENCE, "list", "--json")
    assert code == 0, "orrery list --json failed"
    return [row["name"] for row in json.loads(out)]


@functools.cache
def steps_of(name):
    _, out, _ = run(REFERENCE, "run", name, "--seed", "1", "--policy", "fifo")
    return int(re.search(r" steps=(\d+) ", out.splitlines()[-1]).group(1))


def heavy_scenarios():
    return [name for name in scenarios() if steps_of(name) > HEAVY_STEPS]


def first_difference(name_a, text_a, name_b, text_b):
    """The first line that two texts do not share, from both; empty if they are equal."""
    pairs = itertools.zip_longest(text_a.splitlines(), text_b.splitlines(), fillvalue="(no line)")
    for number, (a, b) in enumerate(pairs, 1):
        if a != b:
            return f"line {number} differs\n  {name_a}: {a}\n  {name_b}: {b}"
    return "" if text_a == text_b else f"{name_a} and {name_b} differ in how a line ends"


def behaviour_version():
    text = (REPO / "sim" / "scenario" / "run_file.h").read_text()
    return re.search(r"kBehaviourVersion = (\d+);", text).group(1)


def golden_lines():
    lines = [f"behaviour {behaviour_version()}\n"]
    for name in scenarios():
        _, out, _ = run(REFERENCE, "run", name, "--seed", "1", "--policy", "fifo")
        lines.append(f"{name} policy=fifo seed=1 {out.splitlines()[-1]}\n")
    return "".join(lines)


RAISE_VERSION = (
    "If history is meant to change, raise kBehaviourVersion in sim/scenario/run_file.h and run "
    "tests/cross_build/hash_test.py --update. A new scenario needs only the update.")


def forgotten_version(recorded, found):
    """What changed in a scenario's history under the same behaviour version; empty if nothing."""
    before, after = recorded.splitlines(), found.splitlines()
    if not before or before[0] != after[0]:
        return ""
    new = {line.split(" ", 1)[0]: line for line in after[1:]}
    changed = [f"  recorded: {line}\n  found: {new[name]}\n" for line in before[1:]
               if new.get(name := line.split(" ", 1)[0], line) != line]
    return "".join(changed)


def update():
    found = golden_lines()
    recorded = GOLDEN.read_text() if GOLDEN.exists() else ""
    changed = forgotten_version(recorded, found)
    if changed:
        return f"history changed under {found.splitlines()[0]}:\n{changed}{RAISE_VERSION}"
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(found)
    return None


class CrossBuildTest(unittest.TestCase):
    def assert_same(self, answers):
        """Every build answers like the reference, byte for byte."""
        expected = answers[REFERENCE]
        for build, found in answers.items():
            with self.subTest(build=build):
                self.assertEqual(found[0], expected[0], f"{build}'s exit code; {found[2]}")
                for a, b in zip(expected[1:], found[1:]):
                    self.assertEqual(first_difference(REFERENCE, a, build, b), "")

    def test_every_build_is_there(self):
        for build, program in PROGRAMS.items():
            with self.subTest(build=build):
                self.assertTrue(pathlib.Path(program[-1]).is_file(), f"{program[-1]} is not built")

    def check_verify(self, names, seeds, sanitized_seeds):
        def seeds_of(build):
            return sanitized_seeds if build.startswith("asan") else seeds

        answers = on_every_build(
            lambda build: ("verify", *names, "--seeds", f"1..{seeds_of(build)}"))
        reference = answers[REFERENCE][1]
        line = re.compile(rf"^(\S+) policy=(\w+) seed=(\d+) {SUMMARY}$")
        found = [line.match(text) for text in reference.splitlines()]
        self.assertNotIn(None, found)
        self.assertEqual([match.groups() for match in found],
                         [(name, policy, str(seed)) for name in names
                          for seed in range(1, seeds + 1)
                          for policy in (ALL_POLICIES if seed == 1 else POLICIES)])
        for build, (code, out, errors) in answers.items():
            with self.subTest(build=build):
                self.assertEqual((code, errors), (0, ""))
                expected = "".join(text for text in reference.splitlines(keepends=True)
                                   if int(line.match(text).group(3)) <= seeds_of(build))
                self.assertEqual(first_difference(REFERENCE, expected, build, out), "")

    def test_verify_prints_the_same_bytes_on_every_build(self):
        names = [name for name in scenarios() if name not in heavy_scenarios()]
        self.check_verify(names, SEEDS, SANITIZED_SEEDS)

    def test_verify_prints_the_same_bytes_on_every_build_of_what_takes_many_steps(self):
        self.check_verify(heavy_scenarios(), HEAVY_SEEDS, SANITIZED_HEAVY_SEEDS)

    def test_run_prints_the_same_summary_and_output_on_every_build(self):
        for name in scenarios():
            seeds = ("7",) if name in heavy_scenarios() else ("1", "7", "18446744073709551615")
            for policy, seed in itertools.product(POLICIES, seeds):
                with self.subTest(scenario=name, policy=policy, seed=seed):
                    answers = on_every_build(
                        lambda _: ("run", name, "--seed", seed, "--policy", policy))
                    self.assertRegex(answers[REFERENCE][1].splitlines()[-1], f"^{SUMMARY}$")
                    self.assert_same(answers)

    def test_the_mutex_scenario_with_seed_7_ends_with_one_line_everywhere(self):
        answers = on_every_build(lambda _: ("run", "go/mutex", "--seed", "7"))
        last = {out.splitlines()[-1] for _, out, _ in answers.values()}
        self.assertEqual(len(last), 1, answers)
        self.assertRegex(last.pop(), f"^{SUMMARY}$")

    def test_a_failed_invariant_s_run_file_is_the_same_on_every_build(self):
        unlocked = ("run", "go/mutex", "--policy", "random", "--set", "LOCKED=false")
        seed = next(str(seed) for seed in range(1, 51)
                    if run(REFERENCE, *unlocked, "--seed", str(seed))[0] == 1)
        files = {}
        for build in PROGRAMS:
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run([*PROGRAMS[build], *unlocked, "--seed", seed], cwd=folder,
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, 1, f"{build}: {done.stderr}")
                (file,) = pathlib.Path(folder).iterdir()
                files[build] = (file.name, file.read_text())
        names = {name for name, _ in files.values()}
        self.assertEqual(len(names), 1, names)
        self.assertRegex(names.pop(), rf"^go-mutex-seed-{seed}-[0-9a-f]{{16}}\.run\.json$")
        for build, (_, text) in files.items():
            with self.subTest(build=build):
                self.assertEqual(first_difference(REFERENCE, files[REFERENCE][1], build, text), "")

    def test_a_trace_is_the_same_bytes_on_every_build(self):
        traces = {}
        for build in PROGRAMS:
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run(
                    [*PROGRAMS[build], "run", "go/mutex", "--policy", "random", "--seed", "7",
                     "--trace", "trace.jsonl"], cwd=folder, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, f"{build}: {done.stderr}")
                traces[build] = pathlib.Path(folder, "trace.jsonl").read_text()
        self.assertGreater(traces[REFERENCE].count("\n"), 50)
        for build, text in traces.items():
            with self.subTest(build=build):
                self.assertEqual(first_difference(REFERENCE, traces[REFERENCE], build, text), "")


class GoldenTest(unittest.TestCase):
    def test_the_history_of_every_scenario_is_the_recorded_one(self):
        difference = first_difference("recorded", GOLDEN.read_text(), "found", golden_lines())
        self.assertEqual(difference, "", f"\n{difference}\n{RAISE_VERSION}")

    def test_the_update_refuses_a_changed_history_under_the_same_behaviour_version(self):
        recorded = "behaviour 1\na hash=1\nb hash=2\n"
        self.assertIn("found: b hash=3", forgotten_version(recorded, "behaviour 1\nb hash=3\n"))
        self.assertEqual(forgotten_version(recorded, "behaviour 2\nb hash=3\n"), "")
        self.assertEqual(forgotten_version(recorded, recorded + "c hash=4\n"), "")
        self.assertEqual(forgotten_version("", recorded), "")


class TheComparisonCanFail(unittest.TestCase):
    def test_the_first_differing_line_is_shown_from_both(self):
        self.assertEqual(first_difference("a", "1\n2\n3\n", "b", "1\n2\n3\n"), "")
        self.assertEqual(first_difference("a", "1\n2\n3\n", "b", "1\nx\ny\n"),
                         "line 2 differs\n  a: 2\n  b: x")
        self.assertEqual(first_difference("a", "1\n", "b", "1\n2\n"),
                         "line 2 differs\n  a: (no line)\n  b: 2")
        self.assertNotEqual(first_difference("a", "1\n", "b", "1"), "")

    def test_two_seeds_give_different_lines(self):
        one = run(REFERENCE, "verify", "go/mutex", "--seeds", "1")[1]
        two = run(REFERENCE, "verify", "go/mutex", "--seeds", "2")[1]
        self.assertIn("differs", first_difference("one", one, "two", two))


if __name__ == "__main__":
    if "--update" in sys.argv[1:]:
        sys.exit(update())
    unittest.main()
