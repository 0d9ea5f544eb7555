// The rules of a telephone call: what the exchange tells of it, in whatever order and however often, adds up
// to one record. Pure, as decide() and apply() of a case are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "casewheel/journal/v1/events.pb.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/domain/command.h"

namespace casewheel::domain {

// A call of which no end was told is closed by the engine this long after it was first heard of.
inline constexpr DurationMs kCallEndsWithinMs = 12 * kHourMs;
// The cause of an end nobody told.
inline constexpr const char* kUnendedCause = "unended";
// Whether the cause of an end is a word of the conventions exchanges speak, and so nobody's data.
bool is_known_cause(std::string_view cause);
// What answers in nobody's name.
inline constexpr const char* kVoicemail = "voicemail";
// Beyond it a call is no call but a fault in a feed.
inline constexpr std::uint32_t kCallChangesMax = 1000;
inline constexpr int kCallCasesMax = 50;

// What is told of a call. Empty where it says nothing of it.
struct CallNews {
  enum class What : std::uint8_t { kRing, kQueue, kAnswer, kHangup, kWrapUp };
  What what = What::kRing;
  TimeMs at_ms = 0;    // when it happened
  bool dated = false;  // the exchange said when; otherwise it is when the news came
  std::string exchange_call = {};
  stored::CallDirection direction = stored::CALL_DIRECTION_UNSPECIFIED;
  std::string line = {};
  std::string queue = {};
  stored::CallParty party = {};
  std::vector<std::string> ringing = {};  // staff ids
  std::string agent = {};                 // staff id of who answers
  std::string seat = {};                  // of who answers and is nobody's; kVoicemail
  std::string cause = {};
};
// A case was lodged during it.
struct LinkCase {
  CaseAddress address;
};
// A case stands for calling back.
struct CallBackBy {
  CaseAddress address;
};
// What was made of a call back that turned out to be owed to nobody has been withdrawn.
struct CallBackWithdrawn {};
struct EraseCall {
  stored::EraseCause cause = stored::ERASE_CAUSE_UNSPECIFIED;
};
// The engine's own: its time is up.
struct EndUnended {};

using CallAction =
    std::variant<CallNews, LinkCase, CallBackBy, CallBackWithdrawn, EraseCall, EndUnended>;

struct CallCommand {
  CallAction action;
  Who who;
};

// What a new call is made with.
struct CallIdentity {
  std::string call_id;  // 16 bytes
  std::string tenant;
  std::uint32_t tenant_number = 0;
  DurationMs answer_within_ms = 0;
  bool calls_back = false;         // the tenant's catalogue has a service for it
  std::uint32_t version_from = 0;  // its next version is this at least; 0: any
};

// The event that follows, or none where nothing is new. `known`: as stored, of version 0 where there is no
// such call yet, with its party in the clear; so is that of the event. Only news make a call.
Result<std::optional<stored::Event>> decide_call(const stored::Call& known,
                                                 const CallIdentity& identity,
                                                 const CallCommand& command, TimeMs now);

// Frozen, as apply() of a case is.
void apply_call(stored::Call& call, const stored::Event& event, TimeMs now);

// Something is still to be done with it by the engine: to end it or to see that somebody calls back.
bool is_unsettled(const stored::Call& call);

}  // namespace casewheel::domain
