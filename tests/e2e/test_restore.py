"""Backup under load, restore into a new directory, and proof of both, with the real command line."""

import collections
import json
import shutil
import threading
import time
import unittest

from contract import cases_pb2, changes_pb2, grpc, history_of, refusal, supervision_pb2
from installation import Installation, eventually
from serving import apply_catalogue, lodge_request, new_id
from test_attachments import PDF, upload


class Restore(unittest.TestCase):
    def setUp(self):
        self.installation = Installation("--clock", "real", "--partitions", "2")
        self.addCleanup(self.installation.remove)
        self.backups = self.installation.folder / "backups"

    def lodge(self, engine, into, **fields):
        request = lodge_request(**fields)
        into.append((request, engine.cases.LodgeCase(request, timeout=20).case_number))

    def restored(self, name, *arguments):
        data = self.installation.folder / name
        done = self.installation.cli("--json", "restore", self.backups, "--data", data, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        other = Installation("--clock", "real", data=data)
        self.addCleanup(other.remove)
        return other

    def test_backup_under_load(self):
        engine = self.installation.start()
        apply_catalogue(engine)
        before, after, stop = [], [], threading.Event()
        now = int(time.time() * 1000)
        dates = []
        for i in range(40):  # their dates pass between backup and restore
            self.lodge(engine, before, tenant="water", service="new-connection", agreed_time=now + 6000 + 10 * i)
            dates.append(before[-1][1])
        self.lodge(engine, before, tenant="water", service="new-connection", agreed_time=now + 1000)
        early = before[-1][1]  # fired before the backup: not again after it
        for _ in range(200):
            self.lodge(engine, before)
        eventually(lambda: len(engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=early)).escalations) > 0, patience_s=5)
        self.assertLess(int(time.time() * 1000), now + 5500, "this machine is too slow for the dates of this test")

        def work():
            while not stop.is_set():
                self.lodge(engine, after)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        done = self.installation.cli("--json", "backup", self.backups)
        finished = int(time.time() * 1000)
        stop.set()
        for thread in threads:
            thread.join(30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(json.loads(done.stdout)["done"])
        self.assertLess(finished, now + 6000, "this machine is too slow for the dates of this test")
        self.installation.kill()

        other = self.restored("restored")
        self.assertEqual([path.name for path in self.installation.folder.glob("*.restoring")], [])
        offline = other.cli("--json", "verify", "--data", other.data)
        self.assertEqual(offline.returncode, 0, (offline.stdout, offline.stderr))
        self.assertEqual(json.loads(offline.stdout)["digest"], json.loads(offline.stdout)["replayed_digest"])
        time.sleep(max(0, now + 6000 + 400 + 1300 - int(time.time() * 1000)) / 1000)
        engine = other.start()
        for request, number in before:
            answer = engine.cases.LodgeCase(request, timeout=10)
            self.assertEqual((answer.case_number, answer.duplicate), (number, True))
        kept = 0
        for request, number in after:  # during the backup: there as it was, or not at all
            answer = engine.cases.LodgeCase(request, timeout=10)
            kept += answer.duplicate
            if answer.duplicate:
                self.assertEqual(answer.case_number, number)
        print(f"\n  backup under load: {len(before)} before, {len(after)} during, {kept} of these in it", flush=True)

        def firings(number):
            return [(entry.event, {c.field: c.value for c in entry.changes}) for entry in history_of(engine, number)
                    if entry.event in ("clock_breached", "step_fired")]

        eventually(lambda: all(len(firings(number)) >= 2 for number in dates), patience_s=5)
        for number in dates:
            fired = firings(number)
            self.assertEqual(collections.Counter(event for event, _ in fired), {"clock_breached": 1, "step_fired": 1}, number)
            self.assertEqual({facts["cause"] for _, facts in fired}, {"restored"}, number)
        self.assertEqual([facts["cause"] for _, facts in firings(early)], ["on_time"] * 2)
        online = other.cli("--json", "verify")
        self.assertTrue(json.loads(online.stdout)["ok"])
        # The mark is of one start only.
        other.restart()
        engine = other.engine
        self.assertEqual(len(firings(dates[0])), 2)

    def test_several_backups_and_refusals(self):
        engine = self.installation.start()
        apply_catalogue(engine)
        lodged = []
        for _ in range(2):
            for _ in range(20):
                self.lodge(engine, lodged)
            engine = self.installation.restart()  # a start makes tables of the log, which is short
            self.assertEqual(self.installation.cli("--quiet", "backup", self.backups).returncode, 0)
        listed = self.installation.cli("--json", "backups", self.backups, "--verify")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        listed = json.loads(listed.stdout)
        self.assertTrue(listed["whole"])
        self.assertEqual([backup["id"] for backup in listed["backups"]], [1, 2])
        first = self.restored("first", "--id", 1)
        report = json.loads(first.cli("--json", "verify", "--data", first.data).stdout)
        self.assertEqual((report["ok"], int(report["cases"])), (True, 20))
        latest = self.restored("latest")
        self.assertEqual(int(json.loads(latest.cli("--json", "verify", "--data", latest.data).stdout)["cases"]), 40)

        again = self.installation.cli("restore", self.backups, "--data", first.data)  # not over what is there
        self.assertEqual(again.returncode, 1)
        self.assertIn("not empty", again.stderr)
        self.assertEqual(self.installation.cli("restore", self.backups, "--id", 9, "--data", self.installation.folder / "ninth").returncode, 1)
        self.assertFalse((self.installation.folder / "ninth").exists())

        tables = sorted(self.backups.rglob("*.sst"))
        self.assertTrue(tables)
        for table in tables:
            with open(table, "r+b") as file:
                file.seek(table.stat().st_size // 2)
                byte = file.read(1)[0]
                file.seek(-1, 1)
                file.write(bytes([byte ^ 1]))
        self.assertEqual(self.installation.cli("backups", self.backups, "--verify").returncode, 4)
        damaged = self.installation.cli("restore", self.backups, "--data", self.installation.folder / "never")
        self.assertEqual(damaged.returncode, 1)
        self.assertRegex(damaged.stderr, "sst|damaged|orruption")
        self.assertFalse((self.installation.folder / "never").exists())

    def test_one_flipped_byte_is_named(self):
        engine = self.installation.start()
        apply_catalogue(engine)
        lodged = []
        for _ in range(150):
            self.lodge(engine, lodged)
        self.assertEqual(self.installation.cli("--quiet", "backup", self.backups).returncode, 0)
        good = self.restored("good")
        for table in sorted(good.data.glob("*.sst")):
            copy = self.installation.folder / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(good.data, copy)
            with open(copy / table.name, "r+b") as file:
                file.seek(table.stat().st_size // 3)
                byte = file.read(1)[0]
                file.seek(-1, 1)
                file.write(bytes([byte ^ 1]))
            verified = self.installation.cli("--json", "verify", "--data", copy)
            self.assertEqual(verified.returncode, 4, (table.name, verified.stdout, verified.stderr))
            report = json.loads(verified.stdout)
            self.assertFalse(report["ok"])
            self.assertTrue(any(table.name in problem or "partition" in problem for problem in report["problems"]), report["problems"])



def flip(path, at=None):
    """One bit of the file."""
    at = path.stat().st_size // 2 if at is None else at
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


class BackedUp(unittest.TestCase):
    """An engine on a virtual clock, and where its backups go."""

    CLOCK = "virtual:2026-01-05T09:00:00+08:00"

    def setUp(self):
        self.installation = Installation("--clock", self.CLOCK, "--partitions", "2")
        self.addCleanup(self.installation.remove)
        self.backups = self.installation.folder / "backups"
        self.engine = self.installation.start()
        apply_catalogue(self.engine)
        self.others = 0

    def lodge(self, engine, count, **fields):
        return [engine.cases.LodgeCase(lodge_request(**fields), timeout=20).case_number for _ in range(count)]

    def backup(self, *arguments):
        done = self.installation.cli("--json", "backup", self.backups, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def installed(self, data=None):
        self.others += 1
        other = Installation("--clock", self.CLOCK, data=data or self.installation.folder / f"other{self.others}")
        self.addCleanup(other.remove)
        return other

    def restored(self, *arguments):
        other = self.installed()
        done = other.cli("restore", self.backups, "--data", other.data, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return other


class LostFuture(BackedUp):
    """What was given out behind a backup, and never means something else after it was restored."""

    def page(self, engine, position, size=500):
        request = changes_pb2.ListChangesRequest(position=position, page_size=size)
        request.filter.tenant = "taisugar"
        return engine.changes.ListChanges(request, timeout=20)

    def end_of_changes(self, engine, position=""):
        page = self.page(engine, position)
        while not page.at_end:
            page = self.page(engine, page.position)
        return page.position

    def lodged_since(self, engine, position):
        count, at_end = 0, False
        while not at_end:
            page = self.page(engine, position)
            count += [change.entry.event for change in page.changes].count("case_lodged")
            position, at_end = page.position, page.at_end
        return count

    def refused(self, engine, position):
        request = changes_pb2.ListChangesRequest(position=position)
        request.filter.tenant = "taisugar"
        answer = refusal(engine.changes.ListChanges, request, timeout=20)
        self.assertEqual(answer.code, grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("position", answer.fields)
        watched = changes_pb2.WatchChangesRequest(position=position)
        watched.filter.tenant = "taisugar"
        with self.assertRaises(grpc.RpcError) as ended:
            list(engine.changes.WatchChanges(watched, timeout=20))
        self.assertEqual(ended.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_numbers_positions_and_erasures(self):
        self.lodge(self.engine, 5)
        before = self.end_of_changes(self.engine)
        self.backup()
        lost = self.lodge(self.engine, 30)
        positions = [self.page(self.engine, before, size=3).position, self.end_of_changes(self.engine)]
        self.installation.kill()
        given = set(lost)
        for _ in range(2):  # the same backup twice
            other = self.restored()
            engine = other.start()
            for number in lost:
                self.assertEqual(refusal(engine.cases.GetCase, cases_pb2.GetCaseRequest(case_number=number)).code,
                                 grpc.StatusCode.NOT_FOUND)
            for position in positions:
                self.refused(engine, position)
            new = self.lodge(engine, 60)  # the journal is longer than the lost one was
            self.assertEqual(given & set(new), set())
            given |= set(new)
            for position in positions:
                self.refused(engine, position)
            self.assertEqual(self.lodged_since(engine, before), 60)
            listed = other.folder / "erased.txt"
            listed.write_text("\n".join([lost[0], new[0]]) + "\n")
            erased = other.cli("--json", "erase", "--tenant", "taisugar", "--cases", listed, "--open-too", "--reason", "還原後")
            self.assertEqual(erased.returncode, 0, erased.stderr)
            answer = json.loads(erased.stdout)
            self.assertEqual((answer.get("erased", []), answer["unknown"], answer["since_restore"]), ([], [lost[0]], [new[0]]))
            self.assertFalse(engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=new[0])).HasField("erase_time"))
            self.assertEqual(other.cli("verify").returncode, 0)
            other.restart()
            self.assertEqual(given & set(self.lodge(other.engine, 5)), set())
            other.kill()

    def test_the_days_behind_a_virtual_clock(self):
        self.backup()
        self.installation.cli("clock", "advance", "--by", "72h")
        lost = self.lodge(self.engine, 10)
        self.installation.kill()
        other = self.restored()
        engine = other.start()
        other.cli("clock", "advance", "--by", "72h")
        self.assertEqual(set(lost) & set(self.lodge(engine, 10)), set())

    def test_within_a_case(self):
        number = self.lodge(self.engine, 1)[0]
        self.backup()
        lost_file = upload(self.engine, number, PDF + b"lost", name="lost.pdf").id
        note = cases_pb2.AddNoteRequest(case_number=number, text="lost")
        etags = []
        for _ in range(5):
            note.request_id = new_id()
            etags.append(self.engine.cases.AddNote(note, timeout=10).etag)
        self.installation.cli("clock", "advance", "--by", "100h")
        lost = self.engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number))
        self.assertTrue(lost.escalations)
        self.installation.kill()

        other = self.restored()
        engine = other.start()
        kept = engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number))
        files = [upload(engine, number, PDF + bytes([i]), name="new.pdf").id for i in range(8)]
        self.assertNotIn(lost_file, files)
        for etag in [*etags, lost.etag, kept.etag]:
            note.request_id, note.etag = new_id(), etag
            self.assertEqual(refusal(engine.cases.AddNote, note).code, grpc.StatusCode.ABORTED, etag)
        other.cli("clock", "advance", "--by", "100h")
        self.assertTrue(engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number)).escalations)
        for escalation in lost.escalations:
            self.assertEqual(refusal(engine.supervision.AcknowledgeEscalation, supervision_pb2.AcknowledgeEscalationRequest(
                case_number=number, escalation=escalation.id, request_id=new_id())).code, grpc.StatusCode.NOT_FOUND)

    def test_a_copied_directory(self):
        self.lodge(self.engine, 3)
        self.installation.stop()
        copy = self.installed()
        shutil.copytree(self.installation.data, copy.data)
        original = self.lodge(self.installation.start(), 20)
        position = self.end_of_changes(self.installation.engine)
        engine = copy.start()
        self.assertEqual(set(original) & set(self.lodge(engine, 40)), set())
        self.refused(engine, position)
        self.assertEqual(copy.cli("verify").returncode, 0)


class Backups(BackedUp):
    """What makes a backup whole, and how many are kept."""

    def checked(self):
        """By id, what --verify says of each; the exit code says the same."""
        done = self.installation.cli("--json", "backups", self.backups, "--verify")
        listed = {backup["id"]: backup["check"].startswith("完整 whole") for backup in json.loads(done.stdout)["backups"]}
        self.assertEqual(done.returncode, 0 if all(listed.values()) else 4, done.stdout)
        return listed

    def refused_restore(self, *arguments):
        target = self.installation.folder / "never"
        done = self.installation.cli("restore", self.backups, "--data", target, *arguments)
        self.assertEqual((done.returncode, target.exists()), (1, False), done.stdout)
        return done.stderr

    def test_attachments_belong_to_it(self):
        number = self.lodge(self.engine, 1)[0]
        upload(self.engine, number, PDF + b"one", name="one.pdf")
        upload(self.engine, number, PDF + b"two", name="two.pdf")
        self.assertEqual(self.backup()["attachments"], 2)
        self.assertEqual(self.checked(), {1: True})
        files = sorted(path for path in (self.backups / "attachments").rglob("*") if path.is_file())
        flip(files[0])
        self.assertEqual(self.checked(), {1: False})
        self.assertIn(files[0].name, self.refused_restore())
        self.backup()  # copies it anew, which mends the first one
        self.assertEqual(self.checked(), {1: True, 2: True})
        shutil.rmtree(self.backups / "attachments")
        self.assertEqual(self.checked(), {1: False, 2: False})
        self.assertIn("missing", self.refused_restore())
        self.backup()
        self.assertEqual(self.checked(), {1: True, 2: True, 3: True})
        self.restored()

    def test_one_that_was_lost_before(self):
        number = self.lodge(self.engine, 1)[0]
        upload(self.engine, number, PDF + b"one", name="one.pdf")
        self.backup()
        shelf = self.installation.data / "attachments"
        next(path for path in shelf.rglob("*") if path.is_file()).unlink()
        self.assertEqual(self.backup().get("lacking", 0), 0)  # the earlier copy is still there
        upload(self.engine, number, PDF + b"two", name="two.pdf")
        next(path for path in shelf.rglob("*") if path.is_file()).unlink()
        done = self.installation.cli("--json", "backup", self.backups)
        self.assertEqual((done.returncode, json.loads(done.stdout).get("lacking", 0)), (4, 1), done.stderr)
        self.assertEqual(self.checked(), {1: True, 2: True, 3: False})
        self.assertIn("lacks", self.refused_restore())
        self.restored("--accept-lacking")
        self.restored("--id", "2")

    def test_a_damaged_table_is_not_used_again(self):
        self.lodge(self.engine, 30)
        self.engine = self.installation.restart()  # which makes tables of the log
        self.backup()
        tables = list((self.backups / "shared_checksum").iterdir())
        for table in tables:
            flip(table)
        self.assertEqual(self.checked(), {1: False})
        self.lodge(self.engine, 5)
        self.backup()
        # The earlier one is mended where the store still has its tables.
        kept = all((self.installation.data / (table.name.split("_")[0] + ".sst")).exists() for table in tables)
        self.assertIn(self.checked(), [{1: True, 2: True}] if kept else [{1: True, 2: True}, {1: False, 2: True}])
        other = self.restored()
        self.assertEqual(int(json.loads(other.cli("--json", "verify", "--data", other.data).stdout)["cases"]), 35)

    def test_one_that_was_cut_short_is_not_whole(self):
        self.lodge(self.engine, 5)
        self.backup()
        self.backup()
        (self.backups / "manifests" / "2").unlink()  # written last
        self.assertEqual(self.checked(), {1: True, 2: False})
        self.assertIn("not whole", self.refused_restore())
        self.restored("--id", "1")
        self.backup()
        self.assertEqual(self.checked(), {1: True, 2: False, 3: True})
        flip(self.backups / "manifests" / "3")
        self.assertEqual(self.checked(), {1: True, 2: False, 3: False})

    def test_keep(self):
        number = self.lodge(self.engine, 1)[0]
        for i in range(4):
            upload(self.engine, number, PDF + bytes([i]), name="one.pdf")
            self.backup()
        self.backup("--keep", "3")
        self.assertEqual(self.checked(), {3: True, 4: True, 5: True})
        # One that is damaged does not count, and what is older than it stays.
        flip(self.backups / "meta" / "5")
        self.lodge(self.engine, 1)
        self.backup("--keep", "2")
        self.assertEqual(self.checked(), {4: True, 5: False, 6: True})
        self.backup("--keep", "1")
        self.assertEqual(self.checked(), {7: True})
        self.restored()
        for wrong in ("0", "-1", "10001", "x"):
            self.assertNotEqual(self.installation.cli("backup", self.backups, "--keep", wrong).returncode, 0)
        self.assertEqual(self.checked(), {7: True})

    def test_killed_while_it_is_made(self):
        number = self.lodge(self.engine, 1)[0]
        for i in range(20):
            upload(self.engine, number, PDF + bytes([i]) * 1_000_000, name="large.pdf")
        self.backup()
        for delay in (0.01, 0.05, 0.15):
            self.lodge(self.engine, 20)
            thread = threading.Thread(target=self.installation.cli, args=("backup", self.backups))
            thread.start()
            time.sleep(delay)
            self.installation.kill()
            thread.join()
            self.assertTrue(self.checked()[1])
            self.engine = self.installation.start()
        self.backup()
        whole = self.checked()
        self.assertTrue(whole[1] and whole[max(whole)])
        self.restored()


if __name__ == "__main__":
    unittest.main()
