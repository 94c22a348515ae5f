// A hybrid macro without a clock: the high-order bits of the weights multiplied exactly, the
// low-order ones on the devices of an analog macro (generator/spec/parts.h).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/analog/macro.h"
#include "sim/analog/output_stage.h"

namespace cimforge::analog {

/// One bank of weights. An analog macro is one too, whose digital bits are none.
class HybridMacro {
 public:
  /// `config.spec` is of Kind::analog or Kind::hybrid. Throws as AnalogMacro does.
  explicit HybridMacro(const MacroConfig& config);

  /// The macro of the low-order bits.
  [[nodiscard]] AnalogMacro& low() { return low_; }
  [[nodiscard]] const AnalogMacro& low() const { return low_; }

  /// Programs rows x columns weights, row-major.
  void load(std::span<const std::int32_t> weights);

  /// Any number of vectors: `inputs` is vectors x rows, `outputs` vectors x columns. `saturated`,
  /// unless empty, gets 1 for each output that something was clipped for.
  void multiply(std::span<const std::int32_t> inputs, std::span<std::int64_t> outputs,
                std::span<char> saturated = {});

  /// The weights that digital bits and cells stand for now, rows x columns.
  [[nodiscard]] std::vector<double> weights_now();

  /// Of the array, and every output that was clipped.
  [[nodiscard]] MacroCounts counts() const;

 private:
  std::size_t rows_;
  std::size_t columns_;
  bool is_hybrid_;
  int low_bits_;  ///< of a hybrid macro
  OutputStage output_;
  AnalogMacro low_;
  std::vector<std::int32_t> high_;  ///< rows x columns, in 2^low_bits
  std::uint64_t clipped_ = 0;       ///< outputs whose share of the array was not
};

}  // namespace cimforge::analog
