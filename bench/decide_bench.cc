// What the rules cost a case: lodge, reply, a step that fires, and applying the events. The
// rulebook here answers at once, so that this is the domain and not the catalogue or the SLA
// arithmetic.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "engine/domain/apply.h"
#include "engine/domain/decide.h"
#include "engine/domain/lifecycle.h"

namespace casewheel::domain {
namespace {

constexpr TimeMs kNow = 1784000000000;  // July 2026
constexpr RoleMask kOperator = RoleMask{1} << stored::OPERATOR;

// Two clocks of wall time, each with one step at its due.
class FixedRules final : public Rulebook {
 public:
  FixedRules() {
    service_.set_id("complaint");
    service_.set_kind(stored::COMPLAINT);
    service_.set_unit("north");
  }
  const std::string& tenant() const override { return tenant_; }
  std::uint8_t tenant_number() const override { return 1; }
  std::uint32_t version() const override { return 1; }
  std::uint32_t roc_date(TimeMs) const override { return 1150714; }
  bool has_unit(std::string_view) const override { return true; }
  std::optional<std::string> unit_of_staff(std::string_view) const override { return "north"; }
  const stored::Service* service(std::string_view) const override { return &service_; }
  std::vector<ClockPlan> plans(const stored::CaseState&) const override {
    std::vector<ClockPlan> plans(2);
    plans[0].kind = stored::FIRST_RESPONSE;
    plans[0].allowance.set_wall_ms(kDayMs);
    plans[1].kind = stored::REPLY;
    plans[1].allowance.set_wall_ms(3 * kDayMs);
    for (ClockPlan& plan : plans) plan.policy = "complaints";
    return plans;
  }
  std::uint64_t rules_edition() const override { return 0; }
  bool policies_moved_since(std::uint64_t) const override { return false; }
  void lay(stored::ClockState&, const stored::CaseState&) const override {}
  MoveReason why_moved(const stored::ClockState&) const override { return {}; }
  bool is_supervisor(std::string_view) const override { return true; }
  bool pauses_for(const stored::ClockState&, stored::PauseReason) const override { return true; }
  bool meets(const stored::ClockState& clock, stored::ClockSignal signal,
             stored::ReplyMeans) const override {
    return domain::meets(signal, clock.kind());
  }
  bool provisional(const stored::ClockState&) const override { return false; }
  bool applies(const stored::CaseState&, const stored::ClockState&, const DueStep&,
               TimeMs) const override {
    return true;
  }
  std::vector<std::string> deciders(std::string_view, const std::vector<std::string>&,
                                    TimeMs) const override {
    return {};
  }
  TimeMs told_at(const DueStep&, TimeMs) const override { return 0; }
  std::uint64_t ladder(const stored::ClockState&) const override { return 1; }
  TimeMs due(const stored::ClockState& clock) const override {
    return clock.start_ms() + clock.allowance().wall_ms();
  }
  TimeMs next_step_instant(const stored::ClockState& clock) const override {
    return clock.next_step() == 0 ? due(clock) + 1 : kNever;
  }
  std::optional<DueStep> step_due(const stored::ClockState& clock, TimeMs now) const override {
    if (next_step_instant(clock) > now) return std::nullopt;
    DueStep step;
    step.level = 1;
    step.instant = due(clock);
    step.next_step = 1;
    return step;
  }
  LadderCursor first_step(const stored::ClockState&, TimeMs, bool) const override { return {}; }
  Audience audience(const stored::CaseState&, const stored::ClockState&, const DueStep&,
                    TimeMs) const override {
    return {{"n012", "n001"}, {}, false};
  }

 private:
  std::string tenant_ = "taipower";
  stored::Service service_;
};

// A request digest that repeats the lodging's would be answered as the same request.
Command command(Action action, TimeMs now, std::uint64_t request_digest) {
  Command command;
  command.action = std::move(action);
  command.who = {stored::OPERATOR, "", kOperator};
  command.received_ms = now;
  command.request_digest = request_digest;
  command.body_digest = 8;
  return command;
}

Lodge lodge() {
  Lodge lodge;
  lodge.facts.set_tenant("taipower");
  lodge.facts.set_service("complaint");
  lodge.facts.set_channel(stored::HOTLINE);
  lodge.facts.set_received_ms(kNow);
  lodge.facts.set_county("臺北市");
  lodge.personal.set_subject("電費異常偏高");
  lodge.personal.mutable_applicant()->set_name("陳怡君");
  lodge.personal.mutable_applicant()->set_phone("0912345678");
  for (int i = 0; i < 5; ++i)
    lodge.personal.mutable_description()->append(
        "本期電費較去年同期增加將近一倍，請派員到場檢驗。");
  return lodge;
}

Events lodged(const FixedRules& rules) {
  const Lodge what = lodge();
  auto events =
      decide_lodge(what, command(what, kNow, 1), CaseId::make(1, 1150714, 1), {kNow}, rules);
  if (!events) std::abort();
  return *std::move(events);
}

stored::CaseState state_after(const Events& events) {
  stored::CaseState state;
  for (const stored::Event& event : events) apply(state, event, 1, kNow);
  return state;
}

void BM_decide_lodge(benchmark::State& state) {
  const FixedRules rules;
  const Command asked = command(lodge(), kNow, 1);
  const Lodge& what = std::get<Lodge>(asked.action);
  for (auto _ : state) {
    benchmark::DoNotOptimize(decide_lodge(what, asked, CaseId::make(1, 1150714, 1), {kNow}, rules));
  }
}

void BM_apply_lodge(benchmark::State& state) {
  const FixedRules rules;
  const Events events = lodged(rules);
  for (auto _ : state) benchmark::DoNotOptimize(state_after(events));
}

void decide_on_lodged(benchmark::State& state, const Action& action, TimeMs now) {
  const FixedRules rules;
  const stored::CaseState before = state_after(lodged(rules));
  const Command asked = command(action, now, 2);
  for (auto _ : state) {
    auto events = decide(before, asked, {now}, rules);
    if (!events || events->empty()) return state.SkipWithError("nothing was decided");
    benchmark::DoNotOptimize(events);
  }
}

void BM_decide_note(benchmark::State& state) {
  decide_on_lodged(state, Note{"已去電說明，用戶同意明日到場檢驗。", true}, kNow + kHourMs);
}

void BM_decide_step_fires(benchmark::State& state) {
  decide_on_lodged(state, Look{}, kNow + kDayMs + 1);
}

void BM_next_look(benchmark::State& state) {
  const FixedRules rules;
  const stored::CaseState open = state_after(lodged(rules));
  for (auto _ : state) benchmark::DoNotOptimize(next_look(open, rules));
}

void BM_encode_case(benchmark::State& state) {
  const FixedRules rules;
  const stored::CaseState open = state_after(lodged(rules));
  std::string bytes;
  for (auto _ : state) {
    open.SerializeToString(&bytes);
    benchmark::DoNotOptimize(bytes);
  }
  state.counters["bytes"] = static_cast<double>(bytes.size());
}

BENCHMARK(BM_decide_lodge);
BENCHMARK(BM_apply_lodge);
BENCHMARK(BM_decide_note);
BENCHMARK(BM_decide_step_fires);
BENCHMARK(BM_next_look);
BENCHMARK(BM_encode_case);

}  // namespace
}  // namespace casewheel::domain

BENCHMARK_MAIN();
