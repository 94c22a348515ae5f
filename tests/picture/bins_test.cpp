#include "generator/picture/bins.h"

#include <cmath>

#include "tests/catch.h"
#include "tests/picture/samples.h"

namespace cimforge::picture {
namespace {

constexpr AxisScale linear = AxisScale::linear;
constexpr AxisScale logarithmic = AxisScale::logarithmic;

TEST_CASE("A bin holds its lower edge, the last one both") {
  const std::vector<double> edges = {0, 1, 2, 4};
  const Counts counts = count({0, 0.5, 1, 2, 4, -1, 5, std::nan(""), INFINITY}, edges, linear);
  CHECK(counts.bins == std::vector<std::size_t>{2, 1, 2});
  CHECK(counts.values == 7);
  CHECK(counts.outside == 2);
  CHECK(counts.left_out == 2);
  CHECK(count({0.0, 1.0}, {0.5, 2}, logarithmic).left_out == 1);
}

TEST_CASE("Chosen bins hold all values, at round edges") {
  const Histogram sample = conductance_sample();
  const std::vector<double> round = chosen_edges(sample.data_sets, linear);
  REQUIRE(are_edges(round, linear));
  CHECK(round.size() > 20);
  CHECK(round.size() < 100);
  CHECK(round[1] - round[0] == Approx(1.0));
  for (const DataSet& data : sample.data_sets) {
    CHECK(count(data.values, round, linear).outside == 0);
  }
  // Whole numbers stand in the middle of their bins.
  CHECK(chosen_edges({{"", {3, 3, 4, 5, 5, 5}}}, linear) ==
        std::vector<double>{2.5, 3.5, 4.5, 5.5});
  const std::vector<double> edges = chosen_edges({{"", {1e-9, 1e-3, 1e-6, 0.0}}}, logarithmic);
  CHECK(edges[1] / edges[0] == Approx(edges[2] / edges[1]));
  CHECK(count({1e-9, 1e-3}, edges, logarithmic).outside == 0);
}

TEST_CASE("Chosen bins of few values") {
  CHECK(chosen_edges({}, linear).empty());
  CHECK(chosen_edges({{"", {std::nan("")}}}, linear).empty());
  for (const double value : {0.0, 0.37, -1e12, 1e-200, 7.0}) {
    CAPTURE(value);
    const std::vector<double> edges = chosen_edges({{"", {value}}}, linear);
    REQUIRE(are_edges(edges, linear));
    CHECK(count({value}, edges, linear).outside == 0);
  }
  for (const double value : {1e-299, 3e-6, 9e299}) {
    CAPTURE(value);
    const std::vector<double> edges = chosen_edges({{"", {value}}}, logarithmic);
    CHECK(edges.size() < 100);
    CHECK(edges.front() < edges.back());
    CHECK(count({value}, edges, logarithmic).outside == 0);
  }
  CHECK_FALSE(are_edges({1, 1}, linear));
  CHECK_FALSE(are_edges({2}, linear));
  CHECK_FALSE(are_edges({0, 1}, logarithmic));
}

}  // namespace
}  // namespace cimforge::picture
