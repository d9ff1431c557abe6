#!/usr/bin/env python3
"""Reads the object files of engine and sim: no writable global, no function-local static.

Everything mutable that a simulation owns lies in its world's arena (ARCHITECTURE.md, contract 1).
The one exception is the thread's current world, engine::t_here. The command line and the gateway
are host code and are not looked at. Programs needed: readelf, and each build's own compiler.
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", REPO / "build"))
PRESETS = ("native", "clang") if os.environ.get("ORRERY_LONG") == "1" else ("native",)
ALLOWED = {"engine::t_here"}
HOST_CODE = ("sim/cli/", "sim/gateway/")

# Written by the dynamic linker before main() and read-only from then on, or run by it.
RELOCATED_CONSTANTS = (".data.rel.ro", ".init_array", ".fini_array", ".preinit_array")


# g++ puts the records behind std::source_location::current() here, under private labels that leave
# no symbol. A variable in it has a symbol and is reported.
UNNAMED_CONSTANTS = ".data.rel.local"


def readelf(path, *options):
    return subprocess.run(["readelf", "--wide", *options, str(path)], capture_output=True,
                          text=True, check=True).stdout


def symbols(path):
    return readelf(path, "--symbols", "--demangle")


def writable_sections(path):
    """Section index -> (name, bytes) of the sections that a running program may write."""
    found = {}
    row = re.compile(r"^\s*\[\s*(\d+)\]\s+(\S+)\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+"
                     r"[0-9a-f]+\s+([A-Za-z]*)\s+\d+\s+\d+\s+\d+$")
    for line in readelf(path, "--sections").splitlines():
        match = row.match(line)
        if not match:
            continue
        index, name, size, flags = match.groups()
        if "W" in flags and "A" in flags and not name.startswith(RELOCATED_CONSTANTS):
            found[int(index)] = (name, int(size, 16))
    return found


def writable_symbols(path):
    """What the object file at `path` defines that can be written, as sentences."""
    sections = writable_sections(path)
    problems, named = [], set()
    row = re.compile(r"^\s*\d+:\s+[0-9a-f]+\s+(\S+)\s+(\w+)\s+\w+\s+\w+\s+(\w+)\s+(.+)$")
    for line in symbols(path).splitlines():
        match = row.match(line)
        if not match:
            continue
        size, kind, index, name = match.groups()
        if index == "COM":
            problems.append(f"{name}: a common symbol")
            continue
        if not index.isdigit() or int(index) not in sections or kind in ("SECTION", "FILE"):
            continue
        named.add(int(index))
        if name in ALLOWED and kind == "TLS":
            continue
        what = "thread-local" if kind == "TLS" else "writable"
        if name.startswith("guard variable for"):
            what = "a function-local static"
        problems.append(f"{name}: {what}, in {sections[int(index)][0]}, {size} bytes")
    for index, (name, size) in sections.items():
        if size > 0 and index not in named and name != UNNAMED_CONSTANTS:
            problems.append(f"{name}: {size} writable bytes without a symbol")
    return problems


def compile_commands(preset):
    path = BUILDS / preset / "compile_commands.json"
    return json.loads(path.read_text())


def objects(preset):
    """Source -> object file, for all of engine and sim that can run inside a world."""
    found = {}
    for entry in compile_commands(preset):
        words = shlex.split(entry["command"])
        output = words[words.index("-o") + 1]
        source = os.path.relpath(os.path.realpath(entry["file"]), os.path.realpath(REPO))
        is_object = output.endswith(".o")  # else a precompiled header
        if (is_object and re.match(r"(engine|sim)/CMakeFiles/", output)
                and not source.startswith(HOST_CODE)):
            found[source] = pathlib.Path(entry["directory"], output)
    return found


def compiler(preset):
    cache = (BUILDS / preset / "CMakeCache.txt").read_text()
    return re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", cache, re.MULTILINE).group(1)


class WritableGlobals(unittest.TestCase):
    def test_engine_and_sim_have_no_writable_global_but_the_current_world(self):
        for preset in PRESETS:
            for source, path in sorted(objects(preset).items()):
                with self.subTest(preset=preset, source=source):
                    self.assertTrue(path.is_file(), f"{preset}: {source} is not built")
                    self.assertEqual(writable_symbols(path), [])

    def test_every_source_of_engine_and_sim_is_looked_at(self):
        sources = {
            path.relative_to(REPO).as_posix()
            for folder in ("engine", "sim") for path in (REPO / folder).rglob("*.cpp")
        }
        sources = {source for source in sources if not source.startswith(HOST_CODE)}
        self.assertIn("engine/world/new.cpp", sources)
        for preset in PRESETS:
            with self.subTest(preset=preset):
                missing = sources - set(objects(preset))
                self.assertEqual(missing, set(), "sources that no library of engine or sim builds")

    def test_the_current_world_is_where_it_is_expected(self):
        for preset in PRESETS:
            with self.subTest(preset=preset):
                path = objects(preset)["engine/world/new.cpp"]
                self.assertRegex(symbols(path),
                                 r"TLS\s.*\sengine::t_here\n")


class TheCheckerCanFail(unittest.TestCase):
    def problems_of(self, text):
        """For every build's compiler, what the checker says of an object made from `text`."""
        found = []
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder, "sample.cpp")
            source.write_text(text)
            for preset in PRESETS:
                out = pathlib.Path(folder, preset + ".o")
                subprocess.run([compiler(preset), "-std=c++20", "-O2", "-fno-exceptions", "-c",
                                str(source), "-o", str(out)], check=True)
                found.append("\n".join(writable_symbols(out)))
        return found

    def assert_all_report(self, text, expected):
        for report in self.problems_of(text):
            self.assertRegex(report, expected)

    def test_an_initialised_global_is_reported(self):
        self.assert_all_report("namespace sim { int counter = 1; }",
                               r"sim::counter: writable, in \.data")

    def test_a_zeroed_global_is_reported(self):
        self.assert_all_report("int total;", r"total: writable, in \.bss")

    def test_a_file_local_global_is_reported(self):
        self.assert_all_report("static int hidden; int next() { return ++hidden; }",
                               r"hidden: writable, in \.bss")

    def test_a_global_pointer_is_reported(self):
        self.assert_all_report("const char* greeting = \"hello\";",
                               r"greeting: writable, in \.data")

    def test_an_inline_global_is_reported(self):
        self.assert_all_report("inline int shared = 7; int* where() { return &shared; }",
                               r"shared: writable, in \.data\.shared")

    def test_a_template_s_static_member_is_reported(self):
        self.assert_all_report(
            "template <class T> struct Pool { static T spare; };\n"
            "template <class T> T Pool<T>::spare{};\n"
            "int* where() { return &Pool<int>::spare; }",
            r"Pool<int>::spare: writable, in \.bss\.")

    def test_a_function_local_static_is_reported_with_its_guard(self):
        self.assert_all_report(
            "struct Table { Table(); int rows; };\n"
            "Table& table() { static Table made; return made; }",
            r"guard variable for table\(\)::made: a function-local static")

    def test_a_plain_function_local_static_is_reported(self):
        self.assert_all_report("int count() { static int calls = 0; return ++calls; }",
                               r"count\(\)::calls: writable, in \.bss")

    def test_another_thread_local_is_reported(self):
        self.assert_all_report("namespace engine { thread_local int t_there; }",
                               r"engine::t_there: thread-local, in \.tbss")

    def test_a_current_world_that_all_threads_share_is_reported(self):
        self.assert_all_report("namespace engine { void* t_here; }",
                               r"engine::t_here: writable")

    def test_constants_and_the_current_world_are_accepted(self):
        for report in self.problems_of(
                "namespace engine { struct Here { void* world = nullptr; };\n"
                "extern constinit thread_local Here t_here; constinit thread_local Here t_here; }\n"
                "extern const char* const kNames[]; const char* const kNames[] = {\"a\", \"b\"};\n"
                "extern const int kSizes[]; const int kSizes[] = {1, 2};\n"
                "int act(); extern int (*const kActs[])(); int (*const kActs[])() = {act};\n"
                "constexpr int kLimit = 3; const int* limit() { return &kLimit; }\n"):
            self.assertEqual(report, "")


if __name__ == "__main__":
    unittest.main()
