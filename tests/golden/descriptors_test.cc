// Pins the contracts as readable text: every message, field, enum value and method of the stored
// formats and of the public API, by number. Adding one is reported with how to pin it; removing,
// renumbering, renaming or retyping one is a break. And the API's enums mean the stored ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "casewheel/journal/v1/access.pb.h"
#include "casewheel/journal/v1/catalogue.pb.h"
#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/merges.pb.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "casewheel/journal/v1/words.pb.h"
#include "casewheel/v1/access.pb.h"
#include "casewheel/v1/admin.pb.h"
#include "casewheel/v1/attachments.pb.h"
#include "casewheel/v1/calendars.pb.h"
#include "casewheel/v1/calls.pb.h"
#include "casewheel/v1/cases.pb.h"
#include "casewheel/v1/catalogue.pb.h"
#include "casewheel/v1/changes.pb.h"
#include "casewheel/v1/counter.pb.h"
#include "casewheel/v1/intake.pb.h"
#include "casewheel/v1/privacy.pb.h"
#include "casewheel/v1/public_cases.pb.h"
#include "casewheel/v1/supervision.pb.h"
#include "casewheel/v1/tracking.pb.h"
#include "tests/golden/golden.h"

namespace casewheel::golden {
namespace {

namespace stored = ::casewheel::journal::v1;
namespace v1 = ::casewheel::v1;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

std::string type_of(const FieldDescriptor& field) {
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return field.type_name();
}

void add_enum(const EnumDescriptor& type, std::vector<Section>* out) {
  Section section{"enum " + type.full_name(), {}};
  for (int i = 0; i < type.value_count(); ++i) {
    section.lines.push_back(std::to_string(type.value(i)->number()) + " " + type.value(i)->name());
  }
  out->push_back(std::move(section));
}

void add_message(const Descriptor& type, std::vector<Section>* out) {
  Section section{"message " + type.full_name(), {}};
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    std::string line = std::to_string(field.number()) + " " + field.name() + ": " +
                       (field.is_repeated() ? "repeated " : "") + type_of(field);
    if (field.containing_oneof() != nullptr)
      line += " (one of " + field.containing_oneof()->name() + ")";
    section.lines.push_back(std::move(line));
  }
  out->push_back(std::move(section));
  for (int i = 0; i < type.nested_type_count(); ++i) add_message(*type.nested_type(i), out);
  for (int i = 0; i < type.enum_type_count(); ++i) add_enum(*type.enum_type(i), out);
}

std::vector<Section> text_of(const std::vector<const FileDescriptor*>& files) {
  std::vector<Section> sections;
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i)
      add_message(*file->message_type(i), &sections);
    for (int i = 0; i < file->enum_type_count(); ++i) add_enum(*file->enum_type(i), &sections);
    for (int s = 0; s < file->service_count(); ++s) {
      Section section{"service " + file->service(s)->full_name(), {}};
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto& method = *file->service(s)->method(m);
        section.lines.push_back(
            method.name() + " (" + (method.client_streaming() ? "stream " : "") +
            method.input_type()->full_name() + ") -> (" +
            (method.server_streaming() ? "stream " : "") + method.output_type()->full_name() + ")");
      }
      sections.push_back(std::move(section));
    }
  }
  std::sort(sections.begin(), sections.end(),
            [](const Section& a, const Section& b) { return a.name < b.name; });
  return sections;
}

std::string verdict(const Section& before, const Section& now) {
  const std::set<std::string> today(now.lines.begin(), now.lines.end());
  const bool only_added =
      std::all_of(before.lines.begin(), before.lines.end(),
                  [&](const std::string& line) { return today.contains(line); });
  if (only_added)
    return std::string("Something was added: allowed. Update the golden file: ") + kHowToUpdate;
  return "CONTRACT BROKEN: a number, name or type that is out in the world was removed or changed. "
         "Put it back and add beside it";
}

TEST(GoldenDescriptors, StoredFormats) {
  const auto sections =
      text_of({stored::Event::descriptor()->file(), stored::CaseState::descriptor()->file(),
               stored::Catalogue::descriptor()->file(), stored::Actor::descriptor()->file(),
               stored::Account::descriptor()->file(), stored::MergedCase::descriptor()->file()});
  EXPECT_GT(sections.size(), 40u);
  compare("stored_formats.txt", "proto/casewheel/journal/v1: every field and value by number.",
          sections, verdict);
}

TEST(GoldenDescriptors, PublicApi) {
  const auto sections = text_of(
      {v1::Case::descriptor()->file(), v1::DueCase::descriptor()->file(),
       v1::IngestItem::descriptor()->file(), v1::ClockInfo::descriptor()->file(),
       v1::ListTenantsRequest::descriptor()->file(), v1::ChangePreview::descriptor()->file(),
       v1::Identity::descriptor()->file(), v1::TrackedCase::descriptor()->file(),
       v1::RevealedCase::descriptor()->file(), v1::Call::descriptor()->file(),
       v1::CaseChange::descriptor()->file(), v1::AttachmentToCome::descriptor()->file(),
       v1::ServiceGuide::descriptor()->file(), v1::PublicCase::descriptor()->file()});
  EXPECT_GT(sections.size(), 60u);
  compare("public_api.txt", "proto/casewheel/v1: every method, field and value.", sections,
          verdict);
}

TEST(GoldenDescriptors, AdditionsAndBreaksAreToldApart) {
  const Section before{"message m", {"1 a: string", "2 b: string"}};
  EXPECT_NE(
      verdict(before, {"message m", {"1 a: string", "2 b: string", "3 c: string"}}).find("allowed"),
      std::string::npos);
  EXPECT_NE(verdict(before, {"message m", {"1 a: string", "3 b: string"}}).find("BROKEN"),
            std::string::npos);
  EXPECT_NE(verdict(before, {"message m", {"1 a: string"}}).find("BROKEN"), std::string::npos);
  EXPECT_NE(verdict(before, {"message m", {"1 a: bytes", "2 b: string"}}).find("BROKEN"),
            std::string::npos);
}

// The stored names are shorter; this says by name what the API calls each.
std::map<int, std::string> values_of(const EnumDescriptor& type, const std::string& prefix) {
  std::map<int, std::string> values;
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string& name = type.value(i)->name();
    if (type.value(i)->number() == 0) {
      EXPECT_TRUE(name.ends_with("UNSPECIFIED")) << name;
      continue;
    }
    if (name.rfind(prefix, 0) == 0) {
      values[type.value(i)->number()] = name.substr(prefix.size());
    } else {
      values[type.value(i)->number()] = name;
    }
  }
  return values;
}

TEST(GoldenDescriptors, ApiWordsAreTheStoredWords) {
  const struct {
    const EnumDescriptor* api;
    const char* api_prefix;
    const EnumDescriptor* stored;
    const char* stored_prefix;
  } kPairs[] = {
      {v1::Kind_descriptor(), "KIND_", stored::Kind_descriptor(), ""},
      {v1::Channel_descriptor(), "CHANNEL_", stored::Channel_descriptor(), ""},
      {v1::Priority_descriptor(), "PRIORITY_", stored::Priority_descriptor(), ""},
      {v1::CaseStatus_descriptor(), "CASE_STATUS_", stored::CaseStatus_descriptor(), ""},
      {v1::ClockKind_descriptor(), "CLOCK_KIND_", stored::ClockKind_descriptor(), ""},
      {v1::ClockStatus_descriptor(), "CLOCK_STATUS_", stored::ClockStatus_descriptor(), ""},
      {v1::ReplyMeans_descriptor(), "REPLY_MEANS_", stored::ReplyMeans_descriptor(), "BY_"},
      {v1::Outcome_descriptor(), "OUTCOME_", stored::Outcome_descriptor(), ""},
      {v1::Publicity_descriptor(), "PUBLICITY_", stored::Publicity_descriptor(), ""},
      {v1::AttributeType_descriptor(), "ATTRIBUTE_TYPE_", stored::AttributeType_descriptor(),
       "ATTRIBUTE_"},
      {v1::LatenessCause_descriptor(), "LATENESS_CAUSE_", stored::LatenessCause_descriptor(), ""},
  };
  for (const auto& pair : kPairs) {
    const auto api = values_of(*pair.api, pair.api_prefix);
    EXPECT_FALSE(api.empty());
    EXPECT_EQ(api, values_of(*pair.stored, pair.stored_prefix)) << pair.api->full_name();
  }
}

}  // namespace
}  // namespace casewheel::golden
