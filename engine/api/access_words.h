// Between the public words of accounts, keys and grants and the stored ones, with what is refused of
// them. No state; any thread.
#pragma once

#include "casewheel/v1/access.pb.h"
#include "engine/access/book.h"
#include "engine/api/convert.h"

namespace casewheel::api {

// 2 to 64 of a-z 0-9 . _ - @.
Result<std::string> account_name(std::string_view field, const std::string& name);

Result<stored::Account> account_of(const v1::User& user, const catalogue::Registry& registry);
v1::User to_user(const stored::Account& account);
v1::Grant to_grant(const stored::Grant& grant);

// Without its secret.
Result<stored::ApiKey> key_of(const v1::CreateKeyRequest& request,
                              const catalogue::Registry& registry, TimeMs now);
Result<DurationMs> overlap_of(const v1::CreateKeyRequest& request);
v1::Key to_key(const stored::ApiKey& key, TimeMs now);

v1::ListRightsResponse rights_table();

// Somebody must be left who can let others in.
bool is_administrator(const stored::Account& account);
bool is_last_administrator(const access::Book& book, const std::string& name);
Rejection last_administrator();
// Of an engine that asks nobody who he is.
Rejection nobody_signs_in();

}  // namespace casewheel::api
