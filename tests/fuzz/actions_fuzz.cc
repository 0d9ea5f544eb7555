// Requests that act on a case, from the wire: the first byte says which, the rest is the message.
// action_of and request_digests answer without a crash and name what they refuse.
#include <google/protobuf/stubs/logging.h>

#include "engine/api/actions.h"
#include "engine/api/lodging.h"
#include "engine/base/limits.h"
#include "tests/fuzz/require.h"

namespace {

using namespace casewheel;

template <typename Request>
void try_one(const std::uint8_t* data, std::size_t size) {
  Request request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return;
  const Result<domain::Action> action = api::action_of(request);
  if (!action) {
    require(action.error().code == RejectionCode::kInvalidArgument &&
            action.error().fields.size() == 1);
    require(!action.error().fields[0].field.empty() &&
            !action.error().fields[0].description.empty());
  }
  const auto digests = api::request_digests(request.request_id(), request);
  if (digests) require((digests->request == 0) == request.request_id().empty());
  (void)api::revision_of(request.etag());
  (void)api::address_of("case_number", request.case_number());
}

using Try = void (*)(const std::uint8_t*, std::size_t);
constexpr Try kTries[] = {
    try_one<api::v1::AssignCaseRequest>,
    try_one<api::v1::AcceptCaseRequest>,
    try_one<api::v1::TransferCaseRequest>,
    try_one<api::v1::AddNoteRequest>,
    try_one<api::v1::RequestDocumentsRequest>,
    try_one<api::v1::ReceiveDocumentsRequest>,
    try_one<api::v1::ReplyCaseRequest>,
    try_one<api::v1::AgreeDateRequest>,
    try_one<api::v1::CloseCaseRequest>,
    try_one<api::v1::ReopenCaseRequest>,
    try_one<api::v1::WithdrawCaseRequest>,
    try_one<api::v1::MergeCaseRequest>,
    try_one<api::v1::AcknowledgeEscalationRequest>,
    try_one<api::v1::ExtendClockRequest>,
};

}  // namespace

// Protobuf says on stderr what it cannot parse; here that is most of it.
[[maybe_unused]] const auto kQuiet = google::protobuf::SetLogHandler(nullptr);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  kTries[data[0] % std::size(kTries)](data + 1, size - 1);
  return 0;
}
