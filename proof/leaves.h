// The leaf cells, each against what it has to do: its next state and its outputs as functions, for
// all values of its inputs and its state. One register of the cell corresponds to one of the
// reference.
#pragma once

#include <cstdint>
#include <vector>

#include "generator/spec/spec.h"
#include "proof/netlist.h"

namespace cimforge::proof {

/// Cycles of a vector: n, from the specification alone.
int steps(const spec::MacroSpec& spec);
/// Bits of an address of `count` things, at least 1.
int address_bits(int count);

/// What takes the offsets of a column off again. With several steps: the accumulator's initial
/// value and the digits fed behind it, of step 1 to n - 1. With one step: `initial` is added to the
/// sum.
struct Constants {
  int width = 0;  ///< bits of the accumulator: everything is modulo 2^width
  std::uint64_t initial = 0;
  int initial_bits = 64;  ///< of `initial` that reach the result
  std::vector<std::uint64_t> feed;
  /// Where digits of zeros are skipped, in place of these: what each digit that is visited adds to
  /// the start value; digit 0 is the least significant one.
  std::vector<std::uint64_t> terms;
  /// Some digit is not zero.
  [[nodiscard]] bool feeds() const;
};

// Datapath, with one lane.
/// A word line writes one row of one bank, and nothing else does; the bank select reads it.
void prove_storage(const Design& design, const Module& module, const spec::MacroSpec& spec,
                   int rows, int bits);
/// Of structured weights: the input that the index names, 0 for an index past the group.
void prove_index_select(const Design& design, const Module& module, int group, int index_bits);
/// The write buffer of a slice: bit b of the code at plane b.
void prove_write_buffer(const Design& design, const Module& module, int bits);
/// Every row's code, digit by digit, through all the steps of a vector, and held between them.
void prove_serializer(const Design& design, const Module& module, const spec::MacroSpec& spec);
/// One step of the accumulator.
void prove_accumulator(const Design& design, const Module& module, const spec::MacroSpec& spec,
                       const Constants& constants);
/// The constant of a macro of one step.
void prove_add_constant(const Design& design, const Module& module, const spec::MacroSpec& spec,
                        const Constants& constants);
void prove_saturation(const Design& design, const Module& module, const spec::MacroSpec& spec);
void prove_output_register(const Design& design, const Module& module, const spec::MacroSpec& spec);

// Of binary networks (docs/binary.md).
/// The planes plus and minus of a ternary code; the code 10 is -1.
void prove_ternary_planes(const Design& design, const Module& module);
/// Each bank takes its thresholds, and the sign is that of the sum, `width` bits, against those of
/// the bank.
void prove_threshold(const Design& design, const Module& module, const spec::MacroSpec& spec,
                     int width);
/// Thresholds are taken when no vector is on its way, and vectors wait for them.
void prove_threshold_port(const Design& design, const Module& module, const spec::MacroSpec& spec);

// Of a macro that skips digits of zeros.
bool skips(const spec::MacroSpec& spec);
/// The digits that are not zero, each once, from the lowest; a vector of zeros takes one step.
void prove_skipping_sequencer(const Design& design, const Module& module,
                              const spec::MacroSpec& spec, int negate_stage);
/// Every digit of every row's code, and which of them are zero where that is asked; nothing moves
/// between two vectors.
void prove_selector(const Design& design, const Module& module, const spec::MacroSpec& spec);
/// One step of the accumulator, at each place.
void prove_place_accumulator(const Design& design, const Module& module,
                             const spec::MacroSpec& spec, const Constants& constants);
void prove_skipped_offset(const Design& design, const Module& module, const spec::MacroSpec& spec,
                          const Constants& constants);

// Of a macro whose vectors bring their precision.
/// log2 of the most columns that hold a weight.
int fuse_log(const spec::MacroSpec& spec);
/// The highest bit of a vector first, each once, or those alone that are not zero in every row, the
/// lowest first; its mode goes with its partial sums.
void prove_precision_sequencer(const Design& design, const Module& module,
                               const spec::MacroSpec& spec, int negate_stage);
/// One step: (first ? 0 : 2 acc) +- (S - 2^top), where sum_i is S and `top` its highest bit and
/// only signed sums have the offset; or (first ? 0 : acc) +- 2^i (S - 2^top) at each place i.
void prove_signed_accumulator(const Design& design, const Module& module,
                              const spec::MacroSpec& spec, int width);
/// Each level adds 2^l columns to their 2^l neighbours, 2^l weights up, modulo its width. Gives the
/// widths, the first that of a column.
std::vector<int> prove_column_fusion(const Design& design, const Module& module,
                                     const spec::MacroSpec& spec);
/// Whether results have a second entry: where a vector may take one cycle.
bool has_second_entry(const spec::MacroSpec& spec);

// A transposable macro.
constexpr bool transposes(const spec::MacroSpec& spec) {
  return spec.transpose != spec::Transpose::never;
}
/// Whether its blocks store their weights, or get them from outside.
constexpr bool stores_in_blocks(const spec::MacroSpec& spec) {
  return !transposes(spec) && !spec.weights_outside;
}
/// Of a block of rows: it shows one of the views, whole.
void prove_select(const Design& design, const Module& module, std::size_t bits);
/// Bit b of (r, c) in one view is bit b of (c, r) in the other, for every cell of the array.
void prove_transpose(const Design& design, const Module& module, const spec::MacroSpec& spec,
                     int lanes);
/// The direction is that of the vector which was taken last.
void prove_direction(const Design& design, const Module& module);
/// The weights of one column: write buffer, storage, and both read ports of bitcells.
void prove_weights(const Design& design, const Module& module, const spec::MacroSpec& spec);

// Control.
/// What a sequencer has to count.
struct Schedule {
  int steps = 1;       ///< of a vector
  int ranks = 0;       ///< of registers in front of the accumulator, or with it
  int first_rank = 0;  ///< whose first step of a vector negate_o tells
  int banks = 1;
};
void prove_sequencer(const Design& design, const Module& module, const Schedule& schedule);
/// `rows` may be fewer than the macro's.
void prove_weight_port(const Design& design, const Module& module, int rows, int banks);
void prove_word_line_gate(const Design& design, const Module& module);
/// Flip-flops behind it move as those of clk_i under the enable do (fold_clock_gates).
void prove_clock_gate(const Design& design, const Module& module);
void prove_output_stage(const Design& design, const Module& module, bool skid);
void prove_feed(const Design& design, const Module& module, const spec::MacroSpec& spec,
                const Constants& constants);

}  // namespace cimforge::proof
