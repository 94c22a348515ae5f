#include "flows/results_page/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "generator/base/quote.h"
#include "generator/base/version.h"

namespace cimforge::results_page {
namespace {

using Json = nlohmann::ordered_json;

/// Numbers of a page have this many digits; points.csv has all.
constexpr int digits = 7;
constexpr std::size_t longest_message = 4000;

Json number_json(double value) {
  if (!std::isfinite(value)) return nullptr;
  const double rounded = std::strtod(fmt::format("{:.{}g}", value, digits).c_str(), nullptr);
  // 69988.0 is longer than 69988.
  if (rounded == std::floor(rounded) && std::abs(rounded) < 1e15) {
    return static_cast<std::int64_t>(rounded);
  }
  return rounded;
}

/// Texts, each once, in the order in which they come.
class Texts {
 public:
  std::size_t code(const std::string& text) {
    const auto [at, is_new] = codes_.try_emplace(text, texts_.size());
    if (is_new) texts_.push_back(text);
    return at->second;
  }
  [[nodiscard]] Json json() const { return texts_; }

 private:
  std::unordered_map<std::string, std::size_t> codes_;
  std::vector<std::string> texts_;
};

using Cells = std::vector<const sweep::Value*>;  ///< null where a point has no value

/// A column of numbers has `values`, with null where there is none; one of texts `texts` and, for
/// each point, the place in them or -1. One that is the same everywhere has `all` in their place.
Json column_json(const std::string& name, const char* role, const Cells& cells) {
  Json column = {{"name", name}, {"role", role}};
  if (const std::string unit = unit_of(name); !unit.empty()) column["unit"] = unit;
  const bool is_number = std::ranges::all_of(cells, [](const sweep::Value* cell) {
    return cell == nullptr || std::holds_alternative<std::int64_t>(*cell) ||
           std::holds_alternative<double>(*cell);
  });
  column["kind"] = is_number ? "number" : "text";
  const auto json_of = [&](const sweep::Value& cell) -> Json {
    if (!is_number) return sweep::to_text(cell);
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) return *whole;
    return number_json(std::get<double>(cell));
  };
  const bool is_same =
      cells.front() != nullptr && std::ranges::all_of(cells, [&](const auto* cell) {
        return cell != nullptr && *cell == *cells.front();
      });
  if (is_same) {
    column["all"] = json_of(*cells.front());
    return column;
  }
  Json values = Json::array();
  if (is_number) {
    for (const auto* cell : cells) values.push_back(cell == nullptr ? Json() : json_of(*cell));
  } else {
    Texts texts;
    for (const auto* cell : cells) {
      values.push_back(cell == nullptr ? Json(-1) : Json(texts.code(sweep::to_text(*cell))));
    }
    column["texts"] = texts.json();
  }
  column["values"] = std::move(values);
  return column;
}

/// The columns: axes, objectives that are no figure, figures. Those of the commands' own figures
/// that do not fit go to `left_out`.
Json columns_json(const SweepResults& results, std::size_t room, Json& left_out) {
  Json columns = Json::array();
  std::set<std::string> axes;
  std::set<std::string> figures;
  for (const ResultPoint& point : results.points) {
    for (const auto& [name, value] : point.values) axes.insert(name);
    for (const auto& [name, value] : point.figures) figures.insert(name);
  }
  const auto cells_of = [&](const std::string& name, auto member) {
    Cells cells;
    for (const ResultPoint& point : results.points) {
      const auto& values = point.*member;
      const auto found = values.find(name);
      cells.push_back(found == values.end() ? nullptr : &found->second);
    }
    return cells;
  };
  for (const std::string& name : axes) {
    columns.push_back(column_json(name, "axis", cells_of(name, &ResultPoint::values)));
  }
  for (std::size_t i = 0; i < results.objectives.size(); ++i) {
    std::vector<sweep::Value> values;
    for (const ResultPoint& point : results.points) {
      values.emplace_back(point.objectives[i].value_or(0.0));
    }
    Cells cells;
    for (std::size_t p = 0; p < values.size(); ++p) {
      cells.push_back(results.points[p].objectives[i] ? &values[p] : nullptr);
    }
    Json column = column_json(results.objectives[i].figure, "objective", cells);
    column["aim"] = results.objectives[i].most ? "most" : "least";
    columns.push_back(std::move(column));
    figures.erase(results.objectives[i].figure);
  }
  std::size_t taken = 0;
  for (const std::string& name : figures) {
    Json column = column_json(name, "figure", cells_of(name, &ResultPoint::figures));
    const std::size_t size = column.dump(-1, ' ', false, Json::error_handler_t::replace).size();
    if (taken + size > room) {
      left_out.push_back(name);
      continue;
    }
    taken += size;
    columns.push_back(std::move(column));
  }
  return columns;
}

/// Seconds since 1970 of `2026-01-31T12:00:00Z`; 0 where it is none.
std::int64_t epoch_seconds(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (std::sscanf(text.c_str(), "%d-%u-%uT%d:%d:%dZ", &year, &month, &day, &hour, &minute,
                  &second) != 6) {
    return 0;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return 0;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return std::int64_t{days.count()} * 86400 + hour * 3600 + minute * 60 + second;
}

/// A command as a shell takes it, without `cimforge`.
std::string line_of(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    line += (line.empty() ? "" : " ") + base::shell_quoted(word);
  }
  return line;
}

/// Runs as columns: `hash` (results/AB/HASH.json is the record); `command`, `words`, `end`, `host`
/// and `tools` are places in the lists under `texts`; `seconds`, `memory_mib`, `finished` (seconds
/// since 1970). -1 or null where there is no record.
Json runs_json(const SweepResults& results) {
  Texts commands, words, ends, hosts, tools;
  Json columns = {
      {"hash", Json::array()},    {"command", Json::array()},    {"words", Json::array()},
      {"end", Json::array()},     {"host", Json::array()},       {"tools", Json::array()},
      {"seconds", Json::array()}, {"memory_mib", Json::array()}, {"finished", Json::array()}};
  for (const Run& run : results.runs) {
    columns["hash"].push_back(run.hash);
    columns["command"].push_back(commands.code(run.command));
    columns["end"].push_back(ends.code(run.end));
    if (!run.record) {
      for (const char* key : {"words", "host", "tools"}) columns[key].push_back(-1);
      for (const char* key : {"seconds", "memory_mib", "finished"}) columns[key].push_back(nullptr);
      continue;
    }
    const sweep::Record& record = *run.record;
    std::string versions;
    for (const auto& [name, version] : record.tools) {
      versions += fmt::format("{}{} {}", versions.empty() ? "" : ", ", name, version);
    }
    columns["words"].push_back(words.code(line_of(record.words)));
    columns["host"].push_back(hosts.code(record.host));
    columns["tools"].push_back(tools.code(versions));
    columns["seconds"].push_back(number_json(std::round(record.seconds * 1000.0) / 1000.0));
    columns["memory_mib"].push_back(
        number_json(std::round(static_cast<double>(record.peak_memory_kib) / 102.4) / 10.0));
    columns["finished"].push_back(epoch_seconds(record.finished));
  }
  columns["texts"] = {{"command", commands.json()},
                      {"words", words.json()},
                      {"end", ends.json()},
                      {"host", hosts.json()},
                      {"tools", tools.json()}};
  return columns;
}

/// What runs tell beside figures, by the run's place: `area` [[module, instances, µm², of these
/// sequential]], `paths` [[kind, delay, slack]], `cases` [[device, ideal, seconds, °C, accuracy]].
/// Names are places in `texts`. Those of best points come first, then as many as there is room for.
Json details_json(const SweepResults& results, std::size_t room) {
  Texts texts;
  Json area = Json::object();
  Json paths = Json::object();
  Json cases = Json::object();
  std::size_t taken = 0;
  std::size_t left_out = 0;
  std::set<std::size_t> seen;
  const auto add = [&](std::size_t index) {
    const Run& run = results.runs[index];
    if (run.modules.empty() && run.paths.empty() && run.cases.empty()) return;
    if (!seen.insert(index).second) return;
    Json modules = Json::array();
    for (const AreaModule& each : run.modules) {
      modules.push_back({texts.code(each.name), each.instances, number_json(each.area_um2),
                         number_json(each.sequential_area_um2)});
    }
    Json groups = Json::array();
    for (const PathGroup& each : run.paths) {
      groups.push_back(
          {texts.code(each.kind), number_json(each.delay_ns), number_json(each.slack_ns)});
    }
    Json conditions = Json::array();
    for (const AccuracyCase& each : run.cases) {
      conditions.push_back({texts.code(each.device), each.is_ideal,
                            each.seconds ? number_json(*each.seconds) : Json(),
                            each.celsius ? number_json(*each.celsius) : Json(),
                            number_json(each.accuracy)});
    }
    const std::size_t size =
        modules.dump().size() + groups.dump().size() + conditions.dump().size();
    if (taken + size > room) {
      ++left_out;
      return;
    }
    taken += size;
    const std::string key = std::to_string(index);
    if (!modules.empty()) area[key] = std::move(modules);
    if (!groups.empty()) paths[key] = std::move(groups);
    if (!conditions.empty()) cases[key] = std::move(conditions);
  };
  for (const bool best : {true, false}) {
    for (const ResultPoint& point : results.points) {
      if (point.is_best != best) continue;
      for (const std::size_t run : point.runs) add(run);
    }
  }
  return {{"texts", texts.json()},
          {"area", area},
          {"paths", paths},
          {"cases", cases},
          {"left_out", left_out}};
}

/// For each command with coverage: runs, and [bin, runs that missed it], the most missed first.
Json coverage_json(const SweepResults& results) {
  Json coverage = Json::array();
  for (const SweepCommand& command : results.commands) {
    std::size_t runs = 0;
    std::map<std::string, std::size_t> missed;
    for (const Run& run : results.runs) {
      if (run.command != command.name || !run.missed_bins) continue;
      ++runs;
      for (const std::string& bin : *run.missed_bins) ++missed[bin];
    }
    if (runs == 0) continue;
    std::vector<std::pair<std::string, std::size_t>> sorted(missed.begin(), missed.end());
    std::ranges::stable_sort(sorted, std::greater<>(),
                             &std::pair<std::string, std::size_t>::second);
    Json bins = Json::array();
    for (const auto& [bin, count] : sorted) bins.push_back({bin, count});
    coverage.push_back({{"command", command.name}, {"runs", runs}, {"missed", bins}});
  }
  return coverage;
}

/// Each failed run once, with the first point that has it: {point, run, directory, message}.
Json failures_json(const SweepResults& results, std::size_t most, std::size_t& left_out) {
  Json failures = Json::array();
  std::set<std::size_t> seen;
  left_out = 0;
  for (std::size_t i = 0; i < results.points.size(); ++i) {
    for (const std::size_t index : results.points[i].runs) {
      const Run& run = results.runs[index];
      if (!run.record || run.record->succeeded() || !seen.insert(index).second) continue;
      if (failures.size() >= most) {
        ++left_out;
        continue;
      }
      std::string message = run.record->message;
      if (message.size() > longest_message) {
        message = "...\n" + message.substr(message.size() - longest_message);
      }
      failures.push_back(
          {{"point", i},
           {"run", index},
           // As write_summary() names it.
           {"directory", fmt::format("failures/{}-{}", run.command, run.hash.substr(0, 12))},
           {"message", message}});
    }
  }
  return failures;
}

Json illustrations_json(const Illustrations& illustrations) {
  Json waves;
  if (!illustrations.waves.empty()) waves = Json::parse(illustrations.waves);
  return {{"point", illustrations.point ? Json(*illustrations.point) : Json()},
          {"waves", waves},
          {"waves_reason", illustrations.waves_reason},
          {"schematic", illustrations.schematic},
          {"schematic_reason", illustrations.schematic_reason},
          {"schematic_made_by", illustrations.schematic_made_by}};
}

}  // namespace

std::string unit_of(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 26> units = {{
      {"um2", "µm²"},
      {"um", "µm"},
      {"mm2", "mm²"},
      {"ps", "ps"},
      {"ns", "ns"},
      {"us", "µs"},
      {"ms", "ms"},
      {"seconds", "s"},
      {"mhz", "MHz"},
      {"ghz", "GHz"},
      {"nw", "nW"},
      {"uw", "µW"},
      {"mw", "mW"},
      {"fj", "fJ"},
      {"pj", "pJ"},
      {"nj", "nJ"},
      {"percent", "%"},
      {"kib", "KiB"},
      {"mib", "MiB"},
      {"celsius", "°C"},
      {"volts", "V"},
      {"tops", "TOPS"},
      {"bits", "bits"},
      {"cycles", "cycles"},
      {"tops_per_mm2", "TOPS/mm²"},
      {"tops_per_watt", "TOPS/W"},
  }};
  // An expression has no unit of its own.
  if (name.find_first_of(" +*/()^?") != std::string::npos) return "";
  const std::string last = name.substr(name.rfind('.') + 1);
  std::string unit;
  std::size_t longest = 0;
  for (const auto& [end, text] : units) {
    const bool is_whole = last == end;
    const bool is_end = last.size() > end.size() && last.ends_with(end) &&
                        last[last.size() - end.size() - 1] == '_';
    if ((is_whole || is_end) && end.size() > longest) {
      longest = end.size();
      unit = text;
    }
  }
  if (!unit.empty()) return unit;
  return last.ends_with("_per_second") ? "1/s" : "";
}

std::optional<std::size_t> first_shown(const SweepResults& results) {
  const auto best = std::ranges::find(results.points, true, &ResultPoint::is_best);
  if (best != results.points.end()) {
    return static_cast<std::size_t>(best - results.points.begin());
  }
  const auto done = std::ranges::find(results.points, std::string("done"), &ResultPoint::state);
  if (done == results.points.end()) return std::nullopt;
  return static_cast<std::size_t>(done - results.points.begin());
}

Json sweep_document(const SweepResults& results, const Illustrations& illustrations,
                    const DocumentLimits& limits) {
  Json counts = {{"points", results.points.size()}, {"runs", results.runs.size()}};
  for (const char* state : {"done", "failed", "refused", "missing"}) {
    counts[state] = std::ranges::count(results.points, state, &ResultPoint::state);
  }
  Json commands = Json::array();
  for (const SweepCommand& each : results.commands) {
    commands.push_back({{"name", each.name}, {"words", line_of(each.words)}});
  }
  Json objectives = Json::array();
  for (const SweepObjective& each : results.objectives) {
    objectives.push_back({{"figure", each.figure}, {"aim", each.most ? "most" : "least"}});
  }
  Texts states;
  // Of each point its number, its state, whether it is among the best, and its runs.
  Json points = {{"number", Json::array()},
                 {"state", Json::array()},
                 {"best", Json::array()},
                 {"runs", Json::array()}};
  Json refusals = Json::array();
  for (std::size_t i = 0; i < results.points.size(); ++i) {
    const ResultPoint& point = results.points[i];
    points["number"].push_back(point.number);
    points["state"].push_back(states.code(point.state));
    if (point.is_best) points["best"].push_back(i);
    points["runs"].push_back(point.runs);
    if (!point.refusal.empty()) refusals.push_back({i, point.refusal});
  }
  points["states"] = states.json();
  Json left_out = Json::array();
  Json columns = columns_json(results, limits.figures, left_out);
  std::size_t failures_left_out = 0;
  Json failures = failures_json(results, limits.failures, failures_left_out);
  const std::optional<std::size_t> shown = first_shown(results);
  return {{"kind", "sweep"},
          {"title", results.name},
          {"version", std::string(base::version())},
          {"sha256", results.sha256},
          {"counts", counts},
          {"commands", commands},
          {"objectives", objectives},
          {"shown", shown ? Json(*shown) : Json()},
          {"points", std::move(points)},
          {"columns", std::move(columns)},
          {"left_out", std::move(left_out)},
          {"runs", runs_json(results)},
          {"details", details_json(results, limits.details)},
          {"coverage", coverage_json(results)},
          {"failures", std::move(failures)},
          {"failures_left_out", failures_left_out},
          {"refusals", std::move(refusals)},
          {"illustrations", illustrations_json(illustrations)}};
}

Json regression_document(const RegressionResults& results) {
  const Json& json = results.json;
  Json document = {{"kind", "regression"},
                   {"title", json.at("name")},
                   {"version", std::string(base::version())},
                   {"sha256", results.sha256}};
  for (const char* key : {"complete", "planned", "passed", "failed", "errors", "seconds"}) {
    document[key] = json.contains(key) ? json[key] : Json();
  }
  Json columns = Json::object();
  for (const char* key :
       {"test", "specification", "seed", "verdict", "seconds", "command", "message"}) {
    Json column = Json::array();
    for (const Json& run : json.at("runs")) {
      column.push_back(run.is_object() && run.contains(key) ? run[key] : Json());
    }
    columns[key] = std::move(column);
  }
  document["runs"] = std::move(columns);
  document["failures"] = json.at("failures");
  document["coverage"] = json.contains("coverage") ? json["coverage"] : Json();
  return document;
}

}  // namespace cimforge::results_page
