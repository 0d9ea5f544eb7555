// Giving a case's partition a command on behalf of a caller. Any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/api/call.h"
#include "engine/partition/request.h"

namespace casewheel::api {

// As Engine::submit(); but what belongs to the people behind a case (a note, a reply, a file) and comes
// for one that has been merged is given to the case that goes on.
void submit_following(partition::Engine& engine, PartitionId partition,
                      partition::Class service_class, partition::Request request);

// As whom the caller acts on the case, and then the partition's answer, on the engine's answering
// threads; what is not hers is answered as no such case. `bytes`: about how much memory the command
// holds.
void submit_command(const Call& call, const Services& services, CaseAddress address,
                    domain::Command command, std::size_t bytes, partition::Done done);

// Files a case has let go of (partition::Answer), off the shelf unless another holds them. Those that
// could not be removed now: they are when what keeps them has ended, at the latest at the next start.
// Reads the store: on services.pools.
std::vector<std::string> discard_files(const Services& services,
                                       std::span<const std::string> blobs);

}  // namespace casewheel::api
