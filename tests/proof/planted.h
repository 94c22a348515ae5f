// Emitted RTL with something changed in it, and its proof.
#pragma once

#include <chrono>
#include <string>

#include "generator/base/file.h"
#include "generator/spec/spec.h"
#include "proof/prove.h"

namespace cimforge::test {

/// Proves these files as the RTL of `spec`.
proof::ProofResult prove_files(const spec::MacroSpec& spec, const base::FileSet& files);

/// Proves the cells around the integer array alone, or one of them.
proof::ProofResult prove_float_cells(const spec::MacroSpec& spec, const base::FileSet& files,
                                     const std::string& only,
                                     std::chrono::milliseconds limit = std::chrono::minutes(2));

/// Writes the files and gives their RTL to `use`.
template <typename Use>
auto with_rtl(const base::FileSet& files, const Use& use) {
  const base::TemporaryDirectory work("cimforge-planted-");
  for (const auto& [path, text] : files) {
    std::filesystem::create_directories((work.path() / path).parent_path());
    base::write_file_atomically(work.path() / path, text);
  }
  return use(work.path());
}

}  // namespace cimforge::test
