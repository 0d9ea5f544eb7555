// One run of the command line against one engine: who asks, where, how long to wait, and what is
// said when it fails. Calls are synchronous; one thread.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

#include "casewheel/v1/access.grpc.pb.h"
#include "casewheel/v1/admin.grpc.pb.h"
#include "casewheel/v1/attachments.grpc.pb.h"
#include "casewheel/v1/calendars.grpc.pb.h"
#include "casewheel/v1/calls.grpc.pb.h"
#include "casewheel/v1/cases.grpc.pb.h"
#include "casewheel/v1/catalogue.grpc.pb.h"
#include "casewheel/v1/changes.grpc.pb.h"
#include "casewheel/v1/counter.grpc.pb.h"
#include "casewheel/v1/intake.grpc.pb.h"
#include "casewheel/v1/privacy.grpc.pb.h"
#include "casewheel/v1/supervision.grpc.pb.h"
#include "casewheel/v1/tracking.grpc.pb.h"
#include "engine/base/time.h"
#include "engine/cli/connection.h"
#include "engine/cli/failure.h"
#include "engine/cli/output.h"

namespace CLI {
class App;
}

namespace casewheel::cli {

class Directory;

namespace v1 = ::casewheel::v1;

struct SessionOptions {
  std::string address = "127.0.0.1:7400";
  TlsOptions tls;
  std::shared_ptr<grpc::ChannelCredentials> credentials;  // null: plaintext
  std::string actor;                                      // staff id; empty: the local operator
  std::optional<DurationMs> timeout_ms;                   // as typed; absent: a call's own patience
  std::string token;       // of a key; empty: what login kept for the address and its scheme
  std::string request_id;  // as typed; empty: one is made
};

// How long a call waits when nobody typed a timeout.
enum class Patience {
  kAnswer,   // an ordinary answer
  kAside,    // of what helps to read and type, and is no matter where it fails
  kEndless,  // long work and watches
};

class Session {
 public:
  Session(SessionOptions options, const Output& output);

  const Output& output() const { return output_; }
  const SessionOptions& options() const { return options_; }

  v1::Cases::Stub& cases() { return *cases_; }
  v1::Supervision::Stub& supervision() { return *supervision_; }
  v1::CatalogueService::Stub& catalogue() { return *catalogue_; }
  v1::Calendars::Stub& calendars() { return *calendars_; }
  v1::Access::Stub& access() { return *access_; }
  v1::Privacy::Stub& privacy() { return *privacy_; }
  v1::Admin::Stub& admin() { return *admin_; }
  v1::Intake::Stub& intake() { return *intake_; }
  v1::Tracking::Stub& tracking() { return *tracking_; }
  v1::Changes::Stub& changes() { return *changes_; }
  v1::Calls::Stub& calls() { return *calls_; }
  v1::Attachments::Stub& attachments() { return *attachments_; }
  v1::Counter::Stub& counter() { return *counter_; }

  // Deadline and caller of a call about to be made.
  void prepare(grpc::ClientContext& context, Patience patience = Patience::kAnswer) const;

  // `session.call(session.cases(), &v1::Cases::Stub::GetCase, request, &response)`
  // Of a list with pages: what was looked at is paid for, so that who reads on at full speed is told to wait
  // now and then, and does.
  template <typename Stub, typename Request, typename Response>
  grpc::Status call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response,
                    Patience patience = Patience::kAnswer) {
    for (int waits = 0;; ++waits) {
      grpc::ClientContext context;
      prepare(context, patience);
      const grpc::Status status = (stub.*method)(&context, request, response);
      if constexpr (requires { request.page_token(); }) {
        if (waits < kWaitsMax && wait_as_told(status)) continue;
      }
      return status;
    }
  }

  // The idempotency key of this run's change: as typed, or a new UUID, the same for the whole run.
  // From then on an interruption tells it.
  const std::string& request_id();

  // Says why and gives the exit code. With a change's `request_id` a retry is offered; with the number of
  // the case it was about, people are told who has it and what can be done.
  int fail(const grpc::Status& status, const std::string& request_id = "",
           const std::string& case_number = "");

  // Of the command that runs, for what its refusals say. Both outlive the session's use.
  void runs(const CLI::App* command, Directory* directory, std::string hint);
  Directory* directory() { return directory_; }
  const CLI::App* command() const { return command_; }
  // What a refusal says of a field in Chinese where the command knows more than the engine's words;
  // gives an empty text where it does not.
  void tell_fields(std::function<std::string(const std::string& field)> told) {
    field_told_ = std::move(told);
  }
  // What somebody at a terminal has answered is not lost: `again` gives the command line that sends it once
  // more (typed_again.h, kept_text), under the same key or as a new request; empty while nothing was
  // answered. An interruption tells it, and so does whatever ends the command otherwise than it was meant
  // to. Null: no questions are put any more.
  using Kept = std::function<std::string(bool same_request)>;
  void keep_answers(Kept again);
  // After an answer: what an interruption tells is made anew.
  void answered() const;

  // What the token of a sign-in is kept under.
  std::string token_place() const { return cli::token_place(options_.address, options_.tls); }
  // Who sits at a terminal and can be asked; null where nobody does.
  std::istream* people() { return people_; }
  void attend(std::istream* people) { people_ = output_.json() ? nullptr : people; }
  // As whom to act from now on.
  void act_as(std::string actor) { options_.actor = std::move(actor); }

  // A mistake of the caller, found before anything was sent.
  int refuse(const std::string& message) const;

  // Engine time, to say how late things are; the machine's own when the engine does not tell.
  TimeMs engine_now();

 private:
  static constexpr int kWaitsMax = 1000;
  // False where nothing was said of it, or too long.
  static bool wait_as_told(const grpc::Status& status);
  FailureContext context_of(const Failure& failure, const std::string& case_number);

  SessionOptions options_;
  const Output& output_;
  const CLI::App* command_ = nullptr;
  Directory* directory_ = nullptr;
  std::istream* people_ = nullptr;
  std::string hint_;
  std::function<std::string(const std::string& field)> field_told_;
  Kept kept_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Cases::Stub> cases_;
  std::unique_ptr<v1::Supervision::Stub> supervision_;
  std::unique_ptr<v1::CatalogueService::Stub> catalogue_;
  std::unique_ptr<v1::Calendars::Stub> calendars_;
  std::unique_ptr<v1::Access::Stub> access_;
  std::unique_ptr<v1::Privacy::Stub> privacy_;
  std::unique_ptr<v1::Admin::Stub> admin_;
  std::unique_ptr<v1::Intake::Stub> intake_;
  std::unique_ptr<v1::Tracking::Stub> tracking_;
  std::unique_ptr<v1::Changes::Stub> changes_;
  std::unique_ptr<v1::Calls::Stub> calls_;
  std::unique_ptr<v1::Attachments::Stub> attachments_;
  std::unique_ptr<v1::Counter::Stub> counter_;
};

// A mistake of the caller told on the error stream; kExitUsage.
int usage_error(const Output& output, const std::string& message);

std::string new_request_id();

}  // namespace casewheel::cli
