// Products of bipolar and ternary operands (docs/binary.md). Let X and W be the bits of the signs x
// and w, +1 where the bit is 1, and P and M the planes of a ternary weight, P - M:
//   bipolar x bipolar    x w = 2 ~(X ^ W) - 1
//   bipolar x ternary    x w = ~(X ^ P) - ~(X ^ M)
//   bipolar x integer    x w = 2 (X & w) - w             for each bit of w
//   integer x ternary    x w = (x & P) - (x & M)         for each bit of x
//   integer x bipolar    x w = 2 (x & W) - x             likewise
// So every heap has one or two bits for a bit of the one operand and a bit of the other.
#pragma once

#include "generator/plan/plan.h"

namespace cimforge::plan {

/// The heaps of a macro with such an operand.
void choose_binary_heaps(MacroPlan& plan);

/// 1 where products of this plane are numbers of their own beside those of the same row and digit
/// bit, 0 where they share one: no number has two bits of a column.
int number_of_plane(const MacroPlan& plan, const ProductPlane& plane);

}  // namespace cimforge::plan
