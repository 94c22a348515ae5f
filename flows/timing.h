// Timing of a mapped netlist by OpenSTA: every register, every column, under the emitted
// constraints. Before placement: wires have no resistance and no capacitance, and the clock arrives
// everywhere at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "flows/liberty.h"
#include "flows/netlist.h"
#include "flows/timing_stages.h"

namespace cimforge::flows {

/// More loads than this get a tree of buffers (docs/ppa.md has the choice).
inline constexpr int most_loads_of_a_net = 8;

/// A module of the hierarchy whose cells are asked for their power: `path` is that of printed
/// instances, `i3/i12`; empty for the top.
struct PowerProbe {
  std::string path;
  std::string module;
};

/// What a cell takes, in watts.
struct CellPower {
  double internal = 0.0;
  double switching = 0.0;
  double leakage = 0.0;
};

/// The power of one cell with every net still but the clock, and with every net changing once in
/// each clock cycle. OpenSTA's power is linear between and beyond the two.
struct CellPowerLine {
  CellPower still;
  CellPower changing;
  /// A flip-flop or latch behind a clock gate: its figures are those of an open gate.
  bool is_gated = false;
};

struct TimingRequest {
  std::vector<std::filesystem::path> liberty;
  std::filesystem::path constraints;  ///< the SDC file of the macro
  std::string clock_port;
  double clock_period_ns = 0.0;
  std::vector<PowerProbe> probes;
  RegisterClass register_class;  ///< not set: no stages are asked for
  std::chrono::minutes time_limit{30};
};

/// The worst path of a class.
struct TimingPath {
  std::string kind;       ///< `register to register`, `input to register`, ...
  std::string launching;  ///< the net that the launching register drives, or the port
  std::string capturing;
  int cells = 0;              ///< between them
  double available_ns = 0.0;  ///< from the launching edge to the capturing one
  double delay_ns = 0.0;      ///< what it takes, set-up times and external delays included
  double slack_ns = 0.0;
  double period_ns = 0.0;  ///< the clock period at which its slack is 0
};

/// The worst path from flip-flops of one class to those of another.
struct TimingStage {
  std::string from;
  std::string to;
  TimingPath path;
};

/// Buffers that were put on nets with many loads.
struct FanoutReport {
  std::string cell;  ///< empty where the library has no buffer
  std::int64_t count = 0;
  double area_um2 = 0.0;
};

struct TimingResult {
  double clock_period_ns = 0.0;
  double critical_path_ns = 0.0;  ///< the largest period_ns of all classes
  double fmax_mhz = 0.0;          ///< by the paths that begin and end in registers
  double setup_slack_ns = 0.0;
  double hold_slack_ns = 0.0;
  std::vector<TimingPath> setup_paths;  ///< one of each class, the worst first
  TimingPath hold_path;
  std::vector<TimingStage> stages;  ///< by TimingRequest::register_class, the worst first
  FanoutReport buffers;
  std::string sta_version;
  double seconds = 0.0;
  std::int64_t peak_memory_kib = 0;
  /// One list for each probe, one entry for each instance of its module in the netlist; those that
  /// are modules have zeros.
  std::vector<std::vector<CellPowerLine>> power;
};

/// The smallest buffer of the first library that is, with `most_loads_of_a_net` of its own kind
/// behind it, at most a quarter slower than the fastest; nothing where it has none.
std::optional<BufferCell> choose_buffer(const std::vector<LibertyLibrary>& libraries,
                                        const std::vector<std::filesystem::path>& liberty);

/// Runs OpenSTA. Throws base::CommandError with ExitStatus::check_failed for a combinational loop,
/// an endpoint without a constraint and a design without register paths; base::ToolError where
/// OpenSTA fails.
TimingResult measure_timing(const Netlist& netlist, const TimingRequest& request);

}  // namespace cimforge::flows
