// The identities of the engine and the case number people read out over the telephone.
//
// A case number is digits only:  TT YYYMMDD S… PP C
//   TT       tenant number from the catalogue, 01 to 99
//   YYYMMDD  ROC date (year minus 1911) of registration in the tenant's zone
//   S…       that tenant's, day's and partition's running number, five digits and more when needed
//   PP       partition, 00 to 63
//   C        check digit by Damm's quasigroup: catches every single wrong digit and every swap of
//            two neighbours (H. Michael Damm, "Total anti-symmetrische Quasigruppen", 2004)
// It is a function of the CaseId and the partition, so it is never stored.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace casewheel {

using PartitionId = std::uint16_t;

// One case within its partition: tenant number (8 bits), registration day as YYYYMMDD - 19110000
// (24 bits, i.e. ROC yyymmdd), running number of that day (32 bits). Sorts by tenant, then by day.
struct CaseId {
  std::uint64_t value = 0;

  static CaseId make(std::uint8_t tenant_number, std::uint32_t roc_date, std::uint32_t sequence) {
    return {(static_cast<std::uint64_t>(tenant_number) << 56) |
            (static_cast<std::uint64_t>(roc_date & 0xffffff) << 32) | sequence};
  }
  std::uint8_t tenant_number() const { return static_cast<std::uint8_t>(value >> 56); }
  std::uint32_t roc_date() const { return static_cast<std::uint32_t>(value >> 32) & 0xffffff; }
  std::uint32_t sequence() const { return static_cast<std::uint32_t>(value); }
  auto operator<=>(const CaseId&) const = default;
};

struct CaseAddress {
  PartitionId partition = 0;
  CaseId id;
  bool operator==(const CaseAddress&) const = default;
};

std::string format_case_number(PartitionId partition, CaseId id);

// Accepts spaces and hyphens between digits, as people type them. Empty when it is no case number
// or the check digit is wrong.
std::optional<CaseAddress> parse_case_number(std::string_view text);

// Damm check digit ('0' to '9') of a string of digits.
char damm_check_digit(std::string_view digits);

// ROC date (yyymmdd as a number, e.g. 1150723) of an instant in a fixed zone given as its offset
// from UTC in seconds. Years before ROC 1 give 0.
std::uint32_t roc_date_of(std::int64_t time_ms, int utc_offset_seconds);

}  // namespace casewheel

template <>
struct std::hash<casewheel::CaseId> {
  std::size_t operator()(const casewheel::CaseId& id) const noexcept {
    return static_cast<std::size_t>((id.value * 0x9e3779b97f4a7c15ULL) ^ (id.value >> 32));
  }
};
