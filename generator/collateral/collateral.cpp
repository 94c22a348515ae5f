#include "generator/collateral/collateral.h"

#include <fmt/format.h>

#include "generator/base/hash.h"
#include "generator/base/version.h"
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

base::FileSet emit(const spec::MacroSpec& spec,
                   const std::optional<plan::LibraryDelays>& delays) {
  const plan::MacroPlan plan = plan::plan(spec, delays);
  const ModuleSignature macro = signature(plan);
  const lower::Rtl rtl = lower::lower(plan);

  base::FileSet files;
  for (auto& [name, text] : rtl.files(short_banner(spec))) files["rtl/" + name] = text;
  // The top module tells the whole specification.
  files["rtl/" + rtl.top + ".v"] = verilog::print(rtl.modules.back(), banner(spec));

  std::vector<std::string> order;
  for (const std::string& name : rtl.file_order()) order.push_back("rtl/" + name);
  const std::string sdc_file = fmt::format("constraints/{}.sdc", spec.name);

  files["sim.f"] = filelist(plan, "simulation", order);
  files["synth.f"] = filelist(plan, "synthesis", order);
  files[sdc_file] = sdc(plan, macro);
  files[spec.name + ".core"] = core(plan, macro, order, sdc_file);
  files[spec.name + ".md"] = datasheet(plan, macro);
  files["spec.toml"] = spec::to_toml(spec);
  files[manifest_name] = manifest(plan, macro, files);
  return files;
}

}  // namespace cimforge::collateral
