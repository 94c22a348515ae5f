// Results on disk: one file for each task, named after the hash of all that its result depends on.
// A file appears whole or not at all, so that any number of sweeps, on several machines, may share
// a directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "flows/sweep/value.h"

namespace cimforge::sweep {

/// How a command ended, and what it found.
struct Record {
  std::string hash;
  std::string command;             ///< its name in the sweep
  std::vector<std::string> words;  ///< as it ran, without the program; `SPEC` for the specification
  std::string specification;       ///< TOML
  int status = 0;                  ///< exit status, where it ended by itself
  int signal = 0;                  ///< the signal that ended it, or 0
  bool timed_out = false;
  double seconds = 0.0;
  std::int64_t peak_memory_kib = 0;
  std::map<std::string, Value> figures;  ///< numbers and short texts of its JSON, by their paths
  std::string message;                   ///< the last lines that it printed, where it failed
  std::map<std::string, std::string> tools;  ///< name -> version
  std::string host;
  std::string finished;  ///< UTC, as 2026-01-31T12:00:00Z

  [[nodiscard]] bool succeeded() const { return status == 0 && signal == 0 && !timed_out; }
  /// A check failed or the specification was refused: the same would come again. A tool that
  /// failed, a time limit and a signal may not.
  [[nodiscard]] bool is_final() const { return signal == 0 && !timed_out && status <= 2; }
};

/// A directory of results.
class Store {
 public:
  /// Makes the directory, or takes one that is empty or another sweep's. Throws base::InputError
  /// where it is somebody else's or cannot be written.
  explicit Store(std::filesystem::path directory);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

  /// The record of a hash; nothing where there is none. A file that was cut short is none too, and
  /// its name is put into `broken`.
  [[nodiscard]] std::optional<Record> find(const std::string& hash, std::string* broken) const;

  /// Keeps a record and the JSON of its command. Throws base::ToolError where the disk is full.
  void keep(const Record& record, const std::string& result) const;

  /// Removes a record, so that its task runs again.
  void forget(const std::string& hash) const;

  /// The text of the JSON that a command wrote; empty where it wrote none.
  [[nodiscard]] std::string result(const std::string& hash) const;

  /// A task that this process works on, until the object goes or the process ends.
  class Claim {
   public:
    Claim(Claim&& other) noexcept;
    ~Claim();

   private:
    friend class Store;
    Claim(int descriptor, std::filesystem::path file);
    int descriptor_;
    std::filesystem::path file_;
  };
  /// Nothing where another process works on it.
  [[nodiscard]] std::optional<Claim> claim(const std::string& hash) const;

  /// Writes a file of the directory, whole. Throws base::ToolError where the disk is full.
  void write(const std::string& name, std::string_view text) const;

 private:
  [[nodiscard]] std::filesystem::path place(const std::string& hash, const char* suffix) const;
  std::filesystem::path directory_;
};

/// The file that marks a directory of results.
inline constexpr const char* store_marker = "sweep.json";

/// Numbers, booleans and texts of at most 200 characters, each by its path: `modules.slice.area`.
/// Arrays are left out.
std::map<std::string, Value> figures_of(const nlohmann::ordered_json& json);

nlohmann::ordered_json to_json(const Value& value);

/// As a file has it. Messages of tools and names of files may have bytes that are no UTF-8; these
/// become U+FFFD.
std::string text_of(const nlohmann::ordered_json& json);

}  // namespace cimforge::sweep
