// What the name of a bitcell says of it (docs/storage.md).
#pragma once

#include "generator/spec/spec.h"

namespace cimforge::spec {

/// Bits that one cell keeps: two are those of one weight bit in two banks.
constexpr int bits_of_cell(Bitcell cell) {
  return cell == Bitcell::two_bit ? 2 : 1;
}

}  // namespace cimforge::spec
