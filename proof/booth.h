// Booth recoding: the recoder, the products of recoded digits and the count of what the inverses of
// negative products lack. docs/booth.md has the arithmetic and docs/proof.md what is proved of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "proof/cells.h"
#include "proof/column.h"

namespace cimforge::proof {

/// The planes that the recoder gives for each row: digit i is +-1, negative, +-2 at 3i, 3i + 1 and
/// 3i + 2; the top bit of a code behind them.
struct BoothPlanes {
  int digits = 0;
  bool top_has_two = false;
  bool fills = false;  ///< unsigned codes fill all steps: the first step's top bit is not negative
  int top = -1;        ///< plane of that bit where k is even; -1: there is none
  int planes = 0;
  [[nodiscard]] bool has_two(int digit) const { return digit + 1 < digits || top_has_two; }
};
BoothPlanes booth_planes(const spec::MacroSpec& spec);

/// The recoder, through all the steps of a vector: every plane as a function of the code.
void prove_booth_input(const Design& design, const Module& module, const spec::MacroSpec& spec);

/// Whether a module is one & (weight ^ negative) | two & (below ^ negative), or its inverse.
enum class BoothCell { no, product, inverted_product };
BoothCell booth_cell(const Design& design, const Module& module);

/// The module that counts: its output is the sum over rows and digits of 4^i max(0, -digit).
struct BoothCount {
  std::vector<int> ranks;              ///< of each bit
  int modulus = 64;                    ///< the count is right modulo 2^modulus; 64: exactly
  std::map<int, std::string> enables;  ///< rank -> input
  std::int64_t adders = 0;
};
std::string booth_count_module(const spec::MacroSpec& spec);
BoothCount prove_booth_count(const Design& design, const Module& module,
                             const spec::MacroSpec& spec, SmallCells& cells);

/// Adds up the products of recoded digits in one step of a column.
class BoothSum {
 public:
  explicit BoothSum(const spec::MacroSpec& spec);
  /// `product` has indices and rows of the slice.
  void add(const BoothProduct& product, std::int64_t coefficient);
  /// Bit `bit` of the count.
  void add_count(std::size_t bit, std::int64_t coefficient) { count_[bit] += coefficient; }
  /// Gives the products of digit bits and weight bits that they come to, the digit bits from one
  /// below the step (ColumnProof::lowest_digit_bit = -1), of the first step and of the others.
  /// Refutes what is no multiple of a digit, and what remains of inverses. Refutations are of
  /// "column".
  void finish(const BoothCount& count, ColumnProof& proof) const;

 private:
  /// Coefficients of one row and digit.
  struct Digit {
    std::map<int, std::int64_t> of_one, of_two;  ///< by weight bit, where the digit is +-1, +-2
    std::int64_t minus_one = 0, minus_two = 0;   ///< beside them, where it is -1, -2
  };
  const spec::MacroSpec& spec_;
  BoothPlanes planes_;
  std::map<std::pair<int, int>, Digit> sums_;  ///< by row and digit
  std::map<std::size_t, std::int64_t> count_;
};

}  // namespace cimforge::proof
