"""Signing in under attack: a guesser is slowed where the guesses come from, and harms nobody elsewhere."""

import collections
import concurrent.futures
import http.client
import json
import time
import unittest
import urllib.parse

from contract import Engine, access_pb2, grpc, refusal
from installation import PASSWORD, Installation, eventually
from over_http import ask_once
from serving import Guarded, Serving

A = access_pb2


class SignIn(Guarded):
    def answer(self, name, password, source="127.0.0.1"):
        """The code of the answer to one attempt from that address: "ok", "unauthenticated" (looked at), "resource_exhausted"."""
        host, port = self.installation.http_address.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=30, source_address=(source, 0))
        try:
            connection.request("POST", "/casewheel.v1.Access/SignIn", json.dumps({"name": name, "password": password}),
                               {"Content-Type": "application/json"})
            got = connection.getresponse()
            body = json.loads(got.read())
            return "ok" if got.status == 200 else body["code"]
        finally:
            connection.close()

    def burst(self, attempts):
        """Attempts (name, password, source) at once; how often each answer came."""
        with concurrent.futures.ThreadPoolExecutor(len(attempts)) as pool:
            return collections.Counter(pool.map(lambda attempt: self.answer(*attempt), attempts))

    def test_of_a_burst_of_guesses_few_are_looked_at(self):
        self.user("burst", A.Grant(role="agent", tenant="taipower"))
        seen = self.burst([("burst", f"a wrong password {n}", "127.0.0.2") for n in range(90)])
        self.assertEqual(seen["unauthenticated"] + seen["resource_exhausted"], 90, seen)
        self.assertLessEqual(seen["unauthenticated"], 6, seen)
        # From elsewhere its owner comes in at once.
        self.assertEqual(self.answer("burst", PASSWORD, "127.0.0.3"), "ok")

    def test_a_name_of_any_form_is_logged(self):
        """As any failure is: counted, in the log and on the trail, and nothing of it that may be a secret."""
        typed = ("ADMIN", " admin ", "Secret Passw0rd!", "A123456789\nsign-in: admin from 127.0.0.1", "字" * 300, "admin")
        before = self.installation.log().count("sign-in failed")
        for name in typed:
            self.assertEqual(self.answer(name, "x" * 3000 if name == "admin" else "wrong", "127.0.0.6"), "unauthenticated", name)
        failed = eventually(lambda: (lines := [line for line in self.installation.log().splitlines()[-200:]
                                               if "sign-in failed" in line and "127.0.0.6" in line]) and len(lines) == len(typed) and lines)
        self.assertEqual(self.installation.log().count("sign-in failed"), before + len(typed))
        self.assertEqual(["failed: admin from" in line for line in failed], [True, True, False, False, False, True])
        auditor = self.open(self.token("auditor"))
        lines = eventually(lambda: (found := [e for e in auditor.access.SearchAudit(A.SearchAuditRequest(method="Access.SignIn", outcome="failed"), timeout=20).entries
                                              if getattr(e, "from") == "127.0.0.6"]) and len(found) == len(typed) and found)
        self.assertEqual([e.subject for e in reversed(lines)], ["admin", "admin", "", "", "", "admin"])
        for secret in ("Passw0rd", "A123456789", "字"):
            self.assertNotIn(secret, self.installation.log() + str(lines))
        # They are guesses, of which few are free.
        seen = collections.Counter(self.answer("Nobody At All", "wrong", "127.0.0.7") for _ in range(12))
        self.assertLessEqual(seen["unauthenticated"], 7, seen)

    def test_one_account_many_times_keeps_nobody_out(self):
        for name in ("many", "other"):
            self.user(name, A.Grant(role="agent", tenant="taipower"))
        with concurrent.futures.ThreadPoolExecutor(81) as pool:
            crowd = [pool.submit(self.answer, "many", PASSWORD, "127.0.0.4") for _ in range(80)]
            time.sleep(0.05)
            begun = time.monotonic()
            self.assertEqual(self.answer("other", PASSWORD, "127.0.0.5"), "ok")
            waited = time.monotonic() - begun
            seen = collections.Counter(one.result() for one in crowd)
        self.assertLess(waited, 10)
        self.assertGreater(seen["ok"], 0, seen)
        self.assertEqual(set(seen) - {"ok", "resource_exhausted", "aborted"}, set())

    def test_a_session_that_was_idle_is_over_after_a_restart_too(self):
        installation = Installation("--auth", "on", "--session-idle", "1")
        self.addCleanup(installation.remove)
        installation.start()
        begun = time.monotonic()
        idle = installation.token_of("admin", installation.one_time_password)
        used = self.signed_in(installation, "admin")
        time.sleep(15)
        self.assertTrue(self.is_valid(installation, used))
        time.sleep(max(0, begun + 62 - time.monotonic()))
        installation.restart()
        self.assertFalse(self.is_valid(installation, idle), "nobody has used it for a minute")
        self.assertTrue(self.is_valid(installation, used), "it was used since, before the restart")

    def signed_in(self, installation, name):
        engine = Engine(installation.address)
        try:
            return engine.access.SignIn(A.SignInRequest(name=name, password=PASSWORD), timeout=20).token
        finally:
            engine.close()

    def is_valid(self, installation, token):
        engine = Engine(installation.address, token=token)
        try:
            return engine.access.GetIdentity(A.GetIdentityRequest(), timeout=20).name == "admin"
        except grpc.RpcError as error:
            self.assertEqual(error.code(), grpc.StatusCode.UNAUTHENTICATED)
            return False
        finally:
            engine.close()


class NobodySignsIn(Serving):
    """Where nobody is asked there is no account: whoever signs in is told so, and the engine goes on."""

    def test_it_is_refused(self):
        for name in ("admin", "ADMIN", ""):
            wrong = refusal(self.engine.access.SignIn, A.SignInRequest(name=name, password=PASSWORD))
            self.assertEqual(wrong.code, grpc.StatusCode.FAILED_PRECONDITION, name)
        form = urllib.parse.urlencode({"name": "admin", "password": PASSWORD})
        status, _, page = ask_once(self.installation, "POST", f"/receipts/{self.lodge().case_number}", form,
                                   {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(status, 503)
        self.assertIn("目前無法登入", page.decode())


if __name__ == "__main__":
    unittest.main()
