#include "engine/api/submitting.h"

#include <spdlog/spdlog.h>

namespace casewheel::api {

void submit_command(const Call& call, const Services& services, CaseAddress address,
                    domain::Command command, std::size_t bytes, partition::Done done) {
  partition::Engine& engine = services.engine;
  const auto refuse = [&done](Rejection rejection) {
    partition::Answer answer;
    answer.rejection = std::move(rejection);
    done(std::move(answer));
  };
  const std::shared_ptr<const catalogue::Registry> registry = engine.catalogue().get();
  const catalogue::TenantRules* rules = tenant_of(*registry, address.id);
  if (rules == nullptr || !sees_tenant(call, *rules) || address.partition >= engine.partitions())
    return refuse(Rejection::of(RejectionCode::kNotFound, "no such case"));
  const Result<domain::Who> who = who_is(call, *rules);
  if (!who) return refuse(who.error());
  command.who = *who;
  command.received_ms = engine.clock().read().now;

  partition::Request out;
  out.body = partition::ActRequest{address.id, std::nullopt, std::move(command)};
  out.bytes = bytes + sizeof(partition::Request);
  out.give_up = call.give_up;
  out.done = std::move(done);
  engine.submit(address.partition, partition::Class::kPeople, std::move(out));
}

std::vector<std::string> discard_files(const Services& services,
                                       std::span<const std::string> blobs) {
  std::vector<std::string> left;
  for (const std::string& blob : blobs) {
    if (services.shelf == nullptr) break;
    const Status status = services.shelf->discard(blob);
    if (status) continue;
    spdlog::warn("attachments: a file remains for now: {}", status.message());
    left.push_back(blob);
  }
  return left;
}

}  // namespace casewheel::api
