"""The HTTP door under other people's load tools, wrk and h2load, for bench/run.py."""

import os
import re

from processes import Failed, run_tool

CONNECTIONS = 64
LODGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lodge.lua")


def answers(tool, said):
    """Answers a second; every one of them a good one."""
    bad = {"wrk": r"Socket errors|Non-2xx", "h2load": r"[1-9]\d* (?:failed|errored|timeout)|[1-9]\d* [345]xx"}[tool]
    found = re.search({"wrk": r"Requests/sec:\s+([\d.]+)", "h2load": r"([\d.]+) req/s"}[tool], said)
    if found is None or re.search(bad, said):
        raise Failed(f"{tool} met errors: {said}")
    return float(found.group(1))


def wrk(where, path, seconds, script=None):
    said = run_tool(["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", *(["-s", script] if script else []), f"http://{where}{path}"], 60)
    return answers("wrk", said)


def h2load(where, path, seconds):
    said = run_tool(["h2load", "--h1", "-t", "1", "-c", str(CONNECTIONS), "-D", str(seconds), f"http://{where}{path}"], 60)
    return answers("h2load", said)
