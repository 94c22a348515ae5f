// Floating macros: the cells around the integer array are proved with the parameters of many formats,
// and faults planted in them are refuted.
#include <fmt/format.h>

#include <algorithm>

#include "generator/base/exit_status.h"
#include "generator/collateral/collateral.h"
#include "generator/spec/parse.h"
#include "tests/catch.h"
#include "tests/proof/planted.h"

namespace cimforge {
namespace {

spec::MacroSpec specification(const std::string& input, const std::string& weight,
                              const std::string& array, const std::string& options) {
  const spec::ParseResult parsed =
      spec::parse(fmt::format("name = \"floating\"\nkind = \"floating\"\n[array]\n{}\n"
                              "[operands]\ninput = \"{}\"\nweight = \"{}\"\n{}\n",
                              array, input, weight, options),
                  "floating.toml");
  REQUIRE(parsed.spec);
  return *parsed.spec;
}

void check_proved(const spec::MacroSpec& spec) {
  const proof::ProofResult result = test::prove_files(spec, collateral::emit(spec));
  INFO(spec.input.name() << " " << spec.weight.name() << ": " << proof::to_text(result));
  CHECK(result.proved);
  const auto is_proved = [&](const std::string& name) {
    return std::ranges::any_of(result.parts, [&](const auto& part) { return part.name == name; });
  };
  CHECK(is_proved("decoder of rows"));
  CHECK(is_proved("exponent of a sum"));
  CHECK(is_proved("control around the array"));
  CHECK((is_proved("normaliser") || is_proved("integer result")));
}

/// Small, with every cell in it: blocks, exponents found, a class of NaN, integers.
spec::MacroSpec with_every_cell() {
  return specification("fp8_e4m3", "fp8_e4m3", "rows = 4\ncolumns = 2\nbanks = 2",
                       "[floating]\nblock_rows = 2\ninteger_bits = 4");
}

struct Fault {
  const char* what;
  const char* cell;
  const char* from;
  const char* to;
};

void check_refuted(const spec::MacroSpec& spec, const std::vector<Fault>& faults) {
  const base::FileSet files = collateral::emit(spec);
  for (const Fault& fault : faults) {
    base::FileSet changed = files;
    std::string& text = changed.at(fmt::format("rtl/{}.v", fault.cell));
    const std::size_t place = text.find(fault.from);
    INFO(fault.what);
    REQUIRE(place != std::string::npos);
    text.replace(place, std::string_view(fault.from).size(), fault.to);
    const proof::ProofResult result = test::prove_float_cells(spec, changed);
    INFO(proof::to_text(result));
    CHECK_FALSE(result.proved);
    REQUIRE(result.counterexample);
    const proof::Refutation& found = *result.counterexample;
    CHECK(found.part == fault.cell);
    CHECK_FALSE(found.bit.empty());
    CHECK_FALSE(found.what.empty());
    CHECK_FALSE(found.values.empty());
    CHECK(found.expected != found.got);
  }
}

const std::vector<Fault> faults = {
    {"a tie goes up", "cim_float_align", "value[0] & (sticky | value[1])", "value[0]"},
    {"a shift is one too few", "cim_float_align", "sticky = 1'b0;\n",
     "sticky = 1'b0;\n      if (distance == 3) distance = 2;\n"},
    {"what cannot be held is not the largest", "cim_float_align",
     "value = {{MAGNITUDE{1'b1}}, 1'b0};", "value = value;"},
    {"one row does not count", "cim_exponent_max", "(FIRST+c)*BITS +: BITS-1",
     "(FIRST+((c == 1) ? 0 : c))*BITS +: BITS-1"},
    {"a carry of exponents is lost", "cim_exponent_sum", "(below & (x | y))", "1'b0"},
    {"zeros are NaN", "cim_weight_class", "nan = &code[BITS-2:0]", "nan = ~|code[BITS-2:0]"},
    {"a row of the last block is of the first", "cim_row_decoder", "< first + STEP", "<= first + STEP"},
    {"what is dropped does not count", "cim_float_join", "dropped | term[LANES +: LANES]",
     "term[LANES +: LANES]"},
    {"what is far keeps no sign", "cim_float_join", "(sign & move)", "(move & ~move)"},
    {"NaN is infinity", "cim_float_normalize", "bits = bits | nan", "bits = bits"},
    {"ties go up", "cim_float_normalize",
     "number[LANES +: LANES] & (number[0 +: LANES] | number[2*LANES +: LANES])",
     "number[LANES +: LANES]"},
    {"a register loads with the next", "cim_float_normalize", "if (load_first_i) begin",
     "if (load_first_i | load_second_i) begin"},
    {"on one edge the vector comes first", "cim_float_control", "a_before_q <= 1'b0;",
     "a_before_q <= weight_take_o;"},
    {"a row does not wait", "cim_float_control", "w_valid_q & ~w_waits &", "w_valid_q &"},
    {"an index goes on too early", "cim_float_control", "if (push_q) write_index_q", "if (send_o) write_index_q"},
    {"a result is lost", "cim_float_control", "out_ready_i | ~(&stage_q[RESULT_STAGES-1:i])", "1'b1"},
    {"ready looks at what comes", "cim_float_control", "assign weight_ready_o = ~w_valid_q |",
     "assign weight_ready_o = (~w_valid_q & weight_valid_i) |"},
};

}  // namespace

TEST_CASE("cells of a floating macro are proved", "[proof][floating]") {
  check_proved(with_every_cell());
  // IEEE specials with a class of three bits; the integer result.
  check_proved(specification("fp8_e5m2", "fp8_e5m2", "rows = 3\ncolumns = 1",
                             "[floating]\nrounding = \"sticky\"\n[output]\nformat = \"integer\""));
}

TEST_CASE("floating macros of every format are proved", "[proof][.][nightly]") {
  const char* const two_banks = "rows = 10\ncolumns = 3\nbanks = 2";
  check_proved(specification("fp4_e2m1", "fp4_e2m1", "rows = 1\ncolumns = 1", ""));
  check_proved(specification("fp6_e3m2", "fp6_e2m3", two_banks, "[floating]\ninteger_bits = 4"));
  check_proved(specification("fp8_e4m3", "fp4_e2m1", two_banks,
                             "[floating]\nalign_inputs_to = \"format\"\ninput_guard_bits = 5"));
  check_proved(specification("fp16", "fp16", "rows = 13\ncolumns = 3", ""));
  check_proved(specification("bf16", "bf16", "rows = 12\ncolumns = 3\nbanks = 3",
                             "[floating]\nblock_rows = 4\ninteger_bits = 8\n"
                             "[output]\nformat = \"bf16\""));
  check_proved(specification("mxfp8_e4m3", "mxfp4_e2m1", "rows = 16\ncolumns = 2",
                             "[floating]\nblock_rows = 2\n[output]\nformat = \"integer\""));
  check_proved(specification("mxint8", "mxint8", "rows = 64\ncolumns = 2", ""));
  check_proved(specification("bfp5", "int3", "rows = 6\ncolumns = 2", "[floating]\nblock_rows = 2"));
  check_proved(specification("int8", "fp8_e5m2", "rows = 5\ncolumns = 2",
                             "[output]\nformat = \"integer\""));
  check_proved(specification("fp8_e4m3", "fp8_e4m3", "rows = 64\ncolumns = 64", ""));
}

TEST_CASE("a few planted faults of floating cells are refuted", "[proof][floating]") {
  check_refuted(with_every_cell(), {faults[0], faults[9]});
}

TEST_CASE("planted faults of floating cells are refuted", "[proof][.][nightly]") {
  check_refuted(with_every_cell(), faults);
  check_refuted(specification("fp8_e5m2", "fp8_e5m2", "rows = 3\ncolumns = 1",
                              "[floating]\nrounding = \"sticky\""),
                {{"what is dropped does not join", "cim_float_align",
                  "magnitude[0] | value[0] | sticky", "magnitude[0] | value[0]"},
                 {"the sign of an infinity", "cim_weight_class", "(IS_SIGNED != 0) & code[BITS-1]",
                  "(IS_SIGNED == 0) & code[BITS-1]"},
                 {"infinity times zero is infinite", "cim_special_products",
                  " | ({LANES{zero_i[row]}} & high)", ""}});
  check_refuted(specification("bf16", "bf16", "rows = 3\ncolumns = 1", ""),
                {{"a subnormal result is shifted by one less", "cim_float_normalize",
                  "carry  = {LANES{1'b1}};", "carry  = {LANES{1'b0}};"}});
}

TEST_CASE("what is not decided is not proved", "[proof][floating]") {
  const spec::MacroSpec spec = with_every_cell();
  const proof::ProofResult result =
      test::prove_float_cells(spec, collateral::emit(spec), std::chrono::milliseconds(1));
  CHECK_FALSE(result.proved);
  REQUIRE(result.counterexample);
  CHECK_THAT(result.counterexample->what, Catch::Contains("not decided"));
}

}  // namespace cimforge
