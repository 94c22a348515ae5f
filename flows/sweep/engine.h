// Runs a sweep to its end on an engine, and sums it up.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "flows/sweep/estimates.h"
#include "flows/sweep/pool.h"
#include "flows/sweep/summary.h"

namespace cimforge::sweep {

/// A part of the tasks: those whose place, counted from 0, is `index` modulo `count`.
struct Part {
  std::size_t index = 0;
  std::size_t count = 1;
};

/// A sweep with its tasks planned and its directory open.
class Run {
 public:
  /// Reads, screens where `screens` or the sweep says so, plans and opens; writes the marker and a
  /// copy of the sweep. Throws what these throw.
  Run(const std::filesystem::path& file, const std::filesystem::path& directory,
      const std::filesystem::path& program, bool screens = false);

  [[nodiscard]] const Sweep& sweep() const { return sweep_; }
  [[nodiscard]] const Tasks& tasks() const { return tasks_; }
  [[nodiscard]] const Store& store() const { return store_; }
  /// What the screening left out; nothing where there was none.
  [[nodiscard]] const std::optional<Screened>& screened() const { return screened_; }

  /// Looks for results that are there; with `forgets_failures` those that another try may change
  /// count as none. Returns files that were cut short.
  std::vector<std::string> look(bool forgets_failures);

  /// The tasks without a result, those of the part alone.
  [[nodiscard]] std::vector<std::size_t> missing(const Part& part = {}) const;

  /// A result that has come.
  void take(const TaskEnd& end);

  /// Sums up what is there and writes the summary.
  Summary finish();

  [[nodiscard]] std::size_t failures() const;

 private:
  Sweep sweep_;
  std::optional<Screened> screened_;
  Tasks tasks_;
  Store store_;
  std::vector<std::optional<Record>> records_;
};

}  // namespace cimforge::sweep
