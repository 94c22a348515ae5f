// March tests on an array with a fault: what they find, by interpretation alone.
#pragma once

#include <cstdint>

#include "generator/spec/march.h"
#include "sim/faults/storage.h"

namespace cimforge::sim {

/// Data background `number` of a word: all bits 0; then neighbours of 1, 2, 4 ... bits alternate,
/// 0 first. `inverse` inverts every bit.
WordBits background(int bits, int number, bool inverse);

/// Backgrounds that make every two bits of a word different in one of them: 1 + ceil(log2 bits).
int all_backgrounds(int bits);

/// Whether a read of the march test differs from what it expects, run over all words with each of
/// `backgrounds` backgrounds, from cells that all hold `before`.
bool march_fails(const spec::March& march, const StorageShape& shape, int backgrounds,
                 const StorageFault* fault, bool before);

/// Whether the test finds the fault whatever the cells held before: from 0 and from 1.
bool march_detects(const spec::March& march, const StorageShape& shape, int backgrounds,
                   const StorageFault& fault);

/// Whether the test finds every fault of a class, in an array of any size: places of two words
/// differ in their order alone, so that all faults of three words of two bits stand for them.
/// Of a fault within a word that is true of words of any width if all of `all_backgrounds` are
/// used.
bool march_covers(const spec::March& march, FaultClass kind, bool with_all_backgrounds);

}  // namespace cimforge::sim
