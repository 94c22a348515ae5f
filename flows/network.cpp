#include "flows/network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

#include "flows/npy.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/nearest_name.h"
#include "generator/base/quote.h"
#include "generator/base/toml_reader.h"

namespace cimforge::flows {
namespace {

/// Values from `min` to `max`, both included.
struct Range {
  std::int64_t min;
  std::int64_t max;
  bool without_zero = false;
};

constexpr int kMaxFormatBits = 16;
/// What int16 or uint16 holds; an array of weights must fit one of the two.
constexpr Range kAnyFormat = {-(1 << (kMaxFormatBits - 1)), (1 << kMaxFormatBits) - 1};
constexpr Range kInt32 = {std::numeric_limits<std::int32_t>::min(),
                          std::numeric_limits<std::int32_t>::max()};

/// `int4`, `uint16`, `bipolar`.
std::optional<spec::IntegerFormat> parse_format(std::string_view text) {
  if (text == spec::IntegerFormat::bipolar().name()) return spec::IntegerFormat::bipolar();
  spec::IntegerFormat format;
  format.is_signed = !text.starts_with('u');
  if (!format.is_signed) text.remove_prefix(1);
  if (!text.starts_with("int")) return std::nullopt;
  text.remove_prefix(3);
  if (text.starts_with('0')) return std::nullopt;
  const char* const end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, format.bits);
  if (failure != std::errc{} || rest != end) return std::nullopt;
  if (format.bits < 1 || format.bits > kMaxFormatBits) return std::nullopt;
  return format;
}

/// `[3, 17]`: the place of an element, counted in row-major order.
std::string index_text(const std::vector<std::size_t>& shape, std::size_t element) {
  std::vector<std::size_t> index(shape.size());
  for (std::size_t d = shape.size(); d-- > 0;) {
    index[d] = element % shape[d];
    element /= shape[d];
  }
  return fmt::format("[{}]", fmt::join(index, ", "));
}

/// An array and the place in network.toml that names its file.
struct ArrayFile {
  NpyArray array;
  std::string path;
  toml::source_position place;

  [[nodiscard]] std::size_t size() const {
    return std::visit([](const auto& data) { return data.size(); }, array.data);
  }
};

class NetworkReader : base::TomlReader {
 public:
  explicit NetworkReader(const std::filesystem::path& file)
      : TomlReader(file.string()), path_(file) {}

  NetworkResult read(std::string_view text) {
    Network network;
    if (const auto root = base::parse_toml(text, file_, "network", diagnostics_)) {
      read_network(*root, network);
    }
    if (!diagnostics_.empty()) return {std::nullopt, std::move(diagnostics_)};
    return {std::move(network), {}};
  }

 private:
  void read_network(const toml::table& root, Network& network) {
    check_keys(root, {"name", "input", "layer"}, "in the file");
    network.name = string(root, "name").value_or("");

    // The data tell how many inputs the first layer has; labels are checked when the last layer
    // has told how many classes there are.
    std::optional<std::size_t> width;
    const toml::table* const input = table(root, "input");
    if (input != nullptr) width = read_input(*input, network);
    width = read_layers(root, width, network);
    if (input != nullptr) read_labels(*input, width, network);
  }

  /// Returns the number of inputs.
  std::optional<std::size_t> read_input(const toml::table& input, Network& network) {
    check_keys(input, {"data", "labels", "format"}, "in [input]");
    const std::optional<spec::IntegerFormat> declared = format(input, "format");
    const std::optional<ArrayFile> data = array(input, "data", {"images", "inputs"});
    if (declared) network.input = *declared;
    if (!data) return std::nullopt;

    const Range range =
        declared ? Range{declared->min(), declared->max(), !declared->holds(0)} : kAnyFormat;
    network.images = data->array.shape[0];
    network.codes =
        integers(*data, range, declared ? "codes of format " + declared->name() : "codes");
    return data->array.shape[1];
  }

  /// Returns the number of classes. `width` is the number of inputs, where it is known.
  std::optional<std::size_t> read_layers(const toml::table& root, std::optional<std::size_t> width,
                                         Network& network) {
    const toml::node* const node = root.get("layer");
    const toml::array* const layers = node != nullptr ? node->as_array() : nullptr;
    if (node == nullptr || (layers != nullptr && layers->empty())) {
      complain(root.source().begin, "missing-key", "a network needs at least one [[layer]]");
      return std::nullopt;
    }
    if (layers == nullptr || !layers->is_homogeneous(toml::node_type::table)) {
      complain(node->source().begin, "wrong-type", "layer must be tables: [[layer]]");
      return std::nullopt;
    }

    std::string before = "the data have";
    std::set<std::string> names;
    for (std::size_t i = 0; i < layers->size(); ++i) {
      const toml::table& text = *layers->get_as<toml::table>(i);
      Layer layer = read_layer(text, i + 1 == layers->size(), before, width);
      if (!layer.name.empty() && !names.insert(layer.name).second) {
        complain(text.get("name")->source().begin, "duplicate-name",
                 fmt::format("a layer before has the name \"{}\" too", layer.name));
      }
      width = layer.outputs > 0 ? std::optional(layer.outputs) : std::nullopt;
      before = fmt::format("layer \"{}\" gives", layer.name);
      network.layers.push_back(std::move(layer));
    }
    return width;
  }

  /// `before` and `width` say what gives the layer its inputs, and how many.
  Layer read_layer(const toml::table& text, bool last, const std::string& before,
                   std::optional<std::size_t> width) {
    check_keys(text, {"name", "weights", "bias", "scale", "activation", "output"}, "in [[layer]]");
    Layer layer;
    layer.name = string(text, "name").value_or("");

    if (const auto weights = array(text, "weights", {"inputs", "outputs"})) {
      layer.inputs = weights->array.shape[0];
      layer.outputs = weights->array.shape[1];
      layer.weights = read_weights(*weights);
      if (width && layer.inputs != *width) {
        complain(weights->place, "shape-mismatch",
                 fmt::format("{}: weights of shape {} take {} inputs, {} {}", weights->path,
                             shape_text(weights->array.shape), layer.inputs, before, *width));
      }
    }

    layer.bias.assign(layer.outputs, 0);
    if (text.contains("bias")) {
      const auto bias = array(text, "bias", {"outputs"});
      if (bias && one_per_output(*bias, layer, false)) {
        layer.bias = integers(*bias, kInt32, "biases");
      }
    }
    const auto scale = array(text, "scale", {"outputs"});
    if (scale && one_per_output(*scale, layer, true)) {
      layer.scale = read_scale(*scale);
      if (layer.scale.size() == 1) layer.scale.assign(layer.outputs, layer.scale[0]);
    }
    read_activation(text, last, layer);
    return layer;
  }

  std::vector<std::int32_t> read_weights(const ArrayFile& file) {
    std::vector<std::int32_t> weights = integers(file, kAnyFormat, "weights");
    if (weights.empty()) return weights;
    const auto [min, max] = std::ranges::minmax(weights);
    if (min < 0 && max > -kAnyFormat.min - 1) {
      complain(
          file.place, "value-out-of-range",
          fmt::format("{}: weights {} to {} fit neither int16 nor uint16", file.path, min, max));
    }
    return weights;
  }

  std::vector<double> read_scale(const ArrayFile& file) {
    std::vector<double> scale;
    std::visit(
        [&](const auto& data) {
          using Value = typename std::decay_t<decltype(data)>::value_type;
          if constexpr (std::is_floating_point_v<Value>) {
            scale.assign(data.begin(), data.end());
          } else {
            complain(file.place, "wrong-type",
                     fmt::format("{}: scales must be float32 or float64, got {}", file.path,
                                 type_name(file.array)));
          }
        },
        file.array.data);
    const auto bad = std::ranges::find_if_not(
        scale, [](double value) { return std::isfinite(value) && value > 0; });
    if (bad != scale.end()) {
      complain(file.place, "value-out-of-range",
               fmt::format("{}: element [{}] is {}; scales must be finite and positive", file.path,
                           bad - scale.begin(), *bad));
    }
    return scale;
  }

  void read_activation(const toml::table& text, bool last, Layer& layer) {
    if (text.contains("activation")) {
      const std::optional<std::string> activation = string(text, "activation");
      layer.relu = activation == "relu";
      if (activation && activation != "relu" && activation != "none") {
        complain(text.get("activation")->source().begin, "unknown-activation",
                 fmt::format("activation must be \"relu\" or \"none\", got {}",
                             base::in_quotes(*activation)));
      } else if (layer.relu && last) {
        complain(
            text.get("activation")->source().begin, "unknown-activation",
            "the activation of the last layer must be \"none\": its scores are compared as they "
            "are");
      }
    }
    if (!last) {
      layer.output = format(text, "output");
      if (layer.relu && layer.output && layer.output->is_bipolar) {
        complain(
            text.get("activation")->source().begin, "unknown-activation",
            "the activation of bipolar outputs must be \"none\": they are the signs of the sums");
      }
    } else if (text.contains("output")) {
      complain(text.get("output")->source().begin, "unknown-key",
               "the last layer has no output: its scores stay wide");
    }
  }

  void read_labels(const toml::table& input, std::optional<std::size_t> classes, Network& network) {
    if (!input.contains("labels")) return;
    const auto labels = array(input, "labels", {"images"});
    if (!labels) return;
    if (network.images > 0 && labels->size() != network.images) {
      complain(
          labels->place, "shape-mismatch",
          fmt::format("{}: {} labels for {} images", labels->path, labels->size(), network.images));
    }
    const std::int64_t highest = classes ? static_cast<std::int64_t>(*classes) - 1 : kInt32.max;
    for (const std::int32_t label : integers(*labels, {0, std::min(highest, kInt32.max)},
                                             "labels (classes of the last layer)")) {
      network.labels.push_back(static_cast<std::size_t>(label));
    }
  }

  /// Whether an array has one element for each output of the layer, or only one if `or_one`.
  bool one_per_output(const ArrayFile& file, const Layer& layer, bool or_one) {
    if (layer.outputs == 0) return true;  // reported already
    if (file.size() == layer.outputs || (or_one && file.size() == 1)) return true;
    complain(file.place, "shape-mismatch",
             fmt::format("{}: {} elements for {} outputs{}", file.path, file.size(), layer.outputs,
                         or_one ? "; one for each, or only one" : ""));
    return false;
  }

  /// The elements of an array of integers; empty if any is outside the range.
  std::vector<std::int32_t> integers(const ArrayFile& file, Range range, std::string_view what) {
    return std::visit(
        [&](const auto& data) -> std::vector<std::int32_t> {
          using Value = typename std::decay_t<decltype(data)>::value_type;
          if constexpr (!std::is_integral_v<Value>) {
            complain(file.place, "wrong-type",
                     fmt::format("{}: {} must be integers, got {}", file.path, what,
                                 type_name(file.array)));
            return {};
          } else {
            const auto outside = [range](Value value) {
              return std::cmp_less(value, range.min) || std::cmp_greater(value, range.max) ||
                     (range.without_zero && value == 0);
            };
            const auto first = std::ranges::find_if(data, outside);
            if (first == data.end()) return {data.begin(), data.end()};
            const auto element = static_cast<std::size_t>(first - data.begin());
            const auto more = std::ranges::count_if(data, outside) - 1;
            complain(file.place, "value-out-of-range",
                     fmt::format("{}: element {} is {}; {} must be {} {} and {}{}", file.path,
                                 index_text(file.array.shape, element), *first, what,
                                 range.without_zero ? "one of" : "between", range.min, range.max,
                                 more > 0 ? fmt::format(" ({} more are not)", more) : ""));
            return {};
          }
        },
        file.array.data);
  }

  /// The array in the file that a key names, with a dimension for each word of `meaning`.
  std::optional<ArrayFile> array(const toml::table& table, std::string_view key,
                                 const std::vector<std::string_view>& meaning) {
    const std::optional<std::string> name = string(table, key);
    if (!name) return std::nullopt;
    const std::filesystem::path path = path_.parent_path() / *name;
    const toml::source_position place = table.get(key)->source().begin;
    try {
      ArrayFile file{load_npy(path), path.string(), place};
      require_dimensions(file.array, file.path, meaning);
      if (file.size() > 0) return file;
      complain(place, "shape-mismatch",
               fmt::format("{}: no elements, shape {}", file.path, shape_text(file.array.shape)));
    } catch (const base::InputError& e) {
      complain(place, "npy-file", e.what());
    }
    return std::nullopt;
  }

  /// The format that a key of the table names.
  std::optional<spec::IntegerFormat> format(const toml::table& table, std::string_view key) {
    const std::optional<std::string> text = string(table, key);
    if (!text) return std::nullopt;
    const std::optional<spec::IntegerFormat> result = parse_format(*text);
    if (!result) {
      complain(table.get(key)->source().begin, "unknown-format",
               fmt::format("{} must be int1 to int16, uint1 to uint16 or bipolar, got {}", key,
                           base::in_quotes(*text)));
    }
    return result;
  }

  /// The text of a key that must be there.
  std::optional<std::string> string(const toml::table& table, std::string_view key) {
    const toml::node* const node = find(table, key);
    if (node == nullptr) return std::nullopt;
    const std::optional<std::string> text = node->value_exact<std::string>();
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    if (text && !text->empty() && std::ranges::none_of(*text, is_control)) return text;
    complain(node->source().begin, "wrong-type",
             fmt::format("{} must be a text of one line, not empty", key));
    return std::nullopt;
  }

  /// The table of a key that must be there.
  const toml::table* table(const toml::table& parent, std::string_view key) {
    const toml::node* const node = find(parent, key);
    if (node != nullptr && !node->is_table()) {
      complain(node->source().begin, "wrong-type", fmt::format("{0} must be a table: [{0}]", key));
    }
    return node != nullptr ? node->as_table() : nullptr;
  }

  const toml::node* find(const toml::table& table, std::string_view key) {
    const toml::node* const node = table.get(key);
    if (node == nullptr) {
      complain(table.source().begin, "missing-key", fmt::format("the key {} is missing", key));
    }
    return node;
  }

  std::filesystem::path path_;
};

}  // namespace

NetworkResult parse_network(std::string_view text, const std::filesystem::path& file) {
  return NetworkReader(file).read(text);
}

Network load_network(const std::filesystem::path& path) {
  NetworkResult result = parse_network(base::read_file(path), path);
  if (!result.network) throw base::InputError(base::to_string(result.diagnostics));
  return *std::move(result.network);
}

std::vector<std::int32_t> requantise(const Layer& layer,
                                     std::span<const std::int64_t> accumulations) {
  assert(layer.output && accumulations.size() % layer.outputs == 0);
  const double lowest = layer.relu ? 0.0 : static_cast<double>(layer.output->min());
  const double highest = static_cast<double>(layer.output->max());
  std::vector<std::int32_t> codes(accumulations.size());
  for (std::size_t i = 0; i < accumulations.size(); ++i) {
    if (layer.output->is_bipolar) {
      codes[i] = accumulations[i] >= 0 ? 1 : -1;  // scales are positive
      continue;
    }
    // nearbyint is rint without the inexact flag; the rounding mode is to nearest, half to even.
    const double scaled =
        std::nearbyint(static_cast<double>(accumulations[i]) * layer.scale[i % layer.outputs]);
    codes[i] = static_cast<std::int32_t>(std::clamp(scaled, lowest, highest));
  }
  return codes;
}

std::vector<std::size_t> predict(const Layer& layer, std::span<const std::int64_t> accumulations) {
  assert(accumulations.size() % layer.outputs == 0);
  std::vector<std::size_t> classes(accumulations.size() / layer.outputs);
  std::vector<double> scores(layer.outputs);
  for (std::size_t image = 0; image < classes.size(); ++image) {
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      scores[o] = static_cast<double>(accumulations[image * layer.outputs + o]) * layer.scale[o];
    }
    const auto highest = std::ranges::max_element(scores);  // the first of equal ones
    classes[image] = static_cast<std::size_t>(highest - scores.begin());
  }
  return classes;
}

std::vector<std::int64_t> accumulate(const Layer& layer, std::span<const std::int32_t> codes) {
  assert(codes.size() % layer.inputs == 0);
  const std::size_t images = codes.size() / layer.inputs;
  std::vector<std::int64_t> sums;
  sums.reserve(images * layer.outputs);
  for (std::size_t image = 0; image < images; ++image) {
    sums.insert(sums.end(), layer.bias.begin(), layer.bias.end());
    std::int64_t* const sum = sums.data() + image * layer.outputs;
    for (std::size_t i = 0; i < layer.inputs; ++i) {
      const std::int64_t x = codes[image * layer.inputs + i];
      const std::int32_t* const row = layer.weights.data() + i * layer.outputs;
      for (std::size_t o = 0; o < layer.outputs; ++o) sum[o] += x * row[o];
    }
  }
  return sums;
}

}  // namespace cimforge::flows
