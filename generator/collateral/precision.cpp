#include "generator/collateral/precision.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>

#include "generator/spec/precision.h"
#include "generator/spec/structure.h"

namespace cimforge::collateral {
namespace {

std::string columns(int count) {
  return fmt::format("{} column{}", count, count == 1 ? "" : "s");
}

/// `1, 2 or 4`.
std::string powers_to(int most) {
  std::string text = "1";
  for (int power = 2; power <= most; power *= 2) {
    text += fmt::format("{}{}", power == most ? " or " : ", ", power);
  }
  return text;
}

int extra_cycles(const plan::MacroPlan& plan) {
  return plan.latency - plan.spec.input.bits;
}

}  // namespace

std::string precision_results(const plan::MacroPlan& plan) {
  return fmt::format("{} bits a column of the weight, exact, unsigned or two's complement",
                     plan.output_bits);
}

std::string precision_text(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const auto row = [](const std::string& name, const std::string& value) {
    return fmt::format("\n  {:<14} {}", name, value);
  };
  std::string text = "precision, of each vector";
  text += row("inputs", fmt::format("1 to {} bits, signed or unsigned", spec.input.bits));
  for (int fused = 1; fused <= spec.precision.fused_columns; fused *= 2) {
    const std::int64_t products = std::int64_t{1} * spec::stored_rows(spec) * spec.columns / fused;
    text += row(fmt::format("{} bit weights", fused * spec.weight.bits),
                fmt::format("in {}: {} results of {} bits, {} multiply-accumulates a vector",
                            columns(fused), spec.columns / fused,
                            plan.precision->widths[static_cast<std::size_t>(
                                std::countr_zero(static_cast<unsigned>(fused)))],
                            products));
  }
  // Bits that are zero in every row may be skipped.
  const auto up_to = [&](int least, int most) {
    return plan.skipping && least < most ? fmt::format("{} to {}", least, most)
                                         : fmt::format("{}", most);
  };
  for (int bits = 1; bits <= spec.input.bits; ++bits) {
    text +=
        row(fmt::format("{} bit inputs", bits),
            fmt::format("a vector in {} cycle{}, latency {}", up_to(1, bits), bits == 1 ? "" : "s",
                        up_to(1 + extra_cycles(plan), bits + extra_cycles(plan))));
  }
  return text;
}

nlohmann::ordered_json precision_json(const plan::MacroPlan& plan) {
  nlohmann::ordered_json modes = nlohmann::ordered_json::array();
  for (int bits = 1; bits <= plan.spec.input.bits; ++bits) {
    modes.push_back({{"input_bits", bits},
                     {"cycles_per_vector", bits},
                     {"latency", bits + extra_cycles(plan)}});
    if (!plan.skipping) continue;
    modes.back()["least_cycles_per_vector"] = 1;
    modes.back()["least_latency"] = 1 + extra_cycles(plan);
  }
  nlohmann::ordered_json weights = nlohmann::ordered_json::array();
  for (std::size_t level = 0; level < plan.precision->widths.size(); ++level) {
    weights.push_back({{"fused_columns", 1 << level},
                       {"weight_bits", plan.spec.weight.bits << level},
                       {"result_bits", plan.precision->widths[level]}});
  }
  return {{"modes", modes}, {"weights", weights}};
}

std::string precision_section(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const int fused = spec.precision.fused_columns;
  std::string text = fmt::format(
      R"(
## Precision

Each vector brings its mode with `in_data_i`; a vector of another mode may follow without a bubble. Weights are bits without a sign
until a vector says what they mean: the same rows may be read in every mode.

- `in_signed_i`, `in_weight_signed_i`: two's complement, or unsigned.
)");
  if (spec.input.bits > 1) {
    text += fmt::format(
        "- `in_last_bit_i`: inputs have so many bits and one more. They stand at the low end of "
        "their "
        "fields of {} bits; what is above them is\n  not read. A vector of n bits takes n cycles, "
        "and "
        "its result is there n + {} cycles after it{}. Past {} it is {}.\n",
        spec.input.bits, extra_cycles(plan),
        plan.skipping ? ", where no bit is zero in every row" : "", spec.input.bits - 1,
        spec.input.bits - 1);
  }
  if (fused > 1) {
    text += fmt::format(
        "- `in_fuse_i`: log2 of the neighbouring columns p that hold one weight: {} columns for "
        "weights "
        "of p x {} bits. Weight g has its\n  lowest bits in column g*p. Past {} it is {}.\n",
        powers_to(fused), spec.weight.bits, plan.precision->fuse_log, plan.precision->fuse_log);
  }
  text += fmt::format(
      "\nResult g of p columns stands at `[g*p*{0} +: p*{0}]` of `out_data_o`, extended over all "
      "of these "
      "bits: two's complement where inputs or\nweights are, unsigned where neither is.\n",
      plan.output_bits);
  return text;
}

}  // namespace cimforge::collateral
