// Faults of stored bits and of their word lines: what they are, how many there are, and an array
// that has them. The models are those of memory testing: van de Goor, "Testing Semiconductor
// Memories" (1991), for stuck-at, transition, coupling and address faults; Hamdioui, van de Goor
// and Rodgers, "March SS: a test for all static simple RAM faults" (MTDT 2002), for faults of
// writes and reads. docs/faults.md has each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cimforge::sim {

/// Coupling faults are told apart by where their two cells are: in two words, or in one, which a
/// write drives at once.
enum class FaultClass {
  stuck_at,             ///< SAF: a cell always holds `value`
  transition,           ///< TF: a cell that holds the other bit cannot be written to `value`
  write_disturb,        ///< WDF: a write of `value` to a cell that holds it inverts it
  coupling_inversion,   ///< CFin: the other cell's transition to `trigger` inverts the cell
  coupling_idempotent,  ///< CFid: the other cell's transition to `trigger` sets it to `value`
  coupling_state,       ///< CFst: while the other cell holds `trigger`, it holds `value`
  inversion_in_word,    ///< CFin, CFid and CFst of two bits of one word
  idempotent_in_word,
  state_in_word,
  address_no_line,     ///< AF: a write to a word drives no word line
  address_other_line,  ///< AF: a write to a word drives the line of `other_word` in its place
  address_two_lines,   ///< AF: a write to a word drives the line of `other_word` as well
  read_destructive,    ///< RDF: a read of `value` inverts the cell and gives what it is then
  deceptive_read,      ///< DRDF: a read of `value` gives it, and inverts the cell
  incorrect_read,      ///< IRF: a read of `value` gives the other bit
};

/// Static cells of a compute-in-memory array are read at all times and by nothing that could
/// change them: the faults of reads are those of arrays with bit lines alone.
inline constexpr std::size_t fault_classes = 15;
inline constexpr std::size_t fault_classes_of_writes = 12;

const char* short_name(FaultClass kind);  ///< `SAF`
const char* long_name(FaultClass kind);   ///< `stuck-at`
bool is_coupling(FaultClass kind);
bool is_address(FaultClass kind);

/// One fault. A cell is bit `bit` of word `word`; the other cell of a coupling fault, the
/// aggressor, is `other_bit` of `other_word`.
struct StorageFault {
  FaultClass kind = FaultClass::stuck_at;
  int word = 0;
  int bit = 0;
  int other_word = 0;
  int other_bit = 0;
  bool trigger = false;
  bool value = false;
};

/// `CFid <up; 0> of word 3 bit 7, aggressor word 2 bit 7`
std::string to_text(const StorageFault& fault);

/// Words of `bits` bits: the rows of all banks, bank after bank.
struct StorageShape {
  int words = 0;
  int bits = 0;
};

/// How many faults of a class an array has, and each of them by its number, in a fixed order.
std::uint64_t count_faults(FaultClass kind, const StorageShape& shape);
StorageFault fault_at(FaultClass kind, const StorageShape& shape, std::uint64_t number);

/// The bits of one word, 64 a machine word, bit 0 the lowest of the first; what is past the last
/// bit is 0.
using WordBits = std::vector<std::uint64_t>;

/// A memory with one fault, or none. A write acts on all bits of a word at once; then a coupling
/// fault takes effect, also where the same write has driven the victim.
class FaultyArray {
 public:
  FaultyArray(const StorageShape& shape, const StorageFault* fault);

  /// Every cell gets `bit`, but for what is stuck.
  void fill(bool bit);
  void write(int word, const WordBits& data);
  /// What a read of the word gives, and does.
  WordBits read(int word);
  /// A single-event upset: the cell is inverted. A stuck cell stays what it is.
  void flip(int word, int bit);
  [[nodiscard]] const WordBits& content(int word) const {
    return words_[static_cast<std::size_t>(word)];
  }

 private:
  [[nodiscard]] bool cell(int word, int bit) const;
  void set(int word, int bit, bool value);
  void write_line(int word, const WordBits& data);
  void settle();

  StorageShape shape_;
  bool has_fault_;
  StorageFault fault_;
  std::vector<WordBits> words_;
};

}  // namespace cimforge::sim
