// What goes out with an analog macro: ports, golden files, views of its array.
#include "generator/collateral/collateral.h"

#include <fmt/format.h>

#include <set>
#include <sstream>

#include "generator/lower/lower.h"
#include "tests/icarus/player.h"
#include "tests/catch.h"
#include "tests/collateral/specs.h"

namespace cimforge {
namespace {

using collateral::Output;
using collateral::Ran;

spec::MacroSpec tiny() {
  spec::MacroSpec spec = test::analog_specification("tiny_analog", 3, 3, "int2", "int3");
  spec.analog.columns_per_adc = 2;
  spec.analog.adc_bits = 5;
  spec.analog.array_area_um2 = 100;
  return spec;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

}  // namespace

TEST_CASE("the signature of an analog macro has the ports of its top module, in order") {
  std::vector<spec::MacroSpec> specs = test::analog_matrix();
  for (std::uint64_t seed = 0; seed < 40; ++seed) specs.push_back(test::random_analog(seed));
  for (const spec::MacroSpec& spec : specs) {
    CAPTURE(spec::to_toml(spec));
    const plan::MacroPlan plan = plan::plan(spec);
    const collateral::ModuleSignature macro = collateral::signature(plan);
    const verilog::Module top = lower::lower(plan).modules.back();
    REQUIRE(macro.name == top.name);
    REQUIRE(macro.ports.size() == top.ports.size());
    for (std::size_t i = 0; i < top.ports.size(); ++i) {
      const collateral::SignaturePort& ours = macro.ports[i];
      const verilog::Port& port = top.ports[i];
      CHECK(ours.name == port.name);
      CHECK((ours.direction == collateral::Direction::input) ==
            (port.direction == verilog::Direction::input));
      REQUIRE(ours.is_vector == port.width.has_value());
      CHECK(std::to_string(ours.width) == (port.width ? verilog::print(*port.width) : "1"));
    }
    CHECK(top.parameters.empty());
    CHECK(macro.cycles_per_vector == plan.analog->cycles_per_vector);
  }
}

TEST_CASE("the output for a small analog specification is the golden one") {
  const std::filesystem::path golden =
      std::filesystem::path(CIMFORGE_ANALOG_GOLDEN) / "tiny_analog";
  const std::filesystem::path page =
      std::filesystem::path(CIMFORGE_ANALOG_GOLDEN) / "tiny_analog.txt";
  base::FileSet files = collateral::emit(tiny());
  // The cells written by hand stand in rtl/.
  std::erase_if(files, [](const auto& file) { return file.first.starts_with("rtl/cim_"); });
  files.erase(collateral::manifest_name);
  const std::string text = collateral::check_text(plan::plan(tiny()));
  if (std::getenv("CIMFORGE_ACCEPT") != nullptr) {
    std::filesystem::remove_all(golden);
    for (const auto& [path, content] : files) {
      std::filesystem::create_directories((golden / path).parent_path());
      base::write_file_atomically(golden / path, content);
    }
    base::write_file_atomically(page, text);
  }
  INFO("to accept the new texts run with CIMFORGE_ACCEPT=1");
  std::set<std::string> there;
  for (const auto& each : std::filesystem::recursive_directory_iterator(golden)) {
    if (each.is_regular_file()) there.insert(each.path().lexically_relative(golden).string());
  }
  for (const auto& [path, expected] : files) {
    CAPTURE(path);
    REQUIRE(there.erase(path) == 1);
    CHECK(base::read_file(golden / path) == expected);
  }
  CHECK(there.empty());
  CHECK(base::read_file(page) == text);
}

TEST_CASE("the stub, Liberty and LEF of the array have its ports") {
  for (const spec::MacroSpec& spec : {tiny(), test::analog_matrix()[16]}) {
    const base::FileSet files = collateral::emit(spec);
    const std::string array = spec.name + "_array";
    const verilog::Module module = *lower::lower(plan::plan(spec)).array;
    const std::string& lef = files.at("array/" + array + ".lef");
    const std::string& liberty = files.at("array/" + array + ".lib");
    std::size_t pins = 0;
    for (const verilog::Port& port : module.ports) {
      const int width = port.width ? std::stoi(verilog::print(*port.width)) : 1;
      pins += static_cast<std::size_t>(width);
      CHECK(count(lef, "  PIN " + port.name + (port.width ? "[" : "\n")) ==
            static_cast<std::size_t>(width));
      CHECK(count(liberty, (port.width ? "    bus (" : "    pin (") + port.name + ")") == 1);
    }
    CHECK(count(lef, "  PIN ") == pins);
    // Pins stand in the macro and do not touch.
    double height = 0;
    double above = 0;
    std::istringstream lines(lef);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string word, by;
      double left = 0, bottom = 0, right = 0, top = 0;
      words >> word;
      if (word == "SIZE") {
        words >> left >> by >> height;
        CHECK(left * height >= spec.analog.array_area_um2 * 0.999);
      } else if (word == "RECT") {
        words >> left >> bottom >> right >> top;
        CHECK(bottom >= above + 0.0099);
        CHECK(top <= height);
        above = top;
      }
    }
    CHECK(above > 0);
  }
}

TEST_CASE("OpenSTA has the budget of the array from its Liberty") {
  if (!collateral::has_tool("sta")) {
    WARN("SKIPPED: sta is not installed");
    return;
  }
  base::FileSet files = collateral::emit(tiny());
  const verilog::Module module = *lower::lower(plan::plan(tiny())).array;
  std::string names, declarations, pins;
  for (const verilog::Port& port : module.ports) {
    names += (names.empty() ? "" : ", ") + port.name;
    declarations += fmt::format(
        "  {} {}{};\n", port.direction == verilog::Direction::input ? "input" : "output",
        port.width ? fmt::format("[{}:0] ", std::stoi(verilog::print(*port.width)) - 1) : "",
        port.name);
    pins += fmt::format("{}.{}({})", pins.empty() ? "" : ", ", port.name, port.name);
  }
  files["netlist.v"] =
      fmt::format("module outer ({});\n{}  tiny_analog_array u_array ({});\nendmodule\n", names,
                  declarations, pins);
  files["check.tcl"] =
      "read_liberty array/tiny_analog_array.lib\nread_verilog netlist.v\nlink_design outer\n"
      "create_clock -name clk -period 10 [get_ports clk_i]\n"
      "foreach port [all_inputs] {\n  if {[get_property $port full_name] != \"clk_i\"} { "
      "set_input_delay 1 -clock clk $port }\n}\n"
      "set_output_delay 1 -clock clk [all_outputs]\n"
      "report_checks -to [get_pins u_array/convert_i]\nreport_checks -through [get_pins "
      "u_array/done_o]\ncheck_setup\nputs done\nexit\n";
  const Ran ran = Output(files)("sta -no_splash -exit check.tcl");
  CAPTURE(ran.text);
  CHECK(ran.status == 0);
  CHECK(ran.text.find("done") != std::string::npos);
  CHECK(ran.text.find("Warning") == std::string::npos);
  CHECK(ran.text.find("Error") == std::string::npos);
  // Setup 2 ns: required 8, arrived 1. Output 2 ns: required 9.
  CHECK(ran.text.find("library setup time") != std::string::npos);
  CHECK(ran.text.find("7.00   slack (MET)") != std::string::npos);
}

TEST_CASE("OpenSTA reads the constraints of an analog macro") {
  if (!collateral::has_tool("sta")) {
    WARN("SKIPPED: sta is not installed");
    return;
  }
  base::FileSet files = collateral::emit(tiny());
  std::string names, declarations;
  std::size_t bits = 0;
  for (const auto& port : collateral::signature(plan::plan(tiny())).ports) {
    names += (names.empty() ? "" : ", ") + port.name;
    declarations +=
        fmt::format("  {} {}{};\n", to_string(port.direction),
                    port.is_vector ? fmt::format("[{}:0] ", port.width - 1) : "", port.name);
    if (port.role != collateral::Role::clock && port.role != collateral::Role::reset) {
      bits += static_cast<std::size_t>(port.width);
    }
  }
  files["netlist.v"] = fmt::format("module tiny_analog ({});\n{}endmodule\n", names, declarations);
  files["check.tcl"] =
      "read_liberty array/tiny_analog_array.lib\nread_verilog netlist.v\nlink_design tiny_analog\n"
      "read_sdc constraints/tiny_analog.sdc\n"
      "puts \"bits [expr [llength $data_inputs] + [llength $data_outputs]]\"\nputs done\nexit\n";
  const Ran ran = Output(files)("sta -no_splash -exit check.tcl");
  CAPTURE(ran.text);
  CHECK(ran.status == 0);
  CHECK(ran.text.find("done") != std::string::npos);
  CHECK(ran.text.find("Warning") == std::string::npos);
  CHECK(ran.text.find("Error") == std::string::npos);
  CHECK(ran.text.find(fmt::format("bits {}\n", bits)) != std::string::npos);
}

TEST_CASE("Yosys maps a macro with its array as a cell of the Liberty") {
  if (!collateral::has_tool("yosys")) {
    WARN("SKIPPED: yosys is not installed");
    return;
  }
  const Ran ran = Output(collateral::emit(tiny()))(
      "yosys -q -p \"read_liberty -lib array/tiny_analog_array.lib; read_verilog $(grep -v '^//' "
      "synth.f | grep -v stub | tr '\\n' ' '); hierarchy -check -top tiny_analog; synth -flatten "
      "-run "
      "begin:fine; check -assert; select -assert-count 1 t:tiny_analog_array\"");
  CHECK(ran.text == "");
  CHECK(ran.status == 0);
}

TEST_CASE("the command of the datasheet for Yosys runs") {
  if (!collateral::has_tool("yosys")) {
    WARN("SKIPPED: yosys is not installed");
    return;
  }
  const base::FileSet files = collateral::emit(tiny());
  const std::string& sheet = files.at("tiny_analog.md");
  const std::size_t begin = sheet.find("yosys -p");
  const Ran ran = Output(files)(sheet.substr(begin, sheet.find("\n```", begin) - begin));
  CAPTURE(ran.text.substr(ran.text.size() > 2000 ? ran.text.size() - 2000 : 0));
  CHECK(ran.status == 0);
  CHECK(ran.text.find("$_DLATCH") == std::string::npos);
}

}  // namespace cimforge
