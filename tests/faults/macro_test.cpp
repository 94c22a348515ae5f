// Faults in whole macros: every storage fault of small ones, found or not as the interpreted march
// test says; the netlist of a column.
#include <filesystem>
#include <string>

#include "flows/fault_report.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/spec/parse.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

spec::MacroSpec parsed(const std::string& body) {
  const spec::ParseResult result =
      spec::parse("name = \"macro\"\nkind = \"digital\"\n" + body, "macro.toml");
  REQUIRE(result.spec);
  return *result.spec;
}

/// Emitted RTL, one file of it edited.
struct Emitted {
  base::TemporaryDirectory directory{"cimforge-faults-test-"};

  explicit Emitted(const spec::MacroSpec& spec, const std::string& file = "",
                   const std::string& from = "", const std::string& to = "") {
    for (const auto& [path, content] : collateral::emit(spec)) {
      std::string text = content;
      if (!file.empty() && path.ends_with(file)) {
        const std::size_t at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
      }
      std::filesystem::create_directories((directory.path() / path).parent_path());
      base::write_file_atomically(directory.path() / path, text);
    }
  }
};

flows::StorageFaultResult storage_faults(const spec::MacroSpec& spec, const Emitted& emitted,
                                         std::uint64_t samples, int backgrounds = 1) {
  flows::StorageFaultRequest request;
  request.spec = spec;
  request.rtl = {emitted.directory.path(), spec.name, false};
  request.march = std::get<spec::March>(spec::march_of("March C-"));
  request.backgrounds = backgrounds;
  request.samples = samples;
  request.upsets = 40;
  return flows::measure_storage_faults(request);
}

std::string text_of(const flows::StorageFaultResult& result) {
  flows::FaultReport report;
  report.storage = result;
  return flows::to_text(report);
}

const flows::StorageCoverage& of(const flows::StorageFaultResult& result, sim::FaultClass kind) {
  for (const flows::StorageCoverage& each : result.classes) {
    if (each.kind == kind) return each;
  }
  FAIL("no such class");
  return result.classes.front();
}

}  // namespace

TEST_CASE("every storage fault of a small macro, through its ports") {
  const spec::MacroSpec spec =
      parsed("[array]\nrows = 4\ncolumns = 2\n[operands]\ninput = \"int2\"\nweight = \"int2\"\n");
  const Emitted emitted(spec);
  const flows::StorageFaultResult result = storage_faults(spec, emitted, 0, 3);
  INFO(text_of(result));
  CHECK(result.passed());
  CHECK_FALSE(result.own_test);
  REQUIRE(result.classes.size() == sim::fault_classes_of_writes);
  for (const flows::StorageCoverage& each : result.classes) {
    INFO(sim::short_name(each.kind));
    CHECK(each.tried == each.faults);
    CHECK(each.differ == 0);
    // March C- with all backgrounds finds all classes but write disturb faults.
    CHECK(each.is_covered == (each.kind != sim::FaultClass::write_disturb));
    if (each.is_covered) {
      CHECK(each.detected == each.faults);
    } else {
      CHECK(each.detected < each.faults);
    }
  }
  const flows::UpsetReport& upsets = result.upsets;
  CHECK(upsets.upsets == 40);
  CHECK(upsets.masked + upsets.silent == 40);
  CHECK(upsets.masked > 0);
  CHECK(upsets.silent > 0);
}

TEST_CASE("storage faults of flip-flops, banks, blocks and slices, by the macro's own test") {
  const spec::MacroSpec flops = parsed(
      "[array]\nrows = 5\ncolumns = 3\nbanks = 2\nstorage = \"flop\"\n"
      "[operands]\ninput = \"uint3\"\nweight = \"int3\"\n[compute]\nrows_per_block = 2\n"
      "[self_test]\nmarch = \"March SS\"\n");
  const spec::MacroSpec banks = parsed(
      "[array]\nrows = 3\ncolumns = 2\nbanks = 9\n[operands]\ninput = \"int2\"\n"
      "weight = \"uint2\"\n[self_test]\nmarch = \"MATS+\"\nbackgrounds = 2\n"
      "[repair]\nspare_rows = 1\nspare_columns = 1\n");
  const spec::MacroSpec slices = parsed(
      "[array]\nrows = 3\ncolumns = 67\n[operands]\ninput = \"int2\"\nweight = \"int1\"\n"
      "[self_test]\nmarch = \"March X\"\n");
  for (const spec::MacroSpec& spec : {flops, banks, slices}) {
    const Emitted emitted(spec);
    const flows::StorageFaultResult result = storage_faults(spec, emitted, 40);
    INFO(text_of(result));
    CHECK(result.passed());
    CHECK(result.own_test);
    CHECK(of(result, sim::FaultClass::stuck_at).detected == 40);
  }
}

TEST_CASE("a self-test that looks away is found out") {
  const spec::MacroSpec spec = parsed(
      "[array]\nrows = 4\ncolumns = 2\n[operands]\ninput = \"int2\"\nweight = \"int2\"\n"
      "[self_test]\nmarch = \"March C-\"\n");
  // The second column is not compared.
  const Emitted emitted(spec, "cim_march.v", "= |wrong;", "= |wrong[WEIGHT_BITS-1:0];");
  const flows::StorageFaultResult result = storage_faults(spec, emitted, 0);
  INFO(text_of(result));
  CHECK_FALSE(result.passed());
  const flows::StorageCoverage& stuck = of(result, sim::FaultClass::stuck_at);
  CHECK(stuck.missed == stuck.faults / 2);
  CHECK(stuck.differ == stuck.missed);
}

TEST_CASE("stuck-at faults of a column and of the control") {
  const spec::MacroSpec spec =
      parsed("[array]\nrows = 4\ncolumns = 2\n[operands]\ninput = \"int2\"\nweight = \"int2\"\n");
  const Emitted emitted(spec);
  flows::NetlistFaultRequest request;
  request.spec = spec;
  request.rtl = emitted.directory.path();
  request.vectors = 64;
  request.weight_sets = 4;
  const flows::NetlistFaultResult result = flows::measure_netlist_faults(request);
  flows::FaultReport report;
  report.netlist = result;
  INFO(flows::to_text(report));
  CHECK(report.passed());
  CHECK(result.tree_coverage() >= flows::least_tree_coverage);
  for (const flows::NetlistCoverage& each : result.parts) {
    INFO(each.part << " " << each.cells);
    CHECK(each.groups == each.detected + each.untestable + each.undetected + each.undecided);
    CHECK(each.faults > each.groups - 1);
    CHECK(each.undecided == 0);
    if (each.part == "column") CHECK(each.coverage() > 0.95);
  }

  // One set of weights leaves half of the faults of the products in the dark.
  request.weight_sets = 1;
  request.with_control = false;
  const flows::NetlistFaultResult poor = flows::measure_netlist_faults(request);
  CHECK(poor.tree_coverage() < 0.95);
}

TEST_CASE("vectors of run-time precision bring their mode with them") {
  // Signed weights that were read as unsigned ones would fail the test without any fault.
  const spec::MacroSpec spec = parsed(
      "[array]\nrows = 3\ncolumns = 2\n[operands]\ninput = \"uint2\"\nweight = \"int2\"\n"
      "[precision]\nmode = \"per_vector\"\n[protection]\ncode = \"parity\"\n");
  const Emitted emitted(spec);
  const flows::StorageFaultResult result = storage_faults(spec, emitted, 20);
  INFO(text_of(result));
  CHECK(result.passed());
  // Each wrong bit of a word that is read flags its results.
  CHECK(result.upsets.silent == 0);
  CHECK(result.upsets.flagged > 0);
}

TEST_CASE("ternary weights are refused a march test through the ports") {
  const spec::MacroSpec spec = parsed(
      "[array]\nrows = 2\ncolumns = 2\n[operands]\ninput = \"int3\"\nweight = \"ternary\"\n");
  const Emitted emitted(spec);
  CHECK_THROWS_AS(storage_faults(spec, emitted, 1), base::InputError);
}

TEST_CASE("macros whose storage cannot have faults are refused") {
  const spec::MacroSpec spec = parsed(
      "[array]\nrows = 4\ncolumns = 4\ntranspose = \"per_vector\"\n[operands]\ninput = \"int2\"\n"
      "weight = \"int2\"\n");
  const Emitted emitted(spec);
  CHECK_THROWS_AS(storage_faults(spec, emitted, 1), base::InputError);
}

}  // namespace cimforge
