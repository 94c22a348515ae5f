// The C++ side of the cycle model of a floating macro: real numbers in, real numbers out, or codes.
// Shipped beside cycle_model.hpp; needs nothing more.
#ifndef CIMFORGE_FLOAT_MODEL_HPP
#define CIMFORGE_FLOAT_MODEL_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "cimforge/cycle_model.hpp"
#include "cimforge/number.hpp"

namespace cimforge {

/// The cycle model of one floating macro; the header of each model names the finished type.
template <class Macro>
class FloatModel : private CycleModel<Macro> {
  using Base = CycleModel<Macro>;

 public:
  using Base::banks;
  using Base::Base;
  using Base::columns;
  using Base::cycles;
  using Base::rows;
  static constexpr int block_rows = Macro::block_rows;
  static constexpr int blocks = rows / block_rows;
  static constexpr number::Format input_format = Macro::input_format;
  static constexpr number::Format weight_format = Macro::weight_format;

  /// Quantises and stores a matrix, rows x columns, row-major: blocks have the scale of their
  /// largest weight, or are aligned to it. What is past the largest of the format becomes it.
  /// Throws std::invalid_argument for another shape or bank, and for a NaN or an infinity that the
  /// format has none for.
  void load_weights(std::span<const double> weights, int bank = 0) {
    Base::require(weights.size() == std::size_t{1} * rows * columns,
                  "weights must be rows x columns");
    require_numbers(weight_format, weights);
    const number::Quantised quantised =
        number::quantise(weight_format, columns, block_rows, Macro::weights_to_block, weights);
    load_codes(quantised.codes, quantised.scales, bank);
  }
  void load_weights(std::span<const float> weights, int bank = 0) {
    load_weights(std::vector<double>(weights.begin(), weights.end()), bank);
  }

  /// Stores codes of the weight format, rows x columns, and scales, or exponents to align to,
  /// blocks x columns; none where the macro takes none. Weights that the macro takes aligned are
  /// aligned here.
  void load_codes(std::span<const std::int32_t> codes, std::span<const std::int32_t> scales,
                  int bank = 0) {
    require_codes(weight_format, codes);
    store(codes, scales, false, bank);
  }

  /// Stores integers for vectors in integer mode. What exponents the blocks have is as `scales`
  /// says.
  void load_integers(std::span<const std::int32_t> weights,
                     std::span<const std::int32_t> scales = {},
                     int bank = 0) requires(Macro::integer_bits > 0) {
    require_codes({.bits = Macro::integer_bits}, weights);
    const std::vector<std::int32_t> zeros(scale_count(), 0);
    store(weights, scales.empty() ? std::span<const std::int32_t>(zeros) : scales, true, bank);
  }

  /// Quantises and multiplies vectors, back to back: any number of `rows` numbers; returns as many
  /// of `columns` results. Blocks of a format with scales have that of their largest input. Throws
  /// as load_weights() does.
  std::vector<double> run(std::span<const double> vectors, int bank = 0) {
    Base::require(vectors.size() % rows == 0, "vectors must be a multiple of rows");
    require_numbers(input_format, vectors);
    std::vector<std::int32_t> codes, scales;
    for (std::size_t first = 0; first < vectors.size(); first += rows) {
      const number::Quantised quantised =
          number::quantise(input_format, 1, block_rows, false, vectors.subspan(first, rows));
      codes.insert(codes.end(), quantised.codes.begin(), quantised.codes.end());
      scales.insert(scales.end(), quantised.scales.begin(), quantised.scales.end());
    }
    std::vector<double> results;
    for (const std::int64_t code : run_codes(codes, scales, bank)) results.push_back(value(code));
    return results;
  }
  std::vector<float> run(std::span<const float> vectors, int bank = 0) {
    const std::vector<double> results =
        run(std::vector<double>(vectors.begin(), vectors.end()), bank);
    return std::vector<float>(results.begin(), results.end());
  }

  /// The same with codes: `rows` and, of a format with scales, `blocks` a vector. Results are
  /// codes.
  std::vector<std::int64_t> run_codes(std::span<const std::int32_t> codes,
                                      std::span<const std::int32_t> scales = {}, int bank = 0) {
    require_codes(input_format, codes);
    const std::size_t each = input_format.has_scale ? blocks : 0;
    Base::require(scales.size() == codes.size() / rows * each, "scales must be one a block");
    this->pins_->in_integer = 0;
    return Base::stream(codes, bank, [&](std::size_t vector) {
      if (each > 0) pack_scales(scales.subspan(vector * each, each), this->pins_->in_scale);
    });
  }

  /// The same in integer mode; results are the sums.
  std::vector<std::int64_t> run_integers(std::span<const std::int32_t> vectors,
                                         int bank = 0) requires(Macro::integer_bits > 0) {
    require_codes({.bits = Macro::integer_bits}, vectors);
    this->pins_->in_integer = 1;
    std::vector<std::int64_t> sums = Base::stream(vectors, bank, [](std::size_t) {});
    for (std::int64_t& sum : sums) sum = low(sum, Macro::output_bits);
    return sums;
  }

  /// The value of the code of a result.
  static double value(std::int64_t code) {
    if constexpr (Macro::result_format.bits > 0) {
      return number::value_of(Macro::result_format,
                              static_cast<std::int32_t>(static_cast<std::uint32_t>(code)));
    } else {
      // The sum in the low bits, its exponent above them; ones there say that it is no number.
      constexpr int exponent_bits = Macro::output_bits - Macro::sum_bits;
      const std::int64_t sum = low(code, Macro::sum_bits);
      const auto exponent = static_cast<int>(static_cast<std::uint64_t>(code) >> Macro::sum_bits &
                                             ((std::uint64_t{1} << exponent_bits) - 1));
      if (exponent == (1 << exponent_bits) - 1) {
        return sum == 0 ? std::numeric_limits<double>::quiet_NaN()
                        : static_cast<double>(sum) * std::numeric_limits<double>::infinity();
      }
      return std::ldexp(static_cast<double>(sum), exponent - Macro::result_offset);
    }
  }

 private:
  static constexpr std::size_t scale_count() {
    return Macro::weight_scale_bits > 0 ? std::size_t{1} * blocks * columns : 0;
  }

  /// The low bits as two's complement.
  static std::int64_t low(std::int64_t code, int bits) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(code) << (64 - bits)) >>
           (64 - bits);
  }

  /// Nothing becomes a number in silence.
  static void require_numbers(const number::Format& format, std::span<const double> values) {
    for (const double value : values) {
      Base::require(!std::isnan(value) || format.has_nan, "the format has no NaN");
      Base::require(!std::isinf(value) || format.has_infinity, "the format has no infinity");
    }
  }

  static void require_codes(const number::Format& format, std::span<const std::int32_t> codes) {
    const bool is_signed = !format.is_float() && format.is_signed;
    const std::int32_t end = std::int32_t{1} << (format.bits - (is_signed ? 1 : 0));
    for (const std::int32_t code : codes) {
      Base::require(code >= (is_signed ? -end : 0) && code < end, "a code is outside its format");
    }
  }

  void pack_scales(std::span<const std::int32_t> scales, std::uint8_t* port) {
    for (std::size_t i = 0; i < scales.size(); ++i) {
      Base::require(scales[i] >= 0 && scales[i] <= number::scale_nan, "a scale has 8 bits");
      port[i] = static_cast<std::uint8_t>(scales[i]);
    }
  }

  void store(std::span<const std::int32_t> codes, std::span<const std::int32_t> scales,
             bool integer, int bank) {
    Base::require(codes.size() == std::size_t{1} * rows * columns,
                  "weights must be rows x columns");
    Base::require(scales.size() == scale_count(), "scales must be blocks x columns");
    Base::require(bank >= 0 && bank < banks, "there is no such bank");
    std::vector<std::int32_t> fields(columns), classes(columns);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::span<const std::int32_t> brought =
          scales.empty() ? scales : scales.subspan(row / block_rows * columns, columns);
      for (std::size_t column = 0; column < columns; ++column) {
        const std::int32_t code = codes[row * columns + column];
        fields[column] = code;
        number::Number parts = number::decode(integer ? number::Format{} : weight_format, code);
        if (Macro::weights_aligned && !integer) {
          const int target =
              Macro::weights_to_block ? brought[column] : weight_format.largest_exponent;
          fields[column] =
              number::align(weight_format, Macro::weight_guard_bits, Macro::rounding, parts, target)
                  .value;
        }
        classes[column] =
            static_cast<std::int32_t>(number::class_code(Macro::weight_class_bits, parts));
      }
      Base::pack(fields, Macro::weight_bits, false, this->pins_->weight_data);
      if (Macro::weight_scale_bits > 0) {
        Base::pack(brought, Macro::weight_scale_bits, false, this->pins_->weight_scale);
      }
      if (Macro::weight_class_bits > 0) {
        Base::pack(classes, Macro::weight_class_bits, false, this->pins_->weight_class);
      }
      this->pins_->weight_integer = integer ? 1 : 0;
      Base::write_row(static_cast<std::uint32_t>(row), bank);
    }
    Base::settle();
  }
};

}  // namespace cimforge

#endif  // CIMFORGE_FLOAT_MODEL_HPP
