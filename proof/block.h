// A block of rows: each of its two sums as a sum of products, for all inputs.
#pragma once

#include "proof/cells.h"
#include "proof/column.h"

namespace cimforge::proof {

BlockProof prove_block(const Design& design, const Module& block, const spec::MacroSpec& spec,
                       SmallCells& cells);

}  // namespace cimforge::proof
