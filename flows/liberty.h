// Liberty files and LEF files: the names, areas and storage elements of standard cells. Areas are
// in um2 by the convention of every library; Liberty itself names no unit.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cimforge::flows {

struct LibertyPin {
  std::string name;
  std::string direction;  ///< `input`, `output`, ...
  std::string function;   ///< of an output; empty where none is given
};

enum class CellKind { combinational, flip_flop, latch, other_sequential };

struct LibertyCell {
  std::string name;
  std::optional<double> area;
  CellKind kind = CellKind::combinational;
  /// Marked `dont_use`, or a cell of power management: isolation, level shifter, retention, always
  /// on.
  bool is_special = false;
  std::vector<LibertyPin> pins{};

  /// Of a latch or flip-flop: its state variable and its inverse, `IQ` and `IQN`, and its
  /// attributes
  /// (`data_in`, `enable`, `clear`, ...), as written.
  std::string state{};
  std::string inverted_state{};
  std::map<std::string, std::string> storage{};

  /// Where its group stands in the text.
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] bool is_sequential() const { return kind != CellKind::combinational; }
};

struct LibertyLibrary {
  std::string name;
  std::filesystem::path path;
  std::string sha256;  ///< of the file
  std::vector<LibertyCell> cells;
};

/// Parses the text of a Liberty file. Throws base::InputError `FILE:LINE: what is wrong` where it
/// is empty, compressed, truncated, no library or without cells. `file` is the name for messages.
LibertyLibrary parse_liberty(std::string_view text, const std::string& file);

/// Reads and parses a Liberty file.
LibertyLibrary read_liberty(const std::filesystem::path& path);

/// The text of a Liberty file without its special cells.
std::string without_special_cells(std::string_view text, const LibertyLibrary& library);

/// The area in um2 of every macro of a LEF file: its SIZE.
std::map<std::string, double> parse_lef_areas(std::string_view text);

}  // namespace cimforge::flows
