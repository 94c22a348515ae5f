// What other tools say to the emitted files. A tool that is missing is skipped with a warning.
#include <fmt/format.h>

#include "generator/collateral/collateral.h"
#include "tests/catch.h"
#include "tests/collateral/specs.h"

namespace cimforge::collateral {
namespace {

bool skipped(const std::string& tool) {
  if (has_tool(tool)) return false;
  WARN("SKIPPED: " << tool << " is not installed");
  return true;
}

/// The top module with its ports and nothing in it, as a netlist.
std::string stub(const ModuleSignature& macro) {
  std::string names;
  std::string declarations;
  for (const SignaturePort& port : macro.ports) {
    names += (names.empty() ? "" : ", ") + port.name;
    declarations +=
        fmt::format("  {} {}{};\n", to_string(port.direction),
                    port.is_vector ? fmt::format("[{}:0] ", port.width - 1) : "", port.name);
  }
  return fmt::format("module {} ({});\n{}endmodule\n", macro.name, names, declarations);
}

TEST_CASE("Verilator reads sim.f") {
  if (skipped("verilator")) return;
  const Ran ran =
      Output(emit(tiny()))("verilator --lint-only -Wall --top-module tiny_3x2 -f sim.f");
  CHECK(ran.text == "");
  CHECK(ran.status == 0);
}

TEST_CASE("Icarus reads sim.f") {
  if (skipped("iverilog")) return;
  const Output output(emit(tiny()));
  for (const std::string option : {"-c", "-f"}) {
    const Ran ran = output("iverilog -g2005 -t null -s tiny_3x2 " + option + " sim.f");
    CHECK(ran.text == "");
    CHECK(ran.status == 0);
  }
}

TEST_CASE("Yosys runs the command of the datasheet for one column") {
  if (skipped("yosys")) return;
  const base::FileSet files = emit(tiny());
  const std::string& sheet = files.at("tiny_3x2.md");
  const std::size_t chapter = sheet.find("One column for a layout:");
  REQUIRE(chapter != std::string::npos);
  const std::size_t begin = sheet.find("yosys -p", chapter);
  const std::size_t end = sheet.find("\n```", begin);
  const Ran ran = Output(files)(sheet.substr(begin, end - begin));
  CAPTURE(ran.text);
  CHECK(ran.status == 0);
  CHECK(ran.text.find("$_DLATCH_P_") != std::string::npos);
}

TEST_CASE("OpenSTA reads the constraints without a complaint") {
  if (skipped("sta")) return;
  for (const spec::MacroSpec& spec : matrix()) {
    if (spec.rows > 7) continue;
    base::FileSet files = emit(spec);
    files["netlist.v"] = stub(signature(plan::plan(spec)));
    // Only for its unit of time.
    files["units.lib"] =
        "library(units) {\n  time_unit : \"1ns\";\n"
        "  input_threshold_pct_rise : 50; input_threshold_pct_fall : 50;\n"
        "  output_threshold_pct_rise : 50; output_threshold_pct_fall : 50;\n"
        "  slew_lower_threshold_pct_rise : 20; slew_lower_threshold_pct_fall : 20;\n"
        "  slew_upper_threshold_pct_rise : 80; slew_upper_threshold_pct_fall : 80;\n}\n";
    // Every port is timed against the clock; a pattern that finds nothing is a warning.
    files["check.tcl"] = fmt::format(
        "read_liberty units.lib\nread_verilog netlist.v\nlink_design {0}\nread_sdc "
        "constraints/{0}.sdc\n"
        "puts \"inputs [llength $data_inputs] outputs [llength $data_outputs]\"\n"
        "check_setup -no_input_delay -no_output_delay -no_clock -generated_clocks\n"
        "puts done\nexit\n",
        spec.name);
    const Ran ran = Output(files)("sta -no_splash -exit check.tcl");
    CAPTURE(spec.name, ran.text);
    CHECK(ran.status == 0);
    CHECK(ran.text.find("done") != std::string::npos);
    CHECK(ran.text.find("Warning") == std::string::npos);
    CHECK(ran.text.find("Error") == std::string::npos);
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    for (const SignaturePort& port : signature(plan::plan(spec)).ports) {
      if (port.role == Role::clock || port.role == Role::reset) continue;
      (port.direction == Direction::input ? inputs : outputs) +=
          static_cast<std::size_t>(port.width);
    }
    CHECK(ran.text.find(fmt::format("inputs {} outputs {}", inputs, outputs)) != std::string::npos);
  }
}

TEST_CASE("the core is YAML with the targets of FuseSoC") {
  const std::string python = "/usr/bin/python3";
  if (run(python + " -c 'import yaml'").status != 0) {
    WARN("SKIPPED: python3-yaml is not installed");
    return;
  }
  base::FileSet files = emit(tiny());
  files["check.py"] = R"(import os, yaml
text = open('tiny_3x2.core').read()
assert text.splitlines()[0] == 'CAPI=2:'
core = yaml.safe_load(text)
assert core['name'].startswith('::tiny_3x2:'), core['name']
assert set(core['targets']) == {'default', 'lint', 'sim', 'synth'}
for fileset in core['filesets'].values():
    for path in fileset['files']:
        assert os.path.exists(path), path
for target in core['targets'].values():
    for fileset in target['filesets']:
        assert fileset in core['filesets']
    for parameter in target.get('parameters', []):
        assert parameter.split('=')[0] in core['parameters']
)";
  const Ran ran = Output(files)(python + " -B check.py");
  CHECK(ran.text == "");
  CHECK(ran.status == 0);
}

}  // namespace
}  // namespace cimforge::collateral
