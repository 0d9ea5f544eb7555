"""Applicants follow their case: by the end of their telephone number or a code, against a real engine,
asked who calls and not; what they see, what guessing gives, and what is left of it in files."""

import pathlib
import subprocess
import time
import unittest

from contract import Engine, access_pb2, admin_pb2, cases_pb2, grpc, history_of, refusal, tracking_pb2
from installation import CASEWHEEL, Installation, eventually
from serving import SECRET_TEXT, SECRETS, Serving, apply_catalogue, lodge_request, new_id

A = access_pb2
P = cases_pb2
T = tracking_pb2
NOBODY = grpc.StatusCode.UNAUTHENTICATED
HELD = grpc.StatusCode.RESOURCE_EXHAUSTED

# Everything an applicant is shown; a field more is a decision.
SHOWN = {
    "TrackedCase": {"case_number", "enterprise_zh", "enterprise_en", "service_zh", "service_en", "status", "status_zh", "status_en",
                    "received_time", "promises", "missing_documents", "told", "told_shortened", "close_time", "outcome", "merged_into",
                    "next_zh", "next_en", "steps_zh", "steps_en", "time_zone",
                    # Of the applicant's own case; the subject with its numbers masked.
                    "subject", "fees", "contact"},
    "TrackedFee": {"name_zh", "name_en", "amount"},
    "TrackedPromise": {"kind", "state", "due_time", "provisional", "name_zh", "name_en"},
    "Told": {"time", "means", "text"},
}


def track(engine, number, digits=None, code=None):
    return engine.tracking.TrackCase(T.TrackCaseRequest(case_number=number, phone_last_digits=digits, code=code), timeout=10)


def refused(engine, number, digits=None, code=None):
    return refusal(engine.tracking.TrackCase, T.TrackCaseRequest(case_number=number, phone_last_digits=digits, code=code))


def issue(engine, number, **fields):
    return engine.tracking.IssueTrackingCode(T.IssueTrackingCodeRequest(case_number=number, **fields), timeout=10)


class Seen(Serving):
    """Nobody has to sign in."""

    def test_the_applicant_sees_his_case_and_nothing_more(self):
        number = self.lodge(unit="tainan").case_number
        self.engine.cases.AssignCase(P.AssignCaseRequest(case_number=number, handler="ts031", request_id=new_id()), timeout=10)
        self.engine.cases.AddNote(P.AddNoteRequest(case_number=number, text="內部：客戶常客訴", request_id=new_id()), timeout=10)
        self.engine.cases.AddNote(P.AddNoteRequest(case_number=number, text="已收到，回電 0987-654-321", to_applicant=True, request_id=new_id()), timeout=10)
        self.engine.cases.RequestDocuments(P.RequestDocumentsRequest(
            case_number=number, documents=["購買憑證"], text="請補", request_id=new_id()), timeout=10)
        seen = track(self.engine, number, "5678")
        self.assertEqual((seen.case_number, seen.enterprise_zh, seen.status, seen.status_zh, list(seen.missing_documents)),
                         (number, "台灣糖業公司", P.CASE_STATUS_AWAITING_DOCUMENTS, "待您補件", ["購買憑證"]))
        self.assertTrue(seen.service_zh and seen.service_en and seen.enterprise_en)
        self.assertEqual([t.text for t in seen.told], ["已收到，回電 0987-***-321"])
        kinds = {p.kind for p in seen.promises}
        self.assertTrue(kinds)
        self.assertNotIn(P.CLOCK_KIND_ACKNOWLEDGE, kinds)
        of_the_case = {c.kind for c in self.get(number).clocks}
        self.assertIn(P.CLOCK_KIND_ACKNOWLEDGE, of_the_case, "there was something to leave out")
        self.assertLessEqual(kinds, of_the_case)
        text = str(seen) + seen.SerializeToString().decode(errors="replace")
        for word in (*SECRETS.values(), SECRET_TEXT, "內部", "ts031", "tainan"):
            self.assertNotIn(word, text)

    def test_the_fields_are_those_that_were_decided_on(self):
        for name, fields in SHOWN.items():
            self.assertEqual(set(T.DESCRIPTOR.message_types_by_name[name].fields_by_name), fields, name)

    def test_a_closed_case_and_a_merged_one(self):
        number, other = (self.lodge(kind=P.KIND_INQUIRY).case_number for _ in range(2))
        self.engine.cases.MergeCase(P.MergeCaseRequest(case_number=number, into_case_number=other, request_id=new_id()), timeout=10)
        seen = track(self.engine, number, "5678")
        self.assertEqual((seen.case_number, seen.merged_into, seen.status), (number, other, P.CASE_STATUS_REGISTERED))
        self.assertTrue(seen.promises, "those of the case that goes on")
        self.engine.cases.CloseCase(P.CloseCaseRequest(
            case_number=other, outcome=P.OUTCOME_RESOLVED, text="內部結論", request_id=new_id()), timeout=10)
        for one in (number, other):
            seen = track(self.engine, one, "5678")
            self.assertEqual((seen.outcome, seen.HasField("close_time")), (P.OUTCOME_RESOLVED, True))
            self.assertNotIn("內部結論", str(seen))

    def test_guessing_waits_and_the_hint_is_honest(self):
        number = self.lodge().case_number
        wrong = [refused(self.engine, number, "0000") for _ in range(6)]
        self.assertEqual({(w.code, w.message) for w in wrong}, {(NOBODY, wrong[0].message)})
        held = refused(self.engine, number, "5678")
        self.assertEqual(held.code, HELD)
        self.assertTrue(0 < held.retry_seconds <= 1, held)
        time.sleep(held.retry_seconds)
        self.assertEqual(track(self.engine, number, "5678").case_number, number)

    def test_a_code_counts_once_and_for_its_case(self):
        number, other = self.lodge().case_number, self.lodge().case_number
        answer = issue(self.engine, number)
        self.assertRegex(answer.code, r"^\d{8}$")
        self.assertEqual(answer.expire_time.ToMilliseconds() - self.now_ms(), 30 * 60_000)
        unknown = refused(self.engine, other, code=answer.code)
        self.assertEqual(unknown.code, NOBODY)
        self.assertEqual(track(self.engine, number, code=answer.code[:4] + " " + answer.code[4:]).case_number, number)
        again = refused(self.engine, number, code=answer.code)
        self.assertEqual((again.code, again.message), (unknown.code, unknown.message))
        events = [e.event for e in history_of(self.engine, number)]
        self.assertEqual([e for e in events if e.startswith("tracking")], ["tracking_code_issued", "tracking_code_used"])
        used = next(e for e in history_of(self.engine, number) if e.event == "tracking_code_used")
        self.assertEqual(used.actor, "applicant")
        self.assertNotIn(answer.code, str(history_of(self.engine, number)))

    def test_the_command_line(self):
        number = self.lodge().case_number
        grouped = [number[:2], number[2:9], number[9:]]
        shown = self.installation.cli("track", *grouped, "--phone-digits", "5678")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("台灣糖業公司", shown.stdout)
        self.assertNotIn(SECRETS["name"], shown.stdout)
        issued = self.installation.cli("tracking-code", number, "--minutes", "5")
        self.assertEqual(issued.returncode, 0, issued.stderr)
        code = issued.stdout.splitlines()[0].split(": ")[1]
        self.assertEqual(self.installation.cli("track", number, "--code", code).returncode, 0)
        spent = self.installation.cli("track", number, "--code", code)
        self.assertEqual(spent.returncode, 1)
        self.assertIn("不符", spent.stderr)
        self.assertEqual(self.installation.cli("track", number).returncode, 2)


class Asked(unittest.TestCase):
    """An engine that asks who calls: the applicant is nobody, and the trail tells what he did."""

    def test_from_lodging_to_a_restart(self):
        installation = Installation("--clock", "real", "--auth", "on", "--log-level", "debug")
        self.addCleanup(installation.remove)
        installation.start()
        nobody = Engine(installation.address)
        token = installation.token_of("admin", installation.one_time_password)
        admin = Engine(installation.address, token=token)
        apply_catalogue(admin)
        keys = {role: admin.access.CreateKey(A.CreateKeyRequest(label="test", grants=[A.Grant(role=role)]), timeout=20).token
                for role in ("agent", "auditor")}
        agent = Engine(installation.address, token=keys["agent"])
        number = agent.cases.LodgeCase(lodge_request(), timeout=10).case_number
        self.assertEqual(refusal(nobody.tracking.IssueTrackingCode, T.IssueTrackingCodeRequest(case_number=number)).code, NOBODY)
        self.assertEqual(refusal(admin.tracking.IssueTrackingCode, T.IssueTrackingCodeRequest(case_number=number)).code,
                         grpc.StatusCode.PERMISSION_DENIED)
        self.assertEqual(track(nobody, number, "5678").case_number, number)
        self.assertEqual(refused(nobody, number, "4071").code, NOBODY)
        spent = issue(agent, number).code
        self.assertEqual(track(nobody, number, code=spent).case_number, number)
        kept = issue(agent, number).code
        for engine in (admin, agent, nobody):
            engine.close()
        installation.kill()
        installation.start()
        nobody, agent = Engine(installation.address), Engine(installation.address, token=keys["agent"])
        self.assertEqual(refused(nobody, number, code=spent).code, NOBODY)
        self.assertEqual(track(nobody, number, code=kept).case_number, number)
        self.assertEqual(refused(nobody, number, code=kept).code, NOBODY)

        auditor = Engine(installation.address, token=keys["auditor"])

        def trail():
            found = auditor.access.SearchAudit(A.SearchAuditRequest(method="Tracking.TrackCase", page_size=100), timeout=10).entries
            return found if len(found) >= 6 else None

        lines = eventually(trail)  # the last is not waited for
        self.assertEqual(sorted(e.outcome for e in lines), ["done"] * 3 + ["failed"] * 3)
        self.assertEqual({(e.who, getattr(e, "from"), e.subject) for e in lines}, {("", "127.0.0.1", number)})
        report = [r for r in Engine(installation.address, token=token).admin.Verify(admin_pb2.VerifyRequest(), timeout=60)][-1].report
        self.assertEqual(list(report.problems), [])
        texts = {text for e in lines for text in (e.who, e.method, e.right, e.tenant, e.detail)}
        for engine in (auditor, agent, nobody):
            engine.close()
        self.assertEqual(installation.stop(), 0)
        self.assertEqual(texts, {"", "Tracking.TrackCase", "public"})
        for secret in (spent, kept):
            self.assertNotIn(secret, installation.log())
        for path in pathlib.Path(installation.data).rglob("*"):
            if path.is_file():
                for secret in (spent, kept):
                    self.assertNotIn(secret.encode(), path.read_bytes(), path.name)

    def test_the_command_line_needs_no_sign_in(self):
        installation = Installation("--clock", "real", "--auth", "on")
        self.addCleanup(installation.remove)
        installation.start()
        asked = subprocess.run([CASEWHEEL, "--address", installation.address, "track", "13115030200001004", "--phone-digits", "1234"],
                               capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(asked.returncode, 1)
        self.assertIn("UNAUTHENTICATED", asked.stderr)
        self.assertIn("不符", asked.stderr)


if __name__ == "__main__":
    unittest.main()
