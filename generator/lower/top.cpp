#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "generator/lower/binary.h"
#include "generator/lower/booth.h"
#include "generator/lower/modules.h"
#include "generator/lower/names.h"
#include "generator/lower/precision.h"
#include "generator/lower/protection.h"
#include "generator/lower/structure.h"
#include "generator/spec/protection.h"
#include "generator/spec/structure.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

/// Empty where the sums are exact.
std::string describe_approximation(const spec::MacroSpec& spec) {
  std::string text;
  if (spec.approximation.or_rows > 1) {
    text += fmt::format(
        "\n\nApproximate: the products of a bit plane of {} neighbouring rows are joined by OR.",
        spec.approximation.or_rows);
  }
  if (spec.approximation.dropped_columns > 0) {
    text += fmt::format(
        "\n\nApproximate: products of bit j of a digit and bit b of a weight with j + b < {} are\n"
        "left out.",
        spec.approximation.dropped_columns);
  }
  return text;
}

/// Empty where both operands are integers.
std::string describe_binary(const spec::MacroSpec& spec) {
  std::string text;
  if (spec.input.is_bipolar || spec.weight.is_bipolar) {
    text += "\n\nBipolar: the bit 1 is +1, the bit 0 is -1.";
  }
  if (spec.weight.is_ternary) {
    text +=
        "\n\nTernary weights are written as 11 (-1), 00 and 01, and stored as two planes; 10 "
        "counts as -1.";
  }
  return text;
}

/// Empty without recoding.
std::string describe_booth(const plan::MacroPlan& plan) {
  if (!plan.booth) return "";
  return "\n\nBooth: the input bits of a cycle are recoded to digits of -2 to 2. A negative\n"
         "product is the inverse of the positive one; what that lacks is counted once.";
}

/// What a reader has to know of a macro that leaves out zeros; empty for others.
std::string describe_sparsity(const plan::MacroPlan& plan) {
  std::string text;
  if (plan.skipping) {
    text +=
        "\n\nDigits that are zero in every row are skipped: a vector takes one cycle for each of "
        "the\n"
        "others, at least one, and its result appears as much earlier.";
  }
  if (plan.spec.sparsity.zero_rows == spec::ZeroRows::gate) {
    text += "\n\nThe input register of a row is not clocked while its input is zero.";
  }
  return text;
}

/// Empty without check bits.
std::string describe_protection(const plan::MacroPlan& plan) {
  if (!plan.protection) return "";
  std::string text = fmt::format(
      "\n\nEach stored weight has {} check bit{}. {}", plan.protection->check_bits,
      plan.protection->check_bits == 1 ? "" : "s",
      spec::mends(plan.spec)
          ? "One wrong bit of its word is mended before it is multiplied;\ntwo flag the result of "
            "the column (out_error_o)."
          : "One wrong bit of its word flags the result of the column\n(out_error_o).");
  if (spec::scrubs(plan.spec)) {
    text +=
        "\nRows are read one after the other, and written again where a bit of them was mended.";
  }
  return text;
}

std::string describe(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const std::string structure =
      !is_structured(plan)
          ? ""
          : fmt::format(
                "Of each group of {1} rows a column keeps {0} weights, each with the index i of "
                "its row:\ny[c] = sum over stored rows p of x[{1} * (p / {0}) + i[p][c]] * "
                "W[p][c]; an index past the group\nselects nothing.\n\n",
                spec.sparsity.nonzero, spec.sparsity.group);
  if (plan.precision) {
    return structure + describe_precision(plan) +
           (transposes(plan) ? "\n\nOr y[r] = sum over c of x[c] * W[r][c], with in_transpose_i."
                             : "") +
           describe_sparsity(plan) + describe_protection(plan);
  }
  return structure +
         fmt::format(
             "{} x {} {} weights in {} bank{} of {} storage, {} inputs, {} bit{} a cycle.\n"
             "{}y[c] = sum over r of x[r] * W[r][c], {}{}. A vector takes {} cycle{}; its "
             "result appears\n"
             "{} cycles after the edge that accepts it.\n"
             "\n"
             "Offsets: products of negative weight enter the trees inverted (-p = ~p - 1), so that "
             "every sum\n"
             "in a slice is unsigned; one constant{} takes all the offsets off again.{}",
             spec.rows, spec.columns, spec.weight.name(), spec.banks, spec.banks == 1 ? "" : "s",
             spec::to_string(spec.storage), spec.input.name(), plan.digit_bits,
             plan.digit_bits == 1 ? "" : "s",
             plan.threshold_bits > 0 ? "A result is 1 where y[c] is at least the threshold of "
                                       "column c, one for each bank.\n"
                                     : "",
             transposes(plan) ? "or y[r] = sum over c of x[c] * W[r][c] with in_transpose_i,\n"
                              : "",
             plan.threshold_bits > 0
                 ? fmt::format("with thresholds of {} bits", plan.threshold_bits)
                 : fmt::format("{} {} bits", plan.output_signed ? "two's complement" : "unsigned",
                               plan.output_bits),
             plan.steps, plan.steps == 1 ? "" : "s", plan.latency,
             plan.skipping     ? " for each digit that a vector visits"
             : plan.steps == 1 ? ""
                               : ", the accumulator's initial value and what is fed behind it,",
             describe_approximation(spec) + describe_booth(plan) + describe_sparsity(plan) +
                 describe_protection(plan) + describe_binary(spec));
}

/// The stream of vectors as the sequencer has it: held back while thresholds wait.
std::string accepted(const plan::MacroPlan& plan, const std::string& name, const char* port) {
  return plan.threshold_bits > 0 ? name : name + port;
}

/// The sequencer of a macro that skips digits, and the vectors that it has for others.
Instance skipping_sequencer(const plan::MacroPlan& plan, Items& items,
                            const std::string& rank_enable, const std::string& negate) {
  const int ranks = plan.spec.pipeline_stages;
  const std::string visited = plan.skipping->corrects() ? "visited" : "unused_visited";
  items.push_back(
      Declaration{false, integer(plan.steps), {"nonzero", "digit_select", "place", visited}});
  return Instance{
      "cim_skipping_sequencer",
      {connect("STEPS", integer(plan.steps)), connect("PIPELINE", integer(ranks)),
       connect("RANK_BITS", integer(std::max(1, ranks))),
       connect("NEGATE_STAGE", integer(plan.top_stage)),
       connect("BANK_BITS", integer(std::max(1, plan.bank_bits)))},
      "u_sequencer",
      {same("clk_i"), same("rst_ni"), connect("in_valid_i", accepted(plan, "in_valid", "_i")),
       connect("in_ready_o", accepted(plan, "in_ready", "_o")), connect("in_bank_i", "in_bank"),
       connect("nonzero_i", "nonzero"), connect("hold_i", "hold"), connect("take_o", "take"),
       connect("busy_o", "busy"), connect("bank_o", "bank"), connect("digit_o", "digit_select"),
       connect("rank_enable_o", rank_enable), connect("negate_o", negate),
       connect("first_o", "first"), connect("place_o", "place"), connect("visited_o", visited),
       connect("accumulate_o", "accumulate"), connect("result_valid_o", "result_valid"),
       connect("result_ready_i", "result_ready")}};
}

/// The accumulators' start value.
void emit_skipped_offset(const plan::MacroPlan& plan, Items& items) {
  std::vector<Expression> terms;  // the highest digit first
  for (auto term = plan.skipping->terms.rbegin(); term != plan.skipping->terms.rend(); ++term) {
    terms.push_back(literal_hex(plan.acc_bits, *term));
  }
  items.push_back(Blank{});
  items.push_back(Declaration{false, integer(plan.acc_bits), {"start"}});
  items.push_back(Instance{
      "cim_skipped_offset",
      {connect("STEPS", integer(plan.steps)), connect("WIDTH", integer(plan.acc_bits)),
       connect("TERMS", concatenation(std::move(terms)))},
      "u_offset",
      {connect("first_i", "first"), connect("visited_i", "visited"), connect("start_o", "start")}});
}

/// The input register.
Instance input_register(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const bool gated = spec.sparsity.zero_rows == spec::ZeroRows::gate;
  const bool selects = plan.skipping || plan.precision;
  // The bits of a digit that a vector of run-time precision does not have are none.
  const bool extends = spec.input.is_signed && !plan.precision;
  Instance instance{
      selects ? "cim_digit_selector"
      : gated ? "cim_gated_serializer"
              : "cim_input_serializer",
      {connect("ROWS", integer(spec.rows)), connect("BITS", integer(spec.input.bits)),
       connect("DIGIT", integer(plan.digit_bits)), connect("STEPS", integer(plan.steps)),
       connect("SIGNED", integer(extends ? 1 : 0))},
      "u_input",
      {same("clk_i")}};
  if (selects || gated) {
    const bool test = gated && spec.test_mode == spec::TestMode::pin;
    instance.connections.push_back(
        connect("test_mode_i", test ? id("test_mode_i") : literal(1, 0)));
  }
  instance.connections.push_back(connect("load_i", "take"));
  if (selects) {
    instance.parameters.push_back(connect("GATED", integer(gated ? 1 : 0)));
    instance.parameters.push_back(connect("FINDS", integer(plan.skipping ? 1 : 0)));
    instance.connections.push_back(connect("select_i", plan.precision ? "plane" : "digit_select"));
  } else {
    instance.connections.push_back(
        connect("shift_i", plan.steps > 1 ? id("shift") : literal(1, 0)));
  }
  instance.connections.push_back(connect("codes_i", "in_data_i"));
  instance.connections.push_back(connect("digit_o", "digit"));
  if (selects) {
    instance.connections.push_back(
        connect("nonzero_o", plan.skipping ? "nonzero" : "unused_nonzero"));
  }
  return instance;
}

/// The weight bus and the word lines.
void emit_weight_port(const plan::MacroPlan& plan, Items& items) {
  const spec::MacroSpec& spec = plan.spec;
  const int bank_bits = std::max(1, plan.bank_bits);
  const int row_bits = std::max(1, plan.row_bits);
  const bool scrubs = spec::scrubs(spec);
  items.push_back(Blank{});
  declare_scrubbing(plan, items);
  items.push_back(Declaration{false, std::nullopt, {"weight_load"}});
  items.push_back(Declaration{
      false, integer(spec.banks * spec::stored_rows(spec)), {"write_enable", "word_line"}});
  items.push_back(Instance{
      "cim_weight_port",
      {connect("ROWS", integer(spec::stored_rows(spec))), connect("BANKS", integer(spec.banks)),
       connect("ROW_BITS", integer(row_bits)), connect("BANK_BITS", integer(bank_bits))},
      "u_weight_port",
      {same("clk_i"), same("rst_ni"),
       connect("weight_valid_i", scrubs ? "port_valid" : "weight_valid_i"), same("weight_ready_o"),
       connect("weight_bank_i", scrubs ? "port_bank" : "weight_bank"),
       connect("weight_row_i", scrubs ? "port_row" : "weight_row"), connect("take_i", "take"),
       connect("take_bank_i", "in_bank"), connect("busy_i", "busy"), connect("busy_bank_i", "bank"),
       connect("hold_o", "hold"), connect("load_o", "weight_load"),
       connect("enable_o", "write_enable")}});
  if (spec.storage != spec::Storage::flop) {
    const bool test = spec.test_mode == spec::TestMode::pin;
    Instance gate{test ? "cim_word_line_test_gate" : "cim_word_line_gate",
                  {connect("WIDTH", integer(spec.banks * spec::stored_rows(spec)))},
                  "u_word_lines",
                  {same("clk_i")}};
    if (test) gate.connections.push_back(same("test_mode_i"));
    gate.connections.push_back(connect("enable_i", "write_enable"));
    gate.connections.push_back(connect("word_line_o", "word_line"));
    items.push_back(std::move(gate));
  } else {
    items.push_back(Assign{id("word_line"), id("write_enable")});
  }
}

void emit_control(const plan::MacroPlan& plan, Items& items) {
  const spec::MacroSpec& spec = plan.spec;
  const int bank_bits = std::max(1, plan.bank_bits);
  const int ranks = spec.pipeline_stages;
  const int step_bits =
      std::max(1, static_cast<int>(std::bit_width(static_cast<unsigned>(plan.steps - 1))));
  const auto unused_unless = [](bool used, const std::string& name) {
    return used ? name : "unused_" + name;
  };
  const std::string shift = unused_unless(plan.steps > 1, "shift");
  const std::string rank_enable = unused_unless(ranks > 0, "rank_enable");
  const std::string negate =
      unused_unless(!plan.top_heap.empty() || (plan.booth && plan.booth->reads_first), "negate");
  const std::string first = unused_unless(plan.steps > 1, "first");
  const std::string accumulate = unused_unless(plan.steps > 1, "accumulate");
  // What the weight port asks for.
  const std::string busy = unused_unless(!spec.weights_outside, "busy");
  const std::string bank = unused_unless(!spec.weights_outside, "bank");
  const std::string load_skid = unused_unless(plan.skid, "result_load_skid");
  const std::string move = unused_unless(plan.skid, "result_move");

  items.push_back(Comment{"Control"});
  std::vector<std::string> bits = {"hold", "take"};
  if (plan.threshold_bits > 0) bits.insert(bits.end(), {"in_valid", "in_ready"});
  if (!plan.skipping && !plan.precision) bits.push_back(shift);
  bits.push_back(busy);
  if (!plan.precision) bits.push_back(negate);
  for (const std::string& name : {plan.precision ? std::string("first") : first,
                                  plan.precision ? std::string("accumulate") : accumulate,
                                  std::string("result_valid"), std::string("result_ready")}) {
    bits.push_back(name);
  }
  items.push_back(Declaration{false, std::nullopt, std::move(bits)});
  std::vector<std::string> banks = {"in_bank"};
  if (!spec.weights_outside) banks.emplace_back("weight_bank");
  banks.push_back(bank);
  items.push_back(Declaration{false, integer(bank_bits), std::move(banks)});
  if (!spec.weights_outside) {
    items.push_back(Declaration{false, integer(std::max(1, plan.row_bits)), {"weight_row"}});
  }
  items.push_back(Declaration{false, integer(std::max(1, ranks)), {rank_enable}});
  const auto pin_or_zero = [](bool pin, const char* name) {
    return pin ? id(name) : literal(1, 0);
  };
  items.push_back(Assign{id("in_bank"), pin_or_zero(plan.bank_bits > 0, "in_bank_i")});
  if (!spec.weights_outside) {
    items.push_back(Assign{id("weight_bank"), pin_or_zero(plan.bank_bits > 0, "weight_bank_i")});
    items.push_back(Assign{id("weight_row"), pin_or_zero(plan.row_bits > 0, "weight_row_i")});
  }
  if (plan.precision) {
    emit_precision_sequencer(plan, items, rank_enable);
  } else if (plan.skipping) {
    items.push_back(skipping_sequencer(plan, items, rank_enable, negate));
  } else {
    items.push_back(Instance{
        "cim_sequencer",
        {connect("STEPS", integer(plan.steps)), connect("STEP_BITS", integer(step_bits)),
         connect("PIPELINE", integer(ranks)), connect("RANK_BITS", integer(std::max(1, ranks))),
         connect("NEGATE_STAGE", integer(plan.top_stage)),
         connect("BANK_BITS", integer(bank_bits))},
        "u_sequencer",
        {same("clk_i"), same("rst_ni"), connect("in_valid_i", accepted(plan, "in_valid", "_i")),
         connect("in_ready_o", accepted(plan, "in_ready", "_o")), connect("in_bank_i", "in_bank"),
         connect("hold_i", "hold"), connect("take_o", "take"), connect("shift_o", shift),
         connect("busy_o", busy), connect("bank_o", bank), connect("rank_enable_o", rank_enable),
         connect("negate_o", negate), connect("first_o", first),
         connect("accumulate_o", accumulate), connect("result_valid_o", "result_valid"),
         connect("result_ready_i", "result_ready")}});
  }

  if (spec.weights_outside) {
    items.push_back(Assign{id("hold"), literal(1, 0)});
  } else {
    emit_weight_port(plan, items);
  }

  if (plan.threshold_bits > 0) emit_threshold_port(plan, items);

  items.push_back(Blank{});
  items.push_back(Declaration{false, std::nullopt, {"result_load", load_skid, move}});
  items.push_back(
      Instance{"cim_output_stage",
               {connect("SKID", integer(plan.skid ? 1 : 0))},
               "u_output_stage",
               {same("clk_i"), same("rst_ni"), connect("result_valid_i", "result_valid"),
                connect("result_ready_o", "result_ready"), connect("load_o", "result_load"),
                connect("load_skid_o", load_skid), connect("move_o", move), same("out_valid_o"),
                same("out_ready_i")}});

  if (plan.correction.feeds()) {
    // The digits of steps 1 to n - 1, in the order of cim_digit_feed: step 0 highest.
    std::vector<Expression> digits;
    for (const std::uint32_t digit : plan.correction.feed) {
      digits.push_back(literal(plan.digit_bits, digit));
    }
    items.push_back(Blank{});
    items.push_back(Declaration{false, integer(plan.digit_bits), {"feed"}});
    items.push_back(Instance{
        "cim_digit_feed",
        {connect("STEPS", integer(plan.steps)), connect("STEP_BITS", integer(step_bits)),
         connect("DIGIT", integer(plan.digit_bits)), connect("DIGITS", concatenation(digits))},
        "u_feed",
        {same("clk_i"), same("rst_ni"), connect("enable_i", "accumulate"),
         connect("digit_o", "feed")}});
  }

  if (plan.skipping && plan.skipping->corrects()) emit_skipped_offset(plan, items);

  items.push_back(Blank{});
  items.push_back(Comment{"Input"});
  items.push_back(Declaration{false, integer(plan.digit_planes() * spec.rows), {"digit"}});
  if (plan.booth) {
    items.push_back(booth_input(plan));
    items.push_back(Blank{});
    items.push_back(Declaration{false, integer(plan.booth->count_bits), {"negatives"}});
    items.push_back(booth_count_instance(plan));
    return;
  }
  items.push_back(input_register(plan));
}

/// Slice `number`, of `count` lanes whose first column is `first`.
Instance slice_instance(const plan::MacroPlan& plan, const std::string& name,
                        const Expression& number, const Expression& count,
                        const Expression& first) {
  const auto columns = [&](const char* vector, int bits) {
    return part(id(vector), first * integer(bits), count * integer(bits));
  };
  Instance instance{slice_module(plan), {connect("LANES", count)}, name, {}};
  auto& pins = instance.connections;
  pins.push_back(same("clk_i"));
  if (transposes(plan)) {
    const int bits = plan.spec.rows * plan.spec.weight.bits;
    pins.push_back(connect("transpose_i", "transpose"));
    pins.push_back(connect("weight_i", columns("weight", bits)));
    pins.push_back(connect("weight_t_i", columns("weight_t", bits)));
  } else if (plan.spec.weights_outside) {
    pins.push_back(
        connect("weight_i", columns("weight_i", plan.spec.rows * plan.spec.weight.bits)));
  } else {
    pins.push_back(connect("weight_load_i", "weight_load"));
    pins.push_back(connect("weight_data_i", columns("weight_data_i", plan.spec.weight.bits)));
    if (is_structured(plan)) {
      pins.push_back(
          connect("weight_index_i", columns("weight_index_i", spec::index_bits(plan.spec))));
    }
    pins.push_back(connect("word_line_i", "word_line"));
    if (plan.bank_bits > 0) pins.push_back(connect("bank_i", read_bank(plan)));
  }
  pins.push_back(connect("digit_i", "digit"));
  if (plan.booth) pins.push_back(connect("negatives_i", "negatives"));
  for (const int rank : slice_ranks(plan)) {
    pins.push_back(connect(rank_enable_port(rank), select(id("rank_enable"), integer(rank - 1))));
  }
  if (plan.precision) connect_precision(plan, pins, count);
  if (!plan.top_heap.empty() && !plan.precision) pins.push_back(connect("negate_i", "negate"));
  if (plan.steps > 1 && !plan.precision) {
    pins.push_back(connect("first_i", "first"));
    if (plan.correction.feeds()) pins.push_back(connect("feed_i", "feed"));
    if (plan.skipping) pins.push_back(connect("place_i", "place"));
    if (plan.skipping && plan.skipping->corrects()) pins.push_back(connect("start_i", "start"));
    pins.push_back(connect("accumulate_i", "accumulate"));
  }
  if (plan.threshold_bits > 0) connect_thresholds(plan, pins, count, first);
  pins.push_back(connect("result_load_i", "result_load"));
  if (plan.skid) {
    pins.push_back(connect("result_load_skid_i", "result_load_skid"));
    pins.push_back(connect("result_move_i", "result_move"));
  }
  pins.push_back(connect("out_data_o", columns("out_data_o", plan.output_bits)));
  if (plan.protection) connect_slice_errors(plan, number, first, count, pins);
  return instance;
}

void emit_slices(const plan::MacroPlan& plan, Items& items) {
  items.push_back(Blank{});
  items.push_back(Comment{fmt::format(
      "{} columns in slices of LANES; what is left over is a smaller one", plan.spec.columns)});
  items.push_back(LocalParameter{{"COLUMNS", integer(plan.spec.columns)}});
  items.push_back(LocalParameter{{"FULL_SLICES", id("COLUMNS") / lanes()}});
  items.push_back(LocalParameter{{"LAST_LANES", id("COLUMNS") % lanes()}});
  if (transposes(plan)) emit_transposable_array(plan, items);
  if (plan.protection) declare_slice_errors(plan, items);
  items.push_back(
      GenerateFor{"g_slice",
                  "slice",
                  id("FULL_SLICES"),
                  {slice_instance(plan, "u_slice", id("slice"), lanes(), id("slice") * lanes())}});
  items.push_back(GenerateIf{"g_last_slice",
                             not_equal(id("LAST_LANES"), integer(0)),
                             {slice_instance(plan, "u_last_slice", id("FULL_SLICES"),
                                             id("LAST_LANES"), id("FULL_SLICES") * lanes())}});
  if (plan.protection) emit_error_control(plan, items);
}

}  // namespace

void add_ports(const plan::MacroPlan& plan, std::vector<Port>& ports) {
  const spec::MacroSpec& spec = plan.spec;
  const auto port = [&](Direction direction, const std::string& name, int width,
                        const std::string& comment = "") {
    ports.push_back({direction, name, width == 0 ? std::nullopt : std::optional(integer(width)),
                     comment, false});
  };
  const auto code = [](const char* what, int bits) {
    return fmt::format("{} at [{}*{} +: {}]", what, what[0], bits, bits);
  };
  port(Direction::input, "clk_i", 0);
  port(Direction::input, "rst_ni", 0, "asserted asynchronously, released synchronously");
  if (spec.weights_outside) {
    port(Direction::input, "weight_i", spec.rows * spec.columns * spec.weight.bits,
         "slice behind slice, in each plane r*bits + b of LANES columns: bit b of row r");
    port(Direction::input, "in_valid_i", 0, "one input vector a transfer");
    port(Direction::output, "in_ready_o", 0);
    port(Direction::input, "in_data_i", spec.rows * spec.input.bits,
         code("row r", spec.input.bits));
    port(Direction::output, "out_valid_o", 0, "one result a transfer, in order");
    port(Direction::input, "out_ready_i", 0);
    port(Direction::output, "out_data_o", spec.columns * plan.output_bits,
         code("column c", plan.output_bits));
    return;
  }
  port(Direction::input, "weight_valid_i", 0, "one row of weights a transfer");
  port(Direction::output, "weight_ready_o", 0);
  if (plan.bank_bits > 0) port(Direction::input, "weight_bank_i", plan.bank_bits);
  if (plan.row_bits > 0) port(Direction::input, "weight_row_i", plan.row_bits);
  const int weight_bits = plan.floating ? plan.floating->port_bits : spec.weight.bits;
  port(Direction::input, "weight_data_i", spec.columns * weight_bits,
       code("column c", weight_bits));
  if (plan.floating) add_weight_side_ports(plan, ports);
  if (is_structured(plan)) {
    const int bits = spec::index_bits(spec);
    port(Direction::input, "weight_index_i", spec.columns * bits, code("column c", bits));
  }
  add_threshold_ports(plan, ports);
  port(Direction::input, "in_valid_i", 0, "one input vector a transfer");
  port(Direction::output, "in_ready_o", 0);
  if (plan.bank_bits > 0) port(Direction::input, "in_bank_i", plan.bank_bits);
  if (transposes(plan)) {
    port(Direction::input, "in_transpose_i", 0, "y[r] = sum over c of x[c] * W[r][c]");
  }
  if (plan.precision) {
    port(Direction::input, "in_signed_i", 0, "inputs of this vector");
    port(Direction::input, "in_weight_signed_i", 0, "weights, for this vector");
    if (plan.precision->last_bits > 0) {
      port(Direction::input, "in_last_bit_i", plan.precision->last_bits,
           "bits of its inputs, less one");
    }
    if (plan.precision->fuse_bits > 0) {
      port(Direction::input, "in_fuse_i", plan.precision->fuse_bits,
           "log2 of the columns that hold a weight");
    }
  }
  port(Direction::input, "in_data_i", spec.rows * spec.input.bits, code("row r", spec.input.bits));
  if (plan.floating) add_input_side_ports(plan, ports);
  port(Direction::output, "out_valid_o", 0, "one result a transfer, in order");
  port(Direction::input, "out_ready_i", 0);
  port(Direction::output, "out_data_o", spec.columns * plan.output_bits,
       code("column c", plan.output_bits));
  if (spec.test_mode == spec::TestMode::pin) {
    port(Direction::input, "test_mode_i", 0, "holds the clock gates open");
  }
  if (plan.shell) add_shell_ports(plan, ports);
  if (plan.protection) add_error_ports(plan, ports);
}

Module top(const plan::MacroPlan& plan) {
  Module module;
  module.name = plan.spec.name;
  module.header = describe(plan);
  module.parameters = {{"LANES", integer(plan.lanes)}};
  add_ports(plan, module.ports);
  emit_control(plan, module.items);
  emit_slices(plan, module.items);
  return module;
}

}  // namespace cimforge::lower
