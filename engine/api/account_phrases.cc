#include "engine/api/account_phrases.h"

#include <algorithm>

namespace casewheel::api {
namespace {

using Kind = sla::Stretch::Kind;

Phrase phrase_of(const sla::Stretch& stretch) {
  Phrase phrase;
  phrase.kind = stretch.kind;
  phrase.from = stretch.from;
  phrase.to = stretch.to;
  phrase.counts_ms = stretch.counts_ms;
  phrase.counts_days = stretch.counts_days;
  phrase.closure = stretch.kind == Kind::kClosed && stretch.origin == sla::DayOrigin::kClosure;
  if (!stretch.name.empty()) phrase.names.push_back(stretch.name);
  phrase.weekend = stretch.kind == Kind::kClosed && stretch.origin == sla::DayOrigin::kWeekly &&
                   stretch.to - stretch.from >= kDayMs;
  phrase.provisional = stretch.provisional;
  return phrase;
}

void join(Phrase& phrase, const Phrase& next) {
  phrase.to = next.to;
  phrase.counts_ms += next.counts_ms;
  phrase.counts_days += next.counts_days;
  phrase.closure |= next.closure;
  phrase.weekend |= next.weekend;
  phrase.rests |= next.rests;
  phrase.provisional |= next.provisional;
  for (const std::string& name : next.names) {
    if (std::find(phrase.names.begin(), phrase.names.end(), name) == phrase.names.end())
      phrase.names.push_back(name);
  }
}

}  // namespace

std::vector<Phrase> phrases_of(const std::vector<sla::Stretch>& stretches) {
  std::vector<Phrase> phrases;
  for (const sla::Stretch& stretch : stretches) {
    Phrase next = phrase_of(stretch);
    const std::size_t size = phrases.size();
    if (next.kind == Kind::kCounted && size >= 2 && phrases[size - 1].kind == Kind::kClosed &&
        phrases[size - 1].plain() && phrases[size - 2].kind == Kind::kCounted) {
      phrases.pop_back();
      phrases.back().rests = true;
      join(phrases.back(), next);
    } else if (size >= 1 && phrases.back().kind == next.kind &&
               (next.kind != Kind::kClosed || phrases.back().closure == next.closure ||
                next.plain() || phrases.back().plain())) {
      join(phrases.back(), next);
    } else {
      phrases.push_back(std::move(next));
    }
  }
  std::int32_t days = 0;
  for (Phrase& phrase : phrases) {
    phrase.days_before = days;
    days += phrase.counts_days;
  }
  return phrases;
}

}  // namespace casewheel::api
