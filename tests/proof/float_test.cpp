// Floating macros: the cells around the integer array are proved with the parameters of many
// formats, and faults planted in them are refuted.
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
  for (const auto& each : parsed.diagnostics) UNSCOPED_INFO(each.message);
  REQUIRE(parsed.spec);
  return *parsed.spec;
}

void check_parts(const spec::MacroSpec& spec, const proof::ProofResult& result) {
  INFO(spec.input.name() << " " << spec.weight.name() << ": " << proof::to_text(result));
  CHECK(result.proved);
  const auto is_proved = [&](const std::string& name) {
    return std::ranges::any_of(result.parts, [&](const auto& part) { return part.name == name; });
  };
  CHECK(is_proved("inputs through their registers"));
  CHECK(is_proved("a row of weights"));
  CHECK(is_proved("decoder of rows"));
  CHECK(is_proved("exponent of a sum"));
  CHECK(is_proved("control around the array"));
  CHECK((is_proved("normaliser") || is_proved("integer result")));
}

/// The integer macro, and what is around it.
void check_proved(const spec::MacroSpec& spec) {
  const proof::ProofResult result = test::prove_files(spec, collateral::emit(spec));
  check_parts(spec, result);
  CHECK(result.cells > 0);
}

void check_cells_proved(const spec::MacroSpec& spec) {
  check_parts(spec, test::prove_float_cells(spec, collateral::emit(spec), ""));
}

/// Small, with nearly every cell in it: blocks, exponents found, a class of NaN, integers.
spec::MacroSpec with_most_cells() {
  return specification("fp8_e4m3", "fp8_e4m3", "rows = 4\ncolumns = 2\nbanks = 2",
                       "[floating]\nblock_rows = 2\ninteger_bits = 4");
}

/// IEEE 754 infinities beside integers with a scale, in one block, and the sum as it is.
spec::MacroSpec with_infinities() {
  return specification("fp8_e5m2", "mxint8", "rows = 3\ncolumns = 1",
                       "[floating]\nrounding = \"sticky\"\ninteger_bits = 5\n"
                       "[output]\nformat = \"integer\"");
}

/// Subnormal and infinite results.
spec::MacroSpec with_wide_exponents() {
  return specification("bf16", "bf16", "rows = 2\ncolumns = 1", "[output]\nformat = \"bf16\"");
}

/// Weights aligned as they are read, to products; scales of both.
spec::MacroSpec with_products() {
  return specification("mxfp8_e4m3", "mxfp6_e2m3", "rows = 4\ncolumns = 2\nbanks = 2",
                       "[floating]\nalign_weights_at = \"read\"\nalign_inputs_to = \"product\"\n"
                       "block_rows = 2\ninteger_bits = 4");
}

struct Fault {
  const char* what;
  const char* cell;
  const char* from;
  const char* to;
  const char* in = nullptr;  ///< the cell that it is proved in; itself
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
    const char* const proved = fault.in == nullptr ? fault.cell : fault.in;
    const proof::ProofResult result = test::prove_float_cells(spec, changed, proved);
    INFO(proof::to_text(result));
    CHECK_FALSE(result.proved);
    REQUIRE(result.counterexample);
    const proof::Refutation& found = *result.counterexample;
    CHECK(found.part == proved);
    CHECK_FALSE(found.bit.empty());
    CHECK_FALSE(found.what.empty());
    CHECK(found.expected != found.got);
  }
}

/// One of each cell; more of them.
const std::vector<Fault> faults = {
    {"a tie goes up", "cim_float_align", "value[0] & (sticky | value[1])", "value[0]"},
    {"one row does not count", "cim_exponent_max", "(first+c)*BITS +: BITS-1",
     "(first+((c == 1) ? 0 : c))*BITS +: BITS-1"},
    {"a scale is another", "cim_float_weight", "scales_q <= scales_i;", "scales_q <= ~scales_i;"},
    {"inputs are aligned too early", "cim_float_input", "assign load       = move_i;",
     "assign load       = take_i;"},
    {"a carry of exponents is lost", "cim_exponent_sum", "(below & (x | y))", "1'b0"},
    {"zeros are NaN", "cim_weight_class", "nan = &(code | SIGN)", "nan = ~|(code & ~SIGN)"},
    {"a row of the last block is of the first", "cim_row_decoder", "< first + STEP",
     "<= first + STEP"},
    {"what is dropped does not count", "cim_float_join", "dropped | term[LANES +: LANES]",
     "term[LANES +: LANES]"},
    {"NaN is infinity", "cim_float_normalize", "bits = bits | nan", "bits = bits"},
    {"a row with NaN is left out", "cim_special_products",
     "nan = nan | classes_i[row*LANES +: LANES]",
     "if (row != 1) nan = nan | classes_i[row*LANES +: LANES]"}};

const std::vector<Fault> more_faults = {
    {"a shift is one too few", "cim_float_align", "sticky = 1'b0;\n",
     "sticky = 1'b0;\n      if (distance == 3) distance = 2;\n"},
    {"what cannot be held is not the largest", "cim_float_align",
     "value = {{MAGNITUDE{1'b1}}, 1'b0};", "value = value;"},
    {"a register does not hold", "cim_float_align", "if (load_i) begin", "begin"},
    {"NaN of the last row is not seen", "cim_float_input",
     "for (r = 0; r < ROWS; r = r + 1) any_nan", "for (r = 0; r < ROWS - 1; r = r + 1) any_nan"},
    {"what is far keeps no sign", "cim_float_join", "(sign & move)", "(move & ~move)"},
    {"a register loads with the next", "cim_float_normalize", "if (load_first_i) begin",
     "if (load_first_i | load_second_i) begin"}};

const std::vector<Fault> control_faults = {
    {"on one edge the vector comes first", "cim_float_control", "a_before_q <= 1'b0;",
     "a_before_q <= weight_take_o;"},
    {"ready looks at what comes", "cim_float_control", "assign weight_ready_o = ~w_valid_q |",
     "assign weight_ready_o = (~w_valid_q & weight_valid_i) |"}};

const std::vector<Fault> more_control_faults = {
    {"a row does not wait", "cim_float_control", "w_valid_q & ~w_waits &", "w_valid_q &"},
    {"an index goes on too early", "cim_float_control", "if (push_q) write_index_q",
     "if (send_o) write_index_q"},
    {"a result is lost", "cim_float_control", "out_ready_i | ~(&stage_q[RESULT_STAGES-1:i])",
     "1'b1"}};

const std::vector<Fault> faults_of_products = {
    {"a tie goes up", "cim_cell_align", "(sticky | value[LANES +: LANES])", "{LANES{1'b1}}"},
    {"zeros count", "cim_cell_exponent", "{LANES{counts_i}} & (some_exponent | some_fraction)",
     "{LANES{counts_i}}", "cim_product_exponent"},
    {"a vector does not wait for a row", "cim_float_control", "(READS != 0) & w_valid_q",
     "(READS == 2) & w_valid_q"}};

const std::vector<Fault> more_faults_of_products = {
    {"what is far is left", "cim_cell_align", "value[i*LANES +: LANES] & ~far",
     "value[i*LANES +: LANES]"},
    {"a comparison is the other way round", "cim_lane_largest", "assign above = a & ~c;",
     "assign above = c & ~a;", "cim_product_exponent"},
    {"significands are shifted", "cim_float_align", "(TARGET == -2) ?", "(TARGET == -3) ?"}};

const std::vector<Fault> faults_of_infinities = {
    {"what is dropped does not join", "cim_float_align", "magnitude[0] | value[0] | sticky",
     "magnitude[0] | value[0]"},
    {"a zero is a number", "cim_weight_class", "{nan | infinity, nan | zero,",
     "{nan | infinity, nan,"},
    {"an integer has no sign", "cim_integer_mode", "{(BITS-INTEGER_BITS+1){code[INTEGER_BITS-1]}}",
     "{(BITS-INTEGER_BITS+1){1'b0}}"},
    {"infinity times zero is infinite", "cim_special_products", " | ({LANES{zero_i[row]}} & high)",
     ""},
    {"infinity has no sign", "cim_float_integer", "bits = negative;", "bits = {LANES{1'b0}};"},
    {"infinities are not seen", "cim_float_input", "ones & ~(|code[FRACTION-1:0])}", "1'b0}"},
};

}  // namespace

TEST_CASE("floating macros are proved with the cells around the array", "[proof][floating]") {
  check_proved(with_most_cells());
  check_cells_proved(with_infinities());
}

TEST_CASE("cells of floating macros of some formats are proved", "[proof][floating]") {
  check_cells_proved(with_wide_exponents());
  check_cells_proved(specification("fp16", "fp4_e2m1", "rows = 3\ncolumns = 1",
                                   "[floating]\nrounding = \"truncate\"\n"
                                   "align_inputs_to = \"format\"\n"
                                   "[output]\nformat = \"integer\""));
  check_cells_proved(specification("mxfp8_e4m3", "bfp5", "rows = 4\ncolumns = 1",
                                   "[floating]\nblock_rows = 2\nrounding = \"sticky\"\n"
                                   "[output]\nformat = \"integer\""));
}

TEST_CASE("cells that align weights as they are read are proved, and faults refuted",
          "[proof][floating]") {
  check_cells_proved(with_products());
  check_refuted(with_products(), faults_of_products);
}

TEST_CASE("floating macros of every format are proved", "[proof][.][nightly]") {
  const char* const two_banks = "rows = 10\ncolumns = 3\nbanks = 2";
  check_proved(specification("fp4_e2m1", "fp4_e2m1", "rows = 1\ncolumns = 1", ""));
  check_proved(specification("fp6_e3m2", "fp6_e2m3", two_banks, "[floating]\ninteger_bits = 4"));
  check_proved(specification("fp8_e4m3", "fp4_e2m1", two_banks,
                             "[floating]\nalign_inputs_to = \"format\"\ninput_guard_bits = 5"));
  check_proved(specification("fp16", "fp16", "rows = 13\ncolumns = 3", ""));
  check_proved(specification("bf16", "bf16", "rows = 12\ncolumns = 3\nbanks = 3",
                             "[floating]\nblock_rows = 4\ninteger_bits = 6\n"
                             "[output]\nformat = \"bf16\""));
  check_proved(specification("mxfp8_e4m3", "mxfp4_e2m1", "rows = 16\ncolumns = 2",
                             "[floating]\nblock_rows = 2\n[output]\nformat = \"integer\""));
  check_proved(specification("mxfp8_e4m3", "bfp5", "rows = 6\ncolumns = 1",
                             "[floating]\nblock_rows = 2\nrounding = \"sticky\""));
  check_proved(specification("mxint8", "mxint8", "rows = 64\ncolumns = 2", ""));
  check_proved(
      specification("bfp5", "int3", "rows = 6\ncolumns = 2", "[floating]\nblock_rows = 2"));
  check_proved(
      specification("int8", "fp8_e5m2", "rows = 5\ncolumns = 2", "[output]\nformat = \"integer\""));
  check_proved(specification("fp8_e4m3", "fp8_e4m3", "rows = 4\ncolumns = 3",
                             "[floating]\nalign_weights_at = \"offline\"\ninteger_bits = 5"));
}

TEST_CASE("floating macros of 64 by 64 are proved", "[proof][.][nightly]") {
  check_proved(specification("fp8_e4m3", "fp8_e4m3", "rows = 64\ncolumns = 64", ""));
  check_proved(specification("bf16", "bf16", "rows = 64\ncolumns = 64", ""));
}

TEST_CASE("planted faults of floating cells are refuted", "[proof][floating]") {
  check_refuted(with_most_cells(), faults);
  check_refuted(with_most_cells(), control_faults);
}

TEST_CASE("planted faults of cells of infinities and integers are refuted", "[proof][floating]") {
  check_refuted(with_infinities(), faults_of_infinities);
}

TEST_CASE("more planted faults of floating cells are refuted", "[proof][.][nightly]") {
  check_refuted(with_most_cells(), more_faults);
  check_refuted(with_most_cells(), more_control_faults);
  check_refuted(with_products(), more_faults_of_products);
  check_refuted(with_wide_exponents(),
                {{"a subnormal result is shifted by one less", "cim_float_normalize",
                  "carry  = {LANES{1'b1}};", "carry  = {LANES{1'b0}};"},
                 {"ties go up", "cim_float_normalize",
                  "number[LANES +: LANES] & (number[0 +: LANES] | number[2*LANES +: LANES])",
                  "number[LANES +: LANES]"}});
}

TEST_CASE("what is not decided is not proved", "[proof][floating]") {
  const spec::MacroSpec spec = with_most_cells();
  const proof::ProofResult result = test::prove_float_cells(
      spec, collateral::emit(spec), "cim_exponent_sum", std::chrono::milliseconds(1));
  CHECK_FALSE(result.proved);
  REQUIRE(result.counterexample);
  CHECK_THAT(result.counterexample->what, Catch::Contains("not decided"));
}

}  // namespace cimforge
