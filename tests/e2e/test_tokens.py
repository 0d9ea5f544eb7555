"""Tokens of lists: what a list has not given for the same tenant and filter is refused by name. The lists are found in
the API's descriptors: a new one is asked here too, or this test fails."""

import base64
import itertools
import re
import unittest

from google.protobuf import symbol_database

from contract import access_pb2, calls_pb2, cases_pb2, changes_pb2, grpc, privacy_pb2, public_cases_pb2, refusal, supervision_pb2
from installation import Installation
from over_http import ask_once
from serving import MONDAY_9_MS, SECRETS, Guarded, apply_catalogue, lodge_request, new_id
from test_access import FILES

A, P, V = access_pb2, cases_pb2, privacy_pb2
TENANTS = {"taisugar": "farmland-nuisance", "taipower": "street-hazard"}  # with a service strangers may list
NUMBERS = {"taisugar": 13, "taipower": 11}
ATTRIBUTES = {"taisugar": ("nuisance", "fire"), "taipower": ("object", "wire")}
# The fields of a request that say where a list goes on.
PLACE = re.compile(r"(^|_)(page_token|position|cursor|continuation|resume_token)$")


def lists():
    """(name of the method, its full path, request class, field) of every method that can be told where to go on."""
    database = symbol_database.Default()
    for module in FILES:
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                for field in method.input_type.fields:
                    if PLACE.search(field.name) and field.cpp_type == field.CPPTYPE_STRING:
                        yield f"{service.name}.{method.name}", f"/{service.full_name}/{method.name}", \
                            database.GetPrototype(method.input_type), field.name


def due_filter(tenant, **more):
    fields = supervision_pb2.DueFilter(tenant=tenant, **more)
    fields.horizon.seconds = 60 * 86400
    return fields


def since(request):
    request.from_time.FromMilliseconds(MONDAY_9_MS - 3_600_000)
    return request


SOMEBODY = {"taipower": "tp001", "cpc": "cp001", "taisugar": "ts001", "water": "wa001"}


class World:
    """How each list is asked for a tenant, and the same with another filter."""

    def __init__(self, numbers):
        self.numbers = numbers  # by tenant

    def of(self, tenant, name, other=False):
        number = self.numbers[tenant][1 if other else 0]
        phone = "0922000111" if other else SECRETS["phone"]
        return {
            "Cases.ListCases": lambda: P.ListCasesRequest(tenant=tenant, page_size=1, handler=SOMEBODY[tenant] if other else ""),
            "Cases.FindCasesByPerson": lambda: P.FindCasesByPersonRequest(tenant=tenant, phone=phone, page_size=1),
            "Cases.ListCaseHistory": lambda: P.ListCaseHistoryRequest(case_number=number, page_size=1),
            "Supervision.ListDue": lambda: supervision_pb2.ListDueRequest(
                filter=due_filter(tenant, handler=SOMEBODY[tenant] if other else ""), page_size=1),
            "Supervision.ListExtensionRequests": lambda: supervision_pb2.ListExtensionRequestsRequest(
                tenant=tenant, page_size=1, unit_subtree=other),
            "Access.SearchAudit": lambda: A.SearchAuditRequest(tenant=tenant, page_size=1, outcome="done" if other else ""),
            "Privacy.RevealCase": lambda: V.RevealCaseRequest(case_number=number, reason="查證", page_size=1),
            "Privacy.ExportPerson": lambda: V.ExportPersonRequest(
                tenant=tenant, person=V.PersonKey(phone=phone), reason="查證", page_size=1),
            "Privacy.ApplyRetention": lambda: V.ApplyRetentionRequest(tenant=tenant, dry_run=not other),
            "Calls.ListCalls": lambda: since(calls_pb2.ListCallsRequest(tenant=tenant, page_size=1, missed_only=other)),
            "PublicCases.ListPublicCases": lambda: public_cases_pb2.ListPublicCasesRequest(
                tenant=tenant, page_size=1, status=public_cases_pb2.PUBLIC_STATUS_OPEN if other else 0),
            "Changes.ListChanges": lambda: changes_pb2.ListChangesRequest(
                filter=changes_pb2.ChangeFilter(tenant=tenant), page_size=1),
            "Changes.WatchChanges": lambda: changes_pb2.WatchChangesRequest(filter=changes_pb2.ChangeFilter(tenant=tenant)),
        }[name]()


# Read on under whatever filter: a position is of the tenant's feed, whoever follows it and how.
ANY_FILTER = {"Changes.ListChanges", "Changes.WatchChanges"}
# Gives a token when there are tens of thousands of rows: only what others gave is tried on it.
GIVES_NONE = {"Privacy.ApplyRetention"}


def altered(token):
    """The token with each character changed in turn, cut, and lengthened."""
    for i, character in enumerate(token):
        yield token[:i] + ("A" if character != "A" else "B") + token[i + 1:]
    yield from (token[:-1], token[1:], token[:4], token + "A", token + "=", token + token, token[::-1], " " + token, token.swapcase())


def of_before(number):
    """Tokens as they were written once, and what somebody might make up."""
    place = number << 56 | 1150106 << 32
    yield from (f"{place:x}", f"{place | 1:x}-0", f"{place:x}-1", "1", "0", "1-1", f"{place:x}-0-0", "0-0", "7-0", "0-1-2-3-4-5-6", "x")
    for form in (b"\x01", b"\x02"):
        for length in (8, 16, 17, 24, 33):
            yield base64.urlsafe_b64encode(form + place.to_bytes(8, "big") * (length // 8)).decode().rstrip("=")


class Tokens(Guarded):
    ARGUMENTS = (*Guarded.ARGUMENTS, "--rate-address", "10000", "--rate-identity", "10000")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world = World({tenant: fill(cls.everything(), tenant) for tenant in TENANTS})

    @classmethod
    def everything(cls):
        """Who may ask for every list of every tenant."""
        grants = [A.Grant(role=role) for role in ("agent", "supervisor", "auditor", "administrator")]
        made = cls.admin.access.CreateKey(A.CreateKeyRequest(label="lists", grants=grants), timeout=20)
        return cls.open(made.token)

    def ask(self, engine, path, request, timeout=10):
        """The first answer, of whatever class the descriptors say."""
        name = path.rsplit("/", 1)[1]
        service = symbol_database.Default().pool.FindServiceByName(path.split("/")[1])
        answer_class = symbol_database.Default().GetPrototype(service.methods_by_name[name].output_type)
        call = engine.channel.unary_stream(path, type(request).SerializeToString, answer_class.FromString)(request, timeout=timeout)
        try:
            return next(call)
        finally:
            call.cancel()

    def token_of(self, engine, tenant, name, path, other=False):
        request = self.world.of(tenant, name, other)
        if name == "Changes.WatchChanges":
            request.position = "start"
        answer = self.ask(engine, path, request)
        return answer.position if hasattr(answer, "position") else answer.next_page_token

    def refused(self, engine, path, request, field, token, why):
        setattr(request, field, token)
        with self.assertRaises(grpc.RpcError, msg=f"{path} took {why}: {token}") as caught:
            self.ask(engine, path, request)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT, f"{path}: {why}")
        self.assertIn(f"{field}: is not one this list gave", caught.exception.details(), f"{path}: {why}")

    def test_every_list_of_the_api_is_asked_here(self):
        found = sorted({name for name, _, _, _ in lists()})
        self.assertGreater(len(found), 10)
        for name, _, request_class, _ in lists():
            self.assertIsInstance(self.world.of("taisugar", name), request_class, f"{name}: say here how it is asked")

    def test_what_a_list_has_not_given_is_refused(self):
        engine = self.everything()
        given = {(tenant, name): self.token_of(engine, tenant, name, path)
                 for name, path, _, _ in lists() for tenant in TENANTS if name not in GIVES_NONE}
        for (tenant, name), token in given.items():
            self.assertTrue(token, f"{name} of {tenant} gave no token: fill the test's world")
        tried = 0
        for name, path, _, field in lists():
            for tenant, stranger in itertools.permutations(TENANTS):
                ask = lambda: self.world.of(tenant, name)  # noqa: B023, E731
                for token in of_before(NUMBERS[stranger]):
                    self.refused(engine, path, ask(), field, token, "one nobody gave")
                    tried += 1
                for (whose, other), token in given.items():
                    same_feed = name in ANY_FILTER and other in ANY_FILTER
                    if whose == tenant and (other == name or same_feed):
                        continue
                    self.refused(engine, path, ask(), field, token, f"{other}'s of {whose}")
                    tried += 1
                if name in GIVES_NONE:
                    continue
                token = given[tenant, name]
                for wrong in altered(token):
                    self.refused(engine, path, ask(), field, wrong, "an altered one")
                    tried += 1
                if name not in ANY_FILTER:
                    self.refused(engine, path, self.world.of(tenant, name, other=True), field, token, "another filter's")
                request = ask()
                setattr(request, field, token)
                if name == "Changes.WatchChanges":  # taken, and waits for what comes next
                    with self.assertRaises(grpc.RpcError) as waited:
                        self.ask(engine, path, request, timeout=1)
                    self.assertEqual(waited.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
                else:
                    self.ask(engine, path, request)
        self.assertGreater(tried, 1000)

    def test_a_token_outlives_a_restart_and_is_nothing_elsewhere(self):
        installation = Installation("--clock", "real", "--auth", "off")
        self.addCleanup(installation.remove)
        elsewhere = installation.start()
        apply_catalogue(elsewhere)
        for _ in range(2):
            elsewhere.cases.LodgeCase(lodge_request(), timeout=10)
        request = P.ListCasesRequest(tenant="taisugar", page_size=1)
        token = elsewhere.cases.ListCases(request, timeout=10).next_page_token
        self.refused(self.everything(), "/casewheel.v1.Cases/ListCases", P.ListCasesRequest(tenant="taisugar", page_size=1), "page_token",
                     token, "another installation's")
        elsewhere = installation.restart()
        request.page_token = token
        self.assertEqual(len(elsewhere.cases.ListCases(request, timeout=10).cases), 1)

    def test_nobody_reaches_another_tenant_however_he_asks(self):
        """All that a key of one tenant can get from all lists is that tenant's."""
        everything = self.everything()
        grants = [A.Grant(role=role, tenant="taisugar") for role in ("agent", "supervisor", "administrator")]
        engine = self.open(self.admin.access.CreateKey(A.CreateKeyRequest(label="one", grants=grants), timeout=20).token)
        theirs = [number.encode() for number in self.world.numbers["taipower"]]
        for name, path, _, field in lists():
            if name == "Access.SearchAudit":
                continue  # of the whole installation or not at all
            tokens = list(of_before(NUMBERS["taipower"]))
            if name not in GIVES_NONE:
                tokens.append(self.token_of(everything, "taipower", name, path))
            for token in tokens:
                request = self.world.of("taisugar", name)
                setattr(request, field, token)
                try:
                    answer = self.ask(engine, path, request)
                except grpc.RpcError:
                    continue
                for number in theirs:
                    self.assertNotIn(number, answer.SerializeToString(), f"{name} with {token}")

    def test_pages_of_strangers(self):
        """Open311: the link to the next page is followed, and nothing else."""
        path = "/open311/v2/requests.json?jurisdiction_id=taisugar&page_size=1"
        status, headers, _ = ask_once(self.installation, "GET", path)
        self.assertEqual(status, 200)
        link = headers["link"][1:].split(">")[0]
        self.assertEqual(ask_once(self.installation, "GET", link)[0], 200)
        token = re.search("page_token=([^&]*)", link)[1]
        for wrong in (*itertools.islice(altered(token), 0, None, 7), *of_before(NUMBERS["taipower"])):
            status, _, body = ask_once(self.installation, "GET", f"{path}&page_token={wrong.replace(' ', '%20').replace('=', '%3D')}")
            self.assertEqual((status, b"page_token" in body), (400, True), wrong)
        status, _, _ = ask_once(self.installation, "GET", link.replace("taisugar", "taipower"))
        self.assertEqual(status, 400, "a token of one jurisdiction shows another's")

    def test_an_export_of_many_calls_gives_every_case(self):
        """More calls than a page holds: each page has a case as long as there is one, and all comes once."""
        engine, phone = self.everything(), "0933777888"
        numbers = []
        for _ in range(3):
            request = lodge_request(tenant="taipower", service="billing")
            request.applicant.phone = phone
            numbers.append(engine.cases.LodgeCase(request, timeout=10).case_number)
        for i in range(1203):
            record_call(engine, "taipower", phone, f"many-{i}")
        request = V.ExportPersonRequest(tenant="taipower", person=V.PersonKey(phone=phone), reason="當事人請求", page_size=1)
        cases, calls, pages = [], [], 0
        while True:
            page = engine.privacy.ExportPerson(request, timeout=30)
            self.assertLessEqual(len(page.calls), 1000)
            if len(cases) < len(numbers):
                self.assertEqual(len(page.cases), 1, "a page without a case")
            cases += [held.case.case_number for held in page.cases]
            calls += [call.id for call in page.calls]
            pages += 1
            request.page_token = page.next_page_token
            if not request.page_token:
                break
        self.assertEqual((sorted(cases), len(calls), len({*calls})), (sorted(numbers), 1203, 1203))
        self.assertGreaterEqual(pages, 3)
        request.page_token = "x"
        self.assertIn("page_token", refusal(engine.privacy.ExportPerson, request).fields)


def record_call(engine, tenant, phone, name):
    request = calls_pb2.RecordCallEventRequest(tenant=tenant, exchange_call=name, event=calls_pb2.RecordCallEventRequest.RING,
                                               direction=calls_pb2.INBOUND, to="1911")
    setattr(request, "from", phone)
    return engine.calls.RecordCallEvent(request, timeout=10)


def fill(engine, tenant):
    """Two of everything a list may show, so that each gives a token for its first."""
    numbers = []
    for phone in (SECRETS["phone"], SECRETS["phone"], "0922000111", "0922000111"):
        request = lodge_request(tenant=tenant, service=TENANTS[tenant], request_id=new_id("tokens"))
        request.applicant.phone = phone
        code, value = ATTRIBUTES[tenant]
        request.attributes.add(code=code, values=[value])
        number = engine.cases.LodgeCase(request, timeout=10).case_number
        engine.cases.AddNote(P.AddNoteRequest(case_number=number, text="x", request_id=new_id()), timeout=10)
        clock = engine.cases.GetCase(P.GetCaseRequest(case_number=number), timeout=10).clocks[0]
        asked = P.RequestExtensionRequest(case_number=number, clock=clock.id, reason="x", request_id=new_id())
        asked.due_time.seconds = clock.due_time.seconds + 86400
        engine.cases.RequestExtension(asked, timeout=10)
        numbers.append(number)
    for name in ("one", "two", "three"):
        record_call(engine, tenant, SECRETS["phone"], f"{tenant}-{name}")
    return numbers


if __name__ == "__main__":
    unittest.main()
