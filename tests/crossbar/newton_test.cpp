// Cells that are not linear: worked by hand, and every way in which Newton's method may fail.
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "sim/crossbar/crossbar.h"
#include "tests/catch.h"
#include "tests/crossbar/samples.h"

namespace {

using namespace cimforge::crossbar;        // NOLINT: the room under test
using namespace cimforge::crossbar::test;  // NOLINT
using Catch::Matchers::Contains;

std::string message_of(const Array& array, const std::vector<double>& voltages) {
  try {
    (void)array.currents(voltages);
  } catch (const NotConverged& error) {
    return error.what();
  }
  return "converged";
}

}  // namespace

TEST_CASE("one cell behind a resistance, worked by hand") {
  const CellCurve curve{3e-4, 7e-4};
  for (const double u : {0.4, -0.4, 1.5}) {
    const double ampere = 2e-4 * u + 3e-4 * u * std::abs(u) + 7e-4 * u * u * u;
    const double volt = u + 1500.0 * ampere;  // 900 ohm to the cell, 600 ohm behind it
    const Array array({1, 1, {2e-4}}, {.driver_ohm = 900.0, .sense_ohm = 600.0}, curve);
    CHECK(array.currents(std::vector{volt})[0] == Approx(ampere).epsilon(1e-14));
  }
}

TEST_CASE("without wires each cell sees its row's voltage") {
  const Array array({2, 2, {1e-5, 2e-5, 3e-5, 0.0}}, {}, {1e-5, 2e-5});
  const std::vector<double> currents = array.currents(std::vector{0.5, -0.25});
  const double of_first = 1e-5 * 0.25 + 2e-5 * 0.125;
  const double of_second = -1e-5 * 0.0625 - 2e-5 * 0.015625;
  CHECK(currents[0] == Approx(1e-5 * 0.5 - 3e-5 * 0.25 + of_first + of_second).epsilon(1e-14));
  CHECK(currents[1] == Approx(2e-5 * 0.5 + of_first + of_second).epsilon(1e-14));
}

TEST_CASE("a curve next to none gives the currents of linear cells") {
  Random random(20240619);
  const Matrix conductances = random_conductances(20, 30, random);
  const std::vector<double> voltages = random_voltages(20, random);
  const std::vector<bool> active = random_rows(20, random);
  for (const InactiveRow inactive : kInactiveRows) {
    const Wires wires{.row_ohm = 10.0, .column_ohm = 20.0, .sense_ohm = 5.0, .inactive = inactive};
    CHECK(distance(Array(conductances, wires, {0.0, 1e-300}).currents(voltages, active),
                   Array(conductances, wires).currents(voltages, active)) < 1e-13);
  }
}

TEST_CASE("steep curves and large voltages converge") {
  Random random(20240620);
  const Matrix conductances = random_conductances(12, 10, random);
  const Wires wires{.row_ohm = 100.0, .column_ohm = 100.0, .driver_ohm = 1000.0, .sense_ohm = 1.0};
  std::vector<double> voltages = random_voltages(12, random);
  for (double& volt : voltages) volt *= 1e4;
  const std::vector<double> once = Array(conductances, wires, {1e-3, 1.0}).currents(voltages);
  const std::vector<double> closer =
      Array(conductances, wires, {1e-3, 1.0}, {.tolerance = 1e-13, .iterations = 200})
          .currents(voltages);
  CHECK(distance(once, closer) < 1e-11);
}

TEST_CASE("an iteration too few is told, with how far it came") {
  Random random(20240621);
  const Matrix conductances = random_conductances(8, 8, random);
  const Wires wires{.row_ohm = 100.0, .column_ohm = 100.0, .driver_ohm = 1000.0};
  const std::vector<double> voltages = random_voltages(8, random);
  const Array array(conductances, wires, {0.0, 1e-2}, {.tolerance = 1e-10, .iterations = 2});
  CHECK_THAT(
      message_of(array, voltages),
      Contains("did not converge: it is not done after 2 iterations") && Contains("V is enough"));
}

TEST_CASE("rows that float on weak cells between strong wires converge") {
  // A rounding error of a wire's current, 1e-17 A, would move such a row by 1e-5 V.
  Random random(20240622);
  Matrix conductances = random_conductances(10, 10, random);
  for (double& siemens : conductances.values) siemens *= 1e-8;
  const Wires wires{
      .row_ohm = 0.01, .column_ohm = 1e5, .sense_ohm = 1e9, .inactive = InactiveRow::floating};
  const std::vector<double> voltages = random_voltages(10, random);
  const std::vector<bool> active = random_rows(10, random);
  CHECK(distance(Array(conductances, wires, {0.0, 1e-300}).currents(voltages, active),
                 Array(conductances, wires).currents(voltages, active)) < 1e-12);
}

TEST_CASE("numbers that overflow are told") {
  const Array array({1, 1, {1e-5}}, {.driver_ohm = 1.0}, {0.0, 1.0});
  CHECK_THAT(message_of(array, {1e200}), Contains("the numbers overflow"));
}

TEST_CASE("a curve that falls is refused: the currents are not determined") {
  const Wires wires{.driver_ohm = 1000.0};
  const auto currents = [&](const CellCurve& curve, double volt) {
    return Array({1, 2, {1e-5, 2e-5}}, wires, curve).currents(std::vector{volt});
  };
  // Slope 1e-5 - 2e-4 u: falls from 0.05 V on.
  CHECK_NOTHROW(currents({-1e-4, 0.0}, -0.049));
  CHECK_THROWS_WITH(currents({-1e-4, 0.0}, -0.051),
                    Contains("a cell of 1e-05 S falls with its voltage at 0.051 V"));
  CHECK_THROWS_AS(currents({0.0, -1e-3}, 0.06), cimforge::base::InputError);
  // Slope 1e-5 - 2e-4 u + 3 a3 u^2 is least in between; it is 0 there with a3 = 1e-3 / 3.
  CHECK_NOTHROW(currents({-1e-4, 1.01e-3 / 3.0}, 1.0));
  CHECK_THROWS_WITH(currents({-1e-4, 0.99e-3 / 3.0}, 1.0), Contains("at 0.101 V"));
}
