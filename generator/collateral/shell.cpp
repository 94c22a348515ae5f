#include "generator/collateral/shell.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "generator/spec/self_test.h"
#include "generator/spec/structure.h"

namespace cimforge::collateral {
namespace {

SignaturePort port(const std::string& name, Direction direction, int width, Role role,
                   const std::string& stream, const std::string& meaning) {
  return {name, direction, width == 0 ? 1 : width, width > 0, role, stream, "", 0, meaning};
}

std::string counted(std::int64_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

std::vector<SignaturePort> shell_ports(const plan::MacroPlan& plan) {
  using enum Direction;
  const plan::ShellPlan& shell = *plan.shell;
  std::vector<SignaturePort> ports;
  if (plan.spec.self_test.any()) {
    ports.push_back(port("bist_start_i", input, 0, Role::payload, "bist",
                         "Begins a self-test; not looked at while one runs"));
    if (shell.operations > 0 && shell.vectors > 0) {
      ports.push_back(port("bist_compute_i", input, 0, Role::payload, "bist",
                           "The compute self-test in place of the march test"));
    }
    ports.push_back(port("bist_busy_o", output, 0, Role::payload, "bist", "A self-test runs"));
    ports.push_back(port("bist_done_o", output, 0, Role::payload, "bist",
                         "A self-test has ended since the last start"));
    ports.push_back(
        port("bist_fail_o", output, 0, Role::payload, "bist", "It found something wrong"));
    if (shell.operations > 0) {
      ports.push_back(
          port("bist_error_valid_o", output, 0, Role::valid, "bist_error", "A wrong bit is told"));
      ports.push_back(
          port("bist_error_ready_i", input, 0, Role::ready, "bist_error", "The receiver takes it"));
      if (plan.bank_bits > 0) {
        ports.push_back(
            port("bist_bank_o", output, plan.bank_bits, Role::payload, "bist_error", "Its bank"));
      }
      if (shell.row_bits > 0) {
        ports.push_back(
            port("bist_row_o", output, shell.row_bits, Role::payload, "bist_error", "Its row"));
      }
      ports.push_back(port("bist_bit_o", output, shell.bit_bits, Role::payload, "bist_error",
                           fmt::format("Its place in the row: bit b of column c is {}*c + b",
                                       plan.spec.weight.bits)));
    }
    if (shell.vectors > 0) {
      ports.push_back(port("bist_signature_o", output, 32, Role::payload, "bist",
                           "Signature of the last compute self-test"));
    }
  }
  if (plan.spec.repair.any()) {
    ports.push_back(port("repair_load_i", input, 0, Role::payload, "repair",
                         "The repair registers take their data, as they do after reset"));
    ports.push_back(port("repair_data_i", input, shell.repair_bits, Role::payload, "repair",
                         "For each spare row, then each spare column: the number of the one that "
                         "it stands in for, and above it a 1"));
  }
  return ports;
}

std::vector<std::pair<std::string, std::string>> shell_figures(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::ShellPlan& shell = *plan.shell;
  std::vector<std::pair<std::string, std::string>> rows;
  if (shell.operations > 0) {
    rows.emplace_back("march test",
                      fmt::format("{}: {} at each of {} addresses, {}", spec.self_test.march,
                                  counted(shell.operations, "operation"),
                                  std::int64_t{1} * spec.banks * spec.rows,
                                  counted(spec.self_test.backgrounds, "background")));
    rows.emplace_back("", counted(*shell.march_cycles, "cycle"));
  }
  if (shell.vectors > 0) {
    rows.emplace_back(
        "compute test",
        fmt::format("{}, signature {:08x}", counted(shell.vectors, "vector"), shell.signature));
  }
  if (spec.repair.any()) {
    rows.emplace_back("spares", fmt::format("{}, {}; {} of repair registers",
                                            counted(spec.repair.spare_rows, "row"),
                                            counted(spec.repair.spare_columns, "column"),
                                            counted(shell.repair_bits, "bit")));
    // What follows counts the rows and columns of the core, with the spares.
    rows.emplace_back(
        "in use",
        fmt::format("{} rows x {} columns, {:.4g} G multiply-accumulates a second", spec.rows,
                    spec.columns,
                    static_cast<double>(std::int64_t{1} * spec::stored_rows(spec) * spec.columns) /
                        (plan.steps * spec.timing.clock_period_ns)));
  }
  return rows;
}

nlohmann::ordered_json shell_json(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::ShellPlan& shell = *plan.shell;
  nlohmann::ordered_json json;
  if (shell.operations > 0) {
    json["march"] = spec::to_text(spec::march_of(spec));
    json["march_backgrounds"] = spec.self_test.backgrounds;
    json["march_cycles"] = *shell.march_cycles;
  }
  if (shell.vectors > 0) {
    json["compute_vectors"] = shell.vectors;
    json["compute_signature"] = fmt::format("{:08x}", shell.signature);
    json["compute_cycles"] = shell.compute_cycles ? nlohmann::ordered_json(*shell.compute_cycles)
                                                  : nlohmann::ordered_json(nullptr);
  }
  if (spec.repair.any()) {
    json["spare_rows"] = spec.repair.spare_rows;
    json["spare_columns"] = spec.repair.spare_columns;
    json["repair_row_bits"] = shell.repair_row_bits;
    json["repair_column_bits"] = shell.repair_column_bits;
    json["repair_bits"] = shell.repair_bits;
  }
  return json;
}

std::string shell_sections(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::ShellPlan& shell = *plan.shell;
  std::string text;
  if (spec.self_test.any()) {
    text += R"(
## Self-test

`bist_start_i` begins a test as soon as the results of all accepted vectors are taken; until `bist_done_o` the macro accepts nothing
else. What is stored is lost. `bist_fail_o` says that something was wrong.

)";
    if (shell.operations > 0) {
      text += fmt::format(
          "- March test: `{}`, {}. Each wrong bit is told on the stream `bist_error`; the test "
          "waits until it is taken.\n",
          spec::to_text(spec::march_of(spec)), counted(spec.self_test.backgrounds, "background"));
    }
    if (shell.vectors > 0) {
      text += fmt::format(
          "- Compute self-test{}: {} pseudo-random vectors on pseudo-random weights; the signature "
          "of a right macro is `{:08x}`.\n",
          shell.operations > 0 ? " (`bist_compute_i` = 1)" : "", shell.vectors, shell.signature);
    }
  }
  if (spec.repair.any()) {
    text += fmt::format(R"(
## Repair

{} and {} can stand in for faulty ones. `repair_data_i` is taken in the first cycle after reset, and
where `repair_load_i` is high: change it only while no vector is in the macro, and write the weights again. Spare row s has its register
at `[{}*s +: {}]`, spare column s at `[{} + {}*s +: {}]`; the highest bit of a register is 1 where the spare is in use, the others are the
number of the row or column that it stands in for.
)",
                        counted(spec.repair.spare_rows, "spare row"),
                        counted(spec.repair.spare_columns, "spare column"), shell.repair_row_bits,
                        shell.repair_row_bits, spec.repair.spare_rows * shell.repair_row_bits,
                        shell.repair_column_bits, shell.repair_column_bits);
  }
  return text;
}

}  // namespace cimforge::collateral
