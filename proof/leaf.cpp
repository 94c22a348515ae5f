#include "proof/leaf.h"

#include <fmt/format.h>

namespace cimforge::proof {
namespace {

Flat flat_leaf(const Design& design, const Module& module) {
  Flat flat =
      flatten(design, module, [](const Module& child) { return child.name == clock_gate_module; });
  fold_clock_gates(flat);
  return flat;
}

}  // namespace

Leaf::Leaf(const Design& design, const Module& module, const std::string& part)
    : flat_(flat_leaf(design, module)), at(flat_, part) {}

const Nets& Leaf::nets(const std::string& name, std::size_t width) const {
  const Nets* found = &flat_.port(name);
  if (found->empty()) {
    const auto wire = flat_.wires.find(name);
    if (wire == flat_.wires.end()) at.refute(name, "there is no such signal", name, "nothing");
    found = &wire->second;
  }
  if (found->size() != width) {
    at.refute(name, "it has another width", fmt::format("{} bits", width),
              fmt::format("{} bits", found->size()));
  }
  return *found;
}

const Register& Leaf::flip_flop(Net net, bool resets, bool reset_value) {
  const Register* found = at.register_at(net);
  const std::string name = at.name(net);
  if (found == nullptr || found->clock < 0) {
    at.refute(name, "it is not a flip-flop", "a flip-flop", "none");
  }
  if (found->clock != nets("clk_i", 1).front() || !found->rises) {
    at.refute(name, "its clock is not the rising edge of clk_i", "clk_i",
              fmt::format("the {} edge of {}", found->rises ? "rising" : "falling",
                          at.name(found->clock)));
  }
  if (!resets && found->reset >= 0) at.refute(name, "it has a reset");
  if (resets) {
    if (found->reset < 0 || found->reset_high || found->reset != nets("rst_ni", 1).front()) {
      at.refute(name, "rst_ni does not reset it");
    }
    if (found->reset_value != reset_value) {
      at.refute(name, "its reset has the wrong value", reset_value ? "1" : "0",
                reset_value ? "0" : "1");
    }
  }
  return *found;
}

void Leaf::require_next(const std::string& wire, const Word& expected, bool resets,
                        std::uint64_t reset_value) {
  const Nets& state = nets(wire, expected.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    if (state[i] < 2) {  // Yosys found that it never changes
      at.require(at(state[i]), expected[i], fmt::format("{}[{}]", wire, i), "it has to change");
      continue;
    }
    const Register& each = flip_flop(state[i], resets, (reset_value >> i & 1U) != 0);
    at.require(at.next(each), expected[i], at.name(state[i]), "its next value is wrong");
  }
}

Word constant(std::uint64_t value, std::size_t width) {
  Word word;
  for (std::size_t i = 0; i < width; ++i) {
    word.push_back(i < 64 && (value >> i & 1U) != 0 ? Bdd::one : Bdd::zero);
  }
  return word;
}

Word choose(Bdd& bdd, Bdd::Node condition, const Word& yes, const Word& no) {
  Word word;
  for (std::size_t i = 0; i < yes.size(); ++i) word.push_back(bdd.choose(condition, yes[i], no[i]));
  return word;
}

Word sum(Bdd& bdd, const Word& a, const Word& b) {
  Word word;
  Bdd::Node carry = Bdd::zero;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Bdd::Node half = bdd.differ(a[i], b[i]);
    word.push_back(bdd.differ(half, carry));
    carry = bdd.choose(half, carry, a[i]);
  }
  return word;
}

Bdd::Node equal(Bdd& bdd, const Word& a, const Word& b) {
  Bdd::Node same = Bdd::one;
  for (std::size_t i = 0; i < a.size(); ++i) {
    same = bdd.both(same, bdd.inverse(bdd.differ(a[i], b[i])));
  }
  return same;
}

Bdd::Node any_of(Bdd& bdd, const Word& word) {
  Bdd::Node any = Bdd::zero;
  for (const Bdd::Node each : word) any = bdd.either(any, each);
  return any;
}

Word both(Bdd& bdd, const Word& a, const Word& b) {
  Word word;
  for (std::size_t i = 0; i < a.size(); ++i) word.push_back(bdd.both(a[i], b[i]));
  return word;
}

Word inverse(Bdd& bdd, const Word& word) {
  Word inverted;
  for (const Bdd::Node each : word) inverted.push_back(bdd.inverse(each));
  return inverted;
}

Word lowest_of(Bdd& bdd, const Word& word) {
  Word lowest;
  Bdd::Node below = Bdd::zero;
  for (const Bdd::Node each : word) {
    lowest.push_back(bdd.both(each, bdd.inverse(below)));
    below = bdd.either(below, each);
  }
  return lowest;
}

}  // namespace cimforge::proof
