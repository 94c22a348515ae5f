// Whether scan chains can be put into a macro: the rules of clocks and resets, checked on its
// elaborated netlist (docs/scan.md).
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "flows/verilated_model.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

/// A rule that is broken: which, where in the netlist, and how.
struct ScanViolation {
  std::string rule;  ///< stable: `derived-clock`, `reset`, `latch`, `clock-gate`, `test-mode`
  std::string cell;
  std::string message;
};

struct ScanResult {
  int flip_flops = 0;   ///< bits
  int with_reset = 0;   ///< of them, those with an asynchronous reset
  int latches = 0;      ///< bits behind clock gates
  int black_boxes = 0;  ///< columns of bitcells, whose word lines come from clock gates
  int clock_gates = 0;  ///< clocks that they give
  std::vector<ScanViolation> violations;
  [[nodiscard]] bool passed() const { return violations.empty(); }
};

/// Elaborates the RTL with Yosys and checks: every flip-flop is clocked by clk_i's rising edge or
/// by a clock gate; every asynchronous reset is rst_ni itself; every latch is opened by a clock
/// gate; a clock gate is clocked by clk_i or by another gate, and the pin test_mode_i opens it.
/// Throws base::InputError for RTL that Yosys rejects, base::ToolError where it fails.
ScanResult check_scan(const RtlSource& rtl,
                      std::chrono::minutes time_limit = std::chrono::minutes(30));

nlohmann::ordered_json to_json(const ScanResult& result);
std::string to_text(const ScanResult& result);

}  // namespace cimforge::flows
