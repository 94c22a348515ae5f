#include <fmt/format.h>

#include <bit>

#include "generator/spec/approximation.h"
#include "generator/spec/key_places.h"
#include "generator/spec/range.h"

namespace cimforge::spec {
namespace {

const std::vector<Kind> digital_only = {Kind::digital};

// What an option does not go with, and why: `violated` of the option's key, so that a specification
// has one mistake and not one in each of the keys that do not fit.

std::optional<std::string> not_built(bool is_set, const char* value) {
  if (!is_set) return std::nullopt;
  return fmt::format("{} (nothing else is built yet)", value);
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
        "\"never\" with {} bitcells, which are read in one direction (per_vector wants array.bitcell "
        "= \"8T_transposable\", which has a read port in each)",
        bitcell_names.at(static_cast<std::size_t>(spec.bitcell.cell)));
  }
  if (spec.precision.mode != PrecisionMode::fixed) {
    return "\"never\" with precision.mode = \"per_vector\" (columns that are fused to one weight are "
           "no rows of the transposed matrix)";
  }
  if (spec.sparsity.is_structured()) {
    return "\"never\" with sparsity.group above 1 (weights that are left out in groups of rows stand "
           "anywhere in the columns of the transposed matrix)";
  }
  return std::nullopt;
}

std::optional<std::string> recoding_violated(const MacroSpec& spec) {
  if (spec.recoding == Recoding::none) return std::nullopt;
  if (spec.input_bits_per_cycle == 1) {
    return "\"none\" with one input bit a cycle (Booth recodes two or more: inputs of at least 2 "
           "bits and input_bits_per_cycle of at least 2)";
  }
  // What recodes, gates or reads the input bits of a cycle in another way.
  const char* other = spec.transpose != Transpose::never            ? "array.transpose"
                      : spec.precision.mode != PrecisionMode::fixed ? "precision.mode"
                      : spec.precision.fused_columns != 1           ? "precision.fused_columns"
                      : spec.sparsity.zero_planes != ZeroPlanes::compute
                          ? "sparsity.zero_planes"
                      : spec.sparsity.zero_rows != ZeroRows::load ? "sparsity.zero_rows"
                      : spec.sparsity.is_structured()             ? "sparsity.group"
                      : spec.approximation.or_rows != 1           ? "approximation.or_rows"
                      : spec.approximation.dropped_columns != 0   ? "approximation.dropped_columns"
                                                                  : nullptr;
  if (other == nullptr) return std::nullopt;
  return fmt::format("\"none\" with this {} (Booth works with its default)", other);
}

constexpr int most_weight_bits = 16;

bool is_power_of_two(int value) {
  return std::has_single_bit(static_cast<unsigned>(value));
}

std::optional<std::string> precision_mode_violated(const MacroSpec& spec) {
  if (spec.precision.mode == PrecisionMode::fixed) return std::nullopt;
  const auto fixed = [](const std::string& with) { return "\"fixed\" with " + with; };
  if (!is_power_of_two(spec.weight.bits)) {
    return fixed(fmt::format("weights of {} bits (columns are fused by twos: a column of 1, 2, 4, 8 "
                             "or 16 bits works)",
                             spec.weight.bits));
  }
  if (spec.input_bits_per_cycle != 1) {
    return fixed(fmt::format("{} input bits a cycle (the sign of the inputs is that of a whole cycle, "
                             "their width a number of cycles: input_bits_per_cycle = 1 works)",
                             spec.input_bits_per_cycle));
  }
  if (spec.recoding != Recoding::none) {
    return fixed("Booth recoding (it takes two input bits a cycle: recoding = \"none\" works)");
  }
  if (spec.output_mode != OutputMode::exact) {
    return fixed(fmt::format("output mode \"{}\" (the ends of the range are others in each mode: "
                             "\"exact\" works)",
                             to_string(spec.output_mode)));
  }
  if (spec.transpose != Transpose::never) {
    return fixed("transpose (a row of the transposed matrix has no neighbouring columns to fuse: "
                 "transpose = \"never\" works)");
  }
  if (spec.sparsity.zero_planes != ZeroPlanes::compute ||
      spec.sparsity.zero_rows != ZeroRows::load || spec.sparsity.is_structured()) {
    return fixed("sparsity (what is zero depends on the mode of the vector: a [sparsity] table of "
                 "defaults works)");
  }
  if (!spec.approximation.is_exact()) {
    return fixed("an approximate tree (its error would be shifted up with the fused columns: or_rows "
                 "= 1 and dropped_columns = 0 work)");
  }
  return std::nullopt;
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
  return fmt::format("{} or fewer: {} would fuse past the last of {} columns ({} columns work, too)",
                     divides, fused, spec.columns, (spec.columns / fused + 1) * fused);
}

std::optional<std::string> zero_planes_violated(const MacroSpec& spec) {
  if (spec.sparsity.zero_planes == ZeroPlanes::compute) return std::nullopt;
  const auto without = [](const char* key, const char* value) {
    return fmt::format("\"compute\", or {} = \"{}\"", key, value);
  };
  if (spec.input_bits_per_cycle >= spec.input.bits) {
    if (spec.input.bits == 1) return "\"compute\" (a vector of one-bit inputs takes one cycle)";
    return fmt::format("\"compute\", or compute.input_bits_per_cycle between 1 and {} (with {} a vector "
                       "takes one cycle and there is none to skip)",
                       spec.input.bits - 1, spec.input_bits_per_cycle);
  }
  // A digit of Booth is recoded from its neighbour's bit too.
  if (spec.recoding != Recoding::none) return without("compute.recoding", "none");
  if (spec.precision.mode != PrecisionMode::fixed) return without("precision.mode", "fixed");
  if (spec.transpose != Transpose::never) return without("array.transpose", "never");
  if (!spec.approximation.is_exact()) {
    return "\"compute\", or approximation.or_rows = 1 and approximation.dropped_columns = 0";
  }
  return std::nullopt;
}

std::optional<std::string> zero_rows_violated(const MacroSpec& spec) {
  if (spec.sparsity.zero_rows == ZeroRows::load) return std::nullopt;
  if (spec.recoding != Recoding::none) return "\"load\", or compute.recoding = \"none\"";
  if (spec.precision.mode != PrecisionMode::fixed) {
    return "\"load\", or precision.mode = \"fixed\"";
  }
  if (spec.transpose != Transpose::never) return "\"load\", or array.transpose = \"never\"";
  return std::nullopt;
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

/// Numbers of rows of a group that divide the rows, on both sides of the one that does not.
std::string nearest_groups(const MacroSpec& spec) {
  int below = spec.sparsity.group;
  while (spec.rows % below != 0) --below;
  int above = spec.sparsity.group;
  while (above <= 16 && spec.rows % above != 0) ++above;
  return above > 16 ? fmt::format("{}", below) : fmt::format("{} or {}", below, above);
}

std::optional<std::string> group_violated(const MacroSpec& spec) {
  const int group = spec.sparsity.group;
  if (group == 1) return std::nullopt;
  if (spec.rows % group != 0) {
    const int fewer = spec.rows / group * group;
    return fmt::format("a divisor of the {} rows of the array, as {} (or rows {}{})", spec.rows,
                       nearest_groups(spec),
                       fewer > 0 ? fmt::format("{} or ", fewer) : "", fewer + group);
  }
  if (spec.transpose != Transpose::never) {
    return "1 with transpose = \"per_vector\" (an index names a row of a group, and columns have no "
           "groups; transpose = \"never\" goes with it)";
  }
  if (spec.recoding != Recoding::none) {
    return "1 with recoding = \"booth\" (an index selects bits of an input, not recoded digits; "
           "recoding = \"none\" goes with it)";
  }
  if (spec.precision.mode != PrecisionMode::fixed || spec.precision.fused_columns != 1) {
    return "1 where the precision is not fixed (columns that are fused would have an index each; "
           "mode = \"fixed\" goes with it)";
  }
  if (!spec.approximation.is_exact()) {
    return "1 with an approximation (its error is stated for products of every row; or_rows = 1 "
           "and dropped_columns = 0 go with it)";
  }
  return std::nullopt;
}

/// What an approximation has no products of single bits in fixed places for.
std::optional<std::string> approximation_violated(const MacroSpec& spec, const char* exact) {
  const auto only = [&](const char* key, const char* value, const char* why) {
    return fmt::format("{} unless {} is {} ({})", exact, key, value, why);
  };
  if (spec.recoding != Recoding::none) {
    return only("recoding", "\"none\"", "a Booth digit is no bit");
  }
  if (spec.transpose != Transpose::never) {
    return only("transpose", "\"never\"", "a row is an output too there");
  }
  if (spec.precision.mode != PrecisionMode::fixed || spec.precision.fused_columns > 1) {
    return only("precision.mode", "\"fixed\"",
                "which bits are negative, and the error, would change with each vector");
  }
  if (spec.sparsity.is_structured()) {
    return only("sparsity.group", "1", "each column would have other rows in a group");
  }
  return std::nullopt;
}

std::optional<std::string> or_rows_violated(const MacroSpec& spec) {
  const int or_rows = spec.approximation.or_rows;
  if (or_rows == 1) return std::nullopt;
  if (const auto violated = approximation_violated(spec, "1")) return violated;
  if (or_rows > spec.rows) {
    return fmt::format("between 1 and {} (the array has so many rows)", spec.rows);
  }
  if (spec.rows_per_block > 0 && or_rows > spec.rows_per_block) {
    return fmt::format("between 1 and {} (rows_per_block, and the rows of a group stand in one "
                       "block)",
                       spec.rows_per_block);
  }
  return std::nullopt;
}

std::optional<std::string> dropped_columns_violated(const MacroSpec& spec) {
  if (spec.approximation.dropped_columns == 0) return std::nullopt;
  if (const auto violated = approximation_violated(spec, "0")) return violated;
  const int k = spec.input_bits_per_cycle;
  if (spec.input.is_signed && spec.input.bits % k != 0) {
    return fmt::format("0 unless input_bits_per_cycle, which is {}, divides the {} input bits (the "
                       "bits that extend the first digit by the sign would count twice)",
                       k, spec.input.bits);
  }
  const int most = most_dropped_columns(spec);
  if (spec.approximation.dropped_columns <= most) return std::nullopt;
  if (spec.output_mode == OutputMode::truncate && most == spec.output_shift + output_width(spec) - 1) {
    return fmt::format("between 0 and {} (of a sum modulo 2^{} nothing would be left)", most,
                       most + 1);
  }
  return fmt::format("{} (input_bits_per_cycle is {}, a weight has {} bit{}: a bit of them would not "
                     "count at all; operands of fewer bits say the same)",
                     most == 0 ? "0" : fmt::format("between 0 and {}", most), k, spec.weight.bits,
                     spec.weight.bits == 1 ? "" : "s");
}

}  // namespace

Key transpose_key() {
  return {.table = "array",
          .name = "transpose",
          .value = choice<&MacroSpec::transpose>(transpose_names),
          .meaning = "`per_vector`: each vector asks for W x or for W^T x, from the same storage "
                     "(docs/transpose.md).",
          .limit = {.documentation = "`per_vector`: `rows` = `columns`, 2^20 stored bits a bank at "
                                     "most, `8T_transposable` where `storage` is `bitcell`, "
                                     "`precision.mode` `fixed`, `sparsity.group` 1",
                    .needs = {"array.rows", "array.columns", "array.bitcell", "operands.weight",
                              "precision.mode", "sparsity.group"},
                    .violated = transpose_violated},
          .only = digital_only};
}

Key recoding_key() {
  return {.table = "compute",
          .name = "recoding",
          .value = choice<&MacroSpec::recoding>(recoding_names),
          .meaning = "`booth`: two input bits of a cycle are recoded to one radix-4 digit from -2 "
                     "to 2, which halves the partial products (docs/booth.md).",
          .limit = {.documentation = "`none` with `input_bits_per_cycle = 1`, and with every option of "
                                     "`array.transpose` and of the tables precision, sparsity and "
                                     "approximation",
                    .needs = {"operands.input", "compute.input_bits_per_cycle"},
                    .violated = recoding_violated},
          .only = digital_only};
}

std::vector<Key> option_keys() {
  return {
      {.table = "precision",
       .name = "mode",
       .value = choice<&MacroSpec::precision, &Precision::mode>(precision_mode_names),
       .meaning = "`per_vector`: each vector brings the width and sign of its inputs and of the "
                  "weights (docs/precision.md). `input` is then the widest format of the inputs, "
                  "`weight` that of one column, and their signs those of commands that know no modes.",
       .limit = {.documentation = "`fixed` but for weights of 1, 2, 4, 8 or 16 bits, one input bit a "
                                  "cycle and output mode `exact`; without `transpose`, `recoding`, "
                                  "`[sparsity]` and `[approximation]`",
                 .needs = {"operands.weight", "operands.input", "compute.input_bits_per_cycle",
                           "compute.recoding", "output.mode", "array.transpose",
                           "sparsity.zero_planes", "sparsity.zero_rows", "sparsity.nonzero",
                           "sparsity.group", "approximation.or_rows",
                           "approximation.dropped_columns"},
                 .violated = precision_mode_violated},
       .only = digital_only},
      {.table = "precision",
       .name = "fused_columns",
       .value = Integer{place<&MacroSpec::precision, &Precision::fused_columns>, 1, 16},
       .unit = "columns",
       .meaning = "Most neighbouring columns that hold the bits of one weight; a vector may ask for "
                  "fewer.",
       .limit = {.documentation = "a power of two that divides `columns`; weights of 16 bits at most; "
                                  "1 with mode `fixed`",
                 .needs = {"precision.mode", "operands.weight", "array.columns"},
                 .violated = fused_columns_violated},
       .only = digital_only},

      {.table = "sparsity",
       .name = "zero_planes",
       .value = choice<&MacroSpec::sparsity, &Sparsity::zero_planes>(zero_plane_names),
       .meaning = "`skip`: a cycle whose input bits are zero in every row is left out, and a vector "
                  "takes the fewer cycles the more of them there are (docs/sparsity.md).",
       .limit = {.documentation = "`skip`: with fewer `input_bits_per_cycle` than input bits; not "
                                  "with recoding, precision or transpose of each vector, structured "
                                  "weights or approximation",
                 .needs = {"operands.input", "compute.input_bits_per_cycle", "compute.recoding",
                           "precision.mode", "array.transpose", "sparsity.nonzero",
                           "sparsity.group", "approximation.or_rows",
                           "approximation.dropped_columns"},
                 .violated = zero_planes_violated},
       .only = digital_only},
      {.table = "sparsity",
       .name = "zero_rows",
       .value = choice<&MacroSpec::sparsity, &Sparsity::zero_rows>(zero_row_names),
       .meaning = "`gate`: the register of a row whose input is zero is not clocked.",
       .limit = {.documentation = "`gate`: not with recoding, precision or transpose of each vector, or "
                                  "structured weights",
                 .needs = {"compute.recoding", "precision.mode", "array.transpose",
                           "sparsity.nonzero", "sparsity.group"},
                 .violated = zero_rows_violated},
       .only = digital_only},
      {.table = "sparsity",
       .name = "nonzero",
       .value = Integer{place<&MacroSpec::sparsity, &Sparsity::nonzero>, 1, 16},
       .unit = "rows",
       .meaning = "N of an N:M structured matrix: weights that each column keeps of a group of rows, "
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
       .limit = {.documentation = "a divisor of `rows`; 1 with `transpose`, `booth`, run-time precision or "
                                  "an approximation",
                 .needs = {"array.rows", "array.transpose", "compute.recoding", "precision.mode",
                           "precision.fused_columns", "approximation.or_rows",
                           "approximation.dropped_columns"},
                 .violated = group_violated},
       .only = digital_only},

      {.table = "approximation",
       .name = "or_rows",
       .value = Integer{place<&MacroSpec::approximation, &Approximation::or_rows>, 1, 16},
       .unit = "rows",
       .meaning = "Rows whose products of one bit plane are joined by OR and added as one bit "
                  "(docs/approximation.md). 1 is exact.",
       .limit = {.documentation = "at most `rows`, and `rows_per_block` where that is set",
                 .needs = {"array.rows", "array.transpose", "compute.rows_per_block",
                           "compute.recoding", "precision.mode", "sparsity.group"},
                 .violated = or_rows_violated},
       .only = digital_only},
      {.table = "approximation",
       .name = "dropped_columns",
       .value = Integer{place<&MacroSpec::approximation, &Approximation::dropped_columns>, 0, 31},
       .unit = "bits",
       .meaning = "Lowest columns of the heap of products of a cycle that are not added. 0 is "
                  "exact.",
       .limit = {.documentation = "less than `input_bits_per_cycle` and than the weight's bits, so that "
                                  "every bit still counts; a signed input's bits are a multiple of "
                                  "`input_bits_per_cycle`",
                 .needs = {"array.rows", "array.transpose", "operands.input", "operands.weight",
                           "compute.input_bits_per_cycle", "compute.recoding", "precision.mode",
                           "sparsity.group", "output.mode", "output.bits", "output.shift"},
                 .violated = dropped_columns_violated},
       .only = digital_only},
  };
}

}  // namespace cimforge::spec
