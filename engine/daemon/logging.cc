#include "engine/daemon/logging.h"

#include <grpc/support/log.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "engine/access/masking.h"
#include "engine/base/text.h"

namespace casewheel::daemon {
namespace {

// No message is meant to hold personal data; what a library or an error brings along is masked. Nor to hold
// line breaks and terminals' control sequences: gRPC's own messages quote what a stranger sent.
std::string shown(const spdlog::details::log_msg& message) {
  return visible(access::mask_text({message.payload.data(), message.payload.size()}));
}

class PlainMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string text = shown(message);
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PlainMessage>();
  }
};

// The message as a JSON string (RFC 8259, section 7), quotes and all.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    out.push_back('"');
    for (const char c : shown(message)) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out.push_back('"');
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JsonMessage>();
  }
};

// gRPC writes to standard error as it likes, a line for each handshake that fails, and anybody can
// make one fail: one such line a second is kept. What it says before it ends the process is kept always.
void log_of_grpc(gpr_log_func_args* line) {
  if (std::string_view(line->message).find("assertion failed") != std::string_view::npos) {
    spdlog::critical("grpc: {} at {}:{}", line->message, line->file, line->line);
    spdlog::default_logger()->flush();
    return;
  }
  if (line->severity != GPR_LOG_SEVERITY_ERROR) {
    spdlog::debug("grpc: {}", line->message);
    return;
  }
  static std::atomic<std::int64_t> last_s{0};
  const std::int64_t now_s = std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::steady_clock::now().time_since_epoch())
                                 .count();
  if (last_s.exchange(now_s) != now_s) spdlog::info("grpc: {}", line->message);
}

// An exception that nobody expected ends the process, on whatever thread and in whichever door, and the log
// says what it was.
[[noreturn]] void end_by_exception() {
  std::string what = "no exception";
  try {
    if (std::current_exception() != nullptr) std::rethrow_exception(std::current_exception());
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "an exception of an unknown type";
  }
  spdlog::critical("ending by a bug: {}", what);
  spdlog::default_logger()->flush();
  std::abort();
}

}  // namespace

void start_logging(const Options& options) {
  auto logger = spdlog::stderr_logger_mt("casewheeld");
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<JsonMessage>('J').add_flag<PlainMessage>('K').set_pattern(
      options.log_json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%J})"
                       : "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %K");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(options.log_level));
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(logger);
  gpr_set_log_function(log_of_grpc);
  std::set_terminate(end_by_exception);
}

}  // namespace casewheel::daemon
