// Runs a network on one macro, tiled and weight-stationary, and compares every output of the macro
// with the golden model; on a model of devices it measures how far they are from exact sums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "flows/network.h"
#include "generator/spec/spec.h"
#include "tb/macro_engine.h"

namespace cimforge::flows {

struct NetworkRunOptions {
  std::optional<std::size_t> images;  ///< run the first so many only
  /// Called often, with the vectors that went through the macro and those of the whole run.
  std::function<void(std::uint64_t done, std::uint64_t total)> on_progress;
  /// Called often; an exception that it throws ends the run.
  std::function<void()> check_interrupt;
  /// The engine is a model of devices: its outputs are measured against exact sums, not checked.
  bool is_device_model = false;
  /// Called after the weights of a tile are loaded, with all vectors that they are going to meet.
  std::function<void(std::span<const std::int32_t> inputs)> on_tile;
};

/// An output of the macro that differs from the golden model.
struct NetworkMismatch {
  std::string layer;
  std::size_t first_row = 0;     ///< of the tile, in the weights of the layer
  std::size_t first_column = 0;  ///< likewise
  int bank = 0;
  std::size_t image = 0;
  std::size_t column = 0;  ///< of the macro
  std::int64_t expected = 0;
  std::int64_t got = 0;
};

struct NetworkReport {
  std::string network;
  std::string macro;
  std::size_t images = 0;
  std::vector<std::size_t> predictions;  ///< one class an image
  /// Layers that were computed by plain arithmetic: their outputs are no signs, and the macro's
  /// are.
  std::vector<std::string> outside;

  /// Set where the network has labels: images predicted right, and how many images of class r were
  /// predicted as class c, at confusion[r][c].
  std::optional<std::size_t> correct;
  std::vector<std::vector<std::size_t>> confusion;

  std::uint64_t tiles = 0;  ///< weight loads
  std::uint64_t load_cycles = 0;
  std::uint64_t compute_cycles = 0;
  std::uint64_t macs = 0;       ///< of the network: those with padding are not counted
  double engine_seconds = 0.0;  ///< wall time in the engine

  std::uint64_t mismatches = 0;  ///< outputs of the macro that differ from the golden model
  std::optional<NetworkMismatch> first_mismatch;
  /// Sums over tiles, with bias, that differ from a plain product with the whole matrix.
  std::uint64_t sum_mismatches = 0;

  /// The converters of an analog macro round sums: then sums that differ are their loss.
  bool has_exact_sums = true;
  bool is_approximate = false;

  // Of a model of devices; `mismatches` are then outputs that differ from exact sums.
  bool is_device_model = false;
  std::uint64_t outputs = 0;   ///< of the network's columns, not of those that fill up tiles
  double squared_error = 0.0;  ///< the sum of all of them, against exact sums

  [[nodiscard]] bool passed() const {
    return is_device_model || (mismatches == 0 && (sum_mismatches == 0 || !has_exact_sums));
  }
  [[nodiscard]] double accuracy() const;   ///< 0 to 1, where `correct` is set
  [[nodiscard]] double rms_error() const;  ///< of an output
};

/// Throws base::InputError with all reasons why the network cannot run on a macro: a layer whose
/// weights or activations its formats do not hold, or an output that is not exact.
void require_network_fits(const Network& network, const spec::MacroSpec& spec);

/// Runs the network. Throws base::InputError where it does not fit the macro, or has fewer images
/// than asked for.
NetworkReport run_network(const Network& network, tb::MacroEngine& engine,
                          const NetworkRunOptions& options = {});

/// The report as text for a terminal.
std::string to_text(const NetworkReport& report);

/// The report as JSON; docs/networks.md documents the keys.
std::string to_json(const NetworkReport& report);

}  // namespace cimforge::flows
