// Specifications for the tests of the collateral, and a run of a shell command.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "generator/base/file.h"
#include "generator/spec/spec.h"

namespace cimforge::collateral {

inline spec::MacroSpec tiny() {
  spec::MacroSpec spec;
  spec.name = "tiny_3x2";
  spec.rows = 3;
  spec.columns = 2;
  spec.input = {true, 2};
  spec.weight = {true, 2};
  return spec;
}

/// Sizes, widths, signs, banks, steps, ranks, trees and storage, each value with many others.
inline std::vector<spec::MacroSpec> matrix() {
  constexpr std::array sizes = {1, 2, 3, 7, 37, 96, 129};
  constexpr std::array banks = {1, 2, 3, 5};
  std::vector<spec::MacroSpec> specs;
  for (std::size_t i = 0; i < 48; ++i) {
    spec::MacroSpec spec;
    spec.name = "macro" + std::to_string(i);
    spec.rows = sizes[i % sizes.size()];
    spec.columns = sizes[(i / 2 + 3) % sizes.size()];
    spec.banks = banks[(i / 3) % banks.size()];
    spec.storage = i % 2 == 0 ? spec::Storage::latch : spec::Storage::flop;
    spec.input = {i % 3 != 0, 1 + static_cast<int>(i % 8)};
    spec.weight = {i % 4 != 1, 1 + static_cast<int>((i / 5) % 8)};
    spec.input_bits_per_cycle = 1 + static_cast<int>(i / 7) % spec.input.bits;
    spec.adder_tree = static_cast<spec::AdderTree>(i % 5);
    spec.pipeline_stages = static_cast<int>((i / 4) % 5);
    if (i % 5 == 4) {
      spec.output_mode = i % 2 == 0 ? spec::OutputMode::saturate : spec::OutputMode::truncate;
      spec.output_bits = 1;
    }
    specs.push_back(spec);
  }
  return specs;
}

struct Ran {
  int status = -1;
  std::string text;  ///< standard output and error
};

inline Ran run(const std::string& command) {
  Ran result;
  FILE* pipe = popen(("( " + command + " ) 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    result.text.append(buffer.data(), n);
  }
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

inline bool has_tool(const std::string& tool) {
  return run("command -v " + tool).status == 0;
}

/// An output directory that goes with the object.
class Output {
 public:
  explicit Output(const base::FileSet& files, const std::string& manifest = "manifest.json")
      : directory_("cimforge-collateral") {
    base::write_directory_atomically(path(), files, manifest);
  }
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "out"; }
  /// Runs a command in the directory.
  [[nodiscard]] Ran operator()(const std::string& command) const {
    return run("cd '" + path().string() + "' && " + command);
  }

 private:
  base::TemporaryDirectory directory_;
};

}  // namespace cimforge::collateral
