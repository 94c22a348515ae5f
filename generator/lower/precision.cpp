#include "generator/lower/precision.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>

#include "generator/lower/names.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

int fused_columns(const plan::MacroPlan& plan) {
  return 1 << plan.precision->fuse_log;
}

/// For each of LANES columns the bit of `signs` that tells whether it is negative: bit t for those
/// whose number, counted from 1, is divisible by 2^t and by no higher power.
Expression signs_of_lanes(const plan::MacroPlan& plan, const std::string& signs) {
  std::vector<Expression> group;
  for (int number = fused_columns(plan); number > 0; --number) {
    group.push_back(select(id(signs), integer(std::countr_zero(static_cast<unsigned>(number)))));
  }
  return replication(lanes() / integer(fused_columns(plan)), concatenation(std::move(group)));
}

}  // namespace

void emit_precision_sequencer(const plan::MacroPlan& plan, Items& items,
                              const std::string& rank_enable) {
  const plan::PrecisionPlan& precision = *plan.precision;
  const int ranks = plan.spec.pipeline_stages;
  const bool fuses = precision.fuses();
  const auto unused_unless = [](bool used, const std::string& name) {
    return used ? name : "unused_" + name;
  };
  const std::string fuse = unused_unless(fuses, "fuse");
  const std::string input_signed = unused_unless(fuses, "input_signed");
  const std::string result_signed = unused_unless(fuses, "result_signed");
  items.push_back(Declaration{false, std::nullopt, {"subtract", input_signed, result_signed}});
  const bool skips = plan.skipping.has_value();
  const std::string nonzero = unused_unless(skips, "nonzero");
  const std::string place = unused_unless(skips, "place");
  items.push_back(Declaration{false, integer(plan.spec.input.bits), {"plane", nonzero, place}});
  items.push_back(
      Declaration{false, integer(precision.fuse_log + 1), {"negate", "sum_signed", fuse}});
  const auto pin_or_zero = [](int bits, const char* name) {
    return bits > 0 ? id(name) : literal(1, 0);
  };
  items.push_back(Instance{
      "cim_precision_sequencer",
      {connect("INPUT_BITS", integer(plan.spec.input.bits)),
       connect("LAST_BITS", integer(std::max(1, precision.last_bits))),
       connect("FUSE_LOG", integer(precision.fuse_log)),
       connect("FUSE_BITS", integer(std::max(1, precision.fuse_bits))),
       connect("PIPELINE", integer(ranks)), connect("RANK_BITS", integer(std::max(1, ranks))),
       connect("NEGATE_STAGE", integer(plan.top_stage)), connect("FUSION", integer(fuses ? 1 : 0)),
       connect("SKIP", integer(skips ? 1 : 0)),
       connect("BANK_BITS", integer(std::max(1, plan.bank_bits)))},
      "u_sequencer",
      {same("clk_i"),
       same("rst_ni"),
       same("in_valid_i"),
       same("in_ready_o"),
       connect("in_bank_i", "in_bank"),
       same("in_signed_i"),
       same("in_weight_signed_i"),
       connect("in_last_bit_i", pin_or_zero(precision.last_bits, "in_last_bit_i")),
       connect("in_fuse_i", pin_or_zero(precision.fuse_bits, "in_fuse_i")),
       connect("nonzero_i", nonzero),
       connect("hold_i", "hold"),
       connect("take_o", "take"),
       connect("busy_o", "busy"),
       connect("bank_o", "bank"),
       connect("plane_o", "plane"),
       connect("rank_enable_o", rank_enable),
       connect("negate_o", "negate"),
       connect("first_o", "first"),
       connect("subtract_o", "subtract"),
       connect("sum_signed_o", "sum_signed"),
       connect("place_o", place),
       connect("accumulate_o", "accumulate"),
       connect("fuse_o", fuse),
       connect("input_signed_o", input_signed),
       connect("result_signed_o", result_signed),
       connect("result_valid_o", "result_valid"),
       connect("result_ready_i", "result_ready")}});
}

void connect_precision(const plan::MacroPlan& plan, std::vector<Connection>& pins,
                       const Expression& lanes) {
  const bool fuses = plan.precision->fuses();
  const auto signs = [&](const char* name) {
    return fuses ? id(name) : replication(lanes, id(name));
  };
  pins.push_back(connect("negate_i", signs("negate")));
  pins.push_back(connect("first_i", "first"));
  pins.push_back(connect("subtract_i", "subtract"));
  pins.push_back(connect("sum_signed_i", signs("sum_signed")));
  if (plan.skipping) pins.push_back(connect("place_i", "place"));
  pins.push_back(connect("accumulate_i", "accumulate"));
  if (!fuses) return;
  pins.push_back(connect("fuse_i", "fuse"));
  pins.push_back(connect("input_signed_i", "input_signed"));
  pins.push_back(connect("result_signed_i", "result_signed"));
  pins.push_back(connect("result_valid_i", "result_valid"));
}

std::string describe_precision(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const int fused = fused_columns(plan);
  return fmt::format(
      "{} x {} columns of {} bit weights in {} bank{} of {} storage; inputs of 1 to {} bits, a bit "
      "a\n"
      "cycle. Each vector brings its precision: the bits of its inputs and their sign, {}and the "
      "sign\n"
      "of the weights. A vector of n bits takes n cycles; its result appears n + {} cycles after "
      "the\n"
      "edge that accepts it. A result has {} bits for each column of its weight, two's complement "
      "where\n"
      "either operand is, and else unsigned.\n"
      "\n"
      "The products of the weights' highest bits have a sum of their own, which is negative in the "
      "last\n"
      "column of each signed weight; the sum of the first step is subtracted where inputs are "
      "signed.",
      spec.rows, spec.columns, spec.weight.bits, spec.banks, spec.banks == 1 ? "" : "s",
      spec::to_string(spec.storage), spec.input.bits,
      fused == 1 ? "" : fmt::format("the columns that hold a weight (up to {}), ", fused),
      plan.latency - spec.input.bits, plan.output_bits);
}

void add_precision_inputs(const plan::MacroPlan& plan, std::vector<Port>& ports) {
  const auto input = [&](const char* name, std::optional<Expression> width, const char* comment) {
    ports.push_back({Direction::input, name, std::move(width), comment, false});
  };
  input("negate_i", lanes(), "columns whose weights' sign plane is negative");
  input("first_i", std::nullopt, "first step of the accumulator");
  input("subtract_i", std::nullopt, "the sum is negative");
  input("sum_signed_i", lanes(), "the same columns, in front of the accumulator");
  if (plan.skipping) {
    input("place_i", integer(plan.steps), "one-hot: the bit of the inputs whose sum this is");
  }
  input("accumulate_i", std::nullopt, "");
}

void emit_signed_accumulator(const plan::MacroPlan& plan, Items& items, const Expression& sum) {
  const bool fuses = plan.precision->fuses();
  items.push_back(Blank{});
  items.push_back(Comment{
      plan.skipping
          ? fmt::format("result = (first step ? 0 : result) +- sum of bit i * 2^i, modulo 2^{}",
                        plan.acc_bits)
          : fmt::format("result = (first step ? 0 : 2 * result) +- sum, modulo 2^{}",
                        plan.acc_bits)});
  if (!fuses) items.push_back(Declaration{false, lanes_times(plan.acc_bits), {"result"}});
  Instance accumulator{
      plan.skipping ? "cim_signed_place_accumulator" : "cim_signed_accumulator",
      {connect("LANES", lanes()), connect("SUM_BITS", integer(plan.sum_bits)),
       connect("WIDTH", integer(plan.acc_bits)), connect("HELD", integer(fuses ? 1 : 0))},
      "u_accumulator",
      {same("clk_i"), connect("enable_i", "accumulate_i"), same("first_i"), same("subtract_i"),
       connect("signed_i", "sum_signed_i"), connect("sum_i", sum),
       connect("result_o", fuses ? "result_o" : "result")}};
  if (plan.skipping) {
    accumulator.parameters.push_back(connect("PLACES", integer(plan.steps)));
    accumulator.connections.push_back(same("place_i"));
  }
  items.push_back(std::move(accumulator));
}

namespace {

/// The ports of the columns, with `count` of them: those that the slice only passes on.
Instance columns_instance(const plan::MacroPlan& plan, const Expression& count,
                          const Expression& negate, const Expression& sum_signed,
                          const Expression& weights, const std::string& result) {
  Instance instance{fused_columns_module(plan), {connect("LANES", count)}, "u_columns", {}};
  auto& pins = instance.connections;
  pins = {same("clk_i"), same("weight_load_i"), connect("weight_data_i", weights),
          same("word_line_i")};
  if (plan.bank_bits > 0) pins.push_back(same("bank_i"));
  pins.push_back(same("digit_i"));
  for (const int rank : slice_ranks(plan)) pins.push_back(same(rank_enable_port(rank)));
  pins.push_back(connect("negate_i", negate));
  pins.push_back(same("first_i"));
  pins.push_back(same("subtract_i"));
  pins.push_back(connect("sum_signed_i", sum_signed));
  if (plan.skipping) pins.push_back(same("place_i"));
  pins.push_back(same("accumulate_i"));
  pins.push_back(connect("result_o", result));
  return instance;
}

}  // namespace

Module fused_slice(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::PrecisionPlan& precision = *plan.precision;
  const int signs = precision.fuse_log + 1;
  Module module;
  module.name = slice_module(plan);
  module.keep_hierarchy = true;
  module.header = fmt::format(
      "A slice of LANES columns, a multiple of {}: neighbouring columns may hold one weight. A "
      "layout\n"
      "has a tile for each column, and so has synthesis; a simulator has all columns in one "
      "instance.",
      fused_columns(plan));
  module.parameters = {{"LANES", integer(plan.lanes)}};
  const auto input = [&](const std::string& name, std::optional<Expression> width = std::nullopt,
                         const std::string& comment = "") {
    module.ports.push_back({Direction::input, name, std::move(width), comment, false});
  };
  input("clk_i");
  input("weight_load_i", std::nullopt, "takes a row of weights");
  input("weight_data_i", lanes_times(spec.weight.bits));
  input("word_line_i", integer(spec.banks * spec.rows));
  if (plan.bank_bits > 0) input("bank_i", integer(plan.bank_bits));
  input("digit_i", integer(spec.rows), "row r at [r]");
  for (const int rank : slice_ranks(plan)) input(rank_enable_port(rank));
  input("negate_i", integer(signs), "bit t: columns 2^t, 3*2^t, 5*2^t ... from 1");
  input("first_i", std::nullopt, "first step of the accumulator");
  input("subtract_i", std::nullopt, "the sum is negative");
  input("sum_signed_i", integer(signs), "the same columns, in front of the accumulator");
  if (plan.skipping) {
    input("place_i", integer(plan.steps), "one-hot: the bit of the inputs whose sum this is");
  }
  input("accumulate_i");
  input("fuse_i", integer(signs), "one-hot: log2 of the columns that hold a weight");
  input("input_signed_i");
  input("result_signed_i");
  input("result_valid_i", std::nullopt, "the accumulators hold a complete result");
  add_output_ports(plan, module.ports);

  Items& items = module.items;
  items.push_back(Comment{"Columns whose sign plane is negative: the last of each weight"});
  items.push_back(Declaration{false, lanes(), {"negate", "sum_signed"}});
  items.push_back(Assign{id("negate"), signs_of_lanes(plan, "negate_i")});
  items.push_back(Assign{id("sum_signed"), signs_of_lanes(plan, "sum_signed_i")});
  items.push_back(Blank{});
  items.push_back(Comment{"Columns, each by itself"});
  items.push_back(Declaration{false, lanes_times(plan.acc_bits), {"column_result"}});
  // A column for each lane, its bits put into the planes.
  GenerateFor columns{"g_column", "column", lanes(), {}};
  columns.items.push_back(Declaration{false, integer(plan.acc_bits), {"own_result"}});
  columns.items.push_back(columns_instance(
      plan, integer(1), select(id("negate"), id("column")), select(id("sum_signed"), id("column")),
      part(id("weight_data_i"), id("column") * integer(spec.weight.bits),
           integer(spec.weight.bits)),
      "own_result"));
  for (int bit = 0; bit < plan.acc_bits; ++bit) {
    const Expression place = bit == 0 ? id("column") : integer(bit) * lanes() + id("column");
    columns.items.push_back(
        Assign{select(id("column_result"), place), select(id("own_result"), integer(bit))});
  }
  items.push_back(MacroIf{"SYNTHESIS",
                          {std::move(columns)},
                          {columns_instance(plan, lanes(), id("negate"), id("sum_signed"),
                                            id("weight_data_i"), "column_result")}});
  items.push_back(Blank{});
  items.push_back(Comment{"Neighbours that hold one weight"});
  items.push_back(Declaration{false, lanes_times(plan.output_bits), {"result"}});
  std::uint64_t widths = 0;
  for (std::size_t level = 0; level < precision.widths.size(); ++level) {
    widths |= static_cast<std::uint64_t>(precision.widths[level]) << (8 * level);
  }
  items.push_back(Instance{
      "cim_column_fusion",
      {connect("LANES", lanes()), connect("COLUMN_BITS", integer(spec.weight.bits)),
       connect("BITS", integer(plan.output_bits)), connect("FUSE_LOG", integer(precision.fuse_log)),
       connect("WIDTHS", literal_hex(40, widths))},
      "u_fusion",
      {connect("enable_i", "result_valid_i"), same("fuse_i"), same("input_signed_i"),
       same("result_signed_i"), connect("planes_i", "column_result"),
       connect("planes_o", "result")}});
  emit_output(plan, items);
  return module;
}

}  // namespace cimforge::lower
