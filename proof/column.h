// A column: what its blocks and its slice add up in one step, as a sum over products of a digit bit
// and a stored weight bit, for all inputs.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "generator/spec/spec.h"
#include "proof/netlist.h"
#include "proof/protection.h"

namespace cimforge::proof {

/// coefficient * digit bit * stored bit, or coefficient * the OR of such products of neighbouring
/// rows: those of `digit` and `row`, of the next of both, and so on. -1 in place of the one bit or
/// the other: nothing, coefficient * stored bit or coefficient * digit bit. Products of signs are
/// sums of these.
struct Product {
  /// Index into digit_i of the block, or of the slice; with structured weights bit j of what the
  /// index of stored row r selects has number j * stored rows + r.
  int digit = 0;
  int row = 0;  ///< of the block, or of the macro
  int bit = 0;  ///< of the weight
  std::int64_t coefficient = 0;
  int rows = 1;
};

/// coefficient * one bit of the product of a Booth digit and a weight: weight bit `bit` where the
/// digit is +-1, `below` where it is +-2, inverted where it is negative. -1: nothing.
struct BoothProduct {
  int one = -1, two = -1, negative = -1;  ///< indices into digit_i of the block, or of the slice
  int row = 0;                            ///< of the stored bits
  int bit = -1, below = -1;
  std::int64_t coefficient = 0;
};

/// One of the two sums of a block, of its outputs `sum<i>_o`, `sum<i>_1_o` or `top<i>_o`,
/// `top<i>_1_o` (carry-save), each with the weight 2^i.
struct BlockWord {
  struct Output {
    std::string port;
    std::int64_t weight;
    int rank;  ///< registers behind the products; -1: a constant
  };
  std::vector<Output> outputs;
  std::int64_t constant = 0;
  std::vector<Product> products;
  std::vector<BoothProduct> booth;
  int modulus = 64;                      ///< the word is right modulo 2^modulus; 64: exactly
  std::int64_t least = 0, greatest = 0;  ///< every value is between them
};

struct BlockProof {
  int rows = 0;  ///< stored
  BlockWord fixed, top;
  std::map<int, std::string> enables;  ///< rank -> input of the block
  const Module* storage = nullptr;
  std::set<const Module*> selections;  ///< of structured weights: multiplexers of a group's bits
  ErrorParts errors;
  std::int64_t adders = 0;
  std::int64_t products = 0;
};

/// The sum that enters the accumulator in one step.
struct ColumnProof {
  int width = 0;         ///< everything is modulo 2^width
  int sum_bits = 0;      ///< of what the accumulator adds
  int negate_stage = 0;  ///< ranks of registers in front of the inversion of the sign plane
  bool negates = false;  ///< there is a sign plane of its own
  std::int64_t constant_first = 0, constant_later = 0;
  /// Of the first step, and of the others; with run-time precision of a column whose weights have a
  /// sign, and of the others.
  std::vector<Product> first, later;
  int lowest_digit_bit = 0;  ///< Product::digit is (digit bit - lowest_digit_bit) * rows + row
  std::vector<const Module*> storages;
  const Module* write_buffer = nullptr;
  const Module* index_buffer = nullptr;  ///< of structured weights
  std::set<const Module*> selections;
  ErrorParts errors;
  const Module* accumulator = nullptr;  ///< or the adder of a constant
  const Module* saturation = nullptr;   ///< or nullptr
  const Module* ternary = nullptr;      ///< of ternary weights: the planes of the codes
  const Module* threshold = nullptr;    ///< where results are signs
  const Module* output = nullptr;
  std::int64_t adders = 0;  ///< of the trees, all blocks
  std::int64_t products = 0;
};

/// Everything about a slice with LANES = 1 but its leaf cells, or about one of its columns where
/// these may be fused.
ColumnProof prove_column(const Design& design, const Module& slice, const spec::MacroSpec& spec);

/// Whether a module is one of rtl/, which are proved one by one.
bool is_leaf(const Module& module);
/// Of the modules that keep the weights of a block where they are no leaf cells.
std::string bitcells_prefix(const spec::MacroSpec& spec);

}  // namespace cimforge::proof
