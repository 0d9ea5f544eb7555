#include "engine/cli/import/compare.h"

#include <algorithm>

namespace casewheel::cli {
namespace {

constexpr std::size_t kUnlikeShownMax = 20;

void note(const Disagreement& disagreement, std::vector<Disagreement>* first) {
  if (first->size() < kUnlikeShownMax) {
    first->push_back(disagreement);
  } else if (disagreement.closed) {  // a closed one matters more than the last open one
    const auto open =
        std::find_if(first->rbegin(), first->rend(), [](const auto& d) { return !d.closed; });
    if (open != first->rend()) *open = disagreement;
  }
}

}  // namespace

Verdict verdict_of(const v1::Case& view) {
  Verdict verdict = Verdict::kMet;
  for (const auto& clock : view.clocks()) {
    if (clock.kind() != v1::CLOCK_KIND_AGREED_DATE) continue;
    switch (clock.status()) {
      case v1::CLOCK_STATUS_MET:
        verdict = Verdict::kMet;
        break;
      case v1::CLOCK_STATUS_BROKEN:
        verdict = Verdict::kBroken;
        break;
      default:
        verdict = clock.breached() ? Verdict::kBroken : Verdict::kMet;
        break;
    }
  }
  return verdict;  // of the latest date, where one was agreed anew
}

grpc::Status compare_with_table(Session& session, const ImportPlan& plan,
                                const std::vector<std::string>& case_numbers, Progress& progress,
                                Comparison* comparison) {
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const PlannedRow& row = plan.rows[i];
    progress.update(i, plan.rows.size());
    if (row.recorded == Verdict::kNone || case_numbers[i].empty()) {
      ++comparison->not_compared;
      continue;
    }
    v1::GetCaseRequest request;
    request.set_case_number(case_numbers[i]);
    v1::Case view;
    const grpc::Status status =
        session.call(session.cases(), &v1::Cases::Stub::GetCase, request, &view);
    if (!status.ok()) return status;
    const bool closed = !row.close.empty();
    const Verdict engine = verdict_of(view);
    const bool agree = engine == row.recorded;
    ++(closed ? (agree ? comparison->closed_agree : comparison->closed_disagree)
              : (agree ? comparison->open_agree : comparison->open_disagree));
    if (!agree)
      note({row.line, row.request_id, case_numbers[i], closed, row.recorded, engine},
           &comparison->first);
  }
  std::stable_partition(comparison->first.begin(), comparison->first.end(),
                        [](const auto& d) { return d.closed; });
  return grpc::Status::OK;
}

}  // namespace casewheel::cli
