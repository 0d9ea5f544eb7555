// Cleans the fields of a case as callers write them: one violation after the other is kept, so that a
// caller mends all at once. Used by lodging and by correcting.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "casewheel/v1/cases.pb.h"
#include "engine/api/convert.h"
#include "engine/base/text.h"
#include "engine/base/violations.h"
#include "engine/domain/answers.h"

namespace casewheel::api {

class Cleaner {
 public:
  std::string line(const std::string& field, const std::string& text, std::size_t limit) {
    return take(clean_text(field, text, limit, TextKind::kLine));
  }
  // One that is not sealed: no personal numbers.
  std::string plain(const std::string& field, const std::string& text, std::size_t limit);
  std::string free(const std::string& field, const std::string& text, std::size_t limit) {
    return take(clean_text(field, text, limit, TextKind::kFree));
  }
  // A text that must not be blank.
  void require(const std::string& field, bool present) {
    if (!present) fields_.push_back({field, "is required"});
  }
  template <typename T>
  T take(Result<T> result) {
    if (result) return *result;
    const Rejection refused = result.error();  // a copy each time it is asked for
    for (const FieldViolation& one : refused.fields) {
      // One that is missing is not also told what else is wrong with it.
      if (std::none_of(fields_.begin(), fields_.end(),
                       [&](const FieldViolation& known) { return known.field == one.field; }))
        fields_.push_back(one);
    }
    return T{};
  }
  void refuse(const std::string& field, const char* why) { fields_.push_back({field, why}); }
  bool ok() const { return fields_.empty(); }
  Rejection rejection() const { return refusal_of(fields_); }

 private:
  std::vector<FieldViolation> fields_;
};

using SentAttributes = google::protobuf::RepeatedPtrField<v1::Attribute>;

// Each takes the field of a request by its name there and writes it as it is stored.
void clean_applicant(Cleaner& c, const v1::Applicant& sent, stored::Applicant* out);
void clean_place(Cleaner& c, const v1::Place& place, stored::Place* out);
void clean_attributes(Cleaner& c, const SentAttributes& sent, domain::Answers* out);
std::string clean_url(Cleaner& c, const std::string& url);

}  // namespace casewheel::api
