"""Open311 GeoReport v2 by Python's requests, as an app of any city would ask: both formats, the schema of the
answers, lodging, errors, queries, updates, keys, what strangers never see, and Boston's own reports sent and
read back (with CASEWHEEL_DATA, the folder of the real data)."""

import csv
import datetime
import os
import pathlib
import unittest

from contract import ROOT, admin_pb2, cases_pb2, catalogue_pb2, history_of, ms_of
from installation import Installation
from serving import HOUR_MS, Guarded, Serving, lodge_request, new_id

try:
    import requests
    from lxml import etree
except ImportError:
    raise unittest.SkipTest("python3-requests and python3-lxml are missing") from None

P = cases_pb2
HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = etree.XMLSchema(etree.parse(str(HERE / "open311.xsd")))

# What a report brings of its reporter, and what must never come back.
REPORTER = {"first_name": "大同", "last_name": "林", "phone": "0912-345-678", "email": "planted.secret@example.tw",
            "device_id": "device-77", "account_id": "acc-9"}


class Asking(Serving):
    def setUp(self):
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy of the environment
        self.addCleanup(self.session.close)

    def url(self, path):
        return f"http://{self.installation.http_address}/open311/{path}"

    def get(self, path, expected=200, **query):
        answer = self.session.get(self.url(path), params=query, timeout=20)
        return self.checked(answer, expected)

    def post(self, path, form, status=201, **headers):
        answer = self.session.post(self.url(path), data=form, headers=headers, timeout=20)
        return self.checked(answer, status)

    def checked(self, answer, status):
        """Parsed: of XML its root, valid by the schema."""
        self.assertEqual(answer.status_code, status, answer.text)
        if answer.headers["Content-Type"] == "text/xml; charset=utf-8":
            self.assertTrue(answer.text.startswith('<?xml version="1.0" encoding="utf-8"?>'), answer.text[:80])
            root = etree.fromstring(answer.content)
            self.assertTrue(SCHEMA.validate(root), f"{SCHEMA.error_log}\n{answer.text}")
            return root
        self.assertEqual(answer.headers["Content-Type"], "application/json; charset=utf-8")
        return answer.json()

    def report(self, status=201, format="json", headers=None, **fields):
        form = {"jurisdiction_id": "water", "service_code": "burst-main", "lat": "24.1477", "long": "120.6736",
                "address_string": "臺中市中區自由路二段 1 號前", "description": "路面冒水，請回電 0987-654-321\n已一小時",
                "attribute[where]": "road", "media_url": "https://photos.example.tw/1.jpg", **REPORTER, **fields}
        return self.post(f"v2/requests.{format}", form, status, **(headers or {}))


class Open311(Asking):
    def test_discovery_and_services_in_both_formats(self):
        xml, json = self.get("discovery.xml"), self.get("discovery.json")
        self.assertEqual(json["endpoints"][0]["formats"], [e.text for e in xml.iterfind(".//format")])
        self.assertEqual(json["endpoints"][0]["type"], "test", "on a virtual clock nobody works on what is lodged")
        base = json["endpoints"][0]["url"]
        self.assertEqual(base, f"http://{self.installation.http_address}/open311/v2")
        self.assertIn("1910", self.get("discovery.json", jurisdiction_id="water")["contact"])
        listed = self.session.get(base + "/services.json", params={"jurisdiction_id": "water"}, timeout=20).json()
        codes = [s["service_code"] for s in listed]
        self.assertIn("burst-main", codes)
        self.assertNotIn("outage-information", codes, "not offered to apps")
        self.assertEqual([e.text for e in self.get("v2/services.xml", jurisdiction_id="water").iterfind(".//service_code")], codes)
        burst = next(s for s in listed if s["service_code"] == "burst-main")
        self.assertEqual((burst["metadata"], burst["type"], burst["group"]), (True, "realtime", "報修"))
        self.assertIn("leak", burst["keywords"].split(","))
        english = self.get("v2/services.json", jurisdiction_id="water", locale="en")
        self.assertIn("Burst or leaking main", [s["service_name"] for s in english])

    def test_a_definition_has_every_type(self):
        types = set()
        for tenant in ("taipower", "cpc", "taisugar", "water"):
            for service in self.get("v2/services.json", jurisdiction_id=tenant):
                code = service["service_code"]
                json = self.get(f"v2/services/{code}.json", jurisdiction_id=tenant)
                xml = self.get(f"v2/services/{code}.xml", jurisdiction_id=tenant)
                self.assertEqual(json["service_code"], code)
                self.assertEqual(bool(json["attributes"]), service["metadata"])
                self.assertEqual([a["code"] for a in json["attributes"]], [e.text for e in xml.iterfind("attributes/attribute/code")])
                self.assertEqual([a["order"] for a in json["attributes"]], list(range(1, len(json["attributes"]) + 1)))
                types |= {a["datatype"] for a in json["attributes"]}
        self.assertEqual(types, {"string", "number", "datetime", "singlevaluelist", "multivaluelist"})

    def test_jurisdictions_and_what_is_not_there(self):
        missing = self.get("v2/services.xml", 400)
        self.assertIn("jurisdiction_id", missing.findtext("error/description"))
        self.assertEqual(self.get("v2/services.json", 404, jurisdiction_id="nowhere")[0]["code"], 404)
        self.assertEqual(self.get("v2/services/no-such.json", 404, jurisdiction_id="water")[0]["code"], 404)
        self.assertEqual(self.get("v2/services.yaml", 404).findtext("error/code"), "404")
        self.assertEqual(self.get("v2/nothing.json", 404)[0]["code"], 404)
        self.assertEqual(self.get("v2/requests/13115010500001004.json", 404)[0]["code"], 404)
        self.assertEqual(self.get("v2/tokens/abc.json", 404)[0]["code"], 404)
        self.assertEqual(self.get("v2/requests.xml", 404, service_request_id="99,abc").findtext("error/code"), "404")
        # An empty parameter is none.
        self.get("v2/services.json", 400, jurisdiction_id="")

    def test_a_report_becomes_a_case(self):
        answer = self.report(headers={"Accept-Language": "zh"})[0]
        number = answer["service_request_id"]
        self.assertIn("辦理期限", answer["service_notice"])
        case = self.engine.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10)
        self.assertEqual((case.tenant, case.service, case.channel), ("water", "burst-main", P.CHANNEL_APP))
        self.assertEqual(case.subject, "路面冒水，請回電 0987-***-321")
        self.assertEqual((case.applicant.name, case.applicant.phone), ("林○同", "0912-***-678"))
        self.assertEqual([(a.code, list(a.values)) for a in case.attributes], [("where", ["road"])])
        self.assertAlmostEqual(case.place.position.latitude, 24.1477)
        self.assertEqual(case.external_reference, "acc-9")
        self.assertEqual(history_of(self.engine, number)[0].event, "case_lodged")

    def test_xml_and_json_lodge_alike(self):
        xml = self.report(format="xml")
        json = self.report(format="json")
        numbers = [xml.findtext("request/service_request_id"), json[0]["service_request_id"]]
        histories = [[(e.event, [(c.field, c.value) for c in e.changes if not c.field.endswith("_time")])
                      for e in history_of(self.engine, number)] for number in numbers]
        self.assertEqual(*histories)

    def test_everything_wrong_is_told_at_once(self):
        errors = self.post("v2/requests.json", {"jurisdiction_id": "taipower", "service_code": "street-hazard",
                                                "lat": "124", "long": "121.5", "attribute[object]": "dragon", "attribute[colour]": "red",
                                                "attribute[dangers][]": ["sparks", "sparks"], "description": "x"}, 400)
        self.assertTrue(all(e["code"] == 400 for e in errors))
        self.assertTrue(any("lat" in e["description"] for e in errors), errors)
        errors = self.post("v2/requests.json", {"jurisdiction_id": "taipower", "service_code": "street-hazard",
                                                "lat": "24", "long": "121.5", "attribute[colour]": "red",
                                                "attribute[dangers][]": ["sparks", "lava"], "description": "x"}, 400)
        told = " ".join(e["description"] for e in errors)
        for word in ("attribute[object]: is required", "attribute[0]", "attribute[dangers]"):
            self.assertIn(word, told)
        errors = self.post("v2/requests.xml", {"jurisdiction_id": "water", "service_code": "", "description": "x"}, 400)
        self.assertEqual(len(errors.findall("error")), 2, "no service_code, no place")
        self.assertEqual(self.report(404, service_code="no-such")[0]["code"], 404)
        self.assertEqual(self.report(404, service_code="outage-information")[0]["code"], 404, "not offered")
        self.assertIn("long", self.report(400, long="")[0]["description"])
        self.assertIn("lat", self.report(400, lat="NaN")[0]["description"])
        self.assertIn("4000", self.report(400, description="字" * 4001)[0]["description"].replace(",", ""))
        self.report(201, description="字" * 4000)
        self.assertIn("media_url", self.report(400, media_url="javascript:alert(1)")[0]["description"])

    def test_lists_of_values_and_the_least_report(self):
        form = {"jurisdiction_id": "taipower", "service_code": "street-hazard", "address_id": "A-1",
                "attribute[object]": "pole", "attribute[dangers][]": ["sparks", "blocks-road"]}
        number = self.post("v2/requests.json", form)[0]["service_request_id"]
        case = self.engine.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10)
        self.assertEqual({a.code: list(a.values) for a in case.attributes},
                         {"object": ["pole"], "dangers": ["sparks", "blocks-road"]})
        self.assertEqual((case.subject, case.channel), ("線路危險通報", P.CHANNEL_WEB))

    def test_the_same_key_makes_one_case(self):
        key = {"Idempotency-Key": new_id("open311")}
        first = self.report(headers=key)[0]["service_request_id"]
        self.assertEqual(self.report(200, headers=key)[0]["service_request_id"], first)
        self.assertEqual(self.report(409, headers=key, description="another")[0]["code"], 409)
        self.assertNotEqual(self.report()[0]["service_request_id"], self.report()[0]["service_request_id"])

    def test_strangers_see_what_is_listed_and_nobody(self):
        number = self.report()[0]["service_request_id"]
        offered = self.report(service_code="no-water", **{"attribute[where]": "", "attribute[since]": "2026-01-05T08:00",
                                                          "attribute[extent]": "house"})[0]["service_request_id"]
        hidden = self.lodge(tenant="water", service="outage-information").case_number
        for ext in ("true", ""):
            texts = [self.session.get(self.url(f"v2/requests/{number}.{f}"), params={"extensions": ext}, timeout=20).text for f in ("xml", "json")]
            texts += [self.session.get(self.url(f"v2/requests.{f}"), params={"jurisdiction_id": "water", "extensions": ext}, timeout=20).text
                      for f in ("xml", "json")]
            for text in texts:
                for secret in (*REPORTER.values(), "林○同", "0987-654-321", "0912", hidden):
                    self.assertNotIn(secret, text)
        shown = self.get(f"v2/requests/{number}.json", extensions="true")[0]
        self.assertEqual((shown["status"], shown["agency_responsible"], shown["lat"]), ("open", "台灣自來水公司", 24.1477))
        self.assertIn("0987-***-321", shown["description"])
        self.assertEqual(shown["attributes"], [{"code": "where", "values": ["road"]}])
        self.get(f"v2/requests/{number}.xml", extensions="true")
        self.get(f"v2/requests/{hidden}.json", 404)
        one = self.get(f"v2/requests/{offered}.json")[0]
        self.assertEqual((one["description"], one["address"], one["lat"], one["media_url"]), (None, None, None, None))
        listed = [r["service_request_id"] for r in self.get("v2/requests.json", jurisdiction_id="water")]
        self.assertIn(number, listed)
        self.assertNotIn(offered, listed)
        self.assertEqual(self.get(f"v2/tokens/{number}.json")[0], {"service_request_id": number, "token": number})

    def test_expected_is_the_earliest_promise(self):
        number = self.report()[0]["service_request_id"]
        shown = self.get(f"v2/requests/{number}.json")[0]
        case = self.engine.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10)
        promised = {P.CLOCK_KIND_FIRST_RESPONSE, P.CLOCK_KIND_REPLY, P.CLOCK_KIND_RESOLVE, P.CLOCK_KIND_AGREED_DATE}
        due = min(ms_of(c.due_time) for c in case.clocks if c.kind in promised)
        told = datetime.datetime.fromisoformat(shown["expected_datetime"])
        self.assertEqual(told.utcoffset(), datetime.timedelta(hours=8))
        self.assertEqual(int(told.timestamp()), due // 1000)

    def test_queries_and_pages(self):
        before = self.now_ms()
        self.advance(HOUR_MS)
        made = [self.report()[0]["service_request_id"] for _ in range(7)]
        start = datetime.datetime.fromtimestamp(before / 1000 + 60, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = {"jurisdiction_id": "water", "start_date": start}
        whole = [r["service_request_id"] for r in self.get("v2/requests.json", **query)]
        self.assertEqual(whole, made[::-1], "newest first")
        paged = []
        for page in (1, 2, 3):
            paged += [r["service_request_id"] for r in self.get("v2/requests.json", page=page, page_size=3, **query)]
        self.assertEqual(paged, whole)
        answer = self.session.get(self.url("v2/requests.json"), params={"page_size": 3, **query}, timeout=20)
        following = self.session.get(f"http://{self.installation.http_address}{answer.links['next']['url']}", timeout=20)
        self.assertEqual([r["service_request_id"] for r in self.checked(following, 200)], whole[3:6])
        one = made[0]
        self.engine.cases.CloseCase(P.CloseCaseRequest(case_number=one, outcome=P.OUTCOME_RESOLVED, text="已修復", request_id=new_id()), timeout=10)
        self.assertEqual([r["service_request_id"] for r in self.get("v2/requests.json", status="closed", **query)], [one])
        self.assertEqual(len(self.get("v2/requests.json", status="open,closed", **query)), 7)
        self.assertEqual(len(self.get("v2/requests.json", service_code="burst-main", status="open", **query)), 6)
        self.assertEqual(self.get("v2/requests.json", service_code="no-water", **query), [])
        named = self.get("v2/requests.json", service_request_id=f"{made[1]},{made[2]}", status="closed")
        self.assertEqual([r["service_request_id"] for r in named], [made[1], made[2]])
        closed = self.get(f"v2/requests/{one}.json")[0]
        self.assertEqual((closed["status"], closed["status_notes"], closed["expected_datetime"]), ("closed", "已結案", None))
        for wrong in ({"start_date": "yesterday"}, {"status": "stuck"}, {"page": "0"}, {"page_size": "501"}, {"page": "30", "page_size": "500"},
                      {"start_date": "2025-01-01T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"},
                      {"start_date": "2026-01-02", "end_date": "2025-12-30"}, {"page_token": "zz"}):
            self.assertEqual(self.get("v2/requests.json", 400, **{"jurisdiction_id": "water", **wrong})[0]["code"], 400, wrong)
        self.get("v2/requests.json", 404, jurisdiction_id="water", service_code="burst-main,no-such")
        # A "+" that was not escaped, and a date alone.
        self.session.get(self.url("v2/requests.json?jurisdiction_id=water&start_date=2026-01-05T00:00:00+08:00"), timeout=20).raise_for_status()
        self.get("v2/requests.xml", jurisdiction_id="water", start_date="2026-01-01", end_date="2026-01-31")

    def test_updates_both_ways(self):
        number = self.report()[0]["service_request_id"]
        update = {"service_request_id": number, "update_id": new_id("u"), "status": "open", "description": "已派員", "jurisdiction_id": "water"}
        self.post("v2/servicerequestupdates.json", update)
        again = self.post("v2/servicerequestupdates.xml", update)
        self.assertEqual(again.findtext("request_update/service_request_id"), number)
        self.post("v2/servicerequestupdates.json", {**update, "update_id": new_id("u"), "status": "closed", "description": "已修復"})
        events = [e.event for e in history_of(self.engine, number)]
        self.assertEqual([events.count(e) for e in ("note_added", "case_replied", "case_closed")], [1, 1, 1])
        for format in ("json", "xml"):
            listed = self.get(f"v2/servicerequestupdates.{format}", jurisdiction_id="water")
        rows = self.get("v2/servicerequestupdates.json", jurisdiction_id="water")
        row = next(r for r in rows if r["service_request_id"] == number)
        self.assertEqual((row["status"], row["description"]), ("closed", "已結案"))
        self.assertEqual(listed.tag, "service_request_updates")
        self.assertEqual(self.get("v2/servicerequestupdates.json", service_request_id=number)[0]["update_id"], row["update_id"])
        self.post("v2/servicerequestupdates.json", {"jurisdiction_id": "water", "status": "odd"}, 400)

    def test_the_updates_of_fixmystreet(self):
        """Its fields and words (perllib/Open311.pm), as parts of a form too."""
        number = self.report()[0]["service_request_id"]
        update = {"jurisdiction_id": "water", "update_id_ext": new_id("u"), "updated_datetime": "2020-01-01T09:00:00+08:00",
                  "service_request_id": number, "service_request_id_ext": "9", "status": "OPEN", "email": "a@example.org",
                  "description": "還在漏水", "public_anonymity_required": "FALSE", "last_name": "林", "first_name": "大同"}
        self.post("v2/servicerequestupdates.xml", update)
        self.post("v2/servicerequestupdates.xml", update)
        fixed = {**update, "update_id_ext": new_id("u"), "updated_datetime": "", "status": "Fixed - Council", "description": "已修復"}
        answer = self.session.post(self.url("v2/servicerequestupdates.json"), timeout=20,
                                   files={name: (None, value) for name, value in fixed.items()})
        self.assertEqual(answer.status_code, 201, answer.text)
        case = self.engine.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10)
        self.assertEqual((case.status, case.outcome), (P.CASE_STATUS_CLOSED, P.OUTCOME_RESOLVED))
        # What was said before the end is told, and takes nothing up again.
        self.post("v2/servicerequestupdates.json", {**update, "update_id_ext": new_id("u"), "description": "昨天還在漏"})
        self.assertEqual(self.get_case(number).status, P.CASE_STATUS_CLOSED)
        # The other system says that it is open: it is, and somebody sees it.
        self.post("v2/servicerequestupdates.json", {**update, "update_id_ext": new_id("u"), "description": "又漏了", "updated_datetime": ""})
        self.assertNotEqual(self.get_case(number).status, P.CASE_STATUS_CLOSED)
        events = [e.event for e in history_of(self.engine, number)]
        self.assertEqual([events.count(e) for e in ("note_added", "case_replied", "case_closed", "case_reopened")], [3, 1, 1, 1])
        for wrong in ({"jurisdiction_id": "taipower"}, {"service_request_id": "13115010500001004"}):
            self.post("v2/servicerequestupdates.json", {**update, "update_id_ext": new_id("u"), **wrong}, 404)
        self.get("v2/requests.json", 404, jurisdiction_id="taipower", service_request_id=number)

    def get_case(self, number):
        return self.engine.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10)

    def stated(self, offset_s):
        """So many seconds after now, as FixMyStreet writes a time."""
        at = datetime.datetime.fromtimestamp(self.now_ms() // 1000 + offset_s, datetime.timezone(datetime.timedelta(hours=8)))
        return at.isoformat()

    def send(self, number, status_code=201, **fields):
        update = {"jurisdiction_id": "water", "service_request_id": number, "update_id": new_id("u"), **fields}
        return update, self.post("v2/servicerequestupdates.json", update, status_code)

    def test_what_is_older_overwrites_nothing(self):
        number = self.report()[0]["service_request_id"]
        self.advance(HOUR_MS)
        self.send(number, status="CLOSED", description="已修復", updated_datetime=self.stated(-600))
        self.assertEqual(self.get_case(number).close_time.ToMilliseconds() // 1000, self.now_ms() // 1000 - 600)
        self.send(number, status="OPEN", description="還沒修好", updated_datetime=self.stated(-900))
        self.assertEqual(self.get_case(number).status, P.CASE_STATUS_CLOSED)
        self.send(number, status="OPEN", description="又壞了", updated_datetime=self.stated(-300))
        self.assertNotEqual(self.get_case(number).status, P.CASE_STATUS_CLOSED)
        # An end of before it was taken up again is told, and ends nothing.
        self.advance(HOUR_MS)
        self.send(number, status="FIXED", description="早先已修", updated_datetime=self.stated(-4200))
        self.assertNotEqual(self.get_case(number).status, P.CASE_STATUS_CLOSED)
        self.send(number, status="FIXED", description="這次修好了", updated_datetime=self.stated(-60))
        self.assertEqual(self.get_case(number).status, P.CASE_STATUS_CLOSED)
        texts = [e.text for e in history_of(self.engine, number) if e.event in ("note_added", "case_replied")]
        self.assertEqual(texts, ["已修復", "還沒修好", "又壞了", "早先已修", "這次修好了"])

    def test_times_of_another_clock(self):
        """A time before the receipt or a little ahead is taken, told again as well, and the text keeps it."""
        for offset in (-7200, 5):
            number = self.report()[0]["service_request_id"]
            self.advance(60_000)
            update, _ = self.send(number, status="FIXED", description="已修復", updated_datetime=self.stated(offset))
            case = self.get_case(number)
            self.assertEqual((case.status, case.outcome), (P.CASE_STATUS_CLOSED, P.OUTCOME_RESOLVED))
            self.assertLessEqual(case.received_time.ToMilliseconds(), case.close_time.ToMilliseconds())
            self.advance(60_000)
            self.post("v2/servicerequestupdates.json", update)
            replies = [e for e in history_of(self.engine, number) if e.event == "case_replied"]
            self.assertEqual(len(replies), 1)
            self.assertTrue(replies[0].text.startswith("已修復\n"), replies[0].text)
            self.assertIn(update["updated_datetime"], replies[0].text)
            self.post("v2/servicerequestupdates.json", {**update, "description": "別的"}, 409)
        number = self.report()[0]["service_request_id"]
        for status in ("FIXED", "OPEN"):
            errors = self.send(number, 400, status=status, description="x", updated_datetime=self.stated(300))[1]
            self.assertEqual(errors[0]["description"], "updated_datetime: lies in the future")
        self.send(number, status="OPEN", description="還在漏", updated_datetime=self.stated(-7200))

    def test_updates_without_words(self):
        number = self.report()[0]["service_request_id"]
        self.send(number, status="INVESTIGATING")
        self.send(number, status="OPEN", media_url="https://a.example/1.jpg")
        self.send(number, media_url="https://a.example/2.jpg")
        self.send(number, status="FIXED", description=" ")
        self.assertEqual(self.get_case(number).status, P.CASE_STATUS_CLOSED)
        self.send(number, media_url="https://a.example/3.jpg")
        self.assertEqual(self.get_case(number).status, P.CASE_STATUS_CLOSED, "it says nothing of that")
        texts = [e.text for e in history_of(self.engine, number) if e.event in ("note_added", "case_replied")]
        self.assertEqual(texts, ["查證中 Investigating", "辦理中 Open\nhttps://a.example/1.jpg", "附圖片 With a picture\nhttps://a.example/2.jpg",
                                 "已修復 Fixed", "附圖片 With a picture\nhttps://a.example/3.jpg"])
        self.assertEqual(len(self.send(number, 400)[1]), 2)

    def test_what_is_not_known_is_refused_by_name(self):
        for wrong, status in (({"adress_string": "x"}, 400), ({"lat": ["24.1", "24.2"]}, 400)):
            self.assertIn(next(iter(wrong)), self.report(status, **wrong)[0]["description"])
        self.assertIn("stauts", self.get("v2/requests.json", 400, jurisdiction_id="water", stauts="open")[0]["description"])
        photo = {"service_code": (None, "burst-main"), "photo": ("a.jpg", b"\xff\xd8", "image/jpeg")}
        answer = self.session.post(self.url("v2/requests.json"), files=photo, timeout=20)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("photo", answer.json()[0]["description"])

    def test_bad_input(self):
        base = self.url("v2/requests.json")
        for body, status in ((b"%zz=1", 400), (b"a=%ff%fe", 400), (b"&".join(b"a=1" for _ in range(400)), 400),
                             (b"description=" + b"x" * 300_000, 400)):
            answer = self.session.post(base, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=20)
            self.assertEqual(answer.status_code, status, body[:40])
            self.assertEqual(answer.json()[0]["code"], status)
        self.assertEqual(self.session.post(base, json={"a": 1}, timeout=20).status_code, 415)
        self.assertEqual(self.session.put(base, data={}, timeout=20).status_code, 405)
        self.assertEqual(self.session.get(self.url("v2/requests/..%2f..%2fetc.json"), timeout=20).status_code, 404)
        hostile = {"jurisdiction_id": "<script>", "service_request_id": ""}
        text = self.session.get(self.url("v2/services.xml"), params=hostile, timeout=20).text
        self.assertNotIn("<script>", text)
        etree.fromstring(text.encode())

    def test_pages_of_every_site_may_read_and_none_may_write(self):
        origin = {"Origin": "https://map.example.org"}
        read = self.session.get(self.url("v2/services.json"), params={"jurisdiction_id": "water"}, headers=origin, timeout=20)
        self.assertEqual(read.headers["Access-Control-Allow-Origin"], "*")
        self.assertEqual(self.session.post(self.url("v2/requests.json"), data={}, headers=origin, timeout=20).status_code, 403)
        head = self.session.head(self.url("v2/services.json"), params={"jurisdiction_id": "water"}, timeout=20)
        self.assertEqual((head.status_code, head.text), (200, ""))


class Keys(Asking, Guarded):
    """Where callers are asked who they are."""

    def test_reading_takes_no_key_and_lodging_does(self):
        self.get("discovery.xml")
        self.get("v2/services.xml", jurisdiction_id="water")
        for key in ({}, {"api_key": "wrong"}, {"api_key": self.token("observer", "water")}):
            errors = self.report(403, **key)
            self.assertEqual((errors[0]["code"], len(errors)), (403, 1))
        right = self.token("integrator", "water")
        number = self.report(api_key=right)[0]["service_request_id"]
        self.assertEqual(self.get(f"v2/requests/{number}.json")[0]["service_request_id"], number)
        self.assertEqual(self.report(headers={"Authorization": "Bearer " + right})[0]["service_notice"][:4], "辦理期限")
        # Another enterprise's key: as if there were no such tenant to lodge with.
        self.assertIn(self.report(404, api_key=self.token("integrator", "cpc"))[0]["code"], (403, 404))
        update = {"service_request_id": number, "status": "open", "description": "x", "jurisdiction_id": "water"}
        self.post("v2/servicerequestupdates.json", update, 403)
        self.post("v2/servicerequestupdates.json", {**update, "api_key": right})


    def test_who_reads_what_was_told(self):
        key = self.token("integrator", "water")
        feed = self.open(key)
        numbers = [self.report(api_key=key)[0]["service_request_id"] for _ in range(2)]
        hidden = feed.cases.LodgeCase(lodge_request(tenant="water", service="outage-information", channel=P.CHANNEL_INTEGRATOR), timeout=10).case_number
        for number in (*numbers, hidden):
            feed.cases.AddNote(P.AddNoteRequest(case_number=number, text="內部：疑似詐報", request_id=new_id()), timeout=10)
            feed.cases.AddNote(P.AddNoteRequest(case_number=number, text="已派員，0987-654-321", to_applicant=True, request_id=new_id()), timeout=10)
        self.post("v2/servicerequestupdates.json", {"service_request_id": numbers[0], "status": "fixed", "description": "已修復", "api_key": key})

        def told(number, **query):
            rows = self.get("v2/servicerequestupdates.json", jurisdiction_id="water", **query)
            return [(r["status"], r["description"], r["update_id"]) for r in rows if r["service_request_id"] == number]

        asks = ({"api_key": key, "service_request_id": numbers[0]}, {"api_key": key}, {"api_key": key, "service_request_id": ",".join((*numbers, hidden))})
        for ask in asks:
            rows = told(numbers[0], **ask)
            self.assertEqual([row[:2] for row in rows], [("closed", "已結案"), ("open", "已修復"), ("open", "已派員，0987-***-321")], ask)
            self.assertEqual(rows, told(numbers[0], **asks[0]), "an update is the same however it is asked for")
        self.assertEqual(len({row[2] for row in told(numbers[0], **asks[0]) + told(numbers[1], **asks[1])}), 4)
        # A case of a service that is not listed is shown by its number.
        self.assertEqual([row[1] for row in told(hidden, **asks[2])], ["已派員，0987-***-321"])
        self.assertEqual(told(hidden, **asks[1]), [])
        self.get("v2/servicerequestupdates.xml", jurisdiction_id="water", **asks[1])
        # What was told later comes beside it.
        feed.cases.AddNote(P.AddNoteRequest(case_number=numbers[1], text="仍在等料", to_applicant=True, request_id=new_id()), timeout=10)
        self.assertEqual([row[1] for row in told(numbers[1], **asks[1])], ["仍在等料", "已派員，0987-***-321"])
        # Strangers, and whose key may not read the case: the words of the status.
        for other in ({}, {"api_key": "wrong"}, {"api_key": self.token("observer", "water")}, {"api_key": self.token("integrator", "cpc")}):
            for ask in ({"service_request_id": numbers[0]}, {}):
                self.assertEqual([row[:2] for row in told(numbers[0], **ask, **other)], [("closed", "已結案")], other)
            self.get("v2/servicerequestupdates.json", 404, service_request_id=hidden, **other)
        answer = self.session.get(self.url("v2/servicerequestupdates.json"), timeout=20, headers={"Authorization": f"Bearer {key}"},
                                  params={"service_request_id": numbers[1]})
        self.assertEqual(([r["description"] for r in answer.json()], answer.headers["Cache-Control"]), (["仍在等料", "已派員，0987-***-321"], "no-store"))
        whole = answer.text + self.session.get(self.url("v2/servicerequestupdates.xml"), params={"jurisdiction_id": "water", "api_key": key}, timeout=20).text
        self.assertNotIn("詐報", whole)

    def test_only_what_was_told_in_that_time(self):
        key = self.token("integrator", "water")
        feed = self.open(key)
        number = self.report(api_key=key)[0]["service_request_id"]
        for text in ("第一天", "第二天"):
            feed.cases.AddNote(P.AddNoteRequest(case_number=number, text=text, to_applicant=True, request_id=new_id()), timeout=10)
            day = admin_pb2.AdvanceClockRequest()
            day.by.seconds = 86_400
            self.admin.admin.AdvanceClock(day, timeout=60)
        now = self.admin.admin.GetClock(admin_pb2.GetClockRequest(), timeout=10).now.ToSeconds()
        stamp = lambda days: datetime.datetime.fromtimestamp(now - days * 86400 + 3600, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: E731
        for first, last, texts in ((3, 2, ["第一天"]), (2, 1, ["第二天"]), (3, 1, ["第二天", "第一天"]), (1, 0, [])):
            rows = self.get("v2/servicerequestupdates.json", jurisdiction_id="water", api_key=key, start_date=stamp(first), end_date=stamp(last))
            self.assertEqual([r["description"] for r in rows if r["service_request_id"] == number], texts, (first, last))


DATA = os.environ.get("CASEWHEEL_DATA")
BOSTON = pathlib.Path(DATA or "") / "cases" / "boston311_2015_2016.csv"


@unittest.skipUnless(DATA and BOSTON.exists(), "CASEWHEEL_DATA is not set")
class Boston(Asking):
    ARGUMENTS = ("--clock", "virtual:2026-01-05T09:00:00+08:00")
    ROWS = 300

    @classmethod
    def setUpClass(cls):
        cls.installation = Installation(*cls.ARGUMENTS)
        cls.addClassCleanup(cls.end)
        cls.installation.start()
        yaml = (ROOT / "deploy" / "samples" / "boston.yaml").read_text()
        cls.installation.engine.catalogue.ApplyCatalogue(catalogue_pb2.ApplyCatalogueRequest(yaml=yaml, request_id="c"), timeout=20)

    def test_its_reports_sent_and_read_back(self):
        with open(BOSTON, encoding="utf-8", newline="") as file:
            rows = [row for _, row in zip(range(self.ROWS), csv.DictReader(file))]
        services = {s["service_code"] for s in self.get("v2/services.json", locale="en")}
        sent = {}
        for index, row in enumerate(rows):
            code = row["type"].lower().replace(" - ", "-").replace(" ", "-")
            self.assertIn(code, services)
            form = {"service_code": code, "address_string": f"{row['neighborhood']}, Boston", "description": row["case_title"],
                    "attribute[neighborhood]": row["neighborhood"], "attribute[ward]": row["ward"], "locale": "en"}
            answer = self.post(f"v2/requests.{('xml', 'json')[index % 2]}", form, **{"Idempotency-Key": "boston-" + row["case_enquiry_id"]})
            number = answer.findtext("request/service_request_id") if index % 2 == 0 else answer[0]["service_request_id"]
            sent[number] = (code, row)
        self.assertEqual(len(sent), len(rows))
        back = {}
        for page in range(1, 20):
            listed = self.get("v2/requests.json", page=page, page_size=50, extensions="true", locale="en")
            back.update((r["service_request_id"], r) for r in listed)
            if len(listed) < 50:
                break
        self.assertEqual(set(back), set(sent))
        for number, (code, row) in sent.items():
            report = back[number]
            self.assertEqual((report["service_code"], report["description"], report["status"]), (code, row["case_title"], "open"))
            answers = {a["code"]: a["values"] for a in report["attributes"]}
            self.assertEqual(answers.get("neighborhood", [""]), [row["neighborhood"]])
        whole = self.get("v2/requests.xml", locale="en")
        self.assertEqual(len(whole.findall("request")), len(rows))


if __name__ == "__main__":
    unittest.main()
