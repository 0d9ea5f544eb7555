#include "engine/api/change_preview.h"

#include "engine/partition/preview.h"

namespace casewheel::api {

Result<v1::ChangePreview> preview_of(const Services& services, const catalogue::Registry& next,
                                     Work& work) {
  const TimeMs now = services.engine.clock().read().now;
  partition::ChangePreview preview;
  const Status status = partition::preview_change(
      services.engine.store(), services.engine.partitions(), next, now,
      [&] { return work.goes_on(); }, &preview);
  if (!work.awaited()) return not_awaited();
  if (!status) return unreadable(status);
  services.engine.damage().passed_over += preview.unreadable;
  v1::ChangePreview out;
  out.set_open_cases(preview.open_cases);
  out.set_cases_moved(preview.cases_moved);
  out.set_clocks_later(preview.clocks_later);
  out.set_clocks_earlier(preview.clocks_earlier);
  out.set_clocks_otherwise(preview.clocks_otherwise);
  out.set_newly_breached(preview.newly_breached);
  out.set_no_longer_breached(preview.no_longer_breached);
  for (const partition::ChangePreview::Example& example : preview.examples) {
    v1::ChangePreview::Example* shown = out.add_examples();
    shown->set_case_number(format_case_number(example.address.partition, example.address.id));
    shown->set_kind(static_cast<v1::ClockKind>(example.kind));
    if (example.due_before != 0) set_time(shown->mutable_due_before(), example.due_before);
    if (example.due_after != 0) set_time(shown->mutable_due_after(), example.due_after);
    shown->set_county(example.county);
  }
  set_time(out.mutable_as_of(), now);
  return out;
}

}  // namespace casewheel::api
