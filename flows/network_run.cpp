#include "flows/network_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "generator/base/exit_status.h"
#include "generator/spec/binary.h"
#include "generator/spec/parts.h"
#include "sim/golden.h"
#include "tb/structured.h"

namespace cimforge::flows {
namespace {

/// Values from `min` to `max`, both included.
struct Range {
  std::int64_t min = 0;
  std::int64_t max = 0;
  bool has_zero = true;
};

Range range_of(std::span<const std::int32_t> values) {
  const auto [min, max] = std::ranges::minmax(values);
  return {min, max, std::ranges::find(values, 0) != values.end()};
}

bool holds(const spec::IntegerFormat& format, Range range) {
  return format.holds(range.min) && format.holds(range.max) && (!range.has_zero || format.holds(0));
}

/// The narrowest formats that hold a range: `uint4 or int5`, `int3`.
std::string formats_for(Range range) {
  std::string names;
  for (const bool is_signed : {false, true}) {
    spec::IntegerFormat format{is_signed, 1};
    while (format.bits < 17 && !holds(format, range)) ++format.bits;
    if (format.bits > 16) continue;
    names += (names.empty() ? "" : " or ") + format.name();
  }
  if (holds(spec::IntegerFormat::bipolar(), range)) names += " or bipolar";
  return names;
}

/// The part of a layer's weights that is in the macro at one time.
struct Tile {
  std::size_t first_row;
  std::size_t first_column;
  std::size_t rows;     ///< of the layer; the macro's others are padded
  std::size_t columns;  ///< likewise
  int bank;
};

/// Rows of a tile past those of its layer: zeros or, where a format has none, inputs of +1 and
/// weights of +1 and -1 in turn, since every row takes part. Their sum is taken off the results.
struct Padding {
  std::int32_t input = 0;
  std::int32_t first_weight = 0;  ///< of even rows; of odd ones with the other sign
  explicit Padding(const spec::MacroSpec& spec)
      : input(spec.input.holds(0) ? 0 : 1), first_weight(spec.weight.holds(0) ? 0 : 1) {}
  [[nodiscard]] std::int32_t weight(std::size_t row) const {
    return row % 2 == 0 ? first_weight : -first_weight;
  }
  /// Of the rows from `first` to the last of `rows`.
  [[nodiscard]] std::int64_t sum(std::size_t first, std::size_t rows) const {
    std::int64_t total = 0;
    for (std::size_t row = first; row < rows; ++row) total += std::int64_t{input} * weight(row);
    return total;
  }
};

/// What the outputs are compared with: of a model of devices with exact sums.
spec::MacroSpec expected_of(spec::MacroSpec spec, bool is_device_model) {
  if (is_device_model) spec.kind = spec::Kind::digital;
  return spec;
}

std::size_t tiles_along(std::size_t size, std::size_t macro) {
  return (size + macro - 1) / macro;
}

/// The layers of a network on an engine. Keeps the report as it goes.
class Runner {
 public:
  Runner(tb::MacroEngine& engine, std::size_t images, std::uint64_t total_tiles,
         const NetworkRunOptions& options, NetworkReport& report)
      : engine_(engine),
        golden_(expected_of(engine.spec(), options.is_device_model)),
        rows_(static_cast<std::size_t>(engine.spec().rows)),
        columns_(static_cast<std::size_t>(engine.spec().columns)),
        padding_(engine.spec()),
        images_(images),
        total_vectors_(total_tiles * images),
        options_(options),
        report_(report) {}

  /// The accumulations of a layer, images x outputs: tile by tile, each loaded once for all images.
  std::vector<std::int64_t> accumulate(const Layer& layer, std::span<const std::int32_t> codes) {
    std::vector<std::int64_t> sums;
    sums.reserve(images_ * layer.outputs);
    for (std::size_t image = 0; image < images_; ++image) {
      sums.insert(sums.end(), layer.bias.begin(), layer.bias.end());
    }

    for (std::size_t row = 0; row < layer.inputs; row += rows_) {
      const std::size_t rows = std::min(rows_, layer.inputs - row);
      const std::vector<std::int32_t> inputs = slice(codes, images_, layer.inputs, row, rows);
      for (std::size_t column = 0; column < layer.outputs; column += columns_) {
        const std::size_t columns = std::min(columns_, layer.outputs - column);
        // Banks take turns, so that all of them are seen to work.
        const auto banks = static_cast<std::uint64_t>(engine_.spec().banks);
        const Tile tile{row, column, rows, columns, static_cast<int>(report_.tiles++ % banks)};
        load(layer, tile);
        if (options_.on_tile) options_.on_tile(inputs);
        multiply(layer, tile, inputs, sums);
      }
    }
    report_.macs += std::uint64_t{images_} * layer.inputs * layer.outputs;
    return sums;
  }

  /// The codes of a layer whose results the macro compares with thresholds, images x outputs: +1
  /// and -1. Its inputs are within the macro's rows.
  std::vector<std::int32_t> signs(const Layer& layer, std::span<const std::int32_t> codes) {
    std::vector<std::int64_t> results(images_ * layer.outputs);
    const std::vector<std::int32_t> inputs = slice(codes, images_, layer.inputs, 0, layer.inputs);
    for (std::size_t column = 0; column < layer.outputs; column += columns_) {
      const std::size_t columns = std::min(columns_, layer.outputs - column);
      const auto banks = static_cast<std::uint64_t>(engine_.spec().banks);
      const Tile tile{0, column, layer.inputs, columns, static_cast<int>(report_.tiles++ % banks)};
      load(layer, tile);
      load_thresholds(layer, tile);
      if (options_.on_tile) options_.on_tile(inputs);
      multiply(layer, tile, inputs, results);
    }
    report_.macs += std::uint64_t{images_} * layer.inputs * layer.outputs;
    std::vector<std::int32_t> signs(results.size());
    std::ranges::transform(results, signs.begin(),
                           [](std::int64_t bit) { return bit != 0 ? 1 : -1; });
    return signs;
  }

 private:
  /// Columns `first` to `first + count` of a matrix height x width, padded to the macro's rows:
  /// height x rows_.
  [[nodiscard]] std::vector<std::int32_t> slice(std::span<const std::int32_t> matrix,
                                                std::size_t height, std::size_t width,
                                                std::size_t first, std::size_t count) const {
    std::vector<std::int32_t> result(height * rows_, padding_.input);
    for (std::size_t i = 0; i < height; ++i) {
      std::ranges::copy(matrix.subspan(i * width + first, count),
                        result.begin() + static_cast<std::ptrdiff_t>(i * rows_));
    }
    return result;
  }

  /// Stores a tile, padded, in the engine and in the golden model.
  void load(const Layer& layer, const Tile& tile) {
    std::vector<std::int32_t> weights(rows_ * columns_);
    for (std::size_t r = 0; r < rows_; ++r) {
      std::fill_n(weights.begin() + static_cast<std::ptrdiff_t>(r * columns_), columns_,
                  padding_.weight(r));
    }
    const std::span<const std::int32_t> all = layer.weights;
    for (std::size_t r = 0; r < tile.rows; ++r) {
      std::ranges::copy(
          all.subspan((tile.first_row + r) * layer.outputs + tile.first_column, tile.columns),
          weights.begin() + static_cast<std::ptrdiff_t>(r * columns_));
    }
    in_engine(report_.load_cycles, [&] { engine_.load_weights(tile.bank, weights); });
    tb::write_stored(golden_, tile.bank, tb::stored_weights(golden_.spec(), weights));
  }

  /// acc = bias + sum >= 0 where the macro's sum, with that of the padding, is at least its
  /// threshold. Columns that are filled up have thresholds of 0.
  void load_thresholds(const Layer& layer, const Tile& tile) {
    const std::int64_t padded = padding_.sum(tile.rows, rows_);
    const spec::ResultRange range = spec::threshold_range(golden_.spec());
    std::vector<std::int64_t> thresholds(columns_, 0);
    for (std::size_t c = 0; c < tile.columns; ++c) {
      const std::int64_t bias = layer.bias[tile.first_column + c];
      thresholds[c] = std::clamp(padded - bias, range.min, range.max);
    }
    in_engine(report_.load_cycles, [&] { engine_.load_thresholds(tile.bank, thresholds); });
    golden_.write_thresholds(tile.bank, thresholds);
  }

  /// Multiplies all images, adds the results to `sums` and compares them with the golden model.
  void multiply(const Layer& layer, const Tile& tile, std::span<const std::int32_t> inputs,
                std::span<std::int64_t> sums) {
    // Large enough for the pipeline to stay full, small enough to answer to the user.
    constexpr std::size_t macs_a_batch = std::size_t{1} << 24U;
    const bool signs = spec::has_thresholds(golden_.spec());
    const std::int64_t padded = signs ? 0 : padding_.sum(tile.rows, rows_);
    const std::size_t batch = std::clamp<std::size_t>(macs_a_batch / (rows_ * columns_), 16, 4096);

    for (std::size_t first = 0; first < images_; first += batch) {
      const std::size_t count = std::min(batch, images_ - first);
      const auto vectors = inputs.subspan(first * rows_, count * rows_);
      got_.assign(count * columns_, 0);
      expected_.assign(count * columns_, 0);
      in_engine(report_.compute_cycles, [&] { engine_.multiply(tile.bank, vectors, got_); });
      golden_.multiply(tile.bank, vectors, expected_);
      if (options_.is_device_model) {
        measure(tile);
      } else {
        compare(layer, tile, first);
      }

      for (std::size_t i = 0; i < count; ++i) {
        std::int64_t* const sum = &sums[(first + i) * layer.outputs + tile.first_column];
        for (std::size_t c = 0; c < tile.columns; ++c) sum[c] += got_[i * columns_ + c] - padded;
      }
      vectors_ += count;
      if (options_.on_progress) options_.on_progress(vectors_, total_vectors_);
    }
  }

  /// Compares what the engine and the golden model made of the images from `first_image` on.
  void compare(const Layer& layer, const Tile& tile, std::size_t first_image) {
    for (std::size_t i = 0; i < got_.size(); ++i) {
      if (got_[i] == expected_[i]) continue;
      ++report_.mismatches;
      if (report_.first_mismatch) continue;
      report_.first_mismatch = {.layer = layer.name,
                                .first_row = tile.first_row,
                                .first_column = tile.first_column,
                                .bank = tile.bank,
                                .image = first_image + i / columns_,
                                .column = i % columns_,
                                .expected = expected_[i],
                                .got = got_[i]};
    }
  }

  /// How far what the engine made is from exact sums.
  void measure(const Tile& tile) {
    for (std::size_t i = 0; i < got_.size(); ++i) {
      if (i % columns_ >= tile.columns) continue;
      ++report_.outputs;
      if (got_[i] == expected_[i]) continue;
      ++report_.mismatches;
      const auto error = static_cast<double>(got_[i] - expected_[i]);
      report_.squared_error += error * error;
    }
  }

  /// Calls the engine and adds what it took to the report.
  template <typename Call>
  void in_engine(std::uint64_t& cycles, Call call) {
    if (options_.check_interrupt) options_.check_interrupt();
    const std::uint64_t cycles_before = engine_.cycles();
    const auto start = std::chrono::steady_clock::now();
    call();
    report_.engine_seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    cycles += engine_.cycles() - cycles_before;
  }

  tb::MacroEngine& engine_;
  sim::GoldenMacro golden_;
  std::size_t rows_;     ///< of the macro
  std::size_t columns_;  ///< of the macro
  Padding padding_;
  std::size_t images_;
  std::uint64_t total_vectors_;
  std::uint64_t vectors_ = 0;
  const NetworkRunOptions& options_;
  NetworkReport& report_;
  std::vector<std::int64_t> got_;       ///< vectors of a batch x columns_, from the engine
  std::vector<std::int64_t> expected_;  ///< the same, from the golden model
};

template <typename Values>
std::uint64_t count_differences(const Values& a, const Values& b) {
  assert(a.size() == b.size());
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] != b[i] ? 1U : 0U;
  return count;
}

/// Compares the predictions with the labels.
void judge(const Network& network, NetworkReport& report) {
  if (network.labels.empty()) return;
  report.correct = 0;
  report.confusion.assign(network.classes(), std::vector<std::size_t>(network.classes(), 0));
  for (std::size_t image = 0; image < report.images; ++image) {
    const std::size_t label = network.labels[image];
    const std::size_t predicted = report.predictions[image];
    ++report.confusion[label][predicted];
    if (label == predicted) ++*report.correct;
  }
}

double per_second(std::uint64_t count, double seconds) {
  return seconds > 0.0 ? static_cast<double>(count) / seconds : 0.0;
}

/// Rows are the right classes, columns the predicted ones.
std::string confusion_text(const std::vector<std::vector<std::size_t>>& confusion) {
  std::string text = "  confusion (row: right, column: predicted; . is 0)\n      ";
  for (std::size_t c = 0; c < confusion.size(); ++c) text += fmt::format("{:>6}", c);
  text += '\n';
  for (std::size_t r = 0; r < confusion.size(); ++r) {
    text += fmt::format("{:>6}", r);
    for (const std::size_t count : confusion[r]) {
      text += fmt::format("{:>6}", count == 0 ? "." : fmt::to_string(count));
    }
    text += '\n';
  }
  return text;
}

}  // namespace

double NetworkReport::accuracy() const {
  return static_cast<double>(correct.value_or(0)) / static_cast<double>(images);
}

double NetworkReport::rms_error() const {
  return outputs == 0 ? 0.0 : std::sqrt(squared_error / static_cast<double>(outputs));
}

namespace {

/// Whether a layer is computed by plain arithmetic: its outputs are no signs, and the macro gives
/// nothing else.
bool is_outside(const Layer& layer, const spec::MacroSpec& spec) {
  return spec::has_thresholds(spec) && !(layer.output && layer.output->is_bipolar);
}

/// A layer whose sums are compared within the macro is not cut along its inputs.
void require_signs(const Layer& layer, const spec::MacroSpec& spec,
                   std::vector<std::string>& reasons) {
  if (layer.inputs <= static_cast<std::size_t>(spec.rows)) return;
  reasons.push_back(fmt::format(
      "layer \"{}\" has {} inputs, and the macro {} compares sums of {} rows with its thresholds: "
      "partial sums have no signs; a macro of {} rows, or mode = \"exact\", works",
      layer.name, layer.inputs, spec.name, spec.rows, layer.inputs));
}

}  // namespace

void require_network_fits(const Network& network, const spec::MacroSpec& spec) {
  if (spec.kind == spec::Kind::logic) {
    throw base::InputError(
        fmt::format("the macro {} is of kind \"logic\" and has no dot products; a network runs on any "
                    "other kind",
                    spec.name));
  }
  std::vector<std::string> reasons;
  const auto require = [&](const Layer& layer, std::string_view what, std::string_view operand,
                           const spec::IntegerFormat& format, Range range) {
    if (holds(format, range)) return;
    reasons.push_back(fmt::format(
        "layer \"{}\": {} from {} to {} need {}, the macro {} takes {} of format {}", layer.name,
        what, range.min, range.max, formats_for(range), spec.name, operand, format.name()));
  };

  Range activations = range_of(network.codes);
  bool any_inside = false;
  for (const Layer& layer : network.layers) {
    const bool outside = is_outside(layer, spec);
    any_inside = any_inside || !outside;
    if (outside) {
      if (layer.output) activations = {layer.output->min(), layer.output->max(), true};
      continue;
    }
    if (spec::has_thresholds(spec)) require_signs(layer, spec, reasons);
    require(layer, "activations", "inputs", spec.input, activations);
    require(layer, "weights", "weights", spec.weight, range_of(layer.weights));
    if (const auto overfull = tb::overfull_group(spec, layer.outputs, layer.weights)) {
      reasons.push_back(fmt::format(
          "layer \"{}\", {} of each group of {}; prune it (docs/sparsity.md), or take nonzero = 1 "
          "and group = 1",
          layer.name, tb::to_text(*overfull, spec), spec.sparsity.group));
    }
    if (layer.output) {
      activations = {layer.relu ? 0 : layer.output->min(), layer.output->max(),
                     layer.output->holds(0)};
    }
  }
  if (!any_inside) {
    reasons.push_back(fmt::format(
        "the macro {} gives signs, and no layer has \"bipolar\" outputs; set mode = \"exact\"",
        spec.name));
  }
  if (spec::has_thresholds(spec)) {
    // Every layer that the macro computes is whole, and its results are final.
  } else if (spec.output_mode != spec::OutputMode::exact) {
    reasons.push_back(fmt::format(
        "the macro {} has output mode {}: partial sums of a layer that is cut into tiles would not "
        "add up; set mode = \"exact\"",
        spec.name, spec::to_string(spec.output_mode)));
  } else if (spec.output_shift != 0) {
    reasons.push_back(fmt::format(
        "the macro {} drops {} low bits of every sum: partial sums of a layer that is cut into "
        "tiles would not add up; set shift = 0",
        spec.name, spec.output_shift));
  }

  if (reasons.empty()) return;
  std::string message = fmt::format("the network {} cannot run on this macro", network.name);
  for (const std::string& reason : reasons) message += "\n  " + reason;
  throw base::InputError(message);
}

NetworkReport run_network(const Network& network, tb::MacroEngine& engine,
                          const NetworkRunOptions& options) {
  const spec::MacroSpec& spec = engine.spec();
  require_network_fits(network, spec);
  const std::size_t images = options.images.value_or(network.images);
  if (images < 1 || images > network.images) {
    throw base::InputError(
        fmt::format("images must be between 1 and {}, which the network {} has, "
                    "got {}",
                    network.images, network.name, images));
  }

  NetworkReport report;
  report.network = network.name;
  report.macro = spec.name;
  report.images = images;
  report.is_approximate = !spec.approximation.is_exact();
  report.has_exact_sums = !spec::has_array(spec) && spec.approximation.is_exact();
  report.is_device_model = options.is_device_model;

  std::uint64_t total_tiles = 0;
  for (const Layer& layer : network.layers) {
    if (is_outside(layer, spec)) {
      report.outside.push_back(layer.name);
      continue;
    }
    total_tiles += tiles_along(layer.inputs, static_cast<std::size_t>(spec.rows)) *
                   tiles_along(layer.outputs, static_cast<std::size_t>(spec.columns));
  }
  Runner runner(engine, images, total_tiles, options, report);

  // Layer by layer over all images. What each layer gives to the next comes from the macro.
  std::vector<std::int32_t> codes = network.codes;
  codes.resize(images * network.inputs());
  for (const Layer& layer : network.layers) {
    if (spec::has_thresholds(spec)) {
      const std::vector<std::int64_t> exact = accumulate(layer, codes);
      if (!is_outside(layer, spec)) {
        codes = runner.signs(layer, codes);
        report.sum_mismatches += count_differences(codes, requantise(layer, exact));
      } else if (layer.output) {
        codes = requantise(layer, exact);
      } else {
        report.predictions = predict(layer, exact);
      }
      continue;
    }
    const std::vector<std::int64_t> sums = runner.accumulate(layer, codes);
    report.sum_mismatches += count_differences(sums, accumulate(layer, codes));
    if (layer.output) {
      codes = requantise(layer, sums);
    } else {
      report.predictions = predict(layer, sums);
    }
  }
  judge(network, report);
  return report;
}

std::string to_text(const NetworkReport& report) {
  std::string text = fmt::format("{} on {}: {} images, {} tiles\n", report.network, report.macro,
                                 report.images, report.tiles);
  if (report.correct) {
    text += fmt::format("  accuracy        {} of {} right, {:.2f} %\n", *report.correct,
                        report.images, 100.0 * report.accuracy());
    constexpr std::size_t widest = 20;  // classes, for a terminal
    if (report.confusion.size() <= widest) text += confusion_text(report.confusion);
  } else {
    text += "  accuracy        unknown: the network has no labels\n";
  }
  if (!report.outside.empty()) {
    text += fmt::format("  outside         {}: its outputs are no signs\n",
                        fmt::join(report.outside, ", "));
  }
  const std::uint64_t cycles = report.load_cycles + report.compute_cycles;
  if (report.is_device_model) {
    text += fmt::format("  engine time     {:.2f} s\n", report.engine_seconds);
  } else {
    text += fmt::format("  cycles          {} ({} to load weights, {} to compute)\n", cycles,
                        report.load_cycles, report.compute_cycles);
    text += fmt::format("  engine time     {:.2f} s, {:.3g} cycles/s\n", report.engine_seconds,
                        per_second(cycles, report.engine_seconds));
  }
  text += fmt::format("  MACs            {}, {:.3g} MACs/s\n", report.macs,
                      per_second(report.macs, report.engine_seconds));

  if (report.is_device_model) {
    return text +
           fmt::format("  exact sums      {} of {} outputs differ, {:.2f} %; RMS error {:.4g}\n",
                       report.mismatches, report.outputs,
                       report.outputs == 0 ? 0.0
                                           : 100.0 * static_cast<double>(report.mismatches) /
                                                 static_cast<double>(report.outputs),
                       report.rms_error());
  }
  if (report.passed()) {
    if (!report.has_exact_sums) {
      text +=
          fmt::format("  whole layers    {} sums differ from a plain matrix product: {}\n",
                      report.sum_mismatches,
                      report.is_approximate ? "the macro is approximate" : "the converters round");
    }
    return text + "  golden model    every output of the macro is equal, bit for bit\n";
  }
  text += fmt::format("  golden model    {} outputs of the macro DIFFER\n", report.mismatches);
  if (const auto& first = report.first_mismatch) {
    text += fmt::format(
        "  first mismatch  layer \"{}\", tile at row {} column {}, bank {}, image {}, column {} of "
        "the macro: expected {}, got {}\n",
        first->layer, first->first_row, first->first_column, first->bank, first->image,
        first->column, first->expected, first->got);
  }
  return text + fmt::format("  whole layers    {} sums DIFFER from a plain matrix product\n",
                            report.sum_mismatches);
}

std::string to_json(const NetworkReport& report) {
  using Json = nlohmann::ordered_json;
  const std::uint64_t cycles = report.load_cycles + report.compute_cycles;
  Json first = nullptr;
  if (const auto& m = report.first_mismatch) {
    first = {{"layer", m->layer},
             {"first_row", m->first_row},
             {"first_column", m->first_column},
             {"bank", m->bank},
             {"image", m->image},
             {"column", m->column},
             {"expected", m->expected},
             {"got", m->got}};
  }
  Json json = {
      {"passed", report.passed()},
      {"network", report.network},
      {"macro", report.macro},
      {"images", report.images},
      {"correct", report.correct ? Json(*report.correct) : Json(nullptr)},
      {"accuracy", report.correct ? Json(report.accuracy()) : Json(nullptr)},
      {"confusion", report.correct ? Json(report.confusion) : Json(nullptr)},
      {"tiles", report.tiles},
      {"load_cycles", report.load_cycles},
      {"compute_cycles", report.compute_cycles},
      {"cycles", cycles},
      {"seconds", report.engine_seconds},
      {"cycles_per_second", per_second(cycles, report.engine_seconds)},
      {"macs", report.macs},
      {"macs_per_second", per_second(report.macs, report.engine_seconds)},
      {"mismatches", report.mismatches},
      {"sum_mismatches", report.sum_mismatches},
      {"first_mismatch", first},
  };
  if (!report.outside.empty()) json["outside"] = report.outside;
  if (report.is_device_model) {
    json["outputs"] = report.outputs;
    json["rms_error"] = report.rms_error();
  }
  return json.dump(2) + "\n";
}

}  // namespace cimforge::flows
