#include "flows/calibrate.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <random>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/analog_engine.h"
#include "flows/device_array.h"
#include "flows/interrupt.h"
#include "flows/verilated_model.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "tb/bus_engine.h"

namespace cimforge::cli {
namespace {

std::vector<std::int32_t> random_values(std::mt19937& random, std::size_t count,
                                        const spec::IntegerFormat& format) {
  const auto span = static_cast<std::uint32_t>(format.max() - format.min() + 1);
  std::vector<std::int32_t> values(count);
  if (format.is_bipolar) {
    for (std::int32_t& value : values) value = (random() & 1U) != 0 ? 1 : -1;
    return values;
  }
  // By hand, since the library's distributions differ between compilers.
  for (std::int32_t& value : values) {
    value = static_cast<std::int32_t>(format.min() + static_cast<std::int64_t>(random() % span));
  }
  return values;
}

}  // namespace

void add_calibrate(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, rtl, json, registers;
    std::uint64_t vectors = 64;
    std::uint32_t seed = 1;
    bool ideal = false;
    int jobs = default_jobs();
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "calibrate", "Trim an analog macro through its registers: ranges, offsets, gains");
  add_spec(*command, options->spec);
  command->add_option("--vectors", options->vectors, "Random vectors that the ranges are chosen by")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 20U))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Seed of weights, vectors and devices")
      ->capture_default_str();
  command->add_flag("--ideal", options->ideal,
                    "Devices without errors; the converters have theirs");
  command
      ->add_option("--registers", options->registers,
                   "Write the register accesses to FILE, a line each: address and data")
      ->type_name("FILE");
  command->add_option("--jobs", options->jobs, "Compilers at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  add_rtl(*command, options->rtl);
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = load_specification(options->spec);
      require_writable(options->json);
      require_writable(options->registers);
      const Rtl rtl = rtl_for(spec, options->rtl);
      std::optional<flows::DeviceArrays> devices;
      if (flows::has_device_array(rtl.source)) {
        devices.emplace(analog::MacroConfig{
            .spec = spec,
            .device = flows::analog_device(spec, options->spec),
            .converter = flows::analog_converter(spec, options->spec),
            .effects = options->ideal ? analog::Effects::none() : analog::Effects{},
            .seed = options->seed});
      }
      const flows::VerilatedModel model(
          rtl.source, spec,
          {.jobs = options->jobs, .array = devices ? &devices->hooks() : nullptr});
      tb::BusEngine engine(spec, model.make(""), flows::throw_if_interrupted);
      std::mt19937 random(options->seed);
      const auto rows = static_cast<std::size_t>(spec.rows);
      const auto columns = static_cast<std::size_t>(spec.columns);
      const auto weights = random_values(random, rows * columns, spec.weight);
      const auto inputs = random_values(random, options->vectors * rows, spec.input);
      const flows::Calibration result = flows::calibrate(spec, engine, weights, inputs);
      if (!options->registers.empty()) {
        base::write_file_atomically(options->registers, flows::register_file(result));
      }
      give(fmt::format("{}\n{}", spec.name, flows::to_text(result)), flows::to_json(result),
           options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
