#include "engine/doors/open311/request_documents.h"

#include <absl/strings/str_split.h>
#include <absl/time/time.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

#include "engine/base/limits.h"
#include "engine/doors/http/field_words.h"
#include "engine/sla/zone.h"

namespace casewheel::doors::open311 {
namespace {

constexpr std::size_t kNumbersMax = 50;
constexpr int kPageSizeMax = 500;

std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> words;
  for (const auto& word : absl::StrSplit(text, ',', absl::SkipWhitespace()))
    words.emplace_back(absl::StripAsciiWhitespace(word));
  return words;
}

void set_time(google::protobuf::Timestamp* out, TimeMs time) {
  out->set_seconds(time / 1000);
  out->set_nanos(static_cast<std::int32_t>(time % 1000 * 1'000'000));
}

int number_of(const Form& form, const char* name, int preset, int most, Errors* errors) {
  const std::string& text = form[name];
  if (text.empty()) return preset;
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number < 1 || number > most) {
    errors->push_back(
        {400, std::string(name) + ": must be a whole number from 1 to " + std::to_string(most)});
    return preset;
  }
  return number;
}

void read_dates(const Form& form, bool updates, const std::string& time_zone, TimeMs now,
                Wanted* out) {
  const sla::Zone zone = sla::Zone::load(time_zone).value_or(sla::Zone::utc());
  const std::size_t before = out->errors.size();
  TimeMs from = time_of(form, "start_date", zone, false, &out->errors);
  TimeMs until = time_of(form, "end_date", zone, true, &out->errors);
  if (out->errors.size() != before) return;
  // The latest instant is one to include, and instants are written to the second.
  if (until == from && from != 0) until += kSecondMs;
  // To the second, as dates are written in the link to the next page.
  out->undated = from == 0 && until == 0;
  if (out->undated) until = now / kSecondMs * kSecondMs + kMinuteMs;
  if (until == 0) until = from + kSpanMax;
  if (from == 0) from = std::max<TimeMs>(until - kSpanMax, 1);
  if (until <= from) {
    out->errors.push_back({400, "end_date: lies before start_date"});
  } else if (until - from > kSpanMax + kDayMs) {
    out->errors.push_back({400, "start_date, end_date: span more than 90 days"});
  }
  set_time(updates ? out->list.mutable_updated_from() : out->list.mutable_received_from(), from);
  set_time(updates ? out->list.mutable_updated_until() : out->list.mutable_received_until(), until);
}

void read_status(const Form& form, Wanted* out) {
  bool open = false;
  bool closed = false;
  for (const std::string& word : listed(form["status"])) {
    open |= word == "open";
    closed |= word == "closed";
    if (word != "open" && word != "closed")
      out->errors.push_back({400, "status: must be open or closed"});
  }
  if (open != closed)
    out->list.set_status(open ? v1::PUBLIC_STATUS_OPEN : v1::PUBLIC_STATUS_CLOSED);
}

const char* status_of(const v1::PublicCase& shown) {
  return shown.status() == v1::PUBLIC_STATUS_OPEN ? "open" : "closed";
}

Element time_element(const char* name, bool said, const google::protobuf::Timestamp& time,
                     const Manner& manner) {
  return Element::of(name, said ? datetime_text(ms_of(time), manner.time_zone) : "");
}

std::string degrees(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.7f", value);
  std::string text = buffer;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text += '0';
  return text;
}

void add_place(const v1::PublicCase& shown, Element* out) {
  out->add(Element::of("address", shown.place().address()));
  out->add(Element::of("address_id", shown.place().address_id()));
  out->add(Element::of("zipcode", ""));
  if (shown.place().has_position()) {
    const v1::Place::Position& position = shown.place().position();
    out->add(Element::verbatim("lat", degrees(position.latitude())));
    out->add(Element::verbatim("long", degrees(position.longitude())));
  } else {
    out->add(Element::of("lat", ""));
    out->add(Element::of("long", ""));
  }
}

void add_extensions(const v1::PublicCase& shown, const Manner& manner, Element* out) {
  Element attributes = Element::list("attributes");
  for (const v1::Attribute& answer : shown.attributes()) {
    Element values = Element::list("values");
    for (const std::string& value : answer.values()) values.add(Element::of("value", value));
    attributes.add(
        Element::members("attribute", {Element::of("code", answer.code()), std::move(values)}));
  }
  out->add(std::move(attributes));
  const std::string& words = in(manner.tongue, shown.status_zh(), shown.status_en());
  out->add(Element::members(
      "extended_attributes",
      {Element::of("status_text", words), Element::of("jurisdiction_id", shown.tenant()),
       time_element("closed_datetime", shown.has_close_time(), shown.close_time(), manner)}));
  out->add(Element::list(
      "notes",
      {Element::members("note", {time_element("datetime", true, shown.update_time(), manner),
                                 Element::of("description", words)})}));
}

}  // namespace

TimeMs ms_of(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000 + time.nanos() / 1'000'000;
}

TimeMs time_of(const Form& form, const char* name, const sla::Zone& zone, bool end_of_day,
               Errors* errors) {
  std::string text = form[name];
  if (text.empty()) return 0;
  // A "+" that was not escaped was read as a space.
  std::replace(text.begin(), text.end(), ' ', '+');
  std::optional<TimeMs> time = zone.parse(text, end_of_day);
  if (!time) {
    absl::Time parsed;
    if (absl::ParseTime(absl::RFC3339_full, text, &parsed, nullptr))
      time = absl::ToUnixMillis(parsed);
  }
  // "infinite-future" is a time to the library that reads it.
  if (!time || *time <= 0 || *time > limits::kTimeMax) {
    errors->push_back({400, std::string(name) + ": is no date, such as 2026-01-05T09:00:00+08:00"});
    return 0;
  }
  return *time;
}

Wanted wanted_of(const Form& form, bool updates, const std::string& time_zone, TimeMs now) {
  Wanted out;
  out.extensions = form["extensions"] == "true";
  out.numbers = listed(form["service_request_id"]);
  if (out.numbers.size() > kNumbersMax)
    out.errors.push_back({400, "service_request_id: lists more than 50"});
  if (!out.numbers.empty()) return out;  // overrides the rest
  for (std::string& code : listed(form["service_code"])) *out.list.add_services() = std::move(code);
  if (out.list.services_size() > 100)
    out.errors.push_back({400, "service_code: lists more than 100"});
  read_dates(form, updates, time_zone, now, &out);
  read_status(form, &out);
  const bool paged = !form["page"].empty() || !form["page_size"].empty();
  const int page = number_of(form, "page", 1, kRowsMax, &out.errors);
  const int size = number_of(form, "page_size", paged ? 50 : kRowsMax, kPageSizeMax, &out.errors);
  if (page * size > kRowsMax)
    out.errors.push_back({400, "page: one query gives at most 1,000; narrow its dates"});
  out.skip = (page - 1) * size;
  out.rows = size;
  out.list.set_page_token(form["page_token"]);
  return out;
}

std::string dates_of(const Wanted& wanted, const std::string& time_zone) {
  const v1::ListPublicCasesRequest& list = wanted.list;
  const auto date = [&](const char* name, const google::protobuf::Timestamp& time) {
    return name + percent_escaped(datetime_text(ms_of(time), time_zone)) + "&";
  };
  return date("start_date=", list.has_updated_from() ? list.updated_from() : list.received_from()) +
         date("end_date=", list.has_updated_until() ? list.updated_until() : list.received_until());
}

std::string datetime_text(TimeMs time, const std::string& time_zone) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(time_zone, &zone)) zone = absl::UTCTimeZone();
  return absl::FormatTime("%Y-%m-%dT%H:%M:%S%Ez", absl::FromUnixMillis(time), zone);
}

Element request_document(const v1::PublicCase& shown, const Manner& manner) {
  const std::string& words = shown.description().empty() ? shown.subject() : shown.description();
  Element out = Element::members(
      "request",
      {Element::of("service_request_id", shown.case_number()),
       Element::of("status", status_of(shown)),
       Element::of("status_notes", in(manner.tongue, shown.status_zh(), shown.status_en())),
       Element::of("service_name", in(manner.tongue, shown.service_zh(), shown.service_en())),
       Element::of("service_code", shown.service()), Element::of("description", words),
       Element::of("agency_responsible",
                   in(manner.tongue, shown.enterprise_zh(), shown.enterprise_en())),
       Element::of("service_notice", ""),
       time_element("requested_datetime", true, shown.received_time(), manner),
       time_element("updated_datetime", true, shown.update_time(), manner),
       time_element("expected_datetime", shown.has_expect_time(), shown.expect_time(), manner)});
  add_place(shown, &out);
  out.add(Element::of("media_url", shown.media_url()));
  if (manner.extensions) add_extensions(shown, manner, &out);
  return out;
}

Element update_document(const v1::PublicCase& shown, const Manner& manner) {
  return Element::members(
      "request_update",
      {Element::of("update_id", shown.case_number() + "-" + std::to_string(shown.revision())),
       Element::of("service_request_id", shown.case_number()),
       Element::of("status", status_of(shown)),
       Element::of("description", in(manner.tongue, shown.status_zh(), shown.status_en())),
       time_element("updated_datetime", true, shown.update_time(), manner),
       Element::of("media_url", "")});
}

Element told_document(const std::string& case_number, const v1::ToldUpdate& told,
                      const Manner& manner) {
  const std::string words =
      told.text().empty() ? in(manner.tongue, told.status_zh(), told.status_en()) : told.text();
  return Element::members(
      "request_update",
      {Element::of("update_id", told.id()), Element::of("service_request_id", case_number),
       Element::of("status", told.open() ? "open" : "closed"), Element::of("description", words),
       time_element("updated_datetime", true, told.time(), manner), Element::of("media_url", "")});
}

Element lodged_document(const v1::LodgeCaseResponse& lodged, const Manner& manner) {
  std::string notice;
  TimeMs earliest = kNever;
  for (const v1::Promise& promise : lodged.promises()) {
    // 接案 and 進度告知 drive the people who work on it.
    if (promise.kind() != v1::CLOCK_KIND_ACKNOWLEDGE &&
        promise.kind() != v1::CLOCK_KIND_NEXT_UPDATE)
      earliest = std::min(earliest, ms_of(promise.due_time()));
  }
  if (earliest != kNever)
    notice = (manner.tongue == Tongue::kEnglish ? "We promise to be back by " : "辦理期限 ") +
             datetime_text(earliest, manner.time_zone);
  return Element::list(
      "service_requests",
      {Element::members("request",
                        {Element::of("service_request_id", lodged.case_number()),
                         Element::of("service_notice", notice), Element::of("account_id", "")})});
}

}  // namespace casewheel::doors::open311
