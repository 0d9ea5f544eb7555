// Files of cases: on their way in, on the shelf, on their way out. Works on threads of its own, which
// read and write files and look at images; answers come on those. Thread-safe.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "casewheel/v1/attachments.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"
#include "engine/api/places.h"
#include "engine/base/limits.h"

namespace casewheel::api {

class AttachmentsApi {
 public:
  explicit AttachmentsApi(Services services) : services_(services) {}
  ~AttachmentsApi() { work_.join(); }

  // One file on its way in. Its door asks one thing at a time; what is dropped before it is finished
  // leaves nothing behind.
  class Upload;
  // Refused at once where the case is not there for the caller or can hold no more.
  void begin(const Call& call, const v1::AttachmentToCome& file,
             Done<std::shared_ptr<Upload>> done);

  // One file on its way out.
  class Download;
  void open(const Call& call, const v1::DownloadAttachmentRequest& request,
            Done<std::shared_ptr<const Download>> done);

 private:
  Result<std::shared_ptr<Upload>> begin_now(const Call& call, const v1::AttachmentToCome& file);
  Result<std::shared_ptr<const Download>> open_now(const Call& call,
                                                   const v1::DownloadAttachmentRequest& request);

  Services services_;
  Places uploads_{"uploads", limits::kUploadsMax, kSecondMs};
  Places downloads_{"downloads", limits::kDownloadsMax, kSecondMs};
  boost::asio::thread_pool work_{2};
};

class AttachmentsApi::Upload : public std::enable_shared_from_this<Upload> {
 public:
  ~Upload();
  // Answers when the bytes are kept; false where they are refused, and then nothing more is taken.
  void add(std::string bytes, Done<bool> done);
  // Answers when the file is safe and the case has it.
  void finish(Done<v1::Attachment> done);

 private:
  friend class AttachmentsApi;
  Upload(AttachmentsApi& api, Call call, v1::AttachmentToCome file, CaseAddress address,
         std::string tenant)
      : api_(api),
        call_(std::move(call)),
        file_(std::move(file)),
        address_(address),
        tenant_(std::move(tenant)) {}
  Result<bool> add_now(std::string_view bytes);
  void finish_now(Done<v1::Attachment> done);
  Result<domain::Command> command_for(const storage::Shelf::Placed& placed,
                                      const std::string& media_type, std::uint64_t bytes) const;

  AttachmentsApi& api_;
  const Call call_;
  v1::AttachmentToCome file_;  // its name cleaned
  const CaseAddress address_;
  const std::string tenant_;
  std::unique_ptr<storage::Shelf::Draft> draft_;
  std::uint64_t bytes_ = 0;
  Sha256Stream digest_;  // of the bytes as they came
  Sha256 came_{};
};

class AttachmentsApi::Download : public std::enable_shared_from_this<Download> {
 public:
  ~Download() { api_.downloads_.leave(who_); }
  const v1::Attachment& attachment() const { return attachment_; }  // its name unmasked
  const std::string& etag() const { return etag_; }                 // of the content
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(attachment_.bytes()); }
  // The next bytes from `offset` on, at most `most`; empty: there are no more.
  void read(std::uint64_t offset, std::uint64_t most, Done<std::string> done) const;

 private:
  friend class AttachmentsApi;
  Download(AttachmentsApi& api, Holder who) : api_(api), who_(std::move(who)) {}

  AttachmentsApi& api_;
  const Holder who_;
  v1::Attachment attachment_;
  std::string etag_;
  std::unique_ptr<storage::SealedReader> file_;
};

}  // namespace casewheel::api
