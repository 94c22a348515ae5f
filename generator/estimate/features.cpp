#include "generator/estimate/features.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <initializer_list>

#include "generator/spec/range.h"

namespace cimforge::estimate {
namespace {

consteval std::size_t area_index(std::string_view name) {
  std::size_t i = 0;
  while (area_terms[i].name != name) ++i;  // a name that is not there does not compile
  return i;
}

consteval std::size_t delay_index(std::string_view name) {
  std::size_t i = 0;
  while (delay_terms[i].name != name) ++i;
  return i;
}

consteval std::size_t energy_index(std::string_view name) {
  std::size_t i = 0;
  while (energy_terms[i] != name) ++i;
  return i;
}

double log2_of(double x) {
  return std::log2(std::max(1.0, x));
}

/// Terms that stand once for each class of trees made of the same cells.
struct TreeTerms {
  std::size_t plain, negative, digit, full_adder, half_adder, units;
};

constexpr TreeTerms fixed_terms = {
    area_index("product_plain_fixed"), area_index("product_negative_fixed"),
    area_index("digit_fixed"),         area_index("full_adder_fixed"),
    area_index("half_adder_fixed"),    delay_index("first_units_fixed")};
constexpr TreeTerms area_tree_terms = {
    area_index("product_plain_area"), area_index("product_negative_area"),
    area_index("digit_area"),         area_index("full_adder_area"),
    area_index("half_adder_area"),    delay_index("first_units_area")};
constexpr TreeTerms balanced_terms = {
    area_index("product_plain_balanced"), area_index("product_negative_balanced"),
    area_index("digit_balanced"),         area_index("full_adder_balanced"),
    area_index("half_adder_balanced"),    delay_index("first_units_balanced")};
constexpr TreeTerms speed_terms = {
    area_index("product_plain_speed"), area_index("product_negative_speed"),
    area_index("digit_speed"),         area_index("full_adder_speed"),
    area_index("half_adder_speed"),    delay_index("first_units_speed")};
constexpr TreeTerms loop_terms = {
    area_index("product_plain_loop"), area_index("product_negative_loop"),
    area_index("digit_loop"),         area_index("full_adder_fixed"),
    area_index("half_adder_fixed"),   delay_index("first_units_fixed")};

const TreeTerms& terms_of(spec::AdderTree form) {
  switch (form) {
    case spec::AdderTree::loop:
      return loop_terms;
    case spec::AdderTree::area:
      return area_tree_terms;
    case spec::AdderTree::balanced:
      return balanced_terms;
    case spec::AdderTree::speed:
      return speed_terms;
    case spec::AdderTree::ripple:
    case spec::AdderTree::wallace:
    case spec::AdderTree::dadda:
      break;
  }
  return fixed_terms;
}

int address_bits(int count) {
  return static_cast<int>(std::bit_width(static_cast<unsigned>(count - 1)));
}

/// What a specification is, in the widths that its hardware has.
struct Widths {
  double rows, columns, banks;
  int acc, output, kept;
  bool saturates;
  double weight_bits;  ///< stored and read
};

Widths widths_of(const spec::MacroSpec& spec) {
  Widths widths{};
  widths.rows = spec.rows;
  widths.columns = spec.columns;
  widths.banks = spec.banks;
  widths.acc = accumulator_bits(spec);
  widths.output = spec::output_width(spec);
  widths.kept = widths.acc - spec.output_shift;
  widths.saturates = spec.output_mode == spec::OutputMode::saturate && widths.output < widths.kept;
  // Bits past the accumulator are never read, and synthesis leaves them out.
  widths.weight_bits = std::min(spec.weight.bits, widths.acc);
  return widths;
}

void count_blocks(const spec::MacroSpec& spec, const Column& column, const Widths& widths,
                  Features& features) {
  auto& area = features.area;
  const double columns = widths.columns;
  const double read_bits = widths.rows * widths.weight_bits * columns;
  const double stored_bits = read_bits * widths.banks;
  const bool fast = spec.adder_tree == spec::AdderTree::speed;
  if (spec.storage == spec::Storage::flop) {
    area[fast ? area_index("flop_bit_speed") : area_index("flop_bit")] = stored_bits;
    area[area_index("flop_read_bit")] = read_bits;
  } else {
    area[area_index("latch_bit")] = stored_bits;
  }
  if (spec.banks > 1) {
    // In the order of the terms: 2, 3, 4 and more banks.
    const std::size_t first =
        spec.input_bits_per_cycle > 1
            ? fast ? area_index("shared_mux_2_speed") : area_index("shared_mux_2")
        : fast ? area_index("bank_mux_2_speed")
               : area_index("bank_mux_2");
    const auto which = static_cast<std::size_t>(std::min(spec.banks, 5)) - 2;
    area[first + which] = read_bits * (spec.banks > 4 ? widths.banks - 1 : 1.0);
    if (spec.banks > 4) area[area_index("mux_more_bit")] = read_bits;
  }
  const double blocks = column.block_count * columns;
  area[area_index("block")] = blocks;
  area[area_index("bank_decoder")] = blocks * (widths.banks - 1);

  const TreeTerms& terms = terms_of(spec.adder_tree);
  area[terms.plain] = columns * static_cast<double>(column.plain_products);
  area[terms.negative] = columns * static_cast<double>(column.negative_products);
  area[terms.digit] = columns * widths.rows * spec.input_bits_per_cycle;
  area[terms.full_adder] += columns * static_cast<double>(column.blocks.full_adders);
  area[terms.half_adder] += columns * static_cast<double>(column.blocks.half_adders);
  area[area_index("loop_full_adder")] = columns * static_cast<double>(column.loop_full_adders);
  area[area_index("loop_half_adder")] = columns * static_cast<double>(column.loop_half_adders);
  area[area_index("loop_sum_bit")] = columns * static_cast<double>(column.loop_sum_bits);
  area[area_index("block_register")] = columns * static_cast<double>(column.blocks.registers);
}

void count_slice(const spec::MacroSpec& spec, const Column& column, const Widths& widths,
                 Features& features) {
  auto& area = features.area;
  const double columns = widths.columns;
  // Trees for time are dissolved into their column and made of the cells of its blocks.
  const bool dissolved =
      spec.adder_tree == spec::AdderTree::balanced || spec.adder_tree == spec::AdderTree::speed;
  const TreeTerms& terms = terms_of(spec.adder_tree);
  area[dissolved ? terms.full_adder : area_index("slice_full_adder")] +=
      columns * static_cast<double>(column.slice.full_adders);
  area[dissolved ? terms.half_adder : area_index("slice_half_adder")] +=
      columns * static_cast<double>(column.slice.half_adders);
  area[area_index("slice_register")] = columns * static_cast<double>(column.slice.registers);
  area[area_index("inverter")] = columns * std::min(column.top_bits, column.sum_bits);

  const int digit = spec.input_bits_per_cycle;
  if (column.steps == 1) {
    // Nothing is added below the lowest one of the constant.
    const int lowest = column.initial == 0 ? widths.acc : std::countr_zero(column.initial);
    area[area_index("constant_bit")] = columns * (widths.acc - lowest);
    area[area_index("constant_one")] = columns * std::popcount(column.initial);
  } else {
    const int kept = std::max(0, widths.acc - digit);
    const bool feeds = column.fed_ones > 0;
    int full = 0;
    int half = 0;
    int zeros = 0;
    int ones = 0;
    for (int b = 0; b < widths.acc; ++b) {
      const bool one = ((column.initial >> b) & 1U) != 0;
      const bool has_base = b >= digit || feeds;
      if (has_base) (one ? ones : zeros)++;
      if (b == 0) {
        half += feeds || one ? 1 : 0;
      } else if (b < column.sum_bits) {
        (has_base || one ? full : half)++;
      } else {
        ++half;
      }
    }
    area[area_index("accumulator_full_adder")] = columns * full;
    area[area_index("accumulator_half_adder")] = columns * half;
    area[area_index("accumulator_zero")] = columns * zeros;
    area[area_index("accumulator_one")] = columns * ones;
    area[area_index("accumulator_bit")] = columns * kept;
  }
  area[area_index("write_buffer_bit")] = columns * widths.weight_bits;
  area[column.steps == 1 ? area_index("skid_bit") : area_index("result_bit")] =
      columns * widths.output;
  if (spec.adder_tree == spec::AdderTree::speed) {
    area[area_index("column_bit_speed")] =
        columns * (widths.output + (column.steps > 1 ? std::max(0, widths.acc - digit) : 0));
  }
  if (widths.saturates) {
    area[area_index("saturated_bit")] = columns * widths.output;
    area[area_index("saturation_dropped_bit")] = columns * (widths.kept - widths.output);
  }
  area[area_index("column")] = columns;
}

void count_top(const spec::MacroSpec& spec, const Column& column, const Widths& widths,
               Features& features) {
  auto& area = features.area;
  const int digit = spec.input_bits_per_cycle;
  if (column.steps == 1) {
    area[area_index("input_bit")] = widths.rows * digit;
  } else {
    // Zeros are shifted into the lowest digit.
    area[area_index("input_shift_bit")] = widths.rows * digit * (column.steps - 1);
    area[area_index("input_lowest_bit")] = widths.rows * digit;
  }
  const double lines = widths.rows * widths.banks;
  area[area_index("word_line_decoder")] = lines;
  if (spec.storage == spec::Storage::latch) area[area_index("word_line_gate")] = lines;
  area[area_index("row_address_bit")] = address_bits(spec.rows);
  area[area_index("bank_address_bit")] = address_bits(spec.banks);
  area[area_index("bank")] = widths.banks - 1;
  area[area_index("step_bit")] = address_bits(column.steps);
  area[area_index("serial")] = column.steps > 1 ? 1 : 0;
  area[area_index("rank")] = spec.pipeline_stages;
  if (column.fed_ones > 0) {
    area[area_index("feed")] = 1;
    area[area_index("feed_digit")] = column.steps * digit;
  }
  area[area_index("skid")] = column.steps == 1 ? 1 : 0;
  area[area_index("top")] = 1;
}

/// What a path goes through in front of a result that saturates: an unsigned one is told by the
/// bits that are dropped, a signed one by all that differ from its sign. 0 or 1.
struct Saturation {
  double saturates, is_signed;
};

void count_first(const spec::MacroSpec& spec, const Column& column, const Widths& widths,
                 const Saturation& saturation, Features& features) {
  auto& delay = features.delay;
  const bool is_dissolved =
      spec.adder_tree == spec::AdderTree::balanced || spec.adder_tree == spec::AdderTree::speed;
  const auto weight_bits = static_cast<int>(widths.weight_bits);
  delay[delay_index("first")] = 1;
  if (spec.banks > 1) {
    const int in_block = spec.rows * weight_bits / column.block_count;
    const FanOut bank = is_dissolved ? fan_out({in_block * column.block_count, spec.columns})
                                     : fan_out({in_block, column.block_count, spec.columns});
    delay[delay_index("first_banked")] = 1;
    delay[delay_index("first_bank_bits")] = log2_of(widths.banks);
    delay[delay_index("first_bank_levels")] = bank.levels;
    delay[delay_index("first_bank_loads")] = bank.loads;
    delay[delay_index("first_bank_products")] = log2_of(spec.input_bits_per_cycle);
  } else {
    const FanOut digit = fan_out({weight_bits, spec.columns});
    delay[delay_index("first_digit_levels")] = digit.levels;
    delay[delay_index("first_digit_loads")] = digit.loads;
  }
  if (spec.adder_tree == spec::AdderTree::loop) {
    // Yosys adds the digits of a row one behind the other, and all rows in carry-save form.
    int levels = 0;
    for (int left = (spec.rows + column.block_count - 1) / column.block_count; left > 2;
         left -= left / 3) {
      ++levels;
    }
    delay[delay_index("first_loop")] = 1;
    delay[delay_index("first_loop_levels")] = levels;
    delay[delay_index("first_loop_chain")] =
        (spec.input_bits_per_cycle - 1) * log2_of(widths.weight_bits + 1);
    delay[delay_index("first_loop_weight_bit")] = widths.weight_bits;
    delay[delay_index("first_loop_units")] = column.first_stage;
  } else {
    delay[terms_of(spec.adder_tree).units] = column.first_stage;
  }
  if (spec.pipeline_stages == 0) {
    delay[delay_index("first_saturates")] = saturation.saturates;
    delay[delay_index("first_saturates_signed")] = saturation.is_signed;
  }
}

/// The one of three terms for the adders of a tree behind its first stage.
std::size_t units_term(spec::AdderTree form, std::size_t plain, std::size_t balanced,
                       std::size_t speed) {
  return form == spec::AdderTree::balanced ? balanced
         : form == spec::AdderTree::speed  ? speed
                                           : plain;
}

void count_delays(const spec::MacroSpec& spec, const Column& column, const Widths& widths,
                  Features& features) {
  auto& delay = features.delay;
  const Saturation saturation{widths.saturates ? 1.0 : 0.0,
                              widths.saturates && spec::output_is_signed(spec) ? 1.0 : 0.0};
  count_first(spec, column, widths, saturation, features);
  const bool is_balanced = spec.adder_tree == spec::AdderTree::balanced;
  const int longest = std::max({column.first_stage, column.later_stages, column.from_first});
  if (spec.pipeline_stages > 0) {
    delay[delay_index("later")] = 1;
    delay[units_term(spec.adder_tree, delay_index("later_units"),
                     delay_index("later_units_balanced"), delay_index("later_units_speed"))] =
        column.later_stages;
    delay[delay_index("later_single")] = column.steps == 1 ? 1 : 0;
    delay[delay_index("later_saturates")] = saturation.saturates;
    delay[delay_index("later_saturates_signed")] = saturation.is_signed;
  }
  if (column.steps > 1) {
    const FanOut first = fan_out({widths.acc + column.top_bits, spec.columns});
    delay[delay_index("accumulate")] = 1;
    delay[delay_index("accumulate_levels")] = first.levels;
    delay[delay_index("accumulate_loads")] = first.loads;
    delay[units_term(spec.adder_tree, delay_index("accumulate_units"),
                     delay_index("accumulate_units_balanced"),
                     delay_index("accumulate_units_speed"))] = column.from_first;
    if (is_balanced) {
      delay[delay_index("accumulate_slack_balanced")] =
          std::min(longest - column.from_first, column.from_first);
    }
    delay[delay_index("accumulate_saturates")] = saturation.saturates;
    delay[delay_index("accumulate_saturates_signed")] = saturation.is_signed;
  }
  if (spec.storage == spec::Storage::latch) {
    delay[delay_index("word_line")] = 1;
    delay[delay_index("word_line_rows")] = log2_of(widths.rows);
    delay[delay_index("word_line_bank_bits")] = log2_of(widths.banks);
    delay[delay_index("word_line_banked")] = spec.banks > 1 ? 1 : 0;
  } else {
    const FanOut row = fan_out({static_cast<int>(widths.weight_bits), spec.columns});
    delay[delay_index("row_enable")] = 1;
    delay[delay_index("row_enable_rows")] = log2_of(widths.rows);
    delay[delay_index("row_enable_banks")] = log2_of(widths.banks);
    delay[delay_index("row_enable_levels")] = row.levels;
    delay[delay_index("row_enable_loads")] = row.loads;
  }
  const FanOut input = fan_out({spec.rows * spec.input.bits});
  delay[delay_index("control")] = 1;
  delay[delay_index("control_levels")] = input.levels;
  delay[delay_index("control_loads")] = input.loads;
  delay[delay_index("control_serial")] = column.steps > 1 ? 1 : 0;
}

/// Of what is counted already: every cycle of a vector moves the same hardware.
void count_energy(const spec::MacroSpec& spec, const Column& column, Features& features) {
  const auto& area = features.area;
  const auto total = [&](std::initializer_list<std::size_t> terms) {
    double sum = 0.0;
    for (const std::size_t term : terms) sum += area[term];
    return sum * column.steps;
  };
  const TreeTerms& terms = terms_of(spec.adder_tree);
  const bool fast =
      spec.adder_tree == spec::AdderTree::balanced || spec.adder_tree == spec::AdderTree::speed;
  auto& energy = features.energy;
  energy[energy_index("product")] = total({terms.plain, terms.negative});
  energy[fast ? energy_index("full_adder_fast") : energy_index("full_adder")] =
      total({terms.full_adder, area_index("slice_full_adder"), area_index("loop_full_adder")});
  energy[energy_index("half_adder")] =
      total({terms.half_adder, area_index("slice_half_adder"), area_index("loop_half_adder")});
  energy[energy_index("column_register")] = total(
      {area_index("block_register"), area_index("slice_register"), area_index("accumulator_bit"),
       area_index("write_buffer_bit"), area_index("result_bit"), area_index("skid_bit")});
  energy[energy_index("flop_bit")] = total({area_index("flop_bit"), area_index("flop_bit_speed")});
  energy[energy_index("word_line_gate")] = total({area_index("word_line_gate")});
  energy[energy_index("input_bit")] = total(
      {area_index("input_bit"), area_index("input_shift_bit"), area_index("input_lowest_bit")});
  energy[energy_index("accumulator_bit")] =
      total({area_index("accumulator_full_adder"), area_index("accumulator_half_adder")});
  energy[energy_index("column")] = total({area_index("column")});
  energy[energy_index("top")] = total({area_index("top")});
}

}  // namespace

FanOut fan_out(std::initializer_list<int> sinks) {
  FanOut way;
  int weight = 1;  // of a sink, in cells that no buffer hides
  for (int count : sinks) {
    while (count > 1 && count * weight > most_loads) {
      // Groups of about the same weight, as flows::buffer_fanout makes them.
      const int groups = (count * weight + most_loads - 1) / most_loads;
      const int target = std::min(most_loads, (count * weight + groups - 1) / groups);
      const int together = std::max(1, target / weight);
      const int left = (count + together - 1) / together;
      ++way.levels;
      way.loads += std::min(together, count) * weight;
      if (left >= count && weight == 1) break;
      count = left;
      weight = 1;
    }
    weight *= count;
  }
  way.loads += weight;
  return way;
}

Features count_features(const spec::MacroSpec& spec, const Column& column) {
  Features features;
  features.column = column;
  features.cycles_per_vector = column.steps;
  features.latency_cycles = column.steps + spec.pipeline_stages + 1;
  const Widths widths = widths_of(spec);
  count_blocks(spec, column, widths, features);
  count_slice(spec, column, widths, features);
  count_top(spec, column, widths, features);
  count_delays(spec, column, widths, features);
  count_energy(spec, column, features);
  return features;
}

}  // namespace cimforge::estimate
