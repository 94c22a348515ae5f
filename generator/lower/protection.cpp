#include "generator/lower/protection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "generator/lower/names.h"
#include "generator/lower/structure.h"
#include "generator/spec/protection.h"
#include "generator/spec/structure.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

using Operation = std::function<Expression(const Expression&, const Expression&)>;

Expression exclusive(const Expression& a, const Expression& b) {
  return a ^ b;
}
Expression either(const Expression& a, const Expression& b) {
  return a | b;
}
Expression both(const Expression& a, const Expression& b) {
  return a & b;
}

/// A tree of gates with two inputs of as few levels as it takes.
Expression joined(const std::vector<Expression>& terms, const Operation& operation) {
  std::vector<Expression> level = terms;
  while (level.size() > 1) {
    std::vector<Expression> next;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) {
      next.push_back(operation(level[i], level[i + 1]));
    }
    if (level.size() % 2 == 1) next.push_back(level.back());
    level = std::move(next);
  }
  return level.front();
}

/// Whether some bit of the vector is 1.
Expression any(const std::string& vector, const Expression& bits) {
  return not_equal(id(vector), replication(bits, literal(1, 0)));
}

std::string describe_code(const plan::MacroPlan& plan) {
  const plan::ProtectionPlan& code = *plan.protection;
  return spec::mends(plan.spec)
             ? fmt::format(
                   "a SECDED code of {} data and {} check bits (Hsiao 1970): the data bits\n"
                   "enter three or five check bits each, every one others",
                   code.data_bits, code.check_bits)
             : fmt::format("one parity bit of {} data bits", code.data_bits);
}

/// The data bits that enter a check bit.
std::vector<Expression> entering(const plan::ProtectionPlan& code, int check,
                                 const std::string& planes) {
  std::vector<Expression> bits;
  for (int bit = 0; bit < code.data_bits; ++bit) {
    if ((code.columns[static_cast<std::size_t>(bit)] >> check & 1U) == 0) continue;
    bits.push_back(plane(planes, bit));
  }
  return bits;
}

Connection lanes_parameter() {
  return connect("LANES", lanes());
}

}  // namespace

int word_bits(const plan::MacroPlan& plan) {
  return spec::word_bits(plan.spec);
}

bool counts_mended_results(const plan::MacroPlan& plan) {
  return plan.protection && spec::mends(plan.spec) && !spec::scrubs(plan.spec);
}

Module encode(const plan::MacroPlan& plan) {
  const plan::ProtectionPlan& code = *plan.protection;
  Module module;
  module.name = encode_module(plan);
  module.header = fmt::format("The check bits of {}.", describe_code(plan));
  module.parameters = {{"LANES", integer(plan.lanes)}};
  module.ports = {{Direction::input, "data_i", lanes_times(code.data_bits),
                   "bit b of every lane at [b*LANES +: LANES]", false},
                  {Direction::output, "check_o", lanes_times(code.check_bits), "likewise", false}};
  for (int check = 0; check < code.check_bits; ++check) {
    module.items.push_back(
        Assign{plane("check_o", check), joined(entering(code, check, "data_i"), exclusive)});
  }
  return module;
}

Module decode(const plan::MacroPlan& plan) {
  const plan::ProtectionPlan& code = *plan.protection;
  const bool mends = spec::mends(plan.spec);
  Module module;
  module.name = decode_module(plan);
  module.header = fmt::format(
      "The data of words of {}.\n{}", describe_code(plan),
      mends
          ? "One wrong bit of a word is mended, two are told. The syndrome has 1s where check "
            "bits\n"
            "differ from those of the data: an odd number after one wrong bit, an even one after\n"
            "two. A data bit is turned around where the syndrome has the bits that are its alone\n"
            "among single errors."
          : "One wrong bit of a word is told.");
  module.parameters = {{"LANES", integer(plan.lanes)}};
  module.ports = {{Direction::input, "word_i", lanes_times(code.data_bits + code.check_bits),
                   "data, then check bits: bit b of every lane at [b*LANES +: LANES]", false},
                  {Direction::output, "data_o", lanes_times(code.data_bits), "", false}};
  if (mends) {
    module.ports.push_back({Direction::output, "mended_o", lanes(), "a bit was wrong", false});
  }
  module.ports.push_back({Direction::output, "uncorrectable_o", lanes(),
                          mends ? "two bits are wrong" : "a bit is wrong", false});
  Items& items = module.items;
  std::vector<Expression> syndrome;
  Declaration declaration{false, lanes(), {}};
  Items assigns;
  for (int check = 0; check < code.check_bits; ++check) {
    std::vector<Expression> bits = entering(code, check, "word_i");
    bits.push_back(plane("word_i", code.data_bits + check));
    const std::string name = fmt::format("s{}", check);
    declaration.names.push_back(name);
    assigns.push_back(Assign{id(name), joined(bits, exclusive)});
    syndrome.push_back(id(name));
  }
  items.push_back(std::move(declaration));
  items.insert(items.end(), assigns.begin(), assigns.end());
  if (!mends) {
    items.push_back(
        Assign{id("data_o"), part(id("word_i"), integer(0), lanes_times(code.data_bits))});
    items.push_back(Assign{id("uncorrectable_o"), syndrome.front()});
    return module;
  }
  items.push_back(Blank{});
  for (int bit = 0; bit < code.data_bits; ++bit) {
    const auto place = static_cast<std::size_t>(bit);
    std::vector<Expression> matches;
    for (int check = 0; check < code.check_bits; ++check) {
      if ((code.matches[place] >> check & 1U) == 0) continue;
      const Expression& each = syndrome[static_cast<std::size_t>(check)];
      matches.push_back((code.columns[place] >> check & 1U) != 0 ? each : ~each);
    }
    items.push_back(Assign{plane("data_o", bit), plane("word_i", bit) ^ joined(matches, both)});
  }
  items.push_back(Blank{});
  items.push_back(Assign{id("mended_o"), joined(syndrome, exclusive)});
  items.push_back(Assign{id("uncorrectable_o"), joined(syndrome, either) & ~id("mended_o")});
  return module;
}

// A block.

void add_block_error_ports(const plan::MacroPlan& plan, int rows, std::vector<Port>& ports) {
  ports.push_back(
      {Direction::output, "error_o", lanes(),
       spec::mends(plan.spec) ? "a word of a row cannot be mended" : "a word of a row is wrong",
       false});
  if (counts_mended_results(plan)) {
    ports.push_back({Direction::output, "mended_o", lanes(), "a word of a row was mended", false});
  }
  if (!spec::scrubs(plan.spec)) return;
  ports.push_back({Direction::input, "scrub_line_i", integer(rows),
                   "one-hot: the row that is read for scrubbing", false});
  ports.push_back({Direction::output, "scrub_word_o", lanes_times(word_bits(plan)),
                   "its words; 0 where it stands in another block", false});
}

void emit_decoders(const plan::MacroPlan& plan, Items& items, int rows) {
  const int data_bits = plan.protection->data_bits;
  const bool counts = counts_mended_results(plan);
  const char* mended = counts ? "mended" : "unused_mended";
  const auto row_of = [](const char* vector, int row, int bits) {
    return part(id(vector), row == 0 ? integer(0) : lanes_times(row * bits), lanes_times(bits));
  };
  Declaration flags{false, lanes(), {}};
  Items decoders;
  std::vector<Expression> uncorrectable_rows;
  std::vector<Expression> mended_rows;
  for (int row = 0; row < rows; ++row) {
    const std::string uncorrectable = fmt::format("uncorrectable_r{}", row);
    flags.names.push_back(uncorrectable);
    uncorrectable_rows.push_back(id(uncorrectable));
    Instance decoder{decode_module(plan),
                     {lanes_parameter()},
                     fmt::format("u_decode_r{}", row),
                     {connect("word_i", row_of("word", row, word_bits(plan))),
                      connect("data_o", row_of("weight", row, data_bits))}};
    if (spec::mends(plan.spec)) {
      const std::string name = fmt::format("{}_r{}", mended, row);
      flags.names.push_back(name);
      mended_rows.push_back(id(name));
      decoder.connections.push_back(connect("mended_o", name));
    }
    decoder.connections.push_back(connect("uncorrectable_o", uncorrectable));
    decoders.push_back(std::move(decoder));
  }
  items.push_back(Blank{});
  items.push_back(Comment{spec::mends(plan.spec) ? "Words are mended before they are multiplied"
                                                 : "Words are checked while they are multiplied"});
  items.push_back(std::move(flags));
  items.insert(items.end(), decoders.begin(), decoders.end());
  items.push_back(Assign{id("error_o"), joined(uncorrectable_rows, either)});
  if (counts) items.push_back(Assign{id("mended_o"), joined(mended_rows, either)});
  if (!spec::scrubs(plan.spec)) return;
  items.push_back(
      Instance{"cim_one_hot_mux",
               {connect("WIDTH", lanes_times(word_bits(plan))), connect("COUNT", integer(rows))},
               "u_scrub",
               {connect("enable_i", any("scrub_line_i", integer(rows))), connect("data_i", "word"),
                connect("select_i", "scrub_line_i"), connect("data_o", "scrub_word_o")}});
}

// A slice.

void add_slice_error_ports(const plan::MacroPlan& plan, std::vector<Port>& ports) {
  const auto port = [&](Direction direction, const char* name, std::optional<Expression> width,
                        const char* comment) {
    ports.push_back({direction, name, std::move(width), comment, false});
  };
  port(Direction::output, "out_error_o", lanes(), "columns whose result may be wrong");
  if (counts_mended_results(plan)) {
    port(Direction::output, "out_mended_o", std::nullopt, "a weight of a column was mended");
  }
  if (!spec::scrubs(plan.spec)) return;
  port(Direction::input, "scrub_line_i", integer(spec::stored_rows(plan.spec)),
       "one-hot: the row that is read for scrubbing");
  port(Direction::input, "rewrite_i", std::nullopt, "the row that is taken is that one, mended");
  port(Direction::output, "scrub_mended_o", std::nullopt, "a word of it was mended");
  port(Direction::output, "scrub_uncorrectable_o", std::nullopt, "a word of it cannot be");
}

void emit_scrub_buffers(const plan::MacroPlan& plan, const std::string& weight_codes,
                        Items& items) {
  const int weight_bits = plan.spec.weight.bits;
  const int index_bits = spec::index_bits(plan.spec);
  const int bits = weight_bits + index_bits;
  items.push_back(Declaration{false, lanes_times(bits), {"scrub_data"}});
  const auto buffer = [&](const char* name, int first, int count, const std::string& codes) {
    const auto planes = [&](const char* vector) {
      return count == bits ? id(vector)
                           : part(id(vector), first == 0 ? integer(0) : lanes_times(first),
                                  lanes_times(count));
    };
    items.push_back(Instance{"cim_scrub_buffer",
                             {lanes_parameter(), connect("BITS", integer(count))},
                             name,
                             {same("clk_i"), connect("load_i", "weight_load_i"), same("rewrite_i"),
                              connect("codes_i", codes), connect("mended_i", planes("scrub_data")),
                              connect("planes_o", planes("buffered"))}});
  };
  buffer("u_write_buffer", 0, weight_bits, weight_codes);
  if (index_bits > 0) buffer("u_index_buffer", weight_bits, index_bits, "weight_index_i");
}

void emit_encoder(const plan::MacroPlan& plan, Items& items) {
  items.push_back(Declaration{false, lanes_times(plan.protection->check_bits), {"check"}});
  items.push_back(Declaration{false, lanes_times(word_bits(plan)), {"write_data"}});
  items.push_back(Instance{encode_module(plan),
                           {lanes_parameter()},
                           "u_encode",
                           {connect("data_i", "buffered"), connect("check_o", "check")}});
  items.push_back(Assign{id("write_data"), concatenation({id("check"), id("buffered")})});
}

void connect_block_errors(const plan::MacroPlan& plan, std::size_t use, Declaration& declaration,
                          Items& items, Instance& block) {
  const auto output = [&](const char* port, const char* what) {
    const std::string name = fmt::format("b{}_{}", use, what);
    block.connections.push_back(connect(port, name));
    return name;
  };
  declaration.names.push_back(output("error_o", "error"));
  if (counts_mended_results(plan)) declaration.names.push_back(output("mended_o", "mended"));
  if (!spec::scrubs(plan.spec)) return;
  const plan::BlockUse& block_use = plan.block_uses[use];
  const int rows = plan.blocks[static_cast<std::size_t>(block_use.block)].rows;
  block.connections.push_back(connect(
      "scrub_line_i", part(id("scrub_line_i"), integer(block_use.first_row), integer(rows))));
  items.push_back(
      Declaration{false, lanes_times(word_bits(plan)), {output("scrub_word_o", "scrub_word")}});
}

void emit_flags(const plan::MacroPlan& plan, Items& items) {
  const auto of_blocks = [&](const char* what) {
    std::vector<Expression> all;
    for (std::size_t use = 0; use < plan.block_uses.size(); ++use) {
      all.push_back(id(fmt::format("b{}_{}", use, what)));
    }
    return joined(all, either);
  };
  const int ranks = plan.spec.pipeline_stages;
  const bool serial = plan.steps > 1 || plan.precision;
  std::vector<Expression> enables;
  for (int rank = ranks; rank > 0; --rank) enables.push_back(id(rank_enable_port(rank)));
  const Expression enable = ranks == 0   ? literal(1, 0)
                            : ranks == 1 ? enables.front()
                                         : concatenation(enables);
  const auto pin_if = [](bool is_there, const char* name) {
    return is_there ? id(name) : literal(1, 0);
  };
  const auto flags = [&](const Expression& width, const char* name, const char* errors,
                         const char* result) {
    items.push_back(Instance{
        "cim_error_flags",
        {connect("LANES", width), connect("PIPELINE", integer(ranks)),
         connect("RANK_BITS", integer(std::max(1, ranks))),
         connect("SERIAL", integer(serial ? 1 : 0)), connect("SKID", integer(plan.skid ? 1 : 0))},
        name,
        {same("clk_i"), connect("rank_enable_i", enable),
         connect("first_i", pin_if(serial, "first_i")),
         connect("accumulate_i", pin_if(serial, "accumulate_i")),
         connect("load_i", "result_load_i"),
         connect("load_skid_i", pin_if(plan.skid, "result_load_skid_i")),
         connect("move_i", pin_if(plan.skid, "result_move_i")), connect("error_i", errors),
         connect("error_o", result)}});
  };
  items.push_back(Blank{});
  items.push_back(Comment{"Errors, beside the results that they touch"});
  items.push_back(Declaration{false, lanes(), {"error"}});
  items.push_back(Assign{id("error"), of_blocks("error")});
  flags(lanes(), "u_flags", "error", "out_error_o");
  if (counts_mended_results(plan)) {
    items.push_back(Declaration{false, lanes(), {"mended"}});
    items.push_back(Declaration{false, std::nullopt, {"any_mended"}});
    items.push_back(Assign{id("mended"), of_blocks("mended")});
    items.push_back(Assign{id("any_mended"), any("mended", lanes())});
    flags(integer(1), "u_mended", "any_mended", "out_mended_o");
  }
  if (!spec::scrubs(plan.spec)) return;
  items.push_back(Blank{});
  items.push_back(Comment{"The row that is read for scrubbing"});
  items.push_back(Declaration{false, lanes_times(word_bits(plan)), {"scrub_word"}});
  items.push_back(Declaration{false, lanes(), {"scrub_mended", "scrub_uncorrectable"}});
  items.push_back(Assign{id("scrub_word"), of_blocks("scrub_word")});
  items.push_back(Instance{
      decode_module(plan),
      {lanes_parameter()},
      "u_scrub",
      {connect("word_i", "scrub_word"), connect("data_o", "scrub_data"),
       connect("mended_o", "scrub_mended"), connect("uncorrectable_o", "scrub_uncorrectable")}});
  items.push_back(Assign{id("scrub_mended_o"), any("scrub_mended", lanes())});
  items.push_back(Assign{id("scrub_uncorrectable_o"), any("scrub_uncorrectable", lanes())});
}

// The top.

void add_error_ports(const plan::MacroPlan& plan, std::vector<Port>& ports) {
  const spec::MacroSpec& spec = plan.spec;
  const auto port = [&](Direction direction, const char* name, int width, const char* comment) {
    ports.push_back({direction, name, width == 0 ? std::nullopt : std::optional(integer(width)),
                     comment, false});
  };
  port(Direction::output, "out_error_o", spec.columns, "columns whose result may be wrong");
  port(Direction::input, "protection_clear_i", 0, "counters and interrupt begin anew");
  port(Direction::output, "protection_irq_o", 0, "a word that cannot be mended was read");
  if (spec::mends(spec)) {
    port(Direction::output, "protection_mended_o", spec.protection.counter_bits,
         spec::scrubs(spec) ? "rows that were mended and written again"
                            : "results that mended weights went into");
  }
  port(Direction::output, "protection_flagged_o", spec.protection.counter_bits,
       "results with a flag");
}

void declare_scrubbing(const plan::MacroPlan& plan, Items& items) {
  if (!plan.protection || !spec::scrubs(plan.spec)) return;
  items.push_back(Declaration{false, std::nullopt, {"port_valid", "rewrite"}});
  items.push_back(
      Declaration{false, integer(std::max(1, plan.bank_bits)), {"port_bank", read_bank(plan)}});
  items.push_back(Declaration{false, integer(std::max(1, plan.row_bits)), {"port_row"}});
  items.push_back(Declaration{false, integer(spec::stored_rows(plan.spec)), {"scrub_line"}});
}

void declare_slice_errors(const plan::MacroPlan& plan, Items& items) {
  const bool scrubs = spec::scrubs(plan.spec);
  if (!scrubs && !counts_mended_results(plan)) return;
  items.push_back(LocalParameter{{"SLICES", (id("COLUMNS") + lanes() - integer(1)) / lanes()}});
  Declaration flags{false, id("SLICES"), {}};
  if (counts_mended_results(plan)) flags.names.emplace_back("out_mended");
  if (scrubs) {
    flags.names.emplace_back("scrub_mended");
    flags.names.emplace_back("scrub_uncorrectable");
  }
  items.push_back(std::move(flags));
}

void connect_slice_errors(const plan::MacroPlan& plan, const Expression& number,
                          const Expression& first, const Expression& count,
                          std::vector<Connection>& pins) {
  pins.push_back(connect("out_error_o", part(id("out_error_o"), first, count)));
  if (counts_mended_results(plan)) {
    pins.push_back(connect("out_mended_o", select(id("out_mended"), number)));
  }
  if (!spec::scrubs(plan.spec)) return;
  pins.push_back(connect("scrub_line_i", "scrub_line"));
  pins.push_back(connect("rewrite_i", "rewrite"));
  pins.push_back(connect("scrub_mended_o", select(id("scrub_mended"), number)));
  pins.push_back(connect("scrub_uncorrectable_o", select(id("scrub_uncorrectable"), number)));
}

void emit_error_control(const plan::MacroPlan& plan, Items& items) {
  const spec::MacroSpec& spec = plan.spec;
  const bool scrubs = spec::scrubs(spec);
  const int bank_bits = std::max(1, plan.bank_bits);
  const auto any_slice = [](const char* flags) { return any(flags, id("SLICES")); };
  if (scrubs) {
    items.push_back(Blank{});
    items.push_back(Comment{"Rows are read, and written again where a bit of them was mended"});
    items.push_back(Declaration{false, std::nullopt, {"fatal"}});
    items.push_back(Instance{
        "cim_scrubber",
        {connect("ROWS", integer(spec::stored_rows(spec))), connect("BANKS", integer(spec.banks)),
         connect("ROW_BITS", integer(std::max(1, plan.row_bits))),
         connect("BANK_BITS", integer(bank_bits))},
        "u_scrubber",
        {same("clk_i"), same("rst_ni"), connect("busy_i", "busy"), connect("busy_bank_i", "bank"),
         connect("bank_o", read_bank(plan)), connect("line_o", "scrub_line"),
         connect("mended_i", any_slice("scrub_mended")),
         connect("uncorrectable_i", any_slice("scrub_uncorrectable")), same("weight_valid_i"),
         connect("weight_bank_i", "weight_bank"), connect("weight_row_i", "weight_row"),
         connect("port_valid_o", "port_valid"), connect("port_bank_o", "port_bank"),
         connect("port_row_o", "port_row"), connect("port_ready_i", "weight_ready_o"),
         connect("enable_i", "write_enable"), connect("rewrite_o", "rewrite"),
         connect("fatal_o", "fatal")}});
  }
  items.push_back(Blank{});
  items.push_back(Comment{"Errors are counted as results are handed over"});
  const Expression handed_over = id("out_valid_o") & id("out_ready_i");
  std::vector<std::string> wires = {"flagged"};
  if (counts_mended_results(plan)) wires.emplace_back("mended");
  items.push_back(Declaration{false, std::nullopt, wires});
  items.push_back(Assign{id("flagged"), handed_over & any("out_error_o", id("COLUMNS"))});
  if (counts_mended_results(plan)) {
    items.push_back(Assign{id("mended"), handed_over & any_slice("out_mended")});
  }
  const bool mends = spec::mends(spec);
  if (!mends) {
    items.push_back(Declaration{false, integer(spec.protection.counter_bits), {"unused_mended"}});
  }
  items.push_back(Instance{
      "cim_error_monitor",
      {connect("WIDTH", integer(spec.protection.counter_bits))},
      "u_monitor",
      {same("clk_i"), same("rst_ni"), connect("clear_i", "protection_clear_i"),
       connect("mended_i", scrubs  ? id("rewrite")
                           : mends ? id("mended")
                                   : literal(1, 0)),
       connect("flagged_i", "flagged"), connect("fatal_i", scrubs ? id("fatal") : literal(1, 0)),
       connect("mended_o", mends ? "protection_mended_o" : "unused_mended"),
       connect("flagged_o", "protection_flagged_o"), connect("irq_o", "protection_irq_o")}});
}

}  // namespace cimforge::lower
