#include <fmt/format.h>

#include "generator/collateral/collateral.h"
#include "generator/collateral/documents.h"

namespace cimforge::collateral {

std::string filelist(const plan::MacroPlan& plan, const std::string& purpose,
                     const std::vector<std::string>& files) {
  std::string text =
      as_comment(short_banner(plan.spec) +
                     fmt::format("Sources of {} for {}, each after what it uses; top module {}.\n"
                                 "Paths are relative to this directory.",
                                 plan.spec.name, purpose, plan.spec.name),
                 "//");
  text += '\n';
  for (const std::string& file : files) text += file + '\n';
  return text;
}

}  // namespace cimforge::collateral
