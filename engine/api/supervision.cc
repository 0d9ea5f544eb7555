#include "engine/api/supervision.h"

#include <boost/asio/post.hpp>
#include <deque>
#include <mutex>
#include <optional>

#include "engine/api/page_token.h"
#include "engine/api/reading.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/partition/rows.h"

namespace casewheel::api {

v1::DueCase SupervisionApi::to_due_case(const views::DueRow& row, TimeMs now) const {
  v1::DueCase out;
  out.set_case_number(format_case_number(row.address.partition, row.address.id));
  const auto registry = services_.engine.catalogue().get();
  if (const catalogue::TenantRules* rules = tenant_of(*registry, row.address.id))
    out.set_tenant(rules->tenant());
  out.set_unit(row.unit);
  out.set_handler(row.handler);
  out.set_service(row.service);
  out.set_kind(static_cast<v1::Kind>(row.kind));
  out.set_priority(static_cast<v1::Priority>(row.priority));
  out.set_status(static_cast<v1::CaseStatus>(row.status));
  out.set_clock_kind(static_cast<v1::ClockKind>(row.due_kind));
  if (row.unclocked) {
    out.set_unclocked(true);
  } else {
    set_time(out.mutable_due_time(), row.due_ms);
    out.set_overdue(row.due_ms < now);
  }
  out.set_level(row.level);
  out.set_unacknowledged(row.unacknowledged);
  out.set_provisional(row.provisional);
  out.set_county(row.county);
  out.set_extension_requests(row.extension_requests);
  return out;
}

std::optional<domain::Who> case_reader(const Call& call, const catalogue::TenantRules& rules) {
  if (call.caller == nullptr) return domain::Who{};
  Result<domain::Who> who = access::permit(*call.caller, "cases.read", rules);
  if (!who) return std::nullopt;
  return std::move(*who);
}

std::string SupervisionApi::subject_of(const CaseAddress& address, const domain::Who& reader,
                                       Work& work) const {
  partition::CaseRecord record;
  work.look_at(1);
  // A row that cannot be read is told of where the case itself is asked for.
  if (!partition::read_case(services_.engine.store(), address.partition, address.id, &record))
    return {};
  if (reader.territory && !reader.territory->covers(record.state)) return {};
  stored::PersonalData personal;
  if (record.state.sealed().empty() || !unseal(record, &personal)) return {};
  return shown_text(personal.subject(), Shown::kMasked);
}

Result<views::DueFilter> SupervisionApi::filter_of(const Call& call,
                                                   const v1::DueFilter& filter) const {
  const Result<Desk> desk = desk_of(call, services_, "filter.tenant", filter.tenant());
  if (!desk) return desk.error();
  const catalogue::TenantRules* rules = desk->rules;
  views::DueFilter out;
  out.tenant_number = rules->tenant_number();
  out.territory = desk->who.territory;
  if (auto unknown = unknown_staff("filter.handler", *rules, filter.handler())) return *unknown;
  out.handler = filter.handler();
  if (!filter.unit().empty()) {
    if (auto unknown = unknown_unit("filter.unit", *rules, filter.unit())) return *unknown;
    out.units = units_of(*rules, filter.unit(), filter.unit_subtree());
  }
  const Result<DurationMs> horizon = duration_of("filter.horizon", filter.horizon());
  if (!horizon) return horizon.error();
  out.horizon_ms = *horizon;
  return out;
}

void SupervisionApi::list_due(const Call& call, const v1::ListDueRequest& request,
                              Done<v1::ListDueResponse> done) {
  Result<views::DueFilter> filter = filter_of(call, request.filter());
  if (!filter) return done(filter.error());
  const ListTokens tokens = ListTokens::of(services_, filter->tenant_number, request);
  const Result<std::vector<std::uint64_t>> place = tokens.read(request.page_token(), 2);
  if (!place) return done(place.error());
  views::DueKey after = views::DueKey::start_of_tenant(filter->tenant_number);
  if (!place->empty()) after = {(*place)[0], (*place)[1]};
  const Result<int> page_size =
      page_size_of(request.page_size(), limits::kPageSizeDefault, limits::kPageSizeMax);
  if (!page_size) return done(page_size.error());
  scan(services_, call, done,
       [this, call, tenant = request.filter().tenant(), filter = std::move(*filter),
        page_size = *page_size, after, tokens, done](Work& work) {
         const auto registry = services_.engine.catalogue().get();
         const catalogue::TenantRules* rules = registry->find(tenant);
         const std::optional<domain::Who> reader =
             rules == nullptr ? std::nullopt : case_reader(call, *rules);
         const TimeMs now = services_.engine.clock().read().now;
         const Result<views::DuePage> page =
             services_.board.list(filter, now, static_cast<std::size_t>(page_size), after);
         if (!page) return done(page.error());
         work.look_at(page->looked / kEntriesPerRow);
         v1::ListDueResponse response;
         for (const views::DueRow& row : page->rows) {
           v1::DueCase* due = response.add_cases();
           *due = to_due_case(row, now);
           if (reader) due->set_subject(subject_of(row.address, *reader, work));
         }
         if (page->next)
           response.set_next_page_token(tokens.make({page->next->high, page->next->low}));
         set_time(response.mutable_as_of(), now);
         done(std::move(response));
       });
}

void SupervisionApi::list_notices(const Call& call, const v1::ListNoticesRequest& request,
                                  Done<v1::ListNoticesResponse> done) {
  scan(services_, call, done,
       [this, call, request, done](Work& work) { find_notices(call, request, work, done); });
}

void SupervisionApi::find_notices(const Call& call, const v1::ListNoticesRequest& request,
                                  Work& work, const Done<v1::ListNoticesResponse>& done) const {
  const Result<Desk> desk = desk_of(call, services_, "tenant", request.tenant());
  if (!desk) return done(desk.error());
  const catalogue::TenantRules* rules = desk->rules;
  const std::string& staff = request.staff().empty() ? desk->who.id : request.staff();
  if (staff.empty()) return done(Rejection::invalid("staff", "is required"));
  if (rules->staff(staff) == nullptr)
    return done(Rejection::invalid("staff", "no such staff in the catalogue: " + staff));
  // Of others, those who work in a unit that is hers.
  if (desk->who.territory && staff != desk->who.id &&
      !desk->who.territory->covers(*rules->unit_of_staff(staff), stored::KIND_UNSPECIFIED, ""))
    return done(Rejection::of(RejectionCode::kNotPermitted, "works in a unit that is not yours"));
  const TimeMs now = services_.engine.clock().read().now;
  const auto number = [](const CaseAddress& address) {
    return format_case_number(address.partition, address.id);
  };
  const views::NoticeList list = services_.board.notices().list(rules->tenant_number(), staff, now);
  work.look_at(list.looked / kEntriesPerRow);
  v1::ListNoticesResponse response;
  for (const views::Notice& notice : list.notices) {
    v1::ListNoticesResponse::Notice* out = response.add_notices();
    out->set_case_number(number(notice.address));
    out->set_escalation(notice.escalation);
    out->set_level(notice.level);
    out->set_clock_kind(static_cast<v1::ClockKind>(notice.clock));
    out->set_unit(notice.unit);
    set_time(out->mutable_due_time(), notice.due);
    set_time(out->mutable_fired_time(), notice.fired);
    out->set_tells_applicant(notice.tells_applicant);
    out->set_moved_by(notice.moved_by);
    if (notice.moved_to != 0) set_time(out->mutable_moved_to_time(), notice.moved_to);
  }
  for (const views::NoticeDigest& digest : list.digests) {
    v1::ListNoticesResponse::Digest* out = response.add_digests();
    out->set_unit(digest.unit);
    out->set_clock_kind(static_cast<v1::ClockKind>(digest.clock));
    out->set_level(digest.level);
    out->set_cases(digest.count);
    set_time(out->mutable_oldest_due(), digest.oldest_due);
    for (const CaseAddress& example : digest.examples) out->add_examples(number(example));
  }
  add_decisions(rules->tenant_number(), staff, work, &response);
  response.set_waiting(list.waiting);
  if (list.next != 0) set_time(response.mutable_next_time(), list.next);
  set_time(response.mutable_as_of(), now);
  done(std::move(response));
}

// Takes from the board a few rows at a time.
class SupervisionApi::DueWatching final : public Watching {
 public:
  DueWatching(const SupervisionApi& api, Holder holder, std::shared_ptr<views::Watch> watch)
      : api_(api), holder_(std::move(holder)), watch_(std::move(watch)) {}
  ~DueWatching() override {
    watch_->cancel();
    api_.watches_.leave(holder_);
  }

  std::shared_ptr<const google::protobuf::Message> take() override {
    const std::scoped_lock lock(mutex_);
    if (waiting_.empty()) {
      for (views::WatchMessage& message : watch_->take(kRowsPerTake))
        waiting_.push_back(std::move(message));
    }
    if (waiting_.empty()) return nullptr;
    auto response = std::make_shared<v1::WatchDueResponse>(api_.to_response(waiting_.front()));
    waiting_.pop_front();
    return response;
  }

 private:
  static constexpr std::size_t kRowsPerTake = 256;

  const SupervisionApi& api_;
  const Holder holder_;
  const std::shared_ptr<views::Watch> watch_;
  std::mutex mutex_;
  std::deque<views::WatchMessage> waiting_;
};

Result<std::shared_ptr<Watching>> SupervisionApi::watch(const Call& call,
                                                        const v1::WatchDueRequest& request,
                                                        std::shared_ptr<views::Watcher> watcher) {
  Result<views::DueFilter> filter = filter_of(call, request.filter());
  if (!filter) return filter.error();
  Holder holder = holder_of(call);
  if (std::optional<Rejection> full = watches_.enter(holder)) return *std::move(full);
  auto watch =
      services_.board.subscribe(*filter, services_.engine.clock().read().now, std::move(watcher));
  if (!watch) {
    watches_.leave(holder);
    return watch.error();
  }
  return std::shared_ptr<Watching>(
      std::make_shared<DueWatching>(*this, std::move(holder), std::move(*watch)));
}

v1::WatchDueResponse SupervisionApi::to_response(const views::WatchMessage& message) const {
  v1::WatchDueResponse out;
  out.set_revision(message.revision);
  set_time(out.mutable_as_of(), message.as_of);
  if (const auto* snapshot = std::get_if<views::Snapshot>(&message.change)) {
    for (const views::DueRow& row : snapshot->rows)
      *out.mutable_snapshot()->add_cases() = to_due_case(row, message.as_of);
    out.mutable_snapshot()->set_complete(snapshot->complete);
  } else if (const auto* upsert = std::get_if<views::Upsert>(&message.change)) {
    *out.mutable_upsert() = to_due_case(upsert->row, message.as_of);
  } else {
    const CaseAddress& address = std::get<views::Removed>(message.change).address;
    out.set_removed(format_case_number(address.partition, address.id));
  }
  return out;
}

}  // namespace casewheel::api
