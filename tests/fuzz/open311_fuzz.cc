// What a stranger may send to Open311: the query or form, and the path. Whatever the bytes, what is read of
// them is bounded, and what is answered is XML and JSON that can be read.
#include <boost/json/parse.hpp>
#include <pugixml.hpp>
#include <string>

#include "engine/doors/http/form.h"
#include "engine/doors/open311/errors.h"
#include "engine/doors/open311/lodging_form.h"
#include "engine/doors/open311/request_documents.h"
#include "engine/doors/open311/route.h"
#include "tests/fuzz/require.h"

namespace {

using namespace casewheel;
using namespace casewheel::doors;

constexpr std::size_t kFields = 50;
constexpr TimeMs kNow = 1'770'000'000'000;

void check_written(const open311::Element& document) {
  pugi::xml_document xml;
  require(xml.load_string(open311::written(document, open311::Format::kXml).c_str()));
  boost::json::error_code error;
  boost::json::parse(open311::written(document, open311::Format::kJson), error);
  require(!error);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto route = open311::route_of(text))
    require(route->id.size() <= 100 && route->id.find('/') == std::string::npos);
  const Result<Form> form = Form::parse(text, kFields);
  if (!form) {
    check_written(open311::to_document(open311::errors_of(form.error())));
    return 0;
  }
  require(form->fields().size() <= kFields);
  open311::LodgingForm lodging = open311::lodging_of(*form);
  open311::complete_subject("服務", &lodging.request);
  require(!lodging.request.subject().empty());
  if (!lodging.errors.empty()) check_written(open311::to_document(lodging.errors));
  const open311::Wanted wanted = open311::wanted_of(*form, false, "Asia/Taipei", kNow);
  require(!wanted.errors.empty() || wanted.skip + wanted.rows <= open311::kRowsMax);
  if (!wanted.errors.empty()) check_written(open311::to_document(wanted.errors));
  return 0;
}
