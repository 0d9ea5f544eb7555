"""Four eyes: a request for a later date is on a list, among the notices of who may decide, and on the board,
until somebody else has decided; and nobody decides on her own."""

import json
import unittest

from contract import access_pb2, cases_pb2, grpc, refusal, stamp, supervision_pb2
from installation import eventually
from serving import DAY_MS, HOUR_MS, MONDAY_9_MS, Guarded, lodge, new_id

S = supervision_pb2


class Decisions(Guarded):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk_token = cls.key(*(access_pb2.Grant(role=role) for role in ("agent", "supervisor", "operator"))).token
        cls.desk = cls.open(cls.desk_token)
        cls.handler = cls.user("yan", tenant="taisugar", staff="ts031")
        cls.head = cls.user("head", tenant="taisugar", staff="ts030")
        cls.elsewhere = cls.user("far", access_pb2.Grant(role="supervisor", tenant="taisugar", unit="retail"))

    def asked(self, days=9, until_ms=None):
        """A case of the handler, with a request for a later date of its reply clock."""
        case, number, request = self.request_of(days, until_ms)
        return number, request, [c for c in case.clocks if c.id == request.clock][0]

    def waiting(self, engine, **fields):
        answer = engine.supervision.ListExtensionRequests(S.ListExtensionRequestsRequest(tenant="taisugar", **fields), timeout=10)
        return {item.case_number: item for item in answer.requests}

    def test_a_request_is_seen_by_who_may_decide_until_it_is_decided(self):
        number, request, clock = self.asked()
        self.assertEqual(list(request.recipients), ["ts030"])
        item = eventually(lambda: self.waiting(self.head).get(number))  # the list is a moment behind
        self.assertEqual((item.request.reason, item.request.requested_by, item.handler, item.clock_kind),
                         ("待檢驗報告", "ts031", "ts031", cases_pb2.CLOCK_KIND_REPLY))
        self.assertEqual(item.current_due_time, clock.due_time)
        self.assertIn(number, self.waiting(self.head, decider="ts030", unit="tainan"))
        self.assertNotIn(number, self.waiting(self.head, decider="ts001"))
        self.assertNotIn(number, self.waiting(self.elsewhere))
        notices = self.head.supervision.ListNotices(S.ListNoticesRequest(tenant="taisugar"), timeout=10)
        self.assertIn((number, request.id), [(d.case_number, d.extension_request) for d in notices.decisions])
        self.assertGreaterEqual(notices.decisions_waiting, 1)
        filter_ = S.DueFilter(tenant="taisugar")
        filter_.horizon.seconds = 30 * DAY_MS // 1000
        board = {due.case_number: due for due in self.head.supervision.ListDue(S.ListDueRequest(filter=filter_, page_size=500), timeout=10).cases}
        self.assertEqual(board[number].extension_requests, 1)
        decide = S.DecideExtensionRequest(case_number=number, request_id=new_id(), extension_request=request.id, granted=True, text="同意")
        own = refusal(self.handler.supervision.DecideExtension, decide, timeout=10)
        self.assertEqual(own.code, grpc.StatusCode.PERMISSION_DENIED, own.message)
        self.head.supervision.DecideExtension(decide, timeout=10)
        eventually(lambda: number not in self.waiting(self.head))
        notices = self.head.supervision.ListNotices(S.ListNoticesRequest(tenant="taisugar"), timeout=10)
        self.assertNotIn(number, [d.case_number for d in notices.decisions])

    def test_a_date_is_asked_about_by_whomever_it_is_named(self):
        """On a day off, and in another year: where it is asked for, granted, and set without being asked for."""
        # January 5, 2026 is a Monday.
        for days, told in ((9, []), (20, ["非上班日"]), (2 * 365, ["年份"]), (13 + 52 * 7, ["非上班日", "年份"])):
            asked_for, number, request = self.request_of(days)
            granted = self.head.supervision.DecideExtension(S.DecideExtensionRequest(
                case_number=number, request_id=new_id(), extension_request=request.id, granted=True, text="同意"), timeout=10)
            other = lodge(self.desk, handler="ts031", unit="tainan").case_number
            case = self.desk.cases.GetCase(cases_pb2.GetCaseRequest(case_number=other), timeout=10)
            extend = S.ExtendClockRequest(case_number=other, request_id=new_id(), reason="待檢驗報告",
                                          clock=[c for c in case.clocks if c.kind == cases_pb2.CLOCK_KIND_REPLY][0].id)
            stamp(extend.due_time, case.received_time.ToMilliseconds() + days * DAY_MS)
            extended = self.head.supervision.ExtendClock(extend, timeout=10)
            for answer, field in ((asked_for, "due_time"), (granted, "extension_request"), (extended, "due_time")):
                warnings = [w for w in answer.warnings if w.field == field]
                self.assertEqual(len(warnings), len(told), (days, answer.warnings))
                for warning, words in zip(warnings, told):
                    self.assertIn(words, warning.text_zh)

    def request_of(self, days, until_ms=None):
        """The answer to a request for a later date of a case's reply clock."""
        number = lodge(self.desk, handler="ts031", unit="tainan").case_number
        case = self.desk.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10)
        clock = [c for c in case.clocks if c.kind == cases_pb2.CLOCK_KIND_REPLY][0]
        request = cases_pb2.RequestExtensionRequest(case_number=number, request_id=new_id(), clock=clock.id, reason="待檢驗報告")
        stamp(request.due_time, until_ms or case.received_time.ToMilliseconds() + days * DAY_MS)
        answer = self.handler.cases.RequestExtension(request, timeout=10)
        return answer, number, answer.extension_requests[0]

    def test_a_reason_is_read_by_who_may_read_the_case(self):
        number, request, _ = self.asked()
        item = eventually(lambda: self.waiting(self.head).get(number))
        self.assertEqual(item.request.reason, "待檢驗報告")
        observer = self.user("observer", access_pb2.Grant(role="observer", tenant="taisugar"))
        seen = eventually(lambda: self.waiting(observer).get(number))
        self.assertEqual((seen.request.id, seen.request.reason, seen.handler), (request.id, "", "ts031"))
        # With cases of a unit of its own, the caller reads the reasons of those alone.
        mixed = self.user("mixed", access_pb2.Grant(role="observer", tenant="taisugar"),
                          access_pb2.Grant(role="handler", tenant="taisugar", unit="retail"))
        self.assertEqual(eventually(lambda: self.waiting(mixed).get(number)).request.reason, "")

    def test_a_request_follows_the_case_and_ends_with_its_clock(self):
        number, request, _ = self.asked()
        eventually(lambda: number in self.waiting(self.desk, decider="ts030"))
        self.desk.cases.TransferCase(cases_pb2.TransferCaseRequest(
            case_number=number, unit="kaohsiung", reason="轄區", request_id=new_id()), timeout=10)
        item = eventually(lambda: self.waiting(self.desk, decider="ts040").get(number))
        self.assertEqual(list(item.request.recipients), ["ts040"])
        self.assertNotIn(number, self.waiting(self.desk, decider="ts030"))
        told = self.desk.supervision.ListNotices(S.ListNoticesRequest(tenant="taisugar", staff="ts040"), timeout=10)
        self.assertIn((number, request.id), [(d.case_number, d.extension_request) for d in told.decisions])
        # Answered, there is nothing left to decide.
        self.desk.cases.ReplyCase(cases_pb2.ReplyCaseRequest(
            case_number=number, means=cases_pb2.REPLY_MEANS_PHONE, text="已回電", request_id=new_id()), timeout=10)
        eventually(lambda: number not in self.waiting(self.desk))
        case = self.desk.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10)
        self.assertEqual(len(case.extension_requests), 0)
        history = self.desk.cases.ListCaseHistory(cases_pb2.ListCaseHistoryRequest(case_number=number, page_size=500), timeout=10)
        self.assertIn("extension_dropped", [entry.event for entry in history.entries])

    def test_assigned_away_it_is_not_decided_by_who_had_it(self):
        number, request, clock = self.asked()
        assign = cases_pb2.AssignCaseRequest
        self.desk.cases.AssignCase(assign(case_number=number, handler="ts030", request_id=new_id()), timeout=10)
        self.desk.cases.AssignCase(assign(case_number=number, handler="ts031", request_id=new_id()), timeout=10)
        decide = S.DecideExtensionRequest(case_number=number, request_id=new_id(), extension_request=request.id, granted=True, text="同意")
        own = refusal(self.head.supervision.DecideExtension, decide, timeout=10)
        self.assertEqual(own.code, grpc.StatusCode.PERMISSION_DENIED, own.message)
        eventually(lambda: number in self.waiting(self.desk, decider="ts001"))
        extend = S.ExtendClockRequest(case_number=number, request_id=new_id(), clock=clock.id, reason="待檢驗報告")
        stamp(extend.due_time, clock.due_time.ToMilliseconds() + 9 * DAY_MS)
        self.assertEqual(refusal(self.head.supervision.ExtendClock, extend, timeout=10).code, grpc.StatusCode.PERMISSION_DENIED)

    def test_a_date_the_handler_moves_is_told_to_the_head(self):
        number = lodge(self.desk, handler="ts031", unit="tainan").case_number
        before = self.desk.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10)
        reply = [c for c in before.clocks if c.kind == cases_pb2.CLOCK_KIND_REPLY][0]
        self.handler.cases.ReclassifyCase(cases_pb2.ReclassifyCaseRequest(
            case_number=number, service="land-lease", reason="實為承租", request_id=new_id()), timeout=10)

        def moved():
            told = self.head.supervision.ListNotices(S.ListNoticesRequest(tenant="taisugar"), timeout=10)
            return [n for n in told.notices if n.case_number == number and n.clock_kind == cases_pb2.CLOCK_KIND_REPLY]

        notice = eventually(lambda: (moved() or [None])[0])
        self.assertEqual((notice.moved_by, notice.due_time, notice.HasField("moved_to_time")), ("ts031", reply.due_time, False))
        acknowledge = S.AcknowledgeEscalationRequest(case_number=number, request_id=new_id(), escalation=notice.escalation)
        own = refusal(self.handler.supervision.AcknowledgeEscalation, acknowledge, timeout=10)
        self.assertEqual(own.code, grpc.StatusCode.PERMISSION_DENIED, own.message)
        self.head.supervision.AcknowledgeEscalation(acknowledge, timeout=10)
        eventually(lambda: not moved())

    def test_they_outlive_a_restart_and_are_paged(self):
        numbers = {self.asked(days)[0] for days in (7, 8, 9)}
        self.installation.stop()
        self.installation.start()
        head = self.open(self.installation.token_of("head2", self.admin_made("head2")))
        seen, token = set(), ""
        for _ in range(20):
            answer = head.supervision.ListExtensionRequests(
                S.ListExtensionRequestsRequest(tenant="taisugar", page_size=1, page_token=token), timeout=10)
            seen |= {item.case_number for item in answer.requests}
            token = answer.next_page_token
            if not token:
                break
        self.assertLessEqual(numbers, seen)

    def admin_made(self, name):
        admin = self.open(self.admin_token)
        made = admin.access.CreateUser(access_pb2.CreateUserRequest(user=access_pb2.User(name=name, tenant="taisugar", staff="ts030")), timeout=20)
        return made.one_time_password

    def test_by_the_command_line(self):
        number, request, _ = self.asked()
        eventually(lambda: number in self.waiting(self.desk))
        done = self.installation.cli("--json", "decisions", "--tenant", "taisugar", environment={"CASEWHEEL_TOKEN": self.desk_token})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(number, [item["case_number"] for item in json.loads(done.stdout)["requests"]])
        text = self.installation.cli("decisions", "--tenant", "taisugar", environment={"CASEWHEEL_TOKEN": self.desk_token}).stdout
        self.assertIn("待檢驗報告", text)
        self.assertEqual(request.requested_by, "ts031")

    def test_the_command_line_tells_who_asked_and_until_which_day(self):
        number, request, _ = self.asked(until_ms=MONDAY_9_MS - 9 * HOUR_MS + 19 * DAY_MS)  # with the end of January 23
        token = self.installation.token_of("head3", self.admin_made("head3"))
        eventually(lambda: number in self.waiting(self.desk))
        for command in ("decisions", "notices"):
            text = self.installation.cli(command, "--tenant", "taisugar", environment={"CASEWHEEL_TOKEN": token}).stdout
            rows = [line for line in text.splitlines() if number in line.replace(" ", "")]
            self.assertEqual(len(rows), 1, text)
            for told in ("2026-01-23 24:00:00", "顏佳玲（ts031）", f"  {request.id}  "):
                self.assertIn(told, rows[0], command)
            self.assertIn("提出人 By", text)
            self.assertNotIn("無通知", text)


if __name__ == "__main__":
    unittest.main()
