#include "engine/api/former.h"

#include <algorithm>
#include <functional>
#include <string>

namespace casewheel::api {
namespace {

bool is_of_applicant(int field) {
  return field == stored::CORRECTED_NAME || field == stored::CORRECTED_PHONE ||
         field == stored::CORRECTED_EMAIL || field == stored::CORRECTED_ADDRESS ||
         field == stored::CORRECTED_CUSTOMER_NUMBER;
}

using CorrectionVisitor = std::function<void(const stored::Event& correction, TimeMs committed)>;

void visit_corrections(const storage::Log& log, const CaseAddress& address,
                       const partition::CaseRecord& record, const CorrectionVisitor& visit) {
  if (record.state.sealed_revision() == 0) return;
  for (const std::uint64_t seq : record.state.journal_seqs()) {
    std::string bytes;
    stored::JournalEntry entry;
    // What cannot be read is told by the case's history.
    if (!log.read_one(address.partition, seq, &bytes) || !entry.ParseFromString(bytes)) continue;
    for (const stored::Event& event : entry.events()) {
      if (event.case_id() == address.id.value && event.has_case_corrected())
        visit(event, entry.now_ms());
    }
  }
}

}  // namespace

std::uint32_t latest_change_of_applicant(const storage::Log& log, const CaseAddress& address,
                                         const partition::CaseRecord& record) {
  std::uint32_t latest = 0;
  visit_corrections(log, address, record, [&](const stored::Event& event, TimeMs) {
    const auto& fields = event.case_corrected().fields();
    if (std::any_of(fields.begin(), fields.end(), is_of_applicant)) latest = event.revision();
  });
  return latest;
}

void add_former(const storage::Log& log, const CaseAddress& address,
                const partition::CaseRecord& record, std::string_view secret,
                const PersonDigests& person, v1::ExportPersonResponse* response) {
  visit_corrections(log, address, record, [&](const stored::Event& event, TimeMs committed) {
    stored::PersonalData personal;
    if (!unseal(record, event, &personal)) return;  // erased
    const std::vector<storage::Digest16> replaced = partition::person_digests(
        secret, address.id.tenant_number(), personal.before().applicant());
    if (std::none_of(replaced.begin(), replaced.end(), [&](const storage::Digest16& digest) {
          return std::find(person.begin(), person.end(), digest) != person.end();
        }))
      return;
    v1::ExportPersonResponse::Former* former = response->add_former();
    former->set_case_number(format_case_number(address.partition, address.id));
    set_time(former->mutable_correct_time(), committed);
    set_personal(former->mutable_before(), personal.before(), nullptr, Shown::kPlain);
  });
}

}  // namespace casewheel::api
