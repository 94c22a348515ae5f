#include "generator/collateral/collateral.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/base/hash.h"
#include "generator/base/version.h"
#include "generator/collateral/analog.h"
#include "generator/collateral/bitcell.h"
#include "generator/collateral/documents.h"
#include "generator/lower/lower.h"
#include "generator/verilog/module.h"

namespace cimforge::collateral {
namespace {

std::string manifest(const plan::MacroPlan& plan, const ModuleSignature& signature,
                     const base::FileSet& files) {
  nlohmann::ordered_json hashes = nlohmann::ordered_json::object();
  for (const auto& [path, text] : files) hashes[path] = base::sha256(text);
  const std::string version(base::version());
  const nlohmann::ordered_json result = {
      {"cimforge", version},
      // Emission runs no other tool.
      {"tools", {{"cimforge", version}}},
      {"top", signature.name},
      {"specification_sha256", specification_hash(plan.spec)},
      {"specification", specification_json(plan.spec)},
      {"ports", ports_json(signature)},
      {"plan", plan_json(plan)},
      {"files", hashes},
  };
  return result.dump(2) + "\n";
}

}  // namespace

base::FileSet emit(const spec::MacroSpec& spec, const std::optional<plan::LibraryDelays>& delays,
                   const base::FileSet& beside) {
  const plan::MacroPlan plan = plan::plan(spec, delays);
  const ModuleSignature macro = signature(plan);
  const lower::Rtl rtl = lower::lower(plan);

  base::FileSet files = beside;
  for (auto& [name, text] : rtl.files(short_banner(spec))) files["rtl/" + name] = text;
  // The top module tells the whole specification.
  files["rtl/" + rtl.top + ".v"] = verilog::print(rtl.modules.back(), banner(spec));

  const auto in_rtl = [](const std::vector<std::string>& names) {
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back("rtl/" + name);
    return paths;
  };
  CoreFiles sources;
  sources.rtl = in_rtl(rtl.file_order());
  if (rtl.array) {
    const std::string stub = "rtl/" + rtl.array->name + "_stub.v";
    const plan::MacroPlan& boxed = plan.with_array() != nullptr ? *plan.with_array() : plan;
    files[stub] = array_stub(boxed, *rtl.array, short_banner(spec));
    files["array/" + rtl.array->name + ".lib"] = array_liberty(boxed, *rtl.array);
    files["array/" + rtl.array->name + ".lef"] = array_lef(boxed, *rtl.array);
    sources.synthesis.push_back(stub);
  }
  for (const lower::BlackBox& each : rtl.bitcells) {
    const spec::MacroSpec& part = plan.parts.empty() ? spec : plan.parts.front().spec;
    const std::string stub = "rtl/" + each.box.name + "_stub.v";
    files[stub] = black_box_stub(each.box, "array of cells", short_banner(spec));
    files["array/" + each.box.name + ".lib"] = bitcell_liberty(part, each.box);
    files["array/" + each.box.name + ".lef"] = bitcell_lef(part, each.box);
    sources.synthesis.push_back(stub);
  }
  sources.simulation = in_rtl(rtl.array_files());
  const auto with = [&](const std::vector<std::string>& first) {
    std::vector<std::string> all = first;
    for (const std::string& file : sources.rtl) {
      if (std::find(all.begin(), all.end(), file) == all.end()) all.push_back(file);
    }
    return all;
  };
  const std::string sdc_file = fmt::format("constraints/{}.sdc", spec.name);

  files["sim.f"] = filelist(plan, "simulation", with(sources.simulation));
  files["synth.f"] = filelist(plan, "synthesis", with(sources.synthesis));
  files[sdc_file] = sdc(plan, macro);
  files[spec.name + ".core"] = core(plan, macro, sources, sdc_file);
  files[spec.name + ".md"] = datasheet(plan, macro);
  files["spec.toml"] = spec::to_toml(spec);
  files[manifest_name] = manifest(plan, macro, files);
  return files;
}

}  // namespace cimforge::collateral
