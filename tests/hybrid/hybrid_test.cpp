// Hybrid macros: high-order bits of the weights digital, low-order ones analog.
#include "sim/analog/hybrid.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "flows/device_array.h"
#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/device/device.h"
#include "generator/lower/lower.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"
#include "generator/spec/range.h"
#include "rtl/cells.h"
#include "sim/golden.h"
#include "tb/bench.h"
#include "tb/bus_engine.h"
#include "tests/catch.h"
#include "tests/judge/emitted.h"
#include "tests/lower/shell.h"

namespace cimforge {
namespace {

using test::bench;
using test::Emitted;

spec::MacroSpec parsed(const std::string& text) {
  const spec::ParseResult result = spec::parse(text, "spec.toml");
  for (const auto& each : result.diagnostics) UNSCOPED_INFO(each.message);
  REQUIRE(result.spec);
  return *result.spec;
}

/// A specification with defaults but for what is told.
spec::MacroSpec hybrid(int rows, int columns, const std::string& input, const std::string& weight,
                       int digital_bits, const std::string& analog = "",
                       const std::string& others = "") {
  return parsed(
      fmt::format("name = \"hy\"\nkind = \"hybrid\"\n[array]\nrows = {}\ncolumns = {}\n[operands]\n"
                  "input = \"{}\"\nweight = \"{}\"\n[hybrid]\ndigital_bits = {}\n[analog]\n{}\n{}",
                  rows, columns, input, weight, digital_bits, analog, others));
}

/// Splits and formats at their ends, odd sizes, each kind of converter and output.
std::vector<spec::MacroSpec> matrix() {
  return {
      hybrid(13, 7, "int5", "int6", 3),
      hybrid(1, 1, "uint1", "int2", 1),
      hybrid(5, 3, "int1", "uint2", 1, "adc = \"flash\""),
      hybrid(9, 66, "uint3", "int8", 7, "columns_per_adc = 5\nadc = \"ramp\"\nadc_bits = 6"),
      hybrid(5, 4, "int4", "uint9", 1, "cell_bits = 3\nadc_bits = 12",
             "[compute]\ninput_bits_per_cycle = 3"),
      // Coarse converters: the share of the array is off, and sums leave the exact range.
      hybrid(20, 5, "uint4", "int6", 2, "adc_bits = 3\nadc_range = 5"),
      hybrid(20, 5, "uint4", "uint6", 2, "adc_bits = 3\nadc_range = 5",
             "[output]\nmode = \"saturate\""),
      hybrid(17, 3, "int4", "int5", 2, "adc_bits = 3\nadc_range = 0",
             "[output]\nmode = \"saturate\"\nbits = 6\nshift = 2"),
      hybrid(17, 3, "uint2", "uint4", 3, "adc_bits = 2\nadc_range = 4",
             "[output]\nmode = \"saturate\"\nbits = 1\nshift = 3"),
      hybrid(6, 10, "int3", "int4", 2, "adc_bits = 2\nadc_range = 3",
             "[output]\nmode = \"truncate\"\nbits = 5"),
      hybrid(33, 2, "int2", "int16", 8, "cell_bits = 8\nadc_bits = 16",
             "[compute]\nadder_tree = \"area\"\npipeline_stages = 4\ninput_bits_per_cycle = 2"),
  };
}

std::vector<std::int32_t> random_values(std::mt19937& random, std::size_t count,
                                        const spec::IntegerFormat& format) {
  const auto span = static_cast<std::uint32_t>(format.max() - format.min() + 1);
  std::vector<std::int32_t> values(count);
  for (std::int32_t& value : values) {
    value = static_cast<std::int32_t>(format.min() + static_cast<std::int64_t>(random() % span));
  }
  return values;
}

}  // namespace

TEST_CASE("a weight is its digital bits and its analog ones") {
  for (const bool is_signed : {false, true}) {
    for (int bits = 2; bits <= 16; ++bits) {
      for (int digital = 1; digital < bits; ++digital) {
        const spec::MacroSpec spec =
            hybrid(2, 1, "int2", fmt::format("{}int{}", is_signed ? "" : "u", bits), digital);
        const spec::MacroSpec high = spec::digital_part(spec);
        const spec::MacroSpec low = spec::analog_part(spec);
        const std::int64_t step = std::int64_t{1} << spec::low_bits(spec);
        CHECK(high.weight.min() * step + low.weight.min() == spec.weight.min());
        CHECK(high.weight.max() * step + low.weight.max() == spec.weight.max());
        CHECK(low.weight.max() == step - 1);
        // Both are specifications that a user could have written.
        CHECK(parsed(spec::to_toml(high)) == high);
        CHECK(parsed(spec::to_toml(low)) == low);
      }
    }
  }
}

TEST_CASE("the golden model of a hybrid macro with converters that hold every sum is exact") {
  std::mt19937 random(5);
  for (const spec::MacroSpec& spec : matrix()) {
    if (spec.output_mode != spec::OutputMode::exact || spec.analog.adc_range > 0) continue;
    INFO(spec::to_toml(spec));
    sim::GoldenMacro golden(spec);
    const auto rows = static_cast<std::size_t>(spec.rows);
    const auto columns = static_cast<std::size_t>(spec.columns);
    const auto weights = random_values(random, rows * columns, spec.weight);
    for (std::size_t r = 0; r < rows; ++r) {
      golden.write_row(0, static_cast<int>(r), std::span(weights).subspan(r * columns, columns));
    }
    for (int vector = 0; vector < 20; ++vector) {
      const auto inputs = random_values(random, rows, spec.input);
      std::vector<std::int64_t> sums(columns);
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
          sums[c] += std::int64_t{inputs[r]} * weights[r * columns + c];
        }
      }
      CHECK(golden.multiply(0, inputs) == sums);
    }
  }
}

TEST_CASE("hybrid macros do what the golden model says, and tools have nothing to say", "[tools]") {
  for (const spec::MacroSpec& spec : matrix()) {
    INFO(spec::to_toml(spec));
    const Emitted rtl(spec);
    const test::ShellResult said = test::run_shell(
        rtl.path().string(),
        "verilator --lint-only -Wall --top-module hy -f sim.f && "
        "verilator --lint-only -Wall -DSYNTHESIS --top-module hy -f sim.f && "
        "iverilog -g2005 -Wall -t null -s hy -c sim.f 2>&1 | (! grep -v timescale) && "
        "yosys -q -p \"read_verilog -defer $(grep -v '^//' synth.f | tr '\\n' ' '); "
        "hierarchy -check -top hy; proc; check -assert; select -assert-count 1 "
        "t:hy_analog_array\"");
    INFO(said.output);
    CHECK(said.status == 0);
    const tb::BenchResult result = bench(spec, rtl, {.vectors = 100});
    INFO(tb::to_text(result));
    CHECK(result.passed());
    CHECK(result.vectors >= 100);
  }
}

TEST_CASE("each fault planted in what joins a hybrid macro is found", "[tools]") {
  struct Fault {
    const char* file;
    const char* right;
    const char* wrong;
  };
  const std::vector<Fault> faults = {
      {"cim_hybrid_join.v", "<<< SHIFT", "<<< (SHIFT + 1)"},
      {"cim_hybrid_join.v", "+ wide_low", "- wide_low"},
      {"cim_hybrid_join.v", ">>> OUTPUT_SHIFT", ">>> (OUTPUT_SHIFT + 1)"},
      {"cim_hybrid_join.v", "(HIGH_SIGNED != 0) &", "1'b0 &"},
      {"cim_hybrid_join.v", "(LOW_SIGNED != 0) &", "1'b0 &"},
      {"cim_hybrid_join.v", "? OUTPUT_BITS - 1 : OUTPUT_BITS)", "? OUTPUT_BITS : OUTPUT_BITS)"},
      {"cim_hybrid_join.v", "(TRUNCATE != 0) | (over", "1'b1 | (over"},
      {"cim_hybrid_join.v", "{OUTPUT_BITS{~negative}}", "{OUTPUT_BITS{negative}}"},
      {"cim_hybrid_join.v", "joined[OUTPUT_BITS-1] = negative",
       "joined[OUTPUT_BITS-1] = ~negative"},
      {"cim_hybrid_join.v", "high_valid_i & low_valid_i & free", "high_valid_i & free"},
      {"cim_hybrid_join.v", "high_valid_i & low_valid_i & free", "high_valid_i & low_valid_i"},
      {"cim_hybrid_join.v", "low_valid_i & free;\n  assign low", "1'b1;\n  assign low"},
      {"cim_hybrid_join.v", "wire free = ~valid_q | out_ready_i", "wire free = ~valid_q | 1'b1"},
      {"cim_hybrid_join.v", "valid_q <= 1'b0", "valid_q <= 1'b1"},
      {"cim_weight_split.v", "c*BITS+LOW_BITS +:", "c*BITS +:"},
      {"cim_weight_split.v", "= weight_data_i[c*BITS +: LOW_BITS]",
       "= weight_data_i[c*BITS+1 +: LOW_BITS]"},
      {"hy.v", "high_weight_ready & low_weight_ready", "high_weight_ready"},
      {"hy.v", "high_in_ready & low_in_ready", "high_in_ready"},
      {"hy.v", "in_valid_i & low_in_ready", "in_valid_i"},
  };
  // A narrow output, so that sums are clamped at both ends.
  const spec::MacroSpec spec =
      hybrid(6, 3, "int3", "int4", 2, "adc_bits = 8", "[output]\nmode = \"saturate\"\nbits = 6");
  REQUIRE(bench(spec, Emitted(spec), {.vectors = 200}).passed());
  for (const Fault& fault : faults) {
    const std::string path = fmt::format("rtl/{}", fault.file);
    std::string text = collateral::emit(spec).at(path);
    const std::size_t at = text.find(fault.right);
    INFO(fault.file << ": " << fault.right << " -> " << fault.wrong);
    REQUIRE(at != std::string::npos);
    text.replace(at, std::string(fault.right).size(), fault.wrong);
    CHECK_FALSE(bench(spec, Emitted(spec, {{path, text}}), {.vectors = 200}).passed());
  }
}

TEST_CASE("a Verilated hybrid macro on real devices gives what the functional model gives",
          "[tools]") {
  std::mt19937 random(19);
  const spec::MacroSpec spec =
      hybrid(11, 7, "int4", "int6", 3,
             "device = \"pcm_hermes\"\nmodel = \"device\"\ncolumns_per_adc = 3\nadc_bits = 6\n"
             "adc_range = 1");
  analog::MacroConfig config{.spec = spec,
                             .device = device::load("pcm_hermes"),
                             .converter = analog::ideal_converter(spec::analog_part(spec)),
                             .effects = {},
                             .seed = 5};
  config.converter.noise_lsb = 0.4;
  const flows::DeviceArrays devices(config);
  const Emitted rtl(spec);
  const flows::VerilatedModel model(rtl.source, spec,
                                    {.jobs = 2, .optimised = false, .array = &devices.hooks()});
  tb::BusEngine engine(spec, model.make(""), {});
  analog::HybridMacro functional(config);

  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  const auto weights = random_values(random, rows * columns, spec.weight);
  constexpr std::size_t vectors = 40;
  const auto inputs = random_values(random, vectors * rows, spec.input);
  std::vector<std::int64_t> got(vectors * columns);
  std::vector<std::int64_t> expected(vectors * columns);
  std::vector<char> saturated(vectors * columns);
  engine.load_weights(0, weights);
  functional.load(weights);
  engine.multiply(0, inputs, got);
  functional.multiply(inputs, expected, saturated);
  CHECK(got == expected);
  std::uint64_t flags = 0;
  for (const std::uint64_t column : engine.saturated()) flags += column;
  CHECK(flags == static_cast<std::uint64_t>(std::count(saturated.begin(), saturated.end(), 1)));
  CHECK(flags == functional.counts().saturated);

  // Its errors are those of the low-order bits alone.
  sim::GoldenMacro exact(parsed(fmt::format(
      "name = \"hy\"\nkind = \"digital\"\n[array]\nrows = {}\ncolumns = {}\n[operands]\n"
      "input = \"int4\"\nweight = \"int6\"\n",
      spec.rows, spec.columns)));
  for (std::size_t r = 0; r < rows; ++r) {
    exact.write_row(0, static_cast<int>(r), std::span(weights).subspan(r * columns, columns));
  }
  std::vector<std::int64_t> sums(vectors * columns);
  exact.multiply(0, inputs, sums);
  CHECK(got != sums);
  const spec::ResultRange low = spec::sum_range(spec::analog_part(spec));
  for (std::size_t i = 0; i < sums.size(); ++i) {
    CHECK(std::abs(got[i] - sums[i]) <= low.max - low.min);
  }
  const std::vector<double> now = functional.weights_now();
  for (std::size_t i = 0; i < now.size(); ++i) CHECK(std::abs(now[i] - weights[i]) < 8.0);
}

TEST_CASE("what a hybrid macro cannot be is told with its place") {
  const auto first_message = [](const std::string& hybrid_table, const std::string& weight,
                                const std::string& others = "") {
    const spec::ParseResult result = spec::parse(
        fmt::format("name = \"hy\"\nkind = \"hybrid\"\n[array]\nrows = 4\ncolumns = 4\n{}"
                    "[operands]\ninput = \"int4\"\nweight = \"{}\"\n{}",
                    others, weight, hybrid_table),
        "s.toml");
    REQUIRE_FALSE(result.spec);
    return base::to_string(result.diagnostics);
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(first_message("[hybrid]\ndigital_bits = 4\n", "int4"),
             Contains("s.toml:10:16:") &&
                 Contains("digital_bits must be between 1 and 3 (weight is \"int4\""));
  CHECK_THAT(first_message("", "int1"), Contains("s.toml:8:10:") && Contains("of 2 bits or more"));
  CHECK_THAT(first_message("", "int4", "banks = 2\n"), Contains("1 where kind is \"hybrid\""));
  CHECK_THAT(first_message("[analog]\nencoding = \"offset\"\n", "int4"),
             Contains("'analog.encoding' is a key of kind \"analog\""));
}

}  // namespace cimforge
