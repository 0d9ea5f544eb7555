// Ranges, names in heads, paths, and forms cut into pieces at every place.
#include <gtest/gtest.h>

#include "engine/doors/files/form_file.h"
#include "engine/doors/files/range.h"
#include "engine/doors/files/target.h"
#include "engine/doors/http/multipart.h"

namespace casewheel::doors {
namespace {

std::string range(std::string_view said, std::uint64_t bytes, std::string_view if_range = "") {
  const ByteRange range = range_of(said, if_range, "\"tag\"", bytes);
  if (range.kind == ByteRange::Kind::kWhole) return "whole";
  return content_range(range, bytes);
}

TEST(Range, IsReadAsRfc9110Says) {
  EXPECT_EQ(range("bytes=0-0", 10), "bytes 0-0/10");
  EXPECT_EQ(range("bytes=3-", 10), "bytes 3-9/10");
  EXPECT_EQ(range("bytes=-4", 10), "bytes 6-9/10");
  EXPECT_EQ(range("bytes=-99", 10), "bytes 0-9/10");
  EXPECT_EQ(range("bytes=3-99999999999999999999999", 10), "bytes 3-9/10");
  EXPECT_EQ(range("bytes=10-", 10), "bytes */10");
  EXPECT_EQ(range("bytes=99999999999999999999999-", 10), "bytes */10");
  EXPECT_EQ(range("bytes=-0", 10), "bytes */10");
  EXPECT_EQ(range("bytes=0-", 0), "bytes */0");
  EXPECT_EQ(range("bytes=1-2", 10, "\"tag\""), "bytes 1-2/10");
  EXPECT_EQ(range("bytes=1-2", 10, "\"other\""), "whole");
  EXPECT_EQ(range("bytes=1-2", 10, "W/\"tag\""), "whole");  // compared strongly
  for (const char* said : {"", "bytes", "bytes=", "bytes=-", "bytes=2-1", "bytes=a-b",
                           "bytes=1-2,4-5", "lines=1-2", "bytes=+1-2"})
    EXPECT_EQ(range(said, 10), "whole") << said;
}

TEST(Etag, IsFoundInAList) {
  EXPECT_TRUE(names_etag("\"tag\"", "\"tag\""));
  EXPECT_TRUE(names_etag("\"a\", W/\"tag\" ,\"b\"", "\"tag\""));
  EXPECT_TRUE(names_etag("*", "\"tag\""));
  EXPECT_FALSE(names_etag("", "\"tag\""));
  EXPECT_FALSE(names_etag("\"a\",,", "\"tag\""));
}

TEST(Disposition, WritesEveryNameInAscii) {
  EXPECT_EQ(disposition_of("a b.pdf"),
            "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
  EXPECT_EQ(disposition_of("合\".pdf"),
            "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E5%90%88%22.pdf");
  EXPECT_EQ(disposition_of("a\r\nX: y"),
            "attachment; filename=\"a__X_ y\"; filename*=UTF-8''a%0D%0AX%3A%20y");
}

TEST(Target, IsTheListOrOneFile) {
  EXPECT_EQ(file_target("/v1/cases/1311/attachments")->attachment, 0u);
  EXPECT_EQ(file_target("/v1/cases/13%2011/attachments/7")->case_number, "13 11");
  EXPECT_EQ(file_target("/v1/cases/13/attachments/7")->attachment, 7u);
  for (const char* bad : {"/v1/cases/", "/v1/cases/1", "/v1/cases//attachments",
                          "/v1/cases/1/attachments/", "/v1/cases/1/attachments/0",
                          "/v1/cases/1/attachments/-1", "/v1/cases/1/attachments/4294967296",
                          "/v1/cases/1/attachmentsx", "/x", "/v1/cases/%z/attachments"})
    EXPECT_FALSE(file_target(bad)) << bad;
}

TEST(Boundary, IsNamedByTheContentType) {
  EXPECT_EQ(**form_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(**form_boundary("Multipart/Form-Data; charset=x; Boundary=\"a b\""), "a b");
  EXPECT_FALSE(form_boundary("application/pdf"));
  EXPECT_FALSE(*form_boundary("multipart/form-data"));
  EXPECT_FALSE(*form_boundary("multipart/form-data; boundary=" + std::string(71, 'x')));
}

TEST(FileNameIn, PrefersTheExtendedForm) {
  EXPECT_EQ(file_name_in(" form-data; name=\"f\"; filename=\"a;b.pdf\""), "a;b.pdf");
  EXPECT_EQ(file_name_in(" form-data; filename=\"a\\\"b\""), "a\"b");
  EXPECT_EQ(file_name_in(" form-data; filename=\"x\"; filename*=UTF-8''%E5%90%88+.pdf"), "合+.pdf");
  EXPECT_EQ(file_name_in(" form-data; name=\"f\""), std::nullopt);
  EXPECT_EQ(file_name_in(" form-data; filename=\"a%22b%22.pdf\""), "a\"b\".pdf");
  EXPECT_EQ(file_name_in(" form-data; filename=\"a%0D%0ab.pdf\""), "a  b.pdf");
  EXPECT_EQ(file_name_in(" form-data; filename=\"50%2250%.pdf\""), "50\"50%.pdf");
  EXPECT_EQ(file_name_in(" form-data; filename=\"100%25%2\""), "100%25%2") << "as it stands";
}

// The file of a form that comes in pieces of that many bytes.
std::string file_of(const std::string& body, std::size_t piece, bool* whole) {
  FormFile form("b");
  std::string file;
  for (std::size_t at = 0; at < body.size(); at += piece) {
    const Result<std::string> taken = form.take(body.substr(at, piece));
    if (!taken) return "(refused)";
    file += *taken;
  }
  *whole = form.whole();
  return file;
}

TEST(Form, GivesTheFileWhereverItIsCut) {
  const std::string content = "\r\n--\r\n-\r\n--x\r\r\n--";
  const std::string body =
      "--b\r\nContent-Disposition: form-data; "
      "name=\"a\"\r\n\r\nfield\r\n--b\r\ncontent-disposition: form-data; "
      "filename=\"f\"\r\nContent-Type: x\r\n\r\n" +
      content + "\r\n--b\r\nContent-Disposition: form-data; name=\"z\"\r\n\r\n\r\n--b--\r\n";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    bool whole = false;
    EXPECT_EQ(file_of(body, piece, &whole), content) << piece;
    EXPECT_TRUE(whole);
  }
  for (std::size_t length = 0; length + 6 < body.size(); ++length) {
    bool whole = false;
    file_of(body.substr(0, length), 7, &whole);
    EXPECT_FALSE(whole) << length;
  }
}

TEST(Form, IsRefusedWithTwoFilesOrTooMuchBeside) {
  bool whole = false;
  const std::string file = "--b\r\nContent-Disposition: form-data; filename=\"f\"\r\n\r\nx\r\n";
  EXPECT_EQ(file_of(file + file + "--b--", 10, &whole), "(refused)");
  EXPECT_EQ(file_of("--bx\r\n", 10, &whole), "(refused)");
  EXPECT_EQ(file_of("--b\r\n" + std::string(5000, 'h'), 100, &whole), "(refused)");
  EXPECT_EQ(file_of(std::string(70'000, 'p') + file, 100, &whole), "(refused)");
  std::string parts;
  while (parts.size() < 150'000) parts += "--b\r\n\r\n\r\n\r\n";
  EXPECT_EQ(file_of(parts + file, 100, &whole), "(refused)");
}

}  // namespace
}  // namespace casewheel::doors
