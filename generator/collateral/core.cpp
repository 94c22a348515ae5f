#include <fmt/format.h>

#include <cctype>

#include "generator/base/version.h"
#include "generator/collateral/collateral.h"
#include "generator/collateral/documents.h"

namespace cimforge::collateral {

std::string core(const plan::MacroPlan& plan, const ModuleSignature& signature,
                 const CoreFiles& sources, const std::string& sdc_file) {
  const spec::MacroSpec& spec = plan.spec;
  const auto fileset = [](const char* name, const std::vector<std::string>& names) {
    std::string text = fmt::format("  {}:\n    file_type: verilogSource-2005\n    files:\n", name);
    for (const std::string& file : names) text += fmt::format("      - {}\n", file);
    return text;
  };
  const bool is_near = plan.near_memory.has_value();
  std::string filesets = fileset("rtl", sources.rtl);
  std::string simulated = "rtl";
  std::string synthesised = "rtl";
  if (!sources.simulation.empty()) {
    filesets +=
        fileset(is_near ? "memory_model" : "array_model", sources.simulation) +
        fileset(is_near ? "memory_stub" : "array_stub", sources.synthesis);
    simulated = is_near ? "memory_model, rtl" : "array_model, rtl";
    synthesised = is_near ? "memory_stub, rtl" : "array_stub, rtl";
  }
  // An analog macro has no slices, nor has a near-memory one.
  const bool has_lanes = !plan.analog && !plan.near_memory;
  std::string kind = is_near ? "near-memory" : spec::to_string(spec.kind);
  const std::string contents =
      plan.logic ? fmt::format("{} x {} bits", spec.rows, spec.columns)
                 : fmt::format("{} x {} {} weights, {} inputs", spec.rows, spec.columns,
                               spec.weight.name(), spec.input.name());
  kind.front() = static_cast<char>(std::toupper(kind.front()));
  const std::string parameters =
      !has_lanes ? ""
                 : fmt::format(
                       "parameters:\n  LANES:\n    datatype: int\n    paramtype: vlogparam\n"
                       "    description: \"Columns of a slice; {} unless set\"\n\n",
                       signature.lanes);
  const std::string set_lanes =
      !has_lanes ? "" : fmt::format("    parameters: [LANES={}]\n", signature.lanes);
  return fmt::format(
      R"(CAPI=2:
{banner}
name: "::{name}:{version}"
description: "{kind} macro, {contents}"

filesets:
{filesets}  constraints:
    file_type: SDC
    files:
      - {sdc}

{parameters}targets:
  default:
    filesets: [{simulated}]

  lint:
    description: "Verilator with all warnings"
    default_tool: verilator
    filesets: [{simulated}]
    toplevel: "{name}"
{set_lanes}    tools:
      verilator:
        mode: lint-only
        verilator_options: [-Wall]

  sim:
    description: "The compiled macro, for a bench to be added to"
    default_tool: icarus
    filesets: [{simulated}]
    toplevel: "{name}"
{set_lanes}    tools:
      icarus:
        iverilog_options: [-g2005]

  synth:
    description: "RTL and constraints; choose the flow with --tool"
    filesets: [{synthesised}, constraints]
    toplevel: "{name}"
{set_lanes})",
      fmt::arg("banner", as_comment(short_banner(spec), "#")), fmt::arg("name", signature.name),
      fmt::arg("version", base::version()), fmt::arg("contents", contents),
      fmt::arg("filesets", filesets),
      fmt::arg("sdc", sdc_file), fmt::arg("kind", kind + (is_near ? " compute" : plan.logic ? "-in-memory" : " compute-in-memory")), fmt::arg("parameters", parameters),
      fmt::arg("set_lanes", set_lanes), fmt::arg("simulated", simulated),
      fmt::arg("synthesised", synthesised));
}

}  // namespace cimforge::collateral
