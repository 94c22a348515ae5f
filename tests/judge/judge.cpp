#include "tests/judge/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <sstream>

#include "generator/spec/binary.h"
#include "generator/spec/parts.h"
#include "generator/spec/structure.h"
#include "sim/golden.h"
#include "tb/bus_engine.h"
#include "tests/lower/shell.h"

namespace cimforge::test {
namespace {

/// What a command has to say; empty where it is content.
std::string complaint(const std::filesystem::path& directory, const std::string& command) {
  const ShellResult result = run_shell(directory.string(), command);
  std::string said;
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    // Of Icarus, where some modules have a time scale: not of the emitted ones.
    if (line.find("timescale") == std::string::npos) said += line + '\n';
  }
  if (result.status == 0 && said.empty()) return "";
  return fmt::format("exit status {}\n$ {}\n{}", result.status, command, said.substr(0, 2000));
}

}  // namespace

std::string lint_complaint(const spec::MacroSpec& spec, const std::filesystem::path& directory) {
  const bool analog = spec::has_array(spec);
  const bool boxed = spec::has_black_box(spec);
  // Only Verilator has DPI-C.
  const bool plain = !analog || spec.analog.model == spec::ArrayModel::exact;
  const std::string& top = spec.name;
  std::string said;
  for (const char* view : {"", " -DSYNTHESIS"}) {
    said +=
        complaint(directory,
                  fmt::format("verilator --lint-only -Wall{} --top-module {} -f sim.f", view, top));
    if (!plain) continue;
    said += complaint(directory,
                      fmt::format("iverilog -g2005 -Wall{} -t null -s {} -c sim.f", view, top));
  }
  // The array of an analog macro is one black box, and so is the memory of a near-memory one; what
  // is left of a macro has no latches but the ones that keep weights.
  const bool has_latches = (spec.kind == spec::Kind::digital || spec.kind == spec::Kind::hybrid) &&
                           spec.storage != spec::Storage::flop;
  const std::string cells =
      boxed ? fmt::format(
                  "select -assert-none t:$mem*{}; "
                  "select -assert-count 1 t:{}",
                  has_latches ? "" : " t:$dlatch* t:$adlatch*", spec::black_box_module(spec))
            : "select -assert-none t:$mem*";
  said += complaint(
      directory, fmt::format("files=$(grep -v '^//' synth.f | tr '\\n' ' '); "
                             "yosys -q -p \"read_verilog -defer $files; hierarchy -check -top {}; proc; \""
                             "'check -assert; {}'",
                             top, cells));
  return said;
}

namespace {

/// Every other vector of a transposable macro wants the transposed matrix (streams_tb.v).
spec::Mode mode_of_vector(const spec::MacroSpec& spec, const Traffic& traffic, std::size_t index) {
  spec::Mode mode = traffic.modes[index];
  mode.transposed = spec.transpose != spec::Transpose::never && index % 2 == 1;
  return mode;
}

}  // namespace

std::vector<std::int64_t> golden_results(const spec::MacroSpec& spec, const Traffic& traffic) {
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  std::vector<std::int64_t> results;
  sim::GoldenMacro golden(spec);
  if (spec::has_thresholds(spec)) {
    for (int bank = 0; bank < spec.banks; ++bank) {
      golden.write_thresholds(bank, thresholds_of(spec, bank));
    }
  }
  std::span<const std::int32_t> weights = traffic.weights;
  std::span<const std::int32_t> indices = traffic.indices;
  std::span<const std::int32_t> inputs = traffic.inputs;
  std::span<const std::int32_t> weight_scales = traffic.weight_scales;
  std::span<const std::int32_t> input_scales = traffic.input_scales;
  const std::size_t blocks = input_scales.size() / std::max<std::size_t>(traffic.banks.size(), 1);
  std::size_t written = 0;
  for (std::size_t i = 0; i < traffic.banks.size(); ++i) {
    if (i % traffic.vectors == 0) {
      for (int bank = 0; bank < spec.banks; ++bank) {
        const int rows_to_write = spec::stored_rows(spec);
        for (int row = 0; row < rows_to_write; ++row, weights = weights.subspan(columns)) {
          const bool structured = !indices.empty();
          const bool scaled = !weight_scales.empty();
          golden.write_row(
              bank, row, weights.first(columns),
              {.indices = structured ? indices.first(columns) : indices,
               .scales = scaled ? weight_scales.first(columns) : weight_scales,
               .integer = !traffic.integer_rows.empty() && traffic.integer_rows[written++] != 0});
          if (structured) indices = indices.subspan(columns);
          if (scaled) weight_scales = weight_scales.subspan(columns);
        }
      }
    }
    std::vector<std::int64_t> result(columns);
    golden.multiply(traffic.banks[i], mode_of_vector(spec, traffic, i), inputs.first(rows), result,
                    input_scales.first(blocks));
    input_scales = input_scales.subspan(blocks);
    results.insert(results.end(), result.begin(), result.end());
    inputs = inputs.subspan(rows);
  }
  return results;
}

std::vector<std::int64_t> engine_results(const spec::MacroSpec& spec, tb::MacroEngine& engine,
                                         const Traffic& traffic) {
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  std::vector<std::int64_t> results(traffic.banks.size() * columns);
  std::span<std::int64_t> outputs = results;
  std::span<const std::int32_t> weights = traffic.weights;
  std::span<const std::int32_t> indices = traffic.indices;
  std::span<const std::int32_t> inputs = traffic.inputs;
  const std::size_t blocks =
      traffic.input_scales.size() / std::max<std::size_t>(traffic.banks.size(), 1);
  if (spec::has_thresholds(spec)) {
    for (int bank = 0; bank < spec.banks; ++bank) {
      engine.load_thresholds(bank, thresholds_of(spec, bank));
    }
  }
  for (std::size_t i = 0; i < traffic.banks.size(); ++i) {
    if (i % traffic.vectors == 0) {
      for (int bank = 0; bank < spec.banks; ++bank) {
        const std::size_t count = static_cast<std::size_t>(spec::stored_rows(spec)) * columns;
        if (spec.kind == spec::Kind::floating) {
          const std::size_t first = traffic.weights.size() - weights.size();
          const auto part = [&](const auto& all, std::size_t at, std::size_t n) {
            const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
            return std::vector(begin, begin + static_cast<std::ptrdiff_t>(n));
          };
          tb::StoredWeights stored{part(traffic.weights, first, count), {}};
          if (!traffic.weight_scales.empty()) {
            stored.scales = part(traffic.weight_scales, first, count);
          }
          stored.integer = part(traffic.integer_rows, first / columns, rows);
          dynamic_cast<tb::BusEngine&>(engine).load_stored(bank, stored);
        } else if (spec.sparsity.is_structured()) {
          dynamic_cast<tb::BusEngine&>(engine).load_stored(
              bank, {{weights.begin(), weights.begin() + static_cast<std::ptrdiff_t>(count)},
                     {indices.begin(), indices.begin() + static_cast<std::ptrdiff_t>(count)}});
          indices = indices.subspan(count);
        } else {
          engine.load_weights(bank, weights.first(count));
        }
        weights = weights.subspan(count);
      }
    }
    if (auto* bus = dynamic_cast<tb::BusEngine*>(&engine)) {
      bus->set_mode(mode_of_vector(spec, traffic, i));
      bus->set_scales(std::span(traffic.input_scales).subspan(i * blocks, blocks));
    }
    engine.multiply(traffic.banks[i], inputs.first(rows), outputs.first(columns));
    inputs = inputs.subspan(rows);
    outputs = outputs.subspan(columns);
  }
  return results;
}

std::string difference(const std::string& who, const std::vector<std::int64_t>& got,
                       const std::vector<std::int64_t>& expected, std::size_t columns) {
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    if (got[i] == expected[i]) continue;
    return fmt::format("{}: vector {}, column {}: expected {}, got {}\n", who, i / columns,
                       i % columns, expected[i], got[i]);
  }
  if (got.size() == expected.size()) return "";
  return fmt::format("{}: {} results instead of {}\n", who, got.size() / columns,
                     expected.size() / columns);
}

}  // namespace cimforge::test
