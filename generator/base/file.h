// Files: read whole, written whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace cimforge::base {

/// The whole file. Throws InputError `PATH: reason` where it is missing, a directory, unreadable or
/// longer than `max_bytes` (which also ends the reading of an endless device).
std::string read_file(const std::filesystem::path& path,
                      std::size_t max_bytes = std::size_t{1} << 30);

/// Writes the file through a temporary one beside it and a rename, so that a reader sees the old
/// or the new text and nothing between. A symbolic link is followed; the permissions of an existing
/// file are kept. A device or a pipe (/dev/stdout) is written to as it is. Throws InputError where
/// the place cannot be written; the directory must exist.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// A set of files to be written together: path relative to the directory -> text. A path has no
/// `..` and is not absolute.
using FileSet = std::map<std::string, std::string>;

/// Makes `directory` hold exactly `files`: they are written and flushed to a directory beside it,
/// which then takes its place in one rename; an interrupted call leaves the former directory as it
/// was, never a mixture (a killed one may also leave a hidden directory `.NAME.*.tmp` beside it,
/// which nothing reads). Missing parent directories are created; a symbolic link to a directory is
/// followed.
///
/// A user's own files are never deleted: an existing directory is replaced only if it is empty, or
/// if it holds the file `manifest` and each other file in it is named in that file's text (its path
/// relative to the directory, in double quotes, as in JSON) or in `files`. Anything else, the
/// current directory, and a place that cannot be written are an InputError.
void write_directory_atomically(const std::filesystem::path& directory, const FileSet& files,
                                const std::string& manifest);

/// What that would say of the directory, before anything is computed: InputError where it must not
/// be replaced.
void check_replaceable(const std::filesystem::path& directory, const std::string& manifest);

/// A directory with a unique name under the system's temporary directory, removed with everything
/// in it when the object goes; also on an interrupt, which the commands turn into an exception.
class TemporaryDirectory {
 public:
  /// Throws ToolError where none can be made. `prefix` begins the name.
  explicit TemporaryDirectory(std::string_view prefix);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace cimforge::base
