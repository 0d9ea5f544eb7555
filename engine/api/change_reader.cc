#include "engine/api/change_reader.h"

#include <absl/container/flat_hash_map.h>

#include "engine/api/history.h"
#include "engine/api/reading.h"
#include "engine/base/digest.h"
#include "engine/base/limits.h"

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

using Records = absl::flat_hash_map<std::uint64_t, std::shared_ptr<const partition::CaseRecord>>;

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

std::optional<Rejection> refusal_of(const Services& services, const FeedPosition& position) {
  for (std::size_t i = 0; i < position.places.size(); ++i) {
    const FeedPosition::Place& place = position.places[i];
    if (place.entry() == 0) continue;
    std::string bytes;
    const Status read =
        services.engine.log().read_one(static_cast<PartitionId>(i), place.entry(), &bytes);
    if (!read && read.code() != Status::Code::kNotFound) return unreadable(read);
    if (read && short_digest(sha256(bytes)) == place.digest) continue;
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
    if (!desk->rules->has_unit(filter.unit()))
      return Rejection::invalid("filter.unit", "no such unit in the catalogue: " + filter.unit());
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

Status read_changes(const Services& services, const FeedPosition& end, const std::string& tenant,
                    std::size_t most, FeedPosition* position, std::vector<ReadChange>* changes) {
  partition::Engine& engine = services.engine;
  Status bad;
  for (PartitionId id = 0; id < engine.partitions(); ++id) {
    FeedPosition::Place& place = position->places[id];
    if (place.seq >= end.places[id].seq) continue;
    std::size_t looked_at = 0;
    Records records;
    const Status read =
        engine.log().read(id, place.seq + 1, [&](std::uint64_t seq, std::string_view bytes) {
          if (seq > end.places[id].seq || changes->size() >= most) return false;
          stored::JournalEntry entry;
          if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
            bad = {Status::Code::kCorruption, "journal entry " + std::to_string(seq)};
            return false;
          }
          const std::uint64_t digest = short_digest(sha256(bytes));
          while (place.events < static_cast<std::uint64_t>(entry.events_size())) {
            if (changes->size() >= most) return false;
            const stored::Event& event = entry.events(static_cast<int>(place.events++));
            place.digest = digest;
            if (event.case_id() == 0) continue;
            const CaseAddress address{id, CaseId{event.case_id()}};
            auto& record = records[event.case_id()];
            if (record == nullptr) {
              auto found = std::make_shared<partition::CaseRecord>();
              bad = partition::read_case(engine.store(), id, address.id, found.get());
              if (!bad) return false;
              record = std::move(found);
            }
            if (!tenant.empty() && record->state.tenant() != tenant) continue;
            ReadChange& change = changes->emplace_back();
            change.record = record;
            change.partition = id;
            change.place = place;
            fill(address, record->state, &change.change);
            *change.change.mutable_entry() =
                to_history(event, entry.now_ms(), *record, Shown::kMasked);
          }
          place = {seq, 0, digest};
          return ++looked_at < kEntriesLookedAt;
        });
    if (!read) return read;
    if (!bad) return bad;
  }
  return {};
}

}  // namespace casewheel::api
