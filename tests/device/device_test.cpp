#include "generator/device/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/device/report.h"
#include "tests/catch.h"

namespace cimforge::device {
namespace {

/// A right device of one's own.
const std::string right = R"(name = "mine"
title = "cells of a test chip"
family = "reram"
[parameters]
g_min = { value = 1, unit = "uS", range = [0, 50], status = "assumed", source = "here" }
g_max = { value = 40, unit = "uS", range = [0, 50], status = "published", source = "there" }
levels = { value = 4, unit = "1", status = "assumed", source = "here" }
activation_energy = { unit = "eV", status = "required", source = "nobody" }
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t place = text.find(from);
  REQUIRE(place != std::string::npos);
  return text.replace(place, from.size(), to);
}

base::Diagnostics mistakes(const std::string& text) {
  base::Diagnostics diagnostics;
  parse(text, "mine.toml", diagnostics);
  return diagnostics;
}

/// The only mistake of a text.
void check_mistake(const std::string& text, const std::string& code, int line,
                   const std::string& part) {
  INFO(text);
  const base::Diagnostics found = mistakes(text);
  INFO(base::to_string(found));
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == code);
  CHECK(found[0].location.line == line);
  CHECK(found[0].location.column > 0);
  CHECK_THAT(found[0].message, Catch::Contains(part));
}

}  // namespace

TEST_CASE("Every preset is right, and every parameter says where it is from") {
  const auto names = preset_names();
  CHECK(names.size() == 12);
  for (const std::string& name : names) {
    INFO(name);
    const Device device = load(name);
    CHECK(device.name == name);
    CHECK_FALSE(device.title.empty());
    for (const auto& [key, parameter] : device.parameters) {
      INFO(key);
      CHECK(parameter.source.size() > 5);
      CHECK(parameter.values.empty() == (parameter.status == Status::required));
    }
    for (const std::string_view need : find_family(device.family)->needs) {
      CHECK(device.parameters.contains(need));
    }
    CHECK_THAT(to_text(device), Catch::Contains(device.title));
    CHECK(to_json(device).at("parameters").size() == device.parameters.size());
  }
}

TEST_CASE("Every family has a preset, and every effect of the table a device that has it") {
  std::map<std::string, int> families;
  std::map<std::string, int, std::less<>> used;
  for (const std::string& name : preset_names()) {
    const Device device = load(name);
    ++families[device.family];
    for (const auto& [key, parameter] : device.parameters) ++used[key];
  }
  for (const Family& family : family_table()) CHECK(families[std::string(family.name)] > 0);
  for (const char* effect :
       {"cell", "readout", "programming", "read noise", "drift", "temperature", "faults"}) {
    INFO(effect);
    CHECK(std::any_of(parameter_table().begin(), parameter_table().end(),
                      [&](const ParameterInfo& info) {
                        return info.effect == effect && used.contains(info.name);
                      }));
  }
}

TEST_CASE("The fits of the presets have the figures of their publications") {
  const auto sigma = [](const Device& device, double g) {
    double sum = 0.0;
    double power = 1.0;
    for (const double c : device.values("program_polynomial")) {
      sum += c * power;
      power *= g / device.value("program_scale");
    }
    return sum;
  };
  // "PCM 0.26 to 1.09 uS", "NeuRRAM 1.3 to 2.4 uS at 1 s", "Milo 2.7 to 4.3 uS" over their ranges.
  const Device pcm = load("pcm_nandakumar");
  CHECK(sigma(pcm, 0.0) == Approx(0.26).margin(0.01));
  CHECK(sigma(pcm, 25.0 * 0.8375) == Approx(1.09).margin(0.01));
  const Device milo = load("reram_milo");
  CHECK(sigma(milo, 50.0) == Approx(4.3).margin(0.05));
  CHECK(sigma(milo, 225.0) == Approx(2.7).margin(0.05));
  const Device wan = load("reram_neurram");
  double most = 0.0;
  for (double g = 4.0; g <= 36.0; g += 1.0) most = std::max(most, sigma(wan, g));
  CHECK(most == Approx(2.4).margin(0.2));
  CHECK(wan.values("relax_polynomials").size() == 15);
  CHECK(load("sonos_nor").values("relax_saturating")[2] == 5 * 86400);
  CHECK(load("reram_generic").value("g_max") / load("reram_generic").value("g_min") == Approx(17));
}

TEST_CASE("A device of one's own") {
  REQUIRE(mistakes(right).empty());
  base::Diagnostics none;
  const Device mine = parse(right, "mine.toml", none);
  CHECK(mine.value("g_max") == 40.0);
  CHECK(mine.missing() == std::vector<std::string>{"activation_energy"});
  CHECK_THROWS_WITH(mine.value("activation_energy"),
                    Catch::Contains("mine") && Catch::Contains("activation_energy"));

  // Beginning with a preset: what is said replaces, the rest stays.
  const Device hot = parse(R"(name = "hot"
base = "reram_neurram"
[parameters]
activation_energy = { value = 1.1, unit = "eV", status = "assumed", source = "a bake of our own" }
)",
                           "hot.toml", none);
  REQUIRE(none.empty());
  CHECK(hot.name == "hot");
  CHECK(hot.family == "reram");
  CHECK(hot.missing().empty());
  CHECK(hot.value("g_max") == load("reram_neurram").value("g_max"));

  const base::TemporaryDirectory directory("cimforge-device");
  const std::string file = (directory.path() / "mine.toml").string();
  base::write_file_atomically(file, right);
  CHECK(load(file).name == "mine");
  base::write_file_atomically(file, replaced(right, "value = 4,", "value = -4,"));
  CHECK_THROWS_WITH(load(file), Catch::Contains(file + ":7:"));
}

TEST_CASE("Mistakes in a device are told with their place and what would be right") {
  check_mistake(replaced(right, "value = 40", "value = 0.5"), "on-below-off", 6,
                "g_max must be greater than g_min");
  check_mistake(replaced(right, "value = 40", "value = -40"), "impossible", 6, "-40");
  check_mistake(replaced(right, "value = 40", "value = nan"), "not-a-number", 6, "finite");
  check_mistake(replaced(right, "value = 40", "value = inf"), "not-a-number", 6, "finite");
  check_mistake(replaced(right, "value = 40", "value = \"40\""), "not-a-number", 6, "finite");
  check_mistake(replaced(right, "value = 40", "value = 60"), "outside-its-range", 6, "0 to 50");
  check_mistake(replaced(right, "value = 40,", ""), "no-value", 6, "required");
  check_mistake(replaced(right, "value = 40, unit = \"uS\"", "value = 40, unit = \"nS\""),
                "wrong-unit", 6, "`uS`");
  check_mistake(replaced(right, "value = 40, unit = \"uS\"", "value = 40"), "no-unit", 6, "`uS`");
  check_mistake(replaced(right, "\"published\"", "\"sure\""), "unknown-value", 6, "published");
  check_mistake(replaced(right, ", source = \"there\"", ""), "no-source", 6, "where it is from");
  check_mistake(replaced(right, "value = 4,", "value = [4, 5],"), "wrong-count", 7,
                "1 numbers, got 2");
  check_mistake(replaced(right, "value = 4,", "value = 4.5,"), "impossible", 7, "whole");
  check_mistake(replaced(right, "range = [0, 50]", "range = [50, 0]"), "wrong-range", 5,
                "lower first");
  check_mistake(replaced(right, "{ unit = \"eV\"", "{ value = 1, unit = \"eV\""),
                "required-with-value", 8, "required");
  check_mistake(replaced(right, "activation_energy", "activation_enrgy"), "unknown-parameter", 8,
                "'activation_energy'");
  check_mistake(replaced(right, "\"reram\"", "\"rram\""), "unknown-family", 3, "'reram'");
  check_mistake(replaced(right, "title", "titel"), "unknown-key", 2, "'title'");
  check_mistake(replaced(right, "name = \"mine\"\n", ""), "no-name", 1, "no name");
  check_mistake(
      "name = \"x\"\nbase = \"pcm\"\nfamily = \"pcm\"\n[parameters]\n"
      "g_min = { unit = \"uS\", status = \"required\", source = \"-\" }\n"
      "g_max = { unit = \"uS\", status = \"required\", source = \"-\" }\n"
      "levels = { unit = \"1\", status = \"required\", source = \"-\" }\n",
      "unknown-base", 2, "pcm");
  check_mistake(right + "relax_times = { value = [1], unit = \"s\", source = \"x\" }\n", "no-pair",
                9, "belong together");
  check_mistake(right + "program_polynomial = { value = [1, 2], unit = \"uS\", source = \"x\" }\n",
                "no-scale", 9, "program_scale");
  check_mistake("name = \"mine\nfamily = 3", "toml-syntax", 1, "not TOML");

  // All at once, in the order of their places; nothing that a file could hold ends the program.
  CHECK(mistakes("").size() >= 2);
  const base::Diagnostics many =
      mistakes(replaced(replaced(right, "value = 40", "value = nan"), "value = 4,", ""));
  REQUIRE(many.size() == 2);
  CHECK(many[0].location.line < many[1].location.line);
  CHECK(mistakes(std::string(2U << 20U, '.')).size() == 1);
  CHECK(mistakes(std::string("a\0b", 3)).size() == 1);
  CHECK(mistakes("parameters = 3\nname = 4\nfamily = []\nbase = {}").size() >= 4);
}

}  // namespace cimforge::device
