#include "flows/float_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "flows/float_control.h"
#include "flows/float_ranks.h"
#include "flows/float_references.h"
#include "flows/float_workbench.h"
#include "generator/spec/floating.h"

namespace cimforge::flows {
namespace {

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

constexpr std::string_view float_input = "cim_float_input";
constexpr std::string_view exponent_max = "cim_exponent_max";
constexpr std::string_view product_exponent = "cim_product_exponent";
constexpr std::string_view float_join = "cim_float_join";
constexpr const char* exponent_rules = "exponent_max_rules";

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

/// The number that the bits of a parameter are, in two's complement of 32 bits.
std::int64_t signed_value(const std::string& bits) {
  const std::int64_t value = proof::value_of(bits);
  return bits.size() == 32 && bits.front() == '1' ? value - (std::int64_t{1} << 32) : value;
}

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
      : spec_(spec),
        limit_(request.time_limit),
        only_(request.only),
        result_(result),
        bench_(rtl) {}

  void prove() {
    find_cells();
    for (const CellKind& kind : cell_kinds()) {
      if (!is_asked(kind.module)) continue;
      for (const Parameters& parameters : used_[kind.module]) prove_parts(kind, parameters);
    }
    if (!is_asked(float_control)) return;
    for (const Parameters& parameters : used_[float_control]) {
      result_.parts.push_back(prove_float_control(bench_, parameters, limit_));
    }
  }

 private:
  bool is_asked(const std::string& module) const { return only_.empty() || only_ == module; }

  /// Which cells there are, with which parameters: what instantiates them is elaborated.
  void find_cells() {
    const std::set<std::string> around = {spec_.name, spec_.name + "_columns", "cim_float_input",
                                          "cim_float_weight"};
    std::string script;
    for (const auto& [module, file] : bench_.files()) {
      script +=
          fmt::format("read_verilog {}{}\n", around.contains(module) ? "" : "-lib ", quoted(file));
    }
    script += fmt::format(
        "hierarchy -check -top {} -chparam LANES 1\nproc -noopt\nwrite_json cells.json\n",
        spec_.name);
    bench_.yosys(script);
    const proof::Design design = bench_.read_netlist("cells.json", spec_.name);
    for (const auto& [key, module] : design.modules) {
      for (const proof::Cell& cell : module.cells) note(design, cell);
    }
    for (const char* needed : {float_control, "cim_row_decoder", "cim_exponent_sum"}) {
      if (!used_[needed].empty()) continue;
      throw Unproved{{"cells", needed, "the macro has no such cell", {}, "one", "none"}};
    }
  }

  void note(const proof::Design& design, const proof::Cell& cell) {
    const auto found = design.modules.find(cell.type);
    const std::string name = found == design.modules.end() ? cell.type : found->second.name;
    const bool is_ours =
        name == float_control ||
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
    const auto write = [&](const char* file, const std::string& text) { bench_.write(file, text); };
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
    static const std::set<std::string> inside = {"cim_lane_planes",   "cim_output_register",
                                                 "cim_cell_exponent", "cim_exponent_sum",
                                                 "cim_lane_largest",  "cim_decoder"};
    for (const auto& [module, file] : bench_.files()) {
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
      write("rules.v", with_parameters(reference_file(exponent_rules), parameters));
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
    bench_.yosys(script);
    const proof::Design words = bench_.read_netlist("words.json", "given");
    check_ranks({kind.module, kind.loads, kind.early}, words.modules.at(words.top));
    try {
      bench_.check_equivalent(kind.module, parameters,
                              has_rules ? std::min(limit, short_patience) : limit);
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

  void check_rules(const CellKind& kind, const Parameters& parameters,
                   std::chrono::milliseconds limit) const {
    const std::string said =
        bench_
            .abc("read_blif rules.blif\nstrash\norpos\nsat -C 1000000000\nprint_status\n",
                 kind.module, parameters, limit)
            .stdout_text;
    if (said.find("Status = 1") != std::string::npos) return;
    if (said.find("Status = 0") == std::string::npos) undecided(kind.module, parameters, limit);
    throw Unproved{{kind.module, "bad_o", "breaks a rule", {}, "no rule broken", "broken"}};
  }

  const spec::MacroSpec& spec_;
  std::chrono::milliseconds limit_;
  std::string only_;
  proof::ProofResult& result_;
  FloatWorkbench bench_;
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
