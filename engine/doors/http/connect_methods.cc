#include "engine/doors/http/connect_methods.h"

#include <utility>

#include "casewheel/v1/intake.grpc.pb.h"
#include "engine/doors/http/api_method.h"
#include "engine/doors/services/bindings.h"

namespace casewheel::doors {
namespace {

const google::protobuf::ServiceDescriptor& service_of(const char* name) {
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
  CASEWHEEL_CHECK(service != nullptr, std::string("no such service: ") + name);
  return *service;
}

const google::protobuf::Message& empty_of(const google::protobuf::Descriptor& type) {
  return *google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type);
}

}  // namespace

std::vector<std::string_view>& ApiMethod::list() {
  static std::vector<std::string_view> paths;
  return paths;
}

// What bindings.h binds to.
template <typename Proto>
class ConnectMethods::Binder {
 public:
  explicit Binder(ConnectMethods& methods) : methods_(methods) {}

  template <typename Handlers, typename Request, typename Response>
  void unary(const char* name, Handlers& handlers,
             void (Handlers::*handler)(const api::Call&, const Request&, api::Done<Response>)) {
    ConnectMethod& method =
        add(name, Kind::kUnary, Request::default_instance(), Response::descriptor());
    method.answer = [&handlers, handler](const api::Call& call,
                                         const google::protobuf::Message& request,
                                         api::Done<AnyMessage> done) {
      (handlers.*handler)(
          call, static_cast<const Request&>(request),
          api::on_record<Response>(call, [done = std::move(done)](Result<Response> result) {
            if (!result) return done(std::move(result.error()));
            done(AnyMessage(std::make_unique<Response>(std::move(*result))));
          }));
    };
  }

  template <typename Request, typename Response, typename Make>
  void server_stream(const char* name, Make make) {
    ConnectMethod& method =
        add(name, Kind::kServerStream, Request::default_instance(), Response::descriptor());
    method.open = [make] { return make(); };
  }

  template <typename Request, typename Response, typename Make>
  void client_stream(const char* name, Make) {
    add(name, Kind::kManyRequests, Request::default_instance(), Response::descriptor());
  }

 private:
  using Kind = ConnectMethod::Kind;

  ConnectMethod& add(const std::string& name, Kind kind, const google::protobuf::Message& request,
                     const google::protobuf::Descriptor* response) {
    const auto* descriptor = service_of(Proto::service_full_name()).FindMethodByName(name);
    CASEWHEEL_CHECK(descriptor != nullptr && descriptor->input_type() == request.GetDescriptor() &&
                        descriptor->output_type() == response,
                    name + " is not such a method");
    const std::string path = std::string("/") + Proto::service_full_name() + "/" + name;
    const auto [place, added] = methods_.methods_.try_emplace(path, *descriptor, kind, request);
    CASEWHEEL_CHECK(added, path + " is bound twice");
    return place->second;
  }

  ConnectMethods& methods_;
};

ConnectMethods::ConnectMethods(Handlers& handlers) {
  const auto bind_one = [&]<typename Proto>(Of<Proto> service) {
    Binder<Proto> binder(*this);
    bind(binder, service, handlers);
    const auto& descriptor = service_of(Proto::service_full_name());
    for (int i = 0; i < descriptor.method_count(); ++i) {
      CASEWHEEL_CHECK(
          find("/" + descriptor.full_name() + "/" + descriptor.method(i)->name()) != nullptr,
          descriptor.method(i)->full_name() + " has no handler");
    }
  };
  [&]<typename... Protos>(Each<Protos...>) { (bind_one(Of<Protos>{}), ...); }(EveryService<Each>{});
  // Known, and refused: streams of requests are gRPC's here.
  const auto& intake = service_of(v1::Intake::service_full_name());
  for (int i = 0; i < intake.method_count(); ++i) {
    const auto& method = *intake.method(i);
    methods_.try_emplace("/" + intake.full_name() + "/" + method.name(), method,
                         ConnectMethod::Kind::kManyRequests, empty_of(*method.input_type()));
  }
  for (const std::string_view path : ApiMethod::all())
    CASEWHEEL_CHECK(find(path) != nullptr, "a page asks " + std::string(path) + ": no such method");
}

const ConnectMethod* ConnectMethods::find(std::string_view path) const {
  const auto found = methods_.find(path);
  return found == methods_.end() ? nullptr : &found->second;
}

// What looks for or at a person is on record first, and names her: a URL is in the log of every proxy.
bool ConnectMethod::by_get() const {
  return kind != Kind::kManyRequests && method.on_record == access::OnRecord::kSoon &&
         descriptor->options().idempotency_level() ==
             google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
}

}  // namespace casewheel::doors
