// Engines for the tests: the golden model in place of a macro, and one with a fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

#include "sim/golden.h"
#include "tb/macro_engine.h"

namespace cimforge::tests {

/// The golden model behind the interface of a macro; pretends to take one cycle a row of weights
/// and one a vector.
class GoldenEngine : public tb::MacroEngine {
 public:
  explicit GoldenEngine(spec::MacroSpec spec) : golden_(std::move(spec)) {}

  [[nodiscard]] const spec::MacroSpec& spec() const override { return golden_.spec(); }

  void load_weights(int bank, std::span<const std::int32_t> weights) override {
    const auto columns = static_cast<std::size_t>(spec().columns);
    for (int r = 0; r < spec().rows; ++r) {
      golden_.write_row(bank, r, weights.subspan(static_cast<std::size_t>(r) * columns, columns));
      ++cycles_;
    }
    ++loads_;
  }

  void load_thresholds(int bank, std::span<const std::int64_t> thresholds) override {
    golden_.write_thresholds(bank, thresholds);
    ++cycles_;
  }

  void multiply(int bank, std::span<const std::int32_t> inputs,
                std::span<std::int64_t> outputs) override {
    golden_.multiply(bank, inputs, outputs);
    if (fault) fault(loads_ - 1, outputs);
    cycles_ += inputs.size() / static_cast<std::size_t>(spec().rows);
  }

  [[nodiscard]] std::uint64_t cycles() const override { return cycles_; }
  [[nodiscard]] std::size_t loads() const { return loads_; }

  /// Called with the number of the tile, counted from 0, and what the engine is about to return.
  std::function<void(std::size_t tile, std::span<std::int64_t> outputs)> fault;

 private:
  sim::GoldenMacro golden_;
  std::uint64_t cycles_ = 1000;  // the engine has run before
  std::size_t loads_ = 0;
};

}  // namespace cimforge::tests
