// Check bits beside the weights (docs/protection.md): who writes them, who reads and mends the
// words, the flags of the results, and the scrubbing.
#pragma once

#include <string>
#include <vector>

#include "generator/plan/plan.h"
#include "generator/verilog/module.h"

namespace cimforge::lower {

/// Bits that a row of the storage has in each column, with its check bits.
int word_bits(const plan::MacroPlan& plan);
/// Whether mended weights are counted as results are computed with them: where no scrubber counts
/// the rows that it writes again.
bool counts_mended_results(const plan::MacroPlan& plan);

/// `<name>_encode`: the check bits of LANES columns.
verilog::Module encode(const plan::MacroPlan& plan);
/// `<name>_decode`: the mended weights of LANES columns, of one stored row.
verilog::Module decode(const plan::MacroPlan& plan);

/// In a block: its ports, and what stands between storage (`word`) and products (`weight`).
void add_block_error_ports(const plan::MacroPlan& plan, int rows,
                           std::vector<verilog::Port>& ports);
void emit_decoders(const plan::MacroPlan& plan, verilog::Items& items, int rows);

/// In a slice: its ports; the write buffer of planes that drives `buffered`; `write_data` of that;
/// the pins of block `use` with the wires that they drive; flags and the row that is scrubbed.
void add_slice_error_ports(const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);
void emit_scrub_buffers(const plan::MacroPlan& plan, const std::string& weight_codes,
                        verilog::Items& items);
void emit_encoder(const plan::MacroPlan& plan, verilog::Items& items);
void connect_block_errors(const plan::MacroPlan& plan, std::size_t use,
                          verilog::Declaration& declaration, verilog::Items& items,
                          verilog::Instance& block);
void emit_flags(const plan::MacroPlan& plan, verilog::Items& items);

/// In the top: its ports; wires that the weight port and the slices read; the pins of slice
/// `number`, whose columns begin at `first`; counters and scrubber.
void add_error_ports(const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);
void declare_scrubbing(const plan::MacroPlan& plan, verilog::Items& items);
void declare_slice_errors(const plan::MacroPlan& plan, verilog::Items& items);
void connect_slice_errors(const plan::MacroPlan& plan, const verilog::Expression& number,
                          const verilog::Expression& first, const verilog::Expression& count,
                          std::vector<verilog::Connection>& pins);
void emit_error_control(const plan::MacroPlan& plan, verilog::Items& items);

}  // namespace cimforge::lower
