// What the engine's catalogues call things: the enterprises, with their time zones, and the units, people
// and services of one. Read from the engine when first asked for, and kept for the run; empty where the
// engine does not tell. One thread.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <string>
#include <vector>

#include "casewheel/v1/catalogue.pb.h"
#include "engine/cli/matching.h"

namespace casewheel::cli {

class Session;

// The parts of one catalogue that people name.
struct Places {
  std::vector<Entry> units, staff, services;
};

// Of the catalogue of one enterprise, as GetCatalogue gives it. Empty where it cannot be read.
Places read_places(const std::string& yaml);

class Directory {
 public:
  explicit Directory(Session& session) : session_(session) {}

  const std::vector<Entry>& tenants();
  const Places& places(const std::string& tenant);

  // Id of the enterprise whose cases begin with this number; empty where none is known.
  std::string tenant_of(std::string_view case_number);
  // The enterprise's own; of no enterprise in particular, the one all of them share.
  absl::TimeZone zone_of(const std::string& tenant);

 private:
  void read_tenants();

  Session& session_;
  bool asked_ = false;
  ::casewheel::v1::ListTenantsResponse list_;
  std::vector<Entry> tenants_;
  std::map<std::string, Places> places_;
};

// Names for the ids of a case; none where the engine does not tell them.
const Places& places_of(Session& session, const std::string& case_number);

}  // namespace casewheel::cli
