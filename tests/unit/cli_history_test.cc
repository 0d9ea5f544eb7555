// History in Chinese: every event of a case that the engine can tell, every field of it and every word in a field;
// and what a correction changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/api/history.h"
#include "engine/cli/history_view.h"
#include "engine/cli/history_words.h"
#include "engine/cli/times.h"
#include "engine/partition/seal.h"

namespace casewheel::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

namespace stored = ::casewheel::journal::v1;
using Field = google::protobuf::FieldDescriptor;

// Events of a partition, an account, a call or a repair: no case's history has them.
const std::set<std::string> kOfNoCase = {
    "requests_forgotten",   "catalogue_applied", "intake_checkpointed", "engine_started",
    "clock_jump_confirmed", "calendar_applied",  "rules_swept",         "clock_jump_noticed",
    "account_changed",      "account_removed",   "key_changed",         "session_opened",
    "session_ended",        "audit_recorded",    "sessions_used",       "call_changed",
    "call_erased",          "history_restored",  "journal_repaired",    "rows_restated"};

// Sets every field; of an enum the `nth` value behind the unspecified one, or the last.
void fill(google::protobuf::Message* what, int nth) {
  const auto* r = what->GetReflection();
  for (int i = 0; i < what->GetDescriptor()->field_count(); ++i) {
    const Field* field = what->GetDescriptor()->field(i);
    const bool many = field->is_repeated();
    switch (field->cpp_type()) {
      case Field::CPPTYPE_STRING:
        many ? r->AddString(what, field, "字") : r->SetString(what, field, "字");
        break;
      case Field::CPPTYPE_ENUM: {
        const auto* values = field->enum_type();
        const auto* value = values->value(std::min(nth, values->value_count() - 1));
        many ? r->AddEnum(what, field, value) : r->SetEnum(what, field, value);
        break;
      }
      case Field::CPPTYPE_INT64:
        many ? r->AddInt64(what, field, 1) : r->SetInt64(what, field, 1);
        break;
      case Field::CPPTYPE_UINT32:
        many ? r->AddUInt32(what, field, 1) : r->SetUInt32(what, field, 1);
        break;
      case Field::CPPTYPE_UINT64:
        many ? r->AddUInt64(what, field, 1) : r->SetUInt64(what, field, 1);
        break;
      case Field::CPPTYPE_BOOL:
        r->SetBool(what, field, true);
        break;
      case Field::CPPTYPE_MESSAGE:
        fill(many ? r->AddMessage(what, field) : r->MutableMessage(what, field), nth);
        break;
      default:
        break;
    }
  }
}

bool is_word(const std::string& value) {
  return !value.empty() &&
         value.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
}

void expect_words(const v1::HistoryEntry& entry) {
  EXPECT_NE(event_words(entry.event()), entry.event()) << "has no word";
  for (const v1::Change& change : entry.changes()) {
    EXPECT_NE(field_words(entry.event(), change.field()), change.field())
        << entry.event() << " has a field without a word";
    if (is_word(change.value())) {
      EXPECT_NE(value_words(change.field(), change.value()), change.value())
          << entry.event() << "." << change.field() << " has a value without a word";
    }
  }
}

stored::Event event_of(const Field& what, int nth) {
  stored::Event event;
  event.set_case_id(1);
  event.set_revision(1);
  event.set_stated_ms(1);
  event.set_status(static_cast<stored::CaseStatus>(std::min<int>(nth, stored::CaseStatus_MAX)));
  fill(event.GetReflection()->MutableMessage(&event, &what), nth);
  return event;
}

TEST(HistoryWords, EveryEventFieldAndValueOfACaseHasOne) {
  constexpr int kValuesMax = 16;  // no enum of a case's events has more
  const auto* one_of = stored::Event::descriptor()->FindOneofByName("what");
  int told = 0;
  for (int i = 0; i < one_of->field_count(); ++i) {
    const Field& what = *one_of->field(i);
    if (kOfNoCase.contains(what.name())) continue;
    ++told;
    for (int nth = 1; nth <= kValuesMax; ++nth) {
      const stored::Event event = event_of(what, nth);
      expect_words(api::to_history(event, 1, {}, api::Shown::kPlain));
    }
  }
  EXPECT_GT(told, 40);
  EXPECT_NE(event_words(api::kLostEvent), api::kLostEvent);
}

TEST(HistoryWords, ANameMeansWhatItsEventMeans) {
  EXPECT_EQ(field_words("case_lodged", "kind"), "案件性質");
  EXPECT_EQ(field_words("clock_started", "kind"), "時限種類");
  EXPECT_EQ(field_words("step_fired", "recipients"), "稽催對象");
  EXPECT_EQ(field_words("extension_requested", "recipients"), "核定主管");
  EXPECT_EQ(field_words("clock_started", "next_step"), "");
  EXPECT_EQ(field_words("clock_started", "of_a_later_build"), "of_a_later_build");
  EXPECT_EQ(value_words("passed_posts", "nina: away"), "nina：不在");
}

// As the journal has it.
stored::Event correction_event(const partition::CaseRecord& record, const std::string& county) {
  stored::Event event;
  event.set_revision(7);
  event.mutable_actor()->set_id("s1");
  stored::CaseCorrected* what = event.mutable_case_corrected();
  for (int field = 1; field <= stored::CorrectedField_MAX; ++field)
    what->add_fields(static_cast<stored::CorrectedField>(field));
  what->set_county(county);
  stored::PersonalData personal;
  personal.set_text("打錯");
  personal.mutable_applicant()->set_phone("0933000222");
  personal.set_subject("甲 -> 乙");
  personal.mutable_before()->mutable_applicant()->set_phone("0912345678");
  personal.mutable_before()->set_subject("甲");
  event.set_sealed(partition::Sealer().seal(record.key, 7, personal.SerializeAsString()));
  return event;
}

v1::HistoryEntry corrected(const partition::CaseRecord& record, const std::string& county) {
  return api::to_history(correction_event(record, county), 0, record, api::Shown::kPlain);
}

TEST(HistoryView, ACorrectionSaysWhatItReplaced) {
  partition::CaseRecord record;
  google::protobuf::RepeatedPtrField<v1::HistoryEntry> entries;
  v1::HistoryEntry& lodged = *entries.Add();
  lodged.set_event("case_lodged");
  lodged.add_changes()->set_field("county");
  lodged.mutable_changes(0)->set_value("臺南市");
  *entries.Add() = corrected(record, "臺北市");
  expect_words(entries[1]);
  *entries.Add() = corrected(record, "");
  const std::string text = history_text(entries, {absl::UTCTimeZone(), 0}, {});
  EXPECT_THAT(text, HasSubstr("更正 case_corrected"));
  EXPECT_THAT(text, HasSubstr("電話"));
  EXPECT_THAT(text, HasSubstr("0912345678 → 0933000222"));
  EXPECT_THAT(text, HasSubstr("臺南市 → 臺北市"));
  EXPECT_THAT(text, HasSubstr("臺北市 → （空白）")) << "the one before, not the lodging's";
  EXPECT_THAT(text, HasSubstr("甲 -> 甲 -> 乙"))
      << "whole, where nobody can tell which arrow parts";
  EXPECT_THAT(text, HasSubstr("「打錯」"));
  EXPECT_THAT(text, Not(HasSubstr("applicant.")));
  partition::CaseRecord erased = record;
  erased.key.fill(1);
  *entries.Add() = api::to_history(correction_event(record, "x"), 0, erased, api::Shown::kPlain);
  EXPECT_THAT(history_text(entries, {absl::UTCTimeZone(), 0}, {}), HasSubstr("（已刪除 erased）"));
}

TEST(HistoryView, DatesThatAreOwedEndWithTheirDay) {
  google::protobuf::RepeatedPtrField<v1::HistoryEntry> entries;
  const auto add = [&](const char* event, const char* field) {
    v1::HistoryEntry& one = *entries.Add();
    one.set_event(event);
    one.add_changes()->set_field(field);
    one.mutable_changes(0)->set_value("2026-03-22T00:00:00Z");
    const std::string text = history_text(entries, {absl::UTCTimeZone(), 0}, {});
    entries.Clear();
    return text;
  };
  for (const char* field :
       {"due_time", "earlier_time", "promised_time", "named_time", "agreed_time"})
    EXPECT_THAT(add("clock_moved", field), HasSubstr("2026-03-21 24:00:00")) << field;
  EXPECT_THAT(add("step_fired", "due_time"), HasSubstr("2026-03-22 00:00:00"));
  EXPECT_THAT(add("clock_paused", "from_time"), HasSubstr("2026-03-22 00:00:00"));
}

}  // namespace
}  // namespace casewheel::cli
