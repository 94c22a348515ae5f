#include "sim/golden.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>
#include <utility>

#include "generator/spec/binary.h"
#include "generator/spec/parts.h"
#include "generator/spec/precision.h"
#include "generator/spec/range.h"
#include "generator/spec/structure.h"
#include "sim/approximate.h"
#include "sim/precision.h"
#include "sim/reference/macro.h"

namespace cimforge::sim {
namespace {

/// The products that one input code and one weight code can make.
struct ProductRange {
  std::int64_t lowest;
  std::int64_t highest;
};

ProductRange product_range(const spec::MacroSpec& spec) {
  // A product is largest and smallest where both factors are at an end of their format.
  const std::int64_t x_min = spec.input.min();
  const std::int64_t x_max = spec.input.max();
  const std::int64_t w_min = spec.weight.min();
  const std::int64_t w_max = spec.weight.max();
  const auto [lowest, highest] =
      std::minmax({x_min * w_min, x_min * w_max, x_max * w_min, x_max * w_max});
  return {lowest, highest};
}

/// Results are two's complement, but unsigned where no sum can be negative: with two unsigned
/// operands, and with int1 x int1, whose products are 0 x 0, 0 x -1 and -1 x -1.
bool result_is_signed(const spec::MacroSpec& spec) {
  return product_range(spec).lowest < 0;
}

/// The nearest value that `bits` bits can hold.
std::int64_t saturate(std::int64_t value, int bits, bool is_signed) {
  const std::int64_t lowest = is_signed ? -(std::int64_t{1} << (bits - 1)) : 0;
  const std::int64_t highest =
      is_signed ? (std::int64_t{1} << (bits - 1)) - 1 : (std::int64_t{1} << bits) - 1;
  if (value < lowest) return lowest;
  if (value > highest) return highest;
  return value;
}

/// What is read from the low `bits` bits of the value when those above them are dropped.
std::int64_t truncate(std::int64_t value, int bits, bool is_signed) {
  const std::int64_t modulus = std::int64_t{1} << bits;
  const std::int64_t low_bits = value & (modulus - 1);
  const bool top_bit = low_bits >= modulus / 2;
  return is_signed && top_bit ? low_bits - modulus : low_bits;
}

/// From this width on no sum of 4096 products of 16-bit operands (45 bits) is changed.
constexpr int kWiderThanAnySum = 62;

}  // namespace

std::int64_t output_value(const spec::MacroSpec& spec, std::int64_t sum) {
  if (spec.output_mode == spec::OutputMode::sign) return sum;
  // Arithmetic shift: rounds towards minus infinity. C++20 defines it so for negative values.
  const std::int64_t value = sum >> spec.output_shift;
  const int bits = spec.output_bits;
  if (bits == 0 || bits >= kWiderThanAnySum) return value;  // as wide as needed

  switch (spec.output_mode) {
    case spec::OutputMode::exact:
      return value;
    case spec::OutputMode::saturate:
      return saturate(value, bits, result_is_signed(spec));
    case spec::OutputMode::truncate:
      return truncate(value, bits, result_is_signed(spec));
    case spec::OutputMode::sign:
      break;
  }
  assert(false && "an output mode without arithmetic");
  return value;
}

GoldenMacro::GoldenMacro(spec::MacroSpec spec) : spec_(std::move(spec)) {
  if (spec_.kind == spec::Kind::floating) {
    floating_.emplace(spec_);
    return;
  }
  weights_.assign(row_offset(spec_.banks, 0), spec_.weight.rest());
  if (spec_.sparsity.is_structured()) indices_.assign(weights_.size(), 0);
  if (spec::has_thresholds(spec_)) {
    thresholds_.assign(static_cast<std::size_t>(spec_.banks * spec_.columns), 0);
  }
}

void GoldenMacro::write_thresholds(int bank, std::span<const std::int64_t> thresholds) {
  assert(0 <= bank && bank < spec_.banks);
  assert(thresholds.size() == static_cast<std::size_t>(spec_.columns));
  assert(std::ranges::all_of(thresholds,
                             [this](auto t) { return spec::threshold_format(spec_).holds(t); }));
  std::ranges::copy(thresholds,
                    thresholds_.begin() + static_cast<std::ptrdiff_t>(bank) * spec_.columns);
}

std::span<const std::int64_t> GoldenMacro::thresholds(int bank) const {
  if (thresholds_.empty()) return {};
  const auto columns = static_cast<std::size_t>(spec_.columns);
  return std::span(thresholds_).subspan(static_cast<std::size_t>(bank) * columns, columns);
}

void GoldenMacro::sums(int bank, std::span<const std::int32_t> inputs,
                       std::span<std::int64_t> outputs) const {
  assert(spec::has_thresholds(spec_));
  multiply_plainly(bank, inputs, outputs);
}

std::size_t GoldenMacro::row_offset(int bank, int row) const {
  const auto rows = static_cast<std::size_t>(spec::stored_rows(spec_));
  const auto columns = static_cast<std::size_t>(spec_.columns);
  return (static_cast<std::size_t>(bank) * rows + static_cast<std::size_t>(row)) * columns;
}

void GoldenMacro::write_row(int bank, int row, std::span<const std::int32_t> weights,
                            const BesideWeights& beside) {
  if (floating_) return floating_->write_row(bank, row, weights, beside.scales, beside.integer);
  const std::span<const std::int32_t> indices = beside.indices;
  assert(0 <= bank && bank < spec_.banks);
  assert(0 <= row && row < spec::stored_rows(spec_));
  assert(weights.size() == static_cast<std::size_t>(spec_.columns));
  assert(std::ranges::all_of(weights, [this](auto w) { return spec_.weight.holds(w); }));
  assert(indices.size() == (indices_.empty() ? 0 : weights.size()));
  assert(std::ranges::all_of(
      indices, [this](auto i) { return 0 <= i && i < 1 << spec::index_bits(spec_); }));
  const auto offset = static_cast<std::ptrdiff_t>(row_offset(bank, row));
  std::ranges::copy(weights, weights_.begin() + offset);
  // Where no weight has an index there is nothing to go into.
  if (!indices.empty()) std::ranges::copy(indices, indices_.begin() + offset);
}

std::vector<std::int64_t> GoldenMacro::multiply(int bank,
                                                std::span<const std::int32_t> input) const {
  assert(input.size() == static_cast<std::size_t>(spec_.rows));
  std::vector<std::int64_t> outputs(static_cast<std::size_t>(spec_.columns));
  multiply(bank, input, outputs);
  return outputs;
}

void GoldenMacro::multiply(int bank, std::span<const std::int32_t> inputs,
                           std::span<std::int64_t> outputs) const {
  multiply(bank, spec::mode_of(spec_), inputs, outputs);
}

void GoldenMacro::multiply(int bank, const spec::Mode& mode, std::span<const std::int32_t> inputs,
                           std::span<std::int64_t> outputs,
                           std::span<const std::int32_t> scales) const {
  if (floating_) {
    const auto rows = static_cast<std::size_t>(spec_.rows);
    const auto columns = static_cast<std::size_t>(spec_.columns);
    const std::size_t vectors = inputs.size() / rows;
    for (std::size_t vector = 0; vector < vectors; ++vector) {
      const std::size_t blocks = scales.size() / vectors;
      floating_->multiply(bank, inputs.subspan(vector * rows, rows),
                          scales.subspan(vector * blocks, blocks), mode.integer,
                          outputs.subspan(vector * columns, columns));
    }
    return;
  }
  if (mode.transposed) {
    // y[r] = sum over c of x[c] W[r][c]: what a macro gives that holds W^T.
    assert(spec_.transpose == spec::Transpose::per_vector);
    spec::MacroSpec plain = spec_;
    plain.transpose = spec::Transpose::never;
    plain.banks = 1;
    std::swap(plain.rows, plain.columns);
    GoldenMacro other(std::move(plain));
    const auto rows = static_cast<std::size_t>(spec_.rows);
    const auto columns = static_cast<std::size_t>(spec_.columns);
    const std::int32_t* const weights = weights_.data() + row_offset(bank, 0);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c)
        other.weights_[c * rows + r] = weights[r * columns + c];
    }
    spec::Mode forward = mode;
    forward.transposed = false;
    return other.multiply(0, forward, inputs, outputs);
  }
  if (spec::has_precision(spec_)) return multiply_in_mode(bank, mode, inputs, outputs);
  assert(mode == spec::mode_of(spec_));
  multiply_plainly(bank, inputs, outputs);
  const std::span<const std::int64_t> thresholds = this->thresholds(bank);
  for (std::size_t i = 0; !thresholds.empty() && i < outputs.size(); ++i) {
    outputs[i] = outputs[i] >= thresholds[i % thresholds.size()] ? 1 : 0;
  }
}

void GoldenMacro::multiply_plainly(int bank, std::span<const std::int32_t> inputs,
                                   std::span<std::int64_t> outputs) const {
  assert(0 <= bank && bank < spec_.banks);
  assert(inputs.size() % static_cast<std::size_t>(spec_.rows) == 0);
  assert(inputs.size() / static_cast<std::size_t>(spec_.rows) *
             static_cast<std::size_t>(spec_.columns) ==
         outputs.size());
  assert(std::ranges::all_of(inputs, [this](auto x) { return spec_.input.holds(x); }));

  if (spec_.kind == spec::Kind::analog) return multiply_analog(inputs, outputs);
  if (spec_.kind == spec::Kind::hybrid) return multiply_hybrid(inputs, outputs);
  if (!spec_.approximation.is_exact()) return multiply_approximately(bank, inputs, outputs);
  if (spec_.sparsity.is_structured()) return multiply_structured(bank, inputs, outputs);
  // The same sums in 32 bits where all of them, and so all partial ones, fit: several times faster.
  const ProductRange product = product_range(spec_);
  constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
  const bool fits_32_bits =
      spec_.rows * product.highest <= limit && spec_.rows * product.lowest >= -limit;
  if (fits_32_bits) {
    multiply_in<std::int32_t>(bank, inputs, outputs);
  } else {
    multiply_in<std::int64_t>(bank, inputs, outputs);
  }
}

void GoldenMacro::multiply_in_mode(int bank, const spec::Mode& mode,
                                   std::span<const std::int32_t> inputs,
                                   std::span<std::int64_t> outputs) const {
  const auto rows = static_cast<std::size_t>(spec_.rows);
  const auto columns = static_cast<std::size_t>(spec_.columns);
  const auto kept = static_cast<std::size_t>(spec::stored_rows(spec_));
  const auto weights = std::span(weights_).subspan(row_offset(bank, 0), kept * columns);
  for (std::size_t vector = 0; vector < inputs.size() / rows; ++vector) {
    const auto x = inputs.subspan(vector * rows, rows);
    const auto indices = std::span(indices_).subspan(indices_.empty() ? 0 : row_offset(bank, 0));
    std::ranges::copy(results_in(spec_, mode, weights, indices, x),
                      outputs.begin() + static_cast<std::ptrdiff_t>(vector * columns));
  }
}

namespace {

/// Of a macro with converters: with what they add a sum may be out of the range of the exact ones,
/// and is clamped in every mode but truncation.
reference::MacroParameters output_stage(const spec::MacroSpec& spec) {
  reference::MacroParameters p;
  p.output_shift = spec.output_shift;
  p.mode = static_cast<reference::OutputMode>(spec.output_mode);
  p.output_bits = spec::output_width(spec);
  p.output_signed = spec::output_is_signed(spec);
  return p;
}

}  // namespace

void GoldenMacro::multiply_analog(std::span<const std::int32_t> inputs,
                                  std::span<std::int64_t> outputs) const {
  const spec::Analog& analog = spec_.analog;
  const auto columns = static_cast<std::size_t>(spec_.columns);
  const auto rows = static_cast<std::size_t>(spec_.rows);
  reference::MacroParameters p = output_stage(spec_);
  p.rows = rows;
  p.columns = columns;
  p.input = {spec_.input.bits, spec_.input.is_signed, spec_.input.is_bipolar};
  p.weight = {spec_.weight.bits, spec_.weight.is_signed, spec_.weight.is_bipolar};
  p.code_bits = spec_.input_bits_per_cycle;
  p.cell_bits = analog.cell_bits;
  p.encoding = spec_.weight.is_bipolar                           ? reference::Encoding::bipolar
               : !spec_.weight.is_signed                         ? reference::Encoding::plain
               : analog.encoding == spec::Encoding::differential ? reference::Encoding::differential
                                                                 : reference::Encoding::offset;
  p.adc_bits = analog.adc_bits;
  p.ranges.assign(columns, analog.adc_range);
  p.reference_range = analog.adc_range;
  p.trims.assign(columns, {});
  const std::vector<std::int64_t> weights(weights_.begin(), weights_.end());
  const reference::Macro macro(p, weights);
  for (std::size_t vector = 0; vector < inputs.size() / rows; ++vector) {
    const auto x = inputs.subspan(vector * rows, rows);
    const reference::Result result = macro.multiply(std::vector<std::int64_t>(x.begin(), x.end()));
    std::ranges::copy(result.outputs,
                      outputs.begin() + static_cast<std::ptrdiff_t>(vector * columns));
  }
}

void GoldenMacro::multiply_hybrid(std::span<const std::int32_t> inputs,
                                  std::span<std::int64_t> outputs) const {
  const int low_bits = spec::low_bits(spec_);
  GoldenMacro high(spec::digital_part(spec_));
  GoldenMacro low(spec::analog_part(spec_));
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    high.weights_[i] = weights_[i] >> low_bits;  // rounds down: what is left is not negative
    low.weights_[i] = weights_[i] - high.weights_[i] * (1 << low_bits);
  }
  std::vector<std::int64_t> low_outputs(outputs.size());
  high.multiply(0, inputs, outputs);
  low.multiply(0, inputs, low_outputs);
  const reference::MacroParameters stage = output_stage(spec_);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    outputs[i] = reference::output_value(stage, outputs[i] * (1 << low_bits) + low_outputs[i]);
  }
}

void GoldenMacro::multiply_approximately(int bank, std::span<const std::int32_t> inputs,
                                         std::span<std::int64_t> outputs) const {
  const auto rows = static_cast<std::size_t>(spec_.rows);
  const auto columns = static_cast<std::size_t>(spec_.columns);
  const std::span weights = std::span(weights_).subspan(row_offset(bank, 0), rows * columns);
  for (std::size_t vector = 0; vector < inputs.size() / rows; ++vector) {
    const auto sums = outputs.subspan(vector * columns, columns);
    approximate_sums(spec_, inputs.subspan(vector * rows, rows), weights, sums);
    for (std::int64_t& sum : sums) sum = output_value(spec_, sum);
  }
}

void GoldenMacro::approximation_errors(int bank, const spec::Mode& mode,
                                       std::span<const std::int32_t> input,
                                       std::span<std::int64_t> errors) const {
  const auto rows = static_cast<std::size_t>(spec_.rows);
  const auto columns = static_cast<std::size_t>(spec_.columns);
  assert(!spec_.approximation.is_exact() && input.size() == rows && errors.size() == columns);
  const auto stored = std::span(weights_).subspan(row_offset(bank, 0), rows * columns);
  std::vector<std::int32_t> weights(stored.begin(), stored.end());
  // A transposable macro has as many rows as columns.
  for (std::size_t r = 0; mode.transposed && r < rows; ++r) {
    for (std::size_t c = 0; c < r; ++c)
      std::swap(weights[r * columns + c], weights[c * columns + r]);
  }
  approximate_sums(spec_, input, weights, errors);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      errors[c] -= std::int64_t{input[r]} * weights[r * columns + c];
    }
  }
}

void GoldenMacro::multiply_structured(int bank, std::span<const std::int32_t> inputs,
                                      std::span<std::int64_t> outputs) const {
  const auto rows = static_cast<std::size_t>(spec_.rows);
  const auto columns = static_cast<std::size_t>(spec_.columns);
  const auto kept = static_cast<std::size_t>(spec_.sparsity.nonzero);
  const auto group = static_cast<std::size_t>(spec_.sparsity.group);
  const std::int32_t* const weights = weights_.data() + row_offset(bank, 0);
  const std::int32_t* const indices = indices_.data() + row_offset(bank, 0);

  for (std::size_t vector = 0; vector < inputs.size() / rows; ++vector) {
    const auto x = inputs.subspan(vector * rows, rows);
    std::vector<std::int64_t> sums(columns, 0);
    for (std::size_t p = 0; p < rows / group * kept; ++p) {
      const auto of_group = x.subspan(p / kept * group, group);
      for (std::size_t c = 0; c < columns; ++c) {
        const auto index = static_cast<std::size_t>(indices[p * columns + c]);
        if (index >= group) continue;
        sums[c] += std::int64_t{of_group[index]} * weights[p * columns + c];
      }
    }
    for (std::size_t c = 0; c < columns; ++c) {
      outputs[vector * columns + c] = output_value(spec_, sums[c]);
    }
  }
}

template <typename Sum>
void GoldenMacro::multiply_in(int bank, std::span<const std::int32_t> inputs,
                              std::span<std::int64_t> outputs) const {
  const auto rows = static_cast<std::size_t>(spec_.rows);
  const auto columns = static_cast<std::size_t>(spec_.columns);
  const std::int32_t* const weights = weights_.data() + row_offset(bank, 0);

  std::vector<Sum> sums(columns);
  for (std::size_t vector = 0; vector < inputs.size() / rows; ++vector) {
    std::ranges::fill(sums, Sum{0});
    for (std::size_t r = 0; r < rows; ++r) {
      const Sum x = inputs[vector * rows + r];
      const std::int32_t* const row = weights + r * columns;
      Sum* const sum = sums.data();
      for (std::size_t c = 0; c < columns; ++c) sum[c] += x * Sum{row[c]};
    }
    for (std::size_t c = 0; c < columns; ++c) {
      outputs[vector * columns + c] = output_value(spec_, sums[c]);
    }
  }
}

}  // namespace cimforge::sim
