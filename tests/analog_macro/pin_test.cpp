// A small analog macro at its pins: programming, faults, trims, test conversions, flags, reset, and
// requests that meet.
#include <fmt/format.h>

#include <vector>

#include "generator/collateral/collateral.h"
#include "tests/icarus/player.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

using test::page;
using test::Played;
using test::Script;
using Values = std::vector<std::int64_t>;

/// 4 rows, 5 columns in converters of 2, 2 and 1; two slices.
spec::MacroSpec small(spec::Encoding encoding = spec::Encoding::differential) {
  spec::MacroSpec spec = test::analog_specification("pins", 4, 5, "int3", "int4");
  spec.analog.encoding = encoding;
  spec.analog.cell_bits = 2;
  spec.analog.columns_per_adc = 2;
  spec.analog.adc_bits = 6;
  spec.analog.program_retries = 3;
  return spec;
}

Played play(const spec::MacroSpec& spec, const Script& script) {
  Played played = test::play(spec, collateral::emit(spec), script);
  CHECK(played.errors == "");
  return played;
}

/// The device column of a weight's slice.
int cell(int column, int slice, int minus) {
  return (column * 2 + slice) * 2 + minus;
}

const Values some = {5, -8, 7, -1, 0};
const Values others = {-3, 2, -6, 4, 1};

}  // namespace

TEST_CASE("a row is programmed by pulses that are counted") {
  const spec::MacroSpec spec = small();
  Script script(spec);
  script.weights(2, some);
  script.weights(2, some);    // is there already
  script.weights(2, others);  // set and reset at once
  script.weights(0, Values(5, 0));
  script.until_idle();
  for (unsigned row = 0; row < 5; ++row) script.read(page(4, row));
  script.read(page(0, 0));
  script.read(page(0, 5));
  const Played played = play(spec, script);
  CHECK(played.answers == std::vector<std::uint32_t>{0, 0, 2, 0, 0, 0, 0});
  CHECK(played.faults.empty());
  CHECK(played.jobs == std::vector<int>{1, 1, 1, 1});
}

TEST_CASE("a row that needs no pulse takes the cycles of the plan") {
  for (const spec::MacroSpec& spec : {small(), small(spec::Encoding::offset)}) {
    Script script(spec);
    script.weights(1, some);
    script.until_idle();
    script.mark();
    script.weights(1, some);
    script.weights(1, some);
    script.weights(1, some);
    script.mark();
    const Played played = play(spec, script);
    REQUIRE(played.cycles.size() == 2);
    // Three rows are accepted in the cycles of two; and one for the first.
    CHECK(played.cycles[1] - played.cycles[0] ==
          2 * plan::plan(spec).analog->row_program_cycles + 1);
  }
}

TEST_CASE("the tolerance is in levels, and a device within it has no pulse") {
  const spec::MacroSpec spec = small();
  Script script(spec);
  script.write(page(0, 1), 2);
  script.weights(0, Values{2, 0, 0, 0, 0});
  script.weights(1, Values{3, 0, 0, 0, 0});
  script.until_idle();
  script.read(page(4, 0));
  script.read(page(4, 1));
  script.write(page(0, 1), 1000);  // more than the register holds
  script.read(page(0, 1));
  const Played played = play(spec, script);
  CHECK(played.answers == std::vector<std::uint32_t>{0, 0, 1, 2, 255});
}

TEST_CASE("a device that does not move is reported with its place") {
  const spec::MacroSpec spec = small();
  Script script(spec);
  script.ready('f', 2);
  // Column 4 has a converter of its own, the third; levels wanted: 3 = 0b11 and -6: minus 0b01,
  // 0b10.
  script.stuck(0, 3, cell(4, 1, 1), 3);
  script.stuck(1, 3, cell(1, 0, 0), 1);
  script.stuck(2, 1, cell(2, 0, 1), 0);
  script.weights(3, Values{0, 0, 0, 0, -2});
  script.weights(1, Values{0, 0, -7, 0, 0});
  script.until_idle();
  script.read(page(4, 3));
  script.read(page(4, 1));
  script.read(page(0, 5));
  script.write(page(0, 5), 9);
  script.read(page(0, 5));
  script.vector(Values{0, 1, 0, 1});
  const Played played = play(spec, script);
  CHECK(played.faults ==
        std::vector<Played::Fault>{{3, 2, 0, 1, 1}, {3, 0, 1, 0, 0}, {1, 1, 0, 0, 1}});
  CHECK(played.answers == std::vector<std::uint32_t>{3, 3, 3, 3, 0});
  // What the row has is what is computed with: -2 - 4*3 for column 4, 1 more in column 1, -4 for
  // -7.
  REQUIRE(played.results.size() == 1);
  CHECK(played.results[0].values == Values{0, 1, -4, 0, -14});
}

TEST_CASE("a row that is not there is reported and does no harm") {
  spec::MacroSpec spec = small();
  spec.rows = 5;
  Script script(spec);
  for (int row = 0; row < 5; ++row) script.weights(row, row == 3 ? some : Values(5, 0));
  script.weights(7, Values{1, 0, 0, 0, 0});
  script.until_idle();
  for (unsigned row = 0; row < 8; ++row) script.read(page(4, row));
  script.vector(Values{0, 0, 0, 1, 0});
  const Played played = play(spec, script);
  CHECK(played.faults == std::vector<Played::Fault>{{7, 0, 0, 0, 0}});
  CHECK(played.answers == std::vector<std::uint32_t>{0, 0, 0, 1, 0, 0, 0, 0});
  REQUIRE(played.results.size() == 1);
  CHECK(played.results[0].values == some);
}

TEST_CASE("strings count matches, are verified without trims, and convert a ladder of matches") {
  spec::MacroSpec spec = test::analog_specification("strings", 6, 3, "bipolar", "bipolar");
  spec.analog.cell_bits = 1;
  spec.analog.columns_per_adc = 2;
  spec.analog.adc = spec::Adc::time;
  spec.analog.adc_bits = 3;
  Script script(spec);
  // Trims with which no code is what it was.
  for (unsigned column = 0; column < 3; ++column) {
    script.write(page(1, column), 100);
    script.write(page(2, column), 77);
    script.write(page(3, column), 2);
  }
  const Values column_weights[3] = {
      {1, 1, 1, 1, 1, 1}, {1, -1, 1, -1, 1, -1}, {-1, -1, -1, 1, 1, 1}};
  for (int row = 0; row < 6; ++row) {
    const auto r = static_cast<std::size_t>(row);
    script.weights(row, Values{column_weights[0][r], column_weights[1][r], column_weights[2][r]});
  }
  script.until_idle();
  for (unsigned row = 0; row < 6; ++row) script.read(page(4, row));
  for (unsigned column = 0; column < 3; ++column) {
    script.write(page(1, column), 0);
    script.write(page(2, column), 4096);
    script.write(page(3, column), 0);
  }
  script.vector(Values{1, 1, 1, 1, 1, 1});
  script.vector(Values{1, -1, 1, -1, 1, -1});
  script.vector(Values{-1, 1, 1, 1, 1, -1});
  script.until_idle();
  // A line of codes: v = (16 code - 16) 8191 2^0 / 2^16 is nearly 2 (code - 1).
  script.write(page(1, 1), 16);
  script.write(page(2, 1), 8191);
  script.vector(Values{1, 1, 1, 1, 1, 1});
  script.until_idle();
  script.write(page(0, 3), 4);
  script.until_idle();
  script.read(page(5, 0));
  script.write(page(0, 3), 8);  // more than the codes
  script.until_idle();
  script.read(page(5, 1));
  const Played played = play(spec, script);
  CHECK(played.faults.empty());
  // One answer for each access. Rows without a +1 had no pulse; the others one.
  REQUIRE(played.answers.size() == 9 + 6 + 9 + 2 + 1 + 1 + 1 + 1);
  CHECK(std::vector<std::uint32_t>(played.answers.begin() + 9, played.answers.begin() + 15) ==
        std::vector<std::uint32_t>(6, 1));
  REQUIRE(played.results.size() == 4);
  CHECK(played.results[0].values == Values{6, 0, 0});
  CHECK(played.results[1].values == Values{0, 6, -2});
  CHECK(played.results[2].values == Values{2, 0, 0});
  CHECK(played.results[3].values == Values{6, 2 * 4 - 6, 0});
  CHECK((played.answers[27] & 7U) == 4);
  CHECK(played.answers.back() >> 31U == 1);
}

TEST_CASE("a device of the reference column that does not move is reported once") {
  const spec::MacroSpec spec = small(spec::Encoding::offset);
  Script script(spec);
  script.stuck(0, 2, 10, 0);  // behind 5 columns of 2 slices
  script.weights(2, some);
  script.until_idle();
  script.read(page(0, 5));
  const Played played = play(spec, script);
  CHECK(played.faults == std::vector<Played::Fault>{{2, 3, 0, 0, 0}});
  CHECK(played.answers == std::vector<std::uint32_t>{1});
}

TEST_CASE("no fault is lost while none is taken, and the macro waits") {
  const spec::MacroSpec spec = small();
  Script script(spec);
  for (int column = 0; column < 4; ++column) script.stuck(column, 0, cell(column, 0, 0), 0);
  script.ready('f', 0);
  script.weights(0, Values{1, 1, 1, 1, 0});
  script.wait(600);
  script.read(page(0, 0));
  script.read(page(0, 5));
  script.wait(10);
  script.ready('f', 2);
  script.weights(1, some);
  script.until_idle();
  script.read(page(0, 0));
  script.read(page(0, 5));
  const Played played = play(spec, script);
  REQUIRE(played.faults.size() == 4);
  for (unsigned column = 0; column < 4; ++column) {
    // Position by position, in each of them converter by converter.
    CHECK(played.faults[column] == Played::Fault{0, column % 2, column / 2, 0, 0});
  }
  CHECK(played.answers == std::vector<std::uint32_t>{1, 0, 0, 4});
}

TEST_CASE("no pulse is given where none is allowed, and fewer stop a row that is at it") {
  spec::MacroSpec spec = small();
  spec.analog.pulse_cycles = 200;
  Script script(spec);
  script.write(page(0, 2), 0);
  script.weights(0, Values{1, 0, 0, 0, 0});
  script.until_idle();
  script.write(page(0, 2), 100000);  // more than the register holds
  script.stuck(0, 1, cell(0, 0, 0), 0);
  script.weights(1, Values{1, 0, 0, 0, 0});
  script.wait(1000);            // some pulses
  script.write(page(0, 2), 1);  // fewer than it had
  script.until_idle();
  script.read(page(4, 0));
  script.read(page(0, 5));
  const Played played = play(spec, script);
  REQUIRE(played.answers.size() == 5);
  CHECK(played.answers[1] == 0);
  CHECK(played.answers[2] == 65535);
  CHECK(played.answers[3] == 0);
  CHECK(played.answers[4] == 2);
  CHECK(played.faults == std::vector<Played::Fault>{{0, 0, 0, 0, 0}, {1, 0, 0, 0, 0}});
}

TEST_CASE("trims of a column change its results as the formula says, and no others") {
  for (const spec::Encoding encoding : {spec::Encoding::differential, spec::Encoding::offset}) {
    const spec::MacroSpec spec = small(encoding);
    reference::MacroParameters parameters = test::parameters_of(spec);
    Script script(spec);
    Values weights;
    for (int row = 0; row < 4; ++row) {
      script.weights(row, row % 2 == 0 ? some : others);
      weights.insert(weights.end(), row % 2 == 0 ? some.begin() : others.begin(),
                     row % 2 == 0 ? some.end() : others.end());
    }
    std::vector<reference::Result> expected;
    const Values inputs = {3, -4, 2, -1};
    const auto multiply = [&] {
      script.vector(inputs);
      script.until_idle();
      expected.push_back(reference::Macro(parameters, weights).multiply(inputs));
    };
    multiply();
    // {converter, column}: column 3 is the second of the second converter.
    script.write(page(1, 3), static_cast<std::uint32_t>(-37));
    parameters.trims[3].offset = -37;
    multiply();
    script.write(page(2, 3), 5000);
    parameters.trims[3].gain = 5000;
    multiply();
    script.write(page(3, 0), 1);
    parameters.ranges[0] = 1;
    multiply();
    script.write(page(3, 4), 2);
    script.write(page(2, 4), 8191);
    script.write(page(1, 4), 2047);
    parameters.ranges[4] = 2;
    parameters.trims[4] = {2047, 8191};
    multiply();
    script.write(page(2, 4), 0);
    parameters.trims[4].gain = 0;
    multiply();
    // What does not fit is the nearest that does.
    script.write(page(3, 1), 99);
    script.write(page(2, 1), 0x12345678);
    script.write(page(1, 1), 5000);
    script.write(page(1, 2), static_cast<std::uint32_t>(-5000));
    const int most = plan::plan(spec).analog->range_most;
    parameters.ranges[1] = most;
    parameters.trims[1] = {2047, 8191};
    parameters.trims[2].offset = -2048;
    multiply();
    // Not there: the second column of the last converter, a converter too many.
    script.write(page(1, 5), 1);
    script.write(page(1, 30), 1);
    multiply();
    for (const unsigned kind : {1U, 2U, 3U}) {
      for (unsigned index = 0; index < 6; ++index) script.read(page(kind, index));
    }
    script.until_idle();
    script.reset(2);
    for (const unsigned kind : {1U, 2U, 3U}) script.read(page(kind, 3));
    const Played played = play(spec, script);
    REQUIRE(played.results.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(i);
      CHECK(played.results[i].values == expected[i].outputs);
      if (!expected[i].reference_saturated)
        CHECK(played.results[i].saturated == expected[i].saturated);
    }
    const std::size_t read = played.answers.size() - 21;
    const auto top = static_cast<std::uint32_t>(most);
    CHECK(std::vector(played.answers.begin() + static_cast<std::ptrdiff_t>(read),
                      played.answers.end()) ==
          std::vector<std::uint32_t>{0,
                                     2047,
                                     static_cast<std::uint32_t>(-2048),
                                     static_cast<std::uint32_t>(-37),
                                     2047,
                                     0,
                                     4096,
                                     8191,
                                     4096,
                                     5000,
                                     0,
                                     0,
                                     1,
                                     top,
                                     0,
                                     0,
                                     2,
                                     0,
                                     0,
                                     4096,
                                     0});
  }
}

TEST_CASE("test conversions give the code of a reference in every converter") {
  for (const spec::Encoding encoding : {spec::Encoding::differential, spec::Encoding::offset}) {
    const bool is_signed = encoding == spec::Encoding::differential;
    const spec::MacroSpec spec = small(encoding);
    Script script(spec);
    for (unsigned converter = 0; converter < 5; ++converter) script.read(page(5, converter));
    script.write(page(3, 3), 2);  // range of the second column of the second converter
    script.write(page(0, 4), 1);
    std::vector<std::uint32_t> expected(7, 0);  // the writes are answered with what was there
    const unsigned converters = is_signed ? 3 : 4;
    for (const int reference : {0, 1, 21, 31, 32, 63, 64, 1000, -1, -32, -33, -1000}) {
      script.write(page(0, 3), static_cast<std::uint32_t>(reference));
      for (unsigned converter = 0; converter < 5; ++converter) script.read(page(5, converter));
      expected.push_back(0);
      const int least = is_signed ? -32 : 0;
      const int greatest = is_signed ? 31 : 63;
      for (unsigned converter = 0; converter < 5; ++converter) {
        const int range = converter == 1 ? 2 : 0;
        const int code = (reference + (range > 0 ? 1 << (range - 1) : 0)) >> range;
        const int clipped = std::clamp(code, least, greatest);
        const auto answer =
            static_cast<std::uint32_t>(clipped & 63) | (clipped != code ? 1U << 31U : 0U);
        expected.push_back(converter < converters ? answer : 0);
      }
    }
    const Played played = play(spec, script);
    REQUIRE(played.answers.size() == expected.size());
    int last = 0;
    for (std::size_t i = 7; i < expected.size(); ++i) {
      CAPTURE(i, last);
      if ((i - 7) % 6 != 0) CHECK(played.answers[i] == expected[i]);
    }
    for (std::size_t i = 0; i < 5; ++i) CHECK(played.answers[i] == 0);
    CHECK(played.jobs == std::vector<int>(12, 2));
  }
}

TEST_CASE("a reference does not change while it is converted") {
  // The player's bench watches the inputs of a conversion.
  spec::MacroSpec spec = small();
  spec.analog.adc = spec::Adc::ramp;
  Script script(spec);
  for (unsigned i = 0; i < 5; ++i) {
    script.write(page(0, 3), i);
    script.write(page(3, 1), i);
    script.write(page(0, 4), i % 2);
  }
  script.read(page(5, 0));
  // The last one had the range of column 1, which is 3: (4 + 4) / 2^3.
  CHECK(play(spec, script).answers.back() == 1);
}

TEST_CASE("flags tell clipped codes, of the reference column too, and clipped results") {
  // Columns: small sums, a clipped code, a clipped result.
  spec::MacroSpec spec = test::analog_specification("flags", 4, 3, "uint3", "int3");
  spec.input_bits_per_cycle = 3;
  spec.analog.cell_bits = 3;
  spec.analog.adc_bits = 6;
  spec.analog.encoding = spec::Encoding::differential;
  spec.output_mode = spec::OutputMode::saturate;
  spec.output_bits = 5;
  Script script(spec);
  for (int row = 0; row < 4; ++row)
    script.weights(row, Values{0, row == 0 ? 1 : -4, row == 0 ? 3 : 0});
  script.vector(Values{1, 0, 0, 0});
  script.vector(Values{0, 7, 7, 7});
  script.vector(Values{6, 0, 0, 0});
  script.vector(Values{1, 0, 0, 0});
  const Played played = play(spec, script);
  REQUIRE(played.results.size() == 4);
  using Flags = std::vector<bool>;
  CHECK(played.results[0].saturated == Flags{false, false, false});
  CHECK(played.results[1].saturated == Flags{false, true, false});
  CHECK(played.results[2].saturated == Flags{false, false, true});
  CHECK(played.results[2].values == Values{0, 6, 15});
  CHECK(played.results[3].saturated == Flags{false, false, false});

  spec = test::analog_specification("flags", 4, 3, "uint3", "int3");
  spec.input_bits_per_cycle = 3;
  spec.analog.cell_bits = 3;
  spec.analog.adc_bits = 6;
  spec.analog.encoding = spec::Encoding::offset;
  Script offset(spec);
  for (int row = 0; row < 4; ++row) offset.weights(row, Values{-4, -3, -2});
  offset.vector(Values{7, 7, 7, 7});
  offset.vector(Values{1, 1, 1, 1});
  const Played clipped = play(spec, offset);
  REQUIRE(clipped.results.size() == 2);
  CHECK(clipped.results[0].saturated == Flags{true, true, true});
  CHECK(clipped.results[1].saturated == Flags{false, false, false});
}

TEST_CASE("a reset in the middle of anything leaves a macro that works") {
  const spec::MacroSpec spec = small();
  // From the first cycle of a row, a vector and a test conversion to behind their ends, without
  // results, answers and faults being taken.
  Script script(spec);
  script.stuck(0, 0, cell(0, 0, 0), 3);
  std::vector<Values> expected;
  for (int after = 0; after < 700; after += 23) {
    for (const char stream : {'o', 'a', 'f'}) script.ready(stream, 0);
    script.wait(2);
    script.together(0, Values(5, 0), Values{1, 1, 1, 1}, page(0, 3), 17);
    script.wait(after);
    script.reset(1 + after % 3);
    for (const char stream : {'o', 'a', 'f'}) script.ready(stream, 2);
    Values weights;
    for (int row = 0; row < 4; ++row) {
      script.weights(row, row == 0 ? Values{3, 0, 0, 0, 0} : some);
      const Values& values = row == 0 ? Values{3, 0, 0, 0, 0} : some;
      weights.insert(weights.end(), values.begin(), values.end());
    }
    script.vector(Values{-4, 1, 2, 3});
    script.write(page(0, 3), 9);
    script.read(page(5, 2));
    script.until_idle();
    expected.push_back(
        reference::Macro(test::parameters_of(spec), weights).multiply(Values{-4, 1, 2, 3}).outputs);
  }
  const Played played = play(spec, script);
  CHECK(played.faults.empty());
  REQUIRE(played.results.size() == expected.size());
  REQUIRE(played.answers.size() == 2 * expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(played.results[i].values == expected[i]);
    CHECK(played.answers[2 * i + 1] == 9);
  }
}

TEST_CASE("what comes on one edge is served in order: weights, vector, test") {
  const spec::MacroSpec spec = small();
  Script script(spec);
  for (int row = 1; row < 4; ++row) script.weights(row, Values(5, 0));
  for (int i = 0; i < 3; ++i) {
    script.until_idle();
    script.together(0, i % 2 == 0 ? some : others, Values{1, 0, 0, 0}, page(0, 3),
                    static_cast<std::uint32_t>(20 + i));
    script.vector(Values{0, 0, 0, 0});
    script.read(page(5, 1));
  }
  const Played played = play(spec, script);
  // The next vector waits behind all three.
  CHECK(played.jobs == std::vector<int>{1, 1, 1, 1, 0, 2, 0, 1, 0, 2, 0, 1, 0, 2, 0});
  REQUIRE(played.results.size() == 6);
  CHECK(played.results[0].values == some);
  CHECK(played.results[2].values == others);
  CHECK(played.results[4].values == some);
  REQUIRE(played.answers.size() == 6);
  for (std::size_t i = 0; i < 3; ++i) CHECK(played.answers[2 * i + 1] == 20 + i);
}

TEST_CASE("the status says that the macro is at work until all it took is served") {
  // Status is read every few cycles, of weights and a vector on one edge: at work, then never
  // again.
  const spec::MacroSpec spec = small();
  Script script(spec);
  script.together(0, Values(5, 0), Values{1, 0, 0, 0}, page(0, 4), 0);
  for (int i = 0; i < 400; ++i) script.read(page(0, 0));
  const Played played = play(spec, script);
  REQUIRE(played.answers.size() == 401);
  int falls = 0;
  for (std::size_t i = 2; i < played.answers.size(); ++i) {
    if (played.answers[i] < played.answers[i - 1]) ++falls;
  }
  CHECK(falls == 1);
  CHECK(played.answers.back() == 0);
  // The same one cycle later, or the reads miss the cycle between the two.
  Script shifted(spec);
  shifted.together(0, Values(5, 0), Values{1, 0, 0, 0}, page(0, 4), 0);
  shifted.wait(1);
  for (int i = 0; i < 400; ++i) shifted.read(page(0, 0));
  const Played again = play(spec, shifted);
  falls = 0;
  for (std::size_t i = 2; i < again.answers.size(); ++i) {
    if (again.answers[i] < again.answers[i - 1]) ++falls;
  }
  CHECK(falls == 1);
}

TEST_CASE("each access has one answer under back-pressure, and unknown addresses read 0") {
  const spec::MacroSpec spec = small();
  Script script(spec);
  script.ready('a', 2);
  std::vector<std::uint32_t> expected;
  for (unsigned i = 0; i < 20; ++i) {
    script.write(page(0, 2), 100 + i);
    expected.push_back(i == 0 ? 3 : 99 + i);
    script.read(page(0, 2));
    expected.push_back(100 + i);
  }
  for (const std::uint32_t address : {page(0, 6), page(0, 0xffff), page(4, 4), page(4, 0xffff),
                                      page(5, 3), page(6), page(15, 1)}) {
    script.write(address, 0xffffffff);
    script.read(address);
    expected.insert(expected.end(), 2, 0U);
  }
  // A write to the status is not taken.
  script.write(page(0, 0), 1);
  script.read(page(0, 2));
  expected.insert(expected.end(), {0U, 119U});
  CHECK(play(spec, script).answers == expected);
}

}  // namespace cimforge
