// The cells behind the integer array of a floating macro, against docs/floating.md in plain
// arithmetic of 128 bits.
#include <Vfloat_tb.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace cimforge {
namespace {

__extension__ using Wide = __int128;

/// The values of the kinds in float_tb.v.
enum class Cell { lane_planes = 1, exponent_sum, join, normalize, integer };

constexpr std::uint64_t mask(int bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

constexpr std::int64_t number_of(std::uint64_t code, int bits, bool is_signed) {
  if (!is_signed || code >> (bits - 1) == 0) return static_cast<std::int64_t>(code);
  return static_cast<std::int64_t>(code | ~mask(bits));
}

constexpr std::uint64_t code_of(Wide number, int bits) {
  return static_cast<std::uint64_t>(number) & mask(bits);
}

class FloatCells {
 public:
  FloatCells() { tick(); }

  Vfloat_tb dut;
  std::mt19937_64 random{20240607};

  std::uint64_t draw(int bits) { return random() & mask(bits); }
  std::uint64_t below(std::uint64_t end) { return random() % end; }

  /// Zero, the ends, or anything, of any size.
  std::uint64_t draw_code(int bits, bool is_signed) {
    switch (below(8)) {
      case 0:
        return 0;
      case 1:
        return is_signed ? std::uint64_t{1} << (bits - 1) : mask(bits);
      case 2:
        return is_signed ? mask(bits - 1) : std::uint64_t{1} << (bits - 1);
      case 3: {  // a power of two and its neighbours: ties, carries to the next binade
        const std::uint64_t power = std::uint64_t{1} << below(static_cast<std::uint64_t>(bits));
        const std::uint64_t other = std::uint64_t{1} << below(static_cast<std::uint64_t>(bits));
        return (toss() ? power - other : ~(power - other)) & mask(bits);
      }
      case 4: {  // a run of ones: ties above a significand of any length
        const int low = static_cast<int>(below(static_cast<std::uint64_t>(bits)));
        return (mask(static_cast<int>(below(static_cast<std::uint64_t>(bits - low))) + 1) << low) &
               mask(bits);
      }
      default: {
        const auto size = static_cast<int>(below(static_cast<std::uint64_t>(bits))) + 1;
        return (toss() ? draw(size) : ~draw(size)) & mask(bits);
      }
    }
  }
  bool toss() { return draw(1) != 0; }

  /// Bits of a port, by number.
  template <typename Port>
  static void set(Port& port, int low, int width, std::uint64_t value) {
    for (int i = 0; i < width; ++i) {
      const auto place = static_cast<std::size_t>(low + i);
      const auto bit = static_cast<std::uint32_t>(value >> i & 1);
      WData& word = port[place / 32];
      word = (word & ~(WData{1} << place % 32)) | bit << place % 32;
    }
  }
  /// A number of a lane in bit planes.
  template <typename Port>
  static void set_lane(Port& port, int first, int lane, int lanes, int width, std::uint64_t value) {
    for (int b = 0; b < width; ++b) set(port, first + b * lanes + lane, 1, value >> b & 1);
  }
  [[nodiscard]] std::uint64_t result(int low, int width) const {
    std::uint64_t value = 0;
    for (int i = 0; i < width; ++i) {
      const auto place = static_cast<std::size_t>(low + i);
      value |= std::uint64_t{dut.result[place / 32] >> place % 32 & 1} << i;
    }
    return value;
  }
  [[nodiscard]] std::uint64_t lane_result(int first, int lane, int lanes, int width) const {
    std::uint64_t value = 0;
    for (int b = 0; b < width; ++b) value |= result(first + b * lanes + lane, 1) << b;
    return value;
  }

  void tick() {
    dut.clk = 0;
    dut.eval();
    dut.clk = 1;
    dut.eval();
  }

  /// Calls `run` with the parameters of every instance of a kind.
  template <typename Run>
  void each(Cell kind, Run run) {
    int found = 0;
    for (int index = 0; index < dut.instances; ++index) {
      dut.select = static_cast<CData>(index);
      dut.load_first = 0;
      dut.load_second = 0;
      dut.integers = 0;
      dut.eval();
      std::array<int, 13> row{};
      std::string text;
      for (int p = 0; p < 13; ++p) {
        const int place = 192 - 16 * p;
        const auto bits = static_cast<std::uint16_t>(
            dut.about[static_cast<std::size_t>(place / 32)] >> (place % 32));
        row.at(static_cast<std::size_t>(p)) = static_cast<std::int16_t>(bits);
        if (p > 0) text += " " + std::to_string(row.at(static_cast<std::size_t>(p)));
      }
      if (row[0] != static_cast<int>(kind)) continue;
      ++found;
      INFO("parameters" << text);
      std::array<int, 12> parameters{};
      std::copy(row.begin() + 1, row.end(), parameters.begin());
      run(parameters);
    }
    REQUIRE(found > 0);
  }
};

/// Everything that two numbers of so many bits can be is tried up to here, together.
constexpr int exhaustive_bits = 14;
constexpr int random_loads = 150;

// ---- What docs/floating.md says.

enum class Rounding { truncate, nearest_even, sticky };

Wide shifted(Wide value, std::int64_t distance, Rounding rounding) {
  const int d = static_cast<int>(std::min<std::int64_t>(distance, 100));
  const Wide floor = value >> d;
  const Wide rest = value - (floor << d);
  if (rest == 0 || rounding == Rounding::truncate) return floor;
  if (rounding == Rounding::sticky) return floor | 1;
  const Wide half = Wide{1} << (d - 1);
  return rest > half || (rest == half && (floor & 1) != 0) ? floor + 1 : floor;
}

struct Joined {
  Wide sum = 0;
  std::uint64_t exponent = 0;
};

Joined joined(const std::vector<std::int64_t>& values, const std::vector<std::uint64_t>& exponents,
              int guard, Rounding rounding, bool is_integer) {
  Joined result;
  for (std::size_t g = 0; g < values.size(); ++g) {
    if (is_integer) result.sum += values[g];
    if (!is_integer && values[g] != 0) result.exponent = std::max(result.exponent, exponents[g]);
  }
  for (std::size_t g = 0; g < values.size(); ++g) {
    if (is_integer || values[g] == 0) continue;
    result.sum += shifted(Wide{values[g]} << guard,
                          static_cast<std::int64_t>(result.exponent - exponents[g]), rounding);
  }
  return result;
}

struct Format {
  int exponent_bits;
  int fraction_bits;
  int bias;
  [[nodiscard]] std::uint64_t infinity() const { return mask(exponent_bits) << fraction_bits; }
  [[nodiscard]] std::uint64_t nan() const {
    return infinity() | std::uint64_t{1} << (fraction_bits - 1);
  }
  [[nodiscard]] std::uint64_t sign() const {
    return std::uint64_t{1} << (exponent_bits + fraction_bits);
  }
};

/// sum * 2^exponent, rounded once to nearest even.
std::uint64_t rounded(std::int64_t sum, int exponent, const Format& format) {
  if (sum == 0) return 0;
  const std::uint64_t sign = sum < 0 ? format.sign() : 0;
  const Wide magnitude = sum < 0 ? -Wide{sum} : Wide{sum};
  const int top = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(magnitude))) - 1;
  // The result counts units of 2^unit; that of subnormals is the smallest.
  const int unit =
      std::max(top + exponent - format.fraction_bits, 1 - format.bias - format.fraction_bits);
  Wide count = unit <= exponent ? magnitude << (exponent - unit)
                                : shifted(magnitude, unit - exponent, Rounding::nearest_even);
  int field = unit + format.bias + format.fraction_bits;
  const Wide hidden = Wide{1} << format.fraction_bits;
  if (count == 2 * hidden) {
    count = hidden;
    ++field;
  }
  if (count < hidden) field = 0;
  if (field >= static_cast<int>(mask(format.exponent_bits))) return sign | format.infinity();
  return sign | static_cast<std::uint64_t>(field) << format.fraction_bits |
         (static_cast<std::uint64_t>(count) & mask(format.fraction_bits));
}

}  // namespace

TEST_CASE("cim_lane_planes turns codes into planes with their sign") {
  FloatCells cells;
  cells.each(Cell::lane_planes, [&](const auto& p) {
    const auto [lanes, bits, planes, is_signed] = std::tuple(p[0], p[1], p[2], p[3] == 1);
    for (int trial = 0; trial < 20; ++trial) {
      std::vector<std::uint64_t> codes;
      for (int lane = 0; lane < lanes; ++lane) {
        codes.push_back(cells.draw(bits));
        FloatCells::set(cells.dut.sums, lane * bits, bits, codes.back());
      }
      cells.dut.load_first = 1;
      cells.tick();
      for (int lane = 0; lane < lanes; ++lane) {
        const std::int64_t number =
            number_of(codes[static_cast<std::size_t>(lane)], bits, is_signed);
        REQUIRE(cells.lane_result(0, lane, lanes, planes) == code_of(number, planes));
      }
    }
  });
}

TEST_CASE("cim_exponent_sum adds one number to that of every lane") {
  FloatCells cells;
  cells.each(Cell::exponent_sum, [&](const auto& p) {
    const auto [lanes, x_bits, y_bits, bits] = std::tuple(p[0], p[1], p[2], p[3]);
    for (int trial = 0; trial < 200; ++trial) {
      const std::uint64_t x = trial == 0 ? mask(x_bits) : cells.draw(x_bits);
      FloatCells::set(cells.dut.sums, 0, x_bits, x);
      std::vector<std::uint64_t> y;
      for (int lane = 0; lane < lanes; ++lane) {
        y.push_back(trial == 0 ? mask(y_bits) : cells.draw(y_bits));
        FloatCells::set_lane(cells.dut.exponents, 0, lane, lanes, y_bits, y.back());
      }
      cells.tick();
      for (int lane = 0; lane < lanes; ++lane) {
        REQUIRE(cells.lane_result(0, lane, lanes, bits) ==
                ((x + y[static_cast<std::size_t>(lane)]) & mask(bits)));
      }
    }
  });
}

TEST_CASE("cim_float_join adds the sums of blocks at the largest exponent") {
  FloatCells cells;
  cells.each(Cell::join, [&](const auto& p) {
    const auto [lanes, bits, is_signed, guard] = std::tuple(p[0], p[2], p[3] == 1, p[4]);
    const auto blocks = static_cast<std::size_t>(p[1]);
    const auto [sum_bits, exponent_bits] = std::tuple(p[5], p[6]);
    const auto rounding = static_cast<Rounding>(p[7]);
    // Every value and exponent of every block, where these are few.
    const int all_bits = p[1] * (bits + exponent_bits);
    const bool is_exhaustive = all_bits <= exhaustive_bits;
    const int loads = is_exhaustive ? (1 << all_bits) / lanes : random_loads;
    for (int load = 0; load < loads; ++load) {
      const bool is_integer = load % 8 == 7 && !is_exhaustive;
      std::vector<Joined> expected;
      for (int lane = 0; lane < lanes; ++lane) {
        std::vector<std::uint64_t> codes(blocks);
        std::vector<std::uint64_t> exponents(blocks);
        auto all = static_cast<std::uint64_t>(load * lanes + lane);
        const std::uint64_t base = cells.draw(exponent_bits);
        const std::uint64_t near = cells.below(8) + 1;
        for (std::size_t g = 0; g < blocks; ++g) {
          codes[g] = cells.draw_code(bits, is_signed);
          // That of the block before with the other sign: sums that cancel.
          if (g > 0 && cells.below(4) == 0) codes[g] = (0 - codes[g - 1]) & mask(bits);
          exponents[g] = load % 3 == 0 ? cells.draw(exponent_bits)
                                       : (base + cells.below(near)) & mask(exponent_bits);
          if (is_exhaustive) {
            codes[g] = all & mask(bits);
            exponents[g] = all >> bits & mask(exponent_bits);
            all >>= bits + exponent_bits;
          }
        }
        std::vector<std::int64_t> values;
        for (std::size_t g = 0; g < blocks; ++g) {
          const int block = static_cast<int>(g);
          values.push_back(number_of(codes[g], bits, is_signed));
          FloatCells::set(cells.dut.sums, (block * lanes + lane) * bits, bits, codes[g]);
          FloatCells::set_lane(cells.dut.exponents, block * exponent_bits * lanes, lane, lanes,
                               exponent_bits, exponents[g]);
        }
        expected.push_back(joined(values, exponents, guard, rounding, is_integer));
        const Wide sum = expected.back().sum;
        REQUIRE(sum == number_of(code_of(sum, sum_bits), sum_bits, true));  // it fits
      }
      cells.dut.integers = is_integer ? 1 : 0;
      cells.dut.load_first = 1;
      cells.tick();
      cells.dut.load_first = 0;
      if (load % 16 == 0) {  // it stays
        FloatCells::set(cells.dut.sums, 0, 64, cells.random());
        cells.tick();
      }
      for (int lane = 0; lane < lanes; ++lane) {
        const Joined& want = expected[static_cast<std::size_t>(lane)];
        REQUIRE(cells.lane_result(0, lane, lanes, sum_bits) == code_of(want.sum, sum_bits));
        REQUIRE(cells.lane_result(4096, lane, lanes, exponent_bits) == want.exponent);
      }
    }
  });
}

namespace {

/// What a lane of cim_float_normalize or cim_float_integer gets.
struct Operand {
  std::uint64_t sum = 0;  ///< its code
  std::uint64_t exponent = 0;
  bool nan = false;
  bool infinity = false;
  bool negative = false;
};

void set_special(QData& port, int lane, bool value) {
  port = (port & ~(QData{1} << lane)) | QData{value ? 1U : 0U} << lane;
}

void drive(FloatCells& cells, const std::vector<Operand>& operands, bool in_planes, int sum_bits,
           int exponent_bits) {
  const int lanes = static_cast<int>(operands.size());
  for (int lane = 0; lane < lanes; ++lane) {
    const Operand& operand = operands[static_cast<std::size_t>(lane)];
    if (in_planes) {
      FloatCells::set_lane(cells.dut.sums, 0, lane, lanes, sum_bits, operand.sum);
    } else {
      FloatCells::set(cells.dut.sums, lane * sum_bits, sum_bits, operand.sum);
    }
    FloatCells::set_lane(cells.dut.exponents, 0, lane, lanes, exponent_bits, operand.exponent);
    set_special(cells.dut.nan, lane, operand.nan);
    set_special(cells.dut.infinity, lane, operand.infinity);
    set_special(cells.dut.negative, lane, operand.negative);
  }
}

/// Loads of operands: first every sum with every exponent where these are few, then any.
std::vector<std::vector<Operand>> operands_of(FloatCells& cells, int lanes, int sum_bits,
                                              bool is_signed, int exponent_bits) {
  std::vector<std::vector<Operand>> loads;
  const int all_bits = sum_bits + exponent_bits;
  if (all_bits <= exhaustive_bits) {
    for (std::uint64_t all = 0; all >> all_bits == 0;) {
      std::vector<Operand>& load = loads.emplace_back();
      for (int lane = 0; lane < lanes; ++lane, ++all) {
        load.push_back({all & mask(sum_bits), all >> sum_bits & mask(exponent_bits)});
      }
    }
  }
  const int more = all_bits <= exhaustive_bits ? 8 : random_loads * (lanes < 64 ? 8 : 1);
  for (int i = 0; i < more; ++i) {
    std::vector<Operand>& load = loads.emplace_back();
    for (int lane = 0; lane < lanes; ++lane) {
      load.push_back({cells.draw_code(sum_bits, is_signed), cells.draw(exponent_bits)});
      if (i % 4 == 0) {
        load.back().nan = cells.below(8) == 0;
        load.back().infinity = cells.below(4) == 0;
        load.back().negative = cells.toss();
      }
    }
  }
  return loads;
}

}  // namespace

TEST_CASE("cim_float_normalize rounds once, to nearest even, with every kind of result") {
  FloatCells cells;
  int subnormal = 0;
  int infinite = 0;
  int underflown = 0;
  cells.each(Cell::normalize, [&](const auto& p) {
    const auto [lanes, in_planes, in_signed] = std::tuple(p[0], p[1] == 1, p[2] == 1);
    const auto [in_bits, exponent_bits, offset] = std::tuple(p[3], p[5], p[6]);
    const Format format{p[7], p[8], p[9]};
    const bool is_single = format.exponent_bits == 8 && format.fraction_bits == 23;
    const int bits = 1 + format.exponent_bits + format.fraction_bits;
    // The parameters promise what can be: exponents below what overflows.
    std::uint64_t most = mask(exponent_bits);
    if (p[11] == 0) {
      const std::int64_t end =
          (1 << format.exponent_bits) - 2 - (p[4] - 1 - offset + format.bias);
      most = std::min(most, static_cast<std::uint64_t>(end));
    }
    if (p[10] == 0) REQUIRE(format.bias > offset);

    const auto expected = [&](const Operand& operand, bool is_integer) -> std::uint64_t {
      const std::int64_t sum = number_of(operand.sum, in_bits, in_signed);
      if (is_integer) return code_of(sum, bits);
      if (operand.nan) return format.nan();
      if (operand.infinity) return format.infinity() | (operand.negative ? format.sign() : 0);
      const int exponent = static_cast<int>(operand.exponent) - offset;
      const std::uint64_t code = rounded(sum, exponent, format);
      if (is_single && in_bits <= 53) {  // the value is a double: the processor rounds it too
        const auto value = static_cast<float>(std::ldexp(static_cast<double>(sum), exponent));
        REQUIRE(code == std::bit_cast<std::uint32_t>(value));
      }
      const std::uint64_t magnitude = code & ~format.sign();
      subnormal += magnitude != 0 && magnitude >> format.fraction_bits == 0 ? 1 : 0;
      infinite += magnitude == format.infinity() ? 1 : 0;
      underflown += magnitude == 0 && sum < 0 ? 1 : 0;
      return code;
    };

    std::vector<std::vector<Operand>> loads =
        operands_of(cells, lanes, in_bits, in_signed, exponent_bits);
    std::vector<std::uint64_t> before;
    for (std::size_t i = 0; i <= loads.size(); ++i) {
      // Both registers load on the same edge: the second what the first had.
      cells.dut.load_first = i < loads.size() ? 1 : 0;
      cells.dut.load_second = before.empty() ? 0 : 1;
      const bool is_integer = i % 8 == 5;
      std::vector<std::uint64_t> next;
      if (i < loads.size()) {
        for (Operand& operand : loads[i]) {
          operand.exponent = std::min(operand.exponent, most);
          next.push_back(expected(operand, is_integer));
        }
        drive(cells, loads[i], in_planes, in_bits, exponent_bits);
      }
      cells.dut.integers = is_integer ? 1 : 0;
      cells.tick();
      if (i % 16 == 1) {  // both stay
        cells.dut.load_first = 0;
        cells.dut.load_second = 0;
        FloatCells::set(cells.dut.sums, 0, 64, cells.random());
        cells.tick();
      }
      for (int lane = 0; lane < lanes && !before.empty(); ++lane) {
        REQUIRE(cells.result(lane * bits, bits) == before[static_cast<std::size_t>(lane)]);
      }
      before = next;
    }
  });
  CHECK(subnormal > 1000);
  CHECK(infinite > 1000);
  CHECK(underflown > 1000);
}

TEST_CASE("cim_float_integer gives sums and exponents, and ones for what is no number") {
  FloatCells cells;
  cells.each(Cell::integer, [&](const auto& p) {
    const auto [lanes, in_planes, in_signed] = std::tuple(p[0], p[1] == 1, p[2] == 1);
    const auto [in_bits, sum_bits, exponent_bits, out_bits] = std::tuple(p[3], p[4], p[5], p[6]);
    const int bits = sum_bits + out_bits;
    int load = 0;
    for (const auto& operands : operands_of(cells, lanes, in_bits, in_signed, exponent_bits)) {
      const bool is_integer = load++ % 8 == 4;
      drive(cells, operands, in_planes, in_bits, exponent_bits);
      cells.dut.integers = is_integer ? 1 : 0;
      cells.dut.load_first = 1;
      cells.tick();
      if (load % 16 == 0) {  // it stays
        cells.dut.load_first = 0;
        FloatCells::set(cells.dut.sums, 0, 64, cells.random());
        cells.tick();
      }
      for (int lane = 0; lane < lanes; ++lane) {
        const Operand& operand = operands[static_cast<std::size_t>(lane)];
        std::int64_t sum = number_of(operand.sum, in_bits, in_signed);
        std::uint64_t exponent = operand.exponent;
        if (operand.infinity) sum = operand.negative ? -1 : 1;
        if (operand.nan) sum = 0;
        if (operand.nan || operand.infinity) exponent = mask(out_bits);
        std::uint64_t want = exponent << sum_bits | code_of(sum, sum_bits);
        if (is_integer) want = code_of(number_of(operand.sum, in_bits, in_signed), bits);
        REQUIRE(cells.result(lane * bits, bits) == want);
      }
    }
  });
}

}  // namespace cimforge
