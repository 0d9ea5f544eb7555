#include "storage/readable_scan.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace casewheel::storage {
namespace {

// A scan of [begin, end), in either direction.
using Scan = std::function<Status(std::string_view begin, std::string_view end, const RowVisitor&)>;

// Keys as numbers of that many bytes: no row of fixed width is longer but those of holdings, whose last
// bytes are a case's.
constexpr std::size_t kWidth = 48;

// The key as a number: cut or filled with zeros.
std::string number_of(std::string_view key) {
  std::string number(key.substr(0, kWidth));
  number.resize(kWidth, '\0');
  return number;
}

// number + 2^bit, or - 2^bit; nothing where that is no number any more.
std::optional<std::string> moved(std::string number, std::size_t bit, bool up) {
  unsigned step = 1u << bit % 8;
  for (std::size_t at = kWidth - 1 - bit / 8; at < kWidth; --at) {
    const auto digit = static_cast<unsigned char>(number[at]);
    const unsigned next = up ? digit + step : digit - step;
    number[at] = static_cast<char>(next & 0xff);
    if (next <= 0xff) return number;
    step = 1;
  }
  return std::nullopt;
}

std::string middle(const std::string& low, const std::string& high) {
  std::string sum(kWidth + 1, '\0');
  unsigned carry = 0;
  for (std::size_t at = kWidth; at-- > 0;) {
    const unsigned digit =
        static_cast<unsigned char>(low[at]) + static_cast<unsigned char>(high[at]) + carry;
    sum[at + 1] = static_cast<char>(digit & 0xff);
    carry = digit >> 8;
  }
  sum[0] = static_cast<char>(carry);
  std::string half(kWidth, '\0');
  for (std::size_t at = 0; at < kWidth; ++at) {
    const unsigned two =
        static_cast<unsigned char>(sum[at]) << 8 | static_cast<unsigned char>(sum[at + 1]);
    half[at] = static_cast<char>(two >> 1 & 0xff);
  }
  return half;
}

bool readable(const Status& status) { return !is_damage(status); }

// The bound nearest to `from`, upwards or downwards, from which on something can be read or nothing is left;
// empty when `limit` is reached first. `from` itself cannot be read from.
std::string nearest_readable(const std::string& from, std::string_view limit, bool up,
                             const std::function<Status(const std::string&)>& probe) {
  const std::string last =
      limit.empty() ? std::string(kWidth, up ? '\xff' : '\0') : number_of(limit);
  std::string bad = from;
  std::string good = last;
  for (std::size_t bit = 0; bit < kWidth * 8; ++bit) {
    const std::optional<std::string> at = moved(from, bit, up);
    if (!at || (up ? *at >= last : *at <= last)) break;
    if (readable(probe(*at))) {
      good = *at;
      break;
    }
    bad = *at;
  }
  while (true) {
    const std::string half = up ? middle(bad, good) : middle(good, bad);
    if (half == bad || half == good) break;
    (readable(probe(half)) ? good : bad) = half;
  }
  return good == last ? std::string() : good;
}

const RowVisitor kFirst = [](std::string_view, std::string_view) { return false; };

// Gives rows to `visit` until it stops; what the scan came to.
struct Pass {
  Status status;
  std::string last;  // key of the last row; empty: there was none
  bool stopped = false;
};
Pass pass(const Scan& scan, std::string_view begin, std::string_view end, const RowVisitor& visit) {
  Pass pass;
  pass.status = scan(begin, end, [&](std::string_view key, std::string_view value) {
    pass.last.assign(key);
    pass.stopped = !visit(key, value);
    return !pass.stopped;
  });
  return pass;
}

Status scan_up(const Scan& scan, std::string_view begin, std::string_view end,
               const RowVisitor& visit, PassedOver* passed) {
  std::string from(begin);
  while (true) {
    const Pass done = pass(scan, from, end, visit);
    if (done.stopped) return {};
    if (!is_damage(done.status)) return done.status;
    if (passed->empty()) passed->why = done.status.message();
    if (!done.last.empty()) from = done.last + '\0';
    const std::string next = nearest_readable(
        number_of(from), end, true, [&](const std::string& at) { return scan(at, end, kFirst); });
    passed->stretches.push_back({from, next.empty() ? std::string(end) : next});
    if (next.empty()) return {};
    from = next;
  }
}

// Rows of [begin, end), last one first; false: `visit` stopped. Going backwards a store looks at the row before
// the one it gives, so that beside damage a good row is hidden: near it they are read forwards.
bool visit_forwards_read(const Scan& forwards, std::string_view begin, std::string_view end,
                         const RowVisitor& visit, PassedOver* passed) {
  std::vector<std::pair<std::string, std::string>> rows;
  const Status status = scan_up(
      forwards, begin, end,
      [&](std::string_view key, std::string_view value) {
        rows.emplace_back(key, value);
        return true;
      },
      passed);
  if (!status) return true;
  return std::all_of(rows.rbegin(), rows.rend(),
                     [&](const auto& row) { return visit(row.first, row.second); });
}

Status scan_down(const Scan& scan, const Scan& forwards, std::string_view begin,
                 std::string_view end, const RowVisitor& visit, PassedOver* passed) {
  std::string until(end);
  while (true) {
    const Pass done = pass(scan, begin, until, visit);
    if (done.stopped) return {};
    if (!is_damage(done.status)) return done.status;
    if (!done.last.empty()) until = done.last;
    const std::string next =
        nearest_readable(number_of(until), begin, false,
                         [&](const std::string& at) { return scan(begin, at, kFirst); });
    const std::string from = next.empty() ? std::string(begin) : next;
    if (!visit_forwards_read(forwards, from, until, visit, passed) || next.empty()) return {};
    until = next;
  }
}

}  // namespace

bool is_damage(const Status& status) {
  return status.code() == Status::Code::kCorruption || status.code() == Status::Code::kIoError;
}

Status scan_readable(const Store& store, Table table, std::string_view begin, std::string_view end,
                     const RowVisitor& visit, PassedOver* passed) {
  return scan_up([&](std::string_view from, std::string_view to,
                     const RowVisitor& each) { return store.scan(table, from, to, each); },
                 begin, end, visit, passed);
}

Status scan_readable(const Snapshot& snapshot, Table table, std::string_view begin,
                     std::string_view end, const RowVisitor& visit, PassedOver* passed) {
  return scan_up([&](std::string_view from, std::string_view to,
                     const RowVisitor& each) { return snapshot.scan(table, from, to, each); },
                 begin, end, visit, passed);
}

Status scan_readable_reverse(const Snapshot& snapshot, Table table, std::string_view begin,
                             std::string_view end, const RowVisitor& visit, PassedOver* passed) {
  return scan_down(
      [&](std::string_view from, std::string_view to, const RowVisitor& each) {
        return snapshot.scan_reverse(table, from, to, each);
      },
      [&](std::string_view from, std::string_view to, const RowVisitor& each) {
        return snapshot.scan(table, from, to, each);
      },
      begin, end, visit, passed);
}

}  // namespace casewheel::storage
