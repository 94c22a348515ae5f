// A module with its children, as one list of gates and registers. Some children stay boxes: those
// that a proof treats by itself.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proof/netlist.h"

namespace cimforge::proof {

/// A gate of up to three inputs.
struct Gate {
  std::array<Net, 3> inputs{0, 0, 0};
  std::uint8_t table = 0;  ///< bit (a + 2 b + 4 c): the output for inputs a, b, c
  Net output = 0;
};

/// A flip-flop, or a latch: `enable` is then its gate.
struct Register {
  Net q = 0;
  Net data = 0;
  Net clock = -1;   ///< -1: a latch
  Net enable = -1;  ///< -1: always
  Net reset = -1;   ///< asynchronous; -1: none
  bool rises = true;
  bool enable_high = true;
  bool reset_high = false;
  bool reset_value = false;
};

/// A child that stays whole.
struct Box {
  const Module* module = nullptr;
  std::string path;
  std::map<std::string, Nets> pins;
  std::map<std::string, std::string> parameters;  ///< its own, or those of its module

  [[nodiscard]] const Nets& pin(const std::string& name) const;  ///< empty where there is none
};

struct Flat {
  const Module* module = nullptr;
  int nets = 2;
  std::vector<Gate> gates;
  std::vector<Register> registers;
  std::vector<Box> boxes;
  std::map<std::string, Nets> wires;  ///< by name, children under `instance.`

  [[nodiscard]] const Nets& port(const std::string& name) const;  ///< empty where there is none
  /// A name for each net that has one: `digit_i[3]`, `u_block0.sum4_o[0]`.
  [[nodiscard]] std::vector<std::string> names() const;
};

/// Flattens `module`; a child of which `stays` is true becomes a box. Throws Refuted for a cell
/// that no synthesised macro has (a memory).
Flat flatten(const Design& design, const Module& module,
             const std::function<bool(const Module&)>& stays);

/// The leaf cell of clock gates (rtl/cim_clock_gate.v).
constexpr std::string_view clock_gate_module = "cim_clock_gate";

/// Gives flip-flops behind clock gates the clock in front of these, with the enables of the gates:
/// what prove_clock_gate() proves them to be. The gates are boxes of `flat`, and may stand behind
/// each other.
void fold_clock_gates(Flat& flat);

}  // namespace cimforge::proof
