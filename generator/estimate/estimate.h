// What a macro will cost, from its specification and a calibrated model of a library, in
// microseconds and without any tool.
//
// Hardware is counted as the planner would plan it (column.h): adders, registers, products,
// storage. A library says what each of them takes (library.h); flows/library_calibration fits that
// to real runs of Yosys and OpenSTA. docs/estimate.md has the formulas and the errors.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "generator/estimate/features.h"
#include "generator/estimate/library.h"
#include "generator/spec/spec.h"

namespace cimforge::estimate {

/// What `cimforge ppa` would say, as far as a model tells.
struct Estimate {
  double area_um2 = 0.0;        ///< of the macro, without the buffers of wide nets
  double block_area_um2 = 0.0;  ///< of it: storage, products and trees of the blocks of rows
  double slice_area_um2 = 0.0;  ///< of it: what else a column has
  double top_area_um2 = 0.0;    ///< of it: what all columns share
  /// Clock period that the slowest path between registers needs: 1000 / fmax_mhz.
  double delay_ns = 0.0;
  /// Of a vector with random operands, at the period of the specification; nothing where the
  /// library has no energies.
  std::optional<double> energy_per_vector_pj;
  int cycles_per_vector = 1;
  int latency_cycles = 0;

  [[nodiscard]] double fmax_mhz() const { return 1000.0 / delay_ns; }
  /// Vectors a second at fmax, in millions.
  [[nodiscard]] double vectors_mhz() const { return fmax_mhz() / cycles_per_vector; }
};

/// Of each kind of path between registers, 0 where the macro has none.
std::array<double, path_count> path_delays(const Features& features, const Library& library);

/// The cost of counted hardware. Pure.
Estimate estimate(const Features& features, const Library& library);

/// Estimates many specifications with one library: what depends on the trees of a column is counted
/// once for each of their shapes and kept. Not for several threads at once: each has its own.
class Estimator {
 public:
  explicit Estimator(Library library);
  Estimator(Estimator&&) noexcept;
  Estimator& operator=(Estimator&&) noexcept;
  ~Estimator();

  [[nodiscard]] const Library& library() const;
  /// Of a specification that is covered: not_covered() gives nothing.
  Features features(const spec::MacroSpec& spec);
  Estimate operator()(const spec::MacroSpec& spec);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Why a specification cannot be estimated, as a key and its value (`kind = "analog"`); nothing
/// where it can.
std::optional<std::string> not_covered(const spec::MacroSpec& spec);

/// What can be estimated, for messages: "digital macros of ...".
const char* covered();

}  // namespace cimforge::estimate
