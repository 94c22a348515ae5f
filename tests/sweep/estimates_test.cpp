// Estimates in a sweep: constraints and objectives that read them, and the screening of a space.
#include "flows/sweep/estimates.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/estimate/estimate.h"
#include "tests/catch.h"
#include "tests/cli/command.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;

constexpr const char* specification =
    "[specification]\nname = \"m\"\nkind = \"digital\"\n[specification.array]\nrows = 8\n"
    "columns = 4\n[specification.operands]\ninput = \"int4\"\nweight = \"int4\"\n";

constexpr const char* axes =
    "[[axis]]\nkey = \"array.rows\"\nvalues = [8, 16, 32, 5000]\n"
    "[[axis]]\nkey = \"array.storage\"\nvalues = [\"latch\", \"flop\", \"bitcell\"]\n"
    "[[axis]]\nkey = \"compute.input_bits_per_cycle\"\nvalues = [1, 2, 4]\n"
    "[[command]]\nrun = \"check\"\n";

sweep::Sweep read(const std::string& text) {
  sweep::ReadResult result = sweep::read(text, "s.toml");
  INFO(base::to_string(result.diagnostics));
  REQUIRE(result.sweep);
  return std::move(*result.sweep);
}

constexpr auto silent = [] {};

}  // namespace

TEST_CASE("a point's estimate is that of its specification; what has none has no figures") {
  const sweep::Sweep sweep = read(std::string(axes) + specification);
  sweep::Estimates estimates(sweep);
  estimate::Estimator estimator(estimate::osu018());
  std::size_t estimated = 0;
  for (const sweep::Point& point : sweep::points(sweep, silent)) {
    const auto* figures = estimates.of(point);
    const auto parsed =
        sweep::Specifications(sweep).with(sweep::Specifications(sweep).key_values(point));
    const bool covered = parsed.spec && !estimate::not_covered(*parsed.spec);
    REQUIRE((figures != nullptr) == covered);
    if (!covered) continue;
    ++estimated;
    const estimate::Estimate cost = estimator(*parsed.spec);
    CHECK(std::get<double>(figures->at("estimate.area_um2")) == cost.area_um2);
    CHECK(std::get<double>(figures->at("estimate.vectors_mhz")) == cost.vectors_mhz());
  }
  CHECK(estimated == 18);
}

TEST_CASE("a constraint on estimates leaves what meets it, and nothing without an estimate") {
  const sweep::Sweep all = read(std::string(axes) + specification);
  sweep::Estimates estimates(all);
  std::vector<std::uint64_t> expected;
  for (const sweep::Point& point : sweep::points(all, silent)) {
    const auto* figures = estimates.of(point);
    if (figures != nullptr && std::get<double>(figures->at("estimate.area_um2")) < 150000.0) {
      expected.push_back(point.number);
    }
  }
  REQUIRE(expected.size() > 3);
  REQUIRE(expected.size() < 18);
  std::vector<std::uint64_t> found;
  const sweep::Sweep some =
      read("constraints = [\"estimate.area_um2 < 150000\"]\n" + std::string(axes) + specification);
  for (const sweep::Point& point : sweep::points(some, silent)) found.push_back(point.number);
  CHECK(found == expected);
}

TEST_CASE("a screening leaves what no other point is better than") {
  const sweep::Sweep sweep = read(std::string(axes) +
                                  "[[objective]]\nleast = \"estimate.area_um2 / array.rows\"\n"
                                  "[[objective]]\nmost = \"estimate.vectors_mhz\"\n"
                                  "[[objective]]\nleast = \"check.full_adders_per_column\"\n" +
                                  specification);
  const sweep::Screened screened = sweep::screen(sweep, silent);
  CHECK(screened.looked == 36);
  CHECK(screened.not_estimated == 18);
  // By hand, each against each.
  struct Known {
    std::uint64_t number;
    double area, rate;
  };
  std::vector<Known> known;
  sweep::Estimates estimates(sweep);
  for (const sweep::Point& point : sweep::points(sweep, silent)) {
    const auto* figures = estimates.of(point);
    if (figures == nullptr) continue;
    known.push_back({point.number,
                     std::get<double>(figures->at("estimate.area_um2")) /
                         static_cast<double>(std::get<std::int64_t>(point.values.at("array.rows"))),
                     std::get<double>(figures->at("estimate.vectors_mhz"))});
  }
  std::vector<std::uint64_t> expected;
  for (const Known& mine : known) {
    if (std::ranges::none_of(known, [&](const Known& other) {
          return other.area <= mine.area && other.rate >= mine.rate &&
                 (other.area < mine.area || other.rate > mine.rate);
        })) {
      expected.push_back(mine.number);
    }
  }
  std::vector<std::uint64_t> found;
  for (const sweep::Point& point : screened.points) found.push_back(point.number);
  CHECK(found == expected);
}

TEST_CASE("a screening without an objective, or without an estimate, is refused") {
  CHECK_THROWS_AS(sweep::screen(read(std::string(axes) + specification), silent), base::InputError);
  CHECK_THROWS_AS(
      sweep::screen(read("constraints = [\"array.storage == 'bitcell'\"]\n" + std::string(axes) +
                         "[[objective]]\nleast = \"estimate.area_um2\"\n" + specification),
                    silent),
      base::InputError);
}

TEST_CASE("points that are equal stay together") {
  // A variable of commands changes no estimate: all of its values are as good.
  const sweep::Sweep sweep = read(
      "[[axis]]\nkey = \"seed\"\nrange = { first = 1, last = 3000 }\n"
      "[[axis]]\nkey = \"array.rows\"\nvalues = [8, 16]\n"
      "[[command]]\nrun = \"verify --seed {seed}\"\n"
      "[[objective]]\nleast = \"estimate.area_um2\"\n" +
      std::string(specification));
  const sweep::Screened screened = sweep::screen(sweep, silent);
  CHECK(screened.looked == 6000);
  CHECK(screened.points.size() == 3000);
}

TEST_CASE("the option --estimate runs the best alone; figures of estimates stand in the summary") {
  const Workspace work;
  const std::string objectives =
      "[[objective]]\nleast = \"estimate.area_um2\"\n"
      "[[objective]]\nmost = \"estimate.vectors_mhz\"\n";
  const std::string file =
      work.write("s.toml", std::string("invalid = \"skip\"\n") + axes + objectives + specification);
  const auto done = cimforge::tests::cimforge(
      {"sweep", file, "--estimate", "-o", work("out"), "--json", work("j.json")});
  INFO(done.stdout_text << done.stderr_text);
  REQUIRE(done.exit_code == 0);
  const auto json = nlohmann::json::parse(base::read_file(work.path("j.json")));
  CHECK(json.at("screened").at("points") == 36);
  CHECK(json.at("points").get<int>() < 18);
  const auto summary = nlohmann::json::parse(base::read_file(work.path("out/summary.json")));
  for (const auto& point : summary.at("points")) {
    CHECK(point.at("figures").at("estimate.area_um2").get<double>() > 0.0);
  }
  // Parts for other schedulers screen too, and so have the same runs.
  const auto exported = cimforge::tests::cimforge(
      {"sweep", file, "--estimate", "-o", work("parts"), "--engine", "export"});
  REQUIRE(exported.exit_code == 0);
  CHECK(base::read_file(work.path("parts/part.sh")).find(" --estimate ") != std::string::npos);
  CHECK(base::read_file(work.path("parts/reduce.sh")).find(" --estimate ") != std::string::npos);

  const std::string wrong =
      work.write("w.toml", std::string("[estimate]\nmodel = \"none.json\"\n") + axes + objectives +
                               specification);
  refuse(2, {"sweep", wrong, "-o", work("w")}, {"none.json"});
  const std::string unknown = work.write(
      "u.toml", std::string(axes) + "[[objective]]\nleast = \"estimate.weight\"\n" + specification);
  refuse(2, {"sweep", unknown, "-o", work("w")}, {"estimate.weight is no figure"});
}
