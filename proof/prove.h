// The proof of a macro: its netlist computes y[c] = sum over r of x[r] * W[r][c], for all inputs.
//
// It includes generator/spec and nothing that is planned from it, so that a mistake in a plan
// cannot stand on both sides. docs/proof.md says what is proved, how, and what is not.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "generator/spec/spec.h"
#include "proof/netlist.h"
#include "proof/refutation.h"

namespace cimforge::proof {

/// One part that was proved.
struct ProvedPart {
  std::string name;
  std::string method;
  double seconds = 0;
};

struct ProofResult {
  bool proved = false;
  std::int64_t cells = 0;     ///< products and adders of a column, with the accumulator's
  std::int64_t products = 0;  ///< of them
  double seconds = 0;         ///< of the whole command; the caller adds the elaboration
  double elaboration_seconds = 0;
  std::vector<ProvedPart> parts;
  std::optional<Refutation> counterexample;
};

/// The netlists of a proof.
struct Netlists {
  Design macro;  ///< LANES = 1
  Design top;    ///< with the emitted LANES; every cell may be a black box
};

ProofResult prove(const spec::MacroSpec& spec, const Netlists& netlists);

/// Runs `parts`, which adds what it proves to the result; a refutation that it throws, a port that
/// is missing and a function that is too large end the proof.
ProofResult prove_parts(const std::function<void(ProofResult&)>& parts);

/// Keys: proved, cells, products, seconds, elaboration_seconds, parts, counterexample (or null:
/// part, bit, what, values, expected, got).
nlohmann::ordered_json to_json(const ProofResult& result);
/// A few lines for a terminal, the last without a newline.
std::string to_text(const ProofResult& result);

}  // namespace cimforge::proof
