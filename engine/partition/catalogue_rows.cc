#include "engine/partition/catalogue_rows.h"

#include <utility>
#include <vector>

#include "casewheel/journal/v1/calendar.pb.h"
#include "casewheel/journal/v1/catalogue.pb.h"
#include "storage/keys.h"

namespace casewheel::partition {

std::shared_ptr<const catalogue::Registry> registry_of(
    const std::map<std::string, std::string>& rows) {
  std::vector<journal::v1::Catalogue> versions;
  std::vector<journal::v1::Calendar> calendars;
  for (const auto& [key, value] : rows) {
    if (storage::decode_catalogue_key(key)) {
      if (!versions.emplace_back().ParseFromString(value)) versions.pop_back();
    } else if (storage::decode_calendar_edition(key)) {
      if (!calendars.emplace_back().ParseFromString(value)) calendars.pop_back();
    }
  }
  return catalogue::Registry::of(std::move(versions), std::move(calendars));
}

}  // namespace casewheel::partition
