// The cells that a design is mapped to: one or more Liberty files as one table of areas.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flows/adder_cells.h"
#include "flows/liberty.h"

namespace cimforge::flows {

struct LibraryFile {
  std::string file;     ///< without its folder
  std::string library;  ///< the name that the Liberty file gives itself
  std::string sha256;
};

struct LibraryCell {
  /// As the Liberty files say, which is what Yosys adds up.
  std::optional<double> liberty_area_um2;
  /// What counts: the Liberty area, or that of the LEF file where the Liberty file has none or 0.
  std::optional<double> area_um2;
  bool is_sequential = false;
};

struct CellLibrary {
  std::vector<LibraryFile> files;
  std::map<std::string, LibraryCell> cells;
  std::map<std::string, double> areas_from_lef;  ///< the cells for which a LEF file was needed

  /// The first file without the cells that a mapper has to leave alone: ABC of Yosys 0.23 would
  /// take an isolation cell for a small OR.
  std::string mapping_liberty;
  /// Verilog for Yosys' techmap that maps $_DLATCH_P_ and $_DLATCH_N_ to the smallest plain latch
  /// of the first file; dfflibmap of Yosys 0.23 maps flip-flops only. Empty where there is no
  /// latch.
  std::string latch_map;
  /// The latches that `latch_map` maps, as the arguments of `dfflegalize`.
  std::string latch_types;
  /// Verilog for techmap that maps cim_clock_gate to the smallest clock gate of the first file.
  /// Gates are taken although they are marked dont_use: that keeps a mapper from taking them for
  /// logic. Empty where there is none, and the gate becomes a latch and an AND.
  std::string clock_gate_map;
  /// The cells of the first file that adder trees are made of.
  AdderCells adders;
  std::vector<LibertyLibrary> libraries;  ///< as read, in the order of the files

  /// The area in um2 of every cell that has one.
  [[nodiscard]] std::map<std::string, double> areas() const;
};

/// Reads the Liberty files; the first is the library to map to, the others add cells that a design
/// instantiates itself. Beside each, a LEF file of the same stem gives the areas that are missing
/// or 0, as that of LATCH is in OSU 0.18 um. Throws base::InputError.
CellLibrary load_cell_library(const std::vector<std::filesystem::path>& liberty_files);

}  // namespace cimforge::flows
