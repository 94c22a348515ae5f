#include "flows/sweep/command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "generator/base/exit_status.h"
#include "generator/base/nearest_name.h"
#include "generator/base/quote.h"

namespace cimforge::sweep {

using flows::ToolId;

const std::vector<CommandInfo>& command_table() {
  static const std::vector<CommandInfo> table = {
      {"check"},
      {"verify", true, {}, {ToolId::verilator, ToolId::yosys, ToolId::abc}, true},
      {"prove", false, {}, {ToolId::yosys, ToolId::abc}},
      {"ppa", false, {}, {ToolId::yosys, ToolId::abc, ToolId::sta}},
      {"run", false, "--spec", {ToolId::verilator}, true},
      {"study", true, "--spec"},
      {"faults", true, {}, {ToolId::verilator, ToolId::yosys, ToolId::abc}, true},
      {"scan", false, {}, {ToolId::yosys}},
  };
  return table;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        words.back() += c;
      }
    } else if (c == ' ' || c == '\t' || c == '\n') {
      in_word = false;
    } else {
      if (!in_word) words.emplace_back();
      in_word = true;
      if (c == '"' || c == '\'') {
        quote = c;
      } else {
        words.back() += c;
      }
    }
  }
  if (quote != 0) throw base::InputError(fmt::format("a quote {} does not end", quote));
  if (words.empty()) throw base::InputError("a command is missing");
  return words;
}

std::string filled(std::string_view word,
                   const std::function<std::string(const std::string&)>& value) {
  std::string result;
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t open = word.find('{', at);
    result += word.substr(at, open - at);
    if (open == std::string_view::npos) break;
    const std::size_t close = word.find('}', open);
    if (close == std::string_view::npos) {
      throw base::InputError(fmt::format("{} has a {{ without }}", base::in_quotes(word)));
    }
    result += value(std::string(word.substr(open + 1, close - open - 1)));
    at = close + 1;
  }
  return result;
}

void check_words(const std::vector<std::string>& words, const std::set<std::string>& names,
                 std::set<std::string>& used) {
  std::vector<std::string_view> known;
  for (const CommandInfo& each : command_table()) known.push_back(each.name);
  if (std::ranges::find(known, words.front()) == known.end()) {
    const auto near = base::nearest_name(words.front(), known);
    throw base::InputError(fmt::format(
        "{} is no command of a sweep{}; there are {}", base::in_quotes(words.front()),
        near ? fmt::format("; did you mean '{}'?", *near) : "", fmt::join(known, ", ")));
  }
  for (const std::string& word : words) {
    const std::string option = word.substr(0, word.find('='));
    for (const char* own : {"--json", "--spec", "-o", "--output", "--rtl", "--trace"}) {
      if (option == own) {
        throw base::InputError(
            fmt::format("{} is not for a sweep, which sets it or keeps no "
                        "file of it",
                        own));
      }
    }
    static_cast<void>(filled(word, [&](const std::string& name) {
      if (!names.contains(name)) {
        throw base::InputError(fmt::format("{{{}}} has no axis", base::on_one_line(name)));
      }
      used.insert(name);
      return name;
    }));
  }
}

}  // namespace cimforge::sweep
