// Tokens of lists. A token is of one list, one tenant and one filter, says where that list goes on, and
// bears a keyed digest over all of it: what this list of this installation has not given for the same
// filter is refused, so that no caller can name a place of her own choosing, least of all another
// tenant's. The key comes from the installation's secret: a restart, and a restore of the same
// installation, leave tokens valid. Places are not secret, only unforgeable. Any thread.
//
// Text: base64url of a format byte, the place's numbers as varints, and the first 16 bytes of an
// HMAC-SHA-256. Every list uses this and nothing else; tests/e2e/test_tokens.py finds the lists in the
// API's descriptors.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/call.h"
#include "engine/base/result.h"

namespace casewheel::api {

class ListTokens {
 public:
  // Of a list that is asked for with `request`: every field of it but page_size and page_token is the
  // filter. `tenant_number` 0: the list is of the installation as a whole.
  static ListTokens of(const Services& services, std::uint8_t tenant_number,
                       const google::protobuf::Message& request) {
    return of(services.engine.installation().secret, tenant_number, request);
  }
  static ListTokens of(std::string_view secret, std::uint8_t tenant_number,
                       const google::protobuf::Message& request);
  // Of what is read on under any filter: `list` names it, `field` is what the token comes in.
  static ListTokens of(const Services& services, std::uint8_t tenant_number, std::string_view list,
                       std::string field);

  std::string make(const std::vector<std::uint64_t>& place) const;
  // The place in a token of make(), of `count` numbers; empty for an empty token: from the beginning.
  Result<std::vector<std::uint64_t>> read(std::string_view token, std::size_t count) const;
  Rejection refusal() const;

 private:
  ListTokens(std::string key, std::string field) : key_(std::move(key)), field_(std::move(field)) {}
  std::string mac(std::string_view place) const;

  std::string key_;  // of this list, tenant and filter
  std::string field_;
};

// page_size as asked: the default for 0, refused when negative or beyond the limit.
Result<int> page_size_of(int asked, int preset, int most);

}  // namespace casewheel::api
