"""A walk over everything the doors listen to: every method of every service and every page, all verbs of HTTP,
many content types, every kind of caller, and requests made of the descriptors with values nobody means. The
engine lives, every answer is well-formed, and none says that something went wrong inside.

CASEWHEEL_WALK_SEED repeats a walk; CASEWHEEL_WALK_SECONDS makes it longer."""

import gzip
import http.client
import json
import os
import random
import re
import socket
import sys
import time
import unittest
import xml.etree.ElementTree
import zlib

from google.protobuf import descriptor, json_format

from contract import access_pb2, cases_pb2, grpc
from over_http import JSON, ask_once, enveloped
from serving import Guarded, Serving
from test_access import ROLES, methods

SEED = int(os.environ.get("CASEWHEEL_WALK_SEED", random.SystemRandom().randrange(1 << 32)))
SECONDS = float(os.environ.get("CASEWHEEL_WALK_SECONDS", 20))
VERBS = ("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "JUNK", "get", "CONNECT")
TYPES = (None, "application/json", "application/proto", "application/connect+json", "application/connect+proto", "text/csv",
         "application/x-ndjson", "application/jsonl", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
         "multipart/form-data", 'multipart/form-data; boundary=""', "text/plain", "application/json; charset=big5", "*/*", ";", "a" * 300, "\xff/\xfe")
TEXTS = ("", "taisugar", "taipower", "nowhere", "customer-complaint", "ts003", "0912345678", "13115030200001004", "1" * 17, "9" * 40, "0", "-1",
         "\u202e", "é", "𠮷" * 300, "王" * 4001, "a" * 70_000, "../../etc/passwd", "%00", "%ff", "a\nb", "'\"<>&", "20:30", "1-2-3", "ff" * 20,
         "2026-02-30", "W/\"1\"", "\"1\"", "*", "r", "csv", "upload", "crm")
NUMBERS = (0, 1, 2, -1, 7, 127, 500, 1000, 2**31 - 1, -2**31, 2**32 - 1, 2**53, 2**63 - 1, -2**63, 2**64 - 1)
TIMES = ("1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-01-05T01:00:00Z", "2026-02-30T00:00:00Z", "x")
PATHS = ("/", "//", "/%", "/%zz", "/\xff", "*", "/track", "/track?case=13115030200001004&lang=en", "/track?case=%ff", "/openapi.json", "/openapi.json?x",
         "/receipts/", "/receipts/1", "/receipts/%ff", "/open311/discovery.xml", "/open311/discovery.json", "/open311/v2/services.xml",
         "/open311/v2/services.json?jurisdiction_id=taisugar", "/open311/v2/services/customer-complaint.xml?jurisdiction_id=taisugar",
         "/open311/v2/services/x.json?jurisdiction_id=nowhere", "/open311/v2/requests.json?jurisdiction_id=taisugar", "/open311/v2/requests.xml",
         "/open311/v2/requests.json?jurisdiction_id=taisugar&page_token=zz&start_date=x&status=open,closed&service_code=a,b",
         "/open311/v2/requests/13115030200001004.xml", "/open311/v2/tokens/1.json", "/open311/v2/servicerequestupdates.json",
         "/open311/v2/servicerequestupdates.xml?jurisdiction_id=taisugar", "/open311/", "/open311/v2/.xml", "/open311/v2/requests.txt",
         "/cti/v1/", "/cti/v1/taisugar", "/cti/v1/taisugar/TOKEN", "/cti/v1/%ff/%ff", "/cti/v1/nowhere/x/y", "/v1/intake", "/v1/intake?tenant=taisugar",
         "/v1/intake?tenant=taisugar&source=crm", "/v1/intake?tenant=&source=", "/v1/intake?tenant=a&tenant=b", "/v1/intake?%ff=%fe",
         "/v1/cases/NUMBER/attachments", "/v1/cases/NUMBER/attachments/1", "/v1/cases/NUMBER/attachments?name=%ff", "/v1/cases/1/attachments/0",
         "/v1/cases/NUMBER/attachments/18446744073709551616", "/v1/cases/%ff/attachments", "/v1/cases//attachments", "/metrics", "/healthz",
         "/casewheel.v1.Cases/", "/casewheel.v1.Cases/Nothing", "/casewheel.v1.Nothing/GetCase", "/grpc.health.v1.Health/Check",
         "/" + "a" * 9000, "/casewheel.v1.Cases/GetCase?message=" + "%7B" * 3000, "http://elsewhere/track", "/track#x", "/track;x")
FIELDS = (("Range", "bytes=0-"), ("Range", "bytes=9-1,-0,99999999999999999999-"), ("If-None-Match", '"x", *'), ("If-Range", '"1"'),
          ("Expect", "100-continue"), ("Content-Encoding", "gzip"), ("Content-Encoding", "br"), ("Accept-Encoding", "gzip, identity;q=0"),
          ("Origin", "null"), ("Origin", "https://elsewhere.example"), ("Access-Control-Request-Method", "POST"), ("Connect-Timeout-Ms", "0"),
          ("Connect-Timeout-Ms", "9999999999"), ("Connect-Timeout-Ms", "x"), ("Connect-Protocol-Version", "2"), ("Casewheel-Actor", "ts003"),
          ("Casewheel-Actor", "\xff\xfe"), ("X-Forwarded-For", "1.2.3.4, [::1]:9, x"), ("X-Forwarded-Proto", "https"), ("Last-Event-ID", "1-1-1-1"),
          ("Last-Event-ID", "\xff"), ("Idempotency-Key", "\xff" * 10), ("Idempotency-Key", "k"), ("Accept", "text/event-stream"),
          ("Accept-Language", "en\xff"), ("Connect-Content-Encoding", "gzip"), ("Connect-Accept-Encoding", "gzip"), ("Transfer-Encoding", "chunked"),
          ("Host", "\xff"), ("Authorization", "Basic OnBhc3M="), ("Authorization", "Bearer"), ("Authorization", "Basic \xff"), ("Cookie", "a=b"))
# They end the session or the account that walks, or the time that it walks in.
STRANGE = {"Access.SignOut", "Access.ChangePassword", "Access.UpdateUser", "Access.DeleteUser", "Access.ResetPassword", "Access.RevokeKey",
           "Admin.AdvanceClock"}


class Bare(http.client.HTTPConnection):
    """Sends the line of the request as it is."""

    def _encode_request(self, request):
        return request.encode("latin-1")


class Values:
    """Messages as their descriptors say, with values nobody means."""

    def __init__(self, dice, numbers):
        self.dice, self.numbers = dice, numbers

    def message(self, kind, depth=0):
        """As JSON."""
        if kind.full_name == "google.protobuf.Timestamp":
            return self.dice.choice(TIMES)
        if kind.full_name == "google.protobuf.Duration":
            return self.dice.choice(("0s", "-1s", "315576000000s", "1.5s", "x"))
        if kind.full_name == "google.protobuf.FieldMask":
            return self.dice.choice(("", "subject", "a.b,c", "*"))
        out = {}
        for field in kind.fields:
            if depth > 4 or self.dice.random() < 0.35:
                continue
            if field.label == descriptor.FieldDescriptor.LABEL_REPEATED and not (field.message_type and field.message_type.GetOptions().map_entry):
                out[field.json_name] = [self.value(field, depth) for _ in range(self.dice.choice((0, 1, 1, 2, 3, 70)))]
            elif not (field.message_type and field.message_type.GetOptions().map_entry):
                out[field.json_name] = self.value(field, depth)
        return out

    def value(self, field, depth):
        kinds = descriptor.FieldDescriptor
        if field.type == kinds.TYPE_MESSAGE:
            return self.message(field.message_type, depth + 1)
        if field.type == kinds.TYPE_ENUM:
            return self.dice.choice((0, 1, 2, 99, -1, field.enum_type.values[-1].name))
        if field.type == kinds.TYPE_BOOL:
            return self.dice.random() < 0.5
        if field.type == kinds.TYPE_STRING:
            if field.name == "case_number" and self.dice.random() < 0.7:
                return self.dice.choice(self.numbers)
            if field.name == "tenant" and self.dice.random() < 0.7:
                return "taisugar"
            return self.dice.choice(TEXTS)
        if field.type == kinds.TYPE_BYTES:
            return self.dice.choice(("", "AAAA", "/////w==", "A" * 4000))
        if field.type in (kinds.TYPE_DOUBLE, kinds.TYPE_FLOAT):
            return self.dice.choice((0, 1.5, -90, 181, 1e300, "NaN", "Infinity"))
        return self.dice.choice(NUMBERS)


def is_text(body):
    body.decode()
    return True


class Walk(Guarded):
    ARGUMENTS = (*Guarded.ARGUMENTS, "--rate-address", "1000000", "--rate-identity", "1000000")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        print(f"seed {SEED}", file=sys.stderr)
        cls.dice = random.Random(SEED)
        cls.all = list(methods())
        walk = cls("test_every_method_and_every_caller")
        cls.callers = {"nobody": None, "a token of nobody": "cws_" + "x" * 43, "rubbish": "\xff", "a key": walk.token("integrator", "taisugar"),
                       "every role": cls.session(walk, "everything", [access_pb2.Grant(role=role) for role in ROLES])}
        for role in ROLES:
            cls.callers[role] = cls.session(walk, f"walking-{role}".replace("_", "-"), [access_pb2.Grant(role=role, tenant=cls.place(role))])
        with_desk = cls.open(cls.callers["agent"])
        cls.numbers = [with_desk.cases.LodgeCase(cases_pb2.LodgeCaseRequest(
            tenant="taisugar", service="customer-complaint", channel=cases_pb2.CHANNEL_HOTLINE, subject=f"walk {n}", request_id=f"walk-{n}"),
            timeout=20).case_number for n in range(3)]
        cls.values = Values(cls.dice, cls.numbers)

    @classmethod
    def place(cls, role):
        return "" if role in ("administrator", "auditor", "operator") else "taisugar"

    @classmethod
    def session(cls, walk, name, grants):
        made = walk.admin.access.CreateUser(access_pb2.CreateUserRequest(user=access_pb2.User(name=name, grants=grants)), timeout=20)
        return cls.installation.token_of(name, made.one_time_password)

    def lives(self, last):
        code = self.installation.process.poll()
        self.assertIsNone(code, f"ended with {code} by {last!r}: {self.installation.log()[-2000:]}")

    def ask(self, verb, path, body=b"", fields=(), caller="nobody"):
        """Status and body of one answer, looked at; None where the connection was ended instead."""
        what = (verb, path[:200], body[:200], fields, caller)
        token = self.callers[caller]
        host, port = self.installation.http_address.rsplit(":", 1)
        connection = Bare(host, int(port), timeout=30)
        try:
            connection.putrequest(verb, path, skip_host=True, skip_accept_encoding=True)
            names = {name.lower() for name, _ in fields}
            for name, value in (*(() if "host" in names else (("Host", "engine"),)), *fields,
                                *((("Authorization", f"Bearer {token}"),) if token and "authorization" not in names else ())):
                connection.putheader(name, value.encode("latin-1"))
            if "transfer-encoding" in names:
                body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
            elif verb not in ("GET", "HEAD") or body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            sock = connection.sock
            answer = connection.getresponse()
            read = self.read(answer, sock)
        except (http.client.HTTPException, ConnectionError, ValueError, TimeoutError) as error:
            if not isinstance(error, (http.client.RemoteDisconnected, ConnectionError, ValueError)):
                raise AssertionError(f"{error!r} of {what}") from error
            self.lives(what)
            return None
        finally:
            connection.close()
        self.assertNotIn(answer.status, (500, 502), f"{what}: {read[:500]}")
        self.well_formed(verb, answer, read, what)
        return answer.status, read

    @staticmethod
    def read(answer, sock):
        """The body; of a stream that goes on what it begins with."""
        if all(kind not in (answer.headers["Content-Type"] or "") for kind in ("connect+", "event-stream")):
            return answer.read()
        sock.settimeout(0.1)
        try:
            return answer.read1(65536)
        except TimeoutError:
            return b""

    def well_formed(self, verb, answer, body, what):
        if verb == "HEAD" or answer.status in (204, 304):
            self.assertEqual(body, b"", what)
            return
        if answer.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        kind = (answer.headers["Content-Type"] or "").split(";")[0]
        if kind == "application/json":
            self.assertIsNotNone(json.loads(body.decode()), what)
            if answer.status >= 400 and what[1].startswith("/casewheel.v1."):
                self.assertIn("code", json.loads(body), what)
        elif kind in ("text/xml", "application/xml"):
            xml.etree.ElementTree.fromstring(body)
        elif kind in ("text/html", "text/plain", "application/x-ndjson"):
            self.assertTrue(is_text(body), what)
            if kind == "application/x-ndjson":
                for line in body.splitlines():
                    json.loads(line)
        elif body and kind not in ("application/proto", "application/connect+json", "application/connect+proto", "text/event-stream"):
            self.assertIn("Content-Disposition", answer.headers, (kind, what))  # a file

    def test_every_method_and_every_caller(self):
        for service, method, _, _, _ in self.all:
            path = f"/{service.full_name}/{method.name}"
            for caller in self.callers:
                if f"{service.name}.{method.name}" in STRANGE:
                    continue
                for kind, body in (("application/json", b"{}"), ("application/proto", b""), ("application/connect+json", enveloped(b"{}"))):
                    answer = self.ask("POST", path, body, (("Content-Type", kind),), caller)
                    self.assertIsNotNone(answer, (path, caller, kind))
            self.lives(path)

    def test_every_page_and_every_caller(self):
        for path in PATHS:
            for caller in self.callers:
                path_of_case = path.replace("NUMBER", self.numbers[0])
                for verb, kind, body in (("GET", None, b""), ("HEAD", None, b""), ("POST", "text/csv", b"service,subject\ncustomer-complaint,x\n"),
                                         ("POST", "application/x-ndjson", b'{"service":"customer-complaint"}\n'),
                                         ("POST", "application/x-www-form-urlencoded", b"event=newCall&callId=1&direction=in&from=1&to=2"),
                                         ("POST", "application/json", b'{"event":"newCall"}'), ("DELETE", None, b""), ("PATCH", None, b"x")):
                    self.ask(verb, path_of_case, body, (("Content-Type", kind),) if kind else (), caller)
            self.lives(path)

    def test_a_table_by_everybody(self):
        """A signed-in upload once ended the process."""
        for kind, body in (("text/csv", b"request_id,service,channel,subject\nu1,customer-complaint,web,x\n"),
                           ("application/x-ndjson", b'{"request_id":"u2","service":"customer-complaint","channel":"web","subject":"x"}\n')):
            for caller in self.callers:
                status, _ = self.ask("POST", "/v1/intake?tenant=taisugar&source=walk", body, (("Content-Type", kind),), caller)
                may = caller in ("a key", "integrator", "every role")
                self.assertEqual(status == 200, may, (caller, kind, status))
                self.assertIn(status, (200, 401, 403), (caller, kind))

    def test_requests_nobody_means(self):
        end, asked, codes = time.monotonic() + SECONDS, 0, {}
        callers = [caller for caller in self.callers if self.callers[caller] is not None]
        while time.monotonic() < end:
            service, method, _, kind, _ = self.dice.choice(self.all)
            if f"{service.name}.{method.name}" in (*STRANGE, "Admin.CreateBackup"):
                continue
            request = json.dumps(self.values.message(kind.DESCRIPTOR)).encode()
            fields = [("Content-Type", self.dice.choice(("application/json", "application/json", "application/json", "application/proto",
                                                         "application/connect+json", "application/connect+proto")))]
            verb, path, body = "POST", f"/{service.full_name}/{method.name}", request
            if fields[0][1].endswith("proto"):
                try:
                    body = json_format.Parse(request, kind()).SerializeToString()
                except json_format.ParseError:
                    body = request
            if "connect+" in fields[0][1]:
                body = enveloped(body, self.dice.choice((0, 0, 0, 1, 2, 255)))
            if self.dice.random() < 0.1:
                verb = self.dice.choice(VERBS)
            if self.dice.random() < 0.1:
                body = self.broken(body)
            while self.dice.random() < 0.25:
                fields.append(self.dice.choice(FIELDS))
            caller = self.dice.choice(("every role", "every role", self.dice.choice(callers)))
            answer = self.ask(verb, path, body, tuple(dict(fields).items()), caller)
            asked += 1
            code = answer and answer[0]
            codes[code] = codes.get(code, 0) + 1
        self.lives("the walk")
        print(f"{asked} requests: {codes}", file=sys.stderr)

    def test_pages_in_every_way(self):
        end = time.monotonic() + SECONDS / 2
        while time.monotonic() < end:
            path = self.dice.choice(PATHS).replace("NUMBER", self.dice.choice(self.numbers))
            if self.dice.random() < 0.3:
                path += self.dice.choice(("?", "&", "?a=b&", "%", "/", ".xml", ".json", "?jurisdiction_id=%ff", "?api_key=x"))
            kind = self.dice.choice(TYPES)
            fields = {} if kind is None else {"Content-Type": kind}
            while self.dice.random() < 0.4:
                name, value = self.dice.choice(FIELDS)
                fields[name] = value
            body = self.dice.choice((b"", b"{}", b"a=b", b"\xff" * 100, b"event=newCall&callId=9&direction=in&from=anonymous", b'"', b"service\n\xa4\xa4",
                                     b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\xff\"\r\n\r\nx\r\n--x--\r\n",
                                     b"service_code=customer-complaint&description=x&jurisdiction_id=taisugar", b"case=1&factor=1234", b"x" * 100_000))
            self.ask(self.dice.choice(VERBS), path, self.broken(body) if self.dice.random() < 0.2 else body, tuple(fields.items()),
                     self.dice.choice(list(self.callers)))
        self.lives("the walk")

    def broken(self, body):
        choice = self.dice.randrange(4)
        if choice == 0:
            return body[:self.dice.randrange(len(body) + 1)]
        if choice == 1:
            return zlib.compress(body)
        if choice == 2:
            return body + bytes(self.dice.randrange(256) for _ in range(20))
        at = self.dice.randrange(len(body) + 1)
        return body[:at] + bytes([self.dice.randrange(256)]) + body[at + 1:]

    def test_bytes_that_are_no_request(self):
        host, port = self.installation.http_address.rsplit(":", 1)
        for sent in (b"", b"\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /track HTTP/1.0\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"\0" * 5000,
                     b"POST /track HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
                     b"POST /track HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"GET /" + b"a" * 70_000,
                     b"POST /v1/intake?tenant=taisugar HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
                     b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000 + b"\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            with socket.create_connection((host, int(port)), timeout=20) as sock:
                sock.sendall(sent)
                sock.shutdown(socket.SHUT_WR)
                answer = b""
                try:
                    while piece := sock.recv(65536):
                        answer += piece
                except ConnectionError:
                    pass
            if answer:
                self.assertRegex(answer, rb"^HTTP/1\.[01] [1-5]\d\d ", sent[:100])
                self.assertIsNone(re.match(rb"HTTP/1\.[01] 500 ", answer), (sent[:100], answer[:500]))
            self.lives(sent[:100])

    def test_the_same_over_grpc(self):
        channels = {caller: self.open(token).channel for caller, token in self.callers.items() if caller != "rubbish"}
        end = time.monotonic() + SECONDS / 2
        while time.monotonic() < end:
            service, method, _, kind, streams = self.dice.choice(self.all)
            if streams or f"{service.name}.{method.name}" in (*STRANGE, "Admin.CreateBackup"):
                continue
            try:
                body = json_format.Parse(json.dumps(self.values.message(kind.DESCRIPTOR)), kind()).SerializeToString()
            except json_format.ParseError:
                body = b"\x0a\x02\xff\xff"
            caller = self.dice.choice(("every role", self.dice.choice(list(channels))))
            call = channels[caller].unary_stream(f"/{service.full_name}/{method.name}", request_serializer=None, response_deserializer=None)
            try:
                next(iter(call(body, timeout=20)), None)
            except grpc.RpcError as error:
                # INTERNAL: of gRPC itself, where one answer of many was taken as the only one
                self.assertNotIn(error.code(), (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.DATA_LOSS),
                                 f"{service.name}.{method.name} {caller} {body[:300]!r}: {error.details()}")
            self.lives((service.name, method.name, body[:300]))


class NobodyIsAsked(Serving):
    """Where callers are not asked who they are, methods of accounts are called all the same."""

    def test_every_method(self):
        for service, method, *_ in methods():
            if method.name == "CreateBackup":  # names a place on this machine
                continue
            for text in ("", "admin"):
                kinds = descriptor.FieldDescriptor
                body = {field.json_name: text for field in method.input_type.fields
                        if field.type == kinds.TYPE_STRING and field.label != kinds.LABEL_REPEATED}
                status, _, answer = ask_once(self.installation, "POST", f"/{service.full_name}/{method.name}", body, JSON)
                self.assertNotIn(status, (500, 502), (method.full_name, answer[:300]))
                self.assertIsNone(self.installation.process.poll(), method.full_name)


if __name__ == "__main__":
    unittest.main()
