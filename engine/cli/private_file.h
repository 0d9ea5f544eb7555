// A new file that nobody but its owner may read: of JSON documents, one a line, or of bytes. One thread.
#pragma once

#include <google/protobuf/message.h>

#include <fstream>
#include <string>
#include <string_view>

namespace casewheel::cli {

class PrivateFile {
 public:
  // False with a message when there is such a file already or none can be made.
  bool create(const std::string& path, std::string* problem);
  void bytes(std::string_view bytes) { out_ << bytes; }
  void line(const google::protobuf::Message& message);
  // False with a message when not everything was written.
  bool finish(std::string* problem);

 private:
  std::string path_;
  std::ofstream out_;
};

}  // namespace casewheel::cli
