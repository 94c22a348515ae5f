#include "generator/plan/shell.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <vector>

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
  bool waits = false;  ///< it is sent in the cycle behind the last result before it
};

/// What of the core decides on cycles.
struct Core {
  int steps;    ///< of a vector
  int latency;  ///< of one such
  bool skid;    ///< the output has a second entry
};

/// The cycles of a test that sends transfers as early as can be to a macro at rest, and takes each
/// result in the first cycle that sees it, or in the one behind it: the rules of cim_weight_port,
/// cim_sequencer, cim_output_stage and of what follows the results, cycle by cycle.
std::int64_t simulated_cycles(const std::vector<Transfer>& transfers, const Core& core,
                              bool compares_first) {
  constexpr std::int64_t first_cycle = 2;  // behind the edges that start the test and run it
  constexpr std::int64_t after_last = 2;   // to the cycle that sees bist_done_o
  const auto ranks = static_cast<std::size_t>(core.latency - core.steps - 1);
  std::size_t sent = 0;
  std::size_t followed = 0;
  bool pending = false;  // a row waits in the buffer of the weight port
  int row_bank = 0;
  bool busy = false;  // a vector is in the serialiser
  bool hold = false;
  int bank = 0;
  int step = 0;
  std::vector<char> ends(ranks, 0);  // a rank holds the last partial sum of a vector
  int waiting = 0;                   // results at the output
  bool seen = false;
  std::int64_t cycle = first_cycle;
  for (; followed < transfers.size() || sent < transfers.size(); ++cycle) {
    const bool ready = core.skid ? waiting < 2 : waiting == 0;
    const bool at_last_step = busy && !hold && step == core.steps - 1;
    const bool result = ranks == 0 ? at_last_step : ends.back() != 0;
    const bool advance = !result || ready;
    const bool stepping = busy && !hold && advance;
    const bool last = stepping && at_last_step;
    const bool write = pending && (!busy || hold || bank != row_bank);
    bool load = false;
    bool take = false;
    if (sent < transfers.size() && (!transfers[sent].waits || followed == sent)) {
      const bool vector = transfers[sent].is_vector;
      take = vector && (!busy || last);
      load = !vector && (!pending || write);
    }
    bool pop = false;
    if (followed < transfers.size() && !transfers[followed].is_vector) {
      ++followed;
    } else if (waiting > 0) {
      pop = seen || !compares_first;
      seen = !pop;
      if (pop) ++followed;
    }
    if (advance) {
      for (std::size_t rank = ranks; rank > 1; --rank) ends[rank - 1] = ends[rank - 2];
      if (ranks > 0) ends[0] = at_last_step ? 1 : 0;
    }
    waiting += (result && ready ? 1 : 0) - (pop ? 1 : 0);
    const bool pending_next = load || (pending && !write);
    const int row_bank_next = load ? transfers[sent].bank : row_bank;
    hold = take && pending_next && transfers[sent].bank == row_bank_next;
    pending = pending_next;
    row_bank = row_bank_next;
    if (stepping) step = last ? 0 : step + 1;
    busy = take || (busy && !last);
    if (take) bank = transfers[sent].bank;
    if (take || load) ++sent;
  }
  return cycle - 1 + after_last;
}

/// Cycles of a march test on so many rows, with so many backgrounds.
std::int64_t simulated_march(const spec::MacroSpec& spec, const Core& core, int rows,
                             int backgrounds) {
  const spec::March march = spec::march_of(spec);
  std::vector<Transfer> transfers;
  for (int background = 0; background < backgrounds; ++background) {
    for (const spec::MarchElement& element : march) {
      const int addresses = spec.banks * rows;
      for (int i = 0; i < addresses; ++i) {
        const int address = element.order == spec::MarchOrder::down ? addresses - 1 - i : i;
        for (const spec::MarchOperation& each : element.operations) {
          transfers.push_back({each.is_read, address / rows, false});
        }
      }
    }
  }
  return simulated_cycles(transfers, core, true);
}

/// A function that grows by the same amount from `from` on, at `at`.
template <typename Function>
std::int64_t extended(const Function& function, int from, int at) {
  if (at <= from + 1) return function(at);
  const std::int64_t first = function(from);
  return first + (function(from + 1) - first) * (at - from);
}

std::int64_t march_cycles(const spec::MacroSpec& spec, const Core& core) {
  constexpr int regular = 4;  // the ends of rows and of backgrounds are far apart
  return extended(
      [&](int backgrounds) {
        return extended([&](int rows) { return simulated_march(spec, core, rows, backgrounds); },
                        regular, spec::stored_rows(spec));
      },
      2, spec.self_test.backgrounds);
}

std::int64_t compute_cycles(const spec::MacroSpec& spec, const Core& core) {
  std::vector<Transfer> transfers;
  for (int pass = 0; pass < sim::compute_passes; ++pass) {
    const std::size_t first = transfers.size();
    for (int bank = 0; bank < spec.banks; ++bank) {
      transfers.insert(transfers.end(), static_cast<std::size_t>(spec::stored_rows(spec)),
                       {false, bank, false});
    }
    transfers[first].waits = true;
    for (int i = 0; i < spec.self_test.compute_vectors; ++i) {
      transfers.push_back({true, i % spec.banks, false});
    }
  }
  return simulated_cycles(transfers, core, false);
}

}  // namespace

ShellPlan plan_shell(const spec::MacroSpec& spec, int steps, int latency, bool skid) {
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
    plan.march_cycles = march_cycles(
        spec, short_reads ? Core{1, latency - steps + 1, skid} : Core{steps, latency, skid});
  }
  if (plan.vectors > 0 && !skips) {
    plan.compute_cycles = compute_cycles(spec, {steps, latency, skid});
  }
  plan.row_bits = spec::row_address_bits(spec);
  plan.bit_bits = std::max(
      1, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(spec::row_bits(spec) - 1))));
  plan.repair_row_bits = spec::repair_row_bits(spec);
  plan.repair_column_bits = spec::repair_column_bits(spec);
  plan.repair_bits = spec::repair_data_bits(spec);
  return plan;
}

}  // namespace cimforge::plan
