// Driver: the clock, the three streams and the rules that every cycle is held to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "generator/spec/spec.h"
#include "tb/codes.h"
#include "tb/coverage.h"
#include "tb/dut.hpp"
#include "tb/random.h"
#include "tb/scoreboard.h"

namespace cimforge::tb {

/// A rule of the contract that was broken, other than a wrong result.
struct Finding {
  std::string code;         ///< stable: `out-data-changed`, `hang`
  std::string message;      ///< of the first time
  std::uint64_t count = 0;  ///< how often
  std::uint64_t cycle = 0;  ///< of the first time
  bool operator==(const Finding&) const = default;
};

/// Findings by code, in the order in which they were first met.
class Findings {
 public:
  void add(std::string_view code, std::uint64_t cycle, const std::string& message,
           std::uint64_t count = 1);
  /// Adds those of a later part of the run, which began `cycles` after the beginning.
  void append(const Findings& later, std::uint64_t cycles);
  [[nodiscard]] const std::vector<Finding>& all() const { return all_; }

 private:
  std::vector<Finding> all_;
};

/// A transfer waited for longer than any macro needs; what() says for what.
class Hang : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Gaps or stalls in a stream: after a transfer (out: in any cycle) once in `one_in` times, of
/// `shortest` to `longest` cycles. Never, where `one_in` is 0.
struct Pauses {
  std::uint32_t one_in = 0;
  int shortest = 1;
  int longest = 1;
};

/// How the streams behave while vectors are sent.
struct Traffic {
  enum class Output {
    pauses,       ///< ready but for random stalls
    after_valid,  ///< not ready before a result waits
    never,        ///< not ready at all
  };
  Pauses input;
  Pauses weight;
  Pauses thresholds;
  Pauses out;
  Output output = Output::pauses;
  bool one_at_a_time = false;  ///< a vector waits for the result before it; measures the latency
  bool no_bubbles =
      false;  ///< asserts the throughput: nothing may pause, no weights for banks in use
  bool no_weight_waits = false;  ///< asserts that every row of weights is taken in its first cycle
  std::uint64_t stop_after =
      0;  ///< so many cycles from the first accepted vector on; 0: at the end
};

/// Next transfer of a stream; false at its end.
using VectorSource = std::function<bool(InputVector&)>;
using WeightSource = std::function<bool(WeightRow&)>;
using ThresholdSource = std::function<bool(Thresholds&)>;

/// What a driver reports to, and what it has to expect.
struct DriverOptions {
  /// Of the vectors that take longest; where cycles depend on the data, each has its own.
  std::optional<int> expected_latency;
  std::optional<int> expected_interval;
  std::optional<std::int64_t> expected_march_cycles;
  std::optional<std::int64_t> expected_compute_cycles;
  bool expect_concurrent_update = false;
  std::uint64_t first_vector = 0;                    ///< number of the first result
  std::function<void(std::uint64_t compared)> poll;  ///< called every few cycles; may throw
};

/// Nothing where there was no such test.
struct SelfTestCycles {
  std::optional<std::uint64_t> march;
  std::optional<std::uint64_t> compute;
};

/// Drives one Dut. Inputs change with the falling edge, and in some cycles besides, to see that
/// nothing but their values at the rising edge matters.
class Driver {
 public:
  Driver(Dut& dut, const spec::MacroSpec& spec, Random& random, DriverOptions options);

  /// Resets the macro for the first time.
  void power_up();
  /// Resets it in the middle of whatever it does; forgets what is pending, on both sides.
  void reset();

  /// Sends vectors, weights and thresholds. Ends with the vectors, or with the others where there
  /// are no vectors (an empty function), when the last transfer is accepted. Throws Hang,
  /// ModelError.
  void run(const Traffic& traffic, const VectorSource& vectors, const WeightSource& weights,
           const ThresholdSource& thresholds = {});
  /// Takes all results that are pending.
  void drain();
  /// Chooses what the spare rows and columns stand in for, until the next power_up(); weights have
  /// to be written after it.
  void choose_repair();
  /// Runs a self-test of the macro, which has to find nothing wrong and to accept nothing else;
  /// stored weights are lost. What is pending is taken on the way. `stop_after` > 0: only so many
  /// cycles of it.
  void self_test(bool compute, std::uint64_t stop_after = 0);

  /// So many cycles with nothing to do, in which no result may come.
  void idle(int cycles);

  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }
  /// Evaluations: the time steps of a trace.
  [[nodiscard]] std::uint64_t trace_time() const { return trace_time_; }
  [[nodiscard]] const Scoreboard& scoreboard() const { return scoreboard_; }
  void set_gaussian(bool gaussian) { scoreboard_.set_gaussian(gaussian); }
  [[nodiscard]] const Coverage& coverage() const { return coverage_; }
  [[nodiscard]] Findings& findings() { return findings_; }
  [[nodiscard]] bool expects_concurrent_update() const { return options_.expect_concurrent_update; }
  /// Bank of the row of weights that was offered last.
  [[nodiscard]] int last_weight_bank() const { return weights_.bank; }
  /// Cycles from the accepting edge to the first edge that sees out_valid, least and greatest
  /// found; nothing where no vector was sent alone.
  [[nodiscard]] std::optional<std::pair<int, int>> latency() const { return latency_; }
  /// Cycles between two vectors at full rate, likewise.
  [[nodiscard]] std::optional<std::pair<int, int>> interval() const { return interval_; }
  /// Cycles of the last whole march test, and of the last compute self-test, from the edge that
  /// starts it with an idle macro to the first edge that sees bist_done_o.
  [[nodiscard]] const SelfTestCycles& self_test_cycles() const { return self_test_cycles_; }
  /// A number of cycles in which every result of an idle macro has come.
  [[nodiscard]] int settle_cycles() const { return settle_cycles_; }

 private:
  /// A port of data beside the codes, where the macro has it.
  struct SidePort {
    PortValue scratch, saved;
    std::uint8_t* pins;
  };

  void eval();
  void cycle();
  void reset_cycles();
  void check_no_valid(const char* when);
  void check_held_result();
  void check_flags();
  void check_inputs_inert();
  void observe_crosses(bool write, bool accept, bool take);
  void observe_thresholds(bool load, bool accept);
  void account_throughput();
  void account_interval(int found);
  void account_latency(bool accept, bool out_valid);
  void watch(bool weight_ready, bool in_ready, bool out_valid);
  bool present_input(const VectorSource& vectors);
  bool present_weights(const WeightSource& weights);
  bool present_thresholds(const ThresholdSource& thresholds);
  void choose_out_ready();
  void scramble(std::vector<SidePort>& side);
  void scramble_input();
  void scramble_weights();
  void scramble_thresholds();
  int pause(const Pauses& pauses);
  void find(std::string_view code, const std::string& message);

  const spec::MacroSpec& spec_;
  Dut& dut_;
  cim_dut_pins& pins_;
  Ports ports_;
  Random& random_;
  DriverOptions options_;
  Scoreboard scoreboard_;
  Coverage coverage_;
  Findings findings_;

  std::uint64_t cycles_ = 0;
  std::uint64_t trace_time_ = 0;
  std::uint64_t next_inert_check_ = 0;
  std::uint64_t next_poll_ = 0;
  int settle_cycles_;
  std::uint64_t patience_;  ///< cycles after which a transfer that waits is a hang
  std::uint64_t fairness_;  ///< cycles after which the other stream is held back

  Traffic traffic_;
  InputVector vector_;     ///< on the pins while in_valid
  WeightRow weights_;      ///< likewise
  Thresholds thresholds_;  ///< likewise
  int input_pause_ = 0;
  int weight_pause_ = 0;
  int threshold_pause_ = 0;
  int out_pause_ = 0;
  std::uint64_t accepted_ = 0;  ///< vectors in this run
  std::uint64_t first_accept_ = 0;
  std::uint64_t last_accept_ = 0;
  bool any_accept_ = false;
  int last_saved_ = 0;  ///< cycles that the last accepted vector takes less than the longest

  bool held_ = false;  ///< a result waited in the cycle before
  PortValue held_result_;
  std::uint64_t output_wait_ = 0;
  std::uint64_t weight_wait_ = 0;
  std::uint64_t threshold_wait_ = 0;
  std::uint64_t input_wait_ = 0;
  std::uint64_t stalled_ = 0;  ///< cycles that the result on the pins has waited

  std::uint64_t paced_due_ = 0;  ///< cycle in which the next vector is taken at the latest
  bool awaiting_latency_ = false;
  std::optional<std::pair<int, int>> latency_;
  std::optional<std::pair<int, int>> interval_;
  SelfTestCycles self_test_cycles_;

  PortValue scratch_input_, saved_input_;
  PortValue scratch_weights_, saved_weights_;
  PortValue scratch_thresholds_, saved_thresholds_;
  PortValue saved_output_;
  std::vector<SidePort> beside_input_, beside_weights_;
};

}  // namespace cimforge::tb
