#include "engine/doors/files/files_page.h"

#include <utility>

#include "engine/api/audit.h"
#include "engine/doors/files/form_file.h"
#include "engine/doors/files/range.h"
#include "engine/doors/files/target.h"
#include "engine/doors/http/codec.h"
#include "engine/doors/http/connect_error.h"
#include "engine/doors/http/form.h"
#include "engine/doors/http/multipart.h"
#include "engine/doors/http/unary_answer.h"
#include "engine/doors/services/refusal.h"

namespace casewheel::doors {
namespace {

namespace http = boost::beast::http;

const ApiMethod kUploadAttachment("/casewheel.v1.Attachments/UploadAttachment");
const ApiMethod kDownloadAttachment("/casewheel.v1.Attachments/DownloadAttachment");
const ApiMethod kGetCase("/casewheel.v1.Cases/GetCase");
const ApiMethod kRemoveAttachment("/casewheel.v1.Attachments/RemoveAttachment");
namespace v1 = ::casewheel::v1;
using Upload = std::shared_ptr<api::AttachmentsApi::Upload>;
using Download = std::shared_ptr<const api::AttachmentsApi::Download>;

constexpr std::size_t kQueryFieldsMax = 16;
// Heads and boundaries beside the file in a form.
constexpr std::uint64_t kFormBytes = 256 * 1024;

PageAnswer refused(const Rejection& rejection) { return {reply_of(refusal_of(rejection))}; }
PageAnswer refused(http::status status, const Rejection& rejection) {
  PageAnswer answer = refused(rejection);
  answer.reply.result(status);
  return answer;
}
PageAnswer turned_away(unsigned status, RpcCode code, std::string why, std::string allow = {}) {
  return {reply_of(TurnedAway{status, refusal_of(code, std::move(why)), std::move(allow)})};
}
PageAnswer too_large() {
  return refused(http::status::payload_too_large,
                 Rejection::invalid("content", "is longer than " +
                                                   std::to_string(limits::kAttachmentBytes >> 20) +
                                                   " MiB, the limit of one file"));
}
PageAnswer json(http::status status, const google::protobuf::Message& message) {
  PageAnswer answer;
  answer.reply.result(status);
  answer.reply.set(http::field::content_type, "application/json");
  answer.reply.body() = encode(Codec::kJson, message);
  return answer;
}

// What `ask(done)` gives to done.
template <typename T, typename Ask>
Awaitable<Result<T>> awaited(Premises& premises, Ask ask) {
  const auto answered =
      std::make_shared<Awaited<Result<T>>>(premises.io.get_executor(), premises.calls);
  ask([answered](Result<T> answer) { answered->give(std::move(answer)); });
  std::optional<Result<T>> answer = co_await answered->wait();
  co_return *std::move(answer);
}

// No coroutine: what it makes of its arguments is gone before anything is awaited.
template <typename Request>
Awaitable<Result<api::Call>> admit(Visit& visit, const ApiMethod& method,
                                   const std::shared_ptr<Request>& request) {
  return visit.admit(method, request);
}
template <typename Request>
Awaitable<Result<AnyMessage>> ask(Visit& visit, const ApiMethod& method,
                                  const std::shared_ptr<Request>& request) {
  return visit.ask(method, request);
}

class FilePieces final : public Pieces {
 public:
  FilePieces(Premises& premises, Download file, const ByteRange& range)
      : premises_(premises), file_(std::move(file)), at_(range.begin), left_(range.length) {}

  Awaitable<Result<std::string>> next() override {
    const auto read = [this](auto done) { file_->read(at_, left_, std::move(done)); };
    Result<std::string> piece = co_await awaited<std::string>(premises_, read);
    if (piece) {
      at_ += piece->size();
      left_ -= piece->size();
    }
    co_return piece;
  }

 private:
  Premises& premises_;
  const Download file_;
  std::uint64_t at_;
  std::uint64_t left_;
};

// One request that sends a file, from its first byte to the answer.
class Sending {
 public:
  Sending(Visit& visit, FileTarget target, Form values)
      : visit_(visit), target_(std::move(target)), values_(std::move(values)) {}
  ~Sending() {
    if (call_.line != nullptr)  // else it has ended
      call_.line->conclude(Rejection::of(RejectionCode::kUnavailable, "not all of the file came"));
  }
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;

  Awaitable<PageAnswer> answer() {
    const auto boundary = form_boundary(field_of(visit_.head(), "content-type"));
    if (boundary && !*boundary)
      co_return refused(http::status::unsupported_media_type, boundary->error());
    if (boundary) form_.emplace(**boundary);
    const std::uint64_t most = limits::kAttachmentBytes + (form_ ? kFormBytes : 0);
    std::uint64_t came = 0;
    if (visit_.declared_bytes().value_or(0) > most) co_return too_large();
    const auto request = std::make_shared<v1::UploadAttachmentRequest>();
    request->mutable_file()->set_case_number(target_.case_number);
    Result<api::Call> call = co_await admit(visit_, kUploadAttachment, request);
    if (!call) co_return refused(call.error());
    call_ = *std::move(call);
    if (!form_) {
      const std::string name = values_["name"];
      std::optional<Rejection> refusal = co_await begin(name);
      if (refusal) co_return refused(*refusal);
    }
    for (;;) {
      Result<std::string> piece = co_await visit_.piece();
      if (!piece) co_return refused(piece.error());
      if (piece->empty()) break;
      if ((came += piece->size()) > most) co_return too_large();  // of a form: beside the file too
      std::optional<PageAnswer> refusal = co_await take(*std::move(piece));
      if (refusal) co_return *std::move(refusal);
    }
    if (!upload_ || (form_ && !form_->whole()))
      co_return refused(Rejection::invalid("content", "is a form without a file, or one cut off"));
    const auto finish = [this](auto done) { upload_->finish(std::move(done)); };
    Result<v1::Attachment> added = co_await awaited<v1::Attachment>(visit_.premises(), finish);
    if (!added) co_return not_taken(added.error());
    PageAnswer created = json(http::status::created, *added);
    created.reply.set(http::field::location,
                      std::string(visit_.path()) + "/" + std::to_string(added->id()));
    co_return created;
  }

 private:
  static PageAnswer not_taken(const Rejection& rejection) {
    const bool of_content = !rejection.fields.empty() && rejection.fields[0].field == "content";
    return of_content ? refused(http::status::unsupported_media_type, rejection)
                      : refused(rejection);
  }

  Awaitable<std::optional<Rejection>> begin(std::string name) {
    v1::AttachmentToCome file;
    file.set_case_number(target_.case_number);
    file.set_name(std::move(name));
    file.set_request_id(values_["request_id"]);
    file.set_etag(values_["etag"]);
    api::AttachmentsApi& attachments = visit_.premises().handlers.attachments;
    const auto ask = [&](auto done) { attachments.begin(call_, file, std::move(done)); };
    Result<Upload> begun = co_await awaited<Upload>(visit_.premises(), ask);
    if (!begun) co_return begun.error();
    upload_ = *std::move(begun);
    co_return std::nullopt;
  }

  // A piece of the body; what it is refused with.
  Awaitable<std::optional<PageAnswer>> take(std::string piece) {
    if (form_) {
      Result<std::string> of_file = form_->take(piece);
      if (!of_file) co_return refused(of_file.error());
      piece = *std::move(of_file);
      if (!upload_ && form_->name()) {
        const std::string name = values_["name"].empty() ? *form_->name() : values_["name"];
        std::optional<Rejection> refusal = co_await begin(name);
        if (refusal) co_return refused(*refusal);
      }
    }
    bytes_ += piece.size();
    if (bytes_ > limits::kAttachmentBytes) co_return too_large();
    if (piece.empty()) co_return std::nullopt;
    const auto add = [&](auto done) { upload_->add(std::move(piece), std::move(done)); };
    const Result<bool> added = co_await awaited<bool>(visit_.premises(), add);
    if (!added) co_return refused(added.error());
    co_return std::nullopt;
  }

  Visit& visit_;
  const FileTarget target_;
  const Form values_;
  std::optional<FormFile> form_;
  api::Call call_;
  Upload upload_;
  std::uint64_t bytes_ = 0;
};

Awaitable<PageAnswer> send_file(Visit& visit, FileTarget target) {
  const auto request = std::make_shared<v1::DownloadAttachmentRequest>();
  request->set_case_number(target.case_number);
  request->set_attachment(target.attachment);
  const Result<api::Call> call = co_await admit(visit, kDownloadAttachment, request);
  if (!call) co_return refused(call.error());
  api::AttachmentsApi& attachments = visit.premises().handlers.attachments;
  const auto open = [&](auto done) { attachments.open(*call, *request, std::move(done)); };
  Result<Download> opened = co_await awaited<Download>(visit.premises(), open);
  if (!opened) co_return refused(opened.error());
  const Download file = *std::move(opened);

  PageAnswer answer;
  Reply& reply = answer.reply;
  reply.set(http::field::etag, file->etag());
  reply.set(http::field::accept_ranges, "bytes");
  if (names_etag(field_of(visit.head(), "if-none-match"), file->etag())) {
    reply.result(http::status::not_modified);
    co_return answer;
  }
  // Only GET asks for a part (RFC 9110, 14.2).
  const std::string_view asked =
      visit.verb() == http::verb::get ? field_of(visit.head(), "range") : std::string_view();
  const ByteRange range =
      range_of(asked, field_of(visit.head(), "if-range"), file->etag(), file->bytes());
  if (range.kind != ByteRange::Kind::kWhole)
    reply.set(http::field::content_range, content_range(range, file->bytes()));
  if (range.kind == ByteRange::Kind::kNone) {
    reply.result(http::status::range_not_satisfiable);
    co_return answer;
  }
  reply.result(range.kind == ByteRange::Kind::kPart ? http::status::partial_content
                                                    : http::status::ok);
  reply.set(http::field::content_type, file->attachment().media_type());
  reply.set(http::field::content_disposition, disposition_of(file->attachment().name()));
  // What a browser is led to show of it runs nothing and reaches nothing.
  reply.set("Content-Security-Policy", "sandbox; default-src 'none'");
  reply.set("Cross-Origin-Resource-Policy", "same-origin");
  reply.content_length(range.length);
  if (visit.verb() != http::verb::head)
    answer.rest = std::make_unique<FilePieces>(visit.premises(), file, range);
  co_return answer;
}

Awaitable<PageAnswer> list_files(Visit& visit, FileTarget target) {
  const auto request = std::make_shared<v1::GetCaseRequest>();
  request->set_case_number(target.case_number);
  const Result<AnyMessage> found = co_await ask(visit, kGetCase, request);
  if (!found) co_return refused(found.error());
  v1::Case list;
  *list.mutable_attachments() = static_cast<const v1::Case&>(**found).attachments();
  co_return json(http::status::ok, list);
}

Awaitable<PageAnswer> remove_file(Visit& visit, FileTarget target, Form values) {
  const auto request = std::make_shared<v1::RemoveAttachmentRequest>();
  request->set_case_number(target.case_number);
  request->set_attachment(target.attachment);
  request->set_reason(values["reason"]);
  request->set_request_id(values["request_id"]);
  request->set_etag(values["etag"]);
  const Result<AnyMessage> removed = co_await ask(visit, kRemoveAttachment, request);
  if (!removed) co_return refused(removed.error());
  PageAnswer answer;
  answer.reply.result(http::status::no_content);
  co_return answer;
}

}  // namespace

Awaitable<PageAnswer> FilesPage::answer(Visit& visit) {
  std::optional<FileTarget> target = file_target(visit.path());
  Result<Form> values = Form::parse(visit.query(), kQueryFieldsMax);
  if (!target) co_return turned_away(404, RpcCode::kNotFound, "there is no such page");
  if (!values) co_return refused(values.error());
  const http::verb verb = visit.verb();
  const bool one = target->attachment != 0;
  const bool reads = verb == http::verb::get || verb == http::verb::head;
  if (!one && verb == http::verb::post) {
    Sending sending(visit, *std::move(target), *std::move(values));
    PageAnswer answer = co_await sending.answer();
    co_return answer;
  }
  if (one && reads) {
    PageAnswer answer = co_await send_file(visit, *std::move(target));
    co_return answer;
  }
  if (reads) {
    PageAnswer answer = co_await list_files(visit, *std::move(target));
    co_return answer;
  }
  if (one && verb == http::verb::delete_) {
    PageAnswer answer = co_await remove_file(visit, *std::move(target), *std::move(values));
    co_return answer;
  }
  co_return turned_away(405, RpcCode::kUnimplemented, "the page is not asked that way",
                        one ? "GET, HEAD, DELETE" : "GET, HEAD, POST");
}

}  // namespace casewheel::doors
