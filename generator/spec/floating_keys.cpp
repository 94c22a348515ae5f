#include <fmt/format.h>

#include <algorithm>

#include "generator/spec/floating.h"
#include "generator/spec/key_places.h"
#include "generator/spec/range.h"

namespace cimforge::spec {
namespace {

const std::vector<Kind> floating_only = {Kind::floating};

/// Rows of a block of the Microscaling formats.
constexpr int microscaling_block = 32;

bool has_scale(const MacroSpec& spec) {
  return spec.input.has_scale || spec.weight.has_scale;
}

bool has_exponent(const IntegerFormat& format) {
  return format.element != Element::integer;
}

/// Of a format with which so many are useful.
int most_guard_bits(const IntegerFormat& format, int useful) {
  if (!has_exponent(format)) return 0;
  const int significand = shape_of(format.element).fraction_bits + 1;
  return std::min(useful, most_aligned_bits - 1 - significand);
}

/// What a format of few exponents is aligned to loses nothing, and no exponents are compared.
bool is_narrow(const IntegerFormat& format) {
  return !has_exponent(format) || shape_of(format.element).largest_exponent <= 7;
}

int default_guard_bits(int most, bool to_format) {
  return std::min(most, to_format ? 6 : 3);
}

std::optional<std::string> block_rows_violated(const MacroSpec& spec) {
  const int rows = spec.floating.block_rows;
  if (spec.rows % rows == 0) return std::nullopt;
  int below = std::min(rows, spec.rows);
  while (spec.rows % below != 0) --below;
  return fmt::format("a divisor of the {} rows of the array, as {} (or rows {})", spec.rows, below,
                     (spec.rows / rows + 1) * rows);
}

std::optional<std::string> align_inputs_to_violated(const MacroSpec& spec) {
  if (spec.floating.align_inputs_to == InputTarget::format) return std::nullopt;
  if (has_exponent(spec.input)) {
    if (!aligns_products(spec) || aligns_as_read(spec)) return std::nullopt;
    return "another one, or align_weights_at \"read\" (a product has an exponent of its own in "
           "each "
           "column: weights are shifted for it when they are read)";
  }
  return fmt::format("\"format\" (input is \"{}\", whose elements have no exponents)",
                     spec.input.name());
}

std::optional<std::string> align_weights_to_violated(const MacroSpec& spec) {
  if (aligns_as_read(spec) && has_exponent(spec.weight)) {
    if (spec.floating.align_weights_to == WeightTarget::block) return std::nullopt;
    return "\"block\" with align_weights_at \"read\" (what is aligned to the format can be stored "
           "so)";
  }
  if (spec.floating.align_weights_to == WeightTarget::format) return std::nullopt;
  if (!has_exponent(spec.weight)) {
    return fmt::format("\"format\" (weight is \"{}\", whose elements have no exponents)",
                       spec.weight.name());
  }
  if (!spec.weight.has_scale) return std::nullopt;
  return fmt::format(
      "\"format\" (weight is \"{}\": what comes with a weight is its scale, and the largest "
      "element "
      "of a scaled block has an exponent near the format's largest)",
      spec.weight.name());
}

std::optional<std::string> align_weights_at_violated(const MacroSpec& spec) {
  if (aligns_as_read(spec) && has_exponent(spec.weight) && spec.storage == Storage::bitcell) {
    return "\"write\" or \"offline\" with array.storage \"bitcell\" (two vectors read codes in one "
           "cycle, and a column of bitcells has one read port; \"latch\" and \"flop\" work)";
  }
  if (has_exponent(spec.weight) || spec.floating.align_weights_at == WeightAligner::write) {
    return std::nullopt;
  }
  return fmt::format("\"write\" (weight is \"{}\": there is nothing to align)", spec.weight.name());
}

std::optional<std::string> guard_bits_violated(const IntegerFormat& format, int useful, int bits) {
  const int most = most_guard_bits(format, useful);
  if (bits <= most) return std::nullopt;
  if (!has_exponent(format)) {
    return fmt::format("0 (\"{}\" has no exponents to align)", format.name());
  }
  if (most == useful) {
    return fmt::format("between 0 and {} (with so many an element of \"{}\" loses nothing)", most,
                       format.name());
  }
  return fmt::format(
      "between 0 and {} (an aligned operand has {} bits at most, and \"{}\" has a sign and {} bits "
      "of significand)",
      most, most_aligned_bits, format.name(), shape_of(format.element).fraction_bits + 1);
}
std::optional<std::string> input_guard_bits_violated(const MacroSpec& spec) {
  if (aligns_products(spec) && spec.floating.input_guard_bits > 0) {
    return "0 with align_inputs_to \"product\" (the weight of a product is shifted, not its input)";
  }
  return guard_bits_violated(spec.input, useful_input_guard_bits(spec),
                             spec.floating.input_guard_bits);
}
std::optional<std::string> weight_guard_bits_violated(const MacroSpec& spec) {
  return guard_bits_violated(spec.weight, useful_weight_guard_bits(spec),
                             spec.floating.weight_guard_bits);
}

std::optional<std::string> sum_guard_bits_violated(const MacroSpec& spec) {
  if (spec.floating.sum_guard_bits == 0 || spec.floating.block_rows < spec.rows) {
    return std::nullopt;
  }
  return "0 with one block of rows (there are no sums to align to each other)";
}

std::optional<std::string> integer_bits_violated(const MacroSpec& spec) {
  const int bits = spec.floating.integer_bits;
  if (bits == 0) return std::nullopt;
  if (bits == 1) return "0, or between 2 and 16 (two's complement of one bit has no 1)";
  const auto most_of = [](const IntegerFormat& format, const AlignedOperand& operand) {
    return std::min(format.bits, operand.format.bits);
  };
  const int most = std::min(most_of(spec.input, aligned_input(spec)),
                            most_of(spec.weight, aligned_weight(spec)));
  const auto unsigned_integer = [](const IntegerFormat& format) {
    return format.is_integer() && !format.is_signed;
  };
  if (unsigned_integer(spec.input) || unsigned_integer(spec.weight)) {
    return "0 where an operand is unsigned (integers of a vector are two's complement)";
  }
  if (bits > most) {
    return fmt::format("{} (a code, or an aligned operand, has {} bits)",
                       most < 2 ? "0" : fmt::format("0, or between 2 and {}", most), most);
  }
  const std::int64_t product = std::int64_t{1} << (2 * (bits - 1));
  const int sum_bits = 1 + bits_up_to(product * spec.rows);
  const int result = result_shape(spec).bits;
  if (sum_bits <= result) return std::nullopt;
  return fmt::format(
      "fewer, or output.format another: a result has {} bits, and the sums of {} "
      "products of int{} have {}",
      result, spec.rows, bits, sum_bits);
}

}  // namespace

std::optional<std::string> floating_format_violated(const MacroSpec& spec,
                                                    const IntegerFormat& format) {
  if (spec.kind != Kind::floating) {
    if (format.is_integer() || format.is_bipolar || format.is_ternary) return std::nullopt;
    return fmt::format(
        "an integer format where kind is \"{}\" (exponents and scales are those of kind "
        "\"floating\")",
        to_string(spec.kind));
  }
  if (format.is_bipolar || format.is_ternary) return "another format where kind is \"floating\"";
  if (!spec.input.is_integer() || !spec.weight.is_integer()) return std::nullopt;
  return "a format with an exponent or a scale, or the other operand's one, where kind is "
         "\"floating\" (kind \"digital\" multiplies integers)";
}

Key result_format_key() {
  return {.table = "output",
          .name = "format",
          .value = choice<&MacroSpec::floating, &Floating::result>(result_format_names),
          .meaning =
              "Format of a result: `fp32` or `bf16`, rounded to nearest even; or `integer`, "
              "the sum and its exponent as they are (docs/floating.md).",
          .only = floating_only};
}

std::vector<Key> floating_keys() {
  return {
      {.table = "floating",
       .name = "block_rows",
       .value = Integer{place<&MacroSpec::floating, &Floating::block_rows>, 1, 4096},
       .unit = "rows",
       .meaning =
           "Rows of a block: they share a scale and a largest exponent, and an integer array "
           "of their own adds their products.",
       .limit = {.documentation = "a divisor of `rows`",
                 .needs = {"array.rows"},
                 .violated = block_rows_violated},
       .derived_default = {.documentation =
                               "32 of a format with a scale, where that divides `rows`; "
                               "else `rows`",
                           .set =
                               [](MacroSpec& spec) {
                                 const bool of_32 =
                                     has_scale(spec) && spec.rows % microscaling_block == 0;
                                 spec.floating.block_rows = of_32 ? microscaling_block : spec.rows;
                               }},
       .only = floating_only},
      {.table = "floating",
       .name = "align_inputs_to",
       .value = choice<&MacroSpec::floating, &Floating::align_inputs_to>(input_target_names),
       .meaning =
           "The exponent to which the inputs are aligned: the largest of the `format`, of the "
           "`vector`, or of each `block` of rows of the vector; `product`: the products of a "
           "block are aligned to the largest of them in each column.",
       .limit = {.documentation = "`format` of elements without exponent; `product` with "
                                  "`align_weights_at = \"read\"`",
                 .needs = {"operands.input", "floating.align_weights_at"},
                 .violated = align_inputs_to_violated},
       .derived_default = {.documentation = "`format` of elements of at most 6 bits or without "
                                            "exponent, else `block`",
                           .set =
                               [](MacroSpec& spec) {
                                 spec.floating.align_inputs_to = is_narrow(spec.input)
                                                                     ? InputTarget::format
                                                                     : InputTarget::block;
                               }},
       .only = floating_only},
      {.table = "floating",
       .name = "input_guard_bits",
       .value = Integer{place<&MacroSpec::floating, &Floating::input_guard_bits>, 0, 15},
       .unit = "bits",
       .meaning = "Bits of an aligned input below the significand of the largest exponent.",
       .limit = {.documentation =
                     "at most those with which nothing is lost; an aligned input has 16 "
                     "bits at most; 0 with `align_inputs_to = \"product\"`",
                 .needs = {"operands.input", "floating.align_inputs_to"},
                 .violated = input_guard_bits_violated},
       .derived_default = {.documentation = "3, or 6 with `align_inputs_to = \"format\"`, or fewer "
                                            "where they do not help or fit",
                           .set =
                               [](MacroSpec& spec) {
                                 Floating& floating = spec.floating;
                                 floating.input_guard_bits = default_guard_bits(
                                     most_guard_bits(spec.input, useful_input_guard_bits(spec)),
                                     floating.align_inputs_to == InputTarget::format);
                               }},
       .only = floating_only},
      {.table = "floating",
       .name = "align_weights_to",
       .value = choice<&MacroSpec::floating, &Floating::align_weights_to>(weight_target_names),
       .meaning =
           "The exponent to which the weights are aligned: the largest of the `format`, or one "
           "of each column of a `block` of rows, which comes with the weights or is found as they "
           "are read.",
       .limit = {.documentation =
                     "`format` of elements without exponent and of formats with a scale; "
                     "`block` with `align_weights_at = \"read\"`",
                 .needs = {"operands.weight", "floating.align_weights_at"},
                 .violated = align_weights_to_violated},
       .derived_default = {.documentation = "`block` with `read`; else `format` of those and of "
                                            "elements of at most 6 bits, and `block` of others",
                           .set =
                               [](MacroSpec& spec) {
                                 const bool to_format =
                                     !(aligns_as_read(spec) && has_exponent(spec.weight)) &&
                                     (is_narrow(spec.weight) || spec.weight.has_scale);
                                 spec.floating.align_weights_to =
                                     to_format ? WeightTarget::format : WeightTarget::block;
                               }},
       .only = floating_only},
      {.table = "floating",
       .name = "align_weights_at",
       .value = choice<&MacroSpec::floating, &Floating::align_weights_at>(weight_aligner_names),
       .meaning =
           "`write`: the weight port takes codes of `weight` and aligns them. `offline`: it "
           "takes aligned weights, as `cimforge align` makes them. `read`: codes are stored, and "
           "aligned for each vector, to the largest exponent of their column and block.",
       .limit = {.documentation = "`write` of elements without exponent; not `read` with bitcells",
                 .needs = {"operands.weight", "array.storage"},
                 .violated = align_weights_at_violated},
       .only = floating_only},
      {.table = "floating",
       .name = "weight_guard_bits",
       .value = Integer{place<&MacroSpec::floating, &Floating::weight_guard_bits>, 0, 15},
       .unit = "bits",
       .meaning = "Bits of an aligned weight below the significand of the largest exponent.",
       .limit = {.documentation = "at most those with which nothing is lost; an aligned weight has "
                                  "16 bits at most",
                 .needs = {"operands.input", "operands.weight", "floating.align_inputs_to"},
                 .violated = weight_guard_bits_violated},
       .derived_default = {.documentation =
                               "3, or 6 with `align_weights_to = \"format\"`, or fewer "
                               "where they do not help or fit",
                           .set =
                               [](MacroSpec& spec) {
                                 Floating& floating = spec.floating;
                                 floating.weight_guard_bits = default_guard_bits(
                                     most_guard_bits(spec.weight, useful_weight_guard_bits(spec)),
                                     floating.align_weights_to == WeightTarget::format);
                               }},
       .only = floating_only},
      {.table = "floating",
       .name = "rounding",
       .value = choice<&MacroSpec::floating, &Floating::rounding>(rounding_names),
       .meaning =
           "What becomes of bits that alignment shifts out: `truncate` drops them, "
           "`nearest_even` rounds, `sticky` joins them by OR with the lowest bit that stays.",
       .only = floating_only},
      {.table = "floating",
       .name = "sum_guard_bits",
       .value = Integer{place<&MacroSpec::floating, &Floating::sum_guard_bits>, 0, 8},
       .unit = "bits",
       .meaning =
           "Bits of the sum of all blocks below the lowest bit of the block with the largest "
           "exponent.",
       .limit = {.documentation = "0 with one block",
                 .needs = {"array.rows", "floating.block_rows"},
                 .violated = sum_guard_bits_violated},
       .derived_default = {.documentation = "3, or 0 with one block",
                           .set =
                               [](MacroSpec& spec) {
                                 const bool one = spec.floating.block_rows >= spec.rows;
                                 spec.floating.sum_guard_bits = one ? 0 : 3;
                               }},
       .only = floating_only},
      {.table = "floating",
       .name = "integer_bits",
       .value = Integer{place<&MacroSpec::floating, &Floating::integer_bits>, 0, 16},
       .unit = "bits",
       .meaning =
           "Both operands are two's complement integers of so many bits, and the result is "
           "their sum, where a pin says so: `in_integer_i` for a vector, "
           "`weight_integer_i` for a row of weights, but with `align_weights_at = \"read\"`. 0: "
           "there are no such pins.",
       .limit = {.documentation = "at most the bits of a code and of an aligned operand; their sum "
                                  "fits the result",
                 .needs = {"array.rows", "operands.input", "operands.weight", "floating.block_rows",
                           "floating.align_inputs_to", "floating.align_weights_to",
                           "floating.input_guard_bits", "floating.weight_guard_bits",
                           "floating.sum_guard_bits", "output.format"},
                 .violated = integer_bits_violated},
       .only = floating_only},
  };
}

}  // namespace cimforge::spec
