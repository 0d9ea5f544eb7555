"""The command line beside a telephone: from the ringing call to the number that is read out; and what it
sends to whom."""

import json
import select
import socket
import unittest

from contract import calls_pb2, cases_pb2, grpc, privacy_pb2, refusal
from installation import PASSWORD
from serving import Guarded, Serving
from terminal import Terminal


class OnTheLine(Serving):
    """From the ringing telephone to the number that is read out."""

    def ring(self, event, exchange_call="77", **more):
        request = calls_pb2.RecordCallEventRequest(
            tenant="taisugar", exchange_call=exchange_call, direction=calls_pb2.INBOUND, to="0800-026-168",
            event=getattr(calls_pb2.RecordCallEventRequest, event), **{"from": "0912-345-678", **more})
        return self.engine.calls.RecordCallEvent(request, timeout=10)

    def tearDown(self):
        for number in self.calls:
            self.ring("HANGUP", number)
            self.ring("WRAP_UP", number)

    @property
    def calls(self):
        return [call.exchange_call for call in self.engine.calls.ListCalls(calls_pb2.ListCallsRequest(tenant="taisugar"), timeout=10).calls
                if not call.HasField("wrap_up_time")]

    def lodging(self, *more):
        return Terminal(self.installation, "lodge", "--tenant", "taisugar", "--as", "ts003", *more)

    def number_of(self, here):
        code, out = here.end()
        self.assertEqual(code, 0, out)
        return "".join(digit for digit in out.splitlines()[0] if digit.isdigit())

    def phone_of(self, number):
        return self.engine.privacy.RevealCase(privacy_pb2.RevealCaseRequest(case_number=number, reason="回電"), timeout=10).case.applicant.phone

    def test_the_ringing_call_is_taken_by_enter(self):
        without = self.lodging()
        without.answer("服務項目 Service", "客訴")
        without.answer("受理管道 Channel", "1")
        without.answer("主旨 Subject", "過期品")
        without.answer("內容 Description", "")
        without.answer("姓名 Name", "林小姐")
        without.answer("電話 Telephone", "0912-345-678")
        without.answer("縣市 County", "")
        self.number_of(without)
        for event in ("RING", "ANSWER"):
            told = self.ring(event, "78", users=["1302"], **({"answered_by": "1302"} if event == "ANSWER" else {}))
            here = self.lodging()
            here.answer("來電 Call of 0912-***-678", "")
            here.answer("服務項目 Service", "客訴")
            here.answer("主旨 Subject", "過期品")
            here.answer("內容 Description", "")
            here.answer("姓名 Name", "林小姐")
            here.answer("縣市 County", "")
            number = self.number_of(here)
            self.assertEqual(self.phone_of(number), "0912-345-678")
            case = self.get(number)
            self.assertEqual((case.call, case.channel), (told.id, cases_pb2.CHANNEL_HOTLINE))
            # Before: the telephone's twelve digits and the channel's one, each with its Enter. Now: one Enter.
            self.assertEqual(without.keys - here.keys, len("0912-345-678") + 1 + 2 - 1)

    def test_a_call_is_left_alone_where_it_is_refused_or_another_channel_is_said(self):
        self.ring("RING", "79", users=["1302"])
        here = self.lodging("--service", "客訴", "--name", "林小姐")
        here.answer("帶入", "n")
        here.answer("受理管道 Channel", "臨櫃")
        here.answer("主旨 Subject", "過期品")
        here.answer("內容 Description", "")
        here.answer("電話 Telephone", "0921-000-765")
        here.answer("縣市 County", "")
        number = self.number_of(here)
        self.assertEqual((self.get(number).call, self.phone_of(number)), ("", "0921-000-765"))
        here = self.lodging("--channel", "臨櫃")
        here.expect("服務項目 Service")
        self.assertNotIn("帶入", here.read)
        here.interrupt()

    def test_a_call_that_is_over_is_not_taken_by_the_mere_enter(self):
        self.ring("RING", "80", users=["1302"])
        self.ring("ANSWER", "80", answered_by="1302")
        self.ring("HANGUP", "80")
        here = self.lodging("--service", "客訴")
        here.answer("已結束", "")
        here.expect("受理管道 Channel")
        here.interrupt()

    def test_a_withheld_number_is_asked_for(self):
        self.ring("RING", "81", users=["1302"], **{"from": "anonymous"})
        here = self.lodging("--service", "客訴", "--subject", "過期品", "--name", "林小姐")
        here.answer("未顯示號碼", "")
        here.answer("內容 Description", "")
        here.answer("電話 Telephone", "0921-000-765")
        here.answer("縣市 County", "")
        number = self.number_of(here)
        self.assertEqual(self.phone_of(number), "0921-000-765")
        self.assertNotEqual(self.get(number).call, "")

    def test_what_the_exchange_calls_it_does_as_well(self):
        of_hex = "0123456789abcdef" * 2  # as an exchange may write its ids, too
        words = ("--json", "lodge", "--tenant", "taisugar", "--service", "客訴", "--channel", "hotline", "--subject", "過期品")
        for exchange_call in ("82", "1733055555.17", of_hex):
            told = self.ring("RING", exchange_call, users=["1302"])
            for typed in (exchange_call, told.id):
                done = self.installation.cli(*words, "--call", typed)
                self.assertEqual(done.returncode, 0, done.stderr)
                number = json.loads(done.stdout)["case_number"]
                self.assertEqual((self.get(number).call, self.phone_of(number)), (told.id, "0912-345-678"))
        unknown = self.installation.cli(*words[1:], "--call", "no-such")
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("查無此通話", unknown.stderr)
        for fields, named in (({"exchange_call": "82"}, "tenant"), ({"id": told.id, "exchange_call": "82", "tenant": "taisugar"}, "exchange_call")):
            self.assertIn(named, refusal(self.engine.calls.GetCall, calls_pb2.GetCallRequest(**fields), timeout=10).fields)
        other = refusal(self.engine.calls.GetCall, calls_pb2.GetCallRequest(tenant="taipower", exchange_call="82"), timeout=10)
        self.assertEqual(other.code, grpc.StatusCode.NOT_FOUND)


class InTheClear(Guarded):
    def cli(self, *arguments, **options):
        home = str(self.installation.folder / "home")
        environment = {"HOME": home, "XDG_CONFIG_HOME": home, **options.pop("environment", {})}
        return self.installation.cli(*arguments, environment=environment, **options)

    def test_no_secret_leaves_this_machine_in_plaintext(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            for address in (f"0.0.0.0:{port}", f"http://0.0.0.0:{port}"):
                for command in (("login", "admin"), ("stats",), ("track", "13115030200001004", "--phone-digits", "1234")):
                    done = self.cli("--address", address, *command, stdin="secret password\n", environment={"CASEWHEEL_TOKEN": "cwk_secret"})
                    self.assertEqual((done.returncode, done.stdout), (2, ""), command)
                    for word in ("不在本機", f"https://0.0.0.0:{port}", "--tls-ca", "--insecure"):
                        self.assertIn(word, done.stderr)
            self.assertEqual(select.select([listener], [], [], 0)[0], [], "nobody has knocked")
        port = self.installation.address.rsplit(":", 1)[1]
        done = self.cli("--address", f"0.0.0.0:{port}", "--insecure", "whoami", environment={"CASEWHEEL_TOKEN": self.admin_token})
        self.assertEqual(done.returncode, 0, done.stderr)
        offline = self.cli("--address", "10.9.9.9:7400", "man", "lodge")
        self.assertEqual(offline.returncode, 0, "asks no engine, and sends nothing")

    def test_a_proxy_of_the_environment_is_passed_by(self):
        with socket.create_server(("127.0.0.1", 0)) as proxy:
            address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
            done = self.cli("whoami", "--timeout", "10s", environment={
                "CASEWHEEL_TOKEN": self.admin_token, "no_proxy": "", "no_grpc_proxy": "",
                **{name: address for name in ("grpc_proxy", "https_proxy", "http_proxy")}})
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(select.select([proxy], [], [], 0)[0], [])

    def test_a_session_is_of_its_address_and_scheme(self):
        tokens = self.installation.folder / "home" / "casewheel" / "tokens.json"
        tokens.parent.mkdir(parents=True, exist_ok=True)
        address = self.installation.address
        for key, code in ((f"https://{address}", 1), (address, 1), (f"http://{address}", 0)):
            tokens.write_text(json.dumps({key: self.admin_token}))
            self.assertEqual(self.cli("whoami").returncode, code, key)
        tokens.unlink()
        done = self.cli("login", "admin", stdin=PASSWORD + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(list(json.loads(tokens.read_text())), [f"http://{address}"])


if __name__ == "__main__":
    unittest.main()
