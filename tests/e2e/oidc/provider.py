"""provider.js, and how programs and people get tokens of it. The tests end with 77, which ctest takes for
skipped, when Node or the packages of package-lock.json are missing."""

import base64
import hashlib
import http.cookiejar
import json
import pathlib
import secrets
import shutil
import subprocess
import sys
import unittest
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def run_tests():
    if shutil.which("node") is None or not (HERE / "node_modules" / "oidc-provider").is_dir():
        print("node or the packages of tests/e2e/oidc (npm ci) are missing")
        sys.exit(77)
    unittest.main("__main__", verbosity=2)


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

    def program_token(self, audience="casewheel", algorithm="RS256", seconds=300):
        """By client credentials."""
        form = {"grant_type": "client_credentials", "scope": "cases",
                "resource": f"https://{audience}.example.tw/{algorithm}/{seconds}"}
        request = urllib.request.Request(self.metadata["token_endpoint"], urllib.parse.urlencode(form).encode())
        request.add_header("Authorization",
                           "Basic " + base64.b64encode(b"importer:only-for-tests").decode())
        with without_proxy().open(request) as reply:
            return json.load(reply)["access_token"]

    def person_tokens(self, algorithm="ES256", person="u-mei"):
        """By authorization code with PKCE, as a console in a browser does."""
        verifier = secrets.token_urlsafe(48)
        resource = f"https://casewheel.example.tw/{algorithm}"
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        question = {"client_id": "console", "response_type": "code", "redirect_uri": "http://127.0.0.1/signed-in",
                    "login_hint": person, "scope": "openid profile email cases", "resource": resource, "state": "s", "nonce": "n",
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
