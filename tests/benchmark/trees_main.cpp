// The benchmark of adder trees: area and delay of one column's products and tree, against what
// Yosys makes of the same sum, for every shape and library.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <regex>

#include "flows/adder_cells.h"
#include "flows/adder_delays.h"
#include "flows/cell_models.h"
#include "flows/process.h"
#include "flows/tools.h"
#include "flows/yosys_area.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/plan/plan.h"
#include "generator/spec/range.h"
#include "trees.h"

namespace {

using namespace cimforge;             // NOLINT: a program of its own
using namespace cimforge::benchmark;  // NOLINT

struct Cost {
  double area_um2 = 0.0;
  double delay_ns = 0.0;
};

std::string full_path(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).string();
}

/// The longest path of a combinational netlist, by OpenSTA.
double delay_of(const std::string& netlist, const std::filesystem::path& liberty) {
  const base::TemporaryDirectory directory("cimforge-trees-");
  base::write_file_atomically(directory.path() / "netlist.v", netlist);
  base::write_file_atomically(
      directory.path() / "script.tcl",
      fmt::format("read_liberty {{{}}}\nread_verilog netlist.v\nlink_design column\n"
                  "create_clock -name c -period 1000\nset_input_delay 0 -clock c [all_inputs]\n"
                  "set_output_delay 0 -clock c [all_outputs]\nset_cmd_units -time ns\n"
                  "report_checks -digits 6\n",
                  full_path(liberty)));
  const flows::ProcessResult result =
      flows::run_tool({.arguments = {flows::find_tool(flows::ToolId::sta).path.string(), "-no_init",
                                     "-no_splash", "-exit", "script.tcl"},
                       .time_limit = std::chrono::minutes(10),
                       .working_directory = directory.path()});
  std::smatch match;
  if (!std::regex_search(result.stdout_text, match, std::regex("([0-9.]+)\\s+data arrival time"))) {
    throw base::ToolError("OpenSTA gives no arrival time:\n" + result.stdout_text);
  }
  return std::stod(match[1]);
}

/// Random vectors and corners through the mapped netlist in Icarus, against a sum in integers.
void verify(const std::string& netlist, const TreeShape& shape,
            const std::filesystem::path& liberty) {
  const int bits = spec::output_width(tree_spec(shape, spec::AdderTree::dadda));
  const flows::Netlist parsed = flows::parse_netlist(netlist, "column");
  const std::string models =
      flows::cell_models(flows::read_libraries({liberty}), flows::cells_of(parsed));
  std::mt19937_64 random(1);
  std::string vectors;
  std::string expected;
  constexpr int count = 400;
  for (int vector = 0; vector < count; ++vector) {
    std::int64_t sum = 0;
    std::string x;
    std::string w;
    for (int row = 0; row < shape.rows; ++row) {
      const auto draw = [&](const spec::IntegerFormat& format, std::string& codes) {
        std::uint64_t code = vector == 0   ? 0
                             : vector == 1 ? ~std::uint64_t{0}
                             : vector == 2 ? std::uint64_t{1} << (format.bits - 1)
                                           : random();
        code &= (std::uint64_t{1} << format.bits) - 1;
        codes.insert(0, fmt::format("{:0{}b}", code, format.bits));
        auto value = static_cast<std::int64_t>(code);
        if (format.is_signed && ((code >> (format.bits - 1)) & 1U) != 0) {
          value -= std::int64_t{1} << format.bits;
        }
        return value;
      };
      const std::int64_t a = draw(shape.input, x);
      sum += a * draw(shape.weight, w);
    }
    vectors += x + w + "\n";
    expected += fmt::format(
        "{:0{}b}\n", static_cast<std::uint64_t>(sum) & ((std::uint64_t{1} << bits) - 1), bits);
  }
  const int x_bits = shape.rows * shape.input.bits;
  const int w_bits = shape.rows * shape.weight.bits;
  const base::TemporaryDirectory directory("cimforge-trees-");
  base::write_file_atomically(directory.path() / "vectors", vectors);
  base::write_file_atomically(directory.path() / "expected", expected);
  base::write_file_atomically(
      directory.path() / "bench.v",
      models + netlist +
          fmt::format(
              "module bench;\n  reg [{0}:0] v [0:{1}]; reg [{2}:0] e [0:{1}];\n"
              "  reg [{0}:0] i; wire [{2}:0] y; integer n, bad;\n"
              "  column dut (.x(i[{3} +: {4}]), .w(i[0 +: {3}]), .y(y));\n"
              "  initial begin\n    bad = 0; $readmemb(\"vectors\", v); "
              "$readmemb(\"expected\", e);\n"
              "    for (n = 0; n <= {1}; n = n + 1) begin i = v[n]; #1 if (y !== e[n]) bad = "
              "bad + 1; end\n    $display(\"bad %0d\", bad);\n  end\nendmodule\n",
              x_bits + w_bits - 1, count - 1, bits - 1, w_bits, x_bits));
  flows::run_tool({.arguments = {"iverilog", "-o", "bench", "bench.v"},
                   .time_limit = std::chrono::minutes(10),
                   .working_directory = directory.path()});
  const auto run = flows::run_tool({.arguments = {"vvp", "-n", "bench"},
                                    .time_limit = std::chrono::minutes(10),
                                    .working_directory = directory.path()});
  if (run.stdout_text.find("bad 0\n") == std::string::npos) {
    throw base::CommandError(
        base::ExitStatus::check_failed,
        fmt::format("{}: the netlist is wrong: {}", shape.name, run.stdout_text));
  }
}

Cost emitted(const TreeShape& shape, spec::AdderTree form, const std::filesystem::path& liberty) {
  const spec::MacroSpec spec = tree_spec(shape, form);
  const base::TemporaryDirectory directory("cimforge-trees-");
  flows::AreaRequest request;
  const auto delays = flows::adder_delays(flows::load_cell_library({liberty}), form);
  for (const auto& [name, text] : emitted_tree(spec, delays)) {
    base::write_file_atomically(directory.path() / name, text);
    request.verilog.push_back(directory.path() / name);
  }
  request.top = "column";
  request.liberty = {liberty};
  request.keep_netlist = true;
  request.goal = flows::mapping_goal(form);
  const flows::AreaResult result = flows::measure_area(request);
  verify(result.netlist, shape, liberty);
  return {result.area_um2, delay_of(result.netlist, liberty)};
}

/// Stock Yosys: `synth -flatten` and `abc -liberty`, or with -noalumacc for a tree of `+`.
Cost written(const TreeShape& shape, bool balanced, const std::filesystem::path& liberty) {
  const base::TemporaryDirectory directory("cimforge-trees-");
  base::write_file_atomically(directory.path() / "column.v", written_tree(shape, balanced));
  base::write_file_atomically(
      directory.path() / "script.ys",
      fmt::format("read_verilog column.v\nsynth -top column -flatten{}\nabc -liberty \"{}\"\n"
                  "opt_clean -purge\ntee -q -o stat.txt stat -liberty \"{}\"\n"
                  "write_verilog -noattr netlist.v\n",
                  balanced ? " -noalumacc" : "", full_path(liberty), full_path(liberty)));
  flows::run_tool({.arguments = {"yosys", "-q", "script.ys"},
                   .time_limit = std::chrono::minutes(60),
                   .working_directory = directory.path(),
                   .environment = {{"TMPDIR", directory.path().string()}}});
  const std::string stat = base::read_file(directory.path() / "stat.txt");
  std::smatch match;
  if (!std::regex_search(stat, match, std::regex("Chip area for [^:]*: *([0-9.]+)"))) {
    throw base::ToolError("Yosys gives no area");
  }
  const std::string netlist = base::read_file(directory.path() / "netlist.v");
  const flows::Netlist parsed = flows::parse_netlist(netlist, "column");
  verify(netlist, shape, liberty);
  return {std::stod(match[1]), delay_of(flows::print_netlist(parsed), liberty)};
}

constexpr std::array forms_of_table = {"area", "balanced", "speed"};

/// A table for each library: area in um2 / delay in ns, and what that is of stock Yosys.
std::string markdown(const nlohmann::ordered_json& results) {
  std::string text;
  for (const auto& [library, shapes] : results.items()) {
    text += fmt::format("\n### {}\n\n| um2 / ns | `synth` | tree of `+` |", library);
    for (const char* form : forms_of_table) text += fmt::format(" `{}` |", form);
    text += "\n|---|---|---|---|---|---|\n";
    std::map<std::string, std::pair<double, int>> logs;
    for (const auto& [shape, row] : shapes.items()) {
      text += fmt::format("| {} |", shape);
      const auto value = [&](const std::string& of, const char* key) {
        return row.at(of).at(key).template get<double>();
      };
      for (const char* stock : {"synth", "tree"}) {
        text += row.contains(stock) ? fmt::format(" {:.0f} / {:.2f} |", value(stock, "area_um2"),
                                                  value(stock, "delay_ns"))
                                    : " - |";
      }
      for (const std::string form : forms_of_table) {
        if (!row.contains(form)) {
          text += " - |";
          continue;
        }
        text += fmt::format(" {:.0f} / {:.2f}", value(form, "area_um2"), value(form, "delay_ns"));
        const auto note = [&](const std::string& key, double ratio) {
          logs[key].first += std::log(ratio);
          ++logs[key].second;
        };
        note(form + " area of the bound",
             value(form, "area_um2") / row.at("bound_um2").template get<double>());
        for (const std::string stock : {"synth", "tree"}) {
          if (!row.contains(stock)) continue;
          const double area = value(form, "area_um2") / value(stock, "area_um2");
          const double delay = value(form, "delay_ns") / value(stock, "delay_ns");
          text += fmt::format("{}{:.2f}/{:.2f}", stock == "synth" ? " (" : ", ", area, delay);
          note(form + " area of " + stock, area);
          note(form + " delay of " + stock, delay);
        }
        text += row.contains("tree") ? ") |" : " |";
      }
      text += "\n";
    }
    text += "\nIn parentheses: area and delay of `synth`, of the tree of `+`. Geometric means:";
    for (const auto& [key, sum] : logs) {
      text += fmt::format(" {} {:.3f};", key, std::exp(sum.first / sum.second));
    }
    text.back() = '.';
    text += "\n";
  }
  return text;
}

spec::IntegerFormat format(bool is_signed, int bits) {
  return {is_signed, bits};
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Area and delay of adder trees against what Yosys makes of the same sum");
  std::vector<std::string> liberty;
  std::string output, only, forms = "area balanced speed";
  bool stock = true;
  std::string stock_file, markdown_file;
  app.add_option("--liberty", liberty, "Liberty files; default: OSU 0.18 um");
  app.add_option("--output", output, "Write the results as JSON");
  app.add_option("--markdown", markdown_file, "Write tables in Markdown");
  app.add_option("--only", only, "Only shapes whose name has this text");
  app.add_option("--forms", forms, "Which trees")->capture_default_str();
  app.add_flag("!--no-stock", stock, "Leave out what Yosys makes");
  app.add_option("--stock", stock_file, "JSON of an earlier run with the stock results");
  CLI11_PARSE(app, argc, argv);
  if (liberty.empty()) liberty = {flows::default_liberty().string()};

  std::vector<TreeShape> shapes;
  for (const int bits : {1, 4, 8}) {
    for (const int rows : {64, 128, 256}) {
      shapes.push_back(
          {fmt::format("{} x {} bit", rows, bits), rows, format(false, 1), format(bits > 1, bits)});
    }
  }
  shapes.push_back({"64 x (4 x 4 bit)", 64, format(true, 4), format(true, 4)});

  nlohmann::ordered_json known = nlohmann::ordered_json::object();
  if (!stock_file.empty()) known = nlohmann::ordered_json::parse(base::read_file(stock_file));
  nlohmann::ordered_json results = nlohmann::ordered_json::object();
  for (const std::string& file : liberty) {
    const flows::CellLibrary library = flows::load_cell_library({file});
    const std::string name = library.files.front().library;
    fmt::print("\n{}\n{:<18}{:>18}{:>18}", name, "shape", "synth", "tree");
    for (const char* form : {"area", "balanced", "speed"}) {
      if (forms.find(form) != std::string::npos) fmt::print("{:>34}", form);
    }
    fmt::print("\n");
    for (const TreeShape& shape : shapes) {
      if (shape.name.find(only) == std::string::npos) continue;
      nlohmann::ordered_json& row = results[name][shape.name];
      std::optional<Cost> loop, tree;
      const auto cost = [](const nlohmann::ordered_json& of) {
        return Cost{of.at("area_um2"), of.at("delay_ns")};
      };
      const auto json = [](const Cost& of) {
        return nlohmann::ordered_json{{"area_um2", of.area_um2}, {"delay_ns", of.delay_ns}};
      };
      if (known.contains(name) && known[name].contains(shape.name)) {
        loop = cost(known[name][shape.name]["synth"]);
        tree = cost(known[name][shape.name]["tree"]);
      } else if (stock) {
        loop = written(shape, false, file);
        tree = written(shape, true, file);
      }
      const auto plain = [](const std::optional<Cost>& of) {
        return of ? fmt::format("{:.0f} / {:.2f}", of->area_um2, of->delay_ns) : std::string("-");
      };
      fmt::print("{:<18}{:>18}{:>18}", shape.name, plain(loop), plain(tree));
      if (loop) row["synth"] = json(*loop);
      if (tree) row["tree"] = json(*tree);
      const plan::MacroPlan plan = plan::plan(tree_spec(shape, spec::AdderTree::area));
      const double bound =
          flows::tree_bound_um2(library.adders, plan.full_adder_bound(),
                                plan.heap_bits_per_column(), plan.inverted_heap_bits_per_column())
              .value_or(0.0);
      row["bound_um2"] = bound;
      for (const auto& [form, enumerator] : {std::pair{"area", spec::AdderTree::area},
                                             std::pair{"balanced", spec::AdderTree::balanced},
                                             std::pair{"speed", spec::AdderTree::speed}}) {
        if (forms.find(form) == std::string::npos) continue;
        const auto begin = std::chrono::steady_clock::now();
        const Cost ours = emitted(shape, enumerator, file);
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        row[form] = json(ours);
        row[form]["seconds"] = seconds;
        std::string text = fmt::format("{:.0f}/{:.2f}", ours.area_um2, ours.delay_ns);
        if (form == std::string("area")) text += fmt::format(" b{:.3f}", ours.area_um2 / bound);
        if (loop) {
          text += fmt::format(" s{:.2f}/{:.2f}", ours.area_um2 / loop->area_um2,
                              ours.delay_ns / loop->delay_ns);
        }
        if (tree) {
          text += fmt::format(" t{:.2f}/{:.2f}", ours.area_um2 / tree->area_um2,
                              ours.delay_ns / tree->delay_ns);
        }
        fmt::print("{:>34}", text);
        std::fflush(stdout);
      }
      fmt::print("\n");
      std::fflush(stdout);
    }
  }
  if (!markdown_file.empty()) base::write_file_atomically(markdown_file, markdown(results));
  if (!output.empty()) base::write_file_atomically(output, results.dump(2) + "\n");
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 3;
}
