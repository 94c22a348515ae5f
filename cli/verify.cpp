#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/analog_engine.h"
#include "flows/device_array.h"
#include "flows/interrupt.h"
#include "flows/planned_bench.h"
#include "flows/ppa.h"
#include "flows/progress.h"
#include "generator/base/exit_status.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"
#include "tb/bench.h"
#include "tb/logic_bench.h"

namespace cimforge::cli {

void add_verify(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, rtl, trace, coverage, json;
    int toggle_width = flows::default_toggle_width;
    std::uint64_t vectors = 1000;
    std::uint64_t seed = 1;
    int jobs = default_jobs();
    bool synthesis_view = false;
    bool gates = false;
    std::vector<std::string> liberty;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "verify", "Verilate the macro and compare it with the golden model under every traffic");
  add_spec(*command, options->spec);
  command
      ->add_option("--vectors", options->vectors,
                   "Results to compare; corners and exhaustive parts may add to them")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40U))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Seed of the random stimulus")
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "Compilers and simulations at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--trace", options->trace, "Write an FST trace to FILE; slower, one job")
      ->type_name("FILE");
  CLI::Option* coverage =
      command
          ->add_option("--coverage", options->coverage,
                       "Write the line and toggle coverage of the RTL to FILE, for "
                       "verilator_coverage; slower")
          ->type_name("FILE");
  command
      ->add_option("--toggle-width", options->toggle_width,
                   "Widest signal, in bits, whose toggles --coverage counts")
      ->check(CLI::Range(1, 1 << 20))
      ->needs(coverage)
      ->capture_default_str();
  command->add_flag("--synthesis-view", options->synthesis_view,
                    "Simulate the description that synthesis tools read (SYNTHESIS defined)");
  CLI::Option* gates = command->add_flag(
      "--gates", options->gates,
      "Simulate the netlist that Yosys maps to the cells of a Liberty file, without delays");
  gates->excludes(coverage);
  command
      ->add_option(
          "--liberty", options->liberty,
          "Liberty file of --gates; further ones describe black boxes. Default: OSU 0.18 um")
      ->type_name("FILE")
      ->needs(gates);
  add_rtl(*command, options->rtl);
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = load_specification(options->spec);
      if (spec::has_array(spec) && spec.analog.program_tolerance > 0) {
        throw base::InputError(fmt::format(
            "{}: with program_tolerance {} a cell may stay off its level, and no result is exact: "
            "verify the macro with 0 (it is a register after reset)",
            options->spec, spec.analog.program_tolerance));
      }
      require_writable(options->json);
      require_writable(options->trace);
      require_writable(options->coverage);
      const Rtl rtl =
          rtl_for(spec, options->rtl,
                  options->gates ? library_delays(spec, options->liberty) : std::nullopt);
      std::optional<base::TemporaryDirectory> netlist;
      flows::RtlSource source = rtl.source;
      if (options->gates) {
        netlist.emplace("cimforge-gates-");
        source = flows::mapped_rtl(spec, rtl.source.directory, options->liberty, netlist->path());
      }
      // On ideal devices: they compute what the golden model does.
      std::optional<flows::DeviceArrays> devices;
      if (flows::has_device_array(source)) {
        devices.emplace(analog::MacroConfig{.spec = spec,
                                            .device = flows::analog_device(spec, options->spec),
                                            .converter = analog::ideal_converter(spec),
                                            .effects = analog::Effects::none()});
      }
      const flows::VerilatedModel model(source, spec,
                                        {.trace = !options->trace.empty(),
                                         .jobs = options->jobs,
                                         .optimised = !options->gates,
                                         .array = devices ? &devices->hooks() : nullptr,
                                         .synthesis_view = options->synthesis_view,
                                         .coverage = !options->coverage.empty(),
                                         .toggle_width = options->toggle_width});
      const auto write_coverage = [&] {
        if (options->coverage.empty()) return;
        base::write_file_atomically(options->coverage, model.coverage().to_text());
      };

      if (spec.kind == spec::Kind::logic) {
        flows::Progress progress("verify", "results");
        tb::LogicBenchOptions bench;
        bench.results = options->vectors;
        bench.seed = options->seed;
        bench.trace_file = options->trace;
        bench.progress = [&](std::uint64_t done, std::uint64_t total) {
          progress.update(done, total);
        };
        bench.interrupt = flows::throw_if_interrupted;
        const tb::LogicBenchResult result = tb::run_logic_bench(spec, model, bench);
        progress.clear();
        write_coverage();
        give(fmt::format("{}: {}", spec.name, tb::to_text(result)), tb::to_json(result),
             options->json);
        return result.passed() ? base::ExitStatus::done : base::ExitStatus::check_failed;
      }
      flows::Progress progress("verify", "vectors");
      tb::BenchOptions bench;
      bench.vectors = options->vectors;
      bench.seed = options->seed;
      bench.jobs = options->jobs;
      bench.trace_file = options->trace;
      flows::expect_planned(plan::plan(spec), bench);
      bench.progress = [&](std::uint64_t done, std::uint64_t total) {
        progress.update(done, total);
      };
      bench.interrupt = flows::throw_if_interrupted;
      const tb::BenchResult result = tb::run_bench(spec, model, bench);
      progress.clear();
      write_coverage();
      give(fmt::format("{}: {}", spec.name, tb::to_text(result)), tb::to_json(result),
           options->json);
      return result.passed() ? base::ExitStatus::done : base::ExitStatus::check_failed;
    };
  });
}

}  // namespace cimforge::cli
