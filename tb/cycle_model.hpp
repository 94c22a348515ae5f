// The C++ side of a cycle model: load weights, run vectors, count cycles. Shipped with every
// library that `cimforge model` makes; needs nothing but the standard library and that library. A
// guard by name: a program of two models has two copies of this file, which are one by content
// only.
#ifndef CIMFORGE_CYCLE_MODEL_HPP
#define CIMFORGE_CYCLE_MODEL_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "cimforge/dut.h"

namespace cimforge {

/// The cycle model of one macro. `Macro` holds its figures and entry points; the header of each
/// model names the finished type. An object is one instance with its own state, not to be shared
/// between threads without a lock; several objects are independent.
template <class Macro>
class CycleModel {
 public:
  static constexpr int rows = Macro::rows;
  static constexpr int columns = Macro::columns;
  static constexpr int banks = Macro::banks;
  /// Of every `group` rows a column keeps `nonzero` weights; both are 1 where it keeps all of them.
  static constexpr int nonzero = Macro::nonzero;
  static constexpr int group = Macro::group;
  static constexpr int stored_rows = rows / group * nonzero;
  static constexpr bool transposable = requires { Macro::transposable; };
  /// Whether results are signs: 1 where the sum is at least the threshold of its column.
  static constexpr bool has_thresholds = requires { Macro::threshold_bits; };

  /// Resets the macro. `trace_file` names an FST file (only in a library built with --trace) or is
  /// empty. Throws std::runtime_error where the file cannot be written.
  explicit CycleModel(const std::string& trace_file = {})
      : dut_(Macro::create(trace_file.empty() ? nullptr : trace_file.c_str())) {
    if (!dut_) throw std::runtime_error("cimforge: the model cannot be made: " + trace_file);
    pins_ = Macro::pins(dut_.get());
    pins_->out_ready = 1;
    for (int i = 0; i < 2; ++i) tick();
    pins_->rst_n = 1;
    settle();
    cycles_ = 0;
  }

  /// Stores a matrix: rows x columns integers of the weight format, row-major. Throws
  /// std::invalid_argument for another shape, bank or value, and for a group with more weights than
  /// the macro keeps.
  void load_weights(std::span<const std::int32_t> weights, int bank = 0) {
    require(weights.size() == std::size_t{1} * rows * columns, "weights must be rows x columns");
    if constexpr (group == 1) {
      load_stored(weights, {}, bank);
    } else {
      std::vector<std::int32_t> kept(std::size_t{1} * stored_rows * columns, 0);
      std::vector<std::int32_t> indices(kept.size(), 0);
      for (std::size_t column = 0; column < columns; ++column) {
        for (std::size_t first = 0, slots = 0; first < rows; first += group, slots += nonzero) {
          std::size_t slot = slots;
          for (std::size_t index = 0; index < group; ++index) {
            const std::int32_t weight = weights[(first + index) * columns + column];
            if (weight == 0) continue;
            require(slot < slots + nonzero, "a group has more weights than the macro keeps");
            kept[slot * columns + column] = weight;
            indices[slot * columns + column] = static_cast<std::int32_t>(index);
            ++slot;
          }
        }
      }
      load_stored(kept, indices, bank);
    }
  }

  /// The same as the macro stores it: stored_rows x columns weights, stored row g * nonzero + s for
  /// slot s of group g, and for each the row of its group; none for a macro that keeps all weights.
  void load_stored(std::span<const std::int32_t> weights, std::span<const std::int32_t> indices,
                   int bank = 0) {
    require(weights.size() == std::size_t{1} * stored_rows * columns,
            "weights must be stored rows x columns");
    require(indices.size() == (group == 1 ? 0 : weights.size()), "a weight must have one index");
    for (const std::int32_t index : indices) {
      require(index >= 0 && index < 1 << Macro::index_bits, "an index is wider than its port");
    }
    require(bank >= 0 && bank < banks, "there is no such bank");
    for (const std::int32_t weight : weights) {
      require(weight >= Macro::weight_min && weight <= Macro::weight_max &&
                  !(weight_bipolar && weight == 0),
              "a weight is outside the weight format");
    }
    for (int row = 0; row < stored_rows; ++row) {
      if constexpr (group > 1) {
        pack(indices.subspan(std::size_t{1} * static_cast<std::size_t>(row) * columns, columns),
             Macro::index_bits, false, pins_->weight_index);
      }
      pack(weights.subspan(std::size_t{1} * static_cast<std::size_t>(row) * columns, columns),
           Macro::weight_bits, weight_bipolar, pins_->weight_data);
      write_row(static_cast<std::uint32_t>(row), bank);
    }
    settle();
  }

  /// Stores a threshold for each column of a bank. Throws std::invalid_argument for another number
  /// of them, another bank, and a threshold that its port does not hold. Of a macro whose results
  /// are signs.
  void load_thresholds(std::span<const std::int64_t> thresholds,
                       int bank = 0) requires(has_thresholds) {
    require(thresholds.size() == columns, "there must be one threshold for each column");
    require(bank >= 0 && bank < banks, "there is no such bank");
    for (const std::int64_t threshold : thresholds) {
      require(threshold >= Macro::threshold_min && threshold <= Macro::threshold_max,
              "a threshold is outside its format");
    }
    pack_codes(thresholds, Macro::threshold_bits, false, pins_->threshold_data);
    pins_->threshold_bank = static_cast<std::uint32_t>(bank);
    pins_->threshold_valid = 1;
    settle();
    while (pins_->threshold_ready == 0) tick();
    tick();
    pins_->threshold_valid = 0;
    settle();
  }

  /// Multiplies vectors, back to back: any number of vectors of `rows` integers of the input
  /// format, one after the other; returns as many of `columns` results. Throws
  /// std::invalid_argument for another shape, bank or value.
  std::vector<std::int64_t> run(std::span<const std::int32_t> vectors, int bank = 0) {
    require_inputs(vectors);
    if constexpr (requires { Macro::most_fused_columns; }) {
      set_mode({Macro::input_bits, Macro::input_min < 0, 1, Macro::weight_min < 0});
    }
    pins_->in_transpose = 0;
    return stream(vectors, bank);
  }

  /// The same with the transposed matrix, y[r] = sum over c of x[c] * W[r][c]. Of a transposable
  /// macro.
  std::vector<std::int64_t> run_transposed(std::span<const std::int32_t> vectors,
                                           int bank = 0) requires(transposable) {
    require_inputs(vectors);
    if constexpr (requires { Macro::most_fused_columns; }) {
      set_mode({Macro::input_bits, Macro::input_min < 0, 1, Macro::weight_min < 0});
    }
    pins_->in_transpose = 1;
    return stream(vectors, bank);
  }

  /// The precision of vectors, in a macro with run-time precision.
  struct Mode {
    int input_bits;  ///< 1 to those of the input format
    bool input_signed;
    int fused_columns;  ///< neighbouring columns that hold one weight: a power of two
    bool weight_signed;
    bool transposed = false;  ///< of a transposable macro
  };

  /// The same in a mode: values of its input format, columns / fused_columns results for each
  /// vector.
  std::vector<std::int64_t> run(std::span<const std::int32_t> vectors, const Mode& mode,
                                int bank = 0) requires requires {
    Macro::most_fused_columns;
  }
  {
    require(mode.input_bits >= 1 && mode.input_bits <= Macro::input_bits,
            "the macro has no inputs of so many bits");
    const int fused = mode.fused_columns;
    require(fused >= 1 && fused <= Macro::most_fused_columns && (fused & (fused - 1)) == 0,
            "the macro does not fuse so many columns");
    require(transposable || !mode.transposed, "the macro has no transposed read");
    const std::int32_t span = std::int32_t{1} << (mode.input_bits - (mode.input_signed ? 1 : 0));
    for (const std::int32_t value : vectors) {
      require(value >= (mode.input_signed ? -span : 0) && value < span,
              "a value is outside the input format of the mode");
    }
    set_mode(mode);
    const std::vector<std::int64_t> codes = stream(vectors, bank);
    std::vector<std::int64_t> results;
    const auto neighbours = static_cast<std::size_t>(fused);
    for (std::size_t first = 0; first < codes.size(); first += neighbours) {
      std::uint64_t word = 0;
      int place = 0;
      for (std::size_t i = 0; i < neighbours && place < 64; ++i, place += Macro::output_bits) {
        const std::uint64_t code = static_cast<std::uint64_t>(codes[first + i])
                                       << (64 - Macro::output_bits) >>
                                   (64 - Macro::output_bits);
        word |= code << place;
      }
      const int spare = place < 64 ? 64 - place : 0;
      word <<= spare;
      results.push_back(mode.input_signed || mode.weight_signed
                            ? static_cast<std::int64_t>(word) >> spare
                            : static_cast<std::int64_t>(word >> spare));
    }
    return results;
  }

  /// Clock cycles since the reset.
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

 protected:
  /// Sends the row of weights on the pins.
  void write_row(std::uint32_t row, int bank) {
    pins_->weight_row = row;
    pins_->weight_bank = static_cast<std::uint32_t>(bank);
    pins_->weight_valid = 1;
    settle();
    while (pins_->weight_ready == 0) tick();
    tick();
    pins_->weight_valid = 0;
  }

  void set_mode(const Mode& mode) {
    pins_->in_transpose = mode.transposed ? 1 : 0;
    pins_->in_signed = mode.input_signed ? 1 : 0;
    pins_->in_weight_signed = mode.weight_signed ? 1 : 0;
    pins_->in_last_bit = static_cast<std::uint8_t>(mode.input_bits - 1);
    pins_->in_fuse = 0;
    for (int columns_left = mode.fused_columns; columns_left > 1; columns_left /= 2) {
      ++pins_->in_fuse;
    }
  }

  void require_inputs(std::span<const std::int32_t> vectors) const {
    for (const std::int32_t value : vectors) {
      require(
          value >= Macro::input_min && value <= Macro::input_max && !(input_bipolar && value == 0),
          "a value is outside the input format");
    }
  }

  /// Multiplies vectors whose values are right, back to back. `before` puts on the pins what else
  /// comes with a vector.
  template <class Before>
  std::vector<std::int64_t> stream(std::span<const std::int32_t> vectors, int bank, Before before) {
    require(vectors.size() % rows == 0, "vectors must be a multiple of rows");
    require(bank >= 0 && bank < banks, "there is no such bank");
    const std::size_t count = vectors.size() / rows;
    std::vector<std::int64_t> results;
    results.reserve(count * columns);
    pins_->in_bank = static_cast<std::uint32_t>(bank);
    std::size_t next = 0;
    std::size_t done = 0;
    while (done < count) {
      if (next < count && pins_->in_valid == 0) {
        pack(vectors.subspan(next * rows, rows), Macro::input_bits, input_bipolar, pins_->in_data);
        before(next);
        pins_->in_valid = 1;
        settle();
      }
      const bool taken = pins_->in_valid != 0 && pins_->in_ready != 0;
      if (pins_->out_valid != 0) {
        unpack(results);
        ++done;
      }
      tick();
      if (taken) {
        ++next;
        pins_->in_valid = 0;
      }
    }
    settle();
    return results;
  }

  std::vector<std::int64_t> stream(std::span<const std::int32_t> vectors, int bank) {
    return stream(vectors, bank, [](std::size_t) {});
  }

  static void require(bool right, const char* message) {
    if (!right) throw std::invalid_argument(std::string("cimforge: ") + message);
  }

  void settle() {
    if (Macro::eval(dut_.get()) != 0) {
      throw std::runtime_error(std::string("cimforge: ") + Macro::error(dut_.get()));
    }
  }

  void tick() {
    pins_->clk = 1;
    settle();
    pins_->clk = 0;
    settle();
    ++cycles_;
  }

  // One bit of which 1 is +1 and 0 is -1.
  static constexpr bool weight_bipolar =
      Macro::weight_bits == 1 && Macro::weight_min == -1 && Macro::weight_max == 1;
  static constexpr bool input_bipolar =
      Macro::input_bits == 1 && Macro::input_min == -1 && Macro::input_max == 1;

  /// Codes into a port, code i at bits [i*bits +: bits].
  void pack(std::span<const std::int32_t> codes, int bits, bool bipolar, std::uint8_t* port) {
    pack_codes(codes, bits, bipolar, port);
  }

  template <class Code>
  void pack_codes(std::span<const Code> codes, int bits, bool bipolar, std::uint8_t* port) {
    buffer_.assign((codes.size() * static_cast<std::size_t>(bits) + 7) / 8 + 8, 0);
    const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
    std::size_t bit = 0;
    for (const Code code : codes) {
      std::uint64_t word = 0;
      std::memcpy(&word, &buffer_[bit / 8], 8);
      const std::uint64_t pattern =
          bipolar ? (code > 0 ? 1U : 0U) : static_cast<std::uint64_t>(code) & mask;
      word |= pattern << (bit % 8);  // codes have 56 bits at most
      std::memcpy(&buffer_[bit / 8], &word, 8);
      bit += static_cast<std::size_t>(bits);
    }
    std::memcpy(port, buffer_.data(), (bit + 7) / 8);
  }

  /// The results on the output port.
  void unpack(std::vector<std::int64_t>& results) {
    constexpr int bits = Macro::output_bits;
    constexpr std::size_t bytes = (std::size_t{1} * columns * bits + 7) / 8;
    buffer_.assign(bytes + 16, 0);
    std::memcpy(buffer_.data(), pins_->out_data, bytes);
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t bit = column * bits;
      std::uint64_t low = 0;
      std::uint64_t high = 0;
      std::memcpy(&low, &buffer_[bit / 8], 8);
      std::memcpy(&high, &buffer_[bit / 8 + 8], 8);
      std::uint64_t word = low >> (bit % 8);
      if (bit % 8 != 0) word |= high << (64 - bit % 8);
      word <<= 64 - bits;
      results.push_back(Macro::output_signed ? static_cast<std::int64_t>(word) >> (64 - bits)
                                             : static_cast<std::int64_t>(word >> (64 - bits)));
    }
  }

  struct Destroy {
    void operator()(cim_dut* dut) const { Macro::destroy(dut); }
  };

  std::unique_ptr<cim_dut, Destroy> dut_;
  cim_dut_pins* pins_ = nullptr;
  std::uint64_t cycles_ = 0;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace cimforge

#endif  // CIMFORGE_CYCLE_MODEL_HPP
