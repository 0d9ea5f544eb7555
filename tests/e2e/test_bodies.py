"""Messages of gRPC that never end, in frames written by hand: what they hold is bounded, and lodges go on."""

import contextlib
import socket
import struct
import time
import unittest

from installation import SANITIZED
from serving import Serving

DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 3, 4, 6, 8
ACK, END_HEADERS, INITIAL_WINDOW_SIZE = 1, 4, 4
MIB = 1024 * 1024


def literal(name, value):
    """A field of HPACK without Huffman's code and outside of the table."""
    return b"\0" + b"".join(bytes([len(text)]) + text for text in (name, value))


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


class Holder:
    """One connection whose streams each send all of a message but its last byte, as fast as they may."""

    HEAD = b"".join(literal(*field) for field in ((b":method", b"POST"), (b":scheme", b"http"), (b":authority", b"engine"),
                                                  (b":path", b"/casewheel.v1.Cases/LodgeCase"), (b"te", b"trailers"),
                                                  (b"content-type", b"application/grpc")))

    def __init__(self, address, streams, size):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.received, self.window, self.initial, self.sent = b"", 65535, 65535, 0
        self.left = {2 * n + 1: size for n in range(streams)}
        self.windows = dict.fromkeys(self.left, self.initial)
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0))
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
        for stream in list(self.left):
            share = min(self.left[stream], self.windows[stream], self.window, 16384)
            if share > 0:
                self._send(stream, b"x" * share)
                self.left[stream] -= share
                if not self.left[stream]:
                    del self.left[stream]
        self._receive()
        return self.sent > before

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
            # Without a bound all of them are held, 1,500 MiB, for as long as their client likes.
            self.assertGreater(holder.sent, 500 * MIB)
            self.assertLess(holder.held(), streams)
            if not SANITIZED:
                self.assertLess(most, 1100)
            self.lodge()
        self.lodge()


if __name__ == "__main__":
    unittest.main()
