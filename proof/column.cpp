#include "proof/column.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "generator/spec/binary.h"
#include "generator/spec/precision.h"
#include "generator/spec/protection.h"
#include "generator/spec/structure.h"
#include "proof/block.h"
#include "proof/booth.h"
#include "proof/heap.h"
#include "proof/leaves.h"

namespace cimforge::proof {
namespace {

/// Whether coefficient * value is zero modulo 2^width for all that `value` leaves open.
bool vanishes(std::int64_t coefficient, int modulus, int width) {
  if (modulus >= 64) return true;
  const auto product = modulus >= width ? 0U : static_cast<std::uint64_t>(coefficient) << modulus;
  return (product & ((std::uint64_t{1} << width) - 1)) == 0;
}

bool congruent(std::int64_t a, std::int64_t b, int width) {
  return ((static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b)) &
          (width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1)) == 0;
}

/// The bits of one word among those of a sum: output of the block -> coefficient.
using WordBits = std::map<std::size_t, std::int64_t>;
/// The words of a sum: block and which of its two words.
using Words = std::map<std::pair<std::size_t, bool>, WordBits>;

/// A slice with its blocks, on the way to a ColumnProof.
class Slice {
 public:
  Slice(const Design& design, const Module& module, const spec::MacroSpec& spec)
      : spec_(spec),
        has_modes_(spec::has_precision(spec)),
        fuses_(fuse_log(spec) > 0),
        cells_(design),
        flat_(flatten(design, module,
                      [&](const Module& child) {
                        return is_leaf(child) || is_code_module(child, spec) ||
                               child.name.starts_with(spec.name + "_block");
                      })),
        at_(flat_, "column"),
        heap_(at_, cells_, [this](Net net) { return rank_of(net); }),
        errors_(flat_, at_, spec, proof_.errors),
        booth_(spec) {
    if (spec.recoding == spec::Recoding::booth) find_booth_count(design);
    find_parts(design);
    check_wires();
    check_sum();
    for (const auto& [rank, enable] : heap_.enables()) {
      require_port(enable, fmt::format("stage{}_enable_i", rank), "register rank");
    }
    for (const Register& each : flat_.registers) {
      if (each.clock < 0 || each.clock != flat_.port("clk_i").at(0)) {
        at_.refute(at_.name(each.q), "it is not clocked by clk_i");
      }
    }
    for (const auto& [block, proof] : proofs_) {
      if (proof.storage != nullptr) proof_.storages.push_back(proof.storage);
      proof_.selections.insert(proof.selections.begin(), proof.selections.end());
      proof_.errors.decode = proof.errors.decode;
      proof_.errors.selections.insert(proof.errors.selections.begin(),
                                      proof.errors.selections.end());
    }
    for (const Use& use : uses_) {
      proof_.adders += use.proof->adders;
      proof_.products += use.proof->products;
    }
    proof_.adders += heap_.adders();
  }

  [[nodiscard]] const ColumnProof& proof() const { return proof_; }

 private:
  struct Use {
    const Box* box;
    const BlockProof* proof;
    std::vector<int> digits;  ///< of digit_i of the slice, by index of the block's
    std::vector<int> rows;    ///< of the macro, by row of the block
  };
  /// Bit `bit` of one of the words of a block.
  struct Place {
    std::size_t use;
    bool top;
    std::size_t output;
  };

  void find_parts(const Design& design) {
    const auto only = [&](const Box& box, const Module*& part, const Box*& which) {
      if (part != nullptr) at_.refute(box.path, "there are two of them");
      part = box.module;
      which = &box;
    };
    const char* buffer = spec::scrubs(spec_) ? "cim_scrub_buffer" : "cim_plane_register";
    for (const Box& box : flat_.boxes) {
      const std::string& name = box.module->name;
      if (is_code_module(*box.module, spec_)) {
        continue;
      } else if (!is_leaf(*box.module)) {
        if (!proofs_.contains(box.module)) {
          proofs_.emplace(box.module, prove_block(design, *box.module, spec_, cells_));
        }
        uses_.push_back({&box, &proofs_.at(box.module), {}, {}});
      } else if (name == buffer && spec_.sparsity.is_structured() && box.path == "u_index_buffer") {
        only(box, proof_.index_buffer, index_buffer_);
      } else if (name == buffer) {
        only(box, proof_.write_buffer, write_buffer_);
      } else if (name == "cim_shift_accumulator" || name == "cim_add_constant" ||
                 name == "cim_place_accumulator" || name == "cim_signed_accumulator" ||
                 name == "cim_signed_place_accumulator") {
        only(box, proof_.accumulator, accumulator_);
      } else if (name == "cim_saturate") {
        only(box, proof_.saturation, saturation_);
      } else if (name == "cim_ternary_planes") {
        only(box, proof_.ternary, ternary_);
      } else if (name == "cim_threshold") {
        only(box, proof_.threshold, threshold_);
      } else if (name == "cim_output_register") {
        only(box, proof_.output, output_);
      }
    }
    const char* accumulator = has_modes_ && skips(spec_) ? "cim_signed_place_accumulator"
                              : has_modes_               ? "cim_signed_accumulator"
                              : skips(spec_)             ? "cim_place_accumulator"
                              : steps(spec_) > 1         ? "cim_shift_accumulator"
                                                         : "cim_add_constant";
    const auto missing = [&](const char* name) { at_.refute(name, "there is none"); };
    if (write_buffer_ == nullptr && stores_in_blocks(spec_)) missing(buffer);
    if (spec_.sparsity.is_structured() && index_buffer_ == nullptr) missing("u_index_buffer");
    if (accumulator_ == nullptr || proof_.accumulator->name != accumulator) missing(accumulator);
    if (output_ == nullptr && !fuses_) missing("cim_output_register");
    if (spec_.weight.is_ternary && ternary_ == nullptr && stores_in_blocks(spec_)) {
      missing("cim_ternary_planes");
    }
    if (spec::has_thresholds(spec_) != (threshold_ != nullptr)) missing("cim_threshold");
    for (std::size_t use = 0; use < uses_.size(); ++use) {
      for (const bool top : {false, true}) {
        const auto& outputs = word_of(use, top).outputs;
        for (std::size_t i = 0; i < outputs.size(); ++i) {
          for (const Net net : uses_[use].box->pin(outputs[i].port)) places_[net] = {use, top, i};
        }
      }
    }
  }

  /// The count of negative digits, whose bits come from the top.
  void find_booth_count(const Design& design) {
    const auto module = design.modules.find(booth_count_module(spec_));
    if (module == design.modules.end()) at_.refute(booth_count_module(spec_), "there is none");
    booth_count_ = prove_booth_count(design, module->second, spec_, cells_);
    const Nets& bits = flat_.port("negatives_i");
    if (bits.size() != booth_count_.ranks.size()) at_.refute("negatives_i", "it has another width");
    for (const auto& [rank, enable] : booth_count_.enables) {
      if (enable == fmt::format("stage{}_enable_i", rank)) continue;
      at_.refute(booth_count_module(spec_), fmt::format("rank {} has another enable", rank));
    }
    for (std::size_t i = 0; i < bits.size(); ++i) count_bits_[bits[i]] = i;
  }

  const BlockWord& word_of(std::size_t use, bool top) const {
    return top ? uses_[use].proof->top : uses_[use].proof->fixed;
  }

  void require_wire(const Box& box, const std::string& pin, const Nets& source,
                    const std::string& name) {
    at_.require(at_(box.pin(pin)), at_(source), box.path + "." + pin,
                fmt::format("it has to be {}", name));
  }
  void require_port(const Box& box, const std::string& pin, const std::string& port) {
    require_wire(box, pin, flat_.port(port), port);
  }
  void require_port(Net net, const std::string& port, const std::string& what) {
    const Nets& bits = flat_.port(port);
    if (net < 0 || bits.size() != 1) at_.refute(port, fmt::format("the {} has no enable", what));
    at_.require(at_(net), at_(bits.front()), port, fmt::format("it has to enable the {}", what));
  }

  /// For each bit of a block's input, the bit of the slice's that it is.
  std::vector<int> indices(const Box& box, const std::string& name) {
    const Nets& source = flat_.port(name);
    std::map<Net, int> index;
    for (std::size_t i = 0; i < source.size(); ++i) index.emplace(source[i], static_cast<int>(i));
    std::vector<int> result;
    for (const Net net : box.pin(name)) {
      const auto found = index.find(at_.net_of(at_(net)));
      if (found == index.end()) {
        at_.refute(fmt::format("{}.{}[{}]", box.path, name, result.size()),
                   fmt::format("it is not a bit of {}", name), name, at_.name(net));
      }
      result.push_back(found->second);
    }
    return result;
  }

  /// What the indices of a block select has to come from the groups of its stored rows. From here
  /// on its digits are what is selected, by number of the stored row in the macro.
  void select_digits(Use& use) {
    const int rows = use.proof->rows;
    const int inputs = spec::first_row_of_group(spec_, rows);
    const int digit_bits = static_cast<int>(use.digits.size()) / inputs;
    std::vector<int> selected;
    for (int j = 0; j < digit_bits; ++j) {
      for (int row = 0; row < rows; ++row) {
        const int in_macro = use.rows[static_cast<std::size_t>(row)];
        for (int m = 0; m < spec_.sparsity.group; ++m) {
          const int pin = j * inputs + spec::first_row_of_group(spec_, row) + m;
          const int expected = j * spec_.rows + spec::first_row_of_group(spec_, in_macro) + m;
          const int got = use.digits[static_cast<std::size_t>(pin)];
          if (got == expected) continue;
          at_.refute(fmt::format("{}.digit_i[{}]", use.box->path, pin),
                     fmt::format("stored row {} selects from another group", in_macro),
                     fmt::format("digit_i[{}]", expected), fmt::format("digit_i[{}]", got));
        }
        selected.push_back(j * spec::stored_rows(spec_) + in_macro);
      }
    }
    use.digits = std::move(selected);
  }

  /// Rows of a block whose weights come from outside: whole ones.
  void check_rows(Use& use) {
    const Box& box = *use.box;
    const int bits = spec_.weight.bits;
    const std::vector<int> places = indices(box, "weight_i");
    for (int i = 0; i < static_cast<int>(places.size()); ++i) {
      const int place = places[static_cast<std::size_t>(i)];
      if (i % bits == 0) use.rows.push_back(place / bits);
      if (place != use.rows.back() * bits + i % bits) {
        at_.refute(fmt::format("{}.weight_i[{}]", box.path, i), "it is another bit or another row",
                   fmt::format("weight_i[{}]", use.rows.back() * bits + i % bits),
                   fmt::format("weight_i[{}]", place));
      }
    }
  }

  /// Of a transposable macro: the same of both views.
  void check_views(const Use& use) {
    const Box& box = *use.box;
    require_port(box, "transpose_i", "transpose_i");
    const std::vector<int> places = indices(box, "weight_i");
    const std::vector<int> others = indices(box, "weight_t_i");
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (i < others.size() && others[i] == places[i]) continue;
      at_.refute(fmt::format("{}.weight_t_i[{}]", box.path, i),
                 "it is of another row than weight_i there");
    }
  }

  /// Its planes are behind those of the row that is `written` before it.
  void check_buffer(const Box& buffer, Nets& written) {
    const Nets& planes = buffer.pin("planes_o");
    require_port(buffer, "clk_i", "clk_i");
    require_port(buffer, "load_i", "weight_load_i");
    if (spec::scrubs(spec_)) {
      errors_.check_buffer(buffer, written.size(), planes.size());
    } else {
      require_wire(buffer, "shift_i", {0}, "0");
    }
    written.insert(written.end(), planes.begin(), planes.end());
  }

  void check_wires() {
    Nets written;
    if (stores_in_blocks(spec_)) {
      check_buffer(*write_buffer_, written);
      if (ternary_ == nullptr) {
        require_port(*write_buffer_, "codes_i", "weight_data_i");
      } else {
        require_port(*ternary_, "codes_i", "weight_data_i");
        require_wire(*write_buffer_, "codes_i", ternary_->pin("planes_o"), "the planes");
      }
    }
    if (index_buffer_ != nullptr) {
      check_buffer(*index_buffer_, written);
      require_port(*index_buffer_, "codes_i", "weight_index_i");
    }
    if (spec::is_protected(spec_)) written = errors_.written(written);
    for (Use& use : uses_) {
      const Box& box = *use.box;
      for (const Port& port : box.module->ports) {
        if (port.name == "clk_i" || port.name == "bank_i" || port.name.starts_with("stage")) {
          require_port(box, port.name, port.name);
        }
      }
      for (const auto& [rank, enable] : use.proof->enables) {
        if (enable != fmt::format("stage{}_enable_i", rank)) {
          at_.refute(box.path, fmt::format("rank {} of its registers has another enable", rank),
                     fmt::format("stage{}_enable_i", rank), enable);
        }
      }
      use.digits = indices(box, "digit_i");
      if (!stores_in_blocks(spec_)) {
        check_rows(use);
        if (transposes(spec_)) check_views(use);
        continue;
      }
      require_wire(box, "write_data_i", written, "the write buffer");
      const std::vector<int> lines = indices(box, "word_line_i");
      const int rows = use.proof->rows;
      for (int i = 0; i < static_cast<int>(lines.size()); ++i) {
        const int line = lines[static_cast<std::size_t>(i)];
        if (i < rows) use.rows.push_back(line);
        const int all = spec::stored_rows(spec_);
        const int expected = use.rows[static_cast<std::size_t>(i % rows)] + i / rows * all;
        if (line != expected || line / all != i / rows) {
          at_.refute(fmt::format("{}.word_line_i[{}]", box.path, i),
                     fmt::format("a row of bank {} is written with row {} of bank {}", i / rows,
                                 line % all, line / all),
                     fmt::format("word_line_i[{}]", expected),
                     fmt::format("word_line_i[{}]", line));
        }
      }
      if (spec::is_protected(spec_)) errors_.check_block(box, use.rows);
      if (spec_.sparsity.is_structured()) select_digits(use);
    }
    if (spec::is_protected(spec_)) {
      std::vector<const Box*> blocks;
      for (const Use& use : uses_) blocks.push_back(use.box);
      errors_.check_flags(blocks);
    }
    check_accumulator();
    check_result();
  }

  void check_accumulator() {
    if (steps(spec_) == 1 && !has_modes_) return;  // it adds a constant
    require_port(*accumulator_, "clk_i", "clk_i");
    require_port(*accumulator_, "enable_i", "accumulate_i");
    require_port(*accumulator_, "first_i", "first_i");
    if (has_modes_) {
      require_port(*accumulator_, "subtract_i", "subtract_i");
      require_port(*accumulator_, "signed_i", "sum_signed_i");
      if (skips(spec_)) require_port(*accumulator_, "place_i", "place_i");
      return;
    }
    if (skips(spec_)) require_port(*accumulator_, "place_i", "place_i");
    // The start value, or the digits behind it.
    const char* constant = skips(spec_) ? "start_i" : "feed_i";
    if (flat_.port(constant).empty()) {
      const Nets zeros(accumulator_->pin(constant).size(), 0);
      require_wire(*accumulator_, constant, zeros, "0");
    } else {
      require_port(*accumulator_, constant, constant);
    }
  }

  /// From the accumulator to the output register, or to the column's port.
  void check_result() {
    const char* output = has_modes_ ? "result_o" : steps(spec_) > 1 ? "next_o" : "sum_o";
    const Nets* result = &accumulator_->pin(output);
    proof_.width = static_cast<int>(result->size()) + spec_.output_shift;
    proof_.sum_bits = static_cast<int>(accumulator_->pin("sum_i").size());
    constexpr int most_bits = 62;
    if (proof_.width > most_bits) at_.refute(accumulator_->path, "it is wider than every sum");
    if (fuses_) {
      at_.require(at_(flat_.port("result_o")), at_(*result), "result_o", "it has to be the result");
      return;
    }
    if (saturation_ != nullptr) {
      require_wire(*saturation_, "data_i", *result, "the result");
      result = &saturation_->pin("data_o");
    }
    if (threshold_ != nullptr) {
      require_port(*threshold_, "clk_i", "clk_i");
      require_port(*threshold_, "load_i", "threshold_load_i");
      require_port(*threshold_, "threshold_i", "threshold_data_i");
      if (spec_.banks > 1) require_port(*threshold_, "bank_i", "threshold_bank_i");
      require_wire(*threshold_, "sum_i", *result, "the result");
      result = &threshold_->pin("sign_o");
    }
    require_port(*output_, "clk_i", "clk_i");
    require_port(*output_, "load_i", "result_load_i");
    if (has_second_entry(spec_)) {
      require_port(*output_, "load_skid_i", "result_load_skid_i");
      require_port(*output_, "move_i", "result_move_i");
    }
    require_wire(*output_, "planes_i", *result, "the result");
    at_.require(at_(flat_.port("out_data_o")), at_(output_->pin("codes_o")), "out_data_o",
                "it has to be the output register");
  }

  /// Registers behind the products, of a bit that a block or an inversion gives.
  int rank_of(Net net) {
    if (const auto place = places_.find(net); place != places_.end()) {
      const Place& where = place->second;
      return word_of(where.use, where.top).outputs[where.output].rank;
    }
    if (inversion(net) != nullptr || is_negation(net)) return proof_.negate_stage;
    if (const auto bit = count_bits_.find(net); bit != count_bits_.end()) {
      return booth_count_.ranks[bit->second];
    }
    return 0;
  }

  /// With run-time precision negate_i is one more bit: the 1 of -T = ~T + 1.
  [[nodiscard]] bool is_negation(Net net) const {
    return has_modes_ && net == flat_.port("negate_i").at(0);
  }

  const Box* inversion(Net net) {
    const Box* box = heap_.box_at(net);
    const bool is = box != nullptr && cells_[*box->module].kind == CellKind::exclusive;
    return is ? box : nullptr;
  }

  /// What an inversion inverts: the input that is not negate_i.
  Net inverted(const Box& box) {
    const SmallCell& cell = cells_[*box.module];
    const Nets& negate = flat_.port("negate_i");
    for (std::size_t i = 0; i < 2 && negate.size() == 1; ++i) {
      // It is invert_i that all lanes share.
      if (cell.inputs[i] == "invert_i" &&
          at_(box.pin(cell.inputs[i]).at(0)) == at_(negate.front())) {
        return box.pin(cell.inputs[1 - i]).at(0);
      }
    }
    at_.refute(box.path, "negate_i does not invert it");
  }

  /// The sum of one step: first the sign plane, whose rank decides where it is inverted.
  void check_sum() {
    find_negate_stage();
    std::vector<Term> word;
    for (const Net net : accumulator_->pin("sum_i")) {
      word.push_back({net, std::int64_t{1} << word.size()});
    }
    Sum sum = heap_.sum(word);
    for (const int rank : sum.ranks) {
      if (rank >= 0 && rank != spec_.pipeline_stages) {
        at_.refute("sum_i", "it is in another pipeline stage",
                   fmt::format("rank {}", spec_.pipeline_stages), fmt::format("rank {}", rank));
      }
    }
    Words words;
    std::vector<Term> inversions;
    split(sum, words, inversions);
    Range range;
    for (const Term& each : inversions) range.add(each.coefficient);
    range.add(negation_);
    const int modulus = Heap::modulus(sum);
    add_words(words, range, proof_.constant_later, proof_.later, modulus);
    for (const auto& [bit, coefficient] : counted_) {
      const std::int64_t of_number = counted_.begin()->second * (std::int64_t{1} << bit);
      const std::int64_t own = congruent(coefficient, of_number, modulus) ? of_number : coefficient;
      range.add(own);
      booth_.add_count(bit, own);
    }
    drop(sum, range, "sum");
    proof_.constant_later += sum.constant;
    proof_.constant_first = proof_.constant_later;
    proof_.first = proof_.later;
    if (spec_.recoding == spec::Recoding::booth) check_booth();
    if (!inversions.empty()) check_sign_plane(inversions);
    proof_.constant_first += negation_;
  }

  /// Products of the top bit are those of the first step; the others are digits.
  void check_booth() {
    const BoothPlanes planes = booth_planes(spec_);
    std::vector<Product> first;
    for (Product each : proof_.first) {
      if (each.digit / spec_.rows != planes.top) {
        at_.refute(fmt::format("digit_i[{}]", each.digit), "it is multiplied and is no top bit");
      }
      each.digit = spec_.input_bits_per_cycle * spec_.rows + each.digit % spec_.rows;
      first.push_back(each);
    }
    proof_.first = std::move(first);
    proof_.later.clear();
    booth_.finish(booth_count_, proof_);
  }

  void split(const Sum& sum, Words& words, std::vector<Term>& inversions) {
    for (const Term& each : sum.bits) {
      if (const auto place = places_.find(each.net); place != places_.end()) {
        const Place& where = place->second;
        words[{where.use, where.top}][where.output] = each.coefficient;
      } else if (inversion(each.net) != nullptr) {
        inversions.push_back(each);
      } else if (const auto bit = count_bits_.find(each.net); bit != count_bits_.end()) {
        counted_[bit->second] += each.coefficient;
      } else if (is_negation(each.net)) {
        negation_ += each.coefficient;
      } else {
        at_.refute(at_.name(each.net), "it is added and comes from no block");
      }
    }
  }

  void drop(Sum& sum, const Range& range, const std::string& name) {
    Heap::drop_carries(sum, range);
    if (sum.modulus >= proof_.width) return;
    at_.refute(name, "the sum is not kept: a carry is lost or moved",
               fmt::format("modulo 2^{}", proof_.width), fmt::format("modulo 2^{}", sum.modulus));
  }

  /// Adds the blocks' words to a sum of products. A bit of the sum's highest column may be negative
  /// there and not in the words: the same modulo 2^modulus, which the carries leave open.
  void add_words(const Words& words, Range& range, std::int64_t& constant,
                 std::vector<Product>& products, int modulus = 64) {
    for (const auto& [which, bits] : words) {
      const Use& use = uses_[which.first];
      const BlockWord& word = word_of(which.first, which.second);
      const auto& [lowest, coefficient] = *bits.begin();
      const std::int64_t unit = coefficient / word.outputs[lowest].weight;
      Range by_bits;
      bool whole = word.modulus >= 64;
      for (std::size_t i = 0; i < word.outputs.size(); ++i) {
        const BlockWord::Output& output = word.outputs[i];
        const auto found = bits.find(i);
        std::int64_t own = found == bits.end() ? 0 : found->second;
        if (found != bits.end() && congruent(own, unit * output.weight, modulus)) {
          own = unit * output.weight;
        }
        by_bits.add(own);
        whole = whole && own == unit * output.weight;
        if (!congruent(own, unit * output.weight, proof_.width)) {
          at_.refute(fmt::format("{}.{}", use.box->path, output.port),
                     "it is added with the wrong weight", fmt::format("{}", unit * output.weight),
                     fmt::format("{}", own));
        }
      }
      if (!vanishes(unit, word.modulus, proof_.width)) {
        at_.refute(use.box->path, "its sum is not kept: a carry is lost or moved");
      }
      // A word of which bits are left out is bounded by the others.
      if (whole) {
        by_bits = {std::min(unit * word.least, unit * word.greatest),
                   std::max(unit * word.least, unit * word.greatest)};
      }
      range.least += by_bits.least;
      range.greatest += by_bits.greatest;
      constant += unit * word.constant;
      for (const Product& each : word.products) {
        const auto row = static_cast<std::size_t>(each.row);
        if (each.digit < 0) {
          products.push_back({-1, use.rows[row], each.bit, unit * each.coefficient});
          continue;
        }
        const auto digit = static_cast<std::size_t>(each.digit);
        for (int i = 1; i < each.rows; ++i) {
          const auto place = static_cast<std::size_t>(i);
          if (use.digits[digit + place] != use.digits[digit] + i ||
              use.rows[row + place] != use.rows[row] + i) {
            at_.refute(use.box->path, "it joins products of rows that are no neighbours");
          }
        }
        products.push_back(
            {use.digits[digit], use.rows[row], each.bit, unit * each.coefficient, each.rows});
      }
      for (BoothProduct each : word.booth) {
        const auto of_slice = [&](int& index) {
          if (index >= 0) index = use.digits[static_cast<std::size_t>(index)];
        };
        of_slice(each.one);
        of_slice(each.two);
        of_slice(each.negative);
        each.row = use.rows[static_cast<std::size_t>(each.row)];
        booth_.add(each, unit * each.coefficient);
      }
    }
  }

  void find_negate_stage() {
    int stage = -1;
    for (const Box& box : flat_.boxes) {
      if (cells_[*box.module].kind != CellKind::exclusive) continue;
      Heap probe(at_, cells_, [this](Net net) { return rank_of(net); });
      for (const int rank : probe.sum({{inverted(box), 1}}).ranks) {
        if (rank < 0) continue;
        if (stage >= 0 && rank != stage) {
          at_.refute(box.path, "the bits of the sign plane come from different pipeline stages");
        }
        stage = rank;
      }
      proof_.negates = true;
    }
    proof_.negate_stage = std::max(stage, 0);
  }

  /// What the inversions add: their data, and in the first step its inverse.
  void check_sign_plane(const std::vector<Term>& inversions) {
    std::int64_t constant = 0;
    std::int64_t both = 0;
    std::vector<Term> plane;
    for (const Term& each : inversions) {
      const Box& box = *inversion(each.net);
      const bool inverts = cells_[*box.module].inverted;
      both += each.coefficient;
      if (inverts) constant += each.coefficient;
      plane.push_back({inverted(box), inverts ? -each.coefficient : each.coefficient});
    }
    Sum sum = heap_.sum(plane);
    Words words;
    std::vector<Term> again;
    split(sum, words, again);
    if (!again.empty()) at_.refute(at_.name(again.front().net), "it is inverted twice");
    Range range;
    std::vector<Product> products;
    add_words(words, range, constant, products);
    drop(sum, range, "sign plane");
    constant += sum.constant;
    proof_.constant_later += constant;
    proof_.constant_first += both - constant;
    for (const Product& each : products) {
      proof_.later.push_back(each);
      proof_.first.push_back({each.digit, each.row, each.bit, -each.coefficient, each.rows});
    }
  }

  const spec::MacroSpec& spec_;
  bool has_modes_;  ///< vectors bring their precision
  bool fuses_;      ///< it is one of the columns of a slice that joins them
  SmallCells cells_;
  Flat flat_;
  Functions at_;
  Heap heap_;
  SliceErrors errors_;
  std::map<const Module*, BlockProof> proofs_;
  std::vector<Use> uses_;
  std::map<Net, Place> places_;
  const Box* write_buffer_ = nullptr;
  const Box* index_buffer_ = nullptr;
  const Box* accumulator_ = nullptr;
  const Box* saturation_ = nullptr;
  const Box* ternary_ = nullptr;
  const Box* threshold_ = nullptr;
  const Box* output_ = nullptr;
  BoothSum booth_;
  BoothCount booth_count_;
  std::map<Net, std::size_t> count_bits_;        ///< of negatives_i
  std::map<std::size_t, std::int64_t> counted_;  ///< their coefficients
  std::int64_t negation_ = 0;                    ///< coefficient of negate_i itself
  ColumnProof proof_;
};

}  // namespace

bool is_leaf(const Module& module) {
  return module.name.starts_with("cim_");
}

std::string bitcells_prefix(const spec::MacroSpec& spec) {
  return spec.name + "_bitcells";
}

ColumnProof prove_column(const Design& design, const Module& slice, const spec::MacroSpec& spec) {
  return Slice(design, slice, spec).proof();
}

}  // namespace cimforge::proof
