"""Generated programs do on the engine what Go's rules allow.

`semantics_check` runs each program under every policy and compares it with a model. ORRERY_LONG=1
makes it long. The first test shows that a difference would be seen.
"""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", ROOT / "build"))
LONG = os.environ.get("ORRERY_LONG") == "1"

# Mistakes that can be put into the model, and a word of how each shows.
MISTAKES = {
    "last-receiver-first": "made ready",
    "close-drops-buffer": "",
    "barging-reader": "",
    "stale-timer": "",
    "eager-group": "made ready",
}


class Semantics(unittest.TestCase):
    def check(self, preset, *arguments):
        program = BUILDS / preset / "bin" / "semantics_check"
        command = [str(program)]
        if preset == "wasm":
            program = program.with_suffix(".js")
            command = ["node", str(program)]
        self.assertTrue(program.exists(), f"{program} is not built")
        return subprocess.run([*command, *arguments], capture_output=True, text=True)

    def no_difference(self, preset, programs):
        done = self.check(preset, "--seeds", f"1..{programs}")
        self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-2000:])
        summary = dict(re.findall(r"(\w+)=(\d+)", done.stdout.splitlines()[-1]))
        runs = int(summary["runs"])
        self.assertEqual(runs, 4 * programs)
        self.assertEqual(summary["differences"], "0")
        # Programs end in all the ways there are, and hardly any is left out.
        for ending in ("returned", "panicked", "fatal", "deadlocked", "killed"):
            self.assertGreater(int(summary[ending]), runs // 1000, ending)
        self.assertLess(int(summary["cut"]), runs // 100)

    def test_a_mistake_in_the_model_is_found_and_shrunk(self):
        for mistake, word in MISTAKES.items():
            with self.subTest(mistake):
                done = self.check("native", "--seeds", "1..20000", "--break", mistake)
                self.assertEqual(done.returncode, 1, done.stdout[-2000:])
                self.assertIn("shrunk:", done.stdout)
                self.assertRegex(done.stdout, f"difference: step .*{word}")
                statements = len(re.findall(r"  // \d+$", done.stdout, re.MULTILINE))
                self.assertLess(statements, 16, done.stdout)

    def test_native(self):
        self.no_difference("native", 1_000_000 if LONG else 20_000)

    @unittest.skipUnless(LONG, "clang as it is runs with --long")
    def test_clang(self):
        self.no_difference("clang", 20_000)

    def test_asan(self):
        self.no_difference("asan", 50_000 if LONG else 2_000)

    def test_wasm(self):
        self.no_difference("wasm", 20_000 if LONG else 2_000)

    def test_fuzzer(self):
        program = BUILDS / ("fuzz" if LONG else "asan") / "bin" / "semantics_fuzz"
        self.assertTrue(program.exists(), f"{program} is not built")
        runs = 100_000 if LONG else 5_000
        with tempfile.TemporaryDirectory() as folder:
            options = [f"-runs={runs}", "-seed=1", "-max_len=600", "-len_control=0"]
            done = subprocess.run(
                [str(program), *options, folder],
                cwd=folder,
                capture_output=True,
                text=True,
                errors="replace",
            )
        self.assertEqual(done.returncode, 0, done.stderr[-6000:])
        self.assertIn(f"Done {runs} runs", done.stderr)

    def test_one_program_can_be_printed(self):
        done = self.check("native", "--print", "7", "--policy", "fifo")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("func main() {", done.stdout)
        self.assertIn("difference: none", done.stdout)

    def test_a_bad_command_line_is_answered(self):
        for words in (["--seeds", "1"], ["--policy", "x"], ["--break", ""], ["--what"]):
            done = self.check("native", *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn("usage:", done.stderr)


if __name__ == "__main__":
    unittest.main()
