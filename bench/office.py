"""An engine that asks who calls, for bench/run.py: its first administrator signs in, puts the sample catalogue
in force and makes the key that the load tools show."""

import json
import os
import subprocess

from processes import Failed, Server, run_tool

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PASSWORD = "a long enough password of the bench"


class Office:
    def __init__(self, build, scratch, name, tls):
        self.build, self.scratch, self.name = build, scratch, name
        self.certificate = self.key = None
        if tls:
            self._make_certificate()

    def daemon(self):
        command = [os.path.join(self.build, "engine/daemon/casewheeld"), "--data", os.path.join(self.scratch, self.name),
                   "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--http", "127.0.0.1:0", "--clock", "real", "--auth", "on",
                   "--rate-identity", "1000000"]  # one key stands for all who call
        if self.certificate:
            command += ["--tls-cert", self.certificate, "--tls-key", self.key]
        server = Server(command, os.path.join(self.scratch, self.name + ".log"))
        server.authority = self.certificate
        return server

    def open(self, daemon):
        """The token of a key that may lodge and feed."""
        one_time = daemon.said.splitlines()[0].split()[-1]
        casewheel = [os.path.join(self.build, "engine/cli/casewheel"), "--address", daemon.grpc,
                     *(["--tls-ca", self.certificate] if self.certificate else [])]
        home = os.path.join(self.scratch, self.name + ".home")
        os.makedirs(home)

        def run(*arguments, typed=None):
            return run_tool([*casewheel, *arguments], 60, typed=typed, environment={"HOME": home, "XDG_CONFIG_HOME": home})

        run("login", "admin", typed=one_time + "\n")
        run("password", typed=f"{one_time}\n{PASSWORD}\n{PASSWORD}\n")
        run("calendar", "load", os.path.join(ROOT, "deploy/samples/calendars/taiwan.yaml"))
        run("apply", "-f", os.path.join(ROOT, "deploy/samples/catalogue.yaml"))
        return json.loads(run("--json", "key", "add", "bench", "--grant", "integrator"))["token"]

    def _make_certificate(self):
        """Signed by itself: who believes it believes nobody else."""
        stem = os.path.join(self.scratch, self.name)
        self.certificate, self.key = stem + ".pem", stem + ".key"
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                               "-subj", "/CN=bench", "-days", "2", "-addext", "subjectAltName=IP:127.0.0.1",
                               "-keyout", self.key, "-out", self.certificate], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise Failed(f"openssl made no certificate: {made.stderr.strip()}")
