// The benchmark of analog arrays: the time of one read by its effects, beside a plain product of
// the same size, and of programming. `cimforge_bench_analog [LARGEST]`
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "sim/analog/cell_array.h"

namespace {

using namespace cimforge;          // NOLINT: a program of its own
using namespace cimforge::analog;  // NOLINT

constexpr int kCodeBits = 4;
constexpr crossbar::Wires kWires{
    .row_ohm = 1.0, .column_ohm = 1.0, .driver_ohm = 100.0, .sense_ohm = 100.0};

template <typename Work>
double seconds(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The least of several runs that together take a tenth of a second.
template <typename Work>
double least_seconds(Work&& work) {
  double least = seconds(work);
  for (double total = least; total < 0.1;) {
    const double once = seconds(work);
    least = std::min(least, once);
    total += std::max(once, 1e-7);
  }
  return least;
}

/// Multilevel cells with white read noise of 1 %.
ArrayConfig config_of(int size, const Effects& effects, const crossbar::Wires& wires) {
  ArrayConfig config;
  config.rows = size;
  config.device_columns = size;
  config.levels = 16;
  config.code_bits = kCodeBits;
  config.device = device::load("reram_neurram");
  config.wires = wires;
  config.effects = effects;
  return config;
}

struct Inputs {
  std::vector<int> levels;
  std::vector<int> codes;  ///< none is 0: every row costs
  std::vector<int> bits;   ///< 0 or 1, as in a bit-serial read
};

Inputs random_inputs(int size) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> level(0, 15);
  std::uniform_int_distribution<int> code(1, (1 << kCodeBits) - 1);
  std::uniform_int_distribution<int> bit(0, 1);
  const auto rows = static_cast<std::size_t>(size);
  Inputs inputs{std::vector<int>(rows * rows), std::vector<int>(rows), std::vector<int>(rows)};
  for (int& each : inputs.levels) each = level(random);
  for (int& each : inputs.codes) each = code(random);
  for (int& each : inputs.bits) each = bit(random);
  return inputs;
}

/// What a read is held against: sums of products in two loops.
double plain_seconds(const Inputs& inputs, std::size_t size) {
  const std::vector<double> matrix(inputs.levels.begin(), inputs.levels.end());
  std::vector<double> sums(size);
  return least_seconds([&] {
    std::ranges::fill(sums, 0.0);
    for (std::size_t r = 0; r < size; ++r) {
      const double x = inputs.codes[r];
      const double* const row = matrix.data() + r * size;
      for (std::size_t c = 0; c < size; ++c) sums[c] += x * row[c];
    }
  });
}

void print_row(int size) {
  const Inputs inputs = random_inputs(size);
  std::vector<double> sums(static_cast<std::size_t>(size));
  const auto read_seconds = [&](CellArray& array, const std::vector<int>& codes) {
    array.read(codes, {}, sums);  // prepares
    return least_seconds([&] { array.read(codes, {}, sums); });
  };

  CellArray ideal(config_of(size, Effects::none(), {}));
  ideal.program(inputs.levels);
  Effects with_noise = Effects::none();
  with_noise.read_noise = true;
  CellArray noisy(config_of(size, with_noise, {}));
  noisy.program(inputs.levels);
  CellArray wired(config_of(size, {}, kWires));
  const double programming = seconds([&] { wired.program(inputs.levels); });
  const double preparing = seconds([&] { wired.read(inputs.codes, {}, sums); });
  const double drifting = seconds([&] {
    CellArray drifted(config_of(size, {}, {}));
    drifted.set_conditions(86400.0, kReferenceKelvin);
    drifted.read(inputs.codes, {}, sums);
  });

  fmt::print("{:5} {:12.2f} {:12.2f} {:12.2f} {:12.2f} {:12.2f} {:14.2f} {:14.2f} {:14.2f}\n", size,
             1e6 * plain_seconds(inputs, static_cast<std::size_t>(size)),
             1e6 * read_seconds(ideal, inputs.codes), 1e6 * read_seconds(ideal, inputs.bits),
             1e6 * read_seconds(noisy, inputs.codes), 1e6 * read_seconds(wired, inputs.codes),
             1e3 * programming, 1e3 * drifting, 1e3 * preparing);
}

}  // namespace

int main(int argc, char** argv) {
  const int largest = argc > 1 ? std::atoi(argv[1]) : 1024;  // NOLINT: 0 prints the head alone
  fmt::print("{:>5} {:>12} {:>12} {:>12} {:>12} {:>12} {:>14} {:>14} {:>14}\n", "n", "plain us",
             "ideal us", "bits us", "noise us", "wires us", "program ms", "one day ms", "wires ms");
  for (int size = 32; size <= largest; size *= 2) print_row(size);
  return 0;
}
