// GoldenLogic: what a logic macro computes (docs/logic.md), by plain arithmetic on the numbers that
// stand in its columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "generator/spec/logic.h"
#include "generator/spec/spec.h"

namespace cimforge::sim {

/// What one transfer on the `in` stream asks for.
struct LogicCommand {
  spec::LogicOperation operation = spec::LogicOperation::nothing;
  bool key = false;  ///< b is `key_value` in every column
  bool is_signed = false;
  bool where = false;
  bool negate = false;
  std::uint32_t first = 0;   ///< row of the lowest bit of a
  std::uint32_t second = 0;  ///< of b
  std::uint32_t result = 0;  ///< of d
  int bits = 1;              ///< n
  std::uint64_t key_value = 0;
  bool operator==(const LogicCommand&) const = default;
};

/// in_operation_i of it.
std::uint32_t operation_code(const LogicCommand& command);

/// `ADD where a=3 b=9 d=12 n=4`.
std::string to_text(const LogicCommand& command);

/// One bit a column.
using LogicRow = std::vector<std::uint8_t>;

class GoldenLogic {
 public:
  explicit GoldenLogic(const spec::MacroSpec& spec);

  /// A row that does not exist is not written.
  void write_row(std::uint32_t row, const LogicRow& bits);
  /// Carries the command out. Its result, if it gives one, as the bits of out_data_o.
  std::optional<LogicRow> execute(const LogicCommand& command);

  /// Whether the numbers alone say what the command does: the result neither overlaps an operand
  /// but row by row, nor itself, nor (MUL, which reads it back) the rows that do not exist.
  [[nodiscard]] bool is_plain(const LogicCommand& command) const;
  /// The same as execute, row by row as docs/logic.md has it: what is right for other commands too.
  std::optional<LogicRow> execute_by_rows(const LogicCommand& command);

  [[nodiscard]] const LogicRow& row(std::uint32_t address) const;
  [[nodiscard]] const LogicRow& tags() const { return tags_; }

 private:
  [[nodiscard]] std::uint32_t address(std::uint64_t row) const;
  [[nodiscard]] std::uint64_t number(std::uint32_t first, int bits, std::size_t column) const;
  [[nodiscard]] std::uint64_t second(const LogicCommand& command, std::size_t column) const;
  void store(std::uint32_t first, int bits, std::size_t column, std::uint64_t value);
  std::optional<LogicRow> tag_or_result(const LogicCommand& command);
  void multiply_by_rows(const LogicCommand& command);

  spec::MacroSpec spec_;
  std::vector<LogicRow> rows_;  ///< as many as there are addresses
  LogicRow tags_;
};

}  // namespace cimforge::sim
