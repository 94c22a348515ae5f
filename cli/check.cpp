#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/adder_delays.h"
#include "flows/library_report.h"
#include "generator/base/exit_status.h"
#include "generator/collateral/collateral.h"
#include "generator/estimate/estimate.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"

namespace cimforge::cli {
namespace {

/// Area, delay and energy by a calibrated model, of the file's specification.
estimate::Estimate estimate_of(const spec::MacroSpec& spec, const std::string& file,
                               const estimate::Library& library) {
  if (const auto reason = estimate::not_covered(spec)) {
    throw base::InputError(
        fmt::format("{}: {} cannot be estimated; {} can, others by `cimforge "
                    "ppa`",
                    file, *reason, estimate::covered()));
  }
  return estimate::Estimator(library)(spec);
}

std::string estimate_text(const estimate::Estimate& cost, const estimate::Library& library,
                          spec::AdderTree tree) {
  const auto row = [](const char* name, const std::string& text) {
    return fmt::format("  {:<14}{}\n", name, text);
  };
  std::string text = fmt::format("estimate for {} (model of {} runs, Yosys {}, OpenSTA {})\n",
                                 library.name, library.points, library.yosys, library.opensta);
  text += row("area", fmt::format("{:.0f} um2: blocks of rows {:.0f}, columns {:.0f}, top {:.0f}",
                                  cost.area_um2, cost.block_area_um2, cost.slice_area_um2,
                                  cost.top_area_um2));
  text += row("delay", fmt::format("{:.3f} ns between registers: {:.1f} MHz", cost.delay_ns,
                                   cost.fmax_mhz()));
  text += row("vectors", fmt::format("{:.4g} million a second at {:.1f} MHz", cost.vectors_mhz(),
                                     cost.fmax_mhz()));
  if (cost.energy_per_vector_pj) {
    text += row("energy", fmt::format("{:.4g} pJ for a vector", *cost.energy_per_vector_pj));
  }
  if (const auto& spread = library.spread[static_cast<std::size_t>(tree)]) {
    text += row("error",
                fmt::format("nine in ten `{}` macros are within {:.1f} % of area and "
                            "{:.1f} % of delay",
                            spec::to_string(tree), spread->area_percent, spread->delay_percent));
  }
  return text;
}

nlohmann::ordered_json estimate_json(const estimate::Estimate& cost,
                                     const estimate::Library& library, spec::AdderTree tree) {
  nlohmann::ordered_json json = {{"library", library.name},
                                 {"liberty_sha256", library.liberty_sha256},
                                 {"yosys", library.yosys},
                                 {"opensta", library.opensta},
                                 {"area_um2", cost.area_um2},
                                 {"block_area_um2", cost.block_area_um2},
                                 {"slice_area_um2", cost.slice_area_um2},
                                 {"top_area_um2", cost.top_area_um2},
                                 {"delay_ns", cost.delay_ns},
                                 {"fmax_mhz", cost.fmax_mhz()},
                                 {"vectors_mhz", cost.vectors_mhz()}};
  if (cost.energy_per_vector_pj) json["energy_per_vector_pj"] = *cost.energy_per_vector_pj;
  if (const auto& spread = library.spread[static_cast<std::size_t>(tree)]) {
    json["within_percent_of_nine_in_ten"] = {{"area", spread->area_percent},
                                             {"delay", spread->delay_percent}};
  }
  return json;
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, json, liberty, library;
    bool estimate = false;
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
  CLI::Option* estimate = command->add_flag(
      "--estimate", options->estimate,
      "Area and delay by a calibrated model of a library, without tools (docs/estimate.md)");
  command
      ->add_option("--library", options->library,
                   "The model, of `cimforge calibrate-library`. Default: OSU 0.18 um")
      ->type_name("FILE")
      ->needs(estimate);
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
      if (options->estimate) {
        const estimate::Library model = options->library.empty()
                                            ? estimate::osu018()
                                            : estimate::load_library(options->library);
        const estimate::Estimate cost = estimate_of(spec, options->spec, model);
        text += "\n" + estimate_text(cost, model, spec.adder_tree);
        json["estimate"] = estimate_json(cost, model, spec.adder_tree);
      }
      give(text, json, options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
