"""Data directories that are not as they should be: the engine says what is wrong and does not start,
or a verification names it. Nothing acknowledged is ever dropped in silence."""

import os
import shutil
import subprocess
import unittest

from contract import admin_pb2, cases_pb2, grpc, privacy_pb2, refusal
from installation import CASEWHEELD, DidNotStart, Installation, eventually
from serving import apply_catalogue, lodge, lodge_request


class Faults(unittest.TestCase):
    def setUp(self):
        self.installation = Installation("--clock", "virtual")
        self.addCleanup(self.installation.remove)
        self.data = self.installation.data

    def refused_to_start(self, data=None, *arguments):
        ended = subprocess.run([CASEWHEELD, "--data", str(data or self.data), "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--http", "127.0.0.1:0",
                                "--clock", "virtual", *arguments], capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(ended.returncode, 1, ended.stderr)
        self.assertNotIn("ready", ended.stdout)
        self.assertIn("cannot start", ended.stderr)
        return ended.stderr

    def lodge_some(self, count=300, engine=None):
        """Lodged one by one: each is a record of its own in the write-ahead log."""
        engine = engine or self.installation.engine
        lodged = []
        for _ in range(count):
            request = lodge_request()
            lodged.append((request, engine.cases.LodgeCase(request, timeout=10).case_number))
        return lodged

    def started_with_cases(self, count=300):
        apply_catalogue(self.installation.start())
        return self.lodge_some(count)

    def newest(self, pattern):
        found = sorted(self.data.glob(pattern), key=lambda path: (path.stat().st_size > 0, path.name))
        self.assertTrue(found, pattern)
        return found[-1]

    def flip(self, path, offset, count=1):
        with open(path, "r+b") as file:
            file.seek(offset)
            old = file.read(count)
            file.seek(offset)
            file.write(bytes(byte ^ 0x20 for byte in old))

    # --- whose directory is it? ---------------------------------------------------------------------------

    def test_in_use(self):
        lodged = self.started_with_cases(5)
        said = self.refused_to_start()
        self.assertIn("in use by another process", said)
        self.assertIn(str(self.data), said)
        self.assertEqual(self.installation.cli("verify", "--data", self.data).returncode, 2)
        self.installation.engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=lodged[0][1]), timeout=10)

    def test_files_of_something_else(self):
        for name in ("photo.jpg", "000001.sst", "000003.log"):
            other = self.installation.folder / f"other-{name}"
            other.mkdir()
            (other / name).write_text("precious")
            said = self.refused_to_start(other)
            self.assertIn(str(other), said)
            self.assertEqual([path.name for path in other.iterdir() if path.name != "LOCK"], [name])
            self.assertEqual((other / name).read_text(), "precious")

    def test_a_file_instead_of_a_directory(self):
        file = self.installation.folder / "file"
        file.write_text("precious")
        self.assertIn(str(file), self.refused_to_start(file))
        self.assertIn(str(file), self.refused_to_start(file / "below"))
        self.assertEqual(file.read_text(), "precious")

    def test_another_programs_database(self):
        other = self.installation.folder / "foreign"
        self.ldb(other, "put", "--create_if_missing", "key", "value")
        self.refused_to_start(other)
        self.assertIn("value", self.ldb(other, "get", "key"))

    def test_no_permission(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        self.refused_to_start("/casewheel-data")

    def ldb(self, data, *arguments):
        if shutil.which("ldb") is None:
            self.skipTest("no ldb here (rocksdb-tools)")
        done = subprocess.run(["ldb", f"--db={data}", *arguments], capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_a_newer_format(self):
        self.started_with_cases(3)
        self.installation.stop()
        key = "0x010000" + b"installation".hex()
        row = self.ldb(self.data, "--column_family=state", "--hex", "get", key).strip()
        self.assertTrue(row.upper().startswith("0X0801"), row)  # Installation.format = 1
        self.ldb(self.data, "--column_family=state", "--hex", "put", key, "0x0802" + row[6:])
        said = self.refused_to_start()
        self.assertIn("format 2", said)
        self.assertIn("format 1", said)
        self.assertEqual(self.installation.cli("verify", "--data", self.data).returncode, 2)
        self.ldb(self.data, "--column_family=state", "--hex", "put", key, row)
        self.installation.start()

    def test_a_row_that_is_no_message(self):
        self.started_with_cases(3)
        self.installation.stop()
        key = "0x010000" + b"installation".hex()
        self.ldb(self.data, "--column_family=state", "--hex", "put", key, "0xFFFFFFFF")
        self.assertIn("cannot be decoded", self.refused_to_start())

    def test_a_changed_head(self):
        """The head row says something else than the journal: not served."""
        self.started_with_cases(3)
        self.installation.stop()
        dump = self.ldb(self.data, "--column_family=journal", "--hex", "--key_hex", "--value_hex", "scan").splitlines()
        last = [line for line in dump if line.startswith("0x20")][-1].split(" : ")[0].replace(" ==> ", " ").split()[0]
        self.ldb(self.data, "--column_family=journal", "--hex", "delete", last)
        self.assertRegex(self.refused_to_start(), "journal of partition 0 lacks its last entry")
        verified = self.installation.cli("verify", "--data", self.data)
        self.assertEqual(verified.returncode, 4)
        self.assertIn("partition 0", verified.stdout)

    # --- damage ----------------------------------------------------------------------------------------

    def test_write_ahead_log_damaged_in_the_middle(self):
        lodged = self.started_with_cases()
        self.installation.kill()
        log = self.newest("*.log")
        whole = log.read_bytes()
        size = len(whole)
        for place, offset in (("a third", size // 3), ("half", size // 2), ("nine tenths", size * 9 // 10)):
            self.flip(log, offset)
            said = self.refused_to_start()
            self.assertIn(log.name, said, place)
            verified = self.installation.cli("verify", "--data", self.data)
            self.assertEqual(verified.returncode, 4, (verified.stdout, verified.stderr))
            self.assertIn(log.name, verified.stdout)
            self.flip(log, offset)
        self.assertEqual(log.read_bytes(), whole)  # left as it was found
        engine = self.installation.start()
        for request, number in lodged:
            self.assertEqual(engine.cases.LodgeCase(request, timeout=10).case_number, number)

    def test_write_ahead_log_torn_at_its_end(self):
        """A cut within the last record loses that record and no other."""
        lodged = self.started_with_cases(60)
        self.installation.kill()
        log = self.newest("*.log")
        whole = log.read_bytes()
        for cut in (1, 7, 100):
            log.write_bytes(whole[:-cut])
            kept = self.installation.folder / f"cut-{cut}"
            shutil.copytree(self.data, kept)
            torn = Installation("--clock", "virtual", data=kept)
            self.addCleanup(torn.remove)
            engine = torn.start()
            for request, number in lodged[:-1]:
                answer = engine.cases.LodgeCase(request, timeout=10)
                self.assertEqual((answer.case_number, answer.duplicate), (number, True))
            request, number = lodged[-1]
            last = engine.cases.LodgeCase(request, timeout=10)  # as if it had never been acknowledged: lodged anew
            self.assertFalse(last.duplicate)
            self.assertEqual(torn.cli("verify").returncode, 0)
            self.assertEqual(torn.stop(), 0)
            log.write_bytes(whole)

    def test_write_ahead_log_gone(self):
        """A log that is missing while a later one is there."""
        self.started_with_cases(30)
        self.installation.kill()
        self.installation.start()  # replays, and begins a new log
        self.lodge_some(30)
        self.installation.kill()
        logs = sorted(path for path in self.data.glob("*.log") if path.stat().st_size > 0)
        if len(logs) < 2:
            self.skipTest("this store keeps one log at a time: nothing to leave out")
        logs[0].unlink()
        self.refused_to_start()

    def flushed(self):
        """Cases in table files that RocksDB has no reason to rewrite by itself, as it would soon after a start."""
        lodged = self.started_with_cases(200)
        purged = self.installation.engine.privacy.ApplyRetention(privacy_pb2.ApplyRetentionRequest(tenant="taisugar"), timeout=60)
        self.assertTrue(purged.purged)
        backup = self.installation.cli("--quiet", "backup", self.installation.folder / "backup")  # flushes the journal
        self.assertEqual(backup.returncode, 0, backup.stderr)
        self.installation.stop()
        return lodged

    def test_table_files_damaged(self):
        lodged = self.flushed()
        tables = sorted(self.data.glob("*.sst"))
        self.assertTrue(tables)
        named = 0
        for table in tables:
            for share in (0.1, 0.5):
                copy = self.installation.folder / "damaged"
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(self.data, copy)
                self.flip(copy / table.name, int(table.stat().st_size * share))
                verified = self.installation.cli("verify", "--data", copy)
                self.assertEqual(verified.returncode, 4, (table.name, share, verified.stdout, verified.stderr))
                named += table.name in verified.stdout
        self.assertGreater(named, 0)

        # Served all the same, a damaged row is an error that names the file: never "no such case".
        answers = set()
        for table in tables:
            copy = self.installation.folder / "served"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(self.data, copy)
            self.flip(copy / table.name, int(table.stat().st_size * 0.3), count=64)
            damaged = Installation("--clock", "virtual", data=copy)
            self.addCleanup(damaged.remove)
            try:
                engine = damaged.start()
            except DidNotStart as refused:
                self.assertEqual(refused.code, 1)
                self.assertIn(table.name, refused.log)
                answers.add("refused to start")
                continue
            for _, number in lodged:
                for call, request in ((engine.cases.GetCase, cases_pb2.GetCaseRequest(case_number=number)),
                                      (engine.cases.ListCaseHistory, cases_pb2.ListCaseHistoryRequest(case_number=number))):
                    try:
                        call(request, timeout=10)
                    except grpc.RpcError as error:
                        answers.add(error.code())
                        self.assertEqual(error.code(), grpc.StatusCode.DATA_LOSS)
                        self.assertIn(table.name, error.details())
            damaged.kill()
        print(f"\n  damaged tables: {len(tables)} files, answers {sorted(map(str, answers))}", flush=True)
        self.assertTrue(answers)

    def served_with_damage(self, lodged):
        """An engine over a copy with one damaged block, and the cases that cannot be read for it."""
        for table in sorted(self.data.glob("*.sst")):
            for share in (0.1, 0.3, 0.5, 0.7, 0.2, 0.4, 0.6, 0.8, 0.9):
                copy = self.installation.folder / f"damaged-{table.stem}-{share}"
                shutil.copytree(self.data, copy)
                self.flip(copy / table.name, int(table.stat().st_size * share), count=16)
                damaged = Installation("--clock", "virtual", data=copy)
                self.addCleanup(damaged.remove)
                try:
                    engine = damaged.start()
                except DidNotStart:
                    continue
                hidden = []
                for _, number in lodged:
                    try:
                        engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10)
                    except grpc.RpcError as error:
                        self.assertEqual(error.code(), grpc.StatusCode.DATA_LOSS)
                        hidden.append(number)
                if hidden and len(hidden) < len(lodged):
                    return damaged, engine, hidden, table.name
                damaged.kill()
        raise AssertionError("no place of damage hides some cases and not all")

    def test_damaged_cases_stop_no_others(self):
        lodged = self.flushed()
        damaged, engine, hidden, file = self.served_with_damage(lodged)
        whole = [number for _, number in lodged if number not in hidden]
        for request, number in lodged:
            note = cases_pb2.AddNoteRequest(case_number=number, text="note")
            if number in hidden:
                wrong = refusal(engine.cases.AddNote, note, timeout=10)
                self.assertEqual((wrong.code, wrong.reason), (grpc.StatusCode.DATA_LOSS, "DATA_LOSS"))
                self.assertIn(file, wrong.message)
                self.assertEqual(refusal(engine.cases.LodgeCase, request, timeout=10).code, grpc.StatusCode.DATA_LOSS)
                merge = cases_pb2.MergeCaseRequest(case_number=number, into_case_number=whole[0])
                self.assertEqual(refusal(engine.cases.MergeCase, merge, timeout=10).code, grpc.StatusCode.DATA_LOSS)
            else:
                engine.cases.AddNote(note, timeout=10)

        def advance_until_due():
            for _ in range(200):
                request = admin_pb2.AdvanceClockRequest()
                request.by.seconds = 3600
                engine.admin.AdvanceClock(request, timeout=60)
                if damaged.metric("casewheel_unreadable_cases") == len(hidden):
                    return
            raise AssertionError("nothing came due")

        advance_until_due()
        self.assertTrue(all(engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10).escalations for number in whole))
        late = damaged.metric("casewheel_oldest_unfired_deadline_seconds")
        self.assertGreater(engine.admin.GetStatistics(admin_pb2.GetStatisticsRequest(), timeout=10).oldest_unfired.seconds, 0)
        request = admin_pb2.AdvanceClockRequest()
        request.by.seconds = 3600
        engine.admin.AdvanceClock(request, timeout=60)
        self.assertAlmostEqual(damaged.metric("casewheel_oldest_unfired_deadline_seconds"), late + 3600, delta=60)
        self.assertEqual(damaged.metric("casewheel_unreadable_cases"), len(hidden))
        self.assertIn(f"{len(hidden)} due cases cannot be read", damaged.log())
        self.assertIn(file, damaged.log())
        print(f"\n  damaged cases: {len(hidden)} of {len(lodged)} set aside", flush=True)
        # A restart is no loop: it serves, and sets them aside again.
        damaged.kill()
        engine = damaged.start()
        eventually(lambda: damaged.metric("casewheel_unreadable_cases") == len(hidden))
        lodge(engine)

    def test_manifest_and_current(self):
        self.flushed()
        current = self.data / "CURRENT"
        text = current.read_text()
        current.unlink()
        self.assertIn("CURRENT", self.refused_to_start())
        self.assertEqual(self.installation.cli("verify", "--data", self.data).returncode, 4)
        current.write_text("MANIFEST-999999\n")
        self.refused_to_start()
        current.write_text(text)
        table = sorted(self.data.glob("*.sst"))[0]
        table.rename(table.with_suffix(".away"))
        self.assertIn(table.stem, self.refused_to_start())  # RocksDB names it with its old ending
        table.with_suffix(".away").rename(table)
        self.installation.start()

    def test_killed_in_the_middle_of_a_first_start(self):
        for delay_ms in (0, 5, 10, 20, 30, 40, 60, 80):
            process = self.installation.spawn()
            try:
                process.wait(delay_ms / 1000)
            except subprocess.TimeoutExpired:
                pass
            self.installation.kill()
        apply_catalogue(self.installation.start())
        lodge(self.installation.engine)


if __name__ == "__main__":
    unittest.main()
