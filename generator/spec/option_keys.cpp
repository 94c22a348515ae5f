#include <fmt/format.h>

#include <bit>
#include <string>
#include <vector>

#include "generator/spec/approximation.h"
#include "generator/spec/binary.h"
#include "generator/spec/key_places.h"
#include "generator/spec/range.h"

namespace cimforge::spec {
namespace {

const std::vector<Kind> digital_only = {Kind::digital};

/// What changes how a column computes, in the order in which options are told.
enum class Option {
  bipolar,
  binary,
  precision,
  fused,
  transpose,
  booth,
  structured,
  skip,
  approximate,
  protection
};

struct OptionKey {
  const char* path;
  const char* without;  ///< the value that goes with everything
  bool (*is_set)(const MacroSpec&);
};

constexpr OptionKey option_of[] = {
    {"operands without \"bipolar\"", "",
     [](const MacroSpec& s) { return s.input.is_bipolar || s.weight.is_bipolar; }},
    {"operands that are integers", "", is_binary},
    {"precision.mode", "\"fixed\"",
     [](const MacroSpec& s) { return s.precision.mode != PrecisionMode::fixed; }},
    {"precision.fused_columns", "1",
     [](const MacroSpec& s) { return s.precision.fused_columns > 1; }},
    {"array.transpose", "\"never\"",
     [](const MacroSpec& s) { return s.transpose != Transpose::never; }},
    {"compute.recoding", "\"none\"",
     [](const MacroSpec& s) { return s.recoding != Recoding::none; }},
    {"sparsity.group", "1", [](const MacroSpec& s) { return s.sparsity.is_structured(); }},
    {"sparsity.zero_planes", "\"compute\"",
     [](const MacroSpec& s) { return s.sparsity.zero_planes != ZeroPlanes::compute; }},
    {"the table approximation", "1 and 0",
     [](const MacroSpec& s) { return !s.approximation.is_exact(); }},
    {"protection.code", "\"none\"",
     [](const MacroSpec& s) { return s.protection.code != Code::none; }},
};

/// Two options that do not go together. It is the mistake of the later one alone.
struct Exclusion {
  Option later;
  Option earlier;
  const char* why;
};

constexpr Exclusion exclusions[] = {
    {Option::precision, Option::binary, "a sign has no bits of which a vector could choose"},
    {Option::booth, Option::binary, "a Booth digit times such a weight is no inverse"},
    {Option::structured, Option::bipolar,
     "an index past its group selects 0, which is no bipolar value"},
    {Option::approximate, Option::binary, "products of signs are no bits that an OR could join"},
    {Option::transpose, Option::fused,
     "columns that are fused to one weight are no rows of the transposed matrix"},
    {Option::booth, Option::precision, "Booth takes two input bits or more a cycle"},
    {Option::structured, Option::fused, "columns that are fused would have an index each"},
    {Option::structured, Option::transpose,
     "an index names a row of a group, and columns have no groups"},
    {Option::structured, Option::booth, "an index selects bits of an input, not recoded digits"},
    {Option::skip, Option::booth, "a digit of Booth is recoded from its neighbour's bit too"},
    {Option::approximate, Option::precision,
     "which bits are negative, and the error, would change with each vector"},
    {Option::approximate, Option::booth, "a Booth digit is no bit"},
    {Option::approximate, Option::structured, "each column would have other rows in a group"},
    {Option::protection, Option::fused, "a flag is of a column, and a weight may stand in several"},
    {Option::protection, Option::transpose,
     "a flag is of a column, and a vector in the other direction reads the words of all columns"},
};

std::optional<std::string> excluded(const MacroSpec& spec, Option option, const char* without) {
  for (const Exclusion& each : exclusions) {
    const OptionKey& other = option_of[static_cast<std::size_t>(each.earlier)];
    if (each.later != option || !other.is_set(spec)) continue;
    return fmt::format("{}, or {}{}{} ({})", without, other.path, *other.without == 0 ? "" : " ",
                       other.without, each.why);
  }
  return std::nullopt;
}

std::optional<std::string> excluded(const MacroSpec& spec, Option option) {
  return excluded(spec, option, option_of[static_cast<std::size_t>(option)].without);
}

/// Stored bits of a bank that a transposable macro has at most: simulators and synthesis tools take
/// its two views as vectors.
constexpr std::int64_t most_transposed_bits = std::int64_t{1} << 20;

std::optional<std::string> transpose_violated(const MacroSpec& spec) {
  if (spec.transpose == Transpose::never) return std::nullopt;
  if (spec.rows != spec.columns) {
    return fmt::format(
        "\"never\" with {} rows and {} columns (per_vector wants as many rows as columns, so that "
        "the same ports serve W x and W^T x)",
        spec.rows, spec.columns);
  }
  if (std::int64_t{1} * spec.rows * spec.columns * spec.weight.bits > most_transposed_bits) {
    return fmt::format(
        "\"never\" with more than {} stored bits a bank (per_vector wants rows x columns x weight "
        "bits within that)",
        most_transposed_bits);
  }
  if (spec.storage == Storage::bitcell && spec.bitcell.cell != Bitcell::transposable_8t) {
    return fmt::format(
        "\"never\" with {} bitcells, which are read in one direction (per_vector wants "
        "array.bitcell "
        "= \"8T_transposable\", which has a read port in each)",
        bitcell_names.at(static_cast<std::size_t>(spec.bitcell.cell)));
  }
  if (spec.weight.is_ternary) {
    return "\"never\" with ternary weights (the transposed view holds codes, and these are stored "
           "as "
           "planes: int2 works)";
  }
  return excluded(spec, Option::transpose);
}

std::optional<std::string> recoding_violated(const MacroSpec& spec) {
  if (spec.recoding == Recoding::none) return std::nullopt;
  if (spec.input_bits_per_cycle == 1) {
    return "\"none\" with one input bit a cycle (Booth recodes two or more: inputs of at least 2 "
           "bits and input_bits_per_cycle of at least 2)";
  }
  return excluded(spec, Option::booth);
}

constexpr int most_weight_bits = 16;

bool is_power_of_two(int value) {
  return std::has_single_bit(static_cast<unsigned>(value));
}

std::optional<std::string> precision_mode_violated(const MacroSpec& spec) {
  if (spec.precision.mode == PrecisionMode::fixed) return std::nullopt;
  const auto fixed = [](const std::string& with) { return "\"fixed\" with " + with; };
  if (!is_power_of_two(spec.weight.bits)) {
    return fixed(
        fmt::format("weights of {} bits (columns are fused by twos: a column of 1, 2, 4, 8 "
                    "or 16 bits works)",
                    spec.weight.bits));
  }
  if (spec.input_bits_per_cycle != 1) {
    return fixed(
        fmt::format("{} input bits a cycle (the sign of the inputs is that of a whole cycle, "
                    "their width a number of cycles: input_bits_per_cycle = 1 works)",
                    spec.input_bits_per_cycle));
  }
  if (spec.output_mode != OutputMode::exact) {
    return fixed(
        fmt::format("output mode \"{}\" (the ends of the range are others in each mode: "
                    "\"exact\" works)",
                    to_string(spec.output_mode)));
  }
  return excluded(spec, Option::precision);
}

std::optional<std::string> fused_columns_violated(const MacroSpec& spec) {
  const int fused = spec.precision.fused_columns;
  if (fused == 1) return std::nullopt;
  if (spec.precision.mode == PrecisionMode::fixed) {
    return "1 with mode \"fixed\" (mode = \"per_vector\" fuses columns)";
  }
  if (!is_power_of_two(fused)) return "1, 2, 4, 8 or 16 (columns are fused by twos)";
  // Weights of another width are their own mistake.
  if (!is_power_of_two(spec.weight.bits)) return std::nullopt;
  const int most = most_weight_bits / spec.weight.bits;
  if (fused > most) {
    return fmt::format("at most {} (a column has {} bits, and a weight {} at most)", most,
                       spec.weight.bits, most_weight_bits);
  }
  if (spec.columns % fused == 0) return std::nullopt;
  int divides = fused;
  while (spec.columns % divides != 0) divides /= 2;
  return fmt::format("{}: {} would fuse past the last of {} columns ({} columns work, too)",
                     divides == 1 ? std::string("1") : fmt::format("{} or fewer", divides), fused,
                     spec.columns, (spec.columns / fused + 1) * fused);
}

std::optional<std::string> zero_planes_violated(const MacroSpec& spec) {
  if (spec.sparsity.zero_planes == ZeroPlanes::compute) return std::nullopt;
  if (spec.input_bits_per_cycle >= spec.input.bits) {
    if (spec.input.bits == 1) return "\"compute\" (a vector of one-bit inputs takes one cycle)";
    return fmt::format(
        "\"compute\", or compute.input_bits_per_cycle between 1 and {} (with {} a vector "
        "takes one cycle and there is none to skip)",
        spec.input.bits - 1, spec.input_bits_per_cycle);
  }
  return excluded(spec, Option::skip);
}

std::optional<std::string> nonzero_violated(const MacroSpec& spec) {
  const Sparsity& sparsity = spec.sparsity;
  if (sparsity.group == 1) {
    if (sparsity.nonzero == 1) return std::nullopt;
    return "1 where group is 1 (N:M weights have both keys, as nonzero = 2 with group = 4)";
  }
  if (sparsity.nonzero < sparsity.group) return std::nullopt;
  return fmt::format(
      "{} (group is {}; a macro that keeps every row has nonzero = 1 and group = 1)",
      sparsity.group == 2 ? std::string("1") : fmt::format("between 1 and {}", sparsity.group - 1),
      sparsity.group);
}

/// Numbers of rows of a group that divide the rows and have room for the weights that are kept, on
/// both sides of the one that does not: `, as 4 or 8`; empty where there are none.
std::string nearest_groups(const MacroSpec& spec) {
  const int least = spec.sparsity.nonzero + 1;
  std::vector<int> groups;
  int below = spec.sparsity.group;
  while (below >= least && spec.rows % below != 0) --below;
  if (below >= least) groups.push_back(below);
  int above = spec.sparsity.group;
  while (above <= 16 && (above < least || spec.rows % above != 0)) ++above;
  if (above <= 16) groups.push_back(above);
  return groups.empty() ? std::string() : fmt::format(", as {}", fmt::join(groups, " or "));
}

std::optional<std::string> group_violated(const MacroSpec& spec) {
  const int group = spec.sparsity.group;
  if (group == 1) return std::nullopt;
  if (spec.rows % group != 0) {
    const int fewer = spec.rows / group * group;
    return fmt::format("a divisor of the {} rows of the array{} (or rows {}{})", spec.rows,
                       nearest_groups(spec), fewer > 0 ? fmt::format("{} or ", fewer) : "",
                       fewer + group);
  }
  return excluded(spec, Option::structured);
}

std::optional<std::string> or_rows_violated(const MacroSpec& spec) {
  const int or_rows = spec.approximation.or_rows;
  if (or_rows == 1) return std::nullopt;
  if (const auto violated = excluded(spec, Option::approximate, "1")) return violated;
  if (or_rows > spec.rows) {
    return fmt::format("between 1 and {} (the array has so many rows)", spec.rows);
  }
  if (spec.rows_per_block > 0 && or_rows > spec.rows_per_block) {
    return fmt::format(
        "between 1 and {} (rows_per_block, and the rows of a group stand in one "
        "block)",
        spec.rows_per_block);
  }
  return std::nullopt;
}

std::optional<std::string> dropped_columns_violated(const MacroSpec& spec) {
  if (spec.approximation.dropped_columns == 0) return std::nullopt;
  if (const auto violated = excluded(spec, Option::approximate, "0")) return violated;
  const int k = spec.input_bits_per_cycle;
  if (spec.input.is_signed && spec.input.bits % k != 0) {
    return fmt::format(
        "0 unless input_bits_per_cycle, which is {}, divides the {} input bits (the "
        "bits that extend the first digit by the sign would count twice)",
        k, spec.input.bits);
  }
  const int most = most_dropped_columns(spec);
  if (spec.approximation.dropped_columns <= most) return std::nullopt;
  if (spec.output_mode == OutputMode::truncate &&
      most == spec.output_shift + output_width(spec) - 1) {
    return fmt::format("between 0 and {} (of a sum modulo 2^{} nothing would be left)", most,
                       most + 1);
  }
  return fmt::format(
      "{} (input_bits_per_cycle is {}, a weight has {} bit{}: a bit of them would not "
      "count at all; operands of fewer bits say the same)",
      most == 0 ? "0" : fmt::format("between 0 and {}", most), k, spec.weight.bits,
      spec.weight.bits == 1 ? "" : "s");
}

}  // namespace

std::optional<std::string> protection_violated(const MacroSpec& spec) {
  if (spec.protection.code == Code::none) return std::nullopt;
  return excluded(spec, Option::protection);
}

Key transpose_key() {
  return {.table = "array",
          .name = "transpose",
          .value = choice<&MacroSpec::transpose>(transpose_names),
          .meaning =
              "`per_vector`: each vector asks for W x or for W^T x, from the same storage "
              "(docs/transpose.md).",
          .limit = {.documentation = "`per_vector`: `rows` = `columns`, 2^20 stored bits a bank at "
                                     "most, `8T_transposable` where `storage` is `bitcell`, "
                                     "`precision.fused_columns` 1",
                    .needs = {"array.rows", "array.columns", "array.bitcell", "operands.weight",
                              "precision.fused_columns"},
                    .violated = transpose_violated},
          .only = digital_only};
}

Key recoding_key() {
  return {.table = "compute",
          .name = "recoding",
          .value = choice<&MacroSpec::recoding>(recoding_names),
          .meaning =
              "`booth`: two input bits of a cycle are recoded to one radix-4 digit from -2 "
              "to 2, which halves the partial products (docs/booth.md).",
          .limit = {.documentation =
                        "`none` with `input_bits_per_cycle = 1`, run-time precision, or bipolar or "
                        "ternary operands",
                    .needs = {"operands.input", "operands.weight", "compute.input_bits_per_cycle",
                              "precision.mode"},
                    .violated = recoding_violated},
          .only = {Kind::digital, Kind::floating}};
}

std::vector<Key> option_keys() {
  return {
      {.table = "precision",
       .name = "mode",
       .value = choice<&MacroSpec::precision, &Precision::mode>(precision_mode_names),
       .meaning =
           "`per_vector`: each vector brings the width and sign of its inputs and of the "
           "weights (docs/precision.md). `input` is then the widest format of the inputs, "
           "`weight` that of one column, and their signs those of commands that know no modes.",
       .limit = {.documentation =
                     "`fixed` but for weights of 1, 2, 4, 8 or 16 bits, one input bit a "
                     "cycle, output mode `exact` and operands that are integers",
                 .needs = {"operands.weight", "operands.input", "compute.input_bits_per_cycle",
                           "output.mode"},
                 .violated = precision_mode_violated},
       .only = digital_only},
      {.table = "precision",
       .name = "fused_columns",
       .value = Integer{place<&MacroSpec::precision, &Precision::fused_columns>, 1, 16},
       .unit = "columns",
       .meaning =
           "Most neighbouring columns that hold the bits of one weight; a vector may ask for "
           "fewer.",
       .limit = {.documentation =
                     "a power of two that divides `columns`; weights of 16 bits at most; "
                     "1 with mode `fixed`",
                 .needs = {"precision.mode", "operands.weight", "array.columns"},
                 .violated = fused_columns_violated},
       .only = digital_only},

      {.table = "sparsity",
       .name = "zero_planes",
       .value = choice<&MacroSpec::sparsity, &Sparsity::zero_planes>(zero_plane_names),
       .meaning =
           "`skip`: a cycle whose input bits are zero in every row is left out, and a vector "
           "takes the fewer cycles the more of them there are (docs/sparsity.md).",
       .limit = {.documentation = "`skip`: with fewer `input_bits_per_cycle` than input bits; not "
                                  "with recoding",
                 .needs = {"operands.input", "compute.input_bits_per_cycle", "compute.recoding"},
                 .violated = zero_planes_violated},
       .only = digital_only},
      {.table = "sparsity",
       .name = "zero_rows",
       .value = choice<&MacroSpec::sparsity, &Sparsity::zero_rows>(zero_row_names),
       .meaning = "`gate`: the register of a row whose input is zero is not clocked.",
       .only = digital_only},
      {.table = "sparsity",
       .name = "nonzero",
       .value = Integer{place<&MacroSpec::sparsity, &Sparsity::nonzero>, 1, 16},
       .unit = "rows",
       .meaning =
           "N of an N:M structured matrix: weights that each column keeps of a group of rows, "
           "each with the index of its row in the group (docs/sparsity.md).",
       .limit = {.documentation = "less than `group`, or 1 with it",
                 .needs = {"sparsity.group"},
                 .violated = nonzero_violated},
       .only = digital_only},
      {.table = "sparsity",
       .name = "group",
       .value = Integer{place<&MacroSpec::sparsity, &Sparsity::group>, 1, 16},
       .unit = "rows",
       .meaning = "M: rows of a group. 1: every row has its weight.",
       .limit = {.documentation =
                     "a divisor of `rows`; 1 with `transpose`, `booth`, fused columns or bipolar "
                     "operands",
                 .needs = {"array.rows", "operands.input", "operands.weight", "array.transpose",
                           "compute.recoding", "precision.fused_columns"},
                 .violated = group_violated},
       .only = digital_only},

      {.table = "approximation",
       .name = "or_rows",
       .value = Integer{place<&MacroSpec::approximation, &Approximation::or_rows>, 1, 16},
       .unit = "rows",
       .meaning = "Rows whose products of one bit plane are joined by OR and added as one bit "
                  "(docs/approximation.md). 1 is exact.",
       .limit = {.documentation =
                     "at most `rows`, and `rows_per_block` where that is set; 1 with `booth`, "
                     "structured weights, run-time precision or bipolar or ternary operands",
                 .needs = {"array.rows", "operands.input", "operands.weight",
                           "compute.rows_per_block", "compute.recoding", "precision.mode",
                           "sparsity.group"},
                 .violated = or_rows_violated},
       .only = digital_only},
      {.table = "approximation",
       .name = "dropped_columns",
       .value = Integer{place<&MacroSpec::approximation, &Approximation::dropped_columns>, 0, 15},
       .unit = "bits",
       .meaning = "Lowest columns of the heap of products of a cycle that are not added. 0 is "
                  "exact.",
       .limit = {.documentation =
                     "less than `input_bits_per_cycle` and than the weight's bits, so that "
                     "every bit still counts; a signed input's bits are a multiple of "
                     "`input_bits_per_cycle`",
                 .needs = {"array.rows", "operands.input", "operands.weight",
                           "compute.input_bits_per_cycle", "compute.recoding", "precision.mode",
                           "sparsity.group", "output.mode", "output.bits", "output.shift"},
                 .violated = dropped_columns_violated},
       .only = digital_only},
  };
}

}  // namespace cimforge::spec
