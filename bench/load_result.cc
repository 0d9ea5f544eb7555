// See load_result.h.
#include "bench/load_result.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <grpcpp/support/status.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace casewheel::bench {
namespace {

double milliseconds(std::int64_t us) { return static_cast<double>(us) / 1000; }

double mean_response_bytes(const LoadResult& result) {
  return result.answered == 0
             ? 0
             : static_cast<double>(result.response_bytes) / static_cast<double>(result.answered);
}

}  // namespace

void LoadResult::merge(const LoadResult& other) {
  answered += other.answered;
  duplicates += other.duplicates;
  seconds = std::max(seconds, other.seconds);
  response_bytes += other.response_bytes;
  for (const auto& [code, count] : other.errors) errors[code] += count;
  latency.merge(other.latency);
}

std::string to_text(const LoadResult& result) {
  const Histogram& l = result.latency;
  std::string text = absl::StrFormat(
      "answered %d in %.2f s: %.0f/s (%d duplicates, answers of %.0f bytes)\n"
      "latency ms: mean %.3f  p50 %.3f  p95 %.3f  p99 %.3f  p99.9 %.3f  max %.3f\n",
      result.answered, result.seconds, result.per_second(), result.duplicates,
      mean_response_bytes(result), l.mean_us() / 1000, milliseconds(l.quantile_us(0.5)),
      milliseconds(l.quantile_us(0.95)), milliseconds(l.quantile_us(0.99)),
      milliseconds(l.quantile_us(0.999)), milliseconds(l.max_us()));
  for (const auto& [code, count] : result.errors)
    absl::StrAppendFormat(&text, "error %s: %d\n", code, count);
  return text;
}

std::string to_json(const LoadResult& result) {
  const Histogram& l = result.latency;
  std::string errors;
  for (const auto& [code, count] : result.errors) {
    absl::StrAppendFormat(&errors, "%s\"%s\":%d", errors.empty() ? "" : ",", code, count);
  }
  return absl::StrFormat(
      "{\"answered\":%d,\"seconds\":%.6f,\"per_second\":%.3f,\"duplicates\":%d,\"response_bytes_"
      "mean\":%.1f,"
      "\"latency_ms\":{\"mean\":%.3f,\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,\"p99_9\":%.3f,\"max\":"
      "%.3f},"
      "\"errors\":{%s}}\n",
      result.answered, result.seconds, result.per_second(), result.duplicates,
      mean_response_bytes(result), l.mean_us() / 1000, milliseconds(l.quantile_us(0.5)),
      milliseconds(l.quantile_us(0.95)), milliseconds(l.quantile_us(0.99)),
      milliseconds(l.quantile_us(0.999)), milliseconds(l.max_us()), errors);
}

std::string code_name(const grpc::Status& status) {
  static constexpr const char* kNames[] = {"OK",
                                           "CANCELLED",
                                           "UNKNOWN",
                                           "INVALID_ARGUMENT",
                                           "DEADLINE_EXCEEDED",
                                           "NOT_FOUND",
                                           "ALREADY_EXISTS",
                                           "PERMISSION_DENIED",
                                           "RESOURCE_EXHAUSTED",
                                           "FAILED_PRECONDITION",
                                           "ABORTED",
                                           "OUT_OF_RANGE",
                                           "UNIMPLEMENTED",
                                           "INTERNAL",
                                           "UNAVAILABLE",
                                           "DATA_LOSS",
                                           "UNAUTHENTICATED"};
  const auto code = static_cast<std::size_t>(status.error_code());
  return code < std::size(kNames) ? kNames[code] : absl::StrCat("CODE_", code);
}

void require_ok(const grpc::Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s: %s: %s\n", what, code_name(status).c_str(),
               status.error_message().c_str());
  std::exit(1);
}

std::int64_t retry_delay_ms(const grpc::Status& status, std::int64_t otherwise) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return otherwise;
  for (const auto& detail : details.details()) {
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&retry)) {
      return retry.retry_delay().seconds() * 1000 + retry.retry_delay().nanos() / 1'000'000;
    }
  }
  return otherwise;
}

}  // namespace casewheel::bench
