// tests/fuzz/json_fuzz.cpp: any bytes are JSON or a message; what was read is written and read
// again as the same value; patches give a value or an error, and never crash.
//
// The bytes are two JSON texts with a zero byte between them; one alone is both. No seeds are
// needed.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/world/world.h"
#include "sim/json/parse.h"
#include "sim/json/patch.h"
#include "sim/json/print.h"
#include "sim/k8s/schema/apply_patch.h"
#include "sim/k8s/schema/strategic_merge.h"
#include "tests/k8s/merge_schema.h"

namespace {

using sim::json::Patched;
using sim::json::Value;

void require(bool holds) {
  if (!holds) std::abort();
}

Value read(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  require(bool(parsed.value) != !parsed.error.empty());
  require(parsed.offset <= text.size());
  if (!parsed.value) return nullptr;
  const std::string compact = parsed.value.to_json();
  std::string pretty;
  sim::json::append_pretty(pretty, parsed.value);
  // A whole number may have been written with a point, and is the integer from then on.
  const Value again = sim::json::parse(compact).value;
  require(again.to_json() == compact);
  require(sim::json::parse(pretty).value == again);
  return parsed.value;
}

void check(const Patched& patched) {
  require(bool(patched.value) != bool(patched.error));
  if (patched.value) require(!patched.value.to_json().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  engine::World world{engine::WorldOptions{}};
  const engine::World::Scope scope(world);
  const size_t middle = text.find('\0');
  const Value a = read(text.substr(0, middle));
  const Value b = middle == std::string_view::npos ? a : read(text.substr(middle + 1));
  check(sim::json::json_patch(a, b));
  check({sim::json::merge_patch(a, b), nullptr});
  check({sim::json::create_merge_patch(a, b), nullptr});
  for (const sim::k8s::Schema* schema : {&merge_schema::kPod, &merge_schema::kDeploymentSpec}) {
    check(sim::k8s::strategic_merge(schema, a, b));
    check(sim::k8s::combine_strategic_patches(schema, a, b));
    check(sim::k8s::apply_patch(schema, {a, b, a}));
    check(sim::k8s::apply_patch(schema, {b, a, b}));
  }
  check(sim::k8s::apply_patch(nullptr, {a, b, b}));
  return 0;
}
