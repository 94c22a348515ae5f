// Names and pieces of text that the modules of a macro share.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "generator/plan/plan.h"
#include "generator/verilog/module.h"

namespace cimforge::lower {

std::string block_module(const plan::MacroPlan& plan, int block);          ///< `<name>_block16`
std::string bitcells_module(const plan::MacroPlan& plan, int rows);        ///< `<name>_bitcells16`
std::string bitcell_column_module(const plan::MacroPlan& plan, int rows);  ///< of one lane
/// What tells an output bit of a block: `3`, or `3_1` in the second of two numbers.
std::string block_output(const plan::BlockOutput& output);
std::string slice_module(const plan::MacroPlan& plan);    ///< `<name>_slice`
std::string weights_module(const plan::MacroPlan& plan);  ///< `<name>_weights`
std::string encode_module(const plan::MacroPlan& plan);   ///< `<name>_encode`
std::string decode_module(const plan::MacroPlan& plan);   ///< `<name>_decode`
/// In the top: the bank that the array shows; where it is scrubbed, not only that of a vector.
std::string read_bank(const plan::MacroPlan& plan);
/// Whether vectors may ask for the transposed matrix: the weights then stand outside the slices.
bool transposes(const plan::MacroPlan& plan);
/// Whether blocks of rows store their weights, or get them as planes.
bool stores_in_blocks(const plan::MacroPlan& plan);

/// The columns of a slice up to their own results, where neighbouring columns are fused:
/// `<name>_columns`
std::string fused_columns_module(const plan::MacroPlan& plan);

/// The lanes parameter, a vector of one bit a lane, and a vector of zeros.
verilog::Expression lanes();
verilog::Expression all_lanes_zero();
/// `LANES*count`
verilog::Expression lanes_times(int count);
/// Plane `index` of a packed vector of planes: `vector[index*LANES +: LANES]`.
verilog::Expression plane(const std::string& vector, int index);

/// `.port(name)` for a port and a signal of one name.
verilog::Connection same(const std::string& name);
verilog::Connection connect(const std::string& port, const verilog::Expression& value);
verilog::Connection connect(const std::string& port, const std::string& signal);

/// Connects the ports of a part: those that have a signal of their name to it, the others as
/// `others` says.
std::vector<verilog::Connection> connections_of(const std::vector<verilog::Port>& ports,
                                                const std::vector<verilog::Connection>& others);

/// The pipeline stages whose register ranks a tree uses.
void add_ranks(const plan::TreePlan& tree, std::set<int>& ranks);
std::set<int> block_ranks(const plan::BlockPlan& block);
std::set<int> slice_ranks(const plan::MacroPlan& plan);  ///< with those of its blocks
/// `stage2_enable_i`
std::string rank_enable_port(int rank);

}  // namespace cimforge::lower
