// libFuzzer entry for the catalogue's YAML: whatever comes in, parse_catalogue answers without a
// crash, and what it accepts survives being written and read again. Seeds: deploy/samples.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/catalogue/catalogue.h"
#include "engine/catalogue/diff.h"
#include "engine/catalogue/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto parsed = catalogue::parse_catalogue(text, "fuzz.yaml");
  if (!parsed) {
    if (parsed.error().fields.empty() || parsed.error().fields.size() > 50) std::abort();
    return 0;
  }
  for (const auto& one : *parsed) {
    auto again = catalogue::parse_catalogue(catalogue::to_yaml(one), "again.yaml");
    if (!again || again->size() != 1) std::abort();
    if ((*again)[0].SerializeAsString() != one.SerializeAsString()) std::abort();
    if (!catalogue::diff(one, (*again)[0]).empty()) std::abort();
  }
  for (auto& one : *parsed) one.set_version(1);
  catalogue::Registry::of(*std::move(parsed));
  return 0;
}
