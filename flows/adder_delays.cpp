#include "flows/adder_delays.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace cimforge::flows {
namespace {

/// The ways through an adder, in ns.
struct Ways {
  double full_sum = 0, full_carry = 0;
  double late_sum = 0, late_carry = 0;
  double half_sum = 0, half_carry = 0;
};

/// Delays and slews of cells that all drive the same load.
class Measure {
 public:
  explicit Measure(const CellLibrary& library) : library_(library.libraries.front()) {
    const AdderCells& cells = library.adders;
    const auto gate = cells.gates.find("OAI21");
    load_pf_ = cells.full_adder            ? cells.full_adder->input_pf
               : gate != cells.gates.end() ? gate->second.input_pf
                                           : 0.0;
    // The slew that comes out of a chain of such ways does not depend on the one that went in.
    slew_ns_ = 0.05;
    for (int i = 0; i < 4; ++i) {
      const double slew = cells.full_adder            ? through(*cells.full_adder, 2, true).slew_ns
                          : gate != cells.gates.end() ? through(gate->second, 0).slew_ns
                                                      : 0.0;
      if (slew > 0.0) slew_ns_ = slew;
    }
  }

  /// From input `input` of an adder cell to its sum or carry; the inputs are the slowest first.
  [[nodiscard]] double adder_ns(const AdderCell& adder, std::size_t input, bool to_sum) const {
    return through(adder, input, to_sum).delay_ns;
  }
  [[nodiscard]] double gate_ns(const GateCell& gate, std::size_t input) const {
    return through(gate, input).delay_ns;
  }

 private:
  struct Way {
    double delay_ns = 0.0;
    double slew_ns = 0.0;
  };

  [[nodiscard]] Way through(const AdderCell& adder, std::size_t input, bool to_sum) const {
    return way(adder.cell, adder.inputs[input], to_sum ? adder.sum : adder.carry);
  }
  [[nodiscard]] Way through(const GateCell& gate, std::size_t input) const {
    return way(gate.cell, gate.inputs[input], gate.output);
  }

  /// The mean of both edges, each the longest of its arcs.
  [[nodiscard]] Way way(const std::string& cell, const std::string& from,
                        const std::string& to) const {
    Way rise;
    Way fall;
    for (const LibertyCell& each : library_.cells) {
      if (each.name != cell) continue;
      for (const LibertyPin& pin : each.pins) {
        if (pin.name != to) continue;
        for (const TimingArc& arc : pin.arcs) {
          if (arc.from != from) continue;
          rise.delay_ns = std::max(rise.delay_ns, arc.rise.at(slew_ns_, load_pf_));
          fall.delay_ns = std::max(fall.delay_ns, arc.fall.at(slew_ns_, load_pf_));
          rise.slew_ns = std::max(rise.slew_ns, arc.rise_slew.at(slew_ns_, load_pf_));
          fall.slew_ns = std::max(fall.slew_ns, arc.fall_slew.at(slew_ns_, load_pf_));
        }
      }
    }
    return {(rise.delay_ns + fall.delay_ns) / 2, (rise.slew_ns + fall.slew_ns) / 2};
  }

  const LibertyLibrary& library_;
  double load_pf_ = 0.0;
  double slew_ns_ = 0.0;
};

/// Of a cell; a half adder that the library lacks is two gates.
Ways ways_of_cells(const Measure& measure, const AdderCells& cells) {
  const AdderCell& full = *cells.full_adder;
  const auto slower = [&](bool to_sum) {
    return std::max(measure.adder_ns(full, 0, to_sum), measure.adder_ns(full, 1, to_sum));
  };
  Ways ways{slower(true),
            slower(false),
            measure.adder_ns(full, 2, true),
            measure.adder_ns(full, 2, false),
            0,
            0};
  if (cells.half_adder) {
    ways.half_sum = measure.adder_ns(*cells.half_adder, 0, true);
    ways.half_carry = measure.adder_ns(*cells.half_adder, 0, false);
  } else {
    const auto gate = [&](const char* kind) {
      const auto found = cells.gates.find(kind);
      return found == cells.gates.end() ? ways.late_sum : measure.gate_ns(found->second, 0);
    };
    ways.half_sum = gate("XOR2");
    ways.half_carry = gate("NAND2");
  }
  return ways;
}

/// Of the four gates of the positive kind: adder_mapping.h.
Ways ways_of_gates(const Measure& measure, const AdderCells& cells) {
  const auto gate = [&](const char* kind, std::size_t input) {
    return measure.gate_ns(cells.gates.at(kind), input);
  };
  const double nand = gate("NAND2", 0);
  const double oai_by_nand = gate("OAI21", 2);
  const double oai = gate("OAI21", 0);
  const double x_or = gate("XOR2", 0);
  const double half = nand + oai_by_nand;
  return {half + x_or, half + oai, x_or, oai, half, nand};
}

Ways mean(const Ways& a, const Ways& b) {
  const auto half = [](double x, double y) { return (x + y) / 2; };
  return {half(a.full_sum, b.full_sum), half(a.full_carry, b.full_carry),
          half(a.late_sum, b.late_sum), half(a.late_carry, b.late_carry),
          half(a.half_sum, b.half_sum), half(a.half_carry, b.half_carry)};
}

}  // namespace

std::optional<plan::LibraryDelays> adder_delays(const CellLibrary& library, spec::AdderTree form) {
  const AdderCells& cells = library.adders;
  const bool has_gates = cells.has_positive_four_gates();
  if (!cells.full_adder && !has_gates) return std::nullopt;
  const Measure measure(library);
  const bool of_gates = has_gates && (!cells.full_adder || form == spec::AdderTree::speed);
  Ways ways = of_gates ? ways_of_gates(measure, cells) : ways_of_cells(measure, cells);
  if (form == spec::AdderTree::balanced && cells.full_adder && has_gates) {
    ways = mean(ways, ways_of_gates(measure, cells));
  }
  const auto gate_ns = [&](const char* kind, double otherwise) {
    const auto found = cells.gates.find(kind);
    return found == cells.gates.end() ? otherwise : measure.gate_ns(found->second, 0);
  };
  const double longest = std::max(ways.full_sum, ways.full_carry);
  if (!(longest > 0.0)) return std::nullopt;

  constexpr double units = 32.0;
  const auto in_units = [&](double ns) {
    return std::max(1, static_cast<int>(std::lround(ns / longest * units)));
  };
  plan::LibraryDelays result;
  result.library = library.files.front().library;
  result.delays = {in_units(ways.full_sum),
                   in_units(ways.full_carry),
                   in_units(ways.late_sum),
                   in_units(ways.late_carry),
                   in_units(ways.half_sum),
                   in_units(ways.half_carry),
                   in_units(gate_ns("NAND2", ways.half_carry)),
                   in_units(gate_ns("XOR2", ways.late_sum)),
                   in_units(ways.late_carry)};
  return result;
}

}  // namespace cimforge::flows
