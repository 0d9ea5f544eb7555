"""Test cases that share one running engine with the sample catalogue on a virtual clock, and the
words most of them need."""

import itertools
import pathlib
import unittest

from contract import ROOT, Engine, access_pb2, admin_pb2, calendars_pb2, cases_pb2, catalogue_pb2, stamp
from installation import Installation

CALENDARS = (ROOT / "deploy" / "samples" / "calendars" / "taiwan.yaml").read_text()
CATALOGUE = (ROOT / "deploy" / "samples" / "catalogue.yaml").read_text()
MONDAY_9_MS = 1767574800000  # 2026-01-05T09:00:00+08:00, where the virtual clock starts
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

# What must never be seen outside a case: planted by lodge(), looked for in logs and figures.
SECRETS = {"name": "秘密姓名王小明", "phone": "0912345678", "email": "planted.secret@example.tw",
           "address": "臺南市秘密路一段42號", "customer_number": "CN-7788-SECRET"}
SECRET_SUBJECT = "機密主旨"
SECRET_TEXT = "機密內文：身分證A123456789"

_ids = itertools.count(1)


def new_id(prefix="r"):
    return f"{prefix}-{next(_ids)}"


class Serving(unittest.TestCase):
    ARGUMENTS = ("--clock", "virtual:2026-01-05T09:00:00+08:00")

    @classmethod
    def setUpClass(cls):
        cls.installation = Installation(*cls.ARGUMENTS)
        cls.addClassCleanup(cls.end)
        cls.installation.start()
        apply_catalogue(cls.installation.engine)

    @classmethod
    def end(cls):
        """Whatever a test did to it, the engine is still there at the end."""
        code = cls.installation.process.poll() if cls.installation.process else None
        log = cls.installation.log()
        cls.installation.remove()
        if code is not None:
            raise AssertionError(f"casewheeld ended with {code} under the tests: {log[-3000:]}")

    @property
    def engine(self):
        return self.installation.engine

    def lodge(self, **fields):
        return lodge(self.engine, **fields)

    def get(self, number):
        return self.engine.cases.GetCase(cases_pb2.GetCaseRequest(case_number=number), timeout=10)

    def advance(self, ms):
        request = admin_pb2.AdvanceClockRequest()
        request.by.seconds = ms // 1000
        return self.engine.admin.AdvanceClock(request, timeout=60)

    def now_ms(self):
        return self.engine.admin.GetClock(admin_pb2.GetClockRequest(), timeout=10).now.ToMilliseconds()


class Guarded(Serving):
    """Where callers are asked who they are. `admin` is the first administrator, signed in."""

    @classmethod
    def setUpClass(cls):
        cls.installation = Installation("--auth", "on", *cls.ARGUMENTS)
        cls.addClassCleanup(cls.end)
        cls.installation.start()
        cls.admin_token = cls.installation.token_of("admin", cls.installation.one_time_password)
        cls.admin = cls.open(cls.admin_token)
        apply_catalogue(cls.admin)

    @classmethod
    def open(cls, token=None):
        """As whoever holds the token; as nobody without one."""
        engine = Engine(cls.installation.address, token=token)
        cls.addClassCleanup(engine.close)
        return engine

    @classmethod
    def user(cls, name, *grants, **fields):
        """One who has signed in and changed her password."""
        made = cls.admin.access.CreateUser(access_pb2.CreateUserRequest(
            user=access_pb2.User(name=name, grants=grants, **fields)), timeout=20)
        return cls.open(cls.installation.token_of(name, made.one_time_password))

    @classmethod
    def key(cls, *grants, **fields):
        return cls.admin.access.CreateKey(access_pb2.CreateKeyRequest(label="test", grants=grants, **fields), timeout=20)

    @classmethod
    def token(cls, role, tenant=""):
        """Of a key."""
        return cls.key(access_pb2.Grant(role=role, tenant=tenant)).token


def apply_catalogue(engine):
    engine.calendars.ApplyCalendar(calendars_pb2.ApplyCalendarRequest(yaml=CALENDARS, request_id=new_id("calendars")), timeout=20)
    engine.catalogue.ApplyCatalogue(catalogue_pb2.ApplyCatalogueRequest(yaml=CATALOGUE, request_id=new_id("catalogue")), timeout=20)


def lodge_request(**fields):
    request = cases_pb2.LodgeCaseRequest(
        request_id=new_id(), tenant="taisugar", service="customer-complaint", channel=cases_pb2.CHANNEL_HOTLINE,
        subject=SECRET_SUBJECT, description=SECRET_TEXT)
    for name, value in SECRETS.items():
        setattr(request.applicant, name, value)
    for name, value in fields.items():
        if name.endswith("_time"):
            stamp(getattr(request, name), value)
        elif isinstance(value, list):
            getattr(request, name).extend(value)
        else:
            setattr(request, name, value)
    return request


def lodge(engine, **fields):
    return engine.cases.LodgeCase(lodge_request(**fields), timeout=10)


def files_of(folder):
    return sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())
