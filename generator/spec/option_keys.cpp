#include <fmt/format.h>

#include "generator/spec/key_places.h"

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

std::optional<std::string> or_rows_violated(const MacroSpec& spec) {
  return not_built(spec.approximation.or_rows != 1, "1");
}

std::optional<std::string> dropped_columns_violated(const MacroSpec& spec) {
  return not_built(spec.approximation.dropped_columns != 0, "0");
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
       .limit = {.documentation = "nothing else is built yet", .needs = {}, .violated = or_rows_violated},
       .only = digital_only},
      {.table = "approximation",
       .name = "dropped_columns",
       .value = Integer{place<&MacroSpec::approximation, &Approximation::dropped_columns>, 0, 31},
       .unit = "bits",
       .meaning = "Lowest columns of the heap of products of a cycle that are not added. 0 is "
                  "exact.",
       .limit = {.documentation = "nothing else is built yet", .needs = {}, .violated = dropped_columns_violated},
       .only = digital_only},
  };
}

}  // namespace cimforge::spec
