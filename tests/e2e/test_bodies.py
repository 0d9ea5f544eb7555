"""Messages of gRPC that never end, in frames written by hand: what they hold is bounded, and lodges go on."""

import contextlib
import struct
import time
import unittest

from frames import (ACK, DATA, END_HEADERS, HEADERS, INITIAL_WINDOW_SIZE, PING, PREFACE, RST_STREAM, SETTINGS, WINDOW_UPDATE, connected, frame,
                    head)
from installation import SANITIZED
from serving import Serving

MIB = 1024 * 1024


class Holder:
    """One connection whose streams each send all of a message but its last byte, as fast as they may."""

    HEAD = head(b"/casewheel.v1.Cases/LodgeCase")

    def __init__(self, address, streams, size):
        self.socket = connected(address)
        self.received, self.window, self.initial, self.sent = b"", 65535, 65535, 0
        self.left = {2 * n + 1: size for n in range(streams)}
        self.windows = dict.fromkeys(self.left, self.initial)
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0))
        for stream in self.windows:
            self.socket.sendall(frame(HEADERS, END_HEADERS, stream, self.HEAD))
            self._send(stream, struct.pack(">BI", 0, size + 1))

    def close(self):
        self.socket.close()

    def held(self):
        return len(self.windows)

    def step(self):
        """Sends what it may, reads what came; whether anything was sent."""
        before = self.sent
        try:
            self._step()
        except OSError:  # the engine has ended the connection
            self.windows.clear()
            self.left.clear()
        return self.sent > before

    def _step(self):
        for stream in list(self.left):
            share = min(self.left[stream], self.windows[stream], self.window, 16384)
            if share > 0:
                self._send(stream, b"x" * share)
                self.left[stream] -= share
                if not self.left[stream]:
                    del self.left[stream]
        self._receive()

    def _send(self, stream, payload):
        self.socket.sendall(frame(DATA, 0, stream, payload))
        self.window -= len(payload)
        self.windows[stream] -= len(payload)
        self.sent += len(payload)

    def _receive(self):
        self.socket.settimeout(0.01)
        with contextlib.suppress(TimeoutError):
            self.received += self.socket.recv(MIB)
        self.socket.settimeout(20)
        while len(self.received) >= 9:
            size = int.from_bytes(self.received[:3], "big")
            if len(self.received) < 9 + size:
                break
            kind, flags, stream = struct.unpack(">BBI", self.received[3:9])
            payload, self.received = self.received[9:9 + size], self.received[9 + size:]
            self._take(kind, flags, stream, payload)

    def _take(self, kind, flags, stream, payload):
        if kind == WINDOW_UPDATE and stream == 0:
            self.window += int.from_bytes(payload, "big")
        elif kind == WINDOW_UPDATE and stream in self.windows:
            self.windows[stream] += int.from_bytes(payload, "big")
        elif kind in (HEADERS, RST_STREAM):
            self.windows.pop(stream, None)
            self.left.pop(stream, None)
        elif kind == PING and not flags & ACK:
            self.socket.sendall(frame(PING, ACK, 0, payload))
        elif kind == SETTINGS and not flags & ACK:
            for name, value in struct.iter_unpack(">HI", payload):
                if name == INITIAL_WINDOW_SIZE:
                    self.windows = {stream: window + value - self.initial for stream, window in self.windows.items()}
                    self.initial = value
            self.socket.sendall(frame(SETTINGS, ACK, 0))


class Bodies(Serving):
    def test_messages_that_never_end(self):
        before, most, streams, size = self.installation.resident_mib(), 0, 400, 4_000_000
        with contextlib.closing(Holder(self.installation.address, streams, size)) as holder:
            until, quiet = time.monotonic() + 60, 0
            while quiet < 50 and time.monotonic() < until:
                quiet = 0 if holder.step() else quiet + 1
                most = max(most, self.installation.resident_mib() - before)
            # Without a bound all of them are held, 1,500 MiB, for as long as their client likes. A connection
            # on which so much comes, and no message is whole, is cut before.
            self.assertGreater(holder.sent, 80 * MIB)
            self.assertLess(holder.held(), streams)
            if not SANITIZED:
                self.assertLess(most, 1100)
            self.lodge()
        self.lodge()


if __name__ == "__main__":
    unittest.main()
