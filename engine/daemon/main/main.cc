// casewheeld: see daemon.h.
#include "engine/daemon/daemon.h"

int main(int argc, char** argv) {
  casewheel::daemon::Options options;
  int exit_code = 0;
  if (casewheel::daemon::parse_options(argc, argv, &options, &exit_code) ==
      casewheel::daemon::Parsed::kExit) {
    return exit_code;
  }
  return casewheel::daemon::run(options, [argc, argv](casewheel::daemon::Options* again) {
    return casewheel::daemon::read_options_again(argc, argv, again);
  });
}
