"""Tables in one request: CSV and JSON Lines by HTTP, answered row by row; and what the command line reads of them."""

import json
import signal
import threading
import urllib.parse

from contract import cases_pb2
from installation import SANITIZED, eventually
from over_http import ask_once, connect
from serving import Serving, new_id

HEADER = "request_id,service,channel,subject,applicant.name,applicant.phone,received_time\r\n"
NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}


def row(request_id, subject="發票開錯", phone="0912-000-111"):
    return f"{request_id},customer-complaint,integrator,{subject},陳小姐,{phone},2026-01-05T08:30:00+08:00\r\n"


class Upload(Serving):
    def post(self, body, headers=CSV, method="POST", **parameters):
        query = urllib.parse.urlencode({"tenant": "taisugar", "source": "crm", **parameters})
        status, fields, text = ask_once(self.installation, method, "/v1/intake?" + query, body, headers, timeout=60)
        return status, fields, text.decode()

    def taken(self, body, headers=CSV, **parameters):
        """The lines and the counts."""
        status, headers, text = self.post(body, headers, **parameters)
        self.assertEqual((status, headers["Content-Type"]), (200, "application/x-ndjson"), text)
        lines = [json.loads(line) for line in text.splitlines()]
        return lines[:-1], lines[-1]

    def test_csv_row_by_row_and_the_same_again(self):
        first, second = new_id(), new_id()
        table = HEADER + row(first) + row(second)
        lines, counts = self.taken(table.encode())
        self.assertEqual([(line["line"], line["outcome"], line["request_id"]) for line in lines], [(2, "CREATED", first), (3, "CREATED", second)])
        self.assertEqual(counts, {"rows": 2, "created": 2, "duplicate": 0, "conflict": 0, "invalid": 0, "unreadable": 0,
                                  "unread_lines": 0, "warned": 0})
        case = self.get(lines[0]["case_number"])
        self.assertEqual((case.subject, case.applicant.name, case.channel), ("發票開錯", "陳小姐", cases_pb2.CHANNEL_INTEGRATOR))
        again, counts = self.taken(table.encode())
        self.assertEqual(([line["case_number"] for line in again], counts["duplicate"]), ([line["case_number"] for line in lines], 2))

    def test_as_spreadsheets_save_it(self):
        for encoded in ("utf-8-sig", "utf-16", "cp950"):
            lines, _ = self.taken((HEADER + row(new_id())).encode(encoded))
            self.assertEqual(self.get(lines[0]["case_number"]).subject, "發票開錯", encoded)
        status, _, text = self.post(b"\xff\x01\x81\n")  # no header can be read
        self.assertEqual((status, "Big5" in text), (400, True), text)

    def test_a_character_that_is_not_big5_costs_its_row(self):
        good, own, bad = new_id(), new_id(), new_id()
        table = (HEADER + row(good)).encode("cp950") + row(own).encode("cp950").replace("陳".encode("cp950"), b"\xfa\x40") \
            + row(bad).encode("cp950").replace("陳".encode("cp950"), b"\xff\xff")
        lines, counts = self.taken(table)
        said = {line["line"]: line for line in lines}
        self.assertEqual([said[line]["outcome"] for line in (2, 3, 4)], ["CREATED", "CREATED", "INVALID"])
        self.assertIn("FF FF", said[4]["error"])
        self.assertIn("FA40, kept as U+E000", said[3]["warnings"][0])
        self.assertNotIn("warnings", said[2])
        self.assertEqual((counts["unreadable"], counts["warned"]), (1, 1))
        self.assertEqual(self.get(said[3]["case_number"]).applicant.name[-2:], "小姐")

    def test_numbers_a_spreadsheet_has_spoiled_are_warned_of(self):
        lines, counts = self.taken((HEADER + row(new_id(), phone="9.75E+08") + row(new_id(), phone="912345678") + row(new_id())).encode())
        warnings = [line.get("warnings", []) for line in sorted(lines, key=lambda line: line["line"])]
        self.assertEqual([len(said) for said in warnings], [1, 1, 0])
        self.assertTrue(all(said[0].startswith("applicant.phone: ") for said in warnings[:2]))
        self.assertEqual((counts["created"], counts["warned"]), (3, 2))

    def test_rows_an_open_quote_swallows_are_counted(self):
        table = HEADER + row(new_id()) + 'x,customer-complaint,"never closed\r\n' + row(new_id()) + row(new_id())
        lines, counts = self.taken(table.encode())
        self.assertEqual((counts["rows"], counts["created"], counts["unreadable"], counts["unread_lines"]), (2, 1, 1, 2))
        error = next(line["error"] for line in lines if line["outcome"] == "INVALID")
        self.assertIn("opened on line 3 is never closed; lines 4 to 5", error)

    def test_json_lines(self):
        request = {"request_id": new_id(), "service": "customer-complaint", "channel": "CHANNEL_APP", "subject": "標示不清",
                   "applicant": {"phone": "0912345678"}, "missing_documents": ["發票", "照片"]}
        other = {"requestId": new_id(), "service": "customer-complaint", "channel": "app", "subject": "另一件"}
        del other["requestId"]
        other["request_id"] = new_id()
        body = json.dumps(request, ensure_ascii=False) + "\n\n" + json.dumps(other) + "\nnot json\n"
        lines, counts = self.taken(body.encode(), NDJSON)
        self.assertEqual((counts["created"], counts["unreadable"]), (2, 1))
        by_line = {line["line"]: line for line in lines}
        self.assertEqual(by_line[4]["outcome"], "INVALID")
        self.assertEqual(list(self.get(by_line[1]["case_number"]).missing_documents), ["發票", "照片"])

    def test_what_cannot_be_taken_is_told_by_its_line_and_the_rest_is_taken(self):
        good = new_id()
        table = (HEADER + row(good) + row(new_id(), subject="") + "x,customer-complaint\r\n" + row(good, subject="別的內容")
                 + row(new_id()).replace("integrator", "pigeon") + row(new_id()).replace("2026-01-05T08:30:00+08:00", "yesterday")
                 + row(new_id()).replace("customer-complaint", "no-such-service"))
        lines, counts = self.taken(table.encode())
        said = {line["line"]: line for line in lines}
        self.assertEqual([said[n]["outcome"] for n in range(2, 9)], ["CREATED", "INVALID", "INVALID", "CONFLICT", "INVALID", "INVALID", "INVALID"])
        for line, word in ((3, "subject"), (4, "columns"), (6, "channel"), (7, "received_time"), (8, "service")):
            self.assertIn(word, said[line]["error"])
        self.assertEqual((counts["rows"], counts["created"], counts["conflict"], counts["invalid"], counts["unreadable"]), (7, 1, 1, 2, 3))

    def test_formulas_are_text(self):
        lines, _ = self.taken((HEADER + row(new_id(), subject="=HYPERLINK(1)")).encode())
        self.assertEqual(self.get(lines[0]["case_number"]).subject, "=HYPERLINK(1)")

    def test_refusals_of_the_whole(self):
        for status, word, keywords in ((415, "content-type", {"headers": {"Content-Type": "application/json"}}), (405, "", {"method": "GET"}),
                                       (400, "tenant", {"tenant": "nobody"}), (400, "source", {"source": "x" * 65}),
                                       (400, "parameter", {"evil": "1"})):
            found = self.post((HEADER + row(new_id())).encode(), **keywords)
            self.assertEqual(found[0], status, found)
            self.assertIn(word, found[2])
        for body, word in ((b"", "empty"), (b"request_id,moon\r\n", "moon"), (b"subject,subject\r\n", "twice")):
            status, _, text = self.post(body)
            self.assertEqual((status, word in text), (400, True), text)
        status, _, text = self.post(None, {**CSV, "Content-Length": str(16 * 1024 * 1024 + 1)})
        self.assertEqual((status, "16777216" in text), (400, True), text[:300])

    def test_many_rows_and_several_tables_at_once(self):
        rows = 3000
        tables = [HEADER + "".join(row(new_id()) for _ in range(rows)) for _ in range(3)]
        found = []
        threads = [threading.Thread(target=lambda table=table, i=i: found.append(self.taken(table.encode(), source=f"many-{i}")))
                   for i, table in enumerate(tables)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([counts["created"] for _, counts in found], [rows] * 3)
        self.assertTrue(all(len(lines) == rows for lines, _ in found))

    def test_rows_nobody_can_read_are_answered_as_they_are_read(self):
        connection = connect(self.installation, timeout=60)
        self.addCleanup(connection.close)
        before, rows = self.installation.resident_mib(), 200_000  # of which the answers are 20 MiB
        connection.request("POST", "/v1/intake?tenant=taisugar", (HEADER + "x\r\n" * rows).encode(), CSV)
        answer, most, end = connection.getresponse(), before, b""
        while piece := answer.read(1 << 20):
            most, end = max(most, self.installation.resident_mib()), end[-1000:] + piece
        self.assertEqual(json.loads(end.splitlines()[-1])["unreadable"], rows)
        if not SANITIZED:
            self.assertLess(most - before, 15)

    def test_who_leaves_in_the_middle_harms_nobody(self):
        connection = connect(self.installation)
        first = new_id()
        connection.request("POST", "/v1/intake?tenant=taisugar", (HEADER + row(first) + "".join(row(new_id()) for _ in range(5000))).encode(), CSV)
        connection.getresponse().readline()
        connection.close()
        lines, counts = self.taken((HEADER + row(first)).encode())
        self.assertEqual(counts["duplicate"], 1)

    def test_the_command_line_reads_the_same(self):
        folder = self.installation.folder
        (folder / "crm.map.yaml").write_text(
            'tenant: taisugar\nsource: crm\ntime_zone: Asia/Taipei\ntime_format: "%Y-%m-%d %H:%M"\nrequest_id: "crm-{編號}"\n'
            'service: customer-complaint\nchannel: integrator\nsubject: "{主旨}"\napplicant: {name: "{姓名}"}\nreceived_time: "{收件時間}"\n')
        table = "編號,收件時間,主旨,姓名\r\n{0}-1,2026-01-05 08:10,發票開錯,=cmd\r\n{0}-2,2026-01-05 08:20,,葉先生\r\n"
        for name, encoding in (("a.csv", "utf-8-sig"), ("b.csv", "utf-16"), ("c.csv", "cp950")):
            (folder / name).write_bytes(table.format(name).encode(encoding))
        (folder / "d.jsonl").write_text(json.dumps({"編號": "=d-1", "收件時間": "2026-01-05 08:10", "主旨": "發票開錯", "姓名": "林"}) + "\n" +
                                        json.dumps({"編號": "=d-2", "收件時間": "2026-01-05 08:10"}) + "\n")
        for name in ("a.csv", "b.csv", "c.csv", "d.jsonl"):
            done = self.installation.cli("import", folder / name, "--map", folder / "crm.map.yaml", "--errors", folder / "errors.csv")
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)  # the second row has no subject
            self.assertEqual(len((folder / "errors.csv").read_text().splitlines()), 2)


class Crash(Serving):
    def test_a_table_whose_answers_were_cut_is_sent_again(self):
        installation = self.installation
        ids = [new_id() for _ in range(4000)]
        table = (HEADER + "".join(row(one) for one in ids)).encode()
        connection = connect(installation, timeout=30)
        connection.request("POST", "/v1/intake?tenant=taisugar", table, CSV)
        answer = connection.getresponse()
        seen = [json.loads(answer.readline()) for _ in range(50)]
        installation.signal(signal.SIGKILL)
        connection.close()
        installation.start()
        answer = ask_once(installation, "POST", "/v1/intake?tenant=taisugar", table, CSV, timeout=60)[2]
        lines = [json.loads(line) for line in answer.splitlines()]
        again = {line["request_id"]: line for line in lines[:-1]}
        self.assertEqual(len(again), len(ids))
        self.assertEqual(lines[-1]["created"] + lines[-1]["duplicate"], len(ids))
        for line in seen:
            self.assertEqual((again[line["request_id"]]["outcome"], again[line["request_id"]]["case_number"]), ("DUPLICATE", line["case_number"]))

    def test_a_table_the_engine_is_too_busy_for_does_not_keep_it_from_its_end(self):
        installation = self.installation
        self.assertEqual(installation.stop(), 0)
        installation.start("--disk-reserve-mib", str(1 << 30))  # no disk has that: all work is refused for now
        connection = connect(installation, timeout=30)
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/intake?tenant=taisugar", (HEADER + row(new_id())).encode(), CSV)
        self.assertEqual(connection.getresponse().status, 200)
        eventually(lambda: installation.metric("casewheel_disk_full") == 1)
        self.assertEqual(installation.stop(), 0)
        installation.start()
