#include "generator/collateral/timing_diagram.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "generator/collateral/collateral.h"
#include "tests/catch.h"
#include "tests/collateral/specs.h"

namespace cimforge::collateral {
namespace {

TEST_CASE("the timing diagram is JSON with lanes of one length and shows the latency") {
  for (const spec::MacroSpec& spec : matrix()) {
    const plan::MacroPlan plan = plan::plan(spec);
    const nlohmann::json diagram = nlohmann::json::parse(wavedrom(plan));
    const std::size_t length = timing(plan).size();
    for (const auto& lane : diagram["signal"]) {
      if (lane.empty()) continue;
      const std::string wave = lane["wave"];
      CHECK(wave.size() == length);
      const auto labels = std::count(wave.begin(), wave.end(), '=');
      CHECK(lane.value("data", nlohmann::json::array()).size() == static_cast<std::size_t>(labels));
    }
    const std::string nodes = diagram["signal"][0]["node"];
    CHECK(nodes.find('b') - nodes.find('a') == static_cast<std::size_t>(plan.latency));

    const std::string sheet = emit(spec).at(spec.name + ".md");
    const std::size_t begin = sheet.find("```wavedrom\n") + 12;
    const std::size_t end = sheet.find("```", begin);
    CHECK(nlohmann::json::parse(sheet.substr(begin, end - begin)) == diagram);
  }
}

/// A bench that drives the diagram's inputs and prints what the macro answers in each cycle.
std::string bench(const plan::MacroPlan& plan, const std::vector<TimingColumn>& columns) {
  const spec::MacroSpec& spec = plan.spec;
  std::string steps;
  for (const TimingColumn& column : columns) {
    steps += fmt::format(
        "    in_valid = {:d}; out_ready = {:d}; in_data = {{{}{{1'b{:d}}}}};\n"
        "    #5 $display(\"%b %b\", in_ready, out_valid); clk = 1; #5 clk = 0;\n",
        column.in_valid, column.out_ready, spec.rows * spec.input.bits, column.in_vector == 1);
  }
  return fmt::format(
      R"(module bench;
  reg clk = 0, rst_n = 0, in_valid = 0, out_ready = 0;
  reg [{in_bits}-1:0] in_data = 0;
  wire in_ready, out_valid;
  {name} dut (.clk_i(clk), .rst_ni(rst_n), .weight_valid_i(1'b0),
              .in_valid_i(in_valid), .in_ready_o(in_ready), .in_data_i(in_data),
              .out_valid_o(out_valid), .out_ready_i(out_ready));
  initial begin
    #5 clk = 1; #5 clk = 0; rst_n = 1;
{steps}    $finish(0);
  end
endmodule
)",
      fmt::arg("in_bits", spec.rows * spec.input.bits), fmt::arg("name", spec.name),
      fmt::arg("steps", steps));
}

TEST_CASE("the emitted Verilog behaves as its timing diagram shows") {
  if (!has_tool("iverilog")) {
    WARN("SKIPPED: iverilog is not installed");
    return;
  }
  for (const int bits : {1, 2, 3, 5}) {
    for (const int digit : {1, 2}) {
      for (const int ranks : {0, 1, 4}) {
        spec::MacroSpec spec = tiny();
        spec.input = {true, bits};
        if (digit > bits) continue;
        spec.input_bits_per_cycle = digit;
        spec.pipeline_stages = ranks;
        const plan::MacroPlan plan = plan::plan(spec);
        const std::vector<TimingColumn> columns = timing(plan);
        base::FileSet files = emit(spec);
        files["bench.v"] = bench(plan, columns);
        std::string expected;
        for (const TimingColumn& column : columns) {
          expected += fmt::format("{:d} {:d}\n", column.in_ready, column.out_valid);
        }
        const Ran ran =
            Output(files)("iverilog -g2005 -o bench -s bench -c sim.f bench.v && vvp -n bench");
        CAPTURE(bits, digit, ranks);
        CHECK(ran.text == expected);
      }
    }
  }
}

}  // namespace
}  // namespace cimforge::collateral
