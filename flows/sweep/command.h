// The commands that a sweep can run on a specification, and their words.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "flows/tools.h"

namespace cimforge::sweep {

struct CommandInfo {
  std::string_view name;
  bool takes_jobs = false;                ///< has --jobs; a point gets one thread
  std::string_view specification = {};    ///< the option that takes it; empty: the first argument
  std::vector<flows::ToolId> tools = {};  ///< whose versions its results depend on
  bool compiles = false;                  ///< and on the C++ compiler
};

/// The commands, in the order of documentation.
const std::vector<CommandInfo>& command_table();

/// Words as a shell splits them: blanks between, quotes around a word with blanks. Throws
/// base::InputError where a quote does not end.
std::vector<std::string> split_words(std::string_view text);

/// Throws base::InputError where the command is none of the table, where it has an option that the
/// sweep sets itself, and where `{name}` is not in `names`; puts the names that it has into `used`.
void check_words(const std::vector<std::string>& words, const std::set<std::string>& names,
                 std::set<std::string>& used);

/// The word with each `{name}` replaced by `value(name)`.
std::string filled(std::string_view word,
                   const std::function<std::string(const std::string&)>& value);

}  // namespace cimforge::sweep
