#include "engine/cli/history_view.h"

#include <map>
#include <string_view>

#include "engine/cli/history_words.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"

namespace casewheel::cli {
namespace {

std::string entry_time(const v1::HistoryEntry& entry, const Viewpoint& from) {
  return entry.has_time() ? format_time(to_ms(entry.time()), from.zone) : "";
}

std::string actor_told(const std::string& actor, const Places& places) {
  const std::string told = id_told(places.staff, actor);
  return told == one_line(actor) ? one_line(actor_words(actor)) : told;
}

// True of a date that is owed; what else happened, or a step that fires, has an instant.
bool is_deadline(const std::string& event, const std::string& field) {
  if (event.starts_with("step_")) return false;
  return field.starts_with("due") || field == "agreed_time" || field == "earlier_time" ||
         field == "named_time" || field == "promised_time";
}

std::string value_of(const std::string& event, const v1::Change& change, const Viewpoint& from,
                     const Places& places) {
  const std::string& field = change.field();
  if (field.ends_with("_time")) {
    // As the engine writes instants, in its own zone.
    const auto time = parse_time(change.value(), absl::UTCTimeZone());
    if (time) {
      return is_deadline(event, field) ? format_deadline(*time, from.zone)
                                       : format_time(*time, from.zone);
    }
  }
  if (field == "unit") return id_told(places.units, change.value());
  if (field == "handler" || field == "recipients" || field == "approved_by")
    return id_told(places.staff, change.value());
  if (field == "service") return id_told(places.services, change.value());
  if (field == "case_number") return group_case_number(change.value());
  return one_line(value_words(field, change.value()));
}

std::string changed(const v1::HistoryEntry& entry, const char* field) {
  for (const v1::Change& change : entry.changes()) {
    if (change.field() == field) return change.value();
  }
  return "";
}

std::string replaced(const std::string& before, const std::string& after) {
  const auto told = [](const std::string& value) {
    return value.empty() ? std::string("（空白）") : one_line(value);
  };
  return told(before) + " → " + told(after);
}

// What a case was lodged with, and what corrections made of it. An event has what it replaced of a person's own
// data, but of these fields the new value alone.
class Formerly {
 public:
  // Of every entry, in order.
  void look_at(const v1::HistoryEntry& entry) {
    if (entry.event() != "case_lodged") return;
    for (const char* field : {"county", "language", "external_reference"})
      known_[field] = changed(entry, field);
  }

  // "0912-***-678 → 0933-***-222"
  std::string correction(const v1::Change& change) {
    const std::string& value = change.value();
    if (change.field() == "county" || change.field() == "language" ||
        change.field() == "external_reference") {
      const auto before = known_.find(change.field());
      const std::string told =
          before == known_.end() ? "→ " + one_line(value) : replaced(before->second, value);
      known_[change.field()] = value;
      return told;
    }
    if (value.empty()) return "（已刪除 erased）";
    const std::size_t arrow = value.find(kArrow);
    // A text may have an arrow of its own: then nobody can tell which one parts them.
    if (arrow == value.npos || arrow != value.rfind(kArrow)) return one_line(value);
    return replaced(value.substr(0, arrow), value.substr(arrow + kArrow.size()));
  }

 private:
  static constexpr std::string_view kArrow = " -> ";
  std::map<std::string, std::string> known_;
};

// How it reached somebody, and whom; empty for what is not said to anybody.
std::string way_said(const v1::HistoryEntry& entry) {
  const std::string& event = entry.event();
  if (event == "case_replied")
    return "回復申請人 reply（" + value_words("means", changed(entry, "means")) + "）";
  if (event == "note_added")
    return changed(entry, "to_applicant") == "true" ? "告知申請人 told" : "內部註記 note";
  if (event == "documents_requested") return "通知補件 documents asked for";
  return "";
}

}  // namespace

std::string history_text(const google::protobuf::RepeatedPtrField<v1::HistoryEntry>& entries,
                         const Viewpoint& from, const Places& places) {
  std::string text = zone_line(from.zone);
  Formerly formerly;
  for (const auto& entry : entries) {
    formerly.look_at(entry);
    const bool corrects = entry.event() == "case_corrected";
    text += pad(std::to_string(entry.revision()), 4) + " " + entry_time(entry, from) + "  " +
            event_words(entry.event()) + " " + one_line(entry.event()) + "  " +
            actor_told(entry.actor(), places) + "\n";
    Fields fields;
    for (const auto& change : entry.changes()) {
      const std::string field = one_line(field_words(entry.event(), change.field()));
      if (field.empty()) continue;
      fields.add("       " + field, corrects && change.field() != "stated_time"
                                        ? formerly.correction(change)
                                        : value_of(entry.event(), change, from, places));
    }
    text += fields.text();
    if (!entry.text().empty()) text += "       「" + one_line(entry.text()) + "」\n";
  }
  return text;
}

std::string said_text(const google::protobuf::RepeatedPtrField<v1::HistoryEntry>& entries,
                      const Viewpoint& from, const Places& places) {
  std::string text;
  for (const auto& entry : entries) {
    const std::string what = way_said(entry);
    std::string documents;
    for (const v1::Change& change : entry.changes()) {
      if (change.field() == "documents")
        documents += (documents.empty() ? "" : "、") + one_line(change.value());
    }
    if (what.empty() || (entry.text().empty() && documents.empty())) continue;
    text += "  " + entry_time(entry, from) + "  " + what + "  " +
            actor_told(entry.actor(), places) + "\n";
    if (!documents.empty()) text += "      " + documents + "\n";
    if (!entry.text().empty()) text += "      「" + one_line(entry.text()) + "」\n";
  }
  return text.empty() ? text : "\n往來與註記 What was said\n" + text;
}

}  // namespace casewheel::cli
