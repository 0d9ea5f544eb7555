// What every command about one case has in common: the case number and etag it takes, how the case is
// read, the call of a change with its idempotency key, and how the changed case is shown.
#pragma once

#include <CLI/App.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "engine/cli/arguments.h"
#include "engine/cli/case_view.h"
#include "engine/cli/session.h"

namespace casewheel::cli {

inline constexpr int kNumberWordsMax = 8;  // a case number typed in groups arrives as several words

inline void add_case_number(CLI::App& command, std::vector<std::string>& number) {
  command.add_option("case_number", number, "案號 case number, grouped or not")
      ->required()
      ->expected(1, kNumberWordsMax);
}

struct CaseTarget {
  std::vector<std::string> number;
  std::string etag;
};

inline void add_case_target(CLI::App& command, CaseTarget& target) {
  add_case_number(command, target.number);
  command.add_option("--etag", target.etag,
                     "只在案件未被異動時 only while the case is as it was read");
}

// Reads the case and leaves showing it to `show(view)`.
template <typename Show>
int show_case(Session& session, const std::vector<std::string>& number, Show show) {
  Arguments read(session.output().zone());
  v1::GetCaseRequest request;
  request.set_case_number(read.case_number(number));
  if (!read.mistake().empty()) return session.refuse(read.mistake());
  v1::Case view;
  const auto status = session.call(session.cases(), &v1::Cases::Stub::GetCase, request, &view);
  if (!status.ok()) return session.fail(status);
  show(view);
  return kExitOk;
}

// A refused or failed change: who has the case and what can be done instead, by the cause. Gives the exit code.
int fail_change(Session& session, const grpc::Status& status, const std::string& case_number);

// `read` holds the mistakes of the request's own fields.
template <typename Stub, typename Request>
int change_case(Session& session, Stub& stub,
                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, v1::Case*),
                Request request, const CaseTarget& target, Arguments& read) {
  request.set_case_number(read.case_number(target.number));
  if (!read.mistake().empty()) return session.refuse(read.mistake());
  request.set_etag(target.etag);
  request.set_request_id(session.request_id());
  v1::Case changed;
  const grpc::Status status = session.call(stub, method, request, &changed);
  if (!status.ok()) return fail_change(session, status, request.case_number());
  const Output& output = session.output();
  if (output.json()) {
    output.document(changed);
  } else {
    output.out() << case_brief(changed, {output.zone(), session.engine_now()});
  }
  return kExitOk;
}

}  // namespace casewheel::cli
