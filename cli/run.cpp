#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/analog_engine.h"
#include "flows/calibrate.h"
#include "flows/device_array.h"
#include "flows/interrupt.h"
#include "flows/network.h"
#include "flows/network_run.h"
#include "flows/progress.h"
#include "generator/base/exit_status.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"
#include "tb/bus_engine.h"

namespace cimforge::cli {
namespace {

struct Options {
  std::string network, spec, rtl, json;
  std::size_t images = 0;
  int jobs = default_jobs();

  // Of an analog macro.
  std::string engine = "macro";
  std::string device, programming = "verified";
  std::optional<double> seconds, celsius;
  std::uint64_t seed = 1;
  bool is_ideal = false;
  std::size_t calibrate = 0;
};

base::ExitStatus run_on_macro(const Options& options, const spec::MacroSpec& spec,
                              const flows::Network& network, flows::NetworkRunOptions run,
                              flows::Progress& progress) {
  const Rtl rtl = rtl_for(spec, options.rtl);
  // Right after programming, at 25 C: the macro has no other time.
  std::optional<flows::DeviceArrays> devices;
  std::optional<analog::MacroConfig> config;
  if (flows::has_device_array(rtl.source)) {
    config = analog::MacroConfig{.spec = spec,
                                 .device = flows::analog_device(spec, options.spec),
                                 .converter = flows::analog_converter(spec, options.spec),
                                 .effects = {},
                                 .seed = options.seed};
    devices.emplace(*config);
    run.is_device_model = true;
  }
  const flows::VerilatedModel model(
      rtl.source, spec, {.jobs = options.jobs, .array = devices ? &devices->hooks() : nullptr});
  tb::BusEngine engine(spec, model.make(""), flows::throw_if_interrupted);
  if (config) flows::write_nominal_trims(*config, engine);
  const flows::NetworkReport report = flows::run_network(network, engine, run);
  progress.clear();
  give(flows::to_text(report), nlohmann::ordered_json::parse(flows::to_json(report)), options.json);
  return report.passed() ? base::ExitStatus::done : base::ExitStatus::check_failed;
}

base::ExitStatus run_on_model(const Options& options, const spec::MacroSpec& spec,
                              const flows::Network& network, flows::NetworkRunOptions run,
                              flows::Progress& progress) {
  flows::AnalogEngineOptions analog;
  analog.device = flows::analog_device(spec, options.spec, options.device);
  analog.converter = flows::analog_converter(spec, options.spec);
  if (options.is_ideal) analog.effects = analog::Effects::none();
  analog.programming =
      options.programming == "direct" ? analog::Programming::direct : analog::Programming::verified;
  analog.seconds = options.seconds.value_or(analog.seconds);
  if (options.celsius) analog.kelvin = *options.celsius + flows::kZeroCelsius;
  analog.seed = options.seed;
  flows::AnalogEngine engine(spec, analog);
  run.is_device_model = true;
  if (options.calibrate > 0) {
    run.on_tile = [&](std::span<const std::int32_t> inputs) {
      const std::size_t most = options.calibrate * static_cast<std::size_t>(spec.rows);
      engine.calibrate(inputs.first(std::min(inputs.size(), most)));
    };
  }
  const flows::NetworkReport report = flows::run_network(network, engine, run);
  progress.clear();
  auto json = nlohmann::ordered_json::parse(flows::to_json(report));
  json["analog"] = flows::to_json(engine);
  give(flows::to_text(report) + flows::to_text(engine), json, options.json);
  return base::ExitStatus::done;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "run",
      "A quantised network on the Verilated macro, each output compared with the golden model; or "
      "on a model of the devices of an analog macro");
  command->add_option("NETWORK", options->network, "Network (TOML; docs/networks.md)")->required();
  command->add_option("--spec", options->spec, "Specification of the macro")
      ->type_name("SPEC")
      ->required();
  command->add_option("--images", options->images, "Run only the first N inputs")->type_name("N");
  command->add_option("--jobs", options->jobs, "Compilers at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command
      ->add_option("--engine", options->engine,
                   "macro: the Verilated RTL; model: devices, wires and converters of an analog "
                   "macro, without a clock")
      ->check(CLI::IsMember({"macro", "model"}))
      ->capture_default_str();
  const std::vector<CLI::Option*> of_model = {
      command
          ->add_option("--device", options->device,
                       "model: this device in place of the specification's, a preset or a file")
          ->type_name("NAME"),
      command->add_flag("--ideal", options->is_ideal, "model: cells without any error"),
      command->add_option("--seconds", options->seconds, "model: time since programming; default 1")
          ->check(CLI::Range(0.0, 1e12)),
      command->add_option("--celsius", options->celsius, "model: temperature; default 25")
          ->check(CLI::Range(-273.0, 1000.0)),
      command
          ->add_option("--calibrate", options->calibrate,
                       "model: the first N images choose the ranges of the converters")
          ->type_name("N"),
      command
          ->add_option("--program", options->programming,
                       "model: cells are read back and corrected, or get one pulse")
          ->check(CLI::IsMember({"verified", "direct"})),
      command->add_option("--seed", options->seed, "model: of all draws")->capture_default_str(),
  };
  add_rtl(*command, options->rtl);
  add_json(*command, options->json);
  command->callback([options, of_model, &action] {
    const bool is_model = options->engine == "model";
    for (const CLI::Option* option : of_model) {
      if (is_model || option->count() == 0) continue;
      throw CLI::ValidationError(option->get_name(), "needs --engine model");
    }
    if (is_model && !options->rtl.empty()) {
      throw CLI::ValidationError("--rtl",
                                 "a model of devices has no RTL: leave --engine model out");
    }
    action = [options, is_model] {
      const spec::MacroSpec spec = load_specification(options->spec);
      if (is_model && !spec::has_array(spec)) {
        throw base::InputError(fmt::format(
            "the macro {} is of kind \"{}\"; --engine model is for kinds \"analog\" and \"hybrid\"",
            spec.name, spec::to_string(spec.kind)));
      }
      const flows::Network network = flows::load_network(options->network);
      flows::require_network_fits(network, spec);
      require_writable(options->json);

      flows::Progress progress("run", "vectors");
      flows::NetworkRunOptions run;
      if (options->images > 0) run.images = options->images;
      run.on_progress = [&](std::uint64_t done, std::uint64_t total) {
        progress.update(done, total);
      };
      run.check_interrupt = flows::throw_if_interrupted;
      return (is_model ? run_on_model : run_on_macro)(*options, spec, network, run, progress);
    };
  });
}

}  // namespace cimforge::cli
