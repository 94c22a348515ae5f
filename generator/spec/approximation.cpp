#include "generator/spec/approximation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "generator/spec/range.h"

namespace cimforge::spec {
namespace {

/// The weight of a bit of a code: 2^bit, negative for the sign.
std::int64_t place_value(const IntegerFormat& format, int bit) {
  const std::int64_t value = std::int64_t{1} << bit;
  return format.is_signed && bit == format.bits - 1 ? -value : value;
}

/// The planes of one group of rows.
class Group {
 public:
  Group(const MacroSpec& spec, int rows) : spec_(spec), rows_(rows) {}

  [[nodiscard]] bool keeps(int i, int b) const {
    return keeps_product(spec_, i % spec_.input_bits_per_cycle, b);
  }
  [[nodiscard]] std::int64_t plane_value(int i, int b) const {
    return place_value(spec_.input, i) * place_value(spec_.weight, b);
  }

  /// The dropped planes; most_dropped_columns lets none of them be negative.
  [[nodiscard]] std::int64_t dropped() const {
    std::int64_t sum = 0;
    for_planes([&](int i, int b) { sum += keeps(i, b) ? 0 : plane_value(i, b); });
    return sum;
  }

  /// The ends of the error (docs/approximation.md has the proof): all rows overlap in the larger of
  /// the two kinds of planes of one sign, positive by positive bits or sign by sign, or one of
  /// these by the other. The dropped planes are all ones beside the least, and zeros beside the
  /// greatest.
  [[nodiscard]] std::int64_t least() const {
    const Ends input = ends(spec_.input);
    const Ends weight = ends(spec_.weight);
    return -(rows_ - 1) * std::max(input.positive * weight.positive, input.sign * weight.sign) -
           dropped();
  }
  [[nodiscard]] std::int64_t greatest() const {
    const Ends input = ends(spec_.input);
    const Ends weight = ends(spec_.weight);
    return (rows_ - 1) * std::max(input.sign * weight.positive, input.positive * weight.sign);
  }

  /// What is lost in a plane is E = kept x OR - sum. Every bit is a fair coin, so planes that share
  /// neither bit are independent, and those that share one are so for a given number of ones in it.
  [[nodiscard]] double mean() const {
    double mean = 0;
    for_planes([&](int i, int b) { mean += value(i, b) * plane_mean(keeps(i, b)); });
    return mean;
  }
  [[nodiscard]] double variance() const {
    double variance = 0;
    for_planes([&](int i, int b) {
      const bool kept = keeps(i, b);
      const double mean = plane_mean(kept);
      variance += value(i, b) * value(i, b) * (plane_square(kept) - mean * mean);
      const auto with = [&](int other_i, int other_b) {
        const bool other = keeps(other_i, other_b);
        variance += value(i, b) * value(other_i, other_b) *
                    (shared_bit(kept, other) - mean * plane_mean(other));
      };
      for (int other = 0; other < spec_.input.bits; ++other) {
        if (other != i) with(other, b);
      }
      for (int other = 0; other < spec_.weight.bits; ++other) {
        if (other != b) with(i, other);
      }
    });
    return variance;
  }

  /// Of the rows with these codes.
  [[nodiscard]] std::int64_t error(const std::uint32_t* inputs,
                                   const std::uint32_t* weights) const {
    std::int64_t error = 0;
    for (int i = 0; i < spec_.input.bits; ++i) {
      std::uint32_t joined = 0;
      std::int64_t sum = 0;
      for (int r = 0; r < rows_; ++r) {
        if ((inputs[r] >> i & 1U) == 0) continue;
        joined |= weights[r];
        sum += weight_value(weights[r]);
      }
      const int digit_bit = i % spec_.input_bits_per_cycle;
      const int below = std::max(0, spec_.approximation.dropped_columns - digit_bit);
      error += place_value(spec_.input, i) * (weight_value(joined >> below << below) - sum);
    }
    return error;
  }

  [[nodiscard]] int rows() const { return rows_; }
  [[nodiscard]] int operand_bits() const { return rows_ * (spec_.input.bits + spec_.weight.bits); }

 private:
  struct Ends {
    std::int64_t positive, sign;
  };
  static Ends ends(const IntegerFormat& format) {
    return {format.max(), format.is_signed ? -format.min() : 0};
  }

  template <typename Do>
  void for_planes(Do each) const {
    for (int i = 0; i < spec_.input.bits; ++i) {
      for (int b = 0; b < spec_.weight.bits; ++b) each(i, b);
    }
  }
  [[nodiscard]] double value(int i, int b) const { return static_cast<double>(plane_value(i, b)); }
  [[nodiscard]] std::int64_t weight_value(std::uint32_t code) const {
    const bool negative = spec_.weight.is_signed && (code >> (spec_.weight.bits - 1) & 1U) != 0;
    return std::int64_t{code} - (negative ? std::int64_t{1} << spec_.weight.bits : 0);
  }

  [[nodiscard]] double plane_mean(bool kept) const {
    return (kept ? 1 - std::pow(0.75, rows_) : 0.0) - rows_ * 0.25;
  }
  [[nodiscard]] double plane_square(bool kept) const {
    const double joined = kept ? 1 - std::pow(0.75, rows_) : 0.0;
    const double square = rows_ * 3 / 16.0 + rows_ * rows_ / 16.0;
    return joined - (kept ? 2 * rows_ * 0.25 : 0.0) + square;
  }
  /// E E' of two planes that share a bit.
  [[nodiscard]] double shared_bit(bool kept, bool other) const {
    const auto given = [](bool is_kept, int ones) {
      return (is_kept ? 1 - std::pow(0.5, ones) : 0.0) - ones * 0.5;
    };
    double product = 0;
    double ways = std::pow(0.5, rows_);
    for (int ones = 0; ones <= rows_; ++ones) {
      product += ways * given(kept, ones) * given(other, ones);
      ways = ways * (rows_ - ones) / (ones + 1);
    }
    return product;
  }

  const MacroSpec& spec_;
  int rows_;
};

/// Probabilities of the errors from `least` on.
struct Distribution {
  std::int64_t least = 0;
  std::vector<double> weights = {1.0};
};

/// All operands of a group, one after the other.
Distribution enumerate(const Group& group, const MacroSpec& spec) {
  Distribution all;
  all.least = group.least();
  all.weights.assign(static_cast<std::size_t>(group.greatest() - group.least() + 1), 0.0);
  const std::uint32_t cases = std::uint32_t{1} << group.operand_bits();
  std::vector<std::uint32_t> inputs(static_cast<std::size_t>(group.rows()));
  std::vector<std::uint32_t> weights(inputs.size());
  for (std::uint32_t operands = 0; operands < cases; ++operands) {
    std::uint32_t left = operands;
    const auto take = [&](int bits) {
      const std::uint32_t code = left & ((std::uint32_t{1} << bits) - 1);
      left >>= bits;
      return code;
    };
    for (std::size_t r = 0; r < inputs.size(); ++r) {
      inputs[r] = take(spec.input.bits);
      weights[r] = take(spec.weight.bits);
    }
    const std::int64_t error = group.error(inputs.data(), weights.data());
    all.weights[static_cast<std::size_t>(error - all.least)] += 1.0 / cases;
  }
  return all;
}

Distribution sum_of(const Distribution& a, const Distribution& b) {
  Distribution sum;
  sum.least = a.least + b.least;
  sum.weights.assign(a.weights.size() + b.weights.size() - 1, 0.0);
  for (std::size_t i = 0; i < a.weights.size(); ++i) {
    for (std::size_t j = 0; a.weights[i] != 0 && j < b.weights.size(); ++j) {
      sum.weights[i + j] += a.weights[i] * b.weights[j];
    }
  }
  return sum;
}

double mean_magnitude(const Distribution& distribution) {
  double mean = 0;
  for (std::size_t i = 0; i < distribution.weights.size(); ++i) {
    const auto error = static_cast<double>(distribution.least + static_cast<std::int64_t>(i));
    mean += std::abs(error) * distribution.weights[i];
  }
  return mean;
}

/// Random vectors and columns; the same everywhere.
double sampled_magnitude(const MacroSpec& spec, const std::vector<Group>& groups, int samples) {
  std::mt19937_64 random(1);  // its numbers are those of the standard, on any machine
  std::vector<std::uint32_t> inputs(static_cast<std::size_t>(spec.rows));
  std::vector<std::uint32_t> weights(inputs.size());
  double sum = 0;
  for (int sample = 0; sample < samples; ++sample) {
    for (std::size_t r = 0; r < inputs.size(); ++r) {
      const std::uint64_t bits = random();
      inputs[r] = static_cast<std::uint32_t>(bits >> 32U) >> (32 - spec.input.bits);
      weights[r] = static_cast<std::uint32_t>(bits) >> (32 - spec.weight.bits);
    }
    std::int64_t error = 0;
    std::size_t first = 0;
    for (const Group& group : groups) {
      error += group.error(inputs.data() + first, weights.data() + first);
      first += static_cast<std::size_t>(group.rows());
    }
    sum += std::abs(static_cast<double>(error));
  }
  return sum / samples;
}

}  // namespace

int most_dropped_columns(const MacroSpec& spec) {
  int most = std::min(spec.input_bits_per_cycle, spec.weight.bits) - 1;
  if (spec.output_mode == OutputMode::truncate) {
    most = std::min(most, spec.output_shift + output_width(spec) - 1);
  }
  return most;
}

ApproximationError approximation_error(const MacroSpec& spec) {
  std::vector<Group> groups;
  for (int row = 0; row < spec.rows; row += spec.approximation.or_rows) {
    groups.emplace_back(spec, std::min(spec.approximation.or_rows, spec.rows - row));
  }
  ApproximationError result;
  // Groups are independent; all but the last are alike.
  const auto alike = static_cast<std::int64_t>(groups.size()) - 1;
  const Group& first = groups.front();
  const Group& last = groups.back();
  result.least = alike * first.least() + last.least();
  result.greatest = alike * first.greatest() + last.greatest();
  const auto times = static_cast<double>(alike);
  result.mean = times * first.mean() + last.mean();
  const double variance = times * first.variance() + last.variance();
  result.rms = std::sqrt(variance + result.mean * result.mean);

  constexpr int most_enumerated_bits = 16;
  constexpr double most_terms = 2e7;
  const auto span = static_cast<double>(first.greatest() - first.least() + 1);
  if (first.operand_bits() <= most_enumerated_bits &&
      span * span * times * times / 2 <= most_terms) {
    const Distribution each = enumerate(first, spec);
    Distribution all = enumerate(last, spec);
    for (std::int64_t group = 0; group < alike; ++group) all = sum_of(all, each);
    result.mean_magnitude = mean_magnitude(all);
    return result;
  }
  constexpr int most_rows = 1 << 22;
  result.samples = std::clamp(most_rows / spec.rows, 1 << 10, 1 << 16);
  result.mean_magnitude = sampled_magnitude(spec, groups, result.samples);
  return result;
}

}  // namespace cimforge::spec
