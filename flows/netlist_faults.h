// Stuck-at coverage of a macro's mapped netlist by vectors of weights and inputs: of a column (its
// products, adder tree, accumulator, output registers, storage) and of the control around it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "flows/stuck_at.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

struct NetlistFaultRequest {
  spec::MacroSpec spec;
  std::filesystem::path rtl;         ///< an emitted directory
  std::vector<std::string> liberty;  ///< as for mapped_area()
  std::uint64_t seed = 1;
  /// Of the compute self-test where the macro has one and `own_test` is true; else of a test of so
  /// many vectors with weights of their own for each weight set, which a tester applies to the
  /// ports.
  int vectors = 256;
  int weight_sets = 2;
  bool own_test = true;
  std::uint64_t samples = 0;  ///< of the faults of the control, at most; 0: all
  bool with_control = true;
  std::chrono::milliseconds proof_limit{60'000};  ///< for each run of the prover
  std::function<void(const char* part, std::size_t done, std::size_t total)> progress;
  std::function<void()> interrupt;
};

/// Faults of one kind of cell in one part, by groups of equivalent ones.
struct NetlistCoverage {
  std::string part;  ///< `column`, `control`
  /// `tree` and `register selects` (gates of a column, and of those the ones that decide whether a
  /// register takes a value), `gates` of the control, `flip-flops`, `latches`
  std::string cells;
  std::uint64_t faults = 0;  ///< pins and values, of the groups
  std::uint64_t groups = 0;  ///< simulated or proved
  std::uint64_t detected = 0;
  std::uint64_t untestable = 0;  ///< proved
  std::uint64_t undetected = 0;  ///< shown by some state and inputs
  std::uint64_t undecided = 0;   ///< neither proved nor shown
  std::uint64_t unsampled = 0;   ///< groups left out

  /// Of the groups that are not proved untestable.
  [[nodiscard]] double coverage() const;
};

struct NetlistFaultResult {
  std::vector<NetlistCoverage> parts;
  std::string test;  ///< what was applied
  std::uint64_t vectors = 0;
  std::uint64_t cycles = 0;
  std::vector<std::string> examples;  ///< faults that are not found, some of them
  /// Of the testable faults of the tree of a column.
  [[nodiscard]] double tree_coverage() const;
};

/// Maps, simulates and proves. Throws base::InputError for a macro whose columns are not alike or
/// that is not digital, and what mapped_area() throws.
NetlistFaultResult measure_netlist_faults(const NetlistFaultRequest& request);

}  // namespace cimforge::flows
