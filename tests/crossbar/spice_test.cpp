// Arrays against ngspice, with linear cells and others.
#include "tests/crossbar/spice.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "tests/catch.h"
#include "tests/crossbar/samples.h"

namespace {

using namespace cimforge::crossbar;        // NOLINT: the room under test
using namespace cimforge::crossbar::test;  // NOLINT

/// Some rows active, in ngspice and in the array: every column within `tolerance` of its current.
void compare(std::size_t rows, std::size_t columns, const Wires& wires, const CellCurve& curve,
             double tolerance, Random& random) {
  Matrix conductances = random_conductances(rows, columns, random);
  if (curve.a2 < 0.0) {  // a cell of 0 S would have a current that falls
    for (double& siemens : conductances.values) siemens = std::max(siemens, 1e-6);
  }
  const std::vector<double> voltages = random_voltages(rows, random);
  const std::vector<bool> active = random_rows(rows, random);
  INFO(rows << " x " << columns << ": " << describe(wires));
  const std::vector<double> expected = spice_currents(conductances, wires, curve, voltages, active);
  CHECK(relative_distance(Array(conductances, wires, curve).currents(voltages, active), expected) <
        tolerance);
}

constexpr double kLinear = 1e-9;
constexpr double kNonLinear = 1e-8;

}  // namespace

TEST_CASE("ngspice agrees with every topology, 8 x 8") {
  Random random(20240614);
  for (const DriverSide driver : kDriverSides) {
    for (const SenseSide sense : kSenseSides) {
      for (const InactiveRow inactive : kInactiveRows) {
        for (const CellKind cell : kCellKinds) {
          compare(8, 8, {30.0, 20.0, 400.0, 100.0, driver, sense, inactive, cell}, {}, kLinear,
                  random);
        }
      }
    }
  }
}

TEST_CASE("ngspice agrees where resistances are zero, 8 x 8") {
  Random random(20240615);
  for (unsigned zero = 1; zero < 16; ++zero) {
    for (const InactiveRow inactive : kInactiveRows) {
      compare(8, 8,
              {.row_ohm = (zero & 1U) != 0 ? 0.0 : 30.0,
               .column_ohm = (zero & 2U) != 0 ? 0.0 : 20.0,
               .driver_ohm = (zero & 4U) != 0 ? 0.0 : 400.0,
               .sense_ohm = (zero & 8U) != 0 ? 0.0 : 100.0,
               .inactive = inactive},
              {}, kLinear, random);
    }
  }
}

TEST_CASE("ngspice agrees with every topology, 16 x 24") {
  Random random(20240616);
  for (const DriverSide driver : kDriverSides) {
    for (const SenseSide sense : kSenseSides) {
      for (const auto& [inactive, cell] : {std::pair{InactiveRow::grounded, CellKind::passive},
                                           {InactiveRow::floating, CellKind::passive},
                                           {InactiveRow::grounded, CellKind::one_transistor}}) {
        compare(16, 24, {5.0, 8.0, 300.0, 50.0, driver, sense, inactive, cell}, {}, kLinear,
                random);
      }
    }
  }
}

TEST_CASE("ngspice agrees on an array of 64 x 64") {
  Random random(20240617);
  compare(64, 64,
          {2.0, 3.0, 300.0, 50.0, DriverSide::left, SenseSide::bottom, InactiveRow::floating,
           CellKind::passive},
          {}, kLinear, random);
}

TEST_CASE("ngspice agrees on cells that are not linear") {
  Random random(20240618);
  for (const CellCurve& curve : {CellCurve{3e-5, 0.0}, {0.0, 2e-4}, {2e-5, 3e-4}, {-1e-5, 2e-4}}) {
    for (const InactiveRow inactive : kInactiveRows) {
      for (const CellKind cell : kCellKinds) {
        compare(8, 8,
                {60.0, 40.0, 900.0, 200.0, DriverSide::left, SenseSide::bottom, inactive, cell},
                curve, kNonLinear, random);
      }
    }
  }
  compare(8, 12,
          {60.0, 0.0, 0.0, 200.0, DriverSide::both, SenseSide::top, InactiveRow::floating,
           CellKind::passive},
          {2e-5, 3e-4}, kNonLinear, random);
}
