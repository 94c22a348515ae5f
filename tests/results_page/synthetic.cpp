#include "tests/results_page/synthetic.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "flows/sweep/store.h"
#include "flows/sweep/summary.h"
#include "generator/base/file.h"
#include "generator/base/hash.h"

namespace cimforge::tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// A number from 0 to 1 that looks like chance and is the same everywhere.
double noise(std::size_t seed) {
  const double value = std::sin(static_cast<double>(seed) * 12.9898) * 43758.5453;
  return value - std::floor(value);
}

ordered_json ppa_result(std::size_t i, int rows, int columns, std::size_t figures) {
  const double own = 900.0 + 300.0 * noise(i);
  const double slice = rows * (60.0 + 20.0 * noise(i + 1));
  const double path = 1.5 + 0.02 * rows + noise(i + 2);
  ordered_json json = {{"area_um2", own + slice * columns},
                       {"critical_path_ns", path},
                       {"fmax_mhz", 1000.0 / path},
                       {"modules",
                        {{{"name", "macro"},
                          {"instances", 1},
                          {"own_area_um2", own},
                          {"own_sequential_area_um2", own / 2}},
                         {{"name", "macro_slice"},
                          {"instances", columns},
                          {"own_area_um2", slice},
                          {"own_sequential_area_um2", slice / 3}}}},
                       {"timing",
                        {{"setup_paths", ordered_json::array({{{"kind", "register to register"},
                                                               {"delay_ns", path},
                                                               {"slack_ns", 10.0 - path}}})}}}};
  for (std::size_t f = 0; f < figures; ++f) {
    json[fmt::format("figure_{}", f)] = std::round(1e4 * noise(i * 131 + f)) / 100.0;
  }
  return json;
}

ordered_json verify_result(std::size_t i) {
  ordered_json missed = ordered_json::array({"a result waits long"});
  if (i % 3 == 0) missed.push_back("weights, input and result move on one edge");
  return {{"passed", true},
          {"cycles", 1000 + i},
          {"coverage", {{"hit", 31 - missed.size()}, {"total", 31}, {"missed", missed}}}};
}

}  // namespace

std::string synthetic_specification(int rows, int columns) {
  return fmt::format(
      "name = \"macro\"\nkind = \"digital\"\n[array]\nrows = {}\ncolumns = {}\n[operands]\n"
      "input = \"int4\"\nweight = \"int4\"\n",
      rows, columns);
}

void write_sweep(const fs::path& directory, const Synthetic& options) {
  const sweep::Store store(directory);
  sweep::Sweep sweep;
  sweep.name = "synthetic <&> \"quoted\"";
  sweep.file = "synthetic.toml";
  sweep.commands = {{"verify", {"verify", "--vectors", "200"}, std::chrono::seconds(1)},
                    {"ppa", {"ppa", "--no-power"}, std::chrono::seconds(1)}};
  sweep.objectives = {{"ppa.area_um2 / array.columns", false}, {"ppa.critical_path_ns", false}};
  sweep::Tasks tasks;
  std::vector<sweep::Record> kept;
  for (std::size_t i = 0; i < options.points; ++i) {
    const int rows = 8 * (1 + static_cast<int>(i % 40));
    const int columns = 1 << (i / 40 % 4);
    sweep::PlannedPoint planned;
    planned.point = {i,
                     {{"array.rows", std::int64_t{rows}},
                      {"array.columns", std::int64_t{columns}},
                      {"compute.adder_tree", std::string(i % 2 == 0 ? "area" : "speed")}}};
    for (const bool is_ppa : {false, true}) {
      sweep::Record record;
      record.hash = base::sha256(fmt::format("{} {}", i, is_ppa)).substr(0, 32);
      record.command = is_ppa ? "ppa" : "verify";
      record.words = is_ppa ? std::vector<std::string>{"ppa", "SPEC", "--no-power"}
                            : std::vector<std::string>{"verify", "SPEC", "--vectors", "200"};
      record.specification = synthetic_specification(rows, columns);
      record.seconds = 0.5 + noise(i + 3);
      record.peak_memory_kib = 20'000 + static_cast<std::int64_t>(i);
      record.tools = {{"cimforge", "0.1.0 0123456789abcdef"}, {"yosys", "0.23"}};
      record.host = "host-a";
      record.finished = "2026-01-31T12:00:00Z";
      ordered_json result =
          is_ppa ? ppa_result(i, rows, columns, options.figures) : verify_result(i);
      if (!is_ppa && options.failing_every > 0 && i % options.failing_every == 3) {
        record.status = 1;
        record.message = "3 of 200 vectors are wrong, seed 4\n<script>alert(1)</script>";
        result["passed"] = false;
      }
      record.figures = sweep::figures_of(result);
      store.keep(record, result.dump());
      sweep::Task task;
      task.hash = record.hash;
      task.command = record.command;
      planned.tasks.push_back(tasks.tasks.size());
      tasks.tasks.push_back(task);
      kept.push_back(std::move(record));
    }
    tasks.points.push_back(std::move(planned));
  }
  sweep::PlannedPoint refused;
  refused.point = {options.points,
                   {{"array.rows", std::int64_t{0}},
                    {"array.columns", std::int64_t{1}},
                    {"compute.adder_tree", std::string("area")}}};
  refused.refusal = "rows must be between 1 and 4096, got 0 [rows-out-of-range]";
  tasks.points.push_back(refused);
  std::vector<const sweep::Record*> records;
  for (const sweep::Record& record : kept) records.push_back(&record);
  sweep::write_summary(sweep, tasks, records, sweep::summarise(sweep, tasks, records), store);
}

void write_regression(const fs::path& directory) {
  fs::create_directories(directory);
  const ordered_json counts = {{"hit", 9}, {"total", 10}, {"percent", 90.0}};
  ordered_json json = {
      {"name", "nightly"},
      {"complete", true},
      {"planned", 2},
      {"passed", 1},
      {"failed", 1},
      {"errors", 0},
      {"seconds", 3.5},
      {"runs",
       {{{"test", "digital"},
         {"specification", "examples/small.toml"},
         {"seed", 1},
         {"verdict", "passed"},
         {"seconds", 1.5},
         {"command", "cimforge verify examples/small.toml --seed 1"}},
        {{"test", "digital"},
         {"specification", "examples/small.toml"},
         {"seed", 2},
         {"verdict", "failed"},
         {"seconds", 2.0},
         {"command", "cimforge verify examples/small.toml --seed 2"},
         {"message", "3 of 100 vectors are wrong"}}}},
      {"failures",
       ordered_json::array({{{"test", "digital"},
                             {"specification", "examples/small.toml"},
                             {"seed", 2},
                             {"verdict", "failed"},
                             {"message", "3 of 100 vectors are wrong"},
                             {"vectors", 5},
                             {"monotone", true},
                             {"first_mismatch_vector", 4},
                             {"tried", ordered_json::array()},
                             {"folder", "failures/1-digital-small"},
                             {"command", "cimforge verify spec.toml --vectors 5 --seed 2"}}})},
      {"coverage",
       {{"code",
         {{"runs", 2},
          {"lines", counts},
          {"toggles", counts},
          {"modules", ordered_json::array(
                          {{{"name", "cim_sequencer"}, {"lines", counts}, {"toggles", counts}}})}}},
        {"functional",
         {{"hit", 30},
          {"total", 31},
          {"percent", 96.7},
          {"specifications",
           ordered_json::array({{{"specification", "examples/small.toml"},
                                 {"runs", 2},
                                 {"hit", 30},
                                 {"total", 31},
                                 {"missed", ordered_json::array({"a result waits long"})}}})}}}}},
      {"files", ordered_json::array()}};
  base::write_file_atomically(directory / "results.json", json.dump(2) + "\n");
}

}  // namespace cimforge::tests
