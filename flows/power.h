// Power of a mapped macro: the activity of every net (activity.h) times the energy of every cell
// from OpenSTA. No clock tree, no wires and no glitches: docs/ppa.md has what
// that neglects.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "flows/activity.h"

namespace cimforge::flows {

struct ModulePower {
  std::string name;
  std::int64_t instances = 0;
  double power_mw = 0.0;  ///< own cells of all instances
};

struct PowerResult {
  double frequency_mhz = 0.0;
  double power_mw = 0.0;
  double registers_mw = 0.0;          ///< of that, what the clock takes in flip-flops and latches
  std::optional<double> internal_mw;  ///< nothing where the library does not say
  double switching_mw = 0.0;
  std::optional<double> leakage_mw;
  std::optional<double> memory_mw;  ///< of a near-memory macro: readings, by the user's figure
  std::string left_out;             ///< what nobody knows the power of; empty: nothing
  std::vector<ModulePower> modules;
  double mean_activity = 0.0;  ///< toggles of a net in a cycle
  std::int64_t cycles = 0;     ///< that were watched
  std::int64_t vectors = 0;
  std::uint64_t seed = 0;
  bool is_given = false;  ///< the vectors or the weights are the user's
};

/// Adds up, for all representatives: `timing.power` has a list for each. Of `boxes`, cells that are
/// black boxes, only what their outputs drive is counted.
PowerResult add_up_power(const Netlist& netlist, const std::vector<LibertyLibrary>& libraries,
                         const std::vector<Representative>& parts, const TimingResult& timing,
                         const Activity& activity, double frequency_mhz,
                         const std::set<std::string>& boxes = {});

}  // namespace cimforge::flows
