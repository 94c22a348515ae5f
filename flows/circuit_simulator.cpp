#include "flows/circuit_simulator.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <random>

namespace cimforge::flows {
namespace {

using Code = CircuitFunction::Code;

/// Sweeps over all elements after which what still changes oscillates, and edges of derived clocks
/// after one another.
constexpr int most_sweeps = 64;
constexpr int most_edges = 8;

/// A net -> what reads it, as two arrays.
template <class Visit>
void index(std::size_t nets, const Visit& visit, std::vector<std::uint32_t>& begin,
           std::vector<std::uint32_t>& items) {
  begin.assign(nets + 1, 0);
  visit([&](FlatNet net, std::uint32_t) { ++begin[net + 1]; });
  for (std::size_t i = 1; i <= nets; ++i) begin[i] += begin[i - 1];
  items.resize(begin[nets]);
  std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
  visit([&](FlatNet net, std::uint32_t item) { items[next[net]++] = item; });
}

}  // namespace

CircuitSimulator::CircuitSimulator(const Circuit& circuit)
    : circuit_(circuit),
      values_(circuit.nets),
      dirty_(circuit.elements.size() / 64 + 1),
      keep_(circuit.nets, ~std::uint64_t{0}),
      force_(circuit.nets, 0),
      stuck_inputs_(circuit.elements.size()),
      last_clock_(circuit.flops.size()),
      data_(circuit.flops.size()),
      is_woken_(circuit.flops.size()) {
  for (const CircuitElement& element : circuit.elements) {
    Packed packed{{}, element.output, element.function, element.is_latch, false};
    for (std::size_t i = 0; i < element.inputs.size(); ++i) packed.inputs[i] = element.inputs[i];
    elements_.push_back(packed);
  }
  index(
      circuit.nets,
      [&](const auto& note) {
        for (std::uint32_t i = 0; i < circuit.elements.size(); ++i) {
          for (const FlatNet net : circuit.elements[i].inputs) note(net, i);
        }
      },
      reader_begin_, readers_);
  index(
      circuit.nets,
      [&](const auto& note) {
        for (std::uint32_t i = 0; i < circuit.flops.size(); ++i) {
          const CircuitFlop& flop = circuit.flops[i];
          for (const FlatNet net : {flop.clock, flop.clear, flop.preset}) note(net, i);
        }
      },
      control_begin_, controls_);
}

void CircuitSimulator::clear_faults() {
  for (const FlatNet net : stuck_nets_) {
    keep_[net] = ~std::uint64_t{0};
    force_[net] = 0;
  }
  for (const std::uint32_t element : stuck_elements_) {
    stuck_inputs_[element].clear();
    elements_[element].has_stuck_inputs = false;
  }
  stuck_nets_.clear();
  stuck_elements_.clear();
}

void CircuitSimulator::start(const std::vector<StuckPin>& faults, bool before) {
  assert(faults.size() <= 64);
  clear_faults();
  for (std::size_t machine = 0; machine < faults.size(); ++machine) {
    const StuckPin& fault = faults[machine];
    const CircuitPin& pin = circuit_.cells[fault.cell].pins[fault.pin];
    const std::uint64_t bit = std::uint64_t{1} << machine;
    const std::uint64_t force = fault.value ? bit : 0;
    if (pin.is_output) {
      keep_[pin.net] &= ~bit;
      force_[pin.net] |= force;
      stuck_nets_.push_back(pin.net);
      continue;
    }
    for (const auto& [element, input] : pin.uses) {
      stuck_inputs_[element].push_back({input, ~bit, force});
      elements_[element].has_stuck_inputs = true;
      stuck_elements_.push_back(element);
    }
  }
  const std::uint64_t all = before ? ~std::uint64_t{0} : 0;
  for (std::size_t net = 0; net < values_.size(); ++net) {
    values_[net] = (all & keep_[net]) | force_[net];
  }
  values_[flat_zero] = 0;
  values_[flat_one] = ~std::uint64_t{0};
  for (std::uint64_t& word : dirty_) word = ~std::uint64_t{0};
  const std::size_t rest = circuit_.elements.size() % 64;
  dirty_.back() = (std::uint64_t{1} << rest) - 1;
  any_dirty_ = true;
  unstable_ = 0;
  // Nothing has had an edge yet: what the first settling does to clocks is none.
  settle();
  for (std::size_t i = 0; i < circuit_.flops.size(); ++i) {
    last_clock_[i] = values_[circuit_.flops[i].clock];
  }
  for (std::uint32_t i = 0; i < circuit_.flops.size(); ++i) {
    if (is_woken_[i] == 0) woken_.push_back(i);
    is_woken_[i] = 1;
  }
  step();
}

void CircuitSimulator::assign(FlatNet net, std::uint64_t value) {
  value = (value & keep_[net]) | force_[net];
  if (value == values_[net]) return;
  values_[net] = value;
  if (watches_) changed_.push_back(net);
  for (std::uint32_t i = reader_begin_[net]; i < reader_begin_[net + 1]; ++i) mark(readers_[i]);
  for (std::uint32_t i = control_begin_[net]; i < control_begin_[net + 1]; ++i) {
    const std::uint32_t flop = controls_[i];
    if (is_woken_[flop] == 0) {
      is_woken_[flop] = 1;
      woken_.push_back(flop);
    }
  }
}

void CircuitSimulator::set(FlatNet net, bool value) {
  // Data of flip-flops is taken down in step(), before this spreads.
  assign(net, value ? ~std::uint64_t{0} : 0);
}

void CircuitSimulator::set(const std::vector<FlatNet>& nets, std::uint64_t value) {
  for (std::size_t bit = 0; bit < nets.size(); ++bit) {
    set(nets[bit], bit < 64 && ((value >> bit) & 1) != 0);
  }
}

std::uint64_t CircuitSimulator::number(std::span<const FlatNet> nets) const {
  std::uint64_t value = 0;
  for (std::size_t bit = 0; bit < std::min<std::size_t>(64, nets.size()); ++bit) {
    value |= (values_[nets[bit]] & 1) << bit;
  }
  return value;
}

void CircuitSimulator::flip_flop(std::size_t flop, std::uint64_t machines) {
  const FlatNet net = circuit_.flops[flop].output;
  assign(net, values_[net] ^ machines);
}

void CircuitSimulator::randomise(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto draw = [&] { return (random() & 1) != 0 ? ~std::uint64_t{0} : 0; };
  for (const CircuitFlop& flop : circuit_.flops) assign(flop.output, draw());
  for (const CircuitElement& element : circuit_.elements) {
    if (element.is_latch) assign(element.output, draw());
  }
}

std::uint64_t CircuitSimulator::evaluate(std::uint32_t index_of) const {
  const Packed& element = elements_[index_of];
  std::uint64_t v[6 + 64];
  const std::size_t inputs = element.is_latch ? 4 : circuit_.functions[element.function].inputs;
  for (std::size_t i = 0; i < inputs; ++i) v[i] = values_[element.inputs[i]];
  if (element.has_stuck_inputs) {
    for (const StuckInput& stuck : stuck_inputs_[index_of]) {
      v[stuck.input] = (v[stuck.input] & stuck.keep) | stuck.force;
    }
  }
  if (element.is_latch) {
    const std::uint64_t held = values_[element.output];
    const std::uint64_t taken = (v[0] & v[1]) | (~v[0] & held);
    return (taken | v[3]) & ~v[2];
  }
  const std::vector<CircuitFunction::Step>& steps = circuit_.functions[element.function].steps;
  std::uint64_t* next = v + 6;
  for (const CircuitFunction::Step& step : steps) {
    switch (step.code) {
      case Code::zero:
        *next = 0;
        break;
      case Code::one:
        *next = ~std::uint64_t{0};
        break;
      case Code::copy:
        *next = v[step.a];
        break;
      case Code::invert:
        *next = ~v[step.a];
        break;
      case Code::both:
        *next = v[step.a] & v[step.b];
        break;
      case Code::either:
        *next = v[step.a] | v[step.b];
        break;
      case Code::differ:
        *next = v[step.a] ^ v[step.b];
        break;
      case Code::select:
        *next = (v[step.a] & v[step.b]) | (~v[step.a] & v[step.c]);
        break;
    }
    ++next;
  }
  return next[-1];
}

void CircuitSimulator::settle() {
  for (int sweep = 0; any_dirty_; ++sweep) {
    any_dirty_ = false;
    const bool last = sweep == most_sweeps;
    for (std::size_t word = 0; word < dirty_.size(); ++word) {
      // Upwards once: a loop within a word marks what is behind, and that is for the next sweep.
      std::uint64_t ahead = ~std::uint64_t{0};
      while ((dirty_[word] & ahead) != 0) {
        const auto bit = static_cast<std::uint32_t>(std::countr_zero(dirty_[word] & ahead));
        const std::uint64_t mark = std::uint64_t{1} << bit;
        dirty_[word] &= ~mark;
        ahead = ~(mark | (mark - 1));
        const auto element = static_cast<std::uint32_t>(word * 64) + bit;
        const FlatNet output = elements_[element].output;
        const std::uint64_t before = values_[output];
        const std::uint64_t after = evaluate(element);
        if (last) unstable_ |= before ^ ((after & keep_[output]) | force_[output]);
        if (!last) assign(output, after);
      }
    }
    if (last) {
      any_dirty_ = false;
      return;
    }
    // Marks of elements further back were met in this sweep already.
    bool rest = false;
    for (const std::uint64_t word : dirty_) rest = rest || word != 0;
    any_dirty_ = rest;
  }
}

void CircuitSimulator::step() {
  for (int edge = 0; edge < most_edges; ++edge) {
    for (std::size_t i = 0; i < circuit_.flops.size(); ++i) {
      data_[i] = values_[circuit_.flops[i].data];
    }
    settle();
    std::vector<std::uint32_t> woken;
    woken.swap(woken_);
    for (const std::uint32_t flop : woken) is_woken_[flop] = 0;
    // All edges are seen before any output changes.
    std::vector<std::uint64_t> next(woken.size());
    for (std::size_t i = 0; i < woken.size(); ++i) {
      const CircuitFlop& flop = circuit_.flops[woken[i]];
      const std::uint64_t clock = values_[flop.clock];
      const std::uint64_t rises = clock & ~last_clock_[woken[i]];
      last_clock_[woken[i]] = clock;
      const std::uint64_t held = values_[flop.output];
      std::uint64_t value = (data_[woken[i]] & rises) | (held & ~rises);
      const std::uint64_t clear = values_[flop.clear];
      const std::uint64_t preset = values_[flop.preset];
      value = flop.preset_wins ? (value & ~clear) | preset : (value | preset) & ~clear;
      next[i] = value;
    }
    for (std::size_t i = 0; i < woken.size(); ++i) {
      assign(circuit_.flops[woken[i]].output, next[i]);
    }
    if (!any_dirty_) return;
  }
}

}  // namespace cimforge::flows
