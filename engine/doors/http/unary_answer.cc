#include "engine/doors/http/unary_answer.h"

#include "engine/doors/http/connect_error.h"
#include "engine/doors/http/gzip.h"
#include "engine/doors/http/limits.h"

namespace casewheel::doors {

namespace http = boost::beast::http;

Reply reply_of(const TurnedAway& away) {
  Reply reply;
  reply.result(away.status);
  reply.set(http::field::content_type, "application/json");
  if (!away.allow.empty()) reply.set(http::field::allow, away.allow);
  if (!away.accept_post.empty()) reply.set("Accept-Post", away.accept_post);
  reply.body() = error_json(away.refusal);
  return reply;
}

Reply reply_of(const google::rpc::Status& refusal) {
  return reply_of(TurnedAway{http_status(refusal.code()), refusal});
}

Reply reply_of(const Ask& ask, const google::protobuf::Message& answer) {
  Reply reply;
  reply.result(http::status::ok);
  reply.set(http::field::content_type, ask.answer_type());
  reply.body() = encode(ask.codec, answer);
  if (ask.gzip_out && reply.body().size() >= limits::kHttpGzipFromBytes) {
    reply.body() = gzip(reply.body());
    reply.set(http::field::content_encoding, "gzip");
  }
  return reply;
}

}  // namespace casewheel::doors
