#include "engine/api/account_text.h"

#include <array>
#include <cstdio>

#include "engine/api/account_phrases.h"
#include "engine/sla/duration.h"

namespace casewheel::api {
namespace {

using Kind = sla::Stretch::Kind;

// More lines than anybody reads out: the middle ones are left out.
constexpr std::size_t kLinesMax = 40;

struct Moment {
  sla::Date date = 0;
  DurationMs time_ms = 0;  // up to 24:00
};

Moment beginning(const sla::Zone& zone, TimeMs instant) {
  const sla::WallTime wall = zone.wall_time(instant);
  return {wall.date, wall.time_ms};
}

// What ends at midnight ends at 24:00 of the day before.
Moment ending(const sla::Zone& zone, TimeMs instant) {
  const Moment moment = beginning(zone, instant);
  return moment.time_ms == 0 ? Moment{moment.date - 1, kDayMs} : moment;
}

std::string time_text(DurationMs time_ms) {
  char buffer[16];
  const int seconds = static_cast<int>(time_ms / kSecondMs);
  if (seconds % 60 == 0) {
    std::snprintf(buffer, sizeof buffer, "%02d:%02d", seconds / 3600, seconds / 60 % 60);
  } else {
    std::snprintf(buffer, sizeof buffer, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60,
                  seconds % 60);
  }
  return buffer;
}

std::string joined(const std::vector<std::string>& names, const char* between) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : between) + name;
  return text;
}

constexpr std::array<const char*, 5> kPauseWordsZh = {"補件", "補件", "申請人要求", "等候其他機關",
                                                      "天災、不可抗力"};
constexpr std::array<const char*, 5> kPauseWordsEn = {"awaiting documents", "awaiting documents",
                                                      "at the applicant's wish",
                                                      "awaiting another agency", "force majeure"};

template <typename Words>
std::string pause_words(const stored::ClockState& clock, TimeMs from, TimeMs to, const Words& words,
                        const char* between) {
  std::vector<std::string> found;
  for (const stored::PauseInterval& pause : clock.pauses()) {
    const TimeMs end = pause.to_ms() == 0 ? kNever : pause.to_ms();
    if (pause.from_ms() >= to || end <= from) continue;
    const std::string word = words[static_cast<std::size_t>(pause.reason())];
    if (found.empty() || found.back() != word) found.push_back(word);
  }
  return joined(found, between);
}

struct Chinese {
  int year_said = 0;

  static constexpr std::array<const char*, 8> kClockKinds = {
      "時限", "接案", "首次回應", "回復", "辦結", "約定日期", "進度告知", "後續追蹤"};
  static constexpr std::array<const char*, 7> kWeekdays = {"一", "二", "三", "四",
                                                           "五", "六", "日"};

  // The year only where it is another than the last one said.
  std::string date(sla::Date day) {
    const int number = static_cast<int>(sla::yyyymmdd(day));
    const int year = number / 10000 - 1911;
    std::string text;
    if (year != year_said) text = std::to_string(year) + " 年 ";
    year_said = year;
    return text + std::to_string(number / 100 % 100) + " 月 " + std::to_string(number % 100) +
           " 日（" + kWeekdays[static_cast<std::size_t>(sla::weekday(day) - 1)] + "）";
  }
  static const char* to() { return " 至 "; }
  static const char* on() { return " 起"; }
  static const char* colon() { return "："; }
  static const char* comma() { return "、"; }

  static std::string length(DurationMs ms) {
    std::string text;
    const auto add = [&text](DurationMs count, const char* unit) {
      if (count != 0) text += (text.empty() ? "" : " ") + std::to_string(count) + unit;
    };
    if (ms >= 4 * kDayMs && ms % kDayMs == 0) {
      add(ms / kDayMs, " 天");
    } else {
      add(ms / kHourMs, " 小時");
      add(ms / kMinuteMs % 60, " 分");
      add(ms / kSecondMs % 60, " 秒");
    }
    return text.empty() ? "0 分" : text;
  }
  static std::string allowance(const stored::Allowance& a) {
    switch (a.amount_case()) {
      case stored::Allowance::kWorkingMs:
        return "上班時間 " + length(a.working_ms());
      case stored::Allowance::kWorkingDays:
        return std::to_string(a.working_days()) + " 個工作天" + rule(a.day_rule());
      case stored::Allowance::kCalendarDays:
        return std::to_string(a.calendar_days()) + (a.day_rule() == stored::KEEP_WALL_TIME
                                                        ? " 天（始日不計，算至末日同一時刻）"
                                                        : " 天（始日不計，算至末日 24:00）");
      default:
        return length(a.wall_ms()) + "（日夜連續計算）";
    }
  }
  static std::string rule(stored::DayRule rule) {
    switch (rule) {
      case stored::KEEP_WALL_TIME:
        return "（算至末日同一時刻，非上班時間先順延至上班）";
      case stored::KEEP_WALL_TIME_NO_ROLL_WITHIN_DAY:
        return "（算至末日同一時刻，非工作日先順延）";
      case stored::NEXT_OPEN_AFTER_DAYS:
        return "（期滿後最近的上班時刻）";
      case stored::END_OF_WORKING_DAY:
        return "（算至末日下班）";
      default:
        return "（始日不計，算至末日 24:00，行政程序法第 48 條）";
    }
  }
  std::string head(const v1::ClockAccount& told, const AccountFacts& facts, const Moment& start) {
    std::string text = std::string(kClockKinds[static_cast<std::size_t>(told.kind())]) + "：自 " +
                       date(start.date) + time_text(start.time_ms) + " 起算，";
    text += facts.clock->kind() == stored::AGREED_DATE ? "至與申請人約定的日期"
                                                       : allowance(facts.clock->allowance());
    return text + "。";
  }
  static std::string basis(const v1::ClockAccount& told, const AccountFacts& facts) {
    std::string text;
    if (!told.policy().empty()) {
      text = "依時效規定 " + told.policy() + "（目錄第 " +
             std::to_string(told.catalogue_version()) + " 版）";
    }
    if (!told.calendar().empty()) {
      text += (text.empty() ? "依" : "及") + ("「" + facts.calendar_name_zh) + "」第 " +
              std::to_string(told.calendar_version()) + " 版";
      if (!told.county().empty()) text += "（" + told.county() + "）";
    }
    return text.empty() ? text : text + "。";
  }
  std::string rolled(const Moment& from) {
    return "於非上班時間受理，自 " + date(from.date) + time_text(from.time_ms) + " 上班起算。";
  }
  std::string granted(const Moment& since, const Moment& named) {
    const std::string when = date(since.date) + time_text(since.time_ms);
    return "於 " + when + " 核定展延至 " + date(named.date) + time_text(named.time_ms) +
           "：以該日期為準，遇放假或停班順延至次一工作日。";
  }
  static std::string extra(const sla::Account& account) {
    return "非上班時間受理，另加 " +
           (account.extra_days != 0 ? std::to_string(account.extra_days) + " 天"
                                    : length(account.extra_ms)) +
           "。";
  }
  static std::string counted(const Phrase& phrase, bool working) {
    std::string text;
    if (phrase.counts_days != 0) {
      const char* unit = working ? " 個工作天" : " 天";
      const int first = phrase.days_before + 1;
      const int last = phrase.days_before + phrase.counts_days;
      text = "第 " + std::to_string(first) +
             (last > first ? " 至 " + std::to_string(last) : std::string()) + unit;
      if (phrase.rests) text += "，其間例假日不計";
    } else {
      text = "計 " + length(phrase.counts_ms);
      if (phrase.rests) text += "，其間非上班時間不計";
    }
    if (!phrase.names.empty()) text += "（含 " + joined(phrase.names, "、") + "）";
    return text;
  }
  static std::string closed(const Phrase& phrase) {
    if (phrase.plain()) return phrase.weekend ? "例假日，不計" : "非上班時間，不計";
    std::vector<std::string> names = phrase.names;
    if (phrase.weekend) names.push_back("例假日");
    return (phrase.closure ? "停班，不計（" : "放假，不計（") + joined(names, "、") + "）";
  }
  static std::string paused(const stored::ClockState& clock, const Phrase& phrase) {
    return "停止計時（" + pause_name(clock, phrase.from, phrase.to) + "）";
  }
  static std::string not_counted() { return "始日，不計"; }
  static std::string extended(DurationMs ms) { return "依核定日期 " + length(ms); }
  static const char* provisional() { return "（尚無公告，暫定）"; }
  static const char* left_out() { return "……（中間略）"; }
  static std::string without_hours() { return "辦公日曆沒有上班時間，期限暫按日曆時間計。"; }
  std::string verdict(stored::ClockStatus status, stored::StopCause cause, const Moment& at) {
    if (status == stored::CANCELLED) {
      if (cause == stored::CASE_ENDED) return "結案時尚未辦理，不再適用；原因載於結案說明。";
      if (cause == stored::NOT_OF_POLICY) return "現行時效規定無此時限，不再適用。";
      if (cause == stored::DATE_REPLACED) return "已另約日期，不再適用。";
      if (cause == stored::PROMISE_GONE) return "併入案件之承諾已了，不再適用。";
      return "不再適用。";
    }
    if (status == stored::BROKEN && cause == stored::CASE_ENDED)
      return "案件於 " + date(at.date) + time_text(at.time_ms) + " 結束，已逾此期限。";
    return "已於 " + date(at.date) + time_text(at.time_ms) +
           (status == stored::MET ? " 完成，如期。" : " 完成，逾期。");
  }
  std::string due(const Moment& at, bool provisional) {
    return "期限 " + date(at.date) + time_text(at.time_ms) +
           (provisional ? "（暫定，辦公日曆公告後可能變動）。" : "。");
  }
  static const char* no_due(bool stopped) {
    return stopped ? "完成或結束時仍停止計時，未有期限。" : "目前停止計時，恢復後才能確定期限。";
  }
};

struct English {
  static constexpr std::array<const char*, 8> kClockKinds = {
      "Clock",   "Acknowledge", "First response", "Reply",
      "Resolve", "Agreed date", "Next update",    "Follow-up"};
  static constexpr std::array<const char*, 7> kWeekdays = {"Mon", "Tue", "Wed", "Thu",
                                                           "Fri", "Sat", "Sun"};

  static std::string date(sla::Date day) {
    const int number = static_cast<int>(sla::yyyymmdd(day));
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%s %04d-%02d-%02d ",
                  kWeekdays[static_cast<std::size_t>(sla::weekday(day) - 1)], number / 10000,
                  number / 100 % 100, number % 100);
    return buffer;
  }
  static const char* to() { return "to "; }
  static const char* on() { return " on"; }
  static const char* colon() { return ": "; }
  static const char* comma() { return ", "; }

  static std::string length(DurationMs ms) { return sla::format_duration(ms); }
  static std::string days(std::int64_t count, const char* what) {
    return std::to_string(count) + what + (count == 1 ? " day" : " days");
  }
  static std::string allowance(const stored::Allowance& a) {
    switch (a.amount_case()) {
      case stored::Allowance::kWorkingMs:
        return length(a.working_ms()) + " of opening hours";
      case stored::Allowance::kWorkingDays:
        return days(a.working_days(), " working") + rule(a.day_rule());
      case stored::Allowance::kCalendarDays:
        return days(a.calendar_days(), " calendar") +
               (a.day_rule() == stored::KEEP_WALL_TIME
                    ? " (the first day is not counted, to the same time of the last)"
                    : " (the first day is not counted, to 24:00 of the last)");
      default:
        return length(a.wall_ms()) + ", day and night";
    }
  }
  static std::string rule(stored::DayRule rule) {
    switch (rule) {
      case stored::KEEP_WALL_TIME:
        return " (to the same time of the last day; outside hours from the next opening)";
      case stored::KEEP_WALL_TIME_NO_ROLL_WITHIN_DAY:
        return " (to the same time of the last day; on a day off from the next working day)";
      case stored::NEXT_OPEN_AFTER_DAYS:
        return " (to the next opening after them)";
      case stored::END_OF_WORKING_DAY:
        return " (to closing time of the last day)";
      default:
        return " (the first day is not counted, to 24:00 of the last; Administrative Procedure "
               "Act, "
               "article 48)";
    }
  }
  static std::string head(const v1::ClockAccount& told, const AccountFacts& facts,
                          const Moment& start) {
    return std::string(kClockKinds[static_cast<std::size_t>(told.kind())]) + ": from " +
           date(start.date) + time_text(start.time_ms) + ", " +
           (facts.clock->kind() == stored::AGREED_DATE ? "to the date agreed with the applicant"
                                                       : allowance(facts.clock->allowance())) +
           ".";
  }
  static std::string basis(const v1::ClockAccount& told, const AccountFacts& facts) {
    std::string text;
    if (!told.policy().empty()) {
      text = "Policy " + told.policy() + " of catalogue version " +
             std::to_string(told.catalogue_version());
    }
    if (!told.calendar().empty()) {
      const std::string& name =
          facts.calendar_name_en.empty() ? told.calendar() : facts.calendar_name_en;
      text += (text.empty() ? "Calendar " : ", calendar ") + name + " version " +
              std::to_string(told.calendar_version());
      if (!told.county().empty()) text += " (" + told.county() + ")";
    }
    return text.empty() ? text : text + ".";
  }
  static std::string rolled(const Moment& from) {
    return "Received outside hours: counted from the opening, " + date(from.date) +
           time_text(from.time_ms) + ".";
  }
  static std::string granted(const Moment& since, const Moment& named) {
    return "Extended on " + date(since.date) + time_text(since.time_ms) + " to " +
           date(named.date) + time_text(named.time_ms) +
           ": that date stands; where work stops on it, the next working day.";
  }
  static std::string extra(const sla::Account& account) {
    return "Received outside hours: " +
           (account.extra_days != 0 ? days(account.extra_days, "") : length(account.extra_ms)) +
           " more.";
  }
  static std::string counted(const Phrase& phrase, bool working) {
    std::string text;
    if (phrase.counts_days != 0) {
      const int first = phrase.days_before + 1;
      const int last = phrase.days_before + phrase.counts_days;
      text = working ? "working day " : "day ";
      text += std::to_string(first);
      if (last > first) text += " to " + std::to_string(last);
      if (phrase.rests) text += ", days off between them not counted";
    } else {
      text = "counts " + length(phrase.counts_ms);
      if (phrase.rests) text += ", closed hours between not counted";
    }
    if (!phrase.names.empty()) text += " (with " + joined(phrase.names, ", ") + ")";
    return text;
  }
  static std::string closed(const Phrase& phrase) {
    if (phrase.plain()) return phrase.weekend ? "days off" : "closed";
    std::vector<std::string> names = phrase.names;
    if (phrase.weekend) names.push_back("days off");
    return (phrase.closure ? "work stopped (" : "closed (") + joined(names, ", ") + ")";
  }
  static std::string paused(const stored::ClockState& clock, const Phrase& phrase) {
    return "paused (" + pause_words(clock, phrase.from, phrase.to, kPauseWordsEn, ", ") + ")";
  }
  static std::string not_counted() { return "the first day, not counted"; }
  static std::string extended(DurationMs ms) { return "by the date granted, " + length(ms); }
  static const char* provisional() { return " (not announced yet: provisional)"; }
  static const char* left_out() { return "... (left out)"; }
  static std::string without_hours() {
    return "The calendar has no opening hours: the date is kept by the wall for the time being.";
  }
  static std::string verdict(stored::ClockStatus status, stored::StopCause cause,
                             const Moment& at) {
    if (status == stored::CANCELLED) {
      if (cause == stored::CASE_ENDED)
        return "Left undone when the case ended: no longer owed, for the reason the end gives.";
      if (cause == stored::NOT_OF_POLICY)
        return "No longer owed: the policy that holds now has no such clock.";
      if (cause == stored::DATE_REPLACED) return "No longer owed: another date was agreed.";
      if (cause == stored::PROMISE_GONE)
        return "No longer owed: nobody of a merged case waits for it.";
      return "No longer owed.";
    }
    if (status == stored::BROKEN && cause == stored::CASE_ENDED)
      return "The case ended " + date(at.date) + time_text(at.time_ms) + ", after this date.";
    return "Done " + date(at.date) + time_text(at.time_ms) +
           (status == stored::MET ? ", in time." : ", too late.");
  }
  static std::string due(const Moment& at, bool provisional) {
    return "Due " + date(at.date) + time_text(at.time_ms) +
           (provisional ? " (provisional: may move when the calendar is announced)." : ".");
  }
  static const char* no_due(bool stopped) {
    return stopped ? "Still paused when it stopped: there was no date then."
                   : "Paused now: due is known when it goes on.";
  }
};

// A trailing blank belongs to what follows a date, and nothing does.
std::string stripped(std::string text) {
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

template <typename Language>
std::string range_text(Language& say, const sla::Zone& zone, TimeMs from, TimeMs to,
                       bool dates_only) {
  const Moment first = beginning(zone, from);
  if (to == kNever) return say.date(first.date) + time_text(first.time_ms) + say.on();
  Moment last = ending(zone, to);
  if (last.date < first.date) last = first;
  const bool whole = dates_only || (first.time_ms == 0 && last.time_ms == kDayMs);
  std::string text = say.date(first.date);
  if (!whole) text += time_text(first.time_ms);
  if (whole && first.date == last.date) return stripped(text);
  text = whole ? stripped(text) : text;
  text += text.ends_with(' ') || *say.to() == ' ' ? "" : " ";
  text += say.to();
  if (first.date != last.date) text += say.date(last.date);
  if (!whole) text += time_text(last.time_ms);
  return stripped(text);
}

template <typename Language>
std::string text_of(const v1::ClockAccount& told, const AccountFacts& facts) {
  const sla::Zone zone = sla::Zone::load(told.time_zone()).value_or(sla::Zone::utc());
  Language say;
  std::string text = say.head(told, facts, beginning(zone, facts.clock->start_ms())) + "\n";
  if (const std::string basis = say.basis(told, facts); !basis.empty()) text += basis + "\n";
  if (facts.account == nullptr) {
    text += say.without_hours() + "\n";
  } else {
    const sla::Account& account = *facts.account;
    const bool granted = facts.clock->has_named() && facts.clock->kind() != stored::AGREED_DATE;
    if (granted)
      text += say.granted(beginning(zone, facts.clock->named().since_ms()),
                          ending(zone, facts.clock->named().named_ms())) +
              "\n";
    if (!granted && account.counted_from > facts.clock->start_ms())
      text += say.rolled(beginning(zone, account.counted_from)) + "\n";
    if (account.extra_days != 0 || account.extra_ms != 0) text += say.extra(account) + "\n";
    const bool working = facts.clock->allowance().has_working_days();
    const std::vector<Phrase> phrases = phrases_of(account.stretches);
    for (std::size_t i = 0; i < phrases.size(); ++i) {
      if (phrases.size() > kLinesMax && i == kLinesMax / 2) {
        text += std::string("  ") + say.left_out() + "\n";
        i = phrases.size() - kLinesMax / 2;
      }
      const Phrase& phrase = phrases[i];
      text += "  " +
              range_text(say, zone, phrase.from, phrase.to,
                         phrase.kind == Kind::kCounted && phrase.counts_days != 0) +
              say.colon();
      switch (phrase.kind) {
        case Kind::kCounted:
          text += say.counted(phrase, working);
          break;
        case Kind::kClosed:
          text += say.closed(phrase);
          break;
        case Kind::kPaused:
          text += say.paused(*facts.clock, phrase);
          break;
        case Kind::kNotCounted:
          text += say.not_counted();
          break;
        case Kind::kExtension:
          text += say.extended(phrase.to - phrase.from);
          break;
      }
      if (phrase.provisional) text += say.provisional();
      text += "\n";
    }
  }
  const stored::ClockStatus status = facts.clock->status();
  const bool stopped =
      status == stored::MET || status == stored::BROKEN || status == stored::CANCELLED;
  text += facts.due == kNever ? say.no_due(stopped)
                              : say.due(ending(zone, facts.due), told.provisional());
  if (stopped)
    text += "\n" + say.verdict(status, facts.clock->stop_cause(),
                               beginning(zone, facts.clock->stopped_ms()));
  return text;
}

}  // namespace

std::string allowance_text_zh(const stored::Allowance& allowance) {
  return Chinese::allowance(allowance);
}
std::string allowance_text_en(const stored::Allowance& allowance) {
  return English::allowance(allowance);
}
const char* clock_name_zh(stored::ClockKind kind) {
  return Chinese::kClockKinds[static_cast<std::size_t>(kind)];
}
const char* clock_name_en(stored::ClockKind kind) {
  return English::kClockKinds[static_cast<std::size_t>(kind)];
}

std::string pause_name(const stored::ClockState& clock, TimeMs from, TimeMs to) {
  return pause_words(clock, from, to, kPauseWordsZh, "、");
}

std::string account_text_zh(const v1::ClockAccount& told, const AccountFacts& facts) {
  return text_of<Chinese>(told, facts);
}

std::string account_text_en(const v1::ClockAccount& told, const AccountFacts& facts) {
  return text_of<English>(told, facts);
}

}  // namespace casewheel::api
