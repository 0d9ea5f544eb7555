"""The feed of changes: everything from the first event on, then live, once and in order; resumed by its position
after a crash; by gRPC, by pages, and as Server-Sent Events."""

import json
import signal
import threading
import time
import unittest
import urllib.parse

from contract import cases_pb2, changes_pb2, grpc, history_of, refusal
from installation import Installation, eventually
from over_http import ask_once, connect
from serving import Serving, apply_catalogue, lodge, new_id

C = changes_pb2


class Follower:
    """Reads a feed on a thread of its own."""

    def __init__(self, engine, position="", limit=None, **filter_fields):
        self.changes, self.position, self.ended = [], None, None
        self.call = engine.changes.WatchChanges(C.WatchChangesRequest(
            filter=C.ChangeFilter(**{"tenant": "taisugar", **filter_fields}), position=position))
        self.limit = limit
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.thread.start()

    def _follow(self):
        try:
            for message in self.call:
                self.changes += message.changes
                self.position = message.position
                if self.limit and len(self.changes) >= self.limit:
                    self.call.cancel()
                    return
        except grpc.RpcError as error:
            self.ended = error

    def close(self):
        self.call.cancel()
        self.thread.join(10)

    def of(self, number):
        return [change.entry for change in self.changes if change.case_number == number]


def act(engine, number):
    """A life: five acts on one case."""
    for call, request in (
            (engine.cases.AssignCase, cases_pb2.AssignCaseRequest(handler="ts031")),
            (engine.cases.AcceptCase, cases_pb2.AcceptCaseRequest()),
            (engine.cases.AddNote, cases_pb2.AddNoteRequest(text="電話 0912-345-678 已聯絡")),
            (engine.cases.ReplyCase, cases_pb2.ReplyCaseRequest(means=cases_pb2.REPLY_MEANS_PHONE, text="已說明")),
            (engine.cases.CloseCase, cases_pb2.CloseCaseRequest(outcome=cases_pb2.OUTCOME_RESOLVED, text="已辦結"))):
        request.case_number, request.request_id = number, new_id()
        call(request, timeout=10)


class Changes(Serving):
    ARGUMENTS = (*Serving.ARGUMENTS, "--partitions", "3")

    def all_changes(self, position="start", **filter_fields):
        found = []
        while True:
            page = self.engine.changes.ListChanges(C.ListChangesRequest(
                filter=C.ChangeFilter(**{"tenant": "taisugar", **filter_fields}), position=position, page_size=7), timeout=10)
            self.assertLessEqual(len(page.changes), 7)
            found += page.changes
            position = page.position
            if page.at_end:
                return found, position

    def test_the_whole_history_of_every_case_once_and_in_order(self):
        numbers = [self.lodge(external_reference=f"crm-{i}").case_number for i in range(6)]
        follower = Follower(self.engine, "start")
        self.addCleanup(follower.close)
        for number in numbers:
            act(self.engine, number)
        histories = {number: history_of(self.engine, number) for number in numbers}
        eventually(lambda: all(len(follower.of(n)) == len(histories[n]) for n in numbers))
        paged, _ = self.all_changes()
        for number in numbers:
            self.assertEqual(follower.of(number), histories[number])
            self.assertEqual([c.entry for c in paged if c.case_number == number], histories[number])
        self.assertEqual({c.tenant for c in paged}, {"taisugar"})
        self.assertNotIn("0912-345-678", str(paged))
        self.assertNotIn("0912345678", str(follower.changes))
        of_first = next(c for c in paged if c.case_number == numbers[0])
        self.assertEqual((of_first.external_reference, of_first.status, of_first.unit),
                         ("crm-0", cases_pb2.CASE_STATUS_CLOSED, self.get(numbers[0]).unit))

    def test_from_now_on_nothing_older_is_told(self):
        older = self.lodge().case_number
        follower = Follower(self.engine)
        self.addCleanup(follower.close)
        # Until it follows it is not told; what follows is a new case each time.
        newer = []
        eventually(lambda: newer.append(self.lodge().case_number) or follower.changes)
        act(self.engine, newer[-1])
        eventually(lambda: "case_closed" in [e.event for e in follower.of(newer[-1])])
        self.assertEqual(follower.of(newer[-1]), history_of(self.engine, newer[-1]))
        self.assertEqual(follower.of(older), [])

    def test_a_position_goes_on_exactly_there(self):
        for _ in range(4):
            act(self.engine, self.lodge().case_number)
        whole, _ = self.all_changes()
        told, position = [], "start"
        while len(told) < len(whole):
            part = Follower(self.engine, position, limit=1)
            part.thread.join(20)
            self.assertTrue(part.changes, "a position that has not come to the end is followed by something")
            told += part.changes
            position = part.position
        key = lambda c: (c.case_number, c.entry.revision)  # noqa: E731
        self.assertEqual(sorted(map(key, told)), sorted(map(key, whole)))

    def test_what_is_chosen(self):
        other = self.lodge(tenant="taipower", service="billing").case_number
        mine = self.lodge().case_number
        unit = self.get(mine).unit
        closed, _ = self.all_changes(events=["case_closed"])
        self.assertLessEqual({c.entry.event for c in closed}, {"case_closed"})
        here, _ = self.all_changes(unit=unit)
        self.assertEqual({c.unit for c in here}, {unit})
        power, _ = self.all_changes(tenant="taipower", services=["billing"])
        self.assertEqual({c.service for c in power}, {"billing"})
        self.assertIn(other, {c.case_number for c in power})
        self.assertNotIn(other, {c.case_number for c in self.all_changes()[0]})

    def test_refusals_name_the_field(self):
        for fields, field in (({"tenant": "nobody"}, "filter.tenant"), ({"tenant": "taisugar", "unit": "moon"}, "filter.unit"),
                              ({"tenant": "taisugar", "events": ["case_eaten"]}, "filter.events"),
                              ({"tenant": "taisugar", "services": ["x"] * 65}, "filter.services")):
            wrong = refusal(self.engine.changes.ListChanges, C.ListChangesRequest(filter=C.ChangeFilter(**fields)))
            self.assertIn(field, wrong.message)
        for position in ("x", "1-2", "ffffffff-0-0-0-0-0", "1-0-1-0-1-0-1-0"):
            request = C.ListChangesRequest(filter=C.ChangeFilter(tenant="taisugar"), position=position)
            self.assertIn("position", refusal(self.engine.changes.ListChanges, request).message)
            with self.assertRaises(grpc.RpcError) as raised:
                next(self.engine.changes.WatchChanges(C.WatchChangesRequest(filter=request.filter, position=position), timeout=10))
            self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_who_does_not_read_harms_nobody_and_misses_nothing(self):
        slow = self.engine.changes.WatchChanges(C.WatchChangesRequest(filter=C.ChangeFilter(tenant="taisugar"), position="start"))
        self.addCleanup(slow.cancel)
        next(slow)  # and reads no more for a while
        follower = Follower(self.engine)
        self.addCleanup(follower.close)
        number = self.lodge().case_number
        text = "說明" * 900
        for _ in range(400):
            self.engine.cases.AddNote(cases_pb2.AddNoteRequest(case_number=number, request_id=new_id(), text=text), timeout=10)
        revision = self.get(number).etag
        eventually(lambda: follower.of(number) and str(follower.of(number)[-1].revision) in revision, 30)
        told = []
        for message in slow:
            told += [c.entry.revision for c in message.changes if c.case_number == number]
            if told and str(told[-1]) in revision:
                break
        self.assertEqual(told, list(range(1, told[-1] + 1)))


    def test_files_for_batch_systems(self):
        number = self.lodge().case_number
        folder = self.installation.folder
        lines, position = folder / "changes.jsonl", folder / "position"
        run = ("changes", "--tenant", "taisugar", "--position-file", str(position), "--out", str(lines))
        self.assertEqual(self.installation.cli(*run).returncode, 0)
        act(self.engine, number)
        self.assertEqual(self.installation.cli(*run).returncode, 0)
        self.assertEqual(self.installation.cli(*run).returncode, 0)
        told = [json.loads(line) for line in lines.read_text().splitlines()]
        mine = [line["entry"] for line in told if line["case_number"] == number]
        self.assertEqual([entry["revision"] for entry in mine], [entry.revision for entry in history_of(self.engine, number)])
        self.assertEqual(len({(line["case_number"], line["entry"]["revision"]) for line in told}), len(told))


class Events(Serving):
    """As Server-Sent Events."""

    def open(self, headers=None, **request):
        connection = connect(self.installation)
        self.addCleanup(connection.close)
        message = json.dumps({"filter": {"tenant": "taisugar"}, **request})
        connection.request("GET", "/casewheel.v1.Changes/WatchChanges?connect=v1&encoding=json&message=" +
                           urllib.parse.quote(message), headers={"Accept": "text/event-stream", **(headers or {})})
        return connection.getresponse()

    @staticmethod
    def event(answer):
        fields = {}
        for line in answer:
            line = line.decode().rstrip("\n")
            if not line and fields:
                return fields
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
        return fields

    def test_events_with_ids_and_on_from_the_last_one(self):
        number = self.lodge().case_number
        answer = self.open(position="start")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/event-stream"))
        first = self.event(answer)
        changes = json.loads(first["data"])["changes"]
        self.assertEqual([c["entry"]["event"] for c in changes if c["caseNumber"] == number][:1], ["case_lodged"])
        act(self.engine, number)
        again = self.open({"Last-Event-ID": first["id"]}, position="start")
        seen = []
        while "case_closed" not in seen:
            seen += [c["entry"]["event"] for c in json.loads(self.event(again)["data"]).get("changes", [])]
        self.assertNotIn("case_lodged", seen)

    def test_what_is_refused_is_so_before_the_stream(self):
        answer = self.open(position="no such")
        self.assertEqual(answer.status, 200)  # known only once the stream is opened
        end = self.event(answer)
        self.assertEqual(end["event"], "end")
        self.assertIn("position", json.loads(end["data"])["error"]["message"])
        unasked = ask_once(self.installation, "GET", "/casewheel.v1.Changes/WatchChanges?connect=v1&encoding=json&message=%7B%7D")
        self.assertEqual(unasked[0], 406)


class Crashes(unittest.TestCase):
    def test_no_change_is_lost_or_told_again_over_a_kill(self):
        installation = Installation(*Serving.ARGUMENTS, "--partitions", "2")
        self.addCleanup(installation.remove)
        installation.start()
        apply_catalogue(installation.engine)
        told, position, numbers = [], "start", []
        for _ in range(3):
            follower = Follower(installation.engine, position)
            for _ in range(5):
                numbers.append(lodge(installation.engine).case_number)
            eventually(lambda: follower.of(numbers[-1]))
            numbers.append(lodge(installation.engine).case_number)
            installation.signal(signal.SIGKILL)
            follower.thread.join(20)
            # The client's library names a connection that was cut in the one way or the other.
            self.assertIn(follower.ended.code(), (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED))
            told += follower.changes
            position = follower.position
            installation.start()
        last = Follower(installation.engine, position)
        eventually(lambda: numbers[-1] in [c.case_number for c in told + last.changes])
        time.sleep(0.2)
        last.close()
        told += last.changes
        for number in numbers:
            self.assertEqual([c.entry for c in told if c.case_number == number], history_of(installation.engine, number))

    def test_a_feed_ends_with_the_engine(self):
        installation = Installation(*Serving.ARGUMENTS)
        self.addCleanup(installation.remove)
        installation.start()
        apply_catalogue(installation.engine)
        follower = Follower(installation.engine, "start")
        lodge(installation.engine)
        eventually(lambda: follower.changes)
        self.assertEqual(installation.signal(signal.SIGTERM), 0)
        follower.thread.join(10)
        self.assertEqual(follower.ended.code(), grpc.StatusCode.UNAVAILABLE)


if __name__ == "__main__":
    unittest.main()
