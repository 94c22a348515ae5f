// Number formats against another implementation: number_golden.txt, made by number_golden.py with
// NumPy and ml_dtypes.
#include "sim/number.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "generator/spec/floating.h"
#include "sim/floating.h"
#include "tests/catch.h"

namespace cimforge::tests {
namespace {

using number::Format;
using number::Overflow;

/// FNV-1a, 64 bits, of integers of so many bytes, low byte first.
class Hash {
 public:
  void add(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i, value >>= 8) hash_ = (hash_ ^ (value & 255)) * 0x100000001b3U;
  }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

Format format_of(const std::string& name) {
  for (const spec::IntegerFormat& format : spec::floating_formats()) {
    if (format.name() == name) return sim::number_format(format);
  }
  FAIL("no format " << name);
  return {};
}

bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

/// The values that number_golden.py encodes.
std::vector<float> values_to_encode(const Format& format) {
  const auto value = [&](std::int32_t code) { return number::value_of(format, code); };
  const std::int32_t last = number::largest_code(format);
  std::vector<float> values;
  for (std::int32_t code = 0; code <= last; ++code) {
    const double above =
        code < last ? value(code + 1) : value(last) + (value(last) - value(last - 1));
    const auto middle = static_cast<float>((value(code) + above) / 2);
    values.push_back(static_cast<float>(value(code)));
    values.push_back(middle);
    values.push_back(std::nextafter(middle, 0.0F));
    values.push_back(std::nextafter(middle, std::numeric_limits<float>::infinity()));
  }
  values.push_back(std::ldexp(1.0F, -149));
  values.push_back(static_cast<float>(2 * value(last)));
  values.push_back(std::numeric_limits<float>::infinity());
  if (format.has_nan) values.push_back(std::numeric_limits<float>::quiet_NaN());
  return values;
}

TEST_CASE("codes of all formats mean what NumPy and ml_dtypes say") {
  std::ifstream file(std::string(CIMFORGE_SIM_TESTS) + "/number_golden.txt");
  REQUIRE(file);
  int encoded = 0;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string what, name, word;
    words >> what >> name;
    if (what == "#") continue;
    INFO(line.substr(0, 100));
    if (what == "decode") {
      std::int32_t code = 0;
      for (; words >> word; ++code) {
        const double right = std::strtod(word.c_str(), nullptr);
        const double value =
            name == "e8m0" ? number::scale_value(code) : number::value_of(format_of(name), code);
        if (!same(value, right)) FAIL("code " << code << " is " << value);
      }
      CHECK(code == (name == "e8m0" ? 256 : 1 << format_of(name).bits));
      continue;
    }
    const Format format = format_of(name);
    words >> word;
    if (what == "encode") {
      const double value = std::strtod(word.c_str(), nullptr);
      std::int32_t code = 0;
      words >> code;
      if (number::encode(format, value, Overflow::overflow) != code) FAIL("wrong");
      // The same code with a sign.
      if (!std::isnan(value) &&
          number::encode(format, -value, Overflow::overflow) != (code | 1 << (format.bits - 1))) {
        FAIL("wrong with a sign");
      }
      ++encoded;
      continue;
    }
    Hash hash;
    if (what == "decode_hash") {
      for (std::int32_t code = 0; code < 1 << 16; ++code) {
        const double value = number::value_of(format, code);
        hash.add(std::isnan(value) ? 0x7ff8000000000000U : std::bit_cast<std::uint64_t>(value), 8);
      }
    } else {
      REQUIRE(what == "encode_hash");
      for (const float value : values_to_encode(format)) {
        hash.add(static_cast<std::uint64_t>(number::encode(format, value, Overflow::overflow)), 2);
      }
    }
    CHECK(hash.value() == std::strtoull(word.c_str(), nullptr, 16));
  }
  CHECK(encoded > 1000);
}

TEST_CASE("every code of every format is the one nearest to its value") {
  for (const spec::IntegerFormat& each : spec::floating_formats()) {
    const Format format = sim::number_format(each);
    for (std::int32_t code = static_cast<std::int32_t>(each.min()); code <= each.max(); ++code) {
      const double value = number::value_of(format, code);
      if (std::isnan(value)) continue;
      if (number::encode(format, value, Overflow::overflow) != code) {
        FAIL(each.name() << ", code " << code << ", value " << value);
      }
    }
  }
}

TEST_CASE("values past the largest saturate where they are asked to") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const spec::IntegerFormat& each : spec::floating_formats()) {
    const Format format = sim::number_format(each);
    const double largest = number::value_of(format, number::largest_code(format));
    for (const double value : {1e200, infinity}) {
      INFO(each.name());
      CHECK(number::value_of(format, number::encode(format, value, Overflow::saturate)) == largest);
      const double least =
          number::value_of(format, number::encode(format, -value, Overflow::saturate));
      CHECK(least == (format.is_float()
                          ? -largest
                          : number::value_of(format, static_cast<std::int32_t>(each.min()))));
    }
  }
  // Scaled integers: 1.984375 and -2 (OCP MX 1.0, table 5).
  const Format mxint8 = format_of("mxint8");
  CHECK(number::value_of(mxint8, 127) == 1.984375);
  CHECK(number::value_of(mxint8, -128) == -2.0);
  CHECK(number::encode(mxint8, 0.0234375, Overflow::saturate) == 2);  // 1.5 / 64, to even
}

TEST_CASE("a scale is that of the largest element") {
  // OCP MX 1.0, 6.3: the exponent of the largest element less the largest exponent of the format.
  CHECK(number::scale_for(format_of("mxfp8_e4m3"), 448.0) == 127);
  CHECK(number::scale_for(format_of("mxfp8_e4m3"), 256.0) == 127);
  CHECK(number::scale_for(format_of("mxfp8_e4m3"), 255.0) == 126);
  CHECK(number::scale_for(format_of("mxfp4_e2m1"), 6.0) == 127);
  CHECK(number::scale_for(format_of("mxint8"), 1.0) == 127);
  CHECK(number::scale_for(format_of("mxint8"), 1e300) == 254);
  CHECK(number::scale_for(format_of("mxint8"), 1e-300) == 0);
  CHECK(number::scale_for(format_of("mxint8"), 0.0) == 0);
}

TEST_CASE("alignment rounds, keeps what sticks, and saturates") {
  using number::Rounding;
  const Format format = format_of("fp8_e4m3");
  const auto aligned = [&](int code, int guard, Rounding rounding, int target) {
    return number::align(format, guard, rounding, number::decode(format, code), target).value;
  };
  // 0x2d: field 5, significand 13 = 1101.
  CHECK(aligned(0x2d, 0, Rounding::truncate, 5) == 13);
  CHECK(aligned(0x2d, 2, Rounding::truncate, 5) == 52);
  CHECK(aligned(0x2d, 0, Rounding::truncate, 7) == 3);
  CHECK(aligned(0xad, 0, Rounding::truncate, 7) == -3);
  CHECK(aligned(0x2d, 0, Rounding::nearest_even, 6) == 6);  // 6.5
  CHECK(aligned(0x2f, 0, Rounding::nearest_even, 6) == 8);  // 7.5
  CHECK(aligned(0x2d, 0, Rounding::nearest_even, 9) == 1);  // 0.81
  CHECK(aligned(0x28, 0, Rounding::nearest_even, 9) == 0);  // 0.5
  CHECK(aligned(0x2c, 0, Rounding::sticky, 7) == 3);
  CHECK(aligned(0x2a, 0, Rounding::sticky, 7) == 3);  // 2.5
  CHECK(aligned(0x01, 0, Rounding::sticky, 15) == 1);
  CHECK(aligned(0x81, 0, Rounding::sticky, 15) == -1);
  CHECK(aligned(0x00, 0, Rounding::sticky, 15) == 0);
  CHECK(aligned(0x2d, 1, Rounding::truncate, 4) == 31);
  CHECK(aligned(0xad, 1, Rounding::truncate, 0) == -31);
  CHECK(aligned(0x80, 1, Rounding::truncate, 0) == 0);
  CHECK(aligned(0x7f, 1, Rounding::truncate, 15) == 0);  // NaN
}

}  // namespace

TEST_CASE("numbers below an unsigned format are saturated, what rounds to zero is not") {
  number::Format format;
  format.bits = 4;
  format.is_signed = false;
  const std::vector<double> values = {-3.0, 5.0, -0.4, 16.0};
  const number::Quantised result = number::quantise(format, 1, 4, false, values);
  CHECK(result.codes == std::vector<std::int32_t>{0, 5, 0, 15});
  CHECK(result.saturated == 2);
}

}  // namespace cimforge::tests
