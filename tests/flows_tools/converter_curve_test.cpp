// Curves of converters, against what their errors must make of them.
#include "flows/converter_curve.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "tests/catch.h"

namespace cimforge::flows {
namespace {

analog::ConverterConfig config_of(analog::Kind kind, int bits, bool is_signed) {
  analog::ConverterConfig config;
  config.kind = kind;
  config.bits = bits;
  config.is_signed = is_signed;
  return config;
}

double largest(const std::vector<double>& values) {
  double most = 0.0;
  for (const double each : values) most = std::max(most, std::abs(each));
  return most;
}

}  // namespace

TEST_CASE("an ideal converter has its thresholds on halves and no errors") {
  for (const analog::Kind kind : {analog::Kind::flash, analog::Kind::sar}) {
    for (const int bits : {1, 2, 8}) {
      for (const bool is_signed : {false, true}) {
        INFO(analog::to_string(kind) << ", " << bits << " bits, signed " << is_signed);
        const ConverterCurve curve = measure_curve(config_of(kind, bits, is_signed), 1, 0);
        const int codes = 1 << bits;
        CHECK(curve.first_code == (is_signed ? -codes / 2 : 0));
        REQUIRE(curve.thresholds.size() == static_cast<std::size_t>(codes - 1));
        for (std::size_t i = 0; i < curve.thresholds.size(); ++i) {
          CHECK(curve.thresholds[i] == curve.first_code + static_cast<double>(i) + 0.5);
        }
        CHECK(curve.low_end == curve.first_code - 0.5);
        CHECK(curve.high_end == curve.first_code + codes - 0.5);
        CHECK(largest(curve.inl) == 0.0);
        CHECK(largest(curve.dnl) == 0.0);
        CHECK(curve.dnl.size() == static_cast<std::size_t>(codes - 2));
        CHECK(curve.gain_error == 0.0);
        CHECK(curve.offset == 0.0);
      }
    }
  }
}

TEST_CASE("gain and offset are told apart from the INL, and noise is left out") {
  analog::ConverterConfig config = config_of(analog::Kind::flash, 6, true);
  config.gain_error = 0.02;
  config.offset_lsb = 0.7;
  config.noise_lsb = 3.0;
  const ConverterCurve curve = measure_curve(config, 1, 0);
  CHECK(curve.gain_error == Approx(0.02).margin(1e-5));
  CHECK(largest(curve.inl) == Approx(0.0).margin(1e-5));
  CHECK(largest(curve.dnl) == Approx(0.0).margin(1e-5));
  // e = (x + 32) 1.02 + 0.7 reaches 1/2 first.
  CHECK(curve.thresholds.front() == Approx(-0.2 / 1.02 - 32.0).margin(1e-5));
  CHECK(curve.low_end == Approx(-1.2 / 1.02 - 32.0));
  CHECK(curve.high_end == Approx(62.8 / 1.02 - 32.0));
}

TEST_CASE("an INL table comes back, and a code without width has a DNL of -1") {
  analog::ConverterConfig config = config_of(analog::Kind::ramp, 3, false);
  config.inl = {0.0, 0.0, 0.25, -0.25, 0.5, -0.5, 0.125, 0.0};
  const ConverterCurve curve = measure_curve(config, 1, 0);
  // Thresholds 4 and 5 are both at 4.
  const std::vector<double> inl = {0.0, 0.25, -0.25, 0.5, -0.5, 0.125, 0.0};
  REQUIRE(curve.inl.size() == inl.size());
  for (std::size_t i = 0; i < inl.size(); ++i) {
    INFO(i);
    CHECK(curve.inl[i] == Approx(inl[i]).margin(1e-5));
  }
  CHECK(curve.dnl[3] == -1.0);
}

TEST_CASE("converters of a SAR with mismatch differ, and agree with themselves") {
  analog::ConverterConfig config = config_of(analog::Kind::sar, 8, false);
  config.mismatch = 0.05;
  const ConverterCurve first = measure_curve(config, 1, 0);
  CHECK(first.thresholds == measure_curve(config, 1, 0).thresholds);
  CHECK(first.thresholds != measure_curve(config, 1, 1).thresholds);
  CHECK(first.thresholds != measure_curve(config, 2, 0).thresholds);
  CHECK(largest(first.inl) > 0.01);
  CHECK(std::ranges::is_sorted(first.thresholds));
}

}  // namespace cimforge::flows
