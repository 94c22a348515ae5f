// The cells that compute: adders, products, inversion, saturation, the accumulator.
#include <algorithm>

#include "tests/rtl/cells.h"

namespace cimforge {
namespace {

using test::Cell;
using test::Cells;
using test::mask;

void set_lane(Cells& cells, int lane, int lanes, int width, std::uint64_t value) {
  for (int b = 0; b < width; ++b) cells.set_data(b * lanes + lane, 1, value >> b & 1);
}

std::uint64_t lane_data(const Cells& cells, int lane, int lanes, int width) {
  return test::lane_number(lane, lanes, width, [&](int bit) { return cells.data(bit, 1); });
}

std::uint64_t lane_result(const Cells& cells, int lane, int lanes, int width) {
  return test::lane_number(lane, lanes, width, [&](int bit) { return cells.result(bit, 1); });
}

/// Calls `check` with data in which the lanes hold numbers of `width` bits: all of them where the
/// width is small, otherwise random ones and the ends.
template <typename Check>
void for_numbers(Cells& cells, int lanes, int width, Check check) {
  const int rounds = width <= 8 ? (1 << width) : 40;
  for (int round = 0; round < rounds; ++round) {
    cells.random_data();
    for (int lane = 0; lane < lanes; ++lane) {
      const auto number = static_cast<std::uint64_t>(lane + round) & mask(width);  // all differ
      if (width <= 8) set_lane(cells, lane, lanes, width, number);
      if (width > 8 && round < 4) {
        set_lane(cells, lane, lanes, width,
                 (round % 2 == 0 ? std::uint64_t{1} << (width - 1) : mask(width - 1)) +
                     static_cast<std::uint64_t>(round / 2 * lane));
      }
    }
    cells.eval();
    check();
    if (width <= 8 && round + 1 == std::max(1, (1 << width) - lanes + 1)) break;  // seen all
  }
}

}  // namespace

TEST_CASE("cim_full_adder adds three bits in every lane") {
  Cells cells;
  cells.each(Cell::full_adder, [&](const auto& p, auto) {
    const int lanes = p[0];
    for (int shift = 0; shift < 8; ++shift) {
      // Lane l has the combination l + shift.
      for (int lane = 0; lane < lanes; ++lane) {
        const auto code = static_cast<std::uint64_t>(lane + shift);
        for (int i = 0; i < 3; ++i) cells.set_data(64 * i + lane, 1, code >> i & 1);
      }
      cells.eval();
      for (int lane = 0; lane < lanes; ++lane) {
        const auto total =
            cells.data(lane, 1) + cells.data(64 + lane, 1) + cells.data(128 + lane, 1);
        REQUIRE(cells.result(lane, 1) + 2 * cells.result(64 + lane, 1) == total);
      }
    }
  });
}

TEST_CASE("cim_half_adder adds two bits in every lane, cim_dual_half_adder two inverted ones") {
  Cells cells;
  cells.each(Cell::half_adder, [&](const auto& p, auto) {
    const int lanes = p[0];
    for (int shift = 0; shift < 4; ++shift) {
      for (int lane = 0; lane < lanes; ++lane) {
        const auto code = static_cast<std::uint64_t>(lane + shift);
        for (int i = 0; i < 2; ++i) cells.set_data(64 * i + lane, 1, code >> i & 1);
      }
      cells.eval();
      const std::uint64_t inverted = p[1] == 1 ? 1 : 0;
      for (int lane = 0; lane < lanes; ++lane) {
        REQUIRE((cells.result(lane, 1) ^ inverted) + 2 * (cells.result(64 + lane, 1) ^ inverted) ==
                (cells.data(lane, 1) ^ inverted) + (cells.data(64 + lane, 1) ^ inverted));
      }
    }
  });
}

TEST_CASE("cim_bit_product multiplies in both polarities") {
  Cells cells;
  cells.each(Cell::bit_product, [&](const auto& p, auto) {
    for (int trial = 0; trial < 16; ++trial) {
      cells.random_data();
      cells.dut.control = static_cast<IData>(trial % 2);
      if (p[0] == 1) cells.set_data(0, 1, static_cast<std::uint64_t>(trial / 2 % 2));
      cells.eval();
      const std::uint64_t product = trial % 2 == 1 ? cells.data(0, p[0]) : 0;
      REQUIRE(cells.result(0, p[0]) == (p[1] == 1 ? ~product & mask(p[0]) : product));
    }
  });
}

TEST_CASE("cim_conditional_invert inverts all lanes or none") {
  Cells cells;
  cells.each(Cell::conditional_invert, [&](const auto& p, auto) {
    for (int trial = 0; trial < 16; ++trial) {
      cells.random_data();
      cells.dut.control = static_cast<IData>(trial % 2);
      cells.eval();
      const bool inverts = trial % 2 != p[1];
      const std::uint64_t expected = inverts ? ~cells.data(0, p[0]) : cells.data(0, p[0]);
      REQUIRE(cells.result(0, p[0]) == (expected & mask(p[0])));
    }
  });
}

TEST_CASE("cim_decoder raises the line of its number, and none where there is no such") {
  Cells cells;
  cells.each(Cell::decoder, [&](const auto& p, auto) {
    const auto [lines, bits] = std::pair(p[0], p[1]);
    for (std::uint64_t number = 0; number <= mask(bits); ++number) {
      for (const bool enable : {false, true}) {
        cells.random_data();
        cells.set_data(0, bits, number);
        cells.dut.control = enable ? 1 : 0;
        cells.eval();
        for (int line = 0; line < lines; ++line) {
          const bool expected = enable && number == static_cast<std::uint64_t>(line);
          REQUIRE(cells.result(line, 1) == (expected ? 1 : 0));
        }
      }
    }
  });
}

TEST_CASE("cim_saturate gives the nearest value that fits") {
  Cells cells;
  cells.each(Cell::saturate, [&](const auto& p, auto) {
    const auto [lanes, in, out] = std::tuple(p[0], p[1], p[2]);
    const bool is_signed = p[3] == 1;
    for_numbers(cells, lanes, in, [&] {
      for (int lane = 0; lane < lanes; ++lane) {
        auto value = static_cast<std::int64_t>(lane_data(cells, lane, lanes, in));
        if (is_signed && value >> (in - 1) != 0) value -= std::int64_t{1} << in;
        const std::int64_t most = static_cast<std::int64_t>(mask(is_signed ? out - 1 : out));
        const std::int64_t least = is_signed ? -most - 1 : 0;
        const auto expected = static_cast<std::uint64_t>(std::clamp(value, least, most));
        REQUIRE(lane_result(cells, lane, lanes, out) == (expected & mask(out)));
      }
    });
  });
}

TEST_CASE("cim_add_constant adds modulo its width and drops low bits") {
  Cells cells;
  cells.each(Cell::add_constant, [&](const auto& p, std::uint64_t constant) {
    const auto [lanes, sum, width, drop] = std::tuple(p[0], p[1], p[2], p[3]);
    for_numbers(cells, lanes, sum, [&] {
      for (int lane = 0; lane < lanes; ++lane) {
        const std::uint64_t total = (lane_data(cells, lane, lanes, sum) + constant) & mask(width);
        REQUIRE(lane_result(cells, lane, lanes, width - drop) == total >> drop);
      }
    });
  });
}

TEST_CASE("cim_shift_accumulator does integer arithmetic, and waits while not enabled") {
  Cells cells;
  cells.each(Cell::shift_accumulator, [&](const auto& p, std::uint64_t initial) {
    const auto [lanes, sum, width, digit, feed, drop] =
        std::tuple(p[0], p[1], p[2], p[3], p[4], p[5]);
    std::vector<std::uint64_t> accumulators(static_cast<std::size_t>(lanes), 0);
    for (int step = 0; step < 60; ++step) {
      const bool first = step == 0 || cells.draw(2) == 0;
      const bool enable = step == 0 || cells.draw(2) != 0;
      const std::uint64_t fed = cells.draw(digit);
      cells.random_data();
      cells.dut.control =
          static_cast<IData>(std::uint64_t{enable} | std::uint64_t{first} << 1 | fed << 8);
      cells.dut.clk = 0;
      cells.eval();
      for (int lane = 0; lane < lanes; ++lane) {
        std::uint64_t& accumulator = accumulators[static_cast<std::size_t>(lane)];
        const std::uint64_t before =
            first ? initial : (accumulator << digit) + (feed == 1 ? fed : 0);
        const std::uint64_t next = (before + lane_data(cells, lane, lanes, sum)) & mask(width);
        REQUIRE(lane_result(cells, lane, lanes, width - drop) == next >> drop);
        if (enable) accumulator = next;
      }
      cells.tick();
    }
  });
}

TEST_CASE("cim_digit_feed gives its digits in turn, one for each enabled step") {
  Cells cells;
  cells.each(Cell::digit_feed, [&](const auto& p, std::uint64_t digits) {
    const auto [steps, digit] = std::tuple(p[0], p[1]);
    int step = 0;
    for (int cycle = 0; cycle < 100; ++cycle) {
      const bool enable = cycle < 3 * steps || cells.toss();
      cells.dut.control = enable ? 1 : 0;
      cells.eval();
      REQUIRE(cells.result(0, digit) == (digits >> ((steps - 1 - step) * digit) & mask(digit)));
      cells.tick();
      if (enable) step = (step + 1) % steps;
    }
    cells.reset();
    CHECK(cells.result(0, digit) == (digits >> ((steps - 1) * digit) & mask(digit)));
  });
}

}  // namespace cimforge
