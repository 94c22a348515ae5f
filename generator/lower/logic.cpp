// The modules of a logic macro: a slice of columns, each with its cells, two read ports and one bit
// of arithmetic, and the top with the control of all of them and the sum over the columns.
#include <fmt/format.h>

#include <array>
#include <string>

#include "generator/lower/modules.h"
#include "generator/lower/names.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

/// What the program of an operation tells the columns; ports of cim_logic_program and
/// cim_logic_lane. The three enables stop with the sequencer.
constexpr std::array controls = {"where",    "plain",   "invert_a", "invert_b", "use_carry",
                                 "first",    "start",   "majority", "take_and", "take_one",
                                 "by_carry", "swap",    "invert",   "tag_row",  "invert_tag",
                                 "keep_tag", "take_tag"};
constexpr std::array enables = {"step", "set_tag", "set_bit"};
/// What it tells the sequencer.
constexpr std::array forms = {"is_read", "is_mul", "is_sum", "two_passes",
                              "use_a",   "use_b",  "write",  "give"};

std::string input(const std::string& name) {
  return name + "_i";
}
std::string output(const std::string& name) {
  return name + "_o";
}

std::string describe(const plan::MacroPlan& macro) {
  const spec::MacroSpec& spec = macro.spec;
  return fmt::format(
      "Logic in memory: {} rows of {} columns of {} storage. An operation reads two rows and "
      "writes\n"
      "one in each cycle. A number of n bits stands in n rows of a column, the lowest bit first, "
      "and\n"
      "what is done to it is done in all columns at once.\n"
      "\n"
      "in_operation_i: an operation in bits 3:0, and above them\n"
      "  4 key     the second operand is in_data_i in every column, and not rows from in_second_i "
      "on\n"
      "  5 signed  operands of a comparison, a maximum, a minimum or a sum are two's complement\n"
      "  6 where   the second operand counts as 0 in columns whose tag is 0; a new tag is ANDed\n"
      "            with the old one\n"
      "  7 negate  the rows that are written, the row that is read or the new tag are inverted\n"
      "   0 READ    result: row b                     8 MUL    d = a * b, 2n rows, unsigned\n"
      "   1 COPY    d = b                             9 MAX    d = the greater one of a, b\n"
      "   2 AND     d = a & b                        10 MIN    d = the lesser one\n"
      "   3 OR      d = a | b                        11 EQUAL  tag, result: a = b\n"
      "   4 XOR     d = a ^ b                        12 LESS   tag, result: a < b\n"
      "   5 SELECT  d = tag ? a : b                  13 LOAD   tag = row b\n"
      "   6 ADD     d = a + b, n rows                14 SUM    result: the sum of b over the "
      "columns\n"
      "   7 SUB     d = a - b, n rows                15        nothing\n"
      "a, b and d begin at rows in_first_i, in_second_i and in_result_i; n is in_bits_i + 1. "
      "Cycles:\n"
      "READ, LOAD 1; MAX, MIN 2n; MUL n*n + n + 1; others n. MUL leaves the highest bit of b in "
      "the tag.",
      spec.rows, spec.columns, spec::to_string(spec.storage));
}

void emit_control(const plan::MacroPlan& macro, Items& items) {
  const plan::LogicPlan& plan = *macro.logic;
  const int rows = macro.spec.rows;
  items.push_back(Comment{"Control: the program of the operation, and the cycles and rows of it"});
  Declaration wires{false, std::nullopt, {}};
  for (const char* name : controls) wires.names.emplace_back(name);
  for (const char* name : enables) wires.names.emplace_back(name);
  for (const char* name : forms) wires.names.emplace_back(name);
  for (const char* name :
       {"is_signed", "masked", "negate", "pass", "first_bit", "last_bit", "first_row", "last_row",
        "load", "run", "pending_a", "pending_b", "key", "sum_add", "sum_first", "sum_sign",
        "result_valid", "is_counted", "result_ready"}) {
    wires.names.emplace_back(name);
  }
  items.push_back(std::move(wires));
  items.push_back(Declaration{false, integer(4), {"operation"}});
  items.push_back(
      Declaration{false, integer(rows), {"select_a", "select_b", "write_enable", "word_line"}});

  Instance program{"cim_logic_program",
                   {},
                   "u_program",
                   {connect("name_i", "operation"), connect("signed_i", "is_signed"),
                    connect("masked_i", "masked"), connect("negate_i", "negate")}};
  for (const char* name : {"pass", "first_bit", "last_bit", "first_row", "last_row"}) {
    program.connections.push_back(connect(input(name), name));
  }
  for (const char* name : forms) program.connections.push_back(connect(output(name), name));
  for (const char* name : controls) program.connections.push_back(connect(output(name), name));
  for (const char* name : enables) program.connections.push_back(connect(output(name), name));
  items.push_back(std::move(program));

  Instance sequencer{
      "cim_logic_sequencer",
      {connect("ROWS", integer(rows)), connect("ROW_BITS", integer(plan.address_bits)),
       connect("KEY_BITS", integer(plan.key_bits)), connect("BITS_BITS", integer(plan.bits_bits))},
      "u_sequencer",
      {same("clk_i"), same("rst_ni"), same("weight_valid_i"), same("weight_ready_o"),
       same("weight_row_i"), same("in_valid_i"), same("in_ready_o"), same("in_operation_i"),
       same("in_first_i"), same("in_second_i"), same("in_result_i"), same("in_bits_i"),
       same("in_data_i"), connect("name_o", "operation"), connect("signed_o", "is_signed"),
       connect("masked_o", "masked"), connect("negate_o", "negate")}};
  for (const char* name : {"pass", "first_bit", "last_bit", "first_row", "last_row"}) {
    sequencer.connections.push_back(connect(output(name), name));
  }
  for (const char* name : forms) sequencer.connections.push_back(connect(input(name), name));
  for (const Connection& each :
       {connect("load_o", "load"), connect("step_o", "run"), connect("select_a_o", "select_a"),
        connect("select_b_o", "select_b"), connect("pending_a_o", "pending_a"),
        connect("pending_b_o", "pending_b"), connect("key_o", "key"),
        connect("write_line_o", "write_enable"), connect("sum_o", "is_counted"),
        connect("sum_add_o", "sum_add"), connect("sum_first_o", "sum_first"),
        connect("sum_sign_o", "sum_sign"), connect("give_o", "result_valid"),
        connect("ready_i", "result_ready")}) {
    sequencer.connections.push_back(each);
  }
  items.push_back(std::move(sequencer));
  if (macro.spec.storage == spec::Storage::latch) {
    const bool test = macro.spec.test_mode == spec::TestMode::pin;
    Instance gate{
        test ? "cim_word_line_test_gate" : "cim_word_line_gate",
        {connect("WIDTH", integer(rows))},
        "u_word_lines",
        {same("clk_i"), connect("enable_i", "write_enable"), connect("word_line_o", "word_line")}};
    if (test) gate.connections.push_back(same("test_mode_i"));
    items.push_back(std::move(gate));
  } else {
    items.push_back(Assign{id("word_line"), id("write_enable")});
  }
}

/// A slice: columns from `first` on, `count` of them.
Instance slice_instance(const plan::MacroPlan& macro, const char* name, const Expression& count,
                        const Expression& first) {
  const auto columns = [&](const char* vector) { return part(id(vector), first, count); };
  Instance instance{
      slice_module(macro),
      {connect("LANES", count)},
      name,
      {same("clk_i"), connect("weight_data_i", columns("weight_data_i")),
       connect("word_line_i", "word_line"), connect("select_a_i", "select_a"),
       connect("select_b_i", "select_b"), connect("pending_a_i", "pending_a"),
       connect("pending_b_i", "pending_b"), connect("load_i", "load"), connect("key_i", "key")}};
  for (const char* each : controls) instance.connections.push_back(connect(input(each), each));
  for (const char* each : enables) {
    instance.connections.push_back(connect(input(each), id(each) & id("run")));
  }
  instance.connections.push_back(connect("bit_o", columns("bits")));
  return instance;
}

void emit_columns(const plan::MacroPlan& macro, Items& items) {
  items.push_back(Blank{});
  items.push_back(Comment{fmt::format(
      "{} columns in slices of LANES; what is left over is a smaller one", macro.spec.columns)});
  items.push_back(LocalParameter{{"COLUMNS", integer(macro.spec.columns)}});
  items.push_back(LocalParameter{{"FULL_SLICES", id("COLUMNS") / lanes()}});
  items.push_back(LocalParameter{{"LAST_LANES", id("COLUMNS") % lanes()}});
  items.push_back(Declaration{false, id("COLUMNS"), {"bits"}});
  items.push_back(GenerateFor{"g_slice",
                              "slice",
                              id("FULL_SLICES"),
                              {slice_instance(macro, "u_slice", lanes(), id("slice") * lanes())}});
  items.push_back(GenerateIf{
      "g_last_slice",
      not_equal(id("LAST_LANES"), integer(0)),
      {slice_instance(macro, "u_last_slice", id("LAST_LANES"), id("FULL_SLICES") * lanes())}});
}

void emit_results(const plan::MacroPlan& macro, Items& items) {
  const plan::LogicPlan& plan = *macro.logic;
  items.push_back(Blank{});
  items.push_back(Comment{"Results: a bit for each column, or the sum over them"});
  items.push_back(
      Declaration{false, std::nullopt, {"result_load", "result_load_skid", "result_move"}});
  items.push_back(Declaration{false, integer(plan.sum_bits), {"sum"}});
  items.push_back(
      Instance{"cim_logic_count",
               {connect("COLUMNS", id("COLUMNS")), connect("BITS", integer(plan.sum_bits))},
               "u_count",
               {same("clk_i"), connect("counts_i", "is_counted"), connect("add_i", "sum_add"),
                connect("first_i", "sum_first"), connect("sign_i", "sum_sign"),
                connect("columns_i", "bits"), connect("sum_o", "sum")}});
  items.push_back(
      Instance{"cim_output_stage",
               {connect("SKID", integer(1))},
               "u_output_stage",
               {same("clk_i"), same("rst_ni"), connect("result_valid_i", "result_valid"),
                connect("result_ready_o", "result_ready"), connect("load_o", "result_load"),
                connect("load_skid_o", "result_load_skid"), connect("move_o", "result_move"),
                same("out_valid_o"), same("out_ready_i")}});
  items.push_back(Instance{
      "cim_logic_result",
      {connect("COLUMNS", id("COLUMNS")), connect("SUM_BITS", integer(plan.sum_bits)),
       connect("BITS", integer(plan.result_bits))},
      "u_result",
      {same("clk_i"), connect("load_i", "result_load"), connect("load_skid_i", "result_load_skid"),
       connect("move_i", "result_move"), connect("is_sum_i", "is_counted"),
       connect("columns_i", "bits"), connect("sum_i", "sum"), connect("result_o", "out_data_o")}});
}

void add_logic_ports(const plan::MacroPlan& macro, std::vector<Port>& ports) {
  const plan::LogicPlan& plan = *macro.logic;
  const auto port = [&](Direction direction, const char* name, int width,
                        const char* comment = "") {
    ports.push_back({direction, name, width == 0 ? std::nullopt : std::optional(integer(width)),
                     comment, false});
  };
  using enum Direction;
  port(input, "clk_i", 0);
  port(input, "rst_ni", 0, "asserted asynchronously, released synchronously");
  port(input, "weight_valid_i", 0, "one row a transfer");
  port(output, "weight_ready_o", 0);
  port(input, "weight_row_i", plan.address_bits);
  port(input, "weight_data_i", macro.spec.columns, "column c at [c]");
  port(input, "in_valid_i", 0, "one operation a transfer");
  port(output, "in_ready_o", 0);
  port(input, "in_operation_i", 8, "negate, where, signed, key, and an operation in bits 3:0");
  port(input, "in_first_i", plan.address_bits, "row of the lowest bit of a");
  port(input, "in_second_i", plan.address_bits, "of b");
  port(input, "in_result_i", plan.address_bits, "of d");
  port(input, "in_bits_i", plan.bits_bits, "bits of an operand, less one");
  port(input, "in_data_i", plan.key_bits, "the key");
  port(output, "out_valid_o", 0, "one result a transfer, in order");
  port(input, "out_ready_i", 0);
  port(output, "out_data_o", plan.result_bits, "column c at [c], or a sum; zeros above");
  if (macro.spec.test_mode == spec::TestMode::pin) {
    port(input, "test_mode_i", 0, "holds the clock gates open");
  }
}

}  // namespace

Module logic_slice(const plan::MacroPlan& macro) {
  const int rows = macro.spec.rows;
  Module module;
  module.name = slice_module(macro);
  module.header = fmt::format(
      "Columns of {}: {} cells each, two rows that are read at once, and a bit of arithmetic.",
      macro.spec.name, rows);
  module.parameters = {{"LANES", integer(macro.lanes)}};
  module.keep_hierarchy = true;
  const auto port = [&](Direction direction, const std::string& name,
                        const std::optional<Expression>& width, const char* comment = "") {
    module.ports.push_back({direction, name, width, comment, false});
  };
  port(Direction::input, "clk_i", std::nullopt);
  port(Direction::input, "weight_data_i", lanes());
  port(Direction::input, "word_line_i", integer(rows));
  port(Direction::input, "select_a_i", integer(rows));
  port(Direction::input, "select_b_i", integer(rows));
  port(Direction::input, "pending_a_i", std::nullopt, "row a is in bit_o, on its way to the cells");
  port(Direction::input, "pending_b_i", std::nullopt);
  port(Direction::input, "load_i", std::nullopt);
  port(Direction::input, "key_i", std::nullopt);
  for (const char* name : controls) port(Direction::input, input(name), std::nullopt);
  for (const char* name : enables) port(Direction::input, input(name), std::nullopt);
  port(Direction::output, "bit_o", lanes(), "what is written, or given as a result");

  Items& items = module.items;
  items.push_back(Declaration{false, lanes_times(rows), {"weight"}});
  items.push_back(Declaration{false, lanes(), {"row_a", "row_b"}});
  items.push_back(storage(macro, rows, "bit_o"));
  for (const std::string which : {"a", "b"}) {
    items.push_back(Instance{
        "cim_logic_read",
        {connect("LANES", lanes()), connect("ROWS", integer(rows))},
        "u_read_" + which,
        {connect("rows_i", "weight"), connect("select_i", "select_" + which + "_i"),
         connect("pending_i", "bit_o"), connect("select_pending_i", "pending_" + which + "_i"),
         connect("row_o", "row_" + which)}});
  }
  Instance lane{"cim_logic_lane",
                {connect("LANES", lanes())},
                "u_lane",
                {same("clk_i"), connect("row_a_i", "row_a"), connect("row_b_i", "row_b"),
                 connect("data_i", "weight_data_i"), same("load_i"), same("key_i")}};
  for (const char* name : controls) lane.connections.push_back(same(input(name)));
  for (const char* name : enables) lane.connections.push_back(same(input(name)));
  lane.connections.push_back(same("bit_o"));
  items.push_back(std::move(lane));
  return module;
}

Module logic_top(const plan::MacroPlan& macro) {
  Module module;
  module.name = macro.spec.name;
  module.header = describe(macro);
  module.parameters = {{"LANES", integer(macro.lanes)}};
  add_logic_ports(macro, module.ports);
  emit_control(macro, module.items);
  emit_columns(macro, module.items);
  emit_results(macro, module.items);
  return module;
}

}  // namespace cimforge::lower
