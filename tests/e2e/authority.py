"""Certificates for the tests of TLS, made with the openssl command: a certification authority in a
folder of its own, and what it signs."""

import os
import pathlib
import shutil
import socket
import ssl
import subprocess

NAMES = "DNS:localhost,IP:127.0.0.1"
_CONFIG = """[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[leaf]
basicConstraints = critical, CA:FALSE
subjectAltName = {names}
"""


class Pair:
    """A certificate and its key."""

    def __init__(self, certificate, key):
        self.certificate, self.key = pathlib.Path(certificate), pathlib.Path(key)

    def place(self, other):
        """This pair's content over the other's files, each replaced at once, the certificate first."""
        for source, target in ((self.certificate, other.certificate), (self.key, other.key)):
            replace(target, source.read_bytes())


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name = pathlib.Path(folder) / name, name
        self.folder.mkdir(parents=True)
        self.own = self._made(name, 1, "authority", "DNS:unused", ())

    @property
    def certificate(self):
        return self.own.certificate

    def issue(self, name, serial, names=NAMES):
        signed_by = ("-CA", str(self.own.certificate), "-CAkey", str(self.own.key))
        return self._made(name, serial, "leaf", names, signed_by)

    def issue_expired(self, name, serial):
        """Valid for less than a second."""
        pair = self._made(name, serial, "leaf", NAMES, ())  # re-signed below: x509 takes self-signed ones only
        openssl("x509", "-in", str(pair.certificate), "-CA", str(self.own.certificate), "-CAkey", str(self.own.key), "-days", "0",
                "-set_serial", str(serial), "-out", str(pair.certificate) + ".new")
        os.replace(str(pair.certificate) + ".new", pair.certificate)
        return pair

    def _made(self, name, serial, extensions, names, signed_by):
        config = self.folder / f"{name}.cnf"
        config.write_text(_CONFIG.format(names=names))
        pair = Pair(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-config", str(config),
                "-extensions", extensions, "-subj", f"/CN={name}", "-days", "30", "-set_serial", str(serial),
                "-keyout", str(pair.key), "-out", str(pair.certificate), *signed_by)
        return pair


def openssl(*arguments):
    subprocess.run([shutil.which("openssl") or "openssl", *arguments], check=True, capture_output=True, timeout=30)


def replace(path, content):
    """As an operator should: nobody ever sees half of it."""
    beside = path.with_name(path.name + ".new")
    beside.touch(mode=0o600)  # a key that others can read is refused
    beside.write_bytes(content)
    os.replace(beside, path)


def client_context(authority=None, own=None):
    context = ssl.create_default_context(cafile=authority and str(authority))
    context.set_alpn_protocols(["h2", "http/1.1"])
    if own:
        context.load_cert_chain(own.certificate, own.key)
    return context


def shown_serial(address, authority):
    """Serial of the certificate a new connection is shown."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        with client_context(authority).wrap_socket(connection, server_hostname=host) as secure:
            return int(secure.getpeercert()["serialNumber"], 16)


def handshake(address, authority, *options):
    """What `openssl s_client` said of a connection that sends nothing."""
    ended = subprocess.run(["openssl", "s_client", "-connect", address, "-CAfile", str(authority), "-verify_return_error", "-alpn", "h2",
                            *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=30, check=False)
    return ended.returncode, ended.stdout + ended.stderr
