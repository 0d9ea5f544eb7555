#include "engine/views/notices.h"

#include <algorithm>
#include <tuple>

#include "engine/views/board_limits.h"

namespace casewheel::views {

bool Notices::is_older(const Place& place, std::uint32_t revision) const {
  if (const auto named = named_.find(place); named != named_.end())
    return revision < named->second.revision;
  const auto published = published_.find(place);
  return published != published_.end() && revision < published->second;
}

void Notices::apply(const partition::CaseChange& change) {
  const Place place{change.address.id.value, change.address.partition};
  const std::lock_guard lock(turnstile_);
  if (is_older(place, change.row.revision())) return;
  if (loading_) published_[place] = change.row.revision();
  replace(place, change);
}

void Notices::load(const partition::CaseChange& change) {
  const Place place{change.address.id.value, change.address.partition};
  const std::lock_guard lock(turnstile_);
  if (!is_older(place, change.row.revision())) replace(place, change);
}

void Notices::loaded() {
  const std::lock_guard lock(turnstile_);
  loading_ = false;
  published_ = {};
}

void Notices::replace(const Place& place, const partition::CaseChange& change) {
  const std::uint8_t tenant = change.address.id.tenant_number();
  if (const auto named = named_.find(place); named != named_.end()) {
    for (const std::string& staff : named->second.staff) {
      const auto person = by_person_.find({tenant, staff});
      if (person == by_person_.end()) continue;
      auto& entries = person->second;
      entries.erase(entries.lower_bound({place, 0}), entries.upper_bound({place, ~0U}));
      if (entries.empty()) by_person_.erase(person);
    }
    named_.erase(named);
  }
  asked_.erase(place);
  if (!change.open || (change.unacknowledged.empty() && change.requests.empty())) return;
  if (!change.requests.empty()) {
    asked_[place] = {change.address,       change.row.unit(), change.row.handler(),
                     change.row.service(), change.row.kind(), change.requests};
  }
  named_[place].revision = change.row.revision();
  std::vector<std::string>& named = named_[place].staff;
  for (const journal::v1::EscalationState& escalation : change.unacknowledged) {
    Entry entry;
    entry.notify = escalation.notify_ms();
    entry.notice = {change.address,          escalation.escalation(),      escalation.level(),
                    escalation.clock_kind(), escalation.due_ms(),          escalation.fired_ms(),
                    change.row.unit(),       escalation.tells_applicant(), escalation.moved_by(),
                    escalation.moved_to_ms()};
    for (const std::string& staff : escalation.recipients()) {
      by_person_[{tenant, staff}].insert_or_assign({place, escalation.escalation()}, entry);
      if (std::find(named.begin(), named.end(), staff) == named.end()) named.push_back(staff);
    }
  }
}

bool Notices::take_slice(const Person& person, TimeMs now, std::optional<Key>* after,
                         NoticeList* list) const {
  const std::lock_guard lock(turnstile_);
  const auto found = by_person_.find(person);
  if (found == by_person_.end()) return false;
  const Entries& entries = found->second;
  auto at = *after ? entries.upper_bound(**after) : entries.begin();
  for (std::size_t budget = kNoticesPerHold; at != entries.end() && budget > 0; ++at, --budget) {
    const auto& [key, entry] = *at;
    *after = key;
    ++list->looked;
    if (entry.notify > now) {
      ++list->waiting;
      if (list->next == 0 || entry.notify < list->next) list->next = entry.notify;
    } else {
      list->notices.push_back(entry.notice);
    }
  }
  return at != entries.end();
}

std::vector<AskedCase> Notices::asked(std::uint8_t tenant_number, CaseAddress after) const {
  std::vector<AskedCase> cases;
  const std::lock_guard lock(turnstile_);
  for (auto at = asked_.upper_bound({after.id.value, after.partition}); at != asked_.end(); ++at) {
    if (at->second.address.id.tenant_number() < tenant_number) continue;
    if (at->second.address.id.tenant_number() > tenant_number || cases.size() == kNoticesPerHold)
      break;
    cases.push_back(at->second);
  }
  return cases;
}

NoticeList Notices::list(std::uint8_t tenant_number, std::string_view staff, TimeMs now) const {
  NoticeList list;
  const Person person{tenant_number, std::string(staff)};
  std::optional<Key> after;
  while (take_slice(person, now, &after, &list)) {
  }
  std::sort(list.notices.begin(), list.notices.end(), [](const Notice& a, const Notice& b) {
    return std::tie(a.due, a.address.id.value, a.escalation) <
           std::tie(b.due, b.address.id.value, b.escalation);
  });
  if (list.notices.size() <= kSinglyMax) return list;
  std::map<std::tuple<std::string, journal::v1::ClockKind, std::uint32_t>, NoticeDigest> digests;
  for (const Notice& notice : list.notices) {
    NoticeDigest& digest = digests[{notice.unit, notice.clock, notice.level}];
    if (digest.count++ == 0) {
      digest.unit = notice.unit;
      digest.clock = notice.clock;
      digest.level = notice.level;
      digest.oldest_due = notice.due;
    }
    if (digest.examples.size() < NoticeDigest::kExamplesKept)
      digest.examples.push_back(notice.address);
  }
  list.notices.clear();
  for (auto& [key, digest] : digests) list.digests.push_back(std::move(digest));
  std::stable_sort(list.digests.begin(), list.digests.end(),
                   [](const NoticeDigest& a, const NoticeDigest& b) { return a.count > b.count; });
  return list;
}

}  // namespace casewheel::views
