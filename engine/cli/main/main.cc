// The executable `casewheel`: hands the process's arguments and streams to the command line.
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

#include "engine/cli/command_line.h"

int main(int count, char** arguments) {
  // Data directories, backups, exports, lists of errors: what it writes holds personal data.
  ::umask(0077);
  // Questions go to the error stream, answers come by the input: both must be a terminal.
  std::istream* people =
      isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 ? &std::cin : nullptr;
  return casewheel::cli::run_command_line(count, arguments, std::cout, std::cerr,
                                          isatty(STDERR_FILENO) == 1, people);
}
