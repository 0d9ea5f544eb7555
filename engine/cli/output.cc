#include "engine/cli/output.h"

#include <absl/time/clock.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "engine/cli/failure.h"
#include "engine/cli/times.h"

namespace casewheel::cli {
namespace {

constexpr TimeMs kProgressIntervalMs = 100;
constexpr std::uint64_t kBarCells = 30;

std::string json_of(const google::protobuf::Message& message, bool spaced) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  options.add_whitespace = spaced;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok()) return "{\"unprintable\": \"" + message.GetTypeName() + "\"}";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

const absl::TimeZone& Output::zone() const {
  if (!zone_) {
    zone_ = options_.zone;
    if (!zone_) zone_ = find_zone_ ? find_zone_() : default_zone();
  }
  return *zone_;
}

std::string Output::time(TimeMs time_ms) const { return format_time(time_ms, zone()); }

std::string Output::deadline(TimeMs time_ms) const { return format_deadline(time_ms, zone()); }

void Output::document(const google::protobuf::Message& message) const {
  out_ << json_of(message, true) << "\n";
}

void Output::document(const boost::json::object& object) const {
  out_ << boost::json::serialize(object) << "\n";
}

int Output::show(const google::protobuf::Message& message, const std::string& text) const {
  if (json()) {
    document(message);
  } else {
    out_ << text;
  }
  return kExitOk;
}

void Output::line(const google::protobuf::Message& message) const {
  out_ << json_of(message, false) << "\n" << std::flush;
}

Progress::Progress(const Output& output, std::string label)
    : output_(output), label_(std::move(label)) {}

Progress::~Progress() { finish(); }

void Progress::update(std::uint64_t done, std::uint64_t total) {
  if (!output_.progress()) return;
  const TimeMs now_ms = absl::ToUnixMillis(absl::Now());
  if (shown_ && now_ms - shown_at_ms_ < kProgressIntervalMs) return;
  shown_at_ms_ = now_ms;
  shown_ = true;
  const std::uint64_t part = total == 0 ? 0 : std::min(done, total);
  const std::uint64_t cells = total == 0 ? 0 : part * kBarCells / total;
  output_.err() << "\r" << label_ << " [" << std::string(cells, '#')
                << std::string(kBarCells - cells, '.') << "] " << done << "/" << total << "\x1b[K"
                << std::flush;
}

void Progress::finish() {
  if (shown_) output_.err() << "\r\x1b[K" << std::flush;
  shown_ = false;
}

}  // namespace casewheel::cli
