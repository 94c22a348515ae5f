// Compressor trees: which adders add up a heap of weighted bits, and where pipeline registers cut
// them. Numbers only; generator/lower gives the text.
#pragma once

#include <array>
#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::plan {

/// One bit of the heap that a tree adds up.
struct TreeInput {
  int operand = 0;  ///< bits of one number share it; a tree of ripple adders adds numbers
  int column = 0;   ///< weight 2^column
  int arrival = 0;  ///< unit delays after the products' registers
  int stage = 0;    ///< rank of pipeline registers behind which the bit appears
};

/// One adder for all lanes. Signals are numbered: first the inputs of the tree in their order, then
/// the outputs of adders and registers.
struct Adder {
  bool full = true;                          ///< a half adder has two inputs
  std::array<int, 3> inputs = {-1, -1, -1};  ///< by arrival; the last is the fast carry input
  int column = 0;                            ///< of the inputs and the sum
  int level = 0;                             ///< adders above it on the longest way from an input
  int stage = 0;                             ///< pipeline stage in which it stands
  int sum = -1;
  int carry = -1;  ///< signal of weight 2^(column + 1)
};

/// One rank of registers on one signal: `output` is `input`, one pipeline stage later.
struct TreeRegister {
  int input = -1;
  int output = -1;
  int stage = 0;  ///< the stage that reads the output, from 1
};

/// A planned tree.
struct TreePlan {
  std::vector<TreeInput> inputs;
  std::vector<Adder> adders;            ///< every adder after those that it reads
  std::vector<TreeRegister> registers;  ///< every register after what it reads
  std::vector<int> outputs;  ///< the sum: signal of each column, -1 where it is always zero
  /// With TreeEnd::carry_save a second number, column by column, to be added to the first; else
  /// empty.
  std::vector<int> second_outputs;
  std::vector<int> arrivals;  ///< of every signal, in unit delays, registers not counted
  std::vector<int> stages;    ///< of every signal

  [[nodiscard]] int full_adders() const;
  [[nodiscard]] int half_adders() const;
  [[nodiscard]] int depth() const;  ///< arrival of the last output, in unit delays
  [[nodiscard]] int levels() const;
};

/// Where the pipeline registers stand: a signal belongs to stage min(stages, arrival / period).
struct PipelineCut {
  int stages = 0;          ///< ranks of registers
  int period = 1;          ///< unit delays between ranks
  int align_outputs = -1;  ///< stage in which every output appears; -1: each in its own
};

/// Unit delays through the adders and what stands around them; a full adder's last input is its
/// fast one. Only their ratios count.
struct AdderDelays {
  int full_sum = 2;
  int full_carry = 2;
  int late_sum = 1;
  int late_carry = 1;
  int half_sum = 1;
  int half_carry = 1;
  int product = 1;    ///< of an input bit and a weight bit
  int inversion = 1;  ///< of the input's sign plane, by XORs
  int two_accumulator_bits =
      1;  ///< of the accumulator's carry chain: it begins while the sum arrives

  bool operator==(const AdderDelays&) const = default;
};

/// The delays that a form is planned with where those of a library are not known: those of adders
/// as cells, or, where most will be gates, of inverting gates (1) and XORs (2).
AdderDelays adder_delays(spec::AdderTree form);

/// What comes out of a tree: one number, or two whose sum it is (planned forms only). Two save the
/// half adders and the carry chain of a block whose sum is an addend of another tree.
enum class TreeEnd { binary, carry_save };

/// Plans the sum of `inputs` as one binary number of at most `columns` bits; carries past them are
/// dropped, which the caller only asks for where they are zero or where the sum is modulo
/// 2^columns. A full adder removes one bit from the heap and a half adder none, unless its carry is
/// always zero and dropped: where the inputs never exceed the sum, full adders and dropped carries
/// together are (bits of the inputs) - (bits of the sum). The forms differ in half adders and
/// depth. The planned forms add column by column from the lowest, always the three earliest bits of
/// a column, so that a column has at most one half adder, for the last two bits of an even number.
/// `form` must not be AdderTree::loop.
/// Sources: Wallace 1964, Dadda 1965; the order of AdderTree::area is that of Stelling, Martel,
/// Oklobdzija and Ravi, "Optimal circuits for parallel multipliers", 1998.
TreePlan plan_tree(spec::AdderTree form, const AdderDelays& delays, std::vector<TreeInput> inputs,
                   int columns, const PipelineCut& cut, TreeEnd end = TreeEnd::binary);

}  // namespace cimforge::plan
