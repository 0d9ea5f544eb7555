#!/usr/bin/env python3
"""Sees that every test deploy/THREATS.md names exists, and that no line of what holds is without one.

    check_threats.py [root]
"""

import pathlib
import re
import sys

HELD, UNNAMED = "## What holds", "## What holds, still without a test by name"


def exists(root, path, name):
    """Whether the file has a test of that name; without a name, whether there is such a file."""
    file = root / path
    if not file.is_file():
        return False
    if not name:
        return True
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return re.search(rf"^    def {re.escape(name)}\(", text, re.M) is not None
    suite, _, test = name.partition(".")
    return re.search(rf"^TEST(_F|_P)?\(\s*{re.escape(suite)},\s*{re.escape(test)}\)", text, re.M) is not None


def problems(root):
    found, section, rows = [], "", 0
    lines = (root / "deploy" / "THREATS.md").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith("## "):
            section = line
        if section not in (HELD, UNNAMED) or not line.startswith("| ") or line.startswith(("| who |", "| --- |")):
            continue
        rows += 1
        named = re.findall(r"`(tests/[\w/.-]+)(?:: ([\w.]+))?`", line)
        if section == HELD and not named:
            found.append(f"deploy/THREATS.md:{number}: names no test")
        found += [f"deploy/THREATS.md:{number}: there is no {name or 'file'} in {path}"
                  for path, name in named if not exists(root, path, name)]
    if rows < 10:
        found.append("deploy/THREATS.md: the tables are gone")
    return found


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    found = problems(root)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
