"""The outside ledger of a crash run: what was asked of the engine, what it acknowledged, and whether
its cases and histories still say so. It lives in the process that kills the engine and is never
killed itself. Every fault found is a line in `faults`, under one of the names in FAULTS.
"""

import collections

from contract import cases_pb2, grpc, history_of, ms_of

FAULTS = ("lost", "doubled", "fired twice", "never fired", "fired early", "other")

# The ladder steps of each kind of clock in crash.yaml, as offsets from due in milliseconds: (first,
# every, times). An outside copy on purpose: the check must not believe the engine about its own rules.
LADDERS = {
    "acknowledge": [(-1000, 0, 1), (0, 0, 1)],
    "reply": [(-1000, 0, 1), (0, 0, 1), (1000, 1000, 3)],
    "resolve": [(0, 0, 1)],
    "agreed_date": [(-500, 0, 1), (0, 0, 1), (500, 1000, 3)],
}


class Case:
    def __init__(self, key, request):
        self.key = key              # request id of its lodging
        self.request = request
        self.number = ""
        self.acknowledged = False   # the lodging
        self.revision = 0           # highest acknowledged
        self.promises = {}          # clock kind -> due, as the lodging was answered
        self.texts = {}             # marker -> "acknowledged" | "unknown" | "refused"
        self.plain = {}             # event without text -> [acknowledged, unknown]
        self.touched = True         # since it was last checked
        self.busy = False
        self.alone = False          # nobody works on it: its whole ladder must fire
        self.status = "registered"  # as we know it, to choose sensible actions
        self.agreed = False
        self.clocks = ()            # of the latest acknowledged answer


class Ledger:
    def __init__(self, tenant):
        self.tenant = tenant
        self.cases = {}
        self.faults = collections.Counter()
        self.said = []
        self.acknowledged = 0
        self.fired = 0
        self.breached = 0

    def fault(self, name, text):
        self.faults[name] += 1
        if len(self.said) < 40:
            self.said.append(f"{name}: {text}")

    # --- after a restart -----------------------------------------------------------------------------

    def check_case(self, engine, case, settled):
        """What was acknowledged is there, once. `settled`: no request is open, nothing is unknown."""
        if not case.number:
            return None
        try:
            view = engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=case.number), timeout=30)
            history = history_of(engine, case.number)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                self.fault("lost", f"case {case.number} of {case.key} is gone")
            else:
                self.fault("other", f"case {case.number}: {error.code()} {error.details()}")
            return None
        revision = int(view.etag.strip('"'))
        if revision < case.revision:
            self.fault("lost", f"case {case.number} is at revision {revision}, acknowledged was {case.revision}")
        if view.external_reference != case.key:
            self.fault("other", f"number {case.number} was given to {case.key}, and is {view.external_reference}")
        # A deadline may have fired between the two reads.
        if [entry.revision for entry in history] != list(range(1, len(history) + 1)) or len(history) < revision:
            self.fault("other", f"case {case.number}: its history's revisions are not 1 to {revision}")
        texts = collections.Counter(entry.text for entry in history if entry.text.startswith("#"))
        for marker, fate in case.texts.items():
            seen = texts.pop(marker, 0)
            if fate == "acknowledged" and seen == 0:
                self.fault("lost", f"case {case.number}: {marker} was acknowledged and is not in the history")
            elif seen > 1:
                self.fault("doubled", f"case {case.number}: {marker} is {seen} times in the history")
            elif fate == "refused" and seen:
                self.fault("other", f"case {case.number}: {marker} was refused and is in the history")
        for marker, seen in texts.items():
            self.fault("other", f"case {case.number}: {marker} is {seen} times in the history and was never asked")
        events = collections.Counter(entry.event for entry in history)
        for event, (acknowledged, unknown) in case.plain.items():
            most = acknowledged + (0 if settled else unknown)
            if not acknowledged <= events[event] <= most:
                self.fault("lost" if events[event] < acknowledged else "doubled",
                           f"case {case.number}: {event} {events[event]} times, acknowledged {acknowledged}, unknown {unknown}")
        self._check_firings(case, history)
        case.touched = False
        return view, history

    def _check_firings(self, case, history):
        """Nothing before its instant, nothing twice: on whatever has fired so far."""
        seen = set()
        moved = collections.Counter()
        ended = set()
        for entry in history:
            if not entry.event.startswith(("clock_", "step_")):
                continue
            facts = {change.field: change.value for change in entry.changes}
            clock = facts.get("clock", "0")
            # Another date has steps of its own: extended, or paused from before a breach that this takes back.
            if entry.event == "clock_extended" or facts.get("takes_back_breach") == "true":
                moved[clock] += 1
            elif entry.event == "clock_restored":
                ended.discard(clock)  # its end was undone
            elif entry.event == "clock_stopped":
                ended.add(clock)
                late = parse_ms(facts["action_time"]) > parse_ms(facts["due_time"]) if "due_time" in facts else False
                if facts["verdict"] == "met" and late or facts["verdict"] == "broken" and not late:
                    self.fault("other", f"case {case.number}: clock {clock} is {facts['verdict']}, action "
                                        f"{facts['action_time']}, due {facts.get('due_time')}")
            elif entry.event in ("clock_breached", "step_fired"):
                if clock in ended:
                    self.fault("other", f"case {case.number}: clock {clock} fired after it had stopped")
                what = (entry.event, clock, moved[clock], facts.get("step", "0"), facts.get("repetition", "0"))
                if what in seen:
                    self.fault("fired twice", f"case {case.number}: {what}")
                seen.add(what)
                due, fired = parse_ms(facts["due_time"]), parse_ms(facts["fired_time"])
                if fired < due or ms_of(entry.time) < due:
                    self.fault("fired early", f"case {case.number}: {what} due {facts['due_time']} fired {facts['fired_time']}")
                if fired != ms_of(entry.time):
                    self.fault("other", f"case {case.number}: {what} fired {facts['fired_time']}, committed {entry.time}")

    # --- when the last instant has passed ---------------------------------------------------------------

    def check_fired(self, case, view, history, now):
        """Everything that fell due has fired. The instants are computed here, from what was promised."""
        self.breached += sum(entry.event == "clock_breached" for entry in history)
        self.fired += sum(entry.event == "step_fired" for entry in history)
        for clock in view.clocks:
            if clock.status != cases_pb2.CLOCK_STATUS_RUNNING:
                continue
            late = f"case {case.number}: clock {clock.id} {cases_pb2.ClockKind.Name(clock.kind)}"
            if ms_of(clock.due_time) < now and not clock.breached:
                self.fault("never fired", f"{late}: its due {ms_of(clock.due_time)} has passed, no breach")
            if clock.HasField("next_step_time") and ms_of(clock.next_step_time) <= now:
                self.fault("never fired", f"{late}: still waits for a step of {ms_of(clock.next_step_time)}")
        if not case.alone:
            return
        kinds, first_steps, covered, breaches = {}, {}, collections.Counter(), {}
        for entry in history:
            facts = {change.field: change.value for change in entry.changes}
            clock = facts.get("clock")
            if entry.event == "clock_started":
                kinds[clock] = facts["kind"]
                first_steps[facts["kind"]] = int(facts.get("first_step", 0))
            elif entry.event == "clock_breached":
                breaches[kinds[clock]] = parse_ms(facts["due_time"])
            elif entry.event == "step_fired":
                step, last, skipped = (int(facts.get(name, 0)) for name in ("step", "repetition", "skipped"))
                due = case.promises.get(kinds[clock])
                if due is not None:
                    offset, every, _ = LADDERS[kinds[clock]][step]
                    instant = due + offset + (last - skipped) * every
                    if parse_ms(facts["due_time"]) != instant:
                        self.fault("other", f"case {case.number}: step {step} of {kinds[clock]} says due {facts['due_time']}, "
                                            f"the promise makes it {instant}")
                for repetition in range(last - skipped, last + 1):
                    covered[kinds[clock], step, repetition] += 1
        for kind, due in case.promises.items():
            if due > now - 4000:  # the last repetition is within 3 s of due
                continue
            if breaches.get(kind) != due:
                self.fault("never fired", f"case {case.number}: {kind} was promised for {due}, breach recorded for {breaches.get(kind)}")
            for step, (_, _, times) in enumerate(LADDERS[kind]):
                if step < first_steps.get(kind, 0):
                    continue
                for repetition in range(times):
                    count = covered[kind, step, repetition]
                    if count != 1:
                        self.fault("never fired" if count == 0 else "fired twice",
                                   f"case {case.number}: {kind} step {step} repetition {repetition} fired {count} times")

    def check_keys(self, engine):
        """Walks every case of the tenant: each key once, each acknowledged one there under its number."""
        found, token = {}, ""
        while True:
            page = engine.cases.ListCases(
                cases_pb2.ListCasesRequest(tenant=self.tenant, page_size=500, page_token=token), timeout=60)
            for view in page.cases:
                key = view.external_reference
                if key in found:
                    self.fault("doubled", f"{key} is both {found[key]} and {view.case_number}")
                found[key] = view.case_number
                if key not in self.cases:
                    self.fault("other", f"case {view.case_number} has key {key}, which nobody sent")
            token = page.next_page_token
            if not token:
                break
        for key, case in self.cases.items():
            if case.acknowledged and found.get(key) != case.number:
                self.fault("lost", f"{key} was acknowledged as {case.number}, the list has {found.get(key)}")
        return len(found)


def parse_ms(text):
    """RFC 3339 in UTC, as a history's changes hold it."""
    from datetime import datetime, timezone
    form = "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ"
    return round(datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp() * 1000)
