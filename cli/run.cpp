#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/interrupt.h"
#include "flows/network.h"
#include "flows/network_run.h"
#include "flows/progress.h"
#include "generator/spec/parse.h"
#include "tb/bus_engine.h"

namespace cimforge::cli {

void add_run(CLI::App& app, Action& action) {
  struct Options {
    std::string network, spec, rtl, json;
    std::size_t images = 0;
    int jobs = default_jobs();
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "run", "A quantised network on the Verilated macro, each output compared with the golden model");
  command->add_option("NETWORK", options->network, "Network (TOML; docs/networks.md)")->required();
  command->add_option("--spec", options->spec, "Specification of the macro")
      ->type_name("SPEC")
      ->required();
  command->add_option("--images", options->images, "Run only the first N inputs")->type_name("N");
  command->add_option("--jobs", options->jobs, "Compilers at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  add_rtl(*command, options->rtl);
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = spec::load(options->spec);
      const flows::Network network = flows::load_network(options->network);
      flows::require_network_fits(network, spec);
      require_writable(options->json);
      const Rtl rtl = rtl_for(spec, options->rtl);
      const flows::VerilatedModel model(rtl.source, spec, {false, options->jobs});
      tb::BusEngine engine(spec, model.make(""), flows::throw_if_interrupted);

      flows::Progress progress("run", "vectors");
      flows::NetworkRunOptions run;
      if (options->images > 0) run.images = options->images;
      run.on_progress = [&](std::uint64_t done, std::uint64_t total) {
        progress.update(done, total);
      };
      run.check_interrupt = flows::throw_if_interrupted;
      const flows::NetworkReport report = flows::run_network(network, engine, run);
      progress.clear();
      give(flows::to_text(report), nlohmann::ordered_json::parse(flows::to_json(report)),
           options->json);
      return report.passed() ? base::ExitStatus::done : base::ExitStatus::check_failed;
    };
  });
}

}  // namespace cimforge::cli
