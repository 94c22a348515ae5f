// What holds for any array: the plain product without wires, superposition, reciprocity; and what
// an array refuses.
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "generator/base/exit_status.h"
#include "sim/crossbar/crossbar.h"
#include "tests/catch.h"
#include "tests/crossbar/samples.h"

namespace {

using namespace cimforge::crossbar;        // NOLINT: the room under test
using namespace cimforge::crossbar::test;  // NOLINT
using cimforge::base::InputError;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> plain_product(const Matrix& matrix, const std::vector<double>& x) {
  std::vector<double> y(matrix.columns, 0.0);
  for (std::size_t r = 0; r < matrix.rows; ++r) {
    for (std::size_t c = 0; c < matrix.columns; ++c) y[c] += x[r] * matrix(r, c);
  }
  return y;
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string refusal(Matrix conductances, const Wires& wires = {}, const CellCurve& curve = {},
                    const NewtonLimits& limits = {}) {
  return refusal([&] { (void)Array(std::move(conductances), wires, curve, limits); });
}

}  // namespace

TEST_CASE("without wire resistance the currents are the plain product, bit by bit") {
  Random random(20240601);
  for (const auto& [rows, columns] :
       {std::pair<std::size_t, std::size_t>{1, 1}, {37, 29}, {64, 64}, {3, 100}}) {
    const Matrix conductances = random_conductances(rows, columns, random);
    const std::vector<double> voltages = random_voltages(rows, random);
    const std::vector<bool> active = random_rows(rows, random);
    std::vector<double> active_voltages = voltages;
    for (std::size_t r = 0; r < rows; ++r) {
      if (!active[r]) active_voltages[r] = 0.0;
    }
    for (const DriverSide driver : kDriverSides) {
      for (const SenseSide sense : kSenseSides) {
        const Array array(conductances, {.driver = driver, .sense = sense});
        CHECK(array.effective().values == conductances.values);
        CHECK(array.currents(voltages) == plain_product(conductances, voltages));
        CHECK(array.currents(voltages, active) == plain_product(conductances, active_voltages));
      }
    }
    // Rows that float, or do not conduct, add nothing either: all columns are at 0 V.
    for (const Wires& wires :
         {Wires{.inactive = InactiveRow::floating}, Wires{.cell = CellKind::one_transistor}}) {
      CHECK(distance(Array(conductances, wires).currents(voltages, active),
                     plain_product(conductances, active_voltages)) < 1e-15);
    }
  }
}

TEST_CASE("superposition: currents add, and a unit voltage gives a row of Geff") {
  Random random(20240602);
  const Matrix conductances = random_conductances(23, 31, random);
  const Wires wires{.row_ohm = 40.0,
                    .column_ohm = 25.0,
                    .driver_ohm = 200.0,
                    .sense_ohm = 80.0,
                    .inactive = InactiveRow::floating};
  const Array array(conductances, wires);
  const std::vector<bool> active = random_rows(23, random);
  const std::vector<double> a = random_voltages(23, random);
  const std::vector<double> b = random_voltages(23, random);
  std::vector<double> sum(23);
  for (std::size_t r = 0; r < sum.size(); ++r) sum[r] = a[r] + b[r];
  std::vector<double> of_both = array.currents(a, active);
  const std::vector<double> of_b = array.currents(b, active);
  for (std::size_t c = 0; c < of_both.size(); ++c) of_both[c] += of_b[c];
  CHECK(distance(array.currents(sum, active), of_both) < 1e-13);

  for (std::size_t r = 0; r < conductances.rows; ++r) {
    std::vector<double> unit(23, 0.0);
    unit[r] = 1.0;
    const auto row = array.effective().values.begin() + static_cast<std::ptrdiff_t>(r * 31);
    CHECK(array.currents(unit) == std::vector<double>(row, row + 31));
  }
}

TEST_CASE("reciprocity: drivers and virtual grounds may change places") {
  Random random(20240603);
  const Matrix conductances = random_conductances(19, 70, random);
  Matrix turned{70, 19, std::vector<double>(conductances.values.size())};
  for (std::size_t r = 0; r < 19; ++r) {
    for (std::size_t c = 0; c < 70; ++c) turned(c, r) = conductances(r, c);
  }
  // The first end of a row, left, becomes the first of a column, top.
  const Array array(conductances, {30.0, 50.0, 200.0, 90.0, DriverSide::left, SenseSide::bottom});
  const Array other(turned, {50.0, 30.0, 90.0, 200.0, DriverSide::right, SenseSide::top});
  double worst = 0.0;
  for (std::size_t r = 0; r < 19; ++r) {
    for (std::size_t c = 0; c < 70; ++c) {
      const double there = array.effective()(r, c);
      worst = std::max(worst, std::abs(other.effective()(c, r) / there - 1.0));
    }
  }
  CHECK(worst < 1e-13);
}

TEST_CASE("every cell of a long row, worked by hand") {
  // One row: a ladder. With the columns at ground each cell shunts what is behind it.
  constexpr std::size_t count = 200;
  const double wire = 1.0 / 7.0;
  const double cell = 3e-3;
  const Array array({1, count, std::vector<double>(count, cell)}, {.row_ohm = 7.0});
  std::vector<double> behind(count);  // conductance of the ladder from each cell on
  behind[count - 1] = cell;
  for (std::size_t c = count - 1; c-- > 0;) {
    behind[c] = cell + wire * behind[c + 1] / (wire + behind[c + 1]);
  }
  double volt = 1.0;
  std::vector<double> expected(count);
  for (std::size_t c = 0; c < count; ++c) {
    if (c > 0) volt *= wire / (wire + behind[c]);
    expected[c] = cell * volt;
  }
  CHECK(relative_distance(array.effective().values, expected) < 1e-13);
}

TEST_CASE("currents far below the others keep their digits") {
  // Column 1 gets its current through a floating row of cells 1e-21 times as weak as cell (0, 0).
  const Array array({2, 2, {1e-4, 0.0, 1e-25, 2e-25}},
                    {.row_ohm = 1.0, .sense_ohm = 10.0, .inactive = InactiveRow::floating});
  const std::vector<double> currents = array.currents(std::vector{1.0, 0.0}, {true, false});
  const double of_column_0 = 1.0 / (1e4 + 10.0);
  CHECK(currents[0] == Approx(of_column_0).epsilon(1e-14));
  CHECK(currents[1] == Approx(10.0 * of_column_0 * 2e-25 / 3.0).epsilon(1e-14));
}

TEST_CASE("cells that conduct nothing give no current, and no row is lost on it") {
  const Wires wires{.row_ohm = 1.0,
                    .column_ohm = 1.0,
                    .driver_ohm = 1.0,
                    .sense_ohm = 1.0,
                    .inactive = InactiveRow::floating};
  const Array empty({2, 2, {0.0, 0.0, 0.0, 0.0}}, wires);
  CHECK(empty.currents(std::vector{1.0, 1.0}) == std::vector{0.0, 0.0});
  // A floating row without cells is an island.
  const Array island({2, 2, {1e-4, 2e-4, 0.0, 0.0}}, wires);
  const std::vector<double> voltages = {1.0, 1.0};
  CHECK(distance(island.currents(voltages, {true, false}), island.currents(voltages)) < 1e-15);
  const Array curved({2, 2, {1e-4, 2e-4, 0.0, 0.0}}, wires, {0.0, 1e-300});
  CHECK(distance(curved.currents(voltages, {true, false}), island.currents(voltages)) < 1e-14);
  CHECK(island.currents(voltages, {false, false}) == std::vector{0.0, 0.0});
}

TEST_CASE("an inactive row's voltage is not used") {
  const Array array({2, 1, {1e-4, 1e-4}}, {.column_ohm = 5.0});
  CHECK(array.currents(std::vector{1.0, kNan}, {true, false}) ==
        array.currents(std::vector{1.0, 0.0}, {true, false}));
}

TEST_CASE("copies and threads share one Geff") {
  Random random(20240604);
  const Array array(random_conductances(40, 40, random), {.row_ohm = 10.0, .column_ohm = 10.0});
  const Array copy = array;  // NOLINT: the copy is the test
  const Matrix* first = nullptr;
  const Matrix* second = nullptr;
  std::thread one([&] { first = &array.effective(); });
  std::thread two([&] { second = &copy.effective(); });
  one.join();
  two.join();
  CHECK(first == second);
}

TEST_CASE("a bad conductance is refused with its place") {
  for (const double bad : {kNan, -1e-6, kInfinity, -kInfinity, 2e12}) {
    Matrix conductances{2, 3, std::vector<double>(6, 1e-5)};
    conductances(1, 2) = bad;
    CHECK_THAT(refusal(conductances), Catch::Contains("in row 1, column 2 must be between 0"));
  }
}

TEST_CASE("a bad shape is refused") {
  CHECK(refusal({0, 3, {}}) == "an array must have at least one cell, got 0 x 3");
  CHECK(refusal({3, 0, {}}) == "an array must have at least one cell, got 3 x 0");
  CHECK(refusal({2, 2, {1.0, 1.0, 1.0}}) == "2 x 2 conductances are 4 values, got 3");
  CHECK_THAT(refusal({std::size_t{1} << 60U, 32, {}}), Catch::Contains("at most 1073741824 cells"));
}

TEST_CASE("a bad resistance is refused by its name") {
  for (const double bad : {kNan, -1.0, kInfinity, 1e-13, 2e15}) {
    const Matrix one{1, 1, {1e-5}};
    CHECK_THAT(refusal(one, {.row_ohm = bad}), Catch::StartsWith("row_ohm must be 0 or between"));
    CHECK_THAT(refusal(one, {.column_ohm = bad}), Catch::StartsWith("column_ohm must be 0"));
    CHECK_THAT(refusal(one, {.driver_ohm = bad}), Catch::StartsWith("driver_ohm must be 0"));
    CHECK_THAT(refusal(one, {.sense_ohm = bad}), Catch::StartsWith("sense_ohm must be 0"));
  }
}

TEST_CASE("bad coefficients and limits are refused") {
  const Matrix one{1, 1, {1e-5}};
  CHECK(refusal(one, {}, {kNan, 0.0}) == "a2 must be finite, got nan");
  CHECK(refusal(one, {}, {0.0, kInfinity}) == "a3 must be finite, got inf");
  for (const double bad : {0.0, -1e-9, 1.0, kNan}) {
    CHECK_THAT(refusal(one, {}, {}, {.tolerance = bad}), Catch::StartsWith("the tolerance"));
  }
  CHECK_THAT(refusal(one, {}, {}, {.iterations = 0}), Catch::Contains("at least one iteration"));
}

TEST_CASE("bad inputs are refused with their row") {
  const Array array({2, 1, {1e-5, 1e-5}});
  CHECK(refusal([&] {
          (void)array.currents(std::vector{0.0, kNan});
        }) == "the voltage of row 1 must be finite, got nan");
  CHECK_THAT(refusal([&] { (void)array.currents(std::vector{0.0}); }),
             Catch::StartsWith("2 rows have as many"));
  CHECK_THAT(refusal([&] {
               (void)array.currents(std::vector{0.0, 0.0}, {true});
             }),
             Catch::StartsWith("2 rows have as many"));
  CHECK_THAT(refusal([] {
               (void)Array({1, 1, {1e-5}}, {}, {0.0, 1.0}).effective();
             }),
             Catch::Contains("no effective conductances"));
}
