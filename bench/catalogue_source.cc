// See catalogue_source.h.
#include "bench/catalogue_source.h"

#include <absl/strings/str_cat.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "bench/load_result.h"
#include "bench/lodge_load.h"
#include "casewheel/v1/catalogue.grpc.pb.h"

namespace casewheel::bench {
namespace {

void set_deadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
}

[[noreturn]] void give_up(const std::string& what, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), why.c_str());
  std::exit(1);
}

}  // namespace

std::string catalogue_of_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) give_up(path, "cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string catalogue_of_server(const std::shared_ptr<grpc::Channel>& channel,
                                const std::string& tenant, const std::string& token) {
  const auto stub = v1::CatalogueService::NewStub(channel);
  v1::ListTenantsResponse tenants;
  {
    grpc::ClientContext context;
    set_deadline(context);
    show_token(context, token);
    require_ok(stub->ListTenants(&context, {}, &tenants), "ListTenants");
  }
  YAML::Node document;
  for (const auto& one : tenants.tenants()) {
    if (!tenant.empty() && one.id() != tenant) continue;
    grpc::ClientContext context;
    set_deadline(context);
    show_token(context, token);
    v1::GetCatalogueRequest request;
    request.set_tenant(one.id());
    v1::GetCatalogueResponse response;
    require_ok(stub->GetCatalogue(&context, request, &response), "GetCatalogue");
    const YAML::Node part = YAML::Load(response.yaml());
    for (const auto& node : part["tenants"]) document["tenants"].push_back(node);
  }
  if (!document["tenants"])
    give_up("the server", "has no catalogue yet: casewheel apply -f deploy/samples/catalogue.yaml");
  YAML::Emitter emitter;
  emitter << document;
  return emitter.c_str();
}

void apply_catalogue(const std::shared_ptr<grpc::Channel>& channel, const std::string& yaml) {
  const auto stub = v1::CatalogueService::NewStub(channel);
  grpc::ClientContext context;
  set_deadline(context);
  v1::ApplyCatalogueRequest request;
  request.set_request_id(unique_run_name());
  request.set_yaml(yaml);
  v1::ApplyCatalogueResponse response;
  require_ok(stub->ApplyCatalogue(&context, request, &response), "ApplyCatalogue");
}

std::string unique_run_name() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return absl::StrCat("r", std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), "-",
                      getpid());
}

}  // namespace casewheel::bench
