"""The casewheel command line against a running engine: answers, JSON, exit codes."""

import json
import unittest

from contract import ROOT
from installation import Installation
from serving import Serving, new_id


class CommandLine(Serving):
    def run_cli(self, *arguments, code=0, **options):
        done = self.installation.cli(*arguments, **options)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments, **options):
        done = self.run_cli("--json", *arguments, **options)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def lodge_by_cli(self, *more):
        return self.json("lodge", "--tenant", "taisugar", "--service", "land-lease", "--channel", "counter", "--subject", "租地", *more)

    def test_a_case_by_hand(self):
        lodged = self.lodge_by_cli("--name", "王大明", "--phone", "0222334455", "--agreed", "2026-03-01 17:00", "--missing", "土地承租申請書")
        number = lodged["case_number"]
        self.assertEqual(lodged["duplicate"], False)
        for arguments, status in (
                (["receive-documents", number], "CASE_STATUS_REGISTERED"),
                (["assign", number, "--handler", "ts031"], "CASE_STATUS_ASSIGNED"),
                (["accept", number], "CASE_STATUS_IN_PROGRESS"),
                (["transfer", number, "--unit", "tainan.leisure", "--reason", "改由休閒課"], "CASE_STATUS_REGISTERED"),
                (["note", number, "--text", "已聯繫", "--to-applicant"], "CASE_STATUS_REGISTERED"),
                (["request-documents", number, "--document", "身分證明文件影本"], "CASE_STATUS_AWAITING_DOCUMENTS"),
                (["receive-documents", number, "--document", "身分證明文件影本"], "CASE_STATUS_REGISTERED"),
                (["agree-date", number, "--date", "2026-03-05T17:00:00+08:00", "--reason", "改期"], "CASE_STATUS_REGISTERED"),
                (["reply", number, "--means", "phone", "--text", "可承租"], "CASE_STATUS_REPLIED"),
                (["close", number, "--outcome", "resolved", "--text", "完成"], "CASE_STATUS_CLOSED"),
                (["reopen", number, "--reason", "再詢"], "CASE_STATUS_REGISTERED")):
            self.assertEqual(self.json(*arguments)["status"], status, arguments)
        shown = self.json("show", number)
        self.assertEqual(shown["applicant"]["name"], "王○明")
        revealed = self.json("reveal", number, "--reason", "回電", "--history")
        self.assertEqual((revealed["case"]["applicant"]["name"], revealed["case"]["applicant"]["phone"]), ("王大明", "0222334455"))
        self.assertIn("已聯繫", [entry["text"] for entry in revealed["history"]])
        running = [clock for clock in shown["clocks"] if clock["status"] == "CLOCK_STATUS_RUNNING"]
        self.assertTrue(running)
        extended = self.json("extend", number, "--clock", running[0]["id"], "--to", "2026-06-01 12:00", "--reason", "同意")
        self.assertEqual(extended["case_number"], number)
        other = self.lodge_by_cli()["case_number"]
        self.assertEqual(self.json("merge", other, "--into", number)["status"], "CASE_STATUS_MERGED")
        self.assertFalse(self.json("unmerge", other, "--reason", "併錯").get("merged_into"))
        self.assertEqual(self.json("merge", other, "--into", number)["merged_into"], number)
        third = self.lodge_by_cli()["case_number"]
        self.assertEqual(self.json("withdraw", third, "--reason", "自撤")["status"], "CASE_STATUS_WITHDRAWN")
        history = self.json("history", number)
        self.assertGreater(len(history["entries"]), 15)
        self.assertIn(number, [case["case_number"] for case in self.json("list", "--tenant", "taisugar", "--all")["cases"]])
        self.assertEqual([case["case_number"] for case in self.json("find", "--tenant", "taisugar", "--phone", "02-2233-4455")["cases"]], [number])
        grouped = " ".join(number[i:i + 4] for i in range(0, len(number), 4))
        self.assertEqual(self.json("show", *grouped.split())["case_number"], number)
        for arguments in (["show", number], ["history", number], ["list", "--tenant", "taisugar"], ["find", "--tenant", "taisugar", "--phone", "0222334455"]):
            text = self.run_cli(*arguments).stdout
            self.assertTrue(text.strip(), arguments)
            self.assertNotIn("\x1b", text)

    def test_the_board(self):
        self.lodge_by_cli()
        self.json("clock", "advance", "--by", "30d")
        overdue = self.json("overdue", "--tenant", "taisugar", "--all")
        self.assertTrue(overdue["cases"])
        number = overdue["cases"][0]["case_number"]
        acknowledged = self.json("acknowledge", number, "--text", "知悉")
        self.assertTrue(all(escalation["acknowledged_by"] for escalation in acknowledged["escalations"]))
        watched = self.run_cli("--json", "watch", "--tenant", "taisugar", "--once")
        lines = [json.loads(line) for line in watched.stdout.splitlines()]
        self.assertTrue(lines[-1]["snapshot"]["complete"])
        self.assertTrue(self.run_cli("overdue", "--tenant", "taisugar").stdout.strip())
        self.run_cli("watch", "--tenant", "taisugar", "--timeout", "1s")

    def test_looking_after_it(self):
        self.assertEqual(len(self.json("tenants")["tenants"]), 4)
        self.assertIn("complaint-72h", self.json("catalogue", "taisugar")["yaml"])
        self.assertGreaterEqual(int(self.json("stats")["events"]), 4)
        self.assertTrue(self.json("clock", "show")["is_virtual"])
        self.assertTrue(self.json("verify")["ok"])
        catalogue = ROOT / "deploy" / "samples" / "catalogue.yaml"
        self.assertEqual([t["diff"] for t in self.json("apply", "-f", catalogue, "--dry-run")["tenants"]], [[]] * 4)
        self.json("apply", "-f", "-", stdin=catalogue.read_text())
        backups = self.installation.folder / "backups"
        self.assertTrue(self.json("backup", backups)["done"])
        restored = self.installation.folder / "restored"
        self.assertEqual(self.json("restore", backups, "--data", restored)["restored"], True)
        report = self.json("verify", "--data", restored)
        self.assertEqual((report["ok"], report["digest"]), (True, report["replayed_digest"]))
        for command in ("stats", "tenants", "verify"):
            self.assertTrue(self.run_cli(command).stdout.strip())

    def test_exit_codes(self):
        number = self.lodge_by_cli()["case_number"]
        wrong_digit = number[:-1] + str((int(number[-1]) + 1) % 10)
        # 1: the engine said no, with its reason
        refused = self.run_cli("--json", "merge", number, "--into", number, code=1)
        error = json.loads(refused.stderr)["error"]
        self.assertEqual((refused.stdout, error["code"], error["field_violations"][0]["field"]), ("", "INVALID_ARGUMENT", "into_case_number"))
        refused = self.run_cli("--json", "reopen", number, "--reason", "x", code=1)
        self.assertEqual(json.loads(refused.stderr)["error"]["reason"], "WRONG_STATE")
        self.assertIn("WRONG_STATE", self.run_cli("reopen", number, "--reason", "x", code=1).stderr)
        self.run_cli("--as", "nobody", "accept", number, code=1)
        self.run_cli("restore", self.installation.folder / "nothing", "--data", self.installation.folder / "new", code=1)
        # 2: the command line is wrong, nothing was sent
        for arguments in ([], ["nothing"], ["show"], ["lodge"], ["clock", "advance"], ["--timeout", "soon", "stats"], ["--zone", "Mars/Base", "stats"],
                          ["apply", "-f", "/nonexistent.yaml"], ["clock", "advance", "--by", "soon"], ["reply", number, "--means", "pigeon", "--text", "x"], ["show", wrong_digit],
                          ["verify", "--data", self.installation.folder / "nothing"], ["verify", "--data", self.installation.data]):
            self.run_cli(*arguments, code=2)
        # 3: no answer
        lost = self.run_cli("--json", "note", number, "--text", "x", environment={"CASEWHEEL_ADDRESS": "127.0.0.1:1"}, code=3)
        self.assertTrue(json.loads(lost.stderr)["error"]["request_id"])  # to try again with
        self.run_cli("clock", "advance", "--by", "1h", "--timeout", "1ms", code=3)
        for arguments in (["--help"], ["--version"], ["lodge", "--help"]):
            self.run_cli(*arguments)

    def test_request_id_makes_a_retry_safe(self):
        key = new_id("cli")
        first = self.lodge_by_cli("--request-id", key)
        again = self.lodge_by_cli("--request-id", key)
        self.assertEqual((again["case_number"], again["duplicate"]), (first["case_number"], True))
        stale = self.run_cli("--json", "note", first["case_number"], "--text", "x", "--etag", '"99"', code=1)
        self.assertEqual(json.loads(stale.stderr)["error"]["reason"], "STALE_ETAG")


class Import(unittest.TestCase):
    def test_a_table(self):
        installation = Installation("--clock", "real")
        self.addCleanup(installation.remove)
        installation.start()
        (installation.folder / "rows.csv").write_text(
            "id,opened,closed,what\n1,2026-01-05 09:00,2026-01-06 10:00,漏水\n2,2026-01-05 09:30,,無水\n3,not a time,,壞列\n2,2026-01-05 09:30,,無水\n")
        (installation.folder / "rows.map.yaml").write_text(
            "tenant: water\nsource: rows\ntime_zone: Asia/Taipei\ntime_format: '%Y-%m-%d %H:%M'\nrequest_id: 'row-{id}'\nservice: {template: no-water}\n"
            "channel: {template: web}\nsubject: '{what}'\nreceived_time: '{opened}'\nclosed_time: '{closed}'\noutcome: {template: resolved}\n")
        catalogue = ROOT / "deploy" / "samples" / "catalogue.yaml"
        self.assertEqual(installation.cli("calendar", "load", catalogue.parent / "calendars" / "taiwan.yaml").returncode, 0)
        self.assertEqual(installation.cli("apply", "-f", catalogue).returncode, 0)
        arguments = ("import", installation.folder / "rows.csv", "--map", installation.folder / "rows.map.yaml", "--errors", installation.folder / "errors.txt")
        done = installation.cli("--json", *arguments)
        self.assertEqual(done.returncode, 1, (done.stdout, done.stderr))  # one row is wrong
        json.loads(done.stdout)
        self.assertIn("4", (installation.folder / "errors.txt").read_text())
        again = installation.cli(*arguments)
        self.assertEqual(again.returncode, 1)
        listed = json.loads(installation.cli("--json", "list", "--tenant", "water").stdout)["cases"]
        self.assertEqual(sorted(case["status"] for case in listed), ["CASE_STATUS_CLOSED", "CASE_STATUS_REGISTERED"])


if __name__ == "__main__":
    unittest.main()
