// Converters: ideal transfer, thresholds with INL, capacitors of a SAR, noise, and bad input.
#include "sim/analog/converter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "tests/analog/samples.h"
#include "tests/catch.h"

namespace cimforge::analog::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr Kind kKinds[] = {Kind::flash, Kind::ramp, Kind::sar, Kind::time};

Converter make(const ConverterConfig& config, std::uint32_t index = 0) {
  return {config, kSeed, kArray, index};
}

struct Result {
  int code = 0;
  bool overflow = false;
};

Result convert(Converter& converter, double x, int shift = 0) {
  Result result;
  result.code = converter.convert(x, shift, result.overflow);
  return result;
}

base::Diagnostics mistakes(const std::string& text) {
  base::Diagnostics diagnostics;
  parse_converter(text, "adc.toml", diagnostics);
  return diagnostics;
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const base::InputError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("an ideal converter of any kind rounds, a half upwards, and tells what is outside") {
  for (const Kind kind : kKinds) {
    for (const int bits : {1, 3, 8}) {
      for (const bool is_signed : {false, true}) {
        INFO(fmt::format("{} of {} bits, signed {}", to_string(kind), bits, is_signed));
        Converter converter = make({.kind = kind, .bits = bits, .is_signed = is_signed});
        const int bottom = is_signed ? -(1 << (bits - 1)) : 0;
        const int top = bottom + (1 << bits) - 1;
        std::uint64_t conversions = 0;
        for (const int shift : {0, 1, 4}) {
          const int step = 1 << shift;
          for (int product = (bottom - 2) * step; product <= (top + 2) * step; ++product) {
            const double x = static_cast<double>(product) / step;
            const auto [code, overflow] = convert(converter, product, shift);
            CHECK(code == std::clamp(static_cast<int>(std::floor(x + 0.5)), bottom, top));
            CHECK(overflow == (x < bottom - 0.5 || x >= top + 0.5));
            CHECK(converter.conversions() == ++conversions);
          }
        }
      }
    }
  }
}

TEST_CASE("a value just below a threshold is below it") {
  for (const Kind kind : kKinds) {
    Converter converter = make({.kind = kind, .bits = 4});
    for (int code = 1; code < 16; ++code) {
      CHECK(convert(converter, std::nextafter(code - 0.5, 0.0)).code == code - 1);
      CHECK(convert(converter, code - 0.5).code == code);
    }
  }
}

TEST_CASE("gain and offset come before the thresholds, and act from the bottom of the range") {
  Converter converter = make({.bits = 6, .gain_error = 0.1, .offset_lsb = -1.25});
  for (double x = 0.0; x < 60.0; x += 0.3) {
    const double e = x * 1.1 - 1.25;
    const auto [code, overflow] = convert(converter, x);
    CHECK(code == std::clamp(static_cast<int>(std::floor(e + 0.5)), 0, 63));
    CHECK(overflow == (e < -0.5 || e >= 63.5));
  }
  Converter with_sign = make({.bits = 6, .is_signed = true, .gain_error = -0.1});
  CHECK(convert(with_sign, -32.0).code == -32);
  CHECK(convert(with_sign, 28.0).code == 54 - 32);
}

TEST_CASE("thresholds of flash, ramp and time are moved by their INL, and counted") {
  const std::vector<double> inl = {9.0, 0.25, -0.4, 2.0, 0.0, 0.0, -0.25, 0.0};
  for (const Kind kind : {Kind::flash, Kind::ramp, Kind::time}) {
    Converter converter = make({.kind = kind, .bits = 3, .inl = inl});
    for (double x = -0.5; x < 7.5; x += 1.0 / 64) {
      int code = 0;
      for (std::size_t i = 1; i < 8; ++i) {
        if (static_cast<double>(i) - 0.5 + inl[i] <= x) ++code;
      }
      CHECK(convert(converter, x).code == code);
      CHECK_FALSE(convert(converter, x).overflow);
    }
  }
  Converter sar = make({.kind = Kind::sar, .bits = 3, .inl = inl});
  for (double x = -0.5; x < 7.5; x += 1.0 / 64) {
    const double nearest = std::clamp(std::floor(x + 0.5), 0.0, 7.0);
    const double moved = x - inl[static_cast<std::size_t>(nearest)];
    CHECK(convert(sar, x).code == static_cast<int>(std::clamp(std::floor(moved + 0.5), 0.0, 7.0)));
  }
}

TEST_CASE("a SAR weighs with its capacitors") {
  const int bits = 7;
  ConverterConfig config{.kind = Kind::sar, .bits = bits, .mismatch = 0.1, .loop_gain = 50.0};
  std::vector<std::vector<int>> codes_of;
  for (const std::uint32_t index : {0U, 5U}) {
    Converter converter = make(config, index);
    std::vector<double> weights;
    double sum = 0.0;
    for (int n = 0; n < bits; ++n) {
      weights.push_back(std::exp2(n) +
                        0.1 * std::exp2(n / 2.0) * z(9, 32 * index + static_cast<unsigned>(n), 0));
      sum += weights.back();
    }
    for (double& each : weights) each *= 127 / sum / (1 + 1 / 50.0);
    std::vector<int> codes;
    for (double x = -0.5; x < 127.5; x += 0.25) {
      int code = 0;
      double kept = 0.0;
      for (int n = bits; n-- > 0;) {
        const double next = kept + weights[static_cast<std::size_t>(n)];
        if (next - 0.5 > x) continue;
        kept = next;
        code += 1 << n;
      }
      codes.push_back(code);
      CHECK(convert(converter, x).code == code);
    }
    codes_of.push_back(codes);
  }
  CHECK_FALSE(codes_of[0] == codes_of[1]);

  // Without a mismatch it is a flash.
  Converter sar = make({.kind = Kind::sar, .bits = 10});
  Converter flash = make({.kind = Kind::flash, .bits = 10});
  for (double x = -3.0; x < 1030.0; x += 0.125) {
    const auto a = convert(sar, x);
    const auto b = convert(flash, x);
    CHECK((a.code == b.code && a.overflow == b.overflow));
  }
}

TEST_CASE("comparator noise is of the converter and of the count of its conversions") {
  const ConverterConfig config{.bits = 16, .noise_lsb = 100.0};
  Converter converter = make(config, 3);
  Moments moments;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const double e = 3e4 + 100.0 * z(8, 3, i);
    const int code = convert(converter, 3e4).code;
    REQUIRE(code == static_cast<int>(std::floor(e + 0.5)));
    moments.add(code);
  }
  CHECK(std::abs(moments.mean_error(3e4, 100.0)) < 5.0);
  CHECK(std::abs(moments.sigma_error(100.0)) < 5.0);
  Converter again = make(config, 3);
  Converter other = make(config, 4);
  CHECK(convert(again, 3e4).code == static_cast<int>(std::floor(3e4 + 100.0 * z(8, 3, 0) + 0.5)));
  CHECK_FALSE(convert(other, 3e4).code ==
              static_cast<int>(std::floor(3e4 + 100.0 * z(8, 3, 0) + 0.5)));
}

TEST_CASE("conversions take their cycles") {
  CHECK(conversion_cycles(Kind::flash, 6) == 1);
  CHECK(conversion_cycles(Kind::sar, 6) == 6);
  CHECK(conversion_cycles(Kind::ramp, 6) == 64);
  CHECK(conversion_cycles(Kind::time, 6) == 64);
  for (const Kind kind : kKinds) CHECK(kind_of(to_string(kind)) == kind);
  CHECK_FALSE(kind_of("pipeline"));
}

TEST_CASE("a converter is read from TOML") {
  base::Diagnostics diagnostics;
  const ConverterConfig sar = parse_converter(
      "kind = \"sar\"\nbits = 2\nsigned = true\ngain_error = 0.01\noffset = -0.5\nnoise = 0.2\n"
      "mismatch = 0.03\nloop_gain = 1000\ninl = [0, 0.1, 0.2, -0.1]\n",
      "adc.toml", diagnostics);
  CHECK(base::to_string(diagnostics).empty());
  CHECK(sar.kind == Kind::sar);
  CHECK(sar.bits == 2);
  CHECK(sar.is_signed);
  CHECK(sar.gain_error == 0.01);
  CHECK(sar.offset_lsb == -0.5);
  CHECK(sar.noise_lsb == 0.2);
  CHECK(sar.mismatch == 0.03);
  CHECK(sar.loop_gain == 1000.0);
  CHECK(sar.inl == std::vector<double>{0, 0.1, 0.2, -0.1});
  const ConverterConfig flash = parse_converter(
      "kind = \"flash\"\nbits = 2\ndnl = [0, 0.5, -0.25, 0.25]\n", "adc.toml", diagnostics);
  CHECK(diagnostics.empty());
  CHECK(flash.inl == std::vector<double>{0, 0.5, 0.25, 0.5});
  CHECK(flash.loop_gain == std::numeric_limits<double>::infinity());
}

TEST_CASE("a mistake in a converter's file is told with its place and its code") {
  struct Mistake {
    std::string text;
    std::string code;
    int line;
    std::string part;
  };
  const std::string head = "kind = \"sar\"\nbits = 2\n";
  const std::vector<Mistake> all = {
      {"bits = 2\n", "no-kind", 1, "flash"},
      {"kind = \"sar\"\n", "no-bits", 1, "1 to 16"},
      {"kind = \"sra\"\nbits = 2\n", "unknown-value", 1, "did you mean 'sar'?"},
      {"kind = 3\nbits = 2\n", "wrong-type", 1, "kind"},
      {"kind = \"sar\"\nbits = 0\n", "bits-out-of-range", 2, "got 0"},
      {"kind = \"sar\"\nbits = 17\n", "bits-out-of-range", 2, "got 17"},
      {"kind = \"sar\"\nbits = 2.0\n", "wrong-type", 2, "whole"},
      {head + "gian_error = 0\n", "unknown-key", 3, "did you mean 'gain_error'?"},
      {head + "[spectrum]\n", "unknown-key", 3, "known are kind"},
      {head + "signed = 1\n", "wrong-type", 3, "true or false"},
      {head + "gain_error = -1\n", "empty-range", 3, "more than -1"},
      {head + "gain_error = nan\n", "not-a-number", 3, "gain_error"},
      {head + "offset = inf\n", "not-a-number", 3, "offset"},
      {head + "offset = \"2\"\n", "not-a-number", 3, "offset"},
      {head + "noise = -0.1\n", "negative-sigma", 3, "-0.1"},
      {head + "mismatch = -1\n", "negative-sigma", 3, "mismatch"},
      {head + "loop_gain = 0\n", "impossible", 3, "loop_gain"},
      {"kind = \"flash\"\nbits = 2\nmismatch = 0.1\n", "not-of-this-kind", 3, "a flash has none"},
      {"kind = \"ramp\"\nbits = 2\nloop_gain = 10\n", "not-of-this-kind", 3, "a ramp has none"},
      {head + "inl = 0.1\n", "wrong-type", 3, "array"},
      {head + "inl = [0, 0, 0]\n", "wrong-count", 3, "4 numbers, one for each code, got 3"},
      {head + "inl = [0, 0,\n nan, 0]\n", "not-a-number", 4, "inl[2]"},
      {head + "dnl = [0, 0, 0, 0, 0]\n", "wrong-count", 3, "got 5"},
      {head + "dnl = [1e308, 1e308, 0, 0]\n", "not-a-number", 3, "sum"},
      {head + "inl = [0, 0, 0, 0]\ndnl = [0, 0, 0, 0]\n", "two-tables", 4, "one of them"},
      {head + "inl = [0, 0\n", "toml-syntax", 3, "not TOML"},
  };
  for (const Mistake& each : all) {
    INFO(each.text);
    const base::Diagnostics found = mistakes(each.text);
    INFO(base::to_string(found));
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == each.code);
    CHECK(found[0].location.file == "adc.toml");
    CHECK(found[0].location.line == each.line);
    CHECK(found[0].location.column > 0);
    CHECK_THAT(found[0].message, Catch::Contains(each.part));
  }
  CHECK(mistakes(head + "noise = -1\noffset = nan\nbist = 2\n").size() == 3);
  CHECK(mistakes(std::string(1 << 23, ' '))[0].code == "too-long");
  CHECK(mistakes("a = " + std::string(100000, '['))[0].code == "too-long");
  CHECK(mistakes(std::string("kind = \"sar\"\0", 13))[0].code == "not-text");

  const base::TemporaryDirectory directory("cimforge-converter");
  const std::string file = directory.path() / "adc.toml";
  base::write_file_atomically(file, head + "noise = -1\n");
  CHECK_THAT(refusal([&] { (void)load_converter(file); }),
             Catch::Contains("adc.toml:3:9: error:") && Catch::Contains("[negative-sigma]"));
  base::write_file_atomically(file, head);
  CHECK(load_converter(file).kind == Kind::sar);
  CHECK_THAT(refusal([&] { (void)load_converter(directory.path() / "none.toml"); }),
             Catch::Contains("none.toml"));
}

TEST_CASE("a converter without a right configuration is refused, and input that is no number") {
  const auto message = [](const ConverterConfig& config, std::uint32_t index = 0) {
    return refusal([&] { (void)make(config, index); });
  };
  CHECK(message({}) == "accepted");
  CHECK_THAT(message({.bits = 0}), Catch::Contains("bits"));
  CHECK_THAT(message({.bits = 17}), Catch::Contains("bits"));
  CHECK_THAT(message({.gain_error = kNan}), Catch::Contains("gain_error"));
  CHECK_THAT(message({.gain_error = -2.0}), Catch::Contains("gain_error"));
  CHECK_THAT(message({.offset_lsb = kNan}), Catch::Contains("offset"));
  CHECK_THAT(message({.noise_lsb = -1.0}), Catch::Contains("noise"));
  CHECK_THAT(message({.mismatch = kNan}), Catch::Contains("mismatch"));
  CHECK_THAT(message({.loop_gain = kNan}), Catch::Contains("loop_gain"));
  CHECK_THAT(message({.bits = 2, .inl = {0, 0, 0}}), Catch::Contains("inl"));
  CHECK_THAT(message({.bits = 1, .inl = {0, kNan}}), Catch::Contains("inl[1]"));
  CHECK_THAT(message({}, 1U << 27U), Catch::Contains("number"));

  Converter converter = make({});
  CHECK_THAT(refusal([&] { (void)convert(converter, kNan); }), Catch::Contains("nan"));
  CHECK_THAT(refusal([&] { (void)convert(converter, 1.0, -1); }), Catch::Contains("shift"));
  CHECK_THAT(refusal([&] { (void)convert(converter, 1.0, 63); }), Catch::Contains("shift"));
  CHECK(converter.conversions() == 0);
  const auto [code, overflow] = convert(converter, 1e300);
  CHECK(code == 255);
  CHECK(overflow);
}

}  // namespace cimforge::analog::test
