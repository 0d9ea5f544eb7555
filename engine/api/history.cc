#include "engine/api/history.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "engine/api/correcting.h"
#include "engine/base/digest.h"
#include "engine/catalogue/written.h"
#include "engine/partition/restored.h"

namespace casewheel::api {
namespace {

using Field = google::protobuf::FieldDescriptor;

// Of the engine's own keeping; they say nothing to a reader.
constexpr std::array kUntold = {
    "dedupe_digest", "lodge_body_digest", "request_digest", "digest", "rules_edition",
    "blob",          "promises",          "ladder",         "state"};

template <typename Names>
bool among(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string format_instant(TimeMs time) {
  google::protobuf::Timestamp stamp;
  set_time(&stamp, time);
  const std::time_t seconds = static_cast<std::time_t>(stamp.seconds());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[40];
  const std::size_t size = std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S", &parts);
  std::string out(buffer, size);
  if (stamp.nanos() != 0) {
    char fraction[8];
    std::snprintf(fraction, sizeof fraction, ".%03d", stamp.nanos() / 1'000'000);
    out += fraction;
  }
  return out + "Z";
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

void add_change(v1::HistoryEntry* out, std::string field, std::string value) {
  v1::Change* change = out->add_changes();
  change->set_field(std::move(field));
  change->set_value(std::move(value));
}

// "north: vacant", "nina: away"
std::string written(const stored::PassedPost& post) {
  if (post.staff().empty()) return post.unit() + ": vacant";
  return post.staff() + (post.away() ? ": away" : ": passed over");
}

// "survey 500, paid R-7"; nobody knows the amount yet: "survey"
std::string written(const stored::NotedFee& fee) {
  std::string text = fee.fee();
  if (fee.amount() != 0) text += " " + std::to_string(fee.amount());
  if (!fee.paid()) return text;
  return text + ", paid" + (fee.receipt().empty() ? "" : " " + fee.receipt());
}

void add_changes(v1::HistoryEntry* out, const google::protobuf::Message& what);

void add_message(v1::HistoryEntry* out, const std::string& name,
                 const google::protobuf::Message& message) {
  if (message.GetDescriptor() == stored::Allowance::descriptor()) {
    add_change(out, name, catalogue::written(static_cast<const stored::Allowance&>(message)));
  } else if (message.GetDescriptor() == stored::PassedPost::descriptor()) {
    add_change(out, name, written(static_cast<const stored::PassedPost&>(message)));
  } else if (message.GetDescriptor() == stored::NotedFee::descriptor()) {
    add_change(out, "fee", written(static_cast<const stored::NotedFee&>(message)));
  } else {
    add_changes(out, message);
  }
}

void add_number(v1::HistoryEntry* out, const std::string& name, std::int64_t number) {
  if (!name.ends_with("_ms")) return add_change(out, name, std::to_string(number));
  const std::string stem = name.substr(0, name.size() - 3);
  add_change(out, stem + "_time", format_instant(number));
}

// Bytes as callers know them: in hexadecimal; of the call the case was lodged during, as "call".
void add_text(v1::HistoryEntry* out, const Field& field, const std::string& text) {
  if (field.type() != Field::TYPE_BYTES) return add_change(out, field.name(), text);
  add_change(out, field.name() == "call_id" ? "call" : field.name(), hex(text));
}

// Every set field of an event's message as name and value: instants as RFC 3339, words in lower case.
void add_changes(v1::HistoryEntry* out, const google::protobuf::Message& what) {
  const auto* r = what.GetReflection();
  std::vector<const Field*> fields;
  r->ListFields(what, &fields);
  for (const Field* field : fields) {
    const std::string& name = field->name();
    if (among(kUntold, name)) continue;
    const bool many = field->is_repeated();
    const int count = many ? r->FieldSize(what, field) : 1;
    for (int i = 0; i < count; ++i) {
      switch (field->cpp_type()) {
        case Field::CPPTYPE_STRING:
          add_text(out, *field,
                   many ? r->GetRepeatedString(what, field, i) : r->GetString(what, field));
          break;
        case Field::CPPTYPE_ENUM:
          add_change(
              out, name,
              lower((many ? r->GetRepeatedEnum(what, field, i) : r->GetEnum(what, field))->name()));
          break;
        case Field::CPPTYPE_INT64:
          add_number(out, name,
                     many ? r->GetRepeatedInt64(what, field, i) : r->GetInt64(what, field));
          break;
        case Field::CPPTYPE_UINT32:
          add_change(out, name,
                     std::to_string(many ? r->GetRepeatedUInt32(what, field, i)
                                         : r->GetUInt32(what, field)));
          break;
        case Field::CPPTYPE_UINT64:
          add_change(out, name,
                     std::to_string(many ? r->GetRepeatedUInt64(what, field, i)
                                         : r->GetUInt64(what, field)));
          break;
        case Field::CPPTYPE_BOOL:
          add_change(out, name, r->GetBool(what, field) ? "true" : "false");
          break;
        case Field::CPPTYPE_MESSAGE:
          add_message(out, name,
                      many ? r->GetRepeatedMessage(what, field, i) : r->GetMessage(what, field));
          break;
        default:
          break;
      }
    }
  }
}

void link_case_number(v1::HistoryEntry* out, PartitionId partition, std::uint64_t id) {
  out->clear_changes();
  add_change(out, "case_number", format_case_number(partition, CaseId{id}));
}

// Of a step of a merge: which other case it is about.
void link_merged_case(v1::HistoryEntry* out, const stored::Event& event) {
  const auto link = [out](const auto& other) {
    link_case_number(out, static_cast<PartitionId>(other.partition()), other.case_id());
  };
  if (event.has_case_merged()) {
    link_case_number(out, static_cast<PartitionId>(event.case_merged().into_partition()),
                     event.case_merged().into_case_id());
  }
  if (event.has_merge_prepared()) link(event.merge_prepared());
  if (event.has_merge_released()) link(event.merge_released());
  if (event.has_duplicate_attached()) link(event.duplicate_attached());
  if (event.has_duplicate_detached()) link(event.duplicate_detached());
  if (event.has_case_unmerged()) out->clear_changes();
}

}  // namespace

v1::HistoryEntry to_history(const stored::Event& event, TimeMs committed,
                            const partition::CaseRecord& record, Shown shown) {
  v1::HistoryEntry out;
  out.set_revision(event.revision());
  set_time(out.mutable_time(), committed);
  if (event.received_ms() != 0) set_time(out.mutable_received_time(), event.received_ms());
  out.set_actor(event.actor().id().empty() ? lower(stored::Role_Name(event.actor().role()))
                                           : event.actor().id());
  const auto* field = event.GetDescriptor()->FindFieldByNumber(static_cast<int>(event.what_case()));
  if (field != nullptr) {
    out.set_event(field->name());
    if (!event.has_case_corrected())
      add_changes(&out, event.GetReflection()->GetMessage(event, field));
  }
  link_merged_case(&out, event);
  if (event.stated_ms() != 0) add_change(&out, "stated_time", format_instant(event.stated_ms()));
  // A verdict is worth saying either way; proto3 does not tell what is false.
  if (event.has_extension_decided() && !event.extension_decided().granted())
    add_change(&out, "granted", "false");
  if (event.status() != stored::STATUS_UNSPECIFIED)
    add_change(&out, "status", lower(stored::CaseStatus_Name(event.status())));
  if (!event.sealed().empty()) {
    stored::PersonalData personal;
    if (unseal(record, event, &personal)) {
      const std::string& text = personal.has_file()       ? personal.file().name()
                                : personal.text().empty() ? personal.subject()
                                                          : personal.text();
      out.set_text(shown_text(text, shown));
      if (event.has_case_corrected())
        add_correction(event.case_corrected(), &personal, shown, &out);
    } else {
      if (event.has_case_corrected()) add_correction(event.case_corrected(), nullptr, shown, &out);
      out.set_text("(已刪除 erased)");
    }
  }
  return out;
}

namespace {

// Stands for the events between two that can be read: damaged, or lost before a repair.
v1::HistoryEntry lost_line(std::uint32_t from, std::uint32_t to, TimeMs before) {
  v1::HistoryEntry line;
  line.set_revision(from);
  line.set_event(kLostEvent);
  if (before != 0) set_time(line.mutable_time(), before);
  add_change(&line, "revisions",
             from == to ? std::to_string(from) : std::to_string(from) + "-" + std::to_string(to));
  line.set_text("(無法讀取 unreadable)");
  return line;
}

}  // namespace

Result<std::uint32_t> read_history(const storage::Log& log, const CaseAddress& address,
                                   const partition::CaseRecord& record, std::uint32_t after,
                                   int most, Shown shown,
                                   google::protobuf::RepeatedPtrField<v1::HistoryEntry>* lines,
                                   std::uint32_t withheld_to) {
  std::uint32_t last = 0;  // given out
  std::uint32_t seen = 0;
  TimeMs seen_ms = 0;
  bool unread = false;  // since then
  int added = 0;
  const auto add = [&](v1::HistoryEntry line) {
    last = line.revision();
    ++added;
    *lines->Add() = std::move(line);
  };
  const auto shown_of = [&](const stored::Event& event) {
    const bool anothers =
        withheld_to != 0 && (event.revision() <= withheld_to || event.has_case_corrected());
    return anothers ? Shown::kWithheld : shown;
  };
  // Every revision is told of, or told as lost; those a restore skipped were never given.
  const auto close_gap = [&](std::uint32_t next) {
    if (next > seen + 1 && seen + 1 > after && (unread || !partition::is_leap(seen, next)))
      add(lost_line(seen + 1, next - 1, seen_ms));
  };
  for (const std::uint64_t seq : record.state.journal_seqs()) {
    std::string bytes;
    stored::JournalEntry entry;
    if (!log.read_one(address.partition, seq, &bytes) || !entry.ParseFromString(bytes)) {
      unread = true;
      continue;
    }
    const std::uint32_t before = seen;
    for (const stored::Event& event : entry.events()) {
      if (event.case_id() != address.id.value) continue;
      if (added == most && event.revision() > after) return last;
      close_gap(event.revision());
      if (added == most && event.revision() > after) return last;
      seen = event.revision();
      seen_ms = entry.now_ms();
      unread = false;
      if (seen > after) add(to_history(event, seen_ms, record, shown_of(event)));
    }
    if (seen == before) unread = true;  // what stands there now is not what was
  }
  if (added == most && seen < record.state.revision()) return last;
  close_gap(record.state.revision() + 1);
  return std::uint32_t{0};
}

}  // namespace casewheel::api
