#include "sim/faults/storage.h"

#include <fmt/format.h>

#include <array>
#include <cassert>

namespace cimforge::sim {
namespace {

struct ClassName {
  const char* brief;
  const char* whole;
};

constexpr std::array<ClassName, fault_classes> class_names = {{
    {"SAF", "stuck-at"},
    {"TF", "transition"},
    {"WDF", "write disturb"},
    {"CFin", "coupling, inversion"},
    {"CFid", "coupling, idempotent"},
    {"CFst", "coupling, state"},
    {"CFin-w", "coupling in a word, inversion"},
    {"CFid-w", "coupling in a word, idempotent"},
    {"CFst-w", "coupling in a word, state"},
    {"AF-none", "address: no word line"},
    {"AF-other", "address: another word line"},
    {"AF-two", "address: a second word line"},
    {"RDF", "read destructive"},
    {"DRDF", "deceptive read destructive"},
    {"IRF", "incorrect read"},
}};

const ClassName& names_of(FaultClass kind) {
  return class_names.at(static_cast<std::size_t>(kind));
}

bool is_in_word(FaultClass kind) {
  return kind == FaultClass::inversion_in_word || kind == FaultClass::idempotent_in_word ||
         kind == FaultClass::state_in_word;
}

/// Values of `trigger` and `value` that a class tells apart.
std::uint64_t variants(FaultClass kind) {
  switch (kind) {
    case FaultClass::coupling_idempotent:
    case FaultClass::coupling_state:
    case FaultClass::idempotent_in_word:
    case FaultClass::state_in_word:
      return 4;
    case FaultClass::address_no_line:
    case FaultClass::address_other_line:
    case FaultClass::address_two_lines:
      return 1;
    default:
      return 2;
  }
}

bool bit_of(const WordBits& word, int bit) {
  return ((word[static_cast<std::size_t>(bit) / 64] >> (static_cast<unsigned>(bit) % 64)) & 1) != 0;
}

void set_bit(WordBits& word, int bit, bool value) {
  const std::uint64_t mask = std::uint64_t{1} << (static_cast<unsigned>(bit) % 64);
  std::uint64_t& part = word[static_cast<std::size_t>(bit) / 64];
  part = value ? part | mask : part & ~mask;
}

}  // namespace

const char* short_name(FaultClass kind) {
  return names_of(kind).brief;
}

const char* long_name(FaultClass kind) {
  return names_of(kind).whole;
}

bool is_coupling(FaultClass kind) {
  return is_in_word(kind) || kind == FaultClass::coupling_inversion ||
         kind == FaultClass::coupling_idempotent || kind == FaultClass::coupling_state;
}

bool is_address(FaultClass kind) {
  return kind == FaultClass::address_no_line || kind == FaultClass::address_other_line ||
         kind == FaultClass::address_two_lines;
}

std::string to_text(const StorageFault& fault) {
  const char* name = short_name(fault.kind);
  if (fault.kind == FaultClass::address_no_line)
    return fmt::format("{} of word {}", name, fault.word);
  if (is_address(fault.kind)) {
    return fmt::format("{} of word {}: that of word {}", name, fault.word, fault.other_word);
  }
  const std::string place = fmt::format("word {} bit {}", fault.word, fault.bit);
  if (!is_coupling(fault.kind)) return fmt::format("{} {} of {}", name, fault.value ? 1 : 0, place);
  const bool of_state =
      fault.kind == FaultClass::coupling_state || fault.kind == FaultClass::state_in_word;
  const bool inverts =
      fault.kind == FaultClass::coupling_inversion || fault.kind == FaultClass::inversion_in_word;
  return fmt::format("{} <{}; {}> of {}, aggressor word {} bit {}", name,
                     of_state        ? (fault.trigger ? "1" : "0")
                     : fault.trigger ? "up"
                                     : "down",
                     inverts       ? "inverse"
                     : fault.value ? "1"
                                   : "0",
                     place, fault.other_word, fault.other_bit);
}

std::uint64_t count_faults(FaultClass kind, const StorageShape& shape) {
  const auto words = static_cast<std::uint64_t>(shape.words);
  const auto bits = static_cast<std::uint64_t>(shape.bits);
  if (kind == FaultClass::address_no_line) return words;
  if (is_address(kind)) return words * (words - 1);
  const std::uint64_t cells = words * bits;
  if (is_in_word(kind)) return cells * (bits - 1) * variants(kind);
  if (is_coupling(kind)) return cells * (words - 1) * bits * variants(kind);
  return cells * variants(kind);
}

StorageFault fault_at(FaultClass kind, const StorageShape& shape, std::uint64_t number) {
  assert(number < count_faults(kind, shape));
  StorageFault fault;
  fault.kind = kind;
  const auto take = [&](int among) {
    const auto digit = static_cast<int>(number % static_cast<std::uint64_t>(among));
    number /= static_cast<std::uint64_t>(among);
    return digit;
  };
  /// One of the others.
  const auto take_other = [&](int among, int than) {
    const int digit = take(among - 1);
    return digit < than ? digit : digit + 1;
  };
  fault.word = take(shape.words);
  if (kind == FaultClass::address_no_line) return fault;
  if (is_address(kind)) {
    fault.other_word = take_other(shape.words, fault.word);
    return fault;
  }
  fault.bit = take(shape.bits);
  fault.value = take(2) != 0;
  if (!is_coupling(kind)) return fault;
  if (variants(kind) == 4) fault.trigger = take(2) != 0;
  if (variants(kind) == 2) fault.trigger = fault.value;
  if (is_in_word(kind)) {
    fault.other_word = fault.word;
    fault.other_bit = take_other(shape.bits, fault.bit);
  } else {
    fault.other_word = take_other(shape.words, fault.word);
    fault.other_bit = take(shape.bits);
  }
  return fault;
}

FaultyArray::FaultyArray(const StorageShape& shape, const StorageFault* fault)
    : shape_(shape),
      has_fault_(fault != nullptr),
      fault_(fault == nullptr ? StorageFault{} : *fault),
      words_(static_cast<std::size_t>(shape.words),
             WordBits((static_cast<std::size_t>(shape.bits) + 63) / 64)) {
  settle();
}

bool FaultyArray::cell(int word, int bit) const {
  return bit_of(words_[static_cast<std::size_t>(word)], bit);
}

void FaultyArray::set(int word, int bit, bool value) {
  set_bit(words_[static_cast<std::size_t>(word)], bit, value);
}

void FaultyArray::fill(bool bit) {
  for (WordBits& word : words_) {
    for (std::uint64_t& part : word) part = bit ? ~std::uint64_t{0} : 0;
    if (const int rest = shape_.bits % 64; bit && rest != 0) {
      word.back() = (std::uint64_t{1} << static_cast<unsigned>(rest)) - 1;
    }
  }
  settle();
}

/// What holds at all times.
void FaultyArray::settle() {
  if (!has_fault_) return;
  const bool of_state =
      fault_.kind == FaultClass::coupling_state || fault_.kind == FaultClass::state_in_word;
  if (fault_.kind == FaultClass::stuck_at ||
      (of_state && cell(fault_.other_word, fault_.other_bit) == fault_.trigger)) {
    set(fault_.word, fault_.bit, fault_.value);
  }
}

void FaultyArray::write_line(int word, const WordBits& data) {
  if (!has_fault_ || is_address(fault_.kind)) {
    words_[static_cast<std::size_t>(word)] = data;
    return;
  }
  const bool held = cell(fault_.word, fault_.bit);
  const bool aggressor = cell(fault_.other_word, fault_.other_bit);
  words_[static_cast<std::size_t>(word)] = data;
  const bool writes_cell = word == fault_.word;
  const bool rises_or_falls = word == fault_.other_word && aggressor != fault_.trigger &&
                              bit_of(data, fault_.other_bit) == fault_.trigger;
  switch (fault_.kind) {
    case FaultClass::transition:
      if (writes_cell && bit_of(data, fault_.bit) == fault_.value) {
        set(fault_.word, fault_.bit, held);
      }
      break;
    case FaultClass::write_disturb:
      if (writes_cell && held == fault_.value && bit_of(data, fault_.bit) == fault_.value) {
        set(fault_.word, fault_.bit, !fault_.value);
      }
      break;
    case FaultClass::coupling_inversion:
    case FaultClass::inversion_in_word:
      if (rises_or_falls) set(fault_.word, fault_.bit, !cell(fault_.word, fault_.bit));
      break;
    case FaultClass::coupling_idempotent:
    case FaultClass::idempotent_in_word:
      if (rises_or_falls) set(fault_.word, fault_.bit, fault_.value);
      break;
    default:
      break;
  }
  settle();
}

void FaultyArray::write(int word, const WordBits& data) {
  if (has_fault_ && is_address(fault_.kind) && word == fault_.word) {
    if (fault_.kind == FaultClass::address_two_lines) write_line(word, data);
    if (fault_.kind != FaultClass::address_no_line) write_line(fault_.other_word, data);
    return;
  }
  write_line(word, data);
}

WordBits FaultyArray::read(int word) {
  WordBits result = words_[static_cast<std::size_t>(word)];
  if (!has_fault_ || word != fault_.word || cell(word, fault_.bit) != fault_.value) return result;
  switch (fault_.kind) {
    case FaultClass::read_destructive:
      set(word, fault_.bit, !fault_.value);
      set_bit(result, fault_.bit, !fault_.value);
      break;
    case FaultClass::deceptive_read:
      set(word, fault_.bit, !fault_.value);
      break;
    case FaultClass::incorrect_read:
      set_bit(result, fault_.bit, !fault_.value);
      break;
    default:
      break;
  }
  return result;
}

void FaultyArray::flip(int word, int bit) {
  const bool aggressor = cell(word, bit);
  set(word, bit, !aggressor);
  settle();
}

}  // namespace cimforge::sim
