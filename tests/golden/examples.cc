// Makes the canonical examples of examples.h by reflection.
#include "tests/golden/examples.h"

#include <google/protobuf/text_format.h>

#include <set>
#include <sstream>

namespace casewheel::golden {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::int64_t kInstant = 1'770'000'000'000;

void fill_field(Message* message, const FieldDescriptor* field, int nth) {
  const auto* r = message->GetReflection();
  const std::string& name = field->name();
  const bool list = field->is_repeated();
  const std::int64_t number = field->number() * 10 + nth;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      // A name that is not all ASCII, as our texts are not.
      const std::string value = name + " 字" + std::to_string(number);
      list ? r->AddString(message, field, value) : r->SetString(message, field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* type = field->enum_type();
      const int value =
          type->value(1 + (field->number() + nth) % std::min(4, type->value_count() - 1))->number();
      list ? r->AddEnumValue(message, field, value) : r->SetEnumValue(message, field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const std::int64_t value = name.ends_with("_ms") ? kInstant + number * 1001 : number;
      list ? r->AddInt64(message, field, value) : r->SetInt64(message, field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      const bool first_of_case = name == "clock" || name == "escalation";
      const auto value = static_cast<std::uint32_t>(first_of_case ? 1 + nth : number);
      list ? r->AddUInt32(message, field, value) : r->SetUInt32(message, field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      const auto value = 0x1f11827a00000000ULL + static_cast<std::uint64_t>(number);
      list ? r->AddUInt64(message, field, value) : r->SetUInt64(message, field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      list ? r->AddBool(message, field, true) : r->SetBool(message, field, true);
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      // One that holds itself is filled no deeper.
      if (field->message_type() == message->GetDescriptor()) {
        r->MutableMessage(message, field);
        break;
      }
      fill(list ? r->AddMessage(message, field) : r->MutableMessage(message, field));
      break;
    default:
      break;
  }
}

}  // namespace

void fill(Message* message) {
  const auto* type = message->GetDescriptor();
  const auto* r = message->GetReflection();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (const auto* oneof = field->containing_oneof()) {
      if (r->HasOneof(*message, oneof) || oneof->field(0) != field) continue;
    }
    if (field->is_repeated()) {
      if (r->FieldSize(*message, field) > 0) continue;
      fill_field(message, field, 0);
      fill_field(message, field, 1);
    } else if (!field->has_presence() || !r->HasField(*message, field)) {
      fill_field(message, field, 0);
    }
  }
}

stored::CaseState example_case() {
  stored::CaseState state;
  fill(&state);
  state.set_revision(3);
  state.set_status(stored::REGISTERED);
  state.mutable_clocks(0)->set_kind(stored::REPLY);
  state.mutable_clocks(0)->set_status(stored::RUNNING);
  state.mutable_clocks(1)->set_clock(2);
  state.mutable_clocks(1)->set_kind(stored::RESOLVE);
  state.mutable_clocks(1)->set_status(stored::MET);
  state.mutable_escalations(0)->clear_acknowledged_ms();
  state.mutable_escalations(0)->clear_acknowledged_by();
  state.mutable_escalations(1)->set_escalation(2);
  return state;
}

std::vector<NamedEvent> example_events() {
  std::vector<NamedEvent> events;
  const auto* oneof = stored::Event::descriptor()->FindOneofByName("what");
  static const std::set<std::string> kOwn = {
      "catalogue_applied", "intake_checkpointed", "engine_started",     "clock_jump_confirmed",
      "calendar_applied",  "rules_swept",         "clock_jump_noticed", "account_changed",
      "account_removed",   "key_changed",         "session_opened",     "session_ended",
      "audit_recorded",    "sessions_used",       "call_changed",       "call_erased",
      "history_restored",  "requests_forgotten",  "entry_lost",         "journal_repaired",
      "rows_restated",     "request_answered"};
  for (int i = 0; i < oneof->field_count(); ++i) {
    NamedEvent named{oneof->field(i)->name(), {}, !kOwn.contains(oneof->field(i)->name())};
    fill(named.event.GetReflection()->MutableMessage(&named.event, oneof->field(i)));
    fill(&named.event);
    named.event.clear_personal();  // never stored
    named.event.set_status(stored::IN_PROGRESS);
    named.event.set_revision(named.name == "case_lodged" ? 1 : 4);
    named.event.set_case_id(example_case().case_id());
    if (!named.of_a_case) {
      named.event.clear_case_id();
      named.event.clear_revision();
      named.event.clear_status();
      named.event.clear_sealed();
    }
    if (named.event.has_documents_received()) {  // one of two that are missing
      named.event.mutable_documents_received()->clear_documents();
      named.event.mutable_documents_received()->add_documents(example_case().missing_documents(0));
      named.event.mutable_documents_received()->set_complete(false);
    }
    if (named.event.has_case_restated())
      named.event.mutable_case_restated()->set_state(example_case().SerializeAsString());
    if (named.event.has_journal_repaired()) {
      stored::PartitionHead head;
      fill(&head);
      named.event.mutable_journal_repaired()->set_head(head.SerializeAsString());
    }
    if (named.event.has_clock_started()) named.event.mutable_clock_started()->set_clock(3);
    if (named.event.has_clock_started())
      named.event.mutable_clock_started()->set_kind(stored::RESOLVE);
    events.push_back(std::move(named));
  }
  return events;
}

std::vector<std::string> text_lines(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  printer.PrintToString(message, &text);
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back("  " + line);
  return lines;
}

}  // namespace casewheel::golden
