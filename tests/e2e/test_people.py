"""The command line as agents, counter staff, handlers and supervisors use it: names, dates of the Republic,
refusals that say what to do, one's own work, questions at a terminal, and an interruption."""

import json
import os
import shlex
import signal
import subprocess
import time
import unittest
from concurrent import futures

from contract import access_pb2, cases_pb2, catalogue_pb2, grpc
from installation import CASEWHEEL, eventually
from serving import Guarded, Serving, lodge_request, new_id
from terminal import Terminal

from casewheel.v1 import cases_pb2_grpc, catalogue_pb2_grpc


class AtTheDesk(Serving):
    def cli(self, *arguments, code=0, **options):
        done = self.installation.cli(*arguments, **options)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments):
        return json.loads(self.cli("--json", *arguments).stdout)

    def lodged(self, *more):
        subject = () if "--subject" in more else ("--subject", "過期品")
        return self.json("lodge", "--tenant", "台糖", "--service", "客訴", "--channel", "專線", *subject, "--county", "臺南市", *more)

    def test_names_are_taken_wherever_ids_are(self):
        number = self.lodged("--unit", "台南區處")["case_number"]
        case = self.json("show", number)
        self.assertEqual((case["tenant"], case["service"], case["unit"]), ("taisugar", "customer-complaint", "tainan"))
        moved = self.json("transfer", number, "--unit", "臺南土地課", "--reason", "屬土地")
        self.assertEqual(moved["unit"], "tainan.land")
        self.assertEqual(self.json("assign", number, "--handler", "顏佳玲", "--as", "顏佳玲")["handler"], "ts031")
        listed = self.json("list", "--tenant", "台灣糖業公司", "--handler", "佳玲", "--service", "客訴")["cases"]
        self.assertIn(number, [one["case_number"] for one in listed])
        several = self.cli("list", "--tenant", "台電", "--unit", "服務課", code=2).stderr
        self.assertIn("taipei-north.counter 服務課（台北北區營業處）", several)
        self.assertIn("taichung.counter", several)
        none = self.cli("assign", number, "--handler", "嚴佳玲", code=2).stderr
        self.assertIn("ts031 顏佳玲", none)
        near = self.cli("list", "--tenant", "taisugar", "--unit", "tainnan", code=1).stderr
        self.assertIn("tainan 臺南區處", near)
        self.assertIn("--unit（unit）", near)

    def test_numbers_and_dates_as_people_type_them(self):
        number = self.lodged("--received", "民國115年1月5日8時30分")["case_number"]
        wide = "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in number)
        shown = self.cli("show", wide, environment={"TZ": "America/New_York"}).stdout
        self.assertIn("2026-01-05 08:30:00", shown)
        self.assertIn("時區 Time zone", shown)
        self.assertIn("Asia/Taipei", shown)
        agreed = self.json("agree-date", number, "--date", "１１５／３／２０　１２：００", "--zone", "Asia/Taipei")
        clock = [one for one in agreed["clocks"] if one["kind"] == "CLOCK_KIND_AGREED_DATE"][0]
        self.assertEqual(clock["due_time"], "2026-03-20T04:00:00Z")

    def test_a_day_off_and_a_missing_county_are_asked_about(self):
        saturday = self.lodged("--agreed", "2026-03-21")
        self.assertEqual([one["field"] for one in saturday["warnings"]], ["agreed_time"])
        self.assertIn("2026-03-21", saturday["warnings"][0]["text_zh"])
        told = self.cli("agree-date", saturday["case_number"], "--date", "115/3/22", "--reason", "改期").stdout
        self.assertIn("非上班日", told)
        workday = self.cli("agree-date", saturday["case_number"], "--date", "115/3/23", "--reason", "改期").stdout
        self.assertNotIn("非上班日", workday)
        lease = self.json("lodge", "--tenant", "taisugar", "--service", "land-lease", "--channel", "counter", "--subject", "租地")
        self.assertIn("county", [one["field"] for one in lease["warnings"]])

    def test_refusals_say_who_has_the_case_and_what_to_do(self):
        number = self.lodged("--unit", "tainan.land", "--handler", "ts031")["case_number"]
        clock = self.cli("extend", number, "--clock", "99", "--to", "2027-01-01", "--reason", "x", code=1).stderr
        self.assertIn("--clock（clock）：本案沒有第 99 個時限，現有：", clock)
        self.assertIn("土地課（tainan.land）／顏佳玲（ts031）", clock)
        self.json("close", number, "--outcome", "resolved", "--text", "完成")
        refused = self.cli("reply", number, "--means", "phone", "--text", "x", code=1).stderr
        self.assertTrue(refused.startswith("casewheel: 無法執行："), refused)
        self.assertIn("已結案", refused)
        self.assertIn("casewheel reopen " + number, refused)
        early = self.cli("agree-date", self.lodged()["case_number"], "--date", "2020-01-01", code=1).stderr
        self.assertIn("--date（agreed_time）：須晚於收件時間", early)
        self.assertEqual(early.count("must lie after"), 1, early)

    def test_blank_is_nothing(self):
        for subject in (" ", "　", "\n"):
            refused = self.cli("--json", "lodge", "--tenant", "taisugar", "--service", "客訴", "--channel", "web", "--subject", subject, code=1)
            self.assertEqual(json.loads(refused.stderr)["error"]["field_violations"][0]["field"], "subject")
        number = self.lodged()["case_number"]
        self.cli("reveal", number, "--reason", "　 ", code=1)
        self.cli("withdraw", number, "--reason", " ", code=1)

    def test_what_was_said_is_shown_apart_from_notes(self):
        number = self.lodged("--unit", "tainan.land", "--handler", "ts031")["case_number"]
        self.json("note", number, "--text", "家中有犬", "--as", "ts031")
        self.json("note", number, "--text", "明日到場", "--to-applicant", "--as", "ts031")
        self.json("reply", number, "--means", "phone", "--text", "已換貨", "--as", "ts031")
        shown = self.cli("show", number).stdout
        self.assertIn("內部註記 note  顏佳玲（ts031）\n      「家中有犬」", shown)
        self.assertIn("告知申請人 told  顏佳玲（ts031）\n      「明日到場」", shown)
        self.assertIn("回復申請人 reply（電話）", shown)
        self.assertIn("陳情人 Applicant", self.cli("show", self.lodged("--name", "林小姐")["case_number"]).stdout)
        history = self.cli("history", number).stdout
        self.assertIn("受理 case_lodged", history)
        self.assertIn("承辦人", history)
        self.assertIn("2026-01-", history)

    def test_work_and_the_board_have_subjects(self):
        mine = self.lodged("--unit", "tainan.leisure", "--handler", "ts034", "--subject", "我的案件主旨")["case_number"]
        units = self.lodged("--unit", "tainan.leisure", "--subject", "同單位案件主旨")["case_number"]
        waiting = self.lodged("--unit", "tainan.leisure", "--handler", "ts034", "--subject", "等待中")["case_number"]
        self.json("request-documents", waiting, "--document", "購買憑證")
        work = self.json("work", "--tenant", "taisugar", "--as", "廖偉誠")["cases"]
        numbers = [case["case_number"] for case in work]
        self.assertEqual(set(numbers), {mine, units, waiting})
        self.assertEqual(numbers[-1], units)
        self.assertEqual({case["subject"] for case in work}, {"我的案件主旨", "同單位案件主旨", "等待中"})
        text = self.cli("work", "--tenant", "taisugar", "--as", "ts034").stdout
        self.assertLess(text.index("我的案件 My cases（2）"), text.index("同單位案件主旨"))
        self.cli("work", "--tenant", "taisugar", code=2)
        board = self.cli("overdue", "--tenant", "taisugar", "--within", "30天", "--all").stdout
        self.assertIn("同單位案件主旨", board)

    def test_work_reads_on_behind_what_is_ones_own(self):
        for _ in range(2):
            self.lodged("--unit", "tainan.land", "--handler", "ts031")
        others = self.lodged("--unit", "tainan.land", "--subject", "同課案件")["case_number"]  # due after those

        def desk():
            work = self.json("work", "--tenant", "taisugar", "--as", "ts031", "--limit", "1")["cases"]
            return work if [case["handler"] == "ts031" for case in work] == [True, False] else None
        self.assertTrue(eventually(desk))
        text = self.cli("work", "--tenant", "taisugar", "--as", "ts031", "--limit", "1").stdout
        self.assertIn("土地課（tainan.land）（1", text)
        self.assertNotIn("無 none", text)
        everything = self.json("work", "--tenant", "taisugar", "--as", "ts031")["cases"]
        self.assertIn(others, [case["case_number"] for case in everything])

    def test_a_receipt_without_an_address_to_lead_to_says_so(self):
        receipt = self.cli("receipt", self.lodged()["case_number"], "--out", self.installation.folder / "receipt.html")
        self.assertIn("--public-url", receipt.stderr)

    def test_files_with_problems_are_called_what_they_are(self):
        days = self.installation.folder / "days.yaml"
        days.write_text("calendars:\n  - {id: x, name: 日曆, dayz: []}\n  - {name: 無代號}\n")
        refused = self.cli("calendar", "load", days, code=1).stderr
        self.assertIn("辦公日曆檔有誤 refused: INVALID_ARGUMENT: the calendar file has", refused)
        self.assertEqual(refused.count("unknown key"), 1, refused)
        self.assertNotIn("--request-id", refused)

    def test_lodging_at_a_terminal(self):
        here = Terminal(self.installation, "lodge", "--tenant", "台電")
        here.answer("服務項目 Service", "過戶")
        here.answer("受理管道 Channel", "2")
        here.answer("主旨 Subject", "")
        here.expect("必填")
        here.answer("主旨 Subject", "用電過戶")
        here.answer("內容 Description", "")
        here.answer("姓名 Name", "林小姐")
        here.answer("電話 Telephone", "0912-345-678")
        here.answer("縣市 County", "臺北市")
        here.answer("電號 Account number", "07-1234-5678-9")
        here.answer("過戶原因 Reason", "買賣")
        code, out = here.end()
        self.assertEqual(code, 0, out)
        number = "".join(digit for digit in out.splitlines()[0] if digit.isdigit())
        case = self.json("show", number)
        self.assertEqual((case["service"], case["channel"], case["subject"]), ("account-transfer", "CHANNEL_COUNTER", "用電過戶"))
        self.assertEqual([(one["code"], one["values"]) for one in case["attributes"] if one["code"] == "reason"], [("reason", ["sale"])])

    def test_a_wrong_answer_is_asked_again_at_its_question(self):
        here = Terminal(self.installation, "lodge", "--tenant", "台糖", "--unit", "tainan.land")
        here.answer("服務項目 Service", "場地")
        here.answer("受理管道 Channel", "櫃")
        here.answer("主旨 Subject", "借場地")
        here.answer("內容 Description", "")
        here.answer("姓名 Name", "林小姐")
        here.answer("電話 Telephone", "0912-345-678")
        here.answer("縣市 County", "台南縣")
        here.answer("臺南市", "台南")
        for wrong in ("12/5", "115/13/5", "明天"):
            here.answer("使用日期 Date", wrong)
            here.expect(f"「{wrong}」無法辨識")
            here.expect("例如 115/12/5")
        here.answer("使用日期 Date", "115年12月5日下午2點")
        here.expect("→ 2026-12-05T14:00")
        for wrong in ("很多", "約40", "一百五"):
            here.answer("人數 People", wrong)
            here.expect(f"「{wrong}」無法辨識")
        here.answer("人數 People", "４０人")
        here.expect("→ 40")
        code, out = here.end()
        self.assertEqual(code, 0, out)
        case = self.json("show", "".join(digit for digit in out.splitlines()[0] if digit.isdigit()))
        self.assertEqual(case["county"], "臺南市")
        self.assertEqual({one["code"]: one["values"] for one in case["attributes"]}, {"date": ["2026-12-05T14:00"], "people": ["40"]})

    def test_what_the_engine_refuses_alone_is_asked_again(self):
        here = Terminal(self.installation, "lodge", "--tenant", "台糖", "--service", "場地", "--channel", "counter",
                        "--unit", "tainan.land", "--subject", "借場地")
        here.answer("使用日期 Date", "1151205")
        here.answer("人數 People", "9" * 31)  # more signs than the engine takes
        here.expect("其餘已保留")
        here.expect("「人數 People」")
        self.assertNotIn("attributes[people]", here.read)
        here.answer("人數 People", "四十")
        code, out = here.end()
        self.assertEqual(code, 0, out)
        case = self.json("show", "".join(digit for digit in out.splitlines()[0] if digit.isdigit()))
        self.assertEqual({one["code"]: one["values"] for one in case["attributes"]}, {"date": ["2026-12-05"], "people": ["40"]})

    def test_what_was_answered_is_never_lost(self):
        """By Ctrl-C, by the end of the input, by a refusal that is no question's: the line that sends it again."""
        def asked(*more):
            here = Terminal(self.installation, "lodge", "--tenant", "台糖", "--service", "場地", "--channel", "counter",
                            "--unit", "tainan.land", *more)
            here.answer("主旨 Subject", "林家's 場地")
            here.answer("內容 Description", "")
            here.answer("姓名 Name", "林小姐")
            return here

        def sent_again(shown):
            line = next(line for line in shown.splitlines() if line.startswith("casewheel "))
            words = shlex.split(line)[1:]
            return self.json(*words, "--attribute", "date=115/12/5", "--attribute", "people=四十人")["case_number"], words

        here = asked()
        here.expect("電話 Telephone")
        shown = here.interrupt()
        self.assertEqual(here.process.returncode, 130)
        number, words = sent_again(shown)
        self.assertNotIn("--request-id", words)
        case = self.json("show", number)
        self.assertEqual((case["subject"], case["service"], case["applicant"]["name"]), ("林家's 場地", "venue", "林小姐"))
        self.assertEqual({one["code"]: one["values"] for one in case["attributes"]}, {"date": ["2026-12-05"], "people": ["40"]})
        here = asked()
        here.expect("電話 Telephone")
        os.write(here.master, b"\x04")
        here.expect("--name '林小姐'")
        here.expect("\n")
        self.assertEqual(here.end()[0], 2)
        here = asked("--external-reference", "電話0912345678")
        here.answer("電話 Telephone", "0912-345-678")
        here.answer("縣市 County", "")
        here.answer("使用日期 Date", "115/12/5")
        here.answer("人數 People", "40")
        here.expect("--external-reference")
        here.expect("--attribute people=40")
        here.expect("--request-id")
        self.assertEqual(here.end()[0], 1)

    def test_an_answer_to_an_applicant_is_not_lost_either(self):
        number = self.lodged("--name", "林小姐")["case_number"]
        here = Terminal(self.installation, "reply", number, "--means", "電話")
        here.answer("回復內容 Answer", "已為您換貨")
        here.answer("確定送出", "n")
        here.expect(f"casewheel reply {number} --means '電話' --text '已為您換貨'")
        self.assertEqual(here.end()[0], 2)
        here = Terminal(self.installation, "reply", number, "--means", "電話")
        here.answer("回復內容 Answer", "已為您換貨")
        here.expect("確定送出")
        self.assertIn(f"casewheel reply {number} --means '電話' --text '已為您換貨'", here.interrupt())

    def test_an_option_that_is_wrong_is_told_before_anything_is_asked(self):
        here = Terminal(self.installation, "lodge", "--tenant", "台糖", "--received", "昨天")
        here.expect("--received")
        self.assertNotIn("服務項目", here.read)
        self.assertEqual(here.end()[0], 2)

    def test_answers_of_options_are_read_by_lodge_and_correct_alike(self):
        number = self.json("lodge", "--tenant", "台電", "--service", "power-outage", "--channel", "專線", "--subject", "停電", "--county", "臺北市",
                           "--attribute", "noticed=115年1月3日下午2點半")["case_number"]

        def noticed():
            return [one["values"] for one in self.json("show", number)["attributes"] if one["code"] == "noticed"]

        self.assertEqual(noticed(), [["2026-01-03T14:30"]])
        self.json("correct", number, "--reason", "聽錯", "--attribute", "noticed=115/1/3 15:30")
        self.assertEqual(noticed(), [["2026-01-03T15:30"]])
        for command in (("correct", number, "--reason", "聽錯"),
                        ("lodge", "--tenant", "台電", "--service", "power-outage", "--channel", "專線", "--subject", "停電")):
            refused = self.cli(*command, "--attribute", "noticed=1/3", code=1).stderr
            self.assertIn("「何時發現 Noticed at」請輸入存在的日期", refused)

    def test_replying_at_a_terminal_shows_what_the_applicant_will_see(self):
        number = self.lodged("--name", "林小姐")["case_number"]
        here = Terminal(self.installation, "reply", number, "--text", "已為您換貨")
        here.answer("這是 What it is", "1")
        here.answer("回復方式 Means", "電話")
        here.expect("「已為您換貨」")
        here.answer("確定送出", "n")
        self.assertEqual(here.end()[0], 2)
        self.assertEqual(self.json("show", number)["status"], "CASE_STATUS_REGISTERED")
        here = Terminal(self.installation, "reply", number, "--means", "phone", "--text", "已為您換貨")
        here.answer("確定送出", "y")
        self.assertEqual(here.end()[0], 0)
        self.assertEqual(self.json("show", number)["status"], "CASE_STATUS_REPLIED")
        here = Terminal(self.installation, "reply", number, "--text", "客人很生氣")
        here.answer("這是 What it is", "2")
        self.assertEqual(here.end()[0], 0)
        shown = self.cli("show", number).stdout
        self.assertIn("內部註記 note", shown)
        self.assertEqual(self.json("reply", number, "--means", "phone", "--text", "再次說明", "--yes")["status"], "CASE_STATUS_REPLIED")


class ByCause(Guarded):
    """What is refused is told by its cause, to people who sign in."""

    def cli(self, *arguments, token="", **options):
        return self.installation.cli(*arguments, environment={"CASEWHEEL_TOKEN": token, "XDG_CONFIG_HOME": str(self.installation.folder)}, **options)

    def test_refusals_are_told_by_their_cause(self):
        wrong = self.cli("login", "admin", stdin="no such password\n")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("無法執行：帳號或密碼錯誤", wrong.stderr)
        self.assertNotIn("請先登入", wrong.stderr)
        number = self.admin_agent().cases.LodgeCase(lodge_request(), timeout=10).case_number
        digits = self.cli("track", number, "--phone-digits", "9999")
        self.assertIn("無法執行：案號或驗證資料不符 refused", digits.stderr)
        self.assertNotIn("請先登入", digits.stderr)
        self.assertIn("請先登入", self.cli("show", number).stderr)
        again = self.cli("user", "add", "admin", token=self.admin_token)
        self.assertIn("已有此帳號", again.stderr)
        self.assertNotIn("--request-id", again.stderr)

    def admin_agent(self):
        return self.open(self.token("agent", "taisugar"))

    def test_before_the_one_time_password_is_changed_nothing_is_an_empty_list(self):
        made = self.admin.access.CreateUser(access_pb2.CreateUserRequest(user=access_pb2.User(
            name="fresh", grants=[access_pb2.Grant(role="agent", tenant="taisugar")])), timeout=20)
        token = self.open().access.SignIn(access_pb2.SignInRequest(name="fresh", password=made.one_time_password), timeout=20).token
        for arguments in (["tenants"], ["catalogue", "taisugar"], ["list", "--tenant", "taisugar"], ["calendar", "list"]):
            refused = self.cli(*arguments, token=token)
            self.assertEqual((refused.returncode, refused.stdout), (1, ""), arguments)
            self.assertIn("請先變更一次性密碼：casewheel password", refused.stderr)
        self.assertEqual(self.cli("whoami", token=token).returncode, 0)
        short = self.cli("password", token=token, stdin=f"{made.one_time_password}\nshort\nshort\n")
        self.assertIn("新密碼（new_password）：密碼至少 12 個字元", short.stderr)

    def test_the_next_step_of_who_handles_the_case(self):
        number = self.admin_agent().cases.LodgeCase(lodge_request(unit="tainan.leisure"), timeout=10).case_number
        head = self.open(self.token("supervisor", "taisugar"))
        head.cases.AssignCase(cases_pb2.AssignCaseRequest(case_number=number, request_id=new_id(), handler="ts034"), timeout=10)
        made = self.admin.access.CreateUser(access_pb2.CreateUserRequest(user=access_pb2.User(name="liao", tenant="taisugar", staff="ts034")), timeout=20)
        token = self.installation.token_of("liao", made.one_time_password)
        self.assertEqual(self.cli("accept", number, token=token).returncode, 0)
        refused = self.cli("close", number, "--outcome", "resolved", "--text", "完成", token=token)
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn("本案尚未回復申請人", refused.stderr)
        self.assertIn(f"下一步 next：請先回復申請人：casewheel reply {number} --means", refused.stderr)
        self.assertIn("休憩課（tainan.leisure）／廖偉誠（ts034）", refused.stderr)
        self.assertNotIn("請洽", refused.stderr)
        extend = self.cli("extend", number, "--clock", "1", "--to", "115/2/10", "--reason", "x", token=token)
        self.assertIn(f"casewheel request-extension {number}", extend.stderr)
        self.assertEqual(self.cli("reply", number, "--means", "phone", "--text", "已說明", "--yes", token=token).returncode, 0)
        self.assertEqual(self.cli("close", number, "--outcome", "resolved", "--text", "完成", token=token).returncode, 0)


class Signed(Guarded):
    def test_who_acts_is_known_and_as_is_warned_of(self):
        token = self.token("supervisor")
        said = self.installation.cli("tenants", "--as", "ts031", environment={"CASEWHEEL_TOKEN": token})
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("--as ts031 不適用", said.stderr)
        quiet = self.installation.cli("tenants", environment={"CASEWHEEL_TOKEN": token})
        self.assertEqual(quiet.stderr, "")

    def test_the_board_tells_nobody_what_she_may_not_read(self):
        agent = self.open(self.token("supervisor", "taisugar"))
        agent.cases.LodgeCase(lodge_request(subject="看板主旨"), timeout=10)
        for role, seen in (("supervisor", "看板主旨"), ("observer", "")):
            token = self.token(role, "taisugar")
            board = self.installation.cli("--json", "overdue", "--tenant", "taisugar", "--within", "3000d", environment={"CASEWHEEL_TOKEN": token})
            self.assertEqual(board.returncode, 0, board.stderr)
            self.assertEqual([case["subject"] for case in json.loads(board.stdout)["cases"]], [seen], role)


class Held(cases_pb2_grpc.CasesServicer, catalogue_pb2_grpc.CatalogueServiceServicer):
    """An engine that takes a lodging and does not answer."""

    def __init__(self):
        self.request = None
        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        cases_pb2_grpc.add_CasesServicer_to_server(self, self.server)
        catalogue_pb2_grpc.add_CatalogueServiceServicer_to_server(self, self.server)
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def ListTenants(self, request, context):
        return catalogue_pb2.ListTenantsResponse()

    def LodgeCase(self, request, context):
        self.request = request
        while context.is_active():
            time.sleep(0.01)
        return cases_pb2.LodgeCaseResponse()


class Interrupted(unittest.TestCase):
    def test_ctrl_c_tells_the_key_the_lodging_went_under(self):
        held = Held()
        self.addCleanup(held.server.stop, None)
        process = subprocess.Popen(
            [CASEWHEEL, "--address", f"127.0.0.1:{held.port}", "lodge", "--tenant", "t", "--service", "s", "--channel", "web", "--subject", "x"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        eventually(lambda: held.request)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        self.assertEqual((process.returncode, out), (130, ""))
        self.assertIn(f"--request-id {held.request.request_id}（不會重複辦理）", err)


if __name__ == "__main__":
    unittest.main()
