"""Personal data against a real engine: masked wherever it is not asked for, shown and given out on record,
erased for good, and kept no longer than the catalogue says. What was planted is looked for in every file."""

import json
import os
import pathlib
import stat
import unittest

from contract import Engine, access_pb2, admin_pb2, cases_pb2, catalogue_pb2, grpc, privacy_pb2, refusal, supervision_pb2, tracking_pb2
from installation import Installation, eventually
from serving import CATALOGUE, DAY_MS, SECRET_SUBJECT, SECRETS, apply_catalogue, files_of, lodge_request, new_id

A, P, V = access_pb2, cases_pb2, privacy_pb2
DENIED = grpc.StatusCode.PERMISSION_DENIED
ID_NUMBER = "A123456789"
NOTE = f"配偶 0987-654-321，身分證 {ID_NUMBER}"
PLANTED = [*SECRETS.values(), "0912-345-678", "0987-654-321", "0987654321", ID_NUMBER, SECRET_SUBJECT]


class Privacy(unittest.TestCase):
    def setUp(self):
        self.installation = Installation("--clock", "virtual:2026-01-05T09:00:00+08:00", "--auth", "on", "--log-level", "debug",
                                         "--partitions", "2")
        self.addCleanup(self.installation.remove)
        self.installation.start()
        self.admin_token = self.installation.token_of("admin", self.installation.one_time_password)
        self.admin = self.open(self.admin_token)
        apply_catalogue(self.admin)
        self.agent, self.lead = self.with_key("agent"), self.with_key("supervisor")
        self.auditor = self.with_key("auditor", everywhere=True)

    def open(self, token):
        engine = Engine(self.installation.address, token=token)
        self.addCleanup(engine.close)
        return engine

    def with_key(self, role, everywhere=False):
        grant = A.Grant(role=role) if everywhere else A.Grant(role=role, tenant="taisugar")
        return self.open(self.admin.access.CreateKey(A.CreateKeyRequest(label=role, grants=[grant]), timeout=20).token)

    def lodge(self, ended=True, **fields):
        number = self.agent.cases.LodgeCase(lodge_request(**fields), timeout=10).case_number
        self.agent.cases.AddNote(P.AddNoteRequest(case_number=number, text=NOTE, request_id=new_id()), timeout=10)
        if ended:
            self.lead.cases.ReplyCase(P.ReplyCaseRequest(case_number=number, means=P.REPLY_MEANS_PHONE, text="已回電",
                                                         request_id=new_id()), timeout=10)
            self.lead.cases.CloseCase(P.CloseCaseRequest(case_number=number, outcome=P.OUTCOME_RESOLVED, text="已辦結", request_id=new_id()), timeout=10)
        return number

    def cli(self, token, *arguments):
        return self.installation.cli(*arguments, environment={"CASEWHEEL_TOKEN": token})

    def advance(self, ms):
        request = admin_pb2.AdvanceClockRequest()
        request.by.seconds = ms // 1000
        return self.admin.admin.AdvanceClock(request, timeout=60)

    def trail(self, **filters):
        return list(self.auditor.access.SearchAudit(A.SearchAuditRequest(page_size=200, **filters), timeout=20).entries)

    def report(self):
        return list(self.admin.admin.Verify(admin_pb2.VerifyRequest(), timeout=60))[-1].report

    def files_with(self, planted):
        found = {}
        for path in files_of(self.installation.data):
            content = path.read_bytes()
            for text in planted:
                if text.encode() in content:
                    found.setdefault(text, []).append(path.name)
        return found

    # --- masked, and revealed on record -------------------------------------------------------------

    def test_nothing_is_shown_that_was_not_asked_for(self):
        number = self.lodge(ended=False)
        lead, agent = self.lead, self.agent
        horizon = supervision_pb2.DueFilter(tenant="taisugar")
        horizon.horizon.seconds = 30 * 86400
        answers = [
            agent.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10),
            agent.cases.ListCases(P.ListCasesRequest(tenant="taisugar"), timeout=10),
            agent.cases.FindCasesByPerson(P.FindCasesByPersonRequest(tenant="taisugar", phone=SECRETS["phone"]), timeout=10),
            agent.cases.ListCaseHistory(P.ListCaseHistoryRequest(case_number=number), timeout=10),
            lead.cases.AcceptCase(P.AcceptCaseRequest(case_number=number, request_id=new_id()), timeout=10),
            lead.supervision.ListDue(supervision_pb2.ListDueRequest(filter=horizon), timeout=10),
            self.auditor.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10)]
        hidden = [text for text in PLANTED if text != SECRET_SUBJECT]  # a subject is shown, but for the numbers in it
        for answer in answers:
            for text in hidden:
                self.assertNotIn(text, str(answer).encode().decode("unicode_escape", "replace") + repr(answer.SerializeToString()))
                self.assertNotIn(text.encode(), answer.SerializeToString())
        case = answers[0]
        self.assertEqual((case.applicant.phone, case.applicant.email), ("0912-***-678", "p***@example.tw"))
        self.assertIn("A12****789", case.description)
        self.assertIn("0987-***-321", answers[3].entries[-1].text)

    def test_what_is_revealed_is_on_the_trail(self):
        number = self.lodge()
        shown = self.agent.privacy.RevealCase(V.RevealCaseRequest(case_number=number, reason="回電查證"), timeout=10)
        self.assertEqual({f: getattr(shown.case.applicant, f) for f in SECRETS}, SECRETS)
        self.assertIn(NOTE, [entry.text for entry in shown.history])
        paged = self.agent.privacy.RevealCase(V.RevealCaseRequest(case_number=number, reason="回電查證", page_size=2), timeout=10)
        self.assertEqual(len(paged.history), 2)
        rest = self.agent.privacy.RevealCase(V.RevealCaseRequest(
            case_number=number, reason="回電查證", page_token=paged.next_page_token), timeout=10)
        self.assertEqual([*paged.history, *rest.history], [*shown.history])
        line = self.trail(method="Privacy.RevealCase")[0]
        self.assertEqual((line.subject, line.detail, line.outcome), (number, "回電查證", "done"))
        for fields, field in (({"reason": "x"}, "case_number"), ({"case_number": number}, "reason"),
                              ({"case_number": number, "reason": "字" * 101}, "reason"),
                              ({"case_number": number, "reason": "x", "page_token": "z"}, "page_token")):
            self.assertIn(field, refusal(self.agent.privacy.RevealCase, V.RevealCaseRequest(**fields)).fields)
        denied = refusal(self.auditor.privacy.RevealCase, V.RevealCaseRequest(case_number=number, reason="好奇"))
        self.assertEqual(denied.code, DENIED)
        self.assertIn("privacy.reveal", denied.message)
        denials = eventually(lambda: self.trail(method="Privacy.RevealCase", outcome="denied"))
        # Who has no right to it is turned away before the request is read.
        self.assertEqual([line.subject for line in denials], [""])
        other = self.open(self.admin.access.CreateKey(A.CreateKeyRequest(
            label="x", grants=[A.Grant(role="agent", tenant="taipower")]), timeout=20).token)
        self.assertEqual(refusal(other.privacy.RevealCase, V.RevealCaseRequest(case_number=number, reason="x")).message, "no such case")

    def test_searches_for_one_person_are_found_without_naming_her(self):
        self.lodge()
        for phone in (SECRETS["phone"], "0912-345-678", "0912345679"):
            self.agent.cases.FindCasesByPerson(P.FindCasesByPersonRequest(tenant="taisugar", phone=phone), timeout=10)
        lines = self.trail(tenant="taisugar", person=V.PersonKey(phone=SECRETS["phone"]))
        self.assertEqual([line.method for line in lines], ["Cases.FindCasesByPerson"] * 2)
        self.assertNotIn("345678", str(self.trail()))
        # All of the trail, into a file of the auditor's own.
        path = pathlib.Path(self.installation.folder) / "trail.jsonl"
        token = self.admin.access.CreateKey(A.CreateKeyRequest(label="a", grants=[A.Grant(role="auditor")]), timeout=20).token
        ended = self.cli(token, "audit", "--out", path)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        exported = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertGreater(len(exported), 5)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(self.cli(token, "audit", "--out", path).returncode, 2, "a file that is there is not written over")
        found = self.cli(token, "--json", "audit", "--tenant", "taisugar", "--phone", SECRETS["phone"])
        self.assertEqual(len(json.loads(found.stdout)["entries"]), 2)

    def test_plain_fields_take_no_personal_numbers(self):
        for fields, field in (({"external_reference": "0912345678"}, "external_reference"),
                              ({"missing_documents": [f"身分證 {ID_NUMBER} 影本"]}, "missing_documents")):
            wrong = refusal(self.agent.cases.LodgeCase, lodge_request(**fields))
            self.assertIn(field, wrong.fields)
            self.assertIn("personal", wrong.fields[field])
        number = self.lodge(ended=False)
        wrong = refusal(self.lead.cases.RequestDocuments, P.RequestDocumentsRequest(
            case_number=number, documents=["王小姐 0912-345-678 之委託書"], request_id=new_id()))
        self.assertIn("documents", wrong.fields)

    # --- given out, and erased ----------------------------------------------------------------------

    def test_a_person_is_given_what_is_held_and_is_erased(self):
        numbers = [self.lodge() for _ in range(6)]
        still_open = self.lodge(ended=False)
        theirs = lodge_request()
        theirs.applicant.CopyFrom(P.Applicant(name="陳先生", phone="0933-222-111"))
        other = self.agent.cases.LodgeCase(theirs, timeout=10).case_number
        figures = lambda: self.admin.admin.GetStatistics(admin_pb2.GetStatisticsRequest(), timeout=10)  # noqa: E731
        path = pathlib.Path(self.installation.folder) / "held.jsonl"
        ended = self.cli(self.admin_token, "export-person", "--tenant", "taisugar", "--phone", SECRETS["phone"], "--reason", "當事人請求", "--out", path)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        held = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual({h["case"]["case_number"] for h in held}, {*numbers, still_open})
        self.assertIn(NOTE, path.read_text())
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        path.unlink()

        ask = {"tenant": "taisugar", "person": V.PersonKey(phone="0912-345-678"), "reason": "當事人請求刪除"}
        before = figures()
        tried = self.admin.privacy.ErasePerson(V.ErasePersonRequest(dry_run=True, **ask), timeout=60)
        self.assertEqual(({*tried.erased}, [*tried.open], tried.purged), ({*numbers}, [still_open], False))
        self.assertEqual(self.report().erased_cases, 0)
        self.assertEqual(refusal(self.lead.privacy.ErasePerson, V.ErasePersonRequest(**ask)).code, DENIED)
        ended = self.cli(self.admin_token, "--json", "erase", "--tenant", "taisugar", "--phone", "0912-345-678", "--reason", "當事人請求刪除")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        done = json.loads(ended.stdout)
        self.assertEqual(({*done["erased"]}, done["open"], done["purged"]), ({*numbers}, [still_open], True))

        lines = [line.detail for line in self.trail(method="Privacy.ErasePerson", outcome="done")]
        self.assertEqual(lines, ["當事人請求刪除", "dry run: 當事人請求刪除"])
        case = self.agent.cases.GetCase(P.GetCaseRequest(case_number=numbers[0]), timeout=10)
        self.assertTrue(case.HasField("erase_time"))
        self.assertEqual((case.subject, case.applicant.phone, case.status), ("", "", P.CASE_STATUS_CLOSED))
        shown = self.agent.privacy.RevealCase(V.RevealCaseRequest(case_number=numbers[0], reason="查證"), timeout=10)
        self.assertEqual({entry.text for entry in shown.history if entry.text}, {"(已刪除 erased)"})
        self.assertEqual([e.event for e in shown.history][-1], "case_erased")
        found = self.agent.cases.FindCasesByPerson(P.FindCasesByPersonRequest(tenant="taisugar", phone=SECRETS["phone"]), timeout=10)
        self.assertEqual([c.case_number for c in found.cases], [still_open])
        self.assertEqual(self.agent.privacy.RevealCase(V.RevealCaseRequest(case_number=other, reason="查證"), timeout=10).case.applicant.name, "陳先生")
        # The applicant's digits open an erased case no more than wrong ones do.
        digits = lambda number, four: refusal(self.agent.tracking.TrackCase, tracking_pb2.TrackCaseRequest(  # noqa: E731
            case_number=number, phone_last_digits=four))
        gone, wrong = digits(numbers[1], "5678"), digits(other, "0000")
        self.assertEqual((gone.code, gone.message), (wrong.code, wrong.message))
        # By number, as after a restore: nothing is left to do; the open one only when it is said.
        again = self.admin.privacy.ErasePerson(V.ErasePersonRequest(tenant="taisugar", case_numbers=[numbers[0], still_open], reason="還原後"), timeout=60)
        self.assertEqual(([*again.erased], [*again.open], again.erased_before), ([], [still_open], 1))
        again = self.admin.privacy.ErasePerson(V.ErasePersonRequest(tenant="taisugar", case_numbers=[still_open], reason="本人要求", open_too=True), timeout=60)
        self.assertEqual([*again.erased], [still_open])

        after = figures()
        for name in ("open", "overdue", "lodged", "closed", "clocks_met", "clocks_broken", "steps_fired", "armed_timers"):
            self.assertEqual(getattr(before, name), getattr(after, name), name)
        report = self.report()
        self.assertTrue(report.ok, report.problems)
        self.assertEqual(report.erased_cases, 7)
        # Its deadline goes on.
        self.advance(5 * DAY_MS)
        due = supervision_pb2.DueFilter(tenant="taisugar")
        self.assertIn(still_open, [c.case_number for c in self.lead.supervision.ListDue(supervision_pb2.ListDueRequest(filter=due), timeout=10).cases])
        metrics = self.installation.metrics()
        self.installation.restart()
        self.installation.stop()
        for text in PLANTED:
            self.assertNotIn(text, self.installation.log())
            self.assertNotIn(text, metrics)
        self.assertEqual(self.files_with([*PLANTED, "0933-222-111", "0933222111", "陳先生"]), {})
        verified = self.installation.cli("--json", "verify", "--data", self.installation.data)
        self.assertEqual(verified.returncode, 0, verified.stdout)

    def test_what_erase_prints_can_be_kept_and_given_back(self):
        number = self.lodge()
        erase = ("erase", "--tenant", "taisugar", "--reason", "當事人請求")
        done = self.cli(self.admin_token, *erase, "--phone", SECRETS["phone"])
        self.assertEqual((done.returncode, done.stdout.replace(" ", "")), (0, number + "\n"), done.stderr)
        self.assertIn("已刪除 Erased", done.stderr)
        kept = pathlib.Path(self.installation.folder) / "erased.txt"
        kept.write_text(done.stdout)
        again = self.cli(self.admin_token, *erase, "--cases", kept)
        self.assertEqual((again.returncode, again.stdout), (0, ""), again.stderr)

    def test_asking_in_vain(self):
        number = self.lodge()
        erase = self.admin.privacy.ErasePerson
        person = V.PersonKey(phone="0912345678")
        for fields, field in (({"tenant": "atlantis", "person": person, "reason": "x"}, "tenant"),
                              ({"tenant": "taisugar", "reason": "x"}, "person"),
                              ({"tenant": "taisugar", "person": person, "case_numbers": [number], "reason": "x"}, "person"),
                              ({"tenant": "taisugar", "person": V.PersonKey(phone="--"), "reason": "x"}, "person.phone"),
                              ({"tenant": "taisugar", "person": person}, "reason"),
                              ({"tenant": "taisugar", "case_numbers": [number] * 10001, "reason": "x"}, "case_numbers"),
                              ({"tenant": "taisugar", "calls": ["7"], "reason": "x"}, "calls"),
                              ({"tenant": "taisugar", "person": person, "calls": ["0" * 32], "reason": "x"}, "person"),
                              ({"tenant": "taisugar", "case_numbers": ["123"], "reason": "x"}, "case_numbers")):
            wrong = refusal(erase, V.ErasePersonRequest(**fields))
            self.assertIn(field, wrong.fields, fields)
        elsewhere = erase(V.ErasePersonRequest(tenant="taipower", case_numbers=[number], reason="x"), timeout=60)
        self.assertEqual(([*elsewhere.erased], [*elsewhere.unknown]), ([], [number]))
        part = self.open(self.admin.access.CreateKey(A.CreateKeyRequest(label="p", grants=[
            A.Grant(role="administrator", tenant="taisugar", unit="tainan")]), timeout=20).token)
        wrong = refusal(part.privacy.ErasePerson, V.ErasePersonRequest(tenant="taisugar", person=person, reason="x"))
        self.assertEqual(wrong.code, DENIED)
        self.assertIn("whole tenant", wrong.message)
        self.assertEqual(self.report().erased_cases, 0)

    # --- retention ----------------------------------------------------------------------------------

    def test_nothing_is_kept_longer_than_the_catalogue_says(self):
        rules = CATALOGUE.replace("    number: 13\n", "    number: 13\n    retention:\n"
                                  "      - {kinds: [complaint], days: 30}\n      - {kinds: [application], days: 400}\n")
        self.admin.catalogue.ApplyCatalogue(catalogue_pb2.ApplyCatalogueRequest(yaml=rules, request_id=new_id()), timeout=20)
        self.assertIn("retention:", self.admin.catalogue.GetCatalogue(catalogue_pb2.GetCatalogueRequest(tenant="taisugar"), timeout=10).yaml)
        old = [self.lodge(), self.lodge()]
        lease = self.lodge(service="land-lease")
        still_open = self.lodge(ended=False)
        self.advance(20 * DAY_MS)
        young = self.lodge()
        self.advance(11 * DAY_MS)
        ended = self.cli(self.admin_token, "--json", "retention", "--tenant", "taisugar", "--dry-run")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        counts = [(c["kind"], c["days"], c["cases"]) for c in json.loads(ended.stdout)["erased"]]
        self.assertEqual(counts, [("KIND_COMPLAINT", 30, "2")])
        self.assertEqual(self.report().erased_cases, 0)
        ended = self.cli(self.admin_token, "--json", "retention", "--tenant", "taisugar")
        self.assertTrue(json.loads(ended.stdout)["purged"])
        erased = lambda n: self.agent.cases.GetCase(P.GetCaseRequest(case_number=n), timeout=10).HasField("erase_time")  # noqa: E731
        self.assertEqual([erased(n) for n in (*old, lease, still_open, young)], [True, True, False, False, False])
        again = self.admin.privacy.ApplyRetention(V.ApplyRetentionRequest(tenant="taisugar"), timeout=60)
        self.assertEqual([*again.erased], [])
        self.assertEqual([*self.admin.privacy.ApplyRetention(V.ApplyRetentionRequest(tenant="taipower"), timeout=60).erased], [])
        self.assertTrue(self.report().ok)


if __name__ == "__main__":
    unittest.main()
