"""One matter by every door, and the same history for all: gRPC, Connect in JSON and in protobuf's own bytes, Open311
in XML and in JSON, a telephone call and the case lodged during it, the counter with its receipt, a table, and
the stream of integrators."""

import json
import re
import unittest
import urllib.parse

from contract import calls_pb2, cases_pb2, changes_pb2, history_of, intake_pb2
from over_http import ask_once
from serving import MONDAY_9_MS, HOUR_MS, Serving, new_id

PLACE = "雲林縣虎尾鎮興南里 12 鄰旁農地"
FACTS = {"tenant": "taisugar", "service": "farmland-nuisance", "subject": "農地遭棄置廢棄物", "description": "三包垃圾與廢輪胎",
         "name": "陳大文", "phone": "0912-345-678", "attribute": ("nuisance", "rubbish")}
# Of each door's own: which it is, by whom, and what another system calls the case.
OF_THE_DOOR = {"channel", "external_reference", "call"}


class Doors(Serving):
    ARGUMENTS = (*Serving.ARGUMENTS, "--public-url", "https://cases.example.tw")

    def request(self, channel):
        request = cases_pb2.LodgeCaseRequest(request_id=new_id(), tenant=FACTS["tenant"], service=FACTS["service"], channel=channel,
                                             subject=FACTS["subject"], description=FACTS["description"])
        request.applicant.name, request.applicant.phone = FACTS["name"], FACTS["phone"]
        request.place.address = PLACE
        request.attributes.add(code="nuisance", values=["rubbish"])
        return request

    def http(self, method, path, body, content_type, accept=(200,)):
        status, _, text = ask_once(self.installation, method, path, body, {"Content-Type": content_type})
        self.assertIn(status, accept, text)
        return text

    # --- the doors ------------------------------------------------------------------------------------

    def by_grpc(self):
        return self.engine.cases.LodgeCase(self.request(cases_pb2.CHANNEL_INTEGRATOR), timeout=10).case_number

    def by_connect_json(self):
        body = {"requestId": new_id(), "tenant": FACTS["tenant"], "service": FACTS["service"], "channel": "CHANNEL_WEB",
                "subject": FACTS["subject"], "description": FACTS["description"], "applicant": {"name": FACTS["name"], "phone": FACTS["phone"]},
                "place": {"address": PLACE}, "attributes": [{"code": "nuisance", "values": ["rubbish"]}]}
        return json.loads(self.http("POST", "/casewheel.v1.Cases/LodgeCase", json.dumps(body), "application/json"))["caseNumber"]

    def by_connect_binary(self):
        body = self.request(cases_pb2.CHANNEL_APP).SerializeToString()
        answer = self.http("POST", "/casewheel.v1.Cases/LodgeCase", body, "application/proto")
        return cases_pb2.LodgeCaseResponse.FromString(answer).case_number

    def by_open311(self, form):
        body = urllib.parse.urlencode({"jurisdiction_id": FACTS["tenant"], "service_code": FACTS["service"], "address_string": PLACE,
                                       "description": FACTS["description"], "first_name": "大文", "last_name": "陳", "phone": FACTS["phone"],
                                       "attribute[nuisance][]": "rubbish"})
        text = self.http("POST", f"/open311/v2/requests.{form}", body, "application/x-www-form-urlencoded; charset=utf-8", (200, 201)).decode()
        if form == "json":
            return json.loads(text)[0]["service_request_id"]
        return re.search("<service_request_id>([0-9]+)</service_request_id>", text).group(1)

    def by_telephone(self):
        call = new_id("call")
        push = {"callId": call, "direction": "in", "from": FACTS["phone"], "to": "0800-026-168"}
        for event in ({"event": "newCall"}, {"event": "answer", "user": "ts003"}):
            self.http("POST", "/cti/v1/taisugar", urllib.parse.urlencode({**event, **push}), "application/x-www-form-urlencoded")
        listed = calls_pb2.ListCallsRequest(tenant="taisugar", page_size=50)
        listed.from_time.FromMilliseconds(MONDAY_9_MS - HOUR_MS)
        known = next(c for c in self.engine.calls.ListCalls(listed, timeout=10).calls if c.exchange_call == call)
        request = self.request(cases_pb2.CHANNEL_HOTLINE)
        request.call = known.id
        number = self.engine.cases.LodgeCase(request, timeout=10).case_number
        self.http("POST", "/cti/v1/taisugar", urllib.parse.urlencode({"event": "hangup", "cause": "normalClearing", **push}),
                  "application/x-www-form-urlencoded")
        ended = self.engine.calls.GetCall(calls_pb2.GetCallRequest(id=known.id), timeout=10)
        self.assertEqual((list(ended.case_numbers), ended.end), ([number], calls_pb2.CALL_ANSWERED))
        return number

    def by_counter(self):
        done = self.installation.cli("lodge", "--tenant", FACTS["tenant"], "--service", FACTS["service"], "--channel", "counter", "--subject",
                                     FACTS["subject"], "--description", FACTS["description"], "--name", FACTS["name"], "--phone", FACTS["phone"],
                                     "--place", PLACE, "--attribute", "nuisance=rubbish", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        number = json.loads(done.stdout)["case_number"]
        receipt = self.http("GET", f"/receipts/{number}", None, "text/plain").decode()
        self.assertIn("<svg", receipt)
        self.assertNotIn(FACTS["name"], receipt)
        return number

    def by_table(self):
        header = "request_id,service,channel,subject,description,applicant.name,applicant.phone,place.address,attribute:nuisance\r\n"
        row = ",".join([new_id(), FACTS["service"], "letter", FACTS["subject"], FACTS["description"], FACTS["name"], FACTS["phone"], PLACE, "rubbish"])
        lines = self.http("POST", "/v1/intake?tenant=taisugar", (header + row + "\r\n").encode("cp950"), "text/csv").splitlines()
        return json.loads(lines[0])["case_number"]

    def by_stream(self):
        request = self.request(cases_pb2.CHANNEL_INTEGRATOR)
        opened = intake_pb2.IngestRequest(open=intake_pb2.IngestOpen(tenant=FACTS["tenant"], source="crm"))
        item = intake_pb2.IngestRequest(item=intake_pb2.IngestItem(position=1, lodge=request))
        return [answer.result.case_number for answer in self.engine.intake.Ingest(iter([opened, item]), timeout=10)][-1]

    # --- what is the same -----------------------------------------------------------------------------

    def story(self, number):
        """Its history without what is the door's own: event, changes."""
        return [(entry.event, [(c.field, c.value) for c in entry.changes
                               if c.field not in OF_THE_DOOR and not c.field.endswith("_time")])
                for entry in history_of(self.engine, number)]

    def test_the_same_history_whichever_door_it_came_by(self):
        numbers = {"gRPC": self.by_grpc(), "Connect JSON": self.by_connect_json(), "Connect binary": self.by_connect_binary(),
                   "Open311 XML": self.by_open311("xml"), "Open311 JSON": self.by_open311("json"), "telephone": self.by_telephone(),
                   "counter": self.by_counter(), "CSV": self.by_table(), "stream": self.by_stream()}
        stories = {door: self.story(number) for door, number in numbers.items()}
        expected = stories["gRPC"]
        self.assertEqual(expected[0][0], "case_lodged")
        self.assertIn("clock_started", [event for event, _ in expected])
        for door, story in stories.items():
            self.assertEqual(story, expected, door)
        cases = {door: self.get(number) for door, number in numbers.items()}
        for door, case in cases.items():
            self.assertEqual([clock.due_time for clock in case.clocks], [clock.due_time for clock in cases["gRPC"].clocks], door)
            self.assertEqual([(a.code, list(a.values)) for a in case.attributes], [("nuisance", ["rubbish"])], door)
        # And all of them are in the feed, in the same order of events.
        page = self.engine.changes.ListChanges(changes_pb2.ListChangesRequest(
            filter=changes_pb2.ChangeFilter(tenant="taisugar"), page_size=500), timeout=10)
        for door, number in numbers.items():
            told = [change.entry for change in page.changes if change.case_number == number]
            self.assertEqual(told, history_of(self.engine, number), door)


if __name__ == "__main__":
    unittest.main()
