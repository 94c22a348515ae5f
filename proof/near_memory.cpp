#include "proof/near_memory.h"

#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "generator/spec/parts.h"
#include "generator/spec/range.h"
#include "proof/leaf.h"
#include "proof/leaves.h"
#include "proof/wiring.h"

namespace cimforge::proof {
namespace {

constexpr const char* by_functions = "next state and outputs as functions, all inputs and states";
constexpr const char* by_wiring = "every pin as a function of the cells' outputs";

using Parameters = std::map<std::string, std::int64_t>;

/// A step of the sequencer reads a row, and two edges pass before its product is in a sum: at the
/// first one the memory and cim_near_input give the row, at the second one the units add it.
constexpr int ranks = 2;
constexpr std::size_t reading = 0;  ///< whose enable lets the memory read
constexpr std::size_t adding = 1;   ///< whose enable lets the units add

std::size_t size(int count) {
  return static_cast<std::size_t>(count);
}

/// One row gives a result every cycle, which takes a second entry to hold.
bool has_skid(const spec::MacroSpec& spec) {
  return spec.rows == 1;
}

/// The numbers of a box's parameters, in two's complement of 32 bits.
Parameters parameters_of(const Box& box) {
  Parameters parameters;
  for (const auto& [name, bits] : box.parameters) {
    const std::int64_t value = value_of(bits);
    parameters[name] =
        bits.size() == 32 && bits.front() == '1' ? value - (std::int64_t{1} << 32) : value;
  }
  return parameters;
}

/// The top, with its cells as boxes.
class Top : private Wiring {
 public:
  struct Cells {
    const Module* sequencer = nullptr;
    const Module* weight_port = nullptr;
    const Module* output_stage = nullptr;
    const Module* port = nullptr;
    Parameters unit;  ///< of every unit
  };

  Top(const Design& design, const spec::MacroSpec& spec)
      : Wiring(design,
               [&](const Module& child) {
                 // Whoever joins the units to a row is part of the wiring.
                 return (child.name.starts_with("cim_") && child.name != "cim_near_macs") ||
                        child.name == spec::black_box_module(spec);
               }),
        spec_(spec) {}

  Cells prove() {
    Cells cells;
    cells.sequencer = find("cim_sequencer", sequencer_);
    cells.weight_port = find("cim_weight_port", weight_port_);
    cells.output_stage = find("cim_output_stage", output_stage_);
    cells.port = find("cim_near_port", port_);
    find("cim_near_input", input_);
    find(spec::black_box_module(spec_), memory_);
    check_control();
    check_memory();
    check_input();
    cells.unit = check_units();
    return cells;
  }

 private:
  /// A port of the top that is absent where there is nothing to choose.
  const Nets& chosen(bool chooses, const char* port) const {
    static const Nets zero = {0};
    return chooses ? flat_.port(port) : zero;
  }
  const Nets& in_bank() const { return chosen(spec_.banks > 1, "in_bank_i"); }
  const Nets& weight_bank() const { return chosen(spec_.banks > 1, "weight_bank_i"); }
  const Nets& weight_row() const { return chosen(spec_.rows > 1, "weight_row_i"); }

  void check_control() {
    for (const Box* box : {sequencer_, weight_port_, output_stage_}) {
      require_port(*box, "clk_i", "clk_i");
      require_port(*box, "rst_ni", "rst_ni");
    }
    require_port(*sequencer_, "in_valid_i", "in_valid_i");
    require_output("in_ready_o", *sequencer_, "in_ready_o");
    require(*sequencer_, "in_bank_i", in_bank(), "in_bank_i");
    require(*sequencer_, "hold_i", *weight_port_, "hold_o");
    require(*sequencer_, "result_ready_i", *output_stage_, "result_ready_o");

    require_port(*weight_port_, "weight_valid_i", "weight_valid_i");
    require_output("weight_ready_o", *weight_port_, "weight_ready_o");
    require(*weight_port_, "weight_bank_i", weight_bank(), "weight_bank_i");
    // All rows of a bank have one word line.
    require(*weight_port_, "weight_row_i", Nets{0}, "0");
    require(*weight_port_, "take_i", *sequencer_, "take_o");
    require(*weight_port_, "take_bank_i", in_bank(), "in_bank_i");
    require(*weight_port_, "busy_i", *sequencer_, "busy_o");
    require(*weight_port_, "busy_bank_i", *sequencer_, "bank_o");

    require(*output_stage_, "result_valid_i", *sequencer_, "result_valid_o");
    require_port(*output_stage_, "out_ready_i", "out_ready_i");
    require_output("out_valid_o", *output_stage_, "out_valid_o");
  }

  void check_memory() {
    require_port(*port_, "clk_i", "clk_i");
    require(*port_, "take_i", *sequencer_, "take_o");
    require(*port_, "take_bank_i", in_bank(), "in_bank_i");
    require(*port_, "step_i", *sequencer_, "shift_o");
    require(*port_, "load_i", *weight_port_, "load_o");
    require(*port_, "weight_bank_i", weight_bank(), "weight_bank_i");
    require(*port_, "weight_row_i", weight_row(), "weight_row_i");
    require_port(*port_, "weight_data_i", "weight_data_i");

    require_port(*memory_, "clk_i", "clk_i");
    at_.require(at_(memory_->pin("write_i")), {any_of(at_.bdd, at_(weight_port_->pin("enable_o")))},
                memory_->path + ".write_i",
                fmt::format("it has to be any of {}.enable_o", weight_port_->path));
    require(*memory_, "write_address_i", *port_, "write_address_o");
    require(*memory_, "write_data_i", *port_, "write_data_o");
    require_enable(*memory_, "read_i", reading);
    require(*memory_, "read_address_i", *port_, "read_address_o");
    const auto word = size(spec_.columns * spec_.weight.bits);
    if (memory_->pin("read_data_o").size() != word) {
      at_.refute(memory_->path + ".read_data_o", "a word is one row of weights",
                 fmt::format("{} bits", word),
                 fmt::format("{} bits", memory_->pin("read_data_o").size()));
    }
  }

  void check_input() {
    require_port(*input_, "clk_i", "clk_i");
    require(*input_, "take_i", *sequencer_, "take_o");
    require(*input_, "step_i", *sequencer_, "shift_o");
    require_port(*input_, "codes_i", "in_data_i");
    const Parameters expected = {
        {"ROWS", spec_.rows}, {"ROW_BITS", address_bits(spec_.rows)}, {"BITS", spec_.input.bits}};
    if (parameters_of(*input_) != expected) {
      at_.refute(input_->path, "its parameters are not those of the specification");
    }
  }

  /// A unit for each column, by the bit of out_data_o that it drives first; all are alike.
  Parameters check_units() {
    std::map<Net, const Box*> by_output;
    for (const Box& box : flat_.boxes) {
      if (box.module->name != "cim_near_mac") continue;
      const Nets& results = box.pin("results_o");
      if (!results.empty()) by_output[results.front()] = &box;
    }
    const Nets& out = flat_.port("out_data_o");
    const auto bits = size(spec::output_width(spec_));
    if (out.size() != size(spec_.columns) * bits) {
      at_.refute("out_data_o", "it has another width",
                 fmt::format("{} bits", size(spec_.columns) * bits),
                 fmt::format("{} bits", out.size()));
    }
    Parameters all;
    for (std::size_t column = 0; column < size(spec_.columns); ++column) {
      const auto found = by_output.find(at_.net_of(at_(out[column * bits])));
      if (found == by_output.end()) {
        at_.refute(fmt::format("out_data_o[{}]", column * bits),
                   fmt::format("it is not the lowest bit of a unit: column {}", column));
      }
      const Box& unit = *found->second;
      check_unit(unit, column);
      if (column == 0) all = parameters_of(unit);
      if (parameters_of(unit) != all) {
        at_.refute(unit.path, "its parameters are not those of column 0");
      }
    }
    return all;
  }

  void check_unit(const Box& unit, std::size_t column) {
    const auto part = [column](const Nets& all, std::size_t width) {
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(column * width);
      return Nets(first, first + static_cast<std::ptrdiff_t>(width));
    };
    require_port(unit, "clk_i", "clk_i");
    require_enable(unit, "accumulate_i", adding);
    require(unit, "first_i", *sequencer_, "negate_o");
    require(unit, "input_i", *input_, "code_o");
    require(unit, "weights_i", part(memory_->pin("read_data_o"), size(spec_.weight.bits)),
            fmt::format("{}.read_data_o of column {}", memory_->path, column));
    require(unit, "load_i", *output_stage_, "load_o");
    if (has_skid(spec_)) {
      require(unit, "load_skid_i", *output_stage_, "load_skid_o");
      require(unit, "move_i", *output_stage_, "move_o");
    }
    at_.require(at_(part(flat_.port("out_data_o"), size(spec::output_width(spec_)))),
                at_(unit.pin("results_o")), fmt::format("out_data_o of column {}", column),
                fmt::format("it has to be {}.results_o", unit.path));
  }

  void require_enable(const Box& box, const std::string& pin, std::size_t rank) {
    require(box, pin, {sequencer_->pin("rank_enable_o").at(rank)},
            fmt::format("{}.rank_enable_o[{}]", sequencer_->path, rank));
  }

  const spec::MacroSpec& spec_;
  const Box* sequencer_ = nullptr;
  const Box* weight_port_ = nullptr;
  const Box* output_stage_ = nullptr;
  const Box* port_ = nullptr;
  const Box* memory_ = nullptr;
  const Box* input_ = nullptr;
};

/// A vector that is taken stands still, and step r shows the code of row r until the next one.
void prove_input(const Design& design, const Module& module, const spec::MacroSpec& spec,
                 int rows) {
  Leaf leaf(design, module, "input");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const auto bits = size(spec.input.bits);
  const auto row_bits = size(address_bits(rows));
  // The row above the codes in the order of the variables: small diagrams.
  const Word row = leaf.word("row_q", row_bits);
  const Bdd::Node take = leaf.bit("take_i");
  const Bdd::Node step = leaf.bit("step_i");
  const Word codes = leaf.word("codes_q", size(rows) * bits);
  leaf.require_next("codes_q", choose(bdd, take, leaf.word("codes_i", size(rows) * bits), codes));
  const Word following = sum(bdd, row, constant(1, row_bits));
  leaf.require_next("row_q",
                    choose(bdd, take, constant(0, row_bits), choose(bdd, step, following, row)));

  Word selected(bits, Bdd::zero);
  Bdd::Node is_row = Bdd::zero;
  for (int r = 0; r < rows; ++r) {
    const Bdd::Node here = equal(bdd, row, constant(static_cast<std::uint64_t>(r), row_bits));
    is_row = bdd.either(is_row, here);
    for (std::size_t bit = 0; bit < bits; ++bit) {
      selected[bit] = bdd.choose(here, codes[size(r) * bits + bit], selected[bit]);
    }
  }
  // No step comes behind the last row: the sequencer counts as this does.
  const Bdd::Node past = bdd.both(step, bdd.inverse(is_row));
  const Nets& shown = leaf.nets("code_o", bits);
  for (std::size_t bit = 0; bit < bits; ++bit) {
    const Register& each = leaf.flip_flop(shown[bit]);
    const Bdd::Node expected = bdd.choose(step, selected[bit], at(shown[bit]));
    at.require(bdd.choose(past, Bdd::zero, at.next(each)), bdd.choose(past, Bdd::zero, expected),
               fmt::format("code_o[{}]", bit),
               "a step has to show the code of its row, and nothing else may change it");
  }
}

/// bank * rows + row, modulo 2^width.
Word address(Bdd& bdd, const Word& bank, const Word& row, int rows, std::size_t width) {
  Word result = row;
  result.resize(width, Bdd::zero);
  const Word none = constant(0, width);
  for (std::size_t bit = 0; bit < bank.size(); ++bit) {
    const Word rows_below = constant(static_cast<std::uint64_t>(rows) << bit, width);
    result = sum(bdd, result, choose(bdd, bank[bit], rows_below, none));
  }
  return result;
}

/// Rows are read from the first one on, and written where they belong.
void prove_port(const Design& design, const Module& module, const spec::MacroSpec& spec) {
  Leaf leaf(design, module, "memory port");
  Bdd& bdd = leaf.at.bdd;
  const auto bank_bits = size(address_bits(spec.banks));
  const auto row_bits = size(address_bits(spec.rows));
  const auto width = size(address_bits(spec.banks * spec.rows));
  const auto word = size(spec.columns * spec.weight.bits);
  const Bdd::Node take = leaf.bit("take_i");
  const Bdd::Node step = leaf.bit("step_i");
  const Bdd::Node load = leaf.bit("load_i");
  const Word first =
      address(bdd, leaf.word("take_bank_i", bank_bits), constant(0, row_bits), spec.rows, width);
  const Word read = leaf.word("read_address_o", width);
  leaf.require_next(
      "read_address_o",
      choose(bdd, take, first, choose(bdd, step, sum(bdd, read, constant(1, width)), read)));
  const Word written = address(bdd, leaf.word("weight_bank_i", bank_bits),
                               leaf.word("weight_row_i", row_bits), spec.rows, width);
  leaf.require_next("write_address_o",
                    choose(bdd, load, written, leaf.word("write_address_o", width)));
  leaf.require_next("write_data_o", choose(bdd, load, leaf.word("weight_data_i", word),
                                           leaf.word("write_data_o", word)));
}

/// Of a sum modulo 2^bits: whether it is that sum.
bool holds_every_sum(int bits, const spec::MacroSpec& spec) {
  if (bits >= 63) return true;
  const spec::ResultRange sums = spec::sum_range(spec);
  const bool is_signed = spec::output_is_signed(spec);
  const std::int64_t half = std::int64_t{1} << (is_signed ? bits - 1 : bits);
  return sums.max < half && (!is_signed || sums.min >= -half);
}

/// What the reference of a unit has to be, with an accumulator as wide as that of the unit.
Parameters reference_of(const Parameters& unit, const spec::MacroSpec& spec) {
  const auto number = [&](const char* name) {
    const auto found = unit.find(name);
    if (found != unit.end()) return static_cast<int>(found->second);
    throw Refuted{{"unit", name, "there is no such parameter", {}, name, "none"}};
  };
  if (number("LANES") != 1) {
    throw Refuted{{"unit", "LANES", "synthesis has a unit for each column", {}, "1", "another"}};
  }
  const int width = spec::output_width(spec);
  const int bits = number("ACC_BITS");
  // Of a sum that is cut off, what lies above the result may be lost.
  const bool is_cut = spec.output_mode == spec::OutputMode::truncate;
  if (bits < 1 ||
      (!holds_every_sum(bits, spec) && !(is_cut && bits >= spec.output_shift + width))) {
    const spec::ResultRange sums = spec::sum_range(spec);
    throw Refuted{{"sums of a column",
                   "ACC_BITS",
                   "the accumulator does not hold every sum, or what is kept of it",
                   {{"least sum", fmt::format("{}", sums.min)},
                    {"greatest sum", fmt::format("{}", sums.max)}},
                   "as many bits as these take",
                   fmt::format("{} bits", bits)}};
  }
  return {{"INPUT_BITS", spec.input.bits},
          {"INPUT_SIGNED", spec.input.is_signed ? 1 : 0},
          {"WEIGHT_BITS", spec.weight.bits},
          {"WEIGHT_SIGNED", spec.weight.is_signed ? 1 : 0},
          {"ACC_BITS", bits},
          {"SUM_SIGNED", spec::output_is_signed(spec) ? 1 : 0},
          {"OUTPUT_SHIFT", spec.output_shift},
          {"OUTPUT_BITS", width},
          {"SATURATE", spec.output_mode == spec::OutputMode::saturate ? 1 : 0},
          {"SKID", has_skid(spec) ? 1 : 0}};
}

}  // namespace

ProofResult prove_near_memory(const spec::MacroSpec& spec, const NearMemoryNetlists& netlists,
                              NearMemoryUnit& unit) {
  return prove_parts([&](ProofResult& result) {
    auto since = std::chrono::steady_clock::now();
    const auto done = [&](const char* name, const std::string& method) {
      const auto now = std::chrono::steady_clock::now();
      result.parts.push_back({name, method, std::chrono::duration<double>(now - since).count()});
      since = now;
    };
    const Design& design = netlists.macro;
    const Top::Cells cells = Top(design, spec).prove();
    done("wiring of the top, memory and units as boxes", by_wiring);
    prove_sequencer(design, *cells.sequencer,
                    {spec.rows, ranks, static_cast<int>(adding), spec.banks});
    done("sequencer, a row a step", by_functions);
    prove_port(design, *cells.port, spec);
    done("addresses and write buffer of the memory", by_functions);
    const Design& input = netlists.input;
    prove_input(input, input.modules.at(input.top), spec, netlists.input_rows);
    done("input of a row",
         netlists.input_rows == spec.rows
             ? by_functions
             : fmt::format("{}; with {} of {} rows", by_functions, netlists.input_rows, spec.rows));
    prove_weight_port(design, *cells.weight_port, 1, spec.banks);
    done("weight port", by_functions);
    prove_output_stage(design, *cells.output_stage, has_skid(spec));
    done("output stage", by_functions);
    unit = {cells.unit, reference_of(cells.unit, spec)};
    done("sums of a column",
         fmt::format("step r reads row r and its unit adds x[r] * W[r][c], each row once and the "
                     "first one to 0: y[c] modulo 2^{}, which keeps all of a result",
                     cells.unit.at("ACC_BITS")));
    result.parts.push_back(
        {"memory, assumed and not proved",
         fmt::format("{} gives, at the edge of a reading and until the next one, what was last "
                     "written to the word",
                     spec::black_box_module(spec)),
         0});
  });
}

}  // namespace cimforge::proof
