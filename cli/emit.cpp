#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"

namespace cimforge::cli {
namespace {

/// Device and converter files that a specification names beside itself, so that what is emitted can
/// be reported on and run by itself. A path that leads elsewhere stays what it is.
base::FileSet files_beside(const spec::MacroSpec& spec, const std::filesystem::path& spec_file) {
  base::FileSet files;
  if (!spec::has_array(spec)) return files;
  for (const std::string& name : {spec.analog.device, spec.analog.converter}) {
    const std::filesystem::path path(name);
    const bool is_beside = name.ends_with(".toml") && path.is_relative() &&
                           path == path.lexically_normal() && *path.begin() != "..";
    if (is_beside) files[name] = base::read_file(spec_file.parent_path() / path);
  }
  return files;
}

}  // namespace

void add_emit(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, output, json, liberty;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("emit", "RTL, constraints, filelists, FuseSoC core, manifest, datasheet");
  add_spec(*command, options->spec);
  command
      ->add_option("-o,--output", options->output,
                   "Directory to write; an earlier output there is replaced as a whole")
      ->type_name("DIR")
      ->required();
  command
      ->add_option("--liberty", options->liberty,
                   "Plan the adder trees in the delays of this Liberty file, as ppa does for the "
                   "library that it maps to")
      ->type_name("FILE");
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = load_specification(options->spec);
      require_writable(options->json);
      require_output(options->output, collateral::manifest_name);
      const auto delays =
          options->liberty.empty() ? std::nullopt : library_delays(spec, {options->liberty});
      const base::FileSet files = collateral::emit(spec, delays, files_beside(spec, options->spec));
      base::write_directory_atomically(options->output, files, collateral::manifest_name);
      std::size_t bytes = 0;
      nlohmann::ordered_json names = nlohmann::ordered_json::array();
      for (const auto& [path, text] : files) {
        bytes += text.size();
        names.push_back(path);
      }
      give(fmt::format("{}: {} files, {} bytes in {}", spec.name, files.size(), bytes,
                       options->output),
           {{"name", spec.name}, {"directory", options->output}, {"files", names}}, options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
