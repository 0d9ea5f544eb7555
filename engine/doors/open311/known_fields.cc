#include "engine/doors/open311/known_fields.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace casewheel::doors::open311 {
namespace {

constexpr std::string_view kAlways[] = {"jurisdiction_id", "api_key", "locale", "extensions"};
constexpr std::string_view kOfRequest[] = {
    "service_code", "lat",         "long",       "address_string", "address_id",
    "email",        "device_id",   "account_id", "first_name",     "last_name",
    "phone",        "description", "media_url",  "media_url[]"};
// FixMyStreet's beside: the names of its own records, and what a person asked of her name there.
constexpr std::string_view kOfUpdate[] = {"service_request_id",
                                          "update_id",
                                          "status",
                                          "description",
                                          "updated_datetime",
                                          "email",
                                          "first_name",
                                          "last_name",
                                          "title",
                                          "phone",
                                          "media_url",
                                          "media_url[]",
                                          "account_id",
                                          "service_code",
                                          "update_id_ext",
                                          "service_request_id_ext",
                                          "public_anonymity_required"};
constexpr std::string_view kOfList[] = {"service_request_id", "service_code", "start_date",
                                        "end_date",           "status",       "page",
                                        "page_size",          "page_token"};

template <typename List>
bool holds(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

bool is_attribute(std::string_view name) { return name.starts_with("attribute["); }

bool may_repeat(std::string_view name) {
  return is_attribute(name) || name == "media_url" || name == "media_url[]";
}

bool is_known(std::string_view name, Resource resource, bool posts) {
  if (holds(kAlways, name)) return true;
  if (posts && resource == Resource::kRequests)
    return is_attribute(name) || holds(kOfRequest, name);
  if (posts) return holds(kOfUpdate, name);
  const bool lists = resource == Resource::kRequests || resource == Resource::kUpdates;
  return !lists || holds(kOfList, name);
}

}  // namespace

Errors check_names(const Form& form, Resource resource, bool posts) {
  Errors errors;
  std::set<std::string_view> told;
  for (const auto& [name, value] : form.fields()) {
    if (!is_known(name, resource, posts)) {
      if (told.insert(name).second)
        errors.push_back(
            {400, name + (posts ? ": is no field known here" : ": is no filter known here")});
      continue;
    }
    // The same in the URL and in the body is said once.
    const bool differs = form[name] != value;
    if (differs && !may_repeat(name) && told.insert(name).second)
      errors.push_back({400, name + ": says two things"});
  }
  return errors;
}

}  // namespace casewheel::doors::open311
