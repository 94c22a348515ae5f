// Static timing of one module of a mapped netlist by the tables of its Liberty files: fast enough
// to be asked after every change while gates are chosen and sized. OpenSTA judges what comes out
// (timing.h). Inputs arrive at 0, storage launches at its clock's edge, wires are those of the
// library's default wire load model.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "flows/liberty.h"
#include "flows/netlist.h"

namespace cimforge::flows {

/// A value for a rising and one for a falling edge.
struct EdgePair {
  double rise = 0.0;
  double fall = 0.0;
};

/// A cell of the library as timing sees it.
struct TimedCell {
  struct Arc {
    int from = 0;  ///< index of an input
    int to = 0;    ///< index of an output
    const TimingArc* tables = nullptr;
  };
  std::string name;
  double area_um2 = 0.0;
  bool is_sequential = false;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<EdgePair> input_pf;
  std::vector<Arc> arcs;
  std::vector<int> sizes;  ///< all cells of the same function and pins, by area; itself among them
};

/// The cells of Liberty files, which must outlive it.
class CellTable {
 public:
  CellTable(const std::vector<LibertyLibrary>& libraries,
            const std::map<std::string, double>& areas);

  [[nodiscard]] int find(const std::string& name) const;  ///< -1 where there is none
  [[nodiscard]] const TimedCell& operator[](int cell) const {
    return cells_[static_cast<std::size_t>(cell)];
  }

  /// What a wire of so many loads adds, by the first library's default wire load model.
  [[nodiscard]] double wire_pf(int loads) const;

 private:
  std::vector<double> wire_pf_;
  double wire_slope_pf_ = 0.0;
  std::vector<TimedCell> cells_;
  std::map<std::string, int> index_;
};

/// Arrivals, slews and slacks of the nets of one module. Cells that the table does not have (other
/// modules) end paths and begin them at 0.
class GateTiming {
 public:
  GateTiming(const NetlistModule& module, const CellTable& table);

  /// Computes everything anew. Returns worst_ns().
  double update();
  /// The latest arrival at an output, at storage or at another module.
  [[nodiscard]] double worst_ns() const { return worst_; }
  /// Of a net, after its driver: the later of both edges.
  [[nodiscard]] double arrival_ns(NetId net) const;
  /// Time that a net could come later without a change of worst_ns().
  [[nodiscard]] double slack_ns(NetId net) const;
  /// The area of the cells in um2, without storage and other modules.
  [[nodiscard]] double area_um2() const;

  /// Makes gates on the longest paths larger, those first that gain most time for their area, until
  /// nothing is gained or the area has grown by `budget_um2`.
  void size_gates(double budget_um2);
  /// Takes over the sizes: the types of the instances.
  void write_sizes(NetlistModule& module) const;

 private:
  struct Gate {
    int cell = -1;
    std::size_t instance = 0;
    std::vector<int> inputs;  ///< nets, negative where there is none
    std::vector<int> outputs;
  };

  void set_cell(std::size_t gate, int cell);
  void forward(const Gate& gate, std::vector<EdgePair>& delays);
  void backward(const Gate& gate, const std::vector<EdgePair>& delays);
  [[nodiscard]] double delay_through(const Gate& gate, int cell, int output,
                                     EdgePair extra_load) const;
  [[nodiscard]] double gate_slack(const Gate& gate) const;

  const CellTable& table_;
  std::vector<Gate> gates_;      ///< of combinational cells, drivers first, behind storage
  std::vector<int> driver_;      ///< gate of each net, -1: none
  std::vector<EdgePair> loads_;  ///< pF on each net
  std::vector<EdgePair> arrivals_, slews_, required_;
  std::vector<bool> is_end_;
  std::vector<std::vector<EdgePair>> delays_;  ///< of each gate's arcs
  double worst_ = 0.0;
};

}  // namespace cimforge::flows
