// The gRPC door's table of methods: what does not decode is refused with a reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "casewheel/v1/catalogue.grpc.pb.h"
#include "casewheel/v1/intake.pb.h"
#include "engine/doors/grpc/decoded.h"
#include "engine/doors/grpc/methods.h"

namespace casewheel::doors {
namespace {

namespace v1 = ::casewheel::v1;
using testing::ElementsAre;

std::vector<std::string> fields_of(const Rejection& rejection) {
  std::vector<std::string> fields;
  for (const FieldViolation& field : rejection.fields) fields.push_back(field.field);
  return fields;
}

Rejection undecodable_item(const std::string& bytes) {
  return undecodable(*v1::IngestRequest::descriptor(), bytes);
}

TEST(Undecodable, NamesTheFieldsWhoseTextIsNotUtf8) {
  v1::IngestRequest request;
  request.mutable_item()->set_position(7);
  v1::LodgeCaseRequest* lodge = request.mutable_item()->mutable_lodge();
  lodge->set_tenant("water");
  lodge->set_subject("SUBJECT");
  lodge->mutable_applicant()->set_name("NAME");
  std::string bytes = request.SerializeAsString();
  bytes[bytes.find("SUBJECT")] = '\xff';
  EXPECT_THAT(fields_of(undecodable_item(bytes)), ElementsAre("item.lodge.subject"));
  bytes[bytes.find("NAME")] = '\xc0';
  const Rejection both = undecodable_item(bytes);
  EXPECT_EQ(both.code, RejectionCode::kInvalidArgument);
  EXPECT_THAT(fields_of(both),
              testing::UnorderedElementsAre("item.lodge.subject", "item.lodge.applicant.name"));
  EXPECT_THAT(both.message, testing::HasSubstr("not UTF-8"));
}

TEST(Undecodable, NamesTheTypeWhereNothingElseCanBeSaid) {
  v1::IngestRequest request;
  request.mutable_item()->mutable_lodge()->set_subject("subject");
  const std::string good = request.SerializeAsString();
  for (const std::string& bytes :
       {std::string("\x08"), std::string(50, '\xff'), good.substr(0, good.size() - 1),
        std::string("\x0a\xff\xff\xff\xff\x0f"), std::string("\x0a\xff\xff\xff\xff\xff\xff\xff"),
        good}) {
    const Rejection rejection = undecodable_item(bytes);
    EXPECT_EQ(rejection.code, RejectionCode::kInvalidArgument);
    EXPECT_EQ(rejection.message, "the request cannot be decoded as casewheel.v1.IngestRequest");
    EXPECT_TRUE(rejection.fields.empty());
  }
}

// The catalogue service with handlers of the test's own, behind a server without a port.
class Door {
 public:
  struct Handlers {
    void apply(const api::Call&, const v1::ApplyCatalogueRequest& request,
               api::Done<v1::ApplyCatalogueResponse> done) {
      ++calls;
      if (request.yaml() == "refuse") return done(Rejection::invalid("yaml", "is refused"));
      done(v1::ApplyCatalogueResponse());
    }
    void get(const api::Call&, const v1::GetCatalogueRequest& request,
             api::Done<v1::GetCatalogueResponse> done) {
      if (request.tenant() == "throw") throw std::logic_error("a bug");
      done(v1::GetCatalogueResponse());
    }
    void list(const api::Call&, const v1::ListTenantsRequest&,
              api::Done<v1::ListTenantsResponse> done) {
      done(v1::ListTenantsResponse());
    }
    int calls = 0;
  };
  struct Service final : Methods<v1::CatalogueService> {
    Service(Doorway& doorway, Handlers& handlers) : Methods(doorway) {
      unary("ApplyCatalogue", handlers, &Handlers::apply);
      unary("GetCatalogue", handlers, &Handlers::get);
      unary("ListTenants", handlers, &Handlers::list);
    }
  };

  Door() {
    ::grpc::ServerBuilder builder;
    builder.RegisterService(&service);
    server = builder.BuildAndStart();
    stub = v1::CatalogueService::NewStub(server->InProcessChannel({}));
  }

  Handlers handlers;
  Doorway doorway{nullptr};
  RunningCalls& calls = doorway.calls();
  Service service{doorway, handlers};
  std::unique_ptr<::grpc::Server> server;
  std::unique_ptr<v1::CatalogueService::Stub> stub;
};

TEST(Methods, AnswersAndRefuses) {
  Door door;
  EXPECT_FALSE(door.service.has_synchronous_methods());
  v1::ApplyCatalogueRequest request;
  v1::ApplyCatalogueResponse response;
  ::grpc::ClientContext first;
  EXPECT_TRUE(door.stub->ApplyCatalogue(&first, request, &response).ok());
  request.set_yaml("refuse");
  ::grpc::ClientContext second;
  const ::grpc::Status refused = door.stub->ApplyCatalogue(&second, request, &response);
  EXPECT_EQ(refused.error_code(), ::grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refused.error_message(), "yaml: is refused");
  EXPECT_EQ(door.handlers.calls, 2);
  // A call ends with its last byte, which the client may see first.
  for (int i = 0; i < 1000 && !door.calls.none(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(door.calls.none());
  // protobuf sends it, with a word on stderr.
  request.set_yaml("\xff\xfe");
  ::grpc::ClientContext third;
  const ::grpc::Status no_text = door.stub->ApplyCatalogue(&third, request, &response);
  EXPECT_EQ(no_text.error_code(), ::grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(no_text.error_message(), "yaml: holds text that is not UTF-8");
  EXPECT_FALSE(no_text.error_details().empty());
  EXPECT_EQ(door.handlers.calls, 2);
}

// gRPC catches what a handler throws and answers UNKNOWN: nobody would hear of the bug.
TEST(DoorDeathTest, AHandlerThatThrowsEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Door door;
        v1::GetCatalogueRequest request;
        request.set_tenant("throw");
        v1::GetCatalogueResponse response;
        ::grpc::ClientContext context;
        (void)door.stub->GetCatalogue(&context, request, &response);
      },
      "a bug");
}

}  // namespace
}  // namespace casewheel::doors
