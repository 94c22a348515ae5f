// The program under test as a user runs it: a process with arguments, files and an environment.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "flows/process.h"
#include "generator/base/file.h"

namespace cimforge::tests {

using Environment = std::map<std::string, std::string>;

/// Far above what any test needs, for machines with much else to do.
inline constexpr std::chrono::minutes kTimeLimit{9};

/// A directory of the test's own.
class Workspace {
 public:
  Workspace() : directory_("cimforge-cli-test-") {}
  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return directory_.path() / name;
  }
  /// The same as text, for arguments.
  [[nodiscard]] std::string operator()(const std::string& name) const {
    return path(name).string();
  }
  /// Writes a file with the directories above it; returns its path.
  std::string write(const std::string& name, std::string_view text) const;
  std::string make_directory(const std::string& name) const;

 private:
  base::TemporaryDirectory directory_;
};

/// Runs cimforge.
flows::ProcessResult cimforge(const std::vector<std::string>& arguments,
                              const Environment& environment = {},
                              const std::filesystem::path& directory = {});

/// Runs any program; the test fails with what it printed where it does.
flows::ProcessResult run(const std::vector<std::string>& arguments,
                         const std::filesystem::path& directory = {});

/// Runs cimforge, which must succeed.
flows::ProcessResult succeed(const std::vector<std::string>& arguments,
                             const Environment& environment = {},
                             const std::filesystem::path& directory = {});

/// Runs cimforge, which must end with `status` and one message that holds each of `parts`, print
/// nothing else and show no trace of a crash. Returns the message.
std::string refuse(int status, const std::vector<std::string>& arguments,
                   const std::vector<std::string>& parts, const Environment& environment = {});

/// Every file below a directory -> its bytes.
base::FileSet files_in(const std::filesystem::path& directory);

nlohmann::json read_json(const std::filesystem::path& path);

/// A small macro: 4 x 3, two banks, int3 inputs, int2 weights.
std::string small_spec(const std::string& name = "tiny");

/// Replaces the one place where `from` stands in a file.
void edit(const std::filesystem::path& file, const std::string& from, const std::string& to);

}  // namespace cimforge::tests
