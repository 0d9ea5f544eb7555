#include "engine/partition/file_check.h"

#include <algorithm>

#include "engine/base/digest.h"

namespace casewheel::partition {

std::string check_file(Sealer& sealer, const storage::Shelf* shelf, const CaseRecord& record,
                       const stored::AttachmentState& attachment) {
  std::string plain;
  stored::PersonalData personal;
  if (!sealer.unseal(record.key, attachment.attachment(), attachment.sealed(), &plain) ||
      !personal.ParseFromString(plain))
    return "what is sealed of it cannot be unsealed with its case's key";
  Sha256 digest{};
  const std::string& sealed = personal.file().content_digest();
  if (sealed.size() != digest.size()) return "its digest is of another length";
  std::copy(sealed.begin(), sealed.end(), digest.begin());
  if (shelf == nullptr) return {};
  const std::string& tenant = record.state.tenant();
  if (shelf->blob_of(tenant, digest) != attachment.blob()) return "its file goes by another name";
  const Status status = shelf->check(tenant, digest, attachment.bytes());
  return status ? std::string() : status.message();
}

}  // namespace casewheel::partition
