#include "generator/spec/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "generator/spec/range.h"

namespace cimforge::spec {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

/// A key whose value is one of an enumeration's.
template <auto member>
Choice choice(std::span<const char* const> names) {
  using Enum = std::remove_cvref_t<decltype(MacroSpec{}.*member)>;
  return {names, [](const MacroSpec& spec) { return static_cast<std::size_t>(spec.*member); },
          [](MacroSpec& spec, std::size_t index) { spec.*member = static_cast<Enum>(index); }};
}

// Limits that follow from other keys.

std::optional<std::string> input_bits_per_cycle_violated(const MacroSpec& spec) {
  if (spec.input_bits_per_cycle <= spec.input.bits) return std::nullopt;
  return fmt::format("between 1 and {} (input is \"{}\")", spec.input.bits, spec.input.name());
}

std::optional<std::string> rows_per_block_violated(const MacroSpec& spec) {
  if (spec.rows_per_block <= spec.rows) return std::nullopt;
  return fmt::format("between 0 and {} (the array has so many rows)", spec.rows);
}

std::optional<std::string> output_bits_violated(const MacroSpec& spec) {
  if (spec.output_bits == 0) return std::nullopt;
  MacroSpec unshifted = spec;
  if (spec.output_mode == OutputMode::exact) unshifted.output_shift = 0;
  const int needed = needed_output_bits(unshifted);
  const ResultRange range = shifted_range(unshifted);
  if (spec.output_mode == OutputMode::exact) {
    if (spec.output_bits >= needed) return std::nullopt;
    return fmt::format("0 or between {} and 64 (mode \"exact\"; the sums are {} to {})", needed,
                       range.min, range.max);
  }
  if (spec.output_bits <= needed) return std::nullopt;
  return fmt::format("between 0 and {} (mode \"{}\"; the {}sums are {} to {})", needed,
                     to_string(spec.output_mode), spec.output_shift > 0 ? "shifted " : "",
                     range.min, range.max);
}

std::optional<std::string> output_shift_violated(const MacroSpec& spec) {
  if (spec.output_mode == OutputMode::exact) {
    if (spec.output_shift == 0) return std::nullopt;
    return "0 in mode \"exact\"";
  }
  MacroSpec unshifted = spec;
  unshifted.output_shift = 0;
  const int most = needed_output_bits(unshifted) - 1;
  if (spec.output_shift <= most) return std::nullopt;
  const ResultRange range = sum_range(spec);
  return fmt::format("between 0 and {} (the sums are {} to {})", most, range.min, range.max);
}

std::optional<std::string> delay_violated(double delay, const Timing& timing) {
  if (delay < timing.clock_period_ns) return std::nullopt;
  return fmt::format("less than clock_period_ns, which is {}",
                     real_as_toml(timing.clock_period_ns));
}
std::optional<std::string> input_delay_violated(const MacroSpec& spec) {
  return delay_violated(spec.timing.input_delay_ns, spec.timing);
}
std::optional<std::string> output_delay_violated(const MacroSpec& spec) {
  return delay_violated(spec.timing.output_delay_ns, spec.timing);
}

/// A fifth of the clock period, in whole picoseconds.
double default_delay(const MacroSpec& spec) {
  return std::round(spec.timing.clock_period_ns * 200.0) / 1000.0;
}

std::vector<Key> make_keys() {
  return {
      {.table = "",
       .name = "name",
       .required = true,
       .value = Identifier{&MacroSpec::name},
       .meaning = "Name of the top module and prefix of the modules below it. A Verilog identifier "
                  "of at most 64 characters, no keyword of Verilog or SystemVerilog, not "
                  "beginning with `cim_`."},
      {.table = "",
       .name = "kind",
       .required = true,
       .value = choice<&MacroSpec::kind>(kind_names),
       .meaning = "Kind of macro."},

      {.table = "array",
       .name = "rows",
       .required = true,
       .value = Integer{&MacroSpec::rows, 1, 4096},
       .unit = "rows",
       .meaning = "Inputs of each dot product: the length of an input vector."},
      {.table = "array",
       .name = "columns",
       .required = true,
       .value = Integer{&MacroSpec::columns, 1, 4096},
       .unit = "columns",
       .meaning = "Dot products side by side: the length of an output vector."},
      {.table = "array",
       .name = "banks",
       .value = Integer{&MacroSpec::banks, 1, 64},
       .unit = "weight sets",
       .meaning =
           "Matrices of rows x columns weights that are stored at once and share one compute "
           "unit; each input vector names its bank."},
      {.table = "array",
       .name = "storage",
       .value = choice<&MacroSpec::storage>(storage_names),
       .meaning =
           "What a weight bit is kept in: a level-sensitive latch (smaller) or a flip-flop."},

      {.table = "operands",
       .name = "input",
       .required = true,
       .value = Format{&MacroSpec::input},
       .meaning = "Format of the inputs. `intN` is two's complement, `uintN` unsigned; `int1` has "
                  "the values 0 and -1."},
      {.table = "operands",
       .name = "weight",
       .required = true,
       .value = Format{&MacroSpec::weight},
       .meaning = "Format of the weights, chosen apart from the input's."},

      {.table = "compute",
       .name = "input_bits_per_cycle",
       .value = Integer{&MacroSpec::input_bits_per_cycle, 1, 16},
       .unit = "bits",
       .meaning = "Bits of every input that are taken each cycle. A vector takes ceil(input bits / "
                  "input_bits_per_cycle) cycles.",
       .limit = {.documentation = "at most the bits of `input`",
                 .needs = {"operands.input"},
                 .violated = input_bits_per_cycle_violated}},
      {.table = "compute",
       .name = "adder_tree",
       .value = choice<&MacroSpec::adder_tree>(adder_tree_names),
       .meaning =
           "How the products of a column are added: `loop` leaves it to the synthesis tool, "
           "`ripple` chains word adders, `wallace` and `dadda` are compressor trees of full "
           "and half adders. `area`, `balanced` and `speed` order the adders by arrival and take "
           "as few "
           "half adders as there can be; `ppa` makes them of cells for the least area, for time at "
           "little more area, or for time."},
      {.table = "compute",
       .name = "pipeline_stages",
       .value = Integer{&MacroSpec::pipeline_stages, 0, 4},
       .unit = "register ranks",
       .meaning = "Ranks of registers in the adder tree. Each adds one cycle of latency and takes "
                  "nothing from the throughput."},
      {.table = "compute",
       .name = "rows_per_block",
       .value = Integer{&MacroSpec::rows_per_block, 0, 4096},
       .unit = "rows",
       .meaning = "Rows of one block; the blocks of a column share one module. 0 lets the planner "
                  "choose.",
       .limit = {.documentation = "at most `rows`",
                 .needs = {"array.rows"},
                 .violated = rows_per_block_violated}},

      {.table = "output",
       .name = "mode",
       .value = choice<&MacroSpec::output_mode>(output_mode_names),
       .meaning = "What becomes of a sum that `bits` do not hold; see below."},
      {.table = "output",
       .name = "bits",
       .value = Integer{&MacroSpec::output_bits, 0, 64},
       .unit = "bits",
       .meaning = "Width of one result. 0 is the smallest width that holds every sum (after the "
                  "shift).",
       .limit = {.documentation = "`exact`: 0, or at least the width that every sum needs; "
                                  "`saturate`, `truncate`: at most that width",
                 .needs = {"array.rows", "operands.input", "operands.weight", "output.mode",
                           "output.shift"},
                 .violated = output_bits_violated}},
      {.table = "output",
       .name = "shift",
       .value = Integer{&MacroSpec::output_shift, 0, 63},
       .unit = "bits",
       .meaning = "Low bits of the sum that are dropped (rounding down) before it is saturated or "
                  "truncated.",
       .limit = {.documentation = "`exact`: 0; `saturate`, `truncate`: less than the bits of the "
                                  "exact sum",
                 .needs = {"array.rows", "operands.input", "operands.weight", "output.mode"},
                 .violated = output_shift_violated}},

      {.table = "timing",
       .name = "clock_period_ns",
       .value = Real{&Timing::clock_period_ns, 0.001, 1e6},
       .unit = "ns",
       .meaning = "Clock period in the constraints."},
      {.table = "timing",
       .name = "input_delay_ns",
       .value = Real{&Timing::input_delay_ns, 0.0, 1e6},
       .unit = "ns",
       .meaning = "Arrival of every input but the clock and the reset, after the clock edge.",
       .limit = {.documentation = "less than `clock_period_ns`",
                 .needs = {"timing.clock_period_ns"},
                 .violated = input_delay_violated},
       .derived_default =
           {.documentation = "`clock_period_ns` / 5",
            .set = [](MacroSpec& spec) { spec.timing.input_delay_ns = default_delay(spec); }}},
      {.table = "timing",
       .name = "output_delay_ns",
       .value = Real{&Timing::output_delay_ns, 0.0, 1e6},
       .unit = "ns",
       .meaning = "Time that every output must be stable before the next clock edge.",
       .limit = {.documentation = "less than `clock_period_ns`",
                 .needs = {"timing.clock_period_ns"},
                 .violated = output_delay_violated},
       .derived_default =
           {.documentation = "`clock_period_ns` / 5",
            .set = [](MacroSpec& spec) { spec.timing.output_delay_ns = default_delay(spec); }}},
  };
}

}  // namespace

std::string Key::path() const {
  return table.empty() ? std::string(name) : fmt::format("{}.{}", table, name);
}

std::span<const Key> keys() {
  static const std::vector<Key> table = make_keys();
  return table;
}

std::span<const std::string_view> tables() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> found;
    for (const Key& key : keys()) {
      if (!key.table.empty() && (found.empty() || found.back() != key.table)) {
        found.push_back(key.table);
      }
    }
    return found;
  }();
  return names;
}

const Key* find_key(std::string_view path) {
  const auto found = std::find_if(keys().begin(), keys().end(),
                                  [&](const Key& key) { return key.path() == path; });
  return found == keys().end() ? nullptr : &*found;
}

std::span<const std::string> format_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (const bool is_signed : {true, false}) {
      for (int bits = 1; bits <= 16; ++bits) made.push_back(IntegerFormat{is_signed, bits}.name());
    }
    return made;
  }();
  return names;
}

std::optional<IntegerFormat> format_named(std::string_view name) {
  for (const bool is_signed : {true, false}) {
    for (int bits = 1; bits <= 16; ++bits) {
      const IntegerFormat format{is_signed, bits};
      if (format.name() == name) return format;
    }
  }
  return std::nullopt;
}

std::string wanted(const Key& key) {
  return std::visit(
      Overloaded{
          [](const Identifier&) -> std::string { return "a string, a Verilog identifier"; },
          [](const Integer& value) {
            return fmt::format("an integer between {} and {}", value.min, value.max);
          },
          [](const Real& value) {
            return fmt::format("a number between {} and {}", value.min, value.max);
          },
          [](const Format&) -> std::string {
            return "a string, \"int1\" to \"int16\" or \"uint1\" to \"uint16\"";
          },
          [](const Choice& value) {
            std::string list;
            for (std::size_t i = 0; i < value.names.size(); ++i) {
              const bool last = i + 1 == value.names.size();
              list += fmt::format("{}\"{}\"", i == 0 ? "" : last ? " or " : ", ", value.names[i]);
            }
            return "a string, " + list;
          }},
      key.value);
}

std::string real_as_toml(double value) {
  std::string text = fmt::format("{}", value + 0.0);                  // + 0.0 makes 0.0 of -0.0
  if (text.find_first_of(".enf") == std::string::npos) text += ".0";  // n, f: nan and inf
  return text;
}

std::string value_as_toml(const Key& key, const MacroSpec& spec) {
  return std::visit(
      Overloaded{
          [&](const Identifier& value) { return fmt::format("\"{}\"", spec.*value.member); },
          [&](const Integer& value) { return fmt::format("{}", spec.*value.member); },
          [&](const Real& value) { return real_as_toml(spec.timing.*value.member); },
          [&](const Format& value) { return fmt::format("\"{}\"", (spec.*value.member).name()); },
          [&](const Choice& value) { return fmt::format("\"{}\"", value.names[value.get(spec)]); }},
      key.value);
}

}  // namespace cimforge::spec
