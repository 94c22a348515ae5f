#include "tb/program.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include "generator/spec/parts.h"
#include "generator/spec/structure.h"
#include "sim/floating.h"
#include "tb/codes.h"
#include "tb/float_corners.h"
#include "tb/float_stimulus.h"
#include "tb/mode.h"
#include "tb/stimulus.h"

namespace cimforge::tb {
namespace {

constexpr std::uint64_t kChunkVectors = 1000;
/// Operand bits up to which all their values are tried.
constexpr int kExhaustiveBits = 16;
/// Resets in the middle of a computation at the beginning of each kind of chunk.
constexpr int kInterruptions = 6;

std::uint64_t cycles_per_vector(const spec::MacroSpec& spec) {
  return static_cast<std::uint64_t>(Ports(spec).cycles_per_vector);
}

/// Vectors a chunk, such that loading the weights does not take most of the time.
std::uint64_t chunk_vectors(const spec::MacroSpec& spec) {
  const auto transfers =
      static_cast<std::uint64_t>(spec.banks) * static_cast<std::uint64_t>(spec::stored_rows(spec));
  return std::max(kChunkVectors, transfers / (4 * cycles_per_vector(spec)));
}

/// Each mode has all of them.
std::uint64_t modes_of(const spec::MacroSpec& spec) {
  return Ports(spec).modes.size();
}

bool is_small(const spec::MacroSpec& spec, int bits) {
  return bits <= kExhaustiveBits && modes_of(spec) << bits <= std::uint64_t{1} << kExhaustiveBits;
}

bool small_inputs(const spec::MacroSpec& spec) {
  return is_small(spec, spec.rows * spec.input.bits);
}

/// Of a column: its weights, and their indices where they have any.
int matrix_bits(const spec::MacroSpec& spec) {
  return spec::stored_rows(spec) * spec::stored_bits(spec);
}

bool small_operands(const spec::MacroSpec& spec) {
  return is_small(spec, spec.rows * spec.input.bits + matrix_bits(spec));
}

/// Input vectors of an exhaustive part.
std::uint64_t input_count(const spec::MacroSpec& spec) {
  return modes_of(spec) << (spec.rows * spec.input.bits);
}

/// Vectors of the corner program.
std::uint64_t corner_vectors(const spec::MacroSpec& spec) {
  if (spec.kind == spec::Kind::floating) {
    const std::vector<FloatStep> steps = float_steps(spec);
    return static_cast<std::uint64_t>(
        std::ranges::count(steps, FloatStep::Kind::input, &FloatStep::kind));
  }
  const std::vector<CornerStep> steps = corner_steps(spec);
  return static_cast<std::uint64_t>(
      std::ranges::count(steps, CornerStep::Kind::input, &CornerStep::kind));
}

/// One chunk: what all kinds share, and the kinds.
class ChunkRun {
 public:
  ChunkRun(const Chunk& chunk, const spec::MacroSpec& spec, Driver& driver, Random& random)
      : chunk_(chunk),
        spec_(spec),
        driver_(driver),
        random_(random),
        all_banks_(static_cast<std::size_t>(spec.banks)),
        ports_(spec),
        interval_(ports_.cycles_per_vector) {
    std::iota(all_banks_.begin(), all_banks_.end(), 0);
    if (ports_.is_floating) floating_.emplace(spec, random);
  }

  void run() {
    driver_.choose_repair();
    driver_.power_up();
    driver_.idle(driver_.settle_cycles());
    int interruptions = chunk_.first == 0 ? kInterruptions : random_.index(2);
    for (; interruptions > 0; --interruptions) interrupted_computation();
    if (chunk_.kind == Chunk::Kind::corners) self_tests();
    load(all_banks_, Shape::random, 0);
    switch (chunk_.kind) {
      case Chunk::Kind::corners:
        corners();
        break;
      case Chunk::Kind::exhaustive_inputs:
        exhaustive_inputs();
        break;
      case Chunk::Kind::exhaustive_weights:
        exhaustive_weights();
        break;
      case Chunk::Kind::random:
        random_traffic();
        break;
      case Chunk::Kind::gaussian:
        gaussian_traffic();
        break;
    }
    settle();
  }

 private:
  enum class Mode {
    full,        ///< everything always valid and ready: the throughput is asserted
    gaps,        ///< the input pauses
    pressure,    ///< the output stalls
    late_ready,  ///< the output is not ready before a result waits
    writes,      ///< weights change while vectors are computed
    long_stall,  ///< the output stalls for many vectors
    alone,       ///< one vector at a time: the latency is measured
    everything,  ///< gaps, stalls and writes together
  };

  void settle() {
    driver_.drain();
    driver_.idle(driver_.settle_cycles());
  }

  [[nodiscard]] Pauses some(std::uint32_t one_in, int vectors) const {
    return {one_in, 1, vectors * interval_ + 2};
  }

  [[nodiscard]] Traffic traffic_of(Mode mode) const {
    Traffic traffic;
    switch (mode) {
      case Mode::full:
        traffic.no_bubbles = true;
        break;
      case Mode::gaps:
        traffic.input = some(2, 2);
        traffic.thresholds = some(1, 12);
        break;
      case Mode::pressure:
        traffic.out = some(4, 3);
        break;
      case Mode::late_ready:
        traffic.output = Traffic::Output::after_valid;
        break;
      case Mode::writes:
        traffic.weight = some(2, 3);
        traffic.thresholds = some(1, 6);
        break;
      case Mode::long_stall:
        traffic.out = {4 * static_cast<std::uint32_t>(interval_), 10 * interval_ + 35,
                       20 * interval_ + 50};
        traffic.weight = some(1, 8);
        traffic.thresholds = some(1, 8);
        break;
      case Mode::alone:
        traffic.one_at_a_time = true;
        break;
      case Mode::everything:
        traffic.input = some(3, 1);
        traffic.out = some(6, 2);
        traffic.weight = some(2, 2);
        traffic.thresholds = some(2, 8);
        break;
    }
    return traffic;
  }

  /// Runs vectors in a mode; those that assert something of an idle macro begin with one.
  void run(Mode mode, const VectorSource& vectors) {
    if (mode == Mode::full || mode == Mode::alone) settle();
    const bool writing =
        mode == Mode::writes || mode == Mode::long_stall || mode == Mode::everything;
    driver_.run(traffic_of(mode), vectors, writing ? random_weights() : WeightSource(),
                writing || mode == Mode::gaps ? random_thresholds() : ThresholdSource());
    if (random_.once_in(4)) driver_.drain();
  }

  /// A mode for vectors that are not random themselves: mostly full speed, no weights.
  Mode plain_mode() {
    constexpr Mode kModes[] = {Mode::full, Mode::full, Mode::gaps, Mode::pressure};
    return kModes[random_.below(4)];
  }

  // Weights.

  /// Thresholds for the bank that is computed with or for any other; none where results are no
  /// signs.
  ThresholdSource random_thresholds() {
    if (!ports_.has_thresholds()) return {};
    return [this](Thresholds& next) {
      next.bank = random_.once_in(2) ? last_bank_ : random_.index(spec_.banks);
      fill_thresholds(spec_, driver_.scoreboard().last_sums(), random_, next);
      return true;
    };
  }

  /// New thresholds for banks, where results are signs.
  void load_thresholds(const std::vector<int>& banks) {
    if (!ports_.has_thresholds()) return;
    std::size_t next = 0;
    driver_.run({}, {}, {}, [&](Thresholds& thresholds) {
      if (next == banks.size()) return false;
      thresholds.bank = banks[next++];
      fill_thresholds(spec_, driver_.scoreboard().last_sums(), random_, thresholds);
      return true;
    });
  }

  /// Loads banks with matrices of a shape, all rows in random order.
  void load(const std::vector<int>& banks, Shape shape, std::size_t index) {
    if (floating_) {
      for (const int bank : banks) {
        load_matrix(bank, floating_->matrix(
                              random_.once_in(2) ? FloatPattern::gaussian : FloatPattern::random, 0,
                              false));
      }
      return;
    }
    std::vector<std::pair<int, int>> places;
    for (const int bank : banks) {
      const int rows = spec::stored_rows(spec_);
      for (int row = 0; row < rows; ++row) places.emplace_back(bank, row);
    }
    random_.shuffle(places);
    std::size_t next = 0;
    const WeightSource source = [&](WeightRow& write) {
      if (next == places.size()) return false;
      std::tie(write.bank, write.row) = places[next++];
      fill_weights(shape, index, static_cast<std::size_t>(write.row), spec_.weight, random_,
                   write.codes);
      fill_indices(ports_, shape != Shape::random, random_, write.indices);
      return true;
    };
    Traffic traffic;
    if (random_.once_in(2)) traffic.weight = some(8, 1);
    if (random_.once_in(2)) traffic.out = some(4, 1);
    driver_.run(traffic, {}, source);
    load_thresholds(banks);
  }

  /// Loads a bank of a floating macro, all rows in random order.
  void load_matrix(int bank, const StoredWeights& matrix) {
    std::vector<std::size_t> rows(ports_.rows);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    random_.shuffle(rows);
    write_rows(bank, matrix, rows);
  }

  void write_rows(int bank, const StoredWeights& matrix, std::span<const std::size_t> rows) {
    Traffic traffic;
    if (random_.once_in(2)) traffic.weight = some(8, 1);
    if (random_.once_in(2)) traffic.out = some(4, 1);
    std::size_t next = 0;
    driver_.run(traffic, {}, [&](WeightRow& write) {
      if (next == rows.size()) return false;
      write.bank = bank;
      floating_->take_row(matrix, rows[next++], write);
      return true;
    });
  }

  /// Rows for the bank that is computed with or for any other, now and then the same row again.
  WeightSource random_weights() {
    return [this](WeightRow& write) {
      if (!random_.once_in(8)) {
        write.bank = random_.once_in(2) ? last_bank_ : random_.index(spec_.banks);
        write.row = random_.index(spec::stored_rows(spec_));
      }
      fill_row(false, write);
      return true;
    };
  }

  /// Any row; indices of structured weights name rows of their groups in half of the rows at most.
  void fill_row(bool half_valid, WeightRow& write) {
    if (floating_) return floating_->fill_any_row(write);
    fill_random(spec_.weight, random_, write.codes);
    fill_indices(ports_, half_valid && random_.once_in(2), random_, write.indices);
  }

  // Vectors.

  /// A random one in a random mode.
  void fill_vector(InputVector& vector) {
    if (floating_) return floating_->fill_any_vector(vector);
    vector.mode = random_mode(ports_, random_);
    fill_input(ports_, Shape::random, 0, random_, vector);
  }

  /// So many random vectors, on all banks or often on the bank that was written last.
  VectorSource random_vectors(std::uint64_t count, bool follow_writes) {
    return [this, left = count, follow_writes](InputVector& vector) mutable {
      if (left-- == 0) return false;
      // Where results are signs, with the thresholds that were made of its sums.
      if (ports_.has_thresholds() && any_vector_ && random_.once_in(3)) return true;
      any_vector_ = true;
      const bool follow = follow_writes && random_.once_in(2);
      vector.bank = follow ? driver_.last_weight_bank() : random_.index(spec_.banks);
      last_bank_ = vector.bank;
      fill_vector(vector);
      if (ports_.skips_digits && random_.once_in(2)) {
        thin_input(ports_, random_, vector);
      }
      return true;
    };
  }

  /// Every self-test that the macro has: from rest, behind vectors whose results still wait, and
  /// broken off by a reset.
  void self_tests() {
    const spec::SelfTest& test = spec_.self_test;
    for (const bool compute : {false, true}) {
      if (compute ? test.compute_vectors == 0 : !test.has_march()) continue;
      driver_.self_test(compute);
      load(all_banks_, Shape::random, 0);
      Traffic traffic;
      traffic.out = some(2, 2);
      driver_.run(traffic, random_vectors(3, false), {});
      driver_.self_test(compute, static_cast<std::uint64_t>(random_.between(8, 40 + interval_)));
      driver_.reset();
      driver_.self_test(compute);
    }
  }

  /// A reset in the middle of a computation, whose result is never taken.
  void interrupted_computation() {
    any_vector_ = false;
    const int bank = random_.index(spec_.banks);
    last_bank_ = bank;
    Traffic traffic;
    traffic.output = Traffic::Output::never;
    traffic.weight = some(1, 1);
    // In the first computation, or when results wait.
    const int longest = random_.once_in(2) ? interval_ : driver_.settle_cycles();
    traffic.stop_after = static_cast<std::uint64_t>(random_.between(1, longest));
    const VectorSource vectors = [&](InputVector& vector) {
      vector.bank = bank;
      fill_vector(vector);
      return true;
    };
    driver_.run(traffic, vectors, random_.once_in(2) ? random_weights() : WeightSource());
    driver_.reset();
    driver_.idle(driver_.settle_cycles());
    // A reset leaves a row half programmed.
    if (spec::has_array(spec_)) load(all_banks_, Shape::random, 0);
  }

  /// The rows of a step, as they are in `matrix` or with what is no number.
  void write_step(const FloatStep& step, const StoredWeights& matrix) {
    StoredWeights changed = matrix;
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < step.count; ++i) {
      rows.push_back(step.index + i);
      if (step.kind != FloatStep::Kind::special_rows) continue;
      changed.weights[rows.back() * ports_.columns + i] = *step.special;
    }
    if (step.kind == FloatStep::Kind::special_scale) {
      for (std::size_t column = step.index % 2; column < ports_.columns; column += 2) {
        changed.scales[step.index * ports_.columns + column] = number::scale_nan;
      }
    }
    write_rows(step.bank, changed, rows);
  }

  void fill_step(const FloatStep& step, InputVector& vector) {
    vector.bank = step.bank;
    if (step.integer) return floating_->fill_integer_vector(step.pattern, step.index, vector);
    floating_->fill_vector(step.pattern, step.index, vector);
    if (step.special) vector.codes.values[step.index] = *step.special;
    if (step.special && step.opposite) {
      vector.codes.values[step.index + 1] = *step.special ^ 1 << (spec_.input.bits - 1);
    }
    if (step.scale) std::ranges::fill(vector.scales.values, *step.scale);
    if (step.nan_scale) vector.scales.values[*step.nan_scale] = number::scale_nan;
    floating_->finish(vector);
  }

  void float_corners() {
    const std::vector<FloatStep> steps = float_steps(spec_);
    StoredWeights matrix;
    for (std::size_t next = 0; next < steps.size();) {
      const FloatStep& step = steps[next];
      if (step.kind == FloatStep::Kind::matrix) {
        matrix = floating_->matrix(step.pattern, step.index, step.integer && ports_.weight_modes);
        if (step.scale) std::ranges::fill(matrix.scales, *step.scale);
        load_matrix(step.bank, matrix);
        ++next;
        continue;
      }
      if (step.kind != FloatStep::Kind::input) {
        write_step(step, matrix);
        ++next;
        continue;
      }
      run(plain_mode(), [&](InputVector& vector) {
        if (next == steps.size() || steps[next].kind != FloatStep::Kind::input) return false;
        fill_step(steps[next++], vector);
        return true;
      });
    }
  }

  void corners() {
    if (floating_) return float_corners();
    const std::vector<CornerStep> steps = corner_steps(spec_);
    std::size_t next = 0;
    while (next < steps.size()) {
      const CornerStep& step = steps[next];
      if (step.kind == CornerStep::Kind::weights) {
        load({step.bank}, step.shape, step.index);
        ++next;
        continue;
      }
      run(plain_mode(), [&](InputVector& vector) {
        if (next == steps.size() || steps[next].kind == CornerStep::Kind::weights) return false;
        const CornerStep& corner = steps[next++];
        vector.bank = corner.bank;
        vector.mode = random_mode(ports_, random_);
        fill_input(ports_, corner.shape, corner.index, random_, vector);
        vector.mode.transposed = corner.transposed;
        return true;
      });
    }
  }

  /// Input vector `number` of an exhaustive part, in a mode that differs from that before it.
  void fill_number(std::uint64_t number, InputVector& vector) {
    if (floating_) {
      floating_->fill_vector(FloatPattern::random, 0, vector);  // the scales, where there are any
    }
    vector.mode = ports_.modes[number % ports_.modes.size()];
    fill_input_from_bits(ports_, number / ports_.modes.size(), vector);
  }

  void exhaustive_inputs() {
    const auto ways = static_cast<std::uint64_t>(directions(spec_));
    std::uint64_t number = chunk_.first;
    run(plain_mode(), [&](InputVector& vector) {
      if (number == chunk_.first + chunk_.vectors) return false;
      vector.bank = random_.index(spec_.banks);
      fill_number(number / ways, vector);
      vector.mode.transposed = number++ % ways == 1;
      return true;
    });
  }

  /// Column c holds the weights of number first + c, so that each column sees every number in turn;
  /// and each row, where the macro transposes: numbers past all of them stand for those again, with
  /// rows and columns exchanged.
  void exhaustive_weights() {
    const int row_bits = spec_.weight.bits;
    const int stored_bits = spec::stored_bits(spec_);
    const std::uint64_t inputs = input_count(spec_);
    const std::uint64_t matrices = std::uint64_t{1} << matrix_bits(spec_);
    const std::uint64_t mask = (std::uint64_t{1} << row_bits) - 1;
    const std::uint64_t first = chunk_.first / inputs;
    if (floating_) return exhaustive_numbers(inputs, first);
    for (std::uint64_t number = first; number < first + chunk_.vectors / inputs; ++number) {
      const bool transposed = number >= matrices;
      const int bank = random_.index(spec_.banks);
      int row = 0;
      driver_.run({}, {}, [&](WeightRow& write) {
        if (row == spec::stored_rows(spec_)) return false;
        write.bank = bank;
        write.row = row++;
        for (std::size_t column = 0; column < write.codes.values.size(); ++column) {
          const auto its_row = static_cast<std::uint64_t>(write.row);
          const std::uint64_t of = transposed ? its_row : column;
          const std::uint64_t place = transposed ? column : its_row;
          const std::uint64_t stored =
              (number + of) >> (place * static_cast<std::uint64_t>(stored_bits));
          const std::uint64_t code = stored & mask;
          if (ports_.index_bits > 0) {
            write.indices.values[column] = static_cast<std::int32_t>(
                stored >> row_bits & ((std::uint64_t{1} << ports_.index_bits) - 1));
          }
          const auto value = static_cast<std::int32_t>(code);
          const bool negative = spec_.weight.is_signed && (code >> (row_bits - 1)) != 0;
          write.codes.values[column] = spec_.weight.is_bipolar ? 2 * value - 1
                                       : negative              ? value - (1 << row_bits)
                                                               : value;
        }
        // All codes, that of a ternary weight which no value has among them.
        if (spec_.weight.is_bipolar) {
          pack(write.codes.values, spec_.weight, write.codes.port);
        } else {
          pack(write.codes.values, row_bits, write.codes.port);
        }
        unpack(write.codes.port, spec_.weight, write.codes.values);
        if (ports_.index_bits > 0) {
          pack(write.indices.values, ports_.index_bits, write.indices.port);
        }
        return true;
      });
      load_thresholds({bank});
      std::uint64_t code = 0;
      driver_.run({},
                  [&](InputVector& vector) {
                    if (code == inputs) return false;
                    vector.bank = bank;
                    fill_number(code++, vector);
                    vector.mode.transposed = transposed;
                    return true;
                  },
                  {});
    }
  }

  /// The same of a floating macro: a matrix has the exponents that belong to it.
  void exhaustive_numbers(std::uint64_t inputs, std::uint64_t first) {
    const auto bits = static_cast<std::size_t>(spec_.weight.bits);
    for (std::uint64_t number = first; number < first + chunk_.vectors / inputs; ++number) {
      const int bank = random_.index(spec_.banks);
      StoredWeights matrix = floating_->matrix(FloatPattern::gaussian, 0, false);
      for (std::size_t i = 0; i < matrix.weights.size(); ++i) {
        const std::size_t row = i / ports_.columns;
        const std::uint64_t code = (number + i % ports_.columns) >> (row * bits);
        const auto field = static_cast<std::int32_t>(code & ((std::uint64_t{1} << bits) - 1));
        const bool negative = spec_.weight.is_signed && (field >> (bits - 1) & 1) != 0;
        matrix.weights[i] = negative ? field - (1 << bits) : field;
      }
      if (!matrix.scales.empty() && !spec_.weight.has_scale) {
        matrix.scales = sim::block_exponents(spec_, matrix.weights);
      }
      load_matrix(bank, matrix);
      std::uint64_t code = 0;
      driver_.run({},
                  [&](InputVector& vector) {
                    if (code == inputs) return false;
                    vector.bank = bank;
                    fill_number(code++, vector);
                    return true;
                  },
                  {});
    }
  }

  /// Gaussian operands of a floating macro in several modes; all banks are loaded now and then.
  void gaussian_traffic() {
    constexpr std::uint64_t of_each = 250;
    for (std::uint64_t left = chunk_.vectors; left > 0;) {
      for (const int bank : all_banks_) {
        load_matrix(bank, floating_->matrix(FloatPattern::gaussian, 0, false));
      }
      const std::uint64_t count = std::min(left, of_each);
      left -= count;
      std::uint64_t sent = 0;
      driver_.set_gaussian(true);
      run(plain_mode(), [&](InputVector& vector) {
        if (sent++ == count) return false;
        vector.bank = random_.index(spec_.banks);
        floating_->fill_vector(FloatPattern::gaussian, 0, vector);
        return true;
      });
      driver_.set_gaussian(false);
    }
  }

  /// One bank computes at full rate and each cycle another one takes a row; then they change roles.
  void concurrent_update(std::uint64_t count) {
    const int first = random_.index(spec_.banks);
    const int second = (first + random_.between(1, spec_.banks - 1)) % spec_.banks;
    for (const int computing : {first, second}) {
      settle();
      Traffic traffic;
      traffic.no_bubbles = true;
      traffic.no_weight_waits = true;
      const int written = computing == first ? second : first;
      driver_.run(
          traffic,
          [&, left = count](InputVector& vector) mutable {
            if (left-- == 0) return false;
            vector.bank = computing;
            fill_vector(vector);
            return true;
          },
          [&, row = 0](WeightRow& write) mutable {
            write.bank = written;
            write.row = row;
            row = (row + 1) % static_cast<int>(ports_.stored_rows);
            fill_row(true, write);
            return true;
          });
    }
    last_bank_ = second;
  }

  /// All modes in random order, twice, each with its share of the vectors.
  void random_traffic() {
    struct Share {
      Mode mode;
      std::uint64_t of_sixteen;
    };
    std::vector<Share> shares = {{Mode::full, 4},       {Mode::gaps, 2},      {Mode::pressure, 2},
                                 {Mode::late_ready, 1}, {Mode::writes, 3},    {Mode::long_stall, 1},
                                 {Mode::alone, 1},      {Mode::everything, 2}};
    const std::vector<Share> modes = shares;
    shares.insert(shares.end(), modes.begin(), modes.end());
    random_.shuffle(shares);

    std::uint64_t left = chunk_.vectors;
    // Of few vectors each mode needs its own.
    if (driver_.expects_concurrent_update() && spec_.banks > 1 && left >= 40) {
      const std::uint64_t of_each = std::min<std::uint64_t>(left / 10, 32);
      concurrent_update(of_each);
      left -= 2 * of_each;
    }
    const std::uint64_t total = left;
    for (const Share& share : shares) {
      const std::uint64_t whole = std::max<std::uint64_t>(total * share.of_sixteen / 32, 1);
      const std::uint64_t count = std::min(whole, left);
      left -= count;
      if (count > 0) run(share.mode, random_vectors(count, true));
    }
    if (left > 0) run(Mode::full, random_vectors(left, false));
  }

  const Chunk& chunk_;
  const spec::MacroSpec& spec_;
  Driver& driver_;
  Random& random_;
  std::vector<int> all_banks_;
  Ports ports_;
  int interval_;
  int last_bank_ = 0;
  bool any_vector_ = false;  ///< of random ones, that may be sent again
  std::optional<FloatStimulus> floating_;
};

}  // namespace

std::vector<Chunk> plan_chunks(const spec::MacroSpec& spec, std::uint64_t vectors) {
  std::vector<Chunk> chunks;
  std::uint64_t planned = 0;
  const auto add = [&](Chunk::Kind kind, std::uint64_t first, std::uint64_t count) {
    chunks.push_back({kind, first, count, planned});
    planned += count;
  };
  const auto add_parts = [&](Chunk::Kind kind, std::uint64_t count, std::uint64_t part) {
    for (std::uint64_t first = 0; first < count; first += part) {
      add(kind, first, std::min(part, count - first));
    }
  };

  add(Chunk::Kind::corners, 0, corner_vectors(spec));
  const std::uint64_t part = chunk_vectors(spec);
  const auto ways = static_cast<std::uint64_t>(directions(spec));
  if (small_operands(spec)) {
    const std::uint64_t inputs = input_count(spec);
    const std::uint64_t weights = std::uint64_t{1} << matrix_bits(spec);
    add_parts(Chunk::Kind::exhaustive_weights, ways * inputs * weights,
              std::max<std::uint64_t>(part / inputs, 1) * inputs);
  } else if (small_inputs(spec)) {
    add_parts(Chunk::Kind::exhaustive_inputs, ways * input_count(spec), part);
  }
  const std::uint64_t rest = vectors > planned ? vectors - planned : 0;
  std::uint64_t random = std::max({rest, (vectors + 1) / 2, std::uint64_t{1}});
  if (spec.kind == spec::Kind::floating) {
    const std::uint64_t gaussian = random / 4;
    add_parts(Chunk::Kind::gaussian, gaussian, part);
    random -= gaussian;
  }
  add_parts(Chunk::Kind::random, random, part);
  return chunks;
}

void run_chunk(const Chunk& chunk, const spec::MacroSpec& spec, Driver& driver, Random& random) {
  ChunkRun(chunk, spec, driver, random).run();
}

}  // namespace cimforge::tb
