#include "generator/spec/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>

#include "generator/spec/binary.h"
#include "generator/spec/bitcell.h"
#include "generator/spec/floating.h"
#include "generator/spec/key_places.h"
#include "generator/spec/parts.h"
#include "generator/spec/range.h"

namespace cimforge::spec {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;  // clang 14 does not deduce it for an aggregate

// Limits that follow from other keys.

/// A digital macro takes either format of signs with any other. In an analog one bipolar operands
/// go together: a string of cells computes with them.
std::optional<std::string> format_violated(const MacroSpec& spec) {
  if (const auto violated = floating_format_violated(spec, spec.input)) return violated;
  if (spec.input.is_ternary) return "another format (\"ternary\" is one of weights)";
  if (!spec.input.is_bipolar && !spec.weight.is_bipolar) return std::nullopt;
  if (spec.kind == Kind::digital) return std::nullopt;
  if (spec.kind != Kind::analog) {
    return fmt::format(
        "an integer format where kind is \"{}\" (products of signs are computed by the kinds "
        "\"digital\" and \"analog\")",
        to_string(spec.kind));
  }
  if (spec.input.is_bipolar == spec.weight.is_bipolar) return std::nullopt;
  return fmt::format(
      "\"bipolar\" for input and weight together, or for neither (input is \"{}\", "
      "weight \"{}\")",
      spec.input.name(), spec.weight.name());
}

/// A row is told from the whole string by the number of rows that are enabled. A logic macro reads
/// two rows at once.
std::optional<std::string> rows_violated(const MacroSpec& spec) {
  if (spec.kind == Kind::logic && spec.rows < 2) {
    return "between 2 and 4096 where kind is \"logic\" (its operations are on two rows)";
  }
  if (spec.kind != Kind::analog || !spec.weight.is_bipolar || spec.rows >= 2) return std::nullopt;
  return "between 2 and 4096 with bipolar operands in an analog macro";
}

std::optional<std::string> cell_bits_violated(const MacroSpec& spec) {
  if (!spec.weight.is_bipolar || spec.analog.cell_bits == 1) return std::nullopt;
  return "1 with bipolar operands";
}

std::optional<std::string> program_tolerance_violated(const MacroSpec& spec) {
  if (!spec.weight.is_bipolar || spec.analog.program_tolerance == 0) return std::nullopt;
  return "0 with bipolar operands (a cell has two states)";
}

std::optional<std::string> input_bits_per_cycle_violated(const MacroSpec& spec) {
  if (spec.kind == Kind::floating) {
    const int bits = aligned_input(spec).format.bits;
    if (spec.input_bits_per_cycle <= bits) return std::nullopt;
    return fmt::format("between 1 and {} (an aligned input has so many bits)", bits);
  }
  if (spec.input_bits_per_cycle <= spec.input.bits) return std::nullopt;
  if (spec.recoding == Recoding::booth && spec.input.bits == 1) {
    return fmt::format(
        "1 (input is \"{}\": Booth wants inputs of 2 bits or more, and "
        "recoding \"none\" takes this one)",
        spec.input.name());
  }
  return fmt::format("between 1 and {} (input is \"{}\")", spec.input.bits, spec.input.name());
}

std::optional<std::string> rows_per_block_violated(const MacroSpec& spec) {
  if (spec.rows_per_block <= spec.rows) return std::nullopt;
  return fmt::format("between 0 and {} (the array has so many rows)", spec.rows);
}

std::optional<std::string> output_bits_violated(const MacroSpec& spec) {
  if (spec.output_mode == OutputMode::sign) {
    if (spec.output_bits <= 1) return std::nullopt;
    return "0 or 1 (mode \"sign\" gives one bit a column)";
  }
  if (spec.output_mode == OutputMode::truncate && is_binary(spec) && spec.output_bits == 1 &&
      spec.output_shift == 0) {
    return "0 or at least 2 in mode \"truncate\" with bipolar or ternary operands (the lowest bit "
           "of their sums tells nothing)";
  }
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
  if (spec.output_mode == OutputMode::sign) {
    if (spec.output_shift == 0) return std::nullopt;
    return "0 in mode \"sign\" (a threshold is compared with the whole sum)";
  }
  MacroSpec unshifted = spec;
  unshifted.output_shift = 0;
  const int most = needed_output_bits(unshifted) - 1;
  if (spec.output_shift <= most) return std::nullopt;
  const ResultRange range = sum_range(spec);
  return fmt::format("between 0 and {} (the sums are {} to {})", most, range.min, range.max);
}

std::optional<std::string> output_mode_violated(const MacroSpec& spec) {
  if (spec.output_mode != OutputMode::sign) return std::nullopt;
  if (spec.kind != Kind::digital) {
    return fmt::format(
        "\"exact\", \"saturate\" or \"truncate\" where kind is \"{}\" (a digital macro alone has "
        "thresholds)",
        to_string(spec.kind));
  }
  if (spec.transpose == Transpose::never) return std::nullopt;
  return "\"exact\", \"saturate\" or \"truncate\", or array.transpose \"never\" (W x and W^T x "
         "would share the thresholds)";
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

std::optional<std::string> columns_per_adc_violated(const MacroSpec& spec) {
  if (spec.analog.columns_per_adc <= spec.columns) return std::nullopt;
  return fmt::format("between 1 and {} (the array has so many columns)", spec.columns);
}

bool is_differential(const MacroSpec& spec) {
  return spec.kind == Kind::analog && spec.weight.is_signed &&
         spec.analog.encoding == Encoding::differential;
}

/// Conversions one after another of a vector, or of a row of weights when it is verified.
std::int64_t conversions_of_a_vector(const MacroSpec& spec) {
  const auto ceil_div = [](int a, int b) { return (a + b - 1) / b; };
  const int sign = spec.input.is_signed ? 1 : 0;
  const int steps = ceil_div(spec.input.bits - sign, spec.input_bits_per_cycle) + sign;
  return std::int64_t{std::max(steps, is_differential(spec) ? 2 : 1)} *
         spec.analog.columns_per_adc * ceil_div(array_weight(spec).bits, spec.analog.cell_bits);
}

std::int64_t conversion_cycles(const Analog& analog) {
  if (analog.adc == Adc::flash) return 2;
  return 1 + (analog.adc == Adc::sar ? analog.adc_bits : 1 << analog.adc_bits);
}

/// Of a vector: what counts them has 32 bits.
constexpr std::int64_t most_cycles = 1 << 28;

std::optional<std::string> adc_bits_violated(const MacroSpec& spec) {
  const int least = spec.analog.cell_bits + (is_differential(spec) ? 1 : 0);
  if (spec.analog.adc_bits < least) {
    return fmt::format("between {} and 16 (it tells the {} levels of a cell apart)", least,
                       1 << spec.analog.cell_bits);
  }
  if (conversions_of_a_vector(spec) * conversion_cycles(spec.analog) <= most_cycles) {
    return std::nullopt;
  }
  return fmt::format(
      "fewer, with a converter that takes 2^adc_bits cycles (a vector or a row of "
      "weights has {} conversions, and takes 2^28 cycles at most)",
      conversions_of_a_vector(spec));
}

/// Bits of the largest sum of a column of devices in one step.
int column_sum_bits(const MacroSpec& spec) {
  const auto digit = (std::uint64_t{1} << spec.input_bits_per_cycle) - 1;
  const auto level = (std::uint64_t{1} << spec.analog.cell_bits) - 1;
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(spec.rows) * digit * level));
}

/// The least range at which a code holds every sum of a column.
int full_adc_range(const MacroSpec& spec) {
  // Rounded to the nearest step the largest sum is one step more: it is clipped to the last code.
  return std::max(0,
                  column_sum_bits(spec) - spec.analog.adc_bits + (is_differential(spec) ? 1 : 0));
}

std::optional<std::string> adc_range_violated(const MacroSpec& spec) {
  const int most = column_sum_bits(spec) - 1;
  if (spec.analog.adc_range <= most) return std::nullopt;
  return fmt::format("between 0 and {} (the sums of a column have {} bits)", most, most + 1);
}

std::optional<std::string> banks_violated(const MacroSpec& spec) {
  const int together = spec.storage == Storage::bitcell ? bits_of_cell(spec.bitcell.cell) : 1;
  if (has_bitcells(spec) && spec.banks % together != 0) {
    return fmt::format(
        "a multiple of {} with bitcell \"{}\" (a cell keeps the bits of so many "
        "banks; the other cells go with any number)",
        together, to_string(spec.bitcell.cell));
  }
  if ((!has_array(spec) && spec.kind != Kind::logic) || spec.banks == 1) return std::nullopt;
  return fmt::format("1 where kind is \"{}\"", to_string(spec.kind));
}

std::optional<std::string> weight_violated(const MacroSpec& spec) {
  if (const auto violated = floating_format_violated(spec, spec.weight)) return violated;
  if (spec.weight.is_ternary && spec.kind != Kind::digital) {
    return fmt::format(
        "an integer format where kind is \"{}\" (kind \"digital\" computes with ternary weights)",
        to_string(spec.kind));
  }
  if (spec.kind != Kind::hybrid || spec.weight.bits >= 2) return std::nullopt;
  return "of 2 bits or more (kind \"hybrid\" stores high and low bits apart)";
}
std::optional<std::string> digital_bits_violated(const MacroSpec& spec) {
  // A weight of one bit is its own mistake.
  if (spec.hybrid.digital_bits < std::max(spec.weight.bits, 2)) return std::nullopt;
  return fmt::format("between 1 and {} (weight is \"{}\", and the array holds what is left)",
                     spec.weight.bits - 1, spec.weight.name());
}

std::optional<std::string> array_setup_violated(const MacroSpec& spec) {
  return delay_violated(spec.analog.array_setup_ns, spec.timing);
}
/// The second read port of a transposable cell is area that only a transposable macro uses.
std::optional<std::string> bitcell_violated(const MacroSpec& spec) {
  if (spec.bitcell.cell != Bitcell::transposable_8t || spec.transpose != Transpose::never) {
    return std::nullopt;
  }
  return "\"8T\", the cell with one read port, where array.transpose is \"never\" (\"per_vector\" "
         "reads both ports)";
}
std::optional<std::string> bitcell_output_violated(const MacroSpec& spec) {
  return delay_violated(spec.bitcell.output_ns, spec.timing);
}
/// The bit lines change at the rising edge of the clock and a word line rises at the falling one.
std::optional<std::string> bitcell_setup_violated(const MacroSpec& spec) {
  if (2.0 * spec.bitcell.setup_ns < spec.timing.clock_period_ns) return std::nullopt;
  return fmt::format("less than half of clock_period_ns ({} ns)", spec.timing.clock_period_ns);
}
std::optional<std::string> array_output_violated(const MacroSpec& spec) {
  return delay_violated(spec.analog.array_output_ns, spec.timing);
}

std::optional<std::string> memory_setup_violated(const MacroSpec& spec) {
  return delay_violated(spec.memory.setup_ns, spec.timing);
}
std::optional<std::string> memory_output_violated(const MacroSpec& spec) {
  return delay_violated(spec.memory.output_ns, spec.timing);
}

/// A fifth of the clock period, in whole picoseconds.
double default_delay(const MacroSpec& spec) {
  return std::round(spec.timing.clock_period_ns * 200.0) / 1000.0;
}

/// A tenth of it.
double default_bitcell_delay(const MacroSpec& spec) {
  return std::round(spec.timing.clock_period_ns * 100.0) / 1000.0;
}

std::optional<std::string> storage_violated(const MacroSpec& spec) {
  if (spec.kind != Kind::logic || spec.storage != Storage::bitcell) return std::nullopt;
  return "\"latch\" or \"flop\" where kind is \"logic\" (a black box of bitcells has one read "
         "port)";
}

std::vector<Key> make_keys() {
  const std::vector<Kind> with_operands = {Kind::digital, Kind::analog, Kind::hybrid,
                                           Kind::near_memory, Kind::floating};
  const std::vector<Kind> with_cells = {Kind::digital, Kind::hybrid, Kind::floating, Kind::logic};
  const std::vector<Kind> with_storage = {Kind::digital, Kind::hybrid, Kind::floating};
  const std::vector<Kind> with_array = {Kind::analog, Kind::hybrid};
  const std::vector<Kind> with_digits = {Kind::digital, Kind::analog, Kind::hybrid, Kind::floating};
  const std::vector<Kind> with_integers = {Kind::digital, Kind::analog, Kind::hybrid,
                                           Kind::near_memory};
  std::vector<Key> table = {
      {.table = "",
       .name = "name",
       .required = true,
       .value = Identifier{place<&MacroSpec::name>},
       .meaning =
           "Name of the top module and prefix of the modules below it. A Verilog identifier "
           "of at most 64 characters, no keyword of Verilog or SystemVerilog, not "
           "beginning with `cim_`, and not that of a port, parameter or instance of the macro."},
      {.table = "",
       .name = "kind",
       .required = true,
       .value = choice<&MacroSpec::kind>(kind_names),
       .meaning = "Kind of macro."},

      {.table = "array",
       .name = "rows",
       .required = true,
       .value = Integer{place<&MacroSpec::rows>, 1, 4096},
       .unit = "rows",
       .meaning =
           "Inputs of each dot product: the length of an input vector. Of a logic macro: rows "
           "of one bit a column.",
       .limit = {.documentation = "at least 2 with `bipolar` operands in an analog macro, and in a "
                                  "logic macro",
                 .needs = {"kind", "operands.weight"},
                 .violated = rows_violated}},
      {.table = "array",
       .name = "columns",
       .required = true,
       .value = Integer{place<&MacroSpec::columns>, 1, 4096},
       .unit = "columns",
       .meaning = "Dot products side by side: the length of an output vector."},
      {.table = "array",
       .name = "banks",
       .value = Integer{place<&MacroSpec::banks>, 1, 64},
       .unit = "weight sets",
       .meaning =
           "Matrices of rows x columns weights that are stored at once and share one compute "
           "unit; each input vector names its bank.",
       .limit = {.documentation = "1 in an analog, hybrid or logic macro; even with bitcell `2bit`",
                 .needs = {"kind", "array.storage", "array.bitcell"},
                 .violated = banks_violated}},
      {.table = "array",
       .name = "storage",
       .value = choice<&MacroSpec::storage>(storage_names),
       .meaning = "What a weight bit is kept in: a level-sensitive latch, a flip-flop (larger), or "
                  "a bitcell in an array that is a black box in synthesis (docs/storage.md).",
       .limit = {.documentation = "`latch` or `flop` in a logic macro",
                 .needs = {"kind"},
                 .violated = storage_violated},
       .only = with_cells},
      {.table = "array",
       .name = "bitcell",
       .value = choice<&MacroSpec::bitcell, &BitcellArray::cell>(bitcell_names),
       .meaning = "Transistors of a bitcell. The black box, its Liberty and its LEF file bear it; "
                  "the RTL is the same, but for `8T_transposable`, whose second read port "
                  "`array.transpose` uses.",
       .limit = {.documentation = "`8T_transposable`: with `transpose = \"per_vector\"`",
                 .needs = {"array.transpose"},
                 .violated = bitcell_violated},
       .only = with_storage,
       .only_with = {Storage::bitcell}},
      {.table = "array",
       .name = "bitcell_um2",
       .value = Real{place<&MacroSpec::bitcell, &BitcellArray::um2>, 0.0, 1e6},
       .unit = "um2",
       .meaning = "Area of one bitcell (of two bits with `2bit`) with its share of drivers, for "
                  "the black box in `ppa`. 0 is "
                  "unknown, and `ppa` refuses.",
       .only = with_storage,
       .only_with = {Storage::bitcell}},
      {.table = "array",
       .name = "bitcell_setup_ns",
       .value = Real{place<&MacroSpec::bitcell, &BitcellArray::setup_ns>, 0.0, 1e6},
       .unit = "ns",
       .meaning = "Time that the bit lines must be stable before a word line rises, in the Liberty "
                  "file of the black box.",
       .limit = {.documentation = "less than half of `clock_period_ns`",
                 .needs = {"timing.clock_period_ns"},
                 .violated = bitcell_setup_violated},
       .derived_default =
           {.documentation = "`clock_period_ns` / 10",
            .set = [](MacroSpec& spec) { spec.bitcell.setup_ns = default_bitcell_delay(spec); }},
       .only = with_storage,
       .only_with = {Storage::bitcell}},
      {.table = "array",
       .name = "bitcell_output_ns",
       .value = Real{place<&MacroSpec::bitcell, &BitcellArray::output_ns>, 0.0, 1e6},
       .unit = "ns",
       .meaning = "From the edge of a word line, or from a change of the bank, to the stored bits, "
                  "there.",
       .limit = {.documentation = "less than `clock_period_ns`",
                 .needs = {"timing.clock_period_ns"},
                 .violated = bitcell_output_violated},
       .derived_default =
           {.documentation = "`clock_period_ns` / 10",
            .set = [](MacroSpec& spec) { spec.bitcell.output_ns = default_bitcell_delay(spec); }},
       .only = with_storage,
       .only_with = {Storage::bitcell}},

      transpose_key(),

      {.table = "operands",
       .name = "input",
       .required = true,
       .value = Format{place<&MacroSpec::input>},
       .meaning = "Format of the inputs. `intN` is two's complement, `uintN` unsigned; `int1` has "
                  "the values 0 and -1. `bipolar` is one bit, of which 1 means +1 and 0 means -1 "
                  "(docs/binary.md). "
                  "The others are those of floating macros (docs/floating.md).",
       .limit = {.documentation = "`bipolar`: in a digital macro, or for both operands of an "
                                  "analog one, whose columns "
                                  "are then strings of XNOR cells (docs/analog.md); formats "
                                  "with an exponent or a scale: in a floating macro, for one "
                                  "operand or both",
                 .needs = {"kind", "operands.weight"},
                 .violated = format_violated},
       .only = with_operands},
      {.table = "operands",
       .name = "weight",
       .required = true,
       .value = Format{place<&MacroSpec::weight>},
       .meaning =
           "Format of the weights, chosen apart from the input's. `ternary` has the codes of "
           "`int2` and the values -1, 0 and 1; the code 10 counts as -1.",
       .limit = {.documentation = "2 bits or more in a hybrid macro; `ternary`: in a digital macro",
                 .needs = {"kind"},
                 .violated = weight_violated},
       .only = with_operands},

      {.table = "compute",
       .name = "input_bits_per_cycle",
       .value = Integer{place<&MacroSpec::input_bits_per_cycle>, 1, 16},
       .unit = "bits",
       .meaning = "Bits of every input that are taken each cycle. A vector takes ceil(input bits / "
                  "input_bits_per_cycle) cycles.",
       .limit = {.documentation = "at most the bits of `input`, or of an aligned input",
                 .needs = {"kind", "operands.input", "floating.input_guard_bits"},
                 .violated = input_bits_per_cycle_violated},
       .only = with_digits},
      recoding_key(),
      {.table = "compute",
       .name = "adder_tree",
       .value = choice<&MacroSpec::adder_tree>(adder_tree_names),
       .meaning =
           "How the products of a column are added: `loop` leaves it to the synthesis tool, "
           "`ripple` chains word adders, `wallace` and `dadda` are compressor trees of full "
           "and half adders. `area`, `balanced` and `speed` order the adders by arrival and take "
           "as few "
           "half adders as there can be; `ppa` makes them of cells for the least area, for time at "
           "little more area, or for time.",
       .only = with_storage},
      {.table = "compute",
       .name = "pipeline_stages",
       .value = Integer{place<&MacroSpec::pipeline_stages>, 0, 4},
       .unit = "register ranks",
       .meaning = "Ranks of registers in the adder tree. Each adds one cycle of latency and takes "
                  "nothing from the throughput.",
       .only = with_storage},
      {.table = "compute",
       .name = "rows_per_block",
       .value = Integer{place<&MacroSpec::rows_per_block>, 0, 4096},
       .unit = "rows",
       .meaning = "Rows of one block; the blocks of a column share one module. 0 lets the planner "
                  "choose.",
       .limit = {.documentation = "at most `rows`",
                 .needs = {"array.rows"},
                 .violated = rows_per_block_violated},
       .only = with_storage},

      {.table = "analog",
       .name = "device",
       .value = Text{place<&MacroSpec::analog, &Analog::device>},
       .meaning = "Memory device of the cells: a preset of `cimforge devices`, or a TOML file "
                  "beside the specification.",
       .only = with_array},
      {.table = "analog",
       .name = "encoding",
       .value = choice<&MacroSpec::analog, &Analog::encoding>(encoding_names),
       .meaning = "How signed weights are stored: `differential` in two devices whose currents are "
                  "subtracted, `offset` in one device, with a reference column. Unsigned weights "
                  "need neither.",
       .only = {Kind::analog}},
      {.table = "analog",
       .name = "cell_bits",
       .value = Integer{place<&MacroSpec::analog, &Analog::cell_bits>, 1, 8},
       .unit = "bits",
       .meaning = "Bits of a weight that one device holds, in 2^cell_bits levels. A weight of more "
                  "bits is stored in slices, each with a column of its own.",
       .limit = {.documentation = "1 with `bipolar` operands",
                 .needs = {"operands.weight"},
                 .violated = cell_bits_violated},
       .derived_default = {.documentation = "2, or 1 with `bipolar` operands",
                           .set =
                               [](MacroSpec& spec) {
                                 if (spec.weight.is_bipolar) spec.analog.cell_bits = 1;
                               }},
       .only = with_array},
      {.table = "analog",
       .name = "columns_per_adc",
       .value = Integer{place<&MacroSpec::analog, &Analog::columns_per_adc>, 1, 4096},
       .unit = "columns",
       .meaning = "Columns that take turns at one converter.",
       .limit = {.documentation = "at most `columns`",
                 .needs = {"array.columns"},
                 .violated = columns_per_adc_violated},
       .derived_default = {.documentation = "8, or `columns` where there are fewer",
                           .set =
                               [](MacroSpec& spec) {
                                 spec.analog.columns_per_adc = std::min(8, spec.columns);
                               }},
       .only = with_array},
      {.table = "analog",
       .name = "adc",
       .value = choice<&MacroSpec::analog, &Analog::adc>(adc_names),
       .meaning = "Kind of converter; a conversion takes 1 cycle (`flash`), adc_bits cycles "
                  "(`sar`) or 2^adc_bits (`ramp`, `time`).",
       .only = with_array},
      {.table = "analog",
       .name = "adc_bits",
       .value = Integer{place<&MacroSpec::analog, &Analog::adc_bits>, 1, 16},
       .unit = "bits",
       .meaning = "Width of a converter's code; with `differential` signed weights one of them is "
                  "the sign.",
       .limit = {.documentation =
                     "at least what tells the levels of a cell apart: `cell_bits`, and one more "
                     "for differential pairs; a vector takes 2^28 cycles at most",
                 .needs = {"operands.input", "operands.weight", "compute.input_bits_per_cycle",
                           "analog.encoding", "analog.cell_bits", "analog.columns_per_adc",
                           "analog.adc", "hybrid.digital_bits"},
                 .violated = adc_bits_violated},
       .only = with_array},
      {.table = "analog",
       .name = "adc_range",
       .value = Integer{place<&MacroSpec::analog, &Analog::adc_range>, 0, 31},
       .unit = "bits",
       .meaning = "After reset one step of a converter is 2^adc_range: 0 tells neighbouring sums "
                  "of products apart. Registers change it for each column.",
       .limit = {.documentation = "at most what brings the largest sum to one step",
                 .needs = {"array.rows", "operands.input", "operands.weight",
                           "compute.input_bits_per_cycle", "analog.cell_bits"},
                 .violated = adc_range_violated},
       .derived_default =
           {.documentation = "the least with which no sum of a column is out of range",
            .set = [](MacroSpec& spec) { spec.analog.adc_range = full_adc_range(spec); }},
       .only = with_array},
      {.table = "analog",
       .name = "converter",
       .value = Text{place<&MacroSpec::analog, &Analog::converter>},
       .meaning = "Errors of the converters in the device model: `ideal`, or a TOML file "
                  "(docs/analog_model.md).",
       .only = with_array},
      {.table = "analog",
       .name = "settle_cycles",
       .value = Integer{place<&MacroSpec::analog, &Analog::settle_cycles>, 1, 255},
       .unit = "cycles",
       .meaning = "From the row drivers to the first conversion of a step.",
       .only = with_array},
      {.table = "analog",
       .name = "pulse_cycles",
       .value = Integer{place<&MacroSpec::analog, &Analog::pulse_cycles>, 1, 65535},
       .unit = "cycles",
       .meaning = "Length of a SET or RESET pulse.",
       .only = with_array},
      {.table = "analog",
       .name = "program_retries",
       .value = Integer{place<&MacroSpec::analog, &Analog::program_retries>, 1, 65535},
       .unit = "pulses",
       .meaning = "Pulses that a row gets before the cells that are still wrong are reported. A "
                  "register after reset.",
       .only = with_array},
      {.table = "analog",
       .name = "program_tolerance",
       .value = Integer{place<&MacroSpec::analog, &Analog::program_tolerance>, 0, 255},
       .unit = "levels",
       .meaning =
           "How far from its level a cell may be read when it is verified. A register after reset.",
       .limit = {.documentation = "0 with `bipolar` operands",
                 .needs = {"operands.weight"},
                 .violated = program_tolerance_violated},
       .only = with_array},
      {.table = "analog",
       .name = "model",
       .value = choice<&MacroSpec::analog, &Analog::model>(array_model_names),
       .meaning = "What stands for the cells in simulation: `exact`, Verilog-2005 of integers, or "
                  "`device`, the model of the device behind DPI-C. Synthesis sees a black box.",
       .only = with_array},
      {.table = "analog",
       .name = "row_ohm",
       .value = Real{place<&MacroSpec::analog, &Analog::row_ohm>, 0.0, 1e9},
       .unit = "ohm",
       .meaning =
           "Resistance of the wire between neighbouring cells of a row, in the device model.",
       .only = with_array},
      {.table = "analog",
       .name = "column_ohm",
       .value = Real{place<&MacroSpec::analog, &Analog::column_ohm>, 0.0, 1e9},
       .unit = "ohm",
       .meaning = "The same of a column.",
       .only = with_array},
      {.table = "analog",
       .name = "driver_ohm",
       .value = Real{place<&MacroSpec::analog, &Analog::driver_ohm>, 0.0, 1e9},
       .unit = "ohm",
       .meaning = "From a row driver to the nearest cell.",
       .only = with_array},
      {.table = "analog",
       .name = "sense_ohm",
       .value = Real{place<&MacroSpec::analog, &Analog::sense_ohm>, 0.0, 1e9},
       .unit = "ohm",
       .meaning = "From the nearest cell of a column to its virtual ground.",
       .only = with_array},
      {.table = "analog",
       .name = "array_area_um2",
       .value = Real{place<&MacroSpec::analog, &Analog::array_area_um2>, 0.0, 1e12},
       .unit = "um2",
       .meaning = "Area of cells, drivers and converters, for the black box that stands for them "
                  "in `ppa`. 0 is unknown, and `ppa` refuses.",
       .only = with_array},
      {.table = "analog",
       .name = "array_setup_ns",
       .value = Real{place<&MacroSpec::analog, &Analog::array_setup_ns>, 0.0, 1e6},
       .unit = "ns",
       .meaning = "Time that the inputs of the array must be stable before the clock edge, in the "
                  "Liberty file of the black box.",
       .limit = {.documentation = "less than `clock_period_ns`",
                 .needs = {"timing.clock_period_ns"},
                 .violated = array_setup_violated},
       .derived_default =
           {.documentation = "`clock_period_ns` / 5",
            .set = [](MacroSpec& spec) { spec.analog.array_setup_ns = default_delay(spec); }},
       .only = with_array},
      {.table = "analog",
       .name = "array_output_ns",
       .value = Real{place<&MacroSpec::analog, &Analog::array_output_ns>, 0.0, 1e6},
       .unit = "ns",
       .meaning = "From the clock edge to the outputs of the array, there.",
       .limit = {.documentation = "less than `clock_period_ns`",
                 .needs = {"timing.clock_period_ns"},
                 .violated = array_output_violated},
       .derived_default =
           {.documentation = "`clock_period_ns` / 5",
            .set = [](MacroSpec& spec) { spec.analog.array_output_ns = default_delay(spec); }},
       .only = with_array},
      {.table = "analog",
       .name = "inactive_rows",
       .value = choice<&MacroSpec::analog, &Analog::inactive_rows>(inactive_row_names),
       .meaning = "Whether a row that is not read is driven to ground or cut off.",
       .only = with_array},
      {.table = "analog",
       .name = "cell",
       .value = choice<&MacroSpec::analog, &Analog::cell>(cell_kind_names),
       .meaning = "A device between row and column, or one with a transistor that disconnects it "
                  "in rows that are not read (1T1R).",
       .only = with_array},

      {.table = "hybrid",
       .name = "digital_bits",
       .value = Integer{place<&MacroSpec::hybrid, &Hybrid::digital_bits>, 1, 15},
       .unit = "bits",
       .meaning = "High-order bits of each weight that the digital macro holds, the sign among "
                  "them; the others are unsigned levels of the analog array.",
       .limit = {.documentation = "fewer than the bits of `weight`",
                 .needs = {"operands.weight"},
                 .violated = digital_bits_violated},
       .derived_default = {.documentation = "half of the bits of `weight`",
                           .set =
                               [](MacroSpec& spec) {
                                 spec.hybrid.digital_bits = std::max(1, spec.weight.bits / 2);
                               }},
       .only = {Kind::hybrid}},

      {.table = "memory",
       .name = "area_um2",
       .value = Real{place<&MacroSpec::memory, &Memory::area_um2>, 0.0, 1e12},
       .unit = "um2",
       .meaning =
           "Area of the memory, for the black box that stands for it in `ppa`. 0 is unknown, "
           "and `ppa` refuses.",
       .only = {Kind::near_memory}},
      {.table = "memory",
       .name = "read_energy_pj",
       .value = Real{place<&MacroSpec::memory, &Memory::read_energy_pj>, 0.0, 1e9},
       .unit = "pJ",
       .meaning =
           "What the memory takes to read one word, for the power of `ppa`. 0 is unknown, and "
           "`ppa` refuses to tell a power.",
       .only = {Kind::near_memory}},
      {.table = "memory",
       .name = "setup_ns",
       .value = Real{place<&MacroSpec::memory, &Memory::setup_ns>, 0.0, 1e6},
       .unit = "ns",
       .meaning = "Time that the inputs of the memory must be stable before the clock edge, in the "
                  "Liberty file of the black box.",
       .limit = {.documentation = "less than `clock_period_ns`",
                 .needs = {"timing.clock_period_ns"},
                 .violated = memory_setup_violated},
       .derived_default = {.documentation = "`clock_period_ns` / 5",
                           .set =
                               [](MacroSpec& spec) { spec.memory.setup_ns = default_delay(spec); }},
       .only = {Kind::near_memory}},
      {.table = "memory",
       .name = "output_ns",
       .value = Real{place<&MacroSpec::memory, &Memory::output_ns>, 0.0, 1e6},
       .unit = "ns",
       .meaning = "From the clock edge to the word that is read, there.",
       .limit = {.documentation = "less than `clock_period_ns`",
                 .needs = {"timing.clock_period_ns"},
                 .violated = memory_output_violated},
       .derived_default =
           {.documentation = "`clock_period_ns` / 5",
            .set = [](MacroSpec& spec) { spec.memory.output_ns = default_delay(spec); }},
       .only = {Kind::near_memory}},

      {.table = "output",
       .name = "mode",
       .value = choice<&MacroSpec::output_mode>(output_mode_names),
       .meaning = "What becomes of a sum that `bits` do not hold; see below. `sign`: a result is "
                  "one bit, 1 where the sum is at least the threshold of its column "
                  "(docs/binary.md).",
       .limit = {.documentation = "`sign`: in a digital macro that does not transpose",
                 .needs = {"kind", "array.transpose"},
                 .violated = output_mode_violated},
       .only = with_integers},
      {.table = "output",
       .name = "bits",
       .value = Integer{place<&MacroSpec::output_bits>, 0, 64},
       .unit = "bits",
       .meaning = "Width of one result. 0 is the smallest width that holds every sum (after the "
                  "shift).",
       .limit = {.documentation = "`exact`: 0, or at least the width that every sum needs; "
                                  "`saturate`, `truncate`: at most that width; `sign`: 0 or 1",
                 .needs = {"array.rows", "operands.input", "operands.weight", "output.mode",
                           "output.shift", "sparsity.nonzero", "sparsity.group"},
                 .violated = output_bits_violated},
       .only = with_integers},
      {.table = "output",
       .name = "shift",
       .value = Integer{place<&MacroSpec::output_shift>, 0, 63},
       .unit = "bits",
       .meaning = "Low bits of the sum that are dropped (rounding down) before it is saturated or "
                  "truncated.",
       .limit = {.documentation = "`exact`, `sign`: 0; `saturate`, `truncate`: less than the bits "
                                  "of the exact sum",
                 .needs = {"array.rows", "operands.input", "operands.weight", "output.mode",
                           "sparsity.nonzero", "sparsity.group"},
                 .violated = output_shift_violated},
       .only = with_integers},
      result_format_key(),

      {.table = "timing",
       .name = "clock_period_ns",
       .value = Real{place<&MacroSpec::timing, &Timing::clock_period_ns>, 0.001, 1e6},
       .unit = "ns",
       .meaning = "Clock period in the constraints."},
      {.table = "timing",
       .name = "input_delay_ns",
       .value = Real{place<&MacroSpec::timing, &Timing::input_delay_ns>, 0.0, 1e6},
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
       .value = Real{place<&MacroSpec::timing, &Timing::output_delay_ns>, 0.0, 1e6},
       .unit = "ns",
       .meaning = "Time that every output must be stable before the next clock edge.",
       .limit = {.documentation = "less than `clock_period_ns`",
                 .needs = {"timing.clock_period_ns"},
                 .violated = output_delay_violated},
       .derived_default =
           {.documentation = "`clock_period_ns` / 5",
            .set = [](MacroSpec& spec) { spec.timing.output_delay_ns = default_delay(spec); }}},
  };
  const std::vector<Key> options = option_keys();
  table.insert(std::ranges::find(table, "analog", &Key::table), options.begin(), options.end());
  const std::vector<Key> tests = test_keys();
  table.insert(std::ranges::find(table, "timing", &Key::table), tests.begin(), tests.end());
  table.insert(std::ranges::find(table, "output", &Key::table), operand_bits_key());
  const std::vector<Key> floating = floating_keys();
  table.insert(std::ranges::find(table, "output", &Key::table), floating.begin(), floating.end());
  return table;
}

}  // namespace

std::string Key::path() const {
  return table.empty() ? std::string(name) : fmt::format("{}.{}", table, name);
}

bool Key::is_of(Kind kind) const {
  return only.empty() || std::ranges::find(only, kind) != only.end();
}

bool Key::is_of(const MacroSpec& spec) const {
  return is_of(spec.kind) &&
         (only_with.empty() || std::ranges::find(only_with, spec.storage) != only_with.end());
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
  // Asked hundreds of times for each specification that is read.
  static const std::map<std::string, const Key*, std::less<>> by_path = [] {
    std::map<std::string, const Key*, std::less<>> made;
    for (const Key& key : keys()) made.emplace(key.path(), &key);
    return made;
  }();
  const auto found = by_path.find(path);
  return found == by_path.end() ? nullptr : found->second;
}

std::span<const std::string> format_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (const bool is_signed : {true, false}) {
      for (int bits = 1; bits <= 16; ++bits) made.push_back(IntegerFormat{is_signed, bits}.name());
    }
    made.push_back(IntegerFormat::bipolar().name());
    made.push_back(IntegerFormat::ternary().name());
    for (const IntegerFormat& format : floating_formats()) made.push_back(format.name());
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
  if (name == IntegerFormat::bipolar().name()) return IntegerFormat::bipolar();
  if (name == IntegerFormat::ternary().name()) return IntegerFormat::ternary();
  for (const IntegerFormat& format : floating_formats()) {
    if (format.name() == name) return format;
  }
  return std::nullopt;
}

namespace {

std::string floating_names() {
  std::string names;
  for (const IntegerFormat& format : floating_formats()) {
    if (format.element == Element::integer) continue;
    names += fmt::format("\"{}\", ", format.name());
  }
  return names + "\"mxint8\", \"bfp2\" to \"bfp16\"";
}

}  // namespace

std::string wanted(const Key& key) {
  return std::visit(
      Overloaded{
          [](const Identifier&) -> std::string { return "a string, a Verilog identifier"; },
          [](const Text&) -> std::string { return "a string, 1 to 4096 printable characters"; },
          [](const Integer& value) {
            return fmt::format("an integer between {} and {}", value.min, value.max);
          },
          [](const Real& value) {
            return fmt::format("a number between {} and {}", value.min, value.max);
          },
          [](const Format&) -> std::string {
            return "a string, \"int1\" to \"int16\", \"uint1\" to \"uint16\", \"bipolar\", "
                   "\"ternary\" or "
                   "one of " +
                   floating_names();
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

namespace {

std::string toml_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::string value_as_toml(const Key& key, const MacroSpec& original) {
  MacroSpec spec = original;  // the members of a table are told as places to write to
  return std::visit(
      Overloaded{
          [&](const Identifier& value) { return fmt::format("\"{}\"", value.member(spec)); },
          [&](const Text& value) { return toml_string(value.member(spec)); },
          [&](const Integer& value) { return fmt::format("{}", value.member(spec)); },
          [&](const Real& value) { return real_as_toml(value.member(spec)); },
          [&](const Format& value) { return fmt::format("\"{}\"", value.member(spec).name()); },
          [&](const Choice& value) { return fmt::format("\"{}\"", value.names[value.get(spec)]); }},
      key.value);
}

}  // namespace cimforge::spec
