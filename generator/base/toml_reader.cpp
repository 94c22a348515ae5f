#include "generator/base/toml_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "generator/base/nearest_name.h"
#include "generator/base/quote.h"

namespace cimforge::base {
namespace {

constexpr std::size_t most_bytes = std::size_t{4} << 20U;
/// toml++ reads and frees nested tables and arrays by recursion.
constexpr int most_depth = 1000;

/// The deepest nesting of brackets, or of the names of a dotted key, that a text may have.
int depth(std::string_view text) {
  int brackets = 0;
  int dots = 0;
  int most = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') {
      most = std::max(most, ++brackets);
    } else if (c == ']' || c == '}') {
      --brackets;
    } else if (c == '.') {
      most = std::max(most, ++dots);
      continue;
    }
    // A dotted key may have blanks; numbers with a point are one a value.
    if (std::string_view("[]{}=,\n").find(c) != std::string_view::npos) dots = 0;
  }
  return most;
}

SourceLocation place(const std::string& file, const toml::source_position& at) {
  return {file, static_cast<int>(at.line), static_cast<int>(at.column)};
}

}  // namespace

std::optional<toml::table> parse_toml(std::string_view text, const std::string& file,
                                      std::string_view what, Diagnostics& diagnostics) {
  if (text.size() > most_bytes || depth(text) > most_depth) {
    diagnostics.push_back(
        {"too-long", {file, 0, 0}, fmt::format("too long or too deeply nested for a {}", what)});
    return std::nullopt;
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    const auto line = std::ranges::count(text.substr(0, zero), '\n') + 1;
    diagnostics.push_back({"not-text",
                           {file, static_cast<int>(line), 1},
                           "not text in UTF-8: there is a zero byte in this line"});
    return std::nullopt;
  }
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    diagnostics.push_back({"toml-syntax", place(file, error.source().begin),
                           fmt::format("not TOML: {}", on_one_line(error.description(), 200))});
    return std::nullopt;
  }
}

std::string described(const toml::node& node) {
  if (const auto* value = node.as_string()) return "the string " + in_quotes(value->get());
  if (const auto* value = node.as_integer()) return fmt::format("the integer {}", value->get());
  if (const auto* value = node.as_floating_point()) {
    return fmt::format("the float {}", value->get());
  }
  if (const auto* value = node.as_boolean()) return fmt::format("the boolean {}", value->get());
  if (const auto* array = node.as_array()) {
    return array->is_array_of_tables() ? "an array of tables" : "an array";
  }
  if (node.is_table()) return "a table";
  return node.is_time() ? "a time" : node.is_date() ? "a date" : "a date and time";
}

void TomlReader::complain(const toml::source_position& at, std::string code, std::string message) {
  diagnostics_.push_back({std::move(code), place(file_, at), std::move(message)});
}

void TomlReader::complain(const toml::node& node, std::string code, std::string message) {
  complain(node.source().begin, std::move(code), std::move(message));
}

void TomlReader::complain(std::string code, std::string message) {
  diagnostics_.push_back({std::move(code), {file_, 0, 0}, std::move(message)});
}

void TomlReader::check_keys(const toml::table& table, Names known, std::string_view where) {
  for (const auto& [key, node] : table) {
    if (std::ranges::find(known, key.str()) != known.end()) continue;
    const auto near = nearest_name(key.str(), known);
    complain(key.source().begin, "unknown-key",
             fmt::format("unknown key '{}' {}; {}", on_one_line(key.str()), where,
                         near ? fmt::format("did you mean '{}'?", *near)
                              : fmt::format("there are {}", fmt::join(known, ", "))));
  }
}

void TomlReader::wrong_type(const toml::node& node, std::string_view key, std::string_view right) {
  complain(node, "wrong-type", fmt::format("{} must be {}, got {}", key, right, described(node)));
}

std::optional<std::string> TomlReader::text(const toml::node* node, std::string_view key) {
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_string();
  constexpr std::size_t longest = 10'000;
  if (value == nullptr || value->get().empty() ||
      on_one_line(value->get(), longest) != value->get()) {
    wrong_type(*node, key, "a text of one line, not empty");
    return std::nullopt;
  }
  return value->get();
}

std::optional<std::int64_t> TomlReader::integer(const toml::node* node, std::string_view key,
                                                std::int64_t least, std::int64_t greatest) {
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_integer();
  if (value == nullptr) {
    wrong_type(*node, key, "an integer");
  } else if (value->get() < least || value->get() > greatest) {
    complain(
        *node, "out-of-range",
        fmt::format("{} must be between {} and {}, got {}", key, least, greatest, value->get()));
  } else {
    return value->get();
  }
  return std::nullopt;
}

std::optional<double> TomlReader::number(const toml::node* node, std::string_view key, double least,
                                         double greatest) {
  if (node == nullptr) return std::nullopt;
  const std::optional<double> value =
      node->is_number() ? node->value<double>() : std::optional<double>();
  if (!value) {
    wrong_type(*node, key, "a number");
  } else if (!(*value >= least && *value <= greatest)) {
    complain(*node, "out-of-range",
             fmt::format("{} must be between {} and {}, got {}", key, least, greatest, *value));
  } else {
    return value;
  }
  return std::nullopt;
}

std::vector<const toml::table*> TomlReader::tables(const toml::node* node, std::string_view key) {
  std::vector<const toml::table*> result;
  if (node == nullptr) return result;
  const toml::array* array = node->as_array();
  const auto is_table = [](const toml::node& each) { return each.is_table(); };
  if (array == nullptr || !std::ranges::all_of(*array, is_table)) {
    wrong_type(*node, key, fmt::format("tables, [[{}]]", key));
    return result;
  }
  for (const toml::node& each : *array) result.push_back(each.as_table());
  return result;
}

Diagnostics TomlReader::take_diagnostics() {
  sort_by_place(diagnostics_);
  std::set<std::string> told;
  std::erase_if(diagnostics_,
                [&](const Diagnostic& each) { return !told.insert(to_string(each)).second; });
  return std::exchange(diagnostics_, {});
}

}  // namespace cimforge::base
