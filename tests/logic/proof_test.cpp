// The proof of logic macros, and faults that it refutes.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "flows/logic_proof.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "tests/catch.h"
#include "tests/logic/specification.h"

namespace cimforge {
namespace {

proof::ProofResult prove(const spec::MacroSpec& spec, const base::FileSet& files) {
  const base::TemporaryDirectory directory("cimforge-logic-proof-test-");
  const std::filesystem::path path = directory.path() / "macro";
  base::write_directory_atomically(path, files, collateral::manifest_name);
  flows::LogicProofRequest request;
  request.most_bits = 4;
  return flows::prove_logic({path, spec.name}, spec, request);
}

}  // namespace

TEST_CASE("logic macros are proved", "[tools]") {
  for (const spec::MacroSpec& spec :
       {test::logic_macro(33, 32, 8), test::logic_macro(4, 3, 2, "flop")}) {
    const proof::ProofResult result = prove(spec, collateral::emit(spec));
    INFO(proof::to_text(result));
    CHECK(result.proved);
    CHECK(result.parts.size() == (spec.rows > 4 ? 4 : 3));
  }
}

TEST_CASE("faults in a logic macro are refuted, each in its part", "[tools]") {
  struct Fault {
    const char* part;
    const char* file;
    const char* right;
    const char* wrong;
  };
  const std::vector<Fault> faults = {
      {"column", "cim_logic_lane.v", "one ^ carry_in)", "one | carry_in)"},
      {"column", "cim_logic_lane.v", "tag_row_i ? row_b :", "tag_row_i ? b :"},
      {"read port", "cim_logic_read.v", "row < half; row", "row < half - 1; row"},
      {"control", "cim_logic_sequencer.v", ".enable_i(in_b & ~pending_b_o)", ".enable_i(in_b)"},
      {"operations", "cim_logic_program.v", "assign start_o      = subtract |",
       "assign start_o      ="},
      {"operations", "cim_logic_sequencer.v", "is_sum_i ? last_q - bit_q :", "is_sum_i ? bit_q :"},
  };
  const spec::MacroSpec spec = test::logic_macro(13, 16, 3);
  const base::FileSet files = collateral::emit(spec);
  for (const Fault& fault : faults) {
    base::FileSet changed = files;
    std::string& text = changed.at(fmt::format("rtl/{}", fault.file));
    const std::size_t at = text.find(fault.right);
    INFO(fault.file << ": " << fault.right << " -> " << fault.wrong);
    REQUIRE(at != std::string::npos);
    text.replace(at, std::string(fault.right).size(), fault.wrong);
    const proof::ProofResult result = prove(spec, changed);
    REQUIRE_FALSE(result.proved);
    CHECK(result.counterexample->part == fault.part);
  }
}

}  // namespace cimforge
