#include "engine/cli/import/import_run.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>
#include <sstream>
#include <string_view>

#include "engine/base/charset.h"
#include "engine/cli/import/account.h"
#include "engine/cli/import/preflight.h"
#include "engine/cli/times.h"
#include "engine/tables/csv.h"
#include "engine/tables/json_lines.h"

namespace casewheel::cli {
namespace {

constexpr std::size_t kMapBytesMax = 1024 * 1024;

// What the files say, before the engine is asked.
struct Prepared {
  ImportMap map;
  ImportPlan plan;
  std::string source;
};

// How the table is read: from the file itself, or, where it is UTF-16, from `converted`.
struct Source {
  std::istringstream converted;
  bool is_converted = false;
  bool for_spreadsheet = false;  // it has a mark, or text that one would misread without
  Charset charset = Charset::kUtf8;
};

void look_at(std::ifstream& file, Source* source) {
  file.clear();
  file.seekg(0);
  std::string piece(64 * 1024, '\0');
  CharsetGuess guess;
  bool first = true;
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())), file.gcount() > 0) {
    const std::string_view read(piece.data(), static_cast<std::size_t>(file.gcount()));
    if (first) source->is_converted = read.starts_with("\xff\xfe") || read.starts_with("\xfe\xff");
    first = false;
    if (std::any_of(read.begin(), read.end(),
                    [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
      source->for_spreadsheet = true;
    if (source->is_converted) break;
    guess.add(read);
  }
  source->charset = guess.charset();
  file.clear();
  file.seekg(0);
  if (!source->is_converted) return;
  SavedText saved = as_saved({std::istreambuf_iterator<char>(file), {}});
  source->converted.str(std::move(saved.text));
  source->charset = saved.charset;
}

// The mistake, or empty.
std::string prepare(const ImportOptions& options, RowErrors& errors, RowWarnings& warnings,
                    Prepared* prepared) {
  std::ifstream map_stream(options.map_file, std::ios::binary);
  if (!map_stream) return "cannot read " + options.map_file;
  const std::string map_text(std::istreambuf_iterator<char>(map_stream), {});
  if (map_text.size() > kMapBytesMax) return options.map_file + " is larger than 1 MiB";
  std::string mistake = parse_import_map(map_text, &prepared->map);
  if (!mistake.empty()) return options.map_file + ": " + mistake;
  if (options.compare && !prepared->map.compare)
    return options.map_file + ": --compare needs a compare section";

  std::ifstream file(options.file, std::ios::binary);
  if (!file) return "cannot read " + options.file;
  prepared->source = prepared->map.source + "-" + plan_fingerprint(file, map_text, options.limit);
  Source source;
  look_at(file, &source);
  mistake = errors.open(options.errors_file, source.for_spreadsheet);
  if (mistake.empty()) mistake = warnings.open(options.warnings_file);
  if (!mistake.empty()) return options.file + ": " + mistake;
  std::istream& table = source.is_converted ? static_cast<std::istream&>(source.converted) : file;
  std::unique_ptr<tables::RowReader> reader;
  if (options.file.ends_with(".jsonl") || options.file.ends_with(".ndjson")) {
    reader = std::make_unique<tables::JsonLinesReader>(table, source.charset);
  } else {
    reader = std::make_unique<tables::CsvReader>(table, tables::CsvLimits{}, source.charset);
  }
  mistake = plan_import(*reader, prepared->map, options.limit, errors, warnings, &prepared->plan);
  return mistake.empty() ? "" : options.file + ": " + mistake;
}

// Asks the engine for the tenant's catalogue. `mistake` is what the map has wrong.
grpc::Status check_catalogue(Session& session, const ImportMap& map, std::string* mistake) {
  v1::GetCatalogueRequest request;
  request.set_tenant(map.tenant);
  v1::GetCatalogueResponse response;
  const grpc::Status status = session.call(
      session.catalogue(), &v1::CatalogueService::Stub::GetCatalogue, request, &response);
  CatalogueNames names;
  // A catalogue this build cannot read is no reason to stop: the engine checks every row itself.
  if (status.ok() && read_catalogue_names(response.yaml(), map.tenant, &names))
    *mistake = check_named(map, names);
  return status;
}

}  // namespace

int run_import(Session& session, const ImportOptions& options) {
  const Output& output = session.output();
  const auto began = std::chrono::steady_clock::now();
  RowErrors errors;
  RowWarnings warnings;
  Prepared prepared;
  std::string mistake = prepare(options, errors, warnings, &prepared);
  if (!mistake.empty()) return session.refuse(mistake);

  grpc::Status status = check_catalogue(session, prepared.map, &mistake);
  if (!status.ok()) return session.fail(status);
  if (!mistake.empty()) return session.refuse(options.map_file + ": " + mistake);
  v1::ClockInfo clock;
  status = session.call(session.admin(), &v1::Admin::Stub::GetClock, v1::GetClockRequest(), &clock);
  if (!status.ok()) return session.fail(status);

  ImportAccount account;
  account.source = prepared.source;
  account.virtual_clock = clock.is_virtual();
  account.rows = prepared.plan.rows.size();
  account.events = prepared.plan.events.size();
  account.unreadable = prepared.plan.unreadable;
  account.unread_lines = prepared.plan.unread_lines;
  account.adjusted = prepared.plan.adjusted;

  Feed feed(session, prepared.plan,
            {prepared.map.tenant, prepared.source, options.resume, clock.is_virtual(),
             to_ms(clock.now())},
            errors, warnings);
  {
    Progress progress(output, "匯入 importing");
    status = feed.run(progress);
  }
  int code = kExitOk;
  if (!status.ok()) {
    code = session.fail(status);
    output.err() << "casewheel: 匯入中斷，可加 --resume 接續 the import broke off; run it again "
                    "with --resume\n";
  } else if (options.compare) {
    Progress progress(output, "比對 comparing");
    account.comparison.emplace();
    status = compare_with_table(session, prepared.plan, feed.case_numbers(), progress,
                                &*account.comparison);
    if (!status.ok()) {
      account.comparison.reset();
      code = session.fail(status);
    }
  }
  account.feed = feed.counts();
  account.engine_now_ms = feed.engine_now_ms();
  account.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (!errors.finish())
    output.err() << "casewheel: could not write all of " << options.errors_file << "\n";
  if (mistake = warnings.finish(); !mistake.empty())
    output.err() << "casewheel: --warnings: " << mistake << "\n";
  print_account(account, {errors, warnings, options.errors_file, options.warnings_file}, output);
  if (code != kExitOk) return code;
  if (account.comparison && account.comparison->closed_disagree > 0) return kExitDisagreed;
  return all_taken(account) ? kExitOk : kExitRefused;
}

}  // namespace casewheel::cli
