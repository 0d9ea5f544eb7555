// LodgeCaseRequest from the wire: make_lodge refuses naming fields, or what it accepts is within the
// limits and lodges the same way when sent again.
#include <google/protobuf/stubs/logging.h>

#include "engine/api/lodging.h"
#include "engine/base/limits.h"
#include "tests/fuzz/require.h"

// Protobuf says on stderr what it cannot parse; here that is most of it.
[[maybe_unused]] const auto kQuiet = google::protobuf::SetLogHandler(nullptr);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  api::v1::LodgeCaseRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  const domain::Who who{domain::stored::AGENT, "a", domain::kEveryRole};
  const Result<partition::LodgeRequest> lodge = api::make_lodge(request, who, 1'770'000'000'000);
  if (!lodge) {
    require(!lodge.error().fields.empty() && !lodge.error().message.empty());
    for (const FieldViolation& violation : lodge.error().fields)
      require(!violation.field.empty() && !violation.description.empty());
    return 0;
  }
  require(!request.request_id().empty() && !request.service().empty() &&
          !request.subject().empty());
  const auto& made = std::get<domain::Lodge>(lodge->command.action);
  require(made.personal.subject().size() <= limits::kSubjectChars * 4);
  require(made.personal.description().size() <= limits::kTextChars * 4);
  require(made.facts.received_ms() >= 0 && made.facts.received_ms() <= limits::kTimeMax);
  require(made.facts.missing_documents_size() <= static_cast<int>(limits::kDocumentsPerRequest));
  require(!made.facts.SerializeAsString().empty() && lodge->command.body_digest != 0);
  const Result<partition::LodgeRequest> again = api::make_lodge(request, who, 1'770'000'000'001);
  require(again.has_value() && again->dedupe == lodge->dedupe &&
          again->command.body_digest == lodge->command.body_digest);
  return 0;
}
