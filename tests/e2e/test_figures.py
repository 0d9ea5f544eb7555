"""Figures that are true: a figure is of what it says, or it is not shown."""

import csv
import io
import json
import unittest

from contract import access_pb2, admin_pb2, calls_pb2, cases_pb2, catalogue_pb2, grpc, refusal, stamp, supervision_pb2
from serving import CATALOGUE, DAY_MS, HOUR_MS, MONDAY_9_MS, Guarded, Serving, lodge, new_id

S = supervision_pb2
P = cases_pb2


class Figures(Guarded):
    """One life of an enterprise, counted by hand: January 5 and 6 in Taipei."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk_token = cls.key(*(access_pb2.Grant(role=role) for role in ("agent", "supervisor", "operator"))).token
        cls.desk = engine = cls.open(cls.desk_token)
        act = engine.cases
        answered = [lodge(engine, unit="tainan").case_number for _ in range(2)]
        lodge(engine, unit="tainan")                                       # stays, and becomes overdue
        withdrawn = lodge(engine, unit="retail").case_number
        lodge(engine, tenant="water", service="burst-main")                # of another enterprise
        for number in answered:
            act.ReplyCase(P.ReplyCaseRequest(case_number=number, request_id=new_id(), means=P.REPLY_MEANS_PHONE, text="已說明"), timeout=10)
            act.CloseCase(P.CloseCaseRequest(case_number=number, request_id=new_id(), outcome=P.OUTCOME_RESOLVED, text="辦結"), timeout=10)
        cls.advance_to(engine, MONDAY_9_MS + DAY_MS)
        act.WithdrawCase(P.WithdrawCaseRequest(case_number=withdrawn, request_id=new_id(), reason="自撤"), timeout=10)
        lodge(engine, unit="tainan.leisure", channel=P.CHANNEL_WEB)
        cls.advance_to(engine, MONDAY_9_MS + 20 * DAY_MS)

    @staticmethod
    def advance_to(engine, ms):
        request = admin_pb2.AdvanceClockRequest()
        stamp(request.time, ms)
        engine.admin.AdvanceClock(request, timeout=60)

    def figures(self, engine=None, days=2, **fields):
        request = S.GetFiguresRequest(tenant="taisugar", **fields)
        stamp(request.from_time, MONDAY_9_MS - 9 * HOUR_MS)
        stamp(request.until_time, MONDAY_9_MS - 9 * HOUR_MS + days * DAY_MS)
        return (engine or self.desk).supervision.GetFigures(request, timeout=30)

    def test_a_period_by_unit_service_and_day(self):
        total = self.figures().total
        self.assertEqual((total.lodged, total.closed, total.withdrawn, total.open, total.overdue), (5, 2, 1, 2, 2))
        self.assertGreaterEqual(total.clocks_met, 2)
        self.assertGreaterEqual(total.clocks_no_longer_owed, 1)
        by_unit = {row.unit: row for row in self.figures(by=["GROUPING_UNIT"]).rows}
        self.assertEqual({unit: row.lodged for unit, row in by_unit.items()}, {"tainan": 3, "retail": 1, "tainan.leisure": 1})
        self.assertEqual((by_unit["tainan"].closed, by_unit["tainan"].overdue), (2, 1))
        by_day = {row.period: row for row in self.figures(by=["GROUPING_DAY"]).rows}
        self.assertEqual({day: (row.lodged, row.closed, row.withdrawn) for day, row in by_day.items()},
                         {"2026-01-05": (4, 2, 0), "2026-01-06": (1, 0, 1)})
        self.assertEqual(self.figures(days=1).total.lodged, 4)
        self.assertEqual(self.figures(unit="tainan", unit_subtree=True).total.lodged, 4)
        self.assertEqual(self.figures(unit="tainan").total.lodged, 3)
        channels = {row.channel: row.lodged for row in self.figures(by=["GROUPING_CHANNEL"]).rows}
        self.assertEqual(channels, {P.CHANNEL_HOTLINE: 4, P.CHANNEL_WEB: 1})

    def test_nobody_counts_what_she_may_not_see(self):
        head = self.user("head", access_pb2.Grant(role="supervisor", tenant="taisugar", unit="retail"))
        seen = self.figures(head)
        self.assertEqual((seen.total.lodged, seen.cases_read), (1, 1))  # not how many the enterprise has
        self.assertEqual(self.figures().cases_read, 5)
        complaints = self.user("of-a-kind", access_pb2.Grant(role="supervisor", tenant="taisugar", kinds=[P.KIND_INQUIRY]))
        self.assertEqual(self.figures(complaints).cases_read, 0)
        stranger = self.user("stranger", access_pb2.Grant(role="supervisor", tenant="water"))
        self.assertIn(refusal(self.figures, stranger).code, (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.INVALID_ARGUMENT))
        statistics = head.admin.GetStatistics(admin_pb2.GetStatisticsRequest(tenant="taisugar"), timeout=10)
        for figure in ("lodged", "closed", "events", "clocks_met", "armed_timers", "overdue"):
            self.assertFalse(statistics.HasField(figure), figure)
        self.assertEqual(statistics.open, sum(count.cases for count in statistics.open_cases))

    def test_figures_of_the_installation_are_not_a_tenants(self):
        whole = self.desk.admin.GetStatistics(admin_pb2.GetStatisticsRequest(), timeout=10)
        self.assertEqual(whole.lodged, 6)
        one = self.desk.admin.GetStatistics(admin_pb2.GetStatisticsRequest(tenant="water"), timeout=10)
        self.assertEqual((one.HasField("lodged"), one.open), (False, 1))
        text = self.installation.cli("stats", "--tenant", "water", environment={"CASEWHEEL_TOKEN": self.desk_token}).stdout
        self.assertNotIn("Lodged", text)
        self.assertIn("Open", text)

    def test_as_csv(self):
        done = self.installation.cli("figures", "--tenant", "taisugar", "--from", "2026-01-05", "--until", "2026-01-07", "--by", "unit,day",
                                     "--csv", "-", environment={"CASEWHEEL_TOKEN": self.desk_token})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("\ufeff"))
        rows = list(csv.DictReader(io.StringIO(done.stdout.lstrip("\ufeff"))))
        self.assertEqual(sum(int(row["受理 Lodged"]) for row in rows), 5)
        self.assertEqual({row["單位 Unit"] for row in rows}, {"tainan", "retail", "tainan.leisure"})
        answer = json.loads(self.installation.cli("--json", "figures", "--tenant", "taisugar", "--from", "2026-01-05", "--until", "2026-01-07",
                                                  environment={"CASEWHEEL_TOKEN": self.desk_token}).stdout)
        self.assertEqual(answer["total"]["lodged"], "5")

    def of_the_command_line(self, token, *more):
        done = self.installation.cli("figures", "--tenant", "taisugar", *more, environment={"CASEWHEEL_TOKEN": token})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_day_is_counted_to_its_end_and_the_period_is_told(self):
        text = self.of_the_command_line(self.desk_token, "--from", "115/1/5", "--until", "115/1/5", "--by", "unit")
        self.assertIn("2026-01-05 00:00:00 – 2026-01-05 24:00:00（Asia/Taipei）", text)
        self.assertRegex(text, "範圍 Scope +全事業 the whole enterprise\n")
        self.assertIn("截至 As of", text)
        self.assertIn("臺南區處（tainan）", text)
        self.assertEqual(text.splitlines()[-1].split()[2], "4")  # all of Monday, none of Tuesday
        listed = json.loads(self.installation.cli("--json", "list", "--tenant", "taisugar", "--until", "2026-01-05", "--all",
                                                  environment={"CASEWHEEL_TOKEN": self.desk_token}).stdout)
        self.assertEqual(len(listed["cases"]), 4)
        rows = list(csv.DictReader(io.StringIO(self.of_the_command_line(
            self.desk_token, "--from", "115/1/5", "--until", "115/1/6", "--by", "unit,kind", "--csv", "-").lstrip("\ufeff"))))
        named = {row["單位 Unit"]: row["單位名稱 Unit name"] for row in rows}
        self.assertEqual(named, {"tainan": "臺南區處", "retail": "量販事業部", "tainan.leisure": "休憩課"})
        self.assertEqual({(row["起 From"], row["迄 Until"], row["範圍 Scope"]) for row in rows},
                         {("2026-01-05 00:00:00", "2026-01-06 24:00:00", "全事業 the whole enterprise")})
        self.assertTrue(all(row["截至 As of"] for row in rows))

    def test_a_part_is_not_told_as_the_whole(self):
        part = self.key(access_pb2.Grant(role="supervisor", tenant="taisugar", unit="retail", kinds=[P.KIND_COMPLAINT])).token
        asked = ("--from", "115/1/5", "--until", "115/1/6")
        text = self.of_the_command_line(part, *asked)
        self.assertIn("僅計您可查看者 of it only what you may see：量販事業部（retail）及下級單位之陳情\n", text)
        rows = list(csv.DictReader(io.StringIO(self.of_the_command_line(part, *asked, "--csv", "-").lstrip("\ufeff"))))
        self.assertIn("僅計", rows[0]["範圍 Scope"])
        both = self.key(access_pb2.Grant(role="supervisor", tenant="taisugar", unit="retail"), access_pb2.Grant(role="observer", tenant="taisugar")).token
        self.assertNotIn("僅計", self.of_the_command_line(both, *asked))

    def test_what_is_wrong_is_named(self):
        for fields, field in (({"days": 0}, "until_time"), ({"days": 4000}, "until_time"), ({"unit": "nowhere"}, "unit"),
                              ({"service": "nosuch"}, "service"), ({"unit": "nowhere", "unit_subtree": True}, "unit"),
                              ({"by": ["GROUPING_DAY", "GROUPING_MONTH"]}, "by")):
            self.assertIn(field, refusal(self.figures, **fields).fields)

    def test_lists_refuse_names_that_nothing_stands_under(self):
        """Zeros and empty lists would say that there is nothing."""
        for ask, field in ((lambda: self.desk.cases.ListCases(P.ListCasesRequest(tenant="taisugar", service="nosuch"), timeout=10), "service"),
                           (lambda: self.desk.cases.ListCases(P.ListCasesRequest(tenant="taisugar", handler="nobody"), timeout=10), "handler"),
                           (lambda: self.desk.supervision.ListDue(S.ListDueRequest(filter=S.DueFilter(tenant="taisugar", handler="nobody")), timeout=10), "filter.handler"),
                           (lambda: self.desk.calls.ListCalls(calls_pb2.ListCallsRequest(tenant="taisugar", agent="nobody"), timeout=10), "agent")):
            self.assertIn(field, refusal(ask).fields)


class Dissolved(Serving):
    """Units that are dissolved: they go on being counted, under their last parent."""

    def figures(self, **fields):
        request = S.GetFiguresRequest(tenant="taisugar", **fields)
        stamp(request.from_time, MONDAY_9_MS - DAY_MS)
        stamp(request.until_time, MONDAY_9_MS + DAY_MS)
        return self.engine.supervision.GetFigures(request, timeout=30)

    def listed(self, **fields):
        return {case.case_number for case in self.engine.cases.ListCases(P.ListCasesRequest(tenant="taisugar", **fields), timeout=10).cases}

    def test_the_sum_of_the_tree_is_the_total(self):
        numbers = {unit: self.lodge(unit=unit).case_number for unit in ("hq", "tainan", "tainan.leisure", "retail")}
        changed = CATALOGUE.replace("tainan.leisure", "tainan.parks").replace("{id: retail,", "{id: shops,").replace("unit: retail,", "unit: shops,")
        request = catalogue_pb2.ApplyCatalogueRequest(yaml=changed, take_away=True)
        self.engine.catalogue.ApplyCatalogue(request, timeout=20)
        for _ in range(2):
            self.assertEqual(self.figures().total.lodged, 4)
            self.assertEqual(self.figures(unit="hq", unit_subtree=True).total.lodged, 4)
            self.assertEqual(self.figures(unit="tainan", unit_subtree=True).total.lodged, 2)
            self.assertEqual(self.figures(unit="tainan.leisure").total.lodged, 1)
            self.assertEqual(self.figures(unit="retail", unit_subtree=True).total.lodged, 1)
            self.assertEqual({row.unit for row in self.figures(unit="hq", unit_subtree=True, by=["GROUPING_UNIT"]).rows}, set(numbers))
            self.assertEqual(self.listed(unit="hq", unit_subtree=True), set(numbers.values()))
            self.assertEqual(self.listed(unit="retail"), {numbers["retail"]})
            self.installation.restart()


if __name__ == "__main__":
    unittest.main()
