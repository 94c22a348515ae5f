#include "flows/adder_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "flows/gate_functions.h"
#include "generator/base/exit_status.h"

namespace cimforge::flows {
namespace {

/// A net or its inverse; of constant_zero, a constant.
struct Literal {
  NetId net = constant_zero;
  bool inverted = false;
  bool operator==(const Literal&) const = default;
};

/// What drives a net: an output of a combinational cell.
struct Driver {
  const GateOutput* output = nullptr;
  std::vector<NetId> inputs;
};

std::map<NetId, Driver> drivers_of(const NetlistModule& module, const GateFunctions& functions) {
  std::map<NetId, Driver> drivers;
  for (const NetlistInstance& instance : module.instances) {
    std::map<std::string_view, NetId> pins;
    for (const NetlistPin& pin : instance.pins) {
      if (pin.bits.size() == 1) pins[pin.port] = pin.bits[0];
    }
    for (const auto& [port, net] : pins) {
      const GateOutput* output = functions.find(instance.type, port);
      if (output == nullptr || net < 0) continue;
      Driver driver{output, {}};
      for (const std::string& input : output->inputs) {
        const auto pin = pins.find(input);
        driver.inputs.push_back(pin == pins.end() ? constant_zero : pin->second);
      }
      drivers[net] = std::move(driver);
    }
  }
  return drivers;
}

/// The patterns of up to six variables in a word.
constexpr std::array<std::uint64_t, 6> patterns = {0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC,
                                                   0xF0F0F0F0F0F0F0F0, 0xFF00FF00FF00FF00,
                                                   0xFFFF0000FFFF0000, 0xFFFFFFFF00000000};

/// A function of at most six nets as the word of its values.
class Word {
 public:
  std::uint64_t of(Literal literal) {
    std::uint64_t value = 0;
    if (literal.net != constant_zero) {
      auto place = std::find(variables_.begin(), variables_.end(), literal.net);
      if (place == variables_.end()) {
        if (variables_.size() == patterns.size()) {
          throw base::ToolError("a mapped gate depends on more than six nets");
        }
        variables_.push_back(literal.net);
        place = variables_.end() - 1;
      }
      value = patterns.at(static_cast<std::size_t>(place - variables_.begin()));
    }
    return literal.inverted ? ~value : value;
  }

  static std::uint64_t apply(const GateOutput& output, const std::vector<std::uint64_t>& inputs) {
    std::uint64_t result = 0;
    for (std::size_t row = 0; row < (std::size_t{1} << inputs.size()); ++row) {
      if (((output.table >> row) & 1U) == 0) continue;
      std::uint64_t here = ~std::uint64_t{0};
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        here &= ((row >> i) & 1U) != 0 ? inputs[i] : ~inputs[i];
      }
      result |= here;
    }
    return result;
  }

  /// The literal that a word is, if it depends on one variable at most.
  [[nodiscard]] std::optional<Literal> literal(std::uint64_t word) const {
    for (const bool inverted : {false, true}) {
      const std::uint64_t value = inverted ? ~word : word;
      if (value == 0) return Literal{constant_zero, inverted};
      for (std::size_t i = 0; i < variables_.size(); ++i) {
        if (value == patterns.at(i)) return Literal{variables_[i], inverted};
      }
    }
    return std::nullopt;
  }

 private:
  std::vector<NetId> variables_;
};

Literal constant(NetId net) {
  return {constant_zero, net == constant_one};
}

/// The nets of the whole module, each as the literal of a root: wires, inverters and gates of
/// constants are seen through.
class Whole {
 public:
  Whole(const NetlistModule& module, const GateFunctions& functions)
      : drivers_(drivers_of(module, functions)) {}

  Literal literal(NetId net) {
    if (net < 0) return constant(net);
    const auto known = literals_.find(net);
    if (known != literals_.end()) return known->second;
    Literal result{net, false};
    const auto driver = drivers_.find(net);
    if (driver != drivers_.end()) {
      Word word;
      const std::uint64_t value = local(driver->second, word);
      if (const auto simple = word.literal(value)) result = *simple;
    }
    return literals_[net] = result;
  }

  /// A root as a function of the roots in front of it; its own value where nothing drives it.
  std::uint64_t function(NetId root, Word& word) {
    const auto driver = drivers_.find(root);
    return driver == drivers_.end() ? word.of({root, false}) : local(driver->second, word);
  }

 private:
  std::uint64_t local(const Driver& driver, Word& word) {
    std::vector<std::uint64_t> inputs;
    for (const NetId input : driver.inputs) inputs.push_back(word.of(literal(input)));
    return Word::apply(*driver.output, inputs);
  }

  std::map<NetId, Driver> drivers_;
  std::map<NetId, Literal> literals_;
};

}  // namespace

void check_mapping(const NetlistModule& whole_module, const NetlistModule& mapped,
                   const CarriedNets& carried, const std::vector<LibertyLibrary>& libraries) {
  const GateFunctions functions(libraries);
  Whole whole(whole_module, functions);
  const std::map<NetId, Driver> drivers = drivers_of(mapped, functions);
  const auto count = static_cast<NetId>(whole_module.net_names.size());

  /// What a net of the mapped module is said to be, if anything.
  const auto claim = [&](NetId net) -> std::optional<Literal> {
    if (net < 0) return constant(net);
    const auto found = carried.find(net);
    if (found == carried.end() && net >= count) return std::nullopt;
    Literal result = whole.literal(found == carried.end() ? net : found->second.first);
    if (found != carried.end() && found->second.second) result.inverted = !result.inverted;
    return result;
  };
  const auto fail = [&](const std::string& what) {
    throw base::ToolError(fmt::format("the mapping of {} is wrong: {}", mapped.name, what));
  };

  // Every driven net that carries one is what it is said to be, given that those in front of it
  // are.
  const auto value = [&](const auto& self, NetId net, bool is_start, Word& word) -> std::uint64_t {
    if (!is_start) {
      if (const auto said = claim(net)) return word.of(*said);
    }
    const auto driver = drivers.find(net);
    if (driver == drivers.end())
      fail(fmt::format("nothing drives {}", mapped.net_names[static_cast<std::size_t>(net)]));
    std::vector<std::uint64_t> inputs;
    for (const NetId input : driver->second.inputs)
      inputs.push_back(self(self, input, false, word));
    return Word::apply(*driver->second.output, inputs);
  };
  for (const auto& [net, driver] : drivers) {
    const auto said = claim(net);
    if (!said) continue;
    Word word;
    const std::uint64_t got = value(value, net, true, word);
    // The net may be an inverter or a wire behind another that carries the same.
    if (word.literal(got) == *said) continue;
    std::uint64_t expected = whole.function(said->net, word);
    if (said->net == constant_zero) expected = 0;
    if (said->inverted) expected = ~expected;
    if (got != expected) fail(mapped.net_names[static_cast<std::size_t>(net)]);
  }

  // What is not a gate reads and drives the same nets as before.
  std::map<std::string_view, const NetlistInstance*> instances;
  for (const NetlistInstance& instance : mapped.instances) instances[instance.name] = &instance;
  for (const NetlistInstance& instance : whole_module.instances) {
    const bool is_gate = std::any_of(
        instance.pins.begin(), instance.pins.end(),
        [&](const NetlistPin& pin) { return functions.find(instance.type, pin.port) != nullptr; });
    if (is_gate) continue;
    const auto found = instances.find(instance.name);
    if (found == instances.end() || found->second->type != instance.type ||
        found->second->pins.size() != instance.pins.size()) {
      fail(fmt::format("{} is not there", instance.name));
    }
    for (std::size_t p = 0; p < instance.pins.size(); ++p) {
      const NetlistPin& before = instance.pins[p];
      const NetlistPin& after = found->second->pins[p];
      bool same = before.port == after.port && before.bits.size() == after.bits.size();
      for (std::size_t b = 0; same && b < before.bits.size(); ++b) {
        same = before.bits[b] == no_net ? after.bits[b] == no_net
                                        : claim(after.bits[b]) == whole.literal(before.bits[b]);
      }
      if (!same) fail(fmt::format("pin {} of {}", before.port, instance.name));
    }
  }
  if (mapped.ports.size() != whole_module.ports.size()) fail("its ports");
  for (std::size_t p = 0; p < mapped.ports.size(); ++p) {
    const NetlistPort& before = whole_module.ports[p];
    const NetlistPort& after = mapped.ports[p];
    if (before.name != after.name || before.bits != after.bits) fail("port " + before.name);
    if (before.is_input) continue;
    for (const NetId bit : before.bits) {
      const auto root = [bit](const NetlistModule& module) {
        const auto alias = module.aliases.find(bit);
        return alias == module.aliases.end() ? bit : alias->second;
      };
      if (claim(root(mapped)) != whole.literal(root(whole_module))) fail("output " + before.name);
    }
  }
}

}  // namespace cimforge::flows
