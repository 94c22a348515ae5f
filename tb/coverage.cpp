#include "tb/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "generator/spec/binary.h"
#include "generator/spec/parts.h"
#include "generator/spec/precision.h"
#include "generator/spec/range.h"
#include "sim/golden.h"
#include "tb/random.h"
#include "tb/stimulus.h"

namespace cimforge::tb {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// Classes of an input vector or a row of weights, as bits of a mask. The first six are the corners
/// of the inputs, in the order of kInputCorners.
constexpr std::uint8_t kZero = 1;
constexpr std::uint8_t kOnes = 2;
constexpr std::uint8_t kMax = 4;
constexpr std::uint8_t kMin = 8;
constexpr std::uint8_t kAlternating = 16;
constexpr std::uint8_t kOneHot = 32;     // exactly one code is not zeros
constexpr std::uint8_t kPositive = 64;   // rows of weights only: some weight is positive
constexpr std::uint8_t kNegative = 128;  // likewise: some weight is negative
constexpr std::size_t kInputClasses = 6;
constexpr std::size_t kClasses = 8;

const char* name_of(Cross cross) {
  switch (cross) {
    case Cross::input_waits_while_output_waits:
      return "input waits while a result waits";
    case Cross::weight_waits_while_input_waits:
      return "weights wait while an input waits";
    case Cross::weight_and_input_on_one_edge:
      return "weights and input accepted on one edge";
    case Cross::output_and_input_on_one_edge:
      return "result taken and input accepted on one edge";
    case Cross::all_three_on_one_edge:
      return "weights, input and result move on one edge";
    case Cross::inputs_back_to_back:
      return "inputs accepted without a bubble";
    case Cross::weight_for_bank_in_use:
      return "weights offered for a bank in use";
    case Cross::weight_during_computation:
      return "weights accepted during a computation";
    case Cross::weight_for_other_bank_during_computation:
      return "weights for another bank accepted during a computation";
    case Cross::long_output_stall:
      return "a result waits long";
    case Cross::reset_during_computation:
      return "reset during a computation";
    case Cross::reset_while_output_waits:
      return "reset while a result waits";
  }
  return "";
}

/// A combination of weights and inputs that a corner bank must see.
struct Combination {
  const char* name;
  std::uint8_t weights;
  std::uint8_t inputs;  ///< 0: any
};

Codes filled(Shape shape, const Codes& like, const spec::IntegerFormat& format) {
  Codes codes = like;
  Random unused(0);
  fill(shape, 0, format, unused, codes);
  return codes;
}

bool has_positive(const spec::IntegerFormat& format) {
  return format.max() > 0;
}
bool has_negative(const spec::IntegerFormat& format) {
  return format.min() < 0;
}

constexpr std::array kInputCorners = {"all zero",    "all ones",    "all maximum",
                                      "all minimum", "alternating", "one-hot row"};
static_assert(kInputCorners.size() == kInputClasses);

constexpr std::array kCombinations = {
    Combination{"minimum weights x minimum inputs", kMin, kMin},
    Combination{"minimum weights x maximum inputs", kMin, kMax},
    Combination{"maximum weights x minimum inputs", kMax, kMin},
    Combination{"maximum weights x maximum inputs", kMax, kMax},
    Combination{"weights of ones x inputs of ones", kOnes, kOnes},
    Combination{"alternating weights", kAlternating, 0},
    Combination{"one-hot columns", kOneHot, 0},
    Combination{"zero weights", kZero, 0},
};

}  // namespace

Coverage::Recogniser::Recogniser(const Codes& like, const spec::IntegerFormat& format)
    : zero(filled(Shape::zero, like, format).port),
      ones(filled(Shape::ones, like, format).port),
      max(filled(Shape::max, like, format).port),
      min(filled(Shape::min, like, format).port),
      alternating(filled(Shape::alternating, like, format).port),
      opposite(filled(Shape::opposite, like, format).port),
      rest(format.rest()) {}

std::uint8_t Coverage::Recogniser::classes(const Codes& codes) const {
  unsigned found = 0;
  if (codes.port == zero) found |= kZero;
  if (codes.port == ones) found |= kOnes;
  if (codes.port == max) found |= kMax;
  if (codes.port == min) found |= kMin;
  if (codes.port == alternating || codes.port == opposite) found |= kAlternating;
  int not_zero = 0;
  for (const std::int32_t value : codes.values) {
    if (value != rest && ++not_zero > 1) break;
  }
  if (not_zero == 1) found |= kOneHot;
  return static_cast<std::uint8_t>(found);
}

std::uint8_t Coverage::Recogniser::classes(const Codes& codes, const spec::IntegerFormat& mode) {
  Codes like(codes.values.size(), mode);
  pack(codes.values, mode, like.port);
  like.values = codes.values;
  return Recogniser(like, mode).classes(like);
}

Coverage::Coverage(const spec::MacroSpec& spec)
    : ports_(spec),
      inputs_(ports_.input_codes(), spec.input),
      weights_(Codes(ports_.columns, spec.weight), spec.weight) {
  for (std::size_t i = 0; i < kCrosses; ++i) {
    const auto cross = static_cast<Cross>(i);
    add_bin(name_of(cross),
            cross != Cross::weight_for_other_bank_during_computation || spec.banks > 1);
  }

  if (ports_.is_floating) {
    floating_.emplace(spec);
    float_bins_ = names_.size();
    for (const FloatCoverage::Bin& bin : floating_->bins()) add_bin(bin.name, bin.reachable);
    return;
  }
  const spec::ResultRange sums = spec::sum_range(spec);
  const bool signs = ports_.has_thresholds();
  greatest_result_ = signs ? 1 : sim::output_value(spec, sums.max);
  least_result_ = signs ? 0 : sim::output_value(spec, sums.min);

  // Of an operand whose sign is chosen by the vector there are both.
  const bool chooses = ports_.precision_per_vector;
  const auto name_sign = [](bool negative) { return negative ? "negative" : "positive"; };
  sign_bins_ = names_.size();
  for (const bool input_negative : {false, true}) {
    for (const bool weight_negative : {false, true}) {
      add_bin(fmt::format("{} input x {} weight", name_sign(input_negative),
                          name_sign(weight_negative)),
              (chooses || (input_negative ? has_negative(spec.input) : has_positive(spec.input))) &&
                  (weight_negative ? has_negative(spec.weight) : has_positive(spec.weight)));
    }
  }

  // Where bits are cut off the top, the ends of the sums are no ends of the results.
  // The converters of an analog macro may clip before them, and an approximate one does not reach
  // them.
  const bool monotonic = !spec::has_array(spec) && spec.approximation.is_exact() && !chooses &&
                         (spec.output_mode != spec::OutputMode::truncate ||
                          spec::output_width(spec) >= spec::needed_output_bits(spec));
  greatest_bin_ = add_bin("greatest result", monotonic);
  least_bin_ = add_bin("least result", monotonic);

  if (signs) {
    threshold_bins_ = names_.size();
    thresholds_ = spec::threshold_range(spec);
    for (const char* name :
         {"thresholds wait", "thresholds and input accepted on one edge",
          "thresholds accepted before a result is taken", "thresholds hold an input back",
          "a sum equal to its threshold", "a sum one below its threshold",
          "a threshold that every sum reaches", "a threshold that none does"}) {
      add_bin(name);
    }
  }

  if (chooses) {
    mode_bins_ = names_.size();
    for (const spec::Mode& mode : ports_.modes) add_bin("mode " + spec::name_of(spec, mode));
  }

  const auto of_bank = [&](const char* name, int bank) {
    return spec.banks == 1 ? std::string(name) : fmt::format("{}, bank {}", name, bank);
  };
  for (int bank = 0; bank < spec.banks; ++bank) {
    input_bins_.push_back(names_.size());
    for (const char* corner : kInputCorners) add_bin(of_bank(corner, bank));
  }
  cross_bins_.assign(static_cast<std::size_t>(spec.banks), kNone);
  for (const int bank : corner_banks(spec)) {
    cross_bins_[static_cast<std::size_t>(bank)] = names_.size();
    for (const Combination& combination : kCombinations) add_bin(of_bank(combination.name, bank));
  }

  if (ports_.skips_digits) {
    digit_bins_ = names_.size();
    for (int digits = 0; digits <= ports_.cycles_per_vector; ++digits) {
      add_bin(fmt::format("a vector with {} digits that are not zero", digits));
    }
    for (int digit = 0; digit < ports_.cycles_per_vector; ++digit) {
      add_bin(fmt::format("a vector of which digit {} alone is not zero", digit));
    }
  }

  // The last bins: both directions of a transposable macro for each bank.
  for (int bank = 0; ports_.transposes && bank < spec.banks; ++bank) {
    for (const bool hot : {false, true}) {
      for (const char* direction : {"forward", "transposed"}) {
        add_bin(of_bank(fmt::format("{}{}", direction, hot ? ", one-hot" : "").c_str(), bank),
                true);
      }
    }
  }

  row_classes_.resize(static_cast<std::size_t>(spec.banks) * ports_.stored_rows);
  rows_of_class_.resize(static_cast<std::size_t>(spec.banks) * kClasses);
}

std::size_t Coverage::add_bin(std::string name, bool reachable) {
  names_.push_back(std::move(name));
  reachable_.push_back(reachable);
  hit_.push_back(0);
  return names_.size() - 1;
}

void Coverage::forget_weights() {
  if (floating_) floating_->forget_weights();
  std::ranges::fill(row_classes_, std::uint8_t{0});
  std::ranges::fill(rows_of_class_, 0U);
}

void Coverage::observe_write(const WeightRow& write) {
  if (floating_) return floating_->observe_write(write, float_hits());
  unsigned now = weights_.classes(write.codes);
  const auto [least, greatest] = std::ranges::minmax(write.codes.values);
  if (greatest > 0) now |= kPositive;
  if (least < 0) now |= kNegative;

  const auto bank = static_cast<std::size_t>(write.bank);
  std::uint8_t& stored =
      row_classes_[bank * ports_.stored_rows + static_cast<std::size_t>(write.row)];
  std::uint32_t* const counts = rows_of_class_.data() + bank * kClasses;
  for (std::size_t i = 0; i < kClasses; ++i) {
    counts[i] += (now >> i) & 1U;
    counts[i] -= (unsigned{stored} >> i) & 1U;
  }
  stored = static_cast<std::uint8_t>(now);
}

bool Coverage::holds(std::size_t bank, std::uint8_t weight_class) const {
  for (std::size_t i = 0; i < kClasses; ++i) {
    if ((unsigned{weight_class} >> i & 1U) != 0) {
      return rows_of_class_[bank * kClasses + i] == ports_.stored_rows;
    }
  }
  return true;
}

void Coverage::observe_vector(const InputVector& vector, std::span<const std::int64_t> expected) {
  if (floating_) return floating_->observe_vector(vector, expected, float_hits());
  if (ports_.precision_per_vector) observe_mode(vector.mode);
  const spec::IntegerFormat chosen{vector.mode.input_signed,
                                   std::min(vector.mode.input_bits, ports_.input.bits)};
  const std::uint8_t classes = ports_.precision_per_vector
                                   ? Recogniser::classes(vector.codes, chosen)
                                   : inputs_.classes(vector.codes);
  const auto bank = static_cast<std::size_t>(vector.bank);
  for (std::size_t i = 0; i < kInputClasses; ++i) {
    if ((unsigned{classes} >> i & 1U) != 0) hit_[input_bins_[bank] + i] = 1;
  }
  if (cross_bins_[bank] != kNone) {
    for (std::size_t i = 0; i < kCombinations.size(); ++i) {
      const Combination& combination = kCombinations[i];
      const bool right_inputs = combination.inputs == 0 || (combination.inputs & classes) != 0;
      if (right_inputs && holds(bank, combination.weights)) hit_[cross_bins_[bank] + i] = 1;
    }
  }
  if (ports_.transposes) {
    const std::size_t bin = names_.size() - 4 * (cross_bins_.size() - bank) +
                            ((classes & kOneHot) != 0 ? 2 : 0) + (vector.mode.transposed ? 1 : 0);
    hit_[bin] = 1;
  }
  if (ports_.skips_digits) observe_digits(vector);
  // What is known of a row of weights is nothing of a column.
  if (!vector.mode.transposed) observe_signs(vector);
  if ((classes & (kOnes | kMax | kMin)) != 0) {
    for (const std::int64_t result : expected) {
      if (result == greatest_result_) hit_[greatest_bin_] = 1;
      if (result == least_result_) hit_[least_bin_] = 1;
    }
  }
}

void Coverage::observe_sums(std::span<const std::int64_t> sums,
                            std::span<const std::int64_t> thresholds) {
  std::uint8_t* const met = hit_.data() + threshold_bins_ + kThresholdEvents;
  for (std::size_t column = 0; column < sums.size(); ++column) {
    if (sums[column] == thresholds[column]) met[0] = 1;
    if (sums[column] == thresholds[column] - 1) met[1] = 1;
    if (thresholds[column] <= thresholds_.min) met[2] = 1;
    if (thresholds[column] >= thresholds_.max) met[3] = 1;
  }
}

void Coverage::observe_digits(const InputVector& vector) {
  const std::uint32_t digits = ports_.nonzero_digits(vector);
  const auto count = static_cast<std::size_t>(std::popcount(digits));
  hit_[digit_bins_ + count] = 1;
  if (count != 1) return;
  const auto longest = static_cast<std::size_t>(ports_.cycles_per_vector);
  hit_[digit_bins_ + longest + 1 + static_cast<std::size_t>(std::countr_zero(digits))] = 1;
}

/// The bins stand in the order of the modes; what is wider than the macro is its widest.
void Coverage::observe_mode(const spec::Mode& asked) {
  spec::Mode mode = asked;
  mode.transposed = false;
  mode.input_bits = std::min(mode.input_bits, ports_.modes.back().input_bits);
  mode.fused_columns = std::min(mode.fused_columns, ports_.modes.back().fused_columns);
  const auto found = std::ranges::find(ports_.modes, mode);
  if (found == ports_.modes.end()) return;
  hit_[mode_bins_ + static_cast<std::size_t>(found - ports_.modes.begin())] = 1;
}

void Coverage::observe_signs(const InputVector& vector) {
  const std::size_t bank = static_cast<std::size_t>(vector.bank);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t bin = sign_bins_ + i;
    if (hit_[bin] != 0 || !reachable_[bin]) continue;
    const bool input_negative = i >= 2;
    const std::uint8_t sign = i % 2 == 1 ? kNegative : kPositive;
    for (std::size_t row = 0; row < ports_.rows && hit_[bin] == 0; ++row) {
      const std::int32_t value = vector.codes.values[row];
      if (value == 0 || (value < 0) != input_negative) continue;
      // Of structured weights: any slot of the row's group.
      const auto group = static_cast<std::size_t>(ports_.group);
      const std::size_t slots = ports_.stored_rows / (ports_.rows / group);
      for (std::size_t slot = 0; slot < slots; ++slot) {
        const std::size_t stored = row / group * slots + slot;
        if ((row_classes_[bank * ports_.stored_rows + stored] & sign) != 0) hit_[bin] = 1;
      }
    }
  }
}

void Coverage::merge(const Coverage& other) {
  for (std::size_t bin = 0; bin < hit_.size(); ++bin) {
    if (other.hit_[bin] != 0) hit_[bin] = 1;
  }
}

CoverageReport Coverage::report() const {
  CoverageReport report;
  for (std::size_t bin = 0; bin < names_.size(); ++bin) {
    if (!reachable_[bin]) continue;
    ++report.total;
    if (hit_[bin] != 0) {
      ++report.hit;
    } else {
      report.missed.push_back(names_[bin]);
    }
  }
  return report;
}

}  // namespace cimforge::tb
