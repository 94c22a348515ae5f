// Memory devices of analog arrays: parameters with unit, valid range, source and how sure they are.
// Presets travel inside the program; a user's own device is a TOML file of the same form
// (docs/devices.md).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generator/base/diagnostic.h"

namespace cimforge::device {

/// How sure a parameter is.
enum class Status {
  published,  ///< measured, and read in the publication itself or in its abstract
  fitted,     ///< a fit to measured data, as a public simulator of the authors or others has it
  assumed,    ///< a round default of public simulators, or a definition: no measurement
  required,   ///< no trustworthy figure is known: it has no value, and the user has to give one
};
std::string_view to_string(Status status);

/// What a parameter means, the same for all devices.
struct ParameterInfo {
  std::string_view name;
  std::string_view unit;   ///< of every value; `1` for a pure number
  std::size_t fewest = 1;  ///< values
  std::size_t most = 1;
  double least = 0.0;  ///< physically possible; the device's own range is within
  double greatest = 0.0;
  std::string_view effect;   ///< `cell`, `programming`, `read noise`, `drift`, ...
  std::string_view meaning;  ///< with the formula in which it stands
};

/// Every parameter that a device may have, in the order of the listing.
const std::vector<ParameterInfo>& parameter_table();
const ParameterInfo* find_parameter(std::string_view name);

struct Parameter {
  std::vector<double> values;  ///< in the unit of its info; empty if required
  double low = 0.0;            ///< valid range of each value, as far as the source goes
  double high = 0.0;
  Status status = Status::required;
  std::string source;
  base::SourceLocation location;  ///< of the value, for messages
};

/// What a device computes with, and which parameters it cannot do without.
struct Family {
  std::string_view name;
  std::string_view meaning;
  std::vector<std::string_view> needs;
};
const std::vector<Family>& family_table();
const Family* find_family(std::string_view name);

struct Device {
  std::string name;
  std::string title;
  std::string family;  ///< name of a row of family_table()
  std::map<std::string, Parameter, std::less<>> parameters;

  [[nodiscard]] bool has(std::string_view parameter) const;  ///< with a value
  /// The values of a parameter. Throws base::InputError that names device and parameter where it
  /// has none: nothing stands in for a figure that nobody knows.
  [[nodiscard]] const std::vector<double>& values(std::string_view parameter) const;
  [[nodiscard]] double value(std::string_view parameter) const;  ///< of a single one
  /// The parameters that have no value.
  [[nodiscard]] std::vector<std::string> missing() const;
};

/// Reads a device from TOML. `base = "preset"` starts from a preset, whose parameters are then
/// replaced one by one. Mistakes are added to `diagnostics`, all at once and with their place; the
/// result is usable if there are none.
Device parse(std::string_view toml, const std::string& file, base::Diagnostics& diagnostics);

/// A preset by its name, or else the file of that name if it ends in `.toml`. Throws
/// base::InputError with every mistake, or with the nearest name of a preset.
Device load(const std::string& name_or_file);

/// Names of the presets, sorted.
std::vector<std::string> preset_names();

}  // namespace cimforge::device
