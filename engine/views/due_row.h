// What the board shows: a case with its earliest due instant, the filter that selects such rows,
// and a page of them. Plain values, owned by whoever asked; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "casewheel/journal/v1/words.pb.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/domain/territory.h"
#include "engine/views/due_key.h"

namespace casewheel::views {

// An open case. It is overdue when due_ms < now.
struct DueRow {
  CaseAddress address;
  std::string unit;
  std::string handler;
  std::string service;
  journal::v1::Kind kind = journal::v1::KIND_UNSPECIFIED;
  journal::v1::Priority priority = journal::v1::PRIORITY_UNSPECIFIED;
  journal::v1::CaseStatus status = journal::v1::STATUS_UNSPECIFIED;
  journal::v1::ClockKind due_kind = journal::v1::CLOCK_KIND_UNSPECIFIED;
  TimeMs due_ms = 0;                     // earliest due among its clocks that wait
  std::uint32_t level = 0;               // highest escalation level so far, at most 2,047
  std::uint32_t unacknowledged = 0;      // escalations nobody has acknowledged, at most 32,767
  bool breached = false;                 // a clock that is not stopped has passed its due
  bool provisional = false;              // due_ms may move when its calendar reaches so far
  bool unclocked = false;                // no clock of it runs or is paused; due_ms is 0
  std::uint32_t extension_requests = 0;  // that nobody has decided, at most 31
  std::string county{};  // of a case that counts by a calendar; one of the 22 or empty

  bool operator==(const DueRow&) const = default;
};

struct DueFilter {
  std::uint8_t tenant_number = 0;  // required
  std::vector<std::string> units;  // any of these; empty: all. Subtrees are resolved by the caller
  std::string handler;             // empty: any
  std::shared_ptr<const domain::Territory> territory = nullptr;  // everywhere
  DurationMs horizon_ms = 0;  // also what comes due within this time; 0: only what is overdue
};

struct DuePage {
  std::vector<DueRow> rows;    // in order of due, the most overdue first; then by case
  std::optional<DueKey> next;  // what the next page begins behind; nothing on the last one
  std::size_t looked = 0;      // entries of the board visited for it
};

}  // namespace casewheel::views
