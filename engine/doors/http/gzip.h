// Bodies in gzip (RFC 1952), bounded: what unpacks to more than is allowed is never held. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace casewheel::doors {

std::string gzip(std::string_view bytes);

// The bytes of one whole gzip file with nothing after it, at most `bytes_max`. `longer`, where
// given: whether that is
// why there are none.
Result<std::string> gunzip(std::string_view packed, std::size_t bytes_max, bool* longer = nullptr);

// That a message, as sent or unpacked, is longer than is read of whoever sent it.
Rejection too_long(std::size_t bytes_max);

}  // namespace casewheel::doors
