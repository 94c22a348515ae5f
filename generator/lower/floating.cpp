// The modules of a floating macro: the top, with the aligners and the control in front of the integer
// macros of its blocks, and the columns behind them.
#include "generator/spec/floating.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/lower/modules.h"
#include "generator/lower/names.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

constexpr int scale_bits = spec::scale_bits;

std::string describe(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::FloatingPlan& floating = *plan.floating;
  return fmt::format(
      "{} x {} {} weights in {} bank{}, {} inputs, {} results. Both are aligned to exponents that a\n"
      "block of {} rows shares, multiplied as {} and {} integers, and the sums are normalised:\n"
      "y[c] = sum over r of x[r] * W[r][c] up to what alignment loses. With S the sum and M the\n"
      "exponent of a column the result is S * 2^(M - {}). A vector takes {} cycle{}; its result\n"
      "appears {} cycles after the edge that accepts it.",
      spec.rows, spec.columns, spec.weight.name(), spec.banks, spec.banks == 1 ? "" : "s",
      spec.input.name(), spec::result_format_names.at(static_cast<std::size_t>(spec.floating.result)),
      spec.floating.block_rows, floating.input.format.name(), floating.weight.format.name(),
      floating.result.offset, plan.cycles_per_vector, plan.cycles_per_vector == 1 ? "" : "s",
      plan.latency);
}

std::string columns_module(const plan::MacroPlan& plan) {
  return plan.spec.name + "_columns";
}

/// What tells an element's fields apart, of a cell that takes codes.
std::vector<Connection> format_parameters(const spec::IntegerFormat& format, int bits) {
  spec::FloatShape shape;
  int specials = 0;
  bool is_signed = format.is_signed;
  if (format.element != spec::Element::integer) {
    shape = spec::shape_of(format.element);
    specials = shape.has_infinity ? 2 : shape.has_nan ? 1 : 0;
    is_signed = true;
  }
  return {connect("BITS", integer(bits)), connect("EXPONENT", integer(shape.exponent_bits)),
          connect("FRACTION", integer(std::max(1, shape.fraction_bits))),
          connect("SPECIALS", integer(specials)),
          connect("IS_SIGNED", integer(is_signed ? 1 : 0))};
}

int rounding(const plan::MacroPlan& plan) {
  return static_cast<int>(plan.spec.floating.rounding);
}

int width_of_input_exponent(const plan::FloatingPlan& floating) {
  return std::max(1, floating.input.exponent_bits);
}

struct Names {
  bool has_scale, has_class, has_row_classes, has_banks;
};

Names names_of(const plan::MacroPlan& plan) {
  const plan::FloatingPlan& floating = *plan.floating;
  return {floating.weight_scale_bits > 0, floating.class_bits > 0, floating.class_bits > 1,
          plan.bank_bits > 0};
}

}  // namespace

void add_weight_side_ports(const plan::MacroPlan& plan, std::vector<Port>& ports) {
  const plan::FloatingPlan& floating = *plan.floating;
  const int columns = plan.spec.columns;
  const auto port = [&](const char* name, std::optional<Expression> width, const std::string& what) {
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
  if (plan.spec.floating.integer_bits > 0) port("weight_integer_i", std::nullopt, "integers");
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

/// Of a slice: the ports and what they are connected to in the top.
struct ColumnPort {
  Direction direction;
  const char* name;
  std::optional<Expression> width;  ///< in lanes
  bool is_of_columns;  ///< the top has a vector of all columns, with `bits` of each
  int bits_of_column;
};

std::vector<ColumnPort> column_ports(const plan::MacroPlan& plan) {
  const plan::FloatingPlan& floating = *plan.floating;
  const Names has = names_of(plan);
  const int blocks = floating.blocks;
  std::vector<ColumnPort> ports;
  const auto add = [&](const char* name, std::optional<Expression> width) {
    ports.push_back({Direction::input, name, std::move(width), false, 0});
  };
  const auto of_columns = [&](Direction direction, const char* name, int count) {
    ports.push_back({direction, name, lanes_times(count), true, count});
  };
  add("clk_i", std::nullopt);
  if (has.has_scale || has.has_class) add("weight_send_i", std::nullopt);
  if (has.has_scale) {
    of_columns(Direction::input, "weight_scale_i", floating.weight_scale_bits);
    add("block_line_i", integer(plan.spec.banks * blocks));
  }
  if (has.has_class) {
    of_columns(Direction::input, "weight_class_i", floating.class_bits);
    add("row_line_i", integer(plan.spec.banks * plan.spec.rows));
  }
  if (has.has_banks && (has.has_scale || has.has_class)) add("bank_i", integer(plan.bank_bits));
  if (has.has_scale || floating.has_specials) {
    add("push_i", std::nullopt);
    add("write_index_i", integer(floating.index_bits));
    add("read_index_i", integer(floating.index_bits));
  }
  if (floating.has_specials) add("nan_i", std::nullopt);
  if (has.has_row_classes) {
    for (const char* name : {"infinity_i", "zero_i", "negative_i"}) {
      add(name, integer(plan.spec.rows));
    }
  }
  add("exponent_i", integer(blocks * width_of_input_exponent(floating)));
  add("integer_i", std::nullopt);
  add("valid_i", integer(floating.result_stages));
  add("load_i", integer(floating.result_stages));
  ports.push_back({Direction::input, "codes_i", lanes_times(blocks * floating.result.block_bits),
                   false, 0});
  of_columns(Direction::output, "codes_o", plan.output_bits);
  return ports;
}

/// The stores of scales and classes.
void emit_stores(const plan::MacroPlan& plan, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
  const Names has = names_of(plan);
  const auto store = [&](const char* instance, int rows, int count, const char* lines,
                         const char* codes, const char* planes) {
    items.push_back(Declaration{false, lanes_times(rows * count), {planes}});
    items.push_back(Instance{
        "cim_side_store",
        {connect("LANES", lanes()), connect("ROWS", integer(rows)), connect("BITS", integer(count)),
         connect("BANKS", integer(plan.spec.banks)),
         connect("BANK_BITS", integer(std::max(1, plan.bank_bits)))},
        instance,
        {same("clk_i"), connect("write_i", "weight_send_i"), connect("word_line_i", lines),
         connect("codes_i", codes), connect("bank_i", has.has_banks ? id("bank_i") : literal(1, 0)),
         connect("planes_o", planes)}});
  };
  if (has.has_scale) {
    items.push_back(Comment{"A scale of each block, or the exponent that its weights are aligned to"});
    store("u_scales", floating.blocks, floating.weight_scale_bits, "block_line_i", "weight_scale_i",
          "scale");
  }
  if (has.has_class) {
    items.push_back(Comment{"Which weights are no numbers, or zero"});
    store("u_classes", plan.spec.rows, floating.class_bits, "row_line_i", "weight_class_i",
          "weight_class");
  }
}

/// What a vector takes along from its first cycle in the array.
void emit_sideband(const plan::MacroPlan& plan, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
  const Names has = names_of(plan);
  std::vector<Expression> in;  // the highest first
  std::vector<Expression> out;
  int planes = 0;
  if (floating.has_specials) {
    items.push_back(Blank{});
    items.push_back(Declaration{
        false, lanes(), {"product_nan", "product_infinity", "product_negative"}});
    items.push_back(Declaration{false, lanes(), {"is_nan", "is_infinity", "is_negative"}});
    const auto row_or_zero = [&](const char* port) {
      return connect(port, has.has_row_classes ? id(port)
                                               : replication(integer(plan.spec.rows), literal(1, 0)));
    };
    const bool scaled = plan.spec.weight.has_scale;
    items.push_back(Instance{
        "cim_special_products",
        {connect("LANES", lanes()), connect("ROWS", integer(plan.spec.rows)),
         connect("CLASS", integer(floating.class_bits)),
         connect("CLASS_BITS", integer(std::max(1, floating.class_bits))),
         connect("BLOCKS", integer(floating.blocks)), connect("SCALED", integer(scaled ? 1 : 0))},
        "u_special",
        {connect("enable_i", "push_i"),
         connect("classes_i", has.has_class ? id("weight_class")
                                            : replication(lanes_times(plan.spec.rows), literal(1, 0))),
         connect("scales_i", scaled ? id("scale")
                                    : replication(lanes_times(floating.blocks * scale_bits),
                                                  literal(1, 0))),
         same("nan_i"), row_or_zero("infinity_i"), row_or_zero("zero_i"), row_or_zero("negative_i"),
         connect("nan_o", "product_nan"), connect("infinity_o", "product_infinity"),
         connect("infinity_negative_o", "product_negative")}});
    for (const char* name : {"product_negative", "product_infinity", "product_nan"}) {
      in.push_back(id(name));
    }
    for (const char* name : {"is_negative", "is_infinity", "is_nan"}) out.push_back(id(name));
    planes += 3;
  }
  if (has.has_scale) {
    const int count = floating.blocks * floating.weight_scale_bits;
    items.push_back(Declaration{false, lanes_times(count), {"weight_exponent"}});
    in.push_back(id("scale"));
    out.push_back(id("weight_exponent"));
    planes += count;
  }
  if (planes == 0) return;
  items.push_back(Instance{
      "cim_sideband",
      {connect("WIDTH", lanes_times(planes)), connect("DEPTH", integer(floating.depth)),
       connect("INDEX_BITS", integer(floating.index_bits))},
      "u_sideband",
      {same("clk_i"), same("push_i"), same("write_index_i"), same("read_index_i"),
       connect("data_i", in.size() == 1 ? in.front() : concatenation(in)),
       connect("data_o", out.size() == 1 ? out.front() : concatenation(out))}});
}

/// The exponents of the sums of all blocks, as planes: `sum_exponent`.
void emit_exponents(const plan::MacroPlan& plan, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
  const Names has = names_of(plan);
  const int x_bits = width_of_input_exponent(floating);
  const int y_bits = std::max(1, floating.weight_scale_bits);
  const int sum_bits = std::max(1, floating.result.exponent_bits);
  items.push_back(Blank{});
  items.push_back(Comment{"Exponents of the sums: that of the inputs and that of the weights"});
  items.push_back(Declaration{false, lanes_times(floating.blocks * sum_bits), {"sum_exponent"}});
  items.push_back(GenerateFor{
      "g_exponent",
      "block",
      integer(floating.blocks),
      {Instance{"cim_exponent_sum",
                {connect("LANES", lanes()), connect("X_BITS", integer(x_bits)),
                 connect("Y_BITS", integer(y_bits)), connect("EXPONENT_BITS", integer(sum_bits))},
                "u_sum",
                {connect("x_i", part(id("exponent_i"), id("block") * integer(x_bits), integer(x_bits))),
                 connect("y_i", has.has_scale ? part(id("weight_exponent"),
                                                     id("block") * lanes_times(y_bits),
                                                     lanes_times(y_bits))
                                              : all_lanes_zero()),
                 connect("sum_o", part(id("sum_exponent"), id("block") * lanes_times(sum_bits),
                                       lanes_times(sum_bits)))}}}});
}

/// What stands in front of the normaliser, or of the output.
struct Sum {
  Expression codes, exponent, nan, infinity, negative, is_integer;
  bool is_planes = false;
  bool is_signed = true;
  int bits = 0;
  int stage = 0;  ///< of the results, which takes it
};

Sum emit_join(const plan::MacroPlan& plan, const Sum& blocks, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
  const int sum_bits = floating.result.sum_bits;
  const int exponent_bits = std::max(1, floating.result.exponent_bits);
  items.push_back(Blank{});
  items.push_back(Comment{"The sum of all blocks"});
  items.push_back(Declaration{false, lanes_times(sum_bits), {"joined"}});
  items.push_back(Declaration{false, lanes_times(exponent_bits), {"joined_exponent"}});
  items.push_back(Instance{
      "cim_float_join",
      {connect("LANES", lanes()), connect("BLOCKS", integer(floating.blocks)),
       connect("BLOCK_BITS", integer(floating.result.block_bits)),
       connect("BLOCK_SIGNED", integer(blocks.is_signed ? 1 : 0)),
       connect("GUARD", integer(plan.spec.floating.sum_guard_bits)),
       connect("SUM_BITS", integer(sum_bits)), connect("EXPONENT_BITS", integer(exponent_bits)),
       connect("ROUNDING", integer(rounding(plan)))},
      "u_join",
      {same("clk_i"), connect("valid_i", select(id("valid_i"), integer(0))),
       connect("load_i", select(id("load_i"), integer(0))), same("integer_i"),
       same("codes_i"), connect("exponents_i", "sum_exponent"), connect("sum_o", "joined"),
       connect("exponent_o", "joined_exponent")}});
  Sum sum = blocks;
  std::vector<Assign> kept;
  items.push_back(Declaration{true, std::nullopt, {"integer_q"}});
  kept.push_back({id("integer_q"), id("integer_i")});
  sum.is_integer = id("integer_q");
  if (floating.has_specials) {
    items.push_back(Declaration{true, lanes(), {"nan_q", "infinity_q", "negative_q"}});
    for (const char* name : {"nan", "infinity", "negative"}) {
      kept.push_back({id(fmt::format("{}_q", name)), id(fmt::format("is_{}", name))});
    }
    sum.nan = id("nan_q");
    sum.infinity = id("infinity_q");
    sum.negative = id("negative_q");
  }
  items.push_back(ClockedAssign{id("clk_i"), select(id("load_i"), integer(0)), kept});
  sum.codes = id("joined");
  sum.exponent = id("joined_exponent");
  sum.is_planes = true;
  sum.is_signed = true;
  sum.bits = sum_bits;
  sum.stage = 1;
  return sum;
}

void emit_result(const plan::MacroPlan& plan, const Sum& sum, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
  const bool is_rounded = plan.spec.floating.result != spec::ResultFormat::integer;
  const auto load = [&](int stage) { return select(id("load_i"), integer(stage)); };
  const auto valid = [&](int stage) { return select(id("valid_i"), integer(stage)); };
  std::vector<Connection> parameters = {
      connect("LANES", lanes()), connect("IN_PLANES", integer(sum.is_planes ? 1 : 0)),
      connect("IN_SIGNED", integer(sum.is_signed ? 1 : 0)), connect("SUM_IN_BITS", integer(sum.bits)),
      connect("SUM_BITS", integer(std::max(is_rounded ? 2 : 1, floating.result.sum_bits))),
      connect("EXPONENT_BITS", integer(std::max(1, floating.result.exponent_bits)))};
  std::vector<Connection> pins = {same("clk_i")};
  if (is_rounded) {
    const bool is_bf16 = plan.spec.floating.result == spec::ResultFormat::bf16;
    parameters.push_back(connect("OFFSET", integer(floating.result.offset)));
    parameters.push_back(connect("EXPONENT_FIELD", integer(8)));
    parameters.push_back(connect("FRACTION", integer(is_bf16 ? 7 : 23)));
    parameters.push_back(connect("BIAS", integer(127)));
    parameters.push_back(connect("SUBNORMALS", integer(floating.subnormals ? 1 : 0)));
    parameters.push_back(connect("OVERFLOWS", integer(floating.overflows ? 1 : 0)));
    pins.push_back(connect("valid_first_i", valid(sum.stage)));
    pins.push_back(connect("load_first_i", load(sum.stage)));
    pins.push_back(connect("valid_second_i", valid(sum.stage + 1)));
    pins.push_back(connect("load_second_i", load(sum.stage + 1)));
  } else {
    parameters.push_back(
        connect("EXPONENT_OUT", integer(floating.result.bits - floating.result.sum_bits)));
    pins.push_back(connect("valid_i", valid(sum.stage)));
    pins.push_back(connect("load_i", load(sum.stage)));
  }
  for (const auto& [port, value] :
       {std::pair{"integer_i", sum.is_integer}, std::pair{"sum_i", sum.codes},
        std::pair{"exponent_i", sum.exponent}, std::pair{"nan_i", sum.nan},
        std::pair{"infinity_i", sum.infinity}, std::pair{"negative_i", sum.negative}}) {
    pins.push_back(connect(port, value));
  }
  pins.push_back(same("codes_o"));
  items.push_back(Blank{});
  items.push_back(Comment{is_rounded ? "Normalised and rounded" : "With its exponent above it"});
  items.push_back(Instance{is_rounded ? "cim_float_normalize" : "cim_float_integer", parameters,
                           "u_result", pins});
}

}  // namespace

Module floating_columns(const plan::MacroPlan& plan) {
  const plan::FloatingPlan& floating = *plan.floating;
  Module module;
  module.name = columns_module(plan);
  module.header =
      "What LANES columns have beside and behind the integer array: exponents of their weights,\n"
      "which products are no numbers, and their results.";
  module.parameters = {{"LANES", integer(plan.lanes)}};
  for (const ColumnPort& port : column_ports(plan)) {
    module.ports.push_back({port.direction, port.name, port.width, "", false});
  }
  emit_stores(plan, module.items);
  emit_sideband(plan, module.items);
  emit_exponents(plan, module.items);
  const Expression zero = all_lanes_zero();
  const auto special = [&](const char* name) { return floating.has_specials ? id(name) : zero; };
  Sum sum{id("codes_i"),       id("sum_exponent"), special("is_nan"), special("is_infinity"),
          special("is_negative"), id("integer_i"),    false,          plan.parts.front().output_signed,
          floating.result.block_bits, 0};
  if (floating.blocks > 1) sum = emit_join(plan, sum, module.items);
  emit_result(plan, sum, module.items);
  return module;
}

namespace {

void emit_control(const plan::MacroPlan& plan, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
  const int bank_bits = std::max(1, plan.bank_bits);
  const Names has = names_of(plan);
  const bool two = floating.input_stages == 2;
  const auto unused_unless = [](bool used, const std::string& name) {
    return used ? name : "unused_" + name;
  };
  const bool reads_push_bank = has.has_banks && (has.has_scale || has.has_class);
  const std::string move = unused_unless(two, "move");
  const std::string push_bank = unused_unless(reads_push_bank, "push_bank");
  const std::string bank = unused_unless(has.has_banks, "bank");
  items.push_back(Comment{"Control"});
  items.push_back(Declaration{false,
                              std::nullopt,
                              {"take", move, "send", "array_in_ready", "weight_take", "weight_send",
                               "array_weight_ready", "push", "array_out_valid"}});
  items.push_back(Declaration{
      false, integer(bank_bits), {"in_bank", "weight_bank_in", "weight_bank", bank, push_bank}});
  items.push_back(Declaration{false, integer(floating.index_bits), {"write_index", "read_index"}});
  items.push_back(Declaration{false, integer(floating.result_stages), {"result_valid", "result_load"}});
  const auto pin_or_zero = [&](const char* name) { return has.has_banks ? id(name) : literal(1, 0); };
  items.push_back(Assign{id("in_bank"), pin_or_zero("in_bank_i")});
  items.push_back(Assign{id("weight_bank_in"), pin_or_zero("weight_bank_i")});
  items.push_back(Declaration{false, std::nullopt, {"unused_array_out_ready"}});
  items.push_back(Instance{
      "cim_float_control",
      {connect("STAGES", integer(floating.input_stages)),
       connect("RESULT_STAGES", integer(floating.result_stages)),
       connect("DEPTH", integer(floating.depth)), connect("INDEX_BITS", integer(floating.index_bits)),
       connect("BANK_BITS", integer(bank_bits))},
      "u_control",
      {same("clk_i"), same("rst_ni"), same("in_valid_i"), same("in_ready_o"),
       connect("in_bank_i", "in_bank"), same("weight_valid_i"), same("weight_ready_o"),
       connect("weight_bank_i", "weight_bank_in"), connect("take_o", "take"), connect("move_o", move),
       connect("send_o", "send"), connect("array_in_ready_i", "array_in_ready"),
       connect("bank_o", bank), connect("weight_take_o", "weight_take"),
       connect("weight_send_o", "weight_send"),
       connect("array_weight_ready_i", "array_weight_ready"), connect("weight_bank_o", "weight_bank"),
       connect("push_o", "push"), connect("push_bank_o", push_bank),
       connect("write_index_o", "write_index"), connect("read_index_o", "read_index"),
       connect("array_out_valid_i", "array_out_valid"),
       connect("array_out_ready_o", "unused_array_out_ready"),
       connect("result_valid_o", "result_valid"), connect("result_load_o", "result_load"),
       same("out_valid_o"), same("out_ready_i")}});
}

void emit_weights(const plan::MacroPlan& plan, Items& items) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::FloatingPlan& floating = *plan.floating;
  const Names has = names_of(plan);
  const bool is_offline = spec.floating.align_weights_at == spec::WeightAligner::offline;
  const int scale = std::max(1, floating.weight_scale_bits);
  const int kind = std::max(1, floating.class_bits);
  const int row_bits = std::max(1, plan.row_bits);
  const auto unused_unless = [](bool used, const std::string& name) {
    return used ? name : "unused_" + name;
  };
  const std::string scales = unused_unless(has.has_scale, "weight_scale");
  const std::string classes = unused_unless(has.has_class, "weight_class");
  items.push_back(Blank{});
  items.push_back(Comment{"Weights"});
  items.push_back(Declaration{false, integer(row_bits), {"weight_row"}});
  items.push_back(
      Declaration{false, integer(spec.columns * floating.weight.format.bits), {"weight_data"}});
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
  parameter("SCALE", scale);
  parameter("CLASS", kind);
  parameter("OFFLINE", is_offline ? 1 : 0);
  parameter("INTEGER_BITS", spec.floating.integer_bits);
  parameter("ALIGNED", floating.weight.format.bits);
  parameter("ROW_BITS", row_bits);
  const auto zeros = [](int count) { return replication(integer(count), literal(1, 0)); };
  weight.connections = {
      same("clk_i"),
      connect("take_i", "weight_take"),
      connect("row_i", plan.row_bits > 0 ? id("weight_row_i") : literal(1, 0)),
      connect("data_i", "weight_data_i"),
      connect("scales_i", has.has_scale ? id("weight_scale_i") : zeros(spec.columns)),
      connect("classes_i", is_offline && has.has_class ? id("weight_class_i")
                                                       : zeros(spec.columns * kind)),
      connect("integer_i", spec.floating.integer_bits > 0 ? id("weight_integer_i") : literal(1, 0)),
      connect("row_o", "weight_row"),
      connect("aligned_o", "weight_data"),
      connect("scales_o", scales),
      connect("classes_o", classes)};
  items.push_back(weight);

  const std::string block_row = unused_unless(floating.block_row_bits > 0, "block_row");
  const std::string row_line = unused_unless(has.has_class, "row_line");
  const std::string block_line = unused_unless(has.has_scale, "block_line");
  items.push_back(Blank{});
  items.push_back(Declaration{false, integer(floating.blocks), {"weight_block"}});
  items.push_back(Declaration{false, integer(std::max(1, floating.block_row_bits)), {block_row}});
  items.push_back(Declaration{false, integer(spec.banks * spec.rows), {row_line}});
  items.push_back(Declaration{false, integer(spec.banks * floating.blocks), {block_line}});
  items.push_back(Instance{
      "cim_row_decoder",
      {connect("BLOCKS", integer(floating.blocks)),
       connect("BLOCK_ROWS", integer(spec.floating.block_rows)),
       connect("BANKS", integer(spec.banks)), connect("ROW_BITS", integer(row_bits)),
       connect("BLOCK_ROW_BITS", integer(std::max(1, floating.block_row_bits))),
       connect("BANK_BITS", integer(std::max(1, plan.bank_bits)))},
      "u_rows",
      {connect("write_i", "weight_send"), connect("bank_i", "weight_bank"),
       connect("row_i", "weight_row"), connect("block_o", "weight_block"),
       connect("row_o", block_row), connect("row_line_o", row_line),
       connect("block_line_o", block_line)}});
}

void emit_inputs(const plan::MacroPlan& plan, Items& items) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::FloatingPlan& floating = *plan.floating;
  const Names has = names_of(plan);
  const auto unused_unless = [](bool used, const std::string& name) {
    return used ? name : "unused_" + name;
  };
  const int exponent = floating.blocks * width_of_input_exponent(floating);
  const std::string infinity = unused_unless(has.has_row_classes, "input_infinity");
  const std::string zero = unused_unless(has.has_row_classes, "input_zero");
  const std::string negative = unused_unless(has.has_row_classes, "input_negative");
  const std::string nan = unused_unless(floating.has_specials, "input_nan");
  items.push_back(Blank{});
  items.push_back(Comment{"Inputs"});
  items.push_back(
      Declaration{false, integer(spec.rows * floating.input.format.bits), {"in_data"}});
  items.push_back(Declaration{false, integer(exponent), {"input_exponent", "exponent"}});
  items.push_back(Declaration{false, std::nullopt, {nan, "input_integer", "is_integer"}});
  items.push_back(Declaration{false, integer(spec.rows), {infinity, zero, negative}});
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
  parameter("SCALED", spec.input.has_scale ? 1 : 0);
  parameter("WIDTH", width_of_input_exponent(floating));
  parameter("CLASSES", has.has_row_classes ? 1 : 0);
  parameter("INTEGER_BITS", spec.floating.integer_bits);
  parameter("ALIGNED", floating.input.format.bits);
  input.connections = {
      same("clk_i"),
      connect("take_i", "take"),
      connect("send_i", "send"),
      connect("move_i", floating.input_stages == 2 ? id("move") : literal(1, 0)),
      connect("scales_i", spec.input.has_scale ? id("in_scale_i")
                                               : replication(integer(floating.blocks * scale_bits),
                                                             literal(1, 0))),
      connect("integer_i", spec.floating.integer_bits > 0 ? id("in_integer_i") : literal(1, 0)),
      connect("codes_i", "in_data_i"),
      connect("aligned_o", "in_data"),
      connect("exponents_o", "input_exponent"),
      connect("nan_o", nan),
      connect("infinity_o", infinity),
      connect("zero_o", zero),
      connect("negative_o", negative),
      connect("integer_o", "input_integer")};
  items.push_back(input);
  items.push_back(Instance{
      "cim_sideband",
      {connect("WIDTH", integer(exponent + 1)), connect("DEPTH", integer(floating.depth)),
       connect("INDEX_BITS", integer(floating.index_bits))},
      "u_sideband",
      {same("clk_i"), connect("push_i", "push"), connect("write_index_i", "write_index"),
       connect("read_index_i", "read_index"),
       connect("data_i", concatenation({id("input_integer"), id("input_exponent")})),
       connect("data_o", concatenation({id("is_integer"), id("exponent")}))}});
}

std::string of_block(const char* name, int block) {
  return fmt::format("{}_{}", name, block);
}

void emit_array(const plan::MacroPlan& plan, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
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
    join(weight_ready, weight);
    join(out_valid, out);
    items.push_back(Declaration{false, std::nullopt, {in, weight, out}});
    items.push_back(
        Declaration{false, integer(plan.spec.columns * floating.result.block_bits), {data}});
    const int rows = plan.spec.floating.block_rows * floating.input.format.bits;
    items.push_back(Instance{
        part.spec.name,
        {connect("LANES", "LANES")},
        of_block("u_integer", block),
        connections_of(
            ports,
            {connect("weight_valid_i", id("weight_send") & select(id("weight_block"), integer(block))),
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
  items.push_back(Assign{id("array_weight_ready"), *weight_ready});
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
  const std::vector<Connection> signals = {
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
      connect("codes_o", columns("out_data_o", plan.output_bits))};
  std::vector<Port> ports;
  for (const ColumnPort& port : column_ports(plan)) {
    ports.push_back({port.direction, port.name, port.width, "", false});
  }
  return {columns_module(plan), {connect("LANES", count)}, name, connections_of(ports, signals)};
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
