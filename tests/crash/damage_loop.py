"""Damages data directories at random and sees what is still served, and what `casewheel repair` has again.

  damage_loop.py [--damages 10] [--cases 300] [--seed N] [--keep]

A directory with some hundred cases of all kinds of life is made once. For each damage a copy of it gets
random bytes flipped in one to three of its files (tables, logs, manifest, CURRENT, attachments), a table file
taken away, or a log cut. Then the engine is started on the copy, its tables are compacted, it is asked for
every case and every list, and killed; then the copy is repaired, and what was built is verified, started and
asked for every case again. A case that is missing without the report naming it is a failure; so is an engine
that started and ends by itself, a repair that does not verify, and one that cannot be done though the
installation's own row can be read.

Closing line: "damage: N damages, served S, repaired R, cases C, again A, named M, missing unsaid 0". Exit
code 0 only when nothing was found. Environment: CASEWHEELD, CASEWHEEL.
"""

import argparse
import collections
import json
import pathlib
import random
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from contract import admin_pb2, cases_pb2, changes_pb2, grpc, privacy_pb2  # noqa: E402
from installation import DidNotStart, Installation  # noqa: E402
from serving import apply_catalogue, lodge_request  # noqa: E402

ACTS = ("note", "accept", "close", "documents", "nothing", "nothing")


def act(engine, chance, number):
    what = chance.choice(ACTS)
    try:
        if what == "note":
            engine.cases.AddNote(cases_pb2.AddNoteRequest(case_number=number, text="note"), timeout=10)
        elif what == "accept":
            engine.cases.AcceptCase(cases_pb2.AcceptCaseRequest(case_number=number), timeout=10)
        elif what == "close":
            engine.cases.CloseCase(cases_pb2.CloseCaseRequest(
                case_number=number, outcome=cases_pb2.OUTCOME_RESOLVED, text="done"), timeout=10)
        elif what == "documents":
            engine.cases.RequestDocuments(cases_pb2.RequestDocumentsRequest(
                case_number=number, documents=["receipt"], text="please"), timeout=10)
    except grpc.RpcError:
        pass  # refused by the rules: as good a life as any


class Sound:
    """The directory every copy is taken from, and what is in it."""

    def __init__(self, folder, cases, chance):
        folder.mkdir()
        self.installation = Installation("--clock", "virtual", "--partitions", "2", folder=folder)
        engine = self.installation.start()
        apply_catalogue(engine)
        self.numbers = []
        for index in range(cases):
            self.numbers.append(engine.cases.LodgeCase(lodge_request(), timeout=20).case_number)
            if index % 3 == 0:
                act(engine, chance, chance.choice(self.numbers))
            if index == cases // 2:
                self.advance(engine, 30)
                # Half of it sinks into table files; the rest stays in the log, as on any day.
                engine.privacy.ApplyRetention(privacy_pb2.ApplyRetentionRequest(tenant="taisugar"), timeout=60)
                self.installation.cli("--quiet", "backup", self.installation.folder / "backup")
        photograph = folder / "note.txt"
        photograph.write_text("photograph " * 200)
        for number in self.numbers[:5]:
            self.installation.cli("attach", number, photograph)
        self.advance(engine, 100)
        if chance.random() < 0.5:
            self.installation.kill()
        else:
            self.installation.stop()

    @staticmethod
    def advance(engine, hours):
        request = admin_pb2.AdvanceClockRequest()
        request.by.seconds = hours * 3600
        engine.admin.AdvanceClock(request, timeout=120)


def damage(data, chance):
    """Says what was done."""
    files = [path for path in data.rglob("*") if path.is_file() and path.stat().st_size > 0
             and path.name not in ("LOCK", "IDENTITY") and not path.name.startswith(("LOG", "OPTIONS"))]
    tables = [path for path in files if path.suffix == ".sst"]
    logs = [path for path in files if path.suffix == ".log"]
    way = chance.random()
    if way < 0.06 and tables:
        victim = chance.choice(tables)
        victim.unlink()
        return [f"{victim.name} gone"]
    if way < 0.12 and logs:
        victim = chance.choice(logs)
        size = chance.randrange(victim.stat().st_size)
        victim.write_bytes(victim.read_bytes()[:size])
        return [f"{victim.name} cut to {size}"]
    done = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        # Of tables as often as of all else together; there where the bytes are, most of the time.
        among = tables if tables and chance.random() < 0.5 else files
        victim = chance.choices(among, weights=[path.stat().st_size + 2000 for path in among])[0]
        content = bytearray(victim.read_bytes())
        at, count = chance.randrange(len(content)), chance.choice((1, 4, 64, 512, 4096))
        for place in range(at, min(at + count, len(content))):
            content[place] ^= chance.randrange(1, 256)
        victim.write_bytes(bytes(content))
        done.append(f"{victim.name} {count} bytes at {at} of {len(content)}")
    return done


class Damages:
    def __init__(self, sound, chance, folder, keep):
        self.sound, self.chance, self.folder, self.keep = sound, chance, folder, keep
        self.count = collections.Counter()
        self.faults = []

    def fault(self, place, text):
        self.faults.append(text)
        print(f"  FAULT {text}\n    in {place}", flush=True)

    def serve(self, place, data):
        """Whether it serves as it is, with compactions and every list; whether it ends by itself."""
        served = Installation("--clock", "virtual", "--partitions", "2", folder=place, data=data)
        try:
            engine = served.start()
        except DidNotStart as refused:
            if refused.code != 1:
                self.fault(place, f"ended with {refused.code} while starting: {refused.log[-400:]}")
            elif "casewheel repair" not in refused.log:
                self.fault(place, f"refused to start without naming repair: {refused.log[-400:]}")
            return False
        try:
            for _ in range(2):
                engine.privacy.ApplyRetention(privacy_pb2.ApplyRetentionRequest(tenant="taisugar"), timeout=60)
                engine.cases.LodgeCase(lodge_request(request_id=f"during-{self.chance.random()}"), timeout=20)
            self.list_all(engine)
            Sound.advance(engine, 24)
            for number in self.sound.numbers[::7]:
                try:
                    engine.cases.AddNote(cases_pb2.AddNoteRequest(case_number=number, text="on"), timeout=10)
                except grpc.RpcError as error:
                    if error.code() not in (grpc.StatusCode.DATA_LOSS, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND):
                        self.fault(place, f"AddNote: {error.code()} {error.details()}")
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.DATA_LOSS:
                self.fault(place, f"{error.code()} {error.details()}")
        code = served.process.poll()
        if code is not None:
            self.fault(place, f"ended by itself with {code}: {served.log()[-600:]}")
        served.kill()
        return code is None

    def list_all(self, engine):
        token = position = ""
        listed = 0
        while True:
            page = engine.cases.ListCases(cases_pb2.ListCasesRequest(tenant="taisugar", page_size=200, page_token=token), timeout=30)
            listed += len(page.cases)
            token = page.next_page_token
            if not token:
                break
        while True:
            page = engine.changes.ListChanges(changes_pb2.ListChangesRequest(
                filter=changes_pb2.ChangeFilter(tenant="taisugar"), position=position, page_size=500), timeout=30)
            position = page.position
            if page.at_end:
                return

    def repair(self, place, data):
        before = {path: path.stat().st_mtime_ns for path in data.rglob("*") if path.is_file() and path.name != "LOCK"}
        began = time.monotonic()
        done = self.sound.installation.cli("--json", "repair", "--data", data, "--out", place / "repaired", timeout=300)
        self.count["repair_ms"] += int((time.monotonic() - began) * 1000)
        after = {path: path.stat().st_mtime_ns for path in data.rglob("*") if path.is_file() and path.name != "LOCK"}
        if before != after:
            self.fault(place, "the repair touched the old directory")
        if done.returncode not in (0, 4):
            # Only where the row with the secret, or the catalogue, is gone from every place.
            if "restore a backup" in done.stderr or "catalogue" in done.stderr:
                self.count["hopeless"] += 1
            else:
                self.fault(place, f"repair ended with {done.returncode}: {done.stderr[-400:]}")
            return None
        report = json.loads(done.stdout)
        if not report["verified"] and not report["attachments_missing"] and "attachment" not in "".join(report["problems"]):
            self.fault(place, f"what was built does not verify: {report['problems'][:3]}")
        if done.returncode == 4 and report["whole"]:
            self.fault(place, "exit code 4 of a repair that says it is whole")
        return report

    def compare(self, place, report):
        """Every case is there again, or named."""
        named = {case["case_number"]: case["kind"] for case in report["cases"]}
        again = Installation("--clock", "virtual", "--partitions", "2", folder=place, data=place / "repaired")
        try:
            engine = again.start()
        except DidNotStart as refused:
            return self.fault(place, f"what was built does not start: {refused.log[-400:]}")
        for number in self.sound.numbers:
            self.count["cases"] += 1
            try:
                engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10)
                self.count["again"] += 1
                self.count[f"again, {named.get(number, 'whole')}"] += 1
            except grpc.RpcError as error:
                if named.get(number) == "lost":
                    self.count["named lost"] += 1
                elif report["lost_log_bytes"]:
                    self.count["of a log's damaged end"] += 1  # nothing remembers it; that there was something is said
                elif report["lost_entries"]:
                    self.count["missing unsaid"] += 1
                    self.fault(place, f"{number} is missing and was not named ({error.code()}); {report['notes']}")
                else:
                    self.fault(place, f"{number} is missing though the journal is whole: {error.code()}")
        engine.cases.LodgeCase(lodge_request(request_id="after"), timeout=20)
        if again.kill() not in (-9,):
            self.fault(place, f"ended by itself: {again.log()[-400:]}")

    def one(self, index):
        place = self.folder / f"damage-{index}"
        place.mkdir()
        data = place / "data"
        shutil.copytree(self.sound.installation.data, data)
        done = damage(data, self.chance)
        shutil.copytree(data, place / "served")
        faults = len(self.faults)
        served = self.serve(place, place / "served")
        self.count["served"] += served
        report = self.repair(place, data)
        if report is not None:
            self.count["repaired"] += 1
            self.count["whole"] += report["whole"]
            self.compare(place, report)
        summary = "no repair" if report is None else (
            f"{report['lost_entries']} entries lost, cases {dict(collections.Counter(case['kind'] for case in report['cases']))}")
        print(f"  {index}: {'; '.join(done)}: {'served' if served else 'not served'}; {summary}", flush=True)
        if not self.keep and len(self.faults) == faults:
            shutil.rmtree(place)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--damages", type=int, default=10)
    arguments.add_argument("--cases", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments.add_argument("--keep", action="store_true", help="keep every directory")
    given = arguments.parse_args()
    print(f"damage: seed {given.seed}", flush=True)
    chance = random.Random(given.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-damage-"))
    began = time.monotonic()
    sound = Sound(folder / "sound", given.cases, chance)
    damages = Damages(sound, chance, folder, given.keep)
    for index in range(given.damages):
        damages.one(index)
    count = damages.count
    print(f"  {time.monotonic() - began:.0f} s, {count['repair_ms'] / max(1, given.damages) / 1000:.2f} s a repair; "
          f"{count['whole']} repairs had everything again, {count['hopeless']} could not be done")
    for name in sorted(name for name in count if name.startswith(("again, ", "of a log"))):
        print(f"    {name}: {count[name]}")
    if not given.keep and not damages.faults:
        shutil.rmtree(folder)
    print(f"damage: {given.damages} damages, served {count['served']}, repaired {count['repaired']}, cases {count['cases']}, "
          f"again {count['again']}, named {count['named lost']}, missing unsaid {count['missing unsaid']}")
    return 1 if damages.faults else 0


if __name__ == "__main__":
    sys.exit(main())
