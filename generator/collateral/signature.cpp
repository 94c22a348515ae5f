#include "generator/collateral/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <utility>

#include "generator/collateral/analog.h"
#include "generator/collateral/floating.h"
#include "generator/collateral/logic.h"
#include "generator/collateral/shell.h"
#include "generator/spec/floating.h"
#include "generator/spec/protection.h"
#include "generator/spec/structure.h"

namespace cimforge::collateral {
namespace {

/// A port of one bit without a range.
SignaturePort wire(const std::string& name, Direction direction, Role role,
                   const std::string& stream, const std::string& meaning) {
  return {name, direction, 1, false, role, stream, "", 0, meaning};
}

SignaturePort number(const std::string& name, int bits, const std::string& stream,
                     const std::string& meaning) {
  return {name, Direction::input, bits, true, Role::payload, stream, "", 0, meaning};
}

SignaturePort codes(const std::string& name, Direction direction, int count, int bits,
                    const std::string& element, const std::string& stream,
                    const std::string& meaning) {
  return {name, direction, count * bits, true, Role::payload, stream, element, bits, meaning};
}

/// What comes beside the codes of a floating macro.
void add_weight_side_ports(const plan::MacroPlan& plan, std::vector<SignaturePort>& ports) {
  const plan::FloatingPlan& floating = *plan.floating;
  const spec::MacroSpec& spec = plan.spec;
  using enum Direction;
  if (floating.weight_scale_bits > 0) {
    ports.push_back(codes("weight_scale_i", input, spec.columns, floating.weight_scale_bits,
                          "column", "weight",
                          spec.weight.has_scale ? "E8M0 scale of the block of each weight"
                                                : "Exponent field that each weight is aligned to"));
  }
  if (floating.class_bits > 0 && spec.floating.align_weights_at == spec::WeightAligner::offline) {
    ports.push_back(codes(
        "weight_class_i", input, spec.columns, floating.class_bits, "column", "weight",
        floating.class_bits == 1 ? "1: the weight is NaN"
                                 : "Bit 0 negative; above it 0 number, 1 zero, 2 infinity, 3 NaN"));
  }
  if (spec::weights_say_integer(spec)) {
    ports.push_back(wire("weight_integer_i", input, Role::payload, "weight",
                         fmt::format("The weights are int{}", spec.floating.integer_bits)));
  }
}

void add_input_side_ports(const plan::MacroPlan& plan, std::vector<SignaturePort>& ports) {
  using enum Direction;
  if (plan.floating->input.scale_bits > 0) {
    ports.push_back(codes("in_scale_i", input, plan.floating->blocks, spec::scale_bits, "block",
                          "in", "E8M0 scale of each block of rows"));
  }
  if (plan.spec.floating.integer_bits > 0) {
    ports.push_back(wire(
        "in_integer_i", input, Role::payload, "in",
        fmt::format("Inputs are int{}, the results integers", plan.spec.floating.integer_bits)));
  }
}

/// Where results are signs.
void add_threshold_ports(const plan::MacroPlan& plan, std::vector<SignaturePort>& ports) {
  using enum Direction;
  ports.push_back(
      wire("threshold_valid_i", input, Role::valid, "threshold", "Thresholds are there"));
  ports.push_back(
      wire("threshold_ready_o", output, Role::ready, "threshold", "The macro takes them"));
  if (plan.bank_bits > 0) {
    ports.push_back(number("threshold_bank_i", plan.bank_bits, "threshold",
                           fmt::format("Bank that they are of, 0 to {}", plan.spec.banks - 1)));
  }
  const spec::IntegerFormat format{plan.thresholds_signed, plan.threshold_bits};
  ports.push_back(codes("threshold_data_i", input, plan.spec.columns, plan.threshold_bits, "column",
                        "threshold",
                        fmt::format("One {} threshold for each column", format.name())));
}

/// The mode of a vector.
void add_precision_ports(const plan::MacroPlan& plan, std::vector<SignaturePort>& ports) {
  const plan::PrecisionPlan& precision = *plan.precision;
  using enum Direction;
  ports.push_back(
      wire("in_signed_i", input, Role::payload, "in", "Its inputs are two's complement"));
  ports.push_back(wire("in_weight_signed_i", input, Role::payload, "in",
                       "So are the weights, for this vector"));
  if (precision.last_bits > 0) {
    ports.push_back(
        number("in_last_bit_i", precision.last_bits, "in",
               fmt::format("Bits of its inputs less one, 0 to {}", plan.spec.input.bits - 1)));
  }
  if (precision.fuse_bits > 0) {
    ports.push_back(
        number("in_fuse_i", precision.fuse_bits, "in",
               fmt::format("log2 of the columns that hold a weight, 0 to {}", precision.fuse_log)));
  }
}

/// Flags beside the results, error counters and the interrupt.
void add_error_ports(const plan::MacroPlan& plan, std::vector<SignaturePort>& ports) {
  const spec::MacroSpec& spec = plan.spec;
  using enum Direction;
  const auto counter = [&](const char* name, const char* meaning) {
    ports.push_back(
        {name, output, spec.protection.counter_bits, true, Role::payload, "", "", 0, meaning});
  };
  ports.push_back(codes("out_error_o", output, spec.columns, 1, "column", "out",
                        fmt::format("1: a weight of the column {} when the result was computed",
                                    spec::mends(spec) ? "had two wrong bits" : "had a wrong bit")));
  ports.push_back(wire("protection_clear_i", input, Role::payload, "",
                       "Counters begin at 0, and the interrupt ends"));
  ports.push_back(
      wire("protection_irq_o", output, Role::payload, "",
           spec::mends(spec) ? "A word that cannot be mended was read" : "A wrong word was read"));
  if (spec::mends(spec)) {
    counter("protection_mended_o", spec::scrubs(spec) ? "Rows that were mended and written again"
                                                      : "Results that mended weights went into");
  }
  counter("protection_flagged_o", "Results with an error flag");
}

}  // namespace

const char* to_string(Direction direction) {
  static constexpr std::array names = {"input", "output"};
  return names.at(static_cast<std::size_t>(direction));
}

const char* to_string(Role role) {
  static constexpr std::array names = {"clock", "reset", "valid", "ready", "payload"};
  return names.at(static_cast<std::size_t>(role));
}

const SignaturePort& ModuleSignature::port(const std::string& port_name) const {
  const auto found = std::find_if(ports.begin(), ports.end(), [&](const SignaturePort& each) {
    return each.name == port_name;
  });
  assert(found != ports.end());
  return *found;
}

namespace {

SignaturePort test_mode_port() {
  return wire("test_mode_i", Direction::input, Role::payload, "",
              "Holds the clock gates open while scan chains shift");
}

/// Those of a logic macro, behind clock and reset.
void add_logic_ports(const plan::MacroPlan& plan, std::vector<SignaturePort>& ports) {
  using enum Direction;
  const spec::MacroSpec& spec = plan.spec;
  ports.push_back(wire("weight_valid_i", input, Role::valid, "weight", "A row is there"));
  ports.push_back(wire("weight_ready_o", output, Role::ready, "weight", "The macro takes it"));
  ports.push_back(number("weight_row_i", plan.row_bits, "weight",
                         fmt::format("Row that is written, 0 to {}", spec.rows - 1)));
  ports.push_back(codes("weight_data_i", input, spec.columns, 1, "column", "weight",
                        "One bit for each column"));
  ports.push_back(wire("in_valid_i", input, Role::valid, "in", "An operation is there"));
  ports.push_back(wire("in_ready_o", output, Role::ready, "in", "The macro takes it"));
  for (SignaturePort& each : logic_operation_ports(plan)) ports.push_back(std::move(each));
  ports.push_back(wire("out_valid_o", output, Role::valid, "out", "A result is there"));
  ports.push_back(wire("out_ready_i", input, Role::ready, "out", "The receiver takes it"));
  SignaturePort result = number("out_data_o", plan.logic->result_bits, "out",
                                "A bit for each column, column c at [c], or a sum; zeros above it");
  result.direction = output;
  ports.push_back(std::move(result));
  if (spec.test_mode == spec::TestMode::pin) ports.push_back(test_mode_port());
}

}  // namespace

ModuleSignature signature(const plan::MacroPlan& plan) {
  using enum Direction;
  const spec::MacroSpec& spec = plan.spec;
  ModuleSignature result;
  result.name = spec.name;
  result.clock = "clk_i";
  result.reset = "rst_ni";
  result.latency = plan.latency;
  result.cycles_per_vector = plan.cycles_per_vector;
  result.lanes = plan.parts.empty() ? plan.lanes : plan.parts.front().lanes;

  std::vector<SignaturePort>& ports = result.ports;
  ports.push_back(wire(result.clock, input, Role::clock, "", "Clock, rising edge"));
  ports.push_back(wire(result.reset, input, Role::reset, "",
                       "Reset, active low: asserted asynchronously, released synchronously"));

  if (plan.logic) {
    add_logic_ports(plan, ports);
    return result;
  }
  ports.push_back(
      wire("weight_valid_i", input, Role::valid, "weight", "A row of weights is there"));
  ports.push_back(wire("weight_ready_o", output, Role::ready, "weight", "The macro takes it"));
  if (plan.bank_bits > 0) {
    ports.push_back(number("weight_bank_i", plan.bank_bits, "weight",
                           fmt::format("Bank that is written, 0 to {}", spec.banks - 1)));
  }
  if (plan.row_bits > 0) {
    ports.push_back(number("weight_row_i", plan.row_bits, "weight",
                           fmt::format("{} that is written, 0 to {}",
                                       spec.sparsity.is_structured() ? "Stored row" : "Row",
                                       spec::stored_rows(spec) - 1)));
  }
  const bool is_aligned =
      plan.floating && spec.floating.align_weights_at == spec::WeightAligner::offline;
  ports.push_back(
      codes("weight_data_i", input, spec.columns,
            plan.floating ? plan.floating->port_bits : spec.weight.bits, "column", "weight",
            fmt::format("One {} weight for each column{}",
                        is_aligned ? plan.floating->weight.format.name() : spec.weight.name(),
                        is_aligned ? ", aligned" : "")));
  if (plan.floating) add_weight_side_ports(plan, ports);
  if (spec.sparsity.is_structured()) {
    ports.push_back(
        codes("weight_index_i", input, spec.columns, spec::index_bits(spec), "column", "weight",
              fmt::format("Row of its group of {} for each weight", spec.sparsity.group)));
  }

  if (plan.threshold_bits > 0) add_threshold_ports(plan, ports);
  ports.push_back(wire("in_valid_i", input, Role::valid, "in", "An input vector is there"));
  ports.push_back(wire("in_ready_o", output, Role::ready, "in", "The macro takes it"));
  if (plan.bank_bits > 0) {
    ports.push_back(number("in_bank_i", plan.bank_bits, "in",
                           fmt::format("Bank of its weights, 0 to {}", spec.banks - 1)));
  }
  if (spec.transpose != spec::Transpose::never) {
    ports.push_back(wire("in_transpose_i", input, Role::payload, "in",
                         "It wants W^T x: result r is the sum over c of x[c] * W[r][c]"));
  }
  if (plan.precision) add_precision_ports(plan, ports);
  ports.push_back(codes("in_data_i", input, spec.rows, spec.input.bits, "row", "in",
                        plan.precision
                            ? "One input for each row, at the low end; bits above it are not read"
                            : fmt::format("One {} input for each row", spec.input.name())));
  if (plan.floating) add_input_side_ports(plan, ports);

  const spec::IntegerFormat format{plan.output_signed, plan.output_bits};
  ports.push_back(wire("out_valid_o", output, Role::valid, "out", "A result is there"));
  ports.push_back(wire("out_ready_i", input, Role::ready, "out", "The receiver takes it"));
  ports.push_back(codes("out_data_o", output, spec.columns, plan.output_bits, "column", "out",
                        plan.precision
                            ? std::string("A result has the bits of all columns of its weight")
                            : fmt::format("One {} result for each column",
                                          plan.floating ? result_name(spec) : format.name())));
  if (spec.test_mode == spec::TestMode::pin) ports.push_back(test_mode_port());
  if (plan.shell) {
    for (SignaturePort& each : shell_ports(plan)) ports.push_back(std::move(each));
  }
  if (plan.protection) add_error_ports(plan, ports);
  if (plan.with_array() != nullptr) {
    for (SignaturePort& each : array_ports(plan)) ports.push_back(std::move(each));
  }
  return result;
}

}  // namespace cimforge::collateral
