// import: a table of somebody else's cases, by a map.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <memory>

#include "engine/cli/command_line.h"
#include "engine/cli/import/import_run.h"

namespace casewheel::cli {

void add_import_command(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<ImportOptions>();
  auto* command = app.add_subcommand("import",
                                     "匯入 lodge and close the cases of a CSV or JSON Lines file; "
                                     "the same file twice makes nothing new");
  command->add_option("file", options->file, "CSV (UTF-8, UTF-16 or Big5) or JSON Lines (.jsonl)")
      ->required();
  command
      ->add_option("--map", options->map_file,
                   "對照表 how columns become cases, YAML (engine/cli/README.md)")
      ->required();
  command->add_option("--errors", options->errors_file,
                      "錯誤清單 write every row that was not taken to this CSV");
  command->add_option("--warnings", options->warnings_file,
                      "注意事項 write every row to look at, such as spoiled numbers, to this CSV");
  command->add_option("--limit", options->limit, "至多幾列 only the first so many rows");
  command->add_flag("--compare", options->compare,
                    "比對 hold the engine's verdicts against the table's; exit code 4 when a "
                    "closed row disagrees");
  command->add_flag("--resume", options->resume,
                    "接續 begin behind what a run that broke off had answered");
  command->callback([&line, options] {
    line.command = [options](Session& session) { return run_import(session, *options); };
  });
}

}  // namespace casewheel::cli
