// Devices for the tests of this room: presets, and effects put on and taken off one by one.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "generator/device/device.h"

namespace cimforge::reference::test {

/// Gives a parameter a value, whatever the device says of it.
inline device::Device with(device::Device device, const std::string& name,
                           std::vector<double> values) {
  device::Parameter& parameter = device.parameters[name];
  parameter.values = std::move(values);
  parameter.status = device::Status::assumed;
  return device;
}

/// Takes effects off.
inline device::Device without(device::Device device,
                              std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) device.parameters.erase(std::string(name));
  return device;
}

/// Conductances from `low` to `high` uS and no effect.
inline device::Device ideal_device(double low, double high, int levels) {
  device::Device device;
  device.name = "ideal";
  device.family = "reram";
  device = with(device, "g_min", {low});
  device = with(device, "g_max", {high});
  return with(device, "levels", {static_cast<double>(levels)});
}

}  // namespace cimforge::reference::test
