// Devices as text and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "generator/device/device.h"

namespace cimforge::device {

/// A line for each device: family, range, how many parameters of each status.
std::string list_text(const std::vector<Device>& devices);
/// Every parameter of one: value, unit, range, status, source, meaning.
std::string to_text(const Device& device);
/// Every parameter that there is.
std::string parameters_text();

/// Keys: name, title, family, missing, parameters (name -> value or null, unit, range, status,
/// source, effect, meaning).
nlohmann::ordered_json to_json(const Device& device);

}  // namespace cimforge::device
