// LogicDriver: the three streams of a logic macro, the golden model behind them, and the rules that
// every cycle is held to.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "generator/spec/spec.h"
#include "sim/logic.h"
#include "tb/driver.h"
#include "tb/dut.hpp"
#include "tb/random.h"

namespace cimforge::tb {

/// A row for the array.
struct LogicWrite {
  std::uint32_t row = 0;
  sim::LogicRow bits;
};

/// How the streams behave: after a transfer a stream pauses once in `one_in` times.
struct LogicTraffic {
  Pauses commands;
  Pauses rows;
  Pauses out;
  /// Nothing pauses and there are no rows: asserts the cycles of every operation and the latency of
  /// every result.
  bool is_full_rate = false;
  std::uint64_t stop_after = 0;  ///< cycles after which the run is left; 0: at its end
};

/// Situations, by name, and how often they were met.
using LogicBins = std::map<std::string, std::uint64_t>;
/// Every bin that the macro can reach, none of them met.
LogicBins logic_bins(const spec::MacroSpec& spec);

class LogicDriver {
 public:
  /// `poll` is called every few cycles, and may throw.
  LogicDriver(Dut& dut, const spec::MacroSpec& spec, Random& random,
              std::function<void(std::uint64_t compared)> poll);

  void power_up();
  /// Resets the macro in the middle of whatever it does. Rows, tags and what is pending are then
  /// unknown: the caller writes them anew.
  void reset();
  /// Sends all commands and rows, each stream at its own pace. Throws Hang, ModelError.
  void run(const LogicTraffic& traffic, std::span<const sim::LogicCommand> commands,
           std::span<const LogicWrite> rows);
  /// Takes all results that are pending.
  void drain();

  [[nodiscard]] const sim::GoldenLogic& golden() const { return golden_; }
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }
  [[nodiscard]] std::uint64_t compared() const { return compared_; }
  [[nodiscard]] std::uint64_t mismatches() const { return mismatches_; }
  [[nodiscard]] std::uint64_t commands() const { return accepted_; }
  [[nodiscard]] const Findings& findings() const { return findings_; }
  [[nodiscard]] const LogicBins& bins() const { return bins_; }

 private:
  struct Expected {
    sim::LogicCommand command;
    sim::LogicRow result;
    std::uint64_t due = 0;  ///< cycle in which it is seen first, at full rate; 0: some time
  };

  void eval();
  void cycle();
  void check_inert();
  void present(const sim::LogicCommand& command);
  void present(const LogicWrite& write);
  void take_result();
  void observe(const sim::LogicCommand& command);
  int pause(const Pauses& pauses);
  void find(const std::string& code, const std::string& message);

  Dut& dut_;
  cim_dut_pins& pins_;
  spec::MacroSpec spec_;
  Random& random_;
  std::function<void(std::uint64_t)> poll_;
  sim::GoldenLogic golden_;
  Findings findings_;
  LogicBins bins_;

  LogicTraffic traffic_;
  std::span<const sim::LogicCommand> commands_;
  std::span<const LogicWrite> rows_;
  std::size_t next_command_ = 0, next_row_ = 0;
  int command_pause_ = 0, row_pause_ = 0, out_pause_ = 0;

  std::deque<Expected> expected_;
  std::vector<std::uint8_t> held_;  ///< result that waited in the cycle before
  bool is_held_ = false;
  std::uint64_t cycles_ = 0, compared_ = 0, mismatches_ = 0, accepted_ = 0;
  std::uint64_t free_at_ = 0;  ///< cycle in which the next command must be taken, at full rate
  std::uint64_t busy_until_ = 0;
  std::uint64_t waited_ = 0;     ///< cycles in which no stream moved although one could
  bool is_row_waiting_ = false;  ///< a row was not taken in the cycle before
};

}  // namespace cimforge::tb
