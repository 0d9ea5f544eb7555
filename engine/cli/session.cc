#include "engine/cli/session.h"

#include <absl/time/clock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <chrono>
#include <cstdlib>
#include <ostream>
#include <thread>

#include "engine/cli/directory.h"
#include "engine/cli/interruption.h"
#include "engine/cli/naming.h"
#include "engine/cli/standing.h"
#include "engine/cli/times.h"
#include "engine/cli/token_store.h"

namespace casewheel::cli {
namespace {

constexpr DurationMs kAnswerPatienceMs = 30 * kSecondMs;
constexpr DurationMs kAsidePatienceMs = 5 * kSecondMs;

// A watch's first slice or a page of 500 whole cases is larger than gRPC's default of 4 MiB.
constexpr int kReceiveBytesMax = 64 * 1024 * 1024;

}  // namespace

Session::Session(SessionOptions options, const Output& output)
    : options_(std::move(options)), output_(output) {
  // A key of another system comes by the environment: what is typed can be read by every process.
  const char* given = std::getenv("CASEWHEEL_TOKEN");
  if (options_.token.empty() && given != nullptr) options_.token = given;
  if (options_.token.empty()) options_.token = TokenStore().find(token_place());
  grpc::ChannelArguments arguments;
  // A proxy of the environment is another machine, also on the way to an engine on this one.
  if (!options_.credentials) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  channel_ = grpc::CreateCustomChannel(
      options_.address,
      options_.credentials ? options_.credentials : grpc::InsecureChannelCredentials(), arguments);
  cases_ = v1::Cases::NewStub(channel_);
  supervision_ = v1::Supervision::NewStub(channel_);
  changes_ = v1::Changes::NewStub(channel_);
  catalogue_ = v1::CatalogueService::NewStub(channel_);
  calendars_ = v1::Calendars::NewStub(channel_);
  access_ = v1::Access::NewStub(channel_);
  privacy_ = v1::Privacy::NewStub(channel_);
  admin_ = v1::Admin::NewStub(channel_);
  intake_ = v1::Intake::NewStub(channel_);
  tracking_ = v1::Tracking::NewStub(channel_);
  calls_ = v1::Calls::NewStub(channel_);
  attachments_ = v1::Attachments::NewStub(channel_);
  counter_ = v1::Counter::NewStub(channel_);
}

void Session::prepare(grpc::ClientContext& context, Patience patience) const {
  if (!options_.actor.empty()) context.AddMetadata("casewheel-actor", options_.actor);
  if (!options_.token.empty()) context.AddMetadata("authorization", "Bearer " + options_.token);
  if (!options_.timeout_ms && patience == Patience::kEndless) return;
  DurationMs wait_ms = options_.timeout_ms.value_or(kAnswerPatienceMs);
  if (patience == Patience::kAside) wait_ms = std::min(wait_ms, kAsidePatienceMs);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(wait_ms));
}

const std::string& Session::request_id() {
  if (options_.request_id.empty()) options_.request_id = new_request_id();
  const std::string again = kept_ ? kept_(true) : std::string();
  if (!again.empty()) {
    tell_when_interrupted(again);
  } else {
    tell_when_interrupted(output_.json() ? "" : retry_line(options_.request_id));
  }
  return options_.request_id;
}

void Session::keep_answers(Kept again) { kept_ = std::move(again); }

void Session::answered() const {
  if (kept_) tell_when_interrupted(kept_(true));
}

void Session::runs(const CLI::App* command, Directory* directory, std::string hint) {
  command_ = command;
  directory_ = directory;
  hint_ = std::move(hint);
}

FailureContext Session::context_of(const Failure& failure, const std::string& case_number) {
  FailureContext context;
  context.field_told = field_told_;
  if (command_ != nullptr) {
    context.option_of = [this](const std::string& field) { return option_of(*command_, field); };
  }
  if (!failure.answered || failure.code == "UNAUTHENTICATED") return context;
  if (!hint_.empty() && (failure.code == "INVALID_ARGUMENT" || failure.code == "NOT_FOUND"))
    context.lines.push_back(hint_);
  const bool told = failure.code == "FAILED_PRECONDITION" || failure.code == "PERMISSION_DENIED" ||
                    failure.code == "ABORTED" || failure.code == "NOT_FOUND";
  if (case_number.empty() || directory_ == nullptr || !told) return context;
  v1::GetCaseRequest request;
  request.set_case_number(case_number);
  v1::Case view;
  if (!call(*cases_, &v1::Cases::Stub::GetCase, request, &view, Patience::kAside).ok())
    return context;
  const Places& places = directory_->places(view.tenant());
  context.lines.push_back(standing_line(view, places));
  const std::string next = next_step_line(view, failure.code);
  if (!next.empty()) context.lines.push_back(next);
  const std::string clock = command_ == nullptr ? "" : typed_for(*command_, "--clock");
  context.field_told = [clocks = clocks_told(view, clock),
                        told = field_told_](const std::string& field) {
    if (field == "clock") return clocks;
    return told ? told(field) : std::string();
  };
  return context;
}

int Session::fail(const grpc::Status& status, const std::string& request_id,
                  const std::string& case_number) {
  Failure failure = decode_failure(status);
  if (!failure.answered && failure.code == "UNAVAILABLE") {
    const Obstacle obstacle = find_obstacle(options_.address, options_.tls);
    if (!obstacle.reason.empty()) {
      failure.reason = obstacle.reason;
      failure.message = obstacle.message;
    }
  }
  if (output_.json()) {
    output_.err() << boost::json::serialize(failure_json(failure, request_id)) << "\n";
  } else {
    // The same key would be refused again.
    const bool same_request = failure.reason != "REQUEST_ID_REUSED";
    const std::string again = kept_ ? kept_(same_request) : std::string();
    output_.err() << failure_text(failure, options_.address, again.empty() ? request_id : "",
                                  context_of(failure, case_number))
                  << again;
  }
  return exit_code(failure);
}

int Session::refuse(const std::string& message) const {
  const int code = usage_error(output_, message);
  if (kept_) output_.err() << kept_(true);
  return code;
}

TimeMs Session::engine_now() {
  v1::ClockInfo clock;
  if (call(*admin_, &v1::Admin::Stub::GetClock, v1::GetClockRequest(), &clock).ok() &&
      clock.has_now()) {
    return to_ms(clock.now());
  }
  return absl::ToUnixMillis(absl::Now());
}

int usage_error(const Output& output, const std::string& message) {
  if (output.json()) {
    const boost::json::object error{{"code", "USAGE"}, {"message", message}};
    output.err() << boost::json::serialize(boost::json::object{{"error", error}}) << "\n";
  } else {
    output.err() << "casewheel: " << message << "\n";
  }
  return kExitUsage;
}

bool Session::wait_as_told(const grpc::Status& status) {
  constexpr DurationMs kLongest = 10 * kSecondMs;
  if (status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED) return false;
  const DurationMs wait_ms = decode_failure(status).retry_after_ms;
  if (wait_ms <= 0 || wait_ms > kLongest) return false;
  std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
  return true;
}

std::string new_request_id() { return boost::uuids::to_string(boost::uuids::random_generator()()); }

}  // namespace casewheel::cli
