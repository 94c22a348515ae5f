// Networks on a macro: tiling over macros of many shapes, faults that must be found and placed,
// and networks that do not fit.
#include "flows/network_run.h"

#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <vector>

#include "generator/base/exit_status.h"
#include "tests/catch.h"
#include "tests/network/golden_engine.h"

namespace {

using namespace cimforge;
using Catch::Matchers::Contains;
using flows::Layer;
using flows::Network;
using flows::NetworkReport;
using spec::IntegerFormat;
using tests::GoldenEngine;

constexpr unsigned kSeed = 20;

std::vector<std::int32_t> random_values(std::mt19937& random, std::size_t count, int min, int max) {
  std::uniform_int_distribution<std::int32_t> value(min, max);
  std::vector<std::int32_t> values(count);
  for (std::int32_t& v : values) v = value(random);
  return values;
}

/// A network of random int4 weights and codes; `sizes` has the inputs and the outputs of each
/// layer.
Network random_network(const std::vector<std::size_t>& sizes, std::size_t images) {
  std::mt19937 random(kSeed);
  Network network;
  network.name = "random";
  network.input = {true, 4};
  network.images = images;
  network.codes = random_values(random, images * sizes[0], -8, 7);
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    Layer layer;
    layer.name = "layer " + std::to_string(i);
    layer.inputs = sizes[i];
    layer.outputs = sizes[i + 1];
    layer.weights = random_values(random, layer.inputs * layer.outputs, -8, 7);
    layer.bias = random_values(random, layer.outputs, -100, 100);
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      layer.scale.push_back(0.01 + 0.001 * static_cast<double>(o % 7));
    }
    layer.relu = i % 2 == 0 && i + 2 < sizes.size();
    if (i + 2 < sizes.size()) layer.output = IntegerFormat{true, 4};
    network.layers.push_back(std::move(layer));
  }
  for (const auto label : random_values(random, images, 0, static_cast<int>(sizes.back()) - 1)) {
    network.labels.push_back(static_cast<std::size_t>(label));
  }
  return network;
}

spec::MacroSpec make_spec(int rows, int columns, int banks = 1) {
  spec::MacroSpec spec;
  spec.name = "macro";
  spec.rows = rows;
  spec.columns = columns;
  spec.banks = banks;
  return spec;
}

/// The predictions without tiles and without a macro, written out once more.
std::vector<std::size_t> plain_predictions(const Network& network) {
  std::vector<std::size_t> predictions;
  for (std::size_t image = 0; image < network.images; ++image) {
    std::vector<std::int64_t> x;
    for (std::size_t i = 0; i < network.inputs(); ++i) {
      x.push_back(network.codes[image * network.inputs() + i]);
    }
    for (const Layer& layer : network.layers) {
      std::vector<std::int64_t> y;
      std::vector<double> scores;
      for (std::size_t o = 0; o < layer.outputs; ++o) {
        std::int64_t sum = layer.bias[o];
        for (std::size_t i = 0; i < layer.inputs; ++i) {
          sum += x[i] * layer.weights[i * layer.outputs + o];
        }
        scores.push_back(static_cast<double>(sum) * layer.scale[o]);
        if (!layer.output) continue;
        double code = std::rint(scores.back());
        if (code < static_cast<double>(layer.output->min())) {
          code = static_cast<double>(layer.output->min());
        }
        if (code > static_cast<double>(layer.output->max())) {
          code = static_cast<double>(layer.output->max());
        }
        if (layer.relu && code < 0) code = 0;
        y.push_back(static_cast<std::int64_t>(code));
      }
      if (!layer.output) {
        std::size_t best = 0;
        for (std::size_t o = 1; o < scores.size(); ++o) {
          if (scores[o] > scores[best]) best = o;
        }
        predictions.push_back(best);
      }
      x = std::move(y);
    }
  }
  return predictions;
}

}  // namespace

namespace {

/// Strings of XNOR cells that count exactly.
spec::MacroSpec make_bipolar(int rows, int columns) {
  spec::MacroSpec spec = make_spec(rows, columns);
  spec.kind = spec::Kind::analog;
  spec.input = spec.weight = IntegerFormat::bipolar();
  spec.analog.cell_bits = 1;
  spec.analog.adc = spec::Adc::time;
  return spec;
}

/// Weights and codes of +1 and -1.
Network bipolar_network(const std::vector<std::size_t>& sizes, std::size_t images) {
  Network network = random_network(sizes, images);
  network.input = IntegerFormat::bipolar();
  for (std::int32_t& code : network.codes) code = code >= 0 ? 1 : -1;
  for (Layer& layer : network.layers) {
    for (std::int32_t& weight : layer.weights) weight = weight >= 0 ? 1 : -1;
    for (std::int32_t& bias : layer.bias) bias /= 20;
    layer.relu = false;
    if (layer.output) layer.output = IntegerFormat::bipolar();
  }
  return network;
}

}  // namespace

TEST_CASE("binary networks on strings, whose rows past the layer take part") {
  const auto sizes = GENERATE(
      values<std::vector<std::size_t>>({{1, 1}, {7, 3}, {13, 17, 5}, {37, 1, 2}, {5, 29, 11, 3}}));
  const Network network = bipolar_network(sizes, 23);
  std::vector<std::int32_t> codes = network.codes;
  std::vector<std::size_t> plain;
  for (const Layer& layer : network.layers) {
    const std::vector<std::int64_t> sums = flows::accumulate(layer, codes);
    if (!layer.output) {
      plain = flows::predict(layer, sums);
      continue;
    }
    codes = flows::requantise(layer, sums);
    for (std::size_t i = 0; i < codes.size(); ++i) REQUIRE(codes[i] == (sums[i] >= 0 ? 1 : -1));
  }
  // With an odd and an even number of rows left over; and integers, which hold +1 and -1 too.
  for (const auto& spec : {make_bipolar(2, 3), make_bipolar(8, 8), make_bipolar(9, 4),
                           make_bipolar(64, 64), make_spec(8, 8)}) {
    INFO(spec::to_toml(spec));
    GoldenEngine engine(spec);
    const NetworkReport report = flows::run_network(network, engine);
    CHECK(report.mismatches == 0);
    CHECK(report.sum_mismatches == 0);
    CHECK(report.predictions == plain);
  }
}

TEST_CASE("layers of signs run on macros with thresholds, the others outside") {
  const Network network = bipolar_network({13, 17, 9, 5}, 23);
  std::vector<std::int32_t> codes = network.codes;
  std::vector<std::size_t> plain;
  for (const Layer& layer : network.layers) {
    const std::vector<std::int64_t> sums = flows::accumulate(layer, codes);
    if (layer.output) {
      codes = flows::requantise(layer, sums);
    } else {
      plain = flows::predict(layer, sums);
    }
  }
  for (const auto& weight : {IntegerFormat::bipolar(), IntegerFormat::ternary()}) {
    spec::MacroSpec spec = make_spec(20, 8);  // with rows left over
    spec.banks = 3;
    spec.input = IntegerFormat::bipolar();
    spec.weight = weight;
    spec.output_mode = spec::OutputMode::sign;
    GoldenEngine engine(spec);
    const NetworkReport report = flows::run_network(network, engine);
    CHECK(report.passed());
    CHECK(report.predictions == plain);
    CHECK(report.outside == std::vector<std::string>{network.layers.back().name});
    CHECK(report.tiles == 3 + 2);
    CHECK_THAT(flows::to_text(report), Contains("outside         layer"));

    GoldenEngine wrong(spec);
    wrong.fault = [](std::size_t tile, std::span<std::int64_t> outputs) {
      if (tile == 4) outputs.front() ^= 1;
    };
    CHECK_FALSE(flows::run_network(network, wrong).passed());

    spec.rows = 12;
    CHECK_THROWS_WITH(flows::require_network_fits(network, spec),
                      Contains("partial sums have no signs; a macro of 13 rows"));
  }
  Network scores = bipolar_network({4, 3}, 2);
  spec::MacroSpec spec = make_spec(8, 8);
  spec.input = spec.weight = IntegerFormat::bipolar();
  spec.output_mode = spec::OutputMode::sign;
  CHECK_THROWS_WITH(flows::require_network_fits(scores, spec),
                    Contains("no layer has \"bipolar\" outputs"));
}

TEST_CASE("what is not +1 or -1 does not run on strings") {
  const auto message = [](const Network& network, const spec::MacroSpec& spec) {
    try {
      flows::require_network_fits(network, spec);
      return std::string("fits");
    } catch (const base::InputError& error) {
      return std::string(error.what());
    }
  };
  const spec::MacroSpec spec = make_bipolar(8, 8);
  const Network good = bipolar_network({7, 5, 3}, 2);
  CHECK(message(good, spec) == "fits");
  Network bad = good;
  bad.layers[1].weights[2] = 0;
  CHECK_THAT(message(bad, spec), Contains("weights from -1 to 1 need int2, the macro macro takes "
                                          "weights of format bipolar"));
  bad = good;
  bad.codes[3] = 0;
  CHECK_THAT(message(bad, spec), Contains("takes inputs of format bipolar"));
  bad = good;
  bad.layers[0].output = IntegerFormat{true, 2};
  CHECK_THAT(message(bad, spec), Contains("layer \"layer 1\": activations from -2 to 1"));
  spec::MacroSpec narrow = make_spec(8, 8);
  narrow.weight = {false, 4};
  CHECK_THAT(message(good, narrow), Contains("weights from -1 to 1 need int2 or bipolar"));
}

TEST_CASE("networks of odd sizes on macros of many shapes") {
  CAPTURE(kSeed);
  struct Shape {
    int rows;
    int columns;
    int banks;
  };
  const auto sizes = GENERATE(values<std::vector<std::size_t>>(
      {{1, 1}, {7, 3}, {13, 17, 5}, {37, 1, 2}, {5, 29, 11, 7, 3}}));
  const auto shape = GENERATE(values<Shape>({{1, 1, 1},
                                             {1, 5, 1},
                                             {5, 1, 2},
                                             {3, 4, 1},
                                             {7, 7, 3},
                                             {8, 8, 1},
                                             {37, 29, 1},
                                             {100, 129, 4}}));
  const Network network = random_network(sizes, 23);
  GoldenEngine engine(make_spec(shape.rows, shape.columns, shape.banks));
  const NetworkReport report = flows::run_network(network, engine);

  CHECK(report.passed());
  CHECK(report.mismatches == 0);
  CHECK(report.sum_mismatches == 0);
  CHECK(report.images == 23);
  CHECK(report.predictions == plain_predictions(network));

  std::uint64_t tiles = 0;
  std::uint64_t macs = 0;
  for (const Layer& layer : network.layers) {
    const auto rows = static_cast<std::size_t>(shape.rows);
    const auto columns = static_cast<std::size_t>(shape.columns);
    tiles += ((layer.inputs + rows - 1) / rows) * ((layer.outputs + columns - 1) / columns);
    macs += 23 * layer.inputs * layer.outputs;
  }
  CHECK(report.tiles == tiles);
  CHECK(engine.loads() == tiles);  // each tile is loaded once for all images
  CHECK(report.macs == macs);
  CHECK(report.load_cycles == tiles * static_cast<std::uint64_t>(shape.rows));
  CHECK(report.compute_cycles == tiles * 23);
}

TEST_CASE("the confusion table counts every image") {
  const Network network = random_network({7, 9, 4}, 200);
  GoldenEngine engine(make_spec(4, 4));
  const NetworkReport report = flows::run_network(network, engine);
  std::vector<std::vector<std::size_t>> confusion(4, std::vector<std::size_t>(4));
  std::size_t correct = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    ++confusion[network.labels[i]][report.predictions[i]];
    correct += network.labels[i] == report.predictions[i] ? 1U : 0U;
  }
  CHECK(report.confusion == confusion);
  CHECK(report.correct == correct);
}

TEST_CASE("the first images only") {
  const Network network = random_network({7, 9, 4}, 50);
  GoldenEngine engine(make_spec(4, 4));
  flows::NetworkRunOptions options;
  options.images = 20;
  const NetworkReport report = flows::run_network(network, engine, options);
  CHECK(report.images == 20);
  std::vector<std::size_t> expected = plain_predictions(network);
  expected.resize(20);
  CHECK(report.predictions == expected);

  for (const std::size_t wrong : {0U, 51U}) {
    options.images = wrong;
    CHECK_THROWS_AS(flows::run_network(network, engine, options), base::InputError);
    CHECK_THROWS_WITH(
        flows::run_network(network, engine, options),
        Contains("images must be between 1 and 50") && Contains("got " + std::to_string(wrong)));
  }
}

TEST_CASE("one flipped bit in one output is found in its place") {
  // 13 x 17 on 5 x 4: tiles in the order of rows, then columns; 3 x 5 of them.
  const Network network = random_network({13, 17, 6}, 40);
  GoldenEngine engine(make_spec(5, 4, 2));
  engine.fault = [](std::size_t tile, std::span<std::int64_t> outputs) {
    if (tile == 7) outputs[31 * 4 + 2] ^= 1;
  };
  const NetworkReport report = flows::run_network(network, engine);
  CHECK_FALSE(report.passed());
  CHECK(report.mismatches == 1);
  CHECK(report.sum_mismatches == 1);
  REQUIRE(report.first_mismatch.has_value());
  const flows::NetworkMismatch& first = *report.first_mismatch;
  CHECK(first.layer == "layer 0");
  CHECK(first.first_row == 5);
  CHECK(first.first_column == 8);
  CHECK(first.bank == 1);
  CHECK(first.image == 31);
  CHECK(first.column == 2);
  CHECK(first.got == (first.expected ^ 1));
  std::int64_t expected = 0;
  for (std::size_t i = 5; i < 10; ++i) {
    expected += network.codes[31 * 13 + i] * network.layers[0].weights[i * 17 + 10];
  }
  CHECK(first.expected == expected);

  const std::string text = flows::to_text(report);
  CHECK_THAT(text, Contains("1 outputs of the macro DIFFER") &&
                       Contains("layer \"layer 0\", tile at row 5 column 8, bank 1, image 31, "
                                "column 2 of the macro: expected ") &&
                       Contains("1 sums DIFFER"));
  const auto json = nlohmann::json::parse(flows::to_json(report));
  CHECK(json["passed"] == false);
  CHECK(json["mismatches"] == 1);
  CHECK(json["first_mismatch"]["layer"] == "layer 0");
  CHECK(json["first_mismatch"]["image"] == 31);
  CHECK(json["first_mismatch"]["expected"] == first.expected);
}

TEST_CASE("a fault in a padded column is found too, and the first one is kept") {
  const Network network = random_network({3, 2}, 5000);  // more than one batch
  GoldenEngine engine(make_spec(4, 8));
  std::size_t calls = 0;
  engine.fault = [&calls](std::size_t, std::span<std::int64_t> outputs) {
    if (calls++ == 1) {
      outputs[3 * 8 + 7] = 1;  // a column that the layer does not have
      outputs[4 * 8 + 7] = 1;
    }
  };
  const NetworkReport report = flows::run_network(network, engine);
  CHECK(calls == 2);
  CHECK(report.mismatches == 2);
  CHECK(report.sum_mismatches == 0);
  CHECK_FALSE(report.passed());
  CHECK(report.first_mismatch->image == 4096 + 3);
  CHECK(report.first_mismatch->column == 7);
  CHECK(report.first_mismatch->expected == 0);
  CHECK(report.first_mismatch->got == 1);
}

TEST_CASE("a network that does not fit the macro is refused with every reason") {
  Network network = random_network({3, 4, 2}, 2);
  network.codes = {0, 1, 2, 3, 4, 15};
  network.layers[0].output = IntegerFormat{true, 6};
  network.layers[0].relu = true;
  network.layers[1].weights[2] = 7;
  network.layers[1].weights[3] = -9;
  spec::MacroSpec spec = make_spec(8, 8);
  spec.output_mode = spec::OutputMode::saturate;
  GoldenEngine engine(spec);
  CHECK_THROWS_AS(flows::run_network(network, engine), base::InputError);
  CHECK_THROWS_WITH(
      flows::require_network_fits(network, spec),
      "the network random cannot run on this macro\n"
      "  layer \"layer 0\": activations from 0 to 15 need uint4 or int5, the macro macro takes "
      "inputs of format int4\n"
      "  layer \"layer 1\": activations from 0 to 31 need uint5 or int6, the macro macro takes "
      "inputs of format int4\n"
      "  layer \"layer 1\": weights from -9 to 7 need int5, the macro macro takes weights of "
      "format "
      "int4\n"
      "  the macro macro has output mode saturate: partial sums of a layer that is cut into tiles "
      "would not add up; set mode = \"exact\"");
  CHECK(engine.loads() == 0);

  spec = make_spec(8, 8);
  spec.output_mode = spec::OutputMode::truncate;
  CHECK_THROWS_WITH(flows::require_network_fits(random_network({3, 2}, 1), spec),
                    Contains("output mode truncate"));
  spec.output_mode = spec::OutputMode::exact;
  spec.output_shift = 2;
  CHECK_THROWS_WITH(flows::require_network_fits(random_network({3, 2}, 1), spec),
                    Contains("drops 2 low bits"));
}

TEST_CASE("formats other than the network's run where they hold every value") {
  // Activations 0 to 7 on unsigned inputs and on one bit more.
  Network network = random_network({5, 6, 3}, 9);
  for (std::int32_t& code : network.codes) code = std::abs(code) % 8;
  for (const IntegerFormat& input :
       {IntegerFormat{false, 3}, IntegerFormat{false, 4}, IntegerFormat{true, 16}}) {
    spec::MacroSpec spec = make_spec(4, 4);
    spec.input = input;
    spec.weight = {true, 5};
    GoldenEngine engine(spec);
    const NetworkReport report = flows::run_network(network, engine);
    CHECK(report.passed());
    CHECK(report.predictions == plain_predictions(network));
  }
}

TEST_CASE("progress goes from nothing to all, and an interrupt ends the run") {
  const Network network = random_network({13, 17, 6}, 40);
  GoldenEngine engine(make_spec(5, 4));
  flows::NetworkRunOptions options;
  std::uint64_t last = 0;
  std::uint64_t goal = 0;
  options.on_progress = [&](std::uint64_t done, std::uint64_t total) {
    CHECK(done > last);
    CHECK(done <= total);
    last = done;
    goal = total;
  };
  (void)flows::run_network(network, engine, options);
  CHECK(last == goal);
  CHECK(goal == 40 * (3 * 5 + 4 * 2));

  last = 0;
  int checks = 0;
  options.check_interrupt = [&checks] {
    if (++checks == 5) throw std::runtime_error("stop");
  };
  CHECK_THROWS_WITH(flows::run_network(network, engine, options), "stop");
}

TEST_CASE("the report as text and as JSON") {
  Network network = random_network({7, 9, 4}, 50);
  GoldenEngine engine(make_spec(4, 4));
  NetworkReport report = flows::run_network(network, engine);
  report.engine_seconds = 0.5;

  const std::string text = flows::to_text(report);
  CHECK_THAT(text, Contains("random on macro: 50 images, 9 tiles") && Contains(" of 50 right") &&
                       Contains("confusion") && Contains("every output of the macro is equal") &&
                       Contains("(36 to load weights, 450 to compute)"));
  const auto json = nlohmann::json::parse(flows::to_json(report));
  CHECK(json["passed"] == true);
  CHECK(json["images"] == 50);
  CHECK(json["accuracy"] == Approx(static_cast<double>(*report.correct) / 50.0));
  CHECK(json["confusion"].size() == 4);
  CHECK(json["cycles"] == 486);
  CHECK(json["cycles_per_second"] == Approx(972));
  CHECK(json["macs"] == 50 * (7 * 9 + 9 * 4));
  CHECK(json["macs_per_second"] == Approx(2.0 * 50 * (7 * 9 + 9 * 4)));
  CHECK(json["mismatches"] == 0);
  CHECK(json["first_mismatch"].is_null());

  network.labels.clear();
  const NetworkReport unlabelled = flows::run_network(network, engine);
  CHECK_THAT(flows::to_text(unlabelled), Contains("no labels"));
  const auto without = nlohmann::json::parse(flows::to_json(unlabelled));
  CHECK(without["accuracy"].is_null());
  CHECK(without["confusion"].is_null());
  CHECK(without["passed"] == true);
}
