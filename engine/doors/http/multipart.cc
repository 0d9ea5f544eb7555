#include "engine/doors/http/multipart.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "engine/doors/http/field_words.h"

namespace casewheel::doors {
namespace {

constexpr std::size_t kBoundaryMax = 70;  // RFC 2046

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// Takes `name=value` or `name="value"` off the front; nothing where there is none.
struct Parameter {
  std::string name;
  std::string value;
};
std::optional<Parameter> next_parameter(std::string_view* rest) {
  const std::size_t start = rest->find(';');
  if (start == std::string_view::npos) return std::nullopt;
  rest->remove_prefix(start + 1);
  const std::size_t equals = rest->find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  Parameter parameter{lower(trimmed(rest->substr(0, equals))), {}};
  rest->remove_prefix(equals + 1);
  const std::size_t value = std::min(rest->find_first_not_of(" \t"), rest->size());
  rest->remove_prefix(value);
  if (!rest->starts_with('"')) {
    const std::size_t end = std::min(rest->find(';'), rest->size());
    parameter.value = trimmed(rest->substr(0, end));
    rest->remove_prefix(end);
    return parameter;
  }
  // A backslash before a quote is older than what unquoted() knows of.
  std::size_t at = 1;
  for (; at < rest->size() && (*rest)[at] != '"'; ++at) {
    if ((*rest)[at] == '\\' && at + 1 < rest->size() && (*rest)[at + 1] == '"') ++at;
    parameter.value.push_back((*rest)[at]);
  }
  rest->remove_prefix(std::min(at + 1, rest->size()));
  return parameter;
}

// Browsers escape a quote as %22 and line breaks as %0D and %0A, and nothing else, not even "%"
// itself (HTML's
// multipart/form-data): any other "%" stands for itself. A name has no line breaks, so they become
// spaces.
std::string unquoted(std::string_view value) {
  std::string out;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const std::string_view sign = value.substr(at, 3);
    if (sign == "%22") {
      out.push_back('"');
    } else if (same_word(sign, "%0D") || same_word(sign, "%0A")) {
      out.push_back(' ');
    } else {
      out.push_back(value[at]);
      continue;
    }
    at += 2;
  }
  return out;
}

Rejection bad_form(std::string why) { return Rejection::invalid("body", std::move(why)); }

}  // namespace

std::optional<Result<std::string>> form_boundary(std::string_view content_type) {
  if (!same_word(media_type_of(content_type), "multipart/form-data")) return std::nullopt;
  std::string_view rest = content_type;
  while (const std::optional<Parameter> parameter = next_parameter(&rest)) {
    if (parameter->name == "boundary" && !parameter->value.empty() &&
        parameter->value.size() <= kBoundaryMax)
      return Result<std::string>(parameter->value);
  }
  return Result<std::string>(
      Rejection::invalid("content-type", "names no boundary of 1 to 70 characters"));
}

PartName part_name_in(std::string_view head) {
  PartName part;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    constexpr std::string_view kField = "content-disposition:";
    if (!lower(line).starts_with(kField)) continue;
    part.file = file_name_in(line.substr(kField.size()));
    std::string_view rest = line;
    while (const std::optional<Parameter> parameter = next_parameter(&rest)) {
      if (parameter->name == "name") part.field = unquoted(parameter->value);
    }
  }
  return part;
}

std::optional<std::string> file_name_in(std::string_view disposition) {
  std::optional<std::string> plain;
  std::string_view rest = disposition;
  while (const std::optional<Parameter> parameter = next_parameter(&rest)) {
    if (parameter->name == "filename") plain = unquoted(parameter->value);
    constexpr std::string_view kUtf8 = "utf-8''";
    if (parameter->name == "filename*" && lower(parameter->value).starts_with(kUtf8)) {
      // A plus is itself here, unlike in a query.
      std::string escaped;
      for (const char c : parameter->value.substr(kUtf8.size()))
        c == '+' ? escaped.append("%2B") : escaped.append(1, c);
      if (std::optional<std::string> name = unescaped(escaped)) return name;
    }
  }
  return plain;
}

bool is_form(std::string_view content_type) {
  const std::string_view type = media_type_of(content_type);
  return same_word(type, "application/x-www-form-urlencoded") ||
         same_word(type, "multipart/form-data");
}

Result<Form> read_form(std::string_view content_type, std::string_view body,
                       std::size_t fields_max) {
  const std::optional<Result<std::string>> boundary = form_boundary(content_type);
  if (!boundary) return Form::parse(body, fields_max);
  if (!*boundary) return boundary->error();
  return read_parts(body, **boundary, fields_max);
}

Result<Form> read_parts(std::string_view body, std::string_view boundary, std::size_t fields_max) {
  const std::string line = "\r\n--" + std::string(boundary);
  // The line that begins the first part may have nothing before it.
  std::size_t at = std::string_view::npos;
  if (body.starts_with(std::string_view(line).substr(2))) {
    at = line.size() - 2;
  } else if (const std::size_t first = body.find(line); first != std::string_view::npos) {
    at = first + line.size();
  }
  if (at == std::string_view::npos) return bad_form("is a form without a line of its boundary");
  Form form;
  for (;;) {
    const std::string_view rest = body.substr(at);
    if (rest.starts_with("--")) return form;
    if (!rest.starts_with("\r\n")) return bad_form("is no form: a line of its boundary goes on");
    const std::size_t end = rest.find(line);
    if (end == std::string_view::npos) return bad_form("is a form that is cut off");
    const std::string_view part = rest.substr(2, std::max<std::size_t>(end, 2) - 2);
    const std::size_t head = part.find("\r\n\r\n");
    if (head == std::string_view::npos) return bad_form("is a form with a part without a head");
    const PartName name = part_name_in(part.substr(0, head));
    const std::string_view value = part.substr(head + 4);
    if (name.field.empty()) return bad_form("is a form with a part without a name");
    // As browsers send the choice of no file.
    const bool is_no_file = name.file && name.file->empty() && value.empty();
    if (name.file && !is_no_file) {
      return Rejection::invalid(name.field, "is a file, and none is taken here");
    }
    if (!is_utf8(name.field) || !is_utf8(value)) return bad_form("is not UTF-8");
    if (form.fields().size() == fields_max)
      return bad_form("says more than " + std::to_string(fields_max) + " things");
    if (!is_no_file) form.add(name.field, std::string(value));
    at += end + line.size();
  }
}

}  // namespace casewheel::doors
