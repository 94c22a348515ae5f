#include "flows/untestable.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "flows/module_logic.h"
#include "flows/process.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {
namespace {

/// Miters of that many faults go to one run of ABC.
constexpr std::size_t faults_a_run = 200;
/// Faults of which all steps of a vector are looked at: a test that leaves more is a bad one.
constexpr std::size_t most_vector_faults = 200;
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
      print(
          text, element, [](FlatNet net, std::size_t) { return fmt::format("n{}", net); }, "n");
    }
    for (const std::uint32_t element : behind) {
      if (pin.is_output && circuit_.elements[element].output == pin.net) continue;
      print(
          text, element,
          [&](FlatNet net, std::size_t input) {
            if (!pin.is_output && stuck.contains({element, static_cast<std::uint32_t>(input)})) {
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
  std::vector<std::uint32_t> driver_;                ///< gate of each net
  std::vector<std::vector<std::uint32_t>> readers_;  ///< elements of each net
  std::vector<bool> is_seen_;
};

/// One vector after another in a column, step by step: what its result registers take.
class VectorMiter {
 public:
  VectorMiter(const Circuit& circuit, const VectorSteps& vector)
      : circuit_(circuit), vector_(vector), driver_(circuit.nets, no_flat_net) {
    for (std::uint32_t i = 0; i < circuit.elements.size(); ++i) {
      if (!circuit.elements[i].is_latch) driver_[circuit.elements[i].output] = i;
    }
    const auto net_of = [&](const char* name) {
      const CircuitPort* port = circuit.port(name);
      return port == nullptr ? no_flat_net : port->nets.front();
    };
    first_ = net_of(vector.first);
    step_ = net_of(vector.step);
    is_latched_.assign(circuit.nets, false);
    for (const CircuitElement& element : circuit.elements) {
      if (element.is_latch) is_latched_[element.output] = true;
    }
    // What a register takes that a load decides is a result; any other register goes on to the next
    // step.
    std::vector<bool> loads(circuit.nets, false);
    for (const CircuitPort& port : circuit.ports) {
      if (!port.is_input || !port.name.starts_with(vector.loads)) continue;
      for (const FlatNet net : port.nets) loads[net] = true;
    }
    spread(loads);
    register_.assign(circuit.nets, nullptr);
    for (const CircuitFlop& flop : circuit.flops) {
      is_result_.push_back(loads[flop.data]);
      if (!is_result_.back()) register_[flop.output] = &flop;
    }
  }

  /// BLIF of a function that is 1 where a result differs, whatever the registers held before the
  /// first step. Nothing where the fault reaches what this does not speak of: a latch, a clock, an
  /// output.
  [[nodiscard]] std::optional<std::string> blif(const StuckPin& fault) const {
    const CircuitPin& pin = circuit_.cells[fault.cell].pins[fault.pin];
    const std::set<std::pair<std::uint32_t, std::uint32_t>> stuck(pin.uses.begin(), pin.uses.end());
    // Nets that may differ in some step, and the registers through which they do.
    std::vector<bool> faulty(circuit_.nets, false);
    if (pin.is_output) faulty[pin.net] = true;
    for (const auto& [element, input] : stuck) faulty[circuit_.elements[element].output] = true;
    for (bool grows = true; grows;) {
      grows = false;
      spread(faulty);
      for (std::size_t i = 0; i < circuit_.flops.size(); ++i) {
        const CircuitFlop& flop = circuit_.flops[i];
        if (faulty[flop.clock] || faulty[flop.clear] || faulty[flop.preset]) return std::nullopt;
        if (is_result_[i] || !faulty[flop.data] || faulty[flop.output]) continue;
        faulty[flop.output] = true;
        grows = true;
      }
    }
    for (const CircuitElement& element : circuit_.elements) {
      if (!element.is_latch) continue;
      if (std::ranges::any_of(element.inputs, [&](FlatNet net) { return faulty[net]; })) {
        return std::nullopt;
      }
    }
    for (const CircuitPort& port : circuit_.ports) {
      if (port.is_input) continue;
      if (std::ranges::any_of(port.nets, [&](FlatNet net) { return faulty[net]; })) {
        return std::nullopt;
      }
    }

    std::string text = ".names zero\n.names one\n1\n.names stuck\n";
    if (fault.value) text += "1\n";
    std::set<std::string> free;
    const auto good = [&](FlatNet net, int step) {
      return net == flat_zero  ? std::string("zero")
             : net == flat_one ? std::string("one")
                               : fmt::format("n{}_{}", net, step);
    };
    const auto bad = [&](FlatNet net, int step) {
      return faulty[net] ? fmt::format("f{}_{}", net, step) : good(net, step);
    };
    for (int step = 0; step < vector_.steps; ++step) {
      // Nets without a gate: registers, latches, inputs.
      for (FlatNet net = flat_one + 1; net < circuit_.nets; ++net) {
        if (driver_[net] != no_flat_net) continue;
        const CircuitFlop* flop = register_[net];
        if (net == first_ || net == step_) {
          const bool value = net == step_ || step == 0;
          text += fmt::format(".names {}\n{}", good(net, step), value ? "1\n" : "");
        } else if (flop != nullptr && step > 0) {
          text += fmt::format(".names {} {}\n1 1\n", good(flop->data, step - 1), good(net, step));
          if (faulty[net]) {
            text += fmt::format(".names {} {}\n1 1\n", bad(flop->data, step - 1), bad(net, step));
          }
        } else if (is_latched_[net] && step > 0) {
          // Weights rest while a vector is computed.
          text += fmt::format(".names {} {}\n1 1\n", good(net, step - 1), good(net, step));
        } else {
          free.insert(good(net, step));
          if (faulty[net]) free.insert(bad(net, step));
        }
      }
      for (std::uint32_t i = 0; i < circuit_.elements.size(); ++i) {
        const CircuitElement& element = circuit_.elements[i];
        if (element.is_latch) continue;
        print(text, element, good(element.output, step),
              [&](std::size_t input) { return good(element.inputs[input], step); });
        if (!faulty[element.output]) continue;
        if (pin.is_output && element.output == pin.net) {
          text += fmt::format(".names stuck {}\n1 1\n", bad(pin.net, step));
          continue;
        }
        print(text, element, bad(element.output, step), [&](std::size_t input) {
          return stuck.contains({i, static_cast<std::uint32_t>(input)})
                     ? std::string("stuck")
                     : bad(element.inputs[input], step);
        });
      }
    }
    const int last = vector_.steps - 1;
    std::string any = ".names";
    std::size_t count = 0;
    for (std::size_t i = 0; i < circuit_.flops.size(); ++i) {
      const FlatNet net = circuit_.flops[i].data;
      if (!is_result_[i] || !faulty[net]) continue;
      text += fmt::format(".names {} {} d{}\n10 1\n01 1\n", good(net, last), bad(net, last), net);
      any += fmt::format(" d{}", net);
      ++count;
    }
    if (count == 0) return std::string();
    std::string header = ".model fault\n.inputs";
    for (const std::string& name : free) header += " " + name;
    return header + "\n.outputs differs\n" + text + any + " differs\n" + std::string(count, '0') +
           " 0\n.end\n";
  }

 private:
  /// Marks what gates make of marked nets.
  void spread(std::vector<bool>& marked) const {
    for (const CircuitElement& element : circuit_.elements) {
      if (element.is_latch || marked[element.output]) continue;
      marked[element.output] =
          std::ranges::any_of(element.inputs, [&](FlatNet net) { return marked[net]; });
    }
  }
  template <class Name>
  static void print(std::string& text, const CircuitElement& element, const std::string& output,
                    const Name& name) {
    const std::size_t inputs = element.inputs.size();
    text += ".names";
    for (std::size_t i = 0; i < inputs; ++i) text += " " + name(i);
    text += " " + output + "\n";
    for (std::size_t row = 0; row < (std::size_t{1} << inputs); ++row) {
      if (((element.table >> row) & 1) == 0) continue;
      for (std::size_t i = 0; i < inputs; ++i) text += ((row >> i) & 1) != 0 ? '1' : '0';
      text += inputs == 0 ? "1\n" : " 1\n";
    }
  }

  const Circuit& circuit_;
  const VectorSteps& vector_;
  std::vector<std::uint32_t> driver_;
  FlatNet first_ = no_flat_net;
  FlatNet step_ = no_flat_net;
  std::vector<bool> is_result_;               ///< of each flip-flop
  std::vector<const CircuitFlop*> register_;  ///< whose output a net is; not of results
  std::vector<bool> is_latched_;              ///< of each net
};

enum class Answer { same, differs, gave_up };

/// What ABC says of each function: whether it is never 1. An empty text is such a function.
std::vector<Answer> ask(const std::vector<std::string>& blif, std::chrono::milliseconds time_limit,
                        const std::function<void()>& interrupt) {
  std::vector<Answer> answers(blif.size(), Answer::same);
  for (std::size_t begin = 0; begin < blif.size(); begin += faults_a_run) {
    if (interrupt) interrupt();
    const std::size_t end = std::min(blif.size(), begin + faults_a_run);
    const base::TemporaryDirectory directory("cimforge-untestable-");
    std::string script;
    for (std::size_t i = begin; i < end; ++i) {
      if (blif[i].empty()) continue;
      base::write_file_atomically(directory.path() / fmt::format("{}.blif", i), blif[i]);
      script += fmt::format("echo fault {0}.\nread_blif {0}.blif\nstrash\nsat -C {1}\n", i,
                            most_conflicts);
    }
    if (script.empty()) continue;
    std::string said_of_all;
    try {
      said_of_all = run_abc(directory.path(), script, time_limit).stdout_text;
    } catch (const base::ToolError&) {
      // The time limit: nothing is proved of these.
      std::fill(answers.begin() + static_cast<std::ptrdiff_t>(begin),
                answers.begin() + static_cast<std::ptrdiff_t>(end), Answer::gave_up);
      continue;
    }
    const std::string_view text = said_of_all;
    for (std::size_t i = begin; i < end; ++i) {
      if (blif[i].empty()) continue;
      const std::string head = fmt::format("fault {}.", i);
      const std::size_t at = text.find(head);
      if (at == std::string_view::npos) {
        throw base::ToolError(
            fmt::format("ABC did not come to fault {}:\n{}", i, last_lines(said_of_all, 5)));
      }
      const std::size_t next = text.find("fault ", at + head.size());
      const std::string_view said =
          text.substr(at, next == std::string_view::npos ? std::string_view::npos : next - at);
      answers[i] = said.find("UNSATISFIABLE") != std::string_view::npos ? Answer::same
                   : said.find("SATISFIABLE") != std::string_view::npos ? Answer::differs
                                                                        : Answer::gave_up;
    }
  }
  return answers;
}

}  // namespace

UntestableReport prove_untestable(const Circuit& circuit, const std::vector<FlatNet>& observed,
                                  std::vector<FaultGroup>& groups,
                                  std::chrono::milliseconds time_limit,
                                  const std::function<void()>& interrupt) {
  const Miter miter(circuit, observed);
  UntestableReport report;
  std::vector<FaultGroup*> asked;
  std::vector<std::string> blif;
  for (FaultGroup& group : groups) {
    if (group.state != FaultGroup::State::undetected) continue;
    asked.push_back(&group);
    blif.push_back(miter.blif(group.first));
  }
  const std::vector<Answer> answers = ask(blif, time_limit, interrupt);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    switch (answers[i]) {
      case Answer::same:
        asked[i]->state = FaultGroup::State::untestable;
        ++report.proved;
        break;
      case Answer::differs:
        ++report.testable;
        break;
      case Answer::gave_up:
        asked[i]->state = FaultGroup::State::undecided;
        ++report.undecided;
        break;
    }
  }
  return report;
}

std::size_t prove_untestable_in_vectors(const Circuit& circuit, const VectorSteps& vector,
                                        std::vector<FaultGroup>& groups,
                                        std::chrono::milliseconds time_limit,
                                        const std::function<void()>& interrupt) {
  const VectorMiter miter(circuit, vector);
  std::vector<FaultGroup*> asked;
  std::vector<std::string> blif;
  for (FaultGroup& group : groups) {
    if (group.state != FaultGroup::State::undetected) continue;
    if (asked.size() == most_vector_faults) break;
    if (std::optional<std::string> text = miter.blif(group.first)) {
      asked.push_back(&group);
      blif.push_back(std::move(*text));
    }
  }
  const std::vector<Answer> answers = ask(blif, time_limit, interrupt);
  std::size_t proved = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (answers[i] != Answer::same) continue;
    asked[i]->state = FaultGroup::State::untestable;
    ++proved;
  }
  return proved;
}

}  // namespace cimforge::flows
