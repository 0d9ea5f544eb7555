"""What a right that holds for some units or kinds reaches, and what it does not: lodging, trials of rules, the hotline's
figures; one's own cases, whichever unit's they are; and names and places that are the engine's own."""

import unittest

from contract import access_pb2, admin_pb2, calendars_pb2, calls_pb2, cases_pb2, catalogue_pb2, grpc, intake_pb2, refusal, supervision_pb2
from installation import eventually
from serving import CALENDARS, CATALOGUE, DAY_MS, HOUR_MS, MONDAY_9_MS, Guarded, lodge_request, new_id
from test_access import RULED, code_of, methods

A, P, S = access_pb2, cases_pb2, supervision_pb2
DENIED, NOT_FOUND, INVALID = grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT
# Rights that hold for no case in one's own hands.
NOT_OVER_ONES_OWN = {"supervision.decide"}


class Units(Guarded):
    ARGUMENTS = (*Guarded.ARGUMENTS, "--rate-address", "10000", "--rate-identity", "10000")

    def with_key(self, *grants):
        return self.open(self.key(*grants).token)

    def lodge_as(self, caller, **fields):
        return caller.cases.LodgeCase(lodge_request(tenant="taipower", **fields), timeout=10)

    # --- lodging -----------------------------------------------------------------------------------

    def test_lodging_keeps_to_unit_and_kinds(self):
        south = self.with_key(A.Grant(role="agent", tenant="taipower", unit="kaohsiung"))
        inquiries = self.with_key(A.Grant(role="agent", tenant="taipower", kinds=[P.KIND_INQUIRY]))
        self.assertTrue(self.lodge_as(south, service="power-outage.kaohsiung").case_number)
        self.assertTrue(self.lodge_as(south, service="billing", unit="kaohsiung.line").case_number)
        self.assertTrue(self.lodge_as(inquiries, service="billing").case_number)
        for caller, fields in ((south, {"service": "power-outage"}), (south, {"service": "billing"}),
                               (south, {"service": "power-outage.kaohsiung", "unit": "hq"}),
                               (south, {"service": "power-outage", "handler": "tp030"}),
                               (inquiries, {"service": "power-outage"}), (inquiries, {"service": "billing", "kind": P.KIND_COMPLAINT})):
            wrong = refusal(caller.cases.LodgeCase, lodge_request(tenant="taipower", **fields))
            self.assertEqual(wrong.code, DENIED, fields)
            self.assertIn("some units and kinds only", wrong.message)
        # She who makes herself the handler gains nothing by it.
        head = self.user("lodging-head", tenant="taipower", staff="tp030")
        self.assertEqual(refusal(head.cases.LodgeCase, lodge_request(tenant="taipower", service="power-outage", handler="tp030")).code, DENIED)
        feed = self.with_key(A.Grant(role="integrator", tenant="taipower", unit="kaohsiung"))
        items = [intake_pb2.IngestItem(position=1, lodge=lodge_request(tenant="taipower", service="power-outage")),
                 intake_pb2.IngestItem(position=2, lodge=lodge_request(tenant="taipower", service="power-outage.kaohsiung"))]
        results = [a.result for a in feed.intake.Ingest(iter([
            intake_pb2.IngestRequest(open=intake_pb2.IngestOpen(tenant="taipower", source="south")),
            *[intake_pb2.IngestRequest(item=item) for item in items]]), timeout=10) if a.HasField("result")]
        self.assertEqual({r.position: r.reason or "created" for r in results}, {1: "NOT_PERMITTED", 2: "created"})

    def test_another_units_lodging_sent_again_tells_nothing(self):
        desk = self.with_key(A.Grant(role="agent", tenant="taipower"))
        south = self.with_key(A.Grant(role="agent", tenant="taipower", unit="kaohsiung"))
        request = lodge_request(tenant="taipower", service="power-outage")
        number = desk.cases.LodgeCase(request, timeout=10).case_number
        again = refusal(south.cases.LodgeCase, request)
        self.assertEqual(again.code, DENIED)
        self.assertNotIn(number, f"{again.message} {again.fields}")
        self.assertEqual(desk.cases.LodgeCase(request, timeout=10).case_number, number)
        # Her own is answered as before, though the case has gone elsewhere since.
        mine = lodge_request(tenant="taipower", service="power-outage.kaohsiung")
        number = south.cases.LodgeCase(mine, timeout=10).case_number
        desk.cases.TransferCase(P.TransferCaseRequest(case_number=number, unit="hq", reason="x", request_id=new_id()), timeout=10)
        self.assertEqual(south.cases.LodgeCase(mine, timeout=10).case_number, number)

    # --- what a catalogue takes away ---------------------------------------------------------------

    def test_a_catalogue_takes_nothing_away_unasked(self):
        desk = self.with_key(A.Grant(role="agent", tenant="taisugar"))
        numbers = [desk.cases.LodgeCase(lodge_request(service="mill-tour", handler="ts034"), timeout=10).case_number for _ in range(2)]
        withdrawn = desk.cases.LodgeCase(lodge_request(service="mill-tour", handler="ts034"), timeout=10).case_number
        desk.cases.WithdrawCase(P.WithdrawCaseRequest(case_number=withdrawn, reason="x", request_id=new_id()), timeout=10)
        self.user("liao", tenant="taisugar", staff="ts034")
        self.user("of-the-section", A.Grant(role="supervisor", tenant="taisugar", unit="tainan.leisure"))
        fewer = "".join(line for line in CATALOGUE.splitlines(True) if "- {id: mill-tour" not in line and "- {id: ts034" not in line)
        fewer = fewer.replace("deputy: ts034, ", "")
        apply = self.admin.catalogue.ApplyCatalogue
        request = catalogue_pb2.ApplyCatalogueRequest(yaml=fewer, validate_only=True)
        (change,) = [change for change in apply(request, timeout=20).tenants if change.tenant == "taisugar"]
        losses = {loss.subject: loss for loss in change.losses}
        self.assertEqual(set(losses), {"service mill-tour", "staff ts034"})
        self.assertEqual((losses["service mill-tour"].open_cases, set(losses["service mill-tour"].case_numbers)), (2, set(numbers)))
        person = losses["staff ts034"]
        self.assertEqual((person.open_cases, person.accounts, [*person.account_names]), (2, 1, ["liao"]))
        request.validate_only = False
        wrong = refusal(apply, request)
        self.assertEqual((wrong.code, [*wrong.fields]), (INVALID, ["take_away"]))
        for told in ("mill-tour", "ts034", "liao", numbers[0]):
            self.assertIn(told, wrong.message)
        environment = {"CASEWHEEL_TOKEN": self.admin_token}
        file = self.installation.folder / "fewer.yaml"
        file.write_text(fewer)
        shown = self.installation.cli("apply", "-f", file, "--dry-run", environment=environment).stdout
        self.assertIn("--take-away", shown)
        self.assertIn("未結案件 open cases 2", shown)
        unasked = self.installation.cli("apply", "-f", file, environment=environment)
        self.assertNotEqual(unasked.returncode, 0)
        self.assertIn("確定移除請加 --take-away", unasked.stderr)
        try:
            self.assertEqual(self.installation.cli("apply", "-f", file, "--take-away", environment=environment).returncode, 0)
            # Gone already, so nothing is asked of the same file.
            again = apply(request, timeout=20)
            self.assertFalse([loss for change in again.tenants for loss in change.losses])
        finally:
            apply(catalogue_pb2.ApplyCatalogueRequest(yaml=CATALOGUE), timeout=20)

    def test_a_catalogue_keeps_cases_of_a_unit_and_days_off(self):
        desk = self.with_key(A.Grant(role="agent", tenant="taisugar"))
        desk.cases.LodgeCase(lodge_request(unit="retail"), timeout=10)
        apply = self.admin.catalogue.ApplyCatalogue
        self.key(A.Grant(role="agent", tenant="taisugar", unit="retail"))
        # One that gets another name goes, and another one comes.
        renamed = CATALOGUE.replace("{id: retail,", "{id: shops,").replace("unit: retail,", "unit: shops,")
        wrong = refusal(apply, catalogue_pb2.ApplyCatalogueRequest(yaml=renamed))
        self.assertEqual([*wrong.fields], ["take_away"])
        self.assertRegex(wrong.message, r"unit retail with \d+ open cases? \(.* and \d+ accounts? \(")
        self.admin.calendars.ApplyCalendar(calendars_pb2.ApplyCalendarRequest(yaml=CALENDARS.rstrip() + """
    days: [{date: 2026-12-24, what: holiday, name: 廠慶}]
"""), timeout=20)
        other = CATALOGUE.replace("calendar: taisugar", "calendar: tw-government")
        request = catalogue_pb2.ApplyCatalogueRequest(yaml=other)
        wrong = refusal(apply, request)
        self.assertEqual([*wrong.fields], ["take_away"])
        self.assertIn("calendar taisugar -> tw-government with 1 day off (2026-12-24 廠慶)", wrong.message)
        request.take_away = True
        apply(request, timeout=20)
        apply(catalogue_pb2.ApplyCatalogueRequest(yaml=CATALOGUE), timeout=20)

    # --- what is read ------------------------------------------------------------------------------

    def test_a_trial_shows_ones_own_units(self):
        desk = self.with_key(A.Grant(role="agent", tenant="taipower"))
        for service in ("power-outage", "power-outage.kaohsiung", "power-outage.taichung", "billing"):
            self.lodge_as(desk, service=service)
        request = calendars_pb2.SimulateRequest(tenant="taipower", yaml=CATALOGUE)
        request.received_from.FromMilliseconds(MONDAY_9_MS - DAY_MS)
        request.received_until.FromMilliseconds(MONDAY_9_MS + 400 * DAY_MS)
        seen = {}
        for name, grant in (("all", {}), ("south", {"unit": "kaohsiung"}), ("inquiries", {"kinds": [P.KIND_INQUIRY]})):
            lead = self.with_key(A.Grant(role="supervisor", tenant="taipower", **grant))
            answer = lead.calendars.Simulate(request, timeout=30)
            seen[name] = ({line.unit for line in answer.lines}, {line.kind for line in answer.lines}, answer.cases)
        self.assertLessEqual(seen["south"][0], {"kaohsiung", "kaohsiung.line"})
        self.assertEqual(seen["inquiries"][1], {P.KIND_INQUIRY})
        self.assertGreater(len(seen["all"][0]), 2)
        self.assertLess(seen["south"][2], seen["all"][2])

    def test_the_hotlines_figures_are_its_units(self):
        for grant, may in (({}, True), ({"unit": "hotline"}, True), ({"unit": "kaohsiung"}, False)):
            lead = self.with_key(A.Grant(role="supervisor", tenant="taipower", **grant))
            request = calls_pb2.GetCallStatisticsRequest(tenant="taipower")
            request.from_time.FromMilliseconds(self.now_of() - DAY_MS)
            if may:
                lead.calls.GetCallStatistics(request, timeout=10)
            else:
                self.assertEqual(refusal(lead.calls.GetCallStatistics, request).code, DENIED)
                self.assertEqual(refusal(lead.calls.PlanStaffing, calls_pb2.PlanStaffingRequest(tenant="taipower")).code, DENIED)

    def test_a_call_of_another_unit_is_not_there_to_record(self):
        exchange = self.with_key(A.Grant(role="integrator", tenant="taipower"))
        south = self.with_key(A.Grant(role="integrator", tenant="taipower", unit="kaohsiung"))
        name = new_id("exchange")
        record = {"tenant": "taipower", "exchange_call": name, "direction": calls_pb2.INBOUND, "to": "1911"}
        E = calls_pb2.RecordCallEventRequest
        exchange.calls.RecordCallEvent(E(event=E.RING, **record), timeout=10)
        wrong = refusal(south.calls.RecordCallEvent, E(event=E.HANGUP, **record))
        self.assertEqual((wrong.code, wrong.message), (NOT_FOUND, "no such call"))
        self.assertEqual(exchange.calls.RecordCallEvent(E(event=E.HANGUP, **record), timeout=10).exchange_call, name)

    # --- one's own cases ---------------------------------------------------------------------------

    def test_every_method_over_ones_own_case(self):
        """A case of another unit in her hands: all she may do with her unit's cases she may, but decide on its dates."""
        desk = self.with_key(A.Grant(role="agent", tenant="taipower"))
        head = self.user("own-cases", tenant="taipower", staff="tp031")  # supervisor and handler of kaohsiung.line
        tried = 0
        for service, method, right, request_class, streams in methods():
            fields = request_class.DESCRIPTOR.fields_by_name
            if right in ("public", "signed_in", "own_account") or "case_number" not in fields or streams:
                continue
            theirs = self.lodge_as(desk, service="power-outage").case_number
            mine = self.lodge_as(desk, service="power-outage").case_number
            desk.cases.AssignCase(P.AssignCaseRequest(case_number=mine, handler="tp031", request_id=new_id()), timeout=10)
            codes = []
            for number in (theirs, mine):
                request = request_class(case_number=number)
                for name, value in (("reason", "x"), ("text", "x"), ("request_id", new_id()), ("unit", "hq"), ("handler", "tp031"),
                                    ("into_case_number", theirs if number == mine else mine)):
                    if name in fields and fields[name].type == fields[name].TYPE_STRING:
                        setattr(request, name, value)
                if "priority" in fields:
                    request.priority = P.PRIORITY_HIGH
                if "documents" in fields:
                    request.documents.append("身分證明文件")
                for name in ("due_time", "agreed_time"):
                    if name in fields:
                        getattr(request, name).FromMilliseconds(self.now_of() + 90 * DAY_MS)
                for name in ("clock", "extension_request", "attachment"):
                    if name in fields:
                        setattr(request, name, 1)
                codes.append(code_of(head.channel, service, method, request, streams))
            tried += 1
            name, may = f"{service.name}.{method.name}", bool(RULED[right] & {"supervisor", "unit_head", "handler"})
            if codes[0] == grpc.StatusCode.INVALID_ARGUMENT:  # told before the case is looked up, so of both
                self.assertEqual(codes[1], codes[0], name)
                continue
            self.assertIn(codes[0], (NOT_FOUND, DENIED), name)
            if right in NOT_OVER_ONES_OWN or not may:
                self.assertEqual(codes[1], DENIED, name)
            elif codes[1] == NOT_FOUND:
                self.assertIn(name, ("Attachments.DownloadAttachment", "Attachments.RemoveAttachment", "Cases.MergeCase",
                                     "Cases.UnmergeCase", "Counter.RecordFee", "Supervision.AcknowledgeEscalation"), "of what is not on the case")
            else:
                self.assertNotEqual(codes[1], DENIED, name)
        self.assertGreater(tried, 20)

    def now_of(self):
        return self.admin.admin.GetClock(admin_pb2.GetClockRequest(), timeout=10).now.ToMilliseconds()

    def test_nobody_decides_on_the_dates_of_her_own_case(self):
        """In her own unit too, and for her own request; and no handler approves of a date agreed anew."""
        desk = self.with_key(A.Grant(role="agent", tenant="taipower"))
        line = self.user("own-line", tenant="taipower", staff="tp031")  # supervisor of kaohsiung.line
        above = self.user("own-above", tenant="taipower", staff="tp030")  # of kaohsiung
        number = self.lodge_as(desk, service="power-outage.kaohsiung").case_number
        clock = desk.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10).clocks[0].id
        due = self.now_of() + 20 * DAY_MS

        def extend(to):
            request = S.ExtendClockRequest(case_number=number, clock=clock, reason="x", request_id=new_id())
            request.due_time.FromMilliseconds(to)
            return request

        line.supervision.ExtendClock(extend(due), timeout=10)  # not in her hands yet
        desk.cases.AssignCase(P.AssignCaseRequest(case_number=number, handler="tp031", request_id=new_id()), timeout=10)
        self.assertEqual(refusal(line.supervision.ExtendClock, extend(due + DAY_MS)).code, DENIED)
        ask = P.RequestExtensionRequest(case_number=number, clock=clock, reason="x", request_id=new_id())
        ask.due_time.FromMilliseconds(due + 2 * DAY_MS)
        asked = line.cases.RequestExtension(ask, timeout=10)
        which = asked.extension_requests[0].id
        decide = S.DecideExtensionRequest(case_number=number, extension_request=which, granted=True, request_id=new_id())
        self.assertEqual(refusal(line.supervision.DecideExtension, decide).code, DENIED)
        above.supervision.DecideExtension(decide, timeout=10)
        for approver, ok in (("tp031", False), ("tp030", True)):
            agree = P.AgreeDateRequest(case_number=number, reason="x", approver=approver, request_id=new_id())
            agree.agreed_time.FromMilliseconds(due)
            if ok:
                desk.cases.AgreeDate(agree, timeout=10)
            else:
                self.assertIn("approver", refusal(desk.cases.AgreeDate, agree).fields)

    # --- what is the engine's own ------------------------------------------------------------------

    def test_names_of_the_engine_are_taken_by_nobody(self):
        desk = self.with_key(A.Grant(role="agent", tenant="taipower"), A.Grant(role="integrator", tenant="taipower"))
        number = self.lodge_as(desk, service="billing").case_number
        E = calls_pb2.RecordCallEventRequest
        record = {"tenant": "taipower", "exchange_call": new_id("missed"), "direction": calls_pb2.INBOUND, "to": "1911"}
        ring = E(event=E.RING, **record)
        setattr(ring, "from", "0955123123")
        call = desk.calls.RecordCallEvent(ring, timeout=10).id
        name = f"call-back-{call}"
        for spelled in (name, name + "x"):
            wrong = refusal(desk.cases.LodgeCase, lodge_request(tenant="taipower", service="call-back", request_id=spelled))
            self.assertIn("request_id", wrong.fields, spelled)
            self.assertIn("request_id", refusal(desk.cases.AddNote, P.AddNoteRequest(case_number=number, text="x", request_id=spelled)).fields)
        results = [a.result for a in desk.intake.Ingest(iter([
            intake_pb2.IngestRequest(open=intake_pb2.IngestOpen(tenant="taipower", source="squatter")),
            intake_pb2.IngestRequest(item=intake_pb2.IngestItem(position=1, lodge=lodge_request(
                tenant="taipower", service="billing", request_id=name)))]), timeout=10) if a.HasField("result")]
        self.assertEqual([r.outcome for r in results], [intake_pb2.IngestResult.INVALID])
        self.advance_by(HOUR_MS)
        desk.calls.RecordCallEvent(E(event=E.HANGUP, **record), timeout=10)
        shown = eventually(lambda: (c := desk.calls.GetCall(calls_pb2.GetCallRequest(id=call), timeout=10)).callback_case_number and c)
        self.assertTrue(shown.callback_case_number, "a missed call became no case")

    def advance_by(self, ms):
        request = admin_pb2.AdvanceClockRequest()
        request.by.seconds = ms // 1000
        self.admin.admin.AdvanceClock(request, timeout=60)

    def test_a_backup_goes_where_nothing_else_is(self):
        def backup(directory):
            return list(self.admin.admin.CreateBackup(admin_pb2.CreateBackupRequest(directory=str(directory)), timeout=60))[-1]

        folder, data = self.installation.folder, self.installation.data
        target = folder / "backups"
        self.assertEqual([backup(target).backup_id for _ in range(2)], [1, 2])
        foreign = folder / "foreign"
        kept = {}
        for name in ("private/1/notes.sst", "shared/old.sst", "meta/7", "shared_checksum/x.sst", "attachments/drafts/a", "notes.txt"):
            kept[foreign / name] = name
            (foreign / name).parent.mkdir(parents=True, exist_ok=True)
            (foreign / name).write_text(name)
        link = folder / "link"
        link.symlink_to(data)
        theirs = folder / "theirs"
        theirs.mkdir()
        (theirs / "INSTALLATION").write_text("0" * 32 + "\n")
        a_file = folder / "file"
        a_file.write_text("x")
        for directory in (foreign, data, data / "attachments", data / "attachments" / "drafts", data / "new" / "deeper", link / "within", folder,
                          theirs, a_file, f"{folder}/backups/../{data.name}/x", f"{data}/"):
            wrong = refusal(self.admin.admin.CreateBackup, admin_pb2.CreateBackupRequest(directory=str(directory)))
            self.assertEqual((wrong.code, "directory" in wrong.fields), (grpc.StatusCode.FAILED_PRECONDITION, True), directory)
        for path, text in kept.items():
            self.assertEqual(path.read_text(), text)
        self.assertFalse((data / "new").exists())
        empty = folder / "empty"
        empty.mkdir()
        self.assertEqual(backup(empty).backup_id, 1)


if __name__ == "__main__":
    unittest.main()
