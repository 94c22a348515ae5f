// A mapped netlist behind the pins of a macro, so that what drives a Verilated model drives it too,
// with a count of what its nets do. Nothing is compiled: it is ready at once and small, where a
// model of a large netlist takes minutes and gigabytes to build.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "flows/circuit.h"
#include "flows/circuit_boxes.h"
#include "flows/circuit_simulator.h"
#include "tb/dut.hpp"

namespace cimforge::flows {

/// Changes of each net from one edge of the clock to the next, while in_valid_i is high.
struct ToggleCount {
  std::vector<std::uint64_t> toggles;  ///< of each flat net
  std::int64_t cycles = 0;             ///< rising edges that were seen meanwhile
};

class CircuitDut final : public tb::Dut {
 public:
  /// Registers and latches start with random values. `circuit`, `boxes` and `count` must outlive
  /// it.
  CircuitDut(const Circuit& circuit, const std::vector<std::unique_ptr<BoxModel>>& boxes,
             ToggleCount& count, std::uint64_t seed = 1);

  cim_dut_pins& pins() override { return pins_; }
  /// Throws tb::ModelError where nets do not come to rest.
  void eval() override;

 private:
  struct Bus {
    const CircuitPort* port;
    std::vector<std::uint8_t> bytes;
  };
  std::uint8_t* bus(const char* name, std::uint32_t* bytes = nullptr);
  void drive();
  void settle();
  void count();
  void read();

  const Circuit& circuit_;
  const std::vector<std::unique_ptr<BoxModel>>& boxes_;
  ToggleCount& count_;
  CircuitSimulator simulator_;
  cim_dut_pins pins_{};
  std::vector<std::unique_ptr<Bus>> inputs_, outputs_;
  const CircuitPort* clock_ = nullptr;
  std::uint8_t last_clock_ = 0;
  std::vector<std::uint8_t> last_;  ///< of each net, when toggles were last looked for
};

}  // namespace cimforge::flows
