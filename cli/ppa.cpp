#include "flows/ppa.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/baseline.h"
#include "flows/interrupt.h"
#include "flows/npy.h"
#include "flows/ppa_report.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"
#include "generator/spec/precision.h"
#include "tb/structured.h"

namespace cimforge::cli {
namespace {

/// A matrix of integers from a NumPy file: so many columns, at least one row, each value within the
/// format.
std::vector<std::int32_t> matrix(const std::string& file, std::size_t columns,
                                 const spec::IntegerFormat& format,
                                 const std::vector<std::string_view>& meaning) {
  const flows::NpyArray array = flows::load_npy(file);
  flows::require_dimensions(array, file, meaning);
  if (!flows::is_integer(array) || array.shape[0] == 0 || array.shape[1] != columns) {
    throw base::InputError(fmt::format("{}: {} of {}; integers of shape (n, {}) are expected", file,
                                       flows::shape_text(array.shape), flows::type_name(array),
                                       columns));
  }
  std::vector<std::int32_t> values;
  std::visit(
      [&](const auto& data) {
        for (const auto element : data) {
          const auto value = static_cast<std::int64_t>(element);
          if (!format.holds(value)) {
            throw base::InputError(
                fmt::format("{}: the value {} is outside of {}", file, value, format.name()));
          }
          values.push_back(static_cast<std::int32_t>(value));
        }
      },
      array.data);
  return values;
}

/// The key of the specification that tells the area of a black box.
const char* area_key(const spec::MacroSpec& spec, const std::string& box) {
  if (!spec::has_black_box(spec) || box != spec::black_box_module(spec)) {
    return "array.bitcell_um2";
  }
  return spec::has_array(spec) ? "analog.array_area_um2" : "memory.area_um2";
}

/// The mode that a user names; nothing without a name.
std::optional<spec::Mode> asked_mode(const spec::MacroSpec& spec, const std::string& file,
                                     const std::string& name, bool transposed) {
  std::optional<spec::Mode> mode;
  if (!name.empty()) {
    if (spec.kind == spec::Kind::floating) {
      throw base::InputError(fmt::format(
          "{}: a floating macro is measured with numbers of its formats: leave --mode out", file));
    }
    mode = spec::mode_named(spec, name);
    if (!mode) {
      throw base::InputError(fmt::format("{}: the macro has no mode \"{}\"; it has {}", file, name,
                                         spec::describe_modes(spec)));
    }
  }
  if (!transposed) return mode;
  if (spec.transpose == spec::Transpose::never) {
    throw base::InputError(
        fmt::format("{}: the macro has no transposed read, forward alone: array.transpose = "
                    "\"per_vector\" gives "
                    "it both",
                    file));
  }
  mode = mode.value_or(spec::mode_of(spec));
  mode->transposed = true;
  return mode;
}

}  // namespace

void add_ppa(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, rtl, json, netlist, baseline, write_baseline, markdown, vectors, weights;
    std::string mode;
    std::vector<std::string> liberty;
    double tolerance = 0.5;
    std::uint64_t seed = 1;
    bool area_only = false;
    bool no_power = false;
    bool transposed = false;
    bool without_boxes = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "ppa", "Area, timing and power of the macro, by Yosys and OpenSTA (docs/ppa.md)");
  add_spec(*command, options->spec);
  command
      ->add_option(
          "--liberty", options->liberty,
          "Liberty file to map to; further ones describe black boxes. Default: OSU 0.18 um")
      ->type_name("FILE");
  CLI::Option* area_only =
      command->add_flag("--area-only", options->area_only, "No timing and no power: Yosys alone");
  command->add_flag("--no-power", options->no_power, "No power: Yosys and OpenSTA alone")
      ->excludes(area_only);
  command
      ->add_option("--vectors", options->vectors,
                   "Input vectors of the power as an .npy file, vectors x rows, in place of random "
                   "ones")
      ->type_name("FILE");
  command
      ->add_option("--weights", options->weights,
                   "Weights of the power as an .npy file, rows x columns, in place of random ones")
      ->type_name("FILE");
  command
      ->add_option("--mode", options->mode,
                   "Precision of the vectors where each brings its own, \"int4 x int8\": inputs x "
                   "weights. Default: the widest inputs, one column a weight")
      ->type_name("NAME")
      ->excludes(area_only);
  command
      ->add_flag("--transposed", options->transposed,
                 "Vectors of the transposed matrix, where the macro has both directions")
      ->excludes(area_only);
  command->add_flag(
      "--without-boxes", options->without_boxes,
      "Leave black boxes out of the area: an array or memory whose area is not known");
  command->add_option("--seed", options->seed, "Seed of random vectors and weights")
      ->capture_default_str();
  command
      ->add_option("--baseline", options->baseline,
                   "Compare the areas with an earlier run; status 1 where one has grown")
      ->type_name("FILE");
  command
      ->add_option("--tolerance", options->tolerance,
                   "How much a module or the macro may grow past the baseline, in percent")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  command
      ->add_option("--write-baseline", options->write_baseline,
                   "Write the result as a baseline to FILE")
      ->type_name("FILE");
  command
      ->add_option("--markdown", options->markdown,
                   "Write tables in Markdown to FILE, for a pull request")
      ->type_name("FILE");
  command->add_option("--netlist", options->netlist, "Write the mapped netlist to FILE")
      ->type_name("FILE");
  add_rtl(*command, options->rtl);
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = load_specification(options->spec);
      for (const std::string& file :
           {options->json, options->netlist, options->write_baseline, options->markdown}) {
        require_writable(file);
      }
      std::optional<flows::Baseline> baseline;
      if (!options->baseline.empty()) baseline = flows::load_baseline(options->baseline);

      flows::PpaRequest request;
      request.spec = spec;
      request.with_timing = !options->area_only;
      request.with_power = request.with_timing && !options->no_power;
      request.interrupt = flows::throw_if_interrupted;
      request.stimulus.seed = options->seed;
      request.stimulus.mode = asked_mode(spec, options->spec, options->mode, options->transposed);
      const spec::Mode mode = request.stimulus.mode.value_or(spec::mode_of(spec));
      const bool has_modes = spec::has_precision(spec);
      const auto rows = static_cast<std::size_t>(spec.rows);
      const auto columns = static_cast<std::size_t>(spec.columns / mode.fused_columns);
      if (!options->vectors.empty()) {
        request.stimulus.given_vectors =
            matrix(options->vectors, rows, has_modes ? spec::input_of(mode) : spec.input,
                   {"vectors", "rows"});
      }
      if (!options->weights.empty()) {
        request.stimulus.given_weights =
            matrix(options->weights, columns, has_modes ? spec::weight_of(spec, mode) : spec.weight,
                   {"rows", "columns"});
        if (request.stimulus.given_weights.size() != rows * columns) {
          throw base::InputError(fmt::format("{}: {} rows are expected, got {}", options->weights,
                                             rows,
                                             request.stimulus.given_weights.size() / columns));
        }
        if (const auto overfull =
                tb::overfull_group(spec, columns, request.stimulus.given_weights)) {
          throw base::InputError(
              fmt::format("{}: {}", options->weights, tb::to_text(*overfull, spec)));
        }
      }
      if (spec::has_array(spec) && request.with_power) {
        throw base::InputError(fmt::format(
            "{}: the power of an analog array is not known: add --no-power or --area-only",
            options->spec));
      }
      if (spec.kind == spec::Kind::near_memory && spec.memory.read_energy_pj == 0.0 &&
          request.with_power) {
        throw base::InputError(fmt::format(
            "{}: the power of the memory is not known: set memory.read_energy_pj, or add "
            "--no-power or --area-only",
            options->spec));
      }
      if (spec.kind == spec::Kind::logic && request.with_power) {
        throw base::InputError(fmt::format(
            "{}: the power of a logic macro depends on the program that it runs, and is "
            "not measured: add --no-power or --area-only",
            options->spec));
      }
      // What is missing is told before long work begins.
      flows::find_tool(flows::ToolId::yosys);
      if (request.with_timing) flows::find_tool(flows::ToolId::sta);
      const Rtl rtl = rtl_for(spec, options->rtl, library_delays(spec, options->liberty));
      request.verilog = flows::synthesis_files(rtl.source.directory);
      request.liberty = flows::macro_liberty(spec, rtl.source.directory, options->liberty);
      const auto boxes = flows::box_liberty(spec, rtl.source.directory);
      if (options->without_boxes) {
        request.left_out = flows::cells_of_libraries(boxes);
      } else if (const std::string box = flows::box_without_area(boxes); !box.empty()) {
        throw base::InputError(fmt::format(
            "{}: the area of the black box {} is not known: set {}, or leave it out of the area "
            "with --without-boxes",
            options->spec, box, area_key(spec, box)));
      }
      request.constraints = rtl.source.directory / "constraints" / (spec.name + ".sdc");
      if (request.with_timing) base::read_file(request.constraints);

      const flows::PpaResult result = flows::measure_ppa(request);
      const nlohmann::ordered_json alone = flows::to_json(result);
      std::string text = flows::to_text(result);
      std::string markdown = flows::to_markdown(result);
      nlohmann::ordered_json json = alone;
      bool passed = true;
      if (baseline) {
        const flows::BaselineComparison comparison =
            flows::compare_with_baseline(*baseline, result, options->tolerance);
        text += flows::to_text(comparison);
        markdown += "\n" + flows::to_markdown(comparison);
        json["baseline"] = flows::to_json(comparison);
        passed = comparison.passed();
      }
      if (!options->netlist.empty()) {
        base::write_file_atomically(options->netlist, result.area.netlist);
      }
      if (!options->markdown.empty()) base::write_file_atomically(options->markdown, markdown);
      if (!options->write_baseline.empty()) {
        base::write_file_atomically(options->write_baseline, alone.dump(2) + "\n");
      }
      give(text, json, options->json);
      return passed ? base::ExitStatus::done : base::ExitStatus::check_failed;
    };
  });
}

}  // namespace cimforge::cli
