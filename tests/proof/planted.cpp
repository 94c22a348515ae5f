#include "tests/proof/planted.h"

#include "flows/prove.h"

namespace cimforge::test {

proof::ProofResult prove_files(const spec::MacroSpec& spec, const base::FileSet& files) {
  return with_rtl(files, [&](const std::filesystem::path& directory) {
    return flows::prove(flows::RtlSource{directory, spec.name, true}, spec,
                        {.time_limit = std::chrono::minutes(10)});
  });
}

}  // namespace cimforge::test
