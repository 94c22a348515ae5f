// The function of each net of a flat module, of its ports, registers and the outputs of its boxes.
#pragma once

#include <string>
#include <vector>

#include "proof/bdd.h"
#include "proof/flat.h"
#include "proof/refutation.h"

namespace cimforge::proof {

using Word = std::vector<Bdd::Node>;

class Functions {
 public:
  /// `part` names the proof in refutations. Refutes a net with two drivers.
  Functions(const Flat& flat, std::string part);
  Functions(const Functions&) = delete;
  Functions& operator=(const Functions&) = delete;

  Bdd bdd;

  /// The variable of a net that no gate drives; made on first use, in this order. A net that a gate
  /// drives is cut there if it has not been asked for before.
  Bdd::Node variable(Net net);
  Word variables(const Nets& nets);
  /// A net's function. Refutes a loop of gates.
  Bdd::Node operator()(Net net);
  Word operator()(const Nets& nets);
  /// From now on the net has this value in place of its own; the functions of all nets are
  /// forgotten.
  void set(Net net, Bdd::Node value);
  void set(const Nets& nets, std::uint64_t value);
  /// Forgets every set().
  void release();

  /// The register that drives a net; nullptr where none does.
  [[nodiscard]] const Register* register_at(Net net) const;
  /// What a register holds after the next clock edge, or while a latch's gate is as it is.
  Bdd::Node next(const Register& each);
  /// The net whose variable this function is; -1 where it is another function.
  [[nodiscard]] Net net_of(Bdd::Node function) const;

  /// Refutes where two functions differ.
  void require(Bdd::Node got, Bdd::Node expected, const std::string& bit, const std::string& what);
  void require(const Word& got, const Word& expected, const std::string& name,
               const std::string& what);
  /// Refutes with a sentence.
  [[noreturn]] void refute(const std::string& bit, const std::string& what,
                           const std::string& expected = "", const std::string& got = "") const;
  [[nodiscard]] std::string name(Net net) const;
  [[nodiscard]] const Flat& flat() const { return flat_; }

 private:
  const Flat& flat_;
  std::string part_;
  std::vector<int> gate_of_;      ///< by net; -1: none
  std::vector<int> register_of_;  ///< by net; -1: none
  std::vector<int> variable_of_;  ///< by net; -1: none yet
  Nets net_of_variable_;
  std::vector<Bdd::Node> known_;      ///< by net
  std::vector<unsigned char> state_;  ///< by net: 0 unknown, 1 being found, 2 known, 3 set
  bool stale_ = false;                ///< something was set: what is known is not
  mutable std::vector<std::string> names_;
};

}  // namespace cimforge::proof
