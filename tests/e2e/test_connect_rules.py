"""The rules the Connect protocol lays on a server, a test each: https://connectrpc.com/docs/protocol, and its
page on CORS. What the engine's own methods answer is test_connect.py's."""

import base64
import gzip
import json
import socket
import struct
import unittest
import urllib.parse

from contract import cases_pb2, catalogue_pb2, error_details_pb2
from installation import Installation
from over_http import JSON, PROTO, STREAM_JSON, STREAM_PROTO, Connect, ask, ask_bare, connect, enveloped, messages_of, path_of
from serving import Guarded, apply_catalogue, lodge, new_id

LODGE = {"tenant": "taisugar", "service": "customer-complaint", "channel": "CHANNEL_HOTLINE", "subject": "發票"}
LONG = ("CatalogueService.GetCatalogue", {"tenant": "taisugar"})  # what is long enough to be packed
LONG_BYTES = json.dumps(LONG[1]).encode()
NOT_CONNECT = ("", "text/plain", "application/xml", "application/grpc", "application/grpc-web+json", "application/jsonx", "json",
               "application/x-www-form-urlencoded", "application")
BAD_TIMEOUTS = ("10000000000", "-1", "+1", "1.5", "1e3", "0x10", "5 s", "soon")
# A field protobuf's readers do not know, whose bytes use both letters in which the alphabets of base64 differ.
UNKNOWN_FIELD = b"\x7a\x05a\xfb\xef\xbe\xff"


def url_of(method, parameters):
    return path_of(method) + "?" + urllib.parse.urlencode(parameters)


def unpadded(bytes_):
    return base64.urlsafe_b64encode(bytes_).decode().rstrip("=")


def decoded(text):
    """Of base64 without padding, which may not have any."""
    if "=" in text:
        raise AssertionError(f"padded: {text}")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def told(installation, sent):
    """All a connection answers to these bytes, until it ends."""
    host, port = installation.http_address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def setUpModule():
    """One engine is asked everything but who calls."""
    Rules.installation = Installation(*Rules.ARGUMENTS)
    unittest.addModuleCleanup(Rules.end)
    apply_catalogue(Rules.installation.start())


class Rules(Connect):
    SITE = "https://cases.example.tw"
    ARGUMENTS = (*Connect.ARGUMENTS, "--http-origin", SITE, "--http-origin", "http://localhost:5173")

    @classmethod
    def setUpClass(cls):
        """The module's engine serves."""


class UnaryRequests(Rules):
    def clock(self, fields, body=b"{}"):
        return ask_bare(self.connection, "POST", path_of("Admin.GetClock"), body, fields)

    def test_the_answer_is_in_the_codec_of_the_request(self):
        """A call that succeeds has status 200 and the content type it was asked in."""
        for headers in (JSON, PROTO):
            answer = self.post("Admin.GetClock", b"{}" if headers is JSON else b"", headers)
            self.assertEqual((answer[0], answer[1]["Content-Type"]), (200, headers["Content-Type"]))

    def test_another_codec_is_415(self):
        """A unary call in a codec the server has not, or framed as a stream, is an unsupported media type."""
        for kind in (*NOT_CONNECT, "application/connect+json", "application/connect+proto"):
            answer = self.clock([("Content-Type", kind)])
            self.assertEqual((answer[0], answer[1]["Accept-Post"]), (415, "application/json, application/proto"), kind)
        self.assertEqual(self.clock([])[0], 415)

    def test_a_content_type_is_read_as_http_s(self):
        """Media types have no case, and may have parameters."""
        for kind in ("APPLICATION/JSON", "Application/Json", "application/json;charset=utf-8", 'application/json ; charset="UTF-8"', "application/json;"):
            self.assertEqual(self.clock([("Content-Type", kind)])[0], 200, kind)
        self.assertEqual(self.clock([("content-type", "Application/PROTO; x=y")], b"")[0], 200)

    def test_paths_have_a_case(self):
        """A procedure is its service's and its method's name exactly."""
        right = path_of("Admin.GetClock")
        for path in (right.lower(), right.replace("Admin", "admin"), right.replace("GetClock", "getClock"), right + "/", "/" + right, right.replace("casewheel.v1.", "")):
            self.refused(404, "unimplemented", ask(self.connection, "POST", path, {}, JSON))
        self.assertEqual(ask(self.connection, "POST", right, {}, JSON)[0], 200)

    def test_the_version_of_the_protocol(self):
        """It may be left out; what is said has to be 1."""
        for said, status in (([], 200), (["1"], 200), (["2"], 400), (["1.0"], 400), (["v1"], 400), (["01"], 400)):
            self.assertEqual(self.clock([*JSON.items(), *(("Connect-Protocol-Version", one) for one in said)])[0], status, said)

    def test_a_body_of_no_declared_encoding_is_as_it_is(self):
        """Without content-encoding, and with identity, nothing is unpacked."""
        packed = gzip.compress(b"{}")
        for encoding in ([], [("Content-Encoding", "identity")], [("Content-Encoding", "Identity")]):
            self.assertEqual(self.clock([*JSON.items(), *encoding])[0], 200)
            self.refused(400, "invalid_argument", self.clock([*JSON.items(), *encoding], packed))
        self.assertEqual(self.clock([*JSON.items(), ("Content-Encoding", "GZIP")], packed)[0], 200)

    def test_an_encoding_nobody_undoes_is_unimplemented(self):
        """The code is unimplemented, and the message lists what would do."""
        for encoding in ("br", "zstd", "deflate", "x-gzip", "gzip, gzip", "gzip, br"):
            error = self.refused(501, "unimplemented", self.clock([*JSON.items(), ("Content-Encoding", encoding)]))
            self.assertIn("gzip", error["message"])
            self.assertIn("identity", error["message"])

    def test_nothing_is_not_unpacked(self):
        """A body of no bytes is an empty message whatever its encoding is said to be."""
        self.assertEqual(self.clock([*PROTO.items(), ("Content-Encoding", "gzip")], b"")[0], 200)
        self.assertEqual(self.clock(PROTO.items(), b"")[0], 200)
        self.refused(400, "invalid_argument", self.clock([*JSON.items(), ("Content-Encoding", "gzip")], b""))  # which is no JSON

    def test_answers_are_packed_as_requests_are(self):
        """Who does not say what she accepts, accepts the encoding she uses herself."""
        for body, encoding, answered in ((gzip.compress(LONG_BYTES), [("Content-Encoding", "gzip")], "gzip"), (LONG_BYTES, [], None),
                                         (LONG_BYTES, [("Content-Encoding", "identity")], None)):
            status, headers, body = ask_bare(self.connection, "POST", path_of(LONG[0]), body, [*JSON.items(), *encoding])
            self.assertEqual((status, headers["Content-Encoding"]), (200, answered))
            self.assertIn("yaml", json.loads(gzip.decompress(body) if answered else body))

    def test_accepted_encodings_are_in_order(self):
        """The first of the list that the server has; identity where there is none."""
        for accepted, answered in (("gzip", "gzip"), ("GZip", "gzip"), ("br, gzip", "gzip"), ("br,zstd,gzip", "gzip"), ("gzip, identity", "gzip"),
                                   ("gzip;q=0.5, br", "gzip"), ("identity", None), ("identity, gzip", None), ("identity;q=1, gzip", None),
                                   ("identity;q=0, gzip", "gzip"), ("br, zstd", None), ("gzip;q=0", None), ("gzip; q=0.000", None), ("", None), ("gzipped", None), (",", None)):
            headers = {**JSON, "Accept-Encoding": accepted}
            status, answer, body = self.post(*LONG, headers)
            self.assertEqual((status, answer["Content-Encoding"]), (200, answered), accepted)
            self.assertEqual(body[:2] == b"\x1f\x8b", answered == "gzip", accepted)
            # What she says counts for more than what she uses.
            status, answer, _ = self.post(LONG[0], gzip.compress(LONG_BYTES), {**headers, "Content-Encoding": "gzip"})
            self.assertEqual((status, answer["Content-Encoding"]), (200, answered), accepted)

    def test_timeouts(self):
        """A whole number of at most ten digits, in milliseconds; without one there is no end."""
        for timeout in ("10000", "0000010000", "9999999999"):
            self.assertEqual(self.clock([*JSON.items(), ("Connect-Timeout-Ms", timeout)])[0], 200, timeout)
        for timeout in BAD_TIMEOUTS:
            error = self.refused(400, "invalid_argument", self.clock([*JSON.items(), ("Connect-Timeout-Ms", timeout)]))
            self.assertIn("10 digits", error["message"])

    def test_a_timeout_that_is_over(self):
        """Is told as deadline_exceeded, at once where there was no time at all."""
        error = self.refused(504, "deadline_exceeded", self.clock([*JSON.items(), ("Connect-Timeout-Ms", "0")]))
        self.assertIn("connect-timeout-ms", error["message"])

    def test_metadata_nobody_asks_for(self):
        """Custom fields, binary ones padded or not, do a call no harm."""
        for name, value in (("acme-shard-id", "42"), ("acme_x.y", "~ !"), ("acme-trace-bin", "AAEC/w"), ("acme-trace-bin", "AAEC/w=="), ("acme-trace-bin", "AA,/w"),
                            ("connect-of-tomorrow", "1"), ("trailer-acme", "1")):
            self.assertEqual(self.clock([*JSON.items(), (name, value)])[0], 200, name)

    def test_answers_keep_off_the_reserved_names(self):
        """A unary answer has no field of a stream's, and trailing metadata only if a method gives some: none does."""
        for answer in (self.clock(JSON.items()), self.clock(JSON.items(), b"{")):
            self.assertEqual([name for name in answer[1] if name.lower().startswith(("connect-", "trailer"))], [])

    def test_json_is_protobuf_s(self):
        """Names in either spelling are read, null is nothing; lowerCamelCase, RFC 3339 and words are written."""
        number = self.lodge().case_number
        for name in ("caseNumber", "case_number"):
            shown = self.asked("Cases.GetCase", {name: number})
        self.assertEqual(shown["caseNumber"], number)
        self.assertEqual(shown["channel"], "CHANNEL_HOTLINE")
        self.assertRegex(json.dumps(shown), r'"receivedTime": "2026-01-05T\d\d:\d\d:\d\d(\.\d+)?Z"')
        self.asked("Cases.ListCases", {"tenant": "taisugar", "pageToken": None, "pageSize": "3"})

    def test_unknown_fields(self):
        """JSON's may be refused, and are: most are slips. Protobuf's are of newer clients, and passed over."""
        self.assertIn("nothing", self.refused(400, "invalid_argument", self.post("Admin.GetClock", {"nothing": 1}))["message"])
        self.assertEqual(self.post("Admin.GetClock", UNKNOWN_FIELD, PROTO)[0], 200)


class UnaryGets(Rules):
    def got(self, method, parameters, fields=()):
        return ask_bare(self.connection, "GET", url_of(method, parameters), b"", fields)

    def test_no_header_is_needed(self):
        """A URL is enough, with or without the version; the answer is in the codec it names."""
        for version in ({}, {"connect": "v1"}):
            for encoding, message in (("json", "{}"), ("proto", "")):
                status, headers, _ = self.got("Admin.GetClock", {"message": message, "encoding": encoding, **version})
                self.assertEqual((status, headers["Content-Type"]), (200, "application/" + encoding))
        # Those of a body mean nothing here.
        odd = [("Content-Type", "text/plain"), ("Content-Encoding", "br")]
        self.assertEqual(self.got("Admin.GetClock", {"message": "{}", "encoding": "json"}, odd)[0], 200)

    def test_parameters_in_any_order(self):
        """All that can be said, each first and each last, and behind each other one of its neighbours."""
        parameters = {"connect": "v1", "base64": "1", "compression": "gzip", "encoding": "json", "message": unpadded(gzip.compress(b"{}"))}
        for turned in range(len(parameters)):
            order = [*parameters.items()][turned:] + [*parameters.items()][:turned]
            for way in (order, order[::-1]):
                self.assertEqual(self.got("Admin.GetClock", way)[0], 200, way)

    def test_parameters_nobody_knows(self):
        """Are let be, wherever they stand and however often."""
        plain = [("encoding", "json"), ("message", "{}")]
        for more in ([("utm", "1")], [("utm", "1"), ("utm", "2")], [("", "")], [("utm", "")], [("Message", "[")], [("utm", "測試")]):
            for order in ([*more, *plain], [*plain, *more], [plain[0], *more, plain[1]]):
                self.assertEqual(self.got("Admin.GetClock", order)[0], 200, order)
        self.assertEqual(ask(self.connection, "GET", url_of("Admin.GetClock", plain) + "&utm&&utm")[0], 200)

    def test_a_parameter_of_the_protocol_said_twice(self):
        """Names two calls, of which neither is answered."""
        plain = {"connect": "v1", "base64": "0", "compression": "identity", "encoding": "json", "message": "{}"}
        for name, value in plain.items():
            self.refused(400, "invalid_argument", self.got("Admin.GetClock", [*plain.items(), (name, value)]))

    def test_without_a_message_or_a_codec(self):
        """Both have to be there; a message may be of no bytes."""
        for parameters in ({}, {"message": "{}"}, {"encoding": "json"}, {"encoding": "json", "message": ""}):
            self.refused(400, "invalid_argument", self.got("Admin.GetClock", parameters))

    def test_another_codec_is_415(self):
        """As by POST."""
        for encoding in ("xml", "connect+json", "application/json", "text"):
            self.assertEqual(self.got("Admin.GetClock", {"message": "{}", "encoding": encoding})[0], 415, encoding)

    def test_an_encoding_nobody_undoes_is_unimplemented(self):
        """As by POST: the message lists what would do."""
        for compression in ("br", "zstd", "gzip,gzip"):
            error = self.refused(501, "unimplemented", self.got("Admin.GetClock", {"message": "{}", "encoding": "json", "compression": compression}))
            self.assertIn("gzip", error["message"])
            self.assertIn("identity", error["message"])

    def test_a_message_of_no_declared_encoding_is_as_it_is(self):
        """Without compression, and with identity, nothing is unpacked; nor is what has no bytes."""
        packed = {"message": unpadded(gzip.compress(b"{}")), "encoding": "json", "base64": "1"}
        for compression in ({}, {"compression": "identity"}):
            self.refused(400, "invalid_argument", self.got("Admin.GetClock", {**packed, **compression}))
            self.assertEqual(self.got("Admin.GetClock", {"message": "{}", "encoding": "json", **compression})[0], 200)
        self.assertEqual(self.got("Admin.GetClock", {"message": "", "encoding": "proto", "base64": "1", "compression": "gzip"})[0], 200)

    def test_base64_is_the_one_of_urls(self):
        """Its two letters are read, and padding is there or not."""
        padded = base64.urlsafe_b64encode(UNKNOWN_FIELD).decode()
        self.assertTrue({"-", "_", "="} <= set(padded), padded)
        for message in (padded, padded.rstrip("=")):
            self.assertEqual(self.got("Admin.GetClock", {"message": message, "encoding": "proto", "base64": "1"})[0], 200)
        for message in ("a", "a b=", "====", "{}"):
            self.refused(400, "invalid_argument", self.got("Admin.GetClock", {"message": message, "encoding": "proto", "base64": "1"}))

    def test_base64_is_said_by_a_one(self):
        """Any other value is passed over; and not said, nothing is decoded, though it is the only way to say bytes."""
        for value in ("0", "", "2", "true", "01"):
            self.assertEqual(self.got("Admin.GetClock", {"message": "{}", "encoding": "json", "base64": value})[0], 200, value)
        self.refused(400, "invalid_argument", self.got("Admin.GetClock", {"message": unpadded(b"{}"), "encoding": "json"}))

    def test_text_is_percent_encoded(self):
        """Every octet may be, in either case of its digits, or only those that must be."""
        text = '{"tenant": "taisugar"}'
        for message in ("".join(f"%{ord(c):02x}" for c in text), "".join(f"%{ord(c):02X}" for c in text), urllib.parse.quote(text), urllib.parse.quote_plus(text)):
            status, _, body = ask(self.connection, "GET", path_of(LONG[0]) + "?encoding=json&message=" + message)
            self.assertEqual(status, 200, body)
        # Bytes that are no text take base64.
        self.refused(400, "invalid_argument", ask(self.connection, "GET", path_of("Admin.GetClock") + "?encoding=proto&message=%ff%fe"))

    def test_answers_are_packed_as_messages_are(self):
        """Who does not say what she accepts, accepts the compression she uses; what she says is a list in order."""
        packed = {"message": unpadded(gzip.compress(LONG_BYTES)), "encoding": "json", "base64": "1", "compression": "gzip"}
        plain = {"message": LONG_BYTES.decode(), "encoding": "json"}
        for parameters, fields, answered in ((packed, [], "gzip"), (plain, [], None), (plain, [("Accept-Encoding", "br, gzip")], "gzip"),
                                             (packed, [("Accept-Encoding", "br")], None), (packed, [("Accept-Encoding", "identity, gzip")], None)):
            status, headers, _ = self.got(LONG[0], parameters, fields)
            self.assertEqual((status, headers["Content-Encoding"]), (200, answered), (parameters, fields))

    def test_a_timeout_is_a_header_s(self):
        """As by POST; a parameter of that name is one nobody knows."""
        plain = {"message": "{}", "encoding": "json"}
        self.refused(504, "deadline_exceeded", self.got("Admin.GetClock", plain, [("Connect-Timeout-Ms", "0")]))
        self.refused(400, "invalid_argument", self.got("Admin.GetClock", plain, [("Connect-Timeout-Ms", "12345678901")]))
        self.assertEqual(self.got("Admin.GetClock", {**plain, "connect-timeout-ms": "0"})[0], 200)

    def test_a_stream_is_not_got(self):
        """A GET is unary: of a stream it opens none."""
        for method in ("Supervision.WatchDue", "Changes.WatchChanges"):
            self.refused(406, "unimplemented", self.got(method, {"message": "{}", "encoding": "json", "connect": "v1"}))
        answer = self.got("Admin.CreateBackup", {"message": "{}", "encoding": "json"})
        self.assertEqual((answer[0], answer[1]["Allow"]), (405, "POST"))

    def test_other_verbs(self):
        """Calls are asked by POST and GET."""
        for verb in ("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"):
            answer = ask(self.connection, verb, url_of("Admin.GetClock", {"message": "{}", "encoding": "json"}))
            self.assertEqual((answer[0], answer[1]["Allow"]), (405, "GET, POST"), verb)


class Errors(Rules):
    def test_a_code_has_its_status(self):
        """Each that a method's own rules can give; the whole table is tests/unit/door_http_test.cc's."""
        case = self.asked("Cases.LodgeCase", {**LODGE, "requestId": "one"})["caseNumber"]
        gone = self.asked("Cases.LodgeCase", {**LODGE, "requestId": new_id()})["caseNumber"]
        self.engine.cases.WithdrawCase(cases_pb2.WithdrawCaseRequest(case_number=gone, request_id=new_id(), reason="x"), timeout=10)
        for status, code, method, body in (
                (400, "invalid_argument", "Cases.LodgeCase", {"tenant": "taisugar"}),
                (404, "not_found", "CatalogueService.GetCatalogue", {"tenant": "nobody"}),
                (409, "already_exists", "Cases.LodgeCase", {**LODGE, "requestId": "one", "subject": "不同"}),
                (409, "aborted", "Cases.AddNote", {"caseNumber": case, "text": "x", "etag": '"99"', "requestId": new_id()}),
                (400, "failed_precondition", "Cases.AcceptCase", {"caseNumber": gone, "requestId": new_id()})):
            self.refused(status, code, self.post(method, body))

    def test_an_error_is_json_whatever_was_asked(self):
        """By protobuf or by GET too."""
        self.refused(400, "invalid_argument", self.post("Cases.LodgeCase", b"", PROTO))
        self.refused(404, "not_found", self.post(LONG[0], catalogue_pb2.GetCatalogueRequest(tenant="nobody").SerializeToString(), PROTO))
        self.refused(404, "not_found", ask(self.connection, "GET", url_of(LONG[0], {"message": '{"tenant": "nobody"}', "encoding": "json"})))
        self.assertIsNone(self.post("Cases.LodgeCase", {}, {**JSON, "Accept-Encoding": "br"})[1]["Content-Encoding"])

    def test_an_error_s_parts(self):
        """A code and a message, both text; details by their full name, in base64 without padding."""
        error = self.refused(400, "invalid_argument", self.post("Cases.LodgeCase", {"tenant": "taisugar"}))
        self.check_parts(error)

    def check_parts(self, error):
        self.assertEqual(set(error), {"code", "message", "details"})
        self.assertIsInstance(error["message"], str)
        self.assertTrue(error["details"])
        for detail in error["details"]:
            package, name = detail["type"].rsplit(".", 1)
            self.assertEqual(package, "google.rpc")
            message = getattr(error_details_pb2, name).FromString(decoded(detail["value"]))
            self.assertTrue(message.ListFields(), detail)

    def test_of_a_stream_too(self):
        """The same object, in the stream's last message."""
        _, _, end = self.streamed("Supervision.WatchDue", b'{"filter": {"tenant": "nobody"}}')
        self.assertEqual(set(end), {"error"})
        self.check_parts(end["error"])


class KnownCallers(Guarded):
    ARGUMENTS = (*Guarded.ARGUMENTS, "--rate-address", "5")

    def setUp(self):
        self.connection = connect(self.installation)
        self.addCleanup(self.connection.close)

    def code_of(self, method, headers):
        status, _, body = ask(self.connection, "POST", path_of(method), b"{}", headers)
        return status, json.loads(body).get("code")

    def test_a_caller_not_known_and_one_who_may_not(self):
        """unauthenticated is 401, permission_denied 403."""
        self.assertEqual(self.code_of("Admin.GetStatistics", {**JSON, "Authorization": "Bearer nobody"}), (401, "unauthenticated"))
        known = {**JSON, "Authorization": "Bearer " + self.token("auditor")}
        self.assertEqual(self.code_of("Admin.AdvanceClock", known), (403, "permission_denied"))

    def test_on_a_stream_the_status_is_200_all_the_same(self):
        """Nothing of who calls is told by the status of a stream."""
        for fields, code in (({}, "unauthenticated"), ({"Authorization": "Bearer " + self.token("auditor")}, "permission_denied")):
            status, headers, body = ask(self.connection, "POST", path_of("Admin.CreateBackup"), enveloped(b"{}"), {**STREAM_JSON, **fields})
            self.connection.close()
            [(flags, end)] = messages_of(body)
            self.assertEqual((status, headers["Content-Type"], flags), (200, "application/connect+json", 2))
            self.assertEqual(json.loads(end)["error"]["code"], code)

    def test_too_many_calls(self):
        """resource_exhausted is 429."""
        one = f"POST {path_of('Admin.GetClock')} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n%s\r\n{{}}"
        answers = told(self.installation, (one % "" * 60 + one % "Connection: close\r\n").encode()).split(b"HTTP/1.1 ")[1:]
        codes = {(answer[:3], json.loads(answer[answer.index(b"\r\n\r\n"):])["code"]) for answer in answers}
        self.assertEqual(codes, {(b"401", "unauthenticated"), (b"429", "resource_exhausted")})


class StreamRequests(Rules):
    def test_another_content_type_is_415(self):
        """So that nobody takes the 200 of a stream for a success who does not know what it is."""
        for kind in (*NOT_CONNECT, "application/json", "application/proto", "application/connect", "application/connect+xml"):
            answer = self.post("Admin.Verify", enveloped(b"{}"), {"Content-Type": kind})
            self.assertEqual((answer[0], answer[1]["Accept-Post"]), (415, "application/connect+json, application/connect+proto"), kind)

    def test_a_content_type_is_read_as_http_s(self):
        """Media types have no case, and may have parameters; the answer's is the codec's own."""
        for kind in ("Application/Connect+JSON", "application/connect+json; charset=utf-8"):
            headers, _, end = self.streamed("Admin.Verify", b"{}", {"Content-Type": kind})
            self.assertEqual((headers["Content-Type"], end), ("application/connect+json", {}))

    def test_one_message_is_asked(self):
        """A method that takes one refuses none, two, and half of one."""
        one = enveloped(b"{}")
        for body in (b"", one * 2, one + b"x"):
            self.stream_refused("unimplemented", self.post("Admin.Verify", body, STREAM_JSON))
        for body in (one[:-1], one[:3], struct.pack(">BI", 0, 0xffffffff)):
            self.stream_refused("invalid_argument", self.post("Admin.Verify", body, STREAM_JSON))

    def test_a_message_beyond_the_limit(self):
        """Is resource_exhausted, however small it was packed."""
        most = 5 * 1024 * 1024
        packed = gzip.compress(b" " * (most + 10))
        error = self.stream_refused("resource_exhausted", self.post(
            "Admin.Verify", enveloped(packed, 1), {**STREAM_JSON, "Connect-Content-Encoding": "gzip"}))
        self.assertIn(str(most), error["message"])
        error = self.refused(429, "resource_exhausted", self.post("Admin.GetClock", packed, {**JSON, "Content-Encoding": "gzip"}))
        self.assertIn(str(most), error["message"])

    def test_a_request_does_not_end_a_stream(self):
        """The flag of the end is the server's."""
        for flags in (2, 3):
            for headers in (STREAM_JSON, {**STREAM_JSON, "Connect-Content-Encoding": "gzip"}):
                self.stream_refused("invalid_argument", self.post("Admin.Verify", enveloped(gzip.compress(b"{}"), flags), headers))

    def test_reserved_flags(self):
        """Nobody knows yet what six of them say, so they are not passed over."""
        for bit in range(2, 8):
            self.stream_refused("invalid_argument", self.post("Admin.Verify", enveloped(b"{}", 1 << bit), STREAM_JSON))

    def test_a_packed_message_of_no_declared_encoding(self):
        """Is an error, whether nothing or identity is said."""
        for more in ({}, {"Connect-Content-Encoding": "identity"}, {"Connect-Accept-Encoding": "gzip"}):
            for message in (gzip.compress(b"{}"), b"{}", b""):
                error = self.stream_refused("internal", self.post("Admin.Verify", enveloped(message, 1), {**STREAM_JSON, **more}))
                self.assertIn("connect-content-encoding", error["message"])

    def test_a_declared_encoding_and_the_flag(self):
        """Only what has the flag is packed."""
        headers = {**STREAM_JSON, "Connect-Content-Encoding": "gzip"}
        self.assertEqual(self.streamed("Admin.Verify", gzip.compress(b"{}"), headers, 1)[2], {})
        self.assertEqual(self.streamed("Admin.Verify", b"{}", headers)[2], {})
        self.stream_refused("invalid_argument", self.post("Admin.Verify", enveloped(gzip.compress(b"{}")), headers))
        self.stream_refused("invalid_argument", self.post("Admin.Verify", enveloped(b"{}", 1), headers))

    def test_messages_of_no_bytes(self):
        """Are empty ones of protobuf, packed or not; of JSON they are none."""
        headers = {**STREAM_PROTO, "Connect-Content-Encoding": "gzip"}
        for flags, fields in ((0, STREAM_PROTO), (0, headers), (1, headers)):
            self.assertEqual(self.streamed("Admin.Verify", b"", fields, flags)[2], {})
        self.stream_refused("invalid_argument", self.post("Admin.Verify", enveloped(b""), STREAM_JSON))

    def test_an_encoding_nobody_undoes_is_unimplemented(self):
        """Told as streams tell things: status 200, the code at the end, what would do in its message."""
        for encoding in ("br", "zstd", "gzip, br"):
            error = self.stream_refused("unimplemented", self.post("Admin.Verify", enveloped(b"{}"), {**STREAM_JSON, "Connect-Content-Encoding": encoding}))
            self.assertIn("gzip", error["message"])
            self.assertIn("identity", error["message"])
        # A stream is packed message by message, never as a whole.
        self.stream_refused("unimplemented", self.post("Admin.Verify", gzip.compress(enveloped(b"{}")), {**STREAM_JSON, "Content-Encoding": "gzip"}))

    def test_timeouts_and_the_version(self):
        """As of unary calls, told at the end."""
        for timeout in BAD_TIMEOUTS:
            self.stream_refused("invalid_argument", self.post("Admin.Verify", enveloped(b"{}"), {**STREAM_JSON, "Connect-Timeout-Ms": timeout}))
        _, _, end = self.streamed("Supervision.WatchDue", b'{"filter": {"tenant": "taisugar"}}', {**STREAM_JSON, "Connect-Timeout-Ms": "0"})
        self.assertEqual(end["error"]["code"], "deadline_exceeded")
        self.stream_refused("invalid_argument", self.post("Admin.Verify", enveloped(b"{}"), {**STREAM_JSON, "Connect-Protocol-Version": "2"}))
        self.assertEqual(self.streamed("Admin.Verify", b"{}", {**STREAM_JSON, "Connect-Protocol-Version": "1", "Connect-Timeout-Ms": "9999999999"})[2], {})

    def test_an_envelope_in_pieces(self):
        """The chunks of HTTP/1.1 are no borders of messages."""
        body = b"".join(b"1\r\n%c\r\n" % byte for byte in enveloped(b"{}")) + b"0\r\n\r\n"
        head = f"POST {path_of('Admin.Verify')} HTTP/1.1\r\nHost: x\r\nContent-Type: application/connect+json\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer = told(self.installation, head.encode() + body)
        self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer)
        # The protocol has no trailers of HTTP: nothing is announced, and nothing stands behind the last chunk.
        self.assertTrue(answer.endswith(b"\x02\0\0\0\x02{}\r\n0\r\n\r\n"), answer)
        self.assertNotIn(b"\r\ntrailer", answer.lower())


class StreamAnswers(Rules):
    FOLLOW = b'{"filter": {"tenant": "taisugar"}, "position": "start"}'

    @classmethod
    def setUpClass(cls):
        for _ in range(4):  # enough to be packed
            lodge(cls.installation.engine)

    def followed(self, headers, message=FOLLOW, flags=0):
        """Headers and two messages of what happens to cases: of all that has, and of one that comes."""
        def following():
            flags, size = struct.unpack(">BI", answer.read(5))
            return flags, answer.read(size)
        self.connection.close()
        self.connection.request("POST", path_of("Changes.WatchChanges"), enveloped(message, flags), headers)
        answer = self.connection.getresponse()
        self.addCleanup(answer.close)
        first = following()
        self.lodge()
        return answer.headers, [first, following()]

    def test_the_last_message_and_no_other_is_the_end(self):
        """It is JSON in either codec; the others are in the codec that was asked."""
        for codec, message in (("json", b"{}"), ("proto", b"")):
            headers, said, end = self.streamed("Admin.Verify", message, {"Content-Type": "application/connect+" + codec})
            self.assertEqual((headers["Content-Type"], end), ("application/connect+" + codec, {}))
            self.assertGreater(len(said), 0)
            self.assertEqual(said[-1][1][:1] == b"{", codec == "json")

    def test_an_error_has_status_200(self):
        """And a success no error, not even an empty one; in either codec."""
        for headers, message in ((STREAM_JSON, b"{"), (STREAM_PROTO, b"\xff")):
            answer = self.post("Supervision.WatchDue", enveloped(message), headers)
            self.assertEqual((answer[0], answer[1]["Content-Type"]), (200, headers["Content-Type"]))
            self.stream_refused("invalid_argument", answer)

    def test_messages_are_packed_each_on_its_own(self):
        """Where the client accepts it, which is said in a field and by a flag; the HTTP body itself is not."""
        for accepted in ("gzip", "br, gzip", "GZIP, identity"):
            headers, said = self.followed({**STREAM_JSON, "Connect-Accept-Encoding": accepted})
            self.assertEqual((headers["Connect-Content-Encoding"], headers["Content-Encoding"], said[0][0]), ("gzip", None, 1))
            for flags, message in said:
                self.assertIn("position", json.loads(gzip.decompress(message) if flags else message))

    def test_messages_are_not_packed_unasked(self):
        """Where the client does not accept it: what HTTP's own field says is of the body, not of messages."""
        for more in ({}, {"Connect-Accept-Encoding": "identity, gzip"}, {"Connect-Accept-Encoding": "br"}, {"Connect-Accept-Encoding": "gzip;q=0"}, {"Accept-Encoding": "gzip"}):
            headers, said = self.followed({**STREAM_JSON, **more})
            self.assertEqual((headers["Connect-Content-Encoding"], headers["Content-Encoding"]), (None, None), more)
            for flags, message in said:
                self.assertEqual((flags, message[:1]), (0, b"{"), more)

    def test_messages_are_packed_as_the_request_is(self):
        """Who does not say what she accepts, accepts the encoding she uses herself."""
        headers, said = self.followed({**STREAM_JSON, "Connect-Content-Encoding": "gzip"}, gzip.compress(self.FOLLOW), 1)
        self.assertEqual((headers["Connect-Content-Encoding"], said[0][0]), ("gzip", 1))


class OtherSites(Rules):
    def test_what_a_page_may_send(self):
        """Before it calls, its browser hears of the methods and of every field of the protocol, and may remember it."""
        asked = {"Origin": self.SITE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,connect-protocol-version"}
        status, headers, _ = ask(self.connection, "OPTIONS", path_of("Admin.GetClock"), None, asked)
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (204, self.SITE))
        self.assertEqual(set(headers["Access-Control-Allow-Methods"].split(", ")), {"GET", "POST"})
        fields = {field.lower() for field in headers["Access-Control-Allow-Headers"].split(", ")}
        self.assertLessEqual({"content-type", "content-encoding", "connect-protocol-version", "connect-timeout-ms", "connect-content-encoding",
                              "connect-accept-encoding", "authorization"}, fields)
        self.assertGreater(int(headers["Access-Control-Max-Age"]), 0)
        self.assertIn("Origin", headers["Vary"])

    def test_what_a_page_may_read(self):
        """Each kind of answer names the site, errors too, and lets it see how a stream is packed."""
        from_there = {"Origin": self.SITE}
        answers = (self.post("Admin.GetClock", {}, {**JSON, **from_there}), self.post("Admin.GetClock", {"x": 1}, {**JSON, **from_there}),
                   ask(self.connection, "GET", url_of("Admin.GetClock", {"message": "{}", "encoding": "json"}), None, from_there),
                   self.post("Admin.GetClock", {}, {"Content-Type": "text/plain", **from_there}),
                   self.post("Admin.Verify", enveloped(b"{}"), {**STREAM_JSON, **from_there}))
        self.assertEqual([status for status, _, _ in answers], [200, 400, 200, 415, 200])
        for _, headers, _ in answers:
            self.assertEqual((headers["Access-Control-Allow-Origin"], headers["Vary"]), (self.SITE, "Origin"))
            self.assertIn("Connect-Content-Encoding", headers["Access-Control-Expose-Headers"])

    def test_what_pages_of_others_may(self):
        """Nothing: neither ask first nor call, by whatever name that resembles."""
        for origin in ("https://evil.example", "null", self.SITE + ".evil.example", "http://cases.example.tw", self.SITE + ":8443"):
            answer = self.post("Admin.GetClock", {}, {**JSON, "Origin": origin})
            self.refused(403, "permission_denied", answer)
            self.assertIsNone(answer[1]["Access-Control-Allow-Origin"])
            self.assertEqual(ask(self.connection, "OPTIONS", path_of("Admin.GetClock"), None, {"Origin": origin, "Access-Control-Request-Method": "POST"})[0], 403)
        self.assertEqual(self.post("Admin.GetClock", {}, {**JSON, "Origin": "http://localhost:5173"})[1]["Access-Control-Allow-Origin"], "http://localhost:5173")


if __name__ == "__main__":
    unittest.main()
