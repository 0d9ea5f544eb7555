"""The pages for people in Chromium: axe-core finds nothing to object to, in both languages, at 320 pixels and with
text of twice the size; the form works by keyboard. Ends with 77, which ctest takes for skipped, when Node, Chromium or
the packages of package-lock.json are missing. With PAGES_PICTURES=FOLDER it leaves pictures there."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if not CHROMIUM or not shutil.which("node") or not (HERE / "node_modules" / "axe-core").is_dir():
    print("chromium, node or the packages of tests/e2e/pages (npm ci) are missing")
    sys.exit(77)

from contract import cases_pb2  # noqa: E402
from serving import Serving, lodge_request, new_id  # noqa: E402

P = cases_pb2


class Accessibility(Serving):
    ARGUMENTS = (*Serving.ARGUMENTS, "--public-url", "https://cases.example.tw")

    def look(self, visits):
        done = subprocess.run(["node", "accessibility.js", CHROMIUM], cwd=HERE, input=json.dumps(visits), capture_output=True,
                              text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {seen["name"]: seen for seen in json.loads(done.stdout)}

    def test_nothing_to_object_to(self):
        request = lodge_request(tenant="taipower", service="new-supply", channel=P.CHANNEL_COUNTER, subject="店面新設用電 30 瓩",
                                missing_documents=["電機技師簽證之屋內線設計資料", "建物合法證明文件"])
        request.attributes.extend([P.Attribute(code="capacity-kw", values=["30"]), P.Attribute(code="use", values=["shop"])])
        request.fees.extend([P.NotedFee(fee="survey", paid=True, receipt="R-1150105-7"), P.NotedFee(fee="line-subsidy")])
        number = self.engine.cases.LodgeCase(request, timeout=10).case_number
        told = self.lodge().case_number
        self.engine.cases.AddNote(P.AddNoteRequest(case_number=told, text="已派員查看，\n今日下午回電。", to_applicant=True, request_id=new_id()), timeout=10)
        self.advance(80 * 3_600_000)  # its reply is late now
        self.engine.cases.ReplyCase(P.ReplyCaseRequest(case_number=told, means=P.REPLY_MEANS_PHONE, text="已換貨", request_id=new_id()), timeout=10)
        base = f"http://{self.installation.http_address}"
        pictures = os.environ.get("PAGES_PICTURES")
        right, wrong = {"case": number, "factor": "5678"}, {"case": number, "factor": "0000"}
        visits = []
        for lang in ("zh", "en"):
            for width in (320, 360, 1280):
                visits += [
                    {"name": f"form-{lang}-{width}", "url": f"{base}/track?lang={lang}", "width": width},
                    {"name": f"answer-{lang}-{width}", "url": f"{base}/track?lang={lang}", "width": width, "type": right},
                    {"name": f"told-{lang}-{width}", "url": f"{base}/track?lang={lang}", "width": width, "type": {"case": told, "factor": "5678"}},
                    {"name": f"error-{lang}-{width}", "url": f"{base}/track?lang={lang}&case={number}", "width": width,
                     "type": {"factor": "00"}},
                ]
        visits += [{"name": f"wrong-{lang}", "url": f"{base}/track?lang={lang}", "width": 360, "type": wrong} for lang in ("zh", "en")]
        visits += [{"name": f"large-{lang}", "url": f"{base}/track?lang={lang}", "width": 640, "zoom": 200, "type": right} for lang in ("zh", "en")]
        visits += [{"name": f"receipt-{width}", "url": f"{base}/receipts/{number}", "width": width} for width in (302, 800)]
        for visit in visits:
            if pictures:
                visit["picture"] = str(pathlib.Path(pictures) / f"{visit['name']}.png")
        seen = self.look(visits)
        for name, page in seen.items():
            with self.subTest(name):
                self.assertEqual(page["violations"], [])
                self.assertLessEqual(page["overflow"], 0)
                self.assertGreater(page["passes"], 10)
        self.assertIn("待您補件", seen["answer-zh-320"]["text"])
        self.assertIn("waiting for your documents", seen["answer-en-1280"]["text"])
        self.assertIn("已逾期", seen["told-zh-360"]["text"])
        self.assertIn("do not fit", seen["wrong-en"]["text"])
        if pictures:
            self.print_pages(f"{base}/receipts/{number}", pathlib.Path(pictures))

    def print_pages(self, url, folder):
        """The receipt as Chromium prints it, on A4."""
        subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                        f"--print-to-pdf={folder / 'receipt-a4.pdf'}", url], capture_output=True, timeout=60, check=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
