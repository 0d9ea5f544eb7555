"""The life of a case through every method of the API, as a foreign client meets it."""

import unittest

from contract import admin_pb2, cases_pb2, catalogue_pb2, grpc, history_of, ms_of, refusal, stamp, supervision_pb2
from installation import eventually
from serving import DAY_MS, HOUR_MS, MONDAY_9_MS, SECRETS, Serving, lodge_request, new_id

P = cases_pb2


class Life(Serving):
    def act(self, method, number, **fields):
        request_type = getattr(P, method + "Request")
        return getattr(self.engine.cases, method)(request_type(case_number=number, request_id=new_id("act"), **fields), timeout=10)

    def test_every_method_once(self):
        cases = self.engine.cases
        lodged = self.lodge(service="land-lease", missing_documents=["身分證明文件影本"], agreed_time=self.now_ms() + 9 * DAY_MS)
        number = lodged.case_number
        self.assertTrue(number.isdigit())
        self.assertFalse(lodged.duplicate)
        case = self.get(number)
        self.assertEqual(case.status, P.CASE_STATUS_AWAITING_DOCUMENTS)
        self.assertEqual(case.applicant.phone, "0912-***-678")
        self.assertEqual(case.etag, lodged.etag)
        self.assertEqual(list(case.missing_documents), ["身分證明文件影本"])

        case = self.act("ReceiveDocuments", number)
        self.assertEqual((case.status, list(case.missing_documents)), (P.CASE_STATUS_REGISTERED, []))
        case = self.act("AssignCase", number, handler="ts031")
        self.assertEqual((case.status, case.handler), (P.CASE_STATUS_ASSIGNED, "ts031"))
        case = self.act("AcceptCase", number)
        self.assertEqual(case.status, P.CASE_STATUS_IN_PROGRESS)
        case = self.act("TransferCase", number, unit="tainan.leisure", handler="ts032", reason="場地業務")
        self.assertEqual((case.unit, case.handler), ("tainan.leisure", "ts032"))
        case = self.act("AddNote", number, text="已電話聯繫", to_applicant=True)
        case = self.act("RequestDocuments", number, documents=["土地承租申請書"], text="請補件")
        self.assertEqual(case.status, P.CASE_STATUS_AWAITING_DOCUMENTS)
        case = self.act("ReceiveDocuments", number, documents=["土地承租申請書"])
        self.assertEqual(case.status, P.CASE_STATUS_ASSIGNED)
        request = P.AgreeDateRequest(case_number=number, request_id=new_id(), reason="改期")
        stamp(request.agreed_time, self.now_ms() + 12 * DAY_MS)
        case = cases.AgreeDate(request, timeout=10)
        agreed = [clock for clock in case.clocks if clock.kind == P.CLOCK_KIND_AGREED_DATE][-1]
        self.assertEqual(ms_of(agreed.due_time), ms_of(request.agreed_time))
        request = supervision_pb2.ExtendClockRequest(case_number=number, request_id=new_id(), clock=agreed.id, reason="申請人同意")
        stamp(request.due_time, self.now_ms() + 15 * DAY_MS)
        case = self.engine.supervision.ExtendClock(request, timeout=10)
        extended = [clock for clock in case.clocks if clock.id == agreed.id][0]
        self.assertEqual((ms_of(extended.due_time), extended.extension.seconds), (ms_of(request.due_time), 0))  # no policy gave it a date

        duplicate = self.lodge(service="land-lease").case_number
        case = self.act("MergeCase", duplicate, into_case_number=number)
        self.assertEqual((case.status, case.merged_into), (P.CASE_STATUS_MERGED, number))
        self.assertEqual(list(self.get(number).duplicates), [duplicate])
        case = self.act("UnmergeCase", duplicate, reason="併錯")
        self.assertEqual((case.status, case.merged_into), (P.CASE_STATUS_REGISTERED, ""))
        self.assertEqual(list(self.get(number).duplicates), [])
        self.act("MergeCase", duplicate, into_case_number=number)
        self.assertEqual(self.act("AddNote", duplicate, text="併案後補充").case_number, number)
        withdrawn = self.lodge(service="land-lease").case_number
        self.assertEqual(self.act("WithdrawCase", withdrawn, reason="民眾自撤").status, P.CASE_STATUS_WITHDRAWN)

        case = self.act("ReplyCase", number, means=P.REPLY_MEANS_PHONE, text="可承租")
        self.assertEqual(case.status, P.CASE_STATUS_REPLIED)
        case = self.act("CloseCase", number, outcome=P.OUTCOME_RESOLVED, text="完成")
        self.assertEqual((case.status, case.outcome), (P.CASE_STATUS_CLOSED, P.OUTCOME_RESOLVED))
        self.assertTrue(case.HasField("close_time"))
        case = self.act("ReopenCase", number, reason="民眾再詢")
        self.assertEqual(case.status, P.CASE_STATUS_ASSIGNED)
        self.assertFalse(case.HasField("close_time"))

        history = history_of(self.engine, number, page_size=3)
        self.assertEqual([entry.revision for entry in history], list(range(1, len(history) + 1)))
        self.assertEqual(f'"{len(history)}"', case.etag)
        told = [entry.event for entry in history]
        for event in ("case_lodged", "documents_received", "case_assigned", "case_accepted", "case_transferred", "note_added",
                      "documents_requested", "date_agreed", "clock_extended", "duplicate_attached", "duplicate_detached", "case_replied", "case_closed",
                      "case_reopened", "clock_started", "clock_stopped", "clock_paused", "clock_resumed"):
            self.assertIn(event, told)
        self.assertIn("已電話聯繫", [entry.text for entry in history])

        listed = cases.ListCases(P.ListCasesRequest(tenant="taisugar", service="land-lease", statuses=[P.CASE_STATUS_MERGED]), timeout=10)
        self.assertEqual([c.case_number for c in listed.cases], [duplicate])
        for key in ({"phone": "０９１２-345-678"}, {"email": SECRETS["email"].upper()}, {"customer_number": SECRETS["customer_number"]}):
            found = cases.FindCasesByPerson(P.FindCasesByPersonRequest(tenant="taisugar", page_size=500, **key), timeout=10)
            self.assertLessEqual({number, duplicate, withdrawn}, {c.case_number for c in found.cases}, key)
        other = cases.FindCasesByPerson(P.FindCasesByPersonRequest(tenant="water", phone=SECRETS["phone"]), timeout=10)
        self.assertEqual(list(other.cases), [])

    def test_pages_hold_every_case_once(self):
        numbers = {self.lodge(service="mill-tour", subject=f"頁 {i}").case_number for i in range(37)}
        found, token, pages = [], "", 0
        while True:
            page = self.engine.cases.ListCases(P.ListCasesRequest(tenant="taisugar", service="mill-tour", page_size=10, page_token=token), timeout=10)
            found += [case.case_number for case in page.cases]
            token = page.next_page_token
            pages += 1
            if not token:
                break
        self.assertEqual((sorted(found), len(found)), (sorted(numbers), 37))
        self.assertEqual(found, sorted(found, reverse=True))  # newest first
        self.assertGreaterEqual(pages, 4)
        wrong = refusal(self.engine.cases.ListCases, P.ListCasesRequest(tenant="taisugar", page_token="zz"))
        self.assertIn("page_token", wrong.fields)

    def test_same_request_id_same_answer(self):
        request = lodge_request()
        first = self.engine.cases.LodgeCase(request, timeout=10)
        again = self.engine.cases.LodgeCase(request, timeout=10)
        self.assertEqual((again.case_number, again.duplicate, list(again.promises)), (first.case_number, True, list(first.promises)))
        request.subject = "別的主旨"
        other = refusal(self.engine.cases.LodgeCase, request)
        self.assertEqual((other.code, other.reason, other.domain), (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED", "casewheel"))
        elsewhere = lodge_request(tenant="water", service="water-quality")
        elsewhere.request_id = request.request_id
        self.assertFalse(self.engine.cases.LodgeCase(elsewhere, timeout=10).duplicate)  # keys belong to a tenant

        note = P.AddNoteRequest(case_number=first.case_number, request_id=new_id("note"), text="一次就好")
        one = self.engine.cases.AddNote(note, timeout=10)
        two = self.engine.cases.AddNote(note, timeout=10)
        self.assertEqual(one.etag, two.etag)
        self.assertEqual(sum(entry.text == "一次就好" for entry in history_of(self.engine, first.case_number)), 1)
        note.text = "別的"
        self.assertEqual(refusal(self.engine.cases.AddNote, note).reason, "REQUEST_ID_REUSED")

    def test_etag(self):
        lodged = self.lodge()
        note = P.AddNoteRequest(case_number=lodged.case_number, etag=lodged.etag, text="一")
        changed = self.engine.cases.AddNote(note, timeout=10)
        self.assertNotEqual(changed.etag, lodged.etag)
        stale = refusal(self.engine.cases.AddNote, note)
        self.assertEqual((stale.code, stale.reason), (grpc.StatusCode.ABORTED, "STALE_ETAG"))
        nonsense = refusal(self.engine.cases.AddNote, P.AddNoteRequest(case_number=lodged.case_number, etag="x", text="一"))
        self.assertEqual((nonsense.code, list(nonsense.fields)), (grpc.StatusCode.INVALID_ARGUMENT, ["etag"]))

    def test_who_may(self):
        lodged = self.lodge()
        as_clerk = [("casewheel-actor", "ts003")]  # an agent
        note = self.engine.cases.AddNote(P.AddNoteRequest(case_number=lodged.case_number, text="話務"), metadata=as_clerk, timeout=10)
        self.assertEqual(history_of(self.engine, note.case_number)[-1].actor, "ts003")
        denied = refusal(self.engine.cases.AcceptCase, P.AcceptCaseRequest(case_number=lodged.case_number), metadata=as_clerk)
        self.assertEqual((denied.code, denied.reason), (grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"))
        nobody = refusal(self.engine.cases.AcceptCase, P.AcceptCaseRequest(case_number=lodged.case_number), metadata=[("casewheel-actor", "nobody")])
        self.assertEqual(nobody.code, grpc.StatusCode.PERMISSION_DENIED)

    def test_catalogue(self):
        tenants = self.engine.catalogue.ListTenants(catalogue_pb2.ListTenantsRequest(), timeout=10).tenants
        self.assertEqual({t.id for t in tenants}, {"taipower", "cpc", "taisugar", "water"})
        was = self.engine.catalogue.GetCatalogue(catalogue_pb2.GetCatalogueRequest(tenant="cpc"), timeout=10)
        same = self.engine.catalogue.ApplyCatalogue(catalogue_pb2.ApplyCatalogueRequest(yaml=was.yaml), timeout=10)
        self.assertEqual([(t.tenant, t.version, list(t.diff)) for t in same.tenants], [("cpc", was.version, [])])
        other = was.yaml.replace("within: 48h", "within: 47h")
        self.assertNotEqual(other, was.yaml)
        tried = self.engine.catalogue.ApplyCatalogue(catalogue_pb2.ApplyCatalogueRequest(yaml=other, validate_only=True), timeout=10)
        self.assertEqual(tried.tenants[0].version, was.version + 1)
        self.assertTrue(tried.tenants[0].diff)
        now = self.engine.catalogue.GetCatalogue(catalogue_pb2.GetCatalogueRequest(tenant="cpc"), timeout=10)
        self.assertEqual(now.version, was.version)
        wrong = refusal(self.engine.catalogue.ApplyCatalogue, catalogue_pb2.ApplyCatalogueRequest(yaml="tenants: [{id: X}]", file_name="my.yaml"))
        self.assertEqual(wrong.code, grpc.StatusCode.INVALID_ARGUMENT)
        self.assertTrue(any(field.startswith("my.yaml:1:") for field in wrong.fields), wrong)


class SeventyTwoHours(Serving):
    """Taisugar's promise of 72 hours, on a virtual clock, across a restart."""

    def test_ladder_and_restart(self):
        number = self.lodge().case_number
        replied = self.lodge().case_number
        due = MONDAY_9_MS + 72 * HOUR_MS
        self.advance(71 * HOUR_MS)
        self.engine.cases.ReplyCase(P.ReplyCaseRequest(case_number=replied, means=P.REPLY_MEANS_PHONE, text="已回復"), timeout=10)
        clock = self.advance(25 * HOUR_MS + 30_000)
        self.assertEqual(ms_of(clock.now), due + DAY_MS + 30_000)
        case = self.get(number)
        reply = [e for e in case.escalations if e.clock_kind == P.CLOCK_KIND_REPLY]
        self.assertEqual([(e.level, ms_of(e.due_time) - due) for e in reply], [(0, -12 * HOUR_MS), (1, 0), (2, DAY_MS)])
        for escalation in reply:  # on the virtual clock each fires at its own instant
            late_ms = ms_of(escalation.fired_time) - ms_of(escalation.due_time)
            self.assertEqual(late_ms, 1 if escalation.level == 1 else 0)  # at due it is in time
            self.assertEqual(escalation.cause, P.LATENESS_CAUSE_ON_TIME)
            self.assertTrue(escalation.recipients)
        by_kind = {clock.kind: clock for clock in case.clocks}
        self.assertTrue(by_kind[P.CLOCK_KIND_REPLY].breached)
        kept = {clock.kind: clock for clock in self.get(replied).clocks}[P.CLOCK_KIND_REPLY]
        self.assertEqual((kept.status, kept.breached), (P.CLOCK_STATUS_MET, False))

        due_request = supervision_pb2.ListDueRequest(filter=supervision_pb2.DueFilter(tenant="taisugar"))

        def is_escalated():  # the board is a moment behind the case
            answer = self.engine.supervision.ListDue(due_request, timeout=10)
            return answer if [(row.overdue, row.level) for row in answer.cases if row.case_number == number] == [(True, 2)] else None

        due_list = eventually(is_escalated)
        escalation = reply[-1].id
        case = self.engine.supervision.AcknowledgeEscalation(
            supervision_pb2.AcknowledgeEscalationRequest(case_number=number, escalation=escalation, request_id=new_id()),
            metadata=[("casewheel-actor", "ts030")], timeout=10)
        self.assertEqual([e.acknowledged_by for e in case.escalations if e.id == escalation], ["ts030"])

        history = history_of(self.engine, number)
        self.installation.arguments = ["--clock", "virtual"]  # goes on where it was
        self.installation.restart()
        self.assertGreaterEqual(self.now_ms(), ms_of(clock.now))
        self.assertEqual(self.get(number), case)
        self.assertEqual(history_of(self.engine, number), history)
        again = self.engine.supervision.ListDue(due_request, timeout=10)
        self.assertEqual({row.case_number: row.level for row in again.cases}, {row.case_number: row.level for row in due_list.cases})
        figures = self.engine.admin.GetStatistics(admin_pb2.GetStatisticsRequest(), timeout=10)
        self.assertEqual((figures.lodged, figures.open), (2, 2))
        self.assertEqual(figures.armed_timers, 1)  # the replied case waits for nothing
        back = admin_pb2.AdvanceClockRequest()
        stamp(back.time, MONDAY_9_MS)
        self.assertEqual(refusal(self.engine.admin.AdvanceClock, back).code, grpc.StatusCode.INVALID_ARGUMENT)
        report = [message.report for message in self.engine.admin.Verify(admin_pb2.VerifyRequest(), timeout=30) if message.HasField("report")]
        self.assertEqual((report[0].ok, report[0].digest), (True, report[0].replayed_digest))


if __name__ == "__main__":
    unittest.main()
