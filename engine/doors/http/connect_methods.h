// The methods as the Connect door finds them: by the path of the request. Filled in once; any thread.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/doors/services/feed.h"
#include "engine/doors/services/handlers.h"

namespace casewheel::doors {

using AnyMessage = std::unique_ptr<google::protobuf::Message>;

struct ConnectMethod {
  enum class Kind { kUnary, kServerStream, kManyRequests };

  // Its right is looked up here: there is none without.
  ConnectMethod(const google::protobuf::MethodDescriptor& described, Kind kind_is,
                const google::protobuf::Message& empty_request)
      : descriptor(&described),
        method(api::method_of(described)),
        kind(kind_is),
        request(&empty_request) {}

  const google::protobuf::MethodDescriptor* descriptor;
  api::Method method;
  Kind kind;
  const google::protobuf::Message* request;  // an empty one, to make others of
  // Of a unary method; the request lasts until the answer is given.
  std::function<void(const api::Call&, const google::protobuf::Message&, api::Done<AnyMessage>)>
      answer = {};
  std::function<std::unique_ptr<Feed>()> open = {};  // of a stream of answers

  // Whether a GET may ask it, a stream as events: it changes nothing, and what it asks may stand in a URL.
  bool by_get() const;
};

class ConnectMethods {
 public:
  // `handlers` outlive it. Ends the process where a method has no handler or right, or a page of this
  // program names a method that there is not.
  explicit ConnectMethods(Handlers& handlers);

  // By "/casewheel.v1.Cases/GetCase"; null: there is none.
  const ConnectMethod* find(std::string_view path) const;
  const std::map<std::string, ConnectMethod, std::less<>>& by_path() const { return methods_; }

 private:
  template <typename Proto>
  class Binder;

  std::map<std::string, ConnectMethod, std::less<>> methods_;  // callers point into it
};

}  // namespace casewheel::doors
