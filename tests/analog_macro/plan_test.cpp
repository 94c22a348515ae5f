// Figures of analog plans, computed by hand from the specification.
#include "generator/plan/plan.h"

#include "generator/spec/parse.h"
#include "tests/icarus/player.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

plan::AnalogPlan analog_plan(const spec::MacroSpec& spec) {
  return *plan::plan(spec).analog;
}

/// The codes of what the parser has against a text.
std::vector<std::string> complaints(const std::string& text) {
  std::vector<std::string> codes;
  for (const auto& each : spec::parse(text, "macro.toml").diagnostics) codes.push_back(each.code);
  return codes;
}

const std::string head = "name = \"m\"\nkind = \"analog\"\n";

}  // namespace

TEST_CASE("a conversion takes the cycles of its kind of converter") {
  CHECK(plan::conversion_cycles(spec::Adc::flash, 6) == 1);
  CHECK(plan::conversion_cycles(spec::Adc::sar, 6) == 6);
  CHECK(plan::conversion_cycles(spec::Adc::ramp, 6) == 64);
  CHECK(plan::conversion_cycles(spec::Adc::time, 16) == 65536);
}

TEST_CASE("the plan of differential pairs is as computed by hand") {
  spec::MacroSpec spec = test::analog_specification("m", 16, 5, "int4", "int4");
  spec.analog.columns_per_adc = 3;
  const plan::AnalogPlan plan = analog_plan(spec);
  CHECK(plan.differential);
  CHECK_FALSE(plan.has_reference);
  CHECK(plan.digits == 3);
  CHECK(plan.steps == 4);  // and one of the sign bits
  CHECK(plan.slices == 2);
  CHECK(plan.devices == 2);
  CHECK(plan.full_converters == 1);
  CHECK(plan.last_columns == 2);
  CHECK(plan.lanes == 2);
  CHECK(plan.positions == 6);
  CHECK(plan.cell_columns == 20);
  CHECK(plan.conversion_cycles == 8);
  CHECK(plan.sum_bits == 6);  // 16 * 1 * 3 = 48
  CHECK(plan.range_most == 5);
  CHECK(plan.range_bits == 3);
  CHECK(plan.value_bits == 8);
  CHECK(plan.acc_bits == 17);             // 8 + 2 + 1 + 3 + 1 + 2
  CHECK(plan.cycles_per_vector == 227);   // 4 * (1 + 6 * 9) + 3 + 3 + 1
  CHECK(plan.row_program_cycles == 113);  // 1 + 6 * 2 * 9 + 3 + 1
}

TEST_CASE("the plan of a reference column is as computed by hand") {
  spec::MacroSpec spec = test::analog_specification("m", 31, 11, "uint7", "int10");
  spec.input_bits_per_cycle = 3;
  spec.analog.encoding = spec::Encoding::offset;
  spec.analog.cell_bits = 4;
  spec.analog.columns_per_adc = 4;
  spec.analog.adc = spec::Adc::flash;
  spec.analog.adc_bits = 10;
  spec.analog.settle_cycles = 2;
  const plan::AnalogPlan plan = analog_plan(spec);
  CHECK(plan.has_reference);
  CHECK(plan.digits == 3);
  CHECK(plan.steps == 3);
  CHECK(plan.slices == 3);
  CHECK(plan.devices == 1);
  CHECK(plan.lanes == 4);  // of 4, 4 and 3 columns, and the reference
  CHECK(plan.cell_columns == 34);
  CHECK(plan.reference_level == 2);  // 2^9 = 2 * 16^2
  CHECK(plan.reference_shift == 8);
  CHECK(plan.sum_bits == 12);  // 31 * 7 * 15 = 3255
  CHECK(plan.range_most == 11);
  CHECK(plan.range_bits == 4);
  CHECK(plan.value_bits == 14);
  CHECK(plan.acc_bits == 35);            // 14 + 8 + 1 + 9 + 1 + 2
  CHECK(plan.cycles_per_vector == 86);   // 3 * (2 + 12 * 2) + 3 + 4 + 1
  CHECK(plan.row_program_cycles == 30);  // 2 + 12 * 2 + 3 + 1
}

TEST_CASE("the plan of one bit by one bit is as computed by hand") {
  spec::MacroSpec spec = test::analog_specification("m", 1, 1, "int1", "int1");
  spec.analog.cell_bits = 1;
  spec.analog.adc = spec::Adc::flash;
  spec.analog.adc_bits = 2;
  const plan::AnalogPlan plan = analog_plan(spec);
  CHECK(plan.digits == 0);
  CHECK(plan.steps == 1);
  CHECK(plan.sum_bits == 1);
  CHECK(plan.range_most == 0);
  CHECK(plan.range_bits == 1);
  CHECK(plan.cycles_per_vector == 8);
  CHECK(plan.row_program_cycles == 9);
}

TEST_CASE("the largest macro has figures that hold") {
  spec::MacroSpec spec = test::analog_specification("m", 4096, 4096, "uint16", "int16");
  spec.input_bits_per_cycle = 16;
  spec.analog.cell_bits = 8;
  spec.analog.columns_per_adc = 4096;
  const plan::AnalogPlan plan = analog_plan(spec);
  CHECK(plan.sum_bits == 36);  // 4096 * 65535 * 255
  CHECK(plan.value_bits == 38);
  CHECK(plan.cycles_per_vector == 1 + 8192 * 9 + 3 + 4096 + 1);
}

TEST_CASE("a vector of more cycles than counters hold is refused") {
  const std::string text = head +
                           "[array]\nrows = 8\ncolumns = 4096\n[operands]\ninput = \"int8\"\n"
                           "weight = \"int8\"\n[analog]\ncell_bits = 1\ncolumns_per_adc = 4096\n"
                           "adc = \"ramp\"\nadc_bits = ";
  CHECK(complaints(text + "16\n") == std::vector<std::string>{"adc-bits-out-of-range"});
  CHECK(complaints(text + "9\n").empty());
}

TEST_CASE("keys of another kind are refused") {
  const std::string rest =
      "[operands]\ninput = \"int8\"\nweight = \"int8\"\n[array]\nrows = 8\ncolumns = 8\n";
  CHECK(complaints(head + rest).empty());
  for (const char* key : {"[compute]\nadder_tree = \"dadda\"\n", "[compute]\npipeline_stages = 1\n",
                          "[compute]\nrows_per_block = 4\n"}) {
    CAPTURE(key);
    CHECK(complaints(head + rest + key).size() == 1);
  }
  CHECK(complaints(head + rest + "storage = \"flop\"\n").size() == 1);
  CHECK(complaints(head + rest + "banks = 2\n") == std::vector<std::string>{"banks-out-of-range"});
  CHECK(complaints("name = \"m\"\n" + rest + "[analog]\nadc_bits = 8\n").size() == 1);
}

}  // namespace cimforge
