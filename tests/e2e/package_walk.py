#!/usr/bin/env python3
"""The package's life on a machine of its own: installed, started, upgraded over data, removed, purged.

    unshare --mount --net --pid --fork --kill-child package_walk.py ROOT OLD.deb NEW.deb

Run in namespaces of its own by test_package.py. What it installs lies over this machine's root, in memory:
nothing of it stays. Ends with 0 when everything was as it should be, 77 when the kernel does not let it.
"""

import contextlib
import fcntl
import os
import pathlib
import shlex
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request

UNIT = pathlib.Path("/lib/systemd/system/casewheel.service")
CONF = pathlib.Path("/etc/casewheel/casewheel.conf")
DATA = pathlib.Path("/var/lib/casewheel")
LOG = pathlib.Path("/tmp/casewheel.log")
PASSWORD = "correct horse battery staple"
SKIPPED = 77


def run(*command, **options):
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, check=False, **options)
    if ended.returncode != 0:
        raise AssertionError(f"{shlex.join(map(str, command))}: {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def enter(root):
    """This machine's root, under a layer in memory."""
    for command in (("mount", "--make-rprivate", "/"), ("mount", "-t", "tmpfs", "casewheel", root)):
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            print("no mounts in a namespace of its own")
            sys.exit(SKIPPED)
    root = pathlib.Path(root)
    for name in ("upper", "work", "top"):
        (root / name).mkdir()
    packages = root / "packages"
    packages.mkdir()
    for package in sys.argv[2:]:
        (packages / pathlib.Path(package).name).write_bytes(pathlib.Path(package).read_bytes())
    mounted = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={root}/upper,workdir={root}/work",
                              str(root / "top")], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        print(f"no overlay over the root: {mounted.stderr.strip()}")
        sys.exit(SKIPPED)
    top = root / "top"
    run("mount", "-t", "proc", "proc", top / "proc")
    run("mount", "--rbind", "/dev", top / "dev")
    run("mount", "-t", "tmpfs", "run", top / "run")
    run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmp", top / "tmp")
    (top / "tmp" / "packages").mkdir()
    for package in packages.iterdir():
        (top / "tmp" / "packages" / package.name).write_bytes(package.read_bytes())
    os.chroot(top)
    os.chdir("/")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:  # loopback of the new network, up
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x41))


def exec_start():
    lines = [line for line in UNIT.read_text().splitlines() if line.startswith("ExecStart=")]
    assert len(lines) == 1, lines
    return shlex.split(lines[0].removeprefix("ExecStart="))


def ready():
    with contextlib.suppress(OSError):
        with urllib.request.urlopen("http://127.0.0.1:7401/readyz", timeout=5) as answer:
            return answer.status == 200
    return False


class Service:
    """What systemd does of it where there is a systemd: the command, the user, the umask."""

    def __init__(self):
        with open(LOG, "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--reuid", "casewheel", "--regid", "casewheel", "--init-groups", "--no-new-privs", "--bounding-set", "-all",
                 *exec_start()], stdout=subprocess.PIPE, stderr=log, umask=0o077, cwd="/")
        end = time.monotonic() + 60
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"the engine does not serve: {LOG.read_text()[-3000:]}")
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        code = self.process.wait(30)
        assert code == 0, (code, LOG.read_text()[-3000:])
        return self.process.stdout.read().decode()


def sign_in(password):
    """Of the first administrator, who then has PASSWORD."""
    environment = {**os.environ, "HOME": "/tmp/home", "XDG_RUNTIME_DIR": "", "LC_ALL": "C.UTF-8"}
    pathlib.Path("/tmp/home").mkdir(exist_ok=True)
    run("casewheel", "login", "admin", input=f"{password}\n", env=environment)
    run("casewheel", "password", input=f"{password}\n{PASSWORD}\n{PASSWORD}\n", env=environment)
    return environment


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def user_exists():
    return subprocess.run(["getent", "passwd", "casewheel"], capture_output=True, check=False).returncode == 0


def a_later_user_gets_nothing(backups, key):
    """The system user who is made next, as any other package would."""
    run("adduser", "--system", "--group", "--no-create-home", "other-service")
    other = run("id", "-u", "other-service").strip()
    check(int(other) != backups.stat().st_uid, "the backups are the next user's")
    for path in (next(one for one in backups.rglob("*") if one.is_file()), key):
        read = subprocess.run(["runuser", "-u", "other-service", "--", "cat", path], capture_output=True, check=False)
        check(read.returncode != 0, f"{path} is read by a later user")
    return other


def installed_over_a_strangers(package, backups, stranger):
    """Of an installation whose user had another number, with directories that were open."""
    run("chown", "-R", f"{stranger}:{stranger}", backups)
    backups.chmod(0o755)
    DATA.mkdir(mode=0o755)
    run("chown", stranger, DATA)
    run("dpkg", "-i", package)
    for directory in (DATA, backups):
        found = directory.stat()
        check((found.st_mode & 0o777, directory.owner(), directory.group()) == (0o700, "casewheel", "casewheel"), f"{directory}: {found}")
    for one in backups.rglob("*"):
        check(one.owner() == "casewheel", f"{one} is {one.owner()}'s")
    backups.chmod(0o750)
    run("dpkg", "-i", package)
    check(backups.stat().st_mode & 0o777 == 0o700, "its own directory stays open to others")


def installed(package):
    said = run("dpkg", "-i", package)
    check("casewheel.conf" in said and "systemctl start casewheel" in said, said)
    check(user_exists(), "no user")
    check(run("getent", "passwd", "casewheel").rstrip().endswith((":/usr/sbin/nologin", ":/bin/false")), "the user has a shell")
    for directory in (DATA, pathlib.Path("/var/backups/casewheel")):
        found = directory.stat()
        check((found.st_mode & 0o777, directory.owner()) == (0o700, "casewheel"), f"{directory}: {found}")
    check("casewheel" in run("casewheel", "--version"), "no command line")
    check(str(CONF) in run("dpkg-query", "-W", "-f", "${Conffiles}", "casewheel"), "no conffile")
    check(not list(DATA.iterdir()), "a new installation was started")


def main():
    enter(sys.argv[1])
    old, new = (pathlib.Path("/tmp/packages") / pathlib.Path(package).name for package in sys.argv[2:4])
    installed(old)
    service = Service()
    service.process.send_signal(1)  # as ExecReload
    first = service.stop()
    password = next(line.split()[-1] for line in first.splitlines() if "one-time password" in line)
    check(password not in LOG.read_text(), "the password stands in the log")
    check("SIGHUP" in LOG.read_text(), "the reload was not heeded")
    service = Service()
    environment = sign_in(password)
    samples = pathlib.Path("/usr/share/casewheel/samples")
    run("casewheel", "calendar", "load", samples / "calendars" / "taiwan.yaml", env=environment)
    run("casewheel", "apply", "-f", samples / "catalogue.yaml", env=environment)
    run("casewheel", "backup", "/var/backups/casewheel", env=environment)
    tenants = run("casewheel", "--json", "tenants", env=environment)
    check("taisugar" in tenants, tenants)
    service.stop()
    CONF.write_text(CONF.read_text() + "\n# changed by the operator\nslow-request-ms = 1234\n")

    check("systemctl start" not in run("dpkg", "-i", new), "an upgrade is taken for a first installation")
    check("changed by the operator" in CONF.read_text(), "the configuration was overwritten")
    service = Service()
    check(run("casewheel", "--json", "tenants", env=environment) == tenants, "the data changed")
    service.stop()
    check("slow-request-ms=1234" in LOG.read_text(), "the configuration is not in effect")
    refused = subprocess.run(["casewheel", "user", "reset", "admin", "--data", str(DATA)], capture_output=True, text=True, check=False)
    check(refused.returncode == 2 and "runuser -u casewheel" in refused.stderr, refused.stderr)
    said = run("runuser", "-u", "casewheel", "--", "casewheel", "user", "reset", "admin", "--data", DATA)
    service = Service()
    sign_in(said.split()[-1])
    service.stop()

    run("dpkg", "-r", "casewheel")
    check(not pathlib.Path("/usr/bin/casewheeld").exists() and not UNIT.exists(), "files stay after a removal")
    check(user_exists() and CONF.exists() and (DATA / "CURRENT").exists(), "a removal takes data, user or configuration")
    backups = pathlib.Path("/var/backups/casewheel")
    key = CONF.parent / "server.key"
    key.write_text("-----BEGIN PRIVATE KEY-----\n")
    key.chmod(0o600)
    run("chown", "casewheel:casewheel", key)
    run("dpkg", "-P", "casewheel")
    check(user_exists(), "the user's number is free for another one while files are its")
    check(not DATA.exists() and not CONF.exists(), "data or configuration stay after a purge")
    check(key.exists() and any(backups.iterdir()), "a purge takes keys or backups")
    stranger = a_later_user_gets_nothing(backups, key)
    installed_over_a_strangers(new, backups, stranger)
    print("installed, upgraded, removed, purged")


if __name__ == "__main__":
    main()
