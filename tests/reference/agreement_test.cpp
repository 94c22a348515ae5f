// The fast model of sim/analog against the golden one: every preset, every effect alone, left out
// and together with the others.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>
#include <string>

#include "generator/base/exit_status.h"
#include "sim/analog/cell_array.h"
#include "sim/analog/converter.h"
#include "sim/reference/cells.h"
#include "sim/reference/converter.h"
#include "sim/reference/macro.h"
#include "tests/catch.h"
#include "tests/reference/devices.h"

namespace cimforge::reference {
namespace {

using device::Device;
using test::with;
using test::without;
using Random = std::mt19937;

constexpr std::uint64_t kSeed = 0x123456789ABCDEF;
constexpr std::uint32_t kArray = 7;

struct Effect {
  const char* name;
  bool analog::Effects::*member;
  std::vector<std::string> parameters;  ///< of the device, without which there is no such effect
};

const std::vector<Effect>& effects() {
  using analog::Effects;
  static const std::vector<Effect> table = {
      {"programming",
       &Effects::programming,
       {"program_polynomial", "program_relative", "program_saturating"}},
      {"device_spread", &Effects::device_spread, {"device_spread", "capacitor_sigma"}},
      {"stuck", &Effects::stuck, {"stuck_low", "stuck_high"}},
      {"endurance", &Effects::endurance, {"endurance"}},
      {"relaxation_and_drift",
       &Effects::relaxation_and_drift,
       {"relax_times", "relax_polynomials", "relax_saturating", "drift_mean", "drift_spread",
        "drift_time", "decay_mean", "decay_spread"}},
      {"temperature", &Effects::temperature, {"temperature_coefficient"}},
      {"read_noise", &Effects::read_noise, {"read_relative", "read_saturating"}},
      {"flicker", &Effects::flicker, {"flicker", "flicker_log"}},
      {"output_noise", &Effects::output_noise, {"output_sigma"}},
      {"wires", &Effects::wires, {}},
      {"nonlinear", &Effects::nonlinear, {"iv_quadratic", "iv_cubic"}},
  };
  return table;
}

/// A preset with a figure for what it cannot tell: any will do for a comparison.
Device complete(const std::string& preset) {
  static const std::map<std::string, double, std::less<>> figures = {
      {"activation_energy", 1.1},
      {"iv_quadratic", 20.0},
      {"iv_cubic", 30.0},
      {"g_min", 20.0},
      {"g_max", 55.0},
      {"temperature_coefficient", -0.0013},
      {"i_min", 12.0},
      {"i_max", 900.0},
      {"device_spread", 0.05},
      {"capacitance", 1.5},
      {"capacitor_sigma", 0.02},
      {"levels", 8.0},
      {"string_length", 64.0},
  };
  Device device = device::load(preset);
  for (const std::string& name : device.missing()) device = with(device, name, {figures.at(name)});
  if (!device.has("read_voltage")) device = with(device, "read_voltage", {0.4});
  return device;
}

/// A device in uS with every effect at once, and often.
Device everything() {
  Device device = complete("reram_milo");
  const std::vector<std::pair<std::string, std::vector<double>>> more = {
      {"g_min", {0.0}},
      {"program_relative", {0.03}},
      {"device_spread", {0.04}},
      {"capacitor_sigma", {0.02}},
      {"stuck_low", {0.1}},
      {"stuck_high", {0.07}},
      {"endurance", {4}},
      {"relax_times", {0.5, 100.0, 1e5}},
      {"relax_polynomials", {1.0, 0.01, 2.0, 0.015, 4.0, 0.012}},
      {"drift_mean", {-0.02, 0.03, 0.01, 0.5}},
      {"drift_spread", {-0.01, 0.004, 0.002, 0.4}},
      {"drift_time", {3.0}},
      {"decay_mean", {-0.2}},
      {"decay_spread", {0.05, 0.3}},
      {"activation_energy", {0.9}},
      {"temperature_coefficient", {0.0011}},
      {"read_relative", {0.01}},
      {"flicker", {0.01, 0.3, 10.0}},
      {"flicker_log", {0.03}},
      {"flicker_time", {1e-6}},
  };
  for (const auto& [name, values] : more) device = with(device, name, values);
  device.name = "everything";
  return device;
}

/// The same in nA.
Device every_current() {
  Device device = complete("sonos_nor");
  const std::vector<std::pair<std::string, std::vector<double>>> more = {
      {"i_min", {150}},
      {"levels", {6}},
      {"program_relative", {0.02}},
      {"stuck_low", {0.05}},
      {"activation_energy", {0.5}},
      {"drift_mean", {-0.02, 0.03, 0.01, 0.1}},
      {"drift_time", {3.0}},
      {"read_relative", {0.01}},
      {"iv_quadratic", {0.3}},
  };
  for (const auto& [name, values] : more) device = with(device, name, values);
  device.name = "every_current";
  return device;
}

std::vector<Device> all_devices() {
  std::vector<Device> result;
  for (const std::string& name : device::preset_names()) {
    if (name != "mram_resistance_sum") result.push_back(complete(name));
  }
  result.push_back(everything());
  result.push_back(every_current());
  return result;
}

/// The same array twice.
struct Pair {
  analog::CellArray fast;
  Array golden;
  Conditions conditions;
  bool with_temperature = true;
  int code_bits = 1;
  int levels = 2;
};

Pair make_pair(const Device& device, const analog::Effects& on, std::size_t rows,
               std::size_t columns, int levels, int code_bits, const crossbar::Wires& wires) {
  analog::ArrayConfig config;
  config.rows = static_cast<int>(rows);
  config.device_columns = static_cast<int>(columns);
  config.levels = levels;
  config.code_bits = code_bits;
  config.device = device;
  config.wires = wires;
  config.seed = kSeed;
  config.array = kArray;
  config.effects = on;

  Device golden = with(device, "levels", {static_cast<double>(levels)});
  for (const Effect& effect : effects()) {
    if (on.*effect.member) continue;
    for (const std::string& name : effect.parameters) golden.parameters.erase(name);
  }
  return {analog::CellArray(config),
          fresh_array(golden, {kSeed, kArray}, rows, columns, on.wires ? wires : crossbar::Wires{}),
          {},
          on.temperature,
          code_bits,
          levels};
}

/// One amplitude a cell of a row; 0 is no pulse.
void pulse(Pair& pair, std::size_t row, const std::vector<int>& amplitudes) {
  pair.fast.pulse(static_cast<int>(row), amplitudes);
  for (std::size_t d = 0; d < amplitudes.size(); ++d) {
    if (amplitudes[d] == 0) continue;
    Cell& cell = pair.golden.cells[row * pair.golden.columns + d];
    cell = after_pulse(pair.golden.device, pair.golden.draws, cell, amplitudes[d]);
  }
}

void program(Pair& pair, const std::vector<int>& levels) {
  pair.fast.program(levels);
  program_levels(pair.golden, levels);
}

void set_conditions(Pair& pair, double seconds, double kelvin) {
  pair.fast.set_conditions(seconds, kelvin);
  pair.conditions = {seconds, pair.with_temperature ? kelvin : kReferenceKelvin,
                     pair.conditions.changes + 1};
}

bool is_near(double got, double expected, double relative, double scale) {
  // What is left of a difference of two great numbers is compared with their size.
  return std::abs(got - expected) <= relative * std::max(std::abs(expected), scale);
}

void compare_cells(Pair& pair) {
  const States states = states_of(pair.golden.device);
  const std::vector<double> g = conductances(pair.golden, pair.conditions);
  for (std::size_t r = 0; r < pair.golden.rows; ++r) {
    for (std::size_t d = 0; d < pair.golden.columns; ++d) {
      const std::size_t i = r * pair.golden.columns + d;
      const auto row = static_cast<int>(r);
      const auto column = static_cast<int>(d);
      const Cell& cell = pair.golden.cells[i];
      const double programmed = programmed_conductance(pair.golden.device, cell);
      INFO("row " << r << ", column " << d);
      const double fast_programmed = pair.fast.programmed_conductance(row, column);
      const double fast_now = pair.fast.conductance(row, column);
      CAPTURE(fast_programmed, programmed, fast_now, g[i]);
      REQUIRE(pair.fast.pulses(row, column) == cell.pulses);
      REQUIRE(is_near(fast_programmed, programmed, 1e-12, 0.01 * states.high));
      REQUIRE(is_near(fast_now, g[i], 1e-12, 0.01 * states.high));
      REQUIRE(pair.fast.is_stuck(row, column) ==
              (stuck_state(pair.golden.device, pair.golden.draws, cell.number) != Stuck::no));
    }
  }
}

void compare_read(Pair& pair, const std::vector<int>& codes, const std::vector<bool>& enabled) {
  const std::uint64_t reads_before = pair.fast.reads();
  std::vector<double> fast(pair.golden.columns);
  pair.fast.read(codes, enabled, fast);
  const std::vector<bool> rows = enabled.empty() ? std::vector<bool>(codes.size(), true) : enabled;
  const std::vector<double> golden =
      read_currents(pair.golden, pair.conditions, codes, pair.code_bits, rows, reads_before);
  const double scale =
      0.01 * static_cast<double>(pair.golden.rows << pair.code_bits) * (pair.levels - 1);
  for (std::size_t d = 0; d < golden.size(); ++d) {
    INFO("column " << d << ", read " << reads_before);
    CAPTURE(fast[d], golden[d]);
    REQUIRE(is_near(fast[d], golden[d], 1e-9, scale));
  }
}

int between(int low, int high, Random& random) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

std::vector<int> random_numbers(std::size_t count, int low, int high, Random& random) {
  std::vector<int> result(count);
  for (int& value : result) value = between(low, high, random);
  return result;
}

std::vector<bool> random_rows(std::size_t count, Random& random) {
  std::vector<bool> result(count);
  for (std::size_t r = 0; r < count; ++r) result[r] = between(0, 2, random) != 0;
  return result;
}

/// A life: programming, pulses, conditions, reads; each compared.
void compare_life(Pair& pair, Random& random) {
  const std::size_t rows = pair.golden.rows;
  const std::size_t columns = pair.golden.columns;
  const int top = pair.levels - 1;
  const auto read_twice = [&] {
    const int most = (1 << pair.code_bits) - 1;
    compare_read(pair, random_numbers(rows, 0, most, random), {});
    compare_read(pair, random_numbers(rows, 0, most, random), random_rows(rows, random));
  };
  compare_cells(pair);
  read_twice();
  program(pair, random_numbers(rows * columns, 0, top, random));
  compare_cells(pair);
  read_twice();
  for (int round = 0; round < 3; ++round) {
    for (std::size_t r = 0; r < rows; ++r) {
      pulse(pair, r, random_numbers(columns, -top, top, random));
    }
    compare_cells(pair);
  }
  const std::vector<std::array<double, 2>> conditions = {
      {0.0, 298.15},     {3e-7, 298.15},  {0.7, 298.15}, {10.0, 298.15},
      {86400.0, 298.15}, {3600.0, 331.0}, {0.0, 310.0},  {2e6, 265.0}};
  for (const auto [seconds, kelvin] : conditions) {
    INFO(seconds << " s, " << kelvin << " K");
    const bool needs_energy =
        kelvin != kReferenceKelvin && pair.with_temperature &&
        !pair.golden.device.has("activation_energy") &&
        (pair.golden.device.has("relax_times") || pair.golden.device.has("relax_saturating") ||
         pair.golden.device.has("drift_mean") || pair.golden.device.has("decay_mean"));
    if (needs_energy) {
      CHECK_THROWS_AS(pair.fast.set_conditions(seconds, kelvin), base::InputError);
      break;
    }
    set_conditions(pair, seconds, kelvin);
    compare_cells(pair);
    read_twice();
  }
  // A pulse after all that begins at what was programmed.
  pulse(pair, rows - 1, random_numbers(columns, -top, top, random));
  compare_cells(pair);
  read_twice();
}

std::vector<crossbar::Wires> some_wires() {
  using namespace crossbar;
  return {
      {3.0, 5.0, 70.0, 110.0},
      {30.0, 0.0, 0.0, 50.0, DriverSide::right, SenseSide::top, InactiveRow::floating},
      {3.0, 9.0, 500.0, 0.0, DriverSide::both, SenseSide::both, InactiveRow::floating},
      {0.0, 90.0, 40.0, 20.0, DriverSide::left, SenseSide::bottom, InactiveRow::grounded,
       CellKind::one_transistor},
      {20.0, 0.0, 0.0, 20.0, DriverSide::both, SenseSide::top, InactiveRow::floating,
       CellKind::one_transistor},
  };
}

/// All effects, none, each alone and all without each.
std::vector<std::pair<std::string, analog::Effects>> selections() {
  std::vector<std::pair<std::string, analog::Effects>> result = {{"all", {}},
                                                                 {"none", analog::Effects::none()}};
  for (const Effect& effect : effects()) {
    analog::Effects alone = analog::Effects::none();
    alone.*effect.member = true;
    result.emplace_back(std::string(effect.name) + " alone", alone);
    analog::Effects others;
    others.*effect.member = false;
    result.emplace_back(std::string("all but ") + effect.name, others);
  }
  return result;
}

}  // namespace

TEST_CASE("cells and sums without wires, every device and every effect") {
  Random random(1);
  for (const Device& device : all_devices()) {
    for (const auto& [name, on] : selections()) {
      for (const auto [rows, columns] :
           std::vector<std::array<std::size_t, 2>>{{1, 1}, {7, 3}, {3, 17}}) {
        const auto most = static_cast<int>(device.value("levels"));
        const int levels = rows == 7 ? most : between(2, most, random);
        const int code_bits = between(1, 4, random);
        INFO(device.name << ", " << name << ", " << rows << " x " << columns << ", " << levels
                         << " levels, " << code_bits << " bits");
        Pair pair = make_pair(device, on, rows, columns, levels, code_bits, {});
        compare_life(pair, random);
      }
    }
  }
}

TEST_CASE("cells of an array of 4000") {
  Random random(5);
  for (const Device& device : all_devices()) {
    const int levels = static_cast<int>(device.value("levels"));
    Pair pair = make_pair(device, {}, 40, 100, levels, 1, {});
    INFO(device.name);
    program(pair, random_numbers(4000, 0, levels - 1, random));
    set_conditions(pair, 5000.0, kReferenceKelvin);
    compare_cells(pair);
    compare_read(pair, random_numbers(40, 0, 1, random), {});
  }
}

TEST_CASE("sums with wires, every device and topology") {
  Random random(2);
  for (const Device& device : all_devices()) {
    if (device.family == "sram_charge") continue;
    for (std::size_t topology = 0; topology < some_wires().size(); ++topology) {
      for (const auto [rows, columns] :
           std::vector<std::array<std::size_t, 2>>{{1, 1}, {5, 3}, {2, 4}}) {
        for (const auto& [name, on] : selections()) {
          // All of them with one topology and shape, some with the others.
          const bool is_main = topology == 0 && rows == 2;
          if (!is_main && name != "all" && name != "all but nonlinear" && name != "wires alone") {
            continue;
          }
          const int levels = static_cast<int>(device.value("levels"));
          INFO(device.name << ", " << name << ", " << rows << " x " << columns << ", topology "
                           << topology);
          Pair pair = make_pair(device, on, rows, columns, levels, 2, some_wires()[topology]);
          compare_life(pair, random);
        }
      }
    }
  }
}

TEST_CASE("what one refuses the other refuses") {
  const auto both_refuse = [](const Device& device, const crossbar::Wires& wires) {
    const std::vector<int> levels{0, 1, 1, 0};
    const std::vector<int> codes{1, 1};
    const auto fast = [&] {
      analog::ArrayConfig config;
      config.rows = 2;
      config.device_columns = 2;
      config.device = device;
      config.wires = wires;
      analog::CellArray array(config);
      array.program(levels);
      array.set_conditions(1.0, kReferenceKelvin);
      std::vector<double> sums(2);
      array.read(codes, {}, sums);
    };
    const auto golden = [&] {
      Array array = fresh_array(device, {}, 2, 2, wires);
      program_levels(array, levels);
      read_currents(array, {1.0, kReferenceKelvin, 1}, codes, 1, {true, true}, 0);
    };
    INFO(device.name);
    CHECK_THROWS_AS(fast(), base::InputError);
    CHECK_THROWS_AS(golden(), base::InputError);
  };
  both_refuse(device::load("mram_resistance_sum"), {});
  both_refuse(device::load("nand_string"), {});
  both_refuse(device::load("stt_mram_generic"), {});
  both_refuse(device::load("sram_current"), {});
  both_refuse(device::load("sram_charge"), {});
  both_refuse(device::load("reram_milo"), some_wires()[0]);
  both_refuse(device::load("sonos_nor"), some_wires()[0]);
  both_refuse(complete("sram_charge"), some_wires()[0]);
  both_refuse(with(device::load("sonos_nor"), "decay_mean", {-0.1}), {});
  both_refuse(with(device::load("reram_generic"), "read_saturating", {1.0, 2.0}), {});
}

namespace {

struct ConverterPair {
  analog::Converter fast;
  Converter golden;
};

ConverterPair random_converter(bool is_signed, int bits, std::uint32_t number, Random& random) {
  const auto real = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  const int kind = between(0, 3, random);
  analog::ConverterConfig config;
  config.kind = std::array{analog::Kind::flash, analog::Kind::ramp, analog::Kind::time,
                           analog::Kind::sar}[static_cast<std::size_t>(kind)];
  config.bits = bits;
  config.is_signed = is_signed;
  const int errors = between(0, 63, random);
  if (errors & 1) config.gain_error = real(-0.1, 0.1);
  if (errors & 2) config.offset_lsb = real(-2.0, 2.0);
  if (errors & 4) config.noise_lsb = real(0.0, 1.0);
  if (errors & 8) {
    for (int i = 0; i < 1 << bits; ++i) config.inl.push_back(real(-1.5, 1.5));
  }
  if ((errors & 16) && config.kind == analog::Kind::sar) config.mismatch = real(0.0, 0.3);
  if ((errors & 32) && config.kind == analog::Kind::sar) config.loop_gain = real(5.0, 200.0);
  Converter golden{std::array{ConverterKind::flash, ConverterKind::ramp, ConverterKind::time,
                              ConverterKind::sar}[static_cast<std::size_t>(kind)],
                   bits,
                   is_signed,
                   config.gain_error,
                   config.offset_lsb,
                   config.noise_lsb,
                   config.mismatch,
                   config.loop_gain,
                   config.inl,
                   {},
                   {kSeed, kArray},
                   number};
  return {analog::Converter(config, kSeed, kArray, number), golden};
}

void compare_code(ConverterPair& pair, double sum, int range) {
  const std::uint64_t before = pair.fast.conversions();
  bool overflow = false;
  const int code = pair.fast.convert(sum, range, overflow);
  const Conversion golden = convert(pair.golden, sum, range, before);
  CAPTURE(sum, range, before);
  REQUIRE(code == golden.code);
  REQUIRE(overflow == golden.overflow);
}

}  // namespace

TEST_CASE("codes of random converters") {
  Random random(3);
  for (int i = 0; i < 3000; ++i) {
    const int bits = between(1, 9, random);
    const bool is_signed = between(0, 1, random) == 1;
    ConverterPair pair =
        random_converter(is_signed, bits, static_cast<std::uint32_t>(i % 40), random);
    const int range = between(0, 5, random);
    const double full = std::ldexp(1.0, bits + range);
    const double low = is_signed ? -0.5 : 0.0;
    std::uniform_real_distribution<double> sum(full * (low - 0.1), full * (low + 1.1));
    CAPTURE(i, bits, is_signed, static_cast<int>(pair.golden.kind));
    for (int conversion = 0; conversion < 20; ++conversion) {
      const double x = sum(random);
      compare_code(pair, conversion % 2 == 0 ? x : std::round(x), range);
    }
    REQUIRE(conversion_cycles(pair.golden) ==
            analog::conversion_cycles(pair.fast.config().kind, bits));
  }
}

TEST_CASE("a table of DNL is read as its running sum") {
  base::Diagnostics diagnostics;
  const analog::ConverterConfig config = analog::parse_converter(
      "kind = \"flash\"\nbits = 2\ndnl = [0.125, -0.25, 0.75, -0.5]\n", "dnl.toml", diagnostics);
  REQUIRE(diagnostics.empty());
  Converter golden;
  golden.bits = 2;
  golden.dnl = {0.125, -0.25, 0.75, -0.5};
  REQUIRE(config.inl.size() == 4);
  for (std::size_t i = 1; i < 4; ++i) {
    CHECK(config.inl[i] == integral_nonlinearity(golden, static_cast<std::int64_t>(i)));
  }
}

TEST_CASE("whole macros of devices, fast and golden") {
  Random random(4);
  for (const Device& device : all_devices()) {
    for (int i = 0; i < 4; ++i) {
      MacroParameters p;
      p.rows = static_cast<std::size_t>(between(1, 9, random));
      p.columns = static_cast<std::size_t>(between(1, 3, random));
      p.input = {between(1, 6, random), between(0, 1, random) == 1};
      p.encoding = std::array{Encoding::differential, Encoding::offset, Encoding::plain,
                              Encoding::differential}[static_cast<std::size_t>(i)];
      p.weight = {between(1, 6, random), p.encoding != Encoding::plain};
      p.code_bits = between(1, 3, random);
      p.adc_bits = between(3, 8, random);
      const int most = static_cast<int>(std::floor(std::log2(device.value("levels"))));
      p.cell_bits = between(1, std::min(most, 3), random);
      for (std::size_t c = 0; c < p.columns; ++c) {
        p.ranges.push_back(between(0, 3, random));
        p.trims.push_back({between(-16, 16, random), between(3800, 4400, random)});
      }
      std::vector<std::int64_t> weights(p.rows * p.columns);
      const int low = p.weight.is_signed ? -(1 << (p.weight.bits - 1)) : 0;
      for (std::int64_t& w : weights) w = between(low, low + (1 << p.weight.bits) - 1, random);

      crossbar::Wires wires;
      const bool is_small = p.rows * device_columns(p) <= 16;
      if (is_small && device.family != "sram_charge") wires = some_wires()[0];
      Pair pair =
          make_pair(device, {}, p.rows, device_columns(p), 1 << p.cell_bits, p.code_bits, wires);
      program(pair, cell_levels(p, weights));
      set_conditions(pair, 5000.0, kReferenceKelvin);
      std::vector<analog::Converter> fast_converters;
      AnalogParts parts{pair.golden, pair.conditions, {}, 0, {}};
      for (std::size_t n = 0; n < converters(p); ++n) {
        const ConverterPair converter =
            random_converter(p.encoding == Encoding::differential, p.adc_bits,
                             static_cast<std::uint32_t>(n), random);
        fast_converters.push_back(converter.fast);
        parts.converters.push_back(converter.golden);
        parts.conversions.push_back(0);
      }
      const Macro golden(p, device_sums(p, parts), device_conversion(p, parts));
      const Macro fast(
          p,
          [&](const Step& step) {
            std::vector<double> sums(device_columns(p));
            pair.fast.read(step.codes, {}, sums);
            return sums;
          },
          [&](std::size_t converter, double sum, int range) {
            bool overflow = false;
            const int code = fast_converters[converter].convert(sum, range, overflow);
            return Conversion{code, overflow};
          });
      INFO(device.name << " " << i);
      for (int vector = 0; vector < 3; ++vector) {
        std::vector<std::int64_t> inputs(p.rows);
        const int least = p.input.is_signed ? -(1 << (p.input.bits - 1)) : 0;
        for (std::int64_t& x : inputs) {
          x = between(least, least + (1 << p.input.bits) - 1, random);
        }
        const Result a = fast.multiply(inputs);
        const Result b = golden.multiply(inputs);
        REQUIRE(a.outputs == b.outputs);
        REQUIRE(a.saturated == b.saturated);
        REQUIRE(a.reference_saturated == b.reference_saturated);
      }
    }
  }
}

}  // namespace cimforge::reference
