// Analog-to-digital converters with the errors of their circuits: gain, offset, noise, INL, and the
// capacitors and the amplifier of a SAR. See docs/analog_model.md.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generator/base/diagnostic.h"

namespace cimforge::analog {

enum class Kind {
  flash,  ///< one comparator for each threshold
  ramp,   ///< one comparator and a ramp that visits the thresholds
  sar,    ///< successive approximation with a capacitor array
  time,   ///< time-to-digital: a counter that runs until the signal arrives
};
std::string_view to_string(Kind kind);
std::optional<Kind> kind_of(std::string_view name);

struct ConverterConfig {
  Kind kind = Kind::flash;
  int bits = 8;  ///< 1 to 16
  bool is_signed = false;
  double gain_error = 0.0;  ///< relative, more than -1
  double offset_lsb = 0.0;
  double noise_lsb = 0.0;  ///< standard deviation of the comparator's noise
  double mismatch = 0.0;   ///< sar: standard deviation of the unit capacitor, relative
  double loop_gain = std::numeric_limits<double>::infinity();  ///< sar: A beta, more than 0
  /// 2^bits shifts of the thresholds in LSB, of which the first is not used; or empty: none.
  std::vector<double> inl = {};
};

/// The least and the most bits of a converter.
inline constexpr int kFewestBits = 1;
inline constexpr int kMostBits = 16;

/// Reads a converter from TOML: kind, bits, signed, gain_error, offset, noise, mismatch, loop_gain,
/// and inl or dnl. Mistakes are added to `diagnostics`, all at once and with their place; the
/// result is usable if there are none.
ConverterConfig parse_converter(std::string_view toml, const std::string& file,
                                base::Diagnostics& diagnostics);

/// A converter of a file. Throws base::InputError with every mistake.
ConverterConfig load_converter(const std::string& file);

/// Clock cycles of one conversion.
int conversion_cycles(Kind kind, int bits);

/// One converter, with its own errors. It counts its conversions: its noise is that of the count.
class Converter {
 public:
  /// `seed` and `array` are those of the array that it reads; `index` (below 2^27) its number
  /// there. Throws base::InputError that names what is wrong with the configuration.
  Converter(ConverterConfig config, std::uint64_t seed, std::uint32_t array, std::uint32_t index);

  /// The code of x (product units), one step being 2^range_shift (0 to 62) of them: 0 to 2^bits - 1
  /// or, signed, -2^(bits-1) to 2^(bits-1) - 1. Overflow tells that x with its errors is outside of
  /// the range; the code is then the end of it. Throws base::InputError for an x that is not finite
  /// and for a shift out of range.
  int convert(double x_in_product_units, int range_shift, bool& overflow);

  [[nodiscard]] const ConverterConfig& config() const { return config_; }
  [[nodiscard]] std::uint64_t conversions() const { return conversions_; }  ///< so far

 private:
  [[nodiscard]] int count_thresholds(double e) const;
  [[nodiscard]] int approximate(double e) const;

  ConverterConfig config_;
  std::uint64_t seed_;
  std::uint32_t noise_array_;
  std::uint32_t index_;
  std::uint64_t conversions_ = 0;
  int codes_ = 0;                   ///< 2^bits
  std::vector<double> thresholds_;  ///< with INL, sorted; empty where they are i - 1/2
  std::vector<double> weights_;     ///< sar: of the bits, in LSB, the lowest first
};

}  // namespace cimforge::analog
