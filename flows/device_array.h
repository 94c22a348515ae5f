// The device model behind the array of a Verilated analog macro: what its DPI-C functions call
// (tb/array_hooks.h).
#pragma once

#include <memory>

#include "sim/analog/macro.h"
#include "tb/array_hooks.h"

namespace cimforge::flows {

/// Makes an array for each model, all alike: same devices, same noise. Must outlive them.
class DeviceArrays {
 public:
  /// Programming is the RTL's. What it reads of one row is what the array gives, wires and all,
  /// with Programming::verified, which with wires takes a factorisation a row; with
  /// Programming::direct the state of the cells themselves. Throws base::InputError that names what
  /// the device cannot do or does not know.
  explicit DeviceArrays(analog::MacroConfig config);

  [[nodiscard]] const cim_array_hooks& hooks() const { return hooks_; }

 private:
  analog::MacroConfig config_;
  cim_array_hooks hooks_{};
};

}  // namespace cimforge::flows
