#include "proof/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <memory>
#include <random>

#include "generator/spec/approximation.h"
#include "proof/cells.h"
#include "proof/column.h"
#include "proof/leaves.h"

namespace cimforge::proof {
namespace {

constexpr std::size_t lanes = 64;
constexpr std::size_t gate_budget = std::size_t{1}
                                    << 29U;  ///< evaluations of a gate, for the search

std::size_t at(Net net) {
  return static_cast<std::size_t>(net);
}

/// Codes of every row: [row * lanes + lane].
struct Case {
  std::vector<std::int32_t> inputs, weights;
};

/// A column without its leaf cells that have registers: 64 cases at once.
class Simulation {
 public:
  Simulation(const Design& design, const Module& slice, const Module* feed,
             const spec::MacroSpec& spec)
      : spec_(spec),
        flat_(flatten(
            design, slice,
            [cells = std::make_shared<SmallCells>(design), prefix = bitcells_prefix(spec),
             with_bitcells = spec.storage == spec::Storage::bitcell](const Module& child) {
              return (child.name.starts_with("cim_") && (*cells)[child].kind == CellKind::other) ||
                     child.name == "cim_weight_select" ||
                     (with_bitcells && child.name.starts_with(prefix));
            })),
        values_(at(flat_.nets), 0) {
    values_[1] = ~std::uint64_t{0};
    const bool serial = steps(spec) > 1;
    for (const Box& box : flat_.boxes) {
      if (!box.pin("sum_i").empty()) accumulator_ = &box;
      if (!box.pin("weight_o").empty()) storages_.push_back(&box);
    }
    if (accumulator_ == nullptr) return;
    width_ =
        static_cast<int>(accumulator_->pin(serial ? "next_o" : "sum_o").size()) + spec.output_shift;
    initial_ = static_cast<std::uint64_t>(
        accumulator_->module->parameter(serial ? "INITIAL" : "CONSTANT"));
    if (feed != nullptr) digits_ = static_cast<std::uint64_t>(feed->parameter("DIGITS"));
    driver_.assign(at(flat_.nets), {0, 0});
    for (std::size_t i = 0; i < flat_.gates.size(); ++i)
      driver_[at(flat_.gates[i].output)] = {1, i};
    for (std::size_t i = 0; i < flat_.registers.size(); ++i) {
      driver_[at(flat_.registers[i].q)] = {2, i};
    }
    usable_ = find_rows() && find_order();
  }

  [[nodiscard]] bool usable() const { return usable_; }
  [[nodiscard]] std::size_t gates() const { return order_.size(); }
  [[nodiscard]] std::uint64_t mask() const { return (std::uint64_t{1} << width_) - 1; }
  [[nodiscard]] int width() const { return width_; }

  /// The sums of the 64 cases, modulo 2^width.
  std::array<std::uint64_t, lanes> results(const Case& test) {
    const int n = steps(spec_);
    const int k = spec_.input_bits_per_cycle;
    const auto rows = static_cast<std::size_t>(spec_.rows);
    const auto bit_of = [&](const std::vector<std::int32_t>& codes, std::size_t row, int bit) {
      std::uint64_t word = 0;
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        word |= static_cast<std::uint64_t>(codes[row * lanes + lane] >> bit & 1) << lane;
      }
      return word;
    };
    for (std::size_t s = 0; s < storages_.size(); ++s) {
      const Nets& nets = storages_[s]->pin("weight_o");
      for (std::size_t i = 0; i < nets.size(); ++i) {
        const int bits = spec_.weight.bits;
        const std::size_t row = rows_[s][i / static_cast<std::size_t>(bits)];
        values_[at(nets[i])] = bit_of(test.weights, row, static_cast<int>(i) % bits);
      }
    }
    std::array<std::uint64_t, lanes> total{};
    total.fill(n == 1 ? initial_ : 0);
    for (int step = 0; step < n; ++step) {
      const Nets& digit = flat_.port("digit_i");
      for (std::size_t i = 0; i < digit.size(); ++i) {
        const int bit = k * (n - 1 - step) + static_cast<int>(i / rows);
        // A code is sign extended in 32 bits already, and an unsigned one by zeros.
        values_[at(digit[i])] = bit_of(test.inputs, i % rows, std::min(bit, 31));
      }
      for (const Net net : flat_.port("negate_i")) {
        values_[at(net)] = step == 0 ? ~std::uint64_t{0} : 0;
      }
      run();
      const Nets& sum = accumulator_->pin("sum_i");
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        std::uint64_t value = 0;
        for (std::size_t b = 0; b < sum.size(); ++b) {
          value += (values_[at(sum[b])] >> lane & 1U) << b;
        }
        if (n > 1) {
          const int place = k * (n - 1 - step);
          const std::uint64_t fed = digits_ >> place & ((std::uint64_t{1} << k) - 1);
          total[lane] = step == 0 ? initial_ : (total[lane] << k | fed);
        }
        total[lane] = (total[lane] + value) & mask();
      }
    }
    return total;
  }

  [[nodiscard]] std::uint64_t expected(const Case& test, std::size_t lane) const {
    std::int64_t sum = 0;
    const std::size_t group = static_cast<std::size_t>(spec_.approximation.or_rows) * lanes;
    for (std::size_t first = lane; first < test.inputs.size(); first += group) {
      const std::size_t end = std::min(first + group, test.inputs.size());
      sum += spec_.approximation.is_exact() ? std::int64_t{test.inputs[first]} * test.weights[first]
                                            : group_value(test, first, end);
    }
    return static_cast<std::uint64_t>(sum) & mask();
  }

 private:
  /// Of the rows from `first` to `end`, bit by bit of the inputs.
  [[nodiscard]] std::int64_t group_value(const Case& test, std::size_t first,
                                         std::size_t end) const {
    std::int64_t value = 0;
    for (int i = 0; i < spec_.input.bits; ++i) {
      std::int32_t joined = 0;  // a code that is sign extended stays so
      for (std::size_t row = first; row < end; row += lanes) {
        if ((test.inputs[row] >> i & 1) != 0) joined |= test.weights[row];
      }
      for (int b = 0; b < spec_.weight.bits; ++b) {
        if (!spec::keeps_product(spec_, i % spec_.input_bits_per_cycle, b)) {
          joined &= ~(std::int32_t{1} << b);
        }
      }
      const bool negative = spec_.input.is_signed && i == spec_.input.bits - 1;
      value += (negative ? -std::int64_t{joined} : std::int64_t{joined}) * (std::int64_t{1} << i);
    }
    return value;
  }

  struct Driver {
    int kind;  ///< 0 none, 1 a gate, 2 a register
    std::size_t index;
  };

  /// The macro's rows of each storage, from the word lines of bank 0.
  bool find_rows() {
    if (transposes(spec_)) return find_rows_of_views();
    std::map<Net, std::size_t> line;
    const Nets& port = flat_.port("word_line_i");
    for (std::size_t i = 0; i < port.size(); ++i) line.emplace(port[i], i);
    for (const Box* storage : storages_) {
      const Nets& lines = storage->pin("word_line_i");
      const auto bits = static_cast<std::size_t>(spec_.weight.bits);
      const std::size_t count = storage->pin("weight_o").size() / bits;
      if (storage->pin("weight_o").size() != count * bits) return false;
      std::vector<std::size_t> rows;
      for (std::size_t i = 0; i < count && i < lines.size(); ++i) {
        const auto found = line.find(lines[i]);
        if (found == line.end()) return false;
        rows.push_back(found->second % static_cast<std::size_t>(spec_.rows));
      }
      if (rows.size() != count) return false;
      rows_.push_back(std::move(rows));
    }
    return true;
  }

  /// Those of a transposable macro, from the views.
  bool find_rows_of_views() {
    const auto bits = static_cast<std::size_t>(spec_.weight.bits);
    std::map<Net, std::size_t> place;
    const Nets& port = flat_.port("weight_i");
    for (std::size_t i = 0; i < port.size(); ++i) place.emplace(port[i], i);
    for (const Box* storage : storages_) {
      const Nets& view = storage->pin("weight_i");
      std::vector<std::size_t> rows;
      for (std::size_t i = 0; i < view.size(); i += bits) {
        const auto found = place.find(view[i]);
        if (found == place.end()) return false;
        rows.push_back(found->second / bits);
      }
      if (rows.size() * bits != storage->pin("weight_o").size()) return false;
      rows_.push_back(std::move(rows));
    }
    return true;
  }

  /// The gates and registers in front of the accumulator, each after those that it reads.
  bool find_order() {
    std::vector<unsigned char> state(at(flat_.nets), 0);
    std::vector<Net> stack;
    for (const Net net : accumulator_->pin("sum_i")) stack.push_back(net);
    while (!stack.empty()) {
      const Net net = stack.back();
      if (state[at(net)] != 0 || driver_[at(net)].kind == 0) {
        if (state[at(net)] == 1) {
          order_.push_back(net);
          state[at(net)] = 2;
        }
        stack.pop_back();
        continue;
      }
      state[at(net)] = 1;
      const auto push = [&](Net input) {
        const bool loop = state[at(input)] == 1;
        if (state[at(input)] == 0) stack.push_back(input);
        return !loop;
      };
      if (driver_[at(net)].kind == 2) {
        if (!push(flat_.registers[driver_[at(net)].index].data)) return false;
        continue;
      }
      for (const Net input : flat_.gates[driver_[at(net)].index].inputs) {
        if (!push(input)) return false;
      }
    }
    return true;
  }

  void run() {
    for (const Net net : order_) {
      const Driver driver = driver_[at(net)];
      if (driver.kind == 2) {
        values_[at(net)] = values_[at(flat_.registers[driver.index].data)];
        continue;
      }
      const Gate& gate = flat_.gates[driver.index];
      const std::uint64_t a = values_[at(gate.inputs[0])];
      const std::uint64_t b = values_[at(gate.inputs[1])];
      const std::uint64_t c = values_[at(gate.inputs[2])];
      std::uint64_t value = 0;
      for (unsigned row = 0; row < 8; ++row) {
        if ((gate.table >> row & 1U) == 0) continue;
        value |=
            ((row & 1U) != 0 ? a : ~a) & ((row & 2U) != 0 ? b : ~b) & ((row & 4U) != 0 ? c : ~c);
      }
      values_[at(net)] = value;
    }
  }

  const spec::MacroSpec& spec_;
  Flat flat_;
  std::vector<std::uint64_t> values_;
  std::vector<Driver> driver_;
  const Box* accumulator_ = nullptr;
  std::vector<const Box*> storages_;
  std::vector<std::vector<std::size_t>> rows_;
  Nets order_;
  std::uint64_t initial_ = 0, digits_ = 0;
  int width_ = 0;
  bool usable_ = false;
};

/// Case `round`: extremes, then random codes with ever other parts of them zero.
Case make_case(const spec::MacroSpec& spec, int round, std::mt19937_64& random) {
  Case test;
  const auto size = static_cast<std::size_t>(spec.rows) * lanes;
  test.inputs.resize(size);
  test.weights.resize(size);
  const auto code = [&](const spec::IntegerFormat& format, unsigned style) {
    const auto range = static_cast<std::uint64_t>(format.max() - format.min() + 1);
    switch (style) {
      case 0:
        return format.max();
      case 1:
        return format.min();
      case 2:
        return format.is_signed ? std::int64_t{-1} : format.max();
      default:
        return format.min() + static_cast<std::int64_t>(random() % range);
    }
  };
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t lane = i % lanes;
    const auto style = static_cast<unsigned>(lane);
    const bool extreme = round == 0 && lane < 16;
    const bool zero = !extreme && lane % 4 == 3 && random() % 8 != 0;
    test.inputs[i] =
        static_cast<std::int32_t>(zero ? 0 : code(spec.input, extreme ? style % 4 : 9));
    test.weights[i] = static_cast<std::int32_t>(code(spec.weight, extreme ? style / 4 : 9));
  }
  return test;
}

/// Sets rows to zero as long as the sum stays wrong: lane 0 of `test`.
void make_small(Simulation& simulation, Case& test) {
  const std::size_t rows = test.inputs.size() / lanes;
  int left = 200;
  for (std::size_t part = (rows + 1) / 2; part > 0; part = part == 1 ? 0 : (part + 1) / 2) {
    for (std::size_t begin = 0; begin < rows && left > 0; begin += part, --left) {
      Case smaller = test;
      for (std::size_t row = begin; row < std::min(rows, begin + part); ++row) {
        smaller.inputs[row * lanes] = 0;
        smaller.weights[row * lanes] = 0;
      }
      if (simulation.results(smaller)[0] != simulation.expected(smaller, 0)) {
        test = std::move(smaller);
      }
    }
  }
}

}  // namespace

void find_wrong_sum(const Design& design, const Module& slice, const Module* feed,
                    const spec::MacroSpec& spec, Refutation& refutation) {
  // Of structured weights the refutation names the pair of bits, and no case is simulated.
  if (!refutation.values.empty() || spec.sparsity.is_structured()) return;
  // A slice sees recoded digits, which this simulation does not make.
  if (spec.recoding == spec::Recoding::booth) return;
  Simulation simulation(design, slice, feed, spec);
  if (!simulation.usable()) return;
  std::mt19937_64 random(1);
  const std::size_t cost = (simulation.gates() + 1) * static_cast<std::size_t>(steps(spec)) * 8;
  const auto rounds = static_cast<int>(std::clamp<std::size_t>(gate_budget / cost, 2, 200));
  for (int round = 0; round < rounds; ++round) {
    Case test = make_case(spec, round, random);
    const auto results = simulation.results(test);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      if (results[lane] == simulation.expected(test, lane)) continue;
      Case found;
      found.inputs.assign(test.inputs.size(), 0);
      found.weights.assign(test.weights.size(), 0);
      for (std::size_t i = lane; i < test.inputs.size(); i += lanes) {
        found.inputs[i - lane] = test.inputs[i];
        found.weights[i - lane] = test.weights[i];
      }
      make_small(simulation, found);
      const std::uint64_t got = simulation.results(found)[0];
      const std::uint64_t expected = simulation.expected(found, 0);
      for (std::size_t i = 0; i < found.inputs.size(); i += lanes) {
        if (found.inputs[i] == 0 && found.weights[i] == 0) continue;
        refutation.values.emplace_back(fmt::format("x[{}]", i / lanes),
                                       fmt::format("{}", found.inputs[i]));
        refutation.values.emplace_back(fmt::format("W[{}]", i / lanes),
                                       fmt::format("{}", found.weights[i]));
      }
      if (refutation.values.empty()) refutation.values.emplace_back("every x and W", "0");
      refutation.what +=
          fmt::format(" ({}, expected {}, got {}); so bit {} of the sum is wrong", refutation.bit,
                      refutation.expected, refutation.got, std::countr_zero(got ^ expected));
      refutation.bit = fmt::format("bit {} of the sum", std::countr_zero(got ^ expected));
      refutation.expected = fmt::format("{} modulo 2^{}", expected, simulation.width());
      refutation.got = fmt::format("{} modulo 2^{}", got, simulation.width());
      return;
    }
  }
}

}  // namespace cimforge::proof
