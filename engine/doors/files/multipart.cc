#include "engine/doors/files/multipart.h"

#include <algorithm>

#include "engine/doors/http/field_words.h"
#include "engine/doors/http/form.h"

namespace casewheel::doors {
namespace {

constexpr std::size_t kBoundaryMax = 70;  // RFC 2046
constexpr std::size_t kPartHeadMax = 4096;
constexpr std::size_t kPassedMax = 64 * 1024;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// Takes `name=value` or `name="value"` off the front; nothing where there is none.
struct Parameter {
  std::string name;
  std::string value;
};
std::optional<Parameter> next_parameter(std::string_view* rest) {
  const std::size_t start = rest->find(';');
  if (start == std::string_view::npos) return std::nullopt;
  rest->remove_prefix(start + 1);
  const std::size_t equals = rest->find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  Parameter parameter{lower(trimmed(rest->substr(0, equals))), {}};
  rest->remove_prefix(equals + 1);
  const std::size_t value = std::min(rest->find_first_not_of(" \t"), rest->size());
  rest->remove_prefix(value);
  if (!rest->starts_with('"')) {
    const std::size_t end = std::min(rest->find(';'), rest->size());
    parameter.value = trimmed(rest->substr(0, end));
    rest->remove_prefix(end);
    return parameter;
  }
  // Browsers escape a quote as %22 and nothing else; a backslash before one is older.
  std::size_t at = 1;
  for (; at < rest->size() && (*rest)[at] != '"'; ++at) {
    if ((*rest)[at] == '\\' && at + 1 < rest->size() && (*rest)[at + 1] == '"') ++at;
    parameter.value.push_back((*rest)[at]);
  }
  rest->remove_prefix(std::min(at + 1, rest->size()));
  return parameter;
}

Rejection bad_form(std::string why) { return Rejection::invalid("content", std::move(why)); }

}  // namespace

std::optional<Result<std::string>> form_boundary(std::string_view content_type) {
  if (!same_word(media_type_of(content_type), "multipart/form-data")) return std::nullopt;
  std::string_view rest = content_type;
  while (const std::optional<Parameter> parameter = next_parameter(&rest)) {
    if (parameter->name == "boundary" && !parameter->value.empty() &&
        parameter->value.size() <= kBoundaryMax)
      return Result<std::string>(parameter->value);
  }
  return Result<std::string>(
      Rejection::invalid("content-type", "names no boundary of 1 to 70 characters"));
}

std::optional<std::string> file_name_in(std::string_view disposition) {
  std::optional<std::string> plain;
  std::string_view rest = disposition;
  while (const std::optional<Parameter> parameter = next_parameter(&rest)) {
    if (parameter->name == "filename") plain = parameter->value;
    constexpr std::string_view kUtf8 = "utf-8''";
    if (parameter->name == "filename*" && lower(parameter->value).starts_with(kUtf8)) {
      // A plus is itself here, unlike in a query.
      std::string escaped;
      for (const char c : parameter->value.substr(kUtf8.size()))
        c == '+' ? escaped.append("%2B") : escaped.append(1, c);
      if (std::optional<std::string> name = unescaped(escaped)) return name;
    }
  }
  return plain;
}

Result<std::string> FormFile::take(std::string_view bytes) {
  buffer_.append(bytes);
  std::string file;
  for (;;) {
    const Result<bool> again = step(&file);
    if (!again) return again.error();
    if (!*again) return file;
  }
}

std::size_t FormFile::before_line(bool* found) const {
  const std::size_t at = buffer_.find(line_);
  *found = at != std::string::npos;
  if (*found) return at;
  // Its beginning may be what has come last.
  const std::size_t tail = std::min(buffer_.size(), line_.size() - 1);
  return buffer_.size() - tail;
}

Result<bool> FormFile::step(std::string* file) {
  switch (state_) {
    case State::kBefore:
    case State::kField:
    case State::kFile: {
      bool found = false;
      const std::size_t before = before_line(&found);
      if (state_ == State::kFile) file->append(buffer_, 0, before);
      if (state_ != State::kFile && (passed_ += before) > kPassedMax)
        return bad_form("is a form with too much beside the file");
      buffer_.erase(0, found ? before + line_.size() : before);
      if (found) state_ = State::kAfterLine;
      return found;
    }
    case State::kAfterLine: {
      if (buffer_.size() < 2) return false;
      const bool last = buffer_.starts_with("--");
      if (!last && !buffer_.starts_with("\r\n"))
        return bad_form("is no form: a line of its boundary goes on");
      buffer_.erase(0, last ? buffer_.size() : 2);
      state_ = last ? State::kEnd : State::kHead;
      return true;
    }
    case State::kHead: {
      const std::size_t end = buffer_.find("\r\n\r\n");
      if (std::min(end, buffer_.size()) > kPartHeadMax)
        return bad_form("is a form with a head longer than 4,096 bytes");
      if (end == std::string::npos) return false;
      if ((passed_ += line_.size() + end) > kPassedMax)
        return bad_form("is a form with too much beside the file");
      const Result<bool> is_file = read_head(std::string_view(buffer_).substr(0, end));
      if (!is_file) return is_file;
      buffer_.erase(0, end + 4);
      state_ = *is_file ? State::kFile : State::kField;
      return true;
    }
    case State::kEnd:
      buffer_.clear();
      return false;
  }
  return false;
}

Result<bool> FormFile::read_head(std::string_view head) {
  std::optional<std::string> name;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    constexpr std::string_view kField = "content-disposition:";
    if (lower(line).starts_with(kField)) name = file_name_in(line.substr(kField.size()));
  }
  if (!name) return false;
  if (name_) return bad_form("is a form with more than one file");
  name_ = std::move(name);
  return true;
}

}  // namespace casewheel::doors
