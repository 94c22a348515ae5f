// A mapped netlist as a flat circuit of truth tables, flip-flops and latches: what is simulated
// with 64 faults at once (flows/circuit_simulator.h) and what untestable faults are proved on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flows/liberty.h"
#include "flows/netlist.h"

namespace cimforge::flows {

/// A net of a circuit; none where a flip-flop has no such input.
using FlatNet = std::uint32_t;
inline constexpr FlatNet flat_zero = 0;  ///< constants are nets
inline constexpr FlatNet flat_one = 1;
inline constexpr FlatNet no_flat_net = 0xffffffff;

/// A truth table of up to six nets, or a latch: `output` follows `data` while `enable` is 1.
/// Whatever a cell makes of its pins is an element of its own, so that a fault of a pin is one of
/// an input of elements.
struct CircuitElement {
  bool is_latch = false;
  std::uint64_t table = 0;      ///< of a gate
  std::uint32_t function = 0;   ///< index into Circuit::functions, for the simulator
  std::vector<FlatNet> inputs;  ///< of a latch: enable, data, clear, preset
  FlatNet output = flat_zero;
};

/// `output` takes `data` with the rising edge of `clock`. Nets of elements of its own.
struct CircuitFlop {
  FlatNet clock = flat_zero;
  FlatNet data = flat_zero;
  FlatNet clear = flat_zero;
  FlatNet preset = flat_zero;
  bool preset_wins = false;
  FlatNet output = flat_zero;
};

/// A pin of a cell of the library.
struct CircuitPin {
  std::string name;
  bool is_output = false;
  FlatNet net = flat_zero;
  /// Of an input: the inputs of elements that are this pin.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> uses;
};

enum class CircuitCellKind { gate, flop, latch };

struct CircuitCell {
  std::string path;  ///< instance names from the top, `u_slice0/u_block1/_012_`
  std::string type;
  std::string module;  ///< that holds it
  CircuitCellKind kind = CircuitCellKind::gate;
  std::vector<CircuitPin> pins;
};

struct CircuitPort {
  std::string name;
  bool is_input = true;
  std::vector<FlatNet> nets;  ///< the low bit first
};

/// What a gate computes, as steps on machine words: operand i < 6 is input i, 6 + j step j.
struct CircuitFunction {
  enum class Code : std::uint8_t { zero, one, copy, invert, both, either, differ, select };
  struct Step {
    Code code = Code::copy;
    std::uint8_t a = 0, b = 0, c = 0;  ///< select: a ? b : c
  };
  std::uint64_t table = 0;
  std::size_t inputs = 0;
  std::vector<Step> steps;  ///< the last one is the result
};

/// An instance of a black box: nobody in the circuit drives its outputs.
struct CircuitBox {
  std::string path;  ///< as that of a cell
  std::string type;
  std::vector<CircuitPort> ports;
};

struct Circuit {
  std::size_t nets = 2;
  std::vector<CircuitElement> elements;  ///< each behind those that drive it, but for loops
  std::vector<CircuitFlop> flops;
  std::vector<CircuitCell> cells;
  std::vector<CircuitPort> ports;
  std::vector<CircuitFunction> functions;
  /// Instances of modules in the top, by name, with their ports; those left out too.
  std::map<std::string, std::vector<CircuitPort>> parts;
  /// The nets of each module, by its path in printed netlists (`i12/i3`, the top is empty); none
  /// where nothing reads or drives one.
  std::map<std::string, std::vector<FlatNet>> modules;
  std::vector<CircuitBox> boxes;

  /// Null where there is none.
  [[nodiscard]] const CircuitPort* port(std::string_view name) const;
};

/// Flattens the module `top` of a netlist. `without` has the paths of module instances that are left
/// out, with the nets that they drive at 0; `boxes` names cells that are black boxes, whose outputs
/// somebody sets. Throws base::InputError for a cell that has no function, a state table or more
/// than six inputs.
Circuit flatten(const Netlist& netlist, const std::string& top,
                const std::vector<LibertyLibrary>& libraries,
                const std::vector<std::string>& without = {},
                const std::set<std::string>& boxes = {});

}  // namespace cimforge::flows
