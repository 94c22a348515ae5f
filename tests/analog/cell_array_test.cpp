// Each effect alone does what its formula in docs/analog_model.md says; together they are the same
// on any number of threads.
#include "sim/analog/cell_array.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "generator/base/exit_status.h"
#include "tests/analog/samples.h"
#include "tests/catch.h"

namespace cimforge::analog::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const base::InputError& error) {
    return error.what();
  }
  return "accepted";
}

/// What an effect does, if it is alone.
ArrayConfig only(bool Effects::*effect, const device::Device& device) {
  ArrayConfig config = config_of(device);
  config.effects = Effects::none();
  config.effects.*effect = true;
  return config;
}

/// Checks every cell of an array whose levels are known: expected(cell, level).
void check_cells(CellArray& array, const std::vector<int>& levels,
                 const std::function<double(std::size_t, double)>& expected) {
  for (int r = 0; r < array.rows(); ++r) {
    for (int d = 0; d < array.device_columns(); ++d) {
      const auto cell = static_cast<std::size_t>(r * array.device_columns() + d);
      INFO(fmt::format("row {}, column {}", r, d));
      CHECK(array.conductance(r, d) == Approx(expected(cell, levels[cell])).epsilon(1e-12));
    }
  }
}

double clipped_log(const std::vector<double>& p, double g) {
  return std::clamp(p[0] * std::log(g) + p[1], p[2], p[3]);
}

double polynomial(const std::vector<double>& c, double x) {
  double sum = 0.0;
  for (std::size_t i = 0; i < c.size(); ++i) sum += c[i] * std::pow(x, static_cast<double>(i));
  return std::max(0.0, sum);
}

double saturating(const std::vector<double>& p, double x) {
  return p[0] * (1.0 - std::exp(-x / p[1]));
}

std::vector<double> products(const ArrayConfig& config, const std::vector<int>& levels,
                             const std::vector<int>& codes, const std::vector<bool>& enabled) {
  std::vector<double> sums(static_cast<std::size_t>(config.device_columns), 0.0);
  for (std::size_t r = 0; r < codes.size(); ++r) {
    if (!enabled.empty() && !enabled[r]) continue;
    for (std::size_t d = 0; d < sums.size(); ++d) sums[d] += codes[r] * levels[r * sums.size() + d];
  }
  return sums;
}

}  // namespace

TEST_CASE("an ideal array of any device gives the sums of products, to the last bit") {
  for (const std::string& name : presets()) {
    INFO(name);
    for (const auto& [rows, columns] : {std::pair{1, 1}, {3, 7}, {37, 29}}) {
      ArrayConfig config = config_of(complete(name), rows, columns, 5);
      config.effects = Effects::none();
      CellArray array(config);
      for (unsigned seed = 1; seed < 4; ++seed) {
        const auto levels = random_levels(config, seed);
        const auto codes = random_codes(config, seed);
        array.program(levels);
        CHECK(read(array, codes) == products(config, levels, codes, {}));
        std::vector<bool> enabled;
        for (const int bit : random_integers(codes.size(), 0, 1, seed)) enabled.push_back(bit != 0);
        CHECK(read(array, codes, enabled) == products(config, levels, codes, enabled));
        array.set_conditions(1e6, 400.0);
      }
    }
  }
}

TEST_CASE("pulses without noise move a cell by their amplitude, within its range") {
  CellArray array(config_of(plain_device()));
  array.pulse(1, std::vector<int>{2, 1, 0, 9, -1});
  array.pulse(1, std::vector<int>{-1, 1, 0, -2, 3});
  const std::vector<double> expected = {20, 30, 10, 20, 40};
  const std::vector<std::uint32_t> pulses = {2, 2, 0, 2, 2};
  for (int d = 0; d < 5; ++d) {
    CHECK(array.programmed_conductance(1, d) == Approx(expected[static_cast<std::size_t>(d)]));
    CHECK(array.conductance(1, d) == Approx(expected[static_cast<std::size_t>(d)]));
    CHECK(array.pulses(1, d) == pulses[static_cast<std::size_t>(d)]);
    CHECK(array.pulses(0, d) == 0);
  }
}

TEST_CASE("programming noise is the sum in quadrature of what the device has") {
  device::Device device = plain_device();
  set(device, "program_polynomial", {0.3, 2.0, -1.0});
  set(device, "program_scale", {40.0});
  set(device, "program_relative", {0.02});
  const ArrayConfig config = only(&Effects::programming, device);
  CellArray array(config);
  const auto levels = random_levels(config);
  const auto sigma = [](double g) {
    return std::hypot(polynomial({0.3, 2.0, -1.0}, g / 40.0), 0.02 * g);
  };
  array.program(levels);
  check_cells(array, levels, [&](std::size_t cell, double level) {
    const double m = 10 + 10 * level;
    return std::max(0.0, m + sigma(m) * z(0, cell, 0));
  });
  // Another pulse starts from where the first one ended.
  array.pulse(2, std::vector<int>(5, -1));
  for (int d = 0; d < 5; ++d) {
    const auto cell = static_cast<std::size_t>(10 + d);
    const double m0 = 10 + 10 * levels[cell];
    const double m = std::clamp(m0 + sigma(m0) * z(0, cell, 0) - 10.0, 10.0, 40.0);
    CHECK(array.conductance(2, d) == Approx(m + sigma(m) * z(0, cell, 1)).epsilon(1e-12));
  }

  const device::Device sonos = complete("sonos_nor");
  const ArrayConfig currents = only(&Effects::programming, sonos);
  CellArray flash(currents);
  flash.program(levels);
  check_cells(flash, levels, [&](std::size_t cell, double level) {
    const double m = 3200.0 / 127 * level;
    return std::max(0.0, m + saturating({19.88665, 176.3115}, m) * z(0, cell, 0));
  });
}

TEST_CASE("a polynomial of noise below 0 is 0, and a conductance below 0 too") {
  device::Device device = plain_device();
  set(device, "program_polynomial", {-5.0, 0.1});
  set(device, "program_scale", {1.0});
  CellArray quiet(only(&Effects::programming, device));
  const std::vector<int> levels(30, 2);
  quiet.program(levels);
  check_cells(quiet, levels, [](std::size_t, double) { return 30.0; });
  set(device, "program_polynomial", {1000.0});
  CellArray loud(only(&Effects::programming, device));
  loud.program(levels);
  check_cells(loud, levels, [](std::size_t cell, double) {
    return std::max(0.0, 30.0 + 1000.0 * z(0, cell, 0));
  });
}

TEST_CASE("the spread between devices scales every pulse of a cell alike") {
  device::Device device = plain_device();
  set(device, "device_spread", {0.1});
  const ArrayConfig config = only(&Effects::device_spread, device);
  CellArray array(config);
  const auto levels = random_levels(config);
  for (int again = 0; again < 2; ++again) {
    array.program(levels);
    check_cells(array, levels, [&](std::size_t cell, double level) {
      return std::clamp(10 + 10 * level * (1 + 0.1 * z(1, cell, 0)), 10.0, 40.0);
    });
  }
}

TEST_CASE("a capacitor is the same however often its bit is written") {
  device::Device device = complete("sram_charge");
  const ArrayConfig config = only(&Effects::device_spread, device);
  CellArray array(config);
  const auto levels = random_levels(config);
  for (int again = 0; again < 2; ++again) {
    array.program(levels);
    check_cells(array, levels, [&](std::size_t cell, double level) {
      return level * (1 + 0.02 * z(1, cell, 0, 1));
    });
    CHECK(array.programmed_conductance(0, 0) == levels[0]);
  }
}

TEST_CASE("stuck cells stay where they are, and count their pulses") {
  device::Device device = plain_device();
  set(device, "stuck_low", {0.3});
  set(device, "stuck_high", {0.2});
  ArrayConfig config = only(&Effects::stuck, device);
  CellArray array(config);
  const auto expected = [](std::size_t cell, double level) {
    const double u = noise::uniform(
        noise::words({kSeed, 32 * kArray + 2, static_cast<std::uint32_t>(cell), 0})[0]);
    return u < 0.3 ? 10.0 : u > 0.8 ? 40.0 : 10 + 10 * level;
  };
  check_cells(array, std::vector<int>(30, 0), expected);
  const std::vector<int> levels(30, 1);
  array.program(levels);
  array.program(levels);
  check_cells(array, levels, expected);
  int stuck = 0;
  for (int cell = 0; cell < 30; ++cell) {
    CHECK(array.pulses(cell / 5, cell % 5) == 2);
    const double g = array.conductance(cell / 5, cell % 5);
    CHECK(array.is_stuck(cell / 5, cell % 5) == (g != 20.0));
    if (array.is_stuck(cell / 5, cell % 5)) ++stuck;
  }
  CHECK(stuck > 0);
  CHECK(stuck < 30);
  config.effects.stuck = false;
  CellArray sound(config);
  CHECK_FALSE(sound.is_stuck(0, 0));
}

TEST_CASE("a cell that has had its pulses does not move any more") {
  device::Device device = plain_device();
  set(device, "endurance", {3.0});
  CellArray array(only(&Effects::endurance, device));
  const std::vector<int> amplitudes = {1, 0, 1, 0, 0};
  for (int pulse = 0; pulse < 3; ++pulse) array.pulse(0, amplitudes);
  CHECK(array.conductance(0, 0) == Approx(40.0));
  array.pulse(0, std::vector<int>{-1, -1, -1, 1, 1});
  CHECK(array.conductance(0, 0) == Approx(40.0));
  CHECK(array.conductance(0, 3) == Approx(20.0));
  CHECK(array.pulses(0, 0) == 4);
  array.program_row(0, std::vector<int>(5, 0));
  CHECK(array.conductance(0, 0) == Approx(40.0));
  CHECK(array.conductance(0, 3) == Approx(10.0));
}

TEST_CASE("relaxation follows the polynomials of its times, in the logarithm between") {
  const device::Device device = complete("reram_neurram");
  const ArrayConfig config = only(&Effects::relaxation_and_drift, device);
  const auto& all = device.values("relax_polynomials");
  const auto levels = random_levels(config);
  const auto at = [&](std::ptrdiff_t i, double g) {
    return polynomial({all.begin() + 5 * i, all.begin() + 5 * i + 5}, g / 40.0);
  };
  const auto sigma = [&](double t, double g) {
    if (t <= 1.0) return at(0, g);
    if (t >= 172800.0) return at(2, g);
    const std::ptrdiff_t i = t < 86400.0 ? 0 : 1;
    const std::vector<double> times = {1.0, 86400.0, 172800.0};
    const double from = times[static_cast<std::size_t>(i)];
    const double to = times[static_cast<std::size_t>(i) + 1];
    return at(i, g) + (at(i + 1, g) - at(i, g)) * std::log(t / from) / std::log(to / from);
  };
  CellArray array(config);
  array.program(levels);
  for (const double t : {0.0, 0.5, 1.0, 60.0, 86400.0, 1e5, 172800.0, 1e8}) {
    INFO(t);
    array.set_conditions(t, kReferenceKelvin);
    check_cells(array, levels, [&](std::size_t cell, double level) {
      const double g = 40.0 / 15 * level;
      const double grown = std::pow(sigma(t, g), 2) - std::pow(sigma(1.0, g), 2);
      return std::max(0.0, g + std::sqrt(std::max(0.0, grown)) * z(4, cell, 1));
    });
  }

  const ArrayConfig flash = only(&Effects::relaxation_and_drift, complete("sonos_nor"));
  CellArray sonos(flash);
  sonos.program(levels);
  for (const double t : {0.0, 1.0, 3600.0, 432000.0, 1e9}) {
    sonos.set_conditions(t, kReferenceKelvin);
    check_cells(sonos, levels, [&](std::size_t cell, double level) {
      const double i = 3200.0 / 127 * level;
      const double share = std::min(1.0, std::log(1 + t) / std::log(1 + 432000.0));
      return std::max(0.0, i + saturating({34.57909, 207.34309}, i) * share * z(4, cell, 1));
    });
  }
}

TEST_CASE("drift is a power of time with an exponent of each cell") {
  for (const char* name : {"pcm_nandakumar", "pcm_hermes"}) {
    const device::Device device = complete(name);
    ArrayConfig config = only(&Effects::relaxation_and_drift, device);
    config.effects.temperature = true;
    const auto levels = random_levels(config);
    CellArray array(config);
    array.program(levels);
    array.program(levels);  // the exponent is that of the second pulse
    const double g_max = device.value("g_max");
    const double t0 = device.value("drift_time");
    for (const double kelvin : {298.15, 358.15}) {
      const double t = 1e4;
      array.set_conditions(t, kelvin);
      const double aged = t * std::exp(0.6 / 8.617333262e-5 * (1 / 298.15 - 1 / kelvin));
      check_cells(array, levels, [&](std::size_t cell, double level) {
        const double g = g_max / 15 * level;
        const double share = std::max(g / g_max, 1e-6);
        const double nu =
            std::abs(clipped_log(device.values("drift_mean"), share) +
                     clipped_log(device.values("drift_spread"), share) * z(3, cell, 2));
        return g * std::pow((aged + t0) / t0, -nu);
      });
    }
  }
}

TEST_CASE("a drift exponent is never below 0") {
  device::Device device = plain_device();
  set(device, "drift_mean", {0.0, 0.01, 0.0, 1.0});
  set(device, "drift_spread", {0.0, 0.1, 0.0, 1.0});
  set(device, "drift_time", {10.0});
  const ArrayConfig config = only(&Effects::relaxation_and_drift, device);
  const auto levels = random_levels(config);
  CellArray array(config);
  array.program(levels);
  array.set_conditions(90.0, kReferenceKelvin);
  check_cells(array, levels, [](std::size_t cell, double level) {
    return (10 + 10 * level) * std::pow(10.0, -std::abs(0.01 + 0.1 * z(3, cell, 1)));
  });
}

TEST_CASE("decay is linear in the logarithm of time, from one second on") {
  const device::Device device = complete("reram_cmo_hfox");
  const ArrayConfig config = only(&Effects::relaxation_and_drift, device);
  const auto levels = random_levels(config);
  CellArray array(config);
  array.program(levels);
  for (const double t : {0.0, 1.0, 1.5, 1e5}) {
    array.set_conditions(t, kReferenceKelvin);
    check_cells(array, levels, [&](std::size_t cell, double level) {
      const double g = 9 + (88.2 - 9) / 31 * level;
      if (t <= 1.0) return g;
      return std::max(0.0,
                      g - 0.089 * std::log(t) + (0.04201 * std::log(t) + 0.41183) * z(4, cell, 1));
    });
  }
}

TEST_CASE("relaxation, drift and decay of one device follow each other") {
  device::Device device = plain_device();
  set(device, "relax_times", {1.0, 100.0});
  set(device, "relax_polynomials", {0.0, 2.0});
  set(device, "program_scale", {1.0});
  set(device, "drift_mean", {0.0, 0.05, 0.0, 1.0});
  set(device, "drift_time", {10.0});
  set(device, "decay_mean", {-0.1});
  set(device, "decay_spread", {0.1, 0.2});
  const ArrayConfig config = only(&Effects::relaxation_and_drift, device);
  const auto levels = random_levels(config);
  CellArray array(config);
  array.program(levels);
  array.set_conditions(1000.0, kReferenceKelvin);
  check_cells(array, levels, [](std::size_t cell, double level) {
    double g = 10 + 10 * level + 2.0 * z(4, cell, 1);
    g *= std::pow(1010.0 / 10.0, -0.05);
    const double log_t = std::log(1000.0);
    return std::max(0.0, g - 0.1 * log_t + (0.1 * log_t + 0.2) * z(4, cell, 1, 1));
  });
}

TEST_CASE("the temperature scales conductances, and is nothing to devices that do not tell") {
  device::Device device = plain_device();
  const std::vector<int> levels(30, 2);
  CellArray indifferent(config_of(device));
  indifferent.program(levels);
  indifferent.set_conditions(1e9, 400.0);
  check_cells(indifferent, levels, [](std::size_t, double) { return 30.0; });
  set(device, "temperature_coefficient", {-0.002});
  CellArray array(only(&Effects::temperature, device));
  array.program(levels);
  array.set_conditions(0.0, 348.15);
  check_cells(array, levels, [](std::size_t, double) { return 30.0 * 0.9; });
  array.set_conditions(0.0, kReferenceKelvin);
  check_cells(array, levels, [](std::size_t, double) { return 30.0; });
}

TEST_CASE("what happens at another temperature is told, or refused") {
  for (const char* name : {"pcm_nandakumar", "reram_cmo_hfox", "reram_neurram", "sonos_nor"}) {
    ArrayConfig config = config_of(device::load(name));
    CellArray array(config);
    CHECK_NOTHROW(array.set_conditions(1.0, kReferenceKelvin));
    const std::string message = refusal([&] { array.set_conditions(0.0, 300.0); });
    CHECK_THAT(message, Catch::Contains(name) && Catch::Contains("activation_energy"));
    config.effects.temperature = false;
    CellArray cold(config);
    CHECK_NOTHROW(cold.set_conditions(1.0, 300.0));
  }
  device::Device device = plain_device();
  device.parameters["temperature_coefficient"];  // listed, with no value
  CellArray array(config_of(device));
  CHECK_NOTHROW(array.set_conditions(5.0, kReferenceKelvin));
  CHECK_THAT(refusal([&] { array.set_conditions(5.0, 300.0); }),
             Catch::Contains("temperature_coefficient"));
}

TEST_CASE("1/f noise is drawn anew when the conditions are set, and not between") {
  const device::Device pcm = complete("pcm_nandakumar");
  const ArrayConfig config = only(&Effects::flicker, pcm);
  const auto levels = random_levels(config);
  CellArray array(config);
  array.program(levels);
  check_cells(array, levels, [](std::size_t, double level) { return 25.0 / 15 * level; });
  std::uint64_t changes = 0;
  for (const double t : {1.0, 1.0, 1e-7, 1e5}) {
    array.set_conditions(t, kReferenceKelvin);
    ++changes;
    for (int again = 0; again < 2; ++again) {
      check_cells(array, levels, [&](std::size_t cell, double level) {
        const double g = 25.0 / 15 * level;
        if (t <= 250e-9) return g;
        const double share = std::min(0.0088 / std::pow(std::max(level / 15, 1e-6), 0.65), 0.2);
        const double growth = std::sqrt(std::log((t + 250e-9) / 500e-9));
        return std::max(0.0, g + g * share * growth * z(6, cell, changes));
      });
      read(array, random_codes(config));
    }
  }

  const ArrayConfig with_log = only(&Effects::flicker, complete("reram_cmo_hfox"));
  CellArray reram(with_log);
  reram.program(levels);
  reram.set_conditions(10.0, kReferenceKelvin);
  check_cells(reram, levels, [](std::size_t cell, double level) {
    const double g = 9 + (88.2 - 9) / 31 * level;
    return g + 0.02773 * std::log10(g) * std::sqrt(std::log((10 + 1e-6) / 2e-6)) * z(6, cell, 1);
  });
}

TEST_CASE("white noise is one draw for a column at a read, of the variance of its cells") {
  for (const char* name : {"reram_neurram", "sonos_nor"}) {
    const device::Device device = complete(name);
    const bool is_flash = device.family == "nor_flash";
    ArrayConfig config = only(&Effects::read_noise, device);
    config.rows = 23;
    config.device_columns = 37;  // more than a batch of draws, and no multiple of it
    const auto levels = random_levels(config);
    const auto codes = random_codes(config);
    std::vector<bool> enabled(codes.size(), true);
    enabled[3] = enabled[8] = false;
    const auto right = products(config, levels, codes, enabled);
    const double step = (is_flash ? 3200.0 : 40.0) / (config.levels - 1);
    CellArray array(config);
    array.program(levels);
    for (std::uint64_t reads = 0; reads < 3; ++reads) {
      CHECK(array.reads() == reads);
      const auto sums = read(array, codes, enabled);
      for (std::size_t d = 0; d < sums.size(); ++d) {
        double variance = 0.0;
        for (std::size_t r = 0; r < codes.size(); ++r) {
          if (!enabled[r]) continue;
          const double g = step * levels[r * sums.size() + d];
          const double sigma = is_flash ? saturating({12.58037, 215.36557}, g) : 0.01 * g;
          variance += std::pow(codes[r] * sigma / step, 2);
        }
        CHECK(sums[d] == Approx(right[d] + std::sqrt(variance) * z(5, d, reads)).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("charge-domain columns have noise of their output alone") {
  const ArrayConfig config = only(&Effects::output_noise, complete("sram_charge"));
  const auto levels = random_levels(config);
  const auto codes = random_codes(config);
  CellArray array(config);
  array.program(levels);
  const auto right = products(config, levels, codes, {});
  for (std::uint64_t reads = 0; reads < 2; ++reads) {
    const auto sums = read(array, codes);
    for (std::size_t d = 0; d < sums.size(); ++d) {
      CHECK(sums[d] == Approx(right[d] + 0.045 * 6 * 7 * 1 / 256.0 * z(7, d, reads)));
    }
  }
}

TEST_CASE("with wires a read is what Kirchhoff's law says of the same cells") {
  using crossbar::CellKind;
  using crossbar::DriverSide;
  using crossbar::InactiveRow;
  const crossbar::Wires resistances{
      .row_ohm = 20.0, .column_ohm = 30.0, .driver_ohm = 100.0, .sense_ohm = 50.0};
  for (const char* name : {"reram_cmo_hfox", "reram_milo", "sonos_nor"}) {
    device::Device device = complete(name);
    const bool is_flash = device.family == "nor_flash";
    const bool is_curved = device.has("iv_cubic");
    if (is_flash) set(device, "read_voltage", {0.4});
    const double volt = device.has("read_voltage") ? device.value("read_voltage") : 1.0;
    const double low = is_flash ? 0.0 : device.value("g_min");
    const double high = is_flash ? 3200.0 : device.value("g_max");
    for (const DriverSide driver : {DriverSide::left, DriverSide::both}) {
      for (const InactiveRow inactive : {InactiveRow::grounded, InactiveRow::floating}) {
        for (const CellKind cell : {CellKind::passive, CellKind::one_transistor}) {
          ArrayConfig config = only(&Effects::wires, device);
          config.effects.nonlinear = true;
          config.wires = resistances;
          config.wires.driver = driver;
          config.wires.inactive = inactive;
          config.wires.cell = cell;
          const auto levels = random_levels(config);
          const auto codes = random_codes(config);
          const double step = (high - low) / (config.levels - 1);
          CellArray array(config);
          array.program(levels);

          crossbar::Matrix siemens{6, 5, {}};
          for (const int level : levels) {
            const double g = low + step * level;
            siemens.values.push_back(is_flash ? 1e-9 * g / volt : 1e-6 * g);
          }
          const crossbar::Array truth(siemens, config.wires, {0.0, is_curved ? 40e-6 : 0.0});
          for (int pattern = 0; pattern < 3; ++pattern) {
            std::vector<bool> enabled(6, true);
            if (pattern > 0) enabled[0] = enabled[4] = false;
            std::vector<double> voltages(6, 0.0);
            double lowest = 0.0;  // in ampere
            for (std::size_t r = 0; r < 6; ++r) {
              if (!enabled[r]) continue;
              const double v = volt * codes[r] / 7.0;
              voltages[r] = v;
              lowest += (is_flash ? 0.0 : 1e-6 * low * v) + (is_curved ? 40e-6 * v * v * v : 0.0);
            }
            const auto currents = truth.currents(voltages, enabled);
            const auto sums = read(array, codes, enabled);
            const double scale = is_flash ? 1e9 : 1e6 / volt;
            for (std::size_t d = 0; d < sums.size(); ++d) {
              INFO(fmt::format("{} {} {} {} {}", name, driver == DriverSide::both,
                               inactive == InactiveRow::floating, cell == CellKind::one_transistor,
                               pattern));
              CHECK(sums[d] == Approx((currents[d] - lowest) * scale * 7.0 / step).epsilon(1e-9));
            }
            const auto without = products(config, levels, codes, enabled);
            CHECK_FALSE(sums == without);
          }
        }
      }
    }
  }
}

TEST_CASE("with wires the noise of a cell is scaled by what they leave of it") {
  device::Device device = complete("reram_cmo_hfox");
  set(device, "read_relative", {0.03});
  ArrayConfig config = only(&Effects::read_noise, device);
  config.wires = {.row_ohm = 200.0, .column_ohm = 300.0};
  const auto levels = random_levels(config);
  const auto codes = random_codes(config);
  for (const bool is_curved : {false, true}) {
    if (is_curved) set(config.device, "iv_cubic", {10.0});
    if (is_curved) set(config.device, "read_voltage", {0.3});
    config.effects = Effects::none();
    config.effects.wires = config.effects.nonlinear = true;
    CellArray quiet(config);
    quiet.program(levels);
    config.effects.read_noise = true;
    CellArray array(config);
    array.program(levels);

    const double step = (88.2 - 9) / 31;
    crossbar::Matrix siemens{6, 5, {}};
    for (const int level : levels) siemens.values.push_back(1e-6 * (9 + step * level));
    const crossbar::Array truth(siemens, config.wires);
    const auto right = read(quiet, codes);
    const auto sums = read(array, codes);
    for (std::size_t d = 0; d < 5; ++d) {
      double variance = 0.0;
      for (std::size_t r = 0; r < 6; ++r) {
        variance += std::pow(codes[r] * 0.03 * 1e6 * truth.effective()(r, d) / step, 2);
      }
      CHECK(sums[d] == Approx(right[d] + std::sqrt(variance) * z(5, d, 0)).epsilon(1e-9));
    }
  }
}

TEST_CASE("a read after any history is that of an array with the same history at once") {
  device::Device device = complete("pcm_nandakumar");
  set(device, "read_relative", {0.01});
  for (const bool with_wires : {false, true}) {
    ArrayConfig config = config_of(device, 17, 11);
    if (with_wires) config.wires = {.row_ohm = 5.0, .column_ohm = 5.0};
    const auto levels = random_levels(config);
    const auto codes = random_codes(config);
    const std::vector<int> amplitudes(11, 3);
    CellArray busy(config);  // reads all the time
    CellArray idle(config);  // reads as often, but before
    for (int i = 0; i < 3; ++i) read(idle, codes);
    busy.program(levels);
    read(busy, codes);
    busy.set_conditions(100.0, 320.0);
    read(busy, codes);
    busy.pulse(5, amplitudes);
    (void)busy.conductance(5, 5);
    read(busy, codes);
    busy.pulse(9, amplitudes);
    idle.program(levels);
    idle.pulse(9, amplitudes);
    idle.pulse(5, amplitudes);
    idle.set_conditions(100.0, 320.0);
    CHECK(read(busy, codes) == read(idle, codes));
  }
}

TEST_CASE("a pulse shows in every way of reading with wires") {
  for (const crossbar::CellKind cell :
       {crossbar::CellKind::passive, crossbar::CellKind::one_transistor}) {
    ArrayConfig config = config_of(plain_device());
    config.wires = {.row_ohm = 50.0, .column_ohm = 50.0};
    config.wires.inactive = crossbar::InactiveRow::floating;
    config.wires.cell = cell;
    const std::vector<bool> some = {true, true, false, true, false, true};
    const auto codes = random_codes(config);
    CellArray array(config);
    array.program(random_levels(config));
    const auto all_before = read(array, codes);
    const auto some_before = read(array, codes, some);
    array.pulse(1, std::vector<int>{1, -1, 1, -1, 1});
    CellArray fresh(config);
    fresh.program(random_levels(config));
    fresh.pulse(1, std::vector<int>{1, -1, 1, -1, 1});
    CHECK(read(array, codes) == read(fresh, codes));
    CHECK(read(array, codes, some) == read(fresh, codes, some));
    CHECK_FALSE(read(array, codes) == all_before);
    CHECK_FALSE(read(array, codes, some) == some_before);
  }
}

TEST_CASE("arrays agree bit by bit on any number of threads") {
  const auto run = [](std::uint32_t array) {
    device::Device device = complete("reram_neurram");
    set(device, "stuck_low", {0.01});
    set(device, "device_spread", {0.05});
    ArrayConfig config = config_of(device, 40, 33);
    config.wires = {.row_ohm = 2.0, .column_ohm = 2.0};
    config.array = array;
    CellArray cells(config);
    cells.program(random_levels(config));
    std::vector<double> all;
    for (int i = 0; i < 5; ++i) {
      cells.set_conditions(i * 1e5, 310.0);
      const auto sums = read(cells, random_codes(config, static_cast<unsigned>(i)));
      all.insert(all.end(), sums.begin(), sums.end());
    }
    return all;
  };
  std::vector<std::vector<double>> serial(4);
  for (std::uint32_t i = 0; i < 4; ++i) serial[i] = run(i);
  std::vector<std::vector<double>> parallel(4);
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { parallel[i] = run(i); });
  }
  for (std::thread& each : threads) each.join();
  CHECK(serial == parallel);
  CHECK_FALSE(serial[0] == serial[1]);
}

TEST_CASE("an array without a right configuration is refused, by the name of what is wrong") {
  const auto message = [](const std::function<void(ArrayConfig&)>& change) {
    ArrayConfig config = config_of(plain_device());
    change(config);
    return refusal([&] { CellArray array(config); });
  };
  const auto with = [&](const std::string& parameter, const std::vector<double>& values) {
    return message([&](ArrayConfig& config) { set(config.device, parameter, values); });
  };
  CHECK(message([](ArrayConfig&) {}) == "accepted");
  CHECK_THAT(message([](ArrayConfig& c) { c.rows = 0; }), Catch::Contains("0 x 5"));
  CHECK_THAT(message([](ArrayConfig& c) { c.device_columns = -1; }), Catch::Contains("6 x -1"));
  CHECK_THAT(message([](ArrayConfig& c) { c.rows = c.device_columns = 1 << 30; }),
             Catch::Contains("cells"));
  CHECK_THAT(message([](ArrayConfig& c) { c.code_bits = 17; }), Catch::Contains("got 17"));
  CHECK_THAT(message([](ArrayConfig& c) { c.code_bits = 0; }), Catch::Contains("got 0"));
  CHECK_THAT(message([](ArrayConfig& c) { c.array = 1U << 27U; }), Catch::Contains("number"));
  CHECK_THAT(message([](ArrayConfig& c) { c.levels = 5; }), Catch::Contains("4 levels; 5"));
  CHECK_THAT(message([](ArrayConfig& c) { c.levels = 1; }), Catch::Contains("4 levels; 1"));
  CHECK_THAT(message([](ArrayConfig& c) { c.device.family = "clay"; }), Catch::Contains("clay"));
  CHECK_THAT(message([](ArrayConfig& c) { c.wires.row_ohm = -1.0; }), Catch::Contains("row_ohm"));
  CHECK_THAT(message([](ArrayConfig& c) { c.wires.sense_ohm = kNan; }),
             Catch::Contains("sense_ohm"));

  CHECK_THAT(with("g_max", {10.0}), Catch::Contains("plain") && Catch::Contains("g_max"));
  CHECK_THAT(with("g_max", {kNan}), Catch::Contains("g_max") && Catch::Contains("nan"));
  CHECK_THAT(with("g_min", {-1.0}), Catch::Contains("g_min"));
  CHECK_THAT(with("g_min", {1.0, 2.0}), Catch::Contains("g_min"));
  CHECK_THAT(with("levels", {kNan}), Catch::Contains("levels"));
  CHECK_THAT(with("program_relative", {kNan}), Catch::Contains("program_relative"));
  CHECK_THAT(with("program_polynomial", {1.0}), Catch::Contains("program_scale"));
  CHECK_THAT(with("program_saturating", {1.0, 1.0}), Catch::Contains("in nA"));
  CHECK_THAT(with("read_saturating", {1.0, 1.0}), Catch::Contains("in nA"));
  CHECK_THAT(with("stuck_low", {1.5}), Catch::Contains("stuck_low"));
  CHECK_THAT(with("relax_times", {1.0}), Catch::Contains("relax_polynomials"));
  CHECK_THAT(with("drift_mean", {0, 0, 1, 0}), Catch::Contains("drift_mean"));
  CHECK_THAT(with("drift_mean", {0, 0, 0, 1}), Catch::Contains("drift_time"));
  CHECK_THAT(with("drift_spread", {0, 0, 0, 1}), Catch::Contains("drift_mean"));
  CHECK_THAT(with("flicker", {0.1, 0.5, 0.2}), Catch::Contains("flicker_time"));
  CHECK_THAT(message([](ArrayConfig& c) {
               set(c.device, "stuck_low", {0.6});
               set(c.device, "stuck_high", {0.6});
             }),
             Catch::Contains("stuck_high"));
  for (const std::vector<double>& times : {std::vector<double>{0.0, 1.0}, {2.0, 1.0}, {1.0, 1.0}}) {
    CHECK_THAT(message([&](ArrayConfig& c) {
                 set(c.device, "program_scale", {1.0});
                 set(c.device, "relax_times", times);
                 set(c.device, "relax_polynomials", {1.0, 2.0});
               }),
               Catch::Contains("relax_times"));
  }
  CHECK_THAT(message([](ArrayConfig& c) {
               set(c.device, "iv_cubic", {1.0});
               c.wires.row_ohm = 1.0;
             }),
             Catch::Contains("read_voltage"));
  CHECK(with("iv_cubic", {1.0}) == "accepted");  // without wires the curve does not show

  CHECK_THAT(refusal([] { CellArray array(config_of(complete("sonos_nor"))); }),
             Catch::Contains("accepted"));
  CHECK_THAT(refusal([] {
               ArrayConfig config = config_of(complete("sonos_nor"));
               config.wires.row_ohm = 1.0;
               CellArray array(config);
             }),
             Catch::Contains("sonos_nor") && Catch::Contains("read_voltage"));
  CHECK_THAT(refusal([] {
               ArrayConfig config = config_of(complete("sram_charge"));
               config.wires.row_ohm = 1.0;
               CellArray array(config);
             }),
             Catch::Contains("wires"));
}

TEST_CASE("a preset without a figure that an effect needs is refused while the effect is on") {
  const auto message = [](const char* name, int levels, const Effects& effects, double ohm = 0.0) {
    ArrayConfig config;
    config.rows = config.device_columns = 2;
    config.levels = levels;
    config.device = device::load(name);
    config.effects = effects;
    config.wires.row_ohm = ohm;
    return refusal([&] { CellArray array(config); });
  };
  const Effects none = Effects::none();
  CHECK_THAT(message("mram_resistance_sum", 2, none), Catch::Contains("resistance_p"));
  CHECK_THAT(message("nand_string", 2, none), Catch::Contains("levels"));
  CHECK_THAT(message("stt_mram_generic", 2, none), Catch::Contains("g_min"));
  CHECK_THAT(message("sram_current", 2, none), Catch::Contains("i_min"));
  CHECK_THAT(message("sram_charge", 2, {}), Catch::Contains("capacitor_sigma"));
  CHECK(message("sram_charge", 2, none) == "accepted");
  CHECK(message("reram_milo", 8, {}) == "accepted");
  CHECK_THAT(message("reram_milo", 8, {}, 1.0), Catch::Contains("iv_quadratic"));
  CHECK(message("reram_milo", 8, none, 1.0) == "accepted");
}

TEST_CASE("calls that make no sense are refused, and change nothing") {
  ArrayConfig config = config_of(plain_device());
  CellArray array(config);
  std::vector<double> sums(5);
  const std::vector<int> codes(6, 1);
  const auto reading = [&](const std::vector<int>& some, const std::vector<bool>& enabled,
                           std::size_t columns) {
    return refusal([&] { array.read(some, enabled, std::span(sums).first(columns)); });
  };
  CHECK_THAT(reading(std::vector<int>(5, 0), {}, 5), Catch::Contains("6 x 5"));
  CHECK_THAT(reading(codes, std::vector<bool>(3), 5), Catch::Contains("6 x 5"));
  CHECK_THAT(reading(codes, {}, 4), Catch::Contains("6 x 5"));
  CHECK_THAT(reading(std::vector<int>(6, 8), {}, 5), Catch::Contains("0 to 7, got 8"));
  CHECK_THAT(reading(std::vector<int>(6, -1), {}, 5), Catch::Contains("got -1"));
  CHECK_THAT(refusal([&] { array.program(std::vector<int>(29, 0)); }), Catch::Contains("29"));
  CHECK_THAT(refusal([&] { array.program_row(0, std::vector<int>(5, 4)); }),
             Catch::Contains("0 to 3, got 4"));
  CHECK_THAT(refusal([&] { array.program_row(6, std::vector<int>(5, 0)); }),
             Catch::Contains("row 6"));
  CHECK_THAT(refusal([&] { array.pulse(0, std::vector<int>(4, 0)); }), Catch::Contains("got 4"));
  CHECK_THAT(refusal([&] { array.pulse(-1, std::vector<int>(5, 0)); }), Catch::Contains("row -1"));
  CHECK_THAT(refusal([&] { (void)array.conductance(0, 5); }), Catch::Contains("column 5"));
  for (const double seconds : {-1.0, kNan, kInfinity}) {
    CHECK_THAT(refusal([&] { array.set_conditions(seconds, 300.0); }), Catch::Contains("time"));
  }
  for (const double kelvin : {0.0, -1.0, kNan, kInfinity}) {
    CHECK_THAT(refusal([&] { array.set_conditions(0.0, kelvin); }), Catch::Contains("temperature"));
  }
  CHECK(array.reads() == 0);
  CHECK(array.pulses(0, 0) == 0);
}

}  // namespace cimforge::analog::test
