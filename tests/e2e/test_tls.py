"""TLS: what is spoken and what is not, certificates of clients, certificates replaced while the engine
works, and what an operator and a person at the command line are told."""

import hashlib
import json
import pathlib
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import unittest.mock
import urllib.error
import urllib.request

from authority import Authority, client_context, handshake, openssl, replace, shown_serial
from contract import Engine, access_pb2 as A, admin_pb2, grpc, refusal
from installation import CASEWHEELD, Installation, eventually

PATIENCE_S = 20  # files are looked at every second
REFUSED = "alert handshake failure|alert protocol version|unexpected eof"  # gRPC hangs up without a word
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
NOBODY = grpc.StatusCode.UNAUTHENTICATED


def channel_credentials(authority, own=None):
    return grpc.ssl_channel_credentials(authority and authority.read_bytes(), own and own.key.read_bytes(), own and own.certificate.read_bytes())


class Secured(unittest.TestCase):
    """One engine with a certificate of the authority `ours`, the files of which may be replaced."""

    WITH_CLIENTS = REQUIRED = False

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-tls-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.ours, cls.theirs = Authority(cls.folder, "ours"), Authority(cls.folder, "theirs")
        cls.first, cls.second = cls.ours.issue("first", 0x1111), cls.ours.issue("second", 0x2222)
        cls.server = cls.ours.issue("server", 0x1111)
        cls.first.place(cls.server)
        cls.client, cls.stranger = cls.ours.issue("client", 7), cls.theirs.issue("stranger", 8)
        cls.installation = Installation("--clock", "real", "--tls-cert", str(cls.server.certificate), "--tls-key", str(cls.server.key))
        cls.addClassCleanup(cls.installation.remove)
        if cls.WITH_CLIENTS:
            cls.installation.arguments += ["--tls-client-ca", str(cls.ours.certificate)]
        if cls.REQUIRED:
            cls.installation.arguments += ["--tls-require-client-cert"]
        cls.installation.credentials = channel_credentials(cls.ours.certificate, cls.client if cls.REQUIRED else None)
        cls.installation.start()

    @property
    def addresses(self):
        return {"grpc": self.installation.address, "metrics": self.installation.metrics_address}

    def connect(self, authority, own=None, address=None):
        engine = Engine(address or self.installation.address, credentials=channel_credentials(authority, own))
        self.addCleanup(engine.close)
        return engine

    def metrics(self, authority, own=None, scheme="https"):
        with urllib.request.urlopen(f"{scheme}://{self.installation.metrics_address}/metrics", timeout=10,
                                    context=client_context(authority, own) if scheme == "https" else None) as answer:
            return answer.read().decode()

    def cli(self, *arguments, **options):
        return self.installation.cli(*arguments, **options)

    def reason(self, *arguments, **options):
        """Why the command line found no connection."""
        ended = self.cli("--json", "clock", "show", *arguments, **options)
        self.assertEqual(ended.returncode, 3, ended)
        error = json.loads(ended.stderr)["error"]
        self.assertTrue(error["message"])
        self.assertFalse(error["answered"])
        return error["reason"]


def clock(engine):
    return engine.admin.GetClock(admin_pb2.GetClockRequest(), timeout=10)


class Spoken(Secured):
    WITH_CLIENTS = True

    def test_versions_and_suites(self):
        accepted = [("-tls1_3",), ("-tls1_2",)]
        accepted += [("-tls1_2", "-cipher", f"ECDHE-ECDSA-{name}") for name in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")]
        refused = [("-tls1_1", "-cipher", "ALL@SECLEVEL=0"), ("-tls1", "-cipher", "ALL@SECLEVEL=0")]
        refused += [("-tls1_2", "-cipher", f"{name}@SECLEVEL=0")
                    for name in ("ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-CCM")]
        for door, address in self.addresses.items():
            for options in accepted:
                code, said = handshake(address, self.ours.certificate, *options)
                self.assertEqual(code, 0, (door, options, said))
                self.assertIn("Verify return code: 0 (ok)", said, (door, options))
            for options in refused:
                code, said = handshake(address, self.ours.certificate, *options)
                self.assertNotEqual(code, 0, (door, options))
                self.assertRegex(said, REFUSED, (door, options))
                self.assertIn("CONNECTED", said)
                self.assertIn("Cipher is (NONE)", said)

    def test_the_environment_does_not_weaken_it(self):
        other = Installation(*self.installation.arguments)
        self.addCleanup(other.remove)
        other.credentials = self.installation.credentials
        with unittest.mock.patch.dict("os.environ", GRPC_SSL_CIPHER_SUITES="ALL"):
            other.start()
        code, said = handshake(other.address, self.ours.certificate, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256")
        self.assertNotEqual(code, 0)
        self.assertRegex(said, REFUSED)
        self.assertEqual(other.stop(), 0)

    def test_clients(self):
        self.assertFalse(clock(self.installation.engine).is_virtual)
        self.assertFalse(clock(self.connect(self.ours.certificate, self.client)).is_virtual)
        for wrong in (self.connect(self.theirs.certificate), self.connect(None), self.connect(self.ours.certificate, self.stranger)):
            self.assertEqual(refusal(wrong.admin.GetClock, admin_pb2.GetClockRequest(), timeout=10).code, UNAVAILABLE)
        plain = Engine(self.installation.address)
        self.addCleanup(plain.close)
        self.assertEqual(refusal(plain.admin.GetClock, admin_pb2.GetClockRequest(), timeout=10).code, UNAVAILABLE)

    def test_metrics(self):
        for own in (None, self.client):
            text = self.metrics(self.ours.certificate, own)
            self.assertIn("casewheel_open_cases 0", text)
            self.assertRegex(text, r"(?m)^casewheel_certificate_expires_seconds \d")
        with self.assertRaises((urllib.error.URLError, OSError)):
            self.metrics(self.theirs.certificate)
        with self.assertRaises((urllib.error.URLError, OSError)):
            self.metrics(self.ours.certificate, self.stranger)
        with self.assertRaises((urllib.error.URLError, OSError)):
            self.metrics(None, scheme="http")

    def test_metrics_for_a_crowd(self):
        """Idle connections beyond the limit are closed, and leave room when they go."""
        host, port = self.installation.metrics_address.rsplit(":", 1)
        held = [socket.create_connection((host, int(port)), timeout=10) for _ in range(100)]
        eventually(lambda: len(select.select(held, [], [], 0)[0]) >= 36, PATIENCE_S)
        for connection in held:
            connection.close()

        def served():
            try:
                return "casewheel_open_cases" in self.metrics(self.ours.certificate)
            except OSError:  # the listener has not noticed yet
                return False

        eventually(served, PATIENCE_S)

    def test_many_failed_handshakes_fill_no_log(self):
        before = len(self.installation.log().splitlines())
        for _ in range(30):
            handshake(self.installation.address, self.ours.certificate, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256")
        self.assertLess(len(self.installation.log().splitlines()) - before, 15)

    def test_command_line(self):
        ca = str(self.ours.certificate)
        for arguments, environment in ((("--tls-ca", ca), {}), ((), {"CASEWHEEL_TLS_CA": ca}),
                                       (("--tls-ca", ca, "--tls-cert", str(self.client.certificate), "--tls-key", str(self.client.key)), {}),
                                       (("--address", f"https://{self.installation.address}", "--tls-ca", ca), {}),
                                       (("--tls",), {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": ca})):
            ended = self.cli("clock", "show", *arguments, environment=environment)
            self.assertEqual((ended.returncode, ended.stderr), (0, ""), arguments)

    def test_command_line_says_what_is_wrong(self):
        ca = str(self.ours.certificate)
        stranger = ("--tls-cert", str(self.stranger.certificate), "--tls-key", str(self.stranger.key))
        self.assertEqual(self.reason("--tls-ca", str(self.theirs.certificate)), "TLS_UNKNOWN_AUTHORITY")
        self.assertEqual(self.reason("--tls"), "TLS_UNKNOWN_AUTHORITY")
        self.assertEqual(self.reason("--address", f"https://{self.installation.address}"), "TLS_UNKNOWN_AUTHORITY")
        self.assertEqual(self.reason("--tls-ca", ca, *stranger), "TLS_CLIENT_CERTIFICATE")
        self.assertEqual(self.reason(), "TLS_REQUIRED")
        self.assertEqual(self.reason("--address", f"http://{self.installation.address}"), "TLS_REQUIRED")
        plain = Installation("--clock", "real")
        self.addCleanup(plain.remove)
        plain.start()
        self.assertEqual(self.reason("--tls-ca", ca, "--address", plain.address), "TLS_NOT_SPOKEN")
        plain.stop()
        text = self.cli("clock", "show", "--tls-ca", str(self.theirs.certificate)).stderr
        self.assertIn("--tls-ca", text)
        self.assertEqual(len(text.splitlines()), 1, text)

    def test_command_line_usage(self):
        ca, key = str(self.ours.certificate), str(self.client.key)
        for arguments, word in ((("--tls-ca", "/nowhere"), "/nowhere"), (("--tls-ca", ""), "names no file"), (("--tls-ca", key), "--tls-ca"),
                                (("--tls-cert", str(self.client.certificate)), "--tls-key"), (("--tls-key", key), "--tls-cert"),
                                (("--tls-cert", str(self.client.certificate), "--tls-key", str(self.stranger.key)), "is not the key"),
                                (("--tls-cert", str(self.client.certificate), "--tls-key", ca), "--tls-key"),
                                (("--tls-ca", ca, "--address", f"http://{self.installation.address}"), "plaintext")):
            ended = self.cli("clock", "show", *arguments)
            self.assertEqual(ended.returncode, 2, arguments)
            self.assertIn(word, ended.stderr, arguments)


class Required(Secured):
    WITH_CLIENTS = REQUIRED = True

    def test_no_connection_without_a_certificate(self):
        self.assertFalse(clock(self.installation.engine).is_virtual)
        for own in (None, self.stranger):
            wrong = self.connect(self.ours.certificate, own)
            self.assertEqual(refusal(wrong.admin.GetClock, admin_pb2.GetClockRequest(), timeout=10).code, UNAVAILABLE)
            with self.assertRaises((urllib.error.URLError, OSError)):
                self.metrics(self.ours.certificate, own)
        self.assertIn("casewheel_open_cases", self.metrics(self.ours.certificate, self.client))

    def test_command_line(self):
        ca = str(self.ours.certificate)
        self.assertEqual(self.reason("--tls-ca", ca), "TLS_CLIENT_CERTIFICATE")
        self.assertEqual(self.cli("clock", "show", "--tls-ca", ca, "--tls-cert", str(self.client.certificate), "--tls-key", str(self.client.key)).returncode, 0)


class ByCertificate(Secured):
    """Systems whose certificate is their key."""

    WITH_CLIENTS = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.installation.stop()
        cls.installation.arguments += ["--auth", "on"]
        cls.installation.start()
        cls.token = cls.installation.token_of("admin", cls.installation.one_time_password)
        cls.admin = Engine(cls.installation.address, credentials=cls.installation.credentials, token=cls.token)
        cls.addClassCleanup(cls.admin.close)

    def register(self, pair, **fields):
        return self.admin.access.CreateKey(A.CreateKeyRequest(
            label="feed", grants=[A.Grant(role="integrator")], certificate=pair.certificate.read_bytes(), **fields), timeout=20)

    def whoami(self, engine):
        return engine.access.GetIdentity(A.GetIdentityRequest(), timeout=20)

    def test_who_is_known_by_it_and_who_is_not(self):
        registered, other = self.ours.issue("registered", 11), self.ours.issue("other", 12)
        made = self.register(registered, valid_days=700)
        self.assertEqual(made.token, "")
        der = subprocess.run(["openssl", "x509", "-in", str(registered.certificate), "-outform", "DER"], check=True, capture_output=True).stdout
        self.assertEqual(made.key.certificate_digest, hashlib.sha256(der).hexdigest())
        self.assertLess(made.key.expire_time.ToSeconds(), time.time() + 31 * 86400, "no longer than the certificate")
        who = self.whoami(self.connect(self.ours.certificate, registered))
        self.assertEqual((who.name, who.kind, "intake.feed" in who.rights), ("key:" + made.key.id, "key", True))
        # Known to TLS, and to nobody here; no certificate at all; one of a stranger.
        for own in (other, None):
            wrong = refusal(self.connect(self.ours.certificate, own).access.GetIdentity, A.GetIdentityRequest())
            self.assertEqual(wrong.code, NOBODY)
        stranger = refusal(self.connect(self.ours.certificate, self.stranger).access.GetIdentity, A.GetIdentityRequest())
        self.assertEqual(stranger.code, UNAVAILABLE)
        _, said = handshake(self.installation.address, self.ours.certificate, "-cert", str(self.stranger.certificate),
                            "-key", str(self.stranger.key), "-tls1_2")
        self.assertRegex(said, "alert|unexpected eof|errno=104")
        # A token is looked at alone.
        both = Engine(self.installation.address, credentials=channel_credentials(self.ours.certificate, registered), token="cwk_0_x")
        self.addCleanup(both.close)
        self.assertEqual(refusal(both.access.GetIdentity, A.GetIdentityRequest()).code, NOBODY)
        again = refusal(self.admin.access.CreateKey, A.CreateKeyRequest(
            label="again", grants=[A.Grant(role="auditor")], certificate=der))
        self.assertEqual(again.code, grpc.StatusCode.ALREADY_EXISTS)
        wrong = refusal(self.admin.access.CreateKey, A.CreateKeyRequest(
            label="again", grants=[A.Grant(role="auditor")], certificate=registered.key.read_bytes()))
        self.assertIn("certificate", wrong.fields)
        self.admin.access.RevokeKey(A.RevokeKeyRequest(id=made.key.id), timeout=20)
        self.assertEqual(refusal(self.connect(self.ours.certificate, registered).access.GetIdentity, A.GetIdentityRequest()).code, NOBODY)
        self.assertIn(made.key.certificate_digest,
                      {k.certificate_digest for k in self.admin.access.ListKeys(A.ListKeysRequest(), timeout=20).keys})

    def test_rotation_under_load(self):
        """By the command line; the system changes over while its calls go on, and none is refused."""
        old, new = self.ours.issue("old", 21), self.ours.issue("new", 22)
        key = self.installation.folder / "one.pem"

        def run(*arguments):
            ended = self.cli("--tls-ca", str(self.ours.certificate), *arguments, environment={"CASEWHEEL_TOKEN": self.token})
            self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
            return ended.stdout

        shown = run("key", "add", "meters", "--grant", "integrator", "--certificate", str(old.certificate))
        self.assertNotIn("cwk_", shown)
        identity = shown.split("金鑰 Key")[1].split()[0]
        key.write_bytes(old.certificate.read_bytes() + old.key.read_bytes())
        ended = self.cli("--tls-ca", str(self.ours.certificate), "key", "rotate", identity, "--certificate", str(key),
                         environment={"CASEWHEEL_TOKEN": self.token})
        self.assertIn("private key", ended.stderr)
        stop, names, refused = threading.Event(), [], []
        engines = [self.connect(self.ours.certificate, old)]

        def work():
            while not stop.is_set():
                try:
                    names.append(self.whoami(engines[-1]).name)
                except grpc.RpcError as error:
                    refused.append((error.code(), error.details()))
                stop.wait(0.005)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            eventually(lambda: "key:" + identity in names, PATIENCE_S)
            rotated = run("key", "rotate", identity, "--certificate", str(new.certificate), "--overlap", "2")
            next_identity = rotated.split("金鑰 Key")[1].split()[0]
            time.sleep(0.5)
            engines.append(self.connect(self.ours.certificate, new))
            eventually(lambda: "key:" + next_identity in names, PATIENCE_S)
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)
        self.assertEqual(refused, [])
        self.assertEqual(set(names), {"key:" + identity, "key:" + next_identity})


class Replaced(Secured):
    def tearDown(self):
        self.first.place(self.server)
        self.see(0x1111)

    def see(self, serial):
        """Both listeners show it, sooner or later."""
        for address in self.addresses.values():
            eventually(lambda a=address: shown_serial(a, self.ours.certificate) == serial, PATIENCE_S, 0.1)

    def test_under_load(self):
        """Calls over connections that stand and over new ones, while the certificate changes twice."""
        stop, answered, refused = threading.Event(), [], []
        end = time.monotonic() + 60

        def work(fresh):
            engine = Engine(self.installation.address, credentials=self.installation.credentials)
            while not stop.is_set() and time.monotonic() < end:
                try:
                    if fresh:
                        engine.close()
                        engine = Engine(self.installation.address, credentials=self.installation.credentials)
                    answered.append(clock(engine).is_virtual)
                except grpc.RpcError as error:
                    refused.append((fresh, error.code(), error.details()))
                stop.wait(0.01)
            engine.close()

        threads = [threading.Thread(target=work, args=(fresh,)) for fresh in (False, False, True, True)]
        for thread in threads:
            thread.start()
        try:
            for pair, serial in ((self.second, 0x2222), (self.first, 0x1111)):
                pair.place(self.server)
                self.see(serial)
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)
        self.assertEqual(refused, [])
        self.assertGreater(len(answered), 100)
        self.assertIn("serial 2222", self.installation.log())

    def test_what_does_not_fit_changes_nothing(self):
        good = self.server.certificate.read_bytes(), self.server.key.read_bytes()
        half = good[0][:len(good[0]) // 2]
        for path, content, said in ((self.server.certificate, b"nothing\n", "holds no certificate"),
                                    (self.server.certificate, half, "holds no certificate"),
                                    (self.server.certificate, b"", "is empty"),
                                    (self.server.certificate, None, "cannot be read"),
                                    (self.server.key, self.second.key.read_bytes(), "is not the key of the certificate"),
                                    (self.server.key, b"nothing\n", "holds no private key")):
            before = self.installation.log().count("the certificate in force stays")
            if content is None:
                path.unlink()
            else:
                replace(path, content)
            eventually(lambda b=before: self.installation.log().count("the certificate in force stays") > b, PATIENCE_S, 0.1)
            line = [text for text in self.installation.log().splitlines() if "the certificate in force stays" in text][-1]
            self.assertIn(said, line)
            self.assertIn(str(path), line)
            self.assertIn("warn", line)
            time.sleep(1.2)  # said once, not every second
            self.assertEqual(self.installation.log().count("the certificate in force stays"), before + 1)
            self.see(0x1111)
            self.assertFalse(clock(self.connect(self.ours.certificate)).is_virtual)
            replace(self.server.certificate, good[0])
            replace(self.server.key, good[1])
            eventually(lambda b=before: self.installation.log().count("new certificate") > b, PATIENCE_S, 0.1)


class Starting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-tls-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.ours = Authority(cls.folder, "ours")
        cls.server, cls.other = cls.ours.issue("server", 1), cls.ours.issue("other", 2)

    def run_daemon(self, *arguments):
        addresses = [word for option in ("--listen", "--metrics", "--http") if option not in arguments for word in (option, "127.0.0.1:0")]
        return subprocess.run([CASEWHEELD, "--data", str(self.folder / "data"), *addresses, *map(str, arguments)], capture_output=True, text=True, timeout=20, check=False)

    def test_files(self):
        cert, key, nothing = self.server.certificate, self.server.key, self.folder / "nothing.pem"
        locked, weak = self.folder / "locked.key", self.folder / "weak"
        no_key = self.folder / "no.key"
        no_key.write_bytes(cert.read_bytes())
        no_key.chmod(0o600)  # so that what is in it is looked at
        openssl("pkcs8", "-topk8", "-in", str(key), "-out", str(locked), "-passout", "pass:secret")
        openssl("req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=weak", "-keyout", f"{weak}.key", "-out", f"{weak}.pem")
        for arguments, words in ((("--tls-cert", nothing, "--tls-key", key), ("--tls-cert", nothing, "No such file")),
                                 (("--tls-cert", cert, "--tls-key", nothing), ("--tls-key", nothing, "No such file")),
                                 (("--tls-cert", self.folder, "--tls-key", key), ("--tls-cert", self.folder, "no regular file")),
                                 (("--tls-cert", key, "--tls-key", key), ("--tls-cert", key, "no certificate")),
                                 (("--tls-cert", cert, "--tls-key", no_key), ("--tls-key", no_key, "no private key")),
                                 (("--tls-cert", cert, "--tls-key", locked), ("--tls-key", locked, "passphrase")),
                                 (("--tls-cert", f"{weak}.pem", "--tls-key", f"{weak}.key"), ("--tls-cert", "too small")),
                                 (("--tls-cert", cert, "--tls-key", self.other.key), ("--tls-key", self.other.key, "is not the key")),
                                 (("--tls-cert", cert, "--tls-key", key, "--tls-client-ca", nothing), ("--tls-client-ca", nothing, "No such file")),
                                 (("--tls-cert", cert, "--tls-key", key, "--tls-client-ca", key), ("--tls-client-ca", key, "no certificate"))):
            ended = self.run_daemon(*arguments)
            self.assertEqual(ended.returncode, 1, arguments)
            self.assertEqual([" error " in line for line in ended.stderr.splitlines()], [False, False, True], ended.stderr)
            for word in ("cannot start", *map(str, words)):
                self.assertIn(word, ended.stderr, arguments)
        self.assertFalse((self.folder / "data").exists())

    def test_usage(self):
        pair = ("--tls-cert", self.server.certificate, "--tls-key", self.server.key)
        for arguments, word in ((("--tls-cert", "", "--tls-key", ""), "names no file"), ((*pair, "--tls-client-ca", ""), "names no file"), (pair[:2], "--tls-key"), (pair[2:], "--tls-cert"), (("--tls-client-ca", self.ours.certificate), "--tls-cert"),
                                ((*pair, "--tls-require-client-cert"), "--tls-client-ca"), ((*pair, "--listen", "localhost:0"), "IP address"),
                                ((*pair, "--auth", "off", "--listen", "0.0.0.0:0"), "loopback"), (("--listen", "0.0.0.0:0"), "--tls-cert"), ((*pair, "--metrics", "0.0.0.0:0"), "loopback")):
            ended = self.run_daemon(*arguments)
            self.assertEqual(ended.returncode, 2, arguments)
            self.assertIn(word, ended.stdout + ended.stderr, arguments)

    def test_an_expired_certificate_is_a_warning(self):
        expired = self.ours.issue_expired("expired", 3)
        time.sleep(1.5)
        installation = Installation("--clock", "real", "--tls-cert", str(expired.certificate), "--tls-key", str(expired.key))
        self.addCleanup(installation.remove)
        installation.credentials = channel_credentials(self.ours.certificate)
        installation.start()
        self.assertRegex(installation.log(), r"(?m)warn.*has expired: serial 03")
        ended = installation.cli("--json", "clock", "show", "--tls-ca", str(self.ours.certificate))
        self.assertEqual(json.loads(ended.stderr)["error"]["reason"], "TLS_CERTIFICATE_EXPIRED")
        self.assertEqual(installation.stop(), 0)

    def test_another_authority_for_clients(self):
        """Replaced as the certificate is: who was let in before is not any more."""
        theirs = Authority(self.folder, "theirs")
        stranger, believed = theirs.issue("stranger", 9), self.folder / "believed.pem"
        replace(believed, self.ours.certificate.read_bytes())
        installation = Installation("--clock", "real", "--tls-cert", str(self.server.certificate), "--tls-key", str(self.server.key),
                                    "--tls-client-ca", str(believed), "--tls-require-client-cert")
        self.addCleanup(installation.remove)
        installation.credentials = channel_credentials(self.ours.certificate, self.other)
        self.assertFalse(clock(installation.start()).is_virtual)

        def answers(own):
            engine = Engine(installation.address, credentials=channel_credentials(self.ours.certificate, own))
            try:
                return not clock(engine).is_virtual
            except grpc.RpcError as error:
                self.assertEqual(error.code(), UNAVAILABLE)
                return False
            finally:
                engine.close()

        self.assertFalse(answers(stranger))
        replace(believed, theirs.certificate.read_bytes())
        eventually(lambda: answers(stranger), PATIENCE_S, 0.1)
        self.assertFalse(answers(self.other))
        self.assertFalse(clock(installation.engine).is_virtual)  # a connection that stands goes on
        self.assertEqual(installation.stop(), 0)

    def test_configuration_file(self):
        installation = Installation("--clock", "real")
        self.addCleanup(installation.remove)
        config = installation.folder / "casewheel.toml"
        config.write_text(f'tls-cert = "{self.server.certificate}"\ntls-key = "{self.server.key}"\n'
                          f'tls-client-ca = "{self.ours.certificate}"\ntls-require-client-cert = true\n')
        installation.credentials = channel_credentials(self.ours.certificate, self.other)
        self.assertFalse(clock(installation.start("--config", str(config))).is_virtual)
        self.assertEqual(installation.stop(), 0)

    def test_another_name(self):
        elsewhere = self.ours.issue("elsewhere", 4, names="DNS:engine.example.tw")
        installation = Installation("--clock", "real", "--tls-cert", str(elsewhere.certificate), "--tls-key", str(elsewhere.key))
        self.addCleanup(installation.remove)
        installation.start()
        ended = installation.cli("--json", "clock", "show", "--tls-ca", str(self.ours.certificate))
        self.assertEqual(json.loads(ended.stderr)["error"]["reason"], "TLS_NAME_MISMATCH")
        self.assertEqual(installation.stop(), 0)


if __name__ == "__main__":
    unittest.main()
