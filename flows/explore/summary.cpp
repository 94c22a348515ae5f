#include "flows/explore/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "flows/sweep/store.h"
#include "generator/base/file.h"

namespace cimforge::explore {
namespace {

using nlohmann::ordered_json;

/// `array.rows` and its value in a choice, for each name of each axis.
std::vector<std::pair<std::string, sweep::Value>> values_of(const Goal& goal,
                                                            const Choice& choice) {
  std::vector<std::pair<std::string, sweep::Value>> values;
  for (std::size_t i = 0; i < choice.size(); ++i) {
    const sweep::Axis& axis = goal.axes[i];
    for (std::size_t j = 0; j < axis.names.size(); ++j) {
      values.emplace_back(axis.names[j], axis.values[choice[i]][j]);
    }
  }
  return values;
}

/// `rows` of `array.rows`.
std::string short_name(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

std::string with_unit(Aim aim, double value) {
  const auto index = static_cast<std::size_t>(aim);
  return aim == Aim::macros ? fmt::format("{:.0f}", value)
                            : fmt::format("{:.4g} {}", value, aim_units[index]);
}

std::string_view name_of(Aim aim) {
  return aim_names[static_cast<std::size_t>(aim)];
}

std::string axis_name(const sweep::Axis& axis) {
  std::string name;
  for (const std::string& each : axis.names) name += (name.empty() ? "" : ", ") + each;
  return name;
}

std::string value_name(const std::vector<sweep::Value>& row) {
  std::string name;
  for (const sweep::Value& each : row) name += (name.empty() ? "" : ", ") + sweep::to_text(each);
  return name;
}

/// As a cell of a Markdown table.
std::string in_cell(const std::string& text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c == '\n' ? ' ' : c;
  }
  return cell;
}

/// What sets the number of macros.
std::string_view setter(const System& system) {
  return system.macros_for_storage >= system.macros_for_throughput ? "storage" : "throughput";
}

/// The share that grows most from one macro to another, with both of its figures.
std::string largest_growth(const Shares& loser, const Shares& winner, double loser_scale,
                           double winner_scale, const char* unit) {
  std::size_t largest = 0;
  double growth = 0.0;
  for (std::size_t i = 0; i < share_count; ++i) {
    const double more = loser[i] * loser_scale - winner[i] * winner_scale;
    if (more > growth) {
      growth = more;
      largest = i;
    }
  }
  if (growth <= 0.0) return "";
  return fmt::format("{} {:.3g} {} in place of {:.3g}", share_names[largest],
                     loser[largest] * loser_scale, unit, winner[largest] * winner_scale);
}

/// The columns of the table of the front.
struct Column {
  std::string name;
  std::function<std::string(const Found&)> text;
};

std::vector<Column> columns_of(const Goal& goal) {
  std::vector<Column> columns;
  for (std::size_t i = 0; i < goal.axes.size(); ++i) {
    const sweep::Axis& axis = goal.axes[i];
    if (axis.values.size() == 1) continue;
    for (std::size_t j = 0; j < axis.names.size(); ++j) {
      columns.push_back({short_name(axis.names[j]), [&axis, i, j](const Found& found) {
                           return sweep::to_text(axis.values[found.choice[i]][j]);
                         }});
    }
  }
  columns.push_back(
      {"macros", [](const Found& found) { return fmt::format("{}", found.system.macros()); }});
  columns.push_back(
      {"set by", [](const Found& found) { return std::string(setter(found.system)); }});
  columns.push_back({"clock, MHz", [](const Found& found) {
                       return fmt::format("{:.1f}", found.system.clock_mhz);
                     }});
  columns.push_back({"GOPS", [](const Found& found) {
                       return fmt::format("{:.4g}", found.system.throughput_gops());
                     }});
  columns.push_back({"area, mm2", [](const Found& found) {
                       return fmt::format("{:.4g}", found.system.area_mm2());
                     }});
  columns.push_back({"pJ/op", [](const Found& found) {
                       return found.system.energy_pj
                                  ? fmt::format("{:.4g}", *found.system.energy_pj)
                                  : std::string("not known");
                     }});
  columns.push_back({"latency, ns", [](const Found& found) {
                       return fmt::format("{:.4g}", found.system.latency_ns);
                     }});
  return columns;
}

std::string front_table(const Goal& goal, const Result& result, std::size_t most) {
  const std::vector<Column> columns = columns_of(goal);
  std::string text = "| # |";
  std::string line = "|---|";
  for (const Column& column : columns) {
    text += fmt::format(" {} |", column.name);
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (std::size_t i = 0; i < std::min(most, result.front.size()); ++i) {
    text += fmt::format("| {} |", i + 1);
    for (const Column& column : columns) text += fmt::format(" {} |", column.text(result.front[i]));
    text += '\n';
  }
  if (result.front.size() > most) {
    text += fmt::format("\nand {} more\n", result.front.size() - most);
  }
  return text;
}

std::string value_table(const Goal& goal, const Result& result) {
  std::string text = "| key | value | meet the goal | on the front |";
  std::string line = "|---|---|---|---|";
  for (const Aim aim : goal.least) {
    text += fmt::format(" least {} | against the best | because |", name_of(aim));
    line += "---|---|---|";
  }
  text += "\n" + line + "\n";
  for (std::size_t i = 0; i < goal.axes.size(); ++i) {
    for (std::size_t v = 0; v < goal.axes[i].values.size(); ++v) {
      const ValueResult& value = result.values[i][v];
      text += fmt::format("| {} | {} | {} of {} | {} |", axis_name(goal.axes[i]),
                          in_cell(value_name(goal.axes[i].values[v])), value.meets, value.looked,
                          value.front);
      for (std::size_t a = 0; a < goal.least.size(); ++a) {
        if (!value.best[a]) {
          text += " - | - | no point meets the goal |";
          continue;
        }
        const System& mine = value.best[a]->system;
        const System& winner = result.best[a]->system;
        const double ratio = mine.value(goal.least[a]) / winner.value(goal.least[a]);
        text += fmt::format(" {} | x {:.3g} | {} |",
                            with_unit(goal.least[a], mine.value(goal.least[a])), ratio,
                            why(goal.least[a], mine, winner));
      }
      text += '\n';
    }
  }
  return text;
}

std::string head(const Goal& goal, const Result& result) {
  std::string aims;
  for (const Aim aim : goal.least)
    aims += fmt::format("{}{}", aims.empty() ? "" : " and ", name_of(aim));
  return fmt::format(
      "{}: {:.6g} MB and {:.6g} GOPS with the least {}\n"
      "{} points, {} judged{}: {} meet the goal, {} on the front\n",
      goal.name, goal.storage_mb, goal.throughput_gops, aims, result.points, result.looked,
      result.is_complete ? " (all of them)" : " (NSGA-II)", result.meets, result.front.size());
}

ordered_json shares_json(const Shares& shares) {
  ordered_json json = ordered_json::object();
  for (std::size_t i = 0; i < share_count; ++i) json[std::string(share_names[i])] = shares[i];
  return json;
}

ordered_json found_json(const Goal& goal, const Found& found) {
  ordered_json values = ordered_json::object();
  for (const auto& [name, value] : values_of(goal, found.choice)) {
    std::visit([&, &key = name](const auto& plain) { values[key] = plain; }, value);
  }
  const System& system = found.system;
  return {{"values", values},
          {"macros", system.macros()},
          {"macros_for_storage", system.macros_for_storage},
          {"macros_for_throughput", system.macros_for_throughput},
          {"clock_mhz", system.clock_mhz},
          {"throughput_gops", system.throughput_gops()},
          {"area_mm2", system.area_mm2()},
          {"macro_area_mm2", system.macro_area_mm2},
          {"energy_pj_per_op", system.energy_pj ? ordered_json(*system.energy_pj) : ordered_json()},
          {"latency_ns", system.latency_ns},
          {"macro_area_um2", shares_json(system.area_um2)},
          {"vector_pj", shares_json(system.vector_pj)}};
}

}  // namespace

std::string why(Aim aim, const System& loser, const System& winner) {
  if (!(loser.value(aim) > winner.value(aim) * 1.0005)) return "";
  const auto more_macros = [&] {
    return fmt::format("{} macros for {} in place of {} for {}", loser.macros(), setter(loser),
                       winner.macros(), setter(winner));
  };
  switch (aim) {
    case Aim::area: {
      // Many small macros against few large ones: what the same system spends on each part.
      const std::string part = largest_growth(loser.area_um2, winner.area_um2,
                                              1e-6 * static_cast<double>(loser.macros()),
                                              1e-6 * static_cast<double>(winner.macros()), "mm2");
      const double macros =
          static_cast<double>(loser.macros()) / static_cast<double>(winner.macros());
      const double area = loser.macro_area_mm2 / winner.macro_area_mm2;
      return macros > area ? more_macros() + (part.empty() ? "" : "; " + part) : part;
    }
    case Aim::energy: {
      const auto per_op = [](const System& system) {
        double total = 0.0;
        for (const double each : system.vector_pj) total += each;
        return total > 0.0 ? system.energy_pj.value_or(0.0) / total : 0.0;
      };
      return largest_growth(loser.vector_pj, winner.vector_pj, per_op(loser), per_op(winner),
                            "pJ/op");
    }
    case Aim::macros:
      return more_macros();
    case Aim::latency:
      break;
  }
  return fmt::format("{} cycles at {:.0f} MHz in place of {} at {:.0f}", loser.latency_cycles,
                     loser.clock_mhz, winner.latency_cycles, winner.clock_mhz);
}

std::string to_text(const Goal& goal, const Result& result) {
  constexpr std::size_t most = 20;
  return head(goal, result) + "\n" + front_table(goal, result, most);
}

std::string to_markdown(const Goal& goal, const Result& result) {
  std::string text = fmt::format("# {}\n\n{}\n", goal.name, head(goal, result));
  text +=
      "Estimates by the model of a library (docs/estimate.md): standard cells without wires "
      "between macros, a macro that waits takes no energy.\n\n## The front\n\n";
  text += front_table(goal, result, result.front.size());
  text += "\n## Why the rest lost\n\nThe best system with each value, against the best of all.\n\n";
  text += value_table(goal, result);
  const std::uint64_t refused = result.looked - result.meets;
  text += fmt::format(
      "\n{} of the {} points that were judged meet the goal and are not on the front: "
      "another is at least as good in every aim.\n",
      result.meets - result.front.size(), result.looked);
  if (refused > 0) {
    text += fmt::format("{} are out:\n\n| reason | points | the first of them |\n|---|---|---|\n",
                        refused);
    for (const auto& [reason, loss] : result.losses) {
      text += fmt::format("| {} | {} | {} |\n", reason, loss.count, in_cell(loss.message));
    }
  }
  return text;
}

std::string to_csv(const Goal& goal, const Result& result) {
  std::string text;
  for (const sweep::Axis& axis : goal.axes) {
    for (const std::string& name : axis.names) text += name + ",";
  }
  text +=
      "macros,macros_for_storage,macros_for_throughput,clock_mhz,throughput_gops,area_mm2,"
      "energy_pj_per_op,latency_ns\n";
  for (const Found& found : result.front) {
    for (const auto& [name, value] : values_of(goal, found.choice)) {
      text += sweep::to_text(value) + ",";
    }
    const System& system = found.system;
    text += fmt::format(
        "{},{},{},{},{},{},{},{}\n", system.macros(), system.macros_for_storage,
        system.macros_for_throughput, system.clock_mhz, system.throughput_gops(), system.area_mm2(),
        system.energy_pj ? fmt::format("{}", *system.energy_pj) : "", system.latency_ns);
  }
  return text;
}

ordered_json to_json(const Goal& goal, const Result& result) {
  ordered_json front = ordered_json::array();
  for (const Found& found : result.front) front.push_back(found_json(goal, found));
  ordered_json losses = ordered_json::object();
  for (const auto& [reason, loss] : result.losses) {
    losses[reason] = {{"points", loss.count}, {"first", loss.message}};
  }
  ordered_json values = ordered_json::array();
  for (std::size_t i = 0; i < goal.axes.size(); ++i) {
    for (std::size_t v = 0; v < goal.axes[i].values.size(); ++v) {
      const ValueResult& value = result.values[i][v];
      ordered_json best = ordered_json::object();
      for (std::size_t a = 0; a < goal.least.size(); ++a) {
        const std::string name(name_of(goal.least[a]));
        best[name] = nullptr;
        if (!value.best[a]) continue;
        best[name] = {
            {"value", value.best[a]->system.value(goal.least[a])},
            {"because", why(goal.least[a], value.best[a]->system, result.best[a]->system)}};
      }
      values.push_back({{"key", axis_name(goal.axes[i])},
                        {"value", value_name(goal.axes[i].values[v])},
                        {"judged", value.looked},
                        {"meet", value.meets},
                        {"front", value.front},
                        {"best", best}});
    }
  }
  std::vector<std::string> least;
  for (const Aim aim : goal.least) least.emplace_back(name_of(aim));
  return {{"name", goal.name},
          {"storage_mb", goal.storage_mb},
          {"throughput_gops", goal.throughput_gops},
          {"least", least},
          {"points", result.points},
          {"judged", result.looked},
          {"complete", result.is_complete},
          {"meet", result.meets},
          {"front", front},
          {"values", values},
          {"losses", losses}};
}

void write_output(const std::filesystem::path& directory, const Goal& goal, const Result& result,
                  const std::vector<spec::MacroSpec>& specifications) {
  base::FileSet files;
  files["summary.md"] = to_markdown(goal, result);
  files["front.csv"] = to_csv(goal, result);
  for (std::size_t i = 0; i < specifications.size(); ++i) {
    files[fmt::format("specs/{:03}.toml", i + 1)] = spec::to_toml(specifications[i]);
  }
  // By its list a later run knows what is to be replaced.
  ordered_json summary = to_json(goal, result);
  summary["files"] = ordered_json::array();
  for (const auto& [name, text] : files) summary["files"].push_back(name);
  files["summary.json"] = sweep::text_of(summary);
  base::write_directory_atomically(directory, files, "summary.json");
}

}  // namespace cimforge::explore
