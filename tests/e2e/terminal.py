"""Somebody at a terminal, for tests of the questions the command line asks."""

import os
import pty
import select
import signal
import subprocess
import time

from installation import CASEWHEEL


class Terminal:
    """The command line with somebody at a terminal, who reads and types."""

    def __init__(self, installation, *arguments):
        self.master, slave = pty.openpty()
        environment = {**os.environ, "CASEWHEEL_ADDRESS": installation.address, "TZ": "America/New_York"}
        self.process = subprocess.Popen([CASEWHEEL, *map(str, arguments)], stdin=slave, stderr=slave,
                                        stdout=subprocess.PIPE, env=environment, start_new_session=True)
        os.close(slave)
        self.read = ""
        self.keys = 0  # that were pressed

    def expect(self, text, patience_s=20):
        end = time.monotonic() + patience_s
        while text not in self.read:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"{text!r} did not come: {self.read}")
            try:
                piece = os.read(self.master, 65536)
            except OSError:
                raise AssertionError(f"{text!r} did not come before the end: {self.read}") from None
            self.read += piece.decode(errors="replace")

    def answer(self, question, line):
        self.expect(question)
        self.read = self.read.split(question, 1)[1]
        os.write(self.master, (line + "\n").encode())
        self.keys += len(line) + 1

    def interrupt(self):
        """Ctrl-C; what the terminal shows from then on."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self.process.stdout.close()
        while True:
            try:
                self.read += os.read(self.master, 65536).decode(errors="replace")
            except OSError:  # all was read, and nobody holds the other side any more
                os.close(self.master)
                return self.read

    def end(self):
        out = self.process.stdout.read().decode()
        code = self.process.wait(30)
        self.process.stdout.close()
        os.close(self.master)
        return code, out
