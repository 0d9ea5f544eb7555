// Files of cases as streams of the API: one that comes in, and one that goes out as its client reads.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "engine/api/attachments.h"
#include "engine/doors/services/feed.h"
#include "engine/doors/services/gathering.h"

namespace casewheel::doors {

class UploadGathering final
    : public Gathering<api::v1::UploadAttachmentRequest, api::v1::Attachment> {
 public:
  explicit UploadGathering(api::AttachmentsApi& attachments) : attachments_(attachments) {}
  void take(const api::Call& call, const api::v1::UploadAttachmentRequest& request,
            api::Done<bool> done) override;
  void finish(api::Done<api::v1::Attachment> done) override;

 private:
  using Upload = std::shared_ptr<api::AttachmentsApi::Upload>;

  api::AttachmentsApi& attachments_;
  // Set before the answer to the message that begins it; shared with that answer, which may come when
  // this is gone.
  std::shared_ptr<Upload> upload_ = std::make_shared<Upload>();
};

class DownloadFeed final : public Feed {
 public:
  explicit DownloadFeed(api::AttachmentsApi& attachments) : attachments_(attachments) {}
  void start(Answers& answers, const api::Call& call,
             const google::protobuf::Message& request) override;
  void on_written(bool ok) override;
  void on_gone() override;
  void cut(const Rejection& reason) override;

 private:
  using Download = std::shared_ptr<const api::AttachmentsApi::Download>;

  void opened(Result<Download> download, std::uint64_t offset, std::uint64_t length);
  void read(Result<std::string> piece);
  // What comes next, under the lock, where neither read nor write is under way.
  void go_on();

  api::AttachmentsApi& attachments_;
  Answers* answers_ = nullptr;
  std::mutex mutex_;
  Download download_;
  api::v1::DownloadAttachmentResponse response_;
  std::uint64_t offset_ = 0;
  std::uint64_t left_ = 0;
  bool unsent_ = false;  // response_ is to be written
  bool busy_ = true;     // with a read or a write
  bool gone_ = false;
  bool finished_ = false;
  std::optional<Rejection> reason_;
};

}  // namespace casewheel::doors
