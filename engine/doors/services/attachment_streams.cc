#include "engine/doors/services/attachment_streams.h"

#include <algorithm>
#include <utility>

#include "engine/api/audit.h"

namespace casewheel::doors {

void UploadGathering::take(const api::Call& call, const api::v1::UploadAttachmentRequest& request,
                           api::Done<bool> done) {
  using Part = api::v1::UploadAttachmentRequest;
  if (*upload_ == nullptr && request.part_case() == Part::kFile) {
    attachments_.begin(call, request.file(),
                       [upload = upload_, done = std::move(done)](Result<Upload> begun) {
                         if (!begun) return done(begun.error());
                         *upload = std::move(*begun);
                         done(true);
                       });
  } else if (*upload_ != nullptr && request.part_case() == Part::kChunk) {
    (*upload_)->add(request.chunk(), std::move(done));
  } else {
    const Rejection refusal = *upload_ == nullptr
                                  ? Rejection::invalid("file", "must come first")
                                  : Rejection::invalid("chunk", "is all that may follow");
    if (call.line != nullptr) call.line->conclude(refusal);
    done(refusal);
  }
}

void UploadGathering::finish(api::Done<api::v1::Attachment> done) {
  if (*upload_ == nullptr) return done(Rejection::invalid("file", "is required"));
  (*upload_)->finish(std::move(done));
}

void DownloadFeed::start(Answers& answers, const api::Call& call,
                         const google::protobuf::Message& request) {
  const auto& asked = static_cast<const api::v1::DownloadAttachmentRequest&>(request);
  answers_ = &answers;
  answers.hold();
  attachments_.open(
      call, asked,
      [this, offset = asked.offset(), length = asked.length()](Result<Download> download) {
        opened(std::move(download), offset, length);
      });
}

void DownloadFeed::opened(Result<Download> download, std::uint64_t offset, std::uint64_t length) {
  {
    const std::scoped_lock lock(mutex_);
    busy_ = false;
    if (!download) {
      reason_ = download.error();
    } else {
      download_ = std::move(*download);
      offset_ = offset;
      left_ = download_->bytes() - offset;
      if (length != 0) left_ = std::min(left_, length);
      *response_.mutable_attachment() = download_->attachment();
      unsent_ = true;
    }
    go_on();
  }
  answers_->release();
}

void DownloadFeed::read(Result<std::string> piece) {
  {
    const std::scoped_lock lock(mutex_);
    busy_ = false;
    if (!piece) {
      reason_ = piece.error();
    } else {
      offset_ += piece->size();
      left_ = piece->empty() ? 0 : left_ - piece->size();
      unsent_ = !piece->empty();
      response_.set_chunk(std::move(*piece));
    }
    go_on();
  }
  answers_->release();
}

void DownloadFeed::go_on() {
  if (finished_) return;
  if (!reason_ && !gone_) reason_ = answers_->over();
  if (reason_ || gone_ || (!unsent_ && left_ == 0)) {
    finished_ = true;
    if (gone_) return answers_->abandon();
    return answers_->finish(reason_);
  }
  busy_ = true;
  if (unsent_) {
    unsent_ = false;
    return answers_->write(response_);
  }
  answers_->hold();
  download_->read(offset_, left_, [this](Result<std::string> piece) { read(std::move(piece)); });
}

void DownloadFeed::on_written(bool ok) {
  const std::scoped_lock lock(mutex_);
  busy_ = false;
  gone_ |= !ok;
  go_on();
}

void DownloadFeed::on_gone() {
  const std::scoped_lock lock(mutex_);
  gone_ = true;
  if (!busy_) go_on();
}

void DownloadFeed::cut(const Rejection& reason) {
  const std::scoped_lock lock(mutex_);
  if (!reason_) reason_ = reason;
  if (!busy_) go_on();
}

}  // namespace casewheel::doors
