#!/usr/bin/env python3
"""Sees that executables are built as CMakeLists.txt means it: position-independent, all addresses bound when they
start and read-only from then on, with guarded stacks and checked copies. Needs readelf.

    check_hardening.py EXECUTABLE...
"""

import re
import subprocess
import sys


def readelf(option, path):
    return subprocess.run(["readelf", "--wide", option, path], check=True, capture_output=True, text=True).stdout


def problems(path):
    if not re.search(r"Type:\s+DYN", readelf("--file-header", path)):
        yield "is not position-independent"
    if "GNU_RELRO" not in readelf("--program-headers", path):
        yield "has no GNU_RELRO"
    if not re.search(r"BIND_NOW|FLAGS_1.*\bNOW\b", readelf("--dynamic", path)):
        yield "is not bound when it starts (BIND_NOW)"
    symbols = readelf("--dyn-syms", path)
    if "__stack_chk_fail" not in symbols:
        yield "has no guarded stacks (-fstack-protector-strong)"
    if not re.search(r"__\w+_chk@", symbols):
        yield "has no checked copies (_FORTIFY_SOURCE)"


def main():
    found = [f"{path}: {problem}" for path in sys.argv[1:] for problem in problems(path)]
    print("\n".join(found) if found else "hardening: in order")
    return 1 if found or len(sys.argv) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
