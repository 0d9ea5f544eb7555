"""Completion in a real bash, and man pages through groff and man, where these are installed."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

from installation import CASEWHEEL


def casewheel(*arguments):
    return subprocess.run([CASEWHEEL, *arguments], capture_output=True, text=True, timeout=60, check=True).stdout


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-manual-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.script = cls.folder / "casewheel.bash"
        casewheel("completion", "bash", "--out", str(cls.script))

    def complete(self, *words):
        """What bash offers for the last word."""
        line = " ".join(f"'{word}'" for word in words)
        done = subprocess.run(
            ["bash", "--norc", "-c", f'source "{self.script}"; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; '
             '_casewheel; printf "%s\\n" "${COMPREPLY[@]}"'],
            capture_output=True, text=True, timeout=60, check=False, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_commands_options_and_words(self):
        self.assertEqual(self.complete("casewheel", "lod"), ["lodge"])
        self.assertIn("work", self.complete("casewheel", ""))
        self.assertNotIn("completion", self.complete("casewheel", ""))
        self.assertEqual(self.complete("casewheel", "calls", "st"), ["statistics", "staffing"])
        self.assertEqual(self.complete("casewheel", "lodge", "--chan"), ["--channel"])
        self.assertIn("--address", self.complete("casewheel", "lodge", "--"))
        self.assertEqual(self.complete("casewheel", "--as", "calls", "lodge", "--channel", "h"), ["hotline"])
        self.assertEqual(self.complete("casewheel", "reply", "13", "--means", "=", "ph"), ["phone"])
        self.assertEqual(self.complete("casewheel", "list", "--status", "awa"), ["awaiting-documents"])

    def test_files_where_files_are_wanted(self):
        self.assertEqual(self.complete("casewheel", "apply", "-f", "casewheel."), ["casewheel.bash"])

    def test_the_script_is_clean(self):
        if shutil.which("shellcheck") is None:
            self.skipTest("shellcheck is not installed")
        done = subprocess.run(["shellcheck", str(self.script)], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_zsh_reads_it(self):
        if shutil.which("zsh") is None:
            self.skipTest("zsh is not installed")
        script = self.folder / "_casewheel"
        casewheel("completion", "zsh", "--out", str(script))
        done = subprocess.run(["zsh", "-n", str(script)], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-man-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        casewheel("man", "--out", str(cls.folder))
        cls.pages = sorted(cls.folder.glob("*.1"))

    def test_every_command_has_one_that_everybody_may_read(self):
        names = [page.name for page in self.pages]
        for name in ("casewheel.1", "casewheel-lodge.1", "casewheel-calls.1", "casewheel-work.1"):
            self.assertIn(name, names)
        self.assertEqual({page.stat().st_mode & 0o777 for page in self.pages}, {0o644})
        self.assertEqual((self.folder / "casewheel.1").read_text(), casewheel("man"))
        self.assertEqual((self.folder / "casewheel-lodge.1").read_text(), casewheel("man", "lodge"))

    def test_groff_has_nothing_to_say_against_them(self):
        if shutil.which("groff") is None:
            self.skipTest("groff is not installed")
        for page in self.pages:
            done = subprocess.run(["groff", "-ww", "-k", "-man", "-Tutf8", "-z", str(page)], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), page.name)

    def test_man_shows_them(self):
        if shutil.which("man") is None:
            self.skipTest("man is not installed")
        page = self.folder / "casewheel-lodge.1"
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(page)], capture_output=True, text=True, timeout=60,
                              check=False, env={"LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80", "PATH": "/usr/bin:/bin"})
        if "has been minimized" in done.stdout:
            self.skipTest("man shows no pages on this system")
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
