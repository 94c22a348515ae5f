// Conservation of weighted sums: a word of bits, followed back through the adders that made it.
//
// An adder keeps a + b + c = sum + 2 carry, so s sum + d carry = s (a + b + c) + (d - 2 s) carry.
// Where the carry has twice the weight of the sum the last term is nothing. Where it has another
// one, or the carry is not used, it remains. If all that remain are multiples of 2^m, the word is
// right modulo 2^m; and exactly if it spans less than 2^m and the sum of its bits stays between two
// multiples of that. Heaps of inverted bits have an offset in their half adders; nothing else is
// different.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "proof/cells.h"
#include "proof/functions.h"

namespace cimforge::proof {

/// coefficient * bit
struct Term {
  Net net;
  std::int64_t coefficient;
};

/// What bits or words add up to lies between these.
struct Range {
  std::int64_t least = 0;
  std::int64_t greatest = 0;
  void add(std::int64_t coefficient) { (coefficient < 0 ? least : greatest) += coefficient; }
};

/// word = constant + sum of coefficient * bit, modulo 2^modulus.
struct Sum {
  std::int64_t constant = 0;
  std::vector<Term> bits;  ///< that no adder makes
  std::vector<Term> left;  ///< carries, by their adders
  Range word;              ///< of the word itself
  int modulus = 64;        ///< 64: exact
  std::vector<int> ranks;  ///< of each bit of the word: registers behind the bits; -1: a constant
};

class Heap {
 public:
  /// `rank_of` gives the rank of a bit that no adder makes.
  Heap(Functions& functions, SmallCells& cells, std::function<int(Net)> rank_of);

  /// Refutes a loop and paths of unequal ranks.
  Sum sum(const std::vector<Term>& word);
  /// m where all carries that are left are multiples of 2^m; 64: there are none. Coefficients of
  /// bits may be changed by multiples of it.
  static int modulus(const Sum& sum);
  /// Drops the carries that are left, given the range of the bits without the constant.
  static void drop_carries(Sum& sum, Range bits);

  [[nodiscard]] std::int64_t adders() const { return adders_; }
  /// The nets that enable each rank of registers.
  [[nodiscard]] const std::map<int, Net>& enables() const { return enables_; }
  /// The box that drives a net; nullptr where none does.
  [[nodiscard]] const Box* box_at(Net net) const;

 private:
  int visit(Net net);  ///< rank
  [[nodiscard]] const Gate* gate_at(Net net) const;

  Functions& functions_;
  SmallCells& cells_;
  std::function<int(Net)> rank_of_;
  std::vector<int> box_of_;   ///< by net; -1: none
  std::vector<int> gate_of_;  ///< by net; -1: none
  std::vector<int> rank_;     ///< by net; -2: not visited, -3: being visited
  Nets order_;                ///< one net of each node, each after those that it reads
  std::map<int, Net> enables_;
  std::int64_t adders_ = 0;
};

}  // namespace cimforge::proof
