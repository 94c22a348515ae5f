// The golden model of cells against figures computed by hand from the formulas of the sources, and
// against the moments that they promise.
#include "sim/reference/cells.h"

#include <algorithm>
#include <cmath>

#include "generator/base/exit_status.h"
#include "sim/noise/noise.h"
#include "tests/catch.h"
#include "tests/reference/devices.h"

namespace cimforge::reference {
namespace {

using device::Device;
using test::ideal_device;
using test::with;
using test::without;

constexpr Draws kDraws{11, 3};
constexpr double kDay = 86400.0;

Approx near(double value) {
  return Approx(value).epsilon(1e-9).margin(1e-12);
}

/// A cell as if it was programmed to G without an error.
Cell cell_at(const Device& device, double g, std::uint32_t number = 0) {
  return {number, states_of(device).weight(g), 1};
}

struct Moments {
  double mean = 0.0;
  double sigma = 0.0;
};

template <typename Function>
Moments moments(std::uint32_t count, Function value) {
  double sum = 0.0;
  double squares = 0.0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const double x = value(i);
    sum += x;
    squares += x * x;
  }
  const double mean = sum / count;
  return {mean, std::sqrt(squares / count - mean * mean)};
}

/// A gaussian that a cell draws.
double z(Kind kind, std::uint32_t cell, std::uint64_t event, std::size_t word = 0) {
  return gaussian(kDraws, kind, cell, event, word);
}

}  // namespace

TEST_CASE("draws are words of the key of the text") {
  const noise::Words words = noise::words({11, 32 * 3 + 4, 17, 5});
  CHECK(z(Kind::relaxation, 17, 5) == noise::gaussian(words[0]));
  CHECK(z(Kind::relaxation, 17, 5, 1) == noise::gaussian(words[1]));
  CHECK(uniform(kDraws, Kind::relaxation, 17, 5) == noise::uniform(words[0]));
}

TEST_CASE("states are evenly spaced") {
  const States states = states_of(ideal_device(9.0, 88.2, 32));
  CHECK(states.conductance(0) == 9.0);
  CHECK(states.conductance(31) == near(88.2));
  CHECK(states.conductance(1) == near(9.0 + 79.2 / 31.0));
  CHECK(states.weight(states.conductance(13)) == near(13));
  CHECK(states_of(device::load("sonos_nor")).high == 3200.0);
  CHECK(states_of(device::load("sram_charge")).high == 1.0);
  CHECK(states_of(device::load("mram_resistance_sum")).levels == 2);
  CHECK_THROWS_AS(states_of(device::load("nand_string")), base::InputError);
  const Device mixed = with(device::load("sonos_nor"), "decay_mean", {-0.1});
  CHECK_THROWS_WITH(fresh_array(mixed, kDraws, 1, 1), Catch::Contains("decay_mean"));
}

// The sums are those of the polynomials in the presets' sources, worked out by hand.
TEST_CASE("sigma of programming of the presets") {
  const Device pcm = device::load("pcm_nandakumar");
  CHECK(programming_sigma(pcm, 0.0) == near(0.26348));
  CHECK(programming_sigma(pcm, 12.5) == near(0.952705));
  CHECK(programming_sigma(pcm, 25.0) == near(1.05538));
  const Device hermes = device::load("pcm_hermes");
  CHECK(programming_sigma(hermes, 10.35) == near(0.99101320375));
  CHECK(programming_sigma(hermes, 20.7) == near(1.09269857));
  const Device neurram = device::load("reram_neurram");
  CHECK(programming_sigma(neurram, 20.0) == near(2.0229375));
  CHECK(programming_sigma(neurram, 40.0) == near(1.103));
  const Device milo = device::load("reram_milo");
  CHECK(programming_sigma(milo, 50.0) == near(4.32665));
  CHECK(programming_sigma(milo, 225.0) == near(2.732925));
  const Device falcone = device::load("reram_cmo_hfox");
  CHECK(programming_sigma(falcone, 88.2) == near(0.095078348));
  CHECK(programming_sigma(device::load("reram_generic"), 10.0) == near(0.1));
  const Device sonos = device::load("sonos_nor");
  CHECK(programming_sigma(sonos, 0.0) == 0.0);
  CHECK(programming_sigma(sonos, 176.3115) == near(12.570760311));
  CHECK(programming_sigma(sonos, 3200.0) == Approx(19.88665).epsilon(1e-7));
  // Several are added up as squares; a polynomial below 0 is none.
  Device both = with(ideal_device(0, 50, 2), "program_relative", {0.1});
  both = with(both, "program_scale", {1});
  both = with(both, "program_polynomial", {8.0, -0.125});
  CHECK(programming_sigma(both, 32.0) == near(std::hypot(3.2, 4.0)));
  CHECK(programming_sigma(both, 70.0) == near(7.0));
  CHECK(programming_sigma(ideal_device(0, 1, 2), 1.0) == 0.0);
}

TEST_CASE("pulses move a cell within its range") {
  const Device device = ideal_device(2.0, 10.0, 9);  // 1 uS a level
  const std::vector<double> pulses{3, 4, -2, 40, -1};
  Cell cell = fresh_cell(device, kDraws, 5);
  CHECK(programmed_conductance(device, cell) == 2.0);
  const std::vector<double> expected{5, 9, 7, 10, 9};
  for (std::size_t i = 0; i < pulses.size(); ++i) {
    cell = after_pulse(device, kDraws, cell, pulses[i]);
    CHECK(programmed_conductance(device, cell) == expected[i]);
    CHECK(cell.pulses == i + 1);
  }
  CHECK(programmed_cell(device, kDraws, 5, pulses).weight == cell.weight);
  cell = after_level(device, kDraws, cell, 3);
  CHECK(programmed_conductance(device, cell) == 5.0);
  CHECK(cell.pulses == 6);

  // The spread of devices is one number for each cell; the programming error is new at each pulse.
  const Device spread = with(device, "device_spread", {0.05});
  const Cell once = programmed_cell(spread, kDraws, 5, std::vector<double>{4});
  CHECK(once.weight == near(4.0 * (1.0 + 0.05 * z(Kind::spread, 5, 0))));
  const Device noisy = with(device, "program_relative", {0.02});
  const Cell twice = programmed_cell(noisy, kDraws, 5, std::vector<double>{4, 2});
  const double first = 6.0 * (1.0 + 0.02 * z(Kind::programming, 5, 0));
  const double second = (first + 2.0) * (1.0 + 0.02 * z(Kind::programming, 5, 1));
  CHECK(programmed_conductance(noisy, twice) == near(second));
}

TEST_CASE("a programmed conductance is not negative") {
  Device device = with(ideal_device(2.0, 10.0, 9), "program_scale", {1});
  device = with(device, "program_polynomial", {20.0});
  double lowest = 100.0;
  double highest = 0.0;
  for (std::uint32_t i = 0; i < 50; ++i) {
    const Cell cell = programmed_cell(device, kDraws, i, std::vector<double>{3});
    const double g = programmed_conductance(device, cell);
    CHECK(g == near(std::max(0.0, 5.0 + 20.0 * z(Kind::programming, i, 0))));
    lowest = std::min(lowest, g);
    highest = std::max(highest, g);
  }
  CHECK(lowest == near(0.0));
  CHECK(highest > 10.0);  // the error may go beyond the highest state
}

TEST_CASE("moments of programmed presets") {
  const auto programmed = [](const char* preset, double level) {
    const Device device = device::load(preset);
    return moments(20000, [&](std::uint32_t i) {
      const Cell cell = after_level(device, kDraws, {i, 0.0, 0}, level);
      return programmed_conductance(device, cell);
    });
  };
  // sigma / sqrt(20000) and sigma / sqrt(40000), at four standard deviations
  const auto check = [](const Moments& got, double mean, double sigma) {
    CHECK(std::abs(got.mean - mean) < 4.0 * sigma / std::sqrt(20000.0));
    CHECK(std::abs(got.sigma - sigma) < 4.0 * sigma / std::sqrt(40000.0));
  };
  check(programmed("pcm_nandakumar", 15), 25.0, 1.05538);
  check(programmed("reram_neurram", 15), 40.0, 1.103);
  check(programmed("reram_milo", 0), 50.0, 4.32665);
  check(programmed("reram_cmo_hfox", 31), 88.2, 0.095078348);
  check(programmed("sonos_nor", 127), 3200.0, 19.88665);
}

TEST_CASE("stuck cells stay, and there are as many as the device says") {
  const Device device =
      with(with(ideal_device(1.0, 17.0, 2), "stuck_low", {0.1}), "stuck_high", {0.05});
  int low = 0;
  int high = 0;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const Stuck stuck = stuck_state(device, kDraws, i);
    const double u2 = uniform(kDraws, Kind::stuck, i, 0);
    REQUIRE(stuck == (u2 < 0.1 ? Stuck::low : u2 > 0.95 ? Stuck::high : Stuck::no));
    low += stuck == Stuck::low ? 1 : 0;
    high += stuck == Stuck::high ? 1 : 0;
    if (i >= 200) continue;
    const Cell cell = programmed_cell(device, kDraws, i, std::vector<double>{1, -1, 1});
    CHECK(cell.pulses == 3);
    CHECK(programmed_conductance(device, cell) == (stuck == Stuck::low ? 1.0 : 17.0));
    const Cell lowered = after_level(device, kDraws, cell, 0);
    CHECK(programmed_conductance(device, lowered) == (stuck == Stuck::high ? 17.0 : 1.0));
  }
  CHECK(std::abs(low - 2000) < 4 * 43);
  CHECK(std::abs(high - 1000) < 4 * 31);
}

TEST_CASE("a worn cell does not move any more") {
  const Device device = with(ideal_device(0.0, 10.0, 11), "endurance", {3});
  Cell cell = programmed_cell(device, kDraws, 0, std::vector<double>{1, 1, 1});
  CHECK(programmed_conductance(device, cell) == 3.0);
  cell = after_pulse(device, kDraws, cell, 1);
  cell = after_level(device, kDraws, cell, 7);
  CHECK(programmed_conductance(device, cell) == 3.0);
  CHECK(cell.pulses == 5);
}

TEST_CASE("drift of the two PCM presets") {
  // Without its spread: nu = clip(-0.0155 ln g + 0.0244, 0.049, 0.1).
  const Device pcm = without(device::load("pcm_nandakumar"), {"drift_spread"});
  const auto drifted = [&](const Device& device, double g, double seconds) {
    return after_drift(device, kDraws, cell_at(device, g), g, seconds);
  };
  CHECK(drifted(pcm, 25.0, 0.0) == 25.0);
  CHECK(drifted(pcm, 25.0, 20.0) == near(24.1651524266));  // 25 / 2^0.049
  CHECK(drifted(pcm, 25.0, kDay) == near(16.5880898711));  // 25 / 4321^0.049
  CHECK(drifted(pcm, 2.5, 20.0) == near(2.5 * std::pow(2.0, -0.0600900689414)));
  CHECK(drifted(pcm, 0.025, 20.0) == near(0.025 * std::pow(2.0, -0.1)));
  CHECK(drifted(pcm, 0.0, 20.0) == 0.0);
  // The logarithm is taken of 1e-6 of the highest state at least: nu = 0.03 ln 10^6 = 0.414465.
  const Device wide = with(pcm, "drift_mean", {-0.03, 0.0, 0.0, 1.0});
  CHECK(drifted(wide, 25e-9, 20.0) == near(25e-9 * std::pow(2.0, -0.4144653167)));
  CHECK(drifted(without(device::load("pcm_hermes"), {"drift_spread"}), 20.7, 300.0) ==
        near(20.7 * std::pow(2.0, -0.049)));
  // With it: s = clip(-0.0125 ln g - 0.0059, 0.008, 0.045), 0.008 at the top.
  const Device spread = device::load("pcm_nandakumar");
  const double nu = std::abs(0.049 + 0.008 * z(Kind::drift, 0, 1));
  CHECK(drifted(spread, 25.0, kDay) == near(25.0 * std::pow(4321.0, -nu)));
  const double low_nu = std::abs(0.0600900689414 + 0.0228823136624 * z(Kind::drift, 0, 1));
  CHECK(drifted(spread, 2.5, kDay) == near(2.5 * std::pow(4321.0, -low_nu)));
}

TEST_CASE("1/f noise of a PCM cell at full conductance is 4.5 % after a day") {
  const Device pcm = device::load("pcm_nandakumar");
  const auto sigma = [&](double g, double seconds) {
    return (after_flicker(pcm, kDraws, cell_at(pcm, g), g, seconds, 2) - g) /
           z(Kind::flicker, 0, 2);
  };
  CHECK(sigma(25.0, kDay) == near(25.0 * 0.04476372448));
  CHECK(sigma(25.0, kDay) / 25.0 == Approx(0.045).epsilon(0.01));
  CHECK(sigma(25.0, 2.5e-7) == 0.0);  // up to t_r there is none
  CHECK(sigma(25.0, 4e-7) == near(25.0 * 0.0088 * std::sqrt(std::log(1.3))));
  // Q = 0.0088 / 0.1^0.65 = 0.0393; from there down to 0.2.
  CHECK(sigma(2.5, kDay) == near(2.5 * 0.03930815611 / 0.0088 * 0.04476372448));
  CHECK(sigma(0.025, kDay) == near(0.025 * 0.2 / 0.0088 * 0.04476372448));
  const Device falcone = device::load("reram_cmo_hfox");
  CHECK((after_flicker(falcone, kDraws, cell_at(falcone, 88.2), 88.2, 1000.0, 2) - 88.2) /
            z(Kind::flicker, 0, 2) ==
        near(0.2414436862));
  // log10 is that of 1 uS at least.
  CHECK(after_flicker(falcone, kDraws, cell_at(falcone, 0.5), 0.5, 1000.0, 2) == 0.5);
}

TEST_CASE("relaxation of NeuRRAM and of SONOS") {
  const Device neurram = device::load("reram_neurram");
  CHECK(relaxation_sigma(neurram, 20.0, 0.0) == near(2.0229375));
  CHECK(relaxation_sigma(neurram, 20.0, 1.0) == near(2.0229375));
  CHECK(relaxation_sigma(neurram, 20.0, kDay) == near(3.909));
  CHECK(relaxation_sigma(neurram, 20.0, 2 * kDay) == near(3.929125));
  CHECK(relaxation_sigma(neurram, 20.0, 30 * kDay) == near(3.929125));
  // ln 3600 / ln 86400 of the way from 1 s to 1 day
  CHECK(relaxation_sigma(neurram, 20.0, 3600.0) == near(3.3816714437));
  const auto added = [](const Device& device, double g, double seconds) {
    return (after_relaxation(device, kDraws, cell_at(device, g), g, seconds) - g) /
           z(Kind::relaxation, 0, 1);
  };
  CHECK(added(neurram, 20.0, 0.5) == 0.0);
  CHECK(added(neurram, 20.0, kDay) == near(3.3448475105));  // sqrt(3.909^2 - 2.0229375^2)

  const Device sonos = device::load("sonos_nor");
  CHECK(added(sonos, 207.34309, 5 * kDay) == near(21.8581536946));  // 34.57909 (1 - 1 / e)
  CHECK(added(sonos, 207.34309, 50 * kDay) == near(21.8581536946));
  CHECK(added(sonos, 207.34309, 3600.0) == near(21.8581536946 * 0.6310767002));
  CHECK(added(sonos, 207.34309, 0.0) == 0.0);
}

TEST_CASE("decay of CMO/HfOx") {
  const Device falcone = device::load("reram_cmo_hfox");
  const auto after = [&](const Device& device, double seconds) {
    return after_decay(device, kDraws, cell_at(device, 50.0), 50.0, seconds);
  };
  CHECK(after(falcone, 1.0) == 50.0);
  CHECK(after(falcone, 1000.0) ==
        near(50.0 - 0.6147902198 + 0.7020247993 * z(Kind::relaxation, 0, 1)));
  // A device that relaxes too draws another word.
  const Device both =
      with(with(with(falcone, "relax_times", {1}), "relax_polynomials", {0}), "program_scale", {1});
  CHECK(after(both, 1000.0) ==
        near(50.0 - 0.6147902198 + 0.7020247993 * z(Kind::relaxation, 0, 1, 1)));
}

TEST_CASE("moments of presets a day after programming") {
  // The sum of independent errors: programming at 1 s and what was added since is the day's sigma.
  const Device neurram = device::load("reram_neurram");
  const Moments day = moments(20000, [&](std::uint32_t i) {
    const Cell cell = after_level(neurram, kDraws, {i, 0.0, 0}, 15);
    return conductance_at(neurram, kDraws, cell, {kDay, kReferenceKelvin, 1});
  });
  CHECK(day.mean == Approx(40.0).margin(0.1));
  // 0.701 + 22.086 - 50.773 + 47.095 - 16.458 = 2.651
  CHECK(day.sigma == Approx(2.651).epsilon(0.03));
  // CMO/HfOx: -0.089 ln 86400 = -1.0117; 0.04201 ln 86400 + 0.41183 = 0.88934 beside 0.095 of
  // programming and 0.02773 log10 88.2 sqrt(ln 4.32e10) = 0.2669 of 1/f noise.
  const Device falcone = device::load("reram_cmo_hfox");
  const Moments decayed = moments(20000, [&](std::uint32_t i) {
    const Cell cell = after_level(falcone, kDraws, {i, 0.0, 0}, 31);
    return conductance_at(falcone, kDraws, cell, {kDay, kReferenceKelvin, 1});
  });
  CHECK(decayed.mean == Approx(88.2 - 1.0117).margin(0.03));
  CHECK(decayed.sigma ==
        Approx(std::sqrt(0.88934 * 0.88934 + 0.0951 * 0.0951 + 0.2669 * 0.2669)).epsilon(0.03));
}

TEST_CASE("temperature makes time go faster and conductances change") {
  const Device hot = with(device::load("pcm_nandakumar"), "activation_energy", {1.1});
  CHECK(accelerated_seconds(hot, 2.0, 298.15) == 2.0);
  // 1.1 / 8.617333262e-5 * (1 / 298.15 - 1 / 358.15) = 7.17251
  CHECK(accelerated_seconds(hot, 2.0, 358.15) == near(2.0 * 1303.11378598));
  CHECK(accelerated_seconds(hot, 2.0, 273.15) < 0.1);

  for (const char* preset :
       {"pcm_nandakumar", "pcm_hermes", "reram_neurram", "reram_cmo_hfox", "sonos_nor"}) {
    const Device device = device::load(preset);
    const Cell cell = fresh_cell(device, kDraws, 0);
    CHECK_NOTHROW(conductance_at(device, kDraws, cell, {10.0, 298.15, 1}));
    CHECK_THROWS_WITH(conductance_at(device, kDraws, cell, {0.0, 300.0, 1}),
                      Catch::Contains("activation_energy") && Catch::Contains(device.name));
  }
  const Device still = device::load("reram_generic");
  const Cell cell = programmed_cell(still, kDraws, 1, std::vector<double>{1});
  CHECK(weight_at(still, kDraws, cell, {1e6, 400.0, 1}) == cell.weight);
  const Device warm = with(ideal_device(0, 10, 2), "temperature_coefficient", {0.002});
  CHECK(conductance_at(warm, kDraws, cell_at(warm, 10.0), {0.0, 348.15, 1}) == near(11.0));
  CHECK(conductance_at(warm, kDraws, cell_at(warm, 10.0), {0.0, 248.15, 1}) == near(9.0));
}

TEST_CASE("a capacitor stays what it is") {
  const Device sram = with(device::load("sram_charge"), "capacitor_sigma", {0.03});
  const Cell cell = programmed_cell(sram, kDraws, 4, std::vector<double>{1, -1, 1});
  CHECK(programmed_conductance(sram, cell) == 1.0);
  CHECK(conductance_at(sram, kDraws, cell, {}) == near(1.0 + 0.03 * z(Kind::spread, 4, 0, 1)));
  CHECK_THROWS_WITH(conductance_at(device::load("sram_charge"), kDraws, cell, {}),
                    Catch::Contains("capacitor_sigma"));
}

TEST_CASE("an ideal array gives sums of products, as whole numbers") {
  for (const auto& [low, high] : {std::pair{0.7, 13.1}, std::pair{0.0, 25.0}}) {
    Array array = fresh_array(ideal_device(low, high, 8), kDraws, 3, 2);
    program_levels(array, std::vector<int>{1, 7, 0, 5, 6, 3});
    const std::vector<int> codes{3, 1, 2};
    const std::vector<double> sums = read_currents(array, {}, codes, 2, {true, true, true}, 0);
    CHECK(sums == std::vector<double>{3 * 1 + 1 * 0 + 2 * 6, 3 * 7 + 1 * 5 + 2 * 3});
    CHECK(read_currents(array, {9.0, 350.0, 1}, codes, 2, {true, false, true}, 4) ==
          std::vector<double>{3 * 1 + 2 * 6, 3 * 7 + 2 * 3});
  }
}

TEST_CASE("white read noise is one draw for a column") {
  const Device device = with(ideal_device(1.0, 10.0, 4), "read_relative", {0.01});
  Array array = fresh_array(device, kDraws, 3, 2);
  program_levels(array, std::vector<int>{0, 3, 1, 2, 3, 3});  // 1 10 / 4 7 / 10 10 uS, dG = 3 uS
  const std::vector<double> sums =
      read_currents(array, {}, std::vector<int>{3, 2, 1}, 2, {true, true, false}, 7);
  const double left = 0.01 / 3.0 * std::hypot(3.0 * 1.0, 2.0 * 4.0);
  const double right = 0.01 / 3.0 * std::hypot(3.0 * 10.0, 2.0 * 7.0);
  CHECK(sums[0] == near(2.0 + left * z(Kind::read, 0, 7)));
  CHECK(sums[1] == near(13.0 + right * z(Kind::read, 1, 7)));
  CHECK(read_sigma(device::load("sonos_nor"), 215.36557) == near(7.9523105147));
  CHECK(read_sigma(device::load("reram_neurram"), 40.0) == near(0.4));
}

TEST_CASE("output noise of 256 rows of bits is 4.5 % of a step of 8 bits") {
  Array array =
      fresh_array(without(device::load("sram_charge"), {"capacitor_sigma"}), kDraws, 256, 1);
  CHECK(output_noise_sigma(array, 1) == near(0.045));
  CHECK(output_noise_sigma(array, 2) == near(3 * 0.045));
  const std::vector<double> sums =
      read_currents(array, {}, std::vector<int>(256, 1), 1, std::vector<bool>(256, true), 3);
  CHECK(sums[0] == near(0.045 * z(Kind::output, 0, 3)));
}

TEST_CASE("one cell behind wires") {
  crossbar::Wires wires;
  wires.driver_ohm = 1000.0;
  wires.sense_ohm = 500.0;
  Array array = fresh_array(ideal_device(5.0, 20.0, 4), kDraws, 1, 1, wires);  // dG = 5 uS
  program_levels(array, std::vector<int>{3});
  // 1 / (50 kohm + 1.5 kohm) = 19.4174757 uS; less 5 uS, over 5 uS, times the code.
  const double sum = read_currents(array, {}, std::vector<int>{2}, 2, {true}, 0)[0];
  CHECK(sum == near(2.0 * (19.4174757282 - 5.0) / 5.0));

  // The same in nA at 0.5 V: 10 uA is 20 uS.
  Device nor = without(device::load("sonos_nor"),
                       {"program_saturating", "relax_saturating", "read_saturating"});
  nor = with(with(with(nor, "i_min", {2500}), "i_max", {10000}), "levels", {4});
  CHECK_THROWS_WITH(
      read_currents(fresh_array(nor, kDraws, 1, 1, wires), {}, std::vector<int>{2}, 2, {true}, 0),
      Catch::Contains("read_voltage"));
  array = fresh_array(with(nor, "read_voltage", {0.5}), kDraws, 1, 1, wires);
  program_levels(array, std::vector<int>{3});
  CHECK(read_currents(array, {}, std::vector<int>{2}, 2, {true}, 0)[0] == near(sum));

  // A curve: u in 0.5 V = u + 1500 ohm (20 uS u + 40 uA/V2 u^2), u = (-1.03 + sqrt(1.03^2 +
  // 4 0.06 0.5)) / 0.12 = 0.4724573; less that of the lowest state without wires.
  Device curved = with(ideal_device(5.0, 20.0, 4), "read_voltage", {0.5});
  curved = with(curved, "iv_quadratic", {40.0});
  array = fresh_array(curved, kDraws, 1, 1, wires);
  program_levels(array, std::vector<int>{3});
  const double u = (-1.03 + std::sqrt(1.03 * 1.03 + 0.12)) / 0.12;
  const double microampere = 20.0 * u + 40.0 * u * u;
  const double lowest = 5.0 * 0.5 + 40.0 * 0.25;
  CHECK(read_currents(array, {}, std::vector<int>{3}, 2, {true}, 0)[0] ==
        near(3.0 * (microampere - lowest) / 0.5 / 5.0));
  // In nA: 2 nA at v = 0.5 and 0.3 uA/V2 of 0.25 V.
  CHECK(cell_current(with(with(nor, "read_voltage", {0.5}), "iv_quadratic", {0.3}), 4.0, 0.5) ==
        near(2.0 + 18.75));
  // Without wires the curve leaves with the lowest column.
  array.wires = {};
  CHECK(read_currents(array, {}, std::vector<int>{3}, 2, {true}, 0)[0] == 9.0);

  const Device sram = without(device::load("sram_charge"), {"capacitor_sigma"});
  CHECK_THROWS_WITH(
      read_currents(fresh_array(sram, kDraws, 1, 1, wires), {}, std::vector<int>{1}, 1, {true}, 0),
      Catch::Contains("capacitor"));
}

TEST_CASE("read noise of a cell behind wires shrinks as its current does") {
  crossbar::Wires wires;
  wires.driver_ohm = 10000.0;
  const Device device = with(ideal_device(0.0, 20.0, 2), "read_relative", {0.01});
  Array array = fresh_array(device, kDraws, 1, 1, wires);
  program_levels(array, std::vector<int>{1});
  // 20 uS behind 10 kohm are 16.667 uS: five sixths.
  const double sum = read_currents(array, {}, std::vector<int>{1}, 1, {true}, 2)[0];
  CHECK(sum == near(5.0 / 6.0 * (1.0 + 0.01 * z(Kind::read, 0, 2))));
}

}  // namespace cimforge::reference
