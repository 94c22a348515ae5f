#include "proof/bdd.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace cimforge::proof {
namespace {

constexpr std::size_t most_nodes = std::size_t{1} << 25U;
constexpr int no_variable = std::numeric_limits<int>::max();

std::size_t mixed(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  std::uint64_t hash = a * 0x9E3779B97F4A7C15U;
  hash = (hash ^ (hash >> 29U) ^ b) * 0xBF58476D1CE4E5B9U;
  hash = (hash ^ (hash >> 32U) ^ c) * 0x94D049BB133111EBU;
  return static_cast<std::size_t>(hash ^ (hash >> 31U));
}

}  // namespace

Bdd::Bdd() : buckets_(std::size_t{1} << 12U, zero), results_(std::size_t{1} << 16U) {
  nodes_.push_back({no_variable, zero, zero, zero});
  nodes_.push_back({no_variable, one, one, zero});
}

void Bdd::grow() {
  buckets_.assign(buckets_.size() * 4, zero);
  for (Node node = 2; node < nodes_.size(); ++node) {
    Entry& entry = nodes_[node];
    Node& bucket =
        buckets_[mixed(static_cast<std::uint64_t>(entry.variable), entry.low, entry.high) &
                 (buckets_.size() - 1)];
    entry.next = bucket;
    bucket = node;
  }
}

Bdd::Node Bdd::make(int variable, Node low, Node high) {
  if (low == high) return low;
  const std::size_t hash = mixed(static_cast<std::uint64_t>(variable), low, high);
  for (Node node = buckets_[hash & (buckets_.size() - 1)]; node != zero; node = nodes_[node].next) {
    const Entry& entry = nodes_[node];
    if (entry.variable == variable && entry.low == low && entry.high == high) return node;
  }
  if (nodes_.size() >= most_nodes) throw TooLarge();
  if (nodes_.size() > buckets_.size()) grow();
  Node& bucket = buckets_[hash & (buckets_.size() - 1)];
  const auto node = static_cast<Node>(nodes_.size());
  nodes_.push_back({variable, low, high, bucket});
  bucket = node;
  return node;
}

Bdd::Node Bdd::variable(int number) {
  assert(number >= 0 && number < no_variable);
  return make(number, zero, one);
}

Bdd::Node Bdd::choose(Node f, Node g, Node h) {
  if (f == one || g == h) return g;
  if (f == zero) return h;
  if (g == one && h == zero) return f;
  const std::size_t slot = mixed(f, g, h) & (results_.size() - 1);
  if (const Result& known = results_[slot]; known.f == f && known.g == g && known.h == h) {
    return known.value;
  }
  const int top = std::min({nodes_[f].variable, nodes_[g].variable, nodes_[h].variable});
  const auto branch = [&](Node node, bool high) {
    const Entry& entry = nodes_[node];
    if (entry.variable != top) return node;
    return high ? entry.high : entry.low;
  };
  const Node low = choose(branch(f, false), branch(g, false), branch(h, false));
  const Node high = choose(branch(f, true), branch(g, true), branch(h, true));
  const Node value = make(top, low, high);
  results_[slot] = {f, g, h, value};
  return value;
}

std::optional<int> Bdd::as_variable(Node f) const {
  const Entry& entry = nodes_[f];
  if (f <= one || entry.low != zero || entry.high != one) return std::nullopt;
  return entry.variable;
}

std::map<int, bool> Bdd::witness(Node f) const {
  assert(f != zero);
  std::map<int, bool> values;
  while (f != one) {
    const Entry& entry = nodes_[f];
    const bool high = entry.low == zero;
    values[entry.variable] = high;
    f = high ? entry.high : entry.low;
  }
  return values;
}

}  // namespace cimforge::proof
