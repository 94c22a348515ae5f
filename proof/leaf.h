// Words of functions, and the words of a leaf cell.
#pragma once

#include <string>

#include "proof/flat.h"
#include "proof/functions.h"

namespace cimforge::proof {

/// A leaf cell, flat, with its functions.
class Leaf {
  Flat flat_;  // before what refers to it

 public:
  Leaf(const Design& design, const Module& module, const std::string& part);

  Functions at;
  [[nodiscard]] const Flat& flat() const { return flat_; }
  /// The nets of a port or, inside, of a wire; refutes where there is none of that width.
  [[nodiscard]] const Nets& nets(const std::string& name, std::size_t width) const;
  Word word(const std::string& name, std::size_t width) { return at(nets(name, width)); }
  Bdd::Node bit(const std::string& name) { return at(nets(name, 1).front()); }
  /// Refutes unless the state of a wire after the next rising edge of clk_i is this, and its reset,
  /// by rst_ni, gives `reset_value` where `resets` is true.
  void require_next(const std::string& wire, const Word& expected, bool resets = false,
                    std::uint64_t reset_value = 0);
  /// Refutes a register that is no flip-flop of clk_i's rising edge, with rst_ni if `resets`.
  const Register& flip_flop(Net net, bool resets = false, bool reset_value = false);
};

/// Words of equal width, the lowest bit first.
Word constant(std::uint64_t value, std::size_t width);
Word choose(Bdd& bdd, Bdd::Node condition, const Word& yes, const Word& no);
Word sum(Bdd& bdd, const Word& a, const Word& b);
Bdd::Node equal(Bdd& bdd, const Word& a, const Word& b);
Bdd::Node any_of(Bdd& bdd, const Word& word);
Word both(Bdd& bdd, const Word& a, const Word& b);
Word inverse(Bdd& bdd, const Word& word);
/// One-hot: the lowest bit of a word that is 1.
Word lowest_of(Bdd& bdd, const Word& word);

}  // namespace cimforge::proof
