// Canonical examples of stored messages: every field set to a value that follows from its name and
// number alone, so that a new field leaves the others as they were.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/rows.pb.h"

namespace casewheel::golden {

namespace stored = ::casewheel::journal::v1;

// Of a oneof the first member is set; fields already set are left alone.
void fill(google::protobuf::Message* message);

// A case at revision 3 with two clocks (the first one running, breached, with pauses), two
// escalations and a document round: every event kind can be applied to it.
stored::CaseState example_case();

// One event of each kind of the oneof, in order of field number, each named as its field. Events of
// a case follow on example_case(); case_lodged is the first of its own.
struct NamedEvent {
  std::string name;
  stored::Event event;
  bool of_a_case = true;
};
std::vector<NamedEvent> example_events();

// Two-line comment aside, the text form of a message with one field a line.
std::vector<std::string> text_lines(const google::protobuf::Message& message);

}  // namespace casewheel::golden
