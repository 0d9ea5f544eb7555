"""The load of a crash run: calls in flight against one life of the engine, each noted in the ledger
before it is sent and settled when its answer comes, or when the engine dies under it.

What was not answered is kept in `unsettled` and asked again, with the same request id and body, in
the next life.
"""

import collections
import threading
import time

from contract import cases_pb2, grpc, intake_pb2, ms_of, stamp, supervision_pb2

from ledger import Case

IN_FLIGHT_MAX = 256
ALONE_SHARE = 0.4
# Answers that say "not done, and asking again will not do it"; all others leave the question open.
REFUSED = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ABORTED,
           grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.ALREADY_EXISTS,
           grpc.StatusCode.RESOURCE_EXHAUSTED}


class Operation:
    __slots__ = ("method", "request", "case", "marker", "event")

    def __init__(self, method, request, case, marker="", event=""):
        self.method, self.request, self.case, self.marker, self.event = method, request, case, marker, event


def now_ms():
    return time.time_ns() // 1_000_000


class Load:
    def __init__(self, ledger, random):
        self.ledger, self.random = ledger, random
        self.unsettled = []
        self.lock = threading.Lock()
        self.slots = threading.Semaphore(IN_FLIGHT_MAX)
        self.in_flight = 0
        self.idle = threading.Condition(self.lock)
        self.count = 0
        self.workable = collections.deque(maxlen=400)

    # --- what is asked --------------------------------------------------------------------------------

    def new_id(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}-{self.random.getrandbits(32):08x}"

    def make_lodge(self, prefix="l", tenant=True):
        key = self.new_id(prefix)
        request = cases_pb2.LodgeCaseRequest(
            request_id=key, service=self.random.choice(["complaint", "works"]),
            channel=self.random.randint(1, 8), priority=self.random.randint(0, 4), subject="壞了 " + key, external_reference=key,
            description="x" * self.random.randint(0, 600))
        if tenant:
            request.tenant = self.ledger.tenant
        if self.random.random() < 0.5:
            request.applicant.phone = f"09{self.random.randint(0, 99999999):08d}"
        if self.random.random() < 0.3:
            request.handler = self.random.choice(["s2", "s3"])
        if self.random.random() < 0.6:
            stamp(request.agreed_time, now_ms() + self.random.randint(200, 5000))
        case = Case(key, request)
        case.alone = self.random.random() < ALONE_SHARE
        with self.lock:
            self.ledger.cases[key] = case
        return case

    def make_action(self, case):
        """A sensible action on the case as we know it."""
        pick, key = self.random.random(), self.new_id("a")
        marker = "#" + key
        base = {"case_number": case.number, "request_id": key}
        if self.random.random() < 0.2:
            base["etag"] = f'"{case.revision}"'
        if pick < 0.25:
            return Operation("AddNote", cases_pb2.AddNoteRequest(text=marker, to_applicant=self.random.random() < .3, **base), case, marker)
        if pick < 0.40:
            request = cases_pb2.AgreeDateRequest(reason=marker, **base)
            stamp(request.agreed_time, now_ms() + self.random.randint(300, 5000))
            return Operation("AgreeDate", request, case, marker)
        if pick < 0.50:
            return Operation("AssignCase", cases_pb2.AssignCaseRequest(handler=self.random.choice(["s2", "s3"]), **base), case, event="case_assigned")
        if pick < 0.56:
            return Operation("AcceptCase", cases_pb2.AcceptCaseRequest(**base), case, event="case_accepted")
        if pick < 0.62:
            return Operation("TransferCase", cases_pb2.TransferCaseRequest(unit=self.random.choice(["desk", "field"]), reason=marker, **base), case, marker)
        if pick < 0.68:
            return Operation("RequestDocuments", cases_pb2.RequestDocumentsRequest(documents=["文件 " + key], text=marker, **base), case, marker)
        if pick < 0.72:
            return Operation("ReceiveDocuments", cases_pb2.ReceiveDocumentsRequest(**base), case)
        running = [clock for clock in case.clocks if clock.status == cases_pb2.CLOCK_STATUS_RUNNING]
        if pick < 0.78 and running:
            request = supervision_pb2.ExtendClockRequest(clock=self.random.choice(running).id, reason=marker, **base)
            stamp(request.due_time, now_ms() + self.random.randint(1000, 5000))
            return Operation("ExtendClock", request, case, marker)
        if pick < 0.90:
            return Operation("ReplyCase", cases_pb2.ReplyCaseRequest(means=1, text=marker, **base), case, marker)
        if case.status == "closed":
            return Operation("ReopenCase", cases_pb2.ReopenCaseRequest(reason=marker, **base), case, marker)
        return Operation("CloseCase", cases_pb2.CloseCaseRequest(outcome=1, text=marker, **base), case, marker)

    # --- asking ------------------------------------------------------------------------------------------

    def send(self, engine, operation):
        case = operation.case
        with self.lock:
            case.touched = True
            case.busy = True
            if operation.marker:
                case.texts.setdefault(operation.marker, "unknown")
            if operation.event:
                case.plain.setdefault(operation.event, [0, 0])
                case.plain[operation.event][1] = 1
            self.in_flight += 1
        stub = engine.supervision if operation.method == "ExtendClock" else engine.cases
        call = getattr(stub, operation.method).future(operation.request, timeout=20)
        call.add_done_callback(lambda answer: self.settle(operation, answer))

    def settle(self, operation, call):
        case, error = operation.case, None
        try:
            answer = call.result()
        except grpc.RpcError as refusal:
            error = refusal.code()
        except grpc.FutureCancelledError:
            error = grpc.StatusCode.CANCELLED
        with self.lock:
            case.busy = False
            if error is None:
                self.acknowledge(operation, answer)
            elif error in REFUSED:
                if operation.marker:
                    case.texts[operation.marker] = "refused"
                if error in (grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.NOT_FOUND):
                    self.ledger.fault("other", f"{operation.method} {operation.request.request_id}: {error}")
                if operation.event:
                    case.plain[operation.event][1] = 0
            else:
                self.unsettled.append(operation)
            self.in_flight -= 1
            self.idle.notify_all()
        self.slots.release()

    def acknowledge(self, operation, answer):
        case = operation.case
        self.ledger.acknowledged += 1
        case.revision = max(case.revision, int(answer.etag.strip('"')))
        if operation.method == "LodgeCase":
            self.lodged(case, answer.case_number, answer.promises)
            return
        if operation.marker:
            case.texts[operation.marker] = "acknowledged"
        if operation.event:
            case.plain[operation.event] = [case.plain[operation.event][0] + 1, 0]
        case.status = cases_pb2.CaseStatus.Name(answer.status)[len("CASE_STATUS_"):].lower()
        case.clocks = answer.clocks
        if len(case.texts) + len(case.plain) < 12:
            self.workable.append(case)

    def lodged(self, case, number, promises):
        if case.acknowledged and case.number != number:
            self.ledger.fault("doubled", f"{case.key} was answered {case.number} and {number}")
        case.number, case.acknowledged = number, True
        promised = {cases_pb2.ClockKind.Name(p.kind)[len("CLOCK_KIND_"):].lower(): ms_of(p.due_time) for p in promises}
        if case.alone and case.promises and case.promises != promised:
            self.ledger.fault("other", f"{case.key} was promised {case.promises}, then {promised}")
        case.promises = promised
        if not case.alone:
            self.workable.append(case)

    def run(self, engine, until):
        """Asks until the monotonic instant; what is in flight then stays so."""
        retries, self.unsettled = self.unsettled, []
        for operation in retries:
            self.slots.acquire()
            self.send(engine, operation)
        while time.monotonic() < until:
            if not self.slots.acquire(timeout=0.02):
                continue
            operation = None
            if self.workable and self.random.random() < 0.65:
                with self.lock:
                    case = self.workable.popleft()
                if not case.busy:
                    operation = self.make_action(case)
            if operation is None:
                case = self.make_lodge()
                operation = Operation("LodgeCase", case.request, case)
            self.send(engine, operation)

    def settle_all(self, engine):
        """Asks what is unknown until everything has been answered."""
        for _ in range(20):
            retries, self.unsettled = self.unsettled, []
            for operation in retries:
                self.slots.acquire()
                self.send(engine, operation)
            self.drain()
            if not self.unsettled:
                return
            time.sleep(0.2)
        self.ledger.fault("other", f"{len(self.unsettled)} requests stay unanswered by an engine that is up")

    def drain(self):
        with self.lock:
            while self.in_flight:
                self.idle.wait()


class Feed:
    """One integrator's stream, cut with every kill and resumed in the next life."""

    WINDOW = 200

    def __init__(self, load, source):
        self.load, self.ledger, self.source = load, load.ledger, source
        self.items = {}          # position -> (IngestItem, Case, marker)
        self.position = 0
        self.unanswered = set()
        self.resume_after = 0
        self.keys = collections.deque(maxlen=100)
        self.threads = []

    def make_item(self):
        self.position += 1
        item = intake_pb2.IngestItem(position=self.position)
        if self.keys and self.load.random.random() < 0.55:
            case = self.load.random.choice(self.keys)
            key = self.load.new_id("f")
            marker = "#" + key
            what = self.load.random.random()
            if what < 0.6:
                item.note.request_id, item.note.text = key, marker
            elif what < 0.8:
                item.reply.request_id, item.reply.text, item.reply.means = key, marker, 1
            else:
                item.close.request_id, item.close.text, item.close.outcome = key, marker, 1
            item.case_of = case.key
            with self.load.lock:
                case.texts[marker] = "unknown"
        else:
            case, marker = self.load.make_lodge(self.source, tenant=False), ""
            item.lodge.CopyFrom(case.request)
            case.request.tenant = self.ledger.tenant  # as a unary call must write it
            if not case.alone:
                self.keys.append(case)
        self.items[self.position] = (item, case, marker)
        return item

    def run(self, engine, until):
        thread = threading.Thread(target=self._session, args=(engine, until))
        thread.start()
        self.threads = [thread]

    def settle(self, engine):
        """Sends again what was not answered, and ends the stream in peace: its resume point is the end."""
        for _ in range(20):
            self._session(engine, time.monotonic() + 0.05)
            if not self.unanswered:
                return
        self.ledger.fault("other", f"{self.source}: {len(self.unanswered)} items stay unanswered by an engine that is up")

    def join(self):
        for thread in self.threads:
            thread.join(30)
            if thread.is_alive():
                self.ledger.fault("other", f"a stream of {self.source} neither ended nor was cut")

    def _session(self, engine, until):
        while True:
            opened, room, ended = threading.Event(), threading.Semaphore(self.WINDOW), threading.Event()
            finish_at = self.load.random.randint(50, 400)

            def requests():
                yield intake_pb2.IngestRequest(open=intake_pb2.IngestOpen(tenant=self.ledger.tenant, source=self.source))
                opened.wait(10)
                again = sorted(p for p in self.unanswered if p > self.resume_after)
                sent = 0
                while not ended.is_set() and (again or (time.monotonic() < until and sent < finish_at)):
                    if not room.acquire(timeout=0.02):
                        continue
                    item = self.items[again.pop(0)][0] if again else self.make_item()
                    self.unanswered.add(item.position)
                    self.items[item.position][1].touched = True
                    sent += 1
                    yield intake_pb2.IngestRequest(item=item)

            try:
                for response in engine.intake.Ingest(requests(), timeout=30):
                    if response.HasField("opened"):
                        self.resumed(response.opened.resume_after)
                        opened.set()
                    else:
                        self.answered(response.result)
                        room.release()
            except (grpc.RpcError, ValueError):  # cut; ValueError: the channel was closed
                ended.set()
                opened.set()
                time.sleep(0.01)
            if time.monotonic() >= until:
                return

    def resumed(self, position):
        if position < self.resume_after or position > self.position:
            self.ledger.fault("lost", f"{self.source} resumes after {position}; it was {self.resume_after}, sent was {self.position}")
        self.resume_after = max(position, self.resume_after)
        # Answered durably, though the answer did not reach us: asked by a call instead.
        for done in sorted(p for p in self.unanswered if p <= position):
            item, case, _ = self.items[done]
            self.unanswered.discard(done)
            if item.HasField("lodge"):
                with self.load.lock:
                    self.load.unsettled.append(Operation("LodgeCase", case.request, case))

    def answered(self, result):
        item, case, marker = self.items[result.position]
        R = intake_pb2.IngestResult
        if result.outcome == R.OVERLOADED:
            return
        self.unanswered.discard(result.position)
        with self.load.lock:
            case.touched = True
            if result.outcome in (R.CREATED, R.DUPLICATE, R.APPLIED):
                self.ledger.acknowledged += 1
                if marker:
                    case.texts[marker] = "acknowledged"
                else:
                    self.load.lodged(case, result.case_number, result.promises)
            else:
                if result.outcome == R.CONFLICT:
                    self.ledger.fault("other", f"{self.source} {result.position}: CONFLICT {result.error}")
                if marker:
                    case.texts[marker] = "refused"
