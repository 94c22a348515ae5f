// One column's products and adder tree alone, combinational: emitted by cimforge, and as a designer
// writes the sum for a synthesis tool.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "generator/plan/plan.h"
#include "generator/spec/spec.h"

namespace cimforge::benchmark {

/// A shape of the benchmark: `rows` products of an input and a weight, all bits at once.
struct TreeShape {
  std::string name;
  int rows = 64;
  spec::IntegerFormat input;
  spec::IntegerFormat weight;
};

/// The specification of a macro of one column that adds the shape in one cycle.
spec::MacroSpec tree_spec(const TreeShape& shape, spec::AdderTree form);

/// File name -> text of a module `column` with ports x (input r at [r*bits +: bits]), w and y, the
/// exact sum.
std::map<std::string, std::string> emitted_tree(const spec::MacroSpec& spec,
                                                const std::optional<plan::LibraryDelays>& delays);

/// The same ports, as a loop or as a balanced tree of `+`.
std::string written_tree(const TreeShape& shape, bool balanced);

}  // namespace cimforge::benchmark
