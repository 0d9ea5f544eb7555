#include "engine/cli/private_file.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace casewheel::cli {

bool PrivateFile::create(const std::string& path, std::string* problem) {
  const int made = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) {
    *problem = "cannot create " + path + ": " + std::strerror(errno);
    return false;
  }
  close(made);
  path_ = path;
  out_.open(path, std::ios::binary | std::ios::app);
  return true;
}

void PrivateFile::line(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok())
    out_.setstate(std::ios::failbit);
  out_ << json << '\n';
}

bool PrivateFile::finish(std::string* problem) {
  out_.close();
  if (out_) return true;
  *problem = "cannot write " + path_;
  return false;
}

}  // namespace casewheel::cli
