// The cells that turn codes into bit planes and back, against loops over bits.
#include "tests/rtl/cells.h"

namespace cimforge {
namespace {

using test::Cell;
using test::Cells;
using Bits = std::vector<bool>;

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

Bits data_bits(const Cells& cells, int count) {
  Bits bits;
  for (int i = 0; i < count; ++i) bits.push_back(cells.data(i, 1) != 0);
  return bits;
}

Bits result_bits(const Cells& cells, int count) {
  Bits bits;
  for (int i = 0; i < count; ++i) bits.push_back(cells.result(i, 1) != 0);
  return bits;
}

/// Codes of `bits` bits as planes of `codes` bits; planes past the code repeat its sign or are
/// zero.
Bits planes_of(const Bits& data, int codes, int bits, int planes, bool is_signed) {
  Bits result(at(planes * codes), false);
  for (int plane = 0; plane < planes; ++plane) {
    for (int code = 0; code < codes; ++code) {
      if (plane < bits) {
        result[at(plane * codes + code)] = data[at(code * bits + plane)];
      } else if (is_signed) {
        result[at(plane * codes + code)] = data[at(code * bits + bits - 1)];
      }
    }
  }
  return result;
}

/// Planes of `lanes` bits as codes of `bits` bits.
Bits codes_of(const Bits& planes, int lanes, int bits) {
  Bits result(at(lanes * bits), false);
  for (int lane = 0; lane < lanes; ++lane) {
    for (int b = 0; b < bits; ++b) result[at(lane * bits + b)] = planes[at(b * lanes + lane)];
  }
  return result;
}

}  // namespace

TEST_CASE("cim_plane_register transposes codes, extends and shifts planes") {
  Cells cells;
  cells.each(Cell::plane_register, [&](const auto& p, auto) {
    const auto [codes, bits, planes, digit] = std::tuple(p[0], p[1], p[2], p[4]);
    const bool is_signed = p[3] == 1;
    Bits expected;
    for (int cycle = 0; cycle < 24; ++cycle) {
      const bool load = cycle == 0 || cells.draw(2) == 0;
      const bool shift = cells.toss();
      cells.random_data();
      cells.dut.control = static_cast<IData>((load ? 1 : 0) | (shift ? 2 : 0));
      cells.tick();
      if (load) {
        expected = planes_of(data_bits(cells, codes * bits), codes, bits, planes, is_signed);
      } else if (shift) {
        Bits moved(expected.size(), false);
        for (std::size_t i = at(digit * codes); i < moved.size(); ++i) {
          moved[i] = expected[i - at(digit * codes)];
        }
        expected = moved;
      }
      REQUIRE(result_bits(cells, planes * codes) == expected);
    }
  });
}

TEST_CASE("cim_input_serializer gives digits from the most significant, extended by the sign") {
  Cells cells;
  cells.each(Cell::input_serializer, [&](const auto& p, auto) {
    const auto [rows, bits, digit, steps] = std::tuple(p[0], p[1], p[2], p[3]);
    const bool is_signed = p[4] == 1;
    for (int vector = 0; vector < 6; ++vector) {
      cells.random_data();
      // The load goes before a shift in the same cycle, that of the former vector's last step.
      cells.dut.control = vector % 2 == 0 ? 1 : 3;
      cells.tick();
      const Bits planes =
          planes_of(data_bits(cells, rows * bits), rows, bits, steps * digit, is_signed);
      for (int step = 0; step < steps; ++step) {
        Bits expected;
        const int low = (steps - 1 - step) * digit;
        for (int i = 0; i < digit * rows; ++i) expected.push_back(planes[at(low * rows + i)]);
        REQUIRE(result_bits(cells, digit * rows) == expected);
        cells.random_data();
        cells.dut.control = 0;  // nothing moves while the array waits
        if (vector == 2) cells.tick();
        REQUIRE(result_bits(cells, digit * rows) == expected);
        cells.dut.control = 2;
        if (step + 1 < steps) cells.tick();
      }
    }
  });
}

TEST_CASE("cim_output_register transposes results, into one entry or two") {
  Cells cells;
  cells.each(Cell::output_register, [&](const auto& p, auto) {
    const auto [lanes, bits, skid] = std::tuple(p[0], p[1], p[2]);
    Bits expected;
    Bits second;
    for (int cycle = 0; cycle < 24; ++cycle) {
      const bool load = cycle == 0 || cells.toss();
      const bool load_skid = cycle == 0 || cells.toss();
      const bool move = cells.toss();
      cells.random_data();
      cells.dut.control = static_cast<IData>((load ? 1 : 0) | (load_skid ? 2 : 0) | (move ? 4 : 0));
      cells.tick();
      const Bits codes = codes_of(data_bits(cells, lanes * bits), lanes, bits);
      if (load) {
        expected = codes;
      } else if (skid == 1 && move) {
        expected = second;
      }
      if (load_skid) second = codes;
      REQUIRE(result_bits(cells, lanes * bits) == expected);
    }
  });
}

}  // namespace cimforge
