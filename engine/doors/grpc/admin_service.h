// The administration service over gRPC. Verify and backup are long: each runs on a thread of its
// own and waits for its client.
#pragma once

#include <boost/asio/thread_pool.hpp>

#include "casewheel/v1/admin.grpc.pb.h"
#include "engine/api/administration.h"
#include "engine/doors/grpc/methods.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class AdminService final : public Methods<v1::Admin> {
 public:
  // `long_work` runs verify and backup, one at a time.
  AdminService(Doorway& doorway, api::AdministrationApi& administration,
               boost::asio::thread_pool& long_work);
};

}  // namespace casewheel::doors
