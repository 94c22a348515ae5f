// Run-time precision: macros are proved in every mode, and faults that show in some modes only are
// refuted.
#include <string>
#include <vector>

#include "generator/collateral/collateral.h"
#include "generator/spec/precision.h"
#include "generator/spec/structure.h"
#include "tests/catch.h"
#include "tests/proof/planted.h"

namespace cimforge {
namespace {

using spec::AdderTree;
using spec::Storage;

struct Row {
  int rows, columns, banks;
  Storage storage;
  spec::IntegerFormat input, weight;
  int fused;
  AdderTree tree;
  int pipeline, rows_per_block;
  spec::Transpose transpose = spec::Transpose::never;
  spec::Sparsity sparsity = {};
};

constexpr spec::IntegerFormat s(int bits) {
  return {true, bits};
}
constexpr spec::IntegerFormat u(int bits) {
  return {false, bits};
}

spec::MacroSpec specification(const Row& row) {
  spec::MacroSpec spec;
  spec.name = "pv";
  spec.rows = row.rows;
  spec.columns = row.columns;
  spec.banks = row.banks;
  spec.storage = row.storage;
  spec.input = row.input;
  spec.weight = row.weight;
  spec.adder_tree = row.tree;
  spec.pipeline_stages = row.pipeline;
  spec.rows_per_block = row.rows_per_block;
  spec.precision = {spec::PrecisionMode::per_vector, row.fused};
  spec.transpose = row.transpose;
  spec.sparsity = row.sparsity;
  return spec;
}

constexpr spec::Sparsity skip = {spec::ZeroPlanes::skip, spec::ZeroRows::load};

void check_proved(const Row& row) {
  const spec::MacroSpec spec = specification(row);
  const proof::ProofResult result = test::prove_files(spec, collateral::emit(spec));
  INFO(spec::to_toml(spec) << proof::to_text(result));
  CHECK(result.proved);
  CHECK(result.products == spec::stored_rows(spec) * row.weight.bits);
}

}  // namespace

TEST_CASE("macros of run-time precision are proved in every mode", "[proof]") {
  // One row and odd ones, one bit of either operand, 1 to 16 columns of a weight, blocks, banks,
  // each storage and tree, pipelines, one slice and more.
  check_proved({1, 1, 1, Storage::flop, s(1), u(1), 1, AdderTree::dadda, 2, 0});
  check_proved({2, 3, 2, Storage::latch, u(2), s(2), 1, AdderTree::wallace, 1, 1});
  check_proved({4, 4, 1, Storage::latch, s(1), u(1), 4, AdderTree::ripple, 0, 0});
  check_proved({5, 4, 3, Storage::bitcell, s(2), s(2), 2, AdderTree::area, 3, 4});
  check_proved({2, 16, 1, Storage::latch, s(2), s(1), 16, AdderTree::speed, 0, 0});
  // Sums of inner columns take every bit that they have, where the weight has a sign.
  check_proved({5, 16, 1, Storage::latch, s(2), s(1), 8, AdderTree::dadda, 0, 0});
  check_proved({1, 72, 1, Storage::latch, s(2), s(2), 8, AdderTree::balanced, 4, 0});
}

TEST_CASE("options beside run-time precision are proved in every mode", "[proof]") {
  using spec::Transpose;
  check_proved(
      {3, 3, 2, Storage::latch, u(5), s(2), 1, AdderTree::dadda, 2, 0, Transpose::never, skip});
  check_proved({5,
                4,
                1,
                Storage::latch,
                s(3),
                s(2),
                2,
                AdderTree::area,
                1,
                0,
                Transpose::never,
                {spec::ZeroPlanes::skip, spec::ZeroRows::gate}});
  check_proved({5,
                2,
                1,
                Storage::flop,
                s(4),
                s(1),
                1,
                AdderTree::wallace,
                0,
                2,
                Transpose::never,
                {spec::ZeroPlanes::compute, spec::ZeroRows::gate}});
  check_proved({5, 5, 2, Storage::latch, s(4), s(1), 1, AdderTree::dadda, 1, 0,
                Transpose::per_vector, skip});
  check_proved({8,
                3,
                1,
                Storage::flop,
                s(4),
                s(2),
                1,
                AdderTree::dadda,
                1,
                0,
                Transpose::never,
                {spec::ZeroPlanes::compute, spec::ZeroRows::load, 2, 4}});
  check_proved({9,
                3,
                1,
                Storage::latch,
                u(3),
                s(2),
                1,
                AdderTree::balanced,
                0,
                6,
                Transpose::never,
                {spec::ZeroPlanes::skip, spec::ZeroRows::load, 1, 3}});
}

TEST_CASE("larger macros of run-time precision are proved in every mode", "[proof][.][nightly]") {
  check_proved({64, 64, 1, Storage::latch, s(8), s(4), 4, AdderTree::area, 0, 0,
                spec::Transpose::never, skip});
  check_proved({64, 64, 1, Storage::latch, s(8), s(4), 1, AdderTree::dadda, 2, 0,
                spec::Transpose::per_vector, skip});
  check_proved({256,
                16,
                4,
                Storage::bitcell,
                s(16),
                s(4),
                1,
                AdderTree::area,
                1,
                0,
                spec::Transpose::never,
                {spec::ZeroPlanes::skip, spec::ZeroRows::gate, 2, 4}});
  check_proved({37, 6, 1, Storage::flop, u(6), s(8), 2, AdderTree::dadda, 2, 7});
  check_proved({9, 12, 3, Storage::bitcell, s(5), s(4), 4, AdderTree::area, 3, 4});
  check_proved({64, 64, 1, Storage::latch, s(8), s(4), 4, AdderTree::area, 0, 0});
  check_proved({129, 100, 2, Storage::latch, s(7), s(4), 4, AdderTree::wallace, 2, 0});
  check_proved({256, 16, 4, Storage::bitcell, s(16), s(1), 16, AdderTree::dadda, 4, 0});
  check_proved({1000, 8, 1, Storage::latch, s(8), s(8), 2, AdderTree::area, 3, 0});
  check_proved({4096, 4, 1, Storage::latch, s(8), s(8), 1, AdderTree::dadda, 1, 0});
}

TEST_CASE("every tree and pipeline of run-time precision is proved", "[proof][.][nightly]") {
  for (const AdderTree tree : {AdderTree::ripple, AdderTree::wallace, AdderTree::dadda,
                               AdderTree::area, AdderTree::balanced, AdderTree::speed}) {
    for (int pipeline = 0; pipeline <= 4; ++pipeline) {
      for (const int fused : {1, 2, 8}) {
        const int rows = 3 + 4 * pipeline + fused;
        check_proved({rows, 2 * fused, 1 + pipeline % 2, Storage::flop, s(1 + pipeline), s(2),
                      fused, tree, pipeline, pipeline % 2 == 0 ? 0 : 4});
      }
    }
  }
}

namespace {

struct Fault {
  const char* what;
  const char* part;  ///< of the macro that is told; empty: any
  std::string file, anchor, from, to;
};

const std::string top = "rtl/pv.v";
const std::string slice = "rtl/pv_slice.v";
const std::string block = "rtl/pv_block5.v";
const std::string sequencer = "rtl/cim_precision_sequencer.v";
const std::string accumulator = "rtl/cim_signed_accumulator.v";
const std::string input = "rtl/cim_digit_selector.v";
const std::string fusion = "rtl/cim_column_fusion.v";

/// Replaces the first `from` behind `anchor`.
void replace(base::FileSet& files, const Fault& fault) {
  INFO(fault.what << ", " << fault.file << ": " << fault.anchor << " ... " << fault.from);
  REQUIRE(files.contains(fault.file));
  std::string& text = files.at(fault.file);
  const std::size_t begin = text.find(fault.anchor);
  REQUIRE(begin != std::string::npos);
  const std::size_t place = text.find(fault.from, begin);
  REQUIRE(place != std::string::npos);
  text.replace(place, fault.from.size(), fault.to);
}

void check_refuted(const spec::MacroSpec& spec, base::FileSet files, const Fault& fault) {
  replace(files, fault);
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

void check_all_refuted(const spec::MacroSpec& spec, const std::vector<Fault>& faults) {
  const base::FileSet files = collateral::emit(spec);
  for (const Fault& fault : faults) check_refuted(spec, files, fault);
}

/// Small results: Yosys takes its time for the output register.
spec::MacroSpec fused_specification() {
  return specification({2, 8, 1, Storage::flop, s(2), s(1), 4, AdderTree::dadda, 1, 0});
}
spec::MacroSpec single_specification() {
  return specification({5, 2, 1, Storage::flop, s(1), s(2), 1, AdderTree::dadda, 1, 0});
}

}  // namespace

TEST_CASE("planted faults of run-time precision are refuted", "[proof]") {
  check_all_refuted(
      fused_specification(),
      {
          {"weights have a sign in the wrong columns", "modes", slice, "assign negate",
           "negate_i[2], negate_i[0]", "negate_i[0], negate_i[2]"},
          {"the right half without its sign", "fused columns", fusion, "wire [WIDTH*LANES-1:0] low",
           "{LANES{input_signed_i}}", "{LANES{1'b0}}"},
          {"a column one place too high", "fused columns", fusion, "localparam PLACE",
           "(COLUMNS / 2) * COLUMN_BITS", "(COLUMNS / 2) * COLUMN_BITS + 1"},
          {"the plane above the one that is asked for", "digit selector", input, ".select_i",
           "(select_i)", "({select_i[0], select_i[STEPS-1:1]})"},
          {"the mode of the next vector beside a result", "sequencer", sequencer, "assign fuse_o",
           "g_stage[STAGES]", "g_stage[0]"},
          {"signs of weights of another rank", "", top, "u_sequencer",
           ".sum_signed_o      (sum_signed)", ".sum_signed_o      (), .negate_o (sum_signed)"},
          {"columns exchanged", "slice", slice, "g_column", "weight_data_i[column +: 1]",
           "weight_data_i[LANES - 1 - column +: 1]"},
          {"the sign of a column past the first weight", "slice", slice, "assign sum_signed",
           "assign sum_signed = ", "assign sum_signed = (LANES > 4 ? 1 << 4 : 0) ^ "},
      });
  check_all_refuted(single_specification(),
                    {
                        {"a negation without its one", "column", slice, "cim_half_adder",
                         ".a_i(negate_i)", ".a_i({LANES{1'b0}})"},
                        {"a sum that is never subtracted", "accumulator", accumulator, "g_top",
                         "^ {LANES{subtract_i}}", ""},
                    });
  const std::string places = "rtl/cim_signed_place_accumulator.v";
  check_all_refuted(specification({5, 2, 1, Storage::flop, s(3), s(2), 1, AdderTree::dadda, 1, 0,
                                   spec::Transpose::never, skip}),
                    {
                        {"a bit above those of the vector is visited", "sequencer", sequencer,
                         "asked", "nonzero_i & (in_plane | (in_plane - ONE))", "nonzero_i"},
                        {"a bit is visited twice", "sequencer", sequencer,
                         "left_q  <=", "pool & ~lowest", "pool"},
                        {"the sign of the next step", "sequencer", sequencer,
                         "tag_sign_q <=", "sign[stage-1]", "sign[0] & first[0]"},
                        {"a place too high", "accumulator", places, "g_sum", "place_i[i]",
                         "place_i[(i+1)%PLACES]"},
                        {"no sign above a sum", "accumulator", places, "assign above",
                         "extension & {LANES{|place_i[HIGHEST:0]}}", "{LANES{1'b0}}"},
                        {"a bit that is 1 in a row alone is not told", "digit selector", input,
                         "for (level", "BITS << level", "BITS << LEVELS"},
                        {"places of another stage", "", top, "u_sequencer",
                         ".place_o           (place)", ".place_o           (), .plane_o (place)"},
                    });
}

TEST_CASE("many planted faults of run-time precision are refuted", "[proof][.][nightly]") {
  check_all_refuted(
      fused_specification(),
      {
          {"no sign of the inputs", "sequencer", sequencer, "assign subtract_o",
           "g_stage[PIPELINE].mode[0]", "1'b0"},
          {"a sign in every step", "sequencer", sequencer, "assign subtract_o", "sign[PIPELINE] & ",
           ""},
          {"a width too great is taken for a narrow one", "sequencer", sequencer, "g_plane",
           "in_last_bit_i >= i", "in_last_bit_i > i"},
          {"more columns than there are are taken for one", "sequencer", sequencer, "g_fuse",
           "in_fuse_i >= i", "in_fuse_i == i"},
          {"the planes do not go down", "sequencer", sequencer, "plane_q <= plane_q", ">> 1",
           ">> 2"},
          {"signs of inputs and of weights exchanged", "sequencer", sequencer,
           "mode_q  <=", "in_weight_signed_i, in_signed_i", "in_signed_i, in_weight_signed_i"},
          {"a sign in the last column of that many only", "sequencer", sequencer,
           "assign negate_o[i]", "mode[2+i:2]", "mode[2+i]"},
          {"the sums' signs of another stage", "sequencer", sequencer, "assign sum_signed_o[i]",
           "g_stage[PIPELINE].mode[1]", "g_stage[PIPELINE-1].mode[1]"},
          {"a bubble behind each vector", "sequencer", sequencer, "assign in_ready_o",
           "~busy_q | (step & last[0])", "~busy_q"},
          {"the mode moves while a result waits", "sequencer", sequencer, "if (advance) tag_q",
           "if (advance) ", ""},
          {"the first step is not told", "sequencer", sequencer, "if (take_o) begin\n      first_q",
           "1'b1", "1'b0"},
          {"the planes move between vectors", "digit selector", input, "cim_gated_planes",
           ".shift_i    (1'b0)", ".shift_i    (select_i[0])"},
          {"the wrong bit of a code", "digit selector", input, "cim_gated_planes",
           "codes_i[64*group*BITS +: CODES*BITS]", "{codes_i[0], codes_i[CODES*BITS-1:1]}"},
          {"the result without its sign", "fused columns", fusion, "g_extended_result",
           "{LANES{result_signed_i}}", "{LANES{1'b0}}"},
          {"a carry that is not there", "fused columns", fusion, "carry = (a & b)",
           "(carry & (a ^ b))", "(carry & (a & b))"},
          {"the neighbour after the next", "fused columns", fusion, "left  = right",
           "(COLUMNS / 2)", "COLUMNS"},
          {"codes in other lanes", "fused columns", fusion, "codes = codes |",
           "lanes_at(COLUMNS, place)", "lanes_at(COLUMNS, COLUMNS - 1 - place)"},
          {"sums of too few bits", "", slice, ".WIDTHS", "0705", "0605"},
          {"a plane of two columns exchanged", "slice", slice, "column_result[LANES + column]",
           "own_result[1]", "own_result[2]"},
          {"results of columns exchanged", "slice", slice, "assign column_result[column]",
           "column_result[column]", "column_result[LANES - 1 - column]"},
          {"one operand's sign for the other", "top", top, "u_sequencer",
           ".in_signed_i       (in_signed_i)", ".in_signed_i       (in_weight_signed_i)"},
          {"a width that is not read", "top", top, "u_sequencer", "(in_last_bit_i)", "(1'b1)"},
          {"columns of another plane", "top", top, "u_input", "(plane)", "({plane[0], plane[1]})"},
          {"the inputs' sign for that of the result", "top", top, "u_slice",
           ".result_signed_i   (result_signed)", ".result_signed_i   (input_signed)"},
          {"a single entry at the output", "output stage", top, "cim_output_stage", ".SKID(1)",
           ".SKID(0)"},
          {"a sum without its sign", "accumulator", accumulator, "wire [LANES-1:0] extension",
           "(signed_i & ~top)", "({LANES{1'b0}} & ~top)"},
          {"a subtraction without its one", "accumulator", accumulator, "g_lowest",
           ".a_i({LANES{subtract_i}})", ".a_i({LANES{1'b0}})"},
          {"a result that is not held", "accumulator", accumulator, "g_held", "g_kept.acc_q",
           "next"},
      });
  check_all_refuted(
      single_specification(),
      {
          {"a bit of the sign plane that is never negative", "column", slice, "u_top1",
           ".invert_i(negate_i)", ".invert_i({LANES{1'b0}})"},
          {"a bit of the sign plane that is always negative", "column", slice, "u_top1",
           ".invert_i(negate_i)", ".invert_i({LANES{1'b1}})"},
          {"the sign plane has the products of another bit", "column", block, "u_x0w1_r0",
           "(w1_r0)", "(w0_r0)"},
          {"a bit of the sum one place too high", "column", slice, ".sum_i", "s3_b2_0, s2_b1_0",
           "s2_b1_0, s3_b2_0"},
          {"the sign of another stage in front of the accumulator", "column", slice, ".signed_i",
           "(sum_signed_i)", "(negate_i)"},
          {"the accumulator never subtracts", "column", slice, ".subtract_i", "(subtract_i)",
           "(1'b0)"},
          {"a step that counts as the first", "column", slice, ".first_i", "(first_i)", "(1'b1)"},
          {"a lost carry", "column", slice, "u_s4_b3_0", ".c_i(c3_b3_0)", ".c_i({LANES{1'b0}})"},
          {"a bank's word line of another row", "column", slice, "u_block0", "word_line_i[0 +: 5]",
           "{word_line_i[3], word_line_i[4], word_line_i[2:0]}"},
      });
}

TEST_CASE("RTL of another precision is refuted", "[proof][.][nightly]") {
  const spec::MacroSpec emitted = fused_specification();
  const base::FileSet files = collateral::emit(emitted);
  spec::MacroSpec asked = emitted;
  asked.precision.fused_columns = 2;
  CHECK_FALSE(test::prove_files(asked, files).proved);
  asked = emitted;
  asked.input.bits = 3;
  CHECK_FALSE(test::prove_files(asked, files).proved);
}

}  // namespace cimforge
