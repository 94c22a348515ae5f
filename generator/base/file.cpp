#include "generator/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "generator/base/exit_status.h"

namespace cimforge::base {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path& path, const std::string& reason) {
  throw InputError(fmt::format("{}: {}", path.empty() ? "(no name)" : path.string(), reason));
}

/// A disk that is full or broken is nobody's mistake in the input.
[[noreturn]] void fail(const fs::path& path, int error) {
  const std::string reason = std::generic_category().message(error);
  if (error == ENOSPC || error == EDQUOT || error == EIO) {
    throw ToolError(fmt::format("{}: {}", path.string(), reason));
  }
  fail(path, reason);
}

/// A signal came while this process waited for a pipe: nothing waits without end.
[[noreturn]] void end_interrupted() {
  throw CommandError(ExitStatus::interrupted, "interrupted");
}

/// An open file, closed when the object goes.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

/// Removes a path and all below it when the object goes; a path that is not there is no mistake.
class RemoveAtEnd {
 public:
  explicit RemoveAtEnd(fs::path path) : path_(std::move(path)) {}
  ~RemoveAtEnd() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  RemoveAtEnd(const RemoveAtEnd&) = delete;
  RemoveAtEnd& operator=(const RemoveAtEnd&) = delete;

 private:
  fs::path path_;
};

Descriptor open_file(const fs::path& path, int flags) {
  const int number = ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0666);
  if (number < 0 && errno == EINTR) end_interrupted();
  return Descriptor(number);
}

/// Writes to `file`; `shown` is the path that an error names.
void write_all(const Descriptor& file, std::string_view text, const fs::path& shown) {
  while (!text.empty()) {
    const ssize_t written = ::write(file.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) end_interrupted();
    if (written < 0) fail(shown, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Flushes a file or directory to the disk. Directories of some file systems cannot be flushed
/// (EINVAL), which is no reason to give up.
void flush(const fs::path& path, const fs::path& shown) {
  const Descriptor file = open_file(path, O_RDONLY);
  if (!file.is_open()) fail(shown, errno);
  if (::fsync(file.number()) != 0 && errno != EINVAL && errno != ENOTSUP) fail(shown, errno);
}

/// A hidden name beside `path` that nothing else uses.
fs::path hidden_sibling(const fs::path& path) {
  static std::atomic<unsigned> count{0};
  static const unsigned seed = std::random_device{}();
  const std::string name = path.filename().string().substr(0, 200);  // leave room below NAME_MAX
  return path.parent_path() /
         fmt::format(".{}.{}-{:08x}-{}.tmp", name, ::getpid(), seed, count.fetch_add(1));
}

/// `path` made absolute, with symbolic links, `.`, `..` and trailing slashes resolved. What does
/// not exist yet is kept as it is.
fs::path resolve(const fs::path& path) {
  if (path.empty()) fail(path, ENOENT);
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error) fail(path, error.message());
  fs::path resolved = fs::weakly_canonical(absolute, error);
  if (error) fail(path, error.message());
  if (!resolved.has_filename()) resolved = resolved.parent_path();
  if (fs::is_symlink(fs::symlink_status(resolved, error))) {
    fail(path, "the symbolic link leads nowhere");
  }
  return resolved;
}

/// True for a path that names an open file, even where that leads to a regular one (as /dev/stdout
/// may): it is written to and never replaced. A regular file below /dev/shm is a file.
bool is_open_file(const fs::path& path) {
  const std::string text = path.lexically_normal().string();
  return text == "/dev/stdout" || text == "/dev/stderr" || text.starts_with("/dev/fd/") ||
         text.starts_with("/proc/");
}

void write_device(const fs::path& path, std::string_view text) {
  std::fflush(nullptr);  // what was printed before comes first
  const bool is_output = path == "/dev/stdout";
  if (is_output || path == "/dev/stderr") {
    const Descriptor stream(::dup(is_output ? STDOUT_FILENO : STDERR_FILENO));
    if (!stream.is_open()) fail(path, errno);
    return write_all(stream, text, path);
  }
  const Descriptor device = open_file(path, O_WRONLY | O_APPEND);
  if (!device.is_open()) fail(path, errno);
  write_all(device, text, path);
}

/// Directories made for a file's sake; those still empty are removed again unless `keep` was
/// called.
class NewDirectories {
 public:
  NewDirectories() = default;
  ~NewDirectories() {
    for (auto it = made_.rbegin(); it != made_.rend(); ++it) ::rmdir(it->c_str());
  }
  NewDirectories(const NewDirectories&) = delete;
  NewDirectories& operator=(const NewDirectories&) = delete;

  void make(const fs::path& directory, const fs::path& shown) {
    std::error_code error;
    if (fs::is_directory(directory, error)) return;
    if (directory.has_parent_path() && directory != directory.parent_path()) {
      make(directory.parent_path(), shown);
    }
    if (::mkdir(directory.c_str(), 0777) == 0) {
      made_.push_back(directory);
    } else if (errno != EEXIST) {
      fail(shown, errno);
    } else if (!fs::is_directory(directory, error)) {
      fail(shown, ENOTDIR);
    }
  }
  void keep() { made_.clear(); }

 private:
  std::vector<fs::path> made_;
};

/// True where `directory` is there and is to be replaced; InputError where it must not be.
bool is_earlier_output(const fs::path& directory, const FileSet& files, const std::string& manifest,
                       const fs::path& shown) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    fail(shown, errno);
  }
  if (!S_ISDIR(status.st_mode)) fail(shown, ENOTDIR);

  std::error_code error;
  const fs::path here = fs::current_path(error);
  if (!error && std::mismatch(directory.begin(), directory.end(), here.begin(), here.end()).first ==
                    directory.end()) {
    fail(shown, "the current directory cannot be replaced; name a directory below or beside it");
  }
  if (::access(directory.c_str(), W_OK) != 0) fail(shown, errno);
  const bool empty = fs::is_empty(directory, error);
  if (error) fail(shown, error.message());
  if (empty) return true;
  if (!fs::is_regular_file(directory / manifest, error)) {
    fail(shown, fmt::format("not an earlier output (it has no {}) and not empty; name another "
                            "directory",
                            manifest));
  }
  const std::string named = read_file(directory / manifest);
  for (auto it = fs::recursive_directory_iterator(directory, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (fs::is_directory(it->symlink_status(error))) continue;
    const std::string file = it->path().lexically_relative(directory).generic_string();
    if (file != manifest && !files.contains(file) &&
        named.find(fmt::format("\"{}\"", file)) == std::string::npos) {
      fail(shown, fmt::format("{} in it is not part of an earlier output; move it away or name "
                              "another directory",
                              file));
    }
  }
  if (error) fail(shown, error.message());
  return true;
}

/// Writes the files below `directory`, which exists, and flushes all of them.
void write_files(const fs::path& directory, const FileSet& files, const fs::path& shown) {
  std::set<fs::path> folders{directory};
  for (const auto& [name, text] : files) {
    const fs::path relative(name);
    assert(!name.empty() && relative.is_relative() && relative.has_filename() &&
           std::find(relative.begin(), relative.end(), "..") == relative.end());
    const fs::path path = directory / relative;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) fail(shown / relative, error.message());
    for (fs::path folder = path.parent_path(); folders.insert(folder).second;) {
      folder = folder.parent_path();
    }
    const Descriptor file = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
    if (!file.is_open()) fail(shown / relative, errno);
    write_all(file, text, shown / relative);
  }
  // All are written before the first is flushed: one commit of the journal then serves them all.
  for (const auto& [name, text] : files) flush(directory / name, shown / name);
  for (const fs::path& folder : folders) flush(folder, shown);
}

[[noreturn]] void fail_to_replace(const fs::path& shown, int error) {
  if (error == EBUSY) fail(shown, "a mount point cannot be replaced; name a directory below it");
  fail(shown, error);
}

/// Swaps two directories in one step. File systems that cannot (some network ones) do it in two,
/// with the former directory put back where the second fails.
void exchange(const fs::path& fresh, const fs::path& former, const fs::path& shown) {
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, former.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) fail_to_replace(shown, errno);
  const fs::path aside = hidden_sibling(former);
  if (::rename(former.c_str(), aside.c_str()) != 0) fail_to_replace(shown, errno);
  if (::rename(fresh.c_str(), former.c_str()) != 0) {
    const int error = errno;
    if (::rename(aside.c_str(), former.c_str()) != 0) {
      fail(shown, fmt::format("{}; the former directory is now {}",
                              std::generic_category().message(error), aside.string()));
    }
    fail(shown, error);
  }
  const RemoveAtEnd old(aside);
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t max_bytes) {
  const Descriptor file = open_file(path, O_RDONLY);
  if (!file.is_open()) fail(path, errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail(path, errno);
  if (S_ISDIR(status.st_mode)) fail(path, EISDIR);

  std::string text;
  if (S_ISREG(status.st_mode)) {
    text.reserve(std::min(static_cast<std::size_t>(status.st_size), max_bytes));
  }
  std::array<char, 1 << 16> chunk{};
  for (;;) {
    const ssize_t count = ::read(file.number(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) end_interrupted();
    if (count < 0) fail(path, errno);
    if (count == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(count));
    if (text.size() > max_bytes) fail(path, fmt::format("longer than {} bytes", max_bytes));
  }
}

void write_file_atomically(const fs::path& path, std::string_view text) {
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) fail(path, EISDIR);
  if (exists && (!S_ISREG(status.st_mode) || is_open_file(path))) return write_device(path, text);
  if (exists && ::access(path.c_str(), W_OK) != 0) fail(path, errno);
  if (!path.has_filename()) fail(path, path.empty() ? ENOENT : EISDIR);

  const fs::path target = resolve(path);
  const fs::path temporary = hidden_sibling(target);
  const RemoveAtEnd guard(temporary);
  {
    const Descriptor file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL);
    if (!file.is_open()) fail(path, errno);
    if (exists && ::fchmod(file.number(), status.st_mode & 07777U) != 0) fail(path, errno);
    write_all(file, text, path);
    if (::fsync(file.number()) != 0) fail(path, errno);
  }
  if (::rename(temporary.c_str(), target.c_str()) != 0) fail(path, errno);
  flush(target.parent_path(), path);
}

void write_directory_atomically(const fs::path& directory, const FileSet& files,
                                const std::string& manifest) {
  const fs::path target = resolve(directory);
  const bool exists = is_earlier_output(target, files, manifest, directory);

  NewDirectories parents;
  parents.make(target.parent_path(), directory);
  const fs::path fresh = hidden_sibling(target);
  const RemoveAtEnd guard(fresh);  // an unfinished output, or after the exchange the former one
  if (::mkdir(fresh.c_str(), 0777) != 0) fail(directory, errno);
  write_files(fresh, files, directory);

  if (exists) {
    struct stat status {};
    if (::stat(target.c_str(), &status) == 0) ::chmod(fresh.c_str(), status.st_mode & 07777U);
    exchange(fresh, target, directory);
  } else if (::rename(fresh.c_str(), target.c_str()) != 0) {
    fail_to_replace(directory, errno);
  }
  parents.keep();
  flush(target.parent_path(), directory);
}

void check_replaceable(const fs::path& directory, const std::string& manifest) {
  is_earlier_output(resolve(directory), {}, manifest, directory);
}

TemporaryDirectory::TemporaryDirectory(std::string_view prefix) {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error) {
    throw ToolError(fmt::format("no directory for temporary files (TMPDIR): {}", error.message()));
  }
  std::string name = (parent / fmt::format("{}.XXXXXX", prefix)).string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw ToolError(fmt::format("{}: {}", name, std::generic_category().message(errno)));
  }
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace cimforge::base
