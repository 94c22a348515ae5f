// Functional coverage: which situations worth testing a run has met, observed at the ports and not
// taken from what the stimulus meant to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generator/spec/range.h"
#include "generator/spec/spec.h"
#include "tb/codes.h"
#include "tb/float_coverage.h"

namespace cimforge::tb {

/// Crosses of the three streams.
enum class Cross : std::uint8_t {
  input_waits_while_output_waits,
  weight_waits_while_input_waits,
  weight_and_input_on_one_edge,
  output_and_input_on_one_edge,
  all_three_on_one_edge,
  inputs_back_to_back,
  weight_for_bank_in_use,
  weight_during_computation,
  weight_for_other_bank_during_computation,
  long_output_stall,
  reset_during_computation,
  reset_while_output_waits,
};
constexpr std::size_t kCrosses = 12;

/// What the stream of thresholds meets.
enum class ThresholdEvent : std::uint8_t {
  waits,
  with_input,
  before_result_is_taken,
  holds_input,
};
constexpr std::size_t kThresholdEvents = 4;

/// What was hit, of the bins that the specification can reach.
struct CoverageReport {
  std::size_t hit = 0;
  std::size_t total = 0;
  std::vector<std::string> missed;  ///< names of the bins not hit
  bool operator==(const CoverageReport&) const = default;
};

class Coverage {
 public:
  explicit Coverage(const spec::MacroSpec& spec);

  /// An accepted row of weights.
  void observe_write(const WeightRow& write);
  /// An accepted input vector, with the results that it must have.
  void observe_vector(const InputVector& vector, std::span<const std::int64_t> expected);
  void observe(Cross cross) { hit_[static_cast<std::size_t>(cross)] = 1; }
  /// Where results are signs: the sums of that vector and their thresholds.
  void observe_sums(std::span<const std::int64_t> sums, std::span<const std::int64_t> thresholds);
  void observe(ThresholdEvent event) {
    hit_[threshold_bins_ + static_cast<std::size_t>(event)] = 1;
  }
  /// The weights of all banks are no longer known.
  void forget_weights();

  /// Adds what another run of the same specification has hit.
  void merge(const Coverage& other);
  [[nodiscard]] CoverageReport report() const;

 private:
  /// Tells the classes of codes (bits of a mask, coverage.cpp) by comparison.
  struct Recogniser {
    explicit Recogniser(const Codes& like, const spec::IntegerFormat& codes_format);
    [[nodiscard]] std::uint8_t classes(const Codes& codes) const;
    /// With run-time precision codes are those of the vector's mode.
    [[nodiscard]] static std::uint8_t classes(const Codes& codes, const spec::IntegerFormat& mode);
    PortValue zero, ones, max, min, alternating, opposite;
    std::int32_t rest;  ///< the value of a code of zeros
  };

  std::size_t add_bin(std::string name, bool reachable = true);
  [[nodiscard]] bool holds(std::size_t bank, std::uint8_t weight_class) const;
  void observe_signs(const InputVector& vector);
  [[nodiscard]] std::span<std::uint8_t> float_hits() {
    return std::span(hit_).subspan(float_bins_);
  }
  void observe_digits(const InputVector& vector);
  void observe_mode(const spec::Mode& mode);

  Ports ports_;
  Recogniser inputs_;
  Recogniser weights_;
  std::int64_t greatest_result_ = 0;
  std::int64_t least_result_ = 0;

  std::vector<std::string> names_;
  std::vector<bool> reachable_;
  std::vector<std::uint8_t> hit_;
  std::vector<std::size_t> input_bins_;  ///< first bin of the input corners, for each bank
  std::vector<std::size_t> cross_bins_;  ///< first bin of weight x input corners; kNone elsewhere
  std::size_t sign_bins_ = 0;
  std::size_t digit_bins_ = 0;  ///< cycles of a vector, digits alone; of a macro that skips digits
  std::size_t greatest_bin_ = 0;
  std::size_t least_bin_ = 0;
  std::size_t threshold_bins_ = 0;  ///< where results are signs: events, then how sums meet them
  spec::ResultRange thresholds_;    ///< that say something
  std::size_t mode_bins_ = 0;       ///< of run-time precision
  std::optional<FloatCoverage> floating_;  ///< of a floating macro, which has no bins of integers
  std::size_t float_bins_ = 0;

  std::vector<std::uint8_t> row_classes_;     ///< [bank][row]
  std::vector<std::uint32_t> rows_of_class_;  ///< [bank][class], how many rows are of it
};

}  // namespace cimforge::tb
