#include "engine/api/attachments.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "engine/api/audit.h"
#include "engine/api/lodging.h"
#include "engine/api/submitting.h"
#include "engine/attachments/location.h"
#include "engine/attachments/media_type.h"
#include "engine/base/limits.h"

namespace casewheel::api {
namespace {

Rejection not_kept(const Status& status) {
  if (status.code() == Status::Code::kNoSpace)
    return Rejection::of(RejectionCode::kDiskFull, "the disk is full", limits::kRetryAfterMs);
  return Rejection::of(RejectionCode::kUnavailable,
                       "the file could not be written: " + status.message(), limits::kRetryAfterMs);
}

Rejection too_large() {
  return Rejection::invalid("content", "is longer than " +
                                           std::to_string(limits::kAttachmentBytes >> 20) +
                                           " MiB, the limit of one file");
}

Rejection no_such_attachment() {
  return Rejection::of(RejectionCode::kNotFound, "the case has no such attachment");
}

Rejection no_shelf() {
  return Rejection::of(RejectionCode::kFailedPrecondition, "this engine keeps no attachments");
}

std::string_view view_of(const Sha256& digest) { return bytes_of(digest); }

// The latest of the case's attachments in that file; null: none is any more.
const stored::AttachmentState* find_attachment(const stored::CaseState& state,
                                               const std::string& blob) {
  const auto& held = state.attachments();
  for (int i = held.size() - 1; i >= 0; --i) {
    if (held[i].blob() == blob) return &held[i];
  }
  return nullptr;
}

}  // namespace

void AttachmentsApi::begin(const Call& call, const v1::AttachmentToCome& file,
                           Done<std::shared_ptr<Upload>> done) {
  boost::asio::post(work_, [this, call, file, done = std::move(done)] {
    Result<std::shared_ptr<Upload>> begun = begin_now(call, file);
    if (!begun && call.line != nullptr) call.line->conclude(begun.error());
    done(std::move(begun));
  });
}

Result<std::shared_ptr<AttachmentsApi::Upload>> AttachmentsApi::begin_now(
    const Call& call, const v1::AttachmentToCome& file) {
  if (services_.shelf == nullptr) return no_shelf();
  const Result<CaseAddress> address = address_of("case_number", file.case_number());
  if (!address) return address.error();
  Result<std::string> name = attachments::file_name_of("name", file.name());
  if (!name) return name.error();
  if (file.bytes() > limits::kAttachmentBytes) return too_large();
  if (!file.sha256().empty() && file.sha256().size() != Sha256{}.size())
    return Rejection::invalid("sha256", "must be 32 bytes");
  if (const Result<std::uint32_t> revision = revision_of(file.etag()); !revision)
    return revision.error();
  const Result<partition::CaseRecord> record = read_case_for(call, services_, *address);
  if (!record) return record.error();
  if (services_.engine.store().free_bytes() <
      limits::kDiskReserveBytes + limits::kUploadsMax / 8 * limits::kAttachmentBytes)
    return Rejection::of(RejectionCode::kDiskFull, "the disk is nearly full",
                         limits::kRetryAfterMs);
  if (std::optional<Rejection> full = uploads_.enter(holder_of(call))) return *std::move(full);
  auto upload =
      std::shared_ptr<Upload>(new Upload(*this, call, file, *address, record->state.tenant()));
  upload->file_.set_name(std::move(*name));
  if (Status status = services_.shelf->make_draft(&upload->draft_); !status)
    return not_kept(status);
  return upload;
}

AttachmentsApi::Upload::~Upload() {
  api_.uploads_.leave(holder_of(call_));
  if (call_.line != nullptr)  // else it has ended
    call_.line->conclude(Rejection::of(RejectionCode::kUnavailable, "not all of the file came"));
}

void AttachmentsApi::Upload::add(std::string bytes, Done<bool> done) {
  boost::asio::post(api_.work_, [self = shared_from_this(), bytes = std::move(bytes),
                                 done = std::move(done)] { done(self->add_now(bytes)); });
}

Result<bool> AttachmentsApi::Upload::add_now(std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > limits::kAttachmentBytes) return too_large();
  digest_.add(bytes);
  if (Status status = draft_->add(bytes); !status) return not_kept(status);
  return true;
}

void AttachmentsApi::Upload::finish(Done<v1::Attachment> done) {
  boost::asio::post(api_.work_, [self = shared_from_this(), done = std::move(done)]() mutable {
    self->finish_now(on_record(self->call_, std::move(done)));
  });
}

void AttachmentsApi::Upload::finish_now(Done<v1::Attachment> done) {
  came_ = digest_.finish();
  if (file_.bytes() != 0 && file_.bytes() != bytes_)
    return done(Rejection::invalid("bytes", "says " + std::to_string(file_.bytes()) + ", and " +
                                                std::to_string(bytes_) + " came"));
  if (!file_.sha256().empty() && file_.sha256() != view_of(came_))
    return done(Rejection::invalid("sha256", "is not that of the bytes that came"));
  std::string content;
  if (Status status = draft_->read_all(&content); !status) return done(not_kept(status));
  draft_.reset();
  const Result<std::string> media_type = attachments::media_type_of(content);
  if (!media_type) return done(media_type.error());
  Result<std::string> kept = attachments::without_location(std::move(content), *media_type);
  if (!kept) return done(kept.error());
  auto placed = std::make_shared<storage::Shelf::Placed>();
  if (Status status = api_.services_.shelf->put(tenant_, *kept, placed.get()); !status)
    return done(not_kept(status));
  Result<domain::Command> command = command_for(*placed, *media_type, kept->size());
  if (!command) return done(command.error());
  submit_command(
      call_, api_.services_, address_, std::move(*command), file_.ByteSizeLong(),
      [self = shared_from_this(), placed, done = std::move(done)](partition::Answer&& answer) {
        const auto answered = [self, placed, done, answer = std::move(answer)] {
          placed->lease = {};
          if (answer.rejection) return done(*answer.rejection);
          const stored::AttachmentState* added =
              find_attachment(answer.record->state, placed->blob);
          if (added == nullptr) return done(no_such_attachment());  // removed since
          done(to_attachment(*answer.record, *added, Shown::kPlain));
        };
        boost::asio::post(self->api_.work_, answered);
      });
}

Result<domain::Command> AttachmentsApi::Upload::command_for(const storage::Shelf::Placed& placed,
                                                            const std::string& media_type,
                                                            std::uint64_t bytes) const {
  domain::Command command;
  const Result<RequestDigests> digests = request_digests(file_.request_id(), file_);
  if (!digests) return digests.error();
  command.request_digest = digests->request;
  // Of the bytes as they came: what is kept of them may change with the engine.
  if (digests->request != 0) {
    command.body_digest = short_digest(
        sha256_of_parts({file_.case_number(), file_.name(), file_.etag(), view_of(came_)}));
  }
  command.expected_revision = *revision_of(file_.etag());
  domain::AddAttachment add;
  add.facts.set_media_type(media_type);
  add.facts.set_bytes(bytes);
  add.facts.set_blob(placed.blob);
  add.file.set_name(attachments::with_ending(file_.name(), media_type));
  add.file.set_content_digest(std::string(view_of(placed.digest)));
  command.action = std::move(add);
  return command;
}

void AttachmentsApi::open(const Call& call, const v1::DownloadAttachmentRequest& request,
                          Done<std::shared_ptr<const Download>> done) {
  boost::asio::post(work_, [this, call, request,
                            done = on_record<std::shared_ptr<const Download>>(
                                call, std::move(done))] { done(open_now(call, request)); });
}

Result<std::shared_ptr<const AttachmentsApi::Download>> AttachmentsApi::open_now(
    const Call& call, const v1::DownloadAttachmentRequest& request) {
  if (services_.shelf == nullptr) return no_shelf();
  const Result<CaseAddress> address = address_of("case_number", request.case_number());
  if (!address) return address.error();
  const Result<partition::CaseRecord> record = read_case_for(call, services_, *address);
  if (!record) return record.error();
  const auto& held = record->state.attachments();
  const auto found = std::find_if(held.begin(), held.end(), [&](const auto& attachment) {
    return attachment.attachment() == request.attachment();
  });
  if (found == held.end()) return no_such_attachment();
  if (std::optional<Rejection> full = downloads_.enter(holder_of(call))) return *std::move(full);
  auto download = std::shared_ptr<Download>(new Download(*this, holder_of(call)));
  stored::FileFacts facts;
  download->attachment_ = to_attachment(*record, *found, Shown::kPlain, &facts);
  Sha256 digest{};
  if (facts.content_digest().size() != digest.size())
    return unreadable({Status::Code::kCorruption, "what is sealed of an attachment"});
  std::copy(facts.content_digest().begin(), facts.content_digest().end(), digest.begin());
  // Equal for equal content, and tells nothing of it.
  download->etag_ = "\"" + hex(found->blob().substr(0, 16)) + "\"";
  const Status status =
      services_.shelf->open_file(record->state.tenant(), digest, &download->file_);
  if (status.code() == Status::Code::kNotFound && !services_.shelf->has(found->blob()))
    return unreadable({Status::Code::kCorruption, "an attachment's file is missing"});
  if (!status) return unreadable(status);
  if (download->file_->bytes() != found->bytes())
    return unreadable({Status::Code::kCorruption, "an attachment's file has another length"});
  if (request.offset() > download->bytes())
    return Rejection::invalid("offset", "lies behind the end of the file");
  return download;
}

void AttachmentsApi::Download::read(std::uint64_t offset, std::uint64_t most,
                                    Done<std::string> done) const {
  boost::asio::post(api_.work_, [self = shared_from_this(), offset, most, done = std::move(done)] {
    std::string piece;
    if (most == 0) return done(std::string());
    if (const Status status = self->file_->read(offset, &piece); !status)
      return done(unreadable(status));
    if (piece.size() > most) piece.resize(static_cast<std::size_t>(most));
    done(std::move(piece));
  });
}

}  // namespace casewheel::api
