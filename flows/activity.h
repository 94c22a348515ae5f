// What every net of a mapped macro does: the netlist is simulated with one of its columns, on
// random or given operands, and held to the golden model.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
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

}  // namespace cimforge::flows
