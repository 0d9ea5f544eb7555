"""The counter: what a service asks, one notice of everything that is missing, places and answers with a case,
fees, and the receipt, over gRPC and by the command line."""

import json
import re
import unittest

from contract import cases_pb2, counter_pb2, grpc, history_of, privacy_pb2, refusal
from serving import Serving, lodge_request, new_id

C = counter_pb2
P = cases_pb2
TAIPOWER = {"tenant": "taipower", "service": "account-transfer"}
ANSWERS = [P.Attribute(code="customer-number", values=["07-1234-5678"]), P.Attribute(code="reason", values=["sale"])]


class Counter(Serving):
    ARGUMENTS = (*Serving.ARGUMENTS, "--public-url", "https://cases.example.tw")

    def cli(self, *arguments, code=0):
        done = self.installation.cli(*arguments)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout

    def apply(self, **fields):
        request = lodge_request(**TAIPOWER, channel=P.CHANNEL_COUNTER, subject="過戶")
        request.attributes.extend(ANSWERS)
        request.place.address = "臺北市大安區和平東路一段 1 號"
        request.place.position.latitude, request.place.position.longitude = 25.026, 121.527
        request.media_url = "https://photos.example.tw/p/1.jpg?who=0912345678"
        for name, value in fields.items():
            getattr(request, name).extend(value)
        return self.engine.cases.LodgeCase(request, timeout=10).case_number

    def test_a_guide_says_what_is_asked_and_how_long_it_takes(self):
        guide = self.engine.counter.GetServiceGuide(C.GetServiceGuideRequest(tenant="taipower", service="new-supply"), timeout=10)
        self.assertEqual(len(guide.documents), 4)
        self.assertEqual([a.code for a in guide.attributes if a.required], ["capacity-kw", "use"])
        self.assertEqual([(f.id, f.amount) for f in guide.fees], [("survey", 500), ("line-subsidy", 0)])
        self.assertEqual(len(guide.steps_zh), len(guide.steps_en))
        limits = " ".join(limit.text_zh for limit in guide.time_limits)
        self.assertIn("首次回應：7 個工作天", limits)
        self.assertIn("約定日期：與您約定", limits)
        self.assertNotIn("接案", limits, "no promise to applicants")
        wrong = refusal(self.engine.counter.GetServiceGuide, C.GetServiceGuideRequest(tenant="taipower", service="x"))
        self.assertEqual(wrong.code, grpc.StatusCode.NOT_FOUND)
        self.assertIn("tenant", refusal(self.engine.counter.ListServices, C.ListServicesRequest()).fields)
        whole = self.engine.counter.ListServices(C.ListServicesRequest(tenant="taipower"), timeout=10)
        offered = self.engine.counter.ListServices(C.ListServicesRequest(tenant="taipower", offered_only=True), timeout=10)
        self.assertLess(len(offered.services), len(whole.services))
        self.assertIn("停電通報", self.cli("services", "--tenant", "taipower"))
        self.assertIn("capacity-kw", self.cli("services", "--tenant", "taipower", "new-supply"))

    def test_everything_missing_is_one_notice(self):
        asked = C.CheckApplicationRequest(**TAIPOWER, documents=["過戶登記單"],
                                          attributes=[P.Attribute(code="reason", values=["gift"]), P.Attribute(code="colour", values=["x"])])
        told = self.engine.counter.CheckApplication(asked, timeout=10)
        self.assertFalse(told.complete)
        self.assertEqual(list(told.missing_documents), ["身分證明文件影本", "最近一期電費通知單"])
        self.assertEqual({f.code for f in told.faults}, {"customer-number", "reason", "colour"})
        self.assertEqual(told.notice_zh, "申辦「用電過戶」尚須補齊下列事項，請一次備妥：\n1. 文件：身分證明文件影本、最近一期電費通知單。\n"
                         "2. 資料：過戶原因（不在選項內）、colour（本項服務不需填寫）、電號（未填）。")
        self.assertIn("Transfer of account", told.notice_en)
        self.assertEqual(list(told.unknown_documents), [])
        misspelt = C.CheckApplicationRequest(**TAIPOWER, documents=["過戶登記表"], attributes=ANSWERS)
        told_of = self.engine.counter.CheckApplication(misspelt, timeout=10)
        self.assertEqual((list(told_of.unknown_documents), "過戶登記單" in told_of.missing_documents), (["過戶登記表"], True))
        whole = C.CheckApplicationRequest(**TAIPOWER, documents=["過戶登記單", *told.missing_documents], attributes=ANSWERS)
        self.assertTrue(self.engine.counter.CheckApplication(whole, timeout=10).complete)
        typed = ("check", "--tenant", "taipower", "--service", "account-transfer", "--attribute", "reason=sale")
        self.assertIn("電號（未填）", self.cli(*typed))
        self.assertEqual(json.loads(self.cli("--json", *typed, "--attribute", "customer-number=1"))["missing_documents"][0], "過戶登記單")

    def test_what_does_not_fit_is_refused_by_field(self):
        request = lodge_request(**TAIPOWER)
        request.attributes.extend([P.Attribute(code="reason", values=["gift"]), P.Attribute(code="colour", values=["red"])])
        request.fees.add(fee="no-such")
        wrong = refusal(self.engine.cases.LodgeCase, request)
        self.assertEqual(set(wrong.fields), {"attributes[reason]", "attributes[1]", "attributes[customer-number]", "fees[0].fee"})
        request = lodge_request(**TAIPOWER)
        request.attributes.extend(ANSWERS)
        request.place.position.latitude = 91
        request.place.address = "x" * 301
        request.media_url = "ftp://x"
        request.call = "xyz"
        self.assertEqual(set(refusal(self.engine.cases.LodgeCase, request).fields),
                         {"place.position.latitude", "place.address", "media_url", "call"})
        # A service that asks nothing goes on as before, and takes no answers.
        self.assertTrue(self.lodge(service="land-lease").case_number)
        extra = lodge_request(service="opinion-box", kind=P.KIND_OPINION)
        extra.attributes.add(code="x", values=["y"])
        self.assertIn("attributes[0]", refusal(self.engine.cases.LodgeCase, extra).fields)

    def test_place_and_answers_are_personal(self):
        number = self.apply()
        case = self.get(number)
        self.assertEqual(case.place.address, "臺北市大安區***")
        self.assertFalse(case.place.HasField("position"))
        self.assertEqual(case.media_url, "https://photos.example.tw/***")
        answers = {a.code: list(a.values) for a in case.attributes}
        self.assertEqual(answers["reason"], ["sale"])
        shown = self.engine.privacy.RevealCase(privacy_pb2.RevealCaseRequest(case_number=number, reason="test"), timeout=10)
        self.assertAlmostEqual(shown.case.place.position.longitude, 121.527)
        self.assertEqual({a.code: list(a.values) for a in shown.case.attributes}["customer-number"], ["07-1234-5678"])
        self.engine.cases.WithdrawCase(P.WithdrawCaseRequest(case_number=number, reason="x", request_id=new_id()), timeout=10)
        self.engine.privacy.ErasePerson(privacy_pb2.ErasePersonRequest(tenant="taipower", case_numbers=[number], reason="test"), timeout=30)
        gone = self.get(number)
        self.assertFalse(gone.HasField("place") or gone.attributes or gone.media_url)

    def test_fees_are_noted_and_paid(self):
        number = self.cli("--json", "lodge", "--tenant", "taipower", "--service", "new-supply", "--channel", "counter", "--subject", "新設",
                          "--attribute", "capacity-kw=30", "--attribute", "use=shop", "--fee", "survey", "--fee", "line-subsidy", "--as", "tp013")
        number = json.loads(number)["case_number"]
        self.assertEqual([(f.fee, f.amount, f.paid) for f in self.get(number).fees], [("survey", 500, False), ("line-subsidy", 0, False)])
        self.cli("fee", number, "--fee", "survey", "--paid", "--receipt", "R-7", "--as", "tp013")
        case = self.engine.counter.RecordFee(C.RecordFeeRequest(case_number=number, fee=P.NotedFee(fee="line-subsidy", amount=12000),
                                                                request_id=new_id()), timeout=10)
        self.assertEqual([(f.fee, f.amount, f.paid, f.receipt) for f in case.fees],
                         [("survey", 500, True, "R-7"), ("line-subsidy", 12000, False, "")])
        events = [e for e in history_of(self.engine, number) if e.event == "fee_recorded"]
        self.assertEqual([e.changes[0].value for e in events], ["survey 500, paid R-7", "line-subsidy 12000"])
        self.assertIn("survey", self.cli("show", number))
        for fee, field in ((P.NotedFee(fee="x"), "fee.fee"), (P.NotedFee(fee="survey", receipt="R"), "fee.receipt"),
                           (P.NotedFee(fee="survey", paid=True, receipt="0912-345-678"), "fee.receipt"),
                           (P.NotedFee(fee="survey", amount=100_000_001), "fee.amount"), (P.NotedFee(), "fee.fee")):
            self.assertIn(field, refusal(self.engine.counter.RecordFee, C.RecordFeeRequest(
                case_number=number, fee=fee, request_id=new_id())).fields)

    def test_the_receipt_says_it_all_and_no_secret(self):
        number = self.apply(missing_documents=["最近一期電費通知單"])
        html = self.engine.counter.GetReceipt(C.GetReceiptRequest(case_number=number), timeout=10, metadata=[("casewheel-actor", "tp013")]).html
        self.assertRegex(html, "經辦人.*許心怡")
        grouped = f"{number[:2]} {number[2:9]} {number[9:-3]} {number[-3:]}"
        for word in ("台灣電力公司", "用電過戶", "Transfer of account", grouped, "最近一期電費通知單", "115 年 1 月 5 日（一）09:00",
                     "Mon 2026-01-05 09:00", "辦結", "核對證件", "<svg", f"https://cases.example.tw/track?case={number}", "秘○○○○○明"):
            self.assertIn(word, html)
        for secret in ("0912345678", "秘密姓名", "秘密路", "CN-7788-SECRET", "和平東路", "07-1234-5678"):
            self.assertNotIn(secret, html)
        self.assertNotRegex(html, r"(?i)<script|<link|<img|src=|url\(")
        self.assertLess(len(html.encode()), 40_000)
        path = self.installation.folder / "receipt.html"
        self.cli("receipt", *grouped.split(), "--out", path, "--as", "tp013")
        done = self.installation.cli("--json", "receipt", number)
        self.assertEqual((json.loads(done.stdout)["tracking_url"], done.stderr), (f"https://cases.example.tw/track?case={number}", ""))
        self.assertEqual(re.sub(r"\s", "", path.read_text()), re.sub(r"\s", "", html))


if __name__ == "__main__":
    unittest.main()
