#include "engine/api/calls.h"

#include <absl/strings/match.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "engine/access/phone.h"
#include "engine/api/audit.h"
#include "engine/api/call_records.h"
#include "engine/api/page_token.h"
#include "engine/api/plain_text.h"
#include "engine/api/reading.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/domain/call_answers.h"
#include "engine/domain/decide.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

constexpr std::size_t kExchangeCallChars = 256;
constexpr std::size_t kQueueChars = 64;
constexpr std::size_t kPartyNameChars = 200;
constexpr std::size_t kCauseChars = 64;
constexpr int kUsersMax = 64;

// A page of calls ends with the one that takes it over this: clients of gRPC take 4 MiB unless they
// ask for more.
constexpr std::size_t kListedBytes = 1 << 20;

bool is_voicemail(const std::string& user) {
  return absl::EqualsIgnoreCase(user, domain::kVoicemail);
}

// Whether a queue or another machine of the exchange goes by that name.
bool is_machine(const stored::Hotline& hotline, const std::string& name) {
  return std::any_of(hotline.queues().begin(), hotline.queues().end(),
                     [&](const std::string& known) { return absl::EqualsIgnoreCase(known, name); });
}

// By extension or staff id, else by name.
const stored::Staff* staff_called(const catalogue::TenantRules& rules, const std::string& user) {
  if (const stored::Staff* staff = rules.staff_at(user)) return staff;
  const auto& all = rules.catalogue().staff();
  const auto named = std::find_if(all.begin(), all.end(),
                                  [&](const stored::Staff& staff) { return staff.name() == user; });
  return named == all.end() ? nullptr : &*named;
}

class News {
 public:
  News(const v1::RecordCallEventRequest& request, const catalogue::TenantRules& rules)
      : request_(request), rules_(rules) {}

  Result<domain::CallNews> read(const domain::Moment& moment) {
    const TimeMs now = moment.now;
    domain::CallNews news;
    if (request_.event() == v1::RecordCallEventRequest::EVENT_UNSPECIFIED ||
        !v1::RecordCallEventRequest::Event_IsValid(request_.event()))
      return Rejection::invalid("event", "must be RING, QUEUE, ANSWER, HANGUP or WRAP_UP");
    news.what = static_cast<domain::CallNews::What>(request_.event() - 1);
    const Result<TimeMs> told =
        time_of("event_time", request_.has_event_time() ? &request_.event_time() : nullptr);
    if (!told) return told.error();
    if (*told > now && !domain::is_now(*told, moment))
      return Rejection::invalid("event_time", "lies in the future");
    news.dated = *told != 0;
    news.at_ms = news.dated ? std::min(*told, now) : now;
    if (request_.exchange_call().empty()) return Rejection::invalid("exchange_call", "is required");
    const Result<stored::CallDirection> direction = word_of<stored::CallDirection>(
        "direction", request_.direction(), &stored::CallDirection_IsValid);
    if (!direction) return direction.error();
    news.direction = *direction;
    line("exchange_call", request_.exchange_call(), kExchangeCallChars, &news.exchange_call);
    line("queue", request_.queue(), kQueueChars, &news.queue);
    line("cause", request_.cause(), kCauseChars, &news.cause);
    line("name", request_.name(), kPartyNameChars, news.party.mutable_name());
    numbers(&news);
    if (request_.users_size() > kUsersMax) return Rejection::invalid("users", "lists more than 64");
    std::vector<std::string> users(static_cast<std::size_t>(request_.users_size()));
    for (std::size_t i = 0; i < users.size(); ++i) {
      line("users", request_.users(static_cast<int>(i)), limits::kNameChars, &users[i]);
      if (const stored::Staff* staff = staff_called(rules_, users[i]))
        news.ringing.push_back(staff->id());
    }
    std::string answered_by;
    line("answered_by", request_.answered_by(), limits::kNameChars, &answered_by);
    if (refusal_) return *std::move(refusal_);
    answerer(answered_by, users, &news);
    return news;
  }

 private:
  void line(const char* field, const std::string& text, std::size_t limit, std::string* out) {
    Result<std::string> clean = clean_text(field, text, limit, TextKind::kLine);
    if (clean) {
      *out = std::move(*clean);
    } else if (!refusal_) {
      refusal_ = clean.error();
    } else {
      for (FieldViolation& violation : clean.error().fields)
        refusal_->fields.push_back(std::move(violation));
    }
  }
  // Ours and that of who is at the other end. Without its direction nobody knows which is which.
  void numbers(domain::CallNews* news) {
    const bool outbound = news->direction == stored::OUTBOUND;
    const std::string& ours = outbound ? request_.from() : request_.to();
    const std::string& theirs = outbound ? request_.to() : request_.from();
    const auto& lines = rules_.catalogue().hotline().lines();
    const bool listed = std::find(lines.begin(), lines.end(), ours) != lines.end();
    line(outbound ? "from" : "to", listed ? ours : access::without_uri(ours), limits::kPhoneChars,
         &news->line);
    std::string number;
    if (!access::is_withheld(theirs)) {
      line(outbound ? "to" : "from", access::without_uri(theirs), limits::kPhoneChars, &number);
    }
    if (news->direction == stored::CALL_DIRECTION_UNSPECIFIED) {
      news->line.clear();
    } else if (!number.empty()) {
      news->party.set_dialled_number(dialled_caller(number));
      news->party.set_number(std::move(number));
    }
  }
  // Where nobody is named, who it rang at, if it was one alone.
  void answerer(const std::string& name, const std::vector<std::string>& users,
                domain::CallNews* news) const {
    if (news->what != domain::CallNews::What::kAnswer) return;
    const std::string& one = users.size() == 1 ? users.front() : name;
    const std::string& named = name.empty() ? one : name;
    if (is_voicemail(name) || is_voicemail(one)) {
      news->seat = domain::kVoicemail;
    } else if (const stored::Staff* staff = staff_called(rules_, name)) {
      news->agent = staff->id();
    } else if (news->ringing.size() == 1 && users.size() == 1) {
      news->agent = news->ringing.front();
    } else if (named.empty() || is_machine(rules_.catalogue().hotline(), named)) {
      news->seat = domain::kNobody;
    } else {
      news->seat = named;
    }
  }

  const v1::RecordCallEventRequest& request_;
  const catalogue::TenantRules& rules_;
  std::optional<Rejection> refusal_;
};

struct Row {
  storage::CallPlace place;
  partition::CallRecord record;
};

std::pair<std::uint64_t, storage::Digest16> order_of(const storage::CallPlace& place) {
  return {place.begun_ms, place.id};
}

std::vector<std::uint64_t> position_of(const storage::CallPlace& place) {
  std::vector<std::uint64_t> numbers{place.begun_ms, 0, 0};
  for (std::size_t i = 0; i < place.id.size(); ++i)
    numbers[1 + i / 8] = numbers[1 + i / 8] << 8 | place.id[i];
  return numbers;
}

storage::CallPlace place_at(std::uint8_t tenant_number, const std::vector<std::uint64_t>& numbers) {
  storage::CallPlace place{tenant_number, numbers[0], {}};
  for (std::size_t i = 0; i < place.id.size(); ++i)
    place.id[i] = static_cast<std::uint8_t>(numbers[1 + i / 8] >> (56 - 8 * (i % 8)));
  return place;
}

}  // namespace

void CallsApi::submit(const Call& call, partition::CallRequest request, std::size_t bytes,
                      Done<v1::Call> done) {
  partition::Engine& engine = services_.engine;
  const PartitionId partition = engine.route(request.id);
  partition::Request out;
  out.body = std::move(request);
  out.bytes = bytes + sizeof(partition::Request);
  out.give_up = call.give_up;
  // What is shown of a call is masked: not on the threads that answer for every partition.
  out.done = [this, done = std::move(done)](partition::Answer&& answer) {
    if (answer.rejection) return done(std::move(*answer.rejection));
    boost::asio::post(services_.pools.reads(),
                      [record = std::move(answer.call), done] { done(to_call(*record)); });
  };
  engine.submit(partition, partition::Class::kPeople, std::move(out));
}

void CallsApi::record(const Call& call, const v1::RecordCallEventRequest& request,
                      Done<v1::Call> done) {
  const Result<Desk> desk = desk_of(call, services_, "tenant", request.tenant());
  if (!desk) return done(desk.error());
  EngineClock& clock = services_.engine.clock();
  const EngineClock::Reading reading = clock.read();
  domain::Moment moment;
  moment.now = reading.now;
  if (reading.frozen) moment.machine_ms = clock.system_ms();
  Result<domain::CallNews> news = News(request, *desk->rules).read(moment);
  if (!news) return done(news.error());
  const storage::Digest16 id = call_id(desk->rules->tenant(), news->exchange_call);
  if (call.line != nullptr) call.line->set_subject(call_name(id));
  submit(call, {desk->rules->tenant(), id, {std::move(*news), desk->who}}, request.ByteSizeLong(),
         std::move(done));
}

namespace {

// Which call is meant, by its id or by what the exchange calls it.
Result<storage::Digest16> asked_call(const v1::GetCallRequest& request) {
  if (request.exchange_call().empty()) {
    const std::optional<storage::Digest16> id = parse_call_name(request.id());
    if (!id) return Rejection::invalid("id", "is not 32 hexadecimal digits");
    return *id;
  }
  if (!request.id().empty())
    return Rejection::invalid("exchange_call", "names a call that id names already");
  if (request.tenant().empty()) return Rejection::invalid("tenant", "is required");
  const Result<std::string> name =
      clean_text("exchange_call", request.exchange_call(), kExchangeCallChars, TextKind::kLine);
  if (!name) return name.error();
  return call_id(request.tenant(), *name);
}

}  // namespace

void CallsApi::get(const Call& call, const v1::GetCallRequest& request, Done<v1::Call> done) {
  const Result<storage::Digest16> id = asked_call(request);
  if (!id) return done(id.error());
  boost::asio::post(services_.pools.reads(), [this, call, id = *id, done = std::move(done)] {
    const Result<partition::CallRecord> record = read_call_for(call, services_, id);
    if (!record) return done(record.error());
    done(to_call(*record));
  });
}

void CallsApi::wrap_up(const Call& call, const v1::WrapUpCallRequest& request,
                       Done<v1::Call> done) {
  const std::optional<storage::Digest16> id = parse_call_name(request.id());
  if (!id) return done(Rejection::invalid("id", "is not 32 hexadecimal digits"));
  const TimeMs now = services_.engine.clock().read().now;
  const Result<TimeMs> told =
      time_of("wrap_up_time", request.has_wrap_up_time() ? &request.wrap_up_time() : nullptr);
  if (!told) return done(told.error());
  if (*told > now) return done(Rejection::invalid("wrap_up_time", "lies in the future"));
  boost::asio::post(services_.pools.reads(), [this, call, id = *id, told = *told, now,
                                              done = std::move(done)]() mutable {
    const Result<partition::CallRecord> record = read_call_for(call, services_, id);
    if (!record) return done(record.error());
    if (record->call.answered_ms() == 0)
      return done(Rejection::of(RejectionCode::kWrongState, "nobody has answered the call"));
    const Result<Desk> desk = desk_of(call, services_, "tenant", record->call.tenant());
    if (!desk) return done(desk.error());
    domain::CallNews news;
    news.what = domain::CallNews::What::kWrapUp;
    news.at_ms = told == 0 ? now : told;
    submit(call, {record->call.tenant(), id, {std::move(news), desk->who}}, 0, std::move(done));
  });
}

void CallsApi::list(const Call& call, const v1::ListCallsRequest& request,
                    Done<v1::ListCallsResponse> done) {
  Result<Desk> desk = desk_of(call, services_, "tenant", request.tenant());
  if (!desk) return done(desk.error());
  if (auto unknown = unknown_staff("agent", *desk->rules, request.agent()))
    return done(*std::move(unknown));
  const Result<int> page_size =
      page_size_of(request.page_size(), limits::kPageSizeDefault, limits::kPageSizeMax);
  if (!page_size) return done(page_size.error());
  const Result<TimeMs> to =
      time_of("to_time", request.has_to_time() ? &request.to_time() : nullptr);
  if (!to) return done(to.error());
  const TimeMs until = *to == 0 ? services_.engine.clock().read().now + 1 : *to;
  const Result<TimeMs> from =
      time_of("from_time", request.has_from_time() ? &request.from_time() : nullptr);
  if (!from) return done(from.error());
  const TimeMs since = request.has_from_time() ? *from : std::max<TimeMs>(until - kDayMs, 0);
  const std::uint8_t tenant = desk->rules->tenant_number();
  storage::CallPlace below{tenant, static_cast<std::uint64_t>(until), {}};
  const ListTokens tokens = ListTokens::of(services_, tenant, request);
  const Result<std::vector<std::uint64_t>> position = tokens.read(request.page_token(), 3);
  if (!position) return done(position.error());
  if (!position->empty()) {
    below = std::min(below, place_at(tenant, *position),
                     [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  }
  scan(services_, call, done,
       [this, desk = std::move(*desk), below, since, request, tokens,
        page_size = static_cast<std::size_t>(*page_size), done](Work& work) {
         const auto snapshot = services_.engine.store().snapshot();
         const std::uint8_t tenant_number = desk.rules->tenant_number();
         std::vector<Row> rows;
         // Where the partition that looked least far back has stopped.
         std::optional<storage::CallPlace> reached;
         std::uint32_t unread = 0;
         for (PartitionId id = 0; id < services_.engine.partitions(); ++id) {
           std::size_t taken = 0;
           int looked = 0;
           const storage::KeyRange range = storage::within(
               storage::call_tenant_prefix(id, tenant_number),
               storage::call_start(id, tenant_number, static_cast<std::uint64_t>(since)),
               storage::call_key(id, below));
           if (range.empty()) continue;
           storage::PassedOver passed;
           const Status status = storage::scan_readable_reverse(
               *snapshot, storage::Table::kState, range.begin, range.end,
               [&](std::string_view key, std::string_view value) {
                 Row row;
                 const auto place = storage::decode_call_key(key);
                 work.look_at(1);
                 if (!place) {
                   ++unread;
                   return true;
                 }
                 row.place = *place;
                 const stored::Call& stored_call = row.record.call;
                 const bool sound = partition::decode_call(value, &row.record) &&
                                    stored_call.tenant() == desk.rules->tenant();
                 if (!sound) ++unread;
                 const bool missed = stored_call.direction() == stored::INBOUND &&
                                     stored_call.ended_ms() != 0 && stored_call.answered_ms() == 0;
                 if (sound && (request.agent().empty() || stored_call.agent() == request.agent()) &&
                     (!request.missed_only() || missed) &&
                     partition::covers(desk.who, *desk.rules, stored_call)) {
                   rows.push_back(std::move(row));
                   ++taken;
                 }
                 if (taken <= page_size && ++looked < limits::kRowsPerPageMax) return true;
                 if (!reached || order_of(*reached) < order_of(*place)) reached = *place;
                 return false;
               },
               &passed);
           if (!status) return done(unreadable(status));
           unread += static_cast<std::uint32_t>(passed.stretches.size());
         }
         services_.engine.damage().passed_over += unread;
         std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
           return order_of(a.place) > order_of(b.place);
         });
         v1::ListCallsResponse response;
         response.set_unreadable(unread);
         std::optional<storage::CallPlace> last;
         bool more = reached.has_value();
         std::size_t bytes = 0;
         bool full = false;
         for (const Row& row : rows) {
           if (reached && order_of(row.place) < order_of(*reached)) break;
           if (full) {
             more = true;
             reached.reset();
             break;
           }
           *response.add_calls() = to_call(row.record);
           last = row.place;
           bytes += response.calls().rbegin()->ByteSizeLong();
           full = static_cast<std::size_t>(response.calls_size()) == page_size ||
                  bytes >= kListedBytes;
         }
         if (more) {
           const storage::CallPlace& next = reached && !full ? *reached : *last;
           response.set_next_page_token(tokens.make(position_of(next)));
         }
         done(std::move(response));
       });
}

}  // namespace casewheel::api
