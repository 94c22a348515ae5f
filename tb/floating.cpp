#include "tb/floating.h"

#include "generator/spec/floating.h"
#include "sim/floating.h"

namespace cimforge::tb {
namespace {

/// Integers of so many bits at the low ends of fields.
void pack_integers(std::span<const std::int32_t> values, int bits, int field_bits, Random* random,
                   PortValue& port) {
  std::vector<std::int32_t> fields(values.begin(), values.end());
  if (random != nullptr) {
    for (std::int32_t& field : fields) {
      const std::uint32_t above = static_cast<std::uint32_t>(random->word()) << bits;
      field = static_cast<std::int32_t>(
          above | (static_cast<std::uint32_t>(field) & ((std::uint32_t{1} << bits) - 1)));
    }
  }
  pack(fields, field_bits, port);
}

}  // namespace

WeightRow empty_row(const Ports& ports) {
  return {0,
          0,
          ports.weight_codes(),
          ports.index_codes(),
          ports.weight_scale_codes(),
          ports.weight_class_codes(),
          false};
}

void pack_row(const spec::MacroSpec& spec, const Ports& ports, WeightRow& row, Random* random) {
  const std::vector<std::int32_t>& values = row.codes.values;
  const bool aligned = spec.floating.align_weights_at == spec::WeightAligner::offline;
  if (row.integer) {
    pack_integers(values, ports.integer_bits, ports.weight_field_bits, random, row.codes.port);
  } else if (!aligned) {
    pack(values, ports.weight_field_bits, row.codes.port);
  }
  if (aligned) {
    std::vector<std::int32_t> integers(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::int32_t scale = row.scales.values.empty() ? 0 : row.scales.values[i];
      const sim::StoredWeight weight = sim::stored_weight(spec, values[i], scale, row.integer);
      integers[i] = weight.value;
      if (ports.weight_class_bits > 0) {
        row.classes.values[i] = static_cast<std::int32_t>(sim::class_code(spec, weight));
      }
    }
    if (!row.integer) pack(integers, ports.weight_field_bits, row.codes.port);
    if (ports.weight_class_bits > 0) {
      pack(row.classes.values, ports.weight_class_bits, row.classes.port);
    }
  }
  if (ports.weight_scale_bits > 0)
    pack(row.scales.values, ports.weight_scale_bits, row.scales.port);
}

void pack_vector(const Ports& ports, InputVector& vector, Random* random) {
  if (vector.mode.integer) {
    pack_integers(vector.codes.values, ports.integer_bits, ports.input.bits, random,
                  vector.codes.port);
  } else {
    pack(vector.codes.values, ports.input.bits, vector.codes.port);
  }
  if (ports.input_scale_bits > 0) {
    pack(vector.scales.values, ports.input_scale_bits, vector.scales.port);
  }
}

void put_row(const Ports& ports, const WeightRow& row, cim_dut_pins& pins) {
  row.codes.port.write_to(pins.weight_data);
  if (ports.weight_scale_bits > 0) row.scales.port.write_to(pins.weight_scale);
  if (ports.weight_class_bits > 0) row.classes.port.write_to(pins.weight_class);
  pins.weight_integer = row.integer ? 1 : 0;
}

}  // namespace cimforge::tb
