// Cases as the four enterprises get them: Traditional Chinese complaints, fault reports,
// applications, inquiries and opinions with invented people. The same seed gives the same cases on
// every machine. Used by the load generator and the storm; a SampleCases may be read from any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "casewheel/v1/cases.pb.h"

namespace casewheel::bench {

struct SampleService {
  std::string tenant;
  std::string id;
  v1::Kind kind = v1::KIND_UNSPECIFIED;
};

// The services of a catalogue document (deploy/samples/catalogue.yaml); only those of `tenant` when
// it is not empty. Ends the process with a message when the document cannot be read.
std::vector<SampleService> services_in_catalogue(const std::string& yaml,
                                                 const std::string& tenant);

// A stock of cases made beforehand, so that inventing text costs nothing while the clock runs.
class SampleCases {
 public:
  // `run` goes in front of every request_id: two runs with the same `run` send the same cases
  // again.
  SampleCases(const std::vector<SampleService>& services, std::uint64_t seed, std::string run,
              std::size_t stock = 4096);

  // The case of this number: text and person repeat after `stock` cases, the request_id never does.
  void fill(std::uint64_t number, v1::LodgeCaseRequest* request) const;

 private:
  std::string run_;
  std::vector<v1::LodgeCaseRequest> stock_;
};

}  // namespace casewheel::bench
