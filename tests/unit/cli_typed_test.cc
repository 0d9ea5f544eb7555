// What people type at a terminal: dates and hours in words, numbers in every writing, answers to the
// questions of a service; questions that are put again; the command line that sends all of it again; and
// where plaintext may go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <sstream>

#include "engine/base/limits.h"
#include "engine/cli/connection.h"
#include "engine/cli/numerals.h"
#include "engine/cli/prompts.h"
#include "engine/cli/times.h"
#include "engine/cli/typed_again.h"
#include "engine/cli/typed_answers.h"

namespace casewheel::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Typed, HoursOfTheDayInWords) {
  const auto taipei = *load_zone("Asia/Taipei");
  const std::vector<std::pair<const char*, const char*>> right = {
      {"115年12月5日下午2點", "2026-12-05 14:00"},
      {"115/12/5 下午2點半", "2026-12-05 14:30"},
      {"115/12/5 下午兩點三十分", "2026-12-05 14:30"},
      {"115/12/5　下午２：３０", "2026-12-05 14:30"},
      {"115/12/5 14點", "2026-12-05 14:00"},
      {"115/12/5 下午14時", "2026-12-05 14:00"},
      {"115/12/5 14時整", "2026-12-05 14:00"},
      {"115/12/5 9:05", "2026-12-05 09:05"},
      {"115/12/5 早上九點", "2026-12-05 09:00"},
      {"115/12/5 中午12點半", "2026-12-05 12:30"},
      {"115/12/5 中午1點", "2026-12-05 13:00"},
      {"115/12/5 晚上7點10分", "2026-12-05 19:10"},
      {"115/12/5 凌晨0時", "2026-12-05 00:00"},
      {"民國一百一十五年十二月五日上午十點", "2026-12-05 10:00"},
      {"一百十五年十二月五號", "2026-12-05 00:00"},
      {"二〇二六年十二月五日", "2026-12-05 00:00"},
      {"1151205", "2026-12-05 00:00"},
      {"20261205 下午2點", "2026-12-05 14:00"}};
  for (const auto& [typed, meant] : right)
    EXPECT_EQ(parse_time(typed, taipei), parse_time(meant, taipei)) << typed;
  for (const char* wrong : {"115/12/5 晚上12點", "115/12/5 上午12點", "115/12/5 下午2",
                            "115/12/5 下午25點", "115/12/5 2點99分", "12/5", "115/13/5", "1151305",
                            "115120", "115/12/5 下午", "十二月五日", "115/2/30"})
    EXPECT_FALSE(parse_time(wrong, taipei)) << wrong;
}

TEST(Typed, NumbersInEveryWriting) {
  const std::vector<std::pair<const char*, const char*>> right = {{"40", "40"},
                                                                  {"４０", "40"},
                                                                  {" 40　", "40"},
                                                                  {"-3.5", "-3.5"},
                                                                  {"－３．５", "-3.5"},
                                                                  {"1,200", "1200"},
                                                                  {"１，２００元", "1200"},
                                                                  {"+5", "5"},
                                                                  {"40人", "40"},
                                                                  {"４０ 名", "40"},
                                                                  {"四十", "40"},
                                                                  {"四十人", "40"},
                                                                  {"十", "10"},
                                                                  {"十五", "15"},
                                                                  {"二十", "20"},
                                                                  {"兩百", "200"},
                                                                  {"一百零五", "105"},
                                                                  {"一百一十五", "115"},
                                                                  {"一百十五", "115"},
                                                                  {"三千零五十", "3050"},
                                                                  {"兩萬", "20000"},
                                                                  {"一萬零五", "10005"},
                                                                  {"一萬二千三百四十五", "12345"},
                                                                  {"一億", "100000000"},
                                                                  {"二〇", "20"},
                                                                  {"零", "0"},
                                                                  {"貳拾", "20"}};
  for (const auto& [typed, meant] : right) EXPECT_EQ(typed_number(typed), meant) << typed;
  for (const char* wrong :
       {"",       "人",   "約40",   "40多人", "40或50人", "40-50", "3萬", "一百五",
        "一萬二", "十幾", "四十多", "12,34",  "1234,567", "1.2.3", ".5",  "5.",
        "0x10",   "1e3",  "萬",     "一二百", "十十",     "4 0"})
    EXPECT_FALSE(typed_number(wrong)) << wrong;
  EXPECT_FALSE(typed_number("9.9瓩"));
  EXPECT_EQ(typed_number("9.9瓩", {"瓩", "kW"}), "9.9");
  EXPECT_EQ(typed_number("9.9 KW", {"瓩", "kW"}), "9.9");
}

v1::AskedAttribute asked(const char* code, v1::AttributeType type, const char* name) {
  v1::AskedAttribute out;
  out.set_code(code);
  out.set_type(type);
  out.set_name_zh(name);
  out.set_name_en("English");
  return out;
}

TEST(Typed, AnswersAreReadByWhatIsAsked) {
  const auto date = asked("date", v1::ATTRIBUTE_TYPE_DATETIME, "使用日期");
  EXPECT_EQ(read_answer(date, "１１５／１２／５").value, "2026-12-05");
  EXPECT_EQ(read_answer(date, "115/1/3 14:30").value, "2026-01-03T14:30");
  EXPECT_EQ(read_answer(date, "2026-01-05T09:00:00+08:00").value, "2026-01-05T09:00:00+08:00");
  const Reading no_year = read_answer(date, "12/5");
  EXPECT_TRUE(no_year.value.empty());
  EXPECT_THAT(no_year.mistake, HasSubstr("「12/5」"));
  EXPECT_THAT(no_year.mistake, HasSubstr("例如 115/12/5"));
  EXPECT_THAT(no_year.mistake, HasSubstr("2026-12-05"));
  auto number = asked("area", v1::ATTRIBUTE_TYPE_NUMBER, "面積");
  number.set_hint_zh("平方公尺");
  EXPECT_EQ(read_answer(number, "三百平方公尺").value, "300");
  EXPECT_THAT(read_answer(number, "很大").mistake, HasSubstr("例如 40"));
  const auto text = asked("note", v1::ATTRIBUTE_TYPE_STRING, "備註");
  EXPECT_EQ(read_answer(text, "四十").value, "四十") << "a text stays as it was typed";
  EXPECT_FALSE(read_answer(text, "a\x1b[31m").mistake.empty());
}

TEST(Typed, OptionsAreReadAsAnswersAre) {
  v1::ServiceGuide guide;
  *guide.add_attributes() = asked("noticed", v1::ATTRIBUTE_TYPE_DATETIME, "何時發現");
  *guide.add_attributes() = asked("people", v1::ATTRIBUTE_TYPE_NUMBER, "人數");
  *guide.add_attributes() = asked("note", v1::ATTRIBUTE_TYPE_STRING, "備註");
  SentAnswers answers;
  const auto add = [&](const char* code, const char* value) {
    answers.Add()->set_code(code);
    answers.rbegin()->add_values(value);
  };
  add("noticed", "115/1/3 14:30");
  add("people", "四十人");
  add("note", "115/1/3");
  add("other", "四十");
  EXPECT_TRUE(may_need_reading(answers));
  settle_answers(guide, &answers);
  std::vector<std::string> values;
  for (const auto& answer : answers) values.push_back(answer.values(0));
  EXPECT_THAT(values, ElementsAre("2026-01-03T14:30", "40", "115/1/3", "四十"));
  answers.Clear();
  add("people", "很多");
  settle_answers(guide, &answers);
  EXPECT_EQ(answers[0].values(0), "很多") << "the engine refuses it";
  add("noticed", "");
  int looked = 0;
  const auto words = words_of_answers(
      [&] {
        ++looked;
        return guide;
      },
      answers);
  EXPECT_EQ(words("subject"), "");
  EXPECT_EQ(looked, 0);
  EXPECT_THAT(words("attributes[people]"), HasSubstr("「人數 English」請輸入數字，例如 40"));
  EXPECT_THAT(words("attributes[0].values"), HasSubstr("「人數 English」"));
  EXPECT_EQ(words("attributes[noticed]"), "「何時發現 English」必填");
  EXPECT_EQ(words("attributes[9]"), "");
  EXPECT_EQ(looked, 1);
}

TEST(Typed, TheGuideIsAskedForOnlyWhereAnAnswerMayBeWrittenOtherwise) {
  const auto needed = [](const char* value) {
    SentAnswers answers;
    answers.Add()->set_code("code");
    answers.rbegin()->add_values(value);
    return may_need_reading(answers);
  };
  for (const char* value : {"115/1/3", "４０", "40人", "四十", "9.9瓩", "1,200", "2026-01-05 9:00"})
    EXPECT_TRUE(needed(value)) << value;
  for (const char* value : {"40", "-3.5", "2026-01-05", "2026-01-05T09:00", "07-1234-5678-9",
                            "sale", "只有我家", "", "B8146GD37"})
    EXPECT_FALSE(needed(value)) << value;
}

TEST(Prompts, AWrongAnswerPutsThatQuestionAgain) {
  const auto number = asked("people", v1::ATTRIBUTE_TYPE_NUMBER, "人數");
  std::istringstream typed("很多\n \n４０人\n");
  std::ostringstream shown;
  Prompts prompts(typed, shown);
  const auto value = prompts.line(
      "人數 People", true, [&](const std::string& text) { return read_answer(number, text); });
  EXPECT_EQ(value, "40");
  EXPECT_THAT(shown.str(), HasSubstr("人數 People：  「很多」無法辨識"));
  EXPECT_THAT(shown.str(), HasSubstr("必填"));
  EXPECT_THAT(shown.str(), HasSubstr("→ 40"));
  std::istringstream long_text(std::string(201, 'x') + "\nshort\n");
  Prompts again(long_text, shown);
  EXPECT_EQ(again.line("主旨 Subject", true,
                       [](const std::string& text) {
                         return read_text(text, limits::kSubjectChars, TextKind::kLine);
                       }),
            "short");
  EXPECT_THAT(shown.str(), HasSubstr("太長"));
}

TEST(Prompts, AnOfferIsTakenByEnter) {
  const auto answer = [](const char* typed) {
    std::istringstream in(typed);
    std::ostringstream out;
    return Prompts(in, out).offer("帶入？");
  };
  for (const char* yes : {"\n", "　\n", "y\n", "是\n", "what\n\n"})
    EXPECT_EQ(answer(yes), true) << yes;
  for (const char* no : {"n\n", "Ｎ\n", "否\n", "what\nno\n"}) EXPECT_EQ(answer(no), false) << no;
  EXPECT_EQ(answer(""), std::nullopt);
}

TEST(Prompts, ANameOfFewIsToldFromTheOthers) {
  const std::vector<Entry> counties = {
      {"臺南市", "", "", "", ""}, {"新竹市", "", "", "", ""}, {"新竹縣", "", "", "", ""}};
  EXPECT_EQ(read_name(counties, "台南").value, "臺南市");
  EXPECT_EQ(read_name(counties, "臺南市").value, "臺南市");
  EXPECT_THAT(read_name(counties, "新竹").mistake, HasSubstr("新竹市、新竹縣"));
  EXPECT_THAT(read_name(counties, "台南縣").mistake, HasSubstr("相近者 the nearest: 臺南市"));
}

TEST(TypedAgain, AShellReadsBackWhatWasTyped) {
  EXPECT_EQ(shell_word("tainan.land"), "tainan.land");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("漏水 了"), "'漏水 了'");
  EXPECT_EQ(shell_word("it's $HOME `x` !1"), "'it'\\''s $HOME `x` !1'");
  EXPECT_EQ(shell_word("a\nb'\\\x1b"), "$'a\\nb\\'\\\\\\x1b'");
  CLI::App app("", "casewheel");
  app.fallthrough();
  std::string zone, subject, description;
  bool json = false;
  app.add_option("--zone", zone);
  app.add_flag("--json", json);
  CLI::App* lodge = app.add_subcommand("lodge", "");
  lodge->add_option("--subject", subject);
  lodge->add_option("--description", description);
  const std::vector<const char*> line = {"casewheel", "--json", "lodge",         "--zone", "UTC",
                                         "--subject", "舊",     "--description", "x y"};
  app.parse(static_cast<int>(line.size()), line.data());
  EXPECT_EQ(typed_again(*lodge, {"--subject"}, {{"--subject", "-新"}, {"--name", "林"}}),
            "casewheel --zone UTC --json lodge --description 'x y' --subject='-新' --name '林'");
}

TEST(Connection, PlaintextStaysOnThisMachine) {
  for (const char* near : {"127.0.0.1:7400", "127.8.9.1:1", "[::1]:7400", "localhost:7400",
                           "unix:/run/casewheel.sock"})
    EXPECT_TRUE(stays_on_this_machine(near)) << near;
  for (const char* far :
       {"10.9.9.9:7400", "0.0.0.0:7400", "engine.example:7400", "127.0.0.1.example:7400",
        "localhost.example:7400", "[::]:7400", "[fe80::1]:7400", "::1:7400", "dns:127.0.0.1:7400",
        "ipv4:127.0.0.1:1,10.9.9.9:7400", "ip6-localhost:7400", ""})
    EXPECT_FALSE(stays_on_this_machine(far)) << far;
  const auto settled = [](std::string address, TlsOptions tls) {
    std::shared_ptr<grpc::ChannelCredentials> credentials;
    return settle_connection(&address, &tls, &credentials);
  };
  const std::string refused = settled("10.9.9.9:7400", {});
  EXPECT_THAT(refused, HasSubstr("不在本機"));
  EXPECT_THAT(refused, HasSubstr("https://10.9.9.9:7400"));
  EXPECT_THAT(refused, HasSubstr("--tls-ca"));
  EXPECT_THAT(refused, HasSubstr("--insecure"));
  EXPECT_EQ(settled("http://10.9.9.9:7400", {}), refused);
  TlsOptions insecure;
  insecure.insecure = true;
  EXPECT_EQ(settled("10.9.9.9:7400", insecure), "");
  EXPECT_EQ(settled("127.0.0.1:7400", {}), "");
  EXPECT_EQ(settled("https://10.9.9.9:7400", {}), "");
  TlsOptions tls;
  tls.on = true;
  EXPECT_NE(token_place("h:1", tls), token_place("h:1", {}));
}

}  // namespace
}  // namespace casewheel::cli
