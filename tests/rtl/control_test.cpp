// The cells that decide when: output stage, weight port, sequencer.
#include <deque>
#include <optional>

#include "tests/rtl/cells.h"

namespace cimforge {
namespace {

using test::Cell;
using test::Cells;

IData bit(bool value, int place) {
  return static_cast<IData>(value ? 1U << place : 0U);
}
IData field(int value, int place) {
  return static_cast<IData>(value) << place;
}

}  // namespace

TEST_CASE("cim_output_stage loses and repeats nothing under any back-pressure") {
  Cells cells;
  cells.each(Cell::output_stage, [&](const auto& p, auto) {
    const bool skid = p[0] == 1;
    CAPTURE(skid);
    // The likelihoods, of eight, of a waiting result and of a taker.
    for (const auto& [giver, taker] : {std::pair(8, 8), {8, 3}, {3, 8}, {4, 4}, {7, 1}}) {
      cells.dut.control = 0;
      cells.reset();
      CHECK(!cells.status(1));
      std::uint64_t next_given = 1;
      std::uint64_t next_taken = 1;
      bool valid = false;
      std::optional<std::uint64_t> waiting;
      for (int cycle = 0; cycle < 400; ++cycle) {
        valid = valid || static_cast<int>(cells.draw(3)) < giver;
        const bool ready = static_cast<int>(cells.draw(3)) < taker;
        cells.dut.control = bit(valid, 0) | bit(ready, 1);
        cells.set_data(0, 32, valid ? next_given : cells.draw(32));
        cells.eval();
        const bool room = cells.status(0);
        const bool shown = cells.status(1);
        const std::uint64_t code = cells.result(0, 32);
        if (waiting) {
          REQUIRE(shown);
          REQUIRE(code == *waiting);  // stable until it is taken
        }
        waiting.reset();
        if (shown && !ready) waiting = code;
        if (shown && ready) REQUIRE(code == next_taken++);
        // Ready and valid depend on state alone.
        for (const IData inputs : {0U, 1U, 2U, 3U}) {
          cells.dut.control = inputs;
          cells.eval();
          REQUIRE(cells.status(0) == room);
          REQUIRE(cells.status(1) == shown);
        }
        cells.dut.control = bit(valid, 0) | bit(ready, 1);
        cells.tick();
        if (valid && room) {
          ++next_given;
          valid = false;
        }
        REQUIRE(next_given - next_taken <= (skid ? 2 : 1));
      }
      // Full rate: two entries take one result every cycle, one entry every second.
      if (giver == 8 && taker == 8) CHECK(next_given - 1 == (skid ? 400 : 200));
      CHECK(next_taken > 40);
    }
  });
}

TEST_CASE("cim_weight_port: a row is written in the cycle after its transfer, one every cycle") {
  Cells cells;
  cells.each(Cell::weight_port, [&](const auto& p, auto) {
    const auto [rows, banks] = std::pair(p[0], p[1]);
    const int places = rows * banks;
    std::optional<int> written;
    for (int trial = 0; trial < 3 * places + 5; ++trial) {
      const int place = trial % places;
      cells.dut.control = bit(true, 0) | field(place / rows, 8) | field(place % rows, 16);
      cells.eval();
      REQUIRE(cells.status(0));
      REQUIRE(cells.status(2));
      REQUIRE(!cells.status(1));
      REQUIRE(cells.result(0, places) == (written ? std::uint64_t{1} << *written : 0));
      cells.tick();
      written = place;
    }
    cells.dut.control = 0;
    cells.eval();
    CHECK(!cells.status(2));
    CHECK(cells.result(0, places) == std::uint64_t{1} << *written);
    cells.tick();
    CHECK(cells.result(0, places) == 0);
  });
}

TEST_CASE("cim_weight_port: a write waits for an older vector that uses its bank, and no other") {
  Cells cells;
  cells.each(Cell::weight_port, [&](const auto& p, auto) {
    const auto [rows, banks] = std::pair(p[0], p[1]);
    for (int busy_bank = 0; busy_bank < banks; ++busy_bank) {
      for (int bank = 0; bank < banks; ++bank) {
        cells.dut.control = 0;
        cells.reset();
        const IData busy = bit(true, 2) | field(busy_bank, 12);
        const int row = (bank + 3) % rows;
        cells.dut.control = busy | bit(true, 0) | field(bank, 8) | field(row, 16);
        cells.tick();
        cells.dut.control = busy;
        const std::uint64_t line = std::uint64_t{1} << (bank * rows + row);
        if (bank == busy_bank) {
          for (int cycle = 0; cycle < 5; ++cycle) {
            cells.eval();
            REQUIRE(cells.result(0, banks * rows) == 0);
            REQUIRE(!cells.status(0));
            // Ready is no function of the bus or of a new vector.
            cells.dut.control = busy | bit(true, 0) | bit(true, 1) | field(banks - 1, 8);
            cells.eval();
            REQUIRE(!cells.status(0));
            cells.dut.control = busy;
            cells.tick();
          }
          cells.dut.control = 0;  // the vector is through
        }
        cells.eval();
        REQUIRE(cells.result(0, banks * rows) == line);
        REQUIRE(cells.status(0));
        REQUIRE(!cells.status(1));
        cells.tick();
        REQUIRE(cells.result(0, banks * rows) == 0);
      }
    }
  });
}

TEST_CASE(
    "cim_weight_port: a vector of the same edge or later is held for the one cycle of the write") {
  Cells cells;
  cells.each(Cell::weight_port, [&](const auto& p, auto) {
    const auto [rows, banks] = std::pair(p[0], p[1]);
    for (int bank = 0; bank < banks; ++bank) {
      for (int other = 0; other < banks; ++other) {
        cells.dut.control = 0;
        cells.reset();
        // Row and vector on one edge.
        cells.dut.control = bit(true, 0) | bit(true, 1) | field(bank, 8) | field(other, 10);
        cells.tick();
        cells.dut.control = bit(true, 2) | field(other, 12);
        cells.eval();
        CHECK(cells.status(1) == (bank == other));
        CHECK(cells.result(0, banks * rows) == std::uint64_t{1} << (bank * rows));
        CHECK(cells.status(0));
        cells.tick();
        CHECK(!cells.status(1));
        CHECK(cells.result(0, banks * rows) == 0);
        cells.tick();
        CHECK(!cells.status(1));
      }
      // A write that waits for one vector goes between it and the next.
      cells.dut.control = 0;
      cells.reset();
      const IData busy = bit(true, 2) | field(bank, 12);
      cells.dut.control = busy | bit(true, 0) | field(bank, 8);
      cells.tick();
      cells.dut.control = busy | bit(true, 1) | field(bank, 10);  // last step; the next is taken
      cells.eval();
      CHECK(cells.result(0, banks * rows) == 0);
      cells.tick();
      cells.dut.control = busy;
      cells.eval();
      CHECK(cells.status(1));
      CHECK(cells.result(0, banks * rows) == std::uint64_t{1} << (bank * rows));
      cells.tick();
      CHECK(!cells.status(1));
      CHECK(cells.result(0, banks * rows) == 0);
    }
  });
}

TEST_CASE("cim_weight_port: random rows and vectors: every row is written once, in order") {
  Cells cells;
  cells.each(Cell::weight_port, [&](const auto& p, auto) {
    const auto [rows, banks] = std::pair(p[0], p[1]);
    const auto any = [&](int count) { return static_cast<int>(cells.draw(16)) % count; };
    std::deque<int> accepted;
    int vector_left = 0;  // cycles of the vector in the array
    int vector_bank = 0;
    std::size_t rows_before_vector = 0;  // accepted and not written when the vector was taken
    int writes = 0;
    int holds = 0;
    bool held = false;
    for (int cycle = 0; cycle < 600; ++cycle) {
      const bool valid = cells.draw(2) != 0;
      const int row = any(rows);
      const int bank = any(banks);
      const int take_bank = any(banks);
      cells.dut.control = bit(valid, 0) | bit(vector_left > 0, 2) | field(bank, 8) |
                          field(take_bank, 10) | field(vector_bank, 12) | field(row, 16);
      cells.eval();
      const bool hold = cells.status(1);
      REQUIRE(!(hold && held));  // for one cycle
      held = hold;
      holds += hold ? 1 : 0;
      const bool done = vector_left == 0 || (vector_left == 1 && !hold);
      const bool take = done && cells.toss();
      cells.dut.control |= bit(take, 1);
      cells.eval();

      const std::uint64_t line = cells.result(0, rows * banks);
      if (line != 0) {
        REQUIRE(!accepted.empty());
        REQUIRE(line == std::uint64_t{1} << accepted.front());
        const bool same_bank = accepted.front() / rows == vector_bank;
        const bool after_vector = rows_before_vector == 0;
        if (vector_left > 0 && same_bank) REQUIRE(!after_vector);
        if (vector_left > 0 && same_bank) REQUIRE(hold);
        accepted.pop_front();
        if (rows_before_vector > 0) --rows_before_vector;
        ++writes;
      } else {
        REQUIRE(!hold);
      }
      // A vector that goes on has nothing left in front of it for its bank.
      if (vector_left > 0 && !hold && rows_before_vector > 0) {
        REQUIRE(accepted.front() / rows != vector_bank);
      }
      if (valid && cells.status(0)) accepted.push_back(bank * rows + row);
      cells.tick();
      if (vector_left > 0 && !hold) --vector_left;
      if (take) {
        vector_left = 1 + any(4);
        vector_bank = take_bank;
        rows_before_vector = accepted.size();
      }
      REQUIRE(accepted.size() <= 1);
    }
    CHECK(writes > 60);
    CHECK(holds > 10);
  });
}

TEST_CASE("cim_sequencer: the cycles of one vector") {
  Cells cells;
  cells.each(Cell::sequencer, [&](const auto& p, auto) {
    const auto [steps, pipeline, negate_stage] = std::tuple(p[0], p[2], p[4]);
    cells.dut.control = bit(true, 2);
    cells.eval();
    CHECK(cells.status(0));
    CHECK(!cells.status(3));
    cells.dut.control = bit(true, 0) | bit(true, 2) | field(2, 8);
    cells.eval();
    CHECK(cells.status(1));
    cells.tick();
    cells.dut.control = bit(true, 2);
    for (int cycle = 0; cycle < steps + pipeline + 3; ++cycle) {
      CAPTURE(cycle);
      cells.eval();
      CHECK(cells.status(3) == (cycle < steps));
      CHECK(cells.status(2) == (cycle < steps));
      if (cycle < steps) CHECK((cells.dut.status >> 8 & 3) == 2);
      CHECK(cells.status(0) == (cycle >= steps - 1));
      CHECK(!cells.status(1));
      const int step = cycle - pipeline;
      const bool accumulates = step >= 0 && step < steps;
      CHECK(cells.status(6) == accumulates);
      if (accumulates) CHECK(cells.status(5) == (step == 0));
      CHECK(cells.status(7) == (step == steps - 1));
      const int negated = cycle - negate_stage;
      if (negated >= 0 && negated < steps) CHECK(cells.status(4) == (negated == 0));
      for (int rank = 0; rank < pipeline; ++rank) {
        CHECK(cells.status(16 + rank) == (cycle >= rank && cycle - rank < steps));
      }
      cells.tick();
    }
  });
}

TEST_CASE("cim_sequencer: without back-pressure a vector every STEPS cycles") {
  Cells cells;
  cells.each(Cell::sequencer, [&](const auto& p, auto) {
    const int steps = p[0];
    cells.dut.control = bit(true, 0) | bit(true, 2);
    int taken = 0;
    for (int cycle = 0; cycle < 40 * steps; ++cycle) {
      cells.eval();
      taken += cells.status(1) ? 1 : 0;
      cells.tick();
    }
    CHECK(taken == 40);
  });
}

TEST_CASE("cim_sequencer: random gaps, holds and stalls: every step of every vector, in order") {
  Cells cells;
  cells.each(Cell::sequencer, [&](const auto& p, auto) {
    const auto [steps, pipeline, negate_stage] = std::tuple(p[0], p[2], p[4]);
    struct Step {
      int vector = -1, step = -1;
    };
    // What the datapath would hold: stage 0 is the array, each rank of registers one more.
    std::vector<Step> stages(static_cast<std::size_t>(pipeline) + 1);

    std::deque<int> banks;
    int taken = 0;
    int results = 0;
    int next_step = 0;
    bool stalled = false;
    for (int cycle = 0; cycle < 800; ++cycle) {
      const bool valid = cells.draw(2) != 0;
      const bool hold = cells.draw(3) == 0;
      const bool room = cells.draw(2) != 0;
      const int bank = static_cast<int>(cells.draw(2));
      cells.dut.control = bit(valid, 0) | bit(hold, 1) | bit(room, 2) | field(bank, 8);
      cells.eval();
      // Ready does not depend on valid.
      const bool ready = cells.status(0);
      cells.dut.control ^= 1U;
      cells.eval();
      REQUIRE(cells.status(0) == ready);
      cells.dut.control ^= 1U;
      cells.eval();
      const bool take = cells.status(1);
      REQUIRE(take == (valid && ready));
      const bool shift = cells.status(2);
      REQUIRE(cells.status(3) == (stages.front().vector >= 0));
      if (shift) {
        REQUIRE(stages.front().vector >= 0);
        REQUIRE(!hold);
        REQUIRE((cells.dut.status >> 8 & 3) == static_cast<std::uint64_t>(banks.front()));
      }
      const Step negated = stages[static_cast<std::size_t>(negate_stage)];
      if (negated.vector >= 0 && !(negate_stage == 0 && hold)) {
        REQUIRE(cells.status(4) == (negated.step == 0));
      }

      const bool accumulate = cells.status(6);
      const Step last = stages.back();
      if (accumulate) {
        REQUIRE(last.vector == results);
        REQUIRE(last.step == next_step);
        REQUIRE(cells.status(5) == (next_step == 0));
        REQUIRE(cells.status(7) == (next_step == steps - 1));
        if (cells.status(7)) REQUIRE(room);
        next_step = (next_step + 1) % steps;
        if (next_step == 0) ++results;
      } else if (cells.status(7)) {
        REQUIRE(!room);
        stalled = true;
        REQUIRE(!shift);
      }
      // Registers move where their rank is enabled; what they held must have moved on.
      std::vector<Step> next = stages;
      for (int rank = pipeline; rank >= 1; --rank) {
        const auto to = static_cast<std::size_t>(rank);
        const bool enable = cells.status(16 + rank - 1);
        const bool moved_on = rank == pipeline ? accumulate : cells.status(16 + rank);
        if (moved_on) next[to] = {};
        if (enable) {
          REQUIRE((next[to].vector < 0));  // nothing is written over
          REQUIRE(stages[to - 1].vector >= 0);
          next[to] = stages[to - 1];
        }
      }
      if (shift) {
        if (pipeline == 0) REQUIRE(accumulate);
        if (pipeline > 0) REQUIRE(cells.status(16));
        if (++next.front().step == steps) {
          next.front() = {};
          banks.pop_front();
        }
      }
      if (take) {
        REQUIRE(next.front().vector < 0);
        next.front() = {taken++, 0};
        banks.push_back(bank);
      }
      stages = next;
      cells.tick();
    }
    CHECK(stalled);
    CHECK(results > 50);
    CHECK(taken - results <= pipeline + 2);
  });
}

}  // namespace cimforge
