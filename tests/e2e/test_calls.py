"""Telephone calls: the exchange's webhook, the agent's screen, call-backs, figures, and what a crash leaves of them."""

import base64
import contextlib
import json
import re
import threading
import unittest
import urllib.parse

from contract import calls_pb2, cases_pb2, grpc, privacy_pb2, refusal
from installation import Installation, eventually
from over_http import ask_once
from serving import DAY_MS, HOUR_MS, MONDAY_9_MS, Serving, Guarded, apply_catalogue, lodge_request, new_id

RECORD = calls_pb2.RecordCallEventRequest
AGENT, EXTENSION = "tp005", "1102"  # of deploy/samples/catalogue.yaml


def push(installation, path, fields, as_json=False, headers=None):
    """(status, body) of one event sent as exchanges do."""
    if as_json:
        body, kind = json.dumps(fields), "application/json"
    else:
        body, kind = urllib.parse.urlencode(fields, doseq=True), "application/x-www-form-urlencoded"
    status, _, answer = ask_once(installation, "POST", path, body.encode(), {"Content-Type": kind, **(headers or {})})
    return status, answer.decode()


class Exchange:
    """One call as an exchange pushes it."""

    def __init__(self, installation, number, path="/cti/v1/taipower", as_json=False):
        self.installation, self.path, self.as_json, self.id = installation, path, as_json, None
        self.fields = {"callId": new_id("call"), "direction": "in", "from": number, "to": "1911"}

    def tell(self, event, **more):
        status, body = push(self.installation, self.path, {"event": event, **self.fields, **more}, self.as_json)
        if status != 200:
            raise AssertionError(f"{event}: {status} {body}")
        return body

    def find(self, engine):
        """As it stands. Once it is erased, what the exchange calls it is gone too, and its id alone leads to it."""
        request = calls_pb2.ListCallsRequest(tenant="taipower", page_size=500)
        request.from_time.FromMilliseconds(MONDAY_9_MS - HOUR_MS)
        calls = engine.calls.ListCalls(request, timeout=10).calls
        found = next((call for call in calls if call.exchange_call == self.fields["callId"]), None)
        if found is None and self.id is not None:
            return engine.calls.GetCall(calls_pb2.GetCallRequest(id=self.id), timeout=10)
        self.id = found.id if found is not None else None
        return found


class Screen:
    """A screen pop stream, read by a thread of its own."""

    def __init__(self, engine, agent=AGENT):
        self.stream = engine.calls.WatchScreenPop(calls_pb2.WatchScreenPopRequest(tenant="taipower", agent=agent), timeout=60)
        self.pops = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        try:
            for pop in self.stream:
                self.pops.append(pop)
        except grpc.RpcError:
            pass

    def wait(self, condition):
        return eventually(lambda: next((pop for pop in list(self.pops) if condition(pop)), None))

    def close(self):
        self.stream.cancel()
        self.thread.join(10)


class Calls(Serving):
    def test_a_call_and_the_case_lodged_during_it(self):
        screen = Screen(self.engine)
        self.addCleanup(screen.close)
        self.assertTrue(screen.wait(lambda pop: pop.snapshot).idle)
        call = Exchange(self.installation, "0912-000-101")
        self.assertIn("<Response onAnswer=", call.tell("newCall", user=[EXTENSION, "1103"]))
        ringing = screen.wait(lambda pop: pop.call.exchange_call == call.fields["callId"])
        self.assertEqual(ringing.call.number, "0912-***-101")
        self.assertEqual(list(ringing.call.ringing), ["tp005", "tp006"])
        self.assertEqual(call.tell("answer", user=EXTENSION).count("onAnswer"), 0)
        self.assertEqual(screen.wait(lambda pop: pop.call.agent == AGENT).call.agent, AGENT)
        lodged = self.engine.cases.LodgeCase(lodge_request(tenant="taipower", service="billing", call=ringing.call.id), timeout=10)
        self.assertFalse(any(warning.field == "call" for warning in lodged.warnings))
        call.tell("hangup", cause="normalClearing")
        done = self.engine.calls.WrapUpCall(calls_pb2.WrapUpCallRequest(id=ringing.call.id), timeout=10)
        self.assertEqual(done.end, calls_pb2.CALL_ANSWERED)
        self.assertEqual(list(done.case_numbers), [lodged.case_number])
        self.assertTrue(done.HasField("wrap_up_time"))
        self.assertEqual(self.engine.calls.GetCall(calls_pb2.GetCallRequest(id=done.id), timeout=10), done)
        self.assertFalse(done.callback_owed or done.callback_case_number)
        # The same number again: the case is on the screen.
        again = Exchange(self.installation, "+886912000101", as_json=True)
        self.assertEqual(json.loads(again.tell("newCall", user=EXTENSION)), {})
        pop = screen.wait(lambda pop: pop.call.exchange_call == again.fields["callId"])
        self.assertEqual(pop.earlier_calls, 1)
        again.tell("hangup", cause="forwarded")

    def test_who_rings_need_not_tell_the_number(self):
        call = Exchange(self.installation, "0912-000-131")
        call.tell("newCall", user=EXTENSION)
        rang = calls_pb2.ListCallsRequest(tenant="taipower")
        ringing = [one for one in self.engine.calls.ListCalls(rang, timeout=10).calls if one.exchange_call == call.fields["callId"]][0]
        requests = [lodge_request(tenant="taipower", service="billing", call=ringing.id) for _ in range(2)]
        requests[0].applicant.phone = ""
        of_call, other = (self.engine.cases.LodgeCase(request, timeout=10).case_number for request in requests)
        self.assertEqual(self.get(of_call).applicant.phone, "0912-***-131")
        self.assertEqual(self.get(other).applicant.phone, "0912-***-678")
        found = self.engine.cases.FindCasesByPerson(cases_pb2.FindCasesByPersonRequest(tenant="taipower", phone="0912 000 131"), timeout=10)
        self.assertEqual([case.case_number for case in found.cases], [of_call])
        call.tell("hangup", cause="normalClearing")

    def test_a_person_with_more_cases_than_are_looked_at(self):
        """Is said to have them; the one that stands for calling back is found however old."""
        number, screen = "0912-000-747", Screen(self.engine)
        self.addCleanup(screen.close)
        missed = Exchange(self.installation, number)
        missed.tell("newCall")
        missed.tell("hangup", cause="cancel")
        callback = eventually(lambda: missed.find(self.engine).callback_case_number)
        for _ in range(201):
            request = lodge_request(tenant="taipower", service="billing")
            request.applicant.phone = number
            self.engine.cases.LodgeCase(request, timeout=10)
        call = Exchange(self.installation, number)
        call.tell("newCall", user=EXTENSION)
        pop = screen.wait(lambda pop: pop.call.exchange_call == call.fields["callId"])
        self.assertTrue(pop.shortened)
        self.assertEqual((len(pop.open_cases), pop.more_open_cases), (20, 180))
        call.tell("hangup", cause="cancel")
        self.assertEqual(eventually(lambda: call.find(self.engine).callback_case_number), callback)

    def test_a_lodging_that_names_no_call_is_taken_and_warned_of(self):
        lodged = self.engine.cases.LodgeCase(lodge_request(tenant="taipower", service="billing", call="0" * 32), timeout=10)
        self.assertIn("call", [warning.field for warning in lodged.warnings])

    def test_a_missed_call_becomes_one_case_however_often_it_rings(self):
        first = Exchange(self.installation, "02-2345-6702")
        first.tell("newCall")
        first.tell("hangup", cause="cancel")
        number = eventually(lambda: first.find(self.engine).callback_case_number)
        case = self.get(number)
        self.assertEqual((case.service, case.channel), ("call-back", cases_pb2.CHANNEL_HOTLINE))
        self.assertEqual(case.subject, "未接來電回撥")
        self.assertNotIn("2345", case.applicant.phone)
        self.assertTrue(case.clocks)
        first.tell("hangup", cause="cancel")  # told again: nothing new
        second = Exchange(self.installation, "0223456702")
        second.tell("newCall")
        second.tell("hangup", cause="noAnswer")
        self.assertEqual(eventually(lambda: second.find(self.engine).callback_case_number), number)
        history = self.engine.cases.ListCaseHistory(cases_pb2.ListCaseHistoryRequest(case_number=number), timeout=10)
        notes = [entry for entry in history.entries if entry.event == "note_added"]
        self.assertEqual(len(notes), 1)
        self.assertIn("來電未接", notes[0].text)
        # Whoever answers her next sees it first.
        screen = Screen(self.engine, "tp006")
        self.addCleanup(screen.close)
        third = Exchange(self.installation, "0223456702")
        third.tell("newCall", user="1103")
        pop = screen.wait(lambda pop: pop.call.exchange_call == third.fields["callId"])
        self.assertEqual([case.case_number for case in pop.open_cases], [number])
        self.assertTrue(pop.open_cases[0].callback)
        self.assertEqual(pop.earlier_calls, 2)
        third.tell("hangup", cause="forwarded")

    def test_callers_as_exchanges_write_them(self):
        known = Exchange(self.installation, '"Lin" <sip:0912000188@pbx.example;user=phone>')
        known.tell("newCall", user="1102,1103")
        self.assertEqual(known.find(self.engine).number, "0912-***-188")
        self.assertEqual(len(known.find(self.engine).ringing), 2)
        # A machine has answered, and nobody else.
        known.tell("answer", user="Voicemail")
        known.tell("hangup", cause="normalClearing")
        self.assertTrue(eventually(lambda: known.find(self.engine).callback_case_number))
        # A number that nobody here can read is one to call back all the same; one that is not told is none.
        odd = Exchange(self.installation, "sip:lin.da-tong@home.example")
        odd.tell("newCall")
        odd.tell("dtmf", dtmf="3")
        odd.tell("hangup", cause="cancel")
        self.assertTrue(eventually(lambda: odd.find(self.engine).callback_case_number))
        for nobody in ("restricted", "private", "unavailable", "ANONYMOUS", "0", "sip:anonymous@anonymous.invalid"):
            hidden = Exchange(self.installation, nobody)
            hidden.tell("newCall")
            hidden.tell("hangup", cause="cancel")
            call = hidden.find(self.engine)
            self.assertEqual((call.number, call.callback_owed), ("", False), nobody)

    def test_what_is_shown_as_a_telephone_leads_to_the_caller(self):
        """However an exchange writes it: one call back, one person, and all of it given out and erased."""
        plain = "0912000777"
        ways = (plain, f"{plain}@pbx", f'"Wang" <{plain}>', f"Wang <{plain}>", "+886912000777;phone-context=+886", f"{plain};ext=5",
                f"p:{plain}", f"SIP/{plain}-00000a1", f"{plain},123", f'"Wang" <sip:{plain}@10.0.0.1:5060>;tag=1')
        calls = [Exchange(self.installation, way) for way in ways]
        for call in calls:
            call.tell("newCall", name="王小明", user=EXTENSION)
            call.tell("hangup", cause="noAnswer")
            self.assertEqual(call.find(self.engine).number, "0912-***-777", call.fields["from"])
        cases = {eventually(lambda c=call: c.find(self.engine).callback_case_number) for call in calls}
        self.assertEqual(len(cases), 1)
        for way in ways:
            found = self.engine.cases.FindCasesByPerson(cases_pb2.FindCasesByPersonRequest(tenant="taipower", phone=way), timeout=10)
            self.assertEqual({case.case_number for case in found.cases}, cases, way)
        person = privacy_pb2.PersonKey(phone=plain)
        held = self.engine.privacy.ExportPerson(privacy_pb2.ExportPersonRequest(tenant="taipower", person=person, reason="t"), timeout=10)
        self.assertEqual({call.exchange_call for call in held.calls}, {call.fields["callId"] for call in calls})
        erased = self.engine.privacy.ErasePerson(
            privacy_pb2.ErasePersonRequest(tenant="taipower", person=person, reason="t", open_too=True), timeout=60)
        self.assertEqual(len(erased.erased_calls), len(calls))
        self.assertEqual({(call.find(self.engine).number, call.find(self.engine).name) for call in calls}, {("", "")})

    def test_callers_without_a_number_are_not_one_person(self):
        """In whatever words an exchange says so: each call is owed its own call back, and no case of another is shown."""
        for words in ("Private Caller", "未顯示", "N/A", "None", "Anonymous Caller", "lin2@home.example", '"Lin" <sip:lin@home.example>'):
            with self.subTest(words=words):
                first, second = (Exchange(self.installation, words) for _ in range(2))
                first.tell("newCall")
                first.tell("hangup", cause="noAnswer")
                number = eventually(lambda c=first: c.find(self.engine).callback_case_number)
                self.assertEqual(first.find(self.engine).number, "***")
                with contextlib.closing(Screen(self.engine)) as screen:  # an agent has a few at once
                    second.tell("newCall", user=EXTENSION)
                    pop = screen.wait(lambda pop, c=second: pop.call.exchange_call == c.fields["callId"])
                self.assertEqual((len(pop.open_cases), pop.earlier_calls), (0, 0))
                second.tell("hangup", cause="noAnswer")
                self.assertNotEqual(eventually(lambda c=second: c.find(self.engine).callback_case_number), number)
        wrong = refusal(self.engine.cases.FindCasesByPerson, cases_pb2.FindCasesByPersonRequest(tenant="taipower", phone="未顯示"), timeout=10)
        self.assertEqual((wrong.code, wrong.message), (grpc.StatusCode.INVALID_ARGUMENT, "phone: must hold the digits of a telephone number"))

    def test_an_answer_that_names_nobody_is_owed_a_call_back(self):
        answers = ({"user": "", "answeringNumber": ""}, {}, {"user": "語音信箱"}, {"answeringNumber": "語音信箱", "user": ""})
        calls = [Exchange(self.installation, f"091200072{i}") for i in range(len(answers))]
        for call, answer in zip(calls, answers):
            call.fields["queue"] = "machines"
            call.tell("newCall", user=EXTENSION)
            call.tell("answer", **answer)
            call.tell("hangup", cause="normalClearing")
        for call, answer in zip(calls, answers):
            self.assertTrue(eventually(lambda c=call: c.find(self.engine).callback_case_number), answer)
            self.assertEqual((call.find(self.engine).seat, call.find(self.engine).end), ("nobody", calls_pb2.CALL_ABANDONED), answer)
        request = calls_pb2.GetCallStatisticsRequest(tenant="taipower", queue="machines")
        request.from_time.FromMilliseconds(MONDAY_9_MS - HOUR_MS)
        eventually(lambda: self.engine.calls.GetCallStatistics(request, timeout=10).total.abandoned == len(calls))
        figures = self.engine.calls.GetCallStatistics(request, timeout=10).total
        self.assertEqual((figures.answered, figures.answered_in_time), (0, 0))
        # Who answers behind the machine is the first to do so.
        behind = Exchange(self.installation, "0912000729")
        behind.tell("newCall")
        behind.tell("answer", user="語音信箱")
        behind.tell("answer", user=EXTENSION)
        behind.tell("hangup", cause="normalClearing")
        self.assertEqual((behind.find(self.engine).agent, behind.find(self.engine).callback_owed), (AGENT, False))
        self.assertFalse(behind.find(self.engine).transfers)

    def test_a_call_that_is_handed_on_without_end(self):
        """Its texts are bounded, and so are its answers: what is too much is refused."""
        call, now = new_id("handed"), self.now_ms()

        def answer(i, seat):
            request = RECORD(tenant="taipower", exchange_call=call, event=RECORD.ANSWER, direction=calls_pb2.INBOUND, to="1911", users=[seat])
            request.event_time.FromMilliseconds(now - 100_000 + i * 1000)
            return request
        for wrong in ("M" * 101, "\x1b]0;x\x07", "a\u202eb"):
            said = refusal(self.engine.calls.RecordCallEvent, answer(0, wrong), timeout=10)
            self.assertEqual((said.code, said.message.partition(":")[0]), (grpc.StatusCode.INVALID_ARGUMENT, "users"))
        for i in range(64):
            shown = self.engine.calls.RecordCallEvent(answer(i, f"{i:03}" + "中" * 97), timeout=10)
        said = refusal(self.engine.calls.RecordCallEvent, answer(64, "064"), timeout=10)
        self.assertEqual((said.code, said.message), (grpc.StatusCode.RESOURCE_EXHAUSTED, "the call has reached its limit of 64 answers"))
        self.assertEqual(len(shown.transfers), 64)
        self.assertTrue(shown.seat.startswith("063"))
        self.assertEqual(self.engine.calls.GetCall(calls_pb2.GetCallRequest(id=shown.id), timeout=10), shown)
        status, body = push(self.installation, "/cti/v1/taipower",
                            {"event": "answer", "callId": call, "direction": "in", "user": "M" * 101})
        self.assertEqual((status, json.loads(body)["field"]), (400, "user"), body)

    def test_in_any_order_and_again(self):
        call = Exchange(self.installation, "0912000103")
        for _ in range(2):
            call.tell("hangup", cause="normalClearing")
            call.tell("answer", answeringNumber="1101")
            call.tell("newCall", user="1101")
        found = call.find(self.engine)
        self.assertEqual((found.end, found.agent), (calls_pb2.CALL_ANSWERED, "tp002"))
        self.assertFalse(found.callback_owed)

    def test_a_hangup_that_overtakes_the_answer_leaves_no_call_back(self):
        first, second = (Exchange(self.installation, "0912000109") for _ in range(2))
        first.tell("hangup", cause="normalClearing")
        number = eventually(lambda: first.find(self.engine).callback_case_number)
        second.tell("hangup", cause="normalClearing")
        self.assertEqual(eventually(lambda: second.find(self.engine).callback_case_number), number)
        first.tell("answer", answeringNumber="1101")
        eventually(lambda: not first.find(self.engine).callback_case_number)
        self.assertEqual(self.get(number).status, cases_pb2.CASE_STATUS_REGISTERED, "the second one still stands on it")
        second.tell("answer", answeringNumber="1101")
        eventually(lambda: self.get(number).status == cases_pb2.CASE_STATUS_WITHDRAWN)
        eventually(lambda: not second.find(self.engine).callback_case_number)
        self.assertFalse(second.find(self.engine).callback_owed)
        # Who rings again afterwards and is missed is called back.
        third = Exchange(self.installation, "0912000109")
        third.tell("hangup", cause="cancel")
        self.assertNotEqual(eventually(lambda: third.find(self.engine).callback_case_number), number)

    def test_one_that_never_ends_is_ended_after_twelve_hours(self):
        call = Exchange(self.installation, "anonymous")
        call.tell("newCall")
        self.assertEqual(call.find(self.engine).number, "")
        began = call.find(self.engine).ring_time.ToMilliseconds()
        self.advance(12 * HOUR_MS - 1000)
        self.assertFalse(call.find(self.engine).HasField("end_time"))
        self.advance(2000)
        ended = call.find(self.engine)
        self.assertEqual((ended.cause, ended.end), ("unended", calls_pb2.CALL_MISSED))
        self.assertEqual(ended.end_time.ToMilliseconds() - began, 12 * HOUR_MS)

    def test_an_exchange_whose_clock_is_ahead(self):
        """By ten seconds at most: what it says has happened now."""
        now, call = self.now_ms(), new_id("ahead")
        request = RECORD(tenant="cpc", exchange_call=call, event=RECORD.RING, direction=calls_pb2.INBOUND, to="1910")
        request.event_time.FromMilliseconds(now + 60_000)
        wrong = refusal(self.engine.calls.RecordCallEvent, request, timeout=10)
        self.assertEqual((wrong.code, wrong.message), (grpc.StatusCode.INVALID_ARGUMENT, "event_time: lies in the future"))
        request.event_time.FromMilliseconds(now + 10_000)
        rung = self.engine.calls.RecordCallEvent(request, timeout=10)
        self.assertLess(rung.ring_time.ToMilliseconds(), now + 10_000)

    def test_figures_and_the_agents_they_take(self):
        def record(call, event, at_ms, **more):
            request = RECORD(tenant="water", exchange_call=call, event=event, direction=calls_pb2.INBOUND, to="1910", **more)
            request.event_time.FromMilliseconds(at_ms)
            return self.engine.calls.RecordCallEvent(request, timeout=10)
        start = self.now_ms() // HOUR_MS * HOUR_MS - 3 * HOUR_MS
        for i in range(10):
            ring, call = start + i * 60_000, new_id("figure")
            record(call, RECORD.RING, ring, **{"from": f"09120002{i:02}"})
            if i == 9:
                record(call, RECORD.HANGUP, ring + 3_000, cause="cancel")
                continue
            if i == 8:
                record(call, RECORD.HANGUP, ring + 40_000, cause="cancel")
                continue
            record(call, RECORD.ANSWER, ring + (10_000 if i < 6 else 30_000), answered_by="wa003")
            record(call, RECORD.HANGUP, ring + 190_000, cause="normalClearing")
            record(call, RECORD.WRAP_UP, ring + 220_000)
        request = calls_pb2.GetCallStatisticsRequest(tenant="water")
        request.from_time.FromMilliseconds(start)
        answer = self.engine.calls.GetCallStatistics(request, timeout=10)
        figures = answer.total
        self.assertEqual((figures.offered, figures.answered, figures.answered_in_time, figures.abandoned, figures.abandoned_short),
                         (10, 8, 6, 2, 1))
        self.assertAlmostEqual(figures.service_level, 6 / 9)
        self.assertEqual(figures.average_speed_of_answer.ToMilliseconds(), 15_000)
        self.assertEqual(figures.longest_wait.ToMilliseconds(), 40_000)
        self.assertEqual(figures.average_handling.ToMilliseconds(), 175_000 + 30_000)
        self.assertEqual([slot.start_time.ToMilliseconds() for slot in answer.hours], [start])
        self.assertEqual(len(answer.days), 1)
        request.line = "1911"  # another enterprise's: zeros would say that nobody had called
        self.assertIn("line", refusal(self.engine.calls.GetCallStatistics, request).fields)
        request.line, request.queue = "1910", "nosuch"
        self.assertIn("queue", refusal(self.engine.calls.GetCallStatistics, request).fields)
        self.assertIn("queue", refusal(self.engine.calls.PlanStaffing, calls_pb2.PlanStaffingRequest(tenant="water", queue="nosuch")).fields)
        request.queue = ""
        self.assertEqual(self.engine.calls.GetCallStatistics(request, timeout=10).total.offered, 10)
        before = calls_pb2.GetCallStatisticsRequest(tenant="water")
        before.from_time.FromMilliseconds(start - 30 * DAY_MS)
        before.to_time.FromMilliseconds(start - 29 * DAY_MS)
        self.assertFalse(self.engine.calls.GetCallStatistics(before, timeout=10).total.HasField("service_level"))
        plan = calls_pb2.PlanStaffingRequest(tenant="water", busier=20)
        plan.from_time.FromMilliseconds(start)
        plan.to_time.FromMilliseconds(start + HOUR_MS)
        plan.handling.FromMilliseconds(180_000)
        hours = [hour for hour in self.engine.calls.PlanStaffing(plan, timeout=10).hours if hour.agents]
        self.assertEqual([(round(hour.erlangs, 6), hour.agents) for hour in hours], [(10.0, 14)])
        self.assertAlmostEqual(hours[0].service_level, 0.8884, 4)
        # The same after a restart: the figures are those of the rows.
        self.installation.restart()
        request.line = ""
        self.assertEqual(self.engine.calls.GetCallStatistics(request, timeout=10).total, figures)

    def test_a_persons_calls_are_given_out_and_erased_with_her(self):
        call = Exchange(self.installation, "0912000105")
        call.tell("newCall")
        call.tell("hangup", cause="cancel")
        eventually(lambda: call.find(self.engine).callback_case_number)
        person = privacy_pb2.PersonKey(phone="0912-000-105")
        held = self.engine.privacy.ExportPerson(privacy_pb2.ExportPersonRequest(tenant="taipower", person=person, reason="t"), timeout=10)
        self.assertEqual([c.number for c in held.calls], ["0912000105"])
        self.assertEqual(len(held.cases), 1)
        erased = self.engine.privacy.ErasePerson(
            privacy_pb2.ErasePersonRequest(tenant="taipower", person=person, reason="t", open_too=True), timeout=60)
        self.assertEqual(([*erased.erased_calls], len(erased.erased)), ([call.find(self.engine).id], 1))
        gone = call.find(self.engine)
        self.assertEqual(gone.number, "")
        self.assertTrue(gone.HasField("erase_time"))
        held = self.engine.privacy.ExportPerson(privacy_pb2.ExportPersonRequest(tenant="taipower", person=person, reason="t"), timeout=10)
        self.assertEqual((len(held.calls), len(held.cases)), (0, 0))
        # What was said is what is erased again after a restore; of another enterprise, or younger than the
        # backup, it is unknown.
        other = Exchange(self.installation, "0912000106")
        other.tell("newCall")
        other.tell("hangup", cause="cancel")
        named = [gone.id, eventually(lambda: other.find(self.engine)).id, "0" * 32]
        again = self.engine.privacy.ErasePerson(
            privacy_pb2.ErasePersonRequest(tenant="taipower", calls=named, reason="t", dry_run=True), timeout=60)
        self.assertEqual(([*again.erased_calls], again.erased_before, [*again.unknown]), (named[1:2], 1, named[2:]))
        self.assertNotEqual(other.find(self.engine).number, "")
        again = self.engine.privacy.ErasePerson(
            privacy_pb2.ErasePersonRequest(tenant="cpc", calls=named, reason="t"), timeout=60)
        self.assertEqual(([*again.erased_calls], [*again.unknown]), ([], named))
        listed = self.installation.folder / "erased.txt"
        listed.write_text("\n".join([*erased.erased, *named]) + "\n")
        said = self.installation.cli("--json", "erase", "--tenant", "taipower", "--cases", listed, "--reason", "t")
        self.assertEqual(said.returncode, 0, said.stderr)
        said = json.loads(said.stdout)
        self.assertEqual((said["erased_calls"], said["erased_before"], said["unknown"]), (named[1:2], 2, named[2:]))
        self.assertEqual(other.find(self.engine).number, "")

    def test_lists_page_and_are_narrowed(self):
        calls = [Exchange(self.installation, "anonymous", "/cti/v1/cpc") for _ in range(7)]
        for call in calls:
            call.tell("newCall")
            call.tell("hangup", cause="busy")
        request = calls_pb2.ListCallsRequest(tenant="cpc", page_size=3, missed_only=True)
        names = []
        while True:
            page = self.engine.calls.ListCalls(request, timeout=10)
            names += [call.exchange_call for call in page.calls]
            request.page_token = page.next_page_token
            if not page.next_page_token:
                break
        self.assertEqual(sorted(names), sorted(call.fields["callId"] for call in calls))
        request = calls_pb2.ListCallsRequest(tenant="cpc", agent="cp005")
        self.assertEqual(len(self.engine.calls.ListCalls(request, timeout=10).calls), 0)

    def test_what_is_wrong_is_named(self):
        for path, fields, status, field in (
                ("/cti/v1/taipower", {"event": "newCall", "direction": "in"}, 400, "callId"),
                ("/cti/v1/taipower", {"event": "ring", "callId": "1"}, 400, "event"),
                ("/cti/v1/taipower", {"event": "newCall", "callId": "1", "direction": "up"}, 400, "direction"),
                ("/cti/v1/taipower", {"event": "newCall", "callId": "x" * 257, "direction": "in"}, 400, "callId"),
                ("/cti/v1/nobody", {"event": "newCall", "callId": "1", "direction": "in"}, 400, "tenant"),
                ("/cti/v1/taipower", {"event": "answer", "callId": "1", "direction": "in", "user": "\x1b[31m"}, 400, "user"),
                ("/cti/v1/", {"event": "newCall"}, 404, None)):
            with self.subTest(path=path, fields=fields):
                got, body = push(self.installation, path, fields)
                self.assertEqual((got, json.loads(body).get("field")), (status, field), body)
        self.assertEqual(push(self.installation, "/cti/v1/taipower", {"a": 1}, headers={"Content-Type": "text/plain"})[0], 415)

    def test_agents_are_planned_where_nobody_has_answered_yet(self):
        for number in range(5):
            call = Exchange(self.installation, f"091200020{number}", path="/cti/v1/taisugar")
            call.tell("newCall", to="0800-026-168")
            call.tell("hangup", to="0800-026-168", cause="cancel")
        plan = self.engine.calls.PlanStaffing(calls_pb2.PlanStaffingRequest(tenant="taisugar", busier=100), timeout=10)
        self.assertTrue(plan.handling_assumed)
        self.assertGreater(max(hour.agents for hour in plan.hours), 0)
        self.assertIn("--handling", self.installation.cli("calls", "staffing", "--tenant", "taisugar").stdout)

    def test_the_command_line(self):
        call = Exchange(self.installation, "0912000106")
        call.tell("newCall")
        call.tell("answer", answeringNumber=EXTENSION)
        call.tell("hangup", cause="normalClearing")
        name = call.find(self.engine).id
        for arguments, expected in ((("calls", "list", "--tenant", "taipower"), "0912-***-106"),
                                    (("calls", "show", name), "已接聽"),
                                    (("calls", "wrap-up", name), "話後完成"),
                                    (("calls", "watch", "--tenant", "taipower", "--agent", "tp010", "--once"), "無來電"),
                                    (("calls", "statistics", "--tenant", "taipower", "--from", "2026-01-05"), "合計"),
                                    (("calls", "staffing", "--tenant", "taipower"), "人員"),
                                    (("lodge", "--tenant", "taipower", "--service", "billing", "--channel", "hotline",
                                      "--subject", "電費", "--call", name), "案號"),
                                    (("verify",), "一致")):
            with self.subTest(arguments=arguments):
                done = self.installation.cli(*arguments)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(expected, done.stdout)


class Kept(Serving):
    def test_a_call_keeps_its_number_for_as_long_as_the_hotline_says(self):
        call = Exchange(self.installation, "0912000108")
        call.fields["to"] = "02-2365-1234"  # no line of the hotline's: nobody is called back
        call.tell("newCall")
        call.tell("hangup", cause="cancel")
        self.assertFalse(call.find(self.engine).callback_owed)
        self.advance(364 * DAY_MS)
        request = privacy_pb2.ApplyRetentionRequest(tenant="taipower")
        self.assertEqual(self.engine.privacy.ApplyRetention(request, timeout=60).calls, 0)
        self.advance(2 * DAY_MS)
        request.dry_run = True
        self.assertEqual(self.engine.privacy.ApplyRetention(request, timeout=60).calls, 1)
        self.assertEqual(call.find(self.engine).number, "0912-***-108")
        request.dry_run = False
        done = self.engine.privacy.ApplyRetention(request, timeout=60)
        self.assertEqual((done.calls, done.purged), (1, True))
        self.assertEqual(call.find(self.engine).number, "")
        self.assertEqual(self.engine.privacy.ApplyRetention(request, timeout=60).calls, 0)


class Killed(unittest.TestCase):
    """The engine dies at any moment; whoever was promised a call back gets it."""

    def test_between_the_hangup_and_the_case(self):
        installation = Installation(*Serving.ARGUMENTS, "--partitions", "2")
        self.addCleanup(installation.remove)
        installation.start()
        apply_catalogue(installation.engine)
        calls = []
        for turn in range(4):
            for i in range(5):
                call = Exchange(installation, f"09120010{turn}{i}")
                call.tell("newCall", user=EXTENSION)
                call.tell("hangup", cause="noAnswer")
                calls.append(call)
            installation.kill()
            installation.start()
        numbers = {eventually(lambda c=call: c.find(installation.engine).callback_case_number) for call in calls}
        self.assertEqual(len(numbers), len(calls))
        listed = installation.engine.cases.ListCases(cases_pb2.ListCasesRequest(tenant="taipower", page_size=100), timeout=10)
        self.assertEqual({case.case_number for case in listed.cases}, numbers)
        self.assertEqual(installation.stop(), 0)
        done = installation.cli("verify", "--data", installation.data)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Tokens(Guarded):
    def test_the_exchange_shows_its_key(self):
        installation, token = self.installation, self.token("integrator", "taipower")
        event = {"event": "newCall", "callId": "1", "direction": "in", "from": "0912000107"}
        basic = base64.b64encode(f"pbx:{token}".encode()).decode()
        self.assertEqual(push(installation, f"/cti/v1/taipower/{token}", event)[0], 200)
        self.assertEqual(push(installation, "/cti/v1/taipower", event, headers={"Authorization": f"Bearer {token}"})[0], 200)
        self.assertEqual(push(installation, "/cti/v1/taipower", event, headers={"Authorization": f"Basic {basic}"})[0], 200)
        self.assertEqual(push(installation, "/cti/v1/taipower", event)[0], 401)
        self.assertEqual(push(installation, "/cti/v1/taipower/wrong-token", event)[0], 401)
        self.assertIn(push(installation, f"/cti/v1/water/{token}", event)[0], (400, 403))
        self.assertNotIn(token, installation.log())
        self.assertNotIn("wrong-token", installation.log())
        # sipgate asks at the address it is given, and shows no password there.
        ring = {**event, "callId": "2"}
        _, asked = push(installation, "/cti/v1/taipower", ring, headers={"Authorization": f"Basic {basic}"})
        again = re.search(r'onAnswer="http://[^/]*([^"]*)"', asked).group(1)
        self.assertEqual(push(installation, again, {**ring, "event": "answer", "user": EXTENSION})[0], 200)


if __name__ == "__main__":
    unittest.main()
