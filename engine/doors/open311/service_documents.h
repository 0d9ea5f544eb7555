// Services as Open311 shows them: discovery, the list and one service's definition. Pure, any thread.
#pragma once

#include <string>

#include "casewheel/v1/counter.pb.h"
#include "engine/doors/open311/document.h"

namespace casewheel::doors::open311 {

namespace v1 = ::casewheel::v1;

// The names of one language; where there is no English, the Chinese.
enum class Tongue { kChinese, kEnglish };
const std::string& in(Tongue tongue, const std::string& zh, const std::string& en);

struct Discovery {
  std::string url;  // of the endpoint, without a slash behind
  std::string contact;
  bool trial = false;  // nothing that is lodged there is worked on
};
Element discovery_document(const Discovery& discovery, Tongue tongue);
Element services_document(const v1::ListServicesResponse& services, Tongue tongue);
Element definition_document(const v1::ServiceGuide& service, Tongue tongue);

}  // namespace casewheel::doors::open311
