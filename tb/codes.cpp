#include "tb/codes.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "generator/spec/binary.h"
#include "generator/spec/floating.h"
#include "generator/spec/parts.h"
#include "generator/spec/precision.h"
#include "generator/spec/range.h"
#include "generator/spec/structure.h"

namespace cimforge::tb {
namespace {

static_assert(std::endian::native == std::endian::little,
              "ports are read and written as 64-bit words, least significant byte first");

std::uint64_t load(const std::uint8_t* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

void store(std::uint8_t* to, std::uint64_t word) {
  std::memcpy(to, &word, sizeof word);
}

std::uint64_t mask_of(int bits) {
  return ~std::uint64_t{0} >> (64 - bits);
}

template <typename Value>
void pack_values(std::span<const Value> values, int bits, PortValue& port) {
  assert(values.size() * static_cast<std::size_t>(bits) == port.bits());
  const std::uint64_t mask = mask_of(bits);
  std::uint8_t* to = port.data();
  std::uint64_t word = 0;
  int filled = 0;
  for (const Value value : values) {
    const std::uint64_t code = static_cast<std::uint64_t>(value) & mask;
    word |= code << filled;
    filled += bits;
    if (filled >= 64) {
      store(to, word);
      to += 8;
      filled -= 64;
      word = filled == 0 ? 0 : code >> (bits - filled);
    }
  }
  if (filled > 0) store(to, word);
}

template <typename Value>
void unpack_values(const PortValue& port, int bits, bool is_signed, std::span<Value> values) {
  assert(values.size() * static_cast<std::size_t>(bits) == port.bits());
  const std::uint8_t* const from = port.data();
  const int spare = 64 - bits;
  std::size_t at = 0;
  const auto step = static_cast<std::size_t>(bits);
  // The code, moved to the top of a word: what a shift to the right makes of it has the right sign.
  const auto top = [&] {
    const std::uint8_t* const byte = from + at / 8;
    const auto offset = static_cast<int>(at % 8);
    std::uint64_t word = load(byte) >> offset;
    if (bits + offset > 64) word |= std::uint64_t{byte[8]} << (64 - offset);
    at += step;
    return word << spare;
  };
  if (is_signed) {
    for (Value& value : values) {
      value = static_cast<Value>(static_cast<std::int64_t>(top()) >> spare);
    }
  } else {
    for (Value& value : values) value = static_cast<Value>(top() >> spare);
  }
}

/// The width of a number below `count`.
int bits_below(int count) {
  return static_cast<int>(std::bit_width(static_cast<unsigned>(count) - 1));
}

}  // namespace

void pack(std::span<const std::int32_t> values, int bits, PortValue& port) {
  pack_values(values, bits, port);
}

void pack(std::span<const std::int64_t> values, int bits, PortValue& port) {
  pack_values(values, bits, port);
}

void unpack(const PortValue& port, int bits, bool is_signed, std::span<std::int32_t> values) {
  assert(bits <= 32);
  unpack_values(port, bits, is_signed, values);
}

void unpack(const PortValue& port, int bits, bool is_signed, std::span<std::int64_t> values) {
  unpack_values(port, bits, is_signed, values);
}

void pack(std::span<const std::int32_t> values, const spec::IntegerFormat& format,
          PortValue& port) {
  if (!format.is_bipolar) return pack(values, format.bits, port);
  std::vector<std::int32_t> bits(values.size());
  std::ranges::transform(values, bits.begin(), [](std::int32_t value) { return value > 0; });
  pack(bits, 1, port);
}

void unpack(const PortValue& port, const spec::IntegerFormat& format,
            std::span<std::int32_t> values) {
  unpack(port, format.bits, format.is_signed, values);
  if (format.is_ternary) {
    // The code 10 counts as -1.
    for (std::int32_t& value : values) value = std::max(value, -1);
  }
  if (!format.is_bipolar) return;
  for (std::int32_t& value : values) value = 2 * value - 1;
}

namespace {

/// Cycles, or steps, that so many bits of every input take.
int digits(const spec::MacroSpec& spec, int bits) {
  return (bits + spec.input_bits_per_cycle - 1) / spec.input_bits_per_cycle;
}

/// Of an input as the array multiplies it.
int array_bits(const spec::MacroSpec& spec) {
  return spec.kind == spec::Kind::floating ? spec::aligned_input(spec).format.bits
                                           : spec.input.bits;
}

/// Each step: the rows settle, and each converter starts and waits once a column and slice. Then
/// three cycles until the last code is added, one a column to finish it, and one to take the next
/// vector.
int analog_cycles(const spec::MacroSpec& spec) {
  const spec::Analog& analog = spec.analog;
  const int conversion = analog.adc == spec::Adc::flash ? 1
                         : analog.adc == spec::Adc::sar ? analog.adc_bits
                                                        : 1 << analog.adc_bits;
  const int slices = (spec::array_weight(spec).bits + analog.cell_bits - 1) / analog.cell_bits;
  const int steps =
      spec.input.is_signed ? 1 + digits(spec, spec.input.bits - 1) : digits(spec, spec.input.bits);
  return steps * (analog.settle_cycles + analog.columns_per_adc * slices * (1 + conversion)) + 3 +
         analog.columns_per_adc + 1;
}

/// All the pulses that a row may get, with the conversions that verify it before and after each.
std::uint64_t most_row_cycles(const spec::MacroSpec& spec) {
  const auto verified = static_cast<std::uint64_t>(2 * analog_cycles(spec));
  const auto pulse = static_cast<std::uint64_t>(spec.analog.pulse_cycles);
  return static_cast<std::uint64_t>(spec.analog.program_retries + 1) * (pulse + verified);
}

}  // namespace

Ports::Ports(const spec::MacroSpec& spec)
    : rows(static_cast<std::size_t>(spec.rows)),
      stored_rows(static_cast<std::size_t>(spec::stored_rows(spec))),
      columns(static_cast<std::size_t>(spec.columns)),
      banks(spec.banks),
      bank_bits(bits_below(spec.banks)),
      row_bits(bits_below(spec::stored_rows(spec))),
      index_bits(spec::index_bits(spec)),
      weight_scale_bits(0),
      weight_class_bits(0),
      input_scale_bits(0),
      integer_bits(0),
      weight_modes(false),
      blocks(0),
      group(spec.sparsity.group),
      input(spec.input),
      weight(spec.weight),
      weight_field_bits(spec.weight.bits),
      is_floating(spec.kind == spec::Kind::floating),
      front_registers(is_floating ? spec::input_stages(spec) : 0),
      output_bits(spec::output_width(spec)),
      output_is_signed(spec::output_is_signed(spec)),
      threshold(spec::threshold_format(spec)),
      mode(spec::mode_of(spec)),
      transposes(spec.transpose != spec::Transpose::never),
      precision_per_vector(spec.precision.mode != spec::PrecisionMode::fixed),
      fuse_bits(bits_below(bits_below(spec.precision.fused_columns) + 1)),
      last_bit_bits(precision_per_vector ? bits_below(spec.input.bits) : 0),
      modes(spec::modes_of(spec)),
      // A near-memory macro fetches one row of weights a cycle.
      cycles_per_vector(spec::has_array(spec)                  ? analog_cycles(spec)
                        : spec.kind == spec::Kind::near_memory ? spec.rows
                                                               : digits(spec, array_bits(spec))),
      skips_digits(spec.sparsity.zero_planes == spec::ZeroPlanes::skip),
      digit_bits(spec.input_bits_per_cycle),
      most_row_cycles(spec::has_array(spec) ? tb::most_row_cycles(spec) : 0) {
  if (!is_floating) return;
  weight_scale_bits = spec::weight_scale_bits(spec);
  if (spec.floating.align_weights_at == spec::WeightAligner::offline) {
    weight_class_bits = spec::weight_class_bits(spec);
    weight_field_bits = spec::aligned_weight(spec).format.bits;
  }
  input_scale_bits = spec.input.has_scale ? spec::scale_bits : 0;
  integer_bits = spec.floating.integer_bits;
  weight_modes = spec::weights_say_integer(spec);
  blocks = static_cast<std::size_t>(spec::blocks_of(spec));
}

std::uint32_t Ports::nonzero_digits(const InputVector& vector) const {
  std::uint32_t bits = 0;
  for (const std::int32_t value : vector.codes.values) bits |= static_cast<std::uint32_t>(value);
  std::uint32_t digits = 0;
  const int most = precision_per_vector ? std::min(vector.mode.input_bits, input.bits) : input.bits;
  for (int bit = 0; bit < most; ++bit) {
    if ((bits >> bit & 1U) != 0) digits |= 1U << (bit / digit_bits);
  }
  return digits;
}

int Ports::cycles_of(const InputVector& vector) const {
  if (skips_digits) return std::max(1, std::popcount(nonzero_digits(vector)));
  // An input bit a cycle; what is wider than the macro is its widest.
  if (precision_per_vector) return std::min(vector.mode.input_bits, input.bits);
  return cycles_per_vector;
}

}  // namespace cimforge::tb
