#include "flows/adder_cells.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "flows/adder_mapping.h"
#include "flows/cell_library.h"
#include "flows/liberty_function.h"
#include "flows/library_report.h"
#include "flows/tools.h"
#include "tests/catch.h"

namespace cimforge::flows {
namespace {

using Names = std::vector<std::string>;

/// A library of cells, each with area 10 and the given pins; finds its adders.
class Library {
 public:
  Library& cell(const std::string& name, const Names& inputs,
                const std::vector<std::pair<std::string, std::string>>& outputs, double area,
                const std::string& attributes = "") {
    text_ += "cell (" + name + ") { area : " + std::to_string(area) + "; " + attributes;
    for (const std::string& pin : inputs) text_ += "pin (" + pin + ") { direction : input; } ";
    for (const auto& [pin, function] : outputs) {
      text_ += "pin (" + pin + ") { direction : output; function : \"" + function + "\"; } ";
    }
    text_ += "}\n";
    areas_[name] = area;
    return *this;
  }
  [[nodiscard]] AdderCells find() const {
    return find_adder_cells(parse_liberty("library (l) {\n" + text_ + "}\n", "l.lib"), areas_);
  }

 private:
  std::string text_;
  std::map<std::string, double> areas_;
};

}  // namespace

TEST_CASE("A Liberty function is tabulated: every operator, by precedence") {
  const Names ab = {"A", "B"};
  const Names abc = {"A", "B", "C"};
  CHECK(truth_table("A", ab) == 0b1010U);
  CHECK(truth_table("!A", ab) == 0b0101U);
  CHECK(truth_table("A'", ab) == 0b0101U);
  CHECK(truth_table("(A B)'", ab) == 0b0111U);
  CHECK(truth_table("A*B", ab) == 0b1000U);
  CHECK(truth_table("A & B", ab) == 0b1000U);
  CHECK(truth_table("A+B", ab) == 0b1110U);
  CHECK(truth_table("A|B", ab) == 0b1110U);
  CHECK(truth_table("A^B", ab) == 0b0110U);
  // Inversion, then ^, then and, then or.
  CHECK(truth_table("A+B*C", abc) == truth_table("A+(B*C)", abc));
  CHECK(truth_table("A*B^C", abc) == truth_table("A*(B^C)", abc));
  CHECK(truth_table("A^B C + !A", abc) == truth_table("((A^B)*C)+(!A)", abc));
  CHECK(truth_table("1", {}) == 1U);
  CHECK(truth_table("0", ab) == 0U);
  const Names six = {"A", "B", "C", "D", "E", "F"};
  CHECK(truth_table("A*B*C*D*E*F", six) == std::uint64_t{1} << 63U);
  CHECK(inverted(*truth_table("A^B", ab), 2) == truth_table("!(A^B)", ab));
}

TEST_CASE("What is no Liberty function has no table") {
  const Names ab = {"A", "B"};
  for (const char* text : {"", "A+", "(A", "A)", "A**B", "X", "A ? B", "+A", "!"}) {
    INFO(text);
    CHECK_FALSE(truth_table(text, ab));
  }
  CHECK_FALSE(truth_table(std::string(100000, '('), ab));
  CHECK_FALSE(truth_table("A", {"A", "B", "C", "D", "E", "F", "G"}));
}

TEST_CASE("The adders and gates of the default library are found") {
  const AdderCells cells = load_cell_library({default_liberty()}).adders;
  REQUIRE(cells.full_adder);
  CHECK(cells.full_adder->cell == "FAX1");
  CHECK(cells.full_adder->sum == "YS");
  CHECK(cells.full_adder->carry == "YC");
  CHECK_FALSE(cells.full_adder->sum_inverted);
  REQUIRE(cells.half_adder);
  CHECK(cells.half_adder->cell == "HAX1");
  CHECK(cells.gates.at("OAI21").cell == "OAI21X1");
  CHECK(cells.four_gate_adder_um2() == 24 + 23 + 56 + 23);
  CHECK(cells.least_full_adder_um2() == 120);
  CHECK(cells.least_product_um2() == 24);
}

TEST_CASE("Adder cells are found by function, whatever their names, pins and polarities") {
  Library library;
  library.cell("not_it", {"A", "B", "C"}, {{"X", "A^B^C"}, {"Y", "A*B*C"}}, 1)
      .cell("odd", {"P2", "P1", "Q"}, {{"N1", "!((P1*P2)+(Q*P1)+(Q*P2))"}, {"N2", "!(P1^P2^Q)"}}, 7)
      .cell("larger", {"A", "B", "C"}, {{"S", "A^B^C"}, {"CO", "(A*B)+(C*(A^B))"}}, 8)
      .cell("forbidden", {"A", "B", "C"}, {{"S", "A^B^C"}, {"CO", "(A*B)+(C*(A^B))"}}, 2,
            "dont_use : true; ")
      .cell("half", {"U", "V"}, {{"C", "U V"}, {"S", "(U !V) + (!U V)"}}, 5)
      .cell("nandish", {"Z", "Y"}, {{"X", "!Z + !Y"}}, 2)
      .cell("aoi", {"K", "L", "M"}, {{"X", "!(K + (M L))"}}, 3);
  const AdderCells cells = library.find();
  REQUIRE(cells.full_adder);
  CHECK(cells.full_adder->cell == "odd");
  CHECK(cells.full_adder->sum == "N2");
  CHECK(cells.full_adder->carry == "N1");
  CHECK(cells.full_adder->sum_inverted);
  CHECK(cells.full_adder->carry_inverted);
  REQUIRE(cells.half_adder);
  CHECK(cells.half_adder->cell == "half");
  CHECK(cells.gates.at("NAND2").cell == "nandish");
  CHECK(cells.gates.at("AOI21").inputs == Names{"L", "M", "K"});
  CHECK_FALSE(cells.four_gate_adder_um2());
}

TEST_CASE("A library without adder cells has the four gates") {
  Library library;
  library.cell("nd", {"A", "B"}, {{"Y", "!(A*B)"}}, 2)
      .cell("xr", {"A", "B"}, {{"Y", "A^B"}}, 4)
      .cell("oi", {"A1", "A2", "B1"}, {{"Y", "!((A1+A2)*B1)"}}, 3);
  const AdderCells cells = library.find();
  CHECK_FALSE(cells.full_adder);
  CHECK(cells.four_gate_adder_um2() == 12);
  CHECK(cells.least_full_adder_um2() == 12);
  CHECK_FALSE(can_map_adders(cells));  // no inverter
  CHECK(cells.known_gates.at("oi").first == "OAI21");
}

TEST_CASE("Of cells of one area the faster is taken, and an adder's slowest pin comes first") {
  const auto arc = [](const std::string& from, const std::string& sense, double delay) {
    const std::string table = " (t) { values (\"" + std::to_string(delay) + "\"); } ";
    return "timing () { related_pin : \"" + from + "\"; timing_sense : " + sense + "; cell_rise" +
           table + "cell_fall" + table + "} ";
  };
  const auto inverter = [&](const std::string& name, double delay) {
    return "cell (" + name + ") { area : 2; pin (A) { direction : input; } pin (Y) { direction : " +
           "output; function : \"!A\"; " + arc("A", "negative_unate", delay) + "} } ";
  };
  const std::string text =
      "library (l) { " + inverter("slow", 0.4) + inverter("fast", 0.1) + inverter("slower", 0.5) +
      "cell (fa) { area : 9; pin (A) { direction : input; } pin (B) { direction : input; } pin "
      "(CI) "
      "{ direction : input; } pin (S) { direction : output; function : \"A^B^CI\"; } pin (CO) { "
      "direction : output; function : \"(A*B)+(CI*(A+B))\"; " +
      arc("A", "positive_unate", 0.2) + arc("B", "positive_unate", 0.1) +
      arc("CI", "positive_unate", 0.3) + "} } }";
  const AdderCells cells = find_adder_cells(
      parse_liberty(text, "l.lib"), {{"slow", 2.0}, {"fast", 2.0}, {"slower", 2.0}, {"fa", 9.0}});
  CHECK(cells.gates.at("INV").cell == "fast");
  CHECK(cells.known_gates.size() == 3);
  REQUIRE(cells.full_adder);
  CHECK(cells.full_adder->inputs == Names{"CI", "A", "B"});
}

TEST_CASE("The bound of a tree is its full adders and its products in the better polarity") {
  const AdderCells cells = load_cell_library({default_liberty()}).adders;
  // OSU 0.18: FAX1 120, NAND2X1 24, AND2X1 32 um2. 64 x 4 bit signed, shared by hand.
  CHECK(tree_bound_um2(cells, 246, 256, 64) == 246 * 120 + 192 * 24 + 64 * 32);
  CHECK(tree_bound_um2(cells, 246, 256, 192) == 246 * 120 + 192 * 24 + 64 * 32);
  CHECK_FALSE(tree_bound_um2(AdderCells{}, 1, 1, 0));
}

TEST_CASE("The storage of the default library is found, and told beside its adders") {
  const CellLibrary library = load_cell_library({default_liberty()});
  std::map<std::string, std::string> found;
  for (const StorageCell& cell : find_storage_cells(library)) {
    found[cell.kind] = cell.cell;
    CHECK(cell.area_um2 > 0);
    CHECK(cell.input_pf > 0);
    CHECK(cell.delay_ns > 0);
  }
  CHECK(found == std::map<std::string, std::string>{{"flip-flop", "DFFPOSX1"},
                                                    {"flip-flop, falling edge", "DFFNEGX1"},
                                                    {"flip-flop, reset, set", "DFFSR"},
                                                    {"latch", "LATCH"}});
  const std::string text = to_text(library);
  for (const char* word : {"FAX1", "HAX1", "OAI21X1", "DFFPOSX1", "four gates"}) {
    CHECK_THAT(text, Catch::Contains(word));
  }
  const auto json = to_json(library);
  CHECK(json["full_adder"]["cell"] == "FAX1");
  CHECK(json["full_adder"]["delay_ns"] > 0.1);
  CHECK(json["storage"]["latch"]["cell"] == "LATCH");
}

TEST_CASE("Clock gates and resets are told apart, scan cells are not offered") {
  const std::string pin =
      "pin (D) { direction : input; } pin (C) { direction : input; clock : true; } ";
  const std::string ff = "ff (IQ, IQN) { next_state : \"D\"; clocked_on : ";
  const std::string q = "pin (Q) { direction : output; function : \"IQ\"; } ";
  const std::string text =
      "library (l) { cell (scan) { area : 1; " + pin + "pin (SE) { direction : input; } " + q + ff +
      "\"C\"; } } cell (neg) { area : 2; " + pin + q + ff + "\"!C\"; } } cell (res) { area : 3; " +
      pin + "pin (R) { direction : input; } " + q + ff +
      "\"C\"; clear : \"R'\"; } } cell (gate) { area : 4; "
      "clock_gating_integrated_cell : \"latch_posedge\"; " +
      pin + q + "} }";
  CellLibrary library;
  library.libraries.push_back(parse_liberty(text, "l.lib"));
  for (const LibertyCell& cell : library.libraries[0].cells) {
    library.cells[cell.name] = {cell.area, cell.area, cell.is_sequential()};
  }
  std::map<std::string, std::string> found;
  for (const StorageCell& cell : find_storage_cells(library)) found[cell.kind] = cell.cell;
  CHECK(found == std::map<std::string, std::string>{{"clock gate", "gate"},
                                                    {"flip-flop, falling edge", "neg"},
                                                    {"flip-flop, reset", "res"}});
}

}  // namespace cimforge::flows
