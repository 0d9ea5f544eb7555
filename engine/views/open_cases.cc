// Keeping rows, both indexes and the counters in step, see open_cases.h. Under the board's lock.
#include "engine/views/open_cases.h"

#include <algorithm>
#include <limits>

#include "absl/hash/hash.h"
#include "engine/base/result.h"
#include "engine/catalogue/calendar/county.h"

namespace casewheel::views {

namespace v1 = journal::v1;

namespace {

static_assert(v1::Kind_MAX < 16 && v1::Priority_MAX < 16 && v1::CaseStatus_MAX < 16 &&
                  v1::ClockKind_MAX < 16,
              "a word no longer fits the four bits it has in OpenCase");

unsigned four_bits(int word) {
  CASEWHEEL_CHECK(word >= 0 && word < 16, "a word this program does not know");
  return static_cast<unsigned>(word);
}

std::uint64_t instant(TimeMs time) {
  CASEWHEEL_CHECK(time < kInstantLimit, "an instant beyond the board's range");
  return static_cast<std::uint64_t>(std::max<TimeMs>(time, 0));
}

// The shard is picked by the upper bits of the hash; the index in it uses the lower ones.
constexpr int kShardShift = 58;

std::uint64_t count_key(const OpenCase& c) {
  return (c.case_id >> 56) << 56 | static_cast<std::uint64_t>(c.unit) << 8 | c.kind << 4 | c.status;
}

// Counties are a closed list, so five bits of a row name one; other text is not shown.
unsigned county_place(const std::string& county) {
  if (county.empty()) return 0;
  const auto counties = catalogue::counties();
  const auto found = std::find(counties.begin(), counties.end(), catalogue::county_name(county));
  return found == counties.end() ? 0 : static_cast<unsigned>(found - counties.begin()) + 1;
}

std::string county_of(unsigned place) {
  return place == 0 ? std::string() : std::string(catalogue::counties()[place - 1]);
}

}  // namespace

bool Selection::matches(const OpenCase& open_case) const {
  if (handler && *handler != open_case.handler) return false;
  const auto among = [&](const std::vector<NameId>& names) {
    return names.empty() || std::binary_search(names.begin(), names.end(), open_case.unit);
  };
  if (!among(units)) return false;
  if (!limited || (own && *own == open_case.handler)) return true;
  return std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
    return among(part.units) && (part.kinds == 0 || (part.kinds >> open_case.kind & 1) != 0);
  });
}

OpenCases::OpenCases()
    : by_address_(kShards, AddressIndex(0, AddressHash{&cases_}, SameAddress{&cases_})) {}

std::size_t OpenCases::AddressHash::operator()(CaseAddress address) const {
  return absl::HashOf(address.id.value, address.partition);
}

std::size_t OpenCases::WholeAddressHash::operator()(CaseAddress address) const {
  return absl::HashOf(address.id.value, address.partition);
}

bool OpenCases::is_older(const partition::CaseChange& change) const {
  if (const std::optional<Slot> known = slot_of(change.address))
    return change.row.revision() < cases_[*known].revision;
  if (ended_.empty()) return false;
  const auto ended = ended_.find(change.address);
  return ended != ended_.end() && change.row.revision() < ended->second;
}

void OpenCases::loaded() {
  loading_ = false;
  ended_ = {};
}

OpenCases::AddressIndex& OpenCases::shard(CaseAddress address) {
  return by_address_[AddressHash{&cases_}(address) >> kShardShift];
}

const OpenCases::AddressIndex& OpenCases::shard(CaseAddress address) const {
  return by_address_[AddressHash{&cases_}(address) >> kShardShift];
}

std::optional<OpenCases::Slot> OpenCases::slot_of(CaseAddress address) const {
  const AddressIndex& index = shard(address);
  const auto found = index.find(address);
  if (found == index.end()) return std::nullopt;
  return *found;
}

void OpenCases::load(const std::vector<partition::CaseChange>& cases) {
  for (AddressIndex& index : by_address_) index.reserve(index.size() + cases.size() / kShards);
  std::vector<DueEntry> entries;
  entries.reserve(cases.size());
  for (const partition::CaseChange& change : cases) {
    if (is_older(change)) continue;
    if (!change.open || slot_of(change.address)) {
      apply(change);
      continue;
    }
    const Slot slot = add(packed(change));
    const OpenCase& added = cases_[slot];
    if (added.due != 0) entries.emplace_back(added.key(), slot);
  }
  // Inserted in order, each goes behind the last one, without a search and into full nodes.
  std::sort(entries.begin(), entries.end(), EarlierDue());
  for (const DueEntry& entry : entries) by_due_.insert(by_due_.end(), entry);
}

OpenCases::Step OpenCases::apply(const partition::CaseChange& change) {
  Step step;
  if (is_older(change)) return step;
  if (loading_ && !change.open) ended_[change.address] = change.row.revision();
  const std::optional<Slot> known = slot_of(change.address);
  if (known) step.before = cases_[*known];
  if (change.open) step.after = packed(change);
  if (step.before) release_names(*step.before);

  if (step.before && step.before->due != 0 &&
      !(step.after && step.after->due == step.before->due)) {
    by_due_.erase(step.before->key());
  }
  std::optional<Slot> slot = known;
  if (step.before && step.after) {
    const bool was_unclocked = step.before->due == kUnclockedDue;
    const bool is_unclocked = step.after->due == kUnclockedDue;
    if (count_key(*step.before) != count_key(*step.after) || was_unclocked != is_unclocked) {
      count_out(*step.before);
      count_in(*step.after);
    }
    cases_[*known] = *step.after;
  } else if (step.after) {
    slot = add(*step.after);
  } else if (step.before) {
    count_out(*step.before);
    shard(change.address).erase(*known);
    cases_[*known] = OpenCase();
    free_.push_back(*known);
  }
  if (step.after && step.after->due != 0 && !(step.before && step.before->due == step.after->due)) {
    by_due_.emplace(step.after->key(), *slot);
  }
  return step;
}

const OpenCase* OpenCases::find(CaseAddress address) const {
  const std::optional<Slot> slot = slot_of(address);
  return slot ? &cases_[*slot] : nullptr;
}

DueRow OpenCases::row(const OpenCase& c) const {
  return {.address = c.address(),
          .unit = names_.text(c.unit),
          .handler = names_.text(c.handler),
          .service = names_.text(c.service),
          .kind = static_cast<v1::Kind>(c.kind),
          .priority = static_cast<v1::Priority>(c.priority),
          .status = static_cast<v1::CaseStatus>(c.status),
          .due_kind = static_cast<v1::ClockKind>(c.due_kind),
          .due_ms = c.due == kUnclockedDue ? 0 : static_cast<TimeMs>(c.due),
          .level = c.level,
          .unacknowledged = c.unacknowledged,
          .breached = c.breached != 0,
          .provisional = c.provisional != 0,
          .unclocked = c.due == kUnclockedDue,
          .extension_requests = c.extension_requests,
          .county = county_of(c.county)};
}

Selection OpenCases::select(const DueFilter& filter) {
  Selection selection;
  selection.tenant_number = filter.tenant_number;
  for (const std::string& unit : filter.units) selection.units.push_back(names_.acquire(unit));
  std::sort(selection.units.begin(), selection.units.end());
  if (!filter.handler.empty()) selection.handler = names_.acquire(filter.handler);
  if (filter.territory == nullptr) return selection;
  selection.limited = true;
  for (const domain::Territory::Part& part : filter.territory->parts) {
    Selection::Part& out = selection.parts.emplace_back();
    const domain::UnitTree* tree = filter.territory->tree.get();
    if (tree != nullptr) {
      for (const std::string& unit : tree->units(part.below))
        out.units.push_back(names_.acquire(unit));
    }
    if (out.units.empty() && !part.unit.empty()) out.units.push_back(names_.acquire(part.unit));
    std::sort(out.units.begin(), out.units.end());
    out.kinds = part.kinds;
  }
  if (!filter.territory->staff.empty()) selection.own = names_.acquire(filter.territory->staff);
  return selection;
}

void OpenCases::release(const Selection& selection) {
  for (const NameId unit : selection.units) names_.release(unit);
  if (selection.handler) names_.release(*selection.handler);
  for (const Selection::Part& part : selection.parts) {
    for (const NameId unit : part.units) names_.release(unit);
  }
  if (selection.own) names_.release(*selection.own);
}

ScanEnd OpenCases::count(DueKey after, DueKey through, std::size_t budget) const {
  if (through <= after) return {.reached = after, .visited = 0, .finished = true};
  ScanEnd end{.reached = after};
  const auto stop = by_due_.upper_bound(through);
  auto at = by_due_.upper_bound(after);
  for (; at != stop && end.visited < budget; ++at) ++end.visited;
  end.finished = at == stop;
  end.reached = end.finished ? through : std::prev(at)->key();
  return end;
}

TimeMs OpenCases::earliest_due(std::uint8_t tenant_number) const {
  const auto first = by_due_.upper_bound(DueKey::end_of(tenant_number, kUnclockedDue));
  if (first == by_due_.end()) return 0;
  const DueKey key = first->key();
  return key.tenant_number() == tenant_number ? key.due() : 0;
}

bool OpenCases::counts(std::uint64_t* cursor, std::size_t budget,
                       std::vector<OpenCount>* out) const {
  auto at = counts_.upper_bound(*cursor);
  for (; at != counts_.end() && budget > 0; ++at, --budget) {
    const std::uint64_t key = at->first;
    out->push_back({.tenant_number = static_cast<std::uint8_t>(key >> 56),
                    .unit = names_.text(static_cast<NameId>(key >> 8)),
                    .kind = static_cast<v1::Kind>(key >> 4 & 0xf),
                    .status = static_cast<v1::CaseStatus>(key & 0xf),
                    .cases = at->second});
    *cursor = key;
  }
  return at != counts_.end();
}

OpenCase OpenCases::packed(const partition::CaseChange& change) {
  const v1::ClockRow& row = change.row;
  OpenCase c;
  c.case_id = change.address.id.value;
  c.partition = change.address.partition;
  c.due = instant(row.unclocked() ? kUnclockedDue : row.due_ms());
  c.revision = row.revision();
  c.kind = four_bits(row.kind());
  c.priority = four_bits(row.priority());
  c.status = four_bits(row.status());
  c.due_kind = four_bits(row.due_kind());
  c.unit = names_.acquire(row.unit());
  c.handler = names_.acquire(row.handler());
  const NameId service = names_.acquire(row.service());
  CASEWHEEL_CHECK(service < NameId{1} << 26, "the board holds too many names");
  c.service = service & ((NameId{1} << 26) - 1);
  c.provisional = row.provisional() ? 1 : 0;
  c.county = county_place(row.county()) & 31;
  c.level = std::min<std::uint32_t>(row.level(), 0x7ff) & 0x7ff;
  c.extension_requests = std::min<std::uint32_t>(row.extension_requests(), 31) & 31;
  c.unacknowledged = std::min<std::uint32_t>(row.unacknowledged(), 0x7fff) & 0x7fff;
  c.breached = row.breached() ? 1 : 0;
  return c;
}

void OpenCases::release_names(const OpenCase& open_case) {
  names_.release(open_case.unit);
  names_.release(open_case.handler);
  names_.release(open_case.service);
}

OpenCases::Slot OpenCases::add(const OpenCase& open_case) {
  Slot slot = 0;
  if (free_.empty()) {
    CASEWHEEL_CHECK(cases_.size() < std::numeric_limits<Slot>::max(), "the board is full");
    slot = static_cast<Slot>(cases_.size());
    cases_.push_back(open_case);
  } else {
    slot = free_.back();
    free_.pop_back();
    cases_[slot] = open_case;
  }
  shard(open_case.address()).insert(slot);
  count_in(open_case);
  return slot;
}

void OpenCases::count_in(const OpenCase& open_case) {
  ++counts_[count_key(open_case)];
  ++open_of_tenant_[open_case.address().id.tenant_number()];
  if (open_case.due == kUnclockedDue)
    ++unclocked_of_tenant_[open_case.address().id.tenant_number()];
}

void OpenCases::count_out(const OpenCase& open_case) {
  const auto found = counts_.find(count_key(open_case));
  if (--found->second == 0) counts_.erase(found);
  --open_of_tenant_[open_case.address().id.tenant_number()];
  if (open_case.due == kUnclockedDue)
    --unclocked_of_tenant_[open_case.address().id.tenant_number()];
}

std::size_t OpenCases::bytes() const {
  std::size_t total = sizeof(*this) + names_.bytes();
  total += cases_.size() * (sizeof(OpenCase) + 1);  // the deque's blocks and their pointers
  total += free_.capacity() * sizeof(Slot);
  for (const AddressIndex& index : by_address_) {
    total += sizeof(index) + index.capacity() * (sizeof(Slot) + 1);
  }
  // absl does not tell; nodes of 256 bytes are full after load and some 70 % full later.
  total += by_due_.size() * sizeof(DueEntry) * 10 / 7 + counts_.size() * 24;
  return total;
}

}  // namespace casewheel::views
