// MacroPlan: every number of a macro's hardware, from a validated specification. No text. What
// follows is of digital macros; an analog one has an AnalogPlan and no columns of adders.
//
// How a column computes. Let x be the input of R rows, taken k bits a step in n = ceil(bits / k)
// steps, most significant first, and W the stored weights. Each step adds the products of one
// digit:
//   D = sum over rows r, digit bits j, weight bits b of  +-2^(j+b) x[r][j] w[r][b]
// where the sign planes of signed operands are negative. An approximate macro has groups of rows in
// place of rows, whose products of one plane are joined by OR, and leaves out low columns
// (generator/spec/approximation.h). A negative product enters the heap
// inverted, -p = ~p - 1, so the heap H is unsigned and needs no sign extension (Baugh and Wooley
// 1973), and H = D + offset with an offset that only depends on the specification. The sign plane
// of a digit-serial signed input is negative in the first step only: it has a heap of its own, T,
// whose binary sum is inverted in that step, -T = ~T + 1 - 2^bits(T). Bipolar and ternary operands
// have products of other kinds (plan/binary.h), which exceed their value by a constant too. The
// offsets of all steps are
// one constant; the accumulator takes its negative in as it takes the digits
// (cim_shift_accumulator), or, with n = 1, an adder of a constant does (cim_add_constant).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "generator/plan/analog.h"
#include "generator/plan/booth.h"
#include "generator/plan/floating.h"
#include "generator/plan/logic.h"
#include "generator/plan/near_memory.h"
#include "generator/plan/precision.h"
#include "generator/plan/protection.h"
#include "generator/plan/shell.h"
#include "generator/plan/skipping.h"
#include "generator/plan/tree.h"
#include "generator/spec/spec.h"

namespace cimforge::plan {

/// Rows that share one block module unless the specification says otherwise: measured in
/// docs/results.md (the code of a block stays in the simulating processor's instruction cache).
inline constexpr int default_rows_per_block = 16;
/// Of a tree whose adders are ordered by arrival: the order is the better the more rows it has
/// before it (0.8 % of area and 7 % of delay at 64 x 4 bit against blocks of 16, docs/results.md).
inline constexpr int default_rows_per_planned_block = 256;
/// Most lanes of a slice: one machine word.
inline constexpr int most_lanes = 64;

/// What a product is of its digit bit x and its weight bit w.
enum class ProductKind {
  both,    ///< x & w
  match,   ///< ~(x ^ w), of signs
  input,   ///< x
  weight,  ///< w
};

/// One of the bit planes that a block multiplies: digit bit x weight bit (of Booth digits: see
/// choose_booth_heap).
struct ProductPlane {
  int digit_bit = 0;
  int weight_bit = 0;
  bool inverted = false;
  ProductKind kind = ProductKind::both;
  int shift = 0;  ///< of bipolar and ternary operands: up from digit_bit + weight_bit
  [[nodiscard]] int column() const { return digit_bit + weight_bit + shift; }
};

/// One of the two sums of a block: of the products whose sign is fixed, and of those of the input's
/// sign plane, which are negative in the first step only.
struct HeapPlan {
  std::vector<ProductPlane> planes;
  int lowest = 0;   ///< weight bit in column 0 of the heap
  int surplus = 0;  ///< by which the products of a row exceed their value before any is inverted
  [[nodiscard]] bool empty() const { return planes.empty(); }
};

/// A bit that a block gives to its slice.
struct BlockOutput {
  int column = 0;
  int number = 0;   ///< 1: of the second of two numbers whose sum the block gives
  int signal = -1;  ///< of the tree; -1 where the bit is always zero
  int arrival = 0;
  int stage = 0;
};

/// The tree of one heap of a block, with its products as inputs: input i is the product of group
/// i % groups and plane i / groups. A group is one row unless products are joined by OR.
struct BlockHeap {
  TreePlan tree;     ///< empty where the macro's adder tree is a loop
  int sum_bits = 0;  ///< width of the block's unsigned sum; 0 where the heap is empty
  std::vector<BlockOutput> outputs;  ///< sum_bits of each number
};

/// A module for a block of rows: of stored rows, where weights are structured (spec::stored_rows).
struct BlockPlan {
  int rows = 0;
  int groups = 0;   ///< of spec.approximation.or_rows rows; the last may have fewer
  BlockHeap fixed;  ///< products of fixed sign
  BlockHeap top;    ///< products of the input's sign plane, weights 2^weight_bit
};

/// A block in its slice.
struct BlockUse {
  int block = 0;      ///< index into MacroPlan::blocks
  int first_row = 0;  ///< stored
};

/// Correction of the offsets of inverted products.
struct Correction {
  std::uint64_t initial = 0;         ///< start value of the accumulator, or the constant of n = 1
  std::vector<std::uint32_t> feed;   ///< digit of steps 0 to n - 1; step 0 is not used
  [[nodiscard]] bool feeds() const;  ///< some digit is not zero
};

struct MacroPlan {
  spec::MacroSpec spec;

  // Schedule, in clock cycles.
  int steps = 1;              ///< n, for each vector
  int cycles_per_vector = 1;  ///< at full rate: n, but more in an analog macro
  int digit_bits = 1;         ///< k
  int latency = 0;  ///< from the edge that accepts a vector to the first edge that sees its result
  bool skid = false;  ///< the output has a second entry

  // Columns.
  int lanes = 64;  ///< of a slice
  int full_slices = 1;
  int last_lanes = 0;  ///< of one more, smaller slice; 0: there is none

  // Arithmetic of a column.
  HeapPlan fixed_heap;
  HeapPlan top_heap;
  /// One or two, whose sizes differ by at most one group, and one more where the last group is
  /// smaller.
  std::vector<BlockPlan> blocks;
  std::vector<BlockUse> block_uses;
  TreePlan top_tree;   ///< adds the blocks' top sums; its outputs are aligned in top_stage
  int top_bits = 0;    ///< width of the top sum
  int top_stage = 0;   ///< pipeline stage in which the top sum is inverted
  int top_column = 0;  ///< weight 2^top_column of the top sum: k - 1
  TreePlan tree;       ///< adds the blocks' fixed sums and the top sum
  int sum_bits = 0;    ///< width of the unsigned sum of a step, at most acc_bits
  /// The heaps hold every bit inverted: most products are NANDs then, and a full adder of inverted
  /// bits gives the inverted sum and carry. The numbers of this plan are those of the bits before.
  bool complemented = false;
  AdderDelays delays;     ///< that ordered the trees and placed the registers
  std::string delays_of;  ///< the library that they were measured on; empty: those of the form
  PipelineCut cut;
  Correction correction;
  std::optional<SkipPlan> skipping;  ///< in place of it where digits of zeros are skipped
  int acc_bits = 0;                  ///< width of the accumulator

  // Output.
  bool output_signed = true;
  int kept_bits = 0;  ///< of acc_bits after the shift, before saturation
  bool saturates = false;
  int output_bits = 0;
  /// Of a threshold, which has a sign where `thresholds_signed`; 0: there are none, and results are
  /// sums.
  int threshold_bits = 0;
  bool thresholds_signed = false;

  // Address and port widths.
  int bank_bits = 0;  ///< 0: no bank pins
  int row_bits = 0;   ///< 0: no row pin

  std::optional<BoothPlan> booth;  ///< of Recoding::booth: the heap has its products then

  std::optional<AnalogPlan> analog;  ///< of Kind::analog; the arithmetic above is empty then
  std::optional<NearMemoryPlan> near_memory;  ///< of Kind::near_memory; likewise
  std::optional<FloatingPlan> floating;       ///< of Kind::floating; the arithmetic is in parts
  std::optional<LogicPlan> logic;             ///< of Kind::logic; no arithmetic of columns
  std::optional<ShellPlan> shell;             ///< of self-test and repair; the macro is in parts
  std::optional<ProtectionPlan> protection;   ///< where weights have check bits
  std::optional<PrecisionPlan> precision;     ///< where vectors bring their precision
  /// Of a macro with a shell: the one inside. Of Kind::hybrid: the digital macro and the analog one (generator/spec/parts.h), and no
  /// arithmetic but that of cim_hybrid_join. Of Kind::floating: the integer macro of a block of
  /// rows.
  std::vector<MacroPlan> parts;

  /// The plan of the macro that has the array: this one, or the second part; null: there is none.
  [[nodiscard]] const MacroPlan* with_array() const;
  /// Hybrid: bits of every sum of 2^low_bits times a result of the digital macro and one of the
  /// analog macro, with a sign.
  [[nodiscard]] int joined_bits() const;

  // Figures for `cimforge check` and the datasheet.
  [[nodiscard]] int slices() const { return full_slices + (last_lanes > 0 ? 1 : 0); }
  [[nodiscard]] int digit_planes() const { return booth ? booth->planes : digit_bits; }
  [[nodiscard]] std::int64_t storage_bits() const;
  [[nodiscard]] int full_adders_per_column() const;  ///< of the trees, without the accumulator
  [[nodiscard]] int half_adders_per_column() const;
  [[nodiscard]] int products_per_column() const;
  [[nodiscard]] int inverted_products_per_column() const;  ///< of negative weight
  /// What the trees add: the products, or their ORs; and those of negative weight.
  [[nodiscard]] int heap_bits_per_column() const;
  [[nodiscard]] int inverted_heap_bits_per_column() const;
  [[nodiscard]] int pipeline_bits_per_column() const;
  [[nodiscard]] int tree_depth() const;  ///< unit delays from the products to the sum
  /// Full adders that any compressor tree needs: heap bits - bits of the sum, both heaps together.
  [[nodiscard]] int full_adder_bound() const;
};

/// Delays measured on a library.
struct LibraryDelays {
  std::string library;
  AdderDelays delays;
};

/// Plans a validated specification, in the unit delays of its adder tree or in those of a library.
/// Never fails.
MacroPlan plan(const spec::MacroSpec& spec,
               const std::optional<LibraryDelays>& measured = std::nullopt);

}  // namespace cimforge::plan
