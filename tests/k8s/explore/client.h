// tests/k8s/explore/client.h: how the exploring programs reach the API server.

#pragma once

#include <charconv>
#include <string_view>

#include "sim/k8s/client/clientset.h"

namespace explore {

/// Not paced. A request without an answer ends after a while.
inline sim::k8s::RestClient api_client() {
  sim::k8s::RestConfig config;
  config.host = "http://cp:6443";
  config.qps = 0;
  config.timeout = 8 * engine::kSecond;
  return sim::k8s::RestClient(std::move(config));
}

inline int64_t number_of(std::string_view text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace explore
