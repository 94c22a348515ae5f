// An emitted macro in a directory of its own, perhaps with a fault planted in it, and the bench.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/spec/spec.h"
#include "tb/bench.h"

namespace cimforge::test {

class Emitted {
 public:
  /// As emitted, with changed files, each of which is there.
  explicit Emitted(const spec::MacroSpec& spec, const base::FileSet& changes = {});
  /// These files, of this specification or of another.
  static Emitted of(const spec::MacroSpec& spec, const base::FileSet& files);
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "out"; }
  flows::RtlSource source;

 private:
  Emitted(const std::string& name, const base::FileSet& files);

  base::TemporaryDirectory directory_{"cimforge-test-"};
};

/// The files with the first `right` replaced in one of rtl/; fails where there is none.
base::FileSet planted(base::FileSet files, const std::string& file, const std::string& right,
                      const std::string& wrong);

/// As emitted, with that fault.
Emitted with_fault(const spec::MacroSpec& spec, const std::string& file, const std::string& right,
                   const std::string& wrong);

struct BenchSettings {
  std::uint64_t vectors = 300;
  std::uint64_t seed = 5;
  bool synthesis_view = false;
};

/// The bench on a model that is compiled quickly; it expects the cycles that are planned.
tb::BenchResult bench(const spec::MacroSpec& spec, const Emitted& rtl,
                      const BenchSettings& settings = {});
/// All the files of a macro.
tb::BenchResult bench(const spec::MacroSpec& spec, const base::FileSet& files,
                      const BenchSettings& settings = {});

}  // namespace cimforge::test
