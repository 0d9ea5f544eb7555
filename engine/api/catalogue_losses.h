// What a catalogue that is to be applied takes away from those who rely on the one in force: services, people and
// units that open cases or accounts stand under, and days off. Reads the store: among the long work.
//
// The rule: what a file leaves out goes, and where nobody stands under it nothing is asked. Where somebody does,
// the load says how many and which, and is refused unless it says take_away.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "casewheel/v1/catalogue.pb.h"
#include "engine/api/call.h"

namespace casewheel::api {

namespace v1 = ::casewheel::v1;

class Work;

// Services, people and units of one tenant that its next catalogue does not have any more.
class DroppedEntries {
 public:
  DroppedEntries(const stored::Catalogue& before, const stored::Catalogue& after);

  bool empty() const { return entries_.empty(); }
  // Counts the open cases and accounts that stand under them.
  Status count(const Services& services, std::uint8_t tenant_number, Work& work);
  // Adds those that anybody stands under.
  void fill(v1::ApplyCatalogueResponse::TenantChange* out) const;

 private:
  enum class What : std::uint8_t { kService, kStaff, kUnit };
  struct Entry {
    What what = What::kService;
    std::string id;
    v1::ApplyCatalogueResponse::Loss loss;
  };

  void add(What what, const char* word, const std::string& id);
  void count_case(CaseAddress address, const stored::ClockRow& row);
  void count_account(const std::string& name, const std::string& staff,
                     const google::protobuf::RepeatedPtrField<stored::Grant>& grants);

  std::string tenant_;
  std::vector<Entry> entries_;
};

// Days off that units lose because another calendar, or none, is theirs.
void add_days_off_lost(const catalogue::TenantRules& before, const catalogue::TenantRules& after,
                       v1::ApplyCatalogueResponse::TenantChange* out);

// "service mill-tour with 3 open cases (13 …, …); staff ts034 with the account liao"; empty: nothing is lost.
std::string written_losses(const v1::ApplyCatalogueResponse& response);

}  // namespace casewheel::api
