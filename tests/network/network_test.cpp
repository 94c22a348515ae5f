// network.toml: what is read, every mistake that is told, and the arithmetic between the layers.
#include "flows/network.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "flows/npy.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "tests/catch.h"

namespace {

using namespace cimforge;
using Catch::Matchers::Contains;
using flows::Network;
using flows::NpyArray;
using flows::NpyData;

constexpr const char* kToml = R"(name = "tiny"

[input]
data = "images.npy"
labels = "labels.npy"
format = "int4"

[[layer]]
name = "hidden"
weights = "w0.npy"
bias = "b0.npy"
scale = "s0.npy"
activation = "relu"
output = "uint3"

[[layer]]
name = "scores"
weights = "w1.npy"
scale = "s1.npy"
)";

std::string npy(std::vector<std::size_t> shape, NpyData data) {
  return flows::to_npy({std::move(shape), std::move(data)});
}

/// Three inputs, two hidden codes, two classes, two images.
struct Files {
  base::TemporaryDirectory directory{"cimforge_network_test"};
  std::string toml = kToml;
  std::map<std::string, std::string> arrays = {
      {"images.npy", npy({2, 3}, std::vector<std::int8_t>{1, 2, 3, -8, 0, 7})},
      {"labels.npy", npy({2}, std::vector<std::uint8_t>{0, 1})},
      {"w0.npy", npy({3, 2}, std::vector<std::int8_t>{1, -1, 2, -2, 3, -3})},
      {"b0.npy", npy({2}, std::vector<std::int32_t>{10, -10})},
      {"s0.npy", npy({2}, std::vector<float>{0.5F, 0.25F})},
      {"w1.npy", npy({2, 2}, std::vector<std::int64_t>{5, 6, 7, 8})},
      {"s1.npy", npy({1}, std::vector<double>{0.125})},
  };

  /// Replaces the first `from` in network.toml.
  void edit(const std::string& from, const std::string& to) {
    const std::size_t at = toml.find(from);
    REQUIRE(at != std::string::npos);
    toml.replace(at, from.size(), to);
  }

  [[nodiscard]] std::filesystem::path path() const { return directory.path() / "network.toml"; }

  [[nodiscard]] flows::NetworkResult parse() const {
    for (const auto& [name, bytes] : arrays) {
      base::write_file_atomically(directory.path() / name, bytes);
    }
    return flows::parse_network(toml, path());
  }

  /// The mistakes, one in a line, the directory left out.
  [[nodiscard]] std::string mistakes() const {
    const flows::NetworkResult result = parse();
    CHECK(result.network.has_value() == result.diagnostics.empty());
    std::string text = base::to_string(result.diagnostics);
    const std::string prefix = directory.path().string() + "/";
    for (std::size_t at = 0; (at = text.find(prefix)) != std::string::npos;) {
      text.erase(at, prefix.size());
    }
    return text;
  }
};

}  // namespace

TEST_CASE("a network is read") {
  const Files files;
  const flows::NetworkResult result = files.parse();
  REQUIRE(base::to_string(result.diagnostics).empty());
  const Network& network = *result.network;
  CHECK(network.name == "tiny");
  CHECK(network.input == spec::IntegerFormat{true, 4});
  CHECK(network.images == 2);
  CHECK(network.codes == std::vector<std::int32_t>{1, 2, 3, -8, 0, 7});
  CHECK(network.labels == std::vector<std::size_t>{0, 1});
  CHECK(network.inputs() == 3);
  CHECK(network.classes() == 2);
  REQUIRE(network.layers.size() == 2);

  const flows::Layer& hidden = network.layers[0];
  CHECK(hidden.name == "hidden");
  CHECK(hidden.inputs == 3);
  CHECK(hidden.outputs == 2);
  CHECK(hidden.weights == std::vector<std::int32_t>{1, -1, 2, -2, 3, -3});
  CHECK(hidden.bias == std::vector<std::int32_t>{10, -10});
  CHECK(hidden.scale == std::vector<double>{0.5, 0.25});
  CHECK(hidden.relu);
  CHECK(hidden.output == spec::IntegerFormat{false, 3});

  const flows::Layer& scores = network.layers[1];
  CHECK(scores.weights == std::vector<std::int32_t>{5, 6, 7, 8});
  CHECK(scores.bias == std::vector<std::int32_t>{0, 0});
  CHECK(scores.scale == std::vector<double>{0.125, 0.125});
  CHECK_FALSE(scores.relu);
  CHECK_FALSE(scores.output.has_value());
}

TEST_CASE("labels are optional and paths may be absolute") {
  Files files;
  files.edit("labels = \"labels.npy\"\n", "");
  files.edit("\"w0.npy\"", "\"" + (files.directory.path() / "w0.npy").string() + "\"");
  CHECK(files.mistakes().empty());
  CHECK(files.parse().network->labels.empty());
}

TEST_CASE("load_network ends with every mistake, or with the file that is missing") {
  Files files;
  files.edit("uint3", "uint30");
  files.edit("bias =", "bais =");
  (void)files.parse();
  base::write_file_atomically(files.path(), files.toml);
  CHECK_THROWS_AS(flows::load_network(files.path()), base::InputError);
  CHECK_THROWS_WITH(flows::load_network(files.path()),
                    Contains("network.toml:11:1: error: unknown key 'bais' in [[layer]]; did you "
                             "mean 'bias'? [unknown-key]") &&
                        Contains("network.toml:14:10: error: output must be int1 to int16, uint1 "
                                 "to uint16 or bipolar, got \"uint30\" [unknown-format]"));
  CHECK_THROWS_WITH(flows::load_network(files.directory.path() / "none.toml"),
                    Contains("none.toml: "));
  files.toml = kToml;
  base::write_file_atomically(files.path(), files.toml);
  CHECK(flows::load_network(files.path()).name == "tiny");
}

TEST_CASE("mistakes in network.toml") {
  struct Mistake {
    std::string from;
    std::string to;
    std::string expected;
  };
  const std::string output = "output = \"uint3\"";
  const auto mistake = GENERATE_COPY(values<Mistake>({
      {"name = \"tiny\"", "", "1:1: error: the key name is missing [missing-key]"},
      {"name = \"tiny\"", "name = 3",
       "1:8: error: name must be a text of one line, not empty [wrong-type]"},
      {"name = \"tiny\"", "name = \"\"",
       "1:8: error: name must be a text of one line, not empty [wrong-type]"},
      {"name = \"tiny\"", "name = \"a\\nb\"",
       "1:8: error: name must be a text of one line, not empty [wrong-type]"},
      {"name = \"tiny\"", "name = \"tiny\"\nlayers = 3",
       "2:1: error: unknown key 'layers' in the file; did you mean 'layer'? [unknown-key]"},
      {"name = \"tiny\"", "name = \"tiny\"\nzzzzzz = 3",
       "2:1: error: unknown key 'zzzzzz' in the file; there are name, input, layer "
       "[unknown-key]"},
      {"format = \"int4\"", "", "3:1: error: the key format is missing [missing-key]"},
      {"format = \"int4\"", "format = \"int04\"",
       "6:10: error: format must be int1 to int16, uint1 to uint16 or bipolar, got \"int04\" "
       "[unknown-format]"},
      {"format = \"int4\"", "format = \"float16\"",
       "6:10: error: format must be int1 to int16, uint1 to uint16 or bipolar, got \"float16\" "
       "[unknown-format]"},
      {"\"relu\"", "\"sigmoid\"",
       "13:14: error: activation must be \"relu\" or \"none\", got \"sigmoid\" "
       "[unknown-activation]"},
      {"\"relu\"", "1",
       "13:14: error: activation must be a text of one line, not empty [wrong-type]"},
      {output, "", "8:1: error: the key output is missing [missing-key]"},
      {"scale = \"s1.npy\"", "scale = \"s1.npy\"\noutput = \"int4\"",
       "20:10: error: the last layer has no output: its scores stay wide [unknown-key]"},
      {"scale = \"s1.npy\"", "scale = \"s1.npy\"\nactivation = \"relu\"",
       "20:14: error: the activation of the last layer must be \"none\": its scores are compared "
       "as they are [unknown-activation]"},
      {"\"scores\"", "\"hidden\"",
       "17:8: error: a layer before has the name \"hidden\" too [duplicate-name]"},
      {"scale = \"s1.npy\"", "", "16:1: error: the key scale is missing [missing-key]"},
      {"weights = \"w1.npy\"", "", "16:1: error: the key weights is missing [missing-key]"},
  }));
  Files files;
  files.edit(mistake.from, mistake.to);
  INFO(mistake.to);
  CHECK(files.mistakes() == "network.toml:" + mistake.expected);
}

TEST_CASE("a network.toml that is no table of layers") {
  Files files;
  files.toml = "name = \"x\"\n[input\n";
  CHECK_THAT(files.mistakes(), Contains("network.toml:2:") && Contains("[toml-syntax]"));
  files.toml = "[x" + std::string(5000, '.') + "]";
  CHECK_THAT(files.mistakes(), Contains("network.toml: error: too long or too deeply nested"));
  files.toml = std::string("name = \"x\"\0", 11);
  CHECK_THAT(files.mistakes(), Contains("[not-text]"));
  files.toml = "";
  CHECK_THAT(files.mistakes(), Contains("the key name is missing") &&
                                   Contains("the key input is missing") &&
                                   Contains("a network needs at least one [[layer]]"));
  files.toml = "name = \"x\"\ninput = 3\nlayer = 4\n";
  CHECK(files.mistakes() ==
        "network.toml:2:9: error: input must be a table: [input] [wrong-type]\n"
        "network.toml:3:9: error: layer must be tables: [[layer]] [wrong-type]");
  files.toml = "name = \"x\"\ninput = 3\nlayer = [{}, 1]\n";
  CHECK_THAT(files.mistakes(), Contains("layer must be tables"));
  files.toml = "name = \"x\"\ninput = 3\nlayer = []\n";
  CHECK_THAT(files.mistakes(), Contains("a network needs at least one [[layer]]"));
}

TEST_CASE("mistakes in the arrays") {
  struct Mistake {
    std::string file;
    std::string bytes;
    std::string expected;
  };
  using I8 = std::vector<std::int8_t>;
  using U8 = std::vector<std::uint8_t>;
  using U16 = std::vector<std::uint16_t>;
  using I32 = std::vector<std::int32_t>;
  using I64 = std::vector<std::int64_t>;
  using F64 = std::vector<double>;
  const double infinity = std::numeric_limits<double>::infinity();
  const auto mistake = GENERATE_COPY(values<Mistake>({
      {"images.npy", npy({6}, I8(6)),
       "4:8: error: images.npy: needs 2 dimensions (images x inputs), has shape (6,) [npy-file]"},
      {"images.npy", npy({2, 3}, F64(6)),
       "4:8: error: images.npy: codes of format int4 must be integers, got float64 [wrong-type]"},
      {"images.npy", npy({2, 3}, I8{0, 0, 0, 8, 0, -9}),
       "4:8: error: images.npy: element [1, 0] is 8; codes of format int4 must be between -8 and 7 "
       "(1 more are not) [value-out-of-range]"},
      {"images.npy", npy({0, 3}, I8()),
       "4:8: error: images.npy: no elements, shape (0, 3) [shape-mismatch]"},
      {"images.npy", "PK",
       "4:8: error: images.npy: not a .npy file: it does not begin with "
       "\\x93NUMPY; write it with numpy.save [npy-file]"},
      {"images.npy", npy({2, 4}, I8(8)),
       "10:11: error: w0.npy: weights of shape (3, 2) take 3 inputs, the data have 4 "
       "[shape-mismatch]"},
      {"labels.npy", npy({3}, U8(3)),
       "5:10: error: labels.npy: 3 labels for 2 images [shape-mismatch]"},
      {"labels.npy", npy({2}, U8{0, 2}),
       "5:10: error: labels.npy: element [1] is 2; labels (classes of the last layer) must be "
       "between 0 and 1 [value-out-of-range]"},
      {"labels.npy", npy({2}, I8{0, -1}),
       "5:10: error: labels.npy: element [1] is -1; labels (classes of the last layer) must be "
       "between 0 and 1 [value-out-of-range]"},
      {"w0.npy", npy({3, 2}, I32{0, 0, 0, 70000, 0, 0}),
       "10:11: error: w0.npy: element [1, 1] is 70000; weights must be between -32768 and 65535 "
       "[value-out-of-range]"},
      {"w0.npy", npy({3, 2}, I32{0, -1, 0, 32768, 0, 0}),
       "10:11: error: w0.npy: weights -1 to 32768 fit neither int16 nor uint16 "
       "[value-out-of-range]"},
      {"w1.npy", npy({3, 2}, U16(6)),
       "18:11: error: w1.npy: weights of shape (3, 2) take 3 inputs, layer \"hidden\" gives 2 "
       "[shape-mismatch]"},
      {"b0.npy", npy({3}, I32(3)),
       "11:8: error: b0.npy: 3 elements for 2 outputs [shape-mismatch]"},
      {"b0.npy", npy({1}, I32(1)),
       "11:8: error: b0.npy: 1 elements for 2 outputs [shape-mismatch]"},
      {"b0.npy", npy({2}, I64{0, 2147483648}),
       "11:8: error: b0.npy: element [1] is 2147483648; biases must be between -2147483648 and "
       "2147483647 [value-out-of-range]"},
      {"s0.npy", npy({3}, F64(3, 1.0)),
       "12:9: error: s0.npy: 3 elements for 2 outputs; one for each, or only one "
       "[shape-mismatch]"},
      {"s0.npy", npy({2}, I32(2, 1)),
       "12:9: error: s0.npy: scales must be float32 or float64, got int32 [wrong-type]"},
      {"s0.npy", npy({2}, F64{1.0, 0.0}),
       "12:9: error: s0.npy: element [1] is 0; scales must be finite and positive "
       "[value-out-of-range]"},
      {"s0.npy", npy({2}, F64{1.0, -0.5}),
       "12:9: error: s0.npy: element [1] is -0.5; scales must be finite and positive "
       "[value-out-of-range]"},
      {"s0.npy", npy({2}, F64{infinity, 1.0}),
       "12:9: error: s0.npy: element [0] is inf; scales must be finite and positive "
       "[value-out-of-range]"},
      {"s0.npy", npy({2}, F64{std::nan(""), 1.0}),
       "12:9: error: s0.npy: element [0] is nan; scales must be finite and positive "
       "[value-out-of-range]"},
  }));
  Files files;
  files.arrays[mistake.file] = mistake.bytes;
  INFO(mistake.file << " " << mistake.expected);
  CHECK(files.mistakes() == "network.toml:" + mistake.expected);
}

TEST_CASE("all mistakes are told at once, in the order of their places") {
  Files files;
  files.arrays.erase("images.npy");
  files.arrays["b0.npy"] = npy({2}, std::vector<float>(2));
  files.arrays["w1.npy"].resize(130);
  files.edit("name = \"tiny\"", "nam = \"tiny\"");
  const std::string mistakes = files.mistakes();
  CHECK_THAT(mistakes, Contains("1:1: error: the key name is missing") &&
                           Contains("1:1: error: unknown key 'nam'") &&
                           Contains("4:8: error: images.npy: ") &&
                           Contains("11:8: error: b0.npy: biases must be integers, got float32") &&
                           Contains("18:11: error: w1.npy: truncated"));
  CHECK(std::count(mistakes.begin(), mistakes.end(), '\n') == 4);
  CHECK(mistakes.find(":4:8:") < mistakes.find(":11:8:"));
}

TEST_CASE("seeded mutations of network.toml are read or told, never worse") {
  constexpr unsigned seed = 77;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto below = [&random](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  Files files;
  (void)files.parse();
  const std::string letters = "\"[]{}=.,#'\\ \n\t09azAZ_-\x80\xc3\x01";
  std::size_t refused = 0;
  constexpr std::size_t count = 1500;
  for (std::size_t i = 0; i < count; ++i) {
    std::string toml = kToml;
    for (std::size_t edits = 1 + below(3); edits > 0; --edits) {
      const std::size_t at = below(toml.size());
      switch (below(4)) {
        case 0:
          toml[at] = letters[below(letters.size())];
          break;
        case 1:
          toml.erase(at, 1 + below(20));
          break;
        case 2:
          toml.insert(at, 1, letters[below(letters.size())]);
          break;
        default:
          toml.insert(at, toml.substr(below(toml.size()), below(30)));
          break;
      }
    }
    const flows::NetworkResult result = flows::parse_network(toml, files.path());
    REQUIRE(result.network.has_value() == result.diagnostics.empty());
    refused += result.network ? 0U : 1U;
  }
  CHECK(refused > count / 2);
}

TEST_CASE("codes are rounded half to even and clamped") {
  flows::Layer layer;
  layer.outputs = 1;
  layer.scale = {0.5};
  layer.output = spec::IntegerFormat{true, 3};
  const std::vector<std::int64_t> sums = {0, 1, 2, 3, 5, 7, 100, -1, -3, -5, -8, -9, -100};
  CHECK(flows::requantise(layer, sums) ==
        std::vector<std::int32_t>{0, 0, 1, 2, 2, 3, 3, 0, -2, -2, -4, -4, -4});
  layer.relu = true;
  CHECK(flows::requantise(layer, sums) ==
        std::vector<std::int32_t>{0, 0, 1, 2, 2, 3, 3, 0, 0, 0, 0, 0, 0});
  layer.scale = {1e308};  // the product is infinite
  CHECK(flows::requantise(layer, std::vector<std::int64_t>{100, -100}) ==
        std::vector<std::int32_t>{3, 0});
  layer.outputs = 2;  // a scale for each output
  layer.scale = {1.0, 0.25};
  CHECK(flows::requantise(layer, std::vector<std::int64_t>{3, 3, 2, 8}) ==
        std::vector<std::int32_t>{3, 1, 2, 2});
}

TEST_CASE("the prediction is the first of the highest scores") {
  flows::Layer layer;
  layer.outputs = 3;
  layer.scale = {1.0, 2.0, 1.0};
  const std::vector<std::int64_t> sums = {4, 2, 4, 1, 1, 1, -5, -5, -5, 0, 0, 1};
  CHECK(flows::predict(layer, sums) == std::vector<std::size_t>{0, 1, 0, 2});
}

TEST_CASE("a plain matrix product with bias") {
  flows::Layer layer;
  layer.inputs = 2;
  layer.outputs = 3;
  layer.weights = {1, 2, 3, 4, 5, 6};
  layer.bias = {10, 20, -30};
  CHECK(flows::accumulate(layer, std::vector<std::int32_t>{1, -1, 2, 0}) ==
        std::vector<std::int64_t>{7, 17, -33, 12, 24, -24});
}
