#include "engine/doors/http/connect_error.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "engine/doors/http/base64.h"
#include "google/rpc/error_details.pb.h"

namespace casewheel::doors {
namespace {

struct Word {
  const char* name;
  unsigned status;
};
constexpr std::array<Word, kRpcCodes> kWords = {{
    {"ok", 200},
    {"canceled", 499},
    {"unknown", 500},
    {"invalid_argument", 400},
    {"deadline_exceeded", 504},
    {"not_found", 404},
    {"already_exists", 409},
    {"permission_denied", 403},
    {"resource_exhausted", 429},
    {"failed_precondition", 400},
    {"aborted", 409},
    {"out_of_range", 400},
    {"unimplemented", 501},
    {"internal", 500},
    {"unavailable", 503},
    {"data_loss", 500},
    {"unauthenticated", 401},
}};

const Word& word_of(int rpc_code) {
  return kWords[rpc_code >= 0 && rpc_code < kRpcCodes ? static_cast<std::size_t>(rpc_code) : 2];
}

// What a person reads of it in a browser's tools.
template <typename Detail>
bool show(const google::protobuf::Any& any, boost::json::object* out) {
  Detail detail;
  if (!any.UnpackTo(&detail)) return false;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(detail, &json).ok()) return false;
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(json, error);
  if (!error) (*out)["debug"] = std::move(value);
  return true;
}

boost::json::object object_of(const google::rpc::Status& refusal) {
  boost::json::object error{{"code", connect_code(refusal.code())}};
  if (!refusal.message().empty()) error["message"] = refusal.message();
  if (refusal.details().empty()) return error;
  boost::json::array details;
  for (const google::protobuf::Any& any : refusal.details()) {
    const std::string& url = any.type_url();
    boost::json::object detail{{"type", url.substr(url.rfind('/') + 1)},
                               {"value", base64(any.value())}};
    (void)(show<google::rpc::ErrorInfo>(any, &detail) ||
           show<google::rpc::BadRequest>(any, &detail) ||
           show<google::rpc::RetryInfo>(any, &detail));
    details.push_back(std::move(detail));
  }
  error["details"] = std::move(details);
  return error;
}

}  // namespace

google::rpc::Status refusal_of(RpcCode code, std::string message) {
  google::rpc::Status refusal;
  refusal.set_code(static_cast<int>(code));
  refusal.set_message(std::move(message));
  return refusal;
}

const char* connect_code(int rpc_code) { return word_of(rpc_code).name; }
unsigned http_status(int rpc_code) { return word_of(rpc_code).status; }
int rpc_code(unsigned http_status) {
  if (http_status < 400) return 0;
  constexpr int kUnknown = 2;
  const auto found = std::find_if(std::begin(kWords), std::end(kWords),
                                  [&](const Word& word) { return word.status == http_status; });
  return found == std::end(kWords) ? kUnknown : static_cast<int>(found - std::begin(kWords));
}

std::string error_json(const google::rpc::Status& refusal) {
  return boost::json::serialize(object_of(refusal));
}

std::string end_json(const std::optional<google::rpc::Status>& refusal) {
  boost::json::object end;
  if (refusal) end["error"] = object_of(*refusal);
  return boost::json::serialize(end);
}

}  // namespace casewheel::doors
