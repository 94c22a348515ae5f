// Testbenches in Icarus Verilog, which shares nothing with Verilator: compiled with the RTL of a
// macro and run; port values as its $readmemh and $display have them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tb/codes.h"

namespace cimforge::test {

/// As $readmemh reads it.
std::string to_hex(const tb::PortValue& value);

/// As $display writes it; false where a digit is x or z.
bool from_hex(std::string_view text, tb::PortValue& value);

/// A testbench for one macro.
struct IcarusBench {
  std::filesystem::path testbench;
  std::string top;
  std::vector<std::pair<std::string, std::string>> defines;
  std::vector<std::string> options;  ///< of the compiler, beside -Wall
};

struct IcarusOutput {
  std::vector<std::string> said;     ///< lines of the compiler
  std::vector<std::string> printed;  ///< lines of the simulation
  double compile_seconds = 0;
  double run_seconds = 0;
};

/// Compiles the RTL in `directory` by its sim.f with a testbench, and runs it in `work`, where the
/// testbench finds its files. Throws base::ToolError where Icarus fails or takes minutes.
IcarusOutput run_icarus(const IcarusBench& bench, const std::filesystem::path& directory,
                        const std::filesystem::path& work);

}  // namespace cimforge::test
