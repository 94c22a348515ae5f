// Near-memory macros are proved, and faults planted in them are refuted with the part that has
// them.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "flows/prove.h"
#include "generator/collateral/collateral.h"
#include "tests/catch.h"
#include "tests/near_memory/specification.h"
#include "tests/proof/planted.h"

namespace cimforge {
namespace {

using Catch::Matchers::Contains;
using test::near_memory;
using test::output;

const std::string unit = "cim_near_mac";

void check_proved(const spec::MacroSpec& spec) {
  const proof::ProofResult result = test::prove_files(spec, collateral::emit(spec));
  INFO(spec::to_toml(spec) << proof::to_text(result));
  CHECK(result.proved);
  const auto has_part = [&](const std::string& name) {
    return std::ranges::any_of(
        result.parts, [&](const auto& part) { return part.name.find(name) != std::string::npos; });
  };
  for (const char* part :
       {"wiring of the top", "sequencer", "addresses", "input of a row", "weight port",
        "output stage", "sums of a column", "multiply-accumulate unit", "memory, assumed"}) {
    INFO(part);
    CHECK(has_part(part));
  }
}

struct Fault {
  const char* what;
  const char* part;  ///< that is told
  const char* file;
  const char* right;
  const char* wrong;
};

void check_refuted(const spec::MacroSpec& spec, const std::vector<Fault>& faults) {
  const base::FileSet files = collateral::emit(spec);
  for (const Fault& fault : faults) {
    base::FileSet changed = files;
    std::string& text = changed.at(fmt::format("rtl/{}", fault.file));
    const std::size_t at = text.find(fault.right);
    INFO(fault.what << ": " << fault.right << " -> " << fault.wrong);
    REQUIRE(at != std::string::npos);
    text.replace(at, std::string(fault.right).size(), fault.wrong);
    const proof::ProofResult result = test::prove_files(spec, changed);
    INFO(proof::to_text(result));
    CHECK_FALSE(result.proved);
    REQUIRE(result.counterexample);
    const proof::Refutation& found = *result.counterexample;
    CHECK(found.part == fault.part);
    CHECK_FALSE(found.bit.empty());
    CHECK_FALSE(found.what.empty());
    if (found.part == unit) {
      CHECK_THAT(found.what, Contains("reference") || Contains("rising edge"));
    }
    CHECK(found.expected != found.got);
  }
}

}  // namespace

TEST_CASE("near-memory macros are proved", "[proof]") {
  for (const spec::MacroSpec& spec : test::near_memory_matrix()) check_proved(spec);
}

TEST_CASE("near-memory macros of the widest formats are proved", "[proof]") {
  for (const spec::MacroSpec& spec : {
           near_memory(3, 2, "int16", "uint16", 3, output("saturate", 20, 8)),
           near_memory(3, 2, "uint16", "int16", 1, output("truncate", 16, 4)),
           near_memory(24, 16, "int8", "int8"),
       }) {
    check_proved(spec);
  }
}

TEST_CASE("the input of more than 256 rows is proved with 256", "[proof]") {
  const spec::MacroSpec spec = near_memory(300, 2, "int3", "int2");
  const proof::ProofResult result = test::prove_files(spec, collateral::emit(spec));
  INFO(proof::to_text(result));
  CHECK(result.proved);
  CHECK_THAT(proof::to_text(result), Contains("with 256 of 300 rows"));
}

TEST_CASE("faults planted in a near-memory macro are refuted with their part", "[proof]") {
  const spec::MacroSpec spec = near_memory(6, 3, "int3", "int4", 3, output("saturate", 6, 1));
  const std::string mac = "cim_near_mac.v";
  const char* const cell = unit.c_str();
  check_refuted(
      spec,
      {
          {"sums go on over vectors", cell, mac.c_str(), "(first_i ?", "(1'b0 ?"},
          {"it adds all the time", cell, mac.c_str(), "if (accumulate_i)", "if (1'b1)"},
          {"no product", cell, mac.c_str(), "x * w;", "x + w;"},
          {"no sign of a product", cell, mac.c_str(), "{signed_product[PRODUCT_BITS-1]}", "{1'b0}"},
          {"another shift", cell, mac.c_str(), "wide >>> OUTPUT_SHIFT",
           "wide >>> (OUTPUT_SHIFT + 1)"},
          {"no sign of a sum", cell, mac.c_str(), "negative = (ACC_SIGNED != 0) & acc",
           "negative = 1'b0 & acc"},
          {"a clamp that is late", cell, mac.c_str(), "? OUTPUT_BITS - 1 : OUTPUT_BITS)",
           "? OUTPUT_BITS : OUTPUT_BITS)"},
          {"a clamp to the wrong end", cell, mac.c_str(), "{OUTPUT_BITS{~negative}}",
           "{OUTPUT_BITS{negative}}"},
          {"the other edge", cell, mac.c_str(), "posedge clk_i) begin : accumulate",
           "negedge clk_i) begin : accumulate"},
          {"an unsigned input", cell, "nm.v", ".INPUT_SIGNED (1)", ".INPUT_SIGNED (0)"},
          {"no saturation", cell, "nm.v", ".SATURATE     (1)", ".SATURATE     (0)"},
          {"sums that overflow", "sums of a column", "nm.v", ".ACC_BITS     (9)",
           ".ACC_BITS     (8)"},
          {"a row that stays", "input", "cim_near_input.v", "row_q  <= row_q + ONE",
           "row_q  <= row_q"},
          {"the first row is row 1", "input", "cim_near_input.v", "row_q   <= {ROW_BITS{1'b0}}",
           "row_q   <= ONE"},
          {"a code that does not wait", "input", "cim_near_input.v", "if (step_i) begin",
           "if (1'b1) begin"},
          {"banks that overlap", "memory port", "cim_near_port.v", "bank} * ROWS",
           "bank} * (ROWS - 1)"},
          {"a row read twice", "memory port", "cim_near_port.v", "read_q + ONE", "read_q"},
          {"all rows in bank 0", "memory port", "cim_near_port.v",
           "address(weight_bank_i, weight_row_i)", "address(0, weight_row_i)"},
          {"a port of another size", "memory port", "nm.v", ".ROWS        (6)", ".ROWS        (5)"},
          {"columns exchanged", "top", "cim_near_macs.v", "weights_i[g*GROUP",
           "weights_i[(COLUMNS-1-g)*GROUP"},
          {"a hold that is lost", "top", "nm.v", ".hold_i        (hold)", ".hold_i        (1'b0)"},
          {"the memory reads late", "top", "nm.v", "(rank_enable[0])", "(rank_enable[1])"},
          {"the units add early", "top", "nm.v", "(rank_enable[1])", "(rank_enable[0])"},
          {"a bank that is not written", "top", "nm.v", "write_enable != 3'd0",
           "write_enable > 3'd1"},
          {"a memory of half the words", "top", "nm_memory_stub.v", "[4:0] read_address_i",
           "[3:0] read_address_i"},
          {"the first row a cycle early", "sequencer", "nm.v", ".NEGATE_STAGE(1)",
           ".NEGATE_STAGE(0)"},
          {"a row too few", "sequencer", "nm.v", ".STEPS       (6)", ".STEPS       (5)"},
          {"a write that does not wait", "weight port", "cim_weight_port.v", "~busy_i | hold_q",
           "1'b1 | hold_q"},
          {"a result that is lost", "output stage", "cim_output_stage.v",
           "assign result_ready_o = ~valid_q", "assign result_ready_o = 1'b1"},
      });
}

TEST_CASE("a fault in the second entry of a near-memory macro is refuted", "[proof]") {
  check_refuted(near_memory(1, 2, "uint2", "uint3"),
                {{"a result twice", "cim_near_mac", "cim_near_mac.v", "results_q <= skid_q",
                  "results_q <= ~skid_q"},
                 {"entries exchanged", "top", "nm.v", ".move_i      (result_move)",
                  ".move_i      (result_load)"}});
}

TEST_CASE("a wrong product of a near-memory macro is told with codes that show it", "[proof]") {
  const spec::MacroSpec spec = near_memory(4, 2, "int16", "int16");
  base::FileSet files = collateral::emit(spec);
  std::string& text = files.at("rtl/cim_near_mac.v");
  text.replace(text.find("x * w;"), 6, "x * ((x == 16'sd4660) ? -w : w);");
  const proof::ProofResult result = test::prove_files(spec, files);
  INFO(proof::to_text(result));
  REQUIRE(result.counterexample);
  CHECK(result.counterexample->part == "cim_near_mac");
  const auto& values = result.counterexample->values;
  const auto input =
      std::ranges::find_if(values, [](const auto& value) { return value.first == "input_i"; });
  REQUIRE(input != values.end());
  CHECK(input->second == "0b0001001000110100");
}

TEST_CASE("a near-memory unit that is not decided is not proved", "[proof]") {
  const spec::MacroSpec spec = near_memory(4, 2, "int16", "int16");
  const proof::ProofResult result =
      test::with_rtl(collateral::emit(spec), [&](const std::filesystem::path& directory) {
        return flows::prove({directory, spec.name, true}, spec,
                            {.cell_limit = std::chrono::milliseconds(1)});
      });
  CHECK_FALSE(result.proved);
  REQUIRE(result.counterexample);
  CHECK(result.counterexample->part == "cim_near_mac");
  CHECK_THAT(result.counterexample->what, Contains("not decided within"));
}

}  // namespace cimforge
