"""Nothing of a person is left in any file: her number, written in every text a caller may send, is either refused there
by the name of the field, or gone from the data directory once she is erased."""

import unittest

from google.protobuf import descriptor

from contract import Engine, access_pb2, admin_pb2, calls_pb2, cases_pb2, grpc, privacy_pb2, refusal
from installation import Installation
from serving import apply_catalogue, files_of, lodge_request, new_id

A, C, P, V = access_pb2, calls_pb2, cases_pb2, privacy_pb2
PHONE = "0912345678"
NAME = "甄可憐"
REFUSALS = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED,
            grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ABORTED)
# No two fields have the same, so that a number that is found says where it was written.
MOBILES = (f"09{n:08d}" for n in range(70_000_001, 70_009_999))
LANDLINES = (f"02-2{n:03d}-{n:04d}" for n in range(101, 999))


def texts_of(kind, path=()):
    """The fields of text of a message and of the messages within it, each as the fields that lead to it."""
    for field in kind.fields:
        if field.containing_oneof is not None and len(field.containing_oneof.fields) > 1:
            continue
        if field.type == descriptor.FieldDescriptor.TYPE_STRING:
            yield (*path, field)
        elif field.type == descriptor.FieldDescriptor.TYPE_MESSAGE and field.message_type.file.package == "casewheel.v1":
            yield from texts_of(field.message_type, (*path, field))


def put(message, path, text):
    for field in path[:-1]:
        inner = getattr(message, field.name)
        message = inner.add() if field.label == field.LABEL_REPEATED else inner
    if path[-1].label == path[-1].LABEL_REPEATED:
        getattr(message, path[-1].name).append(text)
    else:
        setattr(message, path[-1].name, text)


class ClearText(unittest.TestCase):
    def setUp(self):
        self.installation = Installation("--clock", "virtual:2026-01-05T09:00:00+08:00", "--auth", "on", "--partitions", "2")
        self.addCleanup(self.installation.remove)
        self.installation.start()
        self.admin = self.open(self.installation.token_of("admin", self.installation.one_time_password))
        apply_catalogue(self.admin)
        self.agent, self.lead, self.pbx = self.with_key("agent"), self.with_key("supervisor"), self.with_key("integrator")
        self.planted = {}

    def open(self, token):
        engine = Engine(self.installation.address, token=token)
        self.addCleanup(engine.close)
        return engine

    def with_key(self, role):
        grant = A.Grant(role=role, tenant="taisugar")
        return self.open(self.admin.access.CreateKey(A.CreateKeyRequest(label=role, grants=[grant]), timeout=20).token)

    def plant(self, call, make, kinds=(MOBILES, LANDLINES)):
        """One request for each field of text, with a number in that field."""
        taken = refused = 0
        for path in texts_of(make().DESCRIPTOR):
            name = ".".join(field.name for field in path)
            for numbers in kinds:
                request = make()
                number = next(numbers)
                if name != "request_id" and "request_id" in request.DESCRIPTOR.fields_by_name:
                    request.request_id = new_id()
                put(request, path, number)
                self.planted[number] = f"{request.DESCRIPTOR.name}.{name}"
                try:
                    call(request, timeout=10)
                    taken += 1
                except grpc.RpcError as error:
                    self.assertIn(error.code(), REFUSALS, name)
                    refused += 1
        return taken, refused

    def left(self):
        found = {}
        for path in files_of(self.installation.data):
            content = path.read_bytes()
            for number, where in self.planted.items():
                if number.encode() in content or number.replace("-", "").encode() in content:
                    found.setdefault(where, set()).add(path.name)
        return found

    def test_her_number_in_every_text(self):
        def lodging():
            request = lodge_request()
            request.ClearField("applicant")
            request.applicant.phone, request.applicant.name = PHONE, NAME
            return request

        taken, refused = self.plant(self.agent.cases.LodgeCase, lodging)
        self.assertGreater(min(taken, refused), 5)
        number = self.agent.cases.LodgeCase(lodging(), timeout=10).case_number
        for call, kind in ((self.agent.cases.AddNote, P.AddNoteRequest), (self.lead.cases.ReplyCase, P.ReplyCaseRequest),
                           (self.lead.cases.RequestDocuments, P.RequestDocumentsRequest), (self.lead.cases.AgreeDate, P.AgreeDateRequest),
                           (self.lead.cases.TransferCase, P.TransferCaseRequest)):
            def acting(kind=kind):
                request = kind(case_number=number)
                for name, value in (("text", "說明"), ("reason", "說明"), ("unit", "tainan")):
                    if name in kind.DESCRIPTOR.fields_by_name:
                        setattr(request, name, value)
                if "means" in kind.DESCRIPTOR.fields_by_name:
                    request.means = P.REPLY_MEANS_PHONE
                return request
            self.plant(call, acting)

        calls = 0

        def ringing(event=C.RecordCallEventRequest.RING):
            nonlocal calls
            calls += 1
            return C.RecordCallEventRequest(tenant="taisugar", event=event, exchange_call=f"x{calls}", direction=C.INBOUND,
                                            **{"from": PHONE, "to": "0800-025-220"})

        for event in (C.RecordCallEventRequest.RING, C.RecordCallEventRequest.ANSWER, C.RecordCallEventRequest.HANGUP):
            taken, _ = self.plant(self.pbx.calls.RecordCallEvent, lambda event=event: ringing(event))
            self.assertGreater(taken, 5)
        # The reasons of looking and erasing are on the trail for good.
        for call, request in ((self.agent.privacy.RevealCase, V.RevealCaseRequest(case_number=number)),
                              (self.admin.privacy.ErasePerson, V.ErasePersonRequest(tenant="taisugar", dry_run=True, person=V.PersonKey(phone=PHONE)))):
            for reason in ("王小姐 0988-777-666 要求", "洽 (02)2345-6789", "身分證A123456789"):
                request.reason = reason
                self.assertIn("reason", refusal(call, request).fields)

        done = self.admin.privacy.ErasePerson(V.ErasePersonRequest(tenant="taisugar", person=V.PersonKey(phone=PHONE), reason="當事人請求", open_too=True),
                                              timeout=60)
        self.assertTrue(done.purged)
        self.assertGreater(len(done.erased), 5)
        self.assertGreater(done.calls, 5)
        # Cases and calls whose own number was a planted one are other people's.
        for planted in list(self.planted):
            self.admin.privacy.ErasePerson(V.ErasePersonRequest(tenant="taisugar", person=V.PersonKey(phone=planted), reason="當事人請求",
                                                                open_too=True), timeout=60)
        report = list(self.admin.admin.Verify(admin_pb2.VerifyRequest(), timeout=60))[-1].report
        self.assertTrue(report.ok, report.problems)
        self.installation.stop()
        self.planted.update({PHONE: "the applicant's own", NAME: "her name", "0988-777-666": "a reason", "2345-6789": "a reason"})
        self.assertEqual(self.left(), {})

    def test_a_language_holds_nothing_else(self):
        for language in ("zh-x-wangxiaoming", "王小明", "en-0912345678", "zh-TW-a-b", "x", "english"):
            self.assertIn("language", refusal(self.agent.cases.LodgeCase, lodge_request(language=language)).fields, language)
        for language in ("zh-TW", "en", "zh-Hant-TW", "es-419", "hak"):
            self.agent.cases.LodgeCase(lodge_request(language=language), timeout=10)

    def test_landlines_are_refused_where_they_could_not_be_erased(self):
        for reference in ("02-2345-6789", "(02)2345-6789", "037-223456", "０２－２３４５－６７８９", "零二二三四五六七八九"):
            self.assertIn("external_reference", refusal(self.agent.cases.LodgeCase, lodge_request(external_reference=reference)).fields, reference)
        for reference in ("CRM-2026-000123", "10404406509", "A-1001", "20260302-7"):
            self.agent.cases.LodgeCase(lodge_request(external_reference=reference), timeout=10)


if __name__ == "__main__":
    unittest.main()
