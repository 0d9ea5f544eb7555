#!/usr/bin/env python3
"""Holds the documents to the tree: links lead somewhere, the paths and names of code they give exist, every module
has its line in engine/README.md, and deploy/guide/catalogue.md describes exactly the keys and words that the parsers
know. Standard library only; exit code 1 names every breach. What the documents command is run by
tests/e2e/test_documents.py.

    check_documents.py [root]
    check_documents.py --self-test    breaks each rule in a scratch tree and sees that it is noticed
"""

import pathlib
import re
import sys
import tempfile

from documents import FOLDERS, ROOT, anchor, documents, prose, tables

PATH = re.compile(r"(?:\.\./)*(?:%s)/[\w./*\-]*[\w/*]" % "|".join(FOLDERS))
# `path`: `Name`, `other` — the names stand in that file.
NAMED = re.compile(r"`([\w./\-]+\.(?:h|cc|py))`:((?: (?:and )?`[\w:]+`,?)+)")

PARSERS = {
    "catalogue": ("yaml_parse.cc", "service_parser.cc", "clock_parser.cc", "yaml_reader.cc"),
    "calendars": ("calendar/calendar_yaml_parse.cc",),
}


def links(name, text):
    for number, line in prose(text):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if not re.match(r"https?:|mailto:", target):
                yield number, target


def check_links(root, path):
    text = path.read_text(encoding="utf-8")
    # Nobody holds a heading in quotes to the page it is said to stand on.
    for number, line in prose(text):
        for named in re.findall(r'README(?:\.md)?, "[^"]+"', line):
            yield f"{path.relative_to(root)}:{number}: {named} is no link: write [page](page.md#heading)"
    for number, target in links(path, text):
        file, _, fragment = target.partition("#")
        other = (path.parent / file).resolve() if file else path
        if not other.exists():
            yield f"{path.relative_to(root)}:{number}: the link {target} leads nowhere"
        elif fragment and other.suffix == ".md":
            headings = [line.lstrip("#") for _, line in prose(other.read_text(encoding="utf-8")) if line.startswith("#")]
            if fragment not in map(anchor, headings):
                yield f"{path.relative_to(root)}:{number}: {file or 'this page'} has no heading #{fragment}"


def exists(root, folder, name):
    name = name.rstrip("/")
    for base in (root, folder):
        if "*" in name:
            if list(base.glob(name)):
                return True
        # `bench/storm` names a program, and its source.
        elif (base / name).exists() or list((base / name).parent.glob((base / name).name + ".*")):
            return True
    return False


def check_paths(root, path):
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        for quoted in re.findall(r"`([^`]+)`", line) or ([line] if not line.startswith(("#", "|")) else []):
            for name in PATH.findall(quoted):
                before = quoted[:quoted.index(name)]
                if before.endswith(("/", "-", ".", "@", ":")) or before[-1:].isalnum():
                    continue  # part of a longer path, an address or a URL
                if not exists(root, path.parent, name):
                    yield f"{path.relative_to(root)}:{number}: there is no {name}"
    for number, line in prose(text):
        for file, names in NAMED.findall(line):
            found = next((base / file for base in (root, path.parent) if (base / file).is_file()), None)
            if found is None:
                yield f"{path.relative_to(root)}:{number}: there is no {file}"
                continue
            code = found.read_text(encoding="utf-8")
            for wanted in re.findall(r"`([\w:]+)`", names):
                # Partition::turn in the source; in the header the class and its member.
                if wanted not in code and not all(re.search(rf"\b{part}\b", code) for part in wanted.split("::")):
                    yield f"{path.relative_to(root)}:{number}: {file} has no {wanted}"


def check_modules(root):
    """engine/README.md has a line for each folder of engine/."""
    page = root / "engine" / "README.md"
    listed = set()
    for _, header, rows in tables(page.read_text(encoding="utf-8")):
        if header[:2] == ["folder", "holds"]:
            listed |= {re.sub(r"[`/]", "", row[0]) for row in rows}
    there = {folder.name for folder in (root / "engine").iterdir() if folder.is_dir()}
    yield from (f"engine/README.md: has no line for {name}/" for name in sorted(there - listed))
    yield from (f"engine/README.md: there is no {name}/" for name in sorted(listed - there))


def key_sets(root, files):
    """The keys of each map the parser reads, from `fields(node, {"a", "b"})`."""
    found = set()
    for name in files:
        code = (root / "engine" / "catalogue" / name).read_text(encoding="utf-8")
        for keys in re.findall(r"\bfields\(\s*[^;{}]*?\{((?:\s*\"\w+\",?)+)\s*\}\)", code):
            found.add(frozenset(re.findall(r'"(\w+)"', keys)))
    return found


def enum_words(root, name, left_out):
    """As words.cc makes them of an enum of the stored words."""
    for proto in sorted((root / "proto" / "casewheel" / "journal" / "v1").glob("*.proto")):
        match = re.search(rf"^enum {name} \{{(.*?)^\}}", proto.read_text(encoding="utf-8"), re.M | re.S)
        if match:
            words = re.findall(r"^\s*([A-Z_0-9]+) = (\d+);", match.group(1), re.M)
            kept = [word for word, number in words if number != "0" and word != left_out]
            return frozenset(re.sub(r"^TO_|^ATTRIBUTE_|_ROLE$", "", word).lower() for word in kept)
    return frozenset()


def word_sets(root):
    """What each list of words takes: those of words.cc, of an enum or written out, and the calendar's own."""
    folder = root / "engine" / "catalogue"
    code = (folder / "words.cc").read_text(encoding="utf-8")
    found = {enum_words(root, name, left_out) for name, left_out in
             re.findall(r"words_of\(stored::(\w+)_descriptor\(\)(?:, stored::(\w+))?\)", code)}
    for name in ("words.cc", "clock_parser.cc", "calendar/calendar_yaml_parse.cc"):
        text = (folder / name).read_text(encoding="utf-8")
        for listed in re.findall(r"Words \w+\{((?:\s*\{\"\w+\", [\w:]+\},?)+)\s*\}", text):
            found.add(frozenset(re.findall(r'"(\w+)"', listed)))
    return {words for words in found if len(words) > 1 or "taipower" in words}


def check_catalogue(root):
    page = "deploy/guide/catalogue.md"
    described = {"key": {}, "value": {}}
    for number, header, rows in tables((root / page).read_text(encoding="utf-8")):
        what = header[0].split()[0]
        if what in described:
            described[what].setdefault(frozenset(re.match(r"`(\w+)`", row[0]).group(1) for row in rows), number)
    keys = set().union(*(key_sets(root, files) for files in PARSERS.values()))
    if len(keys) < 15:
        yield f"{page}: only {len(keys)} maps of keys were found in the parsers; check_documents.py cannot read them any more"
    yield from different(page, "keys", keys, described["key"])
    yield from different(page, "words", word_sets(root), described["value"])


def different(page, what, known, described):
    """Each set on one side alone, beside the one of the other side that is most like it."""
    for missing in sorted(known - described.keys(), key=sorted):
        others = described.keys() - known or described.keys()
        nearest = max(others, key=lambda other: len(other & missing) - len(other ^ missing) / 100, default=frozenset())
        if nearest & missing:
            yield (f"{page}:{described[nearest]}: the {what} {sorted(nearest)} are not those the parser knows: "
                   f"lacks {sorted(missing - nearest)}, has besides {sorted(nearest - missing)}")
        else:
            yield f"{page}: the {what} {sorted(missing)} are described nowhere"
    for besides in sorted(described.keys() - known, key=sorted):
        if not any(besides & other for other in known):
            yield f"{page}:{described[besides]}: the parser knows none of the {what} {sorted(besides)}"


def check_tree(root):
    root = pathlib.Path(root)
    for path in documents(root):
        yield from check_links(root, path)
        yield from check_paths(root, path)
    yield from check_modules(root)
    yield from check_catalogue(root)


GOOD = {
    "README.md": "[the engine](engine/README.md#modules)\n",
    "engine/README.md": "## Modules\n\n| folder | holds |\n| --- | --- |\n| `catalogue/` | x |\n\n"
                        "`engine/catalogue/words.cc`: `words_of`\n",
    "engine/catalogue/yaml_parse.cc": "".join(
        f'  reader_.fields(node, {{"id", "key{n}"}});\n' for n in range(15)),
    "engine/catalogue/service_parser.cc": "", "engine/catalogue/clock_parser.cc": "", "engine/catalogue/yaml_reader.cc": "",
    "engine/catalogue/calendar/calendar_yaml_parse.cc": "",
    "engine/catalogue/words.cc": "words_of(stored::Kind_descriptor());\n",
    "proto/casewheel/journal/v1/words.proto": "enum Kind {\n  NONE = 0;\n  A = 1;\n  B = 2;\n}\n",
    "deploy/guide/catalogue.md": "".join(
        f"## {n}\n\n| key | value |\n| --- | --- |\n| `id` | x |\n| `key{n}` | x |\n\n" for n in range(15)) +
        "| value of `kind` | x |\n| --- | --- |\n| `a` | x |\n| `b` | x |\n",
}
# file: (what is replaced, by what, the breach)
BROKEN = {
    "README.md": [("engine/README.md#modules", "engine/NOTHING.md", "leads nowhere"),
                  ("#modules", "#attic", "no heading"),
                  ("[the", "`engine/attic/x.h` [the", "there is no engine/attic/x.h"),
                  ("[the", "see the README, \"Attic\". [the", "is no link")],
    "engine/README.md": [("`catalogue/`", "`attic/`", "no line for catalogue"),
                         ("`words_of`", "`words_for`", "has no words_for")],
    "deploy/guide/catalogue.md": [("| `key7` | x |\n", "", "lacks ['key7']"), ("`key7`", "`key7x`", "besides ['key7x']"),
                                  ("| `b` | x |\n", "", "lacks ['b']"),
                                  ("## 0\n", "| key | x |\n| --- | --- |\n| `loose` | x |\n\n## 0\n", "knows none")],
    "engine/catalogue/yaml_parse.cc": [('"key3"', '"key3", "more"', "lacks ['more']")],
}


def self_test():
    """Each rule, broken once."""
    failures = []
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for folder in FOLDERS:
            (root / folder).mkdir()
        for name, text in GOOD.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        failures += [f"a tidy tree is refused: {breach}" for breach in check_tree(root)]
        for name, changes in BROKEN.items():
            for old, new, expected in changes:
                (root / name).write_text(GOOD[name].replace(old, new), encoding="utf-8")
                if not any(expected in breach for breach in check_tree(root)):
                    failures.append(f"{name}: {old!r} as {new!r} was not noticed ({expected})")
            (root / name).write_text(GOOD[name], encoding="utf-8")
    return failures


def main():
    if sys.argv[1:] == ["--self-test"]:
        breaches = self_test()
    else:
        breaches = list(check_tree(sys.argv[1] if len(sys.argv) > 1 else ROOT))
    for breach in breaches:
        print(breach)
    print(f"documents: {len(breaches)} breaches" if breaches else "documents: in order")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
