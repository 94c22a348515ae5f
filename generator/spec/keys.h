// The table of keys: one row for each key of a specification. Reading, suggestions for mistyped
// names, to_toml, docs/specification.schema.json and the tables of docs/specification.md follow
// from it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::spec {

/// The kinds of value that a key can have, each with its place in MacroSpec.
struct Identifier {
  std::string& (*member)(MacroSpec&);
};
/// A name or a path: any text of 1 to 4096 characters on one line.
struct Text {
  std::string& (*member)(MacroSpec&);
};
struct Integer {
  int& (*member)(MacroSpec&);
  int min;
  int max;
};
struct Real {
  double& (*member)(MacroSpec&);
  double min;
  double max;
};
struct Format {
  IntegerFormat& (*member)(MacroSpec&);
};
struct Choice {
  std::span<const char* const> names;  ///< in the order of the enumeration
  std::size_t (*get)(const MacroSpec&);
  void (*set)(MacroSpec&, std::size_t);
};
using Value = std::variant<Identifier, Text, Integer, Real, Format, Choice>;

/// What the values of other keys leave of a key's range.
struct Limit {
  std::string_view documentation;       ///< for docs/specification.md
  std::vector<std::string_view> needs;  ///< paths of the keys that it looks at
  /// What the value must be (`between 1 and 4 (...)`), where it is not.
  std::optional<std::string> (*violated)(const MacroSpec&) = nullptr;
};

/// A default that follows from other keys; it replaces the one that MacroSpec has.
struct DerivedDefault {
  std::string_view documentation;
  void (*set)(MacroSpec&) = nullptr;
};

struct Key {
  std::string_view table;  ///< empty at the top level
  std::string_view name;
  bool required = false;
  Value value;
  std::string_view unit = {};     ///< empty for a text
  std::string_view meaning = {};  ///< one or two sentences of Markdown
  Limit limit = {};
  DerivedDefault derived_default = {};
  std::vector<Kind> only = {};          ///< the kinds of macro that have this key; empty: all
  std::vector<Storage> only_with = {};  ///< and what weights are kept in there; empty: anything

  /// `array.rows`, or only `name` at the top level.
  [[nodiscard]] std::string path() const;
  [[nodiscard]] bool is_of(Kind kind) const;
  /// Whether the macro has it.
  [[nodiscard]] bool is_of(const MacroSpec& spec) const;
};

/// Every key, in the order of to_toml and of the documentation.
std::span<const Key> keys();

/// The tables, in that order, without the top level.
std::span<const std::string_view> tables();

/// The key with this path; null where there is none.
const Key* find_key(std::string_view path);

/// Every name of a number format: int1 to int16, then uint1 to uint16, then bipolar and ternary,
/// then those of floating macros.
std::span<const std::string> format_names();

/// The format of that name.
std::optional<IntegerFormat> format_named(std::string_view name);

/// What the value must be: `an integer between 1 and 4096`, `"latch" or "flop"`.
std::string wanted(const Key& key);

/// A number as TOML reads a float: always with a point or an exponent.
std::string real_as_toml(double value);

/// The key's value in `spec` as TOML.
std::string value_as_toml(const Key& key, const MacroSpec& spec);

}  // namespace cimforge::spec
