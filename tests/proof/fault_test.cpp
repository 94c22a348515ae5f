// Faults planted in emitted RTL: each is refuted, with the part, the bit and a case that shows it.
#include <fmt/format.h>

#include <algorithm>

#include "generator/collateral/collateral.h"
#include "tests/catch.h"
#include "tests/proof/planted.h"

namespace cimforge {
namespace {

spec::MacroSpec small_specification() {
  spec::MacroSpec spec;
  spec.name = "planted";
  spec.rows = 5;
  spec.columns = 3;
  spec.banks = 2;
  spec.input = {true, 3};
  spec.weight = {true, 4};
  return spec;
}

const std::string top = "rtl/planted.v";
const std::string slice = "rtl/planted_slice.v";
const std::string block = "rtl/planted_block5.v";

/// Replaces the first `from` behind `anchor`.
void replace(base::FileSet& files, const std::string& file, const std::string& anchor,
             const std::string& from, const std::string& to) {
  std::string& text = files.at(file);
  INFO(file << ": " << anchor << " ... " << from);
  const std::size_t begin = text.find(anchor);
  REQUIRE(begin != std::string::npos);
  const std::size_t place = text.find(from, begin);
  REQUIRE(place != std::string::npos);
  text.replace(place, from.size(), to);
}

struct Fault {
  const char* what;
  const char* part;  ///< of the macro that is told; empty: any
  std::string file, anchor, from, to;
};

void check_refuted(const spec::MacroSpec& spec, base::FileSet files, const Fault& fault) {
  replace(files, fault.file, fault.anchor, fault.from, fault.to);
  const proof::ProofResult result = test::prove_files(spec, files);
  INFO(fault.what << "\n" << proof::to_text(result));
  CHECK_FALSE(result.proved);
  REQUIRE(result.counterexample);
  const proof::Refutation& found = *result.counterexample;
  CHECK_THAT(found.part, Catch::Contains(fault.part));
  CHECK_FALSE(found.bit.empty());
  CHECK_FALSE(found.what.empty());
  CHECK_FALSE(found.expected == found.got);
}

}  // namespace

TEST_CASE("planted faults of a serial macro are refuted", "[proof]") {
  const spec::MacroSpec spec = small_specification();
  const base::FileSet files = collateral::emit(spec);
  const std::vector<Fault> faults = {
      {"a carry dropped", "column", block, "cim_full_adder #", ".c_i(", ".c_i({LANES{1'b0}} & "},
      {"sum and carry exchanged", "column", block, "cim_full_adder #",
       ".sum_o(t_s1_b1_0), .carry_o(t_c1_b2_0)", ".sum_o(t_c1_b2_0), .carry_o(t_s1_b1_0)"},
      {"an input twice", "column", block, "cim_half_adder #", ".b_i(x0w0_r1)", ".b_i(x0w0_r0)"},
      {"a product that is not inverted", "column", block, ".INVERT", ".INVERT(1)", ".INVERT(0)"},
      {"digit bits exchanged", "column", block, "cim_bit_product", "digit_i[0]", "digit_i[1]"},
      {"rows exchanged", "column", slice, "u_block0", "digit_i[0 +: 5]",
       "{digit_i[4:2], digit_i[0], digit_i[1]}"},
      {"a wrong initial value", "accumulator", slice, ".INITIAL", "9'h00b", "9'h00a"},
      {"sum bits in the wrong order", "column", slice, ".sum_i   (", "{top6, top5, ",
       "{top5, top6, "},
      {"the sign plane is not negative", "column", slice, "cim_conditional_invert",
       ".invert_i(negate_i)", ".invert_i(1'b0)"},
      {"the wrong bank is read in the slice", "column", slice, "u_block0", "(bank_i)", "(~bank_i)"},
      {"the wrong bank is read in the top", "top", top, "u_sequencer", "(in_bank)", "(~in_bank)"},
      {"every vector reads bank 0", "top", top, "u_sequencer", "(in_bank)", "(1'b0)"},
      {"word lines of a row exchanged between banks", "column", slice, "u_block0",
       "{word_line_i[5 +: 5], word_line_i[0 +: 5]}",
       "{word_line_i[0], word_line_i[8:5], word_line_i[9], word_line_i[4:1]}"},
      {"weight bits exchanged", "block", block, "u_weights", "(write_data_i)",
       "({write_data_i[3:2], write_data_i[0], write_data_i[1]})"},
      {"storage of too few bits", "", block, "cim_weight_latch", ".BITS     (4)", ".BITS     (3)"},
      {"storage of too many bits", "", block, "cim_weight_latch", ".BITS     (4)", ".BITS     (5)"},
      {"storage of too few rows", "", block, "cim_weight_latch", ".ROWS     (5)", ".ROWS     (4)"},
      {"storage of too many rows", "", block, "cim_weight_latch", ".ROWS     (5)", ".ROWS     (6)"},
      {"storage of another number of lanes", "", block, "cim_weight_latch", "(LANES)", "(~LANES)"},
      {"two columns exchanged", "", top, "g_slice", "weight_data_i[slice * LANES * 4",
       "weight_data_i[(COLUMNS - 1 - slice) * LANES * 4"},
      {"a write that does not wait", "top", top, "u_weight_port", "(busy)", "(1'b0)"},
      {"a serialiser of another width", "", top, "cim_input_serializer", ".DIGIT (1)",
       ".DIGIT (2)"},
      {"a cell that is no full adder", "", "rtl/cim_full_adder.v", "assign carry_o", "half & c_i",
       "half | c_i"},
      {"an accumulator that does not clear", "accumulator", "rtl/cim_shift_accumulator.v",
       "g_shifted", "& ~first", "| first"},
      {"a latch that is open too long", "word-line gate", "rtl/cim_word_line_gate.v",
       "assign word_line_o", "{WIDTH{~clk_i}}", "{WIDTH{1'b1}}"},
      {"storage of another bank", "storage", "rtl/cim_weight_latch.v", "g_banks",
       "weight_q[bank_i]", "weight_q[~bank_i]"},
      {"a result that is not held", "output register", "rtl/cim_output_register.v", "g_single",
       "if (load_i) ", ""},
  };
  for (const Fault& fault : faults) check_refuted(spec, files, fault);
}

TEST_CASE("planted faults of a parallel, saturating, pipelined macro are refuted", "[proof]") {
  spec::MacroSpec spec = small_specification();
  spec.banks = 1;
  spec.storage = spec::Storage::flop;
  spec.input_bits_per_cycle = 3;
  spec.pipeline_stages = 2;
  spec.output_mode = spec::OutputMode::saturate;
  spec.output_bits = 5;
  const base::FileSet files = collateral::emit(spec);
  REQUIRE(test::prove_files(spec, files).proved);
  const std::vector<Fault> faults = {
      {"a wrong constant", "constant", slice, ".CONSTANT", "'h0", "'h1"},
      {"saturation without a sign", "saturation", slice, "cim_saturate", ".SIGNED  (1)",
       ".SIGNED  (0)"},
      {"a register rank without its enable", "", block, "always @(posedge clk_i)",
       "if (stage1_enable_i) ", ""},
      {"the sequencer's ranks exchanged", "top", top, "stage1_enable_i", "rank_enable[0]",
       "rank_enable[1]"},
      {"a row that is never written", "storage", "rtl/cim_weight_flop.v", "g_single",
       "word_line_i[row]", "word_line_i[0]"},
      {"saturation to the wrong end", "saturation", "rtl/cim_saturate.v", "limit", "~negative",
       "negative"},
      {"the second entry goes nowhere", "output register", "rtl/cim_output_register.v",
       "else if (move_i)", "codes_of(skid_q)", "codes_of(planes_i)"},
  };
  for (const Fault& fault : faults) check_refuted(spec, files, fault);
}

TEST_CASE("a wrong sum is told with codes that show it", "[proof]") {
  const spec::MacroSpec spec = small_specification();
  base::FileSet files = collateral::emit(spec);
  replace(files, block, "cim_full_adder #", ".carry_o(t_c1_b2_0)", ".carry_o()");
  replace(files, block, "wire", "t_c1_b2_0, ", "");
  std::string& text = files.at(block);
  for (std::size_t at; (at = text.find("(t_c1_b2_0)")) != std::string::npos;) {
    text.replace(at, 11, "({LANES{1'b0}})");
  }
  const proof::ProofResult result = test::prove_files(spec, files);
  INFO(proof::to_text(result));
  REQUIRE(result.counterexample);
  CHECK_THAT(result.counterexample->bit, Catch::Contains("of the sum"));
  CHECK_FALSE(result.counterexample->values.empty());
  CHECK(result.counterexample->expected != result.counterexample->got);
}

TEST_CASE("a wrong sum of every kind of macro is told with codes", "[proof]") {
  spec::MacroSpec spec = small_specification();
  spec.banks = 1;
  spec.storage = spec::Storage::flop;
  const char* index = nullptr;
  SECTION("Booth recoding") {
    spec.input = {true, 4};
    spec.input_bits_per_cycle = 2;
    spec.recoding = spec::Recoding::booth;
  }
  SECTION("digits of zeros are skipped") {
    spec.weight = {true, 2};
    spec.sparsity.zero_planes = spec::ZeroPlanes::skip;
  }
  SECTION("structured weights") {
    spec.rows = 10;
    spec.sparsity.nonzero = 1;
    spec.sparsity.group = 2;
    index = "i[";
  }
  SECTION("run-time precision") {
    spec.input = {true, 1};
    spec.weight = {true, 2};
    spec.precision.mode = spec::PrecisionMode::per_vector;
    index = "mode";
  }
  base::FileSet files = collateral::emit(spec);
  for (auto& [name, text] : files) {
    if (!name.starts_with("rtl/planted_block")) continue;
    const std::size_t adder = text.find("cim_full_adder #");
    REQUIRE(adder != std::string::npos);
    // Its carry is lost.
    const std::size_t pin = text.find(".carry_o(", adder) + 9;
    const std::string carry = text.substr(pin, text.find(')', pin) - pin);
    text.erase(pin, carry.size());
    text.insert(adder, fmt::format("assign {} = {{LANES{{1'b0}}}};\n  ", carry));
  }
  const proof::ProofResult result = test::prove_files(spec, files);
  INFO(proof::to_text(result));
  REQUIRE(result.counterexample);
  CHECK_THAT(result.counterexample->bit, Catch::Contains("of the sum"));
  REQUIRE_FALSE(result.counterexample->values.empty());
  CHECK(result.counterexample->expected != result.counterexample->got);
  if (index == nullptr) return;
  const auto& values = result.counterexample->values;
  CHECK(std::any_of(values.begin(), values.end(),
                    [&](const auto& value) { return value.first.starts_with(index); }));
}

}  // namespace cimforge
