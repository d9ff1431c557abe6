"""The gallery's programs and the Go programs that they mirror do the same, also with other knobs.

A case is a Go program of gallery/, the scenario of its name, knobs, and what must be printed. The
scenario runs under all policies. Where there is a Go toolchain the Go program, which takes the same
knobs from its environment, must print the same; where there is none that is left out loudly.
"""

import concurrent.futures
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
GALLERY = pathlib.Path(__file__).resolve().parent / "gallery"

SCHEDULES = (("fifo", 1), ("go", 1), ("random", 1), ("random", 2), ("pct", 1), ("pct", 2))
# Go programs run in real time: on a busy machine one may be late, but not time after time.
GO_ATTEMPTS = 4
DEADLOCK = "fatal error: all goroutines are asleep - deadlock!"
HELD, BROKEN, DIED = 0, 1, 3  # exit codes of `orrery run`
GO_DIED = 2


class Case:
    def __init__(self, name, lines, code=HELD, **knobs):
        self.name = name
        self.lines = sorted(lines)
        self.code = code
        self.knobs = {knob: str(value) for knob, value in knobs.items()}

    def __str__(self):
        return " ".join([self.name, *(f"{knob}={value}" for knob, value in self.knobs.items())])

    def difference(self, done, lines, code):
        """What is not as expected; empty if all is."""
        if done.returncode != code:
            return f"exit code {done.returncode}, not {code}: {done.stdout}{done.stderr}"
        if sorted(lines) != self.lines:
            return f"printed {lines}"
        if self.code == DIED and not done.stderr.startswith(DEADLOCK):
            return f"no deadlock: {done.stderr}"
        return ""


def each(text, numbers):
    return [text.format(number) for number in numbers]


def report(number, error, over):
    return [f"request {number} ends with: {error}", f"request {number} {over}"]


CACHE = "cache gives up: context deadline exceeded because the cache is slow"
LATE = "context deadline exceeded"
LEFT = "context canceled because the user has left"
EARLY = each("early reader {} reads version 1", (1, 2))
STEADY = [f"steady request {i} after {50 * i}ms" for i in range(1, 6)]
PRIMES = "2 3 5 7 11 13 17 19 23 29".split()
DINED = each("philosopher {} has dined", range(1, 6)) + ["all have dined"]
STAGES = ["square-1 stopped", "square-2 stopped", "square-3 stopped", "merge stopped",
          "generate stopped", "all stages stopped"]

CASES = (
    Case("select", ["nothing yet", "news: 1", "mail: 1", "news: 2", "mail: 2", "news: 3",
                    "nothing for 100ms", "news stops after 3", "mail stops after 2"]),
    Case("select", ["nothing yet", "nothing for 40ms", "news stops after 0", "mail stops after 0"],
         NEWS=0, MAIL=0, TIMEOUT_MS=40),
    Case("pipeline", ["1", "4", "9", "took 3 of 9", *STAGES]),
    Case("pipeline", ["1", "4", "9", "took 3 of 9", "generate stopped"], DIED, CANCEL="false"),
    Case("pipeline", ["1", "4", "9", "took 3 of 3", *STAGES], COUNT=3, TAKE=9, CANCEL="false"),
    Case("prime-sieve", [*PRIMES, "primes found: 10"]),
    Case("worker-pool", each("finished job {}", range(1, 12)) +
         ["signal: stop", "accepted: 11", "finished: 11", "lost: 0"]),
    Case("worker-pool", each("finished job {}", range(1, 10)) +
         ["signal: stop", "accepted: 11", "finished: 9", "lost: 2"], BROKEN, GRACEFUL="false"),
    Case("context", [CACHE, "database is done", f"page gives up: {LATE} because {LATE}",
                     *report(1, LATE, "was over in time"),
                     CACHE, f"database gives up: {LEFT}", f"page gives up: {LEFT}",
                     *report(2, "context canceled", "was over in time")]),
    Case("context", [CACHE, "database is done", f"page gives up: {LATE} because {LATE}",
                     *report(1, LATE, "was late"),
                     CACHE, "database is done", f"page gives up: {LEFT}",
                     *report(2, "context canceled", "was late")],
         BROKEN, LISTENS="false", DATABASE_MS=300),
    Case("rwmutex", [*EARLY, "writer writes version 2", *each("late reader {} reads version 2",
                                                              (1, 2))]),
    Case("rwmutex", EARLY, DIED, RECURSIVE="true"),
    Case("cond", ["all items are in the queue", "items taken: 10", "sum: 55"]),
    Case("cond", ["all items are in the queue", "items taken: 10", "sum: 55"], CAPACITY=1),
    Case("rate-limit", [*STEADY, *each("bursty request {} after 0s", (1, 2, 3)),
                        "bursty request 4 after 50ms", "bursty request 5 after 100ms",
                        "requests served: 10"]),
    Case("errgroup", ["page 1 is fetched", "page 2 is missing",
                      *each("page {} gives up: context canceled", (3, 4, 5, 6)), "pages over: 6",
                      "first error: page 2: not found", "cause: page 2: not found"]),
    Case("errgroup", [*each("page {} is fetched", (1, 2, 3)), "pages over: 3",
                      "first error: <nil>", "cause: context canceled"], PAGES=3, MISSING=0),
    Case("dining-philosophers", DINED, CURE="order"),
    Case("dining-philosophers", DINED, CURE="waiter", PAUSE_US=1000),
    Case("dining-philosophers", [], DIED, PAUSE_US=1000),
)


def run(command, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=300, check=False, **more)


def wait_reasons(dump):
    """The wait reasons of a goroutine dump, sorted; durations such as `, 2 minutes` left out."""
    heads = [line for line in dump.splitlines() if line.startswith("goroutine ")]
    return sorted(head.split("[")[1].split("]")[0].split(",")[0] for head in heads)


def run_ours(case, policy, seed, folder):
    settings = [word for knob, value in case.knobs.items() for word in ("--set", f"{knob}={value}")]
    return run([ORRERY, "run", f"go/{case.name}", "--policy", policy, "--seed", seed, *settings],
               cwd=folder)


def printed_by(done):
    """What our program printed, without what `orrery run` says of the run."""
    lines = done.stdout.splitlines()
    return [line for line in lines[:-1]
            if not line.startswith(("invariant failed: ", "run file: "))]


def go_tool():
    installed = pathlib.Path("/usr/local/go/bin/go")
    return shutil.which("go") or (str(installed) if installed.exists() else None)


def build_go(go, folder):
    """A folder with the Go programs that could be built, and why another could not."""
    root = pathlib.Path(run([go, "env", "GOROOT"]).stdout.strip())
    xsync = root / "src/cmd/vendor/golang.org/x/sync"
    module = "module gallery\n\ngo 1.24\n"
    missing = "" if xsync.is_dir() else "no golang.org/x/sync in this Go"
    if not missing:
        module += "\nrequire golang.org/x/sync v0.0.0\n\nreplace golang.org/x/sync => ./xsync\n"
        shutil.copytree(xsync, folder / "xsync")
        (folder / "xsync" / "go.mod").write_text("module golang.org/x/sync\n", encoding="utf-8")
    (folder / "go.mod").write_text(module, encoding="utf-8")
    for file in GALLERY.glob("*.go"):
        if file.stem == "knobs" or (missing and file.stem == "errgroup"):
            continue
        (folder / file.stem).mkdir()
        shutil.copy(file, folder / file.stem)
        shutil.copy(GALLERY / "knobs.go", folder / file.stem)
    built = run([go, "build", "-trimpath", "-o", f"{folder}/bin/", "./..."], cwd=folder,
                env={**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off", "GOTOOLCHAIN": "local",
                     "GOPROXY": "off"})
    return built, missing


def run_go(program, case):
    """The first run of the real program that is as expected, or the last, and its difference."""
    plain = {key: value for key, value in os.environ.items()
             if key not in ("GOTRACEBACK", "GODEBUG")}
    for _ in range(GO_ATTEMPTS):
        done = run([program], env={**plain, **case.knobs})
        difference = case.difference(done, done.stdout.splitlines(),
                                     GO_DIED if case.code == DIED else 0)
        if not difference:
            break
    return done, difference


class Gallery(unittest.TestCase):
    def test_every_go_program_has_a_case(self):
        programs = {file.stem for file in GALLERY.glob("*.go")} - {"knobs"}
        self.assertEqual(programs, {case.name for case in CASES})

    def test_the_scenarios_print_what_the_go_programs_must_print(self):
        with tempfile.TemporaryDirectory() as folder:
            for case in CASES:
                for policy, seed in SCHEDULES:
                    with self.subTest(str(case), policy=policy, seed=seed):
                        done = run_ours(case, policy, seed, folder)
                        self.assertEqual(case.difference(done, printed_by(done), case.code), "")

    def test_real_go_prints_the_same(self):
        go = go_tool()
        if go is None:
            print("SKIPPED LOUDLY: no Go toolchain here, so nothing was compared", file=sys.stderr)
            self.skipTest("no Go toolchain")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            built, missing = build_go(go, folder)
            self.assertEqual(built.returncode, 0, built.stderr)
            cases = [case for case in CASES if not missing or case.name != "errgroup"]
            if missing:
                print(f"SKIPPED LOUDLY: errgroup: {missing}", file=sys.stderr)
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                results = pool.map(lambda case: run_go(folder / "bin" / case.name, case), cases)
            for case, (done, difference) in zip(cases, results):
                with self.subTest(str(case)):
                    self.assertEqual(difference, "")
                    if case.code == DIED:
                        ours = run_ours(case, "fifo", 1, folder)
                        self.assertEqual(wait_reasons(ours.stderr), wait_reasons(done.stderr))


if __name__ == "__main__":
    unittest.main()
