#include "flows/sweep/file_hashes.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <set>
#include <system_error>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/hash.h"

namespace cimforge::sweep {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 4096;
constexpr std::size_t most_files = 10'000;

void add_named(const toml::node& node, const fs::path& directory, std::string& contents,
               std::set<fs::path>& seen);
void add_directory(const fs::path& path, std::string& contents, std::set<fs::path>& seen);

void add(const fs::path& path, std::string& contents, std::set<fs::path>& seen) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    if (seen.empty()) add_directory(path, contents, seen);
    return;
  }
  if (!fs::is_regular_file(path, error) || !seen.insert(path.lexically_normal()).second) return;
  const std::string text = base::read_file(path);
  contents += fmt::format("{}:{}\n", path.filename().string(), base::sha256(text));
  if (path.extension() != ".toml") return;
  try {
    add_named(toml::parse(text), path.parent_path(), contents, seen);
  } catch (const toml::parse_error&) {
    // Whoever reads it says so.
  }
}

void add_named(const toml::node& node, const fs::path& directory, std::string& contents,
               std::set<fs::path>& seen) {
  if (const toml::table* table = node.as_table()) {
    for (const auto& [key, inner] : *table) add_named(inner, directory, contents, seen);
  } else if (const toml::array* array = node.as_array()) {
    for (const toml::node& inner : *array) add_named(inner, directory, contents, seen);
  } else if (const auto* text = node.as_string()) {
    if (!text->get().empty() && text->get().size() < longest_name) {
      add(directory / text->get(), contents, seen);
    }
  }
}

void add_directory(const fs::path& path, std::string& contents, std::set<fs::path>& seen) {
  std::set<fs::path> files;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(path, error);
       !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at->is_regular_file(error)) files.insert(at->path());
    if (files.size() > most_files) {
      throw base::InputError(
          fmt::format("{}: a command names this directory, which has more than {} files",
                      path.string(), most_files));
    }
  }
  for (const fs::path& file : files) {
    contents += file.lexically_relative(path).generic_string() + '/';
    add(file, contents, seen);
  }
}

}  // namespace

const std::string* FileHashes::find(const std::string& name) {
  const auto [at, is_new] = known_.try_emplace(name);
  if (is_new && !name.empty() && name.size() < longest_name) {
    std::string contents;
    std::set<fs::path> seen;
    add(directory_ / name, contents, seen);
    if (!contents.empty()) at->second = base::sha256(contents).substr(0, hash_digits);
  }
  return at->second.empty() ? nullptr : &at->second;
}

}  // namespace cimforge::sweep
