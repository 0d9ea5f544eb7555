#include "engine/cli/import/map.h"

#include <absl/time/civil_time.h>

#include "engine/base/limits.h"
#include "engine/cli/times.h"
#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

constexpr std::size_t kRequestIdCharactersMax =
    limits::kIdChars - 6;  // ":close" or ":reply" follows it in the action's own id

// Reads one enum value of a row. An absent rule gives the unspecified value.
template <typename Enum>
std::string read_word(const std::optional<ValueRule>& rule, const std::vector<std::string>& row,
                      Enum* word) {
  *word = static_cast<Enum>(0);
  if (!rule) return "";
  std::string text;
  std::string mistake = rule->value(row, &text);
  if (!mistake.empty() || text.empty()) return mistake;
  const auto parsed = parse_word<Enum>(text);
  if (!parsed)
    return rule->name + ": \"" + text + "\" is none of " +
           enum_choices(*google::protobuf::GetEnumDescriptor<Enum>());
  *word = *parsed;
  return "";
}

// `time_ms` stays empty where the row has no value.
std::string read_time(const TimeRule& rule, const absl::TimeZone& zone,
                      const std::vector<std::string>& row, std::optional<TimeMs>* time_ms) {
  std::string text;
  std::string mistake = rule.rule.value(row, &text);
  if (!mistake.empty() || text.empty()) return mistake;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(rule.format, text, zone, &time, &error)) {
    return rule.rule.name + ": \"" + text + "\" is not of the form \"" + rule.format + "\"";
  }
  if (rule.whole_day) {
    const absl::CivilSecond local = absl::ToCivilSecond(time, zone);
    if (local.hour() == 0 && local.minute() == 0 && local.second() == 0) {
      time = absl::FromCivil(absl::CivilDay(local) + 1, zone);
    }
  }
  *time_ms = absl::ToUnixMillis(time);
  return "";
}

// True where the rule itself has a word for what the row says: no constant, and no default.
bool says_closed(const ValueRule& outcome, const std::vector<std::string>& row) {
  if (outcome.text.constant()) return false;
  const std::string said = outcome.text.render(row);
  return outcome.values.empty() ? !said.empty() : outcome.values.contains(said);
}

std::string map_reply(const ImportMap& map, const std::vector<std::string>& row, TimeMs replied,
                      v1::ReplyCaseRequest* reply) {
  *reply->mutable_replied_time() = to_timestamp(replied);
  v1::ReplyMeans means = v1::REPLY_MEANS_UNSPECIFIED;
  std::string mistake = read_word(map.reply_means, row, &means);
  if (mistake.empty() && means == v1::REPLY_MEANS_UNSPECIFIED)
    mistake = "reply_means is empty for a row that was answered";
  reply->set_means(means);
  if (mistake.empty() && map.reply_text)
    mistake = map.reply_text->value(row, reply->mutable_text());
  if (reply->text().empty())
    reply->set_text("匯入：原系統已回復 answered in the system it came from");
  return mistake;
}

std::string map_close(const ImportMap& map, const std::vector<std::string>& row, TimeMs closed,
                      v1::CloseCaseRequest* close) {
  *close->mutable_closed_time() = to_timestamp(closed);
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  std::string mistake = read_word(map.outcome, row, &outcome);
  if (mistake.empty() && outcome == v1::OUTCOME_UNSPECIFIED)
    mistake = "outcome is empty for a closed row";
  close->set_outcome(outcome);
  if (mistake.empty() && map.close_text)
    mistake = map.close_text->value(row, close->mutable_text());
  // Closing takes a reason where it leaves a clock undone; the table does not know of our clocks.
  if (close->text().empty())
    close->set_text("匯入：原系統已結案 closed in the system it came from");
  return mistake;
}

std::string map_times(const ImportMap& map, const std::vector<std::string>& row,
                      MappedRow* mapped) {
  std::optional<TimeMs> received, agreed, replied, closed;
  std::string mistake = read_time(map.received, map.zone, row, &received);
  if (mistake.empty() && !received) mistake = "received_time is empty";
  if (mistake.empty() && map.agreed) mistake = read_time(*map.agreed, map.zone, row, &agreed);
  if (mistake.empty() && map.replied) mistake = read_time(*map.replied, map.zone, row, &replied);
  if (mistake.empty() && map.closed) mistake = read_time(*map.closed, map.zone, row, &closed);
  if (!mistake.empty()) return mistake;

  *mapped->lodge.mutable_received_time() = to_timestamp(*received);
  if (agreed && *agreed <= *received && map.agreed->drop_before_received) {
    mapped->agreed_dropped = true;
  } else if (agreed) {
    *mapped->lodge.mutable_agreed_time() = to_timestamp(*agreed);
  }
  TimeMs from = *received;
  if (replied) {
    mapped->reply_clamped = *replied < from;
    from = std::max(from, *replied);
    mapped->reply.emplace().set_request_id(mapped->lodge.request_id() + ":reply");
    mistake = map_reply(map, row, from, &*mapped->reply);
    if (!mistake.empty()) return mistake;
  }
  if (!closed) {
    mapped->close_undated = map.closed && says_closed(*map.outcome, row);
    return "";
  }
  mapped->close_clamped = *closed < *received;
  mapped->close_waited = !mapped->close_clamped && *closed < from;
  mapped->close.emplace().set_request_id(mapped->lodge.request_id() + ":close");
  return map_close(map, row, std::max(*closed, from), &*mapped->close);
}

std::string map_texts(const ImportMap& map, const std::vector<std::string>& row,
                      v1::LodgeCaseRequest* lodge) {
  v1::Applicant applicant;
  const std::pair<const std::optional<ValueRule>*, std::string*> optional_texts[] = {
      {&map.unit, lodge->mutable_unit()},
      {&map.handler, lodge->mutable_handler()},
      {&map.description, lodge->mutable_description()},
      {&map.language, lodge->mutable_language()},
      {&map.external_reference, lodge->mutable_external_reference()},
      {&map.county, lodge->mutable_county()},
      {&map.applicant_name, applicant.mutable_name()},
      {&map.applicant_phone, applicant.mutable_phone()},
      {&map.applicant_email, applicant.mutable_email()},
      {&map.applicant_address, applicant.mutable_address()},
      {&map.applicant_customer_number, applicant.mutable_customer_number()}};
  std::string mistake = map.service.value(row, lodge->mutable_service());
  if (mistake.empty()) mistake = map.subject.value(row, lodge->mutable_subject());
  for (const auto& [rule, text] : optional_texts) {
    if (mistake.empty() && *rule) mistake = (*rule)->value(row, text);
  }
  if (applicant.ByteSizeLong() > 0) *lodge->mutable_applicant() = std::move(applicant);
  return mistake;
}

std::string map_words(const ImportMap& map, const std::vector<std::string>& row,
                      v1::LodgeCaseRequest* lodge) {
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  v1::Priority priority = v1::PRIORITY_UNSPECIFIED;
  v1::Channel channel = v1::CHANNEL_UNSPECIFIED;
  std::string mistake = read_word(map.kind, row, &kind);
  if (mistake.empty()) mistake = read_word(map.priority, row, &priority);
  if (mistake.empty()) mistake = read_word<v1::Channel>(map.channel, row, &channel);
  lodge->set_kind(kind);
  lodge->set_priority(priority);
  lodge->set_channel(channel);
  return mistake;
}

}  // namespace

std::string ValueRule::value(const std::vector<std::string>& row, std::string* value) const {
  *value = text.render(row);
  if (!values.empty()) {
    const auto translation = values.find(*value);
    if (translation != values.end()) {
      *value = translation->second;
      return "";
    }
    if (!fallback) return name + ": no translation for \"" + *value + "\"";
    *value = *fallback;
  } else if (value->empty() && fallback) {
    *value = *fallback;
  }
  return "";
}

std::vector<std::string> ValueRule::named() const {
  std::vector<std::string> names;
  for (const auto& [from, to] : values) names.push_back(to);
  if (fallback) names.push_back(*fallback);
  const auto constant = text.constant();
  if (constant && values.empty() && !constant->empty()) names.push_back(*constant);
  return names;
}

std::vector<ValueRule*> ImportMap::rules() {
  std::vector<ValueRule*> all = {&request_id, &service, &channel, &subject, &received.rule};
  if (agreed) all.push_back(&agreed->rule);
  if (replied) all.push_back(&replied->rule);
  if (closed) all.push_back(&closed->rule);
  for (auto* rule :
       {&outcome, &kind, &priority, &unit, &handler, &description, &language, &external_reference,
        &county, &reply_means, &reply_text, &close_text, &applicant_name, &applicant_phone,
        &applicant_email, &applicant_address, &applicant_customer_number}) {
    if (*rule) all.push_back(&**rule);
  }
  if (compare) all.push_back(&compare->verdict);
  return all;
}

std::string ImportMap::bind(const std::vector<std::string>& header) {
  std::string mistakes;
  for (ValueRule* rule : rules()) {
    for (const std::string& column : rule->text.bind(header)) {
      mistakes += (mistakes.empty() ? "" : "; ") + rule->name + ": the table has no column \"" +
                  column + "\"";
    }
  }
  return mistakes;
}

std::string map_row(const ImportMap& map, const std::vector<std::string>& row, MappedRow* mapped) {
  *mapped = MappedRow();
  v1::LodgeCaseRequest& lodge = mapped->lodge;
  lodge.set_tenant(map.tenant);
  std::string mistake = map.request_id.value(row, lodge.mutable_request_id());
  if (!mistake.empty()) return mistake;
  if (lodge.request_id().empty()) return "request_id is empty";
  if (lodge.request_id().size() > kRequestIdCharactersMax) {
    return "request_id is longer than " + std::to_string(kRequestIdCharactersMax) + " characters";
  }
  mistake = map_texts(map, row, &lodge);
  if (mistake.empty()) mistake = map_words(map, row, &lodge);
  if (mistake.empty()) mistake = map_times(map, row, mapped);
  if (mistake.empty() && map.compare) {
    std::string verdict;
    mistake = map.compare->verdict.value(row, &verdict);
    if (verdict == map.compare->met) mapped->recorded = Verdict::kMet;
    if (verdict == map.compare->broken) mapped->recorded = Verdict::kBroken;
  }
  return mistake;
}

}  // namespace casewheel::cli
