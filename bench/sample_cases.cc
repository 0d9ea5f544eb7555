// See sample_cases.h.
#include "bench/sample_cases.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_replace.h>
#include <yaml-cpp/yaml.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <random>
#include <string_view>

#include "bench/sample_texts.h"

namespace casewheel::bench {
namespace {

// std::uniform_int_distribution differs between libraries; the remainder does not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  template <typename T, std::size_t n>
  const T& one_of(const T (&list)[n]) {
    return list[below(n)];
  }

 private:
  std::mt19937_64 engine_;
};

absl::string_view absl_view(std::string_view text) { return {text.data(), text.size()}; }

v1::Kind kind_named(const std::string& name) {
  std::string upper = "KIND_";
  for (const char c : name) upper.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  v1::Kind_Parse(upper, &kind);
  return kind;
}

const Story& story_for(const SampleService& service, Random& random) {
  // A fit of tenant and kind, else of kind, else of tenant, else any.
  for (const bool match_tenant : {true, false}) {
    std::vector<const Story*> fitting;
    for (const Story& story : kStories) {
      const bool tenant_fits = story.tenant.empty() || story.tenant == service.tenant;
      if (story.kind == service.kind && (tenant_fits || !match_tenant)) fitting.push_back(&story);
    }
    if (!fitting.empty()) return *fitting[random.below(fitting.size())];
  }
  return random.one_of(kStories);
}

std::string phone(const Place& place, Random& random) {
  if (random.below(4) != 0) return absl::StrFormat("09%08d", random.below(100'000'000));
  return absl::StrFormat("%s-2%06d", absl_view(place.area_code), random.below(1'000'000));
}

v1::LodgeCaseRequest invent(const SampleService& service, Random& random) {
  const Place& place = random.one_of(kPlaces);
  const std::string road = absl::StrCat(absl_view(place.county), absl_view(place.district),
                                        absl_view(random.one_of(kRoads)));
  const std::string house = absl::StrCat(1 + random.below(400), "號");
  const Story& story = story_for(service, random);
  const std::string days = absl::StrCat(2 + random.below(20));
  const auto told = [&](std::string_view text) {
    return absl::StrReplaceAll(absl_view(text), {{"{place}", road}, {"{days}", days}});
  };

  v1::LodgeCaseRequest request;
  request.set_tenant(service.tenant);
  request.set_service(service.id);
  request.set_channel(
      static_cast<v1::Channel>(v1::CHANNEL_HOTLINE + static_cast<int>(random.below(8))));
  if (request.channel() == v1::CHANNEL_INTEGRATOR) {
    request.set_external_reference(absl::StrFormat("EXT-%08d", random.below(100'000'000)));
  }
  if (random.below(20) == 0) request.set_priority(v1::PRIORITY_HIGH);
  request.set_county(std::string(place.county));
  request.set_subject(told(story.subject));
  std::string description = told(story.text);
  const std::uint64_t first = random.below(std::size(kAfterwords));
  const std::uint64_t said = random.below(5);
  for (std::uint64_t i = 0; i < said; ++i) {
    absl::StrAppend(&description, absl_view(kAfterwords[(first + i) % std::size(kAfterwords)]));
  }
  request.set_description(std::move(description));

  v1::Applicant& applicant = *request.mutable_applicant();
  applicant.set_name(
      absl::StrCat(absl_view(random.one_of(kSurnames)), absl_view(random.one_of(kGivenNames))));
  applicant.set_phone(phone(place, random));
  applicant.set_address(absl::StrCat(road, house, 2 + random.below(11), "樓"));
  if (random.below(2) == 0)
    applicant.set_customer_number(absl::StrFormat("%011d", random.below(100'000'000'000)));
  if (random.below(3) == 0)
    applicant.set_email(absl::StrFormat("user%06d@example.org.tw", random.below(1'000'000)));
  return request;
}

}  // namespace

namespace {

bool asks(const YAML::Node& service) {
  for (const auto& attribute : service["attributes"]) {
    if (attribute["required"] && attribute["required"].as<bool>()) return true;
  }
  return false;
}

}  // namespace

std::vector<SampleService> services_in_catalogue(const std::string& yaml,
                                                 const std::string& tenant) {
  std::vector<SampleService> services;
  try {
    const YAML::Node document = YAML::Load(yaml);
    const YAML::Node tenants = document["tenants"] ? document["tenants"] : YAML::Load("[]");
    for (const auto& one : tenants) {
      const auto id = one["id"].as<std::string>();
      if (!tenant.empty() && id != tenant) continue;
      for (const auto& service : one["services"]) {
        if (asks(service)) continue;  // an invented case has no answers
        services.push_back(
            {id, service["id"].as<std::string>(), kind_named(service["kind"].as<std::string>())});
      }
    }
  } catch (const YAML::Exception& error) {
    std::fprintf(stderr, "the catalogue cannot be read: %s\n", error.what());
    std::exit(2);
  }
  if (services.empty()) {
    std::fprintf(stderr, "the catalogue has no services%s%s\n",
                 tenant.empty() ? "" : " for tenant ", tenant.c_str());
    std::exit(2);
  }
  return services;
}

SampleCases::SampleCases(const std::vector<SampleService>& services, std::uint64_t seed,
                         std::string run, std::size_t stock)
    : run_(std::move(run)) {
  Random random(seed);
  stock_.reserve(stock);
  for (std::size_t i = 0; i < stock; ++i) {
    stock_.push_back(invent(services[random.below(services.size())], random));
  }
}

void SampleCases::fill(std::uint64_t number, v1::LodgeCaseRequest* request) const {
  *request = stock_[number % stock_.size()];
  request->set_request_id(absl::StrCat(run_, "-", number));
}

}  // namespace casewheel::bench
