// Program of a run: cut into chunks that each begin with a reset and load their own weights, so
// that they can be run in any order and by any number of threads with the same outcome.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "generator/spec/spec.h"
#include "tb/driver.h"
#include "tb/random.h"

namespace cimforge::tb {

struct Chunk {
  enum class Kind {
    corners,             ///< stimulus.h: corner_steps
    exhaustive_inputs,   ///< all input vectors, random weights
    exhaustive_weights,  ///< all input vectors with all weights of a column, in every column
    random,
    gaussian,  ///< of a floating macro: weights and inputs as quantisers make them
  };
  Kind kind = Kind::random;
  std::uint64_t first = 0;         ///< of this kind: the first input code or vector
  std::uint64_t vectors = 0;       ///< results that it compares
  std::uint64_t first_vector = 0;  ///< number of its first result in the run
};

/// The chunks of a run that compares `vectors` results, or as many as corners, an exhaustive part
/// (where rows x input bits <= 16) and half of `vectors` at random need.
std::vector<Chunk> plan_chunks(const spec::MacroSpec& spec, std::uint64_t vectors);

/// Runs one chunk on a Dut that is in any state. Throws Hang, ModelError.
void run_chunk(const Chunk& chunk, const spec::MacroSpec& spec, Driver& driver, Random& random);

}  // namespace cimforge::tb
