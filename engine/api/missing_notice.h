// 一次告知: everything an application lacks, in one notice in Chinese and English. Pure.
#pragma once

#include "casewheel/v1/counter.pb.h"
#include "engine/domain/answers.h"

namespace casewheel::api {

namespace v1 = ::casewheel::v1;
namespace stored = ::casewheel::journal::v1;

v1::CheckApplicationResponse check_application(
    const stored::Service& service, const google::protobuf::RepeatedPtrField<std::string>& brought,
    const domain::Answers& answers);

}  // namespace casewheel::api
