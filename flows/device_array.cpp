#include "flows/device_array.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "generator/plan/analog.h"
#include "generator/spec/parts.h"
#include "generator/spec/range.h"
#include "sim/analog/cell_array.h"
#include "sim/analog/converter.h"

namespace cimforge::flows {
namespace {

using analog::CellArray;
using analog::Converter;

std::size_t words(std::size_t bits) {
  return (bits + 31) / 32;
}

/// One array behind one model.
class DeviceArray {
 public:
  explicit DeviceArray(const analog::MacroConfig& config)
      : spec_(config.spec),
        plan_(plan::plan_analog(spec_, spec::output_width(spec_))),
        cells_(analog::array_config(config)),
        sees_wires_in_verify_(config.programming == analog::Programming::verified) {
    const auto rows = static_cast<std::size_t>(spec_.rows);
    const auto columns = static_cast<std::size_t>(plan_.cell_columns);
    const auto converters = static_cast<std::size_t>(plan_.lanes);
    vectors_[CIM_ARRAY_ENABLE].resize(words(rows));
    vectors_[CIM_ARRAY_CODE].resize(words(rows * code_bits()));
    vectors_[CIM_ARRAY_RANGE].resize(words(converters * range_bits()));
    vectors_[CIM_ARRAY_SET].resize(words(columns));
    vectors_[CIM_ARRAY_RESET].resize(words(columns));
    vectors_[CIM_ARRAY_AMPLITUDE].resize(words(columns * cell_bits()));
    for (std::size_t i = 0; i < converters; ++i) {
      converters_.emplace_back(config.converter, config.seed, config.array,
                               static_cast<std::uint32_t>(i));
    }
    sums_.resize(columns);
    codes_.resize(converters);
    if (config.effects.time_readout) string_ = cells_.string();
  }

  [[nodiscard]] bool is_of(int rows, int cell_columns, int converters) const {
    return rows == spec_.rows && cell_columns == plan_.cell_columns && converters == plan_.lanes;
  }

  void put(int vector, int index, std::uint32_t word) {
    vectors_.at(static_cast<std::size_t>(vector)).at(static_cast<std::size_t>(index)) = word;
  }

  void conditions(std::uint32_t temperature, std::uint32_t elapsed) {
    if (conditions_ == std::pair{temperature, elapsed}) return;
    const bool is_first = !conditions_;
    conditions_ = {temperature, elapsed};
    constexpr double steps_in_kelvin = 64.0;
    double kelvin = temperature / steps_in_kelvin;
    // The pin cannot tell 25 C exactly.
    if (std::abs(kelvin - analog::kReferenceKelvin) < 1.0 / steps_in_kelvin) {
      kelvin = analog::kReferenceKelvin;
    }
    // As it was made: no change of the conditions.
    if (is_first && kelvin == analog::kReferenceKelvin && elapsed == 0) return;
    cells_.set_conditions(elapsed, kelvin);
  }

  void pulse(int row) {
    std::vector<int> amplitudes(sums_.size());
    for (std::size_t d = 0; d < amplitudes.size(); ++d) {
      const auto levels = static_cast<int>(field(CIM_ARRAY_AMPLITUDE, d, cell_bits()));
      amplitudes[d] = field(CIM_ARRAY_SET, d, 1) != 0     ? levels
                      : field(CIM_ARRAY_RESET, d, 1) != 0 ? -levels
                                                          : 0;
    }
    cells_.pulse(row, amplitudes);
  }

  void read() {
    std::vector<int> codes(static_cast<std::size_t>(spec_.rows));
    std::vector<bool> enabled(codes.size());
    bool all = true;
    for (std::size_t row = 0; row < codes.size(); ++row) {
      enabled[row] = field(CIM_ARRAY_ENABLE, row, 1) != 0;
      all = all && enabled[row];
      codes[row] = static_cast<int>(field(CIM_ARRAY_CODE, row, code_bits()));
    }
    const auto enabled_rows = std::count(enabled.begin(), enabled.end(), true);
    senses_ = spec_.weight.is_bipolar && !all;
    if (!sees_wires_in_verify_ && enabled_rows == 1 && enabled.size() > 1) {
      const auto row = std::find(enabled.begin(), enabled.end(), true) - enabled.begin();
      for (std::size_t d = 0; d < sums_.size(); ++d) {
        sums_[d] = codes[static_cast<std::size_t>(row)] *
                   cells_.weight(static_cast<int>(row), static_cast<int>(d));
      }
      return;
    }
    cells_.read(codes, all ? std::vector<bool>() : enabled, sums_);
  }

  void convert(int column, int slice, bool plus, bool minus, bool test, std::int32_t reference) {
    const int devices = plan_.devices;
    for (int lane = 0; lane < plan_.lanes; ++lane) {
      const auto at = static_cast<std::size_t>(lane);
      const bool is_reference = plan_.has_reference && lane == plan_.lanes - 1;
      const int of_macro = lane * plan_.columns_per_adc + column;
      // A converter with fewer columns, or slices, than the others has nothing to convert.
      const bool present = is_reference ? column == 0 && slice == 0 : of_macro < spec_.columns;
      codes_[at] = 0;
      if (!present && !test) continue;
      double sum = reference;
      double level = 0.0;
      if (!test) {
        const auto first = static_cast<std::size_t>(
            is_reference ? plan_.cell_columns - 1 : (of_macro * plan_.slices + slice) * devices);
        sum = plus ? sums_[first] : 0.0;
        if (devices == 2 && minus) sum -= sums_[first + 1];
        level = sum;
      }
      bool overflow = false;
      auto range = static_cast<int>(field(CIM_ARRAY_RANGE, at, range_bits()));
      if (string_) {
        sum = string_->steps(spec_.rows, sum);
        range = 0;
      }
      // A cell of a string is read by a sense amplifier.
      const int code = senses_ && !test ? static_cast<int>(std::lround(level))
                                        : converters_[at].convert(sum, range, overflow);
      const std::uint32_t mask = (std::uint32_t{1} << spec_.analog.adc_bits) - 1;
      codes_[at] = (static_cast<std::uint32_t>(code) & mask) |
                   (overflow ? std::uint32_t{1} << spec_.analog.adc_bits : 0);
    }
  }

  [[nodiscard]] std::uint32_t code(int converter) const {
    return codes_.at(static_cast<std::size_t>(converter));
  }

 private:
  [[nodiscard]] std::size_t code_bits() const {
    return static_cast<std::size_t>(spec_.input_bits_per_cycle);
  }
  [[nodiscard]] std::size_t cell_bits() const {
    return static_cast<std::size_t>(spec_.analog.cell_bits);
  }
  [[nodiscard]] std::size_t range_bits() const {
    return static_cast<std::size_t>(plan_.range_bits);
  }

  /// Field i of a vector of fields of up to 16 bits.
  [[nodiscard]] std::uint32_t field(int vector, std::size_t i, std::size_t bits) const {
    const std::vector<std::uint32_t>& from = vectors_[static_cast<std::size_t>(vector)];
    const std::size_t low = i * bits;
    std::uint64_t value = from[low / 32];
    if (low / 32 + 1 < from.size()) value |= std::uint64_t{from[low / 32 + 1]} << 32;
    return static_cast<std::uint32_t>(value >> (low % 32) & ((std::uint64_t{1} << bits) - 1));
  }

  spec::MacroSpec spec_;
  plan::AnalogPlan plan_;
  CellArray cells_;
  std::vector<Converter> converters_;
  std::array<std::vector<std::uint32_t>, CIM_ARRAY_VECTORS> vectors_;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> conditions_;
  bool sees_wires_in_verify_;
  std::optional<analog::StringModel> string_;  ///< where it is read by time
  bool senses_ = false;                        ///< the last read was of one row of strings
  std::vector<double> sums_;                   ///< of the last read, one a device column
  std::vector<std::uint32_t> codes_;
};

DeviceArray& array_of(void* array) {
  return *static_cast<DeviceArray*>(array);
}

}  // namespace

DeviceArrays::DeviceArrays(analog::MacroConfig config) : config_(std::move(config)) {
  config_.spec = spec::analog_part(config_.spec);
  DeviceArray{config_};  // complains at once
  hooks_.context = &config_;
  hooks_.open = [](void* context, int rows, int cell_columns, int converters) -> void* {
    auto array = std::make_unique<DeviceArray>(*static_cast<const analog::MacroConfig*>(context));
    if (!array->is_of(rows, cell_columns, converters)) {
      throw base::InputError(fmt::format(
          "the RTL is not of this specification: its array has {} x {} devices and {} converters",
          rows, cell_columns, converters));
    }
    return array.release();
  };
  hooks_.close = [](void* array) { delete static_cast<DeviceArray*>(array); };
  hooks_.put = [](void* array, int vector, int index, std::uint32_t word) {
    array_of(array).put(vector, index, word);
  };
  hooks_.conditions = [](void* array, std::uint32_t temperature, std::uint32_t elapsed) {
    array_of(array).conditions(temperature, elapsed);
  };
  hooks_.pulse = [](void* array, int row) { array_of(array).pulse(row); };
  hooks_.read = [](void* array) { array_of(array).read(); };
  hooks_.convert = [](void* array, int column, int slice, int plus, int minus, int test,
                      std::int32_t reference) {
    array_of(array).convert(column, slice, plus != 0, minus != 0, test != 0, reference);
  };
  hooks_.code = [](void* array, int converter) { return array_of(array).code(converter); };
}

}  // namespace cimforge::flows
