"""What the engine refuses, and how clearly: fields and limits, wrong states, overload, size, bytes
that are no text. A refusal never ends the engine or the connection."""

import threading
import time
import unittest

from contract import Engine, admin_pb2, calendars_pb2, cases_pb2, catalogue_pb2, grpc, intake_pb2, refusal, Refusal, supervision_pb2
from serving import Serving, lodge_request, new_id

P = cases_pb2
INVALID = grpc.StatusCode.INVALID_ARGUMENT


class Refusals(Serving):
    def test_every_field_is_named_at_once(self):
        wrong = refusal(self.engine.cases.LodgeCase, P.LodgeCaseRequest(tenant="taisugar", subject="x" * 201))
        self.assertEqual((wrong.code, wrong.reason, wrong.domain), (INVALID, "INVALID_ARGUMENT", "casewheel"))
        self.assertEqual(set(wrong.fields), {"request_id", "service", "channel", "subject"})
        self.assertIn("200", wrong.fields["subject"])

    def test_limits_name_field_and_limit(self):
        for field, value, limit in (("subject", "主" * 201, "200"), ("description", "內" * 4001, "4,000"), ("request_id", "r" * 65, "64"),
                                    ("external_reference", "e" * 65, "64"), ("county", "c" * 65, "64")):
            wrong = refusal(self.engine.cases.LodgeCase, lodge_request(**{field: value}))
            self.assertEqual((wrong.code, list(wrong.fields)), (INVALID, [field]))
            self.assertRegex(wrong.fields[field].replace(",", ""), limit.replace(",", ""))
        for field, most in (("name", 100), ("phone", 40), ("email", 254), ("address", 300), ("customer_number", 40)):
            fits, over = lodge_request(), lodge_request()
            setattr(fits.applicant, field, "字" * most)
            setattr(over.applicant, field, "字" * (most + 1))
            self.engine.cases.LodgeCase(fits, timeout=10)
            wrong = refusal(self.engine.cases.LodgeCase, over)
            self.assertEqual(list(wrong.fields), ["applicant." + field])
            self.assertIn(str(most), wrong.fields["applicant." + field])

    def test_text(self):
        for text in ("null\0byte", "bell\a", "line\nbreak", "\u202e".join(["a", "\x1b[31m"])):
            wrong = refusal(self.engine.cases.LodgeCase, lodge_request(subject=text))
            self.assertEqual((wrong.code, list(wrong.fields)), (INVALID, ["subject"]), repr(text))
        decomposed = self.lodge(subject="cafe\u0301")
        self.assertEqual(self.get(decomposed.case_number).subject, "caf\u00e9")  # NFC

    def test_values_outside_their_words(self):
        for fields in ({"channel": 99}, {"kind": 99}, {"priority": -1}, {"service": "nothing"}, {"unit": "nowhere"}, {"handler": "nobody"},
                       {"received_time": self.now_ms() + 3_600_000}, {"agreed_time": self.now_ms() - 3_600_000}):
            wrong = refusal(self.engine.cases.LodgeCase, lodge_request(**fields))
            self.assertEqual((wrong.code, list(wrong.fields)), (INVALID, list(fields)), fields)
        for seconds, nanos in ((-1, 0), (253402300800, 0), (1 << 62, 0), (-(1 << 62), 0), (1, -5), (1, 2_000_000_000)):
            request = lodge_request()
            request.received_time.seconds, request.received_time.nanos = seconds, nanos
            self.assertIn("received_time", refusal(self.engine.cases.LodgeCase, request).fields, (seconds, nanos))
            request = supervision_pb2.ListDueRequest(filter=supervision_pb2.DueFilter(tenant="taisugar"))
            request.filter.horizon.seconds, request.filter.horizon.nanos = seconds, nanos
            try:
                self.engine.supervision.ListDue(request, timeout=10)  # answered or refused, never worse
            except grpc.RpcError as error:
                self.assertEqual(error.code(), INVALID)
        for size in (-1, 501, 1 << 30):
            self.assertIn("page_size", refusal(self.engine.cases.ListCases, P.ListCasesRequest(tenant="taisugar", page_size=size)).fields)
        for time_s in (1 << 62, -(1 << 62)):
            request = admin_pb2.AdvanceClockRequest()
            request.by.seconds = time_s
            self.assertEqual(refusal(self.engine.admin.AdvanceClock, request).code, INVALID)

    def test_case_numbers(self):
        number = self.lodge().case_number
        for wrong in ("", "x", "1", number[:-1], number + "0", number[:-1] + str((int(number[-1]) + 1) % 10), "9" * 400, "１" + number[1:]):
            self.assertEqual(refusal(self.engine.cases.GetCase, P.GetCaseRequest(case_number=wrong)).code, INVALID, wrong)
        for i in range(len(number) - 2):  # two neighbours swapped: the slip of someone reading aloud
            if number[i] != number[i + 1]:
                swapped = number[:i] + number[i + 1] + number[i] + number[i + 2:]
                self.assertIn(refusal(self.engine.cases.GetCase, P.GetCaseRequest(case_number=swapped)).code, (INVALID,), swapped)

    def test_wrong_state(self):
        number = self.lodge().case_number
        for call, request in ((self.engine.cases.ReopenCase, P.ReopenCaseRequest(case_number=number, reason="x")),
                              (self.engine.cases.ReceiveDocuments, P.ReceiveDocumentsRequest(case_number=number))):
            wrong = refusal(call, request)
            self.assertEqual((wrong.code, wrong.reason), (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE"))
        self.assertIn("into_case_number", refusal(self.engine.cases.MergeCase, P.MergeCaseRequest(case_number=number, into_case_number=number)).fields)
        elsewhere = self.lodge(tenant="water", service="water-quality").case_number
        self.assertIn("into_case_number", refusal(self.engine.cases.MergeCase, P.MergeCaseRequest(case_number=number, into_case_number=elsewhere)).fields)

    def test_bytes_that_are_no_text(self):
        raw = self.engine.channel.unary_unary("/casewheel.v1.Cases/LodgeCase")
        request = lodge_request(subject="SUBJECT")
        request.applicant.name = "APPLICANT"
        good = request.SerializeToString()
        for marks, fields in (((b"SUBJECT",), {"subject"}), ((b"APPLICANT",), {"applicant.name"}),
                              ((b"SUBJECT", b"APPLICANT"), {"subject", "applicant.name"})):
            bad = good
            for mark in marks:
                bad = bad.replace(mark, b"\xff\xfe" + mark[2:])
            wrong = refusal(raw, bad, timeout=10)
            self.assertEqual((wrong.code, wrong.reason, set(wrong.fields)), (INVALID, "INVALID_ARGUMENT", fields))
            self.assertTrue(all("UTF-8" in text for text in wrong.fields.values()), wrong)
        self.assertEqual(self.engine.cases.LodgeCase(request, timeout=10).duplicate, False)  # none of it was done

        for rubbish in (b"\x08", b"\xff" * 50, b"\x0a\xff\xff\xff\xff\x0f", good[:-1]):
            for service, method, type_name in (("Cases", "LodgeCase", "LodgeCaseRequest"), ("Cases", "GetCase", "GetCaseRequest"),
                                               ("Supervision", "ListDue", "ListDueRequest"), ("CatalogueService", "ListTenants", "ListTenantsRequest"),
                                               ("Admin", "GetClock", "GetClockRequest")):
                if rubbish == good[:-1] and method != "LodgeCase":
                    continue
                wrong = refusal(self.engine.channel.unary_unary(f"/casewheel.v1.{service}/{method}"), rubbish, timeout=10)
                self.assertEqual((wrong.code, wrong.reason, wrong.fields), (INVALID, "INVALID_ARGUMENT", {}), (method, rubbish))
                self.assertEqual(wrong.message, "the request cannot be decoded as casewheel.v1." + type_name)
        unknown = self.engine.channel.unary_unary("/casewheel.v1.Cases/Nothing")
        self.assertEqual(refusal(unknown, b"", timeout=10).code, grpc.StatusCode.UNIMPLEMENTED)
        # On a connection of its own: gRPC may close the one that sent too many headers.
        with grpc.insecure_channel(self.engine.address) as other:
            get = other.unary_unary("/casewheel.v1.Cases/GetCase")
            metadata = [("casewheel-actor", "a" * 60_000)]
            self.assertIsNotNone(refusal(get, b"", metadata=metadata, timeout=10).code)
        self.lodge()  # all is well

    def test_streams_that_begin_with_no_message(self):
        for service, method, request in (("Supervision", "WatchDue", "WatchDueRequest"), ("Admin", "Verify", "VerifyRequest"),
                                         ("Admin", "CreateBackup", "CreateBackupRequest")):
            stream = self.engine.channel.unary_stream(f"/casewheel.v1.{service}/{method}")
            wrong = refusal(stream, b"\xff" * 50, timeout=10)
            self.assertEqual((wrong.code, wrong.message), (INVALID, "the request cannot be decoded as casewheel.v1." + request))
        watch = self.engine.channel.unary_stream("/casewheel.v1.Supervision/WatchDue")
        self.assertEqual(list(refusal(watch, b"\x0a\x04\x0a\x02\xff\xfe", timeout=10).fields), ["filter.tenant"])

    def test_an_intake_stream_that_stops_making_sense(self):
        """What came before is answered; then the stream ends with the reason, not as if all had been sent."""
        ingest = self.engine.channel.stream_stream("/casewheel.v1.Intake/Ingest", response_deserializer=intake_pb2.IngestResponse.FromString)
        ahead = 100
        for rubbish, fields in ((b"\xff" * 50, []), ("no text", ["item.lodge.subject"])):
            source = new_id("feed")
            sent = [intake_pb2.IngestRequest(open=intake_pb2.IngestOpen(tenant="taisugar", source=source)).SerializeToString()]
            for position in range(1, ahead + 3):
                item = intake_pb2.IngestRequest()
                item.item.position = position
                item.item.lodge.CopyFrom(lodge_request(subject="SUBJECT"))
                sent.append(item.SerializeToString())
            sent[ahead + 1] = sent[ahead + 1].replace(b"SUBJECT", b"\xffUBJECT") if fields else rubbish
            answers = []
            with self.assertRaises(grpc.RpcError) as caught:
                for answer in ingest(iter(sent), timeout=20):
                    answers.append(answer)
            wrong = Refusal(caught.exception)
            self.assertEqual((wrong.code, wrong.reason, list(wrong.fields)), (INVALID, "INVALID_ARGUMENT", fields))
            self.assertIn("UTF-8" if fields else "cannot be decoded as casewheel.v1.IngestRequest", wrong.message)
            results = {answer.result.position: answer.result.outcome for answer in answers if answer.HasField("result")}
            self.assertEqual(results, {position: intake_pb2.IngestResult.CREATED for position in range(1, ahead + 1)})
            again = next(ingest(iter(sent[:1]), timeout=20))
            self.assertEqual(again.opened.resume_after, ahead)

    def test_oversized_message(self):
        wrong = refusal(self.engine.cases.LodgeCase, lodge_request(description="x" * (6 << 20)), timeout=20)
        self.assertEqual(wrong.code, grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertRegex(wrong.message, "5242880|larger")
        wrong = refusal(self.engine.catalogue.ApplyCatalogue, catalogue_pb2.ApplyCatalogueRequest(yaml="# " + "x" * (4 << 20)), timeout=20)
        self.assertEqual(wrong.code, INVALID)
        self.assertIn("4", wrong.message)
        self.lodge()

    def test_a_megabyte_where_a_name_should_stand(self):
        """Is refused with its field and the limit, whatever the method, and never sent back."""
        endless = "漏" * (1 << 20)
        engine = self.engine
        calls = {"tenant": [(engine.cases.LodgeCase, lodge_request(tenant=endless)), (engine.cases.ListCases, cases_pb2.ListCasesRequest(tenant=endless)),
                            (engine.cases.FindCasesByPerson, cases_pb2.FindCasesByPersonRequest(tenant=endless, phone="0912345678")),
                            (engine.catalogue.GetCatalogue, catalogue_pb2.GetCatalogueRequest(tenant=endless)),
                            (engine.admin.GetStatistics, admin_pb2.GetStatisticsRequest(tenant=endless))],
                 "service": [(engine.cases.LodgeCase, lodge_request(service=endless))],
                 "case_number": [(engine.cases.GetCase, cases_pb2.GetCaseRequest(case_number=endless))],
                 "calendar": [(engine.calendars.GetCalendar, calendars_pb2.GetCalendarRequest(calendar=endless))]}
        for field, asked in calls.items():
            for method, request in asked:
                with self.subTest(field=field, request=type(request).__name__):
                    wrong = refusal(method, request, timeout=20)
                    self.assertIn(wrong.code, (INVALID, grpc.StatusCode.NOT_FOUND))
                    self.assertLess(len(wrong.message.encode()), 1200)
                    if field in ("tenant", "service"):
                        self.assertEqual(wrong.code, INVALID)
                        self.assertIn(field, wrong.message)
                        self.assertRegex(wrong.message, "longer than")
        problems = "tenants:\n" + "".join(f"  - {{unknown-key-number-{i}-{'x' * 60}: 1}}\n" for i in range(99))
        wrong = refusal(engine.catalogue.ApplyCatalogue, catalogue_pb2.ApplyCatalogueRequest(yaml=problems), timeout=20)
        self.assertEqual(wrong.code, INVALID)
        self.assertIn("problems", wrong.message)
        self.assertTrue(any("more that there is no room to name" in text for text in wrong.fields.values()), wrong.fields)

    def test_a_call_given_up_is_no_harm(self):
        for _ in range(50):
            call = self.engine.cases.LodgeCase.future(lodge_request(), timeout=10)
            call.cancel()
        short = lodge_request()
        try:
            self.engine.cases.LodgeCase(short, timeout=0.0005)
        except grpc.RpcError as error:
            self.assertEqual(error.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        self.lodge()


class Overload(Serving):
    """More calls than the queue holds, while the partition is busy with deadlines: what does not fit is
    refused at once with a hint, everything else is answered, and what was acknowledged is there."""

    BUSY_CASES = 2500
    CONNECTIONS, CALLS_EACH = 3, 3500  # together more than the queue of 8,192

    def test_flood(self):
        # On the virtual clock requests wait while time catches up; each of these dates is a turn of its own.
        first = self.now_ms() + 3_600_000
        busy = [self.engine.cases.LodgeCase.future(lodge_request(tenant="water", service="new-connection", agreed_time=first + 7 * i), timeout=60)
                for i in range(self.BUSY_CASES)]
        self.assertEqual(len({call.result().case_number for call in busy}), self.BUSY_CASES)
        engines = [Engine(self.installation.address) for _ in range(self.CONNECTIONS)]
        requests = [[lodge_request(subject="x" * 190) for _ in range(self.CALLS_EACH)] for _ in engines]
        refused, acknowledged, others = [], [], []
        done = threading.Semaphore(0)

        def settle(call):
            try:
                acknowledged.append(call.result().case_number)
            except grpc.RpcError as error:
                (refused if error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED else others).append(error)
            done.release()

        def flood(engine, mine):
            for request in mine:
                engine.cases.LodgeCase.future(request, timeout=120).add_done_callback(settle)

        on = admin_pb2.AdvanceClockRequest()
        on.by.seconds = 20 * 86400
        advance = self.engine.admin.AdvanceClock.future(on, timeout=120)
        threads = [threading.Thread(target=flood, args=pair) for pair in zip(engines, requests)]
        for thread in threads:
            thread.start()
        memory, reads = [], []
        for thread in threads:
            while thread.is_alive():
                began = time.monotonic()
                self.engine.admin.GetClock(admin_pb2.GetClockRequest(), timeout=20)
                reads.append(time.monotonic() - began)
                memory.append(self.installation.resident_mib())
                thread.join(0.2)
        was_busy = not advance.done()
        for _ in range(self.CONNECTIONS * self.CALLS_EACH):
            self.assertTrue(done.acquire(timeout=150), "a call was never answered")  # beyond their own 120 s
        advance.result()
        print(f"\n  flood: {len(acknowledged)} acknowledged, {len(refused)} refused, slowest read {max(reads):.2f} s, {max(memory):.0f} MiB", flush=True)
        self.assertEqual([str(error) for error in others], [])
        self.assertEqual(len(set(acknowledged)), len(acknowledged))
        for error in refused[:50]:
            hint = Refusal(error)
            self.assertEqual(hint.reason, "OVERLOADED")
            self.assertGreater(hint.retry_seconds, 0)
        figures = self.engine.admin.GetStatistics(admin_pb2.GetStatisticsRequest(), timeout=10)
        self.assertEqual(figures.lodged, len(acknowledged) + self.BUSY_CASES)
        self.assertEqual(self.installation.metric("casewheel_overloaded_total"), len(refused))
        self.assertLess(max(memory), 500)
        for engine in engines:
            engine.close()
        if not was_busy:
            self.skipTest("the engine was faster than this client: its queue was never full")
        self.assertGreater(len(refused), 0)


if __name__ == "__main__":
    unittest.main()
