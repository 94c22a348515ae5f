#include "sim/logic.h"

#include <fmt/format.h>

#include <bit>
#include <cassert>
#include <cstddef>

namespace cimforge::sim {
namespace {

using spec::LogicOperation;

std::uint64_t mask(int bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

/// The number that the bits of a code mean.
std::int64_t meaning(std::uint64_t code, int bits, bool is_signed) {
  if (is_signed && ((code >> (bits - 1)) & 1U) != 0) {
    return static_cast<std::int64_t>(code) - static_cast<std::int64_t>(std::uint64_t{1} << bits);
  }
  return static_cast<std::int64_t>(code);
}

bool uses_first(LogicOperation operation) {
  switch (operation) {
    case LogicOperation::read:
    case LogicOperation::copy:
    case LogicOperation::load:
    case LogicOperation::sum:
    case LogicOperation::nothing:
      return false;
    default:
      return true;
  }
}

bool writes_rows(LogicOperation operation) {
  return !spec::gives_result(operation) && operation != LogicOperation::load &&
         operation != LogicOperation::nothing;
}

}  // namespace

std::uint32_t operation_code(const LogicCommand& command) {
  return static_cast<std::uint32_t>(command.operation) | (command.key ? spec::logic_key : 0U) |
         (command.is_signed ? spec::logic_signed : 0U) | (command.where ? spec::logic_where : 0U) |
         (command.negate ? spec::logic_negate : 0U);
}

std::string to_text(const LogicCommand& command) {
  std::string text = spec::to_string(command.operation);
  if (command.is_signed) text += " signed";
  if (command.where) text += " where";
  if (command.negate) text += " negate";
  text += fmt::format(" a={}", command.first);
  text += command.key ? fmt::format(" key={:#x}", command.key_value)
                      : fmt::format(" b={}", command.second);
  return text + fmt::format(" d={} n={}", command.result, command.bits);
}

GoldenLogic::GoldenLogic(const spec::MacroSpec& spec) : spec_(spec) {
  assert(spec.kind == spec::Kind::logic);
  const auto columns = static_cast<std::size_t>(spec.columns);
  rows_.assign(std::bit_ceil(static_cast<std::size_t>(spec.rows)), LogicRow(columns, 0));
  tags_.assign(columns, 0);
}

std::uint32_t GoldenLogic::address(std::uint64_t row) const {
  return static_cast<std::uint32_t>(row % rows_.size());
}

const LogicRow& GoldenLogic::row(std::uint32_t at) const {
  return rows_[address(at)];
}

void GoldenLogic::write_row(std::uint32_t row, const LogicRow& bits) {
  if (address(row) < static_cast<std::uint32_t>(spec_.rows)) rows_[address(row)] = bits;
}

std::uint64_t GoldenLogic::number(std::uint32_t first, int bits, std::size_t column) const {
  std::uint64_t value = 0;
  for (int bit = 0; bit < bits; ++bit) {
    value |= std::uint64_t{rows_[address(first + static_cast<std::uint64_t>(bit))][column]} << bit;
  }
  return value;
}

/// b of a column, before the tag masks it.
std::uint64_t GoldenLogic::second(const LogicCommand& command, std::size_t column) const {
  return command.key ? command.key_value & mask(spec_.logic.operand_bits) & mask(command.bits)
                     : number(command.second, command.bits, column);
}

void GoldenLogic::store(std::uint32_t first, int bits, std::size_t column, std::uint64_t value) {
  for (int bit = 0; bit < bits; ++bit) {
    const std::uint32_t at = address(first + static_cast<std::uint64_t>(bit));
    if (at < static_cast<std::uint32_t>(spec_.rows)) {
      rows_[at][column] = static_cast<std::uint8_t>((value >> bit) & 1U);
    }
  }
}

bool GoldenLogic::is_plain(const LogicCommand& command) const {
  if (!writes_rows(command.operation)) return true;
  const std::uint64_t all = rows_.size();
  const bool multiplies = command.operation == LogicOperation::multiply;
  const auto operand = static_cast<std::uint64_t>(command.bits);
  const std::uint64_t written = multiplies ? 2 * operand : operand;
  if (written > all) return false;
  if (multiplies && address(command.result) + written > static_cast<std::uint64_t>(spec_.rows)) {
    return false;
  }
  const auto apart = [&](std::uint32_t first) {
    const std::uint64_t behind = address(all + address(first) - address(command.result));
    if (behind == 0) return !multiplies;  // row by row
    return behind >= written && behind + operand <= all;
  };
  return (!uses_first(command.operation) || apart(command.first)) &&
         (command.key || apart(command.second));
}

/// Commands that write no row.
std::optional<LogicRow> GoldenLogic::tag_or_result(const LogicCommand& command) {
  const std::size_t columns = tags_.size();
  const auto result_bits = static_cast<std::size_t>(spec::logic_result_bits(spec_));
  LogicRow result(result_bits, 0);
  switch (command.operation) {
    case LogicOperation::read:
      for (std::size_t c = 0; c < columns; ++c) {
        LogicCommand one = command;
        one.bits = 1;
        const bool bit = (second(one, c) & 1U) != 0 && (!command.where || tags_[c] != 0);
        result[c] = bit != command.negate ? 1 : 0;
      }
      return result;
    case LogicOperation::load:
    case LogicOperation::equal:
    case LogicOperation::less:
      for (std::size_t c = 0; c < columns; ++c) {
        const std::uint64_t b = second(command, c);
        const std::uint64_t a = number(command.first, command.bits, c);
        bool tag = (b & 1U) != 0;
        if (command.operation == LogicOperation::equal) tag = a == b;
        if (command.operation == LogicOperation::less) {
          tag = meaning(a, command.bits, command.is_signed) <
                meaning(b, command.bits, command.is_signed);
        }
        tag = tag != command.negate && (!command.where || tags_[c] != 0);
        tags_[c] = tag ? 1 : 0;
        result[c] = tags_[c];
      }
      if (command.operation == LogicOperation::load) return std::nullopt;
      return result;
    case LogicOperation::sum: {
      std::int64_t sum = 0;
      for (std::size_t c = 0; c < columns; ++c) {
        if (command.where && tags_[c] == 0) continue;
        sum += meaning(second(command, c), command.bits, command.is_signed);
      }
      for (int bit = 0; bit < spec::logic_sum_bits(spec_); ++bit) {
        result[static_cast<std::size_t>(bit)] =
            static_cast<std::uint8_t>((static_cast<std::uint64_t>(sum) >> bit) & 1U);
      }
      return result;
    }
    default:
      return std::nullopt;
  }
}

std::optional<LogicRow> GoldenLogic::execute(const LogicCommand& command) {
  if (!writes_rows(command.operation)) return tag_or_result(command);
  if (!is_plain(command)) return execute_by_rows(command);
  const std::uint64_t all = mask(command.bits);
  for (std::size_t c = 0; c < tags_.size(); ++c) {
    const bool tag = tags_[c] != 0;
    const std::uint64_t a = number(command.first, command.bits, c);
    const std::uint64_t code = second(command, c);
    const std::uint64_t b = command.where && !tag ? 0 : code;
    const bool is_less =
        meaning(a, command.bits, command.is_signed) < meaning(b, command.bits, command.is_signed);
    std::uint64_t d = 0;
    int bits = command.bits;
    switch (command.operation) {
      case LogicOperation::copy:
        d = b;
        break;
      case LogicOperation::bit_and:
        d = a & b;
        break;
      case LogicOperation::bit_or:
        d = a | b;
        break;
      case LogicOperation::bit_xor:
        d = a ^ b;
        break;
      case LogicOperation::select:
        d = tag ? a : b;
        break;
      case LogicOperation::add:
        d = a + b;
        break;
      case LogicOperation::subtract:
        d = a - b;
        break;
      case LogicOperation::maximum:
        d = is_less ? b : a;
        break;
      case LogicOperation::minimum:
        d = is_less ? a : b;
        break;
      case LogicOperation::multiply:
        d = a * code;
        bits *= 2;
        tags_[c] = static_cast<std::uint8_t>((code >> (command.bits - 1)) & 1U);
        break;
      default:
        break;
    }
    if (command.negate && command.operation != LogicOperation::multiply) d = ~d & all;
    store(command.result, bits, c, d);
  }
  return std::nullopt;
}

void GoldenLogic::multiply_by_rows(const LogicCommand& command) {
  const auto n = static_cast<std::uint64_t>(command.bits);
  const std::size_t columns = tags_.size();
  LogicRow carry(columns, 0);
  for (std::uint64_t i = 0; i <= n; ++i) {
    if (i < n) {
      for (std::size_t c = 0; c < columns; ++c) {
        LogicCommand bit = command;
        bit.second = static_cast<std::uint32_t>(command.second + i);
        bit.bits = 1;
        bit.key_value = (command.key_value & mask(spec_.logic.operand_bits)) >> i;
        tags_[c] = static_cast<std::uint8_t>(second(bit, c));
      }
    }
    if (i > 0) write_row(static_cast<std::uint32_t>(command.result + i + n - 1), carry);
    if (i == n) break;
    carry.assign(columns, 0);
    for (std::uint64_t j = 0; j < n; ++j) {
      LogicRow sum(columns, 0);
      for (std::size_t c = 0; c < columns; ++c) {
        const unsigned before = i == 0 ? 0U : rows_[address(command.result + i + j)][c];
        const unsigned added = rows_[address(command.first + j)][c] & tags_[c];
        const unsigned total = before + added + carry[c];
        sum[c] = static_cast<std::uint8_t>(total & 1U);
        carry[c] = static_cast<std::uint8_t>(total >> 1U);
      }
      write_row(static_cast<std::uint32_t>(command.result + i + j), sum);
    }
  }
}

std::optional<LogicRow> GoldenLogic::execute_by_rows(const LogicCommand& command) {
  if (!writes_rows(command.operation)) return tag_or_result(command);
  if (command.operation == LogicOperation::multiply) {
    multiply_by_rows(command);
    return std::nullopt;
  }
  const std::size_t columns = tags_.size();
  const bool subtracts = command.operation == LogicOperation::subtract;
  LogicRow carry(columns, subtracts ? 1 : 0);
  // MAX and MIN compare first, before they write.
  LogicRow takes_first(columns, 0);
  for (std::size_t c = 0; c < columns; ++c) {
    const bool masked = command.where && tags_[c] == 0;
    const bool is_less =
        meaning(number(command.first, command.bits, c), command.bits, command.is_signed) <
        meaning(masked ? 0 : second(command, c), command.bits, command.is_signed);
    takes_first[c] = (command.operation == LogicOperation::maximum) != is_less ? 1 : 0;
    if (command.operation == LogicOperation::select) takes_first[c] = tags_[c];
  }
  for (int j = 0; j < command.bits; ++j) {
    LogicRow written(columns, 0);
    for (std::size_t c = 0; c < columns; ++c) {
      LogicCommand bit = command;
      bit.second = command.second + static_cast<std::uint32_t>(j);
      bit.bits = 1;
      bit.key_value = (command.key_value & mask(spec_.logic.operand_bits)) >> j;
      const unsigned a = rows_[address(command.first + static_cast<std::uint64_t>(j))][c];
      const unsigned b =
          command.where && tags_[c] == 0 ? 0U : static_cast<unsigned>(second(bit, c));
      unsigned d = 0;
      switch (command.operation) {
        case LogicOperation::copy:
          d = b;
          break;
        case LogicOperation::bit_and:
          d = a & b;
          break;
        case LogicOperation::bit_or:
          d = a | b;
          break;
        case LogicOperation::bit_xor:
          d = a ^ b;
          break;
        case LogicOperation::add:
        case LogicOperation::subtract: {
          const unsigned total = a + (subtracts ? b ^ 1U : b) + carry[c];
          d = total & 1U;
          carry[c] = static_cast<std::uint8_t>(total >> 1U);
          break;
        }
        default:
          d = takes_first[c] != 0 ? a : b;
          break;  // SELECT, MAX, MIN
      }
      written[c] = static_cast<std::uint8_t>(command.negate ? d ^ 1U : d);
    }
    write_row(command.result + static_cast<std::uint32_t>(j), written);
  }
  return std::nullopt;
}

}  // namespace cimforge::sim
