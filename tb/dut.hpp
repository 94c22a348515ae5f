// Dut: one instance of a macro under test, behind the C interface of tb/dut.h.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "tb/dut.h"

namespace cimforge::tb {

/// The model stopped itself ($fatal, combinational loop that does not settle).
class ModelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Dut {
 public:
  virtual ~Dut() = default;
  /// The pins; the reference stays valid as long as the Dut.
  virtual cim_dut_pins& pins() = 0;
  /// Settles the model after inputs changed. Throws ModelError.
  virtual void eval() = 0;
};

/// Makes instances of one macro, each with a state of its own; may be called from several threads.
class DutFactory {
 public:
  virtual ~DutFactory() = default;
  /// `trace_file`: an FST file to write, or empty.
  [[nodiscard]] virtual std::unique_ptr<Dut> make(const std::string& trace_file) const = 0;
};

}  // namespace cimforge::tb
