// What is sent to a macro: patterns that are known to find mistakes, random codes of several
// distributions, and the list of steps that visits every corner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "generator/spec/spec.h"
#include "tb/codes.h"
#include "tb/random.h"

namespace cimforge::tb {

/// A matrix of weights or a vector of inputs.
enum class Shape {
  random,
  zero,
  ones,  ///< all bits of all codes: -1, or the maximum of an unsigned format
  max,
  min,
  alternating,  ///< the minimum and the maximum by turns; weights: a checkerboard
  opposite,     ///< the same, the other way round
  one_hot,      ///< all zero but one input, or all zero but one column
  diagonal,     ///< weights only: each row has another column that is not zero
  one_plane,    ///< inputs only: one bit of all codes
  low_planes,   ///< inputs only: all bits below one
};

/// The value of a one-hot code: an end of the format, by turns the one and the other where neither
/// is 0.
std::int32_t one_hot_value(const spec::IntegerFormat& format, std::size_t index);

/// Fills `codes` with the shape. `index` is the place that is not zero in a one-hot shape, or the
/// bit of one of planes.
void fill(Shape shape, std::size_t index, const spec::IntegerFormat& format, Random& random,
          Codes& codes);

/// Row `row` of a matrix of that shape; `index` as above, or the column where a diagonal begins.
void fill_weights(Shape shape, std::size_t index, std::size_t row,
                  const spec::IntegerFormat& format, Random& random, Codes& codes);

/// Random codes: uniform in half of the calls, else few bits, many bits, mostly ends of the format,
/// or mostly zeros.
void fill_random(const spec::IntegerFormat& format, Random& random, Codes& codes);

/// Leaves a random choice of the digits of all codes and clears the others; `digit_bits` in each.
void thin_digits(const spec::IntegerFormat& format, int digit_bits, Random& random, Codes& codes);

/// Indices of structured weights: with `valid` each names a row of its group; else anything that
/// the port holds, equal ones and those past the group among it. Nothing where there are none.
void fill_indices(const Ports& ports, bool valid, Random& random, Codes& indices);

/// Takes the codes from a number, the first code in its lowest bits; the port has 64 bits at most.
void fill_from_bits(std::uint64_t bits, const spec::IntegerFormat& format, Codes& codes);

/// Thresholds: anything that the port holds, ends of the range, or about the sums of the vector
/// that was accepted last, where there are any.
void fill_thresholds(const spec::MacroSpec& spec, std::span<const std::int64_t> sums,
                     Random& random, Thresholds& thresholds);

/// One step of the corner program: a matrix that is loaded, or a vector that is multiplied.
struct CornerStep {
  enum class Kind { weights, input };
  Kind kind = Kind::input;
  int bank = 0;
  Shape shape = Shape::zero;
  std::size_t index = 0;
  bool transposed = false;  ///< of a vector: it wants the transposed matrix
};

/// The banks whose weights are brought to every corner: all of them, or the first, the last and
/// some between where loading would cost too much.
std::vector<int> corner_banks(const spec::MacroSpec& spec);

/// The directions of a vector: two in a transposable macro.
int directions(const spec::MacroSpec& spec);

/// Corners of the inputs of every bank, then corners of weights and inputs in the corner banks. All
/// banks hold random weights before the first step.
std::vector<CornerStep> corner_steps(const spec::MacroSpec& spec);

/// Places in a row of `count` that are worth a one-hot vector of their own, ascending: all where
/// `limit` allows, else the ends and the neighbours of 16 and of each power of two.
std::vector<std::size_t> boundary_places(std::size_t count, std::size_t limit);

}  // namespace cimforge::tb
