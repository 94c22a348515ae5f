#include "flows/sweep/engine.h"

#include <algorithm>
#include <utility>

#include "flows/interrupt.h"
#include "generator/base/file.h"

namespace cimforge::sweep {

Run::Run(const std::filesystem::path& file, const std::filesystem::path& directory,
         const std::filesystem::path& program, bool screens)
    : sweep_(load(file)),
      screened_(screens || sweep_.screens
                    ? std::optional(screen(sweep_, flows::throw_if_interrupted))
                    : std::nullopt),
      tasks_(plan_tasks(sweep_,
                        screened_ ? std::exchange(screened_->points, {})
                                  : points(sweep_, flows::throw_if_interrupted),
                        program, flows::throw_if_interrupted)),
      store_(directory),
      records_(tasks_.tasks.size()) {
  store_.write("sweep.toml", base::read_file(file));
}

std::vector<std::string> Run::look(bool forgets_failures) {
  std::vector<std::string> broken;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    flows::throw_if_interrupted();
    std::string cut;
    records_[i] = store_.find(tasks_.tasks[i].hash, &cut);
    if (!cut.empty()) broken.push_back(std::move(cut));
    if (forgets_failures && records_[i] && !records_[i]->is_final()) {
      store_.forget(tasks_.tasks[i].hash);
      records_[i].reset();
    }
  }
  return broken;
}

std::vector<std::size_t> Run::missing(const Part& part) const {
  std::vector<std::size_t> tasks;
  for (std::size_t i = part.index; i < records_.size(); i += part.count) {
    if (!records_[i]) tasks.push_back(i);
  }
  return tasks;
}

void Run::take(const TaskEnd& end) {
  records_[end.task] = end.record;
}

Summary Run::finish() {
  std::vector<const Record*> records;
  for (const auto& record : records_) records.push_back(record ? &*record : nullptr);
  Summary summary = summarise(sweep_, tasks_, records);
  write_summary(sweep_, tasks_, records, summary, store_);
  return summary;
}

std::size_t Run::failures() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      records_, [](const auto& record) { return record && !record->succeeded(); }));
}

}  // namespace cimforge::sweep
