// Names that a macro may bear in Verilog.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cimforge::spec {

constexpr std::size_t max_name_length = 64;

/// Modules with this prefix are cimforge's own leaf cells.
constexpr std::string_view reserved_prefix = "cim_";

/// The keywords of Verilog-2005 and SystemVerilog, sorted. Source: IEEE 1800-2017, annex B, which
/// holds those of IEEE 1364-2005 as well.
std::span<const std::string_view> verilog_keywords();

/// What keeps a name from being the name of a macro; code and message of a diagnostic.
struct NameComplaint {
  std::string code;
  std::string message;
};

/// Nothing where `name` may be the name of a macro.
std::optional<NameComplaint> complaint_about_name(std::string_view name);

}  // namespace cimforge::spec
