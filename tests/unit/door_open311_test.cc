// What Open311 reads and writes: paths, forms, queries, errors, documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <pugixml.hpp>

#include "engine/doors/open311/known_fields.h"
#include "engine/doors/open311/lodging_form.h"
#include "engine/doors/open311/request_documents.h"
#include "engine/doors/open311/route.h"
#include "engine/doors/open311/update_form.h"

namespace casewheel::doors::open311 {
namespace {

using testing::HasSubstr;

constexpr TimeMs kNow = 1'770'000'000'000;  // 2026-02-02T10:40 in Taipei

Form form_of(std::string_view text) {
  const Result<Form> form = Form::parse(text, 100);
  EXPECT_TRUE(form) << text;
  return form ? *form : Form();
}

Wanted wanted(std::string_view query) {
  return wanted_of(form_of(query), false, "Asia/Taipei", kNow);
}

TEST(Routes, NameAResourceAndAFormat) {
  const auto one = route_of("/open311/v2/requests/13%20115.json");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->resource, Resource::kRequest);
  EXPECT_EQ(one->id, "13 115");
  EXPECT_EQ(one->format, Format::kJson);
  EXPECT_EQ(route_of("/open311/discovery.xml")->resource, Resource::kDiscovery);
  EXPECT_EQ(route_of("/open311/v2/servicerequestupdates.xml")->resource, Resource::kUpdates);
  EXPECT_EQ(route_of("/open311/v2/services/power-outage.taichung.xml")->id,
            "power-outage.taichung");
  for (const char* wrong : {"/open311/v2/requests", "/open311/v2/requests.html",
                            "/open311/v2/requests/.xml", "/open311/v2/requests/a%2Fb.xml",
                            "/open311/v2/requests/%zz.xml", "/open311/v2/x.json", "", ".xml"})
    EXPECT_FALSE(route_of(wrong)) << wrong;
}

TEST(Lodging, ReadsAnswersPlacesAndNames) {
  const LodgingForm out = lodging_of(form_of(
      "service_code=x&lat=24.5&long=-1.25&attribute[a]=1&attribute%5Bb%5D%5B%5D=2&attribute[b][]=3&"
      "attribute[]=no&attribute[c]=&first_name=%E5%A4%A7%E5%90%8C&last_name=%E6%9E%97&device_id=d&"
      "description=one%0D%0Atwo"));
  EXPECT_TRUE(out.errors.empty());
  EXPECT_EQ(out.request.place().position().longitude(), -1.25);
  ASSERT_EQ(out.request.attributes_size(), 2);
  EXPECT_EQ(out.request.attributes(1).values_size(), 2);
  EXPECT_EQ(out.request.applicant().name(), "林大同");
  EXPECT_EQ(out.request.subject(), "one");
  EXPECT_EQ(out.request.description(), "one\ntwo");
  EXPECT_EQ(out.request.channel(), v1::CHANNEL_APP);
  EXPECT_EQ(
      lodging_of(form_of("first_name=Ada&last_name=King&address_id=1")).request.applicant().name(),
      "Ada King");
}

TEST(Lodging, TellsAllThatIsWrongAtOnce) {
  EXPECT_EQ(lodging_of(form_of("")).errors.size(), 2u);
  EXPECT_EQ(lodging_of(form_of("lat=1&long=x")).errors.size(), 2u);
  EXPECT_EQ(lodging_of(form_of("service_code=x&lat=1")).errors.size(), 1u);
}

TEST(Lodging, AlwaysHasASubject) {
  LodgingForm out = lodging_of(form_of("service_code=x&address_string=y&description=+%0Ax"));
  complete_subject("路燈", &out.request);
  EXPECT_EQ(out.request.subject(), "路燈");
  std::string characters;
  for (int i = 0; i < 300; ++i) characters += "%E5%AD%97";
  EXPECT_EQ(lodging_of(form_of("description=" + characters)).request.subject().size(), 600u);
}

TEST(Lodging, KeepsEveryPictureThatIsNamed) {
  const LodgingForm out = lodging_of(
      form_of("description=hole&media_url=https://a/1.jpg&media_url=https://a/2.jpg&address_id=1"));
  EXPECT_EQ(out.request.media_url(), "https://a/1.jpg");
  EXPECT_EQ(out.request.description(), "hole\nhttps://a/2.jpg");
}

std::string misnamed(std::string_view text, Resource resource, bool posts) {
  std::string all;
  for (const Error& error : check_names(form_of(text), resource, posts))
    all += error.description + "; ";
  return all;
}

TEST(Names, WhatIsNotKnownIsRefusedByName) {
  EXPECT_EQ(
      misnamed(
          "service_code=x&lat=1&long=2&attribute[a][]=1&attribute[a][]=2&media_url=a&media_url=b",
          Resource::kRequests, true),
      "");
  EXPECT_EQ(misnamed("adress_string=x&adress_string=y", Resource::kRequests, true),
            "adress_string: is no field known here; ");
  EXPECT_EQ(misnamed("lat=1&lat=2&api_key=k&api_key=k", Resource::kRequests, true),
            "lat: says two things; ");
  EXPECT_EQ(misnamed("stauts=open", Resource::kRequests, false),
            "stauts: is no filter known here; ");
  EXPECT_EQ(misnamed("stauts=open", Resource::kServices, false), "");
}

domain::Moment at_now() {
  domain::Moment moment;
  moment.now = kNow;
  return moment;
}

UpdateForm read(std::string_view text) { return update_of(form_of(text), "Asia/Taipei", at_now()); }

TEST(Updates, AreReadInTheWordsOfClientsInUse) {
  // FixMyStreet's.
  const UpdateForm open = read(
      "update_id_ext=71&updated_datetime=2026-02-01T09:00:00%2B08:00&service_request_id="
      "13115020200001004&"
      "service_request_id_ext=9&status=OPEN&email=a@example.org&description=one%0D%0Atwo&"
      "public_anonymity_required=TRUE&first_name=Ada&last_name=King&media_url=https://a/1.jpg");
  EXPECT_TRUE(open.errors.empty());
  EXPECT_FALSE(open.ends);
  EXPECT_EQ(open.key, "71");
  EXPECT_EQ(open.text, "one\ntwo\nhttps://a/1.jpg\n— Ada King");
  EXPECT_EQ(open.told_ms, 1'769'907'600'000);
  const auto outcome = [&](const std::string& status) {
    const UpdateForm update = read("service_request_id=1&description=x&status=" + status);
    EXPECT_TRUE(update.errors.empty()) << status;
    return update.outcome;
  };
  EXPECT_EQ(outcome("In+Progress"), v1::OUTCOME_UNSPECIFIED);
  EXPECT_EQ(outcome("Fixed+-+Council"), v1::OUTCOME_RESOLVED);
  EXPECT_EQ(outcome("no_further_action"), v1::OUTCOME_NOT_ACCEPTED);
  EXPECT_EQ(outcome("not+council's+responsibility"), v1::OUTCOME_REFERRED);
  EXPECT_EQ(outcome("DUPLICATE"), v1::OUTCOME_DUPLICATE);
  EXPECT_EQ(read("").errors.size(), 3u);
  EXPECT_EQ(read("service_request_id=1&description=x&status=odd").errors.size(), 1u);
}

TEST(Updates, WithoutADescriptionSayWhatTheStatusSays) {
  EXPECT_EQ(read("service_request_id=1&status=FIXED").text, "已修復 Fixed");
  EXPECT_EQ(read("service_request_id=1&status=in+progress&description=+%0A").text,
            "處理中 In progress");
  EXPECT_EQ(read("service_request_id=1&status=open&media_url=https://a/1.jpg&last_name=King").text,
            "辦理中 Open\nhttps://a/1.jpg\n— King");
  // Neither ends nor opens a case: nothing is said of it.
  for (const char* text :
       {"service_request_id=1&media_url=https://a/1.jpg", "service_request_id=1&description=x"}) {
    const UpdateForm update = read(text);
    EXPECT_TRUE(update.errors.empty()) << text;
    EXPECT_FALSE(update.ends || update.opens) << text;
  }
  EXPECT_EQ(read("service_request_id=1&media_url=https://a/1.jpg").text,
            "附圖片 With a picture\nhttps://a/1.jpg");
  EXPECT_EQ(read("service_request_id=1").errors.size(), 2u);
  EXPECT_TRUE(read("service_request_id=1&status=open").opens);
  EXPECT_FALSE(read("service_request_id=1&status=closed").opens);
}

TEST(Updates, HaveATimeTheCaseCanHave) {
  const std::string update = "service_request_id=1&status=closed&description=x&updated_datetime=";
  const auto placed = [&](const std::string& stated, TimeMs received) {
    UpdateForm form = read(update + stated);
    EXPECT_TRUE(form.errors.empty()) << stated;
    place_in_time(&form, received, at_now());
    return form;
  };
  const UpdateForm within = placed("2026-02-02T10:30:00%2B08:00", kNow - kHourMs);
  EXPECT_EQ(within.told_ms, kNow - 10 * kMinuteMs);
  EXPECT_EQ(within.text, "x");
  const UpdateForm before = placed("2026-02-02T09:30:00%2B08:00", kNow - kHourMs);
  EXPECT_EQ(before.told_ms, kNow - kHourMs);
  EXPECT_EQ(before.text, "x\n（對方所載時間 Time stated: 2026-02-02T09:30:00+08:00）");
  // The engine takes it for now; what was sent stays as it is, so that it can be sent again.
  const UpdateForm ahead = placed("2026-02-02T10:40:05%2B08:00", kNow - kHourMs);
  EXPECT_EQ(ahead.told_ms, kNow + 5 * kSecondMs);
  EXPECT_THAT(ahead.text, HasSubstr("10:40:05"));
  EXPECT_EQ(placed("", kNow).told_ms, 0);
  EXPECT_EQ(placed("", kNow).text, "x");
  const UpdateForm future = read(update + "2026-02-02T10:40:11%2B08:00");
  ASSERT_EQ(future.errors.size(), 1u);
  EXPECT_EQ(future.errors[0].description, "updated_datetime: lies in the future");
}

TEST(Queries, AreTheLastNinetyDaysUnlessTheySay) {
  const Wanted whole = wanted("");
  EXPECT_TRUE(whole.errors.empty());
  EXPECT_EQ(whole.rows, 1000);
  const auto span = whole.list.received_until().seconds() - whole.list.received_from().seconds();
  EXPECT_EQ(span, 90 * 24 * 3600);
  const Wanted paged = wanted("page=3&page_size=20&status=closed&service_code=a,+b");
  EXPECT_EQ(paged.skip, 40);
  EXPECT_EQ(paged.rows, 20);
  EXPECT_EQ(paged.list.status(), v1::PUBLIC_STATUS_CLOSED);
  EXPECT_EQ(paged.list.services(1), "b");
  EXPECT_EQ(wanted("status=open,closed").list.status(), v1::PUBLIC_STATUS_UNSPECIFIED);
  EXPECT_EQ(wanted("start_date=2026-01-05T00:00:00+08:00").list.received_from().seconds(),
            1767542400);
  EXPECT_EQ(wanted("start_date=2026-01-05").list.received_from().seconds(), 1767542400);
  // The latest instant is one to include.
  const Wanted instant = wanted("start_date=2026-01-05T00:00:00Z&end_date=2026-01-05T00:00:00Z");
  EXPECT_TRUE(instant.errors.empty());
  EXPECT_EQ(instant.list.received_until().seconds(), instant.list.received_from().seconds() + 1);
  EXPECT_THAT(wanted("start_date=2026-01-05&end_date=2026-01-01").errors.at(0).description,
              HasSubstr("lies before start_date"));
  // Ids override the rest.
  const Wanted named = wanted("service_request_id=1,2&status=stuck");
  EXPECT_EQ(named.numbers.size(), 2u);
  EXPECT_TRUE(named.errors.empty());
  for (const char* wrong :
       {"page=0", "page=x", "page_size=501", "page=3&page_size=500", "status=stuck",
        "start_date=now", "start_date=infinite-future", "end_date=infinite-future",
        "start_date=2025-01-01&end_date=2026-01-01", "start_date=2026-01-05&end_date=2026-01-01"})
    EXPECT_EQ(wanted(wrong).errors.size(), 1u) << wrong;
}

TEST(Errors, HaveTheFieldsOfTheStandard) {
  EXPECT_EQ(errors_of(Rejection::invalid("replied_time", "is odd")).at(0).description,
            "updated_datetime: is odd");
  Rejection rejection = Rejection::invalid("attributes[kind]", "is required");
  rejection.fields.push_back({"place.position.latitude", "lies outside -90 to 90"});
  const Errors errors = errors_of(rejection);
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].description, "attribute[kind]: is required");
  EXPECT_THAT(errors[1].description, HasSubstr("lat: "));
  EXPECT_EQ(status_of(errors), 400u);
  const Errors denied = errors_of(Rejection::of(RejectionCode::kUnauthenticated, "sign in"));
  EXPECT_EQ(status_of(denied), 403u);
  EXPECT_EQ(written(to_document(denied), Format::kJson),
            R"([{"code":403,"description":"api_key missing or invalid: sign in"}])");
}

TEST(Documents, WhatXmlCannotSayIsReplaced) {
  const Element quoted = Element::of("description",
                                     "a\x01"
                                     "b\x1f\xEF\xBF\xBE\tc\n王");
  const std::string text = written(quoted, Format::kXml);
  EXPECT_THAT(text, HasSubstr("a\xEF\xBF\xBD"
                              "b\xEF\xBF\xBD\xEF\xBF\xBD\tc\n王"));
}

TEST(Documents, AreWrittenEitherWay) {
  v1::PublicCase shown;
  shown.set_case_number("13115020200001004");
  shown.set_status(v1::PUBLIC_STATUS_OPEN);
  shown.set_subject("<a> & \"b\"");
  shown.set_service("lamp");
  shown.mutable_place()->mutable_position()->set_latitude(24.5);
  shown.mutable_place()->mutable_position()->set_longitude(-0.25);
  shown.mutable_received_time()->set_seconds(kNow / 1000);
  shown.mutable_expect_time()->set_seconds(kNow / 1000 + 60);
  const Element list = Element::list(
      "service_requests", {request_document(shown, {Tongue::kChinese, "Asia/Taipei", true})});
  pugi::xml_document xml;
  const std::string text = written(list, Format::kXml);
  EXPECT_TRUE(text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"));
  ASSERT_TRUE(xml.load_string(text.c_str()));
  const pugi::xml_node request = xml.child("service_requests").child("request");
  EXPECT_STREQ(request.child_value("description"), "<a> & \"b\"");
  EXPECT_STREQ(request.child_value("expected_datetime"), "2026-02-02T10:41:00+08:00");
  EXPECT_STREQ(request.child_value("long"), "-0.25");
  const boost::json::value json = boost::json::parse(written(list, Format::kJson));
  const boost::json::object& first = json.as_array().at(0).as_object();
  EXPECT_EQ(first.at("lat").as_double(), 24.5);
  EXPECT_TRUE(first.at("zipcode").is_null());
  EXPECT_EQ(first.at("service_request_id").as_string(), "13115020200001004");
}

}  // namespace
}  // namespace casewheel::doors::open311
