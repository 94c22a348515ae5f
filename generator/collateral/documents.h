// The texts of an output directory, one function each; emit() puts them together.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "generator/collateral/signature.h"
#include "generator/plan/plan.h"

namespace cimforge::collateral {

/// constraints/*.sdc.in, file name -> text.
const std::map<std::string, std::string>& constraint_templates();

/// `text` with `prefix` in front of every line, no trailing space or newline.
std::string as_comment(const std::string& text, const std::string& prefix);

/// A filelist of `files`, relative to the output directory. `purpose` ends its first sentence.
std::string filelist(const plan::MacroPlan& plan, const std::string& purpose,
                     const std::vector<std::string>& files);

std::string sdc(const plan::MacroPlan& plan, const ModuleSignature& signature);

/// Sources by what they are for; the last two for an analog macro alone.
struct CoreFiles {
  std::vector<std::string> rtl;
  std::vector<std::string> simulation;  ///< the model of the array
  std::vector<std::string> synthesis;   ///< the black box in its place
};

/// The FuseSoC core, CAPI2.
std::string core(const plan::MacroPlan& plan, const ModuleSignature& signature,
                 const CoreFiles& sources, const std::string& sdc_file);

/// What check_text() says of the macro, without its ports.
std::string figures_text(const plan::MacroPlan& plan);

/// The datasheet in Markdown.
std::string datasheet(const plan::MacroPlan& plan, const ModuleSignature& signature);

/// Bits of flip-flops outside the weight storage, without control.
struct RegisterBits {
  int accumulator_per_column = 0;
  int output_per_column = 0;
  int write_buffer_per_column = 0;
  int pipeline_per_column = 0;
  int input = 0;  ///< of the macro
};
RegisterBits register_bits(const plan::MacroPlan& plan);

}  // namespace cimforge::collateral
