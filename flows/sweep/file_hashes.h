// The contents of the files that the words of a command name, as hashes: what a result depends on.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <utility>

namespace cimforge::sweep {

/// Hexadecimal digits of a hash that a result is kept under, or that tells files apart.
inline constexpr std::size_t hash_digits = 32;

/// The hash of what a name stands for, found once: the contents of a file, and of those that it
/// names where it is TOML (a network its weights, a device its curves); all files of a directory.
class FileHashes {
 public:
  /// Names are relative to `directory`.
  explicit FileHashes(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Nothing where `name` names no file. Throws base::InputError for a directory of too many.
  const std::string* find(const std::string& name);

 private:
  std::filesystem::path directory_;
  std::unordered_map<std::string, std::string> known_;
};

}  // namespace cimforge::sweep
