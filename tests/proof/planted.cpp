#include "tests/proof/planted.h"

#include "flows/float_cells.h"
#include "flows/prove.h"

namespace cimforge::test {

proof::ProofResult prove_files(const spec::MacroSpec& spec, const base::FileSet& files) {
  return with_rtl(files, [&](const std::filesystem::path& directory) {
    return flows::prove(flows::RtlSource{directory, spec.name, true}, spec,
                        {.time_limit = std::chrono::minutes(10)});
  });
}

proof::ProofResult prove_float_cells(const spec::MacroSpec& spec, const base::FileSet& files,
                                     const std::string& only, std::chrono::milliseconds limit) {
  return with_rtl(files, [&](const std::filesystem::path& directory) {
    proof::ProofResult result;
    result.proved = true;
    flows::prove_float_cells({directory, spec.name, true}, spec, {limit, only}, result);
    return result;
  });
}

}  // namespace cimforge::test
