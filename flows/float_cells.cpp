#include "flows/float_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

#include "flows/module_logic.h"
#include "flows/process.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/spec/floating.h"

namespace cimforge::flows {

/// File name -> text of the modules of proof/reference.
const std::map<std::string, std::string>& reference_cells();

namespace {

using Parameters = std::map<std::string, std::int64_t>;

/// A cell, and what of it is proved.
struct CellKind {
  const char* module;
  const char* part;                 ///< its name in the result
  std::vector<const char*> counts;  ///< parameters of how many elements it does alike
  std::vector<std::string> loads;   ///< what enables its registers, rank by rank
  /// Outputs that stand before the last rank, by how many.
  std::map<std::string, std::size_t> early;
  std::vector<const char*>
      cells;  ///< in it, each proved by itself: their references take their place
};

constexpr const char* control = "cim_float_control";
constexpr std::string_view float_input = "cim_float_input";
constexpr std::string_view exponent_max = "cim_exponent_max";
constexpr std::string_view product_exponent = "cim_product_exponent";
constexpr std::string_view float_join = "cim_float_join";
constexpr const char* exponent_rules = "exponent_max_rules";
constexpr const char* control_rules = "float_control_rules";

const std::vector<CellKind>& cell_kinds() {
  static const std::vector<CellKind> kinds = {
      {"cim_float_align", "alignment of an element", {"COUNT"}, {"load_i"}, {}, {}},
      {"cim_exponent_max", "largest exponent", {}, {"load_i"}, {}, {}},
      {"cim_integer_mode", "integers among the codes", {"COUNT"}, {"load_i"}, {}, {}},
      {"cim_weight_class", "class of a weight", {"COUNT"}, {"load_i"}, {}, {}},
      {"cim_float_input",
       "inputs through their registers",
       {"BLOCKS", "BLOCK_ROWS"},
       {"take_i", "move_i", "send_i"},
       {{"aligned_o", 1},
        {"b_integer_o", 1},
        {"b_fields_o", 1},
        {"b_counts_o", 1},
        {"a_fields_o", 2},
        {"a_counts_o", 2}},
       {"cim_float_align", "cim_exponent_max", "cim_integer_mode"}},
      {"cim_float_weight",
       "a row of weights",
       {"COLUMNS"},
       {"take_i"},
       {},
       {"cim_float_align", "cim_integer_mode", "cim_weight_class"}},
      {"cim_row_decoder", "decoder of rows", {}, {}, {}, {}},
      {"cim_product_exponent", "largest exponent of the products", {}, {"load_i"}, {}, {}},
      {"cim_cell_align", "alignment of weights as they are read", {"ROWS"}, {"load_i"}, {}, {}},
      {"cim_special_products", "products that are no numbers", {}, {}, {}, {}},
      {"cim_exponent_sum", "exponent of a sum", {}, {}, {}, {}},
      {"cim_float_join", "sum of the blocks", {}, {"load_i"}, {}, {}},
      {"cim_float_normalize", "normaliser", {}, {"load_first_i", "load_second_i"}, {}, {}},
      {"cim_float_integer", "integer result", {}, {"load_i"}, {}, {}},
  };
  return kinds;
}

/// Registers become wires, and what loads them is 1: what remains is a function of the inputs that
/// were loaded. That each loads where it has to is checked in the netlist before (check_ranks).
constexpr const char* transparent_registers =
    "(* techmap_celltype = \"$dffe\" *)\n"
    "module transparent_register (CLK, EN, D, Q);\n"
    "  parameter WIDTH = 1;\n"
    "  parameter CLK_POLARITY = 1;\n"
    "  parameter EN_POLARITY = 1;\n"
    "  input CLK, EN;\n"
    "  input [WIDTH-1:0] D;\n"
    "  output [WIDTH-1:0] Q;\n"
    "  assign Q = D;\n"
    "endmodule\n";

/// From Verilog to words: what functions of a cell leave behind goes before anything is optimised.
constexpr const char* to_words =
    "proc -noopt\n"
    "opt_clean\n"
    "opt_expr\n"
    "flatten\n"
    "opt_clean\n"
    "opt_dff -nosdff\n"
    "opt_clean\n";

std::string quoted(const std::filesystem::path& path) {
  return "\"" + std::filesystem::absolute(path).string() + "\"";
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string reference_of(const std::string& module) {
  return "reference_" + module.substr(std::string_view("cim_").size());
}

const std::string& reference_text(const std::string& module) {
  return reference_cells().at(reference_of(module) + ".v");
}

/// The reference's text with these values of its parameters.
std::string with_parameters(std::string text, const Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    const std::regex given("(parameter " + name + "\\s*= )[^,\\n]+");
    text = std::regex_replace(text, given, fmt::format("$01{}", value),
                              std::regex_constants::format_first_only);
  }
  return text;
}

std::vector<std::string> names_in(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> names;
  for (auto found = std::sregex_iterator(text.begin(), text.end(), expression);
       found != std::sregex_iterator(); ++found) {
    names.push_back((*found)[1].str());
  }
  return names;
}

/// What pins are connected to that are not connected to the port of their name.
using Pins = std::map<std::string, std::string>;

/// From `module` to the end of the ports, with another name.
std::string head_of(const std::string& reference, const std::string& name) {
  const std::size_t begin = reference.find("module ");
  std::string head = reference.substr(begin, reference.find(");", begin) + 2 - begin);
  const std::size_t first = std::string_view("module ").size();
  head.replace(first, head.find(' ', first) - first, name);
  return head;
}

/// A module with the reference's ports and another in it.
std::string in_ports_of(const std::string& reference, const std::string& name,
                        const std::string& inner, bool with_parameters, const Pins& others,
                        const std::string& items = "") {
  const std::string head = head_of(reference, name);
  const auto connect = [&](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& each : names) {
      const auto other = others.find(each);
      text += fmt::format("{}.{}({})", text.empty() ? "" : ", ", each,
                          other == others.end() ? each : other->second);
    }
    return text;
  };
  const std::string parameters =
      with_parameters ? fmt::format("#({}) ", connect(names_in(head, "parameter (\\w+)"))) : "";
  const std::string pins =
      connect(names_in(head, "(?:input|output)\\s+wire\\s+(?:\\[[^\\]]*\\])?\\s*(\\w+)"));
  return fmt::format("{}\n{}  {} {}u_inner ({});\nendmodule\n", head, items, inner, parameters,
                     pins);
}

/// The reference and a register, in the place of the cell that was proved to be that.
std::string proved_cell(const std::string& module, const std::string& reference) {
  const std::string head = head_of(reference, module);
  std::smatch found;
  static const std::regex output("output\\s+wire\\s+(\\[[^\\]]*\\])\\s*(\\w+)");
  if (!std::regex_search(head, found, output)) throw std::logic_error("a reference without output");
  return in_ports_of(reference, module, reference_of(module), true, {{found[2].str(), "next"}},
                     fmt::format("  wire {0} next;\n  reg {0} loaded_q;\n"
                                 "  always @(posedge clk_i) if (load_i) loaded_q <= next;\n"
                                 "  assign {1} = loaded_q;\n",
                                 found[1].str(), found[2].str()));
}

/// The number that the bits of a parameter are, in two's complement of 32 bits.
std::int64_t signed_value(const std::string& bits) {
  const std::int64_t value = proof::value_of(bits);
  return bits.size() == 32 && bits.front() == '1' ? value - (std::int64_t{1} << 32) : value;
}

std::string text_of(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value);
  }
  return text;
}

/// What is not decided, or found in a netlist and not by inputs.
struct Unproved {
  proof::Refutation refutation;
};

/// The prover came to no end.
struct Undecided : Unproved {};

/// Rows with which a decoder is proved at most.
constexpr std::int64_t most_rows = 256;

/// How long a larger cell is tried before a smaller one is proved, and a cell that has rules before
/// these are.
constexpr std::chrono::milliseconds patience = std::chrono::minutes(1);
constexpr std::chrono::milliseconds short_patience = std::chrono::seconds(4);

class FloatProof {
 public:
  FloatProof(const RtlSource& rtl, const spec::MacroSpec& spec, const FloatCellsRequest& request,
             proof::ProofResult& result)
      : rtl_(rtl), spec_(spec), limit_(request.time_limit), only_(request.only), result_(result) {}

  void prove() {
    find_cells();
    for (const CellKind& kind : cell_kinds()) {
      if (!is_asked(kind.module)) continue;
      for (const Parameters& parameters : used_[kind.module]) prove_parts(kind, parameters);
    }
    if (!is_asked(control)) return;
    for (const Parameters& parameters : used_[control]) prove_control(parameters);
  }

 private:
  bool is_asked(const std::string& module) const { return only_.empty() || only_ == module; }

  /// The Verilog files of the macro.
  void find_files() {
    const std::filesystem::path list = rtl_.directory / "synth.f";
    std::istringstream lines(base::read_file(list));
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with(".v") && !line.starts_with("//")) {
        const std::filesystem::path file = list.parent_path() / line;
        files_[file.stem().string()] = file;
      }
    }
  }

  const std::filesystem::path& file_of(const std::string& module) const {
    const auto found = files_.find(module);
    if (found == files_.end()) {
      throw base::InputError(fmt::format("synth.f does not name {}.v", module));
    }
    return found->second;
  }

  void run_yosys(const std::string& script) const {
    base::write_file_atomically(work_.path() / "script.ys", script);
    const ProcessRequest process{.arguments = {find_tool(ToolId::yosys).path.string(), "-Q", "-T",
                                               "-q", "-l", "yosys.log", "script.ys"},
                                 .time_limit = std::chrono::minutes(30),
                                 .working_directory = work_.path(),
                                 .environment = {{"TMPDIR", work_.path().string()}}};
    const ProcessResult ran = run_process(process);
    if (ran.timed_out || ran.signal != 0) {
      throw base::ToolError(fmt::format("yosys was {}:\n{}", describe_end(process, ran),
                                        last_lines(ran.stderr_text, 10)));
    }
    if (!ran.succeeded()) {
      throw base::InputError(fmt::format("Yosys rejects the Verilog of {}:\n{}", spec_.name,
                                         last_lines(ran.stderr_text, 10)));
    }
  }

  proof::Design read_netlist(const char* file, const std::string& top) const {
    return proof::read_design(base::read_file(work_.path() / file), top);
  }

  /// Which cells there are, with which parameters: what instantiates them is elaborated.
  void find_cells() {
    find_files();
    const std::set<std::string> around = {spec_.name, spec_.name + "_columns", "cim_float_input",
                                          "cim_float_weight"};
    std::string script;
    for (const auto& [module, file] : files_) {
      script +=
          fmt::format("read_verilog {}{}\n", around.contains(module) ? "" : "-lib ", quoted(file));
    }
    script += fmt::format(
        "hierarchy -check -top {} -chparam LANES 1\nproc -noopt\nwrite_json cells.json\n",
        spec_.name);
    run_yosys(script);
    const proof::Design design = read_netlist("cells.json", spec_.name);
    for (const auto& [key, module] : design.modules) {
      for (const proof::Cell& cell : module.cells) note(design, cell);
    }
    for (const char* needed : {control, "cim_row_decoder", "cim_exponent_sum"}) {
      if (!used_[needed].empty()) continue;
      throw Unproved{{"cells", needed, "the macro has no such cell", {}, "one", "none"}};
    }
  }

  void note(const proof::Design& design, const proof::Cell& cell) {
    const auto found = design.modules.find(cell.type);
    const std::string name = found == design.modules.end() ? cell.type : found->second.name;
    const bool is_ours =
        name == control ||
        std::ranges::any_of(cell_kinds(), [&](const auto& kind) { return kind.module == name; });
    if (!is_ours) return;
    const auto& given = cell.parameters.empty() && found != design.modules.end()
                            ? found->second.parameters
                            : cell.parameters;
    Parameters parameters;
    for (const auto& [parameter, bits] : given) parameters[parameter] = signed_value(bits);
    used_[name].insert(parameters);
  }

  /// A smaller cell where the one at hand does the same many times over, or costs Yosys the square
  /// of its rows; says what was left out.
  static std::string reduce(const CellKind& kind, Parameters& parameters) {
    const std::string module = kind.module;
    if (module == "cim_row_decoder") return reduce_rows(parameters);
    std::int64_t proved = 1;
    std::int64_t all = 1;
    for (const char* name : kind.counts) {
      std::int64_t& count = parameters.at(name);
      all *= count;
      // Two elements show that places count.
      count = std::min<std::int64_t>(count, 2);
      proved *= count;
    }
    if (proved == all) return "";
    if (parameters.contains("TARGETS") && parameters.at("TARGETS") > 1) {
      parameters["TARGETS"] = proved;
    }
    return fmt::format("; with {} of {} elements", proved, all);
  }

  static std::string reduce_rows(Parameters& parameters) {
    std::int64_t& blocks = parameters.at("BLOCKS");
    std::int64_t& block_rows = parameters.at("BLOCK_ROWS");
    const std::int64_t all = blocks * block_rows;
    if (all <= most_rows) return "";
    block_rows = std::min(block_rows, most_rows);
    blocks = std::min(blocks, most_rows / block_rows);
    const auto bits = [](std::int64_t count) {
      std::int64_t width = 1;
      while ((std::int64_t{1} << width) < count) ++width;
      return width;
    };
    parameters["ROW_BITS"] = bits(blocks * block_rows);
    parameters["BLOCK_ROW_BITS"] = bits(block_rows);
    return fmt::format("; with {} of {} rows", blocks * block_rows, all);
  }

  /// The sum of many blocks may be too hard, and the largest exponent of many rows; then it is that
  /// of fewer.
  void prove_parts(const CellKind& kind, const Parameters& parameters) {
    const std::string_view module = kind.module;
    const char* const count = module == float_join         ? "BLOCKS"
                              : module == exponent_max     ? "COUNT"
                              : module == product_exponent ? "ROWS"
                                                           : "";
    const std::int64_t fewer = module == float_join ? 2 : 64;
    const auto all = parameters.find(count);
    if (all == parameters.end() || all->second <= fewer) {
      prove_cell(kind, parameters, "", limit_);
      return;
    }
    try {
      prove_cell(kind, parameters, "", std::min(limit_, patience));
    } catch (const Undecided&) {
      Parameters smaller = parameters;
      smaller[count] = fewer;
      prove_cell(kind, smaller,
                 fmt::format("; with {} = {}: {} was not decided", count, fewer, all->second),
                 limit_);
    }
  }

  /// What this one has: a register fewer in front of the array where no exponent is looked for.
  static CellKind with_ranks(CellKind kind, const Parameters& parameters) {
    if (kind.module == float_input && parameters.at("STAGES") == 1)
      std::erase(kind.loads, "move_i");
    return kind;
  }

  /// Pins of a cell and of its reference that are not those of their port: every register loads,
  /// and an exponent is one that a sum can have.
  Pins pins_of(const CellKind& kind) const {
    Pins pins;
    for (const std::string& load : kind.loads) pins[load] = "1'b1";
    if (std::string_view(kind.module) == "cim_float_normalize") {
      // A scale of ones, which makes NaN, is past that.
      pins["exponent_i"] = fmt::format(
          "(exponent_i > 32'd{} && !nan_i && !integer_i) ? {{EXPONENT_BITS{{1'b0}}}} : exponent_i",
          spec::result_shape(spec_).greatest_exponent);
    }
    return pins;
  }

  void prove_cell(const CellKind& any_kind, Parameters parameters, std::string left_out,
                  std::chrono::milliseconds limit) {
    left_out += reduce(any_kind, parameters);
    if (!proved_.emplace(any_kind.module, parameters).second) return;
    const auto start = std::chrono::steady_clock::now();
    const CellKind kind = with_ranks(any_kind, parameters);
    const std::string reference = with_parameters(reference_text(kind.module), parameters);
    const auto write = [&](const char* file, const std::string& text) {
      base::write_file_atomically(work_.path() / file, text);
    };
    std::string cells;
    std::string references;
    for (const char* cell : kind.cells) {
      cells += proved_cell(cell, reference_text(cell));
      references += reference_text(cell);
    }
    const Pins pins = pins_of(kind);
    write("reference.v", reference);
    write("references.v", references);
    write("cells.v", cells);
    write("given.v", in_ports_of(reference, "given", kind.module, true, {}));
    write("both_given.v", in_ports_of(reference, "both", "given", false, pins));
    write("both_reference.v",
          in_ports_of(reference, "both", reference_of(kind.module), false, pins));
    write("transparent.v", transparent_registers);
    std::string script = "read_verilog given.v cells.v references.v\n";
    static const std::set<std::string> inside = {"cim_lane_planes", "cim_output_register",
                                                 "cim_cell_exponent", "cim_exponent_sum",
                                                 "cim_lane_largest"};
    for (const auto& [module, file] : files_) {
      if (module == kind.module || inside.contains(module)) {
        script += fmt::format("read_verilog {}\n", quoted(file));
      }
    }
    script += fmt::format("hierarchy -check -top given\n{}write_json words.json\n", to_words);
    script +=
        "techmap -map transparent.v\nread_verilog both_given.v\nhierarchy -check -top both\n"
        "proc\nflatten\ntechmap\nopt_clean\nwrite_blif given.blif\n";
    const bool has_rules = kind.module == exponent_max;
    if (has_rules) {
      write("rules.v",
            with_parameters(reference_cells().at(std::string(exponent_rules) + ".v"), parameters));
      script += fmt::format(
          "read_verilog rules.v\nhierarchy -check -top {}\nproc\nflatten\ntechmap\nopt_clean\n"
          "write_blif rules.blif\n",
          exponent_rules);
    }
    script +=
        "design -reset\nread_verilog reference.v references.v both_reference.v\n"
        "hierarchy -check -top both\n"
        "proc -noopt\nflatten\nopt_clean\nopt_expr\ntechmap\nopt_clean\n"
        "write_blif reference.blif\n";
    run_yosys(script);
    const proof::Design words = read_netlist("words.json", "given");
    check_ranks(kind, words.modules.at(words.top));
    try {
      check_equivalent(kind, parameters, has_rules ? std::min(limit, short_patience) : limit);
    } catch (const Undecided&) {
      if (!has_rules) throw;
      check_rules(kind, parameters, limit);
    }
    result_.parts.push_back(
        {kind.part,
         fmt::format("{}: equivalent to its reference by SAT, all inputs{}{} ({})", kind.module,
                     kind.loads.empty() ? "" : "; held without a load", left_out,
                     text_of(parameters)),
         seconds_since(start)});
  }

  /// Every register is one of a rank, loads where that is enabled and holds where it is not; a rank
  /// takes what comes from the one before it, the first from inputs.
  static void check_ranks(const CellKind& kind, const proof::Module& module) {
    std::map<proof::Net, const proof::Cell*> driver;
    for (const proof::Cell& cell : module.cells) {
      for (const auto& [pin, nets] : cell.pins) {
        if (pin != "Y" && pin != "Q") continue;
        for (const proof::Net net : nets) driver[net] = &cell;
      }
    }
    const auto refute = [&](const std::string& bit, const std::string& what) {
      throw Unproved{{kind.module, bit, what, {}, "a register of each rank", "another"}};
    };
    const auto rank_of = [&](const proof::Cell& cell) -> std::size_t {
      for (std::size_t rank = 0; cell.type == "$dffe" && rank < kind.loads.size(); ++rank) {
        const bool is_clocked = cell.pins.at("CLK") == module.port("clk_i")->bits &&
                                cell.pins.at("EN") == module.port(kind.loads[rank])->bits;
        const auto is_high = [&](const char* name) {
          return cell.parameters.at(name).ends_with('1');
        };
        if (is_clocked && is_high("CLK_POLARITY") && is_high("EN_POLARITY")) return rank + 1;
      }
      refute(cell.name, "a register that does not load, or hold, as it has to");
      return 0;
    };
    const auto is_register = [](const proof::Cell& cell) { return cell.pins.contains("Q"); };
    for (const proof::Cell& cell : module.cells) {
      if (is_register(cell)) rank_of(cell);
    }
    std::set<proof::Net> inputs;
    for (const proof::Port& port : module.ports) {
      if (!port.output) inputs.insert(port.bits.begin(), port.bits.end());
    }
    // All that nets depend on stands in this rank; 0 is that of the inputs. The load of a register
    // is 1 where what it takes matters, so it may stand in front of it.
    const auto check_cone = [&](const proof::Nets& from, std::size_t rank, const std::string& name,
                                const proof::Nets& load) {
      std::set<proof::Net> seen;
      proof::Nets open = from;
      while (!open.empty()) {
        const proof::Net net = open.back();
        open.pop_back();
        if (net < 2 || !seen.insert(net).second) continue;
        if (net == (load.empty() ? 0 : load.front())) continue;
        if (inputs.contains(net) && rank > 0) refute(name, "depends on an input past a register");
        const auto found = driver.find(net);
        if (found == driver.end()) continue;
        const proof::Cell& cell = *found->second;
        if (is_register(cell)) {
          if (rank_of(cell) != rank) refute(name, "depends on a register of another rank");
          continue;
        }
        for (const auto& [pin, nets] : cell.pins) {
          if (pin != "Y") open.insert(open.end(), nets.begin(), nets.end());
        }
      }
    };
    for (const proof::Port& port : module.ports) {
      if (!port.output) continue;
      const auto early = kind.early.find(port.name);
      const std::size_t ranks = early == kind.early.end() ? 0 : early->second;
      check_cone(port.bits, kind.loads.size() - std::min(ranks, kind.loads.size()), port.name, {});
    }
    for (const proof::Cell& cell : module.cells) {
      if (!is_register(cell)) continue;
      check_cone(cell.pins.at("D"), rank_of(cell) - 1, cell.name, cell.pins.at("EN"));
    }
  }

  [[noreturn]] static void undecided(const std::string& module, const Parameters& parameters,
                                     std::chrono::milliseconds limit) {
    const double seconds = static_cast<double>(limit.count()) / 1000;
    throw Undecided{{{module,
                      text_of(parameters),
                      fmt::format("not decided within {} s", seconds),
                      {},
                      "",
                      ""}}};
  }

  ProcessResult ask(const std::string& script, const std::string& module,
                    const Parameters& parameters, std::chrono::milliseconds limit) const {
    try {
      return run_abc(work_.path(), script, limit);
    } catch (const base::ToolError&) {
      undecided(module, parameters, limit);
    }
  }

  void check_rules(const CellKind& kind, const Parameters& parameters,
                   std::chrono::milliseconds limit) const {
    const std::string said =
        ask("read_blif rules.blif\nstrash\norpos\nsat -C 1000000000\nprint_status\n", kind.module,
            parameters, limit)
            .stdout_text;
    if (said.find("Status = 1") != std::string::npos) return;
    if (said.find("Status = 0") == std::string::npos) undecided(kind.module, parameters, limit);
    throw Unproved{{kind.module, "bad_o", "breaks a rule", {}, "no rule broken", "broken"}};
  }

  void check_equivalent(const CellKind& kind, const Parameters& parameters,
                        std::chrono::milliseconds limit) const {
    const std::string said = ask(fmt::format("cec -T {} -C 1000000 given.blif reference.blif",
                                             std::max<std::int64_t>(1, limit.count() / 1000)),
                                 kind.module, parameters, limit)
                                 .stdout_text;
    if (said.find("Networks are equivalent") != std::string::npos) return;
    if (said.find("NOT EQUIVALENT") == std::string::npos) {
      undecided(kind.module, parameters, limit);
    }
    const std::regex line("Output (\\S+): Value in Network1 = (\\d)\\. Value in Network2 = (\\d)");
    std::smatch found;
    proof::Refutation refutation{kind.module, "", "is not what its reference computes", {}, "", ""};
    if (std::regex_search(said, found, line)) {
      refutation.bit = found[1];
      refutation.got = found[2];
      refutation.expected = found[3];
    }
    refutation.values = values_in(said, "Input pattern:");
    for (const auto& [name, value] : parameters) {
      refutation.values.emplace_back(name, std::to_string(value));
    }
    throw Unproved{refutation};
  }

  /// Bits of a pattern, put together to signals; bits that do not matter are 0.
  static std::vector<std::pair<std::string, std::string>> values_in(const std::string& said,
                                                                    const char* begin) {
    const std::size_t at = said.find(begin);
    if (at == std::string::npos) return {};
    const std::string text = said.substr(at);
    const std::regex bit("([A-Za-z_]\\w*)(?:\\[(\\d+)\\])?(?:@\\d+)?=([01])");
    std::map<std::string, std::string> signals;  // the lowest bit first
    for (auto found = std::sregex_iterator(text.begin(), text.end(), bit);
         found != std::sregex_iterator(); ++found) {
      std::string& value = signals[(*found)[1].str()];
      const std::size_t place = (*found)[2].matched ? std::stoul((*found)[2].str()) : 0;
      if (value.size() <= place) value.resize(place + 1, '0');
      value[place] = (*found)[3].str().front();
    }
    std::vector<std::pair<std::string, std::string>> values;
    for (const auto& [name, value] : signals) {
      values.emplace_back(name, "0b" + std::string(value.rbegin(), value.rend()));
    }
    return values;
  }

  /// The control keeps its rules in every state that it can reach from reset.
  void prove_control(const Parameters& parameters) {
    const auto start = std::chrono::steady_clock::now();
    base::write_file_atomically(
        work_.path() / "rules.v",
        with_parameters(reference_cells().at(std::string(control_rules) + ".v"), parameters));
    run_yosys(fmt::format(
        "read_verilog rules.v {}\n"
        "hierarchy -check -top {}\n"
        "proc\nflatten\nopt_clean\nopt_expr\nasync2sync\nopt_clean\ntechmap\nopt_clean\n"
        "dffunmap\nsetundef -undriven -zero\naigmap\nopt_clean\n"
        "write_aiger -zinit rules.aig\n",
        quoted(file_of(control)), control_rules));
    check_ready(parameters);
    const std::string prepare = "read_aiger rules.aig\nscorr\ndc2\n";
    const std::string said =
        ask(prepare + "orpos\npdr\nprint_status\n", control, parameters, limit_).stdout_text;
    if (said.find("Status = 1") != std::string::npos) {
      result_.parts.push_back(
          {"control around the array",
           fmt::format("{}: its rules hold in every state after reset, by property-directed "
                       "reachability ({})",
                       control, text_of(parameters)),
           seconds_since(start)});
      return;
    }
    if (said.find("Status = 0") == std::string::npos) undecided(control, parameters, limit_);
    throw Unproved{broken_rule(prepare, parameters)};
  }

  /// What the rules of proof/reference/float_control_rules.v say, bit by bit.
  proof::Refutation broken_rule(const std::string& prepare, const Parameters& parameters) const {
    static const std::vector<const char*> rules = {
        "a vector is sent that is none, or taken without being accepted",
        "a row is sent that is none, or taken without being accepted",
        "vectors are sent in another order",
        "a result is given with what another vector took along",
        "what a vector takes along is not stored one cycle after it is sent, for its bank",
        "a vector or a row is sent with another bank",
        "a vector goes before a row of its bank that came before it, or with it",
        "a row goes before, or with, a vector of its bank that came before it",
        "a result is shown that is none, or one is not taken where there is room",
        "with a vector or a row in front of a ready array nothing moves",
        "a vector reads weights of another bank, or before a row that came before it is there"};
    const std::string said = ask(prepare + "pdr\n", control, parameters, limit_).stdout_text;
    static const std::regex line("Output (\\d+) of miter .* was asserted in frame (\\d+)");
    std::smatch found;
    proof::Refutation refutation{control, "bad_o", "breaks a rule", {}, "no rule broken", "broken"};
    if (!std::regex_search(said, found, line)) return refutation;
    refutation.bit = fmt::format("bad_o[{}]", found[1].str());
    refutation.what = rules.at(std::stoul(found[1].str()));
    refutation.values.emplace_back("cycles after reset", found[2].str());
    for (const auto& [name, value] : parameters) {
      refutation.values.emplace_back(name, std::to_string(value));
    }
    return refutation;
  }

  /// Each ready is a function of registers and of the array's readies.
  void check_ready(const Parameters& parameters) const {
    std::string text =
        fmt::format("read_verilog {}\nhierarchy -check -top {}", quoted(file_of(control)), control);
    for (const auto& [name, value] : parameters)
      text += fmt::format(" -chparam {} {}", name, value);
    run_yosys(text + "\nproc\nopt_clean\nopt_expr\nopt_clean\nwrite_json control.json\n");
    const proof::Design design = read_netlist("control.json", control);
    const proof::Module& module = design.modules.at(design.top);
    std::set<proof::Net> forbidden;
    for (const char* port :
         {"in_valid_i", "in_bank_i", "weight_valid_i", "weight_bank_i", "out_ready_i"}) {
      const proof::Nets& bits = module.port(port)->bits;
      forbidden.insert(bits.begin(), bits.end());
    }
    std::map<proof::Net, const proof::Cell*> driver;
    for (const proof::Cell& cell : module.cells) {
      if (!cell.pins.contains("Y")) continue;
      for (const proof::Net net : cell.pins.at("Y")) driver[net] = &cell;
    }
    for (const char* ready : {"in_ready_o", "weight_ready_o"}) {
      std::set<proof::Net> seen;
      proof::Nets open = module.port(ready)->bits;
      while (!open.empty()) {
        const proof::Net net = open.back();
        open.pop_back();
        if (!seen.insert(net).second) continue;
        if (forbidden.contains(net)) {
          throw Unproved{{control, ready, "depends on more than state", {}, "state", "an input"}};
        }
        const auto found = driver.find(net);
        if (found == driver.end()) continue;
        for (const auto& [pin, nets] : found->second->pins) {
          if (pin != "Y") open.insert(open.end(), nets.begin(), nets.end());
        }
      }
    }
  }

  const RtlSource& rtl_;
  const spec::MacroSpec& spec_;
  std::chrono::milliseconds limit_;
  std::string only_;
  proof::ProofResult& result_;
  base::TemporaryDirectory work_{"cimforge-prove"};
  std::map<std::string, std::filesystem::path> files_;  ///< by module
  std::map<std::string, std::set<Parameters>> used_;
  std::set<std::pair<std::string, Parameters>> proved_;
};

}  // namespace

void prove_float_cells(const RtlSource& rtl, const spec::MacroSpec& spec,
                       const FloatCellsRequest& request, proof::ProofResult& result) {
  const auto start = std::chrono::steady_clock::now();
  try {
    FloatProof(rtl, spec, request, result).prove();
  } catch (const Unproved& unproved) {
    result.proved = false;
    result.counterexample = unproved.refutation;
  }
  result.seconds += seconds_since(start);
}

}  // namespace cimforge::flows
