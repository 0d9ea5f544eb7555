"""Processes that bench/run.py starts: each says on one line where it serves, and is ended by its own id."""

import os
import select
import signal
import ssl
import subprocess
import time
import urllib.request


class Failed(Exception):
    """A measure could not be taken; the text says why."""


def run_tool(command, timeout_seconds, cwd=None, typed=None, environment=None):
    """Standard output of a tool that must succeed; `typed` is its standard input."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout_seconds,
                              input=typed, env={**os.environ, **(environment or {})})
    except subprocess.TimeoutExpired:
        raise Failed(f"{os.path.basename(command[0])} took longer than {timeout_seconds} s") from None
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Failed(f"{os.path.basename(command[0])} failed ({done.returncode}): {said[-1] if said else 'no word'}")
    return done.stdout


class Server:
    """A server that prints `... ready: key=value key=value` when it serves."""

    def __init__(self, command, log_path, ready_timeout_seconds=120):
        self.command = command
        self.log_path = log_path
        started = time.monotonic()
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        try:
            self.said = self._said_until_ready(started + ready_timeout_seconds)
            words = self.said.splitlines()[-1].split(" ready: ")[1].split()
        except BaseException:
            self.kill()
            raise
        self.seconds_to_ready = time.monotonic() - started
        self.authority = None  # PEM file of who signed its certificate; None: plaintext
        self.where = dict(word.split("=", 1) for word in words)

    def _said_until_ready(self, give_up):
        text = b""
        while time.monotonic() < give_up:
            if select.select([self.process.stdout], [], [], 0.5)[0]:
                piece = os.read(self.process.stdout.fileno(), 65536)
                text += piece
                lines = text.decode(errors="replace").splitlines(keepends=True)
                for i, line in enumerate(lines):
                    if " ready: " in line and line.endswith("\n"):
                        return "".join(lines[:i + 1])
                if not piece:
                    break
            if self.process.poll() is not None:
                break
        name = os.path.basename(self.command[0])
        raise Failed(f"{name} did not become ready; see {self.log_path}")

    @property
    def grpc(self):
        return self.where["grpc"]

    def metrics(self):
        """The text of its Prometheus door."""
        secure = self.authority and urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.authority))
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), *([secure] if secure else []))
        scheme = "https" if secure else "http"
        with direct.open(f"{scheme}://{self.where['metrics']}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise Failed("no VmRSS")

    def kill(self):
        """SIGKILL: what a power cut leaves of the process."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self, timeout_seconds=60):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout_seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise Failed(f"{os.path.basename(self.command[0])} did not stop within {timeout_seconds} s") from None
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.stop()
        else:
            self.kill()
