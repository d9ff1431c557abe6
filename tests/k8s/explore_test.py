"""Clusters under random faults keep their promises, and each promise's checker can fail.

`k8s_explore` draws a cluster, workloads, faults and clients' actions from each seed and checks
every write; ORRERY_LONG=1 makes it long.
"""

import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", ROOT / "build"))
PROGRAM = BUILDS / "native" / "bin" / "k8s_explore"
LONG = os.environ.get("ORRERY_LONG") == "1"
LONG_SEEDS = 10_000

# Mistakes that can be planted, the rule that finds each, and the seeds that must be enough.
BREAKS = {
    "surge": ("surge", "1..8"),
    "availability": ("availability", "1..8"),
    "capacity": ("capacity", "1..8"),
    "lost-write": ("lost-update", "1..1"),
    "ordinals": ("ordinals", "1..4"),
    "evict-by-delete": ("eviction", "1..8"),
    "blind-count": ("lost-update", "1..2"),
    "watch-skips": ("watch", "1..2"),
    "no-restart": ("convergence", "1..4"),
    "force-delete": ("identity", "1..8"),
}


def start(*arguments):
    return subprocess.Popen(
        [str(PROGRAM), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Explore(unittest.TestCase):
    def setUp(self):
        self.assertTrue(PROGRAM.exists(), f"{PROGRAM} is not built")

    def held(self, process, seeds):
        out = process.communicate()[0]
        self.assertEqual(process.returncode, 0, out[-6000:])
        summary = dict(re.findall(r"(\S+)=(\d+)", out.splitlines()[-1]))
        self.assertEqual(int(summary["seeds"]), seeds)
        self.assertEqual(summary["failed"], "0")
        # Faults and actions reach the cluster, and watchers hear of it.
        self.assertGreater(int(summary["actions-done"]), seeds)
        self.assertGreater(int(summary["events"]), 20 * seeds)
        return summary

    def test_no_promise_is_broken(self):
        if not LONG:
            self.held(start("--seeds", "1..20"), 20)
            return
        half = LONG_SEEDS // 2
        parts = [start("--seeds", f"{first + 1}..{first + half}") for first in (0, half)]
        for part in parts:
            self.held(part, half)

    def test_a_planted_mistake_is_found(self):
        for name, (rule, seeds) in BREAKS.items():
            with self.subTest(name):
                process = start("--break", name, "--seeds", seeds, "--first", "--no-shrink")
                out = process.communicate()[0]
                self.assertEqual(process.returncode, 1, out[-3000:])
                self.assertRegex(out, rf"(?m)^seed \d+ broke {rule}: ")
                self.assertIn(f"--break {name}", out)

    def test_a_failing_case_is_made_smaller(self):
        process = start("--break", "no-restart", "--seeds", "1..20", "--first")
        out = process.communicate()[0]
        self.assertEqual(process.returncode, 1, out[-3000:])
        acts = re.findall(r"^  \d+ms (\S+) ", out, re.MULTILINE)
        self.assertEqual(acts, ["crash"], out)
        again = re.search(r"^  again: k8s_explore (.*)$", out, re.MULTILINE).group(1).split()
        repeated = start(*again, "--no-shrink")
        self.assertIn("broke convergence: ", repeated.communicate()[0])

    def test_the_same_seed_is_the_same_run(self):
        hashes = set()
        for _ in range(2):
            out = start("--seeds", "3..3", "--verbose").communicate()[0]
            hashes.add(re.search(r"hash=\w+ steps=\d+", out).group())
        self.assertEqual(len(hashes), 1)

    def test_a_bad_command_line_is_answered(self):
        for words in (["--seeds", "1"], ["--break", "x"], ["--keep", "a"], ["--what"]):
            process = start(*words)
            self.assertIn("usage:", process.communicate()[0])
            self.assertEqual(process.returncode, 2)


if __name__ == "__main__":
    unittest.main()
