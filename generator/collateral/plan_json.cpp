#include <algorithm>
#include <type_traits>
#include <variant>

#include "generator/collateral/analog.h"
#include "generator/collateral/approximation.h"
#include "generator/collateral/collateral.h"
#include "generator/collateral/documents.h"
#include "generator/collateral/floating.h"
#include "generator/collateral/hybrid.h"
#include "generator/collateral/logic.h"
#include "generator/collateral/near_memory.h"
#include "generator/collateral/precision.h"
#include "generator/collateral/protection.h"
#include "generator/collateral/shell.h"
#include "generator/spec/keys.h"
#include "generator/spec/structure.h"

namespace cimforge::collateral {

using Json = nlohmann::ordered_json;

RegisterBits register_bits(const plan::MacroPlan& plan) {
  RegisterBits bits;
  // The highest digit of the accumulator would be shifted out: it has no register.
  // That of a macro which skips digits does not shift.
  bits.accumulator_per_column = plan.skipping     ? plan.acc_bits
                                : plan.steps == 1 ? 0
                                                  : std::max(0, plan.acc_bits - plan.digit_bits);
  // What fused columns read is held for a cycle.
  if (plan.precision && !plan.skipping) {
    bits.accumulator_per_column = plan.acc_bits - (plan.precision->fuses() ? 0 : 1);
  }
  bits.output_per_column = plan.output_bits * (plan.skid ? 2 : 1);
  bits.write_buffer_per_column = spec::stored_bits(plan.spec);
  bits.pipeline_per_column = plan.pipeline_bits_per_column();
  bits.input = plan.spec.rows * plan.steps * plan.digit_bits;
  if (plan.spec.sparsity.zero_rows == spec::ZeroRows::gate) bits.input += plan.spec.rows;
  return bits;
}

namespace {

/// Of the adders, in unit delays, and the library they were measured on: null where they are those
/// of the form.
Json delays_json(const plan::MacroPlan& plan) {
  const plan::AdderDelays& delays = plan.delays;
  return {
      {"library", plan.delays_of.empty() ? Json(nullptr) : Json(plan.delays_of)},
      {"full_sum", delays.full_sum},
      {"full_carry", delays.full_carry},
      {"late_sum", delays.late_sum},
      {"late_carry", delays.late_carry},
      {"half_sum", delays.half_sum},
      {"half_carry", delays.half_carry},
      {"product", delays.product},
      {"inversion", delays.inversion},
      {"two_accumulator_bits", delays.two_accumulator_bits},
  };
}

}  // namespace

Json plan_json(const plan::MacroPlan& plan) {
  if (plan.floating) return floating_json(plan);
  if (plan.shell) {
    Json figures = plan_json(plan.parts.front());
    figures["row_bits"] = plan.row_bits;
    figures["macs_per_vector"] = std::int64_t{1} * spec::stored_rows(plan.spec) * plan.spec.columns;
    figures["shell"] = shell_json(plan);
    return figures;
  }
  if (!plan.parts.empty()) return hybrid_json(plan);
  if (plan.analog) return analog_json(plan);
  if (plan.logic) return logic_json(plan);
  if (plan.near_memory) return near_memory_json(plan);
  const bool chosen = plan.spec.adder_tree != spec::AdderTree::loop;
  const auto if_chosen = [&](int figure) { return chosen ? Json(figure) : Json(nullptr); };
  const RegisterBits registers = register_bits(plan);
  Json blocks = Json::array();
  for (const plan::BlockUse& use : plan.block_uses) {
    blocks.push_back({{"first_row", use.first_row},
                      {"rows", plan.blocks[static_cast<std::size_t>(use.block)].rows}});
  }
  Json figures = {
      {"steps", plan.steps},
      {"digit_bits", plan.digit_bits},
      {"latency", plan.latency},
      {"cycles_per_vector", plan.steps},
      {"lanes", plan.lanes},
      {"slices", plan.slices()},
      {"full_slices", plan.full_slices},
      {"last_lanes", plan.last_lanes},
      {"blocks", blocks},
      {"sum_bits", plan.sum_bits},
      {"acc_bits", plan.acc_bits},
      {"kept_bits", plan.kept_bits},
      {"saturates", plan.saturates},
      {"output_bits", plan.output_bits},
      {"output_signed", plan.output_signed},
      {"bank_bits", plan.bank_bits},
      {"row_bits", plan.row_bits},
      {"products_per_column", plan.products_per_column()},
      {"full_adders_per_column", if_chosen(plan.full_adders_per_column())},
      {"half_adders_per_column", if_chosen(plan.half_adders_per_column())},
      {"full_adder_bound", plan.full_adder_bound()},
      {"tree_depth", if_chosen(plan.tree_depth())},
      {"delays", delays_json(plan)},
      {"pipeline_bits_per_column", registers.pipeline_per_column},
      {"accumulator_bits_per_column", registers.accumulator_per_column},
      {"output_register_bits_per_column", registers.output_per_column},
      {"write_buffer_bits_per_column", registers.write_buffer_per_column},
      {"input_register_bits", registers.input},
      {"storage_bits", plan.storage_bits()},
      {"macs_per_vector", std::int64_t{1} * spec::stored_rows(plan.spec) * plan.spec.columns},
  };
  if (!plan.spec.approximation.is_exact()) figures["approximation"] = approximation_json(plan);
  if (plan.threshold_bits > 0) {
    figures["threshold_bits"] = plan.threshold_bits;
    figures["threshold_signed"] = plan.thresholds_signed;
    figures["threshold_bits_per_column"] = plan.threshold_bits * plan.spec.banks;
  }
  // Of a vector of zeros, or of one digit.
  if (plan.skipping) {
    figures["least_cycles_per_vector"] = 1;
    figures["least_latency"] = plan.latency - plan.steps + 1;
  }
  if (plan.precision) figures["precision"] = precision_json(plan);
  if (plan.protection) figures["protection"] = protection_json(plan);
  if (plan.booth) {
    figures["booth_digits"] = plan.booth->digits.size();
    figures["booth_count_bits"] = plan.booth->count_bits;
    figures["booth_count_full_adders"] = plan.booth->count.full_adders();
  }
  return figures;
}

Json specification_json(const spec::MacroSpec& spec) {
  Json result = Json::object();
  spec::MacroSpec values = spec;  // keys tell their members as places to write to
  for (const spec::Key& key : spec::keys()) {
    if (!key.is_of(spec)) continue;
    Json& table = key.table.empty() ? result : result[std::string(key.table)];
    table[std::string(key.name)] = std::visit(
        [&](const auto& value) -> Json {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, spec::Choice>) {
            return value.names[value.get(spec)];
          } else if constexpr (std::is_same_v<T, spec::Format>) {
            return value.member(values).name();
          } else {
            return value.member(values);
          }
        },
        key.value);
  }
  return result;
}

Json ports_json(const ModuleSignature& signature) {
  Json result = Json::array();
  for (const SignaturePort& port : signature.ports) {
    Json each = {{"name", port.name},
                 {"direction", to_string(port.direction)},
                 {"width", port.width},
                 {"role", to_string(port.role)}};
    if (!port.stream.empty()) each["stream"] = port.stream;
    if (port.element_bits > 0) {
      each["element"] = port.element;
      each["element_bits"] = port.element_bits;
    }
    result.push_back(std::move(each));
  }
  return result;
}

}  // namespace cimforge::collateral
