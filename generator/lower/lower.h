// Plan -> Verilog modules, and the leaf cells that they use.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "generator/plan/plan.h"
#include "generator/verilog/module.h"

namespace cimforge::lower {

/// A module of which synthesis has only the ports.
struct BlackBox {
  verilog::Module model;  ///< in simulation
  verilog::Module box;    ///< the same ports with the parameters of one tile, and nothing in it
};

/// The emitted RTL of a macro.
struct Rtl {
  std::string top;                           ///< module name: the specification's
  std::vector<verilog::Module> modules;      ///< blocks, slice, top: each after what it uses
  std::map<std::string, std::string> cells;  ///< the leaf cells in use: file name -> text
  /// Stands for the array of an analog macro, or the memory of a near-memory one, in simulation;
  /// synthesis has a black box of its ports.
  std::optional<verilog::Module> array;
  /// Columns of bitcells, one for each shape of block: the model, and the black box of one lane.
  std::vector<BlackBox> bitcells;

  /// What simulation has behind the black boxes.
  [[nodiscard]] std::vector<verilog::Module> models() const;
  /// Every file, file name -> text. `banner` stands at the top of each generated one.
  [[nodiscard]] std::map<std::string, std::string> files(const std::string& banner) const;
  /// The file names in an order in which every module comes after those that it uses, without
  /// what is a black box in synthesis and what that alone uses.
  [[nodiscard]] std::vector<std::string> file_order() const;
  /// The files of the models of black boxes in such an order; none where there are none.
  [[nodiscard]] std::vector<std::string> array_files() const;
};

/// Lowers a plan. The modules have passed verilog::check; a failure there is a programmer's mistake
/// and throws std::logic_error.
Rtl lower(const plan::MacroPlan& plan);

}  // namespace cimforge::lower
