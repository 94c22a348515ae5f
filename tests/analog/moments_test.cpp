// The published moments of every preset: what many cells show, against mean and standard deviation
// of the formulas, within five standard deviations of the estimates.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "sim/analog/cell_array.h"
#include "tests/analog/samples.h"
#include "tests/catch.h"

namespace cimforge::analog::test {
namespace {

constexpr int kSize = 100;  // 10^4 cells
constexpr double kMost = 5.0;

/// The cells of a preset in one level, one effect on, conductances under conditions.
std::vector<double> conductances(const device::Device& device, bool Effects::*effect, int level,
                                 double seconds) {
  ArrayConfig config = config_of(device, kSize, kSize);
  config.effects = Effects::none();
  config.effects.*effect = true;
  CellArray array(config);
  array.program(std::vector<int>(kSize * kSize, level));
  if (seconds > 0.0) array.set_conditions(seconds, kReferenceKelvin);
  std::vector<double> all;
  for (int cell = 0; cell < kSize * kSize; ++cell) {
    all.push_back(array.conductance(cell / kSize, cell % kSize));
  }
  return all;
}

double low(const device::Device& device) {
  if (device.has("g_min")) return device.value("g_min");
  return device.has("i_min") ? device.value("i_min") : 0.0;
}

double high(const device::Device& device) {
  if (device.has("g_max")) return device.value("g_max");
  return device.has("i_max") ? device.value("i_max") : 1.0;
}

double state(const device::Device& device, int level) {
  return low(device) + (high(device) - low(device)) * level / (device.value("levels") - 1);
}

/// A level in the middle, one above it and the highest one.
std::set<int> some_levels(const device::Device& device) {
  const int top = static_cast<int>(device.value("levels")) - 1;
  return {std::max(1, top / 2), std::max(1, 3 * top / 4), top};
}

void check_moments(const std::vector<double>& all, double mean, double sigma) {
  Moments moments;
  for (const double each : all) moments.add(each);
  INFO(
      fmt::format("mean {} for {}, sigma {} for {}", moments.mean(), mean, moments.sigma(), sigma));
  CHECK(std::abs(moments.mean_error(mean, sigma)) < kMost);
  CHECK(std::abs(moments.sigma_error(sigma)) < kMost);
}

double polynomial(const std::vector<double>& c, double x) {
  double sum = 0.0;
  for (std::size_t i = 0; i < c.size(); ++i) sum += c[i] * std::pow(x, static_cast<double>(i));
  return sum;
}

double saturating(const std::vector<double>& p, double x) {
  return p[0] * (1.0 - std::exp(-x / p[1]));
}

/// Runs over the presets that have one of the parameters, which are `count`.
void for_each_preset(const std::vector<std::string>& parameters, int count,
                     const std::function<void(const device::Device&)>& check) {
  int found = 0;
  for (const std::string& name : presets()) {
    const device::Device device = complete(name);
    if (std::ranges::none_of(parameters, [&](const auto& each) { return device.has(each); })) {
      continue;
    }
    ++found;
    INFO(name);
    check(device);
  }
  CHECK(found == count);
}

}  // namespace

TEST_CASE("programming noise has its published moments") {
  for_each_preset(
      {"program_polynomial", "program_relative", "program_saturating"}, 7,
      [](const device::Device& device) {
        for (const int level : some_levels(device)) {
          const double g = state(device, level);
          double sigma = 0.0;
          if (device.has("program_polynomial")) {
            sigma =
                polynomial(device.values("program_polynomial"), g / device.value("program_scale"));
          } else if (device.has("program_relative")) {
            sigma = g * device.value("program_relative");
          } else {
            sigma = saturating(device.values("program_saturating"), g);
          }
          INFO(fmt::format("level {}", level));
          REQUIRE(g > 6.0 * sigma);  // the end at 0 does not count
          check_moments(conductances(device, &Effects::programming, level, 0.0), g, sigma);
        }
      });
}

TEST_CASE("the spread between devices and capacitors has its moments") {
  for_each_preset({"device_spread"}, 1, [](const device::Device& device) {
    // Of the highest state the upper half is cut off: what a device cannot reach.
    const int level = static_cast<int>(device.value("levels")) - 1;
    const double g = state(device, level);
    const double sigma = device.value("device_spread") * (g - low(device));
    Moments below;
    for (const double each : conductances(device, &Effects::device_spread, level, 0.0)) {
      below.add(std::max(0.0, g - each) * std::max(0.0, g - each));
    }
    // The mean square of half a Gaussian is half of its variance; its own spread sqrt(5) / 2.
    CHECK(std::abs(below.mean() - 0.5 * sigma * sigma) <
          kMost * sigma * sigma * std::sqrt(1.25) / kSize);
  });
  for_each_preset({"capacitor_sigma"}, 1, [](const device::Device& device) {
    check_moments(conductances(device, &Effects::device_spread, 1, 0.0), 1.0,
                  device.value("capacitor_sigma"));
  });
}

TEST_CASE("stuck cells are as many as their probability says") {
  for_each_preset({"stuck_low", "stuck_high"}, 1, [](const device::Device& device) {
    const double p = device.value("stuck_low");
    const double expected = p * kSize * kSize;
    // Programmed to the highest state those of the lowest show, and the other way round.
    const auto at_high = conductances(device, &Effects::stuck, 1, 0.0);
    const auto at_low = conductances(device, &Effects::stuck, 0, 0.0);
    const auto count = [](const std::vector<double>& all, double g) {
      return static_cast<double>(
          std::ranges::count_if(all, [&](double each) { return std::abs(each - g) < 1e-9; }));
    };
    CHECK(std::abs(count(at_high, low(device)) - expected) < kMost * std::sqrt(expected));
    CHECK(std::abs(count(at_low, high(device)) - expected) < kMost * std::sqrt(expected));
  });
}

TEST_CASE("drift exponents have their published moments") {
  for_each_preset({"drift_mean"}, 2, [](const device::Device& device) {
    const auto clipped_log = [&](const char* name, double g) {
      const auto& p = device.values(name);
      return std::clamp(p[0] * std::log(g) + p[1], p[2], p[3]);
    };
    for (const int level : {2, 4, 15}) {
      const double g = state(device, level) / high(device);
      const double mean = clipped_log("drift_mean", g);
      const double sigma = clipped_log("drift_spread", g);
      INFO(fmt::format("level {}: nu {} +- {}", level, mean, sigma));
      // |nu|: where the Gaussian reaches below 0 it is folded.
      const double ratio = mean / sigma;
      const double folded_mean = sigma * std::sqrt(2.0 / M_PI) * std::exp(-0.5 * ratio * ratio) +
                                 mean * std::erf(ratio / std::sqrt(2.0));
      const double folded_sigma =
          std::sqrt(mean * mean + sigma * sigma - folded_mean * folded_mean);
      const double t0 = device.value("drift_time");
      std::vector<double> exponents;
      for (const double each : conductances(device, &Effects::relaxation_and_drift, level, 1e6)) {
        exponents.push_back(-std::log(each / state(device, level)) / std::log((1e6 + t0) / t0));
      }
      check_moments(exponents, folded_mean, folded_sigma);
    }
  });
}

TEST_CASE("relaxation and decay have their published moments") {
  for_each_preset({"relax_polynomials"}, 1, [](const device::Device& device) {
    const auto& all = device.values("relax_polynomials");
    const auto sigma = [&](std::ptrdiff_t i, double g) {
      return polynomial({all.begin() + 5 * i, all.begin() + 5 * i + 5}, g / 40.0);
    };
    int grew = 0;
    for (const int level : {8, 12, 15}) {
      const double g = state(device, level);
      for (const auto& [i, t] : {std::pair{1, 86400.0}, {2, 172800.0}}) {
        const double grown = std::pow(sigma(i, g), 2) - std::pow(sigma(0, g), 2);
        if (grown <= 0.0) continue;  // narrower than at first: nothing is added
        ++grew;
        check_moments(conductances(device, &Effects::relaxation_and_drift, level, t), g,
                      std::sqrt(grown));
      }
    }
    CHECK(grew >= 2);
  });
  for_each_preset({"relax_saturating"}, 1, [](const device::Device& device) {
    for (const int level : {40, 127}) {
      const double i = state(device, level);
      check_moments(conductances(device, &Effects::relaxation_and_drift, level, 432000.0), i,
                    saturating(device.values("relax_saturating"), i));
    }
  });
  for_each_preset({"decay_mean"}, 1, [](const device::Device& device) {
    const double log_t = std::log(1e5);
    for (const int level : {5, 31}) {
      check_moments(conductances(device, &Effects::relaxation_and_drift, level, 1e5),
                    state(device, level) - 0.089 * log_t, 0.04201 * log_t + 0.41183);
    }
  });
}

TEST_CASE("1/f noise has its published moments") {
  for_each_preset({"flicker", "flicker_log"}, 3, [](const device::Device& device) {
    const double t_r = device.value("flicker_time");
    const double growth = std::sqrt(std::log((3600.0 + t_r) / (2.0 * t_r)));
    for (const int level : some_levels(device)) {
      const double g = state(device, level);
      double sigma = 0.0;
      if (device.has("flicker")) {
        const auto& p = device.values("flicker");
        sigma = g * std::min(p[0] / std::pow(g / high(device), p[1]), p[2]) * growth;
      } else {
        sigma = device.value("flicker_log") * std::log10(g) * growth;
      }
      check_moments(conductances(device, &Effects::flicker, level, 3600.0), g, sigma);
    }
  });
}

TEST_CASE("white read noise has its published moments") {
  for_each_preset({"read_relative", "read_saturating"}, 2, [](const device::Device& device) {
    for (const int level : some_levels(device)) {
      ArrayConfig config = config_of(device, 1, kSize, 1);
      config.effects = Effects::none();
      config.effects.read_noise = true;
      CellArray array(config);
      array.program(std::vector<int>(kSize, level));
      std::vector<double> all;
      for (int i = 0; i < kSize; ++i) {
        for (const double each : read(array, {1})) all.push_back(each);
      }
      const double g = state(device, level);
      const double sigma = device.has("read_relative")
                               ? g * device.value("read_relative")
                               : saturating(device.values("read_saturating"), g);
      const double step = state(device, 1) - state(device, 0);
      check_moments(all, level, sigma / step);
    }
  });
  for_each_preset({"output_sigma"}, 1, [](const device::Device& device) {
    ArrayConfig config = config_of(device, 256, kSize, 4);
    config.effects = Effects::none();
    config.effects.output_noise = true;
    CellArray array(config);
    std::vector<double> all;
    for (int i = 0; i < kSize; ++i) {
      for (const double each : read(array, std::vector<int>(256, 3))) all.push_back(each);
    }
    // 0.045 LSB of an 8-bit ADC whose range is the full scale.
    check_moments(all, 0.0, 0.045 * 256 * 15 / 256.0);
  });
}

TEST_CASE("one draw for a column is in distribution the noise of its cells, drawn one by one") {
  device::Device device = complete("reram_neurram");
  ArrayConfig config = config_of(device, 24, 4);
  config.effects = Effects::none();
  config.effects.programming = config.effects.read_noise = true;
  set(config.device, "read_relative", {0.1});
  const auto codes = random_codes(config);
  CellArray array(config);
  array.program(random_levels(config));
  std::vector<std::vector<double>> aggregated(4);
  std::vector<std::vector<double>> one_by_one(4);
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  constexpr int kReads = 4000;
  for (int i = 0; i < kReads; ++i) {
    const auto sums = read(array, codes);
    for (int d = 0; d < 4; ++d) {
      const auto column = static_cast<std::size_t>(d);
      aggregated[column].push_back(sums[column]);
      double sum = 0.0;
      for (int r = 0; r < 24; ++r) {
        const double g = array.conductance(r, d);
        sum += codes[static_cast<std::size_t>(r)] * (g + 0.1 * g * normal(random)) / (40.0 / 15);
      }
      one_by_one[column].push_back(sum);
    }
  }
  for (std::size_t d = 0; d < 4; ++d) {
    // Kolmogorov and Smirnov: the greatest distance of the two distributions.
    auto a = aggregated[d];
    auto b = one_by_one[d];
    std::ranges::sort(a);
    std::ranges::sort(b);
    double distance = 0.0;
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
      if (a[i] < b[j]) {
        ++i;
      } else {
        ++j;
      }
      const double apart = std::abs(static_cast<double>(i) - static_cast<double>(j)) / kReads;
      distance = std::max(distance, apart);
    }
    CHECK(distance < 1.95 * std::sqrt(2.0 / kReads));  // one in a thousand
    Moments single;
    for (const double each : b) single.add(each);
    Moments together;
    for (const double each : a) together.add(each);
    CHECK(std::abs(together.sigma() / single.sigma() - 1.0) < kMost / std::sqrt(kReads));
    CHECK(std::abs(together.mean() - single.mean()) <
          kMost * single.sigma() * std::sqrt(2.0 / kReads));
  }
}

}  // namespace cimforge::analog::test
