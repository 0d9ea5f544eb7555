#include "engine/doors/http/query.h"

#include <algorithm>
#include <array>

#include "engine/doors/http/base64.h"
#include "engine/doors/http/form.h"

namespace casewheel::doors {
namespace {

constexpr std::array kConnects = {"message", "encoding", "base64", "compression", "connect"};
constexpr std::size_t kParametersMax = 16;

}  // namespace

Result<Query> read_query(std::string_view text) {
  const Result<Form> said = Form::parse(text, kParametersMax);
  if (!said) return said.error();
  for (const char* name : kConnects) {
    if (std::count_if(said->fields().begin(), said->fields().end(),
                      [&](const Form::Field& field) { return field.first == name; }) > 1)
      return Rejection::invalid(name, "is there twice in the query");
  }
  const auto find = [&](std::string_view name) {
    return said->says(name) ? &(*said)[name] : nullptr;
  };
  Query query;
  const std::string* message = find("message");
  const std::string* encoding = find("encoding");
  const std::string* compression = find("compression");
  const std::string* version = find("connect");
  if (message == nullptr) return Rejection::invalid("message", "is missing from the query");
  if (encoding == nullptr || (*encoding != "json" && *encoding != "proto"))
    return Rejection::invalid("encoding", "must be json or proto in the query");
  query.codec = *encoding == "json" ? Codec::kJson : Codec::kProto;
  if (version != nullptr && *version != "v1") return Rejection::invalid("connect", "must be v1");
  query.versioned = version != nullptr;
  if (compression != nullptr && *compression != "gzip" && *compression != "identity")
    return Rejection::invalid("compression", "must be gzip or identity");
  query.gzip = compression != nullptr && *compression == "gzip";
  query.message = *message;
  if (const std::string* packed = find("base64"); packed != nullptr && *packed == "1") {
    std::optional<std::string> bytes = from_base64(query.message);
    if (!bytes) return Rejection::invalid("message", "is not base64");
    query.message = *std::move(bytes);
  }
  return query;
}

}  // namespace casewheel::doors
