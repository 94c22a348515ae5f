#include "tb/codes.h"

#include <cstdint>
#include <vector>

#include "tb/random.h"
#include "tests/catch.h"

namespace cimforge::tests {
namespace {

/// Bit by bit, as tb/dut.h says.
bool bit_of(const tb::PortValue& port, std::size_t bit) {
  return (port.data()[bit / 8] >> (bit % 8) & 1) != 0;
}

TEST_CASE("codes are packed at i * bits and read back") {
  tb::Random random(1);
  for (int bits = 1; bits <= 64; ++bits) {
    for (const std::size_t count : {1U, 2U, 7U, 64U, 65U, 129U}) {
      const auto width = static_cast<std::size_t>(bits);
      std::vector<std::int64_t> values(count);
      for (std::int64_t& value : values) value = static_cast<std::int64_t>(random.word());
      tb::PortValue port(count * width);
      tb::pack(values, bits, port);
      std::size_t wrong_bits = 0;
      for (std::size_t i = 0; i < count * width; ++i) {
        const auto code = static_cast<std::uint64_t>(values[i / width]);
        if (bit_of(port, i) != ((code >> (i % width) & 1) != 0)) ++wrong_bits;
      }
      CHECK(wrong_bits == 0);
      tb::PortValue trimmed = port;
      trimmed.trim();
      CHECK(trimmed == port);  // bits past the width are 0

      // Sign extension and zero extension of what fits.
      const int spare = 64 - bits;
      std::vector<std::int64_t> read(count);
      std::vector<std::int64_t> kept_signed = values;
      std::vector<std::int64_t> kept_unsigned = values;
      for (std::int64_t& value : kept_signed) {
        value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << spare) >> spare;
      }
      for (std::int64_t& value : kept_unsigned) {
        value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << spare >> spare);
      }
      tb::unpack(port, bits, true, read);
      CHECK(read == kept_signed);
      tb::unpack(port, bits, false, read);
      CHECK(read == kept_unsigned);
    }
  }
}

TEST_CASE("the bits of bipolar codes are 1 for +1 and 0 for -1") {
  const spec::IntegerFormat format = spec::IntegerFormat::bipolar();
  tb::Codes codes(5, format);
  codes.values = {1, -1, -1, 1, 1};
  tb::pack(codes.values, format, codes.port);
  CHECK(codes.port.words()[0] == 0b11001);
  std::vector<std::int32_t> read(5);
  tb::unpack(codes.port, format, read);
  CHECK(read == codes.values);
  CHECK(format.rest() == -1);
  CHECK_FALSE(format.holds(0));
  CHECK(format.holds(-1));
  CHECK_FALSE(format.holds(2));
}

TEST_CASE("operand codes of every format are packed and read back") {
  for (int bits = 1; bits <= 16; ++bits) {
    for (const bool is_signed : {false, true}) {
      const spec::IntegerFormat format{is_signed, bits};
      tb::Codes codes(static_cast<std::size_t>(37), format);
      for (std::size_t i = 0; i < codes.values.size(); ++i) {
        codes.values[i] = static_cast<std::int32_t>(i % 2 == 0 ? format.min() : format.max());
      }
      tb::pack(codes.values, bits, codes.port);
      std::vector<std::int32_t> read(codes.values.size());
      tb::unpack(codes.port, bits, is_signed, read);
      CHECK(read == codes.values);
    }
  }
}

TEST_CASE("a port value moves whole bytes and no more") {
  tb::PortValue port(19);
  CHECK(port.bytes() == 3);
  port.words()[0] = ~std::uint64_t{0};
  port.trim();
  std::vector<std::uint8_t> pins(4, 0xaa);
  port.write_to(pins.data());
  CHECK(pins == std::vector<std::uint8_t>{0xff, 0xff, 0x07, 0xaa});
  CHECK(port.equals(pins.data()));
  pins[2] = 0x06;
  CHECK_FALSE(port.equals(pins.data()));
  port.read_from(pins.data());
  CHECK(port.words()[0] == 0x06ffff);
}

TEST_CASE("the ports of a specification") {
  spec::MacroSpec spec;
  spec.rows = 100;
  spec.columns = 7;
  spec.banks = 5;
  spec.input = {true, 5};
  spec.input_bits_per_cycle = 2;
  const tb::Ports ports(spec);
  CHECK(ports.bank_bits == 3);
  CHECK(ports.row_bits == 7);
  CHECK(ports.cycles_per_vector == 3);
  CHECK(ports.input_codes().port.bits() == 500);
  CHECK(ports.weight_codes().port.bits() == 28);
  spec.rows = 128;
  spec.banks = 1;
  CHECK(tb::Ports(spec).row_bits == 7);
  CHECK(tb::Ports(spec).bank_bits == 0);
}

}  // namespace
}  // namespace cimforge::tests
