#include "engine/doors/files/form_file.h"

#include <algorithm>
#include <utility>

#include "engine/doors/http/multipart.h"

namespace casewheel::doors {
namespace {

constexpr std::size_t kPartHeadMax = 4096;
constexpr std::size_t kPassedMax = 64 * 1024;

Rejection bad_form(std::string why) { return Rejection::invalid("content", std::move(why)); }

}  // namespace

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
  std::optional<std::string> name = part_name_in(head).file;
  if (!name) return false;
  if (name_) return bad_form("is a form with more than one file");
  name_ = std::move(name);
  return true;
}

}  // namespace casewheel::doors
