// A whole analog macro: weights cut into slices and programmed, inputs taken in digits, an array
// with the errors of its devices, converters that several columns share, and the exact arithmetic
// that puts their codes together again. It computes what the RTL computes (rtl/cim_analog_lane.v),
// without clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "generator/device/device.h"
#include "generator/spec/spec.h"
#include "sim/analog/cell_array.h"
#include "sim/analog/converter.h"
#include "sim/analog/output_stage.h"

namespace cimforge::analog {

/// direct: each cell by one pulse from the lowest state. verified: each cell is read alone and gets
/// pulses until it is within the tolerance or its row has had program_retries of them.
enum class Programming { direct, verified };

/// What can be adjusted of a column (rtl/cim_analog_lane.v).
struct Trim {
  int offset = 0;   ///< 1/16 LSB, -2048 to 2047
  int gain = 4096;  ///< 1/4096, 0 to 8191
  int range = 0;    ///< an LSB is 2^range product units
  bool operator==(const Trim&) const = default;
};

struct MacroConfig {
  spec::MacroSpec
      spec;  ///< of Kind::analog; what it says of device and converter files is not read
  device::Device device;
  ConverterConfig converter;  ///< its errors; kind, bits and sign are those of the specification
  Effects effects;
  Programming programming = Programming::verified;
  std::uint64_t seed = 0;   ///< names the run
  std::uint32_t array = 0;  ///< names the macro in the run; below 2^27
};

/// What happened since the macro was made.
struct MacroCounts {
  std::uint64_t conversions = 0;  ///< of vectors
  std::uint64_t clipped = 0;      ///< of them, at an end of the converter's range
  std::uint64_t outputs = 0;
  std::uint64_t saturated = 0;  ///< of them: a conversion, a value or the output was clipped
  std::uint64_t faults = 0;     ///< cells that program-and-verify gave up
};

/// The array of cells of a macro. Throws base::InputError where operands and device do not go
/// together, or the converter is not that of the device.
ArrayConfig array_config(const MacroConfig& config);

/// The trim of a converter whose code of S is at_zero + per_unit S: gain and range together are
/// 1 / per_unit, with a gain between 0.7 and 1.4 where a range allows it. Throws base::InputError
/// for a line that has no place in the registers.
Trim trim_of_line(double at_zero, double per_unit, int range_most);

/// That of a string that is read by time, from the figures of its device; nothing otherwise.
std::optional<Trim> nominal_trim(const MacroConfig& config);

/// The converter without errors that a specification, analog or hybrid, asks for.
ConverterConfig ideal_converter(const spec::MacroSpec& spec);

/// One bank of weights. Its results depend on the configuration and the calls alone. One object is
/// used by one thread at a time.
class AnalogMacro {
 public:
  /// Every column has the specification's range. Throws base::InputError that names what the device
  /// cannot do or does not know.
  explicit AnalogMacro(MacroConfig config);

  [[nodiscard]] const spec::MacroSpec& spec() const { return config_.spec; }
  [[nodiscard]] const MacroCounts& counts() const { return counts_; }
  [[nodiscard]] CellArray& array() { return array_; }

  /// Programs rows x columns weights, row-major. Cells are read back under the conditions of now.
  void load(std::span<const std::int32_t> weights);

  /// CellArray::set_conditions().
  void set_conditions(double seconds, double kelvin) { array_.set_conditions(seconds, kelvin); }

  /// Any number of vectors: `inputs` is vectors x rows values of the input format, `outputs`
  /// vectors x columns. `saturated`, unless empty, gets 1 for each output that something was
  /// clipped for.
  void multiply(std::span<const std::int32_t> inputs, std::span<std::int64_t> outputs,
                std::span<char> saturated = {});

  [[nodiscard]] const Trim& trim(int column) const;
  /// A range past the largest is the largest. Throws base::InputError for a number that has no
  /// place in the registers.
  void set_trim(int column, const Trim& trim);
  [[nodiscard]] int reference_range() const { return reference_range_; }
  void set_reference_range(int range);

  /// Reads the vectors of `inputs` (vectors x rows) and gives each column, and the reference, the
  /// finest range at which at most the share `most_clipped` of its sums is clipped. Offsets and
  /// gains stay. Nothing changes where a range is no length of a step: strings read by time.
  void calibrate_ranges(std::span<const std::int32_t> inputs, double most_clipped = 1e-4);

  /// The weights that the cells stand for now, rows x columns, without white noise and wires: a
  /// perfect array has what was loaded.
  [[nodiscard]] std::vector<double> weights_now();

 private:
  /// One read of a step's rows into sums_: of digit `step`, or of the sign bits at the last one.
  void read_step(std::span<const std::int32_t> input, int step);
  [[nodiscard]] bool is_sign_step(int step) const { return has_sign_step_ && step == digits_; }
  /// The sum of a slice, of both devices.
  [[nodiscard]] double sum_of(std::size_t slice) const;
  /// A code of a sum, by the converter of a column.
  int convert(Converter& converter, double sum, int range, bool& overflow) const;
  /// A code in product units, trimmed; `fits` tells that it was not clamped.
  [[nodiscard]] std::int64_t value(std::int64_t code, const Trim& trim, bool& fits) const;
  [[nodiscard]] std::vector<int> levels_of(std::span<const std::int32_t> weights) const;
  void program_and_verify(int row, std::span<const int> levels);
  void check_vectors(std::span<const std::int32_t> inputs) const;

  MacroConfig config_;
  std::size_t rows_;
  std::size_t columns_;
  std::size_t slices_;   ///< of a weight
  std::size_t devices_;  ///< of a slice
  bool has_reference_;
  int reference_shift_ = 0;
  int reference_level_ = 0;
  int digits_;  ///< steps of the bits below the sign
  bool has_sign_step_;
  int range_most_;
  std::int64_t value_most_;  ///< of a trimmed code
  OutputStage output_;

  CellArray array_;
  std::vector<Converter> converters_;  ///< the last of the reference
  std::vector<Trim> trims_;
  int reference_range_;
  MacroCounts counts_;

  std::optional<StringModel> string_;  ///< where it is read by time

  // Of the step under way.
  std::vector<int> codes_;
  std::vector<double> sums_;
  std::vector<std::int64_t> accumulators_;
  std::vector<char> clipped_;
};

}  // namespace cimforge::analog
