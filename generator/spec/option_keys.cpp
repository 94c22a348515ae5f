#include <fmt/format.h>

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

std::optional<std::string> transpose_violated(const MacroSpec& spec) {
  return not_built(spec.transpose != Transpose::never, "\"never\"");
}

std::optional<std::string> recoding_violated(const MacroSpec& spec) {
  return not_built(spec.recoding != Recoding::none, "\"none\"");
}

std::optional<std::string> precision_mode_violated(const MacroSpec& spec) {
  return not_built(spec.precision.mode != PrecisionMode::fixed, "\"fixed\"");
}

std::optional<std::string> fused_columns_violated(const MacroSpec& spec) {
  return not_built(spec.precision.fused_columns != 1, "1");
}

std::optional<std::string> zero_planes_violated(const MacroSpec& spec) {
  return not_built(spec.sparsity.zero_planes != ZeroPlanes::compute, "\"compute\"");
}

std::optional<std::string> zero_rows_violated(const MacroSpec& spec) {
  return not_built(spec.sparsity.zero_rows != ZeroRows::load, "\"load\"");
}

std::optional<std::string> nonzero_violated(const MacroSpec& spec) {
  return not_built(spec.sparsity.nonzero != 1, "1");
}

std::optional<std::string> group_violated(const MacroSpec& spec) {
  return not_built(spec.sparsity.group != 1, "1");
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
          .limit = {.documentation = "nothing else is built yet", .needs = {}, .violated = transpose_violated},
          .only = digital_only};
}

Key recoding_key() {
  return {.table = "compute",
          .name = "recoding",
          .value = choice<&MacroSpec::recoding>(recoding_names),
          .meaning = "`booth`: two input bits of a cycle are recoded to one radix-4 digit from -2 "
                     "to 2, which halves the partial products (docs/booth.md).",
          .limit = {.documentation = "nothing else is built yet", .needs = {}, .violated = recoding_violated},
          .only = digital_only};
}

std::vector<Key> option_keys() {
  return {
      {.table = "precision",
       .name = "mode",
       .value = choice<&MacroSpec::precision, &Precision::mode>(precision_mode_names),
       .meaning = "`per_vector`: each vector brings the width and sign of its inputs and of the "
                  "weights (docs/precision.md).",
       .limit = {.documentation = "nothing else is built yet", .needs = {}, .violated = precision_mode_violated},
       .only = digital_only},
      {.table = "precision",
       .name = "fused_columns",
       .value = Integer{place<&MacroSpec::precision, &Precision::fused_columns>, 1, 16},
       .unit = "columns",
       .meaning = "Most neighbouring columns that hold the bits of one weight.",
       .limit = {.documentation = "nothing else is built yet", .needs = {}, .violated = fused_columns_violated},
       .only = digital_only},

      {.table = "sparsity",
       .name = "zero_planes",
       .value = choice<&MacroSpec::sparsity, &Sparsity::zero_planes>(zero_plane_names),
       .meaning = "`skip`: a cycle whose input bits are zero in every row is left out, and a vector "
                  "takes the fewer cycles the more of them there are (docs/sparsity.md).",
       .limit = {.documentation = "nothing else is built yet", .needs = {}, .violated = zero_planes_violated},
       .only = digital_only},
      {.table = "sparsity",
       .name = "zero_rows",
       .value = choice<&MacroSpec::sparsity, &Sparsity::zero_rows>(zero_row_names),
       .meaning = "`gate`: the register of a row whose input is zero is not clocked.",
       .limit = {.documentation = "nothing else is built yet", .needs = {}, .violated = zero_rows_violated},
       .only = digital_only},
      {.table = "sparsity",
       .name = "nonzero",
       .value = Integer{place<&MacroSpec::sparsity, &Sparsity::nonzero>, 1, 16},
       .unit = "rows",
       .meaning = "N of an N:M structured matrix: weights that each column has in a group of rows, "
                  "with the index of the row that each belongs to.",
       .limit = {.documentation = "nothing else is built yet", .needs = {}, .violated = nonzero_violated},
       .only = digital_only},
      {.table = "sparsity",
       .name = "group",
       .value = Integer{place<&MacroSpec::sparsity, &Sparsity::group>, 1, 16},
       .unit = "rows",
       .meaning = "M: rows of a group. 1: every row has its weight.",
       .limit = {.documentation = "nothing else is built yet", .needs = {}, .violated = group_violated},
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
       .value = Integer{place<&MacroSpec::approximation, &Approximation::dropped_columns>, 0, 15},
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
