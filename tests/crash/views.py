"""The read models after a restart, compared with the store: the board of what is due and everybody's
notices must say what the cases themselves say, read by other calls. Deadlines fire meanwhile, so what
differs counts only when it stays so: it is looked at again until nothing moves or patience ends."""

import collections
import time

from contract import cases_pb2, ms_of, supervision_pb2

STAFF = ("s1", "s2", "s3")
OPEN = [cases_pb2.CASE_STATUS_REGISTERED, cases_pb2.CASE_STATUS_ASSIGNED, cases_pb2.CASE_STATUS_IN_PROGRESS,
        cases_pb2.CASE_STATUS_AWAITING_DOCUMENTS, cases_pb2.CASE_STATUS_REPLIED, cases_pb2.CASE_STATUS_SUSPENDED]
WAITS = (cases_pb2.CLOCK_STATUS_RUNNING, cases_pb2.CLOCK_STATUS_PAUSED)
ATTEMPTS = 40
FEW = 12  # attempts in which everybody's notices have had a moment of rest, or have none
PAUSE_S = 0.25


def pages(call, request, field):
    while True:
        page = call(request, timeout=30)
        yield from getattr(page, field)
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def of_the_store(engine, tenant):
    """What the open cases themselves say: of each its board row, and of each person her notices."""
    rows, notices = {}, collections.Counter()
    request = cases_pb2.ListCasesRequest(tenant=tenant, statuses=OPEN, page_size=500)
    for case in pages(engine.cases.ListCases, request, "cases"):
        waiting = [escalation for escalation in case.escalations if not escalation.HasField("acknowledge_time")]
        for escalation in waiting:
            for staff in set(escalation.recipients):
                notices[staff] += 1
        dues = [ms_of(clock.due_time) for clock in case.clocks
                if clock.status in WAITS and clock.HasField("due_time")]
        waits = any(clock.status in WAITS for clock in case.clocks)
        if dues or not waits:  # one without a clock stands before all others
            rows[case.case_number] = (min(dues, default=0), sum(max(e.firings, 1) for e in waiting), max((e.level for e in case.escalations), default=0),
                                      case.status, case.handler, case.unit)
    return rows, notices


def of_the_views(engine, tenant):
    request = supervision_pb2.ListDueRequest(page_size=500)
    request.filter.tenant = tenant
    request.filter.horizon.seconds = 366 * 86400
    rows = {due.case_number: (ms_of(due.due_time), due.unacknowledged, due.level, due.status, due.handler, due.unit)
            for due in pages(engine.supervision.ListDue, request, "cases")}
    notices = collections.Counter()
    for staff in STAFF:
        answer = engine.supervision.ListNotices(supervision_pb2.ListNoticesRequest(tenant=tenant, staff=staff), timeout=30)
        notices[staff] = len(answer.notices) + sum(digest.cases for digest in answer.digests) + answer.waiting
    return rows, notices


def check(engine, ledger):
    """Right after a restart. Says what the views keep saying otherwise than the store."""
    wrong, differs, agree = None, {}, set()
    for attempt in range(ATTEMPTS):
        before = of_the_views(engine, ledger.tenant)[1]
        stored, owed = of_the_store(engine, ledger.tenant)
        shown, told = of_the_views(engine, ledger.tenant)
        still = {number: (shown.get(number), stored.get(number)) for number in {*shown, *stored}
                 if shown.get(number) != stored.get(number)}
        # One that moved between the reads is wrong in another way the next time, or not at all.
        wrong = still if wrong is None else {number: pair for number, pair in still.items() if wrong.get(number) == pair}
        for name in STAFF:
            by = told[name] - owed[name]
            if by == 0 or differs.get(name, by) != by:
                agree.add(name)
            elif before[name] == told[name]:
                differs[name] = by
        if not wrong and (len(agree) == len(STAFF) or (attempt >= FEW and not differs.keys() - agree)):
            return
        time.sleep(PAUSE_S)
    for number, (view, row) in list(wrong.items())[:5]:
        ledger.fault("other", f"case {number}: the board shows {view}, the store has {row}")
    for name, by in differs.items():
        if name not in agree:
            ledger.fault("other", f"{name} is told {by:+d} notices beside what the store has")
