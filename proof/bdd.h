// Binary decision diagrams: a boolean function has one node, so that two functions are equal if and
// only if their nodes are. The order of the variables is the order of their numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <vector>

namespace cimforge::proof {

/// A function needs more nodes than there is room for: nothing is proved and nothing refuted.
class TooLarge : public std::runtime_error {
 public:
  TooLarge() : std::runtime_error("a function needs more nodes than a proof may take") {}
};

class Bdd {
 public:
  using Node = std::uint32_t;
  static constexpr Node zero = 0;
  static constexpr Node one = 1;

  Bdd();
  Node variable(int number);
  /// f ? g : h
  Node choose(Node f, Node g, Node h);
  Node inverse(Node f) { return choose(f, zero, one); }
  Node both(Node f, Node g) { return choose(f, g, zero); }
  Node either(Node f, Node g) { return choose(f, one, g); }
  Node differ(Node f, Node g) { return choose(f, inverse(g), g); }

  /// The variable that `f` is, not inverted.
  [[nodiscard]] std::optional<int> as_variable(Node f) const;
  /// Values of some variables for which `f` is true; `f` is not zero.
  [[nodiscard]] std::map<int, bool> witness(Node f) const;

 private:
  struct Entry {
    int variable;
    Node low;
    Node high;
    Node next;  ///< of the same bucket
  };
  struct Result {
    Node f = 0, g = 0, h = 0, value = 0;
  };
  Node make(int variable, Node low, Node high);
  void grow();

  std::vector<Entry> nodes_;
  std::vector<Node> buckets_;
  std::vector<Result> results_;
};

}  // namespace cimforge::proof
