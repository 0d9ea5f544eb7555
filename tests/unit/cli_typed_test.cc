// What people type at a terminal: dates and hours in words, numbers in every writing, answers to the
// questions of a service; questions that are put again; the command line that sends all of it again; and
// where plaintext may go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/numerals.h"
#include "engine/cli/times.h"

namespace casewheel::cli {
namespace {

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

}  // namespace
}  // namespace casewheel::cli
