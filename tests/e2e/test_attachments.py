"""Files of cases: in and out over gRPC, plain HTTP and the command line; what is not taken; places taken out of
photographs; erasing; the audit trail. What becomes of them in a crash: test_shelf.py."""

import contextlib
import hashlib
import http.client
import io
import json
import socket
import threading
import unittest
import zipfile

import photographs
from contract import access_pb2, admin_pb2, attachments_pb2, grpc, history_of, privacy_pb2, refusal
from installation import eventually
from over_http import ask, connect
from serving import Serving, Guarded, lodge, new_id

A = attachments_pb2
PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
MIB = 1024 * 1024


def parts(number, content, name="照片.jpg", piece=50_000, **facts):
    yield A.UploadAttachmentRequest(file=A.AttachmentToCome(case_number=number, name=name, **facts))
    for at in range(0, len(content), piece):
        yield A.UploadAttachmentRequest(chunk=content[at:at + piece])


def upload(engine, number, content, **facts):
    return engine.attachments.UploadAttachment(parts(number, content, **facts), timeout=60)


def refused_upload(engine, number, content, **facts):
    return refusal(engine.attachments.UploadAttachment, parts(number, content, **facts), timeout=60)


def download(engine, number, attachment, **part):
    answers = list(engine.attachments.DownloadAttachment(
        A.DownloadAttachmentRequest(case_number=number, attachment=attachment, **part), timeout=60))
    return answers[0].attachment, b"".join(answer.chunk for answer in answers[1:])


def shelf_of(installation):
    """The files on the shelf."""
    return sorted(path for path in (installation.data / "attachments").rglob("*") if path.is_file())


def verified(installation):
    done = installation.cli("--json", "verify", "--data", installation.data)
    report = json.loads(done.stdout)
    return report["problems"], int(report["attachments"])


def office(kind):
    """The beginning of an office document, as its program writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if kind in ("odt", "ods"):
            what = {"odt": "text", "ods": "spreadsheet"}[kind]
            archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{what}")
            archive.writestr("content.xml", "<x/>")
        else:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("_rels/.rels", "<Relationships/>")
            for part in {"docx": ["word/document.xml"], "xlsx": ["xl/workbook.xml"],
                         "docm": ["word/document.xml", "word/vbaProject.bin"], "zip": []}[kind]:
                archive.writestr(part, "<x/>")
    return out.getvalue()


class Attachments(Serving):
    def setUp(self):
        self.number = self.lodge().case_number
        self.http = connect(self.installation)
        self.addCleanup(self.http.close)

    # --- gRPC ---------------------------------------------------------------------------------------

    def test_in_and_out_again(self):
        content = PDF + bytes(range(256)) * 1000
        added = upload(self.engine, self.number, content, name="/tmp/../路徑/合約 0912345678.pdf", bytes=len(content),
                       sha256=hashlib.sha256(content).digest())
        self.assertEqual((added.media_type, added.bytes, added.added_by), ("application/pdf", len(content), "operator"))
        self.assertEqual(added.name, "合約 0912345678.pdf")
        listed = self.get(self.number).attachments
        self.assertEqual([(one.id, one.media_type, one.bytes) for one in listed], [(added.id, "application/pdf", len(content))])
        self.assertNotIn("0912345678", listed[0].name)
        self.assertEqual(download(self.engine, self.number, added.id), (added, content))
        for offset, length in ((0, 1), (65_535, 2), (65_536, 65_536), (100_000, 0), (len(content) - 1, 5), (len(content), 0)):
            end = offset + length if length else len(content)
            self.assertEqual(download(self.engine, self.number, added.id, offset=offset, length=length)[1], content[offset:end])
        behind = refusal(self.engine.attachments.DownloadAttachment,
                         A.DownloadAttachmentRequest(case_number=self.number, attachment=added.id, offset=len(content) + 1))
        self.assertIn("offset", behind.fields)
        line = history_of(self.engine, self.number)[-1]
        self.assertEqual(line.event, "attachment_added")
        self.assertEqual({change.field: change.value for change in line.changes},
                         {"attachment": str(added.id), "media_type": "application/pdf", "bytes": str(len(content))})
        self.assertNotIn("0912345678", line.text)

    def test_nothing_on_the_disk_is_readable(self):
        content = PDF + b"planted secret of an attachment"
        upload(self.engine, self.number, content, name="秘密檔名.pdf")
        for path in shelf_of(self.installation):
            self.assertNotIn(b"planted secret", path.read_bytes())
            self.assertEqual(path.stat().st_mode & 0o077, 0)
        for path in self.installation.data.rglob("*"):
            self.assertNotIn("秘密檔名", path.name)

    def test_what_is_taken(self):
        amr = b"#!AMR\n" + b"\x3c" + b"\0" * 31
        wav = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0data\0\0\0\0"
        mp3 = b"ID3\3\0\0\0\0\0\0" + b"\xff\xfb\x90\x64" + b"\0" * 413
        for content, media_type, name in (
                (photographs.jpeg(), "image/jpeg", "x.exe.jpg"), (photographs.png(), "image/png", "x.exe.png"),
                (b"GIF89a\1\0\1\0\0\0\0;", "image/gif", "x.exe.gif"), (PDF, "application/pdf", "x.exe.pdf"),
                ("電線桿傾斜\n請處理\n".encode(), "text/plain", "x.exe.txt"),
                (b"#!/bin/sh\necho hello\n", "text/plain", "x.exe.txt"),
                (b"From: a@example.com\nTo: b@example.com\nSubject: leak\nMessage-ID: <1@x>\n\ntext\n", "text/plain", "x.exe.txt"), (b"a,b,c\n1,2,3\n4,5,6\n", "text/csv", "x.exe.csv"),
                (office("docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "x.exe.docx"),
                (office("xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "x.exe.xlsx"),
                (office("odt"), "application/vnd.oasis.opendocument.text", "x.exe.odt"),
                (office("ods"), "application/vnd.oasis.opendocument.spreadsheet", "x.exe.ods"),
                (wav, "audio/wav", "x.exe.wav"), (mp3, "audio/mpeg", "x.exe.mp3"), (amr, "audio/amr", "x.exe.amr")):
            with self.subTest(media_type):
                # Whatever its name says.
                added = upload(self.engine, self.number, content, name="x.exe")
                self.assertEqual((added.media_type, added.name), (media_type, name))

    def test_what_is_not_taken(self):
        before = shelf_of(self.installation)
        for content in (b"<!DOCTYPE html><html><script>alert(1)</script></html>", b"\x7fELF\2\1\1" + b"\0" * 60,
                        b"MZ\x90\0" + b"\0" * 200, b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
                        office("zip"), office("docm"), b"Rar!\x1a\x07\0" + b"\0" * 20, b"\x1f\x8b\x08\0" + b"\0" * 20, b"\0\1\2\3" * 50,
                        photographs.jpeg()[:40]):
            with self.subTest(content[:20]):
                wrong = refused_upload(self.engine, self.number, content, name="photo.jpg")
                self.assertEqual(wrong.code, grpc.StatusCode.INVALID_ARGUMENT)
                self.assertIn("content", wrong.fields)
        for content, field, facts in ((b"", "content", {}), (PDF, "name", {"name": ""}), (PDF, "name", {"name": "a/.."}),
                                      (PDF, "name", {"name": "x" * 201}), (PDF, "name", {"name": "a\nb.pdf"}),
                                      (PDF, "name", {"name": "a\u202efdp.exe"}), (PDF, "bytes", {"bytes": 5}),
                                      (PDF, "sha256", {"sha256": b"\0" * 32}), (PDF, "sha256", {"sha256": b"\0"}),
                                      (PDF, "etag", {"etag": "x"})):
            with self.subTest(field, **facts):
                self.assertIn(field, refused_upload(self.engine, self.number, content, **facts).fields)
        self.assertEqual(refused_upload(self.engine, self.number, PDF, etag='"99"').reason, "STALE_ETAG")
        self.assertEqual(refused_upload(self.engine, self.number[:-1] + str((int(self.number[-1]) + 1) % 10), PDF).code,
                         grpc.StatusCode.INVALID_ARGUMENT)
        out_of_turn = refusal(self.engine.attachments.UploadAttachment, iter([A.UploadAttachmentRequest(chunk=b"x")]))
        self.assertIn("file", out_of_turn.fields)
        twice = list(parts(self.number, PDF))
        self.assertIn("chunk", refusal(self.engine.attachments.UploadAttachment, iter(twice[:1] + twice)).fields)
        self.assertIn("file", refusal(self.engine.attachments.UploadAttachment, iter([])).fields)
        self.assertEqual(shelf_of(self.installation), before)
        self.assertEqual(len(self.get(self.number).attachments), 0)

    def test_limits_of_file_and_case(self):
        large = PDF + b"\0" * (20 * MIB)
        self.assertIn("20 MiB", refused_upload(self.engine, self.number, large).fields["content"])
        self.assertIn("20 MiB", refused_upload(self.engine, self.number, PDF, bytes=len(large)).fields["content"])
        whole = large[:20 * MIB]
        self.assertEqual(upload(self.engine, self.number, whole).bytes, 20 * MIB)
        for _ in range(4):
            upload(self.engine, self.number, whole)
        self.assertIn("100 MiB", refused_upload(self.engine, self.number, PDF).fields["case_number"])
        other = self.lodge().case_number
        for i in range(30):
            upload(self.engine, other, PDF + str(i).encode())
        self.assertIn("30", refused_upload(self.engine, other, PDF).fields["case_number"])

    def test_the_same_request_again(self):
        key = new_id()
        first = upload(self.engine, self.number, PDF, request_id=key)
        again = upload(self.engine, self.number, PDF, request_id=key)
        self.assertEqual((again.id, len(self.get(self.number).attachments)), (first.id, 1))
        self.assertEqual(refused_upload(self.engine, self.number, PDF + b"x", request_id=key).reason, "REQUEST_ID_REUSED")

    def test_a_client_who_goes_away_has_sent_nothing(self):
        for _ in range(20):
            arrived, over = threading.Event(), threading.Event()

            def sending():
                yield from list(parts(self.number, PDF + b"x" * 200_000))[:3]
                arrived.set()
                over.wait(20)

            call = self.engine.attachments.UploadAttachment.future(sending())
            arrived.wait(20)
            call.cancel()
            over.set()
        kept = upload(self.engine, self.number, PDF)
        self.assertEqual([one.id for one in self.get(self.number).attachments], [kept.id])

    def test_uploads_at_once(self):
        over = threading.Event()
        begun = []

        def sending():
            yield next(iter(parts(self.number, PDF)))
            over.wait(30)

        def under_way():
            begun.append(self.engine.attachments.UploadAttachment.future(sending()))
            return any(call.done() for call in begun)

        try:
            eventually(under_way, every_s=0.1)  # as many as there may be, and one that is refused
            refusals = [call.exception().code() for call in begun if call.done()]
            self.assertEqual(set(refusals), {grpc.StatusCode.RESOURCE_EXHAUSTED})
            self.assertGreaterEqual(len(begun), 16)
        finally:
            over.set()
        for call in begun:
            call.cancel()
        eventually(lambda: self.taken())

    def taken(self):
        try:
            return upload(self.engine, self.number, PDF)
        except grpc.RpcError:
            return None

    def test_equal_files_lie_there_once(self):
        before = len(shelf_of(self.installation))
        content = PDF + b"twice"
        other = self.lodge().case_number
        ids = [upload(self.engine, number, content).id for number in (self.number, self.number, other)]
        self.assertEqual(len(shelf_of(self.installation)), before + 1)
        elsewhere = self.lodge(tenant="water", service="new-connection").case_number
        theirs = upload(self.engine, elsewhere, content).id  # another tenant's is another file
        self.assertEqual(len(shelf_of(self.installation)), before + 2)

        def remove(number, attachment):
            return self.engine.attachments.RemoveAttachment(
                A.RemoveAttachmentRequest(case_number=number, attachment=attachment, reason="誤傳"), timeout=10)

        self.assertEqual(len(remove(self.number, ids[0]).attachments), 1)
        remove(self.number, ids[1])
        self.assertEqual(len(shelf_of(self.installation)), before + 2)
        self.assertEqual(download(self.engine, other, ids[2])[1], content)
        remove(other, ids[2])
        self.assertEqual(len(shelf_of(self.installation)), before + 1)
        remove(elsewhere, theirs)
        self.assertEqual(len(shelf_of(self.installation)), before)
        gone = refusal(self.engine.attachments.RemoveAttachment,
                       A.RemoveAttachmentRequest(case_number=other, attachment=ids[2], reason="x"))
        self.assertEqual(gone.code, grpc.StatusCode.NOT_FOUND)
        self.assertEqual([entry.event for entry in history_of(self.engine, self.number)[-4:]],
                         ["attachment_added", "attachment_added", "attachment_removed", "attachment_removed"])

    # --- photographs --------------------------------------------------------------------------------

    def test_where_a_photograph_was_taken_is_taken_out(self):
        for content in (photographs.jpeg(), photographs.png(), photographs.jpeg(behind=photographs.jpeg()), photographs.jpeg(comment=b"x")):
            self.assertTrue(photographs.has_place(content))
            added = upload(self.engine, self.number, content)
            kept = download(self.engine, self.number, added.id)[1]
            self.assertFalse(photographs.has_place(kept))
            if content.startswith(b"\xff\xd8"):
                self.assertIn(b"2026:01:05 09:30:00", kept)  # when it was taken is evidence
                at = kept.index(b"\x12\x01\x03\0")  # which side is up
                self.assertEqual(kept[at + 8], 6)
                self.assertTrue(kept.endswith(b"\xff\xd9"))
            else:
                at = kept.index(b"eXIf") + 4
                self.assertEqual((kept[at + 10:at + 12], kept[at + 19]), (b"\x01\x12", 6))
        plain = photographs.jpeg(gps=False)
        self.assertEqual(download(self.engine, self.number, upload(self.engine, self.number, plain).id)[1], plain)

    # --- HTTP ---------------------------------------------------------------------------------------

    def post(self, body, headers=None, query="?name=a.pdf"):
        return ask(self.http, "POST", f"/v1/cases/{self.number}/attachments{query}", body, headers)

    def test_a_file_as_a_body(self):
        content = PDF + b"y" * 200_000
        status, headers, body = self.post(content, {"Content-Type": "application/octet-stream"}, "?name=%E5%90%88%E7%B4%84.pdf&request_id=h1")
        self.assertEqual(status, 201, body)
        added = json.loads(body)
        self.assertEqual((added["name"], added["mediaType"], int(added["bytes"])), ("合約.pdf", "application/pdf", len(content)))
        path = headers["Location"]
        self.assertEqual(path, f"/v1/cases/{self.number}/attachments/{added['id']}")
        status, headers, body = ask(self.http, "GET", path)
        self.assertEqual((status, body), (200, content))
        self.assertEqual(headers["Content-Type"], "application/pdf")
        self.assertEqual(headers["Content-Disposition"], "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E5%90%88%E7%B4%84.pdf")
        self.assertEqual((headers["X-Content-Type-Options"], headers["Content-Security-Policy"], headers["Accept-Ranges"]),
                         ("nosniff", "sandbox; default-src 'none'", "bytes"))
        status, head, body = ask(self.http, "HEAD", path)
        self.assertEqual((status, head["Content-Length"], head["ETag"], body), (200, str(len(content)), headers["ETag"], b""))
        status, _, body = ask(self.http, "GET", path.rsplit("/", 1)[0])
        self.assertEqual([one["id"] for one in json.loads(body)["attachments"]], [added["id"]])
        status, _, body = self.post(content, None, "?name=%E5%90%88%E7%B4%84.pdf&request_id=h1")
        self.assertEqual((status, json.loads(body)["id"]), (201, added["id"]))
        status, headers, _ = ask(self.http, "DELETE", path + "?reason=x")
        self.assertEqual((status, headers["Content-Length"]), (204, None))
        self.assertEqual(ask(self.http, "GET", path)[0], 404)

    def test_ranges(self):
        content = PDF + bytes(range(256)) * 600
        path = f"/v1/cases/{self.number}/attachments/{upload(self.engine, self.number, content).id}"
        whole, tag = len(content), ask(self.http, "HEAD", path)[1]["ETag"]
        for said, begin, end in (("bytes=0-0", 0, 1), ("bytes=65530-65545", 65530, 65546), ("bytes=100-", 100, whole),
                                 ("bytes=-7", whole - 7, whole), (f"bytes=-{whole * 2}", 0, whole), (f"bytes=5-{whole * 9}", 5, whole)):
            status, headers, body = ask(self.http, "GET", path, headers={"Range": said, "If-Range": tag})
            self.assertEqual((status, body), (206, content[begin:end]), said)
            self.assertEqual(headers["Content-Range"], f"bytes {begin}-{end - 1}/{whole}")
        for said in (f"bytes={whole}-", "bytes=-0", "bytes=99999999999999999999999-"):
            status, headers, _ = ask(self.http, "GET", path, headers={"Range": said})
            self.assertEqual((status, headers["Content-Range"]), (416, f"bytes */{whole}"), said)
        for headers in ({"Range": "bytes=5-2"}, {"Range": "bytes=0-1,4-5"}, {"Range": "lines=1-2"}, {"Range": "bytes=a-b"},
                        {"Range": "bytes=0-1", "If-Range": '"other"'}):
            self.assertEqual(ask(self.http, "GET", path, headers=headers)[::2], (200, content), headers)
        for verb in ("GET", "HEAD"):
            status, headers, body = ask(self.http, verb, path, headers={"If-None-Match": tag})
            self.assertEqual((status, headers["ETag"], headers["Content-Length"], body), (304, tag, None, b""))

    def form(self, *fields, end=b"--\r\n"):
        body = b""
        for head, content in fields:
            body += b"--b\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        return body + b"--b" + end

    def test_a_form(self):
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        content = PDF + b"\r\n--" + b"\r\n--x" * 30_000
        body = self.form(('name="note"', b"of the applicant"), ('name="file"; filename="現場.pdf"', content))
        status, _, answer = self.post(body, kind, "")
        self.assertEqual(status, 201, answer)
        added = json.loads(answer)
        self.assertEqual((added["name"], int(added["bytes"])), ("現場.pdf", len(content)))
        self.assertEqual(download(self.engine, self.number, added["id"])[1], content)
        for body in (self.form(('name="a"', b"no file")), self.form(('name="f"; filename="a"', PDF), ('name="g"; filename="b"', PDF)),
                     self.form(('name="f"; filename="a"', PDF), end=b""), b"no form at all", b"--b\r\n" + b"x" * 9000,
                     self.form(('name="a"', b"z" * 100_000), ('name="f"; filename="a"', PDF))):
            fresh = connect(self.installation)
            status, _, answer = ask(fresh, "POST", f"/v1/cases/{self.number}/attachments", body, kind)
            fresh.close()
            self.assertEqual(status, 400, answer)
        status, _, _ = self.post(body, {"Content-Type": "multipart/form-data"}, "")
        self.assertEqual(status, 415)
        self.assertEqual(len(self.get(self.number).attachments), 1)

    def test_refusals_over_http(self):
        status, _, body = self.post(b"<html></html>")
        self.assertEqual((status, json.loads(body)["code"]), (415, "invalid_argument"))
        self.assertEqual(self.post(PDF, None, "")[0], 400)
        self.assertEqual(self.post(PDF, None, "?name=%zz")[0], 400)
        self.assertEqual(ask(self.http, "PUT", f"/v1/cases/{self.number}/attachments", b"")[0], 405)
        for path in ("/v1/cases/", "/v1/cases/x", "/v1/cases//attachments", f"/v1/cases/{self.number}/attachments/0",
                     f"/v1/cases/{self.number}/attachments/x", f"/v1/cases/{self.number}/../../data", f"/v1/cases/{self.number}/attachments/1/2"):
            self.assertEqual(ask(self.http, "GET", path)[0], 404, path)
        self.assertEqual(ask(self.http, "GET", f"/v1/cases/{self.number}/attachments/99")[0], 404)
        # Said to be too long: answered before it comes. Not said: as soon as it is.
        head = f"POST /v1/cases/{self.number}/attachments?name=a HTTP/1.1\r\nHost: x\r\nContent-Length: {21 * MIB}\r\n\r\n"
        self.http.close()
        self.http.connect()
        self.http.sock.sendall(head.encode())
        early = http.client.HTTPResponse(self.http.sock)
        early.begin()
        self.assertEqual(early.status, 413)
        self.http.close()
        chunked = connect(self.installation)

        def pieces():
            yield PDF
            for _ in range(21):
                yield b"\0" * MIB

        try:
            chunked.request("POST", f"/v1/cases/{self.number}/attachments?name=a.pdf", pieces(), encode_chunked=True,
                            headers={"Transfer-Encoding": "chunked"})
            self.assertEqual(chunked.getresponse().status, 413)
        except (BrokenPipeError, ConnectionResetError):
            pass  # cut while it was still sending
        chunked.close()
        # Nor is more taken behind the end of a form, which nobody said the length of.
        form = socket.create_connection((self.http.host, self.http.port), timeout=20)
        self.addCleanup(form.close)
        form.sendall(f"POST /v1/cases/{self.number}/attachments HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n".encode())
        sent = self.form(('name="f"; filename="a.pdf"', PDF)) + b" " * MIB
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(30):
                form.sendall(f"{len(sent):x}\r\n".encode() + sent + b"\r\n")
                sent = b" " * MIB
            self.fail("30 MiB were taken")
        self.assertEqual(len(self.get(self.number).attachments), 0)

    # --- persons, the command line --------------------------------------------------------------------

    def test_erasing_takes_the_files(self):
        number = self.lodge().case_number
        shared = PDF + b"shared by two"
        own = upload(self.engine, number, PDF + b"hers alone", name="身分證.pdf")
        upload(self.engine, number, shared)
        upload(self.engine, self.number, shared)
        before = len(shelf_of(self.installation))
        revealed = self.engine.privacy.RevealCase(privacy_pb2.RevealCaseRequest(case_number=number, reason="x"), timeout=10)
        self.assertEqual(revealed.case.attachments[0].name, "身分證.pdf")
        erased = self.engine.privacy.ErasePerson(privacy_pb2.ErasePersonRequest(
            tenant="taisugar", case_numbers=[number], reason="當事人請求", open_too=True), timeout=60)
        self.assertEqual((list(erased.erased), erased.purged), ([number], True))
        self.assertEqual(len(shelf_of(self.installation)), before - 1)
        self.assertEqual(len(self.get(number).attachments), 0)
        gone = refusal(self.engine.attachments.DownloadAttachment, A.DownloadAttachmentRequest(case_number=number, attachment=own.id))
        self.assertEqual(gone.code, grpc.StatusCode.NOT_FOUND)
        lines = [entry.text for entry in history_of(self.engine, number) if entry.event == "attachment_added"]
        self.assertEqual(lines, ["(已刪除 erased)"] * 2)
        self.assertEqual(self.report()[0], [])

    def report(self):
        last = list(self.engine.admin.Verify(admin_pb2.VerifyRequest(), timeout=60))[-1].report
        return list(last.problems), last.attachments

    def test_by_the_command_line(self):
        folder = self.installation.folder
        (folder / "現場.jpg").write_bytes(photographs.jpeg())
        (folder / "合約.pdf").write_bytes(PDF)
        sent = self.installation.cli("--json", "attach", self.number, folder / "現場.jpg", folder / "合約.pdf")
        self.assertEqual(sent.returncode, 0, sent.stderr)
        ids = [one["id"] for one in json.loads(sent.stdout)["attachments"]]
        self.assertEqual(len(ids), 2)
        self.assertIn("合約.pdf", self.installation.cli("attachments", self.number).stdout)
        self.assertIn("附件", self.installation.cli("show", self.number).stdout)
        out = folder / new_id("out")
        self.assertEqual(self.installation.cli("download", self.number, ids[1], "--out", out).returncode, 0)
        self.assertEqual((out.read_bytes(), out.stat().st_mode & 0o777), (PDF, 0o600))
        self.assertNotEqual(self.installation.cli("download", self.number, ids[1], "--out", out).returncode, 0)
        self.assertEqual(self.installation.cli("detach", self.number, ids[1], "--reason", "誤傳").returncode, 0)
        self.assertEqual([one.id for one in self.get(self.number).attachments], [ids[0]])
        (folder / "page.html").write_text("<html></html>")
        self.assertEqual(self.installation.cli("attach", self.number, folder / "page.html").returncode, 1)


class Trail(Guarded):
    def downloads_told(self, auditor):
        """The trail's last lines, when the last one of them is there: lines are written soon after an answer."""
        records = auditor.access.SearchAudit(access_pb2.SearchAuditRequest(page_size=100), timeout=10).entries
        return records if sum(one.method == "Attachments.DownloadAttachment" for one in records) >= 4 else None

    def test_who_fetches_without_reading_is_bounded(self):
        engine = self.open(self.token("agent", "taisugar"))
        number = lodge(engine).case_number
        large = upload(engine, number, PDF + b"z" * 18 * MIB).id
        asked = A.DownloadAttachmentRequest(case_number=number, attachment=large)
        # Of a call nobody takes from, no more is sent than its window holds.
        begun = [engine.attachments.DownloadAttachment(asked, timeout=60) for _ in range(60)]

        def refused():
            try:
                next(engine.attachments.DownloadAttachment(asked, timeout=10))
            except grpc.RpcError as error:
                return error if error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED else None
            return None

        self.assertIn("downloads", eventually(refused, 30).details())
        for call in begun:
            call.cancel()
        begun.clear()

        def fetched():
            with contextlib.suppress(grpc.RpcError):
                return len(download(engine, number, large)[1])

        self.assertEqual(eventually(fetched), len(PDF) + 18 * MIB)

    def test_a_download_is_on_the_trail_first(self):
        token = self.token("agent", "taisugar")
        agent, auditor, stranger = self.open(token), self.open(self.token("auditor")), self.open(self.token("agent", "taipower"))
        number = lodge(agent).case_number
        added = upload(agent, number, PDF)
        self.assertEqual(download(agent, number, added.id)[1], PDF)
        http_ = connect(self.installation)
        self.addCleanup(http_.close)
        path = f"/v1/cases/{number}/attachments/{added.id}"
        bearer = {"Authorization": f"Bearer {token}"}
        self.assertEqual(ask(http_, "GET", path, headers={**bearer, "Range": "bytes=0-1"})[0], 206)
        self.assertEqual(ask(http_, "GET", path)[0], 401)
        self.assertEqual(ask(http_, "POST", path.rsplit("/", 1)[0] + "?name=a.pdf", PDF)[0], 401)
        self.assertEqual(ask(http_, "POST", path.rsplit("/", 1)[0] + "?name=a.pdf", PDF + b"x", bearer)[0], 201)
        self.assertEqual(refusal(auditor.attachments.DownloadAttachment, A.DownloadAttachmentRequest(case_number=number, attachment=added.id)).code,
                         grpc.StatusCode.PERMISSION_DENIED)
        theirs = refusal(stranger.attachments.DownloadAttachment, A.DownloadAttachmentRequest(case_number=number, attachment=added.id))
        self.assertEqual((theirs.code, theirs.message), (grpc.StatusCode.NOT_FOUND, "no such case"))
        self.assertEqual(refused_upload(stranger, number, PDF).message, "no such case")
        records = eventually(lambda: self.downloads_told(auditor))
        lines = [(one.method, one.subject, one.detail) for one in records if one.method.startswith("Attachments.Download")]
        self.assertEqual(lines.count(("Attachments.DownloadAttachment", number, f"attachment {added.id}")), 3, lines)
        # Who has no right to download is turned away before the request is read.
        self.assertIn(("Attachments.DownloadAttachment", "", ""), lines)


if __name__ == "__main__":
    unittest.main()
