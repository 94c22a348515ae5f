// The cells of a library that adder trees are made of, found by function and not by name.
#pragma once

#include <cstdint>
#include <map>
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
  double input_pf = 0;  ///< the largest of its inputs
  double delay_ns = 0;  ///< the longest from an input, with two inputs like it as the load
};

/// A full adder (three inputs) or a half adder (two).
struct AdderCell {
  std::string cell;
  std::vector<std::string> inputs;  ///< the slowest first
  std::string sum;
  std::string carry;
  bool sum_inverted = false;    ///< as in ASAP7
  bool carry_inverted = false;
  double area_um2 = 0;
  double input_pf = 0;
  double delay_ns = 0;
};

/// The smallest cell of each kind; nothing where the library has none. Cells marked dont_use or for
/// power management are left out.
struct AdderCells {
  std::optional<AdderCell> full_adder;
  std::optional<AdderCell> half_adder;
  /// By kind: INV, NAND2, NOR2, AND2, OR2, XOR2, XNOR2, OAI21, AOI21.
  std::map<std::string, GateCell> gates;
  /// Every cell that is one of those gates, of any size, with its kind.
  std::map<std::string, std::pair<std::string, GateCell>> known_gates;

  /// Whether the library can make a full adder of four gates, of either polarity (adder_mapping.h).
  [[nodiscard]] bool has_positive_four_gates() const;
  [[nodiscard]] bool has_negative_four_gates() const;
  /// The four gates of a full adder (NAND2, OAI21, XOR2, OAI21): their area in um2.
  [[nodiscard]] std::optional<double> four_gate_adder_um2() const;
  /// The smaller of the cell and the four gates.
  [[nodiscard]] std::optional<double> least_full_adder_um2() const;
  /// The smallest gate for a product or an inverted one.
  [[nodiscard]] std::optional<double> least_product_um2() const;
};

/// The least area in um2 of trees with so many full adders, products and products that enter inverted:
/// a heap has one polarity, so that products of one kind cost an inverting gate and the others one more
/// inversion. Nothing where the library has no such cells.
std::optional<double> tree_bound_um2(const AdderCells& cells, std::int64_t full_adders,
                                     std::int64_t products, std::int64_t inverted_products);

/// `areas` has the area in um2 of every cell (cell_library.h); cells without one are left out.
AdderCells find_adder_cells(const LibertyLibrary& library,
                            const std::map<std::string, double>& areas);

}  // namespace cimforge::flows
