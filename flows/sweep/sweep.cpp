#include "flows/sweep/sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <set>
#include <sstream>

#include "flows/sweep/axis_reader.h"
#include "flows/sweep/command.h"
#include "flows/sweep/estimates.h"
#include "flows/sweep/expression.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/nearest_name.h"
#include "generator/base/quote.h"
#include "generator/base/toml_reader.h"
#include "generator/spec/keys.h"

namespace cimforge::sweep {
namespace {

class Reader : AxisReader {
 public:
  explicit Reader(const std::filesystem::path& file) : AxisReader(file) {}

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
                "objective", "estimate"},
               "in the file");
    sweep.name = text(root.get("name"), "name").value_or(name_of_file());
    sweep.specification = read_specification(root);
    if (const auto invalid = text(root.get("invalid"), "invalid")) {
      if (*invalid != "fail" && *invalid != "skip") {
        complain(*root.get("invalid"), "invalid-unknown-value",
                 "invalid must be \"fail\" or \"skip\", got " + base::in_quotes(*invalid));
      }
      sweep.skips_invalid = *invalid == "skip";
    }
    std::set<std::string> names;
    sweep.axes = read_axes(root, Variables::allowed, names);
    read_commands(root, sweep, names);
    read_constraints(root, sweep, names);
    if (const toml::node* node = root.get("sample")) read_sample(*node, sweep);
    if (const toml::node* node = root.get("estimate")) read_estimate(*node, sweep);
    for (const toml::table* table : tables(root.get("objective"), "objective"))
      read_objective(*table, sweep);
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
      const auto same = std::ranges::find(sweep.commands, command.words, &Command::words);
      if (same != sweep.commands.end()) {
        complain(place, "run-repeated",
                 fmt::format("the commands {} and {} are the same", same->name, command.name));
      }
      sweep.commands.push_back(std::move(command));
    }
    const std::vector<std::string>& paths = key_paths();
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
        const std::vector<std::string>& paths = key_paths();
        for (const std::string& name : expression.names()) {
          const std::string key = key_of_name(name);
          if (is_estimate(name)) sweep.reads_estimates = true;
          if (is_estimate(name) || names.contains(key) || spec::find_key(key) != nullptr) continue;
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

  void read_estimate(const toml::node& node, Sweep& sweep) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      wrong_type(node, "estimate", "a table, [estimate]");
      return;
    }
    check_keys(*table, {"model", "screen"}, "in [estimate]");
    sweep.model = text(table->get("model"), "model").value_or("");
    if (const toml::node* screen = table->get("screen")) {
      if (const auto* flag = screen->as_boolean()) {
        sweep.screens = flag->get();
      } else {
        wrong_type(*screen, "screen", "true or false");
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
        static_cast<std::size_t>(integer(table->get("count"), "count", 1, most_points).value_or(1));
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
        const bool is_key = spec::find_key(key_of_name(name)) != nullptr;
        sweep.reads_estimates = sweep.reads_estimates || is_estimate(name);
        const bool is_axis = std::ranges::any_of(sweep.axes, [&](const Axis& axis) {
          return std::ranges::find(axis.names, name) != axis.names.end();
        });
        if (!is_command && !is_key && !is_axis && !is_estimate(name)) {
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
