// The cases and catalogue services over gRPC: every method to its handler.
#pragma once

#include "casewheel/v1/cases.grpc.pb.h"
#include "casewheel/v1/catalogue.grpc.pb.h"
#include "engine/api/cases.h"
#include "engine/api/catalogue.h"
#include "engine/api/explaining.h"
#include "engine/api/reading.h"
#include "engine/doors/grpc/methods.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class CasesService final : public Methods<v1::Cases> {
 public:
  CasesService(Doorway& doorway, api::CasesApi& cases, api::ReadingApi& reading,
               api::ExplainingApi& explaining)
      : Methods(doorway) {
    using api::CasesApi;
    using api::ReadingApi;
    unary("LodgeCase", cases, &CasesApi::lodge);
    unary("GetCase", reading, &ReadingApi::get);
    unary("ListCases", reading, &ReadingApi::list);
    unary("FindCasesByPerson", reading, &ReadingApi::find_by_person);
    unary("ListCaseHistory", reading, &ReadingApi::history);
    unary("AssignCase", cases, &CasesApi::act<v1::AssignCaseRequest>);
    unary("AcceptCase", cases, &CasesApi::act<v1::AcceptCaseRequest>);
    unary("TransferCase", cases, &CasesApi::act<v1::TransferCaseRequest>);
    unary("AddNote", cases, &CasesApi::act<v1::AddNoteRequest>);
    unary("RequestDocuments", cases, &CasesApi::act<v1::RequestDocumentsRequest>);
    unary("ReceiveDocuments", cases, &CasesApi::act<v1::ReceiveDocumentsRequest>);
    unary("ReplyCase", cases, &CasesApi::act<v1::ReplyCaseRequest>);
    unary("AgreeDate", cases, &CasesApi::act<v1::AgreeDateRequest>);
    unary("CloseCase", cases, &CasesApi::act<v1::CloseCaseRequest>);
    unary("ReopenCase", cases, &CasesApi::act<v1::ReopenCaseRequest>);
    unary("WithdrawCase", cases, &CasesApi::act<v1::WithdrawCaseRequest>);
    unary("MergeCase", cases, &CasesApi::merge);
    unary("SuspendCase", cases, &CasesApi::act<v1::SuspendCaseRequest>);
    unary("ResumeCase", cases, &CasesApi::act<v1::ResumeCaseRequest>);
    unary("ReclassifyCase", cases, &CasesApi::act<v1::ReclassifyCaseRequest>);
    unary("RequestExtension", cases, &CasesApi::act<v1::RequestExtensionRequest>);
    unary("ExplainClock", explaining, &api::ExplainingApi::explain);
  }
};

class CatalogueDoor final : public Methods<v1::CatalogueService> {
 public:
  CatalogueDoor(Doorway& doorway, api::CatalogueApi& catalogue) : Methods(doorway) {
    unary("ApplyCatalogue", catalogue, &api::CatalogueApi::apply);
    unary("GetCatalogue", catalogue, &api::CatalogueApi::get);
    unary("ListTenants", catalogue, &api::CatalogueApi::list_tenants);
  }
};

}  // namespace casewheel::doors
