// The top of a hybrid macro: both macros, the weights cut in two, the results joined.
#include <fmt/format.h>

#include <cassert>

#include "generator/lower/modules.h"
#include "generator/lower/names.h"
#include "generator/spec/parts.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

std::string describe(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  return fmt::format(
      "{} x {} {} weights: the {} high-order bits in a digital macro, the {} low-order ones in an\n"
      "analog one. y[c] = sum over r of x[r] * W[r][c], the share of the low-order bits as exact "
      "as\n"
      "the converters are; {} {} bits. A vector takes {} cycles.",
      spec.rows, spec.columns, spec.weight.name(), spec.hybrid.digital_bits, spec::low_bits(spec),
      plan.output_signed ? "two's complement" : "unsigned", plan.output_bits,
      plan.cycles_per_vector);
}

}  // namespace

Module hybrid_top(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::MacroPlan& high = plan.parts.at(0);
  const plan::MacroPlan& low = plan.parts.at(1);
  const int low_bits = spec::low_bits(spec);

  Module module;
  module.name = spec.name;
  module.header = describe(plan);
  module.parameters = {{"LANES", integer(high.lanes)}};
  add_ports_with_array(plan, module.ports);

  Items& items = module.items;
  items.push_back(Comment{"A transfer is one of both macros, at one edge"});
  items.push_back(
      Declaration{false,
                  std::nullopt,
                  {"high_weight_ready", "low_weight_ready", "high_in_ready", "low_in_ready",
                   "high_valid", "high_ready", "low_valid", "low_ready"}});
  items.push_back(Assign{id("weight_ready_o"), id("high_weight_ready") & id("low_weight_ready")});
  items.push_back(Assign{id("in_ready_o"), id("high_in_ready") & id("low_in_ready")});

  items.push_back(Blank{});
  items.push_back(
      Declaration{false, integer(spec.columns * spec.hybrid.digital_bits), {"high_weight_data"}});
  items.push_back(Declaration{false, integer(spec.columns * low_bits), {"low_weight_data"}});
  items.push_back(Instance{"cim_weight_split",
                           {connect("COLUMNS", integer(spec.columns)),
                            connect("HIGH_BITS", integer(spec.hybrid.digital_bits)),
                            connect("LOW_BITS", integer(low_bits))},
                           "u_weight_split",
                           {same("weight_data_i"), connect("high_data_o", "high_weight_data"),
                            connect("low_data_o", "low_weight_data")}});

  items.push_back(Blank{});
  items.push_back(Declaration{false, integer(spec.columns * high.output_bits), {"high_data"}});
  items.push_back(Instance{
      high.spec.name,
      {connect("LANES", "LANES")},
      "u_digital",
      connections_of(top(high).ports,
                     {connect("weight_valid_i", id("weight_valid_i") & id("low_weight_ready")),
                      connect("weight_ready_o", "high_weight_ready"),
                      connect("weight_data_i", "high_weight_data"),
                      connect("in_valid_i", id("in_valid_i") & id("low_in_ready")),
                      connect("in_ready_o", "high_in_ready"), connect("out_valid_o", "high_valid"),
                      connect("out_ready_i", "high_ready"), connect("out_data_o", "high_data")})});

  items.push_back(Blank{});
  items.push_back(Declaration{false, integer(spec.columns * low.output_bits), {"low_data"}});
  items.push_back(Declaration{false, integer(spec.columns), {"low_saturated"}});
  std::vector<Port> low_ports;
  add_ports_with_array(low, low_ports);
  items.push_back(Instance{
      low.spec.name,
      {},
      "u_analog",
      connections_of(low_ports,
                     {connect("weight_valid_i", id("weight_valid_i") & id("high_weight_ready")),
                      connect("weight_ready_o", "low_weight_ready"),
                      connect("weight_data_i", "low_weight_data"),
                      connect("in_valid_i", id("in_valid_i") & id("high_in_ready")),
                      connect("in_ready_o", "low_in_ready"), connect("out_valid_o", "low_valid"),
                      connect("out_ready_i", "low_ready"), connect("out_data_o", "low_data"),
                      connect("out_saturated_o", "low_saturated")})});

  items.push_back(Blank{});
  Instance join{"cim_hybrid_join", {}, "u_join", {}};
  const auto parameter = [&](const char* name, int value) {
    join.parameters.push_back(connect(name, integer(value)));
  };
  parameter("COLUMNS", spec.columns);
  parameter("HIGH_BITS", high.output_bits);
  parameter("HIGH_SIGNED", high.output_signed ? 1 : 0);
  parameter("LOW_BITS", low.output_bits);
  parameter("LOW_SIGNED", low.output_signed ? 1 : 0);
  parameter("SHIFT", low_bits);
  parameter("SUM_BITS", plan.joined_bits());
  parameter("OUTPUT_SHIFT", spec.output_shift);
  parameter("OUTPUT_BITS", plan.output_bits);
  parameter("OUTPUT_SIGNED", plan.output_signed ? 1 : 0);
  parameter("TRUNCATE", spec.output_mode == spec::OutputMode::truncate ? 1 : 0);
  join.connections = {same("clk_i"),
                      same("rst_ni"),
                      connect("high_valid_i", "high_valid"),
                      connect("high_ready_o", "high_ready"),
                      connect("high_data_i", "high_data"),
                      connect("low_valid_i", "low_valid"),
                      connect("low_ready_o", "low_ready"),
                      connect("low_data_i", "low_data"),
                      connect("low_saturated_i", "low_saturated"),
                      same("out_valid_o"),
                      same("out_ready_i"),
                      same("out_data_o"),
                      same("out_saturated_o")};
  items.push_back(join);
  return module;
}

}  // namespace cimforge::lower
