"""Every long call of the API at once, over and over, while people read and lodge cases, for bench/run.py."""

import contextlib
import datetime
import http.client
import json
import multiprocessing
import statistics
import threading
import time

PREFIX = "/casewheel.v1."
TENANT = "taipower"


def ask(connection, method, message):
    """A unary method by Connect's JSON; its status and what it answers."""
    connection.request("POST", PREFIX + method, json.dumps(message), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def stream(connection, method, message):
    """A stream of answers, read to its end."""
    body = json.dumps(message).encode()
    connection.request("POST", PREFIX + method, b"\0" + len(body).to_bytes(4, "big") + body, {"Content-Type": "application/connect+json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, None


class LongCalls:
    """One thread a call, each asking again as soon as it was answered. A refusal is an answer too: one slot is shared."""

    def __init__(self, where, catalogue, backups):
        self.where, self.backups = where, backups
        with open(catalogue, encoding="utf-8") as file:
            yaml = file.read()
        until = datetime.datetime.now(datetime.timezone.utc)
        window = {"receivedFrom": "2020-01-01T00:00:00Z", "receivedUntil": until.strftime("%Y-%m-%dT%H:%M:%SZ")}
        # A policy that differs, so that every open case is laid anew.
        stricter = yaml.replace("within: 72h", "within: 71h")
        listed = {"tenant": TENANT, "pageSize": 500, "receivedUntil": "1990-01-01T00:00:00Z"}  # looks at all it may, finds none
        self.calls = {
            "Simulate": (ask, "Calendars/Simulate", {"tenant": TENANT, "yaml": yaml, **window}),
            "ApplyCatalogue, previewed": (ask, "CatalogueService/ApplyCatalogue", {"yaml": stricter, "validateOnly": True, "toOpenCases": True}),
            "ExportPerson": (ask, "Privacy/ExportPerson", {"tenant": TENANT, "person": {"phone": "0912-345-678"}, "reason": "bench", "pageSize": 50}),
            "ApplyRetention": (ask, "Privacy/ApplyRetention", {"tenant": TENANT, "dryRun": True}),
            "ListPublicCases": (ask, "PublicCases/ListPublicCases", listed),
            "ListCases": (ask, "Cases/ListCases", {"tenant": TENANT, "handler": "tp031", "receivedUntil": "1990-01-01T00:00:00Z"}),
            "GetStatistics": (ask, "Admin/GetStatistics", {}),
            "Verify": (stream, "Admin/Verify", {}),
            "CreateBackup": (stream, "Admin/CreateBackup", {"directory": backups}),
        }
        self.answered = {name: 0 for name in self.calls}
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(name,), daemon=True) for name in self.calls]

    def run(self, name):
        how, method, message = self.calls[name]
        while not self.ended.is_set():
            with contextlib.closing(http.client.HTTPConnection(self.where, timeout=120)) as connection, contextlib.suppress(OSError):
                while not self.ended.is_set():
                    status, _ = how(connection, method, message)
                    self.answered[name] += status == 200
                    if status != 200:
                        self.ended.wait(0.2)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(130)


def read_cases(where, numbers, per_second, seconds, out):
    """GetCase at that rate by one client of its own process; latencies in ms count from when a call was due."""
    took = []
    with contextlib.closing(http.client.HTTPConnection(where, timeout=60)) as connection:
        start = time.monotonic()
        for i in range(int(per_second * seconds)):
            due = start + i / per_second
            time.sleep(max(0, due - time.monotonic()))
            status, answer = ask(connection, "Cases/GetCase", {"caseNumber": numbers[i % len(numbers)]})
            if status != 200:
                out.put(f"GetCase: {status} {answer}")
                return
            took.append((time.monotonic() - due) * 1000)
    out.put(took)


def get_case_p99(where, numbers, seconds, meanwhile):
    """The p99 of GetCase, and what `meanwhile()` gives, which lasts about as long."""
    out = multiprocessing.Queue()
    reader = multiprocessing.Process(target=read_cases, args=(where, numbers, 100, seconds, out))
    reader.start()
    other = meanwhile()
    took = out.get(timeout=seconds + 120)
    reader.join()
    if isinstance(took, str):
        raise OSError(took)
    return statistics.quantiles(took, n=100)[98], other


def some_cases(where):
    with contextlib.closing(http.client.HTTPConnection(where, timeout=60)) as connection:
        status, answer = ask(connection, "Cases/ListCases", {"tenant": TENANT, "pageSize": 500})
    if status != 200 or not answer.get("cases"):
        raise OSError(f"ListCases: {status} {answer}")
    return [case["caseNumber"] for case in answer["cases"]]

