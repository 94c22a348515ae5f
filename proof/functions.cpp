#include "proof/functions.h"

#include <fmt/format.h>

#include <utility>

namespace cimforge::proof {
namespace {

std::size_t at(Net net) {
  return static_cast<std::size_t>(net);
}

}  // namespace

Functions::Functions(const Flat& flat, std::string part)
    : flat_(flat),
      part_(std::move(part)),
      gate_of_(at(flat.nets), -1),
      register_of_(at(flat.nets), -1),
      variable_of_(at(flat.nets), -1),
      known_(at(flat.nets), Bdd::zero),
      state_(at(flat.nets), 0) {
  std::vector<unsigned char> driven(at(flat.nets), 0);
  const auto drive = [&](Net net) {
    if (net < 2 || driven[at(net)]++ != 0) refute(name(net), "the net has two drivers");
  };
  for (const Port& port : flat.module->ports) {
    if (port.output) continue;
    for (const Net net : port.bits) drive(net);
  }
  for (std::size_t i = 0; i < flat.gates.size(); ++i) {
    drive(flat.gates[i].output);
    gate_of_[at(flat.gates[i].output)] = static_cast<int>(i);
  }
  for (std::size_t i = 0; i < flat.registers.size(); ++i) {
    drive(flat.registers[i].q);
    register_of_[at(flat.registers[i].q)] = static_cast<int>(i);
  }
  for (const Box& box : flat.boxes) {
    for (const Port& port : box.module->ports) {
      if (!port.output) continue;
      for (const Net net : box.pin(port.name)) drive(net);
    }
  }
  state_[0] = 3;
  state_[1] = 3;
  known_[1] = Bdd::one;
}

Bdd::Node Functions::variable(Net net) {
  int& number = variable_of_[at(net)];
  if (number < 0) {
    number = static_cast<int>(net_of_variable_.size());
    net_of_variable_.push_back(net);
  }
  return bdd.variable(number);
}

Word Functions::variables(const Nets& nets) {
  Word word;
  for (const Net net : nets) word.push_back(variable(net));
  return word;
}

Bdd::Node Functions::operator()(Net net) {
  if (stale_) {
    for (unsigned char& each : state_) {
      if (each == 2) each = 0;
    }
    stale_ = false;
  }
  if (state_[at(net)] >= 2) return known_[at(net)];
  if (state_[at(net)] == 1) refute(name(net), "gates drive each other in a loop");
  if (gate_of_[at(net)] < 0) {
    known_[at(net)] = variable(net);
  } else {
    state_[at(net)] = 1;
    const Gate& gate = flat_.gates[static_cast<std::size_t>(gate_of_[at(net)])];
    // The table, from the third input to the first.
    std::array<Bdd::Node, 8> rows{};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i] = (gate.table >> i & 1U) != 0 ? Bdd::one : Bdd::zero;
    }
    for (int input = 2; input >= 0; --input) {
      const auto index = static_cast<std::size_t>(input);
      const std::size_t half = std::size_t{1} << index;
      bool matters = false;
      for (std::size_t i = 0; i < half; ++i) matters = matters || rows[i] != rows[i + half];
      if (!matters) continue;
      const Bdd::Node value = (*this)(gate.inputs[index]);
      for (std::size_t i = 0; i < half; ++i) rows[i] = bdd.choose(value, rows[i + half], rows[i]);
    }
    known_[at(net)] = rows[0];
  }
  state_[at(net)] = 2;
  return known_[at(net)];
}

Word Functions::operator()(const Nets& nets) {
  Word word;
  word.reserve(nets.size());
  for (const Net net : nets) word.push_back((*this)(net));
  return word;
}

void Functions::set(Net net, Bdd::Node value) {
  stale_ = true;
  known_[at(net)] = value;
  state_[at(net)] = 3;
}

void Functions::set(const Nets& nets, std::uint64_t value) {
  for (std::size_t i = 0; i < nets.size(); ++i) {
    if (nets[i] >= 2) set(nets[i], (value >> i & 1U) != 0 ? Bdd::one : Bdd::zero);
  }
}

void Functions::release() {
  for (std::size_t i = 2; i < state_.size(); ++i) state_[i] = 0;
}

const Register* Functions::register_at(Net net) const {
  const int index = register_of_[at(net)];
  return index < 0 ? nullptr : &flat_.registers[static_cast<std::size_t>(index)];
}

Bdd::Node Functions::next(const Register& each) {
  const Bdd::Node data = (*this)(each.data);
  if (each.enable < 0) return data;
  const Bdd::Node enable = (*this)(each.enable);
  const Bdd::Node keep = (*this)(each.q);
  return each.enable_high ? bdd.choose(enable, data, keep) : bdd.choose(enable, keep, data);
}

Net Functions::net_of(Bdd::Node function) const {
  const auto number = bdd.as_variable(function);
  return number ? net_of_variable_[static_cast<std::size_t>(*number)] : -1;
}

void Functions::require(Bdd::Node got, Bdd::Node expected, const std::string& bit,
                        const std::string& what) {
  if (got == expected) return;
  Refutation refutation{part_, bit, what, {}, "", ""};
  const Bdd::Node wrong = bdd.differ(got, expected);
  const Bdd::Node missed = bdd.both(wrong, expected);
  for (const auto& [number, high] : bdd.witness(missed != Bdd::zero ? missed : wrong)) {
    refutation.values.emplace_back(name(net_of_variable_[static_cast<std::size_t>(number)]),
                                   high ? "1" : "0");
  }
  refutation.expected = missed != Bdd::zero ? "1" : "0";
  refutation.got = missed != Bdd::zero ? "0" : "1";
  throw Refuted{std::move(refutation)};
}

void Functions::require(const Word& got, const Word& expected, const std::string& name,
                        const std::string& what) {
  if (got.size() != expected.size()) {
    refute(name, what + ": it has another width", fmt::format("{} bits", expected.size()),
           fmt::format("{} bits", got.size()));
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    require(got[i], expected[i], got.size() == 1 ? name : fmt::format("{}[{}]", name, i), what);
  }
}

void Functions::refute(const std::string& bit, const std::string& what, const std::string& expected,
                       const std::string& got) const {
  throw Refuted{{part_, bit, what, {}, expected, got}};
}

std::string Functions::name(Net net) const {
  if (net < 2) return net == 0 ? "0" : "1";
  if (names_.empty()) names_ = flat_.names();
  const std::string& found = names_[at(net)];
  return found.empty() ? fmt::format("net {}", net) : found;
}

}  // namespace cimforge::proof
