// The shelf: what is put comes back, once for equal content, in ranges, and not when it was changed; what
// nothing refers to goes, and nothing else, wherever the last process ended.
#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "storage/shelf/shelf.h"
#include "tests/unit/storage_directory.h"

namespace casewheel::storage {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class ShelfTest : public testing::Test {
 protected:
  ShelfTest() { open(); }

  void open(const std::string& secret = "secret of the installation") {
    shelf_.reset();
    const Status status = Shelf::open(
        path(), secret,
        [this](std::string_view blob) {
          if (!readable_) return Status(Status::Code::kIoError, "cannot be read");
          return held_.contains(std::string(blob)) ? Status()
                                                   : Status(Status::Code::kNotFound, "nobody");
        },
        &shelf_);
    ASSERT_TRUE(status) << status.message();
  }
  std::string path() const { return (directory_ / "attachments").string(); }

  // As an upload does whose row is written while it has its lease.
  Shelf::Placed put(const std::string& content, const std::string& scope = "water") {
    Shelf::Placed placed;
    const Status status = shelf_->put(scope, content, &placed);
    EXPECT_TRUE(status) << status.message();
    return placed;
  }
  std::string keep(const std::string& content, const std::string& scope = "water") {
    const Shelf::Placed placed = put(content, scope);
    held_.insert(placed.blob);
    return placed.blob;
  }
  std::string read(const std::string& content, const std::string& scope = "water") {
    std::unique_ptr<SealedReader> reader;
    if (!shelf_->open_file(scope, sha256(content), &reader)) return "(cannot be opened)";
    std::string out;
    return reader->read_all(&out) ? out : "(cannot be read)";
  }
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path())) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
    return found;
  }

  TemporaryDirectory directory_;
  std::set<std::string> held_;
  bool readable_ = true;
  std::unique_ptr<Shelf> shelf_;
};

std::string bytes_of_length(std::size_t length) {
  std::string bytes(length, '\0');
  for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
  return bytes;
}

TEST_F(ShelfTest, GivesBackWhatWasPutInAnyStretch) {
  for (const std::size_t length : {0ul, 1ul, 65'535ul, 65'536ul, 65'537ul, 131'072ul, 200'000ul}) {
    const std::string content = bytes_of_length(length);
    keep(content);
    EXPECT_EQ(read(content), content) << length;
    EXPECT_TRUE(shelf_->check("water", sha256(content), length)) << length;
    std::unique_ptr<SealedReader> reader;
    ASSERT_TRUE(shelf_->open_file("water", sha256(content), &reader));
    EXPECT_EQ(reader->bytes(), length);
    for (const std::size_t offset : {0ul, 1ul, 65'535ul, 65'536ul, length}) {
      std::string piece;
      ASSERT_TRUE(reader->read(offset, &piece));
      EXPECT_EQ(piece, offset >= length ? "" : content.substr(offset, piece.size()));
      EXPECT_EQ(piece.empty(), offset >= length);
    }
  }
}

TEST_F(ShelfTest, KeepsEqualContentOfATenantOnce) {
  const std::string content = bytes_of_length(1000);
  EXPECT_EQ(keep(content), keep(content));
  EXPECT_THAT(files(), SizeIs(1));
  EXPECT_NE(keep(content, "power"), shelf_->blob_of("water", sha256(content)));
  EXPECT_THAT(files(), SizeIs(2));
  EXPECT_NE(read_bytes(files()[0]), read_bytes(files()[1]));
}

TEST_F(ShelfTest, NothingIsReadWithoutSecretAndDigest) {
  const std::string content = "planted secret" + bytes_of_length(100'000);
  keep(content);
  EXPECT_EQ(read_bytes(files()[0]).find("planted secret"), std::string::npos);
  EXPECT_EQ(read("planted secret"), "(cannot be opened)");
  open("another secret");
  EXPECT_EQ(read(content), "(cannot be opened)");
}

// The stored format and the names: a changed byte here would leave every file of the past unreadable.
TEST_F(ShelfTest, GoldenBytes) {
  keep("golden");
  EXPECT_EQ(hex(shelf_->blob_of("water", sha256("golden"))),
            "698adab86e8742accfdbd904e934f0a2f174a2eace30c2a63593c43c7132bd95");
  EXPECT_EQ(hex(read_bytes(files()[0])),
            "637766696c650001a6414384ced51ed87400f2869911c02902030e01af62");
}

TEST_F(ShelfTest, NoticesEveryChange) {
  const std::string content = bytes_of_length(150'000);
  keep(content);
  const std::filesystem::path file = files()[0];
  const std::string whole = read_bytes(file);
  const auto refused = [&](const std::string& bytes) {
    write_bytes(file, bytes);
    return !shelf_->check("water", sha256(content), content.size());
  };
  for (const std::size_t at : {0ul, 7ul, 8ul, 65'560ul, whole.size() - 1}) {
    std::string changed = whole;
    changed[at] ^= 1;
    EXPECT_TRUE(refused(changed)) << at;
  }
  constexpr std::size_t kSealed = 65'536 + 16;
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused(whole.substr(0, 20)));
  EXPECT_TRUE(refused(whole.substr(0, 8 + kSealed)));  // whole pieces left out at the end
  EXPECT_TRUE(refused(whole.substr(0, 8 + 2 * kSealed)));
  EXPECT_TRUE(refused(whole.substr(0, 8) + whole.substr(8 + kSealed)));  // at the beginning
  EXPECT_TRUE(refused(whole.substr(0, 8) + whole.substr(8 + kSealed, kSealed) +
                      whole.substr(8, kSealed) + whole.substr(8 + 2 * kSealed)));
  EXPECT_TRUE(refused(whole + "x"));
  EXPECT_FALSE(refused(whole));
}

TEST_F(ShelfTest, PutsADamagedFileAnew) {
  const std::string content = bytes_of_length(5000);
  keep(content);
  write_bytes(files()[0], "damaged");
  EXPECT_EQ(read(content), "(cannot be opened)");
  keep(content);
  EXPECT_EQ(read(content), content);
}

TEST_F(ShelfTest, DiscardsOnlyWhatNothingRefersTo) {
  const std::string kept = keep("kept");
  const std::string gone = keep("gone");
  held_.erase(gone);
  EXPECT_TRUE(shelf_->discard(kept));
  EXPECT_TRUE(shelf_->discard(gone));
  EXPECT_TRUE(shelf_->discard(gone));  // again
  EXPECT_EQ(read("kept"), "kept");
  EXPECT_THAT(files(), SizeIs(1));
  readable_ = false;  // what cannot be told is kept
  held_.clear();
  EXPECT_FALSE(shelf_->discard(kept));
  EXPECT_EQ(read("kept"), "kept");
}

TEST_F(ShelfTest, AnUploadUnderWayIsLeftAlone) {
  {
    const Shelf::Placed first = put("twice");
    {
      const Shelf::Placed second = put("twice");
      EXPECT_EQ(shelf_->discard(second.blob).code(), Status::Code::kBusy);
      EXPECT_TRUE(shelf_->sweep());
    }
    EXPECT_EQ(read("twice"), "twice");
  }
  EXPECT_THAT(files(), IsEmpty());  // its row was never written
}

TEST_F(ShelfTest, NothingGoesWhileItIsHeld) {
  const std::string blob = keep("copied");
  held_.clear();
  {
    const Shelf::Hold hold(shelf_.get());
    EXPECT_EQ(shelf_->discard(blob).code(), Status::Code::kBusy);
    EXPECT_TRUE(shelf_->is_waiting(blob));
    EXPECT_EQ(read("copied"), "copied");
  }
  EXPECT_FALSE(shelf_->is_waiting(blob));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(ShelfTest, AStartRemovesWhatACrashLeft) {
  keep("kept");
  const std::string orphan = keep("no row was written");
  held_.erase(orphan);
  write_bytes(path() + "/drafts/half", "half a file");
  write_bytes(path() + "/not ours", "left alone");
  open();
  EXPECT_TRUE(shelf_->has(orphan));
  EXPECT_TRUE(shelf_->sweep());
  EXPECT_FALSE(shelf_->has(orphan));
  EXPECT_EQ(read("kept"), "kept");
  EXPECT_THAT(files(), SizeIs(2));
}

TEST_F(ShelfTest, ADraftIsInNoFolderAndSealed) {
  const std::string content = bytes_of_length(150'000);
  std::unique_ptr<Shelf::Draft> draft;
  ASSERT_TRUE(shelf_->make_draft(&draft));
  for (std::size_t at = 0; at < content.size(); at += 40'000)
    ASSERT_TRUE(draft->add(std::string_view(content).substr(at, 40'000)));
  EXPECT_THAT(files(), IsEmpty());
  std::string back;
  ASSERT_TRUE(draft->read_all(&back));
  EXPECT_EQ(back, content);
}

TEST_F(ShelfTest, ManyAtOnceAgreeOnOneFile) {
  const std::string content = bytes_of_length(300'000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        const Shelf::Placed placed = put(content);
        EXPECT_TRUE(shelf_->check("water", placed.digest, content.size()));
        if (i % 2 == 0) static_cast<void>(shelf_->discard(placed.blob).is_ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(ShelfTest, CopiesWhatIsNotThereYet) {
  const std::string blob = keep(bytes_of_length(100'000));
  const std::string to = (directory_ / "copy").string();
  ShelfCopy copy(path(), to);
  ASSERT_TRUE(copy.add(blob));
  const std::uint64_t once = copy.bytes();
  EXPECT_GT(once, 100'000u);
  ASSERT_TRUE(copy.add(blob));
  EXPECT_EQ(copy.bytes(), once);
  const auto restored = Shelf::read_only(to, "secret of the installation");
  EXPECT_TRUE(restored->check("water", sha256(bytes_of_length(100'000)), 100'000));
  EXPECT_EQ(copy.add(shelf_->blob_of("water", sha256("none"))).code(), Status::Code::kNotFound);
  EXPECT_TRUE(
      Shelf::read_only((directory_ / "nowhere").string(), "x")->visit([](const std::string&) {
        return true;
      }));
}

}  // namespace
}  // namespace casewheel::storage
