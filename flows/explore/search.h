// The search for systems that no other is better than: every point of a space, or NSGA-II where it
// is too large; and what is known of the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flows/explore/goal.h"
#include "flows/explore/system.h"
#include "generator/estimate/library.h"

namespace cimforge::explore {

/// A system and the choice that makes it.
struct Found {
  Choice choice;
  System system;
};

/// Choices that are out for the same reason.
struct Loss {
  std::uint64_t count = 0;
  std::string message;  ///< of the first of them
};

/// What is known of the points with one value of an axis.
struct ValueResult {
  std::uint64_t looked = 0;
  std::uint64_t meets = 0;                 ///< reach the goal within its limits
  std::uint64_t front = 0;                 ///< of them on the front
  std::vector<std::optional<Found>> best;  ///< for each of the goal's aims
};

struct Result {
  std::uint64_t points = 0;  ///< of the whole space
  std::uint64_t looked = 0;  ///< points that were judged, each once
  bool is_complete = false;  ///< all of them: the front is the true one
  std::uint64_t meets = 0;
  std::map<std::string, Loss> losses;  ///< by their reasons
  std::vector<Found> front;            ///< sorted by the first aim; of equal ones the first
  std::vector<std::vector<ValueResult>> values;  ///< of each axis, of each value
  std::vector<std::optional<Found>> best;        ///< for each aim
};

/// The points of the space. Throws base::InputError past 10^15.
std::uint64_t space_size(const Goal& goal);

/// Whether every point is judged: the goal says so, or leaves it open and there are at most a
/// million; or there are no more than NSGA-II would judge.
bool judges_all(const Goal& goal);

/// Searches. `progress` is told how many points are judged, of how many, and may throw.
/// The same goal and library give the same result. Throws base::InputError where nothing meets the
/// goal, and says which limits are in the way.
Result search(const Goal& goal, const estimate::Library& library,
              const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace cimforge::explore
