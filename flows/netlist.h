// Netlists: the structural Verilog that Yosys writes of a mapped hierarchy, bit by bit. They are
// changed (fan-out buffers) and printed again in a form that every tool reads: single-bit nets, no
// concatenation in an assignment, no escaped name inside a module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cimforge::flows {

/// A net of a module by its index, or one of the constants.
using NetId = std::int32_t;
inline constexpr NetId constant_zero = -1;
inline constexpr NetId constant_one = -2;
inline constexpr NetId no_net = -3;  ///< unconnected, or of unknown value

struct NetlistPort {
  std::string name;
  bool is_input = true;
  bool is_vector = false;
  std::vector<NetId> bits;  ///< the low one first
};

struct NetlistPin {
  std::string port;
  std::vector<NetId> bits;  ///< the low one first
};

struct NetlistInstance {
  std::string type;
  std::string name;  ///< as in the Verilog, without the escape
  std::vector<NetlistPin> pins;
};

/// The net at a pin of one bit; no_net where there is none such.
NetId net_at(const NetlistInstance& instance, std::string_view port);

struct NetlistModule {
  std::string name;
  std::vector<NetlistPort> ports;
  std::vector<std::string> net_names;  ///< as in the Verilog, `step_q[1]`
  std::vector<NetlistInstance> instances;
  /// Nets that are another net, or a constant: output port bits only, once resolved.
  std::map<NetId, NetId> aliases;

  NetId add_net(std::string net_name);
};

struct Netlist {
  std::vector<NetlistModule> modules;
  std::string top;

  [[nodiscard]] const NetlistModule* find(std::string_view name) const;
  [[nodiscard]] const NetlistModule& top_module() const;
};

/// Parses what `write_verilog -noattr` of Yosys prints of a mapped design. Throws base::ToolError
/// `netlist:LINE: ...` where that is not structural.
Netlist parse_netlist(std::string_view verilog, const std::string& top);

/// The name of an instance in printed netlists: `i12`, by its index in the module.
std::string printed_instance(std::size_t index);
/// The names of the nets of a module in printed netlists: `n12`, or the bit of the port that it is.
std::vector<std::string> printed_nets(const NetlistModule& module);

/// The netlist as Verilog. Modules come before those that instantiate them.
/// With `keeps_names` nets and instances keep their names, as escaped ones, in place of numbers.
std::string print_netlist(const Netlist& netlist, bool keeps_names = false);

/// The nets of every module that are the clock: those connected to a port of the top through the
/// hierarchy.
std::map<std::string, std::set<NetId>> nets_of_port(const Netlist& netlist,
                                                    const std::string& port);

/// The ports of a cell that drive its nets.
using IsOutput = std::function<bool(const std::string& cell, const std::string& port)>;

/// A buffer of the library.
struct BufferCell {
  std::string name;
  std::string input;
  std::string output;
};

/// Whether a pin takes a clock that a layout distributes: of a flip-flop or clock gate.
using TakesClock = std::function<bool(const std::string& cell, const std::string& port)>;

/// Puts buffers on every net that drives more than `most_loads` cell inputs, through all levels of
/// the hierarchy, in balanced trees, except on the nets of the clock and in front of pins that take
/// a gated one. Returns how many instances of the buffer the whole macro then has.
std::int64_t buffer_fanout(Netlist& netlist, const BufferCell& buffer, int most_loads,
                           const IsOutput& is_output, const std::string& clock_port,
                           const TakesClock& takes_clock = {});

/// How often each module stands in the whole hierarchy.
std::map<std::string, std::int64_t> instance_counts(const Netlist& netlist);

}  // namespace cimforge::flows
