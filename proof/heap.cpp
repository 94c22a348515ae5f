#include "proof/heap.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace cimforge::proof {
namespace {

constexpr int unvisited = -2;
constexpr int open = -3;
constexpr int of_constant = -1;
constexpr std::int64_t greatest_coefficient = std::int64_t{1} << 55;

constexpr std::uint8_t exclusive_or = 0b01100110;
constexpr std::uint8_t equal = 0b10011001;
constexpr std::uint8_t inverter = 0b01010101;
constexpr std::uint8_t buffer = 0b10101010;

std::size_t at(Net net) {
  return static_cast<std::size_t>(net);
}

}  // namespace

Heap::Heap(Functions& functions, SmallCells& cells, std::function<int(Net)> rank_of)
    : functions_(functions), cells_(cells), rank_of_(std::move(rank_of)) {
  const Flat& flat = functions.flat();
  box_of_.assign(at(flat.nets), -1);
  gate_of_.assign(at(flat.nets), -1);
  for (std::size_t i = 0; i < flat.boxes.size(); ++i) {
    for (const Port& port : flat.boxes[i].module->ports) {
      if (!port.output) continue;
      for (const Net net : flat.boxes[i].pin(port.name)) box_of_[at(net)] = static_cast<int>(i);
    }
  }
  for (std::size_t i = 0; i < flat.gates.size(); ++i) {
    gate_of_[at(flat.gates[i].output)] = static_cast<int>(i);
  }
}

const Box* Heap::box_at(Net net) const {
  const int index = box_of_[at(net)];
  return index < 0 ? nullptr : &functions_.flat().boxes[static_cast<std::size_t>(index)];
}

const Gate* Heap::gate_at(Net net) const {
  const int index = gate_of_[at(net)];
  return index < 0 ? nullptr : &functions_.flat().gates[static_cast<std::size_t>(index)];
}

int Heap::visit(Net net) {
  if (net < 2) return of_constant;
  if (rank_[at(net)] == open) functions_.refute(functions_.name(net), "adders in a loop");
  if (rank_[at(net)] != unvisited) return rank_[at(net)];
  rank_[at(net)] = open;
  int rank = of_constant;
  const auto read = [&](Net input) {
    const int its = visit(input);
    if (its == of_constant) return;
    if (rank != of_constant && rank != its) {
      functions_.refute(functions_.name(net), "its inputs come from different pipeline stages",
                        fmt::format("rank {}", rank), fmt::format("rank {}", its));
    }
    rank = its;
  };
  Nets outputs = {net};
  if (const Register* each = functions_.register_at(net); each != nullptr) {
    if (each->clock < 0 || !each->rises || each->reset >= 0 || !each->enable_high) {
      functions_.refute(functions_.name(net), "it is no register of a pipeline");
    }
    read(each->data);
    ++rank;
    const auto [known, is_new] = enables_.emplace(rank, each->enable);
    if (!is_new && known->second != each->enable) {
      functions_.refute(functions_.name(net), "registers of one rank have different enables");
    }
  } else if (const Gate* gate = gate_at(net); gate != nullptr) {
    if (gate->table == exclusive_or || gate->table == equal) {
      read(gate->inputs[0]);
      read(gate->inputs[1]);
    } else if (gate->table == inverter || gate->table == buffer) {
      read(gate->inputs[0]);
    } else {
      rank = rank_of_(net);
    }
  } else if (const Box* box = box_at(net);
             box != nullptr && cells_[*box->module].kind == CellKind::adder) {
    const SmallCell& cell = cells_[*box->module];
    for (const std::string& input : cell.inputs) read(box->pin(input).at(0));
    for (const SmallCell::Output& output : cell.outputs) {
      if (!box->pin(output.port).empty()) outputs.push_back(box->pin(output.port).front());
    }
    ++adders_;
  } else {
    rank = rank_of_(net);
  }
  for (const Net each : outputs) rank_[at(each)] = rank;
  order_.push_back(net);
  return rank;
}

Sum Heap::sum(const std::vector<Term>& word) {
  rank_.assign(box_of_.size(), unvisited);
  order_.clear();
  std::vector<std::int64_t> coefficients(box_of_.size(), 0);
  Sum sum;
  const auto add = [&](Net net, std::int64_t coefficient) {
    std::int64_t& total = net < 2 ? sum.constant : coefficients[at(net)];
    if (net == 0) return;
    total += coefficient;
    if (std::abs(total) > greatest_coefficient) {
      functions_.refute(functions_.name(net), "its weight is beyond every sum");
    }
  };
  for (const Term& term : word) {
    sum.ranks.push_back(visit(term.net));
    add(term.net, term.coefficient);
    sum.word.add(term.coefficient);
  }
  for (auto net = order_.rbegin(); net != order_.rend(); ++net) {
    const std::int64_t own = coefficients[at(*net)];
    if (const Register* each = functions_.register_at(*net); each != nullptr) {
      add(each->data, own);
      continue;
    }
    const Gate* gate = gate_at(*net);
    const Box* box = box_at(*net);
    if (gate != nullptr && (gate->table == exclusive_or || gate->table == equal)) {
      if (own == 0) continue;
      // A half adder, or one of inverted bits, whose carry goes nowhere.
      if (gate->table == equal) sum.constant += own;
      add(gate->inputs[0], own);
      add(gate->inputs[1], own);
      sum.left.push_back({*net, -2 * own});
    } else if (gate != nullptr && gate->table == inverter) {
      sum.constant += own;
      add(gate->inputs[0], -own);
    } else if (gate != nullptr && gate->table == buffer) {
      add(gate->inputs[0], own);
    } else if (box != nullptr && cells_[*box->module].kind == CellKind::adder) {
      const SmallCell& cell = cells_[*box->module];
      const auto weight = [&](std::size_t output) {
        const Nets& pin = box->pin(cell.outputs[output].port);
        return pin.empty() ? std::int64_t{0} : coefficients[at(pin.front())];
      };
      const std::int64_t of_sum = weight(0);
      const std::int64_t of_carry = weight(1) - 2 * of_sum;
      sum.constant += cell.offset * of_sum;
      for (const std::string& input : cell.inputs) add(box->pin(input).at(0), of_sum);
      if (of_carry != 0) sum.left.push_back({*net, of_carry});
    } else if (own != 0) {
      sum.bits.push_back({*net, own});
    }
  }
  return sum;
}

int Heap::modulus(const Sum& sum) {
  int modulus = sum.modulus;
  for (const Term& left : sum.left) {
    modulus = std::min(modulus, std::countr_zero(static_cast<std::uint64_t>(left.coefficient)));
  }
  return modulus;
}

void Heap::drop_carries(Sum& sum, Range bits) {
  sum.modulus = modulus(sum);
  if (sum.modulus >= 62 || sum.word.greatest - sum.word.least >= std::int64_t{1} << sum.modulus) {
    return;
  }
  const std::int64_t offset = sum.constant - sum.word.least;
  const std::int64_t periods = (bits.least + offset) >> sum.modulus;
  if (periods != (bits.greatest + offset) >> sum.modulus) return;
  sum.constant -= periods * (std::int64_t{1} << sum.modulus);
  sum.modulus = 64;
}

}  // namespace cimforge::proof
