// The matrix of specifications that every tool must read and every bench must agree with: odd
// sizes, widths 1 to 8 (and 16), all pairs of signs, banks, digits, pipelines, trees, storage,
// output modes.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include "generator/spec/spec.h"

namespace cimforge::test {

/// One specification, in few words.
struct MatrixRow {
  int rows, columns, banks;
  spec::Storage storage;
  std::string_view input, weight;
  int input_bits_per_cycle;
  spec::AdderTree tree;
  int pipeline_stages, rows_per_block;
  spec::OutputMode mode;
  int bits, shift;
  int or_rows = 1, dropped_columns = 0;
  spec::Sparsity sparsity = {};
  spec::Transpose transpose = spec::Transpose::never;
  spec::Protection protection = {};
};

// clang-format off
inline constexpr auto matrix = [] {
  using spec::AdderTree;
  using spec::OutputMode;
  using spec::Storage;
  constexpr spec::Sparsity skip = {spec::ZeroPlanes::skip, spec::ZeroRows::load, 1, 1};
  constexpr spec::Sparsity gate = {spec::ZeroPlanes::compute, spec::ZeroRows::gate, 1, 1};
  constexpr auto structured = [](int nonzero, int group) {
    return spec::Sparsity{spec::ZeroPlanes::compute, spec::ZeroRows::load, nonzero, group};
  };
  constexpr spec::Sparsity skip_and_gate = {spec::ZeroPlanes::skip, spec::ZeroRows::gate, 1, 1};
  using spec::Transpose;
  constexpr spec::Protection parity = {spec::Code::parity, spec::Scrubbing::never, 8};
  constexpr spec::Protection secded = {spec::Code::secded, spec::Scrubbing::never, 3};
  constexpr spec::Protection scrubbed = {spec::Code::secded, spec::Scrubbing::idle, 8};
  return std::to_array<MatrixRow>({
    // rows, columns, banks, storage, input, weight, k, tree, pipeline, rows per block, mode, bits, shift
    {1, 1, 1, Storage::latch, "int1", "int1", 1, AdderTree::dadda, 0, 0, OutputMode::exact, 0, 0},
    {1, 1, 1, Storage::flop, "uint1", "uint1", 1, AdderTree::loop, 0, 0, OutputMode::exact, 0, 0},
    {129, 100, 2, Storage::latch, "int1", "int1", 1, AdderTree::wallace, 4, 0, OutputMode::exact, 0, 0},
    {37, 37, 1, Storage::latch, "int7", "int3", 3, AdderTree::dadda, 1, 7, OutputMode::saturate, 6, 1},
    {65, 2, 1, Storage::flop, "uint8", "uint8", 5, AdderTree::dadda, 2, 0, OutputMode::exact, 0, 0},
    {2, 1, 64, Storage::latch, "int2", "uint1", 1, AdderTree::ripple, 4, 1, OutputMode::exact, 20, 0},
    {3, 7, 5, Storage::flop, "int16", "int16", 5, AdderTree::wallace, 3, 0, OutputMode::exact, 0, 0},
    {7, 128, 1, Storage::latch, "int8", "int8", 8, AdderTree::dadda, 0, 0, OutputMode::saturate, 1, 15},
    {129, 2, 1, Storage::latch, "int3", "int3", 1, AdderTree::dadda, 0, 0, OutputMode::truncate, 1, 10},
    {64, 64, 1, Storage::latch, "int4", "int4", 1, AdderTree::dadda, 0, 0, OutputMode::exact, 0, 0},
    {96, 7, 1, Storage::latch, "uint2", "uint3", 1, AdderTree::dadda, 0, 0, OutputMode::saturate, 0, 0},
    {129, 37, 3, Storage::latch, "int4", "uint4", 1, AdderTree::dadda, 2, 0, OutputMode::exact, 0, 0},
    {37, 1, 2, Storage::flop, "uint2", "int4", 1, AdderTree::dadda, 2, 0, OutputMode::exact, 0, 0},
    {37, 96, 1, Storage::flop, "int7", "int6", 7, AdderTree::dadda, 0, 0, OutputMode::truncate, 11, 0},
    {1, 2, 2, Storage::flop, "uint4", "uint8", 1, AdderTree::ripple, 3, 0, OutputMode::saturate, 8, 1},
    {129, 37, 1, Storage::latch, "int2", "uint7", 1, AdderTree::dadda, 0, 16, OutputMode::truncate, 2, 8},
    {2, 3, 3, Storage::flop, "uint7", "int4", 1, AdderTree::ripple, 1, 2, OutputMode::truncate, 9, 2},
    {37, 1, 3, Storage::latch, "int1", "int4", 1, AdderTree::ripple, 0, 0, OutputMode::truncate, 4, 5},
    {3, 7, 1, Storage::latch, "uint8", "uint7", 1, AdderTree::wallace, 0, 3, OutputMode::truncate, 0, 2},
    {3, 1, 3, Storage::flop, "int5", "uint1", 3, AdderTree::wallace, 0, 1, OutputMode::exact, 0, 0},
    {37, 129, 1, Storage::latch, "uint6", "int4", 6, AdderTree::wallace, 0, 0, OutputMode::exact, 0, 0},
    {2, 37, 2, Storage::flop, "int4", "int2", 1, AdderTree::wallace, 2, 2, OutputMode::truncate, 3, 3},
    {3, 129, 2, Storage::flop, "uint1", "uint2", 1, AdderTree::loop, 0, 0, OutputMode::saturate, 1, 2},
    {100, 3, 2, Storage::latch, "int8", "uint8", 3, AdderTree::loop, 0, 0, OutputMode::exact, 0, 0},
    {96, 3, 2, Storage::flop, "uint7", "int1", 1, AdderTree::loop, 3, 0, OutputMode::exact, 0, 0},
    {129, 7, 1, Storage::latch, "int8", "int2", 1, AdderTree::loop, 2, 0, OutputMode::saturate, 9, 8},
    {3, 7, 1, Storage::latch, "uint8", "uint5", 3, AdderTree::dadda, 4, 3, OutputMode::exact, 0, 0},
    {7, 1, 2, Storage::latch, "int2", "uint5", 1, AdderTree::dadda, 3, 1, OutputMode::exact, 0, 0},
    {1, 96, 1, Storage::flop, "uint3", "int7", 1, AdderTree::dadda, 2, 1, OutputMode::saturate, 2, 0},
    {129, 2, 2, Storage::latch, "int3", "int2", 1, AdderTree::dadda, 2, 0, OutputMode::exact, 0, 0},
    {3, 100, 2, Storage::flop, "uint5", "uint4", 1, AdderTree::ripple, 0, 0, OutputMode::truncate, 0, 0},
    {129, 3, 1, Storage::flop, "int5", "uint2", 5, AdderTree::dadda, 2, 129, OutputMode::saturate, 5, 7},
    {96, 2, 1, Storage::latch, "uint8", "int3", 8, AdderTree::ripple, 3, 0, OutputMode::saturate, 7, 9},
    {100, 129, 1, Storage::latch, "int8", "int4", 1, AdderTree::ripple, 0, 16, OutputMode::exact, 0, 0},
    {1, 100, 3, Storage::flop, "uint4", "uint3", 1, AdderTree::dadda, 2, 1, OutputMode::saturate, 2, 0},
    {1, 37, 2, Storage::latch, "int3", "uint4", 2, AdderTree::dadda, 2, 1, OutputMode::exact, 0, 0},
    {7, 2, 1, Storage::latch, "uint1", "int8", 1, AdderTree::wallace, 0, 2, OutputMode::saturate, 8, 1},
    {129, 129, 2, Storage::flop, "int8", "int1", 2, AdderTree::wallace, 0, 16, OutputMode::exact, 0, 0},
    {37, 2, 1, Storage::latch, "uint6", "uint6", 1, AdderTree::loop, 4, 0, OutputMode::exact, 0, 0},
    {96, 129, 1, Storage::flop, "int3", "uint5", 3, AdderTree::dadda, 1, 0, OutputMode::exact, 0, 0},
    {2, 3, 1, Storage::flop, "uint6", "int5", 1, AdderTree::loop, 0, 2, OutputMode::truncate, 7, 0},
    {7, 129, 1, Storage::latch, "int6", "int8", 1, AdderTree::loop, 4, 5, OutputMode::saturate, 11, 0},
    {37, 7, 1, Storage::latch, "uint5", "uint3", 1, AdderTree::dadda, 2, 37, OutputMode::exact, 0, 0},
    {2, 3, 2, Storage::flop, "int4", "uint7", 1, AdderTree::dadda, 0, 0, OutputMode::exact, 15, 0},
    {1, 96, 3, Storage::latch, "uint2", "int1", 1, AdderTree::dadda, 2, 1, OutputMode::exact, 0, 0},
    {3, 7, 3, Storage::latch, "int4", "int6", 1, AdderTree::dadda, 0, 3, OutputMode::truncate, 2, 0},
    {37, 96, 3, Storage::flop, "uint6", "uint3", 1, AdderTree::ripple, 0, 1, OutputMode::saturate, 2, 1},
    {2, 96, 1, Storage::flop, "int3", "uint8", 1, AdderTree::ripple, 2, 2, OutputMode::truncate, 12, 0},
    {100, 2, 3, Storage::latch, "uint8", "int6", 1, AdderTree::ripple, 1, 5, OutputMode::exact, 0, 0},
    {3, 37, 3, Storage::flop, "int7", "int5", 7, AdderTree::ripple, 4, 0, OutputMode::truncate, 0, 6},
    {3, 1, 1, Storage::latch, "uint2", "uint8", 1, AdderTree::wallace, 3, 0, OutputMode::exact, 0, 0},
    {96, 96, 3, Storage::latch, "int6", "uint1", 1, AdderTree::wallace, 4, 0, OutputMode::saturate, 0, 1},
    {2, 96, 1, Storage::flop, "uint5", "int6", 5, AdderTree::dadda, 3, 0, OutputMode::exact, 0, 0},
    {7, 3, 3, Storage::latch, "int7", "int8", 2, AdderTree::wallace, 0, 0, OutputMode::truncate, 9, 2},
    {1, 3, 3, Storage::flop, "uint1", "uint6", 1, AdderTree::loop, 1, 1, OutputMode::saturate, 2, 0},
    {100, 1, 3, Storage::latch, "int6", "uint7", 1, AdderTree::loop, 2, 5, OutputMode::truncate, 11, 0},
    {7, 100, 2, Storage::flop, "uint1", "int5", 1, AdderTree::loop, 2, 1, OutputMode::exact, 0, 0},
    {129, 129, 1, Storage::latch, "int4", "int1", 1, AdderTree::dadda, 0, 16, OutputMode::truncate, 1, 0},
    {1, 37, 1, Storage::flop, "uint3", "uint3", 1, AdderTree::dadda, 2, 1, OutputMode::saturate, 2, 3},
    {100, 96, 1, Storage::latch, "int3", "uint6", 1, AdderTree::dadda, 4, 0, OutputMode::saturate, 6, 8},
    {37, 1, 1, Storage::flop, "uint5", "int8", 5, AdderTree::dadda, 4, 0, OutputMode::exact, 0, 0},
    {7, 7, 1, Storage::latch, "int7", "int2", 1, AdderTree::dadda, 0, 2, OutputMode::truncate, 2, 0},
    {37, 2, 1, Storage::flop, "uint1", "uint1", 1, AdderTree::ripple, 0, 5, OutputMode::truncate, 3, 2},
    {96, 100, 1, Storage::latch, "int3", "uint1", 2, AdderTree::ripple, 0, 0, OutputMode::truncate, 7, 2},
    {37, 1, 2, Storage::latch, "uint4", "int5", 4, AdderTree::ripple, 3, 0, OutputMode::truncate, 8, 1},
    {1, 3, 3, Storage::flop, "int2", "int6", 1, AdderTree::ripple, 2, 1, OutputMode::saturate, 4, 0},
    {37, 100, 2, Storage::latch, "uint2", "uint2", 2, AdderTree::wallace, 4, 0, OutputMode::exact, 0, 0},
    {96, 7, 3, Storage::flop, "int1", "uint3", 1, AdderTree::dadda, 1, 0, OutputMode::truncate, 0, 5},
    {30, 65, 1, Storage::latch, "int8", "int8", 1, AdderTree::area, 0, 25, OutputMode::exact, 0, 0},
    {37, 3, 2, Storage::flop, "uint5", "int4", 2, AdderTree::area, 3, 7, OutputMode::exact, 0, 0},
    {129, 2, 1, Storage::latch, "int4", "int4", 4, AdderTree::area, 1, 13, OutputMode::saturate, 8, 2},
    {7, 37, 1, Storage::latch, "uint1", "uint1", 1, AdderTree::area, 2, 3, OutputMode::exact, 0, 0},
    {96, 1, 3, Storage::flop, "int3", "uint7", 1, AdderTree::area, 4, 16, OutputMode::truncate, 5, 1},
    {65, 3, 1, Storage::latch, "int6", "int3", 1, AdderTree::balanced, 2, 0, OutputMode::exact, 0, 0},
    {37, 2, 2, Storage::flop, "int4", "int4", 4, AdderTree::balanced, 0, 8, OutputMode::saturate, 7, 1},
    {129, 7, 1, Storage::latch, "uint3", "int8", 1, AdderTree::speed, 0, 20, OutputMode::exact, 0, 0},
    {96, 1, 1, Storage::flop, "int8", "uint2", 3, AdderTree::speed, 4, 32, OutputMode::truncate, 9, 0},
    {2, 2, 1, Storage::latch, "uint1", "int7", 1, AdderTree::wallace, 2, 2, OutputMode::exact, 0, 0},
    {7, 100, 2, Storage::flop, "int5", "int5", 4, AdderTree::wallace, 4, 0, OutputMode::exact, 0, 0},
    {100, 2, 1, Storage::latch, "uint6", "uint2", 6, AdderTree::loop, 0, 0, OutputMode::exact, 0, 0},
    {7, 37, 1, Storage::latch, "int5", "uint7", 1, AdderTree::loop, 1, 2, OutputMode::exact, 0, 0},
    {129, 2, 1, Storage::flop, "uint7", "int7", 1, AdderTree::loop, 0, 16, OutputMode::exact, 0, 0},
    {2, 7, 2, Storage::latch, "int7", "int3", 7, AdderTree::loop, 2, 2, OutputMode::exact, 0, 0},
    {4, 2, 1, Storage::latch, "int14", "uint1", 1, AdderTree::balanced, 0, 1, OutputMode::truncate, 1, 0},
    {9, 65, 1, Storage::bitcell, "int4", "int4", 1, AdderTree::dadda, 0, 0, OutputMode::exact, 0, 0},
    {7, 3, 5, Storage::bitcell, "uint3", "int5", 2, AdderTree::area, 1, 2, OutputMode::exact, 0, 0},
    {1, 1, 1, Storage::bitcell, "int1", "uint1", 1, AdderTree::ripple, 0, 0, OutputMode::exact, 0, 0},
    {10, 2, 3, Storage::bitcell, "int5", "int8", 5, AdderTree::loop, 2, 4, OutputMode::saturate, 8, 2},
    {5, 7, 1, Storage::bitcell, "int8", "uint6", 1, AdderTree::loop, 0, 0, OutputMode::truncate, 3, 1},
    // approximate: and rows joined by OR, dropped columns
    {37, 3, 1, Storage::latch, "int4", "int4", 1, AdderTree::dadda, 0, 8, OutputMode::exact, 0, 0, 2},
    {18, 65, 2, Storage::latch, "int4", "int4", 4, AdderTree::area, 1, 0, OutputMode::exact, 0, 0, 4, 2},
    {23, 2, 3, Storage::flop, "uint5", "int4", 2, AdderTree::ripple, 2, 7, OutputMode::saturate, 6, 1, 3, 1},
    {19, 7, 1, Storage::bitcell, "int6", "uint3", 3, AdderTree::wallace, 0, 5, OutputMode::truncate, 7, 0, 5, 2},
    {37, 5, 1, Storage::flop, "int4", "int3", 2, AdderTree::loop, 1, 6, OutputMode::exact, 0, 0, 4, 1},
    {16, 3, 1, Storage::latch, "uint8", "uint8", 8, AdderTree::speed, 0, 0, OutputMode::exact, 0, 0, 1, 7},
    {7, 2, 2, Storage::latch, "int3", "uint2", 1, AdderTree::loop, 0, 3, OutputMode::exact, 0, 0, 3},
    {16, 1, 1, Storage::latch, "int1", "int1", 1, AdderTree::balanced, 1, 0, OutputMode::exact, 0, 0, 16},
    // of zeros
    {64, 64, 1, Storage::latch, "int4", "int4", 1, AdderTree::dadda, 0, 0, OutputMode::exact, 0, 0, 1, 0, skip},
    {37, 5, 3, Storage::flop, "int7", "int5", 3, AdderTree::area, 2, 7, OutputMode::saturate, 8, 1, 1, 0, skip_and_gate},
    {129, 2, 1, Storage::bitcell, "uint5", "uint2", 2, AdderTree::loop, 1, 0, OutputMode::exact, 0, 0, 1, 0, skip},
    {1, 3, 1, Storage::latch, "int16", "uint1", 5, AdderTree::ripple, 4, 0, OutputMode::truncate, 3, 1, 1, 0, skip_and_gate},
    {66, 7, 1, Storage::latch, "int5", "int3", 2, AdderTree::wallace, 0, 0, OutputMode::exact, 0, 0, 1, 0, gate},
    {10, 1, 2, Storage::flop, "uint3", "int4", 3, AdderTree::speed, 1, 0, OutputMode::exact, 0, 0, 1, 0, gate},
    // N:M structured weights: nonzero, group
    {64, 65, 1, Storage::latch, "int4", "int4", 1, AdderTree::dadda, 0, 0, OutputMode::exact, 0, 0, 1, 0, structured(2, 4)},
    {4, 3, 1, Storage::latch, "int3", "int2", 1, AdderTree::ripple, 0, 0, OutputMode::exact, 0, 0, 1, 0, structured(1, 4)},
    {21, 5, 3, Storage::flop, "uint5", "int4", 2, AdderTree::wallace, 3, 4, OutputMode::saturate, 6, 1, 1, 0, structured(2, 3)},
    {30, 7, 2, Storage::latch, "int4", "uint3", 4, AdderTree::area, 1, 6, OutputMode::exact, 0, 0, 1, 0, structured(3, 5)},
    {32, 2, 1, Storage::bitcell, "int8", "int8", 3, AdderTree::balanced, 2, 8, OutputMode::truncate, 9, 2, 1, 0, structured(1, 16)},
    {12, 3, 5, Storage::bitcell, "int5", "int4", 1, AdderTree::loop, 2, 4, OutputMode::saturate, 7, 0, 1, 0, structured(2, 6)},
    {24, 37, 2, Storage::flop, "uint1", "int5", 1, AdderTree::loop, 0, 0, OutputMode::exact, 0, 0, 1, 0, structured(3, 8)},
    {2, 3, 1, Storage::latch, "int2", "int2", 2, AdderTree::speed, 0, 0, OutputMode::exact, 0, 0, 1, 0, structured(1, 2)},
    {8, 2, 1, Storage::latch, "int9", "uint6", 9, AdderTree::dadda, 4, 1, OutputMode::truncate, 3, 0, 1, 0, structured(3, 4)},
    {7, 7, 3, Storage::latch, "int3", "int4", 1, AdderTree::dadda, 1, 3, OutputMode::exact, 0, 0, 1, 0, {}, Transpose::per_vector},
    {1, 1, 1, Storage::latch, "int2", "int2", 1, AdderTree::ripple, 0, 0, OutputMode::exact, 0, 0, 1, 0, {}, Transpose::per_vector},
    {6, 6, 2, Storage::flop, "uint4", "int3", 4, AdderTree::loop, 2, 2, OutputMode::saturate, 5, 1, 1, 0, {}, Transpose::per_vector},
    {5, 5, 1, Storage::bitcell, "int5", "uint2", 2, AdderTree::area, 0, 2, OutputMode::truncate, 6, 0, 1, 0, {}, Transpose::per_vector},
    {3, 3, 5, Storage::bitcell, "uint1", "int1", 1, AdderTree::loop, 1, 0, OutputMode::exact, 0, 0, 1, 0, {}, Transpose::per_vector},
    {66, 66, 1, Storage::latch, "int2", "int1", 1, AdderTree::speed, 0, 0, OutputMode::exact, 0, 0, 1, 0, {}, Transpose::per_vector},
    {64, 64, 1, Storage::latch, "bipolar", "bipolar", 1, AdderTree::area, 0, 0, OutputMode::sign, 0, 0},
    {37, 5, 3, Storage::flop, "bipolar", "bipolar", 1, AdderTree::ripple, 2, 7, OutputMode::exact, 0, 0},
    {9, 65, 1, Storage::latch, "bipolar", "ternary", 1, AdderTree::dadda, 0, 4, OutputMode::sign, 0, 0},
    {16, 3, 2, Storage::bitcell, "bipolar", "ternary", 1, AdderTree::loop, 1, 0, OutputMode::saturate, 4, 0},
    {7, 2, 1, Storage::latch, "bipolar", "int4", 1, AdderTree::wallace, 1, 3, OutputMode::exact, 0, 0},
    {10, 3, 1, Storage::flop, "bipolar", "uint3", 1, AdderTree::loop, 0, 4, OutputMode::truncate, 4, 1},
    {64, 7, 1, Storage::latch, "int4", "ternary", 1, AdderTree::dadda, 0, 0, OutputMode::exact, 0, 0},
    {21, 3, 3, Storage::flop, "int5", "ternary", 2, AdderTree::ripple, 2, 5, OutputMode::sign, 0, 0},
    {8, 4, 1, Storage::latch, "uint3", "ternary", 3, AdderTree::balanced, 1, 0, OutputMode::truncate, 3, 0},
    {12, 3, 1, Storage::latch, "int4", "ternary", 1, AdderTree::loop, 0, 0, OutputMode::exact, 0, 0, 1, 0, structured(2, 4)},
    {5, 5, 2, Storage::latch, "uint2", "bipolar", 1, AdderTree::wallace, 0, 2, OutputMode::exact, 0, 0, 1, 0, {}, Transpose::per_vector},
    {33, 3, 1, Storage::latch, "int4", "bipolar", 1, AdderTree::speed, 0, 0, OutputMode::exact, 0, 0},
    {6, 7, 2, Storage::bitcell, "uint4", "bipolar", 4, AdderTree::ripple, 1, 4, OutputMode::sign, 0, 0},
    {13, 2, 1, Storage::flop, "int3", "bipolar", 2, AdderTree::loop, 0, 5, OutputMode::saturate, 4, 1, 1, 0, skip_and_gate},
    {7, 3, 5, Storage::latch, "int4", "int4", 2, AdderTree::area, 3, 0, OutputMode::sign, 0, 0, 1, 0, skip},
    {1, 1, 1, Storage::flop, "uint1", "uint1", 1, AdderTree::dadda, 4, 0, OutputMode::sign, 0, 0},
    // check bits beside the weights
    {37, 65, 1, Storage::latch, "int4", "int4", 1, AdderTree::dadda, 0, 0, OutputMode::exact, 0, 0, 1, 0, {}, Transpose::never, scrubbed},
    {9, 3, 3, Storage::flop, "uint3", "uint8", 3, AdderTree::area, 2, 4, OutputMode::saturate, 9, 1, 1, 0, {}, Transpose::never, scrubbed},
    {1, 1, 1, Storage::latch, "int1", "int1", 1, AdderTree::ripple, 1, 0, OutputMode::exact, 0, 0, 1, 0, {}, Transpose::never, secded},
    {12, 5, 2, Storage::bitcell, "int5", "int3", 2, AdderTree::loop, 1, 4, OutputMode::truncate, 6, 0, 1, 0, structured(2, 4), Transpose::never, scrubbed},
    {20, 2, 1, Storage::latch, "int6", "int11", 1, AdderTree::wallace, 1, 7, OutputMode::exact, 0, 0, 1, 0, skip, Transpose::never, secded},
    {16, 7, 2, Storage::flop, "int4", "uint16", 4, AdderTree::loop, 0, 0, OutputMode::exact, 0, 0, 2, 0, gate, Transpose::never, parity},
  });
}();
// clang-format on

/// `int4`, `uint8`, `bipolar`, `ternary`.
inline spec::IntegerFormat integer_format(std::string_view name) {
  if (name == "bipolar") return spec::IntegerFormat::bipolar();
  if (name == "ternary") return spec::IntegerFormat::ternary();
  const bool is_signed = name.front() == 'i';
  int bits = 0;
  name.remove_prefix(is_signed ? 3 : 4);
  std::from_chars(name.data(), name.data() + name.size(), bits);
  return {is_signed, bits};
}

/// The specification of row `index`; its name tells what it is.
inline spec::MacroSpec matrix_specification(std::size_t index) {
  const MatrixRow& row = matrix.at(index);
  spec::MacroSpec spec;
  spec.name =
      fmt::format("m{:02}_{}x{}x{}_{}_{}_k{}_{}_p{}_{}", index, row.rows, row.columns, row.banks,
                  row.input, row.weight, row.input_bits_per_cycle, spec::to_string(row.tree),
                  row.pipeline_stages, spec::to_string(row.storage));
  spec.rows = row.rows;
  spec.columns = row.columns;
  spec.banks = row.banks;
  spec.storage = row.storage;
  spec.input = integer_format(row.input);
  spec.weight = integer_format(row.weight);
  spec.input_bits_per_cycle = row.input_bits_per_cycle;
  spec.adder_tree = row.tree;
  spec.pipeline_stages = row.pipeline_stages;
  spec.rows_per_block = row.rows_per_block;
  spec.output_mode = row.mode;
  spec.output_bits = row.bits;
  spec.output_shift = row.shift;
  spec.approximation = {row.or_rows, row.dropped_columns};
  if (!spec.approximation.is_exact()) {
    spec.name += fmt::format("_or{}_drop{}", row.or_rows, row.dropped_columns);
  }
  spec.sparsity = row.sparsity;
  spec.transpose = row.transpose;
  spec.protection = row.protection;
  if (spec.protection.code != spec::Code::none) {
    spec.name += spec.protection.code == spec::Code::parity           ? "_parity"
                 : spec.protection.scrubbing == spec::Scrubbing::idle ? "_scrubbed"
                                                                      : "_secded";
  }
  if (spec.transpose != spec::Transpose::never) {
    spec.name += "_t";
    if (spec.storage == spec::Storage::bitcell) {
      spec.bitcell.cell = spec::Bitcell::transposable_8t;
    }
  }
  return spec;
}

}  // namespace cimforge::test
