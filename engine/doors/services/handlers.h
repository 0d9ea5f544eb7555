// The handlers of every service, as all doors share them: one admission, so that a rate counts calls
// whichever way they come. Thread-safe; outlives the doors.
#pragma once

#include "engine/api/access.h"
#include "engine/api/administration.h"
#include "engine/api/admission.h"
#include "engine/api/attachments.h"
#include "engine/api/calendars.h"
#include "engine/api/calls.h"
#include "engine/api/cases.h"
#include "engine/api/catalogue.h"
#include "engine/api/changes.h"
#include "engine/api/counter.h"
#include "engine/api/explaining.h"
#include "engine/api/privacy.h"
#include "engine/api/public_cases.h"
#include "engine/api/reading.h"
#include "engine/api/supervision.h"
#include "engine/api/tracking.h"

namespace casewheel::doors {

struct Handlers {
  Handlers(api::Services services_used, api::AccessApi& accounts,
           api::Admission::Limits limits = {})
      : services(services_used),
        admission(services, limits),
        access(accounts),
        cases(services),
        reading(services),
        explaining(services),
        supervision(services),
        catalogue(services),
        calendars(services),
        administration(services),
        privacy(services),
        tracking(services),
        changes(services),
        calls(services),
        attachments(services),
        counter(services),
        public_cases(services) {}

  api::Services services;
  const api::Admission admission;
  api::AccessApi& access;
  api::CasesApi cases;
  api::ReadingApi reading;
  api::ExplainingApi explaining;
  api::SupervisionApi supervision;
  api::CatalogueApi catalogue;
  api::CalendarsApi calendars;
  api::AdministrationApi administration;
  api::PrivacyApi privacy;
  api::TrackingApi tracking;
  api::ChangesApi changes;
  api::CallsApi calls;
  api::AttachmentsApi attachments;
  api::CounterApi counter;
  api::PublicCasesApi public_cases;
};

}  // namespace casewheel::doors
