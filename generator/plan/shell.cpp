#include "generator/plan/shell.h"

#include <algorithm>
#include <bit>

#include "generator/spec/precision.h"
#include "generator/spec/self_test.h"
#include "generator/spec/structure.h"
#include "sim/self_test.h"

namespace cimforge::plan {
namespace {

/// A row that is written, or a vector.
struct Transfer {
  bool is_vector = false;
  int bank = 0;
};

/// The cycles of transfers that are offered as early as can be, one after the other, to a macro at
/// rest: what cim_weight_port and cim_sequencer do with them.
class Streams {
 public:
  Streams(int steps, int latency) : steps_(steps), latency_(latency) {}

  void send(const Transfer& transfer) {
    ++cycle_;  // one transfer a cycle at most
    if (transfer.is_vector) {
      cycle_ = std::max(cycle_, free_);
      // A row of its bank that waits in the buffer, or is taken on the same edge, is written first.
      const bool held = pending_ && write_cycle() > cycle_ && row_bank_ == transfer.bank;
      begin_ = cycle_ + 1 + (held ? 1 : 0);
      free_ = begin_ + steps_ - 1;
      bank_ = transfer.bank;
      last_result_ = begin_ + latency_ - 1;
      if (held) written_ = cycle_ + 1;
    } else {
      if (pending_) cycle_ = std::max(cycle_, write_cycle());
      pending_ = true;
      row_bank_ = transfer.bank;
      row_cycle_ = cycle_;
      written_ = 0;
    }
  }

  [[nodiscard]] std::int64_t last_result() const { return last_result_; }
  [[nodiscard]] std::int64_t last_transfer() const { return cycle_; }

 private:
  /// The cycle in which the row of the buffer is written: the first one in which no vector reads
  /// its bank, or that in which one is held.
  [[nodiscard]] std::int64_t write_cycle() const {
    if (written_ > 0) return written_;
    const std::int64_t next = row_cycle_ + 1;
    const bool reads = bank_ == row_bank_ && begin_ <= free_ && next <= free_;
    return reads ? free_ + 1 : next;
  }

  int steps_;
  int latency_;
  std::int64_t cycle_ = -1;     ///< of the last transfer
  std::int64_t begin_ = 0;      ///< cycles in which the last vector reads the array
  std::int64_t free_ = -1;      ///< the last of them, in which the next vector is taken
  int bank_ = -1;               ///< that it reads
  bool pending_ = false;        ///< there was a row
  std::int64_t row_cycle_ = 0;  ///< in which it was taken
  std::int64_t written_ = 0;    ///< in which it was written while a vector was held; 0: not so
  int row_bank_ = -1;
  std::int64_t last_result_ = 0;  ///< the cycle that sees it
};

/// From the edge that starts a test to the first transfer, and from what ends it to bist_done_o.
constexpr std::int64_t before_first = 2;
constexpr std::int64_t after_last = 3;

/// Cycles of a march test on so many rows, with so many backgrounds.
std::int64_t simulated_march(const spec::MacroSpec& spec, int steps, int latency, int rows,
                             int backgrounds) {
  const spec::March march = spec::march_of(spec);
  Streams streams(steps, latency);
  for (int background = 0; background < backgrounds; ++background) {
    for (const spec::MarchElement& element : march) {
      const int addresses = spec.banks * rows;
      for (int i = 0; i < addresses; ++i) {
        const int address = element.order == spec::MarchOrder::down ? addresses - 1 - i : i;
        for (const spec::MarchOperation& each : element.operations) {
          streams.send({each.is_read, address / rows});
        }
      }
    }
  }
  return before_first + std::max(streams.last_result(), streams.last_transfer()) + after_last;
}

/// A function that grows by the same amount from `from` on, at `at`.
template <typename Function>
std::int64_t extended(const Function& function, int from, int at) {
  if (at <= from + 1) return function(at);
  const std::int64_t first = function(from);
  return first + (function(from + 1) - first) * (at - from);
}

std::int64_t march_cycles(const spec::MacroSpec& spec, int steps, int latency) {
  constexpr int regular = 4;  // the ends of rows and of backgrounds are far apart
  return extended(
      [&](int backgrounds) {
        return extended(
            [&](int rows) { return simulated_march(spec, steps, latency, rows, backgrounds); },
            regular, spec::stored_rows(spec));
      },
      2, spec.self_test.backgrounds);
}

std::int64_t compute_cycles(const spec::MacroSpec& spec, int steps, int latency) {
  Streams streams(steps, latency);
  for (int bank = 0; bank < spec.banks; ++bank) {
    for (int row = 0; row < spec::stored_rows(spec); ++row) streams.send({false, bank});
  }
  for (int i = 0; i < spec.self_test.compute_vectors; ++i) streams.send({true, i % spec.banks});
  // The second pass begins in the cycle after the last result of the first, and is as long.
  return before_first + 2 * streams.last_result() + 1 + after_last;
}

}  // namespace

ShellPlan plan_shell(const spec::MacroSpec& spec, int steps, int latency) {
  ShellPlan plan;
  if (spec.self_test.has_march()) {
    for (const spec::MarchElement& element : spec::march_of(spec)) {
      for (const spec::MarchOperation& each : element.operations) {
        const std::uint64_t bit = std::uint64_t{1} << plan.operations++;
        if (each.is_read) plan.reads |= bit;
        if (each.bit) plan.values |= bit;
        if (&each == &element.operations.back()) plan.lasts |= bit;
        if (element.order == spec::MarchOrder::down) plan.downs |= bit;
      }
    }
  }
  plan.vectors = spec.self_test.compute_vectors;
  if (plan.vectors > 0) {
    plan.seed = sim::self_test_seed;
    plan.signature = sim::compute_self_test(spec, false).signature;
  }
  // A vector with one bit that is 1 in one row has one digit that is not zero, and the shortest
  // vectors of run-time precision have one bit.
  const bool skips = spec.sparsity.zero_planes == spec::ZeroPlanes::skip;
  const bool short_reads = skips || spec::has_precision(spec);
  if (plan.operations > 0) {
    plan.march_cycles = short_reads ? march_cycles(spec, 1, latency - steps + 1)
                                    : march_cycles(spec, steps, latency);
  }
  if (plan.vectors > 0 && !skips) plan.compute_cycles = compute_cycles(spec, steps, latency);
  plan.row_bits = spec::row_address_bits(spec);
  plan.bit_bits = std::max(
      1, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(spec::row_bits(spec) - 1))));
  plan.repair_row_bits = spec::repair_row_bits(spec);
  plan.repair_column_bits = spec::repair_column_bits(spec);
  plan.repair_bits = spec::repair_data_bits(spec);
  return plan;
}

}  // namespace cimforge::plan
