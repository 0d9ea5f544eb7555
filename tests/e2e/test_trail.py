"""The audit trail says what became of each call, about what, and what power it gave: whoever looks for a case finds every
call that showed it, however its number was typed, and nothing that was refused stands as done."""

import unittest

from contract import (access_pb2, admin_pb2, attachments_pb2, calls_pb2, cases_pb2, changes_pb2, grpc, intake_pb2, privacy_pb2, refusal,
                      supervision_pb2)
from installation import eventually
from serving import SECRETS, Guarded, lodge_request, new_id
from test_access import RULED, code_of, methods

A, P, V = access_pb2, cases_pb2, privacy_pb2
OK = grpc.StatusCode.OK


class Trail(Guarded):
    ARGUMENTS = (*Guarded.ARGUMENTS, "--rate-address", "10000", "--rate-identity", "10000")

    def made(self, *grants):
        return self.admin.access.CreateKey(A.CreateKeyRequest(label="trail", grants=grants), timeout=20)

    def with_key(self, *grants):
        """Its channel, and what the trail calls it."""
        made = self.made(*grants)
        return self.open(made.token), f"key:{made.key.id}"

    def trail(self, **fields):
        reader = self.open(self.made(A.Grant(role="auditor")).token)
        return list(reader.access.SearchAudit(A.SearchAuditRequest(page_size=500, **fields), timeout=10).entries)

    def lodge(self, tenant="taisugar", **fields):
        desk, _ = self.with_key(A.Grant(role="agent", tenant=tenant))
        return desk.cases.LodgeCase(lodge_request(tenant=tenant, **fields), timeout=10).case_number

    def test_a_case_is_found_however_its_number_was_typed(self):
        agent, who = self.with_key(A.Grant(role="agent", tenant="taisugar"))
        number = self.lodge()
        spellings = [number, "-" * 130 + number, " " * 200 + number, number[:2] + "-" * 300 + number[2:], "- ".join(number) + " " * 500,
                     f" {number} "]
        for spelling in spellings:
            shown = agent.privacy.RevealCase(V.RevealCaseRequest(case_number=spelling, reason="查證"), timeout=10)
            self.assertEqual(shown.case.applicant.phone, SECRETS["phone"])
            agent.cases.GetCase(P.GetCaseRequest(case_number=spelling), timeout=10)
        for subject in (number, spellings[4]):
            lines = eventually(lambda: (found := self.trail(who=who, subject=subject)) and  # noqa: B023
                               len(found) == 2 * len(spellings) and found)
            self.assertEqual({(line.tenant, line.subject, line.outcome) for line in lines}, {("taisugar", number, "done")})
            self.assertEqual(sum(line.method == "Privacy.RevealCase" for line in lines), len(spellings))

    def test_no_text_of_a_caller_stands_on_it(self):
        agent, who = self.with_key(A.Grant(role="agent", tenant="taisugar"))
        marks = ("0912345678", "王小明", "line\nbreak", "x" * 5000)
        for mark in marks:
            refusal(agent.cases.GetCase, P.GetCaseRequest(case_number=mark))
            refusal(agent.cases.ListCases, P.ListCasesRequest(tenant=mark))
            refusal(agent.calls.GetCall, calls_pb2.GetCallRequest(id=mark + " "))
            refusal(agent.privacy.RevealCase, V.RevealCaseRequest(case_number=self.lodge(), reason=mark + "字" * 101))
        lines = eventually(lambda: (found := self.trail(who=who)) and len(found) == 4 * len(marks) and found)
        for line in lines:
            self.assertNotEqual(line.outcome, "done")
            for mark in marks:
                self.assertNotIn(mark, line.tenant + line.subject + line.detail)

    def test_the_outcome_of_every_method_is_its_own(self):
        """Every method of the API, asked for a case of one's own tenant and one of another's: done is what was answered."""
        mine, theirs = self.lodge("taipower", service="billing"), self.lodge("taisugar")
        grants = [A.Grant(role=role, tenant="taipower") for role in
                  ("agent", "counter", "handler", "supervisor", "integrator", "auditor", "administrator")]
        looked = 0
        for service, method, right, request_class, streams in methods():
            if right in ("public", "signed_in", "own_account"):
                continue
            name = f"{service.name}.{method.name}"
            for number, tenant in ((mine, "taipower"), (theirs, "taisugar"), ("", "atlantis"), ("-", "")):
                request = request_class()
                for field, value in (("case_number", number), ("tenant", tenant), ("reason", "查證"), ("text", "x"), ("request_id", new_id()),
                                     ("phone", SECRETS["phone"])):
                    if field in request.DESCRIPTOR.fields_by_name and request.DESCRIPTOR.fields_by_name[field].type == 9:
                        setattr(request, field, value)
                for part in ("filter", "open", "file"):
                    if part in request.DESCRIPTOR.fields_by_name:
                        inner = getattr(request, part)
                        for field, value in (("tenant", tenant), ("case_number", number), ("source", "test"), ("name", "a.pdf")):
                            if field in inner.DESCRIPTOR.fields_by_name:
                                setattr(inner, field, value)
                caller, who = self.with_key(*grants)
                code = code_of(caller.channel, service, method, request, streams)
                lines = eventually(lambda: [line for line in self.trail(who=who, method=name)  # noqa: B023
                                            if line.outcome != "asked"])
                self.assertEqual(len(lines), 1, (name, number))
                took = (OK, grpc.StatusCode.DEADLINE_EXCEEDED) if "Watch" in name else (OK,)  # a watch goes on
                self.assertEqual(lines[0].outcome == "done", code in took, (name, number, tenant, code, lines[0].outcome))
                if number == theirs and "case_number" in request.DESCRIPTOR.fields_by_name:
                    self.assertEqual((lines[0].subject, lines[0].tenant), (theirs, "taisugar"), name)
                    self.assertIn(lines[0].outcome, ("denied", "refused"), name)
                    self.assertNotEqual(code, OK, name)
                looked += 1
        self.assertGreater(looked, 150)

    def test_probes_are_denials(self):
        number = self.lodge()
        caller, who = self.with_key(A.Grant(role="agent", tenant="taipower"), A.Grant(role="supervisor", tenant="taipower"))
        unit, in_unit = self.with_key(A.Grant(role="supervisor", tenant="taisugar", unit="yunjia"))
        for channel in (caller, unit):
            refusal(channel.cases.GetCase, P.GetCaseRequest(case_number=number))
            refusal(channel.privacy.ExportPerson, V.ExportPersonRequest(
                tenant="taisugar", person=V.PersonKey(phone=SECRETS["phone"]), reason="好奇"))
        refusal(caller.cases.ListCases, P.ListCasesRequest(tenant="taisugar"))
        refusal(caller.supervision.ListDue, supervision_pb2.ListDueRequest(filter=supervision_pb2.DueFilter(tenant="taisugar")))
        refusal(caller.changes.ListChanges, changes_pb2.ListChangesRequest(filter=changes_pb2.ChangeFilter(tenant="taisugar")))
        for whose, expected in ((who, 5), (in_unit, 2)):
            lines = eventually(lambda: (found := self.trail(who=whose)) and len(found) == expected and found)  # noqa: B023
            self.assertEqual({(line.outcome, line.tenant) for line in lines}, {("denied", "taisugar")})

    def test_what_gives_power_is_told(self):
        made = self.made(A.Grant(role="agent", tenant="taipower", unit="taichung", kinds=[P.KIND_COMPLAINT, P.KIND_INQUIRY]),
                         A.Grant(role="administrator"))
        told = [line.detail for line in self.trail(method="Access.CreateKey", outcome="done")]
        self.assertTrue(any("agent@taipower/taichung:KIND_COMPLAINT,KIND_INQUIRY administrator" in detail for detail in told), told)
        self.admin.access.CreateKey(A.CreateKeyRequest(replaces=made.key.id, overlap_hours=1), timeout=20)
        told = [line.detail for line in self.trail(method="Access.CreateKey", outcome="done")]
        self.assertTrue(any(f"replaces {made.key.id}" in detail for detail in told), told)
        user = self.admin.access.CreateUser(A.CreateUserRequest(user=A.User(name="powerful", grants=[A.Grant(role="observer")])), timeout=20).user
        del user.grants[:]
        user.grants.extend([A.Grant(role="administrator", tenant=""), *[A.Grant(role="agent", tenant="taipower", unit="taipei-north.counter")] * 63])
        self.admin.access.UpdateUser(A.UpdateUserRequest(user=user), timeout=20)
        line = self.trail(method="Access.UpdateUser", subject="powerful")[0]
        self.assertEqual(line.detail.count("agent@taipower/taipei-north.counter"), 63)
        directory = str(self.installation.folder / ("a" * 150) / "backup of mine")
        list(self.admin.admin.CreateBackup(admin_pb2.CreateBackupRequest(directory=directory), timeout=60))
        refusal(self.admin.admin.CreateBackup, admin_pb2.CreateBackupRequest(directory=str(self.installation.data / "within")))
        lines = [told for told in self.trail(method="Admin.CreateBackup") if told.who == line.who]
        self.assertEqual([line.outcome for line in lines], ["refused", "asked", "done", "asked"])
        self.assertIn(directory, lines[2].detail)

    def test_streams_are_told_with_their_tenant(self):
        feed, who = self.with_key(A.Grant(role="integrator", tenant="taisugar"), A.Grant(role="agent", tenant="taisugar"))
        opened = intake_pb2.IngestRequest(open=intake_pb2.IngestOpen(tenant="taisugar", source="crm"))
        list(feed.intake.Ingest(iter([opened]), timeout=10))
        for call, request in ((feed.supervision.WatchDue, supervision_pb2.WatchDueRequest(filter=supervision_pb2.DueFilter(tenant="taisugar"))),
                              (feed.changes.WatchChanges, changes_pb2.WatchChangesRequest(
                                  filter=changes_pb2.ChangeFilter(tenant="taisugar"), position="start"))):
            stream = call(request, timeout=10)
            eventually(lambda: self.trail(who=who, method="Intake.Ingest"))
            stream.cancel()
        lines = eventually(lambda: (found := self.trail(who=who)) and len(found) == 3 and found)
        self.assertEqual({(line.method, line.tenant, line.outcome) for line in lines},
                         {(name, "taisugar", "done") for name in ("Intake.Ingest", "Supervision.WatchDue", "Changes.WatchChanges")})

    def test_everything_shown_of_a_person_is_found(self):
        """Whoever saw her data is found by her, by her case, or by the call."""
        desk, who = self.with_key(A.Grant(role="agent", tenant="taisugar"), A.Grant(role="administrator", tenant="taisugar"),
                                  A.Grant(role="supervisor", tenant="taisugar"))
        number = desk.cases.LodgeCase(lodge_request(), timeout=10).case_number
        person = V.PersonKey(phone=SECRETS["phone"])
        desk.cases.FindCasesByPerson(P.FindCasesByPersonRequest(tenant="taisugar", phone="0912-345-678"), timeout=10)
        desk.privacy.ExportPerson(V.ExportPersonRequest(tenant="taisugar", person=person, reason="查證"), timeout=10)
        found = self.trail(tenant="taisugar", person=person, who=who)
        self.assertEqual(sorted(line.method for line in found), ["Cases.FindCasesByPerson", "Privacy.ExportPerson"])
        refusal(desk.attachments.DownloadAttachment, attachments_pb2.DownloadAttachmentRequest(case_number=number, attachment=99))
        line = self.trail(who=who, method="Attachments.DownloadAttachment")[0]
        self.assertEqual((line.subject, line.outcome), (number, "denied"), "there was no such file")
        self.assertIn("privacy.reveal", RULED)


if __name__ == "__main__":
    unittest.main()
