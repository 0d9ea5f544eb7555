// Where a command's answer goes: human text or JSON on the output, everything else (progress,
// notices, failures) on the error stream, so that scripts may read the output as it is. Any one
// thread.
#pragma once

#include <absl/time/time.h>
#include <google/protobuf/message.h>

#include <boost/json/object.hpp>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "engine/base/time.h"

namespace casewheel::cli {

class Output {
 public:
  struct Options {
    bool json = false;
    bool progress = false;  // only where the error stream is a terminal and nobody asked for quiet
    std::optional<absl::TimeZone> zone;  // as typed; else it is looked for when first asked
  };
  Output(std::ostream& out, std::ostream& err, Options options)
      : out_(out), err_(err), options_(options) {}

  // "時區 Time zone" of the times that were shown.
  std::string zone_name() const { return zone().name(); }

  bool json() const { return options_.json; }
  bool progress() const { return options_.progress; }
  // As typed, else the tenant's.
  const absl::TimeZone& zone() const;
  bool zone_typed() const { return options_.zone.has_value(); }
  // How the tenant's zone is found, once, where none was typed.
  void find_zone_by(std::function<absl::TimeZone()> find) { find_zone_ = std::move(find); }
  std::ostream& out() const { return out_; }
  std::ostream& err() const { return err_; }

  // In the zone of the run; empty for the absent time of a message.
  std::string time(TimeMs time_ms) const;
  // Of a date that is owed: the end of a day is not the day behind it.
  std::string deadline(TimeMs time_ms) const;

  // One JSON document, with the field names of the protos and unset fields written out.
  void document(const google::protobuf::Message& message) const;
  void document(const boost::json::object& object) const;
  // The message as a document, or the text for people; gives kExitOk.
  int show(const google::protobuf::Message& message, const std::string& text) const;
  // One JSON document on one line, flushed: for streams.
  void line(const google::protobuf::Message& message) const;

 private:
  std::ostream& out_;
  std::ostream& err_;
  Options options_;
  std::function<absl::TimeZone()> find_zone_;
  mutable std::optional<absl::TimeZone> zone_;
};

// A bar on the error stream for long work, at most ten times a second, wiped when it ends. Says
// nothing where progress is off.
class Progress {
 public:
  Progress(const Output& output, std::string label);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::uint64_t done, std::uint64_t total);
  void finish();

 private:
  const Output& output_;
  std::string label_;
  TimeMs shown_at_ms_ = 0;
  bool shown_ = false;
};

}  // namespace casewheel::cli
