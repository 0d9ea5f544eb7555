// Pins the bytes of every row key: they are on disks in the field.
#include <gtest/gtest.h>

#include <algorithm>

#include "storage/keys.h"
#include "storage/store.h"

namespace casewheel::storage {
namespace {

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    text.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return text;
}

constexpr PartitionId kPartition = 0x0103;
constexpr CaseId kCase{0x0211223344556677ULL};
constexpr Digest16 kDigest = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
                              0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};

TEST(Keys, GoldenBytes) {
  EXPECT_EQ(hex(meta_key("format")), "010000666f726d6174");
  EXPECT_EQ(hex(head_key(kPartition)), "020103");
  EXPECT_EQ(hex(case_key(kPartition, kCase)), "1001030211223344556677");
  EXPECT_EQ(hex(clock_key(kPartition, kCase)), "1101030211223344556677");
  EXPECT_EQ(hex(dedupe_key(kPartition, kDigest)), "120103a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
  EXPECT_EQ(hex(lookup_prefix(kPartition, kDigest)), "130103a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
  EXPECT_EQ(hex(lookup_key(kPartition, kDigest, kCase)),
            "130103a0a1a2a3a4a5a6a7a8a9aaabacadaeaf0211223344556677");
  EXPECT_EQ(hex(former_lookup_prefix(kPartition, kDigest)),
            "1c0103a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
  EXPECT_EQ(hex(former_lookup_key(kPartition, kDigest, kCase)),
            "1c0103a0a1a2a3a4a5a6a7a8a9aaabacadaeaf0211223344556677");
  EXPECT_EQ(hex(cursor_key(kPartition, 7, std::string_view("im\0ap", 5))), "14010307696d006170");
  EXPECT_EQ(hex(catalogue_key(kPartition, 7, 0x01020304)), "1501030701020304");
  EXPECT_EQ(
      hex(holding_key(kPartition, std::string(32, '\xb1'), kCase)),
      "1b0103b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b10211223344556677");
  EXPECT_EQ(hex(journal_key(kPartition, 0x0102030405060708ULL)), "2001030102030405060708");
  EXPECT_EQ(hex(kind_prefix(RowKind::kJournal, kPartition)), "200103");
  EXPECT_EQ(hex(case_tenant_prefix(kPartition, 2)), "10010302");
}

TEST(Keys, ByteOrderIsNumberOrder) {
  const std::vector<std::uint64_t> numbers = {
      0,       1,          0x7f,       0x80,       0xff,        0x100,      0xffff,
      0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1ULL << 63, ~std::uint64_t{0}};
  std::vector<std::string> keys;
  for (const PartitionId partition :
       {PartitionId{0}, PartitionId{1}, PartitionId{63}, PartitionId{256}}) {
    for (const std::uint64_t number : numbers) keys.push_back(journal_key(partition, number));
  }
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_LT(catalogue_key(1, 9, 0xffffffff), catalogue_key(1, 10, 0));
  EXPECT_LT(catalogue_key(1, 9, 0xff), catalogue_key(1, 9, 0x100));
  EXPECT_LT(case_key(1, CaseId::make(1, 1150723, 0xffffffff)),
            case_key(1, CaseId::make(1, 1150724, 0)));
}

TEST(Keys, PrefixesCoverTheirRowsAndNoOthers) {
  const auto covers = [](const std::string& prefix, const std::string& key) {
    return key >= prefix && key < prefix_end(prefix);
  };
  const std::string tenant = case_tenant_prefix(5, 2);
  EXPECT_TRUE(covers(tenant, case_key(5, CaseId::make(2, 1150723, 1))));
  EXPECT_FALSE(covers(tenant, case_key(5, CaseId::make(3, 0, 0))));
  EXPECT_FALSE(covers(tenant, case_key(6, CaseId::make(2, 1150723, 1))));
  EXPECT_TRUE(covers(lookup_prefix(5, kDigest), lookup_key(5, kDigest, CaseId{~std::uint64_t{0}})));
  EXPECT_FALSE(covers(kind_prefix(RowKind::kCase, 5), clock_key(5, kCase)));
  EXPECT_FALSE(covers(kind_prefix(RowKind::kJournal, 5), journal_key(6, 0)));
}

TEST(Keys, DecodersGiveBackWhatWasEncoded) {
  EXPECT_EQ(decode_case_key(case_key(kPartition, kCase)), (CaseAddress{kPartition, kCase}));
  EXPECT_EQ(decode_clock_key(clock_key(kPartition, kCase)), (CaseAddress{kPartition, kCase}));
  EXPECT_EQ(decode_lookup_key(lookup_key(kPartition, kDigest, kCase)),
            (CaseAddress{kPartition, kCase}));
  EXPECT_EQ(decode_former_lookup_key(former_lookup_key(kPartition, kDigest, kCase)),
            (CaseAddress{kPartition, kCase}));
  const std::string blob(32, '\xb1');
  EXPECT_EQ(decode_holding_blob(holding_key(kPartition, blob, kCase)), blob);
  EXPECT_FALSE(decode_holding_blob(holding_key(kPartition, "short", kCase)));
  EXPECT_FALSE(decode_holding_blob(case_key(kPartition, kCase)));
  EXPECT_EQ(decode_journal_seq(journal_key(kPartition, ~std::uint64_t{0})), ~std::uint64_t{0});
  const auto catalogue = decode_catalogue_key(catalogue_key(kPartition, 99, 0x80000001));
  ASSERT_TRUE(catalogue.has_value());
  EXPECT_EQ(catalogue->tenant_number, 99);
  EXPECT_EQ(catalogue->version, 0x80000001);
}

TEST(Keys, DecodersRefuseOtherKindsAndLengths) {
  const std::vector<std::string> keys = {meta_key("format"),
                                         head_key(kPartition),
                                         case_key(kPartition, kCase),
                                         clock_key(kPartition, kCase),
                                         dedupe_key(kPartition, kDigest),
                                         lookup_key(kPartition, kDigest, kCase),
                                         former_lookup_key(kPartition, kDigest, kCase),
                                         cursor_key(kPartition, 7, "imap"),
                                         catalogue_key(kPartition, 7, 1),
                                         journal_key(kPartition, 1)};
  for (const std::string& key : keys) {
    const int accepted =
        decode_case_key(key).has_value() + decode_clock_key(key).has_value() +
        decode_lookup_key(key).has_value() + decode_former_lookup_key(key).has_value() +
        decode_journal_seq(key).has_value() + decode_catalogue_key(key).has_value();
    EXPECT_LE(accepted, 1) << hex(key);
    for (const std::string& wrong : {key.substr(0, key.size() - 1), key + '\0', std::string()}) {
      EXPECT_FALSE(decode_case_key(wrong)) << hex(wrong);
      EXPECT_FALSE(decode_clock_key(wrong)) << hex(wrong);
      EXPECT_FALSE(decode_lookup_key(wrong)) << hex(wrong);
      EXPECT_FALSE(decode_former_lookup_key(wrong)) << hex(wrong);
      EXPECT_FALSE(decode_journal_seq(wrong)) << hex(wrong);
      EXPECT_FALSE(decode_catalogue_key(wrong)) << hex(wrong);
    }
  }
}

TEST(Keys, ARangeNeverLeavesItsPrefix) {
  const auto tenant = [](std::uint8_t number) { return case_tenant_prefix(3, number); };
  const auto place = [](std::uint8_t number) { return case_key(3, CaseId::make(number, 7, 1)); };
  const std::string own = tenant(13);
  EXPECT_EQ(within(own, "", "").begin, own);
  EXPECT_EQ(within(own, "", "").end, tenant(14));
  EXPECT_EQ(within(own, place(13), "").begin, place(13));
  EXPECT_EQ(within(own, "", place(13)).end, place(13));
  for (const std::uint8_t other :
       {std::uint8_t{0}, std::uint8_t{12}, std::uint8_t{14}, std::uint8_t{255}}) {
    const KeyRange from = within(own, place(other), "");
    EXPECT_GE(from.begin, own);
    EXPECT_EQ(from.end, tenant(14));
    EXPECT_EQ(from.empty(), other > 13) << int{other};
    const KeyRange until = within(own, "", place(other));
    EXPECT_EQ(until.begin, own);
    EXPECT_LE(until.end, tenant(14));
    EXPECT_EQ(until.empty(), other < 13) << int{other};
    EXPECT_TRUE(within(own, place(other), place(other)).empty());
  }
}

}  // namespace
}  // namespace casewheel::storage
