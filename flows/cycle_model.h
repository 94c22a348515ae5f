// The cycle model as a library for others: `cimforge model`.
#pragma once

#include <filesystem>

#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

/// The files of a model library, path -> content: lib/lib<name>.a and the Verilator runtime,
/// include/<name>.hpp with the headers that it needs, a CMake package, and a manifest.
/// Throws as compile_model does.
base::FileSet cycle_model_files(const spec::MacroSpec& spec, const RtlSource& rtl,
                                const ModelBuild& options);

/// The file that marks a directory as an earlier output of `cimforge model`.
inline constexpr const char* cycle_model_manifest = "cimforge-model.json";

}  // namespace cimforge::flows
