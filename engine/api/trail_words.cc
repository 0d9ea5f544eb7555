#include "engine/api/trail_words.h"

#include <algorithm>
#include <optional>
#include <string>

#include "casewheel/v1/access.pb.h"
#include "casewheel/v1/admin.pb.h"
#include "casewheel/v1/attachments.pb.h"
#include "casewheel/v1/cases.pb.h"
#include "casewheel/v1/privacy.pb.h"
#include "engine/api/persons.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace casewheel::api {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr const char* kUnreadable = "(unreadable)";
// Of names and ids, in what gives power.
constexpr std::size_t kNameBytes = 64;

const FieldDescriptor* text_field(const Message& request, const char* name) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
  const bool text = field != nullptr && !field->is_repeated() &&
                    field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  return text ? field : nullptr;
}

std::string text_of(const Message& request, const char* name) {
  const FieldDescriptor* field = text_field(request, name);
  return field == nullptr ? std::string() : request.GetReflection()->GetString(request, field);
}

// The message in that field; null where there is none.
const Message* part_of(const Message& request, const char* name) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() || field->message_type() == nullptr) return nullptr;
  if (!request.GetReflection()->HasField(request, field)) return nullptr;
  return &request.GetReflection()->GetMessage(request, field);
}

// Ids of accounts, keys, calls, calendars, units: printable ASCII without spaces, of an id's length.
std::string id_word(const std::string& text) {
  if (text.empty()) return {};
  const bool plain = text.size() <= kNameBytes && std::all_of(text.begin(), text.end(), [](char c) {
                       return c > ' ' && c < 0x7f;
                     });
  return plain ? text : kUnreadable;
}

// A tenant of the catalogue; of others only that it is none.
std::string tenant_word(const Services& services, const std::string& text) {
  if (text.empty()) return {};
  return services.engine.catalogue().get()->find(text) == nullptr ? kUnreadable : text;
}

std::string tenant_of_number(const Services& services, CaseId id) {
  const auto registry = services.engine.catalogue().get();
  const catalogue::TenantRules* rules = tenant_of(*registry, id);
  return rules == nullptr ? std::string() : rules->tenant();
}

void add_detail(const std::string& detail, stored::AuditRecord* record) {
  if (detail.empty()) return;
  if (!record->detail().empty()) record->mutable_detail()->append("; ");
  record->mutable_detail()->append(detail);
}

std::string cased(const std::string& text) {
  const std::optional<CaseAddress> address = parse_case_number(text);
  return address ? format_case_number(address->partition, address->id) : kUnreadable;
}

// "agent@tenant/unit:complaint,inquiry"
template <typename Grants>
std::string grants_words(const Grants& grants) {
  std::string words;
  for (const auto& grant : grants) {
    words += words.empty() ? "grants " : " ";
    words += id_word(grant.role());
    if (!grant.tenant().empty()) words += "@" + id_word(grant.tenant());
    if (!grant.unit().empty()) words += "/" + id_word(grant.unit());
    for (int i = 0; i < grant.kinds_size(); ++i)
      words += (i == 0 ? ":" : ",") + v1::Kind_Name(grant.kinds(i));
  }
  return words;
}

void describe_user(const v1::User& user, stored::AuditRecord* record) {
  add_detail(grants_words(user.grants()), record);
  if (!user.staff().empty()) add_detail("staff " + id_word(user.staff()), record);
  if (user.disabled()) add_detail("disabled", record);
}

void describe_key(const v1::CreateKeyRequest& request, stored::AuditRecord* record) {
  add_detail(grants_words(request.grants()), record);
  if (!request.replaces().empty()) add_detail("replaces " + id_word(request.replaces()), record);
  if (!request.certificate().empty()) add_detail("by certificate", record);
  if (request.valid_days() != 0)
    add_detail("for " + std::to_string(request.valid_days()) + " days", record);
}

// Reasons are the trail's own: elsewhere a reason is a case's, and sealed with it.
void describe_privacy(const Message& request, stored::AuditRecord* record) {
  const FieldDescriptor* trial = request.GetDescriptor()->FindFieldByName("dry_run");
  const bool dry = trial != nullptr && request.GetReflection()->GetBool(request, trial);
  const Result<std::string> reason = clean_text("reason", text_of(request, "reason"),
                                                limits::kPrivacyReasonChars, TextKind::kLine);
  add_detail((dry ? "dry run: " : "") + (reason ? *reason : std::string(kUnreadable)), record);
  if (const auto* erase = dynamic_cast<const v1::ErasePersonRequest*>(&request)) {
    if (!erase->case_numbers().empty())
      add_detail(std::to_string(erase->case_numbers_size()) + " cases", record);
    if (!erase->former_case_numbers().empty())
      add_detail(std::to_string(erase->former_case_numbers_size()) + " former cases", record);
    if (!erase->calls().empty()) add_detail(std::to_string(erase->calls_size()) + " calls", record);
    if (erase->open_too()) add_detail("open ones too", record);
  }
}

// What of a request a handful of methods alone have.
void describe_more(const Message& request, stored::AuditRecord* record) {
  if (const auto* user = dynamic_cast<const v1::User*>(&request))
    return describe_user(*user, record);
  if (const auto* key = dynamic_cast<const v1::CreateKeyRequest*>(&request))
    return describe_key(*key, record);
  if (const auto* backup = dynamic_cast<const v1::CreateBackupRequest*>(&request))
    return add_detail("directory " + backup->directory(), record);
  if (const auto* merge = dynamic_cast<const v1::MergeCaseRequest*>(&request))
    return add_detail("into " + cased(merge->into_case_number()), record);
  if (const auto* download = dynamic_cast<const v1::DownloadAttachmentRequest*>(&request))
    return add_detail("attachment " + std::to_string(download->attachment()), record);
  if (request.GetDescriptor()->file() == v1::RevealCaseRequest::descriptor()->file())
    describe_privacy(request, record);
}

}  // namespace

void describe(const Services& services, const Message& request, stored::AuditRecord* record) {
  for (const char* name : {"user", "file"}) {
    if (const Message* part = part_of(request, name)) return describe(services, *part, record);
  }
  record->set_tenant(tenant_word(services, text_of(request, "tenant")));
  for (const char* name : {"filter", "open"}) {
    const Message* part = part_of(request, name);
    if (part != nullptr && record->tenant().empty())
      record->set_tenant(tenant_word(services, text_of(*part, "tenant")));
  }
  if (const std::string number = text_of(request, "case_number"); !number.empty()) {
    record->set_subject(cased(number));
    if (const auto address = parse_case_number(number))
      record->set_tenant(tenant_of_number(services, address->id));
  }
  const bool of_case = text_field(request, "case_number") != nullptr;
  // Of accounts; in a call's news a name is somebody's own.
  const bool account = request.GetDescriptor()->file() == v1::User::descriptor()->file();
  for (const char* name : {account ? "name" : "id", "id", "calendar"}) {
    if (!of_case && record->subject().empty()) record->set_subject(id_word(text_of(request, name)));
  }
  if (record->subject().empty()) record->set_subject(person_on_trail(services, request));
  describe_more(request, record);
}

}  // namespace casewheel::api
