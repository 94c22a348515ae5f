// The control cells, against the rules of docs/architecture.md.
#include <fmt/format.h>

#include <bit>

#include "proof/leaf.h"
#include "proof/leaves.h"

namespace cimforge::proof {

int steps(const spec::MacroSpec& spec) {
  return (spec.input.bits + spec.input_bits_per_cycle - 1) / spec.input_bits_per_cycle;
}

int address_bits(int count) {
  return count <= 2 ? 1 : static_cast<int>(std::bit_width(static_cast<unsigned>(count - 1)));
}

void prove_sequencer(const Design& design, const Module& module, const Schedule& schedule) {
  Leaf leaf(design, module, "sequencer");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const auto n = static_cast<std::uint64_t>(schedule.steps);
  const auto step_bits = static_cast<std::size_t>(address_bits(schedule.steps));
  const auto bank_bits = static_cast<std::size_t>(address_bits(schedule.banks));
  const int ranks = schedule.ranks;

  const Bdd::Node busy = leaf.bit("busy_q");
  const Word bank = leaf.word("bank_q", bank_bits);
  const Word step = leaf.word("step_q", step_bits);
  std::vector<Bdd::Node> valid = {bdd.both(busy, bdd.inverse(leaf.bit("hold_i")))};
  std::vector<Bdd::Node> first = {equal(bdd, step, constant(0, step_bits))};
  std::vector<Bdd::Node> last = {n == 1 ? Bdd::one : equal(bdd, step, constant(n - 1, step_bits))};
  const auto tag = [](int stage, const char* name) {
    return fmt::format("g_stage[{}].{}_q", stage, name);
  };
  for (int stage = 1; stage <= ranks; ++stage) {
    valid.push_back(leaf.bit(tag(stage, "valid")));
    first.push_back(leaf.bit(tag(stage, "first")));
    last.push_back(leaf.bit(tag(stage, "last")));
  }
  const Bdd::Node result = bdd.both(valid.back(), last.back());
  const Bdd::Node advance = bdd.inverse(bdd.both(result, bdd.inverse(leaf.bit("result_ready_i"))));
  const Bdd::Node moves = bdd.both(valid[0], advance);
  const Bdd::Node done = bdd.both(moves, last[0]);
  const Bdd::Node ready = bdd.either(bdd.inverse(busy), done);
  const Bdd::Node take = bdd.both(leaf.bit("in_valid_i"), ready);

  const auto output = [&](const char* name, Bdd::Node expected) {
    at.require(leaf.bit(name), expected, name, "the output is wrong");
  };
  output("in_ready_o", ready);
  output("take_o", take);
  output("shift_o", moves);
  output("busy_o", busy);
  at.require(leaf.word("bank_o", bank_bits), bank, "bank_o", "the output is wrong");
  Word enables;
  for (int rank = 0; rank < ranks; ++rank) {
    enables.push_back(bdd.both(valid[static_cast<std::size_t>(rank)], advance));
  }
  if (ranks > 0) {
    at.require(leaf.word("rank_enable_o", enables.size()), enables, "rank_enable_o",
               "the output is wrong");
  }
  output("negate_o", first[static_cast<std::size_t>(schedule.first_rank)]);
  output("first_o", first.back());
  output("accumulate_o", bdd.both(valid.back(), advance));
  output("result_valid_o", result);

  leaf.require_next("busy_q", {bdd.either(take, bdd.both(busy, bdd.inverse(done)))}, true);
  leaf.require_next("bank_q", choose(bdd, take, leaf.word("in_bank_i", bank_bits), bank));
  const Word following =
      choose(bdd, last[0], constant(0, step_bits), sum(bdd, step, constant(1, step_bits)));
  leaf.require_next("step_q", choose(bdd, moves, following, step), true);
  for (int stage = 1; stage <= ranks; ++stage) {
    const auto here = static_cast<std::size_t>(stage);
    const auto hands_on = [&](const char* name, const std::vector<Bdd::Node>& tags) {
      leaf.require_next(tag(stage, name), {bdd.choose(advance, tags[here - 1], tags[here])}, true);
    };
    hands_on("valid", valid);
    hands_on("first", first);
    hands_on("last", last);
  }
}

void prove_weight_port(const Design& design, const Module& module, int rows, int banks) {
  Leaf leaf(design, module, "weight port");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const auto bank_bits = static_cast<std::size_t>(address_bits(banks));
  const auto row_bits = static_cast<std::size_t>(address_bits(rows));

  const Bdd::Node pending = leaf.bit("pending_q");
  const Bdd::Node held = leaf.bit("hold_q");
  const Word row = leaf.word("row_q", row_bits);
  const Word bank = leaf.word("bank_q", bank_bits);
  const Bdd::Node other = bdd.inverse(equal(bdd, leaf.word("busy_bank_i", bank_bits), bank));
  const Bdd::Node free = bdd.either(bdd.inverse(leaf.bit("busy_i")), bdd.either(held, other));
  const Bdd::Node write = bdd.both(pending, free);
  const Bdd::Node ready = bdd.either(bdd.inverse(pending), write);
  const Bdd::Node load = bdd.both(leaf.bit("weight_valid_i"), ready);
  const auto output = [&](const char* name, Bdd::Node expected) {
    at.require(leaf.bit(name), expected, name, "the output is wrong");
  };
  output("weight_ready_o", ready);
  output("load_o", load);
  output("hold_o", held);

  const Bdd::Node pending_next = bdd.either(load, bdd.both(pending, bdd.inverse(write)));
  const Word bank_next = choose(bdd, load, leaf.word("weight_bank_i", bank_bits), bank);
  const Bdd::Node same = equal(bdd, leaf.word("take_bank_i", bank_bits), bank_next);
  leaf.require_next("pending_q", {pending_next}, true);
  leaf.require_next("hold_q", {bdd.both(leaf.bit("take_i"), bdd.both(pending_next, same))}, true);
  leaf.require_next("bank_q", bank_next);
  leaf.require_next("row_q", choose(bdd, load, leaf.word("weight_row_i", row_bits), row));

  const auto count = static_cast<std::size_t>(rows) * static_cast<std::size_t>(banks);
  const Nets& enables = leaf.nets("enable_o", count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto per_bank = static_cast<std::size_t>(rows);
    const Bdd::Node its_bank = equal(bdd, bank, constant(i / per_bank, bank_bits));
    const Bdd::Node its_row = equal(bdd, row, constant(i % per_bank, row_bits));
    at.require(at(enables[i]), bdd.both(write, bdd.both(its_bank, its_row)),
               fmt::format("enable_o[{}]", i), "the word line's enable is wrong");
  }
}

void prove_word_line_gate(const Design& design, const Module& module) {
  Leaf leaf(design, module, "word-line gate");
  Functions& at = leaf.at;
  const std::size_t width = leaf.flat().port("enable_i").size();
  const Net clock = leaf.nets("clk_i", 1).front();
  const Nets& enable = leaf.nets("enable_i", width);
  const Nets& line = leaf.nets("word_line_o", width);
  const bool test = module.port("test_mode_i") != nullptr;
  for (std::size_t i = 0; i < width; ++i) {
    const Nets& state = leaf.nets("enable_q", width);
    const Register* latch = at.register_at(state[i]);
    if (latch == nullptr || latch->clock >= 0) at.refute(at.name(state[i]), "it is not a latch");
    // A test pin opens all of them.
    const Bdd::Node opened =
        test ? at.bdd.either(at(enable[i]), leaf.bit("test_mode_i")) : at(enable[i]);
    at.require(at.next(*latch), at.bdd.choose(at(clock), opened, at(state[i])), at.name(state[i]),
               "it has to follow enable_i while the clock is high");
    at.require(at(line[i]), at.bdd.both(at(state[i]), at.bdd.inverse(at(clock))), at.name(line[i]),
               "a word line is high in the low half of the clock only");
  }
}

void prove_clock_gate(const Design& design, const Module& module) {
  Leaf leaf(design, module, "clock gate");
  Functions& at = leaf.at;
  const Bdd::Node clock = leaf.bit("clk_i");
  const Bdd::Node state = leaf.bit("enable_q");
  const Bdd::Node open = at.bdd.either(leaf.bit("enable_i"), leaf.bit("test_mode_i"));
  const Register* latch = at.register_at(leaf.nets("enable_q", 1).front());
  if (latch == nullptr || latch->clock >= 0) at.refute("enable_q", "it is not a latch");
  at.require(at.next(*latch), at.bdd.choose(clock, state, open), "enable_q",
             "it has to follow enable_i, or the test pin, while the clock is low, and to hold it "
             "while it is high");
  at.require(leaf.bit("clk_o"), at.bdd.both(state, clock), "clk_o",
             "it has to be the clock where the latch holds a 1, and low elsewhere");
}

void prove_output_stage(const Design& design, const Module& module, bool skid) {
  Leaf leaf(design, module, "output stage");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const Bdd::Node valid = leaf.bit("valid_q");
  const Bdd::Node second = skid ? leaf.bit("g_skid.skid_q") : Bdd::zero;
  const Bdd::Node ready = skid ? bdd.inverse(second) : bdd.inverse(valid);
  const Bdd::Node push = bdd.both(leaf.bit("result_valid_i"), ready);
  const Bdd::Node pop = bdd.both(valid, leaf.bit("out_ready_i"));
  const Bdd::Node stays = bdd.both(valid, bdd.inverse(pop));
  const Bdd::Node load_second = skid ? bdd.both(push, stays) : Bdd::zero;
  const auto output = [&](const char* name, Bdd::Node expected) {
    at.require(leaf.bit(name), expected, name, "the output is wrong");
  };
  output("out_valid_o", valid);
  output("result_ready_o", ready);
  output("load_o", bdd.both(push, bdd.inverse(stays)));
  output("load_skid_o", load_second);
  output("move_o", bdd.both(pop, second));
  leaf.require_next("valid_q", {bdd.either(push, bdd.either(stays, second))}, true);
  if (skid) {
    leaf.require_next("g_skid.skid_q",
                      {bdd.either(load_second, bdd.both(second, bdd.inverse(pop)))}, true);
  }
}

void prove_feed(const Design& design, const Module& module, const spec::MacroSpec& spec,
                const Constants& constants) {
  Leaf leaf(design, module, "digit feed");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const auto n = static_cast<std::size_t>(steps(spec));
  const auto bits = static_cast<std::size_t>(address_bits(steps(spec)));
  const auto digit = static_cast<std::size_t>(spec.input_bits_per_cycle);
  const Word left = leaf.word("left_q", bits);
  const Word lower = sum(bdd, left, constant(~std::uint64_t{0}, bits));
  const Word following =
      choose(bdd, equal(bdd, left, constant(0, bits)), constant(n - 1, bits), lower);
  leaf.require_next("left_q", choose(bdd, leaf.bit("enable_i"), following, left), true, n - 1);
  const Nets state = leaf.nets("left_q", bits);
  for (std::size_t step = 1; step < n; ++step) {
    at.release();
    at.set(state, n - 1 - step);
    const Word shown = leaf.word("digit_o", digit);
    const Word expected = constant(constants.feed[step - 1], digit);
    for (std::size_t bit = 0; bit < digit; ++bit) {
      // What is shifted past the accumulator's width may be anything.
      if (digit * (n - 1 - step) + bit >= static_cast<std::size_t>(constants.width)) continue;
      at.require(shown[bit], expected[bit], fmt::format("digit_o[{}]", bit),
                 fmt::format("the digit fed in step {} is wrong", step));
    }
  }
}

}  // namespace cimforge::proof
