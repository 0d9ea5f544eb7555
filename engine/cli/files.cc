#include "engine/cli/files.h"

#include <fstream>
#include <iostream>
#include <iterator>

#include "engine/base/limits.h"

namespace casewheel::cli {

std::string read_file(const std::string& file, std::string* content) {
  std::ifstream stream;
  if (file != "-") {
    stream.open(file, std::ios::binary);
    if (!stream) return "無法讀取檔案 cannot read " + file;
  }
  std::istream& in = file == "-" ? std::cin : stream;
  content->assign(std::istreambuf_iterator<char>(in), {});
  if (in.bad() || content->empty()) return "檔案沒有內容 nothing could be read from " + file;
  if (content->size() > limits::kCatalogueBytes)
    return file + " is larger than 4 MiB, the limit of one message";
  return "";
}

}  // namespace casewheel::cli
