// What multiplies vectors by a stored matrix: the Verilated macro behind its bus, or the golden
// model. `cimforge run` and the tests are written against this interface.
#pragma once

#include <cassert>
#include <cstdint>
#include <span>

#include "generator/spec/spec.h"

namespace cimforge::tb {

class MacroEngine {
 public:
  virtual ~MacroEngine() = default;

  [[nodiscard]] virtual const spec::MacroSpec& spec() const = 0;

  /// Stores a whole matrix in `bank`: rows x columns values of the weight format, row-major.
  virtual void load_weights(int bank, std::span<const std::int32_t> weights) = 0;

  /// Stores a threshold for each column of a bank, in a macro whose results are signs.
  virtual void load_thresholds(int /*bank*/, std::span<const std::int64_t> /*thresholds*/) {
    assert(false && "results are no signs");
  }

  /// Multiplies `count` vectors, back to back: `inputs` is count x rows values of the input format,
  /// `outputs` count x columns results, both row-major.
  virtual void multiply(int bank, std::span<const std::int32_t> inputs,
                        std::span<std::int64_t> outputs) = 0;

  /// Clock cycles since the engine was made; 0 for one that has no clock.
  [[nodiscard]] virtual std::uint64_t cycles() const = 0;
};

}  // namespace cimforge::tb
