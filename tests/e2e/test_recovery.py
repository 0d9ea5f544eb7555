"""A way in where nobody is left who can sign in: `casewheel user reset NAME --data DIR`."""

import json
import os
import shutil
import subprocess
import unittest

from contract import Engine, access_pb2, grpc
from installation import CASEWHEEL, Installation
from serving import apply_catalogue


class Recovery(unittest.TestCase):
    def setUp(self):
        self.installation = Installation("--auth", "on", "--partitions", "2")
        self.addCleanup(self.installation.remove)
        self.installation.start()
        self.token = self.installation.token_of("admin", self.installation.one_time_password)
        self.admin = self.open(self.token)
        apply_catalogue(self.admin)

    def open(self, token):
        engine = Engine(self.installation.address, token=token)
        self.addCleanup(engine.close)
        return engine

    def reset(self, *arguments):
        return self.installation.cli("user", "reset", *arguments, "--data", self.installation.data)

    def test_a_new_password_once_and_a_line_on_the_trail(self):
        self.assertEqual(self.installation.stop(), 0)
        done = self.reset("admin", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        password = json.loads(done.stdout)["one_time_password"]
        verified = self.installation.cli("verify", "--data", self.installation.data)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.installation.start()
        with self.assertRaises(grpc.RpcError) as refused:  # sessions of before have ended
            self.open(self.token).access.ListUsers(access_pb2.ListUsersRequest(), timeout=10)
        self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
        admin = self.open(self.installation.token_of("admin", password))
        auditor = self.open(self.installation.token_of("auditor", admin.access.CreateUser(access_pb2.CreateUserRequest(
            user=access_pb2.User(name="auditor", grants=[access_pb2.Grant(role="auditor")])), timeout=20).one_time_password))
        lines = auditor.access.SearchAudit(access_pb2.SearchAuditRequest(method="Access.ResetPassword"), timeout=10).entries
        self.assertEqual([(line.who, getattr(line, "from"), line.subject, line.outcome) for line in lines],
                         [("operator", "offline", "admin", "done")])
        self.assertIn("by the machine's user", lines[0].detail)
        self.assertEqual([user.name for user in admin.access.ListUsers(access_pb2.ListUsersRequest(), timeout=10).users], ["admin", "auditor"])
        self.assertNotIn(password, self.installation.log())
        # The one-time password is stored as its hash alone.
        self.assertEqual(subprocess.run(["grep", "-rqF", password, str(self.installation.data)], check=False).returncode, 1)

    def test_while_an_engine_serves_it_is_refused(self):
        refused = self.reset("admin")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("stop the engine first", refused.stderr)
        self.assertEqual(len(self.admin.access.ListUsers(access_pb2.ListUsersRequest(), timeout=10).users), 1)

    def test_an_account_that_there_is_not(self):
        self.installation.stop()
        refused = self.reset("amdin")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("no such user: amdin; administrators of the whole installation: admin", refused.stderr)
        for directory in ("/nowhere/at/all", self.installation.folder):
            refused = self.installation.cli("user", "reset", "admin", "--data", directory)
            self.assertNotEqual(refused.returncode, 0)
            self.assertNotEqual(refused.stderr, "")
        self.assertFalse((self.installation.folder / "CURRENT").exists())

    def test_a_restored_directory_still_knows_that_it_was_restored(self):
        backups = self.installation.folder / "backups"
        done = self.installation.cli("backup", backups, environment={"CASEWHEEL_TOKEN": self.token})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.installation.stop()
        self.installation.data = self.installation.folder / "restored"
        self.assertEqual(self.installation.cli("restore", backups, "--data", self.installation.data).returncode, 0)
        done = self.reset("admin", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.installation.start()
        self.assertIn("was restored from a backup", self.installation.log())
        self.open(self.installation.token_of("admin", json.loads(done.stdout)["one_time_password"]))
        self.installation.stop()
        verified = self.installation.cli("verify", "--data", self.installation.data)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    @unittest.skipUnless(os.getuid() == 0, "only root can give a directory to another user")
    def test_a_directory_of_another_user_is_left_alone(self):
        self.installation.stop()
        for path in [self.installation.data, *self.installation.data.rglob("*")]:
            shutil.chown(path, "nobody")
        refused = self.reset("admin")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("belongs to the user nobody; run this as that user: runuser -u nobody", refused.stderr)
        self.assertEqual({path.owner() for path in self.installation.data.rglob("*")}, {"nobody"})

    def test_files_stay_private(self):
        self.installation.stop()
        done = subprocess.run(["sh", "-c", 'umask 022; exec "$@"', "sh", CASEWHEEL, "user", "reset", "admin", "--data", str(self.installation.data)],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("one-time password, shown once: ", done.stdout)
        self.assertEqual([path for path in self.installation.data.rglob("*") if path.stat().st_mode & 0o077], [])


if __name__ == "__main__":
    unittest.main()
