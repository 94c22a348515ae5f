#include "tb/mode.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace cimforge::tb {

void put_mode(const spec::Mode& mode, cim_dut_pins& pins) {
  pins.in_transpose = mode.transposed ? 1 : 0;
  pins.in_signed = mode.input_signed ? 1 : 0;
  pins.in_weight_signed = mode.weight_signed ? 1 : 0;
  pins.in_fuse =
      static_cast<std::uint8_t>(std::countr_zero(static_cast<unsigned>(mode.fused_columns)));
  pins.in_last_bit = static_cast<std::uint8_t>(mode.input_bits - 1);
  pins.in_integer = mode.integer ? 1 : 0;
}

void scramble_mode(const Ports& ports, Random& random, cim_dut_pins& pins) {
  if (ports.transposes) pins.in_transpose = random.once_in(2) ? 1 : 0;
  if (ports.integer_bits > 0) pins.in_integer = random.once_in(2) ? 1 : 0;
  if (!ports.precision_per_vector) return;
  pins.in_signed = random.once_in(2) ? 1 : 0;
  pins.in_weight_signed = random.once_in(2) ? 1 : 0;
  pins.in_fuse = static_cast<std::uint8_t>(random.below(std::uint64_t{1} << ports.fuse_bits));
  pins.in_last_bit =
      static_cast<std::uint8_t>(random.below(std::uint64_t{1} << ports.last_bit_bits));
}

spec::Mode random_mode(const Ports& ports, Random& random) {
  spec::Mode mode = ports.mode;
  if (ports.transposes) mode.transposed = random.once_in(2);
  if (!ports.precision_per_vector) return mode;
  mode.input_signed = random.once_in(2);
  mode.weight_signed = random.once_in(2);
  mode.fused_columns = 1 << random.below(std::uint64_t{1} << ports.fuse_bits);
  mode.input_bits = 1 + static_cast<int>(random.below(std::uint64_t{1} << ports.last_bit_bits));
  // Now and then the macro's own, of whose vectors the corners are counted.
  return random.once_in(3) ? ports.mode : mode;
}

namespace {

/// The format of the inputs of a vector.
spec::IntegerFormat format_of(const Ports& ports, const InputVector& vector) {
  if (!ports.precision_per_vector) return ports.input;
  return {vector.mode.input_signed, std::min(vector.mode.input_bits, ports.input.bits)};
}

/// Narrow codes at the low ends of their fields; above a code the field holds anything.
void put_in_fields(const Ports& ports, int bits, Random& random, Codes narrow,
                   InputVector& vector) {
  std::vector<std::int32_t> fields = narrow.values;
  for (std::int32_t& field : fields) {
    const std::uint32_t above = static_cast<std::uint32_t>(random.word()) << bits;
    const std::uint32_t code = static_cast<std::uint32_t>(field) & ((1U << bits) - 1);
    field = static_cast<std::int32_t>(above | code);
  }
  pack(fields, ports.input.bits, vector.codes.port);
  vector.codes.values = std::move(narrow.values);
}

}  // namespace

void fill_input(const Ports& ports, Shape shape, std::size_t index, Random& random,
                InputVector& vector) {
  const spec::IntegerFormat format = format_of(ports, vector);
  if (!ports.precision_per_vector) return fill(shape, index, format, random, vector.codes);
  Codes narrow(ports.rows, format);
  fill(shape, index, format, random, narrow);
  put_in_fields(ports, format.bits, random, std::move(narrow), vector);
}

void thin_input(const Ports& ports, Random& random, InputVector& vector) {
  const spec::IntegerFormat format = format_of(ports, vector);
  if (!ports.precision_per_vector) {
    return thin_digits(format, ports.digit_bits, random, vector.codes);
  }
  Codes narrow(ports.rows, format);
  narrow.values = vector.codes.values;
  thin_digits(format, ports.digit_bits, random, narrow);
  put_in_fields(ports, format.bits, random, std::move(narrow), vector);
}

void fill_input_from_bits(const Ports& ports, std::uint64_t bits, InputVector& vector) {
  fill_from_bits(bits, ports.input, vector.codes);
  if (!ports.precision_per_vector) return;
  const int spare = 32 - std::min(vector.mode.input_bits, ports.input.bits);
  for (std::int32_t& value : vector.codes.values) {
    const std::uint32_t top = static_cast<std::uint32_t>(value) << spare;
    value = vector.mode.input_signed ? static_cast<std::int32_t>(top) >> spare
                                     : static_cast<std::int32_t>(top >> spare);
  }
}

}  // namespace cimforge::tb
