#!/usr/bin/env python3
"""The command line as scripts rely on it: what it prints, where, and with which exit code.

Runs the native program. Each test has a folder of its own to run in, so what a program leaves there
is seen. ORRERY_BUILDS names the folder of builds.
"""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", REPO / "build")).resolve()
PROGRAM = BUILDS / "native" / "bin" / "orrery"

SUMMARY = re.compile(r"^hash=([0-9a-f]{16}) steps=(\d+) events=(\d+) virtual=(\d+\.\d{3})s$")

HELD, INVARIANT_FAILED, PROGRAM_FAILED, LIMIT = 0, 1, 3, 4

# What the Go programs print that the scenarios model, built by Go itself. Go leaves open which of
# the wait group's goroutines speaks first; under fifo it is the one that was started first.
GO_PRINTS = {
    "go/channel": "1\n",
    "go/mutex": "Counter: 10\n",
    "go/waitgroup": "Hello from goroutine 1\nHello from goroutine 2\n",
}


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def orrery(self, *args, exit_code=HELD):
        done = subprocess.run([PROGRAM, *args], cwd=self.folder, capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(done.returncode, exit_code, f"{args}: {done.stdout}{done.stderr}")
        return done

    def run_scenario(self, *args, exit_code=HELD):
        """What the programs printed to standard output, the parts of the summary, and stderr."""
        done = self.orrery(*args, exit_code=exit_code)
        lines = done.stdout.splitlines(keepends=True)
        self.assertTrue(lines, f"{args} printed nothing")
        self.assertTrue(lines[-1].endswith("\n"))
        match = SUMMARY.match(lines[-1].rstrip("\n"))
        self.assertIsNotNone(match, f"{args}: the last line is {lines[-1]!r}")
        return "".join(lines[:-1]), match.groups(), done.stderr

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())


class ListTest(CommandLineTest):
    def test_list_names_every_scenario_with_its_title(self):
        lines = self.orrery("list").stdout.splitlines()
        rows = json.loads(self.orrery("list", "--json").stdout)
        self.assertEqual([re.split(r"\s+", line, maxsplit=1) for line in lines],
                         [[row["name"], row["title"]] for row in rows])

    def test_list_as_json_has_every_scenario_of_the_repository_and_its_knobs(self):
        rows = json.loads(self.orrery("list", "--json").stdout)
        folder = REPO / "assets" / "scenarios"
        on_disk = sorted(path.parent.relative_to(folder).as_posix()
                         for path in folder.rglob("scenario.yaml"))
        self.assertEqual([row["name"] for row in rows], on_disk)
        for row in rows:
            self.assertTrue(row["title"] and row["about"], row["name"])
            self.assertEqual(set(row), {"name", "title", "about", "knobs"})
        knobs = {knob["name"]: knob for row in rows if row["name"] == "go/mutex"
                 for knob in row["knobs"]}
        self.assertEqual(knobs["GOROUTINES"]["default"], "10")
        self.assertEqual(knobs["GOROUTINES"]["accepts"], "a whole number from 1 to 1000")
        self.assertEqual(knobs["LOCKED"]["accepts"], "true or false")


class RunTest(CommandLineTest):
    def test_the_programs_print_exactly_what_go_prints(self):
        for name, expected in GO_PRINTS.items():
            with self.subTest(scenario=name):
                printed, _, errors = self.run_scenario("run", name, "--seed", "7")
                self.assertEqual(printed, expected)
                self.assertEqual(errors, "")

    def test_under_the_random_policy_the_programs_print_the_same_lines_in_some_order(self):
        orders = set()
        for name, expected in GO_PRINTS.items():
            for seed in range(1, 21):
                with self.subTest(scenario=name, seed=seed):
                    printed, _, _ = self.run_scenario("run", name, "--policy", "random",
                                                      "--seed", str(seed))
                    self.assertEqual(sorted(printed.splitlines()), sorted(expected.splitlines()))
                    orders.add(printed)
        self.assertIn("Hello from goroutine 2\nHello from goroutine 1\n", orders)

    def test_the_wait_group_takes_two_seconds_of_virtual_time_and_the_others_none(self):
        for name, virtual in {"go/waitgroup": "2.000", "go/mutex": "0.000"}.items():
            with self.subTest(scenario=name):
                self.assertEqual(self.run_scenario("run", name)[1][3], virtual)

    def test_the_same_seed_gives_the_same_bytes_and_random_seeds_differ(self):
        def run(seed):
            return self.orrery("run", "go/mutex", "--policy", "random", "--seed", seed).stdout

        self.assertEqual(run("7"), run("7"))
        self.assertEqual(len({run(str(seed)) for seed in range(1, 11)}), 10)

    def test_fifo_is_the_default_and_draws_nothing_so_its_seeds_agree(self):
        hashes = {self.run_scenario("run", "go/mutex", "--seed", seed, *policy)[1]
                  for seed in ("1", "2") for policy in ((), ("--policy", "fifo"))}
        self.assertEqual(len(hashes), 1)

    def test_a_scenario_file_runs_like_the_gallery_s_copy_of_it(self):
        file = REPO / "assets" / "scenarios" / "go" / "mutex" / "scenario.yaml"
        self.assertEqual(self.orrery("run", str(file), "--seed", "3").stdout,
                         self.orrery("run", "go/mutex", "--seed", "3").stdout)

    def test_a_knob_changes_the_run(self):
        printed, _, _ = self.run_scenario("run", "go/mutex", "--set", "GOROUTINES=3")
        self.assertEqual(printed, "Counter: 3\n")
        unlocked = self.run_scenario("run", "go/mutex", "--set", "LOCKED=false")
        self.assertEqual(unlocked[0], "Counter: 10\n")
        self.assertNotEqual(unlocked[1], self.run_scenario("run", "go/mutex")[1])

    def test_until_ends_the_run_before_the_first_step_beyond_it(self):
        self.assertEqual(self.run_scenario("run", "go/waitgroup", "--until", "1500ms")[1][3],
                         "1.000")
        self.assertEqual(self.run_scenario("run", "go/waitgroup", "--until", "2s")[1],
                         self.run_scenario("run", "go/waitgroup")[1])
        self.assertEqual(self.run_scenario("run", "go/waitgroup", "--until", "1999999999ns")[1][3],
                         "1.000")

    def test_max_steps_is_a_limit_and_ends_with_exit_code_4(self):
        _, summary, errors = self.run_scenario("run", "go/waitgroup", "--max-steps", "3",
                                               exit_code=LIMIT)
        self.assertEqual(summary[1], "3")
        self.assertEqual(errors, "stopped after 3 steps\n")
        self.assertEqual(self.files(), [])

    def test_max_steps_that_are_enough_change_nothing(self):
        self.assertEqual(self.run_scenario("run", "go/waitgroup", "--max-steps", "1000")[1],
                         self.run_scenario("run", "go/waitgroup")[1])

    def test_json_holds_the_output_and_the_summary(self):
        out = json.loads(self.orrery("run", "go/waitgroup", "--seed", "7", "--json").stdout)
        printed, summary, _ = self.run_scenario("run", "go/waitgroup", "--seed", "7")
        self.assertEqual("".join(part["text"] for part in out["output"]), printed)
        self.assertEqual({part["stream"] for part in out["output"]}, {"stdout"})
        self.assertEqual((out["hash"], str(out["steps"]), str(out["events"])), summary[:3])
        self.assertEqual(out["virtual_ns"], 2_000_000_000)
        self.assertEqual((out["scenario"], out["seed"], out["policy"]), ("go/waitgroup", 7, "fifo"))
        self.assertEqual((out["exit"], out["reason"], out["run_file"]), (HELD, "", ""))

    def test_json_of_a_deadlock_holds_the_report_and_the_exit_code(self):
        done = self.orrery("run", "go/deadlock", "--json", exit_code=PROGRAM_FAILED)
        out = json.loads(done.stdout)
        self.assertEqual(out["exit"], PROGRAM_FAILED)
        self.assertIn("all goroutines are asleep - deadlock!", out["reason"])
        report = "".join(part["text"] for part in out["output"] if part["stream"] == "stderr")
        self.assertEqual(report, self.orrery("run", "go/deadlock", exit_code=PROGRAM_FAILED).stderr)


class DeadlockTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.printed, _, self.report = self.run_scenario("run", "go/deadlock",
                                                         exit_code=PROGRAM_FAILED)

    def test_standard_error_is_go_s_report(self):
        self.assertEqual(self.report.splitlines()[0],
                         "fatal error: all goroutines are asleep - deadlock!")
        blocks = self.report.rstrip("\n").split("\n\n")[1:]
        headers = [block.splitlines()[0] for block in blocks]
        self.assertEqual(headers, [
            "goroutine 1 [sync.WaitGroup.Wait]:",
            "goroutine 2 [sync.Mutex.Lock]:",
            "goroutine 3 [sync.Mutex.Lock]:",
        ])
        self.assertEqual([block.splitlines()[1] for block in blocks],
                         ["main()", "alice-to-bob()", "bob-to-alice()"])
        for block in blocks[1:]:
            self.assertEqual(block.splitlines()[-2], "created by goroutine 1")

    def test_nobody_gets_past_the_first_lock(self):
        self.assertEqual(self.printed, "one lock taken\none lock taken\n")

    def test_every_line_that_the_report_names_waits_or_starts_a_goroutine(self):
        places = re.findall(r"^(.+)\n\t(\S+):(\d+)$", self.report, re.MULTILINE)
        self.assertEqual(len(places), self.report.count("\n\t"))
        self.assertGreaterEqual(len(places), 5)
        for what, file, line in places:
            with self.subTest(what=what, place=f"{file}:{line}"):
                text = (REPO / file).read_text().splitlines()[int(line) - 1]
                self.assertIn("go(" if what.startswith("created by") else "co_await", text)

    def test_a_deadlock_leaves_no_run_file(self):
        self.assertEqual(self.files(), [])


class InvariantTest(CommandLineTest):
    """Without its mutex the counter loses updates under some schedules."""

    def run_unlocked(self, *args):
        return subprocess.run(
            [PROGRAM, "run", "go/mutex", "--policy", "random", "--set", "LOCKED=false", *args],
            cwd=self.folder, capture_output=True, text=True, timeout=120)

    def find_lost_update(self, *args):
        """The first seed of 1..50 that loses an update: (seed, summary, stderr)."""
        for seed in range(1, 51):
            done = self.run_unlocked("--seed", str(seed), *args)
            self.assertIn(done.returncode, (HELD, INVARIANT_FAILED), done.stderr)
            if done.returncode == INVARIANT_FAILED:
                return seed, done.stdout.splitlines()[-1], done.stderr
        self.fail("no seed of 1..50 loses an update")

    def test_a_lost_update_prints_the_reason_and_a_run_file_that_replays_it(self):
        seed, summary, errors = self.find_lost_update()
        self.assertIn('invariant failed: no line of output is "Counter: 10"\n', errors)
        path = re.search(r"^run file: (.+)$", errors, re.MULTILINE).group(1)
        run_hash = SUMMARY.match(summary).group(1)
        self.assertEqual(self.files(), [f"go-mutex-seed-{seed}-{run_hash}.run.json"])
        self.assertEqual(pathlib.Path(path).name, self.files()[0])

        file = json.loads((self.folder / path).read_text())
        self.assertEqual((file["format"], file["version"]), ("orrery-run", 1))
        self.assertEqual((file["seed"], file["policy"]), (seed, "random"))
        self.assertEqual(file["knobs"]["LOCKED"], "false")
        self.assertEqual(file["summary"], summary)

        replayed = self.orrery("replay", path, exit_code=INVARIANT_FAILED)
        self.assertEqual(replayed.stdout.splitlines()[-1], summary)
        self.assertIn("invariant failed", replayed.stderr)

    def test_out_says_where_the_run_file_goes_and_a_replay_leaves_none(self):
        out = self.folder / "failures"
        out.mkdir()
        self.find_lost_update("--out", str(out))
        (file,) = out.iterdir()
        before = file.read_bytes()
        self.run_scenario("replay", str(file), exit_code=INVARIANT_FAILED)
        self.assertEqual(self.files(), ["failures"])
        self.assertEqual(list(out.iterdir()), [file])
        self.assertEqual(file.read_bytes(), before)

    def test_run_files_of_one_seed_with_other_knobs_do_not_overwrite_each_other(self):
        seed, _, _ = self.find_lost_update()
        failed = 0
        for goroutines in range(20, 30):
            done = self.run_unlocked("--seed", str(seed), "--set", f"GOROUTINES={goroutines}")
            failed += done.returncode == INVARIANT_FAILED
        self.assertGreater(failed, 0)
        self.assertEqual(len(self.files()), 1 + failed)
        before = self.files()
        self.run_unlocked("--seed", str(seed))
        self.assertEqual(self.files(), before)

    def test_inputs_by_time_are_made_at_their_instants_and_kept_in_the_run_file(self):
        command = "run client http-get http://server:8080/typed"
        out, _, errors = self.run_scenario(
            "run", "net/http-hello", "--input", f"2s {command}", "--input", "1s crash server",
            "--input", "1500ms restart server")
        self.assertIn("200 Hello, typed! \n", out)
        self.assertEqual(errors, "")
        words = ("run", "net/http-hello", "--set", "NAME=x", "--input", "50ms crash server")
        out, summary, errors = self.run_scenario(*words, exit_code=INVARIANT_FAILED)
        (file,) = self.files()
        inputs = json.loads((self.folder / file).read_text())["inputs"]
        self.assertEqual([each["text"] for each in inputs], ["crash server"])
        replayed = self.orrery("replay", file, exit_code=INVARIANT_FAILED)
        self.assertIn(f"hash={summary[0]} ", replayed.stdout.splitlines()[-1])
        _, _, errors = self.run_scenario("run", "net/http-hello", "--input", "1h crash server")
        self.assertIn("input `crash server`: the run ended before its time", errors)

    def test_a_replay_that_differs_from_what_was_recorded_says_so(self):
        _, recorded, _ = self.find_lost_update()
        (path,) = self.files()
        file = json.loads((self.folder / path).read_text())
        file["knobs"]["LOCKED"] = "true"
        (self.folder / "edited.json").write_text(json.dumps(file))
        printed, _, errors = self.run_scenario("replay", "edited.json", exit_code=INVARIANT_FAILED)
        self.assertEqual(printed, "Counter: 10\n")
        self.assertIn(f"differs from the recorded one, which ended in\n{recorded}\n", errors)

    def test_a_replay_stops_after_the_step_that_it_is_told(self):
        _, summary, _ = self.find_lost_update()
        (path,) = self.files()
        steps = int(SUMMARY.match(summary).group(2))
        for step in (0, 1, steps - 1):
            with self.subTest(step=step):
                _, stopped, errors = self.run_scenario("replay", path, "--to-step", str(step))
                self.assertEqual(int(stopped[1]), step)
                self.assertEqual(errors, "")
        again = self.orrery("replay", path, "--to-step", str(steps), exit_code=INVARIANT_FAILED)
        self.assertEqual(again.stdout.splitlines()[-1], summary)

    def test_an_input_of_a_run_file_is_applied_and_one_without_a_target_is_reported(self):
        self.find_lost_update()
        (path,) = self.files()
        file = json.loads((self.folder / path).read_text())
        file["inputs"] = [{"step": 2, "at_ns": 0, "text": "kill 77"},
                          {"step": 3, "at_ns": 0, "text": "kill 1"},
                          {"step": 9, "at_ns": 0, "text": "kill 1"}]
        (self.folder / "edited.json").write_text(json.dumps(file))
        printed, summary, errors = self.run_scenario("replay", "edited.json",
                                                     exit_code=INVARIANT_FAILED)
        self.assertEqual((printed, summary[1]), ("", "3"))
        self.assertIn("input `kill 77` at step 2 found no target\n", errors)
        self.assertIn("input `kill 1` at step 9: the run ended at step 3\n", errors)
        self.assertNotIn("at step 3 found", errors)


class TraceTest(CommandLineTest):
    def trace(self, *args, exit_code=HELD):
        printed, summary, _ = self.run_scenario(*args, "--trace", "trace.jsonl",
                                                exit_code=exit_code)
        lines = (self.folder / "trace.jsonl").read_text().splitlines()
        return printed, summary, [json.loads(line) for line in lines]

    def check(self, summary, rows):
        _, steps, count, virtual = summary
        header, events = rows[0], rows[1:]
        self.assertEqual((header["format"], header["version"]), ("orrery-trace", 1))
        self.assertEqual([event["n"] for event in events], list(range(int(count))))
        self.assertEqual(events[-1]["step"], int(steps))
        self.assertEqual(f"{events[-1]['ns'] / 1e9:.3f}", virtual)
        for before, event in zip(events, events[1:]):
            self.assertIn(event["step"] - before["step"], (0, 1), event)
            self.assertGreaterEqual(event["ns"], before["ns"], event)
        caused = [event for event in events if "cause" in event]
        self.assertGreater(len(caused), len(events) // 2)
        for event in caused:
            self.assertTrue(0 <= event["cause"] < event["n"], event)
            self.assertLessEqual(events[event["cause"]]["step"], event["step"])
        self.assertTrue(all(event["text"] for event in events))

    def test_events_are_numbered_and_point_back_to_their_causes(self):
        for name in ("go/channel", "go/mutex", "go/waitgroup"):
            for policy in ("fifo", "random"):
                with self.subTest(scenario=name, policy=policy):
                    _, summary, rows = self.trace("run", name, "--seed", "5", "--policy", policy)
                    self.check(summary, rows)
                    self.assertEqual(
                        (rows[0]["scenario"], rows[0]["seed"], rows[0]["policy"]),
                        (name, 5, policy))

    def test_a_trace_of_many_thousand_events_has_no_gap(self):
        _, summary, rows = self.trace("run", "go/mutex", "--set", "GOROUTINES=1000",
                                      "--policy", "random")
        self.assertGreater(len(rows), 8192)
        self.check(summary, rows)

    def test_a_choice_in_the_trace_has_what_a_run_file_needs_to_make_it_again(self):
        _, _, rows = self.trace("run", "go/mutex", "--policy", "random")
        choices = [row for row in rows if row.get("kind") == "choice"]
        self.assertGreater(len(choices), 1)
        places = {(row["entity"], row["ordinal"]) for row in choices}
        self.assertEqual(len(places), len(choices))

    def test_the_last_events_are_main_s_end_and_the_process_s_exit(self):
        _, _, rows = self.trace("run", "go/channel")
        self.assertEqual([(row["kind"], row["text"]) for row in rows[-2:]],
                         [("end", "main ends"), ("exit", "go-channel exits with code 0")])

    def test_a_deadlock_s_trace_ends_with_its_finding(self):
        _, summary, rows = self.trace("run", "go/deadlock", exit_code=PROGRAM_FAILED)
        self.check(summary, rows)
        self.assertEqual([row["step"] for row in rows if row.get("kind") == "exit"],
                         [int(summary[1])])

    def test_tracing_does_not_change_the_run(self):
        printed, summary, _ = self.trace("run", "go/mutex", "--policy", "random", "--seed", "9")
        plain = self.run_scenario("run", "go/mutex", "--policy", "random", "--seed", "9")
        self.assertEqual((printed, summary), plain[:2])

    def test_a_wake_up_is_caused_by_the_step_that_made_it(self):
        _, _, rows = self.trace("run", "go/waitgroup")
        events = rows[1:]
        fired = [event for event in events if event["kind"] == "wake" and event["aux"] == 0]
        self.assertEqual(len(fired), 2)
        for wake in fired:
            self.assertIn(wake["ns"], (1_000_000_000, 2_000_000_000))
            self.assertEqual(events[wake["cause"]]["step"], wake["step"])


class HelpTest(CommandLineTest):
    VERBS = ("list", "run", "replay", "serve", "verify", "bench")

    def test_help_names_every_verb_and_the_exit_codes(self):
        text = self.orrery("help").stdout
        for verb in (*self.VERBS, "help"):
            self.assertRegex(text, rf"(?m)^  {verb} +\w")
        for code in ("0", "1", "2", "3", "4"):
            self.assertRegex(text.split("Exit codes:")[1], rf"\b{code} \w")
        self.assertEqual(self.orrery("--help").stdout, text)
        self.assertEqual(self.orrery().stdout, text)

    def test_help_of_a_verb_names_its_options(self):
        text = self.orrery("help", "run").stdout
        for option in ("--seed", "--policy", "--until", "--max-steps", "--set", "--json",
                       "--trace", "--out", "SCENARIO"):
            self.assertIn(option, text)

    def test_every_verb_has_help_and_answers_the_flag_alike(self):
        for verb in self.VERBS:
            with self.subTest(verb=verb):
                text = self.orrery("help", verb).stdout
                self.assertIn(f"orrery {verb}", text)
                self.assertEqual(self.orrery(verb, "--help").stdout, text)


class ExploreTest(CommandLineTest):
    UNLOCKED = ("explore", "go/mutex", "--set", "LOCKED=false", "--seeds", "1..200", "--quiet")

    def test_schedules_that_all_hold_are_counted(self):
        done = self.orrery("explore", "go/mutex", "--seeds", "1..50")
        self.assertEqual(done.stdout, "50 schedules under policy random: none failed\n")
        self.assertRegex(done.stderr, r"^50 schedules, \d+ a second\n$")

    def test_the_first_failure_is_kept_and_replay_repeats_it(self):
        for strategy in ("random", "pct"):
            with self.subTest(strategy):
                done = self.orrery(*self.UNLOCKED, "--strategy", strategy, exit_code=1)
                failed, file, summary = done.stdout.splitlines()
                self.assertRegex(failed, rf"^seed \d+ failed under policy {strategy}: "
                                         r'invariant failed: no line of output is "Counter: 10"$')
                seed = failed.split()[1]
                again = self.orrery("replay", file.removeprefix("run file: "), exit_code=1)
                self.assertEqual(again.stdout.splitlines()[-1], summary)
                plain = self.orrery("run", "go/mutex", "--set", "LOCKED=false", "--policy",
                                    strategy, "--seed", seed, exit_code=1)
                self.assertEqual(plain.stdout.splitlines()[-1], summary)

    def test_the_seed_that_fails_first_does_not_depend_on_the_jobs(self):
        one = self.orrery(*self.UNLOCKED, exit_code=1).stdout
        for jobs in ("2", "5"):
            self.assertEqual(self.orrery(*self.UNLOCKED, "--jobs", jobs, exit_code=1).stdout, one)

    def test_shards_share_the_seeds(self):
        shards = [self.orrery("explore", "go/mutex", "--seeds", "1..50", "--shard", f"{i}/3",
                              "--json") for i in range(3)]
        self.assertEqual([json.loads(done.stdout)["runs"] for done in shards], [17, 17, 16])

    def test_a_deadlock_is_a_failure_with_its_exit_code(self):
        done = self.orrery("explore", "go/deadlock", "--seeds", "1..10", "--json", exit_code=3)
        out = json.loads(done.stdout)
        self.assertEqual(out["exit"], 3)
        self.assertIn("all goroutines are asleep", out["reason"])
        self.orrery("replay", out["run_file"], exit_code=3)


class BenchTest(CommandLineTest):
    def test_bench_as_json_names_the_machine_the_compiler_and_a_figure(self):
        out = json.loads(self.orrery("bench", "ping-pong", "--json").stdout)
        self.assertTrue(out["machine"])
        self.assertRegex(out["compiler"], r"^g\+\+ \d+")
        (row,) = out["benchmarks"]
        self.assertEqual((row["name"], row["unit"]), ("ping-pong", "ns"))
        self.assertGreater(row["value"], 0)
        self.assertGreaterEqual(row["median"], row["value"])


if __name__ == "__main__":
    unittest.main()
