// Personal data: sealed under a key of the case, and found by digests that do not tell.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "engine/partition/person.h"
#include "engine/partition/seal.h"

namespace casewheel::partition {
namespace {

SealKey key_of(std::uint8_t fill) {
  SealKey key;
  key.fill(fill);
  return key;
}

TEST(Seal, OpensWithItsKeyAndRevisionOnly) {
  Sealer sealer;
  for (const std::string& plain :
       {std::string(), std::string("王大明"), std::string(10'000, 'x')}) {
    const std::string sealed = sealer.seal(key_of(1), 7, plain);
    EXPECT_EQ(sealed.size(), plain.size() + 16);
    std::string opened;
    ASSERT_TRUE(sealer.unseal(key_of(1), 7, sealed, &opened));
    EXPECT_EQ(opened, plain);
    EXPECT_FALSE(sealer.unseal(key_of(2), 7, sealed, &opened));
    EXPECT_FALSE(sealer.unseal(key_of(1), 8, sealed, &opened));
  }
}

TEST(Seal, AnyChangeIsSeen) {
  Sealer sealer;
  const std::string sealed = sealer.seal(key_of(1), 1, "0912345678");
  std::string opened;
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(sealer.unseal(key_of(1), 1, changed, &opened)) << at;
  }
  EXPECT_FALSE(sealer.unseal(key_of(1), 1, sealed.substr(0, 15), &opened));
  EXPECT_FALSE(sealer.unseal(key_of(1), 1, "", &opened));
  EXPECT_TRUE(sealer.unseal(key_of(1), 1, sealed, &opened));  // and it is not put out by that
}

TEST(Seal, TheSamePlainTextLooksDifferentEachTime) {
  Sealer sealer;
  EXPECT_NE(sealer.seal(key_of(1), 1, "same"), sealer.seal(key_of(1), 2, "same"));
}

TEST(Seal, RandomBytesDoNotRepeat) {
  const RandomBytes random = system_random();
  std::set<SealKey> seen;
  for (int i = 0; i < 1000; ++i) {  // across several refills of the pool
    SealKey key;
    random(key.data(), key.size());
    EXPECT_TRUE(seen.insert(key).second);
  }
}

bool same(PersonKey kind, const std::string& a, const std::string& b) {
  storage::Digest16 left;
  storage::Digest16 right;
  return person_digest("secret", 1, kind, a, &left) &&
         person_digest("secret", 1, kind, b, &right) && left == right;
}

TEST(Person, IsFoundHoweverItIsWritten) {
  EXPECT_TRUE(same(PersonKey::kPhone, "0912345678", "0912-345-678"));
  EXPECT_TRUE(same(PersonKey::kPhone, "0912345678", "+886 912 345 678"));
  EXPECT_TRUE(same(PersonKey::kPhone, "0912345678", "+886-0912-345678"));
  EXPECT_TRUE(same(PersonKey::kPhone, "0912345678", "00886912345678"));
  EXPECT_TRUE(same(PersonKey::kPhone, "0912345678", "０９１２３４５６７８"));
  EXPECT_TRUE(same(PersonKey::kPhone, "(02) 2345-6789", "0223456789"));
  EXPECT_TRUE(same(PersonKey::kEmail, "Wang@Example.TW", "wang@example.tw"));
  EXPECT_TRUE(same(PersonKey::kCustomerNumber, "07-12-3456", "０７１２３４５６"));
  for (const char* spelling :
       {"零九一二三四五六七八",
        "0️⃣9️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "0912/345/678",
        "0912、345、678", "⓪⑨①②③④⑤⑥⑦⑧", "0 9 1 2 3 4 5 6 7 8", "0912\u200b345\u200b678",
        "٠٩١٢٣٤٥٦٧٨"})
    EXPECT_TRUE(same(PersonKey::kPhone, "0912345678", spelling)) << spelling;
  EXPECT_TRUE(same(PersonKey::kCustomerNumber, "07123456789", "〇七・一二・三四五六・七八・九"));
  EXPECT_FALSE(same(PersonKey::kPhone, "0912345678", "0912345679"));
  EXPECT_FALSE(same(PersonKey::kEmail, "a.b@example.tw", "ab@example.tw"));
}

TEST(Person, ALocalNumberThatBeginsWith886IsLeftAlone) {
  EXPECT_FALSE(same(PersonKey::kPhone, "8861234", "01234"));
}

TEST(Person, NothingComparableGivesNoDigest) {
  storage::Digest16 digest;
  for (const char* text : {"", " - ", "---", "\xff", "無", "N/A", "Private Caller", "0000", "零零"})
    EXPECT_FALSE(person_digest("secret", 1, PersonKey::kPhone, text, &digest)) << text;
}

TEST(Person, DigestsDifferBySecretTenantAndKind) {
  std::set<storage::Digest16> seen;
  for (const char* secret : {"a", "b"}) {
    for (std::uint8_t tenant = 1; tenant <= 3; ++tenant) {
      for (const PersonKey kind :
           {PersonKey::kPhone, PersonKey::kEmail, PersonKey::kCustomerNumber}) {
        storage::Digest16 digest;
        ASSERT_TRUE(person_digest(secret, tenant, kind, "0912345678", &digest));
        EXPECT_TRUE(seen.insert(digest).second);
      }
    }
  }
}

TEST(Person, AnApplicantIsFoundByAllThatIsKnown) {
  casewheel::journal::v1::Applicant applicant;
  EXPECT_TRUE(person_digests("secret", 1, applicant).empty());
  applicant.set_name("王大明");  // a name is no key
  EXPECT_TRUE(person_digests("secret", 1, applicant).empty());
  applicant.set_phone("0912345678");
  applicant.set_email("a@example.tw");
  applicant.set_customer_number("0712345678");
  EXPECT_EQ(person_digests("secret", 1, applicant).size(), 3u);
}

// What her telephone shows is the number alone; colleagues are told apart by the extension.
TEST(Person, WithAnExtensionIsFoundByTheNumberAloneToo) {
  casewheel::journal::v1::Applicant applicant;
  applicant.set_phone("(02)2345-6789 分機 123");
  applicant.set_dialled_phone("+886223456789x123");
  const auto digests = person_digests("secret", 1, applicant);
  const auto found_by = [&digests](const char* typed) {
    storage::Digest16 digest;
    return person_digest("secret", 1, PersonKey::kPhone, typed, &digest) &&
           std::find(digests.begin(), digests.end(), digest) != digests.end();
  };
  EXPECT_TRUE(found_by("02-2345-6789"));
  EXPECT_TRUE(found_by("+886223456789"));
  EXPECT_TRUE(found_by("+886223456789x123"));
  EXPECT_FALSE(found_by("+886223456789x124"));
}

}  // namespace
}  // namespace casewheel::partition
