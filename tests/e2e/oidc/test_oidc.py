"""The engine's verifier of tokens against a real OpenID Connect provider (provider.js), which issues
tokens to a program and to a person and changes its keys."""

import base64
import json
import os
import subprocess
import time
import unittest

from provider import Provider, run_tests

PAUSE_MS = 300
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


class Verifier:
    """oidc_check, line by line."""

    def __init__(self, issuer, audience="casewheel"):
        self.process = subprocess.Popen([os.environ["OIDC_CHECK"], issuer, audience, str(PAUSE_MS)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n").split("\t")

    def verify(self, token):
        return self.ask("verify " + token)

    def refresh(self):
        return self.ask("refresh")

    def stop(self):
        self.process.stdin.close()
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        if code != 0:  # a sanitizer's report, too
            raise AssertionError(f"oidc_check ended with {code}")


class Tokens(unittest.TestCase):
    def setUp(self):
        self.provider = Provider()
        self.addCleanup(self.provider.stop)
        self.verifier = self.verifier_for("casewheel")

    def verifier_for(self, audience, issuer=None):
        verifier = Verifier(issuer or self.provider.issuer, audience)
        self.addCleanup(verifier.stop)
        return verifier

    def test_a_program_in_every_algorithm(self):
        for algorithm in ALGORITHMS:
            with self.subTest(algorithm):
                token = self.provider.program_token(algorithm=algorithm)
                header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
                self.assertEqual(header["alg"], algorithm)
                self.assertEqual(self.verifier.verify(token),
                                 ["accepted", "importer", "importer", "", "system", ""])

    def test_a_person(self):
        tokens = self.provider.person_tokens()
        self.assertEqual(self.verifier.verify(tokens["access_token"]),
                         ["accepted", "u-mei", "console", "mei.lin", "agent", "billing,north"])
        # The token about the sign-in is for the console, not for the engine.
        self.assertEqual(self.verifier.verify(tokens["id_token"])[:2], ["refused", "audience"])
        self.assertEqual(self.verifier_for("console").verify(tokens["id_token"])[:4],
                         ["accepted", "u-mei", "", "mei.lin"])

    def test_rotation(self):
        old = self.provider.program_token()
        self.assertEqual(self.verifier.verify(old)[0], "accepted")
        self.provider.tell("rotate")
        new = self.provider.program_token()
        self.assertNotEqual(old.split(".")[0], new.split(".")[0])
        time.sleep(1.5 * PAUSE_MS / 1000)
        # The unknown key makes the verifier ask, and the one call is answered after that.
        self.assertEqual(self.verifier.verify(new)[0], "accepted")
        self.assertEqual(self.verifier.verify(old)[0], "accepted")
        self.provider.tell("retire")
        self.assertEqual(self.verifier.refresh()[2], "")
        self.assertEqual(self.verifier.verify(new)[0], "accepted")
        self.assertEqual(self.verifier.verify(old)[:2], ["refused", "unknown_key"])

    def test_refusals(self):
        token = self.provider.program_token()
        self.assertEqual(self.verifier.verify(self.provider.program_token(audience="billing"))[:2],
                         ["refused", "audience"])
        header, claims, signature = token.split(".")
        self.assertEqual(self.verifier.verify(f"{header}.{claims}.{signature[:-8]}AAAAAAAA")[:2],
                         ["refused", "signature"])
        unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
        self.assertEqual(self.verifier.verify(f"{unsigned}.{claims}.")[:2], ["refused", "algorithm"])
        # Another provider of the same kind is another issuer.
        other = Provider()
        self.addCleanup(other.stop)
        self.assertEqual(self.verifier_for("casewheel", other.issuer).verify(token)[:2], ["refused", "issuer"])

    def test_a_provider_that_went_away(self):
        token = self.provider.program_token()
        self.assertEqual(self.verifier.verify(token)[0], "accepted")
        self.provider.process.kill()
        self.provider.process.wait()
        self.assertNotEqual(self.verifier.refresh()[2], "")
        self.assertEqual(self.verifier.verify(token)[0], "accepted")


if __name__ == "__main__":
    run_tests()
