"""/track and /receipts over HTTP: what the pages say, in which language, what they are sent with, and what guessing and
odd requests get."""

import contextlib
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

from contract import access_pb2, cases_pb2, counter_pb2, grpc, refusal, tracking_pb2
from installation import PASSWORD
from over_http import ask, connect
from serving import SECRETS, Guarded, Serving, lodge_request, new_id

P = cases_pb2
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Pages(Serving):
    def setUp(self):
        self.connection = connect(self.installation)
        self.addCleanup(self.connection.close)

    def get(self, path, headers=None):
        return ask(self.connection, "GET", path, None, headers)

    def track(self, number, factor, lang="zh", headers=None):
        body = urllib.parse.urlencode({"case": number, "factor": factor})
        status, fields, page = ask(self.connection, "POST", f"/track?lang={lang}", body, {**FORM, **(headers or {})})
        return status, fields, page.decode()

    def strict(self, fields, page):
        policy = fields["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual((fields["Referrer-Policy"], fields["X-Frame-Options"], fields["X-Content-Type-Options"], fields["Cache-Control"]),
                         ("no-referrer", "DENY", "nosniff", "no-store"))
        self.assertEqual(fields["Content-Type"], "text/html; charset=utf-8")
        self.assertNotRegex(page, r"(?i)<script|<link|<img|style=|src=|url\(|@import")
        self.assertLess(len(page.encode()), 20_000)

    def test_the_form_in_two_languages(self):
        for headers, path, lang, word in (({}, "/track", "zh-Hant-TW", "案件進度查詢"), ({"Accept-Language": "en-GB,en;q=0.9"}, "/track", "en", "Track a case"),
                                          ({"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.8"}, "/track", "zh-Hant-TW", "案號"),
                                          ({"Accept-Language": "zh-TW"}, "/track?lang=en", "en", "Case number")):
            status, fields, page = self.get(path, headers)
            page = page.decode()
            self.assertEqual(status, 200)
            self.strict(fields, page)
            self.assertIn(f'<html lang="{lang}">', page)
            self.assertIn(word, page)
        number = self.lodge().case_number
        self.assertIn(f'value="{number}"', self.get(f"/track?case={number}")[2].decode())
        self.assertNotIn("<script", self.get("/track?case=%3Cscript%3E")[2].decode())

    def test_an_applicant_sees_where_it_stands(self):
        number = self.lodge(service="land-lease", missing_documents=["身分證明文件影本"]).case_number
        self.engine.cases.AddNote(P.AddNoteRequest(case_number=number, text="已收件 <b>&</b>", to_applicant=True, request_id=new_id()), timeout=10)
        status, fields, page = self.track(number, "5678")
        self.assertEqual(status, 200, page)
        self.strict(fields, page)
        for word in ("待您補件", "身分證明文件影本", "辦結", "停止計時", "現場勘查", "已收件 &lt;b&gt;&amp;&lt;/b&gt;", "台灣糖業公司", "115 年 1 月 5 日（一）"):
            self.assertIn(word, page)
        english = self.track(number, "5678", "en")[2]
        for word in ("waiting for your documents", "Still needed", "Resolve", "Mon 2026-01-05", "The land is surveyed"):
            self.assertIn(word, english)
        for secret in SECRETS.values():
            self.assertNotIn(secret, page + english)
        # Full width, grouped, as people type.
        grouped = f"{number[:2]} {number[2:9]}-{number[9:]}"
        self.assertEqual(self.track(grouped.translate(str.maketrans("0123456789", "０１２３４５６７８９")), "５６７８")[0], 200)
        code = self.engine.tracking.IssueTrackingCode(tracking_pb2.IssueTrackingCodeRequest(case_number=number), timeout=10).code
        self.assertEqual(self.track(number, code)[0], 200)
        self.assertEqual(self.track(number, code)[0], 403, "a code works once")

    def test_the_first_page_says_what_this_is(self):
        status, fields, page = self.get("/")
        self.assertEqual(status, 200)
        self.strict(fields, page.decode())
        for link in ("/track?lang=zh", "/openapi.json", "/open311/discovery.xml"):
            self.assertIn(f'href="{link}"', page.decode())
            self.assertEqual(self.get(link)[0], 200, link)
        self.assertIn("Track a case", self.get("/?lang=en")[2].decode())
        self.assertEqual(self.get("/nowhere")[0], 404)
        self.assertEqual(ask(self.connection, "POST", "/", "x", FORM)[0], 405)

    def test_subject_fees_and_contact_are_on_the_applicants_page(self):
        number = self.lodge(service="land-lease", subject="租地 電話 0912-345-678").case_number
        fee = self.engine.counter.GetServiceGuide(counter_pb2.GetServiceGuideRequest(tenant="taisugar", service="land-lease"), timeout=10).fees[0]
        self.engine.counter.RecordFee(counter_pb2.RecordFeeRequest(case_number=number, request_id=new_id(), fee=P.NotedFee(fee=fee.id, amount=12500)), timeout=10)
        page = self.track(number, "5678")[2]
        for word in ("租地 電話 0912-***-678", "待繳費用", "12,500", "https://www.taisugar.com.tw"):
            self.assertIn(word, page)
        self.engine.counter.RecordFee(counter_pb2.RecordFeeRequest(
            case_number=number, request_id=new_id(), fee=P.NotedFee(fee=fee.id, amount=12500, paid=True, receipt="R-1")), timeout=10)
        self.assertNotIn("待繳費用", self.track(number, "5678")[2])
        receipt = self.get(f"/receipts/{number}")[2].decode()
        for word in ("R-1", "0912-***-678", "製發時間", "承辦單位", "https://www.taisugar.com.tw"):
            self.assertIn(word, receipt)

    def test_what_does_not_fit_is_told_in_words(self):
        number = self.lodge().case_number
        wrong_digit = number[:-1] + str((int(number[-1]) + 1) % 10)
        for typed, factor, status, word in ((wrong_digit, "5678", 400, "案號有誤"), ("", "5678", 400, "案號有誤"), (number, "56", 400, "驗證資料有誤"),
                                            (number, "0000", 403, "不符")):
            got, fields, page = self.track(typed, factor)
            self.assertEqual(got, status)
            self.strict(fields, page)
            self.assertIn(word, page)
            self.assertIn('role="alert"', page)
            self.assertIn("錯誤：", page)
        for _ in range(20):
            got, fields, page = self.track(number, "0001", "en")
            if got == 429:
                break
        self.assertEqual(got, 429)
        self.assertRegex(page, r"Too many tries: please try again in \d+ (seconds|minutes)\.")
        self.assertGreater(int(fields["Retry-After"]), 0)

    def test_a_browser_posts_its_own_form(self):
        """With no-referrer, browsers name no origin."""
        number = self.lodge().case_number
        self.assertEqual(self.track(number, "5678", headers={"Origin": "null"})[0], 200)

    def test_odd_requests(self):
        self.assertEqual(ask(self.connection, "PUT", "/track", "x", FORM)[0], 405)
        self.assertEqual(ask(self.connection, "POST", "/track", "case=%zz", FORM)[0], 400)
        status, fields, page = ask(self.connection, "HEAD", "/track")
        self.assertEqual((status, page), (200, b""))
        self.assertGreater(int(fields["Content-Length"]), 1000)
        self.assertIn(ask(connect(self.installation), "POST", "/track", "case=" + "1" * 10_000, FORM)[0], (400, 503))

    def test_a_receipt(self):
        number = self.lodge(service="land-lease").case_number
        status, fields, page = self.get(f"/receipts/{number}")
        self.assertEqual(status, 200)
        self.assertIn("受理回執", page.decode())
        self.assertIn("default-src 'none'", fields["Content-Security-Policy"])
        style = re.search(r"style-src ('sha256-[^']+')", fields["Content-Security-Policy"])
        self.assertTrue(style)
        for path, status in (("/receipts/", 404), ("/receipts/123", 404), ("/receipts/%ff", 404), (f"/receipts/{number}/x", 404)):
            self.assertEqual(self.get(path)[0], status, path)


class BehindAProxy(Pages):
    """The proxy says for whom it asks, and each is throttled by herself."""

    ARGUMENTS = (*Serving.ARGUMENTS, "--http-proxy", "127.0.0.0/8")

    def test_a_caller_behind_it_is_throttled_alone(self):
        numbers = [self.lodge().case_number for _ in range(12)]
        one, other = ({"X-Forwarded-For": f"198.51.100.1, {address}"} for address in ("203.0.113.1", "203.0.113.2"))
        answers = [self.track(number, "0001", headers=one)[0] for _ in range(6) for number in numbers]
        self.assertEqual((answers[0], answers[-1]), (403, 429))
        unknown = self.lodge().case_number
        self.assertEqual(self.track(unknown, "5678", headers=one)[0], 429)
        self.assertEqual(self.track(unknown, "5678", headers={"X-Forwarded-For": "203.0.113.1"})[0], 429)
        self.assertEqual(self.track(unknown, "5678", headers=other)[0], 200)


class SignedIn(Guarded):
    """Where callers are asked: a receipt takes the right to lodge, the tracking page nothing."""

    def test_who_may_print_it(self):
        counter = self.token("counter", "taisugar")
        number = self.open(counter).cases.LodgeCase(lodge_request(service="land-lease"), timeout=10).case_number
        connection = connect(self.installation)
        self.addCleanup(connection.close)
        for token, status in ((None, 401), ("wrong", 401), (counter, 200), (self.token("auditor", "taisugar"), 403), (self.token("counter", "cpc"), 404)):
            headers = {"Authorization": "Bearer " + token} if token else {}
            self.assertEqual(ask(connection, "GET", f"/receipts/{number}", None, headers)[0], status, status)
        body = urllib.parse.urlencode({"case": number, "factor": "5678"})
        self.assertEqual(ask(connection, "POST", "/track", body, FORM)[0], 200)

    def test_staff_sign_in_with_a_browser(self):
        counter = self.admin.access.CreateUser(access_pb2.CreateUserRequest(
            user=access_pb2.User(name="counter-wu", grants=[access_pb2.Grant(role="counter", tenant="taisugar")])), timeout=20)
        number = self.open(self.token("counter", "taisugar")).cases.LodgeCase(lodge_request(service="land-lease"), timeout=10).case_number
        connection = connect(self.installation)
        self.addCleanup(connection.close)

        def sign_in(password, **headers):
            form = urllib.parse.urlencode({"name": "counter-wu", "password": password})
            return ask(connection, "POST", f"/receipts/{number}", form, {**FORM, **headers})

        status, fields, page = ask(connection, "GET", f"/receipts/{number}")
        self.assertEqual((status, fields["Referrer-Policy"]), (401, "same-origin"))
        self.assertIn(f'action="/receipts/{number}?lang=zh"', page.decode())
        self.assertIn('type="password"', page.decode())
        self.assertEqual(sign_in("wrong")[0], 403)
        status, fields, page = sign_in(counter.one_time_password)
        self.assertEqual((status, fields["Set-Cookie"]), (403, None))
        self.assertIn("一次性密碼", page.decode())
        self.installation.token_of("counter-wu", counter.one_time_password)  # changes it
        for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
            self.assertEqual(sign_in(PASSWORD, **headers)[0], 403, headers)
        status, fields, _ = sign_in(PASSWORD, Origin=f"http://{self.installation.http_address}")
        self.assertEqual((status, fields["Location"]), (303, f"/receipts/{number}"))
        cookie = fields["Set-Cookie"]
        for part in ("Path=/receipts/", "HttpOnly", "SameSite=Strict"):
            self.assertIn(part, cookie)
        cookie = cookie.split(";")[0]
        status, _, page = ask(connection, "GET", f"/receipts/{number}", None, {"Cookie": f"other=1; {cookie}"})
        self.assertEqual(status, 200)
        self.assertIn("0912-***-678", page.decode())
        # The cookie is of these pages alone: no other method takes it.
        self.assertEqual(ask(connection, "POST", "/casewheel.v1.Cases/GetCase", "{}", {"Content-Type": "application/json", "Cookie": cookie})[0], 401)


    def signed_in(self, name):
        """An account that has set its password, the number of a case, and the cookie of the page."""
        made = self.admin.access.CreateUser(access_pb2.CreateUserRequest(
            user=access_pb2.User(name=name, grants=[access_pb2.Grant(role="counter", tenant="taisugar")])), timeout=20)
        token = self.installation.token_of(name, made.one_time_password)
        number = self.open(token).cases.LodgeCase(lodge_request(service="land-lease"), timeout=10).case_number
        status, fields, _ = self.ask_receipts("POST", number, urllib.parse.urlencode({"name": name, "password": PASSWORD}), FORM)
        self.assertEqual(status, 303)
        return token, number, fields["Set-Cookie"].split(";")[0]

    def ask_receipts(self, verb, number, body=None, headers=None):
        with contextlib.closing(connect(self.installation)) as connection:
            return ask(connection, verb, f"/receipts/{number}", body, headers)

    def test_the_cookie_is_for_receipts_alone(self):
        token, number, cookie = self.signed_in("counter-lai")
        name, _, value = cookie.partition("=")
        self.assertEqual(self.ask_receipts("GET", number, None, {"Cookie": cookie})[0], 200)
        # Whatever the account may do, as a token it opens nothing.
        for method, body in (("Cases/GetCase", {"caseNumber": number}), ("Counter/GetReceipt", {"caseNumber": number}), ("Access/GetIdentity", {}),
                             ("Access/SignOut", {"everywhere": True})):
            with contextlib.closing(connect(self.installation)) as connection:
                asked = ask(connection, "POST", "/casewheel.v1." + method, body, {"Content-Type": "application/json", "Authorization": f"Bearer {value}"})
            self.assertEqual(asked[0], 401, method)
        stolen = self.open(value)
        self.assertEqual(refusal(stolen.cases.GetCase, P.GetCaseRequest(case_number=number)).code, grpc.StatusCode.UNAUTHENTICATED)
        self.assertEqual(self.ask_receipts("GET", number, None, {"Authorization": f"Bearer {value}"})[0], 401)
        # Nor does another session of the account, or a key, count as the page's.
        for other in (token, self.token("counter", "taisugar")):
            self.assertEqual(self.ask_receipts("GET", number, None, {"Cookie": f"{name}={other}"})[0], 401)
        # A bad one in front, as another site of the domain may set it, keeps nobody out.
        self.assertEqual(self.ask_receipts("GET", number, None, {"Cookie": f"{name}=cws_bad; {name}=; {cookie}"})[0], 200)

    def test_the_page_signs_out(self):
        token, number, cookie = self.signed_in("counter-gao")
        status, fields, page = self.ask_receipts("GET", number, None, {"Cookie": cookie})
        self.assertEqual((status, fields["Referrer-Policy"]), (200, "same-origin"))
        self.assertIn("form-action 'self'", fields["Content-Security-Policy"])
        for word in (f'action="/receipts/{number}"', 'name="sign_out"', "登出"):
            self.assertIn(word, page.decode())
        elsewhere = {**FORM, "Cookie": cookie, "Origin": "https://elsewhere.example"}
        self.assertEqual(self.ask_receipts("POST", number, "sign_out=1", elsewhere)[0], 403)
        self.assertEqual(self.ask_receipts("GET", number, None, {"Cookie": cookie})[0], 200)
        status, fields, _ = self.ask_receipts("POST", number, "sign_out=1", {**FORM, "Cookie": cookie})
        self.assertEqual((status, fields["Location"]), (303, f"/receipts/{number}"))
        self.assertIn("Max-Age=0", fields["Set-Cookie"])
        status, _, page = self.ask_receipts("GET", number, None, {"Cookie": cookie})
        self.assertEqual(status, 401)
        self.assertIn("1 小時後自動登出", page.decode())
        # The account's own session goes on, and its page has no button.
        page = self.ask_receipts("GET", number, None, {"Authorization": f"Bearer {token}"})[2].decode()
        self.assertIn("受理回執", page)
        self.assertNotIn("<form", page)
        _, number, cookie = self.signed_in("counter-xie")
        self.admin.access.UpdateUser(access_pb2.UpdateUserRequest(user=access_pb2.User(name="counter-xie", disabled=True)), timeout=20)
        self.assertEqual(self.ask_receipts("GET", number, None, {"Cookie": cookie})[0], 401)

    def test_forms_in_parts(self):
        """multipart/form-data, as everywhere forms are taken."""
        _, number, _ = self.signed_in("counter-he")
        boundary = "----form"

        def parts(**values):
            lines = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in values.items()]
            return "".join(lines) + f"--{boundary}--\r\n"

        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        self.assertEqual(self.ask_receipts("POST", number, parts(name="counter-he", password=PASSWORD), headers)[0], 303)
        with contextlib.closing(connect(self.installation)) as connection:
            status, _, page = ask(connection, "POST", "/track", parts(case=number, factor="5678"), headers)
            self.assertEqual(status, 200)
            self.assertIn("目前狀態", page.decode())
            self.assertEqual(ask(connection, "POST", "/track", "--x", headers)[0], 400)


class Printed(Serving):
    """A receipt fits one page of A4, and a slip of 80 mm is short. By Chromium, as a counter prints it."""

    def get(self, path):
        with contextlib.closing(connect(self.installation)) as connection:
            return ask(connection, "GET", path)

    def pages_of(self, html, size):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "receipt.html"
            source.write_text(html.replace("</head>", f"<style>@page{{size:{size}}}</style></head>", 1))
            target = pathlib.Path(folder) / "receipt.pdf"
            done = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                                   f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}", source.as_uri()],
                                  capture_output=True, timeout=120, check=False)
            self.assertTrue(target.exists(), done.stderr[-500:])
            return len(re.findall(rb"/Type\s*/Page\b(?!s)", target.read_bytes()))

    @unittest.skipUnless(shutil.which("chromium"), "there is no chromium")
    def test_one_page_and_a_short_slip(self):
        number = self.lodge(service="land-lease", missing_documents=["身分證明文件影本", "土地承租申請書"]).case_number
        html = self.get(f"/receipts/{number}")[2].decode()
        self.assertEqual(self.pages_of(html, "A4"), 1)
        # A printer of slips says how wide its paper is; here the page's own size does, which no condition sees.
        slip = html.replace("@media print and (max-width:100mm)", "@media print").replace("@media(max-width:100mm)", "@media all")
        self.assertNotEqual(slip, html)
        self.assertEqual(self.pages_of(slip, "80mm 260mm"), 1)


if __name__ == "__main__":
    unittest.main()
