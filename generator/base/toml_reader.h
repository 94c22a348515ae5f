// Reads a TOML file of a known form and collects all that is wrong with it, each with its place.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Debian's tomlplusplus target sets TOML_HEADER_ONLY=0: the compiled library, with exceptions.
#include <toml++/toml.h>

#include "generator/base/diagnostic.h"

namespace cimforge::base {

/// The document; nothing, and a diagnostic (`too-long`, `not-text`, `toml-syntax`), where there is
/// none. `what` names what it should be: `sweep`. A text that toml++ does not survive, nested a
/// million deep, is refused before.
std::optional<toml::table> parse_toml(std::string_view text, const std::string& file,
                                      std::string_view what, Diagnostics& diagnostics);

/// What a value is, for `got ...`: `the string "x"`, `an array`.
std::string described(const toml::node& node);

/// What a reader of one form of file builds on. A function that finds a mistake tells it and gives
/// nothing.
class TomlReader {
 public:
  explicit TomlReader(std::string file) : file_(std::move(file)) {}

 protected:
  using Names = std::span<const std::string_view>;

  void complain(const toml::source_position& at, std::string code, std::string message);
  void complain(const toml::node& node, std::string code, std::string message);
  /// Of the file as a whole.
  void complain(std::string code, std::string message);

  /// Tells keys that are not known, with the nearest that is. `where` is `in [test]`.
  void check_keys(const toml::table& table, Names known, std::string_view where);
  void check_keys(const toml::table& table, std::initializer_list<std::string_view> known,
                  std::string_view where) {
    check_keys(table, Names(known.begin(), known.size()), where);
  }

  void wrong_type(const toml::node& node, std::string_view key, std::string_view right);

  // Each of these gives nothing, without a complaint, where `node` is null.

  /// A text of one line, not empty.
  std::optional<std::string> text(const toml::node* node, std::string_view key);
  std::optional<std::int64_t> integer(const toml::node* node, std::string_view key,
                                      std::int64_t least, std::int64_t greatest);
  /// A float, or an integer; not NaN.
  std::optional<double> number(const toml::node* node, std::string_view key, double least,
                               double greatest);
  /// The tables of `[[key]]`.
  std::vector<const toml::table*> tables(const toml::node* node, std::string_view key);

  /// The diagnostics so far, in the order of their places, each once.
  Diagnostics take_diagnostics();
  [[nodiscard]] std::size_t mistakes() const { return diagnostics_.size(); }

  std::string file_;
  Diagnostics diagnostics_;
};

}  // namespace cimforge::base
