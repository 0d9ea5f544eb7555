// Reading cases: one, lists, a person's, a case's history. Works on what is committed, from the
// store, on the readers' threads; never troubles a partition.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "casewheel/v1/cases.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

class ReadingApi {
 public:
  explicit ReadingApi(Services services) : services_(services) {}

  void get(const Call& call, const v1::GetCaseRequest& request, Done<v1::Case> done);
  void list(const Call& call, const v1::ListCasesRequest& request,
            Done<v1::ListCasesResponse> done);
  void find_by_person(const Call& call, const v1::FindCasesByPersonRequest& request,
                      Done<v1::FindCasesByPersonResponse> done);
  void history(const Call& call, const v1::ListCaseHistoryRequest& request,
               Done<v1::ListCaseHistoryResponse> done);

 private:
  v1::Case shown(PartitionId partition, const partition::CaseRecord& record) const;

  Services services_;
};

// The unit and all below it, dissolved ones too (catalogue/known_entries.h), or just the unit.
std::vector<std::string> units_of(const catalogue::TenantRules& rules, const std::string& unit,
                                  bool subtree);

// Filters name what a case can stand under: what no version of the catalogue has had would find nothing, which
// looks as if there were nothing. Each answers why a name is refused; an empty name filters nothing.
std::optional<Rejection> unknown_unit(const std::string& field, const catalogue::TenantRules& rules,
                                      const std::string& unit);
std::optional<Rejection> unknown_service(const std::string& field,
                                         const catalogue::TenantRules& rules,
                                         const std::string& service);
std::optional<Rejection> unknown_staff(const std::string& field,
                                       const catalogue::TenantRules& rules,
                                       const std::string& staff);

}  // namespace casewheel::api
