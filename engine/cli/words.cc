#include "engine/cli/words.h"

#include <google/protobuf/descriptor.h>

#include <array>
#include <cstddef>

namespace casewheel::cli {
namespace {

constexpr std::array<Word, 8> kKinds = {{{},
                                         {"陳情", "complaint"},
                                         {"申辦", "application"},
                                         {"詢問", "inquiry"},
                                         {"意見", "opinion"},
                                         {"提案", "proposal"},
                                         {"報修", "fault report"},
                                         {"輿情", "media report"}}};
constexpr std::array<Word, 9> kChannels = {{{},
                                            {"專線", "hotline"},
                                            {"臨櫃", "counter"},
                                            {"行動裝置", "app"},
                                            {"網站", "web"},
                                            {"電子郵件", "email"},
                                            {"書信", "letter"},
                                            {"傳真", "fax"},
                                            {"系統介接", "integrator"}}};
// The three speeds of official documents. Low is a 普通件 too: no rule knows a slower one.
constexpr std::array<Word, 5> kPriorities = {
    {{}, {"普通件", "low"}, {"普通件", "normal"}, {"速件", "high"}, {"最速件", "urgent"}}};
constexpr std::array<Word, 10> kCaseStatuses = {{{},
                                                 {"已受理", "registered"},
                                                 {"已派案", "assigned"},
                                                 {"處理中", "in progress"},
                                                 {"待補件", "awaiting documents"},
                                                 {"已回復", "replied"},
                                                 {"已結案", "closed"},
                                                 {"已撤案", "withdrawn"},
                                                 {"已併案", "merged"},
                                                 {"暫停", "suspended"}}};
constexpr std::array<Word, 8> kClockKinds = {{{},
                                              {"接案", "acknowledge"},
                                              {"首次回應", "first response"},
                                              {"回復", "reply"},
                                              {"辦結", "resolve"},
                                              {"約定日期", "agreed date"},
                                              {"進度告知", "next update"},
                                              {"後續追蹤", "follow up"}}};
constexpr std::array<Word, 6> kClockStatuses = {{{},
                                                 {"計時中", "running"},
                                                 {"停止計時", "paused"},
                                                 {"如期", "met"},
                                                 {"逾期", "broken"},
                                                 {"已取消", "cancelled"}}};
constexpr std::array<Word, 8> kReplyMeans = {{{},
                                              {"電話", "phone"},
                                              {"傳真", "fax"},
                                              {"書面", "letter"},
                                              {"電子郵件", "email"},
                                              {"簡訊", "sms"},
                                              {"當面", "in person"},
                                              {"行動裝置", "app"}}};
constexpr std::array<Word, 8> kOutcomes = {{{},
                                            {"已解決", "resolved"},
                                            {"移轉他機關", "referred"},
                                            {"不受理", "not accepted"},
                                            {"無法聯絡", "unreachable"},
                                            {"重複", "duplicate"},
                                            {"採納", "adopted"},
                                            {"不採納", "not adopted"}}};
constexpr std::array<Word, 10> kLatenessCauses = {{{},
                                                   {"準時", "on time"},
                                                   {"系統停機", "engine down"},
                                                   {"系統過載", "overload"},
                                                   {"備份還原", "restored"},
                                                   {"系統時間跳動", "clock jump"},
                                                   {"磁碟已滿", "disk full"},
                                                   {"事後補登", "late entry"},
                                                   {"期限異動", "date moved"},
                                                   {"規定異動", "late by change"}}};
constexpr std::array<Word, 5> kPauseReasons = {{{},
                                                {"補件", "awaiting documents"},
                                                {"申請人要求", "applicant's wish"},
                                                {"等候其他機關", "other agency"},
                                                {"天災、不可抗力", "force majeure"}}};

template <std::size_t N>
Word at(const std::array<Word, N>& words, int number) {
  return number >= 0 && static_cast<std::size_t>(number) < N
             ? words[static_cast<std::size_t>(number)]
             : Word{};
}

Word word_of(const google::protobuf::EnumDescriptor& type, int number) {
  const std::string& name = type.name();
  if (name == "Kind") return at(kKinds, number);
  if (name == "Channel") return at(kChannels, number);
  if (name == "Priority") return at(kPriorities, number);
  if (name == "CaseStatus") return at(kCaseStatuses, number);
  if (name == "ClockKind") return at(kClockKinds, number);
  if (name == "ClockStatus") return at(kClockStatuses, number);
  if (name == "ReplyMeans") return at(kReplyMeans, number);
  if (name == "Outcome") return at(kOutcomes, number);
  if (name == "PauseReason") return at(kPauseReasons, number);
  return {};
}

// "fault-report", "Fault Report" and "FAULT_REPORT" are one spelling; Chinese stays as it is.
std::string spelling(std::string_view text) {
  std::string plain;
  for (char c : text) {
    if (c == '-' || c == ' ') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    plain.push_back(c);
  }
  return plain;
}

// "KIND_" of KIND_UNSPECIFIED: what every value of the type begins with.
std::string prefix_of(const google::protobuf::EnumDescriptor& type) {
  constexpr std::string_view kUnspecified = "UNSPECIFIED";
  const std::string& zero = type.value(0)->name();
  if (zero.size() < kUnspecified.size() || !zero.ends_with(kUnspecified)) return "";
  return zero.substr(0, zero.size() - kUnspecified.size());
}

}  // namespace

Word word(v1::Kind kind) { return at(kKinds, kind); }
Word word(v1::Channel channel) { return at(kChannels, channel); }
Word word(v1::Priority priority) { return at(kPriorities, priority); }
Word word(v1::CaseStatus status) { return at(kCaseStatuses, status); }
Word word(v1::ClockKind kind) { return at(kClockKinds, kind); }
Word word(v1::ClockStatus status) { return at(kClockStatuses, status); }
Word word(v1::ReplyMeans means) { return at(kReplyMeans, means); }
Word word(v1::Outcome outcome) { return at(kOutcomes, outcome); }
Word word(v1::LatenessCause cause) { return at(kLatenessCauses, cause); }
Word word(v1::PauseReason reason) { return at(kPauseReasons, reason); }

std::optional<int> parse_enum(const google::protobuf::EnumDescriptor& type, std::string_view text) {
  const std::string wanted = spelling(text);
  const std::string prefix = prefix_of(type);
  for (int i = type.value_count() - 1; i > 0; --i) {
    const auto& value = *type.value(i);
    const std::string& name = value.name();
    if (wanted == name || (name.starts_with(prefix) && wanted == name.substr(prefix.size())) ||
        (!text.empty() && text == word_of(type, value.number()).chinese)) {
      return value.number();
    }
  }
  return std::nullopt;
}

std::string enum_choices(const google::protobuf::EnumDescriptor& type) {
  std::string choices;
  const std::string prefix = prefix_of(type);
  for (int i = 1; i < type.value_count(); ++i) {
    std::string name = type.value(i)->name().substr(prefix.size());
    for (char& c : name)
      c = c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    choices += (choices.empty() ? "" : ", ") + name;
  }
  return choices;
}

}  // namespace casewheel::cli
