#include "flows/results_page/results.h"

#include <fmt/format.h>

#include <system_error>
#include <unordered_map>
#include <utility>

#include "flows/interrupt.h"
#include "flows/regression_report.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/hash.h"

namespace cimforge::results_page {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* summary_file = "summary.json";

[[noreturn]] void refuse(const fs::path& file, const std::string& what) {
  throw base::InputError(fmt::format("{}: {}", file.string(), what));
}

Json parsed(const fs::path& file, const std::string& text, const char* remedy) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    refuse(file, fmt::format("cut short or no JSON, at byte {} of {}; {}", error.byte, text.size(),
                             remedy));
  }
}

sweep::Value value_of(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  return json.get<std::string>();
}

std::map<std::string, sweep::Value> values_of(const Json& json) {
  std::map<std::string, sweep::Value> values;
  for (const auto& [name, value] : json.items()) {
    // A number that is not finite is null in JSON.
    if (!value.is_null()) values[name] = value_of(value);
  }
  return values;
}

/// A number at `key`, or `otherwise` where there is none.
double number_at(const Json& json, const char* key, double otherwise = 0.0) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->get<double>() : otherwise;
}

std::optional<double> optional_number(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The list at a path of two keys; an empty one where there is none.
const Json& list_at(const Json& json, const char* outer, const char* inner) {
  static const Json none = Json::array();
  const auto first = json.find(outer);
  if (first == json.end()) return none;
  if (inner == nullptr) return first->is_array() ? *first : none;
  if (!first->is_object()) return none;
  const auto second = first->find(inner);
  return second != first->end() && second->is_array() ? *second : none;
}

/// Keys are looked for, not required: what a command leaves out the page leaves out.
void add_details(const Json& json, Run& run) {
  for (const Json& module : list_at(json, "modules", nullptr)) {
    if (!module.is_object() || !optional_number(module, "own_area_um2")) continue;
    const double instances = number_at(module, "instances", 1.0);
    const double own = number_at(module, "own_area_um2");
    run.modules.push_back({text_at(module, "name"),
                           static_cast<std::int64_t>(std::clamp(instances, 0.0, 1e15)),
                           number_at(module, "total_own_area_um2", own * instances),
                           number_at(module, "own_sequential_area_um2") * instances});
  }
  for (const Json& path : list_at(json, "timing", "setup_paths")) {
    if (!path.is_object()) continue;
    run.paths.push_back(
        {text_at(path, "kind"), number_at(path, "delay_ns"), number_at(path, "slack_ns")});
  }
  for (const Json& each : list_at(json, "cases", nullptr)) {
    if (!each.is_object() || !optional_number(each, "accuracy")) continue;
    const auto ideal = each.find("ideal");
    run.cases.push_back({text_at(each, "device"),
                         ideal != each.end() && ideal->is_boolean() && ideal->get<bool>(),
                         optional_number(each, "seconds"), optional_number(each, "celsius"),
                         number_at(each, "accuracy")});
  }
  const auto coverage = json.find("coverage");
  if (coverage != json.end() && coverage->is_object() && coverage->contains("missed")) {
    run.missed_bins.emplace();
    for (const Json& bin : list_at(json, "coverage", "missed")) {
      if (bin.is_string()) run.missed_bins->push_back(bin.get<std::string>());
    }
  }
}

Run read_run(const sweep::Store& store, std::string command, std::string hash, std::string end) {
  Run run{std::move(command), std::move(hash), std::move(end), {}, {}, {}, {}, {}};
  if (run.end == "missing") return run;
  const fs::path place = store.directory() / "results" / run.hash.substr(0, 2);
  std::string broken;
  run.record = store.find(run.hash, &broken);
  if (!broken.empty()) {
    refuse(broken, "this record was cut short; the same `cimforge sweep` makes it again");
  }
  if (!run.record) {
    refuse(place / (run.hash + ".json"),
           "the summary names this record, and it is not there; the same `cimforge sweep` with "
           "--reduce sums up what is");
  }
  if (const std::string text = store.result(run.hash); !text.empty()) {
    const Json json = parsed(place / (run.hash + ".result.json"), text,
                             "remove the record beside it, and the same `cimforge sweep` makes it "
                             "again");
    if (json.is_object()) add_details(json, run);
  }
  return run;
}

}  // namespace

DirectoryKind kind_of(const fs::path& directory) {
  std::error_code error;
  if (fs::is_regular_file(directory / sweep::store_marker, error)) return DirectoryKind::sweep;
  if (fs::is_regular_file(directory / flows::regression_manifest, error)) {
    return DirectoryKind::regression;
  }
  return DirectoryKind::other;
}

SweepResults read_sweep(const fs::path& directory) {
  const fs::path file = directory / summary_file;
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    refuse(directory, fmt::format("these results have no {} yet; the same `cimforge sweep` with "
                                  "--reduce writes it",
                                  summary_file));
  }
  constexpr const char* remedy = "the same `cimforge sweep` with --reduce writes it again";
  const std::string text = base::read_file(file);
  const Json json = parsed(file, text, remedy);
  const sweep::Store store(directory);
  SweepResults results;
  results.sha256 = base::sha256(text);
  try {
    results.name = json.at("sweep").get<std::string>();
    for (const Json& each : json.at("commands")) {
      results.commands.push_back(
          {each.at("name").get<std::string>(), each.at("words").get<std::vector<std::string>>()});
    }
    for (const Json& each : json.at("objectives")) {
      results.objectives.push_back(
          {each.at("figure").get<std::string>(), each.at("aim").get<std::string>() == "most"});
    }
    std::unordered_map<std::string, std::size_t> known;
    for (const Json& each : json.at("points")) {
      flows::throw_if_interrupted();
      ResultPoint point;
      point.number = each.at("number").get<std::uint64_t>();
      point.state = each.at("state").get<std::string>();
      point.is_best = each.at("best").get<bool>();
      point.refusal = text_at(each, "refusal");
      point.values = values_of(each.at("values"));
      point.figures = values_of(each.at("figures"));
      for (const Json& value : each.at("objectives")) {
        point.objectives.push_back(value.is_number() ? std::optional(value.get<double>())
                                                     : std::nullopt);
      }
      point.objectives.resize(results.objectives.size());
      for (const Json& run : each.at("runs")) {
        std::string hash = run.at("hash").get<std::string>();
        const auto [at, is_new] = known.try_emplace(hash, results.runs.size());
        if (is_new) {
          results.runs.push_back(read_run(store, run.at("command").get<std::string>(),
                                          std::move(hash), run.at("end").get<std::string>()));
        }
        point.runs.push_back(at->second);
      }
      results.points.push_back(std::move(point));
    }
  } catch (const Json::exception&) {
    refuse(file, fmt::format("not what `cimforge sweep` writes; {}", remedy));
  }
  if (results.points.empty()) refuse(file, "this sweep has no points, so there is nothing to show");
  return results;
}

RegressionResults read_regression(const fs::path& directory) {
  const fs::path file = directory / flows::regression_manifest;
  const std::string text = base::read_file(file);
  RegressionResults results{base::sha256(text),
                            parsed(file, text, "the same `cimforge regress` writes it again")};
  const auto is_list = [&](const char* key) {
    const auto found = results.json.find(key);
    return found != results.json.end() && found->is_array();
  };
  if (!results.json.is_object() || !is_list("runs") || !is_list("failures") ||
      text_at(results.json, "name").empty()) {
    refuse(file, "not what `cimforge regress` writes");
  }
  if (results.json.at("runs").empty()) {
    refuse(file, "this regression has no runs, so there is nothing to show");
  }
  return results;
}

}  // namespace cimforge::results_page
