#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/npy.h"
#include "generator/base/file.h"
#include "generator/base/hash.h"
#include "generator/base/version.h"
#include "generator/spec/floating.h"
#include "sim/floating.h"

namespace cimforge::cli {
namespace {

constexpr const char* manifest_name = "align.json";

/// The weights of a file, in the shape of the macro. Throws base::InputError.
std::vector<double> load_weights(const spec::MacroSpec& spec, const std::string& file) {
  const flows::NpyArray array = flows::load_npy(file);
  flows::require_dimensions(array, file, {"rows", "columns"});
  const std::vector<std::size_t> right = {static_cast<std::size_t>(spec.rows),
                                          static_cast<std::size_t>(spec.columns)};
  if (array.shape != right) {
    throw base::InputError(fmt::format("{}: the macro has the shape {}, the weights have {}", file,
                                       flows::shape_text(right), flows::shape_text(array.shape)));
  }
  std::vector<double> values;
  std::visit([&](const auto& data) { values.assign(data.begin(), data.end()); }, array.data);
  const number::Format format = sim::number_format(spec.weight);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_nan = std::isnan(values[i]);
    if (std::isfinite(values[i]) || (is_nan ? format.has_nan : format.has_infinity)) continue;
    throw base::InputError(fmt::format("{}: the weight of row {}, column {} is {}, and {} has none",
                                       file, i / right[1], i % right[1],
                                       is_nan ? "NaN" : "infinite", spec.weight.name()));
  }
  return values;
}

template <typename Element>
std::string npy(const std::vector<std::size_t>& shape, const std::vector<std::int32_t>& values) {
  std::vector<Element> elements(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) elements[i] = static_cast<Element>(values[i]);
  return flows::to_npy({shape, std::move(elements)});
}

/// Of the least type that holds numbers of so many bits.
std::string npy_of(const std::vector<std::size_t>& shape, const std::vector<std::int32_t>& values,
                   int bits, bool is_signed) {
  if (is_signed)
    return bits <= 8 ? npy<std::int8_t>(shape, values) : npy<std::int16_t>(shape, values);
  return bits <= 8 ? npy<std::uint8_t>(shape, values) : npy<std::uint16_t>(shape, values);
}

}  // namespace

void add_align(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, weights, output, json;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "align", "Real weights as codes, scales and aligned integers of a floating macro");
  add_spec(*command, options->spec);
  command->add_option("WEIGHTS", options->weights, "Matrix rows x columns, a .npy file of NumPy")
      ->required();
  command->add_option("-o,--output", options->output, "Directory to write")
      ->type_name("DIR")
      ->required();
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = load_specification(options->spec);
      if (spec.kind != spec::Kind::floating) {
        throw base::InputError(
            fmt::format("{}: kind is \"{}\": only the weights of a \"floating\" macro are aligned",
                        options->spec, spec::to_string(spec.kind)));
      }
      require_writable(options->json);
      require_output(options->output, manifest_name);
      const sim::AlignedWeights made =
          sim::align_weights(spec, load_weights(spec, options->weights));

      const auto rows = static_cast<std::size_t>(spec.rows);
      const auto columns = static_cast<std::size_t>(spec.columns);
      const auto blocks = static_cast<std::size_t>(spec::blocks_of(spec));
      base::FileSet files;
      files["codes.npy"] =
          npy_of({rows, columns}, made.codes, spec.weight.bits,
                 spec.weight.element == spec::Element::integer && spec.weight.is_signed);
      if (!made.scales.empty()) {
        files["scales.npy"] = npy_of({blocks, columns}, made.scales, 8, false);
      }
      if (!made.aligned.empty()) {
        files["aligned.npy"] =
            npy_of({rows, columns}, made.aligned, spec::aligned_weight(spec).format.bits, true);
      }
      if (!made.classes.empty()) {
        files["classes.npy"] = npy_of({rows, columns}, made.classes, 3, false);
      }

      nlohmann::ordered_json manifest;
      manifest["cimforge"] = base::version();
      manifest["specification_sha256"] = base::sha256(spec::to_toml(spec));
      manifest["name"] = spec.name;
      manifest["format"] = spec.weight.name();
      manifest["block_rows"] = spec.floating.block_rows;
      manifest["saturated"] = made.saturated;
      const double error = made.squares > 0 ? std::sqrt(made.error_squares / made.squares) : 0.0;
      manifest["relative_error"] = error;
      for (const auto& [path, content] : files) manifest["files"][path] = base::sha256(content);
      files[manifest_name] = manifest.dump(2) + "\n";
      base::write_directory_atomically(options->output, files, manifest_name);
      std::string text =
          fmt::format("{}: {} weights as {} are in {}, off by {:.3g} of their root mean square",
                      spec.name, rows * columns, spec.weight.name(), options->output, error);
      if (made.saturated > 0) {
        text += fmt::format("\n{} weights are past the largest of the format and became it",
                            made.saturated);
      }
      give(text, manifest, options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
