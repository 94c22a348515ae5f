// A quantised multilayer perceptron: read from a network.toml and the .npy files that it names,
// validated once and immutable from then on. docs/networks.md documents the format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "generator/base/diagnostic.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

/// acc = x * weights + bias, an exact integer. A hidden layer makes the codes of the next one,
/// clamp(rint(acc * scale)), the last layer makes scores, acc * scale.
struct Layer {
  std::string name;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<std::int32_t> weights;          ///< inputs x outputs, row-major
  std::vector<std::int32_t> bias;             ///< outputs; zeros where the file gives none
  std::vector<double> scale;                  ///< outputs; finite and positive
  bool relu = false;                          ///< clamps at 0 from below; never in the last layer
  std::optional<spec::IntegerFormat> output;  ///< of the codes; nothing in the last layer
};

/// At least one layer and one image; each layer has as many inputs as the one before has outputs.
struct Network {
  std::string name;
  spec::IntegerFormat input;
  std::size_t images = 0;
  std::vector<std::int32_t> codes;  ///< images x inputs of the first layer, row-major
  std::vector<std::size_t> labels;  ///< the right class of each image; empty: unknown
  std::vector<Layer> layers;

  [[nodiscard]] std::size_t inputs() const { return layers.front().inputs; }
  [[nodiscard]] std::size_t classes() const { return layers.back().outputs; }
};

/// Either a network, or every mistake of its files.
struct NetworkResult {
  std::optional<Network> network;  ///< set if and only if `diagnostics` is empty
  base::Diagnostics diagnostics;
};

/// Parses and validates a network.toml. `file` is the name that diagnostics carry; the files that
/// the text names are looked for in its directory.
NetworkResult parse_network(std::string_view text, const std::filesystem::path& file);

/// Reads a network. Throws base::InputError with one line for each mistake.
Network load_network(const std::filesystem::path& path);

/// The codes that a hidden layer makes of its accumulations: `accumulations` is images x outputs.
/// Products are taken in double precision, rint rounds half to even. Bipolar codes are signs, +1
/// for 0.
std::vector<std::int32_t> requantise(const Layer& layer,
                                     std::span<const std::int64_t> accumulations);

/// The class of each image: the first of the highest scores of the last layer.
std::vector<std::size_t> predict(const Layer& layer, std::span<const std::int64_t> accumulations);

/// The accumulations of a layer by a plain matrix product: `codes` is images x inputs, the result
/// images x outputs.
std::vector<std::int64_t> accumulate(const Layer& layer, std::span<const std::int32_t> codes);

}  // namespace cimforge::flows
