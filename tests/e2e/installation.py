"""One casewheeld under test: its data directory, its process, and the command line beside it.

Environment: CASEWHEELD and CASEWHEEL, the two executables (ctest sets them).
Every process started here is ended by its own id; nothing listens beyond loopback.
"""

import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

from contract import ROOT, Engine, access_pb2

PASSWORD = "correct horse battery staple"
# A build that watches its memory takes several times as much of it.
SANITIZED = "ASAN_OPTIONS" in os.environ


def _executable(variable, relative):
    path = os.environ.get(variable) or str(ROOT / "build" / "dev" / relative)
    if not os.access(path, os.X_OK):
        raise SystemExit(f"{variable}: no executable at {path}")
    return path


CASEWHEELD = _executable("CASEWHEELD", "engine/daemon/casewheeld")
CASEWHEEL = _executable("CASEWHEEL", "engine/cli/casewheel")


class DidNotStart(Exception):
    def __init__(self, code, log):
        super().__init__(f"casewheeld ended with {code}: {log[-2000:]}")
        self.code, self.log = code, log


class Installation:
    def __init__(self, *arguments, folder=None, data=None):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="casewheel-e2e-"))
        self.data = pathlib.Path(data or self.folder / "data")
        # One partition unless a test asks for more: the order of a list is then known.
        self.arguments = [*([] if "--partitions" in arguments else ["--partitions", "1"]), *arguments]
        self.log_path = self.folder / "stderr.log"
        self.process = None
        self.address = self.metrics_address = self.http_address = None
        self.engine = None
        self.credentials = None  # of the client, where TLS is spoken
        self.one_time_password = None  # of the first administrator, once
        self.files = None  # how many it may open; None: as many as we
        self.umask = None  # None: ours

    def spawn(self, *arguments):
        """The process, without waiting for it to serve."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*(() if self.files is None else ("prlimit", f"--nofile={self.files}")),
                 CASEWHEELD, "--data", str(self.data), *self._addresses([*self.arguments, *arguments]),
                 # Most tests are about other things than who may call.
                 *([] if "--auth" in [*self.arguments, *arguments] else ["--auth", "off"]), *self.arguments, *arguments],
                stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, umask=-1 if self.umask is None else self.umask)
        return self.process

    @staticmethod
    def _addresses(given):
        """Of loopback, with free ports, but for those that are given."""
        for option in ("--listen", "--metrics", "--http"):
            if option not in given:
                yield from (option, "127.0.0.1:0")

    def start(self, *arguments, patience_s=30):
        self.spawn(*arguments)
        return self.wait_ready(patience_s)

    def wait_ready(self, patience_s=30):
        ready, _, _ = select.select([self.process.stdout], [], [], patience_s)
        line = self.process.stdout.readline().decode() if ready else ""
        if line.startswith("casewheeld: first start."):
            self.one_time_password = line.split()[-1]
            line = self.process.stdout.readline().decode()
        if not line.startswith("casewheeld ready: "):
            if not ready:
                self.process.kill()
            code = self.process.wait(30)
            self.process.stdout.close()
            self.process = None
            raise DidNotStart(code if ready else "no answer", self.log())
        words = dict(word.split("=", 1) for word in line.split()[2:])
        self.address, self.metrics_address, self.http_address = words["grpc"], words["metrics"], words["http"]
        self.engine = Engine(self.address, credentials=self.credentials)
        return self.engine

    def token_of(self, name, one_time_password):
        """Of somebody who has signed in for the first time and changed her password to PASSWORD."""
        token = None
        for call in (lambda engine: engine.access.SignIn(access_pb2.SignInRequest(name=name, password=one_time_password), timeout=20),
                     lambda engine: engine.access.ChangePassword(access_pb2.ChangePasswordRequest(
                         old_password=one_time_password, new_password=PASSWORD), timeout=20)):
            engine = Engine(self.address, credentials=self.credentials, token=token)
            token = call(engine).token
            engine.close()
        return token

    def signal(self, number, patience_s=20):
        """Sends a signal, waits for the end, gives the exit code (negative: by that signal)."""
        if self.process is None:
            return None
        self.process.send_signal(number)
        try:
            code = self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)
            code = f"still running {patience_s} s after signal {number}"
        self._forget()
        return code

    def wait_end(self, patience_s=20):
        code = self.process.wait(patience_s)
        self._forget()
        return code

    def _forget(self):
        self.process.stdout.close()
        self.process = None
        if self.engine is not None:
            self.engine.close()
            self.engine = None

    def kill(self):
        return self.signal(signal.SIGKILL)

    def stop(self):
        return self.signal(signal.SIGTERM)

    def restart(self, *arguments):
        code = self.stop()
        if code not in (0, None):
            raise AssertionError(f"SIGTERM ended casewheeld with {code}: {self.log()[-2000:]}")
        return self.start(*arguments)

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def metrics(self):
        try:
            with urllib.request.urlopen(f"http://{self.metrics_address}/metrics", timeout=10) as answer:
                return answer.read().decode()
        except OSError as error:
            raise AssertionError(f"no figures: {error}; the process has ended with {self.process.poll()}; "
                                 f"{self.log()[-2000:]}") from error

    def metric(self, name):
        """Sum over the partitions."""
        return sum(float(line.split()[-1]) for line in self.metrics().splitlines()
                   if line.startswith(name) and line[len(name)] in " {")

    def resident_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("no VmRSS")

    def cli(self, *arguments, stdin=None, environment=None, timeout=60):
        """The finished command line; --address is given through the environment."""
        variables = {**os.environ, "TZ": "Asia/Taipei", **({"CASEWHEEL_ADDRESS": self.address} if self.address else {}),
                     **(environment or {})}
        return subprocess.run([CASEWHEEL, *map(str, arguments)], capture_output=True, input=stdin, text=True,
                              env=variables, timeout=timeout, check=False)

    def remove(self):
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def eventually(condition, patience_s=10, every_s=0.02):
    """The first true value of the condition; a failure when there is none in time."""
    end = time.monotonic() + patience_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {patience_s} s; last: {value!r}")
        time.sleep(every_s)
