#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/adder_delays.h"
#include "flows/library_report.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"

namespace cimforge::cli {

void add_check(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, json, liberty;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "check", "What the macro will be: widths, cycles, latency, cells, storage");
  add_spec(*command, options->spec);
  command
      ->add_option(
          "--liberty", options->liberty,
          "Plan for this Liberty file and print its adder cells and gates, found by function")
      ->type_name("FILE");
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      require_writable(options->json);
      const spec::MacroSpec spec = load_specification(options->spec);
      std::optional<flows::CellLibrary> library;
      if (!options->liberty.empty()) library = flows::load_cell_library({options->liberty});
      const plan::MacroPlan plan =
          library ? plan::plan(spec, flows::adder_delays(*library, spec.adder_tree))
                  : plan::plan(spec);
      std::string text = collateral::check_text(plan);
      nlohmann::ordered_json json = collateral::plan_json(plan);
      if (library) {
        text += "\n" + flows::to_text(*library);
        json["library"] = flows::to_json(*library);
        const auto bound = flows::tree_bound_um2(library->adders, plan.full_adder_bound(),
                                                 plan.heap_bits_per_column(),
                                                 plan.inverted_heap_bits_per_column());
        if (bound && !plan.logic) {
          text += fmt::format("{:<26} {:.1f} um2 at least: {} full adders, {} products\n",
                              "trees of a column", *bound, plan.full_adder_bound(),
                              plan.products_per_column());
          json["library"]["tree_bound_um2"] = *bound * plan.spec.columns;
        }
      }
      give(text, json, options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
