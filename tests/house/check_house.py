#!/usr/bin/env python3
"""Keeps the house that engine/README.md describes: who may include whom, what the pure modules must not mention,
first comments, names, sizes, the top level. Standard library only; exit code 1 names every breach.

    check_house.py [root]         checks the tree
    check_house.py --self-test    breaks each rule in a scratch tree and sees that it is noticed
"""

import pathlib
import re
import sys
import tempfile

# The top level: nothing else beside dotfiles. build and data are ignored by git.
TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "proto", "engine", "storage", "bench",
             "tests", "deploy", "build", "data"}

# What each module may include of the others; itself always. Journal protos are the stored words,
# public protos the API's.
JOURNAL, PUBLIC = "casewheel/journal/v1", "casewheel/v1"
_ENGINE = {"base", "domain", "sla", "wheel", "catalogue", "partition", "views", "pages", "api", "storage", JOURNAL, PUBLIC}
MAY_INCLUDE = {
    "base": set(),
    "tables": {"base", PUBLIC},
    "domain": {"base", JOURNAL},
    "sla": {"base", JOURNAL},
    "wheel": {"base", JOURNAL},
    "catalogue": {"base", "domain", "sla", JOURNAL},
    "storage": {"base"},
    "partition": {"base", "domain", "sla", "wheel", "catalogue", "storage", JOURNAL},
    "views": {"base", "domain", "catalogue", "partition", JOURNAL},
    "access": {"base", "domain", "catalogue", JOURNAL},
    "attachments": {"base"},
    "pages": {"base", "sla", PUBLIC},
    "api": _ENGINE | {"access", "attachments"},
    "doors": _ENGINE | {"access", "tables", "google/rpc"},
    "outbox": {"base", "domain", "catalogue", "partition", "storage", JOURNAL},
    "daemon": _ENGINE | {"access", "doors", "outbox"},
    "cli": {"base", "tables", "sla", "catalogue", "storage", "partition", "api", JOURNAL, PUBLIC, "google/rpc"},
}

# domain, sla and wheel take time as an argument: they read no clock, do no I/O, start no thread, take
# no lock and draw no random number.
PURE = ("domain", "sla", "wheel")
IMPURE_HEADERS = {
    "chrono", "ctime", "time.h", "sys/time.h", "iostream", "fstream", "ostream", "istream", "cstdio", "stdio.h", "filesystem",
    "thread", "mutex", "shared_mutex", "condition_variable", "atomic", "future", "semaphore", "latch", "barrier", "stop_token",
    "random", "unistd.h", "fcntl.h", "sys/socket.h", "sys/stat.h", "pthread.h", "sys/mman.h",
}
# The wheel asks the kernel for huge pages; that changes no result.
PURE_EXCEPTIONS = {("engine/wheel/wheel.cc", "sys/mman.h")}
IMPURE_WORDS = re.compile(
    r"\b(std::chrono|steady_clock|system_clock|high_resolution_clock|clock_gettime|gettimeofday|absl::Now|std::time\b|time\(nullptr\)|"
    r"std::mutex|std::thread|std::atomic|std::jthread|std::async|std::cout|std::cerr|printf|fopen|ifstream|ofstream|getenv|"
    r"std::rand|srand|random_device|mt19937|RAND_bytes|spdlog|thread_local|EngineClock|ClockSource)\b")

LINES_MAX = 600
BAD_NAME = re.compile(r"(^|[_\-.])(utils?|helpers?|managers?|common|misc)([_\-.]|$)")
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(home|root|work|Users|mnt)[\w./-]*")
CODE = {".h", ".cc", ".py", ".ts", ".sh", ".proto", ".txt", ".cmake", ".md", ".yaml", ".json"}


def files_of(root, *folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "node_modules" not in path.parts and "__pycache__" not in path.parts:
                yield path


def module_of(path):
    """engine/api/x.h and storage/x.h as api and storage; generated protos by their package."""
    for package in (JOURNAL, PUBLIC, "google/rpc"):
        if path.startswith(package + "/"):
            return package
    parts = path.split("/")
    if parts[0] == "engine" and len(parts) > 2:
        return parts[1]
    return parts[0] if parts[0] in ("storage", "tests", "bench") else None


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def check_includes(name, text):
    module = module_of(name)
    allowed = MAY_INCLUDE.get(module)
    if allowed is None:
        yield f"{name}: {module} is not a module; add it to engine/README.md, and to check_house.py with what it may include"
        return
    for line, include in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^">]+)[">]', include)
        if not match:
            continue
        target = module_of(match.group(1))
        if target is not None and target != module and target not in allowed:
            yield f"{name}:{line}: {module} must not include {match.group(1)}"


def check_pure(name, text):
    if module_of(name) not in PURE:
        return
    for line, code in enumerate(without_comments(text).splitlines(), 1):
        match = re.match(r"\s*#\s*include\s*<([^>]+)>", code)
        if match and match.group(1) in IMPURE_HEADERS and (name, match.group(1)) not in PURE_EXCEPTIONS:
            yield f"{name}:{line}: a pure module includes <{match.group(1)}>"
        word = IMPURE_WORDS.search(code)
        if word:
            yield f"{name}:{line}: a pure module mentions {word.group()}"


def check_first_comment(name, text):
    """Every header says what it is for; a .cc says it too, unless it begins with its own header."""
    if text.startswith("//"):
        return
    own = re.match(r'#include "([^"]+)"', text)
    if name.endswith(".cc") and own and own.group(1) == name[:-3] + ".h":
        return
    yield f"{name}:1: the first comment must say what the file is for"


def check_tree(root):
    root = pathlib.Path(root)
    for entry in sorted(root.iterdir()):
        if not entry.name.startswith(".") and entry.name not in TOP_LEVEL:
            yield f"{entry.name}: the top level holds only what TOP_LEVEL lists"
    for path in files_of(root, "engine", "storage"):
        if path.suffix not in (".h", ".cc"):
            continue
        name, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        yield from check_includes(name, text)
        yield from check_pure(name, text)
        yield from check_first_comment(name, text)
    for path in files_of(root, "proto", "engine", "storage", "bench", "tests", "deploy"):
        name = path.relative_to(root).as_posix()
        if path.suffix not in CODE or name.startswith("tests/fuzz/corpus/"):
            continue
        for part in path.relative_to(root).parts:
            if BAD_NAME.search(part):
                yield f"{name}: a name says what the thing is; util, helper, manager, common and misc say nothing"
        text = path.read_text(encoding="utf-8")
        if path.suffix in (".h", ".cc", ".py", ".ts", ".sh", ".proto"):
            lines = text.count("\n")
            if lines > LINES_MAX:
                yield f"{name}: {lines} lines; beyond {LINES_MAX} it holds two ideas"
        if path.name == pathlib.Path(__file__).name:
            continue
        for line, code in enumerate(text.splitlines(), 1):
            found = MACHINE_PATH.search(code)
            if found:
                yield f"{name}:{line}: {found.group()} is a path of one machine"


def self_test():
    """Each rule, broken once: a rule that cannot fail is none."""
    good = {"engine/base/a.h": "// A.\n", "storage/s.h": '// S.\n#include "engine/base/a.h"\n', "README.md": "x\n"}
    broken = {
        "engine/domain/a.h": ('// A.\n#include "storage/s.h"\n', "must not include"),
        "engine/sla/b.h": ('// B.\n#include "engine/domain/a.h"\n', "must not include"),
        "storage/c.h": ('// C.\n#include "casewheel/journal/v1/rows.pb.h"\n', "must not include"),
        "engine/partition/p.cc": ('// P.\n#include "engine/api/x.h"\n', "must not include"),
        "engine/wheel/w.cc": ("// W.\n#include <mutex>\n", "includes <mutex>"),
        "engine/domain/c.cc": ("// C.\nauto t = std::chrono::steady_clock::now();\n", "mentions"),
        "engine/attic/x.h": ("// X.\n", "is not a module"),
        "engine/base/nothing.h": ("#pragma once\n", "first comment"),
        "engine/base/no_header.cc": ('#include "engine/base/a.h"\n', "first comment"),
        "engine/base/text_util.h": ("// U.\n", "say nothing"),
        "tests/long.py": ("x = 1\n" * 601, "two ideas"),
        "bench/run.sh": ("cd /home/" + "someone/tree\n", "path of one machine"),
        "notes.txt": ("x\n", "top level"),
    }
    failures = []
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for folder in ("proto", "engine", "storage", "bench", "tests", "deploy"):
            (root / folder).mkdir()

        def write(name, text):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return path

        for name, text in good.items():
            write(name, text)
        failures += [f"a tidy tree is refused: {breach}" for breach in check_tree(root)]
        for name, (text, expected) in broken.items():
            path = write(name, text)
            breaches = [b for b in check_tree(root) if name in b and expected in b]
            if not breaches:
                failures.append(f"{name} was not noticed ({expected})")
            path.unlink()
    return failures


def main():
    if sys.argv[1:] == ["--self-test"]:
        breaches = self_test()
    else:
        root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
        breaches = list(check_tree(root))
    for breach in breaches:
        print(breach)
    print(f"house: {len(breaches)} breaches" if breaches else "house: in order")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
