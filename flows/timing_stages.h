// The stages of a netlist for OpenSTA: paths from each class of flip-flops to each other.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flows/liberty.h"
#include "flows/netlist.h"

namespace cimforge::flows {

/// The class of a flip-flop by the net that it drives, `g_slice[0].u_slice/out_data_o[3]`; empty
/// for one that is in none.
using RegisterClass = std::function<std::string(const std::string& net)>;

/// Flip-flops by their class, as printed paths of instances.
using RegisterClasses = std::map<std::string, std::vector<std::string>>;

RegisterClasses register_classes(const Netlist& netlist,
                                 const std::vector<LibertyLibrary>& libraries,
                                 const IsOutput& is_output, const RegisterClass& class_of);

/// Tcl that puts one group for each pair of classes in the place of the groups before, and prints
/// the slowest path of each behind `@stages`.
std::string stage_script(const RegisterClasses& classes);

/// The two classes of a group of that script; nothing for another group.
std::optional<std::pair<std::string, std::string>> stage_of_group(const RegisterClasses& classes,
                                                                  const std::string& group);

}  // namespace cimforge::flows
