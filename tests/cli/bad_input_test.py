#!/usr/bin/env python3
"""Every kind of bad input is answered alike (ARCHITECTURE.md, contract 9).

Exit code 2, one message on standard error that says where the mistake is and what was expected,
nothing on standard output, and no file written. The Node build answers with the same bytes.
ORRERY_BUILDS names the folder of builds.
"""

import copy
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", REPO / "build")).resolve()
NATIVE = [str(BUILDS / "native" / "bin" / "orrery")]
NODE = ["node", str(BUILDS / "wasm" / "bin" / "orrery.js")]
BEHAVIOUR = int(re.search(r"kBehaviourVersion = (\d+);",
                          (REPO / "sim" / "scenario" / "run_file.h").read_text()).group(1))

BAD_INPUT = 2
VERBS = "list, run, replay, serve, explore, verify, bench and help"
WHOLE = "expected a whole number from 0 to 18446744073709551615, found "
MUTEX = ["run", "go/mutex"]

# Words, and parts that the message must have: the place, and what was expected.
COMMANDS = {
    "an unknown verb": (["frobnicate"], ['there is no verb "frobnicate"', VERBS]),
    "a misspelt verb": (["rnu"], ['"rnu" (did you mean "run"?)', VERBS]),
    "an empty verb": ([""], ['there is no verb ""', VERBS]),
    "help for an unknown verb": (["help", "nope"], ['there is no verb "nope"', VERBS]),
    "help for two verbs": (["help", "run", "list"], ["help: expected at most one verb"]),
    "no scenario": (["run"], ["run: SCENARIO is required"]),
    "an unknown scenario": (["run", "nope"],
                            ['there is no scenario "nope"', "orrery list", ".yaml"]),
    "a misspelt scenario": (["run", "go/mutx"], ['"go/mutx" (did you mean "go/mutex"?)']),
    "an empty scenario": (["run", ""], ["run: SCENARIO: expected a value, found an empty text"]),
    "a second scenario": ([*MUTEX, "go/channel"], ['run: expected no further "go/channel"']),
    "an unknown scenario to verify": (["verify", "nope"], ['there is no scenario "nope"']),
    "explore without seeds": (["explore", "go/mutex"], ["--seeds"]),
    "seeds the wrong way round": (["explore", "go/mutex", "--seeds", "9..2"],
                                  ["--seeds: expected A..B with A not above B"]),
    "an unknown strategy": (["explore", "go/mutex", "--seeds", "1..2", "--strategy", "dfs"],
                            ['--strategy: expected random or pct, found "dfs"']),
    "a shard beyond its number": (["explore", "go/mutex", "--seeds", "1..2", "--shard", "3/3"],
                                  ['--shard: expected I/N with I below N, found "3/3"']),
    "no job": (["explore", "go/mutex", "--seeds", "1..2", "--jobs", "0"],
               ["--jobs: expected 1 to 256, found 0"]),
    "a folder for run files that is none": (
        ["explore", "go/mutex", "--seeds", "1..2", "--out", "nowhere"],
        ['--out: expected a folder that exists, found "nowhere"']),
    "an unknown benchmark": (["bench", "seak"], ['"seak" (did you mean "seek"?)', "ping-pong"]),
    "an unknown option": ([*MUTEX, "--frob"], ['run: there is no option "--frob"', "--seed"]),
    "a misspelt option": ([*MUTEX, "--sed", "1"], ['"--sed" (did you mean "--seed"?)', "--policy"]),
    "an unknown option of list": (["list", "--jsn"],
                                  ['list: there is no option "--jsn"', "--json"]),
    "a surplus word": (["list", "all"], ['list: expected no further "all"']),
    "a missing value": ([*MUTEX, "--seed"], ["run: --seed: 1 required"]),
    "a value for a flag": ([*MUTEX, "--json=7"], ["run: ", "json"]),
    "an option twice": ([*MUTEX, "--seed", "1", "--seed", "2"], ["run: --seed: ", "1"]),
    "a seed that is a word": ([*MUTEX, "--seed", "abc"], ["--seed: " + WHOLE + '"abc"']),
    "a negative seed": ([*MUTEX, "--seed", "-1"], ["--seed: " + WHOLE + '"-1"']),
    "a negative seed, joined": ([*MUTEX, "--seed=-1"], ["--seed: " + WHOLE + '"-1"']),
    "a seed with an exponent": ([*MUTEX, "--seed", "1e3"], ["--seed: " + WHOLE + '"1e3"']),
    "a seed that is a fraction": ([*MUTEX, "--seed", "1.5"], ["--seed: " + WHOLE + '"1.5"']),
    "a hexadecimal seed": ([*MUTEX, "--seed", "0x10"], ["--seed: " + WHOLE + '"0x10"']),
    "a seed beyond 64 bits": ([*MUTEX, "--seed", "99999999999999999999"],
                              ["--seed: " + WHOLE + '"99999999999999999999"']),
    "a seed one beyond 64 bits": ([*MUTEX, "--seed", "18446744073709551616"], ["--seed: " + WHOLE]),
    "a seed with a space": ([*MUTEX, "--seed", " 1"], ["--seed: " + WHOLE + '" 1"']),
    "an empty seed": ([*MUTEX, "--seed", ""], ["run: --seed: expected a value, found an empty"]),
    "an empty policy": ([*MUTEX, "--policy", ""], ["run: --policy: expected a value"]),
    "an empty time": ([*MUTEX, "--until", ""], ["run: --until: expected a value"]),
    "an empty trace file": ([*MUTEX, "--trace", ""], ["run: --trace: expected a value"]),
    "an unknown policy": ([*MUTEX, "--policy", "lifo"],
                          ['--policy: expected fifo, random, pct or go, found "lifo"']),
    "an unknown knob": ([*MUTEX, "--set", "NOPE=1"],
                        ['--set: there is no knob "NOPE"', "GOROUTINES, LOCKED"]),
    "a misspelt knob": ([*MUTEX, "--set", "LOKED=1"], ['"LOKED" (did you mean "LOCKED"?)']),
    "a knob where there is none": (["run", "go/deadlock", "--set", "A=1"],
                                   ["--set: this scenario has no knobs"]),
    "a knob below its range": ([*MUTEX, "--set", "GOROUTINES=0"],
                               ["--set: knob GOROUTINES", "from 1 to 1000", 'found "0"']),
    "a knob above its range": ([*MUTEX, "--set", "GOROUTINES=1001"],
                               ["--set: knob GOROUTINES", "from 1 to 1000", 'found "1001"']),
    "a knob beyond 64 bits": ([*MUTEX, "--set", "GOROUTINES=99999999999999999999"],
                              ["--set: knob GOROUTINES", "from 1 to 1000"]),
    "a word for a number": ([*MUTEX, "--set", "GOROUTINES=ten"],
                            ["--set: knob GOROUTINES", "a whole number", 'found "ten"']),
    "a number for a truth": ([*MUTEX, "--set", "LOCKED=1"],
                             ["--set: knob LOCKED: expected true or false", 'found "1"']),
    "a knob without a value": ([*MUTEX, "--set", "LOCKED"],
                               ["--set: expected KNOB=VALUE", 'found "LOCKED"']),
    "a knob with an empty value": ([*MUTEX, "--set", "LOCKED="], ["expected true or false"]),
    "a value without a knob": ([*MUTEX, "--set", "=1"], ['there is no knob ""']),
    "a good knob and a bad one": ([*MUTEX, "--set", "GOROUTINES=3", "--set", "LOCKED=no"],
                                  ["--set: knob LOCKED: expected true or false"]),
    "a time without a unit": ([*MUTEX, "--until", "10"],
                              ["--until: expected a duration", 'found "10"', "no unit"]),
    "a time that is a word": ([*MUTEX, "--until", "soon"], ["--until: expected a duration"]),
    "a time with an unknown unit": ([*MUTEX, "--until", "1y"],
                                    ["--until: expected a duration", 'unknown unit "y"']),
    "a negative time": ([*MUTEX, "--until", "-1s"],
                        ["--until: expected a duration", 'found "-1s"', "negative"]),
    "a time beyond 292 years": ([*MUTEX, "--until", "9999999h"], ["--until: ", "292 years"]),
    "a negative number of steps": ([*MUTEX, "--max-steps", "-4"], ["--max-steps: " + WHOLE]),
    "a trace in a missing folder": ([*MUTEX, "--trace", "none/x"],
                                    ["none/x: cannot be written: No such file or directory"]),
    "a trace that is a folder": ([*MUTEX, "--trace", "folder"],
                                 ["folder: cannot be written: Is a directory"]),
    "a missing folder for run files": ([*MUTEX, "--set", "GOROUTINES=3", "--out", "none"],
                                       ['--out: expected a folder that exists, found "none"']),
    "seeds in the wrong order": (["verify", "--seeds", "5..1"],
                                 ['--seeds: expected A..B with A not above B, found "5..1"']),
    "seeds that are words": (["verify", "--seeds", "a..b"], ["--seeds: " + WHOLE + '"a"']),
    "seeds without an end": (["verify", "--seeds", "1.."], ["--seeds: " + WHOLE + '""']),
    "seeds without a beginning": (["verify", "--seeds", "..3"], ["--seeds: " + WHOLE + '""']),
    "seeds with a dash": (["verify", "--seeds", "1-3"], ["--seeds: " + WHOLE + '"1-3"']),
    "seeds with three dots": (["verify", "--seeds", "1...3"], ["--seeds: " + WHOLE + '".3"']),
    "seeds up to the last number": (["verify", "--seeds", "0..18446744073709551615"],
                                    ["--seeds: expected A..B"]),
    "a missing scenario file": (["run", "none.yaml"],
                                ["none.yaml: cannot be read: No such file or directory"]),
    "a folder for a scenario": (["run", "./folder"],
                                ["./folder: this is a folder, expected a file"]),
    "no run file": (["replay"], ["replay: RUN.json is required"]),
    "a missing run file": (["replay", "none.json"],
                           ["none.json: cannot be read: No such file or directory"]),
    "a folder for a run file": (["replay", "folder"], ["folder: this is a folder"]),
    "a bad step to replay to": (["replay", "good.run.json", "--to-step", "x"],
                                ["--to-step: " + WHOLE + '"x"']),
    "control characters": ([*MUTEX, "--policy", "\x1b[2Jred"],
                           ["expected fifo, random, pct or go, found"]),
    "a very long word": ([*MUTEX, "--policy", "x" * 5000],
                         ["expected fifo, random, pct or go, found"]),
}

GOOD_SCENARIO = """version: 1
title: A scenario
workloads:
  - image: "orrery/go-mutex:1"
"""

# Bytes of a scenario file, and parts that the message must have: file, line and column first.
SCENARIOS = {
    "an empty file": (b"", ["bad.yaml:1:1: the file is empty"]),
    "binary garbage": (bytes(range(256)) * 8, ["bad.yaml:1:1: "]),
    "an ELF header": (b"\x7fELF\x02\x01\x01" + b"\0" * 500, ["bad.yaml:1:1: "]),
    "broken UTF-8": (b"version: 1\ntitle: a\xff\n", ["bad.yaml:2:9: not readable as UTF-8"]),
    "malformed YAML": (b"version: 1\ntitle: [a\nabout: b\n", ["bad.yaml:3:", "not valid YAML"]),
    "a tab for indentation": (b"version: 1\nworkloads:\n\t- image: a\n", ["bad.yaml:3:1: "]),
    "a text for the whole": (b"just a text\n", ["bad.yaml:1:1: "]),
    "a list for the whole": (b"- 1\n- 2\n", ["bad.yaml:1:1: "]),
    "a key twice": (GOOD_SCENARIO.encode() + b"title: again\n", ["bad.yaml:5:1: ", "title"]),
    "an unknown key": (GOOD_SCENARIO.encode() + b"untill: 10s\n",
                       ['bad.yaml:5:1: unknown key "untill" (did you mean "until"?)', "workloads"]),
    "an unknown image": (GOOD_SCENARIO.replace("go-mutex", "go-mutx").encode(),
                         ['bad.yaml:4:12: there is no image "orrery/go-mutx:1"',
                          '(did you mean "orrery/go-mutex:1"?)']),
    "a list for a text": (GOOD_SCENARIO.replace("A scenario", "[a]").encode(),
                          ["bad.yaml:2:8: title: expected text, found a list"]),
    "a number for a list": (b"version: 1\ntitle: a\nworkloads: 7\n",
                            ["bad.yaml:3:12: workloads: expected a list, found the integer 7"]),
    "a word for a duration": (GOOD_SCENARIO.encode() + b"until: soon\n",
                              ["bad.yaml:5:8: until: expected a duration", '"soon"']),
    "a negative duration": (GOOD_SCENARIO.encode() + b"until: -5s\n",
                            ["bad.yaml:5:8: until: expected a duration", "negative"]),
    "an unknown version": (GOOD_SCENARIO.replace("version: 1", "version: 99").encode(),
                           ["bad.yaml:1:10: version: expected", "99"]),
    "no title": (b"version: 1\nworkloads: []\n", ["bad.yaml:1:1: ", "title"]),
    "an unknown invariant": (GOOD_SCENARIO.encode() + b"invariants: [no-deadlok]\n",
                             ["bad.yaml:5:14: ", "no-deadlock"]),
    "a knob outside its own range": (
        GOOD_SCENARIO.encode() + b"knobs:\n  N: {default: 9, min: 1, max: 3, about: n}\n",
        ["bad.yaml:6:", "from 1 to 3", "9"]),
    "an alias bomb": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
            b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9))
            for i in range(12)),
        ["bad.yaml:1:4: "]),
    "deep nesting": (b"title: " + b"[" * 100_000, ["bad.yaml:1:"]),
}

RUN_FILE = {
    "format": "orrery-run",
    "version": 1,
    "behaviour": BEHAVIOUR,
    "scenario": {"file": "a.yaml", "identity": "0" * 16, "text": GOOD_SCENARIO + (
        "knobs:\n  GOROUTINES: {default: 10, min: 1, max: 1000, about: How many}\n")},
    "knobs": {"GOROUTINES": "3"},
    "seed": 1,
    "policy": "fifo",
    "inputs": [],
    "choices": [],
    "summary": "",
    "reason": "",
}
KILL = {"step": 1, "at_ns": 0, "text": "kill 1"}
CHOICE = {"entity": 1, "kind": 1, "ordinal": 0, "value": 0}


def edited(**changes):
    """The run file with fields replaced; a field that becomes None is left out."""
    out = {**copy.deepcopy(RUN_FILE), **changes}
    return json.dumps({key: value for key, value in out.items() if value is not None}).encode()


def with_scenario(text):
    return edited(scenario={**RUN_FILE["scenario"], "text": text})


RUN_FILES = {
    "an empty file": (b"", ["not JSON: the mistake is at byte "]),
    "binary garbage": (bytes(range(256)) * 8, ["not JSON: the mistake is at byte 1"]),
    "half of a file": (edited()[:200], ["not JSON: the mistake is at byte 201"]),
    "a missing comma": (b'{"format": "orrery-run" "version": 1}', ["the mistake is at byte 33"]),
    "broken UTF-8": (b'{"format": "\xff"}', ["not JSON: the mistake is at byte 13"]),
    "two values": (edited() + b"{}", ["not JSON: the mistake is at byte "]),
    "a list": (b"[]", ["/: expected an object"]),
    "nesting a million deep": (b"[" * 1_000_000, ["not JSON: the mistake is at byte 1000001"]),
    "nesting a million deep and closed": (b"[" * 1_000_000 + b"]" * 1_000_000,
                                          ["/: expected an object"]),
    "another format": (edited(format="orrery-trace"), ['/format: expected "orrery-run"']),
    "a later version": (edited(version=2), ["/version: expected 1"]),
    "a version as text": (edited(version="1"), ["/version: expected"]),
    "a negative behaviour version": (edited(behaviour=-1), ["/behaviour: expected a whole number"]),
    "a negative seed": (edited(seed=-1), ["/seed: expected a whole number"]),
    "a seed that is a fraction": (edited(seed=1.5), ["/seed: expected a whole number"]),
    "a seed beyond 64 bits": (edited(seed=2**64), ["/seed: expected a whole number"]),
    "an unknown policy": (edited(policy="lifo"), ["/policy: expected fifo, random, pct or go"]),
    "a scenario as a number": (edited(scenario=7), ["/scenario", "expected an object"]),
    "a scenario that is not YAML": (with_scenario("a: ["), ["/scenario/text: a.yaml:1:"]),
    "a scenario with an unknown image": (
        with_scenario(RUN_FILE["scenario"]["text"].replace("go-mutex", "go-mutx")),
        ['/scenario/text: a.yaml:4:12: there is no image "orrery/go-mutx:1"']),
    "an unknown knob": (edited(knobs={"X": "1"}), ['/knobs: there is no knob "X"']),
    "a knob out of range": (edited(knobs={"GOROUTINES": "5000"}), ["/knobs: ", "from 1 to 1000"]),
    "a knob as a number": (edited(knobs={"GOROUTINES": 5}), ["/knobs/GOROUTINES: expected a text"]),
    "knobs as a list": (edited(knobs=[]), ["/knobs: expected an object"]),
    "a negative time": (edited(until_ns=-1), ["/until_ns: expected a whole number from 0"]),
    "a negative number of steps": (edited(max_steps=-1), ["/max_steps: expected a whole number"]),
    "inputs as an object": (edited(inputs={}), ["/inputs: expected a list"]),
    "more inputs than the limit": (edited(inputs=[0] * 1_000_001),
                                   ["/inputs: expected a list of at most 1000000 entries"]),
    "an input as a number": (edited(inputs=[7]), ["/inputs/0/: expected an object"]),
    "an unknown input": (edited(inputs=[{**KILL, "text": "explode"}]),
                         ["/inputs/0/text: expected `kill NUMBER` or"]),
    "an input with a huge number": (edited(inputs=[{**KILL, "text": "kill " + "9" * 40}]),
                                    ["/inputs/0/text: expected `kill NUMBER` or"]),
    "an input before the first step": (edited(inputs=[{**KILL, "step": 0}]),
                                       ["/inputs/0/step: expected a step after 0"]),
    "inputs out of order": (edited(inputs=[{**KILL, "step": 5}, {**KILL, "step": 2}]),
                            ["/inputs/1/step: expected a step after 5"]),
    "two inputs in one step": (edited(inputs=[KILL, KILL]),
                               ["/inputs/1/step: expected a step after 1"]),
    "an input at a negative time": (edited(inputs=[{**KILL, "at_ns": -1}]),
                                    ["/inputs/0/at_ns: expected a whole number from 0"]),
    "an input at a time beyond 63 bits": (edited(inputs=[{**KILL, "at_ns": 2**63}]),
                                          ["/inputs/0/at_ns: expected a whole number from 0"]),
    "a choice with a huge value": (edited(choices=[{**CHOICE, "value": 2**32}]),
                                   ["/choices/0/value: expected a whole number from 0 to 42949"]),
    "a choice without its entity": (edited(choices=[{"kind": 1}]), ["/choices/0/entity: expected"]),
}
for field in RUN_FILE:
    RUN_FILES[f"no {field}"] = (edited(**{field: None}), [f"/{field}", "expected"])

# Those that the Node build is shown too: one of each kind of message.
ALSO_IN_NODE = ("an unknown verb", "a misspelt scenario", "a misspelt option", "a missing value",
                "a seed beyond 64 bits", "a knob above its range", "a negative time",
                "seeds in the wrong order", "a missing scenario file", "a folder for a run file",
                "a trace in a missing folder")
SCENARIOS_ALSO_IN_NODE = ("binary garbage", "malformed YAML", "an unknown key", "deep nesting")
RUN_FILES_ALSO_IN_NODE = ("half of a file", "a seed beyond 64 bits", "inputs out of order",
                          "nesting a million deep and closed")


class BadInputTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "folder").mkdir()
        (self.folder / "good.run.json").write_bytes(edited())

    def run_program(self, program, args):
        return subprocess.run([*program, *args], cwd=self.folder, capture_output=True, timeout=120)

    def check(self, args, parts, also_in_node=False):
        before = self.files()
        done = self.run_program(NATIVE, args)
        message = done.stderr.decode()
        self.assertEqual(done.returncode, BAD_INPUT, message)
        self.assertEqual(done.stdout, b"")
        self.assertTrue(message.startswith("orrery: "), message)
        self.assertEqual(message.count("orrery: "), 1, message)
        self.assertTrue(message.endswith("\n"), message)
        self.assertTrue(all(line.isprintable() for line in message.splitlines()), message)
        self.assertLess(len(message), 2000)
        for part in parts:
            self.assertIn(part, message)
        if also_in_node:
            node = self.run_program(NODE, args)
            self.assertEqual((node.returncode, node.stdout, node.stderr),
                             (BAD_INPUT, b"", done.stderr))
        self.assertEqual(self.files(), before)

    def files(self):
        return {path.relative_to(self.folder): path.is_file() and path.stat().st_mtime_ns
                for path in self.folder.rglob("*")}

    def check_file(self, verb, name, content, parts, also_in_node):
        (self.folder / name).write_bytes(content)
        self.check([verb, name], [name, *parts], also_in_node)

    def test_a_bad_command_line_is_answered_with_its_place_and_what_was_expected(self):
        for what, (args, parts) in COMMANDS.items():
            with self.subTest(what=what):
                self.check(args, parts, what in ALSO_IN_NODE)

    def test_a_bad_scenario_file_is_answered_with_file_line_and_column(self):
        for what, (content, parts) in SCENARIOS.items():
            with self.subTest(what=what):
                self.check_file("run", "bad.yaml", content, parts, what in SCENARIOS_ALSO_IN_NODE)

    def test_a_bad_run_file_is_answered_with_the_field(self):
        for what, (content, parts) in RUN_FILES.items():
            with self.subTest(what=what):
                self.check_file("replay", "bad.json", content, parts,
                                what in RUN_FILES_ALSO_IN_NODE)

    def test_the_unspoilt_files_are_good_so_each_mistake_is_what_is_refused(self):
        (self.folder / "good.yaml").write_text(GOOD_SCENARIO)
        for args in (["run", "good.yaml"], ["replay", "good.run.json"]):
            for program in (NATIVE, NODE):
                with self.subTest(args=args, program=program[0]):
                    done = self.run_program(program, args)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertIn(b"Counter: ", done.stdout)

    def test_a_file_beyond_the_limit_is_refused_by_its_size(self):
        for verb, name, size, limit in (("run", "big.yaml", 65, 64),
                                        ("replay", "big.json", 17, 16)):
            with self.subTest(name=name):
                with open(self.folder / name, "wb") as file:
                    file.truncate(size << 20)
                self.check([verb, name], [f"{name}: longer than {limit} MiB"])

    def test_a_scenario_with_several_mistakes_names_each_with_its_place(self):
        (self.folder / "bad.yaml").write_text("version: 1\ntitle: [a]\nuntil: soon\nworkloads: 7\n")
        self.check(["run", "bad.yaml"],
                   ["bad.yaml:2:8: title", "bad.yaml:3:8: until", "bad.yaml:4:12: workloads"])


class FrontDoorTest(unittest.TestCase):
    """The script's own verbs refuse a mistake before they fetch or build anything."""

    def check(self, args, parts):
        done = subprocess.run([str(REPO / "orrery"), *args], capture_output=True, text=True,
                              timeout=60)
        self.assertEqual((done.returncode, done.stdout), (BAD_INPUT, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_a_bad_port_to_play_on_is_refused(self):
        for port in ("x", "0", "65536", "-1", "80a", "99999999999999999999"):
            with self.subTest(port=port):
                self.check(["play", "--port", port], ["--port", "from 1 to 65535", f'"{port}"'])
                self.check(["play", f"--port={port}"], ["--port", "from 1 to 65535", f'"{port}"'])
        self.check(["play", "--port"], ["--port", "from 1 to 65535"])

    def test_an_unknown_argument_is_refused_with_the_usage(self):
        self.check(["play", "--frob"], ['"--frob"', "usage: ./orrery play"])
        self.check(["setup", "--frob"], ['"--frob"', "usage: ./orrery setup"])
        self.check(["setup", "--for", "mars"], ['"mars"', "native, desktop, web or test"])
        self.check(["format", "--frob"], ['"--frob"', "usage: ./orrery format"])


if __name__ == "__main__":
    unittest.main()
