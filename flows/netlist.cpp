#include "flows/netlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

#include "generator/base/exit_status.h"

namespace cimforge::flows {
namespace {

struct Token {
  std::string text;
  bool is_name = false;
};

/// A declared signal and its bits.
struct Signal {
  int low = 0;
  std::vector<NetId> bits;  ///< of index low, low + 1, ...
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { advance(); }

  Netlist parse(const std::string& top) {
    Netlist netlist;
    netlist.top = top;
    while (!at_end_) {
      if (!is("module")) fail("`module` is expected");
      netlist.modules.push_back(module());
    }
    if (netlist.find(top) == nullptr) fail(fmt::format("there is no module {}", top));
    return netlist;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    const auto line =
        std::count(text_.begin(),
                   text_.begin() + static_cast<std::ptrdiff_t>(std::min(position_, text_.size())),
                   '\n') +
        1;
    throw base::ToolError(fmt::format("the mapped netlist, line {}: {}, got `{}`", line, message,
                                      at_end_ ? "the end" : token_.text));
  }

  void advance() {
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        ++position_;
      } else if (text_.substr(position_, 2) == "//") {
        position_ = std::min(text_.find('\n', position_), text_.size());
      } else if (text_.substr(position_, 2) == "/*") {
        const std::size_t end = text_.find("*/", position_);
        position_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else if (text_.substr(position_, 2) == "(*") {
        const std::size_t end = text_.find("*)", position_);
        position_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        break;
      }
    }
    token_ = {};
    at_end_ = position_ >= text_.size();
    if (at_end_) return;
    const char c = text_[position_];
    const std::size_t begin = position_;
    if (c == '\\') {
      while (position_ < text_.size() &&
             std::isspace(static_cast<unsigned char>(text_[position_])) == 0) {
        ++position_;
      }
      token_ = {std::string(text_.substr(begin + 1, position_ - begin - 1)), true};
    } else if (is_word(c)) {
      while (position_ < text_.size() && (is_word(text_[position_]) || text_[position_] == '\'')) {
        ++position_;
      }
      token_.text = std::string(text_.substr(begin, position_ - begin));
      token_.is_name = std::isdigit(static_cast<unsigned char>(c)) == 0;
    } else {
      ++position_;
      token_.text = std::string(1, c);
    }
  }

  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
  }
  [[nodiscard]] bool is(std::string_view text) const { return !at_end_ && token_.text == text; }
  bool accept(std::string_view text) {
    if (!is(text)) return false;
    advance();
    return true;
  }
  void expect(std::string_view text) {
    if (!accept(text)) fail(fmt::format("`{}` is expected", text));
  }
  std::string name() {
    if (at_end_ || !token_.is_name) fail("a name is expected");
    std::string text = token_.text;
    advance();
    return text;
  }
  int number() {
    int value = 0;
    const auto [end, error] =
        std::from_chars(token_.text.data(), token_.text.data() + token_.text.size(), value);
    if (at_end_ || error != std::errc() || end != token_.text.data() + token_.text.size()) {
      fail("a number is expected");
    }
    advance();
    return value;
  }

  NetlistModule module() {
    signals_.clear();
    aliases_.clear();
    module_ = {};
    expect("module");
    module_.name = name();
    std::vector<std::string> order;
    if (accept("(")) {
      while (!accept(")")) {
        order.push_back(name());
        accept(",");
      }
    }
    expect(";");
    while (!accept("endmodule")) {
      if (at_end_) fail("`endmodule` is expected");
      if (is("input") || is("output") || is("wire")) {
        declaration();
      } else if (accept("assign")) {
        const std::vector<NetId> left = expression();
        expect("=");
        const std::vector<NetId> right = expression();
        expect(";");
        if (left.size() != right.size()) fail("both sides of an assignment have to be as wide");
        for (std::size_t i = 0; i < left.size(); ++i) {
          if (left[i] < 0) fail("an assignment to a net is expected");
          aliases_[left[i]] = right[i];
        }
      } else {
        instance();
      }
    }
    std::vector<NetlistPort> ports;
    for (const std::string& port : order) {
      const auto found = std::find_if(module_.ports.begin(), module_.ports.end(),
                                      [&](const NetlistPort& each) { return each.name == port; });
      if (found == module_.ports.end()) fail(fmt::format("the port {} is not declared", port));
      ports.push_back(*found);
    }
    module_.ports = std::move(ports);
    resolve();
    return std::move(module_);
  }

  void declaration() {
    const std::string kind = token_.text;
    advance();
    accept("wire");
    int high = 0;
    int low = 0;
    bool is_vector = false;
    if (accept("[")) {
      is_vector = true;
      high = number();
      expect(":");
      low = number();
      expect("]");
      if (high < low) fail("a range from high to low is expected");
    }
    const std::string signal = name();
    expect(";");
    if (!signals_.contains(signal)) {
      Signal& entry = signals_[signal];
      entry.low = low;
      for (int bit = low; bit <= high; ++bit) {
        entry.bits.push_back(
            module_.add_net(is_vector ? fmt::format("{}[{}]", signal, bit) : signal));
      }
    }
    if (kind != "wire") {
      module_.ports.push_back({signal, kind == "input", is_vector, signals_.at(signal).bits});
    }
  }

  void instance() {
    NetlistInstance result;
    result.type = name();
    result.name = name();
    expect("(");
    while (!accept(")")) {
      expect(".");
      NetlistPin pin{name(), {}};
      expect("(");
      if (!accept(")")) {
        pin.bits = expression();
        expect(")");
      }
      result.pins.push_back(std::move(pin));
      accept(",");
    }
    expect(";");
    module_.instances.push_back(std::move(result));
  }

  /// The bits of an expression, the low one first.
  std::vector<NetId> expression() {
    if (accept("{")) {
      std::vector<std::vector<NetId>> parts;
      while (!accept("}")) {
        parts.push_back(expression());
        accept(",");
      }
      std::vector<NetId> bits;
      for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        bits.insert(bits.end(), part->begin(), part->end());
      }
      return bits;
    }
    if (!at_end_ && !token_.is_name) return constant();
    const std::string signal = name();
    const auto found = signals_.find(signal);
    if (found == signals_.end()) fail(fmt::format("the net {} is not declared", signal));
    const Signal& entry = found->second;
    if (!accept("[")) return entry.bits;
    const int high = number();
    const int low = accept(":") ? number() : high;
    expect("]");
    const int width = static_cast<int>(entry.bits.size());
    if (low < entry.low || high < low || high >= entry.low + width) {
      fail(fmt::format("a bit outside of {}", signal));
    }
    return {entry.bits.begin() + (low - entry.low), entry.bits.begin() + (high - entry.low + 1)};
  }

  std::vector<NetId> constant() {
    const std::string text = token_.text;
    const std::size_t quote = text.find('\'');
    int width = 0;
    if (quote == std::string::npos || quote + 1 >= text.size() ||
        std::from_chars(text.data(), text.data() + quote, width).ec != std::errc() || width < 1) {
      fail("a net or a sized constant is expected");
    }
    const char base = text[quote + 1];
    const int digit_bits = base == 'h' ? 4 : base == 'o' ? 3 : 1;
    if (base != 'h' && base != 'o' && base != 'b')
      fail("a constant of base 2, 8 or 16 is expected");
    std::vector<NetId> bits;
    for (std::size_t i = text.size(); i-- > quote + 2;) {
      const char c = text[i];
      if (c == '_') continue;
      int value = 0;
      const bool unknown = c == 'x' || c == 'z' || c == 'X' || c == 'Z';
      if (!unknown && std::from_chars(&c, &c + 1, value, 16).ec != std::errc()) {
        fail("a constant is expected");
      }
      for (int bit = 0; bit < digit_bits; ++bit) {
        bits.push_back(unknown ? no_net : ((value >> bit) & 1) != 0 ? constant_one : constant_zero);
      }
    }
    bits.resize(static_cast<std::size_t>(width), constant_zero);
    advance();
    return bits;
  }

  NetId root(NetId net) const {
    std::size_t steps = 0;
    for (auto found = aliases_.find(net); found != aliases_.end(); found = aliases_.find(net)) {
      net = found->second;
      if (++steps > aliases_.size()) fail("an assignment of a net to itself");
    }
    return net;
  }

  /// Every use of an assigned net becomes a use of what it is assigned; output ports stay.
  void resolve() {
    for (NetlistInstance& each : module_.instances) {
      for (NetlistPin& pin : each.pins) {
        for (NetId& bit : pin.bits) bit = root(bit);
      }
    }
    for (const NetlistPort& port : module_.ports) {
      if (port.is_input) continue;
      for (const NetId bit : port.bits) {
        if (aliases_.contains(bit)) module_.aliases[bit] = root(bit);
      }
    }
  }

  std::string_view text_;
  std::size_t position_ = 0;
  Token token_;
  bool at_end_ = false;
  NetlistModule module_;
  std::map<std::string, Signal> signals_;
  std::map<NetId, NetId> aliases_;
};

/// Modules, each behind those that it instantiates; indexes into the netlist.
std::vector<std::size_t> bottom_up(const Netlist& netlist) {
  std::map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < netlist.modules.size(); ++i) index[netlist.modules[i].name] = i;
  std::vector<std::size_t> order;
  std::set<std::size_t> visited;
  const std::function<void(std::size_t)> visit = [&](std::size_t i) {
    if (!visited.insert(i).second) return;
    for (const NetlistInstance& instance : netlist.modules[i].instances) {
      if (const auto child = index.find(instance.type); child != index.end()) visit(child->second);
    }
    order.push_back(i);
  };
  visit(index.at(netlist.top));
  return order;
}

const NetlistPort* find_port(const NetlistModule& module, std::string_view name) {
  const auto found = std::find_if(module.ports.begin(), module.ports.end(),
                                  [&](const NetlistPort& port) { return port.name == name; });
  return found == module.ports.end() ? nullptr : &*found;
}

std::string printed_bit(const std::vector<std::string>& names, NetId bit) {
  if (bit == constant_one) return "1'b1";
  // A value that Yosys leaves open is 0 here: some value, and the same in every tool.
  if (bit < 0) return "1'b0";
  return names[static_cast<std::size_t>(bit)];
}

std::string print_module(const NetlistModule& module, bool keeps_names) {
  std::vector<std::string> names = printed_nets(module);
  std::string text = fmt::format("module {} (", module.name);
  std::string declarations;
  std::vector<bool> is_port(module.net_names.size(), false);
  const char* separator = "";
  for (const NetlistPort& port : module.ports) {
    text += separator + port.name;
    separator = ", ";
    declarations +=
        fmt::format("  {} {}{};\n", port.is_input ? "input" : "output",
                    port.is_vector ? fmt::format("[{}:0] ", port.bits.size() - 1) : "", port.name);
    for (const NetId bit : port.bits) is_port[static_cast<std::size_t>(bit)] = true;
  }
  for (std::size_t i = 0; keeps_names && i < names.size(); ++i) {
    if (!is_port[i]) names[i] = fmt::format("\\{} ", module.net_names[i]);
  }
  // One module, one piece of code, however many instances there are.
  text += ");\n  /* verilator no_inline_module */\n" + declarations;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_port[i]) text += fmt::format("  wire {};\n", names[i]);
  }
  for (std::size_t i = 0; i < module.instances.size(); ++i) {
    const NetlistInstance& instance = module.instances[i];
    text += fmt::format("  {} {} (", instance.type,
                        keeps_names ? fmt::format("\\{} ", instance.name) : printed_instance(i));
    separator = "";
    for (const NetlistPin& pin : instance.pins) {
      if (pin.bits.empty() || (pin.bits.size() == 1 && pin.bits[0] == no_net)) continue;
      text += fmt::format("{}.{}(", separator, pin.port);
      separator = ", ";
      if (pin.bits.size() == 1) {
        text += printed_bit(names, pin.bits[0]);
      } else {
        text += '{';
        for (std::size_t bit = pin.bits.size(); bit-- > 0;) {
          text += printed_bit(names, pin.bits[bit]);
          // Verilator takes no line of more than 40000 words.
          if (bit > 0) text += bit % 16 == 0 ? ",\n    " : ", ";
        }
        text += '}';
      }
      text += ')';
    }
    text += ");\n";
  }
  for (const auto& [net, source] : module.aliases) {
    text += fmt::format("  assign {} = {};\n", printed_bit(names, net), printed_bit(names, source));
  }
  return text + "endmodule\n";
}

/// Where a net goes: the pin of an instance, or an output port where `instance` is negative.
struct Sink {
  std::int64_t instance = -1;
  std::size_t pin = 0;
  std::size_t bit = 0;
  int weight = 1;  ///< cell inputs behind it that no buffer hides
};

class FanoutBuffers {
 public:
  FanoutBuffers(Netlist& netlist, BufferCell buffer, int most_loads, const IsOutput& is_output,
                const std::string& clock_port, const TakesClock& takes_clock)
      : netlist_(netlist),
        buffer_(std::move(buffer)),
        most_loads_(most_loads),
        is_output_(is_output),
        takes_clock_(takes_clock),
        clock_(nets_of_port(netlist, clock_port)) {}

  void run() {
    for (const std::size_t i : bottom_up(netlist_)) add_to(netlist_.modules[i]);
  }

 private:
  void add_to(NetlistModule& module) {
    std::vector<std::vector<Sink>> sinks(module.net_names.size());
    for (std::size_t i = 0; i < module.instances.size(); ++i) {
      const NetlistInstance& instance = module.instances[i];
      const NetlistModule* child = netlist_.find(instance.type);
      for (std::size_t p = 0; p < instance.pins.size(); ++p) {
        const NetlistPin& pin = instance.pins[p];
        const NetlistPort* port = child == nullptr ? nullptr : find_port(*child, pin.port);
        if (child == nullptr ? is_output_(instance.type, pin.port)
                             : port == nullptr || !port->is_input) {
          continue;
        }
        if (child == nullptr && takes_clock_ && takes_clock_(instance.type, pin.port)) continue;
        for (std::size_t bit = 0; bit < pin.bits.size(); ++bit) {
          if (pin.bits[bit] < 0) continue;
          const int weight =
              child == nullptr ? 1
                               : loads_.at(child->name)[static_cast<std::size_t>(port->bits[bit])];
          if (weight > 0) {
            sinks[static_cast<std::size_t>(pin.bits[bit])].push_back(
                {static_cast<std::int64_t>(i), p, bit, weight});
          }
        }
      }
    }
    // What an output port drives is counted where the module is used.
    std::vector<int>& loads = loads_[module.name];
    loads.assign(module.net_names.size(), 0);
    const std::set<NetId>& clock = clock_[module.name];
    const auto net_count = static_cast<NetId>(sinks.size());
    for (NetId net = 0; net < net_count; ++net) {
      std::vector<Sink>& of_net = sinks[static_cast<std::size_t>(net)];
      if (!clock.contains(net)) of_net = tree(module, net, std::move(of_net));
      int weight = 0;
      for (const Sink& sink : of_net) weight += sink.weight;
      loads[static_cast<std::size_t>(net)] = weight;
    }
    loads.resize(module.net_names.size(), 0);
  }

  /// Buffers between a net and its sinks until what is left is few enough.
  std::vector<Sink> tree(NetlistModule& module, NetId net, std::vector<Sink> sinks) {
    const auto weight_of = [](const std::vector<Sink>& of) {
      int weight = 0;
      for (const Sink& sink : of) weight += sink.weight;
      return weight;
    };
    while (weight_of(sinks) > most_loads_ && sinks.size() > 1) {
      const int total = weight_of(sinks);
      // Groups of about the same weight, none above the limit where single sinks allow it.
      const int groups = (total + most_loads_ - 1) / most_loads_;
      const int target = std::min(most_loads_, (total + groups - 1) / groups);
      std::vector<Sink> rest;
      for (std::size_t begin = 0; begin < sinks.size();) {
        int weight = 0;
        std::size_t end = begin;
        while (end < sinks.size() && (end == begin || weight + sinks[end].weight <= target)) {
          weight += sinks[end].weight;
          ++end;
        }
        const NetId driven = module.add_net(
            fmt::format("{} behind a buffer", module.net_names[static_cast<std::size_t>(net)]));
        for (std::size_t i = begin; i < end; ++i) connect(module, sinks[i], driven);
        module.instances.push_back({buffer_.name,
                                    fmt::format("buffer_{}", module.instances.size()),
                                    {{buffer_.input, {net}}, {buffer_.output, {driven}}}});
        rest.push_back({static_cast<std::int64_t>(module.instances.size()) - 1, 0, 0, 1});
        begin = end;
      }
      if (rest.size() >= sinks.size() && weight_of(rest) >= total) break;
      sinks = std::move(rest);
    }
    return sinks;
  }

  static void connect(NetlistModule& module, const Sink& sink, NetId net) {
    module.instances[static_cast<std::size_t>(sink.instance)].pins[sink.pin].bits[sink.bit] = net;
  }

  Netlist& netlist_;
  BufferCell buffer_;
  int most_loads_;
  const IsOutput& is_output_;
  const TakesClock& takes_clock_;
  std::map<std::string, std::set<NetId>> clock_;
  std::map<std::string, std::vector<int>> loads_;  ///< of each net of the modules done
};

}  // namespace

NetId net_at(const NetlistInstance& instance, std::string_view port) {
  for (const NetlistPin& pin : instance.pins) {
    if (pin.port == port && pin.bits.size() == 1) return pin.bits.front();
  }
  return no_net;
}

NetId NetlistModule::add_net(std::string net_name) {
  net_names.push_back(std::move(net_name));
  return static_cast<NetId>(net_names.size() - 1);
}

const NetlistModule* Netlist::find(std::string_view name) const {
  for (const NetlistModule& module : modules) {
    if (module.name == name) return &module;
  }
  return nullptr;
}

const NetlistModule& Netlist::top_module() const {
  const NetlistModule* module = find(top);
  assert(module != nullptr);
  return *module;
}

Netlist parse_netlist(std::string_view verilog, const std::string& top) {
  return Parser(verilog).parse(top);
}

std::string printed_instance(std::size_t index) {
  return fmt::format("i{}", index);
}

std::vector<std::string> printed_nets(const NetlistModule& module) {
  std::vector<std::string> names;
  names.reserve(module.net_names.size());
  for (std::size_t i = 0; i < module.net_names.size(); ++i) names.push_back(fmt::format("n{}", i));
  for (const NetlistPort& port : module.ports) {
    for (std::size_t i = 0; i < port.bits.size(); ++i) {
      names[static_cast<std::size_t>(port.bits[i])] =
          port.is_vector ? fmt::format("{}[{}]", port.name, i) : port.name;
    }
  }
  return names;
}

std::string print_netlist(const Netlist& netlist, bool keeps_names) {
  std::string text;
  for (const std::size_t i : bottom_up(netlist)) {
    if (!text.empty()) text += '\n';
    text += print_module(netlist.modules[i], keeps_names);
  }
  return text;
}

std::map<std::string, std::set<NetId>> nets_of_port(const Netlist& netlist,
                                                    const std::string& port) {
  std::map<std::string, std::set<NetId>> nets;
  if (const NetlistPort* clock = find_port(netlist.top_module(), port)) {
    nets[netlist.top].insert(clock->bits.begin(), clock->bits.end());
  }
  const std::vector<std::size_t> order = bottom_up(netlist);
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    const NetlistModule& module = netlist.modules[*i];
    const std::set<NetId>& here = nets[module.name];
    for (const NetlistInstance& instance : module.instances) {
      const NetlistModule* child = netlist.find(instance.type);
      if (child == nullptr) continue;
      for (const NetlistPin& pin : instance.pins) {
        const NetlistPort* inner = find_port(*child, pin.port);
        for (std::size_t bit = 0; inner != nullptr && bit < pin.bits.size(); ++bit) {
          if (here.contains(pin.bits[bit])) nets[child->name].insert(inner->bits[bit]);
        }
      }
    }
  }
  return nets;
}

std::int64_t buffer_fanout(Netlist& netlist, const BufferCell& buffer, int most_loads,
                           const IsOutput& is_output, const std::string& clock_port,
                           const TakesClock& takes_clock) {
  assert(most_loads > 1);
  std::map<std::string, std::size_t> before;
  for (const NetlistModule& module : netlist.modules) {
    before[module.name] = module.instances.size();
  }
  FanoutBuffers(netlist, buffer, most_loads, is_output, clock_port, takes_clock).run();
  std::int64_t count = 0;
  for (const auto& [name, instances] : instance_counts(netlist)) {
    count += instances *
             static_cast<std::int64_t>(netlist.find(name)->instances.size() - before.at(name));
  }
  return count;
}

std::map<std::string, std::int64_t> instance_counts(const Netlist& netlist) {
  std::map<std::string, std::int64_t> counts{{netlist.top, 1}};
  const std::vector<std::size_t> order = bottom_up(netlist);
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    const NetlistModule& module = netlist.modules[*i];
    const std::int64_t own = counts[module.name];
    for (const NetlistInstance& instance : module.instances) {
      if (netlist.find(instance.type) != nullptr) counts[instance.type] += own;
    }
  }
  return counts;
}

}  // namespace cimforge::flows
