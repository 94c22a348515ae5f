#include "flows/sweep/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "flows/sweep/command.h"
#include "flows/sweep/estimates.h"
#include "flows/sweep/file_hashes.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/hash.h"
#include "generator/base/version.h"
#include "generator/spec/keys.h"
#include "generator/spec/parse.h"
#include "generator/spec/spec.h"

namespace cimforge::sweep {
namespace {

namespace fs = std::filesystem;

/// What a word of a command may name: `model.json`, `--library=model.json`.
std::string named_by(const std::string& word) {
  const std::size_t equals = word.find('=');
  return word.starts_with('-') && equals != std::string::npos ? word.substr(equals + 1) : word;
}

std::map<std::string, std::string> tools_of(const CommandInfo& info, const std::string& program) {
  std::map<std::string, std::string> tools = {{"cimforge", program}};
  for (const flows::ToolId id : info.tools) {
    const flows::Tool tool = flows::find_tool(id);
    tools[flows::tool_info(id).name] = tool.version;
  }
  if (info.compiles) {
    const flows::Tool tool = flows::find_cxx_compiler();
    tools[flows::tool_info(tool.id).name] = tool.version;
  }
  return tools;
}

/// The texts of a specification that may name files: devices, converters.
std::vector<std::string> texts_of(spec::MacroSpec spec) {
  std::vector<std::string> texts;
  for (const spec::Key& key : spec::keys()) {
    if (const auto* text = std::get_if<spec::Text>(&key.value)) {
      texts.push_back(text->member(spec));
    }
  }
  return texts;
}

/// Collects specifications and tasks, each once.
class Planner {
 public:
  Planner(const std::vector<Command>& commands, const fs::path& directory, const fs::path& program)
      : files_(directory) {
    const std::string own =
        fmt::format("{} {}", base::version(), base::sha256(base::read_file(program)).substr(0, 16));
    for (const Command& command : commands) {
      const auto info =
          std::ranges::find(command_table(), command.words.front(), &CommandInfo::name);
      prepared_.push_back({&command, &*info, tools_of(*info, own)});
    }
  }

  /// The place of a specification among those that there are.
  std::size_t add(const spec::MacroSpec& spec) {
    std::string canonical = spec::to_toml(spec);
    const auto [at, is_new] = specifications_.try_emplace(canonical, tasks_.specifications.size());
    if (is_new) {
      tasks_.specifications.push_back(std::move(canonical));
      files_of_.emplace_back();
      for (const std::string& name : texts_of(spec)) {
        const std::string* hash = name.empty() ? nullptr : files_.find(name);
        if (hash != nullptr) files_of_.back()[name] = *hash;
      }
    }
    return at->second;
  }

  /// The task of each command on a specification; `value` gives what stands for a `{name}`.
  std::vector<std::size_t> add_tasks(std::size_t specification,
                                     const std::function<std::string(const std::string&)>& value) {
    std::vector<std::size_t> result;
    for (const Prepared& each : prepared_) {
      Task task;
      task.specification = specification;
      task.command = each.command->name;
      task.time_limit = each.command->time_limit;
      task.tools = each.tools;
      std::map<std::string, std::string> named = files_of_[specification];
      for (const std::string& word : each.command->words) {
        task.words.push_back(filled(word, value));
        // A value of that name is a file.
        if (task.words.back() == "SPEC") task.words.back() = "./SPEC";
        const std::string name = named_by(task.words.back());
        if (task.words.size() == 1) continue;  // the command
        if (const std::string* hash = files_.find(name)) named[name] = *hash;
      }
      if (each.info->specification.empty()) {
        task.words.insert(task.words.begin() + 1, "SPEC");
      } else {
        task.words.emplace_back(each.info->specification);
        task.words.emplace_back("SPEC");
      }
      task.hash = hash_of(tasks_.specifications[specification], task.words, task.tools, named);
      const auto [at, is_new] = known_.try_emplace(task.hash, tasks_.tasks.size());
      if (is_new) tasks_.tasks.push_back(std::move(task));
      result.push_back(at->second);
    }
    return result;
  }

  void add_point(PlannedPoint point) {
    if (!point.refusal.empty()) ++tasks_.refused;
    tasks_.points.push_back(std::move(point));
  }

  Tasks take() { return std::move(tasks_); }

 private:
  struct Prepared {
    const Command* command;
    const CommandInfo* info;
    std::map<std::string, std::string> tools;
  };
  FileHashes files_;
  std::vector<Prepared> prepared_;
  std::vector<std::map<std::string, std::string>> files_of_;  ///< of each specification
  std::unordered_map<std::string, std::size_t> specifications_;
  std::unordered_map<std::string, std::size_t> known_;  ///< tasks by their hashes
  Tasks tasks_;
};

}  // namespace

std::string hash_of(const std::string& specification, const std::vector<std::string>& words,
                    const std::map<std::string, std::string>& tools,
                    const std::map<std::string, std::string>& files) {
  std::string text = "cimforge sweep 1\n";
  const auto add = [&](std::string_view part) {
    text += fmt::format("{}:{}\n", part.size(), part);
  };
  add(specification);
  for (const std::string& word : words) add(word);
  text += "tools\n";
  for (const auto& [name, version] : tools) add(name), add(version);
  text += "files\n";
  for (const auto& [name, hash] : files) add(name), add(hash);
  return base::sha256(text).substr(0, hash_digits);
}

Tasks plan_tasks(const std::vector<spec::MacroSpec>& specifications, const Command& command,
                 const fs::path& directory, const fs::path& program) {
  const std::vector<Command> commands = {command};
  Planner planner(commands, directory, program);
  for (const spec::MacroSpec& spec : specifications) {
    PlannedPoint point;
    point.tasks =
        planner.add_tasks(planner.add(spec), [](const std::string& name) { return name; });
    planner.add_point(std::move(point));
  }
  return planner.take();
}

Tasks plan_tasks(const Sweep& sweep, const std::vector<Point>& points, const fs::path& program,
                 const std::function<void()>& check_interrupt) {
  Planner planner(sweep.commands, sweep.file.parent_path(), program);
  const Specifications specifications(sweep);
  std::optional<Estimates> estimates;
  if (sweep.reads_estimates) estimates.emplace(sweep);
  std::optional<std::vector<Value>> last_values;  // variables alone changed: the same again
  std::optional<std::size_t> last;
  std::string refusal;
  for (const Point& point : points) {
    check_interrupt();
    PlannedPoint planned{point, {}, {}, {}};
    std::vector<Value> values = specifications.key_values(point);
    if (values != last_values) {
      last_values = std::move(values);
      last.reset();
      refusal.clear();
      const spec::ParseResult parsed = specifications.with(*last_values);
      if (parsed.spec) last = planner.add(*parsed.spec);
      for (const base::Diagnostic& each : parsed.diagnostics) {
        refusal += fmt::format("{}{} [{}]", refusal.empty() ? "" : "; ", each.message, each.code);
      }
    }
    planned.refusal = refusal;
    if (estimates) {
      if (const auto* figures = estimates->of(point)) planned.estimates = *figures;
    }
    if (last) {
      planned.tasks = planner.add_tasks(
          *last, [&](const std::string& name) { return to_text(point.values.at(name)); });
    }
    planner.add_point(std::move(planned));
  }
  return planner.take();
}

}  // namespace cimforge::sweep
