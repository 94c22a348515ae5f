// The cells of binary networks.
#include "generator/spec/binary.h"

#include <fmt/format.h>

#include "proof/leaf.h"
#include "proof/leaves.h"

namespace cimforge::proof {
namespace {

std::size_t size(int count) {
  return static_cast<std::size_t>(count);
}

}  // namespace

void prove_ternary_planes(const Design& design, const Module& module) {
  Leaf leaf(design, module, "planes of ternary weights");
  Bdd& bdd = leaf.at.bdd;
  const Word code = leaf.word("codes_i", 2);
  leaf.at.require(leaf.word("planes_o", 2), {bdd.both(code[0], bdd.inverse(code[1])), code[1]},
                  "planes_o", "bit 0 has to be +1, bit 1 the sign");
}

void prove_threshold(const Design& design, const Module& module, const spec::MacroSpec& spec,
                     int width) {
  Leaf leaf(design, module, "threshold");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const spec::IntegerFormat format = spec::threshold_format(spec);
  const std::size_t bits = size(format.bits);
  const Nets& sums = leaf.nets("sum_i", size(width));
  std::vector<Nets> banks;
  for (int bank = 0; bank < spec.banks; ++bank) {
    banks.push_back(leaf.nets(fmt::format("g_bank[{}].planes", bank), bits));
  }
  // Bits of one weight stand together in the order of the variables: small diagrams.
  for (std::size_t bit = 0; bit < bits; ++bit) {
    if (bit < sums.size()) at.variable(sums[bit]);
    for (const Nets& thresholds : banks) at.variable(thresholds[bit]);
  }
  const Word taken = leaf.word("threshold_i", bits);
  const Word load = leaf.word("load_i", banks.size());
  for (std::size_t bank = 0; bank < banks.size(); ++bank) {
    leaf.require_next(fmt::format("g_bank[{}].planes", bank),
                      choose(bdd, load[bank], taken, at(banks[bank])));
  }
  Word sum = at(sums);
  sum.resize(bits, format.is_signed ? sum.back() : Bdd::zero);
  for (std::size_t bank = 0; bank < banks.size(); ++bank) {
    at.release();
    if (banks.size() > 1) at.set(leaf.nets("bank_i", size(address_bits(spec.banks))), bank);
    const Word threshold = at(banks[bank]);
    // From the lowest bit up: the higher one decides.
    Bdd::Node reached = Bdd::one;
    for (std::size_t bit = 0; bit < bits; ++bit) {
      const bool sign = format.is_signed && bit + 1 == bits;
      const Bdd::Node greater = sign ? threshold[bit] : sum[bit];
      reached = bdd.choose(bdd.differ(sum[bit], threshold[bit]), greater, reached);
    }
    at.require(leaf.bit("sign_o"), reached, "sign_o",
               fmt::format("it has to be 1 where the sum reaches the threshold of bank {}", bank));
  }
}

void prove_threshold_port(const Design& design, const Module& module, const spec::MacroSpec& spec) {
  Leaf leaf(design, module, "threshold port");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const std::size_t vectors = size(spec.pipeline_stages + 1);
  const std::size_t bank_bits = size(address_bits(spec.banks));
  const Word there = leaf.word("there_q", vectors);
  const Bdd::Node waits = leaf.bit("wait_q");
  const Bdd::Node valid = leaf.bit("threshold_valid_i");
  const Bdd::Node take = leaf.bit("take_i");
  const Bdd::Node done = leaf.bit("done_i");
  const Bdd::Node ready = bdd.inverse(there[0]);
  at.require(leaf.bit("threshold_ready_o"), ready, "threshold_ready_o", "the output is wrong");
  at.require(leaf.bit("wait_o"), waits, "wait_o", "the output is wrong");
  leaf.require_next("wait_q", {bdd.both(valid, bdd.inverse(ready))}, true);

  Word stays;
  for (std::size_t i = 0; i < vectors; ++i) {
    stays.push_back(bdd.choose(done, i + 1 < vectors ? there[i + 1] : Bdd::zero, there[i]));
  }
  Word next;
  for (std::size_t i = 0; i < vectors; ++i) {
    const Bdd::Node below = i == 0 ? Bdd::one : stays[i - 1];
    const Bdd::Node enters = bdd.both(take, bdd.both(below, bdd.inverse(stays[i])));
    next.push_back(bdd.either(stays[i], enters));
    if (spec.banks == 1) continue;
    const auto bank_of = [](std::size_t place) {
      return fmt::format("g_place[{}].g_bank.bank_q", place);
    };
    const Word bank = leaf.word(bank_of(i), bank_bits);
    const Word moved =
        i + 1 < vectors ? choose(bdd, done, leaf.word(bank_of(i + 1), bank_bits), bank) : bank;
    leaf.require_next(bank_of(i), choose(bdd, enters, leaf.word("take_bank_i", bank_bits), moved));
    if (i == 0) at.require(leaf.word("bank_o", bank_bits), bank, "bank_o", "the output is wrong");
  }
  leaf.require_next("there_q", next, true);

  const Bdd::Node load = bdd.both(valid, ready);
  const Word loads = leaf.word("load_o", size(spec.banks));
  for (std::size_t bank = 0; bank < loads.size(); ++bank) {
    const Bdd::Node named = loads.size() == 1 ? Bdd::one
                                              : equal(bdd, leaf.word("threshold_bank_i", bank_bits),
                                                      constant(bank, bank_bits));
    at.require(loads[bank], bdd.both(load, named), fmt::format("load_o[{}]", bank),
               "it takes the thresholds of another bank");
  }
}

}  // namespace cimforge::proof
