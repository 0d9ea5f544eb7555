"""The Debian package, made of the executables under test: what is in it, and its life on a machine."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from contract import ROOT
from installation import CASEWHEEL, CASEWHEELD

SKIPPED = 77
EXPOSURE_MAX = 20  # of 100, as systemd-analyze rates the unit


def build_folder():
    for folder in pathlib.Path(CASEWHEELD).resolve().parents:
        if (folder / "CPackConfig.cmake").exists():
            return folder
    return None


BUILD = build_folder()
MISSING = [tool for tool in ("cpack", "dpkg-deb", "dpkg-shlibdeps", "dpkg") if shutil.which(tool) is None]


def run(*command, **options):
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=280, check=False, **options)
    if ended.returncode != 0:
        raise AssertionError(f"{command[0]}: {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


@unittest.skipIf(MISSING, f"not here: {', '.join(MISSING)}")
@unittest.skipIf(BUILD is None, "the executables lie in no build folder that CPack knows")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.package = cls.made(1)

    @classmethod
    def made(cls, release):
        """The package of that release: a higher one is an upgrade."""
        folder = cls.folder / str(release)
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-G", "DEB", "-B", folder, "-D", f"CPACK_DEBIAN_PACKAGE_RELEASE={release}",
            "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=cls.folder)
        (package,) = folder.glob("casewheel_*.deb")
        shutil.rmtree(folder / "_CPack_Packages")
        return package

    def test_what_is_in_it(self):
        listed = {}
        for line in run("dpkg-deb", "-c", self.package).splitlines():
            mode, owner, _, _, _, name = line.split(maxsplit=5)
            listed[name.removeprefix(".").split(" -> ")[0]] = (mode, owner)
        for name in ("/usr/bin/casewheeld", "/usr/bin/casewheel"):
            self.assertEqual(listed[name], ("-rwxr-xr-x", "root/root"))
        for name in ("/lib/systemd/system/casewheel.service", "/lib/systemd/system/casewheel-backup.timer", "/etc/casewheel/casewheel.conf", "/usr/share/doc/casewheel/README.md",
                     "/usr/share/doc/casewheel/THREATS.md", "/usr/share/doc/casewheel/copyright", "/usr/share/doc/casewheel/changelog.gz",
                     "/usr/share/casewheel/samples/catalogue.yaml", "/usr/share/casewheel/samples/calendars/taiwan.yaml",
                     "/usr/share/casewheel/prometheus/alerts.yaml", "/usr/share/casewheel/grafana/casewheel.json"):
            self.assertEqual(listed.get(name), ("-rw-r--r--", "root/root"), name)
        # Nothing else, but what the programs write of themselves.
        own = re.compile(r"/(etc/casewheel|lib/systemd/system|usr/bin/casewheeld?$|usr/share/(casewheel|doc/casewheel)"
                         r"|usr/share/(man|bash-completion|zsh|fish)/)")
        self.assertEqual([name for name in listed if not name.endswith("/") and not own.match(name)], [])

    def test_control(self):
        fields = dict(re.findall(r"^(\S+): (.*)$", run("dpkg-deb", "-f", self.package), re.M))
        version = re.search(r"project\(casewheel VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
        self.assertEqual((fields["Package"], fields["Version"]), ("casewheel", f"{version}-1"))
        self.assertEqual(fields["Architecture"], run("dpkg", "--print-architecture").strip())
        for needed in ("adduser", "tzdata", "libgrpc++1.51", "librocksdb7.8", "libprotobuf32", "libssl3", "libphonenumber8-protobuf32", "libc6"):
            self.assertRegex(fields["Depends"], rf"(^|, ){re.escape(needed)}( |,|$)")
        control = self.folder / "control"
        run("dpkg-deb", "-e", self.package, control)
        self.addCleanup(shutil.rmtree, control)
        self.assertEqual((control / "conffiles").read_text(), "/etc/casewheel/casewheel.conf\n")
        for name in ("postinst", "prerm", "postrm"):
            self.assertEqual((control / name).stat().st_mode & 0o777, 0o755)
            run("sh", "-n", control / name)

    def test_executables_are_stripped_and_run(self):
        unpacked = self.folder / "unpacked"
        run("dpkg-deb", "-x", self.package, unpacked)
        self.addCleanup(shutil.rmtree, unpacked)
        for name in ("casewheeld", "casewheel"):
            self.assertIn("casewheel ", run(unpacked / "usr" / "bin" / name, "--version"))
            self.assertLess((unpacked / "usr" / "bin" / name).stat().st_size, 64 << 20)

    def test_its_life(self):
        if os.getuid() != 0:
            self.skipTest("takes root")
        if shutil.which("unshare") is None or shutil.which("adduser") is None:
            self.skipTest("takes unshare and adduser")
        before = [path for path in ("/etc/casewheel", "/var/lib/casewheel", "/usr/bin/casewheeld") if pathlib.Path(path).exists()]
        if before:
            self.skipTest(f"casewheel is installed here: {before}")
        root = self.folder / "root"
        root.mkdir()
        walk = pathlib.Path(__file__).with_name("package_walk.py")
        ended = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", sys.executable, str(walk), str(root),
                                str(self.package), str(self.made(2))], capture_output=True, text=True, timeout=280, check=False)
        if ended.returncode == SKIPPED or ended.stderr.startswith("unshare: unshare failed"):
            self.skipTest(ended.stdout.strip() or ended.stderr.strip())
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertIn("installed, upgraded, removed, purged", ended.stdout)
        for path in ("/etc/casewheel", "/var/lib/casewheel", "/usr/bin/casewheeld", "/var/backups/casewheel"):
            self.assertFalse(pathlib.Path(path).exists(), path)
        self.assertNotIn("casewheel:", pathlib.Path("/etc/passwd").read_text())


class Unit(unittest.TestCase):
    UNIT = ROOT / "deploy" / "debian" / "casewheel.service"

    def setting(self, name):
        return re.findall(rf"^{name}=(.*)$", self.UNIT.read_text(), re.M)

    def test_what_it_says(self):
        for name, value in (("ProtectSystem", "strict"), ("NoNewPrivileges", "yes"), ("PrivateTmp", "yes"), ("StateDirectory", "casewheel"),
                            ("StateDirectoryMode", "0700"), ("CapabilityBoundingSet", ""), ("Restart", "on-failure"), ("User", "casewheel"),
                            ("LimitNOFILE", "65536"), ("Type", "notify"), ("StandardOutput", "null"), ("StandardError", "journal")):
            self.assertEqual(self.setting(name), [value], name)
        self.assertIn("@system-service", self.setting("SystemCallFilter"))
        self.assertTrue(self.setting("ExecReload")[0].endswith("kill -HUP $MAINPID"))
        # The engine ends by itself in ten seconds; it must not be killed before.
        self.assertGreater(int(self.setting("TimeoutStopSec")[0].removesuffix("s")), 10)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not here")
    def test_systemd_takes_it(self):
        with tempfile.TemporaryDirectory(prefix="casewheel-unit-") as folder:
            units = []
            for name in ("casewheel.service", "casewheel-backup.service", "casewheel-backup.timer"):
                units.append(pathlib.Path(folder) / name)
                # The executables are not where the package puts them.
                text = self.UNIT.with_name(name).read_text()
                units[-1].write_text(text.replace("/usr/bin/casewheeld", CASEWHEELD).replace("/usr/bin/casewheel ", f"{CASEWHEEL} "))
            ended = subprocess.run(["systemd-analyze", "verify", "--man=no", *map(str, units)], capture_output=True, text=True, timeout=60, check=False)
            ours = [line for line in (ended.stdout + ended.stderr).splitlines() if re.search(r"casewheel[a-z-]*\.(service|timer)", line)]
            self.assertEqual(ours, [])
            for unit, most in ((units[0], EXPOSURE_MAX), (units[1], 2 * EXPOSURE_MAX)):
                ended = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={most}", str(unit)],
                                       capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(ended.returncode, 0, ended.stdout[-300:] + ended.stderr)
                self.assertIn("Overall exposure level", ended.stdout)


class Container(unittest.TestCase):
    """The container cannot be built where there is no daemon for it: here only what can be read of it."""

    def test_its_file(self):
        text = (ROOT / "deploy" / "Containerfile").read_text()
        users = re.findall(r"^USER (\S+)", text, re.M)
        self.assertEqual(users[-1:], ["casewheel"])
        self.assertRegex(text, r"(?m)^HEALTHCHECK .*\\\n.*readyz")
        self.assertRegex(text, r"(?m)^VOLUME .*/var/lib/casewheel")
        self.assertRegex(text, r"(?m)^FROM debian:12")
        for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.M):
            self.assertTrue((ROOT / source).exists(), source)


if __name__ == "__main__":
    unittest.main()
