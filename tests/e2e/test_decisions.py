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
        number = lodge(self.desk, handler="ts031", unit="tainan").case_number
        case = self.desk.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10)
        clock = [c for c in case.clocks if c.kind == cases_pb2.CLOCK_KIND_REPLY][0]
        request = cases_pb2.RequestExtensionRequest(case_number=number, request_id=new_id(), clock=clock.id, reason="待檢驗報告")
        stamp(request.due_time, until_ms or case.received_time.ToMilliseconds() + days * DAY_MS)
        case = self.handler.cases.RequestExtension(request, timeout=10)
        return number, case.extension_requests[0], clock

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
