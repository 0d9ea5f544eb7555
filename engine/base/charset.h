// Text as other programs saved it, into UTF-8. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace casewheel {

// In which a text is read piece by piece, so that one wrong character costs its piece and not the
// whole.
enum class Charset : std::uint8_t {
  kUtf8,
  kBig5,  // with Microsoft's additions, as Windows saves it
};

// "UTF-8", "Big5".
const char* name_of(Charset charset);

// A text, and how its lines and fields are still to be decoded. No character of Big5 has a byte
// that ends a
// line or a field of CSV.
struct SavedText {
  std::string text;
  Charset charset = Charset::kUtf8;
};

// UTF-16 with its mark (a spreadsheet's "Unicode text") is UTF-8 afterwards, with what is not
// UTF-16 as bytes that
// are not UTF-8; a mark of UTF-8 is taken off. What has no mark is told by CharsetGuess.
SavedText as_saved(std::string bytes);

// Tells UTF-8 from Big5, which has no mark: a line of UTF-8 is hardly ever Big5, and the other way
// round, so the
// lines with more than ASCII in them decide by majority. One thread.
class CharsetGuess {
 public:
  void add(std::string_view piece);
  Charset charset();

 private:
  void end_line();

  std::string line_;  // its beginning
  std::uint64_t utf8_lines_ = 0;
  std::uint64_t other_lines_ = 0;
};

struct Decoded {
  std::string text;          // UTF-8; empty where something is wrong
  std::string wrong;         // the first bytes that are not of the charset, as "F9 FF"
  std::string user_defined;  // the first user-defined character (造字), as "FA40, kept as U+E000"
};

// User-defined characters of Big5 become Unicode's private-use ones as Windows has them, so that
// whoever has the
// font still sees them, and they can be turned back.
Decoded decoded(std::string_view piece, Charset charset);

// Big5 as a whole; nothing, with the byte it ended at, when the text is not that.
std::optional<std::string> from_big5(std::string_view text, std::size_t* at);

}  // namespace casewheel
