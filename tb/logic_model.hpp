// The C++ side of the cycle model of a logic macro: write rows, store and read numbers, run operations,
// count cycles. Shipped with every library that `cimforge model` makes of one; needs nothing but the
// standard library and that library.
#ifndef CIMFORGE_LOGIC_MODEL_HPP
#define CIMFORGE_LOGIC_MODEL_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "cimforge/dut.h"

namespace cimforge {

/// Bits 3:0 of in_operation_i. a, b are the operands, d is the result, of n bits each.
enum class Operation : std::uint32_t {
  read,      ///< result: row b
  copy,      ///< d = b
  bit_and,   ///< d = a & b
  bit_or,    ///< d = a | b
  bit_xor,   ///< d = a ^ b
  select,    ///< d = tag ? a : b
  add,       ///< d = a + b modulo 2^n
  subtract,  ///< d = a - b modulo 2^n
  multiply,  ///< d = a * b, 2n rows, unsigned
  maximum,   ///< d = the greater one
  minimum,   ///< d = the lesser one
  equal,     ///< tag and result: a = b
  less,      ///< tag and result: a < b
  load,      ///< tag = row b
  sum,       ///< result: the sum of b over the columns
  nothing,
};

/// One operation, on the numbers of all columns at once.
struct Command {
  Operation operation = Operation::nothing;
  int bits = 1;                   ///< n
  std::uint32_t first = 0;        ///< row of the lowest bit of a
  std::uint32_t second = 0;       ///< of b
  std::uint32_t result = 0;       ///< of d
  bool is_key = false;            ///< b is `key` in every column
  std::uint64_t key = 0;
  bool is_signed = false;  ///< numbers that are compared or summed are two's complement
  bool where = false;      ///< b is 0 where the tag is 0; a new tag is ANDed with the old one
  bool negate = false;     ///< what is written, read or tagged is inverted
};

/// The cycle model of one logic macro. An object is one instance with its own state, not to be shared
/// between threads without a lock; several objects are independent.
template <class Macro>
class LogicModel {
 public:
  static constexpr int rows = Macro::rows;
  static constexpr int columns = Macro::columns;
  static constexpr int operand_bits = Macro::operand_bits;  ///< of a key, and of the widest operand
  static constexpr int sum_bits = Macro::sum_bits;

  /// Resets the macro. `trace_file` names an FST file (only in a library built with --trace) or is
  /// empty. Throws std::runtime_error where the file cannot be written.
  explicit LogicModel(const std::string& trace_file = {})
      : dut_(Macro::create(trace_file.empty() ? nullptr : trace_file.c_str())) {
    if (!dut_) throw std::runtime_error("cimforge: the model cannot be made: " + trace_file);
    pins_ = Macro::pins(dut_.get());
    pins_->out_ready = 1;
    for (int i = 0; i < 2; ++i) tick();
    pins_->rst_n = 1;
    settle();
    cycles_ = 0;
  }

  /// Writes one row, a bit for each column.
  void write_row(int row, std::span<const std::uint8_t> bits) {
    require(row >= 0 && row < rows, "there is no such row");
    require(bits.size() == columns, "a row has a bit for each column");
    std::memset(pins_->weight_data, 0, (columns + 7) / 8);
    for (std::size_t c = 0; c < columns; ++c) {
      if (bits[c] != 0) pins_->weight_data[c / 8] |= static_cast<std::uint8_t>(1U << (c % 8));
    }
    pins_->weight_row = static_cast<std::uint32_t>(row);
    pins_->weight_valid = 1;
    settle();
    while (pins_->weight_ready == 0) tick();
    tick();
    pins_->weight_valid = 0;
    settle();
  }

  /// Writes the low `bits` bits of a number for each column, the lowest into row `first`.
  void store(int first, int bits, std::span<const std::uint64_t> numbers) {
    require(numbers.size() == columns, "there must be a number for each column");
    require(bits >= 1 && bits <= 64 && first >= 0 && first + bits <= rows, "there are no such rows");
    std::vector<std::uint8_t> row(columns);
    for (int bit = 0; bit < bits; ++bit) {
      for (std::size_t c = 0; c < columns; ++c) {
        row[c] = static_cast<std::uint8_t>((numbers[c] >> bit) & 1U);
      }
      write_row(first + bit, row);
    }
  }

  /// Reads them, row by row.
  std::vector<std::uint64_t> fetch(int first, int bits) {
    require(bits >= 1 && bits <= 64 && first >= 0 && first + bits <= rows, "there are no such rows");
    std::vector<std::uint64_t> numbers(columns, 0);
    for (int bit = 0; bit < bits; ++bit) {
      Command command;
      command.operation = Operation::read;
      command.second = static_cast<std::uint32_t>(first + bit);
      const std::vector<std::uint8_t> row = mask(command);
      for (std::size_t c = 0; c < columns; ++c) numbers[c] |= std::uint64_t{row[c]} << bit;
    }
    return numbers;
  }

  /// Runs an operation that gives no result; returns when the macro can take the next one.
  void run(const Command& command) {
    send(command);
    settle();
    while (pins_->in_ready == 0) tick();
  }

  /// Runs READ, EQUAL or LESS and returns a bit for each column.
  std::vector<std::uint8_t> mask(const Command& command) {
    send(command);
    wait();
    std::vector<std::uint8_t> bits(columns);
    for (std::size_t c = 0; c < columns; ++c) {
      bits[c] = static_cast<std::uint8_t>((pins_->out_data[c / 8] >> (c % 8)) & 1U);
    }
    tick();
    return bits;
  }

  /// Runs SUM and returns the sum: two's complement of sum_bits where the command is signed.
  std::int64_t sum(const Command& command) {
    send(command);
    wait();
    std::uint64_t value = 0;
    std::memcpy(&value, pins_->out_data, (sum_bits + 7) / 8);
    value &= (std::uint64_t{1} << sum_bits) - 1;
    tick();
    if (command.is_signed && ((value >> (sum_bits - 1)) & 1U) != 0) {
      value -= std::uint64_t{1} << sum_bits;
    }
    return static_cast<std::int64_t>(value);
  }

  /// Clock cycles since the reset.
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

 private:
  struct Destroy {
    void operator()(cim_dut* dut) const { Macro::destroy(dut); }
  };

  static void require(bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(std::string("cimforge: ") + what);
  }

  void settle() {
    if (Macro::eval(dut_.get()) != 0) {
      throw std::runtime_error(std::string("cimforge: the model stopped: ") +
                               Macro::error(dut_.get()));
    }
  }
  void tick() {
    pins_->clk = 1;
    settle();
    pins_->clk = 0;
    settle();
    ++cycles_;
  }

  void send(const Command& command) {
    require(command.bits >= 1 && command.bits <= operand_bits, "an operand has too many bits");
    constexpr std::uint32_t key_bit = 16, signed_bit = 32, where_bit = 64, negate_bit = 128;
    pins_->in_operation = static_cast<std::uint32_t>(command.operation) |
                          (command.is_key ? key_bit : 0U) | (command.is_signed ? signed_bit : 0U) |
                          (command.where ? where_bit : 0U) | (command.negate ? negate_bit : 0U);
    for (const std::uint32_t row : {command.first, command.second, command.result}) {
      require(row < rows, "there is no such row");
    }
    require(command.key >> operand_bits == 0, "the key has too many bits");
    pins_->in_first = command.first;
    pins_->in_second = command.second;
    pins_->in_result = command.result;
    pins_->in_bits = static_cast<std::uint32_t>(command.bits - 1);
    std::memcpy(pins_->in_data, &command.key, (operand_bits + 7) / 8);
    pins_->in_valid = 1;
    settle();
    while (pins_->in_ready == 0) tick();
    tick();
    pins_->in_valid = 0;
    settle();
  }

  void wait() {
    while (pins_->out_valid == 0) tick();
  }

  std::unique_ptr<cim_dut, Destroy> dut_;
  cim_dut_pins* pins_ = nullptr;
  std::uint64_t cycles_ = 0;
};

}  // namespace cimforge

#endif
