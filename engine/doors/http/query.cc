#include "engine/doors/http/query.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/doors/http/base64.h"

namespace casewheel::doors {
namespace {

// Connect has five.
constexpr std::size_t kParametersMax = 16;

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> unescaped(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain.push_back(text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return std::nullopt;
    plain.push_back(static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])));
    i += 2;
  }
  return plain;
}

Result<Query> read_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> said;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const std::size_t equals = std::min(part.find('='), part.size());
    std::optional<std::string> name = unescaped(part.substr(0, equals));
    std::optional<std::string> value = unescaped(part.substr(std::min(equals + 1, part.size())));
    if (!name || !value) return Rejection::invalid("query", "has a broken % escape");
    const auto same = [&](const auto& other) { return other.first == *name; };
    if (said.size() == kParametersMax)
      return Rejection::invalid("query",
                                "says more than " + std::to_string(kParametersMax) + " things");
    if (std::any_of(said.begin(), said.end(), same))
      return Rejection::invalid("query", "says one thing twice");
    said.emplace_back(*std::move(name), *std::move(value));
  }
  const auto find = [&](std::string_view name) -> const std::string* {
    for (const auto& [known, value] : said) {
      if (known == name) return &value;
    }
    return nullptr;
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
