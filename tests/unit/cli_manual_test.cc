// Completion and man pages are made of the parser itself: what it knows, they know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "engine/cli/command_line.h"
#include "engine/cli/failure.h"

namespace casewheel::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string out_of(std::vector<const char*> arguments, int code = kExitOk) {
  arguments.insert(arguments.begin(), "casewheel");
  std::ostringstream out, err;
  EXPECT_EQ(run_command_line(static_cast<int>(arguments.size()), arguments.data(), out, err, false),
            code)
      << err.str();
  return out.str();
}

TEST(Manual, PagesHaveEveryOptionAndWhatRoffTakesLiterally) {
  const std::string page = out_of({"man", "lodge"});
  EXPECT_THAT(page, HasSubstr(".TH CASEWHEEL\\-LODGE 1"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-attribute\\fR \\fIATTRIBUTE\\fR"));
  EXPECT_THAT(page, HasSubstr("hotline, counter, app"));
  EXPECT_THAT(page, HasSubstr("[CASEWHEEL_TENANT]"));
  const std::string calls = out_of({"man", "calls"});
  EXPECT_THAT(calls, HasSubstr(".SS casewheel calls wrap\\-up"));
  const std::string whole = out_of({"man"});
  EXPECT_THAT(whole, HasSubstr(".BR casewheel\\-lodge (1)"));
  EXPECT_THAT(whole, Not(HasSubstr("casewheel\\-completion"))) << "hidden";
  out_of({"man", "nothing"}, kExitUsage);
  out_of({"completion", "fish"}, kExitUsage);
}

TEST(Manual, CompletionsKnowCommandsOptionsAndTheirWords) {
  for (const char* shell : {"bash", "zsh"}) {
    const std::string script = out_of({"completion", shell});
    EXPECT_THAT(script, HasSubstr("'calls') printf '%s' 'list show watch"));
    EXPECT_THAT(script, HasSubstr("'lodge --channel') printf '%s' 'hotline counter"));
    EXPECT_THAT(script, Not(HasSubstr("completion man'"))) << "hidden";
  }
}

}  // namespace
}  // namespace casewheel::cli
