#include "sim/analog/hybrid.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "generator/spec/parts.h"

namespace cimforge::analog {
namespace {

MacroConfig of_array(MacroConfig config) {
  config.spec = spec::analog_part(config.spec);
  return config;
}

}  // namespace

HybridMacro::HybridMacro(const MacroConfig& config)
    : rows_(static_cast<std::size_t>(config.spec.rows)),
      columns_(static_cast<std::size_t>(config.spec.columns)),
      is_hybrid_(config.spec.kind == spec::Kind::hybrid),
      low_bits_(spec::low_bits(config.spec)),
      output_(config.spec),
      low_(of_array(config)) {}

void HybridMacro::load(std::span<const std::int32_t> weights) {
  if (!is_hybrid_) {
    low_.load(weights);
    return;
  }
  high_.clear();
  std::vector<std::int32_t> low;
  for (const std::int32_t weight : weights) {
    high_.push_back(weight >> low_bits_);
    low.push_back(weight & ((1 << low_bits_) - 1));
  }
  low_.load(low);
}

void HybridMacro::multiply(std::span<const std::int32_t> inputs, std::span<std::int64_t> outputs,
                           std::span<char> saturated) {
  if (!is_hybrid_) {
    low_.multiply(inputs, outputs, saturated);
    return;
  }
  std::vector<char> flags(outputs.size());
  low_.multiply(inputs, outputs, flags);
  std::vector<std::int64_t> sums(columns_);
  for (std::size_t vector = 0; vector < inputs.size() / rows_; ++vector) {
    sums.assign(columns_, 0);
    for (std::size_t r = 0; r < rows_; ++r) {
      const std::int64_t x = inputs[vector * rows_ + r];
      for (std::size_t c = 0; c < columns_; ++c) sums[c] += x * high_[r * columns_ + c];
    }
    for (std::size_t c = 0; c < columns_; ++c) {
      const std::size_t i = vector * columns_ + c;
      bool fits = true;
      outputs[i] = output_(sums[c] * (std::int64_t{1} << low_bits_) + outputs[i], fits);
      if (fits || flags[i] != 0) continue;
      flags[i] = 1;
      ++clipped_;
    }
  }
  assert(saturated.empty() || saturated.size() == flags.size());
  if (!saturated.empty()) std::copy(flags.begin(), flags.end(), saturated.begin());
}

std::vector<double> HybridMacro::weights_now() {
  std::vector<double> weights = low_.weights_now();
  for (std::size_t i = 0; i < high_.size(); ++i)
    weights[i] += high_[i] * static_cast<double>(1 << low_bits_);
  return weights;
}

MacroCounts HybridMacro::counts() const {
  MacroCounts counts = low_.counts();
  counts.saturated += clipped_;
  return counts;
}

}  // namespace cimforge::analog
