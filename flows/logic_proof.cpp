#include "flows/logic_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "flows/process.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/spec/logic.h"
#include "tb/logic_driver.h"

namespace cimforge::flows {

/// File name -> text of the modules of proof/reference.
const std::map<std::string, std::string>& reference_cells();

namespace {

using Clock = std::chrono::steady_clock;
using sim::LogicCommand;
using spec::LogicOperation;

/// Sets of values that the columns are filled with, one after the other, at most.
constexpr std::uint64_t most_fillings = 1024;
/// A sequencer of more rows has the same rules for each; the decoder costs SAT the square of them.
constexpr int most_rows = 64;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string quoted(const std::filesystem::path& path) {
  return "\"" + std::filesystem::absolute(path).string() + "\"";
}

int address_bits(int count) {
  int bits = 1;
  while ((1 << bits) < count) ++bits;
  return bits;
}

class LogicProof {
 public:
  LogicProof(const RtlSource& rtl, const spec::MacroSpec& spec, const LogicProofRequest& request)
      : rtl_(rtl), spec_(spec), request_(request) {}

  proof::ProofResult prove() {
    const auto start = Clock::now();
    result_.proved = true;
    prove_lane();
    if (result_.proved) prove_read();
    if (result_.proved) prove_sequencer();
    result_.elaboration_seconds = seconds_since(start);
    if (result_.proved) prove_operations();
    result_.seconds = seconds_since(start);
    return std::move(result_);
  }

 private:
  std::filesystem::path cell(const std::string& name) const {
    return rtl_.directory / "rtl" / (name + ".v");
  }

  std::filesystem::path reference(const std::string& name) const {
    const std::filesystem::path file = work_.path() / (name + ".v");
    base::write_file_atomically(file, reference_cells().at(name + ".v"));
    return file;
  }

  /// Whether the assertion at the script's end holds.
  bool holds(const std::string& script) const {
    base::write_file_atomically(work_.path() / "script.ys", script);
    const ProcessRequest process{.arguments = {find_tool(ToolId::yosys).path.string(), "-Q", "-T",
                                               "-q", "-l", "yosys.log", "script.ys"},
                                 .time_limit = request_.time_limit,
                                 .working_directory = work_.path(),
                                 .environment = {{"TMPDIR", work_.path().string()}}};
    const ProcessResult ran = run_process(process);
    if (ran.timed_out || ran.signal != 0) {
      throw base::ToolError(fmt::format("yosys was {}:\n{}", describe_end(process, ran),
                                        last_lines(ran.stderr_text, 10)));
    }
    if (ran.succeeded()) return true;
    for (const char* refuted :
         {"unproven $equiv", "proof did fail", "Reached maximum number of time"}) {
      if (ran.stderr_text.find(refuted) != std::string::npos) return false;
    }
    throw base::InputError(fmt::format("Yosys rejects the Verilog of {}:\n{}", spec_.name,
                                       last_lines(ran.stderr_text, 10)));
  }

  void note(const char* part, const std::string& method, Clock::time_point start) {
    result_.parts.push_back({part, method, seconds_since(start)});
  }

  void refute(const std::string& part, const std::string& bit, const std::string& what,
              const std::string& expected, const std::string& got) {
    result_.proved = false;
    result_.counterexample = proof::Refutation{part, bit, what, {}, expected, got};
  }

  void prove_lane() {
    const auto start = Clock::now();
    const bool proved = holds(fmt::format(
        "read_verilog {} {}\nchparam -set LANES 1 cim_logic_lane\nhierarchy -check\nproc\n"
        "rename cim_logic_lane gate\nrename reference_logic_lane gold\nopt -full\ndffunmap\n"
        "equiv_make gold gate equal\nhierarchy -top equal\nopt -full\nequiv_simple -undef\n"
        "equiv_induct -undef\nequiv_status -assert\n",
        quoted(cell("cim_logic_lane")), quoted(reference("reference_logic_lane"))));
    if (!proved) {
      refute("column", "cim_logic_lane", "carry, tag and the bit that is written",
             "those of reference_logic_lane", "others in some state and for some input");
      return;
    }
    note("column", "equal to its reference for all inputs and states, by SAT", start);
  }

  void prove_read() {
    const auto start = Clock::now();
    // One select at most: the row of it, or zeros.
    const int rows = std::min(spec_.rows, most_rows);
    const std::string rules = fmt::format(
        "module read_rules (input wire [{0}:0] rows_i, input wire [{0}:0] select_i,\n"
        "  input wire pending_i, input wire select_pending_i, input wire [31:0] row_i,\n"
        "  output wire holds_o);\n"
        "  wire row;\n"
        "  cim_logic_read #(.LANES(1), .ROWS({1})) u_read (.rows_i(rows_i), .select_i(select_i),\n"
        "    .pending_i(pending_i), .select_pending_i(select_pending_i), .row_o(row));\n"
        "  wire [{1}:0] all = {{select_pending_i, select_i}};\n"
        "  wire is_one = (all & (all - 1)) == 0;\n"
        "  wire is_row = row_i <= {0} && select_i[row_i];\n"
        "  assign holds_o = !is_one || (select_pending_i ? row == pending_i :\n"
        "    is_row ? row == rows_i[row_i] : (select_i != 0 || !row));\n"
        "endmodule\n",
        rows - 1, rows);
    base::write_file_atomically(work_.path() / "read_rules.v", rules);
    const bool proved = holds(fmt::format(
        "read_verilog {} read_rules.v\nhierarchy -check -top read_rules\nproc\nflatten\n"
        "opt -full\nsat -verify -prove holds_o 1 read_rules\n",
        quoted(cell("cim_logic_read"))));
    if (!proved) {
      refute("read port", "cim_logic_read", "what is read", "the row that is selected", "another");
      return;
    }
    note("read port", fmt::format("gives the selected one of {} rows, by SAT", rows), start);
  }

  void prove_sequencer() {
    const auto start = Clock::now();
    const int rows = std::min(spec_.rows, most_rows);
    const bool proved = holds(fmt::format(
        "read_verilog {} {} {} {}\nchparam -set ROWS {} -set ROW_BITS {} -set KEY_BITS {} -set "
        "BITS_BITS {} logic_sequencer_rules\nhierarchy -check -top logic_sequencer_rules\nproc\n"
        "flatten\nopt -full\nasync2sync\ndffunmap\nopt_clean\n"
        "sat -verify -tempinduct -maxsteps 3 -prove holds_o 1 logic_sequencer_rules\n",
        quoted(cell("cim_logic_sequencer")), quoted(cell("cim_decoder")),
        quoted(cell("cim_logic_program")), quoted(reference("logic_sequencer_rules")), rows,
        address_bits(rows), spec_.logic.operand_bits, address_bits(spec_.logic.operand_bits)));
    if (!proved) {
      refute("control", "cim_logic_sequencer", "the rows of a cycle",
             "one row at most of each kind, none of them on its way to the array", "others");
      return;
    }
    note("control",
         fmt::format("one row at most is read or written, never one on its way, in every "
                     "state, {} rows, by SAT",
                     rows),
         start);
  }

  /// What is done with every pair of values: the operations on a, b and d, then d is read.
  std::vector<LogicCommand> program(int bits, const std::vector<std::uint32_t>& places,
                                    std::uint32_t tags) const {
    std::vector<LogicCommand> commands;
    const auto append = [&](LogicOperation operation, bool is_signed, bool where) {
      LogicCommand command;
      command.operation = operation;
      command.is_signed = is_signed;
      command.where = where;
      command.bits = bits;
      command.first = places[0];
      command.second = places[1];
      command.result = places[2];
      commands.push_back(command);
      if (spec::gives_result(operation)) return;
      const int rows = operation == LogicOperation::multiply ? 2 * bits : bits;
      for (int row = 0; row < rows; ++row) {
        LogicCommand read;
        read.operation = LogicOperation::read;
        read.second = places[2] + static_cast<std::uint32_t>(row);
        commands.push_back(read);
      }
    };
    const auto set_tags = [&] {
      LogicCommand load;
      load.operation = LogicOperation::load;
      load.second = tags;
      commands.push_back(load);
    };
    using enum LogicOperation;
    set_tags();
    for (const bool where : {false, true}) {
      for (const LogicOperation each :
           {copy, bit_and, bit_or, bit_xor, select, LogicOperation::add, subtract}) {
        append(each, false, where);
      }
      for (const bool is_signed : {false, true}) {
        for (const LogicOperation each : {maximum, minimum, sum}) append(each, is_signed, where);
      }
    }
    for (const bool is_signed : {false, true}) {
      for (const LogicOperation each : {equal, less}) {
        for (const bool where : {false, true}) {
          set_tags();
          append(each, is_signed, where);
        }
      }
    }
    append(multiply, false, false);
    return commands;
  }

  void prove_operations() {
    if (spec_.rows < 5) return;  // a, b, d of MUL and a row of tags
    const auto start = Clock::now();
    const VerilatedModel model(rtl_, spec_, {.jobs = request_.jobs});
    const std::unique_ptr<tb::Dut> dut = model.make("");
    tb::Random random(1);
    tb::LogicDriver driver(*dut, spec_, random, [&](std::uint64_t) {
      if (request_.interrupt) request_.interrupt();
    });
    driver.power_up();
    const auto columns = static_cast<std::uint64_t>(spec_.columns);
    int widest = 0;
    const int most = std::min({request_.most_bits, spec_.logic.operand_bits, (spec_.rows - 1) / 4});
    for (int bits = 1; bits <= most; ++bits) {
      const std::uint64_t pairs = std::uint64_t{1} << (2 * bits);
      if ((2 * pairs + columns - 1) / columns > most_fillings) break;
      widest = bits;
      const auto n = static_cast<std::uint32_t>(bits);
      const std::vector<std::uint32_t> places = {0, n, 2 * n};
      const std::vector<LogicCommand> commands = program(bits, places, 4 * n);
      // Each pair with both tags.
      for (std::uint64_t first = 0; first < 2 * pairs; first += columns) {
        std::vector<tb::LogicWrite> rows(2 * n + 1);
        for (std::uint32_t row = 0; row < rows.size(); ++row) {
          rows[row].row = row < 2 * n ? row : 4 * n;
          rows[row].bits.resize(columns);
          for (std::uint64_t column = 0; column < columns; ++column) {
            const std::uint64_t value = (first + column) % (2 * pairs);
            rows[row].bits[column] = static_cast<std::uint8_t>((value >> row) & 1U);
          }
        }
        driver.run({}, {}, rows);
        tb::LogicTraffic traffic;
        traffic.is_full_rate = true;
        driver.run(traffic, commands, {});
        driver.drain();
        if (!driver.findings().all().empty()) {
          const tb::Finding& finding = driver.findings().all().front();
          refute("operations", fmt::format("operands of {} bits", bits), finding.message, "", "");
          return;
        }
      }
    }
    note("operations",
         fmt::format("all pairs of operands and both tags, 1 to {} bits: {} results right, each in "
                     "its cycles, by simulation",
                     widest, driver.compared()),
         start);
  }

  const RtlSource& rtl_;
  const spec::MacroSpec& spec_;
  const LogicProofRequest& request_;
  base::TemporaryDirectory work_{"cimforge-logic-proof-"};
  proof::ProofResult result_;
};

}  // namespace

proof::ProofResult prove_logic(const RtlSource& rtl, const spec::MacroSpec& spec,
                               const LogicProofRequest& request) {
  return LogicProof(rtl, spec, request).prove();
}

}  // namespace cimforge::flows
