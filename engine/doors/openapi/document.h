// The public API as an OpenAPI 3.0 document, made of the .proto files and their comments, and of the table
// of methods: what the Connect protocol takes and gives in JSON.
#pragma once

#include <string>

#include "engine/doors/http/connect_methods.h"

namespace casewheel::doors {

// As JSON.
std::string openapi_document(const ConnectMethods& methods);

}  // namespace casewheel::doors
