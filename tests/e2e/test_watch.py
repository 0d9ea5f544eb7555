"""The live board: a snapshot, then every change; and a watcher that does not read harms nobody."""

import queue
import threading
import time
import unittest

from contract import Engine, cases_pb2, grpc, refusal, supervision_pb2
from installation import SANITIZED, eventually
from serving import DAY_MS, HOUR_MS, Serving, lodge_request, new_id

S = supervision_pb2


class Follower:
    """Reads a watch on a thread of its own and keeps the board it adds up to."""

    def __init__(self, engine, **filter_fields):
        horizon_s = filter_fields.pop("horizon_s", 0)
        request = S.WatchDueRequest(filter=S.DueFilter(**filter_fields))
        request.filter.horizon.seconds = horizon_s
        self.call = engine.supervision.WatchDue(request)
        self.board, self.revisions, self.messages = {}, [], queue.Queue()
        self.complete = threading.Event()
        self.ended = None
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.thread.start()

    def _follow(self):
        try:
            for message in self.call:
                self.revisions.append(message.revision)
                change = message.WhichOneof("change")
                if change == "snapshot":
                    self.board.update({row.case_number: row for row in message.snapshot.cases})
                    if message.snapshot.complete:
                        self.complete.set()
                elif change == "upsert":
                    self.board[message.upsert.case_number] = message.upsert
                else:
                    self.board.pop(message.removed, None)
                self.messages.put(message)
        except grpc.RpcError as error:
            self.ended = error
        self.complete.set()

    def close(self):
        self.call.cancel()
        self.thread.join(5)


class Watch(Serving):
    def test_snapshot_then_deltas(self):
        late = self.lodge().case_number
        self.advance(73 * HOUR_MS)
        follower = Follower(self.engine, tenant="taisugar")
        self.assertTrue(follower.complete.wait(10))
        self.assertIn(late, follower.board)
        self.assertTrue(follower.board[late].overdue)
        self.assertNotIn("王小明".encode(), follower.board[late].SerializeToString())

        next_one = self.lodge().case_number
        other_tenant = self.lodge(tenant="water", service="water-quality").case_number
        self.advance(5 * HOUR_MS)  # past its acknowledge clock
        eventually(lambda: next_one in follower.board)
        self.assertEqual(follower.board[next_one].clock_kind, cases_pb2.CLOCK_KIND_ACKNOWLEDGE)
        self.engine.cases.AssignCase(cases_pb2.AssignCaseRequest(case_number=next_one, handler="ts031", request_id=new_id()), timeout=10)
        eventually(lambda: follower.board[next_one].handler == "ts031")
        self.engine.cases.ReplyCase(cases_pb2.ReplyCaseRequest(case_number=next_one, means=1, text="好", request_id=new_id()), timeout=10)
        eventually(lambda: follower.board[next_one].unclocked)  # open, and owes nothing: somebody has to close it
        self.engine.cases.CloseCase(cases_pb2.CloseCaseRequest(case_number=next_one, outcome=1, request_id=new_id()), timeout=10)
        eventually(lambda: next_one not in follower.board)
        self.assertIn(late, follower.board)
        self.assertNotIn(other_tenant, follower.board)
        self.assertEqual(follower.revisions, sorted(set(follower.revisions)))
        listed = self.engine.supervision.ListDue(S.ListDueRequest(filter=S.DueFilter(tenant="taisugar")), timeout=10)
        self.assertEqual({row.case_number for row in listed.cases}, set(follower.board))
        follower.close()
        eventually(lambda: self.installation.metric("casewheel_watchers") == 0)

    def test_filters(self):
        mine = self.lodge(service="product-complaint").case_number
        self.lodge(service="customer-complaint")
        follower = Follower(self.engine, tenant="taisugar", unit="retail", horizon_s=DAY_MS // 1000)
        self.assertTrue(follower.complete.wait(10))
        self.assertEqual(set(follower.board), {mine})
        follower.close()
        for fields in ({}, {"tenant": "nobody"}, {"tenant": "taisugar", "unit": "nowhere"}):
            self.assertEqual(refusal(self.engine.supervision.WatchDue, S.WatchDueRequest(filter=S.DueFilter(**fields))).code,
                             grpc.StatusCode.INVALID_ARGUMENT)

    def test_ended_by_shutdown(self):
        engine = Engine(self.installation.address)
        follower = Follower(engine, tenant="taisugar")
        self.assertTrue(follower.complete.wait(10))
        began = time.monotonic()
        self.assertEqual(self.installation.stop(), 0)
        self.assertLess(time.monotonic() - began, 12)
        follower.thread.join(5)
        self.assertIsNotNone(follower.ended)
        engine.close()
        self.installation.arguments = ["--clock", "virtual"]
        self.installation.start()


class SilentWatcher(Serving):
    """Watchers that stop reading: their memory is bounded, they are let go, and the others go on."""

    ARGUMENTS = ("--clock", "virtual:2026-01-05T09:00:00+08:00", "--log-level", "warn")

    def test_it_harms_nobody(self):
        address = self.installation.address
        day = DAY_MS * 30 // 1000
        silent = []
        for _ in range(5):
            # Small buffers, so that what is not read stays with the engine.
            engine = Engine(address, options=[("grpc.http2.lookahead_bytes", 1024), ("grpc.http2.bdp_probe", 0)])
            request = S.WatchDueRequest(filter=S.DueFilter(tenant="taisugar"))
            request.filter.horizon.seconds = day
            call = engine.supervision.WatchDue(request)
            self.assertTrue(next(call).HasField("snapshot"))
            silent.append((engine, call))
        reader = Follower(self.engine, tenant="taisugar", horizon_s=day)
        self.assertTrue(reader.complete.wait(10))

        before = self.installation.resident_mib()
        numbers, most = [], 24_000  # more changed cases than may wait for one watcher
        in_flight = threading.Semaphore(512)
        slowest = [0.0]

        def settle(began):
            def settled(call):
                numbers.append(call.result().case_number)
                slowest[0] = max(slowest[0], time.monotonic() - began)
                in_flight.release()
            return settled

        template = lodge_request(subject="x", description="")
        raw = self.engine.channel.unary_unary("/casewheel.v1.Cases/LodgeCase", response_deserializer=cases_pb2.LodgeCaseResponse.FromString)
        for _ in range(most):
            in_flight.acquire()
            template.request_id = new_id("watch")
            raw.future(template.SerializeToString(), timeout=60).add_done_callback(settle(time.monotonic()))
        for _ in range(512):
            in_flight.acquire()
        self.assertEqual(len(set(numbers)), most)
        eventually(lambda: len(reader.board) == most, patience_s=30)  # the reader saw every one
        self.assertIsNone(reader.ended)
        after = self.installation.resident_mib()

        ended = []
        for engine, call in silent:  # they read again: what was sent, then the end
            try:
                for _ in call:
                    pass
            except grpc.RpcError as error:
                ended.append(error.code())
            engine.close()
        print(f"\n  silent watchers: {len(ended)} ended, {before:.0f} -> {after:.0f} MiB, slowest lodge {slowest[0]:.2f} s", flush=True)
        self.assertEqual(ended, [grpc.StatusCode.RESOURCE_EXHAUSTED] * 5)
        if not SANITIZED:
            self.assertLess(after - before, 300)
        again = Follower(self.engine, tenant="taisugar", horizon_s=day)  # opens again, gets a new snapshot
        self.assertTrue(again.complete.wait(20))
        self.assertEqual(set(again.board), set(numbers))
        again.close()
        reader.close()


if __name__ == "__main__":
    unittest.main()
