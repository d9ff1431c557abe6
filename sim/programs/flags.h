// sim/programs/flags.h: a program's arguments of the form --NAME=VALUE.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/task/go.h"

namespace sim::programs {

/// The value of --`name`, or `otherwise`. The last one counts.
inline std::string flag(std::string_view name, std::string_view otherwise) {
  std::string value(otherwise);
  for (const std::string& arg : engine::current_process().args()) {
    std::string_view rest = arg;
    if (!rest.starts_with("--")) continue;
    rest.remove_prefix(2);
    if (!rest.starts_with(name)) continue;
    rest.remove_prefix(name.size());
    if (rest.starts_with("=")) value = rest.substr(1);
  }
  return value;
}

/// `a,b,c`; nothing of an empty text.
inline std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    out.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

}  // namespace sim::programs
