"""Measures what bench/README.md lists and prints it beside the bars. Called by bench/run.sh.

Every ratio is the median over interleaved pairs of one run, because the machine's own speed drifts.
A measure taken at another size than the promise names carries that size in its name (restart_100k_s)
and is never passed off as the promise.
"""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import sys
import time
import urllib.parse

import http_load
import reads_stall
import slow_clients
from office import Office
from processes import Failed, Server, run_tool

MEASURES = ["wheel", "sla", "lodge_and_ingest", "auth", "doors", "http_load", "feeds", "pops", "slow_clients", "reads_stall", "storm", "closure", "restart_and_size"]

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)

# name: (first bar, goal, whether more is better); no bar: measured only.
BARS = {
    "lodge_unary_vs_echo": (0.45, 0.7, True),
    "ingest_stream_vs_raw": (0.4, 0.7, True),
    # With the cost of asking who calls and of the trail, then of TLS too; over the same plain echo and rows.
    "lodge_unary_vs_echo_auth": (None, None, True),
    "lodge_unary_vs_echo_auth_tls": (None, None, True),
    "ingest_stream_vs_raw_auth": (None, None, True),
    "ingest_stream_vs_raw_auth_tls": (None, None, True),
    # The same lodges over HTTP/1.1, JSON and protobuf's own bytes, over those by gRPC.
    "lodge_connect_json_vs_grpc": (None, None, True),
    "lodge_connect_proto_vs_grpc": (None, None, True),
    # Other people's tools: lodges by wrk over those by our own, a case read over a page that is always the same, and
    # the same reading by h2load over wrk.
    "wrk_lodge_vs_load": (None, None, True),
    "wrk_get_case_vs_page": (None, None, True),
    "h2load_get_case_vs_wrk": (None, None, True),
    # Feeds of changes open at once, at 1,000 changes a second: how late they are told, and what the engine takes.
    "feeds_lag_p99_ms": (None, None, False),
    "feeds_cpu": (None, None, False),
    "feeds_mib": (None, None, False),
    "pops_lag_p99_ms": (None, None, False),
    "pops_cpu": (None, None, False),
    "pops_mib": (None, None, False),
    # Lodges by gRPC while clients of the HTTP door hold what they were given: their p99 over that of calm.
    **{f"lodge_p99_{name}_vs_calm": (None, None, False) for name in slow_clients.ATTACKS},
    # The p99 of GetCase or of LodgeCase, whichever suffers more, while every long call of the API runs, over calm.
    "reads_stall": (2, 1.5, False),
    "wheel_vs_multimap": (8, 12, True),
    "wheel_vs_asio": (4, 8, True),
    "wheel_bytes_per_timer": (32, 24, False),
    "sla_due_per_s": (None, None, True),
    "sla_due_vs_walk": (None, None, True),
    "storm_lost": (0, 0, False),
    "storm_twice": (0, 0, False),
    "storm_lodge_p99_ms": (50, 20, False),
    "closure_preview_s": (None, None, False),
    "closure_rearm_s": (None, None, False),
    "closure_lodge_p99_ms": (None, None, False),
    "closure_calm_p99_ms": (None, None, False),
    "closure_wrong_dates": (0, 0, False),
    "restart_1m_s": (5, 2, False),
    "firing_lateness_p99_ms": (100, 20, False),
    "case_bytes_ram": (None, 100, False),
    "case_bytes_disk": (None, 700, False),
}

# Bytes of a case's rows that raw_rows writes alike: sealed text once in the case row and once in the
# journal; keys, clock, dedupe and look-up rows.
SEALED_BYTES = 500
SMALL_ROWS_BYTES = 11 + (11 + 60) + (19 + 18) + 2 * 27


class Sizes:
    def __init__(self, quick):
        self.pairs = 3 if quick else 5
        self.seconds = 2 if quick else 5          # one side of a pair
        self.wheel_timers = 1_000_000 if quick else 10_000_000
        self.storm_cases = 10_000 if quick else 100_000
        self.feeds = 100 if quick else 1000
        self.attack_seconds = 4 if quick else 20   # three times
        self.firing_seconds = 5 if quick else 20
        self.stall_cases = 20_000 if quick else 200_000
        self.closure_cases = 50_000 if quick else 500_000
        self.open_cases = 100_000 if quick else 1_000_000


class Bench:
    def __init__(self, build, scratch, sizes):
        self.build = build
        self.scratch = scratch
        self.sizes = sizes
        self.values = {}
        self.notes = {}

    def tool(self, name):
        return os.path.join(self.build, "bench", name)

    def daemon(self, data):
        command = [os.path.join(self.build, "engine/daemon/casewheeld"), "--data", os.path.join(self.scratch, data),
                   "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--http", "127.0.0.1:0", "--clock", "real", "--auth", "off"]
        return Server(command, os.path.join(self.scratch, data + ".log"))

    def apply_catalogue(self, daemon):
        casewheel = [os.path.join(self.build, "engine/cli/casewheel"), "--address", daemon.grpc]
        run_tool([*casewheel, "calendar", "load", os.path.join(ROOT, "deploy/samples/calendars/taiwan.yaml")], 60)
        run_tool([*casewheel, "apply", "-f", os.path.join(ROOT, "deploy/samples/catalogue.yaml")], 60)

    def load(self, server, *options, timeout_seconds=120):
        text = run_tool([self.tool("casewheel_load"), "--address", server.grpc, "--json", "-", *options], timeout_seconds)
        result = json.loads(text)
        failed = {code: n for code, n in result["errors"].items() if code not in ("RESOURCE_EXHAUSTED", "OVERLOADED")}
        if failed:
            raise Failed(f"the load met errors: {failed}")
        return result

    def pairs(self, one, other, count=None):
        """Ratios of one() over other(), taken in turn; their median and both medians."""
        found = [(one(), other()) for _ in range(count or self.sizes.pairs)]
        ratio = statistics.median(a / b for a, b in found)
        return ratio, statistics.median(a for a, _ in found), statistics.median(b for _, b in found)

    # --- the measures ---------------------------------------------------------------------------

    def wheel(self):
        timers = self.sizes.wheel_timers
        scale = "" if timers == 10_000_000 else "_1m"
        bytes_per_timer = []

        def rearm(kind, size=timers):
            text = run_tool([self.tool("wheel_bench"), f"--benchmark_filter=^BM_rearm_{kind}/{size}/",
                             "--benchmark_format=json"], 300)
            found = json.loads(text)["benchmarks"]
            if len(found) != 1 or "error_message" in found[0]:
                raise Failed(f"BM_rearm_{kind}/{size} did not run")
            if kind == "wheel" and size == 10_000_000:
                bytes_per_timer.append(found[0]["bytes_per_timer"])
            # One thread without waiting: processor time leaves out what the neighbours took.
            return found[0]["cpu_time"]

        for other in ("multimap", "asio"):
            ratio, theirs, ours = self.pairs(lambda: rearm(other), lambda: rearm("wheel"), 3)
            self.values[f"wheel_vs_{other}{scale}"] = ratio
            self.notes[f"wheel_vs_{other}{scale}"] = f"{theirs:.0f} ns over {ours:.0f} ns"
        if not bytes_per_timer:
            rearm("wheel", 10_000_000)
        self.values["wheel_bytes_per_timer"] = max(bytes_per_timer)

    def sla(self):
        def one_due(way):
            text = run_tool([self.tool("sla_bench"), f"--benchmark_filter=^BM_due_{way}$", "--benchmark_format=json"], 60)
            found = json.loads(text)["benchmarks"]
            if len(found) != 1:
                raise Failed(f"BM_due_{way} did not run")
            return found[0]["cpu_time"]

        ratio, walk, engine = self.pairs(lambda: one_due("walk"), lambda: one_due("engine"))
        self.values["sla_due_per_s"] = 1e9 / engine
        self.values["sla_due_vs_walk"] = ratio
        self.notes["sla_due_vs_walk"] = f"{walk:.0f} ns over {engine:.0f} ns"

    def lodge_and_ingest(self):
        with self.daemon("ratios") as daemon:
            self.apply_catalogue(daemon)
            self.ratios("", daemon, [])

    def auth(self):
        """The same, of an engine that asks who calls: by a key, in plaintext and over TLS."""
        for suffix, tls in (("_auth", False), ("_auth_tls", True)):
            office = Office(self.build, self.scratch, "ratios" + suffix, tls)
            with office.daemon() as daemon:
                key = office.open(daemon)
                self.ratios(suffix, daemon, ["--token", key, *(["--tls-ca", office.certificate] if tls else [])])

    def doors(self):
        with self.daemon("doors") as daemon:
            self.apply_catalogue(daemon)

            def lodge(mode):
                return self.lodges(daemon, mode)

            for name in ("json", "proto"):
                ratio, ours, theirs = self.pairs(lambda: lodge("connect-" + name), lambda: lodge("lodge"))
                self.values[f"lodge_connect_{name}_vs_grpc"] = ratio
                self.notes[f"lodge_connect_{name}_vs_grpc"] = f"{ours:.0f}/s over {theirs:.0f}/s"

    def lodges(self, daemon, mode):
        return self.load(daemon, "--catalogue", os.path.join(ROOT, "deploy/samples/catalogue.yaml"), "--mode", mode, "--http", daemon.where["http"],
                         "--in-flight", "64", "--seconds", str(self.sizes.seconds), "--warm-up", "0.5", timeout_seconds=240)["per_second"]

    def http_load(self):
        seconds = self.sizes.seconds
        with self.daemon("http") as daemon:
            self.apply_catalogue(daemon)
            where = daemon.where["http"]
            lodged = run_tool([os.path.join(self.build, "engine/cli/casewheel"), "--json", "--address", daemon.grpc, "lodge", "--tenant", "taisugar",
                               "--service", "customer-complaint", "--channel", "app", "--subject", "冰品"], 30)
            message = json.dumps({"caseNumber": json.loads(lodged)["case_number"]})
            case = "/casewheel.v1.Cases/GetCase?" + urllib.parse.urlencode({"connect": "v1", "encoding": "json", "message": message})
            for name, one, other in (
                    ("wrk_lodge_vs_load", lambda: http_load.wrk(where, "/", seconds, http_load.LODGE), lambda: self.lodges(daemon, "connect-json")),
                    ("wrk_get_case_vs_page", lambda: http_load.wrk(where, case, seconds), lambda: http_load.wrk(where, "/track", seconds)),
                    ("h2load_get_case_vs_wrk", lambda: http_load.h2load(where, case, seconds), lambda: http_load.wrk(where, case, seconds))):
                ratio, ours, theirs = self.pairs(one, other)
                self.values[name] = ratio
                self.notes[name] = f"{ours:.0f}/s over {theirs:.0f}/s, {http_load.CONNECTIONS} connections"

    def feeds(self):
        feeds = self.sizes.feeds
        suffix = "" if feeds == 1000 else f"_{feeds}"
        with self.daemon("feeds") as daemon:
            self.apply_catalogue(daemon)
            found = json.loads(run_tool([self.tool("feeds"), "--address", daemon.grpc, "--feeds", str(feeds), "--rate", "1000",
                                         "--seconds", str(2 * self.sizes.seconds), "--pid", str(daemon.process.pid), "--catalogue",
                                         os.path.join(ROOT, "deploy/samples/catalogue.yaml")], 240))
        if found["ended"]:
            raise Failed(f"{found['ended']} feeds ended early")
        for name in ("lag_p99_ms", "cpu", "mib"):
            self.values[f"feeds{suffix}_{name}"] = found[name]
        self.notes[f"feeds{suffix}_lag_p99_ms"] = (f"{feeds} feeds, {found['changes']} changes told in {found['messages']} messages; half of "
                                           f"them within {found['lag_p50_ms']:.0f} ms, lodges p99 {found['lodge_p99_ms']:.0f} ms")

    def pops(self):
        screens = self.sizes.feeds
        suffix = "" if screens == 1000 else f"_{screens}"
        with self.daemon("pops") as daemon:
            found = json.loads(run_tool([self.tool("pops"), "--address", daemon.grpc, "--screens", str(screens), "--rate", "1000",
                                         "--seconds", str(2 * self.sizes.seconds), "--pid", str(daemon.process.pid)], 240))
        if found["ended"] or found["refused"]:
            raise Failed(f"{found['ended']} screens ended early, {found['refused']} events were refused")
        for name in ("lag_p99_ms", "cpu", "mib"):
            self.values[f"pops{suffix}_{name}"] = found[name]
        self.notes[f"pops{suffix}_lag_p99_ms"] = (f"{screens} screens, {found['rate']:.0f} events/s of calls, {found['pops']} pops; half of "
                                          f"them within {found['lag_p50_ms']:.0f} ms")

    def slow_clients(self):
        seconds = self.sizes.attack_seconds
        with self.daemon("slow") as daemon:
            self.apply_catalogue(daemon)

            def calm():
                return self.load(daemon, "--catalogue", os.path.join(ROOT, "deploy/samples/catalogue.yaml"), "--mode", "lodge", "--rate",
                                 "500/s", "--warm-up", "1", "--seconds", str(seconds - 1))["latency_ms"]["p99"]

            for name in slow_clients.ATTACKS:
                seen, others = {}, []

                def attacked(name=name, seen=seen, others=others):
                    with slow_clients.Probe(daemon.where["http"]) as probe, slow_clients.attack(name, daemon.where["http"], seconds, seen):
                        p99 = calm()
                    if probe.failed:
                        raise Failed(f"{probe.failed} of {probe.failed + len(probe.took)} pages were not given to others during {name}")
                    others += probe.took
                    return p99

                ratio, ours, theirs = self.pairs(attacked, calm, 3)
                self.values[f"lodge_p99_{name}_vs_calm"] = ratio
                self.notes[f"lodge_p99_{name}_vs_calm"] = (
                    f"{ours:.1f} ms over {theirs:.1f} ms; {seen['connected']} connections held at once, {seen['closed']} closed; {len(others)} "
                    f"pages for others, p99 {statistics.quantiles(others, n=100)[98]:.0f} ms")

    def reads_stall(self):
        """Where the long calls pause for no one: people's reads and lodges keep their time."""
        cases = self.sizes.stall_cases
        suffix = "" if cases == 200_000 else f"_{cases // 1000}k"
        seconds = max(4, 2 * self.sizes.seconds)
        catalogue = os.path.join(ROOT, "deploy/samples/catalogue.yaml")
        with self.daemon("stall") as daemon:
            self.apply_catalogue(daemon)
            self.load(daemon, "--mode", "ingest", "--count", str(cases), "--streams", "4", "--channels", "2", timeout_seconds=600)
            where = daemon.where["http"]
            numbers = reads_stall.some_cases(where)

            def lodge():
                return self.load(daemon, "--catalogue", catalogue, "--mode", "lodge", "--rate", "200/s", "--warm-up", "0.5",
                                 "--seconds", str(seconds - 1))["latency_ms"]["p99"]

            def calm():
                return reads_stall.get_case_p99(where, numbers, seconds, lodge)

            found, answered = {"GetCase": [], "LodgeCase": []}, {}
            for _ in range(3):
                calm_reads, calm_lodges = calm()
                with reads_stall.LongCalls(where, catalogue, os.path.join(self.scratch, "stall.backups")) as calls:
                    reads, lodges = calm()
                for name, times in calls.answered.items():
                    answered[name] = answered.get(name, 0) + times
                found["GetCase"].append((reads / calm_reads, reads, calm_reads))
                found["LodgeCase"].append((lodges / calm_lodges, lodges, calm_lodges))
        idle = [name for name, times in answered.items() if times == 0]
        if idle:
            raise Failed(f"these were never answered meanwhile: {', '.join(idle)}")
        middle = {name: sorted(pairs)[1] for name, pairs in found.items()}
        self.values["reads_stall" + suffix] = max(ratio for ratio, _, _ in middle.values())
        self.notes["reads_stall" + suffix] = "; ".join(
            f"{name} {busy:.1f} ms over {calm_ms:.1f} ms" for name, (_, busy, calm_ms) in middle.items()) + f"; {cases} cases, {sum(answered.values())} long calls"

    def ratios(self, suffix, daemon, as_whom):
        """Lodging over a plain echo, and feeding over bare rows; both without a token or TLS of their own."""
        seconds = str(self.sizes.seconds)
        catalogue = ["--catalogue", os.path.join(ROOT, "deploy/samples/catalogue.yaml")]
        with Server([self.tool("echo_server")], os.path.join(self.scratch, "echo.log")) as echo:

            def lodge(server, *options):
                return self.load(server, *catalogue, "--mode", "lodge", "--in-flight", "64", "--seconds", seconds,
                                 "--warm-up", "0.5", *options)["per_second"]

            ratio, ours, theirs = self.pairs(lambda: lodge(daemon, *as_whom), lambda: lodge(echo))
            self.values["lodge_unary_vs_echo" + suffix] = ratio
            self.notes["lodge_unary_vs_echo" + suffix] = f"{ours:.0f}/s over {theirs:.0f}/s" + self.told_of(suffix, "echo")

        same_rows = []

        def ingest():
            before = engine_rows(daemon)
            rate = self.load(daemon, *catalogue, "--mode", "ingest", "--seconds", seconds, "--warm-up",
                             "0.5", *as_whom)["per_second"]
            same_rows[:] = raw_rows_flags(before, engine_rows(daemon))
            return rate

        def raw():
            data = os.path.join(self.scratch, "raw")
            text = run_tool([self.tool("raw_rows"), "--data", data, "--seconds", seconds, *same_rows], 120)
            shutil.rmtree(data)
            return json.loads(text)["per_second"]

        ratio, ours, theirs = self.pairs(ingest, raw)
        self.values["ingest_stream_vs_raw" + suffix] = ratio
        self.notes["ingest_stream_vs_raw" + suffix] = (
            f"{ours:.0f}/s over {theirs:.0f}/s ({' '.join(same_rows)})" + self.told_of(suffix, "rows"))

    @staticmethod
    def told_of(suffix, other):
        return {"": "", "_auth": f": key and trail, over plain {other}",
                "_auth_tls": f": key, trail and TLS, over plain {other}"}[suffix]

    def storm(self):
        cases = self.sizes.storm_cases
        scale = "" if cases == 100_000 else f"_{cases // 1000}k"
        with self.daemon("storm") as daemon:
            found = self.deadlines(daemon, "--cases", str(cases))
            self.values[f"storm{scale}_lost"] = found["lost"] + found["refused"]
            self.values[f"storm{scale}_twice"] = found["twice"]
            self.values[f"storm{scale}_lodge_p99_ms"] = found["lodge_p99_ms"]
            self.notes[f"storm{scale}_lodge_p99_ms"] = (
                f"{found['lodges_during']} lodges in the {found['drain_ms']} ms it lasted, "
                f"slowest {found['lodge_max_ms']:.0f} ms")
            late = found["lateness_ms"]
            self.notes[f"storm{scale}_lost"] = f"late ms: p50 {late['p50']:.0f} p99 {late['p99']:.0f} max {late['max']:.0f}"

            found = self.deadlines(daemon, "--cases", str(1000 * self.sizes.firing_seconds), "--due-rate", "1000",
                                   "--lodge-rate", "0", "--tail", "0")
            self.values["firing_lateness_p99_ms"] = found["lateness_ms"]["p99"]
            self.notes["firing_lateness_p99_ms"] = f"max {found['lateness_ms']['max']:.0f} ms"
            wrong = {key: found[key] for key in ("lost", "twice", "early", "refused") if found[key]}
            if wrong:
                raise Failed(f"at 1,000 firings a second: {wrong}")

    def deadlines(self, daemon, *options):
        result = os.path.join(self.scratch, "storm.json")
        if os.path.exists(result):
            os.remove(result)
        try:
            run_tool([self.tool("storm"), "--address", daemon.grpc, "--catalogue", os.path.join(HERE, "catalogue.yaml"),
                      "--json", result, *options], 600)
        except Failed:
            if not os.path.exists(result):
                raise
        with open(result) as file:
            found = json.load(file)
        if found["early"]:
            raise Failed(f"{found['early']} steps fired before their instant")
        return found

    def closure(self):
        cases = self.sizes.closure_cases
        scale = "" if cases == 500_000 else f"_{cases // 1000}k"
        with self.daemon("closure") as daemon:
            found = json.loads(run_tool([self.tool("closure"), "--address", daemon.grpc, "--cases", str(cases)], 900))
        for name in ("preview_s", "rearm_s", "lodge_p99_ms", "calm_p99_ms"):
            self.values[f"closure{scale}_{name}"] = found[name]
        self.values[f"closure{scale}_wrong_dates"] = found["wrong"]
        self.notes[f"closure{scale}_rearm_s"] = f"{found['moved']} of {found['cases']} cases moved, as previewed"
        self.notes[f"closure{scale}_lodge_p99_ms"] = f"{found['lodges_during']} lodges meanwhile"
        self.notes[f"closure{scale}_wrong_dates"] = f"of {found['checked']} computed anew"

    def restart_and_size(self):
        cases = self.sizes.open_cases
        scale = "1m" if cases == 1_000_000 else f"{cases // 1000}k"
        suffix = "" if scale == "1m" else "_" + scale
        with self.daemon("restart") as daemon:
            self.apply_catalogue(daemon)
        with self.daemon("restart") as daemon:
            time.sleep(1)
            empty_bytes = daemon.resident_bytes()
            result = self.load(daemon, "--mode", "ingest", "--count", str(cases), "--streams", "4", "--channels", "2",
                               timeout_seconds=600)
            if result["answered"] != cases:
                raise Failed(f"only {result['answered']} of {cases} cases were lodged")
            daemon.kill()
        with self.daemon("restart") as daemon:
            self.values[f"restart_{scale}_s"] = daemon.seconds_to_ready
            time.sleep(2)
            self.values[f"case_bytes_ram{suffix}"] = (daemon.resident_bytes() - empty_bytes) / cases
            self.notes[f"case_bytes_ram{suffix}"] = f"over {empty_bytes / 1e6:.0f} MB of an empty engine"
        data = os.path.join(self.scratch, "restart")
        for directory, _, files in os.walk(data):
            if "CURRENT" in files:
                run_tool([self.tool("compact_data"), directory], 300)
        self.values[f"case_bytes_disk{suffix}"] = disk_bytes(data) / cases


def engine_rows(daemon):
    """What the engine has committed so far, from its metrics."""
    text = daemon.metrics()
    return {name: sum(float(value) for value in re.findall(rf"^\w*{name}(?:_total)?(?:{{[^}}]*}})? (\S+)$", text, re.M))
            for name in ("commits", "batch_requests", "journal_bytes", "row_bytes")}


def raw_rows_flags(before, after):
    """The engine's batches and row sizes between two readings, as flags of raw_rows."""
    commits, cases, journal, rows = (after[name] - before[name]
                                     for name in ("commits", "batch_requests", "journal_bytes", "row_bytes"))
    if not (commits and cases and journal and rows):
        raise Failed("the engine's metrics do not tell its batches and rows")
    return ["--batch", str(round(cases / commits)),
            "--sealed-bytes", str(SEALED_BYTES),
            "--journal-bytes", str(max(0, round(journal / cases) - SEALED_BYTES)),
            "--case-bytes", str(max(0, round(rows / cases) - SEALED_BYTES - SMALL_ROWS_BYTES))]


def disk_bytes(directory):
    return sum(os.stat(os.path.join(path, name)).st_blocks * 512
               for path, _, names in os.walk(directory) for name in names)


def told(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"


def print_table(bench, failures):
    print(f"{'name':<30} {'value':>9} {'first bar':>9} {'goal':>6}  ")
    short = 0
    for name in [*BARS, *(name for name in bench.values if name not in BARS)]:
        value = bench.values.get(name)
        if name in BARS and value is None:
            continue
        bar, goal, more = BARS.get(name, (None, None, False))
        if bar is None:
            verdict = "measured"
        elif (value >= bar) if more else (value <= bar):
            verdict = "pass"
        else:
            verdict = "short"
            short += 1
        print(f"{name:<30} {told(value):>9} {told(bar):>9} {told(goal):>6}  {verdict:<9} {bench.notes.get(name, '')}")
    missing = [name for name in BARS if name not in bench.values]
    for measure, why in failures.items():
        print(f"{measure}: not measured: {why}")
    if missing:
        print("not in this run: " + ", ".join(missing))
    return short


def main():
    parser = argparse.ArgumentParser(prog="bench/run.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes, under 3 minutes")
    parser.add_argument("--json", metavar="FILE", help="write {name: value} here")
    parser.add_argument("--only", metavar="MEASURE", action="append",
                        choices=MEASURES, help="may be repeated")
    parser.add_argument("--build", default=os.path.join(ROOT, "build/release"), help="build directory")
    options = parser.parse_args()

    # An end from outside unwinds like an error, so that the servers end with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Beside the build, on a real disk: /tmp may be memory, where fsync costs nothing.
    build = os.path.abspath(options.build)
    scratch = os.path.join(build, f"bench-data-{os.getpid()}")
    os.makedirs(scratch)
    bench = Bench(build, scratch, Sizes(options.quick))
    failures = {}
    try:
        for measure in options.only or MEASURES:
            started = time.monotonic()
            try:
                getattr(bench, measure)()
            except (Failed, OSError) as error:
                failures[measure] = str(error)
            print(f"{measure}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    finally:
        if failures:
            print(f"the servers' logs are in {scratch}", file=sys.stderr)
            for name in os.listdir(scratch):
                if not name.endswith(".log"):
                    path = os.path.join(scratch, name)
                    shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        else:
            shutil.rmtree(scratch)
    short = print_table(bench, failures)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(bench.values, file, indent=2)
            file.write("\n")
    return 1 if failures or short else 0


if __name__ == "__main__":
    sys.exit(main())
