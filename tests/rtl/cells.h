// The Verilated leaf cells of cells_tb.v: one instance is selected, its bits are read and written
// by number.
#pragma once

#include <Vcells_tb.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace cimforge::test {

/// The values of the kinds in cells_tb.v.
enum class Cell {
  full_adder = 1,
  half_adder,
  bit_product,
  conditional_invert,
  saturate,
  add_constant,
  shift_accumulator,
  plane_register,
  input_serializer,
  output_register,
  output_stage,
  digit_feed,
  weight_flop,
  weight_latch,
  word_line_gate,
  weight_port,
  sequencer,
  gated_latch,
  clock_gate,
  decoder
};

inline std::uint64_t mask(int bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

class Cells {
 public:
  Cells() { dut.eval(); }

  Vcells_tb dut;
  std::mt19937_64 random{20240605};

  std::uint64_t draw(int bits) { return random() & mask(bits); }
  bool toss() { return draw(1) != 0; }

  void set_data(int low, int width, std::uint64_t value) {
    for (int i = 0; i < width; ++i) {
      const auto bit = static_cast<std::uint32_t>(value >> i & 1);
      const auto place = static_cast<std::size_t>(low + i);
      WData& word = dut.data[place / 32];
      word = (word & ~(WData{1} << place % 32)) | bit << place % 32;
    }
  }
  void random_data() {
    for (std::size_t i = 0; i < 2432 / 32; ++i) dut.data[i] = static_cast<WData>(random());
  }
  [[nodiscard]] std::uint64_t data(int low, int width) const { return bits(dut.data, low, width); }
  [[nodiscard]] std::uint64_t result(int low, int width) const {
    return bits(dut.result, low, width);
  }
  [[nodiscard]] bool status(int bit) const { return (dut.status >> bit & 1) != 0; }

  void eval() { dut.eval(); }
  /// Inputs settle, then one rising edge; the clock is left high.
  void tick() {
    dut.clk = 0;
    dut.eval();
    dut.clk = 1;
    dut.eval();
  }
  void reset() {
    dut.rst_n = 0;
    tick();
    dut.rst_n = 1;
    dut.eval();
  }

  /// For every instance of a kind: selects it, resets it, and calls `run` with its parameters and
  /// its constant.
  template <typename Run>
  void each(Cell kind, Run run) {
    int found = 0;
    for (int index = 0; index < dut.instances; ++index) {
      dut.select = static_cast<CData>(index);
      dut.control = 0;
      dut.lines = 0;
      dut.eval();
      const auto about = [&](int low, int width) { return bits(dut.about, low, width); };
      if (about(72, 8) != static_cast<std::uint64_t>(kind)) continue;
      ++found;
      std::array<int, 7> parameters{};
      std::string text;
      for (std::size_t p = 0; p < 7; ++p) {
        parameters[p] = static_cast<int>(about(64 - 8 * static_cast<int>(p), 8));
        text += " " + std::to_string(parameters[p]);
      }
      INFO("parameters" << text);
      reset();
      run(parameters, about(0, 16));
    }
    REQUIRE(found > 0);
  }

 private:
  template <typename Wide>
  static std::uint64_t bits(const Wide& wide, int low, int width) {
    std::uint64_t value = 0;
    for (int i = 0; i < width; ++i) {
      const auto place = static_cast<std::size_t>(low + i);
      value |= std::uint64_t{wide[place / 32] >> place % 32 & 1} << i;
    }
    return value;
  }
};

/// The number that lane `lane` has in bit planes of `lanes` lanes.
template <typename Bit>
std::uint64_t lane_number(int lane, int lanes, int width, Bit bit) {
  std::uint64_t value = 0;
  for (int b = 0; b < width; ++b) value |= std::uint64_t{bit(b * lanes + lane)} << b;
  return value;
}

}  // namespace cimforge::test
