"""Backup under load, restore into a new directory, and proof of both, with the real command line."""

import collections
import json
import shutil
import threading
import time
import unittest

from contract import cases_pb2, history_of
from installation import Installation, eventually
from serving import apply_catalogue, lodge_request


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


if __name__ == "__main__":
    unittest.main()
