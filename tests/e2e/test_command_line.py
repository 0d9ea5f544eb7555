"""The casewheel command line against a running engine: answers, JSON, exit codes."""

import collections
import csv
import datetime
import io
import json
import os
import pathlib
import unittest
import zoneinfo

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


class Replies(unittest.TestCase):
    """Answered cases of another system, fed as an integrator."""

    CATALOGUE = ("tenants:\n  - id: city\n    number: 40\n    name: 市府\n    time_zone: America/New_York\n    units: [{id: hq, name: 總處, head: boss}]\n"
                 "    staff: [{id: boss, name: 主任, unit: hq, roles: [supervisor]}, {id: feed, name: 介接, unit: hq, roles: [integrator]}]\n"
                 "    services: [{id: gripe, name: 陳情, kind: complaint, unit: hq}]\n"
                 "    policies: [{id: all, clocks: {reply: {within: 72h, ladder: [{at: due, to: [unit_head]}]}}}]\n")
    MAP = ("tenant: city\nsource: old\ntime_zone: America/New_York\ntime_format: '%Y-%m-%d %H:%M:%S'\nrequest_id: 'old-{id}'\nservice: {template: gripe}\n"
           "channel: {template: hotline}\nsubject: '{what}'\nexternal_reference: '{id}'\nreceived_time: '{opened}'\nreplied_time: '{answered}'\n"
           "reply_means: {column: means, values: {P: phone, L: letter}}\nreply_text: '{answer}'\nclosed_time: '{closed}'\n"
           "outcome: {column: status, values: {Closed: resolved}}\n")
    HEADER = "id,what,opened,answered,means,answer,closed,status\n"

    def started(self, clock):
        installation = Installation("--clock", clock)
        self.addCleanup(installation.remove)
        installation.start()
        (installation.folder / "catalogue.yaml").write_text(self.CATALOGUE)
        (installation.folder / "old.map.yaml").write_text(self.MAP)
        self.assertEqual(installation.cli("apply", "-f", installation.folder / "catalogue.yaml").returncode, 0)
        return installation

    def imported(self, installation, table, *more, code=0):
        (installation.folder / "old.csv").write_text(table)
        done = installation.cli("--json", "--as", "feed", "import", installation.folder / "old.csv", "--map", installation.folder / "old.map.yaml", *more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def cases(self, installation):
        listed = json.loads(installation.cli("--json", "list", "--tenant", "city", "--all").stdout)["cases"]
        return {case["external_reference"]: case for case in listed}

    def reply_clock(self, case):
        return next(clock for clock in case["clocks"] if clock["kind"] == "CLOCK_KIND_REPLY")

    def test_the_reply_is_recorded_with_its_own_instant_before_the_case_closes(self):
        table = (self.HEADER + "1,leak,2026-01-05 09:00:00,2026-01-06 09:00:00,P,we came,2026-01-09 09:00:00,Closed\n"  # answered in time, closed late
                 "2,noise,2026-01-05 09:00:00,2026-01-09 09:00:01,L,sorry,2026-01-09 10:00:00,Closed\n"                   # answered too late
                 "3,smell,2026-01-05 09:00:00,2026-01-08 09:00:00,P,,,Open\n"                                             # to the second, and open
                 "4,light,2026-01-05 09:00:00,,,,,Closed\n")                                                              # nobody knows when
        for clock in ("real", "virtual:2026-01-01T00:00:00+08:00"):
            with self.subTest(clock):
                installation = self.started(clock)
                account = self.imported(installation, table)
                self.assertEqual((account["created"], account["replies_applied"], account["actions_applied"], account["closed_without_date"]), (4, 3, 2, 1))
                self.assertEqual([warning["line"] for warning in account["first_warnings"]], [5])
                cases = self.cases(installation)
                self.assertEqual([cases[one]["status"] for one in "1234"],
                                 ["CASE_STATUS_CLOSED", "CASE_STATUS_CLOSED", "CASE_STATUS_REPLIED", "CASE_STATUS_REGISTERED"])
                verdicts = [self.reply_clock(cases[one])["status"] for one in "123"]
                self.assertEqual(verdicts, ["CLOCK_STATUS_MET", "CLOCK_STATUS_BROKEN", "CLOCK_STATUS_MET"])
                self.assertEqual(self.reply_clock(cases["1"])["stop_time"], "2026-01-06T14:00:00Z")
                history = installation.cli("history", cases["1"]["case_number"]).stdout
                self.assertIn("we came", history)
                again = self.imported(installation, table)
                self.assertEqual((again["duplicate"], again["replies_duplicate"], again["actions_duplicate"]), (4, 3, 2))

    def test_a_real_city(self):
        """Boston's requests as complaints that were answered when they were closed; the verdict is counted here beside."""
        table = pathlib.Path(os.environ.get("CASEWHEEL_DATA", "/nonexistent")) / "cases" / "boston311_2015_2016.csv"
        if not table.exists():
            self.skipTest("CASEWHEEL_DATA has no tables")
        zone, shape = zoneinfo.ZoneInfo("America/New_York"), "%Y-%m-%d %H:%M:%S"
        rows, met, broken, still_open = [], 0, 0, 0
        with table.open(newline="") as file:
            for line in list(csv.DictReader(file))[:1500]:
                rows.append([line["case_enquiry_id"], line["type"], line["open_dt"], line["closed_dt"], "P" if line["closed_dt"] else "", "", line["closed_dt"], line["case_status"]])
                if not line["closed_dt"]:
                    still_open += 1
                    continue
                opened, closed = (datetime.datetime.strptime(line[name], shape).replace(tzinfo=zone).timestamp() for name in ("open_dt", "closed_dt"))
                in_time = max(closed, opened) - opened <= 72 * 3600
                met, broken = met + in_time, broken + (not in_time)
        self.assertTrue(met and broken and still_open)
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        installation = self.started("real")
        account = self.imported(installation, self.HEADER + text.getvalue())
        self.assertEqual((account["created"], account["replies_applied"], account["actions_applied"], account["errors"]), (1500, met + broken, met + broken, 0))
        found = collections.Counter(self.reply_clock(case)["status"] for case in self.cases(installation).values() if case["status"] == "CASE_STATUS_CLOSED")
        self.assertEqual(found, {"CLOCK_STATUS_MET": met, "CLOCK_STATUS_BROKEN": broken})


if __name__ == "__main__":
    unittest.main()
