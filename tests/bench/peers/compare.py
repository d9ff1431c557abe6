#!/usr/bin/env python3
"""Our benchmarks beside the same workloads in other runtimes and simulators, on this machine.

    compare.py [--only NAME...] [--rounds N] [--json]

Builds every peer whose tools are here and says loudly which it leaves out. For each workload, ours
and the peers run in turn, one after the other, for some rounds, so that whatever else the machine
does falls on all of them. Prints a Markdown table of the best figure over the rounds, and with
--json every figure. Progress and trouble go to standard error. Ours must have been built before;
`bare`, ours without the hash and the log of events, by `cmake --preset bare` and
`cmake --build --preset bare`.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", ROOT / "build"))
OUT = BUILDS / "bench-peers"
RUN_TIMEOUT_S = 300

OURS = {
    "native": [BUILDS / "native/bin/orrery"],
    "bare": [BUILDS / "bare/bin/orrery"],
    "clang": [BUILDS / "clang/bin/orrery"],
    "wasm": ["node", BUILDS / "wasm/bin/orrery.js"],
}

# Workload -> the peers that have it, and our name for it where that is another.
WORKLOADS = {
    "ping-pong": ["go", "boost_fiber"],
    "buffered": ["go", "boost_fiber"],
    "spawn-join": ["go", "boost_fiber"],
    "select-4": ["go"],
    "mutex": ["go", "boost_fiber"],
    "mutex-100": ["go", "boost_fiber"],
    "timers-1m": ["go"],
    "timers-1m-synctest": ["go_synctest"],
    "parked-1m": ["go", "boost_fiber"],
    "sieve-3000": ["go", "boost_fiber"],
    "phold-16k": ["ns3", "bare_heap", "simpy"],
    "phold-1m": ["ns3", "bare_heap"],
    "phold-goroutines": ["go_synctest", "simgrid"],
    "sleepers": ["go_synctest", "simgrid", "simpy"],
}
OUR_NAMES = {"timers-1m-synctest": "timers-1m"}


def say(text):
    print(text, file=sys.stderr, flush=True)


def output_of(command, **options):
    """What a command prints, or None if it is not there or fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=True, **options
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def go_tool():
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")


def go_version():
    go = go_tool()
    return go and output_of([go, "env", "GOVERSION"], cwd=HERE / "go")


def header_version(header, macro, prefix=""):
    """What a macro of a C++ header says, or None without a compiler or the header."""
    text = output_of(
        ["g++", "-std=c++20", "-E", "-P", "-x", "c++", "-"], input=f"#include <{header}>\n{macro}\n"
    )
    return text and text.splitlines()[-1].strip('"').removeprefix(prefix).replace("_", ".")


def gpp_version():
    version = output_of(["g++", "-dumpfullversion"])
    return version and f"g++ {version}"


def simpy_version():
    try:
        return importlib.metadata.version("simpy")
    except importlib.metadata.PackageNotFoundError:
        return None


def build(command, cwd=HERE):
    say("building: " + " ".join(str(part) for part in command))
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


def build_cpp(name, *libraries):
    warnings = ["-Wall", "-Wextra"]
    source = HERE / name / "peer.cpp"
    links = [f"-l{library}" for library in libraries]
    build(["g++", "-std=c++20", "-O2", *warnings, f"-I{HERE}", source, "-o", OUT / name, *links])


class Peer:
    """A column: its title, what it needs, how to find that, build with it, and run a workload."""

    def __init__(self, title, needs, version, build, command):
        self.title = title
        self.needs = needs
        self.version = version
        self.build = build
        self.command = command


def cpp_peer(title, needs, name, version, *libraries):
    return Peer(
        title, needs, version, lambda: build_cpp(name, *libraries), lambda work: [OUT / name, work]
    )


PEERS = {
    "go": Peer(
        "Go",
        "Go toolchain",
        go_version,
        lambda: build([go_tool(), "build", "-o", OUT / "go", "."], HERE / "go"),
        lambda work: [OUT / "go", work],
    ),
    "go_synctest": Peer(
        "Go synctest",
        "Go toolchain",
        go_version,
        lambda: build([go_tool(), "test", "-c", "-o", OUT / "go_synctest", "."], HERE / "go"),
        lambda work: [OUT / "go_synctest", f"-test.run=^TestVirtual$/^{work}$"],
    ),
    "boost_fiber": cpp_peer(
        "Boost.Fiber",
        "Boost.Fiber (libboost-fiber-dev)",
        "boost_fiber",
        lambda: header_version("boost/fiber/all.hpp", "BOOST_LIB_VERSION"),
        "boost_fiber",
        "boost_context",
    ),
    "ns3": cpp_peer(
        "ns-3",
        "ns-3 (libns3-dev, pkg-config)",
        "ns3",
        lambda: output_of(["pkg-config", "--modversion", "ns3-core"]),
        "ns3-core",
    ),
    "bare_heap": cpp_peer(
        "bare heap",
        "C++ compiler (g++)",
        "bare_heap",
        gpp_version,
    ),
    "simgrid": cpp_peer(
        "SimGrid",
        "SimGrid (libsimgrid-dev)",
        "simgrid",
        lambda: header_version("simgrid/version.h", "SIMGRID_VERSION_STRING", "SimGrid version "),
        "simgrid",
    ),
    "simpy": Peer(
        "SimPy",
        "SimPy (pip install simpy)",
        simpy_version,
        lambda: None,
        lambda work: [sys.executable, HERE / "simpy/peer.py", work],
    ),
}


def run(command):
    """Standard output and error of a run, and whether it succeeded."""
    try:
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=RUN_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return "", f"took more than {RUN_TIMEOUT_S} s", False
    return done.stdout, done.stderr, done.returncode == 0


def failed(command, error):
    tail = error.strip().splitlines()[-1:] or ["no word of why"]
    say(f"FAILED: {' '.join(str(part) for part in command)}: {tail[0]}")


def run_ours(program, workload):
    """The figure and the build that made it; None for what this build does not know."""
    command = [*program, "bench", OUR_NAMES.get(workload, workload), "--json"]
    out, error, succeeded = run(command)
    if succeeded:
        printed = json.loads(out)
        return printed["benchmarks"][0], f"{printed['compiler']} on {printed['machine']}"
    if "there is no benchmark" not in error:
        failed(command, error)
    return None, None


def run_peer(peer, workload):
    command = peer.command(workload)
    out, error, succeeded = run(command)
    lines = [line for line in out.splitlines() if line.startswith("{")]
    if succeeded and len(lines) == 1:
        return json.loads(lines[0])
    failed(command, error)
    return None


def summary(figures):
    """One figure of those of all rounds: the best value, and the median of the medians."""
    best = max if figures[0]["unit"] == "M/s" else min
    merged = dict(best(figures, key=lambda figure: figure["value"]))
    merged["median"] = statistics.median(figure["median"] for figure in figures)
    merged["rounds"] = len(figures)
    return merged


def measure(workloads, ours, peers, rounds):
    """Workload -> column -> figure; and our builds, by column."""
    results = {}
    builds = {}
    for workload in workloads:
        figures = {}
        for number in range(rounds):
            say(f"{workload}: round {number + 1} of {rounds}")
            for column, program in ours.items():
                figure, compiler = run_ours(program, workload)
                if figure:
                    figures.setdefault(column, []).append(figure)
                    builds[column] = compiler
            for column in WORKLOADS[workload]:
                figure = run_peer(peers[column], workload) if column in peers else None
                if figure:
                    figures.setdefault(column, []).append(figure)
        results[workload] = {column: summary(several) for column, several in figures.items()}
    return results, builds


def cost_ratio(figure, ours):
    """How many times our cost for each operation the other's is; above 1, ours is cheaper."""
    if figure["unit"] != ours["unit"]:
        return None
    ratio = figure["value"] / ours["value"]
    return 1 / ratio if figure["unit"] == "M/s" else ratio


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def cell(column, figures):
    figure = figures.get(column)
    if figure is None:
        return "-"
    text = f"{number(figure['value'])} ({number(figure['median'])})"
    ours = figures.get("native")
    ratio = cost_ratio(figure, ours) if ours and column != "native" else None
    return text if ratio is None else f"{text} **{ratio:.2f}**"


def table(results, titles):
    measured = {column for figures in results.values() for column in figures}
    shown = [column for column in titles if column == "native" or column in measured]
    rows = [["workload", "unit", *(titles[column] for column in shown)], ["---"] * (len(shown) + 2)]
    for workload, figures in results.items():
        unit = next((figure["unit"] for figure in figures.values()), "-")
        rows.append([f"`{workload}`", unit, *(cell(column, figures) for column in shown)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def check_journeys(results):
    """Peers that fired the same events of PHOLD reached the same virtual time."""
    for workload, figures in results.items():
        reached = {
            column: figures[column]["virtual_ns"]
            for column in WORKLOADS[workload]
            if "virtual_ns" in figures.get(column, {})
        }
        if len(set(reached.values())) > 1:
            say(f"FAILED: {workload}: the peers simulated different histories: {reached}")


def notes(results, titles):
    """What a peer says beyond its figure, such as how many it could park."""
    known = {"name", "about", "unit", "value", "median", "rounds", "virtual_ns"}
    for workload, figures in results.items():
        for column, figure in figures.items():
            more = [f"{key} {value:,}" for key, value in figure.items() if key not in known]
            if column in PEERS and more:
                yield f"- `{workload}`, {titles[column]}: {', '.join(more)}"


def available(workloads):
    """The peers that these workloads use and that could be built, and their versions."""
    peers, versions = {}, {}
    OUT.mkdir(parents=True, exist_ok=True)
    for name, peer in PEERS.items():
        if not any(name in WORKLOADS[workload] for workload in workloads):
            continue
        version = peer.version()
        if not version:
            say(f"SKIPPED: no {peer.needs}")
            continue
        try:
            peer.build()
        except subprocess.CalledProcessError as error:
            say(f"SKIPPED: {peer.title} {version} does not build ({error})")
            continue
        peers[name], versions[peer.title] = peer, version
    return peers, versions


def built_ours():
    ours = {}
    for column, program in OURS.items():
        if not program[-1].is_file():
            say(f"SKIPPED: no {program[-1].relative_to(BUILDS)} of ours")
        elif program[0] == "node" and not shutil.which("node"):
            say("SKIPPED: no Node.js")
        else:
            ours[column] = program
    return ours


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=WORKLOADS, help="workloads")
    parser.add_argument("--rounds", type=int, default=3, help="how often each runs (default: 3)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")

    os.environ.setdefault("GOTOOLCHAIN", "local")  # nothing is downloaded
    workloads = [name for name in WORKLOADS if name in (arguments.only or WORKLOADS)]
    ours = built_ours()
    peers, versions = available(workloads)
    load_before = os.getloadavg()[0]
    results, builds = measure(workloads, ours, peers, arguments.rounds)
    check_journeys(results)
    load = [load_before, os.getloadavg()[0]]
    if arguments.json:
        report = {"ours": builds, "peers": versions, "load": load, "results": results}
        print(json.dumps(report, indent=2))
        return
    titles = {name: f"ours ({name})" for name in OURS}
    titles.update((name, peer.title) for name, peer in PEERS.items())
    print(table(results, titles))
    print(f"\nThe best of {arguments.rounds} round(s), the median in parentheses. In bold, the")
    print("cost of one operation as a multiple of ours (native): above 1, ours is cheaper.\n")
    for note in notes(results, titles):
        print(note)
    for name, build_of in builds.items():
        print(f"- {titles[name]}: {build_of}")
    print("- " + ", ".join(f"{title} ({version})" for title, version in versions.items()))
    print(f"- load average: {load[0]:.1f} before, {load[1]:.1f} after")


if __name__ == "__main__":
    main()
