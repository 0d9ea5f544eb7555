// sla: the deadline arithmetic by itself, from standard input to the output, without an engine.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <iostream>

#include "engine/cli/command_line.h"
#include "engine/cli/sla/calculator.h"

namespace casewheel::cli {
namespace {

void add_calculation(CLI::App& sla, CommandLine& line, const char* name, const char* description,
                     SlaCalculator::Answer answer) {
  auto* command = sla.add_subcommand(name, description);
  command->add_flag("--jsonl")
      ->description("逐行 JSON one JSON object a line, in and out (engine/cli/README.md)")
      ->required();
  command->callback([&line, answer] {
    line.offline = true;
    line.command = [answer](Session& session) {
      SlaCalculator calculator;
      calculator.run(answer, std::cin, session.output().out());
      if (calculator.mistakes() == 0) return kExitOk;
      session.output().err() << calculator.mistakes()
                             << " 行有誤 lines were answered with an error\n";
      return kExitRefused;
    };
  });
}

}  // namespace

void add_sla_commands(CLI::App& app, CommandLine& line) {
  auto* sla =
      app.add_subcommand("sla", "時效試算 deadline arithmetic by itself, without an engine");
  sla->require_subcommand(1);
  add_calculation(*sla, line, "due", "期限 from a start and an amount to the due instant",
                  &SlaCalculator::due);
  add_calculation(*sla, line, "elapsed", "經過工時 working time between two instants",
                  &SlaCalculator::elapsed);
}

}  // namespace casewheel::cli
