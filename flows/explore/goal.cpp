#include "flows/explore/goal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "flows/sweep/axis_reader.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/quote.h"

namespace cimforge::explore {
namespace {

using sweep::Axis;
using sweep::Value;

template <typename... Values>
Axis axis_of(const char* key, Values... values) {
  Axis axis;
  axis.names = {key};
  (axis.values.push_back({Value(values)}), ...);
  return axis;
}

Axis integers(const char* key, std::initializer_list<std::int64_t> values) {
  Axis axis;
  axis.names = {key};
  for (const std::int64_t value : values) axis.values.push_back({Value(value)});
  return axis;
}

/// What is chosen where the goal does not say: shape, banks, storage, digits, tree, pipeline.
std::vector<Axis> usual_axes() {
  using std::string;
  return {integers("array.rows", {16, 32, 64, 128, 256}),
          integers("array.columns", {4, 8, 16, 32, 64, 128}),
          integers("array.banks", {1, 2, 4, 8, 16}),
          axis_of("array.storage", string("latch"), string("flop")),
          integers("compute.input_bits_per_cycle", {1, 2, 4, 8, 16}),
          axis_of("compute.adder_tree", string("ripple"), string("wallace"), string("dadda"),
                  string("area"), string("balanced"), string("speed")),
          integers("compute.pipeline_stages", {0, 1, 2, 3})};
}

class Reader : sweep::AxisReader {
 public:
  explicit Reader(const std::filesystem::path& file) : AxisReader(file) {}

  ReadResult read(std::string_view text) {
    Goal goal;
    goal.file = path_;
    if (const auto root = base::parse_toml(text, file_, "goal", diagnostics_)) {
      read_goal(*root, goal);
    }
    base::Diagnostics diagnostics = take_diagnostics();
    if (!diagnostics.empty()) return {std::nullopt, std::move(diagnostics)};
    return {std::move(goal), {}};
  }

 private:
  void read_goal(const toml::table& root, Goal& goal) {
    check_keys(root, {"name", "specification", "goal", "axis", "search"}, "in the file");
    goal.name = text(root.get("name"), "name").value_or(name_of_file());
    goal.specification = read_specification(root);
    const toml::node* wanted = root.get("goal");
    if (wanted == nullptr) {
      complain("missing-key",
               "missing table [goal]: storage_mb, throughput_gops, and what is to be least");
    } else if (const toml::table* table = wanted->as_table()) {
      read_wanted(*table, goal);
    } else {
      wrong_type(*wanted, "goal", "a table, [goal]");
    }
    std::set<std::string> names;
    goal.axes = read_axes(root, Variables::refused, names);
    if (root.get("axis") == nullptr) goal.axes = usual_axes();
    if (const toml::node* search = root.get("search")) read_search(*search, goal);
  }

  void read_wanted(const toml::table& table, Goal& goal) {
    check_keys(table,
               {"storage_mb", "throughput_gops", "least", "clock_mhz", "area_mm2",
                "energy_pj_per_op", "latency_ns", "macros"},
               "in [goal]");
    constexpr double most = 1e12;
    for (const auto& [key, member] : {std::pair{"storage_mb", &goal.storage_mb},
                                      std::pair{"throughput_gops", &goal.throughput_gops}}) {
      if (table.get(key) == nullptr) {
        complain(table, "missing-key", fmt::format("missing key '{}' in [goal]: at least", key));
      }
      *member = number(table.get(key), key, 0.0, most).value_or(0.0);
    }
    for (const auto& [key, member] :
         {std::pair{"clock_mhz", &goal.clock_mhz}, std::pair{"area_mm2", &goal.area_mm2},
          std::pair{"energy_pj_per_op", &goal.energy_pj},
          std::pair{"latency_ns", &goal.latency_ns}}) {
      if (const auto value = number(table.get(key), key, 1e-9, most)) *member = *value;
    }
    if (const auto macros = integer(table.get("macros"), "macros", 1, INT64_MAX)) {
      goal.macros = *macros;
    }
    read_least(table, goal);
  }

  void read_least(const toml::table& table, Goal& goal) {
    const toml::node* node = table.get("least");
    if (node == nullptr) {
      goal.least = {Aim::area, Aim::energy};
      return;
    }
    const std::string right =
        fmt::format("of \"{}\", one or an array of several", fmt::join(aim_names, "\", \""));
    const auto add = [&](const toml::node& each) {
      const auto* name = each.as_string();
      const auto found = name == nullptr
                             ? aim_names.end()
                             : std::ranges::find(aim_names, std::string_view(name->get()));
      if (found == aim_names.end()) {
        complain(each, "least-unknown-value",
                 fmt::format("least must be {}, got {}", right, base::described(each)));
        return;
      }
      const auto aim = static_cast<Aim>(found - aim_names.begin());
      if (std::ranges::find(goal.least, aim) != goal.least.end()) {
        complain(each, "least-repeated", fmt::format("{} is there already", *found));
        return;
      }
      goal.least.push_back(aim);
    };
    if (const toml::array* array = node->as_array()) {
      if (array->empty()) wrong_type(*node, "least", right);
      for (const toml::node& each : *array) add(each);
    } else {
      add(*node);
    }
  }

  void read_search(const toml::node& node, Goal& goal) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      wrong_type(node, "search", "a table, [search]");
      return;
    }
    check_keys(*table, {"method", "evaluations", "seed"}, "in [search]");
    if (const auto method = text(table->get("method"), "method")) {
      if (*method == "all") {
        goal.method = Method::all;
      } else if (*method == "nsga2") {
        goal.method = Method::nsga2;
      } else {
        complain(*table->get("method"), "method-unknown-value",
                 "method must be \"all\" or \"nsga2\", got " + base::in_quotes(*method));
      }
    }
    goal.evaluations = static_cast<std::uint64_t>(
        integer(table->get("evaluations"), "evaluations", 1000, 10'000'000).value_or(200'000));
    goal.seed =
        static_cast<std::uint64_t>(integer(table->get("seed"), "seed", 0, UINT32_MAX).value_or(1));
  }
};

}  // namespace

ReadResult read(std::string_view text, const std::filesystem::path& file) {
  return Reader(file).read(text);
}

Goal load(const std::filesystem::path& file) {
  ReadResult result = read(base::read_file(file, std::size_t{16} << 20U), file);
  if (!result.goal) throw base::InputError(base::to_string(result.diagnostics));
  return std::move(*result.goal);
}

}  // namespace cimforge::explore
