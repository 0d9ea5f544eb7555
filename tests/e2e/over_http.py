"""Requests to the HTTP door by Python's own http.client: one connection for many, or one each; and what the
Connect protocol makes of them."""

import contextlib
import http.client
import json
import struct

from serving import Serving

JSON = {"Content-Type": "application/json"}
PROTO = {"Content-Type": "application/proto"}
STREAM_JSON = {"Content-Type": "application/connect+json"}
STREAM_PROTO = {"Content-Type": "application/connect+proto"}


def path_of(method):
    return "/casewheel.v1." + method.replace(".", "/")


def connect(installation, context=None, timeout=20):
    host, port = installation.http_address.rsplit(":", 1)
    if context is None:
        return http.client.HTTPConnection(host, int(port), timeout=timeout)
    return http.client.HTTPSConnection(host, int(port), timeout=timeout, context=context)


def ask(connection, method, path, body=None, headers=None):
    """Status, headers, body."""
    if isinstance(body, dict):
        body = json.dumps(body)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def ask_bare(connection, method, path, body=b"", fields=()):
    """As ask, with these pairs for fields, and of http.client's own the host and the length alone."""
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in (*fields, *([("Content-Length", str(len(body)))] if method == "POST" else [])):
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def ask_once(installation, method, path, body=None, headers=None, timeout=20):
    with contextlib.closing(connect(installation, timeout=timeout)) as connection:
        return ask(connection, method, path, body, headers)


def enveloped(message, flags=0):
    return struct.pack(">BI", flags, len(message)) + message


def messages_of(body):
    """(flags, bytes) of every message of a whole stream."""
    found = []
    while body:
        flags, size = struct.unpack(">BI", body[:5])
        found.append((flags, body[5:5 + size]))
        body = body[5 + size:]
    return found


class Connect(Serving):
    """One connection a test, and what is looked at in its answers."""

    def setUp(self):
        self.connection = connect(self.installation)
        self.addCleanup(self.connection.close)

    def post(self, method, body, headers=JSON):
        return ask(self.connection, "POST", path_of(method), body, headers)

    def asked(self, method, body=None, headers=JSON):
        status, _, answer = self.post(method, body or {}, headers)
        self.assertEqual(status, 200, answer)
        return json.loads(answer)

    def refused(self, status, code, answer):
        self.assertEqual(answer[0], status, answer[2])
        self.assertEqual(answer[1]["Content-Type"], "application/json")
        error = json.loads(answer[2])
        self.assertEqual(error["code"], code, error)
        return error

    def ended(self, answer):
        """Of a whole stream: headers, the messages as (flags, bytes), what its end says."""
        self.connection.close()
        status, headers, body = answer
        self.assertEqual(status, 200, body)
        *said, (flags, end) = messages_of(body)
        self.assertEqual((flags, [flags & 2 for flags, _ in said]), (2, [0] * len(said)))
        return headers, said, json.loads(end)

    def streamed(self, method, message, headers=STREAM_JSON, flags=0):
        return self.ended(self.post(method, enveloped(message, flags), headers))

    def stream_refused(self, code, answer):
        _, said, end = self.ended(answer)
        self.assertEqual((said, end["error"]["code"]), ([], code), end)
        return end["error"]
