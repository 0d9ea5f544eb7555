"""What the documents tell people to type: all of it is typed, in order, from an empty directory, and every command and
option they name exists. tests/house/check_documents.py holds links, paths and keys.

How a document is read: blocks marked ```sh are typed into one shell, command by command, and each must end with 0.
Blocks marked ```text are not typed. A password that a command asks for is the one shown before, and the one chosen then.
A command whose comment says Ctrl-C must show something and is then interrupted. The ports the guide uses are
replaced by free ones.
"""

import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from installation import CASEWHEEL, CASEWHEELD, PASSWORD, ROOT

sys.path.insert(0, str(ROOT / "tests" / "house"))
from documents import blocks, documents, prose  # noqa: E402

GUIDE = "deploy/guide/"
# A day of the guide, then what goes on from it.
DAY = [*(GUIDE + page + ".md" for page in
         ("README", "administrator", "agent", "counter", "handler", "applicant", "supervisor", "privacy")),
       "proto/README.md", GUIDE + "operator.md"]
PORTS = ("7500", "7580", "7501")
PATIENCE_S = 120

# What must be seen, beside an end with 0: (page, how the command begins, a pattern with shell variables in it).
SEEN = [
    ("administrator", "casewheel calendar show", r"2026-04-06.*補假"),
    ("administrator", "casewheel audit", r"Access.CreateKey +done"),
    ("administrator", "casewheel whoami", r"administrator"),
    ("agent", "casewheel calls watch", r"0912-\*\*\*-678"),
    ("agent", "casewheel show", r"0912-\*\*\*-678"),
    ("agent", "casewheel reveal", r"0912-?345-?678"),
    ("counter", "casewheel check", r"身分證明文件影本"),
    ("handler", "casewheel list", r"五分車票務人員態度不佳"),
    ("handler", "casewheel explain", r"72"),
    ("applicant", "casewheel track", r"已結案"),
    ("supervisor", "casewheel overdue", r"{SECOND}"),
    ("supervisor", "casewheel watch", r"{SECOND}"),
    ("supervisor", "casewheel history", r"土地課"),
    ("privacy", "casewheel erase", r"{CASE}"),
    ("privacy", "casewheel erase --tenant taisugar --cases", r"已刪除 Erased +0 件"),
    ("proto/README", "curl -sSN", r"^data: .*{CASE}"),
    ("proto/README", "casewheel changes --tenant taisugar --follow", r"{CASE}"),
    ("proto/README", "curl -fsS http://127.0.0.1:7580/open311/v2/requests.xml", r"<service_request_id>"),
    ("operator", "casewheel verify", r"一致"),
]


def commands(block):
    """(line, command, comment) of each: lines that belong together, by a backslash, a pipe or a here-document."""
    lines = block.text.splitlines()
    at = 0
    while at < len(lines):
        first, taken = at, [lines[at]]
        ends = re.findall(r"<<'(\w+)'", lines[at])
        while lines[at].endswith(("\\", "|")) or ends:
            at += 1
            taken.append(lines[at])
            if ends and lines[at] == ends[0]:
                ends.pop(0)
        at += 1
        if not taken[0].strip() or taken[0].startswith("#"):
            continue
        command, comment = "\n".join(taken), ""
        if "<<'" not in taken[0]:
            command, _, comment = command.partition("  # ")
        yield block.line + first, command.rstrip(), comment


class Shell:
    """A newcomer's terminal."""

    def __init__(self, folder, environment):
        self.process = subprocess.Popen(["/bin/bash", "--noprofile", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, cwd=folder, env=environment, start_new_session=True)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.passwords = {}
        self.name = None  # who signed in last

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.decode(errors="replace"))
        self.lines.put(None)

    def send(self, command):
        """(exit code, what was shown)"""
        self.process.stdin.write(f"{command}\nprintf '\\nEND %d\\n' $?\n".encode())
        self.process.stdin.flush()
        shown = ""
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE_S)
            except queue.Empty:
                return f"no end within {PATIENCE_S} s", shown
            if line is None:
                return "the shell ended", shown
            if match := re.fullmatch(r"END (\d+)\n", line):
                return int(match.group(1)), shown
            shown += line

    def value(self, name):
        return self.send(f'printf "%s\\n" "${name}"')[1].strip()

    def type(self, command, comment):
        """As a person types it, who answers what it asks and notes what it shows."""
        if match := re.fullmatch(r"casewheel login (\w+)", command):
            self.name = match.group(1)
            command += f" <<<'{self.passwords[self.name]}'"
        elif command == "casewheel password":
            old = self.passwords[self.name]
            self.passwords[self.name] = PASSWORD
            command += f" <<<$'{old}\\n{self.passwords[self.name]}\\n{self.passwords[self.name]}'"
        elif "Ctrl-C" in comment:
            command = (f"( {command} >.shown 2>&1 & p=$!; for i in $(seq 200); do [ -s .shown ] && break; sleep 0.05; done; "
                       "sleep 0.3; kill $p; wait $p 2>/dev/null; cat .shown; [ -s .shown ] )")
        code, shown = self.send(command)
        if match := re.search(r"Sign in as (\w+) with the one-time password (\S+)", shown):
            self.passwords[match.group(1)] = match.group(2)
        if match := re.match(r"casewheel user (?:add|reset) (\w+)", command):
            one_time = re.search(r"one-time password, shown once: (\S+)", shown)
            if one_time:
                self.passwords[match.group(1)] = one_time.group(1)
        return code, shown

    def close(self):
        """With everything that was started in it, which is its process group's."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.stdin.close()
        self.process.wait(30)
        self.reader.join(10)
        self.process.stdout.close()


def free_ports(count):
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    ports = [str(one.getsockname()[1]) for one in taken]
    for one in taken:
        one.close()
    return ports


class Folder(unittest.TestCase):
    """A directory that looks as the top folder does after a build."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-documents-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        for name in ("deploy", "proto"):
            (self.folder / name).symlink_to(ROOT / name)
        programs = self.folder / "build" / "release" / "engine"
        for name, program in (("daemon", CASEWHEELD), ("cli", CASEWHEEL)):
            (programs / name).mkdir(parents=True)
            (programs / name / pathlib.Path(program).name).symlink_to(pathlib.Path(program).resolve())

    def shell(self):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(("CASEWHEEL", "XDG_")) and key != "LC_ALL"}
        environment |= {"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "TZ": "Asia/Taipei", "LANG": "C.UTF-8"}
        shell = Shell(self.folder, environment)
        self.addCleanup(shell.close)
        return shell


class Day(Folder):
    def test_the_guide_can_be_copied_from_its_beginning_to_its_end(self):
        shell = self.shell()
        ports = dict(zip(PORTS, free_ports(len(PORTS))))
        open_checks = list(SEEN)
        for page in DAY:
            for block in blocks((ROOT / page).read_text(encoding="utf-8")):
                if block.language == "sh":
                    self.walk(shell, page, block, ports, open_checks)
        self.assertEqual(open_checks, [], "commands that the documents do not have any more")

    def walk(self, shell, page, block, ports, open_checks):
        for line, command, comment in commands(block):
            typed = re.sub(r"(127\.0\.0\.1:)(\d+)", lambda m: m.group(1) + ports.get(m.group(2), m.group(2)), command)
            code, shown = shell.type(typed, comment)
            where = f"{page}:{line}: {command}"
            self.assertEqual(code, 0, f"{where}\n{shown}\n{self.log()}")
            for check in [one for one in open_checks if page.endswith(one[0] + ".md") and command.startswith(one[1])]:
                pattern = re.sub(r"\{([A-Z]+)\}", lambda m: r" ?".join(shell.value(m.group(1))), check[2])
                self.assertRegex(shown, re.compile(pattern, re.M), where)
                open_checks.remove(check)

    def log(self):
        log = self.folder / "build" / "try" / "engine.log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""


class Catalogue(Folder):
    def test_the_catalogue_page_s_own_examples_are_put_in_force(self):
        found = {block.name: block for block in blocks((ROOT / GUIDE / "catalogue.md").read_text(encoding="utf-8"))
                 if block.language == "yaml"}
        self.assertEqual(set(found), {"calendars", "catalogue"})
        for name, block in found.items():
            (self.folder / f"{name}.yaml").write_text(block.text, encoding="utf-8")
        shell = self.shell()
        for command in ('export PATH="$PWD/build/release/engine/daemon:$PWD/build/release/engine/cli:$PATH"',
                        "casewheeld --data data --listen 127.0.0.1:0 --http '' --metrics '' --auth off >out 2>log &",
                        "until grep -q '^casewheeld ready' out; do sleep 0.1; kill -0 $! || break; done",
                        "export CASEWHEEL_ADDRESS=$(sed -n 's/^casewheeld ready: grpc=\\([^ ]*\\).*/\\1/p' out)",
                        "casewheel calendar load calendars.yaml", "casewheel apply -f catalogue.yaml",
                        "casewheel lodge --tenant demo --service complaint --channel web --subject 範例",
                        "kill $!", "wait $!"):
            code, shown = shell.send(command)
            self.assertEqual(code, 0, f"{command}\n{shown}")


class Words(unittest.TestCase):
    """Commands and options in any document, typed or told of."""

    @classmethod
    def setUpClass(cls):
        cls.helps = {}

    def help(self, *words):
        if words not in self.helps:
            done = subprocess.run([*words, "--help"], capture_output=True, text=True, check=False, timeout=30)
            self.helps[words] = done.stdout if done.returncode == 0 else None
        return self.helps[words]

    def subcommands(self, *words):
        text = self.help(*words) or ""
        _, _, listed = text.partition("\nSubcommands:\n")
        hidden = ["completion", "man"] if words == (CASEWHEEL,) else []  # for packages and shells
        return re.findall(r"^  ([a-z][a-z-]*)", listed, re.M) + hidden

    def told(self):
        """(where, what is told of) of each block that holds commands, by the command, and of each quoted piece of prose."""
        for path in documents():
            text = path.read_text(encoding="utf-8")
            name = path.relative_to(ROOT)
            for block in blocks(text):
                if block.language in ("sh", "text", ""):
                    joined = re.sub(r"\\\n", " ", block.text)
                    for line in joined.splitlines():
                        yield f"{name}:{block.line}", line.removeprefix("$ ").partition("  #")[0]
            for number, line in prose(text):
                for quoted in re.findall(r"`([^`]+)`", line):
                    yield f"{name}:{number}", quoted

    def mistakes(self, text):
        """What is wrong with each command in the text; None for each option that exists."""
        for match in re.finditer(r"(?:^|(?<!-[a-z])[ (|]|\$\()(casewheeld?)\b((?: (?:[^|;&)<>'\"]|'[^']*'|\"[^\"]*\")+)?)", text):
            words, before = [CASEWHEELD if match.group(1) == "casewheeld" else CASEWHEEL], ""
            shown = [match.group(1)]
            for piece in re.sub(r"'[^']*'|\"[^\"]*\"", "X", match.group(2) or "").split():
                further = self.subcommands(*words)
                if piece == "help":
                    break
                if piece in further:
                    words.append(piece)
                    shown.append(piece)
                elif further and re.fullmatch(r"[a-z][a-z-]*", piece) and not before.startswith("--"):
                    yield f"{' '.join(shown)} has no {piece}"
                    break
                elif option := re.match(r"--[a-z][a-z0-9-]*", piece):
                    known = f"{self.help(*words)}{self.help(words[0])} --help --version"
                    exists = re.search(rf"{option.group()}(?![a-z0-9-])", known)
                    yield None if exists else f"{' '.join(shown)} has no {option.group()}"
                before = piece

    def test_every_command_and_option_exists(self):
        found = [(where, mistake) for where, text in self.told() for mistake in self.mistakes(text)]
        self.assertEqual([one for one in found if one[1]], [])
        self.assertGreater(len(found), 100)

    def test_wrong_ones_are_noticed(self):
        for text, mistake in (("casewheel calender load x.yaml", "casewheel has no calender"),
                              ("X=$(casewheel --json calendar lod x.yaml)", "casewheel calendar has no lod"),
                              ("casewheel lodge --tenent taisugar", "casewheel lodge has no --tenent"),
                              ("casewheel list --from-day 1 | head", "casewheel list has no --from-day"),
                              ("casewheeld --dta try/data &", "casewheeld has no --dta")):
            self.assertEqual([one for one in self.mistakes(text) if one], [mistake])

    def test_every_option_told_of_belongs_to_something(self):
        known = self.help(CASEWHEELD) + "".join(self.every_help((CASEWHEEL,)))
        for script in ("bench/run.py", "tests/run.sh", "tests/format.sh", "tests/crash/crash_loop.py", "deploy/quickstart.sh"):
            known += (ROOT / script).read_text(encoding="utf-8")
        wrong = []
        for path in documents():
            for number, line in prose(path.read_text(encoding="utf-8")):
                for quoted in re.findall(r"`([^`]+)`", line):
                    for option in re.findall(r"(?:^| )(--[a-z][a-z0-9-]*)", quoted):
                        if option != "--oidc-" and not re.search(rf"{option}(?![a-z0-9-])", known):
                            wrong.append(f"{path.relative_to(ROOT)}:{number}: nothing has {option}")
        self.assertEqual(wrong, [])

    def every_help(self, words):
        yield self.help(*words) or ""
        for word in self.subcommands(*words):
            yield from self.every_help((*words, word))


if __name__ == "__main__":
    unittest.main()
