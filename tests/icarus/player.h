// Plays scripts of transfers into an emitted analog macro in Icarus (player_tb.v), and the
// specifications that are tried.
#pragma once

#include <cstdint>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "generator/base/file.h"
#include "generator/plan/plan.h"
#include "generator/spec/spec.h"
#include "sim/reference/macro.h"

namespace cimforge::test {

/// Cells and converters that compute every sum exactly, but for what a test changes.
spec::MacroSpec analog_specification(const std::string& name, int rows, int columns,
                                     const std::string& input, const std::string& weight);

/// Shapes and formats at their ends, one of each kind of converter, encoding and output.
std::vector<spec::MacroSpec> analog_matrix();
/// A random one; small.
spec::MacroSpec random_analog(std::uint64_t seed);

/// The golden model's view of a specification.
reference::MacroParameters parameters_of(const spec::MacroSpec& spec);

/// What the macro did.
struct Played {
  struct Result {
    std::vector<std::int64_t> values;
    std::vector<bool> saturated;
  };
  struct Fault {
    unsigned row, converter, column, slice, minus;
    bool operator==(const Fault&) const = default;
  };
  std::vector<Result> results;
  std::vector<std::uint32_t> answers;
  std::vector<Fault> faults;
  std::vector<int> jobs;  ///< 0 a vector, 1 a row of weights, 2 a test
  std::vector<int> cycles;
  std::string errors;  ///< broken contracts, messages; or empty
};

/// Makes a script; commands are those of player_tb.v.
class Script {
 public:
  explicit Script(const spec::MacroSpec& spec) : spec_(spec) {}

  void weights(int row, std::span<const std::int64_t> values);
  void vector(std::span<const std::int64_t> values);
  void write(std::uint32_t address, std::uint32_t data);
  void read(std::uint32_t address);
  /// A write to a register, and with the edge after it weights and vector.
  void together(int row, std::span<const std::int64_t> values, std::span<const std::int64_t> inputs,
                std::uint32_t address, std::uint32_t data);
  void until_idle() { text_ += "d\n"; }
  void mark() { text_ += "m\n"; }
  void wait(int cycles);
  void reset(int cycles);
  void ready(char stream, int mode);
  void stuck(int number, int row, int cell, int level);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  spec::MacroSpec spec_;
  std::string text_;
};

/// Address of page and index.
constexpr std::uint32_t page(std::uint32_t number, std::uint32_t index = 0) {
  return number << 16U | index;
}

/// Runs a script in what `files` emitted. Throws where a tool is missing.
Played play(const spec::MacroSpec& spec, const base::FileSet& files, const Script& script,
            std::uint64_t seed = 1);

/// Random codes of a format, many at its ends.
std::vector<std::int64_t> random_codes(const spec::IntegerFormat& format, int count,
                                       std::mt19937_64& random);

/// Weights, vectors, and weights of single rows again, with random ready signals: what is wrong
/// with the results, flags, pulses and faults of the macro; empty where nothing is.
std::string traffic_complaint(const spec::MacroSpec& spec, const base::FileSet& files, int vectors,
                              std::uint64_t seed);

}  // namespace cimforge::test
