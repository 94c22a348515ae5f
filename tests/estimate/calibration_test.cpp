#include <cmath>
#include <string>

#include "flows/library_calibration.h"
#include "generator/base/exit_status.h"
#include "tests/catch.h"

using namespace cimforge;  // NOLINT

namespace {

const std::string header =
    "rows,columns,banks,storage,input,weight,k,tree,pipeline,rows_per_block,mode,output_bits,"
    "shift\n";

std::string message_of(const std::string& text) {
  try {
    flows::parse_points(text, "points.csv");
  } catch (const base::InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("The list that a library is calibrated with is read") {
  CHECK(flows::calibration_points().size() >= 60);
}

TEST_CASE("A list of specifications with a mistake is refused with its place") {
  const std::string good = "64,8,1,latch,int4,int4,1,dadda,0,0,exact,0,0\n";
  CHECK(flows::parse_points(header + good, "points.csv").front().rows == 64);
  CHECK(message_of("rows\n").starts_with("points.csv:1:1: error: the names"));
  CHECK(message_of(header) == "points.csv: has no specifications");
  CHECK(message_of(header + good + "64,8\n") ==
        "points.csv:3:1: error: 13 fields are expected, got 2");
  CHECK(message_of(header + "0,8,1,latch,int4,int4,1,dadda,0,0,exact,0,0\n")
            .starts_with("points.csv:2:1: error: rows must be"));
  CHECK(message_of(header + "64,8,1,bitcell,int4,int4,1,dadda,0,0,exact,0,0\n") ==
        "points.csv:2:1: error: array.storage = \"bitcell\" cannot be estimated");
}

TEST_CASE("Least squares without negative terms find what made the right side") {
  const std::vector<std::vector<double>> rows = {{1, 2, 0}, {0, 1, 1}, {3, 0, 1}, {1, 1, 1}};
  const std::vector<double> solution =
      flows::non_negative_least_squares(rows, {2 * 1.5, 1.5 + 4, 4, 1.5 + 4});
  REQUIRE(solution.size() == 3);
  CHECK(solution[0] == Approx(0.0).margin(1e-6));
  CHECK(solution[1] == Approx(1.5));
  CHECK(solution[2] == Approx(4.0));
}

TEST_CASE("A term that would be negative is zero, and one without observations too") {
  const std::vector<double> solution =
      flows::non_negative_least_squares({{1, 0, 0}, {1, 1, 0}}, {2, 1});
  CHECK(solution[0] == Approx(1.5));
  CHECK(solution[1] == 0.0);
  CHECK(solution[2] == 0.0);
}

TEST_CASE("A fit finds the coefficients that made its observations") {
  // Areas and delays that the model itself gives: they are to come back.
  estimate::Library real = estimate::osu018();
  real.energy_pj.clear();
  for (std::size_t i = 0; i < estimate::energy_term_count; ++i) {
    real.energy_pj.push_back(0.01 * static_cast<double>(i + 1));
  }
  estimate::Estimator estimator(real);
  std::vector<flows::Observation> observations;
  for (const spec::MacroSpec& spec : flows::calibration_points()) {
    const estimate::Estimate cost = estimator(spec);
    const estimate::Features features = estimator.features(spec);
    flows::Observation observation;
    observation.spec = spec;
    observation.area_um2 = {cost.block_area_um2, cost.slice_area_um2, cost.top_area_um2};
    observation.delay_ns = cost.delay_ns;
    const auto delays = estimate::path_delays(features, real);
    for (std::size_t p = 0; p < estimate::path_count; ++p) {
      if (delays[p] > 0.0)
        observation.paths.emplace_back(static_cast<estimate::Path>(p), delays[p]);
    }
    observation.energy_pj = cost.energy_per_vector_pj;
    observations.push_back(observation);
  }
  estimate::Library fitted = real;
  fitted.area_um2 = {};
  fitted.delay_ns = {};
  fitted.energy_pj = {};
  flows::fit(fitted, observations);
  for (const flows::EstimateError& error : flows::compare(fitted, observations)) {
    CHECK(std::abs(error.area_percent()) < 1.0);
    CHECK(std::abs(error.delay_percent()) < 3.0);
    REQUIRE(error.energy_percent());
    CHECK(std::abs(*error.energy_percent()) < 1.0);
  }
  CHECK(flows::to_text(flows::compare(fitted, observations)).find(", energy within ") !=
        std::string::npos);
  // Without a measured power there is nothing to fit, and nothing is said of energy.
  observations.front().energy_pj.reset();
  flows::fit(fitted, observations);
  CHECK(fitted.energy_pj.empty());
  CHECK(flows::to_text(flows::compare(fitted, observations)).find("energy") == std::string::npos);
}
