"""Every parser's fuzz target runs for a while from a corpus of good files.

ORRERY_LONG=1 makes it long.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", ROOT / "build"))
RUNS = 300_000 if os.environ.get("ORRERY_LONG") == "1" else 20_000

# A run file as `orrery run` writes it, so that the fuzzer starts from what is accepted.
RUN_FILE = """{"format": "orrery-run", "version": 1, "behaviour": 1,
"scenario": {"file": "x.yaml", "identity": "0",
"text": "title: x\\nworkloads: [{image: \\"orrery/go-mutex:1\\"}]\\n"},
"knobs": {}, "seed": 1, "policy": "random",
"inputs": [{"step": 3, "at_ns": 0, "text": "run-next 2"}],
"choices": [{"entity": 5, "kind": 1, "ordinal": 0, "value": 1}],
"summary": "", "reason": ""}
"""


class FuzzTargets(unittest.TestCase):
    def fuzz(self, target, corpus):
        program = BUILDS / "fuzz" / "bin" / target
        self.assertTrue(program.exists(), f"{program} is not built")
        with tempfile.TemporaryDirectory() as folder:
            found = pathlib.Path(folder) / "corpus"
            found.mkdir()
            for name, text in corpus.items():
                (found / name).write_text(text)
            done = subprocess.run(
                [str(program), f"-runs={RUNS}", "-seed=1", "-max_len=4096", str(found)],
                cwd=folder,
                capture_output=True,
                text=True,
                errors="replace",
            )
            self.assertEqual(done.returncode, 0, done.stderr[-4000:])
            self.assertIn(f"Done {RUNS} runs", done.stderr)

    def test_scenario_files(self):
        scenarios = sorted((ROOT / "assets" / "scenarios").rglob("scenario.yaml"))
        self.assertGreater(len(scenarios), 0)
        self.fuzz("scenario_fuzz", {f"{i}.yaml": f.read_text() for i, f in enumerate(scenarios)})

    def test_run_files(self):
        self.fuzz("run_file_fuzz", {"run.json": RUN_FILE})


if __name__ == "__main__":
    unittest.main()
