// The three kinds of error of the house, see STYLE: a Rejection (the domain or a limit says no; it
// is typed and travels in the reply), a Status (an operation failed; must be looked at) and CHECK
// (a bug or corruption: always on, stops the process).
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/time.h"

namespace casewheel {

// Why a request was refused. The names are sent to callers as ErrorInfo.reason: never rename one.
enum class RejectionCode : std::uint8_t {
  kInvalidArgument,     // a field is malformed or over a limit
  kNotFound,            // no such case, tenant, unit, ...
  kConflict,            // same request_id, other body
  kStaleEtag,           // the case has changed since it was read
  kWrongState,          // the life cycle does not allow the action now
  kNotPermitted,        // the actor's role may not do this
  kOverloaded,          // a queue or list is full: try again after retry_after_ms
  kDiskFull,            // the store's reserve of free space is used up
  kUnavailable,         // the engine is stopping or a write's fate is unknown: ask again
  kFailedPrecondition,  // the installation is not in the state the call needs
  kUnauthenticated,     // nobody known: sign in
  kDataLoss,            // what is stored is damaged and cannot be read: a backup may have it
};

struct FieldViolation {
  std::string field;        // path of the field in the request, e.g. "case.applicant.phone"
  std::string description;  // names the limit
};

// What of a text is repeated in a refusal: its beginning. Callers send megabytes where a name
// should stand, and no
// door can send them back.
std::string shortened(std::string text);

// A refusal a person can act on. `message` is English and holds no personal data.
struct [[nodiscard]] Rejection {
  RejectionCode code = RejectionCode::kInvalidArgument;
  std::string message;
  std::vector<FieldViolation> fields;
  DurationMs retry_after_ms = 0;  // > 0 where trying again can help

  static Rejection invalid(std::string field, std::string description) {
    Rejection r;
    field = shortened(std::move(field));
    description = shortened(std::move(description));
    r.message = field + ": " + description;
    r.fields.push_back({std::move(field), std::move(description)});
    return r;
  }
  static Rejection of(RejectionCode code, std::string message, DurationMs retry_after_ms = 0) {
    Rejection r;
    r.code = code;
    r.message = shortened(std::move(message));
    r.retry_after_ms = retry_after_ms;
    return r;
  }
};

// Stable upper-case name of a code, e.g. "STALE_ETAG".
const char* rejection_name(RejectionCode code);

// Boost.System's result, because libstdc++ 12 has no std::expected. Never call .value() on an
// error: test first (no exceptions cross modules).
template <typename T>
using Result = boost::system::result<T, Rejection>;

// How an operation on the outside world (disk, file, network) ended.
class [[nodiscard]] Status {
 public:
  enum class Code : std::uint8_t {
    kOk,
    kNotFound,
    kCorruption,
    kNoSpace,
    kBusy,
    kIoError,
    kInvalid,
    kUnknown
  };

  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}
  static Status ok() { return {}; }

  explicit operator bool() const { return code_ == Code::kOk; }
  bool is_ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

// What a caller hears when the store could not be read; names the file where the store does.
Rejection unreadable(const Status& status);

[[noreturn]] void check_failed(const char* file, int line, const char* expression,
                               const std::string& message);

// An invariant that stays on in production: a broken one means a bug or corruption, and going on
// would spread it. Prints the place and the reason and aborts.
#define CASEWHEEL_CHECK(expression, message)                                                  \
  do {                                                                                        \
    if (!(expression)) ::casewheel::check_failed(__FILE__, __LINE__, #expression, (message)); \
  } while (false)

}  // namespace casewheel
