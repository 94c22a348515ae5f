// Reads the axes of a space and the specification that they change: the part that a sweep and the
// goal of an exploration have in common.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "flows/sweep/sweep.h"
#include "generator/base/toml_reader.h"

namespace cimforge::sweep {

/// Letters, digits and _, not a digit first.
bool is_variable_name(std::string_view name);

/// The paths of all keys of a specification.
const std::vector<std::string>& key_paths();

class AxisReader : protected base::TomlReader {
 protected:
  explicit AxisReader(std::filesystem::path file)
      : TomlReader(file.string()), path_(std::move(file)) {}

  /// Whether an axis may have a name that is no key of a specification.
  enum class Variables { allowed, refused };

  /// The file's name without its end, as text on one line: bytes that are no UTF-8 become U+FFFD.
  [[nodiscard]] std::string name_of_file() const;

  /// `specification`: the text of the file that it names, or of the table that it is.
  std::string read_specification(const toml::table& root);

  /// The tables [[axis]]; their names are put into `names`.
  std::vector<Axis> read_axes(const toml::table& root, Variables variables,
                              std::set<std::string>& names);

  std::filesystem::path path_;

 private:
  std::vector<std::string> names_of(const toml::table& table, Variables variables,
                                    std::set<std::string>& all);
  void read_values(const toml::node& node, Axis& axis);
  void read_range(const toml::node& node, Axis& axis);
};

}  // namespace cimforge::sweep
