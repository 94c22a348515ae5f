// Faults planted in emitted RTL: the whole chain, from the edited text to the bench, must catch each.
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "tb/bench.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

spec::MacroSpec small_specification() {
  spec::MacroSpec spec;
  spec.name = "mutant";
  spec.rows = 5;
  spec.columns = 3;
  spec.banks = 2;
  spec.input = {true, 3};
  spec.weight = {true, 4};
  return spec;
}

/// The emitted text around which a fault is planted: what is between `begin` and the next `end`
/// after the first `anchor` in `file`.
struct Place {
  std::string file;
  std::string anchor;
  std::string begin;
  std::string end;
};

struct Span {
  std::size_t position;
  std::size_t length;
};

Span find(const std::string& text, const Place& place) {
  INFO(place.file << ": " << place.anchor << " " << place.begin);
  const std::size_t anchor = text.find(place.anchor);
  REQUIRE(anchor != std::string::npos);
  const std::size_t begin = text.find(place.begin, anchor);
  REQUIRE(begin != std::string::npos);
  const std::size_t position = begin + place.begin.size();
  const std::size_t end = text.find(place.end, position);
  REQUIRE(end != std::string::npos);
  return {position, end - position};
}

std::string& text_of(base::FileSet& files, const std::string& file) {
  const auto found = files.find("rtl/" + file);
  REQUIRE(found != files.end());
  return found->second;
}

void replace(base::FileSet& files, const Place& place, const std::string& by) {
  std::string& text = text_of(files, place.file);
  const auto [position, length] = find(text, place);
  REQUIRE(text.substr(position, length) != by);
  text.replace(position, length, by);
}

void swap(base::FileSet& files, const Place& first, const Place& second) {
  REQUIRE(first.file == second.file);
  const std::string& text = text_of(files, first.file);
  const auto [first_position, first_length] = find(text, first);
  const auto [second_position, second_length] = find(text, second);
  const std::string was_first = text.substr(first_position, first_length);
  const std::string was_second = text.substr(second_position, second_length);
  replace(files, second, was_first);
  replace(files, first, was_second);
}

tb::BenchResult bench(const base::FileSet& files, bool synthesis_view = true,
                      const spec::MacroSpec& spec = small_specification()) {
  const base::TemporaryDirectory work("cimforge-mutant-");
  const std::filesystem::path directory = work.path() / "rtl";
  base::write_directory_atomically(directory, files, collateral::manifest_name);
  const flows::VerilatedModel model(flows::user_rtl(directory, spec), spec,
                                    {.trace = false, .jobs = 1, .synthesis_view = synthesis_view});
  tb::BenchOptions options;
  options.vectors = 500;
  options.seed = 7;
  return tb::run_bench(spec, model, options);
}

const std::string top = "mutant.v";
const std::string slice = "mutant_slice.v";
const std::string block = "mutant_block5.v";

}  // namespace

TEST_CASE("RTL without a fault passes", "[mutation]") {
  const bool synthesis_view = GENERATE(false, true);
  const tb::BenchResult result = bench(collateral::emit(small_specification()), synthesis_view);
  INFO(tb::to_text(result));
  CHECK(result.passed());
  CHECK(result.mismatches == 0);
}

TEST_CASE("a fault in the RTL is a mismatch", "[mutation]") {
  base::FileSet files = collateral::emit(small_specification());
  // Of the outputs of one adder: any two of its inputs can be exchanged without harm.
  SECTION("sum and carry of an adder exchanged") {
    swap(files, {block, "cim_full_adder #", ".sum_o(", ")"},
         {block, "cim_full_adder #", ".carry_o(", ")"});
  }
  SECTION("an input of a full adder connected twice") {
    swap(files, {block, "cim_full_adder #", ".a_i(", ")"},
         {block, "cim_half_adder #", ".a_i(", ")"});
  }
  SECTION("a carry dropped") {
    replace(files, {block, "cim_full_adder #", ".c_i(", ")"}, "{LANES{1'b0}}");
  }
  SECTION("an inverted product that is not inverted") {
    replace(files, {block, ".INVERT(", "(", ")"}, "0");
  }
  SECTION("the accumulator's initial value, off by one") {
    replace(files, {slice, ".INITIAL", "(", ")"}, "9'h00a");
  }
  SECTION("two bits of the sum exchanged") {
    swap(files, {slice, ".sum_i   (", "{top6, ", ","}, {slice, ".sum_i   (", "top4, ", ","});
  }
  SECTION("two columns of out_data_o exchanged") {
    replace(files, {slice, "u_output (", ".codes_o    (", ")"}, "codes");
    replace(files, {slice, "cim_output_register", "", " #("},
            "wire [9 * LANES - 1:0] codes;\n"
            "  assign out_data_o = {codes[0 +: 9], codes[9 +: 9], codes[18 +: 9]};\n"
            "  cim_output_register");
  }
  // Only the side that reads: exchanged on both sides, the banks would be right.
  SECTION("the wrong bank is read") {
    replace(files, {slice, "u_block0 (", ".bank_i      (", ")"}, "~bank_i");
  }
  SECTION("every vector reads bank 0") {
    replace(files, {top, "u_sequencer (", ".in_bank_i     (", ")"}, "1'b0");
  }
  SECTION("two word lines exchanged") {
    replace(files, {slice, "u_block0 (", ".word_line_i (", ")"},
            "{word_line_i[5 +: 5], word_line_i[4:2], word_line_i[0], word_line_i[1]}");
  }
  SECTION("the word lines of the banks exchanged for one row") {
    replace(files, {slice, "u_block0 (", ".word_line_i (", ")"},
            "{word_line_i[0], word_line_i[8:5], word_line_i[9], word_line_i[4:1]}");
  }
  SECTION("the sign plane is not negative") {
    replace(files, {slice, "cim_conditional_invert", ".invert_i(", ")"}, "1'b0");
  }
  const tb::BenchResult result = bench(files);
  INFO(tb::to_text(result));
  CHECK_FALSE(result.passed());
  CHECK(result.mismatches > 0);
  CHECK(result.first_mismatch.has_value());
}

TEST_CASE("a fault in the description for simulators is a mismatch", "[mutation]") {
  base::FileSet files = collateral::emit(small_specification());
  SECTION("a carry that lacks a term") {
    replace(files, {block, "always @*", " | ", ";"}, "{LANES{1'b0}}");
  }
  SECTION("an inverted product that is not inverted") {
    replace(files, {block, "always @*", " = ~", "("}, "~");
  }
  SECTION("the sign plane is not negative") {
    replace(files, {slice, "always @*", "{LANES{", "}"}, "1'b0");
  }
  const tb::BenchResult result = bench(files, false);
  INFO(tb::to_text(result));
  CHECK_FALSE(result.passed());
  CHECK(result.mismatches > 0);
}

TEST_CASE("bitcells pass in both descriptions, and a fault in them is a mismatch", "[mutation]") {
  spec::MacroSpec spec = small_specification();
  spec.storage = spec::Storage::bitcell;
  spec.adder_tree = GENERATE(spec::AdderTree::dadda, spec::AdderTree::loop);
  const base::FileSet files = collateral::emit(spec);
  const bool synthesis_view = GENERATE(false, true);
  CAPTURE(spec::to_string(spec.adder_tree), synthesis_view);
  const tb::BenchResult right = bench(files, synthesis_view, spec);
  INFO(tb::to_text(right));
  CHECK(right.passed());
  // The model is what stands behind the black box of a netlist too.
  const std::string cell = "cim_weight_bitcell.v";
  const std::string column = "mutant_bitcell_column5.v";
  const auto is_found = [&](const base::FileSet& wrong) {
    const tb::BenchResult result = bench(wrong, synthesis_view, spec);
    INFO(tb::to_text(result));
    CHECK_FALSE(result.passed());
    CHECK(result.mismatches > 0);
  };
  base::FileSet wrong = files;  // a word line writes that row of both banks
  replace(wrong, {cell, "begin : g_bank\n", "word_line_i[", "]"}, "row");
  is_found(wrong);
  wrong = files;  // the other bank is read
  replace(wrong, {cell, "begin : g_banks", " = cell_q[", "]"}, "~bank_i");
  is_found(wrong);
  wrong = files;  // cells that keep the inverse of their bit lines
  replace(wrong, {cell, "begin : g_banks", "cell_q[bank] <= ", "data_i"}, "~");
  is_found(wrong);
  wrong = files;  // two word lines exchanged on the way to the cells
  replace(wrong, {column, "u_cells (", ".word_line_i(", ")"},
          "{word_line_i[9:2], word_line_i[0], word_line_i[1]}");
  is_found(wrong);
}

TEST_CASE("a write that does not wait for the vector before it is a mismatch", "[mutation]") {
  base::FileSet files = collateral::emit(small_specification());
  replace(files, {top, "u_weight_port (", ".busy_i        (", ")"}, "1'b0");
  const tb::BenchResult result = bench(files);
  INFO(tb::to_text(result));
  CHECK_FALSE(result.passed());
  CHECK(result.mismatches > 0);
}

}  // namespace cimforge
