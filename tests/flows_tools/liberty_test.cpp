#include "flows/liberty.h"

#include <algorithm>
#include <string>

#include "flows/cell_library.h"
#include "flows/tools.h"
#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/flows_tools/thrown.h"

namespace cimforge::flows {
namespace {

using base::ExitStatus;

const std::filesystem::path kTiny = std::filesystem::path(CIMFORGE_TEST_DATA) / "tiny.lib";

const LibertyCell& cell_of(const LibertyLibrary& library, const std::string& name) {
  const auto found = std::find_if(library.cells.begin(), library.cells.end(),
                                  [&](const LibertyCell& cell) { return cell.name == name; });
  REQUIRE(found != library.cells.end());
  return *found;
}

LibertyLibrary parse(const std::string& text) {
  return parse_liberty(text, "x.lib");
}

Thrown error_of(const std::string& text) {
  return thrown_by([&] { parse(text); });
}

}  // namespace

TEST_CASE("The default library is read: names, areas and storage of its cells") {
  const LibertyLibrary library = read_liberty(default_liberty());
  CHECK(library.name == "osu018_stdcells");
  CHECK(library.cells.size() == 32);
  CHECK(library.sha256.size() == 64);
  CHECK(cell_of(library, "FAX1").area == 120.0);
  CHECK(cell_of(library, "FAX1").kind == CellKind::combinational);
  CHECK(cell_of(library, "FAX1").pins.size() == 5);
  CHECK(cell_of(library, "DFFSR").kind == CellKind::flip_flop);
  CHECK(cell_of(library, "DFFSR").storage.at("clear") == "(!R)");
  const LibertyCell& latch = cell_of(library, "LATCH");
  CHECK(latch.kind == CellKind::latch);
  CHECK(latch.storage.at("enable") == "CLK");
  CHECK(latch.area == 0.0);  // so the LEF file is needed
}

TEST_CASE("Liberty as tools write it: quotes, comments, continued lines, missing semicolons") {
  const LibertyLibrary library = parse(R"(
/* a comment with } and " */
library ("odd lib") {
  define(flag, cell, string);
  capacitive_load_unit (1,pf);
  lu_table_template(t) { index_1 ("1, 2, \
    3"); }   // to the end of the line }
  cell ("A\"B") { area : "2.5" }
  cell (C) {
    area : 1.5e1
    dont_use : true;
    statetable ("CLK GATE", "IQ") { table : "L L : - : L , \
      H - : - : N"; }
    pin ("Z") { direction : "output"; function : "A & B"; timing () { related_pin : "A"; } }
    bus (D) { pin (D[0:3]) { direction : input; } }
  };
}
)");
  CHECK(library.name == "odd lib");
  CHECK(library.cells.size() == 2);
  CHECK(library.cells[0].area == 2.5);
  CHECK(library.cells[1].area == 15.0);
  CHECK(library.cells[1].is_special);
  CHECK(library.cells[1].kind == CellKind::other_sequential);
  REQUIRE(library.cells[1].pins.size() == 1);
  CHECK(library.cells[1].pins[0].function == "A & B");
}

TEST_CASE("An empty, compressed, truncated or foreign Liberty file is the user's mistake") {
  CHECK(error_of("").message == "x.lib: the Liberty file is empty");
  CHECK(error_of(" \n\t\n").message == "x.lib: the Liberty file is empty");
  CHECK(error_of("\x1f\x8b\x08").message == "x.lib: the Liberty file is compressed: unpack it");
  CHECK(error_of("library (a) {\n}\n").message == "x.lib: the Liberty file has no cells");
  CHECK(error_of("library (a) {\n cell (b) {\n").message ==
        "x.lib:3: the file is truncated: it ends inside a group");
  CHECK(error_of("library (a) { /* b").says("ends inside a comment"));
  CHECK(error_of("library (a) { b : \"c").says("ends inside a string"));
  CHECK(error_of("library (a) { b :").says("ends inside an attribute"));
  CHECK(error_of("library (a").says("ends inside parentheses"));
  CHECK(error_of("module a (); endmodule\n").message ==
        "x.lib:1: `:` or `(` is expected after `module`");
  CHECK(error_of("cell (a) { area : 1; }").says("holds one group `library`, not `cell`"));
  CHECK(error_of("library () { cell (a) { area : 1; } }").says("`library` has no name"));
  CHECK(error_of("library (a) {\ncell (b) {\narea : large; } }").message ==
        "x.lib:3: the area `large` is not a number of um2");
  CHECK(error_of("library (a) { cell (b) { area : -1; } }").says("`-1` is not a number of um2"));
  CHECK(error_of("library (a) { cell (b) { } } }").says("`}` without `{`"));
  CHECK(error_of(std::string("\0\1\2", 3)).status == ExitStatus::input_wrong);
  CHECK(thrown_by([] { read_liberty("/no/such.lib"); }).status == ExitStatus::input_wrong);
}

TEST_CASE("Every prefix of a Liberty file is read or refused, never more") {
  const std::string text = base::read_file(kTiny);
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Thrown thrown = error_of(text.substr(0, size));
    accepted += thrown.status == ExitStatus::done ? 1 : 0;
    REQUIRE((thrown.status == ExitStatus::done || thrown.status == ExitStatus::input_wrong));
  }
  CHECK(accepted <= 1);  // without its last newline
}

TEST_CASE("Deep nesting is no danger") {
  std::string text = "library (a) {";
  for (int i = 0; i < 300'000; ++i) {
    text += "g (x) {";
  }
  CHECK(error_of(text).says("ends inside a group"));
}

TEST_CASE("LEF files give the size of each macro") {
  const std::map<std::string, double> areas = parse_lef_areas(
      "SITE core\n  SIZE 0.8 BY 10.0 ;\nEND core\n# MACRO NO\nMACRO A\n  FOREIGN A 0 0 ;\n"
      "  SIZE 5.600 BY 10.000 ;\n  PIN Q\n  END Q\nEND A\nMACRO B\nEND B\n  SIZE 1 BY 1 ;\n");
  REQUIRE(areas.size() == 1);
  CHECK(areas.at("A") == Approx(56.0));
}

TEST_CASE("The default library gets the area of its latch from its LEF file") {
  const CellLibrary library = load_cell_library({default_liberty()});
  CHECK(library.cells.at("LATCH").liberty_area_um2 == 0.0);
  CHECK(library.cells.at("LATCH").area_um2 == Approx(56.0));
  CHECK(library.cells.at("LATCH").is_sequential);
  CHECK(library.cells.at("NAND2X1").area_um2 == 24.0);
  CHECK_FALSE(library.cells.at("NAND2X1").is_sequential);
  REQUIRE(library.areas_from_lef.size() == 1);
  CHECK(library.areas_from_lef.begin()->first == "LATCH");
  REQUIRE(library.files.size() == 1);
  CHECK(library.files[0].file == "osu018_stdcells.lib");
  CHECK(library.files[0].library == "osu018_stdcells");
}

TEST_CASE("Latches of both polarities are mapped, special cells are left out") {
  const CellLibrary library = load_cell_library({kTiny});
  CHECK(library.latch_types == " -cell $_DLATCH_P_ x -cell $_DLATCH_N_ x");
  CHECK(library.latch_map.find("\\LATCH _TECHMAP_REPLACE_ (.\\G (E), .\\D (D), .\\Q (Q));") !=
        std::string::npos);
  CHECK(library.latch_map.find("\\LATCHN _TECHMAP_REPLACE_ (.\\G (E), .\\D (D), .\\Q (Q));") !=
        std::string::npos);
  CHECK(library.mapping_liberty.find("ISOLATION") == std::string::npos);
  CHECK(parse(library.mapping_liberty).cells.size() == 6);
}

TEST_CASE("A cell in two Liberty files is the user's mistake") {
  const Thrown thrown = thrown_by([] { load_cell_library({kTiny, kTiny}); });
  CHECK(thrown.status == ExitStatus::input_wrong);
  CHECK(thrown.says("the cell INV is in an earlier Liberty file"));
}

}  // namespace cimforge::flows
