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
