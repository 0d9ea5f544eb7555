"""What a way in is worth and for how long: streams end with the session or key that opened them, calls
over a rate are told when to come again, and of strangers little is read."""

import contextlib
import queue
import threading
import time
import unittest

from contract import Refusal, access_pb2, cases_pb2, grpc, intake_pb2, refusal, supervision_pb2
from installation import DidNotStart, Installation, eventually
from serving import Guarded, lodge_request

A = access_pb2
NOBODY, OVER = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.RESOURCE_EXHAUSTED
WITHIN_S = 5


class Endings(Guarded):
    def watch(self, engine):
        """A stream that has shown the board and has nothing more to say, and how it ended."""
        ended = queue.Queue()
        shown = threading.Event()
        stream = engine.supervision.WatchDue(supervision_pb2.WatchDueRequest(filter=supervision_pb2.DueFilter(tenant="taisugar")))

        def follow():
            try:
                for _ in stream:
                    shown.set()
                ended.put(None)
            except grpc.RpcError as error:
                ended.put(error.code())

        thread = threading.Thread(target=follow)
        thread.start()
        self.addCleanup(thread.join, 20)
        self.addCleanup(stream.cancel)
        self.assertTrue(shown.wait(20))
        return ended

    def test_a_watch_ends_with_the_session(self):
        grant = A.Grant(role="supervisor", tenant="taisugar")
        signs_out, is_kept_out, stays = self.user("signs.out", grant), self.user("kept.out", grant), self.user("stays", grant)
        watches = [self.watch(engine) for engine in (signs_out, is_kept_out, stays)]
        signs_out.access.SignOut(A.SignOutRequest(), timeout=20)
        self.assertEqual(watches[0].get(timeout=WITHIN_S), NOBODY)
        self.admin.access.UpdateUser(A.UpdateUserRequest(user=A.User(name="kept.out", grants=[grant], disabled=True)), timeout=20)
        self.assertEqual(watches[1].get(timeout=WITHIN_S), NOBODY)
        time.sleep(2)
        self.assertTrue(watches[2].empty(), "nothing has happened to her")

    def test_a_feed_ends_with_its_key(self):
        made = self.key(A.Grant(role="integrator"))
        other = self.key(A.Grant(role="integrator"))

        def feed(token, source):
            requests = queue.Queue()
            requests.put(intake_pb2.IngestRequest(open=intake_pb2.IngestOpen(tenant="taisugar", source=source)))
            answers = self.open(token).intake.Ingest(iter(requests.get, None))
            self.addCleanup(answers.cancel)
            self.assertTrue(next(answers).HasField("opened"))
            return requests, answers

        def item(position):
            lodge = lodge_request(channel=cases_pb2.CHANNEL_INTEGRATOR)
            return intake_pb2.IngestRequest(item=intake_pb2.IngestItem(position=position, lodge=lodge))

        requests, answers = feed(made.token, "sends")
        _, silent = feed(made.token, "is silent")
        others, others_answers = feed(other.token, "other")
        requests.put(item(1))
        self.assertEqual(next(answers).result.position, 1)
        self.admin.access.RevokeKey(A.RevokeKeyRequest(id=made.key.id), timeout=20)
        requests.put(item(2))
        begun = time.monotonic()
        for stream in (answers, silent):
            with self.assertRaises(grpc.RpcError) as end:
                for answer in stream:
                    self.assertNotEqual(answer.result.position, 2, "taken of a key that was revoked")
            self.assertEqual(end.exception.code(), NOBODY)
        self.assertLess(time.monotonic() - begun, WITHIN_S)
        others.put(item(1))
        self.assertEqual(next(others_answers).result.position, 1)
        others.put(None)


class Rates(Guarded):
    ARGUMENTS = (*Guarded.ARGUMENTS, "--rate-identity", "30", "--rate-address", "4")

    def setUp(self):
        super().setUp()
        eventually(self.admin_is_served, 90, every_s=0.5)  # what the catalogue cost is paid for

    def admin_is_served(self):
        with contextlib.suppress(grpc.RpcError):
            return self.admin.access.GetIdentity(A.GetIdentityRequest(), timeout=10)

    def key(self, *grants, **fields):
        return eventually(lambda: self.key_or_refusal(*grants, **fields), 60)

    def key_or_refusal(self, *grants, **fields):
        with contextlib.suppress(grpc.RpcError):
            return super().key(*grants, **fields)

    def until_refused(self, call, most):
        """How many calls came through, and the refusal."""
        for answered in range(most):
            try:
                call()
            except grpc.RpcError as error:
                return answered, Refusal(error)
        raise AssertionError(f"{most} calls were answered")

    def test_an_identity(self):
        engine, other = self.open(self.key(A.Grant(role="auditor")).token), self.open(self.key(A.Grant(role="auditor")).token)
        ask = A.GetIdentityRequest()
        before = self.installation.metric("casewheel_refused_calls_total")
        answered, over = self.until_refused(lambda: engine.access.GetIdentity(ask, timeout=10), 600)
        self.assertGreaterEqual(answered, 20)
        self.assertEqual(over.code, OVER)
        self.assertLessEqual(over.retry_seconds, 0.11)
        self.assertGreater(over.retry_seconds, 0)
        time.sleep(over.retry_seconds + 0.005)
        engine.access.GetIdentity(ask, timeout=10)
        other.access.GetIdentity(ask, timeout=10)
        self.assertGreater(self.installation.metric("casewheel_refused_calls_total"), before)

    def test_strangers(self):
        known, nobody = self.open(self.key(A.Grant(role="auditor")).token), self.open()
        codes = [refusal(nobody.access.GetIdentity, A.GetIdentityRequest()).code for _ in range(40)]
        self.assertGreaterEqual(codes.count(NOBODY), 1)
        self.assertGreater(codes.count(OVER), 10)
        self.assertEqual(set(codes), {NOBODY, OVER})
        known.access.GetIdentity(A.GetIdentityRequest(), timeout=10)
        figures = self.installation.metrics()
        for reason in ("unauthenticated", "rate"):
            line = next(l for l in figures.splitlines() if l.startswith(f'casewheel_refused_calls_total{{reason="{reason}"}}'))
            self.assertGreater(float(line.split()[-1]), 0)


class Sizes(Guarded):
    def test_of_strangers_little_is_read(self):
        nobody = self.open()
        self.assertEqual(refusal(nobody.access.SignIn, A.SignInRequest(name="x" * 60_000)).code, NOBODY)
        wrong = refusal(nobody.access.SignIn, A.SignInRequest(name="x" * 70_000))
        self.assertEqual((wrong.code, "65536" in wrong.fields["request"]), (grpc.StatusCode.INVALID_ARGUMENT, True))
        # Whoever may not call is not told what is wrong with what he sent.
        raw = nobody.channel.unary_unary("/casewheel.v1.Cases/LodgeCase", bytes, bytes)
        for body in (b"\xff" * 100, b"\xff" * (4 << 20)):
            with self.assertRaises(grpc.RpcError) as end:
                raw(body, timeout=20)
            self.assertEqual(end.exception.code(), NOBODY)


class Usage(unittest.TestCase):
    def test_a_provider_is_named_as_a_whole(self):
        issuer, audience = ("--oidc-issuer", "https://id.example.tw"), ("--oidc-audience", "casewheel")
        for arguments, word in (((*issuer, *audience, "--auth", "off"), "--auth off"), (issuer, "--oidc-audience"),
                                (audience, "--oidc-issuer"), (("--oidc-issuer", "http://id.example.tw", *audience), "issuer"),
                                ((*issuer, *audience, "--oidc-jwks-uri", "ftp://id.example.tw/keys"), "jwks_uri"),
                                ((*issuer, *audience, "--oidc-ca", "/nowhere.pem"), "--oidc-ca")):
            installation = Installation("--clock", "real", *(() if "--auth" in arguments else ("--auth", "on")), *arguments)
            self.addCleanup(installation.remove)
            with self.assertRaises(DidNotStart) as refused:
                installation.start()
            self.assertEqual(refused.exception.code, 2, arguments)
            self.assertIn(word, refused.exception.log, arguments)


if __name__ == "__main__":
    unittest.main()
