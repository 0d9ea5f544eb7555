#include "engine/doors/http/query.h"

#include <algorithm>
#include <array>

#include "engine/doors/http/base64.h"
#include "engine/doors/http/form.h"

namespace casewheel::doors {
namespace {

// Of Connect; what else a URL says is passed over, so far as there is not too much of it.
constexpr std::array kOwnParameters = {"message", "encoding", "base64", "compression", "connect"};
constexpr std::size_t kParametersMax = 16;

}  // namespace

Result<Query> read_query(std::string_view text) {
  const Result<Form> said = Form::parse(text, kParametersMax);
  if (!said) return said.error();
  for (const char* name : kOwnParameters) {
    if (std::count_if(said->fields().begin(), said->fields().end(),
                      [&](const Form::Field& field) { return field.first == name; }) > 1)
      return Rejection::invalid(name, "is there twice in the query");
  }
  for (const char* name : {"message", "encoding"}) {
    if (!said->says(name)) return Rejection::invalid(name, "is missing from the query");
  }
  if (said->says("connect") && (*said)["connect"] != "v1")
    return Rejection::invalid("connect", "must be v1");
  Query query{(*said)["encoding"], (*said)["compression"], (*said)["message"]};
  if ((*said)["base64"] == "1") {
    std::optional<std::string> bytes = from_base64(query.message);
    if (!bytes) return Rejection::invalid("message", "is not base64");
    query.message = *std::move(bytes);
  }
  return query;
}

}  // namespace casewheel::doors
