// What a sign-in gave, kept between runs: one small file of the person's own, readable by nobody else,
// with a token for each engine's address and scheme: token_place() of connection.h. One thread.
#pragma once

#include <optional>
#include <string>

namespace casewheel::cli {

class TokenStore {
 public:
  // Empty path: $XDG_CONFIG_HOME/casewheel/tokens.json, or below ~/.config.
  explicit TokenStore(std::string path = "");

  const std::string& path() const { return path_; }
  std::string find(const std::string& address) const;  // empty when there is none
  // An empty token forgets the address. The mistake, in words; empty when all is well.
  std::string put(const std::string& address, const std::string& token) const;

 private:
  std::string path_;
};

// A password typed without being shown, or one line of the input where that is no terminal. Nothing when
// the input ends.
std::optional<std::string> read_password(const std::string& prompt);

}  // namespace casewheel::cli
