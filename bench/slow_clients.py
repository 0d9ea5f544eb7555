"""Clients that hold what they were given: slowhttptest against the HTTP door while gRPC lodges go on, for bench/run.py."""

import contextlib
import http.client
import re
import subprocess
import threading
import time

from processes import Failed

# Of each: how it is slow, and with what.
ATTACKS = {
    "slow_head": ["-H", "-i", "2", "-u", "http://{http}/track"],
    "slow_body": ["-B", "-i", "2", "-s", "8192", "-f", "application/json", "-u", "http://{http}/casewheel.v1.Cases/LodgeCase"],
    "ranges": ["-R", "-a", "5", "-b", "2000", "-u", "http://{http}/openapi.json"],
    "slow_read": ["-X", "-n", "2", "-w", "10", "-y", "20", "-z", "5", "-k", "3", "-u", "http://{http}/openapi.json"],
}
PER_SECOND = 200  # connections, all from one address


class Probe:
    """Asks for a page once and again from another address than the attack's; how long it took, in ms."""

    def __init__(self, where):
        self.host, port = where.rsplit(":", 1)
        self.port = int(port)
        self.took, self.failed = [], 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ended.wait(0.1):
            started = time.monotonic()
            try:
                connection = http.client.HTTPConnection(self.host, self.port, timeout=10, source_address=("127.0.0.2", 0))
                with contextlib.closing(connection):
                    connection.request("GET", "/track")
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status != 200:
                        self.failed += 1
                self.took.append((time.monotonic() - started) * 1000)
            except OSError:
                self.failed += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


@contextlib.contextmanager
def attack(name, where, seconds, seen):
    """The attack for `seconds`; adds up in `seen` what slowhttptest saw when it ended."""
    command = ["slowhttptest", *(option.format(http=where) for option in ATTACKS[name]), "-c", str(PER_SECOND * seconds),
               "-r", str(PER_SECOND), "-l", str(seconds), "-p", "5"]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError:
        raise Failed("slowhttptest is not installed") from None
    try:
        yield
    finally:
        try:
            said = process.communicate(timeout=15)[0]  # what it held until the end it tells at the end
        except subprocess.TimeoutExpired:
            process.terminate()
            said = process.communicate()[0]
        said = re.sub(r"\x1b\[[0-9;]*[mHJ]", "", said)
        for state in ("connected", "closed", "error"):
            found = re.findall(state + r":\s+(\d+)", said)
            seen[state] = max(seen.get(state, 0), *map(int, found), 0)
