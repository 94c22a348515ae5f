// Threads over a list of work.
#pragma once

#include <cstddef>
#include <functional>

namespace cimforge::flows {

/// Calls `work(i)` once for each i below `count`, from `threads` threads at once, in the order of
/// beginning, and returns when all have ended. After one throws no other begins; the first
/// exception is thrown again. A program dies with the thread that started it (PR_SET_PDEATHSIG), so
/// that `work` must wait for what it starts.
void parallel(std::size_t count, int threads, const std::function<void(std::size_t i)>& work);

}  // namespace cimforge::flows
