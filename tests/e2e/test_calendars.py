"""Office calendars in the real engine: loaded, explained, closed for one county, carried to thousands
of open cases through a kill -9, and asked what if. Dates are checked against a count of days made here."""

import datetime
import json
import unittest

from contract import ROOT, calendars_pb2, cases_pb2, history_of
from installation import Installation, eventually
from serving import new_id

TAIPEI = datetime.timezone(datetime.timedelta(hours=8))
GOVERNMENT = ROOT / "deploy" / "samples" / "calendars" / "taiwan.yaml"
START = datetime.datetime(2026, 1, 5, 9, 0, tzinfo=TAIPEI)  # a Monday, where the virtual clock starts
COUNTIES = ["臺北市", "台北市", "新北市", "臺南市", ""]  # the first two are one

CATALOGUE = """
tenants:
  - id: utility
    number: 31
    name: 公用事業
    time_zone: Asia/Taipei
    calendar: tw-government
    units: [{id: hq, name: 總公司, head: boss}]
    staff:
      - {id: boss, name: 老闆, unit: hq, roles: [supervisor]}
      - {id: hans, name: 漢斯, unit: hq, roles: [handler]}
    services:
      - {id: transfer, name: 過戶, kind: application, unit: hq}
      - {id: supply, name: 新設, kind: application, unit: hq}
    policies:
      - id: counter
        clocks:
          resolve:
            within: {working_days: DAYS, rule: end_of_day_first_day_excluded}
            pauses: [awaiting_documents, other_agency]
            ladder: [{at: due, to: [unit_head], level: 1}]
"""


def county_of(text):
    return text.replace("台", "臺")


def due_ms(received, days, closed):
    """24:00 of the nth working day after the day of receipt."""
    date = received.astimezone(TAIPEI).date()
    while days:
        date += datetime.timedelta(days=1)
        if date.isoweekday() <= 5 and date.isoformat() not in closed:
            days -= 1
    end = datetime.datetime.combine(date + datetime.timedelta(days=1), datetime.time(), TAIPEI)
    return int(end.timestamp() * 1000)


class Calendars(unittest.TestCase):
    def setUp(self):
        self.installation = Installation("--clock", "virtual:" + START.isoformat(), "--partitions", "2")
        self.addCleanup(self.installation.remove)
        self.installation.start()
        self.run_cli("calendar", "load", GOVERNMENT)
        self.apply(6)

    @property
    def engine(self):
        return self.installation.engine

    def run_cli(self, *arguments, code=0, **options):
        done = self.installation.cli(*arguments, **options)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run_cli("--json", *arguments, **options).stdout)

    def catalogue_file(self, days, name="catalogue.yaml"):
        path = self.installation.folder / name
        path.write_text(CATALOGUE.replace("DAYS", str(days)))
        return path

    def apply(self, days, *more):
        return self.json("apply", "-f", self.catalogue_file(days), *more)

    def lodge(self, **fields):
        return self.engine.cases.LodgeCase(self.request(**fields), timeout=10)

    def request(self, **fields):
        return cases_pb2.LodgeCaseRequest(request_id=new_id(), tenant="utility", service="transfer",
                                          channel=cases_pb2.CHANNEL_COUNTER, subject="過戶", **fields)

    def due(self, number):
        case = self.engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10)
        return case.clocks[0].due_time.ToMilliseconds()

    def swept(self):
        eventually(lambda: self.sweep().partitions_done == self.sweep().partitions, patience_s=120)

    def sweep(self):
        return self.engine.calendars.GetSweep(calendars_pb2.GetSweepRequest(), timeout=30)

    def history(self, number, event):
        return [{change.field: change.value for change in entry.changes}
                for entry in history_of(self.engine, number) if entry.event == event]

    def test_a_county_is_closed(self):
        cases = {}
        for county in COUNTIES:
            lodged = self.lodge(county=county)
            cases[lodged.case_number] = county
            self.assertEqual(lodged.promises[0].due_time.ToMilliseconds(), due_ms(START, 6, []))
            self.assertTrue(lodged.promises[0].provisional)  # no year's calendar is loaded yet
        explained = self.json("explain", next(iter(cases)))["clocks"][0]
        self.assertEqual((explained["calendar"], explained["calendar_version"]), ("tw-government", 1))
        self.assertEqual(sum(stretch["counts_days"] for stretch in explained["stretches"]), 6)
        for part in ("115 年 1 月 5 日（一）09:00", "6 個工作天", "1 月 13 日（二）24:00", "政府行政機關辦公日曆"):
            self.assertIn(part, explained["text_zh"])
        self.assertIn("Due Tue 2026-01-13 24:00", explained["text_en"])
        self.assertIn("期限", self.run_cli("explain", next(iter(cases))).stdout)

        close = ("calendar", "close", "--calendar", "tw-government", "--county", "台北市", "--date", "2026-01-08", "--reason", "康芮颱風")
        preview = self.json(*close, "--dry-run")["preview"]
        self.assertEqual((preview["open_cases"], preview["cases_moved"], preview["clocks_later"]), ("5", "2", "2"))
        self.assertEqual({county_of(example["county"]) for example in preview["examples"]}, {"臺北市"})
        self.assertEqual({self.due(number) for number in cases}, {due_ms(START, 6, [])})
        self.assertEqual(self.history(next(iter(cases)), "clock_moved"), [])

        self.json(*close)
        self.swept()
        for number, county in cases.items():
            closed = ["2026-01-08"] if county_of(county) == "臺北市" else []
            self.assertEqual(self.due(number), due_ms(START, 6, closed), county)
            moves = self.history(number, "clock_moved")
            self.assertEqual(len(moves), len(closed), county)
            if moves:
                self.assertEqual(moves[0]["cause"], "closure_declared")
                self.assertIn("康芮颱風: 停班 臺北市 2026-01-08", moves[0]["reference"])
                self.assertEqual((moves[0]["due_before_time"], moves[0]["due_after_time"]), ("2026-01-13T16:00:00Z", "2026-01-14T16:00:00Z"))
                self.assertIn("停班", self.json("explain", number)["clocks"][0]["text_zh"])
        again = self.json(*close)  # the same word twice closes nothing twice
        self.assertEqual((again["calendars"][0]["diff"], again["calendars"][0]["version"]), ([], 2))
        # A case lodged now is promised by the calendar of today.
        self.assertEqual(self.lodge(county="臺北市").promises[0].due_time.ToMilliseconds(), due_ms(START, 6, ["2026-01-08"]))
        # The promise that was made at lodging is repeated as it was made.
        request = self.request(county="臺南市")
        first = self.engine.cases.LodgeCase(request, timeout=10)
        self.json("calendar", "close", "--calendar", "tw-government", "--date", "2026-01-09", "--reason", "全臺停電")
        self.swept()
        repeated = self.engine.cases.LodgeCase(request, timeout=10)
        self.assertEqual((repeated.duplicate, repeated.promises[0]), (True, first.promises[0]))
        self.assertEqual(self.due(first.case_number), due_ms(START, 6, ["2026-01-09"]))
        self.json("calendar", "reopen", "--calendar", "tw-government", "--date", "2026-01-09")
        self.swept()
        self.assertEqual(self.due(first.case_number), due_ms(START, 6, []))
        self.assertTrue(self.json("verify")["ok"])
        board = self.json("overdue", "--tenant", "utility", "--within", "30d", "--all")["cases"]
        self.assertEqual({due["county"] for due in board}, {"臺北市", "新北市", "臺南市", ""})
        self.assertTrue(all(due["provisional"] for due in board))

    def test_calendars_by_hand(self):
        number = self.lodge(county="新北市").case_number
        feed = self.installation.folder / "feed.ics"
        feed.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
                        "DTSTART;VALUE=DATE:20260107\r\nSUMMARY:水利節\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
        self.run_cli("calendar", "load", feed, code=2)  # which calendar?
        dry = self.json("calendar", "load", feed, "--calendar", "tw-government", "--dry-run")
        self.assertIn("+ 2026-01-07 holiday 水利節", dry["calendars"][0]["diff"])
        self.assertEqual(dry["preview"]["clocks_later"], "1")
        self.json("calendar", "load", feed, "--calendar", "tw-government", "--reason", "加放水利節")
        self.swept()
        self.assertEqual(self.due(number), due_ms(START, 6, ["2026-01-07"]))
        moved = self.history(number, "clock_moved")
        self.assertEqual((moved[0]["cause"], moved[0]["reference"]), ("calendar_changed", "tw-government version 2: 加放水利節"))
        self.assertIn("水利節", self.json("explain", number, "--clock", "1")["clocks"][0]["text_zh"])
        listed = {calendar["id"]: calendar for calendar in self.json("calendar", "list")["calendars"]}
        self.assertEqual((listed["tw-government"]["holidays"], listed["taisugar"]["parent"]), (1, "tw-government"))
        self.assertIn("水利節", self.run_cli("calendar", "show", "tw-government").stdout)
        for arguments in (["calendar", "list"], ["calendar", "sweep"]):
            self.assertTrue(self.run_cli(*arguments).stdout.strip())
        refused = self.run_cli("--json", "calendar", "close", "--calendar", "tw-government", "--county", "台北", "--date", "2026-01-08", "--reason", "x", code=1)
        self.assertEqual(json.loads(refused.stderr)["error"]["field_violations"][0]["field"], "counties")
        wrong = self.installation.folder / "wrong.yaml"
        wrong.write_text("calendars:\n  - id: tw-government\n    nonsense: 1\n")
        refused = self.run_cli("--json", "calendar", "load", wrong, code=1)
        self.assertIn("wrong.yaml:3", refused.stderr)
        self.run_cli("calendar", "show", "nothing", code=1)
        self.run_cli("calendar", "load", "/nonexistent.yaml", code=2)

    def test_no_load_takes_days_away_unasked(self):
        number = self.lodge(county="新北市").case_number
        days = self.installation.folder / "days.yaml"
        days.write_text(GOVERNMENT.read_text().replace("    hours: {mon-fri: [08:30-12:30, 13:30-17:30]}\n", """    hours: {mon-fri: [08:30-12:30, 13:30-17:30]}
    days:
      - {date: 2026-01-06, what: holiday, name: 甲}
      - {date: 2026-01-07, what: holiday, name: 乙}
""", 1))
        self.run_cli("calendar", "load", days)
        self.run_cli("calendar", "close", "--calendar", "tw-government", "--county", "新北市", "--date", "2026-01-08", "--reason", "颱風")
        self.swept()
        off = ["2026-01-06", "2026-01-07", "2026-01-08"]
        self.assertEqual(self.due(number), due_ms(START, 6, off))
        # A file of hours alone leaves days and closures, and the same file again does too.
        again = self.json("calendar", "load", GOVERNMENT)
        self.assertEqual([change.get("diff", []) for change in again["calendars"]], [[], []])
        self.swept()
        self.assertEqual(self.due(number), due_ms(START, 6, off))
        fewer = self.installation.folder / "fewer.yaml"
        fewer.write_text(days.read_text().replace("      - {date: 2026-01-07, what: holiday, name: 乙}\n", ""))
        refused = json.loads(self.run_cli("--json", "calendar", "load", fewer, code=1).stderr)["error"]["field_violations"][0]
        self.assertEqual(refused["field"], "take_away")
        self.assertIn("2026-01-07", refused["description"])
        dry = self.json("calendar", "load", fewer, "--dry-run")
        self.assertTrue(any("2026-01-07" in warning for warning in dry["warnings"]), dry["warnings"])
        self.assertEqual(self.due(number), due_ms(START, 6, off))
        self.json("calendar", "load", fewer, "--take-away", "--reason", "乙日取消")
        self.swept()
        self.assertEqual(self.due(number), due_ms(START, 6, ["2026-01-06"]))  # the closure was not listed either

    def test_work_that_waits(self):
        number = self.lodge(county="新北市").case_number
        self.assertEqual(self.json("suspend", number, "--reason", "other-agency", "--text", "會辦地政", "--from", "2026-01-05 09:00")["status"], "CASE_STATUS_SUSPENDED")
        shown = self.json("show", number)
        self.assertEqual((shown["suspended_for"], shown["clocks"][0]["pauses"][0]["reason"]), ("PAUSE_REASON_OTHER_AGENCY", "PAUSE_REASON_OTHER_AGENCY"))
        paused = self.json("explain", number)["clocks"][0]
        self.assertIn("等候其他機關", paused["text_zh"])
        self.assertIsNone(paused.get("due_time"))
        self.json("clock", "advance", "--to", "2026-01-07T10:00:00+08:00")
        self.assertEqual(self.json("resume", number, "--text", "地政已回")["status"], "CASE_STATUS_REGISTERED")
        self.assertEqual(self.due(number), due_ms(START, 8, []))  # Tuesday and Wednesday did not count
        for who, arguments in (("hans", ["request-extension", number, "--clock", "1", "--to", "2026-02-02 17:00", "--reason", "資料繁多"]),):
            asked = self.json("--as", who, *arguments)["extension_requests"][0]
        refused = self.run_cli("--json", "--as", "hans", "decide-extension", number, "--extension", asked["id"], "--grant", code=1)
        self.assertEqual(json.loads(refused.stderr)["error"]["code"], "PERMISSION_DENIED")
        granted = self.json("--as", "boss", "decide-extension", number, "--extension", asked["id"], "--grant", "--text", "同意")
        self.assertEqual((granted["clocks"][0]["due_time"], granted["extension_requests"]), ("2026-02-02T09:00:00Z", []))
        self.json("reclassify", number, "--priority", "urgent", "--reason", "屋主年邁")
        self.json("request-documents", number, "--document", "謄本")
        self.json("clock", "advance", "--by", "48h")
        self.json("receive-documents", number, "--arrived", "2026-01-08 10:00")
        self.json("agree-date", number, "--date", "2026-02-10 17:00")
        agreed = self.json("agree-date", number, "--date", "2026-02-12 17:00", "--reason", "改期", "--approver", "boss")
        self.assertEqual(agreed["earlier_agreed_times"], ["2026-02-10T09:00:00Z"])
        self.assertEqual(self.history(number, "date_agreed")[1]["approved_by"], "boss")
        self.assertEqual(self.history(number, "clock_started")[0]["allowance"], "{working_days: 6, rule: end_of_day_first_day_excluded}")
        self.assertTrue(self.run_cli("history", number).stdout.strip())
        self.assertTrue(self.json("verify")["ok"])

    def test_another_policy(self):
        number = self.lodge(county="新北市").case_number
        self.apply(3)
        self.assertEqual(self.due(number), due_ms(START, 6, []))  # bound to the version it began under
        other = self.catalogue_file(2, "other.yaml")
        preview = self.json("apply", "-f", other, "--to-open-cases", "--dry-run")["preview"]
        self.assertEqual((preview["clocks_earlier"], preview["newly_breached"]), ("1", "0"))
        self.json("apply", "-f", other, "--to-open-cases")
        self.swept()
        self.assertEqual(self.due(number), due_ms(START, 2, []))
        self.assertEqual(self.history(number, "clock_moved")[0]["cause"], "policy_changed")
        self.json("clock", "advance", "--to", "2026-01-08T10:00:00+08:00")
        self.json("close", number, "--outcome", "resolved", "--text", "完成")
        strict = ("simulate", "--tenant", "utility", "--from", "2026-01-01", "--to", "2026-02-01")
        lines = self.json(*strict, "--policy", self.catalogue_file(6, "lenient.yaml"))["lines"]
        self.assertEqual([(line["met_then"], line["broken_then"], line["met"], line["broken"]) for line in lines], [("0", "1", "1", "0")])
        self.assertIn("合計", self.run_cli(*strict, "--policy", self.installation.folder / "lenient.yaml").stdout)
        self.run_cli(*strict, "--policy", "/nonexistent.yaml", code=2)

    def lodge_many(self, count):
        numbers = {}
        for first in range(0, count, 400):
            waiting = []
            for i in range(first, min(first + 400, count)):
                county = COUNTIES[i % len(COUNTIES)]
                waiting.append((county, self.engine.cases.LodgeCase.future(self.request(county=county), timeout=60)))
            numbers.update({answer.result().case_number: county for county, answer in waiting})
        return numbers

    def check_all(self, numbers, closures):
        wrong, token, seen = [], "", 0
        while True:
            page = self.engine.cases.ListCases(cases_pb2.ListCasesRequest(tenant="utility", page_size=500, page_token=token), timeout=60)
            for case in page.cases:
                seen += 1
                expected = due_ms(START, 6, closures.get(county_of(numbers[case.case_number]), []))
                if case.clocks[0].due_time.ToMilliseconds() != expected:
                    wrong.append((case.case_number, case.county, case.clocks[0].due_time.ToJsonString()))
            token = page.next_page_token
            if not token:
                break
        self.assertEqual((wrong[:5], len(wrong), seen), ([], 0, len(numbers)))

    def test_killed_in_the_middle_of_a_sweep(self):
        numbers = self.lodge_many(4000)
        affected = sum(county_of(county) == "臺北市" for county in numbers.values())
        closures = {"臺北市": []}
        for day in ("2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09", "2026-01-12", "2026-01-13", "2026-01-14"):
            closures["臺北市"].append(day)
            self.engine.calendars.DeclareClosure(calendars_pb2.DeclareClosureRequest(
                request_id=new_id(), calendar="tw-government", counties=["臺北市"], dates=[day], reason="颱風"), timeout=60)
            for _ in range(2000):
                if self.sweep().moved > 300:  # more than a slice, so one is durable
                    break
            self.installation.kill()
            self.installation.start()
            self.swept()
            self.check_all(numbers, closures)
            after = self.sweep().moved  # by the engine that was started again
            if 0 < after < affected:
                break
        else:
            self.fail("never killed in the middle of a sweep")
        self.assertTrue(self.json("verify")["ok"])
        self.assertEqual(self.installation.metric("casewheel_sweeping"), 0)
        self.assertEqual(self.installation.metric("casewheel_sweep_moved_total"), after)


if __name__ == "__main__":
    unittest.main()
