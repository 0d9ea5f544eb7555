"""Who may do what, against a real engine that asks: signing in, keys, the matrix of every method, role
and tenant (made from the descriptors), what is not one's own, guessing, and the audit trail."""

import os
import pathlib
import subprocess
import threading
import unittest

from google.protobuf import descriptor_pb2, symbol_database

from contract import (Engine, access_pb2, admin_pb2, attachments_pb2, calendars_pb2, calls_pb2, cases_pb2, catalogue_pb2, changes_pb2, counter_pb2, grpc, intake_pb2, privacy_pb2, public_cases_pb2, refusal,
                      supervision_pb2, tracking_pb2)
from casewheel.v1 import rights_pb2
from installation import CASEWHEEL, PASSWORD, Installation
from serving import Guarded, lodge_request, new_id

A = access_pb2
P = cases_pb2
DENIED = grpc.StatusCode.PERMISSION_DENIED
NOBODY = grpc.StatusCode.UNAUTHENTICATED
NOT_FOUND = grpc.StatusCode.NOT_FOUND

ROLES = ("agent", "counter", "handler", "supervisor", "unit_head", "integrator", "auditor", "administrator", "observer", "operator")
FILES = (A, admin_pb2, attachments_pb2, calendars_pb2, calls_pb2, cases_pb2, catalogue_pb2, changes_pb2, counter_pb2, intake_pb2, privacy_pb2, public_cases_pb2, supervision_pb2, tracking_pb2)

# What each right is for, said a second time: the engine's table and this one must agree.
DESK, LEAD = {"agent", "counter"}, {"supervisor", "unit_head"}
UNIT = {"handler"} | LEAD
STAFF = DESK | UNIT | {"integrator"}
RULED = {
    "access.manage": {"administrator"}, "attachments.read": STAFF, "audit.read": {"auditor"}, "calendars.apply": {"administrator"},
    "calls.handle": DESK | LEAD, "calls.read": DESK | LEAD | {"auditor"}, "calls.record": DESK | {"integrator"}, "calls.watch": DESK | LEAD,
    "calendars.simulate": LEAD | {"administrator"}, "cases.accept": UNIT | {"integrator"}, "cases.act": STAFF,
    "cases.find_person": DESK | UNIT, "cases.lodge": STAFF, "cases.read": STAFF | {"auditor"},
    "cases.request_extension": UNIT | {"integrator"}, "cases.suspend": UNIT | {"integrator"},
    "catalogue.apply": {"administrator"}, "engine.backup": {"administrator", "operator"}, "engine.operate": {"administrator", "operator"},
    "engine.verify": {"administrator", "auditor", "operator"}, "intake.feed": {"integrator"},
    "privacy.erase": {"administrator"}, "privacy.export": LEAD | {"administrator"}, "privacy.reveal": DESK | UNIT,
    "statistics.read": LEAD | {"auditor", "administrator", "observer", "operator"}, "supervision.acknowledge": UNIT, "supervision.decide": LEAD,
    "supervision.read": DESK | UNIT | {"auditor", "observer"},
}
# Held for the whole installation or not at all.
WHOLE = {"access.manage", "audit.read", "calendars.apply", "catalogue.apply", "engine.backup", "engine.operate", "engine.verify"}


def methods():
    """(service, method, right, request class, streams of requests) of every RPC there is."""
    database = symbol_database.Default()
    for module in FILES:
        for service in module.DESCRIPTOR.services_by_name.values():
            proto = descriptor_pb2.ServiceDescriptorProto()
            service.CopyToProto(proto)
            streams = {m.name: m.client_streaming for m in proto.method}
            for method in service.methods:
                right = method.GetOptions().Extensions[rights_pb2.right]
                yield service, method, right, database.GetPrototype(method.input_type), streams[method.name]


def code_of(channel, service, method, request, streams):
    """How an empty request of the method ends; OK when it is answered."""
    path = f"/{service.full_name}/{method.name}"
    try:
        if streams:
            list(channel.stream_stream(path, type(request).SerializeToString, bytes)(iter([request]), timeout=10))
        else:  # a stream of answers is cut after the first
            call = channel.unary_stream(path, type(request).SerializeToString, bytes)(request, timeout=10)
            for _ in call:
                call.cancel()
                break
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


class Access(Guarded):
    # Nobody asks for as much as the matrix does.
    ARGUMENTS = (*Guarded.ARGUMENTS, "--rate-address", "10000")

    @classmethod
    def sign_in(cls, name, password):
        return cls.open().access.SignIn(A.SignInRequest(name=name, password=password), timeout=20)

    def with_key(self, *grants):
        return self.open(self.key(*grants).token)

    # --- the matrix ---------------------------------------------------------------------------------

    def test_every_method_role_and_tenant(self):
        """Methods by roles by where they are held; and by nobody, and a token that is not one."""
        tried = 0
        everything = list(methods())
        self.assertGreater(len(everything), 50)
        callers = {}
        for role in ROLES:
            callers[role, ""] = self.with_key(A.Grant(role=role))
            callers[role, "taipower"] = self.with_key(A.Grant(role=role, tenant="taipower"))
            callers[role, "unit"] = self.with_key(A.Grant(role=role, tenant="taipower", unit="taichung"))
        nobody, wrong = self.open(), self.open("cws_" + "A" * 43)
        for service, method, right, request_class, streams in everything:
            name = f"{service.name}.{method.name}"
            self.assertTrue(right in RULED or right in ("public", "signed_in", "own_account"), f"{name} names no right")
            for channel in (nobody.channel, wrong.channel):
                code = code_of(channel, service, method, request_class(), streams)
                tried += 1
                if right != "public":
                    self.assertEqual(code, NOBODY, name)
            for (role, where), caller in callers.items():
                code = code_of(caller.channel, service, method, request_class(), streams)
                tried += 1
                may = right in ("public", "signed_in", "own_account") or (role in RULED[right] and (where == "" or right not in WHOLE))
                if right == "public":
                    continue  # SignIn of an empty name is NOBODY for whoever asks
                self.assertNotEqual(code, NOBODY, (name, role, where))
                self.assertEqual(code != DENIED, may, (name, role, where, code))
        self.assertGreater(tried, 1200)

    def test_the_denial_names_the_right(self):
        agent = self.with_key(A.Grant(role="agent", tenant="taipower"))
        wrong = refusal(agent.catalogue.ApplyCatalogue, catalogue_pb2.ApplyCatalogueRequest(yaml="x"))
        self.assertEqual(wrong.code, DENIED)
        self.assertIn("catalogue.apply", wrong.message)

    def test_the_table_that_is_told_is_the_one_that_rules(self):
        told = {r.name: set(r.roles) for r in self.admin.access.ListRights(A.ListRightsRequest(), timeout=10).rights}
        self.assertEqual(told, RULED)

    # --- tenants and units --------------------------------------------------------------------------

    def test_another_tenant_is_not_there(self):
        sugar = self.with_key(A.Grant(role="agent", tenant="taisugar"))
        power = self.with_key(A.Grant(role="agent", tenant="taipower"))
        request = lodge_request(tenant="taisugar")
        number = sugar.cases.LodgeCase(request, timeout=10).case_number
        self.assertEqual(sugar.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10).case_number, number)
        theirs = refusal(power.cases.GetCase, P.GetCaseRequest(case_number=number))
        self.assertEqual((theirs.code, theirs.message), (NOT_FOUND, "no such case"))
        for call, body in ((power.cases.AddNote, P.AddNoteRequest(case_number=number, text="x", request_id=new_id())),
                           (power.cases.CloseCase, P.CloseCaseRequest(case_number=number, request_id=new_id(), outcome=1)),
                           (power.cases.ListCaseHistory, P.ListCaseHistoryRequest(case_number=number)),
                           (power.cases.ExplainClock, P.ExplainClockRequest(case_number=number))):
            self.assertEqual((refusal(call, body).code, refusal(call, body).message), (NOT_FOUND, "no such case"))
        # A tenant of others is refused in the words of one that does not exist.
        for tenant in ("taisugar", "atlantis"):
            for call, body in ((power.cases.ListCases, P.ListCasesRequest(tenant=tenant)),
                               (power.cases.LodgeCase, lodge_request(tenant=tenant)),
                               (power.cases.FindCasesByPerson, P.FindCasesByPersonRequest(tenant=tenant, phone="0912345678"))):
                wrong = refusal(call, body)
                self.assertEqual((wrong.code, wrong.fields["tenant"]),
                                 (grpc.StatusCode.INVALID_ARGUMENT, f"no such tenant in the catalogue: {tenant}"))
            wrong = refusal(power.supervision.ListDue, supervision_pb2.ListDueRequest(
                filter=supervision_pb2.DueFilter(tenant=tenant)))
            self.assertIn("filter.tenant", wrong.fields)
            self.assertEqual(refusal(power.catalogue.GetCatalogue, catalogue_pb2.GetCatalogueRequest(tenant=tenant)).code, NOT_FOUND)
        listed = power.catalogue.ListTenants(catalogue_pb2.ListTenantsRequest(), timeout=10).tenants
        self.assertEqual([t.id for t in listed], ["taipower"])
        lead = self.with_key(A.Grant(role="supervisor", tenant="taipower"))
        figures = lead.admin.GetStatistics(admin_pb2.GetStatisticsRequest(), timeout=10)
        self.assertEqual({c.tenant for c in figures.open_cases} - {"taipower"}, set())
        self.assertEqual((figures.lodged, figures.events), (0, 0), "figures of the whole are not hers")
        auditor = self.with_key(A.Grant(role="auditor"))
        self.assertGreater(auditor.admin.GetStatistics(admin_pb2.GetStatisticsRequest(), timeout=10).lodged, 0)

    def test_a_unit_sees_its_own_subtree(self):
        desk = self.with_key(A.Grant(role="agent", tenant="taipower"))
        north = desk.cases.LodgeCase(lodge_request(tenant="taipower", service="power-outage"), timeout=10).case_number
        south = desk.cases.LodgeCase(lodge_request(tenant="taipower", service="power-outage.kaohsiung"), timeout=10).case_number
        head = self.user("tseng", tenant="taipower", staff="tp030")  # supervisor and head of kaohsiung
        self.assertEqual(head.cases.GetCase(P.GetCaseRequest(case_number=south), timeout=10).case_number, south)
        self.assertEqual(refusal(head.cases.GetCase, P.GetCaseRequest(case_number=north)).message, "no such case")
        note = P.AddNoteRequest(case_number=north, text="x", request_id=new_id())
        self.assertEqual((refusal(head.cases.AddNote, note).code, refusal(head.cases.AddNote, note).message), (NOT_FOUND, "no such case"))
        listed = {c.case_number for c in head.cases.ListCases(P.ListCasesRequest(tenant="taipower"), timeout=10).cases}
        self.assertIn(south, listed)
        self.assertNotIn(north, listed)
        horizon = supervision_pb2.DueFilter(tenant="taipower")
        horizon.horizon.seconds = 30 * 86400
        due = {c.case_number for c in head.supervision.ListDue(supervision_pb2.ListDueRequest(filter=horizon), timeout=10).cases}
        self.assertIn(south, due)
        self.assertNotIn(north, due)
        all_due = {c.case_number for c in desk.supervision.ListDue(supervision_pb2.ListDueRequest(filter=horizon), timeout=10).cases}
        self.assertLessEqual({north, south}, all_due)
        # What her own people are to be told she may see, not what others are.
        notices = head.supervision.ListNotices
        notices(supervision_pb2.ListNoticesRequest(tenant="taipower", staff="tp031"), timeout=10)
        self.assertEqual(refusal(notices, supervision_pb2.ListNoticesRequest(tenant="taipower", staff="tp010")).code, DENIED)
        # Hers once it is in her hands, wherever it is.
        desk.cases.AssignCase(P.AssignCaseRequest(case_number=north, handler="tp030", request_id=new_id()), timeout=10)
        self.assertEqual(head.cases.GetCase(P.GetCaseRequest(case_number=north), timeout=10).handler, "tp030")
        entries = desk.cases.ListCaseHistory(P.ListCaseHistoryRequest(case_number=north), timeout=10).entries
        self.assertTrue(any(e.actor.startswith("key:") for e in entries))

    def test_what_she_says_of_herself_counts_for_nothing(self):
        agent = self.with_key(A.Grant(role="agent", tenant="taipower"))
        wrong = refusal(agent.admin.AdvanceClock, admin_pb2.AdvanceClockRequest(), metadata=[("casewheel-actor", "tp001")])
        self.assertEqual(wrong.code, DENIED)

    # --- accounts -----------------------------------------------------------------------------------

    def test_a_one_time_password_opens_only_its_change(self):
        made = self.admin.access.CreateUser(A.CreateUserRequest(user=A.User(
            name="fresh", grants=[A.Grant(role="agent", tenant="taipower")])), timeout=20)
        self.assertTrue(made.user.must_change_password)
        opened = self.sign_in("fresh", made.one_time_password)
        self.assertTrue(opened.must_change_password)
        fresh = self.open(opened.token)
        self.assertEqual(refusal(fresh.cases.ListCases, P.ListCasesRequest(tenant="taipower")).code, DENIED)
        for asked in (lambda: fresh.catalogue.ListTenants(catalogue_pb2.ListTenantsRequest(), timeout=10),
                      lambda: fresh.catalogue.GetCatalogue(catalogue_pb2.GetCatalogueRequest(tenant="taipower"), timeout=10)):
            self.assertIn("one-time password", refusal(asked).message)
        self.assertTrue(fresh.access.GetIdentity(A.GetIdentityRequest(), timeout=10).must_change_password)
        for new, why in (("short", "12"), ("fresh-fresh-fresh", "name"), ("x" * 201, "200"), ("aaaaaaaaaaaaaaaa", "over and over"),
                         (made.one_time_password, "old")):
            wrong = refusal(fresh.access.ChangePassword, A.ChangePasswordRequest(old_password=made.one_time_password, new_password=new))
            self.assertIn(why, wrong.fields["new_password"])
        token = fresh.access.ChangePassword(A.ChangePasswordRequest(
            old_password=made.one_time_password, new_password=PASSWORD), timeout=20).token
        self.assertEqual(refusal(fresh.access.GetIdentity, A.GetIdentityRequest()).code, NOBODY, "the session before is over")
        identity = self.open(token).access.GetIdentity(A.GetIdentityRequest(), timeout=10)
        self.assertEqual((identity.name, identity.kind, "cases.lodge" in identity.rights), ("fresh", "account", True))
        self.assertEqual(refusal(self.open().access.SignIn, A.SignInRequest(name="fresh", password=made.one_time_password)).code, NOBODY)

    def test_what_is_taken_away_is_gone_at_once(self):
        for name, change in (("lee", lambda user: setattr(user, "disabled", True)), ("wu", lambda user: user.ClearField("grants"))):
            person = self.user(name, A.Grant(role="agent", tenant="taipower"))
            person.cases.ListCases(P.ListCasesRequest(tenant="taipower"), timeout=10)
            user = next(u for u in self.admin.access.ListUsers(A.ListUsersRequest(), timeout=10).users if u.name == name)
            stale = A.User()
            stale.CopyFrom(user)
            change(user)
            self.admin.access.UpdateUser(A.UpdateUserRequest(user=user), timeout=10)
            self.assertEqual(refusal(person.cases.ListCases, P.ListCasesRequest(tenant="taipower")).code, NOBODY)
            self.assertEqual(refusal(self.admin.access.UpdateUser, A.UpdateUserRequest(user=stale)).code, grpc.StatusCode.ABORTED)
        self.assertEqual(refusal(self.open().access.SignIn, A.SignInRequest(name="lee", password=PASSWORD)).code, NOBODY)
        gone = self.user("gone", A.Grant(role="auditor"))
        self.admin.access.DeleteUser(A.DeleteUserRequest(name="gone"), timeout=10)
        self.assertEqual(refusal(gone.access.GetIdentity, A.GetIdentityRequest()).code, NOBODY)

    def test_somebody_is_left_who_can_let_others_in(self):
        me = next(u for u in self.admin.access.ListUsers(A.ListUsersRequest(), timeout=10).users if u.name == "admin")
        for change in (lambda u: u.ClearField("grants"), lambda u: setattr(u, "disabled", True)):
            user = A.User()
            user.CopyFrom(me)
            change(user)
            self.assertEqual(refusal(self.admin.access.UpdateUser, A.UpdateUserRequest(user=user)).code,
                             grpc.StatusCode.FAILED_PRECONDITION)
        self.assertEqual(refusal(self.admin.access.DeleteUser, A.DeleteUserRequest(name="admin")).code,
                         grpc.StatusCode.FAILED_PRECONDITION)

    def test_accounts_that_make_no_sense(self):
        for fields, field in (({"name": "X Y"}, "user.name"), ({"name": "ok1", "tenant": "taipower"}, "user.staff"),
                              ({"name": "ok1", "tenant": "taipower", "staff": "nobody"}, "user.staff"),
                              ({"name": "ok1", "grants": [A.Grant(role="king")]}, "user.grants[0].role"),
                              ({"name": "ok1", "grants": [A.Grant(role="agent", tenant="atlantis")]}, "user.grants[0].tenant"),
                              ({"name": "ok1", "grants": [A.Grant(role="agent", unit="hq")]}, "user.grants[0].unit"),
                              ({"name": "ok1", "grants": [A.Grant(role="agent")] * 65}, "user.grants")):
            self.assertIn(field, refusal(self.admin.access.CreateUser, A.CreateUserRequest(user=A.User(**fields))).fields)
        self.assertEqual(refusal(self.admin.access.CreateUser, A.CreateUserRequest(user=A.User(name="admin"))).code,
                         grpc.StatusCode.ALREADY_EXISTS)
        for fields, field in (({}, "label"), ({"label": "x"}, "grants"), ({"label": "x", "valid_days": 731}, "valid_days")):
            self.assertIn(field, refusal(self.admin.access.CreateKey, A.CreateKeyRequest(**fields)).fields)

    def test_guessing_is_made_slow(self):
        self.user("target", A.Grant(role="agent", tenant="taipower"))
        door = self.open().access
        seen = [refusal(door.SignIn, A.SignInRequest(name="target", password="wrong password %d" % i)) for i in range(8)]
        self.assertEqual({s.code for s in seen[:6]}, {NOBODY})
        self.assertEqual({s.message for s in seen[:6]}, {"name or password is wrong"})
        self.assertEqual(seen[-1].code, grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertGreater(seen[-1].retry_seconds, 0)
        held = refusal(door.SignIn, A.SignInRequest(name="target", password=PASSWORD))
        self.assertEqual(held.code, grpc.StatusCode.RESOURCE_EXHAUSTED, "not even the right one is looked at")
        unknown = refusal(door.SignIn, A.SignInRequest(name="no-such-person", password="wrong password"))
        self.assertEqual((unknown.code, unknown.message), (NOBODY, "name or password is wrong"))
        # The administrator's new password lets her in at once.
        again = self.admin.access.ResetPassword(A.ResetPasswordRequest(name="target"), timeout=20)
        self.assertTrue(self.sign_in("target", again.one_time_password).must_change_password)

    # --- keys ---------------------------------------------------------------------------------------

    def test_a_key_is_rotated_under_load_with_no_refused_call(self):
        first = self.key(A.Grant(role="integrator", tenant="taipower"))
        second = self.admin.access.CreateKey(A.CreateKeyRequest(replaces=first.key.id, overlap_hours=1), timeout=20)
        self.assertEqual([g.role for g in second.key.grants], ["integrator"])
        old, new = self.open(first.token), self.open(second.token)
        stop, failures, calls = threading.Event(), [], [0]

        def load():
            while not stop.is_set():
                for engine in (old, new):
                    try:
                        engine.cases.LodgeCase(lodge_request(tenant="taipower", service="billing"), timeout=10)
                        calls[0] += 1
                    except grpc.RpcError as error:
                        failures.append(error)
                        return

        threads = [threading.Thread(target=load) for _ in range(3)]
        for thread in threads:
            thread.start()
        third = self.admin.access.CreateKey(A.CreateKeyRequest(replaces=second.key.id, overlap_hours=1), timeout=20)
        latest = self.open(third.token)
        for _ in range(50):
            latest.cases.LodgeCase(lodge_request(tenant="taipower", service="billing"), timeout=10)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertGreater(calls[0], 20)
        self.admin.access.RevokeKey(A.RevokeKeyRequest(id=first.key.id), timeout=10)
        self.assertEqual(refusal(old.cases.ListCases, P.ListCasesRequest(tenant="taipower")).code, NOBODY)
        new.cases.ListCases(P.ListCasesRequest(tenant="taipower"), timeout=10)
        listed = {k.id: k for k in self.admin.access.ListKeys(A.ListKeysRequest(), timeout=10).keys}
        self.assertTrue(listed[first.key.id].expired)
        self.assertEqual(listed[first.key.id].replaced_by, second.key.id)
        for token in (first.token[:-1] + ("A" if first.token[-1] != "A" else "B"), "cwk_", "cwk_x_", "cwk__x", "x" * 5000, "cws_" + "é" * 3):
            try:
                code = refusal(self.open(token).access.GetIdentity, A.GetIdentityRequest()).code
            except (ValueError, UnicodeError):
                continue  # gRPC itself does not send such a header
            self.assertEqual(code, NOBODY)

    # --- the trail ----------------------------------------------------------------------------------

    def trail(self, **fields):
        reader = self.with_key(A.Grant(role="auditor"))
        return reader.access.SearchAudit(A.SearchAuditRequest(page_size=500, **fields), timeout=10).entries

    def test_the_trail_says_who_asked_for_what(self):
        agent = self.user("trail", A.Grant(role="agent", tenant="taipower"))
        number = agent.cases.LodgeCase(lodge_request(tenant="taipower", service="billing"), timeout=10).case_number
        agent.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10)
        refusal(agent.admin.AdvanceClock, admin_pb2.AdvanceClockRequest())
        refusal(self.open().access.SignIn, A.SignInRequest(name="trail", password="not it, not at all"))
        lines = [(e.method, e.outcome, e.subject) for e in self.trail(who="trail")]
        for line in (("Cases.GetCase", "done", number), ("Cases.LodgeCase", "done", ""), ("Admin.AdvanceClock", "denied", ""),
                     ("Access.ChangePassword", "done", "trail"), ("Access.SignIn", "done", "trail")):
            self.assertIn(line, lines)
        failed = self.trail(method="Access.SignIn", outcome="failed", subject="trail")
        self.assertEqual(len(failed), 1)
        self.assertEqual(failed[0].who, "")
        self.assertEqual(getattr(failed[0], "from"), "127.0.0.1")
        self.assertEqual([e.who for e in self.trail(method="Access.CreateUser", subject="trail")], ["admin"])
        # Paged, it is the same list.
        reader, token, paged = self.with_key(A.Grant(role="auditor")), "", []
        while True:
            page = reader.access.SearchAudit(A.SearchAuditRequest(who="trail", page_size=2, page_token=token), timeout=10)
            paged += [(e.method, e.outcome, e.subject) for e in page.entries]
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(paged, lines)
        for fields, field in (({"outcome": "maybe"}, "outcome"), ({"page_token": "x"}, "page_token")):
            self.assertIn(field, refusal(reader.access.SearchAudit, A.SearchAuditRequest(**fields)).fields)


class Lasting(unittest.TestCase):
    """What must outlive a kill, and what must be nowhere."""

    def test_accounts_keys_and_sessions_outlive_a_kill_and_no_secret_is_stored(self):
        installation = Installation("--clock", "real", "--auth", "on", "--log-level", "debug")
        self.addCleanup(installation.remove)
        installation.start()
        one_time = installation.one_time_password
        door = Engine(installation.address)
        token = door.access.SignIn(A.SignInRequest(name="admin", password=one_time), timeout=20).token
        first = Engine(installation.address, token=token)
        session = first.access.ChangePassword(A.ChangePasswordRequest(old_password=one_time, new_password=PASSWORD), timeout=20).token
        first.close()
        admin = Engine(installation.address, token=session)
        key = admin.access.CreateKey(A.CreateKeyRequest(label="feed", grants=[A.Grant(role="integrator")]), timeout=20).token
        figures = installation.metrics()
        admin.close()
        door.close()
        installation.kill()
        installation.one_time_password = None
        installation.start()
        self.assertIsNone(installation.one_time_password, "there is an administrator")
        for shown, kind in ((session, "account"), (key, "key")):
            engine = Engine(installation.address, token=shown)
            self.assertEqual(engine.access.GetIdentity(A.GetIdentityRequest(), timeout=10).kind, kind)
            engine.close()
        admin = Engine(installation.address, token=session)
        report = [r for r in admin.admin.Verify(admin_pb2.VerifyRequest(), timeout=60)][-1].report
        admin.close()
        self.assertEqual(list(report.problems), [])
        self.assertEqual(installation.stop(), 0)
        secrets = [one_time, PASSWORD, token, session, key, key.split("_", 2)[2]]
        files = [p for p in pathlib.Path(installation.data).rglob("*") if p.is_file()] + [installation.log_path]
        for path in files:
            content = path.read_bytes()
            for secret in secrets:
                self.assertNotIn(secret.encode(), content, path.name)
        for secret in secrets:
            self.assertNotIn(secret, figures)


class CommandLine(unittest.TestCase):
    def test_a_day_of_the_administrator(self):
        installation = Installation("--clock", "real", "--auth", "on")
        self.addCleanup(installation.remove)
        installation.start()
        home = installation.folder / "home"
        home.mkdir()

        def run(*arguments, typed="", code=0):
            ended = subprocess.run([CASEWHEEL, "--address", installation.address, *arguments], input=typed, capture_output=True, text=True,
                                   timeout=60, check=False, env={**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home)})
            self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
            return ended.stdout + ended.stderr

        self.assertIn("sign in", run("whoami", code=1))
        run("login", "admin", typed=installation.one_time_password + "\n")
        tokens = home / "casewheel" / "tokens.json"
        self.assertEqual(tokens.stat().st_mode & 0o777, 0o600)
        run("password", typed=f"{installation.one_time_password}\n{PASSWORD}\n{PASSWORD}\n")
        self.assertIn("administrator", run("whoami"))
        shown = run("user", "add", "chen", "--person", "陳小姐", "--grant", "auditor")
        self.assertIn("chen", run("user", "list"))
        self.assertIn("停用", run("user", "set", "chen", "--disable"))
        self.assertIn("auditor", run("user", "set", "chen", "--enable"))
        made = run("key", "add", "billing system", "--grant", "integrator", "--days", "30")
        self.assertIn("cwk_", made)
        identity = made.split("金鑰 Key")[1].split()[0]
        self.assertIn("cwk_", run("key", "rotate", identity))
        self.assertIn("expired", run("key", "revoke", identity) + run("key", "list"))
        self.assertIn("audit.read", run("role"))
        password = shown.rsplit(" ", 1)[-1].strip()
        run("logout")
        run("login", "chen", typed=password + "\n")
        run("password", typed=f"{password}\n{PASSWORD}\n{PASSWORD}\n")
        trail = run("audit", "--who", "admin", "--limit", "100")
        self.assertIn("Access.CreateKey", trail)
        self.assertIn("Access.SignIn", trail)
        self.assertIn("access.manage", run("user", "list", code=1))
        run("user", "remove", "chen", code=1)


if __name__ == "__main__":
    unittest.main()
