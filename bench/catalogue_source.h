// Where the load tools learn which tenants and services there are: a file, or the server itself.
// Each function ends the process with a message when it cannot answer.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>

namespace casewheel::bench {

std::string catalogue_of_file(const std::string& path);

// One document of all tenants in force, or of one when `tenant` is not empty.
std::string catalogue_of_server(const std::shared_ptr<grpc::Channel>& channel,
                                const std::string& tenant, const std::string& token = "");

void apply_catalogue(const std::shared_ptr<grpc::Channel>& channel, const std::string& yaml);

// Different in every process: for request ids that must be new.
std::string unique_run_name();

}  // namespace casewheel::bench
