#include "generator/estimate/column.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

#include "generator/estimate/loop.h"
#include "generator/plan/plan.h"
#include "generator/spec/range.h"

namespace cimforge::estimate {
namespace {

constexpr int ceil_div(int a, int b) {
  return (a + b - 1) / b;
}

int bits_for(std::uint64_t most) {
  return static_cast<int>(std::bit_width(most));
}

std::uint64_t mask(int bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

/// A signal of a tree, as far as other adders care.
struct Token {
  int arrival = 0;
  int stage = 0;
  int local = 0;     ///< unit delays since the last rank of registers
  int negated = -1;  ///< since the tag that inverts the sign plane; -1: not by that way
  bool operator==(const Token&) const = default;
};

struct Run {
  Token token;
  int count = 0;
};

/// The signals of a column, the earliest first; of equally early ones that which came first.
class Signals {
 public:
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const Run& front() const { return runs_[head_]; }
  void clear() {
    runs_.clear();
    head_ = 0;
    size_ = 0;
  }

  void put(const Token& token, int count) {
    size_ += count;
    std::size_t place = runs_.size();
    while (place > head_ && runs_[place - 1].token.arrival > token.arrival) --place;
    if (place > head_ && runs_[place - 1].token == token) {
      runs_[place - 1].count += count;
      return;
    }
    runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(place), Run{token, count});
  }
  void put_all(const Signals& other) {
    for (std::size_t i = other.head_; i < other.runs_.size(); ++i) {
      put(other.runs_[i].token, other.runs_[i].count);
    }
  }
  Token take() {
    const Token token = runs_[head_].token;
    drop(1);
    return token;
  }
  /// Takes `count` signals off the first run.
  void drop(int count) {
    size_ -= count;
    runs_[head_].count -= count;
    if (runs_[head_].count == 0) ++head_;
    if (head_ == runs_.size()) {
      runs_.clear();
      head_ = 0;
    }
  }

 private:
  std::vector<Run> runs_;  ///< from head_ on, by arrival
  std::size_t head_ = 0;
  int size_ = 0;
};

using Heap = std::vector<Signals>;

/// A binary number of at most one signal a column.
struct Bit {
  bool present = false;
  Token token;
};
using Number = std::vector<Bit>;
struct NumberRun {
  Number number;
  int count = 0;
};

/// Adds heaps as plan::plan_tree does, and counts.
class Counter {
 public:
  Counter(const plan::AdderDelays& delays, const plan::PipelineCut& cut)
      : delays_(delays), cut_(cut) {}

  [[nodiscard]] const TreeCount& count() const { return count_; }
  [[nodiscard]] int first_stage() const { return first_stage_; }
  [[nodiscard]] int later_stages() const { return later_stages_; }
  void reset_count() { count_ = {}; }
  void saw_path(int stage, int units) {
    int& longest = stage == 0 ? first_stage_ : later_stages_;
    longest = std::max(longest, units);
  }

  [[nodiscard]] int negation() const { return negation_; }
  void saw_negation(int units) { negation_ = std::max(negation_, units); }

  /// The signal in a later stage, behind registers.
  Token at_stage(Token token, int stage, int times) {
    if (token.stage >= stage) return token;
    count_.registers += std::int64_t{1} * (stage - token.stage) * times;
    saw_path(token.stage, token.local);
    saw_negation(token.negated);
    return {token.arrival, stage, 0, -1};
  }

  /// `times` equal adders of two or three operands, the earliest first; returns sum and carry.
  std::pair<Token, Token> add(const Token* operands, int operand_count, int times) {
    const bool full = operand_count == 3;
    (full ? count_.full_adders : count_.half_adders) += times;
    std::array<std::pair<int, int>, 3> ways;  // to the sum and to the carry
    Token sum;
    Token carry;
    for (int i = 0; i < operand_count; ++i) {
      const bool late = i == 2;
      const int to_sum = !full ? delays_.half_sum : late ? delays_.late_sum : delays_.full_sum;
      const int to_carry = !full  ? delays_.half_carry
                           : late ? delays_.late_carry
                                  : delays_.full_carry;
      ways[static_cast<std::size_t>(i)] = {to_sum, to_carry};
      sum.arrival = std::max(sum.arrival, operands[i].arrival + to_sum);
      carry.arrival = std::max(carry.arrival, operands[i].arrival + to_carry);
    }
    int stage = std::min(cut_.stages, sum.arrival / cut_.period);
    for (int i = 0; i < operand_count; ++i) stage = std::max(stage, operands[i].stage);
    for (int i = 0; i < operand_count; ++i) {
      const Token operand = at_stage(operands[i], stage, times);
      const auto [to_sum, to_carry] = ways[static_cast<std::size_t>(i)];
      sum.local = std::max(sum.local, operand.local + to_sum);
      carry.local = std::max(carry.local, operand.local + to_carry);
      if (operand.negated < 0) continue;
      sum.negated = std::max(sum.negated, operand.negated + to_sum);
      carry.negated = std::max(carry.negated, operand.negated + to_carry);
    }
    sum.stage = stage;
    carry.stage = stage;
    return {sum, carry};
  }

  /// Columns from the lowest up, each with the carry of the one below; at most three signals each.
  Number propagate_carries(Heap& heap, int times) {
    Number outputs(heap.size());
    for (std::size_t column = 0; column < heap.size(); ++column) {
      Signals& signals = heap[column];
      if (signals.empty()) continue;
      if (signals.size() == 1) {
        outputs[column] = {true, signals.take()};
        continue;
      }
      std::array<Token, 3> operands;
      const int operand_count = signals.size();
      for (int i = 0; i < operand_count; ++i)
        operands[static_cast<std::size_t>(i)] = signals.take();
      const auto [sum, carry] = add(operands.data(), operand_count, times);
      if (column + 1 < heap.size()) heap[column + 1].put(carry, 1);
      outputs[column] = {true, sum};
    }
    return outputs;
  }

  Number wallace(Heap heap) {
    Heap next(heap.size());
    while (tallest(heap) > 2) {
      for (std::size_t column = 0; column < heap.size(); ++column) {
        Signals& signals = heap[column];
        const bool reduce = signals.size() > 2;
        while (signals.size() >= 3 || (reduce && signals.size() == 2)) {
          add_earliest(signals, std::min(3, signals.size()), signals.size() / 3, next[column],
                       column + 1 < heap.size() ? &next[column + 1] : nullptr);
        }
        next[column].put_all(signals);
        signals.clear();
      }
      std::swap(heap, next);
    }
    return propagate_carries(heap, 1);
  }

  Number dadda(Heap heap) {
    std::vector<int> heights = {2};
    while (heights.back() < tallest(heap)) heights.push_back(heights.back() * 3 / 2);
    Heap sums(heap.size());
    Heap carries(heap.size());
    while (!heights.empty()) {
      const int height = heights.back();
      if (height < tallest(heap)) {
        for (std::size_t column = 0; column < heap.size(); ++column) {
          Signals& signals = heap[column];
          const auto size = [&] {
            return signals.size() + sums[column].size() + carries[column].size();
          };
          while (size() > height && signals.size() >= 2) {
            const int operands = size() == height + 1 || signals.size() < 3 ? 2 : 3;
            add_earliest(signals, operands, operands == 2 ? 1 : (size() - height) / 2, sums[column],
                         column + 1 < heap.size() ? &carries[column + 1] : nullptr);
          }
        }
        for (std::size_t column = 0; column < heap.size(); ++column) {
          heap[column].put_all(sums[column]);
          heap[column].put_all(carries[column]);
          sums[column].clear();
          carries[column].clear();
        }
      }
      if (tallest(heap) <= height) heights.pop_back();
    }
    return propagate_carries(heap, 1);
  }

  /// Columns from the lowest up, each down to `left` signals, the sums back into their column.
  void reduce_columns(Heap& heap, int left) {
    for (std::size_t column = 0; column < heap.size(); ++column) {
      Signals& signals = heap[column];
      while (signals.size() > left) {
        // Sums are later than the run that they are of, so it is used up first.
        add_earliest(signals, std::min(3, signals.size()), (signals.size() - left + 1) / 2, signals,
                     column + 1 < heap.size() ? &heap[column + 1] : nullptr);
      }
    }
  }

  /// A binary tree of ripple-carry adders.
  Number ripple(std::vector<NumberRun> numbers, std::size_t columns) {
    if (numbers.empty()) return Number(columns);
    Heap heap(columns);
    const auto added = [&](const Number& a, const Number& b, int times) {
      for (std::size_t column = 0; column < columns; ++column) {
        heap[column].clear();
        if (a[column].present) heap[column].put(a[column].token, 1);
        if (b[column].present) heap[column].put(b[column].token, 1);
      }
      return NumberRun{propagate_carries(heap, times), times};
    };
    while (numbers.size() > 1 || numbers.front().count > 1) {
      std::vector<NumberRun> next;
      const Number* waiting = nullptr;
      for (NumberRun& run : numbers) {
        if (waiting != nullptr && run.count > 0) {
          next.push_back(added(*waiting, run.number, 1));
          waiting = nullptr;
          --run.count;
        }
        if (run.count >= 2) next.push_back(added(run.number, run.number, run.count / 2));
        if (run.count % 2 == 1) waiting = &run.number;
      }
      if (waiting != nullptr) next.push_back({*waiting, 1});
      numbers = std::move(next);
    }
    return std::move(numbers.front().number);
  }

 private:
  static int tallest(const Heap& heap) {
    int height = 0;
    for (const Signals& signals : heap) height = std::max(height, signals.size());
    return height;
  }

  /// Adders of the earliest signals: as many equal ones as the first run has operands for, at most
  /// `most`.
  void add_earliest(Signals& signals, int operand_count, int most, Signals& sums,
                    Signals* carries) {
    const int times = std::max(1, std::min(most, signals.front().count / operand_count));
    std::array<Token, 3> operands;
    if (signals.front().count >= operand_count) {
      operands.fill(signals.front().token);
      signals.drop(times * operand_count);
    } else {
      for (int i = 0; i < operand_count; ++i)
        operands[static_cast<std::size_t>(i)] = signals.take();
    }
    const auto [sum, carry] = add(operands.data(), operand_count, times);
    sums.put(sum, times);
    if (carries != nullptr) carries->put(carry, times);
  }

  plan::AdderDelays delays_;
  plan::PipelineCut cut_;
  TreeCount count_;
  int first_stage_ = 0;
  int later_stages_ = 0;
  int negation_ = 0;
};

/// Heaps of a row: how many products there are in each column, and in each digit bit.
struct Planes {
  struct Digit {
    int lowest = 0;  ///< column of its product with weight bit 0
    int count = 0;   ///< weight bits
  };
  std::vector<Digit> digits;
  std::uint64_t most = 0;    ///< that a row adds
  std::uint64_t offset = 0;  ///< by which inverted products exceed their value
  int inverted = 0;
  int count = 0;
  [[nodiscard]] bool empty() const { return digits.empty(); }

  void add(int digit_column, int weight_bits, int most_bits, bool invert_top, bool invert_rest,
           int weight_top) {
    Digit digit{digit_column, 0};
    for (int b = 0; b < weight_bits && b < most_bits; ++b) {
      const int column = digit_column + b;
      most += std::uint64_t{1} << column;
      const bool inverts = b == weight_top ? invert_top : invert_rest;
      if (inverts) offset += std::uint64_t{1} << column;
      if (inverts) ++inverted;
      ++digit.count;
      ++count;
    }
    if (digit.count > 0) digits.push_back(digit);
  }
};

/// What one block gives: one number, or two.
struct BlockSum {
  std::array<Number, 2> numbers;
  TreeCount count;
};

struct Blocks {
  int count = 0;
  std::array<int, 2> rows{};
  std::array<int, 2> uses{};  ///< the larger ones first
};

Blocks blocks_of(const ColumnKey& key) {
  const int wanted = key.rows_per_block > 0              ? key.rows_per_block
                     : key.form == spec::AdderTree::loop ? key.rows
                     : spec::is_planned(key.form)        ? plan::default_rows_per_planned_block
                                                         : plan::default_rows_per_block;
  Blocks blocks;
  blocks.count = ceil_div(key.rows, wanted);
  const int large = key.rows % blocks.count;
  blocks.rows = {key.rows / blocks.count + 1, key.rows / blocks.count};
  blocks.uses = {large, blocks.count - large};
  return blocks;
}

/// The whole column with one cut.
class ColumnCounter {
 public:
  ColumnCounter(const ColumnKey& key, const plan::AdderDelays& delays)
      : key_(key), delays_(delays), blocks_(blocks_of(key)) {
    column_.steps = ceil_div(key.input_bits, key.digit_bits);
    column_.block_count = blocks_.count;
    const bool serial_sign = key.input_signed && column_.steps > 1;
    const int weight_top = key.weight_signed ? key.weight_bits - 1 : -1;
    for (int j = 0; j < key.digit_bits; ++j) {
      const bool sign_plane = key.input_signed && j == key.digit_bits - 1;
      if (sign_plane && serial_sign) {
        top_.add(0, key.weight_bits, key.acc_bits - j, true, false, weight_top);
        if (!top_.empty()) column_.top_column = j;
      } else {
        fixed_.add(j, key.weight_bits, key.acc_bits - j, !sign_plane, sign_plane, weight_top);
      }
    }
    column_.negative_products = std::int64_t{1} * key.rows * (top_.inverted + fixed_.inverted);
    column_.plain_products =
        std::int64_t{1} * key.rows * (top_.count + fixed_.count) - column_.negative_products;
  }

  Column run(const plan::PipelineCut& cut) {
    Column column = column_;
    Counter counter(delays_, cut);
    std::array<BlockSum, 2> fixed;
    std::array<BlockSum, 2> top;
    for (std::size_t i = 0; i < 2; ++i) {
      if (blocks_.uses[i] == 0) continue;
      fixed[i] = block(counter, fixed_, 0, blocks_.rows[i], column, blocks_.uses[i]);
      top[i] = block(counter, top_, column_.top_column, blocks_.rows[i], column, blocks_.uses[i]);
      for (const BlockSum* sum : {&fixed[i], &top[i]}) {
        for (int use = 0; use < blocks_.uses[i]; ++use) column.blocks += sum->count;
      }
    }
    counter.reset_count();

    const auto rows = static_cast<std::uint64_t>(key_.rows);
    std::uint64_t most = rows * fixed_.most;
    Number inverted;  // the sign plane's sum, at its columns
    if (!top_.empty()) {
      column.top_bits = std::min(bits_for(rows * top_.most), key_.acc_bits - column_.top_column);
      Number sum = slice_tree(counter, top, {}, static_cast<std::size_t>(column.top_bits));
      int stage = 0;
      for (const Bit& bit : sum) stage = bit.present ? std::max(stage, bit.token.stage) : stage;
      if (fixed_.empty()) stage = cut.stages;
      for (Bit& bit : sum) {
        if (bit.present) bit.token = counter.at_stage(bit.token, stage, 1);
        // A bit that is always zero is one in the first step.
        if (!bit.present) bit = {true, Token{0, stage, 0, -1}};
        bit.token.arrival += delays_.inversion;
        bit.token.local += delays_.inversion;
        bit.token.negated = delays_.inversion;
      }
      inverted.resize(static_cast<std::size_t>(column_.top_column));
      inverted.insert(inverted.end(), sum.begin(), sum.end());
      most += mask(column.top_bits) << column_.top_column;
    }
    column.sum_bits = std::min(bits_for(most), key_.acc_bits);
    Number sum = slice_tree(counter, fixed, inverted, static_cast<std::size_t>(column.sum_bits));
    for (Bit& bit : sum) {
      if (!bit.present) continue;
      column.depth = std::max(column.depth, bit.token.arrival);
      bit.token = counter.at_stage(bit.token, cut.stages, 1);
    }
    column.slice = counter.count();
    correct(column);
    finish(counter, sum, cut.stages, column);
    column.first_stage = counter.first_stage();
    column.later_stages = counter.later_stages();
    column.from_first = counter.negation();
    return column;
  }

 private:
  [[nodiscard]] spec::AdderTree slice_form() const {
    return key_.form == spec::AdderTree::loop ? spec::AdderTree::ripple : key_.form;
  }

  BlockSum block(Counter& counter, const Planes& planes, int lowest, int rows, Column& column,
                 int uses) {
    BlockSum sum;
    if (planes.empty()) return sum;
    counter.reset_count();
    const int bits =
        std::min(bits_for(static_cast<std::uint64_t>(rows) * planes.most), key_.acc_bits - lowest);
    const auto columns = static_cast<std::size_t>(bits);
    const Token product{delays_.product, 0, delays_.product, -1};
    if (key_.form == spec::AdderTree::loop) {
      const int depth = delays_.product + delays_.full_sum * bits;
      // What the loop takes is no number of adders: only what is behind it counts as units.
      sum.numbers[0].assign(columns, Bit{true, Token{depth, 0, 0, -1}});
      std::vector<std::uint64_t> digits;
      for (const Planes::Digit& digit : planes.digits) {
        digits.push_back(mask(digit.count) << digit.lowest);
      }
      const TreeCount loop = count_loop(digits, rows, bits);
      column.loop_full_adders += loop.full_adders * uses;
      column.loop_half_adders += loop.half_adders * uses;
      column.loop_sum_bits += std::int64_t{1} * uses * bits;
      return sum;
    }
    if (key_.form == spec::AdderTree::ripple) {
      std::vector<NumberRun> numbers;
      for (const Planes::Digit& digit : planes.digits) {
        Number number(columns);
        for (int b = 0; b < digit.count; ++b) {
          number[static_cast<std::size_t>(digit.lowest + b)] = {true, product};
        }
        numbers.push_back({std::move(number), rows});
      }
      sum.numbers[0] = counter.ripple(std::move(numbers), columns);
    } else {
      Heap heap(columns);
      for (const Planes::Digit& digit : planes.digits) {
        for (int b = 0; b < digit.count; ++b) {
          heap[static_cast<std::size_t>(digit.lowest + b)].put(product, rows);
        }
      }
      if (spec::is_planned(key_.form) && rows < key_.rows) {
        counter.reduce_columns(heap, 2);
        sum.numbers[0].resize(columns);
        sum.numbers[1].resize(columns);
        for (std::size_t i = 0; i < columns; ++i) {
          for (Number& number : sum.numbers) {
            if (!heap[i].empty()) number[i] = {true, heap[i].take()};
          }
        }
      } else {
        sum.numbers[0] = compress(counter, std::move(heap));
      }
    }
    sum.count = counter.count();
    return sum;
  }

  Number compress(Counter& counter, Heap heap) const {
    if (spec::is_planned(key_.form)) {
      counter.reduce_columns(heap, 1);
      return counter.propagate_carries(heap, 1);
    }
    return key_.form == spec::AdderTree::wallace ? counter.wallace(std::move(heap))
                                                 : counter.dadda(std::move(heap));
  }

  /// The sums of all blocks, and one more number.
  Number slice_tree(Counter& counter, const std::array<BlockSum, 2>& sums, const Number& more,
                    std::size_t columns) const {
    const auto cut_off = [&](Number number) {
      number.resize(columns);
      return number;
    };
    if (slice_form() == spec::AdderTree::ripple) {
      std::vector<NumberRun> numbers;
      for (std::size_t i = 0; i < 2; ++i) {
        if (blocks_.uses[i] == 0 || sums[i].numbers[0].empty()) continue;
        numbers.push_back({cut_off(sums[i].numbers[0]), blocks_.uses[i]});
      }
      if (!more.empty()) numbers.push_back({cut_off(more), 1});
      return counter.ripple(std::move(numbers), columns);
    }
    Heap heap(columns);
    const auto put = [&](const Number& number, int times) {
      for (std::size_t i = 0; i < std::min(columns, number.size()); ++i) {
        if (number[i].present) heap[i].put(number[i].token, times);
      }
    };
    for (std::size_t i = 0; i < 2; ++i) {
      if (sums[i].numbers[1].empty()) {
        put(sums[i].numbers[0], blocks_.uses[i]);
        continue;
      }
      // Two numbers a block: in the order of the blocks.
      for (int use = 0; use < blocks_.uses[i]; ++use) {
        for (const Number& number : sums[i].numbers) put(number, 1);
      }
    }
    put(more, 1);
    return compress(counter, std::move(heap));
  }

  /// The ways that end in the accumulator's carry chain, and the chain alone.
  void finish(Counter& counter, const Number& sum, int stage, Column& column) const {
    constexpr int never = -1;
    const int lowest_fed = std::countr_zero(column.fed);
    int carry = 0;
    int negated = never;  // the carry's way from a tag of the first step
    const auto later = [](int begin, int delay) { return begin < 0 ? never : begin + delay; };
    for (int i = 0; i < key_.acc_bits; ++i) {
      const auto place = static_cast<std::size_t>(i);
      const bool has_sum = place < sum.size() && sum[place].present;
      const Token bit = has_sum ? sum[place].token : Token{};
      // Nothing is added below the lowest one of the constant of a single step.
      if (column.steps == 1) {
        if (i < std::countr_zero(column.initial)) {
          counter.saw_path(stage, bit.local);
          continue;
        }
        if (has_sum) {
          counter.saw_path(stage, std::max(bit.local, carry) + delays_.half_sum);
          carry = std::max(bit.local, carry) + delays_.half_carry / 3;
        } else {
          counter.saw_path(stage, carry + delays_.inversion);
        }
        continue;
      }
      // To the lowest digit nothing is added but what is fed; what is added to the others is what
      // is kept, or in the first step, by the tag, the initial value.
      const bool is_kept = i >= key_.digit_bits;
      if (!is_kept && i < lowest_fed) {
        counter.saw_path(stage, bit.local);
        counter.saw_negation(std::max(bit.negated, 0));
        continue;
      }
      const int tagged = std::max(bit.negated, is_kept ? 0 : never);
      const int to_carry = has_sum ? delays_.full_carry : delays_.half_carry;
      const int chain = has_sum ? delays_.late_carry : delays_.half_carry * 2 / 3;
      counter.saw_path(stage, std::max(bit.local + delays_.full_sum, carry + delays_.late_sum));
      counter.saw_negation(
          std::max({0, later(tagged, delays_.full_sum), later(negated, delays_.late_sum)}));
      carry = std::max(has_sum ? bit.local + delays_.full_carry : 0, carry + chain);
      negated = std::max(later(tagged, to_carry), later(negated, chain));
    }
  }

  /// The constant of plan::Correction.
  void correct(Column& column) const {
    const auto rows = static_cast<std::uint64_t>(key_.rows);
    const std::uint64_t fixed = rows * fixed_.offset;
    const std::uint64_t top = rows * top_.offset;
    std::uint64_t offset = 0;
    for (int step = 0; step < column.steps; ++step) {
      std::uint64_t of_step = fixed;
      if (!top_.empty()) {
        of_step += (step == 0 ? mask(column.top_bits) - top : top) << column_.top_column;
      }
      offset = (offset << key_.digit_bits) + of_step;
    }
    const int low_bits = key_.digit_bits * (column.steps - 1);
    const std::uint64_t constant = (0 - offset) & mask(std::max(key_.acc_bits, low_bits));
    column.initial = (constant >> low_bits) & mask(key_.acc_bits);
    const std::uint64_t fed = constant & mask(low_bits);
    column.fed_ones = std::popcount(fed);
    for (int low = 0; low < low_bits; low += key_.digit_bits) {
      column.fed |= (fed >> low) & mask(key_.digit_bits);
    }
  }

  ColumnKey key_;
  plan::AdderDelays delays_;
  Blocks blocks_;
  Planes fixed_;
  Planes top_;
  Column column_;
};

}  // namespace

TreeCount& TreeCount::operator+=(const TreeCount& other) {
  full_adders += other.full_adders;
  half_adders += other.half_adders;
  registers += other.registers;
  return *this;
}

int accumulator_bits(const spec::MacroSpec& spec) {
  if (spec.output_mode == spec::OutputMode::exact) return spec::output_width(spec);
  // The width of the exact sum, from its range: copying the specification to ask for it is slower.
  const spec::ResultRange range = spec::sum_range(spec);
  const int exact = std::max(
      1,
      range.min < 0
          ? 1 + std::max(bits_for(static_cast<std::uint64_t>(-(range.min + 1))),
                         bits_for(static_cast<std::uint64_t>(std::max<std::int64_t>(0, range.max))))
          : bits_for(static_cast<std::uint64_t>(range.max)));
  return spec.output_mode == spec::OutputMode::truncate
             ? std::min(exact, spec.output_shift + spec::output_width(spec))
             : exact;
}

ColumnKey column_key(const spec::MacroSpec& spec) {
  return {spec.rows,
          spec.rows_per_block,
          spec.input.bits,
          spec.weight.bits,
          spec.input.is_signed,
          spec.weight.is_signed,
          spec.input_bits_per_cycle,
          accumulator_bits(spec),
          spec.adder_tree,
          spec.pipeline_stages};
}

Column count_column(const ColumnKey& key, const plan::AdderDelays& delays) {
  ColumnCounter counter(key, delays);
  Column column = counter.run({0, 1, -1});
  if (key.pipeline_stages == 0) return column;
  const int depth = column.depth + key.acc_bits * delays.two_accumulator_bits / 2;
  return counter.run(
      {key.pipeline_stages, std::max(1, ceil_div(depth + 1, key.pipeline_stages + 1)), -1});
}

}  // namespace cimforge::estimate
