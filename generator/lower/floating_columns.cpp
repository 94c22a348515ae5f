// The columns of a floating macro: what they have beside the integer array, and behind it.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "generator/lower/floating.h"
#include "generator/lower/modules.h"
#include "generator/lower/names.h"
#include "generator/spec/floating.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

std::string float_columns_module(const plan::MacroPlan& plan) {
  return plan.spec.name + "_columns";
}

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
          connect("SPECIALS", integer(specials)), connect("IS_SIGNED", integer(is_signed ? 1 : 0))};
}

int rounding(const plan::MacroPlan& plan) {
  return static_cast<int>(plan.spec.floating.rounding);
}

int width_of_input_exponent(const plan::FloatingPlan& floating) {
  return std::max(1, floating.input.exponent_bits);
}

int product_exponent_bits(const plan::MacroPlan& plan) {
  return spec::aligns_products(plan.spec) ? spec::shape_of(plan.spec.input.element).exponent_bits
                                          : 1;
}

std::string of_block(const char* name, int block) {
  return fmt::format("{}_{}", name, block);
}

FloatFeatures features_of(const plan::MacroPlan& plan) {
  const plan::FloatingPlan& floating = *plan.floating;
  return {.scale = floating.weight_scale_bits > 0,
          .weight_class = floating.class_bits > 0,
          .row_classes = floating.class_bits > 1,
          .banks = plan.bank_bits > 0,
          .read = floating.read_exponent_bits > 0,
          .product = spec::aligns_products(plan.spec),
          .weight_exponent = floating.weight_exponent_bits > 0};
}

std::vector<Port> float_column_ports(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::FloatingPlan& floating = *plan.floating;
  const FloatFeatures has = features_of(plan);
  const int blocks = floating.blocks;
  std::vector<Port> ports;
  const auto add = [&](const char* name, std::optional<Expression> width = std::nullopt) {
    ports.push_back({Direction::input, name, std::move(width), "", false});
  };
  add("clk_i");
  if (has.scale || has.weight_class || has.read) add("weight_send_i");
  if (has.scale) {
    add("weight_scale_i", lanes_times(floating.weight_scale_bits));
    add("block_line_i", integer(spec.banks * blocks));
  }
  if (has.weight_class) {
    add("weight_class_i", lanes_times(floating.class_bits));
    add("row_line_i", integer(spec.banks * spec.rows));
  }
  if (has.banks && (has.scale || has.weight_class)) add("bank_i", integer(plan.bank_bits));
  if (has.read) {
    add("weight_data_i", lanes_times(floating.port_bits));
    add("word_line_i", integer(spec.banks * spec.rows));
    if (has.banks) {
      add("first_bank_i", integer(plan.bank_bits));
      add("second_bank_i", integer(plan.bank_bits));
    }
    add("move_i");
    add("send_i");
    if (spec.floating.integer_bits > 0) add("second_integer_i");
    if (has.product) {
      for (const char* name : {"first_fields_i", "second_fields_i"}) {
        add(name, integer(spec.rows * product_exponent_bits(plan)));
      }
      for (const char* name : {"first_counts_i", "second_counts_i"}) add(name, integer(spec.rows));
    }
  }
  if (has.weight_exponent || floating.has_specials) {
    add("push_i");
    add("write_index_i", integer(floating.index_bits));
    add("read_index_i", integer(floating.index_bits));
  }
  if (floating.has_specials) add("nan_i");
  if (has.row_classes) {
    for (const char* name : {"infinity_i", "zero_i", "negative_i"}) add(name, integer(spec.rows));
  }
  add("exponent_i", integer(blocks * width_of_input_exponent(floating)));
  add("integer_i");
  add("valid_i", integer(floating.result_stages));
  add("load_i", integer(floating.result_stages));
  add("codes_i", lanes_times(blocks * floating.result.block_bits));
  for (int block = 0; has.read && block < blocks; ++block) {
    ports.push_back({Direction::output, of_block("weight", block) + "_o",
                     lanes_times(spec.floating.block_rows * floating.weight.format.bits), "",
                     false});
  }
  ports.push_back({Direction::output, "codes_o", lanes_times(plan.output_bits), "", false});
  return ports;
}

namespace {

/// The stores of scales and classes.
void emit_stores(const plan::MacroPlan& plan, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
  const FloatFeatures has = features_of(plan);
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
         connect("codes_i", codes), connect("bank_i", has.banks ? id("bank_i") : literal(1, 0)),
         connect("planes_o", planes)}});
  };
  if (has.scale) {
    items.push_back(
        Comment{"A scale of each block, or the exponent that its weights are aligned to"});
    store("u_scales", floating.blocks, floating.weight_scale_bits, "block_line_i", "weight_scale_i",
          "scale");
  }
  if (has.weight_class) {
    items.push_back(Comment{"Which weights are no numbers, or zero"});
    store("u_classes", plan.spec.rows, floating.class_bits, "row_line_i", "weight_class_i",
          "weight_class");
  }
}

/// Those of a block, of a vector that has `count` planes of each.
Expression planes_of_block(const char* name, int block, int count) {
  return part(id(name), lanes_times(block * count), lanes_times(count));
}

/// Codes, and the aligners between them and the integer array: `weight_<block>_o`, and of the
/// vector that has gone there `read_exponent_q`.
void emit_readers(const plan::MacroPlan& plan, Items& items) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::FloatingPlan& floating = *plan.floating;
  const FloatFeatures has = features_of(plan);
  const int codes = spec.rows * floating.port_bits;
  items.push_back(Blank{});
  items.push_back(
      Comment{"Weights as codes: a vector finds the largest exponents with them, the one before it "
              "aligns them"});
  items.push_back(Declaration{false, lanes_times(codes), {"first_codes", "second_codes"}});
  const auto bank = [&](const char* port) { return has.banks ? id(port) : literal(1, 0); };
  items.push_back(Instance{
      "cim_code_store",
      {connect("LANES", lanes()), connect("ROWS", integer(spec.rows)),
       connect("BITS", integer(floating.port_bits)), connect("BANKS", integer(spec.banks)),
       connect("BANK_BITS", integer(std::max(1, plan.bank_bits))),
       connect("LATCH", integer(spec.storage == spec::Storage::latch ? 1 : 0))},
      "u_codes",
      {same("clk_i"), connect("first_bank_i", bank("first_bank_i")),
       connect("second_bank_i", bank("second_bank_i")), connect("write_i", "weight_send_i"),
       same("word_line_i"), connect("codes_i", "weight_data_i"), connect("first_o", "first_codes"),
       connect("second_o", "second_codes")}});

  const spec::FloatShape shape = spec::shape_of(spec.weight.element);
  const int rows = spec.floating.block_rows;
  const int x_bits = product_exponent_bits(plan);
  const int exponents = floating.read_exponent_bits;
  items.push_back(Declaration{false, lanes_times(floating.blocks * exponents), {"read_exponent"}});
  items.push_back(Declaration{true, lanes_times(floating.blocks * exponents), {"read_exponent_q"}});
  items.push_back(
      ClockedAssign{id("clk_i"), id("send_i"), {{id("read_exponent_q"), id("read_exponent")}}});
  for (int block = 0; block < floating.blocks; ++block) {
    const auto of_rows = [&](const char* name, int count, std::uint64_t otherwise) {
      return has.product ? part(id(name), integer(block * rows * count), integer(rows * count))
                         : replication(integer(rows * count), literal(1, otherwise));
    };
    std::vector<Connection> parameters = {connect("LANES", lanes()),
                                          connect("ROWS", integer(rows)),
                                          connect("EXPONENT", integer(shape.exponent_bits)),
                                          connect("FRACTION", integer(shape.fraction_bits)),
                                          connect("SPECIALS", integer(shape.has_infinity ? 2
                                                                      : shape.has_nan    ? 1
                                                                                         : 0)),
                                          connect("X_BITS", integer(x_bits)),
                                          connect("SUM_BITS", integer(exponents))};
    items.push_back(Blank{});
    items.push_back(Instance{
        "cim_product_exponent",
        parameters,
        of_block("u_exponent", block),
        {same("clk_i"), connect("load_i", "move_i"),
         connect("planes_i", planes_of_block("first_codes", block, rows * floating.port_bits)),
         connect("exponents_i", of_rows("first_fields_i", x_bits, 0)),
         connect("counts_i", of_rows("first_counts_i", 1, 1)),
         connect("largest_o", planes_of_block("read_exponent", block, exponents))}});
    parameters.push_back(connect("GUARD", integer(floating.weight.guard_bits)));
    parameters.push_back(connect("ROUNDING", integer(rounding(plan))));
    parameters.push_back(connect("INTEGER_BITS", integer(spec.floating.integer_bits)));
    items.push_back(Instance{
        "cim_cell_align",
        parameters,
        of_block("u_align", block),
        {same("clk_i"), connect("load_i", "send_i"),
         connect("integer_i",
                 spec.floating.integer_bits > 0 ? id("second_integer_i") : literal(1, 0)),
         connect("planes_i", planes_of_block("second_codes", block, rows * floating.port_bits)),
         connect("exponents_i", of_rows("second_fields_i", x_bits, 0)),
         connect("counts_i", of_rows("second_counts_i", 1, 1)),
         connect("target_i", planes_of_block("read_exponent", block, exponents)),
         connect("aligned_o", of_block("weight", block) + "_o")}});
  }
}

/// The exponents of the weights of each block as they go along with a vector.
Expression emit_weight_exponent(const plan::MacroPlan& plan, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
  const FloatFeatures has = features_of(plan);
  if (!has.read) return id("scale");
  if (!has.scale) return id("read_exponent_q");
  const int bits = floating.weight_exponent_bits;
  items.push_back(Declaration{false, lanes_times(floating.blocks * bits), {"scaled_exponent"}});
  for (int block = 0; block < floating.blocks; ++block) {
    items.push_back(Instance{
        "cim_exponent_sum",
        {connect("LANES", lanes()), connect("X_LANES", lanes()),
         connect("X_BITS", integer(floating.read_exponent_bits)),
         connect("Y_BITS", integer(floating.weight_scale_bits)),
         connect("EXPONENT_BITS", integer(bits))},
        of_block("u_scaled", block),
        {connect("x_i", planes_of_block("read_exponent_q", block, floating.read_exponent_bits)),
         connect("y_i", planes_of_block("scale", block, floating.weight_scale_bits)),
         connect("sum_o", planes_of_block("scaled_exponent", block, bits))}});
  }
  return id("scaled_exponent");
}

/// What a vector takes along from its first cycle in the array.
void emit_sideband(const plan::MacroPlan& plan, Items& items) {
  const plan::FloatingPlan& floating = *plan.floating;
  const FloatFeatures has = features_of(plan);
  std::vector<Expression> in;  // the highest first
  std::vector<Expression> out;
  int planes = 0;
  if (floating.has_specials) {
    items.push_back(Blank{});
    items.push_back(
        Declaration{false, lanes(), {"product_nan", "product_infinity", "product_negative"}});
    items.push_back(Declaration{false, lanes(), {"is_nan", "is_infinity", "is_negative"}});
    const auto row_or_zero = [&](const char* port) {
      return connect(
          port, has.row_classes ? id(port) : replication(integer(plan.spec.rows), literal(1, 0)));
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
         connect("classes_i", has.weight_class
                                  ? id("weight_class")
                                  : replication(lanes_times(plan.spec.rows), literal(1, 0))),
         connect("scales_i", scaled ? id("scale")
                                    : replication(lanes_times(floating.blocks * spec::scale_bits),
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
  if (has.weight_exponent) {
    const int count = floating.blocks * floating.weight_exponent_bits;
    in.push_back(emit_weight_exponent(plan, items));
    items.push_back(Declaration{false, lanes_times(count), {"weight_exponent"}});
    out.push_back(id("weight_exponent"));
    planes += count;
  }
  if (planes == 0) return;
  items.push_back(
      Instance{"cim_sideband",
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
  const FloatFeatures has = features_of(plan);
  const int x_bits = width_of_input_exponent(floating);
  const int y_bits = std::max(1, floating.weight_exponent_bits);
  const int sum_bits = std::max(1, floating.result.exponent_bits);
  items.push_back(Blank{});
  items.push_back(Comment{"Exponents of the sums: that of the inputs and that of the weights"});
  items.push_back(Declaration{false, lanes_times(floating.blocks * sum_bits), {"sum_exponent"}});
  items.push_back(GenerateFor{
      "g_exponent",
      "block",
      integer(floating.blocks),
      {Instance{
          "cim_exponent_sum",
          {connect("LANES", lanes()), connect("X_BITS", integer(x_bits)),
           connect("Y_BITS", integer(y_bits)), connect("EXPONENT_BITS", integer(sum_bits))},
          "u_sum",
          {connect("x_i", part(id("exponent_i"), id("block") * integer(x_bits), integer(x_bits))),
           connect("y_i", has.weight_exponent
                              ? part(id("weight_exponent"), id("block") * lanes_times(y_bits),
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
       connect("load_i", select(id("load_i"), integer(0))), same("integer_i"), same("codes_i"),
       connect("exponents_i", "sum_exponent"), connect("sum_o", "joined"),
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
      connect("LANES", lanes()),
      connect("IN_PLANES", integer(sum.is_planes ? 1 : 0)),
      connect("IN_SIGNED", integer(sum.is_signed ? 1 : 0)),
      connect("SUM_IN_BITS", integer(sum.bits)),
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
  module.name = float_columns_module(plan);
  module.header =
      "What LANES columns have beside and behind the integer array: exponents of their weights,\n"
      "which products are no numbers, and their results.";
  if (features_of(plan).read) {
    module.header +=
        "\nTheir weights, which are aligned for each vector before it goes to the array.";
  }
  module.parameters = {{"LANES", integer(plan.lanes)}};
  module.ports = float_column_ports(plan);
  emit_stores(plan, module.items);
  if (features_of(plan).read) emit_readers(plan, module.items);
  emit_sideband(plan, module.items);
  emit_exponents(plan, module.items);
  const Expression zero = all_lanes_zero();
  const auto special = [&](const char* name) { return floating.has_specials ? id(name) : zero; };
  Sum sum{id("codes_i"),
          id("sum_exponent"),
          special("is_nan"),
          special("is_infinity"),
          special("is_negative"),
          id("integer_i"),
          false,
          plan.parts.front().output_signed,
          floating.result.block_bits,
          0};
  if (floating.blocks > 1) sum = emit_join(plan, sum, module.items);
  emit_result(plan, sum, module.items);
  return module;
}

}  // namespace cimforge::lower
