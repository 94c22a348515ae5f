// A floating macro in plain C++ behind the ports, by the words of docs/floating.md and apart from
// sim/, and mutations of it that break one property each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "generator/spec/floating.h"
#include "generator/spec/spec.h"
#include "tb/codes.h"
#include "tb/dut.hpp"

namespace cimforge::tests {

enum class FloatMutation {
  none,
  input_subnormals_flushed,
  weight_subnormals_flushed,
  input_nan_lost,  ///< counts as zero
  weight_nan_lost,
  nan_of_last_row_lost,   ///< of an input
  nan_pattern_lost,       ///< an input NaN whose highest fraction bit is 0 is an infinity
  infinity_times_zero,    ///< is infinite
  opposite_infinities,    ///< have the sign of the first
  zero_by_aligned_value,  ///< what is aligned to nothing is zero: infinity times it is NaN
  sticky_ignored,
  ties_up,                     ///< instead of to even, in alignment
  negative_sums_towards_zero,  ///< when sums of blocks are aligned
  exponent_of_first_block,     ///< of weights, for all
  exponent_of_first_row,       ///< what the first row of a block brings counts
  zero_blocks_count,           ///< in the largest exponent
  last_row_not_compared,       ///< in the largest exponent of inputs
  weights_do_not_saturate,     ///< the highest bits are lost
  scale_off_by_one,            ///< of inputs, but where it is 127
  scale_nan_lost,              ///< of weights
  class_not_overwritten,       ///< a weight that is no number stays one
  class_of_integers_kept,      ///< a row of integers does not change the classes
  integers_keep_exponents,     ///< a row of integers does not change them
  integers_have_nan,           ///< the result of integer mode minds the classes
  sign_of_zero,                ///< a sum of zero has the sign of the last product
  underflow_without_sign,
  results_flushed,  ///< subnormal ones
  overflow_to_largest,
  results_ties_up,
  nan_with_sign,  ///< where the last input is negative
};

class FloatReferenceDut final : public tb::Dut {
 public:
  FloatReferenceDut(const spec::MacroSpec& spec, FloatMutation mutation)
      : spec_(spec),
        mutation_(mutation),
        ports_(spec),
        input_operand_(spec::aligned_input(spec)),
        weight_operand_(spec::aligned_weight(spec)),
        result_(spec::result_shape(spec)),
        block_rows_(static_cast<std::size_t>(spec.floating.block_rows)),
        weights_(static_cast<std::size_t>(spec.banks) * ports_.rows * ports_.columns),
        exponents_(static_cast<std::size_t>(spec.banks) * ports_.blocks * ports_.columns, 0),
        weight_data_(ports_.weight_codes().port.bytes()),
        weight_scale_(ports_.weight_scale_codes().port.bytes()),
        weight_class_(ports_.weight_class_codes().port.bytes()),
        in_data_(ports_.input_codes().port.bytes()),
        in_scale_(ports_.input_scale_codes().port.bytes()),
        out_data_(ports_.output_port().bytes()) {
    pins_.weight_data = weight_data_.data();
    pins_.weight_scale = weight_scale_.data();
    pins_.weight_class = weight_class_.data();
    pins_.in_data = in_data_.data();
    pins_.in_scale = in_scale_.data();
    pins_.out_data = out_data_.data();
  }

  /// Cycles from accepting a vector to the edge that sees its result.
  static int latency(const spec::MacroSpec& spec) { return tb::Ports(spec).cycles_per_vector + 5; }

  cim_dut_pins& pins() override { return pins_; }

  void eval() override {
    const bool rising = pins_.clk != 0 && !clock_;
    clock_ = pins_.clk != 0;
    if (pins_.rst_n == 0) {
      flight_.clear();
      busy_ = 0;
    } else if (rising) {
      edge();
    }
    const bool between = busy_ <= 1;
    pins_.weight_ready = between ? 1 : 0;
    pins_.in_ready = between && flight_.size() < 8 ? 1 : 0;
    pins_.out_valid = !flight_.empty() && flight_.front().second <= 0 ? 1 : 0;
    if (pins_.out_valid == 0) return;
    tb::PortValue port = ports_.output_port();
    tb::pack(flight_.front().first, ports_.output_bits, port);
    port.write_to(out_data_.data());
  }

 private:
  enum class Kind : std::uint8_t { number, zero, infinity, nan };
  struct Weight {
    std::int64_t value = 0;
    Kind kind = Kind::zero;
    bool negative = false;
  };
  /// A code taken apart: magnitude * 2^field.
  struct Parts {
    Kind kind = Kind::zero;
    bool negative = false;
    std::int64_t magnitude = 0;
    int field = 1;
  };

  [[nodiscard]] bool is(FloatMutation mutation) const { return mutation_ == mutation; }

  void edge() {
    const bool write = pins_.weight_valid != 0 && pins_.weight_ready != 0;
    const bool accept = pins_.in_valid != 0 && pins_.in_ready != 0;
    const bool take = pins_.out_valid != 0 && pins_.out_ready != 0;
    if (take) flight_.pop_front();
    for (auto& [result, left] : flight_) --left;
    if (busy_ > 0) --busy_;
    if (write) store();
    if (!accept) return;
    busy_ = ports_.cycles_per_vector;
    flight_.emplace_back(multiply(), latency(spec_) - 1);
  }

  // Operands.

  [[nodiscard]] static std::int64_t field_of(const std::vector<std::uint8_t>& pins,
                                             std::size_t index, int bits) {
    std::int64_t value = 0;
    for (int bit = 0; bit < bits; ++bit) {
      const std::size_t at = index * static_cast<std::size_t>(bits) + static_cast<std::size_t>(bit);
      value |= std::int64_t{pins[at / 8] >> (at % 8) & 1} << bit;
    }
    return value;
  }

  static std::int64_t as_signed(std::int64_t field, int bits) {
    const std::int64_t low = field & ((std::int64_t{1} << bits) - 1);
    return (low >> (bits - 1) & 1) != 0 ? low - (std::int64_t{1} << bits) : low;
  }

  [[nodiscard]] Parts parts_of(const spec::IntegerFormat& format, std::int64_t code,
                               bool is_input) const {
    Parts parts;
    if (format.element == spec::Element::integer) {
      const std::int64_t value = format.is_signed ? as_signed(code, format.bits) : code;
      parts.kind = value == 0 ? Kind::zero : Kind::number;
      parts.negative = value < 0;
      parts.magnitude = value < 0 ? -value : value;
      return parts;
    }
    const spec::FloatShape shape = spec::shape_of(format.element);
    const std::int64_t fraction = code % (1 << shape.fraction_bits);
    const auto field =
        static_cast<int>(code / (1 << shape.fraction_bits) % (1 << shape.exponent_bits));
    parts.negative = code >= std::int64_t{1} << (format.bits - 1);
    const bool top = field == (1 << shape.exponent_bits) - 1;
    if (top && shape.has_infinity) {
      parts.kind = fraction == 0 ? Kind::infinity : Kind::nan;
      const bool quiet = fraction >> (shape.fraction_bits - 1) != 0;
      if (is(FloatMutation::nan_pattern_lost) && is_input && !quiet) parts.kind = Kind::infinity;
    } else if (top && shape.has_nan && fraction == (1 << shape.fraction_bits) - 1) {
      parts.kind = Kind::nan;
    } else if (field == 0) {
      const bool flushed = is(is_input ? FloatMutation::input_subnormals_flushed
                                       : FloatMutation::weight_subnormals_flushed);
      parts.magnitude = flushed ? 0 : fraction;
    } else {
      parts.magnitude = fraction + (1 << shape.fraction_bits);
      parts.field = field;
    }
    if (parts.magnitude != 0) parts.kind = Kind::number;
    const bool lost = is(is_input ? FloatMutation::input_nan_lost : FloatMutation::weight_nan_lost);
    if (parts.kind == Kind::nan && lost) parts.kind = Kind::zero;
    return parts;
  }

  [[nodiscard]] std::int64_t aligned(const spec::AlignedOperand& operand, const Parts& parts,
                                     int target) const {
    std::int64_t value = parts.magnitude;
    if (operand.significand_bits > 0) {
      value <<= operand.guard_bits;
      const std::int64_t limit =
          (std::int64_t{1} << (operand.significand_bits + operand.guard_bits)) - 1;
      int down = target - parts.field;
      if (down < 0 && value != 0) {
        value = is(FloatMutation::weights_do_not_saturate) ? value << std::min(-down, 40) & limit
                                                           : limit;
      }
      // One place at a time.
      bool half = false;
      bool below = false;
      for (; down > 0; --down) {
        below = below || half;
        half = value % 2 != 0;
        value /= 2;
      }
      const bool even = is(FloatMutation::ties_up) || value % 2 != 0;
      if (spec_.floating.rounding == spec::Rounding::nearest_even && half && (below || even)) {
        ++value;
      }
      const bool sticks = (half || below) && !is(FloatMutation::sticky_ignored);
      if (spec_.floating.rounding == spec::Rounding::sticky && sticks) value |= 1;
    }
    return parts.negative ? -value : value;
  }

  void store() {
    const std::size_t bank = ports_.banks == 1 ? 0 : pins_.weight_bank;
    const std::size_t row = ports_.rows == 1 ? 0 : pins_.weight_row;
    const bool integer = ports_.integer_bits > 0 && pins_.weight_integer != 0;
    const bool offline = spec_.floating.align_weights_at == spec::WeightAligner::offline;
    for (std::size_t column = 0; column < ports_.columns; ++column) {
      const std::int64_t field = field_of(weight_data_, column, ports_.weight_field_bits);
      const int scale = static_cast<int>(field_of(weight_scale_, column, ports_.weight_scale_bits));
      Weight& weight = weights_[(bank * ports_.rows + row) * ports_.columns + column];
      const Weight before = weight;
      if (integer) {
        weight.value = as_signed(field, ports_.integer_bits);
        weight.negative = weight.value < 0;
        weight.kind = weight.value == 0 ? Kind::zero : Kind::number;
      } else if (offline) {
        weight.value = as_signed(field, ports_.weight_field_bits);
        const std::int64_t kind = field_of(weight_class_, column, ports_.weight_class_bits);
        weight.negative = (kind & 1) != 0;
        weight.kind = ports_.weight_class_bits == 3 ? static_cast<Kind>(kind >> 1)
                      : kind != 0                   ? Kind::nan
                                                    : Kind::number;
      } else {
        const Parts parts = parts_of(spec_.weight, field, false);
        const int target = weight_operand_.target.value_or(scale);
        weight = {aligned(weight_operand_, parts, target), parts.kind, parts.negative};
      }
      const bool was_number = before.kind == Kind::number || before.kind == Kind::zero;
      if ((is(FloatMutation::class_not_overwritten) && !was_number) ||
          (is(FloatMutation::class_of_integers_kept) && integer)) {
        weight.kind = before.kind;
        weight.negative = before.negative;
      }
      if (is(FloatMutation::exponent_of_first_row) && row % block_rows_ != 0) continue;
      if (is(FloatMutation::integers_keep_exponents) && integer) continue;
      exponents_[(bank * ports_.blocks + row / block_rows_) * ports_.columns + column] = scale;
    }
  }

  // Results.

  [[nodiscard]] std::int64_t shifted(std::int64_t value, int down) const {
    bool half = false;
    bool below = false;
    const bool towards_zero = is(FloatMutation::negative_sums_towards_zero) && value < 0;
    if (towards_zero) value = -value;
    for (; down > 0 && (value != 0 || half); --down) {
      below = below || half;
      half = (value & 1) != 0;
      value >>= 1;  // rounds down; -1 stays
      if (value == -1 && down > 100) down = 100;
    }
    const bool even = is(FloatMutation::ties_up) || (value & 1) != 0;
    if (spec_.floating.rounding == spec::Rounding::nearest_even && half && (below || even)) ++value;
    const bool sticks = (half || below) && !is(FloatMutation::sticky_ignored);
    if (spec_.floating.rounding == spec::Rounding::sticky && sticks) value |= 1;
    return towards_zero ? -value : value;
  }

  [[nodiscard]] std::vector<std::int64_t> multiply() const {
    const std::size_t bank = ports_.banks == 1 ? 0 : pins_.in_bank;
    const bool integer = ports_.integer_bits > 0 && pins_.in_integer != 0;
    std::vector<Parts> x(ports_.rows);
    std::vector<std::int64_t> a(ports_.rows);
    std::vector<int> exponents(ports_.blocks, 0);
    bool nan = false;
    for (std::size_t row = 0; row < ports_.rows; ++row) {
      const std::int64_t field = field_of(in_data_, row, spec_.input.bits);
      if (integer) {
        a[row] = as_signed(field, ports_.integer_bits);
        continue;
      }
      x[row] = parts_of(spec_.input, field, true);
      const bool lost = is(FloatMutation::nan_of_last_row_lost) && row + 1 == ports_.rows;
      nan = nan || (x[row].kind == Kind::nan && !lost);
    }
    for (std::size_t g = 0; g < ports_.blocks && !integer; ++g) {
      int target = input_operand_.target.value_or(1);
      const bool whole = spec_.floating.align_inputs_to == spec::InputTarget::vector;
      for (std::size_t row = 0; row < ports_.rows && !input_operand_.target; ++row) {
        if (is(FloatMutation::last_row_not_compared) && row + 1 == ports_.rows) continue;
        if (whole || row / block_rows_ == g) target = std::max(target, x[row].field);
      }
      if (!input_operand_.target) exponents[g] = target;
      if (ports_.input_scale_bits > 0) {
        const auto scale = static_cast<int>(field_of(in_scale_, g, 8));
        nan = nan || scale == 255;
        exponents[g] += scale - (is(FloatMutation::scale_off_by_one) && scale != 127 ? 1 : 0);
      }
      for (std::size_t row = g * block_rows_; row < (g + 1) * block_rows_; ++row) {
        a[row] = aligned(input_operand_, x[row], target);
      }
    }
    std::vector<std::int64_t> results(ports_.columns);
    for (std::size_t column = 0; column < ports_.columns; ++column) {
      results[column] = result_of(bank, column, integer, nan, x, a, exponents);
    }
    return results;
  }

  [[nodiscard]] std::int64_t result_of(std::size_t bank, std::size_t column, bool integer, bool nan,
                                       const std::vector<Parts>& x,
                                       const std::vector<std::int64_t>& a,
                                       std::vector<int> exponents) const {
    std::vector<std::int64_t> sums(ports_.blocks, 0);
    std::optional<bool> infinite;  ///< its sign
    bool last_sign = false;
    for (std::size_t row = 0; row < ports_.rows; ++row) {
      const Weight& w = weights_[(bank * ports_.rows + row) * ports_.columns + column];
      sums[row / block_rows_] += a[row] * w.value;
      const bool sign = x[row].negative != w.negative;
      last_sign = sign;
      if (w.kind == Kind::nan) nan = true;
      if (x[row].kind != Kind::infinity && w.kind != Kind::infinity) continue;
      const bool by_value = is(FloatMutation::zero_by_aligned_value);
      const bool x_zero =
          x[row].kind == Kind::zero || (by_value && x[row].kind == Kind::number && a[row] == 0);
      const bool w_zero =
          w.kind == Kind::zero || (by_value && w.kind == Kind::number && w.value == 0);
      if ((x_zero || w_zero) && !is(FloatMutation::infinity_times_zero)) nan = true;
      const bool both = infinite && *infinite != sign;
      if (both && !is(FloatMutation::opposite_infinities)) nan = true;
      if (!infinite) infinite = sign;
    }
    for (std::size_t g = 0; g < ports_.blocks; ++g) {
      const std::size_t block = is(FloatMutation::exponent_of_first_block) ? 0 : g;
      const int brought = exponents_[(bank * ports_.blocks + block) * ports_.columns + column];
      exponents[g] += brought;
      if (spec_.weight.has_scale && brought == 255 && !is(FloatMutation::scale_nan_lost))
        nan = true;
    }
    std::int64_t sum = 0;
    if (integer) {
      for (const std::int64_t block : sums) sum += block;
      if (nan && is(FloatMutation::integers_have_nan)) return nan_code(x);
      return sum & mask(result_.bits);
    }
    if (nan) return nan_code(x);
    if (infinite) return infinity_code(*infinite);
    int most = ports_.blocks == 1 ? exponents[0] : 0;
    for (std::size_t g = 0; g < ports_.blocks; ++g) {
      if (sums[g] != 0 || is(FloatMutation::zero_blocks_count)) most = std::max(most, exponents[g]);
    }
    for (std::size_t g = 0; g < ports_.blocks; ++g) {
      if (sums[g] == 0) continue;
      sum += shifted(sums[g] << spec_.floating.sum_guard_bits, most - exponents[g]);
    }
    return rounded(sum, most, last_sign);
  }

  static std::int64_t mask(int bits) { return bits >= 64 ? -1 : (std::int64_t{1} << bits) - 1; }
  [[nodiscard]] int fraction_bits() const {
    return spec_.floating.result == spec::ResultFormat::fp32 ? 23 : 7;
  }
  [[nodiscard]] std::int64_t nan_code(const std::vector<Parts>& x) const {
    if (spec_.floating.result == spec::ResultFormat::integer) {
      return mask(result_.bits) & ~mask(result_.sum_bits);
    }
    const std::int64_t quiet = std::int64_t{511} << (fraction_bits() - 1);
    const bool sign = is(FloatMutation::nan_with_sign) && x.back().negative;
    return quiet | (sign ? std::int64_t{256} << fraction_bits() : 0);
  }
  [[nodiscard]] std::int64_t infinity_code(bool negative) const {
    if (spec_.floating.result == spec::ResultFormat::integer) {
      return (mask(result_.bits) & ~mask(result_.sum_bits)) |
             (negative ? mask(result_.sum_bits) : 1);
    }
    return std::int64_t{negative ? 511 : 255} << fraction_bits();
  }

  [[nodiscard]] std::int64_t rounded(std::int64_t sum, int exponent, bool last_sign) const {
    if (spec_.floating.result == spec::ResultFormat::integer) {
      return (sum & mask(result_.sum_bits)) | std::int64_t{exponent} << result_.sum_bits;
    }
    const int fraction = fraction_bits();
    const std::int64_t sign_bit = std::int64_t{256} << fraction;
    if (sum == 0) return is(FloatMutation::sign_of_zero) && last_sign ? sign_bit : 0;
    const std::int64_t sign = sum < 0 ? sign_bit : 0;
    std::int64_t value = sum < 0 ? -sum : sum;
    // value * 2^(field - 127 - fraction): one place at a time to a hidden bit, or to field 1.
    std::int64_t field = exponent - result_.offset + 127 + fraction;
    for (; value < std::int64_t{1} << fraction && field > 1; --field) value <<= 1;
    bool half = false;
    bool below = false;
    for (; value >= std::int64_t{2} << fraction || field < 1; ++field) {
      below = below || half;
      half = (value & 1) != 0;
      value >>= 1;
    }
    if (half && (below || (value & 1) != 0 || is(FloatMutation::results_ties_up))) ++value;
    if (value == std::int64_t{2} << fraction) {
      value >>= 1;
      ++field;
    }
    if (field > 254) {
      return sign |
             (std::int64_t{255} << fraction) - (is(FloatMutation::overflow_to_largest) ? 1 : 0);
    }
    if (value < std::int64_t{1} << fraction) {
      if (is(FloatMutation::results_flushed)) value = 0;
      if (value == 0 && is(FloatMutation::underflow_without_sign)) return 0;
      return sign | value;
    }
    return sign | (field << fraction) | (value - (std::int64_t{1} << fraction));
  }

  spec::MacroSpec spec_;
  FloatMutation mutation_;
  tb::Ports ports_;
  spec::AlignedOperand input_operand_, weight_operand_;
  spec::ResultShape result_;
  std::size_t block_rows_;
  cim_dut_pins pins_{};
  bool clock_ = false;
  std::vector<Weight> weights_;                                   ///< [bank][row][column]
  std::vector<int> exponents_;                                    ///< [bank][block][column]
  std::deque<std::pair<std::vector<std::int64_t>, int>> flight_;  ///< results, cycles to their end
  int busy_ = 0;
  std::vector<std::uint8_t> weight_data_, weight_scale_, weight_class_, in_data_, in_scale_,
      out_data_;
};

class FloatReferenceFactory final : public tb::DutFactory {
 public:
  explicit FloatReferenceFactory(spec::MacroSpec spec, FloatMutation mutation = FloatMutation::none)
      : spec_(std::move(spec)), mutation_(mutation) {}
  [[nodiscard]] std::unique_ptr<tb::Dut> make(const std::string&) const override {
    return std::make_unique<FloatReferenceDut>(spec_, mutation_);
  }

 private:
  spec::MacroSpec spec_;
  FloatMutation mutation_;
};

}  // namespace cimforge::tests
