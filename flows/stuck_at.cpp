#include "flows/stuck_at.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

#include "generator/base/exit_status.h"

namespace cimforge::flows {
namespace {

/// Sets that grow together; the root is the smallest member.
class UnionFind {
 public:
  explicit UnionFind(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) {
    a = root(a);
    b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

/// What a table gives where input `input` is `value`: 0 or 1 where nothing else counts, else -1.
int decided(std::uint64_t table, std::size_t inputs, std::size_t input, bool value) {
  bool any[2] = {false, false};
  for (std::size_t row = 0; row < (std::size_t{1} << inputs); ++row) {
    if ((((row >> input) & 1) != 0) == value) any[(table >> row) & 1] = true;
  }
  return any[0] && any[1] ? -1 : any[1] ? 1 : 0;
}

/// Number of a pin's fault at 0; that at 1 is the next.
class FaultNumbers {
 public:
  explicit FaultNumbers(const Circuit& circuit) {
    for (const CircuitCell& cell : circuit.cells) {
      first_.push_back(count_);
      count_ += 2 * cell.pins.size();
    }
  }
  [[nodiscard]] std::size_t of(std::size_t cell, std::size_t pin, bool value) const {
    return first_[cell] + 2 * pin + (value ? 1 : 0);
  }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::vector<std::size_t> first_;
  std::size_t count_ = 0;
};

/// 64 machines and what they have not shown yet.
class BatchRun {
 public:
  BatchRun(const Circuit& circuit, const RecordedTest& test) : test_(test), simulator_(circuit) {}

  /// The machines, of those in `machines`, in which something that is observed differs.
  std::uint64_t detected(const std::vector<StuckPin>& faults, std::uint64_t machines, bool before,
                         const std::function<void()>& interrupt) {
    simulator_.start(faults, before);
    std::uint64_t found = 0;
    auto observation = test_.observations.begin();
    const std::vector<bool>* last = nullptr;
    for (std::size_t step = 0; step < test_.steps.size(); ++step) {
      if (step % 256 == 0 && interrupt) interrupt();
      const std::vector<bool>& values = test_.steps[step];
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (last == nullptr || (*last)[i] != values[i]) simulator_.set(test_.driven[i], values[i]);
      }
      last = &values;
      simulator_.step();
      for (; observation != test_.observations.end() && observation->step == step; ++observation) {
        for (std::size_t i = 0; i < observation->nets.size(); ++i) {
          const std::uint64_t expected = observation->values[i] ? ~std::uint64_t{0} : 0;
          found |= simulator_.value(observation->nets[i]) ^ expected;
        }
      }
      if ((found & machines) == machines && machines != 0) break;
    }
    return found & machines;
  }

  /// Whether a machine without a fault passes.
  bool passes(bool before, const std::function<void()>& interrupt) {
    return detected({}, 1, before, interrupt) == 0;
  }

 private:
  const RecordedTest& test_;
  CircuitSimulator simulator_;
};

}  // namespace

std::vector<FaultGroup> stuck_at_groups(const Circuit& circuit,
                                        const std::vector<FlatNet>& observed) {
  const FaultNumbers numbers(circuit);
  UnionFind sets(numbers.count());
  std::vector<int> readers(circuit.nets, 0);
  for (const FlatNet net : observed) readers[net] += 2;
  for (const CircuitCell& cell : circuit.cells) {
    for (const CircuitPin& pin : cell.pins) {
      if (!pin.is_output) ++readers[pin.net];
      // What reads a net and is no pin: an output port that is another net.
      readers[pin.net] -= static_cast<int>(pin.uses.size());
    }
  }
  for (const CircuitElement& element : circuit.elements) {
    for (const FlatNet net : element.inputs) ++readers[net];
  }
  std::map<FlatNet, std::pair<std::size_t, std::size_t>> drivers;
  for (std::size_t c = 0; c < circuit.cells.size(); ++c) {
    const CircuitCell& cell = circuit.cells[c];
    std::size_t outputs = 0;
    std::size_t output = 0;
    for (std::size_t p = 0; p < cell.pins.size(); ++p) {
      if (!cell.pins[p].is_output) continue;
      ++outputs;
      output = p;
      drivers[cell.pins[p].net] = {c, p};
    }
    if (cell.kind != CircuitCellKind::gate || outputs != 1) continue;
    for (std::size_t p = 0; p < cell.pins.size(); ++p) {
      if (cell.pins[p].is_output || cell.pins[p].uses.size() != 1) continue;
      const auto& [element, input] = cell.pins[p].uses.front();
      const CircuitElement& gate = circuit.elements[element];
      for (const bool value : {false, true}) {
        const int result = decided(gate.table, gate.inputs.size(), input, value);
        if (result >= 0) sets.join(numbers.of(c, p, value), numbers.of(c, output, result != 0));
      }
    }
  }
  for (std::size_t c = 0; c < circuit.cells.size(); ++c) {
    for (std::size_t p = 0; p < circuit.cells[c].pins.size(); ++p) {
      const CircuitPin& pin = circuit.cells[c].pins[p];
      const auto driver = drivers.find(pin.net);
      if (pin.is_output || driver == drivers.end() || readers[pin.net] != 1) continue;
      for (const bool value : {false, true}) {
        sets.join(numbers.of(c, p, value),
                  numbers.of(driver->second.first, driver->second.second, value));
      }
    }
  }

  std::vector<FaultGroup> groups;
  std::map<std::size_t, std::size_t> group_of;
  for (std::uint32_t c = 0; c < circuit.cells.size(); ++c) {
    for (std::uint32_t p = 0; p < circuit.cells[c].pins.size(); ++p) {
      const CircuitPin& pin = circuit.cells[c].pins[p];
      if (pin.is_output && readers[pin.net] == 0) continue;
      for (const bool value : {false, true}) {
        const std::size_t root = sets.root(numbers.of(c, p, value));
        const auto [known, is_new] = group_of.emplace(root, groups.size());
        if (is_new) {
          groups.push_back({{c, p, value}, 1, {}});
          if (!pin.is_output && pin.net == (value ? flat_one : flat_zero)) {
            groups.back().state = FaultGroup::State::untestable;
          }
        } else {
          ++groups[known->second].count;
        }
      }
    }
  }
  return groups;
}

std::string to_text(const Circuit& circuit, const StuckPin& fault) {
  const CircuitCell& cell = circuit.cells[fault.cell];
  return fmt::format("{} {} pin {} at {}", cell.path, cell.type, cell.pins[fault.pin].name,
                     fault.value ? 1 : 0);
}

void simulate_stuck_at(const Circuit& circuit, const RecordedTest& test,
                       std::vector<FaultGroup>& groups, const FaultRun& run) {
  BatchRun batch(circuit, test);
  for (const bool before : {false, true}) {
    if (!batch.passes(before, run.interrupt)) {
      throw base::ToolError(
          fmt::format("the mapped netlist without a fault does not give the results of the test "
                      "where storage holds {} at first",
                      before ? 1 : 0));
    }
  }
  std::vector<std::size_t> todo;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].state == FaultGroup::State::untried ||
        groups[i].state == FaultGroup::State::undetected) {
      todo.push_back(i);
    }
  }
  for (std::size_t begin = 0; begin < todo.size(); begin += 64) {
    const std::size_t count = std::min<std::size_t>(64, todo.size() - begin);
    std::vector<StuckPin> faults;
    for (std::size_t i = 0; i < count; ++i) faults.push_back(groups[todo[begin + i]].first);
    std::uint64_t found = count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    for (const bool before : {false, true}) {
      if (found != 0) found = batch.detected(faults, found, before, run.interrupt);
    }
    for (std::size_t i = 0; i < count; ++i) {
      groups[todo[begin + i]].state =
          ((found >> i) & 1) != 0 ? FaultGroup::State::detected : FaultGroup::State::undetected;
    }
    if (run.progress) run.progress(begin + count, todo.size());
  }
}

}  // namespace cimforge::flows
