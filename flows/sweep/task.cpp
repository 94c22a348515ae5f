#include "flows/sweep/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "flows/sweep/command.h"
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

constexpr std::size_t digits = 32;

/// The hash of a file's contents, read once.
class FileHashes {
 public:
  explicit FileHashes(fs::path directory) : directory_(std::move(directory)) {}

  /// Nothing where `word` names no file.
  const std::string* find(const std::string& word) {
    const auto [at, is_new] = known_.try_emplace(word);
    if (is_new) {
      std::error_code error;
      const fs::path file = directory_ / word;
      if (word.size() < 4096 && fs::is_regular_file(file, error)) {
        at->second = base::sha256(base::read_file(file)).substr(0, digits);
      }
    }
    return at->second.empty() ? nullptr : &at->second;
  }

 private:
  fs::path directory_;
  std::unordered_map<std::string, std::string> known_;
};

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
  return base::sha256(text).substr(0, digits);
}

Tasks plan_tasks(const Sweep& sweep, const std::vector<Point>& points, const fs::path& program,
                 const std::function<void()>& check_interrupt) {
  Tasks result;
  FileHashes files(sweep.file.parent_path());
  const std::string own =
      fmt::format("{} {}", base::version(), base::sha256(base::read_file(program)).substr(0, 16));

  struct Prepared {
    const Command* command;
    const CommandInfo* info;
    std::map<std::string, std::string> tools;
  };
  std::vector<Prepared> prepared;
  for (const Command& command : sweep.commands) {
    const auto info = std::ranges::find(command_table(), command.words.front(), &CommandInfo::name);
    prepared.push_back({&command, &*info, tools_of(*info, own)});
  }

  const Specifications specifications(sweep);
  std::unordered_map<std::string, std::size_t> known_specifications;
  std::vector<std::vector<std::string>> texts;
  std::unordered_map<std::string, std::size_t> known_tasks;
  std::string last_text;  // variables alone changed: the same specification again
  std::optional<std::size_t> last;
  std::string last_refusal;
  for (const Point& point : points) {
    check_interrupt();
    PlannedPoint planned{point, {}, {}};
    std::string text = specifications.text(point);
    if (text != last_text) {
      last_text = std::move(text);
      last.reset();
      last_refusal.clear();
      const spec::ParseResult parsed =
          spec::parse(last_text, fmt::format("point {}", point.number));
      if (parsed.spec) {
        std::string canonical = spec::to_toml(*parsed.spec);
        const auto [at, is_new] =
            known_specifications.try_emplace(canonical, result.specifications.size());
        if (is_new) {
          result.specifications.push_back(std::move(canonical));
          texts.push_back(texts_of(*parsed.spec));
        }
        last = at->second;
      } else {
        for (const base::Diagnostic& each : parsed.diagnostics) {
          last_refusal +=
              fmt::format("{}{} [{}]", last_refusal.empty() ? "" : "; ", each.message, each.code);
        }
      }
    }
    if (!last) {
      planned.refusal = last_refusal;
      ++result.refused;
    } else {
      for (const Prepared& each : prepared) {
        Task task;
        task.specification = *last;
        task.command = each.command->name;
        task.time_limit = each.command->time_limit;
        task.tools = each.tools;
        std::map<std::string, std::string> named;
        for (const std::string& word : each.command->words) {
          std::string whole =
              filled(word, [&](const std::string& name) { return to_text(point.values.at(name)); });
          if (const std::string* hash = files.find(whole)) named[whole] = *hash;
          task.words.push_back(std::move(whole));
        }
        for (const std::string& name : texts[*last]) {
          if (const std::string* hash = name.empty() ? nullptr : files.find(name)) {
            named[name] = *hash;
          }
        }
        if (each.info->specification.empty()) {
          task.words.insert(task.words.begin() + 1, "SPEC");
        } else {
          task.words.emplace_back(each.info->specification);
          task.words.emplace_back("SPEC");
        }
        task.hash = hash_of(result.specifications[*last], task.words, task.tools, named);
        const auto [at, is_new] = known_tasks.try_emplace(task.hash, result.tasks.size());
        if (is_new) result.tasks.push_back(std::move(task));
        planned.tasks.push_back(at->second);
      }
    }
    result.points.push_back(std::move(planned));
  }
  return result;
}

}  // namespace cimforge::sweep
