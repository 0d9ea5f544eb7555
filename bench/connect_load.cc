// See connect_load.h. One thread: it writes and reads bytes and nothing else.
#include "bench/connect_load.h"

#include <google/protobuf/util/json_util.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <vector>

namespace casewheel::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr auto kTold = asio::as_tuple(asio::use_awaitable);

Clock::duration seconds_of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

class ConnectRun {
 public:
  explicit ConnectRun(const ConnectPlan& plan) : plan_(plan) { write_requests(); }

  LoadResult run() {
    measure_from_ = Clock::now() + seconds_of(plan_.warm_up_seconds);
    measure_until_ = measure_from_ + seconds_of(plan_.seconds);
    for (int i = 0; i < plan_.connections; ++i) asio::co_spawn(io_, converse(), asio::detached);
    io_.run();
    const Clock::time_point end = next_ < requests_.size() ? measure_until_ : last_answer_;
    result_.seconds = std::max(0.0, std::chrono::duration<double>(end - measure_from_).count());
    return std::move(result_);
  }

 private:
  void write_requests() {
    const std::string head =
        "POST /casewheel.v1.Cases/LodgeCase HTTP/1.1\r\nHost: " + plan_.address +
        "\r\nContent-Type: application/" + (plan_.json ? "json" : "proto") + "\r\n" +
        (plan_.token.empty() ? "" : "Authorization: Bearer " + plan_.token + "\r\n") +
        "Connect-Protocol-Version: 1\r\nContent-Length: ";
    requests_.reserve(plan_.requests);
    v1::LodgeCaseRequest request;
    for (std::size_t i = 0; i < plan_.requests; ++i) {
      plan_.source(i, &request);
      std::string body;
      if (!plan_.json) {
        body = request.SerializeAsString();
      } else if (!google::protobuf::util::MessageToJsonString(request, &body).ok()) {
        continue;
      }
      requests_.push_back(head + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
  }

  asio::awaitable<void> converse() {
    asio::ip::tcp::socket socket(io_);
    asio::ip::tcp::resolver resolver(io_);
    const std::size_t colon = plan_.address.rfind(':');
    const auto found =
        resolver.resolve(plan_.address.substr(0, colon), plan_.address.substr(colon + 1));
    const auto [refused, endpoint] = co_await asio::async_connect(socket, found, kTold);
    if (refused) co_return fail("UNREACHABLE");
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    boost::beast::flat_buffer buffer;
    while (next_ < requests_.size() && Clock::now() < measure_until_) {
      const std::string& request = requests_[next_++];
      const Clock::time_point sent = Clock::now();
      const auto [unsent, written] =
          co_await asio::async_write(socket, asio::buffer(request), kTold);
      http::response<http::string_body> answer;
      if (unsent) co_return fail("CUT");
      const auto [unread, bytes] = co_await http::async_read(socket, buffer, answer, kTold);
      if (unread) co_return fail("CUT");
      last_answer_ = Clock::now();
      if (answer.result() == http::status::too_many_requests) {
        ++result_.errors["RESOURCE_EXHAUSTED"];
      } else if (answer.result() != http::status::ok) {
        ++result_.errors["HTTP_" + std::to_string(answer.result_int())];
      } else if (last_answer_ >= measure_from_ && last_answer_ < measure_until_) {
        ++result_.answered;
        result_.response_bytes += answer.body().size();
        result_.latency.add(microseconds_between(sent, last_answer_));
      }
    }
  }
  void fail(const char* why) { ++result_.errors[why]; }

  const ConnectPlan& plan_;
  asio::io_context io_{1};
  std::vector<std::string> requests_;
  std::size_t next_ = 0;
  Clock::time_point measure_from_;
  Clock::time_point measure_until_;
  Clock::time_point last_answer_;
  LoadResult result_;
};

}  // namespace

LoadResult run_connect(const ConnectPlan& plan) { return ConnectRun(plan).run(); }

}  // namespace casewheel::bench
