#include "engine/tables/lodge_columns.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <charconv>
#include <set>

#include "engine/tables/rows.h"

namespace casewheel::tables {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view kAttribute = "attribute:";

bool is_time(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == google::protobuf::Timestamp::descriptor();
}

// What a column's name leads to; empty where it leads to nothing one cell can hold.
std::vector<const FieldDescriptor*> path_of(std::string_view name) {
  std::vector<const FieldDescriptor*> path;
  const google::protobuf::Descriptor* message = v1::LodgeCaseRequest::descriptor();
  while (!name.empty() && message != nullptr) {
    const std::string_view part = name.substr(0, name.find('.'));
    name.remove_prefix(std::min(part.size() + 1, name.size()));
    const FieldDescriptor* field = message->FindFieldByName(std::string(part));
    if (field == nullptr) field = message->FindFieldByCamelcaseName(std::string(part));
    if (field == nullptr) return {};
    path.push_back(field);
    message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !is_time(*field) &&
                      !field->is_repeated()
                  ? field->message_type()
                  : nullptr;
  }
  const bool whole = !path.empty() && name.empty() && message == nullptr;
  if (!whole ||
      (path.back()->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !is_time(*path.back())))
    return {};
  return path;
}

std::vector<std::string> parted(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (from <= text.size()) {
    const std::size_t end = std::min(text.find(';', from), text.size());
    if (end > from) parts.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

std::string upper(std::string text) {
  for (char& c : text)
    c = static_cast<char>(c == '-' ? '_' : std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// "hotline" of CHANNEL_UNSPECIFIED, CHANNEL_HOTLINE, …
const google::protobuf::EnumValueDescriptor* word_of(const google::protobuf::EnumDescriptor& words,
                                                     const std::string& text) {
  if (const auto* word = words.FindValueByName(text)) return word;
  const std::string& first = words.value(0)->name();
  const std::string_view prefix = std::string_view(first).substr(0, first.rfind('_') + 1);
  return words.FindValueByName(std::string(prefix) + upper(text));
}

// The mistake, or empty.
std::string set(const FieldDescriptor& field, const std::string& text, Message* message) {
  const auto* reflection = message->GetReflection();
  if (field.is_repeated()) {
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return "is not for a table";
    for (std::string& part : parted(text)) reflection->AddString(message, &field, std::move(part));
    return "";
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection->SetString(message, &field, text);
      return "";
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* word = word_of(*field.enum_type(), text);
      if (word == nullptr) return "is not a known word";
      reflection->SetEnum(message, &field, word);
      return "";
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size()) return "is not a number";
      reflection->SetDouble(message, &field, number);
      return "";
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      auto* time =
          static_cast<google::protobuf::Timestamp*>(reflection->MutableMessage(message, &field));
      return google::protobuf::util::TimeUtil::FromString(text, time)
                 ? ""
                 : "is not a time like 2026-01-05T09:30:00+08:00";
    }
    default:
      return "is not for a table";
  }
}

}  // namespace

std::string LodgeColumns::bind(const std::vector<std::string>& header) {
  columns_.clear();
  if (header.size() > kColumnsMax) return "more than 512 columns";
  std::string unknown;
  std::set<std::string> seen;
  for (const std::string& name : header) {
    Column column{name, {}, ""};
    if (name.starts_with(kAttribute)) {
      column.attribute = name.substr(kAttribute.size());
    } else {
      column.path = path_of(name);
    }
    if (!seen.insert(name).second) return "the column " + name + " is there twice";
    if (column.path.empty() && column.attribute.empty())
      unknown += (unknown.empty() ? "" : ", ") + (name.empty() ? "\"\"" : name);
    columns_.push_back(std::move(column));
  }
  return unknown.empty() ? "" : "columns that are no fields of a case: " + unknown;
}

std::string LodgeColumns::read(const std::vector<std::string>& fields,
                               v1::LodgeCaseRequest* request) const {
  if (fields.size() != columns_.size()) {
    return std::to_string(fields.size()) + " columns where the header has " +
           std::to_string(columns_.size());
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    if (fields[i].empty()) continue;
    if (!column.attribute.empty()) {
      v1::Attribute* attribute = request->add_attributes();
      attribute->set_code(column.attribute);
      for (std::string& part : parted(fields[i])) attribute->add_values(std::move(part));
      continue;
    }
    Message* message = request;
    for (std::size_t depth = 0; depth + 1 < column.path.size(); ++depth)
      message = message->GetReflection()->MutableMessage(message, column.path[depth]);
    const std::string mistake = set(*column.path.back(), fields[i], message);
    if (!mistake.empty()) return column.name + ": " + mistake;
  }
  return "";
}

}  // namespace casewheel::tables
