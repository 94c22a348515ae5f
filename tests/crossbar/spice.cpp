#include "tests/crossbar/spice.h"

#include <fmt/format.h>

#include <cstddef>
#include <string>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "tests/lower/shell.h"

namespace cimforge::crossbar::test {
namespace {

class Netlist {
 public:
  void wire(const std::string& from, const std::string& to, double ohm) {
    if (ohm == 0.0) {
      voltage(from, to, 0.0);  // ngspice makes 1 mohm of a resistor of 0
    } else {
      text += fmt::format("R{} {} {} {}\n", ++count_, from, to, ohm);
    }
  }
  void voltage(const std::string& from, const std::string& to, double volt) {
    text += fmt::format("V{} {} {} {}\n", ++count_, from, to, volt);
  }
  void cell(const std::string& row, const std::string& column, double siemens,
            const CellCurve& curve) {
    if (curve.is_linear()) {
      if (siemens != 0.0) wire(row, column, 1.0 / siemens);
      return;
    }
    const std::string u = fmt::format("v({},{})", row, column);
    text += fmt::format("B{0} {1} {2} I={3}*{4}+{5}*{4}*abs({4})+{6}*{4}*{4}*{4}\n", ++count_, row,
                        column, siemens, u, curve.a2, curve.a3);
  }

  std::string text;

 private:
  int count_ = 0;
};

}  // namespace

std::vector<double> spice_currents(const Matrix& conductances, const Wires& wires,
                                   const CellCurve& curve, std::span<const double> voltages,
                                   const std::vector<bool>& active) {
  const std::size_t rows = conductances.rows;
  const std::size_t columns = conductances.columns;
  Netlist netlist;
  const auto row = [](std::size_t r, std::size_t c) { return fmt::format("r{}_{}", r, c); };
  const auto column = [](std::size_t r, std::size_t c) { return fmt::format("c{}_{}", r, c); };

  for (std::size_t r = 0; r < rows; ++r) {
    // Nothing flows in a row whose cells conduct nothing.
    if (!active[r] && wires.cell == CellKind::one_transistor) continue;
    for (std::size_t c = 0; c < columns; ++c) {
      if (c > 0) netlist.wire(row(r, c - 1), row(r, c), wires.row_ohm);
      netlist.cell(row(r, c), column(r, c), conductances(r, c), curve);
    }
    if (!active[r] && wires.inactive == InactiveRow::floating) continue;
    const std::string driver = fmt::format("d{}", r);
    netlist.voltage(driver, "0", active[r] ? voltages[r] : 0.0);
    if (wires.driver != DriverSide::right) netlist.wire(driver, row(r, 0), wires.driver_ohm);
    if (wires.driver != DriverSide::left) {
      netlist.wire(driver, row(r, columns - 1), wires.driver_ohm);
    }
  }
  std::string prints;
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 1; r < rows; ++r) {
      netlist.wire(column(r - 1, c), column(r, c), wires.column_ohm);
    }
    const std::string sense = fmt::format("s{}", c);
    netlist.text += fmt::format("Vsense{} {} 0 0\n", c, sense);
    if (wires.sense != SenseSide::top) netlist.wire(column(rows - 1, c), sense, wires.sense_ohm);
    if (wires.sense != SenseSide::bottom) netlist.wire(column(0, c), sense, wires.sense_ohm);
    prints += fmt::format("print i(vsense{})\n", c);
  }

  // Rounding keeps its iteration from closing in any further.
  const std::string tolerances = curve.is_linear() ? "reltol=1e-13 abstol=1e-22 vntol=1e-16"
                                                   : "reltol=1e-9 abstol=1e-15 vntol=1e-13";
  const base::TemporaryDirectory directory("cimforge-spice-");
  base::write_file_atomically(directory.path() / "array.cir",
                              fmt::format("crossbar\n{}"
                                          ".options {} gmin=1e-22 itl1=1000\n"
                                          ".control\nset numdgt=16\nop\n{}quit\n.endc\n.end\n",
                                          netlist.text, tolerances, prints));
  // Without a user's or a machine's start-up file (-n).
  const cimforge::test::ShellResult ran =
      cimforge::test::run_shell(directory.path().string(), "ngspice -n -b array.cir");

  std::vector<double> result;
  for (std::size_t c = 0; c < columns; ++c) {
    const std::string label = fmt::format("i(vsense{}) = ", c);
    const std::size_t place = ran.output.find(label);
    if (place == std::string::npos) {
      throw base::ToolError(fmt::format("ngspice does not print {}:\n{}", label, ran.output));
    }
    result.push_back(std::stod(ran.output.substr(place + label.size(), 40)));
  }
  if (ran.output.find("arning") != std::string::npos) throw base::ToolError(ran.output);
  return result;
}

}  // namespace cimforge::crossbar::test
