#include "proof/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <memory>
#include <random>

#include "generator/spec/approximation.h"
#include "generator/spec/precision.h"
#include "generator/spec/structure.h"
#include "proof/booth.h"
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

/// Codes of every row, weights and indices of every stored row: [row * lanes + lane].
struct Case {
  std::vector<std::int32_t> inputs, weights, indices;
};

/// Whether a cell stays a box: it has registers, or the simulation does in its place what it does.
bool stays(const Module& module, SmallCells& cells) {
  if (!is_leaf(module) || module.port("product_o") != nullptr) return false;
  if (module.port("selected_o") != nullptr) return false;
  return module.name == "cim_weight_select" || cells[module].kind == CellKind::other;
}

/// Bit planes of Booth digits of 64 cases.
struct Digit {
  std::uint64_t one, negative, two;
};
Digit booth_digit(std::uint64_t high, std::uint64_t middle, std::uint64_t low) {
  return {middle ^ low, high & ~(middle & low), (high & ~middle & ~low) | (~high & middle & low)};
}

/// A column without its leaf cells that have registers: 64 cases at once. With run-time precision
/// one step of it, with weights of the sign of `spec`.
class Simulation {
 public:
  Simulation(const Design& design, const Module& column, const Macro& macro,
             const spec::MacroSpec& spec, bool is_step)
      : spec_(spec),
        is_step_(is_step),
        flat_(flatten(
            design, column,
            [cells = std::make_shared<SmallCells>(design), prefix = bitcells_prefix(spec),
             with_bitcells = spec.storage == spec::Storage::bitcell](const Module& child) {
              return stays(child, *cells) || (with_bitcells && child.name.starts_with(prefix));
            })),
        values_(at(flat_.nets), 0) {
    values_[1] = ~std::uint64_t{0};
    for (const Box& box : flat_.boxes) {
      if (!box.pin("sum_i").empty()) accumulator_ = &box;
      if (!box.pin("weight_o").empty()) storages_.push_back(&box);
    }
    if (accumulator_ == nullptr) return;
    find_constants(macro);
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
  std::array<std::uint64_t, lanes> results(const Case& values) {
    const Case test = codes_of(values);
    store(test);
    std::array<std::uint64_t, lanes> total{};
    const int n = steps(spec_);
    const int k = spec_.input_bits_per_cycle;
    for (int step = 0; step < n; ++step) {
      const std::uint64_t visited = show(test, step);
      run();
      const std::array<std::uint64_t, lanes> sums = sums_of_step();
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const int place = k * (n - 1 - step);
        if (skips(spec_)) {
          if ((visited >> lane & 1U) == 0) continue;
          total[lane] += (place >= 64 ? 0 : sums[lane] << place) + terms_[at(n - 1 - step)];
        } else if (step == 0) {
          total[lane] = initial_ + sums[lane];
        } else {
          const std::uint64_t fed =
              (place >= 64 ? 0 : digits_ >> place) & ((std::uint64_t{1} << k) - 1);
          total[lane] = (total[lane] << k | fed) + sums[lane];
        }
        total[lane] &= mask();
      }
    }
    return total;
  }

  [[nodiscard]] std::uint64_t expected(const Case& test, std::size_t lane) const {
    std::int64_t sum = 0;
    if (spec_.sparsity.is_structured()) {
      for (std::size_t i = lane; i < test.weights.size(); i += lanes) {
        const int first = spec::first_row_of_group(spec_, static_cast<int>(i / lanes));
        const std::size_t input = at(first + test.indices[i]) * lanes + lane;
        sum += std::int64_t{test.inputs[input]} * test.weights[i];
      }
      return static_cast<std::uint64_t>(sum) & mask();
    }
    const std::size_t group = static_cast<std::size_t>(spec_.approximation.or_rows) * lanes;
    for (std::size_t first = lane; first < test.inputs.size(); first += group) {
      const std::size_t end = std::min(first + group, test.inputs.size());
      sum += spec_.approximation.is_exact() ? std::int64_t{test.inputs[first]} * test.weights[first]
                                            : group_value(test, first, end);
    }
    return static_cast<std::uint64_t>(sum) & mask();
  }

 private:
  /// The bits of codes: bipolar and ternary ones are no numbers.
  [[nodiscard]] Case codes_of(Case test) const {
    const auto convert = [](std::vector<std::int32_t>& codes, const spec::IntegerFormat& format) {
      if (!format.is_bipolar && !format.is_ternary) return;
      for (std::int32_t& code : codes) {
        const int negative = format.is_ternary && code < 0 ? 2 : 0;
        code = code > 0 ? 1 : negative;
      }
    };
    convert(test.inputs, spec_.input);
    convert(test.weights, spec_.weight);
    return test;
  }

  /// What takes the offsets off.
  void find_constants(const Macro& macro) {
    const Module& cell = *accumulator_->module;
    const auto sum_bits = accumulator_->pin("sum_i").size();
    const bool serial = steps(spec_) > 1;
    const char* output = is_step_ ? "result_o" : serial ? "next_o" : "sum_o";
    width_ = static_cast<int>(accumulator_->pin(output).size()) + spec_.output_shift;
    terms_.assign(at(steps(spec_)), 0);
    if (is_step_) {
      // A sum whose weights have a sign has the sign above it.
      if (spec_.weight.is_signed) initial_ = ~std::uint64_t{0} << (sum_bits - 1);
      return;
    }
    if (skips(spec_)) {
      if (macro.offset != nullptr) read_terms(macro.offset->parameters.at("TERMS"));
      return;
    }
    initial_ = static_cast<std::uint64_t>(cell.parameter(serial ? "INITIAL" : "CONSTANT"));
    if (macro.feed != nullptr) {
      digits_ = static_cast<std::uint64_t>(macro.feed->parameter("DIGITS"));
    }
  }

  /// The term of each digit, from bits of which the most significant is the first.
  void read_terms(const std::string& bits) {
    const std::size_t width = bits.size() / terms_.size();
    for (std::size_t digit = 0; digit < terms_.size(); ++digit) {
      const std::size_t begin = bits.size() - (digit + 1) * width;
      terms_[digit] = static_cast<std::uint64_t>(value_of(bits.substr(begin, width)));
    }
  }

  /// Bit `bit` of a row's codes in all cases; they are extended to 32 bits already.
  static std::uint64_t bit_of(const std::vector<std::int32_t>& codes, std::size_t row, int bit) {
    if (bit < 0) return 0;  // below the lowest there are zeros
    std::uint64_t word = 0;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const std::int32_t code = codes[row * lanes + lane] >> std::min(bit, 31);
      word |= static_cast<std::uint64_t>(code & 1) << lane;
    }
    return word;
  }

  void store(const Case& test) {
    const int bits = spec::stored_bits(spec_);
    for (std::size_t s = 0; s < storages_.size(); ++s) {
      const Nets& nets = storages_[s]->pin("weight_o");
      for (std::size_t i = 0; i < nets.size(); ++i) {
        const std::size_t row = rows_[s][i / at(bits)];
        const int bit = static_cast<int>(i % at(bits));
        values_[at(nets[i])] = bit < spec_.weight.bits
                                   ? bit_of(test.weights, row, bit)
                                   : bit_of(test.indices, row, bit - spec_.weight.bits);
      }
    }
  }

  /// What the pins of the column are in a step. Returns the cases in which its digit is not zero.
  std::uint64_t show(const Case& test, int step) {
    const int lowest = spec_.input_bits_per_cycle * (steps(spec_) - 1 - step);
    std::uint64_t visited = 0;
    if (spec_.recoding == spec::Recoding::booth) {
      show_booth(test, step, lowest);
    } else {
      const Nets& digit = flat_.port("digit_i");
      const std::size_t rows = at(spec_.rows);
      for (std::size_t i = 0; i < digit.size(); ++i) {
        const int bit = lowest + static_cast<int>(i / rows);
        values_[at(digit[i])] = bit_of(test.inputs, i % rows, bit);
        visited |= values_[at(digit[i])];
      }
    }
    const bool negates = is_step_ ? spec_.weight.is_signed : step == 0;
    for (const Net net : flat_.port("negate_i")) values_[at(net)] = negates ? ~std::uint64_t{0} : 0;
    return visited;
  }

  /// Recoded digits, and the count of what their inverses lack.
  void show_booth(const Case& test, int step, int lowest) {
    const BoothPlanes planes = booth_planes(spec_);
    const int k = spec_.input_bits_per_cycle;
    const Nets& pins = flat_.port("digit_i");
    std::array<std::uint64_t, lanes> count{};
    for (std::size_t row = 0; row < at(spec_.rows); ++row) {
      const auto put = [&](int plane, std::uint64_t value) {
        values_[at(pins[at(plane * spec_.rows) + row])] = value;
      };
      for (int i = 0; i < planes.digits; ++i) {
        const int place = lowest + 2 * i;
        const std::uint64_t middle = bit_of(test.inputs, row, place);
        const std::uint64_t high = 2 * i + 1 < k               ? bit_of(test.inputs, row, place + 1)
                                   : planes.fills && step == 0 ? 0
                                                               : middle;
        const Digit digit = booth_digit(high, middle, bit_of(test.inputs, row, place - 1));
        put(3 * i, digit.one);
        put(3 * i + 1, digit.negative);
        if (planes.has_two(i)) put(3 * i + 2, digit.two);
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          const std::uint64_t size = (digit.one >> lane & 1U) + 2 * (digit.two >> lane & 1U);
          count[lane] += (digit.negative >> lane & 1U) * size << (2 * i);
        }
      }
      if (planes.top >= 0) {
        put(planes.top, step == 0 ? bit_of(test.inputs, row, lowest + k - 1) : 0);
      }
    }
    const Nets& bits = flat_.port("negatives_i");
    for (std::size_t b = 0; b < bits.size(); ++b) {
      std::uint64_t word = 0;
      for (std::size_t lane = 0; lane < lanes; ++lane) word |= (count[lane] >> b & 1U) << lane;
      values_[at(bits[b])] = word;
    }
  }

  [[nodiscard]] std::array<std::uint64_t, lanes> sums_of_step() const {
    std::array<std::uint64_t, lanes> sums{};
    const Nets& sum = accumulator_->pin("sum_i");
    for (std::size_t b = 0; b < sum.size(); ++b) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        sums[lane] += (values_[at(sum[b])] >> lane & 1U) << b;
      }
    }
    return sums;
  }

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
      const std::size_t bits = at(spec::stored_bits(spec_));
      const std::size_t count = storage->pin("weight_o").size() / bits;
      if (storage->pin("weight_o").size() != count * bits) return false;
      std::vector<std::size_t> rows;
      for (std::size_t i = 0; i < count && i < lines.size(); ++i) {
        const auto found = line.find(lines[i]);
        if (found == line.end()) return false;
        rows.push_back(found->second % at(spec::stored_rows(spec_)));
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
  bool is_step_;
  Flat flat_;
  std::vector<std::uint64_t> values_;
  std::vector<Driver> driver_;
  const Box* accumulator_ = nullptr;
  std::vector<const Box*> storages_;
  std::vector<std::vector<std::size_t>> rows_;
  Nets order_;
  std::uint64_t initial_ = 0, digits_ = 0;
  std::vector<std::uint64_t> terms_;  ///< of each digit that is visited, the lowest first
  int width_ = 0;
  bool usable_ = false;
};

/// Case `round`: extremes, then random codes with ever other parts of them zero.
Case make_case(const spec::MacroSpec& spec, int round, std::mt19937_64& random) {
  Case test;
  test.inputs.resize(at(spec.rows) * lanes);
  test.weights.resize(at(spec::stored_rows(spec)) * lanes);
  test.indices.resize(spec.sparsity.is_structured() ? test.weights.size() : 0);
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
        if (format.is_bipolar) return random() % 2 == 0 ? format.min() : format.max();
        return format.min() + static_cast<std::int64_t>(random() % range);
    }
  };
  const auto is_extreme = [&](std::size_t lane) { return round == 0 && lane < 16; };
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    const std::size_t lane = i % lanes;
    const bool zero = !is_extreme(lane) && lane % 4 == 3 && random() % 8 != 0;
    const auto style = is_extreme(lane) ? static_cast<unsigned>(lane) % 4 : 9;
    test.inputs[i] = static_cast<std::int32_t>(zero ? spec.input.rest() : code(spec.input, style));
  }
  for (std::size_t i = 0; i < test.weights.size(); ++i) {
    const std::size_t lane = i % lanes;
    const auto style = is_extreme(lane) ? static_cast<unsigned>(lane) / 4 : 9;
    test.weights[i] = static_cast<std::int32_t>(code(spec.weight, style));
  }
  for (std::int32_t& index : test.indices) {
    index = static_cast<std::int32_t>(random() % at(spec.sparsity.group));
  }
  return test;
}

/// Lane `lane` of a case, as lane 0 of another.
Case alone(const Case& test, std::size_t lane) {
  const auto one = [&](const std::vector<std::int32_t>& codes) {
    std::vector<std::int32_t> result(codes.size(), 0);
    for (std::size_t i = lane; i < codes.size(); i += lanes) result[i - lane] = codes[i];
    return result;
  };
  return {one(test.inputs), one(test.weights), one(test.indices)};
}

/// Sets rows to codes of zeros as long as the sum stays wrong: lane 0 of `test`.
void make_small(Simulation& simulation, const spec::MacroSpec& spec, Case& test) {
  const std::size_t rows = test.inputs.size() / lanes;
  int left = 200;
  for (std::size_t part = (rows + 1) / 2; part > 0; part = part == 1 ? 0 : (part + 1) / 2) {
    for (std::size_t begin = 0; begin < rows && left > 0; begin += part, --left) {
      Case smaller = test;
      for (std::size_t row = begin; row < std::min(rows, begin + part); ++row) {
        smaller.inputs[row * lanes] = spec.input.rest();
        if (row * lanes < smaller.weights.size()) {
          smaller.weights[row * lanes] = spec.weight.rest();
        }
      }
      if (simulation.results(smaller)[0] != simulation.expected(smaller, 0)) {
        test = std::move(smaller);
      }
    }
  }
}

/// The codes of lane 0 that are not zero.
void tell_codes(const Case& found, const spec::MacroSpec& spec, Refutation& refutation) {
  const auto tell = [&](const char* name, std::size_t row, std::int32_t code) {
    refutation.values.emplace_back(fmt::format("{}[{}]", name, row), fmt::format("{}", code));
  };
  const bool has_indices = spec.sparsity.is_structured();
  for (std::size_t i = 0; i < found.inputs.size(); i += lanes) {
    const std::int32_t weight = i < found.weights.size() ? found.weights[i] : 0;
    if (found.inputs[i] != 0 || (weight != 0 && !has_indices))
      tell("x", i / lanes, found.inputs[i]);
    if (weight != 0 || (found.inputs[i] != 0 && !has_indices)) tell("W", i / lanes, weight);
    if (weight != 0 && has_indices) tell("i", i / lanes, found.indices[i]);
  }
  if (refutation.values.empty()) refutation.values.emplace_back("every x and W", "0");
}

/// Whether a wrong sum was found.
bool search(Simulation& simulation, const spec::MacroSpec& spec, Refutation& refutation) {
  std::mt19937_64 random(1);
  const std::size_t cost = (simulation.gates() + 1) * at(steps(spec)) * 8;
  const auto rounds = static_cast<int>(std::clamp<std::size_t>(gate_budget / cost, 2, 200));
  for (int round = 0; round < rounds; ++round) {
    const Case test = make_case(spec, round, random);
    const auto results = simulation.results(test);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      if (results[lane] == simulation.expected(test, lane)) continue;
      Case found = alone(test, lane);
      make_small(simulation, spec, found);
      const std::uint64_t got = simulation.results(found)[0];
      const std::uint64_t expected = simulation.expected(found, 0);
      tell_codes(found, spec, refutation);
      const int bit = std::countr_zero(got ^ expected);
      refutation.what +=
          refutation.expected.empty() && refutation.got.empty()
              ? fmt::format(" ({}); so bit {} of the sum is wrong", refutation.bit, bit)
              : fmt::format(" ({}, expected {}, got {}); so bit {} of the sum is wrong",
                            refutation.bit, refutation.expected, refutation.got, bit);
      refutation.bit = fmt::format("bit {} of the sum", bit);
      refutation.expected = fmt::format("{} modulo 2^{}", expected, simulation.width());
      refutation.got = fmt::format("{} modulo 2^{}", got, simulation.width());
      return true;
    }
  }
  return false;
}

/// With run-time precision: one step, of weights with a sign and without.
void search_steps(const Design& design, const Module& column, const Macro& macro,
                  const spec::MacroSpec& spec, Refutation& refutation) {
  for (const bool is_signed : {false, true}) {
    spec::MacroSpec step = spec;
    step.precision = {};
    step.input = {false, 1};
    step.weight.is_signed = is_signed;
    Simulation simulation(design, column, macro, step, true);
    if (!simulation.usable() || !search(simulation, step, refutation)) continue;
    refutation.values.emplace(refutation.values.begin(), "mode",
                              fmt::format("uint1 x {}", step.weight.name()));
    return;
  }
}

}  // namespace

void find_wrong_sum(const Design& design, const Module& column, const Macro& macro,
                    const spec::MacroSpec& spec, Refutation& refutation) {
  if (!refutation.values.empty()) return;
  if (spec::has_precision(spec)) return search_steps(design, column, macro, spec, refutation);
  Simulation simulation(design, column, macro, spec, false);
  if (simulation.usable()) search(simulation, spec, refutation);
}

}  // namespace cimforge::proof
