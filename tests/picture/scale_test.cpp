#include "generator/picture/scale.h"

#include <cmath>
#include <limits>

#include "tests/catch.h"

namespace cimforge::picture {
namespace {

Scale linear(double low, double high) {
  return {AxisScale::linear, low, high, 0.0, 1.0};
}
Scale logarithmic(double low, double high) {
  return {AxisScale::logarithmic, low, high, 0.0, 1.0};
}

using Labels = std::vector<std::string>;

Labels labels(const Ticks& ticks) {
  Labels result;
  for (const Tick& tick : ticks.major) result.push_back(tick.label);
  return result;
}

Extent extent(double low, double high) {
  Extent result;
  result.include(high);
  result.include(low);
  return result;
}

TEST_CASE("Ticks of a linear axis are 1, 2 or 5 apart") {
  CHECK(labels(make_ticks(linear(0, 10), 5)) == Labels{"0", "2", "4", "6", "8", "10"});
  CHECK(labels(make_ticks(linear(-0.3, 0.3), 6)) ==
        Labels{"−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2", "0.3"});
  CHECK(labels(make_ticks(linear(3, 255), 5)) == Labels{"50", "100", "150", "200", "250"});
  for (double span = 1e-12; span < 1e12; span *= 1.37) {
    const Ticks ticks = make_ticks(linear(-span / 3, span), 6);
    CAPTURE(span);
    CHECK(ticks.major.size() >= 3);
    CHECK(ticks.major.size() <= 12);
    const double step = ticks.major[1].value - ticks.major[0].value;
    const double mantissa = step / std::pow(10.0, std::floor(std::log10(step) + 1e-6));
    CHECK((mantissa == Approx(1) || mantissa == Approx(2) || mantissa == Approx(5)));
  }
}

TEST_CASE("Long labels share a power of ten") {
  const Ticks small = make_ticks(linear(0, 2e-6), 4);
  CHECK(small.exponent == -6);
  CHECK(labels(small) == Labels{"0.0", "0.5", "1.0", "1.5", "2.0"});
  CHECK(axis_label({.title = "Current", .unit = "A"}, small.exponent) == "Current (10⁻⁶\u00a0A)");
  CHECK(axis_label({.title = "Current"}, 0) == "Current");
  CHECK(make_ticks(linear(0, 3e5), 4).exponent == 3);
  CHECK(make_ticks(linear(0, 90000), 4).exponent == 0);
}

TEST_CASE("Ticks of a logarithmic axis are decades, or 1-2-5 where there are few") {
  const Ticks decades = make_ticks(logarithmic(1, 1000), 8);
  CHECK(labels(decades) == Labels{"1", "10", "100", "1000"});
  CHECK(decades.minor.size() == 24);
  CHECK(decades.minor[0] == 2.0);
  CHECK(labels(make_ticks(logarithmic(1, 20), 8)) == Labels{"1", "2", "5", "10", "20"});
  CHECK(labels(make_ticks(logarithmic(1e-9, 1e-6), 8)) == Labels{"10⁻⁹", "10⁻⁸", "10⁻⁷", "10⁻⁶"});
  CHECK(labels(make_ticks(logarithmic(1, 1e12), 6)) ==
        Labels{"10⁰", "10²", "10⁴", "10⁶", "10⁸", "10¹⁰", "10¹²"});
  CHECK(make_ticks(logarithmic(3.1, 3.9), 6).major.size() >= 3);
}

TEST_CASE("A scale places values, and takes limits where it has them") {
  Scale scale = make_scale({}, extent(0.0, 10.0), Ends::exact);
  scale.low_place = 300.0;
  scale.high_place = 100.0;
  CHECK(scale.place(0.0) == 300.0);
  CHECK(scale.place(2.5) == 250.0);
  Scale log = make_scale({.scale = AxisScale::logarithmic}, extent(1.0, 10000.0), Ends::exact);
  CHECK(log.place(100.0) == Approx(0.5));

  const Scale rounded = make_scale({}, extent(0.3, 97.2), Ends::round);
  CHECK(rounded.low == 0.0);
  CHECK(rounded.high == 100.0);
  const Scale limited = make_scale({.low = 50.0, .high = 99.0}, extent(60, 97), Ends::round);
  CHECK(limited.low == 50.0);
  CHECK(limited.high == 99.0);
  CHECK(make_scale({.low = std::nan("")}, extent(0, 1), Ends::exact).low == 0.0);
  CHECK(make_scale({.scale = AxisScale::logarithmic, .low = 0.0}, extent(2, 8), Ends::round).low ==
        2.0);
}

TEST_CASE("Whatever the data and limits are, a scale is an interval with ticks") {
  const double far = 9e299;
  for (const AxisScale kind : {AxisScale::linear, AxisScale::logarithmic}) {
    for (const auto& [low, high] : std::vector<std::pair<double, double>>{
             {1, 1}, {1e-299, far}, {5, 5 + 1e-15}, {1e9, 1e9 + 1e-6}, {1e-299, 1e-299}}) {
      for (const std::optional<double> limit :
           {std::optional<double>(), std::optional<double>(7.0),
            std::optional<double>(std::numeric_limits<double>::infinity())}) {
        for (const Ends ends : {Ends::exact, Ends::round}) {
          CAPTURE(low, high, limit.value_or(-1), kind == AxisScale::linear);
          for (const Axis& axis :
               {Axis{.scale = kind, .low = limit}, Axis{.scale = kind, .high = limit},
                Axis{.scale = kind, .low = limit, .high = limit},
                Axis{.scale = kind, .low = limit, .high = 2.0}}) {
            const Scale scale = make_scale(axis, extent(low, high), ends);
            CHECK(scale.low < scale.high);
            CHECK(std::isfinite(scale.place(low)));
            const Ticks ticks = make_ticks(scale, 6);
            CHECK(ticks.major.size() >= 1);
            CHECK(ticks.major.size() < 40);
          }
        }
      }
    }
  }
  CHECK(make_scale({}, {}, Ends::round).high == 1.0);
  const Scale both = make_scale({}, extent(-far, far), Ends::round);
  CHECK(std::isfinite(both.high - both.low));
}

TEST_CASE("Ticks of indices are whole numbers") {
  CHECK(labels(make_whole_ticks(linear(-0.5, 2.5), 8)) == Labels{"0", "1", "2"});
  CHECK(labels(make_whole_ticks(linear(-0.5, 63.5), 6)) ==
        Labels{"0", "10", "20", "30", "40", "50", "60"});
}

}  // namespace
}  // namespace cimforge::picture
