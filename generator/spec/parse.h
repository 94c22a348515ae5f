// Text with positions -> MacroSpec.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "generator/base/diagnostic.h"
#include "generator/spec/spec.h"

namespace cimforge::spec {

/// Either a specification, or every mistake of the file.
struct ParseResult {
  std::optional<MacroSpec> spec;  ///< set if and only if `diagnostics` is empty
  base::Diagnostics diagnostics;
};

/// Parses and validates a specification. `file` is only the name that diagnostics carry.
ParseResult parse(std::string_view text, const std::string& file);

/// What TOML has as integer, float, boolean or text.
using TomlValue = std::variant<std::int64_t, double, bool, std::string>;

/// Specifications that differ from one text in the values of some keys: what parse() would make of
/// each, some twenty times faster because the text is read once.
class Variants {
 public:
  /// `keys` are the paths of the keys whose values change, each known and named once; what the text
  /// says of them counts for nothing. Throws base::InputError where the text is not TOML.
  Variants(std::string_view text, const std::vector<std::string>& keys);
  Variants(Variants&&) noexcept;
  Variants& operator=(Variants&&) noexcept;
  ~Variants();

  /// What is wrong with the text whatever the values are: keys that are not known, values of wrong
  /// types. Rules between keys are not among them.
  [[nodiscard]] const base::Diagnostics& mistakes() const;

  /// With these values, in the order of the keys. Diagnostics name the text as `name` and have no
  /// places that mean anything for the values.
  [[nodiscard]] ParseResult with(std::span<const TomlValue> values, const std::string& name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads and parses a file. Throws base::InputError with one line for each mistake.
MacroSpec load(const std::filesystem::path& path);

}  // namespace cimforge::spec
