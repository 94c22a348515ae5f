// The operations of a logic macro (docs/logic.md): their codes and the cycles that they take.
#pragma once

#include <array>
#include <cstdint>

#include "generator/spec/spec.h"

namespace cimforge::spec {

/// Bits 3:0 of in_operation_i. a, b are the operands, d is the result, n their bits.
enum class LogicOperation {
  read,     ///< result: row b
  copy,     ///< d = b
  bit_and,  ///< d = a & b
  bit_or,
  bit_xor,
  select,  ///< d = tag ? a : b
  add,     ///< d = a + b modulo 2^n
  subtract,
  multiply,  ///< d = a * b, 2n bits, unsigned
  maximum,
  minimum,
  equal,  ///< tag and result: a = b
  less,   ///< tag and result: a < b
  load,   ///< tag = row b
  sum,    ///< result: the sum of b over the columns
  nothing,
};

/// What the documents call them.
inline constexpr std::array logic_operation_names = {
    "READ", "COPY", "AND", "OR",    "XOR",  "SELECT", "ADD", "SUB",
    "MUL",  "MAX",  "MIN", "EQUAL", "LESS", "LOAD",   "SUM", "NOTHING"};

/// Bits 7:4 of in_operation_i.
inline constexpr unsigned logic_key = 1U << 4U;     ///< b is the key, in every column
inline constexpr unsigned logic_signed = 1U << 5U;  ///< compared or added as two's complement
inline constexpr unsigned logic_where = 1U << 6U;   ///< b is 0 where the tag is 0; tags are ANDed
inline constexpr unsigned logic_negate = 1U << 7U;  ///< what is written, read or tagged is inverted

const char* to_string(LogicOperation operation);

/// Bits of a sum over the columns: columns (2^bits - 1), and its two's complement where signed.
int logic_sum_bits(const MacroSpec& spec);
/// Bits of out_data_o: one for each column, or a sum.
int logic_result_bits(const MacroSpec& spec);

/// Whether it gives a result.
bool gives_result(LogicOperation operation);

/// Cycles of an operation on numbers of `bits` bits; the next one follows without a gap.
std::int64_t logic_cycles(LogicOperation operation, int bits);

/// The formula of it, for documents: `2n`.
const char* logic_cycles_formula(LogicOperation operation);

}  // namespace cimforge::spec
