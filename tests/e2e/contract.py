"""The public contract as a foreign client sees it: Python stubs made from proto/ when a test starts,
and google.rpc error details decoded. Nothing of the engine's own code is used.

Environment: CASEWHEEL_STUBS, where the stubs go (default: a folder of the system's temporary one).
"""

import collections
import fcntl
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import google  # noqa: E402
import grpc  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTOS = [*sorted(str(path.relative_to(ROOT / "proto")) for path in (ROOT / "proto" / "casewheel" / "v1").glob("*.proto")),
          "google/rpc/status.proto", "google/rpc/error_details.proto"]


def _make_stubs():
    folder = pathlib.Path(os.environ.get("CASEWHEEL_STUBS") or
                          os.path.join(tempfile.gettempdir(), f"casewheel-stubs-{os.getuid()}"))
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
        done = folder / ".done"
        newest = max((ROOT / "proto" / name).stat().st_mtime for name in PROTOS)
        if not done.exists() or done.stat().st_mtime < newest or done.read_text() != repr(PROTOS):
            subprocess.run(["protoc", f"-I{ROOT / 'proto'}", f"--python_out={folder}", f"--grpc_python_out={folder}",
                            "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin", *PROTOS], check=True)
            done.write_text(repr(PROTOS))
    sys.path.insert(0, str(folder))
    google.__path__.append(str(folder / "google"))  # beside the protobuf library's own package


_make_stubs()

from casewheel.v1 import access_pb2, access_pb2_grpc  # noqa: E402
from casewheel.v1 import admin_pb2, admin_pb2_grpc  # noqa: E402
from casewheel.v1 import attachments_pb2, attachments_pb2_grpc  # noqa: E402
from casewheel.v1 import calendars_pb2, calendars_pb2_grpc  # noqa: E402
from casewheel.v1 import calls_pb2, calls_pb2_grpc  # noqa: E402
from casewheel.v1 import cases_pb2, cases_pb2_grpc  # noqa: E402
from casewheel.v1 import catalogue_pb2, catalogue_pb2_grpc  # noqa: E402
from casewheel.v1 import changes_pb2, changes_pb2_grpc  # noqa: E402
from casewheel.v1 import counter_pb2, counter_pb2_grpc  # noqa: E402
from casewheel.v1 import intake_pb2, intake_pb2_grpc  # noqa: E402
from casewheel.v1 import privacy_pb2, privacy_pb2_grpc  # noqa: E402
from casewheel.v1 import public_cases_pb2, public_cases_pb2_grpc  # noqa: E402
from casewheel.v1 import supervision_pb2, supervision_pb2_grpc  # noqa: E402
from casewheel.v1 import tracking_pb2, tracking_pb2_grpc  # noqa: E402
from google.rpc import error_details_pb2, status_pb2  # noqa: E402

__all__ = ["access_pb2", "admin_pb2", "attachments_pb2", "calendars_pb2", "calls_pb2", "cases_pb2", "catalogue_pb2", "changes_pb2", "counter_pb2", "intake_pb2", "privacy_pb2", "public_cases_pb2", "supervision_pb2", "tracking_pb2", "Engine", "Refusal", "refusal",
           "history_of", "ms_of", "stamp", "grpc", "error_details_pb2", "ROOT"]


class _Details(collections.namedtuple("_Details", "method timeout metadata credentials wait_for_ready compression")):
    """Of a call, as grpc hands them to an interceptor."""


class Bearer(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor,
             grpc.StreamUnaryClientInterceptor, grpc.StreamStreamClientInterceptor):
    """Shows a token at every call."""

    def __init__(self, token):
        self.pair = ("authorization", "Bearer " + token)

    def _shown(self, proceed, details, request):
        return proceed(_Details(details.method, details.timeout, [*(details.metadata or ()), self.pair], details.credentials,
                                details.wait_for_ready, details.compression), request)

    intercept_unary_unary = intercept_unary_stream = intercept_stream_unary = intercept_stream_stream = _shown


class Engine:
    """One channel and the services on it; plaintext without credentials."""

    def __init__(self, address, options=(), credentials=None, token=None):
        self.address = address
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", 64 << 20), *options]
        self.whole = (grpc.secure_channel(address, credentials, options=options) if credentials
                      else grpc.insecure_channel(address, options=options))
        self.channel = grpc.intercept_channel(self.whole, Bearer(token)) if token else self.whole
        self.access = access_pb2_grpc.AccessStub(self.channel)
        self.cases = cases_pb2_grpc.CasesStub(self.channel)
        self.supervision = supervision_pb2_grpc.SupervisionStub(self.channel)
        self.intake = intake_pb2_grpc.IntakeStub(self.channel)
        self.catalogue = catalogue_pb2_grpc.CatalogueServiceStub(self.channel)
        self.calendars = calendars_pb2_grpc.CalendarsStub(self.channel)
        self.privacy = privacy_pb2_grpc.PrivacyStub(self.channel)
        self.admin = admin_pb2_grpc.AdminStub(self.channel)
        self.tracking = tracking_pb2_grpc.TrackingStub(self.channel)
        self.changes = changes_pb2_grpc.ChangesStub(self.channel)
        self.calls = calls_pb2_grpc.CallsStub(self.channel)
        self.attachments = attachments_pb2_grpc.AttachmentsStub(self.channel)
        self.counter = counter_pb2_grpc.CounterStub(self.channel)
        self.public_cases = public_cases_pb2_grpc.PublicCasesStub(self.channel)

    def close(self):
        self.whole.close()


class Refusal:
    """An RpcError taken apart: code, message, ErrorInfo, BadRequest and RetryInfo."""

    def __init__(self, error):
        self.code = error.code()
        self.message = error.details()
        self.reason = self.domain = ""
        self.fields = {}
        self.retry_seconds = None
        trailers = error.trailing_metadata() or ()
        packed = [value for key, value in trailers if key == "grpc-status-details-bin"]
        self.details = bool(packed)
        if not packed:
            return
        status = status_pb2.Status.FromString(packed[0])
        if (status.code, status.message) != (self.code.value[0], self.message):
            raise AssertionError(f"details say {status.code} {status.message}, the status {self.code} {self.message}")
        for any_detail in status.details:
            info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
            if any_detail.Unpack(info):
                self.reason, self.domain = info.reason, info.domain
            elif any_detail.Unpack(bad):
                self.fields = {v.field: v.description for v in bad.field_violations}
            elif any_detail.Unpack(retry):
                self.retry_seconds = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9

    def __repr__(self):
        return f"{self.code} {self.reason} {self.message!r} {self.fields} retry {self.retry_seconds}"


def refusal(call, *arguments, **options):
    """What the call was refused with; an answer is a failure."""
    try:
        answer = call(*arguments, **options)
        if hasattr(answer, "__next__"):
            answer = list(answer)
    except grpc.RpcError as error:
        return Refusal(error)
    raise AssertionError(f"was not refused: {str(answer)[:500]}")


def history_of(engine, number, page_size=1000, timeout=30):
    entries, token = [], ""
    while True:
        page = engine.cases.ListCaseHistory(
            cases_pb2.ListCaseHistoryRequest(case_number=number, page_size=page_size, page_token=token), timeout=timeout)
        entries.extend(page.entries)
        token = page.next_page_token
        if not token:
            return entries


def ms_of(timestamp):
    return timestamp.seconds * 1000 + timestamp.nanos // 1_000_000


def stamp(message, ms):
    """Sets a Timestamp field to milliseconds."""
    message.seconds, message.nanos = ms // 1000, ms % 1000 * 1_000_000
