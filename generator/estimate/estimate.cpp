#include "generator/estimate/estimate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <functional>
#include <unordered_map>

namespace cimforge::estimate {
namespace {

struct HashOfKey {
  std::size_t operator()(const ColumnKey& key) const {
    // Each member below its range's bits; what does not fit is mixed by the multiplication.
    std::uint64_t hash = static_cast<std::uint64_t>(key.rows);
    for (const int member : {key.rows_per_block, key.input_bits, key.weight_bits,
                             key.input_signed ? 1 : 0, key.weight_signed ? 1 : 0, key.digit_bits,
                             key.acc_bits, static_cast<int>(key.form), key.pipeline_stages}) {
      hash = (hash ^ static_cast<std::uint64_t>(member)) * 0x9E3779B97F4A7C15U;
      hash ^= hash >> 29;
    }
    return static_cast<std::size_t>(hash);
  }
};

}  // namespace

struct Estimator::State {
  Library library;
  std::unordered_map<ColumnKey, Column, HashOfKey> columns;
};

Estimator::Estimator(Library library) : state_(std::make_unique<State>()) {
  state_->library = std::move(library);
}
Estimator::Estimator(Estimator&&) noexcept = default;
Estimator& Estimator::operator=(Estimator&&) noexcept = default;
Estimator::~Estimator() = default;

const Library& Estimator::library() const {
  return state_->library;
}

Features Estimator::features(const spec::MacroSpec& spec) {
  assert(!not_covered(spec));
  // Shapes that a search has left behind are not worth their memory.
  constexpr std::size_t most_columns = 1U << 18U;
  if (state_->columns.size() >= most_columns) state_->columns.clear();
  const ColumnKey key = column_key(spec);
  const auto [place, is_new] = state_->columns.try_emplace(key);
  if (is_new) {
    place->second = count_column(key, state_->library.delays[static_cast<std::size_t>(key.form)]);
  }
  return count_features(spec, place->second);
}

Estimate Estimator::operator()(const spec::MacroSpec& spec) {
  return estimate(features(spec), state_->library);
}

std::array<double, path_count> path_delays(const Features& features, const Library& library) {
  std::array<double, path_count> paths{};
  for (std::size_t i = 0; i < delay_term_count; ++i) {
    paths[static_cast<std::size_t>(delay_terms[i].path)] += features.delay[i] * library.delay_ns[i];
  }
  return paths;
}

Estimate estimate(const Features& features, const Library& library) {
  Estimate result;
  for (std::size_t i = 0; i < area_term_count; ++i) {
    const double area = features.area[i] * library.area_um2[i];
    (area_terms[i].part == Part::block   ? result.block_area_um2
     : area_terms[i].part == Part::slice ? result.slice_area_um2
                                         : result.top_area_um2) += area;
  }
  result.area_um2 = result.block_area_um2 + result.slice_area_um2 + result.top_area_um2;

  result.delay_ns = std::ranges::max(path_delays(features, library));

  if (!library.energy_pj.empty()) {
    double energy = 0.0;
    for (std::size_t i = 0; i < energy_term_count; ++i) {
      energy += features.energy[i] * library.energy_pj[i];
    }
    result.energy_per_vector_pj = energy;
  }
  result.cycles_per_vector = features.cycles_per_vector;
  result.latency_cycles = features.latency_cycles;
  return result;
}

std::optional<std::string> not_covered(const spec::MacroSpec& spec) {
  const auto value = [](const char* key, const std::string& text) {
    return fmt::format("{} = \"{}\"", key, text);
  };
  if (spec.kind != spec::Kind::digital) return value("kind", spec::to_string(spec.kind));
  if (spec.storage == spec::Storage::bitcell) return value("array.storage", "bitcell");
  if (spec.transpose != spec::Transpose::never) return value("array.transpose", "per_vector");
  for (const auto& [key, format] :
       {std::pair{"operands.input", &spec.input}, std::pair{"operands.weight", &spec.weight}}) {
    if (format->is_bipolar || format->is_ternary) return value(key, format->name());
  }
  if (spec.recoding != spec::Recoding::none) return value("compute.recoding", "booth");
  if (spec.precision.mode != spec::PrecisionMode::fixed) {
    return value("precision.mode", "per_vector");
  }
  if (spec.sparsity.zero_planes != spec::ZeroPlanes::compute) {
    return value("sparsity.zero_planes", "skip");
  }
  if (spec.sparsity.zero_rows != spec::ZeroRows::load) return value("sparsity.zero_rows", "gate");
  if (spec.sparsity.is_structured()) return fmt::format("sparsity.group = {}", spec.sparsity.group);
  if (spec.approximation.or_rows > 1) {
    return fmt::format("approximation.or_rows = {}", spec.approximation.or_rows);
  }
  if (spec.approximation.dropped_columns > 0) {
    return fmt::format("approximation.dropped_columns = {}", spec.approximation.dropped_columns);
  }
  if (spec.output_mode == spec::OutputMode::sign) return value("output.mode", "sign");
  if (spec.self_test.has_march()) return value("self_test.march", spec.self_test.march);
  if (spec.self_test.compute_vectors > 0) {
    return fmt::format("self_test.compute_vectors = {}", spec.self_test.compute_vectors);
  }
  if (spec.repair.spare_rows > 0) {
    return fmt::format("repair.spare_rows = {}", spec.repair.spare_rows);
  }
  if (spec.repair.spare_columns > 0) {
    return fmt::format("repair.spare_columns = {}", spec.repair.spare_columns);
  }
  if (spec.protection.code != spec::Code::none) {
    return value("protection.code",
                 spec::code_names[static_cast<std::size_t>(spec.protection.code)]);
  }
  if (spec.test_mode != spec::TestMode::none) return value("scan.test_mode", "pin");
  return std::nullopt;
}

const char* covered() {
  return "digital macros of integers with latches or flip-flops, every adder tree, and exact, "
         "saturated or truncated results";
}

}  // namespace cimforge::estimate
