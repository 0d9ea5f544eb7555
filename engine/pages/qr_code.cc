#include "engine/pages/qr_code.h"

#include <qrencode.h>

#include <memory>

#include "engine/pages/html.h"

namespace casewheel::pages {
namespace {

constexpr int kQuiet = 4;  // modules of white around it, as the standard asks

}  // namespace

std::string qr_code(const std::string& text, const std::string& label) {
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
      QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M), QRcode_free);
  if (code == nullptr) return {};
  const int width = code->width;
  std::string path;
  for (int y = 0; y < width; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto dark = [&](int column) {
        return column < width && (code->data[y * width + column] & 1) != 0;
      };
      if (!dark(x)) continue;
      const int from = x;
      while (dark(x + 1)) ++x;
      const std::string run = std::to_string(x - from + 1);
      path += "M" + std::to_string(from + kQuiet) + " " + std::to_string(y + kQuiet) + "h" + run +
              "v1h-" + run + "z";
    }
  }
  const std::string side = std::to_string(width + 2 * kQuiet);
  return "<svg class=\"qr\" role=\"img\" aria-label=\"" + escaped(label) + "\" viewBox=\"0 0 " +
         side + " " + side + "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" +
         side + "v" + side + "H0z\"/><path d=\"" + path + "\"/></svg>";
}

}  // namespace casewheel::pages
