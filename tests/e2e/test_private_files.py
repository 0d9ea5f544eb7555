"""What is stored is nobody else's on the machine: directories 0700, files 0600, whatever the umask of who starts
the engine or the command line, and keys that others can read are refused."""

import os
import pathlib
import shutil
import stat
import tempfile
import unittest
import urllib.request

from authority import Authority, replace
from installation import DidNotStart, Installation, eventually
from serving import apply_catalogue, lodge


def open_to_others(folder):
    """Everything in it, and it, that anybody but its owner may use."""
    return [f"{path} {stat.S_IMODE(path.lstat().st_mode):04o}" for path in (pathlib.Path(folder), *pathlib.Path(folder).rglob("*"))
            if not path.is_symlink() and stat.S_IMODE(path.lstat().st_mode) & 0o077]


class PrivateFiles(unittest.TestCase):
    def setUp(self):
        self.installation = Installation()
        self.installation.umask = 0
        self.addCleanup(self.installation.remove)
        self.addCleanup(os.umask, os.umask(0))  # of the command line too

    def upload(self, number):
        path = f"http://{self.installation.http_address}/v1/cases/{number}/attachments?name=a.txt"
        with urllib.request.urlopen(urllib.request.Request(path, "紙本".encode() * 50, {"Content-Type": "text/plain"}), timeout=20) as answer:
            self.assertEqual(answer.status, 201)

    def test_whatever_the_umask(self):
        self.installation.start()
        apply_catalogue(self.installation.engine)
        number = lodge(self.installation.engine).case_number
        self.upload(number)
        backups = self.installation.folder / "backups"
        made = self.installation.cli("backup", backups)
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        self.assertEqual(open_to_others(self.installation.data), [])
        self.assertEqual(open_to_others(backups), [])
        self.installation.restart()  # which rewrites logs and options
        self.assertEqual(open_to_others(self.installation.data), [])
        self.installation.stop()
        restored = self.installation.folder / "restored"
        again = self.installation.cli("restore", backups, "--data", restored)
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertEqual(open_to_others(restored), [])

    def test_what_an_earlier_engine_left_open_is_closed(self):
        self.installation.start()
        apply_catalogue(self.installation.engine)
        self.installation.stop()
        for path in (self.installation.data, *self.installation.data.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        self.installation.start()
        self.assertEqual([found for found in open_to_others(self.installation.data) if "/attachments/" not in found], [])

    def test_a_list_of_errors(self):
        self.installation.start()
        apply_catalogue(self.installation.engine)
        table, errors = self.installation.folder / "t.csv", self.installation.folder / "errors.csv"
        table.write_text("request_id,service,subject,received\nr1,no-such-service,x,2026-01-05 09:30\n")
        columns = self.installation.folder / "t.map.yaml"
        columns.write_text('tenant: taisugar\nsource: crm\nrequest_id: "{request_id}"\nservice: "{service}"\n'
                           'time_zone: Asia/Taipei\ntime_format: "%Y-%m-%d %H:%M"\nreceived_time: "{received}"\nchannel: integrator\nsubject: "{subject}"\n')
        errors.touch(0o644)
        told = self.installation.cli("import", table, "--map", columns, "--errors", errors)
        self.assertIn("r1", errors.read_text(), told.stdout + told.stderr)
        self.assertTrue(errors.exists())
        self.assertEqual(open_to_others(errors), [])


class Keys(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.pair = Authority(self.folder, "ours").issue("server", 11)
        self.installation = Installation("--tls-cert", str(self.pair.certificate), "--tls-key", str(self.pair.key))
        self.addCleanup(self.installation.remove)

    def test_one_that_others_can_read_is_refused(self):
        for mode in (0o644, 0o604, 0o640, 0o660, 0o602):
            with self.subTest(oct(mode)):
                self.pair.key.chmod(mode)
                with self.assertRaises(DidNotStart) as refused:
                    self.installation.start()
                self.assertIn("--tls-key", refused.exception.log)
                self.assertIn("can be read by other users", refused.exception.log)
        self.pair.key.chmod(0o600)
        self.installation.start()

    def test_one_that_is_replaced_by_such_a_one_stays_in_force(self):
        self.installation.start()
        replace(self.pair.key, self.pair.key.read_bytes())
        self.pair.key.chmod(0o644)
        eventually(lambda: "can be read by other users" in self.installation.log(), 20)
        self.assertIsNone(self.installation.process.poll())


if __name__ == "__main__":
    unittest.main()
