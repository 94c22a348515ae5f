#include "generator/collateral/protection.h"

#include <fmt/format.h>

#include "generator/spec/protection.h"
#include "generator/spec/structure.h"

namespace cimforge::collateral {
namespace {

std::string counted(int count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

const char* name_of(spec::Code code) {
  return spec::code_names.at(static_cast<std::size_t>(code));
}

/// Registers of the flag of a column.
int flag_bits(const plan::MacroPlan& plan) {
  const bool serial = plan.steps > 1 || plan.precision;
  return plan.spec.pipeline_stages + (serial ? 1 : 0) + (plan.skid ? 2 : 1);
}

}  // namespace

std::string protection_text(const plan::MacroPlan& plan) {
  const plan::ProtectionPlan& code = *plan.protection;
  return fmt::format("{}: {} beside each {}{}", name_of(plan.spec.protection.code),
                     counted(code.check_bits, "check bit"), counted(code.data_bits, "bit"),
                     spec::scrubs(plan.spec) ? "; rows are scrubbed" : "");
}

std::string protection_section(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::ProtectionPlan& code = *plan.protection;
  const bool mends = spec::mends(spec);
  std::string text = fmt::format(
      R"(
## Error protection

Each stored weight of {data} has {checks} more ({name}). {what} Bit c of `out_error_o` is that of column c, handed over
with the result.

- `protection_irq_o` rises with the first such result and stays until `protection_clear_i`, which also sets the counters to 0.
- `protection_flagged_o` counts results with a flag. Counters stop at {most}.
)",
      fmt::arg("data", counted(code.data_bits, "bit")),
      fmt::arg("checks", counted(code.check_bits, "check bit")),
      fmt::arg("name", name_of(spec.protection.code)),
      fmt::arg("what",
               mends ? "One wrong bit of them is mended before it is multiplied: the result is "
                       "right, and no later. Two wrong bits flag the\nresult of their column."
                     : "One wrong bit of them flags the result of its column; nothing is mended."),
      fmt::arg("most", (std::uint64_t{1} << spec.protection.counter_bits) - 1));
  if (mends && !spec::scrubs(spec)) {
    text +=
        "- `protection_mended_o` counts results that mended weights went into. Write the weights "
        "again "
        "before a second bit\n  of a word goes wrong.\n";
  }
  if (spec::scrubs(spec)) {
    const int rows = spec::stored_rows(spec);
    text += fmt::format(
        R"(- Rows are read, one a cycle, and one with a mended bit is written again as soon as the weight port is free: rows of the
  stream go first. While vectors are computed these are the rows of their bank, all of them in {rows}; else those of {banks}.
  A row that is written again while its bank computes holds a vector for one cycle, as any row does.
- `protection_mended_o` counts rows that were written again.
- A row with a word of two wrong bits stays as it is, and raises the interrupt each time that it is read, until it is written.
- Rows that were not written since reset are not looked at.
)",
        fmt::arg("rows", counted(rows, "cycle")),
        fmt::arg("banks", spec.banks == 1
                              ? std::string("the bank")
                              : fmt::format("all banks, in {} cycles", rows * spec.banks)));
  }
  return text;
}

nlohmann::ordered_json protection_json(const plan::MacroPlan& plan) {
  return {{"code", name_of(plan.spec.protection.code)},
          {"data_bits", plan.protection->data_bits},
          {"check_bits", plan.protection->check_bits},
          {"check_columns", plan.protection->columns},
          {"flag_bits_per_column", flag_bits(plan)}};
}

}  // namespace cimforge::collateral
