// A digital macro in Icarus Verilog under streams of weights and vectors that move at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::test {

/// What is played into a macro: `rounds` times, all its banks are written, then vectors multiplied.
struct Traffic {
  std::uint64_t seed = 1;
  std::size_t rounds = 2;
  std::size_t vectors = 10;  ///< of a round
  /// [round][bank][stored row][column]
  std::vector<std::int32_t> weights;
  std::vector<std::int32_t> indices;  ///< likewise, of structured weights; else empty
  // Of a floating macro, whose weights are codes whatever the port takes.
  std::vector<std::int32_t> weight_scales;  ///< likewise; or empty
  std::vector<std::uint8_t> integer_rows;   ///< [round][bank][row]; or empty
  /// [round][vector]
  std::vector<int> banks;
  std::vector<spec::Mode> modes;
  /// [round][vector][row]
  std::vector<std::int32_t> inputs;
  std::vector<std::int32_t> input_scales;  ///< [round][vector][block]; or empty
};

/// Random codes with many at the ends of their range, in random banks.
Traffic make_traffic(const spec::MacroSpec& spec, std::size_t rounds, std::size_t vectors,
                     std::uint64_t seed);

/// The thresholds that a bank of a macro whose results are signs has all the time.
std::vector<std::int64_t> thresholds_of(const spec::MacroSpec& spec, int bank);

/// What Icarus makes of it.
struct IcarusRun {
  std::vector<std::int64_t> results;  ///< [round][vector][column], as far as there are any
  std::string errors;  ///< x in a result, broken rules of the handshake, messages; or empty
  double compile_seconds = 0;
  double run_seconds = 0;
};

/// Compiles the RTL in `directory` by its sim.f with streams_tb.v, in the description for synthesis
/// tools, as Verilator has the one for simulators, and runs it. Throws base::ToolError
/// where Icarus fails or takes minutes.
IcarusRun play_streams(const spec::MacroSpec& spec, const std::filesystem::path& directory,
                       const Traffic& traffic);

}  // namespace cimforge::test
