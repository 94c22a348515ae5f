// `cimforge align`: real weights as files that a floating macro takes.
#include <nlohmann/json.hpp>

#include "flows/npy.h"
#include "tests/catch.h"
#include "tests/cli/command.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;

template <typename Element>
std::vector<Element> elements(const std::filesystem::path& file,
                              const std::vector<std::size_t>& shape) {
  const flows::NpyArray array = flows::load_npy(file);
  CHECK(array.shape == shape);
  REQUIRE(std::holds_alternative<std::vector<Element>>(array.data));
  return std::get<std::vector<Element>>(array.data);
}

std::string specification(const std::string& weight, const std::string& floating) {
  return "name = \"tiny\"\nkind = \"floating\"\n[array]\nrows = 4\ncolumns = 2\n[operands]\n"
         "input = \"fp8_e4m3\"\nweight = \"" +
         weight + "\"\n[floating]\nblock_rows = 2\n" + floating;
}

}  // namespace

TEST_CASE("aligned weights are files with codes, exponents, integers and classes") {
  const Workspace here;
  const std::string spec =
      here.write("spec.toml", specification("fp8_e4m3", "align_weights_at = \"offline\"\n"));
  const std::vector<float> weights = {1.0F, -0.5F, 0.25F, 1000.0F, 0.0F, 2.0F, -3.0F, NAN};
  here.write("w.npy", flows::to_npy({{4, 2}, weights}));
  succeed({"align", spec, here("w.npy"), "-o", here("out"), "--json", here("align.json")});
  CHECK(elements<std::uint8_t>(here.path("out/codes.npy"), {4, 2}) ==
        std::vector<std::uint8_t>{0x38, 0xb0, 0x28, 0x7e, 0x00, 0x40, 0xc4, 0x7f});
  CHECK(elements<std::uint8_t>(here.path("out/scales.npy"), {2, 2}) ==
        std::vector<std::uint8_t>{7, 15, 8, 8});
  // Four bits of significand and three guard bits: 1 is 64 at its own exponent.
  CHECK(elements<std::int8_t>(here.path("out/aligned.npy"), {4, 2}) ==
        std::vector<std::int8_t>{64, 0, 16, 112, 0, 64, -96, 0});
  CHECK(elements<std::uint8_t>(here.path("out/classes.npy"), {4, 2}) ==
        std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 0, 1});
  const auto json = nlohmann::json::parse(base::read_file(here.path("align.json")));
  CHECK(json["saturated"] == 1);
  CHECK(json["relative_error"] > 0.5);  // 1000 became 448

  // An earlier output is replaced, what is not one stays.
  succeed({"align", spec, here("w.npy"), "-o", here("out")});
  here.write("mine/notes.txt", "mine");
  refuse(2, {"align", spec, here("w.npy"), "-o", here("mine")}, {here("mine")});
}

TEST_CASE("aligned weights of a format with scales") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", specification("mxint8", ""));
  here.write(
      "w.npy",
      flows::to_npy({{4, 2}, std::vector<double>{1.0, -0.5, 0.25, 1.5, 4.0, 0.0, -3.0, 0.0}}));
  succeed({"align", spec, here("w.npy"), "-o", here("out")});
  CHECK(elements<std::int8_t>(here.path("out/codes.npy"), {4, 2}) ==
        std::vector<std::int8_t>{64, -32, 16, 96, 64, 0, -48, 0});
  CHECK(elements<std::uint8_t>(here.path("out/scales.npy"), {2, 2}) ==
        std::vector<std::uint8_t>{127, 127, 129, 0});
  CHECK_FALSE(std::filesystem::exists(here.path("out/aligned.npy")));
}
