// A table whose columns are named as the fields of LodgeCaseRequest: "request_id", "applicant.name",
// "place.position.latitude"; "attribute:CODE" is an answer to an attribute. Words are those of the API with or
// without what they all begin with ("CHANNEL_HOTLINE", "hotline"), times RFC 3339, lists parted by ";". One
// thread.
#pragma once

#include <string>
#include <vector>

#include "casewheel/v1/cases.pb.h"

namespace casewheel::tables {

namespace v1 = ::casewheel::v1;

class LodgeColumns {
 public:
  // The mistake, naming every column that is none, or empty.
  std::string bind(const std::vector<std::string>& header);
  // `fields` is as long as the bound header. The mistake, naming the column, or empty.
  std::string read(const std::vector<std::string>& fields, v1::LodgeCaseRequest* request) const;

 private:
  struct Column {
    std::string name;
    std::vector<const google::protobuf::FieldDescriptor*> path;  // none: an attribute
    std::string attribute;
  };
  std::vector<Column> columns_;
};

}  // namespace casewheel::tables
