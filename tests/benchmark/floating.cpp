// Floating macros: how fast the 64 x 64 FP8 macro simulates beside the same contract written with
// loops in each column, and what each format costs in accuracy, by the golden model that the hardware
// equals bit for bit: signal to noise on Gaussian data, and the MNIST network of examples/mnist.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "flows/npy.h"
#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/spec/floating.h"
#include "generator/spec/keys.h"
#include "generator/spec/parse.h"
#include "sim/floating.h"
#include "sim/golden.h"
#include "tb/bus_engine.h"
#include "tb/float_stimulus.h"
#include "tb/structured.h"

namespace cimforge::benchmark {
/// What CMake embeds.
const std::map<std::string, std::string>& float_baseline();
}  // namespace cimforge::benchmark

namespace {

using namespace cimforge;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// With the defaults, but for blocks of 16 rows where 32 do not divide them.
spec::MacroSpec macro(const std::string& format, int rows, int columns) {
  const bool has_scale = spec::format_named(format).value().has_scale;
  const std::string blocks = has_scale && rows % 32 != 0 ? "[floating]\nblock_rows = 16\n" : "";
  const spec::ParseResult result = spec::parse(
      fmt::format("name = \"macro\"\nkind = \"floating\"\n[array]\nrows = {}\ncolumns = {}\n"
                  "[operands]\ninput = \"{}\"\nweight = \"{}\"\n{}",
                  rows, columns, format, format, blocks),
      "spec.toml");
  if (!result.spec) throw std::runtime_error(base::to_string(result.diagnostics));
  return *result.spec;
}

/// Cycles a second of a model that streams Gaussian vectors; the results are the golden model's.
double cycles_per_second(const spec::MacroSpec& spec, const flows::RtlSource& rtl, int vectors) {
  const flows::VerilatedModel model(rtl, spec, {.jobs = 2});
  tb::BusEngine engine(spec, model.make(""));
  tb::Random random(7);
  tb::FloatStimulus source(spec, random);
  const tb::StoredWeights weights = source.matrix(tb::FloatPattern::gaussian, 0, false);
  engine.load_stored(0, weights);
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  std::vector<std::int32_t> inputs;
  const tb::Ports ports(spec);
  tb::InputVector vector{0, ports.input_codes(), ports.mode, ports.input_scale_codes()};
  for (int i = 0; i < vectors; ++i) {
    source.fill_vector(tb::FloatPattern::gaussian, 0, vector);
    inputs.insert(inputs.end(), vector.codes.values.begin(), vector.codes.values.end());
  }
  std::vector<std::int64_t> outputs(static_cast<std::size_t>(vectors) * columns);
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    const std::uint64_t before = engine.cycles();
    const auto begin = Clock::now();
    engine.multiply(0, inputs, outputs);
    best = std::max(best, static_cast<double>(engine.cycles() - before) / seconds_since(begin));
  }
  sim::GoldenMacro golden(spec);
  tb::write_stored(golden, 0, weights);
  std::vector<std::int64_t> expected(columns);
  for (std::size_t i = 0; i < static_cast<std::size_t>(vectors); ++i) {
    golden.multiply(0, spec::mode_of(spec), std::span(inputs).subspan(i * rows, rows), expected);
    if (!std::equal(expected.begin(), expected.end(),
                    outputs.begin() + static_cast<std::ptrdiff_t>(i * columns))) {
      throw std::runtime_error(fmt::format("{}: vector {} is wrong", rtl.top, i));
    }
  }
  return best;
}

void speed(int vectors) {
  const base::TemporaryDirectory work("cimforge-bench-");
  const spec::MacroSpec spec = macro("fp8_e4m3", 64, 64);
  base::write_directory_atomically(work.path() / "lanes", collateral::emit(spec),
                                   collateral::manifest_name);
  std::filesystem::create_directories(work.path() / "loops");
  base::write_file_atomically(work.path() / "loops" / "loop.v",
                              benchmark::float_baseline().at("float_loop_macro.v"));
  base::write_file_atomically(work.path() / "loops" / "sim.f", "loop.v\n");
  const double lanes = cycles_per_second(spec, {work.path() / "lanes", spec.name}, vectors);
  const double loops =
      cycles_per_second(spec, {work.path() / "loops", "float_loop_macro"}, vectors / 10 + 1);
  fmt::print("64 x 64 fp8_e4m3, fp32 results, thousand cycles a second: emitted {:.1f}, loops in "
             "each column {:.1f}: {:.1f} times\n",
             lanes / 1e3, loops / 1e3, lanes / loops);
}

/// A matrix in a format, and real vectors multiplied by the aligned model.
class Layer {
 public:
  Layer(const std::string& format, int inputs, int outputs, std::span<const double> weights)
      : spec_(macro(format, inputs, outputs)), macro_(spec_) {
    const auto columns = static_cast<std::size_t>(outputs);
    const auto block_rows = static_cast<std::size_t>(spec_.floating.block_rows);
    const sim::AlignedWeights aligned = sim::align_weights(spec_, weights);
    for (std::size_t r = 0; r < static_cast<std::size_t>(inputs); ++r) {
      std::span<const std::int32_t> scales = aligned.scales;
      if (!scales.empty()) scales = scales.subspan(r / block_rows * columns, columns);
      macro_.write_row(0, static_cast<int>(r),
                       std::span(aligned.codes).subspan(r * columns, columns), scales, false);
    }
  }

  std::vector<double> multiply(std::span<const double> input) {
    const number::Quantised vector =
        number::quantise(sim::number_format(spec_.input), 1,
                         static_cast<std::size_t>(spec_.floating.block_rows), false, input);
    std::vector<std::int64_t> codes(static_cast<std::size_t>(spec_.columns));
    macro_.multiply(0, vector.codes, vector.scales, false, codes);
    std::vector<double> result;
    for (const std::int64_t code : codes) result.push_back(sim::result_value(spec_, code, false));
    return result;
  }

 private:
  spec::MacroSpec spec_;
  sim::FloatMacro macro_;
};

std::vector<double> numbers(const std::filesystem::path& file) {
  const flows::NpyArray array = flows::load_npy(file.string());
  std::vector<double> values;
  std::visit([&](const auto& data) { values.assign(data.begin(), data.end()); }, array.data);
  return values;
}

/// Percent of the test images that the network of examples/floating has right. An empty format: in
/// double precision.
double mnist_accuracy(const std::string& format, const std::filesystem::path& examples) {
  constexpr std::size_t pixels = 784, hidden = 64, classes = 10;
  const auto of = [&](const char* file) { return numbers(examples / file); };
  const std::vector<double> images = of("mnist/test_images.npy");
  const std::vector<double> labels = of("mnist/test_labels.npy");
  const std::vector<double> weights[] = {of("floating/hidden_weights.npy"),
                                         of("floating/scores_weights.npy")};
  const std::vector<double> biases[] = {of("floating/hidden_bias.npy"),
                                        of("floating/scores_bias.npy")};
  std::optional<Layer> layers[2];
  if (!format.empty()) {
    layers[0].emplace(format, pixels, hidden, weights[0]);
    layers[1].emplace(format, hidden, classes, weights[1]);
  }
  const auto multiply = [&](std::size_t layer, const std::vector<double>& input) {
    std::vector<double> sums = biases[layer];
    if (layers[layer]) {
      const std::vector<double> products = layers[layer]->multiply(input);
      for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += products[c];
      return sums;
    }
    for (std::size_t r = 0; r < input.size(); ++r) {
      for (std::size_t c = 0; c < sums.size(); ++c) {
        sums[c] += input[r] * weights[layer][r * sums.size() + c];
      }
    }
    return sums;
  };
  std::size_t right = 0;
  for (std::size_t image = 0; image < labels.size(); ++image) {
    std::vector<double> input(images.begin() + static_cast<std::ptrdiff_t>(image * pixels),
                              images.begin() + static_cast<std::ptrdiff_t>((image + 1) * pixels));
    for (double& pixel : input) pixel /= 7;  // int4 codes of 0 to 1
    std::vector<double> activations = multiply(0, input);
    for (double& value : activations) value = std::max(value, 0.0);
    const std::vector<double> scores = multiply(1, activations);
    const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
    if (static_cast<double>(best) == labels[image]) ++right;
  }
  return 100.0 * static_cast<double>(right) / static_cast<double>(labels.size());
}

double gaussian_snr_db(const std::string& format) {
  constexpr int size = 64, vectors = 200;
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  const auto draw = [&](std::size_t count) {
    std::vector<double> values(count);
    for (double& value : values) value = normal(random);
    return values;
  };
  const std::vector<double> weights = draw(size * size);
  Layer layer(format, size, size, weights);
  double signal = 0, noise = 0;
  for (int v = 0; v < vectors; ++v) {
    const std::vector<double> input = draw(size);
    const std::vector<double> result = layer.multiply(input);
    for (std::size_t c = 0; c < size; ++c) {
      double exact = 0;
      for (std::size_t r = 0; r < size; ++r) exact += input[r] * weights[r * size + c];
      signal += exact * exact;
      noise += (result[c] - exact) * (result[c] - exact);
    }
  }
  return 10 * std::log10(signal / noise);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Floating macros: simulation speed, and accuracy by format");
  int vectors = 4000;
  bool only_accuracy = false;
  std::string examples = "examples";
  app.add_option("--vectors", vectors, "Vectors of a measurement")->capture_default_str();
  app.add_flag("--accuracy", only_accuracy, "Only the accuracy by format");
  app.add_option("--examples", examples, "The folder examples")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (!only_accuracy) speed(vectors);
  fmt::print("\n| format | signal to noise, Gaussian 64 x 64, dB | MNIST, % right |\n|---|---|---|\n");
  fmt::print("| double | | {:.1f} |\n", mnist_accuracy("", examples));
  for (const char* format : {"fp16", "bf16", "fp8_e4m3", "fp8_e5m2", "fp6_e2m3", "fp6_e3m2",
                             "fp4_e2m1", "mxfp8_e4m3", "mxfp8_e5m2", "mxfp6_e2m3", "mxfp6_e3m2",
                             "mxfp4_e2m1", "mxint8", "bfp4"}) {
    fmt::print("| {} | {:.1f} | {:.1f} |\n", format, gaussian_snr_db(format),
               mnist_accuracy(format, examples));
  }
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
