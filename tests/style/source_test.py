#!/usr/bin/env python3
"""The rules that the sources keep, run as a test (ARCHITECTURE.md, contract 3; STYLE.md).

A rule is a function from a source to the places that break it. Each rule is applied to the tree and
shown a sample that it must refuse, so a rule that stops working fails here too. Rules about code
look at it with comments and texts blanked out; lines and columns stay where they are.
"""

import os
import pathlib
import re
import subprocess
import unittest

REPO = pathlib.Path(os.environ.get("ORRERY_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
MAX_COLUMNS = 100
MAX_LINES = 600

# Which folders of engine/ each one may include. Another folder joins by a line here.
ENGINE_ARROWS = {
    "world": {"world"},
    "task": {"world", "task"},
    "sync": {"world", "task", "sync"},
    "explore": {"world", "task", "sync", "explore"},
    "timeline": {"world", "task", "sync", "timeline"},
    "view": {"world", "task", "sync", "timeline", "view"},
}

FORBIDDEN_HEADERS = {
    "random", "thread", "mutex", "shared_mutex", "condition_variable", "future", "stop_token",
    "semaphore", "barrier", "latch", "chrono", "ctime", "iostream", "istream", "ostream",
    "sstream", "locale", "clocale", "fstream", "filesystem", "regex", "unordered_map",
    "unordered_set", "cmath", "cfenv", "exception", "stdexcept", "pthread.h", "time.h", "math.h",
    "unistd.h",
}

FORBIDDEN_CODE = {
    r"\bstd::(ranges::)?(sort|partial_sort|nth_element|partition|sort_heap)\b":
        "an algorithm that is not stable: ties differ between libraries",
    r"\bstd::hash\b": "its value differs between libraries",
    r"\bstd::(shuffle|sample)\b": "its draws differ between libraries",
    r"\bstd::(exp2?|log(2|10|1p)?|pow|sin|cos|tan|atan2?|fma|hypot|cbrt)\b":
        "libm differs between platforms",
    r"(?<![\w.>])(std::|::)?(rand|srand|random|time|clock|getenv)\s*\(": "the host decides",
    r"\b(clock_)?gettimeofday\b|\bclock_gettime\b": "the host's clock decides",
    r"\b(try|catch|throw)\b": "engine and sim have no exceptions",
    r"\bunordered_(multi)?(map|set)\b": "its order differs between libraries",
    r"\blong double\b|\bfloat\b": "its precision differs between platforms",
    r"\b(signed|unsigned) long (?!long\b)|(?<!long )(?<!unsigned )\blong (?!long\b)":
        "its width differs between platforms",
    r"^\s+(inline\s+)?static\s+(inline\s+)?(?!inline\b|const\b|constexpr\b)[\w:<>,&*\s]*\w\s*[;={]":
        "a static variable that can be written",
}


class Source:
    """A file: its path in the repository, its lines, and the lines with only code left."""

    def __init__(self, path, text):
        self.path = path
        self.lines = text.split("\n")
        self.code = code_only(text).split("\n")

    def is_cpp(self):
        return self.path.endswith((".cpp", ".h"))

    def is_model(self):
        """Code that may run inside a world."""
        return (self.is_cpp() and self.path.startswith(("engine/", "sim/")) and
                not self.path.startswith(("sim/cli/", "sim/gateway/")))


def code_only(text):
    """`text` with C++ comments and texts replaced by spaces, except what is included."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.DOTALL)

    def blank(match):
        start = text.rfind("\n", 0, match.start()) + 1
        if match.group().startswith('"') and text[start:match.start()].strip() == "#include":
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())

    return token.sub(blank, text)


def includes(source):
    for number, line in enumerate(source.code, 1):
        match = re.match(r'\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")', line)
        if match:
            yield number, match.group(1) or match.group(2), match.group(1) is not None


def forbidden_headers(source):
    if not source.is_model():
        return
    for number, name, _ in includes(source):
        if name in FORBIDDEN_HEADERS:
            yield number, f"<{name}> has no place in a world"
        if re.search(r"imgui|SDL|emscripten", name, re.IGNORECASE):
            yield number, f"{name}: only web knows a screen"


def forbidden_code(source):
    if not source.is_model():
        return
    for number, line in enumerate(source.code, 1):
        for pattern, why in FORBIDDEN_CODE.items():
            match = re.search(pattern, line)
            if match:
                yield number, f"`{match.group().strip()}`: {why}"


def arrows_down(source):
    if not source.is_cpp():
        return
    folders = source.path.split("/")
    for number, name, is_system in includes(source):
        target = name.split("/")
        if is_system or len(target) < 2:
            continue
        if folders[0] == "engine" and target[0] in ("sim", "web"):
            yield number, f"engine may not include {name}"
        if folders[0] == "engine" and target[0] == "engine":
            allowed = ENGINE_ARROWS.get(folders[1])
            if allowed is None:
                yield number, f"engine/{folders[1]} has no line in ENGINE_ARROWS"
            elif target[1] not in allowed:
                yield number, f"engine/{folders[1]} may not include {name}"
        if folders[0] == "sim" and target[0] == "web":
            yield number, f"sim may not include {name}"
        host = ("cli", "gateway")
        if folders[0] == "sim" and folders[1] not in host and target[:1] == ["sim"]:
            if target[1] in host:
                yield number, f"sim/{folders[1]} may not include {name}"


def pragma_once(source):
    if source.path.endswith(".h") and "#pragma once" not in source.code:
        yield 1, "a header needs #pragma once"


def opening(source):
    """A header says its path and purpose; any other source opens with a comment or its header."""
    if not source.is_cpp() or not source.path.startswith(("engine/", "sim/", "web/")):
        return
    first = source.lines[0]
    if source.path.endswith(".h"):
        if not re.match(re.escape(f"// {source.path}: ") + r"\S", first):
            yield 1, f"a header opens with `// {source.path}: what it is for`"
        return
    own = '#include "' + source.path.removesuffix(".cpp") + '.h"'
    if not re.match(r"// \S", first) and first != own:
        yield 1, "a source opens with what it is for, or with its own header"


def columns(source):
    if not source.is_cpp() and not source.path.endswith(".py"):
        return
    for number, line in enumerate(source.lines, 1):
        if len(line) > MAX_COLUMNS:
            yield number, f"{len(line)} columns, at most {MAX_COLUMNS}"


def length(source):
    count = len(source.lines) - (source.lines[-1] == "")
    if count > MAX_LINES:
        yield count, f"{count} lines, at most {MAX_LINES}"


def unfinished(source):
    for number, line in enumerate(source.lines, 1):
        if re.search(r"\b(TO[D]O|FIX[M]E|X[X]X)\b", line):
            yield number, "a note of unfinished work"


def machine_paths(source):
    for number, line in enumerate(source.lines, 1):
        match = re.search(r"(?<![\w.)}\]*-])/(home|root|work|tmp|Users|mnt)/[\w.]", line)
        if match:
            yield number, f"`{match.group()}`: a path of one machine"


# Rule -> (path, text) of a sample that it refuses, and of one that it accepts.
RULES = {
    forbidden_headers: [
        (("engine/world/a.cpp", "#include <unordered_map>\n"),
         ("sim/cli/a.cpp", "#include <chrono>\n")),
        (("sim/scenario/a.cpp", '#include "imgui.h"\n'), ("web/ui/a.cpp", '#include "imgui.h"\n')),
        (("sim/net/a.cpp", "#include <emscripten.h>\n"),
         ("sim/net/a.cpp", "#if defined(__EMSCRIPTEN__)\n#endif\n")),
        (("engine/task/a.h", "# include <cmath>\n"), ("engine/task/a.h", "// #include <cmath>\n")),
    ],
    forbidden_code: [
        (("engine/task/a.cpp", "std::sort(a.begin(), a.end());\n"),
         ("engine/task/a.cpp", "std::stable_sort(a.begin(), a.end());\n")),
        (("sim/net/a.cpp", "std::nth_element(a, b, c);\n"), ("sim/net/a.cpp", "// std::sort\n")),
        (("sim/net/a.cpp", "std::partial_sort(a, b, c);\n"), ("sim/cli/a.cpp", "std::sort(a);\n")),
        (("sim/net/a.cpp", "return std::hash<int>{}(1);\n"), ("sim/net/a.cpp", "hash_bytes(t);\n")),
        (("sim/net/a.cpp", "int n = rand();\n"), ("sim/net/a.cpp", "int n = operand(1);\n")),
        (("sim/net/a.cpp", "auto t = std::time(nullptr);\n"), ("sim/net/a.cpp", "run.time();\n")),
        (("sim/net/a.cpp", 'getenv("HOME");\n'), ("sim/net/a.cpp", 'say("getenv()");\n')),
        (("sim/net/a.cpp", "try {\n"), ("sim/net/a.cpp", "try_send(op);\n")),
        (("sim/net/a.cpp", "} catch (int) {\n"), ("sim/net/a.cpp", "/* catch\n throw */\n")),
        (("sim/net/a.cpp", "throw 1;\n"), ("sim/net/a.cpp", 'R"(throw 1)";\n')),
        (("sim/net/a.cpp", "double x = std::pow(2, y);\n"), ("sim/net/a.cpp", "std::sqrt(y);\n")),
        (("sim/net/a.cpp", "unsigned long bytes = 0;\n"),
         ("sim/net/a.cpp", "unsigned long long bytes = 0;\n")),
        (("sim/net/a.cpp", "long bytes = 0;\n"), ("sim/net/a.cpp", "long long bytes = 0;\n")),
        (("sim/net/a.cpp", "  static int calls = 0;\n"),
         ("sim/net/a.cpp", "  static constexpr int kCalls = 0;\n")),
        (("sim/net/a.cpp", "  static std::vector<int> seen;\n"),
         ("sim/net/a.cpp", "  static std::vector<int> seen(int id);\n")),
        (("sim/net/a.cpp", "  static Table table{1};\n"),
         ("sim/net/a.cpp", "  static bool ready() noexcept { return {}; }\n")),
        (("sim/net/a.h", "  inline static int count;\n"),
         ("sim/net/a.h", "  auto x = static_cast<int>(y);\n")),
    ],
    arrows_down: [
        (("engine/world/a.h", '#include "engine/task/go.h"\n'),
         ("engine/task/a.h", '#include "engine/world/world.h"\n')),
        (("engine/task/a.h", '#include "engine/sync/chan.h"\n'),
         ("engine/sync/a.h", '#include "engine/task/go.h"\n')),
        (("engine/sync/a.h", '#include "engine/timeline/timeline.h"\n'),
         ("engine/view/a.h", '#include "engine/sync/chan.h"\n')),
        (("engine/new_folder/a.h", '#include "engine/world/world.h"\n'),
         ("engine/new_folder/a.h", "#include <vector>\n")),
        (("engine/view/a.h", '#include "sim/scenario/units.h"\n'),
         ("sim/scenario/a.h", '#include "engine/view/view.h"\n')),
        (("sim/scenario/a.h", '#include "web/app/app.h"\n'),
         ("web/app/a.h", '#include "sim/scenario/units.h"\n')),
        (("sim/scenario/a.h", '#include "sim/cli/cli.h"\n'),
         ("sim/cli/a.h", '#include "sim/cli/cli.h"\n')),
    ],
    pragma_once: [
        (("sim/net/a.h", "// #pragma once\n"),
         ("sim/net/a.h", "// sim/net/a.h: a.\n#pragma once\n")),
    ],
    opening: [
        (("sim/net/a.h", "#pragma once\n"), ("sim/net/a.h", "// sim/net/a.h: a link.\n")),
        (("sim/net/a.h", "// sim/net/b.h: a link.\n"), ("tests/net/a.h", "#pragma once\n")),
        (("sim/net/a.cpp", "#include <vector>\n"), ("sim/net/a.cpp", '#include "sim/net/a.h"\n')),
        (("sim/net/a.cpp", "\n// A link.\n"), ("sim/net/a.cpp", "// A link.\n")),
    ],
    columns: [
        (("tests/a.py", "#" * 101 + "\n"), ("tests/a.py", "é" * 100 + "\n")),
        (("sim/net/a.cpp", "//" * 51 + "\n"), ("tools/a.sh", "#" * 101 + "\n")),
    ],
    length: [
        (("web/a.cpp", "//\n" * 601), ("web/a.cpp", "//\n" * 600)),
    ],
    unfinished: [
        (("sim/net/a.cpp", "// TO" + "DO: loss\n"), ("sim/net/a.cpp", "// to do: nothing\n")),
        (("tests/a.py", "# FIX" + "ME\n"), ("tests/a.py", "# fixed\n")),
    ],
    machine_paths: [
        (("sim/net/a.cpp", '"/ho' + 'me/ann/x"\n'), ("sim/net/a.cpp", '"/proc/cpuinfo"\n')),
        (("tools/a.sh", "cd /wo" + "rk/orrery\n"), ("tools/a.sh", 'cd "$home/build/a"\n')),
    ],
}


def broken(rule, path, text):
    return [f"{path}:{number}: {what}" for number, what in rule(Source(path, text))]


def tree():
    """Path -> text of the project's own sources: what git knows, and what is new."""
    listed = subprocess.run(
        ["git", "-C", str(REPO), "ls-files", "-z", "--cached", "--others", "--exclude-standard",
         "engine", "sim", "web", "tests", "tools", "orrery"], capture_output=True, check=True)
    for path in sorted(set(listed.stdout.decode().split("\0"))):
        file = REPO / path
        known = path == "orrery" or path.endswith((".cpp", ".h", ".py", ".sh", ".mjs", ".js"))
        if known and file.is_file():
            yield path, file.read_text(encoding="utf-8")


class Sources(unittest.TestCase):
    def test_the_tree_keeps_every_rule(self):
        sources = list(tree())
        self.assertIn("engine/world/world.h", dict(sources))
        for rule in RULES:
            with self.subTest(rule=rule.__name__):
                problems = [line for path, text in sources for line in broken(rule, path, text)]
                self.assertEqual(problems, [], "\n" + "\n".join(problems))

    def test_every_rule_refuses_its_samples_and_accepts_their_neighbours(self):
        for rule, pairs in RULES.items():
            for refused, accepted in pairs:
                with self.subTest(rule=rule.__name__, sample=refused[1][:60]):
                    self.assertEqual(len(broken(rule, *refused)), 1)
                    self.assertEqual(broken(rule, *accepted), [])

    def test_every_forbidden_header_and_pattern_is_refused_by_name(self):
        for name in FORBIDDEN_HEADERS:
            with self.subTest(header=name):
                found = broken(forbidden_headers, "engine/world/a.h", f"#include <{name}>\n")
                self.assertEqual(len(found), 1)
        samples = "".join(refused[1] for refused, _ in RULES[forbidden_code])
        extra = "std::shuffle(a);\nclock_gettime(a);\nstd::unordered_map<int, int> m;\nfloat f;\n"
        for pattern in FORBIDDEN_CODE:
            with self.subTest(pattern=pattern):
                self.assertRegex(samples + extra, re.compile(pattern, re.MULTILINE))

    def test_places_are_counted_through_comments_and_texts(self):
        text = '/* one\n two */ "a \\" b" // c\nint x = \'"\';\nthrow x;\n'
        self.assertEqual(len(broken(forbidden_code, "sim/a/b.cpp", text)), 1)
        self.assertTrue(broken(forbidden_code, "sim/a/b.cpp", text)[0].startswith("sim/a/b.cpp:4:"))


if __name__ == "__main__":
    unittest.main()
