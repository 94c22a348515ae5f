// Scoreboard: what every result must be, from the golden model, and the first result that differs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generator/spec/spec.h"
#include "sim/golden.h"
#include "tb/codes.h"
#include "tb/float_errors.h"
#include "tb/structured.h"
#include "tb/sum_errors.h"

namespace cimforge::tb {

/// The first result that differs from the golden model, at its first wrong column.
struct Mismatch {
  std::uint64_t vector = 0;  ///< results compared before it
  std::optional<int> row;    ///< the first row that is wrong when it alone is not zero; or nothing
  int wrong_rows = 0;        ///< how many rows are
  int column = 0;
  std::string expected_text;  ///< of a floating macro: code and value
  std::string got_text;
  int wrong_columns = 0;  ///< columns of this result that differ
  int bank = 0;
  std::uint64_t cycle = 0;       ///< clock cycle in which it was taken
  std::uint64_t trace_time = 0;  ///< the same moment in a trace: time steps since its beginning
  std::int64_t expected = 0;
  std::int64_t got = 0;
  std::string hint;  ///< what it looks like; empty: nothing in particular
  bool operator==(const Mismatch&) const = default;
};

/// What a mismatch is replayed with: the vector, and its bank as the vector had to see it.
struct MismatchEvidence {
  std::vector<std::int32_t> input;  ///< one value a row
  StoredWeights weights;            ///< stored rows x columns
  spec::Mode mode;
  std::vector<std::int32_t> scales;  ///< of inputs with a scale, one a block
};

/// Knows what the macro must hold and what it owes. Times are the caller's.
class Scoreboard {
 public:
  explicit Scoreboard(const spec::MacroSpec& spec);

  /// A row of weights was accepted; it counts for every vector that is accepted from now on.
  void write(const WeightRow& write);
  /// The thresholds of a bank were accepted; likewise.
  void write(const Thresholds& thresholds) {
    golden_.write_thresholds(thresholds.bank, thresholds.values);
  }
  /// A vector was accepted. Returns its results; they stay valid until the next call.
  std::span<const std::int64_t> accept(const InputVector& vector);
  /// A result was taken; one must be pending. `number` is its place among all results of a run.
  void take(const std::uint8_t* out_data, std::uint64_t number, std::uint64_t cycle,
            std::uint64_t trace_time);
  /// After a reset nothing is owed any more.
  void forget_pending();

  /// Vectors accepted whose results were not taken yet, and their banks, the oldest first.
  [[nodiscard]] std::size_t pending() const { return count_; }
  [[nodiscard]] int pending_bank(std::size_t index) const { return slot(index).bank; }
  /// Where results are signs: the sums of the vector that was accepted last, and the thresholds
  /// that they were compared with.
  [[nodiscard]] std::span<const std::int64_t> last_sums() const { return sums_; }
  [[nodiscard]] std::span<const std::int64_t> thresholds(int bank) const {
    return golden_.thresholds(bank);
  }
  [[nodiscard]] std::uint64_t compared() const { return compared_; }
  [[nodiscard]] std::uint64_t mismatches() const { return mismatches_; }
  [[nodiscard]] const std::optional<Mismatch>& first() const { return first_; }
  [[nodiscard]] const MismatchEvidence& evidence() const { return evidence_; }
  /// Of a floating macro: the errors of the results of accepted vectors.
  [[nodiscard]] const FloatErrorParts& errors() const { return errors_; }
  /// Of an approximate macro: the errors of the sums of accepted vectors.
  [[nodiscard]] const SumErrors& sum_errors() const { return sum_errors_; }
  /// Whether the vectors from now on, and the weights, are Gaussian.
  void set_gaussian(bool gaussian) { gaussian_ = gaussian; }
  /// What is wrong with a result that the vector accepted last must have: it is further from the
  /// exact one than the specification says. Empty where none is.
  [[nodiscard]] const std::string& beyond_bound() const { return beyond_bound_; }

 private:
  /// A result that is owed.
  struct Slot {
    int bank = 0;
    std::uint64_t writes = 0;  ///< weight rows that were accepted before the vector
    spec::Mode mode;
    std::vector<std::int32_t> input;   ///< values
    std::vector<std::int32_t> scales;  ///< likewise
    PortValue expected;
    std::vector<std::int64_t> thresholds = {};  ///< that it met, where results are signs
  };
  /// A row of weights.
  struct Row {
    PortValue codes;
    PortValue indices;
    // Of a floating macro, whose port may have other numbers.
    std::vector<std::int32_t> values;
    std::vector<std::int32_t> scales;
    bool integer = false;
  };
  /// A row as it was before a write, kept for the vectors that were accepted before it.
  struct Overwritten {
    std::uint64_t write = 0;
    int bank = 0;
    int row = 0;
    Row before;
  };

  [[nodiscard]] Slot& slot(std::size_t index) { return slots_[(head_ + index) % slots_.size()]; }
  [[nodiscard]] const Slot& slot(std::size_t index) const {
    return slots_[(head_ + index) % slots_.size()];
  }
  [[nodiscard]] std::size_t weights_index(int bank, int row) const;
  void record_first(const PortValue& got);
  void count_errors(const InputVector& vector);
  [[nodiscard]] StoredWeights weights_of(int bank, std::uint64_t writes) const;
  [[nodiscard]] std::string hint_for(const PortValue& got) const;
  /// Of the vector of the evidence.
  [[nodiscard]] PortValue results_with(const StoredWeights& weights) const;

  Ports ports_;
  sim::GoldenMacro golden_;
  std::vector<std::int64_t> results_;  ///< of the vector accepted last
  std::vector<std::int64_t> sums_;     ///< likewise, where results are signs
  PortValue got_;

  std::vector<Slot> slots_;  ///< a ring
  std::size_t head_ = 0;
  std::size_t count_ = 0;
  PortValue last_expected_;  ///< of the result taken last
  bool any_taken_ = false;

  std::vector<Row> weights_;  ///< [bank][row]: the same weights as in golden_
  std::uint64_t writes_ = 0;
  std::deque<Overwritten> overwritten_;

  FloatErrorParts errors_;
  bool gaussian_ = false;
  SumErrors sum_errors_;
  std::vector<std::int64_t> left_out_;  ///< of the vector accepted last, where sums are approximate
  std::string beyond_bound_;
  std::uint64_t compared_ = 0;
  std::uint64_t mismatches_ = 0;
  std::optional<Mismatch> first_;
  MismatchEvidence evidence_;
};

}  // namespace cimforge::tb
