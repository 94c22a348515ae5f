// Codes in ports: the value of a wide port, and its packing from and to integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::tb {

/// The value of a port in the layout of tb/dut.h: bit i is bit i % 8 of byte i / 8, bits past the
/// width are 0. Behind the value are eight bytes of zeros, so that 64 bits can be read at any byte.
class PortValue {
 public:
  PortValue() = default;
  explicit PortValue(std::size_t bits) : bits_(bits), words_((bits + 63) / 64 + 1, 0) {}

  [[nodiscard]] std::size_t bits() const { return bits_; }
  /// The bytes that the pins have.
  [[nodiscard]] std::size_t bytes() const { return (bits_ + 7) / 8; }
  [[nodiscard]] std::uint8_t* data() { return reinterpret_cast<std::uint8_t*>(words_.data()); }
  [[nodiscard]] const std::uint8_t* data() const {
    return reinterpret_cast<const std::uint8_t*>(words_.data());
  }
  /// The value as words, without those behind it.
  [[nodiscard]] std::span<std::uint64_t> words() { return {words_.data(), (bits_ + 63) / 64}; }
  [[nodiscard]] std::span<const std::uint64_t> words() const {
    return {words_.data(), (bits_ + 63) / 64};
  }
  /// Clears the bits past the width, after words were written.
  void trim() {
    if (bits_ % 64 != 0) words_[bits_ / 64] &= (std::uint64_t{1} << (bits_ % 64)) - 1;
  }
  bool operator==(const PortValue&) const = default;

  void write_to(std::uint8_t* pins) const { std::memcpy(pins, data(), bytes()); }
  void read_from(const std::uint8_t* pins) { std::memcpy(data(), pins, bytes()); }
  [[nodiscard]] bool equals(const std::uint8_t* pins) const {
    return std::memcmp(pins, data(), bytes()) == 0;
  }

 private:
  std::size_t bits_ = 0;
  std::vector<std::uint64_t> words_;
};

/// Writes values[i] to bits [i*bits +: bits] of the port, which is values.size() * bits wide.
void pack(std::span<const std::int32_t> values, int bits, PortValue& port);
void pack(std::span<const std::int64_t> values, int bits, PortValue& port);

/// Reads values[i] from bits [i*bits +: bits] of the port.
void unpack(const PortValue& port, int bits, bool is_signed, std::span<std::int32_t> values);
void unpack(const PortValue& port, int bits, bool is_signed, std::span<std::int64_t> values);

/// The same with values and codes of a format.
void pack(std::span<const std::int32_t> values, const spec::IntegerFormat& format, PortValue& port);
void unpack(const PortValue& port, const spec::IntegerFormat& format,
            std::span<std::int32_t> values);

/// Operands of one transfer, as port and as integers: an input vector has one value a row, a row of
/// weights one a column.
struct Codes {
  PortValue port;
  std::vector<std::int32_t> values;

  Codes() = default;
  Codes(std::size_t count, const spec::IntegerFormat& format)
      : port(count * static_cast<std::size_t>(format.bits)), values(count) {}
};

/// One transfer on the input port.
struct InputVector {
  int bank = 0;
  Codes codes;  ///< one value a row
  spec::Mode mode = {};
  Codes scales = {};  ///< of inputs with a scale: one a block; else empty
};

/// One transfer on the weight port.
struct WeightRow {
  int bank = 0;
  int row = 0;
  Codes codes;         ///< one value a column
  Codes indices = {};  ///< of structured weights, likewise; else empty
  // Of a floating macro, whose values are codes of the weight format, or integers, whatever the
  // port takes.
  Codes scales = {};   ///< scales or exponents to align to, likewise; or empty
  Codes classes = {};  ///< of weights that come aligned, likewise; or empty
  bool integer = false;
};

/// One transfer of thresholds: one value a column, for the results of a bank.
struct Thresholds {
  int bank = 0;
  PortValue port;
  std::vector<std::int64_t> values;
};

/// What a specification says about the ports of its macro.
struct Ports {
  explicit Ports(const spec::MacroSpec& spec);

  std::size_t rows;
  std::size_t stored_rows;  ///< of weights: fewer than rows where they are structured
  std::size_t columns;
  int banks;
  int bank_bits;          ///< width of a bank number; 0 for one bank
  int row_bits;           ///< width of the number of a stored row; 0 for one
  int index_bits;         ///< of each structured weight; 0: no port
  int weight_scale_bits;  ///< of each weight of a floating macro, likewise
  int weight_class_bits;  ///< likewise
  int input_scale_bits;   ///< of each block of inputs, likewise
  int integer_bits;       ///< of both operands in integer mode; 0: there is none
  bool weight_modes;      ///< a row of weights says whether it has integers
  std::size_t blocks;     ///< of rows of a floating macro
  int group;              ///< rows of a group
  spec::IntegerFormat input;
  spec::IntegerFormat weight;
  int weight_field_bits;  ///< of a weight on its port: others than the format's where it is aligned
  bool is_floating;
  int front_registers;  ///< vectors that a floating macro takes before its array is free
  int output_bits;
  bool output_is_signed;
  spec::IntegerFormat threshold;  ///< of 0 bits: results are no signs
  spec::Mode mode;                ///< of vectors that do not choose
  bool transposes;                ///< vectors choose their direction
  bool precision_per_vector;      ///< and their precision
  int fuse_bits;                  ///< widths of the pins for it; 0: no pin
  int last_bit_bits;
  std::vector<spec::Mode>
      modes;              ///< that vectors can ask for; their order is that of spec::modes_of
  int cycles_per_vector;  ///< ceil(input bits / bits a cycle), and more in an analog macro
  bool skips_digits;      ///< that are zero in every row: cycles_per_vector are the most
  int digit_bits;         ///< input bits a cycle
  /// No row of an analog macro takes longer to be programmed; 0 for a digital one.
  std::uint64_t most_row_cycles;

  /// The digits of a vector that are not zero in every row: bit 0 is the least significant one.
  [[nodiscard]] std::uint32_t nonzero_digits(const InputVector& vector) const;
  /// Cycles that a vector takes at full rate.
  [[nodiscard]] int cycles_of(const InputVector& vector) const;
  [[nodiscard]] Codes input_codes() const { return {rows, input}; }
  [[nodiscard]] Codes weight_codes() const { return codes_of(columns, weight_field_bits); }
  /// Empty where a macro has no such port.
  [[nodiscard]] Codes weight_scale_codes() const { return codes_of(columns, weight_scale_bits); }
  [[nodiscard]] Codes weight_class_codes() const { return codes_of(columns, weight_class_bits); }
  [[nodiscard]] Codes input_scale_codes() const { return codes_of(blocks, input_scale_bits); }
  /// Empty without structure.
  [[nodiscard]] Codes index_codes() const { return codes_of(columns, index_bits); }
  [[nodiscard]] bool has_thresholds() const { return threshold.bits > 0; }
  /// Empty without thresholds.
  [[nodiscard]] Thresholds thresholds() const {
    return {0, PortValue(columns * static_cast<std::size_t>(threshold.bits)),
            std::vector<std::int64_t>(has_thresholds() ? columns : 0)};
  }
  [[nodiscard]] PortValue output_port() const {
    return PortValue(columns * static_cast<std::size_t>(output_bits));
  }

 private:
  static Codes codes_of(std::size_t count, int bits) {
    return bits == 0 ? Codes() : Codes(count, {false, bits});
  }
};

}  // namespace cimforge::tb
