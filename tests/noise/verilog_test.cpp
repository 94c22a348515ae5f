// rtl/behavioural/cim_noise.v against sim/noise/noise.h, bit for bit, in Icarus and in Verilator;
// and read by both without a warning. The tools are required: a missing one fails.
#include <Vnoise_tb.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "generator/base/file.h"
#include "sim/noise/noise.h"
#include "tests/catch.h"
#include "tests/lower/shell.h"
#include "tests/noise/words.h"

namespace cimforge {
namespace {

const std::string kCell = CIMFORGE_SOURCE_DIR "/rtl/behavioural/cim_noise.v";
const std::string kBench = CIMFORGE_SOURCE_DIR "/tests/noise/noise_tb.v";
const std::string kIcarus = CIMFORGE_SOURCE_DIR "/tests/noise/noise_icarus.v";

/// A draw, and a word whose Gaussian is asked for beside it.
struct Case {
  noise::Key key;
  std::uint32_t word;
};

/// 300 random keys and the ends of all members; the words are all segments in both signs.
std::vector<Case> cases() {
  std::mt19937_64 random(20240701);
  std::vector<Case> result;
  for (const std::uint32_t word : test::segment_words()) {
    for (const std::uint32_t sign : {0U, 0x80000000U}) result.push_back({{}, word | sign});
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    noise::Key& key = result[i].key;
    if (i < 300) {
      key = {random(), static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()),
             random()};
    } else if (i < 332) {
      if ((i & 1) != 0) key.seed = ~key.seed;
      if ((i & 2) != 0) key.array = ~key.array;
      if ((i & 4) != 0) key.cell = ~key.cell;
      if ((i & 8) != 0) key.event = ~key.event;
    } else {
      key = {i, static_cast<std::uint32_t>(i % 3), static_cast<std::uint32_t>(i), i / 2};
    }
  }
  return result;
}

std::string hex(std::uint32_t value, int digits) {
  char text[16];
  std::snprintf(text, sizeof text, "%0*x", digits, value);
  return text;
}

/// The 24 bits of a Gaussian's code.
std::uint32_t bits_of(std::int32_t code) {
  return static_cast<std::uint32_t>(code) & 0xFFFFFF;
}

/// What Verilog should draw, as noise_icarus.v prints it.
std::string expected(const noise::Key& key) {
  const noise::Words words = noise::words(key);
  std::string numbers;
  std::string gaussians;
  for (std::size_t w = 4; w-- > 0;) {
    numbers += hex(words[w], 8);
    gaussians += hex(bits_of(noise::gaussian_code(words[w])), 6);
  }
  return numbers + " " + gaussians;
}

std::string expected(const Case& each) {
  return expected(each.key) + " " + hex(bits_of(noise::gaussian_code(each.word)), 6);
}

}  // namespace

TEST_CASE("cim_noise in Verilator gives the bits of C++") {
  Vnoise_tb dut;
  for (const Case& each : cases()) {
    dut.seed_i = each.key.seed;
    dut.array_i = each.key.array;
    dut.cell_i = each.key.cell;
    dut.event_i = each.key.event;
    dut.word_i = each.word;
    dut.eval();
    std::string numbers;
    for (std::size_t w = 4; w-- > 0;) numbers += hex(dut.words_o[w], 8);
    std::string gaussians;
    for (std::size_t w = 3; w-- > 0;) gaussians += hex(dut.gaussians_o[w], 8);
    REQUIRE(numbers + " " + gaussians + " " + hex(dut.gaussian_o, 6) == expected(each));
  }
}

TEST_CASE("cim_noise in Icarus gives the bits of C++") {
  const base::TemporaryDirectory work("cimforge-noise-");
  const std::string directory = work.path().string();
  const auto tested = cases();
  {
    std::ofstream keys(directory + "/keys.txt");
    keys << std::hex;
    for (const auto& [key, word] : tested) {
      keys << key.seed << ' ' << key.array << ' ' << key.cell << ' ' << key.event << ' ' << word
           << '\n';
    }
  }
  const test::ShellResult result =
      test::run_shell(directory, "iverilog -g2005 -Wall -o tb.vvp '" + kIcarus + "' '" + kBench +
                                     "' '" + kCell + "' && vvp tb.vvp");
  CHECK(result.status == 0);
  std::istringstream lines(result.output);
  std::string line;
  REQUIRE(std::getline(lines, line));
  CHECK(line == expected(noise::Key{}));
  for (const Case& each : tested) {
    REQUIRE(std::getline(lines, line));
    REQUIRE(line == expected(each));
  }
  CHECK(!std::getline(lines, line));
}

TEST_CASE("cim_noise passes Verilator -Wall and Icarus -Wall without a word") {
  for (const std::string command :
       {"verilator --lint-only -Wall ", "iverilog -g2005 -Wall -t null "}) {
    const test::ShellResult result = test::run_shell(".", command + "'" + kCell + "'");
    CHECK(result.status == 0);
    CHECK(result.output == "");
  }
}

}  // namespace cimforge
