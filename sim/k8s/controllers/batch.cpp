#include "sim/k8s/controllers/batch.h"

#include <algorithm>
#include <utility>

#include "engine/sync/counted.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"

namespace sim::k8s {
namespace {

using engine::Error;
using engine::Task;

struct Results : engine::Counted<Results> {
  explicit Results(int64_t count) : errors(static_cast<size_t>(count)) {}
  std::vector<Error> errors;
};

Task<> run_one(IndexedAction action, engine::Ref<Results> results, engine::WaitGroup group,
               int64_t index) {
  const engine::Defer done([&] { group.done(); });
  const Error error = co_await action(index);
  results->errors[static_cast<size_t>(index)] = error;
}

struct Range {
  int64_t begin;
  int64_t end;
};

Task<> run_range(IndexedAction action, engine::Ref<Results> results, Range range) {
  engine::WaitGroup group("batch");
  group.add(range.end - range.begin);
  for (int64_t index = range.begin; index < range.end; ++index) {
    engine::go(run_one, action, results, group, index).set_name("request");
  }
  co_await group.wait();
}

}  // namespace

Error first_error(const std::vector<Error>& errors) {
  for (const Error& error : errors) {
    if (error) return error;
  }
  return nullptr;
}

Task<BatchResult> run_slow_start(int64_t count, IndexedAction action) {
  BatchResult result;
  const engine::Ref<Results> results(new Results(std::max<int64_t>(0, count)));
  int64_t size = 1;
  for (int64_t at = 0; at < count;) {
    Range range{at, at + std::min(size, count - at)};
    co_await run_range(action, results, range);
    for (; at < range.end; ++at) {
      const Error& error = results->errors[static_cast<size_t>(at)];
      if (!error) ++result.succeeded;
      if (error && !result.error) result.error = error;
    }
    if (result.error) co_return result;
    size *= 2;
  }
  co_return result;
}

Task<std::vector<Error>> run_all(int64_t count, IndexedAction action) {
  const engine::Ref<Results> results(new Results(std::max<int64_t>(0, count)));
  Range range{0, count};
  co_await run_range(action, results, range);
  co_return results->errors;
}

}  // namespace sim::k8s
