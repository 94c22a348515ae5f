// One transfer after the other through the ports of a model that may be broken: nothing is taken
// for granted, and nothing waits for longer than a limit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "generator/spec/spec.h"
#include "tb/codes.h"
#include "tb/dut.hpp"

namespace cimforge::flows {

class PortRunner {
 public:
  /// `interrupt` is called often and may throw.
  PortRunner(const spec::MacroSpec& spec, std::unique_ptr<tb::Dut> dut,
             std::function<void()> interrupt = {});

  /// Of two cycles; all streams rest after it.
  void reset();
  /// A clock cycle.
  void cycle();
  /// Sends a row of weights, as the port has it; false where it is not taken within the limit.
  bool write(int bank, int row, const tb::PortValue& weights);
  /// Sends a vector of values; false where it is not taken.
  bool send(int bank, std::span<const std::int32_t> input);
  /// Takes the next result, one value a column; empty where none comes. `flagged` gets whether
  /// out_error_o marked a column of it.
  std::vector<std::int64_t> take(bool* flagged = nullptr);

  /// What a self-test of the macro says.
  struct SelfTest {
    bool is_done = false;
    bool has_failed = false;
    std::uint32_t signature = 0;
    std::uint64_t cycles = 0;  ///< from the start to the end, or to the first error
  };
  /// Runs one; ends at the first error of a march test if `stops` is true, and after `limit`
  /// cycles.
  SelfTest self_test(bool compute, bool stops, std::uint64_t limit);

  [[nodiscard]] cim_dut_pins& pins() { return pins_; }
  [[nodiscard]] const tb::Ports& ports() const { return ports_; }
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

 private:
  tb::Ports ports_;
  std::unique_ptr<tb::Dut> dut_;
  cim_dut_pins& pins_;
  std::function<void()> interrupt_;
  tb::PortValue vector_;
  tb::PortValue result_;
  std::uint64_t cycles_ = 0;
};

}  // namespace cimforge::flows
