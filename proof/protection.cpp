#include "proof/protection.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>

#include "generator/spec/precision.h"
#include "generator/spec/protection.h"
#include "generator/spec/structure.h"
#include "proof/leaf.h"
#include "proof/leaves.h"

namespace cimforge::proof {
namespace {

std::size_t size(int count) {
  return static_cast<std::size_t>(count);
}

bool has_serial_flags(const spec::MacroSpec& spec) {
  return steps(spec) > 1 || spec::has_precision(spec);
}

Nets part_of(const Nets& nets, std::size_t first, std::size_t count) {
  const auto begin = nets.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

bool is_code_module(const Module& module, const spec::MacroSpec& spec) {
  return spec::is_protected(spec) &&
         (module.name == spec.name + "_encode" || module.name == spec.name + "_decode");
}

bool counts_mended(const spec::MacroSpec& spec) {
  return spec::mends(spec) && !spec::scrubs(spec);
}

Nets decoded_words(const Flat& flat, Functions& at, const Nets& words, int rows,
                   const spec::MacroSpec& spec, ErrorParts& parts) {
  const std::size_t word_bits = size(spec::word_bits(spec));
  const std::size_t data_bits = size(spec::stored_bits(spec));
  if (words.size() != size(rows) * word_bits) {
    at.refute("storage", "it has another size", fmt::format("{} bits", size(rows) * word_bits),
              fmt::format("{} bits", words.size()));
  }
  std::map<Net, std::size_t> row_of;  // by the first bit of its word
  for (std::size_t row = 0; row < size(rows); ++row) row_of[words[row * word_bits]] = row;
  Nets data(size(rows) * data_bits, -1);
  Bdd::Node error = Bdd::zero;
  Bdd::Node mended = Bdd::zero;
  for (const Box& box : flat.boxes) {
    if (box.module->name != spec.name + "_decode") continue;
    const Nets& pins = box.pin("word_i");
    const auto found = row_of.find(pins.empty() ? -1 : at.net_of(at(pins.front())));
    if (found == row_of.end()) at.refute(box.path + ".word_i", "it is not the word of a row");
    const std::size_t row = found->second;
    at.require(at(pins), at(part_of(words, row * word_bits, word_bits)), box.path + ".word_i",
               fmt::format("it has to be the word of row {} of the block", row));
    const Nets& got = box.pin("data_o");
    if (data[row * data_bits] >= 0) at.refute(box.path, "there are two of that row");
    std::ranges::copy(got, data.begin() + static_cast<std::ptrdiff_t>(row * data_bits));
    error = at.bdd.either(error, at(box.pin("uncorrectable_o").at(0)));
    if (counts_mended(spec)) mended = at.bdd.either(mended, at(box.pin("mended_o").at(0)));
    parts.decode = box.module;
  }
  if (std::ranges::find(data, -1) != data.end()) {
    at.refute(spec.name + "_decode", "words of a row are not decoded");
  }
  at.require(at(flat.port("error_o").at(0)), error, "error_o",
             "it has to be that of any row of the block");
  if (counts_mended(spec)) {
    at.require(at(flat.port("mended_o").at(0)), mended, "mended_o",
               "it has to be that of any row of the block");
  }
  if (!spec::scrubs(spec)) return data;
  const Box* selection = nullptr;
  for (const Box& box : flat.boxes) {
    if (box.module->name == "cim_one_hot_mux") selection = &box;
  }
  if (selection == nullptr) at.refute("cim_one_hot_mux", "there is none");
  parts.selections.insert(selection->module);
  at.require(at(selection->pin("data_i")), at(words), selection->path + ".data_i",
             "it has to be all words");
  const Word lines = at(flat.port("scrub_line_i"));
  at.require(at(selection->pin("select_i")), lines, selection->path + ".select_i",
             "it has to be scrub_line_i");
  at.require(at(selection->pin("enable_i").at(0)), any_of(at.bdd, lines),
             selection->path + ".enable_i", "it has to be any of scrub_line_i");
  at.require(at(flat.port("scrub_word_o")), at(selection->pin("data_o")), "scrub_word_o",
             "it has to be the selected word");
  return data;
}

SliceErrors::SliceErrors(const Flat& flat, Functions& at, const spec::MacroSpec& spec,
                         ErrorParts& parts)
    : flat_(flat), at_(at), spec_(spec), parts_(parts) {}

const Box& SliceErrors::find(const std::string& path) {
  for (const Box& box : flat_.boxes) {
    if (box.path == path) return box;
  }
  at_.refute(path, "there is none");
}

void SliceErrors::require(const Box& box, const std::string& pin, const Word& value,
                          const std::string& what) {
  at_.require(at_(box.pin(pin)), value, box.path + "." + pin, fmt::format("it has to be {}", what));
}

Nets SliceErrors::written(const Nets& buffered) {
  const Box& encoder = find("u_encode");
  parts_.encode = encoder.module;
  require(encoder, "data_i", at_(buffered), "the write buffer");
  Nets all = buffered;
  const Nets& check = encoder.pin("check_o");
  all.insert(all.end(), check.begin(), check.end());
  return all;
}

void SliceErrors::check_buffer(const Box& buffer, std::size_t first, std::size_t bits) {
  require(buffer, "rewrite_i", at_(flat_.port("rewrite_i")), "rewrite_i");
  require(buffer, "mended_i", at_(part_of(find("u_scrub").pin("data_o"), first, bits)),
          "the mended row");
}

void SliceErrors::check_block(const Box& block, const std::vector<int>& rows) {
  if (!spec::scrubs(spec_)) return;
  const Nets& lines = flat_.port("scrub_line_i");
  Nets own;
  for (const int row : rows) own.push_back(lines.at(size(row)));
  require(block, "scrub_line_i", at_(own), "the lines of its rows");
}

void SliceErrors::check_flag(const char* path, const Bdd::Node& error, const char* output) {
  const Box& box = find(path);
  parts_.flags.insert(box.module);
  const auto port_of = [&](const char* pin, const char* port, bool is_there) {
    require(box, pin, is_there ? at_(flat_.port(port)) : Word{Bdd::zero}, is_there ? port : "0");
  };
  port_of("clk_i", "clk_i", true);
  port_of("first_i", "first_i", has_serial_flags(spec_));
  port_of("accumulate_i", "accumulate_i", has_serial_flags(spec_));
  port_of("load_i", "result_load_i", true);
  port_of("load_skid_i", "result_load_skid_i", has_second_entry(spec_));
  port_of("move_i", "result_move_i", has_second_entry(spec_));
  Word enables;
  for (int rank = 1; rank <= spec_.pipeline_stages; ++rank) {
    enables.push_back(at_(flat_.port(fmt::format("stage{}_enable_i", rank)).at(0)));
  }
  if (!enables.empty()) require(box, "rank_enable_i", enables, "the enables of the ranks");
  require(box, "error_i", {error}, "that of any block");
  at_.require(at_(flat_.port(output)), at_(box.pin("error_o")), output,
              fmt::format("it has to be {}.error_o", path));
}

void SliceErrors::check_flags(const std::vector<const Box*>& blocks) {
  const auto of_blocks = [&](const char* pin) {
    Bdd::Node any = Bdd::zero;
    for (const Box* block : blocks) any = at_.bdd.either(any, at_(block->pin(pin).at(0)));
    return any;
  };
  check_flag("u_flags", of_blocks("error_o"), "out_error_o");
  if (counts_mended(spec_)) check_flag("u_mended", of_blocks("mended_o"), "out_mended_o");
  if (!spec::scrubs(spec_)) return;
  const Box& decoder = find("u_scrub");
  Word word(size(spec::word_bits(spec_)), Bdd::zero);
  for (const Box* block : blocks) {
    const Nets& own = block->pin("scrub_word_o");
    for (std::size_t bit = 0; bit < word.size(); ++bit) {
      word[bit] = at_.bdd.either(word[bit], at_(own.at(bit)));
    }
  }
  require(decoder, "word_i", word, "the word of the block that has the row");
  for (const char* what : {"mended", "uncorrectable"}) {
    const std::string port = fmt::format("scrub_{}_o", what);
    at_.require(at_(flat_.port(port)), at_(decoder.pin(fmt::format("{}_o", what))), port,
                "it has to be that of the row");
  }
}

void prove_code(const Design& design, const Module& encode, const Module& decode,
                const spec::MacroSpec& spec) {
  const std::size_t data_bits = size(spec::stored_bits(spec));
  const std::size_t checks = size(spec::check_bits(spec));
  // Which data bits a check bit is the parity of.
  std::vector<std::uint64_t> columns(data_bits, 0);
  {
    Leaf leaf(design, encode, "check bits");
    Functions& at = leaf.at;
    const Nets& data = leaf.nets("data_i", data_bits);
    const Nets& check = leaf.nets("check_o", checks);
    for (std::size_t bit = 0; bit < data_bits; ++bit) {
      at.release();
      at.set(data, std::uint64_t{1} << bit);
      for (std::size_t i = 0; i < checks; ++i) {
        if (at(check[i]) == Bdd::one) columns[bit] |= std::uint64_t{1} << i;
      }
    }
    at.release();
    for (std::size_t i = 0; i < checks; ++i) {
      Bdd::Node expected = Bdd::zero;
      for (std::size_t bit = 0; bit < data_bits; ++bit) {
        if ((columns[bit] >> i & 1U) != 0) expected = at.bdd.differ(expected, at(data[bit]));
      }
      at.require(at(check[i]), expected, fmt::format("check_o[{}]", i),
                 "a check bit has to be the parity of data bits");
    }
  }

  Leaf leaf(design, decode, "words");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const std::size_t bits = data_bits + checks;
  const Nets& word = leaf.nets("word_i", bits);
  Word right;
  for (std::size_t bit = 0; bit < data_bits; ++bit) right.push_back(at.variable(word[bit]));
  for (std::size_t i = 0; i < checks; ++i) {
    Bdd::Node check = Bdd::zero;
    for (std::size_t bit = 0; bit < data_bits; ++bit) {
      if ((columns[bit] >> i & 1U) != 0) check = bdd.differ(check, right[bit]);
    }
    right.push_back(check);
  }
  const bool mends = spec::mends(spec);
  const auto with_wrong = [&](const std::vector<std::size_t>& wrong) {
    at.release();
    for (std::size_t bit = 0; bit < bits; ++bit) {
      const bool is_wrong = std::ranges::find(wrong, bit) != wrong.end();
      at.set(word[bit], is_wrong ? bdd.inverse(right[bit]) : right[bit]);
    }
    const std::string which = wrong.empty() ? "no bit"
                              : wrong.size() == 1
                                  ? fmt::format("bit {}", wrong[0])
                                  : fmt::format("bits {} and {}", wrong[0], wrong[1]);
    const auto flag = [&](const char* port, bool expected) {
      at.require(leaf.bit(port), expected ? Bdd::one : Bdd::zero, port,
                 fmt::format("it has to be {} with {} of a word wrong", expected ? 1 : 0, which));
    };
    if (wrong.empty() || (mends && wrong.size() == 1)) {
      at.require(leaf.word("data_o", data_bits),
                 Word(right.begin(), right.begin() + static_cast<std::ptrdiff_t>(data_bits)),
                 "data_o", fmt::format("it has to be the weight with {} of a word wrong", which));
    }
    if (mends) flag("mended_o", wrong.size() == 1);
    flag("uncorrectable_o", mends ? wrong.size() == 2 : wrong.size() == 1);
  };
  with_wrong({});
  for (std::size_t first = 0; first < bits; ++first) {
    with_wrong({first});
    for (std::size_t second = first + 1; mends && second < bits; ++second) {
      with_wrong({first, second});
    }
  }
}

void prove_error_flags(const Design& design, const Module& module, const spec::MacroSpec& spec) {
  Leaf leaf(design, module, "error flags");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  Bdd::Node error = leaf.bit("error_i");
  for (int rank = 0; rank < spec.pipeline_stages; ++rank) {
    const Nets& enables = leaf.nets("rank_enable_i", size(spec.pipeline_stages));
    const std::string wire = fmt::format("g_rank[{}].error_q", rank);
    const Bdd::Node kept = leaf.bit(wire);
    leaf.require_next(wire, {bdd.choose(at(enables[size(rank)]), error, kept)});
    error = kept;
  }
  if (has_serial_flags(spec)) {
    const Bdd::Node kept = leaf.bit("g_serial.error_q");
    error = bdd.either(error, bdd.both(kept, bdd.inverse(leaf.bit("first_i"))));
    leaf.require_next("g_serial.error_q", {bdd.choose(leaf.bit("accumulate_i"), error, kept)});
  }
  const Net state = leaf.nets("error_o", 1).front();
  Bdd::Node otherwise = at(state);
  if (has_second_entry(spec)) {
    const char* second = "u_output.g_skid.skid_q";
    otherwise = bdd.choose(leaf.bit("move_i"), leaf.bit(second), otherwise);
    leaf.require_next(second, {bdd.choose(leaf.bit("load_skid_i"), error, leaf.bit(second))});
  }
  at.require(at.next(leaf.flip_flop(state)), bdd.choose(leaf.bit("load_i"), error, otherwise),
             "error_o", "it has to take the flag of the result");
}

void prove_row_selection(const Design& design, const Module& module, int bits) {
  Leaf leaf(design, module, "selection of the scrubbed row");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const std::size_t rows = leaf.flat().port("select_i").size();
  const std::size_t width = size(bits);
  const Nets& data = leaf.nets("data_i", rows * width);
  const Nets& select = leaf.nets("select_i", rows);
  const Bdd::Node enable = leaf.bit("enable_i");
  const Nets& out = leaf.nets("data_o", width);
  // A row's line and word stand together in the order of the variables: small diagrams.
  for (std::size_t row = 0; row < rows; ++row) {
    at.variable(select[row]);
    for (std::size_t bit = 0; bit < width; ++bit) at.variable(data[row * width + bit]);
  }
  for (std::size_t bit = 0; bit < width; ++bit) {
    Bdd::Node expected = Bdd::zero;
    for (std::size_t row = 0; row < rows; ++row) {
      expected = bdd.either(expected, bdd.both(at(select[row]), at(data[row * width + bit])));
    }
    at.require(at(out[bit]), bdd.both(enable, expected), fmt::format("data_o[{}]", bit),
               "it has to be the word that is selected");
  }
}

void prove_scrub_buffer(const Design& design, const Module& module, int bits) {
  Leaf leaf(design, module, "write buffer");
  Bdd& bdd = leaf.at.bdd;
  const std::size_t width = size(bits);
  const Word taken =
      choose(bdd, leaf.bit("rewrite_i"), leaf.word("mended_i", width), leaf.word("codes_i", width));
  leaf.require_next("planes_o",
                    choose(bdd, leaf.bit("load_i"), taken, leaf.word("planes_o", width)));
}

void prove_scrubber(const Design& design, const Module& module, const spec::MacroSpec& spec) {
  Leaf leaf(design, module, "scrubber");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const int rows = spec::stored_rows(spec);
  const std::size_t row_bits = size(address_bits(rows));
  const std::size_t bank_bits = size(address_bits(spec.banks));
  const bool banks = spec.banks > 1;
  // The row that is read, first in the order of the variables.
  const Bdd::Node busy = leaf.bit("busy_i");
  const std::string walk = banks ? "g_banks.busy_row_q" : "g_single.row_q";
  const Word busy_row = leaf.word(walk, row_bits);
  Word row = busy_row;
  Word bank = constant(0, bank_bits);
  if (banks) {
    row = choose(bdd, busy, busy_row, leaf.word("g_banks.idle_row_q", row_bits));
    bank = choose(bdd, busy, leaf.word("busy_bank_i", bank_bits),
                  leaf.word("g_banks.idle_bank_q", bank_bits));
  }
  at.require(leaf.word("bank_o", bank_bits), bank, "bank_o", "it reads another bank");

  const std::size_t places = size(rows) * size(spec.banks);
  const Nets& lines = leaf.nets("line_o", size(rows));
  const Word written = leaf.word("written_q", places);
  const Word enable = leaf.word("enable_i", places);
  Bdd::Node is_written = Bdd::zero;
  Word written_next;
  for (std::size_t i = 0; i < places; ++i) {
    const Bdd::Node here = equal(bdd, row, constant(i % size(rows), row_bits));
    if (i < size(rows)) {
      at.require(at(lines[i]), here, fmt::format("line_o[{}]", i), "it reads another row");
    }
    const Bdd::Node its_bank =
        banks ? equal(bdd, bank, constant(i / size(rows), bank_bits)) : Bdd::one;
    is_written = bdd.either(is_written, bdd.both(written[i], bdd.both(here, its_bank)));
    written_next.push_back(bdd.either(written[i], enable[i]));
  }
  leaf.require_next("written_q", written_next, true);

  const Bdd::Node bad = leaf.bit("uncorrectable_i");
  const Bdd::Node quiet = bdd.inverse(leaf.bit("pending_q"));
  const Bdd::Node look = bdd.both(is_written, quiet);
  const Bdd::Node wanted = bdd.both(look, bdd.both(leaf.bit("mended_i"), bdd.inverse(bad)));
  const Bdd::Node offered = leaf.bit("weight_valid_i");
  const Bdd::Node rewrite = bdd.both(wanted, bdd.inverse(offered));
  const Bdd::Node step = bdd.both(quiet, bdd.either(bdd.inverse(wanted), rewrite));
  const Bdd::Node valid = bdd.either(offered, rewrite);
  const auto output = [&](const char* name, Bdd::Node expected) {
    at.require(leaf.bit(name), expected, name, "the output is wrong");
  };
  output("rewrite_o", rewrite);
  output("fatal_o", bdd.both(look, bad));
  output("port_valid_o", valid);
  at.require(leaf.word("port_bank_o", bank_bits),
             choose(bdd, offered, leaf.word("weight_bank_i", bank_bits), bank), "port_bank_o",
             "a row of the stream goes first");
  at.require(leaf.word("port_row_o", row_bits),
             choose(bdd, offered, leaf.word("weight_row_i", row_bits), row), "port_row_o",
             "a row of the stream goes first");
  // As in the weight port: a row is taken, or was there and is not written yet.
  leaf.require_next("pending_q", {bdd.either(valid, bdd.inverse(leaf.bit("port_ready_i")))}, true);

  const auto after = [&](const Word& place, int count, std::size_t width) {
    const auto last = constant(static_cast<std::uint64_t>(count) - 1, width);
    return choose(bdd, equal(bdd, place, last), constant(0, width),
                  sum(bdd, place, constant(1, width)));
  };
  const Bdd::Node busy_step = banks ? bdd.both(step, busy) : step;
  leaf.require_next(walk, choose(bdd, busy_step, after(busy_row, rows, row_bits), busy_row), true);
  if (!banks) return;
  const Bdd::Node idle_step = bdd.both(step, bdd.inverse(busy));
  const Word idle_row = leaf.word("g_banks.idle_row_q", row_bits);
  const Word idle_bank = leaf.word("g_banks.idle_bank_q", bank_bits);
  leaf.require_next("g_banks.idle_row_q",
                    choose(bdd, idle_step, after(idle_row, rows, row_bits), idle_row), true);
  const Bdd::Node at_end =
      equal(bdd, idle_row, constant(static_cast<std::uint64_t>(rows) - 1, row_bits));
  leaf.require_next(
      "g_banks.idle_bank_q",
      choose(bdd, bdd.both(idle_step, at_end), after(idle_bank, spec.banks, bank_bits), idle_bank),
      true);
}

void prove_error_monitor(const Design& design, const Module& module, const spec::MacroSpec& spec) {
  Leaf leaf(design, module, "error counters");
  Bdd& bdd = leaf.at.bdd;
  const std::size_t width = size(spec.protection.counter_bits);
  const Bdd::Node clear = leaf.bit("clear_i");
  const Bdd::Node flagged = leaf.bit("flagged_i");
  const auto counter = [&](const std::string& state, const char* output, Bdd::Node event) {
    const Word now = leaf.word(state, width);
    leaf.at.require(leaf.word(output, width), now, output, "it has to be the counter");
    const Word from = choose(bdd, clear, constant(0, width), now);
    const Bdd::Node full = equal(bdd, from, constant(~std::uint64_t{0}, width));
    const Bdd::Node counts = bdd.both(event, bdd.inverse(full));
    leaf.require_next(state, choose(bdd, counts, sum(bdd, from, constant(1, width)), from), true);
  };
  counter("mended_q", "mended_o", leaf.bit("mended_i"));
  counter("flagged_q", "flagged_o", flagged);
  const Bdd::Node irq = leaf.bit("irq_q");
  leaf.at.require(leaf.bit("irq_o"), irq, "irq_o", "it has to be the interrupt");
  leaf.require_next(
      "irq_q",
      {bdd.either(bdd.both(irq, bdd.inverse(clear)), bdd.either(flagged, leaf.bit("fatal_i")))},
      true);
}

}  // namespace cimforge::proof
