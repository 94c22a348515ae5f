// The forms of a macro that are compared: the emitted RTL and the baselines, as Verilog sources with
// the options of Verilator that they may be built with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::benchmark {

/// What stands in one column of the table; the fastest of its forms does.
///   loop          `if (x[i]) sum = sum + w[i]` in each column, as it is usually written
///   masked_loop   the same sum written so that clang makes vector instructions of it
///   array_loop    one process for all columns
///   countones     bit planes and $countones, in each column and for all
enum class Contender {
  loop,
  masked_loop,
  array_loop,
  countones,
  array_countones,
  latch,
  flop
};
inline constexpr int contender_count = 7;
const char* to_string(Contender contender);

struct Form {
  Contender contender = Contender::loop;
  std::string name;                          ///< `loop, masked, unrolled`
  std::string top;                           ///< module
  std::map<std::string, std::string> files;  ///< file name -> text
  std::vector<std::string> order;            ///< files for Verilator
  std::vector<std::string> options;          ///< of Verilator, besides those of every form
  spec::MacroSpec spec;                      ///< what it computes
};

/// The four shapes of the claim, storage = latch.
std::vector<spec::MacroSpec> claimed_shapes();

/// A specification with exact output and the given operands; the rest is the default.
spec::MacroSpec make_spec(int rows, int columns, spec::IntegerFormat input,
                          spec::IntegerFormat weight);

/// The emitted macro.
Form emitted(const spec::MacroSpec& spec);

/// The loop forms for a specification of one bank; with `all`, also those that have never won. `if`
/// needs input_bits_per_cycle 1.
std::vector<Form> loops(const spec::MacroSpec& spec, bool all);

/// The $countones forms; operands must be signed and input_bits_per_cycle 1.
std::vector<Form> countones(const spec::MacroSpec& spec, bool all);

}  // namespace cimforge::benchmark
