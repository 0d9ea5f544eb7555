"""The engine's verifier of tokens against a real OpenID Connect provider (provider.js), which issues
tokens to a program and to a person and changes its keys. Ends with 77, which ctest takes for skipped,
when Node or the packages of package-lock.json are missing."""

import base64
import hashlib
import http.cookiejar
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
PAUSE_MS = 300
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


def without_proxy(*handlers):
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)


class StaysHere(urllib.request.HTTPRedirectHandler):
    """Follows redirects within the provider, not the last one back to the console."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if newurl.startswith("http://127.0.0.1/signed-in"):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Provider:
    def __init__(self):
        self.process = subprocess.Popen(["node", "provider.js"], cwd=HERE, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        addresses = json.loads(self.process.stdout.readline())
        self.issuer, self.control = addresses["issuer"], addresses["control"]
        with without_proxy().open(self.issuer + "/.well-known/openid-configuration") as reply:
            self.metadata = json.load(reply)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()

    def tell(self, what):
        with without_proxy().open(urllib.request.Request(f"{self.control}/{what}", data=b"")) as reply:
            return json.load(reply)

    def program_token(self, audience="casewheel", algorithm="RS256"):
        """By client credentials."""
        form = {"grant_type": "client_credentials", "scope": "cases",
                "resource": f"https://{audience}.example.tw/{algorithm}"}
        request = urllib.request.Request(self.metadata["token_endpoint"], urllib.parse.urlencode(form).encode())
        request.add_header("Authorization",
                           "Basic " + base64.b64encode(b"importer:only-for-tests").decode())
        with without_proxy().open(request) as reply:
            return json.load(reply)["access_token"]

    def person_tokens(self, algorithm="ES256"):
        """By authorization code with PKCE, as a console in a browser does."""
        verifier = secrets.token_urlsafe(48)
        resource = f"https://casewheel.example.tw/{algorithm}"
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        question = {"client_id": "console", "response_type": "code", "redirect_uri": "http://127.0.0.1/signed-in",
                    "scope": "openid profile email cases", "resource": resource, "state": "s", "nonce": "n",
                    "code_challenge": challenge, "code_challenge_method": "S256"}
        browser = without_proxy(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), StaysHere())
        try:
            with browser.open(f"{self.metadata['authorization_endpoint']}?{urllib.parse.urlencode(question)}") as page:
                raise AssertionError(f"{page.url}: {page.read(2000)}")
        except urllib.error.HTTPError as answer:
            back = urllib.parse.urlsplit(answer.headers["Location"] or answer.read().decode())
        code = urllib.parse.parse_qs(back.query)["code"][0]
        form = {"grant_type": "authorization_code", "client_id": "console", "code": code, "resource": resource,
                "redirect_uri": question["redirect_uri"], "code_verifier": verifier}
        request = urllib.request.Request(self.metadata["token_endpoint"], urllib.parse.urlencode(form).encode())
        with without_proxy().open(request) as reply:
            return json.load(reply)


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
    if shutil.which("node") is None or not (HERE / "node_modules" / "oidc-provider").is_dir():
        print("node or the packages of tests/e2e/oidc (npm ci) are missing")
        sys.exit(77)
    unittest.main(verbosity=2)
