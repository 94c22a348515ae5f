#include "flows/regression_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <glob.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <span>
#include <system_error>
#include <utility>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/nearest_name.h"
#include "generator/base/quote.h"
#include "generator/base/toml_reader.h"

namespace cimforge::flows {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_seeds = 100'000;
constexpr std::int64_t most_vectors = std::int64_t{1} << 40U;
constexpr double longest_time_limit = 7.0 * 24 * 3600;

/// Options that a regression gives itself, and why they are not given in a list.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> own_options = {{
    {"--seed", "the key seeds has them"},
    {"--vectors", "the key vectors has them"},
    {"--json", "the results stand in the output directory"},
    {"--coverage", "the key coverage asks for it"},
    {"--jobs", "a regression shares out the processors itself"},
    {"--trace", "repeat one failure with it"},
    {"--help", "a test is run"},
    {"-h", "a test is run"},
}};

/// Options whose values are files.
constexpr std::array<std::string_view, 5> file_options = {"--rtl", "--liberty", "--baseline",
                                                          "--library", "--weights"};

class ListReader : base::TomlReader {
 public:
  explicit ListReader(const fs::path& file)
      : TomlReader(file.string()), directory_(file.parent_path()) {}

  RegressionListResult read(std::string_view text) {
    RegressionList list;
    if (const auto root = base::parse_toml(text, file_, "list of tests", diagnostics_)) {
      read_root(*root, list);
    }
    // A mistake in [defaults], which every test meets, is told once.
    base::Diagnostics diagnostics = take_diagnostics();
    if (!diagnostics.empty()) return {std::nullopt, std::move(diagnostics)};
    return {std::move(list), {}};
  }

 private:
  /// The value of a key of a test, or its default.
  const toml::node* find(const toml::table& test, std::string_view key) const {
    if (const toml::node* node = test.get(key)) return node;
    return defaults_ == nullptr ? nullptr : defaults_->get(key);
  }

  void read_root(const toml::table& root, RegressionList& list) {
    static constexpr std::array<std::string_view, 3> keys = {"name", "defaults", "test"};
    check_keys(root, keys, "in the list");
    if (const auto name = text(root.get("name"), "name")) {
      list.name = *name;
    } else if (!root.contains("name")) {
      list.name = fs::path(file_).stem().string();
    }
    if (const toml::node* node = root.get("defaults")) {
      static constexpr std::array<std::string_view, 6> known = {
          "command", "options", "seeds", "vectors", "time_limit", "coverage"};
      if (const toml::table* table = node->as_table()) {
        check_keys(*table, known, "in [defaults]");
        defaults_ = table;
      } else {
        wrong_type(*node, "defaults", "a table");
      }
    }
    const toml::node* tests = root.get("test");
    const toml::array* array = tests == nullptr ? nullptr : tests->as_array();
    if (tests != nullptr && (array == nullptr || !std::ranges::all_of(*array, [](const auto& each) {
                               return each.is_table();
                             }))) {
      wrong_type(*tests, "test", "an array of tables, [[test]]");
      return;
    }
    if (array == nullptr || array->empty()) {
      complain(tests == nullptr ? root : *tests, "no-test",
               "the list has no test: each is a table [[test]]");
      return;
    }
    for (const toml::node& each : *array) read_test(*each.as_table(), list);
  }

  void read_test(const toml::table& table, RegressionList& list) {
    static constexpr std::array<std::string_view, 8> known = {
        "name",  "specification", "command",    "options",
        "seeds", "vectors",       "time_limit", "coverage"};
    check_keys(table, known, "in [[test]]");
    RegressionTest test;
    if (const auto name = text(table.get("name"), "name")) {
      test.name = *name;
      if (!names_.insert(test.name).second) {
        complain(*table.get("name"), "same-name",
                 fmt::format("there is another test {}", base::in_quotes(test.name)));
      }
    } else if (!table.contains("name")) {
      complain(table, "no-name", "the test has no name");
    }
    read_specifications(table, test);
    const RegressionCommand* command = read_command(table, test);
    read_options(table, command == nullptr || command->takes_seeds, test);
    if (command != nullptr) read_run(table, *command, test);
    read_time_limit(table, test);
    list.tests.push_back(std::move(test));
  }

  void read_specifications(const toml::table& table, RegressionTest& test) {
    const toml::node* node = table.get("specification");
    if (node == nullptr) {
      complain(table, "no-specification", "the test has no specification: a file or a pattern");
      return;
    }
    std::set<fs::path> files;
    if (const toml::array* array = node->as_array()) {
      if (array->empty()) complain(*node, "no-specification", "specification names no file");
      for (const toml::node& each : *array) find_specifications(each, files);
    } else {
      find_specifications(*node, files);
    }
    test.specifications.assign(files.begin(), files.end());
  }

  /// A pattern that no file matches is a mistake: a test that tests nothing hides.
  void find_specifications(const toml::node& node, std::set<fs::path>& files) {
    const auto pattern = text(&node, "specification");
    if (!pattern) return;
    const std::string path = (directory_ / *pattern).lexically_normal().string();
    std::error_code error;
    if (fs::is_regular_file(path, error)) {
      files.insert(path);
      return;
    }
    glob_t found{};
    std::size_t count = 0;
    if (::glob(path.c_str(), 0, nullptr, &found) == 0) {
      for (std::size_t i = 0; i < found.gl_pathc; ++i) {
        if (!fs::is_regular_file(found.gl_pathv[i], error)) continue;
        files.insert(found.gl_pathv[i]);
        ++count;
      }
    }
    ::globfree(&found);
    if (count > 0) return;
    const bool is_pattern = pattern->find_first_of("*?[") != std::string::npos;
    complain(node, "missing-specification",
             fmt::format("{} {}", is_pattern ? "no file matches" : "there is no file",
                         base::in_quotes(path)));
  }

  const RegressionCommand* read_command(const toml::table& table, RegressionTest& test) {
    const toml::node* node = find(table, "command");
    test.command = "verify";
    if (node != nullptr) {
      const auto name = text(node, "command");
      if (!name) return nullptr;
      test.command = *name;
    }
    for (const RegressionCommand& each : regression_commands()) {
      if (each.name == test.command) return &each;
    }
    std::vector<std::string_view> names;
    for (const RegressionCommand& each : regression_commands()) names.push_back(each.name);
    const auto near = base::nearest_name(test.command, names);
    complain(*node, "unknown-command",
             fmt::format("command must be one of {}, got {}{}", fmt::join(names, ", "),
                         base::in_quotes(test.command),
                         near ? fmt::format("; did you mean '{}'?", *near) : std::string()));
    return nullptr;
  }

  /// `takes_seeds`: the command has vectors by their number and a seed, each a key of the list.
  /// Those of another are files and a seed of its own.
  void read_options(const toml::table& table, bool takes_seeds, RegressionTest& test) {
    const toml::node* node = find(table, "options");
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) {
      wrong_type(*node, "options", "an array of strings");
      return;
    }
    bool is_file = false;  // the values of an option, until the next one
    for (const toml::node& each : *array) {
      const auto word = text(&each, "an option");
      if (!word) continue;
      const std::size_t equals = word->find('=');
      const std::string name = word->substr(0, equals);
      if (name.starts_with('-')) {
        for (const auto& [own, why] : own_options) {
          if (!takes_seeds && (own == "--vectors" || own == "--seed")) continue;
          if (name == own) {
            complain(each, "own-option", fmt::format("{} is no option of a list: {}", own, why));
          }
        }
        is_file = std::ranges::find(file_options, name) != file_options.end() ||
                  (!takes_seeds && name == "--vectors");
        test.options.push_back(is_file && equals != std::string::npos
                                   ? name + "=" + beside(word->substr(equals + 1))
                                   : *word);
      } else {
        test.options.push_back(is_file ? beside(*word) : *word);
      }
    }
  }

  [[nodiscard]] std::string beside(const std::string& path) const {
    return (directory_ / path).lexically_normal().string();
  }

  /// Seeds, vectors and coverage, of commands that take them. What [defaults] says is for those
  /// alone; what a test says of another is a mistake.
  void read_run(const toml::table& table, const RegressionCommand& command, RegressionTest& test) {
    for (const auto& [key, takes] : {std::pair<const char*, bool>{"seeds", command.takes_seeds},
                                     {"vectors", command.takes_seeds},
                                     {"coverage", command.has_coverage}}) {
      if (takes || !table.contains(key)) continue;
      complain(*table.get(key), "no-such-key",
               fmt::format("the command {} takes no {}", command.name, key));
    }
    if (command.takes_seeds) {
      read_seeds(find(table, "seeds"), test);
      if (const auto vectors = integer(find(table, "vectors"), "vectors", 1, most_vectors)) {
        test.vectors = static_cast<std::uint64_t>(*vectors);
      } else {
        test.vectors = 1000;
      }
    }
    if (!command.has_coverage) return;
    const toml::node* node = find(table, "coverage");
    test.coverage = true;
    // The mapped netlist of --gates has no lines.
    if (std::ranges::find(test.options, "--gates") != test.options.end()) test.coverage = false;
    if (node == nullptr) return;
    if (const auto* value = node->as_boolean()) {
      test.coverage = test.coverage && value->get();
    } else {
      wrong_type(*node, "coverage", "true or false");
    }
  }

  void read_seeds(const toml::node* node, RegressionTest& test) {
    constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
    if (node == nullptr) {
      test.seeds = {1};
      return;
    }
    if (const toml::array* array = node->as_array()) {
      if (array->empty()) complain(*node, "no-seed", "seeds has no value");
      std::set<std::uint64_t> seeds;
      for (const toml::node& each : *array) {
        const auto seed = integer(&each, "a seed", 0, greatest);
        if (seed) seeds.insert(static_cast<std::uint64_t>(*seed));
      }
      test.seeds.assign(seeds.begin(), seeds.end());
      return;
    }
    const toml::table* range = node->as_table();
    if (range == nullptr) {
      wrong_type(*node, "seeds", "a list or { first = 1, count = 20 }");
      return;
    }
    static constexpr std::array<std::string_view, 2> known = {"first", "count"};
    check_keys(*range, known, "in seeds");
    std::int64_t first = 1;
    if (range->contains("first")) {
      first = integer(range->get("first"), "first", 0, greatest - most_seeds).value_or(1);
    }
    if (!range->contains("count")) {
      complain(*node, "no-seed", "seeds has no count");
      return;
    }
    const auto count = integer(range->get("count"), "count", 1, most_seeds);
    if (!count) return;
    test.seeds_are_range = true;
    for (std::int64_t i = 0; i < *count; ++i) {
      test.seeds.push_back(static_cast<std::uint64_t>(first + i));
    }
  }

  void read_time_limit(const toml::table& table, RegressionTest& test) {
    const toml::node* node = find(table, "time_limit");
    if (node == nullptr) return;
    const auto seconds = node->value<double>();
    if (!node->is_number() || !seconds) {
      wrong_type(*node, "time_limit", "a number of seconds");
    } else if (!(*seconds >= 0.001 && *seconds <= longest_time_limit)) {
      complain(*node, "out-of-range",
               fmt::format("time_limit must be between 0.001 and {} s, got {}", longest_time_limit,
                           *seconds));
    } else {
      test.time_limit = *seconds;
    }
  }

  fs::path directory_;
  const toml::table* defaults_ = nullptr;  ///< what stands for a key that a test leaves out
  std::set<std::string> names_;
};

}  // namespace

const std::vector<RegressionCommand>& regression_commands() {
  static const std::vector<RegressionCommand> commands = {
      {"verify", true, true, true}, {"check", false, false, false}, {"prove", false, false, false},
      {"ppa", false, false, false}, {"scan", false, false, false},
  };
  return commands;
}

const RegressionCommand& regression_command(std::string_view name) {
  return *std::ranges::find(regression_commands(), name, &RegressionCommand::name);
}

std::vector<std::string> with_absolute_files(std::vector<std::string> options) {
  bool is_file = false;
  for (std::string& word : options) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (!name.starts_with('-')) {
      if (is_file) word = fs::absolute(word).lexically_normal().string();
      continue;
    }
    is_file = std::ranges::find(file_options, name) != file_options.end() || name == "--vectors";
    if (!is_file || equals == std::string::npos) continue;
    word = name + "=" + fs::absolute(word.substr(equals + 1)).lexically_normal().string();
  }
  return options;
}

RegressionListResult parse_regression_list(std::string_view text, const fs::path& file) {
  return ListReader(file).read(text);
}

RegressionList load_regression_list(const fs::path& file) {
  RegressionListResult result = parse_regression_list(base::read_file(file), file);
  if (!result.list) throw base::InputError(base::to_string(result.diagnostics));
  return std::move(*result.list);
}

}  // namespace cimforge::flows
