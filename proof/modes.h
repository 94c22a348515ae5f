// Run-time precision: the columns of a slice that may hold one weight, and what each mode of a
// macro makes of the sums that are proved of a column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "generator/spec/spec.h"
#include "proof/column.h"

namespace cimforge::proof {

/// A slice: what stands in it, and the bits of negate_i and of sum_signed_i that each of its
/// columns has.
struct FusedSlice {
  const Module* column = nullptr;
  const Module* fusion = nullptr;
  const Module* output = nullptr;
  std::vector<std::size_t> negate, sum_signed;
  /// Of the two cells, but for the lanes.
  std::map<std::string, std::int64_t> parameters;
};

/// Every pin of a slice of fused columns: column c has its own weights, sign and place among the
/// results, and everything else is that of all of them.
FusedSlice prove_fused_slice(const Design& design, const Module& slice,
                             const spec::MacroSpec& spec);

/// What one vector of a mode makes the sequencer say, one entry for each step.
struct ModeStep {
  int plane = 0;  ///< the bit of the inputs
  int place = 0;  ///< where sums have a place: that of its sum
  bool first = false, subtract = false;
  std::uint64_t negate = 0, sum_signed = 0;
};
struct ModeRun {
  spec::Mode mode;
  std::vector<ModeStep> steps;
};
/// A vector of every mode through all stages, whatever is in flight before it and comes behind it:
/// it takes as many cycles as its inputs have bits, and its mode is that of its own sums and
/// result.
std::vector<ModeRun> prove_mode_runs(const Design& design, const Module& sequencer,
                                     const spec::MacroSpec& spec, int negate_stage);

/// Refutes unless one step of a column adds F + 2^(B-1) T, or F - 2^(B-1) T + 2^top where its
/// weights have a sign: F all products but those of the highest weight bits, T these, and `top` the
/// highest bit that the accumulator takes.
void prove_steps(const ColumnProof& column, const spec::MacroSpec& spec);

/// Refutes unless in each mode the steps of a vector add up to the dot product of every weight,
/// within widths that hold it. `widths` are those of 2^l columns.
void prove_modes(const ColumnProof& column, const FusedSlice& slice,
                 const std::vector<ModeRun>& runs, const std::vector<int>& widths,
                 const spec::MacroSpec& spec);

}  // namespace cimforge::proof
