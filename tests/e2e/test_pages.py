"""/track and /receipts over HTTP: what the pages say, in which language, what they are sent with, and what guessing and
odd requests get."""

import re
import unittest
import urllib.parse

from contract import cases_pb2, tracking_pb2
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


if __name__ == "__main__":
    unittest.main()
