// Networks on the functional model of an analog or hybrid macro: devices, wires and converters with their
// errors, and no clock. Every tile of weights has a macro of its own, as on a chip that keeps a
// network: then "a month after programming" is the same for all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>

#include "generator/device/device.h"
#include "generator/spec/spec.h"
#include "sim/analog/hybrid.h"
#include "tb/macro_engine.h"

namespace cimforge::flows {

struct AnalogEngineOptions {
  device::Device device;
  analog::ConverterConfig converter;  ///< as analog_converter() gives it
  analog::Effects effects;
  analog::Programming programming = analog::Programming::verified;
  double seconds = 1.0;  ///< since programming, when vectors are multiplied
  double kelvin = analog::kReferenceKelvin;
  std::uint64_t seed = 1;
};

inline constexpr double kZeroCelsius = 273.15;  ///< in K

/// The device of a specification: `name` in place of its own unless empty. A file that the
/// specification names is looked for beside it.
device::Device analog_device(const spec::MacroSpec& spec, const std::filesystem::path& spec_file,
                             const std::string& name = "");

/// The converters of a specification. Throws base::InputError where the file that it names is of
/// another kind, width or sign.
analog::ConverterConfig analog_converter(const spec::MacroSpec& spec,
                                         const std::filesystem::path& spec_file);

/// Moments of what became of all weights of one value.
struct WeightMoments {
  std::uint64_t count = 0;
  double sum = 0.0;
  double squares = 0.0;  ///< of the weights as read

  [[nodiscard]] double mean() const;
  [[nodiscard]] double sigma() const;
};

class AnalogEngine final : public tb::MacroEngine {
 public:
  /// Throws base::InputError for a digital macro and for what the device cannot do.
  AnalogEngine(spec::MacroSpec spec, AnalogEngineOptions options);

  [[nodiscard]] const spec::MacroSpec& spec() const override { return spec_; }
  void load_weights(int bank, std::span<const std::int32_t> weights) override;
  void multiply(int bank, std::span<const std::int32_t> inputs,
                std::span<std::int64_t> outputs) override;
  [[nodiscard]] std::uint64_t cycles() const override { return 0; }

  /// Chooses the ranges of the weights that are loaded, by these vectors.
  void calibrate(std::span<const std::int32_t> inputs);

  [[nodiscard]] const AnalogEngineOptions& options() const { return options_; }
  [[nodiscard]] std::size_t calibrated() const { return calibrated_; }
  /// Of every column, where columns are strings that are read by time.
  [[nodiscard]] const std::optional<analog::Trim>& nominal() const { return nominal_; }
  /// Of all macros so far.
  [[nodiscard]] analog::MacroCounts counts() const;
  /// From now on weights are looked at as they are loaded.
  void watch_weights() { watches_ = true; }
  /// By the value that was asked for.
  [[nodiscard]] const std::map<std::int32_t, WeightMoments>& weights() const { return weights_; }

 private:
  spec::MacroSpec spec_;
  AnalogEngineOptions options_;
  std::optional<analog::HybridMacro> macro_;  ///< of the tile at hand
  std::uint32_t loads_ = 0;
  std::optional<analog::Trim> nominal_;
  std::size_t calibrated_ = 0;  ///< vectors that chose the ranges of the last tile
  analog::MacroCounts before_;  ///< of earlier tiles
  bool watches_ = false;
  std::map<std::int32_t, WeightMoments> weights_;
};

/// What the engine is and what happened in it, as text for a terminal and as JSON
/// (docs/networks.md).
std::string to_text(const AnalogEngine& engine);
nlohmann::ordered_json to_json(const AnalogEngine& engine);

}  // namespace cimforge::flows
