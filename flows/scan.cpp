#include "flows/scan.h"

#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "flows/elaborate.h"
#include "generator/base/exit_status.h"

namespace cimforge::flows {
namespace {

using Json = nlohmann::json;

/// What drives a net: a pin of a clock gate, or nothing that is looked at.
struct Driver {
  std::string gate;
  std::string pin;
};

bool is_clock_gate(const std::string& type) {
  return type.find("cim_word_line_gate") != std::string::npos ||
         type.find("cim_word_line_test_gate") != std::string::npos ||
         type.find("cim_clock_gate") != std::string::npos;
}

bool starts_with(const std::string& text, const char* head) {
  return text.rfind(head, 0) == 0;
}

/// The flat netlist of a top, as Yosys writes it, cell by cell.
class Checker {
 public:
  explicit Checker(const Json& module) : module_(module) {
    for (const auto& [name, cell] : module.at("cells").items()) {
      if (!is_clock_gate(cell.at("type"))) continue;
      for (const Json& bit : cell.at("connections").at(output_of(cell))) {
        gated_.insert(bit);
        ++result_.clock_gates;
      }
    }
    clock_ = port("clk_i");
    reset_ = port("rst_ni");
    test_mode_ = port("test_mode_i");
  }

  ScanResult run() && {
    for (const auto& [name, cell] : module_.at("cells").items()) look_at(name, cell);
    return std::move(result_);
  }

 private:
  static const char* output_of(const Json& cell) {
    return cell.at("connections").contains("clk_o") ? "clk_o" : "word_line_o";
  }

  [[nodiscard]] Json port(const char* name) const {
    const Json& ports = module_.at("ports");
    return ports.contains(name) ? ports.at(name).at("bits").at(0) : Json();
  }

  void complain(const char* rule, const std::string& cell, const std::string& message) {
    result_.violations.push_back({rule, cell, message});
  }

  /// A parameter as Yosys writes it: a binary number.
  static bool is_set(const Json& cell, const char* parameter) {
    const Json& parameters = cell.at("parameters");
    if (!parameters.contains(parameter)) return true;
    return std::string(parameters.at(parameter)).find('1') != std::string::npos;
  }

  static int width_of(const Json& cell, const char* pin) {
    return static_cast<int>(cell.at("connections").at(pin).size());
  }

  void look_at(const std::string& name, const Json& cell) {
    const std::string type = cell.at("type");
    const Json& pins = cell.at("connections");
    if (is_clock_gate(type)) return look_at_gate(name, cell);
    if (starts_with(type, "$dlatch") || starts_with(type, "$adlatch") || starts_with(type, "$sr")) {
      const int bits = width_of(cell, "Q");
      result_.latches += bits;
      for (const Json& enable : pins.value("EN", Json::array())) {
        if (!gated_.contains(enable)) {
          complain("latch", name, "a latch is opened by something that is no clock gate");
        }
      }
      if (!starts_with(type, "$dlatch")) complain("latch", name, "a latch has a set or a reset");
      return;
    }
    if (pins.contains("CLK") && pins.contains("Q")) return look_at_flip_flop(name, cell);
    if (starts_with(type, "$mem")) complain("latch", name, "a memory was inferred");
    if (pins.contains("word_line_i")) {
      ++result_.black_boxes;
      for (const Json& line : pins.at("word_line_i")) {
        if (!gated_.contains(line)) {
          complain("latch", name,
                   "a word line of the array comes from something that is no clock "
                   "gate");
        }
      }
    }
  }

  void look_at_flip_flop(const std::string& name, const Json& cell) {
    const Json& pins = cell.at("connections");
    const int bits = width_of(cell, "Q");
    result_.flip_flops += bits;
    const Json& clock = pins.at("CLK").at(0);
    if (clock != clock_ && !gated_.contains(clock)) {
      complain("derived-clock", name, "its clock is neither clk_i nor that of a clock gate");
    } else if (!is_set(cell, "CLK_POLARITY")) {
      complain("derived-clock", name, "it is clocked by the falling edge");
    }
    for (const char* const pin : {"SET", "CLR", "ALOAD"}) {
      if (pins.contains(pin)) complain("reset", name, "it has an asynchronous set or load");
    }
    if (!pins.contains("ARST")) return;
    result_.with_reset += bits;
    if (pins.at("ARST").at(0) != reset_ || is_set(cell, "ARST_POLARITY")) {
      complain("reset", name, "its asynchronous reset is not rst_ni itself");
    }
  }

  void look_at_gate(const std::string& name, const Json& cell) {
    const Json& pins = cell.at("connections");
    const Json& clock = pins.at("clk_i").at(0);
    if (clock != clock_ && !gated_.contains(clock)) {
      complain("clock-gate", name, "it gates a clock that is neither clk_i nor that of a gate");
    }
    if (!pins.contains("test_mode_i") || test_mode_.is_null() ||
        pins.at("test_mode_i").at(0) != test_mode_) {
      complain("test-mode", name,
               "no pin opens it while scan chains shift (scan.test_mode = \"pin\" adds one)");
    }
  }

  const Json& module_;
  Json clock_, reset_, test_mode_;
  std::set<Json> gated_;  ///< nets that clock gates drive
  ScanResult result_;
};

}  // namespace

ScanResult check_scan(const RtlSource& rtl, std::chrono::minutes time_limit) {
  const std::string netlist = elaborate_flat(
      rtl, {"cim_word_line_gate", "cim_word_line_test_gate", "cim_clock_gate"}, time_limit);
  try {
    const Json json = Json::parse(netlist);
    return Checker(json.at("modules").at(rtl.top)).run();
  } catch (const Json::exception& error) {
    throw base::ToolError(fmt::format("the netlist of Yosys cannot be read: {}", error.what()));
  }
}

nlohmann::ordered_json to_json(const ScanResult& result) {
  nlohmann::ordered_json violations = nlohmann::ordered_json::array();
  for (const ScanViolation& each : result.violations) {
    violations.push_back({{"rule", each.rule}, {"cell", each.cell}, {"message", each.message}});
  }
  return {{"passed", result.passed()},         {"flip_flops", result.flip_flops},
          {"with_reset", result.with_reset},   {"latches", result.latches},
          {"black_boxes", result.black_boxes}, {"clock_gates", result.clock_gates},
          {"violations", violations}};
}

std::string to_text(const ScanResult& result) {
  std::string text = fmt::format(
      "{}: {} flip-flops ({} with reset), {} latches, {} gated clocks",
      result.passed() ? "ready for scan"
                      : fmt::format("not ready for scan: {} violations", result.violations.size()),
      result.flip_flops, result.with_reset, result.latches, result.clock_gates);
  if (result.black_boxes > 0) text += fmt::format(", {} arrays of bitcells", result.black_boxes);
  constexpr std::size_t most = 10;
  for (std::size_t i = 0; i < result.violations.size() && i < most; ++i) {
    const ScanViolation& each = result.violations[i];
    text += fmt::format("\n{}: {}: {}", each.rule, each.cell, each.message);
  }
  if (result.violations.size() > most) {
    text += fmt::format("\nand {} more", result.violations.size() - most);
  }
  return text;
}

}  // namespace cimforge::flows
