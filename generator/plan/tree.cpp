#include "generator/plan/tree.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <map>
#include <queue>

namespace cimforge::plan {
namespace {

std::size_t index(int i) {
  assert(i >= 0);
  return static_cast<std::size_t>(i);
}

/// Builds adders without pipeline registers; those are cut in afterwards.
class Builder {
 public:
  Builder(std::vector<TreeInput> inputs, int columns, const AdderDelays& delays)
      : columns_(columns), delays_(delays) {
    plan_.inputs = std::move(inputs);
    for (const TreeInput& input : plan_.inputs) {
      plan_.arrivals.push_back(input.arrival);
      levels_.push_back(0);
      assert(input.column >= 0 && input.column < columns);
    }
  }

  [[nodiscard]] int columns() const { return columns_; }
  [[nodiscard]] int arrival(int signal) const { return plan_.arrivals[index(signal)]; }

  /// Adds two or three signals of one column; returns {sum, carry}.
  std::pair<int, int> add(std::vector<int> operands, int column) {
    assert(operands.size() == 2 || operands.size() == 3);
    std::stable_sort(operands.begin(), operands.end(),
                     [this](int a, int b) { return arrival(a) < arrival(b); });
    Adder adder;
    adder.full = operands.size() == 3;
    adder.column = column;
    int sum_arrives = 0;
    int carry_arrives = 0;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      adder.inputs[i] = operands[i];
      const bool is_late = i == 2;
      const int arrives = arrival(operands[i]);
      sum_arrives = std::max(sum_arrives, arrives + (!adder.full ? delays_.half_sum
                                                     : is_late   ? delays_.late_sum
                                                                 : delays_.full_sum));
      carry_arrives = std::max(carry_arrives, arrives + (!adder.full ? delays_.half_carry
                                                         : is_late   ? delays_.late_carry
                                                                     : delays_.full_carry));
      adder.level = std::max(adder.level, levels_[index(operands[i])]);
    }
    adder.sum = new_signal(sum_arrives, adder.level + 1);
    adder.carry = new_signal(carry_arrives, adder.level + 1);
    plan_.adders.push_back(adder);
    return {adder.sum, adder.carry};
  }

  TreePlan finish(std::vector<int> outputs) {
    plan_.outputs = std::move(outputs);
    return std::move(plan_);
  }

 private:
  int new_signal(int arrives, int level) {
    plan_.arrivals.push_back(arrives);
    levels_.push_back(level);
    return static_cast<int>(plan_.arrivals.size()) - 1;
  }

  TreePlan plan_;
  std::vector<int> levels_;
  int columns_;
  AdderDelays delays_;
};

using Heap = std::vector<std::vector<int>>;  ///< signals of each column

/// Takes the two or three earliest signals out of a column.
std::vector<int> take_earliest(const Builder& builder, std::vector<int>& column,
                               std::size_t count) {
  std::stable_sort(column.begin(), column.end(),
                   [&](int a, int b) { return builder.arrival(a) < builder.arrival(b); });
  const auto end = column.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<int> taken(column.begin(), end);
  column.erase(column.begin(), end);
  return taken;
}

void put_carry(Heap& heap, const Builder& builder, int column, int carry) {
  if (column + 1 < builder.columns()) heap[index(column + 1)].push_back(carry);
}

/// Adds the columns from the lowest up, each with the carry of the one below: at most two signals
/// a column come in, one a column goes out.
std::vector<int> propagate_carries(Builder& builder, Heap heap) {
  std::vector<int> outputs(heap.size(), -1);
  for (int column = 0; column < builder.columns(); ++column) {
    auto& signals = heap[index(column)];
    if (signals.size() > 1) {
      assert(signals.size() <= 3);
      const auto [sum, carry] = builder.add(signals, column);
      put_carry(heap, builder, column, carry);
      signals = {sum};
    }
    if (!signals.empty()) outputs[index(column)] = signals.front();
  }
  return outputs;
}

std::size_t tallest(const Heap& heap) {
  std::size_t height = 0;
  for (const auto& column : heap) height = std::max(height, column.size());
  return height;
}

/// One Wallace stage: every three signals of a column go to a full adder, two that are left to a
/// half adder, as early as they can.
void wallace_stage(Builder& builder, Heap& heap) {
  Heap next(heap.size());
  for (int column = 0; column < builder.columns(); ++column) {
    auto& signals = heap[index(column)];
    const bool reduce = signals.size() > 2;
    while (signals.size() >= 3 || (reduce && signals.size() == 2)) {
      const auto taken = take_earliest(builder, signals, std::min<std::size_t>(3, signals.size()));
      const auto [sum, carry] = builder.add(taken, column);
      next[index(column)].push_back(sum);
      put_carry(next, builder, column, carry);
    }
    next[index(column)].insert(next[index(column)].end(), signals.begin(), signals.end());
  }
  heap = std::move(next);
}

/// One Dadda stage: every column, with the carries that this stage brings to it, comes down to
/// `height`, with as few adders as that takes.
void dadda_stage(Builder& builder, Heap& heap, std::size_t height) {
  Heap carries(heap.size());
  Heap sums(heap.size());
  for (int column = 0; column < builder.columns(); ++column) {
    auto& signals = heap[index(column)];
    const auto size = [&] {
      return signals.size() + carries[index(column)].size() + sums[index(column)].size();
    };
    while (size() > height && signals.size() >= 2) {
      const std::size_t count = size() == height + 1 || signals.size() < 3 ? 2 : 3;
      const auto [sum, carry] = builder.add(take_earliest(builder, signals, count), column);
      sums[index(column)].push_back(sum);
      put_carry(carries, builder, column, carry);
    }
  }
  for (std::size_t column = 0; column < heap.size(); ++column) {
    for (const Heap* more : {&sums, &carries}) {
      heap[column].insert(heap[column].end(), (*more)[column].begin(), (*more)[column].end());
    }
  }
}

/// The columns from the lowest up, each down to `left` signals: the three earliest to a full adder,
/// whose sum comes back to the column; two that must become one to a half adder.
void reduce_columns(Builder& builder, Heap& heap, std::size_t left) {
  for (int column = 0; column < builder.columns(); ++column) {
    auto& signals = heap[index(column)];
    // The next to be added first; equal ones in the order in which they came.
    using Entry = std::pair<int, int>;  // arrival, signal
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    for (const int signal : signals) queue.emplace(builder.arrival(signal), signal);
    while (queue.size() > left) {
      std::vector<int> taken;
      while (taken.size() < 3 && !queue.empty()) {
        taken.push_back(queue.top().second);
        queue.pop();
      }
      const auto [sum, carry] = builder.add(taken, column);
      queue.emplace(builder.arrival(sum), sum);
      put_carry(heap, builder, column, carry);
    }
    signals.clear();
    for (; !queue.empty(); queue.pop()) signals.push_back(queue.top().second);
  }
}

std::vector<int> compress(spec::AdderTree form, Builder& builder, Heap heap) {
  if (spec::is_planned(form)) {
    reduce_columns(builder, heap, 1);
  } else if (form == spec::AdderTree::wallace) {
    while (tallest(heap) > 2) wallace_stage(builder, heap);
  } else {
    // Dadda's heights: 2, 3, 4, 6, 9, 13, ... below the tallest column, then downwards.
    std::vector<std::size_t> heights = {2};
    while (heights.back() < tallest(heap)) heights.push_back(heights.back() * 3 / 2);
    while (!heights.empty()) {
      if (heights.back() < tallest(heap)) dadda_stage(builder, heap, heights.back());
      if (tallest(heap) <= heights.back()) heights.pop_back();
    }
  }
  return propagate_carries(builder, std::move(heap));
}

/// A binary tree of ripple-carry adders, one number beside the other.
std::vector<int> ripple(Builder& builder, std::vector<Heap> numbers) {
  assert(!numbers.empty());
  while (numbers.size() > 1) {
    std::vector<Heap> next;
    for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
      Heap both = numbers[i];
      for (std::size_t column = 0; column < both.size(); ++column) {
        const auto& other = numbers[i + 1][column];
        both[column].insert(both[column].end(), other.begin(), other.end());
      }
      Heap sum(both.size());
      const std::vector<int> outputs = propagate_carries(builder, std::move(both));
      for (std::size_t column = 0; column < outputs.size(); ++column) {
        if (outputs[column] >= 0) sum[column].push_back(outputs[column]);
      }
      next.push_back(std::move(sum));
    }
    if (numbers.size() % 2 == 1) next.push_back(std::move(numbers.back()));
    numbers = std::move(next);
  }
  std::vector<int> outputs(numbers.front().size(), -1);
  for (std::size_t column = 0; column < outputs.size(); ++column) {
    if (!numbers.front()[column].empty()) outputs[column] = numbers.front()[column].front();
  }
  return outputs;
}

/// Marks the carries that nobody reads: those past the last column.
void mark_unread_carries(TreePlan& plan) {
  std::vector<bool> read(plan.arrivals.size(), false);
  for (const auto* outputs : {&plan.outputs, &plan.second_outputs}) {
    for (const int output : *outputs) {
      if (output >= 0) read[index(output)] = true;
    }
  }
  for (const Adder& adder : plan.adders) {
    for (const int input : adder.inputs) {
      if (input >= 0) read[index(input)] = true;
    }
  }
  for (Adder& adder : plan.adders) {
    if (!read[index(adder.carry)]) adder.carry = -1;
  }
}

/// Puts every adder in the pipeline stage of its outputs and registers on every signal that a later
/// stage reads.
void cut_pipeline(TreePlan& plan, const PipelineCut& cut) {
  plan.stages.assign(plan.arrivals.size(), 0);
  for (std::size_t i = 0; i < plan.inputs.size(); ++i) plan.stages[i] = plan.inputs[i].stage;

  std::map<std::pair<int, int>, int> delayed;  // {signal, stage} -> its copy there
  const auto at_stage = [&](int signal, int stage) {
    while (plan.stages[index(signal)] < stage) {
      const int next = plan.stages[index(signal)] + 1;
      const auto [place, is_new] = delayed.try_emplace({signal, next}, -1);
      if (is_new) {
        place->second = static_cast<int>(plan.stages.size());
        plan.stages.push_back(next);
        plan.arrivals.push_back(plan.arrivals[index(signal)]);
        plan.registers.push_back({signal, place->second, next});
      }
      signal = place->second;
    }
    return signal;
  };

  for (Adder& adder : plan.adders) {
    adder.stage = std::min(cut.stages, plan.arrivals[index(adder.sum)] / cut.period);
    for (const int input : adder.inputs) {
      if (input >= 0) adder.stage = std::max(adder.stage, plan.stages[index(input)]);
    }
    for (int& input : adder.inputs) {
      if (input >= 0) input = at_stage(input, adder.stage);
    }
    plan.stages[index(adder.sum)] = adder.stage;
    if (adder.carry >= 0) plan.stages[index(adder.carry)] = adder.stage;
  }
  for (auto* outputs : {&plan.outputs, &plan.second_outputs}) {
    for (int& output : *outputs) {
      if (output >= 0) output = at_stage(output, cut.align_outputs);
    }
  }
}

}  // namespace

int TreePlan::full_adders() const {
  return static_cast<int>(
      std::count_if(adders.begin(), adders.end(), [](const Adder& adder) { return adder.full; }));
}

int TreePlan::half_adders() const {
  return static_cast<int>(adders.size()) - full_adders();
}

int TreePlan::depth() const {
  int depth = 0;
  for (const auto* list : {&outputs, &second_outputs}) {
    for (const int output : *list) {
      if (output >= 0) depth = std::max(depth, arrivals[index(output)]);
    }
  }
  return depth;
}

int TreePlan::levels() const {
  int levels = 0;
  for (const Adder& adder : adders) levels = std::max(levels, adder.level + 1);
  return levels;
}

AdderDelays adder_delays(spec::AdderTree form) {
  // In quarters of an adder cell's delay. Balanced: a mixture of cells and four gates. Speed: NAND
  // and OAI, then the XOR or the second OAI (flows/adder_mapping.h).
  if (form == spec::AdderTree::balanced) return {4, 4, 3, 3, 2, 1};
  if (form == spec::AdderTree::speed) return {4, 3, 2, 1, 2, 1};
  return {};
}

TreePlan plan_tree(spec::AdderTree form, const AdderDelays& delays, std::vector<TreeInput> inputs,
                   int columns, const PipelineCut& cut, TreeEnd end) {
  assert(end == TreeEnd::binary || spec::is_planned(form));
  assert(form != spec::AdderTree::loop && columns > 0 && cut.period > 0);
  Builder builder(inputs, columns, delays);

  TreePlan plan;
  if (form == spec::AdderTree::ripple) {
    int operands = 0;
    for (const TreeInput& input : inputs) operands = std::max(operands, input.operand + 1);
    std::vector<Heap> numbers(index(operands), Heap(index(columns)));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      auto& place = numbers[index(inputs[i].operand)][index(inputs[i].column)];
      assert(place.empty());
      place.push_back(static_cast<int>(i));
    }
    plan = builder.finish(ripple(builder, std::move(numbers)));
  } else {
    Heap heap(index(columns), std::vector<int>{});
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      heap[index(inputs[i].column)].push_back(static_cast<int>(i));
    }
    if (end == TreeEnd::carry_save) {
      reduce_columns(builder, heap, 2);
      std::vector<int> first(heap.size(), -1);
      std::vector<int> second(heap.size(), -1);
      for (std::size_t column = 0; column < heap.size(); ++column) {
        if (!heap[column].empty()) first[column] = heap[column][0];
        if (heap[column].size() > 1) second[column] = heap[column][1];
      }
      plan = builder.finish(std::move(first));
      plan.second_outputs = std::move(second);
    } else {
      plan = builder.finish(compress(form, builder, std::move(heap)));
    }
  }
  mark_unread_carries(plan);
  cut_pipeline(plan, cut);
  return plan;
}

}  // namespace cimforge::plan
