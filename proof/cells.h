// What a small cell without registers is, by its truth table: its name does not count.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "proof/flat.h"

namespace cimforge::proof {

enum class CellKind {
  adder,    ///< a + b (+ c) + offset = sum + 2 carry
  product,  ///< a & b
  inverted_product,
  or_product,  ///< OR over i of input_i[i] & weight_i[i], of two rows or more
  inverted_or_product,
  exclusive,  ///< a ^ b, or its inverse
  table,      ///< another function of up to three inputs
  other       ///< has registers, or more inputs
};

struct SmallCell {
  CellKind kind = CellKind::other;
  std::vector<std::string> inputs;  ///< ports of one bit
  struct Output {
    std::string port;
    std::uint8_t table;  ///< as Gate::table
  };
  std::vector<Output> outputs;  ///< of an adder: sum, carry
  int offset = 0;               ///< of an adder: 1 for a half adder of inverted bits
  bool inverted = false;        ///< of an exclusive cell
};

/// Finds out each module once.
class SmallCells {
 public:
  explicit SmallCells(const Design& design) : design_(design) {}
  const SmallCell& operator[](const Module& module);

 private:
  const Design& design_;
  std::map<const Module*, SmallCell> known_;
};

}  // namespace cimforge::proof
