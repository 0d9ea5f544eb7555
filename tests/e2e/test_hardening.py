"""Small ways in: logs that are forged, texts that read as others, other sites' pages, tokens where they do not belong,
a trail that is filled, browsers that leave TLS."""

import contextlib
import json
import pathlib
import re
import shutil
import tempfile
import unittest
import urllib.parse

from authority import Authority, client_context
from contract import Engine, access_pb2, admin_pb2, cases_pb2, counter_pb2, grpc, refusal
from frames import END_HEADERS, HEADERS, PREFACE, SETTINGS, connected, frame, head, literal
from installation import Installation
from over_http import JSON, ask, ask_once, connect, path_of
from serving import Guarded, Serving, lodge_request

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LINE = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z \w+ [^\x00-\x1f\x7f]*$")


class Logs(Serving):
    ARGUMENTS = (*Serving.ARGUMENTS, "--log-level", "debug")

    def test_nothing_sent_forges_a_line(self):
        forged = b"a\r\n2026-01-01T00:00:00.000Z info serving: all is well\x1b[2J\xff"
        for name in (b"casewheel-actor", b"authorization", b"grpc-timeout", b"x-a", b"a\rb", b"grpc-encoding", b":path"):
            with contextlib.closing(connected(self.installation.address)) as sock:
                sock.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, END_HEADERS | 1, 1, head(b"/casewheel.v1.Admin/GetClock") +
                                                                     literal(name, forged)))
                sock.settimeout(1)
                with contextlib.suppress(OSError):
                    while sock.recv(65536):
                        pass
        self.engine.admin.GetClock(admin_pb2.GetClockRequest(), timeout=20)
        for line in self.installation.log_path.read_bytes().decode().rstrip("\n").split("\n"):
            self.assertRegex(line, LINE)

    def test_a_name_is_text(self):
        for name in ("\xff\xfe", "\x80", "a" * 65):
            status, _, body = ask_once(self.installation, "POST", path_of("Admin.GetClock"), {}, {**JSON, "Casewheel-Actor": name})
            self.assertEqual((status, json.loads(body)["code"]), (400, "invalid_argument"), name)


class Texts(Serving):
    def test_what_turns_the_direction_of_writing(self):
        for subject in ("發票\u202efdp.exe", "\u2066x\u2069", "a\u200fb", "a\u200bb", "a\u2028b", "\u3164"):
            refused = refusal(self.engine.cases.LodgeCase, lodge_request(subject=subject), timeout=20)
            self.assertEqual((refused.code, list(refused.fields)), (grpc.StatusCode.INVALID_ARGUMENT, ["subject"]), refused)
        refused = refusal(self.engine.cases.LodgeCase, lodge_request(description="a\u202eb"), timeout=20)
        self.assertEqual(list(refused.fields), ["description"], refused)
        self.lodge(subject="👨\u200d👩\u200d👧 葛\U000e0100城")

    def test_a_long_name_is_cut_at_a_character(self):
        for name in ("王" * 100, "a" + "王" * 100, "ab" + "王" * 100, "𠮷" * 100):
            refused = refusal(self.engine.counter.GetServiceGuide, counter_pb2.GetServiceGuideRequest(tenant="taisugar", service=name), timeout=20)
            self.assertEqual(refused.code, grpc.StatusCode.NOT_FOUND)
            self.assertTrue(refused.details, "which gRPC drops where the text is none")
            status, _, body = ask_once(self.installation, "POST", path_of("Counter.GetServiceGuide"), {"tenant": "taisugar", "service": name}, JSON)
            self.assertEqual(status, 404)
            self.assertNotIn("\ufffd", json.loads(body.decode())["message"])


class OtherSites(Serving):
    def test_what_they_read(self):
        there = {"Origin": "https://elsewhere.example"}
        status, headers, _ = ask_once(self.installation, "POST", "/track", "case=1&factor=1234", {**FORM, **there})
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (400, None))
        status, headers, _ = ask_once(self.installation, "OPTIONS", "/track", None, {**there, "Access-Control-Request-Method": "POST"})
        self.assertIsNone(headers["Access-Control-Allow-Origin"])
        self.assertIsNone(ask_once(self.installation, "GET", "/track", None, there)[1]["Access-Control-Allow-Origin"])
        # The page's own form is of the origin "null".
        self.assertEqual(ask_once(self.installation, "POST", "/track", "case=1&factor=1234", {**FORM, "Origin": "null"})[0], 400)
        self.assertEqual(ask_once(self.installation, "GET", "/openapi.json", None, there)[1]["Access-Control-Allow-Origin"], "*")


class Tokens(Guarded):
    def lodging(self, token):
        said = {"jurisdiction_id": "taisugar", "service_code": "customer-complaint", "description": "x", "address_string": "臺南市", "api_key": token}
        status, _, body = ask_once(self.installation, "POST", "/open311/v2/requests.json", urllib.parse.urlencode(said), FORM)
        return status, body

    def test_a_session_is_no_key(self):
        self.user("sits", access_pb2.Grant(role="agent", tenant="taisugar"))
        session = self.sign_in("sits")
        refused = self.lodging("cwk_0123456789abcdef_" + "x" * 43)
        self.assertIn(refused[0], (401, 403))
        self.assertEqual(self.lodging(session)[0], refused[0], "as any that is not valid")
        self.assertEqual(self.lodging(self.token("integrator", "taisugar"))[0], 201)
        event = "event=newCall&direction=in&callId=7&from=0912-345-678&to=1911&user=1102"
        self.assertEqual(ask_once(self.installation, "POST", f"/cti/v1/taisugar/{session}", event, FORM)[0], 401)
        self.assertEqual(ask_once(self.installation, "POST", f"/cti/v1/taisugar/{self.token('integrator', 'taisugar')}", event, FORM)[0], 200)

    def sign_in(self, name):
        with contextlib.closing(Engine(self.installation.address)) as engine:
            return engine.access.SignIn(access_pb2.SignInRequest(name=name, password="correct horse battery staple"), timeout=20).token

    def test_the_operator_runs_the_installation(self):
        runs = self.open(self.token("operator"))
        runs.admin.GetClock(admin_pb2.GetClockRequest(), timeout=20)
        runs.admin.GetStatistics(admin_pb2.GetStatisticsRequest(), timeout=20)
        self.assertTrue(list(runs.admin.Verify(admin_pb2.VerifyRequest(), timeout=60)))
        backups = str(self.installation.folder / "by-the-operator")
        self.assertTrue(list(runs.admin.CreateBackup(admin_pb2.CreateBackupRequest(directory=backups), timeout=60)))
        for call, request in ((runs.cases.ListCases, cases_pb2.ListCasesRequest(tenant="taisugar")), (runs.access.ListUsers, access_pb2.ListUsersRequest()),
                              (runs.access.SearchAudit, access_pb2.SearchAuditRequest())):
            self.assertEqual(refusal(call, request, timeout=20).code, grpc.StatusCode.PERMISSION_DENIED)


class Trail(Guarded):
    def test_denials_fill_no_trail(self):
        key = self.key(access_pb2.Grant(role="observer", tenant="taisugar"))
        auditor = self.token("auditor")
        denied = self.open(key.token)
        for n in range(300):
            self.assertEqual(refusal(denied.cases.GetCase, cases_pb2.GetCaseRequest(case_number=str(n)), timeout=20).code,
                             grpc.StatusCode.PERMISSION_DENIED)
        self.installation.restart()
        told = self.open(auditor).access.SearchAudit(access_pb2.SearchAuditRequest(who="key:" + key.key.id, outcome="denied", page_size=500), timeout=20)
        self.assertLessEqual(len(told.entries), 25)
        counted = [int(re.match(r"the last of (\d+) more denials", entry.detail).group(1)) for entry in told.entries if entry.detail]
        self.assertEqual(len(told.entries) - len(counted) + sum(counted), 300, "none is uncounted")


class OnlyTls(unittest.TestCase):
    def test_browsers_are_told(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-e2e-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        authority = Authority(folder, "ours")
        server = authority.issue("server", 11)
        installation = Installation("--tls-cert", str(server.certificate), "--tls-key", str(server.key))
        self.addCleanup(installation.remove)
        installation.spawn()
        installation.credentials = grpc.ssl_channel_credentials(authority.certificate.read_bytes())
        installation.wait_ready()
        context = client_context(authority.certificate)
        context.set_alpn_protocols(["http/1.1"])
        for method, path, body, fields in (("GET", "/track", None, {}), ("GET", "/nowhere", None, {}), ("HEAD", "/track", None, {}),
                                           ("POST", path_of("Admin.GetClock"), "{}", JSON), ("GET", "/openapi.json", None, {}),
                                           ("POST", path_of("Supervision.WatchDue"), "x", {"Content-Type": "application/connect+json"})):
            with contextlib.closing(connect(installation, context)) as connection:
                _, headers, _ = ask(connection, method, path, body, fields)
                self.assertRegex(headers["Strict-Transport-Security"] or "", r"^max-age=\d{7,}", path)


if __name__ == "__main__":
    unittest.main()
