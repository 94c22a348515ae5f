// Cell models: the functions of a Liberty file as Verilog modules, so that a mapped netlist runs in
// Verilator and Icarus. They have no delays.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "flows/liberty.h"
#include "flows/netlist.h"
#include "flows/verilated_model.h"

namespace cimforge::flows {

/// A Boolean expression of Liberty in Verilog, with every operator in parentheses: `(A B)'+C` ->
/// `(~(A & B) | C)`. Throws base::InputError with `place` before it.
std::string verilog_expression(std::string_view liberty, const std::string& place);

/// The module of one cell. Throws base::InputError where the Liberty file says too little: no
/// function of an output, a state table.
std::string cell_model(const LibertyCell& cell, const std::string& file);

/// The modules of those cells. Throws base::InputError for one that no library has.
std::string cell_models(const std::vector<LibertyLibrary>& libraries,
                        const std::set<std::string>& cells);

/// The cells that a netlist instantiates, without its own modules.
std::set<std::string> cells_of(const Netlist& netlist);

/// Reads Liberty files.
std::vector<LibertyLibrary> read_libraries(const std::vector<std::filesystem::path>& liberty);

/// Which pins of the libraries' cells are outputs; the libraries must outlive it.
IsOutput outputs_of(const std::vector<LibertyLibrary>& libraries);

/// Which pins of the libraries' cells take a clock: of flip-flops and clock gates.
TakesClock clock_pins_of(const std::vector<LibertyLibrary>& libraries);

/// Writes a mapped netlist, the models of its cells and a `sim.f` into a directory: RTL for
/// VerilatedModel and for Icarus. `black_boxes` are files with models of what is not mapped, each
/// named by its module.
RtlSource gate_level_rtl(const Netlist& netlist, const std::vector<LibertyLibrary>& libraries,
                         const std::filesystem::path& directory,
                         const std::vector<std::filesystem::path>& black_boxes = {});

}  // namespace cimforge::flows
