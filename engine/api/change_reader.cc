#include "engine/api/change_reader.h"

#include <absl/container/flat_hash_map.h>

#include "engine/api/history.h"
#include "engine/api/reading.h"
#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/partition/sound.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

constexpr std::size_t kEntriesLookedAt = 1024;
constexpr int kNamesMax = 64;

void put(std::string* key, std::string_view part) {
  *key += std::to_string(part.size());
  *key += ':';
  *key += part;
}
void put(std::string* key, const std::set<std::string, std::less<>>& parts) {
  put(key, std::to_string(parts.size()));
  for (const std::string& part : parts) put(key, part);
}

Result<std::set<std::string, std::less<>>> names_of(
    const char* field, const google::protobuf::RepeatedPtrField<std::string>& names) {
  if (names.size() > kNamesMax)
    return Rejection::invalid(field, "lists more than " + std::to_string(kNamesMax));
  for (const std::string& name : names) {
    if (name.empty() || name.size() > limits::kIdChars)
      return Rejection::invalid(field, "holds an empty or overlong name");
  }
  return std::set<std::string, std::less<>>(names.begin(), names.end());
}

void fill(const CaseAddress& address, const stored::CaseState& state, v1::CaseChange* change) {
  change->set_case_number(format_case_number(address.partition, address.id));
  change->set_tenant(state.tenant());
  change->set_external_reference(state.external_reference());
  change->set_kind(static_cast<v1::Kind>(state.kind()));
  change->set_service(state.service());
  change->set_unit(state.unit());
  change->set_handler(state.handler());
  change->set_status(static_cast<v1::CaseStatus>(state.status()));
}

}  // namespace

std::string FeedPosition::token(const ListTokens& tokens) const {
  std::vector<std::uint64_t> numbers;
  for (const Place& place : places) {
    numbers.push_back(place.seq);
    numbers.push_back(place.events);
    numbers.push_back(place.digest);
  }
  return tokens.make(numbers);
}

Result<FeedPosition> FeedPosition::parse(const ListTokens& tokens, const std::string& token,
                                         PartitionId partitions) {
  const Result<std::vector<std::uint64_t>> read = tokens.read(token, std::size_t{partitions} * 3);
  if (!read) return read.error();
  if (read->empty()) return tokens.refusal();
  const std::vector<std::uint64_t>& numbers = *read;
  FeedPosition position;
  for (std::size_t i = 0; i < numbers.size(); i += 3)
    position.places.push_back({numbers[i], numbers[i + 1], numbers[i + 2]});
  return position;
}

namespace {

// Whether the entry stands, since a repair, for a lost one of that digest; 0: one nobody could read.
bool stands_for(const std::string& bytes, std::uint64_t digest) {
  stored::JournalEntry entry;
  if (!entry.ParseFromString(bytes) || entry.events_size() != 1 ||
      !entry.events(0).has_entry_lost())
    return false;
  Sha256 hash{};
  const std::string& lost = entry.events(0).entry_lost().hash();
  if (lost.size() != hash.size()) return digest == 0;
  std::copy(lost.begin(), lost.end(), hash.begin());
  return digest == 0 || short_digest(hash) == digest;
}

}  // namespace

std::optional<Rejection> refusal_of(const Services& services, const FeedPosition& position) {
  for (std::size_t i = 0; i < position.places.size(); ++i) {
    const FeedPosition::Place& place = position.places[i];
    if (place.entry() == 0) continue;
    std::string bytes;
    const Status read =
        services.engine.log().read_one(static_cast<PartitionId>(i), place.entry(), &bytes);
    // A damaged entry has nothing to compare with; the position was given out here all the same.
    if (storage::is_damage(read)) continue;
    if (!read && read.code() != Status::Code::kNotFound) return unreadable(read);
    if (read && short_digest(sha256(bytes)) == place.digest) continue;
    if (read && stands_for(bytes, place.digest)) continue;
    return Rejection::invalid(
        "position",
        "is not in this installation's journal: of another installation, or of a time that was "
        "lost "
        "in a restore; read again from \"start\", or from now on without a position");
  }
  return std::nullopt;
}

ListTokens feed_positions(const Services& services, std::uint8_t tenant_number) {
  return ListTokens::of(services, tenant_number, "changes", "position");
}

std::string Selection::key() const {
  std::string key;
  put(&key, tenant);
  put(&key, units);
  put(&key, services);
  put(&key, events);
  if (territory == nullptr) return key;
  put(&key, territory->staff);
  // Which units lie below another changes with the catalogue.
  put(&key, std::to_string(reinterpret_cast<std::uintptr_t>(territory->tree.get())));
  for (const domain::Territory::Part& part : territory->parts) {
    put(&key, part.unit);
    put(&key, std::to_string(part.kinds));
  }
  return key;
}

bool Selection::takes(const v1::CaseChange& change, const stored::CaseState& now) const {
  return change.tenant() == tenant && (units.empty() || units.contains(now.unit())) &&
         (services.empty() || services.contains(now.service())) &&
         (events.empty() || events.contains(change.entry().event())) &&
         (territory == nullptr || territory->covers(now));
}

Result<Selection> selection_of(const Call& call, const Services& services,
                               const v1::ChangeFilter& filter) {
  const Result<Desk> desk = desk_of(call, services, "filter.tenant", filter.tenant());
  if (!desk) return desk.error();
  Selection selection;
  selection.tenant = filter.tenant();
  selection.tenant_number = desk->rules->tenant_number();
  selection.territory = desk->who.territory;
  if (!filter.unit().empty()) {
    if (auto unknown = unknown_unit("filter.unit", *desk->rules, filter.unit())) return *unknown;
    for (std::string& unit : units_of(*desk->rules, filter.unit(), filter.unit_subtree()))
      selection.units.insert(std::move(unit));
  }
  auto named = names_of("filter.services", filter.services());
  if (!named) return named.error();
  selection.services = std::move(*named);
  auto events = names_of("filter.events", filter.events());
  if (!events) return events.error();
  for (const std::string& event : *events) {
    const auto* field = stored::Event::descriptor()->FindFieldByName(event);
    if (field == nullptr || field->containing_oneof() == nullptr)
      return Rejection::invalid("filter.events", "there is no event " + event);
  }
  selection.events = std::move(*events);
  return selection;
}

namespace {

// One partition's part of read_changes().
class Reading {
 public:
  Reading(const Services& services, PartitionId id, const std::string& tenant, std::size_t most,
          ReadChanges* out)
      : engine_(services.engine),
        registry_(services.engine.catalogue().get()),
        id_(id),
        tenant_(tenant),
        most_(most),
        out_(out) {}

  Status read(FeedPosition::Place end, FeedPosition::Place* place) {
    bool more = true;
    const auto visit = [&](std::uint64_t seq, std::string_view bytes) {
      more = seq <= end.seq && out_->changes.size() < most_ && take(seq, bytes, place) &&
             ++looked_at_ < kEntriesLookedAt;
      return more;
    };
    while (true) {
      const Status read = engine_.log().read(id_, place->seq + 1, visit);
      if (!storage::is_damage(read)) return read;
      // One by one over what is damaged. What lies in it is lost to the feed, and that is all.
      const std::uint64_t seq = place->seq + 1;
      if (!more || seq > end.seq) return {};
      std::string bytes;
      if (engine_.log().read_one(id_, seq, &bytes)) {
        if (!visit(seq, bytes)) return {};
      } else {
        pass_over(seq, 0, place);
        if (++looked_at_ >= kEntriesLookedAt) return {};
      }
    }
  }

 private:
  // `digest`: of the entry's bytes; 0 where they cannot be read.
  void pass_over(std::uint64_t seq, std::uint64_t digest, FeedPosition::Place* place) {
    ++out_->unreadable_entries;
    ++engine_.damage().passed_over;
    *place = {seq, 0, digest};
  }

  // False when there is no room for the rest of the entry.
  bool take(std::uint64_t seq, std::string_view bytes, FeedPosition::Place* place) {
    stored::JournalEntry entry;
    const std::uint64_t digest = short_digest(sha256(bytes));
    if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
        (entry.events_size() == 1 && entry.events(0).has_entry_lost())) {
      pass_over(seq, digest, place);
      return true;
    }
    while (place->events < static_cast<std::uint64_t>(entry.events_size())) {
      if (out_->changes.size() >= most_) return false;
      const stored::Event& event = entry.events(static_cast<int>(place->events++));
      place->digest = digest;
      if (event.case_id() != 0) add(event, entry.now_ms(), *place);
    }
    *place = {seq, 0, digest};
    return true;
  }

  void add(const stored::Event& event, TimeMs committed, FeedPosition::Place place) {
    const CaseAddress address{id_, CaseId{event.case_id()}};
    const Known& known = record_of(address, event);
    if (!tenant_.empty() && known.record->state.tenant() != tenant_) return;
    ReadChange& change = out_->changes.emplace_back();
    change.record = known.record;
    change.partition = id_;
    change.place = place;
    fill(address, known.record->state, &change.change);
    v1::HistoryEntry& told = *change.change.mutable_entry();
    told = to_history(event, committed, *known.record, Shown::kMasked);
    change.change.set_case_unreadable(!known.readable);
    if (!known.readable && !event.sealed().empty()) told.set_text("(無法讀取 unreadable)");
  }

  struct Known {
    std::shared_ptr<const partition::CaseRecord> record;
    bool readable = true;
  };
  const Known& record_of(const CaseAddress& address, const stored::Event& event) {
    Known& known = records_[address.id.value];
    if (known.record != nullptr) return known;
    auto found = std::make_shared<partition::CaseRecord>();
    known.readable = partition::read_case(engine_.store(), id_, address.id, found.get()).is_ok();
    if (!known.readable) {
      ++engine_.damage().passed_over;
      *found = outline_of(address, event);
    }
    known.record = std::move(found);
    return known;
  }

  // A case whose row cannot be read is known by its number, its clock row and its lodging alone.
  partition::CaseRecord outline_of(const CaseAddress& address, const stored::Event& event) const {
    partition::CaseRecord record;
    stored::CaseState& state = record.state;
    state.set_case_id(address.id.value);
    if (const auto* rules = registry_->find_number(address.id.tenant_number()))
      state.set_tenant(rules->tenant());
    std::string value;
    stored::ClockRow row;
    if (engine_.store().get(storage::Table::kState, storage::clock_key(id_, address.id), &value) &&
        row.ParseFromString(value) && partition::is_sound(row)) {
      state.set_unit(row.unit());
      state.set_handler(row.handler());
      state.set_kind(row.kind());
      state.set_service(row.service());
      state.set_status(row.status());
    } else if (event.has_case_lodged()) {
      state.set_unit(event.case_lodged().unit());
      state.set_handler(event.case_lodged().handler());
      state.set_kind(event.case_lodged().kind());
      state.set_service(event.case_lodged().service());
    }
    return record;
  }

  partition::Engine& engine_;
  const std::shared_ptr<const catalogue::Registry> registry_;
  const PartitionId id_;
  const std::string& tenant_;
  const std::size_t most_;
  ReadChanges* out_;
  std::size_t looked_at_ = 0;
  absl::flat_hash_map<std::uint64_t, Known> records_;
};

}  // namespace

Status read_changes(const Services& services, const FeedPosition& end, const std::string& tenant,
                    std::size_t most, FeedPosition* position, ReadChanges* read) {
  for (PartitionId id = 0; id < services.engine.partitions(); ++id) {
    FeedPosition::Place& place = position->places[id];
    if (place.seq >= end.places[id].seq) continue;
    if (Status status = Reading(services, id, tenant, most, read).read(end.places[id], &place);
        !status)
      return status;
  }
  return {};
}

}  // namespace casewheel::api
