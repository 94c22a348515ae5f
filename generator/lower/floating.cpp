// The top of a floating macro: the aligners and the control in front of the integer macros of its
// blocks.
#include "generator/lower/floating.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/lower/modules.h"
#include "generator/lower/names.h"
#include "generator/spec/floating.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

constexpr int scale_bits = spec::scale_bits;

std::string describe(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::FloatingPlan& floating = *plan.floating;
  return fmt::format(
      "{} x {} {} weights in {} bank{}, {} inputs, {} results. {}\n"
      "block of {} rows shares, multiplied as {} and {} integers, and the sums are normalised:\n"
      "y[c] = sum over r of x[r] * W[r][c] up to what alignment loses. With S the sum and M the\n"
      "exponent of a column the result is S * 2^(M - {}). A vector takes {} cycle{}; its result\n"
      "appears {} cycles after the edge that accepts it.",
      spec.rows, spec.columns, spec.weight.name(), spec.banks, spec.banks == 1 ? "" : "s",
      spec.input.name(),
      spec::result_format_names.at(static_cast<std::size_t>(spec.floating.result)),
      spec::aligns_products(spec) ? "Products are aligned to an exponent that a"
                                  : "Both are aligned to exponents that a",
      spec.floating.block_rows, floating.input.format.name(), floating.weight.format.name(),
      floating.result.offset, plan.cycles_per_vector, plan.cycles_per_vector == 1 ? "" : "s",
      plan.latency);
}

}  // namespace

void add_weight_side_ports(const plan::MacroPlan& plan, std::vector<Port>& ports) {
  const plan::FloatingPlan& floating = *plan.floating;
  const int columns = plan.spec.columns;
  const auto port = [&](const char* name, std::optional<Expression> width,
                        const std::string& what) {
    ports.push_back({Direction::input, name, std::move(width), what, false});
  };
  const auto of_columns = [](int count) {
    return fmt::format("column c at [c*{} +: {}]", count, count);
  };
  if (floating.weight_scale_bits > 0) {
    port("weight_scale_i", integer(columns * floating.weight_scale_bits),
         of_columns(floating.weight_scale_bits));
  }
  if (floating.class_bits > 0 &&
      plan.spec.floating.align_weights_at == spec::WeightAligner::offline) {
    port("weight_class_i", integer(columns * floating.class_bits), of_columns(floating.class_bits));
  }
  if (spec::weights_say_integer(plan.spec)) port("weight_integer_i", std::nullopt, "integers");
}

void add_input_side_ports(const plan::MacroPlan& plan, std::vector<Port>& ports) {
  if (plan.floating->input.scale_bits > 0) {
    ports.push_back({Direction::input, "in_scale_i", integer(plan.floating->blocks * scale_bits),
                     fmt::format("block g at [g*{} +: {}]", scale_bits, scale_bits), false});
  }
  if (plan.spec.floating.integer_bits > 0) {
    ports.push_back({Direction::input, "in_integer_i", std::nullopt, "integers", false});
  }
}

namespace {

void emit_control(const plan::MacroPlan& plan, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
  const int bank_bits = std::max(1, plan.bank_bits);
  const FloatFeatures has = features_of(plan);
  const bool two = floating.input_stages == 2;
  const auto unused_unless = [](bool used, const std::string& name) {
    return used ? name : "unused_" + name;
  };
  const bool reads_push_bank = has.banks && (has.scale || has.weight_class);
  const std::string move = unused_unless(two, "move");
  const std::string push_bank = unused_unless(reads_push_bank, "push_bank");
  const std::string bank = unused_unless(has.banks, "bank");
  const std::string first_bank = unused_unless(has.banks && has.read, "first_bank");
  items.push_back(Comment{"Control"});
  items.push_back(Declaration{false,
                              std::nullopt,
                              {"take", move, "send", "array_in_ready", "weight_take", "weight_send",
                               "array_weight_ready", "push", "array_out_valid"}});
  items.push_back(
      Declaration{false,
                  integer(bank_bits),
                  {"in_bank", "weight_bank_in", "weight_bank", bank, push_bank, first_bank}});
  items.push_back(Declaration{false, integer(floating.index_bits), {"write_index", "read_index"}});
  items.push_back(
      Declaration{false, integer(floating.result_stages), {"result_valid", "result_load"}});
  const auto pin_or_zero = [&](const char* name) { return has.banks ? id(name) : literal(1, 0); };
  items.push_back(Assign{id("in_bank"), pin_or_zero("in_bank_i")});
  items.push_back(Assign{id("weight_bank_in"), pin_or_zero("weight_bank_i")});
  items.push_back(Declaration{false, std::nullopt, {"unused_array_out_ready"}});
  items.push_back(Instance{
      "cim_float_control",
      {connect("STAGES", integer(floating.input_stages)),
       connect("RESULT_STAGES", integer(floating.result_stages)),
       connect("DEPTH", integer(floating.depth)),
       connect("INDEX_BITS", integer(floating.index_bits)),
       connect("BANK_BITS", integer(bank_bits)), connect("READS", integer(has.read ? 1 : 0))},
      "u_control",
      {same("clk_i"),
       same("rst_ni"),
       same("in_valid_i"),
       same("in_ready_o"),
       connect("in_bank_i", "in_bank"),
       same("weight_valid_i"),
       same("weight_ready_o"),
       connect("weight_bank_i", "weight_bank_in"),
       connect("take_o", "take"),
       connect("move_o", move),
       connect("send_o", "send"),
       connect("array_in_ready_i", "array_in_ready"),
       connect("first_bank_o", first_bank),
       connect("bank_o", bank),
       connect("weight_take_o", "weight_take"),
       connect("weight_send_o", "weight_send"),
       connect("array_weight_ready_i", "array_weight_ready"),
       connect("weight_bank_o", "weight_bank"),
       connect("push_o", "push"),
       connect("push_bank_o", push_bank),
       connect("write_index_o", "write_index"),
       connect("read_index_o", "read_index"),
       connect("array_out_valid_i", "array_out_valid"),
       connect("array_out_ready_o", "unused_array_out_ready"),
       connect("result_valid_o", "result_valid"),
       connect("result_load_o", "result_load"),
       same("out_valid_o"),
       same("out_ready_i")}});
}

void emit_weights(const plan::MacroPlan& plan, Items& items) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::FloatingPlan& floating = *plan.floating;
  const FloatFeatures has = features_of(plan);
  const bool is_offline = spec.floating.align_weights_at == spec::WeightAligner::offline;
  const int stored = has.read ? floating.port_bits : floating.weight.format.bits;
  const int scale = std::max(1, floating.weight_scale_bits);
  const int kind = std::max(1, floating.class_bits);
  const int row_bits = std::max(1, plan.row_bits);
  const auto unused_unless = [](bool used, const std::string& name) {
    return used ? name : "unused_" + name;
  };
  const std::string scales = unused_unless(has.scale, "weight_scale");
  const std::string classes = unused_unless(has.weight_class, "weight_class");
  items.push_back(Blank{});
  items.push_back(Comment{"Weights"});
  items.push_back(Declaration{false, integer(row_bits), {"weight_row"}});
  items.push_back(Declaration{false, integer(spec.columns * stored), {"weight_data"}});
  items.push_back(Declaration{false, integer(spec.columns * scale), {scales}});
  items.push_back(Declaration{false, integer(spec.columns * kind), {classes}});
  Instance weight{"cim_float_weight", {connect("COLUMNS", integer(spec.columns))}, "u_weight", {}};
  for (const Connection& each : format_parameters(spec.weight, floating.port_bits)) {
    weight.parameters.push_back(each);
  }
  const auto parameter = [&](const char* name, int value) {
    weight.parameters.push_back(connect(name, integer(value)));
  };
  parameter("GUARD", floating.weight.guard_bits);
  parameter("ROUNDING", rounding(plan));
  parameter("TARGET", floating.weight.target.value_or(-1));
  if (has.read) parameter("RAW", 1);
  parameter("SCALE", scale);
  parameter("CLASS", kind);
  parameter("OFFLINE", is_offline ? 1 : 0);
  parameter("INTEGER_BITS", has.read ? 0 : spec.floating.integer_bits);
  parameter("ALIGNED", stored);
  parameter("ROW_BITS", row_bits);
  const auto zeros = [](int count) { return replication(integer(count), literal(1, 0)); };
  weight.connections = {
      same("clk_i"),
      connect("take_i", "weight_take"),
      connect("row_i", plan.row_bits > 0 ? id("weight_row_i") : literal(1, 0)),
      connect("data_i", "weight_data_i"),
      connect("scales_i", has.scale ? id("weight_scale_i") : zeros(spec.columns)),
      connect("classes_i",
              is_offline && has.weight_class ? id("weight_class_i") : zeros(spec.columns * kind)),
      connect("integer_i",
              spec::weights_say_integer(spec) ? id("weight_integer_i") : literal(1, 0)),
      connect("row_o", "weight_row"),
      connect("aligned_o", "weight_data"),
      connect("scales_o", scales),
      connect("classes_o", classes)};
  items.push_back(weight);

  const std::string block_row =
      unused_unless(floating.block_row_bits > 0 && !has.read, "block_row");
  const std::string weight_block = unused_unless(!has.read, "weight_block");
  const std::string row_line = unused_unless(has.weight_class || has.read, "row_line");
  const std::string block_line = unused_unless(has.scale, "block_line");
  items.push_back(Blank{});
  items.push_back(Declaration{false, integer(floating.blocks), {weight_block}});
  items.push_back(Declaration{false, integer(std::max(1, floating.block_row_bits)), {block_row}});
  items.push_back(Declaration{false, integer(spec.banks * spec.rows), {row_line}});
  items.push_back(Declaration{false, integer(spec.banks * floating.blocks), {block_line}});
  items.push_back(
      Instance{"cim_row_decoder",
               {connect("BLOCKS", integer(floating.blocks)),
                connect("BLOCK_ROWS", integer(spec.floating.block_rows)),
                connect("BANKS", integer(spec.banks)), connect("ROW_BITS", integer(row_bits)),
                connect("BLOCK_ROW_BITS", integer(std::max(1, floating.block_row_bits))),
                connect("BANK_BITS", integer(std::max(1, plan.bank_bits)))},
               "u_rows",
               {connect("write_i", "weight_send"), connect("bank_i", "weight_bank"),
                connect("row_i", "weight_row"), connect("block_o", weight_block),
                connect("row_o", block_row), connect("row_line_o", row_line),
                connect("block_line_o", block_line)}});
  if (!has.read) return;
  items.push_back(Declaration{false, integer(spec.banks * spec.rows), {"word_line"}});
  if (spec.storage == spec::Storage::flop) {
    items.push_back(Assign{id("word_line"), id("row_line")});
  } else {
    items.push_back(Instance{
        "cim_word_line_gate",
        {connect("WIDTH", integer(spec.banks * spec.rows))},
        "u_word_lines",
        {same("clk_i"), connect("enable_i", "row_line"), connect("word_line_o", "word_line")}});
  }
}

void emit_inputs(const plan::MacroPlan& plan, Items& items) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::FloatingPlan& floating = *plan.floating;
  const FloatFeatures has = features_of(plan);
  const auto unused_unless = [](bool used, const std::string& name) {
    return used ? name : "unused_" + name;
  };
  const int exponent = floating.blocks * width_of_input_exponent(floating);
  const std::string infinity = unused_unless(has.row_classes, "input_infinity");
  const std::string zero = unused_unless(has.row_classes, "input_zero");
  const std::string negative = unused_unless(has.row_classes, "input_negative");
  const std::string nan = unused_unless(floating.has_specials, "input_nan");
  items.push_back(Blank{});
  items.push_back(Comment{"Inputs"});
  items.push_back(Declaration{false, integer(spec.rows * floating.input.format.bits), {"in_data"}});
  items.push_back(Declaration{false, integer(exponent), {"input_exponent", "exponent"}});
  items.push_back(Declaration{false, std::nullopt, {nan, "input_integer", "is_integer"}});
  items.push_back(Declaration{false, integer(spec.rows), {infinity, zero, negative}});
  const std::string second_integer =
      unused_unless(has.read && spec.floating.integer_bits > 0, "second_integer");
  const std::string first_fields = unused_unless(has.product, "first_fields");
  const std::string second_fields = unused_unless(has.product, "second_fields");
  const std::string first_counts = unused_unless(has.product, "first_counts");
  const std::string second_counts = unused_unless(has.product, "second_counts");
  const int fields = spec.input.element == spec::Element::integer
                         ? 1
                         : spec::shape_of(spec.input.element).exponent_bits;
  items.push_back(Declaration{false, std::nullopt, {second_integer}});
  items.push_back(Declaration{false, integer(spec.rows * fields), {first_fields, second_fields}});
  items.push_back(Declaration{false, integer(spec.rows), {first_counts, second_counts}});
  Instance input{"cim_float_input",
                 {connect("STAGES", integer(floating.input_stages)),
                  connect("BLOCKS", integer(floating.blocks)),
                  connect("BLOCK_ROWS", integer(spec.floating.block_rows))},
                 "u_input",
                 {}};
  for (const Connection& each : format_parameters(spec.input, spec.input.bits)) {
    input.parameters.push_back(each);
  }
  const auto parameter = [&](const char* name, int value) {
    input.parameters.push_back(connect(name, integer(value)));
  };
  parameter("GUARD", floating.input.guard_bits);
  parameter("ROUNDING", rounding(plan));
  parameter("PER_BLOCK", spec.floating.align_inputs_to == spec::InputTarget::block ? 1 : 0);
  parameter("TARGET", floating.input.target.value_or(-1));
  parameter("PRODUCT", has.product ? 1 : 0);
  parameter("SCALED", spec.input.has_scale ? 1 : 0);
  parameter("WIDTH", width_of_input_exponent(floating));
  parameter("CLASSES", has.row_classes ? 1 : 0);
  parameter("INTEGER_BITS", spec.floating.integer_bits);
  parameter("ALIGNED", floating.input.format.bits);
  input.connections = {
      same("clk_i"),
      connect("take_i", "take"),
      connect("send_i", "send"),
      connect("move_i", floating.input_stages == 2 ? id("move") : literal(1, 0)),
      connect("scales_i", spec.input.has_scale
                              ? id("in_scale_i")
                              : replication(integer(floating.blocks * scale_bits), literal(1, 0))),
      connect("integer_i", spec.floating.integer_bits > 0 ? id("in_integer_i") : literal(1, 0)),
      connect("codes_i", "in_data_i"),
      connect("aligned_o", "in_data"),
      connect("b_integer_o", second_integer),
      connect("a_fields_o", first_fields),
      connect("a_counts_o", first_counts),
      connect("b_fields_o", second_fields),
      connect("b_counts_o", second_counts),
      connect("exponents_o", "input_exponent"),
      connect("nan_o", nan),
      connect("infinity_o", infinity),
      connect("zero_o", zero),
      connect("negative_o", negative),
      connect("integer_o", "input_integer")};
  items.push_back(input);
  items.push_back(
      Instance{"cim_sideband",
               {connect("WIDTH", integer(exponent + 1)), connect("DEPTH", integer(floating.depth)),
                connect("INDEX_BITS", integer(floating.index_bits))},
               "u_sideband",
               {same("clk_i"), connect("push_i", "push"), connect("write_index_i", "write_index"),
                connect("read_index_i", "read_index"),
                connect("data_i", concatenation({id("input_integer"), id("input_exponent")})),
                connect("data_o", concatenation({id("is_integer"), id("exponent")}))}});
}

void emit_array(const plan::MacroPlan& plan, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
  const FloatFeatures has = features_of(plan);
  const plan::MacroPlan& part = plan.parts.front();
  const std::vector<Port> ports = top(part).ports;
  std::optional<Expression> in_ready;
  std::optional<Expression> weight_ready;
  std::optional<Expression> out_valid;
  const auto join = [](std::optional<Expression>& all, const std::string& name) {
    all = all ? *all & id(name) : id(name);
  };
  items.push_back(Blank{});
  items.push_back(Comment{"The integer array: the macros of all blocks take and give together"});
  for (int block = 0; block < floating.blocks; ++block) {
    const std::string in = of_block("in_ready", block);
    const std::string weight = of_block("weight_ready", block);
    const std::string out = of_block("out_valid", block);
    const std::string data = of_block("sum", block);
    join(in_ready, in);
    join(out_valid, out);
    std::vector<std::string> bits = {in, out};
    if (has.read) {
      items.push_back(
          Declaration{false,
                      integer(std::int64_t{1} * plan.spec.columns * plan.spec.floating.block_rows *
                              floating.weight.format.bits),
                      {of_block("aligned", block)}});
    } else {
      join(weight_ready, weight);
      bits.insert(bits.begin() + 1, weight);
    }
    items.push_back(Declaration{false, std::nullopt, std::move(bits)});
    items.push_back(
        Declaration{false, integer(plan.spec.columns * floating.result.block_bits), {data}});
    const int rows = plan.spec.floating.block_rows * floating.input.format.bits;
    items.push_back(Instance{
        part.spec.name,
        {connect("LANES", "LANES")},
        of_block("u_integer", block),
        connections_of(
            ports,
            {connect("weight_i", of_block("aligned", block)),
             connect("weight_valid_i",
                     id("weight_send") & select(id("weight_block"), integer(block))),
             connect("weight_ready_o", weight), connect("weight_bank_i", "weight_bank"),
             connect("weight_row_i", "block_row"), connect("weight_data_i", "weight_data"),
             connect("in_valid_i", "send"), connect("in_ready_o", in), connect("in_bank_i", "bank"),
             connect("in_data_i",
                     verilog::part(id("in_data"), integer(block * rows), integer(rows))),
             connect("out_valid_o", out),
             connect("out_ready_i", select(id("result_load"), integer(0))),
             connect("out_data_o", data)})});
  }
  items.push_back(Assign{id("array_in_ready"), *in_ready});
  items.push_back(Assign{id("array_weight_ready"), weight_ready ? *weight_ready : literal(1, 1)});
  items.push_back(Assign{id("array_out_valid"), *out_valid});
}

Instance columns_instance(const plan::MacroPlan& plan, const std::string& name,
                          const Expression& count, const Expression& first) {
  const plan::FloatingPlan& floating = *plan.floating;
  const auto columns = [&](const std::string& vector, int width) {
    return verilog::part(id(vector), first * integer(width), count * integer(width));
  };
  std::vector<Expression> sums;  // the last block first
  for (int block = floating.blocks; block-- > 0;) {
    sums.push_back(columns(of_block("sum", block), floating.result.block_bits));
  }
  std::vector<Connection> signals = {
      connect("weight_send_i", "weight_send"),
      connect("block_line_i", "block_line"),
      connect("row_line_i", "row_line"),
      connect("bank_i", "push_bank"),
      connect("push_i", "push"),
      connect("write_index_i", "write_index"),
      connect("read_index_i", "read_index"),
      connect("nan_i", "input_nan"),
      connect("infinity_i", "input_infinity"),
      connect("zero_i", "input_zero"),
      connect("negative_i", "input_negative"),
      connect("exponent_i", "exponent"),
      connect("integer_i", "is_integer"),
      connect("valid_i", "result_valid"),
      connect("load_i", "result_load"),
      connect("codes_i", sums.size() == 1 ? sums.front() : concatenation(sums)),
      connect("weight_scale_i", columns("weight_scale", floating.weight_scale_bits)),
      connect("weight_class_i", columns("weight_class", floating.class_bits)),
      connect("weight_data_i", columns("weight_data", floating.port_bits)),
      connect("word_line_i", "word_line"),
      connect("first_bank_i", "first_bank"),
      connect("second_bank_i", "bank"),
      connect("move_i", "move"),
      connect("send_i", "send"),
      connect("second_integer_i", "second_integer"),
      connect("first_fields_i", "first_fields"),
      connect("second_fields_i", "second_fields"),
      connect("first_counts_i", "first_counts"),
      connect("second_counts_i", "second_counts"),
      connect("codes_o", columns("out_data_o", plan.output_bits))};
  for (int block = 0; block < floating.blocks; ++block) {
    signals.push_back(
        connect(of_block("weight", block) + "_o",
                columns(of_block("aligned", block),
                        plan.spec.floating.block_rows * floating.weight.format.bits)));
  }
  return {float_columns_module(plan),
          {connect("LANES", count)},
          name,
          connections_of(float_column_ports(plan), signals)};
}

}  // namespace

Module floating_top(const plan::MacroPlan& plan) {
  Module module;
  module.name = plan.spec.name;
  module.header = describe(plan);
  module.parameters = {{"LANES", integer(plan.lanes)}};
  add_ports(plan, module.ports);
  Items& items = module.items;
  emit_control(plan, items);
  emit_weights(plan, items);
  emit_inputs(plan, items);
  emit_array(plan, items);
  items.push_back(Blank{});
  items.push_back(Comment{fmt::format(
      "{} columns in slices of LANES; what is left over is a smaller one", plan.spec.columns)});
  items.push_back(LocalParameter{{"COLUMNS", integer(plan.spec.columns)}});
  items.push_back(LocalParameter{{"FULL_SLICES", id("COLUMNS") / lanes()}});
  items.push_back(LocalParameter{{"LAST_LANES", id("COLUMNS") % lanes()}});
  items.push_back(
      GenerateFor{"g_slice",
                  "slice",
                  id("FULL_SLICES"),
                  {columns_instance(plan, "u_columns", lanes(), id("slice") * lanes())}});
  items.push_back(GenerateIf{
      "g_last_slice",
      not_equal(id("LAST_LANES"), integer(0)),
      {columns_instance(plan, "u_last_columns", id("LAST_LANES"), id("FULL_SLICES") * lanes())}});
  return module;
}

}  // namespace cimforge::lower
