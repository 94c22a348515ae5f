#include "generator/collateral/floating.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "generator/base/version.h"
#include "generator/collateral/collateral.h"
#include "generator/collateral/documents.h"

namespace cimforge::collateral {
namespace {

std::string counted(std::int64_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// What the elements of an operand are aligned to.
std::string aligned_to(const spec::AlignedOperand& operand, const std::string& target) {
  if (operand.significand_bits == 0) return fmt::format("{}, as they are", operand.format.name());
  return fmt::format("{}, {} below the significand, aligned to the largest exponent of {}{}",
                     operand.format.name(), counted(operand.guard_bits, "guard bit"), target,
                     operand.is_rounded ? "" : ": exact");
}

std::string input_alignment(const plan::MacroPlan& plan) {
  constexpr const char* targets[] = {"the format", "the vector", "each block of the vector", ""};
  if (spec::aligns_products(plan.spec)) {
    return plan.floating->input.format.name() + ", significands as they are";
  }
  return aligned_to(plan.floating->input,
                    targets[static_cast<std::size_t>(plan.spec.floating.align_inputs_to)]);
}

std::string weight_alignment(const plan::MacroPlan& plan) {
  constexpr const char* targets[] = {"the format", "a column of each block"};
  if (spec::aligns_products(plan.spec)) {
    return aligned_to(plan.floating->weight, "the products of a column of each block") +
           ", when they are read";
  }
  const std::string where = plan.floating->weight.significand_bits == 0 ? ""
                            : plan.spec.floating.align_weights_at == spec::WeightAligner::offline
                                ? ", offline"
                            : spec::aligns_as_read(plan.spec) ? ", when they are read"
                                                              : ", at the write port";
  return aligned_to(plan.floating->weight,
                    targets[static_cast<std::size_t>(plan.spec.floating.align_weights_to)]) +
         where;
}

/// The largest sum, in the units of the error bound.
double largest_sum(const plan::MacroPlan& plan) {
  const auto largest = [](const spec::AlignedOperand& operand) {
    return std::ldexp(1.0, operand.format.bits - (operand.format.is_signed ? 1 : 0));
  };
  return std::ldexp(plan.spec.rows * largest(plan.floating->input) * largest(plan.floating->weight),
                    plan.spec.floating.sum_guard_bits);
}

std::string error_text(const plan::MacroPlan& plan) {
  const double bound = spec::aligned_error_bound(plan.spec);
  if (bound == 0.0) return "none before the result is rounded: every product is exact";
  const int offset = plan.floating->result.offset;
  return fmt::format(
      "at most {:g} {} of 2^(M {} {}), 2^{:.1f} of the largest sum, before the result is rounded",
      bound, bound == 1.0 ? "unit" : "units", offset < 0 ? '+' : '-', std::abs(offset),
      std::log2(bound / largest_sum(plan)));
}

}  // namespace

std::string result_name(const spec::MacroSpec& spec) {
  if (spec.floating.result == spec::ResultFormat::integer) {
    const spec::ResultShape shape = spec::result_shape(spec);
    return fmt::format("integer, {} of sum below {} of exponent", counted(shape.sum_bits, "bit"),
                       counted(shape.bits - shape.sum_bits, "bit"));
  }
  return spec::result_format_names.at(static_cast<std::size_t>(spec.floating.result));
}

std::string floating_figures_text(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::FloatingPlan& floating = *plan.floating;
  const ModuleSignature shape = signature(plan);
  std::string text = fmt::format("{}: floating compute-in-memory macro\n", spec.name);
  const auto row = [&](const std::string& name, const std::string& value) {
    text += fmt::format("  {:<14}{}\n", name, value);
  };
  row("array", fmt::format("{} x {}, {}", counted(spec.rows, "row"),
                           counted(spec.columns, "column"), counted(spec.banks, "bank")));
  row("blocks", fmt::format("{} of {}", floating.blocks, counted(spec.floating.block_rows, "row")));
  row("operands", fmt::format("{} inputs x {} weights{}", spec.input.name(), spec.weight.name(),
                              spec.floating.integer_bits == 0
                                  ? ""
                                  : fmt::format(", or int{} x int{}", spec.floating.integer_bits,
                                                spec.floating.integer_bits)));
  row("results", result_name(spec));
  text += "alignment\n";
  row("inputs", input_alignment(plan));
  row("weights", weight_alignment(plan));
  row("rounding", spec::rounding_names.at(static_cast<std::size_t>(spec.floating.rounding)));
  row("value",
      fmt::format("S * 2^(M - {}), S of {}, M 0 to {}", floating.result.offset,
                  counted(floating.result.sum_bits, "bit"), floating.result.greatest_exponent));
  row("error", error_text(plan));
  text += "cycles\n";
  row("throughput", fmt::format("one vector in {}", counted(shape.cycles_per_vector, "cycle")));
  row("latency", fmt::format("{}: {} in front of the array, {} in it, {} behind it",
                             counted(shape.latency, "cycle"), floating.input_stages,
                             plan.parts.front().latency, floating.result_stages));
  row("at the clock",
      fmt::format("{:g} ns: {:.4g} G multiply-accumulates a second", spec.timing.clock_period_ns,
                  static_cast<double>(std::int64_t{1} * spec.rows * spec.columns) /
                      (shape.cycles_per_vector * spec.timing.clock_period_ns)));
  text += "beside the weights\n";
  row("scales", counted(std::int64_t{1} * spec.banks * floating.blocks * spec.columns *
                            floating.weight_scale_bits,
                        "bit"));
  row("classes",
      counted(std::int64_t{1} * spec.banks * spec.rows * spec.columns * floating.class_bits,
              "bit"));
  return text + "\n" + figures_text(plan.parts.front());
}

nlohmann::ordered_json floating_json(const plan::MacroPlan& plan) {
  const plan::FloatingPlan& floating = *plan.floating;
  const auto operand = [](const spec::AlignedOperand& each) -> nlohmann::ordered_json {
    return {{"format", each.format.name()},
            {"guard_bits", each.guard_bits},
            {"exponent_bits", each.exponent_bits},
            {"offset", each.offset},
            {"exact", !each.is_rounded}};
  };
  return {
      {"latency", plan.latency},
      {"cycles_per_vector", plan.cycles_per_vector},
      {"output_bits", plan.output_bits},
      {"output_signed", plan.output_signed},
      {"bank_bits", plan.bank_bits},
      {"row_bits", plan.row_bits},
      {"blocks", floating.blocks},
      {"block_rows", plan.spec.floating.block_rows},
      {"input", operand(floating.input)},
      {"weight", operand(floating.weight)},
      {"sum_bits", floating.result.sum_bits},
      {"sum_exponent_bits", floating.result.exponent_bits},
      {"offset", floating.result.offset},
      {"error_bound", spec::aligned_error_bound(plan.spec)},
      {"weight_scale_bits", floating.weight_scale_bits},
      {"weight_class_bits", floating.class_bits},
      {"input_stages", floating.input_stages},
      {"result_stages", floating.result_stages},
      {"storage_bits", plan.storage_bits()},
      {"macs_per_vector", std::int64_t{1} * plan.spec.rows * plan.spec.columns},
      {"integer", plan_json(plan.parts.front())},
  };
}

std::string floating_introduction(const plan::MacroPlan& plan, const ModuleSignature& shape) {
  const spec::MacroSpec& spec = plan.spec;
  return fmt::format(
      R"(# {name}

A floating compute-in-memory macro: y[c] = sum over r of x[r] * W[r][c] over {rows} x {columns} {weight} weights{banks} and
{input} inputs, up to what alignment loses. Both are aligned to exponents that a block of {block} shares, an integer macro multiplies them, and
the sums are normalised.

| | |
|---|---|
| Weights | {weights} |
| Inputs | {inputs} |
| Rounding of what is shifted out | {rounding} |
| Results | {results} |
| Error | {error} |
| Throughput | one vector in {cycles}; {macs} multiply-accumulates a vector |
| Latency | {latency} |
| Clock in the constraints | {period:g} ns |

Generated by cimforge {version} from the specification in `spec.toml`, sha256:{hash}.
)",
      fmt::arg("name", spec.name), fmt::arg("rows", spec.rows), fmt::arg("columns", spec.columns),
      fmt::arg("weight", spec.weight.name()),
      fmt::arg("banks", spec.banks == 1 ? "" : fmt::format(" in each of {} banks", spec.banks)),
      fmt::arg("input", spec.input.name()),
      fmt::arg("block", counted(spec.floating.block_rows, "row")),
      fmt::arg("weights", weight_alignment(plan)), fmt::arg("inputs", input_alignment(plan)),
      fmt::arg("rounding",
               spec::rounding_names.at(static_cast<std::size_t>(spec.floating.rounding))),
      fmt::arg("results", result_name(spec)), fmt::arg("error", error_text(plan)),
      fmt::arg("cycles", counted(shape.cycles_per_vector, "cycle")),
      fmt::arg("macs", std::int64_t{1} * spec.rows * spec.columns),
      fmt::arg("latency", counted(shape.latency, "cycle")),
      fmt::arg("period", spec.timing.clock_period_ns), fmt::arg("version", base::version()),
      fmt::arg("hash", specification_hash(spec)));
}

std::string floating_sections(const plan::MacroPlan& plan, const ModuleSignature& shape) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::FloatingPlan& floating = *plan.floating;
  std::string text = fmt::format(
      R"(
## Timing

A vector is aligned in {input}, is in the integer array for {array}, and its result is normalised in {result}. With
`out_ready_i` high a new vector is taken every {interval}, without bubbles.

## Values

With S the sum of a column and M its exponent the result is S * 2^(M - {offset}). {where}
NaN and infinities are those of IEEE 754; a sum of zero is +0.
)",
      fmt::arg("input", counted(floating.input_stages, "cycle")),
      fmt::arg("array", counted(plan.parts.front().latency, "cycle")),
      fmt::arg("result", counted(floating.result_stages, "cycle")),
      fmt::arg("interval",
               shape.cycles_per_vector == 1 ? "cycle" : counted(shape.cycles_per_vector, "cycle")),
      fmt::arg("offset", floating.result.offset),
      fmt::arg("where",
               spec.floating.result == spec::ResultFormat::integer
                   ? "S stands in the low bits, M above it; an M of ones says no number: S "
                     "= 0 is NaN,\n1 and -1 are the infinities."
                   : "It is rounded to nearest even."));
  if (floating.weight_scale_bits > 0) {
    text +=
        spec.weight.has_scale
            ? "\nEvery row of weights brings the scales of its block: one for each column.\n"
            : "\nEvery row of weights brings the exponent fields that it is aligned to, one for "
              "each column: the largest of\nthe column's weights in the block of rows. What the "
              "last row that was written brought counts for the whole block.\n";
  }
  return text;
}

}  // namespace cimforge::collateral
