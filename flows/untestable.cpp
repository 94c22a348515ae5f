#include "flows/untestable.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "flows/module_logic.h"
#include "flows/process.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {
namespace {

/// Miters of that many faults go to one run of ABC.
constexpr std::size_t faults_a_run = 200;
/// Conflicts after which ABC gives a fault up.
constexpr int most_conflicts = 200'000;

class Miter {
 public:
  Miter(const Circuit& circuit, const std::vector<FlatNet>& observed)
      : circuit_(circuit), driver_(circuit.nets, no_flat_net), readers_(circuit.nets) {
    is_seen_.assign(circuit.nets, false);
    for (const FlatNet net : observed) is_seen_[net] = true;
    for (const CircuitFlop& flop : circuit.flops) {
      for (const FlatNet net : {flop.clock, flop.data, flop.clear, flop.preset}) {
        is_seen_[net] = true;
      }
    }
    for (std::uint32_t i = 0; i < circuit.elements.size(); ++i) {
      const CircuitElement& element = circuit.elements[i];
      if (!element.is_latch) driver_[element.output] = i;
      for (const FlatNet net : element.inputs) {
        if (element.is_latch) is_seen_[net] = true;
        readers_[net].push_back(i);
      }
    }
  }

  /// BLIF of a function that is 1 where the fault shows; empty where it reaches nothing.
  std::string blif(const StuckPin& fault) const {
    const CircuitPin& pin = circuit_.cells[fault.cell].pins[fault.pin];
    // Elements behind the fault, in their order.
    std::set<std::uint32_t> behind;
    std::vector<FlatNet> spread;
    std::set<FlatNet> faulty;
    std::set<std::pair<std::uint32_t, std::uint32_t>> stuck(pin.uses.begin(), pin.uses.end());
    const auto reach = [&](FlatNet net) {
      if (faulty.insert(net).second) spread.push_back(net);
    };
    if (pin.is_output) {
      reach(pin.net);
    } else {
      for (const auto& [element, input] : stuck) {
        // The pin of a latch or flip-flop is seen itself.
        behind.insert(element);
        reach(circuit_.elements[element].output);
      }
    }
    while (!spread.empty()) {
      const FlatNet net = spread.back();
      spread.pop_back();
      for (const std::uint32_t reader : readers_[net]) {
        if (circuit_.elements[reader].is_latch) continue;
        behind.insert(reader);
        reach(circuit_.elements[reader].output);
      }
    }
    std::vector<FlatNet> seen;
    for (const FlatNet net : faulty) {
      if (is_seen_[net]) seen.push_back(net);
    }
    if (seen.empty()) return {};

    // Everything that these depend on, without the fault.
    std::set<std::uint32_t> needed;
    std::set<FlatNet> free;
    std::vector<FlatNet> wanted(seen);
    for (const std::uint32_t element : behind) {
      const CircuitElement& each = circuit_.elements[element];
      wanted.insert(wanted.end(), each.inputs.begin(), each.inputs.end());
    }
    wanted.push_back(pin.net);
    std::set<FlatNet> visited;
    while (!wanted.empty()) {
      const FlatNet net = wanted.back();
      wanted.pop_back();
      if (net <= flat_one || !visited.insert(net).second) continue;
      if (driver_[net] == no_flat_net) {
        free.insert(net);
        continue;
      }
      needed.insert(driver_[net]);
      const CircuitElement& element = circuit_.elements[driver_[net]];
      wanted.insert(wanted.end(), element.inputs.begin(), element.inputs.end());
    }
    std::string text = ".model fault\n.inputs";
    for (const FlatNet net : free) text += fmt::format(" n{}", net);
    text += "\n.outputs differs\n.names n0\n.names n1\n1\n";
    text += fault.value ? ".names stuck\n1\n" : ".names stuck\n";
    for (const std::uint32_t element : needed) {
      print(text, element, [](FlatNet net, std::size_t) { return fmt::format("n{}", net); }, "n");
    }
    for (const std::uint32_t element : behind) {
      if (pin.is_output && circuit_.elements[element].output == pin.net) continue;
      print(
          text, element,
          [&](FlatNet net, std::size_t input) {
            if (!pin.is_output &&
                stuck.contains({element, static_cast<std::uint32_t>(input)})) {
              return std::string("stuck");
            }
            return fmt::format("{}{}", faulty.contains(net) ? 'f' : 'n', net);
          },
          "f");
    }
    if (pin.is_output) text += fmt::format(".names stuck f{}\n1 1\n", pin.net);
    std::string any = ".names";
    for (const FlatNet net : seen) {
      text += fmt::format(".names n{0} f{0} d{0}\n10 1\n01 1\n", net);
      any += fmt::format(" d{}", net);
    }
    text += any + " differs\n" + std::string(seen.size(), '0') + " 0\n";
    return text + ".end\n";
  }

 private:
  template <class Name>
  void print(std::string& text, std::uint32_t index, const Name& name, const char* output) const {
    const CircuitElement& element = circuit_.elements[index];
    text += ".names";
    for (std::size_t i = 0; i < element.inputs.size(); ++i) {
      text += " " + name(element.inputs[i], i);
    }
    text += fmt::format(" {}{}\n", output, element.output);
    const std::size_t inputs = element.inputs.size();
    for (std::size_t row = 0; row < (std::size_t{1} << inputs); ++row) {
      if (((element.table >> row) & 1) == 0) continue;
      for (std::size_t i = 0; i < inputs; ++i) text += ((row >> i) & 1) != 0 ? '1' : '0';
      text += inputs == 0 ? "1\n" : " 1\n";
    }
  }

  const Circuit& circuit_;
  std::vector<std::uint32_t> driver_;                 ///< gate of each net
  std::vector<std::vector<std::uint32_t>> readers_;   ///< elements of each net
  std::vector<bool> is_seen_;
};

}  // namespace

UntestableReport prove_untestable(const Circuit& circuit, const std::vector<FlatNet>& observed,
                                  std::vector<FaultGroup>& groups,
                                  std::chrono::milliseconds time_limit,
                                  const std::function<void()>& interrupt) {
  const Miter miter(circuit, observed);
  UntestableReport report;
  std::vector<std::size_t> todo;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].state == FaultGroup::State::undetected) todo.push_back(i);
  }
  for (std::size_t begin = 0; begin < todo.size(); begin += faults_a_run) {
    if (interrupt) interrupt();
    const std::size_t end = std::min(todo.size(), begin + faults_a_run);
    const base::TemporaryDirectory directory("cimforge-untestable-");
    std::string script;
    std::vector<std::size_t> asked;
    for (std::size_t i = begin; i < end; ++i) {
      FaultGroup& group = groups[todo[i]];
      const std::string blif = miter.blif(group.first);
      if (blif.empty()) {
        group.state = FaultGroup::State::untestable;
        ++report.proved;
        continue;
      }
      base::write_file_atomically(directory.path() / fmt::format("{}.blif", i), blif);
      script += fmt::format("echo fault {0}.\nread_blif {0}.blif\nstrash\nsat -C {1}\n", i,
                            most_conflicts);
      asked.push_back(i);
    }
    if (asked.empty()) continue;
    const ProcessResult result = run_abc(directory.path(), script, time_limit);
    const std::string_view text = result.stdout_text;
    for (const std::size_t i : asked) {
      const std::string head = fmt::format("fault {}.", i);
      const std::size_t at = text.find(head);
      if (at == std::string_view::npos) {
        throw base::ToolError(fmt::format("ABC did not come to fault {}:\n{}", i,
                                          last_lines(result.stdout_text, 5)));
      }
      const std::size_t next = text.find("fault ", at + head.size());
      const std::string_view said = text.substr(at, next == std::string_view::npos
                                                        ? std::string_view::npos
                                                        : next - at);
      if (said.find("UNSATISFIABLE") != std::string_view::npos) {
        groups[todo[i]].state = FaultGroup::State::untestable;
        ++report.proved;
      } else if (said.find("SATISFIABLE") != std::string_view::npos) {
        ++report.testable;
      } else {
        groups[todo[i]].state = FaultGroup::State::undecided;
        ++report.undecided;
      }
    }
  }
  return report;
}

}  // namespace cimforge::flows
