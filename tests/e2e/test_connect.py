"""The engine over Connect and HTTP/1.1, by Python's own http.client and sockets: JSON and protobuf, GET,
errors, gzip, limits, connections, callers, streams, and TLS. The protocol's own rules are test_connect_rules.py's."""

import base64
import gzip
import http.client
import json
import pathlib
import shutil
import socket
import struct
import tempfile
import time
import unittest
import urllib.parse

from authority import Authority, client_context
from contract import cases_pb2, error_details_pb2
from installation import PASSWORD, Installation, eventually
from over_http import JSON, PROTO, STREAM_JSON, STREAM_PROTO, Connect, ask, connect, enveloped, messages_of, path_of
from serving import CALENDARS, CATALOGUE, HOUR_MS, apply_catalogue, lodge_request, new_id

LODGE = {"tenant": "taisugar", "service": "customer-complaint", "channel": "CHANNEL_HOTLINE", "subject": "發票"}

WATCH = json.dumps({"filter": {"tenant": "taisugar"}}).encode()


class Unary(Connect):
    def test_json(self):
        made = self.asked("Cases.LodgeCase", {**LODGE, "requestId": new_id()})
        self.assertEqual(self.get(made["caseNumber"]).subject, "發票")
        shown = self.asked("Cases.GetCase", {"caseNumber": made["caseNumber"]}, {**JSON, "Connect-Protocol-Version": "1", "Content-Type": "application/json; charset=utf-8"})
        self.assertEqual(shown["caseNumber"], made["caseNumber"])
        # With --auth off a caller is who she says.
        self.asked("Cases.AddNote", {"caseNumber": made["caseNumber"], "text": "電洽", "requestId": new_id()}, {**JSON, "casewheel-actor": "ts031"})
        history = self.asked("Cases.ListCaseHistory", {"caseNumber": made["caseNumber"]})
        self.assertIn("ts031", json.dumps(history))

    def test_protobuf(self):
        request = lodge_request()
        status, headers, body = self.post("Cases.LodgeCase", request.SerializeToString(), PROTO)
        self.assertEqual((status, headers["Content-Type"]), (200, "application/proto"))
        number = cases_pb2.LodgeCaseResponse.FromString(body).case_number
        status, _, body = self.post("Cases.GetCase", cases_pb2.GetCaseRequest(case_number=number).SerializeToString(), PROTO)
        self.assertEqual(cases_pb2.Case.FromString(body), self.get(number))

    def test_get(self):
        number = self.lodge().case_number
        message = json.dumps({"caseNumber": number})
        packed = gzip.compress(cases_pb2.GetCaseRequest(case_number=number).SerializeToString())
        plain = {"message": message, "encoding": "json", "connect": "v1"}
        for query in (plain, {"message": base64.urlsafe_b64encode(message.encode()).decode(), "encoding": "json", "base64": "1"},
                      {"message": base64.urlsafe_b64encode(packed).decode().rstrip("="), "encoding": "proto", "base64": "1", "compression": "gzip"}):
            status, _, body = ask(self.connection, "GET", path_of("Cases.GetCase") + "?" + urllib.parse.urlencode(query))
            self.assertEqual(status, 200, body)
            self.assertIn(number.encode(), body)
        for wrong in ({**plain, "connect": "v2"}, {**plain, "base64": "1"}):
            answer = ask(self.connection, "GET", path_of("Cases.GetCase") + "?" + urllib.parse.urlencode(wrong))
            self.refused(400, "invalid_argument", answer)
        # What changes something, and what names a person, is not asked by a URL.
        for method in ("Cases.LodgeCase", "Cases.FindCasesByPerson"):
            answer = ask(self.connection, "GET", path_of(method) + "?message={}&encoding=json")
            self.assertEqual((answer[0], answer[1]["Allow"]), (405, "POST"))

    def test_errors_are_those_of_grpc(self):
        error = self.refused(400, "invalid_argument", self.post("Cases.LodgeCase", {"tenant": "taisugar"}))
        details = {detail["type"]: detail for detail in error["details"]}
        self.assertEqual(set(details), {"google.rpc.ErrorInfo", "google.rpc.BadRequest"})
        value = details["google.rpc.BadRequest"]["value"]
        bad = error_details_pb2.BadRequest.FromString(base64.b64decode(value + "=" * (-len(value) % 4)))
        self.assertEqual([violation.field for violation in bad.field_violations],
                         [violation["field"] for violation in details["google.rpc.BadRequest"]["debug"]["fieldViolations"]])
        self.assertEqual(details["google.rpc.ErrorInfo"]["debug"], {"reason": "INVALID_ARGUMENT", "domain": "casewheel"})

    def test_what_is_no_call(self):
        self.refused(404, "unimplemented", ask(self.connection, "POST", "/casewheel.v1.Cases/Nothing", {}, JSON))
        self.refused(404, "unimplemented", ask(self.connection, "GET", "/nothing"))
        answer = ask(self.connection, "PUT", path_of("Cases.GetCase"), {}, JSON)
        self.assertEqual((answer[0], answer[1]["Allow"]), (405, "GET, POST"))
        self.assertEqual(self.post("Intake.Ingest", b"", STREAM_JSON)[0], 505)
        for wrong in ("", "[]", "{", '{"caseNumber": 7, "x"', '{"nothing": 1}', '{"a":' * 5000, "\ufffe{}"):
            self.refused(400, "invalid_argument", self.post("Cases.GetCase", wrong.encode()))
        self.refused(400, "invalid_argument", self.post("Cases.GetCase", b"\xff\xff", PROTO))
        self.refused(400, "invalid_argument", self.post("Cases.GetCase", b'{"caseNumber": "\xff"}'))
        self.assertIn("now", self.asked("Admin.GetClock"))  # the connection has lived through all of it

    def test_gzip(self):
        body = gzip.compress(json.dumps({**LODGE, "requestId": new_id()}).encode())
        self.assertIn("caseNumber", self.asked("Cases.LodgeCase", body, {**JSON, "Content-Encoding": "gzip"}))
        status, headers, body = self.post("CatalogueService.GetCatalogue", {"tenant": "taisugar"}, {**JSON, "Accept-Encoding": "br, gzip"})
        self.assertEqual((status, headers["Content-Encoding"]), (200, "gzip"))
        self.assertEqual(json.loads(gzip.decompress(body)), self.asked("CatalogueService.GetCatalogue", {"tenant": "taisugar"}))
        self.assertIsNone(self.post("Admin.GetClock", {}, {**JSON, "Accept-Encoding": "gzip"})[1]["Content-Encoding"])  # too short
        bomb = gzip.compress(b" " * (64 << 20))
        before = self.installation.resident_mib()
        self.assertIn("longer than", self.refused(429, "resource_exhausted", self.post("Admin.GetClock", bomb, {**JSON, "Content-Encoding": "gzip"}))["message"])
        self.assertLess(self.installation.resident_mib() - before, 30)
        for broken in (body[:-4], body + b"x", b"not gzip"):
            self.refused(400, "invalid_argument", self.post("Admin.GetClock", broken, {**JSON, "Content-Encoding": "gzip"}))

    def test_metrics(self):
        def counted(code):
            return next(float(line.split()[-1]) for line in self.installation.metrics().splitlines()
                        if line.startswith('casewheel_http_requests_total{code="%s"}' % code))
        fine, missing = counted("ok"), counted("unimplemented")
        self.asked("Admin.GetClock")
        ask(self.connection, "GET", "/nothing")
        self.assertEqual((counted("ok"), counted("unimplemented")), (fine + 1, missing + 1))


class Connections(Connect):
    def raw(self, source=None):
        host, port = self.installation.http_address.rsplit(":", 1)
        made = socket.create_connection((host, int(port)), timeout=20, source_address=source)
        self.addCleanup(made.close)
        return made

    def everything(self, connection):
        said = b""
        while True:
            more = connection.recv(65536)
            if not more:
                return said
            said += more

    def request(self, body="{}", more="", method="Admin.GetClock"):
        return (f"POST {path_of(method)} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}").encode()

    def test_pipelining_in_order(self):
        one = self.lodge().case_number
        bodies = ['{"caseNumber": "%s"}' % one, "{", '{"caseNumber": "%s"}' % one]
        connection = self.raw()
        connection.sendall(b"".join(self.request(body, method="Cases.GetCase") for body in bodies) + self.request(more="Connection: close\r\n"))
        said = self.everything(connection)
        self.assertEqual([part[:3] for part in said.split(b"HTTP/1.1 ")[1:]], [b"200", b"400", b"200", b"200"])
        self.assertEqual(said.count(one.encode()), 2)

    def test_a_head_in_pieces_and_chunks(self):
        connection = self.raw()
        for piece in (self.request()[:20], self.request()[20:40], self.request()[40:]):
            connection.sendall(piece)
            time.sleep(0.05)
        self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 200"))
        connection.sendall(f"POST {path_of('Admin.GetClock')} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n".encode())
        self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 200"))
        connection.sendall(self.request(more="Expect: 100-continue\r\n"))
        self.assertTrue(connection.recv(25).startswith(b"HTTP/1.1 100"))

    def test_head_has_no_body_whatever_is_answered(self):
        connection = self.raw()
        paths = ("/nothing", path_of("Cases.GetCase"), "/track", "/v1/cases/7/attachments/x")
        connection.sendall(b"".join(f"HEAD {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths) + self.request(more="Connection: close\r\n"))
        answers = self.everything(connection).split(b"HTTP/1.1 ")[1:]
        self.assertEqual([answer[:3] for answer in answers], [b"404", b"405", b"200", b"404", b"200"])
        for answer in answers[:-1]:
            self.assertTrue(answer.endswith(b"\r\n\r\n"), answer)
            self.assertIn(b"Content-Length: ", answer)

    def test_limits(self):
        for sent, status in ((self.request(more="X: " + "a" * 20000 + "\r\n"), b"431"), (self.request(more="".join(f"X{i}: a\r\n" for i in range(100))), b"431"),
                             (self.request().replace(b"Content-Length: 2", b"Content-Length: 6000000"), b"429"), (b"nonsense\r\n\r\n", b"400"),
                             (self.request(more="Content-Length: 7\r\n"), b"400"), (self.request(more="Transfer-Encoding: chunked\r\n"), b"400"),
                             (self.request(more="Transfer-Encoding: gzip\r\n"), b"501"), (self.request(more="Transfer-Encoding: chunked, x\r\n"), b"501"),
                             (self.request(more="Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), b"400")):
            connection = self.raw()
            connection.sendall(sent)
            self.assertEqual(connection.recv(65536)[9:12], status, sent[:200])

    def test_a_slow_head_is_not_waited_for(self):
        connection = self.raw()
        connection.sendall(self.request()[:20])
        begun = time.monotonic()
        self.assertEqual(connection.recv(10), b"")
        self.assertLess(time.monotonic() - begun, 15)

    def test_a_crowd(self):
        """Of one address a half of all, which are a quarter of the files it may open."""
        self.installation.stop()
        self.installation.files = 2048
        self.installation.start()
        held = [self.raw() for _ in range(300)]
        eventually(lambda: sum(1 for one in held if self.is_closed(one)) == 300 - 256, 10)
        for one in held:
            one.close()
        eventually(lambda: self.serves())

    def test_two_addresses_leave_room_to_a_third(self):
        """Idle ones of those who hold the most make room; a client that asks is never ended for another."""
        self.installation.stop()
        self.installation.files = 2048
        self.installation.start()
        held = []
        for source in ("127.0.0.2", "127.0.0.3"):
            held += [self.raw((source, 0)) for _ in range(300)]
        for one in held:
            self.addCleanup(one.close)
        self.assertTrue(self.serves())
        busy = connect(self.installation)
        self.addCleanup(busy.close)
        self.assertEqual(ask(busy, "POST", path_of("Admin.GetClock"), "{}", JSON)[0], 200)
        self.assertTrue(self.serves())

    @staticmethod
    def is_closed(connection):
        connection.setblocking(False)
        try:
            return connection.recv(1) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def serves(self):
        made = connect(self.installation)
        self.addCleanup(made.close)
        try:
            return ask(made, "POST", path_of("Admin.GetClock"), "{}", JSON)[0] == 200
        except (OSError, http.client.HTTPException):
            return False


class Streams(Connect):
    def test_a_watch(self):
        self.lodge()
        self.advance(73 * HOUR_MS)
        self.connection.request("POST", path_of("Supervision.WatchDue"), enveloped(WATCH), STREAM_JSON)
        answer = self.connection.getresponse()
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/connect+json"))

        def following():
            flags, size = struct.unpack(">BI", answer.read(5))
            return flags, json.loads(answer.read(size))
        flags, first = following()
        self.assertEqual(flags, 0)
        while not first["snapshot"].get("complete"):
            first = following()[1]
        newer = self.lodge().case_number
        self.advance(5 * HOUR_MS)
        while following()[1].get("upsert", {}).get("caseNumber") != newer:
            pass
        answer.close()
        self.connection.close()
        eventually(lambda: self.installation.metric("casewheel_watchers") == 0)

    def test_who_says_more_and_goes_is_noticed(self):
        body = enveloped(WATCH)
        host, port = self.installation.http_address.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(f"POST {path_of('Supervision.WatchDue')} HTTP/1.1\r\nHost: x\r\nContent-Type: application/connect+json\r\n"
                               f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            eventually(lambda: self.installation.metric("casewheel_watchers") == 1)
            for _ in range(3):
                connection.sendall(b"more")
                time.sleep(0.1)
        eventually(lambda: self.installation.metric("casewheel_watchers") == 0)

    def test_verify_to_its_end(self):
        before = self.installation.metric('casewheel_http_requests_total{code="ok"}')
        for headers, body in ((STREAM_JSON, b"{}"), (STREAM_PROTO, b""), ({**STREAM_JSON, "Connect-Accept-Encoding": "gzip"}, b"{}")):
            status, _, answer = self.post("Admin.Verify", enveloped(body), headers)
            self.assertEqual(status, 200)
            *said, (flags, end) = messages_of(answer)
            self.assertEqual((flags, json.loads(end)), (2, {}))
            self.assertTrue(said)
            self.connection.close()
        eventually(lambda: self.installation.metric('casewheel_http_requests_total{code="ok"}') == before + 3)

    def test_the_client_s_deadline(self):
        _, _, answer = self.post("Supervision.WatchDue", enveloped(WATCH), {**STREAM_JSON, "Connect-Timeout-Ms": "300"})
        flags, end = messages_of(answer)[-1]
        self.assertEqual((flags, json.loads(end)["error"]["code"]), (2, "deadline_exceeded"))
        eventually(lambda: self.installation.metric("casewheel_watchers") == 0)


class Callers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation("--auth", "on")
        cls.addClassCleanup(cls.installation.remove)
        cls.installation.start()
        cls.connection = connect(cls.installation)
        first = cls.sign_in(cls.installation.one_time_password)
        body = {"oldPassword": cls.installation.one_time_password, "newPassword": PASSWORD}
        cls.token = json.loads(ask(cls.connection, "POST", path_of("Access.ChangePassword"), body, cls.bearing(first))[2])["token"]

    @classmethod
    def sign_in(cls, password):
        status, _, body = ask(cls.connection, "POST", path_of("Access.SignIn"), {"name": "admin", "password": password}, JSON)
        if status != 200:
            raise AssertionError(body)
        return json.loads(body)["token"]

    @staticmethod
    def bearing(token, headers=JSON):
        return {**headers, "Authorization": "Bearer " + token}

    def test_a_token_is_asked_for(self):
        who = ask(self.connection, "POST", path_of("Access.GetIdentity"), {}, self.bearing(self.token))
        self.assertEqual(who[0], 200, who[2])
        self.assertIn(b"admin", who[2])
        for headers in (JSON, self.bearing("cws_nothing"), {**JSON, "casewheel-actor": "admin"}):
            status, _, body = ask(self.connection, "POST", path_of("Admin.GetStatistics"), {}, headers)
            self.assertEqual((status, json.loads(body)["code"]), (401, "unauthenticated"))

    def test_little_is_read_of_who_is_not_known(self):
        for body in (b'{"name": "' + b"a" * 70000 + b'"}', gzip.compress(b" " * 70000)):
            headers = {**JSON, **({"Content-Encoding": "gzip"} if body[:1] != b"{" else {})}
            connection = connect(self.installation)
            status, _, answer = ask(connection, "POST", path_of("Access.SignIn"), body, headers)
            connection.close()
            self.assertIn(status, (400, 429), answer)
            self.assertIn(b"65536", answer)

    def test_a_stream_ends_with_its_key(self):
        def asked(method, body):
            status, _, answer = ask(self.connection, "POST", path_of(method), body, self.bearing(self.token))
            self.assertEqual(status, 200, answer)
            return json.loads(answer)
        asked("Calendars.ApplyCalendar", {"yaml": CALENDARS, "requestId": new_id()})
        asked("CatalogueService.ApplyCatalogue", {"yaml": CATALOGUE, "requestId": new_id()})
        key = asked("Access.CreateKey", {"label": "board", "grants": [{"role": "supervisor", "tenant": "taisugar"}]})
        watching = connect(self.installation)
        watching.request("POST", path_of("Supervision.WatchDue"), enveloped(WATCH), self.bearing(key["token"], STREAM_JSON))
        answer = watching.getresponse()
        eventually(lambda: self.installation.metric("casewheel_watchers") == 1)
        asked("Access.RevokeKey", {"id": key["key"]["id"]})
        flags, end = messages_of(answer.read())[-1]
        self.assertEqual((flags, json.loads(end)["error"]["code"]), (2, "unauthenticated"))

    def test_the_end_of_the_engine(self):
        other = Installation("--auth", "off")
        self.addCleanup(other.remove)
        apply_catalogue(other.start())
        idle, watching = connect(other), connect(other)
        self.assertEqual(ask(idle, "POST", path_of("Admin.GetClock"), {}, JSON)[0], 200)
        watching.request("POST", path_of("Supervision.WatchDue"), enveloped(WATCH), STREAM_JSON)
        answer = watching.getresponse()
        self.assertEqual(answer.read(1), b"\0")
        begun = time.monotonic()
        self.assertEqual(other.stop(), 0)
        self.assertLess(time.monotonic() - begun, 4)  # nobody is waited for
        self.assertEqual(idle.sock.recv(1), b"")


class Secured(unittest.TestCase):
    def test_tls_and_the_client_s_certificate(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-connect-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        ours = Authority(folder, "ours")
        server, client = ours.issue("server", 1), ours.issue("client", 2)
        installation = Installation("--auth", "on", "--tls-cert", str(server.certificate), "--tls-key", str(server.key), "--tls-client-ca", str(ours.certificate))
        self.addCleanup(installation.remove)
        installation.start()
        plain = connect(installation, client_context(ours.certificate))
        self.addCleanup(plain.close)
        status, _, signed_in = ask(plain, "POST", path_of("Access.SignIn"), {"name": "admin", "password": installation.one_time_password}, JSON)
        self.assertEqual(status, 200, signed_in)
        bearing = Callers.bearing
        body = {"oldPassword": installation.one_time_password, "newPassword": PASSWORD}
        token = json.loads(ask(plain, "POST", path_of("Access.ChangePassword"), body, bearing(json.loads(signed_in)["token"]))[2])["token"]
        certificate = base64.b64encode(client.certificate.read_bytes()).decode()
        key = {"label": "office", "grants": [{"role": "auditor"}], "certificate": certificate}
        made = ask(plain, "POST", path_of("Access.CreateKey"), key, bearing(token))
        self.assertEqual(made[0], 200, made[2])
        known = connect(installation, client_context(ours.certificate, client))
        self.addCleanup(known.close)
        self.assertEqual(ask(known, "POST", path_of("Access.GetIdentity"), {}, JSON)[0], 200)
        self.assertEqual(ask(plain, "POST", path_of("Access.GetIdentity"), {}, JSON)[0], 401)
        with self.assertRaises((OSError, http.client.HTTPException)):
            ask(connect(installation), "POST", path_of("Admin.GetClock"), {}, JSON)


if __name__ == "__main__":
    unittest.main()
