// Power of a mapped macro: the activity of every net from a simulation of the netlist, the energy
// of every cell from OpenSTA. No clock tree, no wires and no glitches: docs/ppa.md has what
// that neglects.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "flows/liberty.h"
#include "flows/netlist.h"
#include "flows/timing.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

/// A probe and how many instances like it the macro has: all columns are alike, so the first stands
/// for them.
struct Representative {
  PowerProbe probe;
  std::int64_t instances = 1;
};

/// The top and everything below it, of the columns in each module the first.
std::vector<Representative> representatives(const Netlist& netlist);

/// What the macro computes while it is watched.
struct Stimulus {
  std::uint64_t seed = 1;
  int weight_sets = 4;  ///< columns of weights that the watched column gets, one after the other
  int vectors = 200;    ///< in each set
  /// rows x columns and vectors x rows, row-major, in place of random ones where not empty.
  std::vector<std::int32_t> given_weights{};
  std::vector<std::int32_t> given_vectors{};
  /// Of all vectors; the macro's own where there is none. Given weights are those of the mode: a
  /// weight of fused columns is one number.
  std::optional<spec::Mode> mode{};
};

/// Toggles of each net for each clock cycle, by the path of its probe; both edges count.
struct Activity {
  std::map<std::string, std::vector<double>> toggles;
  std::int64_t cycles = 0;
  std::int64_t vectors = 0;
  std::int64_t memory_reads = 0;  ///< of a near-memory macro
};

/// Runs the netlist with one column, back to back, and compares its results with the golden model.
/// Throws base::CommandError with ExitStatus::check_failed where they differ, and where the netlist
/// hangs or oscillates.
Activity measure_activity(const spec::MacroSpec& spec, const Netlist& netlist,
                          const std::vector<LibertyLibrary>& libraries, const Stimulus& stimulus,
                          const std::function<void()>& interrupt);

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
