// Weight storage in flip-flops and latches, and the gate of the latches' word lines.
#include "tests/rtl/cells.h"

namespace cimforge {
namespace {

using test::Cell;
using test::Cells;
using test::mask;

/// What is stored: [bank][row][bit], a word of lanes each.
struct Store {
  int lanes, rows, bits, banks;
  std::vector<std::uint64_t> words =
      std::vector<std::uint64_t>(static_cast<std::size_t>(banks * rows * bits), 0);

  std::uint64_t& word(int bank, int row, int bit) {
    return words[static_cast<std::size_t>((bank * rows + row) * bits + bit)];
  }
  void write(const Cells& cells, int bank, int row) {
    for (int b = 0; b < bits; ++b) word(bank, row, b) = cells.data(b * lanes, lanes);
  }
  /// Every row of every bank is what it should be.
  void check(Cells& cells) {
    for (int bank = 0; bank < banks; ++bank) {
      cells.dut.control = static_cast<IData>(bank);
      cells.eval();
      for (int row = 0; row < rows; ++row) {
        for (int b = 0; b < bits; ++b) {
          REQUIRE(cells.result((row * bits + b) * lanes, lanes) == word(bank, row, b));
        }
      }
    }
  }
};

Store store_of(const std::array<int, 7>& p) {
  return {p[0], p[1], p[2], p[3]};
}

/// Rows in random order, after every row was written once. `write` writes what stands on the data.
template <typename Write>
void write_rows(Cells& cells, Store& store, Write write) {
  const int places = store.banks * store.rows;
  for (int trial = 0; trial < places + 30; ++trial) {
    const int place = trial < places ? trial : static_cast<int>(cells.draw(16)) % places;
    cells.random_data();
    write(place);
    store.write(cells, place / store.rows, place % store.rows);
    if (trial >= places - 1) store.check(cells);
  }
}

}  // namespace

TEST_CASE("cim_weight_flop writes one row and leaves the others, in every bank") {
  Cells cells;
  cells.each(Cell::weight_flop, [&](const auto& p, auto) {
    Store store = store_of(p);
    write_rows(cells, store, [&](int place) {
      cells.dut.lines = std::uint64_t{1} << place;
      cells.tick();
    });
    // Without a word line no edge changes anything.
    cells.dut.lines = 0;
    for (int cycle = 0; cycle < 4; ++cycle) {
      cells.random_data();
      cells.tick();
      store.check(cells);
    }
    // The row is that of the edge, not of the rest of the cycle.
    cells.dut.lines = 1;
    cells.dut.clk = 0;
    cells.eval();
    cells.dut.lines = 0;
    cells.eval();
    cells.tick();
    store.check(cells);
  });
}

TEST_CASE("cim_weight_latch writes one row and leaves the others, in every bank") {
  Cells cells;
  cells.each(Cell::weight_latch, [&](const auto& p, auto) {
    Store store = store_of(p);
    write_rows(cells, store, [&](int place) {
      cells.dut.lines = std::uint64_t{1} << place;
      cells.eval();
      cells.dut.lines = 0;
      cells.eval();
    });
    // Closed: data do not matter. Open: they go through.
    for (int trial = 0; trial < 4; ++trial) {
      cells.random_data();
      cells.eval();
      store.check(cells);
    }
    cells.dut.lines = 1;
    for (int trial = 0; trial < 4; ++trial) {
      cells.random_data();
      cells.eval();
      store.write(cells, 0, 0);
      store.check(cells);
    }
    cells.dut.lines = 0;
    cells.eval();
    cells.random_data();
    cells.eval();
    store.check(cells);
  });
}

TEST_CASE("cim_word_line_gate opens in the low half alone, and does not glitch") {
  Cells cells;
  cells.each(Cell::word_line_gate, [&](const auto& p, auto) {
    const auto lines = [&] { return cells.result(0, p[0]); };
    for (int cycle = 0; cycle < 40; ++cycle) {
      cells.dut.clk = 1;
      cells.dut.lines = cells.draw(64);
      cells.eval();
      REQUIRE(lines() == 0);
      cells.dut.lines = cells.draw(64);  // still moving in the high half
      cells.eval();
      REQUIRE(lines() == 0);
      const std::uint64_t enabled = cells.dut.lines & mask(p[0]);
      cells.dut.clk = 0;
      cells.eval();
      REQUIRE(lines() == enabled);
      cells.dut.lines = cells.draw(64);  // past the falling edge it changes nothing
      cells.eval();
      REQUIRE(lines() == enabled);
      cells.dut.lines = ~std::uint64_t{0};
      cells.eval();
      REQUIRE(lines() == enabled);
      cells.dut.lines = 0;
      cells.eval();
      REQUIRE(lines() == enabled);
    }
  });
}

TEST_CASE("cim_clock_gate passes whole high halves alone, and registers behind it lose nothing") {
  Cells cells;
  cells.each(Cell::clock_gate, [&](const auto&, auto) {
    const auto all = [&] { return cells.result(8, 8); };
    const auto outer = [&] { return cells.result(16, 8); };
    const auto inner = [&] { return cells.result(24, 8); };
    for (int cycle = 0; cycle < 200; ++cycle) {
      const std::uint64_t before_all = all(), before_outer = outer(), before_inner = inner();
      cells.dut.clk = 0;
      cells.dut.lines = cells.draw(3);
      cells.eval();
      REQUIRE(cells.result(0, 2) == 0);
      // What counts are the values at the rising edge; the third is the test pin.
      const std::uint64_t enabled = cells.draw(3);
      cells.dut.lines = enabled;
      cells.eval();
      REQUIRE(cells.result(0, 2) == 0);
      cells.dut.clk = 1;
      cells.eval();
      const std::uint64_t lines = enabled >= 4 ? 3 : enabled;
      const std::uint64_t open = lines == 3 ? 3 : lines & 1;
      REQUIRE(cells.result(0, 2) == open);
      REQUIRE(all() == (before_all + 1) % 256);
      // Each takes what the other held before the edge.
      if (cycle > 0) REQUIRE(outer() == ((open & 1) != 0 ? before_all : before_outer));
      if (cycle > 0) REQUIRE(inner() == ((open & 2) != 0 ? before_outer : before_inner));
      cells.dut.lines = ~enabled & 7;  // past the rising edge it changes nothing
      cells.eval();
      REQUIRE(cells.result(0, 2) == open);
      cells.dut.lines = 7;
      cells.eval();
      REQUIRE(cells.result(0, 2) == open);
    }
  });
}

TEST_CASE("gated latches take a row in the low half of the cycle that enables it") {
  Cells cells;
  cells.each(Cell::gated_latch, [&](const auto& p, auto) {
    Store store = store_of(p);
    const auto cycle = [&](std::uint64_t enable) {
      cells.dut.clk = 1;
      cells.dut.lines = enable;
      cells.eval();
      cells.dut.clk = 0;
      cells.eval();
    };
    write_rows(cells, store, [&](int place) { cycle(std::uint64_t{1} << place); });

    // Opaque in the high half, even while the row is enabled.
    cycle(0);
    cells.dut.clk = 1;
    cells.dut.lines = 1;
    cells.random_data();
    cells.eval();
    store.check(cells);
    // Transparent in the low half.
    cells.dut.clk = 0;
    for (int trial = 0; trial < 3; ++trial) {
      cells.random_data();
      cells.eval();
      store.write(cells, 0, 0);
      store.check(cells);
    }
    // Closed by the rising edge at which flip-flops would sample; later data do not come in.
    cells.dut.clk = 1;
    cells.eval();
    cells.dut.lines = 0;
    cells.random_data();
    cells.eval();
    store.check(cells);
    cells.dut.clk = 0;
    cells.eval();
    store.check(cells);
    // An enable that comes in the low half is too late.
    cells.dut.lines = mask(store.banks * store.rows);
    cells.eval();
    store.check(cells);
    cells.dut.lines = 0;
    cells.eval();
  });
}

}  // namespace cimforge
