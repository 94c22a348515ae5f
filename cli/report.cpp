#include "flows/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "generator/base/file.h"

namespace cimforge::cli {

void add_report(CLI::App& app, Action& action) {
  struct Options {
    std::string directory, weights, accuracy, ppa, json;
    std::string output = "report.html";
    flows::ReportRequest request;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("report", "One HTML page with plots of an emitted macro (docs/report.md)");
  command->add_option("DIR", options->directory, "Output directory of `cimforge emit`")->required();
  command->add_option("-o,--output", options->output, "Page to write")
      ->type_name("FILE")
      ->capture_default_str();
  command
      ->add_option("--seconds", options->request.seconds,
                   "Analog: times since programming, separated by commas")
      ->delimiter(',')
      ->type_name("LIST")
      ->capture_default_str();
  command->add_option("--celsius", options->request.celsius, "Analog: temperature")
      ->type_name("C")
      ->capture_default_str();
  command->add_option("--seed", options->request.seed, "Seed of devices, weights and input vectors")
      ->capture_default_str();
  command
      ->add_option("--weights", options->weights,
                   "Analog: weights as an .npy file, rows x columns, in place of random ones")
      ->type_name("FILE");
  command
      ->add_option("--accuracy", options->accuracy, "Analog: JSON of `cimforge study`, to be drawn")
      ->type_name("FILE");
  command->add_option("--ppa", options->ppa, "JSON of `cimforge ppa`, to be drawn")
      ->type_name("FILE");
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      for (const std::string& file : {options->output, options->json}) require_writable(file);
      flows::ReportRequest& request = options->request;
      request.directory = options->directory;
      request.weights = options->weights;
      request.accuracy = options->accuracy;
      request.ppa = options->ppa;
      const picture::Page page = flows::report_page(request);
      const std::string html = picture::to_html(page);
      base::write_file_atomically(options->output, html);
      std::size_t figures = 0;
      nlohmann::ordered_json sections = nlohmann::ordered_json::array();
      for (const picture::Section& each : page.sections) {
        figures += each.figures.size();
        sections.push_back({{"heading", each.heading}, {"figures", each.figures.size()}});
      }
      give(fmt::format("{}: {} figures, {} bytes in {}", page.title, figures, html.size(),
                       options->output),
           {{"title", page.title}, {"file", options->output}, {"sections", sections}},
           options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
