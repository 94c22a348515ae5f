#include <fmt/format.h>

#include "generator/base/version.h"
#include "generator/collateral/collateral.h"
#include "generator/collateral/documents.h"

namespace cimforge::collateral {

std::string core(const plan::MacroPlan& plan, const ModuleSignature& signature,
                 const std::vector<std::string>& rtl_files, const std::string& sdc_file) {
  const spec::MacroSpec& spec = plan.spec;
  std::string files;
  for (const std::string& file : rtl_files) files += fmt::format("      - {}\n", file);
  return fmt::format(
      R"(CAPI=2:
{banner}
name: "::{name}:{version}"
description: "Digital compute-in-memory macro, {rows} x {columns} {weight} weights, {input} inputs"

filesets:
  rtl:
    file_type: verilogSource-2005
    files:
{files}  constraints:
    file_type: SDC
    files:
      - {sdc}

parameters:
  LANES:
    datatype: int
    paramtype: vlogparam
    description: "Columns of a slice; {lanes} unless set"

targets:
  default:
    filesets: [rtl]

  lint:
    description: "Verilator with all warnings"
    default_tool: verilator
    filesets: [rtl]
    toplevel: "{name}"
    parameters: [LANES={lanes}]
    tools:
      verilator:
        mode: lint-only
        verilator_options: [-Wall]

  sim:
    description: "The compiled macro, for a bench to be added to"
    default_tool: icarus
    filesets: [rtl]
    toplevel: "{name}"
    parameters: [LANES={lanes}]
    tools:
      icarus:
        iverilog_options: [-g2005]

  synth:
    description: "RTL and constraints; choose the flow with --tool"
    filesets: [rtl, constraints]
    toplevel: "{name}"
    parameters: [LANES={lanes}]
)",
      fmt::arg("banner", as_comment(short_banner(spec), "#")), fmt::arg("name", signature.name),
      fmt::arg("version", base::version()), fmt::arg("rows", spec.rows),
      fmt::arg("columns", spec.columns), fmt::arg("weight", spec.weight.name()),
      fmt::arg("input", spec.input.name()), fmt::arg("files", files), fmt::arg("sdc", sdc_file),
      fmt::arg("lanes", signature.lanes));
}

}  // namespace cimforge::collateral
