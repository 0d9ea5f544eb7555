"""Requests to the HTTP door by Python's own http.client: one connection for many, or one each."""

import contextlib
import http.client
import json


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


def ask_once(installation, method, path, body=None, headers=None, timeout=20):
    with contextlib.closing(connect(installation, timeout=timeout)) as connection:
        return ask(connection, method, path, body, headers)
