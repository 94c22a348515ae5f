// The cells of a macro whose vectors bring their precision (docs/precision.md).
#include "generator/spec/precision.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "generator/spec/range.h"
#include "proof/leaf.h"
#include "proof/leaves.h"

namespace cimforge::proof {
namespace {

std::size_t size(int count) {
  return static_cast<std::size_t>(count);
}

/// One-hot: bit min(asked, count - 1).
Word one_hot(Bdd& bdd, const Word& asked, std::size_t count) {
  Word result;
  Bdd::Node none = Bdd::one;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    result.push_back(equal(bdd, asked, constant(i, asked.size())));
    none = bdd.both(none, bdd.inverse(result.back()));
  }
  result.push_back(none);
  return result;
}

/// What goes with a partial sum: log2 of the columns of a weight, one-hot, and both signs.
struct Mode {
  Bdd::Node input_signed, weight_signed;
  Word fuse;
};

Mode mode_of(const Word& bits) {
  return {bits[0], bits[1], Word(bits.begin() + 2, bits.end())};
}

/// For each t: the columns whose number, counted from 1, is divisible by 2^t end a signed weight.
Word signs_of(Bdd& bdd, const Mode& mode) {
  Word signs;
  Bdd::Node ends = Bdd::zero;
  for (const Bdd::Node columns : mode.fuse) {
    ends = bdd.either(ends, columns);
    signs.push_back(bdd.both(mode.weight_signed, ends));
  }
  return signs;
}

std::string stage_name(int stage, const char* name) {
  return fmt::format("g_stage[{}].g_rank.{}", stage, name);
}
std::string place_name(int stage) {
  return fmt::format("g_stage[{}].g_place.g_rank.tag_q", stage);
}

}  // namespace

int fuse_log(const spec::MacroSpec& spec) {
  return std::countr_zero(static_cast<unsigned>(spec.precision.fused_columns));
}

void prove_precision_sequencer(const Design& design, const Module& module,
                               const spec::MacroSpec& spec, int negate_stage) {
  Leaf leaf(design, module, "sequencer");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const std::size_t planes = size(spec.input.bits);
  const std::size_t levels = size(fuse_log(spec)) + 1;
  const auto bank_bits = size(address_bits(spec.banks));
  const int ranks = spec.pipeline_stages;
  const int stages = ranks + (levels > 1 ? 1 : 0);  // the last is that of fused columns

  const Bdd::Node busy = leaf.bit("busy_q");
  const Word bank = leaf.word("bank_q", bank_bits);
  // Bits that are left out: bit by bit, which keeps the diagrams of the lowest bit small.
  const bool skipping = skips(spec);
  Word asked_planes, left, top;
  for (std::size_t i = 0; skipping && i < planes; ++i) {
    asked_planes.push_back(at.variable(leaf.nets("nonzero_i", planes)[i]));
    left.push_back(at(leaf.nets("g_skip.left_q", planes)[i]));
  }
  if (skipping) top = leaf.word("g_skip.top_q", planes);
  const Word plane = leaf.word("plane_q", planes);
  std::vector<Bdd::Node> valid = {bdd.both(busy, bdd.inverse(leaf.bit("hold_i")))};
  std::vector<Bdd::Node> first = {leaf.bit("first_q")};
  std::vector<Bdd::Node> sign = {skipping ? any_of(bdd, both(bdd, plane, top)) : first[0]};
  std::vector<Bdd::Node> last = {skipping ? bdd.inverse(any_of(bdd, left)) : plane[0]};
  std::vector<Word> place = {plane};
  std::vector<Word> mode = {leaf.word("mode_q", levels + 2)};
  for (int stage = 1; stage <= stages; ++stage) {
    valid.push_back(leaf.bit(stage_name(stage, "valid_q")));
    last.push_back(leaf.bit(stage_name(stage, "last_q")));
    mode.push_back(leaf.word(stage_name(stage, "tag_q"), levels + 2));
    if (stage > ranks) continue;
    first.push_back(leaf.bit(stage_name(stage, "g_first.tag_first_q")));
    sign.push_back(skipping ? leaf.bit(stage_name(stage, "g_first.g_sign.tag_sign_q"))
                            : first.back());
    if (skipping) place.push_back(leaf.word(place_name(stage), planes));
  }
  const Bdd::Node result = bdd.both(valid.back(), last.back());
  const Bdd::Node advance = bdd.inverse(bdd.both(result, bdd.inverse(leaf.bit("result_ready_i"))));
  const Bdd::Node moves = bdd.both(valid[0], advance);
  const Bdd::Node done = bdd.both(moves, last[0]);
  const Bdd::Node ready = bdd.either(bdd.inverse(busy), done);
  const Bdd::Node take = bdd.both(leaf.bit("in_valid_i"), ready);

  const auto output = [&](const std::string& name, const Word& expected) {
    at.require(leaf.word(name, expected.size()), expected, name, "the output is wrong");
  };
  output("in_ready_o", {ready});
  output("take_o", {take});
  output("busy_o", {busy});
  output("bank_o", bank);
  output("plane_o", plane);
  Word enables;
  for (int rank = 0; rank < ranks; ++rank) enables.push_back(bdd.both(valid[size(rank)], advance));
  if (ranks > 0) output("rank_enable_o", enables);
  const Mode summed = mode_of(mode[size(ranks)]);
  const Mode complete = mode_of(mode.back());
  output("negate_o", signs_of(bdd, mode_of(mode[size(negate_stage)])));
  output("sum_signed_o", signs_of(bdd, summed));
  output("first_o", {first.back()});
  output("subtract_o", {bdd.both(sign.back(), summed.input_signed)});
  if (skipping) output("place_o", place.back());
  output("accumulate_o", {bdd.both(valid[size(ranks)], advance)});
  output("fuse_o", complete.fuse);
  output("input_signed_o", {complete.input_signed});
  output("result_signed_o", {bdd.either(complete.input_signed, complete.weight_signed)});
  output("result_valid_o", {result});

  // The highest bit that the vector has; what is past the widest is that.
  const Word highest =
      one_hot(bdd, leaf.word("in_last_bit_i", size(address_bits(spec.input.bits))), planes);
  Word asked = {leaf.bit("in_signed_i"), leaf.bit("in_weight_signed_i")};
  const auto fuse_bits = size(address_bits(static_cast<int>(levels)));
  const Word columns = one_hot(bdd, leaf.word("in_fuse_i", fuse_bits), levels);
  asked.insert(asked.end(), columns.begin(), columns.end());
  leaf.require_next("busy_q", {bdd.either(take, bdd.both(busy, bdd.inverse(done)))}, true);
  leaf.require_next("bank_q", choose(bdd, take, leaf.word("in_bank_i", bank_bits), bank));
  const auto stepped = [&](const Word& taken, const Word& next, const Word& held) {
    return choose(bdd, take, taken, choose(bdd, moves, next, held));
  };
  if (skipping) {
    // Those at and below it that are not zero, one after the other from the lowest.
    Bdd::Node at_or_above = Bdd::zero;
    for (std::size_t i = planes; i-- > 0;) {
      at_or_above = bdd.either(at_or_above, highest[i]);
      asked_planes[i] = bdd.both(asked_planes[i], at_or_above);
    }
    const auto rest = [&](const Word& word) {
      return both(bdd, word, inverse(bdd, lowest_of(bdd, word)));
    };
    leaf.require_next("plane_q",
                      stepped(lowest_of(bdd, asked_planes), lowest_of(bdd, left), plane));
    leaf.require_next("g_skip.left_q", stepped(rest(asked_planes), rest(left), left));
    leaf.require_next("g_skip.top_q", choose(bdd, take, highest, top));
  } else {
    Word below(plane.begin() + 1, plane.end());
    below.push_back(Bdd::zero);
    leaf.require_next("plane_q", stepped(highest, below, plane));
  }
  leaf.require_next("first_q", {bdd.either(take, bdd.both(first[0], bdd.inverse(moves)))});
  leaf.require_next("mode_q", choose(bdd, take, asked, mode[0]));
  for (int stage = 1; stage <= stages; ++stage) {
    const auto here = size(stage);
    const auto hands_on = [&](const char* name, const std::vector<Bdd::Node>& tags, bool resets) {
      leaf.require_next(stage_name(stage, name), {bdd.choose(advance, tags[here - 1], tags[here])},
                        resets);
    };
    hands_on("valid_q", valid, true);
    hands_on("last_q", last, true);
    if (stage <= ranks) hands_on("g_first.tag_first_q", first, false);
    if (stage <= ranks && skipping) {
      hands_on("g_first.g_sign.tag_sign_q", sign, false);
      leaf.require_next(place_name(stage), choose(bdd, advance, place[here - 1], place[here]));
    }
    leaf.require_next(stage_name(stage, "tag_q"), choose(bdd, advance, mode[here - 1], mode[here]));
  }
}

void prove_signed_accumulator(const Design& design, const Module& module,
                              const spec::MacroSpec& spec, int width) {
  Leaf leaf(design, module, "accumulator");
  Functions& at = leaf.at;
  Bdd& bdd = at.bdd;
  const bool holds = fuse_log(spec) > 0;
  const bool places = skips(spec);
  const Nets& sum_nets = leaf.flat().port("sum_i");
  const Nets& results = leaf.nets("result_o", size(width));
  if (sum_nets.empty() || sum_nets.size() > results.size()) {
    at.refute("sum_i", "it is wider than the accumulator");
  }
  const std::size_t top = sum_nets.size() - 1;
  const auto kept = [&](std::size_t bit) {
    const char* name = places ? "g_bit[{}].acc_q" : "g_bit[{}].g_kept.acc_q";
    return leaf.nets(fmt::format(fmt::runtime(name), bit), 1).front();
  };
  const auto prove_step = [&](std::size_t up) {
    const Bdd::Node first = leaf.bit("first_i");
    const Bdd::Node subtract = leaf.bit("subtract_i");
    const Bdd::Node is_signed = leaf.bit("signed_i");
    // Operands of one column stand together in the order of the variables: small diagrams.
    const std::size_t shift = places ? 0 : 1;
    Word base, sum_bits, offset;
    for (std::size_t bit = 0; bit < results.size(); ++bit) {
      sum_bits.push_back(bit >= up && bit - up <= top ? at(sum_nets[bit - up]) : Bdd::zero);
      base.push_back(bit < shift ? Bdd::zero : bdd.both(at(kept(bit - shift)), bdd.inverse(first)));
      offset.push_back(bit < top + up ? Bdd::zero : is_signed);  // -2^top
    }
    Word added = sum(bdd, sum_bits, offset);
    for (Bdd::Node& bit : added) bit = bdd.differ(bit, subtract);
    Word one(results.size(), Bdd::zero);
    one[0] = subtract;
    const Word next = sum(bdd, base, sum(bdd, added, one));
    if (!holds) at.require(at(results), next, "result_o", "the accumulator has to add");
    const std::size_t registers = results.size() - (holds || places ? 0 : 1);
    for (std::size_t bit = 0; bit < registers; ++bit) {
      const Register& each = leaf.flip_flop(kept(bit));
      at.require(at.next(each), bdd.choose(leaf.bit("enable_i"), next[bit], at(each.q)),
                 at.name(each.q), "the accumulator has to add, and to keep its sum");
      if (holds) {
        at.require(at(results[bit]), at(each.q), fmt::format("result_o[{}]", bit),
                   "it has to be what was accumulated");
      }
    }
  };
  if (!places) return prove_step(0);
  const std::size_t bits = size(spec.input.bits);
  for (std::size_t place = 0; place < bits; ++place) {
    at.release();
    at.set(leaf.nets("place_i", bits), std::uint64_t{1} << place);
    prove_step(place);
  }
  // A vector of zeros: nothing is added, and the start value stays.
  at.release();
  at.set(leaf.nets("place_i", bits), 0);
  at.set(leaf.nets("subtract_i", 1), 0);
  const Bdd::Node first = leaf.bit("first_i");
  for (std::size_t bit = 0; bit < results.size(); ++bit) {
    const Register& each = leaf.flip_flop(kept(bit));
    const Bdd::Node next = bdd.both(at(each.q), bdd.inverse(first));
    at.require(at.next(each), bdd.choose(leaf.bit("enable_i"), next, at(each.q)), at.name(each.q),
               "nothing has to be added at no place");
    if (!holds) at.require(at(results[bit]), next, "result_o", "nothing has to be added");
  }
}

namespace {

/// The adders of fused columns, level by level: the sums of each are cut where the next one reads
/// them, since each is right by itself.
class Fusion {
 public:
  Fusion(const Design& design, const Module& module, const spec::MacroSpec& spec)
      : leaf_(design, module, "fused columns"),
        at_(leaf_.at),
        levels_(size(fuse_log(spec))),
        weight_bits_(size(spec.weight.bits)),
        code_bits_(size(spec::output_width(spec))) {
    const std::size_t codes = leaf_.flat().port("planes_o").size();
    lanes_ = codes / code_bits_;
    if (codes != lanes_ * code_bits_ || lanes_ == 0 || lanes_ % (std::size_t{1} << levels_) != 0) {
      at_.refute("planes_o", "it has another width");
    }
    totals_.push_back(leaf_.nets("planes_i", codes));
    for (std::size_t level = 1; level <= levels_; ++level) {
      const std::string name = fmt::format("g_level[{}].total", level);
      const auto found = leaf_.flat().wires.find(name);
      if (found == leaf_.flat().wires.end() || found->second.size() % lanes_ != 0) {
        at_.refute(name, "there is no such signal");
      }
      totals_.push_back(found->second);
    }
    input_signed_ = leaf_.bit("input_signed_i");
    result_signed_ = leaf_.bit("result_signed_i");
  }

  std::vector<int> prove() {
    for (std::size_t level = 1; level <= levels_; ++level) prove_level(level);
    prove_codes();
    std::vector<int> widths;
    for (std::size_t level = 0; level <= levels_; ++level) {
      widths.push_back(static_cast<int>(width(level)));
    }
    return widths;
  }

 private:
  [[nodiscard]] std::size_t width(std::size_t level) const {
    return totals_[level].size() / lanes_;
  }
  [[nodiscard]] Net net(std::size_t level, std::size_t lane, std::size_t bit) const {
    return totals_[level][bit * lanes_ + lane];
  }
  /// From here on what the groups of a level give is free.
  void cut(std::size_t level) {
    for (std::size_t lane = 0; lane < lanes_; lane += std::size_t{1} << level) {
      for (std::size_t bit = 0; bit < width(level); ++bit) {
        const Net each = net(level, lane, bit);
        if (each > 1) at_.set(each, at_.variable(each));
      }
    }
  }
  /// The result of a group, moved up and extended to so many bits.
  Word extended(std::size_t level, std::size_t lane, std::size_t up, std::size_t bits,
                Bdd::Node is_signed) {
    const std::size_t own = width(level);
    const Bdd::Node sign = at_.bdd.both(at_(net(level, lane, own - 1)), is_signed);
    Word word;
    for (std::size_t bit = 0; bit < bits; ++bit) {
      word.push_back(bit < up         ? Bdd::zero
                     : bit - up < own ? at_(net(level, lane, bit - up))
                                      : sign);
    }
    return word;
  }

  void prove_level(std::size_t level) {
    const std::size_t half = std::size_t{1} << (level - 1);
    const std::size_t up = half * weight_bits_;
    for (std::size_t lane = 0; lane < lanes_; lane += 2 * half) {
      // Bits of one place stand together in the order of the variables: small diagrams.
      for (std::size_t bit = 0; bit < width(level); ++bit) {
        if (bit < width(level - 1)) variable(net(level - 1, lane, bit));
        if (bit >= up && bit - up < width(level - 1)) {
          variable(net(level - 1, lane + half, bit - up));
        }
      }
    }
    at_.release();
    cut(level - 1);
    const Word fuse = leaf_.word("fuse_i", levels_ + 1);
    for (std::size_t lane = 0; lane < lanes_; lane += 2 * half) {
      const Word right = extended(level - 1, lane, 0, width(level), input_signed_);
      // The last columns of a weight have its sign, whichever number of them is fused.
      Bdd::Node ends = Bdd::zero;
      for (std::size_t fused = level; fused <= levels_; ++fused) {
        const std::size_t columns = std::size_t{1} << fused;
        if (lane % columns + 2 * half == columns) ends = at_.bdd.either(ends, fuse[fused]);
      }
      const Bdd::Node is_signed = at_.bdd.either(input_signed_, at_.bdd.both(result_signed_, ends));
      const Word left = extended(level - 1, lane + half, up, width(level), is_signed);
      const Word expected = sum(at_.bdd, right, left);
      for (std::size_t bit = 0; bit < expected.size(); ++bit) {
        at_.require(at_(net(level, lane, bit)), expected[bit],
                    fmt::format("g_level[{}].total, bit {} of column {}", level, bit, lane),
                    fmt::format("{} columns have to be added to {}, {} bits up", half, half, up));
      }
    }
  }

  void variable(Net each) {
    if (each > 1) at_.variable(each);
  }

  /// Each code is a part of the result of its group, whichever columns are fused.
  void prove_codes() {
    at_.release();
    for (std::size_t level = 0; level <= levels_; ++level) cut(level);
    const Word fuse = leaf_.word("fuse_i", levels_ + 1);
    const Nets& codes = leaf_.nets("planes_o", lanes_ * code_bits_);
    std::vector<Word> expected(lanes_, Word(code_bits_, Bdd::zero));
    for (std::size_t level = 0; level <= levels_; ++level) {
      const std::size_t columns = std::size_t{1} << level;
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const std::size_t place = lane % columns;
        const Word whole = extended(level, lane - place, 0, columns * code_bits_, result_signed_);
        for (std::size_t bit = 0; bit < code_bits_; ++bit) {
          const Bdd::Node shown = at_.bdd.both(fuse[level], whole[place * code_bits_ + bit]);
          expected[lane][bit] = at_.bdd.either(expected[lane][bit], shown);
        }
      }
    }
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      for (std::size_t bit = 0; bit < code_bits_; ++bit) {
        at_.require(at_(codes[bit * lanes_ + lane]), expected[lane][bit],
                    fmt::format("planes_o, bit {} of column {}", bit, lane),
                    "it has to be that part of the result of its columns");
      }
    }
  }

  Leaf leaf_;
  Functions& at_;
  std::size_t levels_, weight_bits_, code_bits_, lanes_ = 0;
  std::vector<Nets> totals_;  ///< by level; the first are the columns
  Bdd::Node input_signed_ = Bdd::zero, result_signed_ = Bdd::zero;
};

}  // namespace

std::vector<int> prove_column_fusion(const Design& design, const Module& module,
                                     const spec::MacroSpec& spec) {
  return Fusion(design, module, spec).prove();
}

}  // namespace cimforge::proof
