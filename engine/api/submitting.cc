#include "engine/api/submitting.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "engine/domain/decide.h"

namespace casewheel::api {
namespace {

// What is told of an etag belongs to the case it was read of.
bool follows(const partition::Request& request) {
  const auto* act = std::get_if<partition::ActRequest>(&request.body);
  if (act == nullptr || act->command.expected_revision != 0) return false;
  const domain::Action& action = act->command.action;
  return std::holds_alternative<domain::Note>(action) ||
         std::holds_alternative<domain::Reply>(action) ||
         std::holds_alternative<domain::AddAttachment>(action);
}

void follow(partition::Engine& engine, PartitionId partition, partition::Class service_class,
            partition::Request request, std::uint32_t merges_left) {
  if (merges_left == 0 || !follows(request)) {
    engine.submit(partition, service_class, std::move(request));
    return;
  }
  partition::Request next;
  next.body = request.body;
  next.bytes = request.bytes;
  next.give_up = request.give_up;
  request.done = [&engine, service_class, merges_left, next = std::move(next),
                  done = std::move(request.done)](partition::Answer&& answer) mutable {
    if (!answer.goes_on_as) return done(std::move(answer));
    const CaseAddress main = *answer.goes_on_as;
    auto& act = std::get<partition::ActRequest>(next.body);
    act.id = main.id;
    act.lodged_under.reset();
    // Where the caller may not act on that one, what the merged case said is the answer.
    next.done = [refused = std::move(answer),
                 done = std::move(done)](partition::Answer&& given) mutable {
      const bool hidden = given.rejection && given.rejection->code == RejectionCode::kNotFound;
      done(std::move(hidden ? refused : given));
    };
    follow(engine, main.partition, service_class, std::move(next), merges_left - 1);
  };
  engine.submit(partition, service_class, std::move(request));
}

}  // namespace

void submit_following(partition::Engine& engine, PartitionId partition,
                      partition::Class service_class, partition::Request request) {
  follow(engine, partition, service_class, std::move(request), domain::kMergeDepthMax);
}

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
  out.body =
      partition::ActRequest{rules->tenant_number(), address.id, std::nullopt, std::move(command)};
  out.bytes = bytes + sizeof(partition::Request);
  out.give_up = call.give_up;
  out.done = std::move(done);
  submit_following(engine, address.partition, partition::Class::kPeople, std::move(out));
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
