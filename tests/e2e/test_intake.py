"""Bulk intake: every item is answered by its position, a cut stream is resumed, and one that does not
read its answers is not read either."""

import queue
import threading
import time
import unittest

from contract import Engine, admin_pb2, grpc, history_of, intake_pb2, refusal
from serving import Serving, lodge_request, new_id

I = intake_pb2
R = I.IngestResult


class Stream:
    """A stream fed by hand: put() sends, results come in a queue."""

    def __init__(self, engine, source, tenant="taisugar", metadata=None):
        self.outgoing = queue.Queue()
        self.opened = None
        self.results = queue.Queue()
        self.error = None
        self.put(I.IngestRequest(open=I.IngestOpen(tenant=tenant, source=source)))
        self.call = engine.intake.Ingest(iter(self.outgoing.get, None), metadata=metadata)
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        try:
            for response in self.call:
                if response.HasField("opened"):
                    self.opened = response.opened
                    self.ready.set()
                else:
                    self.results.put(response.result)
        except grpc.RpcError as error:
            self.error = error
        self.ready.set()

    def put(self, request):
        self.outgoing.put(request)

    def item(self, position, **action):
        self.put(I.IngestRequest(item=I.IngestItem(position=position, **action)))

    def wait(self, count, timeout=20):
        return {result.position: result for result in (self.results.get(timeout=timeout) for _ in range(count))}

    def finish(self):
        self.outgoing.put(None)
        self.thread.join(20)


def lodge_item(**fields):
    request = lodge_request(**fields)
    request.tenant = ""
    return request


class Intake(Serving):
    def test_every_outcome(self):
        stream = Stream(self.engine, "outcomes")
        self.assertTrue(stream.ready.wait(10))
        self.assertEqual((stream.opened.resume_after, stream.opened.window > 0), (0, True))
        first, conflict = lodge_item(), lodge_item(subject="別的主旨")
        conflict.request_id = first.request_id
        key = first.request_id
        stream.item(1, lodge=first)
        stream.item(2, lodge=first)
        stream.item(3, lodge=conflict)
        stream.item(4, lodge=lodge_item(service="nothing"))
        stream.item(7, note={"request_id": "n1", "text": "介接註記"}, case_of=key)  # positions rise, gaps are allowed
        stream.item(8, reply={"request_id": "p1", "text": "已復", "means": 1}, case_of=key)
        stream.item(9, close={"request_id": "c1", "outcome": 1, "text": "已辦結"}, case_of=key)
        stream.item(10, note={"request_id": "n2", "text": "x"}, case_of="never lodged")
        stream.item(11, note={"text": "x"}, case_of=key)
        stream.item(12)
        got = stream.wait(10)
        self.assertEqual({p: R.Outcome.Name(r.outcome) for p, r in got.items()},
                         {1: "CREATED", 2: "DUPLICATE", 3: "CONFLICT", 4: "INVALID", 7: "APPLIED", 8: "APPLIED", 9: "APPLIED",
                          10: "INVALID", 11: "INVALID", 12: "INVALID"})
        number = got[1].case_number
        self.assertEqual({got[p].case_number for p in (2, 7, 8, 9)}, {number})
        self.assertTrue(got[1].promises)
        self.assertIn("service", got[4].error)
        self.assertEqual((got[3].reason, got[10].reason), ("REQUEST_ID_REUSED", "NOT_FOUND"))
        stream.item(13, note={"request_id": "n3", "text": "事後", "case_number": number})
        self.assertEqual(stream.wait(1)[13].outcome, R.APPLIED)
        stream.finish()
        self.assertIsNone(stream.error)
        texts = [entry.text for entry in history_of(self.engine, number)]
        self.assertEqual((texts.count("介接註記"), texts.count("已復"), texts.count("事後")), (1, 1, 1))
        again = Stream(self.engine, "outcomes")
        self.assertTrue(again.ready.wait(10))
        self.assertEqual(again.opened.resume_after, 13)
        again.finish()

    def test_cut_and_resumed(self):
        items = {position: lodge_item(subject=f"第 {position} 件") for position in range(1, 5001)}
        stream = Stream(self.engine, "cut")
        for position in range(1, 4001):
            stream.item(position, lodge=items[position])
        answered = stream.wait(3000)
        stream.call.cancel()  # in the middle
        stream.thread.join(10)
        self.assertEqual(stream.error.code(), grpc.StatusCode.CANCELLED)
        answered.update({r.position: r for r in iter_queue(stream.results)})
        self.installation.kill()
        self.installation.arguments = ["--clock", "virtual"]
        self.installation.start()
        again = Stream(self.engine, "cut")
        self.assertTrue(again.ready.wait(10))
        resume = again.opened.resume_after
        self.assertGreaterEqual(resume, 2048 if len(answered) >= 2500 else 0)
        self.assertLessEqual(resume, 4000)
        for position in range(resume + 1, 5001):
            again.item(position, lodge=items[position])
        second = again.wait(5000 - resume)
        again.finish()
        for position, result in second.items():
            if position in answered:
                self.assertEqual((result.outcome, result.case_number), (R.DUPLICATE, answered[position].case_number), position)
        self.assertEqual(set(range(1, 5001)) - set(second), set(range(1, resume + 1)))
        figures = self.engine.admin.GetStatistics(admin_pb2.GetStatisticsRequest(), timeout=10)
        numbers = {r.case_number for r in answered.values()} | {r.case_number for r in second.values()}
        self.assertLessEqual(len(numbers), 5000)
        for position in (1, resume or 1, 4000, 5000):  # what lies behind the resume point is there too
            request = lodge_request()
            request.CopyFrom(items[position])
            request.tenant = "taisugar"
            self.assertTrue(self.engine.cases.LodgeCase(request, timeout=10).duplicate)
        self.assertGreaterEqual(figures.lodged, 5000)

    def test_misuse_ends_the_stream_with_a_reason(self):
        def outcome(*messages, **options):
            return refusal(self.engine.intake.Ingest, iter(messages), timeout=10, **options)
        opened = I.IngestRequest(open=I.IngestOpen(tenant="taisugar", source="misuse"))
        item = I.IngestRequest(item=I.IngestItem(position=5, lodge=lodge_item()))
        lower = I.IngestRequest(item=I.IngestItem(position=5, lodge=lodge_item()))
        for messages, field in (([item], "open"), ([opened, opened], "open"), ([opened, I.IngestRequest()], "message"), ([opened, item, lower], "item.position"),
                                ([I.IngestRequest(open=I.IngestOpen(tenant="nobody", source="x"))], "open.tenant"),
                                ([I.IngestRequest(open=I.IngestOpen(tenant="taisugar"))], "open.source")):
            wrong = outcome(*messages)
            self.assertEqual((wrong.code, list(wrong.fields)), (grpc.StatusCode.INVALID_ARGUMENT, [field]), messages)
        self.assertEqual(outcome(opened, metadata=[("casewheel-actor", "nobody")]).code, grpc.StatusCode.PERMISSION_DENIED)
        self.assertEqual(list(self.engine.intake.Ingest(iter([]), timeout=10)), [])

    def test_answers_that_are_not_read(self):
        """A sender that reads nothing must not fill the engine's memory with its answers."""
        engine = Engine(self.installation.address, options=[("grpc.http2.lookahead_bytes", 1024), ("grpc.http2.bdp_probe", 0)])
        before = self.installation.resident_mib()
        most, sent = 120_000, [0]
        item = I.IngestRequest(item=I.IngestItem(position=1, lodge=lodge_item(service="n" * 64, unit="u" * 65, request_id="r" * 65, subject="")))
        stop = threading.Event()

        def requests():
            yield I.IngestRequest(open=I.IngestOpen(tenant="taisugar", source=new_id("silent")))
            for position in range(1, most + 1):
                if stop.is_set():
                    return
                item.item.position = position
                sent[0] = position
                yield item

        call = engine.intake.Ingest(requests(), timeout=120)  # never read
        settled, at = time.monotonic() + 2, 0
        while sent[0] < most and time.monotonic() < settled:
            if sent[0] != at:
                settled, at = time.monotonic() + 2, sent[0]
            time.sleep(0.05)
        after = self.installation.resident_mib()
        print(f"\n  unread answers: the engine took {sent[0]} of {most} items, {before:.0f} -> {after:.0f} MiB", flush=True)
        self.assertLess(sent[0], most, "the engine took everything from a client that reads nothing")
        self.assertLess(after - before, 60)
        self.lodge()
        # It reads at last: the stream goes on.
        got = 0
        for response in call:
            got += response.HasField("result")
            if got == 20_000:
                break
        self.assertEqual(got, 20_000)
        stop.set()
        call.cancel()
        engine.close()


def iter_queue(results):
    while True:
        try:
            yield results.get_nowait()
        except queue.Empty:
            return


if __name__ == "__main__":
    unittest.main()
