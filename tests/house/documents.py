"""What the tests of documents share: which documents there are, and what is in them."""

import collections
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("engine", "storage", "proto", "bench", "deploy", "tests")

# `language` is the first word behind the fence, `name` the second; `line` is that of the first line of `text`.
Block = collections.namedtuple("Block", "language name line text")


def documents(root=ROOT):
    found = [root / "README.md"]
    for folder in FOLDERS:
        found += sorted(path for path in (root / folder).rglob("*.md") if "node_modules" not in path.parts)
    return found


def blocks(text):
    """Fenced blocks, in order."""
    opened = None
    for number, line in enumerate(text.splitlines(), 1):
        if opened is None and line.startswith("```"):
            words = [*line[3:].split(), "", ""]
            opened = (words[0], words[1], number + 1, [])
        elif opened is not None and line == "```":
            yield Block(*opened[:3], "".join(entry + "\n" for entry in opened[3]))
            opened = None
        elif opened is not None:
            opened[3].append(line)


def prose(text):
    """(number, line) outside of fenced blocks."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            yield number, line


def tables(text):
    """(number of the header, header cells, rows of cells) of each table."""
    rows, header, at = [], None, 0
    for number, line in [*prose(text), (0, "")]:
        if line.startswith("|"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
            if header is None:
                header, at = cells, number
            elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                rows.append(cells)
        elif header is not None:
            yield at, header, rows
            rows, header = [], None


def anchor(heading):
    """The fragment by which a heading is linked to, as forges make it."""
    text = re.sub(r"[`*]", "", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
