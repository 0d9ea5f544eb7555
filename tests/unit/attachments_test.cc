// What a file is and is called, and the parts of images: hand-made bytes, whole and broken. Real
// photographs with places: tests/e2e/test_attachments.py.
#include <gtest/gtest.h>

#include "engine/attachments/image_parts.h"
#include "engine/attachments/location.h"
#include "engine/attachments/media_type.h"

namespace casewheel::attachments {
namespace {

std::string name_of(std::string_view text) {
  const Result<std::string> name = file_name_of("name", text);
  return name ? *name : "(" + name.error().fields[0].field + ")";
}

TEST(FileName, IsOneLineWithoutAPath) {
  EXPECT_EQ(name_of("合約.pdf"), "合約.pdf");
  EXPECT_EQ(name_of("/etc/../passwd"), "passwd");
  EXPECT_EQ(name_of("C:\\Users\\x\\a b.jpg"), "a b.jpg");
  EXPECT_EQ(name_of("e\u0301.txt"), "\u00e9.txt");
  for (const char* bad : {"", "a/", "..", "a/..", ".", "a\nb", "a\u202eb", "\xff", "x\u2067y"})
    EXPECT_EQ(name_of(bad), "(name)") << bad;
  EXPECT_EQ(name_of(std::string(200, 'x')), std::string(200, 'x'));
  EXPECT_EQ(name_of(std::string(201, 'x')), "(name)");
}

TEST(FileName, EndsAsItsTypeDoes) {
  EXPECT_EQ(with_ending("a.JPG", "image/jpeg"), "a.JPG");
  EXPECT_EQ(with_ending("a.exe", "image/jpeg"), "a.exe.jpg");
  EXPECT_EQ(with_ending(".jpg", "image/jpeg"), ".jpg.jpg");
  EXPECT_EQ(with_ending("run.bat", "text/plain"), "run.bat.txt");
  EXPECT_EQ(with_ending("a.csv", "text/plain"), "a.csv");
}

TEST(MediaType, IsToldByContent) {
  EXPECT_EQ(*media_type_of("%PDF-1.7\n"), "application/pdf");
  EXPECT_EQ(*media_type_of("線路\n"), "text/plain");
  for (const char* bad : {"", "<!DOCTYPE html><html>", "<?xml version=\"1.0\"?><a/>",
                          "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "{\\rtf1\\ansi a}"})
    EXPECT_FALSE(media_type_of(bad)) << bad;
}

TEST(MediaType, TextIsTextWhateverItIsAbout) {
  for (const char* text :
       {"#!/bin/sh\necho 停電\n", "#!/usr/bin/env python3\nprint(1)\n",
        "From: a@example.com\nTo: b@example.com\nSubject: leak\nDate: Mon, 5 Jan 2026 09:00:00 "
        "+0800\nMessage-ID: <1@example.com>\n\nthe pipe leaks\n",
        "Received: from mx by host; Mon, 5 Jan 2026 09:00:00 +0800\nSubject: x\n\ntext\n",
        "#include <stdio.h>\nint main(void) { return 0; }\n", "@echo off\r\ndir\r\n",
        "{\"meter\": [1, 2, 3]}\n", "package main;\nimport java.util.List;\nclass A {}\n",
        "1\n00:00:01,000 --> 00:00:02,000\nhello\n", "diff --git a/x b/x\n--- a/x\n+++ b/x\n"}) {
    const Result<std::string> type = media_type_of(text);
    ASSERT_TRUE(type) << text << ": " << type.error().message;
    EXPECT_EQ(*type, "text/plain") << text;
  }
  EXPECT_FALSE(media_type_of(std::string_view("#!/bin/sh\n\0\1\2", 13)));
}

// A segment of JPEG.
std::string segment(unsigned char marker, const std::string& payload) {
  const std::size_t length = payload.size() + 2;
  std::string bytes = {'\xff', static_cast<char>(marker), static_cast<char>(length >> 8),
                       static_cast<char>(length)};
  return bytes + payload;
}
const std::string kStart = "\xff\xd8";
const std::string kEnd = "\xff\xd9";
const std::string kScan = segment(0xda, "head") + std::string("\x12\xff\x00\x34\xff\xd0\x56", 7);

TEST(Jpeg, KeepsTheImageAndDropsWhatStandsBehind) {
  const std::string exif = segment(0xe1, "Exif");
  const std::string image =
      kStart + exif + segment(0xdb, "table") + kScan + segment(0xc4, "x") + kScan + kEnd;
  std::string content = image + "behind " + image;
  ASSERT_TRUE(keep_jpeg_image(&content, JpegNotes::kKept));
  EXPECT_EQ(content, image);
  ASSERT_TRUE(keep_jpeg_image(&content, JpegNotes::kDropped));
  EXPECT_EQ(content, kStart + segment(0xdb, "table") + kScan + segment(0xc4, "x") + kScan + kEnd);
}

TEST(Jpeg, DropsOtherImagesAndSecondParts) {
  std::string content = kStart + segment(0xe2, std::string("MPF\0x", 5)) +
                        segment(0xe2, "ICC_PROFILE") +
                        segment(0xe1, "http://ns.adobe.com/xmp/extension/x") + kScan + kEnd;
  ASSERT_TRUE(keep_jpeg_image(&content, JpegNotes::kKept));
  EXPECT_EQ(content, kStart + segment(0xe2, "ICC_PROFILE") + kScan + kEnd);
}

TEST(Jpeg, ACutOffScanIsClosedAndBrokenSegmentsAreRefused) {
  std::string content = kStart + kScan;
  ASSERT_TRUE(keep_jpeg_image(&content, JpegNotes::kKept));
  EXPECT_EQ(content, kStart + kScan + kEnd);
  for (std::string bad : {std::string(), std::string("x"), kStart + "no marker", kStart + "\xff",
                          kStart + "\xff\xe1\x01", kStart + std::string("\xff\xe1\x00\x01", 4),
                          kStart + "\xff\xe1\xff\xff", kStart + kStart}) {
    EXPECT_FALSE(keep_jpeg_image(&bad, JpegNotes::kKept));
  }
}

std::string chunk(const std::string& type, const std::string& payload) {
  std::string bytes(3, '\0');
  bytes.push_back(static_cast<char>(payload.size()));
  return bytes + type + payload + "crc!";
}

TEST(Png, KeepsNoTextAndNothingBehind) {
  const std::string mark("\x89PNG\r\n\x1a\n");
  std::string content = mark + chunk("IHDR", "head") + chunk("eXIf", "place") + chunk("tEXt", "a") +
                        chunk("zTXt", "b") + chunk("iTXt", "c") + chunk("IDAT", "data") +
                        chunk("IEND", "") + "behind";
  ASSERT_TRUE(keep_png_image(&content));
  EXPECT_EQ(content, mark + chunk("IHDR", "head") + chunk("IDAT", "data") + chunk("IEND", ""));
  for (std::string bad :
       {std::string("PNG"), mark, mark + chunk("IHDR", "x"), mark + "\xff\xff\xff\xffIDATxxxxcrc!"})
    EXPECT_FALSE(keep_png_image(&bad));
}

// TIFF with a place and an orientation, in either order of bytes.
std::string tiff_of(int orientation, bool little) {
  const auto number = [little](std::uint32_t value, int length) {
    std::string bytes;
    for (int i = 0; i < length; ++i) {
      const int shift = 8 * (little ? i : length - 1 - i);
      bytes.push_back(static_cast<char>(value >> shift & 0xff));
    }
    return bytes;
  };
  const auto entry = [&](std::uint32_t tag, std::uint32_t type, const std::string& value) {
    return number(tag, 2) + number(type, 2) + number(1, 4) + value;
  };
  return std::string(little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) +
         entry(0x0112, 3, number(static_cast<std::uint32_t>(orientation), 2) + number(0, 2)) +
         entry(0x8825, 4, number(500, 4)) + number(0, 4) + "place";
}

TEST(Orientation, IsReadFromExifAndXmpOrIsUpright) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    EXPECT_EQ(orientation_of_exif(tiff_of(orientation, true)), orientation);
    EXPECT_EQ(orientation_of_exif(tiff_of(orientation, false)), orientation);
  }
  for (const std::string& bad :
       {std::string(), std::string("II*"), tiff_of(9, true), tiff_of(6, true).substr(0, 15),
        std::string("MM\0*\xff\xff\xff\xff", 8)})
    EXPECT_EQ(orientation_of_exif(bad), 1);
  EXPECT_EQ(orientation_of_xmp("<rdf:D tiff:Orientation=\"6\"/>"), 6);
  EXPECT_EQ(orientation_of_xmp("<tiff:Orientation>8</tiff:Orientation>"), 8);
  EXPECT_EQ(orientation_of_xmp("<tiff:Orientation"), 1);
  EXPECT_EQ(orientation_of_xmp("tiff:Orientation=\"9\""), 1);
}

TEST(Orientation, StaysWhereTheNotesGo) {
  const std::string mark("\x89PNG\r\n\x1a\n");
  for (const bool little : {true, false}) {
    std::string png = mark + chunk("IHDR", "head") + chunk("eXIf", tiff_of(6, little)) +
                      chunk("IDAT", "data") + chunk("IEND", "");
    ASSERT_TRUE(keep_png_image(&png));
    const std::size_t at = png.find("eXIf");
    ASSERT_NE(at, std::string::npos);
    EXPECT_EQ(orientation_of_exif(std::string_view(png).substr(at + 4, 26)), 6);
    EXPECT_LT(at, png.find("IDAT"));
    EXPECT_EQ(png.find("place"), std::string::npos);
    const std::string once = png;
    ASSERT_TRUE(keep_png_image(&png));
    EXPECT_EQ(png, once);

    std::string jpeg = kStart + segment(0xe0, "JFIF") +
                       segment(0xe1, std::string("Exif\0\0", 6) + tiff_of(8, little)) + kScan +
                       kEnd;
    ASSERT_TRUE(keep_jpeg_image(&jpeg, JpegNotes::kDropped));
    EXPECT_TRUE(jpeg.starts_with(kStart + segment(0xe0, "JFIF") + "\xff\xe1"));
    const std::size_t exif = jpeg.find("Exif");
    ASSERT_NE(exif, std::string::npos);
    EXPECT_EQ(orientation_of_exif(std::string_view(jpeg).substr(exif + 6)), 8);
    EXPECT_EQ(jpeg.find("place"), std::string::npos);
  }
  std::string xmp = mark + chunk("IHDR", "h") +
                    chunk("iTXt", std::string("XML:com.adobe.xmp\0\0\0\0\0", 22) +
                                      "<x tiff:Orientation=\"3\" GPS/>") +
                    chunk("IDAT", "d") + chunk("IEND", "");
  ASSERT_TRUE(keep_png_image(&xmp));
  EXPECT_NE(xmp.find("eXIf"), std::string::npos);
  EXPECT_EQ(xmp.find("GPS"), std::string::npos);
}

TEST(Location, ABrokenImageIsRefusedOrKeptWithoutNotes) {
  EXPECT_FALSE(without_location("\xff\xd8", "image/jpeg"));
  EXPECT_FALSE(without_location("RIFF", "image/webp"));
  EXPECT_FALSE(without_location("no heic", "image/heic"));
  const Result<std::string> kept = without_location(
      kStart + segment(0xe1, std::string("Exif\0\0garbage", 13)) + kScan + kEnd, "image/jpeg");
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->ends_with(kEnd));
  EXPECT_EQ(*without_location("%PDF", "application/pdf"), "%PDF");
}

}  // namespace
}  // namespace casewheel::attachments
