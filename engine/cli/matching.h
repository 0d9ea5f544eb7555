// Finds what a person means by a name, or a part of one, among things that have an id and names: units,
// people, services, enterprises. 台 and 臺 are one letter, so are the half- and full-width forms. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace casewheel::cli {

struct Entry {
  std::string id;
  std::string name_zh, name_en;
  std::string within;  // names of what it belongs to, outermost first: "臺南區處"
  std::string unit;    // id of a person's unit

  // "tainan.land 土地課（臺南區處）"
  std::string told() const;
};

// Everything that fits best: by its id, its whole name, a part of it, some of its letters in order (台糖 of
// 台灣糖業公司), then the same with the names it lies within. One entry: that is meant. None: nothing fits.
std::vector<const Entry*> find_entries(const std::vector<Entry>& entries, std::string_view typed);

// The few that are spelt most alike, the nearest first.
std::vector<const Entry*> nearest_entries(const std::vector<Entry>& entries,
                                          std::string_view typed);

// "tainan 臺南區處、tainan.land 土地課（臺南區處）"; long lists end with how many more there are.
std::string entries_told(const std::vector<const Entry*>& entries);

// "顏佳玲（ts031）" of an id; the id alone where nobody knows its name.
std::string id_told(const std::vector<Entry>& entries, const std::string& id);

// True of what an id is written with: lower-case letters, digits, dots and dashes, ASCII alone.
bool is_id_like(std::string_view typed);

}  // namespace casewheel::cli
