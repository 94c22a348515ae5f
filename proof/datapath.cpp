// The cells of the datapath, with one lane.
#include <fmt/format.h>

#include <algorithm>

#include "generator/spec/precision.h"
#include "generator/spec/range.h"
#include "proof/leaf.h"
#include "proof/leaves.h"

namespace cimforge::proof {
namespace {

std::size_t size(int count) {
  return static_cast<std::size_t>(count);
}

/// Bit j of the digit of step t, as a bit of the code: the sign again past the top, -1 where it is
/// zero.
int code_bit(const spec::MacroSpec& spec, int step, int j) {
  const int bit = spec.input_bits_per_cycle * (steps(spec) - 1 - step) + j;
  if (bit < spec.input.bits) return bit;
  return spec.input.is_signed ? spec.input.bits - 1 : -1;
}

/// A register bank's contents: what each q holds.
using Contents = std::vector<std::pair<Net, Bdd::Node>>;

void hold(Leaf& leaf, const Contents& contents) {
  for (const auto& [q, value] : contents) leaf.at.set(q, value);
}

Contents after_edge(Leaf& leaf) {
  Contents contents;
  for (const Register& each : leaf.flat().registers) {
    contents.emplace_back(each.q, leaf.at.next(leaf.flip_flop(each.q)));
  }
  return contents;
}

/// All registers keep what they hold with these inputs low.
void require_held(Leaf& leaf, const std::vector<std::string>& inputs) {
  leaf.at.release();
  for (const std::string& input : inputs) leaf.at.set(leaf.nets(input, 1), 0);
  for (const Register& each : leaf.flat().registers) {
    leaf.at.require(leaf.at.next(leaf.flip_flop(each.q)), leaf.at(each.q), leaf.at.name(each.q),
                    "it has to keep its value");
  }
}

}  // namespace

void prove_storage(const Design& design, const Module& module, const spec::MacroSpec& spec,
                   int rows, int bits) {
  Leaf leaf(design, module, fmt::format("storage of {} rows", rows));
  Functions& at = leaf.at;
  const Nets& lines = leaf.nets("word_line_i", size(spec.banks * rows));
  const Nets& data = leaf.nets("data_i", size(bits));
  const Nets& weights = leaf.nets("weight_o", size(rows * bits));
  // Bitcells have none where there is nothing to select.
  const Nets none;
  const bool has_bank = spec.banks > 1 || spec.storage != spec::Storage::bitcell;
  const Nets& bank_pins = has_bank ? leaf.nets("bank_i", size(address_bits(spec.banks))) : none;
  struct Stored {
    Net q;
    std::size_t line, bit;
  };
  std::vector<Stored> cells;
  for (int bank = 0; bank < spec.banks; ++bank) {
    at.release();
    if (spec.banks > 1) at.set(bank_pins, static_cast<std::uint64_t>(bank));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Net q = at.net_of(at(weights[i]));
      if (q < 0 || at.register_at(q) == nullptr) {
        at.refute(fmt::format("weight_o[{}]", i),
                  fmt::format("in bank {} it is not one stored bit", bank));
      }
      cells.push_back({q, size(bank * rows) + i / size(bits), i % size(bits)});
    }
  }
  at.release();
  for (const Stored& cell : cells) {
    const Register& each = *at.register_at(cell.q);
    const bool latch = spec.storage != spec::Storage::flop;
    if (latch != (each.clock < 0)) {
      at.refute(at.name(cell.q), fmt::format("it is not a {}", spec::to_string(spec.storage)));
    }
    if (!latch) leaf.flip_flop(cell.q);
    at.require(at.next(each), at.bdd.choose(at(lines[cell.line]), at(data[cell.bit]), at(cell.q)),
               at.name(cell.q),
               fmt::format("word line {} has to write bit {} there, and nothing else", cell.line,
                           cell.bit));
  }
}

void prove_index_select(const Design& design, const Module& module, int group, int index_bits) {
  Leaf leaf(design, module, "multiplexer");
  Functions& at = leaf.at;
  const Word inputs = leaf.word("input_i", size(group));
  const Word index = leaf.word("index_i", size(index_bits));
  Bdd::Node expected = Bdd::zero;
  for (int row = 0; row < group; ++row) {
    const Bdd::Node named =
        equal(at.bdd, index, constant(static_cast<std::uint64_t>(row), index.size()));
    expected = at.bdd.choose(named, inputs[size(row)], expected);
  }
  at.require(leaf.bit("selected_o"), expected, "selected_o",
             "it has to be the input that the index names, or 0");
}

void prove_write_buffer(const Design& design, const Module& module, int bits) {
  Leaf leaf(design, module, "write buffer");
  Functions& at = leaf.at;
  at.set(leaf.nets("load_i", 1), 1);
  hold(leaf, after_edge(leaf));
  at.require(leaf.word("planes_o", size(bits)), leaf.word("codes_i", size(bits)), "planes_o",
             "a plane has to hold its bit of the code");
  at.release();
  require_held(leaf, {"load_i", "shift_i"});
}

void prove_serializer(const Design& design, const Module& module, const spec::MacroSpec& spec) {
  Leaf leaf(design, module, "serialiser");
  Functions& at = leaf.at;
  const Nets codes = leaf.nets("codes_i", size(spec.rows * spec.input.bits));
  const Nets digits = leaf.nets("digit_o", size(spec.rows * spec.input_bits_per_cycle));
  at.set(leaf.nets("load_i", 1), 1);
  Contents contents = after_edge(leaf);
  for (int step = 0; step < steps(spec); ++step) {
    at.release();
    if (step > 0) {
      hold(leaf, contents);
      at.set(leaf.nets("load_i", 1), 0);
      at.set(leaf.nets("shift_i", 1), 1);
      contents = after_edge(leaf);
      at.release();
    }
    hold(leaf, contents);
    for (int j = 0; j < spec.input_bits_per_cycle; ++j) {
      const int bit = code_bit(spec, step, j);
      for (int row = 0; row < spec.rows; ++row) {
        at.require(at(digits[size(j * spec.rows + row)]),
                   bit < 0 ? Bdd::zero : at(codes[size(row * spec.input.bits + bit)]),
                   fmt::format("digit_o[{}]", j * spec.rows + row),
                   fmt::format("step {} has to show bit {} of the code of row {}", step, bit, row));
      }
    }
  }
  require_held(leaf, {"load_i", "shift_i"});
}

void prove_accumulator(const Design& design, const Module& module, const spec::MacroSpec& spec,
                       const Constants& constants) {
  Leaf leaf(design, module, "accumulator");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const std::size_t width = size(constants.width);
  const std::size_t digit = size(spec.input_bits_per_cycle);
  const std::size_t drop = size(spec.output_shift);
  const Nets& sum_nets = leaf.flat().port("sum_i");
  const Nets& feed_nets = leaf.nets("feed_i", digit);
  const Nets& next_nets = leaf.nets("next_o", width - drop);
  const auto kept = [&](std::size_t bit) {
    return leaf.nets(fmt::format("g_bit[{}].g_kept.acc_q", bit), 1).front();
  };
  // Operands of one column stand together in the order of the variables: small diagrams.
  const Bdd::Node first = at.variable(leaf.nets("first_i", 1).front());
  for (std::size_t bit = 0; bit < width; ++bit) {
    if (bit < sum_nets.size() && sum_nets[bit] > 1) at.variable(sum_nets[bit]);
    if (bit >= digit) at.variable(kept(bit - digit));
    if (bit < digit && feed_nets[bit] > 1) at.variable(feed_nets[bit]);
  }
  // Above them the initial value is shifted out before the result is complete: it may be anything.
  const std::uint64_t used = constants.initial_bits >= 64
                                 ? ~std::uint64_t{0}
                                 : (std::uint64_t{1} << constants.initial_bits) - 1;
  const std::uint64_t initial = (constants.initial & used) |
                                (static_cast<std::uint64_t>(module.parameter("INITIAL")) & ~used);
  const bool feeds = module.parameter("FEED") != 0;
  if (!feeds && constants.feeds()) at.refute("feed_i", "it takes no digits of the constant");
  Word base;
  for (std::size_t bit = 0; bit < width; ++bit) {
    const Bdd::Node later = bit >= digit ? at(kept(bit - digit))
                            : feeds      ? at(feed_nets[bit])
                                         : Bdd::zero;
    const bool one = (initial >> bit & 1U) != 0;
    base.push_back(bdd.choose(first, one ? Bdd::one : Bdd::zero, later));
  }
  Word added = at(sum_nets);
  added.resize(width, Bdd::zero);
  const Word next = sum(bdd, base, added);
  at.require(at(next_nets), Word(next.begin() + static_cast<std::ptrdiff_t>(drop), next.end()),
             "next_o", "the accumulator has to add");
  for (std::size_t bit = 0; bit + digit < width; ++bit) {
    const Register& each = leaf.flip_flop(kept(bit));
    at.require(at.next(each), bdd.choose(leaf.bit("enable_i"), next[bit], at(each.q)),
               at.name(each.q), "the accumulator has to keep its sum");
  }
}

void prove_add_constant(const Design& design, const Module& module, const spec::MacroSpec& spec,
                        const Constants& constants) {
  Leaf leaf(design, module, "constant");
  Functions& at = leaf.at;
  const std::size_t width = size(constants.width);
  const std::size_t drop = size(spec.output_shift);
  Word added = at(leaf.flat().port("sum_i"));
  added.resize(width, Bdd::zero);
  const Word result = sum(at.bdd, added, constant(constants.initial, width));
  at.require(leaf.word("sum_o", width - drop),
             Word(result.begin() + static_cast<std::ptrdiff_t>(drop), result.end()), "sum_o",
             fmt::format("{} has to be added", constants.initial));
}

void prove_saturation(const Design& design, const Module& module, const spec::MacroSpec& spec) {
  Leaf leaf(design, module, "saturation");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const Word data = at(leaf.flat().port("data_i"));
  const std::size_t width = size(spec::output_width(spec));
  const bool is_signed = spec::output_is_signed(spec);
  const Bdd::Node negative = is_signed ? data.back() : Bdd::zero;
  // It fits where every bit from the top one of the result (signed) or past it (unsigned) is the
  // sign.
  Bdd::Node fits = Bdd::one;
  for (std::size_t bit = is_signed ? width - 1 : width; bit < data.size(); ++bit) {
    fits = bdd.both(fits, bdd.inverse(bdd.differ(data[bit], negative)));
  }
  Word expected;
  for (std::size_t bit = 0; bit < width; ++bit) {
    const bool top = is_signed && bit + 1 == width;
    expected.push_back(bdd.choose(fits, data[bit], top ? negative : bdd.inverse(negative)));
  }
  at.require(leaf.word("data_o", width), expected, "data_o", "the result has to saturate");
}

bool has_second_entry(const spec::MacroSpec& spec) {
  return steps(spec) == 1 || skips(spec) || spec::has_precision(spec);
}

void prove_output_register(const Design& design, const Module& module,
                           const spec::MacroSpec& spec) {
  Leaf leaf(design, module, "output register");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const std::size_t width = size(spec::output_width(spec));
  const std::size_t lanes = size(spec.precision.fused_columns);
  const Nets state = leaf.nets("codes_o", lanes * width);
  const Word planes = leaf.word("planes_i", lanes * width);
  const Bdd::Node load = leaf.bit("load_i");
  const bool skid = has_second_entry(spec);
  const Bdd::Node move = skid ? leaf.bit("move_i") : Bdd::zero;
  const Nets second = skid ? leaf.nets("g_skid.skid_q", lanes * width) : state;
  for (std::size_t bit = 0; bit < lanes * width; ++bit) {
    // The code of a lane, and its plane in that lane.
    const std::size_t plane = bit % width * lanes + bit / width;
    const Bdd::Node otherwise = bdd.choose(move, at(second[plane]), at(state[bit]));
    at.require(at.next(leaf.flip_flop(state[bit])), bdd.choose(load, planes[plane], otherwise),
               fmt::format("codes_o[{}]", bit), "the register has to take the result");
    if (!skid) continue;
    at.require(at.next(leaf.flip_flop(second[plane])),
               bdd.choose(leaf.bit("load_skid_i"), planes[plane], at(second[plane])),
               at.name(second[plane]), "the second entry has to take the result");
  }
}

}  // namespace cimforge::proof
