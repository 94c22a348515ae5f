#include "generator/collateral/bitcell.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "generator/collateral/analog.h"
#include "generator/spec/bitcell.h"
#include "generator/spec/keys.h"
#include "generator/spec/protection.h"

namespace cimforge::collateral {
namespace {

int width_of(const verilog::Port& each) {
  return each.width ? std::stoi(verilog::print(*each.width)) : 1;
}

int cells_of(const spec::MacroSpec& spec, const verilog::Module& box) {
  return width_of(box.ports.at(0)) * spec::word_bits(spec) / spec::bits_of_cell(spec.bitcell.cell);
}

/// What the cells of a column take together.
double area_of(const spec::MacroSpec& spec, const verilog::Module& box) {
  return spec.bitcell.um2 * cells_of(spec, box);
}

/// Where the figures are from, without the marks of a comment.
std::string sources(const spec::MacroSpec& spec, const verilog::Module& box) {
  return fmt::format(
      "ESTIMATE for {} {} bitcells of {}, to be replaced by the files of the real column.\n"
      "Area: array.bitcell_um2 = {} um2 a cell{}{}.\n"
      "Delays: array.bitcell_setup_ns and array.bitcell_output_ns, budgets of the specification.\n"
      "Capacitance, slew and load of the pins: round numbers.",
      cells_of(spec, box), spec::to_string(spec.bitcell.cell), spec.name,
      spec::real_as_toml(spec.bitcell.um2),
      spec::bits_of_cell(spec.bitcell.cell) == 2 ? " of two bits, of two banks" : "",
      spec.bitcell.um2 == 0.0 ? ", which is unknown" : "");
}

/// The word lines that write stored bits of row `row`, or all of them.
std::string word_lines(const spec::MacroSpec& spec, int lines, int row) {
  std::string names;
  const int rows = lines / spec.banks;
  for (int line = 0; line < lines; ++line) {
    if (row >= 0 && line % rows != row) continue;
    names += fmt::format("{}word_line_i[{}]", names.empty() ? "" : " ", line);
  }
  return names;
}

std::string table(const char* name, double value) {
  return fmt::format("{} (scalar) {{ values (\"{}\"); }} ", name, value);
}

std::string delays(double value) {
  return table("cell_rise", value) + table("cell_fall", value) + table("rise_transition", 0.1) +
         table("fall_transition", 0.1);
}

}  // namespace

std::string bitcell_liberty(const spec::MacroSpec& spec, const verilog::Module& box) {
  constexpr double pin_pf = 0.001;
  std::string text = fmt::format(
      "/* {} */\n"
      "library ({}) {{\n"
      "  delay_model : table_lookup;\n"
      "  time_unit : \"1ns\";\n  capacitive_load_unit (1, pf);\n  voltage_unit : \"1V\";\n"
      "  current_unit : \"1mA\";\n  pulling_resistance_unit : \"1kohm\";\n"
      "  leakage_power_unit : \"1nW\";\n  nom_process : 1;\n  nom_temperature : 25;\n"
      "  nom_voltage : 1;\n  input_threshold_pct_rise : 50;\n  input_threshold_pct_fall : 50;\n"
      "  output_threshold_pct_rise : 50;\n  output_threshold_pct_fall : 50;\n"
      "  slew_lower_threshold_pct_rise : 20;\n  slew_lower_threshold_pct_fall : 20;\n"
      "  slew_upper_threshold_pct_rise : 80;\n  slew_upper_threshold_pct_fall : 80;\n",
      sources(spec, box), box.name);
  std::set<int> widths;
  for (const verilog::Port& each : box.ports) widths.insert(width_of(each));
  for (const int width : widths) {
    text += fmt::format(
        "  type (bus{0}) {{ base_type : array; data_type : bit; bit_width : {0}; bit_from : {1}; "
        "bit_to : 0; downto : true; }}\n",
        width, width - 1);
  }
  text += fmt::format("  cell ({}) {{\n    area : {};\n    dont_touch : true;\n", box.name,
                      area_of(spec, box));
  const int lines = width_of(box.ports.at(0));
  for (const verilog::Port& each : box.ports) {
    const bool is_output = each.direction == verilog::Direction::output;
    const bool is_word_line = each.name == "word_line_i";
    text += fmt::format("    bus ({}) {{ bus_type : bus{}; direction : {};\n", each.name,
                        width_of(each), is_output ? "output" : "input");
    for (int bit = 0; bit < width_of(each); ++bit) {
      text += fmt::format("      pin ({}[{}]) {{ direction : {}; ", each.name, bit,
                          is_output ? "output" : "input");
      if (is_word_line) {
        text += fmt::format("clock : true; capacitance : {}; }}\n", pin_pf);
      } else if (is_output) {
        text += "max_capacitance : 1;\n";
        text += fmt::format(
            "        timing () {{ related_pin : \"{}\"; timing_type : rising_edge; "
            "timing_sense : non_unate; {}}}\n",
            word_lines(spec, lines, bit / spec::word_bits(spec)), delays(spec.bitcell.output_ns));
        if (spec.banks > 1) {
          text += fmt::format(
              "        timing () {{ related_pin : \"{}\"; timing_type : combinational; "
              "timing_sense : non_unate; {}}}\n",
              [&] {
                std::string bank;
                for (int i = 0; i < width_of(box.ports.at(2)); ++i) {
                  bank += fmt::format("{}bank_i[{}]", i == 0 ? "" : " ", i);
                }
                return bank;
              }(),
              delays(spec.bitcell.output_ns));
        }
        text += "      }\n";
      } else if (each.name == "bank_i") {
        text += fmt::format("capacitance : {}; }}\n", pin_pf);
      } else {
        text += fmt::format("capacitance : {};\n", pin_pf);
        // Still from before the word line rises until it has fallen.
        const std::string all = word_lines(spec, lines, -1);
        const double setup = spec.bitcell.setup_ns;
        text += fmt::format(
            "        timing () {{ related_pin : \"{}\"; timing_type : setup_rising; {}{}}}\n", all,
            table("rise_constraint", setup), table("fall_constraint", setup));
        text += fmt::format(
            "        timing () {{ related_pin : \"{}\"; timing_type : hold_falling; {}{}}}\n", all,
            table("rise_constraint", 0.0), table("fall_constraint", 0.0));
        text += "      }\n";
      }
    }
    text += "    }\n";
  }
  return text + "  }\n}\n";
}

std::string bitcell_lef(const spec::MacroSpec& spec, const verilog::Module& box) {
  std::string note = "# " + sources(spec, box) + "\n";
  for (std::size_t at = note.find('\n'); at + 1 < note.size(); at = note.find('\n', at + 1)) {
    note.insert(at + 1, "# ");
  }
  return black_box_lef(box, area_of(spec, box), note);
}

}  // namespace cimforge::collateral
