// Arrays of every shape and topology against the dense solution of Kirchhoff's laws.
#include "tests/crossbar/kirchhoff.h"

#include <cstddef>
#include <vector>

#include "tests/catch.h"
#include "tests/crossbar/samples.h"

namespace {

using namespace cimforge::crossbar;        // NOLINT: the room under test
using namespace cimforge::crossbar::test;  // NOLINT

constexpr double kTolerance = 1e-12;

/// Two drivers of a row, or two senses of a column, and no resistance between them.
bool has_ring(const Wires& wires) {
  return (wires.driver == DriverSide::both && wires.row_ohm == 0.0 && wires.driver_ohm == 0.0) ||
         (wires.sense == SenseSide::both && wires.column_ohm == 0.0 && wires.sense_ohm == 0.0);
}

/// All rows active, and some of them, for each kind of inactive row and of cell.
void compare(const Matrix& conductances, Wires wires, Random& random) {
  const std::vector<double> voltages = random_voltages(conductances.rows, random);
  const std::vector<bool> all(conductances.rows, true);
  const std::vector<bool> some = random_rows(conductances.rows, random);
  const std::vector<double> expected = kirchhoff_currents(conductances, wires, voltages, all);
  for (const InactiveRow inactive : kInactiveRows) {
    for (const CellKind cell : kCellKinds) {
      wires.inactive = inactive;
      wires.cell = cell;
      INFO(conductances.rows << " x " << conductances.columns << ": " << describe(wires));
      const Array array(conductances, wires);
      CHECK(distance(array.currents(voltages), expected) < kTolerance);
      CHECK(distance(multiply(array.effective(), voltages), expected) < kTolerance);
      CHECK(distance(array.currents(voltages, some),
                     kirchhoff_currents(conductances, wires, voltages, some)) < kTolerance);
    }
  }
}

}  // namespace

TEST_CASE("Kirchhoff's laws hold with every topology and any resistance zero") {
  Random random(20240611);
  for (const DriverSide driver : kDriverSides) {
    for (const SenseSide sense : kSenseSides) {
      for (unsigned zero = 0; zero < 16; ++zero) {
        const Wires wires{.row_ohm = (zero & 1U) != 0 ? 0.0 : 150.0,
                          .column_ohm = (zero & 2U) != 0 ? 0.0 : 230.0,
                          .driver_ohm = (zero & 4U) != 0 ? 0.0 : 1100.0,
                          .sense_ohm = (zero & 8U) != 0 ? 0.0 : 700.0,
                          .driver = driver,
                          .sense = sense};
        if (has_ring(wires)) continue;
        compare(random_conductances(6, 5, random), wires, random);
      }
    }
  }
}

TEST_CASE("Kirchhoff's laws hold for every shape") {
  Random random(20240612);
  const Wires wires{.row_ohm = 310.0, .column_ohm = 170.0, .driver_ohm = 500.0, .sense_ohm = 90.0};
  for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{1, 1},
                                      {1, 2},
                                      {2, 1},
                                      {1, 13},
                                      {13, 1},
                                      {3, 2},
                                      {9, 10},
                                      {5, 16}}) {
    compare(random_conductances(rows, columns, random), wires, random);
    Wires bare;
    bare.row_ohm = wires.row_ohm;
    compare(random_conductances(rows, columns, random), bare, random);
  }
}

TEST_CASE("a second driver changes nothing where the row has no resistance") {
  // The rings that the reference leaves out.
  Random random(20240613);
  const Matrix conductances = random_conductances(7, 6, random);
  const std::vector<double> voltages = random_voltages(7, random);
  Wires one{.column_ohm = 300.0, .sense_ohm = 40.0};
  Wires two = one;
  two.driver = DriverSide::both;
  CHECK(distance(Array(conductances, two).currents(voltages),
                 Array(conductances, one).currents(voltages)) == 0.0);
  one = {.row_ohm = 300.0, .driver_ohm = 40.0};
  two = one;
  two.sense = SenseSide::both;
  CHECK(distance(Array(conductances, two).currents(voltages),
                 Array(conductances, one).currents(voltages)) == 0.0);
}
