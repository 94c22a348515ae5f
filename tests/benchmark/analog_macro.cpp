// One matrix-vector multiplication through a Verilated analog macro on the device model, beside a
// plain dense product of the same size: ideal cells, read noise in every cell, resistance of the
// wires.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <CLI/CLI.hpp>
#include <random>
#include <vector>

#include "flows/device_array.h"
#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/device/device.h"
#include "sim/analog/macro.h"
#include "tb/bus_engine.h"

namespace {

using namespace cimforge;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

spec::MacroSpec macro_of(int size, double row_ohm) {
  spec::MacroSpec spec;
  spec.name = "macro";
  spec.kind = spec::Kind::analog;
  spec.rows = size;
  spec.columns = size;
  spec.input = {false, 4};
  spec.weight = {false, 4};
  spec.input_bits_per_cycle = 4;
  spec.analog.device = "reram_neurram";
  spec.analog.cell_bits = 4;
  spec.analog.columns_per_adc = 1;
  spec.analog.adc = spec::Adc::flash;
  spec.analog.adc_bits = 8;
  spec.analog.model = spec::ArrayModel::device;
  spec.analog.row_ohm = row_ohm;
  spec.analog.column_ohm = row_ohm;
  // Sums of 225 products a row in 256 codes.
  int bits = 0;
  while ((static_cast<long>(size) * 225 >> bits) > 255) ++bits;
  spec.analog.adc_range = bits;
  return spec;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Verilated analog macros on the device model against a plain dense product");
  std::vector<int> sizes = {32, 64, 128, 256};
  int vectors = 2000;
  app.add_option("--sizes", sizes, "Rows, which are as many as columns")->capture_default_str();
  app.add_option("--vectors", vectors, "Vectors of a measurement")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  fmt::print("{:>6} {:<16} {:>10} {:>10} {:>12} {:>12}\n", "size", "cells", "us an MVM", "plain us",
             "program s", "first MVM s");
  for (const int size : sizes) {
    const auto n = static_cast<std::size_t>(size);
    std::mt19937 random(1);
    std::uniform_int_distribution<std::int32_t> four_bits(0, 15);
    std::vector<std::int32_t> weights(n * n);
    for (auto& weight : weights) weight = four_bits(random);
    const auto count = static_cast<std::size_t>(vectors);
    std::vector<std::int32_t> inputs(count * n);
    for (auto& input : inputs) input = four_bits(random);
    std::vector<std::int64_t> outputs(count * n);

    // The plain product, in double as any simulator has it.
    std::vector<double> matrix(weights.begin(), weights.end());
    std::vector<double> sums(n);
    double checksum = 0.0;
    const auto plain_begin = Clock::now();
    for (std::size_t vector = 0; vector < count; ++vector) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (std::size_t row = 0; row < n; ++row) {
        const double x = inputs[vector * n + row];
        for (std::size_t column = 0; column < n; ++column) {
          sums[column] += x * matrix[row * n + column];
        }
      }
      checksum += sums[vector % n];
    }
    const double plain_us = seconds_since(plain_begin) / vectors * 1e6;
    if (checksum < 0.0) return 1;

    struct Case {
      const char* name;
      bool noise;
      double ohm;
    };
    for (const Case& each : {Case{"ideal", false, 0.0}, Case{"read noise", true, 0.0},
                             Case{"noise and wires", true, 1.0}}) {
      const spec::MacroSpec spec = macro_of(size, each.ohm);
      analog::Effects effects = analog::Effects::none();
      effects.read_noise = each.noise;
      effects.wires = each.ohm > 0.0;
      const flows::DeviceArrays devices({.spec = spec,
                                         .device = device::load(spec.analog.device),
                                         .converter = analog::ideal_converter(spec),
                                         .effects = effects,
                                         .programming = analog::Programming::direct,
                                         .seed = 1});
      const base::TemporaryDirectory directory("cimforge-bench-");
      for (const auto& [path, text] : collateral::emit(spec)) {
        std::filesystem::create_directories((directory.path() / path).parent_path());
        base::write_file_atomically(directory.path() / path, text);
      }
      const flows::VerilatedModel model({directory.path(), spec.name, false}, spec,
                                        {.jobs = 2, .array = &devices.hooks()});
      tb::BusEngine engine(spec, model.make(""), {});
      auto begin = Clock::now();
      engine.load_weights(0, weights);
      const double program = seconds_since(begin);
      begin = Clock::now();
      engine.multiply(0, std::span(inputs).first(n), std::span(outputs).first(n));
      const double first = seconds_since(begin);
      double best = 1e9;
      for (int repeat = 0; repeat < 3; ++repeat) {
        begin = Clock::now();
        engine.multiply(0, inputs, outputs);
        best = std::min(best, seconds_since(begin) / vectors * 1e6);
      }
      fmt::print("{:>6} {:<16} {:>10.1f} {:>10.1f} {:>12.3f} {:>12.3f}\n", size, each.name, best,
                 plain_us, program, first);
      std::fflush(stdout);
    }
  }
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 3;
}
