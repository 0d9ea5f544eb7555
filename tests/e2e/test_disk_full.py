"""A full disk: work is refused and deadlines wait, looking goes on; with room again everything goes on
by itself, and what was held says why it was late. On a small tmpfs, which needs root."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from contract import admin_pb2, cases_pb2, grpc, history_of, refusal, supervision_pb2
from installation import DidNotStart, Installation, eventually
from serving import SECRETS, apply_catalogue, lodge, lodge_request

MIB = 1 << 20


class SmallDisk(unittest.TestCase):
    SIZE_MIB = 400

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("not root: no small disk can be mounted")
        self.mount = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-disk-"))
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.SIZE_MIB}m,mode=700", "tmpfs", str(self.mount)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.mount.rmdir()
            self.skipTest(f"mounting is not permitted here: {done.stderr.strip()}")
        self.addCleanup(self.mount.rmdir)
        self.addCleanup(subprocess.run, ["umount", str(self.mount)], check=True)
        self.ballast = self.mount / "ballast"

    def installed(self, *arguments):
        installation = Installation(*arguments, data=self.mount / "data")
        self.addCleanup(installation.remove)
        return installation

    def fill(self, leave_mib):
        stat = os.statvfs(self.mount)
        size = stat.f_bavail * stat.f_frsize - leave_mib * MIB
        with open(self.ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def test_below_the_reserve(self):
        installation = self.installed("--clock", "real", "--disk-reserve-mib", "200")
        engine = installation.start()
        apply_catalogue(engine)
        now = int(time.time() * 1000)
        request = lodge_request(tenant="water", service="new-connection", agreed_time=now + 2500)
        held = engine.cases.LodgeCase(request, timeout=10).case_number
        self.fill(leave_mib=100)
        eventually(lambda: installation.metric("casewheel_disk_full") == 1, patience_s=5)

        for call, question in ((engine.cases.LodgeCase, lodge_request()), (engine.cases.LodgeCase, request),
                               (engine.cases.AddNote, cases_pb2.AddNoteRequest(case_number=held, text="x"))):
            wrong = refusal(call, question, timeout=10)
            self.assertEqual((wrong.code, wrong.reason), (grpc.StatusCode.RESOURCE_EXHAUSTED, "DISK_FULL"))
            self.assertGreater(wrong.retry_seconds, 0)
        watch = engine.supervision.WatchDue(supervision_pb2.WatchDueRequest(filter=supervision_pb2.DueFilter(tenant="water")), timeout=60)
        self.assertTrue(next(watch).HasField("snapshot"))

        time.sleep(max(0, now + 3600 - int(time.time() * 1000)) / 1000)
        case = engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=held), timeout=10)  # looking goes on
        self.assertEqual([e for e in case.escalations if e.clock_kind == cases_pb2.CLOCK_KIND_AGREED_DATE], [])
        listed = engine.supervision.ListDue(supervision_pb2.ListDueRequest(filter=supervision_pb2.DueFilter(tenant="water")), timeout=10)
        self.assertEqual([row.case_number for row in listed.cases], [held])  # overdue is a comparison, not a firing
        self.assertEqual(next(watch).upsert.case_number, held)
        found = engine.cases.FindCasesByPerson(cases_pb2.FindCasesByPersonRequest(tenant="water", phone=SECRETS["phone"]), timeout=10)
        self.assertEqual(len(found.cases), 1)
        self.assertGreater(installation.metric("casewheel_oldest_unfired_deadline_seconds"), 0)
        self.assertTrue(engine.admin.GetStatistics(admin_pb2.GetStatisticsRequest()).HasField("oldest_unfired"))
        report = list(engine.admin.Verify(admin_pb2.VerifyRequest(), timeout=30))[-1].report
        self.assertTrue(report.ok, report)
        log = installation.log()
        self.assertIn("reserve", log)
        self.assertLess(log.count("reserve"), 5)  # said once, not twice a second

        self.ballast.unlink()

        def fired():
            case = engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=held), timeout=10)
            return [e for e in case.escalations if e.clock_kind == cases_pb2.CLOCK_KIND_AGREED_DATE]

        escalations = eventually(fired, patience_s=5)
        self.assertEqual({e.cause for e in escalations}, {cases_pb2.LATENESS_CAUSE_DISK_FULL})
        self.assertEqual(len(escalations), 1)
        breaches = [entry for entry in history_of(engine, held) if entry.event == "clock_breached"]
        self.assertEqual([{c.field: c.value for c in entry.changes}["cause"] for entry in breaches], ["disk_full"])
        self.assertEqual(engine.cases.LodgeCase(request, timeout=10).case_number, held)
        lodge(engine)
        eventually(lambda: installation.metric("casewheel_disk_full") == 0, patience_s=3)

        # Its own lateness is not blamed on the disk afterwards.
        later = lodge(engine, tenant="water", service="new-connection", agreed_time=int(time.time() * 1000) + 400).case_number
        case = eventually(lambda: (c := engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=later), timeout=10)).escalations and c)
        self.assertEqual(case.escalations[0].cause, cases_pb2.LATENESS_CAUSE_ON_TIME)
        self.assertEqual(installation.stop(), 0)

    def test_stops_and_starts_while_full(self):
        installation = self.installed("--clock", "real", "--disk-reserve-mib", "200")
        engine = installation.start()
        apply_catalogue(engine)
        number = lodge(engine).case_number
        self.fill(leave_mib=100)
        eventually(lambda: installation.metric("casewheel_disk_full") == 1, patience_s=5)
        self.assertEqual(installation.stop(), 0)
        engine = installation.start()
        self.assertEqual(engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10).case_number, number)
        self.assertEqual(refusal(engine.cases.LodgeCase, lodge_request(), timeout=10).reason, "DISK_FULL")
        self.ballast.unlink()
        eventually(lambda: installation.metric("casewheel_disk_full") == 0, patience_s=5)
        lodge(engine)

    def test_stops_while_an_advance_waits_for_the_disk(self):
        """SIGTERM ends the process although a call can never be answered."""
        installation = self.installed("--clock", "virtual:2026-01-05T09:00:00+08:00", "--disk-reserve-mib", "200")
        engine = installation.start()
        apply_catalogue(engine)
        lodge(engine)
        self.fill(leave_mib=100)
        eventually(lambda: installation.metric("casewheel_disk_full") == 1, patience_s=5)
        on = admin_pb2.AdvanceClockRequest()
        on.by.seconds = 86400
        waiting = engine.admin.AdvanceClock.future(on, timeout=60)
        time.sleep(0.5)
        self.assertFalse(waiting.done())
        installation.engine = None  # keep the connection open
        began = time.monotonic()
        code = installation.signal(signal.SIGTERM, patience_s=20)
        engine.close()
        self.assertEqual(code, 0)
        self.assertLess(time.monotonic() - began, 15)

    def test_no_reserve_and_no_room_at_all(self):
        """A write that fails ends the process; what was acknowledged is there when there is room again."""
        installation = self.installed("--clock", "real", "--disk-reserve-mib", "0")
        engine = installation.start()
        apply_catalogue(engine)
        acknowledged, unknown = [], []
        self.fill(leave_mib=1)
        for _ in range(200):  # the log has set room aside for itself: some 70 MiB
            calls = [(request, engine.cases.LodgeCase.future(request, timeout=20))
                     for request in (lodge_request(description="內" * 4000) for _ in range(64))]
            for request, call in calls:
                try:
                    acknowledged.append((request, call.result().case_number))
                except grpc.RpcError as error:
                    self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE)
                    unknown.append(request)
            if unknown:
                break
        self.assertTrue(unknown, "the disk was never full")
        self.assertEqual(installation.wait_end(10), 1)
        self.assertIn("ending", installation.log())
        with self.assertRaises(DidNotStart) as refused:
            installation.start()
        self.assertEqual(refused.exception.code, 1, refused.exception.log[-3000:])
        self.assertRegex(refused.exception.log, "cannot start: .*MiB are free")
        self.ballast.unlink()
        engine = installation.start()
        for known, number in acknowledged:
            answer = engine.cases.LodgeCase(known, timeout=10)
            self.assertEqual((answer.case_number, answer.duplicate), (number, True))
        for request in unknown:  # nobody could tell whether they were kept: once, either way
            again = engine.cases.LodgeCase(request, timeout=10)
            self.assertEqual(engine.cases.LodgeCase(request, timeout=10).case_number, again.case_number)
        print(f"\n  full disk without a reserve: {len(acknowledged)} acknowledged, {len(unknown)} unknown", flush=True)
        self.assertEqual(installation.cli("verify").returncode, 0)


if __name__ == "__main__":
    unittest.main()
