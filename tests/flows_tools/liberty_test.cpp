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
  type (word) { base_type : array; bit_width : 12; }
  cell ("A\"B") { area : "2.5" }
  cell (C) {
    area : 1.5e1
    dont_use : true;
    statetable ("CLK GATE", "IQ") { table : "L L : - : L , \
      H - : - : N"; }
    pin ("Z") { direction : "output"; function : "A & B"; timing () { related_pin : "A"; } }
    bus (D) { pin (D[0:3]) { direction : input; } }
    bus (Q) { bus_type : word; direction : output; }
  };
}
)");
  CHECK(library.name == "odd lib");
  CHECK(library.cells.size() == 2);
  CHECK(library.cells[0].area == 2.5);
  CHECK(library.cells[1].area == 15.0);
  CHECK(library.cells[1].is_special);
  CHECK(library.cells[1].kind == CellKind::other_sequential);
  REQUIRE(library.cells[1].pins.size() == 2);
  CHECK(library.cells[1].pins[0].function == "A & B");
  CHECK(library.cells[1].pins[0].bus_bits == 0);
  CHECK(library.cells[1].pins[1].name == "Q");
  CHECK(library.cells[1].pins[1].bus_bits == 12);
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
  CHECK(error_of("library (a) { cell (b) { bus (D) { bus_type : w; } } }")
            .says("the bus D has a type that is not declared"));
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

TEST_CASE("Delay tables are in ns and pF, rows by slew, whatever the library's units and axes") {
  const std::string text = R"lib(library (l) {
    time_unit : "10ps"; capacitive_load_unit (100, ff);
    lu_table_template (by_load) { variable_1 : total_output_net_capacitance;
      variable_2 : input_net_transition; index_1 ("1, 2"); index_2 ("1, 2, 3"); }
    lu_table_template (by_slew) { variable_1 : input_net_transition;
      variable_2 : total_output_net_capacitance; index_1 ("9, 9"); index_2 ("9, 9"); }
    wire_load ("none") { fanout_length (1, 9); }
    wire_load ("some") { capacitance : 0.5; slope : 3; fanout_length (1, 2); fanout_length (3, 8); }
    default_wire_load : "some";
    cell (gate) { area : 1;
      pin (A) { direction : input; capacitance : 2; rise_capacitance : 3; }
      pin (B) { direction : input; capacitance : 4; }
      pin (Y) { direction : output; function : "!(A B)";
        timing () { related_pin : "A B"; timing_sense : negative_unate;
          cell_rise (by_load) { values ("10, 20, 30", "40, 50, 60"); }
          cell_fall (by_slew) { index_1 ("1, 3"); index_2 ("2, 4"); values ("1, 2", "3, 4"); }
          rise_transition (scalar) { values ("7"); } }
        timing () { related_pin : "A"; timing_type : three_state_disable; }
      } } })lib";
  const LibertyLibrary library = parse_liberty(text, "l.lib");
  const std::vector<LibertyPin>& pins = library.cells.at(0).pins;
  CHECK(pins.at(0).capacitance_pf == Approx(0.2));
  CHECK(pins.at(0).rise_capacitance_pf == Approx(0.3));
  CHECK(pins.at(0).fall_capacitance_pf == Approx(0.2));
  CHECK(pins.at(1).rise_capacitance_pf == Approx(0.4));
  REQUIRE(pins.at(2).arcs.size() == 2);
  CHECK(pins.at(2).arcs.at(0).from == "A");
  CHECK(pins.at(2).arcs.at(1).from == "B");
  const TimingArc& arc = pins.at(2).arcs.at(1);
  CHECK(arc.sense == ArcSense::negative);
  CHECK(arc.rise.at(0.01, 0.1) == Approx(0.1));
  CHECK(arc.rise.at(0.03, 0.1) == Approx(0.3));
  CHECK(arc.rise.at(0.01, 0.2) == Approx(0.4));
  CHECK(arc.rise.at(0.015, 0.15) == Approx(0.3));             // between all four
  CHECK(arc.rise.at(0.04, 0.1) == Approx(0.4));               // past the last
  CHECK(arc.rise.at(0.00, 0.1) == Approx(0.0).margin(1e-6));  // before the first
  CHECK(arc.fall.at(0.03, 0.2) == Approx(0.03));              // a table's own axes
  CHECK(arc.fall.at(0.01, 0.4) == Approx(0.02));
  CHECK(arc.rise_slew.at(5.0, 5.0) == Approx(0.07));
  CHECK(arc.fall_slew.at(1.0, 1.0) == 0.0);
  // 0.05 pF for each unit of length; two loads lie between.
  REQUIRE(library.wire_pf.size() == 3);
  CHECK(library.wire_pf.at(0) == Approx(0.1));
  CHECK(library.wire_pf.at(1) == Approx(0.25));
  CHECK(library.wire_pf.at(2) == Approx(0.4));
  CHECK(library.wire_slope_pf == Approx(0.15));
}

TEST_CASE("Delay tables that make no sense are the user's mistake, with their line") {
  const auto table = [](const std::string& body) {
    return "library (l) {\ncell (g) { pin (Y) { direction : output; timing () { related_pin : "
           "\"A\";\n"
           "cell_rise (t) { " +
           body + " }\n} } } }";
  };
  for (const auto& [text, words] :
       {std::pair{table("index_1 (\"1, 2\"); values (\"1, 2, 3\");"),
                  "a table of 2 x 1 has 3 values"},
        std::pair{table("index_1 (\"1, x\"); values (\"1, 2\");"), "`x` is not a number"},
        std::pair{std::string("library (l) { time_unit : \"1 hour\"; cell (g) { } }"), "time_unit"},
        std::pair{std::string("library (l) { capacitive_load_unit (1, kg); cell (g) { } }"),
                  "capacitive_load_unit"}}) {
    const auto& file = text;
    const Thrown thrown = thrown_by([&] { static_cast<void>(parse_liberty(file, "l.lib")); });
    CHECK(thrown.status == ExitStatus::input_wrong);
    CHECK_THAT(thrown.message, Catch::Contains(words));
  }
}

}  // namespace cimforge::flows
