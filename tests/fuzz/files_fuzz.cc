// Forms, ranges, names and paths of files on arbitrary bytes. The first byte says how long the pieces are
// in which a form comes: the file is the same however it is cut.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/doors/files/form_file.h"
#include "engine/doors/files/range.h"
#include "engine/doors/files/target.h"
#include "engine/doors/http/multipart.h"
#include "tests/fuzz/require.h"

namespace {

using namespace casewheel::doors;
using casewheel::require;

struct Read {
  std::string file;
  bool refused = false;
  bool whole = false;
};
Read read_file_of(std::string_view body, std::size_t piece) {
  FormFile form("b");
  Read read;
  for (std::size_t at = 0; at < body.size() && !read.refused; at += piece) {
    const auto taken = form.take(body.substr(at, piece));
    read.refused = !taken;
    if (taken) read.file += *taken;
  }
  read.whole = !read.refused && form.whole();
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const Read once = read_file_of(bytes, std::max<std::size_t>(bytes.size(), 1));
  const Read cut = read_file_of(bytes, data[0] + 1);
  // A limit may be met sooner in one of them; what both read is the same.
  if (!once.refused && !cut.refused) require(once.file == cut.file && once.whole == cut.whole);
  require(once.file.size() <= bytes.size() && cut.file.size() <= bytes.size());

  const ByteRange range = range_of(bytes, "", "\"tag\"", 1000);
  if (range.kind == ByteRange::Kind::kPart)
    require(range.length > 0 && range.begin + range.length <= 1000);
  (void)names_etag(bytes, "\"tag\"");
  for (const char c : disposition_of(bytes)) require(c >= ' ' && c < 0x7f);
  const auto target = file_target(bytes);
  require(!target || bytes.starts_with("/v1/cases/"));
  (void)file_name_in(bytes);
  (void)part_name_in(bytes);
  if (const auto form = read_parts(bytes, "b", 100)) require(form->fields().size() <= 100);
  const auto boundary = form_boundary(bytes);
  require(!boundary || !*boundary || ((*boundary)->size() <= 70 && !(*boundary)->empty()));
  return 0;
}
