#include "generator/lower/lower.h"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "generator/verilog/module.h"
#include "tests/catch.h"
#include "tests/lower/matrix.h"

namespace cimforge {

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
    const std::vector<std::string> order = rtl.file_order();
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

}  // namespace cimforge
