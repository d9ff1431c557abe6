"""A scenario served to real clients for as long as a test class runs."""

import pathlib
import signal
import subprocess
import tempfile
import time

SECONDS = 60


def serve(cls, program, scenario, listening, *options):
    """Starts `orrery serve` in setUpClass(); what `listening` finds in its output."""
    folder = tempfile.TemporaryDirectory()
    cls.addClassCleanup(folder.cleanup)
    out = pathlib.Path(folder.name, "out.txt")
    with open(out, "wb") as to:
        process = subprocess.Popen([program, "serve", scenario, *options], cwd=folder.name,
                                   stdout=to, stderr=subprocess.STDOUT)
    cls.addClassCleanup(stop, process)
    deadline = time.monotonic() + SECONDS
    while not (match := listening.search(out.read_text())):
        assert time.monotonic() < deadline and process.poll() is None, out.read_text()
        time.sleep(0.01)
    return match


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
