#!/usr/bin/env python3
"""How many bytes an exchange copies: runs a benchmark of whole exchanges under valgrind's DHAT.

    tests/bench/copies/copies.py [NAME]...      grpc-unary and http1-get if none is named

Counted are the calls of memcpy, memmove and their like, at both ends together; copies that the
compiler made part of the code are not.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

ORRERY = pathlib.Path(__file__).resolve().parents[3] / "build" / "native" / "bin" / "orrery"


def measure(name):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "dhat.json")
        ran = subprocess.run(["valgrind", "--tool=dhat", "--mode=copy", f"--dhat-out-file={out}",
                              str(ORRERY), "bench", name, "--json"],
                             check=True, capture_output=True, text=True)
        [row] = json.loads(ran.stdout)["benchmarks"]
        points = json.loads(out.read_text())["pps"]
    copied = sum(point["tb"] for point in points) / row["exchanges"]
    calls = sum(point["tbk"] for point in points) / row["exchanges"]
    print(f"{name:16} {copied:8.0f} bytes copied an exchange, in {calls:.0f} copies; "
          f"{row['wire_bytes']:.0f} bytes on the wire")


def main():
    for name in sys.argv[1:] or ["grpc-unary", "http1-get"]:
        measure(name)


if __name__ == "__main__":
    main()
