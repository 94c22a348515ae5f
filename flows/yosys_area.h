// Area: a macro mapped by Yosys to the cells of a Liberty file, one module at a time.
//
// The hierarchy stays as it is emitted (top, column slice, block of rows): a module is mapped once
// and counted as often as it is instantiated. Only the leaf cells of rtl/ (`cim_*`) are flattened
// into the module that uses them, so that ABC sees a whole block. Their adders are XOR and AND-OR
// expressions, which Yosys' alumacc cannot rewrite, so structures can be compared; a sum written
// with `+` becomes whatever Yosys makes of it, as in any synthesis.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "flows/adder_mapping.h"
#include "flows/cell_library.h"

namespace cimforge::flows {

struct AreaRequest {
  std::vector<std::filesystem::path> verilog;
  std::string top;
  /// Parameters of the top module; with LANES = 1 a column slice is one column.
  std::map<std::string, int> parameters{{"LANES", 1}};
  /// The library to map to, and further ones with cells that the design instantiates itself.
  std::vector<std::filesystem::path> liberty;
  std::chrono::minutes time_limit{60};  ///< for each of the two runs of Yosys
  /// Cells whose area is left out of every sum: black boxes of which nobody knows it.
  std::set<std::string> left_out;
  bool keep_netlist = false;
  MappingGoal goal = MappingGoal::area;
};

/// One module of the mapped hierarchy.
struct ModuleArea {
  std::string name;
  std::int64_t instances = 0;                    ///< in the whole macro
  std::map<std::string, std::int64_t> cells;     ///< own library cells of one instance
  std::map<std::string, std::int64_t> children;  ///< modules that one instance instantiates
  double own_area_um2 = 0.0;                     ///< own cells of one instance
  double own_sequential_area_um2 = 0.0;          ///< those of them that store
  double area_um2 = 0.0;                         ///< one instance with all below it

  [[nodiscard]] std::int64_t own_cells() const;
};

struct AreaResult {
  double area_um2 = 0.0;                      ///< of the whole macro
  double sequential_area_um2 = 0.0;           ///< its flip-flops and latches
  std::map<std::string, std::int64_t> cells;  ///< by type, over the whole hierarchy
  std::vector<ModuleArea> modules;            ///< the top first, each before those below it
  std::string yosys_version;
  std::string abc_script;
  std::vector<LibraryFile> library;
  std::map<std::string, double>
      areas_from_lef;                      ///< cells in use whose Liberty area is missing or 0
  std::set<std::string> left_out;          ///< cells in use that no area counts
  std::vector<AdderMappingReport> adders;  ///< by module
  AdderCells adder_cells;                  ///< of the library
  int proved_modules = 0;                  ///< whose mapping is proved: all, or there is an error
  std::string netlist;                     ///< Verilog of the mapped hierarchy, if asked for
};

/// Maps and measures. Throws base::InputError for the Liberty files and base::InputError where
/// Yosys rejects the Verilog; base::CommandError with ExitStatus::check_failed where its check of
/// the netlist fails, where storage is inferred as a memory, and where a cell is unmapped or has no
/// area, naming it; base::ToolError where Yosys fails.
AreaResult measure_area(const AreaRequest& request);

/// Tables of the modules and of the cells.
std::string to_text(const AreaResult& result);

/// Keys: area_um2, sequential_area_um2, cells, modules, tools, library.
nlohmann::json to_json(const AreaResult& result);

}  // namespace cimforge::flows
