#include "tb/mode.h"

#include <bit>

namespace cimforge::tb {

void put_mode(const spec::Mode& mode, cim_dut_pins& pins) {
  pins.in_transpose = mode.transposed ? 1 : 0;
  pins.in_signed = mode.input_signed ? 1 : 0;
  pins.in_weight_signed = mode.weight_signed ? 1 : 0;
  pins.in_fuse =
      static_cast<std::uint8_t>(std::countr_zero(static_cast<unsigned>(mode.fused_columns)));
  pins.in_last_bit = static_cast<std::uint8_t>(mode.input_bits - 1);
}

void scramble_mode(const Ports& ports, Random& random, cim_dut_pins& pins) {
  if (ports.transposes) pins.in_transpose = random.once_in(2) ? 1 : 0;
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
  return mode;
}

}  // namespace cimforge::tb
