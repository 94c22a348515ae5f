#include "flows/report.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/regression_report.h"
#include "flows/results_page/illustrate.h"
#include "flows/results_page/page.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"

namespace cimforge::cli {
namespace {

namespace page = results_page;

/// The page of a directory of results.
void report_results(page::DirectoryKind kind, const std::filesystem::path& directory,
                    page::Charts charts, const std::string& output, const std::string& json) {
  nlohmann::ordered_json document;
  std::string shown;
  if (kind == page::DirectoryKind::sweep) {
    const page::SweepResults results = page::read_sweep(directory);
    document = page::sweep_document(results, page::illustrate(results, this_program()));
    shown = fmt::format("{} points of a sweep", results.points.size());
  } else {
    document = page::regression_document(page::read_regression(directory));
    shown = fmt::format("{} runs of a regression", document.at("runs").at("test").size());
  }
  const std::string html = page::to_html(document, charts);
  base::write_file_atomically(output, html);
  const bool bundled = charts == page::Charts::bundled && page::has_bundled_charts();
  give(fmt::format("{}: {}, {} bytes in {}", document.at("title").get<std::string>(), shown,
                   html.size(), output),
       {{"title", document.at("title")},
        {"kind", document.at("kind")},
        {"file", output},
        {"bytes", html.size()},
        {"charts", bundled ? "echarts" : "svg"}},
       json);
}

/// The options of a page of a macro.
constexpr std::array macro_options = {"--seconds", "--celsius",  "--seed",
                                      "--weights", "--accuracy", "--ppa"};

}  // namespace

void add_report(CLI::App& app, Action& action) {
  struct Options {
    std::string directory, weights, accuracy, ppa, json;
    std::string output = "report.html";
    bool plain_charts = false;
    flows::ReportRequest request;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("report",
                         "One HTML page of an emitted macro, or of the results of a "
                         "sweep or a regression (docs/report.md)");
  command
      ->add_option("DIR", options->directory,
                   "Output directory of `cimforge emit`, `cimforge sweep` or `cimforge regress`")
      ->required();
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
  command->add_flag("--plain-charts", options->plain_charts,
                    "Results: charts without ECharts, for a page that is 0.6 MB smaller");
  add_json(*command, options->json);
  command->callback([options, command, &action] {
    action = [options, command] {
      for (const std::string& file : {options->output, options->json}) require_writable(file);
      if (!std::filesystem::is_directory(options->directory)) {
        throw base::InputError(fmt::format(
            "{}: {}", options->directory,
            std::filesystem::exists(options->directory) ? "not a directory" : "no such directory"));
      }
      if (const page::DirectoryKind kind = page::kind_of(options->directory);
          kind != page::DirectoryKind::other) {
        for (const char* option : macro_options) {
          if (command->count(option) == 0) continue;
          throw base::InputError(fmt::format(
              "{} is of emitted macros, and {} has results of `cimforge {}`", option,
              options->directory, kind == page::DirectoryKind::sweep ? "sweep" : "regress"));
        }
        report_results(kind, options->directory,
                       options->plain_charts ? page::Charts::plain : page::Charts::bundled,
                       options->output, options->json);
        return base::ExitStatus::done;
      }
      if (std::error_code error;
          std::filesystem::is_directory(options->directory, error) &&
          !std::filesystem::exists(
              std::filesystem::path(options->directory) / collateral::manifest_name, error)) {
        throw base::InputError(fmt::format(
            "{}: not an output of `cimforge emit`, nor results of `cimforge sweep` or `cimforge "
            "regress`: it has no {}, {} or {}",
            options->directory, collateral::manifest_name, sweep::store_marker,
            flows::regression_manifest));
      }
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
