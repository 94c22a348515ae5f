#include "flows/job_pool.h"

#include <mutex>

#include "flows/interrupt.h"
#include "flows/parallel.h"
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
    std::mutex mutex;  // one call of on_result at a time, none after one has thrown
    bool failed = false;
    parallel(jobs.size(), processes, [&](std::size_t i) {
      const JobResult result = run_job(jobs[i]);
      const std::lock_guard lock(mutex);
      if (failed) return;
      failed = true;  // unless it returns
      on_result(i, result);
      failed = false;
    });
    throw_if_interrupted();
  };
}

}  // namespace cimforge::flows
