#include "engine/task/goroutine.h"

#include <charconv>

namespace engine {

std::string_view Process::env(std::string_view variable, std::string_view otherwise) const {
  for (const auto& [name, value] : env_) {
    if (name == variable) return value;
  }
  return otherwise;
}

int64_t Process::env_int(std::string_view variable, int64_t otherwise) const {
  const std::string_view text = env(variable, {});
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

bool Process::env_bool(std::string_view variable, bool otherwise) const {
  const std::string_view text = env(variable, {});
  return text == "true" ? true : text == "false" ? false : otherwise;
}

}  // namespace engine
