// What every handler gets and gives, whatever door the call came through. Handlers never block: they
// answer through Done, now or later, on any thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "engine/base/result.h"
#include "engine/partition/engine.h"
#include "engine/views/board.h"

namespace casewheel::api {

struct Call {
  std::string actor;  // as the caller named himself; empty: the local operator
  std::chrono::steady_clock::time_point give_up = std::chrono::steady_clock::time_point::max();
};

template <typename T>
using Done = std::function<void(Result<T>)>;

// What the handlers work with; outlives them.
struct Services {
  partition::Engine& engine;
  views::Board& board;
  boost::asio::any_io_executor readers;  // for work that reads the store
};

// The actor's roles within a tenant. Until identity is proven (DESIGN's engine/access) the caller is
// believed, which is why the listener stays on loopback.
Result<domain::Who> who_is(const Call& call, const catalogue::TenantRules& tenant);

// The case as stored, for somebody who may see it; one of an unknown tenant or partition is no case.
// Reads the store: on services.readers.
Result<partition::CaseRecord> read_case_for(const Call& call, const Services& services,
                                            const CaseAddress& address);

// The case a caller names, checked for form and check digit.
Result<CaseAddress> address_of(const std::string& field, const std::string& case_number);
const catalogue::TenantRules* tenant_of(const catalogue::Registry& registry, CaseId id);

// The catalogue in force, once it knows all that the case was laid under: a row that has just been
// written can be read a moment before the catalogue of the same batch is in force. May wait for that
// moment; never on a partition's thread.
std::shared_ptr<const catalogue::Registry> catalogue_for(partition::Engine& engine,
                                                         const partition::CaseRecord& record);

}  // namespace casewheel::api
