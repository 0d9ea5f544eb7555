// See oracle_facts.h.
#include "tests/simulation/oracle_facts.h"

#include <algorithm>

namespace casewheel::simulation {
namespace {

template <typename List, typename Value>
bool among(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool is_open(stored::CaseStatus status) {
  return status == stored::REGISTERED || status == stored::ASSIGNED ||
         status == stored::IN_PROGRESS || status == stored::AWAITING_DOCUMENTS ||
         status == stored::REPLIED || status == stored::SUSPENDED;
}

// What meets each kind of clock, where a policy says nothing.
bool usually_meets(stored::ClockKind kind, stored::ClockSignal signal) {
  const bool tells = signal == stored::APPLICANT_WAS_TOLD ||
                     signal == stored::DOCUMENTS_WERE_ASKED ||
                     signal == stored::CASE_WAS_ANSWERED || signal == stored::CASE_WAS_CLOSED;
  switch (kind) {
    case stored::ACKNOWLEDGE:
      return tells || signal == stored::CASE_WAS_ACCEPTED;
    case stored::FIRST_RESPONSE:
    case stored::NEXT_UPDATE:
      return tells;
    case stored::REPLY:
      return signal == stored::CASE_WAS_ANSWERED;
    case stored::FOLLOW_UP:
      return signal == stored::CASE_WAS_ANSWERED || signal == stored::CASE_WAS_CLOSED;
    default:
      return signal == stored::CASE_WAS_CLOSED;
  }
}

}  // namespace

bool meets(const stored::ClockRule* rule, stored::ClockKind kind, stored::ClockSignal signal,
           stored::ReplyMeans means) {
  if (rule == nullptr || rule->met_by().empty()) {
    if (!usually_meets(kind, signal)) return false;
  } else if (!among(rule->met_by(), signal)) {
    return false;
  }
  return rule == nullptr || signal != stored::CASE_WAS_ANSWERED || rule->met_by_means().empty() ||
         among(rule->met_by_means(), means);
}

bool pauses_for(const stored::ClockRule* rule, stored::PauseReason reason) {
  if (rule == nullptr) return false;
  if (reason == stored::AWAITING_APPLICANT_DOCUMENTS) return rule->pauses_awaiting_documents();
  return among(rule->pauses(), reason);
}

const stored::ClockRule* rule_in(const stored::Policy* policy, stored::ClockKind kind) {
  if (policy == nullptr) return nullptr;
  for (const stored::ClockRule& rule : policy->clocks()) {
    if (rule.kind() == kind) return &rule;
  }
  return nullptr;
}

void OracleFacts::begin_pause(TimeMs from, stored::PauseReason reason) {
  pauses.push_back({from, 0, reason});
}

void OracleFacts::end_pause(TimeMs to) {
  if (pauses.empty() || pauses.back().to != 0) return;
  pauses.back().to = to;
  if (to <= pauses.back().from) pauses.pop_back();
}

void OracleFacts::ends(const Happening& what, TimeMs at) {
  end_revision = what.event->revision();
  ended = at;
}

void OracleFacts::add(const Happening& what) {
  const stored::Event& e = *what.event;
  const auto give = [&](stored::ClockSignal signal, TimeMs at,
                        stored::ReplyMeans means = stored::MEANS_UNSPECIFIED) {
    given.push_back({signal, means, at, reopenings});
  };
  if (e.has_case_lodged()) {
    lodged = what.now;
    received = e.case_lodged().received_ms();
    lodged_version = e.case_lodged().catalogue_version();
    unit = e.case_lodged().unit();
    county = e.case_lodged().county();
    service = e.case_lodged().service();
    kind = e.case_lodged().kind();
    priority = e.case_lodged().priority();
    channel = e.case_lodged().channel();
  } else if (e.has_case_transferred()) {
    unit = e.case_transferred().unit();
  } else if (e.has_case_reclassified()) {
    service = e.case_reclassified().service();
    kind = e.case_reclassified().kind();
    priority = e.case_reclassified().priority();
  } else if (e.has_case_corrected()) {
    county = e.case_corrected().county();
  } else if (e.has_case_accepted()) {
    give(stored::CASE_WAS_ACCEPTED, e.received_ms());
  } else if (e.has_note_added() && e.note_added().to_applicant()) {
    give(stored::APPLICANT_WAS_TOLD, e.received_ms());
  } else if (e.has_documents_requested()) {
    give(stored::DOCUMENTS_WERE_ASKED, e.received_ms());
    if (!awaits_documents_) begin_pause(e.received_ms(), stored::AWAITING_APPLICANT_DOCUMENTS);
    awaits_documents_ = true;
  } else if (e.has_documents_received() && e.documents_received().complete()) {
    const TimeMs arrived = e.documents_received().arrived_ms();
    end_pause(arrived != 0 ? arrived : e.received_ms());
    awaits_documents_ = false;
  } else if (e.has_case_suspended()) {
    begin_pause(e.case_suspended().from_ms(), e.case_suspended().reason());
  } else if (e.has_case_resumed()) {
    end_pause(e.case_resumed().to_ms());
  } else if (e.has_case_replied()) {
    give(stored::CASE_WAS_ANSWERED, e.case_replied().replied_ms(), e.case_replied().means());
  } else if (e.has_case_closed()) {
    ends(what, e.case_closed().closed_ms());
  } else if (e.has_case_withdrawn() || e.has_case_merged()) {
    ends(what, what.now);
  } else if (e.has_case_reopened() && !e.case_reopened().undoes_end()) {
    reopened = e.received_ms();
    ++reopenings;
    end_pause(ended);
  }
  if (e.status() != stored::STATUS_UNSPECIFIED) open = is_open(e.status());
}

std::uint32_t OracleFacts::version_under(const History& history, std::uint32_t tenant,
                                         std::uint64_t edition) const {
  std::uint32_t version = lodged_version;
  for (const auto& [key, catalogue] : history.catalogues) {
    const bool carried = catalogue.rules_edition() != 0 && catalogue.rules_edition() <= edition;
    if (key.first == tenant && carried) version = std::max(version, key.second);
  }
  return version;
}

const stored::Policy* OracleFacts::policy_in(const stored::Catalogue& catalogue) const {
  for (const stored::Policy& policy : catalogue.policies()) {
    const stored::PolicyMatch& match = policy.match();
    if ((match.kinds().empty() || among(match.kinds(), kind)) &&
        (match.services().empty() || among(match.services(), service)) &&
        (match.priorities().empty() || among(match.priorities(), priority)) &&
        (match.channels().empty() || among(match.channels(), channel)))
      return &policy;
  }
  return nullptr;
}

bool OracleFacts::owes(const stored::ClockRule& rule) const {
  if (rule.kind() == stored::AGREED_DATE) return false;
  if (rule.kind() == stored::FOLLOW_UP) return reopenings > 0;
  return reopenings == 0 || rule.starts_on_reopening();
}

TimeMs OracleFacts::start_of(const stored::Policy& policy, const stored::ClockRule& rule,
                             TimeMs counted_since) const {
  TimeMs start = reopenings > 0 ? reopened : received;
  if (policy.on_change() == stored::COUNT_FROM_CHANGE) start = std::max(start, counted_since);
  if (rule.kind() != stored::NEXT_UPDATE) return start;
  for (const GivenSignal& one : given) {
    if (meets(&rule, rule.kind(), one.signal, one.means)) start = std::max(start, one.at);
  }
  return start;
}

Pauses OracleFacts::pauses_of(const stored::ClockRule* rule, TimeMs start) const {
  Pauses taken;
  for (const CasePause& pause : pauses) {
    if (!pauses_for(rule, pause.reason)) continue;
    const TimeMs from = std::max(pause.from, start);
    if (pause.to == 0 || pause.to > from) taken.emplace_back(from, pause.to);
  }
  return taken;
}

std::optional<TimeMs> OracleFacts::met_at(const stored::ClockRule* rule, stored::ClockKind of,
                                          int came_after) const {
  std::optional<TimeMs> first;
  for (const GivenSignal& one : given) {
    if (came_after > 0 && (one.reopenings < came_after || one.at < reopened)) continue;
    if (meets(rule, of, one.signal, one.means) && (!first || one.at < *first)) first = one.at;
  }
  return first;
}

bool OracleFacts::gave(const stored::ClockRule* rule, stored::ClockKind of, TimeMs at) const {
  return std::any_of(given.begin(), given.end(), [&](const GivenSignal& one) {
    return one.at == at && meets(rule, of, one.signal, one.means);
  });
}

}  // namespace casewheel::simulation
