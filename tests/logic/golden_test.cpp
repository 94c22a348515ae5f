// The golden model of logic macros: the numbers and the rows say the same, and both what the
// documents do.
#include "generator/spec/logic.h"
#include "sim/logic.h"
#include "tb/random.h"
#include "tests/catch.h"
#include "tests/logic/specification.h"

namespace cimforge::sim {
namespace {

using spec::LogicOperation;

LogicRow random_row(tb::Random& random, int columns) {
  LogicRow row(static_cast<std::size_t>(columns));
  for (std::uint8_t& bit : row) bit = static_cast<std::uint8_t>(random.below(2));
  return row;
}

void store(GoldenLogic& macro, std::uint32_t first, int bits,
           const std::vector<std::uint64_t>& numbers) {
  for (int bit = 0; bit < bits; ++bit) {
    LogicRow row;
    for (const std::uint64_t number : numbers) {
      row.push_back(static_cast<std::uint8_t>((number >> bit) & 1U));
    }
    macro.write_row(first + static_cast<std::uint32_t>(bit), row);
  }
}

std::uint64_t fetch(const GoldenLogic& macro, std::uint32_t first, int bits, std::size_t column) {
  std::uint64_t number = 0;
  for (int bit = 0; bit < bits; ++bit) {
    number |= std::uint64_t{macro.row(first + static_cast<std::uint32_t>(bit))[column]} << bit;
  }
  return number;
}

std::int64_t value(const LogicRow& result) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < result.size(); ++i) number |= std::uint64_t{result[i]} << i;
  return static_cast<std::int64_t>(number);
}

}  // namespace

TEST_CASE("operations of the golden model are those of arithmetic") {
  const spec::MacroSpec spec = test::logic_macro(32, 3, 6);
  GoldenLogic macro(spec);
  store(macro, 0, 6, {5, 60, 33});
  store(macro, 6, 6, {7, 9, 33});
  const auto with = [](LogicOperation operation, std::uint32_t result = 12) {
    LogicCommand command;
    command.operation = operation;
    command.second = 6;
    command.result = result;
    command.bits = 6;
    return command;
  };
  const auto results = [&](const LogicCommand& command, int bits = 6) {
    macro.execute(command);
    std::vector<std::uint64_t> found;
    for (std::size_t c = 0; c < 3; ++c) found.push_back(fetch(macro, 12, bits, c));
    return found;
  };
  using Numbers = std::vector<std::uint64_t>;
  CHECK(results(with(LogicOperation::add)) == Numbers{12, 5, 2});
  CHECK(results(with(LogicOperation::subtract)) == Numbers{62, 51, 0});
  CHECK(results(with(LogicOperation::multiply), 12) == Numbers{35, 540, 1089});
  CHECK(results(with(LogicOperation::maximum)) == Numbers{7, 60, 33});
  CHECK(results(with(LogicOperation::minimum)) == Numbers{5, 9, 33});
  CHECK(results(with(LogicOperation::bit_and)) == Numbers{5, 8, 33});
  CHECK(results(with(LogicOperation::bit_or)) == Numbers{7, 61, 33});
  CHECK(results(with(LogicOperation::bit_xor)) == Numbers{2, 53, 0});
  LogicCommand nand = with(LogicOperation::bit_and);
  nand.negate = true;
  CHECK(results(nand) == Numbers{58, 55, 30});
  LogicCommand signed_maximum = with(LogicOperation::maximum);
  signed_maximum.is_signed = true;  // 60 is -4, 33 is -31
  CHECK(results(signed_maximum) == Numbers{7, 9, 33});

  CHECK(macro.execute(with(LogicOperation::equal)).value()[2] == 1);
  CHECK(macro.tags() == LogicRow{0, 0, 1});
  LogicCommand less = with(LogicOperation::less);
  CHECK(macro.execute(less).has_value());
  CHECK(macro.tags() == LogicRow{1, 0, 0});
  less.is_signed = true;
  less.where = true;
  less.first = 6;
  less.second = 0;
  macro.execute(less);  // 9 < -4 is false, 7 < 5 too
  CHECK(macro.tags() == LogicRow{0, 0, 0});

  LogicCommand all = with(LogicOperation::load);
  all.key = true;
  all.key_value = 1;
  macro.execute(all);
  CHECK(macro.tags() == LogicRow{1, 1, 1});
  LogicCommand sum = with(LogicOperation::sum);
  sum.second = 0;
  CHECK(value(*macro.execute(sum)) == 5 + 60 + 33);
  sum.is_signed = true;
  const std::int64_t modulo = std::int64_t{1} << spec::logic_sum_bits(spec);
  CHECK(value(*macro.execute(sum)) == modulo + 5 - 4 - 31);
  macro.execute(with(LogicOperation::less));
  sum.is_signed = false;
  sum.where = true;
  CHECK(value(*macro.execute(sum)) == 5);
}

TEST_CASE("what numbers say of a command, its rows say too") {
  const std::uint64_t seed = 5;
  tb::Random random(seed);
  int plain = 0;
  for (int round = 0; round < 4000; ++round) {
    const int rows = random.between(2, 40);
    const spec::MacroSpec spec =
        test::logic_macro(rows, random.between(1, 5), random.between(1, std::min(rows, 9)));
    GoldenLogic numbers(spec);
    for (int row = 0; row < rows; ++row) {
      numbers.write_row(static_cast<std::uint32_t>(row), random_row(random, spec.columns));
    }
    LogicCommand load;
    load.operation = LogicOperation::load;
    numbers.execute(load);
    LogicCommand command;
    command.operation = static_cast<LogicOperation>(random.below(16));
    command.key = random.once_in(4);
    command.is_signed = random.once_in(2);
    command.where = random.once_in(2);
    command.negate = random.once_in(2);
    command.bits = random.between(1, spec.logic.operand_bits);
    command.first = random.below(64);
    command.second = random.below(64);
    command.result = random.once_in(4) ? command.first : random.below(64);
    command.key_value = random.word() & 0x1ffU;
    if (!numbers.is_plain(command)) continue;
    ++plain;
    GoldenLogic by_rows = numbers;
    INFO("seed " << seed << ", round " << round << ", " << rows << " rows: " << to_text(command));
    CHECK(numbers.execute(command) == by_rows.execute_by_rows(command));
    CHECK(numbers.tags() == by_rows.tags());
    for (std::uint32_t row = 0; row < static_cast<std::uint32_t>(rows); ++row) {
      REQUIRE(numbers.row(row) == by_rows.row(row));
    }
  }
  CHECK(plain > 1000);
}

TEST_CASE("every sum over the columns fits its bits") {
  for (const int columns : {1, 2, 3, 64, 127, 128, 4096}) {
    for (const int bits : {1, 2, 8, 32}) {
      const spec::MacroSpec spec = test::logic_macro(64, columns, bits);
      const auto most =
          static_cast<double>(columns) * (static_cast<double>(std::uint64_t{1} << bits) - 1.0);
      CHECK(most < static_cast<double>(std::uint64_t{1} << spec::logic_sum_bits(spec)));
      CHECK(spec::logic_sum_bits(spec) <= 64);
    }
  }
}

}  // namespace cimforge::sim
