#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "generator/collateral/analog.h"
#include "generator/collateral/approximation.h"
#include "generator/collateral/collateral.h"
#include "generator/collateral/documents.h"
#include "generator/collateral/floating.h"
#include "generator/collateral/hybrid.h"
#include "generator/collateral/logic.h"
#include "generator/collateral/near_memory.h"
#include "generator/collateral/precision.h"
#include "generator/collateral/protection.h"
#include "generator/collateral/shell.h"
#include "generator/spec/range.h"
#include "generator/spec/structure.h"

namespace cimforge::collateral {
namespace {

std::string counted(std::int64_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// A page of aligned rows.
class Page {
 public:
  void row(const std::string& name, const std::string& value) {
    text_ += fmt::format("  {:<14}{}\n", name, value);
  }
  void heading(const std::string& text) { text_ += text + "\n"; }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

std::string limited(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  std::string text = spec::to_string(spec.output_mode);
  if (spec.output_shift > 0) text += fmt::format(", shifted right by {}", spec.output_shift);
  const spec::ResultRange range = spec::output_range(spec);
  return fmt::format("{}, {}, {} to {}",
                     spec::IntegerFormat{plan.output_signed, plan.output_bits}.name(), text,
                     range.min, range.max);
}

}  // namespace

std::string figures_text(const plan::MacroPlan& plan) {
  if (plan.floating) return floating_figures_text(plan);
  if (plan.shell) {
    Page page;
    page.heading(fmt::format("{}: digital compute-in-memory macro", plan.spec.name));
    for (const auto& [name, text] : shell_figures(plan)) page.row(name, text);
    return std::move(page).text() + "\n" + figures_text(plan.parts.front()) + "\n";
  }
  if (!plan.parts.empty()) return hybrid_figures_text(plan);
  if (plan.analog) return analog_figures_text(plan);
  if (plan.logic) return logic_figures_text(plan);
  if (plan.near_memory) return near_memory_figures_text(plan);
  const spec::MacroSpec& spec = plan.spec;
  const ModuleSignature macro = signature(plan);
  const RegisterBits registers = register_bits(plan);
  const bool chosen = spec.adder_tree != spec::AdderTree::loop;
  Page page;
  page.heading(fmt::format("{}: digital compute-in-memory macro", spec.name));
  page.row("array", fmt::format("{} x {}, {}", counted(spec.rows, "row"),
                                counted(spec.columns, "column"), counted(spec.banks, "bank")));
  if (spec.sparsity.is_structured()) {
    page.row("structure", fmt::format("{} of {} rows: {} with an index of {} for each weight",
                                      spec.sparsity.nonzero, spec.sparsity.group,
                                      counted(spec::stored_rows(spec), "stored row"),
                                      counted(spec::index_bits(spec), "bit")));
  }
  page.row("storage", fmt::format("{} of weights, {} storage", counted(plan.storage_bits(), "bit"),
                                  spec::to_string(spec.storage)));
  if (plan.protection) page.row("protection", protection_text(plan));
  page.row("operands",
           fmt::format("{} inputs x {} weights", spec.input.name(), spec.weight.name()));
  page.row("results", plan.precision ? precision_results(plan) : limited(plan));
  if (spec.transpose != spec::Transpose::never) {
    page.row("direction",
             "W x or W^T x, chosen by each vector (in_transpose_i); cycles are the same");
  }

  if (plan.precision) page.heading(precision_text(plan));
  if (plan.threshold_bits > 0) {
    page.row("thresholds",
             fmt::format("{}, one for each column and bank; a result is 1 where the sum reaches it",
                         spec::IntegerFormat{plan.thresholds_signed, plan.threshold_bits}.name()));
  }
  page.heading("cycles");
  if (plan.skipping) {
    page.row(
        "throughput",
        fmt::format("one vector in 1 to {}: one for each digit of {} that is not zero in every "
                    "row",
                    counted(macro.cycles_per_vector, "cycle"), counted(plan.digit_bits, "bit")));
  } else {
    page.row("throughput",
             fmt::format("one vector in {} ({} of each input a cycle){}",
                         counted(macro.cycles_per_vector, "cycle"), counted(plan.digit_bits, "bit"),
                         plan.precision ? ", in 1 for each bit of narrower inputs" : ""));
  }
  std::string latency = counted(macro.latency, "cycle");
  if (spec.pipeline_stages > 0) {
    latency += fmt::format(", {} of them in the adder tree", spec.pipeline_stages);
  }
  if (plan.skipping) {
    latency += fmt::format("; {} to {}, as many less as digits are skipped",
                           plan.latency - plan.steps + 1, plan.latency);
  }
  if (plan.precision && !plan.skipping) {
    latency += fmt::format(": the bits of an input and {}", plan.latency - spec.input.bits);
  }
  page.row("latency", latency);
  page.row(
      "at the clock",
      fmt::format("{:g} ns: {:.4g} G multiply-accumulates a second", spec.timing.clock_period_ns,
                  static_cast<double>(std::int64_t{1} * spec::stored_rows(spec) * spec.columns) /
                      (plan.steps * spec.timing.clock_period_ns)));

  page.heading("a column");
  page.row("products", fmt::format("{} of one bit", plan.products_per_column()));
  if (!spec.approximation.is_exact()) {
    page.row("", approximation_text(plan));
    page.row("error", error_text(plan));
  }
  if (spec.transpose != spec::Transpose::never) {
    page.row("multiplexers", fmt::format("{}, one for each stored bit of a bank, between the views",
                                         spec.rows * spec.weight.bits));
  }
  if (plan.booth) {
    page.row("recoding",
             fmt::format("Booth: {} for {} of an input; {} of negative digits, one count for all "
                         "columns",
                         counted(static_cast<std::int64_t>(plan.booth->digits.size()), "digit"),
                         counted(plan.digit_bits, "bit"), counted(plan.booth->count_bits, "bit")));
  }
  if (chosen) {
    page.row("adders",
             fmt::format("{} full (bound {}), {} half, {} tree", plan.full_adders_per_column(),
                         plan.full_adder_bound(), plan.half_adders_per_column(),
                         spec::to_string(spec.adder_tree)));
    page.row("depth",
             plan.delays_of.empty()
                 ? fmt::format("{} unit delays from the products to the sum", plan.tree_depth())
                 : fmt::format("{:.1f} full adders of {} from the products to the sum",
                               static_cast<double>(plan.tree_depth()) /
                                   std::max(plan.delays.full_sum, plan.delays.full_carry),
                               plan.delays_of));
  } else {
    page.row("adders",
             fmt::format("chosen by the synthesis tool (bound: {} full)", plan.full_adder_bound()));
  }
  page.row("sum", fmt::format("{} a step", counted(plan.sum_bits, "bit")));
  if (plan.steps > 1 || plan.precision) page.row("accumulator", counted(plan.acc_bits, "bit"));
  page.row("flip-flops",
           fmt::format("{}: pipeline {}, accumulator {}, output {}, write buffer {}",
                       registers.pipeline_per_column + registers.accumulator_per_column +
                           registers.output_per_column + registers.write_buffer_per_column,
                       registers.pipeline_per_column, registers.accumulator_per_column,
                       registers.output_per_column, registers.write_buffer_per_column));

  page.heading("the macro");
  std::string slices =
      fmt::format("{} of {}", counted(plan.full_slices, "slice"), counted(plan.lanes, "column"));
  if (plan.last_lanes > 0) slices += fmt::format(" and one of {}", plan.last_lanes);
  page.row("slices", slices);
  std::string blocks = counted(static_cast<std::int64_t>(plan.block_uses.size()), "block");
  blocks += fmt::format(" of {}", counted(plan.blocks.front().rows, "row"));
  if (plan.blocks.size() > 1) blocks += fmt::format(" or {}", plan.blocks.back().rows);
  page.row("a slice", blocks);
  page.row("input", fmt::format("{} of flip-flops{}", counted(registers.input, "bit"),
                                spec.sparsity.zero_rows == spec::ZeroRows::gate
                                    ? ", not clocked in rows of zeros"
                                    : ""));
  return std::move(page).text();
}

std::string check_text(const plan::MacroPlan& plan) {
  Page page;
  page.heading("ports");
  const bool wide = plan.with_array() != nullptr || plan.precision || plan.threshold_bits > 0;
  const int name_width = plan.protection || plan.shell ? 22 : wide ? 19 : 16;
  for (const SignaturePort& port : signature(plan).ports) {
    page.row(to_string(port.direction),
             fmt::format("{:<{}}{:>6}  {}", port.name, name_width, port.width, port.meaning));
  }
  return figures_text(plan) + std::move(page).text();
}

}  // namespace cimforge::collateral
