// Options that several commands share, and what they mean.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/plan/plan.h"
#include "generator/spec/spec.h"

namespace cimforge::cli {

/// Reads a specification. Throws base::InputError with all mistakes, and where the device of an
/// analog macro is not known or has not as many levels.
spec::MacroSpec load_specification(const std::filesystem::path& file);

/// Adds `SPEC`, the specification file.
void add_spec(CLI::App& command, std::string& path);
/// Adds `--json FILE`.
void add_json(CLI::App& command, std::string& path);
/// Adds `--rtl DIR`.
void add_rtl(CLI::App& command, std::string& path);

/// JSON on one line, or indented; bytes that are no UTF-8 become U+FFFD.
std::string json_text(const nlohmann::ordered_json& json, int indent = -1);

/// Prints the text of a result on standard output and writes its JSON where `--json` asked for it.
void give(const std::string& text, const nlohmann::ordered_json& json, const std::string& path);

/// RTL to work on: that of `--rtl`, or freshly emitted into a temporary directory, which lives as
/// long as this, its trees planned in the delays of a library where they are given.
struct Rtl {
  std::unique_ptr<base::TemporaryDirectory> directory;
  flows::RtlSource source;
};
Rtl rtl_for(const spec::MacroSpec& spec, const std::string& user_directory,
            const std::optional<plan::LibraryDelays>& delays = std::nullopt);

/// The delays of the first of the Liberty files, or of the default one, for a specification's
/// trees.
std::optional<plan::LibraryDelays> library_delays(const spec::MacroSpec& spec,
                                                  const std::vector<std::string>& liberty);

/// Stops with a plain error where a file that a command is to write at its end cannot be written.
void require_writable(const std::string& file);

/// The same for a directory of output, before long work begins: it is missing, empty, or an earlier
/// output, which holds `manifest`. Writing it looks more closely.
void require_output(const std::string& directory, const char* manifest);

/// One for each processor of this machine, at most 16.
int default_jobs();

/// The program that runs now, to be run again. Throws base::ToolError.
std::filesystem::path this_program();

}  // namespace cimforge::cli
