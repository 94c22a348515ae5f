// Faults of a macro's storage, injected into its Verilated model: which ones a march test finds,
// and what single-event upsets do to its results.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "flows/verilated_model.h"
#include "generator/spec/march.h"
#include "generator/spec/spec.h"
#include "sim/faults/storage.h"

namespace cimforge::flows {

struct StorageFaultRequest {
  spec::MacroSpec spec;
  RtlSource rtl;
  /// Of a macro that tests itself its own is run; of others this, through the ports.
  spec::March march;
  int backgrounds = 1;
  std::vector<sim::FaultClass> classes;  ///< empty: all that writes can show
  std::uint64_t samples = 500;           ///< of a class, at most; 0: all faults
  std::uint64_t upsets = 200;            ///< 0: none
  bool only_upsets = false;
  std::uint64_t seed = 1;
  int jobs = 2;  ///< compilers at once
  std::function<void(const char* part, std::uint64_t done, std::uint64_t total)> progress;
  std::function<void()> interrupt;
};

struct StorageCoverage {
  sim::FaultClass kind = sim::FaultClass::stuck_at;
  std::uint64_t faults = 0;     ///< in the macro
  std::uint64_t tried = 0;      ///< of them, drawn where they are not all
  std::uint64_t predicted = 0;  ///< that the interpreted test finds, whatever was stored before
  std::uint64_t detected = 0;   ///< that the macro found
  std::uint64_t missed = 0;     ///< predicted and not detected
  /// Those of which macro and interpreted test say different things, both from what the cells held
  /// in this run; those that are missed too.
  std::uint64_t differ = 0;
  std::string first_different;
  /// The test finds every fault of the class in an array of any size.
  bool is_covered = false;
};

/// What became of single-event upsets during traffic, each in a time of its own.
struct UpsetReport {
  std::uint64_t upsets = 0;
  std::uint64_t masked = 0;   ///< every result is right, and nothing is said
  std::uint64_t mended = 0;   ///< every result is right, and the macro counted a mended error
  std::uint64_t flagged = 0;  ///< the macro said that something is wrong
  std::uint64_t silent = 0;   ///< a result is wrong, and nothing is said
};

struct StorageFaultResult {
  bool has_march = true;  ///< not of upsets alone, nor where single bits are mended
  std::string march;      ///< its elements
  int backgrounds = 1;
  bool own_test = false;
  std::uint64_t cycles = 0;  ///< of the test of a macro without a fault
  std::vector<StorageCoverage> classes;
  UpsetReport upsets;
  [[nodiscard]] bool passed() const;
};

/// Builds the model and runs. Throws base::InputError where the macro's storage cannot be replaced
/// (flows/faulty_storage.h) or its rows cannot be read one by one; base::CommandError with
/// ExitStatus::check_failed where the macro fails the test without a fault.
StorageFaultResult measure_storage_faults(const StorageFaultRequest& request);

}  // namespace cimforge::flows
