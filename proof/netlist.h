// The netlist that Yosys writes (`write_json`), after `techmap`: modules of gates, registers and
// instances, bit by bit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cimforge::proof {

/// A net of its module. Nets 0 and 1 are the constants; an unknown value (x) is a net of its own
/// that nothing drives.
using Net = int;
using Nets = std::vector<Net>;

struct Port {
  std::string name;
  bool output = false;
  Nets bits;
};

/// A gate, a register or an instance.
struct Cell {
  std::string name;
  std::string type;  ///< `$_AND_`, or the key of a module
  std::map<std::string, Nets> pins;
  std::map<std::string, std::string>
      parameters;  ///< of a black box: bits, the most significant first
};

struct Module {
  std::string key;                                ///< in the netlist, with the parameters
  std::string name;                               ///< in the Verilog
  std::map<std::string, std::string> parameters;  ///< bits, the most significant first
  std::vector<Port> ports;
  std::vector<Cell> cells;
  std::map<std::string, Nets> wires;  ///< what has a name in the Verilog
  int nets = 2;                       ///< numbers below this are in use
  bool black_box = false;             ///< only its ports are known, and not how wide they are

  /// The port; nullptr where there is none.
  [[nodiscard]] const Port* port(std::string_view port_name) const;
  /// The value of an integer parameter; 0 where there is none.
  [[nodiscard]] std::int64_t parameter(const std::string& parameter_name) const;
};

/// The value of the bits of a parameter.
std::int64_t value_of(std::string_view bits);

struct Design {
  std::map<std::string, Module> modules;  ///< by key
  std::string top;                        ///< its key
};

/// Reads a netlist. Throws base::ToolError where it is not one.
Design read_design(std::string_view json, const std::string& top);

}  // namespace cimforge::proof
