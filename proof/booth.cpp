#include "proof/booth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "proof/heap.h"
#include "proof/leaf.h"
#include "proof/leaves.h"

namespace cimforge::proof {
namespace {

std::size_t size(int count) {
  return static_cast<std::size_t>(count);
}

bool congruent(std::int64_t a, std::int64_t b, int modulus) {
  const std::uint64_t difference = static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b);
  return modulus >= 64 ? difference == 0 : (difference & ((std::uint64_t{1} << modulus) - 1)) == 0;
}

[[noreturn]] void refute(const std::string& bit, const std::string& what,
                         const std::string& expected = "", const std::string& got = "") {
  throw Refuted{{"column", bit, what, {}, expected, got}};
}

/// The index of each net in a bus.
std::map<Net, int> index_of(const Nets& bus) {
  std::map<Net, int> index;
  for (std::size_t i = 0; i < bus.size(); ++i) index.emplace(bus[i], static_cast<int>(i));
  return index;
}

}  // namespace

BoothPlanes booth_planes(const spec::MacroSpec& spec) {
  const int k = spec.input_bits_per_cycle;
  BoothPlanes planes;
  planes.digits = (k + 1) / 2;
  planes.fills = !spec.input.is_signed && steps(spec) * k == spec.input.bits;
  planes.top_has_two = k % 2 == 0 || planes.fills;
  planes.planes = 3 * planes.digits - (planes.top_has_two ? 0 : 1);
  if (planes.fills && k % 2 == 0) planes.top = planes.planes++;
  return planes;
}

void prove_booth_input(const Design& design, const Module& module, const spec::MacroSpec& spec) {
  Leaf leaf(design, module, "input recoder");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const BoothPlanes planes = booth_planes(spec);
  const int k = spec.input_bits_per_cycle;
  const Nets codes = leaf.nets("codes_i", size(spec.rows * spec.input.bits));
  const Nets digits = leaf.nets("digit_o", size(spec.rows * planes.planes));
  using Contents = std::vector<std::pair<Net, Bdd::Node>>;
  const auto after_edge = [&] {
    Contents contents;
    for (const Register& each : leaf.flat().registers) {
      contents.emplace_back(each.q, at.next(leaf.flip_flop(each.q)));
    }
    return contents;
  };
  const auto hold = [&](const Contents& contents) {
    for (const auto& [q, value] : contents) at.set(q, value);
  };
  const auto code = [&](int row, int bit) {
    if (bit >= spec.input.bits && spec.input.is_signed) bit = spec.input.bits - 1;
    return bit < 0 || bit >= spec.input.bits ? Bdd::zero
                                             : at(codes[size(row * spec.input.bits + bit)]);
  };
  at.set(leaf.nets("load_i", 1), 1);
  Contents contents = after_edge();
  for (int step = 0; step < steps(spec); ++step) {
    at.release();
    if (step > 0) {
      hold(contents);
      at.set(leaf.nets("load_i", 1), 0);
      at.set(leaf.nets("shift_i", 1), 1);
      contents = after_edge();
      at.release();
    }
    hold(contents);
    if (planes.fills) at.set(leaf.nets("first_i", 1), step == 0 ? 1 : 0);
    const int lowest = k * (steps(spec) - 1 - step);
    for (int row = 0; row < spec.rows; ++row) {
      const auto require = [&](int plane, Bdd::Node expected, const std::string& what) {
        at.require(at(digits[size(plane * spec.rows + row)]), expected,
                   fmt::format("digit_o[{}]", plane * spec.rows + row),
                   fmt::format("step {} has to show {} of row {}", step, what, row));
      };
      for (int i = 0; i < planes.digits; ++i) {
        const bool odd_top = 2 * i + 1 >= k;
        const Bdd::Node middle = code(row, lowest + 2 * i);
        const Bdd::Node low = code(row, lowest + 2 * i - 1);
        const Bdd::Node high = !odd_top                    ? code(row, lowest + 2 * i + 1)
                               : planes.fills && step == 0 ? Bdd::zero
                                                           : middle;
        // Each plane by the values of the digit -2 high + middle + low.
        const auto where = [&](auto holds) {
          Bdd::Node any = Bdd::zero;
          for (int row_of_table = 0; row_of_table < 8; ++row_of_table) {
            const int h = row_of_table >> 2 & 1;
            const int m = row_of_table >> 1 & 1;
            const int l = row_of_table & 1;
            if (!holds(-2 * h + m + l)) continue;
            const auto is = [&](Bdd::Node bit, int value) {
              return value == 1 ? bit : bdd.inverse(bit);
            };
            any = bdd.choose(bdd.both(is(high, h), bdd.both(is(middle, m), is(low, l))), Bdd::one,
                             any);
          }
          return any;
        };
        const std::string name = fmt::format("digit {}", i);
        require(3 * i, where([](int d) { return std::abs(d) == 1; }), name + " as +-1");
        require(3 * i + 1, where([](int d) { return d < 0; }), name + " as negative");
        if (planes.has_two(i)) {
          require(3 * i + 2, where([](int d) { return std::abs(d) == 2; }), name + " as +-2");
        }
      }
      if (planes.top >= 0) {
        require(planes.top, step == 0 ? code(row, lowest + k - 1) : Bdd::zero, "the top bit");
      }
    }
  }
  at.release();
  for (const char* input : {"load_i", "shift_i"}) at.set(leaf.nets(input, 1), 0);
  for (const Register& each : leaf.flat().registers) {
    at.require(at.next(leaf.flip_flop(each.q)), at(each.q), at.name(each.q),
               "it has to keep its value");
  }
}

BoothCell booth_cell(const Design& design, const Module& module) {
  for (const char* port : {"one_i", "two_i", "negative_i", "weight_i", "below_i", "product_o"}) {
    const Port* found = module.port(port);
    if (found == nullptr || found->bits.size() != 1) return BoothCell::no;
  }
  if (module.ports.size() != 6) return BoothCell::no;
  Leaf leaf(design, module, module.name);
  if (!leaf.flat().registers.empty()) return BoothCell::no;
  Bdd& bdd = leaf.at.bdd;
  const Bdd::Node negative = leaf.bit("negative_i");
  const Bdd::Node of_one = bdd.both(leaf.bit("one_i"), bdd.differ(leaf.bit("weight_i"), negative));
  const Bdd::Node of_two = bdd.both(leaf.bit("two_i"), bdd.differ(leaf.bit("below_i"), negative));
  const Bdd::Node product = bdd.choose(of_one, Bdd::one, of_two);
  const Bdd::Node got = leaf.bit("product_o");
  if (got == product) return BoothCell::product;
  return got == bdd.inverse(product) ? BoothCell::inverted_product : BoothCell::no;
}

std::string booth_count_module(const spec::MacroSpec& spec) {
  return spec.name + "_negatives";
}

BoothCount prove_booth_count(const Design& design, const Module& module,
                             const spec::MacroSpec& spec, SmallCells& cells) {
  const Flat flat = flatten(design, module, is_leaf);
  Functions at(flat, "count of negative digits");
  const BoothPlanes planes = booth_planes(spec);
  const Nets& digit_nets = flat.port("digit_i");
  if (digit_nets.size() != size(planes.planes * spec.rows)) {
    at.refute("digit_i", "it has another width");
  }
  const std::map<Net, int> digits = index_of(digit_nets);
  Heap heap(at, cells, [](Net) { return 0; });
  std::vector<Term> word;
  for (const Net net : flat.port("count_o")) {
    word.push_back({net, std::int64_t{1} << word.size()});
  }
  Sum sum = heap.sum(word);
  BoothCount count;
  count.ranks = sum.ranks;
  std::map<int, std::int64_t> got;  // plane of one or two, and row -> coefficient
  for (const auto& [net, coefficient] : sum.bits) {
    const Box* box = heap.box_at(net);
    if (box == nullptr || cells[*box->module].kind != CellKind::product) {
      at.refute(at.name(net), "it is added and is no product");
    }
    const SmallCell& cell = cells[*box->module];
    int index[2];
    for (std::size_t i = 0; i < 2; ++i) {
      const auto found = digits.find(at.net_of(at(box->pin(cell.inputs[i]).at(0))));
      if (found == digits.end()) at.refute(at.name(net), "it is no product of bits of digit_i");
      index[i] = found->second;
    }
    // The plane of the sign belongs to digit i, the other one too, and to the same row.
    if (index[0] / spec.rows % 3 != 1) std::swap(index[0], index[1]);
    const int sign = index[0] / spec.rows;
    const int magnitude = index[1] / spec.rows;
    if (sign % 3 != 1 || magnitude % 3 == 1 || sign / 3 != magnitude / 3 || sign == planes.top ||
        magnitude == planes.top || index[0] % spec.rows != index[1] % spec.rows) {
      at.refute(at.name(net), "it is not -1 or -2 of one digit");
    }
    got[index[1]] += coefficient;
  }
  // A digit is not -1 and -2 at once.
  Range range;
  for (int i = 0; i < planes.digits; ++i) {
    for (int row = 0; row < spec.rows; ++row) {
      const auto of = [&](int plane) {
        const auto found = got.find((3 * i + plane) * spec.rows + row);
        return found == got.end() ? 0 : found->second;
      };
      const std::int64_t two = planes.has_two(i) ? of(2) : 0;
      range.least += std::min({std::int64_t{0}, of(0), two});
      range.greatest += std::max({std::int64_t{0}, of(0), two});
    }
  }
  Heap::drop_carries(sum, range);
  count.modulus = sum.modulus;
  if (!congruent(sum.constant, 0, count.modulus)) {
    at.refute("count_o", "a constant is added", "0", fmt::format("{}", sum.constant));
  }
  for (int i = 0; i < planes.digits; ++i) {
    for (const int two : {0, 1}) {
      if (two == 1 && !planes.has_two(i)) continue;
      for (int row = 0; row < spec.rows; ++row) {
        const int index = (3 * i + 2 * two) * spec.rows + row;
        const std::int64_t expected = std::int64_t{1} << (2 * i + two);
        if (!congruent(got[index], expected, count.modulus)) {
          at.refute(fmt::format("digit_i[{}]", index),
                    fmt::format("a digit {} of {} in row {} counts wrongly", i, two ? -2 : -1, row),
                    fmt::format("{}", expected), fmt::format("{}", got[index]));
        }
      }
    }
  }
  count.adders = heap.adders();
  for (const auto& [rank, enable] : heap.enables()) {
    count.enables[rank] = enable < 0 ? "" : at.name(enable);
  }
  for (const Register& each : flat.registers) {
    if (each.clock < 0 || each.clock != flat.port("clk_i").at(0)) {
      at.refute(at.name(each.q), "it is not clocked by clk_i");
    }
  }
  return count;
}

BoothSum::BoothSum(const spec::MacroSpec& spec) : spec_(spec), planes_(booth_planes(spec)) {}

void BoothSum::add(const BoothProduct& product, std::int64_t coefficient) {
  const int sign = product.negative / spec_.rows;
  const int row = product.negative % spec_.rows;
  const int digit = sign / 3;
  const std::string bit = fmt::format("a product of row {}", product.row);
  if (sign % 3 != 1 || digit >= planes_.digits || sign == planes_.top) {
    refute(bit, "its negative_i is not the sign of a digit");
  }
  if (row != product.row) refute(bit, fmt::format("it has the digit of row {}", row));
  const auto is = [&](int index, int plane) {
    return index / spec_.rows == plane && index % spec_.rows == row;
  };
  Digit& sums = sums_[{row, digit}];
  if (product.one >= 0) {
    if (!is(product.one, 3 * digit)) refute(bit, "its one_i is of another digit");
    sums.minus_one += coefficient;
    sums.of_one[product.bit] += coefficient;
  }
  if (product.two >= 0) {
    if (!planes_.has_two(digit) || !is(product.two, 3 * digit + 2)) {
      refute(bit, "its two_i is of another digit");
    }
    sums.minus_two += coefficient;
    sums.of_two[product.below] += coefficient;
  }
}

void BoothSum::finish(const BoothCount& count, ColumnProof& proof) const {
  const int width = proof.width;
  const int k = spec_.input_bits_per_cycle;
  const std::int64_t unit = count_.empty() ? 0 : count_.begin()->second;
  for (std::size_t bit = 0; bit < count.ranks.size(); ++bit) {
    const auto found = count_.find(bit);
    const std::int64_t got = found == count_.end() ? 0 : found->second;
    const auto expected = static_cast<std::int64_t>(static_cast<std::uint64_t>(unit) << bit);
    if (!congruent(got, expected, width)) {
      refute(fmt::format("negatives_i[{}]", bit), "it is added with the wrong weight",
             fmt::format("{}", expected), fmt::format("{}", got));
    }
  }
  if (count.modulus < 64 &&
      !congruent(static_cast<std::int64_t>(static_cast<std::uint64_t>(unit) << count.modulus), 0,
                 width)) {
    refute("negatives_i", "a carry of the count is lost");
  }
  proof.lowest_digit_bit = -1;
  for (int row = 0; row < spec_.rows; ++row) {
    for (int i = 0; i < planes_.digits; ++i) {
      const auto found = sums_.find({row, i});
      const Digit none;
      const Digit& sums = found == sums_.end() ? none : found->second;
      const std::string name = fmt::format("digit {} of row {}", i, row);
      const std::int64_t place = std::int64_t{1} << (2 * i);
      const bool has_two = planes_.has_two(i);
      if (!congruent(sums.minus_one + unit * place, 0, width) ||
          (has_two && !congruent(sums.minus_two + 2 * unit * place, 0, width))) {
        refute(name, "what the inverse of a negative product lacks is not the count");
      }
      for (int b = 0; b < spec_.weight.bits; ++b) {
        const auto of = [&](const std::map<int, std::int64_t>& coefficients) {
          const auto at = coefficients.find(b);
          return at == coefficients.end() ? 0 : at->second;
        };
        const std::int64_t c = of(sums.of_one);
        if (has_two && !congruent(of(sums.of_two), 2 * c, width)) {
          refute(name, fmt::format("+-2 times bit {} of the weight is not twice +-1 times it", b),
                 fmt::format("{}", 2 * c), fmt::format("{}", of(sums.of_two)));
        }
        // The digit is -2 high + middle + low.
        const auto add = [&](std::vector<Product>& products, int digit_bit, std::int64_t times) {
          products.push_back({(digit_bit + 1) * spec_.rows + row, row, b, times * c});
        };
        const bool odd_top = 2 * i + 1 >= k;
        for (const bool first : {true, false}) {
          std::vector<Product>& products = first ? proof.first : proof.later;
          if (!(odd_top && planes_.fills && first)) {
            add(products, odd_top ? 2 * i : 2 * i + 1, -2);
          }
          add(products, 2 * i, 1);
          add(products, 2 * i - 1, 1);
        }
      }
    }
  }
}

}  // namespace cimforge::proof
