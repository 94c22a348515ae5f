#include "flows/job_pool.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

#include "flows/interrupt.h"
#include "generator/base/exit_status.h"

namespace cimforge::flows {
namespace {

/// Bytes that a job may print: what is read of it are a few lines and a log.
constexpr std::size_t output_limit = std::size_t{16} << 20U;

JobResult run_job(const Job& job) {
  JobResult result;
  ProcessRequest request{job.arguments, job.time_limit};
  request.output_limit = output_limit;
  request.environment = job.environment;
  try {
    result.process = run_process(request);
    result.started = true;
    if (!result.process.succeeded()) result.end = describe_end(request, result.process);
  } catch (const base::CommandError& error) {
    if (error.status() == base::ExitStatus::interrupted) throw;
    result.error = result.end = error.what();
  }
  return result;
}

}  // namespace

JobRunner local_runner(int processes) {
  return [processes](const std::vector<Job>& jobs, const OnResult& on_result) {
    std::mutex mutex;  // guards what follows, and makes the calls of on_result one at a time
    std::size_t next = 0;
    std::exception_ptr failure;
    const auto work = [&] {
      for (;;) {
        std::size_t mine = 0;
        {
          const std::lock_guard lock(mutex);
          if (failure || next == jobs.size()) return;
          mine = next++;
        }
        try {
          const JobResult result = run_job(jobs[mine]);
          const std::lock_guard lock(mutex);
          if (!failure) on_result(mine, result);
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (!failure) failure = std::current_exception();
        }
      }
    };
    std::vector<std::thread> threads;
    const std::size_t count =
        std::min(jobs.size(), static_cast<std::size_t>(std::max(processes, 1)));
    // A program dies with the thread that started it (PR_SET_PDEATHSIG): each waits for its own.
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);
    throw_if_interrupted();
  };
}

}  // namespace cimforge::flows
