#include "engine/doors/intake/intake_page.h"

#include <string>
#include <utility>

#include "engine/api/audit.h"
#include "engine/api/work.h"
#include "engine/base/charset.h"
#include "engine/doors/http/connect_error.h"
#include "engine/doors/http/field_words.h"
#include "engine/doors/http/form.h"
#include "engine/doors/http/reception.h"
#include "engine/doors/http/unary_answer.h"
#include "engine/doors/intake/upload.h"
#include "engine/doors/services/refusal.h"

namespace casewheel::doors {
namespace {

namespace http = boost::beast::http;

const ApiMethod kIngest("/casewheel.v1.Intake/Ingest");

// The rows of one upload, and the count of those there are.
class CountedUpload final : public Pieces {
 public:
  CountedUpload(std::unique_ptr<Upload> upload, std::shared_ptr<void> counted)
      : upload_(std::move(upload)), counted_(std::move(counted)) {}
  Awaitable<Result<std::string>> next() override { return upload_->next(); }

 private:
  const std::unique_ptr<Upload> upload_;
  const std::shared_ptr<void> counted_;
};

PageAnswer refused(const Rejection& rejection) {
  PageAnswer answer{reply_of(refusal_of(rejection))};
  if (rejection.retry_after_ms > 0) {
    answer.reply.set(http::field::retry_after,
                     std::to_string((rejection.retry_after_ms + kSecondMs - 1) / kSecondMs));
  }
  return answer;
}

std::optional<Table::Form> form_of(std::string_view content_type) {
  const auto is = [type = media_type_of(content_type)](std::string_view name) {
    return same_word(type, name);
  };
  if (is("text/csv") || is("application/csv")) return Table::Form::kCsv;
  if (is("application/x-ndjson") || is("application/jsonl") || is("application/json-lines"))
    return Table::Form::kJsonLines;
  return std::nullopt;
}

struct Target {
  std::string tenant;
  std::string source = "upload";
};

// "tenant=t&source=s", once each and nothing else.
Result<Target> target_of(std::string_view query) {
  const Result<Form> form = Form::parse(query, 16);
  if (!form) return form.error();
  Target target;
  std::string* const places[] = {&target.tenant, &target.source};
  const char* const names[] = {"tenant", "source"};
  bool said[] = {false, false};
  for (const auto& [name, value] : form->fields()) {
    const std::size_t which = name == names[0] ? 0 : 1;
    if (name != names[which])
      return Rejection::invalid(name, "is no parameter; there are tenant and source");
    if (std::exchange(said[which], true)) return Rejection::invalid(name, "is there twice");
    *places[which] = value;
  }
  return target;
}

}  // namespace

Awaitable<PageAnswer> IntakePage::answer(Visit& visit) {
  if (visit.verb() != http::verb::post) {
    PageAnswer answer;
    answer.reply.result(http::status::method_not_allowed);
    answer.reply.set(http::field::allow, "POST");
    co_return answer;
  }
  const std::optional<Table::Form> form = form_of(field_of(visit.head(), "content-type"));
  if (!form) {
    PageAnswer answer = refused(Rejection::invalid(
        "content-type", "must be text/csv, or application/x-ndjson for JSON Lines"));
    answer.reply.result(http::status::unsupported_media_type);
    co_return answer;
  }
  const Result<Target> target = target_of(visit.query());
  if (!target) co_return refused(target.error());
  const Result<api::Call> call = co_await visit.admit(kIngest, nullptr);
  if (!call) co_return refused(call.error());
  const auto turned_away = [&call](const Rejection& rejection) {
    if (call->line != nullptr) call->line->conclude(rejection);
    return refused(rejection);
  };
  const api::Holder holder = api::holder_of(*call);
  if (std::optional<Rejection> full = tables_->enter(holder)) co_return turned_away(*full);
  std::shared_ptr<void> counted(nullptr,
                                [tables = tables_, holder](void*) { tables->leave(holder); });
  Result<std::string> body = co_await visit.body(kTableBytes);
  if (!body) co_return turned_away(body.error());
  std::string bytes = *std::move(body);
  auto read = [&bytes] { return as_saved(std::move(bytes)); };
  const std::string payer = api::payer_of(*call);
  Result<SavedText> saved = co_await done_apart(visit.premises(), payer, std::move(read));
  if (!saved) co_return turned_away(saved.error());
  Table table{*form, saved->charset, std::move(saved->text)};
  auto upload = std::make_unique<Upload>(visit, *call, std::move(table));
  const std::optional<Rejection> refusal = co_await upload->open(target->tenant, target->source);
  if (refusal) co_return refused(*refusal);
  PageAnswer answer;
  answer.reply.set(http::field::content_type, "application/x-ndjson");
  answer.rest = std::make_unique<CountedUpload>(std::move(upload), std::move(counted));
  co_return answer;
}

}  // namespace casewheel::doors
