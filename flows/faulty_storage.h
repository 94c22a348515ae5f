// Storage with faults in a Verilated macro: the emitted RTL with its storage cell replaced by one
// whose content a sim::FaultyArray holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "flows/verilated_model.h"
#include "generator/plan/plan.h"
#include "generator/spec/spec.h"
#include "sim/faults/storage.h"

namespace cimforge::flows {

/// Writes RTL for VerilatedModel to `output`: that of `rtl` with another storage cell. Throws
/// base::InputError for a macro whose storage is not latches or flip-flops in blocks of rows.
RtlSource faulty_storage_rtl(const spec::MacroSpec& spec, const RtlSource& rtl,
                             const std::filesystem::path& output);

/// The storage of the models of one macro, one model at a time. Word bank * rows + row, bit
/// column * weight bits + bit, of the macro's own rows and columns; spare ones and check bits have
/// no faults.
class FaultyStorage {
 public:
  explicit FaultyStorage(const spec::MacroSpec& spec);
  FaultyStorage(const FaultyStorage&) = delete;
  FaultyStorage& operator=(const FaultyStorage&) = delete;

  [[nodiscard]] const cim_storage_hooks& hooks() const { return hooks_; }
  [[nodiscard]] sim::StorageShape shape() const;

  /// From now on storage has this fault, or none, and its cells hold `before`.
  void start(const sim::StorageFault* fault, bool before);
  /// A single-event upset, as seen with the next evaluation: of bit `bit` of a column, of which
  /// those from the weight's bits on are its check bits.
  void flip(int word, int column, int bit);
  /// Bits of a column in a word.
  [[nodiscard]] int stored_bits() const { return stored_bits_; }

  /// A model whose storage this is. Every evaluation gives the writes that it made to the array and
  /// what that holds back to the model. There is one at a time; it must not outlive this.
  [[nodiscard]] std::unique_ptr<tb::Dut> make(const VerilatedModel& model);

 private:
  /// The storage of one block in one slice.
  struct Block {
    FaultyStorage* owner;
    void* scope;
    int lanes, rows, bits;
    int first_row, first_column;
    bool is_new = true;
    std::vector<std::vector<std::uint32_t>> written;  ///< by word line; empty where it is low
    std::vector<std::vector<std::uint32_t>> held;     ///< in the model
  };
  class FaultyDut;
  static void* open(void* context, const char* path, void* scope, int lanes, int rows, int bits,
                    int banks);
  bool commit(cim_dut_storage_set_fn* set);
  [[nodiscard]] int array_word(int word) const;
  [[nodiscard]] int array_bit(int bit) const;

  spec::MacroSpec spec_;
  spec::MacroSpec core_;
  plan::MacroPlan plan_;
  int stored_bits_;
  cim_storage_hooks hooks_{};
  std::vector<std::unique_ptr<Block>> blocks_;
  std::unique_ptr<sim::FaultyArray> array_;
  bool is_changed_ = true;
};

}  // namespace cimforge::flows
