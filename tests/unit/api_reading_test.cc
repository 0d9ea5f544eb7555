// Reading through the api: what was lodged comes back, pages together are the whole list whatever
// their size and filter, people are found however they write themselves, histories are complete.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

using ::testing::ElementsAre;

class Reading : public ApiTest {};

TEST_F(Reading, WhatWasLodgedComesBack) {
  start(3);
  v1::LodgeCaseRequest request = lodge_request("r-1");
  request.set_description("巷口第三盞\n整晚不亮");
  request.mutable_applicant()->set_name("王小明");
  request.mutable_applicant()->set_phone("0912-345-678");
  request.mutable_applicant()->set_email("Ming@Example.tw");
  request.set_priority(v1::PRIORITY_HIGH);
  request.set_external_reference("EXT-9");
  const auto response = lodge(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_FALSE(response->duplicate());
  ASSERT_EQ(response->promises_size(), 1);
  EXPECT_EQ(response->promises(0).kind(), v1::CLOCK_KIND_REPLY);
  EXPECT_EQ(response->promises(0).due_time().seconds(), (kStart + 72 * kHourMs) / 1000);
  ASSERT_TRUE(parse_case_number(response->case_number()));
  EXPECT_EQ(response->case_number().substr(0, 9), "311150202");

  const auto found = get(response->case_number());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->etag(), response->etag());
  EXPECT_EQ(found->applicant().name(), "王○明");
  EXPECT_EQ(found->applicant().phone(), "0912-***-678");
  EXPECT_EQ(found->applicant().email(), "M***@Example.tw");
  EXPECT_EQ(found->subject(), request.subject());
  EXPECT_EQ(found->description(), request.description());
  EXPECT_EQ(found->kind(), v1::KIND_FAULT_REPORT);
  EXPECT_EQ(found->priority(), v1::PRIORITY_HIGH);
  EXPECT_EQ(found->unit(), "line");
  EXPECT_EQ(found->status(), v1::CASE_STATUS_REGISTERED);
  EXPECT_EQ(found->external_reference(), "EXT-9");
  EXPECT_EQ(found->language(), "zh-TW");

  const std::string& n = response->case_number();
  EXPECT_TRUE(get(n.substr(0, 2) + "-" + n.substr(2, 7) + " " + n.substr(9)))
      << "as people type it";
}

TEST_F(Reading, APersonIsFoundByTheNumberAsItIsDialled) {
  start(2);
  v1::LodgeCaseRequest request = lodge_request("a");
  request.mutable_applicant()->set_phone("(02)2345-6789 分機 12");
  const std::string number = lodged(request);
  request = lodge_request("b");
  request.mutable_applicant()->set_phone("(02)2345-6789 轉34");
  const std::string colleague = lodged(request);
  v1::FindCasesByPersonRequest find_her;
  find_her.set_tenant("utility");
  for (const char* typed :
       {"+886-2-2345-6789#12", "02 2345 6789 ext. 12", "(02)2345-6789 分機 12"}) {
    find_her.set_phone(typed);
    const auto found = find(find_her);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->cases_size(), 1) << typed;
    EXPECT_EQ(found->cases(0).case_number(), number) << typed;
  }
  find_her.set_phone("0223456789");
  EXPECT_EQ(find(find_her)->cases_size(), 2) << "by the number alone everybody behind it";
  EXPECT_NE(number, colleague);
}

TEST_F(Reading, OnlyExistingCasesAreFound) {
  start(2);
  const std::string number = lodged(lodge_request("r-1"));
  const auto address = *parse_case_number(number);
  for (const std::string& missing :
       {format_case_number(address.partition, CaseId{address.id.value + 1}),
        format_case_number(9, address.id),
        format_case_number(address.partition, CaseId::make(77, 1150202, 1))}) {
    SCOPED_TRACE(missing);
    const auto found = get(missing);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, RejectionCode::kNotFound);
    EXPECT_EQ(history(on<v1::ListCaseHistoryRequest>(missing)).error().code,
              RejectionCode::kNotFound);
    EXPECT_EQ(act(note(missing)).error().code, RejectionCode::kNotFound);
  }
  std::string mistyped = number;
  mistyped[10] = mistyped[10] == '9' ? '0' : static_cast<char>(mistyped[10] + 1);
  for (const std::string& bad :
       {std::string(), mistyped, std::string("12"), number + "0", std::string("３１１")}) {
    EXPECT_EQ(field_of(get(bad)), "case_number") << bad;
  }
}

// Cases over two tenants and several days, each known by number.
class Paging : public ApiTest {
 protected:
  void fill(std::uint32_t partitions, int cases) {
    start(partitions);
    for (int i = 0; i < cases; ++i) {
      if (i % 40 == 39) {
        ASSERT_TRUE(advance(kDayMs));
      }
      if (i % 10 == 9) {
        v1::LodgeCaseRequest other = lodge_request("o-" + std::to_string(i), "ask");
        other.set_tenant("other");
        lodged(other);
      }
      v1::LodgeCaseRequest request =
          lodge_request("r-" + std::to_string(i), i % 3 == 0 ? "gripe" : "lamp");
      if (i % 4 == 0) request.set_handler("hans");
      if (i % 7 == 0) request.set_unit("hq");
      const std::string number = lodged(request);
      if (i % 5 == 0) {
        auto withdraw = on<v1::WithdrawCaseRequest>(number);
        withdraw.set_reason("撤");
        ASSERT_TRUE(act(withdraw));
      }
      all_.push_back(*get(number));
    }
  }

  // In the order of the list: day and running number, newest first; then by partition.
  std::vector<std::string> expected(const v1::ListCasesRequest& filter) const {
    std::vector<CaseAddress> matching;
    const std::set<std::string> below = filter.unit() == "line"
                                            ? std::set<std::string>{"line", "crew"}
                                            : std::set<std::string>{"hq", "line", "crew"};
    for (const v1::Case& c : all_) {
      const auto in = [](const auto& list, int value) {
        return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
      };
      const TimeMs received =
          c.received_time().seconds() * 1000 + c.received_time().nanos() / 1'000'000;
      const bool unit = filter.unit().empty() || c.unit() == filter.unit() ||
                        (filter.unit_subtree() && below.contains(c.unit()));
      if (in(filter.statuses(), c.status()) && in(filter.kinds(), c.kind()) && unit &&
          (filter.handler().empty() || filter.handler() == c.handler()) &&
          (filter.service().empty() || filter.service() == c.service()) &&
          (!filter.has_received_from() || received >= filter.received_from().seconds() * 1000) &&
          (!filter.has_received_until() || received < filter.received_until().seconds() * 1000)) {
        matching.push_back(*parse_case_number(c.case_number()));
      }
    }
    std::sort(matching.begin(), matching.end(), [](const CaseAddress& a, const CaseAddress& b) {
      return a.id != b.id ? a.id > b.id : a.partition < b.partition;
    });
    std::vector<std::string> numbers;
    for (const CaseAddress& address : matching)
      numbers.push_back(format_case_number(address.partition, address.id));
    return numbers;
  }

  void expect_pages(v1::ListCasesRequest request) {
    const std::vector<std::string> wanted = expected(request);
    std::vector<std::string> numbers;
    std::set<std::string> tokens;
    for (std::size_t turns = 0; turns <= 2 * all_.size() + 2; ++turns) {
      const auto page = list(request);
      ASSERT_TRUE(page) << page.error().message;
      if (request.page_size() > 0) {
        ASSERT_LE(page->cases_size(), request.page_size());
      }
      for (const v1::Case& c : page->cases()) numbers.push_back(c.case_number());
      if (page->next_page_token().empty()) {
        EXPECT_EQ(numbers, wanted) << request.ShortDebugString();
        return;
      }
      ASSERT_TRUE(tokens.insert(page->next_page_token()).second) << "a page leads to itself";
      request.set_page_token(page->next_page_token());
    }
    FAIL() << "the pages do not end: " << request.ShortDebugString();
  }

  std::vector<v1::Case> all_;
};

TEST_F(Paging, PagesTogetherAreTheWholeListWhateverTheirSizeAndFilter) {
  fill(4, 130);
  const char* chosen = std::getenv("CASEWHEEL_SEED");
  const std::uint64_t seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 7;
  SCOPED_TRACE("CASEWHEEL_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto one_in = [&](std::uint64_t n) { return random() % n == 0; };
  v1::ListCasesRequest everything;
  everything.set_tenant("utility");
  ASSERT_EQ(expected(everything).size(), 130u);
  for (const int size : {0, 1, 2, 7, 129, 130, 131, 500}) {
    everything.set_page_size(size);
    expect_pages(everything);
  }
  std::size_t empty = 0;
  for (int i = 0; i < 60 && !HasFailure(); ++i) {
    v1::ListCasesRequest request;
    request.set_tenant("utility");
    request.set_page_size(1 + static_cast<int>(random() % 20));
    if (one_in(3)) request.add_statuses(v1::CASE_STATUS_WITHDRAWN);
    if (one_in(3)) request.add_statuses(v1::CASE_STATUS_REGISTERED);
    if (one_in(4)) request.add_kinds(v1::KIND_COMPLAINT);
    if (one_in(3)) request.set_unit(one_in(2) ? "hq" : "line");
    if (one_in(2)) request.set_unit_subtree(true);
    if (one_in(4)) request.set_handler("hans");
    if (one_in(5)) request.set_service("lamp");
    if (one_in(4)) request.mutable_received_from()->set_seconds((kStart + kDayMs) / 1000);
    if (one_in(4)) request.mutable_received_until()->set_seconds((kStart + 2 * kDayMs) / 1000);
    empty += expected(request).empty() ? 1 : 0;
    expect_pages(request);
  }
  EXPECT_LT(empty, 30u) << "filters that select nothing show nothing";
}

TEST_F(Paging, CasesLodgedBetweenPagesNeitherRepeatNorHideOlderOnes) {
  fill(3, 30);
  v1::ListCasesRequest request;
  request.set_tenant("utility");
  request.set_page_size(4);
  const std::vector<std::string> wanted = expected(request);
  std::vector<std::string> numbers;
  for (int i = 0;; ++i) {
    ASSERT_LT(i, 50);
    const auto page = list(request);
    ASSERT_TRUE(page);
    for (const v1::Case& c : page->cases()) numbers.push_back(c.case_number());
    if (page->next_page_token().empty()) break;
    request.set_page_token(page->next_page_token());
    lodged(lodge_request("late-" + std::to_string(i)));
  }
  std::vector<std::string> old;
  std::copy_if(numbers.begin(), numbers.end(), std::back_inserter(old), [&](const std::string& n) {
    return std::find(wanted.begin(), wanted.end(), n) != wanted.end();
  });
  EXPECT_EQ(old, wanted);
  EXPECT_EQ(std::set<std::string>(numbers.begin(), numbers.end()).size(), numbers.size());
}

// A page looks at a bounded number of rows, some hundred a partition here, so a filter that matches
// few of many rows gives short or empty pages; their order must hold all the same.
TEST_F(Reading, ANarrowFilterOverManyRowsKeepsTheOrder) {
  start(64);
  proves_ = false;  // the rows come from nowhere
  storage::Batch batch;
  std::vector<CaseAddress> matching;
  const auto put = [&](PartitionId partition, std::uint32_t sequence, bool matches) {
    partition::CaseRecord record;
    const CaseId id = CaseId::make(31, 1150202, sequence);
    record.state.set_case_id(id.value);
    record.state.set_tenant("utility");
    record.state.set_revision(1);
    record.state.set_status(stored::REGISTERED);
    record.state.set_handler(matches ? "hans" : "lena");
    partition::write_case(&batch, partition, record, nullptr);
    if (matches) matching.push_back({partition, id});
  };
  for (std::uint32_t i = 1; i <= 1500; ++i)
    put(0, 10'000 + i, i % 400 == 0);  // newest, matches far apart
  for (std::uint32_t i = 1; i <= 700; ++i) put(1, 9'500 + i, i == 1 || i == 600);
  for (std::uint32_t i = 1; i <= 5; ++i) put(2, 9'000 + 400 * i, true);  // few, at once at the end
  ASSERT_TRUE(store_->write(batch));
  std::sort(matching.begin(), matching.end(), [](const CaseAddress& a, const CaseAddress& b) {
    return a.id != b.id ? a.id > b.id : a.partition < b.partition;
  });
  std::vector<std::string> wanted;
  for (const CaseAddress& address : matching)
    wanted.push_back(format_case_number(address.partition, address.id));
  for (const int page_size : {1, 3, 50}) {
    v1::ListCasesRequest request;
    request.set_tenant("utility");
    request.set_handler("hans");
    request.set_page_size(page_size);
    std::vector<std::string> numbers;
    int pages = 0;
    do {
      const auto page = list(request);
      ASSERT_TRUE(page);
      for (const v1::Case& c : page->cases()) numbers.push_back(c.case_number());
      request.set_page_token(page->next_page_token());
      ASSERT_LT(++pages, 100);
    } while (!request.page_token().empty());
    EXPECT_EQ(numbers, wanted) << "page size " << page_size;
    EXPECT_GT(pages, 3) << "the work of a page is bounded";
  }
}

TEST_F(Reading, APersonIsFoundHoweverShePutsIt) {
  start(4);
  std::vector<std::string> hers;
  for (int i = 0; i < 9; ++i) {
    v1::LodgeCaseRequest request = lodge_request("h-" + std::to_string(i));
    request.mutable_applicant()->set_phone(i % 2 == 0 ? "0912-345-678" : "０９１２ ３４５ ６７８");
    request.mutable_applicant()->set_email("Ming@Example.tw");
    request.mutable_applicant()->set_customer_number("01-23-4567-89");
    hers.push_back(lodged(request));
  }
  v1::LodgeCaseRequest his = lodge_request("his");
  his.mutable_applicant()->set_phone("0912-345-679");
  lodged(his);
  std::set<PartitionId> partitions;
  for (const std::string& number : hers) partitions.insert(parse_case_number(number)->partition);
  ASSERT_GT(partitions.size(), 1u);
  std::sort(hers.begin(), hers.end());

  using Set = void (*)(v1::FindCasesByPersonRequest&);
  const Set kWays[] = {
      [](v1::FindCasesByPersonRequest& r) { r.set_phone("0912345678"); },
      [](v1::FindCasesByPersonRequest& r) { r.set_phone("+886 912 345 678"); },
      [](v1::FindCasesByPersonRequest& r) { r.set_phone("０９１２－３４５－６７８"); },
      [](v1::FindCasesByPersonRequest& r) { r.set_email("ming@example.TW"); },
      [](v1::FindCasesByPersonRequest& r) { r.set_customer_number("０１２３４５６７８９"); },
  };
  for (const Set set : kWays) {
    v1::FindCasesByPersonRequest request;
    request.set_tenant("utility");
    set(request);
    SCOPED_TRACE(request.ShortDebugString());
    for (const int page_size : {0, 1, 4, 9}) {
      request.set_page_size(page_size);
      request.clear_page_token();
      std::vector<std::string> found;
      do {
        const auto page = find(request);
        ASSERT_TRUE(page) << page.error().message;
        for (const v1::Case& c : page->cases()) found.push_back(c.case_number());
        request.set_page_token(page->next_page_token());
        ASSERT_LE(found.size(), 9u);
      } while (!request.page_token().empty());
      EXPECT_TRUE(std::is_sorted(found.begin(), found.end(),
                                 [](const std::string& a, const std::string& b) {
                                   return parse_case_number(a)->id > parse_case_number(b)->id;
                                 }))
          << "newest first";
      std::sort(found.begin(), found.end());
      EXPECT_EQ(found, hers);
    }
  }
  v1::FindCasesByPersonRequest elsewhere;
  elsewhere.set_tenant("other");
  elsewhere.set_phone("0912345678");
  EXPECT_EQ(find(elsewhere)->cases_size(), 0) << "data of one tenant is invisible to another";
}

TEST_F(Reading, HistoryIsCompleteInAnyPageSize) {
  start(2);
  const std::string number = lodged(lodge_request("r-1", "gripe"));
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(act(note(number, "第" + std::to_string(i) + "筆")));
  auto reply = on<v1::ReplyCaseRequest>(number);
  reply.set_means(v1::REPLY_MEANS_PHONE);
  reply.set_text("已回復");
  ASSERT_TRUE(act(reply, {"hans"}));
  const auto whole = history(on<v1::ListCaseHistoryRequest>(number));
  ASSERT_TRUE(whole);
  ASSERT_EQ(whole->entries_size(), 16) << "lodged, its clock, twelve notes, the reply, the clock";
  EXPECT_EQ(whole->entries(0).event(), "case_lodged");
  EXPECT_EQ(whole->entries(0).text(), "路燈不亮");
  EXPECT_EQ(whole->entries(4).text(), "第2筆");
  EXPECT_EQ(whole->entries(14).event(), "case_replied");
  EXPECT_EQ(whole->entries(14).actor(), "hans");
  for (const int size : {1, 3, 15, 16, 17}) {
    auto request = on<v1::ListCaseHistoryRequest>(number);
    request.set_page_size(size);
    std::string joined;
    std::uint32_t revision = 0;
    do {
      const auto page = history(request);
      ASSERT_TRUE(page);
      ASSERT_LE(page->entries_size(), size);
      for (const auto& entry : page->entries()) {
        EXPECT_EQ(entry.revision(), ++revision) << "size " << size;
        joined += entry.SerializeAsString();
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    std::string all;
    for (const auto& entry : whole->entries()) all += entry.SerializeAsString();
    EXPECT_EQ(joined, all) << "size " << size;
  }
}

TEST_F(Reading, BadPagesAndFiltersAreRefusedNamingTheField) {
  start(2);
  const std::string number = lodged(lodge_request("r-1"));
  using Change = void (*)(v1::ListCasesRequest&);
  const std::pair<const char*, Change> kLists[] = {
      {"tenant", [](v1::ListCasesRequest& r) { r.clear_tenant(); }},
      {"tenant", [](v1::ListCasesRequest& r) { r.set_tenant("nobody"); }},
      {"page_size", [](v1::ListCasesRequest& r) { r.set_page_size(-1); }},
      {"page_size", [](v1::ListCasesRequest& r) { r.set_page_size(501); }},
      {"page_token", [](v1::ListCasesRequest& r) { r.set_page_token("zzz"); }},
      {"page_token", [](v1::ListCasesRequest& r) { r.set_page_token("1"); }},
      {"page_token", [](v1::ListCasesRequest& r) { r.set_page_token("1-"); }},
      {"page_token", [](v1::ListCasesRequest& r) { r.set_page_token("-1-1"); }},
      {"page_token", [](v1::ListCasesRequest& r) { r.set_page_token("1-1-1"); }},
      {"page_token", [](v1::ListCasesRequest& r) { r.set_page_token("1-1-"); }},
      {"page_token", [](v1::ListCasesRequest& r) { r.set_page_token("1-11111111111111111"); }},
      {"unit", [](v1::ListCasesRequest& r) { r.set_unit("moon"); }},
      {"statuses", [](v1::ListCasesRequest& r) { r.add_statuses(static_cast<v1::CaseStatus>(0)); }},
      {"statuses",
       [](v1::ListCasesRequest& r) { r.add_statuses(static_cast<v1::CaseStatus>(40)); }},
      {"kinds", [](v1::ListCasesRequest& r) { r.add_kinds(static_cast<v1::Kind>(-1)); }},
      {"received_from",
       [](v1::ListCasesRequest& r) { r.mutable_received_from()->set_seconds(-1); }},
      {"received_until",
       [](v1::ListCasesRequest& r) { r.mutable_received_until()->set_seconds(253402300800); }},
  };
  for (const auto& [field, change] : kLists) {
    v1::ListCasesRequest request;
    request.set_tenant("utility");
    change(request);
    EXPECT_EQ(field_of(list(request)), field) << request.ShortDebugString();
  }
  using ChangeFind = void (*)(v1::FindCasesByPersonRequest&);
  const std::pair<const char*, ChangeFind> kFinds[] = {
      {"tenant", [](v1::FindCasesByPersonRequest& r) { r.set_tenant("nobody"); }},
      {"phone", [](v1::FindCasesByPersonRequest& r) { r.clear_phone(); }},
      {"phone", [](v1::FindCasesByPersonRequest& r) { r.set_phone("- -"); }},
      {"phone", [](v1::FindCasesByPersonRequest& r) { r.set_phone("\xff"); }},
      {"email", [](v1::FindCasesByPersonRequest& r) { r.set_email(""); }},
      {"email", [](v1::FindCasesByPersonRequest& r) { r.set_email(std::string(255, 'a')); }},
      {"customer_number", [](v1::FindCasesByPersonRequest& r) { r.set_customer_number("\n"); }},
      {"page_size", [](v1::FindCasesByPersonRequest& r) { r.set_page_size(501); }},
      {"page_token", [](v1::FindCasesByPersonRequest& r) { r.set_page_token("1"); }},
      {"page_token", [](v1::FindCasesByPersonRequest& r) { r.set_page_token("1-2-junk"); }},
  };
  for (const auto& [field, change] : kFinds) {
    v1::FindCasesByPersonRequest request;
    request.set_tenant("utility");
    request.set_phone("0912345678");
    change(request);
    EXPECT_EQ(field_of(find(request)), field) << request.ShortDebugString();
  }
  auto entries = on<v1::ListCaseHistoryRequest>(number);
  entries.set_page_size(1001);
  EXPECT_EQ(field_of(history(entries)), "page_size");
  entries.set_page_size(0);
  entries.set_page_token("1-1");
  EXPECT_EQ(field_of(history(entries)), "page_token");
}

}  // namespace
}  // namespace casewheel::api
