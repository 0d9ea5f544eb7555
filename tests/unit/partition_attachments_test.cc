// Which case holds which file: rows that come and go with the attachments, what is let go of, limits, and
// what verify says when rows, cases and shelf differ.
#include <gmock/gmock.h>

#include "engine/base/limits.h"
#include "engine/partition/holdings.h"
#include "tests/unit/partition_fixture.h"
#include "tests/unit/storage_directory.h"

namespace casewheel::partition {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Attachments : public PartitionTest {
 protected:
  Attachments() {
    Installation installation;
    EXPECT_TRUE(read_installation(store, &installation));
    EXPECT_TRUE(storage::Shelf::open(
        storage::shelf_of((directory / "").string()), installation.secret,
        [this](std::string_view blob) { return find_holder(store, 1, blob); }, &shelf));
  }

  // Puts the content on the shelf and gives it to the case; the attachment's number, 0 where refused.
  std::uint32_t add(CaseId id, const std::string& content, const std::string& key = "") {
    storage::Shelf::Placed placed;
    EXPECT_TRUE(shelf->put("water", content, &placed));
    last = one(act(id, adding(content, placed.blob), key));
    return last.rejection ? 0 : last.record->state.attachments().rbegin()->attachment();
  }
  static domain::AddAttachment adding(const std::string& content, const std::string& blob) {
    domain::AddAttachment add;
    add.facts.set_media_type("text/plain");
    add.facts.set_bytes(content.size());
    add.facts.set_blob(blob);
    add.file.set_name("檔名.txt");
    add.file.set_content_digest(std::string(bytes_of(sha256(content))));
    return add;
  }
  Answer remove(CaseId id, std::uint32_t attachment) {
    return one(act(id, domain::RemoveAttachment{attachment, "誤傳"}));
  }
  std::string blob_of(const std::string& content) const {
    return shelf->blob_of("water", sha256(content));
  }
  bool held(const std::string& content) const {
    return find_holder(store, 1, blob_of(content)).is_ok();
  }
  std::vector<std::string> problems() const {
    VerifyReport report;
    EXPECT_TRUE(verify(
        store, [](auto, auto) { return true; }, &report, shelf.get()));
    return report.problems;
  }

  storage::TemporaryDirectory directory;
  std::unique_ptr<storage::Shelf> shelf;
  Answer last;
};

TEST_F(Attachments, AreHeldUntilTheLastIsGone) {
  const CaseId id = id_of(one(lodge("a")));
  const std::uint32_t first = add(id, "same");
  const std::uint32_t second = add(id, "same");
  add(id, "other");
  EXPECT_TRUE(held("same"));
  EXPECT_EQ(verified().attachments, 3u);
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_THAT(remove(id, first).let_go, IsEmpty());
  EXPECT_TRUE(held("same"));
  EXPECT_THAT(remove(id, second).let_go, ElementsAre(blob_of("same")));
  EXPECT_FALSE(held("same"));
  EXPECT_TRUE(held("other"));
  EXPECT_EQ(remove(id, second).rejection->code, RejectionCode::kNotFound);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("which no case has any more")));
  EXPECT_TRUE(shelf->sweep());
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(Attachments, AreLetGoOfWhenTheCaseIsErased) {
  const CaseId id = id_of(one(lodge("a", "lease")));
  const CaseId other = id_of(one(lodge("b", "lease")));
  add(id, "shared");
  add(id, "own");
  add(other, "shared");
  const Answer erased = one(act(id, domain::Erase{stored::AT_PERSONS_WISH, true}));
  ASSERT_FALSE(erased.rejection);
  EXPECT_THAT(erased.let_go, ElementsAre(blob_of("shared"), blob_of("own")));
  EXPECT_TRUE(state_of(id).attachments().empty());
  EXPECT_TRUE(held("shared"));
  EXPECT_FALSE(held("own"));
  for (const std::string& blob : erased.let_go) EXPECT_TRUE(shelf->discard(blob));
  EXPECT_TRUE(shelf->has(blob_of("shared")));
  EXPECT_FALSE(shelf->has(blob_of("own")));
  EXPECT_THAT(problems(), IsEmpty());
  add(id, "after");  // sealed with the new key
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(Attachments, AreBoundedInNumberAndLength) {
  const CaseId id = id_of(one(lodge("a")));
  domain::AddAttachment large = adding("x", blob_of("x"));
  large.facts.set_bytes(limits::kAttachmentBytesPerCase - 5);
  ASSERT_FALSE(one(act(id, large)).rejection);
  large.facts.set_bytes(6);
  EXPECT_THAT(one(act(id, large)).rejection->message, HasSubstr("100 MiB"));
  large.facts.set_bytes(0);
  for (std::size_t i = 1; i < limits::kAttachmentsPerCase; ++i)
    ASSERT_FALSE(one(act(id, large)).rejection) << i;
  EXPECT_THAT(one(act(id, large)).rejection->message, HasSubstr("30 attachments"));
}

TEST_F(Attachments, OneRequestAddsOne) {
  const CaseId id = id_of(one(lodge("a")));
  add(id, "same", "key");
  add(id, "same", "key");
  EXPECT_TRUE(last.duplicate);
  EXPECT_EQ(state_of(id).attachments_size(), 1);
}

TEST_F(Attachments, WhateverDiffersIsNamed) {
  const CaseId id = id_of(one(lodge("a")));
  add(id, "kept");
  storage::Batch batch;
  batch.erase(storage::Table::kState, storage::holding_key(0, blob_of("kept"), id));
  batch.put(storage::Table::kState, storage::holding_key(0, blob_of("nobody's"), id), "");
  ASSERT_TRUE(store.write(batch));
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("nothing says that the case holds its file")));
  EXPECT_TRUE(shelf->sweep());  // as the rows have it
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("there is no"), HasSubstr("nothing says")));
}

}  // namespace
}  // namespace casewheel::partition
