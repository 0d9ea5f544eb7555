"""What was taken down wrong is corrected: by every field, on record, and found by what is right now."""

import json
import unittest
import urllib.request

from contract import cases_pb2, grpc, history_of, privacy_pb2, refusal, supervision_pb2, tracking_pb2
from installation import eventually
from serving import Serving, lodge_request, new_id

P = cases_pb2


class Correction(Serving):
    def correct(self, number, paths=(), reason="聽錯", **fields):
        request = P.CorrectCaseRequest(case_number=number, request_id=new_id("correct"), reason=reason, **fields)
        request.update_mask.paths.extend(paths)
        return self.engine.cases.CorrectCase(request, timeout=10)

    def found_by(self, phone):
        asked = P.FindCasesByPersonRequest(tenant="taisugar", phone=phone, page_size=500)
        return {case.case_number for case in self.engine.cases.FindCasesByPerson(asked, timeout=10).cases}

    def reveal(self, number):
        return self.engine.privacy.RevealCase(privacy_pb2.RevealCaseRequest(case_number=number, reason="回電"), timeout=10)

    def refused(self, number, *arguments, **fields):
        return refusal(self.correct, number, *arguments, **fields)

    def test_a_telephone_is_corrected_and_leads_to_the_case(self):
        number = self.lodge().case_number
        answer = self.correct(number, applicant=P.Applicant(phone="0921-000-765"))
        self.assertEqual(answer.case.applicant.phone, "0921-***-765")
        self.assertEqual(list(answer.warnings), [])
        self.assertIn(number, self.found_by("0921000765"))
        self.assertNotIn(number, self.found_by("0912345678"))
        shown = self.reveal(number)
        self.assertEqual((shown.case.applicant.phone, shown.case.applicant.name), ("0921-000-765", "秘密姓名王小明"))
        line = [entry for entry in shown.history if entry.event == "case_corrected"][0]
        self.assertEqual((line.text, [(c.field, c.value) for c in line.changes]), ("聽錯", [("applicant.phone", "0912345678 -> 0921-000-765")]))
        masked = [entry for entry in history_of(self.engine, number) if entry.event == "case_corrected"][0]
        self.assertEqual([c.value for c in masked.changes], ["0912-***-678 -> 0921-***-765"])
        # The applicant follows the case by the number that is right, and is told that it was corrected.
        tracked = self.engine.tracking.TrackCase(tracking_pb2.TrackCaseRequest(case_number=number, phone_last_digits="0765"), timeout=10)
        self.assertEqual([told.text for told in tracked.told], ["已更正：電話 Corrected: telephone"])

    def test_every_field_and_those_that_are_taken_away(self):
        number = self.lodge(county="臺南市", external_reference="CRM-1").case_number
        place = P.Place(address="臺南市安平路1號", position=P.Place.Position(latitude=23, longitude=120.2))
        self.correct(number, paths=["applicant", "subject", "description", "place", "media_url", "county", "language", "external_reference"],
                     applicant=P.Applicant(name="林大明"), subject="改過的主旨", place=place, county="高雄市",
                     language="en", external_reference="CRM-2")
        case = self.reveal(number).case
        self.assertEqual((case.applicant.name, case.applicant.phone, case.applicant.email, case.applicant.address), ("林大明", "", "", ""))
        self.assertEqual((case.subject, case.description, case.county, case.language, case.external_reference),
                         ("改過的主旨", "", "高雄市", "en", "CRM-2"))
        self.assertEqual((case.place.address, case.place.position.longitude), ("臺南市安平路1號", 120.2))
        self.assertNotIn(number, self.found_by("0912345678"))
        before = case.etag
        again = self.correct(number, subject="改過的主旨")
        self.assertEqual(again.case.etag, before)  # it is so already

    def test_the_subject_stays_on_the_board(self):
        number = self.lodge().case_number
        self.correct(number, applicant=P.Applicant(name="林小姐"))
        filter_ = supervision_pb2.DueFilter(tenant="taisugar")
        filter_.horizon.seconds = 60 * 86400

        def on_the_board():
            request = supervision_pb2.ListDueRequest(filter=filter_, page_size=500)
            due = {case.case_number: case.subject for case in self.engine.supervision.ListDue(request, timeout=10).cases}
            return due.get(number)

        self.assertEqual(eventually(on_the_board), self.reveal(number).case.subject)

    def test_what_was_only_shown_is_not_written_back(self):
        request = lodge_request(description="身分證A123456789，請回電", media_url="https://example.com/photo/1")
        request.place.CopyFrom(P.Place(address="臺南市安平路1號", address_id="12345678901",
                                       position=P.Place.Position(latitude=23, longitude=120.2)))
        number = self.engine.cases.LodgeCase(request, timeout=10).case_number
        before = self.reveal(number).case
        shown = self.engine.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10)
        back = self.refused(number, applicant=shown.applicant, description=shown.description,
                            media_url=shown.media_url, place=shown.place)
        fields = {"description", "media_url", "place"}
        fields |= {f"applicant.{name}" for name in ("name", "phone", "email", "address", "customer_number")
                   if getattr(shown.applicant, name)}
        self.assertEqual(back.code, grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual(set(back.fields), fields)
        # One number of a text is enough, whatever else was changed in it.
        self.assertIn("description", self.refused(number, description=shown.description + "。已回電").fields)
        self.assertEqual(self.reveal(number).case.applicant, before.applicant)
        # What stands there already is no change, and what somebody masked by herself is hers to give.
        same = self.correct(number, applicant=before.applicant).case
        self.assertEqual(same.etag, before.etag)
        self.assertEqual(self.correct(number, applicant=P.Applicant(name="陳○華")).case.applicant.name, "陳○華")

    def test_numbers_are_asked_about_and_never_refused(self):
        number = self.lodge().case_number
        answer = self.correct(number, applicant=P.Applicant(phone="12"))
        self.assertEqual([warning.field for warning in answer.warnings], ["applicant.phone"])

    def test_it_asks_what_lodging_asks(self):
        """Of the same values: numbers a spreadsheet spoiled, a county that is none, and one that is missing."""
        given = {"external_reference": "1.23E+15", "county": "台南縣", "applicant": P.Applicant(phone="12")}
        lodged = lodge_request(service="land-lease", external_reference="1.23E+15", county="台南縣")
        lodged.applicant.CopyFrom(P.Applicant(phone="12"))
        first = self.engine.cases.LodgeCase(lodged, timeout=10)
        fields = sorted(warning.field for warning in first.warnings)
        self.assertEqual(fields, ["applicant.phone", "county", "external_reference"])
        number = self.lodge(service="land-lease", county="臺南市").case_number
        corrected = self.correct(number, **given)
        self.assertEqual(sorted(warning.field for warning in corrected.warnings), fields)
        taken_away = self.correct(number, paths=["county"])
        self.assertEqual([warning.field for warning in taken_away.warnings], ["county"])
        self.assertEqual(list(self.correct(number, subject="改過的主旨").warnings), [])

    def test_a_county_is_put_right_or_asked_about(self):
        for typed, kept, told in (("台南", "臺南市", None), (" 台東縣", "臺東縣", None), ("台北市中山區", "臺北市", "地址"), ("台南縣", "台南縣", "臺南市"),
                                  ("新竹", "新竹", "新竹市或新竹縣"), ("Taipei", "Taipei", "全名")):
            answer = self.lodge(county=typed)
            corrected = self.correct(self.lodge(county="花蓮縣").case_number, county=typed)
            for warnings in (answer.warnings, corrected.warnings):
                said = [warning.text_zh for warning in warnings if warning.field == "county"]
                self.assertEqual(len(said), 0 if told is None else 1, typed)
                self.assertIn(told or "", (said or [""])[0])
            self.assertEqual(self.get(answer.case_number).county, kept)
            self.assertEqual(corrected.case.county, kept)

    def test_what_is_wrong_with_a_request_is_named(self):
        number = self.lodge().case_number
        self.assertIn("reason", self.refused(number, reason="", subject="新").fields)
        self.assertIn("update_mask", self.refused(number).fields)
        self.assertIn("update_mask", self.refused(number, ["status"], subject="新").fields)
        self.assertIn("subject", self.refused(number, ["applicant.phone"], subject="新").fields)
        self.assertIn("subject", self.refused(number, ["subject"]).fields)
        self.assertIn("external_reference", self.refused(number, external_reference="電話0912345678").fields)
        stale = P.CorrectCaseRequest(case_number=number, etag='"99"', reason="r", subject="新")
        self.assertEqual(refusal(self.engine.cases.CorrectCase, stale, timeout=10).code, grpc.StatusCode.ABORTED)

    def test_by_http_with_a_mask(self):
        number = self.lodge().case_number
        body = json.dumps({"caseNumber": number, "updateMask": "applicant.phone", "reason": "聽錯",
                           "applicant": {"phone": "0933000222"}}).encode()
        url = f"http://{self.installation.http_address}/casewheel.v1.Cases/CorrectCase"
        with urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=10) as answer:
            self.assertEqual(json.load(answer)["case"]["applicant"]["phone"], "0933-***-222")
        self.assertIn(number, self.found_by("0933000222"))

    def test_by_the_command_line(self):
        number = self.lodge(county="臺南市").case_number
        done = self.installation.cli("--json", "correct", number, "--reason", "同音字", "--name", "林小姐", "--email", "")
        self.assertEqual(done.returncode, 0, done.stderr)
        case = self.reveal(number).case
        self.assertEqual((case.applicant.name, case.applicant.email, case.applicant.phone), ("林小姐", "", "0912345678"))
        self.assertEqual(self.installation.cli("correct", number, "--reason", "無").returncode, 2)
        shown = self.installation.cli("correct", number, "--reason", "再一次", "--phone", "12").stdout
        self.assertIn("電話號碼無法撥打", shown)

    def test_after_a_restart_and_proved(self):
        number = self.lodge().case_number
        self.correct(number, applicant=P.Applicant(phone="0955000111"))
        self.installation.stop()
        self.installation.start()
        self.assertIn(number, self.found_by("0955000111"))
        self.assertEqual(self.reveal(number).case.applicant.phone, "0955000111")
        report = json.loads(self.installation.cli("--json", "verify").stdout)
        self.assertEqual((report["ok"], report.get("problems", [])), (True, []))


if __name__ == "__main__":
    unittest.main()
