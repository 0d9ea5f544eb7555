"""Small images made by hand, with what cameras write into them."""

import struct
import zlib

# Where the photographs say they were taken; looked for in what comes back.
PLACE = b"25 deg 2' 1.20\""
LATITUDE = ((25, 1), (2, 1), (120, 100))
LONGITUDE = ((121, 1), (33, 1), (5400, 100))


def _ifd(entries, at, following):
    """One directory of TIFF, little-endian, with the values that do not fit behind it; `at`: its offset."""
    head, tail = struct.pack("<H", len(entries)), b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        if len(value) > 4:
            head += struct.pack("<HHII", tag, kind, count, behind + len(tail))
            tail += value + b"\0" * (len(value) % 2)
        else:
            head += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
    return head + struct.pack("<I", following) + tail


def tiff(orientation=6, gps=True):
    def rationals(values):
        return b"".join(struct.pack("<II", *value) for value in values)

    taken = _ifd([(0x9003, 2, 20, b"2026:01:05 09:30:00\0")], 1000, 0)
    place = _ifd([(1, 2, 2, b"N\0"), (2, 5, 3, rationals(LATITUDE)), (3, 2, 2, b"E\0"), (4, 5, 3, rationals(LONGITUDE))], 2000, 0)
    entries = [(0x0112, 3, 1, struct.pack("<H", orientation)), (0x8769, 4, 1, struct.pack("<I", 1000))]
    if gps:
        entries.append((0x8825, 4, 1, struct.pack("<I", 2000)))
    body = b"II*\0" + struct.pack("<I", 8) + _ifd(entries, 8, 0)
    body = body.ljust(1000, b"\0") + taken
    return body.ljust(2000, b"\0") + place if gps else body


def xmp(gps=True):
    where = ' exif:GPSLatitude="25,2.02N" exif:GPSLongitude="121,33.9E"' if gps else ""
    return (b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
            b'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
            b'photoshop:Headline="pole"' + where.encode() + b"/></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>")


def _segment(marker, payload):
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def jpeg(gps=True, behind=b"", comment=b""):
    """Eight by eight grey pixels."""
    image = b"\xff\xd8" + _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    image += _segment(0xE1, b"Exif\0\0" + tiff(gps=gps)) + _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(gps))
    if comment:
        image += _segment(0xFE, comment)
    image += _segment(0xDB, b"\0" + b"\1" * 64) + _segment(0xC0, struct.pack(">BHHB", 8, 8, 8, 1) + b"\1\x11\0")
    image += _segment(0xC4, b"\x00\1" + b"\0" * 15 + b"\0") + _segment(0xC4, b"\x10\1" + b"\0" * 15 + b"\0")
    return image + _segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x3f" + b"\xff\xd9" + behind


def png(gps=True):
    def chunk(kind, payload):
        return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))

    image = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    if gps:
        image += chunk(b"eXIf", tiff()) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp())
    return image + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")


def has_place(content):
    """Whether any of the places above is in it, however it is written."""
    return any(one in content for one in (struct.pack("<II", 5400, 100), b"GPSLatitude", b"25,2.02N"))
