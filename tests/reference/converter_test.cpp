// The golden model of converters: thresholds and bits by hand.
#include "sim/reference/converter.h"

#include <cmath>

#include "tests/catch.h"

namespace cimforge::reference {
namespace {

Converter make(ConverterKind kind, int bits) {
  Converter converter;
  converter.kind = kind;
  converter.bits = bits;
  converter.draws = {5, 2};
  converter.number = 9;
  return converter;
}

std::int64_t code(const Converter& converter, double sum, int range = 0) {
  return convert(converter, sum, range, 0).code;
}

bool overflows(const Converter& converter, double sum, int range = 0) {
  return convert(converter, sum, range, 0).overflow;
}

constexpr ConverterKind kKinds[] = {ConverterKind::flash, ConverterKind::ramp, ConverterKind::time,
                                    ConverterKind::sar};

}  // namespace

TEST_CASE("without errors every kind rounds half up and clips") {
  for (const ConverterKind kind : kKinds) {
    for (int bits = 1; bits <= 6; ++bits) {
      for (const int range : {0, 1, 3}) {
        Converter converter = make(kind, bits);
        const double lsb = std::pow(2.0, range);
        const int codes = 1 << bits;
        for (int quarter = -8; quarter <= 4 * codes + 8; ++quarter) {
          const double x = quarter / 4.0;
          const double rounded = std::floor(x + 0.5);
          const bool clips = rounded < 0 || rounded > codes - 1;
          const double expected = std::min(std::max(rounded, 0.0), codes - 1.0);
          converter.is_signed = false;
          REQUIRE(static_cast<double>(code(converter, x * lsb, range)) == expected);
          REQUIRE(overflows(converter, x * lsb, range) == clips);
          // The same of a signed one, half its codes lower.
          converter.is_signed = true;
          const double low = codes / 2.0;
          REQUIRE(static_cast<double>(code(converter, (x - low) * lsb, range)) == expected - low);
          REQUIRE(overflows(converter, (x - low) * lsb, range) == clips);
        }
      }
    }
  }
}

TEST_CASE("gain, offset and noise") {
  Converter converter = make(ConverterKind::flash, 8);
  converter.gain_error = 0.02;
  converter.offset = -0.75;
  CHECK(effective_input(converter, 200.0, 1, 0) == Approx(101.25).epsilon(1e-14));
  CHECK(code(converter, 200.0, 1) == 101);
  converter.is_signed = true;  // the gain is that of x + 128
  CHECK(effective_input(converter, 20.0, 1, 0) == Approx(138 * 1.02 - 0.75).epsilon(1e-14));
  CHECK(code(converter, 20.0, 1) == 12);
  converter.noise = 0.4;
  const double z8 = gaussian({5, 2}, Kind::comparator, 9, 6);
  CHECK(effective_input(converter, 20.0, 1, 6) ==
        Approx(138 * 1.02 - 0.75 + 0.4 * z8).epsilon(1e-14));
}

TEST_CASE("thresholds move by INL, a table or the running sum of DNL") {
  Converter converter = make(ConverterKind::flash, 2);
  converter.inl = {9.0, 0.25, -0.5, 0.125};  // thresholds 0.75, 1.0, 2.625
  const auto codes = [&] {
    std::vector<std::int64_t> result;
    for (const double x : {0.7, 0.75, 0.99, 1.0, 2.6, 2.625}) result.push_back(code(converter, x));
    return result;
  };
  CHECK(codes() == std::vector<std::int64_t>{0, 1, 1, 2, 2, 3});
  converter.dnl = {9.0, -8.75, -0.75, 0.625};
  converter.inl.clear();
  CHECK(integral_nonlinearity(converter, 2) == -0.5);
  CHECK(codes() == std::vector<std::int64_t>{0, 1, 1, 2, 2, 3});
  // Thresholds that pass each other: 2.5, 1.5, 2.5; it is their number that counts.
  converter.inl = {0.0, 2.0, 0.0, 0.0};
  converter.dnl.clear();
  CHECK(code(converter, 1.5) == 1);
  CHECK(code(converter, 2.5) == 3);
  // Overflow looks at the input alone.
  converter.inl = {0.0, 0.0, 0.0, 2.0};
  CHECK(code(converter, 3.4) == 2);
  CHECK_FALSE(overflows(converter, 3.4));
  CHECK(code(converter, 3.5) == 3);
  CHECK(overflows(converter, 3.5));
}

TEST_CASE("a SAR takes INL of the nearest code off its input") {
  Converter converter = make(ConverterKind::sar, 3);
  converter.inl = {0.5, 0.0, -0.75, 0.0, 0.0, 0.0, 0.0, 0.0};
  CHECK(code(converter, 2.0) == 3);  // 2.75
  CHECK(code(converter, 1.5) == 2);  // nearest 2: 2.25
  CHECK(code(converter, 1.4) == 1);
  CHECK(code(converter, 0.4) == 0);   // -0.1
  CHECK(code(converter, -0.4) == 0);  // -0.9, which no bit fits
}

TEST_CASE("a SAR's bits have the weights of its capacitors") {
  Converter converter = make(ConverterKind::sar, 4);
  CHECK(bit_weight(converter, 3) == Approx(8.0).epsilon(1e-15));
  converter.loop_gain = 99.0;
  CHECK(bit_weight(converter, 3) == Approx(7.92).epsilon(1e-14));
  converter.mismatch = 0.1;
  double all = 0.0;
  for (int n = 0; n < 4; ++n) {
    const double z9 = gaussian({5, 2}, Kind::mismatch, 32 * 9 + static_cast<std::uint32_t>(n), 0);
    CHECK(capacitor(converter, n) ==
          Approx(std::pow(2.0, n) + 0.1 * std::sqrt(std::pow(2.0, n)) * z9).epsilon(1e-14));
    all += capacitor(converter, n);
  }
  CHECK(bit_weight(converter, 2) ==
        Approx(capacitor(converter, 2) / all * 15.0 * 0.99).epsilon(1e-14));
  // Bit by bit, with 5 of a loop gain: weights 8, 4, 2, 1 times 5 / 6.
  converter.mismatch = 0.0;
  converter.loop_gain = 5.0;
  CHECK(code(converter, 6.2) == 8);    // 6.667 - 0.5 <= 6.2; 6.667 + 0.833 - 0.5 is more
  CHECK(code(converter, 6.1) == 7);    // 3.333 + 1.667 + 0.833 = 5.833
  CHECK(code(converter, 14.0) == 15);  // 12.5 - 0.5 is less
}

TEST_CASE("cycles") {
  CHECK(conversion_cycles(make(ConverterKind::flash, 8)) == 1);
  CHECK(conversion_cycles(make(ConverterKind::ramp, 8)) == 256);
  CHECK(conversion_cycles(make(ConverterKind::time, 5)) == 32);
  CHECK(conversion_cycles(make(ConverterKind::sar, 8)) == 8);
}

}  // namespace cimforge::reference
