// tests/fuzz/manifest_fuzz.cpp: any bytes are a manifest or a message; what was read is written as
// YAML and read again as the same values.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/world/world.h"
#include "sim/json/parse.h"
#include "sim/json/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  engine::World world{engine::WorldOptions{}};
  const engine::World::Scope scope(world);
  const sim::json::Documents read = sim::json::parse_yaml_documents(text, "x.yaml");
  if (!read.error.empty() && !read.error.starts_with("error parsing x.yaml: ")) std::abort();
  for (const sim::json::Value& value : read.values) {
    // A key that is << merges when it is read.
    if (value.to_json().find(R"("\u003c\u003c":)") != std::string::npos) continue;
    // What JSON had as 1.0 is 1 from now on.
    const sim::json::Value plain = sim::json::parse(value.to_json()).value;
    std::string written = "---\n";
    append_yaml(written, value);
    const sim::json::Documents again = sim::json::parse_yaml_documents(written);
    if (!again.error.empty() || again.values.size() != 1) std::abort();
    if (again.values[0] != plain) std::abort();
  }
  return 0;
}
