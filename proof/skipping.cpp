// The cells of a macro that skips digits of zeros (docs/sparsity.md). Digit i has the weight
// 2^(k*i).
#include <fmt/format.h>

#include <algorithm>

#include "proof/leaf.h"
#include "proof/leaves.h"

namespace cimforge::proof {
namespace {

std::size_t size(int count) {
  return static_cast<std::size_t>(count);
}

}  // namespace

bool skips(const spec::MacroSpec& spec) {
  return spec.sparsity.zero_planes == spec::ZeroPlanes::skip;
}

void prove_skipping_sequencer(const Design& design, const Module& module,
                              const spec::MacroSpec& spec, int negate_stage) {
  Leaf leaf(design, module, "sequencer");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const std::size_t n = size(steps(spec));
  const auto bank_bits = size(address_bits(spec.banks));
  const int ranks = spec.pipeline_stages;

  const Bdd::Node busy = leaf.bit("busy_q");
  const Word bank = leaf.word("bank_q", bank_bits);
  // Bit by bit, which keeps the diagrams of the lowest bit small.
  const Nets& nonzero_nets = leaf.nets("nonzero_i", n);
  const Nets& left_nets = leaf.nets("left_q", n);
  for (std::size_t i = 0; i < n; ++i) {
    at.variable(nonzero_nets[i]);
    if (left_nets[i] > 1) at(left_nets[i]);
  }
  const Word left = at(left_nets);
  const Word digit = leaf.word("digit_q", n);
  const Word visits = leaf.word("visits_q", n);
  std::vector<Bdd::Node> valid = {bdd.both(busy, bdd.inverse(leaf.bit("hold_i")))};
  std::vector<Bdd::Node> first = {leaf.bit("begins_q")};
  std::vector<Bdd::Node> last = {bdd.inverse(any_of(bdd, left))};
  std::vector<Word> place = {digit};
  std::vector<Word> visited = {visits};
  const auto tag = [](int stage, const char* name) {
    return fmt::format("g_stage[{}].{}_q", stage, name);
  };
  for (int stage = 1; stage <= ranks; ++stage) {
    valid.push_back(leaf.bit(tag(stage, "valid")));
    first.push_back(leaf.bit(tag(stage, "first")));
    last.push_back(leaf.bit(tag(stage, "last")));
    place.push_back(leaf.word(tag(stage, "place"), n));
    visited.push_back(leaf.word(tag(stage, "visited"), n));
  }
  const Bdd::Node result = bdd.both(valid.back(), last.back());
  const Bdd::Node advance = bdd.inverse(bdd.both(result, bdd.inverse(leaf.bit("result_ready_i"))));
  const Bdd::Node moves = bdd.both(valid[0], advance);
  const Bdd::Node done = bdd.both(moves, last[0]);
  const Bdd::Node ready = bdd.either(bdd.inverse(busy), done);
  const Bdd::Node take = bdd.both(leaf.bit("in_valid_i"), ready);

  const auto output = [&](const std::string& name, const Word& expected) {
    at.require(leaf.word(name, expected.size()), expected, name, "the output is wrong");
  };
  output("in_ready_o", {ready});
  output("take_o", {take});
  output("busy_o", {busy});
  output("bank_o", bank);
  output("digit_o", digit);
  Word enables;
  for (int rank = 0; rank < ranks; ++rank) enables.push_back(bdd.both(valid[size(rank)], advance));
  if (ranks > 0) output("rank_enable_o", enables);
  output("negate_o", {place[size(negate_stage)].back()});
  output("first_o", {first.back()});
  output("place_o", place.back());
  output("visited_o", visited.back());
  output("accumulate_o", {bdd.both(valid.back(), advance)});
  output("result_valid_o", {result});

  // The digits that are not zero, one after the other from the lowest.
  const Word asked = at(nonzero_nets);
  const Word from_new = lowest_of(bdd, asked);
  const Word from_left = lowest_of(bdd, left);
  const auto without = [&](const Word& word, const Word& removed) {
    return both(bdd, word, inverse(bdd, removed));
  };
  const auto stepped = [&](const Word& taken, const Word& next, const Word& held) {
    return choose(bdd, take, taken, choose(bdd, moves, next, held));
  };
  leaf.require_next("busy_q", {bdd.either(take, bdd.both(busy, bdd.inverse(done)))}, true);
  leaf.require_next("bank_q", choose(bdd, take, leaf.word("in_bank_i", bank_bits), bank));
  leaf.require_next("visits_q", choose(bdd, take, asked, visits));
  leaf.require_next("begins_q", stepped({Bdd::one}, {Bdd::zero}, {first[0]}));
  leaf.require_next("digit_q", stepped(from_new, from_left, digit));
  leaf.require_next("left_q", stepped(without(asked, from_new), without(left, from_left), left));
  for (int stage = 1; stage <= ranks; ++stage) {
    const auto here = size(stage);
    const auto hands_on = [&](const char* name, const std::vector<Bdd::Node>& tags) {
      leaf.require_next(tag(stage, name), {bdd.choose(advance, tags[here - 1], tags[here])}, true);
    };
    hands_on("valid", valid);
    hands_on("first", first);
    hands_on("last", last);
    leaf.require_next(tag(stage, "place"), choose(bdd, advance, place[here - 1], place[here]));
    leaf.require_next(tag(stage, "visited"),
                      choose(bdd, advance, visited[here - 1], visited[here]));
  }
}

void prove_selector(const Design& design, const Module& module, const spec::MacroSpec& spec) {
  Leaf leaf(design, module, "digit selector");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const int n = steps(spec);
  const int k = spec.input_bits_per_cycle;
  const Nets codes = leaf.nets("codes_i", size(spec.rows * spec.input.bits));
  const Nets digits = leaf.nets("digit_o", size(spec.rows * k));
  const Nets select = leaf.nets("select_i", size(n));
  const Net load = leaf.nets("load_i", 1).front();
  const auto code = [&](int row, int bit) { return at(codes[size(row * spec.input.bits + bit)]); };

  at.set(load, 1);
  for (int i = 0; skips(spec) && i < n; ++i) {
    Bdd::Node any = Bdd::zero;
    for (int bit = std::min(k * (i + 1), spec.input.bits); bit-- > k * i;) {
      for (int row = spec.rows; row-- > 0;) any = bdd.either(code(row, bit), any);
    }
    at.require(at(leaf.nets("nonzero_o", size(n))[size(i)]), any, fmt::format("nonzero_o[{}]", i),
               fmt::format("it has to tell whether digit {} is zero in every row", i));
  }
  std::vector<std::pair<Net, Bdd::Node>> contents;
  for (const Register& each : leaf.flat().registers) {
    contents.emplace_back(each.q, at.next(leaf.flip_flop(each.q)));
  }
  at.release();
  for (int i = 0; i < n; ++i) {
    at.release();
    for (const auto& [q, value] : contents) at.set(q, value);
    at.set(select, std::uint64_t{1} << i);
    for (int j = 0; j < k; ++j) {
      const int bit = k * i + j;
      for (int row = 0; row < spec.rows; ++row) {
        const Bdd::Node expected = bit < spec.input.bits  ? code(row, bit)
                                   : spec.input.is_signed ? code(row, spec.input.bits - 1)
                                                          : Bdd::zero;
        at.require(at(digits[size(j * spec.rows + row)]), expected,
                   fmt::format("digit_o[{}]", j * spec.rows + row),
                   fmt::format("digit {} has to show bit {} of the code of row {}", i, bit, row));
      }
    }
  }
  at.release();
  at.set(load, 0);
  for (const Register& each : leaf.flat().registers) {
    at.require(at.next(leaf.flip_flop(each.q)), at(each.q), at.name(each.q),
               "it has to keep its value");
  }
}

void prove_place_accumulator(const Design& design, const Module& module,
                             const spec::MacroSpec& spec, const Constants& constants) {
  Leaf leaf(design, module, "accumulator");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const std::size_t width = size(constants.width);
  const std::size_t drop = size(spec.output_shift);
  const std::size_t n = size(steps(spec));
  const Nets& sum_nets = leaf.flat().port("sum_i");
  const Nets& start_nets = leaf.nets("start_i", width);
  const Nets& next_nets = leaf.nets("next_o", width - drop);
  const Nets& places = leaf.nets("place_i", n);
  const auto kept = [&](std::size_t bit) {
    return leaf.nets(fmt::format("g_bit[{}].acc_q", bit), 1).front();
  };
  for (std::size_t place = 0; place <= n; ++place) {  // n: none
    const std::size_t up = size(spec.input_bits_per_cycle) * place;
    at.release();
    at.set(places, place == n ? 0 : std::uint64_t{1} << place);
    const Bdd::Node first = at(leaf.nets("first_i", 1).front());
    // Operands of one column stand together in the order of the variables: small diagrams.
    Word base;
    Word added(width, Bdd::zero);
    for (std::size_t bit = 0; bit < width; ++bit) {
      if (place < n && bit >= up && bit - up < sum_nets.size()) added[bit] = at(sum_nets[bit - up]);
      base.push_back(bdd.either(at(start_nets[bit]), bdd.both(at(kept(bit)), bdd.inverse(first))));
    }
    const Word next = sum(bdd, base, added);
    at.require(at(next_nets), Word(next.begin() + static_cast<std::ptrdiff_t>(drop), next.end()),
               "next_o", fmt::format("the accumulator has to add the sum of digit {}", place));
    for (std::size_t bit = 0; bit < width; ++bit) {
      const Register& each = leaf.flip_flop(kept(bit));
      at.require(at.next(each), bdd.choose(leaf.bit("enable_i"), next[bit], at(each.q)),
                 at.name(each.q), "the accumulator has to keep its sum");
    }
  }
}

void prove_skipped_offset(const Design& design, const Module& module, const spec::MacroSpec& spec,
                          const Constants& constants) {
  Leaf leaf(design, module, "start value");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const std::size_t n = size(steps(spec));
  const std::size_t width = size(constants.width);
  const Bdd::Node first = leaf.bit("first_i");
  const Word visited = leaf.word("visited_i", n);
  Word expected(width, Bdd::zero);
  for (std::size_t digit = 0; digit < n; ++digit) {
    Word term = constant(constants.terms[digit], width);
    for (Bdd::Node& bit : term) bit = bdd.both(bit, visited[digit]);
    expected = sum(bdd, expected, term);
  }
  for (Bdd::Node& bit : expected) bit = bdd.both(bit, first);
  at.require(leaf.word("start_o", width), expected, "start_o",
             "it has to take off the offsets of the digits that the vector visits");
}

}  // namespace cimforge::proof
