#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/tools.h"
#include "flows/yosys_area.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/spec/parse.h"

namespace cimforge::cli {
namespace {

/// The Verilog files that a filelist names, relative to its directory; comments are skipped.
std::vector<std::filesystem::path> verilog_files(const std::filesystem::path& directory) {
  const std::filesystem::path filelist = directory / "synth.f";
  std::istringstream lines(base::read_file(filelist));
  std::vector<std::filesystem::path> files;
  for (std::string line; std::getline(lines, line);) {
    if (const auto comment = line.find("//"); comment != std::string::npos) line.resize(comment);
    std::istringstream words(line);
    for (std::string word; words >> word;) files.push_back(directory / word);
  }
  if (files.empty()) {
    throw base::InputError(fmt::format("{}: names no file", filelist.string()));
  }
  return files;
}

}  // namespace

void add_ppa(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, rtl, json, netlist;
    std::vector<std::string> liberty;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("ppa", "Area of the macro and each part, by Yosys on a Liberty file");
  add_spec(*command, options->spec);
  command
      ->add_option("--liberty", options->liberty,
                   "Liberty file to map to; further ones describe black boxes. Default: OSU 0.18 um")
      ->type_name("FILE");
  command->add_option("--netlist", options->netlist, "Write the mapped netlist to FILE")
      ->type_name("FILE");
  add_rtl(*command, options->rtl);
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = spec::load(options->spec);
      require_writable(options->json);
      require_writable(options->netlist);
      const Rtl rtl = rtl_for(spec, options->rtl);
      flows::AreaRequest request;
      request.verilog = verilog_files(rtl.source.directory);
      request.top = rtl.source.top;
      for (const std::string& file : options->liberty) request.liberty.emplace_back(file);
      if (request.liberty.empty()) request.liberty.push_back(flows::default_liberty());
      request.keep_netlist = !options->netlist.empty();
      const flows::AreaResult result = flows::measure_area(request);
      if (!options->netlist.empty()) {
        base::write_file_atomically(options->netlist, result.netlist);
      }
      give(flows::to_text(result), flows::to_json(result), options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
