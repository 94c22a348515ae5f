#include "flows/adder_delays.h"

#include <fmt/format.h>

#include "flows/tools.h"
#include "generator/base/file.h"
#include "tests/catch.h"

namespace cimforge::flows {
namespace {

/// An output of constant delays: rise and fall in ns for each input.
std::string output(const char* pin, const char* function,
                   const std::vector<std::tuple<std::string, double, double>>& delays) {
  std::string text =
      fmt::format("pin ({}) {{ direction : output; function : \"{}\";\n", pin, function);
  for (const auto& [from, rise, fall] : delays) {
    const auto table = [](const char* name, double value) {
      return fmt::format("{} (scalar) {{ values (\"{}\"); }} ", name, value);
    };
    text +=
        fmt::format("  timing () {{ related_pin : \"{}\"; timing_sense : non_unate; {}{}{}{}}}\n",
                    from, table("cell_rise", rise), table("cell_fall", fall),
                    table("rise_transition", 0.1), table("fall_transition", 0.1));
  }
  return text + "}\n";
}

std::string cell(const char* name, double area, const std::vector<std::string>& inputs,
                 const std::string& outputs) {
  std::string text = fmt::format("cell ({}) {{ area : {};\n", name, area);
  for (const std::string& pin : inputs) {
    text += fmt::format("pin ({}) {{ direction : input; capacitance : 0.01; }}\n", pin);
  }
  return text + outputs + "}\n";
}

const std::string head =
    "library (known) {\n time_unit : \"1ns\"; capacitive_load_unit (1, pf);\n"
    " lu_table_template (scalar) { }\n";

const std::string full_adder =
    cell("FA", 20, {"A", "B", "C"},
         output("S", "A^B^C", {{"A", 1.5, 1.7}, {"B", 1.2, 1.2}, {"C", 0.8, 0.8}}) +
             output("CO", "(A*B)+(C*(A+B))", {{"A", 0.8, 0.8}, {"B", 0.6, 0.6}, {"C", 0.4, 0.4}}));
const std::string half_adder = cell("HA", 9, {"A", "B"},
                                    output("S", "A^B", {{"A", 0.6, 0.6}, {"B", 0.6, 0.6}}) +
                                        output("CO", "A*B", {{"A", 0.2, 0.2}, {"B", 0.2, 0.2}}));
const std::string gates =
    cell("INV", 1, {"A"}, output("Y", "!A", {{"A", 0.05, 0.05}})) +
    cell("NAND2", 2, {"A", "B"}, output("Y", "!(A*B)", {{"A", 0.1, 0.1}, {"B", 0.1, 0.1}})) +
    cell("OAI21", 3, {"A", "B", "C"},
         output("Y", "!((A+B)*C)", {{"A", 0.2, 0.2}, {"B", 0.2, 0.2}, {"C", 0.1, 0.1}})) +
    cell("XOR2", 5, {"A", "B"}, output("Y", "A^B", {{"A", 0.2, 0.2}, {"B", 0.2, 0.2}})) +
    cell("XNOR2", 5, {"A", "B"}, output("Y", "!(A^B)", {{"A", 0.2, 0.2}, {"B", 0.2, 0.2}}));

std::optional<plan::LibraryDelays> delays_of(const std::string& cells, spec::AdderTree form) {
  const base::TemporaryDirectory directory("cimforge test");
  const auto file = directory.path() / "known.lib";
  base::write_file_atomically(file, head + cells + "}\n");
  return adder_delays(load_cell_library({file}), form);
}

}  // namespace

TEST_CASE("The delays of a library's adders are in parts of its slowest way") {
  using spec::AdderTree;
  // 1.6 ns, the mean of both edges, are 32 units.
  const auto cells = delays_of(full_adder + half_adder + gates, AdderTree::area);
  REQUIRE(cells);
  CHECK(cells->library == "known");
  CHECK(cells->delays == plan::AdderDelays{32, 16, 16, 8, 12, 4, 2, 4, 8});
  // Four gates: 0.1 + 0.1 + 0.2 ns to the sum and to the carry are 32 units.
  const auto speed = delays_of(full_adder + half_adder + gates, AdderTree::speed);
  REQUIRE(speed);
  CHECK(speed->delays == plan::AdderDelays{32, 32, 16, 16, 16, 8, 8, 16, 16});
  // Balanced: means of 1.6 and 0.4, 0.8 and 0.4, ... 1 ns is 32 units.
  const auto balanced = delays_of(full_adder + half_adder + gates, AdderTree::balanced);
  REQUIRE(balanced);
  CHECK(balanced->delays == plan::AdderDelays{32, 19, 16, 10, 13, 5, 3, 6, 10});
}

TEST_CASE(
    "A library without adder cells has the delays of its gates, and one without either none") {
  using spec::AdderTree;
  const auto only_gates = delays_of(gates, AdderTree::area);
  REQUIRE(only_gates);
  CHECK(only_gates->delays == plan::AdderDelays{32, 32, 16, 16, 16, 8, 8, 16, 16});
  const auto only_full = delays_of(full_adder, AdderTree::speed);
  REQUIRE(only_full);
  CHECK(only_full->delays.full_sum == 32);
  CHECK_FALSE(
      delays_of(cell("INV", 1, {"A"}, output("Y", "!A", {{"A", 0.05, 0.05}})), AdderTree::area));
}

TEST_CASE("The slow inputs of the default library's adder are slower than its fast one") {
  const auto measured = adder_delays(load_cell_library({default_liberty()}), spec::AdderTree::area);
  REQUIRE(measured);
  CHECK(std::max(measured->delays.full_sum, measured->delays.full_carry) == 32);
  CHECK(measured->delays.late_sum <= measured->delays.full_sum);
  CHECK(measured->delays.late_carry <= measured->delays.full_carry);
  CHECK(measured->delays.half_carry < measured->delays.full_sum);
}

}  // namespace cimforge::flows
