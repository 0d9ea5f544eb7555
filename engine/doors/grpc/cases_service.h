// The cases and catalogue services over gRPC: every method to its handler.
#pragma once

#include "casewheel/v1/cases.grpc.pb.h"
#include "casewheel/v1/catalogue.grpc.pb.h"
#include "engine/api/cases.h"
#include "engine/api/catalogue.h"
#include "engine/api/reading.h"
#include "engine/doors/grpc/reply.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class CasesService final : public v1::Cases::CallbackService {
 public:
  CasesService(api::CasesApi& cases, api::ReadingApi& reading) : cases_(cases), reading_(reading) {}

  using Context = ::grpc::CallbackServerContext;
  using Reactor = ::grpc::ServerUnaryReactor;

  Reactor* LodgeCase(Context* c, const v1::LodgeCaseRequest* q, v1::LodgeCaseResponse* a) override {
    return unary(
        c, a, [&](const api::Call& call, auto done) { cases_.lodge(call, *q, std::move(done)); });
  }
  Reactor* GetCase(Context* c, const v1::GetCaseRequest* q, v1::Case* a) override {
    return unary(
        c, a, [&](const api::Call& call, auto done) { reading_.get(call, *q, std::move(done)); });
  }
  Reactor* ListCases(Context* c, const v1::ListCasesRequest* q, v1::ListCasesResponse* a) override {
    return unary(
        c, a, [&](const api::Call& call, auto done) { reading_.list(call, *q, std::move(done)); });
  }
  Reactor* FindCasesByPerson(Context* c, const v1::FindCasesByPersonRequest* q,
                             v1::FindCasesByPersonResponse* a) override {
    return unary(c, a, [&](const api::Call& call, auto done) {
      reading_.find_by_person(call, *q, std::move(done));
    });
  }
  Reactor* ListCaseHistory(Context* c, const v1::ListCaseHistoryRequest* q,
                           v1::ListCaseHistoryResponse* a) override {
    return unary(c, a, [&](const api::Call& call, auto done) {
      reading_.history(call, *q, std::move(done));
    });
  }
  Reactor* MergeCase(Context* c, const v1::MergeCaseRequest* q, v1::Case* a) override {
    return unary(
        c, a, [&](const api::Call& call, auto done) { cases_.merge(call, *q, std::move(done)); });
  }
  Reactor* AssignCase(Context* c, const v1::AssignCaseRequest* q, v1::Case* a) override {
    return act(c, q, a);
  }
  Reactor* AcceptCase(Context* c, const v1::AcceptCaseRequest* q, v1::Case* a) override {
    return act(c, q, a);
  }
  Reactor* TransferCase(Context* c, const v1::TransferCaseRequest* q, v1::Case* a) override {
    return act(c, q, a);
  }
  Reactor* AddNote(Context* c, const v1::AddNoteRequest* q, v1::Case* a) override {
    return act(c, q, a);
  }
  Reactor* RequestDocuments(Context* c, const v1::RequestDocumentsRequest* q,
                            v1::Case* a) override {
    return act(c, q, a);
  }
  Reactor* ReceiveDocuments(Context* c, const v1::ReceiveDocumentsRequest* q,
                            v1::Case* a) override {
    return act(c, q, a);
  }
  Reactor* ReplyCase(Context* c, const v1::ReplyCaseRequest* q, v1::Case* a) override {
    return act(c, q, a);
  }
  Reactor* AgreeDate(Context* c, const v1::AgreeDateRequest* q, v1::Case* a) override {
    return act(c, q, a);
  }
  Reactor* CloseCase(Context* c, const v1::CloseCaseRequest* q, v1::Case* a) override {
    return act(c, q, a);
  }
  Reactor* ReopenCase(Context* c, const v1::ReopenCaseRequest* q, v1::Case* a) override {
    return act(c, q, a);
  }
  Reactor* WithdrawCase(Context* c, const v1::WithdrawCaseRequest* q, v1::Case* a) override {
    return act(c, q, a);
  }

 private:
  template <typename Request>
  Reactor* act(Context* c, const Request* q, v1::Case* a) {
    return unary(c, a,
                 [&](const api::Call& call, auto done) { cases_.act(call, *q, std::move(done)); });
  }

  api::CasesApi& cases_;
  api::ReadingApi& reading_;
};

class CatalogueDoor final : public v1::CatalogueService::CallbackService {
 public:
  explicit CatalogueDoor(api::CatalogueApi& catalogue) : catalogue_(catalogue) {}

  using Context = ::grpc::CallbackServerContext;
  using Reactor = ::grpc::ServerUnaryReactor;

  Reactor* ApplyCatalogue(Context* c, const v1::ApplyCatalogueRequest* q,
                          v1::ApplyCatalogueResponse* a) override {
    return unary(c, a, [&](const api::Call& call, auto done) {
      catalogue_.apply(call, *q, std::move(done));
    });
  }
  Reactor* GetCatalogue(Context* c, const v1::GetCatalogueRequest* q,
                        v1::GetCatalogueResponse* a) override {
    return unary(
        c, a, [&](const api::Call& call, auto done) { catalogue_.get(call, *q, std::move(done)); });
  }
  Reactor* ListTenants(Context* c, const v1::ListTenantsRequest* q,
                       v1::ListTenantsResponse* a) override {
    return unary(c, a, [&](const api::Call& call, auto done) {
      catalogue_.list_tenants(call, *q, std::move(done));
    });
  }

 private:
  api::CatalogueApi& catalogue_;
};

}  // namespace casewheel::doors
