// A choice of values, judged: the macro that it is, how many of them the goal takes, and what they
// cost together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flows/explore/goal.h"
#include "generator/estimate/estimate.h"
#include "generator/spec/parse.h"

namespace cimforge::explore {

/// A place in the space: for each axis the number of its value.
using Choice = std::vector<std::uint32_t>;

/// Where a macro's area and energy go. The buffers of wide nets count with what drives them.
enum class Share { storage, products, trees, registers, rest };
inline constexpr std::size_t share_count = 5;
inline constexpr std::array<std::string_view, share_count> share_names = {
    "storage", "products", "adders", "registers", "control and inputs"};
using Shares = std::array<double, share_count>;

/// A system of equal macros that stores and computes what the goal asks for.
struct System {
  double macro_area_mm2 = 0.0;
  double clock_mhz = 0.0;
  double macro_gops = 0.0;
  double latency_ns = 0.0;
  std::optional<double> energy_pj;  ///< of an operation; nothing where the model has no energies
  std::int64_t macros_for_storage = 1;
  std::int64_t macros_for_throughput = 1;
  std::int64_t latency_cycles = 1;
  Shares area_um2{};   ///< of one macro
  Shares vector_pj{};  ///< of a vector in one macro

  [[nodiscard]] std::int64_t macros() const {
    return macros_for_storage > macros_for_throughput ? macros_for_storage : macros_for_throughput;
  }
  [[nodiscard]] double area_mm2() const { return macro_area_mm2 * static_cast<double>(macros()); }
  [[nodiscard]] double throughput_gops() const {
    return macro_gops * static_cast<double>(macros());
  }
  [[nodiscard]] double value(Aim aim) const;
};

/// Why a choice is out, before any comparison: a code of the specification's diagnostics, a key
/// that the estimator does not cover, a limit of the goal.
struct Refusal {
  std::string reason;   ///< `input-bits-per-cycle-out-of-range`, `area_mm2`
  std::string message;  ///< with the values of this choice
};

struct Judged {
  std::optional<System> system;  ///< also where a limit of the goal is not met
  std::optional<Refusal> refusal;
  /// How far past the limits, as a sum of ratios less one; 0 where it is met.
  double excess = 0.0;
};

/// Judges choices. Not for several threads at once.
class Judge {
 public:
  /// Throws base::InputError where the specification has mistakes that no axis mends, and where the
  /// goal needs energies and the library has none.
  Judge(const Goal& goal, estimate::Library library);

  Judged operator()(const Choice& choice);
  /// The specification of a choice that is one.
  [[nodiscard]] spec::MacroSpec specification(const Choice& choice) const;

 private:
  [[nodiscard]] spec::ParseResult parsed(const Choice& choice) const;
  const Goal& goal_;
  estimate::Estimator estimator_;
  spec::Variants variants_;
};

}  // namespace cimforge::explore
