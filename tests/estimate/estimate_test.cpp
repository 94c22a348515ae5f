#include "generator/estimate/estimate.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "generator/base/exit_status.h"
#include "tests/catch.h"

using namespace cimforge;  // NOLINT

namespace {

spec::MacroSpec macro(int rows, int columns, int banks, spec::Storage storage,
                      spec::IntegerFormat input, spec::IntegerFormat weight, int digit,
                      spec::AdderTree tree, int ranks) {
  spec::MacroSpec spec;
  spec.name = "macro";
  spec.rows = rows;
  spec.columns = columns;
  spec.banks = banks;
  spec.storage = storage;
  spec.input = input;
  spec.weight = weight;
  spec.input_bits_per_cycle = digit;
  spec.adder_tree = tree;
  spec.pipeline_stages = ranks;
  return spec;
}

std::string model_text() {
  return estimate::to_json(estimate::osu018()).dump();
}

std::string message_of(const std::string& text) {
  try {
    estimate::parse_library(text, "model.json");
  } catch (const base::InputError& error) {
    return error.what();
  }
  return "";
}

std::string changed(const std::string& pointer, const nlohmann::json& value) {
  nlohmann::json json = nlohmann::json::parse(model_text());
  json[nlohmann::json::json_pointer(pointer)] = value;
  return json.dump();
}

}  // namespace

TEST_CASE("Estimates of the default library are near what Yosys 0.23 and OpenSTA 2.0.17 measured") {
  // Of tests/estimate/held_out.csv, which the model is not fitted to.
  const spec::IntegerFormat i4{true, 4};
  const spec::IntegerFormat i6{true, 6};
  struct Real {
    spec::MacroSpec spec;
    double area_um2, delay_ns;
  };
  const std::vector<Real> runs = {
      {macro(100, 24, 1, spec::Storage::latch, {false, 6}, {false, 7}, 1, spec::AdderTree::speed,
             1),
       5286768, 3.155},
      {macro(20, 4, 1, spec::Storage::latch, i6, {true, 1}, 1, spec::AdderTree::dadda, 2), 77363,
       3.015},
      {macro(28, 4, 4, spec::Storage::latch, {false, 7}, {false, 2}, 7, spec::AdderTree::loop, 1),
       448140, 6.691},
      // Not of that list: examples/dcim_64x64_i4w4.toml.
      {macro(64, 64, 1, spec::Storage::latch, i4, i4, 1, spec::AdderTree::dadda, 0), 3989934,
       6.028},
  };
  estimate::Estimator estimator(estimate::osu018());
  for (const Real& run : runs) {
    const estimate::Estimate cost = estimator(run.spec);
    INFO(spec::to_toml(run.spec));
    CHECK(std::abs(cost.area_um2 / run.area_um2 - 1.0) < 0.02);
    CHECK(std::abs(cost.delay_ns / run.delay_ns - 1.0) < 0.10);
    CHECK(cost.area_um2 == Approx(cost.block_area_um2 + cost.slice_area_um2 + cost.top_area_um2));
  }
}

TEST_CASE("An estimator that has seen many specifications says what a new one says") {
  estimate::Estimator old(estimate::osu018());
  for (int round = 0; round < 2; ++round) {
    for (const int rows : {8, 9, 64}) {
      for (const auto tree :
           {spec::AdderTree::loop, spec::AdderTree::dadda, spec::AdderTree::area}) {
        const spec::MacroSpec spec =
            macro(rows, 8, 2, spec::Storage::latch, {true, 4}, {true, 4}, 2, tree, 1);
        const estimate::Estimate cost = old(spec);
        const estimate::Estimate fresh = estimate::Estimator(estimate::osu018())(spec);
        CHECK(cost.area_um2 == fresh.area_um2);
        CHECK(cost.delay_ns == fresh.delay_ns);
        CHECK(cost.cycles_per_vector == 2);
        CHECK(cost.latency_cycles == 4);
      }
    }
  }
}

TEST_CASE("What the model does not cover is named with its key") {
  spec::MacroSpec spec;
  spec.name = "macro";
  CHECK_FALSE(estimate::not_covered(spec));
  spec.recoding = spec::Recoding::booth;
  CHECK(estimate::not_covered(spec) == "compute.recoding = \"booth\"");
  spec = {};
  spec.test_mode = spec::TestMode::pin;
  CHECK(estimate::not_covered(spec) == "scan.test_mode = \"pin\"");
  spec.kind = spec::Kind::analog;
  CHECK(estimate::not_covered(spec) == "kind = \"analog\"");
  spec = {};
  spec.weight = spec::IntegerFormat::ternary();
  CHECK(estimate::not_covered(spec) == "operands.weight = \"ternary\"");
}

TEST_CASE("A model is read as it was written") {
  CHECK(estimate::parse_library(model_text(), "model.json") == estimate::osu018());
}

TEST_CASE("A model that cannot be used is refused with its file and a reason") {
  CHECK(message_of("") == "model.json: this is no JSON, or cut short");
  CHECK(message_of(model_text().substr(0, 400)) == "model.json: this is no JSON, or cut short");
  CHECK(message_of("[]") == "model.json: this is no library model of `cimforge calibrate-library`");
  CHECK(message_of("{}") ==
        "model.json: no \"format\": this is no library model of `cimforge calibrate-library`");
  CHECK(message_of(changed("/format", 9)) ==
        "model.json: \"format\" is 9; this version of cimforge reads 2");
  CHECK(message_of(changed("/area_um2/latch_bit", "big")) ==
        "model.json: \"latch_bit\" of \"area_um2\" is \"big\"; a number of at least 0 is expected");
  CHECK(message_of(changed("/delay_ns/first", -1.0)) != "");
  CHECK(message_of(changed("/within_percent_of_nine_in_ten/dadda/area", -1.0)) ==
        "model.json: the spread of \"dadda\" has no \"area\", a number of at least 0");
  CHECK(message_of(changed("/area_um2/moon", 1.0)) ==
        "model.json: \"area_um2\" has an unknown \"moon\"");
  CHECK(message_of(changed("/delay_ns", nlohmann::json::object())) ==
        "model.json: \"delay_ns\" has no \"first\": calibrate the library again");
  CHECK(message_of(changed("/adder_delays/dadda", {1, 2})) ==
        "model.json: \"adder_delays\" has no list of 9 numbers for \"dadda\"");
  CHECK(message_of(changed("/adder_delays/dadda/0", 0)) ==
        "model.json: a delay of \"dadda\" is 0; a whole number of at least 1 is expected");
}
