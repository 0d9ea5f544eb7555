"""Damage while the engine serves, and `casewheel repair`: compactions that meet a damaged block, rows that
cannot be decoded, feeds, and a new directory made of what can be read."""

import json
import shutil
import subprocess
import unittest

from contract import admin_pb2, cases_pb2, changes_pb2, grpc, privacy_pb2
from installation import DidNotStart, Installation, eventually
from serving import apply_catalogue, lodge, lodge_request

KIND_CASE, KIND_CLOCK, KIND_DEDUPE, KIND_AUDIT = "10", "11", "12", "1A"


class Damaged(unittest.TestCase):
    def setUp(self):
        self.installation = Installation("--clock", "virtual")
        self.addCleanup(self.installation.remove)
        self.data = self.installation.data

    def lodged(self, count=200):
        engine = self.installation.start()
        apply_catalogue(engine)
        return [engine.cases.LodgeCase(lodge_request(), timeout=10).case_number for _ in range(count)]

    def flushed(self, count=200):
        """Closed, with every row in table files."""
        numbers = self.lodged(count)
        engine = self.installation.engine
        self.assertTrue(engine.privacy.ApplyRetention(privacy_pb2.ApplyRetentionRequest(tenant="taisugar"), timeout=60).purged)
        backup = self.installation.cli("--quiet", "backup", self.installation.folder / "backup")
        self.assertEqual(backup.returncode, 0, backup.stderr)
        self.installation.stop()
        return numbers

    def ldb(self, *arguments, family="state"):
        if shutil.which("ldb") is None:
            self.skipTest("no ldb here (rocksdb-tools)")
        done = subprocess.run(["ldb", f"--db={self.data}", f"--column_family={family}", "--hex", *arguments],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def keys(self, kind, family="state"):
        found = []
        for line in self.ldb("scan", family=family).splitlines():
            key = line.replace("==>", ":").split(":")[0].strip()
            if key.upper().startswith("0X" + kind):
                found.append(key)
        return found

    def flip(self, path, share, count=16):
        size = path.stat().st_size
        with open(path, "r+b") as file:
            file.seek(int(size * share))
            old = file.read(count)
            file.seek(int(size * share))
            file.write(bytes(byte ^ 0x20 for byte in old))

    def all_changes(self, engine, tenant="taisugar"):
        changes, position, lost = [], "", 0
        while True:
            page = engine.changes.ListChanges(changes_pb2.ListChangesRequest(
                filter=changes_pb2.ChangeFilter(tenant=tenant), position=position, page_size=500), timeout=30)
            changes += page.changes
            lost += page.unreadable_entries
            position = page.position
            if page.at_end:
                return changes, lost

    # --- while it serves --------------------------------------------------------------------------------

    def test_a_compaction_that_meets_damage_stops_nothing(self):
        """Again and again, and at each start."""
        self.flushed()
        tables = sorted(self.data.glob("*.sst"))
        for table in tables:
            self.flip(table, 0.5)
        for _ in range(4):
            engine = self.installation.start()
            for _ in range(3):
                done = engine.privacy.ApplyRetention(privacy_pb2.ApplyRetentionRequest(tenant="taisugar"), timeout=60)
                self.assertFalse(done.purged)  # what was erased is still in a file, and that is said
                lodge(engine)
                self.assertGreaterEqual(self.installation.metric("casewheel_damaged_files"), 1)
                named = engine.admin.GetStatistics(admin_pb2.GetStatisticsRequest(), timeout=10).damaged_files
                self.assertTrue(set(named) <= {table.name for table in tables} and named)
                eventually(lambda: f"damaged: {named[0]}" in self.installation.log())
                self.assertIn(named[0], self.installation.cli("stats").stdout)
            self.assertIsNone(self.installation.process.poll(), self.installation.log()[-2000:])
            self.installation.kill()

    def test_an_unreadable_case_stops_no_feed_and_no_list(self):
        numbers = self.flushed(30)
        keys = self.keys(KIND_CASE)
        self.ldb("put", keys[10], "0xFFFFFFFF")
        engine = self.installation.start()
        damaged = [number for number in numbers if self.unreadable(engine, number)]
        self.assertEqual(len(damaged), 1)

        changes, lost = self.all_changes(engine)
        self.assertEqual(lost, 0)
        lodgings = {change.case_number: change for change in changes if change.entry.event == "case_lodged"}
        self.assertEqual(set(lodgings), set(numbers))
        self.assertEqual([number for number, change in lodgings.items() if change.case_unreadable], damaged)
        self.assertEqual(lodgings[damaged[0]].unit, lodgings[numbers[0]].unit)  # as its clock row has it

        listed = engine.cases.ListCases(cases_pb2.ListCasesRequest(tenant="taisugar", page_size=500), timeout=10)
        self.assertEqual({case.case_number for case in listed.cases}, set(numbers) - set(damaged))
        self.assertEqual(listed.unreadable, 1)
        found = engine.cases.FindCasesByPerson(cases_pb2.FindCasesByPersonRequest(
            tenant="taisugar", phone="0912345678", page_size=500), timeout=10)
        self.assertEqual({case.case_number for case in found.cases}, set(numbers) - set(damaged))
        self.assertEqual(list(found.unreadable_case_numbers), damaged)
        person = privacy_pb2.PersonKey(phone="0912345678")
        held, token = [], ""
        for _ in range(100):
            page = engine.privacy.ExportPerson(privacy_pb2.ExportPersonRequest(
                tenant="taisugar", person=person, reason="test", page_token=token), timeout=30)
            held += [held.case.case_number for held in page.cases] + list(page.unreadable_case_numbers)
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(set(held), set(numbers))
        erased = engine.privacy.ErasePerson(privacy_pb2.ErasePersonRequest(
            tenant="taisugar", person=person, reason="test", open_too=True), timeout=60)
        self.assertEqual(set(erased.erased), set(numbers) - set(damaged))
        self.assertEqual(list(erased.unreadable), damaged)
        self.assertGreater(self.installation.metric("casewheel_unreadable_rows_total"), 0)
        self.assertIsNone(self.installation.process.poll())

    def unreadable(self, engine, number):
        try:
            engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10)
        except grpc.RpcError as error:
            self.assertEqual(error.code(), grpc.StatusCode.DATA_LOSS)
            return True
        return False

    def test_a_live_feed_goes_on(self):
        self.flushed(5)
        self.ldb("put", self.keys(KIND_CASE)[0], "0xFFFF")
        engine = self.installation.start()
        feed = engine.changes.WatchChanges(changes_pb2.WatchChangesRequest(
            filter=changes_pb2.ChangeFilter(tenant="taisugar"), position="start"), timeout=60)
        seen = []
        later = None
        for message in feed:
            seen += [change.case_number for change in message.changes]
            if len(seen) >= 5 and later is None:
                later = lodge(engine).case_number
            if later in seen:
                break
        feed.cancel()
        self.assertIn(later, seen)

    def test_damaged_clock_rows_are_taken_from_their_cases(self):
        numbers = self.flushed(20)
        for key in self.keys(KIND_CLOCK)[:5]:
            self.ldb("put", key, "0xFF")
        engine = self.installation.start()
        self.assertEqual(self.installation.metric("casewheel_derived_clock_rows"), 5)
        self.assertIn("5 clock rows are damaged", self.installation.log())
        self.assertEqual(self.installation.metric("casewheel_open_cases"), len(numbers))
        self.assertEqual(self.installation.metric("casewheel_armed_timers"), len(numbers))
        self.assertEqual(self.installation.cli("verify").returncode, 0)
        request = admin_pb2.AdvanceClockRequest()
        request.by.seconds = 10 * 86400
        engine.admin.AdvanceClock(request, timeout=60)
        for number in numbers:
            self.assertTrue(engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10).escalations)

    def test_an_unreadable_line_of_the_trail_ends_no_search(self):
        self.flushed(3)
        keys = self.keys(KIND_AUDIT)
        if not keys:
            self.skipTest("nothing is on the trail without --auth on")
        self.ldb("put", keys[0], "0xFF")
        self.installation.start()

    # --- repair -----------------------------------------------------------------------------------------

    def repair(self, out="repaired", expect=(0, 4)):
        out = self.installation.folder / out
        done = self.installation.cli("--json", "repair", "--data", self.data, "--out", out, timeout=120)
        self.assertIn(done.returncode, expect, (done.stdout[-2000:], done.stderr[-2000:]))
        return (json.loads(done.stdout) if done.returncode in (0, 4) else done), out

    def bytes_of(self):
        return {path.name: path.read_bytes() for path in self.data.iterdir() if path.is_file()}

    def serves(self, out, numbers, told):
        served = Installation("--clock", "virtual", data=out)
        self.addCleanup(served.remove)
        engine = served.start()
        missing = []
        for number in numbers:
            try:
                engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10)
            except grpc.RpcError:
                missing.append(number)
        self.assertEqual([number for number in missing if number not in told], [], "missing unsaid")
        lodge(engine)
        self.assertEqual(served.cli("verify").returncode, 0)
        served.stop()
        return missing

    def test_a_sound_directory_is_had_again_as_a_whole(self):
        numbers = self.lodged(40)
        engine = self.installation.engine
        self.installation.cli("attach", numbers[0], __file__)
        self.installation.kill()  # all of it in the write-ahead log
        before = self.bytes_of()
        report, out = self.repair(expect=(0,))
        self.assertEqual(self.bytes_of(), before, "the old directory is left as it was")
        self.assertTrue(report["whole"], report)
        self.assertEqual((report["cases_kept"], report["cases"], report["lost_entries"]), (40, [], 0))
        self.assertEqual(self.serves(out, numbers, []), [])
        del engine

    def test_one_damaged_block(self):
        numbers = self.flushed()
        for table in sorted(self.data.glob("*.sst")):
            for share in (0.2, 0.6):
                whole = table.read_bytes()
                self.flip(table, share)
                report, out = self.repair()
                table.write_bytes(whole)
                told = [case["case_number"] for case in report["cases"]]
                self.assertTrue(report["verified"], report["problems"])
                self.assertTrue(report["whole"] or told or report["notes"], report)
                self.serves(out, numbers, told)
                shutil.rmtree(out)

    def test_missing_files(self):
        numbers = self.flushed()
        for victim in [*sorted(self.data.glob("*.sst")), self.data / "CURRENT", *self.data.glob("MANIFEST-*")]:
            whole = victim.read_bytes()
            victim.unlink()
            with self.subTest(victim.name):
                report, out = self.repair(expect=(0, 1, 4))
                if isinstance(report, dict):
                    self.assertTrue(report["verified"], report["problems"])
                    self.serves(out, numbers, [case["case_number"] for case in report["cases"]])
                    shutil.rmtree(out)
                else:
                    self.assertIn("cannot be read", report.stderr)
            victim.write_bytes(whole)

    def test_a_damaged_log(self):
        numbers = self.lodged(120)
        self.installation.kill()
        log = max(self.data.glob("*.log"), key=lambda path: path.stat().st_size)
        self.flip(log, 0.5, count=1)
        with self.assertRaises(DidNotStart) as refused:
            self.installation.start()
        self.assertIn("casewheel repair", refused.exception.log)
        report, out = self.repair(expect=(4,))
        self.assertEqual(report["lost_entries"], 1)
        missing = self.serves(out, numbers, [case["case_number"] for case in report["cases"]])
        self.assertLessEqual(len(missing), 1)
        verified = self.installation.cli("verify", "--data", out)
        self.assertEqual(verified.returncode, 0, verified.stdout)
        self.assertIn("Lost in a repair", verified.stdout)

    def test_what_there_is_to_refuse(self):
        self.assertEqual(self.installation.cli("repair", "--data", self.installation.folder / "absent").returncode, 2)
        self.lodged(2)
        self.assertEqual(self.installation.cli("repair", "--data", self.data).returncode, 2)  # in use
        self.installation.stop()
        full = self.installation.folder / "full"
        full.mkdir()
        (full / "file").write_text("precious")
        self.assertEqual(self.installation.cli("repair", "--data", self.data, "--out", full).returncode, 2)
        self.assertEqual((full / "file").read_text(), "precious")
        done = self.installation.cli("repair", "--data", self.data)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("everything was had again", done.stdout)
        self.assertTrue((self.data.parent / (self.data.name + ".repaired") / "CURRENT").exists())


if __name__ == "__main__":
    unittest.main()
