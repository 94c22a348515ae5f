// How fast the emitted macro simulates, beside the same contract written as loops and with
// $countones: every form in Verilator with the compiler and flags that suit it best.
//
// Timing is by Google Benchmark, whose repetitions are interleaved at random, so that another
// program's load falls on every form alike; the best repetition counts. Nothing but a wrong result
// makes the benchmark fail.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "flows/interrupt.h"
#include "flows/tools.h"
#include "forms.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "model.h"
#include "timing.h"

namespace {

using namespace cimforge;             // NOLINT: the program of this namespace
using namespace cimforge::benchmark;  // NOLINT
using Json = nlohmann::ordered_json;

struct Options {
  std::string output = "bench.json";
  bool full = false;
  bool settings = false;
  bool blocks = false;
  std::string shape;
  std::string contender;
  int repetitions = 7;
};

/// A form with its rate.
struct Entry {
  std::string form;
  std::string compiler;
  std::string flags;
  double rate = 0;  ///< cycles a second
  double build_seconds = 0;
};

/// Everything built in a directory of this run.
class Workshop {
 public:
  Workshop() : runtime_(directory_.path()) {}

  /// Builds a form with each toolchain and checks every one.
  std::vector<std::unique_ptr<Model>> build(const Form& form,
                                            const std::vector<Toolchain>& toolchains) {
    const Verilated verilated =
        verilate(form, directory_.path() / fmt::format("form{}", count_++));
    std::vector<std::unique_ptr<Model>> models;
    for (const Toolchain& toolchain : toolchains) {
      fmt::print(stderr, "  {}: {}, {} {}\n", form.spec.name, form.name, toolchain.name,
                 toolchain.flags);
      models.push_back(std::make_unique<Model>(verilated, toolchain, runtime_));
      check(*models.back());
    }
    return models;
  }

 private:
  base::TemporaryDirectory directory_{"cimforge-bench-"};
  Runtime runtime_;
  int count_ = 0;
};

std::vector<Entry> time_all(const std::vector<std::unique_ptr<Model>>& models, int repetitions) {
  std::vector<const Model*> pointers;
  for (const auto& model : models) pointers.push_back(model.get());
  const std::vector<double> rates = cycles_per_second(pointers, repetitions);
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const Model& model = *models[i];
    entries.push_back({model.form().name,
                       model.toolchain().name + " " + model.toolchain().version,
                       model.toolchain().flags, rates[i], model.build_seconds()});
  }
  return entries;
}

Json to_json(const Entry& entry) {
  return {{"form", entry.form},
          {"compiler", entry.compiler},
          {"flags", entry.flags},
          {"cycles_per_second", entry.rate},
          {"build_seconds", entry.build_seconds}};
}

Json machine() {
  std::string cpu = "unknown";
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    cpu = line.substr(line.find(':') + 2);
    break;
  }
  Json compilers = Json::array();
  std::string last;
  for (const Toolchain& each : all_toolchains()) {
    if (each.name != last) compilers.push_back(each.name + " " + each.version);
    last = each.name;
  }
  return {{"cpu", cpu},
          {"cores", std::thread::hardware_concurrency()},
          {"compilers", compilers},
          {"verilator", flows::find_tool(flows::ToolId::verilator).version}};
}

/// What issue 2 asks for at each of the four shapes: multiples of the loop and of $countones.
struct Bar {
  double loop;
  double countones;  ///< 0: none
};
constexpr std::array<Bar, 4> bars = {{{60, 4}, {60, 2}, {35, 0}, {30, 0}}};

/// The shapes of the claim.
Json run_shapes(Workshop& workshop, const Options& options) {
  Json rows = Json::array();
  const std::vector<spec::MacroSpec> shapes = claimed_shapes();
  std::string table;
  for (std::size_t index = 0; index < shapes.size(); ++index) {
    const spec::MacroSpec& shape = shapes[index];
    if (shape.name.find(options.shape) == std::string::npos) continue;
    spec::MacroSpec flop = shape;
    flop.storage = spec::Storage::flop;
    std::vector<Form> forms = loops(shape, options.full);
    for (Form& form : countones(shape, options.full)) forms.push_back(std::move(form));
    forms.push_back(emitted(shape));
    forms.push_back(emitted(flop));

    std::erase_if(forms, [&](const Form& form) {
      return form.contender != Contender::latch &&
             std::string(to_string(form.contender)).find(options.contender) == std::string::npos;
    });

    std::vector<std::unique_ptr<Model>> models;
    for (const Form& form : forms) {
      const auto toolchains =
          options.full ? all_toolchains() : best_toolchains(form.contender);
      for (auto& model : workshop.build(form, toolchains)) models.push_back(std::move(model));
    }
    const std::vector<Entry> entries = time_all(models, options.repetitions);

    std::array<std::optional<Entry>, contender_count> best;
    Json all = Json::array();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      auto& place = best[static_cast<std::size_t>(models[i]->form().contender)];
      if (!place || place->rate < entries[i].rate) place = entries[i];
      all.push_back(to_json(entries[i]));
    }
    const auto& of = [&](Contender contender) -> const Entry& {
      return *best[static_cast<std::size_t>(contender)];
    };
    const double latch = of(Contender::latch).rate;
    const auto ratio = [&](Contender contender) { return latch / of(contender).rate; };
    table += fmt::format("\n{}\n", shape.name);
    Json contenders = Json::object();
    for (int i = 0; i < contender_count; ++i) {
      const auto contender = static_cast<Contender>(i);
      if (!best[static_cast<std::size_t>(i)]) continue;
      const Entry& entry = of(contender);
      double bar = contender == Contender::loop        ? bars[index].loop
                   : contender == Contender::countones ? bars[index].countones
                                                       : 0;
      table += fmt::format("  {:16} {:9.1f} kHz  latch is {:6.2f} times {:9}  build {:6.1f} s   {}; {}, {}\n",
                           to_string(contender), entry.rate / 1e3, ratio(contender),
                           bar > 0 ? fmt::format("(bar {})", bar) : "", entry.build_seconds,
                           entry.form, entry.compiler, entry.flags);
      Json row = to_json(entry);
      row["latch_ratio"] = ratio(contender);
      if (bar > 0) row["bar"] = bar;
      contenders[to_string(contender)] = row;
    }
    rows.push_back({{"shape", shape.name}, {"best", contenders}, {"tried", all}});
  }
  fmt::print("{}\n", table);
  return rows;
}

/// One row of a table of variants of the emitted macro against one baseline.
Json run_variants(Workshop& workshop, const Options& options, const spec::MacroSpec& base_spec,
                  const std::vector<std::pair<std::string, spec::MacroSpec>>& variants,
                  bool with_loop) {
  std::vector<std::unique_ptr<Model>> models;
  std::size_t loop_models = 0;
  if (with_loop) {
    for (const Form& form : loops(base_spec, false)) {
      if (form.contender == Contender::loop) continue;  // the masked form is faster
      for (auto& model : workshop.build(form, best_toolchains(form.contender))) {
        models.push_back(std::move(model));
      }
    }
    loop_models = models.size();
  }
  for (const auto& [name, spec] : variants) {
    for (auto& model : workshop.build(emitted(spec), best_toolchains(Contender::latch))) {
      models.push_back(std::move(model));
    }
  }
  const std::vector<Entry> entries = time_all(models, options.repetitions);
  double column_loop = 0;
  double array_loop = 0;
  for (std::size_t i = 0; i < loop_models; ++i) {
    double& place =
        models[i]->form().contender == Contender::masked_loop ? column_loop : array_loop;
    place = std::max(place, entries[i].rate);
  }
  Json rows = Json::array();
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const Entry& entry = entries[loop_models + i];
    Json row = to_json(entry);
    row["shape"] = base_spec.name;
    row["variant"] = variants[i].first;
    std::string ratios;
    if (with_loop) {
      row["loop_cycles_per_second"] = column_loop;
      row["array_loop_cycles_per_second"] = array_loop;
      ratios = fmt::format("  {:7.2f} x loop  {:7.2f} x array loop{}", entry.rate / column_loop,
                           entry.rate / array_loop, entry.rate < column_loop ? "  SLOWER" : "");
    }
    fmt::print("{:26} {:34} {:9.1f} kHz{}  build {:.1f} s\n", base_spec.name, variants[i].first,
               entry.rate / 1e3, ratios, entry.build_seconds);
    rows.push_back(row);
  }
  return rows;
}

/// Compute settings, each against the loop with the same digit. The loop has one bank and no
/// pipeline: it is the plainest.
Json run_settings(Workshop& workshop, const Options& options) {
  Json rows = Json::array();
  for (const spec::MacroSpec& shape :
       {make_spec(64, 64, {true, 4}, {true, 4}), make_spec(37, 100, {false, 5}, {true, 3})}) {
    if (shape.name.find(options.shape) == std::string::npos) continue;
    for (int digit = 1; digit <= shape.input.bits; ++digit) {
      spec::MacroSpec base_spec = shape;
      base_spec.input_bits_per_cycle = digit;
      std::vector<std::pair<std::string, spec::MacroSpec>> variants;
      const auto add = [&](spec::AdderTree tree, int pipeline, int banks) {
        spec::MacroSpec spec = base_spec;
        spec.adder_tree = tree;
        spec.pipeline_stages = pipeline;
        spec.banks = banks;
        variants.emplace_back(fmt::format("k {}, {}, pipeline {}, banks {}", digit,
                                          to_string(tree), pipeline, banks),
                              spec);
      };
      for (const auto tree : {spec::AdderTree::loop, spec::AdderTree::ripple,
                              spec::AdderTree::wallace, spec::AdderTree::dadda}) {
        add(tree, 0, 1);
      }
      add(spec::AdderTree::dadda, 2, 1);
      add(spec::AdderTree::dadda, 4, 1);
      add(spec::AdderTree::dadda, 0, 4);
      if (options.full) {
        add(spec::AdderTree::loop, 0, 4);
        add(spec::AdderTree::dadda, 4, 4);
      }
      for (Json& row : run_variants(workshop, options, base_spec, variants, true)) {
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

Json run_blocks(Workshop& workshop, const Options& options) {
  Json rows = Json::array();
  for (const spec::MacroSpec& shape : claimed_shapes()) {
    if (shape.name.find(options.shape) == std::string::npos) continue;
    std::vector<std::pair<std::string, spec::MacroSpec>> variants;
    for (const int block : {8, 16, 32, 64}) {
      spec::MacroSpec spec = shape;
      spec.rows_per_block = block;
      variants.emplace_back(fmt::format("rows_per_block {}", block), spec);
    }
    for (Json& row : run_variants(workshop, options, shape, variants, false)) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

void run(const Options& options) {
  Workshop workshop;
  Json result;
  result["machine"] = machine();
  if (!options.settings && !options.blocks) result["shapes"] = run_shapes(workshop, options);
  if (options.settings) result["settings"] = run_settings(workshop, options);
  if (options.blocks) result["rows_per_block"] = run_blocks(workshop, options);
  base::write_file_atomically(options.output, result.dump(2) + "\n");
}

}  // namespace

int main(int argc, char** argv) {
  flows::install_interrupt_handlers();
  Options options;
  CLI::App app{"Speed of the emitted macro beside loops and $countones", "cimforge_bench"};
  app.add_option("-o,--output", options.output, "JSON file")->capture_default_str();
  app.add_flag("--full,!--quick", options.full,
               "Every compiler and flag for every form, not only those known best");
  app.add_flag("--settings", options.settings, "Compute settings against the loop");
  app.add_flag("--blocks", options.blocks, "rows_per_block 8 to 64");
  app.add_option("--shape", options.shape, "Only shapes whose name has this in it");
  app.add_option("--contender", options.contender,
                 "Only contenders whose name has this in it, beside the latch");
  app.add_option("--repetitions", options.repetitions)->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  std::vector<std::string> words = {"cimforge_bench", "--benchmark_enable_random_interleaving=true",
                                    "--benchmark_min_time=0.05"};
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  int count = static_cast<int>(pointers.size());
  ::benchmark::Initialize(&count, pointers.data());
  try {
    run(options);
    return 0;
  } catch (const base::CommandError& error) {
    fmt::print(stderr, "cimforge_bench: {}\n", error.what());
    return static_cast<int>(error.status());
  } catch (const std::exception& error) {
    fmt::print(stderr, "cimforge_bench: {}\n", error.what());
    return static_cast<int>(base::ExitStatus::tool_failed);
  }
}
