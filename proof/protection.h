// Check bits beside the weights (docs/protection.md). The words of a stored row are mended by a
// module of their own: it is proved to give back the weight, whatever single bit is wrong, and its
// outputs then take the place of the stored bits in the proof of the sums.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "generator/spec/spec.h"
#include "proof/functions.h"
#include "proof/netlist.h"

namespace cimforge::proof {

/// What checks words, and carries errors, in a block and in a slice; nullptr where there is none.
struct ErrorParts {
  const Module* encode = nullptr;
  const Module* decode = nullptr;
  std::set<const Module*> selections;  ///< of the row that is scrubbed, one of each size of block
  std::set<const Module*> flags;
};

/// `<name>_encode`, `<name>_decode`.
bool is_code_module(const Module& module, const spec::MacroSpec& spec);
/// Whether mended weights are counted with the results that they went into.
bool counts_mended(const spec::MacroSpec& spec);

/// In a block: the data of the words that its storage shows, row after row, as what decodes them
/// gives them. Refutes flags that are not those of all rows, and a row for scrubbing that is not
/// the one that is asked for.
Nets decoded_words(const Flat& flat, Functions& at, const Nets& words, int rows,
                   const spec::MacroSpec& spec, ErrorParts& parts);

/// In a slice with these blocks: write buffers with their check bits, flags, the scrubbed row.
/// `first_rows`: of each block, in the macro. Gives the row that is written, with its check bits.
class SliceErrors {
 public:
  SliceErrors(const Flat& flat, Functions& at, const spec::MacroSpec& spec, ErrorParts& parts);

  /// What the blocks take: `buffered`, and behind it its check bits.
  Nets written(const Nets& buffered);
  /// Pins of write buffers that also take the scrubbed row, of the data bits from `first` on.
  void check_buffer(const Box& buffer, std::size_t first, std::size_t bits);
  /// Refutes another row of the block for scrubbing.
  void check_block(const Box& block, const std::vector<int>& rows);
  void check_flags(const std::vector<const Box*>& blocks);

 private:
  void require(const Box& box, const std::string& pin, const Word& value, const std::string& what);
  void check_flag(const char* path, const Bdd::Node& error, const char* output);
  const Box& find(const std::string& path);

  const Flat& flat_;
  Functions& at_;
  const spec::MacroSpec& spec_;
  ErrorParts& parts_;
};

/// Decoding what was encoded, with no bit of a word turned around, each single one, each two.
void prove_code(const Design& design, const Module& encode, const Module& decode,
                const spec::MacroSpec& spec);
void prove_error_flags(const Design& design, const Module& module, const spec::MacroSpec& spec);
void prove_row_selection(const Design& design, const Module& module, int bits);
/// Of the codes of a row, or of a mended one.
void prove_scrub_buffer(const Design& design, const Module& module, int bits);
void prove_scrubber(const Design& design, const Module& module, const spec::MacroSpec& spec);
void prove_error_monitor(const Design& design, const Module& module, const spec::MacroSpec& spec);

}  // namespace cimforge::proof
