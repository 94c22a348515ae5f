// Verilates and compiles a form with a given compiler and flags, and loads it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "forms.h"
#include "tb/dut.hpp"

namespace cimforge::benchmark {

struct Toolchain {
  std::string compiler;  ///< path
  std::string name;      ///< clang++, g++
  std::string version;
  std::string flags;     ///< for the code that runs every cycle
};

/// The compilers of this machine with the flags that are tried: all of them, or for each contender
/// what was best before.
std::vector<Toolchain> all_toolchains();
std::vector<Toolchain> best_toolchains(Contender contender);

/// A form that Verilator has read.
struct Verilated {
  Form form;
  std::filesystem::path directory;
  double seconds = 0;
};

/// The Verilator runtime, compiled once: it counts for nobody.
class Runtime {
 public:
  explicit Runtime(const std::filesystem::path& work);
  [[nodiscard]] const std::filesystem::path& archive() const { return archive_; }

 private:
  std::filesystem::path archive_;
};

/// Throws base::ToolError where Verilator fails.
Verilated verilate(const Form& form, const std::filesystem::path& directory);

/// A form, built and loaded. Its Duts must not outlive it.
class Model final : public tb::DutFactory {
 public:
  Model(const Verilated& verilated, const Toolchain& toolchain, const Runtime& runtime);
  ~Model() override;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  [[nodiscard]] std::unique_ptr<tb::Dut> make(const std::string& trace_file) const override;
  [[nodiscard]] const Form& form() const { return form_; }
  [[nodiscard]] const Toolchain& toolchain() const { return toolchain_; }
  /// Verilator and the compiler on two cores, without the runtime.
  [[nodiscard]] double build_seconds() const { return build_seconds_; }
  [[nodiscard]] std::size_t in_data_bytes() const { return in_data_bytes_; }

 private:
  Form form_;
  Toolchain toolchain_;
  double build_seconds_ = 0;
  std::size_t in_data_bytes_ = 0;
  void* library_ = nullptr;
  cim_dut_create_fn* create_ = nullptr;
  cim_dut_pins_fn* pins_ = nullptr;
  cim_dut_eval_fn* eval_ = nullptr;
  cim_dut_error_fn* error_ = nullptr;
  cim_dut_destroy_fn* destroy_ = nullptr;
};

}  // namespace cimforge::benchmark
