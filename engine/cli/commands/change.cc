#include "engine/cli/commands/change.h"

#include "engine/cli/directory.h"
#include "engine/cli/standing.h"

namespace casewheel::cli {
namespace {

// True where the caller is who handles the case.
bool holds(Session& session, const v1::Case& view) {
  if (view.handler().empty()) return false;
  v1::Identity identity;
  const auto known = session.call(session.access(), &v1::Access::Stub::GetIdentity,
                                  v1::GetIdentityRequest(), &identity, Patience::kAside);
  const bool signs_in = known.ok() && identity.kind() != "operator";
  return view.handler() == (signs_in ? identity.staff() : session.options().actor);
}

}  // namespace

int fail_change(Session& session, const grpc::Status& status, const std::string& case_number) {
  v1::GetCaseRequest request;
  request.set_case_number(case_number);
  v1::Case view;
  const bool denied = status.error_code() == grpc::StatusCode::PERMISSION_DENIED;
  if (!denied || session.output().json() || session.directory() == nullptr ||
      !session.call(session.cases(), &v1::Cases::Stub::GetCase, request, &view, Patience::kAside)
           .ok())
    return session.fail(status, session.request_id(), case_number);
  const int code = session.fail(status);
  const Places& places = session.directory()->places(view.tenant());
  session.output().err() << "  " << standing_line(view, places) << "\n  "
                         << next_step_when_denied(view, status.error_message(),
                                                  holds(session, view))
                         << "\n";
  return code;
}

}  // namespace casewheel::cli
