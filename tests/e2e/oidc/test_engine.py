"""An engine that takes the tokens of a real OpenID Connect provider (provider.js): people and programs,
what their claims grant, what is refused, keys that change while calls go on, a provider that went away."""

import os
import pathlib
import subprocess
import sys
import threading
import time
import unittest

from provider import HERE, Provider, run_tests

sys.path.insert(0, str(pathlib.Path(HERE).parent))

from contract import Engine, access_pb2, admin_pb2, cases_pb2, grpc, intake_pb2, refusal  # noqa: E402
from installation import CASEWHEEL, PASSWORD, Installation, eventually  # noqa: E402
from serving import apply_catalogue, lodge_request  # noqa: E402

A, P = access_pb2, cases_pb2
NOBODY, DENIED, UNAVAILABLE = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAVAILABLE
PAUSE_S = 1.3  # the engine asks the provider once a second at most
SUGAR = P.ListCasesRequest(tenant="taisugar")


class Signed(unittest.TestCase):
    def setUp(self):
        self.provider = Provider()
        self.addCleanup(self.stop_provider)
        self.installation = Installation("--clock", "virtual:2026-01-05T09:00:00+08:00", "--auth", "on",
                                         "--oidc-issuer", self.provider.issuer, "--oidc-audience", "casewheel")
        self.addCleanup(self.installation.remove)
        self.installation.start()
        self.admin = self.open(self.installation.token_of("admin", self.installation.one_time_password))
        apply_catalogue(self.admin)

    def stop_provider(self):
        if self.provider.process.poll() is None:
            self.provider.stop()

    def open(self, token=None):
        engine = Engine(self.installation.address, token=token)
        self.addCleanup(engine.close)
        return engine

    def identity(self, engine):
        return engine.access.GetIdentity(A.GetIdentityRequest(), timeout=20)

    def test_a_person_signs_in(self):
        tokens = self.provider.person_tokens()
        mei = self.open(tokens["access_token"])
        who = self.identity(mei)
        self.assertEqual((who.name, who.kind, who.display_name, who.tenant, who.staff),
                         ("oidc:mei.lin", "oidc", "林美", "taipower", "tp030"))
        self.assertEqual({(g.role, g.tenant, g.unit) for g in who.grants},
                         {("agent", "taisugar", ""), ("auditor", "", ""), ("supervisor", "taipower", "kaohsiung"),
                          ("unit_head", "taipower", "kaohsiung")})
        number = mei.cases.LodgeCase(lodge_request(tenant="taisugar"), timeout=20).case_number
        self.assertIn(number, {c.case_number for c in mei.cases.ListCases(SUGAR, timeout=20).cases})
        self.assertIn("count for nothing", self.installation.log())
        self.assertNotIn("gardener", self.installation.log())
        # Lines are stored a moment after the answer.
        eventually(lambda: ("Cases.LodgeCase", "done", "sub u-mei") in {
            (e.method, e.outcome, e.detail)
            for e in mei.access.SearchAudit(A.SearchAuditRequest(who="oidc:mei.lin"), timeout=20).entries})
        # What is an account's is not hers.
        for call, request in ((mei.access.SignOut, A.SignOutRequest()),
                              (mei.access.ChangePassword, A.ChangePasswordRequest(old_password="x", new_password=PASSWORD))):
            self.assertEqual(refusal(call, request).code, grpc.StatusCode.FAILED_PRECONDITION)
        # The token about the sign-in is for the console, not for the engine.
        wrong = refusal(self.open(tokens["id_token"]).access.GetIdentity, A.GetIdentityRequest())
        self.assertEqual((wrong.code, "audience" in wrong.message), (NOBODY, True))

    def test_who_is_granted_nothing_is_known_and_may_nothing(self):
        wu = self.open(self.provider.person_tokens(person="u-wu")["access_token"])
        who = self.identity(wu)
        self.assertEqual((who.name, list(who.grants), list(who.rights)), ("oidc:wu", [], []))
        wrong = refusal(wu.cases.ListCases, SUGAR)
        self.assertEqual((wrong.code, "cases.read" in wrong.message), (DENIED, True))

    def test_a_local_account_of_the_same_name_is_somebody_else(self):
        self.admin.access.CreateUser(A.CreateUserRequest(user=A.User(name="wu", grants=[A.Grant(role="administrator")])), timeout=20)
        wu = self.open(self.provider.person_tokens(person="u-wu")["access_token"])
        self.assertEqual(refusal(wu.access.ListUsers, A.ListUsersRequest()).code, DENIED)

    def test_refusals(self):
        self.assertEqual(self.identity(self.open(self.provider.program_token())).name, "oidc:importer")
        token = self.provider.program_token()
        header, claims, signature = token.split(".")
        for wrong, why in ((self.provider.program_token(audience="billing"), "audience"),
                           (self.provider.program_token(seconds=-120), "expired"),
                           (f"{header}.{claims}.{signature[:-8]}AAAAAAAA", "signature"),
                           (f"{header}.{claims}", "sign in first")):
            for call, request in ((self.open(wrong).access.GetIdentity, A.GetIdentityRequest()),
                                  (self.open(wrong).admin.Verify, None)):
                if request is None:
                    with self.assertRaises(grpc.RpcError) as stream:
                        list(call(admin_pb2.VerifyRequest(), timeout=20))
                    self.assertEqual(stream.exception.code(), NOBODY)
                    continue
                said = refusal(call, request)
                self.assertEqual((said.code, why in said.message), (NOBODY, True), said.message)

    def test_the_command_line_takes_a_token(self):
        ended = subprocess.run([CASEWHEEL, "--address", self.installation.address, "whoami"], capture_output=True, text=True, timeout=60,
                               check=False, env={**os.environ, "HOME": str(self.installation.folder),
                                                 "CASEWHEEL_TOKEN": self.provider.program_token()})
        self.assertIn("oidc:importer", ended.stdout + ended.stderr)

    def test_keys_change_under_load(self):
        """Every call of every generation of tokens is answered."""
        stop, wrong, answered = threading.Event(), [], []
        latest = [self.open(self.provider.program_token())]

        def call():
            while not stop.is_set():
                try:
                    latest[0].cases.ListCases(SUGAR, timeout=20)
                    answered.append(1)
                except grpc.RpcError as error:
                    wrong.append((error.code(), error.details()))

        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        for what in ("rotate", "rotate", "retire", "rotate"):
            self.provider.tell(what)
            before = len(answered)
            latest[0] = self.open(self.provider.program_token())
            eventually(lambda: len(answered) > before + 20)  # pylint: disable=cell-var-from-loop
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_who_goes_while_the_provider_is_asked_is_not_served(self):
        self.identity(self.open(self.provider.program_token()))
        time.sleep(PAUSE_S)
        self.provider.tell("rotate")
        self.provider.tell("hold")
        late = self.open(self.provider.program_token())
        lodged = lodge_request(tenant="taisugar", subject="never lodged")
        tried = (lambda: late.cases.LodgeCase(lodged, timeout=1),
                 lambda: list(late.admin.Verify(admin_pb2.VerifyRequest(), timeout=1)),
                 lambda: list(late.intake.Ingest(iter([intake_pb2.IngestRequest()]), timeout=1)))
        for call in tried:
            with self.assertRaises(grpc.RpcError) as gone:
                call()
            self.assertEqual(gone.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        waiting = late.access.GetIdentity.future(A.GetIdentityRequest(), timeout=20)
        time.sleep(0.2)
        self.assertFalse(waiting.done())
        self.provider.tell("release")
        self.assertEqual(waiting.result().name, "oidc:importer")
        self.assertNotIn("never lodged", {c.subject for c in late.cases.ListCases(SUGAR, timeout=20).cases})
        # An engine that ends does not wait for the provider.
        time.sleep(PAUSE_S)
        self.provider.tell("rotate")
        self.provider.tell("hold")
        last = self.open(self.provider.program_token())
        waiting = last.access.GetIdentity.future(A.GetIdentityRequest(), timeout=20)
        time.sleep(0.2)
        begun = time.monotonic()
        self.assertEqual(self.installation.stop(), 0)
        self.assertLess(time.monotonic() - begun, 4)
        self.assertEqual(waiting.code(), UNAVAILABLE)
        self.provider.tell("release")

    def test_a_provider_that_went_away(self):
        known = self.open(self.provider.program_token())
        self.identity(known)
        fresh = self.open(self.provider.program_token())
        self.provider.tell("rotate")
        of_an_unknown_key = self.open(self.provider.program_token())
        self.provider.process.kill()
        self.provider.process.wait()
        time.sleep(PAUSE_S)
        said = refusal(of_an_unknown_key.access.GetIdentity, A.GetIdentityRequest())
        self.assertEqual((said.code, said.retry_seconds is not None), (UNAVAILABLE, True), said.message)
        with self.assertRaises(grpc.RpcError) as stream:
            list(of_an_unknown_key.admin.Verify(admin_pb2.VerifyRequest(), timeout=20))
        self.assertEqual(stream.exception.code(), UNAVAILABLE)
        self.assertEqual(self.identity(known).name, "oidc:importer")
        self.assertEqual(self.identity(fresh).name, "oidc:importer", "its key is known")
        self.assertEqual(self.identity(self.admin).name, "admin")
        self.assertEqual(self.installation.stop(), 0)


if __name__ == "__main__":
    run_tests()
