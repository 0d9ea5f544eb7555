"""Signing in under attack: a guesser is slowed where the guesses come from, and harms nobody elsewhere."""

import collections
import concurrent.futures
import http.client
import json
import time
import unittest

from contract import Engine, access_pb2, grpc
from installation import PASSWORD, Installation
from serving import Guarded

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


if __name__ == "__main__":
    unittest.main()
