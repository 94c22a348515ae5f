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

/// A table of a non-linear delay model; of one row or one column where it does not depend on that
/// axis.
struct DelayTable {
  std::vector<float> slews_ns;  ///< of the input, ascending
  std::vector<float> loads_pf;  ///< of the output, ascending
  std::vector<float> values;    ///< ns, row by row of slews_ns; empty: there is no table

  /// Interpolated between the four nearest entries, extrapolated along the outermost two.
  [[nodiscard]] double at(double slew_ns, double load_pf) const;
};

/// How an output follows an input.
enum class ArcSense { positive, negative, both };

/// A delay from an input to an output: `combinational`, or from the clock's edge of a storage cell.
struct TimingArc {
  std::string from;
  ArcSense sense = ArcSense::both;
  bool from_clock = false;
  DelayTable rise, fall;            ///< delay to the output's edge
  DelayTable rise_slew, fall_slew;  ///< slew of the output's edge
};

struct LibertyPin {
  std::string name;
  std::string direction{};  ///< `input`, `output`, ...
  std::string function{};   ///< of an output; empty where none is given
  double capacitance_pf = 0;
  double rise_capacitance_pf = 0;  ///< for an edge of its own; the same where no other is given
  double fall_capacitance_pf = 0;
  bool is_clock = false;
  /// In a clock gate: `clock`, `enable`, `test`, `out` (gives the clock); empty elsewhere.
  std::string gate_role{};
  int bus_bits = 0;  ///< width of a bus of such pins; 0 for a single pin
  std::vector<TimingArc>
      arcs{};  ///< to this output; one for each condition that the library tells apart
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
  /// attributes (`data_in`, `enable`, `clear`, ...), as written.
  std::string state{};
  std::string inverted_state{};
  std::map<std::string, std::string> storage{};
  /// Of a clock gate: `latch_posedge_precontrol`, ...; empty for other cells.
  std::string clock_gate{};

  /// Where its group stands in the text.
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] bool is_sequential() const { return kind != CellKind::combinational; }
  /// A clock gate whose output is high in the high half of a cycle, by a latch that is open in the
  /// low half; what a test pin adds is off where that is 0.
  [[nodiscard]] bool gates_rising_clock() const { return clock_gate.starts_with("latch_posedge"); }
  /// The pin of a clock gate with this role; empty where there is none.
  [[nodiscard]] std::string gate_pin(std::string_view role) const;
  /// The pin that clocks or opens a flip-flop or latch; empty for other cells, and where it is no
  /// single pin.
  [[nodiscard]] std::string clock_pin() const;
};

struct LibertyLibrary {
  std::string name;
  std::filesystem::path path;
  std::string sha256;  ///< of the file
  std::vector<LibertyCell> cells;
  /// What a wire of so many loads adds by the library's default wire load model, in pF: entry 0 is
  /// for one load, and beyond the last each load adds `wire_slope_pf`. Empty without such a model.
  std::vector<double> wire_pf{};
  double wire_slope_pf = 0.0;
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
