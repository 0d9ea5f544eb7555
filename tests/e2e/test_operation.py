"""What operators see: health, reflection, metrics, logs, addresses, signals, the clock."""

import json
import queue
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

from contract import Engine, admin_pb2, cases_pb2, grpc, intake_pb2, refusal
from installation import CASEWHEELD, Installation, eventually
from serving import HOUR_MS, SECRET_SUBJECT, SECRET_TEXT, SECRETS, Serving, apply_catalogue, files_of, lodge, lodge_request

METRICS = {
    "casewheel_commits_total": "counter", "casewheel_events_total": "counter", "casewheel_batch_requests_total": "counter",
    "casewheel_rejected_total": "counter", "casewheel_overloaded_total": "counter", "casewheel_journal_bytes_total": "counter",
    "casewheel_row_bytes_total": "counter", "casewheel_queue_people": "gauge", "casewheel_queue_bulk": "gauge",
    "casewheel_armed_timers": "gauge", "casewheel_unreadable_cases": "gauge", "casewheel_disk_full": "gauge", "casewheel_oldest_unfired_deadline_seconds": "gauge",
    "casewheel_commit_seconds": "histogram", "casewheel_firing_lateness_seconds": "histogram", "casewheel_open_cases": "gauge",
    "casewheel_watchers": "gauge", "casewheel_clock_frozen": "gauge", "casewheel_disk_free_bytes": "gauge", "casewheel_store": "gauge",
}
SERVICES = ("Cases", "Supervision", "Intake", "CatalogueService", "Admin")


class Doors(Serving):
    ARGUMENTS = ("--clock", "virtual:2026-01-05T09:00:00+08:00", "--partitions", "2")

    def test_health(self):
        check = self.engine.channel.unary_unary("/grpc.health.v1.Health/Check")
        self.assertEqual(check(b"", timeout=10), b"\x08\x01")  # status: SERVING
        name = b"casewheel.v1.Cases"
        self.assertEqual(check(b"\x0a" + bytes([len(name)]) + name, timeout=10), b"\x08\x01")
        self.assertEqual(refusal(check, b"\x0a\x01x", timeout=10).code, grpc.StatusCode.NOT_FOUND)

    def test_reflection(self):
        info = self.engine.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        listed = next(info(iter([b"\x3a\x01*"]), timeout=10))
        for service in SERVICES:
            self.assertIn(f"casewheel.v1.{service}".encode(), listed)
        symbol = b"casewheel.v1.Cases"
        described = next(info(iter([b"\x22" + bytes([len(symbol)]) + symbol]), timeout=10))
        self.assertIn(b"LodgeCaseRequest", described)

    def test_metrics(self):
        self.lodge()
        text = self.installation.metrics()
        types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        self.assertEqual({name: types.get(name) for name in METRICS}, METRICS)
        helped = set(re.findall(r"^# HELP (\S+) \S", text, re.M))
        self.assertLessEqual(set(METRICS), helped)
        for partition in "01":
            self.assertIn(f'casewheel_commits_total{{partition="{partition}"}}', text)
        self.assertGreater(self.installation.metric("casewheel_events_total"), 0)
        self.assertEqual(self.installation.metric("casewheel_open_cases"), self.engine.admin.GetStatistics(admin_pb2.GetStatisticsRequest()).open)
        with socket.create_connection(self.installation.metrics_address.rsplit(":", 1), timeout=5) as rude:
            rude.sendall(b"\x00\xff GET nonsense\r\n\r\n")
        for _ in range(20):
            self.installation.metrics()

    def test_a_port_that_speaks_rubbish_is_no_harm(self):
        host, port = self.installation.address.rsplit(":", 1)
        held = [socket.create_connection((host, int(port)), timeout=5) for _ in range(200)]
        for i, connection in enumerate(held):
            if i % 2:
                connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 200 if i % 4 == 1 else b"GET / HTTP/1.1\r\n\r\n")
        self.lodge()
        for connection in held:
            connection.close()
        self.lodge()

    def test_verify_and_clock(self):
        report = list(self.engine.admin.Verify(admin_pb2.VerifyRequest(), timeout=30))[-1].report
        self.assertTrue(report.ok, report)
        self.assertEqual(report.digest, report.replayed_digest)
        self.assertRegex(report.digest, "^[0-9a-f]{64}$")
        clock = self.engine.admin.GetClock(admin_pb2.GetClockRequest(), timeout=10)
        self.assertTrue(clock.is_virtual)
        self.assertFalse(clock.frozen)
        self.assertIn("to", refusal(self.engine.admin.AdvanceClock, admin_pb2.AdvanceClockRequest()).fields)
        for directory in ("", "relative/path"):
            self.assertIn("directory", refusal(self.engine.admin.CreateBackup, admin_pb2.CreateBackupRequest(directory=directory)).fields)
        wrong = refusal(self.engine.admin.CreateBackup, admin_pb2.CreateBackupRequest(directory=str(self.installation.data)))
        self.assertEqual(wrong.code, grpc.StatusCode.FAILED_PRECONDITION)
        wrong = refusal(self.engine.admin.CreateBackup, admin_pb2.CreateBackupRequest(directory="/proc/nothing"))
        self.assertEqual(wrong.code, grpc.StatusCode.FAILED_PRECONDITION)


class Privacy(Serving):
    """Personal data stays in the case: not in logs, figures, refusals or, unsealed, in the journal."""

    ARGUMENTS = ("--clock", "virtual:2026-01-05T09:00:00+08:00", "--log-level", "debug")

    def test_nothing_leaks(self):
        lodged = self.lodge()
        errors = [refusal(self.engine.cases.LodgeCase, lodge_request(subject=SECRET_SUBJECT + "\0")),
                  refusal(self.engine.cases.LodgeCase, lodge_request(description=SECRET_TEXT * 1000)),
                  refusal(self.engine.cases.LodgeCase, lodge_request(service="nothing"))]
        changed = lodge_request()
        changed.request_id = "same"
        self.engine.cases.LodgeCase(changed, timeout=10)
        changed.applicant.name += "二"
        errors.append(refusal(self.engine.cases.LodgeCase, changed))
        long_phone = lodge_request()
        long_phone.applicant.phone = SECRETS["phone"] * 10
        errors.append(refusal(self.engine.cases.LodgeCase, long_phone))
        raw = self.engine.channel.unary_unary("/casewheel.v1.Cases/LodgeCase")
        refusal(raw, lodge_request(subject=SECRET_SUBJECT).SerializeToString().replace(SECRET_SUBJECT.encode()[:3], b"\xff\xff\xff"))
        self.engine.cases.AddNote(cases_pb2.AddNoteRequest(case_number=lodged.case_number, text=SECRET_TEXT), timeout=10)
        self.advance(100 * HOUR_MS)
        found = self.engine.cases.FindCasesByPerson(cases_pb2.FindCasesByPersonRequest(tenant="taisugar", phone=SECRETS["phone"]), timeout=10)
        self.assertGreaterEqual(len(found.cases), 2)
        list(self.engine.admin.Verify(admin_pb2.VerifyRequest(), timeout=30))
        metrics = self.installation.metrics()
        self.installation.restart("--log-json")
        self.installation.kill()
        self.installation.start()
        self.installation.stop()
        places = {"log": self.installation.log(), "metrics": metrics, "refusals": repr(errors)}
        for path in files_of(self.installation.data):
            places[path.name] = path.read_bytes().decode(errors="replace")
        planted = [*SECRETS.values(), SECRET_SUBJECT, SECRET_TEXT, "A123456789"]
        for place, text in places.items():
            for secret in planted:
                self.assertNotIn(secret, text, f"{secret} stands in {place}")
        self.assertTrue(any(name.endswith((".log", ".sst")) for name in places))


class Starting(unittest.TestCase):
    """Command line, addresses, configuration, log lines and signals."""

    def setUp(self):
        self.installation = Installation("--clock", "real")
        self.addCleanup(self.installation.remove)

    def run_daemon(self, *arguments):
        return subprocess.run([CASEWHEELD, *arguments], capture_output=True, text=True, timeout=20, check=False)

    def test_beyond_loopback_is_refused(self):
        data = str(self.installation.data)
        options = ("--listen", "--metrics", "--http")
        for option in options:
            for address in ("0.0.0.0:0", "[::]:0", ":0", "example.org:0", "10.0.0.1:0", "127.example.org:0", "127.0.0.1.example.org:0",
                            "localhost.example.org:0", "127.0.0.1:0,0.0.0.0:0", "unix:/tmp/x", "0:0"):
                others = [word for other in options if other != option for word in (other, "127.0.0.1:0")]
                ended = self.run_daemon("--data", data, option, address, *others)
                self.assertEqual(ended.returncode, 2, address)
                self.assertIn("loopback", ended.stdout + ended.stderr, (option, address))
        self.assertFalse(self.installation.data.exists())
        self.installation.start("--insecure")  # still on loopback: allowed
        self.assertEqual(self.installation.stop(), 0)

    def test_usage_errors(self):
        for arguments in ([], ["--data"], ["--nothing"], ["--data", "x", "--clock", "sundial"], ["--data", "x", "--clock", "virtual:tomorrow"],
                          ["--data", "x", "--partitions", "0"], ["--data", "x", "--partitions", "65"], ["--data", "x", "--log-level", "loud"]):
            ended = self.run_daemon(*arguments)
            self.assertEqual(ended.returncode, 2, arguments)
            self.assertTrue(ended.stderr.strip(), arguments)
        for arguments in (["--help"], ["--version"]):
            self.assertEqual(self.run_daemon(*arguments).returncode, 0)

    def test_configuration_file(self):
        config = self.installation.folder / "casewheel.toml"
        config.write_text('clock = "virtual:2026-01-05T09:00:00+08:00"\npartitions = 3\nlog-level = "warn"\n')
        self.installation.arguments = ["--config", str(config)]
        engine = self.installation.start()
        self.assertTrue(engine.admin.GetClock(admin_pb2.GetClockRequest(), timeout=10).is_virtual)
        self.assertIn('partition="2"', self.installation.metrics())
        # Nothing but what everybody has to know.
        self.assertEqual([line for line in self.installation.log().splitlines() if "AUTH IS OFF" not in line], [])
        self.installation.arguments = ["--clock", "virtual", "--partitions", "1"]
        self.installation.restart()
        self.assertIn('partition="2"', self.installation.metrics())  # fixed when the directory was made

    def test_taken_ports(self):
        self.installation.start()
        second = Installation()
        self.addCleanup(second.remove)
        taken = {"--listen": self.installation.address, "--metrics": self.installation.metrics_address, "--http": self.installation.http_address}
        for option, address in taken.items():
            others = [word for other in taken if other != option for word in (other, "127.0.0.1:0")]
            ended = self.run_daemon("--data", str(second.data), option, address, *others)
            self.assertEqual(ended.returncode, 1)
            self.assertIn("cannot start", ended.stderr)
            self.assertIn("127.0.0.1", ended.stderr)

    def test_log_lines_in_json(self):
        named = self.installation.folder / 'with "quotes" and \\'
        named.mkdir()
        (named / "something.sst").write_text("x")  # refused, naming the directory
        ended = self.run_daemon("--data", str(named), "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log-json")
        self.assertEqual(ended.returncode, 1)
        lines = [json.loads(line) for line in ended.stderr.splitlines()]
        self.assertEqual(lines[-1]["level"], "error")
        self.assertIn('with "quotes"', lines[-1]["message"])

    def test_idle_clients_do_not_delay_the_end(self):
        apply_catalogue(self.installation.start())
        idle = [Engine(self.installation.address) for _ in range(3)]
        for client in idle:
            lodge(client)
        began = time.monotonic()
        self.assertEqual(self.installation.stop(), 0)
        self.assertLess(time.monotonic() - began, 3)
        for client in idle:
            client.close()

    def test_a_running_call_is_served_to_its_end(self):
        engine = self.installation.start()
        apply_catalogue(engine)
        lodge(engine)
        to_send = queue.Queue()
        to_send.put(intake_pb2.IngestRequest(open=intake_pb2.IngestOpen(tenant="taisugar", source="feed")))
        answers = engine.intake.Ingest(iter(to_send.get, None), timeout=30)
        self.assertTrue(next(answers).HasField("opened"))
        self.installation.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        item = intake_pb2.IngestRequest()
        item.item.position = 1
        item.item.lodge.CopyFrom(lodge_request())
        to_send.put(item)
        self.assertEqual(next(answers).result.outcome, intake_pb2.IngestResult.CREATED)
        to_send.put(None)
        self.assertEqual(list(answers), [])
        began = time.monotonic()
        self.assertEqual(self.installation.wait_end(), 0)
        self.assertLess(time.monotonic() - began, 3)

    def test_signals_under_load(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            engine = self.installation.start()
            apply_catalogue(engine)
            stop, acknowledged, refused = threading.Event(), [], []

            def work(client):
                while not stop.is_set():
                    request = lodge_request()
                    try:
                        acknowledged.append((request, client.cases.LodgeCase(request, timeout=10).case_number))
                    except grpc.RpcError as error:
                        refused.append(error.code())
                        return

            clients = [Engine(self.installation.address) for _ in range(4)]
            threads = [threading.Thread(target=work, args=(client,)) for client in clients]
            for thread in threads:
                thread.start()
            time.sleep(0.4)
            began = time.monotonic()
            self.assertEqual(self.installation.signal(number), 0)
            self.assertLess(time.monotonic() - began, 15)
            stop.set()
            for thread in threads:
                thread.join(20)
            for client in clients:
                client.close()
            self.assertLessEqual(set(refused), {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED})
            engine = self.installation.start()
            self.assertTrue(acknowledged)
            for request, case_number in acknowledged:
                answer = engine.cases.LodgeCase(request, timeout=10)
                self.assertEqual((answer.case_number, answer.duplicate), (case_number, True))
            self.installation.stop()

    def test_virtual_clock_waits_for_us_alone(self):
        self.installation.arguments = ["--clock", "virtual:2026-01-05T09:00:00+08:00"]
        engine = self.installation.start()
        apply_catalogue(engine)
        number = lodge(engine).case_number
        before = engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number))
        time.sleep(1.2)
        self.assertEqual(engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number)), before)
        self.installation.arguments = ["--clock", "virtual:2020-01-01T00:00:00Z"]
        engine = self.installation.restart()  # an earlier start: engine time does not go back
        self.assertGreaterEqual(engine.admin.GetClock(admin_pb2.GetClockRequest()).now.ToMilliseconds(), before.lodge_time.ToMilliseconds())


class RealClock(Serving):
    ARGUMENTS = ("--clock", "real")

    def test_fires_by_itself_and_says_why_it_was_late(self):
        self.assertEqual(refusal(self.engine.admin.AdvanceClock, admin_pb2.AdvanceClockRequest(by={"seconds": 1})).code,
                         grpc.StatusCode.FAILED_PRECONDITION)
        soon = lodge(self.engine, tenant="water", service="new-connection", agreed_time=self.now_ms() + 700).case_number
        during = lodge(self.engine, tenant="water", service="new-connection", agreed_time=self.now_ms() + 2500).case_number

        def breach(number):
            return [c for c in self.get(number).clocks if c.kind == cases_pb2.CLOCK_KIND_AGREED_DATE and c.breached] and self.get(number)

        case = eventually(lambda: breach(soon), patience_s=5)
        at_due = [e for e in case.escalations if e.level == 1][0]
        lateness = at_due.fired_time.ToMilliseconds() - at_due.due_time.ToMilliseconds()
        self.assertGreaterEqual(lateness, 0)
        self.assertLess(lateness, 2000)
        self.installation.kill()
        time.sleep(3.5)
        self.installation.start()
        case = eventually(lambda: breach(during), patience_s=5)
        at_due = [e for e in case.escalations if e.level == 1]
        self.assertEqual(len(at_due), 1)
        self.assertEqual(at_due[0].cause, cases_pb2.LATENESS_CAUSE_ENGINE_DOWN)


if __name__ == "__main__":
    unittest.main()
