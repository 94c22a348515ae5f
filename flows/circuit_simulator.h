// Simulates a flat circuit in 64 machines at once, each with a stuck pin of its own or none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "flows/circuit.h"

namespace cimforge::flows {

/// A pin of a cell that always has one value.
struct StuckPin {
  std::uint32_t cell = 0;
  std::uint32_t pin = 0;
  bool value = false;
  bool operator==(const StuckPin&) const = default;
};

/// Two values, no delays. Bit i of a word is of machine i. A flip-flop takes what its data was
/// before the inputs changed that gave its clock an edge, so that latches which open with the same
/// edge are no race.
class CircuitSimulator {
 public:
  explicit CircuitSimulator(const Circuit& circuit);

  /// All machines get the faults, machine i the fault i, and every net, flip-flop and latch starts
  /// with `before`.
  void start(const std::vector<StuckPin>& faults, bool before);
  /// Sets a net that no cell drives; it counts with the next step.
  void set(FlatNet net, bool value);
  /// The same of a number, the low bit first.
  void set(const std::vector<FlatNet>& nets, std::uint64_t value);
  /// Lets what was set take effect: clock edges, flip-flops, latches, gates.
  void step();
  [[nodiscard]] std::uint64_t value(FlatNet net) const { return values_[net]; }
  /// What nets are in the first machine, as a number of at most 64 bits.
  [[nodiscard]] std::uint64_t number(std::span<const FlatNet> nets) const;
  /// Gives every flip-flop and latch a value of its own, the same in all machines; counts with the
  /// next step.
  void randomise(std::uint64_t seed);
  /// Inverts a flip-flop or a latch (an element) in the machines of a mask.
  void flip_flop(std::size_t flop, std::uint64_t machines);
  /// From now on changed() lists the nets that changed, some more than once, until it is cleared.
  void watch() { watches_ = true; }
  [[nodiscard]] std::vector<FlatNet>& changed() { return changed_; }
  /// A machine whose nets do not come to rest is held as it is; which ones those are.
  [[nodiscard]] std::uint64_t unstable() const { return unstable_; }

 private:
  struct StuckInput {
    std::uint32_t input;
    std::uint64_t keep, force;
  };
  void assign(FlatNet net, std::uint64_t value);
  void settle();
  [[nodiscard]] std::uint64_t evaluate(std::uint32_t element) const;
  void clear_faults();
  void mark(std::uint32_t element) {
    dirty_[element / 64] |= std::uint64_t{1} << (element % 64);
    any_dirty_ = true;
  }

  const Circuit& circuit_;
  std::vector<std::uint64_t> values_;
  // Of each net: elements that read it, flip-flops whose clock, clear or preset it is.
  std::vector<std::uint32_t> reader_begin_, readers_;
  std::vector<std::uint32_t> control_begin_, controls_;
  // Packed elements.
  struct Packed {
    std::uint32_t inputs[6];
    std::uint32_t output;
    std::uint32_t function;
    bool is_latch;
    bool has_stuck_inputs;
  };
  std::vector<Packed> elements_;
  std::vector<std::uint64_t> dirty_;
  bool any_dirty_ = false;
  std::vector<std::uint64_t> keep_, force_;  ///< of each net
  std::vector<FlatNet> stuck_nets_;
  std::vector<std::vector<StuckInput>> stuck_inputs_;  ///< of each element
  std::vector<std::uint32_t> stuck_elements_;
  std::vector<std::uint64_t> last_clock_, data_;  ///< of each flip-flop
  std::vector<std::uint32_t> woken_;
  std::vector<std::uint8_t> is_woken_;
  std::uint64_t unstable_ = 0;
  bool watches_ = false;
  std::vector<FlatNet> changed_;
};

}  // namespace cimforge::flows
