// The command line that does once more what was typed and answered, for a person to send again. Pure, but
// for the environment.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace casewheel::cli {

// One word as a POSIX shell reads it back; control characters as bash has them.
std::string shell_word(std::string_view text);

// "casewheel --as ts003 lodge --tenant taisugar --subject '漏水'": the options of the command and those it
// shares with all, as typed, without those in `left_out`; then `more`, option and value. What an environment
// variable gave is left to it.
std::string typed_again(const CLI::App& command, const std::set<std::string>& left_out,
                        const std::vector<std::pair<std::string, std::string>>& more);

// Such a line with what it is for, for whoever has answered questions and sees no case come of it. `sent`: it
// goes under the key of the request that was on its way.
std::string kept_text(const std::string& line, bool sent);

}  // namespace casewheel::cli
