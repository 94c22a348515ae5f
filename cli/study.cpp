#include "flows/study.h"

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/interrupt.h"
#include "flows/progress.h"
#include "generator/base/file.h"
#include "generator/spec/parse.h"

namespace cimforge::cli {

void add_study(CLI::App& app, Action& action) {
  struct Options {
    std::string network, spec, json, markdown, programming = "verified";
    std::vector<std::string> devices = device::preset_names();
    std::vector<double> seconds = {1.0, 86400.0, 30 * 86400.0, 365 * 86400.0};
    std::vector<double> celsius = {25.0, 85.0};
    int seeds = 3;
    std::uint64_t first_seed = 1;
    std::size_t images = 0;
    std::size_t calibrate = 100;
    int jobs = default_jobs();
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "study", "Accuracy of a network on devices of analog macros, over time and temperature");
  command->add_option("NETWORK", options->network, "Network (TOML; docs/networks.md)")->required();
  command->add_option("--spec", options->spec, "Specification of the macro, of kind \"analog\"")
      ->type_name("SPEC")
      ->required();
  command->add_option("--devices", options->devices, "Presets or device files; default all presets")
      ->delimiter(',')
      ->type_name("A,B,...");
  command
      ->add_option("--seconds", options->seconds,
                   "Times since programming; default a second, a day, 30 days, a year")
      ->delimiter(',')
      ->check(CLI::Range(0.0, 1e12))
      ->type_name("T,...");
  command->add_option("--celsius", options->celsius, "Temperatures; default 25,85")
      ->delimiter(',')
      ->check(CLI::Range(-273.0, 1000.0))
      ->type_name("C,...");
  command->add_option("--seeds", options->seeds, "Runs of each case")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--first-seed", options->first_seed, "Seed of the first of them")
      ->capture_default_str();
  command->add_option("--images", options->images, "Run only the first N inputs")->type_name("N");
  command
      ->add_option("--calibrate", options->calibrate,
                   "The first N images choose the ranges of the converters; 0: as after reset")
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--program", options->programming,
                   "Cells are read back and corrected, or get one pulse")
      ->check(CLI::IsMember({"verified", "direct"}))
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "Threads")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  add_json(*command, options->json);
  command->add_option("--markdown", options->markdown, "Write the table to FILE as well")
      ->type_name("FILE");
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = spec::load(options->spec);
      const flows::Network network = flows::load_network(options->network);
      require_writable(options->json);
      require_writable(options->markdown);
      flows::StudyOptions study;
      for (const std::string& name : options->devices) study.devices.push_back(device::load(name));
      study.seconds = options->seconds;
      study.celsius = options->celsius;
      study.seeds = options->seeds;
      study.first_seed = options->first_seed;
      if (options->images > 0) study.images = options->images;
      study.calibrate = options->calibrate;
      study.programming = options->programming == "direct" ? analog::Programming::direct
                                                           : analog::Programming::verified;
      study.converter = flows::analog_converter(spec, options->spec);
      study.jobs = options->jobs;
      study.check_interrupt = flows::throw_if_interrupted;
      flows::Progress progress("study", "runs");
      study.on_progress = [&](std::uint64_t done, std::uint64_t total) {
        progress.update(done, total);
      };
      const flows::Study result = flows::run_study(network, spec, study);
      progress.clear();
      const std::string table = flows::to_markdown(result);
      if (!options->markdown.empty()) base::write_file_atomically(options->markdown, table);
      give(table, flows::to_json(result), options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
