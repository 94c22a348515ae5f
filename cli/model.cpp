#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/cycle_model.h"
#include "generator/base/file.h"
#include "generator/spec/parse.h"

namespace cimforge::cli {

void add_model(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, rtl, output, json;
    std::string processor = "native";
    bool trace = false;
    int jobs = default_jobs();
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "model", "The cycle model as a C++ library with a typed header and a CMake package");
  add_spec(*command, options->spec);
  command->add_option("-o,--output", options->output, "Directory to write")
      ->type_name("DIR")
      ->required();
  command->add_flag("--trace", options->trace, "A model that can write FST traces; slower");
  command->add_option("--jobs", options->jobs, "Compilers at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command
      ->add_option("--march", options->processor,
                   "Processor that the library is compiled for, as in -march; native is this one's "
                   "kind and runs on no lesser one, x86-64-v3 on most")
      ->type_name("ARCH")
      ->capture_default_str();
  add_rtl(*command, options->rtl);
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = load_specification(options->spec);
      require_writable(options->json);
      require_output(options->output, flows::cycle_model_manifest);
      const Rtl rtl = rtl_for(spec, options->rtl);
      if (flows::has_device_array(rtl.source)) {
        throw base::InputError(fmt::format(
            "{}: a cycle model has no model of a device behind it: set model = \"exact\"",
            options->spec));
      }
      const base::FileSet files =
          flows::cycle_model_files(spec, rtl.source, {.trace = options->trace,
                                                       .jobs = options->jobs,
                                                       .processor = options->processor});
      base::write_directory_atomically(options->output, files, flows::cycle_model_manifest);
      nlohmann::ordered_json names = nlohmann::ordered_json::array();
      for (const auto& [path, content] : files) names.push_back(path);
      give(fmt::format("{0}: the cycle model is in {1}; use it with\n"
                       "  find_package({0} REQUIRED PATHS {1})\n"
                       "  target_link_libraries(... cimforge_models::{0})",
                       spec.name, options->output),
           {{"name", spec.name}, {"directory", options->output}, {"files", names}},
           options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
