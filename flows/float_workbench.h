// Where the cells of a floating macro are proved: its Verilog, a directory to work in, Yosys and
// ABC.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "flows/float_references.h"
#include "flows/process.h"
#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "proof/netlist.h"
#include "proof/refutation.h"

namespace cimforge::flows {

/// Ends a proof: what was found by inputs, or in a netlist.
struct Unproved {
  proof::Refutation refutation;
};

/// The prover came to no end.
struct Undecided : Unproved {};

double seconds_since(std::chrono::steady_clock::time_point start);

/// A path as Yosys reads it.
std::string quoted(const std::filesystem::path& path);

/// Throws Undecided that names the cell and the limit.
[[noreturn]] void undecided(const std::string& module, const Parameters& parameters,
                            std::chrono::milliseconds limit);

/// Bits of a pattern that ABC tells after `begin`, put together to signals; bits that do not matter
/// are 0.
std::vector<std::pair<std::string, std::string>> values_in(const std::string& said,
                                                           const char* begin);

class FloatWorkbench {
 public:
  /// Reads synth.f.
  explicit FloatWorkbench(const RtlSource& rtl);

  /// Module -> its file.
  const std::map<std::string, std::filesystem::path>& files() const { return files_; }
  /// Throws base::InputError where synth.f does not name the module.
  const std::filesystem::path& file_of(const std::string& module) const;

  void write(const char* file, const std::string& text) const;
  /// Inputs and outputs of a BLIF file that Yosys wrote, in their order.
  std::string ports_of_blif(const char* file) const;
  proof::Design read_netlist(const char* file, const std::string& top) const;

  /// Throws base::InputError for RTL that Yosys rejects, base::ToolError where it fails.
  void yosys(const std::string& script) const;
  /// Throws Undecided at the limit.
  ProcessResult abc(const std::string& script, const std::string& module,
                    const Parameters& parameters, std::chrono::milliseconds limit) const;
  /// Throws Unproved with an output and inputs where given.blif is not what reference.blif is,
  /// Undecided at the limit.
  void check_equivalent(const std::string& module, const Parameters& parameters,
                        std::chrono::milliseconds limit) const;

 private:
  std::string top_;
  std::map<std::string, std::filesystem::path> files_;
  base::TemporaryDirectory work_{"cimforge-prove"};
};

}  // namespace cimforge::flows
