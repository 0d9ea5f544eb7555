// The privacy service over gRPC: every method to its handler.
#pragma once

#include "casewheel/v1/privacy.grpc.pb.h"
#include "engine/api/privacy.h"
#include "engine/doors/grpc/methods.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class PrivacyService final : public Methods<v1::Privacy> {
 public:
  PrivacyService(Doorway& doorway, api::PrivacyApi& privacy) : Methods(doorway) {
    using api::PrivacyApi;
    unary("RevealCase", privacy, &PrivacyApi::reveal);
    unary("ExportPerson", privacy, &PrivacyApi::export_person);
    unary("ErasePerson", privacy, &PrivacyApi::erase_person);
    unary("ApplyRetention", privacy, &PrivacyApi::apply_retention);
  }
};

}  // namespace casewheel::doors
