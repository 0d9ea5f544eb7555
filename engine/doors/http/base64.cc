#include "engine/doors/http/base64.h"

#include <algorithm>

#include "engine/base/base64url.h"

namespace casewheel::doors {
namespace {

void swap_letters(std::string* text, char plus, char slash, char plus_as, char slash_as) {
  std::replace(text->begin(), text->end(), plus, plus_as);
  std::replace(text->begin(), text->end(), slash, slash_as);
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text = base64url(bytes);
  swap_letters(&text, '-', '_', '+', '/');
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string plain(text);
  if (plain.size() % 4 == 0) {
    for (int padding = 0; padding < 2 && plain.ends_with('='); ++padding) plain.pop_back();
  }
  swap_letters(&plain, '+', '/', '-', '_');
  return from_base64url(plain);
}

}  // namespace casewheel::doors
