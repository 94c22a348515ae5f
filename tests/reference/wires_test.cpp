// The golden model's network against closed formulas, and against sim/crossbar.
#include "sim/reference/wires.h"

#include <array>
#include <cmath>

#include "tests/catch.h"
#include "tests/crossbar/samples.h"

namespace cimforge::reference {
namespace {

using crossbar::CellKind;
using crossbar::DriverSide;
using crossbar::InactiveRow;
using crossbar::SenseSide;
using crossbar::Wires;

Wires some_wires() {
  Wires wires;
  wires.row_ohm = 3.0;
  wires.column_ohm = 5.0;
  wires.driver_ohm = 70.0;
  wires.sense_ohm = 110.0;
  return wires;
}

void check_near(const std::vector<double>& got, const std::vector<double>& expected,
                double relative) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CHECK(got[i] == Approx(expected[i]).epsilon(relative).margin(0));
  }
}

}  // namespace

TEST_CASE("one cell is three resistances in series") {
  const double g = 2e-5;
  const double volt = 0.3;
  const double expected = volt / (70.0 + 1.0 / g + 110.0);
  check_near(ground_currents(1, 1, std::vector{g}, {}, some_wires(), std::vector{volt}, {true}),
             {expected}, 1e-14);
  check_near(effective_conductances(1, 1, std::vector{g}, some_wires()), {expected / volt}, 1e-14);
  // Two drivers and two grounds are each two resistances side by side.
  Wires wires = some_wires();
  wires.driver = DriverSide::both;
  wires.sense = SenseSide::both;
  check_near(ground_currents(1, 1, std::vector{g}, {}, wires, std::vector{volt}, {true}),
             {volt / (35.0 + 1.0 / g + 55.0)}, 1e-14);
}

TEST_CASE("one row of two cells") {
  const std::vector<double> g{2e-5, 7e-5};
  const double volt = 0.3;
  // From the first node of the row: the first cell and its ground, the wire and the second cell.
  const double first = 1.0 / (1.0 / g[0] + 110.0);
  const double second = 1.0 / (3.0 + 1.0 / g[1] + 110.0);
  const double node = volt / (1.0 + 70.0 * (first + second));
  check_near(ground_currents(1, 2, g, {}, some_wires(), std::vector{volt}, {true}),
             {node * first, node * second}, 1e-14);
  // From the right the second cell is the near one.
  Wires wires = some_wires();
  wires.driver = DriverSide::right;
  const double near = 1.0 / (1.0 / g[1] + 110.0);
  const double far = 1.0 / (3.0 + 1.0 / g[0] + 110.0);
  const double right = volt / (1.0 + 70.0 * (near + far));
  check_near(ground_currents(1, 2, g, {}, wires, std::vector{volt}, {true}),
             {right * far, right * near}, 1e-14);
}

TEST_CASE("one column of two cells") {
  const std::vector<double> g{2e-5, 7e-5};
  const std::vector<double> volt{0.3, 0.2};
  // The ground is at the bottom: the upper cell's current comes through the column's wire.
  const double upper = 1.0 / (70.0 + 1.0 / g[0] + 5.0);
  const double lower = 1.0 / (70.0 + 1.0 / g[1]);
  const double node = (volt[0] * upper + volt[1] * lower) / (upper + lower + 1.0 / 110.0);
  check_near(ground_currents(2, 1, g, {}, some_wires(), volt, {true, true}), {node / 110.0}, 1e-13);
  // The upper row floats: its cell carries nothing. Grounded, it is a way to ground beside.
  Wires wires = some_wires();
  wires.inactive = InactiveRow::floating;
  check_near(ground_currents(2, 1, g, {}, wires, volt, {false, true}),
             {volt[1] / (70.0 + 1.0 / g[1] + 110.0)}, 1e-13);
  wires.inactive = InactiveRow::grounded;
  const double grounded = volt[1] * lower / (upper + lower + 1.0 / 110.0);
  check_near(ground_currents(2, 1, g, {}, wires, volt, {false, true}), {grounded / 110.0}, 1e-13);
  wires.cell = CellKind::one_transistor;
  check_near(ground_currents(2, 1, g, {}, wires, volt, {false, true}),
             {volt[1] / (70.0 + 1.0 / g[1] + 110.0)}, 1e-13);
}

TEST_CASE("a floating row of cells that conduct nothing hangs on nothing") {
  Wires wires = some_wires();
  wires.inactive = InactiveRow::floating;
  const std::vector<double> g{0.0, 0.0, 2e-5, 0.0};
  const double only = 0.3 / (70.0 + 1.0 / 2e-5 + 110.0);
  check_near(ground_currents(2, 2, g, {}, wires, std::vector{0.2, 0.3}, {false, true}), {only, 0.0},
             1e-13);
}

TEST_CASE("a cell that is not linear fulfils its equation") {
  const crossbar::CellCurve curve{4e-5, 9e-5};
  const double g = 2e-5;
  Wires wires;
  wires.driver_ohm = 4000.0;
  const double volt = 0.8;
  const double current =
      ground_currents(1, 1, std::vector{g}, curve, wires, std::vector{volt}, {true})[0];
  const double u = volt - 4000.0 * current;
  CHECK(u > 0.5);
  CHECK(g * u + curve.a2 * u * u + curve.a3 * u * u * u == Approx(current).epsilon(1e-13));
}

TEST_CASE("the dense solution agrees with sim/crossbar in every topology") {
  crossbar::test::Random random(5);
  constexpr std::array<std::array<std::size_t, 2>, 5> kShapes{
      {{1, 1}, {1, 4}, {5, 1}, {4, 3}, {3, 6}}};
  for (const auto [rows, columns] : kShapes) {
    for (const DriverSide driver : crossbar::test::kDriverSides) {
      for (const SenseSide sense : crossbar::test::kSenseSides) {
        for (const InactiveRow inactive : crossbar::test::kInactiveRows) {
          for (const CellKind cell : crossbar::test::kCellKinds) {
            for (int zeros = 0; zeros < 16; zeros += 5) {
              for (const crossbar::CellCurve curve :
                   {crossbar::CellCurve{}, crossbar::CellCurve{3e-5, 5e-5}}) {
                Wires wires{zeros & 1 ? 0.0 : 30.0,
                            zeros & 2 ? 0.0 : 50.0,
                            zeros & 4 ? 0.0 : 200.0,
                            zeros & 8 ? 0.0 : 100.0,
                            driver,
                            sense,
                            inactive,
                            cell};
                const crossbar::Matrix g =
                    crossbar::test::random_conductances(rows, columns, random);
                const std::vector<double> volt = crossbar::test::random_voltages(rows, random);
                const std::vector<bool> active = crossbar::test::random_rows(rows, random);
                const crossbar::Array array(g, wires, curve);
                INFO(rows << " x " << columns << " " << crossbar::test::describe(wires));
                const double tolerance = curve.is_linear() ? 1e-11 : 1e-9;
                REQUIRE(crossbar::test::distance(
                            ground_currents(rows, columns, g.values, curve, wires, volt, active),
                            array.currents(volt, active)) < tolerance);
                if (!curve.is_linear()) continue;
                REQUIRE(
                    crossbar::test::distance(effective_conductances(rows, columns, g.values, wires),
                                             array.effective().values) < 1e-11);
              }
            }
          }
        }
      }
    }
  }
}

}  // namespace cimforge::reference
