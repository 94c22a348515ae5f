// The adders of a module and the gates between them, whose polarity is free: how each is made, and
// in which polarity each net is, so that few inverters are needed.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "flows/adder_cells.h"
#include "flows/adder_report.h"
#include "flows/netlist.h"

namespace cimforge::flows {

/// The adders of a module and the gates between them.
class AdderGraph {
 public:
  /// A net or its inverse. Constants are constant_zero, inverted or not.
  struct Literal {
    NetId net = no_net;
    bool inverted = false;

    [[nodiscard]] bool is_constant() const { return net == constant_zero; }
    [[nodiscard]] bool is_connected() const { return net != no_net; }
    [[nodiscard]] Literal operator!() const { return {net, !inverted}; }
  };

  enum class Kind { full, half, dual_half, product, sum_or, parity };

  /// Something whose polarity is free. `product` and `sum_or` are AND and OR of two inputs,
  /// `parity` is XOR.
  struct Node {
    Kind kind = Kind::full;
    std::string name;
    std::array<Literal, 3> in{};
    NetId sum = no_net;    ///< or the only output
    NetId carry = no_net;  ///< of adders
    /// A gate that Yosys chose: it stays as it is where its polarity stays.
    std::string cell;

    [[nodiscard]] int inputs() const { return kind == Kind::full ? 3 : 2; }
    [[nodiscard]] bool is_adder() const {
      return kind == Kind::full || kind == Kind::half || kind == Kind::dual_half;
    }
  };

  /// How a node is made.
  struct Choice {
    bool as_cell = false;
    bool negative = false;     ///< its inputs come inverted (a and b of four gates)
    int late = 2;              ///< of four gates: the input that is c
    bool inverts_sum = false;  ///< the net of the sum, or of the only output, carries its inverse
    bool inverts_carry = false;
    double area = 0.0;
  };

  /// A net in a polarity.
  struct Need {
    NetId net = no_net;
    bool inverted = false;
  };

  /// Both must outlive it.
  AdderGraph(const NetlistModule& module, const AdderCells& cells);

  [[nodiscard]] bool empty() const { return nodes_.empty(); }
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

  /// The literal that a net of the module stands for.
  [[nodiscard]] Literal literal(NetId net) const;

  /// Chooses how every node is made so that the area is small. `as_gates`: full adders that have to
  /// be four gates, by node. `arrivals`: of every net in ns, or empty; with them the latest input
  /// of four gates is their carry input, and inverters on late nets cost more.
  void choose(const std::vector<bool>& as_gates, const std::vector<double>& arrivals,
              const std::vector<double>& slacks, double longest);

  /// The module with cells of the library.
  [[nodiscard]] NetlistModule realise(AdderMappingReport& report);

  /// By net: the net that carries its inverse in the module that realise() made last, or no_net.
  [[nodiscard]] const std::vector<NetId>& inverse_nets() const { return other_; }

 private:
  [[nodiscard]] double area_of(const char* kind) const;
  void collect();
  void simplify();
  void find_unread();
  void order();
  void make_wire(NetId net, Literal source);
  [[nodiscard]] bool is_read(NetId net) const;

  [[nodiscard]] std::vector<Choice> choices(const Node& node, bool as_gates,
                                            const std::vector<double>& arrivals) const;
  void needs(const Node& node, const Choice& choice, std::vector<Need>& result) const;
  [[nodiscard]] double gate_area(const Node& node, const Choice& choice) const;

  static constexpr double cost_noise = 1e-9;
  void put(std::size_t n, const Choice& choice, int count);
  [[nodiscard]] double price_of(NetId net) const;
  [[nodiscard]] double total_cost() const;
  void sweep(bool is_first);
  bool improve_along(bool carries);

  const NetlistModule& module_;
  const AdderCells& cells_;
  std::vector<Node> nodes_;
  std::vector<Choice> choices_;
  std::vector<std::vector<Choice>> options_;  ///< of each node
  std::vector<double> price_;                 ///< of an inverter on each net
  std::vector<Need> wanted_;                  ///< of the last call of needs()
  std::vector<std::size_t> others_;           ///< instances that stay
  std::vector<Literal> aliases_;
  std::map<NetId, NetId>
      plain_of_;  ///< net made for the output of an inverting gate -> that output
  std::vector<bool> read_;
  std::vector<std::array<int, 2>> fixed_needs_;  ///< by net: readers of either polarity that stay
  std::vector<std::array<int, 2>> needs_;        ///< by net, the nodes' too
  std::vector<bool> native_;                     ///< by net: its driver gives the inverse
  std::vector<NetId> other_;  ///< by net: the net that carries its inverse in the last module made
};

}  // namespace cimforge::flows
