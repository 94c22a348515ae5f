#include "flows/explore/system.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "generator/base/exit_status.h"

namespace cimforge::explore {
namespace {

std::vector<std::string> names_of(const Goal& goal) {
  std::vector<std::string> names;
  for (const sweep::Axis& axis : goal.axes) {
    names.insert(names.end(), axis.names.begin(), axis.names.end());
  }
  return names;
}

Share share_of_area(std::string_view term) {
  const auto has = [&](std::string_view part) { return term.find(part) != std::string_view::npos; };
  if (term.starts_with("latch_bit") || term.starts_with("flop_") || term.starts_with("bank_mux") ||
      term.starts_with("shared_mux") || term.starts_with("bank_decoder") ||
      term.starts_with("word_line")) {
    return Share::storage;
  }
  if (term.starts_with("product_") || term.starts_with("digit_")) return Share::products;
  if (has("_adder") || term.starts_with("loop_") || term.starts_with("constant_") ||
      term.starts_with("accumulator_zero") || term.starts_with("accumulator_one") ||
      term == "inverter" || term == "column_bit_speed") {
    return Share::trees;
  }
  if (has("register") || term == "accumulator_bit" || term == "write_buffer_bit" ||
      term == "result_bit" || term == "skid_bit") {
    return Share::registers;
  }
  return Share::rest;
}

Share share_of_energy(std::string_view term) {
  if (term == "flop_bit" || term == "word_line_gate") return Share::storage;
  if (term == "product") return Share::products;
  if (term == "column_register") return Share::registers;
  if (term.find("adder") != std::string_view::npos || term == "accumulator_bit") {
    return Share::trees;
  }
  return Share::rest;
}

/// 2^20 bytes.
constexpr double bits_of_mb = 8.0 * 1024.0 * 1024.0;

/// More macros than these are no system.
constexpr double most_macros = 1e12;

/// So many macros that `each` of them reach `wanted`; at most a little over most_macros.
std::int64_t enough(double wanted, double each) {
  // A rounding error must not cost a macro.
  constexpr double slack = 1e-12;
  const double macros = std::ceil(wanted / each * (1.0 - slack));
  return static_cast<std::int64_t>(std::clamp(macros, 1.0, 2.0 * most_macros));
}

}  // namespace

double System::value(Aim aim) const {
  switch (aim) {
    case Aim::area:
      return area_mm2();
    case Aim::energy:
      return energy_pj.value();
    case Aim::macros:
      return static_cast<double>(macros());
    case Aim::latency:
      break;
  }
  return latency_ns;
}

Judge::Judge(const Goal& goal, estimate::Library library)
    : goal_(goal), estimator_(std::move(library)), variants_(goal.specification, names_of(goal)) {
  // Mistakes that no value of an axis mends are told with their place, not once for each point.
  if (!variants_.mistakes().empty()) {
    throw base::InputError(base::to_string(variants_.mistakes()));
  }
  const bool needs_energy = std::ranges::find(goal.least, Aim::energy) != goal.least.end() ||
                            std::isfinite(goal.energy_pj);
  if (needs_energy && estimator_.library().energy_pj.empty()) {
    throw base::InputError(fmt::format("{}: the model of {} has no energies: least = \"area\"",
                                       goal.file.string(), estimator_.library().name));
  }
}

spec::ParseResult Judge::parsed(const Choice& choice) const {
  std::vector<spec::TomlValue> values;
  for (std::size_t i = 0; i < choice.size(); ++i) {
    const auto& row = goal_.axes[i].values[choice[i]];
    values.insert(values.end(), row.begin(), row.end());
  }
  return variants_.with(values, "point");
}

spec::MacroSpec Judge::specification(const Choice& choice) const {
  spec::ParseResult result = parsed(choice);
  assert(result.spec);
  return std::move(*result.spec);
}

Judged Judge::operator()(const Choice& choice) {
  Judged judged;
  const spec::ParseResult result = parsed(choice);
  if (!result.spec) {
    const base::Diagnostic& first = result.diagnostics.front();
    judged.refusal = Refusal{first.code, first.message};
    return judged;
  }
  const spec::MacroSpec& spec = *result.spec;
  if (const auto key = estimate::not_covered(spec)) {
    judged.refusal = Refusal{
        "not-estimated", fmt::format("{} cannot be estimated; {} can", *key, estimate::covered())};
    return judged;
  }
  const estimate::Library& library = estimator_.library();
  const estimate::Features features = estimator_.features(spec);
  const estimate::Estimate cost = estimate::estimate(features, library);

  System system;
  system.macro_area_mm2 = cost.area_um2 / 1e6;
  system.clock_mhz = std::min(cost.fmax_mhz(), goal_.clock_mhz);
  system.latency_cycles = cost.latency_cycles;
  const double operations = 2.0 * spec.rows * spec.columns;
  system.macro_gops = operations * system.clock_mhz / cost.cycles_per_vector / 1e3;
  system.latency_ns = cost.latency_cycles * 1e3 / system.clock_mhz;
  if (cost.energy_per_vector_pj) system.energy_pj = *cost.energy_per_vector_pj / operations;
  const double bits = 1.0 * spec.rows * spec.columns * spec.banks * spec.weight.bits;
  system.macros_for_storage = enough(goal_.storage_mb * bits_of_mb, bits);
  system.macros_for_throughput = enough(goal_.throughput_gops, system.macro_gops);
  for (std::size_t i = 0; i < estimate::area_term_count; ++i) {
    system.area_um2[static_cast<std::size_t>(share_of_area(estimate::area_terms[i].name))] +=
        features.area[i] * library.area_um2[i];
  }
  for (std::size_t i = 0; i < library.energy_pj.size(); ++i) {
    system.vector_pj[static_cast<std::size_t>(share_of_energy(estimate::energy_terms[i]))] +=
        features.energy[i] * library.energy_pj[i];
  }

  const auto limit = [&](const char* name, double value, double most, const char* unit) {
    if (!(value > most)) return;
    judged.excess += value / most - 1.0;
    if (!judged.refusal) {
      judged.refusal =
          Refusal{name, fmt::format("{:.4g} {} are more than {:.4g}", value, unit, most)};
    }
  };
  limit("area_mm2", system.area_mm2(), goal_.area_mm2, "mm2");
  if (system.energy_pj) limit("energy_pj_per_op", *system.energy_pj, goal_.energy_pj, "pJ");
  limit("latency_ns", system.latency_ns, goal_.latency_ns, "ns");
  limit("macros", static_cast<double>(system.macros()),
        std::min(most_macros, static_cast<double>(goal_.macros)), "macros");
  judged.system = system;
  return judged;
}

}  // namespace cimforge::explore
