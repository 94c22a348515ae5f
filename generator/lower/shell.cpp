// The top of a digital macro that tests or repairs itself: the macro inside, with spare rows and
// columns, and in front of it what sends its test (docs/self_test.md, docs/repair.md).
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

#include "generator/lower/modules.h"
#include "generator/lower/names.h"
#include "generator/lower/structure.h"
#include "generator/spec/structure.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

std::string describe(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  std::string text =
      fmt::format("{} x {} {} weights, {} inputs: the macro {} with", spec.rows, spec.columns,
                  spec.weight.name(), spec.input.name(), plan.parts.front().spec.name);
  const auto add = [&](const std::string& part) { text += "\n  " + part; };
  if (plan.shell->operations > 0) {
    add(fmt::format("a march test of its storage: {}", spec.self_test.march));
  }
  if (plan.shell->vectors > 0) {
    add(fmt::format("a compute self-test of {} vectors, signature {:08x}", plan.shell->vectors,
                    plan.shell->signature));
  }
  if (spec.repair.spare_rows > 0) add(fmt::format("spare rows: {}", spec.repair.spare_rows));
  if (spec.repair.spare_columns > 0) {
    add(fmt::format("spare columns: {}", spec.repair.spare_columns));
  }
  return text;
}

int bits_for(int count) {
  return std::max(1, static_cast<int>(std::bit_width(static_cast<unsigned>(count - 1))));
}

/// The top while it is written.
class Shell {
 public:
  explicit Shell(const plan::MacroPlan& plan)
      : plan_(plan), spec_(plan.spec), shell_(*plan.shell), core_(plan.parts.front()) {}

  Items items() && {
    has_march_ = shell_.operations > 0;
    has_compute_ = shell_.vectors > 0;
    emit_streams();
    if (has_march_ || has_compute_) emit_tests();
    emit_chosen();
    emit_repair();
    emit_core();
    return std::move(items_);
  }

 private:
  [[nodiscard]] bool tests() const { return has_march_ || has_compute_; }
  [[nodiscard]] bool has(const std::string& test) const {
    return test == "march" ? has_march_ : has_compute_;
  }
  [[nodiscard]] int weight_bits() const { return spec_.columns * spec_.weight.bits; }
  [[nodiscard]] int index_bits() const { return spec_.columns * spec::index_bits(spec_); }
  [[nodiscard]] int vector_bits() const { return spec_.rows * spec_.input.bits; }
  [[nodiscard]] int row_bits() const { return std::max(1, shell_.row_bits); }
  [[nodiscard]] int bank_bits() const { return std::max(1, plan_.bank_bits); }

  void wire(int width, std::vector<std::string> names) {
    items_.push_back(Declaration{false, width == 0 ? std::nullopt : std::optional(integer(width)),
                                 std::move(names)});
  }
  void assign(const std::string& name, const Expression& value) {
    items_.push_back(Assign{id(name), value});
  }
  void heading(const std::string& text) {
    items_.push_back(Blank{});
    items_.push_back(Comment{text});
  }

  /// What others may send, and what leaves the macro.
  void emit_streams() {
    items_.push_back(Comment{"The streams: those of a test go before, and others wait"});
    wire(0, {"accept", "core_weight_valid", "core_weight_ready", "core_in_valid", "core_in_ready",
             "core_out_valid", "core_out_ready"});
    if (spec_.repair.any()) wire(0, {"repair_ready"});
    if (tests()) wire(0, {"test_accept", "run"});
    const Expression ready = id("repair_ready");
    assign("accept", !tests()             ? ready
                     : spec_.repair.any() ? id("test_accept") & ready
                                          : id("test_accept"));
    assign("weight_ready_o", id("core_weight_ready") & id("accept"));
    assign("in_ready_o", id("core_in_ready") & id("accept"));
    assign("out_valid_o", tests() ? id("core_out_valid") & ~id("run") : id("core_out_valid"));
  }

  void emit_tests() {
    heading("Self-test");
    for (const std::string test : {"march", "compute"}) {
      if (!has(test)) {
        wire(0, {"unused_" + test + "_start"});
        continue;
      }
      wire(0, {test + "_start", test + "_active", test + "_weight_valid", test + "_in_valid",
               test + "_out_ready"});
    }
    wire(32, {"signature"});
    wire(plan_.spec.columns * plan_.output_bits, {"result"});
    Instance control{"cim_self_test_control",
                     {connect("SIGNATURE", literal_hex(32, shell_.signature))},
                     "u_self_test_control",
                     {same("clk_i"), same("rst_ni"), connect("start_i", "bist_start_i")}};
    auto& pins = control.connections;
    pins.push_back(connect(
        "compute_i", has_march_ && has_compute_ ? id("bist_compute_i") : literal(1, has_compute_)));
    pins.push_back(connect("in_transfer_i", id("in_valid_i") & id("in_ready_o")));
    pins.push_back(connect("out_transfer_i", id("out_valid_o") & id("out_ready_i")));
    pins.push_back(connect("march_active_i", has_march_ ? id("march_active") : literal(1, 0)));
    pins.push_back(connect("march_error_i", has_march_ ? id("bist_error_valid_o") : literal(1, 0)));
    pins.push_back(
        connect("compute_active_i", has_compute_ ? id("compute_active") : literal(1, 0)));
    pins.push_back(connect("signature_i", "signature"));
    pins.push_back(connect("accept_o", "test_accept"));
    pins.push_back(connect("run_o", "run"));
    pins.push_back(connect("march_start_o", has_march_ ? "march_start" : "unused_march_start"));
    pins.push_back(
        connect("compute_start_o", has_compute_ ? "compute_start" : "unused_compute_start"));
    pins.push_back(connect("busy_o", "bist_busy_o"));
    pins.push_back(connect("done_o", "bist_done_o"));
    pins.push_back(connect("fail_o", "bist_fail_o"));
    items_.push_back(std::move(control));
    if (has_march_) emit_march();
    if (has_compute_) emit_compute();
    if (has_compute_) {
      assign("bist_signature_o", id("signature"));
    } else {
      assign("signature", literal(32, 0));
    }
  }

  void emit_march() {
    const int operation_bits = bits_for(shell_.operations);
    const int backgrounds = spec_.self_test.backgrounds;
    wire(bank_bits(), {"march_bank", "error_bank"});
    wire(row_bits(), {"march_row", "error_row"});
    wire(weight_bits(), {"march_weights"});
    wire(vector_bits(), {"march_vector"});
    Instance march{"cim_march", {}, "u_march", {}};
    const auto parameter = [&](const char* name, int value) {
      march.parameters.push_back(connect(name, integer(value)));
    };
    const auto word = [&](const char* name, std::uint64_t value) {
      march.parameters.push_back(connect(name, literal_hex(shell_.operations, value)));
    };
    parameter("OPERATIONS", shell_.operations);
    parameter("OPERATION_BITS", operation_bits);
    word("READ", shell_.reads);
    word("VALUE", shell_.values);
    word("LAST", shell_.lasts);
    word("DOWN", shell_.downs);
    parameter("ROWS", spec_.rows);
    parameter("ROW_BITS", row_bits());
    parameter("BANKS", spec_.banks);
    parameter("BANK_BITS", bank_bits());
    parameter("BACKGROUNDS", backgrounds);
    parameter("BACKGROUND_BITS", bits_for(backgrounds));
    parameter("COLUMNS", spec_.columns);
    parameter("WEIGHT_BITS", spec_.weight.bits);
    // A vector of run-time precision asks for unsigned weights.
    parameter("WEIGHT_SIGNED", spec_.weight.is_signed && !plan_.precision ? 1 : 0);
    parameter("BIT_BITS", shell_.bit_bits);
    parameter("INPUT_BITS", spec_.input.bits);
    parameter("OUTPUT_BITS", plan_.output_bits);
    march.connections = {same("clk_i"),
                         same("rst_ni"),
                         connect("start_i", "march_start"),
                         connect("active_o", "march_active"),
                         connect("weight_valid_o", "march_weight_valid"),
                         connect("weight_ready_i", "core_weight_ready"),
                         connect("bank_o", "march_bank"),
                         connect("row_o", "march_row"),
                         connect("weight_data_o", "march_weights"),
                         connect("in_valid_o", "march_in_valid"),
                         connect("in_ready_i", "core_in_ready"),
                         connect("in_data_o", "march_vector"),
                         connect("out_valid_i", "core_out_valid"),
                         connect("out_ready_o", "march_out_ready"),
                         connect("out_data_i", "result"),
                         connect("error_valid_o", "bist_error_valid_o"),
                         connect("error_ready_i", "bist_error_ready_i"),
                         connect("error_bank_o", "error_bank"),
                         connect("error_row_o", "error_row"),
                         connect("error_bit_o", "bist_bit_o")};
    items_.push_back(std::move(march));
    if (plan_.bank_bits > 0) {
      assign("bist_bank_o", id("error_bank"));
    } else {
      unused("error_bank");
    }
    if (shell_.row_bits > 0) {
      assign("bist_row_o", id("error_row"));
    } else {
      unused("error_row");
    }
  }

  void emit_compute() {
    wire(bank_bits(), {"compute_bank"});
    wire(row_bits(), {"compute_row"});
    pattern_bits_ = std::max({weight_bits(), index_bits(), vector_bits()});
    wire(pattern_bits_, {"pattern"});
    Instance test{"cim_compute_test", {}, "u_compute_test", {}};
    const auto parameter = [&](const char* name, int value) {
      test.parameters.push_back(connect(name, integer(value)));
    };
    parameter("VECTORS", shell_.vectors);
    parameter("VECTOR_BITS", bits_for(shell_.vectors));
    test.parameters.push_back(connect("SEED", literal_hex(32, shell_.seed)));
    parameter("ROWS", spec::stored_rows(spec_));
    parameter("ROW_BITS", row_bits());
    parameter("BANKS", spec_.banks);
    parameter("BANK_BITS", bank_bits());
    parameter("BITS", pattern_bits_);
    parameter("OUTPUT_BITS", spec_.columns * plan_.output_bits);
    test.connections = {same("clk_i"),
                        same("rst_ni"),
                        connect("start_i", "compute_start"),
                        connect("active_o", "compute_active"),
                        connect("weight_valid_o", "compute_weight_valid"),
                        connect("weight_ready_i", "core_weight_ready"),
                        connect("bank_o", "compute_bank"),
                        connect("row_o", "compute_row"),
                        connect("in_valid_o", "compute_in_valid"),
                        connect("in_ready_i", "core_in_ready"),
                        connect("pattern_o", "pattern"),
                        connect("out_valid_i", "core_out_valid"),
                        connect("out_ready_o", "compute_out_ready"),
                        connect("out_data_i", "result"),
                        connect("signature_o", "signature")};
    items_.push_back(std::move(test));
  }

  void unused(const std::string& signal) {
    wire(signal == "error_bank" ? bank_bits() : row_bits(), {"unused_" + signal});
    assign("unused_" + signal, id(signal));
  }

  /// `march` while the march test has the macro, else what the compute self-test sends.
  [[nodiscard]] Expression of_test(const Expression& march, const Expression& compute) const {
    if (!has_compute_) return march;
    if (!has_march_) return compute;
    return conditional(id("march_active"), march, compute);
  }
  /// What the core gets: the test's while it runs, else the port's.
  [[nodiscard]] Expression chosen(const std::string& port, const Expression& march,
                                  const Expression& compute) const {
    if (!tests()) return id(port);
    return conditional(id("run"), of_test(march, compute), id(port));
  }
  [[nodiscard]] Expression low_bits(int count) const {
    return part(id("pattern"), integer(0), integer(count));
  }

  void emit_chosen() {
    heading("What goes into the core");
    const auto either = [&](const char* what) {
      const Expression march = id(std::string("march_") + what);
      const Expression compute = id(std::string("compute_") + what);
      return !has_compute_ ? march : !has_march_ ? compute : march | compute;
    };
    const auto valid = [&](const std::string& port, const char* what) {
      const Expression others = id(port) & id("accept");
      return tests() ? conditional(id("run"), either(what), others) : others;
    };
    assign("core_weight_valid", valid("weight_valid_i", "weight_valid"));
    assign("core_in_valid", valid("in_valid_i", "in_valid"));
    assign("core_out_ready", tests()
                                 ? conditional(id("run"), either("out_ready"), id("out_ready_i"))
                                 : id("out_ready_i"));
    if (plan_.bank_bits > 0) {
      wire(plan_.bank_bits, {"chosen_weight_bank", "chosen_in_bank"});
      for (const std::string side : {"weight", "in"}) {
        assign(fmt::format("chosen_{}_bank", side),
               chosen(side + "_bank_i", id("march_bank"), id("compute_bank")));
      }
    } else if (tests()) {
      const Expression banks = of_test(id("march_bank"), id("compute_bank"));
      wire(bank_bits(), {"unused_bank"});
      assign("unused_bank", banks);
    }
    wire(row_bits(), {"chosen_row"});
    if (shell_.row_bits > 0) {
      assign("chosen_row", chosen("weight_row_i", id("march_row"), id("compute_row")));
    } else {
      // The one row; a test counts in a register that has no value before it begins.
      assign("chosen_row", literal(1, 0));
      if (tests()) {
        wire(row_bits(), {"unused_row"});
        assign("unused_row", of_test(id("march_row"), id("compute_row")));
      }
    }
    wire(weight_bits(), {"chosen_weights"});
    assign("chosen_weights", chosen("weight_data_i", id("march_weights"), low_bits(weight_bits())));
    if (is_structured(core_)) {
      wire(index_bits(), {"chosen_indices"});
      assign("chosen_indices",
             chosen("weight_index_i", literal(index_bits(), 0), low_bits(index_bits())));
    }
    wire(vector_bits(), {"chosen_vector"});
    assign("chosen_vector", chosen("in_data_i", id("march_vector"), low_bits(vector_bits())));
    if (transposes(core_)) {
      wire(0, {"chosen_transpose"});
      assign("chosen_transpose",
             chosen("in_transpose_i", literal(1, 0), select(id("pattern"), integer(0))));
    }
    if (!plan_.precision) return;
    // A march test reads by the shortest vectors, the compute self-test asks for the widest ones.
    const auto mode = [&](const std::string& name, int bits, std::uint64_t compute) {
      wire(bits == 1 ? 0 : bits, {"chosen_" + name});
      assign("chosen_" + name, chosen(name + "_i", literal(bits, 0), literal(bits, compute)));
    };
    mode("in_signed", 1, spec_.input.is_signed ? 1 : 0);
    mode("in_weight_signed", 1, spec_.weight.is_signed ? 1 : 0);
    if (plan_.precision->last_bits > 0) {
      mode("in_last_bit", plan_.precision->last_bits,
           static_cast<std::uint64_t>(spec_.input.bits - 1));
    }
    if (plan_.precision->fuse_bits > 0) mode("in_fuse", plan_.precision->fuse_bits, 0);
  }

  /// Rows and columns that spare ones stand in for.
  void emit_select(const char* line, int lines, int address_bits, int spares, int first_bit) {
    const int register_bits = address_bits + 1;
    wire(spares * lines, {fmt::format("{}_select", line)});
    wire(lines, {fmt::format("{}_replaced", line)});
    items_.push_back(Instance{
        "cim_repair_select",
        {connect("LINES", integer(lines)), connect("ADDRESS_BITS", integer(address_bits)),
         connect("SPARES", integer(spares))},
        fmt::format("u_{}_select", line),
        {connect("registers_i",
                 part(id("repair_data"), integer(first_bit), integer(spares * register_bits))),
         connect("select_o", fmt::format("{}_select", line)),
         connect("replaced_o", fmt::format("{}_replaced", line))}});
  }

  /// A vector of codes with those of the spare lines behind them.
  void emit_spread(const char* line, const char* what, int lines, int bits, int spares,
                   bool clear) {
    items_.push_back(
        Instance{"cim_repair_spread",
                 {connect("LINES", integer(lines)), connect("BITS", integer(bits)),
                  connect("SPARES", integer(spares)), connect("CLEAR", integer(clear ? 1 : 0))},
                 fmt::format("u_{}_spread", what),
                 {connect("codes_i", fmt::format("chosen_{}", what)),
                  connect("select_i", fmt::format("{}_select", line)),
                  connect("replaced_i", fmt::format("{}_replaced", line)),
                  connect("codes_o", fmt::format("core_{}", what))}});
  }

  void emit_repair() {
    const int rows = spec_.repair.spare_rows;
    const int columns = spec_.repair.spare_columns;
    const int core_row_bits = std::max(1, core_.row_bits);
    heading(spec_.repair.any() ? "Repair" : "The core");
    wire(core_row_bits, {"core_row"});
    wire(core_.spec.columns * spec_.weight.bits, {"core_weights"});
    wire(core_.spec.rows * spec_.input.bits, {"core_vector"});
    wire(core_.spec.columns * core_.output_bits, {"core_result"});
    if (!tests()) wire(spec_.columns * plan_.output_bits, {"result"});
    if (is_structured(core_)) {
      wire(core_.spec.columns * spec::index_bits(spec_), {"core_indices"});
    }
    if (spec_.repair.any()) {
      wire(shell_.repair_bits, {"repair_data"});
      items_.push_back(
          Instance{"cim_repair_registers",
                   {connect("BITS", integer(shell_.repair_bits))},
                   "u_repair_registers",
                   {same("clk_i"), same("rst_ni"), connect("load_i", "repair_load_i"),
                    connect("data_i", "repair_data_i"), connect("ready_o", "repair_ready"),
                    connect("data_o", "repair_data")}});
    }
    if (rows > 0) {
      emit_select("row", spec_.rows, shell_.repair_row_bits - 1, rows, 0);
      emit_spread("row", "vector", spec_.rows, spec_.input.bits, rows, true);
      items_.push_back(
          Instance{"cim_repair_address",
                   {connect("ROWS", integer(spec_.rows)), connect("ROW_BITS", integer(row_bits())),
                    connect("SPARES", integer(rows)), connect("CORE_BITS", integer(core_row_bits))},
                   "u_repair_address",
                   {connect("row_i", "chosen_row"), connect("select_i", "row_select"),
                    connect("row_o", "core_row")}});
    } else {
      assign("core_row", id("chosen_row"));
      assign("core_vector", id("chosen_vector"));
    }
    if (columns > 0) {
      emit_select("column", spec_.columns, shell_.repair_column_bits - 1, columns,
                  rows * shell_.repair_row_bits);
      emit_spread("column", "weights", spec_.columns, spec_.weight.bits, columns, false);
      if (is_structured(core_)) {
        emit_spread("column", "indices", spec_.columns, spec::index_bits(spec_), columns, false);
      }
      items_.push_back(Instance{
          "cim_repair_gather",
          {connect("LINES", integer(spec_.columns)), connect("BITS", integer(plan_.output_bits)),
           connect("SPARES", integer(columns))},
          "u_result_gather",
          {connect("codes_i", "core_result"), connect("select_i", "column_select"),
           connect("replaced_i", "column_replaced"), connect("codes_o", "result")}});
      if (plan_.protection) {
        wire(core_.spec.columns, {"core_error"});
        items_.push_back(Instance{
            "cim_repair_gather",
            {connect("LINES", integer(spec_.columns)), connect("BITS", integer(1)),
             connect("SPARES", integer(columns))},
            "u_error_gather",
            {connect("codes_i", "core_error"), connect("select_i", "column_select"),
             connect("replaced_i", "column_replaced"), connect("codes_o", "out_error_o")}});
      }
    } else {
      assign("core_weights", id("chosen_weights"));
      if (is_structured(core_)) assign("core_indices", id("chosen_indices"));
      assign("result", id("core_result"));
    }
    assign("out_data_o", id("result"));
  }

  /// Thresholds wait as vectors do, and those of replaced columns go to the spare ones.
  void emit_thresholds(std::vector<Connection>& others) {
    const int bits = plan_.threshold_bits;
    wire(0, {"core_threshold_ready"});
    assign("threshold_ready_o", id("core_threshold_ready") & id("accept"));
    others.push_back(connect("threshold_valid_i", id("threshold_valid_i") & id("accept")));
    others.push_back(connect("threshold_ready_o", "core_threshold_ready"));
    if (spec_.repair.spare_columns == 0) return;
    wire(spec_.columns * bits, {"chosen_thresholds"});
    wire(core_.spec.columns * bits, {"core_thresholds"});
    assign("chosen_thresholds", id("threshold_data_i"));
    emit_spread("column", "thresholds", spec_.columns, bits, spec_.repair.spare_columns, false);
    others.push_back(connect("threshold_data_i", "core_thresholds"));
  }

  void emit_core() {
    std::vector<Port> ports;
    add_ports(core_, ports);
    std::vector<Connection> others = {connect("weight_valid_i", "core_weight_valid"),
                                      connect("weight_ready_o", "core_weight_ready"),
                                      connect("weight_bank_i", "chosen_weight_bank"),
                                      connect("weight_row_i", "core_row"),
                                      connect("weight_data_i", "core_weights"),
                                      connect("weight_index_i", "core_indices"),
                                      connect("in_valid_i", "core_in_valid"),
                                      connect("in_ready_o", "core_in_ready"),
                                      connect("in_bank_i", "chosen_in_bank"),
                                      connect("in_data_i", "core_vector"),
                                      connect("in_transpose_i", "chosen_transpose"),
                                      connect("in_signed_i", "chosen_in_signed"),
                                      connect("in_weight_signed_i", "chosen_in_weight_signed"),
                                      connect("in_last_bit_i", "chosen_in_last_bit"),
                                      connect("in_fuse_i", "chosen_in_fuse"),
                                      connect("out_valid_o", "core_out_valid"),
                                      connect("out_ready_i", "core_out_ready"),
                                      connect("out_data_o", "core_result")};
    if (plan_.threshold_bits > 0) emit_thresholds(others);
    if (plan_.protection && spec_.repair.spare_columns > 0) {
      others.push_back(connect("out_error_o", "core_error"));
    }
    if (core_.row_bits == 0) {
      wire(0, {"unused_core_row"});
      assign("unused_core_row", id("core_row"));
    }
    items_.push_back(Blank{});
    items_.push_back(Instance{
        core_.spec.name, {connect("LANES", "LANES")}, "u_core", connections_of(ports, others)});
  }

  const plan::MacroPlan& plan_;
  const spec::MacroSpec& spec_;
  const plan::ShellPlan& shell_;
  const plan::MacroPlan& core_;
  Items items_;
  bool has_march_ = false;
  bool has_compute_ = false;
  int pattern_bits_ = 0;
};

}  // namespace

void add_shell_ports(const plan::MacroPlan& plan, std::vector<Port>& ports) {
  const plan::ShellPlan& shell = *plan.shell;
  const auto port = [&](Direction direction, const std::string& name, int width,
                        const std::string& comment = "") {
    ports.push_back({direction, name, width == 0 ? std::nullopt : std::optional(integer(width)),
                     comment, false});
  };
  if (plan.spec.self_test.any()) {
    port(Direction::input, "bist_start_i", 0, "begins a self-test; not looked at while busy");
    if (shell.operations > 0 && shell.vectors > 0) {
      port(Direction::input, "bist_compute_i", 0, "1: the compute self-test, 0: the march test");
    }
    port(Direction::output, "bist_busy_o", 0);
    port(Direction::output, "bist_done_o", 0, "a test has ended since the last start");
    port(Direction::output, "bist_fail_o", 0, "and found something wrong");
    if (shell.operations > 0) {
      port(Direction::output, "bist_error_valid_o", 0, "one wrong bit a transfer");
      port(Direction::input, "bist_error_ready_i", 0);
      if (plan.bank_bits > 0) port(Direction::output, "bist_bank_o", plan.bank_bits);
      if (shell.row_bits > 0) port(Direction::output, "bist_row_o", shell.row_bits);
      port(Direction::output, "bist_bit_o", shell.bit_bits,
           fmt::format("bit b of column c: {}*c + b", plan.spec.weight.bits));
    }
    if (shell.vectors > 0) port(Direction::output, "bist_signature_o", 32);
  }
  if (plan.spec.repair.any()) {
    port(Direction::input, "repair_load_i", 0, "the registers take repair_data_i");
    port(Direction::input, "repair_data_i", shell.repair_bits,
         "of each spare row, then column: number of the one it replaces; above it 1: in use");
  }
}

Module shell_top(const plan::MacroPlan& plan) {
  Module module;
  module.name = plan.spec.name;
  module.header = describe(plan);
  module.parameters = {{"LANES", integer(plan.lanes)}};
  add_ports(plan, module.ports);
  module.items = Shell(plan).items();
  return module;
}

}  // namespace cimforge::lower
