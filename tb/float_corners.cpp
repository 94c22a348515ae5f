#include "tb/float_corners.h"

#include <algorithm>
#include <array>

#include "generator/spec/floating.h"
#include "tb/stimulus.h"

namespace cimforge::tb {
namespace {

/// One-hot vectors of a macro with one bank, and rows with what is no number.
constexpr std::size_t kOneHotLimit = 64;
constexpr std::size_t kSpecialLimit = 256;

constexpr std::array kInputPatterns = {FloatPattern::zeros,
                                       FloatPattern::negative_zeros,
                                       FloatPattern::ones,
                                       FloatPattern::largest,
                                       FloatPattern::least,
                                       FloatPattern::alternating,
                                       FloatPattern::least_normal,
                                       FloatPattern::largest_subnormal,
                                       FloatPattern::least_subnormal,
                                       FloatPattern::mixed,
                                       FloatPattern::staircase,
                                       FloatPattern::cancelling,
                                       FloatPattern::units,
                                       FloatPattern::gaussian};

constexpr std::array kMatrices = {FloatPattern::ones,
                                  FloatPattern::largest,
                                  FloatPattern::least,
                                  FloatPattern::alternating,
                                  FloatPattern::least_normal,
                                  FloatPattern::largest_subnormal,
                                  FloatPattern::least_subnormal,
                                  FloatPattern::mixed,
                                  FloatPattern::staircase,
                                  FloatPattern::cancelling,
                                  FloatPattern::one_hot,
                                  FloatPattern::negative_zeros,
                                  FloatPattern::zeros,
                                  FloatPattern::gaussian};

constexpr std::array kWithMatrices = {FloatPattern::ones,           FloatPattern::largest,
                                      FloatPattern::least,          FloatPattern::mixed,
                                      FloatPattern::staircase,      FloatPattern::cancelling,
                                      FloatPattern::least_subnormal};

/// Collects the steps.
class Steps {
 public:
  explicit Steps(const spec::MacroSpec& spec)
      : spec_(spec),
        rows_(static_cast<std::size_t>(spec.rows)),
        columns_(static_cast<std::size_t>(spec.columns)) {}

  std::vector<FloatStep> all() {
    for (int bank = 0; bank < spec_.banks; ++bank) inputs(bank);
    std::size_t turn = 0;
    for (const int bank : corner_banks(spec_)) {
      const std::vector<std::size_t> places = boundary_places(columns_, kOneHotLimit);
      matrices(bank, places[turn++ % places.size()]);
      special_inputs(bank);
      special_weights(bank);
      scales(bank);
      if (spec_.floating.integer_bits > 0) integers(bank);
    }
    return std::move(steps_);
  }

 private:
  using Kind = FloatStep::Kind;

  void input(int bank, FloatPattern pattern, std::size_t index = 0, bool integer = false) {
    steps_.push_back({Kind::input, bank, pattern, index, 0, integer});
  }
  void matrix(int bank, FloatPattern pattern, std::size_t index = 0, bool integer = false) {
    steps_.push_back({Kind::matrix, bank, pattern, index, 0, integer});
  }

  void inputs(int bank) {
    for (const FloatPattern pattern : kInputPatterns) input(bank, pattern);
    const std::size_t limit =
        std::max<std::size_t>(kOneHotLimit / static_cast<std::size_t>(spec_.banks), 5);
    for (const std::size_t row : boundary_places(rows_, limit)) {
      input(bank, FloatPattern::one_hot, row);
    }
  }

  void matrices(int bank, std::size_t column) {
    for (const FloatPattern pattern : kMatrices) {
      matrix(bank, pattern, pattern == FloatPattern::one_hot ? column : 0);
      for (const FloatPattern vector : kWithMatrices) input(bank, vector);
    }
  }

  /// Times 1, 0, -1 and -0, in every row; and two of them at once.
  void special_inputs(int bank) {
    const std::vector<std::int32_t> specials = special_codes(spec_.input);
    if (specials.empty()) return;
    matrix(bank, FloatPattern::units);
    for (const std::size_t row : special_rows(spec_)) {
      for (const std::int32_t special : specials) {
        FloatStep step{Kind::input, bank, FloatPattern::ones, row};
        step.special = special;
        steps_.push_back(step);
        if (special != specials.front() || row + 1 == rows_) continue;
        step.opposite = true;
        steps_.push_back(step);
      }
    }
  }

  /// In every row: as many rows at once as there are columns.
  void special_weights(int bank) {
    const std::vector<std::int32_t> specials = special_codes(spec_.weight);
    if (specials.empty()) return;
    matrix(bank, FloatPattern::ones);
    const std::vector<std::size_t> rows = special_rows(spec_);
    for (const std::int32_t special : specials) {
      for (std::size_t first = 0; first < rows.size();) {
        // A run of neighbouring rows.
        std::size_t count = 1;
        while (count < columns_ && first + count < rows.size() &&
               rows[first + count] == rows[first] + count) {
          ++count;
        }
        FloatStep step{Kind::special_rows, bank, FloatPattern::ones, rows[first], count};
        step.special = special;
        steps_.push_back(step);
        input(bank, FloatPattern::ones);
        input(bank, FloatPattern::units);
        if (first == 0) input(bank, FloatPattern::least);
        if (first == 0) input(bank, FloatPattern::zeros);
        step.kind = Kind::plain_rows;
        steps_.push_back(step);
        input(bank, FloatPattern::gaussian);
        first += count;
      }
    }
  }

  void scales(int bank) {
    const auto blocks = static_cast<std::size_t>(spec::blocks_of(spec_));
    const auto block_rows = static_cast<std::size_t>(spec_.floating.block_rows);
    const std::vector<std::size_t> tried = boundary_places(blocks, kOneHotLimit);
    if (spec_.input.has_scale) {
      matrix(bank, FloatPattern::gaussian);
      for (const std::size_t block : tried) {
        FloatStep step{Kind::input, bank, FloatPattern::gaussian};
        step.nan_scale = block;
        steps_.push_back(step);
        input(bank, FloatPattern::gaussian);
      }
    }
    // Results that underflow, that are subnormal, that overflow, and the ends that cancel.
    for (const std::int32_t weight_scale : {0, 60, 254}) {
      for (const FloatPattern pattern : {FloatPattern::ones, FloatPattern::gaussian}) {
        if (!spec_.weight.has_scale && weight_scale > 0) continue;
        FloatStep step{Kind::matrix, bank, pattern};
        if (spec_.weight.has_scale) step.scale = weight_scale;
        if (spec_.weight.has_scale || spec_.input.has_scale) steps_.push_back(step);
        for (const std::int32_t input_scale : {0, 60, 254}) {
          if (!spec_.input.has_scale && (input_scale > 0 || !spec_.weight.has_scale)) continue;
          for (const FloatPattern vector :
               {FloatPattern::ones, FloatPattern::least, FloatPattern::gaussian}) {
            step = {Kind::input, bank, vector};
            if (spec_.input.has_scale) step.scale = input_scale;
            steps_.push_back(step);
          }
        }
      }
    }
    if (!spec_.weight.has_scale) return;
    matrix(bank, FloatPattern::gaussian);
    for (const std::size_t block : tried) {
      // Of another row of the block too, so that it is the last that counts.
      steps_.push_back({Kind::special_scale, bank, FloatPattern::ones, block * block_rows, 1});
      input(bank, FloatPattern::gaussian);
      steps_.push_back(
          {Kind::plain_rows, bank, FloatPattern::ones, (block + 1) * block_rows - 1, 1});
      input(bank, FloatPattern::gaussian);
    }
  }

  /// Integers with integers, numbers with integers and the other way round.
  void integers(int bank) {
    for (const FloatPattern pattern :
         {FloatPattern::least, FloatPattern::largest, FloatPattern::alternating,
          FloatPattern::one_hot, FloatPattern::random}) {
      for (const bool integer : {true, false}) {
        matrix(bank, pattern, 0, integer);
        for (const bool of_integers : {true, false}) {
          for (const FloatPattern vector : {FloatPattern::least, FloatPattern::largest,
                                            FloatPattern::ones, FloatPattern::random}) {
            input(bank, vector, 0, of_integers);
          }
        }
      }
    }
  }

  const spec::MacroSpec& spec_;
  std::size_t rows_, columns_;
  std::vector<FloatStep> steps_;
};

}  // namespace

std::vector<std::size_t> special_rows(const spec::MacroSpec& spec) {
  return boundary_places(static_cast<std::size_t>(spec.rows), kSpecialLimit);
}

std::vector<FloatStep> float_steps(const spec::MacroSpec& spec) {
  return Steps(spec).all();
}

}  // namespace cimforge::tb
