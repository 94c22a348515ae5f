#include "flows/sweep/summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <system_error>

#include "flows/sweep/expression.h"
#include "flows/sweep/front.h"
#include "generator/base/hash.h"
#include "generator/base/quote.h"

namespace cimforge::sweep {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// How a task ended, in words: `exit status 1`.
std::string end_of(const Record& record) {
  if (record.timed_out) return "time limit";
  if (record.signal != 0) return fmt::format("signal {}", record.signal);
  return fmt::format("exit status {}", record.status);
}

std::string failure_directory(const Record& record) {
  return fmt::format("failures/{}-{}", record.command, record.hash.substr(0, 12));
}

std::string command_line(const Record& record, const std::string& specification) {
  std::string line = "cimforge";
  for (const std::string& word : record.words) {
    line += " " + base::shell_quoted(word == "SPEC" ? specification : word);
  }
  return line;
}

std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) {
    result += c;
    if (c == '"') result += c;
  }
  return result + "\"";
}

/// The figures that are numbers in any point, in alphabetical order.
std::set<std::string> numbers_of(const Summary& summary) {
  std::set<std::string> names;
  for (const PointResult& point : summary.points) {
    for (const auto& [name, value] : point.figures) {
      if (!std::holds_alternative<std::string>(value)) names.insert(name);
    }
  }
  return names;
}

std::vector<std::string> axis_names(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const Axis& axis : sweep.axes)
    names.insert(names.end(), axis.names.begin(), axis.names.end());
  return names;
}

std::string values_text(const PointResult& point) {
  std::string text;
  for (const auto& [name, value] : point.planned->point.values) {
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, to_text(value));
  }
  return text.empty() ? "the specification" : text;
}

/// Each failed task once, with the first point that has it.
std::vector<std::pair<const Record*, const PointResult*>> failures_of(
    const std::vector<const Record*>& records, const Summary& summary) {
  std::vector<std::pair<const Record*, const PointResult*>> failures;
  std::set<std::size_t> seen;
  for (const PointResult& point : summary.points) {
    for (const std::size_t task : point.planned->tasks) {
      const Record* record = records[task];
      if (record != nullptr && !record->succeeded() && seen.insert(task).second) {
        failures.emplace_back(record, &point);
      }
    }
  }
  return failures;
}

/// Those that this sweep wrote before and that fail no more; others of the directory have their
/// own.
void remove_former_failures(const Sweep& sweep, const std::set<std::string>& current,
                            const Store& store) {
  const fs::path failures = store.directory() / "failures";
  const std::string list = fmt::format(".failures.{}", base::sha256(sweep.name).substr(0, 16));
  std::error_code error;
  if (current.empty() && !fs::exists(store.directory() / list, error)) return;
  std::ifstream former(store.directory() / list);
  for (std::string name; std::getline(former, name);) {
    const bool is_plain = !name.empty() && name.find('/') == std::string::npos && name[0] != '.';
    if (is_plain && !current.contains(name)) fs::remove_all(failures / name, error);
  }
  store.write(list, fmt::format("{}\n", fmt::join(current, "\n")));
}

}  // namespace

const char* to_string(PointState state) {
  switch (state) {
    case PointState::done:
      return "done";
    case PointState::failed:
      return "failed";
    case PointState::refused:
      return "refused";
    case PointState::missing:
      break;
  }
  return "missing";
}

std::size_t Summary::count(PointState state) const {
  return static_cast<std::size_t>(std::ranges::count(points, state, &PointResult::state));
}

void mark_best(const Sweep& sweep, std::vector<PointResult>& points) {
  if (sweep.objectives.empty()) return;
  Front<std::size_t> front;
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::vector<double> values;
    for (std::size_t o = 0; o < sweep.objectives.size(); ++o) {
      const std::optional<double>& value = points[i].objectives[o];
      if (value) values.push_back(sweep.objectives[o].most ? -*value : *value);
    }
    if (values.size() == sweep.objectives.size() && points[i].state == PointState::done) {
      front.add(std::move(values), i);
    }
  }
  for (const auto& [values, indices] : front.kept()) {
    for (const std::size_t index : indices) points[index].is_best = true;
  }
}

Summary summarise(const Sweep& sweep, const Tasks& tasks,
                  const std::vector<const Record*>& records) {
  Summary summary;
  summary.name = sweep.name;
  std::vector<Expression> objectives;
  for (const Objective& each : sweep.objectives) objectives.emplace_back(each.figure);
  const Values values_of(sweep);
  for (const PlannedPoint& planned : tasks.points) {
    PointResult result;
    result.planned = &planned;
    result.figures = planned.estimates;
    bool failed = false;
    bool missing = false;
    for (std::size_t i = 0; i < planned.tasks.size(); ++i) {
      const Record* record = records[planned.tasks[i]];
      if (record == nullptr) {
        missing = true;
        continue;
      }
      failed = failed || !record->succeeded();
      const std::string& command = sweep.commands[i].name;
      for (const auto& [path, value] : record->figures) {
        result.figures[command + "." + path] = value;
      }
      result.figures[command + ".run_seconds"] = record->seconds;
    }
    result.state = !planned.refusal.empty() ? PointState::refused
                   : failed                 ? PointState::failed
                   : missing                ? PointState::missing
                                            : PointState::done;
    for (Expression& objective : objectives) {
      std::optional<double> value =
          objective.evaluate([&](const std::string& name) -> std::optional<Value> {
            if (const auto at = result.figures.find(name); at != result.figures.end()) {
              return at->second;
            }
            return values_of(planned.point, name);
          });
      // A point that has divided by zero is not better than others.
      if (value && !std::isfinite(*value)) value.reset();
      result.objectives.push_back(value);
    }
    summary.points.push_back(std::move(result));
  }
  summary.done = summary.count(PointState::done);
  summary.failed = summary.count(PointState::failed);
  summary.refused = summary.count(PointState::refused);
  summary.missing = summary.count(PointState::missing);
  mark_best(sweep, summary.points);
  for (std::size_t o = 0; o < sweep.objectives.size() && summary.done > 0; ++o) {
    if (std::ranges::none_of(summary.points, [&](const PointResult& point) {
          return point.state == PointState::done && point.objectives[o];
        })) {
      summary.without_value.push_back(sweep.objectives[o].figure);
    }
  }
  return summary;
}

ordered_json to_json(const Sweep& sweep, const Tasks& tasks,
                     const std::vector<const Record*>& records, const Summary& summary) {
  ordered_json objectives = ordered_json::array();
  for (const Objective& each : sweep.objectives) {
    objectives.push_back({{"figure", each.figure}, {"aim", each.most ? "most" : "least"}});
  }
  ordered_json commands = ordered_json::array();
  for (const Command& each : sweep.commands) {
    commands.push_back({{"name", each.name}, {"words", each.words}});
  }
  ordered_json points = ordered_json::array();
  for (const PointResult& point : summary.points) {
    ordered_json values = ordered_json::object();
    for (const auto& [name, value] : point.planned->point.values) values[name] = to_json(value);
    ordered_json figures = ordered_json::object();
    for (const auto& [name, value] : point.figures) figures[name] = to_json(value);
    ordered_json runs = ordered_json::array();
    for (const std::size_t task : point.planned->tasks) {
      const Record* record = records[task];
      runs.push_back({{"command", tasks.tasks[task].command},
                      {"hash", tasks.tasks[task].hash},
                      {"end", record == nullptr ? "missing" : end_of(*record)}});
    }
    ordered_json json = {{"number", point.planned->point.number},
                         {"state", to_string(point.state)},
                         {"best", point.is_best},
                         {"values", values}};
    if (!point.planned->refusal.empty()) json["refusal"] = point.planned->refusal;
    ordered_json aims = ordered_json::array();
    for (const auto& value : point.objectives) {
      aims.push_back(value ? ordered_json(*value) : ordered_json());
    }
    json["objectives"] = aims;
    json["runs"] = runs;
    json["figures"] = figures;
    points.push_back(std::move(json));
  }
  return {{"sweep", sweep.name},        {"commands", commands},     {"objectives", objectives},
          {"done", summary.done},       {"failed", summary.failed}, {"refused", summary.refused},
          {"missing", summary.missing}, {"points", points}};
}

std::string to_csv(const Sweep& sweep, const Summary& summary) {
  const std::vector<std::string> axes = axis_names(sweep);
  const std::set<std::string> figures = numbers_of(summary);
  std::string text = "point";
  for (const std::string& name : axes) text += "," + cell(name);
  text += ",state,best";
  for (const Objective& each : sweep.objectives) text += "," + cell(each.figure);
  for (const std::string& name : figures) text += "," + cell(name);
  text += "\n";
  for (const PointResult& point : summary.points) {
    text += fmt::format("{}", point.planned->point.number);
    for (const std::string& name : axes) {
      text += "," + cell(to_text(point.planned->point.values.at(name)));
    }
    text += fmt::format(",{},{}", to_string(point.state), point.is_best ? 1 : 0);
    for (const auto& value : point.objectives) text += value ? fmt::format(",{}", *value) : ",";
    for (const std::string& name : figures) {
      const auto at = point.figures.find(name);
      text += "," + (at == point.figures.end() ? "" : cell(to_text(at->second)));
    }
    text += "\n";
  }
  return text;
}

std::string to_markdown(const Sweep& sweep, const Tasks& tasks,
                        const std::vector<const Record*>& records, const Summary& summary) {
  constexpr std::size_t most_rows = 50;
  std::string text = fmt::format(
      "# {}\n\n{} points: {} done, {} failed, {} no macro, {} without a result; {} runs of "
      "commands.\n",
      base::markdown_cell(sweep.name), summary.points.size(), summary.done, summary.failed,
      summary.refused, summary.missing, tasks.tasks.size());
  const auto more = [&](std::size_t count) {
    return count > most_rows ? fmt::format("\n{} more in summary.json.\n", count - most_rows) : "";
  };

  for (const std::string& figure : summary.without_value) {
    text += fmt::format("\n{} has a value at no point.\n", base::markdown_cell(figure));
  }
  if (!sweep.objectives.empty()) {
    text += "\n## Best points\n\n| Point |";
    std::string rule = "|---|";
    for (const Objective& each : sweep.objectives) {
      text +=
          fmt::format(" {} {} |", each.most ? "most" : "least", base::markdown_cell(each.figure));
      rule += "---:|";
    }
    text += "\n" + rule + "\n";
    std::size_t count = 0;
    for (const PointResult& point : summary.points) {
      if (!point.is_best || ++count > most_rows) continue;
      text += fmt::format("| {} |", base::markdown_cell(values_text(point)));
      for (const auto& value : point.objectives) text += fmt::format(" {:.6g} |", *value);
      text += "\n";
    }
    text += more(count);
  }

  const auto failures = failures_of(records, summary);
  if (!failures.empty()) {
    text += "\n## Failures\n\n| Point | End | To repeat it |\n|---|---|---|\n";
    for (std::size_t i = 0; i < std::min(failures.size(), most_rows); ++i) {
      const auto& [record, point] = failures[i];
      text += fmt::format("| {} | {} | `{}/run.sh` |\n", base::markdown_cell(values_text(*point)),
                          end_of(*record), failure_directory(*record));
    }
    text += more(failures.size());
  }
  if (summary.refused > 0) {
    text += "\n## No macro\n\n| Point | Reason |\n|---|---|\n";
    std::size_t count = 0;
    for (const PointResult& point : summary.points) {
      if (point.state != PointState::refused || ++count > most_rows) continue;
      text += fmt::format("| {} | {} |\n", base::markdown_cell(values_text(point)),
                          base::markdown_cell(point.planned->refusal));
    }
    text += more(count);
  }
  return text;
}

void write_summary(const Sweep& sweep, const Tasks& tasks,
                   const std::vector<const Record*>& records, const Summary& summary,
                   const Store& store) {
  std::set<std::string> current;
  for (const auto& [record, point] : failures_of(records, summary)) {
    const std::string directory = failure_directory(*record);
    current.insert(fs::path(directory).filename().string());
    store.write(directory + "/spec.toml", record->specification);
    store.write(directory + "/output.txt", record->message + "\n");
    const std::string here =
        fs::absolute(store.directory() / directory).lexically_normal().string();
    const std::string file = directory + "/run.sh";
    store.write(file,
                fmt::format("#!/bin/sh\n# {}: {}\ncd {} &&\n{}\n",
                            base::on_one_line(values_text(*point), 1000), end_of(*record),
                            base::shell_quoted(fs::absolute(sweep.file).parent_path().string()),
                            command_line(*record, here + "/spec.toml")));
    std::error_code ignored;
    fs::permissions(store.directory() / file,
                    fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read, ignored);
  }
  remove_former_failures(sweep, current, store);
  store.write("summary.md", to_markdown(sweep, tasks, records, summary));
  store.write("points.csv", to_csv(sweep, summary));
  store.write("summary.json", text_of(to_json(sweep, tasks, records, summary)));
}

}  // namespace cimforge::sweep
