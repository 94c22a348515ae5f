// BusEngine: a macro behind its ports, used as a plain matrix multiplier.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "generator/spec/spec.h"
#include "tb/codes.h"
#include "tb/dut.hpp"
#include "tb/macro_engine.h"
#include "tb/structured.h"

namespace cimforge::tb {

/// Loads weights and streams vectors with everything valid and ready. A macro that keeps a transfer
/// waiting for good, or gives a result too many, is a ModelError.
class BusEngine final : public MacroEngine {
 public:
  /// Resets the macro. `interrupt` is called often and may throw to end a call.
  BusEngine(const spec::MacroSpec& spec, std::unique_ptr<Dut> dut,
            std::function<void()> interrupt = {});

  [[nodiscard]] const spec::MacroSpec& spec() const override { return spec_; }
  /// Asserts the bank, the shape and the range of the weights, and that structured ones fit.
  void load_weights(int bank, std::span<const std::int32_t> weights) override;
  /// The same as they are stored.
  void load_stored(int bank, const StoredWeights& stored);
  /// One a column, where results are signs. Asserts the bank and their number.
  void load_thresholds(int bank, std::span<const std::int64_t> thresholds) override;
  /// Asserts the bank, the shapes and the range of the inputs.
  void multiply(int bank, std::span<const std::int32_t> inputs,
                std::span<std::int64_t> outputs) override {
    multiply(bank, inputs, outputs, {});
  }
  /// The same with scales of the inputs, vectors x blocks; those of set_scales() where there are
  /// none.
  void multiply(int bank, std::span<const std::int32_t> inputs, std::span<std::int64_t> outputs,
                std::span<const std::int32_t> scales);
  [[nodiscard]] std::uint64_t cycles() const override { return cycles_; }

  /// Of all vectors from now on; the macro's own until it is called.
  void set_mode(const spec::Mode& mode) { mode_ = mode; }
  /// Likewise, of inputs with a scale: one a block; all 1 until it is called.
  void set_scales(std::span<const std::int32_t> scales);

  /// An access to a register of an analog macro, {page, index} in 4 and 16 bits: what it held
  /// before. A write takes `data`.
  std::uint32_t read_register(std::uint32_t page, std::uint32_t index);
  void write_register(std::uint32_t page, std::uint32_t index, std::uint32_t data);
  /// How often each column had its saturation flag with a result since the engine was made; empty
  /// for a macro without these flags.
  [[nodiscard]] const std::vector<std::uint64_t>& saturated() const { return saturated_; }
  /// Devices that were reported wrong so far.
  [[nodiscard]] std::uint64_t faults() const { return faults_; }

 private:
  void put_float_row(const StoredWeights& stored, std::size_t row);
  std::uint32_t access_register(bool write, std::uint32_t address, std::uint32_t data);

  /// The streams of one clock cycle that moved.
  struct Moved {
    bool weights;
    bool thresholds;
    bool input;
    bool output;
  };
  template <typename TakeResult>
  Moved cycle(TakeResult take_result);

  spec::MacroSpec spec_;
  Ports ports_;
  std::unique_ptr<Dut> dut_;
  cim_dut_pins& pins_;
  std::function<void()> interrupt_;
  std::uint64_t cycles_ = 0;
  std::uint64_t patience_;    ///< cycles without a transfer after which the macro hangs
  std::uint64_t waited_ = 0;  ///< cycles since the last transfer
  spec::Mode mode_;
  PortValue row_;
  PortValue thresholds_;
  PortValue row_indices_;
  WeightRow float_row_;  ///< of a floating macro
  PortValue vector_;
  Codes scales_;
  PortValue result_;
  std::vector<std::uint64_t> saturated_;
  std::uint64_t faults_ = 0;
};

}  // namespace cimforge::tb
