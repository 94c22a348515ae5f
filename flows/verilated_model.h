// RTL -> a Verilated model in a shared object, built and loaded: what verify and run simulate.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "flows/verilator_coverage.h"
#include "generator/spec/spec.h"
#include "tb/array_hooks.h"
#include "tb/dut.hpp"
#include "tb/storage_hooks.h"

namespace cimforge::flows {

/// Emitted RTL: a directory with `sim.f`, and the top module in it.
struct RtlSource {
  std::filesystem::path directory;
  std::string top;
  bool by_user = false;  ///< perhaps edited: what Verilator rejects is the user's mistake
};

/// Bits of the widest signal whose toggles are counted unless a user asks for more. The signals of
/// a column are as wide as a slice has columns (50 to 64 in a large macro): with their toggles the
/// C++ of a 64 x 64 macro is 49 MB, without them 0.8 MB.
inline constexpr int default_toggle_width = 32;

struct ModelBuild {
  bool trace = false;                ///< for FST traces: slower
  int jobs = 2;                      ///< compilers at once
  std::string processor = "native";  ///< for the compiler's -march
  bool optimised = true;             ///< else it is compiled quickly, for a short run
  /// Behind the array of an analog macro with the device model; must outlive the model.
  const cim_array_hooks* array = nullptr;
  /// Behind storage that may have faults (flows/faulty_storage.h), likewise.
  const cim_storage_hooks* storage = nullptr;
  bool synthesis_view =
      false;  ///< the description for synthesis tools (`SYNTHESIS` defined): slower
  /// Counts lines, and toggles of signals of at most `toggle_width` bits (Verilator's
  /// --coverage-line, --coverage-toggle, --coverage-max-width): slower.
  bool coverage = false;
  int toggle_width = default_toggle_width;
};

/// How a model was built, for benchmarks and reports.
struct BuildReport {
  double verilate_seconds = 0;
  double compile_seconds = 0;
  std::string compiler;  ///< name and version
  std::string flags;
};

/// The object files and archives of a model, in a directory of the caller's.
struct ModelObjects {
  std::vector<std::filesystem::path> objects;  ///< of this macro
  std::filesystem::path runtime;               ///< the Verilator runtime, an archive
  BuildReport report;
};

/// Whether the array in the RTL is the model of a device, behind DPI-C.
bool has_device_array(const RtlSource& rtl);

/// Verilates and compiles into `build`. The exported functions of tb/dut.h are named
/// `<prefix>_create` and so on. The Verilator runtime is compiled once for each version of compiler
/// and Verilator and kept in the user's cache directory. Throws base::InputError for RTL of the
/// user's that does not compile, base::ToolError otherwise.
ModelObjects compile_model(const RtlSource& rtl, const std::string& prefix,
                           const ModelBuild& options, const std::filesystem::path& build);

/// Whether the storage in the RTL is that of tb/faulty_storage.v.
bool has_faulty_storage(const RtlSource& rtl);

/// The text of tb/faulty_storage.v.
const std::string& faulty_storage_text();

/// A loaded model; its Duts must not outlive it.
class VerilatedModel final : public tb::DutFactory {
 public:
  /// Builds and loads. Throws as compile_model does, and base::InputError where the widths of the
  /// data ports are not those of `spec`.
  VerilatedModel(const RtlSource& rtl, const spec::MacroSpec& spec, const ModelBuild& options);
  ~VerilatedModel() override;
  VerilatedModel(const VerilatedModel&) = delete;
  VerilatedModel& operator=(const VerilatedModel&) = delete;

  [[nodiscard]] std::unique_ptr<tb::Dut> make(const std::string& trace_file) const override;
  [[nodiscard]] const BuildReport& report() const;
  /// What the Duts that are gone have covered, summed; empty unless the model counts.
  [[nodiscard]] VerilatorCoverage coverage() const;
  /// Sets what faulty storage holds; null for other models.
  [[nodiscard]] cim_dut_storage_set_fn* storage_set() const;

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

/// Turns an earlier output directory into a source; throws base::InputError where it is none.
RtlSource user_rtl(const std::filesystem::path& directory, const spec::MacroSpec& spec);

}  // namespace cimforge::flows
