#include "generator/lower/lower.h"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "generator/spec/parse.h"
#include "generator/spec/verilog_name.h"
#include "generator/verilog/module.h"
#include "tests/catch.h"
#include "tests/lower/matrix.h"

namespace cimforge {
namespace {

/// Small macros that together have every port and signal of a top module.
std::vector<spec::MacroSpec> tops() {
  std::vector<spec::MacroSpec> specs;
  for (std::size_t i = 0; i < test::matrix.size(); ++i) {
    spec::MacroSpec spec = test::matrix_specification(i);
    spec.rows = spec.sparsity.is_structured() ? spec.sparsity.group : std::min(spec.rows, 3);
    spec.rows_per_block = std::min(spec.rows_per_block, 3);
    spec.output_mode = spec::OutputMode::exact;
    spec.output_bits = spec.output_shift = 0;
    specs.push_back(spec);
  }
  for (const bool is_signed : {false, true}) {
    for (const spec::Encoding encoding : {spec::Encoding::differential, spec::Encoding::offset}) {
      for (const int rows : {1, 5}) {
        for (const int columns : {1, 5}) {
          spec::MacroSpec spec;
          spec.name = "a";
          spec.kind = spec::Kind::analog;
          spec.rows = rows;
          spec.columns = columns;
          spec.weight.is_signed = spec.input.is_signed = is_signed;
          spec.analog.encoding = encoding;
          spec.analog.columns_per_adc = std::min(columns, 2);
          specs.push_back(spec);
        }
      }
    }
  }
  spec::MacroSpec hybrid = specs.back();
  hybrid.kind = spec::Kind::hybrid;
  hybrid.weight = {true, 4};
  hybrid.hybrid.digital_bits = 2;
  specs.push_back(hybrid);
  for (const int size : {1, 5}) {
    spec::MacroSpec spec;
    spec.name = "a";
    spec.kind = spec::Kind::near_memory;
    spec.rows = spec.columns = spec.banks = size;
    specs.push_back(spec);
  }
  // Formats with scales, with classes, beside integers; more columns than a group has.
  for (const auto& [format, others] :
       {std::pair{"mxfp8_e5m2", ""},
        {"fp8_e5m2", "integer_bits = 4\n"},
        {"fp4_e2m1", "align_weights_at = \"read\"\nalign_inputs_to = \"product\"\n"}}) {
    const spec::ParseResult read = spec::parse(
        fmt::format("name = \"m\"\nkind = \"floating\"\n[array]\nrows = 4\ncolumns = 70\nbanks = "
                    "2\n[operands]\ninput = \"{0}\"\nweight = \"{0}\"\n[floating]\nblock_rows = "
                    "2\n{1}",
                    format, others),
        "m.toml");
    INFO(base::to_string(read.diagnostics));
    REQUIRE(read.spec);
    specs.push_back(*read.spec);
  }
  spec::MacroSpec logic;
  logic.name = "m";
  logic.kind = spec::Kind::logic;
  logic.weight = {false, 1};
  logic.rows = 8;
  logic.columns = 3;
  specs.push_back(logic);
  return specs;
}

}  // namespace

TEST_CASE("a macro may have the name of one of its signals, and of nothing else in it", "[lower]") {
  std::set<std::string> missing, tried;
  for (spec::MacroSpec spec : tops()) {
    const lower::Rtl rtl = lower::lower(plan::plan(spec));
    const std::string text = rtl.files("").at(spec.name + ".v");
    const verilog::Interface top = verilog::interface_of(rtl.modules.back());
    std::set<std::string> shown(top.parameters.begin(), top.parameters.end());
    for (const auto& port : top.ports) shown.insert(port.first);
    const std::regex word(R"([A-Za-z_]\w*)");
    std::set<std::string> words;
    for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
      words.insert(at->str());
    }
    for (const std::string& each : words) {
      if (spec::complaint_about_name(each)) continue;
      // A signal gets another name in one top as in all; ports, parameters and instances keep
      // theirs.
      const bool is_new = tried.insert(each).second;
      if (!is_new && !each.starts_with("u_") && !shown.contains(each)) continue;
      spec.name = each;
      try {
        static_cast<void>(lower::lower(plan::plan(spec)));
      } catch (const std::logic_error&) {
        missing.insert('"' + each + "\", ");
      }
    }
  }
  std::string list;
  for (const std::string& each : missing) list += each;
  INFO("names_within lacks " << list);
  CHECK(missing.empty());
}

TEST_CASE("a macro may have the name of a local of a cell", "[lower]") {
  spec::MacroSpec spec;
  spec.name = "row";
  spec.kind = spec::Kind::analog;
  spec.rows = spec.columns = 2;
  spec.analog.columns_per_adc = 1;
  constexpr const char* waiver = "lint_off VARHIDDEN";
  constexpr const char* cell = "cim_analog_array_exact.v";
  CHECK(lower::lower(plan::plan(spec)).cells.at(cell).find(waiver) != std::string::npos);
  spec.name = "macro";
  CHECK(lower::lower(plan::plan(spec)).cells.at(cell).find(waiver) == std::string::npos);
}

TEST_CASE("the whole matrix is lowered, the same text each time", "[lower]") {
  for (std::size_t i = 0; i < test::matrix.size(); ++i) {
    const spec::MacroSpec spec = test::matrix_specification(i);
    INFO(spec.name);
    const lower::Rtl rtl = lower::lower(plan::plan(spec));
    const auto files = rtl.files("A banner\nof two lines");
    CHECK(files == lower::lower(plan::plan(spec)).files("A banner\nof two lines"));
    CHECK(rtl.top == spec.name);
    CHECK(files.contains(spec.name + ".v"));
    CHECK(files.contains(spec.name + "_slice.v"));

    // The order names every file once, each after those that it uses.
    std::vector<std::string> order = rtl.array_files();
    for (const std::string& file : rtl.file_order()) order.push_back(file);
    CHECK(std::set<std::string>(order.begin(), order.end()).size() == files.size());
    CHECK(order.size() == files.size());
    CHECK(order.back() == spec.name + ".v");
    const std::regex instance(R"(^\s*((?:cim|m\d\d)_\w+)\s+(?:#\(|u_))");
    std::set<std::string> known;
    for (const std::string& file : order) {
      std::istringstream lines(files.at(file));
      std::smatch match;
      for (std::string line; std::getline(lines, line);) {
        if (std::regex_search(line, match, instance)) CHECK(known.contains(match[1].str() + ".v"));
      }
      known.insert(file);
    }
  }
}

TEST_CASE("an emitted file is plain text with a banner and one module of its name", "[lower]") {
  for (std::size_t i = 0; i < test::matrix.size(); ++i) {
    const lower::Rtl rtl = lower::lower(plan::plan(test::matrix_specification(i)));
    for (const auto& [name, text] : rtl.files("Some banner")) {
      INFO(name);
      const std::string stem = name.substr(0, name.size() - 2);
      CHECK(verilog::interface_of_text(text).name == stem);
      CHECK(std::all_of(text.begin(), text.end(),
                        [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
      CHECK(text.find(" \n") == std::string::npos);
      CHECK(text.find("`default_nettype none\n") != std::string::npos);
      CHECK_THAT(text, Catch::EndsWith("\nendmodule\n\n`default_nettype wire\n"));
      if (!rtl.cells.contains(name)) {
        CHECK_THAT(text, Catch::StartsWith("// Some banner\n"));
        CHECK(text.find("lint_off") == std::string::npos);
      }
    }
  }
}

TEST_CASE("the top has the pins of the contract", "[lower]") {
  const auto pins_of = [](const spec::MacroSpec& spec) {
    const lower::Rtl rtl = lower::lower(plan::plan(spec));
    std::vector<std::string> names;
    for (const auto& [name, direction] : verilog::interface_of(rtl.modules.back()).ports) {
      names.push_back(name);
      const bool is_output = name.ends_with("_o");
      CHECK(is_output == (direction == verilog::Direction::output));
    }
    return names;
  };
  spec::MacroSpec spec;
  spec.name = "macro";
  CHECK(pins_of(spec) == std::vector<std::string>{"clk_i", "rst_ni", "weight_valid_i",
                                                  "weight_ready_o", "weight_row_i", "weight_data_i",
                                                  "in_valid_i", "in_ready_o", "in_data_i",
                                                  "out_valid_o", "out_ready_i", "out_data_o"});
  spec.rows = 1;
  spec.banks = 3;
  CHECK(pins_of(spec) == std::vector<std::string>{
                             "clk_i", "rst_ni", "weight_valid_i", "weight_ready_o", "weight_bank_i",
                             "weight_data_i", "in_valid_i", "in_ready_o", "in_bank_i", "in_data_i",
                             "out_valid_o", "out_ready_i", "out_data_o"});
}

TEST_CASE("a tree of any size is made of processes that Verilator reads in good time", "[lower]") {
  spec::MacroSpec spec;
  spec.name = "parallel";
  spec.rows = 64;
  spec.columns = 1;
  spec.input = spec.weight = {true, 8};
  spec.input_bits_per_cycle = 8;
  spec.rows_per_block = 64;
  std::size_t processes = 0;
  std::size_t longest = 0;
  std::size_t length = 0;
  bool inside = false;
  std::istringstream lines(lower::lower(plan::plan(spec)).files("").at("parallel_block64.v"));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("always @*") != std::string::npos) {
      inside = true;
      ++processes;
      length = 0;
    } else if (inside && line == "  end") {
      inside = false;
      longest = std::max(longest, length);
    } else if (inside) {
      ++length;
    }
  }
  // 4096 products and nearly as many full adders of two statements.
  CHECK(processes >= 6);
  CHECK(longest <= 2000);
}

}  // namespace cimforge
