"""The files of cases on the disk: what is left of them by crashes and damage, what verify sees, backup and restore."""

import threading
import time
import unittest

from contract import attachments_pb2 as A, cases_pb2, grpc
from installation import Installation, eventually
from serving import apply_catalogue, lodge
from test_attachments import MIB, PDF, download, parts, shelf_of, upload, verified


class Shelf(unittest.TestCase):
    """What is left of it by crashes, damage, and a restore."""

    def setUp(self):
        self.installation = Installation("--clock", "real", "--partitions", "2")
        self.addCleanup(self.installation.remove)
        self.engine = self.installation.start()
        apply_catalogue(self.engine)

    def case(self):
        return lodge(self.engine).case_number

    def test_a_kill_in_the_middle(self):
        number = self.case()
        kept = upload(self.engine, number, PDF)
        begun = threading.Event()

        def slow():
            pieces = list(parts(number, PDF + b"z" * MIB))
            yield from pieces[:5]
            begun.set()
            time.sleep(30)

        call = self.engine.attachments.UploadAttachment.future(slow())
        begun.wait(20)
        self.installation.kill()
        call.cancel()
        # What a process that died between its steps leaves: a file under way, and one no case has.
        shelf = self.installation.data / "attachments"
        (shelf / "drafts" / "abc123").write_bytes(b"half")
        (shelf / "ab").mkdir(exist_ok=True)
        (shelf / "ab" / ("ab" * 32)).write_bytes(b"of nobody")
        self.assertEqual(verified(self.installation), ([], 1))
        engine = self.engine = self.installation.start()
        eventually(lambda: len(shelf_of(self.installation)) == 1)
        self.assertEqual(download(engine, number, kept.id)[1], PDF)
        self.assertEqual(len(engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10).attachments), 1)

    def test_killed_again_and_again_while_files_come(self):
        number = self.case()
        answered = {}
        for round_ in range(4):
            stop = threading.Event()

            def send(name):
                for i in range(1000):
                    if stop.is_set():
                        return
                    content = PDF + f"{round_} {name} {i % 3}".encode() * 2000
                    try:
                        added = upload(self.engine, number, content)
                    except grpc.RpcError:
                        if stop.is_set():
                            return
                        continue
                    answered[added.id] = content
                    if len(answered) % 3 == 0:
                        one = max(answered)
                        try:
                            self.engine.attachments.RemoveAttachment(A.RemoveAttachmentRequest(
                                case_number=number, attachment=one, reason="x"), timeout=10)
                        except grpc.RpcError:
                            pass
                        answered.pop(one, None)  # gone or not: not known

            threads = [threading.Thread(target=send, args=(name,)) for name in "ab"]
            for thread in threads:
                thread.start()
            eventually(lambda: len(answered) > 3 * round_ + 2, patience_s=20)
            stop.set()
            self.installation.kill()
            for thread in threads:
                thread.join(30)
            self.engine = self.installation.start()
            case = self.engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10)
            there = {one.id for one in case.attachments}
            for one, content in answered.items():
                self.assertIn(one, there)
                self.assertEqual(download(self.engine, number, one)[1], content)
            for one in there - set(answered):
                self.engine.attachments.RemoveAttachment(
                    A.RemoveAttachmentRequest(case_number=number, attachment=one, reason="x"), timeout=10)
        self.installation.stop()
        problems, count = verified(self.installation)
        self.assertEqual((problems, count), ([], len(answered)))
        self.assertEqual(len(shelf_of(self.installation)), len(set(answered.values())))

    def test_damage_is_found(self):
        number = self.case()
        ids = [upload(self.engine, number, PDF + str(i).encode() * 100_000).id for i in range(3)]
        self.installation.stop()
        first, second, _ = shelf_of(self.installation)
        self.assertEqual(verified(self.installation), ([], 3))
        whole = first.read_bytes()
        first.write_bytes(whole[:70_000] + bytes([whole[70_000] ^ 1]) + whole[70_001:])
        second.unlink()
        problems, _ = verified(self.installation)
        self.assertEqual(len(problems), 2, problems)
        engine = self.installation.start()
        refusals = []
        for one in ids:
            try:
                download(engine, number, one)
            except grpc.RpcError as error:
                refusals.append(error.code())
        self.assertEqual(refusals, [grpc.StatusCode.DATA_LOSS] * 2)

    def test_backup_and_restore(self):
        number = self.case()
        contents = {}
        backups = self.installation.folder / "backups"
        for round_ in range(2):
            for i in range(3):
                content = PDF + f"{round_}{i}".encode() * 50_000
                contents[upload(self.engine, number, content).id] = content
            done = self.installation.cli("--json", "backup", backups)
            self.assertEqual(done.returncode, 0, done.stderr)
        copied = {path: path.stat().st_mtime_ns for path in (backups / "attachments").rglob("*") if path.is_file()}
        self.assertEqual(len(copied), 6)
        gone = max(contents)
        self.engine.attachments.RemoveAttachment(A.RemoveAttachmentRequest(case_number=number, attachment=gone, reason="x"), timeout=10)
        stop = threading.Event()
        later = self.case()

        def work():
            for i in range(25):
                if stop.is_set():
                    return
                upload(self.engine, later, PDF + f"later {i}".encode())

        thread = threading.Thread(target=work)
        thread.start()
        self.assertEqual(self.installation.cli("backup", backups).returncode, 0)
        stop.set()
        thread.join(60)
        # What the backups had is not copied again.
        self.assertEqual({path: path.stat().st_mtime_ns for path in copied}, copied)
        self.installation.kill()
        for which, count in (("2", 6), ("1", 3)):
            other = Installation("--clock", "real", data=self.installation.folder / f"restored{which}")
            self.addCleanup(other.remove)
            done = other.cli("restore", backups, "--id", which, "--data", other.data)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(verified(other), ([], count))
            self.assertEqual(len(shelf_of(other)), count)
        engine = other.start()
        for one, content in list(contents.items())[:3]:
            self.assertEqual(download(engine, number, one)[1], content)
        latest = Installation("--clock", "real", data=self.installation.folder / "latest")
        self.addCleanup(latest.remove)
        self.assertEqual(latest.cli("restore", backups, "--data", latest.data).returncode, 0)
        self.assertEqual(verified(latest)[0], [])
        # A file that should be in the backup and is not: nothing is half restored.
        next(iter(copied)).unlink()
        short = self.installation.folder / "short"
        done = latest.cli("restore", backups, "--id", "2", "--data", short)
        self.assertEqual((done.returncode, short.exists()), (1, False))
        self.assertIn("attachments", done.stderr)


if __name__ == "__main__":
    unittest.main()
