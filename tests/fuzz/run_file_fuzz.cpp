// Any bytes are either a run file or a message; a run file that was read can be written and read
// again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sim/scenario/run_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = sim::scenario::read_run_file("run.json", text);
  if (!read) {
    if (read.error().empty()) std::abort();
    return 0;
  }
  const std::string written = sim::scenario::write_run_file(read.value());
  const auto again = sim::scenario::read_run_file("run.json", written);
  if (!again || sim::scenario::write_run_file(again.value()) != written) std::abort();
  return 0;
}
