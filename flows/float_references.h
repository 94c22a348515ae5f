// The text of reference modules (proof/reference) and of modules that stand around a cell and its
// reference with the same ports, so that both can be compared.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace cimforge::flows {

/// Of an instance: name of a parameter -> its value.
using Parameters = std::map<std::string, std::int64_t>;

/// What pins are connected to that are not connected to the port of their name.
using Pins = std::map<std::string, std::string>;

/// "A = 1, B = 2".
std::string text_of(const Parameters& parameters);

/// The name of the reference of a module of the macro: reference_x for cim_x.
std::string reference_of(const std::string& module);

/// The text of a file of proof/reference, by its name without ".v". Throws std::out_of_range where
/// there is none.
const std::string& reference_file(const std::string& name);

/// The text of a module's reference.
const std::string& reference_text(const std::string& module);

/// The reference's text with these values of its parameters.
std::string with_parameters(std::string text, const Parameters& parameters);

/// A module with the reference's ports and another in it.
std::string in_ports_of(const std::string& reference, const std::string& name,
                        const std::string& inner, bool with_parameters, const Pins& others,
                        const std::string& items = "");

/// The reference and a register, in the place of the cell that was proved to be that.
std::string proved_cell(const std::string& module, const std::string& reference);

}  // namespace cimforge::flows
