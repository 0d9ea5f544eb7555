// The access service over gRPC: every method to its handler.
#pragma once

#include "casewheel/v1/access.grpc.pb.h"
#include "engine/api/access.h"
#include "engine/doors/grpc/methods.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class AccessService final : public Methods<v1::Access> {
 public:
  AccessService(Doorway& doorway, api::AccessApi& access) : Methods(doorway) {
    using api::AccessApi;
    unary("SignIn", access, &AccessApi::sign_in);
    unary("SignOut", access, &AccessApi::sign_out);
    unary("GetIdentity", access, &AccessApi::identity);
    unary("ChangePassword", access, &AccessApi::change_password);
    unary("ListRights", access, &AccessApi::list_rights);
    unary("CreateUser", access, &AccessApi::create_user);
    unary("ListUsers", access, &AccessApi::list_users);
    unary("UpdateUser", access, &AccessApi::update_user);
    unary("ResetPassword", access, &AccessApi::reset_password);
    unary("DeleteUser", access, &AccessApi::delete_user);
    unary("CreateKey", access, &AccessApi::create_key);
    unary("ListKeys", access, &AccessApi::list_keys);
    unary("RevokeKey", access, &AccessApi::revoke_key);
    unary("SearchAudit", access, &AccessApi::search_audit);
  }
};

}  // namespace casewheel::doors
