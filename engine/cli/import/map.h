// The map of an import: how the columns of somebody else's table become cases. Read from YAML,
// checked as a whole before anything is sent; README has the format. Pure but for zone files.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "casewheel/v1/cases.pb.h"
#include "engine/base/time.h"
#include "engine/cli/import/template.h"

namespace casewheel::cli {

namespace v1 = ::casewheel::v1;

// Where one value of a case comes from.
struct ValueRule {
  std::string name;  // its key in the map, for messages
  Template text;
  std::map<std::string, std::string>
      values;                           // translations; when there are any, others are mistakes
  std::optional<std::string> fallback;  // for an empty value, and one without translation

  // The value of a row. The mistake, or empty.
  std::string value(const std::vector<std::string>& row, std::string* value) const;
  // The values the map itself names: a constant, translations, the fallback.
  std::vector<std::string> named() const;
};

struct TimeRule {
  ValueRule rule;
  std::string format;
  bool whole_day = false;             // midnight stands for a date: until that day's end
  bool drop_before_received = false;  // a date not after the receipt is left out, with a warning
};

// What the table itself says about each case's deadline.
struct CompareRule {
  ValueRule verdict;
  std::string met;
  std::string broken;
};

struct ImportMap {
  std::string tenant;
  std::string source;
  absl::TimeZone zone;
  ValueRule request_id, service, channel, subject;  // required
  TimeRule received;
  std::optional<TimeRule> agreed, replied, closed;
  std::optional<ValueRule> reply_means;  // with `replied` only
  std::optional<ValueRule> outcome;      // with `closed` only
  std::optional<ValueRule> kind, priority, unit, handler, description, language, external_reference,
      county, reply_text, close_text;
  std::optional<ValueRule> applicant_name, applicant_phone, applicant_email, applicant_address,
      applicant_customer_number;
  std::optional<CompareRule> compare;

  // Binds the columns to the table's header. The mistake, naming every column that is not there.
  std::string bind(const std::vector<std::string>& header);

  std::vector<ValueRule*> rules();
};

// The mistake with its key, or empty.
std::string parse_import_map(const std::string& yaml, ImportMap* map);

enum class Verdict : std::uint8_t { kNone, kMet, kBroken };

// A row as the engine is to hear of it.
struct MappedRow {
  v1::LodgeCaseRequest lodge;                 // received_time always set
  std::optional<v1::ReplyCaseRequest> reply;  // replied_time always set, never before received_time
  std::optional<v1::CloseCaseRequest> close;  // closed_time always set, before neither of the two
  Verdict recorded = Verdict::kNone;
  bool reply_clamped = false;  // the table has it answered before it was received
  bool close_clamped = false;  // the table has it closed before it was received
  bool close_waited = false;   // the table has it closed before it was answered
  bool close_undated = false;  // the table has it closed, and no time
  bool agreed_dropped = false;
};

// `row` is as long as the bound header. The mistake, or empty.
std::string map_row(const ImportMap& map, const std::vector<std::string>& row, MappedRow* mapped);

}  // namespace casewheel::cli
