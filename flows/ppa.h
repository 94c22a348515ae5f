// PPA: area, timing and power of one macro, from its Verilog to numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "flows/power.h"
#include "flows/timing.h"
#include "flows/verilated_model.h"
#include "flows/yosys_area.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

/// The Verilog files that `synth.f` of an emitted directory names. Throws base::InputError.
std::vector<std::filesystem::path> synthesis_files(const std::filesystem::path& directory);

struct PpaRequest {
  spec::MacroSpec spec;
  std::vector<std::filesystem::path> verilog;
  std::filesystem::path constraints;  ///< the SDC file
  /// The library to map to; further ones describe black boxes.
  std::vector<std::filesystem::path> liberty;
  bool with_timing = true;
  bool with_power = true;  ///< needs the timing
  std::set<std::string> left_out;  ///< black boxes that no area counts
  Stimulus stimulus;
  std::function<void()> interrupt;
};

/// What the macro does and what it costs, all at one clock frequency.
struct Efficiency {
  double frequency_mhz = 0.0;
  bool meets_constraints = true;  ///< the frequency is the specification's; else it is fmax
  std::int64_t cycles_per_mvm = 0;
  /// Where it depends on the data: of the stimulus that power was measured with.
  std::optional<double> mean_cycles_per_mvm;
  double tops = 0.0;  ///< two operations a multiply-accumulate
  std::optional<double> tops_per_mm2;  ///< of a whole area alone
  std::optional<double> energy_per_mvm_pj;
  std::optional<double> tops_per_watt;
};

struct PpaResult {
  std::string name;
  std::string specification_sha256;
  std::string operands;  ///< `int4 x int4`: input x weight, of the mode that is measured
  int rows = 0;
  int columns = 0;
  AreaResult area;
  std::optional<TimingResult> timing;
  std::optional<PowerResult> power;
  std::optional<Efficiency> efficiency;
  std::optional<double> tree_area_um2;   ///< of the adder trees
  std::optional<double> tree_bound_um2;  ///< the least that any tree of full adders takes
};

/// Maps, times and simulates. Throws what measure_area, measure_timing and measure_activity throw.
PpaResult measure_ppa(const PpaRequest& request);

/// The Liberty files that a user named, or the default library.
std::vector<std::filesystem::path> liberty_files(const std::vector<std::string>& named);

/// The Liberty files of the black boxes of a macro in its emitted RTL: of an array, a memory,
/// columns of bitcells.
std::vector<std::filesystem::path> box_liberty(const spec::MacroSpec& spec,
                                               const std::filesystem::path& rtl);

/// The names of all cells of Liberty files.
std::set<std::string> cells_of_libraries(const std::vector<std::filesystem::path>& liberty);

/// A black box that its Liberty file gives no area, or 0, which is unknown; empty where there is
/// none. A LEF file does not tell it: that of an unknown area has the size of its pins.
std::string box_without_area(const std::vector<std::filesystem::path>& box_liberty);

/// Those, and for a macro with an array the one that its emitted RTL has for the black box.
std::vector<std::filesystem::path> macro_liberty(const spec::MacroSpec& spec,
                                                 const std::filesystem::path& rtl,
                                                 const std::vector<std::string>& named);

/// Maps the emitted RTL in a directory to cells, for the goal of its adder trees; the netlist is
/// kept, and its mapping proved.
AreaResult mapped_area(const spec::MacroSpec& spec, const std::filesystem::path& rtl,
                       const std::vector<std::string>& liberty);

/// Maps the emitted RTL in a directory to cells and writes netlist and cell models to `output`, to
/// be simulated in place of the RTL.
RtlSource mapped_rtl(const spec::MacroSpec& spec, const std::filesystem::path& rtl,
                     const std::vector<std::string>& liberty, const std::filesystem::path& output);

/// What the macro does in a mode for its area and power; nothing without the timing.
std::optional<Efficiency> efficiency_of(const spec::MacroSpec& spec, const spec::Mode& mode,
                                        const PpaResult& result);

}  // namespace cimforge::flows
