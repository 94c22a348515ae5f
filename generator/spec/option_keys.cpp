#include <fmt/format.h>

#include <bit>

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
          .limit = {.documentation = "nothing else is built yet", .needs = {}, .violated = recoding_violated},
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
