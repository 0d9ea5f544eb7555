// A main for fuzz targets without libFuzzer: feeds each seed of a directory, then fixed mutations of
// the seeds, so that every build (also under the sanitizers) exercises the parsers. Deterministic;
// CASEWHEEL_SEED gives other mutations. A crash leaves the input in crash.bin.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kInputBytesMax = 4096;
std::string current;

void feed(const std::string& input) {
  current = input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

void keep_input(int signal) {
  if (std::FILE* file = std::fopen("crash.bin", "wb")) {
    std::fwrite(current.data(), 1, current.size(), file);
    std::fclose(file);
  }
  std::fprintf(stderr, "the input of %zu bytes is in crash.bin\n", current.size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::string mutate(const std::vector<std::string>& seeds) {
    std::string text = seeds[below(seeds.size())];
    for (std::size_t turns = 1 + below(6); turns > 0; --turns) step(seeds, &text);
    if (text.size() > kInputBytesMax) text.resize(kInputBytesMax);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) {
    return limit == 0 ? 0 : static_cast<std::size_t>(random_() % limit);
  }

  void step(const std::vector<std::string>& seeds, std::string* text) {
    static const std::string kTelling[] = {std::string(1, '\0'),
                                           "\xff",
                                           "\"",
                                           "-",
                                           ":",
                                           "\r\n",
                                           "\xe4\xb8\xad",
                                           "\xf0\x9f\x98\x80",
                                           "\x80",
                                           "\xe2\x80\xae",
                                           "\xcc\x81",
                                           std::string(9, '9'),
                                           "\x7f",
                                           "{",
                                           "[",
                                           "\xff\xff\xff\xff\x0f"};
    const std::size_t at = below(text->size() + 1);
    switch (below(7)) {
      case 0:
        if (at < text->size()) (*text)[at] = static_cast<char>((*text)[at] ^ (1 << below(8)));
        break;
      case 1:
        if (at < text->size()) (*text)[at] = static_cast<char>(random_());
        break;
      case 2:
        text->insert(at, kTelling[below(std::size(kTelling))]);
        break;
      case 3:
        text->erase(at, 1 + below(8));
        break;
      case 4:
        text->insert(at, text->substr(below(text->size() + 1), 1 + below(32)));
        break;
      case 5: {  // the front of one, the back of another
        const std::string& other = seeds[below(seeds.size())];
        *text = text->substr(0, at) + other.substr(below(other.size() + 1));
        break;
      }
      default:
        text->resize(at);
        break;
    }
  }

  std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s <directory of seeds> <number of mutations>\n", argv[0]);
    return 2;
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS}) std::signal(signal, keep_input);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "no seeds in %s\n", argv[1]);
    return 1;
  }
  feed({});
  for (const std::string& seed : seeds) feed(seed);
  const char* chosen = std::getenv("CASEWHEEL_SEED");
  const std::uint64_t seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 1;
  Mutator mutator(seed);
  const long mutations = std::strtol(argv[2], nullptr, 10);
  for (long i = 0; i < mutations; ++i) feed(mutator.mutate(seeds));
  std::printf("%zu seeds and %ld mutations, CASEWHEEL_SEED=%llu\n", seeds.size(), mutations,
              static_cast<unsigned long long>(seed));
  return 0;
}
