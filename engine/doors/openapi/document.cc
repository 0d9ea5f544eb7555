#include "engine/doors/openapi/document.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <set>
#include <vector>

#include "engine/access/rights.h"
#include "engine/doors/http/connect_error.h"

namespace casewheel::doors {

// Made by embed.cmake: a FileDescriptorSet with source info.
extern const unsigned char kContract[];
extern const std::size_t kContractBytes;

namespace {

using boost::json::array;
using boost::json::object;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

// The descriptors the program is linked with have no comments; these have.
class Contract {
 public:
  Contract() {
    google::protobuf::FileDescriptorSet set;
    CASEWHEEL_CHECK(set.ParseFromArray(kContract, static_cast<int>(kContractBytes)),
                    "the contract within the program cannot be read");
    for (const google::protobuf::FileDescriptorProto& file : set.file())
      CASEWHEEL_CHECK(pool_.BuildFile(file) != nullptr, file.name() + " is no contract");
  }
  const google::protobuf::DescriptorPool& pool() const { return pool_; }

 private:
  google::protobuf::DescriptorPool pool_;
};

// What is said of it in its file, in one paragraph a block.
template <typename AnyDescriptor>
std::string said_of(const AnyDescriptor& descriptor) {
  google::protobuf::SourceLocation at;
  if (!descriptor.GetSourceLocation(&at)) return {};
  std::string said;
  bool gap = false;
  for (const char c : at.leading_comments + at.trailing_comments) {
    if (c == ' ' || c == '\n') {
      gap = !said.empty();
    } else {
      if (gap) said += ' ';
      gap = false;
      said += c;
    }
  }
  return said;
}

std::string schema_path(const std::string& full_name) {
  return "#/components/schemas/" + full_name;
}

// How a well-known type is written in JSON; empty for others.
object well_known(const std::string& name) {
  // As its JSON is: paths in camel case, with commas between them.
  if (name == "google.protobuf.FieldMask") return {{"type", "string"}, {"format", "field-mask"}};
  if (name == "google.protobuf.Timestamp") return {{"type", "string"}, {"format", "date-time"}};
  if (name == "google.protobuf.Duration")
    return {{"type", "string"}, {"description", "seconds and an s"}, {"example", "3600s"}};
  if (name == "google.protobuf.Any") return {{"type", "object"}, {"additionalProperties", true}};
  return {};
}

// Gathers the schemas that are spoken of.
class Schemas {
 public:
  object of(const Descriptor& message) {
    object known = well_known(message.full_name());
    if (!known.empty()) return known;
    if (done_.insert(message.full_name()).second) waiting_.push_back(&message);
    return {{"$ref", schema_path(message.full_name())}};
  }

  // All of them, once each.
  object all() {
    object schemas;
    while (!waiting_.empty()) {
      const Descriptor& message = *waiting_.back();
      waiting_.pop_back();
      schemas[message.full_name()] = written(message);
    }
    for (const EnumDescriptor* words : words_) schemas[words->full_name()] = written(*words);
    return schemas;
  }

 private:
  object of(const EnumDescriptor& words) {
    words_.insert(&words);
    return {{"$ref", schema_path(words.full_name())}};
  }

  object of_one(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return {{"type", "integer"}, {"format", "int32"}};
      case FieldDescriptor::CPPTYPE_UINT32:
        return {{"type", "integer"}, {"minimum", 0}};
      case FieldDescriptor::CPPTYPE_INT64:
        return {{"type", "string"}, {"format", "int64"}};
      case FieldDescriptor::CPPTYPE_UINT64:
        return {{"type", "string"}, {"format", "uint64"}};
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
        return {{"type", "number"}};
      case FieldDescriptor::CPPTYPE_BOOL:
        return {{"type", "boolean"}};
      case FieldDescriptor::CPPTYPE_ENUM:
        return of(*field.enum_type());
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return of(*field.message_type());
      case FieldDescriptor::CPPTYPE_STRING:
        break;
    }
    object text{{"type", "string"}};
    if (field.type() == FieldDescriptor::TYPE_BYTES) text["format"] = "byte";
    return text;
  }

  object of(const FieldDescriptor& field) {
    object schema = of_one(field);
    if (field.is_map()) {
      schema = {{"type", "object"},
                {"additionalProperties", of_one(*field.message_type()->map_value())}};
    } else if (field.is_repeated()) {
      schema = {{"type", "array"}, {"items", std::move(schema)}};
    }
    const std::string said = said_of(field);
    if (said.empty()) return schema;
    // Beside a reference nothing else is looked at.
    if (schema.contains("$ref")) schema = {{"allOf", array{std::move(schema)}}};
    schema["description"] = said;
    return schema;
  }

  object written(const Descriptor& message) {
    object properties;
    for (int i = 0; i < message.field_count(); ++i)
      properties[message.field(i)->json_name()] = of(*message.field(i));
    object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (const std::string said = said_of(message); !said.empty()) schema["description"] = said;
    return schema;
  }

  static object written(const EnumDescriptor& words) {
    array names;
    std::string meanings;
    for (int i = 0; i < words.value_count(); ++i) {
      names.push_back(boost::json::string(words.value(i)->name()));
      if (const std::string said = said_of(*words.value(i)); !said.empty())
        meanings += (meanings.empty() ? "" : "; ") + words.value(i)->name() + ": " + said;
    }
    object schema{{"type", "string"}, {"enum", std::move(names)}};
    const std::string said = said_of(words);
    if (!said.empty() || !meanings.empty())
      schema["description"] = said + (said.empty() || meanings.empty() ? "" : ". ") + meanings;
    return schema;
  }

  std::set<std::string> done_;
  std::vector<const Descriptor*> waiting_;
  std::set<const EnumDescriptor*> words_;
};

object json_body(const char* type, object schema) {
  return {{type, object{{"schema", std::move(schema)}}}};
}

object answers(const ConnectMethod& method, object schema, bool by_get) {
  const bool streams = method.kind == ConnectMethod::Kind::kServerStream;
  const char* type = !streams ? "application/json"
                     : by_get ? "text/event-stream"
                              : "application/connect+json";
  return {{"200", object{{"description", streams ? "a stream of these" : "done"},
                         {"content", json_body(type, std::move(schema))}}},
          {"default", object{{"description", "refused"},
                             {"content", json_body("application/json",
                                                   {{"$ref", schema_path("connect.error")}})}}}};
}

object text_parameter(const char* name, const char* description, bool required) {
  return {{"name", name},
          {"in", "query"},
          {"required", required},
          {"description", description},
          {"schema", object{{"type", "string"}}}};
}

object operation(const google::protobuf::MethodDescriptor& described, const ConnectMethod& method,
                 Schemas& schemas, bool by_get) {
  object out{{"operationId", std::string(by_get ? "get." : "") + method.method.name},
             {"tags", array{boost::json::string(described.service()->name())}}};
  std::string said = said_of(described);
  const std::string& right = method.method.right;
  if (right == access::kPublic) {
    out["security"] = array{};
    said += said.empty() ? "For everybody." : " For everybody.";
  } else {
    said += (said.empty() ? "" : " ") + ("Right: " + right + ".");
  }
  out["description"] = said;
  object request = schemas.of(*described.input_type());
  if (by_get) {
    out["parameters"] =
        array{text_parameter("connect", "v1", false), text_parameter("encoding", "json", true),
              text_parameter("message", ("as JSON: " + described.input_type()->full_name()).c_str(),
                             true)};
  } else {
    const bool streams = method.kind == ConnectMethod::Kind::kServerStream;
    out["requestBody"] = object{
        {"required", true},
        {"content",
         json_body(streams ? "application/connect+json" : "application/json", std::move(request))}};
  }
  out["responses"] = answers(method, schemas.of(*described.output_type()), by_get);
  return out;
}

object error_schema() {
  array codes;
  for (int code = 1; code < kRpcCodes; ++code)
    codes.push_back(boost::json::string(connect_code(code)));
  return {{"type", "object"},
          {"properties",
           object{{"code", object{{"type", "string"}, {"enum", std::move(codes)}}},
                  {"message", object{{"type", "string"}}},
                  {"details",
                   object{{"type", "array"},
                          {"items", object{{"type", "object"},
                                           {"properties",
                                            object{{"type", object{{"type", "string"}}},
                                                   {"value", object{{"type", "string"}}},
                                                   {"debug", object{{"type", "object"}}}}}}}}}}}};
}

}  // namespace

std::string openapi_document(const ConnectMethods& methods) {
  const Contract contract;
  Schemas schemas;
  object paths;
  array tags;
  std::set<std::string> services;
  for (const auto& [path, method] : methods.by_path()) {
    if (method.kind == ConnectMethod::Kind::kManyRequests) continue;
    const auto* described = contract.pool().FindMethodByName(method.descriptor->full_name());
    CASEWHEEL_CHECK(described != nullptr, "the contract has no " + path);
    object item{{"post", operation(*described, method, schemas, false)}};
    if (method.by_get()) item["get"] = operation(*described, method, schemas, true);
    paths[path] = std::move(item);
    if (!services.insert(described->service()->name()).second) continue;
    object tag{{"name", described->service()->name()}};
    if (const std::string said = said_of(*described->service()); !said.empty())
      tag["description"] = said;
    tags.push_back(std::move(tag));
  }
  object all = schemas.all();
  all["connect.error"] = error_schema();
  const object document{
      {"openapi", "3.0.3"},
      {"info",
       object{
           {"title", "casewheel"},
           {"version", "v1"},
           {"description",
            "Cases and their deadlines. The Connect protocol over HTTP: a method is asked by POST "
            "with a JSON body, one without side effects by GET too. The same methods are there "
            "over gRPC."}}},
      {"servers", array{object{{"url", "/"}}}},
      {"security", array{object{{"bearer", array{}}}}},
      {"tags", std::move(tags)},
      {"paths", std::move(paths)},
      {"components", object{{"schemas", std::move(all)},
                            {"securitySchemes",
                             object{{"bearer", object{{"type", "http"}, {"scheme", "bearer"}}}}}}}};
  return boost::json::serialize(document);
}

}  // namespace casewheel::doors
