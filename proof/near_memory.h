// A near-memory macro: control, addresses, inputs and every pin of its top. What one unit computes
// is compared with its reference by a tool (flows/near_memory_proof.h), with the parameters that
// are given here.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "generator/spec/spec.h"
#include "proof/netlist.h"
#include "proof/prove.h"

namespace cimforge::proof {

struct NearMemoryNetlists {
  Design macro;        ///< as emitted; its units, its input and the memory are black boxes
  Design input;        ///< cim_near_input
  int input_rows = 0;  ///< with which it was elaborated
};

/// A multiply-accumulate unit: the parameters of its instances, and those of its reference, which
/// say what the specification asks for.
struct NearMemoryUnit {
  std::map<std::string, std::int64_t> given;
  std::map<std::string, std::int64_t> reference;
};

/// Proves all but the units, and fills in `unit` where that is right.
ProofResult prove_near_memory(const spec::MacroSpec& spec, const NearMemoryNetlists& netlists,
                              NearMemoryUnit& unit);

}  // namespace cimforge::proof
