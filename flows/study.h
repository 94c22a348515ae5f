// A network on many devices: ideal, and with all effects some time after programming, at some
// temperatures; each with several seeds. Beside them the digital accuracy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "flows/analog_engine.h"
#include "flows/network.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

struct StudyOptions {
  std::vector<device::Device> devices;
  std::vector<double> seconds;  ///< since programming
  std::vector<double> celsius;
  int seeds = 3;
  std::uint64_t first_seed = 1;
  std::optional<std::size_t> images;  ///< run the first so many only
  std::size_t calibrate = 100;  ///< images that choose the converters' ranges; 0: as specified
  analog::Programming programming = analog::Programming::verified;
  analog::ConverterConfig converter;
  int jobs = 1;
  std::function<void(std::uint64_t done, std::uint64_t total)> on_progress;
  /// Called often, from several threads; an exception that it throws ends the study.
  std::function<void()> check_interrupt;
};

/// A device under one condition.
struct StudyCase {
  std::string device;
  int cell_bits = 1;      ///< the specification's, or fewer where the device has not so many levels
  bool is_ideal = false;  ///< without any effect, at no time and temperature
  double seconds = 0.0;
  double celsius = 25.0;
  std::string needs;  ///< why it was not run: a parameter that the device does not tell
  // With one element a seed:
  std::vector<double> accuracies;  ///< 0 to 1
  std::vector<double> rms_errors;  ///< of an output, against exact sums
  // Of all seeds:
  analog::MacroCounts counts;
  std::map<std::int32_t, WeightMoments> weights;  ///< as read, by the weight that was asked for

  [[nodiscard]] double mean() const;
  [[nodiscard]] double sigma() const;  ///< of the accuracies; 0 for one seed
};

struct Study {
  std::string network;
  std::string macro;
  std::size_t images = 0;
  double digital_accuracy = 0.0;
  StudyOptions options;
  std::vector<StudyCase> cases;  ///< of each device the ideal one, then by temperature and time
};

/// Throws base::InputError where the network has no labels or does not fit the macro.
Study run_study(const Network& network, const spec::MacroSpec& spec, const StudyOptions& options);

/// A table with a row for each device and temperature and a column for each time.
std::string to_markdown(const Study& study);
/// docs/networks.md documents the keys.
nlohmann::ordered_json to_json(const Study& study);

}  // namespace cimforge::flows
