// web/panels/words.h: how panels say numbers, times and names.

#pragma once

#include <cstdint>
#include <string>

#include "engine/task/scheduler.h"
#include "engine/view/view.h"
#include "engine/world/time.h"

namespace web::panels {

/// `12,345`.
std::string grouped(uint64_t number);
/// Virtual time, `1.5s`.
std::string clock_text(engine::Instant at);
/// `runnable`, `chan receive on ch`, `sleep until 2s`. A place in the queue is told only where the
/// policy keeps to the queue.
std::string state_text(const engine::GoroutineView& goroutine, engine::Policy policy);
/// The file's name and line, without its folders.
std::string short_place(const std::string& place);
/// Names of goroutines, `main, adder 2`, or `otherwise` if there are none.
std::string names_of(const std::vector<uint32_t>& tasks, const engine::EventNames& names,
                     const char* otherwise);

}  // namespace web::panels
