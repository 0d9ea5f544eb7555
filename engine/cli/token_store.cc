#include "engine/cli/token_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace casewheel::cli {
namespace {

namespace fs = std::filesystem;

std::string default_path() {
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config != '\0')
    return std::string(config) + "/casewheel/tokens.json";
  const char* home = std::getenv("HOME");
  return (home == nullptr ? std::string(".") : std::string(home)) +
         "/.config/casewheel/tokens.json";
}

boost::json::object read_tokens(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  return !error && value.is_object() ? value.as_object() : boost::json::object();
}

}  // namespace

TokenStore::TokenStore(std::string path) : path_(path.empty() ? default_path() : std::move(path)) {}

std::string TokenStore::find(const std::string& address) const {
  const boost::json::object tokens = read_tokens(path_);
  const boost::json::value* token = tokens.if_contains(address);
  return token != nullptr && token->is_string() ? std::string(token->as_string()) : std::string();
}

std::string TokenStore::put(const std::string& address, const std::string& token) const {
  boost::json::object tokens = read_tokens(path_);
  if (token.empty()) {
    tokens.erase(address);
  } else {
    tokens[address] = token;
  }
  std::error_code error;
  fs::create_directories(fs::path(path_).parent_path(), error);
  // Never there with wider rights, not for a moment; renamed whole.
  const std::string fresh = path_ + ".new";
  ::unlink(fresh.c_str());
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return "cannot write " + fresh + ": " + std::strerror(errno);
  const std::string text = boost::json::serialize(tokens);
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (::close(file) != 0 || !written || ::rename(fresh.c_str(), path_.c_str()) != 0)
    return "cannot write " + path_ + ": " + std::strerror(errno);
  return "";
}

std::optional<std::string> read_password(const std::string& prompt) {
  std::string password;
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  termios before{};
  if (terminal) {
    std::fprintf(stderr, "%s", prompt.c_str());
    ::tcgetattr(STDIN_FILENO, &before);
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  const bool read = static_cast<bool>(std::getline(std::cin, password));
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::fprintf(stderr, "\n");
  }
  if (!read) return std::nullopt;
  return password;
}

}  // namespace casewheel::cli
