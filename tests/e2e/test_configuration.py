"""The configuration: what a file may say, what a reload changes, and what the log tells of it."""

import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import unittest

from contract import Engine, access_pb2, admin_pb2, cases_pb2, grpc
from installation import CASEWHEELD, DidNotStart, Installation, eventually
from serving import apply_catalogue


def run_daemon(*arguments, **options):
    return subprocess.run([CASEWHEELD, *map(str, arguments)], capture_output=True, text=True, timeout=20, check=False, **options)


class File(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-config-"))
        self.addCleanup(lambda: subprocess.run(["rm", "-rf", str(self.folder)], check=True))
        self.file = self.folder / "casewheel.conf"

    def refusal_of(self, text):
        self.file.write_text(text)
        ended = run_daemon("--config", self.file, "--data", self.folder / "data")
        self.assertEqual(ended.returncode, 2, ended.stderr)
        self.assertFalse((self.folder / "data").exists())
        self.assertTrue(ended.stderr.startswith(f"casewheeld: {self.file}, "), ended.stderr)
        return ended.stderr

    def test_an_unknown_key_is_refused_with_its_line(self):
        refusal = self.refusal_of("# a comment\n\nclok = real\n")
        self.assertIn("line 3: unknown key 'clok'; the nearest known key is 'clock'", refusal)
        self.assertIn("the nearest known key is 'log-level'", self.refusal_of("loglevel = info\n"))
        self.assertIn("the nearest known key is 'rate-identity'", self.refusal_of("rate_identity = 5\n"))
        self.assertNotIn("nearest", self.refusal_of("something-else-entirely = 1\n"))
        for key in ("config", "help", "version"):  # of the command line alone
            self.assertIn(f"unknown key '{key}'", self.refusal_of(f"{key} = x\n"))

    def test_lines_that_would_not_count_are_refused(self):
        for text, said in (("[section]\n", "line 1: there are no sections"), ("clock\n", "line 1: must be key = value"),
                           ("log-level = info\nclock = real\nlog-level = warn\n", "line 3: 'log-level' stands in line 1"),
                           ('http-origin = ["https://a.example",\n"https://b.example"]\n', "line 1: a list must end")):
            self.assertIn(said, self.refusal_of(text))

    def test_help_says_how_it_ends(self):
        said = run_daemon("--help").stdout
        for words in ("SIGHUP reads the configuration anew", "Exit codes: 0 ", "1 cannot start", "2 the options"):
            self.assertIn(words, said)

    def test_a_value_that_does_not_fit_is_refused_with_its_key(self):
        self.file.write_text("rate-identity = many\n")
        ended = run_daemon("--config", self.file, "--data", self.folder / "data")
        self.assertEqual(ended.returncode, 2)
        self.assertIn("--rate-identity", ended.stderr)
        self.assertEqual(run_daemon("--config", self.folder / "nothing.conf", "--data", self.folder / "data").returncode, 2)

    def test_what_the_package_brings_is_a_configuration(self):
        """Every key of its file, those in comments too."""
        text = (pathlib.Path(__file__).resolve().parents[2] / "deploy" / "debian" / "casewheel.conf").read_text()
        keys = re.findall(r"^#?([a-z-]+) = \S", text, re.M)
        self.assertGreater(len(keys), 20)
        known = set(re.findall(r"^\s+--([a-z-]+)", run_daemon("--help").stdout, re.M))
        self.assertEqual([key for key in keys if key not in known], [])
        values = {"data": str(self.folder / "data"), "listen": "127.0.0.1:0", "http": "127.0.0.1:0", "metrics": "127.0.0.1:0"}
        installation = Installation()
        self.addCleanup(installation.remove)
        self.file.write_text("".join(
            f"{key} = {values[key]}\n" if (key := line.split(" = ")[0]) in values else line for line in text.splitlines(keepends=True)))
        with open(installation.log_path, "wb") as log:
            installation.process = subprocess.Popen([CASEWHEELD, "--config", str(self.file)], stdout=subprocess.PIPE, stderr=log)
        installation.wait_ready()
        self.assertIsNotNone(installation.one_time_password)  # auth is on
        self.assertEqual(installation.stop(), 0)

    def test_comments_behind_values_and_lists(self):
        self.file.write_text('clock = "virtual"  # for a trial\nhttp-origin = [https://a.example, https://b.example]\n')
        installation = Installation("--config", str(self.file))
        self.addCleanup(installation.remove)
        installation.start()
        self.assertIn(" clock=virtual ", installation.log())
        self.assertIn("http-origin=https://a.example,https://b.example", installation.log())


class Addresses(unittest.TestCase):
    def test_an_address_without_a_port_is_refused(self):
        for option, port in (("--listen", 7400), ("--http", 7480), ("--metrics", 7401)):
            for address in ("127.0.0.1", "localhost", "[::1]"):
                ended = run_daemon("--data", "/nowhere/at/all", option, address)
                self.assertEqual(ended.returncode, 2)
                self.assertIn(f"{address} has no port: write {address}:{port}", ended.stderr)
            for address in ("127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1"):
                ended = run_daemon("--data", "/nowhere/at/all", option, address)
                self.assertEqual(ended.returncode, 2, address)
                self.assertIn(f"such as 127.0.0.1:{port}", ended.stderr)

    def test_a_port_in_use_is_said_in_a_sentence(self):
        installation = Installation()
        self.addCleanup(installation.remove)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            for option, what in (("--listen", "gRPC"), ("--http", "HTTP"), ("--metrics", "metrics")):
                with self.assertRaises(DidNotStart) as refused:
                    installation.start(option, address)
                self.assertEqual(refused.exception.code, 1)
                self.assertIn(f"cannot start: cannot serve {what} on {address}: the port is in use: another program", installation.log())


class Reload(unittest.TestCase):
    def setUp(self):
        self.installation = Installation("--auth", "on")
        self.addCleanup(self.installation.remove)
        self.file = self.installation.folder / "casewheel.conf"

    def start(self, text=""):
        self.file.write_text(text)
        self.installation.arguments = ["--auth", "on", "--config", str(self.file)]
        self.installation.start()

    def reload(self, text):
        """What the log says of it."""
        self.file.write_text(text)
        before = len(self.installation.log())
        self.installation.process.send_signal(signal.SIGHUP)
        end = ("nothing changes", "from now on", "needs a restart", "in effect already")
        eventually(lambda: any(words in self.installation.log()[before:] for words in end))
        return self.installation.log()[before:]

    def identity(self, token=None):
        engine = Engine(self.installation.address, token=token)
        try:
            return engine.access.GetIdentity(access_pb2.GetIdentityRequest(), timeout=10)
        finally:
            engine.close()

    def code_of_identity(self, token):
        try:
            self.identity(token)
            return None
        except grpc.RpcError as error:
            return error.code()

    def test_what_can_change_changes(self):
        self.start("rate-identity = 1000\n")
        token = self.installation.token_of("admin", self.installation.one_time_password)
        for _ in range(30):
            self.assertIsNone(self.code_of_identity(token))
        told = self.reload("rate-identity = 1\nslow-request-ms = 5000\n")
        self.assertIn("configuration: rate-identity is 1 from now on, was 1000", told)
        self.assertIn("configuration: slow-request-ms is 5000 from now on, was 1000", told)
        self.assertEqual({self.code_of_identity(token) for _ in range(30)} & {grpc.StatusCode.RESOURCE_EXHAUSTED},
                         {grpc.StatusCode.RESOURCE_EXHAUSTED})
        self.assertIn("rate-identity is 2000 from now on", self.reload(""))  # taken out: the default
        eventually(lambda: self.code_of_identity(token) is None)

    def test_the_memory_limit_changes(self):
        self.start()
        eventually(lambda: self.installation.metric("casewheel_memory_bound_bytes") > 0)
        before = self.installation.metric("casewheel_memory_bound_bytes")
        self.reload("memory-limit-mib = 300\n")
        eventually(lambda: self.installation.metric("casewheel_memory_bound_bytes") < before)

    def test_the_disk_reserve_changes_and_readiness_tells(self):
        self.start()
        self.assertEqual(ready(self.installation), (200, "ok\n"))
        self.reload("disk-reserve-mib = 1000000000\n")
        eventually(lambda: ready(self.installation)[0] == 503)
        self.assertIn("the disk is full", ready(self.installation)[1])
        self.assertEqual(asked(self.installation.http_address, "/readyz"), (503, "not ready\n"))
        self.assertEqual(asked(self.installation.http_address, "/healthz"), (200, "ok\n"))
        self.assertEqual(asked(self.installation.metrics_address, "/healthz"), (200, "ok\n"))
        self.reload("disk-reserve-mib = 1\n")
        eventually(lambda: ready(self.installation)[0] == 200)

    def test_the_log_level_changes(self):
        self.start("log-level = error\n")
        self.assertEqual(self.installation.log(), "")
        self.file.write_text("log-level = info\n")
        self.installation.process.send_signal(signal.SIGHUP)
        # What is told of the change is told by the level before it; the next one is heard.
        eventually(lambda: self._hears_info())

    def _hears_info(self):
        self.installation.process.send_signal(signal.SIGHUP)
        return "as it is in effect already" in self.installation.log()

    def test_what_needs_a_restart_is_named_each_time(self):
        self.start()
        for _ in range(2):
            told = self.reload("clock = virtual\npartitions = 1\n")
            self.assertIn("configuration: clock = virtual needs a restart; until then real is in effect", told)
            self.assertNotIn("partitions", told)

    def test_a_bad_file_changes_nothing_and_says_why(self):
        self.start("rate-identity = 1000\n")
        told = self.reload("rate-identity = 1\nclok = real\n")
        self.assertIn(f"configuration: nothing changes: {self.file}, line 2: unknown key 'clok'", told)
        self.assertIn("--rate-identity", self.reload("rate-identity = none\n"))
        told = self.reload("rate-identity = 1000\n")
        self.assertIn("in effect already", told)

    def test_the_command_line_stands_over_the_file(self):
        self.file.write_text("log-level = warn\n")
        self.installation.arguments = ["--config", str(self.file), "--log-level", "info"]
        self.installation.start()
        self.assertIn("in effect already", self.reload("log-level = error\n"))

    def test_without_a_file_it_is_the_same(self):
        self.installation.arguments = []
        self.installation.start()
        self.installation.process.send_signal(signal.SIGHUP)
        eventually(lambda: "in effect already" in self.installation.log())
        self.assertEqual(self.installation.stop(), 0)


class Documents(unittest.TestCase):
    """What is written of a reload is what the engine does."""

    def test_what_takes_effect(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        listed = re.search(r"kTakenWhileServing = \{(.*?)\};", (root / "engine" / "daemon" / "reload.cc").read_text(), re.S).group(1)
        taken = set(re.findall(r'"([a-z-]+)"', listed))
        self.assertGreater(len(taken), 5)
        row = re.search(r"^\| with a reload \| (.*) \|$", (root / "deploy" / "README.md").read_text(), re.M).group(1)
        self.assertEqual(set(re.findall(r"`([a-z-]+)`", row)), taken)
        marked = re.findall(r"^#?([a-z-]+) = .*\(reload\)$", (root / "deploy" / "debian" / "casewheel.conf").read_text(), re.M)
        self.assertEqual(set(marked), taken)


def asked(address, path):
    with socket.create_connection(address.rsplit(":", 1), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


def ready(installation):
    return asked(installation.metrics_address, "/readyz")


class Told(unittest.TestCase):
    """What the log and the service manager are told, from the start to the end."""

    def setUp(self):
        self.installation = Installation()
        self.addCleanup(self.installation.remove)

    def test_start_and_end(self):
        self.installation.start("--auth", "on", "--slow-request-ms", "777")
        self.assertRegex(self.installation.log(), r"info casewheeld \d+\.\d+\.\d+ starts, as process \d+ of user \d+")
        self.assertRegex(self.installation.log(), r"info configuration: auth=on .*slow-request-ms=777")
        self.assertIn("first start: the account admin is made", self.installation.log())
        self.assertNotIn(self.installation.one_time_password, self.installation.log())
        self.assertNotIn("AUTH IS OFF", self.installation.log())
        self.installation.stop()
        self.assertIn("stopping: SIGTERM", self.installation.log())
        self.installation.start("--auth", "on")
        self.installation.signal(signal.SIGINT)
        self.assertIn("stopping: SIGINT", self.installation.log())

    def test_auth_off_is_loud(self):
        self.installation.start()
        self.assertRegex(self.installation.log(), r"(?m)warning AUTH IS OFF: whoever reaches 127\.0\.0\.1:")

    def test_changes_and_sign_ins(self):
        self.installation.start("--auth", "on")
        token = self.installation.token_of("admin", self.installation.one_time_password)
        engine = Engine(self.installation.address, token=token)
        self.addCleanup(engine.close)
        apply_catalogue(engine)
        log = self.installation.log()
        self.assertRegex(log, r"info sign-in: admin from 127\.0\.0\.1")
        self.assertRegex(log, r"info catalogue: taisugar is version 1 now, \d+ lines changed, by admin from 127\.0\.0\.1")
        self.assertRegex(log, r"info calendar: tw-government is version 1 now, by admin from 127\.0\.0\.1")
        apply_catalogue(engine)  # changes nothing, and nothing is told
        self.assertEqual(self.installation.log().count("catalogue: taisugar"), 1)
        for name in ("admin", "Passw0rd-typed-as-name"):
            with self.assertRaises(grpc.RpcError):
                engine.access.SignIn(access_pb2.SignInRequest(name=name.lower(), password="wrong"), timeout=20)
        eventually(lambda: self.installation.log().count("sign-in failed") == 2)
        self.assertRegex(self.installation.log(), r"warning sign-in failed: admin from 127\.0\.0\.1")
        self.assertIn("sign-in failed: a name without an account from", self.installation.log())
        self.assertNotIn("typed-as-name", self.installation.log())

    def test_slow_requests(self):
        """Time on a virtual clock goes on to the target before the answer: nothing else is slow for certain."""
        self.installation.start("--clock", "virtual:2026-01-05T09:00:00+08:00", "--slow-request-ms", "1")
        apply_catalogue(self.installation.engine)
        engine = self.installation.engine
        engine.admin.GetStatistics(admin_pb2.GetStatisticsRequest(), timeout=10)
        eventually(lambda: re.search(r"warning slow: [A-Za-z]+\.[A-Za-z]+ took \d+ ms", self.installation.log()))
        self.assertGreater(self.installation.metric("casewheel_slow_requests_total"), 0)
        before = self.installation.metric("casewheel_slow_requests_total")
        self.installation.restart("--slow-request-ms", "0")
        self.installation.engine.cases.ListCases(cases_pb2.ListCasesRequest(tenant="taisugar"), timeout=10)
        self.assertGreater(before, 0)
        self.assertEqual(self.installation.metric("casewheel_slow_requests_total"), 0)

    def test_the_service_manager_is_told(self):
        path = self.installation.folder / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(path))
            manager.settimeout(20)
            environment = {"NOTIFY_SOCKET": str(path)}
            with open(self.installation.log_path, "wb") as log:
                self.installation.process = subprocess.Popen(
                    [CASEWHEELD, "--data", str(self.installation.data), "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0",
                     "--http", "127.0.0.1:0", "--auth", "off"], stdout=subprocess.PIPE, stderr=log, env=environment)
            self.assertEqual(manager.recv(1000), b"READY=1")
            self.installation.wait_ready()
            self.assertEqual(ready(self.installation), (200, "ok\n"))
            self.installation.process.send_signal(signal.SIGTERM)
            self.assertEqual(manager.recv(1000), b"STOPPING=1")
            self.assertEqual(self.installation.wait_end(), 0)

    def test_health_takes_get_alone(self):
        self.installation.start()
        for address in (self.installation.http_address, self.installation.metrics_address):
            with socket.create_connection(address.rsplit(":", 1), timeout=10) as connection:
                connection.sendall(b"POST /readyz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                self.assertIn(b" 405 ", connection.recv(100))


if __name__ == "__main__":
    unittest.main()
