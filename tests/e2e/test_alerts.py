"""What an operator's Prometheus and Grafana are given: rules that hold, over figures that there are."""

import json
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import unittest
import urllib.request

from authority import Authority
from contract import ROOT
from installation import Installation

RULES = ROOT / "deploy" / "prometheus" / "alerts.yaml"
RULE_TESTS = ROOT / "deploy" / "prometheus" / "alerts.test.yaml"
DASHBOARD = ROOT / "deploy" / "grafana" / "casewheel.json"
NAME = re.compile(r"casewheel_[a-z0-9_]+")
PROMTOOL = shutil.which("promtool")


def expressions_of(document):
    """Every "expr", and what its variables are asked by, wherever it stands."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key in ("expr", "query") and isinstance(value, str):
                yield value
            else:
                yield from expressions_of(value)
    elif isinstance(document, list):
        for value in document:
            yield from expressions_of(value)


class Figures(unittest.TestCase):
    """Against an engine with a certificate, which exports every figure there is."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="casewheel-alerts-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        authority = Authority(folder, "ours")
        server = authority.issue("server", 1)
        installation = Installation("--auth", "on", "--tls-cert", str(server.certificate), "--tls-key", str(server.key))
        cls.addClassCleanup(installation.remove)
        installation.spawn()
        first, line = (installation.process.stdout.readline().decode() for _ in range(2))
        address = dict(word.split("=", 1) for word in line.split()[2:])["metrics"]
        trusted = ssl.create_default_context(cafile=str(authority.certificate))
        with urllib.request.urlopen(f"https://{address}/metrics", timeout=10, context=trusted) as answer:
            text = answer.read().decode()
        assert first.startswith("casewheeld: first start."), first
        cls.exported = set(re.findall(r"^(casewheel_[a-z0-9_]+)", text, re.M))
        cls.families = set(re.findall(r"^# TYPE (\S+)", text, re.M))
        cls.labels = {(name, label) for name, labels in re.findall(r"^(casewheel_[a-z0-9_]+)\{([^}]*)\}", text, re.M)
                      for label in re.findall(r'([a-z]+)="', labels)}

    def test_every_figure_that_is_named_is_exported(self):
        for path, least in ((RULES, 17), (RULE_TESTS, 15), (DASHBOARD, 25)):
            named = set(NAME.findall(path.read_text()))
            self.assertGreaterEqual(len(named), least, path)
            self.assertEqual(named - self.exported, set(), path)

    def test_every_family_is_on_the_dashboard(self):
        shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in NAME.findall(DASHBOARD.read_text())}
        self.assertEqual({name for name in self.families if name.startswith("casewheel_")} - shown, set())

    def test_labels_that_are_asked_for_are_there(self):
        of_prometheus = {"instance", "job"}
        for path in (RULES, DASHBOARD):
            text = " ".join(expressions_of(json.loads(path.read_text()))) if path == DASHBOARD else path.read_text()
            asked = {(name, label) for name, labels in re.findall(r"(casewheel_[a-z0-9_]+)\{([^}]*)\}", text)
                     for label in re.findall(r"([a-z]+)=", labels) if label not in of_prometheus}
            self.assertEqual(asked - self.labels, set(), path)


class Rules(unittest.TestCase):
    @unittest.skipUnless(PROMTOOL, "promtool is not here: apt-get install prometheus")
    def test_rules_are_rules_and_fire_when_they_should(self):
        for arguments in (("check", "rules", RULES), ("test", "rules", RULE_TESTS)):
            ended = subprocess.run([PROMTOOL, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
            self.assertIn("SUCCESS", ended.stdout + ended.stderr)

    def test_every_alert_is_tried_and_explained(self):
        alerts = re.findall(r"- alert: (\w+)", RULES.read_text())
        self.assertEqual(len(alerts), len(set(alerts)))
        tried, explained = RULE_TESTS.read_text(), (ROOT / "deploy" / "README.md").read_text()
        for alert in alerts:
            self.assertIn(alert, tried)
            self.assertIn(f"`{alert}`", explained)

    @unittest.skipUnless(PROMTOOL, "promtool is not here: apt-get install prometheus")
    def test_expressions_of_the_dashboard_are_promql(self):
        """As rules, since promtool reads no dashboards."""
        rules = [{"record": "x", "expr": re.sub(r"\$__rate_interval", "5m", text).replace("$instance", ".*")}
                 for text in expressions_of(json.loads(DASHBOARD.read_text()))
                 if NAME.search(text) and not text.startswith("label_values")]
        self.assertGreater(len(rules), 30)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump({"groups": [{"name": f"g{i}", "rules": [rule]} for i, rule in enumerate(rules)]}, file)
            file.flush()
            ended = subprocess.run([PROMTOOL, "check", "rules", file.name], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)


if __name__ == "__main__":
    unittest.main()
