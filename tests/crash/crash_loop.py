"""Kills the real daemon at random moments under load and compares it with an outside ledger.

  crash_loop.py [--kills 100] [--seed N] [--partitions 1,3] [--keep]

Closing line: "crash: N kills, acknowledged A, lost 0, fired twice 0, never fired 0". Exit code 0 only
when nothing at all was found. A run takes some 1.5 s a kill on two shared cores (debug build), so 1,000
kills take some 25 minutes. Environment: CASEWHEELD, CASEWHEEL.
"""

import argparse
import concurrent.futures
import pathlib
import random
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
sys.path.insert(0, str(HERE))

from contract import admin_pb2, catalogue_pb2, grpc  # noqa: E402
from installation import DidNotStart, Installation  # noqa: E402

from ledger import FAULTS, Ledger  # noqa: E402
from load import Feed, Load, now_ms  # noqa: E402
import views  # noqa: E402

CHECK_EVERY = 5       # lives between two comparisons of what was touched
CHECKED_MAX = 250     # cases of one of these comparisons
VIEWED_MAX = 3000     # cases up to which the views are compared with the store in every life
TAIL_MS = 5500 + 4500 # from the last request to its last instant: the latest date, and the ladder behind it
LIFE_MS = (20, 400)
STARTING_MS = (1, 200)


class Run:
    def __init__(self, partitions, kills, seed, keep):
        self.random = random.Random(f"{seed}/{partitions}")
        self.kills, self.keep, self.partitions = kills, keep, partitions
        self.installation = Installation("--clock", "real", "--partitions", str(partitions), "--log-level", "warn")
        self.ledger = Ledger("crash")
        self.load = Load(self.ledger, self.random)
        self.feeds = [Feed(self.load, "east"), Feed(self.load, "west")]
        self.killed = self.killed_starting = self.stopped = self.starts = 0
        self.start_ms_max = 0
        self.lodged_ms = now_ms()

    def start(self):
        began = time.monotonic()
        engine = self.installation.start()
        self.start_ms_max = max(self.start_ms_max, (time.monotonic() - began) * 1000)
        self.starts += 1
        return engine

    def kill_while_starting(self):
        process = self.installation.spawn()
        time.sleep(self.random.uniform(*STARTING_MS) / 1000)
        early = process.poll()
        if early is not None:
            self.ledger.fault("other", f"ended by itself with {early} while starting: {self.installation.log()[-500:]}")
        self.installation.kill()
        self.killed += 1
        self.killed_starting += 1

    def live(self, engine):
        """One life under load, ended by a signal."""
        until = time.monotonic() + self.random.uniform(*LIFE_MS) / 1000
        for feed in self.feeds:
            feed.run(engine, until)
        self.load.run(engine, until)
        self.lodged_ms = now_ms()
        if self.random.random() < 0.06:
            process = self.installation.process
            process.send_signal(signal.SIGTERM)
            self.join()
            self.installation.engine.close()  # an idle client takes seconds to notice that it is sent away
            code = self.installation.wait_end()
            if code != 0:
                self.ledger.fault("other", f"SIGTERM ended it with {code}: {self.installation.log()[-500:]}")
            self.stopped += 1
        else:
            self.installation.process.kill()
            self.join()
            self.installation.wait_end()
            self.killed += 1

    def join(self):
        for feed in self.feeds:
            feed.join()
        self.load.drain()

    def check(self, engine, everything=False):
        self.load.settle_all(engine)
        cases = [case for case in self.ledger.cases.values() if everything or case.touched]
        if not everything:
            cases = self.random.sample(cases, min(CHECKED_MAX, len(cases)))  # the others next time, all at the end
        now = now_ms() - 1500  # what fell due in the last moment may be on its way
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            seen = list(pool.map(lambda case: self.ledger.check_case(engine, case, settled=True), cases))
        if everything:
            for case, found in zip(cases, seen):
                if found:
                    self.ledger.check_fired(case, *found, now)
        again = [case for case in self.ledger.cases.values() if case.acknowledged]
        again = self.random.sample(again, min(2000 if everything else 20, len(again)))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda case: self.ask_again(engine, case), again))

    def ask_again(self, engine, case):
        try:
            answer = engine.cases.LodgeCase(case.request, timeout=30)
        except grpc.RpcError as error:
            return self.ledger.fault("other", f"{case.key} again: {error.code()} {error.details()}")
        if answer.case_number != case.number or not answer.duplicate:
            self.ledger.fault("doubled", f"{case.key} again is {answer.case_number}, was {case.number}")

    def go(self):
        for _ in range(min(3, self.kills)):
            self.kill_while_starting()  # on an empty directory
        engine = self.start()
        engine.catalogue.ApplyCatalogue(catalogue_pb2.ApplyCatalogueRequest(yaml=(HERE / "crash.yaml").read_text()), timeout=10)
        lives = 0
        while self.killed < self.kills:
            if self.random.random() < 0.12 and lives:
                self.installation.kill()
                self.killed += 1
                self.kill_while_starting()
                engine = self.start()
                continue
            lives += 1
            if lives % CHECK_EVERY == 0 or len(self.ledger.cases) < VIEWED_MAX:
                views.check(engine, self.ledger)
            if lives % CHECK_EVERY == 0:
                self.check(engine)
            self.live(engine)
            engine = self.start()
        self.finish(engine)

    def finish(self, engine):
        views.check(engine, self.ledger)
        for feed in self.feeds:
            feed.settle(engine)
        self.load.settle_all(engine)
        self.lodged_ms = now_ms()
        time.sleep(TAIL_MS / 1000)
        self.check(engine, everything=True)
        self.cases = self.ledger.check_keys(engine)
        figures = engine.admin.GetStatistics(admin_pb2.GetStatisticsRequest())
        if (figures.steps_fired, figures.breaches) != (self.ledger.fired, self.ledger.breached):
            self.ledger.fault("other", f"the engine counts {figures.steps_fired} steps and {figures.breaches} breaches, the histories "
                                       f"hold {self.ledger.fired} and {self.ledger.breached}")
        if figures.lodged != self.cases:
            self.ledger.fault("other", f"the engine counts {figures.lodged} lodged, the list has {self.cases}")
        online = self.installation.cli("verify", "--quiet", timeout=300)
        if online.returncode != 0:
            self.ledger.fault("other", f"verify: {online.stdout} {online.stderr}")
        self.installation.stop()
        offline = self.installation.cli("verify", "--quiet", "--data", self.installation.data, timeout=300)
        if offline.returncode != 0:
            self.ledger.fault("other", f"verify --data: {offline.stdout} {offline.stderr}")

    def report(self):
        print(f"  {self.partitions} partition(s): {self.killed} kills ({self.killed_starting} while starting), {self.stopped} SIGTERM, "
              f"{self.starts} starts (slowest {self.start_ms_max:.0f} ms), {getattr(self, 'cases', 0)} cases, "
              f"{self.ledger.acknowledged} acknowledged, {self.ledger.fired} steps and {self.ledger.breached} breaches fired", flush=True)
        for text in self.ledger.said:
            print("    " + text)
        if sum(self.ledger.faults.values()) or self.keep:
            print(f"    kept: {self.installation.folder}")
            if self.installation.process is not None:
                self.installation.kill()
        else:
            self.installation.remove()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--kills", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments.add_argument("--partitions", default="1,3", help="a run each, sharing the kills")
    arguments.add_argument("--keep", action="store_true", help="keep the data directories")
    given = arguments.parse_args()
    layouts = [int(text) for text in given.partitions.split(",")]
    print(f"crash: seed {given.seed}", flush=True)
    began, runs = time.monotonic(), []
    for index, partitions in enumerate(layouts):
        share = given.kills // len(layouts) + (index < given.kills % len(layouts))
        run = Run(partitions, share, given.seed, given.keep)
        runs.append(run)
        try:
            run.go()
        except (DidNotStart, grpc.RpcError) as error:
            run.ledger.fault("other", f"{type(error).__name__}: {error}")
        run.report()
    faults = {name: sum(run.ledger.faults[name] for run in runs) for name in FAULTS}
    found = sum(faults.values())
    print(f"  {time.monotonic() - began:.0f} s; doubled {faults['doubled']}, fired early {faults['fired early']}, other {faults['other']}")
    print(f"crash: {sum(run.killed for run in runs)} kills, acknowledged {sum(run.ledger.acknowledged for run in runs)}, lost {faults['lost']}, "
          f"fired twice {faults['fired twice']}, never fired {faults['never fired']}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
