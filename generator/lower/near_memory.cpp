// The modules of a near-memory macro: the top, and the module that stands for the memory in
// simulation. The sequencer and the weight port are those of a digital macro: a row of weights is a
// step, and its reading and its multiplication are two ranks of a pipeline.
#include <fmt/format.h>

#include <algorithm>

#include "generator/lower/modules.h"
#include "generator/lower/names.h"
#include "generator/spec/parts.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

/// The ranks of the sequencer in which the memory reads, and in which the units add.
constexpr int read_rank = 0;
constexpr int add_rank = 1;

std::string describe(const plan::MacroPlan& macro) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::NearMemoryPlan& plan = *macro.near_memory;
  return fmt::format(
      "A memory of {} word{} of {} bits, one row of {} {} weights each, and a multiply-accumulate\n"
      "unit for every column; {} inputs. y[c] = sum over r of x[r] * W[r][c], {} {} bits. A "
      "vector\n"
      "takes {} cycle{}, one for each row; its result appears {} cycles after the edge that "
      "accepts it.",
      plan.words, plan.words == 1 ? "" : "s", plan.word_bits, spec.columns, spec.weight.name(),
      spec.input.name(), macro.output_signed ? "two's complement" : "unsigned", macro.output_bits,
      macro.steps, macro.steps == 1 ? "" : "s", macro.latency);
}

void emit_control(const plan::MacroPlan& macro, Items& items) {
  const spec::MacroSpec& spec = macro.spec;
  const int bank_bits = std::max(1, macro.bank_bits);
  const int row_bits = std::max(1, macro.row_bits);
  const std::string load_skid = macro.skid ? "result_load_skid" : "unused_result_load_skid";
  const std::string move = macro.skid ? "result_move" : "unused_result_move";
  const auto pin_or_zero = [](bool pin, const char* name) {
    return pin ? id(name) : literal(1, 0);
  };

  items.push_back(Comment{"Control: a step reads one row"});
  items.push_back(Declaration{false,
                              std::nullopt,
                              {"hold", "take", "step", "busy", "first", "unused_first",
                               "unused_accumulate", "result_valid", "result_ready"}});
  items.push_back(Declaration{false, integer(bank_bits), {"in_bank", "weight_bank", "bank"}});
  items.push_back(Declaration{false, integer(row_bits), {"weight_row"}});
  items.push_back(Declaration{false, integer(plan::near_memory_ranks), {"rank_enable"}});
  items.push_back(Assign{id("in_bank"), pin_or_zero(macro.bank_bits > 0, "in_bank_i")});
  items.push_back(Assign{id("weight_bank"), pin_or_zero(macro.bank_bits > 0, "weight_bank_i")});
  items.push_back(Assign{id("weight_row"), pin_or_zero(macro.row_bits > 0, "weight_row_i")});
  items.push_back(Instance{
      "cim_sequencer",
      {connect("STEPS", integer(macro.steps)), connect("STEP_BITS", integer(row_bits)),
       connect("PIPELINE", integer(plan::near_memory_ranks)),
       connect("RANK_BITS", integer(plan::near_memory_ranks)),
       connect("NEGATE_STAGE", integer(add_rank)), connect("BANK_BITS", integer(bank_bits))},
      "u_sequencer",
      {same("clk_i"), same("rst_ni"), same("in_valid_i"), same("in_ready_o"),
       connect("in_bank_i", "in_bank"), connect("hold_i", "hold"), connect("take_o", "take"),
       connect("shift_o", "step"), connect("busy_o", "busy"), connect("bank_o", "bank"),
       connect("rank_enable_o", "rank_enable"), connect("negate_o", "first"),
       connect("first_o", "unused_first"), connect("accumulate_o", "unused_accumulate"),
       connect("result_valid_o", "result_valid"), connect("result_ready_i", "result_ready")}});

  items.push_back(Blank{});
  items.push_back(
      Comment{"A bank has one word line for all that is written to it: its rows are words"});
  items.push_back(Declaration{false, std::nullopt, {"weight_load"}});
  items.push_back(Declaration{false, integer(spec.banks), {"write_enable"}});
  items.push_back(Instance{
      "cim_weight_port",
      {connect("ROWS", integer(1)), connect("BANKS", integer(spec.banks)),
       connect("ROW_BITS", integer(1)), connect("BANK_BITS", integer(bank_bits))},
      "u_weight_port",
      {same("clk_i"), same("rst_ni"), same("weight_valid_i"), same("weight_ready_o"),
       connect("weight_bank_i", "weight_bank"), connect("weight_row_i", literal(1, 0)),
       connect("take_i", "take"), connect("take_bank_i", "in_bank"), connect("busy_i", "busy"),
       connect("busy_bank_i", "bank"), connect("hold_o", "hold"), connect("load_o", "weight_load"),
       connect("enable_o", "write_enable")}});

  items.push_back(Blank{});
  items.push_back(Declaration{false, std::nullopt, {"result_load", load_skid, move}});
  items.push_back(
      Instance{"cim_output_stage",
               {connect("SKID", integer(macro.skid ? 1 : 0))},
               "u_output_stage",
               {same("clk_i"), same("rst_ni"), connect("result_valid_i", "result_valid"),
                connect("result_ready_o", "result_ready"), connect("load_o", "result_load"),
                connect("load_skid_o", load_skid), connect("move_o", move), same("out_valid_o"),
                same("out_ready_i")}});
}

void emit_memory(const plan::MacroPlan& macro, const std::string& module, Items& items) {
  const plan::NearMemoryPlan& plan = *macro.near_memory;
  const int bank_bits = std::max(1, macro.bank_bits);
  const int row_bits = std::max(1, macro.row_bits);
  items.push_back(Blank{});
  items.push_back(Comment{"The memory: one row of weights a word"});
  items.push_back(
      Declaration{false, integer(plan.address_bits), {"read_address", "write_address"}});
  items.push_back(Declaration{false, integer(plan.word_bits), {"write_data", "weights"}});
  items.push_back(Declaration{false, std::nullopt, {"write"}});
  items.push_back(Assign{id("write"), not_equal(id("write_enable"), literal(macro.spec.banks, 0))});
  items.push_back(Instance{
      "cim_near_port",
      {connect("ROWS", integer(macro.spec.rows)), connect("ROW_BITS", integer(row_bits)),
       connect("BANK_BITS", integer(bank_bits)),
       connect("ADDRESS_BITS", integer(plan.address_bits)),
       connect("WORD_BITS", integer(plan.word_bits))},
      "u_memory_port",
      {same("clk_i"), connect("take_i", "take"), connect("take_bank_i", "in_bank"),
       connect("step_i", "step"), connect("read_address_o", "read_address"),
       connect("load_i", "weight_load"), connect("weight_bank_i", "weight_bank"),
       connect("weight_row_i", "weight_row"), same("weight_data_i"),
       connect("write_address_o", "write_address"), connect("write_data_o", "write_data")}});
  items.push_back(
      Instance{module,
               {},
               "u_memory",
               {same("clk_i"), connect("write_i", "write"),
                connect("write_address_i", "write_address"), connect("write_data_i", "write_data"),
                connect("read_i", select(id("rank_enable"), integer(read_rank))),
                connect("read_address_i", "read_address"), connect("read_data_o", "weights")}});
}

void emit_units(const plan::MacroPlan& macro, Items& items) {
  const spec::MacroSpec& spec = macro.spec;
  items.push_back(Blank{});
  items.push_back(Comment{"The input of the row, and a multiply-accumulate unit for every column"});
  items.push_back(Declaration{false, integer(spec.input.bits), {"input_code"}});
  items.push_back(Instance{"cim_near_input",
                           {connect("ROWS", integer(spec.rows)),
                            connect("ROW_BITS", integer(std::max(1, macro.row_bits))),
                            connect("BITS", integer(spec.input.bits))},
                           "u_input",
                           {same("clk_i"), connect("take_i", "take"), connect("step_i", "step"),
                            connect("codes_i", "in_data_i"), connect("code_o", "input_code")}});
  items.push_back(Instance{
      "cim_near_macs",
      {connect("COLUMNS", integer(spec.columns)), connect("INPUT_BITS", integer(spec.input.bits)),
       connect("INPUT_SIGNED", integer(spec.input.is_signed ? 1 : 0)),
       connect("WEIGHT_BITS", integer(spec.weight.bits)),
       connect("WEIGHT_SIGNED", integer(spec.weight.is_signed ? 1 : 0)),
       connect("ACC_BITS", integer(macro.acc_bits)),
       connect("ACC_SIGNED", integer(macro.output_signed ? 1 : 0)),
       connect("OUTPUT_SHIFT", integer(spec.output_shift)),
       connect("OUTPUT_BITS", integer(macro.output_bits)),
       connect("SATURATE", integer(macro.saturates ? 1 : 0)),
       connect("SKID", integer(macro.skid ? 1 : 0))},
      "u_macs",
      {same("clk_i"), connect("accumulate_i", select(id("rank_enable"), integer(add_rank))),
       connect("first_i", "first"), connect("input_i", "input_code"),
       connect("weights_i", "weights"), connect("load_i", "result_load"),
       connect("load_skid_i", macro.skid ? id("result_load_skid") : literal(1, 0)),
       connect("move_i", macro.skid ? id("result_move") : literal(1, 0)),
       connect("results_o", "out_data_o")}});
}

}  // namespace

Module near_memory(const plan::MacroPlan& macro) {
  const plan::NearMemoryPlan& plan = *macro.near_memory;
  Module module;
  module.name = spec::black_box_module(macro.spec);
  module.header =
      fmt::format("The memory of {} in simulation; synthesis has a black box.", macro.spec.name);
  const auto port = [&](Direction direction, const char* name, int width,
                        const char* comment = "") {
    module.ports.push_back({direction, name,
                            width == 0 ? std::nullopt : std::optional(integer(width)), comment,
                            false});
  };
  port(Direction::input, "clk_i", 0);
  port(Direction::input, "write_i", 0);
  port(Direction::input, "write_address_i", plan.address_bits, "row r of bank b: b * rows + r");
  port(Direction::input, "write_data_i", plan.word_bits);
  port(Direction::input, "read_i", 0, "the word is there after the edge, until the next reading");
  port(Direction::input, "read_address_i", plan.address_bits);
  port(Direction::output, "read_data_o", plan.word_bits);
  Instance model{
      "cim_near_memory",
      {connect("WORDS", integer(plan.words)), connect("ADDRESS_BITS", integer(plan.address_bits)),
       connect("WORD_BITS", integer(plan.word_bits))},
      "u_model",
      {}};
  for (const Port& each : module.ports) model.connections.push_back(same(each.name));
  module.items.push_back(model);
  return module;
}

Module near_memory_top(const plan::MacroPlan& macro) {
  Module module;
  module.name = macro.spec.name;
  module.header = describe(macro);
  add_ports(macro, module.ports);
  emit_control(macro, module.items);
  emit_memory(macro, spec::black_box_module(macro.spec), module.items);
  emit_units(macro, module.items);
  return module;
}

}  // namespace cimforge::lower
