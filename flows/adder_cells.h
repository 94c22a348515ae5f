// The cells of a library that adder trees are made of, found by function and not by name.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "flows/liberty.h"

namespace cimforge::flows {

/// A cell of one output.
struct GateCell {
  std::string cell;
  std::vector<std::string> inputs;  ///< in the order of the gate's name: OAI21 is !((A+B)*C)
  std::string output;
  double area_um2 = 0;
};

/// A full adder (three inputs) or a half adder (two).
struct AdderCell {
  std::string cell;
  std::vector<std::string> inputs;
  std::string sum;
  std::string carry;
  bool sum_inverted = false;    ///< as in ASAP7
  bool carry_inverted = false;
  double area_um2 = 0;
};

/// The smallest cell of each kind; nothing where the library has none. Cells marked dont_use or for
/// power management are left out.
struct AdderCells {
  std::optional<AdderCell> full_adder;
  std::optional<AdderCell> half_adder;
  /// By kind: INV, NAND2, NOR2, AND2, OR2, XOR2, XNOR2, OAI21, AOI21.
  std::map<std::string, GateCell> gates;

  /// The four gates of a full adder (NAND2, OAI21, XOR2, OAI21): their area in um2.
  [[nodiscard]] std::optional<double> four_gate_adder_um2() const;
  /// The smaller of the cell and the four gates.
  [[nodiscard]] std::optional<double> least_full_adder_um2() const;
  /// The smallest gate for a product or an inverted one.
  [[nodiscard]] std::optional<double> least_product_um2() const;
};

/// `areas` has the area in um2 of every cell (cell_library.h); cells without one are left out.
AdderCells find_adder_cells(const LibertyLibrary& library,
                            const std::map<std::string, double>& areas);

/// Verilog for Yosys' techmap: `cim_full_adder` and `cim_half_adder` of one lane become the library's
/// cells. Empty where there is none.
std::string adder_map(const AdderCells& cells);

/// The same cells as empty modules, for Yosys to know their ports.
std::string adder_declarations(const AdderCells& cells);

/// Lines for `cimforge check --liberty`.
std::string to_text(const AdderCells& cells);

/// Keys: full_adder, half_adder (cell, area_um2, sum_inverted, carry_inverted; null where there is none),
/// gates (by kind: cell, area_um2), four_gate_adder_um2.
nlohmann::ordered_json to_json(const AdderCells& cells);

}  // namespace cimforge::flows
