#include "flows/sweep/sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <set>
#include <sstream>

#include "flows/sweep/command.h"
#include "flows/sweep/expression.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/nearest_name.h"
#include "generator/base/quote.h"
#include "generator/base/toml_reader.h"
#include "generator/spec/keys.h"

namespace cimforge::sweep {
namespace {

constexpr std::size_t most_values = 1'000'000;  // of one axis

std::vector<std::string> key_paths() {
  std::vector<std::string> paths;
  for (const spec::Key& key : spec::keys()) paths.push_back(key.path());
  return paths;
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && name.size() <= 60 && (name.front() < '0' || name.front() > '9') &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

std::optional<Value> value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return Value(text->get());
  if (const auto* number = node.as_integer()) return Value(number->get());
  if (const auto* number = node.as_floating_point()) return Value(number->get());
  if (const auto* flag = node.as_boolean()) return Value(flag->get());
  return std::nullopt;
}

class Reader : base::TomlReader {
 public:
  explicit Reader(const std::filesystem::path& file) : TomlReader(file.string()), path_(file) {}

  ReadResult read(std::string_view text) {
    Sweep sweep;
    sweep.file = path_;
    if (const auto root = base::parse_toml(text, file_, "sweep", diagnostics_)) {
      read_sweep(*root, sweep);
    }
    base::Diagnostics diagnostics = take_diagnostics();
    if (!diagnostics.empty()) return {std::nullopt, std::move(diagnostics)};
    return {std::move(sweep), {}};
  }

 private:
  void read_sweep(const toml::table& root, Sweep& sweep) {
    check_keys(root,
               {"name", "specification", "invalid", "constraints", "axis", "sample", "command",
                "objective"},
               "in the file");
    sweep.name = text(root.get("name"), "name").value_or(path_.stem().string());
    read_specification(root, sweep);
    if (const auto invalid = text(root.get("invalid"), "invalid")) {
      if (*invalid != "fail" && *invalid != "skip") {
        complain(*root.get("invalid"), "invalid-unknown-value",
                 "invalid must be \"fail\" or \"skip\", got " + base::in_quotes(*invalid));
      }
      sweep.skips_invalid = *invalid == "skip";
    }
    std::set<std::string> names;
    for (const toml::table* table : tables(root.get("axis"), "axis"))
      read_axis(*table, sweep, names);
    read_commands(root, sweep, names);
    read_constraints(root, sweep, names);
    if (const toml::node* node = root.get("sample")) read_sample(*node, sweep);
    for (const toml::table* table : tables(root.get("objective"), "objective"))
      read_objective(*table, sweep);
  }

  void read_specification(const toml::table& root, Sweep& sweep) {
    const toml::node* node = root.get("specification");
    if (node == nullptr) {
      complain("missing-key",
               "missing key 'specification': the file, or the table, that the axes change");
    } else if (const toml::table* table = node->as_table()) {
      std::ostringstream text;
      text << *table;
      sweep.specification = text.str();
    } else if (const auto* name = node->as_string()) {
      try {
        sweep.specification = base::read_file(path_.parent_path() / name->get(), 1U << 20U);
        static_cast<void>(toml::parse(std::string_view(sweep.specification)));
      } catch (const base::InputError& mistake) {
        complain(*node, "specification-not-read", mistake.what());
      } catch (const toml::parse_error& mistake) {
        complain(*node, "specification-not-read",
                 fmt::format("{}:{}:{}: not TOML: {}", name->get(), mistake.source().begin.line,
                             mistake.source().begin.column,
                             base::on_one_line(mistake.description(), 200)));
      }
    } else {
      complain(*node, "specification-wrong-type",
               "specification must be the name of a file, or a table [specification]");
    }
  }

  /// The names of an axis, each known and given once.
  std::vector<std::string> names_of(const toml::table& table, std::set<std::string>& all) {
    std::vector<std::string> names;
    const toml::node* one = table.get("key");
    const toml::node* several = table.get("keys");
    if ((one == nullptr) == (several == nullptr)) {
      complain(table, "axis-without-key",
               "an axis has either key, a name, or keys, several that change together");
      return names;
    }
    const auto add = [&](const toml::node& node) {
      const auto* text = node.as_string();
      if (text == nullptr) {
        complain(node, "key-wrong-type", "a key is a text such as \"array.rows\"");
        return;
      }
      static const std::vector<std::string> paths = key_paths();
      const std::vector<std::string_view> known(paths.begin(), paths.end());
      const std::string& name = text->get();
      if (std::ranges::find(known, name) == known.end() && !is_variable_name(name)) {
        const auto near = base::nearest_name(name, known);
        complain(node, "key-unknown",
                 fmt::format("{} is no key of a specification{}", base::in_quotes(name),
                             near ? fmt::format("; did you mean '{}'?", *near)
                                  : "; a variable of commands has letters, digits and _"));
      } else if (name == "name") {
        complain(node, "key-unknown", "the name of the macro is the same in all points");
      } else if (!all.insert(name).second) {
        complain(node, "key-repeated", fmt::format("{} has an axis already", name));
      } else {
        names.push_back(name);
      }
    };
    if (one != nullptr) {
      add(*one);
    } else if (const toml::array* array = several->as_array(); array && !array->empty()) {
      for (const toml::node& node : *array) add(node);
    } else {
      complain(*several, "keys-wrong-type", "keys must be an array of names");
    }
    return names;
  }

  void read_axis(const toml::table& table, Sweep& sweep, std::set<std::string>& all) {
    const std::size_t before = mistakes();
    check_keys(table, {"key", "keys", "values", "range"}, "in [[axis]]");
    Axis axis;
    axis.names = names_of(table, all);
    if (mistakes() > before || axis.names.empty()) return;
    const toml::node* values = table.get("values");
    const toml::node* range = table.get("range");
    if ((values == nullptr) == (range == nullptr)) {
      complain(table, "axis-without-values", "an axis has either values or a range");
    } else if (values != nullptr) {
      read_values(*values, axis);
    } else {
      read_range(*range, axis);
    }
    if (mistakes() > before) return;
    sweep.axes.push_back(std::move(axis));
  }

  void read_values(const toml::node& node, Axis& axis) {
    const toml::array* array = node.as_array();
    if (array == nullptr || array->empty()) {
      complain(node, "axis-without-values",
               fmt::format("the axis {} has no values: values must be an array with one at least",
                           fmt::join(axis.names, ", ")));
      return;
    }
    std::set<std::string> seen;
    for (const toml::node& element : *array) {
      std::vector<Value> row;
      if (axis.names.size() == 1) {
        if (auto value = value_of(element)) row.push_back(std::move(*value));
      } else if (const toml::array* inner = element.as_array()) {
        for (const toml::node& each : *inner) {
          if (auto value = value_of(each)) row.push_back(std::move(*value));
        }
      }
      if (row.size() != axis.names.size()) {
        complain(element, "values-wrong-type",
                 axis.names.size() == 1 ? "a value is an integer, a float, a boolean or a text"
                                        : fmt::format("a value of {} keys is an array of {} values",
                                                      axis.names.size(), axis.names.size()));
        continue;
      }
      std::string text;
      for (const Value& value : row) text += fmt::format("{}:{}\n", value.index(), to_text(value));
      if (!seen.insert(text).second) {
        complain(element, "values-repeated", "this value is in the axis already");
        continue;
      }
      axis.values.push_back(std::move(row));
    }
  }

  void read_range(const toml::node& node, Axis& axis) {
    const toml::table* table = node.as_table();
    if (table == nullptr || axis.names.size() != 1) {
      complain(node, "range-wrong-type",
               "a range is { first = 8, last = 64, step = 8 }, or factor in place of step, of one "
               "key");
      return;
    }
    check_keys(*table, {"first", "last", "step", "factor"}, "in a range");
    const toml::node* first = table->get("first");
    const toml::node* last = table->get("last");
    const toml::node* step = table->get("step");
    const toml::node* factor = table->get("factor");
    const auto is_number = [](const toml::node* each) {
      return each == nullptr || (each->is_number() && std::isfinite(*each->value<double>()));
    };
    if (first == nullptr || last == nullptr || (step != nullptr && factor != nullptr) ||
        !is_number(first) || !is_number(last) || !is_number(step) || !is_number(factor)) {
      complain(node, "range-wrong-type",
               "a range has the numbers first and last, and step or factor (else a step of 1)");
      return;
    }
    const bool integers = first->is_integer() && (step == nullptr || step->is_integer()) &&
                          (factor == nullptr || factor->is_integer());
    const double from = *first->value<double>();
    const double to = *last->value<double>();
    const double by = step != nullptr ? *step->value<double>() : 1.0;
    const double times = factor != nullptr ? *factor->value<double>() : 0.0;
    const bool goes_up = factor != nullptr ? times > 1.0 && from > 0.0 : by > 0.0;
    if (!goes_up) {
      complain(node, "range-out-of-range",
               "a step is more than 0; a factor is more than 1, and first then more than 0");
      return;
    }
    // A step of 0.1 has no exact value: the last one counts within a millionth of a step.
    const double slack = factor != nullptr ? to * 1e-9 : by * 1e-6;
    for (std::size_t i = 0;; ++i) {
      const double value = factor != nullptr ? from * std::pow(times, static_cast<double>(i))
                                             : from + by * static_cast<double>(i);
      if (value > to + slack) break;
      if (i == most_values) {
        complain(node, "range-out-of-range",
                 fmt::format("a range has at most {} values", most_values));
        return;
      }
      axis.values.push_back({integers ? Value(std::llround(value)) : Value(value)});
    }
    if (axis.values.empty()) {
      complain(node, "axis-without-values",
               fmt::format("the axis {} has no values: last is less than first", axis.names[0]));
    }
  }

  void read_commands(const toml::table& root, Sweep& sweep, const std::set<std::string>& names) {
    std::set<std::string> used;
    const std::vector<const toml::table*> all = tables(root.get("command"), "command");
    if (all.empty() && root.get("command") == nullptr) {
      complain("missing-key", "a sweep has commands: [[command]] with run = \"check\"");
    }
    for (const toml::table* table : all) {
      check_keys(*table, {"name", "run", "time_limit"}, "in [[command]]");
      Command command;
      const auto run = text(table->get("run"), "run");
      if (!run) {
        if (table->get("run") == nullptr) {
          complain(*table, "missing-key", "missing key 'run' in [[command]]: \"verify\"");
        }
        continue;
      }
      const toml::node& place = *table->get("run");
      try {
        command.words = split_words(*run);
        check_words(command.words, names, used);
      } catch (const base::InputError& mistake) {
        complain(place, "run-wrong", mistake.what());
        continue;
      }
      command.name = text(table->get("name"), "name").value_or(command.words.front());
      if (!is_variable_name(command.name)) {
        complain(place, "name-wrong", "the name of a command has letters, digits and _");
      }
      if (std::ranges::any_of(sweep.commands,
                              [&](const Command& each) { return each.name == command.name; })) {
        complain(place, "name-repeated",
                 fmt::format("two commands have the name {}: give one of them another by name = ",
                             command.name));
      }
      if (const auto limit = integer(table->get("time_limit"), "time_limit", 1, 30 * 86400)) {
        command.time_limit = std::chrono::seconds(*limit);
      }
      sweep.commands.push_back(std::move(command));
    }
    static const std::vector<std::string> paths = key_paths();
    for (const std::string& name : names) {
      if (std::ranges::find(paths, name) == paths.end() && !used.contains(name)) {
        complain("variable-not-used",
                 fmt::format("{0} is no key of a specification, and no command has {{{0}}}", name));
      }
    }
  }

  void read_constraints(const toml::table& root, Sweep& sweep, const std::set<std::string>& names) {
    const toml::node* node = root.get("constraints");
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) {
      complain(*node, "constraints-wrong-type",
               "constraints must be an array of texts such as \"array.rows <= 64\"");
      return;
    }
    for (const toml::node& each : *array) {
      const auto* text = each.as_string();
      if (text == nullptr) {
        complain(each, "constraints-wrong-type", "a constraint is a text");
        continue;
      }
      try {
        const Expression expression(text->get());
        static const std::vector<std::string> paths = key_paths();
        for (const std::string& name : expression.names()) {
          const std::string key = key_of_name(name);
          if (names.contains(key) || std::ranges::find(paths, key) != paths.end()) continue;
          const std::vector<std::string_view> known(paths.begin(), paths.end());
          const auto near = base::nearest_name(name, known);
          throw base::InputError(
              fmt::format("{} is neither a key of a specification nor an axis{}", name,
                          near ? fmt::format("; did you mean '{}'?", *near) : ""));
        }
        sweep.constraints.push_back(text->get());
      } catch (const base::InputError& mistake) {
        complain(each, "constraint-wrong", mistake.what());
      }
    }
  }

  void read_sample(const toml::node& node, Sweep& sweep) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      complain(node, "sample-wrong-type", "sample must be a table, [sample]");
      return;
    }
    check_keys(*table, {"count", "seed"}, "in [sample]");
    Sample sample;
    if (table->get("count") == nullptr) {
      complain(node, "missing-key", "missing key 'count' in [sample]: how many points are drawn");
    }
    sample.count =
        static_cast<std::size_t>(integer(table->get("count"), "count", 1, 100'000'000).value_or(1));
    sample.seed =
        static_cast<std::uint64_t>(integer(table->get("seed"), "seed", 0, INT64_MAX).value_or(1));
    sweep.sample = sample;
  }

  void read_objective(const toml::table& table, Sweep& sweep) {
    check_keys(table, {"least", "most"}, "in [[objective]]");
    const bool most = table.get("most") != nullptr;
    if (most == (table.get("least") != nullptr)) {
      complain(table, "objective-without-figure",
               "an objective has either least or most: least = \"ppa.area_um2\"");
      return;
    }
    const auto figure = text(table.get(most ? "most" : "least"), most ? "most" : "least");
    if (!figure) return;
    try {
      const Expression expression(*figure);
      for (const std::string& name : expression.names()) {
        const std::string head = name.substr(0, name.find('.'));
        const bool is_command = std::ranges::any_of(
            sweep.commands, [&](const Command& each) { return each.name == head; });
        static const std::vector<std::string> paths = key_paths();
        const bool is_key = std::ranges::find(paths, key_of_name(name)) != paths.end();
        const bool is_axis = std::ranges::any_of(sweep.axes, [&](const Axis& axis) {
          return std::ranges::find(axis.names, name) != axis.names.end();
        });
        if (!is_command && !is_key && !is_axis) {
          throw base::InputError(fmt::format(
              "{} is no figure of a command, key or axis: a figure begins with the name of its "
              "command",
              name));
        }
      }
      sweep.objectives.push_back({*figure, most});
    } catch (const base::InputError& mistake) {
      complain(*table.get(most ? "most" : "least"), "objective-wrong", mistake.what());
    }
  }

  std::filesystem::path path_;
};

}  // namespace

std::string to_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return fmt::format("{}", std::get<std::int64_t>(value));
}

ReadResult read(std::string_view text, const std::filesystem::path& file) {
  return Reader(file).read(text);
}

Sweep load(const std::filesystem::path& file) {
  ReadResult result = read(base::read_file(file, std::size_t{16} << 20U), file);
  if (!result.sweep) throw base::InputError(base::to_string(result.diagnostics));
  return std::move(*result.sweep);
}

}  // namespace cimforge::sweep
