"""Who means harm to the gRPC door, with frames written by hand: the memory stays bounded, others are served
meanwhile, gRPC serves again, and SIGTERM ends the process. Whom gRPC serves at all beyond loopback."""

import contextlib
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from authority import Authority
from contract import Engine, admin_pb2, cases_pb2, grpc
from frames import connected, under_attack
from installation import SANITIZED, DidNotStart, Installation, eventually
from over_http import JSON, ask_once, path_of
from serving import Serving

CONNECTIONS = 4
SECONDS = 6
GROWTH_MIB = 1100  # of the process under attack, at most
ADDRESS = "192.0.2.1"  # RFC 5737; given to the loopback interface of a network namespace of its own


def connections_cut(installation, reason):
    for line in installation.metrics().splitlines():
        if line.startswith(f'casewheel_grpc_connections_cut_total{{reason="{reason}"}}'):
            return float(line.split()[-1])
    raise AssertionError("no such figure")


class Attacks(Serving):
    def attacked(self, kind, *reasons):
        """The engine under one kind of attack, cut for one of these reasons; afterwards as before it."""
        before = self.installation.resident_mib()
        number = self.lodge().case_number
        most, asked = 0, {"grpc": 0, "http": 0}
        with under_attack(kind, self.installation.address, CONNECTIONS):
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                # Somebody who comes newly, and somebody who is here.
                with contextlib.closing(Engine(self.installation.address)) as newcomer:
                    newcomer.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=20, wait_for_ready=True)
                self.assertEqual(self.get(number).case_number, number)
                asked["grpc"] += 1
                status, _, body = ask_once(self.installation, "POST", path_of("Cases.GetCase"), {"caseNumber": number}, JSON)
                self.assertEqual(status, 200, body)
                asked["http"] += 1
                most = max(most, self.installation.resident_mib() - before)
            eventually(lambda: self.cut(reasons) > 0, 30)
        print(f"{kind}: {asked}, grew by {most:.0f} MiB, {self.cut(reasons):.0f} cut", file=sys.stderr)
        if not SANITIZED:
            self.assertLess(most, GROWTH_MIB)
        self.assertEqual(self.get(number).case_number, number)
        self.lodge()
        eventually(lambda: self.installation.metric("casewheel_grpc_connections") <= 2, 30)

    def cut(self, reasons):
        return sum(connections_cut(self.installation, reason) for reason in reasons)

    def test_calls_begun_and_reset(self):
        # On a busy machine the calls that wait to be reset are too many before the resets are.
        self.attacked("resets", "resets", "streams")

    def test_calls_begun_before_the_settings_are_known(self):
        self.attacked("early", "streams")

    def test_a_header_without_an_end(self):
        self.attacked("endless", "silence")

    def test_frames_that_are_nothing(self):
        # gRPC reads them for as long as they come, and ends the process at two GiB.
        self.attacked("unknown", "unread")


@unittest.skipIf(SANITIZED, "a build that watches its memory has other sizes")
class ShortOfMemory(unittest.TestCase):
    def test_all_connections_go_and_come_again(self):
        with contextlib.ExitStack() as stack:
            installation = Installation()
            stack.callback(installation.remove)
            installation.start()
            # As a process that has nearly all it may have.
            installation.restart("--memory-limit-mib", str(int(installation.resident_mib()) + 24))
            # By more than the bounds of single connections let grow.
            with under_attack("early", installation.address, 4 * CONNECTIONS):
                eventually(lambda: connections_cut(installation, "memory") > 0, 60)
                status, _, body = ask_once(installation, "POST", path_of("Admin.GetClock"), {}, JSON)
                self.assertEqual(status, 200, body)
            self.assertIn("are its bound", installation.log())
            with contextlib.closing(Engine(installation.address)) as newcomer:
                newcomer.admin.GetClock(admin_pb2.GetClockRequest(), timeout=60, wait_for_ready=True)
            eventually(lambda: "connections are taken again" in installation.log())
            self.assertIn("casewheel_memory_bound_bytes", installation.metrics())


class Ends(unittest.TestCase):
    def test_sigterm_ends_in_time_under_every_attack(self):
        for kind in ("resets", "early", "endless"):
            with self.subTest(kind), contextlib.ExitStack() as stack:
                installation = Installation()
                stack.callback(installation.remove)
                installation.start()
                with under_attack(kind, installation.address, CONNECTIONS):
                    time.sleep(3)
                    begun = time.monotonic()
                    code = installation.signal(signal.SIGTERM, 60)
                    self.assertEqual(code, 0, installation.log()[-2000:])
                    self.assertLess(time.monotonic() - begun, 15)

    def test_sighup_ends_nothing(self):
        with contextlib.ExitStack() as stack:
            installation = Installation()
            stack.callback(installation.remove)
            installation.start()
            installation.process.send_signal(signal.SIGHUP)
            eventually(lambda: "SIGHUP" in installation.log())
            installation.engine.admin.GetClock(admin_pb2.GetClockRequest(), timeout=20)
            self.assertEqual(installation.stop(), 0)


class Descriptors(unittest.TestCase):
    """More connections than the process has descriptors, none of which says anything."""

    def setUp(self):
        self.installation = Installation()
        self.installation.files = 1024
        self.addCleanup(self.installation.remove)
        self.installation.start()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

    def clock(self):
        with contextlib.closing(Engine(self.installation.address)) as newcomer:
            return newcomer.admin.GetClock(admin_pb2.GetClockRequest(), timeout=20, wait_for_ready=True)

    def test_idle_connections_keep_nobody_out(self):
        for _ in range(2):
            with contextlib.ExitStack() as idle:
                for _ in range(1400):
                    idle.enter_context(connected(self.installation.address))
                # They are still there: of those that never asked anything one goes for each that comes.
                for _ in range(5):
                    self.clock()
                open_files = len(list(pathlib.Path(f"/proc/{self.installation.process.pid}/fd").iterdir()))
                self.assertLess(open_files, 900, "the store always finds descriptors")
            self.clock()
        self.assertGreater(self.installation.metric("casewheel_grpc_connections_cut_total"), 0)

    def test_it_accepts_again_when_there_were_none(self):
        # Those of HTTP and metrics take what gRPC's own bound leaves.
        with contextlib.ExitStack() as idle:
            for address in (self.installation.http_address, self.installation.metrics_address, self.installation.address):
                for _ in range(500):
                    with contextlib.suppress(OSError):
                        idle.enter_context(connected(address))
            pid = self.installation.process.pid
            subprocess.run(["prlimit", f"--pid={pid}", "--nofile=60:1024"], check=True)  # none left
            time.sleep(0.5)
            for _ in range(5):
                with contextlib.suppress(OSError):
                    connected(self.installation.address).close()
            subprocess.run(["prlimit", f"--pid={pid}", "--nofile=1024:1024"], check=True)
        self.clock()


def inside_namespace():
    """Whether these tests run where the loopback interface has an address that is not a loopback one."""
    return os.environ.get("CASEWHEEL_NAMESPACE") == "1"


@unittest.skipIf(inside_namespace(), "it is what starts them")
class BeyondLoopback(unittest.TestCase):
    def test_whom_grpc_serves(self):
        if shutil.which("unshare") is None or shutil.which("ip") is None:
            self.skipTest("no unshare or ip")
        inside = f"ip link set lo up && ip addr add {ADDRESS}/32 dev lo && exec {sys.executable} -m unittest -v test_hostile.InNamespace"
        ended = subprocess.run(["unshare", "--user", "--map-root-user", "--net", "sh", "-c", inside], check=False, capture_output=True,
                               text=True, timeout=150, env={**os.environ, "CASEWHEEL_NAMESPACE": "1"},
                               cwd=pathlib.Path(__file__).parent)
        if "unshare failed" in ended.stderr or "Operation not permitted" in ended.stderr:
            self.skipTest("network namespaces are not allowed here")
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)


@unittest.skipUnless(inside_namespace(), "needs an address beyond loopback")
class InNamespace(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="casewheel-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.authority = Authority(cls.folder, "ours")
        cls.server = cls.authority.issue("server", 11, f"IP:{ADDRESS},IP:127.0.0.1")
        cls.client = cls.authority.issue("client", 12)

    def serving(self, *arguments):
        installation = Installation("--listen", f"{ADDRESS}:0", "--http", f"{ADDRESS}:0", "--auth", "on", "--tls-cert",
                                    str(self.server.certificate), "--tls-key", str(self.server.key), *arguments)
        self.addCleanup(installation.remove)
        installation.start()
        return installation

    def asks(self, installation, own=None):
        root = self.authority.certificate.read_bytes()
        credentials = grpc.ssl_channel_credentials(root, own and own.key.read_bytes(), own and own.certificate.read_bytes())
        with contextlib.closing(Engine(installation.address, credentials=credentials)) as engine:
            try:
                engine.admin.GetClock(admin_pb2.GetClockRequest(), timeout=5)
            except grpc.RpcError as error:
                return error.code()

    def test_nobody_without_a_rule(self):
        with self.assertRaises(DidNotStart) as refused:
            self.serving()
        self.assertEqual(refused.exception.code, 2)
        self.assertIn("--grpc-network", refused.exception.log)

    def test_a_client_certificate(self):
        installation = self.serving("--tls-client-ca", str(self.authority.certificate))
        self.assertEqual(self.asks(installation), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(self.asks(installation, self.client), grpc.StatusCode.UNAUTHENTICATED)  # served: asked who calls

    def test_a_named_network(self):
        installation = self.serving("--grpc-network", "192.0.2.0/24")
        self.assertEqual(self.asks(installation), grpc.StatusCode.UNAUTHENTICATED)

    def test_another_network(self):
        installation = self.serving("--grpc-network", "198.51.100.0/24")
        self.assertEqual(self.asks(installation), grpc.StatusCode.UNAVAILABLE)
        self.assertIn("(network)", installation.log())


if __name__ == "__main__":
    unittest.main()
