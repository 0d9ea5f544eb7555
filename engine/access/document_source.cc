#include "engine/access/document_source.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>

namespace casewheel::access {
namespace {

constexpr std::size_t kUrlBytesMax = 2048;

struct CurlDeleter {
  void operator()(CURL* p) const { curl_easy_cleanup(p); }
  void operator()(CURLU* p) const { curl_url_cleanup(p); }
  void operator()(curl_slist* p) const { curl_slist_free_all(p); }
};
using CurlHandle = std::unique_ptr<CURL, CurlDeleter>;

// What decides whether a redirect stays at home, parsed by the library that will connect: two parsers
// that disagree about a host are an old way round such a check.
struct ProviderUrl {
  std::string scheme;
  std::string host;
  std::string port;
  bool has_user = false;
  bool has_fragment = false;

  bool same_origin(const ProviderUrl& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

// Nothing (an empty scheme) when it is no URL.
ProviderUrl parse_provider_url(const std::string& text) {
  const std::unique_ptr<CURLU, CurlDeleter> url(curl_url());
  if (!url || text.size() > kUrlBytesMax ||
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    return {};
  ProviderUrl parsed;
  parsed.scheme = url_part(url.get(), CURLUPART_SCHEME);
  parsed.host = url_part(url.get(), CURLUPART_HOST);
  std::transform(parsed.host.begin(), parsed.host.end(), parsed.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  parsed.port = url_part(url.get(), CURLUPART_PORT);
  parsed.has_user = !url_part(url.get(), CURLUPART_USER).empty() ||
                    !url_part(url.get(), CURLUPART_PASSWORD).empty();
  parsed.has_fragment = !url_part(url.get(), CURLUPART_FRAGMENT).empty();
  return parsed;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;  // libcurl asks no DNS for "localhost"
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

Status refused_url(std::string why) { return {Status::Code::kInvalid, std::move(why)}; }

Status check_parsed_url(const ProviderUrl& url) {
  if (url.scheme.empty() || url.host.empty()) return refused_url("not a URL");
  if (url.scheme != "https" && !(url.scheme == "http" && is_loopback(url.host)))
    return refused_url("neither https nor http to a loopback address");
  if (url.has_user) return refused_url("has a user or password");
  if (url.has_fragment) return refused_url("has a fragment");
  return Status::ok();
}

std::int64_t steady_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class HttpsSource final : public DocumentSource {
 public:
  explicit HttpsSource(DocumentLimits limits)
      : limits_(std::move(limits)), curl_(curl_easy_init()) {}

  boost::system::result<std::string, Status> get(const std::string& url) override {
    const std::int64_t until = steady_now_ms() + limits_.total_ms_max;
    std::string here = url;
    for (int redirects = 0;; ++redirects) {
      const ProviderUrl parsed = parse_provider_url(here);
      if (Status allowed = check_parsed_url(parsed); !allowed)
        return Status(allowed.code(), url + ": " + allowed.message());
      std::string body;
      const CURLcode code = fetch(here, parsed, until - steady_now_ms(), &body);
      if (too_long_) return failed(url, "the document is too long");
      if (code != CURLE_OK) return failed(url, curl_easy_strerror(code));
      long answer = 0;
      curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &answer);
      if (answer == 200) return body;
      const char* next = nullptr;
      curl_easy_getinfo(curl_.get(), CURLINFO_REDIRECT_URL, &next);
      if (answer < 300 || answer > 399 || next == nullptr)
        return failed(url, "answered " + std::to_string(answer));
      if (redirects == limits_.redirects_max) return failed(url, "too many redirects");
      here = next;
      if (!parse_provider_url(here).same_origin(parsed))
        return failed(url, "redirects to another host");
    }
  }

  void stop() override { stopping_.store(true); }

 private:
  static boost::system::result<std::string, Status> failed(const std::string& url,
                                                           const std::string& why) {
    return Status(Status::Code::kIoError, url + ": " + why);
  }

  // One request, without following redirects.
  CURLcode fetch(const std::string& url, const ProviderUrl& parsed, DurationMs left_ms,
                 std::string* body) {
    too_long_ = false;
    if (!curl_) return CURLE_OUT_OF_MEMORY;
    if (left_ms <= 0) return CURLE_OPERATION_TIMEDOUT;
    if (stopping_.load()) return CURLE_ABORTED_BY_CALLBACK;
    CURL* curl = curl_.get();
    curl_easy_reset(curl);  // keeps connections
    body_ = body;
    const std::unique_ptr<curl_slist, CurlDeleter> headers(
        curl_slist_append(nullptr, "Accept: application/json, application/jwk-set+json"));
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, parsed.scheme.c_str());
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "casewheel");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // other threads have their own use for signals
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(left_ms));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::min(left_ms, limits_.connect_ms_max)));
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!limits_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, limits_.ca_file.c_str());
    if (is_loopback(parsed.host)) curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &HttpsSource::take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &HttpsSource::look_up);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
    return curl_easy_perform(curl);
  }

  static std::size_t take(char* bytes, std::size_t, std::size_t size, void* self) {
    auto* source = static_cast<HttpsSource*>(self);
    if (size > source->limits_.bytes_max - source->body_->size()) {
      source->too_long_ = true;
      return 0;
    }
    source->body_->append(bytes, size);
    return size;
  }

  // libcurl calls this about once a second, more often while bytes arrive.
  static int look_up(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<HttpsSource*>(self)->stopping_.load() ? 1 : 0;
  }

  const DocumentLimits limits_;
  const CurlHandle curl_;
  std::string* body_ = nullptr;
  bool too_long_ = false;
  std::atomic<bool> stopping_ = false;
};

}  // namespace

std::unique_ptr<DocumentSource> make_https_source(DocumentLimits limits) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return std::make_unique<HttpsSource>(std::move(limits));
}

Status check_provider_url(const std::string& url) {
  return check_parsed_url(parse_provider_url(url));
}

}  // namespace casewheel::access
