#include "engine/cli/history_view.h"

#include <algorithm>

#include "engine/cli/history_words.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"

namespace casewheel::cli {
namespace {

std::string entry_time(const v1::HistoryEntry& entry, const Viewpoint& from) {
  return entry.has_time() ? format_time(to_ms(entry.time()), from.zone) : "";
}

const Entry* find_entry(const std::vector<Entry>& entries, const std::string& id) {
  const auto known = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.id == id; });
  return known == entries.end() ? nullptr : &*known;
}

std::string entry_told(const std::vector<Entry>& entries, const std::string& id) {
  const Entry* known = find_entry(entries, id);
  return known == nullptr || known->name_zh.empty()
             ? one_line(id)
             : one_line(known->name_zh) + "（" + one_line(id) + "）";
}

std::string actor_told(const std::string& actor, const Places& places) {
  return find_entry(places.staff, actor) == nullptr ? one_line(actor_words(actor))
                                                    : entry_told(places.staff, actor);
}

std::string value_of(const v1::Change& change, const Viewpoint& from, const Places& places) {
  const std::string& field = change.field();
  if (field.ends_with("_time")) {
    // As the engine writes instants, in its own zone.
    const auto time = parse_time(change.value(), absl::UTCTimeZone());
    const bool ends = field.starts_with("due") || field == "agreed_time" || field == "named_time";
    if (time) return ends ? format_deadline(*time, from.zone) : format_time(*time, from.zone);
  }
  if (field == "unit") return entry_told(places.units, change.value());
  if (field == "handler" || field == "recipients" || field == "approved_by")
    return entry_told(places.staff, change.value());
  if (field == "service") return entry_told(places.services, change.value());
  if (field == "case_number") return group_case_number(change.value());
  return one_line(value_words(field, change.value()));
}

std::string changed(const v1::HistoryEntry& entry, const char* field) {
  for (const v1::Change& change : entry.changes()) {
    if (change.field() == field) return change.value();
  }
  return "";
}

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
  for (const auto& entry : entries) {
    text += pad(std::to_string(entry.revision()), 4) + " " + entry_time(entry, from) + "  " +
            event_words(entry.event()) + " " + one_line(entry.event()) + "  " +
            actor_told(entry.actor(), places) + "\n";
    Fields fields;
    for (const auto& change : entry.changes()) {
      const std::string field = field_words(change.field());
      if (!field.empty()) fields.add("       " + field, value_of(change, from, places));
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
