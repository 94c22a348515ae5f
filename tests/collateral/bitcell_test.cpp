// What stands for a column of bitcells in synthesis and layout.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/lower/lower.h"
#include "generator/plan/plan.h"
#include "tests/catch.h"

namespace cimforge::collateral {
namespace {

spec::MacroSpec tiny() {
  spec::MacroSpec spec;
  spec.name = "tiny";
  spec.rows = 3;
  spec.columns = 2;
  spec.banks = 2;
  spec.rows_per_block = 2;
  spec.storage = spec::Storage::bitcell;
  spec.bitcell = {spec::Bitcell::eight_t, 2.5, 0.75, 1.25};
  spec.input = {true, 3};
  spec.weight = {true, 2};
  return spec;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("stub, Liberty and LEF of a column of bitcells are the golden ones") {
  const std::filesystem::path golden =
      std::filesystem::path(CIMFORGE_COLLATERAL_GOLDEN) / "tiny_bitcell";
  const base::FileSet files = emit(tiny());
  for (const char* path :
       {"rtl/tiny_bitcell_column2_stub.v", "rtl/tiny_bitcell_column2.v", "rtl/tiny_bitcells2.v",
        "array/tiny_bitcell_column2.lib", "array/tiny_bitcell_column2.lef", "synth.f", "sim.f"}) {
    CAPTURE(path);
    if (std::getenv("CIMFORGE_ACCEPT") != nullptr) {
      std::filesystem::create_directories((golden / path).parent_path());
      base::write_file_atomically(golden / path, files.at(path));
    }
    CHECK(base::read_file(golden / path) == files.at(path));
  }
  // Blocks of 2 rows and of 1: a black box each, and none of their models in synthesis.
  CHECK(files.contains("array/tiny_bitcell_column1.lib"));
  CHECK(files.at("synth.f").find("tiny_bitcell_column1_stub.v") != std::string::npos);
  CHECK(files.at("synth.f").find("cim_weight_bitcell.v") == std::string::npos);
  CHECK(files.at("sim.f").find("_stub.v") == std::string::npos);
}

TEST_CASE("the black box of bitcells has its cells' area, every pin, and bears where it is from") {
  const base::FileSet files = emit(tiny());
  const lower::Rtl rtl = lower::lower(plan::plan(tiny()));
  REQUIRE(rtl.bitcells.size() == 2);
  for (const lower::BlackBox& each : rtl.bitcells) {
    const std::string& liberty = files.at("array/" + each.box.name + ".lib");
    const std::string& lef = files.at("array/" + each.box.name + ".lef");
    // 2 banks, and 2 bits a weight.
    const int rows = each.box.name.back() - '0';
    CHECK(liberty.find(fmt::format("area : {};", 2.5 * rows * 2 * 2)) != std::string::npos);
    for (const std::string* text : {&liberty, &lef}) {
      CHECK(text->find("ESTIMATE") != std::string::npos);
      CHECK(text->find(fmt::format("{} 8T bitcells", rows * 4)) != std::string::npos);
      CHECK(text->find("array.bitcell_um2 = 2.5 um2") != std::string::npos);
    }
    std::size_t pins = 0;
    for (const verilog::Port& port : each.box.ports) {
      const auto width = static_cast<std::size_t>(std::stoi(verilog::print(*port.width)));
      pins += width;
      CHECK(count(liberty, "pin (" + port.name + "[") == width);
      CHECK(count(lef, "  PIN " + port.name + "[") == width);
    }
    CHECK(count(lef, "  PIN ") == pins);
    // Each bit line is held to every word line, each stored bit follows its row's of both banks.
    CHECK(count(liberty, "setup_rising") == 2);
    CHECK(count(liberty, "hold_falling") == 2);
    CHECK(count(liberty, "rising_edge") == static_cast<std::size_t>(rows) * 2);
    CHECK(count(liberty, "combinational") == static_cast<std::size_t>(rows) * 2);
    CHECK(liberty.find(fmt::format("related_pin : \"word_line_i[0] word_line_i[{}]\"; timing_type "
                                   ": rising_edge",
                                   rows)) != std::string::npos);
  }
  // Without a figure the files say so.
  spec::MacroSpec unknown = tiny();
  unknown.bitcell.um2 = 0.0;
  CHECK(emit(unknown).at("array/tiny_bitcell_column2.lib").find("which is unknown") !=
        std::string::npos);
}

TEST_CASE("cells of two bits are half as many, and say so") {
  spec::MacroSpec spec = tiny();
  spec.bitcell.cell = spec::Bitcell::two_bit;
  const base::FileSet files = emit(spec);
  // 2 rows of 2 bits in 2 banks: 8 bits in 4 cells.
  const std::string& liberty = files.at("array/tiny_bitcell_column2.lib");
  CHECK(liberty.find(fmt::format("area : {};", 2.5 * 4)) != std::string::npos);
  CHECK(liberty.find("ESTIMATE for 4 2bit bitcells") != std::string::npos);
  CHECK(liberty.find("2.5 um2 a cell of two bits, of two banks") != std::string::npos);
  CHECK(files.at("array/tiny_bitcell_column2.lef").find("of two bits") != std::string::npos);
  CHECK(files.at("rtl/tiny_bitcell_column2.v").find("A column of 4 2bit bitcells") !=
        std::string::npos);
  CHECK(files.at("tiny.md").find("2bit bitcells of two banks each") != std::string::npos);
  // What is computed with is the same.
  CHECK(files.at("rtl/tiny_slice.v").substr(files.at("rtl/tiny_slice.v").find("module")) ==
        emit(tiny())
            .at("rtl/tiny_slice.v")
            .substr(emit(tiny()).at("rtl/tiny_slice.v").find("module")));
}

TEST_CASE("the constraints of bitcells are those of latches") {
  spec::MacroSpec latch = tiny();
  latch.storage = spec::Storage::latch;
  const auto exceptions = [](const spec::MacroSpec& spec) {
    const std::string text = emit(spec).at("constraints/tiny.sdc");
    const std::size_t at = text.find("set_clock_gating_check");
    REQUIRE(at != std::string::npos);
    return text.substr(at);
  };
  CHECK(exceptions(tiny()) == exceptions(latch));
}

}  // namespace cimforge::collateral
